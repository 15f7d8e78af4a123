//! What a condition asks about.

use alignment_model::code::{Expr, ExprKind, ExprPart, Function, Statement};

use super::Key;
use super::walk::Walk;

/// Parts of one condition that are looked at.
const MAX_PARTS: usize = 2_000;

impl<'a> Walk<'a> {
    /// Everything that an expression names, which is what it may ask about: properties, and what local names stand for.
    pub(super) fn asked(&self, expr: &'a Expr) -> Vec<Key> {
        let mut found = Vec::new();
        let mut pending = vec![expr];
        let mut parts = 0;
        while let Some(expr) = pending.pop().filter(|_| parts < MAX_PARTS) {
            parts += 1;
            match &expr.kind {
                ExprKind::Member(_, name) => found.push(Key::Property(name.clone())),
                ExprKind::Index(_, key) => found.extend(key.as_text().map(|key| Key::Property(key.into()))),
                ExprKind::Name(name) => found.extend(self.asked_through(name)),
                _ => {}
            }
            expr.for_each_part(&mut |part| match part {
                ExprPart::Expr(part) => pending.push(part),
                ExprPart::Function(function) => pending.extend(answers(function)),
                ExprPart::Class(_) | ExprPart::Type(_) => {}
            });
        }
        found
    }

    /// What the tests of a chain of calls ask about (`users.filter(user => user.bio).map(...)`).
    pub(super) fn sifted(&self, chain: &'a Expr) -> Vec<Key> {
        let mut found = Vec::new();
        let mut next = Some(chain);
        while let Some(expr) = next {
            next = match &expr.kind {
                ExprKind::Call(call) => {
                    if matches!(&call.callee.kind, ExprKind::Member(_, name) if sifts(name)) {
                        call.positional().for_each(|test| found.extend(self.asked(test)));
                    }
                    Some(&call.callee)
                }
                ExprKind::Member(object, _) | ExprKind::Index(object, _) | ExprKind::As(object, _) => {
                    Some(object)
                }
                ExprKind::Name(name) => {
                    found.extend(self.sifted_through(name));
                    None
                }
                _ => None,
            };
        }
        found
    }
}

/// Whether a method gives only what passes a test.
fn sifts(method: &str) -> bool {
    matches!(method, "filter" | "find" | "findLast" | "findIndex" | "takeWhile")
}

/// What a function in a condition gives back.
fn answers(function: &Function) -> impl Iterator<Item = &Expr> {
    function.body.iter().filter_map(|statement| match statement {
        Statement::Return(Some(value), _) => Some(value),
        _ => None,
    })
}
