//! Documents as text -> what they declare, and what they are to a repository.

use alignment_model::api_document::DocumentStanding;
use alignment_model::entity::{Answers, Entity, ExtraKeys, FieldKind, Presence};
use alignment_model::project::Project;
use alignment_model::shape::Shape;
use alignment_model::{Known, Layer};

use crate::testing::Repository;

const SHOP: &str = r##"
openapi: 3.0.3
info: {title: Shop, version: '1'}
servers: [{url: 'https://shop.test/api'}]
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, format: uuid}}
      - {$ref: '#/components/parameters/Trace'}
    get:
      operationId: read_order
      parameters: [{name: full, in: query, schema: {type: boolean, default: false}}]
      responses:
        '404': {description: no}
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
    put:
      requestBody: {$ref: '#/components/requestBodies/Order'}
      responses: {'204': {description: done}}
  /files:
    post:
      requestBody:
        content:
          multipart/form-data: {schema: {type: object, required: [file], properties: {file: {type: string, format: binary}, note: {type: string}}}}
      responses: {default: {description: ok, content: {text/plain: {schema: {type: string}}}}}
components:
  parameters:
    Trace: {name: x-trace, in: header, schema: {type: string}}
  requestBodies:
    Order: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
  schemas:
    Id: {type: string, format: uuid}
    Status: {type: string, enum: [new, paid]}
    Base:
      type: object
      required: [id]
      properties: {id: {$ref: '#/components/schemas/Id', readOnly: true}, note: {type: string, nullable: true, maxLength: 40}}
    Order:
      allOf:
        - $ref: '#/components/schemas/Base'
        - type: object
          required: [lines, status]
          additionalProperties: false
          properties:
            lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
            status: {allOf: [{$ref: '#/components/schemas/Status'}]}
            tags: {type: object, additionalProperties: {type: integer}}
            secret: {type: string, writeOnly: true}
            limit: {type: integer, default: 10}
            next: {$ref: '#/components/schemas/Order'}
            far: {$ref: 'other.yaml#/Thing'}
            total: {oneOf: [{type: number}, {type: string}]}
    Line: {type: object, properties: {sku: {type: string}}}
"##;

fn project(files: &[(&str, &str)]) -> Project {
    Repository::new(files).project()
}

fn named<'p>(project: &'p Project, name: &str) -> &'p Entity {
    project.entities.iter().find(|entity| &*entity.name == name).expect("an entity of this name")
}

fn written(entity: &Entity, field: &str) -> String {
    let field = entity.field(field).expect("a field of this name");
    let null = if field.nullable.is_yes() { "?" } else { "" };
    format!("{}{null} {:?}", field.ty.shape, field.presence.is().expect("known presence"))
}

#[test]
fn schemas_have_the_fields_of_all_their_parts() {
    let project = project(&[("docs/shop.yaml", SHOP)]);
    assert_eq!(project.documents[0].standing, DocumentStanding::Layer);
    let order = named(&project, "Order");
    let all: Vec<String> =
        order.fields.iter().map(|field| format!("{} {}", field.name, written(order, &field.name))).collect();
    assert_eq!(
        all,
        [
            "id uuid Required",
            "note string? Optional",
            "lines array<ref<Line>> Required",
            "status enum<Status> Required",
            "tags map<string,int> Optional",
            "secret string Optional",
            "limit int Defaulted",
            "next ref<Order> Optional",
            "far unknown Optional",
            "total union<float|string> Optional",
        ]
    );
    assert!(order.completeness.is_complete());
    assert_eq!(order.field("note").map(|note| note.length), Some(Known::Is(Some(40))));
    assert_eq!(order.field("id").map(|id| id.kind), Some(FieldKind::Computed));
    assert!(order.field("secret").is_some_and(|secret| secret.excluded));
    let alignment_model::entity::Detail::Schema(detail) = &order.detail else { panic!("a schema") };
    assert_eq!(detail.extra, ExtraKeys::Forbidden);
    let line = SHOP[..order.span.range.start as usize].matches('\n').count() + 1;
    assert!(SHOP.lines().nth(line - 1).is_some_and(|line| line.starts_with("    Order:")));
}

#[test]
fn operations_have_parameters_bodies_and_the_answer_of_success() {
    let project = project(&[("docs/shop.yaml", SHOP)]);
    let read = named(&project, "GET /api/orders/{id}");
    let kinds: Vec<(&str, FieldKind)> = read.fields.iter().map(|field| (&*field.name, field.kind)).collect();
    let expected = [
        ("id", FieldKind::Path),
        ("x-trace", FieldKind::Header),
        ("full", FieldKind::Query),
        ("response", FieldKind::Response),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(written(read, "response"), "ref<Order> Required");
    let operation = |name: &str| named(&project, name).operation().expect("an operation").clone();
    assert_eq!(operation("GET /api/orders/{id}").serving.operation_id.as_deref(), Some("read_order"));
    let put = named(&project, "PUT /api/orders/{id}");
    assert_eq!(put.field("body").map(|body| body.presence), Some(Known::Is(Presence::Required)));
    let put = operation("PUT /api/orders/{id}");
    assert_eq!((put.status_code, put.serving.answers), (Some(204), Answers::Nothing));
    let post = named(&project, "POST /api/files");
    assert_eq!(
        (written(post, "file"), written(post, "note")),
        ("bytes Required".into(), "string Optional".into())
    );
    assert_eq!(operation("POST /api/files").serving.answers, Answers::Response);
}

#[test]
fn version_3_1_says_null_as_a_type() {
    let text = r##"{"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json":
      {"schema": {"$ref": "#/components/schemas/A"}}}}}}}}, "components": {"schemas": {"A": {"type": "object", "properties": {
      "a": {"type": ["string", "null"]}, "b": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "c": {"const": "x"},
      "d": {"type": "array", "prefixItems": [{"type": "string"}]}, "e": {}, "f": {"enum": ["x", null]}, "g": true}}}}}"##;
    let project = project(&[("openapi.json", text)]);
    let a = named(&project, "A");
    let all: Vec<String> = a.fields.iter().map(|field| written(a, &field.name)).collect();
    let expected = ["string?", "int?", "literal", "array<unknown>", "any?", "literal?", "any?"]
        .map(|text| format!("{text} Optional"));
    assert_eq!(all, expected);
}

