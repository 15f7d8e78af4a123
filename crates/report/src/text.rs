//! For a terminal. Findings stand grouped by entity; of many, the most telling are shown in full and the rest is counted.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;

use alignment_model::Severity;
use alignment_model::analysis::{Analysis, Coverage, EdgeCoverage, RevisionComparison};
use alignment_model::finding::Finding;
use alignment_model::problem::{Problem, ProblemKind};

use crate::digest::{Digest, Group};
use crate::escape::terminal;
use crate::frame::Frames;
use crate::paint::Paint;
use crate::places::Places;
use crate::words::{count, entity_noun, model_scope, number, plural, size, with_symptoms};
use crate::{Report, View};

/// Problems listed; the others are counted.
const PROBLEMS_SHOWN: usize = 5;

/// Fixed findings listed, and such as can no longer be compared; the others are counted.
const GONE_SHOWN: usize = 10;

/// Writes the report.
pub(crate) fn write(report: &Report<'_>, view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let digest = Digest::new(&report.analysis.findings);
    let chosen = digest.choose(view.limit.unwrap_or(usize::MAX));
    let page = Page { report, places: Places::new(report.sources), paint: Paint::new(view.color), chosen };
    if page.chosen.len() < report.analysis.findings.len() {
        out.write_all(page.overview(&digest).as_bytes())?;
    }
    let frames = Frames::new(view.color);
    for group in &digest.groups {
        out.write_all(page.group(group, &frames).as_bytes())?;
    }
    out.write_all(page.gone(view.limit.is_none()).as_bytes())?;
    out.write_all(page.problems(view.limit.is_none()).as_bytes())?;
    out.write_all(page.footer(&digest).as_bytes())
}

/// What every part of the page needs.
struct Page<'a> {
    report: &'a Report<'a>,
    places: Places<'a>,
    paint: Paint,
    chosen: BTreeSet<usize>,
}

