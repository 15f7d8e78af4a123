//! Changes to a database schema, as SQL statements and migration operations say them. Folded in order they give tables
//! (`frameworks::database`). Names are folded as PostgreSQL does: unquoted to lower case.

use crate::database::{Generated, Index};
use crate::entity::{Constraint, ConstraintSort, SqlType, TableName};
use crate::known::Known;
use crate::source::Span;

/// Stands in SQL text and in names for a part that is not known (an interpolated value). A name that contains it is unknown.
pub const HOLE: char = '\u{fffc}';

/// Whether a name is known as a whole.
pub fn is_known_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(HOLE)
}

/// The same for a table, with its schema.
pub fn is_known_table(table: &TableName) -> bool {
    is_known_name(&table.name) && table.schema.as_deref().is_none_or(is_known_name)
}

/// One step of a script: a change, or changes under a condition that only the schema at that point decides.
#[derive(Clone, Debug)]
pub enum SchemaStep {
    /// A change.
    Change(SchemaChange),
    /// `IF ... THEN ... ELSE ... END IF`.
    Guarded(Box<GuardedSteps>),
}

/// Changes under a condition.
#[derive(Clone, Debug)]
pub struct GuardedSteps {
    /// The condition.
    pub condition: Condition,
    /// What happens where it holds.
    pub then: Vec<SchemaStep>,
    /// What happens where it does not.
    pub otherwise: Vec<SchemaStep>,
    /// Where it is written.
    pub span: Span,
}

/// A condition on the schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A table or view of this name exists.
    TableExists(TableName),
    /// The table has this column.
    ColumnExists(TableName, Box<str>),
    /// The table (or any table) has a constraint of this name.
    ConstraintExists(Option<TableName>, Box<str>),
    /// An index of this name exists.
    IndexExists(Box<str>),
    /// A type of this name exists.
    TypeExists(TableName),
    /// The enumeration has this label.
    LabelExists(TableName, Box<str>),
    /// Decided already.
    Is(bool),
    /// The opposite.
    Not(Box<Condition>),
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// Something else: data, settings, privileges.
    Unknown,
}

impl Condition {
    /// Whether it asks for nothing but what the schema has.
    pub fn asks_schema(&self) -> bool {
        match self {
            Condition::Unknown | Condition::Is(_) => false,
            Condition::Not(inner) => inner.asks_schema(),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().all(Condition::asks_schema),
            _ => true,
        }
    }

