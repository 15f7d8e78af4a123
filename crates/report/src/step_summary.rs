//! The summary of a step of GitHub Actions, as Markdown: what annotations leave no room for.

use std::fmt::Write as _;

use alignment_model::finding::Finding;

use crate::Report;
use crate::digest::Digest;
use crate::escape::{link_target, markdown, terminal};
use crate::github::summed;
use crate::markdown::rule_table;
use crate::places::Places;
use crate::pr_comment::gone;

/// What a step may write: GitHub refuses the whole summary beyond 1 MiB.
pub const STEP_SUMMARY_LIMIT: usize = 1 << 20;

/// Room for the line that counts what did not fit.
const CLOSING: usize = 200;

/// Totals, a table of rules, and every finding in one line, as far as `room` bytes reach. `blob` is the address under which files of
/// this revision can be read: links in a summary have no other base.
pub fn step_summary(report: &Report<'_>, blob: Option<&str>, room: usize) -> String {
    let digest = Digest::new(&report.analysis.findings);
    let mut out = "## Alignment\n\n".to_owned();
    if report.analysis.findings.is_empty() && report.comparison.is_none() {
        out.push_str("No drift found.\n");
        return out;
    }
    let _ = writeln!(out, "**{}**\n", markdown(&summed(report)));
    if !digest.rules.is_empty() {
        let _ = writeln!(out, "{}", rule_table(report, &digest));
    }
    let places = Places::new(report.sources);
    let line = |finding: &Finding| {
        let place = finding.ends.first().map(|end| {
            let (path, line) = (report.repository_path(end.span.file), places.line(end.span));
            let text = markdown(&terminal(&format!("{path}:{line}")));
            match blob {
                Some(blob) => format!(" [{text}]({blob}/{}#L{line})", link_target(&path)),
                None => format!(" {text}"),
            }
        });
        let (severity, message) = (finding.severity, markdown(&finding.message));
        format!("- {severity} `{}`{}: {message}\n", finding.rule, place.unwrap_or_default())
    };
    let room = room.saturating_sub(out.len() + CLOSING);
    out.push_str(&digest.within(room, line));
    let gone = gone(report);
    if out.len() + gone.len() <= room {
        out.push_str(&gone);
    }
    out
}

#[cfg(test)]
mod tests {
    use alignment_model::Severity;

    use super::*;
    use crate::sample::{analysis, finding, report, sources};

    #[test]
    fn every_finding_is_a_line_as_far_as_there_is_room() {
        let sources = sources();
        let analysis = analysis(
            &sources,
            (0..500).map(|at| finding(&sources, "some-rule", Severity::Error, at > 0)).collect(),
        );
        let map = crate::sample::map();
        let report = report(&sources, &analysis, &map);
        let whole = step_summary(&report, Some("https://example.org/o/r/blob/abc"), STEP_SUMMARY_LIMIT);
        assert!(whole.starts_with("## Alignment\n\n**500 errors**\n\n| severity |"), "{whole}");
        assert_eq!(whole.lines().filter(|line| line.starts_with("- error")).count(), 500);
        assert!(whole.contains("](https://example.org/o/r/blob/abc/web/a%7Cb%60c%3Cscript%3E%0A"), "{whole}");
        assert!(!whole.contains("<script>"));
        let cut = step_summary(&report, None, 2_000);
        assert!(cut.len() <= 2_000, "{}", cut.len());
        let listed = cut.lines().filter(|line| line.starts_with("- error")).count();
        assert!(cut.ends_with(&format!("and {} more findings, which did not fit\n", 500 - listed)), "{cut}");
    }
}
