//! Kinds of JSON values that never meet: a string travels, a number is expected.

use alignment_graph::{Link, LinkKind, Pair, is_generated};
use alignment_model::entity::{Field, FieldKind};
use alignment_model::{Direction, Severity};

use super::Definition;
use super::frontend_field_unknown::is_required;
use crate::compare::wire::{Mismatch, Wire, refuses};
use crate::draft::Draft;
use crate::elsewhere::comes_first;
use crate::places::{entities, fields, is_shown, quoted};
use crate::proofs;
use crate::uses::Use;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "frontend-type-drift",
    summary: "the API carries another kind of JSON value than the client type says",
    group: "frontend",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (link, pair, mismatch) in mismatches(context) {
        // Decimals have a rule, a cause and a cure of their own.
        if mismatch.decimal {
            continue;
        }
        let Some((field, property)) = fields(context, link, pair) else { continue };
        findings.add(draft(context, link, pair, (field, property), &mismatch));
    }
}

/// Every pair of fields whose kinds never meet on the way it is used.
pub(super) fn mismatches<'c>(context: &'c Context<'_>) -> Vec<(&'c Link, &'c Pair, Mismatch)> {
    let mut out = Vec::new();
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link)) {
        let (schema, client) = entities(context, link);
        if is_generated(client) && link.passages.is_empty() {
            continue;
        }
        let wire = Wire::new(context.graph, schema);
        for pair in &link.pairs {
            let Some((field, property)) = fields(context, link, pair) else { continue };
            // A validator that sees a request first may turn what is sent into what the type takes.
            if property.kind == FieldKind::Method || !link.flow.read && field.converted {
                continue;
            }
            let carried = if link.flow.read { field.sent_type() } else { &field.ty };
            if let Some(mismatch) = wire.mismatch(&carried.shape, &property.ty.shape)
                && (link.flow.read || refuses(&carried.shape, &mismatch))
            {
                out.push((link, pair, mismatch));
            }
        }
    }
    out
}

fn draft(
    context: &Context<'_>,
    link: &Link,
    pair: &Pair,
    (field, property): (&Field, &Field),
    found: &Mismatch,
) -> Draft {
    let (schema, client) = entities(context, link);
    let within = if found.inside { " inside" } else { "" };
    let (carried, declared) = (found.carried.phrase(), found.declared.phrase());
    let (message, witness, direction, proof) = if link.flow.write {
        (
            format!(
                "{} is {declared}{within}, {} takes {carried}: {} fails with 422",
                quoted(client, property),
                quoted(schema, field),
                if is_required(property) { "the request" } else { "a request that has it" }
            ),
            format!("a body in which `{}` is {declared}{within} is refused", property.name),
            Direction::Write,
            proofs::body(schema, field, Some(found.declared.example().to_owned())),
        )
    } else {
        (
            format!(
                "{} travels as {carried}{within}, {} says {declared}",
                quoted(schema, field),
                quoted(client, property)
            ),
            format!(
                "`{{\"{}\": {}}}` arrives where {declared}{within} is promised",
                property.name, found.example
            ),
            Direction::Read,
            proofs::answer(client, [(property, Some(found.example.to_owned()))]),
        )
    };
    // What a body may lack is sent by some requests, or by none; what an answer brought is the API's own, whatever the type says.
    let is_doubtful =
        link.flow.write && (!is_required(property) || comes_first(context, link, pair.upper).is_some());
    let is_unread = || !link.flow.write && context.client.used(client, &property.name) == Use::Unread;
    let severity = match () {
        () if is_unread() => Severity::Info,
        () if is_doubtful => Severity::Warning,
        () => Severity::Error,
    };
    Draft::over_pair(context, link, pair, severity, message)
        .direction(direction)
        .help(format!("declare `{}` as what travels", property.name))
        .witness(witness)
        .proof(proof.filter(|_| !found.inside))
        .field(context, link.upper, pair.upper, format!("{declared} here"))
        .field(context, link.lower, pair.lower, format!("{carried} on the wire"))
}
