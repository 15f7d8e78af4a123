//! A column and its attribute that disagree about NULL.

use std::collections::BTreeSet;

use alignment_graph::{Link, Pair};
use alignment_model::entity::{EntityId, Field};
use alignment_model::{Direction, Known, Severity, Span};

use super::Definition;
use crate::compare::null;
use crate::draft::Draft;
use crate::persistence::{Persistence, is_column};
use crate::places::{entities, fields, quoted};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-nullability-drift",
    summary: "a column and the attribute that maps it disagree about NULL",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let persistence = Persistence::new(context);
    let mut seen: BTreeSet<(EntityId, u32, Span)> = BTreeSet::new();
    for link in persistence.migrated() {
        for pair in &link.pairs {
            let Some((column, attribute)) = fields(context, link, pair) else { continue };
            // A primary key is never NULL, whatever is written at it.
            let key = column.column.primary_key || attribute.column.primary_key;
            if key || !is_column(attribute) || persistence.belongs_to_parent(link, attribute) {
                continue;
            }
            let Some(direction) = null::breaks(column.nullable, attribute.nullable, null::BOTH) else {
                continue;
            };
            if seen.insert((link.lower, pair.lower, attribute.span)) {
                findings.add(match direction {
                    Direction::Write => refused(context, link, pair, column, attribute),
                    _ => surprised(context, link, pair, column, attribute),
                });
            }
        }
    }
}

/// The model may write NULL, the column refuses it.
fn refused(context: &Context<'_>, link: &Link, pair: &Pair, column: &Field, attribute: &Field) -> Draft {
    let (table, model) = entities(context, link);
    let has_default = matches!(attribute.default, Known::Is(Some(_)) | Known::Unknown(_))
        || !matches!(attribute.server_default, Known::Is(None))
        || !matches!(column.server_default, Known::Is(None))
        || column.column.generated.is_generated();
    let severity = if has_default { Severity::Warning } else { Severity::Error };
    let when = if has_default { "an explicit None" } else { "leaving it unset" };
    let message = format!(
        "{} may be None, column `{}.{}` is NOT NULL: {when} fails with an integrity error",
        quoted(model, attribute),
        table.name,
        column.name
    );
    let call = if has_default {
        format!("{}({}=None)", model.name, attribute.name)
    } else {
        format!("{}()", model.name)
    };
    Draft::over_pair(context, link, pair, severity, message)
        .direction(Direction::Write)
        .help(format!("say `nullable=False` at `{}`, or allow NULL with a migration", attribute.name))
        .witness(format!(
            "`session.add({call})` with the other fields set; flush: null value in column \"{}\" violates not-null constraint",
            column.name
        ))
        .field(context, link.upper, pair.upper, "None is legal here")
        .field(context, link.lower, pair.lower, "NOT NULL here")
}

/// The column may hold NULL, the model promises a value. A server default fills rows that leave the column out, old ones
/// included, so that only an explicit NULL is left.
fn surprised(context: &Context<'_>, link: &Link, pair: &Pair, column: &Field, attribute: &Field) -> Draft {
    let (table, model) = entities(context, link);
    let message = format!(
        "column `{}.{}` may hold NULL, {} promises a value: a legal row loads as None",
        table.name,
        column.name,
        quoted(model, attribute)
    );
    let filled = matches!(column.server_default, Known::Is(Some(_)));
    let severity = if filled { Severity::Warning } else { Severity::Error };
    Draft::over_pair(context, link, pair, severity, message)
        .direction(Direction::Read)
        .help(format!("add a migration that makes `{}` NOT NULL, or allow None in the model", column.name))
        .witness(format!(
            "a row of `{}` with `{}` NULL is legal; loaded, `{}` is None",
            table.name, column.name, attribute.name
        ))
        .field(context, link.upper, pair.upper, "never None here")
        .field(context, link.lower, pair.lower, "NULL is legal here")
}
