//! What the page shows, as JSON: lists in place of objects where there are thousands, texts that repeat once.

use std::collections::{BTreeMap, HashMap};

use alignment_model::contract_map::{ContractLink, EntityContract, FieldContract};
use alignment_model::finding::{End, Finding, Step};
use alignment_model::{FileId, Layer, Span};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Report;
use crate::chains;
use crate::digest::Digest;
use crate::escape::terminal;
use crate::places::Places;
use crate::text::against;

/// Lines shown before and after the declaration at an end of a finding.
const CONTEXT: u32 = 2;
/// Characters of a line that are shown.
const LINE: usize = 200;

/// The report.
#[derive(Serialize)]
pub(super) struct Data {
    revision: Option<String>,
    totals: Value,
    layers: Vec<Value>,
    edges: Vec<Value>,
    rules: BTreeMap<&'static str, &'static str>,
    files: Vec<String>,
    /// Texts that repeat: promises of fields and reasons of links.
    texts: Vec<String>,
    entities: Vec<Value>,
    links: Vec<Value>,
    groups: Vec<Value>,
    findings: Vec<Value>,
    excerpts: Vec<Value>,
    problems: usize,
    /// "in the work tree against main (1a2b3c4d5e): ...", where findings are those that a change brings.
    against: Option<String>,
    /// What is no finding of this report: `[title, entries]`, an entry being `[severity, rule, message, place, note]`.
    aside: Vec<Value>,
}

pub(super) fn data(report: &Report<'_>) -> Data {
    let mut writer = Writer::new(report);
    let map = report.map;
    let (analysis, coverage) = (report.analysis, &report.analysis.coverage);
    let entities = map.entities.iter().map(|entity| writer.entity(entity)).collect();
    let links = map.links.iter().map(|link| writer.link(link)).collect();
    let groups = chains::groups(map);
    let digest = Digest::new(&analysis.findings);
    let order = digest.groups.iter().flat_map(|group| group.findings.iter().map(|(number, _)| *number));
    let order: Vec<usize> = order.collect();
    let findings = analysis.findings.iter().map(|finding| writer.finding(finding)).collect();
    let summary = |rule: &&'static str| report.summary_of(rule);
    let told = analysis.findings.iter().flat_map(Finding::told).map(|told| told.rule);
    Data {
        revision: report.revision.map(str::to_owned),
        totals: json!({
            "files": coverage.files_parsed,
            "errors": analysis.count(alignment_model::Severity::Error),
            "warnings": analysis.count(alignment_model::Severity::Warning),
            "notes": analysis.count(alignment_model::Severity::Info),
            "symptoms": analysis.symptoms(),
            "suppressed": analysis.suppressed.len(),
            "order": order,
        }),
        layers: Layer::ALL
            .iter()
            .map(|layer| {
                let counted = coverage.layers.iter().find(|one| one.layer == *layer);
                json!([layer.label(), counted.map_or(0, |one| one.entities)])
            })
            .collect(),
        edges: coverage
            .edges
            .iter()
            .map(|edge| json!([edge.lower as usize, edge.upper as usize, edge.linked, edge.drifted]))
            .collect(),
        rules: told.map(|rule| (rule, summary(&rule))).collect(),
        entities,
        links,
        groups: groups
            .iter()
            .map(|group| {
                let rows: Vec<Vec<usize>> =
                    group.rows.iter().map(|row| row.iter().flat_map(|at| [at.0, at.1]).collect()).collect();
                json!([group.entities, rows])
            })
            .collect(),
        findings,
        problems: analysis.problems.len(),
        against: report.comparison.map(|comparison| terminal(&against(comparison)).into_owned()),
        aside: aside(report),
        files: writer.files,
        texts: writer.texts,
        excerpts: writer.excerpts,
    }
}

/// What is fixed, what can no longer be compared, and what the project accepts, each with its reason.
fn aside(report: &Report<'_>) -> Vec<Value> {
    let entry = |places: &Places<'_>, finding: &Finding, note: &str| {
        let place = |end: &End| format!("{}:{}", places.path(end.span.file), places.line(end.span));
        let place = finding.ends.first().map(place).unwrap_or_default();
        let (severity, message) = (finding.severity as usize, terminal(&finding.message));
        json!([severity, finding.rule, message, terminal(&place), terminal(note)])
    };
    let mut lists: Vec<(&str, Vec<Value>)> = Vec::new();
    if let Some(comparison) = report.comparison {
        let places = Places::new(&comparison.base_sources);
        lists.push(("fixed", comparison.fixed.iter().map(|one| entry(&places, one, "")).collect()));
        let lost = comparison.lost.iter().map(|lost| entry(&places, &lost.finding, &lost.reason));
        lists.push(("no longer comparable", lost.collect()));
    }
    let places = Places::new(report.sources);
    let suppressed = report.analysis.suppressed.iter().map(|one| entry(&places, &one.finding, &one.reason));
    lists.push(("suppressed", suppressed.collect()));
    lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(title, list)| json!([title, list])).collect()
}

struct Writer<'a> {
    report: &'a Report<'a>,
    places: Places<'a>,
    files: Vec<String>,
    file_at: HashMap<FileId, usize>,
    texts: Vec<String>,
    text_at: HashMap<String, usize>,
    excerpts: Vec<Value>,
    excerpt_at: HashMap<(FileId, u32), usize>,
    entity_at: HashMap<(Layer, &'a str), usize>,
}

