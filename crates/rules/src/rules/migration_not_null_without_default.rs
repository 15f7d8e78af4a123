//! A recent migration that makes a column NOT NULL without saying what rows get that are there.

use alignment_model::project::DatabaseSource;
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind};
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::history::{Recent, author, event_end, histories, place};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "migration-not-null-without-default",
    summary: "a recent migration makes a column NOT NULL and fails on a table with rows",
    group: "chain",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for source in histories(context) {
        let recent = Recent::of(source);
        for event in source.events.iter().filter(|event| recent.breaks_older(event)) {
            if let Some(draft) = draft(source, event) {
                findings.add(draft);
            }
        }
    }
}

fn draft(source: &DatabaseSource, event: &SchemaEvent) -> Option<Draft> {
    let (table, column) = (event.table.as_ref()?, event.column.as_deref()?);
    let who = author(event);
    let (severity, message, row) = match event.kind {
        SchemaEventKind::RequiredColumnAdded => (
            Severity::Error,
            format!(
                "{who} adds `{table}.{column}` NOT NULL without a default: it fails on a table with rows"
            ),
            "with any row",
        ),
        SchemaEventKind::NotNullSet { added_here: true } => (
            Severity::Error,
            format!(
                "{who} adds `{table}.{column}` and makes it NOT NULL without filling it: it fails on a table with rows"
            ),
            "with any row",
        ),
        // Whether such a row exists is not known; that it was legal is.
        SchemaEventKind::NotNullSet { added_here: false } => (
            Severity::Warning,
            format!(
                "{who} makes `{table}.{column}` NOT NULL without filling it: it fails where a row has NULL there, which was legal until then"
            ),
            "with one row whose value is NULL",
        ),
        _ => return None,
    };
    let draft = Draft::new(severity, message)
        .direction(Direction::Write)
        .help("give it a server default, or add it nullable, fill it with an UPDATE, and set NOT NULL then")
        .witness(format!(
            "{row} in `{table}`: column \"{column}\" of relation \"{}\" contains null values",
            table.name
        ))
        .place(event_end(source, event, "rows that are there have no value"));
    Some(match event.other {
        Some(older) => draft.place(place(source, Some(table), None, older, "older than this migration")),
        None => draft,
    })
}
