//! Changes that happen only because of what a database has, or only under a condition that nobody can decide from the code: what a
//! database has after them depends on its past.

use alignment_model::entity::TableName;
use alignment_model::schema_change::{ChangeKind, SchemaChange, SchemaStep};
use alignment_model::schema_event::SchemaEventKind;

use super::{Origin, altered_table};
use crate::database::notice::Noticed;
use crate::database::schema::Schema;

impl Schema {
    /// `IF NOT EXISTS`.
    pub(super) fn asks(&self, kind: &ChangeKind) -> bool {
        match kind {
            ChangeKind::CreateTable(create) => create.if_not_exists,
            ChangeKind::AddColumn { if_not_exists, .. } => *if_not_exists,
            _ => false,
        }
    }

    /// Whether what a change makes is there already.
    pub(super) fn is_there(&self, kind: &ChangeKind) -> bool {
        match kind {
            ChangeKind::CreateTable(create) => self.tables.contains_key(&create.table),
            ChangeKind::AddColumn { table, column, .. } => {
                self.tables.get(table).is_some_and(|table| table.column(&column.name).is_some())
            }
            _ => false,
        }
    }

    pub(super) fn notice_conditional(&mut self, change: &SchemaChange, happens: bool, origin: Origin<'_>) {
        if let Some((table, column)) = leaves_traces(&change.kind) {
            let at = Noticed {
                revision: origin.revision,
                table: Some(table),
                column,
                span: change.span,
                other: None,
            };
            self.notice(SchemaEventKind::Guarded { happens }, at);
        }
    }

    /// The branch of a condition that an empty database does not take.
    pub(super) fn notice_left_out(&mut self, steps: &[SchemaStep], origin: Origin<'_>) {
        for step in steps {
            if let SchemaStep::Change(change) = step {
                self.notice_conditional(change, false, origin);
            }
        }
    }

    /// A change under a condition that is not decided: by the schema, of which too little is known, or by nothing in the code.
    pub(super) fn notice_undecided(&mut self, change: &SchemaChange, origin: Origin<'_>) {
        if origin.conditional {
            return self.notice_conditional(change, true, origin);
        }
        let drops = matches!(change.kind, ChangeKind::DropTable { .. } | ChangeKind::DropColumn { .. });
        let table = if drops {
            altered_table(&change.kind)
        } else {
            leaves_traces(&change.kind).map(|(table, _)| table)
        };
        if let Some(table) = table.filter(|table| !self.set_aside.contains(table)) {
            let at = Noticed {
                revision: origin.revision,
                table: Some(table),
                column: None,
                span: change.span,
                other: None,
            };
            self.notice(SchemaEventKind::Undecided, at);
        }
    }
}

/// The table and column of a change after which two databases may differ although both asked first. A drop is none: where the
/// thing was there, it is gone.
fn leaves_traces(kind: &ChangeKind) -> Option<(&TableName, Option<&str>)> {
    match kind {
        ChangeKind::CreateTable(create) => Some((&create.table, None)),
        ChangeKind::RenameTable { from, .. } => Some((from, None)),
        ChangeKind::AddColumn { table, column, .. } => Some((table, Some(&column.name))),
        ChangeKind::RenameColumn { table, from, .. } => Some((table, Some(from))),
        ChangeKind::AlterColumn { table, column, .. } => Some((table, Some(column))),
        _ => None,
    }
}
