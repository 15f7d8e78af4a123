//! `ForeignKey(...)`, `UniqueConstraint(...)`, `CheckConstraint(...)`, `Index(..., unique=True)` -> constraints.
//!
//! Source: SQLAlchemy 2.0, "Defining Constraints and Indexes". Deliberately absent: indexes that are not unique, and unique ones over
//! part of the rows or over expressions, which constrain no column by itself.

use alignment_model::code::{Call, Expr, ExprKind, Operator};
use alignment_model::entity::{Constraint, ConstraintKind, ForeignKey, TableName};
use alignment_model::schema_change::HOLE;
use alignment_model::shape::{DeclarationKey, Value};
use alignment_model::{Known, Why};
use alignment_sql::Dialect;

use super::At;
use crate::python::{Constant, Target};

/// What `ForeignKey(...)` at a column says.
#[derive(Clone, Debug)]
pub struct ForeignKeyArgument {
    /// What it refers to.
    pub target: Known<Referred>,
    /// `ondelete`, upper-case, where it is not the default.
    pub on_delete: Option<Box<str>>,
    /// `onupdate`, upper-case, where it is not the default.
    pub on_update: Option<Box<str>>,
    /// `name`.
    pub name: Option<Box<str>>,
}

/// What a foreign key refers to.
#[derive(Clone, Debug, PartialEq)]
pub enum Referred {
    /// `"users.id"`: a table and its column; a table alone means the column of the same name.
    Column(TableName, Option<Box<str>>),
    /// `User.id`, `users.c.id`: an attribute of a class, a column of a `Table` variable.
    Attribute(DeclarationKey, Box<str>),
}

/// Reads `ForeignKey(...)`.
pub fn foreign_key(at: At<'_, '_, '_>, call: &Call) -> ForeignKeyArgument {
    let target = call.keyword("column").or_else(|| call.positional().next());
    ForeignKeyArgument {
        target: target.map_or(Known::Unknown(Why::NotStated), |target| referred(at, target)),
        on_delete: action(at, call, "ondelete"),
        on_update: action(at, call, "onupdate"),
        name: at.text(call, "name"),
    }
}

/// `ON DELETE` or `ON UPDATE`, upper-case, where it is not the default; a hole where it is not known.
pub(crate) fn action(at: At<'_, '_, '_>, call: &Call, keyword: &str) -> Option<Box<str>> {
    match at.fold(call.keyword(keyword)?) {
        Constant::Text(action) => Some(action.to_uppercase()).filter(|action| action != "NO ACTION"),
        Constant::None => None,
        _ => Some(HOLE.to_string()),
    }
    .map(Box::from)
}

fn referred(at: At<'_, '_, '_>, target: &Expr) -> Known<Referred> {
    if let ExprKind::Member(object, column) = &target.kind {
        let owner = match &object.kind {
            ExprKind::Member(table, collection) if matches!(&**collection, "c" | "columns") => table,
            _ => object,
        };
        if let Target::Class(key, _) | Target::Variable(key, _) = at.resolve(owner)
            && !matches!(at.fold(target), Constant::Text(_))
        {
            return Known::Is(Referred::Attribute(key, column.clone()));
        }
    }
    match at.fold(target) {
        Constant::Text(text) => Known::Is(referred_by_text(&text)),
        Constant::Unknown(why) => Known::Unknown(why),
        _ => Known::Unknown(Why::UnsupportedConstruct),
    }
}

/// `table.column`, `schema.table.column`, `table`.
pub fn referred_by_text(text: &str) -> Referred {
    match text.rsplit_once('.') {
        None => Referred::Column(TableName::new(text), None),
        Some((table, column)) => {
            let table = match table.split_once('.') {
                Some((schema, name)) => TableName { schema: Some(schema.into()), name: name.into() },
                None => TableName::new(table),
            };
            Referred::Column(table, Some(column.into()))
        }
    }
}

/// Reads a constraint of a table; `path` is what is called. `column_of` gives the column of an attribute that stands as an
/// expression (`Index("i", user_id)`). `None` for what is no constraint, or an index that demands nothing.
pub fn table_constraint(
    at: At<'_, '_, '_>,
    path: &str,
    call: &Call,
    column_of: &dyn Fn(&Expr) -> Option<Box<str>>,
) -> Option<Constraint> {
    let columns = |expressions: &mut dyn Iterator<Item = &Expr>| -> Option<Vec<Box<str>>> {
        expressions.map(|expr| column(at, expr, column_of)).collect()
    };
    let other = || ConstraintKind::Other;
    let kind = match path {
        "sqlalchemy.PrimaryKeyConstraint" => {
            columns(&mut call.positional()).map_or_else(other, ConstraintKind::PrimaryKey)
        }
        "sqlalchemy.UniqueConstraint" => {
            columns(&mut call.positional()).map_or_else(other, ConstraintKind::Unique)
        }
        "sqlalchemy.ForeignKeyConstraint" => {
            foreign_key_constraint(at, call, column_of).map_or_else(other, ConstraintKind::ForeignKey)
        }
        "sqlalchemy.CheckConstraint" => {
            check(at, call.keyword("sqltext").or_else(|| call.positional().next())?, column_of)
        }
        "sqlalchemy.Index" => {
            let partial = call.arguments.iter().any(|argument| {
                argument.keyword.as_deref().is_some_and(|keyword| keyword.ends_with("_where"))
            });
            if partial || at.flag(call, "unique") != Ok(Some(true)) {
                return None;
            }
            ConstraintKind::Unique(columns(&mut call.positional().skip(1))?)
        }
        "sqlalchemy.dialects.postgresql.ExcludeConstraint" => ConstraintKind::Other,
        _ => return None,
    };
    let name = match path {
        "sqlalchemy.Index" => call.positional().next().map(|name| at.fold(name)),
        _ => call.keyword("name").map(|name| at.fold(name)),
    };
    let name = match name {
        Some(Constant::Text(name)) => Some(name),
        _ => None,
    };
    Some(Constraint::new(name, kind, call.callee.range.in_file(at.file)))
}

