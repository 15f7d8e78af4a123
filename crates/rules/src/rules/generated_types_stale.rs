//! Generated TypeScript types that are not what the schemas say any more.
//!
//! What the other rules tell of a property because its type is stale is one story with it: those findings become symptoms of this one, which
//! then weighs and proves what the heaviest of them does.
//!
//! Deliberately absent: types of generic classes, and those whose name two classes have; kinds of values, which generators write in ways of
//! their own; operations.

use std::collections::{BTreeMap, HashMap, HashSet};

use alignment_graph::wraps_request;
use alignment_model::entity::{Detail, Entity, EntityId, ExtraKeys, Field, FieldKind, SchemaDetail};
use alignment_model::finding::{End, Finding};
use alignment_model::{FileId, Known, Layer, Severity, Span};

use super::Definition;
use crate::documents::{beyond, is_documented, values};
use crate::draft::Draft;
use crate::places::{be, count, file_end, listed, quoted};
use crate::spelling::letters;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "generated-types-stale",
    summary: "generated client types differ from the schemas they were generated from",
    group: "frontend",
    severity: Severity::Warning,
    check,
};

/// Types that have to be compared so that a file is known to be generated from this API.
const FEW: usize = 3;
/// Differences that are shown as ends of their own.
const SHOWN: usize = 20;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (place, pairs) in groups(context) {
        let says_null = pairs.iter().any(|(_, client)| {
            context.graph.project().entity(*client).fields.iter().any(|field| field.nullable.is_yes())
        });
        let compared: Vec<Vec<Difference<'_>>> = pairs
            .iter()
            .filter_map(|(schema, client)| compare(context, *schema, *client, says_null))
            .collect();
        let differing = compared.iter().filter(|found| !found.is_empty()).count();
        if compared.len() < FEW || differing == 0 {
            continue;
        }
        // Where most types differ, a converter stands between, or they are another API's.
        let is_another = differing * 2 > compared.len();
        let found: Vec<Difference<'_>> = compared.into_iter().flatten().collect();
        if is_another {
            findings.add_or_keep_back(false, draft(place, &found, &[], context));
            continue;
        }
        if let Some(live) = live_beside(context, place) {
            findings.add(old_copy(context, place, live, found.len()));
            continue;
        }
        let stale = Stale::new(context, &found);
        let breaks: Vec<&Finding> = findings.told().filter(|finding| stale.explains(finding)).collect();
        let draft = draft(place, &found, &breaks, context);
        findings.add_over(draft, |finding| stale.explains(finding));
    }
}

/// Rules that tell, where a call carries a stale type, what breaks because of it. They run before this one.
const TELL: &[&str] = &[
    "frontend-field-unknown",
    "frontend-nullability-drift",
    "frontend-optionality-drift",
    "frontend-type-drift",
    "enum-value-missing-in-frontend",
    "enum-value-unknown-to-backend",
];

/// Where everything stands that is stale. A type that is made from a generated one (an alias, `Pick<...>`) has the properties of that one.
struct Stale {
    fields: HashSet<Span>,
    entities: HashSet<Span>,
}

impl Stale {
    fn new(context: &Context<'_>, found: &[Difference<'_>]) -> Self {
        let project = context.graph.project();
        let fields = found.iter().flat_map(|one| [Some(one.field.span), one.property]).flatten();
        let entities = found.iter().flat_map(|one| [one.schema, one.client]);
        Self { fields: fields.collect(), entities: entities.map(|id| project.entity(id).span).collect() }
    }

    /// Whether all that a finding says of the client and the API is what is stale. What is stored behind them is no cause.
    fn explains(&self, finding: &Finding) -> bool {
        let mut ends = finding.ends.iter().filter(|end| end.layer >= Layer::Schema && !end.is_use);
        let is_stale = |end: &End| match end.field {
            Some(_) => self.fields.contains(&end.span),
            None => self.entities.contains(&end.span),
        };
        TELL.contains(&finding.rule)
            && finding.ends.iter().any(|end| end.layer == Layer::Client)
            && finding.ends.iter().any(|end| end.field.is_some() && end.layer >= Layer::Schema)
            && ends.all(is_stale)
    }
}

/// Generated types with their schemas, by the file they are in, or by the folder where each has a file of its own.
fn groups<'c>(context: &'c Context<'_>) -> BTreeMap<(&'c str, FileId), Vec<(EntityId, EntityId)>> {
    let project = context.graph.project();
    let file = |client: EntityId| project.entity(client).span.file;
    let mut in_file: HashMap<FileId, usize> = HashMap::new();
    for (_, client) in context.graph.generated() {
        *in_file.entry(file(*client)).or_default() += 1;
    }
    let mut by_place: BTreeMap<&str, Vec<(EntityId, EntityId)>> = BTreeMap::new();
    for pair in context.graph.generated() {
        let path = project.path(file(pair.1));
        let alone = in_file.get(&file(pair.1)) == Some(&1);
        let place = if alone { path.rsplit_once('/').map_or(path, |(folder, _)| folder) } else { path };
        by_place.entry(place).or_default().push(*pair);
    }
    let first = |pairs: &[(EntityId, EntityId)]| pairs.iter().map(|(_, client)| file(*client)).min();
    by_place.into_iter().filter_map(|(place, pairs)| Some(((place, first(&pairs)?), pairs))).collect()
}

