//! The lexer under the statement splitter and the tolerant readers: words, quoted names, strings, numbers and symbols,
//! each with its bytes.
//!
//! It knows what may *hide* a semicolon, parenthesis or comma (quotes, `E''`, dollar tags, nested comments) and nothing of
//! grammar. It cannot fail: what is not closed ends with the text. Deliberately absent: operators of several characters, and
//! any copy of the text.

use std::borrow::Cow;

use crate::Dialect;

/// One piece of SQL text between white space and comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lexeme {
    /// What it is.
    pub(crate) kind: LexemeKind,
    /// First byte.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
}

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LexemeKind {
    /// A key word or unquoted name.
    Word,
    /// A name in quotes: `"a"`, `` `a` ``, `[a]`.
    Quoted,
    /// A string: `'a'`, `E'a'`, `$$a$$`.
    Text,
    /// A number.
    Number,
    /// Any other byte.
    Symbol(u8),
}

/// Reads lexemes of one text.
#[derive(Clone)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    /// Where a quote, dollar tag or comment starts that the text does not close.
    unclosed: Option<usize>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text, at: 0, dialect, unclosed: None }
    }

    /// Where a quote, dollar tag or comment starts that the text does not close, once it was met.
    pub(crate) fn unclosed(&self) -> Option<usize> {
        self.unclosed
    }

    /// Byte at which the next lexeme is looked for.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes on at this byte, which must be a character boundary.
    pub(crate) fn set_position(&mut self, at: usize) {
        self.at = at.min(self.text.len());
    }

    /// Goes on at this byte as if nothing had been met.
    pub(crate) fn resume_at(&mut self, at: usize) {
        self.set_position(at);
        self.unclosed = None;
    }

    /// Goes on after the end of this line.
    pub(crate) fn skip_line(&mut self) {
        self.at = line_end(self.text.as_bytes(), self.at);
    }

    /// Skips white space and comments.
    pub(crate) fn skip_blank(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            let next = bytes.get(self.at + 1).copied();
            match (byte, next) {
                (b'-', Some(b'-')) => self.at = line_end(bytes, self.at),
                (b'#', _) if self.dialect == Dialect::MySql => self.at = line_end(bytes, self.at),
                (b'/', Some(b'*')) => self.skip_block_comment(),
                _ if byte.is_ascii_whitespace() => self.at += 1,
                // A byte order mark, also in the middle of concatenated files.
                (0xEF, Some(0xBB)) if bytes.get(self.at + 2) == Some(&0xBF) => self.at += 3,
                _ => break,
            }
        }
    }

    /// PostgreSQL's comments nest (4.1.5), those of SQLite and MySQL do not.
    fn skip_block_comment(&mut self) {
        let bytes = self.text.as_bytes();
        let nested = self.dialect == Dialect::PostgreSql;
        let start = self.at;
        let mut depth = 0usize;
        while self.at < bytes.len() {
            match (bytes[self.at], bytes.get(self.at + 1)) {
                (b'/', Some(b'*')) if nested || depth == 0 => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.unclosed = Some(start);
    }

    /// End of a string or name that starts at `from` with `quote`: a doubled quote is part of it.
    fn quoted_end(&mut self, from: usize, quote: u8, backslash: bool) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from + 1;
        while let Some(&byte) = bytes.get(at) {
            if byte == quote {
                if bytes.get(at + 1) != Some(&quote) {
                    return at + 1;
                }
                at += 2;
            } else {
                at += if byte == b'\\' && backslash { 2 } else { 1 };
            }
        }
        self.unclosed = Some(from);
        bytes.len()
    }

    /// End of a dollar-quoted string that starts at `from`, if one does.
    fn dollar_end(&mut self, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let is_tag = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || !byte.is_ascii();
        let tag_length = bytes.get(from + 1..)?.iter().take_while(is_tag).count();
        let open_end = from + 1 + tag_length;
        let starts_with_digit = bytes.get(from + 1).is_some_and(u8::is_ascii_digit);
        if bytes.get(open_end) != Some(&b'$') || starts_with_digit {
            return None;
        }
        let tag = self.text.get(from..=open_end)?;
        let close = self.text.get(open_end + 1..)?.find(tag);
        if close.is_none() {
            self.unclosed = Some(from);
        }
        Some(close.map_or(bytes.len(), |at| open_end + 1 + at + tag.len()))
    }

    fn word_end(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let part =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'$') || !byte.is_ascii();
        from + bytes[from..].iter().take_while(part).count()
    }

    fn number_end(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'.' | b'_');
        from + bytes[from..].iter().take_while(part).count()
    }
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        self.skip_blank();
        let text = self.text;
        let bytes = text.as_bytes();
        let start = self.at;
        let byte = *bytes.get(start)?;
        let next = bytes.get(start + 1).copied();
        let mysql = self.dialect == Dialect::MySql;
        let (kind, end) = match byte {
            b'\'' => (LexemeKind::Text, self.quoted_end(start, b'\'', mysql)),
            b'e' | b'E' if next == Some(b'\'') && !mysql => {
                (LexemeKind::Text, self.quoted_end(start + 1, b'\'', true))
            }
            b'"' => (LexemeKind::Quoted, self.quoted_end(start, b'"', mysql)),
            b'`' => (LexemeKind::Quoted, self.quoted_end(start, b'`', false)),
            b'[' if self.dialect == Dialect::Sqlite => {
                let close = text[start..].find(']').map_or(bytes.len(), |at| start + at + 1);
                (LexemeKind::Quoted, close)
            }
            b'$' => match self.dollar_end(start) {
                Some(end) if self.dialect == Dialect::PostgreSql => (LexemeKind::Text, end),
                _ => (LexemeKind::Symbol(byte), start + 1),
            },
            _ if byte.is_ascii_digit() => (LexemeKind::Number, self.number_end(start)),
            _ if byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii() => {
                (LexemeKind::Word, self.word_end(start))
            }
            _ => (LexemeKind::Symbol(byte), start + 1),
        };
        // A backslash before the end of the text can step one past it.
        self.at = end.min(bytes.len());
        while !text.is_char_boundary(self.at) {
            self.at += 1;
        }
        Some(Lexeme { kind, start, end: self.at })
    }
}

