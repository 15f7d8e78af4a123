//! What is made of each table, layer by layer: the matrix of alignment, the fields that drift, and a picture of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use alignment_model::contract_map::{Comparison, ContractMap, FieldContract};
use alignment_model::entity::Presence;
use alignment_model::{Known, Layer};

use super::{Detail, Page};
use crate::chains::{Group, drift, field};
use crate::diagram::mermaid_within;
use crate::escape::{cell, markdown_code};
use crate::words::{count, number};

/// Names in one cell of the matrix.
const NAMES_SHOWN: usize = 8;
/// Entities beside each other in a table of fields: more do not fit a page.
const COLUMNS: usize = 6;
/// Values of a closed set in one cell.
const VALUES_SHOWN: usize = 8;
/// Characters and edges of the picture: what is still read at a glance, well within Mermaid's own limits.
const PICTURE: (usize, usize) = (12_000, 60);

impl Page<'_> {
    /// One line for each group that crosses layers: drifted ones first, the others folded.
    pub(super) fn matrix(&self) -> String {
        let crosses = |group: &&Group| {
            group.entities.iter().any(|at| self.map().entities[*at].layer != self.layer(group))
        };
        let groups: Vec<&Group> = self.groups.iter().filter(crosses).collect();
        if groups.is_empty() {
            return String::new();
        }
        let (drifted, aligned): (Vec<&Group>, Vec<&Group>) =
            groups.into_iter().partition(|group| !self.drift(&group.findings).is_empty());
        let mut out = "\n## Alignment, layer by layer\n\n✗ drift (errors and warnings), ✓ compared and in agreement, ~ compared in part, – nothing to \
                       compare with. A mark says how an entity stands to what it is made of.\n"
            .to_owned();
        let table = |groups: &[&Group]| -> String {
            let rows: String = groups.iter().map(|group| self.matrix_row(group)).collect();
            format!(
                "\n| table | model | schemas | operations | client types |\n|---|---|---|---|---|\n{rows}"
            )
        };
        if !drifted.is_empty() {
            out.push_str(&table(&drifted));
        }
        if !aligned.is_empty() && self.detail >= Detail::NoAppendix {
            let total = count(aligned.len(), "group");
            let _ = writeln!(
                out,
                "\n<details><summary>{total} without drift</summary>\n{}\n</details>",
                table(&aligned)
            );
        }
        out
    }

    fn layer(&self, group: &Group) -> Layer {
        self.map().entities[group.entities[0]].layer
    }

    fn matrix_row(&self, group: &Group) -> String {
        let within: BTreeSet<usize> = group.entities.iter().copied().collect();
        let mut row = String::new();
        for layer in Layer::ALL {
            let of_layer =
                group.entities.iter().copied().filter(|at| self.map().entities[*at].layer == layer);
            let mut marked: Vec<(Option<Mark>, usize)> =
                of_layer.map(|at| (self.mark(at, &within), at)).collect();
            marked.sort();
            let mut names: Vec<String> = marked
                .iter()
                .take(NAMES_SHOWN)
                .map(|(mark, at)| {
                    let name = cell(&markdown_code(&self.map().entities[*at].name));
                    mark.map_or_else(|| name.clone(), |mark| format!("{} {name}", mark.sign()))
                })
                .collect();
            if marked.len() > NAMES_SHOWN {
                names.push(format!("and {} more", number(marked.len() - NAMES_SHOWN)));
            }
            let names = if names.is_empty() { "–".to_owned() } else { names.join("<br>") };
            let _ = write!(row, "| {names} ");
        }
        row.push_str("|\n");
        row
    }

    /// How an entity stands to what it is made of, within its group. Operations carry their schema as it is, so they have no mark.
    fn mark(&self, entity: usize, within: &BTreeSet<usize>) -> Option<Mark> {
        let map = self.map();
        let compares = |lower: usize| map.entities[lower].layer != Layer::Route && within.contains(&lower);
        let below =
            self.below[entity].iter().map(|link| &map.links[*link]).filter(|link| compares(link.lower));
        if map.entities[entity].layer == Layer::Route {
            return None;
        }
        let links: Vec<_> = below.collect();
        if links.is_empty() {
            let own = &map.entities[entity];
            let alone = own.findings.iter().any(|number| self.drift([number]).len() == 1);
            return alone.then_some(Mark::Drift);
        }
        let drifts = links.iter().any(|link| !self.drift(&link.findings).is_empty());
        let compared = links.iter().map(|link| link.comparison).max().unwrap_or_default();
        Some(match compared {
            _ if drifts => Mark::Drift,
            Comparison::NotComparable => Mark::Nothing,
            Comparison::Partly => Mark::Partly,
            Comparison::Verified => Mark::Agrees,
        })
    }

    /// For each group with drifting fields a table of them, with a column for each entity.
    pub(super) fn fields(&self) -> String {
        if self.detail == Detail::FindingsOnly {
            return String::new();
        }
        let tables: String = self.groups.iter().map(|group| self.field_table(group)).collect();
        if tables.is_empty() {
            return tables;
        }
        format!(
            "\n## Fields that drift\n\n✗ marks the declarations that disagree; the others of the same field stand beside them.\n{tables}"
        )
    }

    fn field_table(&self, group: &Group) -> String {
        let drifts = |row: &Vec<(usize, usize)>| -> BTreeSet<usize> {
            row.iter().flat_map(|at| self.drift(&field(self.map(), *at).findings)).collect()
        };
        let (drifted, agreeing): (Vec<_>, Vec<_>) =
            group.rows.iter().map(|row| (row, drifts(row))).partition(|(_, findings)| !findings.is_empty());
        if drifted.is_empty() {
            return String::new();
        }
        let told: BTreeSet<usize> =
            drifted.iter().flat_map(|(_, findings)| findings.iter().copied()).collect();
        let is_told = |at: &usize| {
            let own = drifted.iter().flat_map(|(row, _)| row.iter()).filter(|one| one.0 == *at);
            own.map(|one| field(self.map(), *one)).any(|field| !field.findings.is_disjoint(&told))
                || told.iter().any(|number| self.lacks(*at, *number))
        };
        let concerned: Vec<usize> =
            group.entities.iter().copied().filter(|at| *at == group.entities[0] || is_told(at)).collect();
        let columns = &concerned[..concerned.len().min(COLUMNS)];
        let mut out = format!("\n### {}\n\n", markdown_code(&self.map().entities[group.entities[0]].name));
        out.push_str(&self.column_heads(columns));
        for (row, findings) in &drifted {
            out.push_str(&self.field_row(columns, row, findings));
        }
        if concerned.len() > COLUMNS {
            let _ =
                writeln!(out, "\nLeft out: {} with drift.", count(concerned.len() - COLUMNS, "more entity"));
        }
        let shown = |row: &Vec<(usize, usize)>| row.iter().filter(|(at, _)| columns.contains(at)).count() > 1;
        let agreeing: Vec<_> = agreeing.into_iter().filter(|(row, _)| shown(row)).collect();
        if self.detail >= Detail::NoAppendix && !agreeing.is_empty() {
            let total = count(agreeing.len(), "field");
            let _ = writeln!(out, "\n<details><summary>{total} without drift</summary>\n");
            out.push_str(&self.column_heads(columns));
            let rows: String =
                agreeing.iter().map(|(row, told)| self.field_row(columns, row, told)).collect();
            let _ = writeln!(out, "{rows}\n</details>");
        }
        out
    }

    /// Whether a finding is about an entity as a whole: it is what does not have the field.
    fn lacks(&self, entity: usize, number: usize) -> bool {
        let entity = &self.map().entities[entity];
        let mut ends = self.analysis().findings[number].told().flat_map(|told| &told.ends);
        ends.any(|end| end.field.is_none() && end.layer == entity.layer && *end.qualname == entity.qualname)
    }

    fn column_heads(&self, columns: &[usize]) -> String {
        let head = |at: &usize| {
            let entity = &self.map().entities[*at];
            format!("{} {}", entity.layer, cell(&markdown_code(&entity.name)))
        };
        let heads: Vec<String> = columns.iter().map(head).collect();
        format!("| field | {} | rules |\n|---|{}---|\n", heads.join(" | "), "---|".repeat(columns.len()))
    }

    fn field_row(&self, columns: &[usize], row: &[(usize, usize)], findings: &BTreeSet<usize>) -> String {
        let name =
            row.first().map(|at| cell(&markdown_code(&field(self.map(), *at).name))).unwrap_or_default();
        let mut out = format!("| {name} ");
        for column in columns {
            let here: Vec<&FieldContract> =
                row.iter().filter(|(at, _)| at == column).map(|at| field(self.map(), *at)).collect();
            let told = |numbers: &BTreeSet<usize>| !numbers.is_disjoint(findings);
            let text: Vec<String> = here
                .iter()
                .map(|field| {
                    format!("{}{}", if told(&field.findings) { "**✗** " } else { "" }, promise(field))
                })
                .collect();
            let lacks = findings.iter().any(|number| self.lacks(*column, *number));
            let absent = if lacks { "**✗** –" } else { "–" };
            let text = if text.is_empty() { absent.to_owned() } else { text.join("<br>") };
            let _ = write!(out, "| {text} ");
        }
        let rules: BTreeSet<&str> = findings.iter().map(|at| self.analysis().findings[*at].rule).collect();
        let rules: Vec<String> = rules.into_iter().map(markdown_code).collect();
        let _ = writeln!(out, "| {} |", rules.join("<br>"));
        out
    }

    /// The drifted neighbourhoods as a picture, as far as they can be read at a glance.
    pub(super) fn picture(&self) -> String {
        let map = self.map();
        let touched: BTreeSet<usize> = (0..map.entities.len())
            .filter(|at| {
                !self.drift(&map.entities[*at].findings).is_empty() && map.entities[*at].layer != Layer::Route
            })
            .collect();
        let touched = map.linked_among(&touched);
        if touched.is_empty() {
            return String::new();
        }
        let mut diagram = map.diagram(&touched, |field| !self.drift(&field.findings).is_empty());
        let findings = self.analysis().findings.iter();
        diagram.mark(findings.filter(|finding| finding.severity > alignment_model::Severity::Info));
        let drawing = mermaid_within(&diagram, PICTURE.0, PICTURE.1);
        format!("\n## Where it drifts\n\n```mermaid\n{drawing}```\n")
    }

    /// Closed sets of values of one field that several layers list: those that differ, and how many agree.
    pub(super) fn values(&self) -> String {
        if self.detail == Detail::FindingsOnly {
            return String::new();
        }
        let (mut differing, mut agreeing) = (BTreeMap::new(), 0);
        for row in self.groups.iter().flat_map(|group| &group.rows) {
            let sets: Vec<ValueSet<'_>> = row
                .iter()
                .map(|at| (at.0, field(self.map(), *at)))
                .filter_map(|(entity, field)| Some((entity, field, field.values.as_ref()?.iter().collect())))
                .collect();
            let Some((_, _, first)) = sets.first().filter(|_| sets.len() > 1) else { continue };
            if sets.iter().all(|(_, _, values)| values == first) {
                agreeing += 1;
                continue;
            }
            let rows = self.value_rows(&sets);
            differing.entry((row[0], rows)).or_insert(());
        }
        if differing.is_empty() && agreeing == 0 {
            return String::new();
        }
        let mut out = "\n## Sets of values\n\n".to_owned();
        let total = differing.len() + agreeing;
        let _ = writeln!(
            out,
            "Of {} that several layers close, {} list the same values everywhere.",
            count(total, "field"),
            number(agreeing)
        );
        if !differing.is_empty() {
            let rows: String = differing.keys().map(|(_, rows)| rows.as_str()).collect();
            let _ = writeln!(
                out,
                "\nThe others; a set that differs is drift only where a value can arrive that is not known there (✗):\n\n| field | layer | values |\n|---|---|---|\n{rows}"
            );
            out.pop();
        }
        out
    }

    /// A line for each layer and set of values, with the fields that have it.
    fn value_rows(&self, sets: &[ValueSet<'_>]) -> String {
        let mut lines: BTreeMap<_, (Vec<String>, bool)> = BTreeMap::new();
        for (entity, field, values) in sets {
            let owner = &self.map().entities[*entity];
            let (names, drifts) = lines.entry((owner.layer, values)).or_default();
            let name = cell(&markdown_code(&format!("{}.{}", owner.name, field.name)));
            if !names.contains(&name) {
                names.push(name);
            }
            *drifts |= !self.drift(&field.findings).is_empty();
        }
        let mut out = String::new();
        for ((layer, values), (names, drifts)) in lines {
            let values: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
            let mark = if drifts { "**✗** " } else { "" };
            let more = names.len().saturating_sub(NAMES_SHOWN);
            let more = if more > 0 { format!("<br>and {} more", number(more)) } else { String::new() };
            let names = names.into_iter().take(NAMES_SHOWN).collect::<Vec<_>>().join("<br>");
            let _ = writeln!(out, "| {names}{more} | {layer} | {mark}{} |", value_list(&values));
        }
        out
    }

    pub(super) fn map(&self) -> &ContractMap {
        self.report.map
    }

    /// Those of these findings that are more than notes.
    pub(super) fn drift<'n>(&'n self, numbers: impl IntoIterator<Item = &'n usize>) -> Vec<usize> {
        drift(&self.analysis().findings, numbers)
    }
}