/// The file of the same name that others import, where none imports this one.
fn live_beside(context: &Context<'_>, (place, file): (&str, FileId)) -> Option<FileId> {
    let project = context.graph.project();
    let name = |file: FileId| project.path(file).rsplit('/').next();
    // A folder has no name that is imported.
    if project.path(file) != place || project.imported.contains(&file) {
        return None;
    }
    project.imported.iter().copied().find(|other| name(*other) == name(file))
}

/// The finding about a file that is not in use.
fn old_copy(context: &Context<'_>, (place, file): (&str, FileId), live: FileId, differences: usize) -> Draft {
    let project = context.graph.project();
    let message = format!(
        "`{place}` is an old copy of `{}`: nothing imports it, and it differs from the schemas in {}",
        project.path(live),
        count(differences, "place")
    );
    Draft::new(Severity::Info, message)
        .help("delete it")
        .place(file_end(Layer::Client, place, "imported by nothing", Span::file_start(file)))
        .place(file_end(Layer::Client, project.path(live), "imported in its place", Span::file_start(live)))
}

/// What differs.
enum What {
    /// A field that the type does not have.
    Lacks,
    /// A property that the schema does not have.
    Gone,
    /// What both say of one field.
    Says(String),
}

struct Difference<'c> {
    what: What,
    schema: EntityId,
    client: EntityId,
    owner: &'c Entity,
    field: &'c Field,
    /// Position of the field in its owner.
    at: u32,
    /// The property of the type that says otherwise.
    property: Option<Span>,
}

/// The differences of a type and its schema; `None` where one of them is not known in full.
fn compare<'c>(
    context: &'c Context<'_>,
    schema: EntityId,
    client: EntityId,
    says_null: bool,
) -> Option<Vec<Difference<'c>>> {
    let project = context.graph.project();
    let (below, above) = (project.entity(schema), project.entity(client));
    let Detail::Schema(detail) = &below.detail else { return None };
    let known = below.completeness.is_complete()
        && above.completeness.is_complete()
        && !above.fields.is_empty()
        && below.fields.iter().chain(&above.fields).all(|field| field.wire_name.is().is_some());
    if !known || detail.code_decides || detail.configuration_unread || detail.root.is_some() {
        return None;
    }
    // The properties of a body stand in the request among others, or all of it under a name of its own.
    let wraps = wraps_request(above);
    if wraps && !below.fields.iter().any(|field| above.fields.iter().any(|property| is_same(field, property)))
    {
        return None;
    }
    let mut found = Vec::new();
    for (at, field) in (0..).zip(&below.fields) {
        let partner = above.fields.iter().find(|property| is_same(field, property));
        match partner {
            None if is_documented(field) => {
                let what = What::Lacks;
                found.push(Difference { what, schema, client, owner: below, field, at, property: None });
            }
            Some(property) => {
                let says = values_differ(field, property)
                    .or_else(|| null_differs(detail, field, property, says_null));
                found.extend(says.map(|says| Difference {
                    what: What::Says(says),
                    schema,
                    client,
                    owner: below,
                    field,
                    at,
                    property: Some(property.span),
                }));
            }
            None => {}
        }
    }
    for (at, property) in (0..).zip(&above.fields) {
        let is_gone =
            property.kind != FieldKind::Method && !below.fields.iter().any(|field| is_same(field, property));
        if is_gone && !wraps && detail.extra != ExtraKeys::Allowed {
            let (what, owner, field) = (What::Gone, above, property);
            found.push(Difference { what, schema, client, owner, field, at, property: None });
        }
    }
    Some(found)
}

/// Whether a property is what a generator makes of a field: its key, in whatever case (`line_2`, `line2`).
fn is_same(field: &Field, property: &Field) -> bool {
    let requested = field.request_names.is().map(Vec::as_slice).unwrap_or_default();
    let keys = requested.iter().chain(field.wire_name.is()).chain([&field.name]);
    let meant = letters(&property.name);
    keys.into_iter().any(|key| letters(key) == meant)
}

/// The values of closed lists, where no serializer sends others than a request takes.
fn values_differ(field: &Field, property: &Field) -> Option<String> {
    if field.sent.is_some() {
        return None;
    }
    let (own, other) = (values(&field.ty.shape)?, values(&property.ty.shape)?);
    let (lacks, gone) = (beyond(own, other), beyond(other, own));
    let told = |values: &[String]| listed(values.iter().map(String::as_str));
    match (lacks.is_empty(), gone.is_empty()) {
        (true, true) => None,
        (false, _) => Some(format!("may also be {}", told(&lacks))),
        (true, false) => Some(format!("is never {}", told(&gone))),
    }
}

