//! What could not be resolved, by layer: silence there proves nothing.

use std::collections::BTreeMap;

use alignment_model::entity::{Entity, EntityId};
use alignment_model::{Layer, Severity};

use super::Definition;
use super::frontend_field_unknown::is_read_by_code;
use crate::draft::Draft;
use crate::places::count;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "analysis-incomplete",
    summary: "declarations that could not be fully resolved, so that nothing is reported as missing from them",
    group: "meta",
    severity: Severity::Info,
    check,
};

/// Most types of a client describe its own components; those that no link ties to the API are no contract.
fn takes_part(context: &Context<'_>, layer: Layer, id: EntityId) -> bool {
    layer != Layer::Client || !context.graph.below(id).is_empty()
}

/// Reasons and places named in one finding.
const SHOWN: usize = 8;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for layer in Layer::ALL {
        let all: Vec<(EntityId, &Entity)> = context
            .graph
            .project()
            .layer(layer)
            .filter(|(id, entity)| !is_read_by_code(entity) && takes_part(context, layer, *id))
            .collect();
        let incomplete: Vec<(EntityId, &Entity)> =
            all.iter().filter(|(_, entity)| !entity.completeness.is_complete()).copied().collect();
        if !incomplete.is_empty() {
            let draft = draft(context, layer, all.len(), &incomplete, findings);
            findings.add(draft);
        }
    }
}

fn draft(
    context: &Context<'_>,
    layer: Layer,
    all: usize,
    incomplete: &[(EntityId, &Entity)],
    findings: &Findings,
) -> Draft {
    let withheld: usize = incomplete.iter().map(|(id, _)| findings.withheld(*id)).sum();
    // One place for each reason: the same base class outside the repository explains many entities at once.
    let mut reasons: BTreeMap<&str, (usize, EntityId)> = BTreeMap::new();
    for (id, entity) in incomplete {
        for reason in &entity.completeness.reasons {
            reasons.entry(&reason.message).or_insert((0, *id)).0 += 1;
        }
    }
    let mut reasons: Vec<(&str, usize, EntityId)> =
        reasons.into_iter().map(|(reason, (count, first))| (reason, count, first)).collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.2.cmp(&b.2)));
    let mut message = format!(
        "{} of {} could not be fully resolved, so nothing is reported as missing there",
        incomplete.len(),
        count(all, layer_noun(layer))
    );
    if withheld > 0 {
        message.push_str(&format!("; {} withheld", count(withheld, "finding")));
    }
    let draft = Draft::new(Severity::Info, message).gathers(reasons.iter().map(|(reason, ..)| *reason));
    reasons.into_iter().take(SHOWN).fold(draft, |draft, (reason, number, first)| {
        let label = if number == 1 { reason.to_owned() } else { format!("{reason} ({number} times)") };
        draft.end(context, first, label)
    })
}

fn layer_noun(layer: Layer) -> &'static str {
    match layer {
        Layer::Database => "table",
        Layer::Orm => "model",
        Layer::Schema => "schema",
        Layer::Route => "operation",
        Layer::Client => "client type",
    }
}
