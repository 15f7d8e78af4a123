//! SARIF 2.1.0, for code scanning and editors: every finding with all its ends, the path between them as a code flow, the pages of the
//! rules as help, and suppressed findings with their reason.
//!
//! Files are named from the root of the repository (`SRCROOT`, whose place is not written down: the same input gives the same bytes
//! everywhere). Columns count UTF-16 code units. Messages follow the standard's rules for plain text (sections 3.11.5 and 3.11.6): braces
//! are doubled, and brackets are escaped where they would make a link.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use alignment_model::analysis::{Lost, RevisionComparison, Suppressed};
use alignment_model::finding::{End, Finding, Step};
use alignment_model::fix::Fix;
use alignment_model::problem::Problem;
use alignment_model::{FileId, Severity, Span};
use serde_json::{Value, json};

use crate::digest::Digest;
use crate::escape::{link_target, terminal};
use crate::places::{ColumnUnit, Places, Region};
use crate::plain::{end_name, reasons, subject};
use crate::words::{count, number};
use crate::{Report, RuleInfo, View};

/// Results that GitHub takes for a run; it refuses a file with more, and shows the 5,000 heaviest.
/// <https://docs.github.com/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>
const MAX_RESULTS: usize = 25_000;

/// Locations of one result that GitHub keeps.
const MAX_RELATED: usize = 100;

/// Problems told as notifications; JSON lists all.
const MAX_PROBLEMS: usize = 1_000;

/// Writes the report.
pub(crate) fn write(report: &Report<'_>, _view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let log = Log::new(report, MAX_RESULTS);
    serde_json::to_writer(&mut *out, &log.value())?;
    out.write_all(b"\n")
}

struct Log<'a> {
    report: &'a Report<'a>,
    places: Places<'a>,
    /// Names of the rules in the order in which they stand in the log.
    rules: Vec<&'static str>,
    /// Results that there is room for.
    room: usize,
}

/// Every rule that is known, then those that only findings name.
fn rules(report: &Report<'_>) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = report.rules.iter().map(|rule| rule.name).collect();
    let suppressed = report.analysis.suppressed.iter().map(|entry| &entry.finding);
    let compared = report.comparison.iter();
    let compared = compared
        .flat_map(|one| one.known.iter().chain(&one.fixed).chain(one.lost.iter().map(|lost| &lost.finding)));
    for finding in report.analysis.findings.iter().chain(suppressed).chain(compared) {
        if !names.contains(&finding.rule) {
            names.push(finding.rule);
        }
    }
    names
}

impl<'a> Log<'a> {
    fn new(report: &'a Report<'a>, room: usize) -> Self {
        Self { report, places: Places::new(report.sources), rules: rules(report), room }
    }

