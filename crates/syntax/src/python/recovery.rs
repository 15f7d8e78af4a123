//! Broken syntax: the tree as the grammar recovered it, and a problem for each place it could not read.

use std::borrow::Cow;

use alignment_model::{Problem, ProblemKind};
use tree_sitter::{Node, Tree};

use crate::Source;
use crate::tree::{self, Worker};

/// Problems of one file; more would say nothing new.
const MAX_PROBLEMS: usize = 20;

/// A parsed file.
pub(super) struct Parsed<'a> {
    pub(super) tree: Tree,
    /// The text the tree is of: as long as the file's, with what was cut out blanked.
    pub(super) text: Cow<'a, str>,
    pub(super) problems: Vec<Problem>,
}

/// Parses a file.
pub(super) fn parse<'a>(source: Source<'a>, worker: &mut Worker) -> Option<Parsed<'a>> {
    let tree = worker.parse(source.text)?;
    let problems = problems(source, &tree);
    Some(Parsed { tree, text: Cow::Borrowed(source.text), problems })
}

/// One problem for each place that could not be read, in order.
fn problems(source: Source<'_>, tree: &Tree) -> Vec<Problem> {
    let mut found = Vec::new();
    for_each_error(tree.root_node(), |node| {
        let message = "the syntax is broken here; the declaration around it is not read";
        found.push(Problem::at(tree::range(node).in_file(source.file), ProblemKind::Syntax, message));
        found.len() < MAX_PROBLEMS
    });
    found
}

/// Visits the outermost error and missing nodes in order, until `visit` says no. Only subtrees with errors are walked.
fn for_each_error<'t>(root: Node<'t>, mut visit: impl FnMut(Node<'t>) -> bool) {
    if !root.has_error() {
        return;
    }
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        let is_error = node.is_error() || node.is_missing();
        if is_error && !visit(node) {
            return;
        }
        if !is_error && node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
