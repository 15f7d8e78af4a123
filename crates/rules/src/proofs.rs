//! Proofs that a test can try, made from the declarations that a rule compares. `None` wherever one of them cannot be imported.

use alignment_model::Known;
use alignment_model::entity::{Entity, Field};
use alignment_model::proof::{ClientType, Facet, NullField, Proof, PythonClass};
use alignment_model::shape::Value;

use crate::persistence::MappedColumn;
use crate::writes::Written;

/// A response reads NULL where it refuses None. The row is read by names, so both must have one.
pub(crate) fn null_row(
    (model, attribute): (&Entity, &Field),
    (schema, field): (&Entity, &Field),
) -> Option<Proof> {
    let read = field.source_attribute.as_deref().unwrap_or(&field.name);
    (*attribute.name == *read).then_some(())?;
    Some(Proof::NullRow {
        model: PythonClass::of(model)?,
        attribute: attribute.name.to_string(),
        schema: PythonClass::of(schema)?,
        field: field.name.to_string(),
    })
}

/// A response requires an attribute that its model does not have.
pub(crate) fn absent_attribute(model: &Entity, schema: &Entity, field: &Field) -> Option<Proof> {
    Some(Proof::AbsentAttribute {
        model: PythonClass::of(model)?,
        schema: PythonClass::of(schema)?,
        field: field.name.to_string(),
    })
}

/// A request takes null that its model must not store.
pub(crate) fn null_stored(found: &Written<'_>) -> Option<Proof> {
    let fields = found.carried.iter().map(|carried| {
        Some(NullField {
            field: carried.field.name.to_string(),
            key: request_key(carried.field)?,
            attribute: carried.attribute.name.to_string(),
        })
    });
    Some(Proof::NullStored {
        schema: PythonClass::of(found.schema.1)?,
        model: PythonClass::of(found.model.1)?,
        fields: fields.collect::<Option<_>>()?,
    })
}

/// A request refuses a value (JSON) of the client's type, or the lack of one.
pub(crate) fn body(schema: &Entity, field: &Field, value: Option<String>) -> Option<Proof> {
    Some(Proof::Body {
        schema: PythonClass::of(schema)?,
        field: field.name.to_string(),
        key: request_key(field)?,
        value,
    })
}

/// A client type refuses what arrives: values (JSON) of properties, or the lack of them.
pub(crate) fn answer<'f>(
    client: &Entity,
    properties: impl IntoIterator<Item = (&'f Field, Option<String>)>,
) -> Option<Proof> {
    Some(Proof::Answer {
        client: ClientType::of(client)?,
        properties: properties
            .into_iter()
            .map(|(property, value)| (property.name.to_string(), value))
            .collect(),
    })
}

/// The migrated database lacks the tables of models.
pub(crate) fn tables<'e>(models: impl Iterator<Item = &'e Entity>) -> Option<Proof> {
    let models: Vec<PythonClass> = models.filter_map(PythonClass::of).collect();
    (!models.is_empty()).then_some(Proof::Tables { models })
}

/// The migrated database differs from a model.
pub(crate) fn migrated(model: &Entity, facet: Facet) -> Option<Proof> {
    Some(Proof::Migrated { model: PythonClass::of(model)?, facet })
}

/// The migrated database has a column otherwise than its attribute.
pub(crate) fn mapped(mapped: &MappedColumn<'_>, facet: fn(String) -> Facet) -> Option<Proof> {
    migrated(mapped.model(), facet(mapped.attribute.name.to_string()))
}

/// A value as JSON, where its text needs no escapes.
pub(crate) fn json(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => {
            let is_plain =
                text.chars().all(|letter| letter.is_ascii_graphic() && !matches!(letter, '"' | '\\'));
            is_plain.then(|| format!("\"{text}\""))
        }
        other => Some(other.plain()),
    }
}

/// The key under which a request carries a field, where it is known.
fn request_key(field: &Field) -> Option<String> {
    let Known::Is(names) = &field.request_names else { return None };
    let key = names.first().or(field.wire_name.is())?;
    Some(key.to_string())
}
