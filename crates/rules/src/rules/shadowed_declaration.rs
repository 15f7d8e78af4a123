//! A table declared twice: what only the second declaration has does not exist.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::entity::{Entity, EntityId, TableName};
use alignment_model::project::DatabaseSource;
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind};
use alignment_model::{Layer, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::history::{event_end, is_written, place, removal_of_column};
use crate::persistence::table;
use crate::places::listed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "shadowed-declaration",
    summary: "a table is declared again with columns that its first declaration lacks, and they are never made",
    group: "chain",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let sources = project.database_sources.iter().enumerate();
    for (at, source) in sources.filter(|(_, source)| is_written(source)) {
        let mut shadowed: BTreeMap<&TableName, Vec<&SchemaEvent>> = BTreeMap::new();
        for event in &source.events {
            if let (SchemaEventKind::Shadowed { .. }, Some(name)) = (&event.kind, &event.table) {
                shadowed.entry(name).or_default().push(event);
            }
        }
        if shadowed.is_empty() {
            continue;
        }
        for (id, entity) in project.layer(Layer::Database) {
            let Some(found) = table(entity).filter(|table| table.source as usize == at) else { continue };
            let Some(events) = shadowed.get(&found.name) else { continue };
            let declared = never_made(source, entity, &found.name, events);
            if declared.is_empty() {
                continue;
            }
            if entity.completeness.is_complete() {
                findings.add(draft(context, id, source, &declared));
            } else {
                findings.withhold(id);
            }
        }
    }
}

/// Each declaration with the columns that only it has and that the table never gets.
fn never_made<'c>(
    source: &DatabaseSource,
    entity: &Entity,
    name: &TableName,
    events: &[&'c SchemaEvent],
) -> Vec<(&'c SchemaEvent, Vec<&'c str>)> {
    let missing =
        |column: &&str| entity.field(column).is_none() && removal_of_column(source, name, column).is_none();
    let lacking = events.iter().filter_map(|event| match &event.kind {
        SchemaEventKind::Shadowed { lacking } => {
            let columns: Vec<&str> = lacking.iter().map(|column| &**column).filter(missing).collect();
            (!columns.is_empty()).then_some((*event, columns))
        }
        _ => None,
    });
    lacking.collect()
}

fn draft(
    context: &Context<'_>,
    id: EntityId,
    source: &DatabaseSource,
    declared: &[(&SchemaEvent, Vec<&str>)],
) -> Draft {
    let name = &context.graph.project().entity(id).name;
    let columns: BTreeSet<&str> = declared.iter().flat_map(|(_, columns)| columns.iter().copied()).collect();
    let (first, word) =
        (columns.iter().next().copied().unwrap_or_default(), if columns.len() == 1 { "is" } else { "are" });
    let message = format!(
        "table `{name}` exists when it is declared again: {} {word} never made",
        listed(columns.iter().copied())
    );
    let mut draft = Draft::new(Severity::Warning, message)
        .help("add the columns with ALTER TABLE, or delete the second declaration")
        .witness(format!("`SELECT {first} FROM {name}` fails: column \"{first}\" does not exist"));
    for (event, columns) in declared {
        let label = format!("without effect: {}", listed(columns.iter().copied()));
        draft = draft.place(event_end(source, event, label));
    }
    let made = declared.first().and_then(|(event, _)| Some((event.table.as_ref()?, event.other?)));
    match made {
        Some((table, span)) => {
            draft.place(place(source, Some(table), None, span, "the declaration that counts"))
        }
        None => draft,
    }
}
