//! A decimal that travels as a string to a client that calculates with it.

use alignment_graph::{Link, Pair};
use alignment_model::entity::Field;
use alignment_model::{Direction, Severity};

use super::Definition;
use super::frontend_type_drift::mismatches;
use crate::draft::Draft;
use crate::places::{entities, fields, listed, quoted};
use crate::proofs;
use crate::uses::{Use, use_end};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "decimal-as-number",
    summary: "Pydantic sends a Decimal as a string, the client type says number",
    group: "frontend",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    // What one pair of types has is one finding: one change mends it.
    let mut of_types: Vec<(&Link, Vec<Decimal<'_>>)> = Vec::new();
    for (link, pair, mismatch) in mismatches(context) {
        let (true, Some((field, property))) =
            (mismatch.decimal && link.flow.read, fields(context, link, pair))
        else {
            continue;
        };
        let one = Decimal { pair, field, property };
        match of_types.last_mut().filter(|(last, _)| std::ptr::eq(*last, link)) {
            Some((_, list)) => list.push(one),
            None => of_types.push((link, vec![one])),
        }
    }
    for (link, list) in of_types {
        let mut drafts = list.iter().map(|one| draft(context, link, one));
        let Some(first) = drafts.next() else { continue };
        let rest: Vec<Draft> = drafts.collect();
        findings.add(match list.len() {
            1 => first,
            _ => first.together(rest, message(context, link, &list)),
        });
    }
}

/// A decimal of a schema and the number that a type says instead.
struct Decimal<'c> {
    pair: &'c Pair,
    field: &'c Field,
    property: &'c Field,
}

fn message(context: &Context<'_>, link: &Link, list: &[Decimal<'_>]) -> String {
    let (schema, client) = entities(context, link);
    let names = listed(list.iter().map(|one| &*one.field.name));
    format!(
        "{names} of `{}` are Decimals and travel as strings, `{}` says number: sums concatenate",
        schema.name, client.name
    )
}

fn draft(context: &Context<'_>, link: &Link, one: &Decimal<'_>) -> Draft {
    let (schema, client) = entities(context, link);
    let Decimal { pair, field, property } = *one;
    let message = format!(
        "{} is a Decimal and travels as a string, {} says number: sums concatenate",
        quoted(schema, field),
        quoted(client, property)
    );
    // A number's own methods are none of a text, and what is added to one is written behind it; other arithmetic converts.
    let used = context.client.used(client, &property.name);
    let breaks = match used {
        Use::Breaks(span) => Some((span, "a string has no such member")),
        _ => context.client.sums(client, &property.name).map(|span| (span, "concatenates")),
    };
    let severity = match (used, breaks) {
        (_, Some(_)) => Severity::Error,
        (Use::Unread, _) => Severity::Info,
        _ => Severity::Warning,
    };
    let draft = Draft::over_pair(context, link, pair, severity, message)
        .direction(Direction::Read)
        .help("declare `string` and convert, or send a float with a serializer where digits do not matter")
        .witness(format!(
            "`{{\"{}\": \"12.50\"}}` arrives; `x.{} + 1` is \"12.501\"",
            property.name, property.name
        ))
        .proof(proofs::answer(client, [(property, Some("\"12.50\"".to_owned()))]))
        .gathers([format!("{}.{} from {}", client.name, property.name, schema.name)])
        .field(context, link.upper, pair.upper, "a string arrives here")
        .field(context, link.lower, pair.lower, "a Decimal");
    breaks
        .into_iter()
        .fold(draft, |draft, (span, label)| draft.place(use_end(context, link.upper, label, span)))
}
