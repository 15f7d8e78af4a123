//! A migration that takes away what a model still maps.

use alignment_model::Severity;
use alignment_model::entity::TableName;
use alignment_model::project::DatabaseSource;
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind};

use super::Definition;
use crate::draft::Draft;
use crate::history::{author, event_end};
use crate::persistence::{LostColumn, LostTable, Persistence, weight_of_unloaded};
use crate::places::{count, entities, listed};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "migration-drops-used-column",
    summary: "a migration drops or renames a table or column that a model still maps",
    group: "chain",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let persistence = Persistence::new(context);
    for lost in persistence.unmigrated_tables() {
        if let Some((source, event)) = lost.removal.filter(|_| !lost.doubtful) {
            findings.add(table_draft(context, &lost, source, event));
        }
    }
    for lost in persistence.unmigrated_columns() {
        if let Some((source, event)) = lost.removal.filter(|_| !lost.doubtful) {
            findings.add(column_draft(context, &lost, source, event));
        }
    }
}

/// What was done to a table or column, and what it is called now.
fn deed(event: &SchemaEvent) -> (&'static str, Option<String>) {
    match &event.kind {
        SchemaEventKind::TableRenamed { to } => ("renames", Some(to.to_string())),
        SchemaEventKind::ColumnRenamed { to } => ("renames", Some(to.to_string())),
        _ => ("drops", None),
    }
}

fn table_draft(
    context: &Context<'_>,
    lost: &LostTable<'_>,
    source: &DatabaseSource,
    event: &SchemaEvent,
) -> Draft {
    let project = context.graph.project();
    let names = listed(lost.models.iter().map(|id| &*project.entity(*id).name));
    let name: &TableName = lost.table;
    let (verb, now) = deed(event);
    let (severity, unloaded) = weight_of_unloaded(context, Severity::Error, &lost.models);
    let message = format!(
        "{} {verb} table `{name}`{}, which {names} still maps: its first query fails{unloaded}",
        author(event),
        renamed(&now)
    );
    let help = match now {
        Some(now) => format!("map `{now}`"),
        None => "delete the model, or make the table again with a migration".to_owned(),
    };
    let draft = Draft::new(severity, message).help(help).witness(format!(
        "after all migrations, `SELECT * FROM {name}` fails: relation \"{name}\" does not exist"
    ));
    let draft = lost.models.iter().fold(draft, |draft, id| {
        let columns = project.entity(*id).fields.iter().filter(|field| crate::persistence::is_column(field));
        draft.end(context, *id, format!("{}, no table", count(columns.count(), "column")))
    });
    draft.place(event_end(source, event, format!("{verb} it")))
}

fn column_draft(
    context: &Context<'_>,
    lost: &LostColumn<'_>,
    source: &DatabaseSource,
    event: &SchemaEvent,
) -> Draft {
    let (table, model) = entities(context, lost.link);
    let (attribute, column) = (&lost.attribute.name, lost.column);
    let (verb, now) = deed(event);
    let (severity, unloaded) = weight_of_unloaded(context, Severity::Error, &[lost.link.upper]);
    let message = format!(
        "{} {verb} `{}.{column}`{}, which `{}.{attribute}` still maps: every query of `{}` fails{unloaded}",
        author(event),
        table.name,
        renamed(&now),
        model.name,
        model.name
    );
    let help = match now {
        Some(now) => format!("map `{now}`"),
        None => "take the attribute away, or add the column again with a migration".to_owned(),
    };
    Draft::over(context, lost.link, severity, message)
        .direction(alignment_model::Direction::Both)
        .help(help)
        .witness(format!("`SELECT {column} FROM {}` fails: column \"{column}\" does not exist", table.name))
        .field(context, lost.link.upper, lost.at, "still maps it")
        .place(event_end(source, event, format!("{verb} it")))
}

fn renamed(now: &Option<String>) -> String {
    now.as_ref().map(|now| format!(" to `{now}`")).unwrap_or_default()
}
