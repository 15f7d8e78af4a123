//! The code quality report of GitLab: a list of issues in a subset of Code Climate's form.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>
//!
//! GitLab itself compares the report of a merge request with that of its target, by fingerprint, and calls resolved what is missing. So
//! a report against a base holds what was there before, too.

use std::collections::BTreeMap;
use std::io;

use alignment_model::Severity;
use alignment_model::finding::{End, Finding};
use serde::Serialize;

use crate::escape::terminal;
use crate::places::{ColumnUnit, Places};
use crate::plain::{details, unique};
use crate::{Report, View};

/// Writes the report.
pub(crate) fn write(report: &Report<'_>, _view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::new(report.sources);
    let mut seen = BTreeMap::new();
    let known = report.comparison.iter().flat_map(|comparison| &comparison.known);
    let all = report.analysis.findings.iter().chain(known);
    let issues: Vec<Issue<'_>> = all.map(|finding| issue(finding, report, &places, &mut seen)).collect();
    serde_json::to_writer(&mut *out, &issues)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_locations: Vec<Location>,
    content: Content,
}

/// What Code Climate shows under the description; GitLab does not.
#[derive(Serialize)]
struct Content {
    body: String,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn issue<'a>(
    finding: &'a Finding,
    report: &Report<'_>,
    places: &Places<'_>,
    seen: &mut BTreeMap<String, usize>,
) -> Issue<'a> {
    let location = |end: &End| {
        let region = places.region(end.span, ColumnUnit::Characters);
        Location {
            path: report.repository_path(end.span.file),
            lines: Lines { begin: region.start.line, end: region.end.line },
        }
    };
    let mut ends = finding.ends.iter().map(location);
    // An issue without a place is refused.
    let nowhere = Location { path: ".".to_owned(), lines: Lines { begin: 1, end: 1 } };
    Issue {
        description: terminal(&finding.message).into_owned(),
        check_name: finding.rule,
        fingerprint: unique(finding, seen, '-'),
        severity: match finding.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Info => "info",
        },
        location: ends.next().unwrap_or(nowhere),
        other_locations: ends.collect(),
        content: Content { body: details(finding, report, places).join("\n") },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sample::{HOSTILE_PATH, finding, written};

    #[test]
    fn an_issue_has_what_gitlab_asks_for_and_its_own_fingerprint() {
        let same = |s: &_| vec![finding(s, "some-rule", Severity::Error, true); 2];
        let issues: Value = serde_json::from_str(&written("gitlab", same, None)).unwrap();
        let issue = &issues[0];
        assert_eq!(issue["location"], json!({ "path": HOSTILE_PATH, "lines": { "begin": 2, "end": 2 } }));
        assert_eq!((&issue["check_name"], &issue["severity"]), (&json!("some-rule"), &json!("major")));
        assert_eq!(issue["other_locations"][0]["path"], "app/models.py");
        assert_eq!(issue["fingerprint"].as_str().map(str::len), Some(16));
        assert_ne!(issue["fingerprint"], issues[1]["fingerprint"]);
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        assert_eq!(written("gitlab", |_| Vec::new(), None), "[]\n");
    }
}
