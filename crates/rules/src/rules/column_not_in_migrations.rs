//! A model's column that no migration adds.

use std::collections::BTreeSet;

use alignment_graph::Link;
use alignment_model::entity::{Entity, Field};
use alignment_model::name::did_you_mean;
use alignment_model::{Severity, Span};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{Persistence, is_column};
use crate::places::{entities, field};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-not-in-migrations",
    summary: "a model maps a column that its table does not have after all migrations",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let persistence = Persistence::new(context);
    // Classes of single-table inheritance share attributes: one place, one finding.
    let mut seen: BTreeSet<(alignment_model::entity::EntityId, Span)> = BTreeSet::new();
    for link in persistence.migrated().filter(|link| !link.pairs.is_empty()) {
        let (table, _) = entities(context, link);
        for at in link.unpaired_upper(context.graph.project()) {
            let Some(attribute) = field(context, link.upper, at) else { continue };
            let Some(column) = attribute.wire_name.is() else { continue };
            if !is_column(attribute) || persistence.belongs_to_parent(link, attribute) {
                continue;
            }
            if !table.completeness.is_complete() {
                findings.withhold(link.lower);
            } else if seen.insert((link.lower, attribute.span)) {
                findings.add(draft(context, link, at, attribute, column));
            }
        }
    }
}

fn draft(context: &Context<'_>, link: &Link, at: u32, attribute: &Field, column: &str) -> Draft {
    let (table, model) = entities(context, link);
    let message = format!(
        "table `{}` has no column `{column}`, which `{}.{}` maps: every query of `{}` fails",
        table.name, model.name, attribute.name, model.name
    );
    let free = free_columns(context, link, table);
    let help = match did_you_mean(column, free.iter().copied()) {
        Some(near) => format!("add it with a migration, or map `{near}`, which no attribute maps"),
        None => "add it with a migration, or take the attribute away".to_owned(),
    };
    let label = if *attribute.name == *column {
        "no such column".to_owned()
    } else {
        format!("no column `{column}`")
    };
    Draft::over(context, link, Severity::Error, message)
        .direction(alignment_model::Direction::Both)
        .help(help)
        .witness(format!("`SELECT {column} FROM {}` fails: column \"{column}\" does not exist", table.name))
        .field(context, link.upper, at, label)
        .end(context, link.lower, "the table after all migrations")
}

fn free_columns<'c>(context: &Context<'_>, link: &Link, table: &'c Entity) -> Vec<&'c str> {
    let free = link.unpaired_lower(context.graph.project()).into_iter();
    free.filter_map(|at| table.fields.get(at as usize)).map(|field| &*field.name).collect()
}
