//! `Column(...)`, `mapped_column(...)` -> what the call says.
//!
//! Source: SQLAlchemy 2.0, "Column" (class documentation) and "mapped_column": the first positional text is the name, the next
//! argument the type, the rest are constraints, computed values and sequences; everything else is a keyword.

use alignment_model::code::{Call, Expr, ExprKind};
use alignment_model::database::Generated;
use alignment_model::entity::{Constraint, DefaultKind, DefaultValue};
use alignment_model::shape::Value;
use alignment_model::{Known, TextRange, Why};

use super::constraints::{ForeignKeyArgument, foreign_key, table_constraint};
use super::types::{self, ColumnType};
use super::{At, generated, server_defaults};
use crate::python::{Constant, Target, parent};

/// What a call says, without what follows from its absence.
#[derive(Clone, Debug)]
pub struct ColumnCall {
    /// The column's name, if it is given.
    pub name: Option<Known<Box<str>>>,
    /// Its type, if it is given.
    pub ty: Option<ColumnType>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKeyArgument>,
    /// `nullable`, if given.
    pub nullable: Option<Known<bool>>,
    /// `primary_key`.
    pub primary_key: Known<bool>,
    /// `unique`.
    pub unique: Known<bool>,
    /// `index`.
    pub index: Known<bool>,
    /// The default that Python code applies.
    pub default: Known<Option<DefaultValue>>,
    /// The default of the database, as SQL.
    pub server_default: Known<Option<Box<str>>>,
    /// `Identity()`, `Computed(...)`, a sequence: the database fills it.
    pub generated: Generated,
    /// `autoincrement=False`.
    pub no_autoincrement: bool,
    /// Checks at the column.
    pub checks: Vec<Constraint>,
    /// Arguments are spread into the call, so that anything may be given.
    pub open: bool,
    /// Place of the call.
    pub range: TextRange,
}

/// A column about which nothing is said.
pub fn none(range: TextRange) -> ColumnCall {
    ColumnCall {
        name: None,
        ty: None,
        foreign_keys: Vec::new(),
        nullable: None,
        primary_key: Known::Is(false),
        unique: Known::Is(false),
        index: Known::Is(false),
        default: Known::Is(None),
        server_default: Known::Is(None),
        generated: Generated::No,
        no_autoincrement: false,
        checks: Vec::new(),
        open: false,
        range,
    }
}

impl ColumnCall {
    /// What this call says over what `carried`, a `mapped_column` inside `Annotated`, says (SQLAlchemy 2.0,
    /// `Column._merge`): everything given here wins, flags that are set stay set, foreign keys and checks add up.
    pub fn over(mut self, carried: ColumnCall) -> Self {
        if !matches!(self.primary_key, Known::Is(true)) {
            self.primary_key = carried.primary_key;
        }
        if matches!(self.unique, Known::Is(false)) {
            self.unique = carried.unique;
        }
        if matches!(self.index, Known::Is(false)) {
            self.index = carried.index;
        }
        self.ty = self.ty.or(carried.ty);
        self.nullable = self.nullable.or(carried.nullable);
        if matches!(self.default, Known::Is(None)) {
            self.default = carried.default;
        }
        if matches!(self.server_default, Known::Is(None)) {
            self.server_default = carried.server_default;
        }
        if !self.generated.is_generated() {
            self.generated = carried.generated;
        }
        self.no_autoincrement |= carried.no_autoincrement;
        self.foreign_keys.extend(carried.foreign_keys);
        self.checks.extend(carried.checks);
        self.open |= carried.open;
        self
    }

    /// What is not said is not known, for anything may be among the arguments that are spread in.
    fn opened(mut self) -> Self {
        let unknown = Why::DynamicExpression;
        for flag in [&mut self.primary_key, &mut self.unique, &mut self.index] {
            if *flag == Known::Is(false) {
                *flag = Known::Unknown(unknown);
            }
        }
        self.nullable = self.nullable.or(Some(Known::Unknown(unknown)));
        if matches!(self.default, Known::Is(None)) {
            self.default = Known::Unknown(unknown);
        }
        if matches!(self.server_default, Known::Is(None)) {
            self.server_default = Known::Unknown(unknown);
        }
        self
    }
}

/// Whether a dotted path makes a column.
pub fn is_column(path: &str) -> bool {
    matches!(path, "sqlalchemy.Column" | "sqlalchemy.orm.mapped_column" | "sqlalchemy.orm.MappedColumn")
}

