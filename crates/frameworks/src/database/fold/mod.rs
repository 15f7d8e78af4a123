//! Changes folded into a schema, one after the other, as the database would.
//!
//! A change under a condition that cannot be decided is *uncertain*: what it adds is taken to be there, what it removes is
//! taken to stay, what it alters becomes unknown, and the tables it touches are incomplete.

mod assumed;
mod columns;
mod conditional;
mod constraints;
mod doubt;
mod row_security;
mod tables;
mod types;

use alignment_model::entity::{HistoryStep, TableName};
use alignment_model::schema_change::{ChangeKind, SchemaChange, SchemaStep, is_known_name, is_known_table};
use alignment_model::schema_event::SchemaEventKind;
use alignment_model::{Problem, ProblemKind, Span, Why};

pub(crate) use assumed::is_conditional_drop;
pub(crate) use types::type_name;

use super::notice::Noticed;
use super::schema::{ColumnState, Schema, TableState};

/// Something that a change needs and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Missing {
    /// The table.
    pub(crate) table: TableName,
    /// Its column; `None` where the table itself is missing.
    pub(crate) column: Option<Box<str>>,
}

/// Whose change it is, and how certain it is that it happens.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin<'a> {
    /// The revision, for a migration.
    pub(crate) revision: Option<&'a str>,
    /// It happens only under a condition that is not known.
    pub(crate) uncertain: bool,
    /// It happens because of what the schema has at that point.
    pub(crate) conditional: bool,
}

const UNCERTAIN: &str = "changed under a condition that cannot be evaluated";

impl Schema {
    /// Folds steps in order. What is missing for a change is returned with the change; nothing else of it happens.
    pub(crate) fn apply_steps(
        &mut self,
        steps: &[SchemaStep],
        origin: Origin<'_>,
    ) -> Vec<(SchemaChange, Missing)> {
        let mut failed = Vec::new();
        for step in steps {
            match step {
                SchemaStep::Change(change) => {
                    if let Err(missing) = self.apply(change, origin) {
                        failed.push((change.clone(), missing));
                    }
                }
                SchemaStep::Guarded(guarded) => match self.decide(&guarded.condition) {
                    Some(holds) => {
                        let (taken, left) = match holds {
                            true => (&guarded.then, &guarded.otherwise),
                            false => (&guarded.otherwise, &guarded.then),
                        };
                        failed.extend(self.apply_steps(taken, Origin { conditional: true, ..origin }));
                        self.notice_left_out(left, origin);
                    }
                    None => {
                        let conditional = origin.conditional || guarded.condition.asks_schema();
                        let origin = Origin { uncertain: true, conditional, ..origin };
                        failed.extend(self.apply_steps(&guarded.then, origin));
                        failed.extend(self.apply_steps(&guarded.otherwise, origin));
                    }
                },
            }
        }
        failed
    }

    /// Folds one change.
    pub(crate) fn apply(&mut self, change: &SchemaChange, origin: Origin<'_>) -> Result<(), Missing> {
        if self.concerns_no_table(&change.kind) {
            return Ok(());
        }
        if let Some(name) = unknown_name(&change.kind) {
            self.unknown_target(name, change, origin);
            return Ok(());
        }
        if origin.uncertain {
            self.apply_uncertain(change, origin);
            return Ok(());
        }
        let asks = origin.conditional || self.asks(&change.kind);
        let happens = !self.is_there(&change.kind);
        Fold { schema: self, span: change.span, origin }.apply(&change.kind)?;
        if asks {
            self.notice_conditional(change, happens, origin);
        }
        Ok(())
    }

    /// Changes to what is set aside, and to what does not outlive the migration.
    fn concerns_no_table(&self, kind: &ChangeKind) -> bool {
        let aside = |table: &TableName| self.set_aside.contains(table);
        match kind {
            ChangeKind::CreateTable(create) => {
                create.temporary || (create.partition_of.is_some() && !is_known_name(&create.table.name))
            }
            ChangeKind::RenameTable { from: table, .. } | ChangeKind::MoveTable { table, .. } => aside(table),
            _ => altered_table(kind).is_some_and(|table| aside(table) || self.views.contains_key(table)),
        }
    }

