//! A decimal that travels as a string to a client that calculates with it.

use alignment_graph::{Link, Pair};
use alignment_model::entity::Field;
use alignment_model::{Direction, Severity, Span};

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
    // What one pair of types has is one finding: one change mends it. What weighs less is told apart.
    let mut of_types: Vec<(&Link, Severity, Vec<Decimal<'_>>)> = Vec::new();
    for (link, pair, mismatch) in mismatches(context) {
        let (true, Some((field, property))) =
            (mismatch.decimal && link.flow.read, fields(context, link, pair))
        else {
            continue;
        };
        let one = Decimal::new(context, link, pair, field, property);
        let mut known = of_types.iter_mut();
        match known.find(|(other, severity, _)| std::ptr::eq(*other, link) && *severity == one.severity()) {
            Some((.., list)) => list.push(one),
            None => of_types.push((link, one.severity(), vec![one])),
        }
    }
    for (link, _, list) in of_types {
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
    /// The line that needs a number.
    breaks: Option<Span>,
    unread: bool,
}

impl<'c> Decimal<'c> {
    fn new(
        context: &Context<'_>,
        link: &Link,
        pair: &'c Pair,
        field: &'c Field,
        property: &'c Field,
    ) -> Self {
        let (_, client) = entities(context, link);
        let breaks = context.client.needs_number(client, &property.name);
        let unread = breaks.is_none() && context.client.used(client, &property.name) == Use::Unread;
        Self { pair, field, property, breaks, unread }
    }

    /// An error where a line adds it, or asks a number's method of it; other arithmetic and formatters make a number of the text.
    fn severity(&self) -> Severity {
        match self.breaks {
            Some(_) => Severity::Error,
            None if self.unread => Severity::Info,
            None => Severity::Warning,
        }
    }

    fn consequence(&self) -> &'static str {
        if self.breaks.is_some() { "sums concatenate" } else { "a sum would concatenate" }
    }
}

fn message(context: &Context<'_>, link: &Link, list: &[Decimal<'_>]) -> String {
    let (schema, client) = entities(context, link);
    let names = listed(list.iter().map(|one| &*one.field.name));
    format!(
        "{names} of `{}` are Decimals and travel as strings, `{}` says number: {}",
        schema.name,
        client.name,
        list.first().map_or("", Decimal::consequence)
    )
}

fn draft(context: &Context<'_>, link: &Link, one: &Decimal<'_>) -> Draft {
    let (schema, client) = entities(context, link);
    let Decimal { pair, field, property, breaks, .. } = *one;
    let message = format!(
        "{} is a Decimal and travels as a string, {} says number: {}",
        quoted(schema, field),
        quoted(client, property),
        one.consequence()
    );
    let draft = Draft::over_pair(context, link, pair, one.severity(), message)
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
    let line = |span| use_end(context, link.upper, "needs a number", span);
    breaks.into_iter().fold(draft, |draft, span| draft.place(line(span)))
}