/// Reads a call that makes a column.
pub fn read(at: At<'_, '_, '_>, call: &Call, range: TextRange) -> ColumnCall {
    let flag = |keyword: &str| match at.flag(call, keyword) {
        Ok(flag) => Known::Is(flag.unwrap_or(false)),
        Err(why) => Known::Unknown(why),
    };
    let mut column = ColumnCall {
        name: call.keyword("name").and_then(|name| name_of(at.fold(name))),
        ty: call.keyword("type_").map(|ty| types::read(at, ty)),
        nullable: nullable(at, call),
        primary_key: flag("primary_key"),
        unique: flag("unique"),
        index: flag("index"),
        default: default(at, call),
        server_default: call
            .keyword("server_default")
            .map_or(Known::Is(None), |value| server_defaults::read(at, value)),
        no_autoincrement: at.flag(call, "autoincrement") == Ok(Some(false)),
        open: call.has_spread(),
        ..none(range)
    };
    if let Some(generated) = call.keyword("server_default").and_then(|value| generated::read_expr(at, value))
    {
        column.generated = generated;
        column.server_default = Known::Is(None);
    }
    for (position, argument) in call.positional().enumerate() {
        read_positional(at, argument, position, &mut column);
    }
    if column.open { column.opened() } else { column }
}

/// A positional argument: the name, the type, or something that belongs to the column.
fn read_positional(at: At<'_, '_, '_>, argument: &Expr, position: usize, column: &mut ColumnCall) {
    if matches!(argument.kind, ExprKind::Spread(_)) {
        return;
    }
    if position == 0 && column.name.is_none() {
        match at.fold(argument) {
            name @ Constant::Text(_) => {
                column.name = name_of(name);
                return;
            }
            Constant::None => return,
            _ => {}
        }
    }
    let called = argument.as_call().map(|call| (call, at.callee(call)));
    match called {
        Some((call, Some(path))) if path == "sqlalchemy.ForeignKey" => {
            column.foreign_keys.push(foreign_key(at, call));
            return;
        }
        Some((call, Some(path))) if path == "sqlalchemy.CheckConstraint" => {
            column.checks.extend(table_constraint(at, &path, call, &|_| None));
            return;
        }
        Some((call, Some(path))) if let Some(generated) = generated::read(at, &path, call) => {
            column.generated = generated;
            if path == "sqlalchemy.Sequence" {
                column.default = computed("Sequence");
            }
            return;
        }
        Some((call, Some(path))) if path == "sqlalchemy.DefaultClause" => {
            let value = call.positional().next();
            column.server_default = value.map_or(Known::Is(None), |value| server_defaults::read(at, value));
            return;
        }
        _ => {}
    }
    // A variable may hold a foreign key: `owner = ForeignKey("users.id")`.
    if let Some((call, view)) = variable_call(at, argument)
        && view.callee(call).as_deref() == Some("sqlalchemy.ForeignKey")
    {
        column.foreign_keys.push(foreign_key(view, call));
        return;
    }
    if column.ty.is_none() && !argument.is_null() {
        column.ty = Some(types::read(at, argument));
    }
}

/// The call that a variable of the project is assigned.
fn variable_call<'a, 'n>(at: At<'n, 'a, '_>, expr: &Expr) -> Option<(&'a Call, At<'n, 'a, 'static>)> {
    if !matches!(expr.kind, ExprKind::Name(_) | ExprKind::Member(..)) {
        return None;
    }
    let Target::Variable(key, assign) = at.resolve(expr) else { return None };
    Some((assign.value.as_ref()?.as_call()?, At::new(at.names, key.file, "")))
}

fn name_of(name: Constant) -> Option<Known<Box<str>>> {
    match name {
        Constant::Text(name) => Some(Known::Is(name)),
        Constant::None => None,
        Constant::Unknown(why) => Some(Known::Unknown(why)),
        _ => Some(Known::Unknown(Why::UnsupportedConstruct)),
    }
}

fn nullable(at: At<'_, '_, '_>, call: &Call) -> Option<Known<bool>> {
    match at.fold(call.keyword("nullable")?) {
        Constant::Bool(value) => Some(Known::Is(value)),
        Constant::Unknown(why) => Some(Known::Unknown(why)),
        other => Some(other.truth().map_or(Known::Unknown(Why::DynamicExpression), Known::Is)),
    }
}

/// `insert_default`, else `default`: what Python code puts into an INSERT (SQLAlchemy 2.0, "mapped_column", parameter
/// `insert_default`).
fn default(at: At<'_, '_, '_>, call: &Call) -> Known<Option<DefaultValue>> {
    match call.keyword("insert_default").or_else(|| call.keyword("default")) {
        Some(value) => default_value(at, value),
        None => Known::Is(None),
    }
}

