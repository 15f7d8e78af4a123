//! Tables and views: made, renamed, dropped, with everything that points at them.

use alignment_model::database::{DroppedTable, Partition};
use alignment_model::entity::{Constraint, ConstraintKind, HistoryStep, TableName};
use alignment_model::schema_change::{ChangeKind, CreateTable, is_known_name};
use alignment_model::schema_event::SchemaEventKind;
use alignment_model::{Known, Why};
use alignment_sql::Dialect;

use super::constraints::refers_to;
use super::{Fold, Missing};
use crate::database::schema::{TableState, ViewState};

/// Uniqueness over the columns of a key that the same statement declares is no constraint of its own; a key without a name takes
/// its name (PostgreSQL, `transformIndexConstraints` in `parse_utilcmd.c`, which reads the primary key first).
fn merged_keys(constraints: &[Constraint]) -> Vec<Constraint> {
    let is_key = |one: &&Constraint| matches!(one.kind, ConstraintKind::PrimaryKey(_));
    let (keys, others): (Vec<_>, Vec<_>) = constraints.iter().partition(is_key);
    let mut merged: Vec<Constraint> = keys.into_iter().cloned().collect();
    for one in others {
        let columns = if let ConstraintKind::Unique(columns) = &one.kind { columns } else { &Vec::new() };
        let same = merged.iter_mut().find(|earlier| match &earlier.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                key == columns && earlier.terms == one.terms
            }
            _ => false,
        });
        match same {
            Some(earlier) => earlier.name = earlier.name.take().or_else(|| one.name.clone()),
            None => merged.push(one.clone()),
        }
    }
    merged
}

impl Fold<'_, '_> {
    pub(super) fn create_table(&mut self, create: &CreateTable) {
        if let Some(of) = &create.partition_of {
            let bounds = create.partition_bounds.clone();
            let bounds = bounds.filter(|bounds| is_known_name(bounds));
            self.set_aside(
                &create.table,
                of,
                bounds.map_or(Known::Unknown(Why::DynamicExpression), Known::Is),
            );
            return;
        }
        let earlier = match self.schema.tables.get(&create.table) {
            Some(table) if !table.assumed => return self.shadow(create),
            earlier => earlier.cloned(),
        };
        let mut table = TableState::new(self.span);
        table.made_in = self.schema.step.number();
        table.history.push(self.step(None, "created"));
        table.partition_by = create.partition_by.clone();
        for other in &create.columns_from {
            match self.schema.tables.get(other) {
                Some(other) => table.columns.extend(other.columns.iter().cloned()),
                None => {
                    let message = format!("its columns come from `{other}`, which was not found");
                    table.completeness.lacks(Why::UndefinedName, message, Some(self.span));
                }
            }
        }
        if let Some(why) = &create.incomplete {
            table.completeness.lacks(Why::UnsupportedConstruct, why.clone(), Some(self.span));
        }
        self.schema.views.remove(&create.table);
        self.schema.tables.insert(create.table.clone(), table);
        for column in &create.columns {
            // A column of a `LIKE` or parent is merged with one of its own.
            if !create.columns_from.is_empty()
                && let Some(table) = self.schema.tables.get_mut(&create.table)
            {
                table.columns.retain(|other| other.name != column.name);
            }
            self.push_column(&create.table, column);
        }
        self.keep_added(&create.table, earlier);
        let constraints = match self.schema.dialect {
            Dialect::PostgreSql => merged_keys(&create.constraints),
            Dialect::Sqlite | Dialect::MySql => create.constraints.clone(),
        };
        for constraint in &constraints {
            let _ = self.add_constraint(&create.table, constraint);
        }
    }

    /// A table known only from changes to it is created here after all. What they add is in it: they ran after this, or another
    /// statement of its creation was meant.
    fn keep_added(&mut self, name: &TableName, earlier: Option<TableState>) {
        let (Some(table), Some(earlier)) = (self.schema.tables.get_mut(name), earlier) else { return };
        for column in earlier.columns {
            if table.column(&column.name).is_none() {
                table.columns.push(column);
            }
        }
        table.history.extend(earlier.history);
    }

    /// A declaration of a table that exists. With `IF NOT EXISTS` the database goes on as if nothing had been said;
    /// without, it refuses the statement, and nobody is misled.
    fn shadow(&mut self, create: &CreateTable) {
        let step = self.step(None, "declared again, without effect");
        let Some(table) = self.schema.tables.get_mut(&create.table) else { return };
        table.history.push(step);
        let lacking = create.columns.iter().filter(|column| table.column(&column.name).is_none());
        let lacking: Vec<_> = lacking.map(|column| column.name.clone()).collect();
        if create.if_not_exists && !lacking.is_empty() && table.completeness.is_complete() {
            let first = table.span;
            self.notice(SchemaEventKind::Shadowed { lacking }, &create.table, None, Some(first));
        }
    }