/// A column in a constraint: its name as text, or the attribute itself.
fn column(
    at: At<'_, '_, '_>,
    expr: &Expr,
    column_of: &dyn Fn(&Expr) -> Option<Box<str>>,
) -> Option<Box<str>> {
    if let Some(column) = column_of(expr) {
        return Some(column);
    }
    match at.fold(expr) {
        Constant::Text(text) => Some(text),
        _ => None,
    }
}

fn foreign_key_constraint(
    at: At<'_, '_, '_>,
    call: &Call,
    column_of: &dyn Fn(&Expr) -> Option<Box<str>>,
) -> Option<ForeignKey> {
    let mut positional = call.positional();
    let own = call.keyword("columns").or_else(|| positional.next())?;
    let referred_to = call.keyword("refcolumns").or_else(|| positional.next())?;
    let items = |expr: &Expr| -> Option<Vec<Expr>> {
        match &expr.kind {
            ExprKind::List(items) | ExprKind::Tuple(items) => Some(items.clone()),
            _ => None,
        }
    };
    let columns = items(own)?.iter().map(|expr| column(at, expr, column_of)).collect::<Option<Vec<_>>>()?;
    let mut target = None;
    let mut target_columns = Vec::new();
    for expr in items(referred_to)? {
        let Known::Is(Referred::Column(table, column)) = referred(at, &expr) else { return None };
        target_columns.push(column?);
        target = Some(table);
    }
    Some(ForeignKey {
        columns,
        target: target?,
        target_columns,
        on_delete: action(at, call, "ondelete"),
        on_update: action(at, call, "onupdate"),
    })
}

/// A check: SQL text, or an expression over columns of which `column.in_([...])` is read.
pub fn check(
    at: At<'_, '_, '_>,
    condition: &Expr,
    column_of: &dyn Fn(&Expr) -> Option<Box<str>>,
) -> ConstraintKind {
    if let Some(values) = in_list(at, condition, column_of) {
        return ConstraintKind::Check { text: Known::Unknown(Why::DynamicExpression), values: Some(values) };
    }
    let text = match &condition.kind {
        // `text("...")` is the text itself.
        ExprKind::Call(call) if at.callee(call).as_deref() == Some("sqlalchemy.text") => {
            call.positional().next().map(|text| at.fold(text))
        }
        _ => Some(at.fold(condition)),
    };
    match text {
        Some(Constant::Text(text)) => {
            let values = alignment_sql::value_set_of_text(&text, Dialect::PostgreSql);
            ConstraintKind::Check { text: Known::Is(text), values }
        }
        Some(Constant::Unknown(why)) => ConstraintKind::Check { text: Known::Unknown(why), values: None },
        _ => ConstraintKind::Check { text: Known::Unknown(Why::DynamicExpression), values: None },
    }
}

/// `status.in_(["a", "b"])`.
fn in_list(
    at: At<'_, '_, '_>,
    condition: &Expr,
    column_of: &dyn Fn(&Expr) -> Option<Box<str>>,
) -> Option<(Box<str>, Vec<Value>)> {
    match &condition.kind {
        ExprKind::Call(call) => {
            let ExprKind::Member(object, method) = &call.callee.kind else { return None };
            if &**method != "in_" {
                return None;
            }
            let column = column_of(object)?;
            let values = at.fold(call.positional().next()?);
            Some((column, values.items()?.iter().map(Constant::value).collect::<Option<_>>()?))
        }
        ExprKind::Binary(Operator::Or, left, right) => {
            // `NULL` passes a check anyway.
            let is_null = |expr: &Expr| {
                expr.as_call().is_some_and(
                    |call| matches!(&call.callee.kind, ExprKind::Member(_, method) if &**method == "is_"),
                )
            };
            match (is_null(left), is_null(right)) {
                (true, false) => in_list(at, right, column_of),
                (false, true) => in_list(at, left, column_of),
                _ => None,
            }
        }
        _ => None,
    }
}
