//! A table of the migrations that no model maps.

use std::collections::BTreeSet;

use alignment_graph::LinkKind;
use alignment_model::entity::{Entity, EntityId, EntityKind, TableName};
use alignment_model::{Layer, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{Persistence, table};
use crate::places::{count, listed};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "table-not-in-models",
    summary: "migrations create a table that no model maps",
    group: "migrations",
    severity: Severity::Warning,
    check,
};

/// From this many unmapped tables on, and more than half of all, the models are not how the project reads its database.
const MANY: usize = 8;

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let persistence = Persistence::new(context);
    let has_history = project.layer(Layer::Database).any(|(_, entity)| is_history_of_continuum(entity));
    let (mut unmapped, mut all): (Vec<(EntityId, &Entity)>, usize) = (Vec::new(), 0);
    let mut mapped: BTreeSet<&TableName> = BTreeSet::new();
    for (id, entity) in project.layer(Layer::Database) {
        let Some(table) = table(entity).filter(|table| persistence.is_managed(table)) else { continue };
        let continuum = is_history_of_continuum(entity) || has_history && is_log_of_continuum(entity);
        if entity.kind != EntityKind::Table || table.owned_by_tool || continuum {
            continue;
        }
        all += 1;
        if context.graph.above(id).iter().any(|link| link.kind == LinkKind::Maps) {
            mapped.insert(&table.name);
            continue;
        }
        if table.may_be_gone {
            findings.withhold(id);
        } else {
            unmapped.push((id, entity));
        }
    }
    // Two chains of migrations may make one table: those of two editions, or of services that share models. A model is linked to one of them.
    unmapped.retain(|(_, entity)| entity.table().is_none_or(|name| !mapped.contains(name)));
    // A model whose table is not known may map any of them.
    let doubtful = project.layer(Layer::Orm).find(|(_, entity)| entity.table().is_none());
    if let Some((id, _)) = doubtful {
        unmapped.iter().for_each(|_| findings.withhold(id));
    } else if unmapped.len() >= MANY && unmapped.len() * 2 > all {
        findings.add(together(context, &unmapped, all));
    } else {
        unmapped.into_iter().for_each(|(id, entity)| findings.add(one(context, id, entity)));
    }
}

fn one(context: &Context<'_>, id: EntityId, entity: &Entity) -> Draft {
    let message =
        format!("no model maps table `{}`: the application's models cannot see its rows", entity.name);
    Draft::new(Severity::Warning, message)
        .help("map it, drop it, or say in `alignment.yaml` under `ignore` what uses it")
        .gathers([&*entity.name])
        .end(context, id, format!("{}, no model", count(entity.fields.len(), "column")))
}

/// A project that reads most of its tables with SQL gets one line, not one for each table.
fn together(context: &Context<'_>, unmapped: &[(EntityId, &Entity)], all: usize) -> Draft {
    let names = listed(unmapped.iter().map(|(_, entity)| &*entity.name));
    let message = format!("{} of {all} tables have no model: {names}", unmapped.len());
    let draft = Draft::new(Severity::Info, message)
        .help("most tables have none, so models are not how this project reads its database; nothing is compared there")
        .gathers(unmapped.iter().map(|(_, entity)| &*entity.name));
    unmapped.iter().take(1).fold(draft, |draft, (id, _)| draft.end(context, *id, "the first of them"))
}

/// Whether a table is a history that SQLAlchemy-Continuum keeps (its "Version tables": `<table>_version` with the columns
/// `transaction_id` and `operation_type`): the library maps it at run time.
fn is_history_of_continuum(entity: &Entity) -> bool {
    entity.table().is_some_and(|table| table.name.ends_with("_version"))
        && ["transaction_id", "operation_type"].iter().all(|column| entity.field(column).is_some())
}

/// Whether a table is the log to which those histories refer (the same, "Transactions").
fn is_log_of_continuum(entity: &Entity) -> bool {
    entity.table().is_some_and(|table| &*table.name == "transaction") && entity.field("issued_at").is_some()
}
