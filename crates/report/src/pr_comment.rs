//! The comment under a pull request, as Markdown: what is new, what is fixed, and what the new findings reach.
//!
//! It begins with a marker, so that whoever posts it finds and replaces the comment of the last run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;

use alignment_model::contract_map::ContractMap;
use alignment_model::finding::{End, Finding};
use alignment_model::{Layer, Severity};

use crate::diagram::mermaid_within;
use crate::digest::Digest;
use crate::escape::{markdown, markdown_code, terminal};
use crate::markdown::COMMENT_LIMIT;
use crate::places::Places;
use crate::plain::{reasons, subject};
use crate::words::{count, number};
use crate::{Report, View};

/// The first line; the one thing by which a later run knows the comment.
const MARKER: &str = "<!-- alignment -->";

/// Names of one layer that are listed in a line.
const NAMES: usize = 5;
/// Lines about what is reached.
const REACHES: usize = 10;
/// Size of the picture: characters, and lines of Mermaid.
const PICTURE: (usize, usize) = (4_000, 40);
/// Room for what closes a list that did not fit.
const CLOSING: usize = 300;

/// Writes the comment.
pub(crate) fn write(report: &Report<'_>, _view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(comment(report, COMMENT_LIMIT).as_bytes())
}

/// The comment, at most `limit` bytes long: the list of findings gives way first.
fn comment(report: &Report<'_>, limit: usize) -> String {
    let head = format!("{MARKER}\n### Alignment: {}\n", title(report));
    let after = [reached(report), picture(report), gone(report)].concat();
    let room = limit.saturating_sub(head.len() + CLOSING);
    let after = if after.len() > room / 2 { String::new() } else { after };
    format!("{head}{}{after}", findings(report, room - after.len()))
}

/// "2 new errors, 1 new warning; 3 fixed".
fn title(report: &Report<'_>) -> String {
    let new = if report.comparison.is_some() { "new " } else { "" };
    let weights: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (severity, report.analysis.count(severity)))
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| count(n, &format!("{new}{}", severity.key())))
        .collect();
    let fixed = report.comparison.map_or(0, |comparison| comparison.fixed.len());
    let fixed = if fixed == 0 { String::new() } else { format!("; {} fixed", number(fixed)) };
    let found = if weights.is_empty() { format!("no {new}drift") } else { weights.join(", ") };
    format!("{found}{fixed}")
}

fn findings(report: &Report<'_>, room: usize) -> String {
    if report.analysis.findings.is_empty() {
        return String::new();
    }
    let places = Places::new(report.sources);
    let list = Digest::new(&report.analysis.findings).within(room, |finding| entry(report, &places, finding));
    format!("\n{list}")
}

/// One finding: what is wrong, where, the path, the proof and the remedy.
fn entry(report: &Report<'_>, places: &Places<'_>, finding: &Finding) -> String {
    let mut out = format!("- **{}** {} (`{}`)\n", finding.severity, markdown(&finding.message), finding.rule);
    for end in finding.ends.iter().take(2) {
        let path = report.repository_path(end.span.file);
        let place = markdown_code(&terminal(&format!("{path}:{}", places.line(end.span))));
        let label = if end.label.is_empty() { String::new() } else { format!(": {}", markdown(&end.label)) };
        let _ = writeln!(out, "  - {place}{label}");
    }
    for line in reasons(finding) {
        let _ = writeln!(out, "  - {}", markdown(&line));
    }
    out
}

