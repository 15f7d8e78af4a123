//! From sources to findings, stage by stage.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alignment_frameworks::Input;
use alignment_frameworks::database::{ConfiguredSource, DatabaseSettings, SourceOrder};
use alignment_frameworks::openapi::{self, ReadDocument};
use alignment_graph::ContractGraph;
use alignment_model::analysis::Analysis;
use alignment_model::entity::Detail;
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::project::{Project, SourceKind};
use alignment_model::{Dialect, FileId, Layer, Sources};
use alignment_rules::{Context, LocalWeights};
use rayon::prelude::*;

use crate::config::Config;
use crate::coverage;
use crate::date::Date;
use crate::declared;
use crate::fix;
use crate::parse::{self, KeptFacts, Workers};
use crate::suppress;
use crate::uses::Uses;

/// What the caller decides and what it met before the analysis.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Worker threads; one per core if not given.
    pub threads: Option<usize>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Today, for ignores that end; without it none ends.
    pub today: Option<Date>,
    /// Path of the root of the sources relative to the configuration's folder, with a final slash: patterns are relative to
    /// that folder.
    pub prefix: String,
    /// Running databases whose schema stands among the sources as SQL.
    pub databases: Vec<RunningDatabase>,
    /// Stages that came before, with their time.
    pub timings: Vec<(&'static str, Duration)>,
    /// Facts that an earlier analysis kept.
    pub kept: KeptFacts,
    /// Whether another analysis follows that can use the facts of this one.
    pub keep: bool,
}

/// A running database. Its schema was read before and stands among the sources, as the statements that would make it.
#[derive(Clone, Debug)]
pub struct RunningDatabase {
    /// Path of those statements among the sources; also its name.
    pub path: Box<str>,
    /// The kind of database.
    pub dialect: Dialect,
}

impl RunningDatabase {
    /// As a source of the database layer.
    fn source(&self, sources: &Sources) -> ConfiguredSource {
        ConfiguredSource {
            name: self.path.clone(),
            kind: SourceKind::Live,
            dialect: Some(self.dialect),
            files: sources.find(&self.path).into_iter().collect(),
            order: SourceOrder::List,
            entry: None,
            span: None,
        }
    }
}

/// What one analysis gives.
#[derive(Debug)]
pub struct Outcome {
    /// Findings, coverage, problems, timings.
    pub analysis: Analysis,
    /// Every entity and link.
    pub graph: ContractGraph,
    /// Files that were parsed, in order.
    pub parsed: Vec<FileId>,
    /// Their facts, if they are to be kept.
    pub kept: KeptFacts,
}

impl Outcome {
    /// What the configuration says of the database layer and nothing bears out: a gate that rests on it has seen nothing.
    pub fn unfounded(&self) -> Vec<String> {
        let empty = self.empty_sources().into_iter();
        let empty = empty.map(|name| format!("the declared source `{name}` holds no table"));
        let impossible = self.graph.project().impossible_comparisons.iter();
        empty.chain(impossible.map(ToString::to_string)).collect()
    }

    fn empty_sources(&self) -> Vec<&str> {
        let project = self.graph.project();
        let mut holds = vec![false; project.database_sources.len()];
        for (_, entity) in project.layer(Layer::Database) {
            if let Detail::Table(table) = &entity.detail
                && let Some(holds) = holds.get_mut(table.source as usize)
            {
                *holds = true;
            }
        }
        let sources = project.database_sources.iter().zip(holds);
        sources
            .filter(|(source, holds)| source.configured.is_some() && !holds)
            .map(|(source, _)| &*source.name)
            .collect()
    }
}

