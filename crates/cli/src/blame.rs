//! `alignment blame`: what made and changed a table or column of the database, newest last.
//!
//! A name that a table or column had before leads to what it is now, and what is no more still answers.

use std::collections::BTreeSet;
use std::io::{self, Write};

use alignment_model::Span;
use alignment_model::entity::{Detail, HistoryStep, TableName};
use alignment_model::name::did_you_mean;
use alignment_model::project::{DatabaseSource, Project};
use alignment_report::{Paint, Places, terminal};
use serde::Serialize;

use crate::args::{BlameArgs, Global, PlainFormat};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::run::Status;
use crate::schema::{listed, sources};
use crate::{load, output};

/// Runs the command.
pub(crate) fn run(args: &BlameArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, Some(&args.output));
    let progress = Progress::start();
    let loaded = load::load(&args.target, global, color, &progress)?;
    let project = loaded.database(global, &progress).read(None);
    drop(progress);
    let meant = sources(&project, args.source.as_deref())?;
    let lives = lives(&project, &meant);
    let histories = find(&project, &lives, &args.name)?;
    let view = Drawing { project: &project, places: Places::new(&loaded.sources), paint: Paint::new(color) };
    output::write(&args.output, |out| match args.output_format {
        PlainFormat::Text => view.text(&histories, out),
        PlainFormat::Json => view.json(&histories, out),
    })?;
    Ok(Status::Clean)
}

/// One table or view from its first step to its last.
struct Life<'p> {
    source: usize,
    /// Its present name, or its last.
    name: &'p TableName,
    steps: &'p [HistoryStep],
    /// Its present columns; `None` for what is no more.
    columns: Option<Vec<&'p str>>,
    span: Option<Span>,
}

/// Everything that is or was a table or view, what is no more first.
fn lives<'p>(project: &'p Project, meant: &[usize]) -> Vec<Life<'p>> {
    let mut lives = Vec::new();
    for source in meant {
        let dropped = project.database_sources.get(*source).map(|source| &source.schema.dropped[..]);
        lives.extend(dropped.unwrap_or_default().iter().map(|gone| Life {
            source: *source,
            name: &gone.name,
            steps: &gone.history,
            columns: None,
            span: None,
        }));
    }
    for entity in &project.entities {
        let Detail::Table(table) = &entity.detail else { continue };
        let source = usize::try_from(table.source).unwrap_or(usize::MAX);
        if meant.contains(&source) {
            lives.push(Life {
                source,
                name: &table.name,
                steps: &table.history,
                columns: Some(entity.fields.iter().map(|field| &*field.name).collect()),
                span: Some(entity.span),
            });
        }
    }
    lives
}

impl<'p> Life<'p> {
    /// Whether it is or was called so.
    fn is_called(&self, name: &str) -> bool {
        let is = |known: &str| known == name;
        let before =
            self.steps.iter().filter(|step| step.column.is_none()).filter_map(|step| step.before.as_deref());
        is(&self.name.to_string()) || is(&self.name.name) || before.into_iter().any(is)
    }

    /// The last name of the column that is or was called so.
    fn column(&self, name: &str) -> Option<&'p str> {
        let present = self.columns.iter().flatten().find(|column| **column == name);
        let named = |step: &&'p HistoryStep| step.column.as_deref() == Some(name);
        let before = |step: &&'p HistoryStep| step.column.is_some() && step.before.as_deref() == Some(name);
        present
            .copied()
            .or_else(|| self.steps.iter().find(named)?.column.as_deref())
            .or_else(|| self.steps.iter().rev().find(before)?.column.as_deref())
    }

    /// Names of columns it has or had.
    fn column_names(&self) -> BTreeSet<&'p str> {
        let steps = self.steps.iter().filter(|step| step.column.is_some());
        let past = steps.flat_map(|step| [step.column.as_deref(), step.before.as_deref()]).flatten();
        self.columns.iter().flatten().copied().chain(past).collect()
    }
}

