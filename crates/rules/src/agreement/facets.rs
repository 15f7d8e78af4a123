//! Type, nullability and default of a column in two sources of one dialect, each where its facet is compared.

use alignment_graph::type_of;
use alignment_model::Severity;

use super::{Agreement, SharedColumn, agreements, object};
use crate::compare::sql::{classes_differ, default_text};
use crate::places::quoted;
use crate::{Context, Findings};

/// Columns whose types are of different classes.
pub(crate) fn types(context: &Context<'_>, findings: &mut Findings) {
    of_one_dialect(
        context,
        findings,
        |agreement| agreement.comparison.facets.type_class,
        |column| {
            let (left, right) = (column.left.3, column.right.3);
            classes_differ(left, right)
                .then(|| (format!("`{}`", type_of(left)), format!("`{}`", type_of(right))))
        },
    );
}

/// Columns that may be NULL in one source only.
pub(crate) fn nullability(context: &Context<'_>, findings: &mut Findings) {
    of_one_dialect(
        context,
        findings,
        |agreement| agreement.comparison.facets.nullability,
        |column| {
            let (left, right) = (column.left.3, column.right.3);
            let says = |nullable: bool| if nullable { "nullable" } else { "NOT NULL" }.to_owned();
            let (one, other) = left.nullable.zip(&right.nullable)?;
            (one != other).then(|| (says(*one), says(*other)))
        },
    );
}

/// Columns with different defaults.
pub(crate) fn defaults(context: &Context<'_>, findings: &mut Findings) {
    of_one_dialect(
        context,
        findings,
        |agreement| agreement.comparison.facets.default,
        |column| {
            let (left, right) = (column.left.3, column.right.3);
            let says = |default: &Option<Box<str>>| match default {
                Some(sql) => format!("`DEFAULT {sql}`"),
                None => "without a default".to_owned(),
            };
            let (one, other) = left.server_default.zip(&right.server_default)?;
            (default_text(one) != default_text(other)).then(|| (says(one), says(other)))
        },
    );
}

/// Compares one facet of all columns that two sources of one dialect share.
fn of_one_dialect(
    context: &Context<'_>,
    findings: &mut Findings,
    level: impl Fn(&Agreement<'_>) -> Option<Severity>,
    differ: impl Fn(&SharedColumn<'_>) -> Option<(String, String)>,
) {
    for agreement in agreements(context).iter().filter(|one| one.left.dialect == one.right.dialect) {
        let Some(level) = level(agreement) else { continue };
        for column in agreement.columns() {
            let Some((left, right)) = differ(&column) else { continue };
            let (table, field) = (column.left.2, column.left.3);
            let message = format!(
                "column {} is {left} in {} and {right} in {}",
                quoted(table, field),
                object(agreement.left),
                object(agreement.right)
            );
            let witness = format!("two databases of one application differ in {}", quoted(table, field));
            let draft = agreement
                .draft(level, message)
                .help("make both say the same, or accept it in `alignment.yaml` under `comparisons`")
                .witness(witness)
                .field(context, column.right.0, column.right.1, format!("{right} here"))
                .field(context, column.left.0, column.left.1, format!("{left} here"));
            findings.add(draft);
        }
    }
}
