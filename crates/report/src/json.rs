//! For programs: everything, as one line of JSON (version 1). Fields are added within a version, never changed or removed. Times are
//! left out, so that the same input gives the same bytes. `findings` are broken chains, each told once; what a chain shows elsewhere is in
//! the `symptoms` of its finding, with rule, words and places of its own, and is counted in `summary.symptoms` alone.

use std::collections::BTreeMap;
use std::io;

use alignment_model::analysis::{
    Analysis, Coverage, DatabaseCoverage, DocumentCoverage, EdgeCoverage, LayerCoverage, Revision,
    RevisionComparison, Suppressed,
};
use alignment_model::finding::{End, Finding, Step};
use alignment_model::fix::{Edit, Fix, NewFile};
use alignment_model::problem::Problem;
use alignment_model::{Severity, Span};
use serde::Serialize;

use crate::places::{ColumnUnit, Places, Region};
use crate::{Report, View};

/// Writes the report.
pub(crate) fn write(report: &Report<'_>, _view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::new(report.sources);
    let analysis = report.analysis;
    let document = Document {
        version: 1,
        summary: summary(analysis),
        comparison: report.comparison.map(|comparison| comparison_json(comparison, analysis)),
        coverage: coverage_json(&analysis.coverage),
        problems: analysis.problems.iter().map(|problem| problem_json(problem, &places)).collect(),
        findings: analysis.findings.iter().map(|finding| finding_json(finding, &places)).collect(),
        suppressed: analysis
            .suppressed
            .iter()
            .map(|suppressed| suppressed_json(suppressed, &places))
            .collect(),
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<ComparisonJson<'a>>,
    coverage: CoverageJson<'a>,
    problems: Vec<ProblemJson<'a>>,
    findings: Vec<FindingJson<'a>>,
    suppressed: Vec<SuppressedJson<'a>>,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    symptoms: usize,
    /// Lighter than what was asked for.
    left_out: usize,
    rules: BTreeMap<&'static str, usize>,
}

fn summary(analysis: &Analysis) -> Summary {
    let mut rules = BTreeMap::new();
    for finding in &analysis.findings {
        *rules.entry(finding.rule).or_default() += 1;
    }
    Summary {
        errors: analysis.count(Severity::Error),
        warnings: analysis.count(Severity::Warning),
        infos: analysis.count(Severity::Info),
        suppressed: analysis.suppressed.len(),
        symptoms: analysis.symptoms(),
        left_out: analysis.left_out,
        rules,
    }
}

/// Against what the findings are new. Those that are fixed have their places in the base.
#[derive(Serialize)]
struct ComparisonJson<'a> {
    base: RevisionJson<'a>,
    head: RevisionJson<'a>,
    new: usize,
    existing: usize,
    fixed: Vec<FindingJson<'a>>,
    lost: Vec<LostJson<'a>>,
}

#[derive(Serialize)]
struct LostJson<'a> {
    reason: &'a str,
    finding: FindingJson<'a>,
}

#[derive(Serialize)]
struct RevisionJson<'a> {
    name: &'a str,
    commit: Option<&'a str>,
}

fn comparison_json<'a>(comparison: &'a RevisionComparison, analysis: &Analysis) -> ComparisonJson<'a> {
    let places = Places::new(&comparison.base_sources);
    let revision =
        |revision: &'a Revision| RevisionJson { name: &revision.name, commit: revision.commit.as_deref() };
    ComparisonJson {
        base: revision(&comparison.base),
        head: revision(&comparison.head),
        new: analysis.findings.len(),
        existing: comparison.known.len(),
        fixed: comparison.fixed.iter().map(|finding| finding_json(finding, &places)).collect(),
        lost: comparison
            .lost
            .iter()
            .map(|lost| LostJson { reason: &lost.reason, finding: finding_json(&lost.finding, &places) })
            .collect(),
    }
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    fingerprint: String,
    message: &'a str,
    help: Option<&'a str>,
    /// The one change that mends it, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixJson<'a>>,
    direction: &'static str,
    ends: Vec<EndJson<'a>>,
    path: Vec<StepJson<'a>>,
    witness: Option<&'a str>,
    /// What the same broken chain shows elsewhere, each as a finding without symptoms.
    symptoms: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FixJson<'a> {
    title: &'a str,
    edits: Vec<EditJson<'a>>,
    new_files: Vec<NewFileJson<'a>>,
}

#[derive(Serialize)]
struct EditJson<'a> {
    file: &'a str,
    start: PositionJson,
    end: PositionJson,
    replacement: &'a str,
}