/// First byte after the line that contains `from`. Lines end with LF, CR or CR LF.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = &bytes[from.min(bytes.len())..];
    let stop = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    stop.map_or(bytes.len(), |at| from + at + 1)
}

/// The name that a word or quoted lexeme stands for: unquoted ones folded to lower case, as PostgreSQL does; SQLite and MySQL
/// compare them without regard to case.
pub(crate) fn name_of(text: &str, lexeme: Lexeme) -> Option<Box<str>> {
    let raw = text.get(lexeme.start..lexeme.end)?;
    match lexeme.kind {
        LexemeKind::Word => Some(raw.to_lowercase().into()),
        LexemeKind::Quoted => Some(unquoted(raw)),
        _ => None,
    }
}

/// A quoted name without its quotes, with doubled ones resolved.
fn unquoted(raw: &str) -> Box<str> {
    let mut characters = raw.chars();
    let Some(open) = characters.next() else { return "".into() };
    let close = if open == '[' { ']' } else { open };
    let inner = characters.as_str();
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    if open == '[' { inner.into() } else { inner.replace(&format!("{open}{open}"), &open.to_string()).into() }
}

/// What a string lexeme says: quotes taken off, doubled quotes and (for `E''`) the common escapes resolved.
pub(crate) fn text_of(text: &str, lexeme: Lexeme) -> Option<Cow<'_, str>> {
    if lexeme.kind != LexemeKind::Text {
        return None;
    }
    let raw = text.get(lexeme.start..lexeme.end)?;
    let (start, end) = text_bounds(raw);
    let inner = raw.get(start..end)?;
    if raw.starts_with('$') {
        return Some(Cow::Borrowed(inner));
    }
    let escaped = raw.starts_with(['e', 'E']) && inner.contains('\\');
    Some(match (escaped, inner.contains("''")) {
        (false, false) => Cow::Borrowed(inner),
        (false, true) => Cow::Owned(inner.replace("''", "'")),
        (true, _) => Cow::Owned(unescaped(&inner.replace("''", "'"))),
    })
}

/// The bytes between the quotes or dollar tags of a string.
pub(crate) fn text_bounds(raw: &str) -> (usize, usize) {
    if let Some(after) = raw.strip_prefix('$') {
        let tag = after.find('$').map_or(1, |at| at + 2);
        let end = raw.len().saturating_sub(tag).max(tag.min(raw.len()));
        return (tag.min(raw.len()), end);
    }
    let start = if raw.starts_with('\'') { 1 } else { 2 }.min(raw.len());
    let end = if raw.len() > start && raw.ends_with('\'') { raw.len() - 1 } else { raw.len() };
    (start, end.max(start))
}

fn unescaped(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, dialect: Dialect) -> Vec<&str> {
        Lexer::new(text, dialect).map(|lexeme| &text[lexeme.start..lexeme.end]).collect()
    }

    #[test]
    fn quotes_tags_and_comments_hide_what_is_in_them() {
        let cases: &[(&str, Dialect, &[&str])] = &[
            ("a 'b;''c' d", Dialect::PostgreSql, &["a", "'b;''c'", "d"]),
            (r"E'it\'s;' x", Dialect::PostgreSql, &[r"E'it\'s;'", "x"]),
            (r"'a\' b", Dialect::PostgreSql, &[r"'a\'", "b"]),
            (r"'a\'' b", Dialect::MySql, &[r"'a\''", "b"]),
            ("$f$ ; $$ ; $f$ x", Dialect::PostgreSql, &["$f$ ; $$ ; $f$", "x"]),
            ("$1 + x", Dialect::PostgreSql, &["$", "1", "+", "x"]),
            ("/* a /* ; */ b */ c", Dialect::PostgreSql, &["c"]),
            ("/* a /* */ c", Dialect::Sqlite, &["c"]),
            ("-- a ; b\rc", Dialect::PostgreSql, &["c"]),
            ("[a;b] c", Dialect::Sqlite, &["[a;b]", "c"]),
            ("# x ;\n y", Dialect::MySql, &["y"]),
            ("'never closed", Dialect::PostgreSql, &["'never closed"]),
            ("größe ä", Dialect::PostgreSql, &["größe", "ä"]),
            ("E'ends with \\", Dialect::PostgreSql, &["E'ends with \\"]),
        ];
        for (text, dialect, expected) in cases {
            assert_eq!(pieces(text, *dialect), *expected, "{text}");
        }
    }

    #[test]
    fn names_and_strings_lose_their_quotes() {
        let text = r#"User "User" "a""b" 'it''s' $$x$$ E'a\nb' '"#;
        let lexemes: Vec<Lexeme> = Lexer::new(text, Dialect::PostgreSql).collect();
        let names: Vec<_> = lexemes.iter().filter_map(|l| name_of(text, *l)).collect();
        let texts: Vec<_> = lexemes.iter().filter_map(|l| text_of(text, *l)).collect();
        assert_eq!(names, ["user".into(), "User".into(), "a\"b".into()] as [Box<str>; 3]);
        assert_eq!(texts, ["it's", "x", "a\nb", ""]);
    }
}