    fn value(&self) -> Value {
        let analysis = self.report.analysis;
        let mut results: Vec<Value> =
            self.kept().into_iter().map(|finding| self.standing(self.result(finding), "new")).collect();
        let mut wanted = analysis.findings.len() + analysis.suppressed.len();
        let mut rest: Vec<Value> = analysis.suppressed.iter().map(|entry| self.suppressed(entry)).collect();
        if let (Some(comparison), Some(base)) = (self.report.comparison, self.report.of_base()) {
            wanted += comparison.known.len() + comparison.fixed.len() + comparison.lost.len();
            let (rules, room) = (self.rules.clone(), self.room);
            let base = Log { report: &base, places: Places::new(base.sources), rules, room };
            rest.extend(comparison.known.iter().map(|one| self.standing(self.result(one), "unchanged")));
            rest.extend(comparison.fixed.iter().map(|one| self.standing(base.result(one), "absent")));
            rest.extend(comparison.lost.iter().map(|one| base.lost(one)));
        }
        let room = self.room - results.len();
        results.extend(rest.into_iter().take(room));
        let left_out = wanted - results.len();
        let mut notifications: Vec<Value> =
            analysis.problems.iter().take(MAX_PROBLEMS).map(|problem| self.notification(problem)).collect();
        if left_out > 0 {
            let limit = number(self.room);
            let text =
                format!("{} left out: code scanning takes {limit} of a run", count(left_out, "result"));
            notifications.push(json!({ "level": "warning", "message": { "text": text } }));
        }
        let known = |name: &&'static str| self.report.rules.iter().find(|rule| rule.name == *name);
        let descriptors: Vec<Value> = self
            .rules
            .iter()
            .map(|name| known(name).map_or_else(|| json!({ "id": name }), descriptor))
            .collect();
        let version = env!("CARGO_PKG_VERSION");
        json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "alignment",
                    "version": version,
                    "semanticVersion": version,
                    "rules": descriptors,
                }},
                "columnKind": "utf16CodeUnits",
                "originalUriBaseIds": { "SRCROOT": { "description": { "text": "the root of the repository" } } },
                "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications }],
                "results": results,
            }],
        })
    }

    /// The findings that fit, in their order: root causes before the rest of their weight where not all do.
    fn kept(&self) -> Vec<&'a Finding> {
        let findings = &self.report.analysis.findings;
        if findings.len() <= self.room {
            return findings.iter().collect();
        }
        let digest = Digest::new(findings);
        let ranked = Severity::ALL.into_iter().flat_map(|severity| digest.foremost(severity, self.room));
        ranked.take(self.room).collect()
    }

    /// With its state against the base, if there is one: either all results have one or none (section 3.27.24).
    fn standing(&self, mut result: Value, state: &str) -> Value {
        if self.report.comparison.is_some() {
            result["baselineState"] = state.into();
        }
        result
    }

    /// Of what is no longer known enough nothing is concluded (section 3.27.9), and then there is no level.
    fn lost(&self, lost: &Lost) -> Value {
        let mut result = self.standing(self.result(&lost.finding), "absent");
        result["kind"] = "open".into();
        result["level"] = "none".into();
        let message = format!("no longer comparable, {}: {}", lost.reason, lost.finding.message);
        result["message"] = json!({ "text": text(&terminal(&message)) });
        result
    }

    fn result(&self, finding: &Finding) -> Value {
        let mut result = json!({
            "ruleId": finding.rule,
            "ruleIndex": self.rules.iter().position(|name| *name == finding.rule),
            "level": level(finding.severity),
            "message": { "text": message(finding) },
            "locations": finding.ends.first().map(|end| self.end(end, None)).into_iter().collect::<Vec<_>>(),
            "partialFingerprints": { "alignment/v1": finding.fingerprint() },
            "properties": { "confidence": finding.confidence.key(), "direction": finding.direction.key() },
        });
        let others = finding.ends.iter().skip(1).take(MAX_RELATED).zip(1..);
        let related: Vec<Value> = others.map(|(end, id)| self.end(end, Some(id))).collect();
        if !related.is_empty() {
            result["relatedLocations"] = related.into();
        }
        if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.new_files.is_empty()) {
            result["fixes"] = json!([self.fix(fix)]);
        }
        if !finding.path.is_empty() {
            let steps: Vec<Value> = finding.path.iter().map(|step| self.step(step)).collect();
            result["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
        }
        result
    }

    /// A file that is not there has no artifact to change: a fix that makes one is not told.
    fn fix(&self, fix: &Fix) -> Value {
        let mut by_file: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
        for edit in &fix.edits {
            let region = self.places.whole(edit.range.in_file(edit.file), ColumnUnit::Utf16);
            by_file.entry(edit.file).or_default().push(json!({
                "deletedRegion": whole(&region),
                "insertedContent": { "text": edit.replacement },
            }));
        }
        let change = |(file, replacements): (FileId, Vec<Value>)| {
            let uri = link_target(&self.report.repository_path(file));
            let artifact = json!({ "uri": uri, "uriBaseId": "SRCROOT" });
            json!({ "artifactLocation": artifact, "replacements": replacements })
        };
        let changes: Vec<Value> = by_file.into_iter().map(change).collect();
        json!({ "description": { "text": text(&terminal(&fix.title)) }, "artifactChanges": changes })
    }

    fn suppressed(&self, entry: &Suppressed) -> Value {
        let files: BTreeSet<FileId> = entry.finding.ends.iter().map(|end| end.span.file).collect();
        // A comment stands beside one of the ends; everything else is configuration.
        let in_source = entry.by.is_some_and(|span| files.contains(&span.file));
        let mut suppression = json!({
            "kind": if in_source { "inSource" } else { "external" },
            "status": "accepted",
            "justification": terminal(&entry.reason),
        });
        if let Some(span) = entry.by {
            suppression["location"] = json!({ "physicalLocation": self.physical(span) });
        }
        let is_known = |one: &RevisionComparison| one.accepted.contains(&entry.finding.fingerprint());
        let state = if self.report.comparison.is_some_and(is_known) { "unchanged" } else { "new" };
        let mut result = self.standing(self.result(&entry.finding), state);
        result["suppressions"] = json!([suppression]);
        result
    }

    fn end(&self, end: &End, id: Option<usize>) -> Value {
        let label = if end.label.is_empty() {
            end_name(end)
        } else {
            format!("{}: {}", end_name(end), terminal(&end.label))
        };
        let name = subject(&end.qualname, end.field.as_deref());
        let kind = if end.field.is_some() { "member" } else { "type" };
        let mut location = json!({
            "physicalLocation": self.physical(end.span),
            "logicalLocations": [{ "fullyQualifiedName": terminal(&name), "kind": kind }],
            "message": { "text": text(&label) },
        });
        if let Some(id) = id {
            location["id"] = id.into();
        }
        location
    }

    fn step(&self, step: &Step) -> Value {
        let name = format!("{} `{}`", step.layer, terminal(&subject(&step.entity, step.field.as_deref())));
        let reason =
            if step.reason.is_empty() { String::new() } else { format!(": {}", terminal(&step.reason)) };
        json!({ "location": {
            "physicalLocation": self.physical(step.span),
            "message": { "text": text(&format!("{name}{reason} [{}]", step.confidence)) },
        }})
    }

    fn notification(&self, problem: &Problem) -> Value {
        let text = text(&format!("{}: {}", problem.kind.key(), terminal(&problem.message)));
        let mut notification = json!({ "level": "note", "message": { "text": text } });
        if let Some(span) = problem.span {
            notification["locations"] = json!([{ "physicalLocation": self.physical(span) }]);
        }
        notification
    }

    fn physical(&self, span: Span) -> Value {
        let region = self.places.region(span, ColumnUnit::Utf16);
        let lines =
            if region.is_empty() { json!({ "startLine": region.start.line }) } else { whole(&region) };
        let uri = link_target(&self.report.repository_path(span.file));
        json!({ "artifactLocation": { "uri": uri, "uriBaseId": "SRCROOT" }, "region": lines })
    }
}

