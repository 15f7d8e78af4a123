//! Keys that a client's converters do not bring back: what the answer's converter makes of a key, the request's does not undo.

use alignment_graph::Link;
use alignment_model::entity::Presence;
use alignment_model::project::KeyConversion;
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use super::field_case_mismatch::misspelt_links;
use crate::draft::Draft;
use crate::elsewhere::travels_elsewhere;
use crate::places::{count, entities, field};
use crate::spelling::Misspelt;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "case-roundtrip-unsafe",
    summary: "the client's key converters do not bring a key back: `pub_256` arrives as `pub256` and is sent as that",
    group: "frontend",
    severity: Severity::Error,
    check,
};

/// Properties that one finding shows.
const SHOWN: usize = 20;

/// Whether the converter of requests is at fault: the property is spelt as an answer delivers it.
pub(super) fn is_cause(context: &Context<'_>, link: &Link, one: &Misspelt) -> bool {
    link.flow.write
        && matches!(link.keys, KeyConversion::By { .. })
        && travels_elsewhere(context, link, one.property)
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (link, found) in misspelt_links(context) {
        let lost: Vec<&Misspelt> = found.iter().filter(|one| is_cause(context, link, one)).collect();
        if !lost.is_empty() {
            findings.add(draft(context, link, &lost));
        }
    }
}

fn draft(context: &Context<'_>, link: &Link, lost: &[&Misspelt]) -> Draft {
    let (schema, client) = entities(context, link);
    let names: Vec<String> =
        lost.iter().take(3).map(|one| format!("`{}` comes back as `{}`", one.wants, one.has)).collect();
    let message = format!(
        "the key converters do not bring back {} of `{}`: {}",
        count(lost.len(), "key"),
        schema.name,
        names.join(", ")
    );
    let required = |one: &&Misspelt| {
        let field = field(context, link.lower, one.field);
        field.is_some_and(|field| field.presence == Known::Is(Presence::Required))
    };
    let weight = |one: &&Misspelt| if required(one) { Severity::Error } else { Severity::Warning };
    let severity = lost.iter().map(weight).max().unwrap_or(Severity::Warning);
    let draft = Draft::over(context, link, severity, message)
        .direction(Direction::Write)
        .help("let the converters know these keys, or give the fields names that every converter brings back")
        .witness(lost.first().map_or(String::new(), |one| {
            format!(
                "the body `{{\"{}\": ...}}` of `{}` is sent; the schema looks for `{}`",
                one.has, client.name, one.wants
            )
        }));
    let named = |one: &&Misspelt| (format!("{}.{}", client.name, one.wants), weight(one));
    let draft = draft.gathers_weighed(lost.iter().map(named));
    lost.iter().take(SHOWN).fold(draft, |draft, one| {
        let draft = draft.field(context, link.upper, one.property, format!("sent as `{}`", one.has));
        draft.field(context, link.lower, one.field, format!("taken as `{}`", one.wants))
    })
}
