//! A new revision of Alembic as a draft: what fixes ask of the database, on top of the one head. It is read and run by people.
//!
//! The identifier is a hash of what the draft does and stands on, so that the same repository gives the same draft. Deliberately absent:
//! the day it was made.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alignment_model::entity::{
    Constraint, ConstraintKind, Detail, Entity, Field, FieldId, SqlType, TableName,
};
use alignment_model::finding::Fnv;
use alignment_model::fix::{MigrationStep, NewFile};
use alignment_model::project::{ChainFaultKind, DatabaseSource, Project, Revision, SourceKind};
use alignment_model::{Dialect, Sources};

use super::table;

/// One draft for each tree that steps are for, all in one; `None` where one of them has no sure form.
pub(super) fn drafts(
    sources: &Sources,
    project: &Project,
    steps: &[(u32, &MigrationStep)],
) -> Option<Vec<NewFile>> {
    let mut by_source: BTreeMap<u32, Vec<&MigrationStep>> = BTreeMap::new();
    for (source, step) in steps {
        let known = by_source.entry(*source).or_default();
        if !known.contains(step) {
            known.push(step);
        }
    }
    by_source.into_iter().map(|(source, steps)| draft(sources, project, source, &steps)).collect()
}

fn draft(sources: &Sources, project: &Project, source: u32, steps: &[&MigrationStep]) -> Option<NewFile> {
    let steps = &table::in_order(project, source, steps)?[..];
    let source = project.database_sources.get(source as usize)?;
    let head = only_head(source)?;
    let (mut body, mut undo) = (String::new(), Vec::new());
    let mut needs_dialect = false;
    for step in steps {
        let written = written(sources, project, step)?;
        body.push_str(&written.upgrade);
        undo.push(written.downgrade);
        needs_dialect |= written.upgrade.contains("postgresql.");
    }
    undo.reverse();
    if steps.iter().any(|step| matches!(step, MigrationStep::SetDefault { .. })) {
        body.insert_str(
            0,
            "    # Rows that were written with the old defaults still hold them, quotes included.\n",
        );
    }
    let id = identifier(&head.id, &body);
    let path = sources.path(head.span.file);
    let old = sources.text(head.span.file);
    let slug = slug(steps);
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let file = if name.strip_suffix(".py") == Some(&*head.id) {
        format!("{id}.py")
    } else {
        format!("{id}_{slug}.py")
    };
    let path = if folder.is_empty() { file } else { format!("{folder}/{file}") };
    let typed = |name: &str| {
        let annotated = old.lines().find(|line| line.starts_with(&format!("{name}:")));
        annotated
            .and_then(|line| line.split_once('='))
            .map_or(name, |(declared, _)| declared.trim_end())
            .to_owned()
    };
    let returns = if old.contains("def upgrade() -> None") { " -> None" } else { "" };
    let mut text = String::new();
    let _ = write!(
        text,
        "\"\"\"{}\n\nRevision ID: {id}\nRevises: {}\n\nA draft by `alignment fix`: to be read before it is run.\n\"\"\"\n\n",
        slug.replace('_', " "),
        head.id
    );
    text.push_str("from alembic import op\n");
    if body.contains("sa.") {
        text.push_str("import sqlalchemy as sa\n");
    }
    if needs_dialect {
        text.push_str("from sqlalchemy.dialects import postgresql\n");
    }
    let imports = imports_of_annotations(
        old,
        &["revision", "down_revision", "branch_labels", "depends_on"].map(typed).join(" "),
    );
    text.push_str(&imports);
    let _ = write!(
        text,
        "\n\n# revision identifiers, used by Alembic.\n{} = \"{id}\"\n{} = \"{}\"\n{} = None\n{} = None\n\n\ndef upgrade(){returns}:\n{body}\n\ndef downgrade(){returns}:\n{}",
        typed("revision"),
        typed("down_revision"),
        head.id,
        typed("branch_labels"),
        typed("depends_on"),
        undo.concat()
    );
    let text = if old.contains("\r\n") { text.replace('\n', "\r\n") } else { text };
    sources.find(&path).is_none().then_some(NewFile { path, text })
}

