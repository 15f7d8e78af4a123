//! `Column(...)`, constraints, `Table(...)` -> what a table declares.
//!
//! What a call of SQLAlchemy says is read by `crate::sqlalchemy`; here stands what follows for the table: NOT NULL and sequences of
//! primary keys, constraints that a column's flags make, indexes.

use std::rc::Rc;

use alignment_model::code::Call;
use alignment_model::database::{Generated, Index};
use alignment_model::entity::{Constraint, ConstraintKind, ForeignKey, TableName};
use alignment_model::schema_change::{ChangeKind, ColumnChange, CreateTable, HOLE};
use alignment_model::shape::Value as Scalar;
use alignment_model::{Known, Span, TextRange, Why};
use alignment_sql::qualified;

use super::Interpreter;
use super::calls::{Argument, Arguments, Site};
use super::operations::terms;
use super::value::{ColumnValue, Frame, Value};
use crate::python::Locals;
use crate::sqlalchemy::constraints::{ForeignKeyArgument, Referred, table_constraint};
use crate::sqlalchemy::types::{ColumnType, EnumLabels};
use crate::sqlalchemy::{At, columns, generated, server_defaults, types};

impl<'n, 'a> Interpreter<'n, 'a> {
    /// Where the readers of SQLAlchemy's calls look names up.
    pub(super) fn at<'s>(&self, frame: &'s Frame<'a>, locals: &'s Locals) -> At<'n, 'a, 's> {
        At { names: self.names, file: frame.file, scope: &frame.scope, locals }
    }

    /// What a call of SQLAlchemy declares, if it declares a part of a table.
    pub(super) fn declared(&mut self, site: &Site<'_, 'a>, path: &str) -> Option<Value<'a>> {
        if columns::is_column(path) {
            return Some(self.column(site));
        }
        match path {
            "sqlalchemy.Table" => {
                let arguments = self.arguments(site.frame, site.call);
                let table = table_argument(&arguments);
                let (create, _) = self.table_of(table, &arguments, 2, site.span());
                Some(Value::Table(Rc::new(create)))
            }
            "sqlalchemy.Index" => {
                let arguments = self.arguments(site.frame, site.call);
                Some(self.declared_index(&arguments, site.span()))
            }
            _ => {
                let locals = site.frame.locals();
                let at = self.at(site.frame, &locals);
                if let Some(mut constraint) = table_constraint(at, path, site.call, &|_| None) {
                    constraint.span = site.span();
                    let arguments = self.arguments(site.frame, site.call);
                    refine(&mut constraint, &arguments);
                    constraint.terms = terms(&arguments);
                    let is_final = arguments.is_final(usize::MAX, "name");
                    return Some(Value::Constraint(Rc::new(constraint), is_final));
                }
                types::is_type_class(path)
                    .then(|| Value::Type(Rc::new(self.read_type(site.frame, site.call, site.range))))
            }
        }
    }

    /// The type that a call makes.
    pub(super) fn read_type(&self, frame: &Rc<Frame<'a>>, call: &'a Call, range: TextRange) -> ColumnType {
        let locals = frame.locals();
        types::read_call_at(self.at(frame, &locals), call, range)
    }

    /// The type that an argument is.
    pub(super) fn argument_type(&self, frame: &Rc<Frame<'a>>, argument: &Argument<'a>) -> ColumnType {
        match (&argument.value, argument.expr) {
            (Value::Type(ty), _) => (**ty).clone(),
            (Value::External(path), _) => {
                types::of_path(path).unwrap_or_else(|| ColumnType::unknown("".into(), Why::ExternalName))
            }
            (_, Some(expr)) => {
                let locals = frame.locals();
                types::read(self.at(frame, &locals), expr)
            }
            (_, None) => ColumnType::unknown("".into(), Why::DynamicExpression),
        }
    }

    /// A server default as SQL: what the readers of SQLAlchemy know, else what the value is here.
    pub(super) fn server_default(
        &self,
        frame: &Rc<Frame<'a>>,
        argument: &Argument<'a>,
    ) -> Known<Option<Box<str>>> {
        match &argument.value {
            Value::None => return Known::Is(None),
            Value::Sql(text) if !text.text.contains(HOLE) => return Known::Is(Some((&*text.text).into())),
            _ => {}
        }
        let locals = frame.locals();
        match argument.expr {
            Some(expr) => server_defaults::read(self.at(frame, &locals), expr),
            None => match argument.value.as_text() {
                Some(text) => Known::Is(Some(format!("'{}'", text.replace('\'', "''")).into())),
                None => Known::Unknown(Why::DynamicExpression),
            },
        }
    }

    /// How the database fills a column that has this server default.
    pub(super) fn generated(&self, frame: &Rc<Frame<'a>>, argument: &Argument<'a>) -> Option<Generated> {
        let locals = frame.locals();
        let read = argument.expr.and_then(|expr| generated::read_expr(self.at(frame, &locals), expr));
        read.or_else(|| match &argument.value {
            Value::Object(path) if &**path == "sqlalchemy.Identity" => {
                Some(Generated::Identity { always: false, options: "".into() })
            }
            _ => None,
        })
    }

    fn column(&mut self, site: &Site<'_, 'a>) -> Value<'a> {
        let arguments = self.arguments(site.frame, site.call);
        let locals = site.frame.locals();
        let mut column = columns::read(self.at(site.frame, &locals), site.call, site.range);
        // What a parameter or variable of a helper holds is known here only.
        for argument in &arguments.positional {
            match &argument.value {
                Value::Type(ty) if column.ty.as_ref().is_none_or(|ty| ty.sql.is().is_none()) => {
                    column.ty = Some((**ty).clone());
                }
                Value::Text(text) if column.name.as_ref().is_none_or(|name| name.is().is_none()) => {
                    column.name = Some(Known::Is((&*text.text).into()));
                }
                _ => {}
            }
        }
        if let Some(default) = arguments.keyword("server_default")
            && column.server_default.is().is_none()
        {
            column.server_default = self.server_default(site.frame, default);
        }
        if let Some(nullable) = arguments.keyword("nullable").and_then(|argument| argument.value.as_bool()) {
            column.nullable = Some(Known::Is(nullable));
        }
        let made = |wanted: &str| {
            let given = arguments.positional.iter().chain(arguments.keyword("server_default"));
            given
                .map(|argument| &argument.value)
                .any(|value| matches!(value, Value::Object(path) if &**path == wanted))
        };
        let autoincrement = arguments.keyword("autoincrement").and_then(|argument| argument.value.as_bool());
        let identity = made("sqlalchemy.Identity");
        let file = site.frame.file;
        Value::Column(Rc::new(ColumnValue {
            column,
            autoincrement: autoincrement == Some(true),
            identity,
            file,
        }))
    }

    /// A table from the arguments of `create_table` or `Table` from position `from` on, and the indexes its columns ask for.
    pub(super) fn table_of(
        &mut self,
        table: TableName,
        arguments: &Arguments<'a>,
        from: usize,
        span: Span,
    ) -> (CreateTable, Vec<ChangeKind>) {
        let mut create = CreateTable::new(table);
        let mut indexes = Vec::new();
        let mut declared: Vec<Rc<ColumnValue>> = Vec::new();
        if arguments.open {
            create.incomplete = Some("some of its columns are made at run time".into());
        }
        for argument in arguments.positional.iter().skip(from) {
            match &argument.value {
                Value::Column(column) => declared.push(column.clone()),
                Value::Constraint(constraint, is_final) => {
                    let constraint = self.named(&create.table, (**constraint).clone(), *is_final);
                    create.constraints.push(constraint);
                }
                Value::Index(index) => {
                    let index = Index { table: create.table.clone(), ..(**index).clone() };
                    let index = self.named_index(index);
                    indexes.push(ChangeKind::CreateIndex { index: Box::new(index), if_not_exists: false });
                }
                Value::None | Value::Object(_) | Value::Sql(_) => {}
                _ => create.incomplete = Some("one of its columns is made at run time".into()),
            }
        }
        let mut keys = Vec::new();
        for column in &declared {
            let (change, constraints) = self.column_change(&create.table, column);
            if column.column.primary_key.is_yes() {
                keys.push(change.name.clone());
            }
            create.constraints.extend(constraints);
            indexes.extend(self.index_of(&create.table, column, &change.name));
            create.columns.push(change);
        }
        // A key that is declared for the table takes the place of that of its columns.
        let declared_key = |one: &Constraint| matches!(one.kind, ConstraintKind::PrimaryKey(_));
        if !keys.is_empty() && !create.constraints.iter().any(declared_key) {
            let kind = ConstraintKind::PrimaryKey(keys);
            let key = self.named(&create.table, Constraint::new(None, kind, span), false);
            create.constraints.push(key);
        }
        fill_keys(&mut create, &declared);
        (create, indexes)
    }

    /// The changes that `add_column` makes.
    pub(super) fn added_column(
        &mut self,
        table: &TableName,
        column: &Rc<ColumnValue>,
        if_not_exists: bool,
    ) -> Vec<ChangeKind> {
        let (change, constraints) = self.column_change(table, column);
        let span = column.column.range.in_file(column.file);
        let index = self.index_of(table, column, &change.name);
        let mut create = CreateTable::new(table.clone());
        let key = ConstraintKind::PrimaryKey(vec![change.name.clone()]);
        create.columns.push(change);
        if column.column.primary_key.is_yes() {
            create.constraints.push(Constraint::new(None, key, span));
        }
        // The column is filled as that of a key, but the key itself is not added (Alembic 1.17, `operations/toimpl.py`,
        // `add_column`).
        fill_keys(&mut create, std::slice::from_ref(column));
        let added = create.columns.into_iter().map(|column| ChangeKind::AddColumn {
            table: table.clone(),
            column: Box::new(column),
            if_not_exists,
        });
        let constrained = constraints
            .into_iter()
            .map(|constraint| ChangeKind::AddConstraint { table: table.clone(), constraint });
        added.chain(constrained).chain(index).collect()
    }

    /// A column as the database gets it, and the constraints that it makes.
    fn column_change(&mut self, table: &TableName, value: &ColumnValue) -> (ColumnChange, Vec<Constraint>) {
        let column = &value.column;
        let span = column.range.in_file(value.file);
        let name: Box<str> = match &column.name {
            Some(Known::Is(name)) => name.clone(),
            _ => HOLE.to_string().into(),
        };
        let not_stated = || ColumnType::unknown("".into(), Why::NotStated);
        let ty = column.ty.clone().unwrap_or_else(not_stated);
        let key = column.primary_key.is_yes() || value.identity;
        let nullable = column.nullable.unwrap_or(Known::Is(!key));
        let mut change = ColumnChange {
            written: ty.written.clone(),
            nullable: if key { Known::Is(false) } else { nullable },
            server_default: column.server_default.clone(),
            generated: match &column.generated {
                Generated::No if value.identity => Generated::Identity { always: false, options: "".into() },
                generated => generated.clone(),
            },
            ..ColumnChange::new(name.clone(), ty.sql.clone(), span)
        };
        let mut constraints = Vec::new();
        if let Some(labels) = &ty.labels {
            self.enum_column(labels, &mut change, &mut constraints, span);
        }
        // With an index of its own, uniqueness is the index's.
        if column.unique.is_yes() && !column.index.is_yes() {
            constraints.push(Constraint::new(None, ConstraintKind::Unique(vec![name.clone()]), span));
        }
        for key in &column.foreign_keys {
            constraints.extend(self.foreign_key(table, &name, key, span));
        }
        constraints.extend(column.checks.iter().cloned());
        let constraints = constraints.into_iter().map(|one| self.named(table, one, false)).collect();
        (change, constraints)
    }

    /// A constraint with the name that the convention gives it.
    pub(super) fn named(&self, table: &TableName, constraint: Constraint, is_final: bool) -> Constraint {
        match self.naming.constraint(table, &constraint, is_final) {
            Some(name) => Constraint { name: Some(name), ..constraint },
            None => constraint,
        }
    }

    /// The same of an index.
    pub(super) fn named_index(&self, index: Index) -> Index {
        match self.naming.index(&index) {
            Some(name) => Index { name: Some(name), ..index },
            None => index,
        }
    }

    /// The index that `index=True` asks for.
    fn index_of(&self, table: &TableName, column: &ColumnValue, name: &str) -> Option<ChangeKind> {
        let span = column.column.range.in_file(column.file);
        column.column.index.is_yes().then(|| {
            let index = self.named_index(Index::new(None, table.clone(), vec![name.into()], span));
            let index = Box::new(Index { unique: column.column.unique.is_yes(), ..index });
            ChangeKind::CreateIndex { index, if_not_exists: false }
        })
    }

    fn foreign_key(
        &self,
        _table: &TableName,
        column: &str,
        key: &ForeignKeyArgument,
        span: Span,
    ) -> Option<Constraint> {
        let Known::Is(Referred::Column(target, referred)) = &key.target else { return None };
        let target_columns = vec![referred.clone().unwrap_or_else(|| column.into())];
        let kind = ConstraintKind::ForeignKey(ForeignKey {
            columns: vec![column.into()],
            target: qualified(target.schema.clone(), target.name.clone()),
            target_columns,
            on_delete: key.on_delete.clone(),
            on_update: key.on_update.clone(),
        });
        Some(Constraint::new(key.name.clone(), kind, span))
    }

    /// What a column of an enumeration adds: labels of a native type, a check of one that is text.
    fn enum_column(
        &self,
        labels: &EnumLabels,
        change: &mut ColumnChange,
        constraints: &mut Vec<Constraint>,
        span: Span,
    ) {
        let Known::Is(known) = &labels.labels else { return };
        if labels.native.is_yes() {
            change.enum_labels = Some(known.clone());
        } else if labels.checked {
            let values = known.iter().cloned().map(Scalar::Text).collect();
            let kind = ConstraintKind::Check {
                text: Known::Unknown(Why::DynamicExpression),
                values: Some((change.name.clone(), values)),
            };
            constraints.push(Constraint::new(labels.name.clone(), kind, span));
        }
    }

    /// `postgresql.ENUM(...).create(bind)`.
    pub(super) fn create_type(&mut self, ty: &ColumnType, span: Span) {
        if let Some(labels) = &ty.labels {
            self.declare_labels(labels, span);
        }
    }

    pub(super) fn declare_labels(&mut self, labels: &EnumLabels, span: Span) {
        if let (Some(name), Known::Is(known)) = (&labels.name, &labels.labels)
            && labels.native.is_yes()
        {
            let name = qualified(labels.schema.clone(), name.clone());
            let labels = known.clone();
            self.change(ChangeKind::CreateEnum { name, labels, if_not_exists: true }, span);
        }
    }

    pub(super) fn drop_type(&mut self, ty: &ColumnType, span: Span) {
        if let Some(name) = ty.labels.as_ref().and_then(|labels| labels.name.clone()) {
            let schema = ty.labels.as_ref().and_then(|labels| labels.schema.clone());
            self.change(ChangeKind::DropType { name: qualified(schema, name), if_exists: true }, span);
        }
    }
}

