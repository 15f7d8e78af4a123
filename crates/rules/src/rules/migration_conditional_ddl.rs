//! Changes that a database gets or not, by what it has already.

use std::collections::BTreeSet;

use alignment_model::Severity;
use alignment_model::entity::TableName;
use alignment_model::project::DatabaseSource;
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind};

use super::Definition;
use crate::draft::Draft;
use crate::history::{event_end, histories};
use crate::places::count;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "migration-conditional-ddl",
    summary: "changes are made only under a condition, so what a database has depends on its past",
    group: "chain",
    severity: Severity::Info,
    check,
};

/// Places named in one finding.
const SHOWN: usize = 8;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for source in histories(context) {
        let conditional = |event: &&SchemaEvent| {
            matches!(event.kind, SchemaEventKind::Guarded { .. } | SchemaEventKind::Undecided)
        };
        let events: Vec<&SchemaEvent> = source.events.iter().filter(conditional).collect();
        if !events.is_empty() {
            findings.add(draft(source, &events));
        }
    }
}

fn draft(source: &DatabaseSource, events: &[&SchemaEvent]) -> Draft {
    let undecided = events.iter().filter(|event| event.kind == SchemaEventKind::Undecided).count();
    let left_out =
        events.iter().filter(|event| event.kind == SchemaEventKind::Guarded { happens: false }).count();
    let tables: BTreeSet<&TableName> = events.iter().filter_map(|event| event.table.as_ref()).collect();
    let mut message = format!(
        "{} of {} in `{}` happen only under a condition: what a database has depends on its past",
        count(events.len(), "change"),
        count(tables.len(), "table"),
        source.name,
    );
    if left_out > 0 {
        message.push_str(&format!("; {left_out} never happen on a new database"));
    }
    if undecided > 0 {
        message.push_str(&format!("; {undecided} could not be decided without running them"));
    }
    // What a new database does not get, or may not get, is where two databases differ.
    let mut shown: Vec<&&SchemaEvent> = events.iter().collect();
    shown.sort_by_key(|event| rank(event));
    let mut seen = BTreeSet::new();
    shown.retain(|event| seen.insert(event.table.as_ref()));
    let draft = Draft::new(Severity::Info, message)
        .help("compare a deployed database with the schema that the migrations make on a new one (`alignment schema`)");
    let draft = draft.gathers(tables.iter().map(ToString::to_string));
    shown.into_iter().take(SHOWN).fold(draft, |draft, event| {
        let label = match event.kind {
            SchemaEventKind::Undecided => "not decided by the schema",
            SchemaEventKind::Guarded { happens: false } => "never on a new database",
            _ => "depends on what the database has",
        };
        draft.place(event_end(source, event, label))
    })
}

fn rank(event: &SchemaEvent) -> u8 {
    match event.kind {
        SchemaEventKind::Undecided => 0,
        SchemaEventKind::Guarded { happens: false } => 1,
        _ => 2,
    }
}
