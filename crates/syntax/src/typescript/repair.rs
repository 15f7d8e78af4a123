//! Legal TypeScript that the grammar cannot read (tree-sitter-typescript 0.23.2), made readable without moving a byte.
//!
//! Where a tree has errors, the constructs known to fail are looked for around them, blanked out or replaced by something of
//! the same length, and the text is parsed again; that is kept only if fewer errors remain. What a blank hides and the facts
//! need, the module of an `import("m").T` type, is remembered ([`ImportType`]).
//!
//! Deliberately absent: repair of programs that are really broken.

use tree_sitter::{Node, Range, Tree};

use crate::tree::Worker;

/// A file with more errors than this is not TypeScript that the grammar misreads, but something else.
const MAX_ERRORS: usize = 500;
const MAX_ROUNDS: usize = 16;
/// Bytes that are parsed again for one file, so that repair never dominates.
const MAX_BYTES: usize = 4 << 20;

/// The module of an `import("m").T` type that was blanked out.
#[derive(Debug)]
pub(super) struct ImportType {
    /// Where the name after it starts.
    pub(super) before: usize,
    pub(super) module: Box<str>,
}

/// A syntax tree, and what had to be hidden from the parser.
pub(super) struct Parsed {
    pub(super) tree: Tree,
    /// Sorted by place.
    pub(super) import_types: Vec<ImportType>,
}

/// Parses some ranges of a text (all of it, if there are none), and repairs what can be repaired.
pub(super) fn parse(worker: &mut Worker, text: &str, ranges: &[Range]) -> Option<Parsed> {
    let mut tree = worker.parse_ranges(text, ranges)?;
    let mut import_types = Vec::new();
    if tree.root_node().has_error() {
        let mut errors = error_ranges(&tree);
        let rounds = MAX_ROUNDS.min(MAX_BYTES / text.len().max(1));
        let mut text = text.to_owned();
        for _ in 0..rounds {
            if errors.is_empty() || errors.len() > MAX_ERRORS {
                break;
            }
            let edits = Edits::near(&text, &errors);
            let repaired = edits.apply(&text);
            if repaired == text {
                break;
            }
            let better = worker.parse_ranges(&repaired, ranges)?;
            let remaining = error_ranges(&better);
            if remaining.len() >= errors.len() {
                break;
            }
            (tree, errors, text) = (better, remaining, repaired);
            import_types.extend(edits.import_types);
        }
    }
    import_types.sort_by_key(|import| import.before);
    Some(Parsed { tree, import_types })
}

