//! `components.schemas` -> entities, in order of place.

use alignment_model::entity::{
    Completeness, DeclaredType, DefaultKind, DefaultValue, Detail, Entity, EntityKind, EnumDetail, ExtraKeys,
    Field, FieldKind, Presence, SchemaDetail,
};
use alignment_model::{Known, Span};

use super::references::Document;
use super::shapes::{Member, Members, Sort, Way, literal, members, nullable, shape, sort, values};
use super::tree::{Entry, Kind, Node};

/// All schemas with a name.
pub(super) fn read(document: &Document<'_>) -> Vec<Entity> {
    document.schemas().iter().map(|entry| entity(document, entry)).collect()
}

fn entity(document: &Document<'_>, entry: &Entry) -> Entity {
    let (name, node) = (&*entry.key, &entry.value);
    let way = Way::default();
    let (mut fields, mut completeness) = (Vec::new(), Completeness::default());
    let detail = match sort(document, node, &way) {
        Sort::Object => {
            let members = members(document, node, &way);
            fields = members.list.iter().map(|member| field(document, &members, member)).collect();
            for (why, message) in &members.lacks {
                completeness.lacks(*why, message.as_str(), Some(document.span(entry.range)));
            }
            Detail::Schema(SchemaDetail { extra: members.extra, ..SchemaDetail::default() })
        }
        Sort::Values => Detail::Values(EnumDetail { values: Some(values(node).0), ..EnumDetail::default() }),
        Sort::Alias => {
            let root = Some(shape(document, node, &way));
            Detail::Schema(SchemaDetail { root, extra: ExtraKeys::Ignored, ..SchemaDetail::default() })
        }
    };
    Entity {
        kind: EntityKind::OpenApiSchema,
        name: name.into(),
        qualname: format!("{}#{name}", document.path).into(),
        declaration: Some(document.key(name)),
        span: document.span(entry.range),
        fields,
        completeness,
        detail,
    }
}

/// One property as a field. What is only read stands in answers alone, what is only written in requests alone (OpenAPI 3.0.3,
/// "Schema Object", `readOnly` and `writeOnly`).
fn field(document: &Document<'_>, members: &Members<'_>, member: &Member<'_>) -> Field {
    let kind = if member.node.is_set("readOnly") { FieldKind::Computed } else { FieldKind::Field };
    let span = document.span(member.range);
    let is_required = members.required.contains(&member.name);
    let absent = if member.node.get("default").is_some() { Presence::Defaulted } else { Presence::Optional };
    let mut field = value(document, member.name, kind, member.node, span);
    field.presence = Known::Is(if is_required { Presence::Required } else { absent });
    field.excluded = member.node.is_set("writeOnly");
    field
}

/// A named value with the contract of its schema; when it is there is not known.
pub(super) fn value(document: &Document<'_>, name: &str, kind: FieldKind, node: &Node, span: Span) -> Field {
    let mut field = Field::new(name, kind, span);
    let (shape, null, _) = shape(document, node, &Way::default()).split_null();
    field.nullable = nullable(document, &shape, null);
    field.ty = DeclaredType::new("", shape);
    field.default = Known::Is(node.get("default").map(default_value));
    field.length = Known::Is(length(node));
    field
}

/// The longest text allowed, also where the text is one of two alternatives, the other being null.
fn length(node: &Node) -> Option<u32> {
    let own = |node: &Node| node.text_at("maxLength")?.parse().ok();
    let alternatives = node.get("anyOf").map(Node::items).unwrap_or_default();
    own(node).or_else(|| match alternatives {
        [one, other] => own(one).or_else(|| own(other)),
        _ => None,
    })
}

fn default_value(node: &Node) -> DefaultValue {
    match literal(node) {
        Some(value) => DefaultValue { text: value.plain().into(), kind: DefaultKind::Scalar(value) },
        None => {
            let text = if matches!(node.kind, Kind::List(_)) { "[...]" } else { "{...}" };
            let is_empty = node.items().is_empty() && node.entries().is_empty();
            let text = if is_empty { text.replace("...", "") } else { text.to_owned() };
            DefaultValue { kind: DefaultKind::Container, text: text.into() }
        }
    }
}

/// The properties of a schema as fields of an operation: a form.
pub(super) fn properties(document: &Document<'_>, node: &Node, kind: FieldKind) -> Vec<Field> {
    let Some(node) = document.resolved(node) else { return Vec::new() };
    let members = members(document, node, &Way::default());
    let field_of = |member: &Member<'_>| Field { kind, ..field(document, &members, member) };
    members.list.iter().map(field_of).collect()
}
