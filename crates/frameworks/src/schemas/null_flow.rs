//! What a validator does with `None`: an abstract run of its body with one parameter known to be `None`.
//!
//! Functions of the project that are handed the `None` are run too. Deliberately absent: any other value; what depends on
//! one is [`Outcome::unknown`].

use std::collections::BTreeMap;

use alignment_model::code::{Call, Expr, ExprKind, Function, Literal, Operator, Statement};
use alignment_model::shape::DeclarationKey;

use crate::python::{Binding, Names, Target};

/// Statements looked at per validator; a longer one is unknown.
const MAX_STATEMENTS: u32 = 2000;

/// Functions that call functions.
const MAX_CALLS: u16 = 3;

/// How a function may end when its parameter is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// It may give `None`.
    pub(super) null: bool,
    /// It may give a value.
    pub(super) value: bool,
    /// It may refuse.
    pub(super) raises: bool,
    /// Something else may happen.
    pub(super) unknown: bool,
}

impl Outcome {
    /// Whether `None` may come out, and nothing but `None`: whether it is refused may depend on other fields.
    pub(super) fn passes(self) -> bool {
        self.null && !self.may_replace()
    }

    /// Whether a value can come out, or what comes out is not known.
    pub(super) fn may_replace(self) -> bool {
        self.value || self.unknown
    }
}

/// How `function`, whose names are seen from `home`, ends when the parameter `name` is `None`. `handler` is the parameter
/// that validates further (wrap validators); it is taken to pass `None` on.
pub(super) fn outcome(
    names: &Names<'_>,
    home: &DeclarationKey,
    function: &Function,
    name: &str,
    handler: Option<&str>,
) -> Outcome {
    Run { names, home, handler, outcome: Outcome::default(), statements: 0, calls: 0 }
        .function(function, name)
}

/// The function of the project that is called in code of `home`: by its name, or as a method of `cls` or `self`.
pub(super) fn callee<'a>(
    names: &Names<'a>,
    home: &DeclarationKey,
    call: &Call,
) -> Option<(DeclarationKey, &'a Function)> {
    if let ExprKind::Member(object, method) = &call.callee.kind
        && matches!(object.as_name(), Some("cls" | "self"))
    {
        return match names.attribute(home, method)? {
            (owner, Binding::Function(function)) => Some((owner.clone(), function)),
            _ => None,
        };
    }
    match names.resolve(home.file, &home.path, &call.callee) {
        Target::Function(key, function) => Some((key, function)),
        _ => None,
    }
}

/// The parameters that arguments reach by position: all but `self` and `cls`.
pub(super) fn parameters(function: &Function) -> impl Iterator<Item = &str> {
    let names = function.parameters.iter().map(|parameter| &*parameter.name);
    names.enumerate().filter(|(at, name)| *at > 0 || !matches!(*name, "cls" | "self")).map(|(_, name)| name)
}

/// What is known about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Abstract {
    Null,
    Value,
    /// Computing it raises: an attribute, method or item of `None`.
    Raises,
    Unknown,
}

type State<'f> = BTreeMap<&'f str, Abstract>;

/// Whether control reaches the next statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Continues,
    Ends,
}

struct Run<'h, 'a> {
    names: &'h Names<'a>,
    home: &'h DeclarationKey,
    handler: Option<&'h str>,
    outcome: Outcome,
    statements: u32,
    calls: u16,
}

impl Run<'_, '_> {
    fn function(&mut self, function: &Function, name: &str) -> Outcome {
        if function.body.is_empty() {
            return Outcome { unknown: true, ..Outcome::default() };
        }
        let mut state = State::from([(name, Abstract::Null)]);
        if self.block(&function.body, &mut state, 0) == Flow::Continues {
            self.outcome.null = true;
        }
        self.outcome
    }

