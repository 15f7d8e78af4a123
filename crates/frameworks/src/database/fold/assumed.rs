//! What a change needs and nothing that was read makes exists all the same, or the change would fail: a table known only from
//! changes to it, a column that is not described.

use alignment_model::Why;
use alignment_model::schema_change::{ChangeKind, SchemaChange};

use super::{Missing, Origin};
use crate::database::schema::{Schema, TableState};

impl Schema {
    /// Takes what a change misses to be there, and applies the change where it adds something.
    pub(crate) fn assume(&mut self, change: &SchemaChange, missing: &Missing, origin: Origin<'_>) {
        let message = match &missing.column {
            Some(column) => format!("its column `{column}` is changed, and nothing that was read makes it"),
            None => "it is changed, and nothing that was read creates it".to_owned(),
        };
        if !self.tables.contains_key(&missing.table) {
            if is_conditional_drop(&change.kind) {
                return;
            }
            let mut table = TableState::new(change.span);
            table.assumed = true;
            self.tables.insert(missing.table.clone(), table);
        }
        self.doubt(&missing.table, Why::UndefinedName, &message, change.span);
        if missing.column.is_none() && (adds(&change.kind) || is_conditional_drop(&change.kind)) {
            let _ = self.apply(change, origin);
        }
    }
}

/// Whether a change takes a column away that need not be there.
pub(crate) fn is_conditional_drop(kind: &ChangeKind) -> bool {
    matches!(kind, ChangeKind::DropColumn { if_exists: true, .. })
}

/// Whether a change says that something is in the table, as against taking it away.
fn adds(kind: &ChangeKind) -> bool {
    matches!(kind, ChangeKind::AddColumn { .. } | ChangeKind::AddConstraint { .. })
}
