//! A model's column that no migration adds.

use alignment_graph::Link;
use alignment_model::Severity;
use alignment_model::entity::{Entity, Field, FieldId};
use alignment_model::fix::{Change, MigrationStep, Remedy};
use alignment_model::name::did_you_mean;
use alignment_model::project::Standing;
use alignment_model::proof::Facet;

use super::Definition;
use crate::agreement::lacks;
use crate::draft::Draft;
use crate::persistence::{Persistence, table as table_of, weight_of_unloaded};
use crate::places::entities;
use crate::proofs;
use crate::renames::Renamed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-not-in-migrations",
    summary: "a model maps a column that its table does not have after all migrations",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for lack in lacks(context, Standing::Migrated) {
        lack.columns_into(findings);
    }
    let persistence = Persistence::new(context);
    let renamed = Renamed::left_to_its_rule(context, findings);
    for lost in persistence.unmigrated_columns() {
        if lost.doubtful {
            findings.withhold(lost.link.lower);
        } else if lost.removal.is_none() && !renamed.attribute(lost.link.upper, lost.at) {
            // What a migration took away is told by `migration-drops-used-column`.
            findings.add(draft(context, lost.link, lost.at, lost.attribute, lost.column));
        }
    }
}

fn draft(context: &Context<'_>, link: &Link, at: u32, attribute: &Field, column: &str) -> Draft {
    let (table, model) = entities(context, link);
    let (severity, unloaded) = weight_of_unloaded(context, Severity::Error, &[link.upper]);
    let message = format!(
        "table `{}` has no column `{column}`, which `{}.{}` maps: every query of `{}` fails{unloaded}",
        table.name, model.name, attribute.name, model.name
    );
    let free = free_columns(context, link, table);
    let help = match did_you_mean(column, free.iter().copied()) {
        Some(near) => format!("add it with a migration, or map `{near}`, which no attribute maps"),
        None => "add it with a migration, or take the attribute away".to_owned(),
    };
    // A column that nobody maps may be this one under another name.
    let remedy = table_of(table).filter(|_| free.is_empty()).map(|own| {
        let attribute = FieldId { entity: link.upper, field: at };
        Remedy::new(
            format!("add column `{column}` to `{}` with a migration", table.name),
            Change::Migrate {
                source: own.source,
                step: MigrationStep::AddColumn { table: own.name.clone(), attribute },
            },
        )
    });
    let label = if *attribute.name == *column {
        "no such column".to_owned()
    } else {
        format!("no column `{column}`")
    };
    Draft::over(context, link, severity, message)
        .direction(alignment_model::Direction::Both)
        .help(help)
        .remedy(remedy)
        .witness(format!("`SELECT {column} FROM {}` fails: column \"{column}\" does not exist", table.name))
        .proof(proofs::migrated(model, Facet::Column(attribute.name.to_string())))
        .field(context, link.upper, at, label)
        .end(context, link.lower, "the table after all migrations")
}

fn free_columns<'c>(context: &Context<'_>, link: &Link, table: &'c Entity) -> Vec<&'c str> {
    let free = link.unpaired_lower(context.graph.project()).into_iter();
    free.filter_map(|at| table.fields.get(at as usize)).map(|field| &*field.name).collect()
}
