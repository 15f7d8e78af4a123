//! A column that every insert must give and that no model maps.

use alignment_model::entity::{EntityId, Field};
use alignment_model::{Direction, Severity};

use super::Definition;
use super::column_not_in_models::is_filled_by_database;
use crate::draft::Draft;
use crate::persistence::{may_be_left_out, unmapped_columns};
use crate::places::{field, listed};
use crate::renames::Renamed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "unmapped-required-column",
    summary: "a table demands a value for a column that no model maps",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let renamed = Renamed::left_to_its_rule(context, findings);
    for (table, columns, models) in unmapped_columns(context) {
        for at in columns {
            let Some(column) = field(context, table, at) else { continue };
            if is_filled_by_database(column) || may_be_left_out(column) || renamed.column(table, at) {
                continue;
            }
            // A table that is not known as a whole may have lost the column, or its demand.
            let ends = std::iter::once(&table).chain(&models);
            let mut ends = ends.filter(|id| !context.graph.project().entity(**id).completeness.is_complete());
            match ends.next() {
                Some(incomplete) => findings.withhold(*incomplete),
                None => findings.add(draft(context, table, at, column, &models)),
            }
        }
    }
}

fn draft(context: &Context<'_>, table: EntityId, at: u32, column: &Field, models: &[EntityId]) -> Draft {
    let project = context.graph.project();
    let (entity, name) = (project.entity(table), &column.name);
    let names = listed(models.iter().map(|id| &*project.entity(*id).name));
    let message = format!(
        "column `{}.{name}` is NOT NULL without a default and no attribute of {names} maps it: every insert fails",
        entity.name
    );
    let draft = Draft::new(Severity::Error, message)
        .direction(Direction::Write)
        .help("map it, or give it a server default or allow NULL with a migration")
        .witness(format!(
            "an insert through {names} leaves `{name}` out: null value in column \"{name}\" of relation \"{}\" violates not-null constraint",
            entity.name
        ))
        .field(context, table, at, "required, and no attribute maps it");
    models.iter().take(1).fold(draft, |draft, model| draft.end(context, *model, "the model of the table"))
}
