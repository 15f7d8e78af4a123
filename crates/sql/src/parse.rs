//! One piece of SQL -> sqlparser's tree, within bounds.
//!
//! sqlparser limits the depth of its recursion, but builds chains (`1 + 1 + ...`, `int[][]...`, `UNION`) in a loop and takes
//! them apart by recursion, so a long one overflows the stack when it is dropped. Runs of tokens are counted before parsing.

use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::Dialect;

/// Tokens between two commas of one parenthesis: about twice the length of the longest chain of operators.
const MAX_RUN: usize = 2_000;

/// Parses `text` as a whole with `rule`; `None` where sqlparser refuses it, where something is left over, or where it is
/// beyond the bounds.
pub(crate) fn parse_all<T>(
    text: &str,
    dialect: Dialect,
    rule: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Option<T> {
    let (value, rest) = parse_start(text, dialect, rule)?;
    rest.is_none().then_some(value)
}

/// Parses the start of `text` with `rule`; also the first word or symbol that is left over.
pub(crate) fn parse_start<T>(
    text: &str,
    dialect: Dialect,
    rule: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Option<(T, Option<String>)> {
    let grammar: &dyn Grammar = match dialect {
        Dialect::PostgreSql => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::MySql => &MySqlDialect {},
    };
    let tokens = Tokenizer::new(grammar, text).tokenize_with_location().ok()?;
    if !within_bounds(&tokens) {
        return None;
    }
    let mut parser = Parser::new(grammar).with_tokens_with_locations(tokens);
    let value = rule(&mut parser).ok()?;
    let rest = match parser.next_token().token {
        Token::EOF => None,
        Token::SemiColon => None,
        other => Some(other.to_string()),
    };
    Some((value, rest))
}

/// Whether no run of tokens is longer than [`MAX_RUN`].
fn within_bounds(tokens: &[TokenWithSpan]) -> bool {
    let mut runs = vec![0usize];
    for token in tokens {
        match &token.token {
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket | Token::LBrace => {
                // The parenthesis is part of the run around it.
                if let Some(run) = runs.last_mut() {
                    *run += 1;
                }
                runs.push(0);
            }
            Token::RParen | Token::RBracket | Token::RBrace if runs.len() > 1 => {
                runs.pop();
            }
            Token::Comma => {
                if let Some(run) = runs.last_mut() {
                    *run = 0;
                }
            }
            _ => {
                if let Some(run) = runs.last_mut() {
                    *run += 1;
                }
            }
        }
        if runs.last().is_some_and(|run| *run > MAX_RUN) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parses(text: &str) -> bool {
        parse_all(text, Dialect::PostgreSql, |parser| parser.parse_statement()).is_some()
    }

    #[test]
    fn bombs_are_refused_and_long_lists_are_not() {
        let table = |expression: String| format!("create table t (a int check ({expression}))");
        assert!(!parses(&table(format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000)))));
        assert!(!parses(&table(vec!["1"; 100_000].join("+"))));
        assert!(!parses(&table(vec!["f(1, 2)"; 100_000].join("+"))));
        assert!(!parses(&format!("create table t (a int{})", "[]".repeat(100_000))));
        assert!(!parses(&table(format!("{} a", "not ".repeat(100_000)))));
        assert!(!parses(&format!("create view v as {}", vec!["select 1"; 50_000].join(" union "))));
        let columns: Vec<String> = (0..5_000).map(|at| format!("c{at} int not null default 0")).collect();
        assert!(parses(&format!("create table t ({})", columns.join(","))));
        assert!(parses(&table(format!("a in ({})", vec!["'x'"; 20_000].join(",")))));
    }
}
