//! Runs one command and turns its end into an exit code.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use alignment_engine::config::{PRESETS, Preset};
use alignment_engine::{Config, Outcome};
use alignment_model::analysis::{Analysis, RevisionComparison};
use alignment_model::{Confidence, Layer, Severity};
use alignment_report::{Report, RuleInfo, View};
use alignment_rules::{RULES, RuleMeta};

use crate::args::{Args, Color, Command, FailOn, GateArgs, Global, ReportArgs};
use crate::failure::{Failure, say};
use crate::gate::Judged;
use crate::git::Repository;
use crate::progress::Progress;
use crate::{
    baseline, blame, diagram, facts, fix, gate, impact, init, load, output, rule, schema, shell,
    step_summary, trace, witness,
};

/// How a run ended. 101, a bug, is what a panic gives.
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

/// What a report is made for.
#[derive(Clone, Copy, Debug)]
enum Task<'a> {
    /// `audit`: everything is shown, and nothing fails unless asked. Tests of its errors go to the folder, if there is one.
    Read(Option<&'a Path>),
    /// `check`: the preset says what is shown and what fails.
    Gate(&'a GateArgs),
}

impl<'a> Task<'a> {
    /// What is judged, for a gate.
    fn gate(self) -> Option<&'a GateArgs> {
        match self {
            Task::Read(_) => None,
            Task::Gate(gate) => Some(gate),
        }
    }

    /// What is shown, and what fails.
    fn preset(self, args: &ReportArgs, config: &Config) -> Preset {
        let [_, default, audit, _] = PRESETS;
        args.preset.unwrap_or(match self {
            Task::Read(_) => audit,
            Task::Gate(_) => config.preset.unwrap_or(default),
        })
    }

    fn fail_on(self, args: &ReportArgs, preset: Preset) -> FailOn {
        let asked = self.gate().is_some() || args.preset.is_some();
        args.fail_on.unwrap_or(if asked { FailOn::at(preset.fails_on) } else { FailOn::Never })
    }
}

/// Runs one command.
pub(crate) fn run(args: &Args) -> Status {
    match args.global.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::AlwaysAnsi.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let ended = match &args.command {
        Command::Audit(audit) => {
            self::report(&audit.report, Task::Read(audit.witness_tests.as_deref()), &args.global)
        }
        Command::Check(check) => self::report(&check.report, Task::Gate(&check.gate), &args.global),
        Command::Fix(fix) => fix::run(fix, &args.global),
        Command::Baseline(baseline) => baseline::run(baseline, &args.global),
        Command::Facts(facts) => facts::run(facts, &args.global),
        Command::Schema(schema) => schema::run(schema, &args.global),
        Command::Blame(blame) => blame::run(blame, &args.global),
        Command::Trace(trace) => trace::run(trace, &args.global),
        Command::Impact(impact) => impact::run(impact, &args.global),
        Command::Graph(graph) => diagram::run(graph, &args.global),
        Command::Rule(rule) => rule::run(rule, &args.global),
        Command::Completions(completions) => shell::completions(completions),
        Command::Man(man) => shell::manual(man),
        Command::Init(init) => init::run(init, &args.global),
    };
    match ended {
        Ok(status) => status,
        Err(failure) if failure.is_broken_pipe() => Status::Clean,
        Err(failure) => {
            failure.print();
            Status::CouldNotRun
        }
    }
}

/// `audit`, and `check` with what it judges.
fn report(args: &ReportArgs, task: Task<'_>, global: &Global) -> Result<Status, Failure> {
    let gate = task.gate();
    let destinations = args.destinations();
    output::check(&destinations)?;
    let color = output::color(global.color, Some(&args.output));
    let progress = Progress::start();
    let Judged { outcome, sources, folder, revision, config, mut comparison } =
        judged(args, gate, global, color, &progress)?;
    drop(progress);
    let unfounded = outcome.unfounded();
    let Outcome { mut analysis, graph, .. } = outcome;
    if let Some(least) = args.min_confidence {
        let told =
            comparison.iter_mut().flat_map(|comparison| [&mut comparison.known, &mut comparison.fixed]);
        for list in told.chain([&mut analysis.findings]) {
            list.retain(|finding| finding.confidence >= least);
            list.iter_mut().for_each(|one| one.symptoms.retain(|symptom| symptom.confidence >= least));
        }
        if let Some(comparison) = &mut comparison {
            comparison.lost.retain(|lost| lost.finding.confidence >= least);
        }
    }
    let preset = task.preset(args, &config);
    let fail_on = task.fail_on(args, preset);
    let shows = fail_on.severity().map_or(preset.shows, |least| least.min(preset.shows));
    leave_out(&mut analysis, comparison.as_mut(), shows);
    let mut map = graph.map();
    map.mark(&analysis.findings);
    let rules: Vec<RuleInfo> = RULES.iter().map(|rule| rule_info(&rule.meta)).collect();
    let report = Report {
        sources: &sources,
        analysis: &analysis,
        map: &map,
        revision: revision.as_deref(),
        rules: &rules,
        folder: &folder,
        comparison: comparison.as_ref(),
    };
    let limit = (!args.all).then_some(args.limit);
    let view = View { color: false, limit, summary_only: args.summary_only };
    let written = output::reports(&destinations, &report, global.color, view);
    if destinations.iter().any(|one| one.format.name == "github") {
        step_summary::append(&report)?;
    }
    match written {
        // Whoever reads the report may leave early; the gate says what it found all the same.
        Err(failure) if failure.is_broken_pipe() => {}
        other => other?,
    }
    if let Task::Read(Some(folder)) = task {
        witness::write(folder, &args.target, global, &analysis.findings, &sources)?;
    }
    if global.timings {
        timings(&analysis);
    }
    if gate.is_some() && Layer::ALL.into_iter().all(|layer| !graph.has_layer(layer)) {
        // A gate that saw nothing must not look like one that found nothing.
        let failure = Failure::new("nothing was checked: no layer was recognised");
        let is_bare = Repository::find(args.target.path.as_deref().unwrap_or(Path::new(".")))
            .is_ok_and(|found| found.top.is_none());
        let bare = "this is a bare repository, without files: name what is to be judged with `--head REV`";
        return Err(if is_bare { failure.hint(bare) } else { failure });
    }
    if gate.is_some()
        && let Some(first) = unfounded.first()
    {
        return Err(Failure::new(first).during("nothing was checked"));
    }
    Ok(if fails(&analysis, fail_on) { Status::Findings } else { Status::Clean })
}

