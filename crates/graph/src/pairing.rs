//! Which key of a schema is which property of a client type.

use std::borrow::Cow;
use std::collections::HashMap;

use alignment_model::entity::{Detail, Entity, Field, FieldKind};
use alignment_model::name::NameKey;
use alignment_model::project::KeyConversion;
use alignment_model::{Direction, Known};

use crate::keys::arriving;
use crate::link::Pair;

/// How keys travel between a schema and a client type.
#[derive(Clone, Copy)]
pub(crate) struct KeyRule<'k> {
    /// What becomes of the schema's keys on their way to the client, or of the client's on their way to the schema.
    pub(crate) keys: &'k KeyConversion,
    pub(crate) direction: Direction,
    /// Aliases name the keys of the response.
    pub(crate) by_alias: bool,
}

impl KeyRule<'_> {
    /// Position of the field that a client's key means.
    pub(crate) fn lower_field(&self, schema: &Entity, key: &str) -> Option<u32> {
        let key = self.sent(key)?;
        let accepts = |field: &Field| self.travels(field) && self.names(schema, field).contains(&key);
        (0..).zip(&schema.fields).find(|(_, field)| accepts(field)).map(|(at, _)| at)
    }

    /// What a key of the client is on the wire, as far as the client's side decides it.
    fn sent<'a>(&self, key: &'a str) -> Option<Cow<'a, str>> {
        if self.direction == Direction::Write { self.keys.apply(key) } else { Some(Cow::Borrowed(key)) }
    }

    /// Whether a field of a schema travels in this direction.
    fn travels(&self, field: &Field) -> bool {
        match self.direction {
            Direction::Write => field.kind != FieldKind::Computed,
            _ => !field.excluded,
        }
    }

    /// The keys of a field: in an answer those that arrive, in a request those that the schema takes.
    pub(crate) fn names<'f>(&self, schema: &Entity, field: &'f Field) -> Vec<Cow<'f, str>> {
        if self.direction != Direction::Write {
            let wire = if self.by_alias { field.wire_name.is() } else { Some(&field.name) };
            return wire.and_then(|wire| arriving(wire, self.keys)).into_iter().collect();
        }
        request_keys(schema, field).into_iter().map(Cow::Borrowed).collect()
    }
}

/// The keys under which a schema takes a field.
pub fn request_keys<'f>(schema: &Entity, field: &'f Field) -> Vec<&'f str> {
    let by_name = matches!(&schema.detail, Detail::Schema(detail) if detail.populate_by_name);
    let keys = match &field.request_names {
        Known::Is(keys) if keys.is_empty() => {
            field.wire_name.is().map(std::slice::from_ref).unwrap_or_default()
        }
        Known::Is(keys) => keys.as_slice(),
        Known::Unknown(_) => &[],
    };
    keys.iter().chain(by_name.then_some(&field.name)).map(|key| &**key).collect()
}

/// Pairs the fields of a schema with the properties of a client type, in the order of the properties.
pub(crate) fn pair_keys(schema: &Entity, client: &Entity, rule: KeyRule<'_>) -> Vec<Pair> {
    if *rule.keys == KeyConversion::Unknown {
        return pair_words(schema, client);
    }
    let mut by_key: HashMap<Cow<'_, str>, u32> = HashMap::new();
    for (at, field) in (0..).zip(&schema.fields).filter(|(_, field)| rule.travels(field)) {
        for name in rule.names(schema, field) {
            by_key.entry(name).or_insert(at);
        }
    }
    pair(client, |property| by_key.get(&*rule.sent(property)?).copied())
}

/// Pairs by words alone, where the converter is not known: `user_id` may arrive as `userId`.
fn pair_words(schema: &Entity, client: &Entity) -> Vec<Pair> {
    let keys =
        (0..).zip(&schema.fields).filter_map(|(at, field)| Some((NameKey::new(field.wire_name.is()?), at)));
    let by_words: HashMap<NameKey, u32> = keys.collect();
    pair(client, |property| by_words.get(&NameKey::new(property)).copied())
}

fn pair(client: &Entity, find: impl Fn(&str) -> Option<u32>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (upper, property) in (0..).zip(&client.fields) {
        if property.kind == FieldKind::Method {
            continue;
        }
        if let Some(lower) = property.wire_name.is().and_then(|name| find(name)) {
            pairs.push(Pair { lower, upper, evidence: None, checked: false });
        }
    }
    pairs
}

/// Share of the fields of `entity` that `common` are, in per cent; 0 for an entity without fields.
pub(crate) fn overlap(common: usize, entity: &Entity) -> usize {
    (common * 100).checked_div(entity.fields.len()).unwrap_or(0)
}
