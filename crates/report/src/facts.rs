//! `alignment facts`: every entity with its fields, as JSON (version 1). `null` and `{"kind": "unknown"}` mean "not known".

use std::collections::{BTreeSet, HashSet};
use std::io;

use alignment_model::api_document::ApiDocument;
use alignment_model::database::Generated;
use alignment_model::entity::{
    DefaultKind, DefaultValue, Detail, Entity, EntityId, EntityKind, Field, FieldKind, Operation, Presence,
    TableName,
};
use alignment_model::project::{ClientCall, DatabaseSource, Project};
use alignment_model::shape::{MapKey, Shape, Value};
use alignment_model::{Known, Layer, Sources, Span, Why};
use serde::Serialize;
use serde_json::Value as Json;

use crate::places::Places;

/// Writes the facts of a project. `reached` gives the operations that a call of the client reaches, by its position.
pub fn write(
    project: &Project,
    reached: &dyn Fn(usize) -> Vec<EntityId>,
    sources: &Sources,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let places = Places::new(sources);
    let listed = project.entities.iter().filter(|entity| project.is_listed(entity));
    let entities = listed.map(|entity| entity_json(entity, &places)).collect();
    let sources = (0..).zip(&project.database_sources);
    let sources = sources.map(|(at, source)| source_json(project, at, source, &places)).collect();
    let documents = project.documents.iter().map(|document| document_json(document, &places)).collect();
    let calls = project.calls.iter().enumerate().filter(|(_, call)| !project.is_test(call.span.file));
    let calls = calls.map(|(at, call)| call_json(project, call, &reached(at), &places)).collect();
    serde_json::to_writer(&mut *out, &Document { version: 1, entities, sources, documents, calls })?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    entities: Vec<EntityJson<'a>>,
    /// Sources of the database layer.
    sources: Vec<SourceJson<'a>>,
    /// OpenAPI documents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    documents: Vec<DocumentJson<'a>>,
    /// Calls of the client to an API.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallJson<'a>>,
}

/// One call of the client.
#[derive(Serialize)]
struct CallJson<'a> {
    method: Option<&'a str>,
    /// Without host and query, `{}` for what is filled in.
    path: Option<&'a str>,
    /// The prefix that the client's base URL adds, as far as known.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
    caller: &'a str,
    file: &'a str,
    line: u32,
    /// The type that the code gives to the answer, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
    /// Names of the operations that it reaches; several where one path is served more than once.
    operations: Vec<&'a str>,
}

/// One OpenAPI document. What it declares stands among the entities where it stands for the API, and here where code does.
#[derive(Serialize)]
struct DocumentJson<'a> {
    path: &'a str,
    title: &'a str,
    specification: &'a str,
    standing: &'static str,
    operations: usize,
    schemas: usize,
    entities: Vec<EntityJson<'a>>,
}

/// One source. Its tables stand among the entities where it stands for its database, and here where another source does.
#[derive(Serialize)]
struct SourceJson<'a> {
    name: &'a str,
    kind: &'static str,
    dialect: &'static str,
    path: &'a str,
    tables: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    second_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entities: Vec<EntityJson<'a>>,
}

#[derive(Serialize)]
struct EntityJson<'a> {
    layer: &'static str,
    name: &'a str,
    qualname: &'a str,
    kind: &'static str,
    file: &'a str,
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serving: Option<ServingJson<'a>>,
    complete: bool,
    unresolved: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<String>>,
    fields: Vec<FieldJson<'a>>,
}

/// How an operation is served.
#[derive(Serialize)]
struct ServingJson<'a> {
    /// Whether an application mounts it; `null` where that is not known.
    mounted: Option<bool>,
    /// Whether a setting decides that.
    conditional: bool,
    /// Where the application or router is made that begins its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<&'a str>,
    in_schema: bool,
}

#[derive(Serialize)]
struct FieldJson<'a> {
    name: &'a str,
    wire_name: Option<&'a str>,
    kind: &'static str,
    #[serde(rename = "type")]
    ty: String,
    type_raw: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_sql: Option<String>,
    nullable: Option<bool>,
    required: Option<bool>,
    default: Option<DefaultJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_default: Option<DefaultJson>,
    enum_values: Option<Vec<Json>>,
    length: Option<u32>,
    file: &'a str,
    line: u32,
}

#[derive(Serialize)]
struct DefaultJson {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

fn source_json<'a>(
    project: &'a Project,
    at: u32,
    source: &'a DatabaseSource,
    places: &Places<'a>,
) -> SourceJson<'a> {
    let is_own = |entity: &&Entity| matches!(&entity.detail, Detail::Table(table) if table.source == at);
    let own: Vec<&Entity> = project.entities.iter().filter(is_own).collect();
    let first = source.second_to.and_then(|first| project.database_sources.get(first as usize));
    SourceJson {
        name: &source.name,
        kind: source.kind.key(),
        dialect: source.dialect.key(),
        path: &source.path,
        tables: own.iter().filter(|entity| entity.kind == EntityKind::Table).count(),
        second_to: first.map(|first| &*first.name),
        entities: own
            .into_iter()
            .filter(|entity| project.is_second(entity))
            .map(|entity| entity_json(entity, places))
            .collect(),
    }
}

