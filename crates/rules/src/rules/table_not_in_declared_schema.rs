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
        let stale = lack.is_stale();
        if stale {
            findings.add(lack.stale());
        }
        for id in lack.tables.iter().filter(|id| !stale || lack.accepts(**id, None)) {
            findings.add(lack.table(*id));
        }
        lack.withhold(findings);
    }
}
