//! A model's table that no migration creates.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::{Link, LinkKind};
use alignment_model::entity::{Entity, EntityId, TableName};
use alignment_model::name::did_you_mean;
use alignment_model::project::Standing;
use alignment_model::proof::Facet;
use alignment_model::{Confidence, Direction, Layer, Severity};

use super::Definition;
use crate::agreement::lacks;
use crate::draft::Draft;
use crate::persistence::{Persistence, is_column, table, weight_of_unloaded};
use crate::places::{count, listed};
use crate::proofs;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "table-not-in-migrations",
    summary: "a model maps a table that no migration creates",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let persistence = Persistence::new(context);
    declared(context, &persistence, findings);
    for lost in persistence.unmigrated_tables() {
        if lost.doubtful {
            lost.models.iter().for_each(|id| findings.withhold(*id));
        } else if lost.removal.is_none() {
            // What a migration took away is told by `migration-drops-used-column`.
            report(context, lost.table, &lost.models, findings);
        }
    }
}

/// Tables that another source declares. One that a model maps too is told with the model.
fn declared(context: &Context<'_>, persistence: &Persistence<'_>, findings: &mut Findings) {
    let told: BTreeSet<TableName> =
        persistence.unmigrated_tables().into_iter().map(|lost| lost.table.clone()).collect();
    for lack in lacks(context, Standing::Migrated) {
        let name = |id: EntityId| context.graph.project().entity(id).table();
        lack.tables_where(findings, |id| name(id).is_none_or(|name| !told.contains(name)));
    }
}

/// One finding for a table, however many classes map it and however many columns it has.
fn report(context: &Context<'_>, name: &TableName, models: &[EntityId], findings: &mut Findings) {
    let project = context.graph.project();
    let names = models.iter().map(|id| &*project.entity(*id).name);
    let (severity, unloaded) = weight_of_unloaded(context, Severity::Error, models);
    let operations = operations(context, models);
    let message = format!(
        "no migration creates table `{name}`, which {} maps: its first query fails{}{unloaded}",
        listed(names),
        reached(context, &operations),
    );
    let columns: BTreeSet<&str> = models
        .iter()
        .flat_map(|id| &project.entity(*id).fields)
        .filter(|field| is_column(field))
        .map(|field| &*field.name)
        .collect();
    // A table of a similar name with other columns is another table.
    let alike = |entity: &Entity| {
        entity.fields.iter().filter(|field| columns.contains(&*field.name)).count() * 2 > columns.len()
    };
    let unmapped = project
        .layer(Layer::Database)
        .filter(|(id, entity)| context.graph.above(*id).is_empty() && alike(entity));
    let near = did_you_mean(&name.name, unmapped.filter_map(|(_, entity)| Some(&*table(entity)?.name.name)));
    let help = match near {
        Some(near) => format!("add a migration, or map `{near}`, which exists and which no model maps"),
        None => "add a migration that creates it, or delete the model".to_owned(),
    };
    let mut draft = Draft::new(severity, message).direction(Direction::Both).help(help).witness(format!(
        "after `alembic upgrade head`, `SELECT * FROM {name}` fails: relation \"{name}\" does not exist"
    ));
    let first = models.first().map(|id| project.entity(*id));
    draft = draft.proof(first.and_then(|model| proofs::migrated(model, Facet::Table)));
    for id in models {
        let columns = project.entity(*id).fields.iter().filter(|field| is_column(field)).count();
        draft = draft.end(context, *id, format!("{}, no table", count(columns, "column")));
    }
    for (operation, schema) in operations.iter().take(SHOWN) {
        let schema = &project.entity(*schema).name;
        draft = draft.end(context, *operation, format!("carries `{schema}`"));
    }
    findings.add(draft);
}

/// Operations that are shown as ends of their own, and named in the message.
const SHOWN: usize = 3;

/// The operations whose answers are filled from the models, or whose bodies are written to them, in order, each with the schema that
/// ties it to a model. Only what code shows counts: a name proves no query; nor does a schema that takes less than half of its
/// fields from the model, and may be filled from elsewhere.
fn operations(context: &Context<'_>, models: &[EntityId]) -> Vec<(EntityId, EntityId)> {
    let mut found: BTreeMap<EntityId, EntityId> = BTreeMap::new();
    let above = models.iter().flat_map(|model| context.graph.above(*model));
    let ties = |link: &&Link| {
        let fields = context.graph.project().entity(link.upper).fields.len();
        link.kind == LinkKind::Fills
            && link.confidence() >= Confidence::Resolved
            && link.pairs.len() * 2 >= fields
    };
    for link in above.filter(ties) {
        for (travels, direction) in [(link.flow.read, Direction::Read), (link.flow.write, Direction::Write)] {
            let reaching = context.graph.operations_reaching(link.upper, direction).iter();
            reaching.filter(|_| travels).for_each(|operation| {
                found.entry(*operation).or_insert(link.upper);
            });
        }
    }
    found.into_iter().collect()
}

fn reached(context: &Context<'_>, operations: &[(EntityId, EntityId)]) -> String {
    let name = |id: &EntityId| format!("`{}`", context.graph.project().entity(*id).name);
    let mut names: Vec<String> =
        operations.iter().take(SHOWN).map(|(operation, _)| name(operation)).collect();
    if let Some(more) = operations.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!(", and so does {only}"),
        Some((last, first)) => format!(", and so do {} and {last}", first.join(", ")),
    }
}
