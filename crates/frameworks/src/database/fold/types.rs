//! Enumerations and their labels.

use alignment_model::Known;
use alignment_model::entity::TableName;
use alignment_model::schema_change::{ChangeKind, LabelPlace, is_known_name};

use super::Fold;
use crate::database::schema::EnumState;

impl Fold<'_, '_> {
    pub(super) fn create_enum(&mut self, name: &TableName, labels: &[Box<str>]) {
        let state = EnumState { labels: labels.to_vec(), certain: true };
        self.schema.enums.entry(name.clone()).or_insert(state);
    }

    pub(super) fn change_enum(&mut self, kind: &ChangeKind) {
        match kind {
            ChangeKind::AddEnumLabel { name, label, place } => {
                if let Some(found) = self.schema.enums.get_mut(name) {
                    if !is_known_name(label) {
                        found.certain = false;
                    } else if !found.labels.contains(label) {
                        found.labels.insert(position(&found.labels, place), label.clone());
                    }
                }
            }
            ChangeKind::RenameEnumLabel { name, from, to } => {
                let labels = self.schema.enums.get_mut(name).map(|found| &mut found.labels);
                for label in labels.into_iter().flatten().filter(|label| *label == from) {
                    *label = to.clone();
                }
            }
            ChangeKind::RenameType { from, to } => {
                let to = TableName { schema: from.schema.clone(), name: to.clone() };
                if let Some(found) = self.schema.enums.remove(from) {
                    self.schema.enums.insert(to.clone(), found);
                }
                let (from, to) = (from.to_string(), to.to_string());
                let columns = self.schema.tables.values_mut().flat_map(|table| &mut table.columns);
                for column in columns {
                    if let Known::Is(ty) = &mut column.ty
                        && *ty.base == *from
                    {
                        ty.base = to.as_str().into();
                    }
                }
            }
            ChangeKind::DropType { name, .. } => {
                self.schema.enums.remove(name);
            }
            _ => {}
        }
    }
}

/// Where a new label comes to stand.
fn position(labels: &[Box<str>], place: &LabelPlace) -> usize {
    let of = |label: &str| labels.iter().position(|one| **one == *label);
    match place {
        LabelPlace::Last => None,
        LabelPlace::Before(label) => of(label),
        LabelPlace::After(label) => of(label).map(|at| at + 1),
    }
    .unwrap_or(labels.len())
}

/// A type's name from its spelling as a column's type.
pub(crate) fn type_name(base: &str) -> TableName {
    match base.split_once('.') {
        Some((schema, name)) => alignment_sql::qualified(Some(schema.into()), name.into()),
        None => TableName::new(base),
    }
}
