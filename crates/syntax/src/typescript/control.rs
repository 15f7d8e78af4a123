//! Branches, loops, `try` and `return`. Chains of `else if` and of `case` may have any length, so they are read in a loop and
//! nest only as deep as there is room; the arms beyond stand side by side.

use alignment_model::TextRange;
use alignment_model::code::{Block, Expr, ExprKind, For, If, Operator, Statement, Try};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::lowering::Lowering;
use super::statements::Scope;
use crate::tree::range;

/// Arms of one chain that nest in each other.
const MAX_ARMS: usize = 32;

/// One `if` of a chain.
struct Arm {
    test: Expr,
    then: Vec<Statement>,
    range: TextRange,
}

impl<'t> Lowering<'_, 't> {
    /// `if` and `switch`.
    pub(super) fn branch(&mut self, node: Node<'t>, out: &mut Vec<Statement>) {
        let levels = MAX_ARMS.min(self.room() / 2);
        if !self.deepen(node, levels) {
            return;
        }
        let (arms, otherwise) =
            if self.kind(node) == Kind::SwitchStatement { self.cases(node) } else { self.if_arms(node) };
        self.leave(levels);
        out.extend(chain(arms, otherwise, levels));
    }

    fn if_arms(&mut self, first: Node<'t>) -> (Vec<Arm>, Vec<Statement>) {
        let mut arms = Vec::new();
        let mut next = Some(first);
        while let Some(node) = next.take() {
            self.check(node);
            let test = self.head(node, Field::Condition);
            let mut then = Vec::new();
            if let Some(body) = self.field(node, Field::Consequence) {
                self.body_of(node, body, &mut then);
            }
            arms.push(Arm { test, then, range: range(node) });
            let Some(alternative) = self.field(node, Field::Alternative) else { break };
            match self.first(alternative) {
                Some(inner) if self.kind(inner) == Kind::IfStatement => next = Some(inner),
                _ => return (arms, self.block(alternative)),
            }
        }
        (arms, Vec::new())
    }

    /// The statements of one body of a statement: of a block those inside it, else the one statement.
    fn body_of(&mut self, parent: Node<'t>, body: Node<'t>, out: &mut Vec<Statement>) {
        if self.kind(body) == Kind::StatementBlock {
            self.statements(body, Scope::default(), out);
            return;
        }
        for (role, node) in self.found(parent) {
            if node.id() == body.id() {
                self.guarded(node, out, |this, out| {
                    this.statement(role, node, Scope::default(), out);
                });
            }
        }
    }

    /// `switch (x) { case a: case b: ... default: ... }` as `if (x === a || x === b) ... else ...`. A case that falls through
    /// into the next keeps only its own statements.
    fn cases(&mut self, node: Node<'t>) -> (Vec<Arm>, Vec<Statement>) {
        let subject = self.head(node, Field::Value);
        let (mut arms, mut otherwise) = (Vec::new(), Vec::new());
        let mut pending: Option<Expr> = None;
        let body = self.field(node, Field::Body);
        for case in body.map(|body| self.named(body)).unwrap_or_default() {
            match self.kind(case) {
                Kind::SwitchDefault => otherwise = self.block(case),
                Kind::SwitchCase => {
                    let test = self.case_test(&subject, case);
                    let test = match pending.take() {
                        Some(before) => either(before, test),
                        None => test,
                    };
                    let then = self.block(case);
                    if then.is_empty() && !self.leaves(case) {
                        pending = Some(test);
                    } else {
                        arms.push(Arm { test, then, range: range(case) });
                    }
                }
                _ => {}
            }
        }
        (arms, otherwise)
    }

    /// Whether a case without statements of interest has any at all (`case "a": break;`).
    fn leaves(&mut self, case: Node<'t>) -> bool {
        self.named(case).len() > 1
    }

    /// `subject === value`; a subject that is more than a name or member is not repeated in every case.
    fn case_test(&mut self, subject: &Expr, case: Node<'t>) -> Expr {
        let Some(value) = self.field(case, Field::Value) else { return self.unknown(case) };
        let value = self.expression(value);
        let place = value.range;
        let plain = match &subject.kind {
            ExprKind::Name(_) => true,
            ExprKind::Member(object, _) => object.as_name().is_some(),
            _ => false,
        };
        let kind = if plain {
            ExprKind::Binary(Operator::Equal, Box::new(subject.clone()), Box::new(value))
        } else {
            ExprKind::Unknown
        };
        Expr::new(kind, place)
    }

    /// The expression in the parentheses after `if`, `while`, `switch`.
    fn head(&mut self, node: Node<'t>, field: Field) -> Expr {
        match self.field(node, field) {
            Some(head) => self.expression(head),
            None => self.unknown(node),
        }
    }

    /// Loops. `for (a in b)` and `for (;;)` are [`Statement::While`]: what they bind is no element of a list.
    pub(super) fn repetition(&mut self, node: Node<'t>, out: &mut Vec<Statement>) {
        self.check(node);
        let iterates = self.kind(node) == Kind::ForInStatement;
        if iterates && self.field_text(node, Field::Operator) == "of" {
            let target = self.field(node, Field::Left).map(|left| self.pattern(left));
            let target = target.unwrap_or_else(|| self.unknown(node));
            let iterable = self.head(node, Field::Right);
            let body = self.block(node);
            out.push(Statement::For(Box::new(For { target, iterable, body, range: range(node) })));
            return;
        }
        let head = if iterates { Field::Right } else { Field::Condition };
        let head = self.field(node, head).filter(|head| head.is_named()).map(|head| self.expression(head));
        let body = self.block(node);
        out.push(Statement::While(Box::new(Block { head, body, range: range(node) })));
    }

    pub(super) fn try_statement(&mut self, node: Node<'t>, out: &mut Vec<Statement>) {
        self.check(node);
        let part = |this: &mut Self, parent: Option<Node<'t>>| {
            let body = parent.and_then(|parent| this.field(parent, Field::Body));
            body.map(|body| this.block(body)).unwrap_or_default()
        };
        let body = part(self, Some(node));
        let handler = self.field(node, Field::Handler);
        let handlers = handler.map(|handler| (None, part(self, Some(handler)))).into_iter().collect();
        let finally = part(self, self.field(node, Field::Finalizer));
        let range = range(node);
        out.push(Statement::Try(Box::new(Try { body, handlers, otherwise: Vec::new(), finally, range })));
    }

    /// `return` and `throw`.
    pub(super) fn departure(&mut self, node: Node<'t>, out: &mut Vec<Statement>) {
        let value = self.first(node).map(|value| self.expression(value));
        out.push(match self.kind(node) {
            Kind::ReturnStatement => Statement::Return(value, range(node)),
            _ => Statement::Raise(value, range(node)),
        });
    }
}

/// Nests the first `levels` arms as `else if`; the others follow side by side, which reads the same as long as their tests
/// exclude each other.
fn chain(mut arms: Vec<Arm>, otherwise: Vec<Statement>, levels: usize) -> Vec<Statement> {
    let beyond = arms.split_off(arms.len().min(levels));
    let mut rest: Vec<Statement> = beyond.into_iter().map(|arm| arm.into_if(Vec::new())).collect();
    rest.extend(otherwise);
    for arm in arms.into_iter().rev() {
        rest = vec![arm.into_if(rest)];
    }
    rest
}

impl Arm {
    fn into_if(self, otherwise: Vec<Statement>) -> Statement {
        let Arm { test, then, range } = self;
        Statement::If(Box::new(If { test, then, otherwise, range }))
    }
}

/// `a || b`, unless that has become so long that it is no longer worth reading.
fn either(a: Expr, b: Expr) -> Expr {
    let range = TextRange { start: a.range.start, end: b.range.end };
    let short = range.end.saturating_sub(range.start) < 512;
    let kind = match short {
        true => ExprKind::Binary(Operator::BooleanOr, Box::new(a), Box::new(b)),
        false => ExprKind::Unknown,
    };
    Expr::new(kind, range)
}