    pub(super) fn drop_table(&mut self, name: &TableName, cascade: bool) {
        if let Some(table) = self.schema.tables.remove(name) {
            self.notice(SchemaEventKind::TableDropped, name, None, Some(table.span));
            self.gone(name, table.history);
        }
        self.schema.set_aside.remove(name);
        self.schema.partitions.remove(name);
        self.schema.partitions.retain(|_, partition| partition.of != *name);
        self.schema.indexes.retain(|_, index| index.table != *name);
        for table in self.schema.tables.values_mut() {
            table.constraints.retain(|constraint| refers_to(constraint) != Some(name));
        }
        if cascade {
            let views = self.schema.views.iter().filter(|(_, view)| view.reads.contains(name));
            let views: Vec<TableName> = views.map(|(view, _)| view.clone()).collect();
            views.iter().for_each(|view| self.drop_view(view));
        }
    }

    pub(super) fn drop_view(&mut self, name: &TableName) {
        if let Some(view) = self.schema.views.remove(name) {
            self.gone(name, view.history);
        }
    }

    /// Keeps what happened to something that is no more.
    fn gone(&mut self, name: &TableName, mut history: Vec<HistoryStep>) {
        history.push(self.step(None, "dropped"));
        self.schema.dropped.push(DroppedTable { name: name.clone(), history });
    }

    /// A partition is no table of its own.
    pub(super) fn set_aside(&mut self, name: &TableName, of: &TableName, bounds: Known<Box<str>>) {
        self.schema.set_aside.insert(name.clone());
        let partition = Partition { name: name.clone(), of: of.clone(), bounds, span: self.span };
        self.schema.partitions.insert(name.clone(), partition);
    }

    /// What views say about a table is no longer what they were created with: the database follows, their text does not.
    pub(super) fn outdate_views(&mut self, name: &TableName) {
        for view in self.schema.views.values_mut().filter(|view| view.reads.contains(name)) {
            view.query = Known::Unknown(Why::UnsupportedConstruct);
        }
    }

    pub(super) fn drop_schema(&mut self, schema: Option<&str>) {
        let within = |name: &TableName| name.schema.as_deref() == schema;
        let tables: Vec<TableName> = self.schema.tables.keys().filter(|name| within(name)).cloned().collect();
        for table in tables {
            self.drop_table(&table, true);
        }
        let views: Vec<TableName> = self.schema.views.keys().filter(|name| within(name)).cloned().collect();
        views.iter().for_each(|view| self.drop_view(view));
        self.schema.enums.retain(|name, _| !within(name));
        self.schema.set_aside.retain(|name| !within(name));
    }

    /// Renames a table; everything that points at it follows.
    pub(super) fn move_table(&mut self, from: &TableName, to: TableName) -> Result<(), Missing> {
        if let Some(view) = self.schema.views.remove(from) {
            self.schema.views.insert(to, view);
            return Ok(());
        }
        self.outdate_views(from);
        let step = self.renamed(None, &from.to_string());
        self.table(from)?.history.push(step);
        if let Some(table) = self.schema.tables.remove(from) {
            self.schema.rename_in_events(from, &to);
            let first = table.span;
            self.schema.tables.insert(to.clone(), table);
            self.schema.renamed.remove(from);
            self.schema.renamed.insert(to.clone());
            self.notice(SchemaEventKind::TableRenamed { to: to.clone() }, from, None, Some(first));
        }
        for table in self.schema.tables.values_mut() {
            for constraint in &mut table.constraints {
                if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                    && key.target == *from
                {
                    key.target = to.clone();
                }
            }
        }
        for index in self.schema.indexes.values_mut().filter(|index| index.table == *from) {
            index.table = to.clone();
        }
        for partition in self.schema.partitions.values_mut().filter(|partition| partition.of == *from) {
            partition.of = to.clone();
        }
        Ok(())
    }

    pub(super) fn create_view(&mut self, kind: &ChangeKind) {
        let ChangeKind::CreateView { name, columns, reads, replace, query, materialized, named } = kind
        else {
            return;
        };
        let earlier = self.schema.views.get(name).map(|view| view.history.clone());
        if earlier.is_some() && !replace {
            return;
        }
        let what = if earlier.is_some() { "replaced" } else { "created" };
        let mut history = earlier.unwrap_or_default();
        history.push(self.step(None, what));
        let state = ViewState {
            span: self.span,
            columns: columns.clone(),
            reads: reads.clone(),
            query: query.clone(),
            materialized: *materialized,
            named: *named,
            history,
        };
        self.schema.views.insert(name.clone(), state);
    }
}
