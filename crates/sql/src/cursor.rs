//! A reader over the lexemes of one statement, for the fixed words around what sqlparser reads: heads, names, lists.

use alignment_model::entity::TableName;

use crate::Dialect;
use crate::scan::{Lexeme, LexemeKind, Lexer, name_of, text_of};

/// A position in the lexemes of one text.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme>,
    at: usize,
}

/// A part of a text with its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text, lexemes: Lexer::new(text, dialect).collect(), at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<Lexeme> {
        self.lexemes.get(self.at).copied()
    }

    pub(crate) fn next(&mut self) -> Option<Lexeme> {
        let lexeme = self.peek()?;
        self.at += 1;
        Some(lexeme)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.at >= self.lexemes.len()
    }

    pub(crate) fn raw(&self, lexeme: Lexeme) -> &'a str {
        &self.text[lexeme.start..lexeme.end]
    }

    /// First byte of what is left.
    pub(crate) fn position(&self) -> usize {
        self.peek().map_or(self.text.len(), |lexeme| lexeme.start)
    }

    /// What is left.
    pub(crate) fn rest(&self) -> Part<'a> {
        let start = self.position();
        Part { text: &self.text[start..], start }
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }

    fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        self.lexemes.get(self.at + ahead).is_some_and(|lexeme| {
            lexeme.kind == LexemeKind::Word && self.raw(*lexeme).eq_ignore_ascii_case(word)
        })
    }

    /// Goes past these words (separated by spaces) if they are next.
    pub(crate) fn words(&mut self, words: &str) -> bool {
        let count = words.split(' ').count();
        let found = words.split(' ').enumerate().all(|(ahead, word)| self.is_word_at(ahead, word));
        if found {
            self.at += count;
        }
        found
    }

    /// Goes past the first of these that is next.
    pub(crate) fn one_of(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.words(word))
    }

    pub(crate) fn symbol(&mut self, symbol: u8) -> bool {
        let found = self.peek().is_some_and(|lexeme| lexeme.kind == LexemeKind::Symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// A name without schema.
    pub(crate) fn name(&mut self) -> Option<Box<str>> {
        let lexeme = self.peek()?;
        let name = match lexeme.kind {
            // SQLite and MySQL accept a string where a name is meant.
            LexemeKind::Text => text_of(self.text, lexeme)?.into(),
            _ => name_of(self.text, lexeme)?,
        };
        self.at += 1;
        Some(name)
    }

    /// A name with or without schema (or catalog and schema), as written.
    pub(crate) fn table(&mut self) -> Option<TableName> {
        let mut schema = None;
        let mut name = self.name()?;
        while self.symbol(b'.') {
            schema = Some(std::mem::replace(&mut name, self.name()?));
        }
        Some(TableName { schema, name })
    }

    /// A string.
    pub(crate) fn string(&mut self) -> Option<Box<str>> {
        let text = text_of(self.text, self.peek()?)?.into();
        self.at += 1;
        Some(text)
    }

    /// What stands in the parenthesis that opens next; goes past it. One that is never closed ends with the text.
    pub(crate) fn parenthesis(&mut self) -> Option<Part<'a>> {
        if !self.symbol(b'(') {
            return None;
        }
        let start = self.position();
        let mut depth = 1usize;
        let mut end = start;
        while let Some(lexeme) = self.next() {
            match lexeme.kind {
                LexemeKind::Symbol(b'(') => depth += 1,
                LexemeKind::Symbol(b')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(Part { text: &self.text[start..end.max(start)], start });
            }
            end = lexeme.end;
        }
        Some(Part { text: &self.text[start..], start })
    }

    /// One past the last byte of what was read.
    pub(crate) fn end_of_read(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.lexemes.get(at)).map_or(0, |lexeme| lexeme.end)
    }

    /// What was read since this byte.
    pub(crate) fn text_since(&self, start: usize) -> &'a str {
        self.text.get(start..self.end_of_read()).unwrap_or_default()
    }

    /// Goes back (or on) to the lexeme that starts at this byte.
    pub(crate) fn go_to(&mut self, start: usize) {
        self.at = self.lexemes.partition_point(|lexeme| lexeme.start < start);
    }

    /// Whether the last parenthesis read was closed.
    pub(crate) fn closed(&self) -> bool {
        let last = self.at.checked_sub(1).and_then(|at| self.lexemes.get(at));
        last.is_some_and(|lexeme| lexeme.kind == LexemeKind::Symbol(b')'))
    }
}

/// The parts of `part` between commas outside parentheses and brackets, without the empty ones.
pub(crate) fn split_commas<'a>(part: Part<'a>, dialect: Dialect) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let (mut depth, mut bounds) = (0usize, None);
    let mut close = |bounds: Option<(usize, usize)>| {
        if let Some((start, end)) = bounds {
            parts.push(Part { text: &part.text[start..end], start: part.start + start });
        }
    };
    for lexeme in Lexer::new(part.text, dialect) {
        match lexeme.kind {
            LexemeKind::Symbol(b'(' | b'[') => depth += 1,
            LexemeKind::Symbol(b')' | b']') => depth = depth.saturating_sub(1),
            LexemeKind::Symbol(b',') if depth == 0 => {
                close(bounds.take());
                continue;
            }
            _ => {}
        }
        bounds = Some((bounds.map_or(lexeme.start, |(start, _)| start), lexeme.end));
    }
    close(bounds);
    parts
}

/// Names between commas: a list of columns.
pub(crate) fn names(part: Part<'_>, dialect: Dialect) -> Vec<Box<str>> {
    split_commas(part, dialect).iter().filter_map(|name| Cursor::new(name.text, dialect).name()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_split_outside_parentheses() {
        let text = "(a int, b numeric(1, 2), c text default ')',, d text[]) rest";
        let mut cursor = Cursor::new(text, Dialect::PostgreSql);
        let inside = cursor.parenthesis().expect("it opens");
        let parts: Vec<&str> =
            split_commas(inside, Dialect::PostgreSql).iter().map(|part| part.text).collect();
        assert_eq!(parts, ["a int", "b numeric(1, 2)", "c text default ')'", "d text[]"]);
        assert!(cursor.closed());
        assert_eq!(cursor.rest(), Part { text: "rest", start: 56 });
    }

    #[test]
    fn names_have_a_schema_or_none() {
        let name = |text: &str| Cursor::new(text, Dialect::PostgreSql).table().map(|table| table.to_string());
        assert_eq!(name("Public.Users"), Some("public.users".to_owned()));
        assert_eq!(name("db.auth.\"Users\""), Some("auth.Users".to_owned()));
        assert_eq!(name("auth."), None);
    }
}
