//! `alignment fix`: what can be mended without doubt, as a diff or as changed files.

mod files;

use std::io::{self, Write};

use alignment_engine::KeptFacts;
use alignment_engine::config::rule_named;
use alignment_engine::fix::{FileChange, Plan, plan};
use alignment_model::Severity;
use alignment_model::finding::Finding;
use alignment_report::terminal;
use similar::TextDiff;

use crate::args::{FixArgs, Global, Output};
use crate::failure::{Failure, say};
use crate::load::{Place, load};
use crate::output;
use crate::progress::Progress;
use crate::run::Status;

/// Runs the command.
pub(crate) fn run(args: &FixArgs, global: &Global) -> Result<Status, Failure> {
    let rules = args.rules.iter().map(|name| rule(name)).collect::<Result<Vec<_>, Failure>>()?;
    let color = output::color(global.color, None);
    let root = Place::find(&args.target, global)?.root;
    let progress = Progress::start();
    let mut loaded = load(&args.target, global, color, &progress)?;
    let outcome = loaded.analyze_with(KeptFacts::default(), true, global, &progress);
    // What only informs is a matter of choice: it is mended where its rule is named.
    let wanted = |finding: &Finding| match rules.is_empty() {
        true => finding.severity >= Severity::Warning,
        false => rules.contains(&finding.rule),
    };
    let plan = plan(&loaded.sources, outcome, &wanted, &mut |sources, kept| {
        loaded.analyze_changed(sources, kept, global, &progress)
    });
    drop(progress);
    if args.write {
        files::write(&root, &plan.files, args.allow_dirty)?;
        told(&plan, "mended");
        return Ok(Status::Clean);
    }
    output::write(&Output { output_file: None }, |out| {
        plan.files.iter().try_for_each(|change| diff(change, color, out))
    })?;
    told(&plan, "can be mended");
    Ok(if plan.files.is_empty() { Status::Clean } else { Status::Findings })
}

fn rule(name: &str) -> Result<&'static str, Failure> {
    rule_named(name).map_err(|(message, help)| match help {
        Some(help) => Failure::new(message).hint(help),
        None => Failure::new(message),
    })
}

/// One file as a unified diff that `git apply` and `patch -p1` take.
fn diff(change: &FileChange, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let old = change.before.as_deref().unwrap_or_default();
    let from = if change.before.is_some() { format!("a/{}", change.path) } else { "/dev/null".to_owned() };
    let lines = TextDiff::from_lines(old, &change.after);
    let text =
        lines.unified_diff().context_radius(3).header(&from, &format!("b/{}", change.path)).to_string();
    if !color {
        return out.write_all(text.as_bytes());
    }
    for line in text.split_inclusive('\n') {
        let (start, end) = match line.as_bytes().first() {
            Some(b'+') => ("\u{1b}[32m", "\u{1b}[0m"),
            Some(b'-') => ("\u{1b}[31m", "\u{1b}[0m"),
            Some(b'@') => ("\u{1b}[36m", "\u{1b}[0m"),
            _ => ("", ""),
        };
        write!(
            out,
            "{start}{}{end}{}",
            line.trim_end_matches('\n'),
            if line.ends_with('\n') { "\n" } else { "" }
        )?;
    }
    Ok(())
}

/// What was mended and what is left, to standard error: standard output is the diff alone.
fn told(plan: &Plan, what: &str) {
    for withheld in &plan.withheld {
        let subject = withheld.finding.subject();
        let text = format!("left: {}: {subject}: {}", withheld.finding.rule, withheld.reason);
        say(&terminal(&text));
    }
    let (findings, files) = (plan.fixed.len(), plan.files.len());
    let noun = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    let new = plan.files.iter().filter(|change| change.before.is_none()).count();
    let drafts = match new {
        0 => String::new(),
        n => format!(", {} new: to be read before it is run", n),
    };
    match findings {
        0 => say("nothing can be mended without doubt"),
        _ => say(&format!("{} {what} in {}{drafts}", noun(findings, "finding"), noun(files, "file"))),
    }
}
