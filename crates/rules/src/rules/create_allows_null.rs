//! A request that may say None where the row it makes must have a value.

use alignment_model::project::WriteKind;
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::listed;
use crate::proofs;
use crate::writes::{Written, null_writes};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "create-allows-null",
    summary: "a request may leave None where the row that is made from it must have a value",
    group: "schema",
    severity: Severity::Error,
    check,
};

/// An INSERT leaves a column with a default of the model out where the attribute is None, and writes NULL where there is no such
/// default, whatever the database would have filled in (see `column-nullability-drift`).
fn check(context: &Context<'_>, findings: &mut Findings) {
    for mut found in null_writes(context, WriteKind::Insert) {
        found.carried.retain(|carried| {
            carried.attribute.default == Known::Is(None)
                && carried.attribute.server_default == Known::Is(None)
        });
        if !found.carried.is_empty() {
            findings.add(draft(context, &found));
        }
    }
}

fn draft(context: &Context<'_>, found: &Written<'_>) -> Draft {
    let ((model, below), (schema, above)) = (found.model, found.schema);
    let names = listed(found.carried.iter().map(|carried| &*carried.field.name));
    let one = found.carried.len() == 1;
    let message = format!(
        "{names} of `{}` may be None, and `{}` is made from it: {} NOT NULL without a default, and the insert fails",
        above.name,
        below.name,
        if one { "the column is" } else { "the columns are" },
    );
    let draft = Draft::new(Severity::Error, message)
        .direction(Direction::Write)
        .help("require a value in the schema, give the attribute a default, or make the column nullable")
        .witness(format!("{} passes validation; flush: {}", found.body(), found.answer()))
        .proof(proofs::null_stored(found));
    let draft = draft.gathers_of(&above.name, found.carried.iter().map(|carried| &*carried.field.name));
    let draft = found.carried.iter().fold(draft, |draft, carried| {
        draft.field(context, schema, carried.upper, "None is legal here").field(
            context,
            model,
            carried.lower,
            "NOT NULL, no default",
        )
    });
    draft.place(found.place())
}
