//! A schema -> the shape of its values (OpenAPI 3.1.0, "Schema Object"; JSON Schema 2020-12, "Validation").
//!
//! A schema with a name that has fields, or is a list of values, is referred to; any other stands for what it says and is read where it
//! is named, so that a schema which names itself there is not known.

use alignment_model::entity::ExtraKeys;
use alignment_model::shape::{EnumShape, MapKey, Property, Shape, TypeRef, Value};
use alignment_model::{Known, TextRange, Why};

use super::references::{Document, Target};
use super::tree::{Kind, Node};

/// Schemas inside schemas that are followed.
const MAX_DEPTH: usize = 48;

/// The way from a place of the document to the schema that is read.
#[derive(Clone, Copy, Default)]
pub(super) struct Way<'w> {
    depth: usize,
    /// The schema with a name that is being read in the place of its name.
    name: &'w str,
    before: Option<&'w Way<'w>>,
}

impl<'w> Way<'w> {
    fn into(&'w self, name: &'w str) -> Way<'w> {
        Way { depth: self.depth + 1, name, before: Some(self) }
    }

    /// Whether a schema is being read already: it contains itself.
    fn is_in(&self, name: &str) -> bool {
        let mut way = Some(self);
        while let Some(here) = way {
            if here.name == name {
                return true;
            }
            way = here.before;
        }
        false
    }
}

/// What a schema with a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// An object with fields of its own.
    Object,
    /// A list of values.
    Values,
    /// Anything else: a name for a type.
    Alias,
}

/// What the schema of a component is.
pub(super) fn sort(document: &Document<'_>, node: &Node, way: &Way<'_>) -> Sort {
    if node.get("enum").is_some() {
        return Sort::Values;
    }
    let is_alternative = ["anyOf", "oneOf"].into_iter().any(|key| says_types(node.get(key)));
    let merged = node.get("allOf").is_some() && !members(document, node, way).list.is_empty();
    let own = node.get("properties").is_some_and(|properties| !properties.entries().is_empty());
    if !is_alternative && (own || merged) { Sort::Object } else { Sort::Alias }
}

/// Whether alternatives say what they are; some only say which fields have to be there together.
fn says_types(alternatives: Option<&Node>) -> bool {
    let says = |node: &Node| {
        ["$ref", "type", "properties", "allOf", "enum", "const"]
            .into_iter()
            .any(|key| node.get(key).is_some())
    };
    alternatives.is_some_and(|alternatives| alternatives.items().iter().any(says))
}

/// The shape of a schema.
pub(super) fn shape(document: &Document<'_>, node: &Node, way: &Way<'_>) -> Shape {
    if way.depth > MAX_DEPTH || !document.step() {
        return Shape::Unknown(Why::UnsupportedConstruct);
    }
    let shape = match &node.kind {
        Kind::Bool(true) => Shape::Any,
        Kind::Bool(false) => Shape::Never,
        Kind::Map(_) => match node.text_at("$ref") {
            Some(reference) => referred(document, reference, way),
            None => stated(document, node, way),
        },
        _ => Shape::Unknown(Why::BrokenSyntax),
    };
    if node.is_set("nullable") && shape != Shape::Any {
        Shape::one_of(vec![shape, Shape::Null])
    } else {
        shape
    }
}

fn referred(document: &Document<'_>, reference: &str, way: &Way<'_>) -> Shape {
    match document.target(reference) {
        Target::Component(name, _) if way.is_in(name) => Shape::Unknown(Why::Recursive),
        Target::Component(name, node) => component(document, name, node, way),
        Target::Place(node) => shape(document, node, &way.into("")),
        Target::Elsewhere => Shape::Unknown(Why::ExternalName),
        Target::Nowhere => Shape::Unknown(Why::UndefinedName),
    }
}

/// A schema with a name, where it is named.
fn component(document: &Document<'_>, name: &str, node: &Node, way: &Way<'_>) -> Shape {
    let inner = way.into(name);
    let target = Some(document.key(name));
    match sort(document, node, &inner) {
        Sort::Object => Shape::Ref(TypeRef { name: name.into(), target, arguments: Vec::new() }),
        Sort::Values => {
            let (values, null) = values(node);
            let named = Shape::Enum(EnumShape { name: name.into(), target, values: Known::Is(values) });
            if null || node.is_set("nullable") { Shape::one_of(vec![named, Shape::Null]) } else { named }
        }
        Sort::Alias => shape(document, node, &inner),
    }
}