fn document_json<'a>(document: &'a ApiDocument, places: &Places<'a>) -> DocumentJson<'a> {
    DocumentJson {
        path: places.path(document.file),
        title: &document.title,
        specification: &document.specification,
        standing: document.standing.key(),
        operations: document.operations,
        schemas: document.schemas,
        entities: document.entities.iter().map(|entity| entity_json(entity, places)).collect(),
    }
}

fn call_json<'a>(
    project: &'a Project,
    call: &'a ClientCall,
    operations: &[EntityId],
    places: &Places<'a>,
) -> CallJson<'a> {
    CallJson {
        method: call.method.is().map(|method| &**method),
        path: call.path.is().map(|path| &**path),
        base: call.base.as_deref(),
        caller: &call.caller,
        file: places.path(call.span.file),
        line: places.line(call.span),
        response: call.response.as_ref().map(|said| &*said.written),
        request: call.request.as_ref().map(|said| &*said.written),
        operations: operations.iter().map(|id| &*project.entity(*id).name).collect(),
    }
}

fn entity_json<'a>(entity: &'a Entity, places: &Places<'a>) -> EntityJson<'a> {
    let operation = entity.operation();
    EntityJson {
        layer: entity.layer().key(),
        name: &entity.name,
        qualname: &entity.qualname,
        kind: entity.kind.key(),
        file: places.path(entity.span.file),
        line: places.line(entity.span),
        table: entity.table().map(TableName::to_string),
        method: operation.map(|operation| &*operation.method),
        path: operation.and_then(|operation| operation.path.is()).map(|path| &**path),
        serving: operation.map(|operation| serving_json(operation, places)),
        complete: entity.completeness.is_complete(),
        unresolved: entity.completeness.reasons.iter().map(|reason| &*reason.message).collect(),
        values: match &entity.detail {
            Detail::Values(values) => {
                values.values.as_ref().map(|values| values.iter().map(Value::plain).collect())
            }
            _ => None,
        },
        fields: entity.fields.iter().map(|field| field_json(entity.layer(), field, places)).collect(),
    }
}

fn serving_json<'a>(operation: &'a Operation, places: &Places<'a>) -> ServingJson<'a> {
    let serving = &operation.serving;
    let place = |span: Span| format!("{}:{}", places.path(span.file), places.line(span));
    ServingJson {
        mounted: operation.mounted.is().copied(),
        conditional: serving.conditional,
        application: serving.application.map(place),
        status: operation.status_code,
        operation_id: serving.operation_id.as_deref(),
        in_schema: !serving.hidden,
    }
}

fn field_json<'a>(layer: Layer, field: &'a Field, places: &Places<'a>) -> FieldJson<'a> {
    FieldJson {
        name: &field.name,
        // A body that is the whole of a request has no key.
        wire_name: field.wire_name.is().map(|name| &**name).filter(|name| !name.is_empty()),
        kind: field.kind.key(),
        ty: canonical(layer, &field.ty.shape),
        type_raw: &field.ty.written,
        type_sql: field.ty.sql.as_ref().map(ToString::to_string),
        nullable: field.nullable.is().copied(),
        required: field.presence.is().map(|presence| *presence == Presence::Required),
        default: default_json(layer, &field.default),
        server_default: server_default_json(field),
        enum_values: enum_values(layer, field),
        length: field.length.is().copied().flatten(),
        file: places.path(field.span.file),
        line: places.line(field.span),
    }
}

/// The canonical name of a type, which the oracles share. A client field that can only be absent is `null` there: JSON has
/// no `undefined`.
fn canonical(layer: Layer, shape: &Shape) -> String {
    match shape {
        Shape::Undefined => Shape::Null.to_string(),
        shape if layer == Layer::Client => shape.to_string(),
        shape => python_type(shape, 0),
    }
}

/// Types inside types that are written out.
const MAX_DEPTH: u8 = 32;

/// The name of a type of Python: members of a union in order of the alphabet, `None` in it apart, and generic classes by the
/// name that Pydantic makes of them.
fn python_type(shape: &Shape, depth: u8) -> String {
    let inner = |shape: &Shape| python_type(shape, depth + 1);
    match shape {
        _ if depth > MAX_DEPTH => Shape::Unknown(Why::UnsupportedConstruct).to_string(),
        Shape::List(element) => format!("array<{}>", inner(element)),
        Shape::Map(MapKey(key), value) => format!("map<{},{}>", inner(key), inner(value)),
        Shape::OneOf(members) => {
            let rest = members.iter().filter(|member| **member != Shape::Null);
            let names: BTreeSet<String> = rest.map(inner).collect();
            let joined = names.iter().map(String::as_str).collect::<Vec<_>>().join("|");
            let union = if names.len() == 1 { joined } else { format!("union<{joined}>") };
            if members.contains(&Shape::Null) { format!("nullable<{union}>") } else { union }
        }
        Shape::Ref(reference) if !reference.arguments.is_empty() => {
            format!("ref<{}>", generic_name(&reference.name, &reference.arguments, depth))
        }
        other => other.to_string(),
    }
}