/// The lines of a file that import what annotations name.
fn imports_of_annotations(old: &str, annotations: &str) -> String {
    let is_used = |line: &str| {
        let names = line.split_once(" import ").map_or("", |(_, names)| names);
        names.split(',').any(|name| annotations.contains(name.trim()) && !name.trim().is_empty())
    };
    let lines = old.lines().map(str::trim_end).filter(|line| {
        line.starts_with("from typing import ") || line.starts_with("from collections.abc import ")
    });
    lines.filter(|line| is_used(line)).map(|line| format!("{line}\n")).collect()
}

/// The one head of a chain that Alembic can follow to it, for a database whose DDL is known.
fn only_head(source: &DatabaseSource) -> Option<&Revision> {
    let graph = source.revisions.as_ref()?;
    let [head] = &graph.heads[..] else { return None };
    let broken = graph.faults.iter().any(|fault| fault.kind != ChainFaultKind::NeedsOtherBranch);
    let usable = !broken && source.kind == SourceKind::Alembic && source.dialect == Dialect::PostgreSql;
    graph.order.iter().find(|revision| revision.id == *head).filter(|_| usable)
}

/// Twelve hexadecimal digits, as Alembic's own identifiers.
fn identifier(head: &str, body: &str) -> String {
    let mut hash = Fnv::default();
    hash.write(head);
    hash.add(body.bytes());
    format!("{:012x}", hash.finish() & 0xffff_ffff_ffff)
}

fn slug(steps: &[&MigrationStep]) -> &'static str {
    let any = |is: fn(&MigrationStep) -> bool| steps.iter().any(|step| is(step));
    let creates = any(|step| matches!(step, MigrationStep::CreateTable { .. }));
    let adds = any(|step| matches!(step, MigrationStep::AddColumn { .. }));
    let unquotes = any(|step| matches!(step, MigrationStep::SetDefault { .. }));
    match (creates, adds, unquotes) {
        (true, false, false) => "create_missing_tables",
        (true, true, false) => "create_missing_tables_and_columns",
        (true, ..) => "bring_the_database_to_the_models",
        (false, true, false) => "add_missing_columns",
        (false, false, _) => "unquote_server_defaults",
        (false, true, true) => "add_missing_columns_and_unquote_defaults",
    }
}

/// What a step does and what takes it back, as lines of a function.
pub(super) struct Written {
    pub(super) upgrade: String,
    pub(super) downgrade: String,
}

fn written(sources: &Sources, project: &Project, step: &MigrationStep) -> Option<Written> {
    match step {
        MigrationStep::CreateTable { table, model } => table::written(sources, project, table, *model),
        MigrationStep::SetDefault { table, column, plain, stored } => {
            let alter = |default: &str| {
                Some(format!(
                    "    op.alter_column({}, {}, server_default={}{})\n",
                    text(&table.name)?,
                    text(column)?,
                    text(default)?,
                    schema_argument(table)?
                ))
            };
            Some(Written { upgrade: alter(plain)?, downgrade: alter(stored)? })
        }
        MigrationStep::AddColumn { table, attribute } => {
            let (name, column) = column(sources, project, *attribute)?;
            let (table_name, schema) = (text(&table.name)?, schema_argument(table)?);
            Some(Written {
                upgrade: format!("    op.add_column({table_name}, {column}{schema})\n"),
                downgrade: format!("    op.drop_column({table_name}, {}{schema})\n", text(&name)?),
            })
        }
    }
}

pub(super) fn schema_argument(table: &TableName) -> Option<String> {
    match &table.schema {
        Some(schema) => Some(format!(", schema={}", text(schema)?)),
        None => Some(String::new()),
    }
}

/// The column of an attribute that an existing table gets, with its name; `None` where the model says more than is known here.
fn column(sources: &Sources, project: &Project, id: FieldId) -> Option<(String, String)> {
    let model = project.entity(id.entity);
    let attribute = model.fields.get(id.field as usize)?;
    let flags = &attribute.column;
    let line = statement(sources, attribute);
    // An index or a key needs more than a column.
    let more = ["index=", "unique="];
    if flags.primary_key || flags.unique || more.iter().any(|word| line.contains(word)) {
        return None;
    }
    // Rows that are there have no value for it.
    if !*attribute.nullable.is()? && attribute.server_default.is()?.is_none() {
        return None;
    }
    column_of(sources, model, attribute, "")
}

