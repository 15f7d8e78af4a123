//! Which attributes of an object are not None where it is read: what conditions on the way there keep out
//! (`if row.ended is None: return`, `row.ended or ...`, `assert row.ended`, a comprehension's `if`), and what the query that loads it does
//! (`.where(Row.ended.is_not(None))`).
//!
//! Only an attribute of a local counts, until the local or the attribute is assigned. A condition that mentions it in another way may
//! keep None out as well: then nothing is shown, which is the same here as if it did.
//!
//! Sources: Python 3, "Truth Value Testing", "Comparisons"; SQLAlchemy 2.0, "Operator Reference" (every comparison with NULL but
//! `is_` and `is_distinct_from` is not true).
//!
//! Deliberately absent: filters of queries that another function makes, `not_()`, attributes of attributes.

use std::collections::BTreeSet;

use alignment_model::code::{Argument, Call, Comprehension, Expr, ExprKind, ExprPart, Operator};

use super::flow::Flow;
use super::types::{Key, Type};

/// Locals with an attribute; an empty one stands for the local itself.
pub(super) type Checked<'a> = BTreeSet<(&'a str, &'a str)>;

/// Parts of conditions inside each other that are read.
const MAX_DEPTH: u32 = 64;

/// What a condition says where it holds, or does not.
#[derive(Default)]
struct Said<'a> {
    /// Not None, or not shown to be.
    kept: Checked<'a>,
    /// None.
    none: Checked<'a>,
}

impl<'a> Said<'a> {
    fn both(self, other: Self) -> Self {
        Self { kept: &self.kept | &other.kept, none: &self.none | &other.none }
    }

    /// Which of the two holds is not known.
    fn either(self, other: Self) -> Self {
        Self { kept: &self.kept | &other.kept, none: &self.none & &other.none }
    }
}

impl<'a> Flow<'_, '_, 'a> {
    /// Takes a condition for true or false from here on.
    pub(super) fn assume(&mut self, test: &'a Expr, truth: bool) {
        let said = says(test, truth, 0);
        self.checked.extend(said.kept);
        self.checked.retain(|known| !said.none.contains(known));
    }

    /// What an expression is under a condition.
    pub(super) fn assuming(&mut self, test: &'a Expr, truth: bool, expr: &'a Expr) -> Type {
        let before = self.checked.clone();
        self.assume(test, truth);
        let ty = self.eval(expr);
        self.checked = before;
        ty
    }

    /// Takes over what is known of the objects that a target is bound to.
    pub(super) fn keep(&mut self, target: &'a Expr, attributes: Vec<&'a str>) {
        let local = match &target.kind {
            ExprKind::Name(name) => Some(&**name),
            // `for at, row in enumerate(rows)`.
            ExprKind::Tuple(items) | ExprKind::List(items) => match items.as_slice() {
                [_, second] => second.as_name(),
                _ => None,
            },
            _ => None,
        };
        if let Some(local) = local {
            self.checked.extend(attributes.into_iter().map(|attribute| (local, attribute)));
        }
    }

    /// An attribute that code sets holds what it decides on, not what the column does.
    pub(super) fn replaced(&mut self, target: &'a Expr, value: &'a Expr) {
        if let Some(path) = path(target) {
            if value.is_null() {
                self.checked.remove(&path);
            } else {
                self.checked.insert(path);
            }
        }
    }

