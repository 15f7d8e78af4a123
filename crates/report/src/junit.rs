//! JUnit XML as Jenkins and GitLab read it: a suite for each rule, a test case for each finding, so that a rule without findings is a
//! test that passes. Errors and warnings are failures; notes and suppressed findings are skipped. Against a base, what was there
//! before is skipped too, what is fixed is a test that passes, and what can no longer be compared is skipped with the reason.
//!
//! Names of cases are stable: they carry what a finding is about and its fingerprint, never a line or a wording.

use std::fmt::Write as _;
use std::io;

use alignment_model::Severity;
use alignment_model::analysis::Suppressed;
use alignment_model::finding::Finding;

use crate::escape::{terminal, xml};
use crate::places::Places;
use crate::plain::{details, subject};
use crate::{Report, View};

/// Writes the report.
pub(crate) fn write(report: &Report<'_>, _view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::new(report.sources);
    let mut names: Vec<&str> = report.rules.iter().map(|rule| rule.name).collect();
    let analysis = report.analysis;
    let compared = report.comparison.iter();
    let compared = compared
        .flat_map(|one| one.known.iter().chain(&one.fixed).chain(one.lost.iter().map(|lost| &lost.finding)));
    let suppressed = analysis.suppressed.iter().map(|entry| &entry.finding);
    for finding in analysis.findings.iter().chain(suppressed).chain(compared) {
        if !names.contains(&finding.rule) {
            names.push(finding.rule);
        }
    }
    let suites: Vec<Suite> = names.into_iter().map(|rule| Suite::of(rule, report, &places)).collect();
    let tests: usize = suites.iter().map(|suite| suite.tests).sum();
    let failures: usize = suites.iter().map(|suite| suite.failures).sum();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"alignment\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">")?;
    for suite in &suites {
        out.write_all(suite.xml().as_bytes())?;
    }
    writeln!(out, "</testsuites>")
}

/// The findings of one rule.
struct Suite {
    rule: String,
    tests: usize,
    failures: usize,
    skipped: usize,
    cases: String,
}

impl Suite {
    fn of(rule: &str, report: &Report<'_>, places: &Places<'_>) -> Self {
        let mut suite = Self { rule: xml(rule), tests: 0, failures: 0, skipped: 0, cases: String::new() };
        for finding in report.analysis.findings.iter().filter(|finding| finding.rule == rule) {
            suite.finding(finding, report, places);
        }
        for entry in report.analysis.suppressed.iter().filter(|entry| entry.finding.rule == rule) {
            suite.suppressed(entry);
        }
        if let Some(comparison) = report.comparison {
            for finding in comparison.known.iter().filter(|finding| finding.rule == rule) {
                suite.skip(finding, "known", "was there before");
            }
            for lost in comparison.lost.iter().filter(|lost| lost.finding.rule == rule) {
                suite.skip(&lost.finding, "lost", &format!("no longer comparable: {}", lost.reason));
            }
            for finding in comparison.fixed.iter().filter(|finding| finding.rule == rule) {
                let message = xml(&terminal(&format!("fixed: {}", finding.message)));
                suite.case(finding, &format!("<system-out>{message}</system-out>"));
            }
        }
        if suite.tests == 0 {
            let summary = xml(&format!("never: {}", report.summary_of(rule)));
            let _ = writeln!(suite.cases, "    <testcase name=\"{summary}\" classname=\"{}\"/>", suite.rule);
            suite.tests = 1;
        }
        suite
    }

    fn finding(&mut self, finding: &Finding, report: &Report<'_>, places: &Places<'_>) {
        let message = xml(&terminal(&finding.message));
        let body = xml(&details(finding, report, places).join("\n"));
        match finding.severity {
            // A skipped test has no text of its own.
            Severity::Info => {
                self.skipped += 1;
                let skipped = format!("<skipped type=\"info\" message=\"{message}\"/>");
                self.case(finding, &format!("{skipped}<system-out>{body}</system-out>"));
            }
            severity => {
                self.failures += 1;
                let kind = severity.key();
                self.case(
                    finding,
                    &format!("<failure type=\"{kind}\" message=\"{message}\">{body}</failure>"),
                );
            }
        }
    }

    fn suppressed(&mut self, entry: &Suppressed) {
        self.skip(&entry.finding, "suppressed", &format!("suppressed: {}", entry.reason));
    }

    fn skip(&mut self, finding: &Finding, kind: &str, why: &str) {
        self.skipped += 1;
        let message = xml(&terminal(why));
        self.case(finding, &format!("<skipped type=\"{kind}\" message=\"{message}\"/>"));
    }

    fn case(&mut self, finding: &Finding, inside: &str) {
        self.tests += 1;
        let about = match finding.ends.first() {
            Some(end) => subject(&end.entity, end.field.as_deref()),
            None => "the repository".to_owned(),
        };
        let name = xml(&terminal(&format!("{about} {}", finding.fingerprint())));
        let _ = writeln!(
            self.cases,
            "    <testcase name=\"{name}\" classname=\"{}\">{inside}</testcase>",
            self.rule
        );
    }

    fn xml(&self) -> String {
        let Self { rule, tests, failures, skipped, cases } = self;
        format!(
            "  <testsuite name=\"{rule}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n\
             {cases}  </testsuite>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{finding, written};

    #[test]
    fn rules_are_suites_and_findings_are_cases() {
        let out = written(
            "junit",
            |s| {
                let of = |severity| finding(s, "some-rule", severity, true);
                vec![of(Severity::Error), of(Severity::Info)]
            },
            None,
        );
        assert!(
            out.contains(
                "<testsuite name=\"some-rule\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\">"
            ),
            "{out}"
        );
        assert!(
            out.contains("<skipped type=\"suppressed\" message=\"suppressed: kept for | old clients\"/>"),
            "{out}"
        );
        assert!(out.contains("NULL \\u{1b}[2J | &lt;b&gt;\">web/a|b`c&lt;script&gt;"), "{out}");
        let none = written("junit", |_| Vec::new(), None);
        assert!(
            none.contains("<testcase name=\"never: what it reports\" classname=\"some-rule\"/>"),
            "{none}"
        );
        assert!(
            none.contains("<testsuites name=\"alignment\" tests=\"2\" failures=\"0\" errors=\"0\">"),
            "{none}"
        );
    }
}
