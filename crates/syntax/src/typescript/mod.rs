//! TypeScript and TSX: syntax tree -> facts.
//!
//! | module | lowers |
//! |---|---|
//! | `repair` | what the grammar misreads, before the tree is made |
//! | `statements`, `control`, `modules` | statements |
//! | `declarations`, `types` | named types and types as written |
//! | `classes`, `functions` | classes, functions, parameters |
//! | `expressions`, `objects`, `literals`, `markup` | expressions |
//!
//! Deliberately absent: JSDoc types, directives such as `"use client"` (expression statements like any other), the difference
//! between `var` and `let`.

mod classes;
mod control;
mod declarations;
mod expressions;
mod functions;
mod grammar;
mod literals;
mod lowering;
mod markup;
mod modules;
mod objects;
mod repair;
mod statements;
#[cfg(test)]
mod tests;
mod types;

use alignment_model::code::{Comment, FileFacts};
use tree_sitter::{Node, Range};

use crate::tree::{Worker, range, text_of};
use crate::{Source, empty};
use lowering::Lowering;

/// Longest header that is kept, in characters of each comment and of all before the last.
const MAX_HEADER: usize = 4096;

/// Lowers one TypeScript or TSX file, or the script blocks of a file of another kind.
pub(crate) fn lower(source: Source<'_>, worker: &mut Worker, blocks: &[Range]) -> FileFacts {
    let mut facts = empty(source.file, source.language, source.bodies);
    let Some(parsed) = repair::parse(worker, source.text, blocks) else { return facts };
    let root = parsed.tree.root_node();
    let mut lowering = Lowering::new(source, worker, root, &parsed.import_types);
    lowering.module(root, &mut facts.body);
    facts.problems = lowering.into_problems();
    facts.header = header(root, source.text);
    facts.directives = directives(root, source.text);
    facts
}

/// The comments before the first statement, as far as a notice that a file is generated can be.
fn header(root: Node<'_>, text: &str) -> Box<str> {
    let mut header = String::new();
    let mut cursor = root.walk();
    for node in root.children(&mut cursor) {
        if !matches!(node.kind(), "comment" | "hash_bang_line") || header.len() > MAX_HEADER {
            break;
        }
        let comment: String = text_of(node, text).chars().take(MAX_HEADER).collect();
        let separator = if header.is_empty() { "" } else { "\n" };
        header = header + separator + &unmarked(&comment);
    }
    header.into()
}

/// The comments that speak to this tool.
fn directives(root: Node<'_>, text: &str) -> Vec<Comment> {
    const MARK: &str = "alignment:";
    let mut found = Vec::new();
    if memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_none() {
        return found;
    }
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.kind() == "comment" && text_of(node, text).contains(MARK) {
            found.push(Comment { range: range(node), text: unmarked(text_of(node, text)).into() });
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

/// A comment without `//`, `/*`, `*/` and the stars at the start of its lines.
fn unmarked(comment: &str) -> String {
    let inner = match comment.strip_prefix("/*") {
        Some(block) => block.strip_suffix("*/").unwrap_or(block),
        None => comment.trim_start_matches("#!").trim_start_matches('/'),
    };
    let lines: Vec<&str> = inner.lines().map(|line| line.trim().trim_start_matches('*').trim()).collect();
    lines.join("\n").trim().to_owned()
}