/// What rests on the declarations that the findings are about, nearer to the screen.
fn reached(report: &Report<'_>) -> String {
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for finding in &report.analysis.findings {
        let Some(lowest) = finding.ends.iter().min_by_key(|end| end.layer) else { continue };
        let layers = above(report.map, lowest);
        let words: Vec<String> = [(Layer::Route, "operation"), (Layer::Client, "client type")]
            .into_iter()
            .filter_map(|(layer, noun)| Some(named(layers.get(&layer)?, noun)))
            .collect();
        if !words.is_empty() {
            let name = markdown_code(&terminal(&subject(&lowest.entity, lowest.field.as_deref())));
            lines.insert(name, words.join("; "));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let mut out = "\n<details><summary>What it reaches</summary>\n\n".to_owned();
    for (name, words) in lines.iter().take(REACHES) {
        let _ = writeln!(out, "- {name}: {words}");
    }
    if let Some(rest) = lines.len().checked_sub(REACHES).filter(|rest| *rest > 0) {
        let _ = writeln!(out, "- and what {} reach", count(rest, "more declaration"));
    }
    out.push_str("\n</details>\n");
    out
}

/// "3 operations (`GET /users`, ...)".
fn named(names: &BTreeSet<&str>, noun: &str) -> String {
    let mut shown: Vec<String> =
        names.iter().take(NAMES).map(|name| markdown_code(&terminal(name))).collect();
    if names.len() > NAMES {
        shown.push("...".to_owned());
    }
    format!("{} ({})", count(names.len(), noun), shown.join(", "))
}

/// Entities that a declaration reaches towards the screen, by layer. A field goes on where a link pairs it, or pairs no fields at all.
fn above<'m>(map: &'m ContractMap, end: &End) -> BTreeMap<Layer, BTreeSet<&'m str>> {
    let is_it = |at: &usize| {
        map.entities
            .get(*at)
            .is_some_and(|entity| entity.layer == end.layer && entity.qualname == end.qualname)
    };
    let field_of = |at: usize, name: &str| {
        map.entities.get(at).and_then(|entity| entity.fields.iter().position(|field| field.name == name))
    };
    let start = (0..map.entities.len())
        .filter(is_it)
        .map(|at| (at, end.field.as_deref().and_then(|name| field_of(at, name))));
    let mut open: Vec<(usize, Option<usize>)> = start.collect();
    let mut seen: BTreeSet<(usize, Option<usize>)> = open.iter().copied().collect();
    let mut out: BTreeMap<Layer, BTreeSet<&str>> = BTreeMap::new();
    while let Some((at, field)) = open.pop() {
        for link in map.links.iter().filter(|link| link.lower == at) {
            let to = match field {
                Some(field) if !link.pairs.is_empty() => {
                    let pair = link.pairs.iter().find(|pair| pair.lower == field);
                    let Some(pair) = pair else { continue };
                    (link.upper, Some(pair.upper))
                }
                _ => (link.upper, None),
            };
            if let Some(entity) = map.entities.get(link.upper).filter(|_| seen.insert(to)) {
                out.entry(entity.layer).or_default().insert(&entity.name);
                // Beyond an operation stand all types of its calls, also those of its other schemas.
                if entity.layer != Layer::Route {
                    open.push(to);
                }
            }
        }
    }
    out
}

/// The entities that the findings are about, where they are linked with each other.
fn picture(report: &Report<'_>) -> String {
    let map = report.map;
    let touched: BTreeSet<usize> =
        (0..map.entities.len()).filter(|at| !map.entities[*at].findings.is_empty()).collect();
    let touched = map.linked_among(&touched);
    if touched.is_empty() {
        return String::new();
    }
    let mut diagram = map.diagram(&touched, |field| !field.findings.is_empty());
    diagram.mark(report.analysis.findings.iter());
    let drawing = mermaid_within(&diagram, PICTURE.0, PICTURE.1);
    format!("\n<details><summary>Where it drifts</summary>\n\n```mermaid\n{drawing}```\n\n</details>\n")
}

/// What the change mended, and what nothing can be said of any more.
pub(crate) fn gone(report: &Report<'_>) -> String {
    let Some(comparison) = report.comparison else { return String::new() };
    let line = |finding: &Finding, why: &str| {
        format!("- {} (`{}`){}\n", markdown(&finding.message), finding.rule, markdown(why))
    };
    let folded = |title: &str, lines: Vec<String>| match lines.len() {
        0 => String::new(),
        n => format!(
            "\n<details><summary>{title} ({})</summary>\n\n{}\n</details>\n",
            number(n),
            lines.concat()
        ),
    };
    let fixed = comparison.fixed.iter().map(|finding| line(finding, "")).collect();
    let lost =
        comparison.lost.iter().map(|lost| line(&lost.finding, &format!(": {}", lost.reason))).collect();
    folded("Fixed", fixed) + &folded("No longer comparable", lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{analysis, finding, map, report, sources};

    #[test]
    fn the_comment_has_its_marker_and_its_limit() {
        let sources = sources();
        let findings = |n: usize| {
            (0..n).map(|at| finding(&sources, "some-rule", Severity::Error, at > 0)).collect::<Vec<_>>()
        };
        let analysis = analysis(&sources, findings(400));
        let mut map = map();
        map.mark(&analysis.findings);
        let report = report(&sources, &analysis, &map);
        let whole = comment(&report, COMMENT_LIMIT);
        assert!(whole.starts_with("<!-- alignment -->\n### Alignment: 400 errors\n"), "{whole}");
        assert!(whole.len() <= COMMENT_LIMIT && whole.contains("which did not fit"), "{}", whole.len());
        // Names of files stand in code, where GitHub shows markup as it is written; everything else is escaped.
        let outside: String =
            whole.lines().map(|line| line.split('`').step_by(2).collect::<String>()).collect();
        assert!(!outside.contains("<script>") && !outside.contains("<b>"), "{whole}");
        let tight = comment(&report, 2_000);
        assert!(tight.len() <= 2_000, "{}", tight.len());
    }

    #[test]
    fn nothing_new_is_one_line() {
        let sources = sources();
        let analysis = alignment_model::analysis::Analysis::default();
        let map = ContractMap::default();
        let report = report(&sources, &analysis, &map);
        assert_eq!(comment(&report, COMMENT_LIMIT), "<!-- alignment -->\n### Alignment: no drift\n");
    }
}