#[test]
fn schemas_that_contain_themselves_end() {
    let text = "openapi: 3.1.0\npaths: {}\ncomponents:\n  schemas:\n    A: {type: array, items: {$ref: '#/components/schemas/A'}}\n    \
                B: {allOf: [{$ref: '#/components/schemas/B'}, {properties: {x: {type: string}}}]}\n    \
                C: {$ref: '#/components/schemas/D'}\n    D: {$ref: '#/components/schemas/C'}\n    \
                E: {properties: {a: {$ref: '#/components/schemas/A'}, c: {$ref: '#/components/schemas/C'}}}\n";
    let read = read(text);
    let named = |name: &str| {
        read.document.entities.iter().find(|entity| &*entity.name == name).expect("a schema").clone()
    };
    assert!(!named("B").completeness.is_complete());
    assert_eq!(named("E").field("a").map(|a| a.ty.shape.to_string()), Some("array<unknown>".into()));
    assert_eq!(named("E").field("c").map(|c| c.ty.shape.is_unknown()), Some(true));
}

#[test]
fn schemas_that_repeat_each_other_without_end_are_a_problem() {
    let mut text =
        String::from("openapi: 3.1.0\npaths: {}\ncomponents:\n  schemas:\n    S0: {type: string}\n");
    for level in 1..40 {
        let inner = format!("$ref: '#/components/schemas/S{}'", level - 1);
        text.push_str(&format!(
            "    S{level}: {{anyOf: [{{{inner}}}, {{type: array, items: {{{inner}}}}}]}}\n"
        ));
    }
    let read = read(&text);
    assert!(read.problems.iter().any(|problem| problem.message.contains("steps")), "{:?}", read.problems);
}

fn read(text: &str) -> super::ReadDocument {
    let repository = Repository::new(&[("openapi.yaml", text)]);
    let candidates = super::candidates(&repository.sources);
    candidates[0].read(&repository.sources).expect("a document")
}

#[test]
fn broken_and_older_documents_are_named() {
    let project = project(&[
        ("a.json", "{\"swagger\": \"2.0\", \"paths\": {}}"),
        ("b.yaml", "openapi: 3.0.0\npaths: [\n"),
        ("c.json", "{\"openapi\": \"3.0.0\", \"components\": {}, \"notes\": \"paths\"}"),
        ("d.json", "{\"log\": {\"openapi\": \"3.0.0\", \"paths\": {}}}"),
    ]);
    let standings: Vec<&str> = project.documents.iter().map(|document| document.standing.key()).collect();
    assert_eq!(standings, ["not_read", "not_read"]);
    assert_eq!(project.problems.len(), 2, "{:?}", project.problems);
}

const APP: &str = "from fastapi import FastAPI\nfrom pydantic import BaseModel\n\n\nclass Order(BaseModel):\n    id: int\n\n\n\
                   app = FastAPI()\n\n\n@app.get('/v1/orders')\ndef orders() -> list[Order]: ...\n\n\n\
                   @app.get('/v1/orders/{order_id}')\ndef order(order_id: int) -> Order: ...\n";

fn two(first: &str, second: &str) -> String {
    format!(
        "openapi: 3.0.0\npaths:\n  {first}: {{get: {{responses: {{}}}}}}\n  {second}: {{get: {{responses: {{}}}}}}\n"
    )
}

#[test]
fn a_document_of_what_code_declares_is_kept_apart() {
    let same = two("/v1/orders", "/v1/orders/{id}");
    let project = project(&[
        ("app.py", APP),
        ("a.yaml", &same),
        ("b.yaml", &two("/api/orders/", "/api/orders/{id}")),
        ("copy.yaml", &same),
        ("examples/a.yaml", &format!("{same}#\n")),
        ("other.yaml", &two("/pets", "/pets/{id}")),
    ]);
    let standings: Vec<&str> = project.documents.iter().map(|document| document.standing.key()).collect();
    assert_eq!(standings, ["describes_code", "describes_code", "copy", "example", "another_api"]);
    let DocumentStanding::Describes(described) = &project.documents[1].standing else { panic!("described") };
    assert_eq!((&*described.strip, &*described.add, described.operations.len()), ("/api", "/v1", 2));
    assert_eq!(project.operations().count(), 2);
    assert!(!project.api_is_document());
}

#[test]
fn of_documents_of_one_service_the_largest_stands_for_it() {
    let project = project(&[
        ("a.yaml", &two("/orders", "/orders/{id}")),
        ("b.yaml", &format!("{}  /users: {{get: {{responses: {{}}}}}}\n", two("/orders", "/orders/{id}"))),
        ("c.yaml", &two("/pets", "/pets/{id}")),
    ]);
    let standings: Vec<&str> = project.documents.iter().map(|document| document.standing.key()).collect();
    assert_eq!(standings, ["another_api", "api", "api"]);
    assert_eq!(project.layer(Layer::Route).count(), 5);
    assert!(project.documents[1].entities.is_empty());
    assert!(
        project.operations().all(|(_, operation)| !matches!(
            operation.fields.first().map(|f| &f.ty.shape),
            Some(Shape::Never)
        ))
    );
}
