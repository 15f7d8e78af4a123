//! Keys that arrive and that the client's type does not name.
//!
//! Deliberately absent: whether client code reads such a key through a cast. What a request lacks is the matter of
//! `frontend-optionality-drift`.

use std::collections::HashSet;

use alignment_graph::{Link, LinkKind, arriving, is_generated};
use alignment_model::entity::{EntityKind, Field, FieldKind};
use alignment_model::name::NameKey;
use alignment_model::project::KeyConversion;
use alignment_model::{Confidence, Direction, Severity};

use super::Definition;
use super::frontend_field_unknown::is_open;
use super::handwritten_shadows_generated::is_told;
use crate::draft::Draft;
use crate::places::{count, entities, field, is_shown, listed};
use crate::remedies::client_gains;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "frontend-field-missing",
    summary: "the API sends fields that the client type, which mirrors the rest of the answer, does not have",
    group: "frontend",
    severity: Severity::Info,
    check,
};

/// A type that names at least this share of what arrives, in per cent, is a copy of it; one that names less is a choice.
const MIRROR: usize = 50;

/// Fields that are shown as ends of their own.
const SHOWN: usize = 20;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link)) {
        let (schema, client) = entities(context, link);
        if !link.flow.read
            || link.passages.is_empty()
            || link.confidence() < Confidence::Resolved
            || is_generated(client)
            || client.kind == EntityKind::InPlace
            || is_open(client)
            || link.keys == KeyConversion::Unknown
            || chooses_fields(context, link)
        {
            continue;
        }
        let missing = missing(context, link);
        let sent = schema.fields.iter().filter(|field| travels(field)).count();
        if missing.is_empty() || link.pairs.len() * 100 < sent * MIRROR {
            continue;
        }
        if is_told(context, findings, link) {
            continue;
        }
        if client.completeness.is_complete() {
            findings.add(together(context, link, &missing));
        } else {
            findings.withhold(link.upper);
        }
    }
}

/// Fields that arrive under a known key and have no partner. A property of the same words in another case is one that never
/// arrives, which `field-case-mismatch` tells.
fn missing<'c>(context: &'c Context<'_>, link: &Link) -> Vec<(u32, &'c Field, String)> {
    let unknown = link.unpaired_upper(context.graph.project()).into_iter();
    let meant: HashSet<NameKey> =
        unknown.filter_map(|at| Some(NameKey::new(&field(context, link.upper, at)?.name))).collect();
    let free = link.unpaired_lower(context.graph.project()).into_iter();
    free.filter_map(|at| {
        let field = field(context, link.lower, at).filter(|field| travels(field))?;
        let key = arriving(field.wire_name.is()?, &link.keys)?.into_owned();
        (!meant.contains(&NameKey::new(&key))).then_some((at, field, key))
    })
    .collect()
}

/// Whether a field of the schema is part of an answer.
fn travels(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Field | FieldKind::Computed) && !field.excluded && !field.undescribed
}

/// Whether an operation on the way names the fields that its answer includes or leaves out.
fn chooses_fields(context: &Context<'_>, link: &Link) -> bool {
    link.passages.iter().any(|passage| {
        let operation = context.graph.project().entity(passage.operation);
        operation.operation().is_some_and(|detail| detail.response_excludes.fields)
    })
}

fn together(context: &Context<'_>, link: &Link, missing: &[(u32, &Field, String)]) -> Draft {
    let (schema, client) = entities(context, link);
    let names = listed(missing.iter().map(|(_, _, key)| &**key));
    let message = format!(
        "`{}` sends {} that `{}` does not have: {names}",
        schema.name,
        count(missing.len(), "field"),
        client.name
    );
    let draft = Draft::over(context, link, Severity::Info, message)
        .direction(Direction::Read)
        .help("add what the client should show; what it has no use for may stay away")
        .remedy(client_gains(context, link, missing))
        .gathers_of(&client.name, missing.iter().map(|(_, _, key)| &**key))
        .end(context, link.upper, "has no such property");
    missing.iter().take(SHOWN).fold(draft, |draft, (at, _, _)| draft.field(context, link.lower, *at, "sent"))
}
