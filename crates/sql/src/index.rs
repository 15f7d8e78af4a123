//! `CREATE INDEX`: its keys, and what narrows it.

use alignment_model::database::{Index, IndexExpression, IndexKey};
use alignment_model::schema_change::{ChangeKind, HOLE};
use alignment_model::{Known, Why};

use crate::Dialect;
use crate::context::Context;
use crate::cursor::{Cursor, Part, names, split_commas};
use crate::scan::LexemeKind;

/// Reads what follows `CREATE [UNIQUE] INDEX`.
pub(crate) fn create_index(
    context: &Context<'_>,
    cursor: &mut Cursor<'_>,
    unique: bool,
) -> Option<ChangeKind> {
    cursor.words("concurrently");
    let if_not_exists = cursor.words("if not exists");
    let name = if cursor.is_word("on") { None } else { Some(cursor.table()?.name) };
    if !cursor.words("on") {
        return None;
    }
    cursor.words("only");
    let table = context.resolve(cursor.table()?);
    let span = context.place.span(0, cursor.end_of_read());
    let mut index = Index { unique, ..Index::new(name, table, Vec::new(), span) };
    if cursor.words("using") {
        index.method = cursor.name();
    }
    index.keys = match cursor.parenthesis() {
        Some(inside) => keys(inside, context.dialect),
        None => Known::Unknown(Why::BrokenSyntax),
    };
    read_tail(context.dialect, cursor, &mut index);
    Some(ChangeKind::CreateIndex { index: Box::new(index), if_not_exists })
}

/// What follows the keys.
fn read_tail(dialect: Dialect, cursor: &mut Cursor<'_>, index: &mut Index) {
    while !cursor.is_done() {
        if cursor.words("include") {
            index.include = cursor.parenthesis().map(|inside| names(inside, dialect)).unwrap_or_default();
        } else if cursor.words("nulls not distinct") {
            index.nulls_not_distinct = true;
        } else if cursor.words("using") {
            index.method = cursor.name();
        } else if cursor.words("with") {
            let options = cursor.parenthesis().map(|inside| inside.text.trim());
            index.options = options.unwrap_or_default().into();
        } else if cursor.words("where") {
            index.condition = Some(known(cursor.rest().text));
            return;
        } else {
            cursor.next();
        }
    }
}

fn known(text: &str) -> Known<Box<str>> {
    match text.trim() {
        hole if hole.contains(HOLE) => Known::Unknown(Why::DynamicExpression),
        text => Known::Is(text.into()),
    }
}

/// The keys between the parentheses of an index.
pub(crate) fn keys(inside: Part<'_>, dialect: Dialect) -> Known<Vec<IndexKey>> {
    let parts = split_commas(inside, dialect);
    let keys: Option<Vec<IndexKey>> = parts.iter().map(|part| key(part.text, dialect)).collect();
    keys.filter(|keys| !keys.is_empty()).map_or(Known::Unknown(Why::DynamicExpression), Known::Is)
}

/// One key: a column, a call, or an expression in parentheses, and what says how it is kept.
fn key(text: &str, dialect: Dialect) -> Option<IndexKey> {
    if text.contains(HOLE) {
        return None;
    }
    let sql = |text: &str| IndexExpression::Sql(text.trim().into());
    let whole = || IndexKey { expression: sql(text), suffix: "".into() };
    let mut cursor = Cursor::new(text, dialect);
    let mut expression = match cursor.parenthesis() {
        Some(inside) => sql(inside.text),
        None => match cursor.table() {
            Some(name) if name.schema.is_none() => IndexExpression::Column(name.name),
            Some(_) => sql(&text[..cursor.end_of_read()]),
            None => return Some(whole()),
        },
    };
    let named = cursor.end_of_read();
    let mut suffix = named;
    if matches!(expression, IndexExpression::Column(_)) || !text.starts_with('(') {
        match cursor.parenthesis() {
            // MySQL's `a(10)` is the first ten characters of a column; anything else in parentheses makes it a call.
            Some(inside) if inside.text.trim().parse::<u32>().is_err() => {
                suffix = cursor.end_of_read();
                expression = sql(&text[..suffix]);
            }
            _ => {}
        }
    }
    // `a || b` and `a::date` are expressions, `a DESC` is not.
    if cursor.peek().is_some_and(|next| matches!(next.kind, LexemeKind::Symbol(_))) {
        return Some(whole());
    }
    Some(IndexKey { expression, suffix: text[suffix..].trim().into() })
}

/// One key of an index, as it stands between commas; `None` where part of it is not known.
pub fn index_key(text: &str) -> Option<IndexKey> {
    key(text.trim(), Dialect::PostgreSql)
}
