//! Parsing, and what is done about broken syntax: the smallest statement that cannot be read on its own is cut out, so that
//! it costs neither the class around it nor what follows.
//!
//! The grammar recovers by itself, but where a bracket or string is not closed it hands the following declarations over in
//! pieces, fields of a class as statements of the module. So a broken file is cut into statements by [`lines`](super::lines),
//! which trusts indentation more than brackets, and each is parsed alone.

use std::borrow::Cow;

use alignment_model::code::Bodies;
use alignment_model::{Problem, ProblemKind, TextRange};
use tree_sitter::{Node, Tree};

use super::lines::{Line, Reading, logical_lines, without_bodies};
use crate::Source;
use crate::tree::Worker;

/// Problems of one file; more would say nothing new.
const MAX_PROBLEMS: usize = 20;

/// How deep broken statements are cut out of the ones around them: class, method, block, statement.
const MAX_CUTS: usize = 4;

/// A parsed file.
pub(super) struct Parsed<'a> {
    pub(super) tree: Tree,
    /// The text the tree is of: as long as the file's, with what is not read blanked.
    pub(super) text: Cow<'a, str>,
    /// The statements that were cut out, in order; `_` stands at the start of each.
    pub(super) lost: Vec<TextRange>,
    pub(super) problems: Vec<Problem>,
}

/// Parses a file. `None` only if the parser gives up, which it does on no text we know.
pub(super) fn parse<'a>(source: Source<'a>, worker: &mut Worker) -> Option<Parsed<'a>> {
    let text = match source.bodies {
        Bodies::Omitted => without_bodies(source.text).map_or(Cow::Borrowed(source.text), Cow::Owned),
        Bodies::Lowered => Cow::Borrowed(source.text),
    };
    let tree = worker.parse(&text)?;
    if !tree.root_node().has_error() {
        return Some(Parsed { tree, text, lost: Vec::new(), problems: Vec::new() });
    }
    let closed = logical_lines(&text, Reading::Lenient).closed;
    let reading = if closed { Reading::Lenient } else { Reading::Mistrustful };
    let lines = logical_lines(&text, reading).lines;
    let mut repair =
        Repair { worker, text: text.into_owned().into_bytes(), lost: Vec::new(), places: Vec::new() };
    repair.cut_broken(&lines, 0);
    repair.finish(source)
}

/// A text from which broken statements are cut.
struct Repair<'w> {
    worker: &'w mut Worker,
    text: Vec<u8>,
    lost: Vec<TextRange>,
    /// Where the parser stumbled, one place for each statement cut out.
    places: Vec<TextRange>,
}

impl Repair<'_> {
    /// Cuts out every statement of these lines that cannot be read, or the statements inside it that cannot.
    fn cut_broken(&mut self, lines: &[Line], depth: usize) {
        for statement in statements(&self.text, lines) {
            let Some(place) = self.first_error(statement) else { continue };
            let (lost, places) = (self.lost.len(), self.places.len());
            if depth < MAX_CUTS {
                for body in bodies(statement) {
                    self.cut_broken(body, depth + 1);
                }
            }
            if self.lost.len() == lost || self.first_error(statement).is_some() {
                self.lost.truncate(lost);
                self.places.truncate(places);
                self.cut(statement, place);
            }
        }
    }

    /// Parses a statement alone; where the first error is, if there is one.
    fn first_error(&mut self, statement: &[Line]) -> Option<TextRange> {
        let (first, last) = (statement.first()?, statement.last()?);
        let line_start =
            self.text[..first.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let head = if first.indent == 0 { "" } else { "if _:\n" };
        let mut alone = head.as_bytes().to_vec();
        alone.extend(&self.text[line_start..last.end]);
        alone.push(b'\n');
        let tree = self.worker.parse(std::str::from_utf8(&alone).ok()?)?;
        let error = first_error(tree.root_node())?;
        let place = |at: usize| (at + line_start).saturating_sub(head.len()).clamp(first.start, last.end);
        let start = place(error.start_byte());
        Some(TextRange::new(start, place(error.end_byte()).max(start)))
    }

    /// Blanks a statement but for `_` where it starts.
    fn cut(&mut self, statement: &[Line], place: TextRange) {
        let (Some(first), Some(last)) = (statement.first(), statement.last()) else { return };
        let Some(bytes) = self.text.get_mut(first.start..last.end) else { return };
        bytes.fill(b' ');
        if let Some(start) = bytes.first_mut() {
            *start = b'_';
        }
        self.lost.push(TextRange::new(first.start, last.end));
        self.places.push(place);
    }

    /// Parses what is left. What is broken still is left to the grammar's own recovery.
    fn finish<'a>(self, source: Source<'_>) -> Option<Parsed<'a>> {
        let text = String::from_utf8(self.text).ok()?;
        let tree = self.worker.parse(&text)?;
        let mut places = self.places;
        if let Some(error) = first_error(tree.root_node()) {
            places.push(TextRange::new(error.start_byte(), error.end_byte()));
            places.sort_unstable();
        }
        let message = "the syntax is broken here; the statement is not read";
        let problem =
            |place: TextRange| Problem::at(place.in_file(source.file), ProblemKind::Syntax, message);
        let problems = places.into_iter().take(MAX_PROBLEMS).map(problem).collect();
        Some(Parsed { tree, text: Cow::Owned(text), lost: self.lost, problems })
    }
}

/// Groups lines into statements: a line that is not deeper than the first starts one, unless it continues the one before.
fn statements<'l>(text: &[u8], lines: &'l [Line]) -> Vec<&'l [Line]> {
    let Some(base) = lines.first().map(|line| line.indent) else { return Vec::new() };
    let mut starts = Vec::new();
    let mut decorated = false;
    for (at, line) in lines.iter().enumerate() {
        let code = text.get(line.start..line.code_end).unwrap_or_default();
        if line.indent <= base && (at == 0 || !(decorated || continues(code))) {
            starts.push(at);
        }
        if line.indent <= base {
            decorated = code.first() == Some(&b'@');
        }
    }
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| lines.get(*start..end)).collect()
}

/// Whether a line is a further clause of a compound statement.
fn continues(code: &[u8]) -> bool {
    let word = code.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    matches!(&code[..word], b"else" | b"elif" | b"except" | b"finally")
}

/// The runs of lines of a statement that are deeper than it.
fn bodies(statement: &[Line]) -> impl Iterator<Item = &[Line]> {
    let base = statement.first().map_or(0, |line| line.indent);
    statement.split(move |line| line.indent <= base).filter(|body| !body.is_empty())
}

/// The first error or missing node. Only subtrees with errors are walked.
fn first_error(root: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            return Some(node);
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}