    /// Attributes of a local that are not None.
    pub(super) fn checked_on(&self, local: &str) -> Vec<&'a str> {
        let own = self.checked.iter().filter(|(name, attribute)| *name == local && !attribute.is_empty());
        own.map(|(_, attribute)| *attribute).collect()
    }

    /// The same of what a call is given first.
    pub(super) fn checked_of_first(&self, call: &'a Call) -> Vec<&'a str> {
        call.arguments.first().map_or_else(Vec::new, |argument| self.checked_of(&argument.value))
    }

    /// Attributes that are not None on the object that an expression gives, or on those in the list or query that it gives.
    pub(super) fn checked_of(&self, expr: &'a Expr) -> Vec<&'a str> {
        let mut found = Vec::new();
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            match &expr.kind {
                ExprKind::Name(name) => found.extend(self.checked_on(name)),
                ExprKind::Await(inner) | ExprKind::Spread(inner) | ExprKind::Index(inner, _) => {
                    open.push(inner);
                }
                ExprKind::Comprehension(inner) => {
                    found.extend(own_conditions(inner));
                    if let [(target, iterable, _)] = inner.clauses.as_slice()
                        && target.as_name().is_some()
                        && target.as_name() == inner.element.as_name()
                    {
                        open.push(iterable);
                    }
                }
                ExprKind::Call(call) => match &call.callee.kind {
                    ExprKind::Member(receiver, method) => {
                        open.push(receiver);
                        match &**method {
                            "where" | "filter" | "having" => {
                                let given = call.arguments.iter();
                                found.extend(given.flat_map(|given| self.filtered(expr, &given.value, 0)));
                            }
                            "filter_by" => found.extend(call.arguments.iter().filter_map(given_value)),
                            // A session is handed the query.
                            _ => open.extend(call.arguments.first().map(|first| &first.value)),
                        }
                    }
                    _ => open.extend(call.arguments.first().map(|first| &first.value)),
                },
                _ => {}
            }
        }
        found
    }

    /// Attributes of the model that a query selects which a condition of it keeps from NULL.
    fn filtered(&self, query: &'a Expr, condition: &'a Expr, depth: u32) -> Vec<&'a str> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let column = |expr: &'a Expr| self.column_of(query, expr).into_iter().collect::<Vec<_>>();
        let deeper = |expr: &'a Expr| self.filtered(query, expr, depth + 1);
        match &condition.kind {
            ExprKind::Binary(Operator::And, left, right) => [deeper(left), deeper(right)].concat(),
            ExprKind::Binary(Operator::Or, left, right) => {
                let other = deeper(right);
                deeper(left).into_iter().filter(|attribute| other.contains(attribute)).collect()
            }
            ExprKind::Binary(Operator::NotEqual, left, _) => column(left),
            ExprKind::Binary(
                Operator::Equal
                | Operator::Less
                | Operator::LessEqual
                | Operator::Greater
                | Operator::GreaterEqual,
                left,
                right,
            ) if !right.is_null() => column(left),
            // `~Row.ended.is_(None)`.
            ExprKind::Unary(_, inner) => match inner.as_call().map(|call| (&call.callee.kind, call)) {
                Some((ExprKind::Member(of, method), call)) if &**method == "is_" && is_none(call) => {
                    column(of)
                }
                _ => Vec::new(),
            },
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Member(of, method) => match &**method {
                    "and_" => call.positional().flat_map(deeper).collect(),
                    "is_" if is_none(call) => Vec::new(),
                    "is_distinct_from" | "is_not_distinct_from" | "or_" | "not_" => Vec::new(),
                    _ => column(of),
                },
                ExprKind::Name(name) if &**name == "and_" => call.positional().flat_map(deeper).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The attribute of `Row.attribute`, where a query begins with that model; `col()` of SQLModel says nothing new.
    fn column_of(&self, query: &'a Expr, expr: &'a Expr) -> Option<&'a str> {
        match &expr.kind {
            ExprKind::Member(model, attribute) => {
                let Type::Class(model) = self.class(model)? else { return None };
                self.selects(query, &model).then_some(&**attribute)
            }
            ExprKind::Call(call) if call.callee.as_name() == Some("col") => {
                self.column_of(query, &call.arguments.first()?.value)
            }
            _ => None,
        }
    }

    fn class(&self, expr: &'a Expr) -> Option<Type> {
        match expr.as_name().and_then(|name| self.locals.get(name)) {
            Some(local) => Some(local.clone()),
            None => self.is_static(expr).then(|| self.global(expr)),
        }
    }

    /// Whether a query is of one model: `select(Row)`, `session.query(Row)`, a local that holds such a query.
    fn selects(&self, query: &'a Expr, model: &Key) -> bool {
        let mut at = query;
        for _ in 0..MAX_DEPTH {
            match &at.kind {
                ExprKind::Await(inner) => at = inner,
                ExprKind::Call(call) => match call.arguments.as_slice() {
                    [only] if matches!(self.class(&only.value), Some(Type::Class(key)) if key == *model) => {
                        return true;
                    }
                    _ => match &call.callee.kind {
                        ExprKind::Member(receiver, _) => at = receiver,
                        _ => return false,
                    },
                },
                ExprKind::Name(name) => {
                    return matches!(self.locals.get(&**name), Some(Type::Query(key) | Type::Select(key)) if key == model);
                }
                _ => return false,
            }
        }
        false
    }
}

