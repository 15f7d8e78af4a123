//! The schema at one point: tables, views, enumerations, indexes, and what of it is not certain.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::database::{DroppedTable, Generated, Index, Partition};
use alignment_model::entity::{
    Completeness, Constraint, ConstraintSort, HistoryStep, RowSecurity, SqlType, TableName,
};
use alignment_model::schema_change::{ChangeKind, ColumnChange, Condition, is_known_name, is_known_table};
use alignment_model::schema_event::SchemaEvent;
use alignment_model::{Known, Problem, Span, Why};
use alignment_sql::Dialect;

use super::implied::kept;
use super::notice::Step;

/// A schema while changes are folded into it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    /// The dialect whose rules of implied names and keys hold.
    pub(crate) dialect: Dialect,
    pub(crate) tables: BTreeMap<TableName, TableState>,
    pub(crate) views: BTreeMap<TableName, ViewState>,
    pub(crate) enums: BTreeMap<TableName, EnumState>,
    /// Indexes that serve no constraint, by name.
    pub(crate) indexes: BTreeMap<Box<str>, Index>,
    /// Tables that are no tables of the project: partitions, which are parts of another, and what a tool keeps for itself.
    pub(crate) set_aside: BTreeSet<TableName>,
    /// Those of them that are partitions.
    pub(crate) partitions: BTreeMap<TableName, Partition>,
    /// Tables and views that are no more, in the order in which they went.
    pub(crate) dropped: Vec<DroppedTable>,
    /// Tables that had another name: names made up for their constraints do not follow, and are taken.
    pub(crate) renamed: BTreeSet<TableName>,
    /// Statements that were not understood, with what follows from each.
    pub(crate) unmodelled: Vec<Problem>,
    /// A change may have made or changed any table: absence proves nothing.
    pub(crate) may_lack_tables: bool,
    /// What the changes alone add (a table, or a column of a table), where they rest on tables that something else makes.
    pub(crate) deltas: Option<Additions>,
    /// What was noticed on the way.
    pub(crate) events: Vec<SchemaEvent>,
    /// The revision or file whose changes are being folded.
    pub(crate) step: Step,
}

/// Tables, and columns of tables, that changes add.
pub(crate) type Additions = BTreeSet<(TableName, Option<Box<str>>)>;

/// One table.
#[derive(Clone, Debug)]
pub(crate) struct TableState {
    /// Where it was created.
    pub(crate) span: Span,
    /// The number of the step that created it.
    pub(crate) made_in: u32,
    pub(crate) columns: Vec<ColumnState>,
    pub(crate) constraints: Vec<Constraint>,
    /// It may have constraints that are not among them.
    pub(crate) more_constraints: bool,
    pub(crate) history: Vec<HistoryStep>,
    pub(crate) completeness: Completeness,
    pub(crate) row_security: RowSecurity,
    /// `PARTITION BY`: what follows these words.
    pub(crate) partition_by: Option<Box<str>>,
    /// Nothing that was read creates it: it is known only from changes to it.
    pub(crate) assumed: bool,
    /// It was dropped or renamed under a condition that is not known.
    pub(crate) may_be_gone: bool,
}

/// One column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnState {
    pub(crate) name: Box<str>,
    pub(crate) ty: Known<SqlType>,
    pub(crate) written: Box<str>,
    /// Labels of an enumeration declared with the column.
    pub(crate) labels: Option<Vec<Box<str>>>,
    pub(crate) nullable: Known<bool>,
    pub(crate) server_default: Known<Option<Box<str>>>,
    pub(crate) generated: Generated,
    pub(crate) span: Span,
    /// The number of the step that added it.
    pub(crate) made_in: u32,
    /// It was dropped or renamed under a condition that is not known, or its table may have been made without it.
    pub(crate) may_be_gone: bool,
}

impl From<ColumnChange> for ColumnState {
    fn from(column: ColumnChange) -> Self {
        let ColumnChange { name, ty, written, enum_labels, nullable, server_default, generated, span } =
            column;
        let (made_in, may_be_gone) = (0, false);
        let labels = enum_labels;
        Self { name, ty, written, labels, nullable, server_default, generated, span, made_in, may_be_gone }
    }
}

