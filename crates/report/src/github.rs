//! Annotations of GitHub Actions: workflow commands on standard output, which the runner lays over the changed files.
//!
//! The runner keeps 10 annotations of each level for a step (and 50 for a job) and drops the rest without a word. So no more are
//! written, root causes first, and the last line says how many are not shown; [`crate::step_summary`] lists them.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::io;

use alignment_model::Severity;
use alignment_model::finding::Finding;

use crate::digest::Digest;
use crate::escape::terminal;
use crate::places::{ColumnUnit, Places};
use crate::plain::details;
use crate::text::against;
use crate::words::{count, number};
use crate::{Report, View};

/// Annotations of one level that GitHub keeps for a step.
const PER_LEVEL: usize = 10;

/// Writes the annotations.
pub(crate) fn write(report: &Report<'_>, _view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let (digest, places) = (Digest::new(&report.analysis.findings), Places::new(report.sources));
    let mut shown = 0;
    for severity in Severity::ALL {
        for finding in digest.foremost(severity, PER_LEVEL) {
            writeln!(out, "{}", annotation(finding, report, &places))?;
            shown += 1;
        }
    }
    let total = report.analysis.findings.len();
    let counted = summed(report);
    match total - shown {
        0 => writeln!(out, "alignment: {counted}"),
        rest => writeln!(
            out,
            "alignment: {counted}; {} of them not annotated: GitHub shows {PER_LEVEL} of each level for a step",
            number(rest)
        ),
    }
}

/// What was found, and against what it is new.
pub(crate) fn summed(report: &Report<'_>) -> String {
    let found = report.analysis.findings.len();
    match (report.comparison, found) {
        (None, 0) => "no findings".to_owned(),
        (None, _) => counted(report),
        (Some(comparison), 0) => format!("no new findings {}", terminal(&against(comparison))),
        (Some(comparison), _) => format!("{}, new {}", counted(report), terminal(&against(comparison))),
    }
}

/// "500 errors, 1 warning, 2 notices": as many levels as have findings.
fn counted(report: &Report<'_>) -> String {
    let levels = Severity::ALL.map(|severity| (report.analysis.count(severity), command(severity)));
    let told = levels.into_iter().filter(|(findings, _)| *findings > 0);
    told.map(|(findings, level)| count(findings, level)).collect::<Vec<_>>().join(", ")
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

/// `::error file=a.py,line=1,endLine=1,col=5,endColumn=9,title=rule::message`.
fn annotation(finding: &Finding, report: &Report<'_>, places: &Places<'_>) -> String {
    let mut properties = Vec::new();
    if let Some(end) = finding.ends.first() {
        let region = places.region(end.span, ColumnUnit::Utf16);
        properties.push(("file", report.repository_path(end.span.file)));
        properties.push(("line", region.start.line.to_string()));
        properties.push(("endLine", region.end.line.to_string()));
        // Columns are for places within one line only.
        if region.start.line == region.end.line && !region.is_empty() {
            properties.push(("col", region.start.column.to_string()));
            properties.push(("endColumn", region.end.column.to_string()));
        }
    }
    properties.push(("title", finding.rule.to_owned()));
    let properties: Vec<String> =
        properties.into_iter().map(|(name, value)| format!("{name}={}", property(&value))).collect();
    let lines: Vec<String> = std::iter::once(terminal(&finding.message).into_owned())
        .chain(details(finding, report, places))
        .collect();
    format!("::{} {}::{}", command(finding.severity), properties.join(","), data(&lines.join("\n")))
}

/// The message of a command, as the runner decodes it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command, as the runner decodes it. Line breaks survive in it; other control characters would reach the terminal
/// of whoever reads the log.
fn property(text: &str) -> String {
    let escaped: String = text
        .split_inclusive(['\r', '\n'])
        .map(|line| match line.strip_suffix(['\r', '\n']) {
            Some(content) => format!("{}{}", terminal(content), &line[content.len()..]),
            None => terminal(line).into_owned(),
        })
        .collect();
    data(&escaped).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{finding, written};

    #[test]
    fn a_command_is_one_line_that_the_runner_decodes_to_the_finding() {
        let out = written("github", |s| vec![finding(s, "some-rule", Severity::Error, true)], None);
        let (annotation, rest) = out.split_once('\n').unwrap();
        let (head, message) = annotation.split_once("some-rule::").unwrap();
        assert!(
            head.starts_with(
                "::error file=web/a|b`c<script>%0A%3A%3Aerror%3A%3A%250A \"'\\u{1b}[31m.ts,line=2,"
            ),
            "{head}"
        );
        assert!(head.ends_with(",endLine=2,col=3,endColumn=11,title="), "{head}");
        assert!(message.contains("a row may hold NULL \\u{1b}[2J | <b>%0Aweb/"), "{message}");
        assert_eq!(rest, "alignment: 1 error\n");
    }

    #[test]
    fn root_causes_come_first_and_the_rest_is_counted() {
        let out = written(
            "github",
            |s| {
                let mut findings: Vec<_> =
                    (0..300).map(|_| finding(s, "some-rule", Severity::Error, true)).collect();
                findings.extend((0..200).map(|_| finding(s, "light-rule", Severity::Warning, true)));
                findings.push(finding(s, "rare-rule", Severity::Error, true));
                findings.push(finding(s, "root-rule", Severity::Error, false));
                findings
            },
            None,
        );
        let commands: Vec<&str> = out.lines().filter(|line| line.starts_with("::")).collect();
        assert_eq!(commands.len(), 20);
        assert!(commands[0].contains("title=root-rule::"), "{}", commands[0]);
        assert!(commands[..3].iter().any(|line| line.contains("title=rare-rule::")), "one of every rule");
        let last = out.lines().last().unwrap();
        assert_eq!(
            last,
            "alignment: 302 errors, 200 warnings; 482 of them not annotated: GitHub shows 10 of each level for a step"
        );
    }
}
