//! A decimal that travels as a string to a client that calculates with it.

use alignment_graph::{Link, Pair};
use alignment_model::entity::Field;
use alignment_model::{Direction, Severity};

use super::Definition;
use super::frontend_type_drift::mismatches;
use crate::draft::Draft;
use crate::places::{entities, fields, quoted};
use crate::proofs;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "decimal-as-number",
    summary: "Pydantic sends a Decimal as a string, the client type says number",
    group: "frontend",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (link, pair, mismatch) in mismatches(context) {
        if let (true, Some(ends)) = (mismatch.decimal && link.flow.read, fields(context, link, pair)) {
            findings.add(draft(context, link, pair, ends));
        }
    }
}

fn draft(context: &Context<'_>, link: &Link, pair: &Pair, (field, property): (&Field, &Field)) -> Draft {
    let (schema, client) = entities(context, link);
    let message = format!(
        "{} is a Decimal and travels as a string, {} says number: sums concatenate",
        quoted(schema, field),
        quoted(client, property)
    );
    Draft::over_pair(context, link, pair, Severity::Error, message)
        .direction(Direction::Read)
        .help("declare `string` and convert, or send a float with a serializer where digits do not matter")
        .witness(format!(
            "`{{\"{}\": \"12.50\"}}` arrives; `x.{} + 1` is \"12.501\"",
            property.name, property.name
        ))
        .proof(proofs::answer(client, [(property, Some("\"12.50\"".to_owned()))]))
        .field(context, link.upper, pair.upper, "a string arrives here")
        .field(context, link.lower, pair.lower, "a Decimal")
}
