//! Constraints and indexes.

use alignment_model::database::{Generated, Index, IndexExpression, IndexKey};
use alignment_model::entity::{Constraint, ConstraintKind, ConstraintSort, TableName};
use alignment_model::schema_change::{is_known_name, is_known_table};
use alignment_model::{Known, Why};
use alignment_sql::{Dialect, mentions, renamed_in_expression};

use super::{Fold, Missing};
use crate::database::implied::{implied_name, index_name, kept};
use crate::database::schema::ColumnState;

impl Fold<'_, '_> {
    pub(super) fn add_constraint(
        &mut self,
        name: &TableName,
        constraint: &Constraint,
    ) -> Result<(), Missing> {
        if !is_known_table(name) {
            self.schema.tables_of(name).for_each(|table| table.more_constraints = true);
            return Ok(());
        }
        let mut constraint = constraint.clone();
        let (dialect, sqlite) = (self.schema.dialect, self.schema.dialect == Dialect::Sqlite);
        let table = self.table(name)?;
        if let ConstraintKind::PrimaryKey(_) = &constraint.kind {
            table.constraints.retain(|other| !matches!(other.kind, ConstraintKind::PrimaryKey(_)));
        }
        match constraint.name.as_deref().filter(|name| is_known_name(name)) {
            Some(given) => constraint.name = Some(kept(given).into()),
            None => {
                let checked = checked_column(&constraint.kind, &table.columns, dialect);
                let taken = |made: &str| self.schema.is_taken(name, made);
                constraint.name = implied_name(name, &constraint.kind, checked.as_deref(), &taken);
            }
        }
        let table = self.table(name)?;
        if let ConstraintKind::PrimaryKey(columns) = &constraint.kind {
            for column in columns {
                if let Some(column) = table.column_mut(column) {
                    column.nullable = Known::Is(false);
                    // SQLite's `INTEGER PRIMARY KEY` is the row id.
                    let integer = column.ty.is().is_some_and(|ty| &*ty.base == "int8");
                    if sqlite && integer && columns.len() == 1 {
                        column.generated = Generated::AutoIncrement;
                    }
                }
            }
        }
        // The database would refuse a name that is taken: the old one is gone, whatever dropped it.
        let same_name = |other: &&mut Constraint| other.name.is_some() && other.name == constraint.name;
        match table.constraints.iter_mut().find(same_name) {
            Some(old) => *old = constraint,
            None => table.constraints.push(constraint),
        }
        Ok(())
    }

    /// One that may or may not be made: what has its name may be another from then on.
    pub(super) fn perhaps_add_constraint(&mut self, name: &TableName, constraint: &Constraint) {
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        if let ConstraintKind::PrimaryKey(columns) = &constraint.kind {
            for column in columns {
                if let Some(column) = table.column_mut(column)
                    && !column.nullable.is_no()
                {
                    column.nullable = Known::Unknown(Why::DynamicExpression);
                }
            }
            table.doubt_constraints(Some(ConstraintSort::PrimaryKey));
            table.more_constraints = true;
            return;
        }
        let same_name = |other: &&mut Constraint| other.name.is_some() && other.name == constraint.name;
        match table.constraints.iter_mut().find(same_name) {
            Some(old) => old.doubtful |= *old != Constraint { span: old.span, ..constraint.clone() },
            None => table.constraints.push(Constraint { doubtful: true, ..constraint.clone() }),
        }
    }