/// What is printed: a table or column, and its steps.
struct History<'p> {
    life: &'p Life<'p>,
    column: Option<&'p str>,
    steps: Vec<&'p HistoryStep>,
}

/// The histories that a name means, oldest life first.
fn find<'p>(project: &'p Project, lives: &'p [Life<'p>], name: &str) -> Result<Vec<History<'p>>, Failure> {
    let tables: Vec<&Life<'_>> = lives.iter().filter(|life| life.is_called(name)).collect();
    if !tables.is_empty() {
        one_thing(project, name, &tables)?;
        let whole =
            tables.into_iter().map(|life| History { life, column: None, steps: life.steps.iter().collect() });
        return Ok(whole.collect());
    }
    let Some((table, column)) = name.rsplit_once('.') else { return Err(unknown_table(lives, name)) };
    let tables: Vec<&Life<'_>> = lives.iter().filter(|life| life.is_called(table)).collect();
    if tables.is_empty() {
        return Err(unknown_table(lives, table));
    }
    let with: Vec<(&Life<'_>, &str)> =
        tables.iter().filter_map(|life| Some((*life, life.column(column)?))).collect();
    if with.is_empty() {
        let known: BTreeSet<&str> = tables.iter().flat_map(|life| life.column_names()).collect();
        let failure = Failure::new(format!("`{table}` has no column `{column}`, and never had"));
        return Err(match did_you_mean(column, known.iter().copied()) {
            Some(nearest) => failure.hint(format!("did you mean `{table}.{nearest}`?")),
            None => failure.hint(format!("it has {}", listed(known.into_iter()))),
        });
    }
    one_thing(project, name, &with.iter().map(|(life, _)| *life).collect::<Vec<_>>())?;
    let histories = with.into_iter().map(|(life, column)| {
        // What happens to the table happens to its columns, except what is about others.
        let about = |step: &&HistoryStep| match step.column.as_deref() {
            Some(other) => other == column,
            None => step.is_of_whole_table(),
        };
        History { life, column: Some(column), steps: life.steps.iter().filter(about).collect() }
    });
    Ok(histories.collect())
}

/// Several lives of one name are one story only within one source and under one last name.
fn one_thing(project: &Project, name: &str, lives: &[&Life<'_>]) -> Result<(), Failure> {
    let places: BTreeSet<(usize, String)> =
        lives.iter().map(|life| (life.source, life.name.to_string())).collect();
    if places.len() < 2 {
        return Ok(());
    }
    let several: BTreeSet<usize> = places.iter().map(|(source, _)| *source).collect();
    let failure = Failure::new(format!("`{name}` means {} things", places.len()));
    if several.len() > 1 {
        let names = several.iter().filter_map(|at| project.database_sources.get(*at)).map(|one| &*one.name);
        return Err(failure.hint(format!("name a source with `--source`: {}", listed(names))));
    }
    Err(failure.hint(format!("name one of {}", listed(places.iter().map(|(_, name)| name.as_str())))))
}

fn unknown_table(lives: &[Life<'_>], name: &str) -> Failure {
    let known: BTreeSet<String> = lives.iter().map(|life| life.name.to_string()).collect();
    let failure = Failure::new(format!("the database has no table `{name}`, and never had"));
    match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(nearest) => failure.hint(format!("did you mean `{nearest}`?")),
        None => failure.hint("`alignment schema` prints the tables there are"),
    }
}

struct Drawing<'p> {
    project: &'p Project,
    places: Places<'p>,
    paint: Paint,
}

