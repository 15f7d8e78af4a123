//! Names, ends and path steps of findings: what the graph knows, in the form that a report can print without it.

use alignment_graph::{Evidence, Link, Pair, Passage};
use alignment_model::entity::{Entity, EntityId, Field};
use alignment_model::finding::{End, Step};
use alignment_model::{Confidence, Layer, Span};

use crate::Context;

/// An entity as an end of a finding.
pub(crate) fn end(context: &Context<'_>, entity: EntityId, label: impl Into<String>) -> End {
    let declared = context.graph.project().entity(entity);
    End {
        layer: declared.layer(),
        entity: declared.name.to_string(),
        qualname: declared.qualname.to_string(),
        table: declared.table().map(ToString::to_string),
        field: None,
        label: label.into(),
        span: declared.span,
        is_use: false,
    }
}

/// A field as an end of a finding.
pub(crate) fn field_end(context: &Context<'_>, entity: EntityId, at: u32, label: impl Into<String>) -> End {
    let mut end = end(context, entity, label);
    if let Some(field) = field(context, entity, at) {
        end.field = Some(field.name.to_string());
        end.span = field.span;
    }
    end
}

/// A whole file as an end of a finding; `span` is where in it the finding is shown.
pub(crate) fn file_end(layer: Layer, path: &str, label: impl Into<String>, span: Span) -> End {
    End {
        layer,
        entity: path.to_owned(),
        qualname: path.to_owned(),
        table: None,
        field: None,
        label: label.into(),
        span,
        is_use: false,
    }
}

/// A field by position.
pub(crate) fn field<'c>(context: &'c Context<'_>, entity: EntityId, at: u32) -> Option<&'c Field> {
    context.graph.project().entity(entity).fields.get(at as usize)
}

/// Both fields of a pair.
pub(crate) fn fields<'c>(
    context: &'c Context<'_>,
    link: &Link,
    pair: &Pair,
) -> Option<(&'c Field, &'c Field)> {
    Some((field(context, link.lower, pair.lower)?, field(context, link.upper, pair.upper)?))
}

/// Both entities of a link.
pub(crate) fn entities<'c>(context: &'c Context<'_>, link: &Link) -> (&'c Entity, &'c Entity) {
    let project = context.graph.project();
    (project.entity(link.lower), project.entity(link.upper))
}

/// `Customer.phone`, in back quotes.
pub(crate) fn quoted(entity: &Entity, field: &Field) -> String {
    format!("`{}.{}`", entity.name, field.name)
}

/// A few names in back quotes, and how many more there are.
pub(crate) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 6;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if let Some(more) = names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// `3 columns`, `1 column`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `is` of one thing, `are` of several.
pub(crate) fn be(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// The links that a finding over `link` rests on, from storage to screen.
pub(crate) fn steps(context: &Context<'_>, link: &Link, pair: Option<&Pair>) -> Vec<Step> {
    let mut steps = Vec::new();
    let live = link.passages.iter().find(|passage| !is_unused_passage(context, passage));
    if let Some(passage) = live.or(link.passages.first()) {
        steps.extend(through_route(context, link, passage));
    }
    let evidence = pair.and_then(|pair| pair.evidence.as_ref()).unwrap_or_else(|| link.reason());
    let mut last = step(context, link.upper, pair.map(|pair| pair.upper), evidence);
    if is_unused(context, link) {
        last.reason.push_str(", in code that nothing uses");
    }
    steps.push(last);
    steps
}

/// Whether only calls in code that nothing uses carry what a link ties together.
pub(crate) fn is_unused(context: &Context<'_>, link: &Link) -> bool {
    !link.passages.is_empty() && link.passages.iter().all(|passage| is_unused_passage(context, passage))
}

fn is_unused_passage(context: &Context<'_>, passage: &Passage) -> bool {
    let call = context.graph.project().calls.get(passage.call as usize);
    call.is_some_and(|call| call.is_unused)
}

/// The operation between a schema and a client type.
fn through_route(context: &Context<'_>, link: &Link, passage: &Passage) -> Option<Step> {
    let evidence = context.graph.carrying(passage.operation, link.lower, passage.direction)?;
    Some(step(context, passage.operation, None, &evidence))
}

fn step(context: &Context<'_>, entity: EntityId, at: Option<u32>, evidence: &Evidence) -> Step {
    let declared = context.graph.project().entity(entity);
    Step {
        layer: declared.layer(),
        entity: declared.name.to_string(),
        field: at.and_then(|at| field(context, entity, at)).map(|field| field.name.to_string()),
        reason: evidence.reason.clone(),
        confidence: evidence.confidence,
        span: evidence.span,
    }
}

/// Whether a link is more than a guess by name.
pub(crate) fn is_shown(link: &Link) -> bool {
    link.confidence() > Confidence::Guessed
}