/// The values that a schema lists, and whether null is one of them.
pub(super) fn values(node: &Node) -> (Vec<Value>, bool) {
    let listed = node.get("enum").map(Node::items).unwrap_or_default();
    let values: Vec<Value> = listed.iter().filter_map(literal).collect();
    let null = values.contains(&Value::Null);
    (values.into_iter().filter(|value| *value != Value::Null).collect(), null)
}

/// A scalar as a literal value.
pub(super) fn literal(node: &Node) -> Option<Value> {
    match &node.kind {
        Kind::Null => Some(Value::Null),
        Kind::Bool(value) => Some(Value::Bool(*value)),
        Kind::Number(number) => Some(Value::Number(number.clone())),
        Kind::Text(text) => Some(Value::Text(text.clone())),
        Kind::List(_) | Kind::Map(_) => None,
    }
}

/// What a schema says itself.
fn stated(document: &Document<'_>, node: &Node, way: &Way<'_>) -> Shape {
    if node.get("enum").is_some() {
        let (values, null) = values(node);
        return Shape::one_of(
            std::iter::once(Shape::Literals(values)).chain(null.then_some(Shape::Null)).collect(),
        );
    }
    if let Some(value) = node.get("const") {
        return match literal(value) {
            Some(Value::Null) => Shape::Null,
            Some(value) => Shape::Literals(vec![value]),
            None => Shape::Unknown(Why::UnsupportedConstruct),
        };
    }
    if node.get("allOf").is_some() {
        return all_of(document, node, way);
    }
    for key in ["anyOf", "oneOf"] {
        let alternatives = node.get(key);
        if says_types(alternatives) {
            let inner = way.into("");
            let members = alternatives.map(Node::items).unwrap_or_default();
            return Shape::one_of(members.iter().map(|member| shape(document, member, &inner)).collect());
        }
    }
    match node.get("type") {
        Some(Node { kind: Kind::List(types), .. }) => {
            let types = types.iter().filter_map(Node::text);
            Shape::one_of(types.map(|name| of_type(document, name, node, way)).collect())
        }
        Some(name) => {
            name.text().map_or(Shape::Unknown(Why::BrokenSyntax), |name| of_type(document, name, node, way))
        }
        None if node.get("properties").is_some() || node.get("additionalProperties").is_some() => {
            of_type(document, "object", node, way)
        }
        None if node.get("items").is_some() => of_type(document, "array", node, way),
        None if ["not", "if", "$dynamicRef", "$recursiveRef"]
            .into_iter()
            .any(|key| node.get(key).is_some()) =>
        {
            Shape::Unknown(Why::UnsupportedConstruct)
        }
        None => Shape::Any,
    }
}

/// `allOf`: the one that it wraps, or the fields of all together.
fn all_of(document: &Document<'_>, node: &Node, way: &Way<'_>) -> Shape {
    let parts = node.get("allOf").map(Node::items).unwrap_or_default();
    let own = node.get("properties").is_some();
    match parts {
        [] => Shape::Any,
        [only] if !own => shape(document, only, &way.into("")),
        _ => {
            let members = members(document, node, way);
            if members.list.is_empty() || !members.lacks.is_empty() {
                return Shape::Unknown(Why::UnsupportedConstruct);
            }
            object(document, &members, way)
        }
    }
}

fn of_type(document: &Document<'_>, name: &str, node: &Node, way: &Way<'_>) -> Shape {
    let format = node.text_at("format").unwrap_or_default();
    match name {
        "null" => Shape::Null,
        "boolean" => Shape::Bool,
        "integer" => Shape::Int(match format {
            "int32" => Some(32),
            "int64" => Some(64),
            _ => None,
        }),
        "number" => Shape::Float,
        "string" => match format {
            "date-time" => Shape::DateTime(Known::Unknown(Why::NotStated)),
            "date" => Shape::Date,
            "time" => Shape::Time,
            "duration" => Shape::Duration,
            "uuid" => Shape::Uuid,
            "binary" | "byte" | "base64url" => Shape::Bytes,
            _ => Shape::Text,
        },
        "array" => match node.get("items") {
            Some(items) => Shape::List(Box::new(shape(document, items, &way.into("")))),
            None if node.get("prefixItems").is_some() => {
                Shape::List(Box::new(Shape::Unknown(Why::UnsupportedConstruct)))
            }
            None => Shape::List(Box::new(Shape::Any)),
        },
        "object" => {
            let members = members(document, node, way);
            if members.list.is_empty() { map(document, node, way) } else { object(document, &members, way) }
        }
        _ => Shape::Unknown(Why::UnsupportedConstruct),
    }
}

