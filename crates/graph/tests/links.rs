//! Links on projects built by hand, one for each way to link. What the frameworks give is tested in `fixtures/graph`.

use std::time::{Duration, Instant};

use alignment_graph::{Answer, ContractGraph, DeclaredLink, Hop, Link, LinkKind, Mappings, Trace};
use std::sync::Arc;

use alignment_model::entity::*;
use alignment_model::key_function::KeyFunction;
use alignment_model::project::*;
use alignment_model::shape::{DeclarationKey, Shape, TypeRef};
use alignment_model::{FileId, Known, Span, Why};

fn span() -> Span {
    Span::file_start(FileId::new(0))
}

fn key(path: &str) -> DeclarationKey {
    DeclarationKey { file: FileId::new(0), path: path.into() }
}

fn reference(path: &str, arguments: Vec<Shape>) -> Shape {
    Shape::Ref(TypeRef { name: path.into(), target: Some(key(path)), arguments })
}

fn list(element: Shape) -> Shape {
    Shape::List(Box::new(element))
}

fn field(name: &str, kind: FieldKind, shape: Shape) -> Field {
    Field { ty: DeclaredType::new("", shape), ..Field::new(name, kind, span()) }
}

fn entity(kind: EntityKind, name: &str, fields: Vec<Field>, detail: Detail) -> Entity {
    Entity {
        kind,
        name: name.into(),
        qualname: name.into(),
        declaration: Some(key(name)),
        span: span(),
        fields,
        completeness: Completeness::default(),
        detail,
    }
}

fn table(name: &str, columns: &[&str]) -> Entity {
    let fields = columns.iter().map(|name| field(name, FieldKind::Column, Shape::Text)).collect();
    let detail = Table {
        name: TableName::new(name),
        constraints: vec![],
        more_constraints: false,
        source: 0,
        history: vec![],
        owned_by_tool: false,
        row_security: RowSecurity::default(),
        partition_by: None,
        may_be_gone: false,
    };
    Entity { declaration: None, ..entity(EntityKind::Table, name, fields, Detail::Table(detail)) }
}

fn model(name: &str, table: &str, columns: &[&str]) -> Entity {
    let fields = columns.iter().map(|name| field(name, FieldKind::Column, Shape::Text)).collect();
    let detail = Model {
        table: Known::Is(TableName::new(table)),
        constraints: vec![],
        base: None,
        shares_table_of: None,
        is_schema: false,
        given_table: false,
        loaded: LoadedBy::default(),
    };
    entity(EntityKind::Model, name, fields, Detail::Model(detail))
}

fn schema(name: &str, fields: Vec<(&str, Shape)>) -> Entity {
    let fields = fields.into_iter().map(|(name, shape)| field(name, FieldKind::Field, shape)).collect();
    entity(EntityKind::Schema, name, fields, Detail::Schema(SchemaDetail::default()))
}

fn client(name: &str, parameters: &[&str], fields: Vec<(&str, Shape)>) -> Entity {
    let fields = fields.into_iter().map(|(name, shape)| field(name, FieldKind::Field, shape)).collect();
    let type_parameters = parameters.iter().map(|name| Box::from(*name)).collect();
    let detail = ClientDetail { type_parameters, ..ClientDetail::default() };
    entity(EntityKind::Interface, name, fields, Detail::Client(detail))
}

fn operation(method: &str, path: &str, response: Shape) -> Entity {
    let detail = Operation {
        method: method.into(),
        path: Known::Is(path.into()),
        own_path: path.into(),
        handler: key("handler"),
        response_excludes: ResponseExcludes::default(),
        by_alias: true,
        status_code: None,
        mounted: Known::Is(true),
        serving: Serving::default(),
        mounts: vec![],
    };
    let name = format!("{method} {path}");
    let fields = vec![field("response", FieldKind::Response, response)];
    entity(EntityKind::Operation, &name, fields, Detail::Operation(Box::new(detail)))
}

