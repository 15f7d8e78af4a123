//! A statement that changes shape and was not understood.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::entity::TableName;
use alignment_model::project::DatabaseSource;
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind};
use alignment_model::{Layer, Severity, Span};

use super::Definition;
use crate::draft::Draft;
use crate::history::{event_end, is_written};
use crate::persistence::table;
use crate::places::listed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "migration-unmodelled-ddl",
    summary: "a statement that may change tables could not be followed, so nothing is reported as missing from them",
    group: "chain",
    severity: Severity::Info,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let sources = project.database_sources.iter().enumerate();
    for (at, source) in sources.filter(|(_, source)| is_written(source)) {
        let here = project.layer(Layer::Database).filter_map(|(_, entity)| table(entity));
        let alive: BTreeSet<&TableName> =
            here.filter(|table| table.source as usize == at).map(|table| &table.name).collect();
        // One statement may name several tables.
        let mut statements: BTreeMap<(Span, &str), Vec<&SchemaEvent>> = BTreeMap::new();
        for event in &source.events {
            let SchemaEventKind::Unmodelled { what } = &event.kind else { continue };
            if event.table.as_ref().is_none_or(|table| alive.contains(table)) {
                statements.entry((event.span, what)).or_default().push(event);
            }
        }
        for ((_, what), events) in statements {
            findings.add(draft(source, what, &events));
        }
    }
}

fn draft(source: &DatabaseSource, what: &str, events: &[&SchemaEvent]) -> Draft {
    let names: Vec<String> =
        events.iter().filter_map(|event| event.table.as_ref()).map(ToString::to_string).collect();
    let message = if names.is_empty() {
        format!("{what} could not be followed: any table may have changed, so nothing is reported as missing")
    } else {
        let names = listed(names.iter().map(String::as_str));
        format!(
            "{what} could not be followed: {names} may have changed, so nothing is reported as missing there"
        )
    };
    let draft = Draft::new(Severity::Info, message)
        .help("write the statement out, so that it can be read without running it");
    events.iter().take(1).fold(draft, |draft, event| draft.place(event_end(source, event, "not followed")))
}
