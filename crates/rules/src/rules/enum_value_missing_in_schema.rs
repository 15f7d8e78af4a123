//! A value that a column can hold and the response field's closed type refuses.

use alignment_graph::ContractGraph;
use alignment_model::entity::{Detail, FieldId};
use alignment_model::shape::{EnumShape, Shape, Value};
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use crate::compare::values::{beyond, closed};
use crate::draft::Draft;
use crate::places::{listed, quoted};
use crate::responses::{Read, reads, weight_of_refusal};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "enum-value-missing-in-schema",
    summary: "a column can hold a value that the response's enumeration refuses",
    group: "enum",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for read in reads(context) {
        if completes(context.graph, &read.field.ty.shape) {
            continue;
        }
        let Some(taken) = closed(read.field, &read.field.ty.shape).filter(|taken| !taken.is_empty()) else {
            continue;
        };
        let Some(Held { values, certain }) = held(context, &read) else { continue };
        let refused = beyond(&values, &taken);
        if refused.is_empty() {
            continue;
        }
        if certain {
            findings.add(draft(context, &read, &refused, &taken));
        } else {
            findings.withhold(read.link.lower);
        }
    }
}

/// What a column can hold, as Python sees it.
struct Held {
    values: Vec<Value>,
    /// Nothing that was not understood may have narrowed it.
    certain: bool,
}

/// An enumeration of the models holds its members; a text holds what every check and type beneath it takes.
fn held(context: &Context<'_>, read: &Read<'_>) -> Option<Held> {
    let shape = &read.attribute.sent_type().shape;
    match shape {
        Shape::Enum(_) | Shape::Literals(_) => {
            let values = shape.values()?.iter().filter(|value| **value != Value::Null);
            Some(Held { values: values.cloned().collect(), certain: true })
        }
        Shape::Text | Shape::Int(_) => {
            let attribute = FieldId { entity: read.link.lower, field: read.pair.lower };
            let own = closed(read.attribute, shape);
            let mut held = own.map(|values| Held { values, certain: true });
            for column in context.graph.fields_below(attribute) {
                let Some(field) = context.graph.field(column.field) else { continue };
                let Some(below) = closed(field, &field.ty.shape) else { continue };
                let table = context.graph.project().entity(column.field.entity);
                let held = held.get_or_insert_with(|| Held { values: below.clone(), certain: true });
                held.values.retain(|value| below.contains(value));
                held.certain &= table.completeness.is_complete();
            }
            held
        }
        _ => None,
    }
}

/// Whether an enumeration makes members of values that it does not list (`_missing_`).
fn completes(graph: &ContractGraph, shape: &Shape) -> bool {
    let own = |shape: &Shape| {
        let Shape::Enum(EnumShape { target: Some(key), .. }) = shape else { return false };
        graph
            .declared_by(key)
            .any(|(_, entity)| matches!(&entity.detail, Detail::Values(values) if values.completes))
    };
    match shape {
        Shape::OneOf(members) => members.iter().any(own),
        shape => own(shape),
    }
}

fn draft(context: &Context<'_>, read: &Read<'_>, refused: &[&Value], taken: &[Value]) -> Draft {
    let Read { link, pair, model, attribute, schema, field } = *read;
    let refused: Vec<String> = refused.iter().map(|value| value.plain()).collect();
    let taken: Vec<String> = taken.iter().map(Value::plain).collect();
    let (names, known) =
        (listed(refused.iter().map(String::as_str)), listed(taken.iter().map(String::as_str)));
    let message = format!(
        "{} can be {names}, which {} refuses: one such row and the response fails",
        quoted(model, attribute),
        quoted(schema, field)
    );
    let column = match &attribute.wire_name {
        Known::Is(name) => name,
        Known::Unknown(_) => &attribute.name,
    };
    let first = refused.first().map_or("", String::as_str);
    Draft::over_pair(context, link, pair, weight_of_refusal(context, link), message)
        .gathers(refused.iter().map(|value| format!("{}.{} = {value}", schema.name, field.name)))
        .direction(Direction::Read)
        .help(format!(
            "add the value{} to the type of `{}`",
            if refused.len() == 1 { "" } else { "s" },
            field.name
        ))
        .witness(format!(
            "a row with `{column}` = '{first}'; `{}.model_validate(row)` fails: {}: Input should be {known}",
            schema.name, field.name
        ))
        .field(context, link.upper, pair.upper, "values that are taken")
        .field(context, link.lower, pair.lower, "values that are stored")
}
