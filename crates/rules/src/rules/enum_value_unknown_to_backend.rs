//! A value that the client can send and the API refuses.

use alignment_model::name::NameKey;
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
    name: "enum-value-unknown-to-backend",
    summary: "a request type allows a value that the API refuses",
    group: "enum",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for group in
        by_type(context, value_sets(context, Direction::Write), |sets| beyond(&sets.client, &sets.api))
    {
        if let Some(draft) = draft(context, &group) {
            findings.add(with_others(context, draft, &group));
        }
    }
}

fn draft(context: &Context<'_>, group: &Group<'_>) -> Option<Draft> {
    let Sets { link, pair, api, client: client_values } = group.places.first()?;
    let (field, property) = fields(context, link, pair)?;
    let (schema, client) = entities(context, link);
    let plain: Vec<String> = group.values.iter().map(Value::plain).collect();
    let names = listed(plain.iter().map(String::as_str));
    let message = format!(
        "{} can be {names}, which {} refuses: such a request fails with 422",
        quoted(client, property),
        quoted(schema, field)
    );
    // Where the client spells a value of the API differently, or shares none, every use fails; a value that the API does not have
    // may be one that the client never sends here.
    let severity =
        if is_misspelt(&group.values, api, client_values) { Severity::Error } else { Severity::Warning };
    let draft = Draft::over_pair(context, link, pair, severity, message)
        .direction(Direction::Write)
        .help("take the values off the client's type, or accept them in the request schema")
        .witness(format!(
            "the body `{{\"{}\": \"{}\"}}` is refused",
            property.name,
            plain.first().map_or("", String::as_str)
        ))
        .proof(
            group
                .values
                .first()
                .and_then(proofs::json)
                .and_then(|sent| proofs::body(schema, field, Some(sent))),
        )
        .field(context, link.upper, pair.upper, "values sent here")
        .field(context, link.lower, pair.lower, "values accepted here");
    Some(draft)
}

/// Whether a refused value is one of the API's in another spelling, or the two sets have nothing in common.
fn is_misspelt(refused: &[Value], api: &[Value], client: &[Value]) -> bool {
    let words = |value: &Value| NameKey::new(&value.plain());
    refused.len() == client.len()
        || refused.iter().any(|refused| api.iter().any(|known| words(known) == words(refused)))
}
