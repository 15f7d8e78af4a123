//! A column of the migrations that no model maps.

use alignment_model::entity::{EntityId, Field};
use alignment_model::{Severity, shape::Shape};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{may_be_left_out, unmapped_columns};
use crate::places::{field, listed};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-not-in-models",
    summary: "a table has a column that no attribute of its models maps",
    group: "migrations",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (table, columns, models) in unmapped_columns(context) {
        for at in columns {
            let Some(column) = field(context, table, at) else { continue };
            // A required one is the business of `unmapped-required-column`.
            if is_filled_by_database(column) || !may_be_left_out(column) {
                continue;
            }
            match models.iter().find(|id| !context.graph.project().entity(**id).completeness.is_complete()) {
                Some(incomplete) => findings.withhold(*incomplete),
                None => findings.add(draft(context, table, at, column, &models)),
            }
        }
    }
}

fn draft(context: &Context<'_>, table: EntityId, at: u32, column: &Field, models: &[EntityId]) -> Draft {
    let project = context.graph.project();
    let names = listed(models.iter().map(|id| &*project.entity(*id).name));
    let message = format!(
        "no attribute of {names} maps column `{}.{}`: the application neither reads nor writes it",
        project.entity(table).name,
        column.name
    );
    let draft = Draft::new(Severity::Warning, message).help("map it, or drop it with a migration").field(
        context,
        table,
        at,
        "no attribute maps it",
    );
    models.iter().take(1).fold(draft, |draft, model| draft.end(context, *model, "the model of the table"))
}

/// Columns that exist for the database alone: computed ones, and search vectors that a trigger keeps.
pub(super) fn is_filled_by_database(column: &Field) -> bool {
    let search = column.ty.sql.as_ref().is_some_and(|sql| &*sql.base == "tsvector");
    column.column.generated || search || column.ty.shape == Shape::Never
}
