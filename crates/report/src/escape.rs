//! Text from the repository, made harmless for each format. Names, paths, defaults and source lines may hold anything: newlines,
//! pipes, backticks, escape sequences that rewrite a terminal, characters that reverse the direction of reading.

use std::borrow::Cow;
use std::fmt::Write as _;

/// For a terminal: one line, without control characters and without characters that change how others are shown.
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_unsafe(character) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Control characters, separators of lines, and the directional and invisible characters of Unicode.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

/// Prose for Markdown: what `` `code` `` marks stays code, everything else is literal text on one line. For a table, see [`cell`].
pub fn markdown(text: &str) -> String {
    let text = terminal(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = &*text;
    while let Some((prose, after)) = rest.split_once('`') {
        let Some((inside, tail)) = after.split_once('`') else { break };
        prose_into(&mut out, prose);
        out.push_str(&markdown_code(inside));
        rest = tail;
    }
    prose_into(&mut out, rest);
    out
}

fn prose_into(out: &mut String, prose: &str) {
    for character in prose.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => out.extend(['\\', character]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // `@name` would notify somebody, in a pull request.
            '@' => out.push_str("@\u{200b}"),
            _ => out.push(character),
        }
    }
}

/// A code span for Markdown: fenced by more backticks than it holds.
pub fn markdown_code(text: &str) -> String {
    if text.is_empty() {
        return "` `".to_owned();
    }
    let text = terminal(text);
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Finished Markdown as the cell of a table. GitHub splits cells before it looks at code spans, and takes the backslash away
/// inside them.
pub fn cell(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + 4);
    let mut escaped = false;
    for character in markdown.chars() {
        if character == '|' && !escaped {
            out.push('\\');
        }
        out.push(character);
        escaped = character == '\\' && !escaped;
    }
    out
}

/// A link's target: a path relative to the root, with everything that ends or breaks a link encoded.
pub fn link_target(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// For XML 1.0, as text or between double quotes: what it has no place for is left out (`Char` in section 2.2). Line breaks survive.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_has_no_markup_and_no_character_without_a_place() {
        assert_eq!(xml("<a b=\"c\">&amp;\n\0\u{1b}\u{ffff}é"), "&lt;a b=&quot;c&quot;&gt;&amp;amp;\né");
    }

    #[test]
    fn terminals_get_no_control_characters() {
        assert_eq!(terminal("plain ä"), "plain ä");
        assert_eq!(terminal("a\x1b[31mb\r\n\u{202e}c"), "a\\u{1b}[31mb\\r\\n\\u{202e}c");
    }

    #[test]
    fn markdown_keeps_code_and_escapes_the_rest() {
        let cases = [
            ("`a|b` is *not* <b>", "`a|b` is \\*not\\* &lt;b&gt;"),
            ("one ` alone", "one \\` alone"),
            ("line\nbreak @me", "line\\\\nbreak @\u{200b}me"),
            ("`` empty", "` ` empty"),
        ];
        for (text, expected) in cases {
            assert_eq!(markdown(text), expected);
        }
        assert_eq!(cell(&markdown("`a|b` or c|d")), "`a\\|b` or c\\|d");
        assert_eq!(cell(r"a\|b\\|c\\\|d"), r"a\|b\\\|c\\\|d", "a pipe after two backslashes splits");
        assert_eq!(markdown_code("a`b"), "``a`b``");
        assert_eq!(markdown_code("`"), "`` ` ``");
        assert_eq!(link_target("a b/(c)|<d>.py"), "a%20b/%28c%29%7C%3Cd%3E.py");
    }
}
