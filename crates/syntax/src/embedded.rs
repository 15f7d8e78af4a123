//! The script blocks of `.vue` and `.svelte` files, as ranges of the file.
//!
//! A block starts with `<script` at the start of a line: one that is indented stands in markup (`<svelte:head>`) and is no
//! code of the component. Blocks of other languages, of JSON, and with a `src` elsewhere have nothing to read.
//! Deliberately absent: templates. What they read of the script is not seen.

use alignment_model::code::Language;
use tree_sitter::{Point, Range};

/// Whether a file of this name has its code in script blocks.
pub(crate) fn is_embedded(path: &str) -> bool {
    path.ends_with(".vue") || path.ends_with(".svelte")
}

/// The code in the script blocks of a file.
#[derive(Debug)]
pub(crate) struct Scripts {
    /// In order, never empty: a file without code has one empty range.
    pub(crate) blocks: Vec<Range>,
    /// TSX if any block says so, since all are read as one module.
    pub(crate) language: Language,
}

/// Finds the script blocks of a text.
pub(crate) fn scripts(text: &str) -> Scripts {
    let mut scripts = Scripts { blocks: Vec::new(), language: Language::TypeScript };
    let mut position = Position::default();
    let mut from = 0;
    while let Some((attributes, start)) = next_open_tag(text, from) {
        let end = start + find_close_tag(&text[start..]);
        if is_code(attributes) {
            if matches!(attribute(attributes, "lang"), Some("tsx" | "jsx")) {
                scripts.language = Language::Tsx;
            }
            let (start_point, end_point) = (position.advance(text, start), position.advance(text, end));
            scripts.blocks.push(Range { start_byte: start, end_byte: end, start_point, end_point });
        }
        from = end;
    }
    if scripts.blocks.is_empty() {
        // An empty list would mean the whole file.
        let end = position.advance(text, text.len());
        let (start_byte, end_byte) = (text.len(), text.len());
        scripts.blocks.push(Range { start_byte, end_byte, start_point: end, end_point: end });
    }
    scripts
}

/// The attributes of the next `<script` at the start of a line, and where its content starts.
fn next_open_tag(text: &str, from: usize) -> Option<(&str, usize)> {
    const OPEN: &str = "<script";
    let mut search = from;
    loop {
        let at = search + text.get(search..)?.find(OPEN)?;
        let after = at + OPEN.len();
        search = after;
        let at_line_start = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        let rest = text.get(after..)?;
        if at_line_start && rest.starts_with(|c: char| c == '>' || c.is_whitespace()) {
            let end = tag_end(rest)?;
            return Some((&rest[..end], after + end + 1));
        }
    }
}

/// The `>` that ends a tag; those in quotes do not.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn find_close_tag(rest: &str) -> usize {
    rest.find("</script").unwrap_or(rest.len())
}

/// Whether a block with these attributes is JavaScript or TypeScript written in place.
fn is_code(attributes: &str) -> bool {
    let script = |value: &str| {
        matches!(value, "" | "ts" | "tsx" | "js" | "jsx" | "typescript" | "javascript" | "module")
            || value.ends_with("/javascript")
            || value.ends_with("/typescript")
    };
    attribute(attributes, "src").is_none()
        && attribute(attributes, "lang").is_none_or(script)
        && attribute(attributes, "type").is_none_or(script)
}

/// The value of an attribute; empty if it has none.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    attributes.match_indices(name).find_map(|(at, _)| {
        let before = attributes[..at].chars().next_back();
        let after = attributes[at + name.len()..].trim_start();
        if !before.is_none_or(char::is_whitespace) {
            return None;
        }
        let Some(value) = after.strip_prefix('=') else {
            let bare = attributes[at + name.len()..].starts_with(char::is_whitespace) || after.is_empty();
            return bare.then_some("");
        };
        let value = value.trim_start();
        match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            Some(quote) => value[1..].split(quote).next(),
            None => value.split_whitespace().next(),
        }
    })
}

/// A place that only moves forward, so that lines are counted once.
#[derive(Default)]
struct Position {
    byte: usize,
    point: Point,
}

impl Position {
    fn advance(&mut self, text: &str, to: usize) -> Point {
        for byte in text.as_bytes().get(self.byte..to).unwrap_or_default() {
            if *byte == b'\n' {
                self.point = Point::new(self.point.row + 1, 0);
            } else {
                self.point.column += 1;
            }
        }
        self.byte = to;
        self.point
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<&str> {
        scripts(text).blocks.iter().map(|block| &text[block.start_byte..block.end_byte]).collect()
    }

    #[test]
    fn only_code_at_the_start_of_a_line_is_read() {
        let cases: [(&str, &[&str]); 8] = [
            ("<template/>\n<script lang=\"ts\">\nlet a\n</script>\n", &["\nlet a\n"]),
            ("<script context=\"module\">a</script>\n<script>b</script>", &["a", "b"]),
            ("<svelte:head>\n  <script>no</script>\n</svelte:head>", &[""]),
            ("<script type=\"application/ld+json\">{}</script>", &[""]),
            ("<script src=\"./a.ts\"></script>\n<script setup\n  lang='tsx'>b</script>", &["b"]),
            ("<scripted>no</scripted>", &[""]),
            ("<script generic=\"T extends Array<string>\">c", &["c"]),
            ("<script lang=\"coffee\">no</script>", &[""]),
        ];
        for (text, expected) in cases {
            assert_eq!(blocks(text), expected, "{text}");
        }
        assert_eq!(scripts("<script lang=tsx></script>").language, Language::Tsx);
    }

    #[test]
    fn places_are_those_of_the_file() {
        let block = scripts("ä\n\n<script>x\ny</script>").blocks[0];
        assert_eq!((block.start_point, block.end_point), (Point::new(2, 8), Point::new(3, 1)));
    }
}
