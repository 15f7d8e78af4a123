//! Python: syntax tree -> facts.
//!
//! | module | lowers |
//! |---|---|
//! | `statements` | blocks, control flow, assignments |
//! | `declarations` | classes, functions, parameters, type parameters |
//! | `imports` | imports of every form |
//! | `patterns` | `match` |
//! | `expressions`, `strings` | expressions and annotations |
//! | `lines`, `recovery` | parsing: function bodies that are not read, broken syntax that is cut out |
//!
//! Deliberately absent: documentation strings inside classes and functions, `pass`, `global` and the like; type
//! comments; Python 2.

mod declarations;
mod expressions;
mod grammar;
mod imports;
mod lines;
mod patterns;
mod recovery;
mod statements;
mod strings;
#[cfg(test)]
mod tests;

use alignment_model::code::{Comment, Expr, ExprKind, FileFacts};
use alignment_model::{Problem, ProblemKind, TextRange};
use tree_sitter::{Node, Tree, TreeCursor};

use crate::tree::{self, Worker};
use crate::{Source, empty};
use grammar::{Kind, kind};

/// How deep the lowered tree may get. Python itself refuses more than 200 nested brackets and 100 nested blocks, so real
/// code never reaches this; dropping or walking the lowered tree recurses, so nothing deeper may exist.
const MAX_DEPTH: u32 = 256;

/// Longest header that is kept: enough for a notice that a file is generated.
const MAX_HEADER: usize = 4096;

/// Lowers one Python file.
pub(crate) fn lower(source: Source<'_>, worker: &mut Worker) -> FileFacts {
    let mut facts = empty(source.file, source.language, source.bodies);
    let Some(parsed) = recovery::parse(source, worker) else {
        facts.problems.push(Problem::at(
            TextRange::default().in_file(source.file),
            ProblemKind::Limit,
            "the file could not be parsed",
        ));
        return facts;
    };
    let root = parsed.tree.root_node();
    let mut lowering = Lowering {
        source: Source { text: &parsed.text, ..source },
        worker,
        cursor: root.walk(),
        depth: 0,
        type_checking: false,
        lost: &parsed.lost,
        limit: None,
    };
    facts.body = lowering.block(root);
    facts.problems = parsed.problems;
    facts.problems.extend(lowering.limit.take());
    facts.header = header(source.text);
    facts.directives = directives(&parsed.tree, source.text);
    facts
}

/// The state of lowering one file.
struct Lowering<'a, 't> {
    source: Source<'a>,
    worker: &'a mut Worker,
    /// Reads children; reset for each node.
    cursor: TreeCursor<'t>,
    /// Depth of the lowered tree at this point.
    depth: u32,
    /// Whether this is inside `if TYPE_CHECKING:`.
    type_checking: bool,
    /// Statements that were cut out because they are broken; `_` stands at the start of each.
    lost: &'a [TextRange],
    /// The first place where a limit was reached.
    limit: Option<Problem>,
}

impl<'a, 't> Lowering<'a, 't> {
    fn text(&self, node: Node<'_>) -> &'a str {
        tree::text_of(node, self.source.text)
    }

    /// Text of an identifier-like node, owned.
    fn name(&self, node: Node<'_>) -> Box<str> {
        self.text(node).into()
    }

    fn named(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        tree::named_children(&mut self.cursor, node)
    }

    fn first_named(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        tree::first_named_child(&mut self.cursor, node)
    }

    /// Runs `inner` `levels` deeper in the lowered tree, or reports that the limit is reached.
    fn deeper<T>(&mut self, levels: u32, at: Node<'_>, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth.saturating_add(levels) > MAX_DEPTH {
            self.reach_limit(at);
            return None;
        }
        self.depth += levels;
        let out = inner(self);
        self.depth -= levels;
        Some(out)
    }

    /// Notes once per file that something was too deep or too long.
    fn reach_limit(&mut self, at: Node<'_>) {
        if self.limit.is_none() {
            self.limit = Some(Problem::at(
                tree::range(at).in_file(self.source.file),
                ProblemKind::Limit,
                format!("nested deeper than {MAX_DEPTH} levels; what is inside is not read"),
            ));
        }
    }
}

/// An expression of which only the place is known.
fn unknown(node: Node<'_>) -> Expr {
    Expr::new(ExprKind::Unknown, tree::range(node))
}

/// The comments before the first statement, without `#`, and the documentation string of the module if it comes first:
/// where generated files say so.
fn header(text: &str) -> Box<str> {
    let mut lines = Vec::new();
    let mut size = 0;
    let mut rest = text.trim_start_matches('\u{feff}');
    while size < MAX_HEADER
        && let Some(line) = rest.split_inclusive('\n').next()
    {
        let trimmed = line.trim();
        match trimmed.strip_prefix('#') {
            Some(comment) => lines.push(comment.trim()),
            None if trimmed.is_empty() => {}
            None => break,
        }
        size += line.len();
        rest = &rest[line.len()..];
    }
    for quotes in ["\"\"\"", "'''"] {
        if let Some(inside) = rest.strip_prefix(quotes) {
            let end = inside.find(quotes).unwrap_or(inside.len());
            lines.extend(inside[..end].lines().take(40).map(str::trim));
        }
    }
    let mut joined = lines.join("\n");
    let mut end = joined.len().min(MAX_HEADER);
    while !joined.is_char_boundary(end) {
        end -= 1;
    }
    joined.truncate(end);
    joined.into()
}

/// The comments that speak to this tool.
fn directives(tree: &Tree, text: &str) -> Vec<Comment> {
    let mut found: Vec<Comment> = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), "alignment:") {
        let Some(node) = tree.root_node().descendant_for_byte_range(at, at) else { continue };
        let range = tree::range(node);
        if kind(node) != Kind::Comment || found.last().is_some_and(|last| last.range == range) {
            continue;
        }
        let comment = tree::text_of(node, text).trim_start_matches('#').trim();
        found.push(Comment { range, text: comment.into() });
    }
    found
}
