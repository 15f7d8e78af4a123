//! A label that a model can store and its column refuses.

use alignment_model::shape::Value;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::compare::labels::Labels;
use crate::persistence::{Persistence, Strictness};
use crate::places::listed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "enum-value-missing-in-database",
    summary: "an enumeration of the models has a value that the column refuses",
    group: "enum",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let strictness = Strictness::of(context.graph.project());
    for mapped in Persistence::new(context).mapped_columns() {
        let Some(labels) = Labels::of(mapped.column, mapped.attribute) else { continue };
        let refused: Vec<String> = labels.refused().into_iter().map(Value::plain).collect();
        // Names against values are another matter.
        let Some(first) = refused.first().filter(|_| labels.swapped().is_empty()) else { continue };
        // A check holds everywhere, a type only where the database has enumerations.
        let weight = if labels.native {
            strictness.weight(mapped.table(), Severity::Error)
        } else {
            Some(Severity::Error)
        };
        let Some(weight) = weight else { continue };
        // Statements that were not understood may have added a label.
        if !mapped.table().completeness.is_complete() {
            findings.withhold(mapped.link.lower);
            continue;
        }
        let taken: Vec<String> = labels.taken.iter().flatten().map(Value::plain).collect();
        let message = format!(
            "{} can be {}, which {} refuses: it takes {}",
            mapped.attribute_name(),
            listed(refused.iter().map(String::as_str)),
            mapped.column_name(),
            listed(taken.iter().map(String::as_str))
        );
        let (what, refusal) = if labels.native {
            ("the database type", format!("invalid input value for enum: \"{first}\""))
        } else {
            ("the check", "the row violates the check constraint".to_owned())
        };
        let draft = mapped
            .draft(weight, message)
            .direction(Direction::Write)
            .gathers(mapped.values(&refused))
            .help(format!("add the values to {what} with a migration, or take the members away"))
            .witness(format!(
                "`{}({}=...)` with the member stored as '{first}'; flush: {refusal}",
                mapped.model().name,
                mapped.attribute.name
            ));
        findings.add(mapped.ends(draft, "values that can be written", "values that are taken"));
    }
}
