//! Expected findings: comments on the lines that earn them.

use alignment_model::finding::Finding;
use alignment_model::{Severity, Sources};

use super::document::{File, Test};

/// One expected finding.
#[derive(Debug)]
pub(crate) struct Expected {
    /// Index of the file in the test.
    pub(crate) file: usize,
    /// Line of the file, from 1.
    pub(crate) line: usize,
    /// Line of the document.
    pub(crate) document_line: usize,
    /// Its weight.
    pub(crate) severity: Severity,
    /// Its rule, where written.
    pub(crate) rule: Option<String>,
    /// A part of its message or of a label.
    pub(crate) text: Option<String>,
}

/// Every expected finding of a test, and comments that look like one and are none.
pub(crate) fn expected(test: &Test) -> (Vec<Expected>, Vec<(usize, String)>) {
    let (mut out, mut faults) = (Vec::new(), Vec::new());
    for (index, file) in test.files.iter().enumerate() {
        let mut waiting: Vec<Expected> = Vec::new();
        for (at, line) in file.text.lines().enumerate() {
            let document_line = file.lines.get(at).copied().unwrap_or(0);
            let comments = match comments(line) {
                Ok(comments) => comments,
                Err(message) => {
                    faults.push((document_line, message));
                    continue;
                }
            };
            let alone = comments.as_ref().is_some_and(|(before, _)| before.trim().is_empty());
            let found =
                comments.map(|(_, comment)| Expected { file: index, line: at + 1, document_line, ..comment });
            match found {
                Some(found) if alone => waiting.push(found),
                found => {
                    out.extend(waiting.drain(..).map(|expected| Expected { line: at + 1, ..expected }));
                    out.extend(found);
                }
            }
        }
        faults.extend(
            waiting.iter().map(|left| (left.document_line, "no line follows this comment".to_owned())),
        );
    }
    (out, faults)
}

/// The text before an expectation, and the expectation, if the line ends with one.
fn comments(line: &str) -> Result<Option<(&str, Expected)>, String> {
    for marker in ["# ", "// ", "-- "] {
        for severity in Severity::ALL {
            let Some(at) = line.rfind(&format!("{marker}{}", severity.key())) else { continue };
            let (before, rest) = (line.get(..at), line.get(at + marker.len() + severity.key().len()..));
            let (Some(before), Some(rest)) = (before, rest) else { continue };
            let (strict, rest) = match rest.strip_prefix(':') {
                Some(rest) => (true, rest),
                None => (false, rest),
            };
            match specifics(rest) {
                Some((rule, text)) => {
                    let expected = Expected { file: 0, line: 0, document_line: 0, severity, rule, text };
                    return Ok(Some((before, expected)));
                }
                None if strict => return Err(format!("cannot read the expectation `{}`", line.trim())),
                // An ordinary comment that begins with such a word.
                None => {}
            }
        }
    }
    Ok(None)
}

/// ` [rule] "text"`, either of which may be absent; nothing else may follow.
fn specifics(rest: &str) -> Option<(Option<String>, Option<String>)> {
    let mut rest = rest.trim();
    let mut rule = None;
    if let Some(inside) = rest.strip_prefix('[') {
        let (name, after) = inside.split_once(']')?;
        rule = Some(name.to_owned());
        rest = after.trim();
    }
    let text =
        if rest.is_empty() { None } else { Some(rest.strip_prefix('"')?.strip_suffix('"')?.to_owned()) };
    Some((rule, text))
}

/// Findings that nobody expects and expectations that nothing meets, as line of the document and message.
pub(crate) fn compare<'f>(
    test: &Test,
    own_rule: Option<&str>,
    findings: impl Iterator<Item = &'f Finding>,
    sources: &Sources,
) -> Vec<(usize, String)> {
    let (expected, mut faults) = expected(test);
    let mut met = vec![false; expected.len()];
    for finding in findings {
        let place = place(test, finding, sources);
        let hit = expected.iter().enumerate().position(|(at, expected)| {
            !met[at]
                && place.is_some_and(|(file, line)| file == expected.file && line == expected.line)
                && matches(expected, own_rule, finding)
        });
        match hit {
            Some(at) => met[at] = true,
            None => {
                let line = place.and_then(|(file, line)| test.files[file].lines.get(line - 1).copied());
                let shown =
                    format!("unexpected {}: [{}] \"{}\"", finding.severity, finding.rule, finding.message);
                faults.push((line.unwrap_or(test.line), shown));
            }
        }
    }
    for (expected, _) in expected.iter().zip(met).filter(|(_, met)| !met) {
        let rule = expected.rule.as_deref().or(own_rule).unwrap_or("any rule");
        let text = expected.text.as_deref().map(|text| format!(" \"{text}\"")).unwrap_or_default();
        faults.push((expected.document_line, format!("missing {}: [{rule}]{text}", expected.severity)));
    }
    faults.sort();
    faults
}

fn matches(expected: &Expected, own_rule: Option<&str>, finding: &Finding) -> bool {
    let rule = expected.rule.as_deref().or(own_rule);
    let says = |text: &str| {
        finding.message.contains(text) || finding.ends.iter().any(|end| end.label.contains(text))
    };
    expected.severity == finding.severity
        && rule.is_none_or(|rule| rule == finding.rule)
        && expected.text.as_deref().is_none_or(says)
}

/// File and line of the first end.
fn place(test: &Test, finding: &Finding, sources: &Sources) -> Option<(usize, usize)> {
    let span = finding.ends.first()?.span;
    let path = sources.path(span.file);
    let file = test.files.iter().position(|file: &File| file.path == path)?;
    Some((file, sources.position(span).line as usize))
}
