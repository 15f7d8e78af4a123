//! Defaults on common ground: a literal of SQL and a value of Python, both read as the type of their column.
//!
//! `'0'`, `0`, `false` and `False` are one boolean; `'{}'::jsonb` and an empty dict are one JSON value. Deliberately absent:
//! calls, dates, UUIDs and arrays, which have more spellings than are worth knowing: they are `None` and never differ.

use alignment_model::Known;
use alignment_model::entity::{DefaultKind, DefaultValue, Field, SqlType};
use alignment_model::shape::{Shape, Value};

/// A default as a value of its column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    /// JSON without white space outside of texts.
    Json(String),
}

impl Literal {
    /// Whether two defaults of one column are certainly not the same.
    pub(crate) fn differs(&self, other: &Literal) -> bool {
        match (self, other) {
            (Literal::Bool(a), Literal::Bool(b)) => a != b,
            (Literal::Text(a), Literal::Text(b)) => a != b,
            (Literal::Number(a), Literal::Number(b)) => a != b,
            // A small integer is the boolean of databases that have none.
            (Literal::Bool(flag), Literal::Number(number))
            | (Literal::Number(number), Literal::Bool(flag)) => *number != f64::from(u8::from(*flag)),
            // Members have no order and texts many spellings: only empty values are told apart from others.
            (Literal::Json(a), Literal::Json(b)) => {
                let empty = |json: &str| matches!(json, "{}" | "[]");
                let open = |json: &str| json.starts_with(['{', '[']);
                a != b && (empty(a) && open(b) || empty(b) && open(a))
            }
            _ => false,
        }
    }
}

/// The default that the database applies, if it is a literal.
pub(crate) fn of_server_default(owner: &Field, ty: &Field) -> Option<Literal> {
    of_sql(owner.server_default.is()?.as_deref()?, ty)
}

/// A literal of SQL as a value of a column.
pub(crate) fn of_sql(sql: &str, column: &Field) -> Option<Literal> {
    of_value(&value_of_sql(sql)?, column)
}

/// The default that Python code applies, if it is a literal.
pub(crate) fn of_default(attribute: &Field) -> Option<Literal> {
    default_as(attribute, attribute)
}

/// The default that Python code applies to one field, as a value of the column that it is written to, if it is a literal.
pub(crate) fn default_as(owner: &Field, column: &Field) -> Option<Literal> {
    let default = owner.default.is()?.as_ref()?;
    match &default.kind {
        DefaultKind::Scalar(value) => of_value(value, column),
        DefaultKind::Container | DefaultKind::Computed => of_container(default, column),
    }
}

/// Whether a default says that there is none.
pub(crate) fn is_null(sql: &str) -> bool {
    value_of_sql(sql) == Some(Value::Null)
}

/// A container of constants, or a factory of empty ones, as the JSON that a JSON column stores.
fn of_container(default: &DefaultValue, attribute: &Field) -> Option<Literal> {
    if attribute.ty.shape != Shape::Json {
        return None;
    }
    let json = match &*default.text {
        "dict" => "{}",
        "list" => "[]",
        text if default.kind == DefaultKind::Container => text,
        _ => return None,
    };
    Some(Literal::Json(compact(json)))
}

/// A value as the type of a column reads it; `None` where the type is not known or has several spellings for one value.
pub(crate) fn of_value(value: &Value, column: &Field) -> Option<Literal> {
    match (&column.ty.shape, value) {
        (Shape::Bool, Value::Bool(flag)) => Some(Literal::Bool(*flag)),
        (Shape::Bool, Value::Number(text) | Value::Text(text)) => truth(text).map(Literal::Bool),
        (Shape::Int(_) | Shape::Float | Shape::Decimal, Value::Number(text) | Value::Text(text)) => {
            text.trim().parse().ok().map(Literal::Number)
        }
        (Shape::Int(_), Value::Bool(flag)) => Some(Literal::Number(f64::from(u8::from(*flag)))),
        (Shape::Text | Shape::Enum(_) | Shape::Literals(_), Value::Text(text)) if is_text(column) => {
            Some(Literal::Text(text.clone()))
        }
        (Shape::Json, Value::Text(text)) => Some(Literal::Json(compact(text))),
        _ => None,
    }
}

/// Whether a text stays as it is in this column: not cut, padded or normalized by the type.
fn is_text(column: &Field) -> bool {
    let plain = |sql: &SqlType| {
        !sql.array
            && !matches!(
                &*sql.base,
                "char" | "citext" | "inet" | "cidr" | "macaddr" | "tsvector" | "xml" | "ltree"
            )
    };
    column.ty.sql.as_ref().is_none_or(plain)
}

/// Spellings of a boolean (PostgreSQL 17, 8.6 "Boolean Type").
fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// JSON, or Python's print of a container, without white space outside of texts and with one sort of quotes.
fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut inside: Option<char> = None;
    for character in json.chars() {
        match inside {
            Some(quote) if character == quote => {
                inside = None;
                out.push('"');
            }
            None if matches!(character, '"' | '\'') => {
                inside = Some(character);
                out.push('"');
            }
            None if character.is_whitespace() => {}
            _ => out.push(character),
        }
    }
    out
}

/// The text that a default stores which is quoted by hand and by SQLAlchemy: one that starts with a quote and ends with one, or
/// goes on as a cast.
pub(crate) fn quoted_twice(owner: &Field) -> Option<Box<str>> {
    let Value::Text(text) = value_of_sql(owner.server_default.is()?.as_deref()?)? else { return None };
    let inner = text.strip_prefix('\'')?;
    (inner.ends_with('\'') || inner.contains("'::")).then_some(text)
}

