//! Row level security: enabled, forced, with its policies.

use alignment_model::entity::{Policy, RowSecurity, TableName};
use alignment_model::schema_change::{is_known_name, is_known_table};

use super::Fold;

impl Fold<'_, '_> {
    pub(super) fn row_security(&mut self, table: &TableName, enabled: Option<bool>, forced: Option<bool>) {
        let span = self.span;
        self.change_row_security(table, |security| {
            if let Some(enabled) = enabled {
                security.enabled = enabled.then_some(span);
            }
            security.forced = forced.unwrap_or(security.forced);
        });
    }

    pub(super) fn policy(&mut self, table: &TableName, name: &str, created: bool) {
        let span = self.span;
        self.change_row_security(table, |security| {
            if created {
                security.policies.push(Policy { name: name.into(), span });
            } else if is_known_name(name) {
                security.policies.retain(|policy| &*policy.name != name);
            } else {
                security.uncertain = true;
            }
        });
    }

    /// Changes the row security of one table; a change to a table whose name is made at run time may be to any.
    fn change_row_security(&mut self, table: &TableName, change: impl FnOnce(&mut RowSecurity)) {
        if !is_known_table(table) {
            self.schema.tables_of(table).for_each(|table| table.row_security.uncertain = true);
        } else if let Some(table) = self.schema.tables.get_mut(table) {
            change(&mut table.row_security);
        }
    }
}
