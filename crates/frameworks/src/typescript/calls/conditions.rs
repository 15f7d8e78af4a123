//! Conditions that decide what a call says. One that is not known is tried with both outcomes, so that what is chosen by one
//! condition goes together.
//!
//! ```text
//! const url = id ? `/users/${id}` : "/users"; fetch(url, { method: id ? "PUT" : "POST" })
//!   where `id` holds      ->   PUT /users/{}
//!   where it does not     ->   POST /users
//! ```
//!
//! Deliberately absent: order and arithmetic. Conditions that are written differently are different ones, and a name that is
//! assigned more than once is none.

use std::cell::{Cell, RefCell};

use alignment_model::code::{Assign, Expr, ExprKind, ExprPart, Function, Literal, Operator, Statement};
use alignment_model::{FileId, TextRange};

use super::bodies::{range_of, sides_of};
use super::frame::{Bound, Place};
use super::urls::Part;
use super::values::{Value, Values};
use crate::typescript::names::{Declaration, Target};

/// What a condition asks of a value: whether it is anything (`null`, `undefined` and empty ones are nothing), or a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    /// The value, by the names that lead to it.
    subject: String,
    equals: Option<Box<str>>,
}

/// The outcomes that are assumed, and the conditions met that are not known.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    assumed: RefCell<Vec<(Condition, bool)>>,
    /// In the order in which they were met.
    open: RefCell<Vec<Condition>>,
    /// How often one was met that is not known.
    met: Cell<usize>,
}

impl Conditions {
    /// Reads something with these outcomes, and what else it depends on.
    pub(super) fn assuming<T>(
        &self,
        outcomes: &[(Condition, bool)],
        read: impl FnOnce() -> T,
    ) -> (T, Vec<Condition>) {
        let assumed = self.assumed.replace(outcomes.to_vec());
        let open = self.open.take();
        let found = read();
        self.assumed.replace(assumed);
        (found, self.open.replace(open))
    }

    /// The outcome of a condition, if it follows from what is assumed.
    fn outcome(&self, asked: &Condition) -> Option<bool> {
        let assumed = self.assumed.borrow();
        assumed.iter().filter(|(condition, _)| condition.subject == asked.subject).find_map(
            |(condition, outcome)| match (&condition.equals, &asked.equals) {
                (known, asked) if known == asked => Some(*outcome),
                // What is one constant is no other one.
                (Some(_), Some(_)) => outcome.then_some(false),
                _ => None,
            },
        )
    }

    fn note(&self, condition: Condition) {
        self.met.set(self.met.get() + 1);
        let mut open = self.open.borrow_mut();
        if !open.contains(&condition) {
            open.push(condition);
        }
    }

    /// How often a condition was met that is not known.
    fn met(&self) -> usize {
        self.met.get()
    }
}

