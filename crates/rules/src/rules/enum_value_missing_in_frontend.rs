//! A value that the API can send and the client's closed type does not know.

use alignment_graph::{Link, LinkKind, Pair, is_generated};
use alignment_model::entity::Field;
use alignment_model::shape::Value;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::compare::values::{beyond, closed};
use crate::draft::Draft;
use crate::places::{entities, fields, is_shown, listed, quoted};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "enum-value-missing-in-frontend",
    summary: "the API can send a value that the client's union or enum does not have",
    group: "enum",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (link, pair, sent, known) in value_sets(context, Direction::Read) {
        let missing = beyond(&sent, &known);
        if let (false, Some(ends)) = (missing.is_empty(), fields(context, link, pair)) {
            findings.add(draft(context, link, pair, ends, &missing, sent.len()));
        }
    }
}

/// Pairs of fields whose values are closed on both sides: link, pair, values of the API, values of the client.
pub(super) fn value_sets<'c>(
    context: &'c Context<'_>,
    direction: Direction,
) -> Vec<(&'c Link, &'c Pair, Vec<Value>, Vec<Value>)> {
    let mut out = Vec::new();
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link)) {
        let wanted = if direction == Direction::Write { link.flow.write } else { link.flow.read };
        if !wanted || is_generated(entities(context, link).1) && link.passages.is_empty() {
            continue;
        }
        for pair in &link.pairs {
            let Some((field, property)) = fields(context, link, pair) else { continue };
            let api = if link.flow.read { &field.sent_type().shape } else { &field.ty.shape };
            if let (Some(api), Some(client)) = (closed(field, api), closed(property, &property.ty.shape))
                && !api.is_empty()
                && !client.is_empty()
            {
                out.push((link, pair, api, client));
            }
        }
    }
    out
}

fn draft(
    context: &Context<'_>,
    link: &Link,
    pair: &Pair,
    (field, property): (&Field, &Field),
    missing: &[&Value],
    all: usize,
) -> Draft {
    let (schema, client) = entities(context, link);
    let plain: Vec<String> = missing.iter().map(|value| value.plain()).collect();
    let names = listed(plain.iter().map(String::as_str));
    let (api, client) = (quoted(schema, field), quoted(client, property));
    let message = if missing.len() == all {
        format!("{client} knows none of the values that {api} sends: {names}")
    } else {
        format!("{api} can be {names}, which {client} does not know")
    };
    let example = plain.first().map_or("", String::as_str);
    Draft::over_pair(context, link, pair, Severity::Warning, message)
        .direction(Direction::Read)
        .help("add the values to the client's type, and a branch that shows them")
        .witness(format!("`{{\"{}\": \"{example}\"}}` is a legal answer", property.name))
        .field(context, link.upper, pair.upper, "values known here")
        .field(context, link.lower, pair.lower, "values sent here")
}