/// What a primary key means for its columns: NOT NULL, and for the one that counts by itself a sequence (SQLAlchemy 2.0, `Column`,
/// parameter `autoincrement`; `PGDDLCompiler.get_column_specification`).
fn fill_keys(create: &mut CreateTable, declared: &[Rc<ColumnValue>]) {
    let keys: Vec<Box<str>> = create
        .constraints
        .iter()
        .filter_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(columns) => Some(columns.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let table = create.table.name.clone();
    for (change, value) in create.columns.iter_mut().zip(declared) {
        if !keys.contains(&change.name) {
            continue;
        }
        change.nullable = Known::Is(false);
        let integer = change.ty.is().is_some_and(|ty| matches!(&*ty.base, "int2" | "int4" | "int8"));
        let alone = keys.len() == 1 && value.column.foreign_keys.is_empty() && !value.column.no_autoincrement;
        let plain =
            value.column.default == Known::Is(None) && !value.identity && !change.generated.is_generated();
        let defaulted = change.server_default != Known::Is(None);
        if integer && plain && !defaulted && (alone || value.autoincrement) {
            change.generated = Generated::Serial;
            let sequence = format!("nextval('{table}_{}_seq'::regclass)", change.name);
            change.server_default = Known::Is(Some(sequence.into()));
        }
    }
}

fn table_argument(arguments: &Arguments<'_>) -> TableName {
    super::inspection::table_argument(arguments, 0, "name")
}

/// A name that a helper is given, which the reader of constants could not know.
fn refine(constraint: &mut Constraint, arguments: &Arguments<'_>) {
    if constraint.name.is_none() {
        constraint.name = arguments.text(usize::MAX, "name").filter(|name| !name.contains(HOLE));
    }
}
