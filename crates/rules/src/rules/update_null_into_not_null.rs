//! An update that carries an explicit null into a column that refuses it.

use alignment_model::project::WriteKind;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::listed;
use crate::writes::{Written, null_writes};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "update-null-into-not-null",
    summary: "an update takes null for a field whose column is NOT NULL",
    group: "schema",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for mut found in null_writes(context, WriteKind::Update) {
        // Where leaving a field out already breaks, that is the finding.
        if found.carried.iter().any(|carried| carried.by_default()) {
            found.carried.retain(|carried| carried.by_default());
        }
        findings.add(draft(context, &found));
    }
}

/// An UPDATE writes None as NULL whatever the defaults are (see `column-nullability-drift`).
fn draft(context: &Context<'_>, found: &Written<'_>) -> Draft {
    let ((model, below), (schema, above)) = (found.model, found.schema);
    let names = listed(found.carried.iter().map(|carried| &*carried.field.name));
    let by_default = found.carried.iter().any(|carried| carried.by_default());
    let (severity, how) = if by_default {
        (
            Severity::Error,
            "a request that leaves it out fails, since fields that were not given are written too",
        )
    } else {
        (Severity::Warning, "an explicit null passes validation and fails at flush")
    };
    let message = format!(
        "{names} of `{}` may be None, and `{}` takes over what it holds into NOT NULL columns: {how}",
        above.name, below.name
    );
    let (help, witness) = if by_default {
        (
            "dump with `exclude_unset=True`",
            format!("`{}` with `{{}}`; flush: {}", found.operation.name, found.answer()),
        )
    } else {
        (
            "dump with `exclude_none=True`, or refuse null with a validator (a default of None is not validated)",
            format!("{} passes validation; flush: {}", found.body(), found.answer()),
        )
    };
    let draft = Draft::new(severity, message).direction(Direction::Write).help(help).witness(witness);
    let draft = draft.gathers_of(&above.name, found.carried.iter().map(|carried| &*carried.field.name));
    let draft = found.carried.iter().fold(draft, |draft, carried| {
        draft.field(context, schema, carried.upper, "None is legal here").field(
            context,
            model,
            carried.lower,
            "NOT NULL here",
        )
    });
    draft.place(found.place())
}