/// Analyses one repository.
pub fn analyze(sources: &Sources, config: &Config, mut options: Options) -> Outcome {
    let workers = Workers::new(options.threads);
    let mut clock = Clock { timings: std::mem::take(&mut options.timings), last: Instant::now() };
    let (files, mut refused) = parse::selected(&workers, sources);
    clock.lap("select");
    let mut parsed = parse::parse(&workers, sources, files, std::mem::take(&mut options.kept));
    clock.lap("parse");
    let database = database_settings(sources, config, &options);
    let input = Input { sources, facts: &parsed.facts, database: &database, revision: None };
    let ((server, client), documents) = workers.run(|| {
        let code = || {
            rayon::join(
                || alignment_frameworks::read_server(input),
                || alignment_frameworks::read_client(input),
            )
        };
        rayon::join(code, || documents(sources))
    });
    let mut project = alignment_frameworks::join(server, client, documents);
    let mut declared_problems = declared::convert(&mut project, config, sources, &options.prefix);
    if !options.keep {
        parsed.release_bodies(&workers);
    }
    clock.lap("frameworks");
    let (graph, link_problems) = workers.run(|| ContractGraph::build(project, &config.mappings(sources)));
    clock.lap("graph");
    let overrides = config.overrides(sources, &options.prefix);
    let mut rules = config.rules.clone();
    rules.local = overrides.clone().map(|overrides| overrides as Arc<dyn LocalWeights>);
    let told = workers.run(|| {
        let client = Uses::new(sources, graph.project());
        alignment_rules::run(&Context { graph: &graph, client: &client }, &rules)
    });
    clock.lap("rules");

    let mut parted =
        suppress::apply(told.findings, sources, &parsed.facts, config, graph.project(), &options);
    let mut problems = std::mem::take(&mut options.problems);
    problems.append(&mut refused);
    problems.append(&mut parsed.problems);
    problems.extend(parsed.facts.iter().flat_map(|facts| facts.problems.iter().cloned()));
    problems.extend(graph.project().problems.iter().cloned());
    problems.extend(link_problems);
    declared_problems.extend(declared::internal_problems(&graph, config, sources));
    problems.append(&mut declared_problems);
    problems.append(&mut parted.problems);
    if let Some(overrides) = overrides {
        overrides.report_unused(config.file(sources), &mut problems);
    }
    problems.extend(nothing_recognised(sources, &graph));
    fix::place(&mut parted.findings, sources, graph.project());
    let coverage = coverage::measure(sources, &parsed, &graph, &parted.findings);
    let (findings, suppressed) = (parted.findings, parted.suppressed);
    let withheld = told.withheld;
    let mut analysis = Analysis { findings, suppressed, withheld, coverage, problems, ..Analysis::default() };
    analysis.sort();
    clock.lap("report");
    analysis.timings = clock.timings;
    let files = parsed.facts.iter().map(|facts| facts.file).collect();
    let kept = if options.keep { KeptFacts::new(sources, parsed.facts) } else { KeptFacts::default() };
    Outcome { analysis, graph, parsed: files, kept }
}

/// The committed OpenAPI documents, in order of file.
fn documents(sources: &Sources) -> Vec<ReadDocument> {
    let candidates = openapi::candidates(sources);
    candidates.into_par_iter().filter_map(|candidate| candidate.read(sources)).collect()
}

/// Sources that the configuration declares, and running databases.
fn database_settings(sources: &Sources, config: &Config, options: &Options) -> DatabaseSettings {
    let mut settings = config.database_settings(sources, &options.prefix);
    settings.sources.extend(options.databases.iter().map(|running| running.source(sources)));
    settings
}

/// The database layer alone, of sources that are parsed once.
pub struct DatabaseReader<'s> {
    sources: &'s Sources,
    workers: Workers,
    parsed: parse::Parsed,
    settings: DatabaseSettings,
}

impl<'s> DatabaseReader<'s> {
    /// Parses what declares the database.
    pub fn new(sources: &'s Sources, config: &Config, options: &Options) -> Self {
        let workers = Workers::new(options.threads);
        let (files, _) = parse::selected(&workers, sources);
        let parsed = parse::parse(&workers, sources, files, KeptFacts::default());
        let settings = database_settings(sources, config, options);
        Self { sources, workers, parsed, settings }
    }

    /// Its tables and sources; the Alembic tree that has `revision` as it is there, instead of at its heads.
    pub fn read(&self, revision: Option<&str>) -> Project {
        let facts = &self.parsed.facts;
        let input = Input { sources: self.sources, facts, database: &self.settings, revision };
        self.workers.run(|| alignment_frameworks::read_database(input))
    }
}

/// A repository in which nothing was recognised must not look like one without drift.
fn nothing_recognised(sources: &Sources, graph: &ContractGraph) -> Option<Problem> {
    if Layer::ALL.into_iter().any(|layer| graph.has_layer(layer)) {
        return None;
    }
    let files = match sources.len() {
        0 => "there is no Python, TypeScript or SQL file here".to_owned(),
        n => format!("no layer was recognised in {n} files"),
    };
    let looked_for = "looked for Alembic revisions and SQL schemas, SQLAlchemy and SQLModel classes, Pydantic schemas, \
                      FastAPI routes, OpenAPI documents, and TypeScript interfaces, types and HTTP calls";
    Some(Problem::general(ProblemKind::Unresolved, format!("{files}; {looked_for}")))
}

/// Measures stages one after the other.
struct Clock {
    timings: Vec<(&'static str, Duration)>,
    last: Instant,
}

impl Clock {
    /// Ends the stage that runs since the last call.
    fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.timings.push((stage, now - self.last));
        self.last = now;
    }
}
