//! Tables of models that no migration creates. Those of one module were written together and are mended by one migration: one finding.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::{Link, LinkKind};
use alignment_model::entity::{Entity, EntityId, TableName};
use alignment_model::name::did_you_mean;
use alignment_model::project::Standing;
use alignment_model::{Confidence, Direction, FileId, Layer, Severity};

use super::Definition;
use crate::agreement::lacks;
use crate::draft::Draft;
use crate::persistence::{LostTable, Persistence, is_column, model, table, weight_of_unloaded};
use crate::places::{count, listed};
use crate::proofs;
use crate::remedies::migration_creates;
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
    let mut modules: BTreeMap<(FileId, Reverse<Severity>), Vec<LostTable<'_>>> = BTreeMap::new();
    for lost in persistence.unmigrated_tables() {
        if lost.doubtful {
            lost.models.iter().for_each(|id| findings.withhold(*id));
        } else if lost.removal.is_none()
            && let Some(first) = lost.models.first()
        {
            // What a migration took away is told by `migration-drops-used-column`.
            let (severity, _) = weight_of(context, &lost.models);
            let module = context.graph.project().entity(*first).span.file;
            modules.entry((module, Reverse(severity))).or_default().push(lost);
        }
    }
    for ((module, _), tables) in modules {
        findings.add(report(context, module, &tables));
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

/// One finding for the tables of a module that weigh the same, however many classes map them and however many columns they have.
fn report(context: &Context<'_>, module: FileId, tables: &[LostTable<'_>]) -> Draft {
    let project = context.graph.project();
    let models: Vec<EntityId> = tables.iter().flat_map(|lost| &lost.models).copied().collect();
    let (severity, mut unloaded) = weight_of(context, &models);
    let unregistered = are_unregistered(context, &models);
    let made = are_made_at_start(context, &models);
    if unregistered {
        let them = if models.len() == 1 { "it" } else { "them" };
        unloaded = format!("; the environment of the migrations never imports {them}");
    }
    let carrying: Vec<BTreeMap<EntityId, EntityId>> =
        tables.iter().map(|lost| operations(context, &lost.models)).collect();
    let reached = reached(context, &carrying.iter().flat_map(BTreeMap::keys).collect());
    let names: Vec<String> = tables.iter().map(|lost| lost.table.to_string()).collect();
    let fails = match (made, tables) {
        (true, [_]) => "the application makes it when it starts (`create_all`)".to_owned(),
        (true, _) => "the application makes them when it starts (`create_all`)".to_owned(),
        (false, [_]) => format!("its first query fails{reached}"),
        (false, _) => format!("the first query of each fails{reached}"),
    };
    let message = match tables {
        [only] => format!(
            "no migration creates table `{}`, which {} maps: {fails}{unloaded}",
            only.table,
            listed(models.iter().map(|id| &*project.entity(*id).name)),
        ),
        _ => format!(
            "no migration creates {} that `{}` maps: {}; {fails}{unloaded}",
            count(tables.len(), "table"),
            project.path(module),
            listed(names.iter().map(String::as_str)),
        ),
    };
    let before = if made { ", before the application starts" } else { "" };
    let mut draft = Draft::new(severity, message)
        .direction(Direction::Both)
        .help(help(context, tables, unregistered))
        .witness(format!(
            "after `alembic upgrade head`{before}, `SELECT * FROM {0}` fails: relation \"{0}\" does not exist",
            names.first().map_or("", String::as_str)
        ))
        .gathers(&names);
    let first = tables.iter().filter_map(|lost| lost.models.first());
    // A table of a similar name may be this one, and what the environment does not import autogenerate would drop again.
    let is_certain =
        !unregistered && unloaded.is_empty() && tables.iter().all(|lost| near(context, lost).is_none());
    let asked: Vec<(&TableName, &[EntityId])> =
        tables.iter().map(|lost| (lost.table, &lost.models[..])).collect();
    draft = draft.remedy(is_certain.then(|| migration_creates(context, &asked)).flatten());
    draft = draft.proof(proofs::tables(first.map(|id| project.entity(*id))));
    for lost in tables {
        let near = (tables.len() > 1).then(|| near(context, lost)).flatten();
        let near = near.map(|near| format!("; is it `{near}`, which no model maps?")).unwrap_or_default();
        for id in &lost.models {
            let columns = project.entity(*id).fields.iter().filter(|field| is_column(field)).count();
            draft = draft.end(context, *id, format!("{}, no table{near}", count(columns, "column")));
        }
    }
    let mut shown = BTreeSet::new();
    for (operation, schema) in carrying.iter().flat_map(|operations| operations.iter().take(SHOWN)) {
        if shown.insert(operation) {
            let schema = &project.entity(*schema).name;
            draft = draft.end(context, *operation, format!("carries `{schema}`"));
        }
    }
    draft
}

