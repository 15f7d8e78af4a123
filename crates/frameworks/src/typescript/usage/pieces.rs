//! One client file, cut by its text into top-level declarations, with what it imports.
//!
//! A line that starts in the first column begins a declaration or a statement, unless it closes one or stands in a template literal. A
//! file that is not formatted so has fewer and larger pieces, which makes more of it used.

use crate::typescript::text::{Import, imports, is_part, is_word, words};

/// A file in pieces.
pub(super) struct Pieces<'a> {
    pub(super) list: Vec<Piece<'a>>,
    pub(super) imports: Vec<Import<'a>>,
    /// It loads modules by a pattern.
    pub(super) globs: bool,
}

/// A top-level declaration, or statements between two.
pub(super) struct Piece<'a> {
    /// The names it declares; none for statements that run when the module is loaded.
    pub(super) names: Vec<&'a str>,
    pub(super) text: &'a str,
    pub(super) runs: Runs,
    start: usize,
}

impl<'a> Piece<'a> {
    /// Whether it is a class or an object, whose members are used one by one.
    pub(super) fn has_members(&self) -> bool {
        let first = self.text.lines().next().unwrap_or_default().trim_end();
        words(first).any(|word| word == "class") || (first.ends_with("= {") && !first.contains('('))
    }

    /// The endpoint of Redux Toolkit that an expression defines: `getUser: builder.query(...)`.
    pub(super) fn endpoint(&self, offset: usize) -> Option<&'a str> {
        const KINDS: [&str; 3] = ["query", "mutation", "infiniteQuery"];
        let (before, after) = self.text.split_at_checked(offset.checked_sub(self.start)?)?;
        let key = before.trim_end().strip_suffix(':')?;
        let (_, kind) = after.split(['<', '(']).next()?.split_once('.')?;
        let name = key.rsplit(|c: char| !is_part(c)).next()?;
        (KINDS.contains(&kind.trim()) && is_word(name)).then_some(name)
    }
}

/// When a piece counts as used without being named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Runs {
    /// A statement: when the module is loaded.
    Always,
    /// When something takes all that the module exports, or its default.
    Exported,
    /// The same, for a list of exports; it is decided once the whole list is read.
    Listed,
    /// An import, or a declaration that is not exported.
    Never,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(path: &str, text: &'a str) -> Self {
        let globs = text.contains("import.meta.glob") || text.contains("require.context");
        let list = if path.ends_with(".vue") || path.ends_with(".svelte") {
            vec![Piece { names: Vec::new(), text, runs: Runs::Always, start: 0 }]
        } else {
            cut(text)
        };
        Self { list, imports: imports(text), globs }
    }

    /// The piece at an offset, with its position.
    pub(super) fn at(&self, offset: usize) -> Option<(usize, &Piece<'a>)> {
        let at = self.list.partition_point(|piece| piece.start <= offset).checked_sub(1)?;
        Some((at, self.list.get(at)?))
    }
}

fn cut(text: &str) -> Vec<Piece<'_>> {
    let mut list: Vec<Piece<'_>> = Vec::new();
    let (mut at, mut in_template, mut in_comment) = (0, false, false);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim_start();
        let is_comment = in_comment || trimmed.starts_with("//") || trimmed.starts_with("/*");
        if is_comment && !in_template {
            in_comment = (in_comment || trimmed.starts_with("/*")) && !trimmed.contains("*/");
            continue;
        }
        if !line.starts_with(|c: char| c.is_whitespace() || "})]>*".contains(c)) {
            let head = Head::of(line);
            if in_template {
                // Whether it is code is not known: its name counts for what is around it.
                list.last_mut().into_iter().for_each(|piece| piece.names.extend(head.name));
            } else {
                let text = text.get(start..start).unwrap_or_default();
                list.push(Piece { names: head.name.into_iter().collect(), text, runs: head.runs, start });
            }
        }
        in_template ^= line.bytes().filter(|byte| *byte == b'`').count() % 2 == 1;
        if let Some(piece) = list.last_mut() {
            piece.text = text.get(piece.start..at).unwrap_or_default();
        }
    }
    for piece in &mut list {
        piece.names.extend(taken_apart(piece.text));
    }
    for piece in list.iter_mut().filter(|piece| piece.runs == Runs::Listed) {
        // What is only handed on is not used by that; under another name it may be.
        if words(piece.text).any(|word| word == "as") {
            piece.runs = Runs::Always;
        } else if words(piece.text).any(|word| word == "from") {
            piece.runs = Runs::Never;
        }
    }
    list
}

/// The names of `const { a, b } = ...`.
fn taken_apart(text: &str) -> impl Iterator<Item = &str> {
    let rest =
        text.strip_prefix("export").unwrap_or(text).trim_start().strip_prefix("const").map(str::trim_start);
    let names = rest.and_then(|rest| rest.strip_prefix('{')?.split_once('}')).map(|(names, _)| names);
    names.into_iter().flat_map(words)
}

/// What the first line of a piece says.
struct Head<'a> {
    name: Option<&'a str>,
    runs: Runs,
}

impl<'a> Head<'a> {
    fn of(line: &'a str) -> Self {
        const MODIFIERS: [&str; 5] = ["default", "declare", "async", "abstract", "const"];
        const KINDS: [&str; 8] =
            ["function", "function*", "class", "interface", "type", "enum", "let", "var"];
        let exported = line.strip_prefix("export").filter(|rest| rest.starts_with(|c: char| !is_part(c)));
        let rest = exported.unwrap_or(line).trim_start();
        let listed = rest.strip_prefix("type ").map_or(rest, str::trim_start).starts_with(['{', '*']);
        if rest.starts_with("import ") || (exported.is_some() && listed) {
            let runs = if exported.is_some() { Runs::Listed } else { Runs::Never };
            return Self { name: None, runs };
        }
        let mut parts = rest.split_whitespace().peekable();
        let (mut is_constant, mut is_default) = (false, false);
        while let Some(word) = parts.next_if(|word| MODIFIERS.contains(word)) {
            is_constant |= word == "const";
            is_default |= word == "default";
        }
        let is_declared = parts.next_if(|word| KINDS.contains(word)).is_some() || is_constant;
        let name = parts.next().filter(|_| is_declared).and_then(|word| words(word).next());
        let is_taken_apart = is_constant && rest.trim_start_matches("const ").starts_with('{');
        let runs = match (name, exported) {
            (None, None) if is_taken_apart => Runs::Never,
            (None, Some(_)) if is_taken_apart => Runs::Exported,
            (Some(_), None) => Runs::Never,
            (Some(_), Some(_)) => Runs::Exported,
            (None, _) if is_default => Runs::Exported,
            (None, _) => Runs::Always,
        };
        Self { name, runs }
    }
}