/// A region with both of its ends.
fn whole(Region { start, end }: &Region) -> Value {
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// What a rule is, with its page as help. `precision` and `problem.severity` are what GitHub sorts and filters by.
fn descriptor(rule: &RuleInfo) -> Value {
    let severity = match rule.severity {
        Severity::Info => "recommendation",
        other => other.key(),
    };
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": {
            "text": format!("{}. `alignment rule {}` explains it.", rule.summary, rule.name),
            "markdown": without_examples(rule.page),
        },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": [rule.group], "precision": "high", "problem.severity": severity },
    })
}

/// A page without its title, which every reader shows anyway, and without the section of examples, which is a test first.
fn without_examples(page: &str) -> String {
    let mut out = String::new();
    let mut kept = true;
    for line in page.lines().skip_while(|line| line.starts_with("# ") || line.is_empty()) {
        if let Some(title) = line.strip_prefix("## ") {
            kept = title != "Examples";
        }
        if kept {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

/// The message, a line for each other end (a link to it), and the path, proof and remedy.
fn message(finding: &Finding) -> String {
    let mut lines = vec![text(&terminal(&finding.message))];
    for (end, id) in finding.ends.iter().skip(1).take(MAX_RELATED).zip(1..) {
        let name = braces(&end_name(end)).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        let label = if end.label.is_empty() { String::new() } else { format!(": {}", terminal(&end.label)) };
        lines.push(format!("[{name}]({id}){}", text(&label)));
    }
    if let Some(rest) = finding.ends.len().checked_sub(MAX_RELATED + 1).filter(|rest| *rest > 0) {
        lines.push(format!("and {} of this kind", count(rest, "more place")));
    }
    lines.extend(reasons(finding).iter().map(|line| text(line)));
    lines.join("\n")
}

/// Prose for a message: no placeholder and no link.
fn text(prose: &str) -> String {
    braces(prose).replace("](", "] (")
}

fn braces(prose: &str) -> String {
    prose.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use alignment_model::Sources;

    use super::*;
    use crate::sample::{analysis, finding, report, sources, written};

    fn run(findings: impl Fn(&Sources) -> Vec<Finding>) -> Value {
        let mut log: Value = serde_json::from_str(&written("sarif", findings, None)).unwrap();
        log["runs"][0].take()
    }

    #[test]
    fn a_result_has_both_ends_the_path_and_a_fingerprint() {
        let run = run(|s| vec![finding(s, "some-rule", Severity::Error, true)]);
        let result = &run["results"][0];
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            physical["artifactLocation"]["uri"],
            "web/a%7Cb%60c%3Cscript%3E%0A%3A%3Aerror%3A%3A%250A%20%22%27%1B%5B31m.ts"
        );
        assert_eq!(
            physical["region"],
            json!({ "startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 11 })
        );
        assert_eq!(result["relatedLocations"][0]["id"], 1);
        let text = result["message"]["text"].as_str().unwrap();
        assert!(text.contains("\n[model `User.nickname`](1): NULL is legal here\npath: client"), "{text}");
        assert!(text.contains("witness: row {{nickname: NULL}}"), "{text}");
        let step = &result["codeFlows"][0]["threadFlows"][0]["locations"][0]["location"];
        assert_eq!(
            step["message"]["text"],
            "client `User.nickname`: the call at `/users` says so [resolved]"
        );
        assert_eq!(result["partialFingerprints"]["alignment/v1"].as_str().unwrap().len(), 16);
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(
            (&rule["id"], &rule["defaultConfiguration"]["level"]),
            (&json!("some-rule"), &json!("error"))
        );
        assert_eq!(
            rule["help"]["markdown"],
            "## What it does\n\nReports a drift.\n\n## How to fix it\n\nMend it."
        );
    }

    #[test]
    fn suppressed_findings_say_so_and_why() {
        let run = run(|_| Vec::new());
        let suppression = &run["results"][0]["suppressions"][0];
        assert_eq!(suppression["kind"], "inSource");
        assert_eq!(suppression["justification"], "kept for | old clients");
        assert_eq!(suppression["location"]["physicalLocation"]["region"], json!({ "startLine": 1 }));
    }

    #[test]
    fn what_a_run_has_no_room_for_is_left_out_and_counted() {
        let sources = sources();
        let light = finding(&sources, "some-rule", Severity::Info, true);
        let mut findings = vec![light; 3];
        findings.push(finding(&sources, "root-rule", Severity::Error, false));
        let analysis = analysis(&sources, findings);
        let map = crate::sample::map();
        let report = report(&sources, &analysis, &map);
        let mut log = Log::new(&report, 3).value();
        let run = log["runs"][0].take();
        assert_eq!(run["results"].as_array().unwrap().len(), 3);
        assert_eq!(run["results"][0]["ruleId"], "root-rule");
        let told = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().last().unwrap();
        assert_eq!(told["message"]["text"], "2 results left out: code scanning takes 3 of a run");
    }

    #[test]
    fn prose_makes_no_link_and_no_placeholder() {
        assert_eq!(text("a[0](http://x) {0}"), "a[0] (http://x) {{0}}");
    }
}
