//! A revision that makes tables as the models are now.

use alignment_model::Severity;
use alignment_model::schema_event::SchemaEventKind;

use super::Definition;
use crate::draft::Draft;
use crate::history::{author, event_end, histories};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "migration-self-referential",
    summary: "a revision makes its tables from the models (`create_all`), so that it agrees with them by construction",
    group: "chain",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for source in histories(context) {
        for event in source.events.iter().filter(|event| event.kind == SchemaEventKind::SelfReferential) {
            let message = format!(
                "{} makes tables as the models are now: a new database agrees with them by construction, an old one need not",
                author(event)
            );
            let draft = Draft::new(Severity::Warning, message)
                .help("write out the tables as they were at this revision (`op.create_table`)")
                .witness(
                    "a column that a model gets later, without a migration: a new database has it and every test passes, the deployed one lacks it",
                )
                .place(event_end(source, event, "not what this revision says, but what the models say now"));
            findings.add(draft);
        }
    }
}
