//! A table that the code makes and a running database lacks.

use alignment_model::Severity;
use alignment_model::project::Standing;

use super::Definition;
use crate::agreement::lacks;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "table-not-in-running-database",
    summary: "the database given with `--database` lacks a table that migrations or the declared schema make",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for lack in lacks(context, Standing::Running) {
        lack.tables_into(findings);
    }
}
