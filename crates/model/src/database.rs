//! What a database has beside tables and their columns: enumerations, indexes, queries of views, columns it fills by itself.
//!
//! Deliberately absent: functions, triggers, privileges, storage; they carry no field.

use crate::entity::{HistoryStep, TableName};
use crate::known::Known;
use crate::source::Span;

/// How the database fills a column by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Generated {
    /// It does not.
    #[default]
    No,
    /// PostgreSQL's `serial`: its default reads a sequence of its own.
    Serial,
    /// `GENERATED ... AS IDENTITY`.
    Identity {
        /// `ALWAYS`, as against `BY DEFAULT`.
        always: bool,
        /// Options of its sequence as SQL (`START WITH 100`), empty for none.
        options: Box<str>,
    },
    /// `GENERATED ALWAYS AS (expression)`.
    Computed {
        /// The expression as SQL.
        expression: Known<Box<str>>,
        /// `STORED`, as against `VIRTUAL`.
        stored: bool,
    },
    /// `AUTO_INCREMENT`, SQLite's row id.
    AutoIncrement,
    /// By something that is not told: a trigger, a sequence.
    Elsewhere,
}

impl Generated {
    /// Whether the database fills the column.
    pub fn is_generated(&self) -> bool {
        *self != Generated::No
    }

    /// Whether nobody else may: a computed column.
    pub fn is_computed(&self) -> bool {
        matches!(self, Generated::Computed { .. })
    }
}

/// What a source of the database layer makes beside tables and views.
#[derive(Clone, Debug, Default)]
pub struct DatabaseSchema {
    /// Enumerations, by name.
    pub enums: Vec<EnumType>,
    /// Indexes that serve no constraint, by name.
    pub indexes: Vec<Index>,
    /// Queries of views, by name.
    pub views: Vec<ViewQuery>,
    /// Partitions, which are no tables of their own, by name.
    pub partitions: Vec<Partition>,
    /// Tables and views that were there and are no more, in the order in which they went.
    pub dropped: Vec<DroppedTable>,
}

/// An enumeration of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumType {
    /// Its name.
    pub name: TableName,
    /// Its labels, in order.
    pub labels: Vec<Box<str>>,
    /// Whether these are all.
    pub certain: bool,
}

/// An index.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Its name; `None` where the database makes one up.
    pub name: Option<Box<str>>,
    /// The table.
    pub table: TableName,
    /// Its keys, in order.
    pub keys: Known<Vec<IndexKey>>,
    /// `UNIQUE`.
    pub unique: bool,
    /// `USING method`, lower-case, where it is not the default.
    pub method: Option<Box<str>>,
    /// Columns of `INCLUDE`.
    pub include: Vec<Box<str>>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// Options of the method as SQL (`lists='100'`), empty for none.
    pub options: Box<str>,
    /// `WHERE condition`, as SQL.
    pub condition: Option<Known<Box<str>>>,
    /// Where it is made.
    pub span: Span,
}

/// A key of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexKey {
    /// A column, or an expression as SQL.
    pub expression: IndexExpression,
    /// What follows it: collation, operator class, `DESC`, `NULLS FIRST`.
    pub suffix: Box<str>,
}

/// What a key of an index is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexExpression {
    /// A column.
    Column(Box<str>),
    /// An expression as SQL, without the parentheses around it.
    Sql(Box<str>),
}

impl IndexKey {
    /// A plain column.
    pub fn column(name: impl Into<Box<str>>) -> Self {
        Self { expression: IndexExpression::Column(name.into()), suffix: "".into() }
    }
}

impl Index {
    /// A plain index over these columns.
    pub fn new(name: Option<Box<str>>, table: TableName, columns: Vec<Box<str>>, span: Span) -> Self {
        Self {
            name,
            table,
            keys: Known::Is(columns.into_iter().map(IndexKey::column).collect()),
            unique: false,
            method: None,
            include: Vec::new(),
            nulls_not_distinct: false,
            options: "".into(),
            condition: None,
            span,
        }
    }

    /// Its columns, where all keys are plain columns.
    pub fn columns(&self) -> Option<Vec<Box<str>>> {
        let column = |key: &IndexKey| match &key.expression {
            IndexExpression::Column(name) => Some(name.clone()),
            IndexExpression::Sql(_) => None,
        };
        self.keys.is()?.iter().map(column).collect()
    }

    /// The columns that it demands to be unique over all rows, if it does.
    pub fn unique_columns(&self) -> Option<Vec<Box<str>>> {
        (self.unique && self.condition.is_none()).then(|| self.columns()).flatten()
    }
}

/// The query of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewQuery {
    /// The view.
    pub name: TableName,
    /// Its query as SQL.
    pub query: Known<Box<str>>,
    /// Tables and views it reads, as far as known.
    pub reads: Vec<TableName>,
    /// The names it gives to its columns, empty for those of the query.
    pub columns: Vec<Box<str>>,
    /// `MATERIALIZED`.
    pub materialized: bool,
}

/// A partition of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name.
    pub name: TableName,
    /// The table it is a part of.
    pub of: TableName,
    /// What it holds, as SQL (`FOR VALUES FROM (1) TO (9)`, `DEFAULT`).
    pub bounds: Known<Box<str>>,
    /// Where it is made.
    pub span: Span,
}

/// A table or view that was there and is no more.
#[derive(Clone, Debug)]
pub struct DroppedTable {
    /// Its last name.
    pub name: TableName,
    /// What happened to it, oldest first; the drop is the last.
    pub history: Vec<HistoryStep>,
}