#[derive(Serialize)]
struct PositionJson {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct NewFileJson<'a> {
    file: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct EndJson<'a> {
    layer: &'static str,
    entity: &'a str,
    qualname: &'a str,
    table: Option<&'a str>,
    field: Option<&'a str>,
    label: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(Serialize)]
struct StepJson<'a> {
    layer: &'static str,
    entity: &'a str,
    field: Option<&'a str>,
    #[serde(flatten)]
    place: Place<'a>,
    reason: &'a str,
    confidence: &'static str,
}

#[derive(Serialize)]
struct SuppressedJson<'a> {
    #[serde(flatten)]
    finding: FindingJson<'a>,
    reason: &'a str,
    by: Option<Place<'a>>,
}

#[derive(Serialize)]
struct ProblemJson<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(flatten)]
    place: Option<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

fn place<'a>(span: Span, places: &Places<'a>) -> Place<'a> {
    let position = places.position(span);
    Place { file: places.path(span.file), line: position.line, column: position.column }
}

fn finding_json<'a>(finding: &'a Finding, places: &Places<'a>) -> FindingJson<'a> {
    FindingJson {
        rule: finding.rule,
        severity: finding.severity.key(),
        confidence: finding.confidence.key(),
        fingerprint: finding.fingerprint(),
        message: &finding.message,
        help: finding.help.as_deref(),
        fix: finding.fix.as_ref().map(|fix| fix_json(fix, places)),
        direction: finding.direction.key(),
        ends: finding.ends.iter().map(|end| end_json(end, places)).collect(),
        path: finding.path.iter().map(|step| step_json(step, places)).collect(),
        witness: finding.witness.as_deref(),
        symptoms: finding.symptoms.iter().map(|symptom| finding_json(symptom, places)).collect(),
    }
}

fn fix_json<'a>(fix: &'a Fix, places: &Places<'a>) -> FixJson<'a> {
    let edit = |edit: &'a Edit| {
        let Region { start, end } = places.whole(edit.range.in_file(edit.file), ColumnUnit::Characters);
        EditJson {
            file: places.path(edit.file),
            start: PositionJson { line: start.line, column: start.column },
            end: PositionJson { line: end.line, column: end.column },
            replacement: &edit.replacement,
        }
    };
    let file = |file: &'a NewFile| NewFileJson { file: &file.path, text: &file.text };
    FixJson {
        title: &fix.title,
        edits: fix.edits.iter().map(edit).collect(),
        new_files: fix.new_files.iter().map(file).collect(),
    }
}

fn end_json<'a>(end: &'a End, places: &Places<'a>) -> EndJson<'a> {
    EndJson {
        layer: end.layer.key(),
        entity: &end.entity,
        qualname: &end.qualname,
        table: end.table.as_deref(),
        field: end.field.as_deref(),
        label: &end.label,
        place: place(end.span, places),
    }
}

fn step_json<'a>(step: &'a Step, places: &Places<'a>) -> StepJson<'a> {
    StepJson {
        layer: step.layer.key(),
        entity: &step.entity,
        field: step.field.as_deref(),
        place: place(step.span, places),
        reason: &step.reason,
        confidence: step.confidence.key(),
    }
}

fn suppressed_json<'a>(suppressed: &'a Suppressed, places: &Places<'a>) -> SuppressedJson<'a> {
    SuppressedJson {
        finding: finding_json(&suppressed.finding, places),
        reason: &suppressed.reason,
        by: suppressed.by.map(|span| place(span, places)),
    }
}

fn problem_json<'a>(problem: &'a Problem, places: &Places<'a>) -> ProblemJson<'a> {
    ProblemJson {
        kind: problem.kind.key(),
        message: &problem.message,
        place: problem.span.map(|span| place(span, places)),
    }
}

#[derive(Serialize)]
struct CoverageJson<'a> {
    files_seen: usize,
    files_parsed: usize,
    bytes_parsed: usize,
    layers: Vec<LayerJson<'a>>,
    edges: Vec<EdgeJson>,
    database: Vec<DatabaseJson<'a>>,
    documents: Vec<DocumentJson<'a>>,
    models: ModelsJson,
    calls: CallsJson,
}

#[derive(Serialize)]
struct LayerJson<'a> {
    layer: &'static str,
    entities: usize,
    complete: usize,
    fields: usize,
    unknown: BTreeMap<&'static str, usize>,
    incomplete: Vec<IncompleteJson<'a>>,
}

