//! A schema for reading: what is uncertain first, then a section per table with its columns, constraints and indexes.

use std::io;

use alignment_model::database::Generated;
use alignment_model::entity::{Constraint, ConstraintKind, Field};
use alignment_model::{Dialect, Known, Span};

use super::constraint::{constraint, index};
use super::{Catalog, SchemaReport, TableView};
use crate::escape::{cell, link_target, markdown, markdown_code};
use crate::words::count;

/// Writes the document.
pub(super) fn write(report: &SchemaReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(catalog) = Catalog::of(report) else { return Ok(()) };
    let mut page = Page { catalog: &catalog, dialect: catalog.source.dialect, out };
    page.head()?;
    page.enums()?;
    for table in &catalog.tables {
        page.table(table)?;
    }
    page.views()?;
    page.partitions()
}

struct Page<'c, 'a, 'o> {
    catalog: &'c Catalog<'a>,
    dialect: Dialect,
    out: &'o mut dyn io::Write,
}

impl Page<'_, '_, '_> {
    fn head(&mut self) -> io::Result<()> {
        let source = self.catalog.source;
        let heads: Vec<String> = self.catalog.heads().iter().map(|head| markdown_code(head)).collect();
        let at = match heads.len() {
            0 => String::new(),
            1 => format!(" at revision {}", heads.join("")),
            _ => format!(" at revisions {}", heads.join(", ")),
        };
        writeln!(self.out, "# Database schema\n")?;
        let tables = count(self.catalog.tables.len(), "table");
        let views = count(self.catalog.views.len(), "view");
        let columns: usize = self.catalog.tables.iter().map(|view| view.entity.fields.len()).sum();
        let columns = count(columns, "column");
        let name = markdown_code(&source.name);
        writeln!(
            self.out,
            "{name}{at}, for {}: {tables} with {columns}, {views}.\n",
            source.dialect.label()
        )?;
        if source.may_lack_tables {
            writeln!(
                self.out,
                "There may be more tables: a statement that was not understood may have made or changed any.\n"
            )?;
        }
        for problem in &source.unmodelled {
            let place = problem.span.map_or_else(String::new, |span| format!(" ({})", self.place(span)));
            writeln!(self.out, "- {}{place}", markdown(&problem.message))?;
        }
        if source.unmodelled.is_empty() { Ok(()) } else { writeln!(self.out) }
    }

    /// A link to a place.
    fn place(&self, span: Span) -> String {
        let path = self.catalog.places.path(span.file);
        let line = self.catalog.places.line(span);
        format!("[{}]({}#L{line})", markdown_code(&format!("{path}:{line}")), link_target(path))
    }

    fn enums(&mut self) -> io::Result<()> {
        let enums = &self.catalog.schema().enums;
        if enums.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "## Enumerations\n\n| name | labels |\n|---|---|")?;
        for one in enums {
            let labels: Vec<String> = one.labels.iter().map(|label| cell(&markdown_code(label))).collect();
            let more = if one.certain { "" } else { ", and maybe more" };
            let name = cell(&markdown_code(&one.name.to_string()));
            writeln!(self.out, "| {name} | {}{more} |", labels.join(", "))?;
        }
        writeln!(self.out)
    }

    fn table(&mut self, view: &TableView<'_>) -> io::Result<()> {
        let place = self.place(view.entity.span);
        writeln!(self.out, "## {}\n\n{place}", markdown_code(&view.table.name.to_string()))?;
        if let Some(by) = &view.table.partition_by {
            writeln!(self.out, "\nPartitioned by {}.", markdown_code(by))?;
        }
        if view.table.row_security.enabled.is_some() {
            let policies = &view.table.row_security.policies;
            let names: Vec<String> = policies.iter().map(|policy| markdown_code(&policy.name)).collect();
            writeln!(self.out, "\nRow level security, policies: {}.", names.join(", "))?;
        }
        for reason in &view.entity.completeness.reasons {
            let place = reason.span.map_or_else(String::new, |span| format!(" ({})", self.place(span)));
            writeln!(self.out, "\nIt may have other columns: {}{place}.", markdown(&reason.message))?;
        }
        writeln!(self.out, "\n| column | type | null | default | keys |\n|---|---|---|---|---|")?;
        for field in &view.entity.fields {
            self.column(view, field)?;
        }
        let constraints: Vec<&Constraint> = view.constraints().collect();
        self.list(
            "Constraints",
            constraints.iter().map(|one| (constraint(one, self.dialect), one.span)).collect(),
        )?;
        let indexes = view.indexes.iter().map(|one| (index(one, self.dialect), one.span)).collect();
        self.list("Indexes", indexes)?;
        writeln!(self.out)
    }

    fn column(&mut self, view: &TableView<'_>, field: &Field) -> io::Result<()> {
        let ty = match &field.ty.sql {
            Some(ty) => markdown_code(&ty.to_string()),
            None if field.ty.written.is_empty() => "unknown".to_owned(),
            None => format!("unknown: {}", markdown_code(&field.ty.written)),
        };
        let null = match field.nullable {
            Known::Is(true) => "yes",
            Known::Is(false) => "no",
            Known::Unknown(_) => "unknown",
        };
        let default = default(field);
        let keys = keys(view, field);
        let name = cell(&markdown_code(&field.name));
        writeln!(self.out, "| {name} | {} | {null} | {} | {} |", cell(&ty), cell(&default), cell(&keys))
    }

    /// Statements under a heading, each with its place.
    fn list(&mut self, title: &str, items: Vec<(Result<String, String>, Span)>) -> io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{title}:\n")?;
        for (sql, span) in items {
            let place = self.place(span);
            match sql {
                Ok(sql) => writeln!(self.out, "- {} ({place})", markdown_code(&folded(&sql)))?,
                Err(why) => writeln!(self.out, "- {} ({place})", markdown(&why))?,
            }
        }
        Ok(())
    }

    fn views(&mut self) -> io::Result<()> {
        let catalog = self.catalog;
        for view in &catalog.views {
            let place = self.place(view.span);
            let materialized = catalog.query(view).is_some_and(|query| query.materialized);
            let kind = if materialized { "materialized view" } else { "view" };
            writeln!(self.out, "## {} ({kind})\n\n{place}\n", markdown_code(&view.qualname))?;
            let columns: Vec<String> = view.fields.iter().map(|field| markdown_code(&field.name)).collect();
            match view.completeness.is_complete() {
                true => writeln!(self.out, "Columns: {}.\n", columns.join(", "))?,
                false => writeln!(self.out, "Its columns are not all known.\n")?,
            }
        }
        Ok(())
    }

    fn partitions(&mut self) -> io::Result<()> {
        let partitions = &self.catalog.schema().partitions;
        if partitions.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "## Partitions\n\n| name | of | holds |\n|---|---|---|")?;
        for one in partitions {
            let bounds = one.bounds.is().map_or("unknown".to_owned(), |bounds| markdown_code(bounds));
            let (name, of) = (markdown_code(&one.name.to_string()), markdown_code(&one.of.to_string()));
            writeln!(self.out, "| {} | {} | {} |", cell(&name), cell(&of), cell(&bounds))?;
        }
        writeln!(self.out)
    }
}

