//! A column renamed on one side only: the model's new name is missing in the database, the old one there has no attribute.

use alignment_model::proof::Facet;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::{entities, field, quoted};
use crate::proofs;
use crate::renames::renames;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "rename-suspected",
    summary: "a missing column and an unmapped one look like one column that was renamed on one side",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for rename in renames(context) {
        let (table, model) = entities(context, rename.link);
        let (Some(attribute), Some(column)) = (
            field(context, rename.link.upper, rename.attribute),
            field(context, rename.link.lower, rename.column),
        ) else {
            continue;
        };
        let Some(name) = attribute.wire_name.is() else { continue };
        let message = format!(
            "table `{}` has no column `{name}`, which {} maps; its `{}` of the same type at the same place has no attribute: one of them was renamed",
            table.name,
            quoted(model, attribute),
            column.name
        );
        findings.add(
            Draft::over(context, rename.link, Severity::Error, message)
                .direction(Direction::Both)
                .help(format!(
                    "rename the column with a migration, or map it: `{} = mapped_column(\"{}\", ...)`",
                    attribute.name, column.name
                ))
                .witness(format!(
                    "`SELECT {name} FROM {}` fails: column \"{name}\" does not exist",
                    table.name
                ))
                .proof(proofs::migrated(model, Facet::Column(attribute.name.to_string())))
                .field(context, rename.link.upper, rename.attribute, "no such column")
                .field(context, rename.link.lower, rename.column, "no attribute maps it"),
        );
    }
}
