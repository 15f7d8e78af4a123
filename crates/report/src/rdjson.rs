//! Diagnostics for reviewdog: the `DiagnosticResult` message of its format, as JSON.
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use std::io;

use alignment_model::finding::Finding;
use alignment_model::{LineColumn, Severity};
use serde::Serialize;

use crate::escape::terminal;
use crate::places::{ColumnUnit, Places};
use crate::plain::details;
use crate::{Report, View};

/// Writes the diagnostics.
pub(crate) fn write(report: &Report<'_>, _view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::new(report.sources);
    let findings = report.analysis.findings.iter();
    let result = DiagnosticResult {
        source: Source { name: "alignment" },
        diagnostics: findings.map(|finding| diagnostic(finding, report, &places)).collect(),
    };
    serde_json::to_writer(&mut *out, &result)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct DiagnosticResult<'a> {
    source: Source,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
    severity: &'static str,
    code: Code<'a>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Position>,
}

/// Columns count bytes of UTF-8; without one, the whole line is meant.
#[derive(Serialize)]
struct Position {
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

fn diagnostic<'a>(finding: &'a Finding, report: &Report<'_>, places: &Places<'_>) -> Diagnostic<'a> {
    let location = finding.ends.first().map(|end| {
        let region = places.region(end.span, ColumnUnit::Bytes);
        let whole_line = region.is_empty();
        let position =
            |at: LineColumn| Position { line: at.line, column: (!whole_line).then_some(at.column) };
        Location {
            path: report.repository_path(end.span.file),
            range: Range { start: position(region.start), end: (!whole_line).then(|| position(region.end)) },
        }
    });
    let mut message = terminal(&finding.message).into_owned();
    for line in details(finding, report, places) {
        message.push('\n');
        message.push_str(&line);
    }
    Diagnostic {
        message,
        location,
        severity: match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        code: Code { value: finding.rule },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sample::{HOSTILE_PATH, finding, written};

    #[test]
    fn a_diagnostic_names_its_range_in_bytes() {
        let out = written("rdjson", |s| vec![finding(s, "some-rule", Severity::Warning, true)], None);
        let result: Value = serde_json::from_str(&out).unwrap();
        let diagnostic = &result["diagnostics"][0];
        let range = json!({ "start": { "line": 2, "column": 3 }, "end": { "line": 2, "column": 11 } });
        assert_eq!(diagnostic["location"], json!({ "path": HOSTILE_PATH, "range": range }));
        assert_eq!(
            (&diagnostic["severity"], &diagnostic["code"]["value"]),
            (&json!("WARNING"), &json!("some-rule"))
        );
    }
}
