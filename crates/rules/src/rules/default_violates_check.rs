//! A default that the column's own list of values refuses.

use std::collections::BTreeSet;

use alignment_model::entity::{Entity, EntityId, Field, FieldId};
use alignment_model::shape::{Shape, Value};
use alignment_model::{Direction, Known, Layer, Severity, Span};

use super::Definition;
use crate::compare::labels::{Labels, weight_of_default};
use crate::compare::literals::{Literal, of_server_default, of_value, quoted_twice, stored_defaults};
use crate::compare::values::closed;
use crate::draft::Draft;
use crate::inserts::weight_of_filled;
use crate::persistence::{MappedColumn, Persistence, Strictness, is_column};
use crate::places::{field, listed};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "default-violates-check",
    summary: "a default is not among the values that the column's check or enumeration allows",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let strictness = Strictness::of(project);
    for (table, entity) in project.layer(Layer::Database) {
        for (at, column) in (0..).zip(&entity.fields) {
            let Some(allowed) = allowed(column) else { continue };
            // What is wrong with such a default is another rule's to say.
            if findings.is_on("server-default-quoted-twice") && quoted_twice(column).is_some() {
                continue;
            }
            if let Some(default) = of_server_default(column, column)
                && is_refused(&default, &allowed, column)
            {
                let Some(weight) = weight(&strictness, entity, column) else { continue };
                let weight = weight.min(weight_of_filled(context, FieldId { entity: table, field: at }));
                let written = column.server_default.is().cloned().flatten().unwrap_or_default();
                findings.add(refused(context, (table, at), weight, &written, &allowed));
            }
        }
    }
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let persistence = Persistence::new(context);
    for mapped in persistence.mapped_columns() {
        let default = weight(&strictness, mapped.table(), mapped.column)
            .and_then(|weight| python_default(&mapped, weight));
        if let Some(draft) = default.or_else(|| unloadable(&mapped)) {
            told.insert(mapped.attribute.span);
            findings.add(draft);
        }
    }
    // What a model says against itself needs no database.
    for (model, entity) in persistence.models() {
        for (at, attribute) in (0..).zip(&entity.fields).filter(|(_, field)| is_column(field)) {
            let checked = !matches!(attribute.ty.shape, Shape::Enum(_) | Shape::Literals(_));
            let Some(allowed) = allowed(attribute).filter(|_| checked) else { continue };
            let refuses = |default: &Literal| is_refused(default, &allowed, attribute);
            let (written, weight) = if stored_defaults(attribute).iter().any(refuses) {
                (written_default(attribute), Severity::Error)
            } else if of_server_default(attribute, attribute).as_ref().is_some_and(refuses) {
                let weight = weight_of_filled(context, FieldId { entity: model, field: at });
                (attribute.server_default.is().cloned().flatten().unwrap_or_default().into(), weight)
            } else {
                continue;
            };
            if told.insert(attribute.span) {
                findings.add(refused(context, (model, at), weight, &written, &allowed));
            }
        }
    }
}

/// The closed list of a column, null left out.
fn allowed(field: &Field) -> Option<Vec<Value>> {
    closed(field, &field.ty.shape).filter(|values| !values.is_empty())
}

/// Whether a default is none of the values, where each of them can be read as the column's type.
fn is_refused(default: &Literal, allowed: &[Value], column: &Field) -> bool {
    let allowed: Option<Vec<Literal>> = allowed.iter().map(|value| of_value(value, column)).collect();
    allowed.is_some_and(|allowed| allowed.iter().all(|value| value.differs(default)))
}

fn written_default(field: &Field) -> String {
    let python = field.default.is().cloned().flatten().map(|default| default.text.to_string());
    python.or_else(|| field.server_default.is().cloned().flatten().map(String::from)).unwrap_or_default()
}

/// A check refuses everywhere, a type only where the database has enumerations.
fn weight(strictness: &Strictness, table: &Entity, column: &Field) -> Option<Severity> {
    let native = matches!(column.ty.shape, Shape::Enum(_)) && matches!(column.values, Known::Is(None));
    if native { strictness.weight(table, Severity::Error) } else { Some(Severity::Error) }
}

fn refused(
    context: &Context<'_>,
    (entity, at): (EntityId, u32),
    weight: Severity,
    default: &str,
    allowed: &[Value],
) -> Draft {
    let owner = &context.graph.project().entity(entity).name;
    let name = field(context, entity, at).map_or("", |field| &*field.name);
    let plain: Vec<String> = allowed.iter().map(Value::plain).collect();
    let message = format!(
        "the default of `{owner}.{name}` is {default}, which the column refuses: it takes {}",
        listed(plain.iter().map(String::as_str))
    );
    Draft::new(weight, message)
        .direction(Direction::Write)
        .help("make the default one of the values, or add it to the list")
        .witness(format!("a row inserted without `{name}` gets {default} and is refused"))
        .field(context, entity, at, format!("default {default}"))
}

/// What Python code fills in is refused by the column.
fn python_default(mapped: &MappedColumn<'_>, weight: Severity) -> Option<Draft> {
    let MappedColumn { column, attribute, .. } = *mapped;
    // A label that the column lacks is lacking whoever writes it.
    if Labels::of(column, attribute).is_some() {
        return None;
    }
    let allowed = allowed(column)?;
    let stored = stored_defaults(attribute);
    if stored.is_empty() || !stored.iter().all(|default| is_refused(default, &allowed, column)) {
        return None;
    }
    let plain: Vec<String> = allowed.iter().map(Value::plain).collect();
    let default = written_default(attribute);
    let message = format!(
        "the default of {} is {default}, which {} refuses: it takes {}",
        mapped.attribute_name(),
        mapped.column_name(),
        listed(plain.iter().map(String::as_str))
    );
    let draft = mapped
        .draft(weight, message)
        .direction(Direction::Write)
        .help("make the default one of the values, or add it to the list with a migration")
        .witness(format!(
            "`session.add({}())`; flush stores {default}, which is refused",
            mapped.model().name
        ));
    Some(mapped.ends(draft, format!("default {default}"), "values that are taken"))
}

/// What the database fills in is no label of the model's enumeration, not even one under its other word.
fn unloadable(mapped: &MappedColumn<'_>) -> Option<Draft> {
    let labels = Labels::of(mapped.column, mapped.attribute)?;
    let Known::Is(Some(written)) = &mapped.column.server_default else { return None };
    let Literal::Text(default) = of_server_default(mapped.column, mapped.column)? else { return None };
    let default = Value::Text(default);
    if labels.stored.contains(&default) || labels.label_of(&default).is_some() {
        return None;
    }
    let known: Vec<String> = labels.stored.iter().map(Value::plain).collect();
    let message = format!(
        "the default of {} is {written}, which {} does not know: it has {}",
        mapped.column_name(),
        mapped.attribute_name(),
        listed(known.iter().map(String::as_str))
    );
    let draft = mapped
        .draft(weight_of_default(mapped.attribute), message)
        .direction(Direction::Read)
        .help("make the default one of the labels, or add a member")
        .witness(format!(
            "a row inserted without `{}` holds {written}; loading it raises LookupError",
            mapped.column.name
        ));
    Some(mapped.ends(draft, "labels known here", format!("default {written}")))
}
