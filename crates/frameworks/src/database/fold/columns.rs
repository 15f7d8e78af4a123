//! Columns: added, altered, renamed, dropped, with the constraints and indexes that name them.

use alignment_model::database::Generated;
use alignment_model::entity::{ConstraintKind, TableName};
use alignment_model::schema_change::{ChangeKind, ColumnChange, is_known_name};
use alignment_model::schema_event::SchemaEventKind;
use alignment_model::{Known, Problem, ProblemKind, Why};
use alignment_sql::Dialect;

use super::constraints::{index_involves, involves, rename_in, rename_in_constraint, rename_in_index};
use super::types::type_name;
use super::{Fold, Missing};
use crate::database::default::canonical;
use crate::database::implied::kept;
use crate::database::schema::ColumnState;

impl Fold<'_, '_> {
    /// Appends a column to a table that exists.
    pub(super) fn push_column(&mut self, name: &TableName, column: &ColumnChange) {
        self.declare_labels(column);
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        if !is_known_name(&column.name) {
            let message = "a column whose name is made at run time";
            table.completeness.lacks(Why::DynamicExpression, message, Some(self.span));
            return;
        }
        let mut state = ColumnState::from(column.clone());
        state.name = kept(&column.name).into();
        state.made_in = self.schema.step.number();
        settle(&mut state, name);
        table.columns.push(state);
    }

    /// An enumeration declared with a column exists from then on.
    pub(super) fn declare_labels(&mut self, column: &ColumnChange) {
        if let (Some(labels), Known::Is(ty)) = (&column.enum_labels, &column.ty)
            && self.schema.dialect != Dialect::MySql
        {
            self.create_enum(&type_name(&ty.base), labels);
        }
    }

    pub(super) fn add_column(&mut self, name: &TableName, column: &ColumnChange) -> Result<(), Missing> {
        let added = self.step(Some(&column.name), "added");
        let shadowed = self.step(Some(&column.name), "declared again, without effect");
        let table = self.table(name)?;
        if table.column(&column.name).is_some() {
            table.history.push(shadowed);
            return Ok(());
        }
        table.history.push(added);
        let made = table.span;
        if self.fails_on_rows(name, column) {
            self.notice(SchemaEventKind::RequiredColumnAdded, name, Some(&column.name), Some(made));
        }
        self.push_column(name, column);
        Ok(())
    }

    /// Whether adding a column surely fails where the table has rows. MySQL fills it with a value of its own ("Data Type Default
    /// Values", 13.6 of its manual).
    fn fails_on_rows(&self, name: &TableName, column: &ColumnChange) -> bool {
        let required = column.nullable.is_no()
            && column.server_default == Known::Is(None)
            && !column.generated.is_generated();
        let older = self.schema.tables.get(name);
        required
            && self.schema.dialect != Dialect::MySql
            && older.is_some_and(|table| self.schema.step.keeps_rows_of(name, table))
    }

    /// A column becomes NOT NULL: was there time to fill it?
    fn notice_not_null(&mut self, name: &TableName, column: &str, default: &Option<Known<Option<Box<str>>>>) {
        let step = &self.schema.step;
        let Some(table) = self.schema.tables.get(name) else { return };
        let Some(state) = table.column(column) else { return };
        // A default that is given in the same step may come with a fill that is written elsewhere.
        let plain = state.server_default == Known::Is(None) && default.is_none();
        if state.nullable.is_yes() && plain && step.leaves_rows_of(name, table) {
            let added_here = state.made_in == step.number();
            let older = if added_here { table.span } else { state.span };
            let kind = SchemaEventKind::NotNullSet { added_here };
            self.notice(kind, name, Some(column), Some(older));
        }
    }