    /// A change to something whose name is made at run time.
    fn unknown_target(&mut self, what: &str, change: &SchemaChange, origin: Origin<'_>) {
        let span = change.span;
        let message = format!("{what} of a name that is made at run time");
        let kind = SchemaEventKind::Unmodelled { what: message.as_str().into() };
        let at = Noticed { revision: origin.revision, table: None, column: None, span, other: None };
        self.notice(kind, at);
        self.unmodelled.push(Problem::at(span, ProblemKind::Unmodelled, message.clone()));
        if what == "a table" {
            self.may_lack_tables = true;
        } else {
            self.doubt_all(Why::DynamicExpression, &message, span);
            self.doubt_reached(&change.kind);
        }
    }

    fn apply_uncertain(&mut self, change: &SchemaChange, origin: Origin<'_>) {
        let before = self.events.len();
        self.fold_uncertain(change, origin);
        // What was noticed holds only where the condition does.
        self.events.truncate(before);
        self.notice_undecided(change, origin);
    }

    fn fold_uncertain(&mut self, change: &SchemaChange, origin: Origin<'_>) {
        let certain = Origin { uncertain: false, ..origin };
        let adds = matches!(
            change.kind,
            ChangeKind::CreateTable(_)
                | ChangeKind::AddColumn { .. }
                | ChangeKind::CreateEnum { .. }
                | ChangeKind::CreateView { .. }
        );
        let elsewhere = match &change.kind {
            ChangeKind::CreateTable(create) if self.may_lack_tables => {
                (!self.tables.contains_key(&create.table)).then_some(&create.table)
            }
            _ => None,
        };
        if adds {
            let added = Fold { schema: self, span: change.span, origin: certain }.apply(&change.kind);
            if added.is_err() {
                self.may_lack_tables = true;
            }
        }
        // If something that is not known made the table, it has columns of its own.
        let columns = elsewhere.and_then(|table| self.tables.get_mut(table)).map(|table| &mut table.columns);
        columns.into_iter().flatten().for_each(|column| column.may_be_gone = true);
        match &change.kind {
            ChangeKind::AlterColumn { rename, .. } => {
                self.doubt_reached(&change.kind);
                if rename.is_none() {
                    return;
                }
            }
            // One that is renamed or dropped may come back with other labels.
            ChangeKind::AddEnumLabel { name, .. }
            | ChangeKind::RenameEnumLabel { name, .. }
            | ChangeKind::RenameType { from: name, .. }
            | ChangeKind::DropType { name, .. } => {
                if let Some(found) = self.enums.get_mut(name) {
                    found.certain = false;
                }
            }
            ChangeKind::DropColumn { .. } | ChangeKind::RenameColumn { .. } => {
                self.doubt_reached(&change.kind);
            }
            ChangeKind::DropTable { table, .. } => self.may_lose(|name| name == table),
            ChangeKind::RenameTable { from: table, .. } | ChangeKind::MoveTable { table, .. } => {
                self.may_lose(|name| name == table);
                self.may_lack_tables = true;
            }
            ChangeKind::DropSchema { schema } => {
                self.may_lose(|name| name.schema == *schema);
                self.doubt_all(Why::DynamicExpression, UNCERTAIN, change.span);
            }
            ChangeKind::Unmodelled { .. } => {
                let _ = Fold { schema: self, span: change.span, origin: certain }.apply(&change.kind);
            }
            ChangeKind::AddConstraint { table, constraint } => {
                let mut fold = Fold { schema: self, span: change.span, origin: certain };
                return fold.perhaps_add_constraint(table, constraint);
            }
            ChangeKind::DropConstraint { table, name, sort, .. } => {
                let mut fold = Fold { schema: self, span: change.span, origin: certain };
                return fold.perhaps_drop_constraint(table, name, *sort);
            }
            // Names, indexes and policies change no column.
            ChangeKind::ValidateConstraint { .. }
            | ChangeKind::RenameConstraint { .. }
            | ChangeKind::CreateIndex { .. } => return,
            ChangeKind::Rows { .. } => return self.step.changes_any_rows(),
            ChangeKind::Policy { table, .. } | ChangeKind::RowSecurity { table, .. } => {
                if let Some(table) = self.tables.get_mut(table) {
                    table.row_security.uncertain = true;
                }
                return;
            }
            _ => {}
        }
        if let Some(table) = altered_table(&change.kind).cloned() {
            self.doubt(&table, Why::DynamicExpression, UNCERTAIN, change.span);
        }
    }
}

