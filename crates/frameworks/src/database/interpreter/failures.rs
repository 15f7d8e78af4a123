//! Statements that the database refuses, the error that it raises, and which handlers catch it.
//!
//! Source: SQLite 3.45, `sqlite3RunParser` and `alter.c` (the texts of its errors); PostgreSQL 16, "PostgreSQL Error Codes"; MySQL 8.0,
//! "Server Error Message Reference"; PEP 249, "Exceptions". Only what follows from the schema is raised; locks, data and the network are not modelled.

use std::rc::Rc;

use alignment_model::database::IndexExpression;
use alignment_model::entity::TableName;
use alignment_model::schema_change::{ChangeKind, HOLE, SchemaChange, is_known_name};
use alignment_sql::Dialect;

use super::Interpreter;
use super::value::Value;
use crate::database::fold::Missing;

/// An error that was raised.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: FailureKind,
    /// Its text, with a hole where it is not known.
    pub(super) message: Rc<str>,
    /// The statement that failed, where it was a change of the schema that lacks something.
    pub(super) change: Option<(SchemaChange, Missing)>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    NoTable,
    NoColumn,
    TableExists,
    ColumnExists,
    /// Raised by the program itself.
    Other,
}

/// Classes that every error of a database is an instance of, by the last part of their name.
const ALL: &[&str] = &[
    "BaseException",
    "Exception",
    "Error",
    "DatabaseError",
    "DBAPIError",
    "SQLAlchemyError",
    "StatementError",
    "MySQLError",
    "PostgresError",
    "OperationalError",
    "ProgrammingError",
];

impl FailureKind {
    /// Classes of psycopg and asyncpg for this error alone.
    fn classes(self) -> &'static [&'static str] {
        match self {
            FailureKind::NoTable => &["UndefinedTable", "UndefinedTableError"],
            FailureKind::NoColumn => &["UndefinedColumn", "UndefinedColumnError"],
            FailureKind::TableExists => &["DuplicateTable", "DuplicateTableError"],
            FailureKind::ColumnExists => &["DuplicateColumn", "DuplicateColumnError"],
            FailureKind::Other => &[],
        }
    }

    /// The text that SQLite and PostgreSQL give; MySQL's names the database, which is not known.
    fn message(self, dialect: Dialect, table: &TableName, column: &str) -> String {
        match (self, dialect) {
            (FailureKind::NoTable, Dialect::Sqlite) => format!("no such table: {}", table.name),
            (FailureKind::NoColumn, Dialect::Sqlite) => format!("no such column: {column}"),
            (FailureKind::TableExists, Dialect::Sqlite) => format!("table {} already exists", table.name),
            (FailureKind::ColumnExists, Dialect::Sqlite) => format!("duplicate column name: {column}"),
            (FailureKind::NoTable, Dialect::PostgreSql) => format!("relation \"{table}\" does not exist"),
            (FailureKind::NoColumn, Dialect::PostgreSql) => {
                format!("column \"{column}\" of relation \"{table}\" does not exist")
            }
            (FailureKind::TableExists, Dialect::PostgreSql) => {
                format!("relation \"{table}\" already exists")
            }
            (FailureKind::ColumnExists, Dialect::PostgreSql) => {
                format!("column \"{column}\" of relation \"{table}\" already exists")
            }
            (FailureKind::TableExists, Dialect::MySql) => format!("Table '{}' already exists", table.name),
            (FailureKind::ColumnExists, Dialect::MySql) => format!("Duplicate column name '{column}'"),
            (FailureKind::NoTable, Dialect::MySql) => format!("Table '{HOLE}.{}' doesn't exist", table.name),
            (FailureKind::NoColumn, Dialect::MySql) => format!("Unknown column '{column}' in 'field list'"),
            (FailureKind::Other, _) => HOLE.to_string(),
        }
    }
}

