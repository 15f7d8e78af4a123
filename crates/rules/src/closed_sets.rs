//! Fields of the API and of the client whose values are closed on both sides, grouped by the two types: what one enumeration
//! lacks it lacks wherever it is used.

use std::collections::BTreeMap;

use alignment_graph::{Link, LinkKind, Pair, is_generated};
use alignment_model::Direction;
use alignment_model::entity::{Entity, Field};
use alignment_model::shape::{Shape, Value};

use crate::Context;
use crate::compare::values::closed;
use crate::draft::Draft;
use crate::places::{entities, fields, is_shown};

/// Two fields whose values are closed on both sides.
pub(crate) struct Sets<'c> {
    pub(crate) link: &'c Link,
    pub(crate) pair: &'c Pair,
    pub(crate) api: Vec<Value>,
    pub(crate) client: Vec<Value>,
}

/// Differences of one pair of types, wherever fields of these types meet.
pub(crate) struct Group<'c> {
    /// Values that one side has and the other does not know.
    pub(crate) values: Vec<Value>,
    /// The places, in order.
    pub(crate) places: Vec<Sets<'c>>,
}

/// An enumeration that lacks a value lacks it everywhere: groups differences by the two types and the values.
pub(crate) fn by_type<'c>(
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

/// The other places where the same two types meet. What is gathered is each value at each place.
pub(crate) fn with_others(context: &Context<'_>, draft: Draft, group: &Group<'_>) -> Draft {
    let met = group.places.iter().filter_map(|sets| {
        let (_, property) = fields(context, sets.link, sets.pair)?;
        Some(format!("{}.{}", entities(context, sets.link).1.name, property.name))
    });
    let valued = |place: String| group.values.iter().map(move |value| format!("{place} = {}", value.plain()));
    let draft = draft.gathers(met.flat_map(valued));
    group
        .places
        .iter()
        .skip(1)
        .fold(draft, |draft, sets| draft.field(context, sets.link.upper, sets.pair.upper, "and here"))
}

/// Pairs of fields whose values are closed on both sides.
pub(crate) fn value_sets<'c>(context: &'c Context<'_>, direction: Direction) -> Vec<Sets<'c>> {
    let mut out = Vec::new();
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link)) {
        let wanted = if direction == Direction::Write { link.flow.write } else { link.flow.read };
        if !wanted || is_generated(entities(context, link).1) && link.passages.is_empty() {
            continue;
        }
        for pair in &link.pairs {
            let Some((field, property)) = fields(context, link, pair) else { continue };
            // What code of the project's own takes in a request is for it to say.
            if direction == Direction::Write && field.converted {
                continue;
            }
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
