//! The audit report: what was analysed, a summary per edge, every finding with both places, proof and remedy, and what is not known.
//! Sections with nothing to say are left out.

mod repository;
mod tables;

use std::fmt::Write as _;
use std::io;

use alignment_model::analysis::{Analysis, EdgeCoverage, LayerCoverage};
use alignment_model::contract_map::Comparison;
use alignment_model::finding::{End, Finding};
use alignment_model::{Severity, Span};

use crate::chains;
use crate::digest::{Digest, Group};
use crate::escape::{cell, link_target, markdown, markdown_code, terminal};
use crate::places::Places;
use crate::text::against;
use crate::words::{count, entity_noun, model_scope, number, plural, size, with_symptoms};
use crate::{Report, View};

/// Reasons for incomplete entities that are listed per layer.
const REASONS_SHOWN: usize = 10;

/// GitHub shows Markdown files of up to 512 KB as a page and longer ones as text ("Limits for viewing content and diffs in a
/// repository").
pub(crate) const FILE_LIMIT: usize = 500_000;
/// GitHub takes comments and descriptions of up to 65,536 characters.
pub(crate) const COMMENT_LIMIT: usize = 65_000;

/// Writes the report with as much detail as stays a page, or its summary.
pub(crate) fn write(report: &Report<'_>, view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(report);
    if view.summary_only {
        return out.write_all(page.summary(COMMENT_LIMIT).as_bytes());
    }
    out.write_all(page.within(FILE_LIMIT).as_bytes())
}

/// How often each rule reports; empty without findings.
pub(crate) fn rule_table(report: &Report<'_>, digest: &Digest<'_>) -> String {
    if digest.rules.is_empty() {
        return String::new();
    }
    let mut out = "| severity | findings | rule | |\n|---|--:|---|---|\n".to_owned();
    for rule in &digest.rules {
        let (count, summary) = (number(rule.count), cell(&markdown(report.summary_of(rule.rule))));
        let _ = writeln!(out, "| {} | {count} | `{}` | {summary} |", rule.severity, rule.rule);
    }
    out
}

struct Page<'a> {
    report: &'a Report<'a>,
    places: Places<'a>,
    digest: Digest<'a>,
    /// What is made of each entity that rests on no other.
    groups: Vec<chains::Group>,
    /// The links of each entity towards storage, by position.
    below: Vec<Vec<usize>>,
    detail: Detail,
    /// Bytes that findings may take.
    room: usize,
}

/// How much is told; what weighs least goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    /// No tables of fields.
    FindingsOnly,
    /// Without what agrees, and notes in a line each.
    DriftOnly,
    /// Without the list of every entity.
    NoAppendix,
    /// Everything.
    Everything,
}

impl Detail {
    /// All, most first.
    const ALL: [Detail; 4] =
        [Detail::Everything, Detail::NoAppendix, Detail::DriftOnly, Detail::FindingsOnly];

    /// What is left out.
    fn left_out(self) -> &'static str {
        match self {
            Detail::Everything => "",
            Detail::NoAppendix => "the list of every entity",
            Detail::DriftOnly => {
                "the list of every entity, the fields and tables that agree, and all but a line of each note"
            }
            Detail::FindingsOnly => {
                "the list of every entity, all tables of fields, and all but a line of each note"
            }
        }
    }
}

/// Headings of the three weights.
fn heading(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Errors",
        Severity::Warning => "Warnings",
        Severity::Info => "Notes",
    }
}

