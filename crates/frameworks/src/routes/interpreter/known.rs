//! What is known of values that several ways through the code give, and of containers of them.

use alignment_model::code::{Comprehension, Expr, ExprKind};

use super::super::registry::{Bound, Value};
use super::{Frame, Interpreter, MAX_ITEMS, says_routers};
use crate::python::Constant;

/// Of two values one of which holds: the one that is known, if only one is.
pub(super) fn either<'a>(a: Value<'a>, b: Value<'a>) -> Value<'a> {
    match (a, b) {
        (a, b) if is_same(&a, &b) => a,
        (a @ (Value::Router(_) | Value::Object(_)), _) => a,
        (_, b @ (Value::Router(_) | Value::Object(_))) => b,
        (a @ Value::List(_), Value::List(b)) if matches!(&a, Value::List(a) if a.len() == b.len()) => a,
        // What only one way puts into it is not known.
        (Value::Map(a), Value::Map(mut b)) => {
            let mut merged = Vec::with_capacity(a.len().max(b.len()));
            for (key, value) in a {
                let other = b.iter().position(|(own, _)| *own == key).map(|at| b.remove(at).1);
                merged.push((key, other.map_or(Value::Unknown, |other| either(value, other))));
            }
            merged.extend(b.into_iter().map(|(key, _)| (key, Value::Unknown)));
            Value::Map(merged)
        }
        _ => Value::Unknown,
    }
}

/// Whether two values are surely the same.
fn is_same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Router(a), Value::Router(b)) => a == b,
        (Value::Object(a), Value::Object(b)) => a == b,
        (Value::Constant(a), Value::Constant(b)) => a == b,
        (Value::Module(a), Value::Module(b)) => a == b,
        (Value::Method(a, first), Value::Method(b, second)) => a == b && first == second,
        (Value::Function(_, a, first), Value::Function(_, b, second)) => {
            std::ptr::eq(*a, *b)
                && match (first, second) {
                    (Bound::Free, Bound::Free) => true,
                    (Bound::Method(first), Bound::Method(second)) => is_same(first, second),
                    (Bound::Closure(first), Bound::Closure(second)) => std::rc::Rc::ptr_eq(first, second),
                    _ => false,
                }
        }
        (Value::Registration(a, first), Value::Registration(b, second)) => {
            a == b && std::rc::Rc::ptr_eq(first, second)
        }
        (Value::Partial(_, a), Value::Partial(_, b)) => std::rc::Rc::ptr_eq(a, b),
        (Value::Written(a), Value::Written(b)) => std::ptr::eq(a.expr, b.expr),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && is_same(a, b))
        }
        _ => false,
    }
}

/// Sets a key.
pub(super) fn put<'a>(entries: &mut Vec<(Constant, Value<'a>)>, key: Constant, value: Value<'a>) {
    match entries.iter_mut().find(|(own, _)| *own == key) {
        Some(entry) => entry.1 = value,
        None => entries.push((key, value)),
    }
}

/// Whether a value is, or holds, more than constants and expressions.
fn is_live(value: &Value<'_>) -> bool {
    match value {
        Value::Constant(_) | Value::Written(_) | Value::Unknown => false,
        Value::List(items) => items.iter().any(is_live),
        Value::Map(entries) => entries.iter().any(|(_, value)| is_live(value)),
        _ => true,
    }
}

impl<'a> Interpreter<'_, 'a> {
    /// `routers += [...]`.
    pub(super) fn extend(&mut self, frame: &mut Frame<'a>, target: &'a Expr, value: &'a Expr) {
        let Some(name) = target.as_name().filter(|name| frame.locals.contains_key(*name)) else { return };
        let more = self.eval(frame, value);
        match (frame.locals.get_mut(name), more) {
            (Some(Value::List(items)), Value::List(more)) => {
                items.extend(more);
                items.truncate(MAX_ITEMS);
            }
            (Some(own), _) => *own = Value::Unknown,
            (None, _) => {}
        }
    }

    /// `first + second` of two lists.
    pub(super) fn sum(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        (left, right): (&'a Expr, &'a Expr),
    ) -> Value<'a> {
        let may_be = |side: &Expr| !matches!(side.kind, ExprKind::Literal(_) | ExprKind::Template(_));
        if may_be(left)
            && may_be(right)
            && let Value::List(mut items) = self.eval(frame, left)
            && let Value::List(more) = self.eval(frame, right)
        {
            items.extend(more);
            items.truncate(MAX_ITEMS);
            return Value::List(items);
        }
        self.folded(frame, expr)
    }

    /// `sorted(routers, key=...)`, `list(routers)`: the items, in the order they are given.
    pub(super) fn items_of(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        items: Option<&'a Expr>,
    ) -> Value<'a> {
        match items.map(|items| self.eval(frame, items)) {
            Some(items @ Value::List(_)) if is_live(&items) => items,
            _ => self.folded(frame, expr),
        }
    }

    /// `[make(name) for name in names]` over known items.
    pub(super) fn comprehension(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        comprehension: &'a Comprehension,
    ) -> Value<'a> {
        let [(target, iterable, conditions)] = comprehension.clauses.as_slice() else {
            return self.folded(frame, expr);
        };
        if comprehension.is_map {
            return self.folded(frame, expr);
        }
        let items = match self.eval(frame, iterable) {
            found @ Value::List(_) if is_live(&found) || says_routers(self.slice(frame.file, expr.range)) => {
                found.into_items()
            }
            _ => return self.folded(frame, expr),
        };
        let outside = frame.locals.clone();
        self.loops += 1;
        let mut out = Vec::with_capacity(items.len());
        for item in items.into_iter().take(MAX_ITEMS) {
            self.bind(frame, target, item);
            if conditions.iter().any(|condition| self.truth(frame, condition) == Some(false)) {
                continue;
            }
            out.push(self.eval(frame, &comprehension.element));
        }
        self.loops -= 1;
        frame.locals = outside;
        Value::List(out)
    }
}