    pub(super) fn drop_column(
        &mut self,
        name: &TableName,
        column: &str,
        if_exists: bool,
    ) -> Result<(), Missing> {
        if !is_known_name(column) {
            let what = "the drop of a column whose name is made at run time";
            let message = format!("{what} is not modelled");
            self.schema.unmodelled.push(Problem::at(self.span, ProblemKind::Unmodelled, message.clone()));
            self.notice(SchemaEventKind::Unmodelled { what: what.into() }, name, None, None);
            self.schema.doubt(name, Why::DynamicExpression, &message, self.span);
            self.schema.columns_of(name, column).for_each(|column| column.may_be_gone = true);
            return Ok(());
        }
        // `IF EXISTS` asks for the column; the table has to be there.
        if if_exists && self.table(name)?.column(column).is_none() {
            return Ok(());
        }
        let column = kept(column);
        let step = self.step(Some(column), "dropped");
        let added = self.column(name, column)?.span;
        self.notice(SchemaEventKind::ColumnDropped, name, Some(column), Some(added));
        let table = self.table(name)?;
        table.history.push(step);
        table.columns.retain(|other| &*other.name != column);
        // The database drops what involves the column.
        table.constraints.retain(|constraint| !involves(constraint, column));
        for table in self.schema.tables.values_mut() {
            table.constraints.retain(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(key) => {
                    key.target != *name || !key.target_columns.iter().any(|target| &**target == column)
                }
                _ => true,
            });
        }
        let dialect = self.schema.dialect;
        self.schema
            .indexes
            .retain(|_, index| index.table != *name || !index_involves(index, column, dialect));
        Ok(())
    }

    pub(super) fn rename_column(&mut self, name: &TableName, from: &str, to: &str) -> Result<(), Missing> {
        if !is_known_name(from) || !is_known_name(to) {
            let message = "a column renamed to or from a name that is made at run time";
            self.schema.doubt(name, Why::DynamicExpression, message, self.span);
            self.schema.columns_of(name, from).for_each(|column| column.may_be_gone = true);
            return Ok(());
        }
        let (from, to) = (kept(from), kept(to));
        let dialect = self.schema.dialect;
        let step = self.renamed(Some(to), from);
        let state = self.column(name, from)?;
        state.name = to.into();
        let added = state.span;
        self.notice(SchemaEventKind::ColumnRenamed { to: to.into() }, name, Some(from), Some(added));
        self.outdate_views(name);
        let table = self.table(name)?;
        for earlier in table.history.iter_mut().filter(|earlier| earlier.column.as_deref() == Some(from)) {
            earlier.column = Some(to.into());
        }
        table.history.push(step);
        for constraint in &mut table.constraints {
            rename_in_constraint(constraint, from, to, dialect);
        }
        for table in self.schema.tables.values_mut() {
            for constraint in &mut table.constraints {
                if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                    && key.target == *name
                {
                    rename_in(&mut key.target_columns, from, to);
                }
            }
        }
        for index in self.schema.indexes.values_mut().filter(|index| index.table == *name) {
            rename_in_index(index, from, to, dialect);
        }
        Ok(())
    }

    pub(super) fn alter_column(&mut self, kind: &ChangeKind) -> Result<(), Missing> {
        let ChangeKind::AlterColumn { table, column, ty, nullable, server_default, generated, rename } = kind
        else {
            return Ok(());
        };
        if !is_known_name(column) {
            let message = "a change to a column whose name is made at run time";
            self.schema.doubt(table, Why::DynamicExpression, message, self.span);
            self.schema.columns_of(table, column).for_each(|column| column.perhaps_altered(kind));
            return Ok(());
        }
        if nullable.is_some_and(|nullable| nullable.is_no()) {
            self.notice_not_null(table, column, server_default);
        }
        let state = self.column(table, column)?;
        let mut what = Vec::new();
        if let Some(ty) = ty {
            what.push(ty.is().map_or("type changed".to_owned(), |ty| format!("type changed to `{ty}`")));
            state.ty = ty.clone();
            state.written = ty.is().map(|ty| ty.to_string()).unwrap_or_default().into();
            state.labels = None;
        }
        if let Some(nullable) = nullable {
            what.push(if nullable.is_no() {
                "made NOT NULL".to_owned()
            } else {
                "NOT NULL dropped".to_owned()
            });
            state.nullable = *nullable;
        }
        if let Some(default) = server_default {
            what.push("default changed".to_owned());
            state.server_default = default.clone();
        }
        if let Some(generated) = generated {
            what.push(generated_words(generated).to_owned());
            state.generated = generated.clone();
        }
        settle(state, table);
        let step = self.step(Some(column), what.join(", "));
        if !what.is_empty() {
            self.table(table)?.history.push(step);
        }
        match rename {
            Some(to) => self.rename_column(table, column, to),
            None => Ok(()),
        }
    }
}

/// What it means that a column begins or stops being filled by the database.
fn generated_words(generated: &Generated) -> &'static str {
    match generated {
        Generated::No => "no longer generated",
        Generated::Identity { .. } => "made an identity",
        Generated::Computed { .. } => "made computed",
        Generated::Serial | Generated::AutoIncrement | Generated::Elsewhere => "made generated",
    }
}

/// What follows from a column's type for its other parts.
fn settle(column: &mut ColumnState, table: &TableName) {
    if let Known::Is(Some(default)) = &column.server_default {
        column.server_default = Known::Is(Some(canonical(default, &column.ty)));
    }
    if column.generated == Generated::Serial && column.server_default == Known::Is(None) {
        let sequence = format!("nextval('{}_{}_seq'::regclass)", table.name, column.name);
        column.server_default = Known::Is(Some(sequence.into()));
    }
}
