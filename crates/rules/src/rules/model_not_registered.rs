//! A model that the application loads and the environment of the migrations does not.

use std::collections::BTreeMap;

use alignment_model::Severity;
use alignment_model::entity::EntityId;
use alignment_model::project::SourceKind;

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{Persistence, model, table};
use crate::places::listed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "model-not-registered",
    summary: "the environment of the migrations never imports a model, so autogenerate proposes to drop its table",
    group: "migrations",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let persistence = Persistence::new(context);
    let mut by_table: BTreeMap<EntityId, Vec<EntityId>> = BTreeMap::new();
    for link in persistence.migrated() {
        by_table.entry(link.lower).or_default().push(link.upper);
    }
    for (id, models) in by_table {
        let source =
            table(project.entity(id)).and_then(|table| project.database_sources.get(table.source as usize));
        let loaded = || models.iter().filter_map(|id| model(project.entity(*id))).map(|model| model.loaded);
        let used = loaded().any(|loaded| loaded.application.is_yes());
        let unknown_to_alembic = loaded().all(|loaded| loaded.migrations.is_no());
        if source.is_some_and(|source| source.kind == SourceKind::Alembic) && used && unknown_to_alembic {
            findings.add(draft(context, id, &models));
        }
    }
}

fn draft(context: &Context<'_>, id: EntityId, models: &[EntityId]) -> Draft {
    let project = context.graph.project();
    let name = &project.entity(id).name;
    let names = listed(models.iter().map(|id| &*project.entity(*id).name));
    let message = format!(
        "the environment of the migrations never imports {names}, which the application does: autogenerate proposes to drop `{name}`"
    );
    let draft = Draft::new(Severity::Warning, message)
        .help("import its module in `env.py`, beside the other models")
        .witness(format!("`alembic revision --autogenerate` writes `op.drop_table(\"{name}\")`"));
    let draft = models.iter().fold(draft, |draft, id| draft.end(context, *id, "not imported by `env.py`"));
    draft.end(context, id, "the table after all migrations")
}
