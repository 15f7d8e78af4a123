//! `match`: the shape of an `if` chain. A pattern that compares with a value is a comparison, any other an unknown test.

use alignment_model::TextRange;
use alignment_model::code::{Expr, ExprKind, If, Operator, Statement};
use tree_sitter::Node;

use super::grammar::{Kind, fields, kind};
use super::statements::fold_branches;
use super::{Lowering, unknown};
use crate::tree::{self, field};

impl<'t> Lowering<'_, 't> {
    pub(super) fn match_statement(&mut self, node: Node<'t>) -> Statement {
        let f = fields();
        let subject = self.expr_in(node, f.subject);
        let cases = field(node, f.body).map(|body| self.named(body)).unwrap_or_default();
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        for case in cases.into_iter().filter(|case| kind(*case) == Kind::CaseClause) {
            let range = TextRange::new(case.start_byte(), node.end_byte());
            let level = branches.len() as u32 + 1;
            let Some((test, body)) = self.deeper(level, case, |this| this.case(&subject, case)) else {
                otherwise = vec![Statement::Unknown(range)];
                break;
            };
            match test {
                Some(test) => branches.push(If { test, then: body, otherwise: Vec::new(), range }),
                None => {
                    otherwise = body;
                    break;
                }
            }
        }
        if branches.is_empty() {
            // Only `case _`: a branch that is always taken.
            let test = Expr::new(ExprKind::Unknown, subject.range);
            branches.push(If {
                test,
                then: std::mem::take(&mut otherwise),
                otherwise: Vec::new(),
                range: tree::range(node),
            });
        }
        fold_branches(branches, otherwise, tree::range(node))
    }

    /// Test and body of a case; no test for `case _` and `case name`, which always match.
    fn case(&mut self, subject: &Expr, case: Node<'t>) -> (Option<Expr>, Vec<Statement>) {
        let f = fields();
        let patterns: Vec<_> =
            self.named(case).into_iter().filter(|child| kind(*child) == Kind::CasePattern).collect();
        let guarded = field(case, f.guard).is_some();
        let test = match patterns.as_slice() {
            [pattern] if !guarded => self.case_test(subject, *pattern),
            _ => Some(unknown(case)),
        };
        (test, self.block_in(case, f.consequence))
    }

    fn case_test(&mut self, subject: &Expr, pattern: Node<'t>) -> Option<Expr> {
        let inner = self.first_named(pattern);
        let text = self.text(pattern);
        // `_` is a token without a node; a name without a dot binds whatever comes.
        let binds =
            inner.is_none_or(|inner| kind(inner) == Kind::DottedName && !self.text(inner).contains('.'));
        if binds {
            return if text.is_empty() { Some(unknown(pattern)) } else { None };
        }
        let inner = inner?;
        let alternatives = if kind(inner) == Kind::UnionPattern { self.named(inner) } else { vec![inner] };
        let values: Option<Vec<Expr>> = alternatives.iter().map(|value| self.pattern_value(*value)).collect();
        let comparable =
            matches!(subject.kind, ExprKind::Name(_) | ExprKind::Member(..)) && subject.dotted().is_some();
        let (Some(mut values), true) = (values, comparable) else { return Some(unknown(pattern)) };
        let (operator, right) = if values.len() == 1 {
            (Operator::Equal, values.pop()?)
        } else {
            (Operator::In, Expr::new(ExprKind::Tuple(values), tree::range(pattern)))
        };
        let kind = ExprKind::Binary(operator, Box::new(subject.clone()), Box::new(right));
        Some(Expr::new(kind, tree::range(pattern)))
    }

    /// The value a pattern compares with: a literal, or a dotted name.
    fn pattern_value(&mut self, node: Node<'t>) -> Option<Expr> {
        match kind(node) {
            Kind::String | Kind::ConcatenatedString | Kind::True | Kind::False | Kind::None => {
                Some(self.expr(node))
            }
            Kind::Integer | Kind::Float => {
                // `-1` is a token and a number side by side.
                let alone = !self.source.text[..node.start_byte()].trim_end().ends_with('-');
                alone.then(|| self.expr(node))
            }
            Kind::DottedName => {
                let segments = self.named(node);
                let mut segments = segments.into_iter();
                let first = segments.next()?;
                let mut out = Expr::new(ExprKind::Name(self.name(first)), tree::range(first));
                for segment in segments.take(16) {
                    let range = TextRange::new(first.start_byte(), segment.end_byte());
                    out = Expr::new(ExprKind::Member(Box::new(out), self.name(segment)), range);
                }
                Some(out)
            }
            _ => None,
        }
    }
}
