//! The statements that make a schema: enumerations, tables, foreign keys, indexes, views. Foreign keys stand last where the dialect
//! allows it, so that tables may refer to each other. What is uncertain is a comment with its reason.

use std::collections::BTreeSet;
use std::io;

use alignment_model::database::{Index, IndexExpression};
use alignment_model::entity::{Constraint, ConstraintKind, Entity, Incomplete, TableName};
use alignment_model::{Dialect, Known};

use super::column::{ColumnSql, column};
use super::constraint::{constraint, index};
use super::needs::Needs;
use super::{Catalog, SchemaReport, TableView, quote};
use crate::escape::terminal;
use crate::words::count;

/// Writes the statements.
pub(super) fn write(report: &SchemaReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(catalog) = Catalog::of(report) else { return Ok(()) };
    let mut script =
        Script { catalog: &catalog, dialect: catalog.source.dialect, skipped: BTreeSet::new(), out };
    script.head()?;
    script.needs()?;
    script.enums()?;
    for table in &catalog.tables {
        script.table(table)?;
    }
    script.partitions()?;
    script.foreign_keys()?;
    script.indexes()?;
    script.row_security()?;
    script.views()
}

/// A script being written.
struct Script<'c, 'a, 'o> {
    catalog: &'c Catalog<'a>,
    dialect: Dialect,
    /// Columns that could not be made.
    skipped: BTreeSet<(&'a TableName, &'a str)>,
    out: &'o mut dyn io::Write,
}

