//! Thin helpers over tree-sitter: the worker that parses, and nodes by text, place, field and children.
//!
//! Deliberately absent: anything that walks upwards or by index. Both cost time linear in the siblings; a cursor does not.

use alignment_model::TextRange;
use alignment_model::code::Language;
use tree_sitter::{Node, Parser, QueryCursor, Tree, TreeCursor};

use crate::query::{Queries, Statements};

/// Parser and cursor of one language on one thread.
pub(crate) struct Worker {
    parser: Parser,
    cursor: QueryCursor,
    queries: &'static Queries,
}

impl Worker {
    /// A worker for `language`.
    pub(crate) fn new(language: Language) -> Self {
        let mut parser = Parser::new();
        parser.set_language(&grammar(language)).expect("the grammars are built for this tree-sitter");
        Self { parser, cursor: QueryCursor::new(), queries: Queries::of(language) }
    }

    /// Parses a text. Never `None` as long as no time-out is set, but the caller need not trust that.
    pub(crate) fn parse(&mut self, text: &str) -> Option<Tree> {
        self.parser.parse(text, None)
    }

    /// Parses only some ranges of a text; places stay those of the whole text. Ranges are in order and do not overlap.
    pub(crate) fn parse_ranges(&mut self, text: &str, ranges: &[tree_sitter::Range]) -> Option<Tree> {
        self.parser.set_included_ranges(ranges).ok()?;
        let tree = self.parser.parse(text, None);
        self.parser.set_included_ranges(&[]).ok()?;
        tree
    }

    /// The statements directly under a node, as the queries of the language find them.
    pub(crate) fn statements<'t>(&mut self, parent: Node<'t>) -> Statements<'t> {
        self.queries.statements(&mut self.cursor, parent)
    }
}

/// The grammar of a language.
pub(crate) fn grammar(language: Language) -> tree_sitter::Language {
    match language {
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
    }
}

/// The place of a node.
pub(crate) fn range(node: Node<'_>) -> TextRange {
    TextRange::new(node.start_byte(), node.end_byte())
}

/// The text of a node; empty if the tree is not of this text.
pub(crate) fn text_of<'a>(node: Node<'_>, text: &'a str) -> &'a str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The named children of a node without comments, read with `cursor` in time linear in their number.
pub(crate) fn named_children<'t>(cursor: &mut TreeCursor<'t>, node: Node<'t>) -> Vec<Node<'t>> {
    children(cursor, node).into_iter().filter(|child| child.is_named()).collect()
}

/// The first named child that is no comment.
pub(crate) fn first_named_child<'t>(cursor: &mut TreeCursor<'t>, node: Node<'t>) -> Option<Node<'t>> {
    cursor.reset(node);
    let mut found = cursor.goto_first_child();
    while found {
        let child = cursor.node();
        if child.is_named() && (!child.is_extra() || child.is_error()) {
            return Some(child);
        }
        found = cursor.goto_next_sibling();
    }
    None
}

/// All children of a node, tokens included, without comments and other extras.
pub(crate) fn children<'t>(cursor: &mut TreeCursor<'t>, node: Node<'t>) -> Vec<Node<'t>> {
    cursor.reset(node);
    let mut found = Vec::new();
    if cursor.goto_first_child() {
        loop {
            let child = cursor.node();
            if !child.is_extra() || child.is_error() {
                found.push(child);
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
    found
}

/// Declares an enum of node kinds and the table that finds them, so that lowering compares numbers and not strings:
/// `kinds!(Kind, table, { Call = "call" })` gives `Kind::{Call, Other}` and `fn table(Language) -> Box<[Kind]>` by kind number.
/// Tokens, and nodes of any other kind, are `Other`.
macro_rules! kinds {
    ($name:ident, $table:ident, { $($kind:ident = $text:literal),* $(,)? }) => {
        /// Node kinds the lowering tells apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($kind,)* Other }

        /// Each kind by its name in the grammar.
        const KIND_NAMES: &[(&str, $name)] = &[$(($text, $name::$kind)),*];

        /// The kind of each kind number of the grammar.
        fn $table(language: alignment_model::code::Language) -> Box<[$name]> {
            $crate::tree::by_number(language, KIND_NAMES, $name::Other)
        }
    };
}
pub(crate) use kinds;

/// A value for each kind number of a grammar: that of the named kind in the table, else `other`.
pub(crate) fn by_number<K: Copy>(language: Language, named: &[(&str, K)], other: K) -> Box<[K]> {
    let grammar = grammar(language);
    let of = |id: u16| {
        let name = grammar.node_kind_for_id(id)?;
        let known = named.iter().find(|(known, _)| *known == name)?;
        grammar.node_kind_is_named(id).then_some(known.1)
    };
    let count = u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
    (0..count).map(|id| of(id).unwrap_or(other)).collect()
}

/// The number of a field of a grammar; 0, which no child has, if there is none.
pub(crate) fn field_number(language: Language, name: &str) -> u16 {
    grammar(language).field_id_for_name(name).map_or(0, u16::from)
}

/// The first child in the field with this number.
pub(crate) fn field(node: Node<'_>, number: u16) -> Option<Node<'_>> {
    node.child_by_field_id(number)
}
