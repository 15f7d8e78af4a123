//! What concerns the repository as a whole: tables and models without a partner, the chain of migrations, names of constraints, what
//! to do in which order, and every entity.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use alignment_model::contract_map::{EntityContract, MigrationHistory};
use alignment_model::entity::FieldKind;
use alignment_model::finding::Finding;
use alignment_model::{Known, Layer, Severity};

use super::{Detail, Page};
use crate::digest::is_about_entity;
use crate::escape::{cell, markdown, markdown_code};
use crate::words::{count, entity_noun, number, plural};

/// Lines of a list that is not folded.
const LINES_SHOWN: usize = 40;

impl Page<'_> {
    /// Tables that no model maps, and models without a table; with the reason where that is no finding.
    pub(super) fn unpaired_tables(&self) -> String {
        let map = self.map();
        let has = |layer: Layer| map.entities.iter().any(|entity| entity.layer == layer && entity.listed);
        if !has(Layer::Database) || !has(Layer::Orm) {
            return String::new();
        }
        let mut out = String::new();
        let sides = [(Layer::Orm, "Models without a table"), (Layer::Database, "Tables without a model")];
        for (layer, title) in sides {
            let other = if layer == Layer::Orm { Layer::Database } else { Layer::Orm };
            let mut linked = vec![false; map.entities.len()];
            for link in &map.links {
                let ends = [(link.lower, link.upper), (link.upper, link.lower)];
                for (one, _) in ends.iter().filter(|(_, partner)| map.entities[*partner].layer == other) {
                    linked[*one] = true;
                }
            }
            let alone: Vec<&EntityContract> = map
                .entities
                .iter()
                .zip(linked)
                .filter(|(entity, linked)| {
                    entity.layer == layer && entity.listed && entity.expects_partner && !linked
                })
                .map(|(entity, _)| entity)
                .collect();
            if !alone.is_empty() {
                let rows: String = alone.iter().map(|entity| self.alone(entity)).collect();
                let table = format!(
                    "| {} | declared at | fields | finding |\n|---|---|--:|---|\n{rows}",
                    entity_noun(layer)
                );
                let _ = writeln!(
                    out,
                    "\n### {title} ({})\n\n{}",
                    number(alone.len()),
                    folded(alone.len(), &table).trim_end()
                );
            }
        }
        if out.is_empty() { out } else { format!("\n## Tables and models without a partner\n{out}") }
    }

    fn alone(&self, entity: &EntityContract) -> String {
        let rules: BTreeSet<&str> =
            entity.findings.iter().map(|at| self.analysis().findings[*at].rule).collect();
        let told: Vec<String> = rules.into_iter().map(markdown_code).collect();
        let told = match (told.is_empty(), entity.incomplete.is_empty()) {
            (false, _) => told.join("<br>"),
            (true, false) => "none: only partly known".to_owned(),
            (true, true) => "none: not sure enough to report".to_owned(),
        };
        let table = entity.table.as_deref().filter(|table| *table != entity.name);
        let table = table.map(|table| format!(", table {}", cell(&markdown_code(table)))).unwrap_or_default();
        let (name, place) = (cell(&markdown_code(&entity.name)), cell(&self.link(entity.span)));
        format!("| {name}{table} | {place} | {} | {told} |\n", number(entity.fields.len()))
    }

    /// The chains of migrations.
    pub(super) fn migrations(&self) -> String {
        let chains: Vec<&MigrationHistory> = self
            .map()
            .histories
            .iter()
            .filter(|history| !history.heads.is_empty() || history.faults > 0)
            .collect();
        if chains.is_empty() {
            return String::new();
        }
        let mut out = "\n## Migrations\n\n| chain | revisions | begins at | heads | merges | broken links | statements not understood |\n|---|--:|---|---|--:|--:|--:|\n".to_owned();
        for chain in chains {
            let ids = |ids: &[String]| -> String {
                let shown: Vec<String> = ids.iter().map(|id| cell(&markdown_code(id))).collect();
                shown.join("<br>")
            };
            let counts = [chain.merges.len(), chain.faults, chain.unmodelled].map(number).join(" | ");
            let (path, steps) = (cell(&markdown_code(&chain.path)), number(chain.steps));
            let _ = writeln!(
                out,
                "| {path} | {steps} | {} | {} | {counts} |",
                ids(&chain.bases),
                ids(&chain.heads)
            );
        }
        out
    }

    /// Who names the constraints that models leave without a name.
    pub(super) fn naming(&self) -> String {
        let bases = self.map().naming.iter().filter(|base| base.models > 0);
        let mut rows = String::new();
        for base in bases {
            let has = match base.has_convention {
                Known::Is(true) => "the project's own convention",
                Known::Is(false) => "the database: no naming convention",
                Known::Unknown(_) => "not known",
            };
            let (name, place) = (cell(&markdown_code(&base.name)), cell(&self.link(base.span)));
            let _ = writeln!(rows, "| {name} | {place} | {} | {has} |", number(base.models));
        }
        if rows.is_empty() {
            return rows;
        }
        format!(
            "\n## Names of constraints\n\n| metadata | declared at | models | constraints without a name are named by |\n|---|---|--:|---|\n{rows}"
        )
    }

    /// What to do, most harmful first: what is wrong with an entity as a whole before what is wrong with its fields.
    pub(super) fn plan(&self) -> String {
        let mut steps: Vec<Step<'_>> = Vec::new();
        for finding in self.analysis().findings.iter().filter(|finding| finding.severity > Severity::Info) {
            let key = (finding.severity, is_about_entity(finding), finding.rule);
            match steps.iter_mut().find(|step| step.key == key) {
                Some(step) => step.findings.push(finding),
                None => steps.push(Step { key, findings: vec![finding] }),
            }
        }
        if steps.is_empty() {
            return String::new();
        }
        steps.sort_by_key(|step| {
            (std::cmp::Reverse((step.key.0, step.key.1, step.findings.len())), step.key.2)
        });
        let mut out = "\n## What to do first\n\nMost harmful first: errors before warnings, what concerns whole entities before single fields. The effort is in places, \
                       not in hours.\n\n| | weight | what is wrong | places | entities | files | begin with |\n|--:|---|---|--:|--:|--:|---|\n"
            .to_owned();
        for (at, step) in steps.iter().enumerate() {
            let ends = || step.findings.iter().filter_map(|finding| finding.ends.first());
            let entities: BTreeSet<_> = ends().map(|end| (end.layer, &end.qualname)).collect();
            let files: BTreeSet<_> = ends().map(|end| end.span.file).collect();
            let counts = [step.findings.len(), entities.len(), files.len()].map(number).join(" | ");
            let first = step.findings.first();
            let help = first.and_then(|first| first.help.as_deref()).map(markdown).unwrap_or_default();
            let place =
                first.and_then(|first| first.ends.first()).map(|end| self.link(end.span)).unwrap_or_default();
            let first =
                [place, help].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
            let what = format!("{} (`{}`)", markdown(self.report.summary_of(step.key.2)), step.key.2);
            let _ = writeln!(
                out,
                "| {} | {} | {} | {counts} | {} |",
                at + 1,
                step.key.0,
                cell(&what),
                cell(&first)
            );
        }
        out
    }

    /// Every entity of every layer.
    pub(super) fn appendix(&self) -> String {
        if self.detail < Detail::Everything {
            return String::new();
        }
        let mut out = String::new();
        for layer in Layer::ALL {
            let entities: Vec<&EntityContract> =
                self.map().entities.iter().filter(|entity| entity.layer == layer && entity.listed).collect();
            if entities.is_empty() {
                continue;
            }
            let noun = plural(entities.len(), entity_noun(layer));
            let _ = writeln!(out, "\n<details><summary>{} {noun}</summary>\n", number(entities.len()));
            let origin = if layer == Layer::Database { " made by | later changes |" } else { "" };
            let bars = if layer == Layer::Database { "---|--:|" } else { "" };
            let _ = writeln!(
                out,
                "| {} | declared at | fields | relationships |{origin} compared | findings |\n|---|---|--:|--:|{bars}---|--:|",
                entity_noun(layer)
            );
            for entity in entities {
                out.push_str(&self.appendix_row(entity));
            }
            out.push_str("\n</details>\n");
        }
        if out.is_empty() { out } else { format!("\n## Appendix: every entity\n{out}") }
    }

    fn appendix_row(&self, entity: &EntityContract) -> String {
        let relationships =
            entity.fields.iter().filter(|field| field.kind == FieldKind::Relationship).count();
        let origin = match entity.layer {
            Layer::Database => {
                let made = entity.made_by.as_deref().map(|revision| cell(&markdown_code(revision)));
                format!(" {} | {} |", made.unwrap_or_default(), number(entity.changes))
            }
            _ => String::new(),
        };
        let (name, place) = (cell(&markdown_code(&entity.name)), cell(&self.link(entity.span)));
        let fields = number(entity.fields.len() - relationships);
        let (compared, findings) = (entity.comparison.key(), number(entity.findings.len()));
        format!(
            "| {name} | {place} | {fields} | {} |{origin} {compared} | {findings} |\n",
            number(relationships)
        )
    }

    /// A line for each of the heaviest findings, as far as a comment has room.
    pub(super) fn heaviest(&self, room: usize) -> String {
        let mut out = "\n## Errors\n\n".to_owned();
        let errors = self.digest.foremost(Severity::Error, usize::MAX);
        let mut shown = 0;
        for finding in &errors {
            let line = self.line(finding);
            if out.len() + line.len() > room {
                break;
            }
            out.push_str(&line);
            shown += 1;
        }
        match errors.len() - shown {
            _ if errors.is_empty() => String::new(),
            0 => out,
            rest => format!("{out}- and {}: the whole report has them\n", count(rest, "more error")),
        }
    }
}

/// One step of the plan.
struct Step<'a> {
    key: (Severity, bool, &'static str),
    findings: Vec<&'a Finding>,
}

/// A table that is folded where it is long.
fn folded(lines: usize, table: &str) -> String {
    if lines <= LINES_SHOWN {
        return table.to_owned();
    }
    format!("<details><summary>{}</summary>\n\n{table}\n</details>\n", count(lines, "line"))
}
