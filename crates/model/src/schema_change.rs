//! Changes to a database schema, as SQL statements and migration operations say them. Folded in order they give tables
//! (`frameworks::database`). Names are folded as PostgreSQL does: unquoted to lower case.

use crate::entity::{Constraint, SqlType, TableName};
use crate::known::Known;
use crate::shape::Value;
use crate::source::Span;

/// One change with its place.
#[derive(Clone, Debug)]
pub struct SchemaChange {
    /// What changes.
    pub kind: ChangeKind,
    /// Where it is written: the statement, or the call that carries it.
    pub span: Span,
}

/// What changes.
#[derive(Clone, Debug)]
pub enum ChangeKind {
    /// `CREATE TABLE`.
    CreateTable(Box<CreateTable>),
    /// `DROP TABLE`.
    DropTable {
        /// The table.
        table: TableName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER TABLE from RENAME TO to`.
    RenameTable {
        /// Old name.
        from: TableName,
        /// New name, in the same schema.
        to: Box<str>,
    },
    /// `ALTER TABLE ... SET SCHEMA`.
    MoveTable {
        /// The table.
        table: TableName,
        /// The new schema; `None` for the default.
        schema: Option<Box<str>>,
    },
    /// `ADD COLUMN`.
    AddColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: Box<ColumnChange>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: Box<str>,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `RENAME COLUMN`.
    RenameColumn {
        /// The table.
        table: TableName,
        /// Old name.
        from: Box<str>,
        /// New name.
        to: Box<str>,
    },
    /// `ALTER COLUMN`; only what is given changes.
    AlterColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: Box<str>,
        /// New type.
        ty: Option<Known<SqlType>>,
        /// New nullability.
        nullable: Option<Known<bool>>,
        /// New server default; `Some(Is(None))` drops it.
        server_default: Option<Known<Option<Box<str>>>>,
        /// New name.
        rename: Option<Box<str>>,
    },
    /// `ADD CONSTRAINT`.
    AddConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        constraint: Constraint,
    },
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// The table.
        table: TableName,
        /// Its name.
        name: Box<str>,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The table.
        table: TableName,
        /// Old name.
        from: Box<str>,
        /// New name.
        to: Box<str>,
    },
    /// `CREATE [UNIQUE] INDEX`.
    CreateIndex {
        /// Its name, if given.
        name: Option<Box<str>>,
        /// The table.
        table: TableName,
        /// Columns, where all are plain columns.
        columns: Vec<Box<str>>,
        /// `UNIQUE` without `WHERE`.
        unique: bool,
    },
    /// `DROP INDEX`.
    DropIndex {
        /// Its name.
        name: Box<str>,
    },
    /// `CREATE TYPE ... AS ENUM`.
    CreateEnum {
        /// Its name.
        name: TableName,
        /// Labels in order.
        labels: Vec<Box<str>>,
        /// Do nothing where it exists (`checkfirst`, a guard).
        if_not_exists: bool,
    },
    /// `ALTER TYPE ... ADD VALUE`.
    AddEnumLabel {
        /// The type.
        name: TableName,
        /// The new label.
        label: Box<str>,
    },
    /// `ALTER TYPE ... RENAME VALUE`.
    RenameEnumLabel {
        /// The type.
        name: TableName,
        /// Old label.
        from: Box<str>,
        /// New label.
        to: Box<str>,
    },
    /// `ALTER TYPE ... RENAME TO`.
    RenameType {
        /// Old name.
        from: TableName,
        /// New name.
        to: Box<str>,
    },
    /// `DROP TYPE`.
    DropType {
        /// The type.
        name: TableName,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `CREATE [MATERIALIZED] VIEW`.
    CreateView {
        /// Its name.
        name: TableName,
        /// Output columns, where all are known.
        columns: Known<Vec<Box<str>>>,
    },
    /// `DROP [MATERIALIZED] VIEW`.
    DropView {
        /// Its name.
        name: TableName,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `ENABLE / DISABLE ROW LEVEL SECURITY`.
    RowSecurity {
        /// The table.
        table: TableName,
        /// Enabled.
        enabled: bool,
    },
    /// `CREATE POLICY` / `DROP POLICY`.
    Policy {
        /// The table.
        table: TableName,
        /// Its name.
        name: Box<str>,
        /// Created (as against dropped).
        created: bool,
    },
    /// A statement that changes shape and is not modelled: the tables it names become incomplete.
    Unmodelled {
        /// Tables it names; empty where not even that is known.
        tables: Vec<TableName>,
        /// A lower-case fragment: "`ALTER TABLE ... ATTACH PARTITION`", "DDL under a condition that cannot be evaluated".
        what: Box<str>,
    },
}

/// `CREATE TABLE`.
#[derive(Clone, Debug)]
pub struct CreateTable {
    /// The table.
    pub table: TableName,
    /// Columns in order.
    pub columns: Vec<ColumnChange>,
    /// Constraints of the table, and those written at a column.
    pub constraints: Vec<Constraint>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `PARTITION OF`: it inherits its parent and is no table of its own.
    pub partition_of: Option<TableName>,
    /// `LIKE other` or `AS SELECT`: further columns come from there.
    pub columns_from: Option<TableName>,
    /// `TEMPORARY`: it does not outlive the migration.
    pub temporary: bool,
    /// Columns were given that could not be read, so there may be more.
    pub incomplete: Option<Box<str>>,
}

/// A column as declared.
#[derive(Clone, Debug)]
pub struct ColumnChange {
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub ty: Known<SqlType>,
    /// The type as written.
    pub written: Box<str>,
    /// Labels, where the type is an enum declared with the column (`sa.Enum("a", "b", name="status")`).
    pub enum_labels: Option<Vec<Box<str>>>,
    /// Whether NULL is legal.
    pub nullable: Known<bool>,
    /// The default as SQL (`'a'`, `now()`, `false`).
    pub server_default: Known<Option<Box<str>>>,
    /// Computed, identity or serial: the database fills it.
    pub generated: bool,
    /// Primary key by itself.
    pub primary_key: bool,
    /// Unique by itself.
    pub unique: bool,
    /// Values of a check at the column that is a list of values.
    pub check_values: Option<Vec<Value>>,
    /// Place of its name or declaration.
    pub span: Span,
}
