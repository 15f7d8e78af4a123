//! A value that the API can send and the client's closed type does not know.

use alignment_model::shape::Value;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::closed_sets::{Group, Sets, by_type, value_sets, with_others};
use crate::compare::values::beyond;
use crate::draft::Draft;
use crate::places::{entities, fields, listed, quoted};
use crate::proofs;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "enum-value-missing-in-frontend",
    summary: "the API can send a value that the client's union or enum does not have",
    group: "enum",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for group in
        by_type(context, value_sets(context, Direction::Read), |sets| beyond(&sets.api, &sets.client))
    {
        if let Some(draft) = draft(context, &group) {
            findings.add(with_others(context, draft, &group));
        }
    }
}

fn draft(context: &Context<'_>, group: &Group<'_>) -> Option<Draft> {
    let Sets { link, pair, api, .. } = group.places.first()?;
    let (field, property) = fields(context, link, pair)?;
    let (schema, client) = entities(context, link);
    let plain: Vec<String> = group.values.iter().map(Value::plain).collect();
    let names = listed(plain.iter().map(String::as_str));
    let (sent, known) = (quoted(schema, field), quoted(client, property));
    if let Some(only) = narrowed(group) {
        let message = format!("{sent} can be {names}, and {known} is never anything but `{only}`");
        let draft = Draft::over_pair(context, link, pair, Severity::Info, message)
            .direction(Direction::Read)
            .help("nothing to do where this call never answers with the others; else add them to the client's type")
            .field(context, link.upper, pair.upper, "one value here")
            .field(context, link.lower, pair.lower, "values sent here");
        return Some(draft);
    }
    let message = if group.values.len() == api.len() {
        format!("{known} knows none of the values that {sent} sends: {names}")
    } else {
        format!("{sent} can be {names}, which {known} does not know")
    };
    let example = plain.first().map_or("", String::as_str);
    let draft = Draft::over_pair(context, link, pair, Severity::Warning, message)
        .direction(Direction::Read)
        .help("add the values to the client's type, and a branch that shows them")
        .witness(format!("`{{\"{}\": \"{example}\"}}` is a legal answer", property.name))
        .proof(
            group
                .values
                .first()
                .and_then(proofs::json)
                .and_then(|sent| proofs::answer(client, [(property, Some(sent))])),
        )
        .field(context, link.upper, pair.upper, "values known here")
        .field(context, link.lower, pair.lower, "values sent here");
    Some(draft)
}

/// The one value that the client's type has, of those that the API sends. Such a type does not lag behind an enumeration: it is one
/// member of a union, or an endpoint's own case, and says so on purpose.
fn narrowed(group: &Group<'_>) -> Option<String> {
    let sets = group.places.first()?;
    match &*sets.client {
        [only] if sets.api.contains(only) => Some(only.plain()),
        _ => None,
    }
}