/// `Page[UserOut]` (Pydantic 2, "Generic models": the name of a parametrised class).
fn generic_name(name: &str, arguments: &[Shape], depth: u8) -> String {
    let arguments: Vec<String> =
        arguments.iter().map(|argument| argument_name(argument, depth + 1)).collect();
    format!("{name}[{}]", arguments.join(", "))
}

/// A type as Python prints it in the name of a generic class.
fn argument_name(shape: &Shape, depth: u8) -> String {
    let inner = |shape: &Shape| argument_name(shape, depth + 1);
    match shape {
        _ if depth > MAX_DEPTH => "...".to_owned(),
        Shape::Text => "str".to_owned(),
        Shape::Uuid => "UUID".to_owned(),
        Shape::Any | Shape::Parameter(_) => "Any".to_owned(),
        Shape::Decimal => "Decimal".to_owned(),
        Shape::Null => "NoneType".to_owned(),
        Shape::List(element) => format!("list[{}]", inner(element)),
        Shape::Map(MapKey(key), value) => format!("dict[{}, {}]", inner(key), inner(value)),
        Shape::Enum(shape) => shape.name.to_string(),
        Shape::Ref(reference) if reference.arguments.is_empty() => reference.name.to_string(),
        Shape::Ref(reference) => generic_name(&reference.name, &reference.arguments, depth),
        Shape::OneOf(members) => {
            format!("Union[{}]", members.iter().map(inner).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn default_json(layer: Layer, default: &Known<Option<DefaultValue>>) -> Option<DefaultJson> {
    let Known::Is(default) = default else {
        return Some(DefaultJson { kind: "unknown", value: None });
    };
    let default = default.as_ref()?;
    Some(match &default.kind {
        DefaultKind::Scalar(Value::Null) if layer != Layer::Client => {
            DefaultJson { kind: "scalar", value: Some("None".to_owned()) }
        }
        DefaultKind::Scalar(value) => DefaultJson { kind: "scalar", value: Some(value.plain()) },
        DefaultKind::Container => DefaultJson { kind: "literal", value: Some(default.text.to_string()) },
        DefaultKind::Computed => DefaultJson { kind: "computed", value: Some(default.text.to_string()) },
    })
}

fn server_default_json(field: &Field) -> Option<DefaultJson> {
    let server = |value: String| Some(DefaultJson { kind: "server", value: Some(value) });
    match &field.server_default {
        _ if field.kind != FieldKind::Column => None,
        _ if let Generated::Identity { .. } = &field.column.generated => server("<identity>".to_owned()),
        _ if let Generated::Computed { expression, .. } = &field.column.generated => match expression {
            Known::Is(expression) => server(format!("<computed> {expression}")),
            Known::Unknown(_) => Some(DefaultJson { kind: "unknown", value: None }),
        },
        Known::Is(sql) => Some(DefaultJson { kind: "server", value: Some(sql.as_ref()?.to_string()) }),
        Known::Unknown(_) => Some(DefaultJson { kind: "unknown", value: None }),
    }
}

/// The values a field admits: those its type names, also inside lists and unions, else those of a check beside it. `null`
/// where those of one of its enumerations are not known. For a column of an enumeration, the labels that the database stores.
fn enum_values(layer: Layer, field: &Field) -> Option<Vec<Json>> {
    if layer == Layer::Orm
        && let Some(labels) = field.values.is().and_then(|values| values.as_deref())
    {
        return Some(labels.iter().map(plain_json).collect());
    }
    let mut values: Vec<&Value> = Vec::new();
    let mut pending = vec![&field.ty.shape];
    while let Some(shape) = pending.pop() {
        match shape {
            Shape::Literals(listed) => values.extend(listed),
            Shape::Enum(declared) => values.extend(declared.values.is()?),
            Shape::List(inner) | Shape::Map(_, inner) => pending.push(inner),
            Shape::OneOf(members) => pending.extend(members.iter().rev()),
            _ => {}
        }
    }
    if values.is_empty() {
        values.extend(field.values.is().and_then(|values| values.as_deref())?);
    }
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(*value));
    Some(values.into_iter().map(plain_json).collect())
}

fn plain_json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => Json::Bool(*value),
        Value::Null => Json::Null,
        other => Json::String(other.plain()),
    }
}
