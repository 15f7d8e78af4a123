//! Attributes that the class's own `__init__` fills, so that a new object has a value where its maker gives none.
//!
//! Deliberately absent: what methods that it calls fill, and values that may be None.

use std::collections::HashSet;

use alignment_model::code::{Call, Expr, ExprKind, Function, Operator, ParameterKind, Statement};
use alignment_model::shape::DeclarationKey;

use crate::python::scope::each_statement;
use crate::python::{Binding, Names, Target, last_segment};
use crate::sqlalchemy::At;

/// Expressions inside expressions that are followed.
const MAX_DEPTH: u8 = 8;

/// Functions and methods of Python that never give None.
const GIVING: &[&str] = &[
    "abs", "bool", "dict", "float", "int", "len", "list", "now", "round", "set", "str", "today", "utcnow",
    "uuid4",
];

/// The attributes that the constructor of a class, own or inherited, fills whatever it is given.
pub(super) fn filled(names: &Names<'_>, key: &DeclarationKey) -> HashSet<Box<str>> {
    let Some((owner, Binding::Function(init))) = names.attribute(key, "__init__") else {
        return HashSet::new();
    };
    let scope = format!("{}.__init__", owner.path);
    let constructor = Constructor { at: At::new(names, owner.file, &scope), init };
    let Some(own) = init.parameters.first() else { return HashSet::new() };
    let mut filled: HashSet<Box<str>> = HashSet::new();
    each_statement(&init.body, &mut |statement, flow| {
        if let Statement::Assign(assign) = statement
            && let ExprKind::Member(object, name) = &assign.target.kind
            && object.as_name() == Some(&own.name)
            && let Some(value) = &assign.value
        {
            if !constructor.gives(value, 0) {
                filled.remove(name);
            } else if !flow.branched {
                filled.insert(name.clone());
            }
        }
    });
    filled
}

struct Constructor<'n, 'a, 's> {
    at: At<'n, 'a, 's>,
    init: &'a Function,
}

impl Constructor<'_, '_, '_> {
    /// Whether an expression is not None where the maker of the object leaves out what it may.
    fn gives(&self, expr: &Expr, depth: u8) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match &expr.kind {
            ExprKind::Literal(_) => !expr.is_null(),
            ExprKind::Template(_) | ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Map(_) => true,
            ExprKind::Conditional(parts) => {
                let [_, then, otherwise] = &**parts;
                self.gives(then, depth + 1) && self.gives(otherwise, depth + 1)
            }
            ExprKind::Binary(Operator::BooleanOr, _, otherwise) => self.gives(otherwise, depth + 1),
            ExprKind::Name(name) => self.is_given(name, depth),
            ExprKind::Call(call) => self.is_made(call, depth),
            _ => false,
        }
    }

    /// Whether a parameter has to be given, or has a default that is not None.
    fn is_given(&self, name: &str, depth: u8) -> bool {
        let parameter = self.init.parameters.iter().find(|parameter| &*parameter.name == name);
        parameter.is_some_and(|parameter| {
            let is_single = !matches!(parameter.kind, ParameterKind::Rest | ParameterKind::KeywordRest);
            is_single && parameter.default.as_ref().is_none_or(|default| self.gives(default, depth + 1))
        })
    }

    /// Whether a call makes an object, or takes a keyword with a default out of `**kwargs`.
    fn is_made(&self, call: &Call, depth: u8) -> bool {
        if let ExprKind::Member(object, method) = &call.callee.kind
            && matches!(&**method, "get" | "pop")
            && self.init.parameters.iter().any(|parameter| {
                parameter.kind == ParameterKind::KeywordRest && object.as_name() == Some(&parameter.name)
            })
        {
            return call.positional().nth(1).is_some_and(|default| self.gives(default, depth + 1));
        }
        match self.at.resolve(&call.callee) {
            Target::Class(..) => true,
            Target::External(path) => {
                let last = last_segment(&path);
                last.starts_with(char::is_uppercase) || GIVING.contains(&last)
            }
            _ => false,
        }
    }
}
