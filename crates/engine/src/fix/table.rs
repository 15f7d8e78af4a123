//! A table in a draft of Alembic: `op.create_table` as the model has it, or nothing where the model says more than is known of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use alignment_model::entity::{
    Constraint, ConstraintKind, ConstraintTerms, Detail, Entity, EntityId, EntityKind, Field, FieldKind,
    Model, TableName,
};
use alignment_model::fix::MigrationStep;
use alignment_model::project::Project;
use alignment_model::{FileId, Layer, Sources};

use super::revision::{Written, column_of, schema_argument, statement, text};

/// Words in the file of a model by which its table is more than its columns and constraints: indexes and statements that stand apart,
/// options of the database, classes that share a table.
const MORE: &[&str] = &[
    "Index(",
    "DDL(",
    "event.listen",
    "postgresql_",
    "comment=",
    "\"comment\"",
    "'comment'",
    "prefixes",
    "polymorphic",
    "ExcludeConstraint",
];

/// The steps with tables first, each after those that it refers to; `None` where one refers to a table that neither is there nor is made.
pub(super) fn in_order<'s>(
    project: &Project,
    source: u32,
    steps: &[&'s MigrationStep],
) -> Option<Vec<&'s MigrationStep>> {
    let mut there: BTreeSet<&TableName> = project
        .layer(Layer::Database)
        .filter_map(|(_, entity)| match &entity.detail {
            Detail::Table(table) if table.source == source => Some(&table.name),
            _ => None,
        })
        .collect();
    let is_table = |step: &&&MigrationStep| matches!(step, MigrationStep::CreateTable { .. });
    let (mut open, rest): (Vec<&MigrationStep>, Vec<&MigrationStep>) =
        steps.iter().partition(|step| is_table(step));
    let mut ordered = Vec::with_capacity(steps.len());
    while !open.is_empty() {
        let ready = open.iter().position(|step| {
            let MigrationStep::CreateTable { table, model } = step else { return true };
            let schema_is_there =
                table.schema.is_none() || there.iter().any(|known| known.schema == table.schema);
            let known = |target: &TableName| target == table || there.contains(target);
            schema_is_there && model_of(project.entity(*model)).is_some_and(|model| targets(model).all(known))
        })?;
        let step = open.remove(ready);
        if let MigrationStep::CreateTable { table, .. } = step {
            there.insert(table);
        }
        ordered.push(step);
    }
    ordered.extend(rest);
    Some(ordered)
}

fn model_of(entity: &Entity) -> Option<&Model> {
    match &entity.detail {
        Detail::Model(model) => Some(model),
        _ => None,
    }
}

fn targets(model: &Model) -> impl Iterator<Item = &TableName> {
    model.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => Some(&key.target),
        _ => None,
    })
}

/// What creates the table of a model and what takes it away.
pub(super) fn written(
    sources: &Sources,
    project: &Project,
    table: &TableName,
    id: EntityId,
) -> Option<Written> {
    let entity = project.entity(id);
    let model = model_of(entity)?;
    let files: BTreeSet<FileId> =
        entity.fields.iter().map(|field| field.span.file).chain([entity.span.file]).collect();
    let says_more = |file: &FileId| MORE.iter().any(|word| sources.text(*file).contains(word));
    let is_whole = entity.kind == EntityKind::Model
        && entity.completeness.is_complete()
        && model.shares_table_of.is_none()
        && !model.given_table
        && !files.iter().any(says_more);
    if !is_whole {
        return None;
    }
    let columns: Vec<&Field> = entity.fields.iter().filter(|field| field.kind == FieldKind::Column).collect();
    if !columns.iter().any(|column| column.column.primary_key) {
        return None;
    }
    let mut lines = String::new();
    for column in &columns {
        let (_, written) = column_of(sources, entity, column, &keywords(sources, column)?)?;
        let _ = writeln!(lines, "        {written},");
    }
    for constraint in &model.constraints {
        if let Some(written) = table_constraint(constraint, &columns)? {
            let _ = writeln!(lines, "        {written},");
        }
    }
    let (name, schema) = (text(&table.name)?, schema_argument(table)?);
    let schema_line = if schema.is_empty() { String::new() } else { format!("        {},\n", &schema[2..]) };
    Some(Written {
        upgrade: format!("    op.create_table(\n        {name},\n{lines}{schema_line}    )\n"),
        downgrade: format!("    op.drop_table({name}{schema})\n"),
    })
}

/// `primary_key=True`, `unique=True` and `index=True`, as the model has them: SQLAlchemy gives them their names, here as there.
fn keywords(sources: &Sources, column: &Field) -> Option<String> {
    let line = statement(sources, column);
    let mut out = String::new();
    for (word, is_set) in [("primary_key", column.column.primary_key), ("unique", column.column.unique)] {
        if is_set {
            let _ = write!(out, ", {word}=True");
        }
    }
    // Whether a column has an index stands in its text alone.
    let said = line.matches("index=").count();
    match (said, line.contains("index=True"), line.contains("index=False")) {
        (0, ..) | (1, _, true) => {}
        (1, true, _) => out.push_str(", index=True"),
        _ => return None,
    }
    Some(out)
}

/// A constraint of several columns or with a condition; `Some(None)` for one that a column says.
fn table_constraint(constraint: &Constraint, columns: &[&Field]) -> Option<Option<String>> {
    if constraint.doubtful || constraint.terms != ConstraintTerms::default() {
        return None;
    }
    let is_own = |names: &[Box<str>], says: fn(&Field) -> bool| match names {
        [name] => columns.iter().any(|column| column.wire_name.is() == Some(name) && says(column)),
        _ => false,
    };
    let name = match &constraint.name {
        Some(name) => format!(", name={}", text(name)?),
        None => String::new(),
    };
    let quoted = |names: &[Box<str>]| names.iter().map(|name| text(name)).collect::<Option<Vec<_>>>();
    Some(match &constraint.kind {
        ConstraintKind::PrimaryKey(names) => {
            let all = names
                .iter()
                .all(|name| is_own(std::slice::from_ref(name), |column| column.column.primary_key));
            if !all {
                return None;
            }
            None
        }
        ConstraintKind::Unique(names) if is_own(names, |column| column.column.unique) => None,
        ConstraintKind::Unique(names) => {
            Some(format!("sa.UniqueConstraint({}{name})", quoted(names)?.join(", ")))
        }
        ConstraintKind::ForeignKey(key) if is_own(&key.columns, |column| column.column.foreign_key) => None,
        ConstraintKind::Check { text: condition, .. } => {
            Some(format!("sa.CheckConstraint({}{name})", text(condition.is()?)?))
        }
        ConstraintKind::ForeignKey(_) | ConstraintKind::Exclusion(_) | ConstraintKind::Other => return None,
    })
}