impl Page<'_> {
    /// Counts per rule, above the findings.
    fn overview(&self, digest: &Digest<'_>) -> String {
        let mut out = String::new();
        let width = digest.rules.iter().map(|rule| rule.rule.len()).max().unwrap_or(0);
        for rule in &digest.rules {
            let summary = self.report.summary_of(rule.rule);
            let label = format!("{:>6} {:<8}", number(rule.count), plural(rule.count, rule.severity.key()));
            let label = self.paint.severity(rule.severity, &label);
            let _ = writeln!(out, "{label} {:<width$}  {}", rule.rule, self.paint.dim(summary));
        }
        out.push('\n');
        out
    }

    /// One entity: its name, its chosen findings, and what else is about it.
    fn group(&self, group: &Group<'_>, frames: &Frames) -> String {
        let mut out = String::new();
        let (shown, rest): (Vec<_>, Vec<_>) =
            group.findings.iter().partition(|(number, _)| self.chosen.contains(number));
        if shown.is_empty() {
            return out;
        }
        if let Some(end) = group.subject {
            let table = end.table.as_deref().filter(|table| *table != end.entity);
            let table = table.map(|table| format!(", table {}", terminal(table))).unwrap_or_default();
            let entity = self.paint.bold(&terminal(&end.entity));
            let _ = writeln!(out, "{entity} {}", self.paint.dim(&format!("({}{table})", end.layer)));
        }
        for (_, finding) in shown {
            out.push_str(&frames.finding(finding, &self.places));
            out.push_str("\n\n");
        }
        if let (Some(end), false) = (group.subject, rest.is_empty()) {
            let rules: Vec<&str> = rest.iter().map(|(_, finding)| finding.rule).collect();
            let more =
                format!("{} more about {}: {}", number(rest.len()), terminal(&end.entity), tally(&rules));
            let _ = writeln!(out, "{}\n", self.paint.dim(&more));
        }
        out
    }

    /// What the change mended, and what nothing can be said of any more, a line each.
    fn gone(&self, all: bool) -> String {
        let mut out = String::new();
        let Some(comparison) = self.report.comparison else { return out };
        let places = Places::new(&comparison.base_sources);
        let limit = if all { usize::MAX } else { GONE_SHOWN };
        let line = |word: &str, finding: &Finding, why: &str| {
            let end = finding.ends.first();
            let place =
                end.map_or_else(String::new, |end| format!("{}: ", terminal(places.path(end.span.file))));
            let label = self.paint.dim(&format!("{word}[{}]", finding.rule));
            format!("{label}: {place}{}{}\n", terminal(&finding.message), terminal(why))
        };
        let more = |of: usize, word: &str| match of.saturating_sub(limit) {
            0 => String::new(),
            rest => format!("{}\n", self.paint.dim(&format!("and {} more {word}", number(rest)))),
        };
        for finding in comparison.fixed.iter().take(limit) {
            out.push_str(&line("fixed", finding, ""));
        }
        out.push_str(&more(comparison.fixed.len(), "fixed"));
        for lost in comparison.lost.iter().take(limit) {
            out.push_str(&line("no longer comparable", &lost.finding, &format!(" ({})", lost.reason)));
        }
        out.push_str(&more(comparison.lost.len(), "no longer comparable"));
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    /// What could not be read; mistakes in the configuration first.
    fn problems(&self, all: bool) -> String {
        let mut problems: Vec<&Problem> = self.report.analysis.problems.iter().collect();
        problems.sort_by_key(|problem| match problem.kind {
            ProblemKind::Configuration => 0,
            ProblemKind::Unreadable => 1,
            _ => 2,
        });
        let shown = if all { problems.len() } else { PROBLEMS_SHOWN };
        let mut out = String::new();
        for problem in problems.iter().take(shown) {
            let place = problem.span.map(|span| {
                let position = self.places.position(span);
                format!("{}:{}:{}: ", terminal(self.places.path(span.file)), position.line, position.column)
            });
            let kind = self.paint.severity(Severity::Warning, problem.kind.key());
            let _ = writeln!(out, "{kind}: {}{}", place.unwrap_or_default(), terminal(&problem.message));
        }
        if let Some(rest) = problems.len().checked_sub(shown).filter(|rest| *rest > 0) {
            let _ = writeln!(out, "{}", self.paint.dim(&format!("and {}", count(rest, "more problem"))));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    /// What was covered, and the sum.
    fn footer(&self, digest: &Digest<'_>) -> String {
        let coverage = &self.report.analysis.coverage;
        let mut out = String::new();
        for line in coverage_lines(coverage) {
            let _ = writeln!(out, "{}", self.paint.dim(&line));
        }
        let _ = writeln!(out, "{}", self.summary(digest));
        out
    }

    /// What the findings are new against, after the rest of the sum.
    fn against(&self, joint: &str) -> String {
        let comparison = self.report.comparison;
        comparison.map(|comparison| format!("{joint}{}", terminal(&against(comparison)))).unwrap_or_default()
    }

    fn summary(&self, digest: &Digest<'_>) -> String {
        let analysis = self.report.analysis;
        let suppressed = not_counted(analysis);
        let compared: usize = analysis.coverage.edges.iter().map(|edge| edge.fields_compared).sum();
        if analysis.findings.is_empty() {
            let what = match self.report.comparison {
                Some(_) => "no new drift",
                None if compared == 0 => "nothing was compared",
                None => "no drift found",
            };
            return format!("{}{suppressed}{}", self.paint.bold(what), self.against(" "));
        }
        let weights: Vec<String> = Severity::ALL
            .into_iter()
            .filter(|severity| analysis.count(*severity) > 0)
            .map(|severity| self.paint.severity(severity, &count(analysis.count(severity), severity.key())))
            .collect();
        let entities = digest.groups.iter().filter(|group| group.subject.is_some()).count();
        let (weights, entities) = (weights.join(", "), count(entities, "entity"));
        let mut line = format!("{weights} in {entities}{}{suppressed}", with_symptoms(analysis));
        line.push_str(&self.against(", new "));
        if self.chosen.len() < analysis.findings.len() {
            let hidden = analysis.findings.len() - self.chosen.len();
            let _ = write!(
                line,
                "; {} not shown: `--all` shows them, `--output-format markdown` makes a report of everything",
                number(hidden)
            );
        }
        line
    }
}

/// " (1 suppressed, 12 lighter ones left out)".
fn not_counted(analysis: &Analysis) -> String {
    let parts = [(analysis.suppressed.len(), "suppressed"), (analysis.left_out, "lighter ones left out")];
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// "in the work tree against main (1a2b3c4d5e): 120 findings are in both, 2 are fixed".
pub(crate) fn against(comparison: &RevisionComparison) -> String {
    let (known, fixed) = (comparison.known.len(), comparison.fixed.len());
    let are = |n| if n == 1 { "is" } else { "are" };
    let lost = match comparison.lost.len() {
        0 => String::new(),
        n => format!(", {} {} no longer comparable", number(n), are(n)),
    };
    format!(
        "in {} against {}: {} {} in both, {} {} fixed{lost}",
        comparison.head.shown(),
        comparison.base.shown(),
        count(known, "finding"),
        are(known),
        number(fixed),
        are(fixed)
    )
}

/// "3 column-type-drift, 1 column-not-in-models".
fn tally(rules: &[&str]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for rule in rules {
        match counts.iter_mut().find(|(name, _)| name == rule) {
            Some((_, n)) => *n += 1,
            None => counts.push((rule, 1)),
        }
    }
    let parts: Vec<String> = counts.iter().map(|(rule, n)| format!("{} {rule}", number(*n))).collect();
    parts.join(", ")
}

/// What was read and compared, in a few lines.
pub fn coverage_lines(coverage: &Coverage) -> Vec<String> {
    let mut lines = Vec::new();
    let layers: Vec<String> = coverage
        .layers
        .iter()
        .filter(|layer| layer.entities > 0)
        .map(|layer| count(layer.entities, entity_noun(layer.layer)))
        .collect();
    let read = format!(
        "read {} of {} ({})",
        number(coverage.files_parsed),
        count(coverage.files_seen, "file"),
        size(coverage.bytes_parsed)
    );
    lines.push(if layers.is_empty() { read } else { format!("{read}: {}", layers.join(", ")) });
    let scopes = [coverage.models.application, coverage.models.migrations];
    if scopes.into_iter().flatten().any(|loaded| loaded < coverage.models.declared) {
        lines.extend(model_scope(coverage.models));
    }
    let edges: Vec<String> =
        coverage.edges.iter().filter(|edge| edge.fields_compared > 0).map(edge_words).collect();
    if !edges.is_empty() {
        lines.push(format!("compared {}", edges.join("; ")));
    }
    if coverage.calls.found > 0 {
        let calls = coverage.calls;
        let found = count(calls.found, "client call");
        lines.push(format!("matched {} of {found} with an operation", number(calls.matched)));
    }
    let incomplete: usize = coverage.layers.iter().map(|layer| layer.entities - layer.complete).sum();
    if incomplete > 0 {
        let (are, they) = if incomplete == 1 { ("is", "it lacks") } else { ("are", "they lack") };
        let entities = count(incomplete, "entity");
        lines.push(format!("{entities} {are} known only partly: nothing is said about what {they}"));
    }
    lines
}

fn edge_words(edge: &EdgeCoverage) -> String {
    format!(
        "{} {}-{} with {}",
        count(edge.linked, "pair"),
        edge.lower,
        edge.upper,
        count(edge.fields_compared, "field")
    )
}

#[cfg(test)]
mod tests;
