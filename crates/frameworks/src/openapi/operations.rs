//! `paths` -> operations, in order of place (OpenAPI 3.1.0, "Path Item Object", "Operation Object").

use alignment_model::entity::{
    Answers, Completeness, Detail, Entity, EntityKind, Field, FieldKind, Operation, Presence,
    ResponseExcludes, Serving,
};
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Why};

use super::references::Document;
use super::schemas::{properties, value};
use super::tree::{Entry, Node};

/// Methods that an item of `paths` may have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// All operations.
pub(super) fn read(document: &Document<'_>) -> Vec<Entity> {
    let base = base_path(document.root);
    let mut operations = Vec::new();
    for path in document.root.get("paths").map(Node::entries).unwrap_or_default() {
        let Some(item) = document.resolved(&path.value).filter(|_| path.key.starts_with('/')) else {
            continue;
        };
        for operation in item.entries().iter().filter(|entry| METHODS.contains(&&*entry.key)) {
            operations.push(entity(document, &base, &path.key, item, operation));
        }
    }
    operations
}

/// The path before all others: that of the first server, where it has no variables.
fn base_path(root: &Node) -> String {
    let servers = root.get("servers").map(Node::items).unwrap_or_default();
    let url = servers.first().and_then(|server| server.text_at("url")).unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => url,
    };
    let is_plain = path.starts_with('/') && !path.contains(['{', '?', '#']);
    if is_plain { path.trim_end_matches('/').to_owned() } else { String::new() }
}

fn entity(document: &Document<'_>, base: &str, path: &str, item: &Node, operation: &Entry) -> Entity {
    let method = operation.key.to_uppercase();
    let (name, node) = (format!("{method} {base}{path}"), &operation.value);
    let mut completeness = Completeness::default();
    let mut fields = parameters(document, item, node, &mut completeness);
    fields.extend(body(document, node, &mut completeness));
    let success = success(document, node, &mut completeness);
    fields.extend(success.field);
    let handler = DeclarationKey { file: document.file, path: name.as_str().into() };
    let operation_id = node.text_at("operationId").map(Into::into);
    Entity {
        kind: EntityKind::Operation,
        qualname: format!("{}#{name}", document.path).into(),
        declaration: Some(handler.clone()),
        span: document.span(operation.range),
        fields,
        completeness,
        detail: Detail::Operation(Box::new(Operation {
            method: method.into(),
            path: Known::Is(format!("{base}{path}").into()),
            own_path: path.into(),
            handler,
            response_excludes: ResponseExcludes::default(),
            by_alias: true,
            status_code: success.status,
            mounted: Known::Is(true),
            serving: Serving { operation_id, answers: success.answers, ..Serving::default() },
            mounts: Vec::new(),
        })),
        name: name.into(),
    }
}

/// Parameters of the operation, and those of its path that it does not replace.
fn parameters(
    document: &Document<'_>,
    item: &Node,
    operation: &Node,
    lacks: &mut Completeness,
) -> Vec<Field> {
    let listed = |node: &Node| node.get("parameters").is_some();
    let mut fields: Vec<Field> = Vec::new();
    for holder in [item, operation].into_iter().filter(|node| listed(node)) {
        for written in holder.get("parameters").map(Node::items).unwrap_or_default() {
            let Some(parameter) = document.resolved(written) else {
                lacks.lacks(
                    Why::ExternalName,
                    "a parameter is in another document",
                    Some(document.span(written.range)),
                );
                continue;
            };
            let Some(field) = parameter_field(document, parameter, written) else { continue };
            match fields.iter_mut().find(|known| known.name == field.name && known.kind == field.kind) {
                Some(known) => *known = field,
                None => fields.push(field),
            }
        }
    }
    fields
}