impl<'a> Values<'_, 'a> {
    /// Whether a condition holds, where that can be told or is assumed.
    pub(super) fn truth(&self, test: &Place<'a>) -> Option<bool> {
        let met = self.conditions.met();
        let told = self.deeper(|| self.truth_of(test)).flatten();
        // A condition that is made of others is not known because they are not.
        if told.is_none() && self.conditions.met() == met { self.assumed(test) } else { told }
    }

    fn truth_of(&self, test: &Place<'a>) -> Option<bool> {
        let side = |expr| self.truth(&test.at(expr));
        match &test.expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => Some(*value),
            ExprKind::Literal(Literal::Text(text)) => Some(!text.is_empty()),
            ExprKind::Unary(Operator::Not, inner) => Some(!side(inner)?),
            ExprKind::Binary(Operator::BooleanAnd, left, right) => match (side(left), side(right)) {
                (Some(true), other) | (other, Some(true)) => other,
                (Some(false), _) | (_, Some(false)) => Some(false),
                (None, None) => None,
            },
            ExprKind::Binary(Operator::BooleanOr, left, right) => match (side(left), side(right)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), other) | (other, Some(false)) => other,
                (None, None) => None,
            },
            ExprKind::Binary(operator @ (Operator::Equal | Operator::NotEqual), left, right) => {
                let equal = self.are_equal(&test.at(left), &test.at(right))?;
                Some(equal == (*operator == Operator::Equal))
            }
            ExprKind::Call(call) if call.callee.as_name() == Some("Boolean") => {
                side(call.positional().next()?)
            }
            ExprKind::Call(call) => {
                let ExprKind::Member(object, method) = &call.callee.kind else { return None };
                // The text of a variable asks for the conditions of its assignments: only what can tell is worth it.
                if &**method != "startsWith" {
                    return None;
                }
                let start = self.text(&test.at(call.positional().next()?))?;
                let parts = self.parts(&test.at(object));
                let Some(Part::Text(text)) = parts.first() else { return None };
                let long_enough = text.len() >= start.len() || parts.len() == 1;
                long_enough.then(|| text.starts_with(&start))
            }
            ExprKind::Name(_) | ExprKind::Member(..) => match self.value(test) {
                Value::Expr(found) if !std::ptr::eq(found.expr, test.expr) => self.truth(&found),
                found => self.is_nothing(&found).map(|nothing| !nothing),
            },
            _ => None,
        }
    }

    /// Whether two values are equal: both nothing, one of them, or two texts that are known.
    fn are_equal(&self, left: &Place<'a>, right: &Place<'a>) -> Option<bool> {
        let nothing = |side| self.is_nothing(&self.value(side));
        match (nothing(left), nothing(right)) {
            (Some(left), Some(right)) if left || right => Some(left == right),
            _ => match (&self.parts(left)[..], &self.parts(right)[..]) {
                ([Part::Text(left)], [Part::Text(right)]) => Some(left == right),
                _ => None,
            },
        }
    }

    /// Whether a value is `undefined` or `null`, where that can be told.
    fn is_nothing(&self, value: &Value<'a>) -> Option<bool> {
        match value {
            Value::Nothing => Some(true),
            Value::Object(..)
            | Value::Function(_)
            | Value::Class(..)
            | Value::Instance(_)
            | Value::Client(_) => Some(false),
            Value::Expr(place) => {
                let made = matches!(
                    place.expr.kind,
                    ExprKind::Literal(_) | ExprKind::Template(_) | ExprKind::List(_) | ExprKind::Map(_)
                );
                made.then_some(false)
            }
            _ => None,
        }
    }

    /// The outcome of a condition that depends on what the program does, if it is assumed.
    fn assumed(&self, test: &Place<'a>) -> Option<bool> {
        let (condition, positive) = self.condition(test)?;
        match self.conditions.outcome(&condition) {
            Some(outcome) => Some(outcome == positive),
            None => {
                self.conditions.note(condition);
                None
            }
        }
    }

    /// What a test asks, and whether it holds where the answer is yes; `None` for what is no single condition.
    fn condition(&self, test: &Place<'a>) -> Option<(Condition, bool)> {
        let ExprKind::Binary(operator, left, right) = &test.expr.kind else {
            return Some((Condition { subject: self.subject(test)?, equals: None }, true));
        };
        let positive = match operator {
            Operator::Equal => true,
            Operator::NotEqual => false,
            _ => return None,
        };
        let (asked, constant) = match (&left.kind, &right.kind) {
            (_, ExprKind::Literal(constant)) => (left, constant),
            (ExprKind::Literal(constant), _) => (right, constant),
            _ => return None,
        };
        let subject = self.subject(&test.at(asked))?;
        match constant {
            Literal::Null | Literal::Undefined => Some((Condition { subject, equals: None }, !positive)),
            Literal::Text(text) => Some((Condition { subject, equals: Some(text.clone()) }, positive)),
            Literal::Int(number) => {
                Some((Condition { subject, equals: Some(number.to_string().into()) }, positive))
            }
            Literal::Bool(value) => Some((Condition { subject, equals: None }, *value == positive)),
            _ => None,
        }
    }

    /// What a value is called wherever it is asked for.
    fn subject(&self, place: &Place<'a>) -> Option<String> {
        self.deeper(|| match &place.expr.kind {
            ExprKind::Name(name) if &**name == "this" => Some(format!("{}#this", place.file.index())),
            ExprKind::Name(_) => self.named_subject(place),
            ExprKind::Member(object, name) => Some(format!("{}.{name}", self.subject(&place.at(object))?)),
            // A signal (`isNew()`), a getter.
            ExprKind::Call(call) if call.arguments.is_empty() && !call.is_new => {
                Some(format!("{}()", self.subject(&place.at(&call.callee))?))
            }
            ExprKind::As(inner, _) => self.subject(&place.at(inner)),
            _ => None,
        })
        .flatten()
    }

    fn named_subject(&self, place: &Place<'a>) -> Option<String> {
        let Target::Declared(symbol) = self.names.resolve_value(place.file, place.expr) else { return None };
        let mut variables = 0;
        for (_, declaration) in self.names.declarations(symbol) {
            match declaration {
                Declaration::Variable(_) => variables += 1,
                Declaration::Parameter(function, at) => {
                    let is_whole = function.parameters.get(at).is_some_and(|one| one.pattern.is_none());
                    match place.frame.parameter(function, at) {
                        Bound::To(argument) if is_whole => return self.subject(argument),
                        Bound::Open => {}
                        _ => return None,
                    }
                }
                _ => {}
            }
        }
        (variables <= 1).then(|| format!("{symbol:?}"))
    }

    /// The outcomes of conditions that must hold for a call to be made: of those around it, and of those whose other outcome
    /// leaves the function before.
    pub(super) fn given_at(&self, place: &Place<'a>) -> Vec<(Condition, bool)> {
        let mut given = Vec::new();
        for activation in place.frame.activations().filter(|activation| activation.file == place.file) {
            for (test, outcome) in around(&activation.function.body, place.expr.range) {
                self.follows(&place.at(test), outcome, &mut given);
            }
        }
        given
    }

    /// Whether an assignment that stands under conditions is reached before a use of the variable; unknown for one that stands
    /// under none.
    pub(super) fn is_reached(&self, usage: &Place<'a>, file: FileId, assign: &Assign) -> Option<bool> {
        let functions = usage.frame.activations().filter(|activation| activation.file == file);
        let mut tests = functions.map(|activation| around(&activation.function.body, assign.range));
        let tests = tests.find(|tests| !tests.is_empty())?;
        let before = file == usage.file && assign.range.end <= usage.expr.range.start;
        let mut reached = before.then_some(true);
        for (test, outcome) in tests {
            match self.truth(&usage.at(test)) {
                Some(truth) if truth == outcome => {}
                Some(_) => return Some(false),
                None => reached = None,
            }
        }
        reached
    }

    /// Whether a function is known not to get to a part of it: `if (method === "GET") { ... }`, called with `"POST"`.
    pub(super) fn is_passed_over(&self, part: &Place<'a>, function: &'a Function) -> bool {
        let tests = around(&function.body, part.expr.range);
        tests.into_iter().any(|(test, outcome)| self.truth(&part.at(test)) == Some(!outcome))
    }

    /// What the outcome of a test says of single conditions.
    fn follows(&self, test: &Place<'a>, outcome: bool, given: &mut Vec<(Condition, bool)>) {
        self.deeper(|| match &test.expr.kind {
            ExprKind::Unary(Operator::Not, inner) => self.follows(&test.at(inner), !outcome, given),
            ExprKind::Binary(Operator::BooleanAnd, left, right) if outcome => {
                [left, right].iter().for_each(|side| self.follows(&test.at(side), outcome, given));
            }
            ExprKind::Binary(Operator::BooleanOr, left, right) if !outcome => {
                [left, right].iter().for_each(|side| self.follows(&test.at(side), outcome, given));
            }
            ExprKind::Name(_) => {
                let before = given.len();
                if let Value::Expr(found) = self.value(test)
                    && !std::ptr::eq(found.expr, test.expr)
                {
                    self.follows(&found, outcome, given);
                }
                if given.len() == before {
                    self.follows_alone(test, outcome, given);
                }
            }
            _ => self.follows_alone(test, outcome, given),
        });
    }

    fn follows_alone(&self, test: &Place<'a>, outcome: bool, given: &mut Vec<(Condition, bool)>) {
        if let Some((condition, positive)) = self.condition(test) {
            given.push((condition, outcome == positive));
        }
    }
}

