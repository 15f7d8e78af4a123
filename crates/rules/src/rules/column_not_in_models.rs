//! A column of the migrations that no model maps.

use alignment_model::entity::{EntityId, Field};
use alignment_model::{Severity, shape::Shape};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{may_be_left_out, unmapped_columns};
use crate::places::{field, listed};
use crate::renames::Renamed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-not-in-models",
    summary: "a table has a column that no attribute of its models maps",
    group: "migrations",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let renamed = Renamed::left_to_its_rule(context, findings);
    let project = context.graph.project();
    for (table, columns, models) in unmapped_columns(context) {
        let free = columns.into_iter().filter_map(|at| Some((at, field(context, table, at)?)));
        // A required one is the business of `unmapped-required-column`.
        let columns: Vec<(u32, &Field)> = free
            .filter(|(_, column)| !is_filled_by_database(column) && may_be_left_out(column))
            .filter(|(at, _)| !renamed.column(table, *at))
            .collect();
        let (gone, columns): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|(_, column)| column.column.may_be_gone);
        gone.iter().for_each(|_| findings.withhold(table));
        if let Some(incomplete) = models.iter().find(|id| !project.entity(**id).completeness.is_complete()) {
            columns.iter().for_each(|_| findings.withhold(*incomplete));
        } else if !columns.is_empty() {
            findings.add(draft(context, table, &columns, &models));
        }
    }
}

fn draft(context: &Context<'_>, table: EntityId, columns: &[(u32, &Field)], models: &[EntityId]) -> Draft {
    let project = context.graph.project();
    let names = listed(models.iter().map(|id| &*project.entity(*id).name));
    let table_name = &project.entity(table).name;
    let message = match columns {
        [(_, column)] => format!(
            "no attribute of {names} maps column `{table_name}.{}`: the application neither reads nor writes it",
            column.name
        ),
        several => format!(
            "no attribute of {names} maps {} columns of `{table_name}`: {}",
            several.len(),
            listed(several.iter().map(|(_, column)| &*column.name))
        ),
    };
    let draft = Draft::new(Severity::Warning, message)
        .help("map them, or drop them with a migration")
        .gathers_of(table_name, columns.iter().map(|(_, column)| &*column.name));
    let draft =
        columns.iter().fold(draft, |draft, (at, _)| draft.field(context, table, *at, "no attribute maps it"));
    models.iter().take(1).fold(draft, |draft, model| draft.end(context, *model, "the model of the table"))
}

/// Columns that exist for the database alone: computed ones, and search vectors that a trigger keeps.
pub(super) fn is_filled_by_database(column: &Field) -> bool {
    let search = column.ty.sql.as_ref().is_some_and(|sql| &*sql.base == "tsvector");
    column.column.generated.is_generated() || search || column.ty.shape == Shape::Never
}