/// Casts and parentheses around one literal that are looked through.
const MAX_WRAPPERS: usize = 8;

/// The value of an SQL expression that is one literal, in parentheses or casts or not.
pub(crate) fn value_of_sql(sql: &str) -> Option<Value> {
    let mut rest = sql.trim();
    for _ in 0..MAX_WRAPPERS {
        if let Some(value) = bare_literal(rest) {
            return Some(value);
        }
        rest = unwrapped(rest)?.trim();
    }
    None
}

/// Takes one pair of parentheses or one `CAST(... AS type)` away.
fn unwrapped(sql: &str) -> Option<&str> {
    if let Some(inner) = sql.strip_prefix('(') {
        let (inner, cast) = inner.rsplit_once(')')?;
        return is_cast(cast).then_some(inner);
    }
    let word = sql.get(..4).filter(|word| word.eq_ignore_ascii_case("cast"))?;
    let inner = sql.get(word.len()..)?.trim_start().strip_prefix('(')?.strip_suffix(')')?;
    let at = inner.to_ascii_lowercase().rfind(" as ")?;
    inner.get(..at)
}

/// A text, number, boolean or NULL, with PostgreSQL's `::type` after it or not.
fn bare_literal(sql: &str) -> Option<Value> {
    if let Some(text) = sql.strip_prefix('\'') {
        return quoted_text(text);
    }
    let (word, cast) = sql.find("::").map_or((sql, ""), |at| sql.split_at(at));
    let word = word.trim();
    if !is_cast(cast) || word.is_empty() {
        return None;
    }
    match word.to_ascii_lowercase().as_str() {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        _ => {
            let number = word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
            (number && word.parse::<f64>().is_ok()).then(|| Value::Number(word.into()))
        }
    }
}

/// The text after an opening quote, if nothing but a cast follows its end. Two quotes are one.
fn quoted_text(after_quote: &str) -> Option<Value> {
    let mut text = String::new();
    let mut rest = after_quote;
    loop {
        let (part, after) = rest.split_once('\'')?;
        text.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                text.push('\'');
                rest = more;
            }
            None => return is_cast(after).then(|| Value::Text(text.into())),
        }
    }
}

/// Nothing, or a cast to a type that is no array.
fn is_cast(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || text.strip_prefix("::").is_some_and(|name| {
            name.chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '.' | '"' | '(' | ')' | ',' | ':'))
        })
}

/// What a model's enumeration may store for a default in Python: the label of the member that has this value, and the text itself,
/// since a text passes unchanged (SQLAlchemy 2.0, `Enum`, `validate_strings`).
pub(crate) fn stored_defaults(attribute: &Field) -> Vec<Literal> {
    let Some(literal) = of_default(attribute) else { return Vec::new() };
    let mut all = vec![literal];
    if let (Some(Shape::Enum(_)), Known::Is(Some(labels))) = (Some(&attribute.ty.shape), &attribute.values)
        && let Some(values) = attribute.ty.shape.values().filter(|values| values.len() == labels.len())
    {
        let own = all.first().cloned();
        let label = values.iter().zip(labels).filter(|(value, _)| of_value(value, attribute) == own);
        all.extend(label.filter_map(|(_, label)| of_value(label, attribute)).take(1).collect::<Vec<_>>());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::entity::{DeclaredType, FieldKind};
    use alignment_model::{FileId, Span};

    fn column(base: &str) -> Field {
        let sql = SqlType::new(base);
        let ty =
            DeclaredType { written: "".into(), shape: sql.shape().unwrap_or(Shape::Text), sql: Some(sql) };
        Field { ty, ..Field::new("x", FieldKind::Column, Span::file_start(FileId::new(0))) }
    }

    #[test]
    fn spellings_of_one_value_are_equal() {
        for (base, a, b) in [
            ("bool", "false", "'0'"),
            ("bool", "'f'::boolean", "0"),
            ("int4", "'5'", "(5)"),
            ("numeric", "0.50", "0.5"),
            ("jsonb", "'{}'::jsonb", "CAST('{ }' AS JSONB)"),
            ("varchar", "'a'::character varying(20)", "'a'"),
            ("text", "'it''s'", "('it''s'::text)"),
        ] {
            let (a, b) = (of_sql(a, &column(base)), of_sql(b, &column(base)));
            assert!(a.is_some() && a == b, "{base} {a:?} {b:?}");
        }
    }

    #[test]
    fn what_is_no_literal_has_no_value() {
        for sql in [
            "now()",
            "'a' || 'b'",
            "nextval('s'::regclass)",
            "'{}'::text[]",
            "f('x')",
            "",
            "'open",
            "((",
            "1 + 1",
        ] {
            assert_eq!(value_of_sql(sql), None, "{sql}");
        }
        assert_eq!(of_sql("'2026-01-01'", &column("date")), None);
        assert!(is_null("NULL::character varying") && !is_null("'NULL'"));
    }

    #[test]
    fn only_empty_json_is_told_apart() {
        let json = |text: &str| Literal::Json(compact(text));
        assert!(json("{}").differs(&json("[]")));
        assert!(json("[]").differs(&json("['a']")));
        assert!(!json("{'a': 1}").differs(&json("{\"a\":1,\"b\":2}")));
        assert!(!json("{}").differs(&Literal::Text("{}".into())));
    }
}
