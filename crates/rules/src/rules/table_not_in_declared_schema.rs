//! A table that migrations make and a declared schema lacks.

use alignment_model::Severity;
use alignment_model::project::Standing;

use super::Definition;
use crate::agreement::lacks;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "table-not-in-declared-schema",
    summary: "a schema file that claims to be whole lacks a table that migrations make",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for lack in lacks(context, Standing::Declared) {
        lack.tables_into(findings);
    }
}