impl<'a> Page<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        let mut below = vec![Vec::new(); report.map.entities.len()];
        for (at, link) in report.map.links.iter().enumerate() {
            below[link.upper].push(at);
        }
        Self {
            report,
            places: Places::new(report.sources),
            digest: Digest::new(&report.analysis.findings),
            groups: chains::groups(report.map),
            below,
            detail: Detail::Everything,
            room: usize::MAX,
        }
    }

    /// The most detailed report within this number of bytes.
    fn within(&mut self, limit: usize) -> String {
        for detail in Detail::ALL {
            self.detail = detail;
            let text = self.sections().concat();
            if text.len() <= limit {
                return text;
            }
        }
        let others: usize = [self.sections().concat().len(), self.findings().len()]
            .into_iter()
            .reduce(usize::saturating_sub)
            .unwrap_or(0);
        self.room = limit.saturating_sub(others);
        self.sections().concat()
    }

    fn sections(&self) -> Vec<String> {
        let sections = [
            Page::title,
            Page::analysed,
            Page::edges,
            Page::rules,
            Page::findings,
            Page::fixed,
            Page::picture,
            Page::matrix,
            Page::fields,
            Page::unpaired_tables,
            Page::migrations,
            Page::naming,
            Page::values,
            Page::plan,
            Page::suppressed,
            Page::problems,
            Page::incomplete,
            Page::appendix,
        ];
        sections.into_iter().map(|section| section(self)).collect()
    }

    /// Totals, tables and a line for each error.
    fn summary(&mut self, limit: usize) -> String {
        self.detail = Detail::NoAppendix;
        let head = [Page::title, Page::analysed, Page::edges, Page::rules, Page::plan];
        let head: String = head.into_iter().map(|section| section(self)).collect();
        let heaviest = self.heaviest(limit.saturating_sub(head.len() + 100));
        head + &heaviest
    }

    fn analysis(&self) -> &'a Analysis {
        self.report.analysis
    }

    fn title(&self) -> String {
        let analysis = self.analysis();
        let entities = self.digest.groups.iter().filter(|group| group.subject.is_some()).count();
        let compared: usize = analysis.coverage.edges.iter().map(|edge| edge.fields_compared).sum();
        let sum = match analysis.findings.len() {
            0 if compared == 0 => "Nothing was compared: see below for what was read.".to_owned(),
            0 => format!("No drift found; {} compared.", count(compared, "field pair")),
            _ => format!(
                "**{}, {} and {}** about {}{}; {} compared.",
                count(analysis.count(Severity::Error), "error"),
                count(analysis.count(Severity::Warning), "warning"),
                count(analysis.count(Severity::Info), "note"),
                count(entities, "entity"),
                with_symptoms(analysis),
                count(compared, "field pair"),
            ),
        };
        let lighter = match analysis.left_out {
            0 => String::new(),
            n => format!(" {} left out, lighter than what was asked for.", count(n, "finding")),
        };
        let left_out = match self.detail.left_out() {
            "" => String::new(),
            what => format!(
                "\nLeft out, so that GitHub shows this page: {what}. `--output-format json` and `html` have everything.\n"
            ),
        };
        match self.report.comparison {
            None => format!("# Alignment audit\n\n{sum}{lighter}\n{left_out}"),
            Some(comparison) => {
                let against = markdown(&against(comparison));
                let sum = if analysis.findings.is_empty() { "No new drift." } else { &sum };
                format!("# Alignment check\n\n{sum}{lighter}\n\nWhat is new {against}.\n{left_out}")
            }
        }
    }

    fn analysed(&self) -> String {
        let coverage = &self.analysis().coverage;
        let mut out = format!(
            "\n## What was analysed\n\n{} of {} parsed ({}).\n",
            number(coverage.files_parsed),
            count(coverage.files_seen, "file"),
            size(coverage.bytes_parsed)
        );
        if let Some(revision) = self.report.revision {
            let _ = writeln!(out, "The revision that is checked out is {}.", markdown_code(revision));
        }
        if coverage.layers.iter().any(|layer| layer.entities > 0) {
            out.push_str("\n| layer | entities | fields | completely known | facts not known |\n|---|--:|--:|--:|--:|\n");
            for layer in &coverage.layers {
                let unknown: usize = layer.unknown.values().sum();
                let cells = [layer.entities, layer.fields, layer.complete, unknown].map(number).join(" | ");
                let _ = writeln!(out, "| {} | {cells} |", layer.layer);
            }
        }
        if let Some(scope) = model_scope(coverage.models) {
            let _ = writeln!(out, "\nA model whose module nothing imports is never mapped: {scope}.");
        }
        if !coverage.database.is_empty() {
            out.push_str("\n| database source | path | steps | heads | statements not understood |\n|---|---|--:|---|--:|\n");
        }
        for source in &coverage.database {
            let heads: Vec<String> = source.heads.iter().map(|head| cell(&markdown_code(head))).collect();
            let (kind, path) = (cell(&markdown(&source.kind)), cell(&markdown_code(&source.path)));
            let (steps, unmodelled) = (number(source.steps), number(source.unmodelled));
            let _ = writeln!(out, "| {kind} | {path} | {steps} | {} | {unmodelled} |", heads.join(", "));
        }
        if !coverage.documents.is_empty() {
            out.push_str("\n| API document | version | is | operations | of the code's | schemas |\n|---|---|---|--:|--:|--:|\n");
        }
        for document in &coverage.documents {
            let (path, version) =
                (cell(&markdown_code(&document.path)), cell(&markdown(&document.specification)));
            let is = document.standing.replace('_', " ");
            let counts = [document.operations, document.described, document.schemas].map(number).join(" | ");
            let _ = writeln!(out, "| {path} | {version} | {is} | {counts} |");
        }
        out
    }

    fn edges(&self) -> String {
        let coverage = &self.analysis().coverage;
        let mut out = String::new();
        if coverage.edges.iter().any(|edge| edge.linked + edge.lower_unlinked + edge.upper_unlinked > 0) {
            out.push_str("\n## Summary by edge\n\n| edge | entities | compared pairs | aligned | of these in part | drifted | not comparable | fields compared |\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
            for edge in &coverage.edges {
                let layers =
                    coverage.layers.iter().filter(|one| [edge.lower, edge.upper].contains(&one.layer));
                let entities: Vec<String> = layers.map(|layer| number(layer.entities)).collect();
                let cells = [
                    edge.linked,
                    edge.linked.saturating_sub(edge.drifted),
                    self.partly(edge),
                    edge.drifted,
                    edge.lower_unlinked + edge.upper_unlinked,
                    edge.fields_compared,
                ];
                let (entities, cells) = (entities.join(" and "), cells.map(number).join(" | "));
                let _ = writeln!(out, "| {} – {} | {entities} | {cells} |", edge.lower, edge.upper);
            }
            out.push_str("\n\"In part\": the link is less than sure, or something of an end is not known. \"Not comparable\": entities without a partner.\n");
        }
        if coverage.calls.found > 0 {
            let calls = coverage.calls;
            let _ = writeln!(
                out,
                "\nOf {} of the client, {} have a known path, {} match an operation and {} say what comes back.",
                count(calls.found, "call"),
                number(calls.known),
                number(calls.matched),
                number(calls.typed)
            );
        }
        out
    }

    /// Pairs without a finding that were compared in part only.
    fn partly(&self, edge: &EdgeCoverage) -> usize {
        let map = self.report.map;
        let of_edge = map.links.iter().filter(|link| {
            (map.entities[link.lower].layer, map.entities[link.upper].layer) == (edge.lower, edge.upper)
        });
        of_edge.filter(|link| link.findings.is_empty() && link.comparison != Comparison::Verified).count()
    }

    fn rules(&self) -> String {
        match rule_table(self.report, &self.digest) {
            table if table.is_empty() => table,
            table => format!("\n## Rules\n\n{table}"),
        }
    }

    fn findings(&self) -> String {
        let mut out = String::new();
        for severity in Severity::ALL {
            let total = self.analysis().count(severity);
            if total == 0 {
                continue;
            }
            let _ = writeln!(out, "\n## {} ({})", heading(severity), number(total));
            let fold = severity == Severity::Info;
            if fold {
                let _ = writeln!(out, "\n<details><summary>{}</summary>", count(total, "note"));
            }
            let left_out: usize =
                self.digest.groups.iter().map(|group| self.group(group, severity, &mut out)).sum();
            if left_out > 0 {
                let _ = writeln!(out, "\nNot shown: {}.", count(left_out, "more finding"));
            }
            if fold {
                out.push_str("\n</details>\n");
            }
        }
        out
    }

    /// The findings of one weight about one entity, as far as there is room; how many there is none for.
    fn group(&self, group: &Group<'_>, severity: Severity, out: &mut String) -> usize {
        let mut text = match group.subject {
            Some(end) => {
                let table = end.table.as_deref().filter(|table| *table != end.entity);
                let table =
                    table.map(|table| format!(", table {}", markdown_code(table))).unwrap_or_default();
                format!("\n### {} ({}{table})\n\n", markdown_code(&end.entity), end.layer)
            }
            None => "\n### The repository\n\n".to_owned(),
        };
        let (heading, mut left_out) = (text.len(), 0);
        for finding in group.of(severity) {
            let before = text.len();
            if severity == Severity::Info && self.detail <= Detail::DriftOnly {
                text.push_str(&self.line(finding));
            } else {
                self.finding(finding, &mut text);
            }
            if out.len() + text.len() > self.room {
                text.truncate(before);
                left_out += 1;
            }
        }
        if text.len() > heading {
            out.push_str(&text);
        }
        left_out
    }

    /// A finding in one line.
    fn line(&self, finding: &Finding) -> String {
        let place = finding.ends.first().map(|end| format!("{} ", self.link(end.span))).unwrap_or_default();
        format!("- {place}{} (`{}`)\n", markdown(&finding.message), finding.rule)
    }

    fn finding(&self, finding: &Finding, out: &mut String) {
        let _ =
            writeln!(out, "- {} (`{}`, {})", markdown(&finding.message), finding.rule, finding.confidence);
        for end in &finding.ends {
            let _ = writeln!(out, "  - {}{}", self.link(end.span), self.end(end));
        }
        if !finding.path.is_empty() {
            let hops: Vec<String> = finding
                .path
                .iter()
                .map(|step| {
                    let field = step.field.as_deref().map(|field| format!(".{field}")).unwrap_or_default();
                    let name = markdown_code(&format!("{}{field}", step.entity));
                    let reason = if step.reason.is_empty() {
                        String::new()
                    } else {
                        format!(" ({})", markdown(&step.reason))
                    };
                    format!("{} {name}{reason}", step.layer)
                })
                .collect();
            let _ = writeln!(out, "  - path: {}", hops.join(" → "));
        }
        if let Some(witness) = &finding.witness {
            let lines: Vec<String> = witness.lines().map(markdown).collect();
            let _ = writeln!(out, "  - witness: {}", lines.join("<br>"));
        }
        if let Some(help) = &finding.help {
            let _ = writeln!(out, "  - fix: {}", markdown(help));
        }
        if !finding.symptoms.is_empty() {
            let _ = writeln!(out, "  - {} of the same:", count(finding.symptoms.len(), "symptom"));
        }
        for symptom in &finding.symptoms {
            let place = symptom.ends.first().map(|end| format!("{} ", self.link(end.span)));
            let (place, message) = (place.unwrap_or_default(), markdown(&symptom.message));
            let _ = writeln!(
                out,
                "    - {place}{message} (`{}`, {}, {})",
                symptom.rule, symptom.severity, symptom.confidence
            );
        }
    }

    fn end(&self, end: &End) -> String {
        let field = end.field.as_deref().map(|field| format!(".{field}")).unwrap_or_default();
        let name = markdown_code(&format!("{}{field}", end.entity));
        let label = if end.label.is_empty() { String::new() } else { format!(": {}", markdown(&end.label)) };
        format!(" {} {name}{label}", end.layer)
    }

    fn link(&self, span: Span) -> String {
        let (path, line) = (self.places.path(span.file), self.places.line(span));
        format!("[{}:{line}]({}#L{line})", markdown(&terminal(path)), link_target(path))
    }

    /// What the change mended; its places are those of the base, so that links would lead astray.
    fn fixed(&self) -> String {
        let Some(comparison) = self.report.comparison else { return String::new() };
        let places = Places::new(&comparison.base_sources);
        let line = |finding: &Finding, why: &str| {
            let place = finding.ends.first().map(|end| markdown(&terminal(places.path(end.span.file))));
            let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
            format!("- `{}` {}{place}{}\n", finding.rule, markdown(&finding.message), markdown(why))
        };
        let mut out = String::new();
        if !comparison.fixed.is_empty() {
            let _ = writeln!(out, "\n## Fixed ({})\n", number(comparison.fixed.len()));
            out.extend(comparison.fixed.iter().map(|finding| line(finding, "")));
        }
        if !comparison.lost.is_empty() {
            let count = number(comparison.lost.len());
            let _ = writeln!(
                out,
                "\n## No longer comparable ({count})\n\nNot fixed: what these rest on is no longer known.\n"
            );
            let told = comparison.lost.iter();
            out.extend(told.map(|lost| line(&lost.finding, &format!(": {}", lost.reason))));
        }
        out
    }

    fn suppressed(&self) -> String {
        let suppressed = &self.analysis().suppressed;
        if suppressed.is_empty() {
            return String::new();
        }
        let mut out = "\n## Suppressed\n\n".to_owned();
        for entry in suppressed {
            let by = entry.by.map(|span| format!(" {}", self.link(span))).unwrap_or_default();
            let (rule, message) = (entry.finding.rule, markdown(&entry.finding.message));
            let _ = writeln!(out, "- `{rule}` {message}: {}{by}", markdown(&entry.reason));
        }
        out
    }

    fn problems(&self) -> String {
        let problems = &self.analysis().problems;
        if problems.is_empty() {
            return String::new();
        }
        let total = count(problems.len(), "problem");
        let mut out = format!("\n## Not read or not understood\n\n<details><summary>{total}</summary>\n\n");
        for problem in problems {
            let place = problem.span.map(|span| format!("{}: ", self.link(span))).unwrap_or_default();
            let _ = writeln!(out, "- {}: {place}{}", problem.kind.key(), markdown(&problem.message));
        }
        out.push_str("\n</details>\n");
        out
    }

    fn incomplete(&self) -> String {
        let layers: Vec<&LayerCoverage> =
            self.analysis().coverage.layers.iter().filter(|layer| !layer.incomplete.is_empty()).collect();
        if layers.is_empty() {
            return String::new();
        }
        let mut out =
            "\n## Only partly known\n\nNothing is said about fields that these entities seem to lack.\n"
                .to_owned();
        for layer in layers {
            let n = layer.entities - layer.complete;
            let _ = writeln!(out, "\n{} {}:\n", number(n), plural(n, entity_noun(layer.layer)));
            for (reason, entities) in layer.incomplete.iter().take(REASONS_SHOWN) {
                let _ = writeln!(out, "- {}: {}", number(*entities), markdown(reason));
            }
            if let Some(rest) = layer.incomplete.len().checked_sub(REASONS_SHOWN).filter(|rest| *rest > 0) {
                let _ = writeln!(out, "- and {}", count(rest, "more reason"));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use alignment_model::Severity;

    use crate::sample::{finding, written};

    #[test]
    fn a_finding_has_links_proof_and_remedy_and_nothing_breaks_out() {
        let out = written("markdown", |s| vec![finding(s, "some-rule", Severity::Error, true)], None);
        let from = out.find("## Errors").unwrap();
        let to = out.find("\n## Where it drifts").unwrap();
        let expected = "## Errors (1)

### `User` (client)

- `User.nickname` never expects `null`,\\\\nbut a row may hold NULL \\\\u{1b}\\[2J \\| &lt;b&gt; (`some-rule`, resolved)
  - [web/a\\|b\\`c&lt;script&gt;\\\\n::error::%0A \"'\\\\u{1b}\\[31m.ts:2](web/a%7Cb%60c%3Cscript%3E%0A%3A%3Aerror%3A%3A%250A%20%22%27%1B%5B31m.ts#L2) client `User.nickname`: NULL is legal here
  - [app/models.py:2](app/models.py#L2) model `User.nickname`: NULL is legal here
  - path: client `User.nickname` (the call at `/users` says so)
  - witness: row {nickname: NULL}<br>-&gt; {\"nickname\": null}
  - fix: write `string | null`
";
        assert_eq!(&out[from..to], expected);
    }

    #[test]
    fn tables_of_fields_mark_what_disagrees_and_nothing_breaks_out() {
        let out = written("markdown", |s| vec![finding(s, "some-rule", Severity::Error, true)], None);
        let from = out.find("### `User`\n\n| field").unwrap();
        let table = out[from..].split("\n\n").nth(1).unwrap();
        let promise =
            |ty: &str| format!("**✗** {ty}, null, server default `'a\\|<b>'`, values ``a`\\|<b>`` `b`");
        let expected = format!(
            "| field | model `User` | client `User` | rules |\n|---|---|---|---|\n| `nickname` | {} | {} | `some-rule` |",
            promise("`varchar\\|<b>`"),
            promise("`string`")
        );
        assert_eq!(table, expected);
        assert!(out.contains("| – | ✗ `User` | – | – | ✗ `User` |\n"), "{out}");
    }

    #[test]
    fn what_weighs_least_goes_first_and_the_page_says_so() {
        let sources = crate::sample::sources();
        let findings = (0..200).map(|_| finding(&sources, "some-rule", Severity::Error, true)).collect();
        let (analysis, mut map) = (crate::sample::analysis(&sources, findings), crate::sample::map());
        map.mark(&analysis.findings);
        let report = crate::sample::report(&sources, &analysis, &map);
        let mut page = super::Page::new(&report);
        let whole = page.within(usize::MAX);
        assert!(whole.contains("## Appendix") && !whole.contains("Left out"), "{whole}");
        let shorter = page.within(whole.len() - 1);
        assert!(!shorter.contains("## Appendix") && shorter.contains("Left out"), "{shorter}");
        let limit = 40_000;
        let shortest = page.within(limit);
        assert!(shortest.len() <= limit && shortest.contains(" more findings.\n"), "{shortest}");
        let summary = page.summary(limit);
        assert!(
            summary.len() <= limit && summary.contains("more errors: the whole report has them"),
            "{summary}"
        );
    }

    #[test]
    fn notes_are_folded_and_empty_sections_left_out() {
        let out = written("markdown", |s| vec![finding(s, "some-rule", Severity::Info, false)], None);
        assert!(out.contains("## Notes (1)\n\n<details><summary>1 note</summary>\n"), "{out}");
        assert!(!out.contains("## Errors") && !out.contains("| database source"), "{out}");
    }
}
