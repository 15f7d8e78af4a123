//! Properties of client types that have the letters of a key that travels, in another spelling: `leave_type` for `leaveType`.
//!
//! Letters and digits decide, so that converters which disagree about digits (`next_4_weeks`, `next4Weeks`) still meet.

use std::collections::{HashMap, HashSet};

use alignment_graph::{Link, arriving, is_generated, request_keys};
use alignment_model::Known;
use alignment_model::entity::{Entity, Field, FieldKind};
use alignment_model::project::KeyConversion;

use crate::Context;
use crate::places::{entities, field};

/// A property that misses a key by its spelling alone.
pub(crate) struct Misspelt {
    /// Position of the property.
    pub(crate) property: u32,
    /// Position of the schema's field.
    pub(crate) field: u32,
    /// What the client makes of the property: its name, or in a request what the converter sends for it.
    pub(crate) has: String,
    /// The key that arrives, or that the schema takes.
    pub(crate) wants: String,
}

/// Properties without a partner that have the letters of a key without a partner. Empty where keys are not known on either side,
/// and where the two types have so little in common that one of them is another thing.
pub(crate) fn misspelt(context: &Context<'_>, link: &Link) -> Vec<Misspelt> {
    let (schema, client) = entities(context, link);
    let unsure = link.keys == KeyConversion::Unknown
        || !schema.completeness.is_complete()
        || is_generated(client) && link.passages.is_empty();
    if unsure {
        return Vec::new();
    }
    let free = free_keys(context, link, schema);
    let unknown: Vec<(u32, &Field)> = link
        .unpaired_upper(context.graph.project())
        .into_iter()
        .filter_map(|at| Some((at, field(context, link.upper, at)?)))
        .filter(|(_, property)| property.kind == FieldKind::Field)
        .collect();
    let mut seen = HashSet::new();
    let found: Vec<Misspelt> = unknown
        .iter()
        .filter_map(|(at, property)| {
            let name = property.wire_name.is()?;
            let has = if link.flow.write { link.keys.apply(name)?.into_owned() } else { name.to_string() };
            let (field, wants) = free.get(&letters(&has))?;
            let alone = seen.insert(*field) && *wants != has;
            alone.then(|| Misspelt { property: *at, field: *field, has, wants: wants.clone() })
        })
        .collect();
    // Types that share no key and few letters are two things.
    let strangers = link.pairs.is_empty() && found.len() * 2 < unknown.len();
    if strangers { Vec::new() } else { found }
}

/// The keys of the schema without a partner, by their letters; none of two fields with the same.
fn free_keys(context: &Context<'_>, link: &Link, schema: &Entity) -> HashMap<String, (u32, String)> {
    let mut keys: HashMap<String, (u32, String)> = HashMap::new();
    let mut twins: HashSet<String> = HashSet::new();
    let by_name = link.passages.iter().any(|passage| {
        let operation = context.graph.project().entity(passage.operation).operation();
        operation.is_some_and(|operation| !operation.by_alias)
    });
    for at in link.unpaired_lower(context.graph.project()) {
        let Some(field) = field(context, link.lower, at) else { continue };
        let Some(key) = key(link, schema, field).filter(|_| !(by_name && is_renamed(field))) else {
            continue;
        };
        let letters = letters(&key);
        if keys.insert(letters.clone(), (at, key)).is_some() {
            twins.insert(letters);
        }
    }
    keys.retain(|letters, _| !twins.contains(letters));
    keys
}

/// The key under which the client sees a field, or under which the schema takes it.
fn key(link: &Link, schema: &Entity, field: &Field) -> Option<String> {
    if link.flow.write {
        let taken = field.kind != FieldKind::Computed && matches!(field.request_names, Known::Is(_));
        return request_keys(schema, field).first().filter(|_| taken).map(ToString::to_string);
    }
    let sent = matches!(field.kind, FieldKind::Field | FieldKind::Computed) && !field.excluded;
    arriving(field.wire_name.is().filter(|_| sent)?, &link.keys).map(std::borrow::Cow::into_owned)
}

/// Whether an alias stands for the name, so that the two ways of sending it differ.
fn is_renamed(field: &Field) -> bool {
    field.wire_name.is() != Some(&field.name)
}

/// Letters and digits of a name, lower-case.
pub(crate) fn letters(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