fn call(method: &str, path: &str, response: Shape, keys: KeyConversion) -> ClientCall {
    ClientCall {
        method: Known::Is(method.into()),
        path: Known::Is(path.into()),
        base: None,
        origins: vec!["".into()],
        response: Some(DeclaredType::new("", response)),
        is_whole: false,
        request: None,
        keys,
        read: None,
        sent_keys: KeyConversion::None,
        client: None,
        may_be_missing: false,
        is_inherited: false,
        is_unused: false,
        caller: "load".into(),
        span: span(),
        response_span: None,
    }
}

fn build(entities: Vec<Entity>, calls: Vec<ClientCall>, conversions: Vec<Conversion>) -> ContractGraph {
    let project = Project { entities, calls, conversions, ..Project::default() };
    ContractGraph::build(project, &Mappings::default()).0
}

fn shown(graph: &ContractGraph, link: &Link) -> String {
    let project = graph.project();
    let (lower, upper) = (project.entity(link.lower), project.entity(link.upper));
    let pairs: Vec<String> = link
        .pairs
        .iter()
        .map(|pair| {
            let lower = &graph.field(link.lower_field(pair)).expect("links name existing fields").name;
            let upper = &graph.field(link.upper_field(pair)).expect("links name existing fields").name;
            if lower == upper { lower.to_string() } else { format!("{lower}={upper}") }
        })
        .collect();
    format!("{} -> {} {} [{}]", lower.name, upper.name, link.confidence(), pairs.join(" "))
}

fn links(graph: &ContractGraph, kind: LinkKind) -> Vec<String> {
    graph.links(kind).map(|link| shown(graph, link)).collect()
}

#[test]
fn a_page_is_walked_through_generics_to_its_items() {
    let page = reference("Page", vec![reference("UserOut", vec![])]);
    let mut page_schema = schema(
        "Page",
        vec![("items", list(Shape::Parameter("T".into()))), ("total_count", Shape::Int(None))],
    );
    page_schema.detail =
        Detail::Schema(SchemaDetail { type_parameters: vec!["T".into()], ..SchemaDetail::default() });
    let keys = KeyConversion::By { span: span(), function: Arc::new(KeyFunction::camel(false)) };
    let graph = build(
        vec![
            page_schema,
            schema("UserOut", vec![("full_name", Shape::Text), ("next_4_weeks", Shape::Text)]),
            operation("GET", "/api/v1/users", page),
            client(
                "Paged",
                &["X"],
                vec![("items", list(Shape::Parameter("X".into()))), ("totalCount", Shape::Number)],
            ),
            client("Person", &[], vec![("fullName", Shape::Text), ("next4Weeks", Shape::Text)]),
        ],
        vec![call("GET", "/users", reference("Paged", vec![reference("Person", vec![])]), keys)],
        vec![],
    );
    assert_eq!(
        links(&graph, LinkKind::Delivers),
        [
            "Page -> Paged inferred [items total_count=totalCount]",
            "UserOut -> Person inferred [full_name=fullName]"
        ]
    );
    let (_, evidence) = graph.operations_of_call(0).next().unwrap();
    assert_eq!(evidence.reason, "`load` calls `GET /api/v1/users` (prefix `/api/v1`, inferred: 1 call fits)");
}

