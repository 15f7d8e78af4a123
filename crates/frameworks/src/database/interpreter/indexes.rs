//! `op.create_index(...)`, `Index(...)` -> an index.
//!
//! Source: SQLAlchemy 2.0, "PostgreSQL-Specific Index Options" (`postgresql_where`, `_using`, `_ops`, `_with`, `_include`,
//! `_nulls_not_distinct`), `PGDDLCompiler.visit_create_index`.

use std::rc::Rc;

use alignment_model::database::{Index, IndexExpression, IndexKey};
use alignment_model::entity::TableName;
use alignment_model::schema_change::HOLE;
use alignment_model::{Known, Span, Why};

use super::Interpreter;
use super::calls::Arguments;
use super::value::Value;

impl<'a> Interpreter<'_, 'a> {
    /// `Index(name, *keys, ...)`.
    pub(super) fn declared_index(&self, arguments: &Arguments<'a>, span: Span) -> Value<'a> {
        let keys = Value::list(arguments.positional.iter().skip(1).map(|key| key.value.clone()).collect());
        let name = arguments.text(0, "name").filter(|name| !name.contains(HOLE));
        let index = self.index_options(arguments, name, TableName::new(""), span);
        let keys = operator_classes(self.index_keys(&keys), arguments);
        Value::Index(Rc::new(Index { keys, ..index }))
    }

    /// What narrows an index, without its keys.
    pub(super) fn index_options(
        &self,
        arguments: &Arguments<'a>,
        name: Option<Box<str>>,
        table: TableName,
        span: Span,
    ) -> Index {
        let given = |keyword: &str| {
            arguments
                .keyword(keyword)
                .map(|argument| &argument.value)
                .filter(|value| !matches!(value, Value::None))
        };
        let flag = |keyword: &str| given(keyword).and_then(Value::as_bool) == Some(true);
        let condition = arguments.keywords.iter().find(|(keyword, argument)| {
            &**keyword == "postgresql_where" && !matches!(argument.value, Value::None)
        });
        Index {
            unique: flag("unique"),
            method: given("postgresql_using").and_then(Value::as_text).map(|text| text.to_lowercase().into()),
            include: given("postgresql_include").and_then(texts).unwrap_or_default(),
            nulls_not_distinct: flag("postgresql_nulls_not_distinct"),
            options: given("postgresql_with").map(storage).unwrap_or_default(),
            condition: condition.map(|(_, argument)| sql(&argument.value)),
            ..Index::new(name, table, Vec::new(), span)
        }
    }

    /// The keys that a list holds: names of columns and expressions.
    pub(super) fn index_keys(&self, list: &Value<'a>) -> Known<Vec<IndexKey>> {
        let unknown = Known::Unknown(Why::DynamicExpression);
        let Value::List(list) = list else { return unknown };
        if list.open {
            return unknown;
        }
        let keys: Option<Vec<IndexKey>> = list.items.iter().map(key).collect();
        keys.map_or(unknown, Known::Is)
    }
}

/// One key: text is the name of a column, `text("...")` is SQL.
fn key(value: &Value<'_>) -> Option<IndexKey> {
    match value {
        Value::Sql(text) if !text.text.contains(HOLE) => alignment_sql::index_key(&text.text),
        value => {
            let name = value.as_text().filter(|name| !name.contains(HOLE))?;
            Some(IndexKey::column(name))
        }
    }
}

/// `postgresql_ops={"column": "operator class"}`.
pub(super) fn operator_classes(
    keys: Known<Vec<IndexKey>>,
    arguments: &Arguments<'_>,
) -> Known<Vec<IndexKey>> {
    let Some(Value::Map(classes)) = arguments.keyword("postgresql_ops").map(|argument| &argument.value)
    else {
        return keys;
    };
    keys.map(|mut keys| {
        for key in &mut keys {
            let IndexExpression::Column(name) = &key.expression else { continue };
            let class = classes.iter().find(|(column, _)| column.as_text() == Some(name));
            if let Some(class) = class.and_then(|(_, class)| class.as_text()) {
                key.suffix = format!("{class} {}", key.suffix).trim_end().into();
            }
        }
        keys
    })
}

/// `postgresql_with={"lists": 100}` as SQL.
fn storage(value: &Value<'_>) -> Box<str> {
    let Value::Map(entries) = value else { return "".into() };
    let option = |(name, value): &(Value<'_>, Value<'_>)| {
        let value = match value {
            Value::Int(number) => number.to_string(),
            value => value.as_text()?.to_owned(),
        };
        Some(format!("{} = {value}", name.as_text()?))
    };
    entries.iter().filter_map(option).collect::<Vec<_>>().join(", ").into()
}

/// SQL text, where it is known as a whole.
fn sql(value: &Value<'_>) -> Known<Box<str>> {
    match value {
        Value::Sql(text) | Value::Text(text) if !text.text.contains(HOLE) => Known::Is((&*text.text).into()),
        _ => Known::Unknown(Why::DynamicExpression),
    }
}

/// A list of texts, where all are known.
fn texts(value: &Value<'_>) -> Option<Vec<Box<str>>> {
    match value {
        Value::List(list) if !list.open => {
            list.items.iter().map(|item| item.as_text().map(Into::into)).collect()
        }
        _ => None,
    }
}
