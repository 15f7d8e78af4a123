//! A finding in plain lines, for formats that show one text: every end with its place, the path between them, the proof and the remedy.

use std::collections::BTreeMap;

use alignment_model::finding::{End, Finding};

use crate::Report;
use crate::escape::terminal;
use crate::places::Places;
use crate::words::count;

/// Places listed for one finding; JSON and SARIF list all.
const MAX_ENDS: usize = 10;

/// Everything about a finding but its message, one thing a line.
pub(crate) fn details(finding: &Finding, report: &Report<'_>, places: &Places<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for end in finding.ends.iter().take(MAX_ENDS) {
        let path = report.repository_path(end.span.file);
        let label = if end.label.is_empty() { String::new() } else { format!(": {}", terminal(&end.label)) };
        lines.push(format!("{}:{}: {}{label}", terminal(&path), places.line(end.span), end_name(end)));
    }
    if let Some(rest) = finding.ends.len().checked_sub(MAX_ENDS).filter(|rest| *rest > 0) {
        lines.push(format!("and {} of this kind", count(rest, "more place")));
    }
    lines.extend(reasons(finding));
    lines
}

/// The path, the proof and the remedy, one a line.
pub(crate) fn reasons(finding: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    if !finding.path.is_empty() {
        lines.push(format!("path: {}", path(finding)));
    }
    let witness = finding.witness.iter().flat_map(|witness| witness.lines());
    lines.extend(witness.map(|line| format!("witness: {}", terminal(line))));
    lines.extend(finding.help.iter().map(|help| format!("help: {}", terminal(help))));
    lines
}

/// "client `User.nickname`".
pub(crate) fn end_name(end: &End) -> String {
    format!("{} `{}`", end.layer, terminal(&subject(&end.entity, end.field.as_deref())))
}

/// "User.nickname", or "User" without a field.
pub(crate) fn subject(entity: &str, field: Option<&str>) -> String {
    match field {
        Some(field) => format!("{entity}.{field}"),
        None => entity.to_owned(),
    }
}

/// "table `users` -> model `User` (`__tablename__` names the table) -> ...", with the confidence of the weakest link.
pub(crate) fn path(finding: &Finding) -> String {
    let mut out = String::new();
    for step in &finding.path {
        if !out.is_empty() {
            out.push_str(" -> ");
        }
        out.push_str(&format!("{} `{}`", step.layer, subject(&step.entity, step.field.as_deref())));
        if !step.reason.is_empty() {
            out.push_str(&format!(" ({})", step.reason));
        }
    }
    format!("{} [{}]", terminal(&out), finding.confidence)
}

/// The fingerprint; of findings with the same one, all but the first carry a number, in order of the report.
pub(crate) fn unique(finding: &Finding, seen: &mut BTreeMap<String, usize>, separator: char) -> String {
    let fingerprint = finding.fingerprint();
    let nth = seen.entry(fingerprint.clone()).or_default();
    *nth += 1;
    if *nth == 1 { fingerprint } else { format!("{fingerprint}{separator}{nth}") }
}