impl<'a> Writer<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        let named = report.map.entities.iter().enumerate().rev();
        Self {
            report,
            places: Places::new(report.sources),
            files: Vec::new(),
            file_at: HashMap::new(),
            texts: Vec::new(),
            text_at: HashMap::new(),
            excerpts: Vec::new(),
            excerpt_at: HashMap::new(),
            entity_at: named.map(|(at, entity)| ((entity.layer, &*entity.qualname), at)).collect(),
        }
    }

    /// File and line of a span; no file where the map has none.
    fn place(&mut self, span: Span) -> (usize, u32) {
        let next = self.files.len();
        let file = *self.file_at.entry(span.file).or_insert(next);
        if file == next {
            self.files.push(terminal(self.places.path(span.file)).into_owned());
        }
        (file, self.places.line(span))
    }

    fn text(&mut self, text: &str) -> usize {
        if let Some(at) = self.text_at.get(text) {
            return *at;
        }
        self.texts.push(terminal(text).into_owned());
        self.text_at.insert(text.to_owned(), self.texts.len() - 1);
        self.texts.len() - 1
    }

    /// `[layer, kind, name, file, line, table, comparison, incomplete, findings, fields]`
    fn entity(&mut self, entity: &EntityContract) -> Value {
        let (file, line) = self.place(entity.span);
        let fields: Vec<Value> = entity.fields.iter().map(|field| self.field(entity, field)).collect();
        let incomplete: Vec<_> = entity.incomplete.iter().map(|reason| terminal(reason)).collect();
        json!([
            entity.layer as usize,
            entity.kind,
            terminal(&entity.name),
            file,
            line,
            entity.table.as_deref().map(terminal),
            entity.comparison as usize,
            incomplete,
            entity.findings,
            fields
        ])
    }

    /// `[name, promise, line]`, then findings, then the file where it is another one than its entity's.
    fn field(&mut self, entity: &EntityContract, field: &FieldContract) -> Value {
        let (file, line) = self.place(field.span);
        let mut promise = field.contract.clone();
        if let Some(values) = &field.values {
            promise = format!("{promise}; values {}", values.join(", "));
        }
        let promise = self.text(&promise);
        let name = terminal(&field.name);
        match (field.findings.is_empty(), field.span.file == entity.span.file) {
            (true, true) => json!([name, promise, line]),
            (false, true) => json!([name, promise, line, field.findings]),
            (_, false) => json!([name, promise, line, field.findings, file]),
        }
    }

    /// `[lower, upper, confidence, reason, comparison, findings, file, line, pairs]`; a pair is two positions, and findings.
    fn link(&mut self, link: &ContractLink) -> Value {
        let (file, line) = self.place(link.span);
        let reason = self.text(&link.reason);
        let pairs: Vec<Value> = link
            .pairs
            .iter()
            .map(|pair| match pair.findings.is_empty() {
                true => json!([pair.lower, pair.upper]),
                false => json!([pair.lower, pair.upper, pair.findings]),
            })
            .collect();
        let (confidence, comparison) = (link.confidence as usize, link.comparison as usize);
        json!([link.lower, link.upper, confidence, reason, comparison, link.findings, file, line, pairs])
    }

    fn finding(&mut self, finding: &Finding) -> Value {
        let ends: Vec<Value> = finding.ends.iter().map(|end| self.end(end)).collect();
        let path: Vec<String> = finding.path.iter().map(step).collect();
        let symptoms: Vec<Value> = finding.symptoms.iter().map(|symptom| self.finding(symptom)).collect();
        json!({
            "rule": finding.rule,
            "severity": finding.severity as usize,
            "confidence": finding.confidence as usize,
            "message": terminal(&finding.message),
            "help": finding.help.as_deref().map(terminal),
            "witness": finding.witness.as_ref().map(|text| text.lines().map(terminal).collect::<Vec<_>>()),
            "ends": ends,
            "path": path,
            "symptoms": symptoms,
        })
    }

    /// `[layer, entity, field, label, file, line, excerpt, position of the entity]`
    fn end(&mut self, end: &End) -> Value {
        let (file, line) = self.place(end.span);
        let excerpt = self.excerpt(end.span.file, line);
        let entity = self.entity_at.get(&(end.layer, &*end.qualname));
        let field = end.field.as_deref().map(terminal);
        json!([
            end.layer as usize,
            terminal(&end.entity),
            field,
            terminal(&end.label),
            file,
            line,
            excerpt,
            entity
        ])
    }

    /// The lines around a place: number of the first, and their texts.
    fn excerpt(&mut self, file: FileId, line: u32) -> usize {
        if let Some(at) = self.excerpt_at.get(&(file, line)) {
            return *at;
        }
        let first = line.saturating_sub(CONTEXT).max(1);
        let (text, index) = (self.report.sources.text(file), self.places.lines(file));
        let start = index.start_of(first).map_or(text.len(), |start| start as usize);
        let shown = text.get(start..).unwrap_or("").lines().take((line + CONTEXT + 1 - first) as usize);
        let shown = shown.map(|line| line.replace('\t', "    ").chars().take(LINE).collect::<String>());
        let lines: Vec<String> = shown.map(|line| terminal(&line).into_owned()).collect();
        self.excerpts.push(json!([first, lines]));
        self.excerpt_at.insert((file, line), self.excerpts.len() - 1);
        self.excerpts.len() - 1
    }
}

/// One link of a path in words.
fn step(step: &Step) -> String {
    let field = step.field.as_deref().map(|field| format!(".{field}")).unwrap_or_default();
    let name = format!("{} {}{field}", step.layer, step.entity);
    let text = if step.reason.is_empty() { name } else { format!("{name}: {}", step.reason) };
    terminal(&text).into_owned()
}
