//! A column of different types in two dialects.

use std::collections::BTreeMap;

use alignment_graph::type_of;
use alignment_model::Severity;

use super::Definition;
use crate::agreement::{Agreement, SharedColumn, agreements, object};
use crate::compare::dialects::{Distance, distance};
use crate::draft::Draft;
use crate::places::{count, listed, quoted};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "dialect-type-drift",
    summary: "a column has types in two dialects that do not hold the same values",
    group: "migrations",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for agreement in agreements(context).iter().filter(|one| one.left.dialect != one.right.dialect) {
        let Some(level) = agreement.comparison.facets.type_class else { continue };
        let mut notices: BTreeMap<(String, String), Vec<SharedColumn<'_>>> = BTreeMap::new();
        for column in agreement.columns() {
            let (left, right) = (column.left.3, column.right.3);
            let Some(distance) = distance(left, right) else { continue };
            let accepted = agreement.accepts(column.left.2, Some(&left.name));
            if distance == Distance::Notice && !accepted {
                let types = (bare(&type_of(left)), bare(&type_of(right)));
                notices.entry(types).or_default().push(column);
            } else {
                findings.add(draft(context, agreement, &column, distance, level));
            }
        }
        for (types, columns) in notices {
            findings.add(notice(context, agreement, &types, &columns));
        }
    }
}

/// A type without its length.
fn bare(written: &str) -> String {
    written.split('(').next().unwrap_or(written).trim().to_owned()
}

fn draft(
    context: &Context<'_>,
    agreement: &Agreement<'_>,
    column: &SharedColumn<'_>,
    distance: Distance,
    level: Severity,
) -> Draft {
    let (left, right) = (column.left.3, column.right.3);
    let severity = match distance {
        Distance::Notice => Severity::Info,
        Distance::Drift => level,
        // Text for a number is an error unless the project weighs types as information.
        Distance::Broken if level == Severity::Warning => Severity::Error,
        Distance::Broken => level,
    };
    let (left_type, right_type) = (type_of(left), type_of(right));
    let message = format!(
        "column {} is `{left_type}` in {} and `{right_type}` in {}: {}",
        quoted(column.left.2, left),
        object(agreement.left),
        object(agreement.right),
        match distance {
            Distance::Notice => "the same values in another form",
            Distance::Drift => "a value of one is not one of the other",
            Distance::Broken => "as text, 10 sorts before 9, and drivers return a string",
        }
    );
    let (table, name) = (&column.left.2.name, &left.name);
    agreement
        .draft(severity, message)
        .help("declare types that hold the same values, or accept it in `alignment.yaml` under `comparisons`")
        .witness(format!(
            "`SELECT {name} FROM {table}` gives values of another type in {} than in {}",
            agreement.left.dialect, agreement.right.dialect
        ))
        .field(context, column.right.0, column.right.1, format!("`{right_type}` here"))
        .field(context, column.left.0, column.left.1, format!("`{left_type}` here"))
}

/// What one dialect has no type for is told once for a pair of types.
fn notice(
    context: &Context<'_>,
    agreement: &Agreement<'_>,
    (left, right): &(String, String),
    columns: &[SharedColumn<'_>],
) -> Draft {
    let names: Vec<String> =
        columns.iter().map(|column| format!("{}.{}", column.left.2.name, column.left.3.name)).collect();
    let message = format!(
        "{} `{left}` in {} and `{right}` in {}: {}",
        match columns.len() {
            1 => "1 column is".to_owned(),
            n => format!("{} are", count(n, "column")),
        },
        object(agreement.left),
        object(agreement.right),
        listed(names.iter().map(String::as_str))
    );
    let draft = agreement
        .draft(Severity::Info, message)
        .help("the same values in another form: code that reads and writes them has to convert")
        .gathers(names);
    columns.iter().take(1).fold(draft, |draft, column| {
        draft.field(context, column.right.0, column.right.1, format!("`{right}` here")).field(
            context,
            column.left.0,
            column.left.1,
            format!("`{left}` here"),
        )
    })
}
