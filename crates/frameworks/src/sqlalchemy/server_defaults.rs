//! `server_default=` -> SQL.
//!
//! Source: SQLAlchemy 2.0, "Server-invoked DDL-Explicit Default Expressions": text is quoted as a literal, `text()` is taken as it
//! is, a SQL expression is compiled. Deliberately absent: expressions beyond function calls over literals.

use alignment_model::code::{Call, Expr, ExprKind};
use alignment_model::{Known, Why};

use super::At;
use crate::python::{Constant, Target, parent};

/// SQL functions that are written without parentheses (SQLAlchemy 2.0, `sql/functions.py`, `AnsiFunction`).
const WITHOUT_PARENTHESES: &[&str] = &[
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "sysdate",
    "user",
];

/// Deepest nesting of function calls that is read.
const DEEPEST: u8 = 8;

/// The default as SQL, `Is(None)` for none.
pub fn read(at: At<'_, '_, '_>, value: &Expr) -> Known<Option<Box<str>>> {
    match at.fold(value) {
        Constant::None => return Known::Is(None),
        Constant::Text(text) => return Known::Is(Some(quoted(&text))),
        // A member of an enumeration that is also a `str`.
        Constant::EnumMember { value, .. } => {
            return match &*value {
                Constant::Text(text) => Known::Is(Some(quoted(text))),
                _ => Known::Unknown(Why::UnsupportedConstruct),
            };
        }
        Constant::Int(number) => return Known::Is(Some(number.to_string().into())),
        Constant::Bool(value) => return Known::Is(Some(if value { "true" } else { "false" }.into())),
        _ => {}
    }
    match expression(at, value, 0) {
        Some(sql) => Known::Is(Some(sql.into())),
        None => Known::Unknown(Why::DynamicExpression),
    }
}

/// A SQL expression in Python -> SQL.
pub(super) fn expression(at: At<'_, '_, '_>, value: &Expr, depth: u8) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    match at.fold(value) {
        Constant::Text(text) => return Some(quoted(&text).into()),
        Constant::Int(number) => return Some(number.to_string()),
        Constant::Number(text) => return Some(text.into()),
        Constant::Bool(value) => return Some(value.to_string()),
        Constant::None => return Some("NULL".to_owned()),
        _ => {}
    }
    let call = match &value.kind {
        ExprKind::Call(call) => call,
        // A module's own `now = func.now()`.
        ExprKind::Name(_) | ExprKind::Member(..) => {
            let Target::Variable(key, assign) = at.resolve(value) else { return None };
            let scope = parent(&key.path);
            return expression(At::new(at.names, key.file, scope), assign.value.as_ref()?, depth + 1);
        }
        _ => return None,
    };
    let path = at.callee(call)?;
    match path.as_str() {
        "sqlalchemy.text" | "sqlalchemy.literal_column" => match at.fold(call.positional().next()?) {
            Constant::Text(text) => Some(text.into()),
            _ => None,
        },
        "sqlalchemy.true" => Some("true".to_owned()),
        "sqlalchemy.false" => Some("false".to_owned()),
        "sqlalchemy.null" => Some("NULL".to_owned()),
        "sqlalchemy.literal" => expression(at, call.positional().next()?, depth + 1),
        "sqlalchemy.DefaultClause" => expression(at, call.positional().next()?, depth + 1),
        _ => function(at, path.strip_prefix("sqlalchemy.func.")?, call, depth),
    }
}

/// `func.name(arguments)`.
fn function(at: At<'_, '_, '_>, name: &str, call: &Call, depth: u8) -> Option<String> {
    if call.arguments.is_empty() && WITHOUT_PARENTHESES.contains(&name.to_lowercase().as_str()) {
        return Some(name.to_uppercase());
    }
    let mut arguments = Vec::new();
    for argument in &call.arguments {
        if argument.keyword.is_some() {
            return None;
        }
        arguments.push(expression(at, &argument.value, depth + 1)?);
    }
    Some(format!("{name}({})", arguments.join(", ")))
}

/// Text as an SQL literal.
fn quoted(text: &str) -> Box<str> {
    format!("'{}'", text.replace('\'', "''")).into()
}
