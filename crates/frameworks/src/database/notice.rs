//! What is noticed while changes are folded (`SchemaEvent`), and what that needs to know about the present step: which tables are
//! older than it, and which rows it has changed so far.

use std::collections::BTreeSet;

use alignment_model::Span;
use alignment_model::entity::TableName;
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind};

use super::schema::{Schema, TableState};

/// The part of a history that applies at once: a revision, a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    number: u32,
    /// Tables whose rows it has changed or removed.
    changed: BTreeSet<TableName>,
    /// Tables whose rows it has removed.
    emptied: BTreeSet<TableName>,
    /// It has changed rows of tables that are not known.
    opaque: bool,
    /// It has asked for data, and so may know what is in the tables.
    looked: bool,
}

impl Step {
    /// Its position in the history.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Rows of a table are changed or removed.
    pub(crate) fn changes_rows(&mut self, table: &TableName, removed: bool) {
        self.changed.insert(table.clone());
        if removed {
            self.emptied.insert(table.clone());
        }
    }

    /// Rows of tables that are not known are changed.
    pub(crate) fn changes_any_rows(&mut self) {
        self.opaque = true;
    }

    /// It asks for data.
    pub(crate) fn looks_at_rows(&mut self) {
        self.looked = true;
    }

    /// Whether rows that were in a table before this step are surely still there, if there were any.
    pub(crate) fn keeps_rows_of(&self, name: &TableName, table: &TableState) -> bool {
        !self.opaque && !table.assumed && table.made_in < self.number && !self.emptied.contains(name)
    }

    /// Whether rows that were in a table before this step surely still have what they had, and nobody has looked at them.
    pub(crate) fn leaves_rows_of(&self, name: &TableName, table: &TableState) -> bool {
        self.keeps_rows_of(name, table) && !self.looked && !self.changed.contains(name)
    }

    /// A table is called differently from now on.
    pub(crate) fn renamed(&mut self, from: &TableName, to: &TableName) {
        for names in [&mut self.changed, &mut self.emptied] {
            if names.remove(from) {
                names.insert(to.clone());
            }
        }
    }
}

impl Schema {
    /// The changes that follow belong to the next revision or file.
    pub(crate) fn begin_step(&mut self) {
        self.step = Step { number: self.step.number + 1, ..Step::default() };
    }

    /// Notes something about one change.
    pub(crate) fn notice(&mut self, kind: SchemaEventKind, at: Noticed<'_>) {
        let Noticed { revision, table, column, span, other } = at;
        self.events.push(SchemaEvent {
            kind,
            revision: revision.map(Into::into),
            table: table.cloned(),
            column: column.map(Into::into),
            span,
            other,
        });
    }

    /// Events about a table follow it to its new name.
    pub(crate) fn rename_in_events(&mut self, from: &TableName, to: &TableName) {
        self.step.renamed(from, to);
        for event in self.events.iter_mut().filter(|event| event.table.as_ref() == Some(from)) {
            event.table = Some(to.clone());
        }
    }
}

/// What an event is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noticed<'e> {
    pub(crate) revision: Option<&'e str>,
    pub(crate) table: Option<&'e TableName>,
    pub(crate) column: Option<&'e str>,
    pub(crate) span: Span,
    pub(crate) other: Option<Span>,
}