/// Null, where the schemas are Pydantic 2's: Pydantic 1 does not write it into what types are generated from.
fn null_differs(detail: &SchemaDetail, field: &Field, property: &Field, says_null: bool) -> Option<String> {
    // `T | SkipJsonSchema[None]` admits a null that no description has.
    let hides = field.ty.written.contains("SkipJsonSchema");
    if detail.pydantic != Some(2) || !says_null || field.sent.is_some() || hides {
        return None;
    }
    match (field.nullable, property.nullable) {
        (Known::Is(true), Known::Is(false)) if values_or_type(field) => Some("may be null".to_owned()),
        (Known::Is(false), Known::Is(true)) => Some("is never null".to_owned()),
        _ => None,
    }
}

/// Whether the type of a field says more than "anything", of which null is a part.
fn values_or_type(field: &Field) -> bool {
    use alignment_model::shape::Shape;
    !matches!(field.ty.shape, Shape::Any | Shape::Json | Shape::Null | Shape::Unknown(_))
}

/// The finding. Of what breaks because of it the heaviest gives its weight and proof, and every field is an end.
fn draft(
    (place, first): (&str, FileId),
    found: &[Difference<'_>],
    breaks: &[&Finding],
    context: &Context<'_>,
) -> Draft {
    let mut parts = Vec::new();
    let name = |one: &Difference<'_>| format!("{}.{}", one.owner.name, one.field.name);
    let names = |wanted: fn(&What) -> bool| -> Vec<String> {
        found.iter().filter(|one| wanted(&one.what)).map(name).collect()
    };
    let (lacks, gone) = (names(|what| matches!(what, What::Lacks)), names(|what| matches!(what, What::Gone)));
    if !lacks.is_empty() {
        parts.push(format!(
            "{} {} missing: {}",
            count(lacks.len(), "field"),
            be(lacks.len()),
            listed(lacks.iter().map(String::as_str))
        ));
    }
    if !gone.is_empty() {
        parts.push(format!(
            "{} {} in no schema: {}",
            count(gone.len(), "field"),
            be(gone.len()),
            listed(gone.iter().map(String::as_str))
        ));
    }
    let said: Vec<String> = found
        .iter()
        .filter_map(|one| {
            if let What::Says(says) = &one.what {
                Some(format!("{} {says}", quoted(one.owner, one.field)))
            } else {
                None
            }
        })
        .collect();
    if let Some(one) = said.first() {
        let more =
            if said.len() > 1 { format!(" and {} more differ", said.len() - 1) } else { String::new() };
        parts.push(format!("{one} in the code{more}"));
    }
    let label = format!("differs in {}", count(found.len(), "place"));
    let whole = file_end(Layer::Client, place, label, Span::file_start(first));
    let message =
        format!("the generated types of `{place}` are not what the schemas say: {}", parts.join("; "));
    let harm = breaks.iter().max_by_key(|finding| (finding.severity, finding.witness.is_some()));
    let severity = harm.map_or(RULE.severity, |harm| harm.severity.max(RULE.severity));
    let draft = Draft::new(severity, message)
        .help("generate the types anew, and let a test compare them with the committed ones")
        .gathers_weighed(found.iter().map(|one| (name(one), weight(one, breaks))))
        .place(whole);
    let draft = harm.and_then(|harm| harm.witness.as_ref()).into_iter().fold(draft, Draft::witness);
    let broken: HashSet<Span> = breaks.iter().flat_map(|finding| &finding.ends).map(|end| end.span).collect();
    let shown = found.iter().enumerate();
    let shown = shown.filter(|(place, one)| *place < SHOWN || broken.contains(&one.field.span));
    shown.fold(draft, |draft, (_, one)| match &one.what {
        What::Lacks => draft.field(context, one.schema, one.at, "not in the generated type"),
        What::Gone => draft.field(context, one.client, one.at, "no such field in the schema"),
        What::Says(says) => draft.field(context, one.schema, one.at, says.clone()),
    })
}

/// What one difference weighs: as much as what breaks because of it.
fn weight(one: &Difference<'_>, breaks: &[&Finding]) -> Severity {
    let is_here = |end: &End| end.span == one.field.span || Some(end.span) == one.property;
    let harm = breaks.iter().filter(|finding| finding.ends.iter().any(is_here));
    harm.map(|finding| finding.severity).fold(RULE.severity, Severity::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RULES;

    #[test]
    fn what_breaks_is_told_before_its_cause() {
        let place = |name: &str| RULES.iter().position(|rule| rule.meta.name == name);
        for name in TELL {
            assert!(place(name).is_some() && place(name) < place(RULE.name), "{name}");
        }
    }
}