    /// The step of a constraint that is made by itself. One over a single column belongs to its history.
    pub(super) fn remember_constraint(&mut self, name: &TableName, constraint: &Constraint) {
        let (columns, what): (&[Box<str>], String) = match &constraint.kind {
            ConstraintKind::PrimaryKey(columns) => (columns, format!("primary key ({})", columns.join(", "))),
            ConstraintKind::Unique(columns) => (columns, format!("unique ({})", columns.join(", "))),
            ConstraintKind::ForeignKey(key) => {
                (&key.columns, format!("foreign key ({}) to `{}`", key.columns.join(", "), key.target))
            }
            ConstraintKind::Check { values, .. } => {
                let column = values.as_ref().map(|(column, _)| std::slice::from_ref(column));
                (column.unwrap_or_default(), "check".to_owned())
            }
            ConstraintKind::Exclusion(_) => (&[], "exclusion".to_owned()),
            ConstraintKind::Other => (&[], "constraint".to_owned()),
        };
        let column = if let [column] = columns { Some(&**column) } else { None };
        let named = constraint.name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
        let step = self.step(column, format!("{what}{named} added"));
        if let Some(table) = self.schema.tables.get_mut(name) {
            table.history.push(step);
        }
    }

    /// One whose name is not known, or is none of those that are known, may be any of its sort.
    pub(super) fn drop_constraint(
        &mut self,
        name: &TableName,
        constraint: &str,
        sort: Option<ConstraintSort>,
        if_exists: bool,
    ) {
        let step = self.step(None, format!("constraint `{constraint}` dropped"));
        let is_certain = is_known_table(name) && is_known_name(constraint);
        for table in self.schema.tables_of(name) {
            let before = table.constraints.len();
            if is_certain {
                table.constraints.retain(|own| own.name.as_deref() != Some(constraint));
            }
            if table.constraints.len() < before {
                table.history.push(step.clone());
            } else if !is_certain || !if_exists {
                table.doubt_constraints(sort);
            }
        }
    }

    /// One that may or may not be dropped.
    pub(super) fn perhaps_drop_constraint(
        &mut self,
        name: &TableName,
        constraint: &str,
        sort: Option<ConstraintSort>,
    ) {
        let is_certain = is_known_table(name) && is_known_name(constraint);
        for table in self.schema.tables_of(name) {
            let named = table.constraints.iter_mut().find(|own| own.name.as_deref() == Some(constraint));
            match named {
                Some(own) if is_certain => own.doubtful = true,
                _ if is_certain => {}
                _ => table.doubt_constraints(sort),
            }
        }
    }

    /// Rows that were there are known to pass from now on.
    pub(super) fn validate_constraint(&mut self, table: &TableName, name: &str) {
        let constraints = self.schema.tables.get_mut(table).map(|table| &mut table.constraints);
        for constraint in constraints.into_iter().flatten().filter(|one| one.name.as_deref() == Some(name)) {
            constraint.terms.not_valid = false;
        }
    }

    pub(super) fn rename_constraint(&mut self, table: &TableName, from: &str, to: &str) {
        let constraints = self.schema.tables.get_mut(table).map(|table| &mut table.constraints);
        for constraint in constraints.into_iter().flatten().filter(|one| one.name.as_deref() == Some(from)) {
            constraint.name = Some(to.into());
        }
    }

    pub(super) fn create_index(&mut self, index: &Index) {
        let given = index.name.clone().filter(|name| is_known_name(name));
        let name = given.unwrap_or_else(|| index_name(index));
        let state = Index { name: Some(name.clone()), span: self.span, ..index.clone() };
        self.schema.indexes.entry(name).or_insert(state);
    }

    /// An index by its name, or the unique constraint it serves (MySQL makes no difference).
    pub(super) fn drop_index(&mut self, name: &str) {
        if self.schema.indexes.remove(name).is_none() {
            for table in self.schema.tables.values_mut() {
                table.constraints.retain(|constraint| {
                    constraint.name.as_deref() != Some(name)
                        || !matches!(constraint.kind, ConstraintKind::Unique(_))
                });
            }
        }
    }

    pub(super) fn rename_index(&mut self, from: &str, to: &str) {
        if let Some(mut index) = self.schema.indexes.remove(from) {
            index.name = Some(to.into());
            self.schema.indexes.insert(to.into(), index);
            return;
        }
        let tables: Vec<TableName> = self.schema.tables.keys().cloned().collect();
        for table in tables {
            self.rename_constraint(&table, from, to);
        }
    }
}