/// What is left of the weight of tables that are not loaded, or that the application makes itself.
fn weight_of(context: &Context<'_>, models: &[EntityId]) -> (Severity, String) {
    let (severity, unloaded) = weight_of_unloaded(context, Severity::Error, models);
    if are_made_at_start(context, models) { (Severity::Info, unloaded) } else { (severity, unloaded) }
}

/// Whether the application makes the tables of all of these models when it starts.
fn are_made_at_start(context: &Context<'_>, models: &[EntityId]) -> bool {
    let project = context.graph.project();
    let bases = &project.made_at_start.bases;
    models.iter().all(|id| model(project.entity(*id)).is_some_and(|model| bases.contains(&model.base)))
}

/// What to do.
fn help(context: &Context<'_>, tables: &[LostTable<'_>], unregistered: bool) -> String {
    if let [only] = tables
        && let Some(near) = near(context, only)
    {
        return format!("add a migration, or map `{near}`, which exists and which no model maps");
    }
    let (it, whom) = if tables.len() == 1 { ("it", "the model") } else { ("them", "the models") };
    if unregistered {
        return format!(
            "import the module of {whom} in `env.py`, so that autogenerate knows of {it}, and add a migration"
        );
    }
    let creates = if tables.len() == 1 { "creates it" } else { "creates them" };
    format!("add a migration that {creates}, or delete {whom}")
}

/// Whether the application loads the models and `env.py` does not: no migration that Alembic writes will ever create their tables.
fn are_unregistered(context: &Context<'_>, models: &[EntityId]) -> bool {
    let project = context.graph.project();
    let mut loaded = models.iter().filter_map(|id| model(project.entity(*id))).map(|model| model.loaded);
    loaded.all(|loaded| loaded.migrations.is_no() && loaded.application.is_yes())
}

/// A table that no model maps and that has a similar name and most of the columns: one with others is another table.
fn near(context: &Context<'_>, lost: &LostTable<'_>) -> Option<String> {
    let project = context.graph.project();
    let columns: BTreeSet<&str> = lost
        .models
        .iter()
        .flat_map(|id| &project.entity(*id).fields)
        .filter(|field| is_column(field))
        .map(|field| &*field.name)
        .collect();
    let alike = |entity: &Entity| {
        entity.fields.iter().filter(|field| columns.contains(&*field.name)).count() * 2 > columns.len()
    };
    let unmapped = project
        .layer(Layer::Database)
        .filter(|(id, entity)| context.graph.above(*id).is_empty() && alike(entity));
    did_you_mean(&lost.table.name, unmapped.filter_map(|(_, entity)| Some(&*table(entity)?.name.name)))
        .map(ToOwned::to_owned)
}

/// Operations that are named in the message, and of each table shown as ends of their own.
const SHOWN: usize = 3;

/// The operations whose answers are filled from the models, or whose bodies are written to them, in order, each with the schema that
/// ties it to a model. Only what code shows counts: a name proves no query; nor does a schema that takes less than half of its
/// fields from the model, and may be filled from elsewhere.
fn operations(context: &Context<'_>, models: &[EntityId]) -> BTreeMap<EntityId, EntityId> {
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
    found
}

fn reached(context: &Context<'_>, operations: &BTreeSet<&EntityId>) -> String {
    let name = |id: &EntityId| format!("`{}`", context.graph.project().entity(*id).name);
    let mut names: Vec<String> = operations.iter().take(SHOWN).map(|operation| name(operation)).collect();
    if let Some(more) = operations.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!(", and so does {only}"),
        Some((last, first)) => format!(", and so do {} and {last}", first.join(", ")),
    }
}