/// A default in Python: a value, or something that makes one.
pub fn default_value(at: At<'_, '_, '_>, value: &Expr) -> Known<Option<DefaultValue>> {
    let written = at.written(value);
    match at.fold(value) {
        Constant::None => Known::Is(None),
        Constant::Declaration(_) => computed(written),
        container @ (Constant::List(_) | Constant::Tuple(_) | Constant::Map(_)) => {
            match literal(&container) {
                Some(text) => {
                    Known::Is(Some(DefaultValue { kind: DefaultKind::Container, text: text.into() }))
                }
                None => Known::Unknown(Why::DynamicExpression),
            }
        }
        Constant::Unknown(why) => made_default(at, value, written, why),
        known => match known.value().map(as_python_prints) {
            Some(scalar) => {
                let text = scalar.plain().into();
                Known::Is(Some(DefaultValue { kind: DefaultKind::Scalar(scalar), text }))
            }
            None => Known::Unknown(Why::UnsupportedConstruct),
        },
    }
}

/// `0.80` and `0.8` are one number.
fn as_python_prints(value: Value) -> Value {
    match &value {
        Value::Number(text) if text.contains('.') && !text.contains(['e', 'E', '_']) => {
            match text.parse::<f64>() {
                Ok(number) => Value::Number(format!("{number:?}").into()),
                Err(_) => value,
            }
        }
        _ => value,
    }
}

/// A default that does not fold: a callable, a SQL expression, or a value that only running code knows.
fn made_default(
    at: At<'_, '_, '_>,
    value: &Expr,
    written: Box<str>,
    why: Why,
) -> Known<Option<DefaultValue>> {
    match &value.kind {
        ExprKind::Function(_) => computed(written),
        ExprKind::Name(_) | ExprKind::Member(..) => match at.resolve(value) {
            Target::Function(..) | Target::Class(..) => computed(written),
            // Constants of packages are spelled in upper case, callables are not.
            Target::External(path) => {
                let last = path.rsplit('.').next().unwrap_or_default();
                let constant = last.chars().all(|c| c.is_uppercase() || c == '_' || c.is_numeric());
                if constant { Known::Unknown(why) } else { computed(written) }
            }
            Target::Variable(key, assign) => {
                let callable =
                    assign.value.as_ref().is_some_and(|value| matches!(value.kind, ExprKind::Function(_)));
                let inside = At::new(at.names, key.file, parent(&key.path));
                let made = assign.value.as_ref().and_then(Expr::as_call).and_then(|call| inside.callee(call));
                if callable || made.is_some_and(|path| makes_callable_or_sql(&path)) {
                    computed(written)
                } else {
                    Known::Unknown(why)
                }
            }
            _ => Known::Unknown(why),
        },
        ExprKind::Call(call) => match at.resolve(&call.callee) {
            Target::External(path) if makes_callable_or_sql(&path) => computed(written),
            _ => Known::Unknown(why),
        },
        _ => Known::Unknown(why),
    }
}

/// Calls that give a callable or a SQL expression.
fn makes_callable_or_sql(path: &str) -> bool {
    path.starts_with("sqlalchemy.func.")
        || matches!(
            path,
            "functools.partial"
                | "operator.attrgetter"
                | "sqlalchemy.text"
                | "sqlalchemy.select"
                | "sqlalchemy.Sequence"
                | "sqlalchemy.literal_column"
        )
}

fn computed(written: impl Into<Box<str>>) -> Known<Option<DefaultValue>> {
    Known::Is(Some(DefaultValue { kind: DefaultKind::Computed, text: written.into() }))
}

/// A container of constants as Python prints it.
fn literal(value: &Constant) -> Option<String> {
    let joined = |items: &[Constant]| -> Option<String> {
        Some(items.iter().map(literal).collect::<Option<Vec<_>>>()?.join(", "))
    };
    match value {
        Constant::List(items) => Some(format!("[{}]", joined(items)?)),
        Constant::Tuple(items) => Some(format!("({})", joined(items)?)),
        Constant::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| Some(format!("{}: {}", literal(key)?, literal(value)?)))
                .collect::<Option<Vec<_>>>()?;
            Some(format!("{{{}}}", entries.join(", ")))
        }
        Constant::Text(text) => Some(format!("'{text}'")),
        Constant::None => Some("None".to_owned()),
        Constant::Bool(value) => Some(if *value { "True" } else { "False" }.to_owned()),
        other => match other.value()? {
            Value::Text(text) => Some(format!("'{text}'")),
            scalar => Some(scalar.plain()),
        },
    }
}

#[cfg(test)]
mod tests;
