//! The histories that sources tell: what an event is about, what is recent, and what took a table or column away.

use std::collections::BTreeSet;

use alignment_model::entity::TableName;
use alignment_model::finding::End;
use alignment_model::project::{DatabaseSource, SourceKind, Standing};
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind};
use alignment_model::{FileId, Layer, Span};

use crate::Context;

/// Sources that are written as a history: revisions, and folders of scripts.
pub(crate) fn histories<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c DatabaseSource> {
    let sources = &context.graph.project().database_sources;
    sources.iter().filter(|source| matches!(source.kind, SourceKind::Alembic | SourceKind::SqlMigrations))
}

/// How many steps back from a head count as recent.
const RECENT: usize = 3;

/// The last steps of a history: what a pull request may have brought, and what some database has not run yet.
pub(crate) struct Recent<'c> {
    revisions: BTreeSet<&'c str>,
    files: BTreeSet<FileId>,
}

impl<'c> Recent<'c> {
    pub(crate) fn of(source: &'c DatabaseSource) -> Self {
        let Some(graph) = &source.revisions else {
            let files = source.files.iter().rev().take(RECENT).copied().collect();
            return Self { revisions: BTreeSet::new(), files };
        };
        let (mut revisions, mut files) = (BTreeSet::new(), BTreeSet::new());
        let mut level: BTreeSet<&str> = graph.heads.iter().map(|head| &**head).collect();
        for _ in 0..RECENT {
            let mut next = BTreeSet::new();
            for revision in graph.order.iter().filter(|revision| level.contains(&*revision.id)) {
                files.insert(revision.span.file);
                next.extend(revision.parents.iter().map(|parent| &**parent));
            }
            revisions.append(&mut level);
            level = next;
        }
        Self { revisions, files }
    }

    /// Whether an event is recent, and what it happens to is older.
    pub(crate) fn breaks_older(&self, event: &SchemaEvent) -> bool {
        let recent = match &event.revision {
            Some(revision) => self.revisions.contains(&**revision),
            None => self.files.contains(&event.span.file),
        };
        recent && event.other.is_some_and(|made| !self.files.contains(&made.file))
    }
}

/// What took a table away that is not there any more.
pub(crate) fn removal_of_table<'c>(source: &'c DatabaseSource, table: &TableName) -> Option<&'c SchemaEvent> {
    use SchemaEventKind as K;
    let gone = |event: &&SchemaEvent| matches!(event.kind, K::TableDropped | K::TableRenamed { .. });
    source.events.iter().rev().filter(|event| event.table.as_ref() == Some(table)).find(gone)
}

/// What took a column away that its table does not have any more.
pub(crate) fn removal_of_column<'c>(
    source: &'c DatabaseSource,
    table: &TableName,
    column: &str,
) -> Option<&'c SchemaEvent> {
    use SchemaEventKind as K;
    let of_table = source.events.iter().rev().filter(|event| event.table.as_ref() == Some(table));
    // Before the table was made anew, it was another table.
    let mut of_table = of_table.take_while(|event| event.kind != K::TableDropped);
    of_table.find(|event| {
        matches!(event.kind, K::ColumnDropped | K::ColumnRenamed { .. })
            && event.column.as_deref() == Some(column)
    })
}

/// Where an event happens, as an end of a finding.
pub(crate) fn event_end(source: &DatabaseSource, event: &SchemaEvent, label: impl Into<String>) -> End {
    place(source, event.table.as_ref(), event.column.as_deref(), event.span, label)
}

/// A place in a history, as an end of a finding.
pub(crate) fn place(
    source: &DatabaseSource,
    table: Option<&TableName>,
    column: Option<&str>,
    span: Span,
    label: impl Into<String>,
) -> End {
    let name = table.map(ToString::to_string);
    End {
        layer: Layer::Database,
        entity: name.clone().unwrap_or_else(|| source.name.to_string()),
        qualname: match &name {
            Some(name) => format!("{}#{name}", source.path),
            None => source.path.to_string(),
        },
        table: name,
        field: column.map(Into::into),
        label: label.into(),
        span,
        is_use: false,
    }
}

/// Who did it, for people: "revision `x`", or "a migration" where it has no name.
pub(crate) fn author(event: &SchemaEvent) -> String {
    match &event.revision {
        Some(revision) => format!("revision `{revision}`"),
        None => "a migration".to_owned(),
    }
}

/// Whether a source says what a database has, as against a database that was asked.
pub(crate) fn is_written(source: &DatabaseSource) -> bool {
    source.kind.standing() != Standing::Running
}
