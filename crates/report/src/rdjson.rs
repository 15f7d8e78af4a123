//! Diagnostics for reviewdog: the `DiagnosticResult` message of its format, as JSON.
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use std::io;

use alignment_model::finding::Finding;
use alignment_model::{LineColumn, Severity, TextRange};
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
}

/// What may stand in a range instead.
#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
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
        suggestions: suggestion(finding, places).into_iter().collect(),
    }
}

/// The fix as one range, where it changes nothing but the file that the diagnostic is in: what stands between its edits stays.
fn suggestion(finding: &Finding, places: &Places<'_>) -> Option<Suggestion> {
    let fix = finding.fix.as_ref().filter(|fix| fix.new_files.is_empty())?;
    let file = finding.ends.first()?.span.file;
    let (first, last) = (fix.edits.first()?, fix.edits.last()?);
    if fix.edits.iter().any(|edit| edit.file != file) {
        return None;
    }
    let source = places.sources().text(file);
    let (mut text, mut at) = (String::new(), first.range.start as usize);
    for edit in &fix.edits {
        text.push_str(source.get(at..edit.range.start as usize).unwrap_or_default());
        text.push_str(&edit.replacement);
        at = edit.range.end as usize;
    }
    let range = TextRange { start: first.range.start, end: last.range.end };
    let region = places.whole(range.in_file(file), ColumnUnit::Bytes);
    let position = |at: LineColumn| Position { line: at.line, column: Some(at.column) };
    Some(Suggestion { range: Range { start: position(region.start), end: Some(position(region.end)) }, text })
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
