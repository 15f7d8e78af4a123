//! An enumeration that is stored by other words than the database knows: names against values.

use std::collections::BTreeSet;

use alignment_model::fix::{Change, Remedy};
use alignment_model::proof::Facet;
use alignment_model::shape::{Shape, Value};
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::alike::{self, Alike};
use crate::compare::labels::{Labels, weight_of_default};
use crate::compare::literals::{Literal, of_server_default};
use crate::draft::Draft;
use crate::persistence::{MappedColumn, Persistence, Strictness};
use crate::places::listed;
use crate::proofs;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "enum-persists-names",
    summary: "a model stores the names of an enumeration where the database has its values, or the reverse",
    group: "enum",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let strictness = Strictness::of(context.graph.project());
    let mut swapping = Vec::new();
    for mapped in Persistence::new(context).mapped_columns() {
        let Some(labels) = Labels::of(mapped.column, mapped.attribute) else { continue };
        if let Some(first) = labels.swapped().first() {
            // Where the database has no enumerations, rows that the labels of the type name still cannot be loaded.
            let weight = if labels.native {
                strictness.weight(mapped.table(), Severity::Error)
            } else {
                Some(Severity::Error)
            };
            let fails = match weight {
                Some(Severity::Error) => "every write fails",
                Some(_) => "on PostgreSQL every write fails",
                None => "no row that has them can be loaded",
            };
            let draft = swapped(&mapped, &labels, *first, (weight.unwrap_or(Severity::Warning), fails));
            swapping.push(Alike::of_file(context, &mapped, fails, draft));
        } else if let Some((default, label)) = default_by_value(&mapped, &labels) {
            findings.add(unloadable(&mapped, &labels, &default, label));
        }
    }
    alike::add(findings, swapping, HELP, |fails, number, columns| {
        format!("{number} columns know other labels than their models store: {columns}: {fails}")
    });
}

const HELP: &str = "`Enum(..., values_callable=lambda members: [m.value for m in members])` stores values; without it names are stored";

/// A default of the database that is the value of a member which is stored under another label.
fn default_by_value<'l>(mapped: &MappedColumn<'_>, labels: &'l Labels<'_>) -> Option<(Value, &'l Value)> {
    let Literal::Text(default) = of_server_default(mapped.column, mapped.column)? else { return None };
    let default = Value::Text(default);
    let label = labels.label_of(&default)?;
    Some((default, label))
}

fn swapped(
    mapped: &MappedColumn<'_>,
    labels: &Labels<'_>,
    (label, value): (&Value, &Value),
    (weight, fails): (Severity, &str),
) -> Draft {
    let stored: Vec<String> = labels.stored.iter().map(Value::plain).collect();
    let taken: Vec<String> = labels.taken.iter().flatten().map(Value::plain).collect();
    let message = format!(
        "{} stores {}, but {} takes {}: {fails}",
        mapped.attribute_name(),
        listed(stored.iter().map(String::as_str)),
        mapped.column_name(),
        listed(taken.iter().map(String::as_str))
    );
    let refusal = if labels.native { "invalid input value for enum" } else { "violates check constraint" };
    let draft = mapped
        .draft(weight, message)
        .direction(Direction::Both)
        .help(HELP)
        .remedy(store_values(mapped, labels))
        .witness(format!(
            "the member `{}` is written as '{}': {refusal}; a row with '{}' loads with LookupError",
            value.plain(),
            label.plain(),
            value.plain()
        ))
        .proof(labels.native.then(|| proofs::mapped(mapped, Facet::Labels)).flatten());
    mapped.ends(draft, "these labels are stored", "these labels are known")
}

/// Where the database takes exactly the values, and the model stores the names.
fn store_values(mapped: &MappedColumn<'_>, labels: &Labels<'_>) -> Option<Remedy> {
    let Shape::Enum(shape) = &mapped.attribute.ty.shape else { return None };
    let values: BTreeSet<&Value> = shape.values.is()?.iter().collect();
    let taken: BTreeSet<&Value> = labels.taken.iter().flatten().collect();
    (values == taken).then(|| {
        Remedy::new(
            format!("store the values of `{}` in {}", shape.name, mapped.column_name()),
            Change::StoreValues { attribute: mapped.attribute.span, enumeration: shape.name.clone() },
        )
    })
}

fn unloadable(mapped: &MappedColumn<'_>, labels: &Labels<'_>, default: &Value, label: &Value) -> Draft {
    let stored: Vec<String> = labels.stored.iter().map(Value::plain).collect();
    let message = format!(
        "the default of {} is '{}', but {} knows only {}: such a row cannot be loaded",
        mapped.column_name(),
        default.plain(),
        mapped.attribute_name(),
        listed(stored.iter().map(String::as_str))
    );
    let draft = mapped
        .draft(weight_of_default(mapped.attribute), message)
        .direction(Direction::Read)
        .help(format!("make the default '{}', or store values with `values_callable`", label.plain()))
        .witness(format!(
            "a row inserted without `{}` holds '{}'; loading it raises LookupError",
            mapped.column.name,
            default.plain()
        ));
    mapped.ends(draft, "stored by name here", "the default is a value")
}