/// The places of ERROR nodes and of tokens the parser made up; one more than [`MAX_ERRORS`] at most.
fn error_ranges(tree: &Tree) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node: Node<'_> = cursor.node();
        if node.is_error() || node.is_missing() {
            found.push(node.byte_range());
            if found.len() > MAX_ERRORS {
                return found;
            }
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

/// Replacements of single bytes, all of them ASCII, so that the text stays UTF-8 and of the same length.
#[derive(Default)]
struct Edits {
    bytes: Vec<(usize, u8)>,
    import_types: Vec<ImportType>,
}

impl Edits {
    /// What to change around these errors.
    fn near(text: &str, errors: &[std::ops::Range<usize>]) -> Self {
        let mut edits = Self::default();
        let mut done = 0;
        for error in errors {
            edits.ampersands(text, error.clone());
            edits.commas(text, error.clone());
            // An error is often found one token late or early, or covers only the end of what was misread.
            let lines = lines_around(text, error.clone());
            let window = lines.start.max(done)..lines.end;
            done = done.max(lines.end);
            edits.import_types(text, window.clone());
            edits.mocked_modules(text, window.clone());
            edits.tags(text, window.clone());
            edits.keywords(text, window);
        }
        edits
    }

    fn apply(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte) in &self.bytes {
            if let Some(slot) = bytes.get_mut(*at).filter(|slot| slot.is_ascii()) {
                *slot = *byte;
            }
        }
        String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
    }

    fn blank(&mut self, range: std::ops::Range<usize>) {
        self.bytes.extend(range.map(|at| (at, b' ')));
    }

    /// A single `&` in JSX text. It is an error only there: between operands it would have been read.
    fn ampersands(&mut self, text: &str, range: std::ops::Range<usize>) {
        let bytes = text.as_bytes();
        let is = |at: usize| bytes.get(at) == Some(&b'&');
        for at in range {
            if is(at) && !is(at + 1) && (at == 0 || !is(at - 1)) {
                self.bytes.push((at, b'_'));
            }
        }
    }

    /// The comma after the last argument of `f<typeof import("m")>(a,)`, which the grammar does not take for a call.
    fn commas(&mut self, text: &str, range: std::ops::Range<usize>) {
        let after = text.get(range.end..).unwrap_or_default();
        if text.get(range.clone()) == Some(",") && after.trim_start().starts_with(')') {
            self.blank(range);
        }
    }

    /// `import("m").T` before `[`, `<` or inside a cast.
    fn import_types(&mut self, text: &str, window: std::ops::Range<usize>) {
        let part = text.get(window.clone()).unwrap_or_default();
        for (at, _) in part.match_indices("import") {
            let start = window.start + at;
            if let Some(import) = ImportCall::at(text, start) {
                self.blank(start..import.name);
                self.import_types.push(ImportType { before: import.name, module: import.module.into() });
            }
        }
    }

    /// `f<typeof import("m")>()`, which is no call to the grammar: an identifier of the same length, for what it says is a module as a
    /// whole.
    fn mocked_modules(&mut self, text: &str, window: std::ops::Range<usize>) {
        let part = text.get(window.clone()).unwrap_or_default();
        for (at, _) in part.match_indices("import") {
            let is_type = ends_with_word(part[..at].trim_end(), "typeof");
            let Some(open) = part[at..].find('(').filter(|_| is_type).map(|open| at + open) else { continue };
            let Some(close) = part[open..].find(')').map(|close| open + close) else { continue };
            let after: String = part[close + 1..].chars().filter(|c| !c.is_whitespace()).take(3).collect();
            if after == ">()" && part[at + "import".len()..open].trim().is_empty() {
                self.bytes.push((window.start + at, b'I'));
                self.blank(window.start + open..window.start + close + 1);
            }
        }
    }

    /// The type arguments of a tag, which the grammar takes for comparisons: ``styled.div<{ wide: boolean }>`...` ``. They say nothing of
    /// a contract.
    fn tags(&mut self, text: &str, window: std::ops::Range<usize>) {
        let part = text.get(window.clone()).unwrap_or_default();
        for (at, _) in part.match_indices(">`") {
            if let Some(start) = opening(text, window.start + at) {
                self.blank(start..window.start + at + 1);
            }
        }
    }

    /// Keywords that the grammar does not know in their place, a member called `in`, and NUL bytes in templates.
    fn keywords(&mut self, text: &str, window: std::ops::Range<usize>) {
        let part = text.get(window.clone()).unwrap_or_default();
        for (at, word) in words(part) {
            let (before, after) = (part[..at].trim_end(), part[at + word.len()..].trim_start());
            let range = window.start + at..window.start + at + word.len();
            let misread = match word {
                "accessor" => ends_with_word(before, "static"),
                "type" => ends_with_word(before, "export") && after.starts_with('*'),
                "defer" => ends_with_word(before, "import") && after.starts_with('*'),
                "in" | "out" => is_variance(before, after),
                _ => false,
            };
            if misread {
                self.blank(range);
            } else if is_taken_for_operator(word, before, after) {
                let newline = part[..at].rfind('\n').filter(|newline| part[*newline..at].trim().is_empty());
                // At the end of the line before there may be a comment.
                let indent = newline.map(|newline| if newline + 1 < at { at - 1 } else { newline });
                self.bytes.extend(indent.map(|indent| (window.start + indent, b';')));
            }
        }
        let nul = part.bytes().enumerate().filter(|(_, byte)| *byte == 0);
        self.bytes.extend(nul.map(|(at, _)| (window.start + at, b' ')));
    }
}

