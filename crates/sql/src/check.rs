//! Checks that are a list of values, in every spelling: `IN`, `= ANY (ARRAY[...])`, alternatives of `=`, `OR ... IS NULL`.
//!
//! A condition over several columns is no list of values, whatever else it says.

use alignment_model::shape::Value;
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value as SqlValue};

use crate::Dialect;
use crate::name::name;
use crate::parse::parse_all;

/// A column and the values that a check allows.
pub type ValueSet = (Box<str>, Vec<Value>);

/// The column and values of a check given as SQL text.
pub fn value_set_of_text(text: &str, dialect: Dialect) -> Option<ValueSet> {
    value_set(&parse_all(text, dialect, |parser| parser.parse_expr())?)
}

/// The column and values of a check, if it is a list of values of one column.
pub(crate) fn value_set(check: &Expr) -> Option<ValueSet> {
    match bare(check) {
        Expr::InList { expr, list, negated: false } => {
            Some((column(expr)?, list.iter().map(literal).collect::<Option<_>>()?))
        }
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
            let Expr::Array(array) = bare(right) else { return None };
            Some((column(left)?, array.elem.iter().map(literal).collect::<Option<_>>()?))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            Some((column(left)?, vec![literal(right)?]))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => either(left, right),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => both(left, right),
        _ => None,
    }
}

/// `a OR b`: NULL passes a check anyway, so `x IS NULL OR` adds nothing.
fn either(left: &Expr, right: &Expr) -> Option<ValueSet> {
    let (null, other) = match (bare(left), bare(right)) {
        (Expr::IsNull(null), _) => (Some(null), right),
        (_, Expr::IsNull(null)) => (Some(null), left),
        _ => (None, left),
    };
    let (name, mut values) = value_set(other)?;
    if let Some(null) = null {
        return (column(null)? == name).then_some((name, values));
    }
    let (other_name, more) = value_set(right)?;
    values.extend(more.into_iter().filter(|value| !values.contains(value)).collect::<Vec<_>>());
    (name == other_name).then_some((name, values))
}

/// `a AND b` on one column: the values in both.
fn both(left: &Expr, right: &Expr) -> Option<ValueSet> {
    let (not_null, other) = match (bare(left), bare(right)) {
        (Expr::IsNotNull(not_null), _) => (Some(not_null), right),
        (_, Expr::IsNotNull(not_null)) => (Some(not_null), left),
        _ => (None, left),
    };
    let (name, mut values) = value_set(other)?;
    if let Some(not_null) = not_null {
        return (column(not_null)? == name).then_some((name, values));
    }
    let (other_name, kept) = value_set(right)?;
    values.retain(|value| kept.contains(value));
    (name == other_name).then_some((name, values))
}

/// Without parentheses and casts.
fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let Expr::Nested(inner) | Expr::Cast { expr: inner, .. } | Expr::Collate { expr: inner, .. } = expr
    {
        expr = inner;
    }
    expr
}

fn column(expr: &Expr) -> Option<Box<str>> {
    match bare(expr) {
        Expr::Identifier(ident) => Some(name(ident)),
        Expr::CompoundIdentifier(parts) => parts.last().map(name),
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<Value> {
    match bare(expr) {
        Expr::Value(value) => match &value.value {
            SqlValue::SingleQuotedString(text) | SqlValue::EscapedStringLiteral(text) => {
                Some(Value::Text(text.as_str().into()))
            }
            // MySQL's and SQLite's second spelling of a string.
            SqlValue::DoubleQuotedString(text) => Some(Value::Text(text.as_str().into())),
            SqlValue::Number(number, _) => Some(Value::Number(number.as_str().into())),
            SqlValue::Boolean(value) => Some(Value::Bool(*value)),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match literal(expr)? {
            Value::Number(number) => Some(Value::Number(format!("-{number}").into())),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_values_have_many_spellings() {
        let cases = [
            ("status IN ('a', 'b')", Some("status: a b")),
            ("(status)::text = ANY ((ARRAY['a'::varchar, 'b'::varchar])::text[])", Some("status: a b")),
            ("status IS NULL OR status IN ('a')", Some("status: a")),
            ("\"Status\" = 'a' OR \"Status\" = 'b' OR \"Status\" = 'a'", Some("Status: a b")),
            ("status IN ('a','b') AND status IN ('b','c')", Some("status: b")),
            ("level IN (-1, 2)", Some("level: -1 2")),
            ("status IS NOT NULL AND status IN ('a')", Some("status: a")),
            ("status NOT IN ('a')", None),
            ("status IN ('a') OR kind IS NULL", None),
            ("status IN ('a') AND kind IN ('a')", None),
            ("status IN ('a') AND level > 3", None),
            ("level BETWEEN 1 AND 2", None),
            ("lower(status) IN ('a')", None),
            ("status IN (other, 'a')", None),
        ];
        for (text, expected) in cases {
            let found = value_set_of_text(text, Dialect::PostgreSql).map(|(column, values)| {
                let values: Vec<String> = values.iter().map(Value::plain).collect();
                format!("{column}: {}", values.join(" "))
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