impl ColumnState {
    /// What a change of the column that may have happened leaves unknown of it.
    pub(crate) fn perhaps_altered(&mut self, kind: &ChangeKind) {
        let ChangeKind::AlterColumn { ty, nullable, server_default, rename, .. } = kind else { return };
        let unknown = Why::DynamicExpression;
        self.may_be_gone |= rename.is_some();
        if ty.is_some() {
            self.ty = Known::Unknown(unknown);
        }
        if nullable.is_some() {
            self.nullable = Known::Unknown(unknown);
        }
        if server_default.is_some() {
            self.server_default = Known::Unknown(unknown);
        }
    }
}

/// One view.
#[derive(Clone, Debug)]
pub(crate) struct ViewState {
    pub(crate) span: Span,
    pub(crate) columns: Known<Vec<Box<str>>>,
    pub(crate) reads: Vec<TableName>,
    pub(crate) query: Known<Box<str>>,
    pub(crate) materialized: bool,
    pub(crate) named: bool,
    pub(crate) history: Vec<HistoryStep>,
}

/// One enumeration of the database.
#[derive(Clone, Debug)]
pub(crate) struct EnumState {
    pub(crate) labels: Vec<Box<str>>,
    /// Whether these are all.
    pub(crate) certain: bool,
}

impl TableState {
    pub(crate) fn new(span: Span) -> Self {
        Self {
            span,
            made_in: 0,
            columns: Vec::new(),
            constraints: Vec::new(),
            more_constraints: false,
            history: Vec::new(),
            completeness: Completeness::default(),
            row_security: RowSecurity::default(),
            partition_by: None,
            assumed: false,
            may_be_gone: false,
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<&ColumnState> {
        let name = kept(name);
        self.columns.iter().find(|column| &*column.name == name)
    }

    pub(crate) fn column_mut(&mut self, name: &str) -> Option<&mut ColumnState> {
        let name = kept(name);
        self.columns.iter_mut().find(|column| &*column.name == name)
    }
}

impl TableState {
    /// Nothing that was known of its columns and constraints is certain any more.
    pub(crate) fn doubt_contents(&mut self, why: Why) {
        for column in &mut self.columns {
            column.ty = Known::Unknown(why);
            column.nullable = Known::Unknown(why);
            column.server_default = Known::Unknown(why);
        }
        self.doubt_constraints(None);
        self.more_constraints = true;
        self.row_security.uncertain = true;
    }

    /// Constraints of one sort, or of all, that may be gone or be others.
    pub(crate) fn doubt_constraints(&mut self, sort: Option<ConstraintSort>) {
        let doubted = self.constraints.iter_mut().filter(|one| sort.is_none_or(|sort| one.kind.may_be(sort)));
        doubted.for_each(|one| one.doubtful = true);
    }
}

impl Schema {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// Marks a table as possibly having other columns than are known.
    pub(crate) fn doubt(&mut self, name: &TableName, why: Why, message: &str, span: Span) {
        if let Some(table) = self.tables.get_mut(name) {
            table.completeness.lacks(why, message, Some(span));
        }
    }

    /// The same for every table there is.
    pub(crate) fn doubt_all(&mut self, why: Why, message: &str, span: Span) {
        self.may_lack_tables = true;
        for table in self.tables.values_mut() {
            table.completeness.lacks(why, message, Some(span));
        }
    }

    /// Whether there may be tables that are not listed: a statement that was not understood may make them, or something makes tables that
    /// the changes rely on and that was not read, and may make others.
    pub(crate) fn lacks_tables(&self) -> bool {
        self.may_lack_tables || self.tables.values().any(|table| table.assumed)
    }

    /// What a statement that was not understood may have done to a table: anything but take it away.
    pub(crate) fn doubt_contents(&mut self, name: &TableName, why: Why) {
        if let Some(table) = self.tables.get_mut(name) {
            table.doubt_contents(why);
        }
    }

    /// The same for every table there is, and for every enumeration.
    pub(crate) fn doubt_all_contents(&mut self, why: Why) {
        self.tables.values_mut().for_each(|table| table.doubt_contents(why));
        self.enums.values_mut().for_each(|found| found.certain = false);
    }

    /// The tables that a name may be of: the one it is, or any where it is made at run time.
    pub(crate) fn tables_of<'s>(
        &'s mut self,
        name: &'s TableName,
    ) -> impl Iterator<Item = &'s mut TableState> {
        let known = is_known_table(name);
        self.tables.iter_mut().filter(move |(other, _)| !known || *other == name).map(|(_, table)| table)
    }