#[test]
fn operations_behind_a_prefix_that_is_not_known_are_found_by_the_rest_of_their_paths() {
    let unplaced = |path: &str| {
        let mut one = operation("GET", path, Shape::Text);
        if let Detail::Operation(detail) = &mut one.detail {
            detail.path = Known::Unknown(Why::DynamicExpression);
        }
        one
    };
    let calls =
        ["/api/v1/users", "/api/v1/users/{}", "/api/v1/posts", "/posts", "/api/v1/{}", "/api/v1/teams"];
    let calls = calls.map(|path| call("GET", path, Shape::Text, KeyConversion::None)).to_vec();
    let operations = ["/users", "/users/{id}", "/posts", "/{word}"].map(unplaced).to_vec();
    let graph = build(operations, calls, vec![]);
    let found = |at: usize| graph.operations_of_call(at).next().map(|(_, evidence)| &*evidence.reason);
    assert_eq!(
        found(0),
        Some("`load` calls `GET /users` (`/api/v1` for a prefix that is not known, inferred: 3 calls fit)")
    );
    assert_eq!(found(3), Some("`load` calls `GET /posts`, whose prefix is not known"));
    // Parameters alone say nothing.
    assert_eq!((found(4), found(5)), (None, None));
    // Two calls are no prefix.
    let calls =
        ["/api/users", "/api/posts"].map(|path| call("GET", path, Shape::Text, KeyConversion::None)).to_vec();
    let graph = build(["/users", "/posts"].map(unplaced).to_vec(), calls, vec![]);
    assert!(graph.operations_of_call(0).next().is_none());
}

#[test]
fn an_envelope_is_looked_through_and_not_compared() {
    let graph = build(
        vec![
            schema("Envelope", vec![("data", reference("UserOut", vec![])), ("ok", Shape::Bool)]),
            schema("UserOut", vec![("id", Shape::Text), ("email", Shape::Text)]),
            operation("GET", "/me", reference("Envelope", vec![])),
            client("User", &[], vec![("id", Shape::Text), ("email", Shape::Text)]),
        ],
        vec![call("GET", "/me", reference("User", vec![]), KeyConversion::None)],
        vec![],
    );
    assert_eq!(links(&graph, LinkKind::Delivers), ["UserOut -> User inferred [id email]"]);
}

#[test]
fn an_envelope_is_not_looked_through_where_the_body_is_taken_as_it_came() {
    let entities = vec![
        schema("Envelope", vec![("data", reference("UserOut", vec![])), ("ok", Shape::Bool)]),
        schema("UserOut", vec![("id", Shape::Text), ("email", Shape::Text)]),
        operation("GET", "/me", reference("Envelope", vec![])),
        client("User", &[], vec![("id", Shape::Text), ("email", Shape::Text)]),
    ];
    let whole = call("GET", "/me", reference("User", vec![]), KeyConversion::None);
    let graph = build(entities, vec![ClientCall { is_whole: true, ..whole }], vec![]);
    assert_eq!(links(&graph, LinkKind::Delivers), ["Envelope -> User resolved []"]);
}

#[test]
fn members_of_unions_that_look_alike_are_paired_by_name_or_not_at_all() {
    let keys = || vec![("id", Shape::Text), ("meta", Shape::Any)];
    let union = |names: &[&str]| Shape::OneOf(names.iter().map(|name| reference(name, vec![])).collect());
    let graph = build(
        vec![
            schema("ScanStatus", keys()),
            schema("CleanStatus", keys()),
            schema("OtherStatus", vec![("id", Shape::Text), ("reason", Shape::Text)]),
            operation("GET", "/tasks", list(union(&["ScanStatus", "CleanStatus", "OtherStatus"]))),
            Entity { declaration: Some(key("client.Scan")), ..client("ScanStatus", &[], keys()) },
            client("Cleaning", &[], keys()),
            client("Other", &[], vec![("id", Shape::Text), ("reason", Shape::Text)]),
        ],
        vec![call("GET", "/tasks", list(union(&["client.Scan", "Cleaning", "Other"])), KeyConversion::None)],
        vec![],
    );
    assert_eq!(
        links(&graph, LinkKind::Delivers),
        ["ScanStatus -> ScanStatus inferred [id meta]", "OtherStatus -> Other inferred [id reason]"]
    );
}