/// The column of an attribute, with its name and further arguments.
pub(super) fn column_of(
    sources: &Sources,
    model: &Entity,
    attribute: &Field,
    arguments: &str,
) -> Option<(String, String)> {
    let name = attribute.wire_name.is()?;
    let line = statement(sources, attribute);
    // A value that the database makes is no default, and comments are not read.
    let more = ["comment=", "autoincrement=", "Computed(", "Identity(", "Sequence("];
    if more.iter().any(|word| line.contains(word)) {
        return None;
    }
    let default = match attribute.server_default.is()? {
        Some(sql) => Some(format!(", server_default=sa.text({})", text(sql)?)),
        None => None,
    };
    let reference = if attribute.column.foreign_key { reference(model, name)? } else { String::new() };
    let column = format!(
        "sa.Column({}, {}{reference}{}, nullable={}{arguments})",
        text(name)?,
        type_of(attribute.ty.sql.as_ref()?)?,
        default.unwrap_or_default(),
        if *attribute.nullable.is()? { "True" } else { "False" }
    );
    Some((name.to_string(), column))
}

/// The lines that declare an attribute, as far as the next blank line.
pub(super) fn statement<'s>(sources: &'s Sources, attribute: &Field) -> &'s str {
    let text =
        sources.text(attribute.span.file).get(attribute.span.range.start as usize..).unwrap_or_default();
    let mut depth = 0_i32;
    let end = text.char_indices().find(|(_, character)| {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        *character == '\n' && depth <= 0
    });
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default()
}

fn reference(model: &Entity, column: &str) -> Option<String> {
    let Detail::Model(detail) = &model.detail else { return None };
    let own = |constraint: &&Constraint| matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if key.columns.iter().map(|name| &**name).eq([column]));
    let constraint = detail.constraints.iter().find(own)?;
    let ConstraintKind::ForeignKey(key) = &constraint.kind else { return None };
    let [target] = &key.target_columns[..] else { return None };
    let mut arguments = text(&format!("{}.{target}", key.target))?;
    for (word, action) in [("ondelete", &key.on_delete), ("onupdate", &key.on_update)] {
        if let Some(action) = action {
            let _ = write!(arguments, ", {word}={}", text(action)?);
        }
    }
    if let Some(name) = &constraint.name {
        let _ = write!(arguments, ", name={}", text(name)?);
    }
    Some(format!(", sa.ForeignKey({arguments})"))
}

/// A type as SQLAlchemy writes it.
fn type_of(sql: &SqlType) -> Option<String> {
    let element = match (&*sql.base, &sql.arguments[..]) {
        ("varchar", []) => "sa.String()".to_owned(),
        ("varchar", [length]) => format!("sa.String(length={length})"),
        ("text", []) => "sa.Text()".to_owned(),
        ("int2", []) => "sa.SmallInteger()".to_owned(),
        ("int4", []) => "sa.Integer()".to_owned(),
        ("int8", []) => "sa.BigInteger()".to_owned(),
        ("float8", []) => "sa.Float()".to_owned(),
        ("numeric", []) => "sa.Numeric()".to_owned(),
        ("numeric", [precision, scale]) => format!("sa.Numeric(precision={precision}, scale={scale})"),
        ("bool", []) => "sa.Boolean()".to_owned(),
        ("date", []) => "sa.Date()".to_owned(),
        ("time", []) => "sa.Time()".to_owned(),
        ("timestamp", []) => "sa.DateTime()".to_owned(),
        ("timestamptz", []) => "sa.DateTime(timezone=True)".to_owned(),
        ("json", []) => "sa.JSON()".to_owned(),
        ("jsonb", []) => "postgresql.JSONB()".to_owned(),
        ("uuid", []) => "postgresql.UUID(as_uuid=True)".to_owned(),
        ("bytea", []) => "sa.LargeBinary()".to_owned(),
        _ => return None,
    };
    Some(if sql.array { format!("postgresql.ARRAY({element})") } else { element })
}

/// A text as Python writes it; `None` for one that would need escapes.
pub(super) fn text(value: &str) -> Option<String> {
    let plain = !value.contains(['"', '\\']) && !value.chars().any(char::is_control);
    plain.then(|| format!("\"{value}\""))
}
