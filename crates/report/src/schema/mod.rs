//! One source of the database layer, as the schema it makes.
//!
//! | module | format |
//! |---|---|
//! | `sql` | statements that make it, in the dialect of the source |
//! | `markdown` | for people: a table per table |
//! | `json` | for programs, version 1 |
//!
//! What is not known is never printed as if it were: it is a comment in SQL, a note in Markdown, `null` in JSON.

mod column;
mod constraint;
mod json;
mod markdown;
mod needs;
mod quote;
mod sql;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use alignment_model::Sources;
use alignment_model::database::{DatabaseSchema, EnumType, Index, ViewQuery};
use alignment_model::entity::{Constraint, ConstraintKind, Detail, Entity, EntityKind, Table, TableName};
use alignment_model::project::{DatabaseSource, Project};

use crate::places::Places;

/// What is printed: one source of the database layer.
#[derive(Clone, Copy)]
pub struct SchemaReport<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// What they say.
    pub project: &'a Project,
    /// The source, by position in [`Project::database_sources`].
    pub source: usize,
}

/// A format of `schema`.
#[derive(Debug)]
pub struct SchemaFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line of help.
    pub summary: &'static str,
    /// Writes a schema.
    pub write: fn(&SchemaReport<'_>, &mut dyn io::Write) -> io::Result<()>,
}

/// All formats of `schema`; help, parser and tests read this table.
pub const SCHEMA_FORMATS: &[SchemaFormat] = &[
    SchemaFormat { name: "sql", summary: "statements that make it", write: sql::write },
    SchemaFormat { name: "markdown", summary: "for reading: a table per table", write: markdown::write },
    SchemaFormat { name: "json", summary: "for programs: everything, version 1", write: json::write },
];

/// Enumerations by the spelling that a column's type has.
type Enums<'a> = BTreeMap<String, &'a EnumType>;

/// A source, sorted for printing: the same whatever order its files have.
struct Catalog<'a> {
    places: Places<'a>,
    source: &'a DatabaseSource,
    /// Enumerations by the spelling that a column's type has.
    enums: Enums<'a>,
    /// By name.
    tables: Vec<TableView<'a>>,
    /// By name.
    views: Vec<&'a Entity>,
}

/// A table with what belongs to it.
struct TableView<'a> {
    entity: &'a Entity,
    table: &'a Table,
    /// By name.
    indexes: Vec<&'a Index>,
}

impl<'a> Catalog<'a> {
    /// `None` where there is no such source.
    fn of(report: &SchemaReport<'a>) -> Option<Self> {
        let source = report.project.database_sources.get(report.source)?;
        let mut indexes: BTreeMap<&TableName, Vec<&Index>> = BTreeMap::new();
        for index in &source.schema.indexes {
            indexes.entry(&index.table).or_default().push(index);
        }
        let (mut tables, mut views) = (Vec::new(), Vec::new());
        for entity in &report.project.entities {
            let Detail::Table(table) = &entity.detail else { continue };
            if usize::try_from(table.source) != Ok(report.source) {
                continue;
            }
            match entity.kind {
                EntityKind::View => views.push(entity),
                _ => {
                    let indexes = indexes.remove(&table.name).unwrap_or_default();
                    tables.push(TableView { entity, table, indexes });
                }
            }
        }
        tables.sort_by(|a, b| a.table.name.cmp(&b.table.name));
        views.sort_by(|a, b| a.table().cmp(&b.table()));
        let enums = source.schema.enums.iter().map(|one| (one.name.to_string(), one)).collect();
        Some(Self { places: Places::new(report.sources), source, enums, tables, views })
    }

    fn schema(&self) -> &'a DatabaseSchema {
        &self.source.schema
    }

    /// The table of this name.
    fn table(&self, name: &TableName) -> Option<&TableView<'a>> {
        let at = self.tables.binary_search_by(|view| view.table.name.cmp(name)).ok()?;
        self.tables.get(at)
    }

    /// The query of a view.
    fn query(&self, view: &Entity) -> Option<&'a ViewQuery> {
        let views = &self.source.schema.views;
        let name = view.table()?;
        let at = views.binary_search_by(|query| query.name.cmp(name)).ok()?;
        views.get(at)
    }

    /// Views, each after those that it reads; views that read each other in a circle come last.
    fn views_by_need(&self) -> Vec<&'a Entity> {
        let by_name: BTreeMap<&TableName, &Entity> =
            self.views.iter().filter_map(|view| Some((view.table()?, *view))).collect();
        let mut waits: BTreeMap<&TableName, usize> = BTreeMap::new();
        let mut readers: BTreeMap<&TableName, Vec<&TableName>> = BTreeMap::new();
        for (name, view) in &by_name {
            let reads = self.query(view).map_or(&[][..], |query| &query.reads[..]);
            let reads: BTreeSet<&TableName> =
                reads.iter().filter(|read| read != name && by_name.contains_key(read)).collect();
            waits.insert(name, reads.len());
            reads.into_iter().for_each(|read| readers.entry(read).or_default().push(name));
        }
        let mut ready: BTreeSet<&TableName> =
            waits.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
        let mut ordered = Vec::new();
        while let Some(name) = ready.pop_first() {
            waits.remove(name);
            ordered.extend(by_name.get(name));
            for reader in readers.remove(name).into_iter().flatten() {
                if let Some(count) = waits.get_mut(reader) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(reader);
                    }
                }
            }
        }
        ordered.extend(waits.keys().filter_map(|name| by_name.get(name)));
        ordered
    }

    /// Path and line of a place.
    fn place(&self, span: alignment_model::Span) -> String {
        format!("{}:{}", self.places.path(span.file), self.places.line(span))
    }

    /// Revisions nobody builds on: where the schema stands.
    fn heads(&self) -> &'a [Box<str>] {
        self.source.revisions.as_ref().map_or(&[], |graph| &graph.heads)
    }
}

impl<'a> TableView<'a> {
    /// Constraints, without those that say what a unique index says.
    fn constraints(&self) -> impl Iterator<Item = &'a Constraint> {
        let indexes: BTreeSet<&str> = self.indexes.iter().filter_map(|index| index.name.as_deref()).collect();
        self.table.constraints.iter().filter(move |constraint| {
            !matches!(constraint.kind, ConstraintKind::Unique(_))
                || constraint.name.as_deref().is_none_or(|name| !indexes.contains(name))
        })
    }
}
