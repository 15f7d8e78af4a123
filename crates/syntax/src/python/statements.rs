//! Statements: blocks, control flow and assignments.

use alignment_model::TextRange;
use alignment_model::code::{
    Assign, Block, Expr, ExprKind, For, If, Jump, Modifiers, Operator, Statement, Try, With,
};
use tree_sitter::Node;

use super::grammar::{Kind, fields, kind};
use super::{Lowering, unknown};
use crate::query::Role;
use crate::tree::{self, field};

/// Targets of one chained assignment that get the value; further ones get an unknown value.
const MAX_CHAINED: usize = 16;

impl<'t> Lowering<'_, 't> {
    /// The statements of a module, class, suite or broken region.
    pub(super) fn block(&mut self, node: Node<'t>) -> Vec<Statement> {
        let statements = self.worker.statements(node);
        if statements.overrun {
            self.reach_limit(node);
        }
        let mut out = Vec::with_capacity(statements.found.len());
        for (role, statement) in statements.found {
            self.statement(role, statement, &mut out);
        }
        out
    }

    /// The block in a field one level deeper; empty if there is none.
    pub(super) fn block_in(&mut self, node: Node<'t>, number: u16) -> Vec<Statement> {
        let Some(block) = field(node, number) else { return Vec::new() };
        self.nested(block)
    }

    fn nested(&mut self, block: Node<'t>) -> Vec<Statement> {
        self.deeper(1, block, |this| this.block(block))
            .unwrap_or_else(|| vec![Statement::Unknown(tree::range(block))])
    }

    fn statement(&mut self, role: Role, node: Node<'t>, out: &mut Vec<Statement>) {
        let simple =
            matches!(role, Role::Import | Role::Type | Role::Expression | Role::Leave | Role::Delete);
        if simple && node.has_error() {
            out.push(Statement::Unknown(tree::range(node)));
            return;
        }
        match role {
            Role::Import => out.extend(self.import(node).map(|import| Statement::Import(Box::new(import)))),
            Role::Class => out.push(self.class(node, Vec::new(), node)),
            Role::Function => out.push(self.function(node, Vec::new(), node)),
            Role::Decorated => out.push(self.decorated(node)),
            Role::Type => out.push(self.type_alias(node)),
            Role::Expression => self.expression_statement(node, out),
            Role::Branch if kind(node) == Kind::MatchStatement => out.push(self.match_statement(node)),
            Role::Branch => out.push(self.if_statement(node)),
            Role::Loop => self.loop_statement(node, out),
            Role::With => out.push(self.with(node)),
            Role::Try => out.push(self.try_statement(node)),
            Role::Leave => out.push(self.leave(node)),
            Role::Delete => self.delete(node, out),
            Role::Error => {
                out.push(Statement::Unknown(tree::range(node)));
                out.extend(self.deeper(1, node, |this| this.block(node)).unwrap_or_default());
            }
            Role::Export | Role::Variable | Role::Field | Role::Ambient | Role::Block => {
                out.push(Statement::Unknown(tree::range(node)));
            }
        }
    }

    /// An assignment or an expression on its own. A text alone is documentation and left out.
    fn expression_statement(&mut self, node: Node<'t>, out: &mut Vec<Statement>) {
        if let Some(lost) = self.lost_at(node) {
            out.push(Statement::Unknown(lost));
            return;
        }
        let inner = self.named(node);
        match inner.as_slice() {
            [] => {}
            [only] => match kind(*only) {
                Kind::Assignment => self.assignment(*only, out),
                Kind::AugmentedAssignment => out.push(self.augmented(*only)),
                Kind::String | Kind::ConcatenatedString => {}
                _ => out.push(Statement::Expr(self.expr(*only))),
            },
            several => {
                let items = several.iter().map(|item| self.expr(*item)).collect();
                out.push(Statement::Expr(Expr::new(ExprKind::Tuple(items), tree::range(node))));
            }
        }
    }

    /// The broken statement that was cut out here, if any.
    fn lost_at(&self, node: Node<'t>) -> Option<TextRange> {
        let at = TextRange::new(node.start_byte(), node.start_byte()).start;
        let found = self.lost.binary_search_by_key(&at, |lost| lost.start).ok()?;
        self.lost.get(found).copied()
    }

    /// `a: T = v`, `a = b = v`: one statement per target.
    fn assignment(&mut self, node: Node<'t>, out: &mut Vec<Statement>) {
        let f = fields();
        let mut targets = Vec::new();
        let mut annotation = None;
        let mut link = node;
        let value = loop {
            if let Some(left) = field(link, f.left) {
                targets.push(self.expr(left));
            }
            if let Some(ty) = field(link, f.ty) {
                annotation = Some(self.annotation(ty));
            }
            match field(link, f.right) {
                Some(right) if kind(right) == Kind::Assignment => link = right,
                Some(right) => break Some(self.expr(right)),
                None => break None,
            }
        };
        let last = targets.len().saturating_sub(1);
        let mut value = value;
        for (position, target) in targets.into_iter().enumerate() {
            let value = match &value {
                _ if position == last => value.take(),
                Some(value) if position < MAX_CHAINED => Some(value.clone()),
                Some(value) => Some(Expr::new(ExprKind::Unknown, value.range)),
                None => None,
            };
            out.push(assign(target, value, None, node, annotation.take()));
        }
    }

    fn augmented(&mut self, node: Node<'t>) -> Statement {
        let f = fields();
        let (Some(left), Some(right)) = (field(node, f.left), field(node, f.right)) else {
            return Statement::Unknown(tree::range(node));
        };
        let written = field(node, f.operator).map_or("", |operator| self.text(operator));
        let operator = super::expressions::binary_operator(written.trim_end_matches('='));
        let (target, value) = (self.expr(left), self.expr(right));
        assign(target, Some(value), Some(operator), node, None)
    }

    /// `elif` clauses are siblings in the tree and nested in the form, so they count as depth.
    fn if_statement(&mut self, node: Node<'t>) -> Statement {
        let f = fields();
        let outside = self.type_checking;
        let first = self.branch(node, tree::range(node));
        let clauses: Vec<Node<'t>> = self.named(node).into_iter().filter(is_alternative).collect();
        let mut branches = vec![first];
        let mut otherwise = Vec::new();
        for clause in clauses {
            if kind(clause) == Kind::ElseClause {
                let level = branches.len() as u32;
                let body = self.deeper(level, clause, |this| this.block_in(clause, f.body));
                otherwise = body.unwrap_or_else(|| vec![Statement::Unknown(tree::range(clause))]);
                break;
            }
            let range = TextRange::new(clause.start_byte(), node.end_byte());
            let Some(branch) = self.deeper(branches.len() as u32, clause, |this| this.branch(clause, range))
            else {
                otherwise = vec![Statement::Unknown(range)];
                break;
            };
            branches.push(branch);
        }
        self.type_checking = outside;
        fold_branches(branches, otherwise, tree::range(node))
    }

    /// Test and body of `if` or `elif`. After `if not TYPE_CHECKING` the other branches are for type checkers.
    fn branch(&mut self, node: Node<'t>, range: TextRange) -> If {
        let f = fields();
        let outside = self.type_checking;
        let test = self.expr_in(node, f.condition);
        self.type_checking = outside || is_type_checking(&test);
        let then = self.block_in(node, f.consequence);
        self.type_checking =
            outside || matches!(&test.kind, ExprKind::Unary(Operator::Not, inner) if is_type_checking(inner));
        If { test, then, otherwise: Vec::new(), range }
    }

    /// `for` and `while`. What follows in `else` runs after the loop unless it was left by `break`.
    fn loop_statement(&mut self, node: Node<'t>, out: &mut Vec<Statement>) {
        let f = fields();
        let range = tree::range(node);
        if kind(node) == Kind::ForStatement {
            let (target, iterable) = (self.expr_in(node, f.left), self.expr_in(node, f.right));
            let body = self.block_in(node, f.body);
            out.push(Statement::For(Box::new(For { target, iterable, body, range })));
        } else {
            let head = Some(self.expr_in(node, f.condition));
            let body = self.block_in(node, f.body);
            out.push(Statement::While(Box::new(Block { head, body, range })));
        }
        if let Some(clause) = field(node, f.alternative) {
            out.extend(self.block_in(clause, f.body));
        }
    }

    fn with(&mut self, node: Node<'t>) -> Statement {
        let mut items = Vec::new();
        let clauses = self.named(node).into_iter().filter(|child| kind(*child) == Kind::WithClause);
        for clause in clauses.collect::<Vec<_>>() {
            for item in self.named(clause) {
                if let Some(value) = field(item, fields().value) {
                    self.with_item(value, &mut items);
                }
            }
        }
        let body = self.block_in(node, fields().body);
        Statement::With(Box::new(With { items, body, range: tree::range(node) }))
    }

    /// One item, or several in parentheses, which the grammar takes for a tuple.
    fn with_item(&mut self, value: Node<'t>, items: &mut Vec<(Expr, Option<Expr>)>) {
        let mut pending = vec![value];
        while let Some(value) = pending.pop() {
            match kind(value) {
                Kind::Tuple | Kind::ParenthesizedExpression => {
                    pending.extend(self.named(value).into_iter().rev())
                }
                Kind::AsPattern => {
                    let context =
                        self.first_named(value).map_or_else(|| unknown(value), |inner| self.expr(inner));
                    let bound = field(value, fields().alias).map(|alias| self.expr(alias));
                    items.push((context, bound));
                }
                _ => items.push((self.expr(value), None)),
            }
        }
    }

    fn try_statement(&mut self, node: Node<'t>) -> Statement {
        let body = self.block_in(node, fields().body);
        let mut out = Try {
            body,
            handlers: Vec::new(),
            otherwise: Vec::new(),
            finally: Vec::new(),
            range: tree::range(node),
        };
        for clause in self.named(node) {
            match kind(clause) {
                Kind::ExceptClause => {
                    let caught = self.caught(clause);
                    let body = self.suite_of(clause);
                    out.handlers.push((caught, body));
                }
                Kind::ElseClause => out.otherwise = self.block_in(clause, fields().body),
                Kind::FinallyClause => out.finally = self.suite_of(clause),
                _ => {}
            }
        }
        Statement::Try(Box::new(out))
    }

    /// The exceptions of a handler: `except E as e` (as `e := E`), `except (A, B)`, `except A, B`.
    fn caught(&mut self, clause: Node<'t>) -> Option<Expr> {
        let types: Vec<_> =
            self.named(clause).into_iter().filter(|child| kind(*child) != Kind::Block).collect();
        let first = *types.first()?;
        let (written, alias) = match kind(first) {
            Kind::AsPattern => (self.first_named(first)?, field(first, fields().alias)),
            _ => (first, field(clause, fields().alias)),
        };
        if let Some(alias) = alias {
            let caught = Box::new(self.expr(written));
            let kind = ExprKind::Walrus(self.text(alias).into(), caught);
            return Some(Expr::new(kind, tree::range(first)));
        }
        if types.len() == 1 {
            return Some(self.expr(written));
        }
        let items = types.iter().map(|item| self.expr(*item)).collect();
        Some(Expr::new(ExprKind::Tuple(items), tree::range(first)))
    }

    /// The block of a clause that has no field for it.
    fn suite_of(&mut self, clause: Node<'t>) -> Vec<Statement> {
        let block = self.named(clause).into_iter().find(|child| kind(*child) == Kind::Block);
        block.map(|block| self.nested(block)).unwrap_or_default()
    }

    fn leave(&mut self, node: Node<'t>) -> Statement {
        match kind(node) {
            Kind::BreakStatement => return Statement::Jump(Jump::Break, tree::range(node)),
            Kind::ContinueStatement => return Statement::Jump(Jump::Continue, tree::range(node)),
            _ => {}
        }
        let cause = field(node, fields().cause);
        let value =
            self.first_named(node).filter(|value| Some(*value) != cause).map(|value| self.expr(value));
        match kind(node) {
            Kind::RaiseStatement => Statement::Raise(value, tree::range(node)),
            Kind::AssertStatement => value.map_or(Statement::Unknown(tree::range(node)), Statement::Assert),
            _ => Statement::Return(value, tree::range(node)),
        }
    }

    fn delete(&mut self, node: Node<'t>, out: &mut Vec<Statement>) {
        let Some(inner) = self.first_named(node) else { return };
        match self.expr(inner) {
            Expr { kind: ExprKind::Tuple(items), .. } => out.extend(items.into_iter().map(Statement::Delete)),
            single => out.push(Statement::Delete(single)),
        }
    }
}

fn is_alternative(node: &Node<'_>) -> bool {
    matches!(kind(*node), Kind::ElifClause | Kind::ElseClause)
}

/// Nests the branches of an `if` chain into one another, the last first.
pub(super) fn fold_branches(branches: Vec<If>, otherwise: Vec<Statement>, range: TextRange) -> Statement {
    let mut otherwise = otherwise;
    for mut branch in branches.into_iter().rev() {
        branch.otherwise = otherwise;
        otherwise = vec![Statement::If(Box::new(branch))];
    }
    otherwise.pop().unwrap_or(Statement::Unknown(range))
}

/// `TYPE_CHECKING`, `typing.TYPE_CHECKING`.
fn is_type_checking(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Name(name) | ExprKind::Member(_, name) => &**name == "TYPE_CHECKING",
        _ => false,
    }
}

fn assign(
    target: Expr,
    value: Option<Expr>,
    operator: Option<Operator>,
    node: Node<'_>,
    annotation: Option<alignment_model::code::TypeExpr>,
) -> Statement {
    let (modifiers, decorators, range) = (Modifiers::default(), Vec::new(), tree::range(node));
    Statement::Assign(Box::new(Assign { target, annotation, value, operator, modifiers, decorators, range }))
}