fn map(document: &Document<'_>, node: &Node, way: &Way<'_>) -> Shape {
    let value = match node.get("additionalProperties") {
        Some(values @ Node { kind: Kind::Map(_), .. }) => shape(document, values, &way.into("")),
        _ => Shape::Any,
    };
    Shape::Map(MapKey::text(), Box::new(value))
}

/// An object written in place.
fn object(document: &Document<'_>, members: &Members<'_>, way: &Way<'_>) -> Shape {
    let inner = way.into("");
    let property = |member: &Member<'_>| {
        let (shape, null, _) = shape(document, member.node, &inner).split_null();
        Property {
            name: member.name.into(),
            nullable: nullable(document, &shape, null),
            shape,
            optional: !members.required.contains(&member.name),
        }
    };
    Shape::Object(members.list.iter().map(property).collect())
}

/// Whether null is legal where a schema says, or does not say, that it is. A document that says it of nothing leaves it open.
pub(super) fn nullable(document: &Document<'_>, shape: &Shape, null: bool) -> Known<bool> {
    match shape {
        _ if null => Known::Is(true),
        Shape::Any => Known::Is(true),
        Shape::Unknown(why) => Known::Unknown(*why),
        _ if document.says_null() => Known::Is(false),
        _ => Known::Unknown(Why::NotStated),
    }
}

/// The fields of an object, those of `allOf` included.
#[derive(Default)]
pub(super) struct Members<'t> {
    pub(super) list: Vec<Member<'t>>,
    pub(super) required: Vec<&'t str>,
    pub(super) extra: ExtraKeys,
    /// Parts that could not be read.
    pub(super) lacks: Vec<(Why, String)>,
}

/// One field.
pub(super) struct Member<'t> {
    pub(super) name: &'t str,
    pub(super) range: TextRange,
    pub(super) node: &'t Node,
}

/// The fields of an object.
pub(super) fn members<'t>(document: &Document<'t>, node: &'t Node, way: &Way<'_>) -> Members<'t> {
    let mut members = Members::default();
    gather(document, node, way, &mut members);
    members
}

fn gather<'t>(document: &Document<'t>, node: &'t Node, way: &Way<'_>, out: &mut Members<'t>) {
    if way.depth > MAX_DEPTH || !document.step() {
        out.lacks.push((Why::UnsupportedConstruct, "its parts nest too deep".to_owned()));
        return;
    }
    for part in node.get("allOf").map(Node::items).unwrap_or_default() {
        let Some(reference) = part.text_at("$ref") else {
            gather(document, part, &way.into(""), out);
            continue;
        };
        match document.target(reference) {
            Target::Component(name, _) if way.is_in(name) => {
                out.lacks.push((Why::Recursive, format!("`{name}` is made of itself")));
            }
            Target::Component(name, node) => gather(document, node, &way.into(name), out),
            Target::Place(node) => gather(document, node, &way.into(""), out),
            Target::Elsewhere => {
                out.lacks.push((Why::ExternalName, format!("`{reference}` is in another document")));
            }
            Target::Nowhere => out.lacks.push((Why::UndefinedName, format!("`{reference}` names nothing"))),
        }
    }
    if ["anyOf", "oneOf"].into_iter().any(|key| says_types(node.get(key))) {
        out.lacks.push((Why::UnsupportedConstruct, "one of its parts is one of several".to_owned()));
    }
    for entry in node.get("properties").map(Node::entries).unwrap_or_default() {
        let member = Member { name: &entry.key, range: entry.range, node: &entry.value };
        match out.list.iter_mut().find(|known| known.name == member.name) {
            Some(known) => *known = member,
            None => out.list.push(member),
        }
    }
    out.required
        .extend(node.get("required").map(Node::items).unwrap_or_default().iter().filter_map(Node::text));
    match node.get("additionalProperties").map(|node| &node.kind) {
        Some(Kind::Bool(false)) => out.extra = ExtraKeys::Forbidden,
        Some(Kind::Bool(true) | Kind::Map(_)) => out.extra = ExtraKeys::Allowed,
        _ => {}
    }
}
