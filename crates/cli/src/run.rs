//! Runs one command.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use alignment_engine::{Config, Options, Outcome, analyze};
use alignment_model::analysis::Analysis;
use alignment_model::{Severity, Sources};

use crate::args::{Args, Command, Target};
use crate::failure::Failure;
use crate::walk;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing to report, or only reading was asked for.
    Clean,
    /// Findings that fail the gate.
    Findings,
    /// Usage, configuration or input.
    CouldNotRun,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(match status {
            Status::Clean => 0,
            Status::Findings => 1,
            Status::CouldNotRun => 2,
        })
    }
}

/// Runs one command.
pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    let target = match &args.command {
        Command::Audit(target) | Command::Check(target) | Command::Facts(target) => target,
    };
    let (sources, outcome) = analysis(args, target)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match &args.command {
        Command::Facts(_) => alignment_report::facts::write(outcome.graph.project(), &sources, &mut out),
        _ => summary(&sources, &outcome.analysis, &mut out),
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Status::Clean),
        other => other.map_err(|error| Failure::new(walk::reason(&error)).during("failed to write"))?,
    }
    if args.timings {
        timings(&outcome.analysis);
    }
    let fails = matches!(args.command, Command::Check(_)) && outcome.analysis.count(Severity::Error) > 0;
    Ok(if fails { Status::Findings } else { Status::Clean })
}

/// Reads and analyses what the target names.
fn analysis(args: &Args, target: &Target) -> Result<(Sources, Outcome), Failure> {
    let during = || format!("failed to read `{}`", target.path.display());
    let root: &Path = &target.path;
    let kind = root.metadata().map_err(|error| Failure::new(walk::reason(&error)).during(during()))?;
    if !kind.is_dir() {
        return Err(Failure::new("not a folder").during(during()));
    }
    let start = Instant::now();
    let walked = walk::walk(root, args.threads.unwrap_or(0), &|_| true);
    let sources = Sources::new(walked.files);
    let options = Options {
        threads: args.threads,
        problems: walked.problems,
        timings: vec![("read", start.elapsed())],
    };
    let outcome = analyze(&sources, &Config::default(), options);
    Ok((sources, outcome))
}

fn summary(sources: &Sources, analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    for finding in &analysis.findings {
        let place = finding.ends.first().map(|end| {
            let position = sources.position(end.span);
            format!("{}:{}:{}", sources.path(end.span.file), position.line, position.column)
        });
        let place = place.unwrap_or_default();
        writeln!(out, "{}: [{}] {} {place}", finding.severity, finding.rule, finding.message)?;
    }
    for problem in &analysis.problems {
        writeln!(out, "{}: {}", problem.kind.key(), problem.message)?;
    }
    for layer in &analysis.coverage.layers {
        writeln!(out, "{}: {} entities, {} fields", layer.layer, layer.entities, layer.fields)?;
    }
    writeln!(out, "{} findings, {} files parsed", analysis.findings.len(), analysis.coverage.files_parsed)
}

fn timings(analysis: &Analysis) {
    for (stage, time) in &analysis.timings {
        anstream::eprintln!("{stage:>12} {:8.1} ms", time.as_secs_f64() * 1000.0);
    }
}
