//! A chain of migrations with more than one end.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::Severity;
use alignment_model::finding::End;
use alignment_model::project::{ChainFaultKind, DatabaseSource, Revision, RevisionGraph};
use alignment_model::proof::Proof;

use super::Definition;
use crate::draft::Draft;
use crate::places::listed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "migration-multiple-heads",
    summary: "a chain of migrations has several heads, so `alembic upgrade head` stops",
    group: "chain",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for source in &context.graph.project().database_sources {
        if let Some(graph) = &source.revisions
            && graph.heads.len() > 1
            && !is_broken(graph)
            && !are_labelled_branches(graph)
        {
            findings.add(draft(source, graph));
        }
    }
}

fn draft(source: &DatabaseSource, graph: &RevisionGraph) -> Draft {
    let heads = listed(graph.heads.iter().map(|head| &**head));
    let message = format!(
        "`{}` has {} heads ({heads}): `alembic upgrade head` stops (what is analysed here is the schema with all of them)",
        source.path,
        graph.heads.len()
    );
    // Which revisions are heads changes with every migration; what is wrong is how many they are.
    let beyond = (2..=graph.heads.len()).map(|nth| format!("head {nth} of {}", source.name));
    let mut draft = Draft::new(Severity::Error, message)
        .gathers(beyond)
        .help(format!("run `alembic merge {}`", graph.heads.join(" ")))
        .witness(
            "`alembic upgrade head` fails: Multiple head revisions are present for given argument 'head'",
        )
        .proof(Some(Proof::Revisions { folder: source.path.to_string(), heads: true }));
    // Names of revision files mostly begin with a number or a date, so that the last is the newest: the one to look at.
    let mut heads: Vec<&Revision> =
        graph.order.iter().filter(|revision| graph.heads.contains(&revision.id)).collect();
    heads.sort_by_key(|revision| std::cmp::Reverse(revision.span));
    for revision in heads {
        draft = draft.place(revision_end(source, revision, "a head"));
    }
    draft
}

/// Whether the chain is cut: what is cut off has a head of its own, which is the same story (`migration-broken-chain`).
pub(super) fn is_broken(graph: &RevisionGraph) -> bool {
    graph.faults.iter().any(|fault| fault.kind != ChainFaultKind::NeedsOtherBranch)
}

/// A revision as an end of a finding.
pub(super) fn revision_end(source: &DatabaseSource, revision: &Revision, label: &str) -> End {
    End {
        layer: alignment_model::Layer::Database,
        entity: format!("revision {}", revision.id),
        qualname: format!("{}#{}", source.path, revision.id),
        table: None,
        field: None,
        label: label.to_owned(),
        span: revision.span,
        is_use: false,
    }
}

/// Whether every head ends a branch with a label of its own: then several heads are meant (Alembic 1.17, "Working with Branches").
fn are_labelled_branches(graph: &RevisionGraph) -> bool {
    let by_id: BTreeMap<&str, &Revision> =
        graph.order.iter().map(|revision| (&*revision.id, revision)).collect();
    let lines: Vec<BTreeSet<&str>> = graph.heads.iter().map(|head| line(&by_id, head)).collect();
    let own_label = |(at, line): (usize, &BTreeSet<&str>)| {
        let labelled =
            line.iter().filter(|id| by_id.get(**id).is_some_and(|revision| !revision.labels.is_empty()));
        let shared =
            |id: &str| lines.iter().enumerate().any(|(other, line)| other != at && line.contains(id));
        labelled.into_iter().any(|id| !shared(id))
    };
    lines.iter().enumerate().all(own_label)
}

/// A revision and everything it builds on.
fn line<'g>(by_id: &BTreeMap<&'g str, &'g Revision>, head: &'g str) -> BTreeSet<&'g str> {
    let mut open = vec![head];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if let Some(revision) = by_id.get(id).filter(|_| seen.insert(id)) {
            open.extend(revision.parents.iter().map(|parent| &**parent));
        }
    }
    seen
}