/// A field whose values are a closed set, with its entity.
type ValueSet<'a> = (usize, &'a FieldContract, BTreeSet<&'a String>);

/// How an entity stands to what it is made of; worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Drift,
    Partly,
    Agrees,
    Nothing,
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Mark::Drift => "✗",
            Mark::Partly => "~",
            Mark::Agrees => "✓",
            Mark::Nothing => "–",
        }
    }
}

/// Type, null, presence, default and values of a field, as far as they are known.
fn promise(field: &FieldContract) -> String {
    let mut parts = vec![cell(&markdown_code(&field.ty))];
    // A type as written may say it: `str | None`.
    let says_null = field.ty.contains("None") || field.ty.contains("null") || field.ty.contains("Optional");
    parts.extend(match field.nullable {
        Known::Is(true) if !says_null => Some("null".to_owned()),
        Known::Is(false) => Some("not null".to_owned()),
        _ => None,
    });
    if field.presence == Known::Is(Presence::Optional) {
        parts.push("may be absent".to_owned());
    }
    parts.extend(field.default.iter().map(|default| format!("default {}", cell(&markdown_code(default)))));
    let stored = field.server_default.iter();
    parts.extend(stored.map(|default| format!("server default {}", cell(&markdown_code(default)))));
    if let Some(values) = &field.values {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        parts.push(format!("values {}", value_list(&values)));
    }
    parts.join(", ")
}

fn value_list(values: &[&str]) -> String {
    let mut shown: Vec<String> =
        values.iter().take(VALUES_SHOWN).map(|value| cell(&markdown_code(value))).collect();
    if values.len() > VALUES_SHOWN {
        shown.push(format!("and {} more", number(values.len() - VALUES_SHOWN)));
    }
    shown.join(" ")
}