impl Drawing<'_> {
    fn place(&self, span: Span) -> String {
        format!("{}:{}", terminal(self.places.path(span.file)), self.places.line(span))
    }

    fn source(&self, history: &History<'_>) -> Option<&DatabaseSource> {
        self.project.database_sources.get(history.life.source)
    }

    /// Position of a revision in the order of application, from 1, and how many there are.
    fn position(&self, history: &History<'_>, revision: &str) -> Option<(usize, usize)> {
        let graph = self.source(history)?.revisions.as_ref()?;
        let at = graph.order.iter().position(|one| &*one.id == revision)?;
        Some((at + 1, graph.order.len()))
    }

    fn text(&self, histories: &[History<'_>], out: &mut dyn Write) -> io::Result<()> {
        for (at, history) in histories.iter().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            let source = self.source(history).map_or("", |source| &source.name);
            let name = self.paint.bold(&terminal(&history.name()));
            writeln!(out, "{name} {}", self.paint.dim(&terminal(source)))?;
            let steps: Vec<(String, &HistoryStep)> =
                history.steps.iter().map(|step| (self.revision(history, step), *step)).collect();
            let width = steps.iter().map(|(revision, _)| revision.chars().count()).max().unwrap_or(0);
            for (revision, step) in steps {
                let place = self.paint.dim(&self.place(step.span));
                let what = terminal(&history.what(step)).into_owned();
                writeln!(out, "  {revision:width$}  {what}  {place}")?;
            }
        }
        Ok(())
    }

    /// A revision with its position.
    fn revision(&self, history: &History<'_>, step: &HistoryStep) -> String {
        let Some(revision) = step.revision.as_deref() else { return String::new() };
        let position = self.position(history, revision);
        let position = position.map_or_else(String::new, |(at, of)| format!(" ({at}/{of})"));
        format!("{}{position}", terminal(revision))
    }

    fn json(&self, histories: &[History<'_>], out: &mut dyn Write) -> io::Result<()> {
        let histories: Vec<HistoryJson<'_>> = histories.iter().map(|one| self.history_json(one)).collect();
        serde_json::to_writer(&mut *out, &BlameJson { version: 1, histories })?;
        writeln!(out)
    }

    fn history_json<'h>(&'h self, history: &'h History<'_>) -> HistoryJson<'h> {
        let life = history.life;
        let steps = history.steps.iter().map(|step| {
            let revision = step.revision.as_deref();
            StepJson {
                revision,
                position: revision.and_then(|revision| self.position(history, revision)).map(|(at, _)| at),
                column: step.column.as_deref(),
                what: &step.what,
                file: self.places.path(step.span.file),
                line: self.places.line(step.span),
            }
        });
        let present = match (&life.columns, history.column) {
            (None, _) => false,
            (Some(columns), Some(column)) => columns.contains(&column),
            (Some(_), None) => true,
        };
        HistoryJson {
            source: self.source(history).map_or("", |source| &source.name),
            schema: life.name.schema.as_deref(),
            table: &life.name.name,
            column: history.column,
            present,
            file: life.span.map(|span| self.places.path(span.file)),
            line: life.span.map(|span| self.places.line(span)),
            steps: steps.collect(),
        }
    }
}

impl History<'_> {
    /// Its present name, or its last.
    fn name(&self) -> String {
        match self.column {
            Some(column) => format!("{}.{column}", self.life.name),
            None => self.life.name.to_string(),
        }
    }

    /// What a step did, with the column where that is not what was asked for.
    fn what(&self, step: &HistoryStep) -> String {
        match (&step.column, self.column) {
            (Some(column), None) => format!("column `{column}` {}", step.what),
            (None, Some(_)) => format!("table {}", step.what),
            _ => step.what.to_string(),
        }
    }
}

#[derive(Serialize)]
struct BlameJson<'a> {
    version: u32,
    histories: Vec<HistoryJson<'a>>,
}

#[derive(Serialize)]
struct HistoryJson<'a> {
    source: &'a str,
    schema: Option<&'a str>,
    table: &'a str,
    column: Option<&'a str>,
    present: bool,
    file: Option<&'a str>,
    line: Option<u32>,
    steps: Vec<StepJson<'a>>,
}

#[derive(Serialize)]
struct StepJson<'a> {
    revision: Option<&'a str>,
    position: Option<usize>,
    column: Option<&'a str>,
    what: &'a str,
    file: &'a str,
    line: u32,
}