    /// The opposite condition.
    pub fn negated(self) -> Condition {
        match self {
            Condition::Is(value) => Condition::Is(!value),
            Condition::Not(inner) => *inner,
            Condition::Unknown => Condition::Unknown,
            other => Condition::Not(Box::new(other)),
        }
    }
}

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
        /// It becomes (or stops being) an identity or computed column.
        generated: Option<Generated>,
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
        /// Its sort, where that is said.
        sort: Option<ConstraintSort>,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint {
        /// The table.
        table: TableName,
        /// Its name.
        name: Box<str>,
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
        /// The index.
        index: Box<Index>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP INDEX`.
    DropIndex {
        /// Its name.
        name: Box<str>,
    },
    /// `ALTER INDEX ... RENAME TO`: renames the constraint it serves, too.
    RenameIndex {
        /// Old name.
        from: Box<str>,
        /// New name.
        to: Box<str>,
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
        /// Where it stands among the others.
        place: LabelPlace,
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
        /// Tables and views it reads, as far as known: dropping one with `CASCADE` drops the view.
        reads: Vec<TableName>,
        /// `OR REPLACE`.
        replace: bool,
        /// Its query as SQL.
        query: Known<Box<str>>,
        /// `MATERIALIZED`.
        materialized: bool,
        /// Its columns are named before its query.
        named: bool,
    },
    /// `DROP [MATERIALIZED] VIEW`.
    DropView {
        /// Its name.
        name: TableName,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `ALTER VIEW ... RENAME TO`.
    RenameView {
        /// Old name.
        from: TableName,
        /// New name.
        to: Box<str>,
    },
    /// `DROP SCHEMA ... CASCADE`: everything in it is gone.
    DropSchema {
        /// The schema; `None` for the default.
        schema: Option<Box<str>>,
    },
    /// `ATTACH PARTITION`: the partition is no table of its own any more.
    AttachPartition {
        /// The partitioned table.
        table: TableName,
        /// The partition.
        partition: TableName,
        /// What it holds, as SQL (`FOR VALUES ...`, `DEFAULT`).
        bounds: Known<Box<str>>,
    },
    /// `ENABLE / DISABLE / FORCE / NO FORCE ROW LEVEL SECURITY`; only what is given changes.
    RowSecurity {
        /// The table.
        table: TableName,
        /// Enabled.
        enabled: Option<bool>,
        /// The owner is subject to it, too.
        forced: Option<bool>,
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
    /// `UPDATE`, `DELETE`, `TRUNCATE`: no change of shape, but what a later change finds in the table depends on it.
    Rows {
        /// The table.
        table: TableName,
        /// Rows are taken away (as against changed).
        removed: bool,
    },
    /// A statement that changes shape and is not modelled: the tables it names become incomplete.
    Unmodelled {
        /// Tables it names; empty where not even that is known.
        tables: Vec<TableName>,
        /// A lower-case fragment: "`ALTER TABLE ... ATTACH PARTITION`", "DDL under a condition that cannot be evaluated".
        what: Box<str>,
    },
}

/// Where a new label stands among those of its enumeration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelPlace {
    /// After all others.
    #[default]
    Last,
    /// `BEFORE` this one.
    Before(Box<str>),
    /// `AFTER` this one.
    After(Box<str>),
}

/// `CREATE TABLE`.
#[derive(Clone, Debug)]
pub struct CreateTable {
    /// The table.
    pub table: TableName,
    /// Columns in order.
    pub columns: Vec<ColumnChange>,
    /// Constraints of the table, and those written at a column (also its primary key and uniqueness).
    pub constraints: Vec<Constraint>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `PARTITION OF`: it inherits its parent and is no table of its own.
    pub partition_of: Option<TableName>,
    /// What a partition holds, as SQL (`FOR VALUES ...`, `DEFAULT`).
    pub partition_bounds: Option<Box<str>>,
    /// `PARTITION BY`: what follows these words, as SQL.
    pub partition_by: Option<Box<str>>,
    /// `LIKE other`, `INHERITS (other)`: further columns come from there.
    pub columns_from: Vec<TableName>,
    /// `TEMPORARY`: it does not outlive the migration.
    pub temporary: bool,
    /// Why there may be more columns than are given: a part that could not be read, a query that could not be followed.
    pub incomplete: Option<Box<str>>,
}

impl CreateTable {
    /// A table without columns yet.
    pub fn new(table: TableName) -> Self {
        Self {
            table,
            columns: Vec::new(),
            constraints: Vec::new(),
            if_not_exists: false,
            partition_of: None,
            partition_bounds: None,
            partition_by: None,
            columns_from: Vec::new(),
            temporary: false,
            incomplete: None,
        }
    }
}

/// A column as declared. What it demands beside NOT NULL (keys, uniqueness, checks) stands in constraints.
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
    /// How the database fills it, if it does.
    pub generated: Generated,
    /// Place of its name or declaration.
    pub span: Span,
}

impl ColumnChange {
    /// A nullable column without a default.
    pub fn new(name: impl Into<Box<str>>, ty: Known<SqlType>, span: Span) -> Self {
        Self {
            name: name.into(),
            ty,
            written: "".into(),
            enum_labels: None,
            nullable: Known::Is(true),
            server_default: Known::Is(None),
            generated: Generated::No,
            span,
        }
    }
}
