//! A value that the API can send and the client's closed type does not know.

use std::collections::BTreeMap;

use alignment_graph::{Link, LinkKind, Pair, is_generated};
use alignment_model::entity::{Entity, Field};
use alignment_model::shape::{Shape, Value};
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
    for group in
        by_type(context, value_sets(context, Direction::Read), |sets| beyond(&sets.api, &sets.client))
    {
        if let Some(draft) = draft(context, &group) {
            findings.add(with_others(context, draft, &group));
        }
    }
}

/// Two fields whose values are closed on both sides.
pub(super) struct Sets<'c> {
    pub(super) link: &'c Link,
    pub(super) pair: &'c Pair,
    pub(super) api: Vec<Value>,
    pub(super) client: Vec<Value>,
}

/// Differences of one pair of types, wherever fields of these types meet.
pub(super) struct Group<'c> {
    /// Values that one side has and the other does not know.
    pub(super) values: Vec<Value>,
    /// The places, in order.
    pub(super) places: Vec<Sets<'c>>,
}

/// An enumeration that lacks a value lacks it everywhere: groups differences by the two types and the values.
pub(super) fn by_type<'c>(
    context: &Context<'_>,
    sets: Vec<Sets<'c>>,
    differ: impl for<'s> Fn(&'s Sets<'c>) -> Vec<&'s Value>,
) -> Vec<Group<'c>> {
    let mut at: BTreeMap<(Vec<Value>, String, String), usize> = BTreeMap::new();
    let mut groups: Vec<Group<'c>> = Vec::new();
    for sets in sets {
        let values: Vec<Value> = differ(&sets).into_iter().cloned().collect();
        let Some((field, property)) = fields(context, sets.link, sets.pair).filter(|_| !values.is_empty())
        else {
            continue;
        };
        let (lower, upper) = entities(context, sets.link);
        let key = (values.clone(), type_name(lower, field), type_name(upper, property));
        let group = *at.entry(key).or_insert_with(|| {
            groups.push(Group { values, places: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(group) {
            group.places.push(sets);
        }
    }
    groups
}

/// The named type of a field, or the field itself where its values are written in place.
fn type_name(entity: &Entity, field: &Field) -> String {
    let written = &field.ty.written;
    let in_place =
        written.is_empty() || written.contains(['"', '\'']) || matches!(&**written, "str" | "string");
    match &field.ty.shape {
        Shape::Enum(shape) => shape.name.to_string(),
        _ if in_place => format!("{}.{}", entity.qualname, field.name),
        _ => written.to_string(),
    }
}

/// The other places where the same two types meet.
pub(super) fn with_others(context: &Context<'_>, draft: Draft, group: &Group<'_>) -> Draft {
    group
        .places
        .iter()
        .skip(1)
        .fold(draft, |draft, sets| draft.field(context, sets.link.upper, sets.pair.upper, "and here"))
}

/// Pairs of fields whose values are closed on both sides.
pub(super) fn value_sets<'c>(context: &'c Context<'_>, direction: Direction) -> Vec<Sets<'c>> {
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
                out.push(Sets { link, pair, api, client });
            }
        }
    }
    out
}

fn draft(context: &Context<'_>, group: &Group<'_>) -> Option<Draft> {
    let Sets { link, pair, api, .. } = group.places.first()?;
    let (field, property) = fields(context, link, pair)?;
    let (schema, client) = entities(context, link);
    let plain: Vec<String> = group.values.iter().map(Value::plain).collect();
    let names = listed(plain.iter().map(String::as_str));
    let (sent, known) = (quoted(schema, field), quoted(client, property));
    let message = if group.values.len() == api.len() {
        format!("{known} knows none of the values that {sent} sends: {names}")
    } else {
        format!("{sent} can be {names}, which {known} does not know")
    };
    let example = plain.first().map_or("", String::as_str);
    let draft = Draft::over_pair(context, link, pair, Severity::Warning, message)
        .direction(Direction::Read)
        .help("add the values to the client's type, and a branch that shows them")
        .witness(format!("`{{\"{}\": \"{example}\"}}` is a legal answer", property.name))
        .field(context, link.upper, pair.upper, "values known here")
        .field(context, link.lower, pair.lower, "values sent here");
    Some(draft)
}
