//! A schema -> entities of the database layer.

use std::collections::BTreeMap;

use alignment_model::database::{DatabaseSchema, EnumType, ViewQuery};
use alignment_model::entity::{
    ColumnFlags, Completeness, Constraint, ConstraintKind, DeclaredType, Detail, Entity, EntityKind, Field,
    FieldKind, Presence, RowSecurity, Table, TableName,
};
use alignment_model::shape::{EnumShape, Shape, Value};
use alignment_model::{Known, Why};

use super::fold::type_name;
use super::schema::{ColumnState, Schema, TableState, ViewState};

/// Tables that tools keep for themselves.
const TOOL_TABLES: &[&str] = &[
    "alembic_version",
    "schema_migrations",
    "schema_version",
    "flyway_schema_history",
    "_prisma_migrations",
    "__drizzle_migrations",
    "knex_migrations",
    "knex_migrations_lock",
    "goose_db_version",
    "_sqlx_migrations",
    "databasechangelog",
    "databasechangeloglock",
    "d1_migrations",
    "sqlite_sequence",
];

/// Whether a tool keeps a table for itself.
pub(crate) fn is_tool_table(name: &TableName) -> bool {
    TOOL_TABLES.contains(&&*name.name)
}

/// Tables and views of a schema that `source` made, in the order of their places.
pub(crate) fn entities(schema: &Schema, source: u32) -> Vec<Entity> {
    let indexes = unique_indexes(schema);
    let none = Vec::new();
    let tables = schema
        .tables
        .iter()
        .map(|(name, state)| table(schema, name, state, indexes.get(name).unwrap_or(&none), source));
    let views = schema.views.iter().map(|(name, state)| view(name, state, source));
    let mut all: Vec<Entity> = tables.chain(views).collect();
    all.sort_by(|a, b| (a.span, &a.qualname).cmp(&(b.span, &b.qualname)));
    all
}

/// What a schema has beside tables and views.
pub(crate) fn database_schema(schema: &Schema) -> DatabaseSchema {
    let enums = schema.enums.iter().map(|(name, state)| EnumType {
        name: name.clone(),
        labels: state.labels.clone(),
        certain: state.certain,
    });
    let views = schema.views.iter().map(|(name, state)| ViewQuery {
        name: name.clone(),
        query: state.query.clone(),
        reads: state.reads.clone(),
        columns: state.columns.is().filter(|_| state.named).cloned().unwrap_or_default(),
        materialized: state.materialized,
    });
    DatabaseSchema {
        enums: enums.collect(),
        indexes: schema.indexes.values().cloned().collect(),
        views: views.collect(),
        partitions: schema.partitions.values().cloned().collect(),
        dropped: schema.dropped.clone(),
    }
}

/// Unique indexes as constraints, by table: they demand the same.
fn unique_indexes(schema: &Schema) -> BTreeMap<&TableName, Vec<Constraint>> {
    let mut by_table: BTreeMap<&TableName, Vec<Constraint>> = BTreeMap::new();
    for (name, index) in &schema.indexes {
        let Some(columns) = index.unique_columns() else { continue };
        let kind = ConstraintKind::Unique(columns);
        let mut constraint = Constraint::new(Some(name.clone()), kind, index.span);
        constraint.terms.nulls_not_distinct = index.nulls_not_distinct;
        by_table.entry(&index.table).or_default().push(constraint);
    }
    by_table
}

fn table(
    schema: &Schema,
    name: &TableName,
    state: &TableState,
    indexes: &[Constraint],
    source: u32,
) -> Entity {
    let mut constraints = state.constraints.clone();
    constraints.extend_from_slice(indexes);
    fill_targets(schema, &mut constraints);
    let facts = ColumnFacts::of(&constraints);
    let fields = state.columns.iter().map(|column| field(schema, column, facts.get(&*column.name))).collect();
    let mut completeness = state.completeness.clone();
    if state.assumed {
        completeness.lacks(Why::UndefinedName, "nothing that was read creates it", Some(state.span));
    }
    let detail = Table {
        name: name.clone(),
        constraints,
        more_constraints: state.more_constraints,
        source,
        history: state.history.clone(),
        owned_by_tool: is_tool_table(name),
        row_security: state.row_security.clone(),
        partition_by: state.partition_by.clone(),
        // What made it outside of what was read may have taken it away there, too.
        may_be_gone: state.may_be_gone || state.assumed,
    };
    Entity {
        kind: EntityKind::Table,
        name: name.name.clone(),
        qualname: name.to_string().into(),
        declaration: None,
        span: state.span,
        fields,
        completeness,
        detail: Detail::Table(detail),
    }
}

/// A foreign key without columns refers to the primary key.
fn fill_targets(schema: &Schema, constraints: &mut [Constraint]) {
    for constraint in constraints {
        if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
            && key.target_columns.is_empty()
            && let Some(target) = schema.tables.get(&key.target)
        {
            let primary = target.constraints.iter().find_map(|constraint| match &constraint.kind {
                ConstraintKind::PrimaryKey(columns) => Some(columns.clone()),
                _ => None,
            });
            key.target_columns = primary.unwrap_or_default();
        }
    }
}

/// What constraints say about single columns.
#[derive(Default)]
struct ColumnFacts {
    flags: ColumnFlags,
    /// Each check that is a list of values.
    checks: Vec<Vec<Value>>,
    /// Some of them may be gone, or be others.
    doubtful: bool,
}

