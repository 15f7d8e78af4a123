//! Strings: prefixes, escapes, adjacent strings joined, f-strings as templates.

use alignment_model::code::{ExprKind, Literal, TemplatePart};
use tree_sitter::Node;

use super::Lowering;
use super::grammar::{Kind, fields, kind};
use crate::tree::{self, field};

/// What the letters before a string's quotes say.
#[derive(Clone, Copy, Default)]
struct Prefix {
    raw: bool,
    bytes: bool,
    template: bool,
}

/// A string taken apart: its prefix, the byte offset of its content in the literal, and the content as written.
struct Parts<'a> {
    prefix: Prefix,
    content: &'a str,
}

impl<'t> Lowering<'_, 't> {
    /// One string, or adjacent ones, which Python joins.
    pub(super) fn string(&mut self, node: Node<'t>) -> ExprKind {
        let pieces = if kind(node) == Kind::ConcatenatedString { self.named(node) } else { vec![node] };
        let mut parts: Vec<TemplatePart> = Vec::new();
        let mut text = String::new();
        let mut bytes = false;
        for piece in pieces {
            let Some(string) = take_apart(self.text(piece)) else { return ExprKind::Unknown };
            bytes |= string.prefix.bytes;
            if string.prefix.template {
                self.template(piece, string.prefix, &mut text, &mut parts);
            } else if string.prefix.bytes {
                text.push_str(string.content);
            } else {
                resolve(string.content, string.prefix.raw, &mut text);
            }
        }
        if bytes {
            return ExprKind::Literal(Literal::Bytes(text.into()));
        }
        if parts.is_empty() {
            return ExprKind::Literal(Literal::Text(text.into()));
        }
        flush(&mut text, &mut parts);
        ExprKind::Template(parts)
    }

    /// The parts of one f-string. Text before the next expression gathers in `text`.
    fn template(&mut self, node: Node<'t>, prefix: Prefix, text: &mut String, parts: &mut Vec<TemplatePart>) {
        for child in self.named(node) {
            match kind(child) {
                Kind::StringContent => {
                    let written = self.text(child).replace("{{", "{").replace("}}", "}");
                    resolve(&written, prefix.raw, text);
                }
                Kind::Interpolation => self.replacement(child, text, parts),
                _ => {}
            }
        }
    }

    /// `{value}`, `{value!r:>{width}}`, `{value=}`; the last also writes itself as text.
    fn replacement(&mut self, node: Node<'t>, text: &mut String, parts: &mut Vec<TemplatePart>) {
        let f = fields();
        let Some(value) = field(node, f.expression) else { return };
        let tokens = tree::children(&mut self.cursor, node);
        let equals = tokens.iter().find(|token| !token.is_named() && self.text(**token) == "=");
        if let Some(equals) = equals {
            let written = self.source.text.get(node.start_byte() + 1..equals.end_byte());
            text.push_str(written.unwrap_or_default());
        }
        flush(text, parts);
        let formatted =
            equals.is_some() || field(node, f.format).is_some() || field(node, f.conversion).is_some();
        parts.push(TemplatePart::Expr { value: self.expr(value), formatted });
    }
}

fn flush(text: &mut String, parts: &mut Vec<TemplatePart>) {
    if !text.is_empty() {
        parts.push(TemplatePart::Text(std::mem::take(text).into()));
    }
}

/// Splits a literal into prefix and content; `None` if its quotes are not closed.
fn take_apart(written: &str) -> Option<Parts<'_>> {
    let quote = written.find(['"', '\''])?;
    let mut prefix = Prefix::default();
    for letter in written[..quote].chars() {
        match letter.to_ascii_lowercase() {
            'r' => prefix.raw = true,
            'b' => prefix.bytes = true,
            'f' | 't' => prefix.template = true,
            'u' => {}
            _ => return None,
        }
    }
    let quoted = &written[quote..];
    for quotes in ["\"\"\"", "'''", "\"", "'"] {
        if let Some(inside) = quoted.strip_prefix(quotes) {
            return Some(Parts { prefix, content: inside.strip_suffix(quotes)? });
        }
    }
    None
}

/// Appends the value of a string's content: escapes resolved unless raw, line ends as `\n`.
/// Python Language Reference, "String and Bytes literals". `\N{...}` and surrogates stay as written.
fn resolve(content: &str, raw: bool, out: &mut String) {
    if raw || !content.contains('\\') {
        push_lines(content, out);
        return;
    }
    let mut rest = content;
    while let Some(at) = rest.find('\\') {
        push_lines(&rest[..at], out);
        let (value, taken) = escape(&rest[at + 1..]);
        match value {
            Escape::Character(character) => out.push(character),
            Escape::Nothing => {}
            Escape::AsWritten => out.push('\\'),
        }
        rest = &rest[at + 1 + taken..];
    }
    push_lines(rest, out);
}

fn push_lines(content: &str, out: &mut String) {
    if content.contains('\r') {
        out.push_str(&content.replace("\r\n", "\n"));
    } else {
        out.push_str(content);
    }
}

enum Escape {
    Character(char),
    /// A line end after a backslash.
    Nothing,
    /// No escape: the backslash stays.
    AsWritten,
}

/// What follows a backslash, and how many bytes of it belong to the escape.
fn escape(after: &str) -> (Escape, usize) {
    let Some(first) = after.chars().next() else { return (Escape::AsWritten, 0) };
    let simple = |character| (Escape::Character(character), 1);
    match first {
        '\n' => (Escape::Nothing, 1),
        '\r' => (Escape::Nothing, if after.starts_with("\r\n") { 2 } else { 1 }),
        '\\' | '\'' | '"' => simple(first),
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '0'..='7' => {
            let digits = after.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            number(&after[..digits], 8, digits)
        }
        'x' => fixed(after, 2),
        'u' => fixed(after, 4),
        'U' => fixed(after, 8),
        _ => (Escape::AsWritten, 0),
    }
}

/// A letter and so many hexadecimal digits.
fn fixed(after: &str, digits: usize) -> (Escape, usize) {
    match after.get(1..1 + digits) {
        Some(written) => number(written, 16, digits + 1),
        None => (Escape::AsWritten, 0),
    }
}

fn number(digits: &str, radix: u32, taken: usize) -> (Escape, usize) {
    match u32::from_str_radix(digits, radix).ok().and_then(char::from_u32) {
        Some(character) => (Escape::Character(character), taken),
        None => (Escape::AsWritten, 0),
    }
}