fn parameter_field(document: &Document<'_>, parameter: &Node, written: &Node) -> Option<Field> {
    let kind = match parameter.text_at("in")? {
        "path" => FieldKind::Path,
        "query" => FieldKind::Query,
        "header" => FieldKind::Header,
        "cookie" => FieldKind::Cookie,
        _ => return None,
    };
    let span = document.span(written.range);
    let content = parameter.get("content").and_then(|content| content.entries().first());
    let schema = parameter.get("schema").or_else(|| content.and_then(|content| content.value.get("schema")));
    let name = parameter.text_at("name")?;
    let mut field = match schema {
        Some(schema) => value(document, name, kind, schema, span),
        None => Field::new(name, kind, span),
    };
    let required = kind == FieldKind::Path || parameter.is_set("required");
    field.presence = Known::Is(if required { Presence::Required } else { Presence::Defaulted });
    Some(field)
}

/// The body: JSON as a whole, or the fields of a form.
fn body(document: &Document<'_>, operation: &Node, lacks: &mut Completeness) -> Vec<Field> {
    let Some(written) = operation.get("requestBody") else { return Vec::new() };
    let span = document.span(written.range);
    let Some(body) = document.resolved(written) else {
        lacks.lacks(Why::ExternalName, "its body is in another document", Some(span));
        return Vec::new();
    };
    let content = body.get("content").map(Node::entries).unwrap_or_default();
    if let Some(json) = content.iter().find(|media| is_json(&media.key)) {
        let mut field = match json.value.get("schema") {
            Some(schema) => value(document, "body", FieldKind::Body, schema, span),
            None => Field::new("body", FieldKind::Body, span),
        };
        field.wire_name = Known::Is("".into());
        let presence = if body.is_set("required") { Presence::Required } else { Presence::Defaulted };
        field.presence = Known::Is(presence);
        return vec![field];
    }
    let is_form =
        |media: &&Entry| media.key.starts_with("multipart/") || media.key.contains("form-urlencoded");
    let form = content.iter().find(is_form).and_then(|media| media.value.get("schema"));
    form.map(|schema| properties(document, schema, FieldKind::Form)).unwrap_or_default()
}

/// `application/json`, `application/problem+json`, `*/*`, with or without parameters.
fn is_json(media: &str) -> bool {
    let kind = media.split(';').next().unwrap_or(media).trim();
    matches!(kind, "application/json" | "*/*" | "application/*" | "text/json") || kind.ends_with("+json")
}

/// What an operation answers when all goes well.
#[derive(Default)]
struct Success {
    status: Option<u16>,
    field: Option<Field>,
    answers: Answers,
}

/// The first answer of success: 200 before 201, before `2XX`, before `default`.
fn success(document: &Document<'_>, operation: &Node, lacks: &mut Completeness) -> Success {
    let responses = operation.get("responses").map(Node::entries).unwrap_or_default();
    let rank = |entry: &&Entry| match &*entry.key {
        "default" => "3".to_owned(),
        other => other.to_uppercase(),
    };
    let is_success = |entry: &&Entry| entry.key.starts_with('2') || &*entry.key == "default";
    let Some(first) = responses.iter().filter(is_success).min_by_key(rank) else { return Success::default() };
    let status = first.key.parse().ok();
    let span = document.span(first.range);
    let Some(response) = document.resolved(&first.value) else {
        lacks.lacks(Why::ExternalName, "its answer is in another document", Some(span));
        return Success { status, ..Success::default() };
    };
    let content = response.get("content").map(Node::entries).unwrap_or_default();
    let Some(json) = content.iter().find(|media| is_json(&media.key)) else {
        let answers = if content.is_empty() { Answers::Nothing } else { Answers::Response };
        return Success { status, field: None, answers };
    };
    let Some(schema) = json.value.get("schema") else {
        return Success { status, field: None, answers: Answers::Unknown };
    };
    let mut field = value(document, "response", FieldKind::Response, schema, span);
    field.presence = Known::Is(Presence::Required);
    Success { status, field: Some(field), answers: Answers::Unknown }
}
