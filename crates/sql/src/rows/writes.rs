//! What an `INSERT` or `UPDATE` stores in which column.

use alignment_model::Span;
use alignment_model::entity::TableName;
use alignment_model::project::{NamedWrite, Stored};
use alignment_model::schema_change::{HOLE, is_known_name, is_known_table};

use super::Word;
use crate::name::qualified;
use crate::scan::LexemeKind;

/// Functions that never give NULL.
const GIVING: &[&str] =
    &["now", "gen_random_uuid", "uuid_generate_v4", "clock_timestamp", "datetime", "date"];

/// `INSERT INTO t (a, b) VALUES (1, NULL)`; `None` where the columns are not all known.
pub(super) fn insert(words: &[Word<'_>], span: Span) -> Option<(TableName, NamedWrite)> {
    let into = words.iter().position(|word| word.is("into"))?;
    let (table, mut at) = table(words, into + 1)?;
    if words.get(at).is_some_and(|word| word.is("as")) {
        at += 2;
    }
    if !words.get(at)?.is_symbol(b'(') {
        return None;
    }
    let end = closing(words, at)?;
    let mut columns = Vec::new();
    for part in parts(words.get(at + 1..end)?) {
        let [word] = part else { return None };
        let name = word.name.as_deref().filter(|name| is_known_name(name))?;
        columns.push((Box::from(name), Stored::Unknown));
    }
    let mut rest = words.get(end + 1..)?;
    if rest.first().is_some_and(|word| word.is("values")) {
        let mut rows = Vec::new();
        rest = rest.get(1..)?;
        while rest.first().is_some_and(|word| word.is_symbol(b'(')) {
            let end = closing(rest, 0)?;
            rows.push(parts(rest.get(1..end)?).map(stored).collect::<Vec<_>>());
            rest = rest.get(end + 1..)?;
            if rest.first().is_some_and(|word| word.is_symbol(b',')) {
                rest = rest.get(1..)?;
            }
        }
        if !rows.is_empty() && rows.iter().all(|row| row.len() == columns.len()) {
            for (at, (_, column)) in columns.iter_mut().enumerate() {
                let values = rows.iter().filter_map(|row| row.get(at).copied());
                *column = values.min().unwrap_or(Stored::Unknown);
            }
        }
    }
    // What stands there may be an `ON CONFLICT` that sets more.
    if has_hole(rest) {
        return None;
    }
    let mut updated = Vec::new();
    let set = rest.iter().position(|word| word.is("set"));
    let duplicate =
        rest.windows(2).position(|pair| pair[0].is("key") && pair[1].is("update")).map(|at| at + 1);
    if let Some(at) = set.or(duplicate) {
        updated = assignments(rest.get(at + 1..)?)?;
    }
    Some((table, NamedWrite { inserts: true, columns, updated, span }))
}

/// `UPDATE t SET a = 1`; `None` where what is set is not all known.
pub(super) fn update(words: &[Word<'_>], span: Span) -> Option<(TableName, NamedWrite)> {
    let update = words.iter().position(|word| word.is("update"))?;
    let skipped = words.get(update + 1).is_some_and(|word| word.is("only"));
    let (table, at) = table(words, update + 1 + usize::from(skipped))?;
    let set = words.get(at..)?.iter().take(3).position(|word| word.is("set"))?;
    let updated = assignments(words.get(at + set + 1..)?)?;
    Some((table, NamedWrite { inserts: false, columns: Vec::new(), updated, span }))
}

/// `a = 1, b = NULL`, up to the next clause.
fn assignments(words: &[Word<'_>]) -> Option<Vec<(Box<str>, Stored)>> {
    const CLAUSES: &[&str] = &["where", "from", "returning", "order", "limit"];
    let mut depth = 0_usize;
    let end = words.iter().position(|word| {
        match word.kind {
            LexemeKind::Symbol(b'(') => depth += 1,
            LexemeKind::Symbol(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (word.is_any(CLAUSES) || word.is_symbol(b';'))
    });
    let mut out = Vec::new();
    for part in parts(words.get(..end.unwrap_or(words.len()))?) {
        let equals = part.iter().position(|word| word.is_symbol(b'='))?;
        let name = match part.get(..equals)? {
            [name] => name,
            [_, dot, name] if dot.is_symbol(b'.') => name,
            _ => return None,
        };
        let value = part.get(equals + 1..)?;
        // A part that is filled in behind a value may hold more of them.
        if value.len() > 1 && value.last().is_some_and(|word| word.raw.contains(HOLE)) {
            return None;
        }
        let name = name.name.as_deref().filter(|name| is_known_name(name))?;
        out.push((name.into(), stored(value)));
    }
    Some(out)
}

/// What an expression stores.
fn stored(value: &[Word<'_>]) -> Stored {
    match value {
        [word] if word.is("null") => Stored::Null,
        [word] if word.is_any(&["true", "false", "current_timestamp", "current_date"]) => Stored::Value,
        [word] if matches!(word.kind, LexemeKind::Text | LexemeKind::Number) && !word.raw.contains(HOLE) => {
            Stored::Value
        }
        [name, open, .., close]
            if name.is_any(GIVING) && open.is_symbol(b'(') && close.is_symbol(b')') && value.len() == 3 =>
        {
            Stored::Value
        }
        _ => Stored::Unknown,
    }
}

fn table(words: &[Word<'_>], at: usize) -> Option<(TableName, usize)> {
    let mut parts: Vec<Box<str>> = vec![words.get(at)?.name.as_deref()?.into()];
    let mut end = at + 1;
    while words.get(end).is_some_and(|word| word.is_symbol(b'.')) {
        parts.push(words.get(end + 1)?.name.as_deref()?.into());
        end += 2;
    }
    let name = parts.pop()?;
    let table = qualified(parts.pop(), name);
    is_known_table(&table).then_some((table, end))
}

/// Where the parenthesis at a place closes.
fn closing(words: &[Word<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.kind {
            LexemeKind::Symbol(b'(') => depth += 1,
            LexemeKind::Symbol(b')') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Splits at the commas outside of parentheses.
fn parts<'w, 't>(words: &'w [Word<'t>]) -> impl Iterator<Item = &'w [Word<'t>]> {
    let mut depth = 0_i32;
    words.split(move |word| {
        match word.kind {
            LexemeKind::Symbol(b'(' | b'[') => depth += 1,
            LexemeKind::Symbol(b')' | b']') => depth -= 1,
            _ => {}
        }
        depth == 0 && word.is_symbol(b',')
    })
}

fn has_hole(words: &[Word<'_>]) -> bool {
    words.iter().any(|word| word.raw.contains(HOLE))
}
