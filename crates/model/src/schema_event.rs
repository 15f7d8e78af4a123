//! What is noticed while schema changes are folded one after the other: a fact about a change *at the point where it happens*, which
//! the schema at the end does not show any more.
//!
//! Facts only. Whether one is worth a finding is decided by rules, which also know what the code still uses.

use crate::entity::TableName;
use crate::source::Span;

/// Something noticed at one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaEvent {
    /// What.
    pub kind: SchemaEventKind,
    /// The revision, for a migration.
    pub revision: Option<Box<str>>,
    /// The table, by its present name, or its last where it is gone; `None` where it is not about one table.
    pub table: Option<TableName>,
    /// The column, by its name at that point.
    pub column: Option<Box<str>>,
    /// Where the change is written.
    pub span: Span,
    /// The other place: where the table or column was made, the first declaration, the condition.
    pub other: Option<Span>,
}

/// What was noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaEventKind {
    /// A column that is NOT NULL and has no default was added to a table that an earlier revision made, and nothing in the same
    /// revision before it removed rows of the table: on a table with rows it fails.
    RequiredColumnAdded,
    /// A column of a table that an earlier revision made could be NULL and became NOT NULL, and nothing in the same revision
    /// before it changed or removed rows of the table, or asked for data.
    NotNullSet {
        /// The same revision added it, without a default: every row that was there has NULL in it.
        added_here: bool,
    },
    /// A table was dropped.
    TableDropped,
    /// A table was renamed.
    TableRenamed {
        /// Its new name.
        to: TableName,
    },
    /// A column was dropped.
    ColumnDropped,
    /// A column was renamed.
    ColumnRenamed {
        /// Its new name.
        to: Box<str>,
    },
    /// A table that exists was declared once more, without effect.
    Shadowed {
        /// Columns that only this declaration has, and that its table does not have at that point.
        lacking: Vec<Box<str>>,
    },
    /// A table was made, changed or dropped under a condition that the schema does not decide.
    Undecided,
    /// A table was made, changed or dropped under a condition that asks what the database has: `if has_column`, `IF NOT EXISTS`.
    /// What it has depends on its past.
    Guarded {
        /// Whether it happens on a database that was empty before the first revision.
        happens: bool,
    },
    /// Tables are made as the models are now, not as the revision says (`metadata.create_all`).
    SelfReferential,
    /// A statement that changes shape and was not understood.
    Unmodelled {
        /// A lower-case fragment that names it.
        what: Box<str>,
    },
}