    /// Whether a condition holds now; `None` where the schema does not decide it.
    pub(crate) fn decide(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::TableExists(table) => self.table_exists(table),
            Condition::ColumnExists(table, column) => self.column_exists(table, column),
            Condition::ConstraintExists(table, name) => self.constraint_exists(table.as_ref(), name),
            Condition::IndexExists(name) => Some(self.index_exists(name)),
            Condition::TypeExists(name) => Some(self.enums.contains_key(name)),
            Condition::LabelExists(name, label) => {
                let found = self.enums.get(name)?;
                let known = found.labels.contains(label);
                (known || found.certain).then_some(known)
            }
            Condition::Is(value) => Some(*value),
            Condition::Not(inner) => Some(!self.decide(inner)?),
            Condition::All(parts) => self.decide_parts(parts, false),
            Condition::Any(parts) => self.decide_parts(parts, true),
            Condition::Unknown => None,
        }
    }

    /// A conjunction is decided by one `false`, a disjunction by one `true`.
    fn decide_parts(&self, parts: &[Condition], decisive: bool) -> Option<bool> {
        let decided: Vec<Option<bool>> = parts.iter().map(|part| self.decide(part)).collect();
        if decided.contains(&Some(decisive)) {
            return Some(decisive);
        }
        decided.iter().all(Option::is_some).then_some(!decisive)
    }

    fn table_exists(&self, name: &TableName) -> Option<bool> {
        match self.tables.get(name) {
            Some(_) => Some(true),
            None if self.views.contains_key(name) || self.set_aside.contains(name) => Some(true),
            None => (!self.may_lack_tables).then_some(false),
        }
    }

    fn column_exists(&self, table: &TableName, column: &str) -> Option<bool> {
        let Some(state) = self.tables.get(table) else {
            return self.table_exists(table).filter(|exists| !exists);
        };
        let known = state.column(column).is_some();
        (known || state.completeness.is_complete()).then_some(known)
    }

    fn constraint_exists(&self, table: Option<&TableName>, name: &str) -> Option<bool> {
        let found = |state: &TableState| {
            let called = |one: &Constraint| one.name.as_deref() == Some(name);
            match state.constraints.iter().find(|one| called(one)) {
                Some(one) => (!one.doubtful).then_some(true),
                None => (is_known_name(name) && !state.more_constraints).then_some(false),
            }
        };
        match table {
            Some(table) => found(self.tables.get(table)?),
            None => {
                let all: Vec<Option<bool>> = self.tables.values().map(found).collect();
                let has = all.contains(&Some(true));
                (has || !all.contains(&None)).then_some(has)
            }
        }
    }

    /// Whether a name that is to be made up for a constraint of `table` is taken: those of one schema are all different.
    pub(crate) fn is_taken(&self, table: &TableName, name: &str) -> bool {
        let has = |table: &TableName| self.constraint_exists(Some(table), name) == Some(true);
        let renamed = self.renamed.iter().filter(|other| other.schema == table.schema);
        let index = self.indexes.get(name).is_some_and(|index| index.table.schema == table.schema);
        index || has(table) || renamed.into_iter().any(has)
    }

    fn index_exists(&self, name: &str) -> bool {
        self.indexes.contains_key(name) || self.constraint_exists(None, name) == Some(true)
    }
}
