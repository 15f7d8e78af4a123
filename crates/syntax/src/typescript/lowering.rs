//! The state of lowering one file, and the ways it reads a node.
//!
//! Two rules hold everywhere. Depth: each level of the produced tree goes through [`Lowering::enter`], so that neither this
//! code nor whoever reads or drops its result can overflow a stack. Damage: whoever reads the children of a node notices what
//! the parser could not read among them, and the statement around it is dropped ([`Lowering::guarded`]).

use alignment_model::code::{Bodies, Expr, ExprKind, Statement};
use alignment_model::{Problem, ProblemKind, TextRange};
use tree_sitter::{Node, TreeCursor};

use super::grammar::{Field, Grammar, Kind};
use super::repair::ImportType;
use crate::Source;
use crate::query::Role;
use crate::tree::{self, Worker};

/// Levels of statements, expressions and types that are followed. Hand-written code stays below 100; a chain of calls spends
/// two levels per call.
pub(super) const MAX_DEPTH: usize = 256;

/// Problems reported for one file.
const MAX_PROBLEMS: usize = 50;

/// One file on its way from tree to facts.
pub(super) struct Lowering<'w, 't> {
    pub(super) source: Source<'t>,
    grammar: &'static Grammar,
    worker: &'w mut Worker,
    cursor: TreeCursor<'t>,
    /// The modules of `import("m").T` types that had to be blanked out before parsing.
    pub(super) import_types: &'t [ImportType],
    depth: usize,
    /// The first thing the parser could not read in the statement at hand.
    broken: Option<TextRange>,
    problems: Vec<Problem>,
    limit_reported: bool,
}

impl<'w, 't> Lowering<'w, 't> {
    pub(super) fn new(
        source: Source<'t>,
        worker: &'w mut Worker,
        root: Node<'t>,
        import_types: &'t [ImportType],
    ) -> Self {
        Self {
            source,
            grammar: Grammar::of(source.language),
            worker,
            cursor: root.walk(),
            import_types,
            depth: 0,
            broken: None,
            problems: Vec::new(),
            limit_reported: false,
        }
    }

    /// What could not be read.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn kind(&self, node: Node<'t>) -> Kind {
        self.grammar.kind(node)
    }

    pub(super) fn field(&self, node: Node<'t>, field: Field) -> Option<Node<'t>> {
        self.grammar.field(node, field)
    }

    pub(super) fn text(&self, node: Node<'t>) -> &'t str {
        tree::text_of(node, self.source.text)
    }

    /// The text of a node in a field; empty if there is none.
    pub(super) fn field_text(&self, node: Node<'t>, field: Field) -> &'t str {
        self.field(node, field).map_or("", |child| self.text(child))
    }

    /// All children, tokens included and comments not.
    pub(super) fn children(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut children = tree::children(&mut self.cursor, node);
        if node.has_error() {
            self.note_damage(&children);
            children.retain(|child| !child.is_error());
        }
        children
    }

    /// The children that are no tokens.
    pub(super) fn named(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut children = self.children(node);
        children.retain(|child| child.is_named());
        children
    }

    /// The first child that is no token.
    pub(super) fn first(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        if node.has_error() {
            return self.named(node).first().copied();
        }
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if child.is_named() && !child.is_extra() {
                return Some(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        None
    }

    /// Goes one level deeper. False, and reported, where the limit is reached; then there is nothing to leave.
    pub(super) fn enter(&mut self, node: Node<'t>) -> bool {
        self.check(node);
        self.deepen(node, 1)
    }

    /// Notices damage among the children of a node whose fields are about to be read one by one.
    pub(super) fn check(&mut self, node: Node<'t>) {
        if node.has_error() {
            let children = tree::children(&mut self.cursor, node);
            self.note_damage(&children);
        }
    }

    /// Goes several levels deeper at once.
    pub(super) fn deepen(&mut self, node: Node<'t>, levels: usize) -> bool {
        let room = self.room() >= levels;
        if room {
            self.depth += levels;
        } else if !self.limit_reported {
            self.limit_reported = true;
            let message = format!("nested more than {MAX_DEPTH} deep; what is further in is not read");
            self.problem(tree::range(node), ProblemKind::Limit, message);
        }
        room
    }

    /// Comes back from [`Self::enter`] or [`Self::deepen`].
    pub(super) fn leave(&mut self, levels: usize) {
        self.depth -= levels;
    }

    /// How many levels are left.
    pub(super) fn room(&self) -> usize {
        MAX_DEPTH.saturating_sub(self.depth)
    }

    /// Remembers the first damage among some children.
    fn note_damage(&mut self, children: &[Node<'t>]) {
        if self.broken.is_none() {
            let damaged = children.iter().find(|child| child.is_error() || child.is_missing());
            self.broken = damaged.map(|child| tree::range(*child));
        }
    }

    /// Remembers a token that the parser had to make up, such as the brace at the end of a file that was cut.
    pub(super) fn note_missing(&mut self, node: Node<'t>) {
        if node.has_error() && self.broken.is_none() {
            let children = tree::children(&mut self.cursor, node);
            self.broken = children.iter().find(|child| child.is_missing()).map(|child| tree::range(*child));
        }
    }

    /// Lowers one statement or member with `lower`. If anything in it could not be read, what it gave is replaced by an
    /// unknown statement; damage inside nested statements is theirs alone.
    pub(super) fn guarded(
        &mut self,
        node: Node<'t>,
        out: &mut Vec<Statement>,
        lower: impl FnOnce(&mut Self, &mut Vec<Statement>),
    ) {
        let outer = self.broken.take();
        let before = out.len();
        lower(self, out);
        if let Some(place) = std::mem::replace(&mut self.broken, outer) {
            out.truncate(before);
            out.push(Statement::Unknown(tree::range(node)));
            self.unreadable(place);
        }
    }

    /// Reports a place that could not be parsed.
    pub(super) fn unreadable(&mut self, place: TextRange) {
        let message = "the syntax cannot be read here; the declaration or statement around it is left out";
        self.problem(place, ProblemKind::Syntax, message.to_owned());
    }

    fn problem(&mut self, place: TextRange, kind: ProblemKind, message: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::at(place.in_file(self.source.file), kind, message));
        }
    }

    /// The statements directly under a node, where the queries find them.
    pub(super) fn found(&mut self, parent: Node<'t>) -> Vec<(Role, Node<'t>)> {
        let statements = self.worker.statements(parent);
        if statements.overrun {
            let message = "too many statements at once; some are left out".to_owned();
            self.problem(tree::range(parent), ProblemKind::Limit, message);
        }
        statements.found
    }

    /// Whether the statements of functions are lowered.
    pub(super) fn wants_bodies(&self) -> bool {
        self.source.bodies == Bodies::Lowered
    }

    /// An expression that is not modelled.
    pub(super) fn unknown(&self, node: Node<'t>) -> Expr {
        Expr::new(ExprKind::Unknown, tree::range(node))
    }
}

/// Whether a keyword or sign stands directly under the node whose children these are.
pub(super) fn has_token(children: &[Node<'_>], token: &str) -> bool {
    children.iter().any(|child| !child.is_named() && child.kind() == token)
}
