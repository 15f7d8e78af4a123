//! What a query gives and reads: the names of its output columns, and the relations in its `FROM`.
//!
//! Deliberately absent: types. A view's columns have names only.

use alignment_model::entity::TableName;
use alignment_model::{Known, Why};
use sqlparser::ast::{Expr, SelectItem, SetExpr};

use crate::Dialect;
use crate::context::Context;
use crate::cursor::{Cursor, Part};
use crate::name::name;
use crate::parse::parse_start;
use crate::scan::{LexemeKind, Lexer};

/// The names of the columns that a query gives, where all are known.
pub(crate) fn output_columns(query: &str, dialect: Dialect) -> Known<Vec<Box<str>>> {
    // What follows the query (`WITH NO DATA`) does not change its columns.
    let Some((query, _)) = parse_start(query, dialect, |parser| parser.parse_query()) else {
        return Known::Unknown(Why::UnsupportedConstruct);
    };
    let mut body = &*query.body;
    loop {
        match body {
            SetExpr::Query(inner) => body = &inner.body,
            SetExpr::SetOperation { left, .. } => body = left,
            SetExpr::Select(select) => {
                let names: Option<Vec<_>> = select.projection.iter().map(item_name).collect();
                return names.map_or(Known::Unknown(Why::UnsupportedConstruct), Known::Is);
            }
            _ => return Known::Unknown(Why::UnsupportedConstruct),
        }
    }
}

/// The name of an output column (PostgreSQL's `FigureColname`); `None` for `*`.
fn item_name(item: &SelectItem) -> Option<Box<str>> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(name(alias)),
        SelectItem::UnnamedExpr(expr) => Some(expression_name(expr)),
        _ => None,
    }
}

fn expression_name(expr: &Expr) -> Box<str> {
    let mut expr = expr;
    while let Expr::Nested(inner) | Expr::Cast { expr: inner, .. } | Expr::Collate { expr: inner, .. } = expr
    {
        expr = inner;
    }
    match expr {
        Expr::Identifier(ident) => name(ident),
        Expr::CompoundIdentifier(parts) => parts.last().map_or("?column?".into(), name),
        Expr::Function(function) => {
            let last = function.name.0.last().and_then(|part| part.as_ident());
            last.map_or("?column?".into(), name)
        }
        Expr::Case { .. } => "case".into(),
        Expr::Exists { .. } => "exists".into(),
        Expr::Extract { .. } => "extract".into(),
        Expr::Array(_) => "array".into(),
        _ => "?column?".into(),
    }
}

/// More relations than a view that a person writes reads.
const MAX_RELATIONS: usize = 200;

/// Relations after `FROM` and `JOIN`, each once, in order of appearance. Names of common table expressions are among them.
pub(crate) fn relations(context: &Context<'_>, query: Part<'_>) -> Vec<TableName> {
    let mut found: Vec<TableName> = Vec::new();
    let mut after_from = false;
    for lexeme in Lexer::new(query.text, context.dialect) {
        let raw = &query.text[lexeme.start..lexeme.end];
        let is_name = matches!(lexeme.kind, LexemeKind::Word | LexemeKind::Quoted);
        if after_from && is_name && found.len() < MAX_RELATIONS {
            // A name is short; the cursor reads no more than it needs to.
            let end = (lexeme.start + 300).min(query.text.len());
            let end =
                (end..=query.text.len()).find(|at| query.text.is_char_boundary(*at)).unwrap_or(lexeme.end);
            let table = Cursor::new(&query.text[lexeme.start..end], context.dialect).table();
            let table = table.map(|table| context.resolve(table));
            found.extend(table.filter(|table| !found.contains(table)).into_iter().collect::<Vec<_>>());
        }
        after_from = raw.eq_ignore_ascii_case("from") || raw.eq_ignore_ascii_case("join");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_columns_have_the_names_that_postgresql_gives() {
        let names = |query: &str| match output_columns(query, Dialect::PostgreSql) {
            Known::Is(names) => names.join(" "),
            Known::Unknown(_) => "?".to_owned(),
        };
        assert_eq!(
            names("select a.id, b.x as y, count(*), 1, z::text, case when 1=1 then 2 end from t"),
            "id y count ?column? z case"
        );
        assert_eq!(names("with c as (select 1) select q from c union all select r from d"), "q");
        assert_eq!(names("select a.*, 1 from a"), "?");
    }
}