#[test]
fn constructions_show_renames_and_what_code_computes() {
    let mapping = |field: &str, attribute: Option<&str>| FieldMapping {
        field: field.into(),
        attribute: attribute.map(Into::into),
        shape: None,
        may_be_none: false,
        is_midnight: false,
        span: span(),
    };
    let construct = Conversion {
        checked: vec![],
        target: key("UserOut"),
        source: Some(key("User")),
        kind: ConversionKind::Construct(vec![mapping("mail", Some("email")), mapping("name", None)]),
        span: span(),
    };
    let graph = build(
        vec![
            model("User", "users", &["email", "name"]),
            schema("UserOut", vec![("mail", Shape::Text), ("name", Shape::Text)]),
        ],
        vec![],
        vec![construct],
    );
    assert_eq!(links(&graph, LinkKind::Fills), ["User -> UserOut resolved [email=mail]"]);
    let link = graph.links(LinkKind::Fills).next().unwrap();
    assert!(!link.by_name);
    assert_eq!(link.filled_by_code, [1]);
}

#[test]
fn declared_links_rename_and_their_mistakes_are_problems() {
    let entities = vec![
        table("people", &["id", "mail"]),
        model("Person", "persons", &["id", "email"]),
        schema("Profile", vec![("id", Shape::Text), ("contact", Shape::Text)]),
    ];
    let link = |model: &str| DeclaredLink {
        table: Some("people".into()),
        model: Some(model.into()),
        schema: Some("Profile".into()),
        client: None,
        fields: vec![("mail".into(), "email".into()), ("email".into(), "contact".into())],
        span: None,
    };
    let project = Project { entities, ..Project::default() };
    let (graph, problems) = ContractGraph::build(project.clone(), &Mappings { links: vec![link("Person")] });
    assert_eq!(problems, []);
    assert_eq!(links(&graph, LinkKind::Maps), ["people -> Person declared [id mail=email]"]);
    assert_eq!(links(&graph, LinkKind::Fills), ["Person -> Profile declared [id email=contact]"]);
    let (_, problems) = ContractGraph::build(project, &Mappings { links: vec![link("Persn")] });
    assert_eq!(
        problems.iter().map(|problem| &*problem.message).collect::<Vec<_>>(),
        ["a mapping names the model `Persn`, which does not exist; did you mean `Person`?"]
    );
}

#[test]
fn a_trace_goes_through_every_layer_and_says_when_a_name_means_two_things() {
    let graph = build(
        vec![
            table("users", &["email"]),
            model("User", "users", &["email"]),
            schema("UserOut", vec![("email", Shape::Text)]),
            operation("GET", "/me", reference("UserOut", vec![])),
            client("Me", &[], vec![("email", Shape::Text)]),
            client("User", &[], vec![("email", Shape::Text), ("team", Shape::Text), ("role", Shape::Text)]),
        ],
        vec![call("GET", "/me", reference("Me", vec![]), KeyConversion::None)],
        vec![Conversion {
            checked: vec![],
            target: key("UserOut"),
            source: Some(key("User")),
            kind: ConversionKind::ResponseModel,
            span: span(),
        }],
    );
    let Trace::Found(hops) = graph.trace("users.email") else { panic!("one chain") };
    let names: Vec<_> = hops.iter().map(|hop| &*graph.project().entity(hop.place.entity).name).collect();
    assert_eq!(names, ["users", "User", "UserOut", "GET /me", "Me"]);
    let Trace::Ambiguous(candidates) = graph.trace("User.email") else {
        panic!("a model and a type of its own")
    };
    assert_eq!(candidates.len(), 2);
    let Trace::Unknown(Some(near)) = graph.trace("users.emai") else { panic!("a slip of the pen") };
    assert_eq!(near, "users.email");
}