/// The tests that decide whether a part of a body is reached, each with the outcome that leads there.
fn around(body: &[Statement], part: TextRange) -> Vec<(&Expr, bool)> {
    let mut found = Vec::new();
    let mut next = Some(body);
    while let Some(body) = next.take() {
        for statement in body {
            if holds(statement, part) {
                next =
                    sides_of(statement).into_iter().find(|side| side.iter().any(|inner| holds(inner, part)));
                if let (Statement::If(branch), Some(side)) = (statement, next) {
                    found.push((&branch.test, std::ptr::eq(side, &branch.then[..])));
                }
                if next.is_none() {
                    found.extend(around_in(statement, part));
                }
                break;
            }
            // `if (id) { ...; return }` before it.
            if let Statement::If(branch) = statement
                && branch.range.end <= part.start
                && branch.otherwise.is_empty()
                && matches!(branch.then.last(), Some(Statement::Return(..) | Statement::Raise(..)))
            {
                found.push((&branch.test, false));
            }
        }
    }
    found
}

/// Whether a part of a body stands in a statement. The cases of a `switch` behind the first are in its `otherwise`, but not in its range.
fn holds(statement: &Statement, part: TextRange) -> bool {
    contains(range_of(statement), part)
        || matches!(statement, Statement::If(branch) if branch.otherwise.iter().any(|inner| holds(inner, part)))
}

/// The conditional expressions around a part of a statement: `id ? api.put(url) : api.post(url)`.
fn around_in(statement: &Statement, part: TextRange) -> Vec<(&Expr, bool)> {
    let mut found = Vec::new();
    let mut next = match statement {
        Statement::Expr(expr) | Statement::Return(Some(expr), _) => Some(expr),
        Statement::Assign(assign) => assign.value.as_ref(),
        _ => None,
    };
    while let Some(expr) = next.take() {
        match &expr.kind {
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                for (side, outcome) in [(then, true), (otherwise, false)] {
                    if contains(side.range, part) {
                        found.push((test, outcome));
                    }
                }
            }
            ExprKind::Binary(Operator::BooleanAnd, left, right) if contains(right.range, part) => {
                found.push((left, true));
            }
            _ => {}
        }
        expr.for_each_part(&mut |inner| {
            if let ExprPart::Expr(inner) = inner
                && contains(inner.range, part)
            {
                next = Some(inner);
            }
        });
    }
    found
}

fn contains(outer: TextRange, inner: TextRange) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