fn rule_info(meta: &RuleMeta) -> RuleInfo {
    RuleInfo {
        name: meta.name,
        summary: meta.summary,
        group: meta.group,
        severity: meta.severity,
        page: meta.page,
    }
}

/// Leaves out what is lighter than is to be shown, and counts it.
fn leave_out(analysis: &mut Analysis, comparison: Option<&mut RevisionComparison>, shows: Severity) {
    let before = analysis.findings.len();
    analysis.findings.retain(|finding| finding.severity >= shows);
    analysis.left_out = before - analysis.findings.len();
    if let Some(RevisionComparison { known, fixed, lost, .. }) = comparison {
        lost.retain(|lost| lost.finding.severity >= shows);
        known.retain(|finding| finding.severity >= shows);
        fixed.retain(|finding| finding.severity >= shows);
    }
}

/// Reads and analyses what is asked for, without what a baseline knows.
fn judged(
    args: &ReportArgs,
    gate: Option<&GateArgs>,
    global: &Global,
    color: bool,
    progress: &Progress,
) -> Result<Judged, Failure> {
    let file = gate.and_then(|gate| gate.baseline.as_deref());
    let known = file.map(|file| baseline::read(file, &args.target, global, color)).transpose()?;
    let extra = known.iter().map(|known| known.source.clone()).collect();
    let mut judged = match gate.filter(|gate| gate.names_revisions()) {
        Some(gate) => gate::judge(gate, &args.target, extra, global, color, progress)?,
        None => {
            let mut loaded = load::load_with(&args.target, extra, global, color, progress)?;
            let outcome = loaded.analyze(global, progress);
            let load::Loaded { sources, folder, revision, config, .. } = loaded;
            Judged { outcome, sources, folder, revision, config, comparison: None }
        }
    };
    if let Some(known) = &known {
        known.baseline.apply(&mut judged.outcome.analysis, &judged.sources, &judged.config);
    }
    Ok(judged)
}

/// Whether a finding is heavy and sure enough. A guessed link never fails a run.
fn fails(analysis: &Analysis, fail_on: FailOn) -> bool {
    fail_on.severity().is_some_and(|least| {
        analysis
            .findings
            .iter()
            .any(|finding| finding.severity >= least && finding.confidence > Confidence::Guessed)
    })
}

/// Time per stage, what was parsed, and the memory it took.
pub(crate) fn timings(analysis: &Analysis) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    for (stage, time) in &analysis.timings {
        say(&format!("{stage:>12} {:9.1} ms", milliseconds(*time)));
    }
    let total: Duration = analysis.timings.iter().map(|(_, time)| *time).sum();
    let coverage = &analysis.coverage;
    let megabytes = coverage.bytes_parsed as f64 / 1e6;
    say(&format!("{:>12} {:9.1} ms", "total", milliseconds(total)));
    anstream::eprintln!(
        "parsed {} of {} files, {megabytes:.1} MB",
        coverage.files_parsed,
        coverage.files_seen
    );
    if let (Some(seconds), Some(kilobytes)) = (cpu_seconds(), peak_memory()) {
        say(&format!("{seconds:.2} s of CPU, at most {:.0} MB of memory", kilobytes / 1024.0));
    }
}

/// Peak memory in KB, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// CPU time of all threads, where the system tells (in hundredths of a second, as Linux fixes it for programs).
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().ok());
    Some(ticks.sum::<Option<f64>>()? / 100.0)
}
