//! Lists of values of one column that do not agree: a check of the database against the models, or against another source.

use alignment_model::entity::{ConstraintKind, Entity, Field};
use alignment_model::finding::End;
use alignment_model::project::DatabaseSource;
use alignment_model::shape::{Shape, Value};
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use crate::agreement::{SharedColumn, agreements, object};
use crate::compare::labels::Labels;
use crate::compare::values::{beyond, closed};
use crate::draft::Draft;
use crate::persistence::{MappedColumn, Persistence, table};
use crate::places::{field_end, listed, quoted};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "check-values-drift",
    summary: "the values that a check of the database allows are not those that the model, or another source, knows",
    group: "enum",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for mapped in Persistence::new(context).mapped_columns() {
        match Labels::of(mapped.column, mapped.attribute) {
            Some(labels) => findings_of_enum(&mapped, &labels, findings),
            None => findings_of_checks(&mapped, findings),
        }
    }
    between_sources(context, findings);
}

/// A value that a legal row holds and the model's enumeration does not know.
fn findings_of_enum(mapped: &MappedColumn<'_>, labels: &Labels<'_>, findings: &mut Findings) {
    let unknown: Vec<String> = labels.unknown().into_iter().map(Value::plain).collect();
    // Names against values, and values that are refused, have rules of their own.
    let Some(first) = unknown.first().filter(|_| labels.swapped().is_empty()) else { return };
    let message = format!(
        "{} may hold {}, which {} does not know: such a row cannot be loaded",
        mapped.column_name(),
        listed(unknown.iter().map(String::as_str)),
        mapped.attribute_name()
    );
    // PostgreSQL cannot drop a label of a type, so that old ones stay behind without any row.
    let severity = if labels.native { Severity::Info } else { Severity::Error };
    let draft = mapped
        .draft(severity, message)
        .direction(Direction::Read)
        .gathers(mapped.values(&unknown))
        .help("add the members to the enumeration, or take the values off the check and the rows")
        .witness(format!("a row with '{first}' is legal; loading it raises LookupError"));
    findings.add(at_check(mapped, draft, "values known here", "values allowed here"));
}

/// A check of the model against the check of the database.
fn findings_of_checks(mapped: &MappedColumn<'_>, findings: &mut Findings) {
    let (Some(above), Some(below)) = (listed_values(mapped.attribute), listed_values(mapped.column)) else {
        return;
    };
    let plain = |values: Vec<&Value>| values.into_iter().map(Value::plain).collect::<Vec<String>>();
    let (refused, unsaid) = (plain(beyond(&above, &below)), plain(beyond(&below, &above)));
    let names = |values: &[String]| listed(values.iter().map(String::as_str));
    let draft = match (refused.first(), unsaid.first()) {
        (Some(first), _) => {
            let message = format!(
                "the model allows {} for {}, the database does not: it takes {}",
                names(&refused),
                mapped.attribute_name(),
                names(&plain(below.iter().collect()))
            );
            mapped.draft(Severity::Error, message).direction(Direction::Write).witness(format!(
                "`{}({}='{first}')`; flush: the row violates the check constraint",
                mapped.model().name,
                mapped.attribute.name
            ))
        }
        (None, Some(_)) => {
            let message = format!(
                "the database allows {} for {}, the check of the model does not",
                names(&unsaid),
                mapped.column_name()
            );
            mapped.draft(Severity::Info, message).direction(Direction::Read)
        }
        (None, None) => return,
    };
    let draft = draft
        .gathers(mapped.values(if refused.is_empty() { &unsaid } else { &refused }))
        .help("write one list on both sides");
    findings.add(at_check(mapped, draft, "the model's list", "the database's list"));
}

/// Adds both ends: the attribute, and the check of its column.
fn at_check(mapped: &MappedColumn<'_>, draft: Draft, above: &str, below: &str) -> Draft {
    mapped.attribute_end(draft, above).place(check_end(
        mapped.column_end(below),
        mapped.table(),
        mapped.column,
    ))
}

/// A column as an end, at its check where it has one alone.
fn check_end(end: End, entity: &Entity, column: &Field) -> End {
    let constraints = table(entity).map(|table| table.constraints.as_slice()).unwrap_or_default();
    let mut checks = constraints.iter().filter(|constraint| {
        matches!(&constraint.kind, ConstraintKind::Check { values: Some((name, _)), .. } if *name == column.name)
    });
    match (checks.next(), checks.next()) {
        (Some(check), None) => End { span: check.span, ..end },
        _ => end,
    }
}

/// Values that a list allows: of a check, or of an enumeration of the database.
fn listed_values(field: &Field) -> Option<Vec<Value>> {
    match (&field.ty.shape, &field.values) {
        (Shape::List(_), _) => None,
        (Shape::Enum(_), _) | (_, Known::Is(Some(_))) => {
            closed(field, &field.ty.shape).filter(|values| !values.is_empty())
        }
        _ => None,
    }
}

/// Two sources that are to agree and list different values for one column.
fn between_sources(context: &Context<'_>, findings: &mut Findings) {
    for agreement in agreements(context).iter().filter(|one| one.comparison.facets.name.is_some()) {
        for SharedColumn { left, right } in agreement.columns() {
            let Some((sides, first)) = disagreement((left.3, agreement.left), (right.3, agreement.right))
            else {
                continue;
            };
            let message = format!("the lists of values of {} differ: {sides}", quoted(left.2, left.3));
            let one = field_end(context, left.0, left.1, "one list");
            let two = field_end(context, right.0, right.1, "the other");
            findings.add(
                agreement
                    .draft(Severity::Warning, message)
                    .help("write one list in both")
                    .witness(format!("'{first}' is stored by one database and refused by the other"))
                    .place(check_end(one, left.2, left.3))
                    .place(check_end(two, right.2, right.3)),
            );
        }
    }
}

/// What each of two lists has alone, and the first such value.
fn disagreement(
    (left, left_source): (&Field, &DatabaseSource),
    (right, right_source): (&Field, &DatabaseSource),
) -> Option<(String, String)> {
    let (one, other) = (listed_values(left)?, listed_values(right)?);
    let plain = |values: Vec<&Value>| values.into_iter().map(Value::plain).collect::<Vec<String>>();
    let sides = [(plain(beyond(&one, &other)), left_source), (plain(beyond(&other, &one)), right_source)];
    let first = sides.iter().find_map(|(values, _)| values.first())?.clone();
    let told = sides.iter().filter(|(values, _)| !values.is_empty()).map(|(values, source)| {
        format!("{} only in {}", listed(values.iter().map(String::as_str)), object(source))
    });
    Some((told.collect::<Vec<_>>().join(", "), first))
}
