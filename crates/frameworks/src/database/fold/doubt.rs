//! What changes may have done whose table or column is not known by name, or which may not happen.

use alignment_model::Why;
use alignment_model::entity::TableName;
use alignment_model::schema_change::{ChangeKind, is_known_name};

use super::altered_table;
use crate::database::implied::kept;
use crate::database::schema::{ColumnState, Schema};

impl Schema {
    /// What a change may have done to what there is, where its table, or the column of it, is not known by name.
    pub(super) fn doubt_reached(&mut self, kind: &ChangeKind) {
        use ChangeKind as K;
        let Some(name) = altered_table(kind) else { return };
        match kind {
            // What is added is told by the completeness.
            K::AddColumn { .. } => {}
            K::DropTable { .. } | K::RenameTable { .. } | K::MoveTable { .. } => self.may_lose(|_| true),
            K::DropColumn { column, .. } | K::RenameColumn { from: column, .. } => {
                for column in self.columns_of(name, column) {
                    column.may_be_gone = true;
                }
            }
            K::AlterColumn { column, .. } => {
                for column in self.columns_of(name, column) {
                    column.perhaps_altered(kind);
                }
            }
            _ => self.tables_of(name).for_each(|table| table.doubt_contents(Why::DynamicExpression)),
        }
    }

    /// The columns that a name may be of: any where it is made at run time.
    pub(super) fn columns_of<'s>(
        &'s mut self,
        table: &'s TableName,
        column: &'s str,
    ) -> impl Iterator<Item = &'s mut ColumnState> {
        let (known, name) = (is_known_name(column), kept(column));
        let columns = self.tables_of(table).flat_map(|table| &mut table.columns);
        columns.filter(move |own| !known || &*own.name == name)
    }

    /// Tables that may not be there any more, or not under their name.
    pub(super) fn may_lose(&mut self, which: impl Fn(&TableName) -> bool) {
        let lost = self.tables.iter_mut().filter(|(name, _)| which(name));
        lost.for_each(|(_, table)| table.may_be_gone = true);
    }
}
