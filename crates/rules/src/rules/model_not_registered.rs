//! Models that the application loads and the environment of the migrations does not: one import brings a whole module, so that a
//! module is one finding, and so is an environment that imports none.

use std::collections::BTreeMap;

use alignment_model::entity::EntityId;
use alignment_model::project::{DatabaseSource, SourceKind};
use alignment_model::{FileId, Layer, Severity, Span};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{Persistence, model, table};
use crate::places::{count, file_end, listed};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "model-not-registered",
    summary: "the environment of the migrations never imports a model, so autogenerate proposes to drop its table",
    group: "migrations",
    severity: Severity::Warning,
    check,
};

/// A table of the migrations with the models that map it.
struct Mapped {
    table: EntityId,
    models: Vec<EntityId>,
}

/// What one source of migrations has.
#[derive(Default)]
struct Environment {
    /// By the module of the first model, what `env.py` never imports and the application does.
    lost: BTreeMap<FileId, Vec<Mapped>>,
    /// It imports some model, or it is not known which.
    imports: bool,
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let persistence = Persistence::new(context);
    let mut by_table: BTreeMap<EntityId, Vec<EntityId>> = BTreeMap::new();
    for link in persistence.migrated() {
        by_table.entry(link.lower).or_default().push(link.upper);
    }
    let mut environments: BTreeMap<u32, Environment> = BTreeMap::new();
    for (id, models) in by_table {
        let Some(source) = table(project.entity(id)).map(|table| table.source) else { continue };
        let environment = environments.entry(source).or_default();
        let loaded = || models.iter().filter_map(|id| model(project.entity(*id))).map(|model| model.loaded);
        if !loaded().all(|loaded| loaded.migrations.is_no()) {
            environment.imports = true;
        } else if loaded().any(|loaded| loaded.application.is_yes())
            && let Some(first) = models.first()
        {
            let module = project.entity(*first).span.file;
            environment.lost.entry(module).or_default().push(Mapped { table: id, models });
        }
    }
    for (at, environment) in environments {
        let Some(source) = project.database_sources.get(at as usize) else { continue };
        if source.kind != SourceKind::Alembic {
            continue;
        }
        let lost: Vec<Vec<Mapped>> = environment.lost.into_values().collect();
        if lost.len() > 1 && !environment.imports {
            findings.add(whole(context, source, &lost));
            continue;
        }
        for module in &lost {
            findings.add(match &module[..] {
                [only] => one(context, only),
                several => of_module(context, several),
            });
        }
    }
}

fn one(context: &Context<'_>, Mapped { table, models }: &Mapped) -> Draft {
    let project = context.graph.project();
    let name = &project.entity(*table).name;
    let names = listed(models.iter().map(|id| &*project.entity(*id).name));
    let message = format!(
        "the environment of the migrations never imports {names}, which the application does: autogenerate proposes to drop `{name}`"
    );
    let draft = Draft::new(Severity::Warning, message)
        .help("import its module in `env.py`, beside the other models")
        .witness(format!("`alembic revision --autogenerate` writes `op.drop_table(\"{name}\")`"))
        .gathers([&**name]);
    let draft = models.iter().fold(draft, |draft, id| draft.end(context, *id, "not imported by `env.py`"));
    draft.end(context, *table, "the table after all migrations")
}

/// Several tables of one module.
fn of_module(context: &Context<'_>, tables: &[Mapped]) -> Draft {
    let project = context.graph.project();
    let file = tables.iter().flat_map(|one| &one.models).map(|id| project.entity(*id).span.file).next();
    let message = format!(
        "the environment of the migrations never imports `{}`, which the application does: autogenerate proposes to drop {}",
        file.map_or("", |file| project.path(file)),
        named(context, tables.iter())
    );
    let draft =
        Draft::new(Severity::Warning, message).help("import the module in `env.py`, beside the others");
    listing(context, draft, tables.iter())
}

/// All tables that an application uses: the environment imports no module of models at all.
fn whole(context: &Context<'_>, source: &DatabaseSource, lost: &[Vec<Mapped>]) -> Draft {
    let project = context.graph.project();
    let tables = || lost.iter().flatten();
    let message = format!(
        "the environment of the migrations of `{}` imports no model, and the application has {} of them: autogenerate proposes to drop {}",
        source.name,
        count(lost.len(), "module"),
        named(context, tables())
    );
    let path = format!("{}/env.py", source.path);
    let path = path.trim_start_matches('/');
    let file = project.paths.iter().position(|known| &**known == path);
    let environment =
        file.map(|at| file_end(Layer::Database, path, "imports no model", Span::file_start(FileId::new(at))));
    let draft = Draft::new(Severity::Warning, message)
        .help("import every module of models in `env.py`, or one package that imports them");
    let draft = environment.into_iter().fold(draft, Draft::place);
    listing(context, draft, tables())
}

/// `3 tables: a, b, c`.
fn named<'m>(context: &Context<'_>, tables: impl Iterator<Item = &'m Mapped> + Clone) -> String {
    let project = context.graph.project();
    let names = tables.clone().map(|one| &*project.entity(one.table).name);
    format!("{}: {}", count(tables.count(), "table"), listed(names))
}

/// Adds witness, names and a place for each model to a finding about several tables.
fn listing<'m>(
    context: &Context<'_>,
    draft: Draft,
    tables: impl Iterator<Item = &'m Mapped> + Clone,
) -> Draft {
    let project = context.graph.project();
    let names = || tables.clone().map(|one| &*project.entity(one.table).name);
    let drops = names().map(|name| format!("`op.drop_table(\"{name}\")`")).next().unwrap_or_default();
    let more = names().count().saturating_sub(1);
    let draft = draft
        .witness(format!("`alembic revision --autogenerate` writes {drops} and {more} more"))
        .gathers(names());
    tables.clone().fold(draft, |draft, Mapped { table, models }| {
        let draft =
            models.iter().fold(draft, |draft, id| draft.end(context, *id, "not imported by `env.py`"));
        draft.end(context, *table, "the table after all migrations")
    })
}