/// The attribute of `filter_by(attribute=value)`.
fn given_value(argument: &Argument) -> Option<&str> {
    argument.keyword.as_deref().filter(|name| *name != "**" && !argument.value.is_null())
}

fn is_none(call: &Call) -> bool {
    call.positional().next().is_some_and(Expr::is_null)
}

/// Attributes of its elements that the conditions of a comprehension keep from None.
fn own_conditions(comprehension: &Comprehension) -> Vec<&str> {
    let Some(element) = comprehension.element.as_name() else { return Vec::new() };
    let conditions = comprehension.clauses.iter().flat_map(|(_, _, conditions)| conditions);
    let said = conditions.map(|condition| says(condition, true, 0)).fold(Said::default(), Said::both);
    said.kept.into_iter().filter(|(local, _)| *local == element).map(|(_, attribute)| attribute).collect()
}

/// A local itself.
fn local(expr: &Expr) -> Option<(&str, &str)> {
    Some((expr.as_name()?, ""))
}

/// The local and its attribute of `local.attribute`.
fn path(expr: &Expr) -> Option<(&str, &str)> {
    match &expr.kind {
        ExprKind::Member(object, attribute) => Some((object.as_name()?, attribute)),
        ExprKind::Walrus(_, inner) => path(inner),
        _ => None,
    }
}

/// What a condition says about attributes of locals where it is true, or false.
fn says(test: &Expr, truth: bool, depth: u32) -> Said<'_> {
    if depth > MAX_DEPTH {
        return Said::default();
    }
    let path = |expr| local(expr).or_else(|| path(expr));
    let one = |expr| path(expr).into_iter().collect();
    match &test.kind {
        ExprKind::Unary(Operator::Not, inner) => says(inner, !truth, depth + 1),
        ExprKind::Binary(operator @ (Operator::BooleanAnd | Operator::BooleanOr), left, right) => {
            let (left, right) = (says(left, truth, depth + 1), says(right, truth, depth + 1));
            if truth == (*operator == Operator::BooleanAnd) { left.both(right) } else { left.either(right) }
        }
        ExprKind::Binary(operator, left, right) if right.is_null() && path(left).is_some() => {
            match (operator, truth) {
                (Operator::IsNot | Operator::NotEqual, true) | (Operator::Is | Operator::Equal, false) => {
                    Said { kept: one(left), ..Said::default() }
                }
                (Operator::Is | Operator::Equal | Operator::IsNot | Operator::NotEqual, _) => {
                    Said { none: one(left), ..Said::default() }
                }
                _ => Said::default(),
            }
        }
        ExprKind::Name(_) | ExprKind::Member(..) if path(test).is_some() => {
            Said { kept: if truth { one(test) } else { Checked::new() }, ..Said::default() }
        }
        _ => Said { kept: mentioned(test), ..Said::default() },
    }
}

/// Every attribute of a name in an expression.
pub(super) fn mentioned(expr: &Expr) -> Checked<'_> {
    let mut found = Checked::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        found.extend(local(expr).or_else(|| path(expr)));
        if let Some(call) = expr.as_call()
            && let [object, name, ..] = call.arguments.as_slice()
            && let (Some(object), Some(name)) = (object.value.as_name(), name.value.as_text())
        {
            // `getattr(row, "ended", None)`.
            found.insert((object, name));
        }
        expr.for_each_part(&mut |part| {
            if let ExprPart::Expr(part) = part {
                open.push(part);
            }
        });
    }
    found
}
