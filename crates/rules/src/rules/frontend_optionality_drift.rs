//! A request that leaves out what the API requires.

use alignment_graph::{Link, LinkKind};
use alignment_model::entity::{Detail, Field, FieldKind, Presence};
use alignment_model::project::KeyConversion;
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use super::field_case_mismatch::is_told;
use super::frontend_field_unknown::hides_a_key;
use crate::draft::Draft;
use crate::places::{entities, field, fields, is_shown, listed, quoted};
use crate::proofs;
use crate::spelling::misspelt;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "frontend-optionality-drift",
    summary: "a request type leaves out, or lets leave out, what the API requires",
    group: "frontend",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let links = context.graph.links(LinkKind::Delivers);
    for link in links.filter(|link| {
        is_shown(link) && link.flow.write && !link.passages.is_empty() && !link.pairs.is_empty()
    }) {
        for pair in &link.pairs {
            let Some((field, property)) = fields(context, link, pair) else { continue };
            if is_required(field) && property.presence == Known::Is(Presence::Optional) {
                findings.add(optional(context, link, pair, field, property));
            }
        }
        missing(context, link, findings);
    }
}

fn is_required(field: &Field) -> bool {
    field.kind == FieldKind::Field && field.presence == Known::Is(Presence::Required)
}

fn optional(
    context: &Context<'_>,
    link: &Link,
    pair: &alignment_graph::Pair,
    field: &Field,
    property: &Field,
) -> Draft {
    let (schema, client) = entities(context, link);
    let message = format!(
        "{} may be left out, {} is required: a request without it fails with 422",
        quoted(client, property),
        quoted(schema, field)
    );
    // The type allows the request; whether the code that fills it ever leaves the property out is not seen.
    Draft::over_pair(context, link, pair, Severity::Info, message)
        .direction(Direction::Write)
        .help(format!("drop the `?` of `{}`, or give the field a default", property.name))
        .witness(format!("a body without `{}` is refused: Field required", property.name))
        .proof(proofs::body(schema, field, None))
        .field(context, link.upper, pair.upper, "may be left out here")
        .field(context, link.lower, pair.lower, "required here")
}

/// Required fields that the client's type does not have at all.
fn missing(context: &Context<'_>, link: &Link, findings: &mut Findings) {
    let (schema, client) = entities(context, link);
    let open = matches!(&client.detail, Detail::Client(detail) if detail.open);
    if open || link.keys == KeyConversion::Unknown {
        return;
    }
    // What only its spelling keeps from a key is told as that.
    let misspelt = misspelt(context, link);
    let told_as =
        |at: u32| misspelt.iter().any(|one| one.field == at && is_told(context, findings, link, one));
    let lacking: Vec<u32> =
        link.unpaired_lower(context.graph.project()).into_iter().filter(|at| !told_as(*at)).collect();
    let required = lacking
        .into_iter()
        .filter_map(|at| Some((at, field(context, link.lower, at).filter(|field| is_required(field))?)));
    let required: Vec<(u32, &Field)> = required.collect();
    if !client.completeness.is_complete() || hides_a_key(schema) {
        required.iter().for_each(|_| findings.withhold(link.upper));
    } else if !required.is_empty() {
        findings.add(absent(context, link, &required));
    }
}

/// One story of all that a type does not have: one change mends it.
fn absent(context: &Context<'_>, link: &Link, required: &[(u32, &Field)]) -> Draft {
    let (schema, client) = entities(context, link);
    let key = |field: &Field| field.wire_name.is().unwrap_or(&field.name).to_string();
    let keys: Vec<String> = required.iter().map(|(_, field)| key(field)).collect();
    let which = match required {
        [(_, field)] => format!("`{}`, which {} requires", key(field), quoted(schema, field)),
        _ => format!("{}, which `{}` requires", listed(keys.iter().map(String::as_str)), schema.name),
    };
    let message = format!("`{}` has no {which}: every such request fails with 422", client.name);
    let draft = Draft::over(context, link, Severity::Error, message)
        .direction(Direction::Write)
        .help(match required {
            [_] => "add it to the type, or give the field a default",
            _ => "add them to the type, or give the fields defaults",
        })
        .gathers(keys.iter().map(|key| format!("{}.{key} to {}", client.name, schema.name)))
        .witness(format!(
            "a body of type `{}` is refused: {}: Field required",
            client.name,
            required.iter().map(|(_, field)| &*field.name).collect::<Vec<_>>().join(", ")
        ))
        .proof(required.first().and_then(|(_, field)| proofs::body(schema, field, None)))
        .end(context, link.upper, format!("no {}", listed(keys.iter().map(String::as_str))));
    required.iter().fold(draft, |draft, (at, _)| draft.field(context, link.lower, *at, "required here"))
}