/// The table that a change is about.
fn altered_table(kind: &ChangeKind) -> Option<&TableName> {
    use ChangeKind as K;
    match kind {
        K::CreateTable(create) => Some(&create.table),
        K::DropTable { table, .. }
        | K::RenameTable { from: table, .. }
        | K::MoveTable { table, .. }
        | K::AddColumn { table, .. }
        | K::DropColumn { table, .. }
        | K::RenameColumn { table, .. }
        | K::AlterColumn { table, .. }
        | K::AddConstraint { table, .. }
        | K::DropConstraint { table, .. }
        | K::ValidateConstraint { table, .. }
        | K::RenameConstraint { table, .. }
        | K::RowSecurity { table, .. }
        | K::Policy { table, .. }
        | K::AttachPartition { table, .. } => Some(table),
        K::CreateIndex { index, .. } => Some(&index.table),
        _ => None,
    }
}

/// What a change is about, where its name is not known as a whole.
fn unknown_name(kind: &ChangeKind) -> Option<&'static str> {
    use ChangeKind as K;
    let known = is_known_table;
    match kind {
        K::CreateTable(create) => (!known(&create.table)).then_some("a table"),
        K::CreateView { name, .. } | K::DropView { name, .. } => (!known(name)).then_some("a table"),
        // What these change is no column of a table.
        K::Rows { .. }
        | K::CreateIndex { .. }
        | K::Policy { .. }
        | K::RowSecurity { .. }
        | K::AddConstraint { .. }
        | K::DropConstraint { .. } => None,
        kind => altered_table(kind).filter(|table| !known(table)).map(|_| "a change to a table"),
    }
}

/// One change being folded.
struct Fold<'s, 'o> {
    schema: &'s mut Schema,
    span: Span,
    origin: Origin<'o>,
}