/// Where the type arguments begin that end with the `>` at this place, if something is called by them.
fn opening(text: &str, end: usize) -> Option<usize> {
    const LONGEST: usize = 4_000;
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for at in (end.saturating_sub(LONGEST)..=end).rev() {
        match bytes.get(at)? {
            // `=>`
            b'>' if at > 0 && bytes.get(at - 1) == Some(&b'=') => {}
            b'>' => depth += 1,
            b'<' if depth > 1 => depth -= 1,
            b'<' => {
                let is_callee =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b')' | b']');
                return bytes.get(at.checked_sub(1)?).is_some_and(is_callee).then_some(at);
            }
            b'`' => return None,
            _ => {}
        }
    }
    None
}

/// A name at the start of a line that the scanner takes for the operator `in` or `instanceof`, which goes on with the line before: it
/// looks at letters alone, so that `in_use` and `instanceof_` are those operators too.
fn is_taken_for_operator(word: &str, before: &str, after: &str) -> bool {
    let rest = word.strip_prefix("in").map(|rest| rest.strip_prefix("stanceof").unwrap_or(rest));
    match rest {
        Some("") => after.starts_with(':') || after.starts_with("?:"),
        Some(rest) => {
            !rest.starts_with(char::is_alphabetic)
                && before.ends_with(|end| {
                    is_word(end) || matches!(end, ']' | ')' | '}' | '>' | '"' | '\'' | '`' | '/')
                })
        }
        None => false,
    }
}

/// `<in T>`, `<T, out U>`, `<in out T>`: a modifier of a type parameter, not the name of one.
fn is_variance(before: &str, after: &str) -> bool {
    let opens = before.ends_with(['<', ',']) || (ends_with_word(before, "in") && after.starts_with(is_word));
    opens && after.starts_with(is_word) && !after.starts_with("extends ")
}

/// `import("m").Name` in a text, unless the name is called (`import("m").then(...)`).
struct ImportCall<'a> {
    module: &'a str,
    /// Where the name starts.
    name: usize,
}

impl<'a> ImportCall<'a> {
    fn at(text: &'a str, start: usize) -> Option<Self> {
        let skip = |at: usize| at + text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        let expect = |at: usize, token: char| {
            let at = skip(at);
            text.get(at..)?.starts_with(token).then_some(at + 1)
        };
        let quote_at = skip(expect(start + "import".len(), '(')?);
        let quote = text.get(quote_at..)?.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let module_end = quote_at + 1 + text.get(quote_at + 1..)?.find(quote)?;
        let module = text.get(quote_at + 1..module_end).filter(|module| !module.contains('\n'))?;
        let after = expect(module_end + 1, ')')?;
        let name = expect(after, '.').map(skip).filter(|name| !is_called(text, *name))?;
        Some(Self { module, name })
    }
}

/// Whether the dotted name at this place is called: then it is no type.
fn is_called(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let rest = rest.trim_start_matches(|c: char| is_word(c) || c == '.');
    rest.trim_start().starts_with('(')
}

/// The identifiers and keywords of a text with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split(|c: char| !is_word(c))
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - base, word))
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|before| !before.ends_with(is_word))
}

/// The lines of a range, the one before it and the one behind it.
fn lines_around(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let bytes = text.as_bytes();
    let line_start = |at: usize| memchr::memrchr(b'\n', bytes.get(..at).unwrap_or_default());
    let this_line = line_start(range.start).unwrap_or(0);
    let start = line_start(this_line).map_or(0, |newline| newline + 1);
    let rest = bytes.get(range.end..).unwrap_or_default();
    let mut newlines = memchr::memchr_iter(b'\n', rest);
    let end = newlines.nth(1).map_or(text.len(), |at| range.end + at);
    start..end
}