/// The column that a check is about, where it names one only.
fn checked_column(kind: &ConstraintKind, columns: &[ColumnState], dialect: Dialect) -> Option<Box<str>> {
    match kind {
        ConstraintKind::Check { text: Known::Is(text), .. } => {
            let mut named = columns.iter().filter(|column| mentions(text, &column.name, dialect));
            let first = named.next().map(|column| column.name.clone());
            first.filter(|_| named.next().is_none())
        }
        ConstraintKind::Check { values: Some((column, _)), .. } => Some(column.clone()),
        _ => None,
    }
}

pub(super) fn refers_to(constraint: &Constraint) -> Option<&TableName> {
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => Some(&key.target),
        _ => None,
    }
}

pub(super) fn involves(constraint: &Constraint, column: &str) -> bool {
    let among = |columns: &[Box<str>]| columns.iter().any(|one| &**one == column);
    match &constraint.kind {
        ConstraintKind::PrimaryKey(columns) | ConstraintKind::Unique(columns) => among(columns),
        ConstraintKind::ForeignKey(key) => among(&key.columns),
        ConstraintKind::Check { text: Known::Is(text), .. } => mentions(text, column, Dialect::PostgreSql),
        ConstraintKind::Exclusion(Known::Is(text)) => mentions(text, column, Dialect::PostgreSql),
        ConstraintKind::Check { .. } | ConstraintKind::Exclusion(_) | ConstraintKind::Other => false,
    }
}

/// Whether an index has to go with a column: it is a key, or stands in an expression or condition.
pub(super) fn index_involves(index: &Index, column: &str, dialect: Dialect) -> bool {
    let key = |key: &IndexKey| match &key.expression {
        IndexExpression::Column(name) => &**name == column,
        IndexExpression::Sql(text) => mentions(text, column, dialect),
    };
    let condition = index.condition.as_ref().and_then(Known::is);
    index.keys.is().is_some_and(|keys| keys.iter().any(key))
        || index.include.iter().any(|name| &**name == column)
        || condition.is_some_and(|text| mentions(text, column, dialect))
}

pub(super) fn rename_in_index(index: &mut Index, from: &str, to: &str, dialect: Dialect) {
    if let Known::Is(keys) = &mut index.keys {
        for key in keys {
            match &mut key.expression {
                IndexExpression::Column(name) => rename_in(std::slice::from_mut(name), from, to),
                IndexExpression::Sql(text) => *text = renamed_in_expression(text, from, to, dialect),
            }
        }
    }
    rename_in(&mut index.include, from, to);
    if let Some(Known::Is(text)) = &mut index.condition {
        *text = renamed_in_expression(text, from, to, dialect);
    }
}

pub(super) fn rename_in(columns: &mut [Box<str>], from: &str, to: &str) {
    for column in columns.iter_mut().filter(|column| &***column == from) {
        *column = to.into();
    }
}

pub(super) fn rename_in_constraint(constraint: &mut Constraint, from: &str, to: &str, dialect: Dialect) {
    match &mut constraint.kind {
        ConstraintKind::PrimaryKey(columns) | ConstraintKind::Unique(columns) => rename_in(columns, from, to),
        ConstraintKind::ForeignKey(key) => rename_in(&mut key.columns, from, to),
        ConstraintKind::Check { text, values } => {
            if let Known::Is(text) = text {
                *text = renamed_in_expression(text, from, to, dialect);
            }
            if let Some((column, _)) = values.as_mut().filter(|(column, _)| &**column == from) {
                *column = to.into();
            }
        }
        ConstraintKind::Exclusion(Known::Is(text)) => *text = renamed_in_expression(text, from, to, dialect),
        ConstraintKind::Exclusion(_) | ConstraintKind::Other => {}
    }
}