#[test]
fn an_impact_goes_through_what_contains_a_schema_and_ends_at_the_calls() {
    let graph = build(
        vec![
            table("users", &["email"]),
            model("User", "users", &["email"]),
            schema("UserOut", vec![("email", Shape::Text), ("manager", reference("UserOut", vec![]))]),
            schema("Page", vec![("items", list(reference("UserOut", vec![])))]),
            operation("GET", "/users", reference("Page", vec![])),
            operation("GET", "/me", reference("UserOut", vec![])),
            client("Users", &[], vec![("items", list(reference("Me", vec![])))]),
            client("Me", &[], vec![("email", Shape::Text)]),
        ],
        vec![
            call("GET", "/users", reference("Users", vec![]), KeyConversion::None),
            call("GET", "/me", reference("Me", vec![]), KeyConversion::None),
        ],
        vec![Conversion {
            checked: vec![],
            target: key("UserOut"),
            source: Some(key("User")),
            kind: ConversionKind::ResponseModel,
            span: span(),
        }],
    );
    let names = |hops: &[Hop]| -> Vec<String> {
        hops.iter().map(|hop| graph.project().entity(hop.place.entity).name.to_string()).collect()
    };
    let Answer::Found(impact) = graph.impact("users.email") else { panic!("one column") };
    assert_eq!(names(&impact.dependents), ["User", "UserOut", "GET /users", "GET /me", "Me"]);
    assert_eq!(names(&impact.foundations), [] as [String; 0]);
    assert_eq!(impact.calls.len(), 2);
    let Answer::Found(impact) = graph.impact("Me") else { panic!("one type") };
    assert_eq!(names(&impact.dependents), [] as [String; 0]);
    assert_eq!(names(&impact.foundations), ["users", "User", "UserOut", "GET /me"]);
    let Answer::Found(impact) = graph.impact("GET /me") else { panic!("one operation") };
    assert_eq!(names(&impact.dependents), ["Me"]);
    assert_eq!(names(&impact.foundations), ["users", "User", "UserOut"]);
    assert_eq!(impact.calls.len(), 1);
    let Answer::Found(near) = graph.neighbourhood("users", Some(1)) else { panic!("one table") };
    assert_eq!(near.nodes.iter().map(|node| &*node.name).collect::<Vec<_>>(), ["users", "User"]);
    assert_eq!((near.edges.len(), near.beyond), (1, 4));
}

#[test]
fn a_router_that_nobody_mounts_serves_nothing() {
    let mut unmounted = operation("GET", "/me", reference("UserOut", vec![]));
    if let Detail::Operation(detail) = &mut unmounted.detail {
        detail.mounted = Known::Is(false);
    }
    let graph = build(
        vec![
            schema("UserOut", vec![("id", Shape::Text)]),
            unmounted,
            client("Me", &[], vec![("id", Shape::Text)]),
        ],
        vec![call("GET", "/me", reference("Me", vec![]), KeyConversion::None)],
        vec![],
    );
    assert_eq!(links(&graph, LinkKind::Delivers), [] as [String; 0]);
    assert_eq!(graph.call_coverage().matched, 0);
}

