//! Literals: text with its escapes resolved, numbers, templates.

use alignment_model::code::{ExprKind, Literal, TemplatePart};
use tree_sitter::Node;

use super::grammar::Kind;
use super::lowering::Lowering;

impl<'t> Lowering<'_, 't> {
    /// The text of a string literal.
    pub(super) fn string(&mut self, node: Node<'t>) -> Box<str> {
        let text = self.text(node);
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        cooked(inner).into()
    }

    /// A template literal; one without expressions is plain text.
    pub(super) fn template(&mut self, node: Node<'t>) -> ExprKind {
        let mut parts: Vec<TemplatePart> = Vec::new();
        let mut text = String::new();
        for part in self.named(node) {
            match self.kind(part) {
                Kind::TemplateSubstitution => {
                    if !text.is_empty() {
                        parts.push(TemplatePart::Text(std::mem::take(&mut text).into()));
                    }
                    if let Some(inner) = self.first(part) {
                        parts.push(TemplatePart::Expr { value: self.expression(inner), formatted: false });
                    }
                }
                _ => text.push_str(&cooked(self.text(part))),
            }
        }
        if parts.is_empty() {
            return ExprKind::Literal(Literal::Text(text.into()));
        }
        if !text.is_empty() {
            parts.push(TemplatePart::Text(text.into()));
        }
        ExprKind::Template(parts)
    }
}

/// Resolves the escapes of a string or template (ECMAScript, "String Literals"). What is no legal escape stays as written.
pub(super) fn cooked(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut out);
    }
    out.push_str(rest);
    out
}

/// Reads one escape after its backslash and returns what follows it.
fn escape<'a>(after: &'a str, out: &mut String) -> &'a str {
    let mut characters = after.chars();
    let Some(first) = characters.next() else { return after };
    let rest = characters.as_str();
    match first {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        'r' => out.push('\r'),
        'b' => out.push('\u{8}'),
        'f' => out.push('\u{c}'),
        'v' => out.push('\u{b}'),
        '0' if !rest.starts_with(|c: char| c.is_ascii_digit()) => out.push('\0'),
        'x' => return code_point(rest, rest.get(..2), 2, out).unwrap_or(rest),
        'u' => {
            if let Some(braced) = rest.strip_prefix('{')
                && let Some(end) = braced.find('}')
            {
                return code_point(rest, braced.get(..end), end + 2, out).unwrap_or(rest);
            }
            return code_point(rest, rest.get(..4), 4, out).unwrap_or(rest);
        }
        // A line break after a backslash continues the line.
        '\r' => return rest.strip_prefix('\n').unwrap_or(rest),
        '\n' | '\u{2028}' | '\u{2029}' => {}
        other => out.push(other),
    }
    rest
}

/// Appends the character with these hexadecimal digits and returns what follows `length` bytes of `rest`.
fn code_point<'a>(rest: &'a str, digits: Option<&str>, length: usize, out: &mut String) -> Option<&'a str> {
    let number = u32::from_str_radix(digits?, 16).ok()?;
    // Half of a surrogate pair is no character; such text is never a name.
    out.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
    rest.get(length..)
}

/// A number literal with its sign. One that is no whole number of 64 bits stays as written.
pub(super) fn number(text: &str) -> Literal {
    let as_written = || Literal::Number(text.into());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text).trim_start()),
    };
    let digits = digits.replace('_', "");
    let lower = digits.to_ascii_lowercase();
    let parsed = match lower.get(..2) {
        Some("0x") => i64::from_str_radix(&lower[2..], 16),
        Some("0o") => i64::from_str_radix(&lower[2..], 8),
        Some("0b") => i64::from_str_radix(&lower[2..], 2),
        _ => lower.parse(),
    };
    match parsed {
        Ok(value) => Literal::Int(if negative { -value } else { value }),
        Err(_) => as_written(),
    }
}