#[derive(Serialize)]
struct IncompleteJson<'a> {
    reason: &'a str,
    entities: usize,
}

#[derive(Serialize)]
struct EdgeJson {
    lower: &'static str,
    upper: &'static str,
    linked: usize,
    drifted: usize,
    lower_unlinked: usize,
    upper_unlinked: usize,
    fields_compared: usize,
}

#[derive(Serialize)]
struct DatabaseJson<'a> {
    kind: &'a str,
    path: &'a str,
    steps: usize,
    heads: &'a [String],
    unmodelled: usize,
}

/// An OpenAPI document and what it is to the repository.
#[derive(Serialize)]
struct DocumentJson<'a> {
    path: &'a str,
    specification: &'a str,
    standing: &'static str,
    operations: usize,
    schemas: usize,
    described: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<&'a str>,
}

/// Models by scope; null where it is not known.
#[derive(Serialize)]
struct ModelsJson {
    declared: usize,
    application: Option<usize>,
    migrations: Option<usize>,
}

#[derive(Serialize)]
struct CallsJson {
    found: usize,
    known: usize,
    matched: usize,
    typed: usize,
}

fn coverage_json(coverage: &Coverage) -> CoverageJson<'_> {
    let calls = coverage.calls;
    CoverageJson {
        files_seen: coverage.files_seen,
        files_parsed: coverage.files_parsed,
        bytes_parsed: coverage.bytes_parsed,
        layers: coverage.layers.iter().map(layer_json).collect(),
        edges: coverage.edges.iter().map(edge_json).collect(),
        database: coverage.database.iter().map(database_json).collect(),
        documents: coverage.documents.iter().map(document_json).collect(),
        models: ModelsJson {
            declared: coverage.models.declared,
            application: coverage.models.application,
            migrations: coverage.models.migrations,
        },
        calls: CallsJson {
            found: calls.found,
            known: calls.known,
            matched: calls.matched,
            typed: calls.typed,
        },
    }
}

fn layer_json(layer: &LayerCoverage) -> LayerJson<'_> {
    LayerJson {
        layer: layer.layer.key(),
        entities: layer.entities,
        complete: layer.complete,
        fields: layer.fields,
        unknown: layer.unknown.iter().map(|(why, n)| (why.phrase(), *n)).collect(),
        incomplete: layer
            .incomplete
            .iter()
            .map(|(reason, n)| IncompleteJson { reason, entities: *n })
            .collect(),
    }
}

fn edge_json(edge: &EdgeCoverage) -> EdgeJson {
    EdgeJson {
        lower: edge.lower.key(),
        upper: edge.upper.key(),
        linked: edge.linked,
        drifted: edge.drifted,
        lower_unlinked: edge.lower_unlinked,
        upper_unlinked: edge.upper_unlinked,
        fields_compared: edge.fields_compared,
    }
}

fn database_json(source: &DatabaseCoverage) -> DatabaseJson<'_> {
    DatabaseJson {
        kind: &source.kind,
        path: &source.path,
        steps: source.steps,
        heads: &source.heads,
        unmodelled: source.unmodelled,
    }
}

fn document_json(document: &DocumentCoverage) -> DocumentJson<'_> {
    DocumentJson {
        path: &document.path,
        specification: &document.specification,
        standing: document.standing,
        operations: document.operations,
        schemas: document.schemas,
        described: document.described,
        unread: document.unread.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use alignment_model::Severity;

    use crate::sample::{HOSTILE_PATH, finding, written};

    #[test]
    fn the_document_is_one_line_with_every_part() {
        let out = written("json", |s| vec![finding(s, "some-rule", Severity::Error, true)], None);
        assert_eq!(out.matches('\n').count(), 1);
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["version"], 1);
        assert_eq!(document["summary"]["rules"]["some-rule"], 1);
        assert_eq!(document["coverage"]["edges"][0]["fields_compared"], 3);
        assert_eq!(document["problems"][0]["kind"], "unreadable");
        assert_eq!(document["suppressed"][0]["by"]["line"], 1);
        let finding = &document["findings"][0];
        let end = &finding["ends"][0];
        assert_eq!(
            (end["file"].as_str(), end["line"].as_u64(), end["column"].as_u64()),
            (Some(HOSTILE_PATH), Some(2), Some(3))
        );
        assert_eq!(finding["ends"][1]["table"], "users");
        assert_eq!(finding["path"][0]["reason"], "the call at `/users` says so");
        assert!(document.get("timings").is_none(), "times would make equal runs differ");
    }
}