    /// What a function of the project gives for `None` as its argument at this position.
    fn called(&mut self, call: &Call, at: usize) -> Abstract {
        let Some((home, function)) = callee(self.names, self.home, call) else { return Abstract::Unknown };
        let Some(name) = parameters(function).nth(at).filter(|_| self.calls < MAX_CALLS) else {
            return Abstract::Unknown;
        };
        let mut run = Run {
            names: self.names,
            home: &home,
            handler: None,
            outcome: Outcome::default(),
            statements: self.statements,
            calls: self.calls + 1,
        };
        let outcome = run.function(function, name);
        self.statements = run.statements;
        self.outcome.raises |= outcome.raises;
        match (outcome.null, outcome.value, outcome.unknown) {
            (true, false, false) => Abstract::Null,
            (false, true, false) => Abstract::Value,
            (false, false, false) => Abstract::Raises,
            _ => Abstract::Unknown,
        }
    }

    fn block<'f>(&mut self, body: &'f [Statement], state: &mut State<'f>, depth: u16) -> Flow {
        for statement in body {
            if self.statement(statement, state, depth) == Flow::Ends {
                return Flow::Ends;
            }
        }
        Flow::Continues
    }

    fn statement<'f>(&mut self, statement: &'f Statement, state: &mut State<'f>, depth: u16) -> Flow {
        self.statements += 1;
        if depth > 32 || self.statements > MAX_STATEMENTS {
            self.outcome.unknown = true;
            return Flow::Ends;
        }
        match statement {
            Statement::Return(value, _) => {
                let value = value.as_ref().map_or(Abstract::Null, |value| self.value(value, state, 0));
                match value {
                    Abstract::Null => self.outcome.null = true,
                    Abstract::Value => self.outcome.value = true,
                    Abstract::Raises => self.outcome.raises = true,
                    Abstract::Unknown => self.outcome.unknown = true,
                }
                Flow::Ends
            }
            Statement::Raise(..) => {
                self.outcome.raises = true;
                Flow::Ends
            }
            Statement::Assert(asked) => match self.test(asked, state, 0) {
                Some(true) => Flow::Continues,
                refused => {
                    self.outcome.raises = true;
                    if refused.is_some() { Flow::Ends } else { Flow::Continues }
                }
            },
            Statement::If(branch) => match self.test(&branch.test, state, 0) {
                Some(true) => self.block(&branch.then, state, depth + 1),
                Some(false) => self.block(&branch.otherwise, state, depth + 1),
                None => {
                    let mut other = state.clone();
                    let then = self.block(&branch.then, state, depth + 1);
                    let otherwise = self.block(&branch.otherwise, &mut other, depth + 1);
                    match (then, otherwise) {
                        (Flow::Continues, Flow::Continues) => join(state, &other),
                        (Flow::Ends, Flow::Continues) => *state = other,
                        (_, Flow::Ends) => {}
                    }
                    if then == Flow::Ends && otherwise == Flow::Ends { Flow::Ends } else { Flow::Continues }
                }
            },
            Statement::Assign(assign) => {
                let value = match (&assign.value, assign.operator) {
                    (Some(value), None) => self.value(value, state, 0),
                    _ => Abstract::Unknown,
                };
                if value == Abstract::Raises {
                    self.outcome.raises = true;
                    return Flow::Ends;
                }
                if let Some(name) = assign.target.as_name() {
                    state.insert(name, value);
                }
                Flow::Continues
            }
            Statement::Try(attempt) => {
                let before = state.clone();
                let body = self.block(&attempt.body, state, depth + 1);
                for (_, handler) in &attempt.handlers {
                    self.block(handler, &mut before.clone(), depth + 1);
                }
                let flow = if body == Flow::Continues {
                    self.block(&attempt.otherwise, state, depth + 1)
                } else {
                    body
                };
                // A handler that falls through goes on with what was known before the `try`.
                if attempt.handlers.is_empty() { flow } else { Flow::Continues }
            }
            Statement::With(with) => self.block(&with.body, state, depth + 1),
            Statement::For(each) => self.maybe(&each.body, state, depth),
            Statement::While(block) => self.maybe(&block.body, state, depth),
            _ => Flow::Continues,
        }
    }

    /// A body that runs any number of times.
    fn maybe<'f>(&mut self, body: &'f [Statement], state: &mut State<'f>, depth: u16) -> Flow {
        let mut other = state.clone();
        if self.block(body, &mut other, depth + 1) == Flow::Continues {
            join(state, &other);
        }
        Flow::Continues
    }

    fn value(&mut self, expr: &Expr, state: &State<'_>, depth: u16) -> Abstract {
        if depth > 32 {
            return Abstract::Unknown;
        }
        match &expr.kind {
            ExprKind::Name(name) => state.get(&**name).copied().unwrap_or(Abstract::Unknown),
            ExprKind::Literal(Literal::Null) => Abstract::Null,
            ExprKind::Literal(_)
            | ExprKind::List(_)
            | ExprKind::Tuple(_)
            | ExprKind::Map(_)
            | ExprKind::Template(_)
            | ExprKind::Comprehension(_) => Abstract::Value,
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                match self.test(test, state, depth + 1) {
                    Some(true) => self.value(then, state, depth + 1),
                    Some(false) => self.value(otherwise, state, depth + 1),
                    None => {
                        let then = self.value(then, state, depth + 1);
                        meet(then, self.value(otherwise, state, depth + 1))
                    }
                }
            }
            ExprKind::Binary(Operator::BooleanOr, left, right) => match self.value(left, state, depth + 1) {
                Abstract::Null => self.value(right, state, depth + 1),
                Abstract::Raises => Abstract::Raises,
                left => meet(left, self.value(right, state, depth + 1)),
            },
            ExprKind::Binary(Operator::BooleanAnd, left, right) => match self.value(left, state, depth + 1) {
                Abstract::Null => Abstract::Null,
                left => meet(left, self.value(right, state, depth + 1)),
            },
            ExprKind::Member(object, _) | ExprKind::Index(object, _) => {
                match self.value(object, state, depth + 1) {
                    Abstract::Null | Abstract::Raises => Abstract::Raises,
                    _ => Abstract::Unknown,
                }
            }
            ExprKind::Call(call) => {
                if self.value(&call.callee, state, depth + 1) == Abstract::Raises {
                    return Abstract::Raises;
                }
                let first = call.positional().next();
                match call.callee.as_name() {
                    Some(name) if Some(name) == self.handler => {
                        first.map_or(Abstract::Unknown, |first| self.value(first, state, depth + 1))
                    }
                    Some("str" | "list" | "dict" | "set" | "tuple" | "int" | "float" | "bool" | "len") => {
                        Abstract::Value
                    }
                    _ => {
                        let null = |run: &mut Self, argument| {
                            run.value(argument, state, depth + 1) == Abstract::Null
                        };
                        match call.positional().position(|argument| null(self, argument)) {
                            Some(at) => self.called(call, at),
                            None => Abstract::Unknown,
                        }
                    }
                }
            }
            _ => Abstract::Unknown,
        }
    }

    /// Whether a condition holds.
    fn test(&mut self, expr: &Expr, state: &State<'_>, depth: u16) -> Option<bool> {
        if depth > 32 {
            return None;
        }
        match &expr.kind {
            ExprKind::Unary(Operator::Not, inner) => self.test(inner, state, depth + 1).map(|holds| !holds),
            ExprKind::Binary(Operator::BooleanAnd, left, right) => {
                match (self.test(left, state, depth + 1), self.test(right, state, depth + 1)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                }
            }
            ExprKind::Binary(Operator::BooleanOr, left, right) => {
                match (self.test(left, state, depth + 1), self.test(right, state, depth + 1)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                }
            }
            ExprKind::Binary(operator, left, right) => {
                let known = (self.value(left, state, depth + 1), self.value(right, state, depth + 1));
                compare(*operator, known, right)
            }
            ExprKind::Call(call) => {
                let mut of_null = || -> Option<()> {
                    let first = call.positional().next()?;
                    (self.value(first, state, depth + 1) == Abstract::Null).then_some(())
                };
                match call.callee.as_name()? {
                    "isinstance" => {
                        of_null()?;
                        let mentions_none = call.positional().nth(1).is_some_and(mentions_none);
                        (!mentions_none).then_some(false)
                    }
                    "callable" => of_null().map(|()| false),
                    _ => None,
                }
            }
            _ => match self.value(expr, state, depth + 1) {
                Abstract::Null => Some(false),
                _ => None,
            },
        }
    }
}