impl Fold<'_, '_> {
    fn apply(&mut self, kind: &ChangeKind) -> Result<(), Missing> {
        use ChangeKind as K;
        match kind {
            K::CreateTable(create) => self.create_table(create),
            K::DropTable { table, cascade, .. } => self.drop_table(table, *cascade),
            K::RenameTable { from, to } => {
                let to = TableName { schema: from.schema.clone(), name: to.clone() };
                self.move_table(from, to)?;
            }
            K::MoveTable { table, schema } => {
                let to = TableName { schema: schema.clone(), name: table.name.clone() };
                self.move_table(table, to)?;
            }
            K::AddColumn { table, column, .. } => self.add_column(table, column)?,
            K::DropColumn { table, column, if_exists, .. } => self.drop_column(table, column, *if_exists)?,
            K::RenameColumn { table, from, to } => self.rename_column(table, from, to)?,
            K::AlterColumn { .. } => self.alter_column(kind)?,
            K::AddConstraint { table, constraint } => {
                self.add_constraint(table, constraint)?;
                self.remember_constraint(table, constraint);
            }
            K::DropConstraint { table, name, sort, if_exists } => {
                self.drop_constraint(table, name, *sort, *if_exists);
            }
            K::ValidateConstraint { table, name } => self.validate_constraint(table, name),
            K::RenameConstraint { table, from, to } => self.rename_constraint(table, from, to),
            K::CreateIndex { index, .. } => self.create_index(index),
            K::DropIndex { name } => self.drop_index(name),
            K::RenameIndex { from, to } => self.rename_index(from, to),
            K::CreateEnum { name, labels, .. } => self.create_enum(name, labels),
            K::AddEnumLabel { .. }
            | K::RenameEnumLabel { .. }
            | K::RenameType { .. }
            | K::DropType { .. } => {
                self.change_enum(kind);
            }
            K::CreateView { .. } => self.create_view(kind),
            K::DropView { name, .. } => self.drop_view(name),
            K::RenameView { from, to } => {
                if let Some(view) = self.schema.views.remove(from) {
                    self.schema
                        .views
                        .insert(TableName { schema: from.schema.clone(), name: to.clone() }, view);
                }
            }
            K::DropSchema { schema } => self.drop_schema(schema.as_deref()),
            K::AttachPartition { table, partition, bounds } => {
                self.schema.tables.remove(partition);
                self.set_aside(partition, table, bounds.clone());
            }
            K::Rows { table, removed } => self.schema.step.changes_rows(table, *removed),
            K::Unmodelled { tables, what } => self.unmodelled(tables, what),
            K::RowSecurity { table, enabled, forced } => self.row_security(table, *enabled, *forced),
            K::Policy { table, name, created } => self.policy(table, name, *created),
        }
        Ok(())
    }

    fn step(&self, column: Option<&str>, what: impl Into<Box<str>>) -> HistoryStep {
        HistoryStep {
            revision: self.origin.revision.map(Into::into),
            column: column.map(Into::into),
            what: what.into(),
            before: None,
            span: self.span,
        }
    }

    /// The step of a rename, which keeps the name before.
    fn renamed(&self, column: Option<&str>, from: &str) -> HistoryStep {
        HistoryStep { before: Some(from.into()), ..self.step(column, format!("renamed from `{from}`")) }
    }

    /// Notes something about the change.
    fn notice(
        &mut self,
        kind: SchemaEventKind,
        table: &TableName,
        column: Option<&str>,
        other: Option<Span>,
    ) {
        let (revision, table) = (self.origin.revision, Some(table));
        self.schema.notice(kind, Noticed { revision, table, column, span: self.span, other });
    }

    /// The table, or what is missing.
    fn table(&mut self, name: &TableName) -> Result<&mut TableState, Missing> {
        self.schema.tables.get_mut(name).ok_or_else(|| Missing { table: name.clone(), column: None })
    }

    fn column(&mut self, table: &TableName, column: &str) -> Result<&mut ColumnState, Missing> {
        let missing = || Missing { table: table.clone(), column: Some(column.into()) };
        self.table(table)?.column_mut(column).ok_or_else(missing)
    }

    fn unmodelled(&mut self, tables: &[TableName], what: &str) {
        let message = format!("{what} is not modelled");
        self.schema.unmodelled.push(Problem::at(self.span, ProblemKind::Unmodelled, message.clone()));
        let kind = || SchemaEventKind::Unmodelled { what: what.into() };
        let (revision, span) = (self.origin.revision, self.span);
        if tables.is_empty() {
            let at = Noticed { revision, table: None, column: None, span, other: None };
            self.schema.notice(kind(), at);
            self.schema.doubt_all(Why::UnsupportedConstruct, &message, self.span);
            self.schema.doubt_all_contents(Why::UnsupportedConstruct);
        }
        for table in tables {
            self.notice(kind(), table, None, None);
            self.schema.doubt(table, Why::UnsupportedConstruct, &message, self.span);
            self.schema.doubt_contents(table, Why::UnsupportedConstruct);
        }
    }
}
