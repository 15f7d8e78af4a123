//! The result of one analysis, complete enough for every report: findings, what was covered, what was not, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::finding::Finding;
use crate::known::Why;
use crate::layer::{Layer, Severity};
use crate::problem::Problem;
use crate::source::{Sources, Span};

/// What one analysis found.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// Findings that count, in the order of [`Analysis::sort`].
    pub findings: Vec<Finding>,
    /// How many findings were left out because they are lighter than what was asked for.
    pub left_out: usize,
    /// Findings that the project silenced, with the reason it gives.
    pub suppressed: Vec<Suppressed>,
    /// What a rule keeps back because too much of the same kind differs to be an oversight. Never told; a comparison takes it for known,
    /// so that no change is blamed for the share that it crosses.
    pub withheld: Vec<Finding>,
    /// What was read, linked and compared.
    pub coverage: Coverage,
    /// What could not be read or resolved, in order of place.
    pub problems: Vec<Problem>,
    /// Time spent per stage, in the order of the stages.
    pub timings: Vec<(&'static str, Duration)>,
}

/// A silenced finding.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// The reason given.
    pub reason: String,
    /// The comment or configuration entry that silences it, if it has a place in a file that was read.
    pub by: Option<Span>,
}

/// What an analysis of changes was compared with. The findings of the analysis are then the new ones alone.
#[derive(Clone, Debug)]
pub struct RevisionComparison {
    /// What was before.
    pub base: Revision,
    /// What is judged.
    pub head: Revision,
    /// Findings that both have.
    pub known: Vec<Finding>,
    /// Findings that only the base has; their places are in its sources.
    pub fixed: Vec<Finding>,
    /// Findings of the base of which the head does not know enough to say whether they are fixed; their places are those of the base.
    pub lost: Vec<Lost>,
    /// Findings of the base that the head accepts, by fingerprint.
    pub accepted: BTreeSet<String>,
    /// The files of the base.
    pub base_sources: Sources,
}

/// A finding that can no longer be made, and not because anything was mended.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// The finding, as the base has it.
    pub finding: Finding,
    /// What is no longer known, as a phrase: "`app/models.py` is no longer read".
    pub reason: String,
}

/// One state of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// What people call it: `main`, `the work tree`.
    pub name: String,
    /// The full name of its commit, if it is one.
    pub commit: Option<String>,
}

impl Revision {
    /// `main (1a2b3c4d5e)`.
    pub fn shown(&self) -> String {
        const SHORT: usize = 10;
        match self.commit.as_deref().map(|commit| commit.get(..SHORT).unwrap_or(commit)) {
            Some(commit) if !self.name.starts_with(commit) => format!("{} ({commit})", self.name),
            _ => self.name.clone(),
        }
    }
}

/// What was read, linked and compared.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Files seen by the walk.
    pub files_seen: usize,
    /// Files parsed.
    pub files_parsed: usize,
    /// Bytes parsed.
    pub bytes_parsed: usize,
    /// Per layer, in order.
    pub layers: Vec<LayerCoverage>,
    /// Per pair of neighbouring layers, in order from storage to screen.
    pub edges: Vec<EdgeCoverage>,
    /// Sources of the database layer: kind, path, number of revisions or files, heads.
    pub database: Vec<DatabaseCoverage>,
    /// OpenAPI documents that stand in the repository.
    pub documents: Vec<DocumentCoverage>,
    /// Which of the models anything loads.
    pub models: ModelScope,
    /// Client calls: found, with a known path, matched with an operation.
    pub calls: CallCoverage,
}

/// The scope of "models": a class whose module nothing imports is never mapped, so every count of models is one of these three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelScope {
    /// Models that the files declare.
    pub declared: usize,
    /// Those whose module an application or a script imports; `None` where no application was found.
    pub application: Option<usize>,
    /// Those whose module the environment of the migrations imports; `None` where there is none, or it does not say.
    pub migrations: Option<usize>,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct LayerCoverage {
    /// The layer.
    pub layer: Layer,
    /// Entities found.
    pub entities: usize,
    /// Those whose fields are all known.
    pub complete: usize,
    /// Their fields.
    pub fields: usize,
    /// Facts that are not known (type, nullability, presence), counted by reason.
    pub unknown: BTreeMap<Why, usize>,
    /// Why entities are incomplete: message and number of entities, most frequent first.
    pub incomplete: Vec<(String, usize)>,
}

/// Two neighbouring layers.
#[derive(Clone, Debug)]
pub struct EdgeCoverage {
    /// The layer nearer to storage.
    pub lower: Layer,
    /// The layer nearer to the screen.
    pub upper: Layer,
    /// Pairs of entities that are linked.
    pub linked: usize,
    /// Pairs that carry at least one finding.
    pub drifted: usize,
    /// Entities of the lower layer without a link.
    pub lower_unlinked: usize,
    /// Entities of the upper layer without a link.
    pub upper_unlinked: usize,
    /// Pairs of fields that were compared.
    pub fields_compared: usize,
}

/// One source of the database layer.
#[derive(Clone, Debug)]
pub struct DatabaseCoverage {
    /// `alembic`, `sql-schema`, ...
    pub kind: String,
    /// Folder or file.
    pub path: String,
    /// Revisions or files.
    pub steps: usize,
    /// Heads, for Alembic.
    pub heads: Vec<String>,
    /// Statements not understood.
    pub unmodelled: usize,
}

/// One OpenAPI document.
#[derive(Clone, Debug)]
pub struct DocumentCoverage {
    /// Its file.
    pub path: String,
    /// The version of the specification it is written in.
    pub specification: String,
    /// What it is to the repository: [`DocumentStanding::key`](crate::api_document::DocumentStanding::key).
    pub standing: &'static str,
    /// Operations in it.
    pub operations: usize,
    /// Schemas in it.
    pub schemas: usize,
    /// Operations that code declares too.
    pub described: usize,
    /// Why it is not read.
    pub unread: Option<String>,
}

/// Calls of the client.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallCoverage {
    /// Calls found.
    pub found: usize,
    /// Those with a known method and path.
    pub known: usize,
    /// Those matched with an operation.
    pub matched: usize,
    /// Those that say what comes back.
    pub typed: usize,
}

impl Analysis {
    /// Puts findings into the order of every report: heaviest first, then surest, then by place, rule and message.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            let place = |finding: &Finding| finding.ends.first().map(|end| end.span);
            (b.severity, b.confidence)
                .cmp(&(a.severity, a.confidence))
                .then_with(|| place(a).cmp(&place(b)))
                .then_with(|| (a.rule, &a.message).cmp(&(b.rule, &b.message)))
        });
        self.problems.sort();
        self.problems.dedup();
    }

    /// Symptoms that stand under the findings.
    pub fn symptoms(&self) -> usize {
        self.findings.iter().map(|finding| finding.symptoms.len()).sum()
    }

    /// Number of findings of this weight.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