impl ColumnFacts {
    fn of(constraints: &[Constraint]) -> BTreeMap<&str, ColumnFacts> {
        let mut facts: BTreeMap<&str, ColumnFacts> = BTreeMap::new();
        for constraint in constraints {
            match &constraint.kind {
                ConstraintKind::PrimaryKey(columns) => {
                    for column in columns {
                        facts.entry(column).or_default().flags.primary_key = true;
                    }
                }
                ConstraintKind::Unique(columns) => {
                    if let [column] = &columns[..] {
                        facts.entry(column).or_default().flags.unique = true;
                    }
                }
                ConstraintKind::ForeignKey(key) => {
                    if let [column] = &key.columns[..] {
                        facts.entry(column).or_default().flags.foreign_key = true;
                    }
                }
                ConstraintKind::Check { values: Some((column, values)), .. } => {
                    let facts = facts.entry(column).or_default();
                    facts.checks.push(values.clone());
                    facts.doubtful |= constraint.doubtful;
                }
                ConstraintKind::Check { .. } | ConstraintKind::Exclusion(_) | ConstraintKind::Other => {}
            }
        }
        facts
    }

    /// Values that pass every check.
    fn allowed(&self) -> Option<Vec<Value>> {
        let (first, rest) = self.checks.split_first()?;
        Some(first.iter().filter(|value| rest.iter().all(|other| other.contains(value))).cloned().collect())
    }
}

fn field(schema: &Schema, column: &ColumnState, facts: Option<&ColumnFacts>) -> Field {
    let mut field = Field::new(column.name.clone(), FieldKind::Column, column.span);
    let sql = column.ty.is().cloned();
    let shape = match &column.ty {
        Known::Is(_) => shape(schema, column),
        Known::Unknown(why) => Shape::Unknown(*why),
    };
    field.length = match &column.ty {
        Known::Is(ty) if matches!(&*ty.base, "varchar" | "char") && !ty.array => {
            Known::Is(ty.arguments.first().copied())
        }
        Known::Is(_) => Known::Is(None),
        Known::Unknown(why) => Known::Unknown(*why),
    };
    field.ty = DeclaredType { written: column.written.clone(), shape, sql };
    field.nullable = column.nullable;
    field.server_default = column.server_default.clone();
    field.presence = presence(column);
    field.values = match facts {
        Some(facts) if facts.doubtful => Known::Unknown(Why::DynamicExpression),
        facts => Known::Is(facts.and_then(ColumnFacts::allowed)),
    };
    let flags = facts.map(|facts| facts.flags.clone()).unwrap_or_default();
    let (generated, may_be_gone) = (column.generated.clone(), column.may_be_gone);
    field.column = ColumnFlags { generated, may_be_gone, ..flags };
    field
}

/// Whether a row can be inserted without naming the column.
fn presence(column: &ColumnState) -> Known<Presence> {
    if column.generated.is_generated() || column.nullable.is_yes() {
        return Known::Is(Presence::Defaulted);
    }
    match (&column.server_default, &column.nullable) {
        (Known::Is(Some(_)), _) => Known::Is(Presence::Defaulted),
        (Known::Is(None), Known::Is(_)) => Known::Is(Presence::Required),
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(*why),
    }
}

/// The shape of a column's values: a built-in type, an enumeration of the schema, or one declared with the column.
fn shape(schema: &Schema, column: &ColumnState) -> Shape {
    let Known::Is(ty) = &column.ty else { return Shape::Unknown(Why::NotStated) };
    if let Some(shape) = ty.shape() {
        return shape;
    }
    let declared = schema.enums.get(&type_name(&ty.base));
    let text = |labels: &[Box<str>]| labels.iter().cloned().map(Value::Text).collect::<Vec<_>>();
    let values = match (declared, &column.labels) {
        (Some(found), _) if found.certain => Known::Is(text(&found.labels)),
        (Some(_), _) => Known::Unknown(Why::DynamicExpression),
        (None, Some(labels)) => Known::Is(text(labels)),
        (None, None) => return Shape::Unknown(Why::ExternalName),
    };
    let element = Shape::Enum(EnumShape { name: ty.base.clone(), target: None, values });
    if ty.array { Shape::List(Box::new(element)) } else { element }
}

fn view(name: &TableName, state: &ViewState, source: u32) -> Entity {
    let mut completeness = Completeness::default();
    let columns = match &state.columns {
        Known::Is(columns) => columns.as_slice(),
        Known::Unknown(why) => {
            completeness.lacks(*why, "the columns of its query are not all named", Some(state.span));
            &[]
        }
    };
    let fields = columns.iter().map(|column| {
        let mut field = Field::new(column.clone(), FieldKind::Column, state.span);
        field.ty = DeclaredType::unknown(Why::UnsupportedConstruct);
        field.server_default = Known::Is(None);
        field.length = Known::Unknown(Why::UnsupportedConstruct);
        field
    });
    let detail = Table {
        name: name.clone(),
        constraints: Vec::new(),
        more_constraints: false,
        source,
        history: state.history.clone(),
        owned_by_tool: false,
        row_security: RowSecurity::default(),
        partition_by: None,
        may_be_gone: false,
    };
    Entity {
        kind: EntityKind::View,
        name: name.name.clone(),
        qualname: name.to_string().into(),
        declaration: None,
        span: state.span,
        fields: fields.collect(),
        completeness,
        detail: Detail::Table(detail),
    }
}