impl<'a> Script<'_, 'a, '_> {
    fn comment(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "-- {}", terminal(text))
    }

    /// What it is, and what of it is not certain as a whole.
    fn head(&mut self) -> io::Result<()> {
        let source = self.catalog.source;
        let heads = self.catalog.heads();
        let at = match heads {
            [] => String::new(),
            [head] => format!(" at revision {head}"),
            heads => format!(" at revisions {}", heads.join(", ")),
        };
        let tables = count(self.catalog.tables.len(), "table");
        let views = count(self.catalog.views.len(), "view");
        let what = source.dialect.label();
        self.comment(&format!("{}{at}: {tables}, {views}, for {what}", source.name))?;
        if source.may_lack_tables {
            self.comment(
                "there may be more tables: a statement that was not understood may have made or changed any",
            )?;
        }
        for problem in &source.unmodelled {
            let place = problem.span.map_or_else(String::new, |span| self.catalog.place(span));
            self.comment(&format!("{place}: {}", problem.message))?;
        }
        writeln!(self.out)
    }

    fn needs(&mut self) -> io::Result<()> {
        if self.dialect != Dialect::PostgreSql {
            return Ok(());
        }
        let needs = Needs::of(self.catalog);
        for extension in &needs.extensions {
            writeln!(self.out, "CREATE EXTENSION IF NOT EXISTS {};", quote::name(extension, self.dialect))?;
        }
        for schema in &needs.schemas {
            writeln!(self.out, "CREATE SCHEMA IF NOT EXISTS {};", quote::name(schema, self.dialect))?;
        }
        for sequence in needs.sequences.keys() {
            writeln!(self.out, "CREATE SEQUENCE IF NOT EXISTS {sequence};")?;
        }
        let any = !needs.extensions.is_empty() || !needs.schemas.is_empty() || !needs.sequences.is_empty();
        if any { writeln!(self.out) } else { Ok(()) }
    }

    fn enums(&mut self) -> io::Result<()> {
        for one in &self.catalog.schema().enums {
            if !one.certain {
                self.comment(&format!("{}: it may have more labels", one.name))?;
            }
            let labels: Vec<String> = one.labels.iter().map(|label| quote::text(label)).collect();
            let name = quote::qualified(&one.name, self.dialect);
            writeln!(self.out, "CREATE TYPE {name} AS ENUM ({});", labels.join(", "))?;
        }
        if self.catalog.schema().enums.is_empty() { Ok(()) } else { writeln!(self.out) }
    }

    fn table(&mut self, view: &TableView<'a>) -> io::Result<()> {
        self.reasons(view.entity)?;
        let name = &view.table.name;
        let (mut lines, mut notes) = (Vec::new(), Vec::new());
        for field in &view.entity.fields {
            let ColumnSql { sql, doubts } = column(name, field, &self.catalog.enums, self.dialect);
            notes.extend(doubts.iter().map(|doubt| {
                let left_out = if sql.is_none() { "left out, " } else { "" };
                format!("{name}.{}: {left_out}{doubt}", field.name)
            }));
            match sql {
                Some(sql) => lines.push(sql),
                None => {
                    self.skipped.insert((name, &field.name));
                }
            }
        }
        for one in view.constraints() {
            let inline = self.dialect != Dialect::PostgreSql || !is_foreign_key(one);
            if !inline || one.terms.not_valid {
                continue;
            }
            match self.constraint(name, one) {
                Ok(sql) => lines.push(sql),
                Err(why) => notes.push(format!("{name}: {why}")),
            }
        }
        for note in &notes {
            self.comment(note)?;
        }
        let tail = match &view.table.partition_by {
            Some(by) => format!(" PARTITION BY {by}"),
            None => String::new(),
        };
        writeln!(self.out, "CREATE TABLE {} (", quote::qualified(name, self.dialect))?;
        for (at, line) in lines.iter().enumerate() {
            writeln!(self.out, "    {line}{}", if at + 1 < lines.len() { "," } else { "" })?;
        }
        writeln!(self.out, "){tail};\n")
    }

    /// Why a table may have other columns.
    fn reasons(&mut self, entity: &Entity) -> io::Result<()> {
        for Incomplete { message, span, .. } in &entity.completeness.reasons {
            let place = span.map_or_else(String::new, |span| format!(" ({})", self.catalog.place(span)));
            self.comment(&format!("{}: it may have other columns: {message}{place}", entity.qualname))?;
        }
        Ok(())
    }

    /// A constraint, or why it is left out.
    fn constraint(&self, table: &TableName, one: &Constraint) -> Result<String, String> {
        let named = |why: &str| match &one.name {
            Some(name) => format!("left out, constraint `{name}`: {why}"),
            None => format!("left out: {why}"),
        };
        let lacks = |table: &TableName, columns: &[Box<str>]| {
            columns.iter().find(|column| self.skipped.contains(&(table, &***column))).cloned()
        };
        let missing = match &one.kind {
            ConstraintKind::PrimaryKey(columns) | ConstraintKind::Unique(columns) => lacks(table, columns),
            ConstraintKind::ForeignKey(key) => {
                if self.catalog.table(&key.target).is_none() && self.dialect == Dialect::PostgreSql {
                    return Err(named(&format!("nothing that was read makes `{}`", key.target)));
                }
                lacks(table, &key.columns).or_else(|| lacks(&key.target, &key.target_columns))
            }
            ConstraintKind::Check { text: Known::Is(text), .. }
            | ConstraintKind::Exclusion(Known::Is(text)) => self.skipped_in(table, text),
            _ => None,
        };
        match missing {
            Some(column) => Err(named(&format!("column `{column}` is left out"))),
            None => constraint(one, self.dialect).map_err(|why| named(&why)),
        }
    }

    /// A column that was left out and stands as a word in an expression.
    fn skipped_in(&self, table: &TableName, text: &str) -> Option<Box<str>> {
        let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let of_table = self.skipped.range((table, "")..).take_while(|(one, _)| *one == table);
        of_table.map(|(_, column)| *column).find(|column| words().any(|word| word == *column)).map(Into::into)
    }

    fn partitions(&mut self) -> io::Result<()> {
        for partition in &self.catalog.schema().partitions {
            let name = quote::qualified(&partition.name, self.dialect);
            let of = quote::qualified(&partition.of, self.dialect);
            let known = self.catalog.table(&partition.of).is_some();
            match &partition.bounds {
                Known::Is(bounds) if known => {
                    writeln!(self.out, "CREATE TABLE {name} PARTITION OF {of} {bounds};\n")?;
                }
                Known::Is(_) => self.comment(&format!(
                    "{}: nothing that was read makes `{}`",
                    partition.name, partition.of
                ))?,
                Known::Unknown(why) => {
                    self.comment(&format!(
                        "{}: a partition of `{}`, what it holds is unknown: {why}",
                        partition.name, partition.of
                    ))?;
                }
            }
        }
        Ok(())
    }

    /// Foreign keys, and constraints that rows may break, once all tables are there.
    fn foreign_keys(&mut self) -> io::Result<()> {
        let mut any = false;
        let catalog = self.catalog;
        for view in &catalog.tables {
            let table = &view.table.name;
            let late = view.constraints().filter(|one| {
                one.terms.not_valid || is_foreign_key(one) && self.dialect == Dialect::PostgreSql
            });
            let late: Vec<&Constraint> = late.collect();
            for one in late {
                any = true;
                let valid = if one.terms.not_valid { " NOT VALID" } else { "" };
                match self.constraint(table, one) {
                    Ok(sql) => {
                        let table = quote::qualified(table, self.dialect);
                        writeln!(self.out, "ALTER TABLE {table} ADD {sql}{valid};")?;
                    }
                    Err(why) => self.comment(&format!("{table}: {why}"))?,
                }
            }
        }
        if any { writeln!(self.out) } else { Ok(()) }
    }

    fn indexes(&mut self) -> io::Result<()> {
        let catalog = self.catalog;
        for view in &catalog.tables {
            for one in &view.indexes {
                let missing = self.index_lacks(one);
                let sql = match missing {
                    Some(column) => Err(format!("column `{column}` is left out")),
                    None => index(one, self.dialect),
                };
                match sql {
                    Ok(sql) => writeln!(self.out, "{sql};")?,
                    Err(why) => {
                        let name = one.name.as_deref().unwrap_or("-");
                        self.comment(&format!("{}: left out, index `{name}`: {why}", view.table.name))?;
                    }
                }
            }
        }
        let any = catalog.tables.iter().any(|view| !view.indexes.is_empty());
        if any { writeln!(self.out) } else { Ok(()) }
    }

    /// A column that an index needs and that was left out.
    fn index_lacks(&self, index: &Index) -> Option<Box<str>> {
        let in_key = |expression: &IndexExpression| match expression {
            IndexExpression::Column(name) => {
                self.skipped.contains(&(&index.table, &**name)).then(|| name.clone())
            }
            IndexExpression::Sql(text) => self.skipped_in(&index.table, text),
        };
        let keys = index.keys.is().map_or(&[][..], |keys| &keys[..]);
        let condition = index.condition.as_ref().and_then(Known::is);
        keys.iter()
            .find_map(|key| in_key(&key.expression))
            .or_else(|| self.skipped_in(&index.table, condition?))
    }

    fn row_security(&mut self) -> io::Result<()> {
        let catalog = self.catalog;
        let mut any = false;
        for view in &catalog.tables {
            let security = &view.table.row_security;
            let name = quote::qualified(&view.table.name, self.dialect);
            if security.enabled.is_some() {
                any = true;
                writeln!(self.out, "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;")?;
            }
            if security.forced {
                writeln!(self.out, "ALTER TABLE {name} FORCE ROW LEVEL SECURITY;")?;
            }
            for policy in &security.policies {
                let place = catalog.place(policy.span);
                self.comment(&format!("{}: policy `{}` ({place})", view.table.name, policy.name))?;
            }
        }
        if any { writeln!(self.out) } else { Ok(()) }
    }

    /// Views, those first that others read.
    fn views(&mut self) -> io::Result<()> {
        let catalog = self.catalog;
        catalog.views_by_need().into_iter().try_for_each(|view| self.view(view))
    }

    fn view(&mut self, view: &Entity) -> io::Result<()> {
        let Some(query) = self.catalog.query(view) else { return Ok(()) };
        match &query.query {
            Known::Is(text) => {
                let kind = if query.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
                let columns = match &query.columns[..] {
                    [] => String::new(),
                    columns => format!(" ({})", quote::names(columns, self.dialect)),
                };
                let name = quote::qualified(&query.name, self.dialect);
                writeln!(self.out, "CREATE {kind} {name}{columns} AS\n{text};\n")
            }
            Known::Unknown(_) => {
                let place = self.catalog.place(view.span);
                self.comment(&format!(
                    "{}: a view whose query is not known as it is now ({place})",
                    query.name
                ))
            }
        }
    }
}

fn is_foreign_key(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::ForeignKey(_))
}