impl Failure {
    /// Whether a handler of these classes catches it.
    pub(super) fn is_caught_by(&self, class: &Value<'_>) -> bool {
        match class {
            Value::List(list) => list.items.iter().any(|one| self.is_caught_by(one)),
            Value::External(path) | Value::Object(path) => {
                let last = path.rsplit('.').next().unwrap_or(path);
                match self.kind {
                    FailureKind::Other => matches!(last, "Exception" | "BaseException"),
                    kind => ALL.contains(&last) || kind.classes().contains(&last),
                }
            }
            _ => false,
        }
    }

    pub(super) fn lacks(&self) -> bool {
        matches!(self.kind, FailureKind::NoTable | FailureKind::NoColumn)
    }
}

impl<'a> Interpreter<'_, 'a> {
    /// What the database says to a change, where it refuses it and that is certain.
    pub(super) fn refusal(&self, change: &SchemaChange) -> Option<(FailureKind, Missing)> {
        use ChangeKind as K;
        let no_table = |table: &TableName| {
            let missing = Missing { table: table.clone(), column: None };
            self.is_absent(table).then_some((FailureKind::NoTable, missing))
        };
        let no_column = |table: &TableName, column: &str| {
            no_table(table).or_else(|| {
                let state = self.schema.tables.get(table)?;
                let absent = state.completeness.is_complete() && state.column(column).is_none();
                let missing = Missing { table: table.clone(), column: Some(column.into()) };
                absent.then_some((FailureKind::NoColumn, missing))
            })
        };
        let taken = |table: &TableName| {
            let missing = Missing { table: table.clone(), column: None };
            self.schema.tables.contains_key(table).then_some((FailureKind::TableExists, missing))
        };
        match &change.kind {
            K::CreateTable(create) if !create.if_not_exists && !create.temporary => taken(&create.table),
            K::AddColumn { table, column, if_not_exists } => no_table(table).or_else(|| {
                let there = self.schema.tables.get(table)?.column(&column.name).is_some();
                let missing = Missing { table: table.clone(), column: Some(column.name.clone()) };
                (there && !if_not_exists).then_some((FailureKind::ColumnExists, missing))
            }),
            K::DropTable { table, if_exists: false, .. } => no_table(table),
            K::RenameTable { from, to } => {
                no_table(from).or_else(|| taken(&TableName { schema: from.schema.clone(), name: to.clone() }))
            }
            K::DropColumn { table, column, if_exists: false, .. }
            | K::RenameColumn { table, from: column, .. }
            | K::AlterColumn { table, column, .. } => no_column(table, column),
            K::CreateIndex { index, .. } => {
                let there = index.name.as_ref().is_some_and(|name| self.schema.indexes.contains_key(name));
                let columns = index.keys.is().into_iter().flatten().filter_map(|key| match &key.expression {
                    IndexExpression::Column(column) => Some(column),
                    IndexExpression::Sql(_) => None,
                });
                let lacks = || {
                    let mut columns = columns;
                    no_table(&index.table)
                        .or_else(|| columns.find_map(|column| no_column(&index.table, column)))
                };
                if there { None } else { lacks() }
            }
            _ => None,
        }
    }

    /// Whether a table certainly does not exist.
    pub(super) fn is_absent(&self, table: &TableName) -> bool {
        let there = self.schema.tables.contains_key(table)
            || self.schema.views.contains_key(table)
            || self.schema.set_aside.contains(table);
        !there && !self.schema.may_lack_tables && is_known_name(&table.name)
    }

    /// Raises an error inside a `try`; nothing where nothing catches it.
    pub(super) fn fail(&mut self, kind: FailureKind, missing: &Missing, change: Option<SchemaChange>) {
        let dialect = self.schema.dialect;
        if self.guarded == 0 {
            return;
        }
        let Some(program) = &mut self.program else { return };
        let column = missing.column.as_deref().unwrap_or("");
        program.failure = Some(Rc::new(Failure {
            kind,
            message: kind.message(dialect, &missing.table, column).into(),
            change: change.map(|change| (change, missing.clone())),
        }));
        self.raised = true;
    }
}