/// A comparison of which one side is known to be `None`.
fn compare(operator: Operator, known: (Abstract, Abstract), right: &Expr) -> Option<bool> {
    use Abstract::{Null, Value};
    match (operator, known) {
        (Operator::Is | Operator::Equal, (Null, Null)) => Some(true),
        (Operator::Is | Operator::Equal, (Null, Value) | (Value, Null)) => Some(false),
        (Operator::IsNot | Operator::NotEqual, (Null, Null)) => Some(false),
        (Operator::IsNot | Operator::NotEqual, (Null, Value) | (Value, Null)) => Some(true),
        (Operator::In | Operator::NotIn, (Null, _)) => match &right.kind {
            ExprKind::List(items) | ExprKind::Tuple(items)
                if items.iter().all(|item| matches!(item.kind, ExprKind::Literal(_))) =>
            {
                Some(items.iter().any(Expr::is_null) == (operator == Operator::In))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether a type, or one of a tuple or union of types, may be `NoneType`.
fn mentions_none(types: &Expr) -> bool {
    match &types.kind {
        ExprKind::Name(name) => &**name == "NoneType",
        ExprKind::Member(_, name) => &**name == "NoneType",
        ExprKind::Tuple(items) => items.iter().any(mentions_none),
        _ => true,
    }
}

fn join<'f>(state: &mut State<'f>, other: &State<'f>) {
    for (name, value) in state.iter_mut() {
        *value = meet(*value, other.get(name).copied().unwrap_or(Abstract::Unknown));
    }
}

fn meet(a: Abstract, b: Abstract) -> Abstract {
    if a == b { a } else { Abstract::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Repository;

    fn run(body: &str) -> Outcome {
        let indented: String = body.lines().map(|line| format!("    {line}\n")).collect();
        let text = format!(
            "def keep(v, other): return v\ndef fill(v):\n    return v or ''\n\
             class C:\n def f(cls, v, handler):\n{}",
            indented.replace("    ", "  ")
        );
        let repository = Repository::of(&text);
        let names = repository.names();
        let home = DeclarationKey { file: repository.file("app.py"), path: "C".into() };
        let Some(Binding::Function(function)) = names.class_scope(&home).and_then(|scope| scope.get("f"))
        else {
            panic!("a method")
        };
        outcome(&names, &home, function, "v", Some("handler"))
    }

    #[test]
    fn none_is_followed_through_a_validator() {
        let (null, value, raises, unknown) = (1, 2, 4, 8);
        let cases = [
            ("if v is None:\n    return v\nreturn v.strip()", null),
            ("if v is not None and v < 0:\n    raise ValueError()\nreturn v", null),
            ("if isinstance(v, str):\n    v = v.split(',')\nreturn v", null),
            ("return v or 'x'", value),
            ("if not v:\n    return []\nreturn v", value),
            ("return v.strip()", raises),
            ("if v is None:\n    raise ValueError('no')\nreturn v", raises),
            ("if v in ('', None):\n    return None\nreturn 1", null),
            ("v = clean(v)\nreturn v", unknown),
            ("return handler(v)", null),
            ("if flag():\n    return 1\nreturn v", null | value),
            ("try:\n    return v.x\nexcept AttributeError:\n    return 'x'", raises | value | null),
            ("check(v)", null),
            ("return keep(v, 1)", null),
            ("v = fill(v)\nreturn v", value),
            ("return cls.f(v, handler)", unknown),
        ];
        for (body, expected) in cases {
            let got = run(body);
            let bits = u8::from(got.null) * null
                + u8::from(got.value) * value
                + u8::from(got.raises) * raises
                + u8::from(got.unknown) * unknown;
            assert_eq!(bits, expected, "{body}");
        }
    }
}
