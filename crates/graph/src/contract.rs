//! What a field promises, in one line for people: `varchar(255), not null, default now()`.

use alignment_model::entity::{Field, FieldKind, Presence};
use alignment_model::{Known, Layer};

/// The promise of a field in the words of its layer.
pub fn contract(layer: Layer, field: &Field) -> String {
    let mut parts = vec![type_of(field)];
    match field.kind {
        FieldKind::Relationship | FieldKind::Property | FieldKind::Hybrid | FieldKind::Computed => {
            parts.push(field.kind.key().to_owned());
        }
        _ => {}
    }
    parts.extend(nullability(layer, field).map(str::to_owned));
    match field.presence {
        Known::Is(Presence::Optional) => parts.push("may be absent".to_owned()),
        Known::Is(Presence::Required) if layer == Layer::Schema => parts.push("required".to_owned()),
        _ => {}
    }
    if let Known::Is(Some(default)) = &field.default {
        parts.push(format!("default {}", default.text));
    }
    if let Known::Is(Some(default)) = &field.server_default {
        parts.push(format!("server default {default}"));
    }
    if field.column.primary_key {
        parts.push("primary key".to_owned());
    }
    parts.join(", ")
}

/// The type in the words of its layer: as a database type for columns, else as written.
pub fn type_of(field: &Field) -> String {
    match &field.ty.sql {
        Some(sql) => sql.to_string(),
        None if field.ty.written.is_empty() => field.ty.shape.to_string(),
        None => field.ty.written.to_string(),
    }
}

fn nullability(layer: Layer, field: &Field) -> Option<&'static str> {
    let word = match (layer, field.nullable.is()?) {
        (Layer::Database | Layer::Orm, true) => "nullable",
        (Layer::Database | Layer::Orm, false) => "not null",
        // A type as written says it: `str | None`.
        _ if !field.ty.written.is_empty() => return None,
        (_, true) => "may be null",
        (_, false) => "never null",
    };
    Some(word)
}
