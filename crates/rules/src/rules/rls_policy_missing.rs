//! Row level security without a policy.

use alignment_model::entity::EntityId;
use alignment_model::{Direction, Layer, Severity, Span};

use super::Definition;
use crate::draft::Draft;
use crate::history::{is_written, place};
use crate::persistence::table;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "rls-policy-missing",
    summary: "a table has row level security and no policy, so that it is empty for everyone but its owner",
    group: "migrations",
    severity: Severity::Info,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    for (id, entity) in project.layer(Layer::Database) {
        let Some(found) = table(entity) else { continue };
        let security = &found.row_security;
        let source = project.database_sources.get(found.source as usize);
        let Some(enabled) = security.enabled.filter(|_| security.policies.is_empty()) else { continue };
        if !source.is_some_and(is_written) || security.uncertain {
            continue;
        }
        if entity.completeness.is_complete() {
            findings.add(draft(context, id, enabled, security.forced));
        } else {
            findings.withhold(id);
        }
    }
}

fn draft(context: &Context<'_>, id: EntityId, enabled: Span, forced: bool) -> Draft {
    let project = context.graph.project();
    let entity = project.entity(id);
    let name = &entity.name;
    let who = if forced { "every role, its owner included," } else { "every role but its owner" };
    let message = format!("`{name}` has row level security and no policy: for {who} it is empty");
    let draft = Draft::new(Severity::Info, message)
        .direction(Direction::Both)
        .help("add a policy with CREATE POLICY, or disable row level security")
        .witness(format!(
            "a role without BYPASSRLS: `SELECT * FROM {name}` returns no row, and `INSERT INTO {name}` fails: new row violates row-level security policy"
        ));
    let source = project.source_of(entity);
    match (source, entity.table()) {
        (Some(source), Some(table)) => draft
            .place(place(source, Some(table), None, enabled, "enabled here"))
            .end(context, id, "no policy after all migrations"),
        _ => draft.end(context, id, "no policy"),
    }
}