/// The links among so many tables, each with a model, a schema, an operation and a client type, and how long they took.
fn timed(tables: usize) -> Duration {
    let (mut entities, mut calls, mut conversions) = (Vec::new(), Vec::new(), Vec::new());
    let columns: Vec<String> = (0..20).map(|at| format!("column_{at}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let fields: Vec<(&str, Shape)> = columns.iter().map(|name| (*name, Shape::Text)).collect();
    for at in 0..tables {
        entities.push(table(&format!("t{at}"), &columns));
        entities.push(model(&format!("Thing{at}"), &format!("t{at}"), &columns));
        entities.push(schema(&format!("Thing{at}Read"), fields.clone()));
        entities.push(operation(
            "GET",
            &format!("/api/v1/t{at}/{{id}}"),
            reference(&format!("Thing{at}Read"), vec![]),
        ));
        entities.push(client(&format!("IThing{at}"), &[], fields.clone()));
        calls.push(call(
            "GET",
            &format!("/t{at}/{{}}"),
            reference(&format!("IThing{at}"), vec![]),
            KeyConversion::None,
        ));
        conversions.push(Conversion {
            checked: vec![],
            target: key(&format!("Thing{at}Read")),
            source: Some(key(&format!("Thing{at}"))),
            kind: ConversionKind::ResponseModel,
            span: span(),
        });
    }
    entities.sort_by_key(Entity::layer);
    let start = Instant::now();
    let graph = build(entities, calls, conversions);
    let took = start.elapsed();
    for kind in [LinkKind::Maps, LinkKind::Fills, LinkKind::Delivers] {
        assert_eq!(graph.links(kind).count(), tables);
    }
    took
}

/// Eight times as much takes about eight times as long; with a quadratic step it takes sixty-four times.
#[test]
fn the_time_grows_with_the_entities() {
    let least = |tables: usize| (0..3).map(|_| timed(tables)).min().unwrap_or_default();
    let (few, many) = (least(250), least(2_000));
    assert!(many < few * 32, "{few:?} and {many:?}");
}

#[test]
fn what_serves_every_path_is_no_sign_of_a_prefix() {
    let paths = ["/api/parcels", "/api/parcels/{id}", "/api/carriers", "/api/old/{rest:path}"];
    let operations = paths.iter().map(|path| operation("GET", path, Shape::Any)).collect();
    let called = ["/parcels", "/carriers", "/depots/near/by", "/api/old/sheds/7/doors"];
    let none = || KeyConversion::None;
    let calls = called.iter().map(|path| call("GET", path, Shape::Any, none())).collect();
    let graph = build(operations, calls, vec![]);
    let reached = |at| -> Vec<&str> {
        graph.operations_of_call(at).map(|(id, _)| &*graph.project().entity(id).name).collect()
    };
    assert_eq!(reached(0), ["GET /api/parcels"]);
    assert_eq!(reached(1), ["GET /api/carriers"]);
    assert_eq!(
        (reached(2).len(), reached(3).len()),
        (0, 0),
        "nothing is compared with what serves every path"
    );
    let serves = |at| graph.call_outcome(at).is_some_and(|outcome| outcome.reaches());
    assert_eq!((serves(2), serves(3)), (false, true));
}

#[test]
fn a_parameter_is_no_prefix() {
    let paths = ["/depots/", "/depots/{id}/parcels", "/carriers/{id}"];
    let operations = paths.iter().map(|path| operation("GET", path, Shape::Any)).collect();
    let called = ["/{}/depots", "/{}/carriers/{}", "/depots/{}/parcels"];
    let calls = called.iter().map(|path| call("GET", path, Shape::Any, KeyConversion::None)).collect();
    let graph = build(operations, calls, vec![]);
    let reached = |at| graph.operations_of_call(at).count();
    assert_eq!((reached(0), reached(1), reached(2)), (0, 0, 1));
}

#[test]
fn a_second_prefix_is_inferred_beside_calls_that_need_none() {
    let mut entities: Vec<Entity> =
        (0..60).map(|at| operation("GET", &format!("/api/v1/thing{at}/list"), Shape::Any)).collect();
    entities.push(operation("GET", "/health", Shape::Any));
    let direct = (0..40).map(|at| format!("/api/v1/thing{at}/list"));
    let legacy = (40..44).map(|at| format!("/api/thing{at}/list"));
    let lost =
        (0..3).map(|at| format!("/api/v1/nowhere/{at}")).chain((0..6).map(|at| format!("/nowhere/{at}")));
    let paths: Vec<String> = direct.chain(legacy).chain(lost).chain(["/thing50/list".to_owned()]).collect();
    let calls = paths.iter().map(|path| call("GET", path, Shape::Any, KeyConversion::None)).collect();
    let graph = build(entities, calls, vec![]);
    assert_eq!(graph.call_coverage().matched, 44);
    let (_, evidence) = graph.operations_of_call(40).next().expect("the legacy prefix is inferred");
    assert!(
        evidence.reason.ends_with("(`/api/v1` for `/api`, inferred: 4 calls fit)"),
        "{}",
        evidence.reason
    );
    assert!(graph.call_outcome(53).is_some_and(|outcome| outcome.behind_prefix.is_some()));
}
