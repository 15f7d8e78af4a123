//! A column and its attribute that disagree about NULL.

use alignment_model::proof::Facet;
use alignment_model::shape::Shape;
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use crate::agreement;
use crate::alike::{self, Alike};
use crate::compare::null;
use crate::nulls::{NullSources, Nulls, has_default};
use crate::persistence::{MappedColumn, Persistence};
use crate::proofs;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-nullability-drift",
    summary: "a column and the attribute that maps it disagree about NULL",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    agreement::facets::nullability(context, findings);
    let sources = NullSources::new(context);
    let (mut refusing, mut surprising) = (Vec::new(), Vec::new());
    for mapped in Persistence::new(context).mapped_columns() {
        let MappedColumn { column, attribute, .. } = mapped;
        // A primary key is never NULL, whatever is written at it.
        if column.column.primary_key || attribute.column.primary_key {
            continue;
        }
        match null::breaks(column.nullable, attribute.nullable, null::BOTH) {
            Some(Direction::Write) => refusing.push(refused(context, &mapped, &sources)),
            Some(_) => surprising.push(surprised(&mapped, &sources)),
            None => {}
        }
    }
    alike::add(
        findings,
        refusing,
        "say `nullable=False` at each, or allow NULL with a migration",
        |says, number, columns| {
            format!("{number} attributes {says} fails with an integrity error: {columns}")
        },
    );
    alike::add(
        findings,
        surprising,
        "add a migration that makes them NOT NULL, or allow None in the model",
        |says, number, columns| format!("{number} columns {says}: {columns}"),
    );
}

/// What SQLAlchemy puts into an INSERT for an attribute that is unset or None, by the default that the *model* declares: with one,
/// the column is left to it; without one, NULL is written, and a default of the database never applies (2.0.45,
/// `orm/persistence.py`, `_collect_insert_commands`: None is skipped, and every column of `Mapper._insert_cols_as_none` is
/// filled with NULL). An UPDATE writes None as NULL whatever the defaults are. The declarations alone break nothing: code that
/// makes rows may never leave it out.
fn refused(context: &Context<'_>, mapped: &MappedColumn<'_>, sources: &NullSources<'_>) -> Alike {
    let MappedColumn { column, attribute, .. } = *mapped;
    let (class, name) = (&mapped.model().name, &attribute.name);
    let written = sources.of(mapped.attribute_id());
    let is_filled = has_default(context, mapped.attribute_id())
        || attribute.column.generated.is_generated()
        || attribute.column.constructed && !matches!(written, Nulls::Stored(_));
    // A trigger or identity may fill a column of which the model does not know it.
    let may_be_filled =
        column.column.generated.is_generated() || matches!(column.server_default, Known::Unknown(_));
    let severity = match &written {
        _ if is_filled => Severity::Info,
        Nulls::AlwaysGiven => Severity::Info,
        Nulls::Stored(_) if !may_be_filled => Severity::Error,
        _ => Severity::Warning,
    };
    // None in a JSON column is the JSON null, which is a value (SQLAlchemy 2.0, `JSON.none_as_null`).
    let null = if attribute.ty.shape == Shape::Json { "sqlalchemy.null()" } else { "None" };
    let (when, witness) = if is_filled {
        (
            format!("setting it to {null} later"),
            format!("`{}.{name} = {null}` on a stored row", class.to_lowercase()),
        )
    } else {
        let row = match written {
            Nulls::Stored(words) => words.to_owned(),
            _ => format!("`session.add({class}())` with the other fields set"),
        };
        ("leaving it unset".to_owned(), row)
    };
    let message = format!(
        "{} may be None, column {} is NOT NULL: {when} fails with an integrity error",
        mapped.attribute_name(),
        mapped.column_name()
    );
    let draft = mapped
        .draft(severity, message)
        .direction(Direction::Write)
        .help(format!("say `nullable=False` at `{name}`, or allow NULL with a migration"))
        .witness(format!(
            "{witness}; flush: null value in column \"{}\" violates not-null constraint",
            column.name
        ))
        .proof(proofs::mapped(mapped, Facet::Nullability));
    let draft = mapped.ends(draft, "None is legal here", "NOT NULL here");
    let what = if is_filled { "setting one to None later" } else { "leaving one unset" };
    let says = format!("of `{class}` may be None, and their columns are NOT NULL: {what}");
    Alike::new(mapped, says, draft)
}

/// The column may hold NULL, the model promises a value. Without code that is seen to store it, the row that breaks is an older
/// one, or one that came from elsewhere.
fn surprised(mapped: &MappedColumn<'_>, sources: &NullSources<'_>) -> Alike {
    let MappedColumn { column, attribute, .. } = *mapped;
    let message = format!(
        "column {} may hold NULL, {} promises a value: a legal row loads as None",
        mapped.column_name(),
        mapped.attribute_name()
    );
    let (severity, row) = match sources.of(mapped.attribute_id()) {
        // Code that is typed for None is ready for the row, whatever `nullable=False` says.
        Nulls::Stored(words) if !attribute.column.annotation_disagrees => (Severity::Error, words.to_owned()),
        _ => {
            let table = &mapped.table().name;
            let may_be = sources.may_be_stored(mapped.attribute_id());
            let severity = if may_be { Severity::Warning } else { Severity::Info };
            (severity, format!("a row of `{table}` with `{}` NULL is legal", column.name))
        }
    };
    let draft = mapped
        .draft(severity, message)
        .direction(Direction::Read)
        .help(format!("add a migration that makes `{}` NOT NULL, or allow None in the model", column.name))
        .witness(format!("{row}; loaded, `{}` is None", attribute.name))
        .proof(proofs::mapped(mapped, Facet::Nullability));
    let draft = mapped.ends(draft, "never None here", "NULL is legal here");
    let (table, model) = (&mapped.table().name, &mapped.model().name);
    let says =
        format!("of `{table}` may hold NULL where `{model}` promises a value: a legal row loads as None");
    Alike::new(mapped, says, draft)
}
