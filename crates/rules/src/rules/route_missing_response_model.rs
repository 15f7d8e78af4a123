//! Operations that answer with JSON whose shape nothing declares: the chain from the table to the screen breaks there.

use std::collections::BTreeMap;

use alignment_model::entity::{Answers, Entity, EntityId, FieldKind, Operation};
use alignment_model::finding::End;
use alignment_model::project::ClientCall;
use alignment_model::shape::Shape;
use alignment_model::{Direction, FileId, Layer, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::{count, listed};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "route-missing-response-model",
    summary: "an operation answers with JSON whose shape nothing declares",
    group: "route",
    severity: Severity::Info,
    check,
};

/// Last segments of paths that tell whether the service lives: nobody binds to their answers.
const HEALTH: &[&str] = &[
    "health",
    "healthcheck",
    "healthz",
    "live",
    "liveness",
    "livez",
    "ping",
    "readiness",
    "ready",
    "readyz",
    "version",
];

/// Operations and client types that one finding shows.
const SHOWN: usize = 6;

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let mut calls: BTreeMap<EntityId, Vec<&ClientCall>> = BTreeMap::new();
    for (at, call) in project.calls.iter().enumerate() {
        for (operation, _) in context.graph.operations_of_call(at) {
            calls.entry(operation).or_default().push(call);
        }
    }
    let mut files: BTreeMap<FileId, Vec<Untyped<'_>>> = BTreeMap::new();
    for (id, entity) in project.operations() {
        if is_served(context, entity) && is_undeclared(entity) {
            let calls = calls.get(&id).map_or(&[][..], Vec::as_slice);
            let typed = calls.iter().copied().find(|call| type_of(call).is_some());
            let called = !calls.is_empty();
            files.entry(entity.span.file).or_default().push(Untyped { id, entity, called, typed });
        }
    }
    for mut found in files.into_values() {
        // What a typed call reaches first: there a type of the client has nothing to be compared with.
        found.sort_by_key(|one| (one.typed.is_none(), !one.called, one.entity.span));
        findings.add(draft(context, &found));
    }
}

/// One operation without a declared answer.
struct Untyped<'c> {
    id: EntityId,
    entity: &'c Entity,
    /// Whether the client calls it.
    called: bool,
    /// A call that says what comes back.
    typed: Option<&'c ClientCall>,
}

/// Whether an application serves an operation to clients that could bind to its answer.
fn is_served(context: &Context<'_>, entity: &Entity) -> bool {
    let Some(operation) = entity.operation() else { return false };
    !operation.mounted.is_no()
        && operation.serving.application.is_some()
        && !operation.serving.hidden
        && !context.graph.project().is_test(entity.span.file)
        && !is_about_health(operation)
        && !matches!(&*operation.method, "HEAD" | "OPTIONS")
        // These statuses have no body, or none of JSON (RFC 9110, 15).
        && operation.status_code.is_none_or(|code| !matches!(code, 100..200 | 204 | 205 | 300..400))
}

fn is_about_health(operation: &Operation) -> bool {
    let path = operation.path.is().unwrap_or(&operation.own_path);
    let last = path.rsplit('/').find(|segment| !segment.is_empty());
    last.is_some_and(|last| HEALTH.contains(&last))
}

/// Whether JSON comes back of which only the handler's code knows the keys.
fn is_undeclared(entity: &Entity) -> bool {
    let Some(operation) = entity.operation() else { return false };
    let declared = entity.fields.iter().find(|field| field.kind == FieldKind::Response);
    match (operation.serving.answers, declared) {
        (Answers::Nothing | Answers::Message | Answers::Response | Answers::Annotated, _) => false,
        (Answers::Data, None) => true,
        (Answers::Unknown, None) => false,
        (_, Some(response)) => says_nothing(&response.ty.shape, 0),
    }
}

/// `Any`, `dict`, `dict[str, Any]`, lists and unions of these.
fn says_nothing(shape: &Shape, depth: u8) -> bool {
    match shape {
        _ if depth > 8 => false,
        Shape::Any | Shape::Json => true,
        Shape::Map(_, inner) | Shape::List(inner) => says_nothing(inner, depth + 1),
        Shape::OneOf(members) => {
            let mut rest = members.iter().filter(|member| **member != Shape::Null).peekable();
            rest.peek().is_some() && rest.all(|member| says_nothing(member, depth + 1))
        }
        _ => false,
    }
}

/// The type that a call says comes back, where that says more than "something".
fn type_of(call: &ClientCall) -> Option<&str> {
    let declared = call.response.as_ref()?;
    let named = match &declared.shape {
        Shape::List(inner) => &**inner,
        shape => shape,
    };
    let says = matches!(named, Shape::Ref(_) | Shape::Object(_) | Shape::OneOf(_));
    (says && !declared.written.is_empty()).then_some(&*declared.written)
}

fn draft(context: &Context<'_>, found: &[Untyped<'_>]) -> Draft {
    let names = listed(found.iter().map(|one| &*one.entity.name));
    let one = found.len() == 1;
    let mut message = format!(
        "{} of this file {} with JSON whose shape nothing declares: {names}",
        count(found.len(), "operation"),
        if one { "answers" } else { "answer" },
    );
    let typed: Vec<(&Untyped<'_>, &ClientCall)> =
        found.iter().filter_map(|one| Some((one, one.typed?))).collect();
    if let Some((first, call)) = typed.first() {
        let ty = type_of(call).unwrap_or_default();
        message.push_str(&format!("; the client reads `{}` as `{}`", first.entity.name, short(ty)));
        if let Some(more) = typed.len().checked_sub(1).filter(|more| *more > 0) {
            message.push_str(&format!(" and {more} more by types of its own"));
        }
        message.push_str(", which nothing can be compared with");
    }
    let draft = Draft::new(Severity::Info, message)
        .direction(Direction::Read)
        .help("give the operation a `response_model`, or its handler a return type that is a schema");
    let draft = draft.gathers(found.iter().map(|one| &*one.entity.name));
    let draft =
        found.iter().take(SHOWN).fold(draft, |draft, one| draft.end(context, one.id, "no declared answer"));
    typed.into_iter().take(SHOWN).fold(draft, |draft, (one, call)| draft.place(reading(one, call)))
}

/// Where the client says what comes back.
fn reading(one: &Untyped<'_>, call: &ClientCall) -> End {
    let ty = type_of(call).unwrap_or_default();
    End {
        layer: Layer::Client,
        entity: short(ty),
        qualname: String::new(),
        table: None,
        field: None,
        label: format!("reads `{}` as this", one.entity.name),
        span: call.response_span.unwrap_or(call.span),
        is_use: false,
    }
}

/// A type on one line, cut where it is long.
fn short(ty: &str) -> String {
    const LONGEST: usize = 60;
    let line = ty.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", line.get(..at).unwrap_or_default()),
        None => line,
    }
}
