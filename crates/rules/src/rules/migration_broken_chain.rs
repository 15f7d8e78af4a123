//! A chain of migrations that cannot be applied.

use alignment_model::Severity;
use alignment_model::finding::End;
use alignment_model::project::{ChainFault, ChainFaultKind, DatabaseSource};
use alignment_model::proof::Proof;

use super::Definition;
use super::migration_multiple_heads::is_broken;
use crate::draft::Draft;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "migration-broken-chain",
    summary: "a revision builds on one that does not exist, has a twin, or is part of a circle",
    group: "chain",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for source in &context.graph.project().database_sources {
        let Some(graph) = &source.revisions else { continue };
        // What is cut off lacks everything before it, which need not be said once more.
        let cut = is_broken(graph);
        for fault in
            graph.faults.iter().filter(|fault| !cut || fault.kind != ChainFaultKind::NeedsOtherBranch)
        {
            findings.add(draft(source, fault));
        }
    }
}

/// Each fault in words of its own: the same command fails, but for another reason and with another cure.
fn draft(source: &DatabaseSource, fault: &ChainFault) -> Draft {
    let ChainFault { revision, other, .. } = fault;
    let (message, help, witness, label) = match fault.kind {
        ChainFaultKind::MissingParent => (
            format!(
                "revision `{revision}` builds on `{other}`, which does not exist: no migration of `{}` can run",
                source.path
            ),
            "restore the missing file, or point `down_revision` at a revision that exists".to_owned(),
            format!("`alembic upgrade head` fails: KeyError: '{other}'"),
            "builds on a revision that does not exist, and is analysed as if it had no parent",
        ),
        ChainFaultKind::MissingDependency => (
            format!(
                "revision `{revision}` depends on `{other}`, which does not exist: no migration of `{}` can run",
                source.path
            ),
            "restore the missing file, or correct `depends_on`".to_owned(),
            format!("`alembic upgrade head` fails: KeyError: '{other}'"),
            "depends on a revision that does not exist",
        ),
        ChainFaultKind::DuplicateId => (
            format!(
                "two files have the revision `{revision}`: Alembic keeps one of them and drops the other (this one is what is analysed here)"
            ),
            "give one of them a new identifier, and point what builds on it there".to_owned(),
            format!(
                "Alembic warns \"Revision {revision} is present more than once\" and one file's changes never run"
            ),
            "the same identifier as another file",
        ),
        ChainFaultKind::Cycle => (
            format!(
                "revision `{revision}` builds on `{other}`, which builds on it: the chain has no beginning"
            ),
            "break the circle by correcting one `down_revision`".to_owned(),
            format!("`alembic upgrade head` fails: Cycle is detected in revisions ({revision}, {other})"),
            "part of a circle, which is analysed after everything else",
        ),
        ChainFaultKind::NeedsOtherBranch => (
            format!(
                "revision `{revision}` needs what only `{other}` makes, and does not build on it: on an empty database it may run first and fail"
            ),
            format!("add `depends_on = \"{other}\"`, or merge the branches before it"),
            format!("`alembic upgrade heads` on an empty database runs `{revision}` before `{other}`"),
            "needs what another branch makes",
        ),
    };
    let mut draft = Draft::new(Severity::Error, message).help(help).witness(witness);
    if fault.kind != ChainFaultKind::NeedsOtherBranch {
        draft = draft.proof(Some(Proof::Revisions { folder: source.path.to_string(), heads: false }));
    }
    draft = draft.place(end(source, revision, label, fault.span));
    if let Some(span) = fault.other_span {
        draft = draft.place(end(source, other, "the other one", span));
    }
    draft
}

fn end(source: &DatabaseSource, revision: &str, label: &str, span: alignment_model::Span) -> End {
    End {
        layer: alignment_model::Layer::Database,
        entity: format!("revision {revision}"),
        qualname: format!("{}#{revision}", source.path),
        table: None,
        field: None,
        label: label.to_owned(),
        span,
        is_use: false,
    }
}
