//! A table or column that only one dialect's definition of a database has.

use alignment_model::Severity;

use super::Definition;
use crate::agreement::agreements;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "dialect-schema-drift",
    summary: "a table or column exists in one dialect's definition of the database only",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let agreements = agreements(context);
    let across = agreements.iter().filter(|one| one.left.dialect != one.right.dialect);
    for lack in across.flat_map(|agreement| agreement.lacks()) {
        lack.tables_into(findings);
        lack.columns_into(findings);
    }
}