/// SQL on one line.
fn folded(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What fills a column that an INSERT leaves out.
fn default(field: &Field) -> String {
    match (&field.column.generated, &field.server_default) {
        (Generated::Identity { always, .. }, _) => {
            format!("identity{}", if *always { ", always" } else { "" })
        }
        (Generated::Computed { expression: Known::Is(expression), .. }, _) => {
            format!("computed: {}", markdown_code(&folded(expression)))
        }
        (Generated::Computed { .. }, _) => "computed".to_owned(),
        (Generated::Serial, Known::Is(Some(_))) => "serial".to_owned(),
        (Generated::AutoIncrement, Known::Is(None)) => "auto-increment".to_owned(),
        (_, Known::Is(Some(default))) => markdown_code(&folded(default)),
        (Generated::Elsewhere, Known::Is(None)) => "made by the database".to_owned(),
        (_, Known::Is(None)) => String::new(),
        (_, Known::Unknown(_)) => "unknown".to_owned(),
    }
}

/// The keys a column is part of, in few words.
fn keys(view: &TableView<'_>, field: &Field) -> String {
    let mut keys = Vec::new();
    if field.column.primary_key {
        keys.push("primary key".to_owned());
    }
    if field.column.unique {
        keys.push("unique".to_owned());
    }
    for one in &view.table.constraints {
        if let ConstraintKind::ForeignKey(key) = &one.kind
            && let Some(at) = key.columns.iter().position(|column| *column == field.name)
        {
            let target = match key.target_columns.get(at) {
                Some(column) => format!("{}.{column}", key.target),
                None => key.target.to_string(),
            };
            keys.push(format!("→ {}", markdown_code(&target)));
        }
    }
    keys.join(", ")
}
