//! Table and model: by the name that the class gives its table, attribute and column by the column's name.
//!
//! Several models may map one table, and a class of single-table inheritance maps its parent's.

use std::collections::HashMap;

use alignment_model::entity::{Detail, Entity, EntityId, EntityKind, TableName};
use alignment_model::project::Standing;
use alignment_model::{Confidence, Layer};

use crate::index::{Index, MAX_DEPTH, is_column};
use crate::link::{Evidence, Link, LinkKind, Pair};
use crate::mappings::Declared;

/// Links every model with the tables it maps.
pub(crate) fn links(index: &Index<'_>, declared: &Declared<'_>) -> Vec<Link> {
    let tables = Tables::new(index);
    let mut links = Vec::new();
    for (model, entity) in index.project.layer(Layer::Orm) {
        let mut declared_for = declared.maps.iter().filter(|pair| pair.upper == model).peekable();
        if declared_for.peek().is_some() {
            for pair in declared_for {
                let evidence = Evidence::new(Confidence::Declared, entity.span, "`alignment.yaml` says so");
                let mut link = Link::new(LinkKind::Maps, pair.lower, model, evidence);
                pair_columns(index, &mut link, pair.fields);
                links.push(link);
            }
            continue;
        }
        for (table, evidence) in tables.of(index, entity) {
            let mut link = Link::new(LinkKind::Maps, table, model, evidence);
            pair_columns(index, &mut link, &[]);
            links.push(link);
        }
    }
    links
}

/// Tables and views by name.
struct Tables<'a> {
    exact: HashMap<(&'a str, &'a str), Vec<EntityId>>,
    by_name: HashMap<&'a str, Vec<EntityId>>,
}

impl<'a> Tables<'a> {
    fn new(index: &Index<'a>) -> Self {
        let mut tables = Self { exact: HashMap::new(), by_name: HashMap::new() };
        for (id, entity) in index.project.layer(Layer::Database) {
            if let Some(name) = entity.table() {
                tables.exact.entry((schema_of(name), &name.name)).or_default().push(id);
                tables.by_name.entry(&name.name).or_default().push(id);
            }
        }
        tables
    }

    /// The tables a model maps, with the reason.
    fn of(&self, index: &Index<'_>, model: &Entity) -> Vec<(EntityId, Evidence)> {
        let Some(name) = table_name(index, model, 0) else { return Vec::new() };
        if let Some(found) = self.exact.get(&(schema_of(name), &*name.name)) {
            let reason = format!("the class maps table `{name}`");
            let evidence = Evidence::new(Confidence::Resolved, model.span, reason);
            return nearest(index, model, found).into_iter().map(|table| (table, evidence.clone())).collect();
        }
        // A search path or a translation map can put a table into another schema, but only one table can be meant.
        let named = self.by_name.get(&*name.name).map_or(&[][..], Vec::as_slice);
        let mut stand = named.iter().filter(|table| !index.project.is_second(index.project.entity(**table)));
        match (stand.next(), stand.next()) {
            (Some(table), None) => {
                let reason = format!("the class maps `{name}`, and only one table has that name");
                vec![(*table, Evidence::new(Confidence::Inferred, model.span, reason))]
            }
            _ => Vec::new(),
        }
    }
}

/// Of tables of one name in several sources, those of the source that stands for the model's database: what changes the
/// database before what declares it, and that before what it has; one that is created before one that is only changed; of
/// several services of one repository, the one that lies nearest to the model.
fn nearest(index: &Index<'_>, model: &Entity, tables: &[EntityId]) -> Vec<EntityId> {
    let project = index.project;
    let path = project.path(model.span.file);
    let rank = |table: &EntityId| {
        let entity = project.entity(*table);
        let source = project.source_of(entity);
        let standing = match source.map(|source| source.kind.standing()) {
            Some(Standing::Migrated) => 0,
            Some(Standing::Declared) => 1,
            Some(Standing::Running) | None => 2,
        };
        let near = source.map_or(0, |source| common_folders(path, &source.path));
        (standing, project.is_second(entity), std::cmp::Reverse(near))
    };
    let first = tables.iter().map(rank).min();
    tables.iter().filter(|table| Some(rank(table)) == first).copied().collect()
}

/// Number of folders that two paths have in common from the root.
fn common_folders(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count()
}

/// The schema part for comparison: PostgreSQL's `public` is the default one.
fn schema_of(name: &TableName) -> &str {
    match name.schema.as_deref() {
        Some("public") | None => "",
        Some(schema) => schema,
    }
}

/// The table of a model: its own, or that of the class it shares one with.
pub(crate) fn table_name<'a>(index: &Index<'a>, model: &'a Entity, depth: usize) -> Option<&'a TableName> {
    if let Some(name) = model.table() {
        return Some(name);
    }
    let Detail::Model(detail) = &model.detail else { return None };
    let parent = index.in_layer(detail.shares_table_of.as_ref()?, Layer::Orm)?;
    if depth > MAX_DEPTH {
        return None;
    }
    table_name(index, index.project.entity(parent), depth + 1)
}

/// An identifier as PostgreSQL keeps it: the first 63 bytes (PostgreSQL, "Identifiers and Key Words"), in statements as in
/// the catalog.
fn as_stored(name: &str) -> &str {
    let mut end = name.len().min(63);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or(name)
}

/// Pairs attributes with columns by the column's name, after the renames that the project declares.
fn pair_columns(index: &Index<'_>, link: &mut Link, renames: &[(String, String)]) {
    let (table, model) = (index.project.entity(link.lower), index.project.entity(link.upper));
    let columns: HashMap<&str, u32> =
        (0..).zip(&table.fields).map(|(at, column)| (as_stored(&column.name), at)).collect();
    for (at, attribute) in (0..).zip(&model.fields) {
        if !is_column(attribute.kind) {
            continue;
        }
        let renamed =
            renames.iter().find(|(_, upper)| **upper == *attribute.name).map(|(lower, _)| lower.as_str());
        let Some(name) = renamed.or_else(|| attribute.wire_name.is().map(|name| &**name)) else { continue };
        let Some(column) = columns.get(as_stored(name)) else { continue };
        let evidence = if renamed.is_some() {
            Some(Evidence::new(Confidence::Declared, attribute.span, "`alignment.yaml` says so"))
        } else {
            (name != &*attribute.name).then(|| {
                let reason = format!("the attribute names column `{name}`");
                Evidence::new(Confidence::Resolved, attribute.span, reason)
            })
        };
        link.pairs.push(Pair { lower: *column, upper: at, evidence, checked: false });
    }
    debug_assert!(matches!(table.kind, EntityKind::Table | EntityKind::View));
}
