//! Validators that are a list of values: `if v not in ("draft", "paid"): raise ValueError(...)`.
//!
//! Only a body that does nothing but refuse: the value that comes in goes out, so what passes is in the list whatever else the
//! validator refuses.

use alignment_model::code::{Expr, ExprKind, Function, Operator, Statement};
use alignment_model::shape::{DeclarationKey, Value};

use crate::python::{Constant, Names, Target, parent};

/// Names that lead to names.
const MAX_DEPTH: u16 = 4;

/// The values that a validator, whose names are seen from `home`, lets through for its parameter `given`; `None` where it is no
/// such list, or changes what it gets. `None` itself may pass beside them.
pub(super) fn values(
    names: &Names<'_>,
    home: &DeclarationKey,
    function: &Function,
    given: &str,
) -> Option<Vec<Value>> {
    let mut found = None;
    for statement in &function.body {
        match statement {
            Statement::Return(Some(value), _) if value.as_name() == Some(given) => {}
            Statement::Assign(assign) if assign.target.as_name().is_some_and(|name| name != given) => {}
            Statement::Expr(expr) if expr.as_text().is_some() => {}
            Statement::If(branch) => {
                let [Statement::Raise(..)] = branch.then.as_slice() else { return None };
                if !branch.otherwise.is_empty() {
                    return None;
                }
                if let Some(list) = refused_outside(&branch.test, given) {
                    found = found.or(Some(list));
                }
            }
            _ => return None,
        }
    }
    let Some(Statement::Return(Some(_), _)) = function.body.last() else { return None };
    listed(&Place { names, home, function: Some(function) }, found?, 0)
}

/// `S` of `v not in S`, alone or where `v` is no `None`.
fn refused_outside<'e>(test: &'e Expr, given: &str) -> Option<&'e Expr> {
    let ExprKind::Binary(operator, left, right) = &test.kind else { return None };
    match operator {
        Operator::NotIn => (left.as_name() == Some(given)).then_some(right),
        Operator::BooleanAnd if is_not_none(left, given) => refused_outside(right, given),
        _ => None,
    }
}

fn is_not_none(test: &Expr, given: &str) -> bool {
    match &test.kind {
        ExprKind::Binary(Operator::IsNot | Operator::NotEqual, left, right) => {
            left.as_name() == Some(given) && right.is_null()
        }
        _ => false,
    }
}

/// Where the names of a list are seen from: a validator, or the module of what it names.
struct Place<'p, 'a> {
    names: &'p Names<'a>,
    home: &'p DeclarationKey,
    function: Option<&'p Function>,
}

/// The texts of a list; `None` if one of them is not known.
fn listed(place: &Place<'_, '_>, list: &Expr, depth: u16) -> Option<Vec<Value>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let Place { names, home, function } = place;
    let (file, scope) = (home.file, &*home.path);
    match &list.kind {
        ExprKind::Call(call) => {
            let target = names.resolve(file, scope, &call.callee);
            let collects =
                ["builtins.tuple", "builtins.list", "builtins.set", "builtins.frozenset", "builtins.sorted"];
            let [only] = call.arguments.as_slice() else { return None };
            collects.contains(&target.external()?).then(|| listed(place, &only.value, depth + 1))?
        }
        // `c.value for c in Color`.
        ExprKind::Comprehension(inner) => {
            let [(target, iterable, conditions)] = inner.clauses.as_slice() else { return None };
            let ExprKind::Member(item, member) = &inner.element.kind else { return None };
            if !conditions.is_empty() || item.as_name() != target.as_name() || &**member != "value" {
                return None;
            }
            let Target::Class(key, _) = names.resolve(file, scope, iterable) else { return None };
            texts(names.enum_members(&key)?.iter().map(|member| member.value.is().cloned()))
        }
        ExprKind::Name(name) if local(*function, name).is_some() => {
            listed(place, local(*function, name)??, depth + 1)
        }
        ExprKind::Name(_) | ExprKind::Member(..) => match names.resolve(file, scope, list) {
            Target::Variable(key, assign) => {
                let scope = parent(&key.path);
                let home = DeclarationKey { file: key.file, path: scope.into() };
                listed(&Place { names, home: &home, function: None }, assign.value.as_ref()?, depth + 1)
            }
            _ => None,
        },
        _ => match names.fold(file, scope, list) {
            Constant::List(items) | Constant::Tuple(items) => texts(items.iter().map(Constant::value)),
            Constant::Map(entries) => texts(entries.iter().map(|(key, _)| key.value())),
            _ => None,
        },
    }
}

/// What a name of the function is assigned: `Some(None)` where more than one statement does.
fn local<'f>(function: Option<&'f Function>, name: &str) -> Option<Option<&'f Expr>> {
    let mut assigned = function?.body.iter().filter_map(|statement| match statement {
        Statement::Assign(assign) if assign.target.as_name() == Some(name) => Some(assign),
        _ => None,
    });
    let first = assigned.next()?;
    Some(first.value.as_ref().filter(|_| assigned.next().is_none() && first.operator.is_none()))
}

/// All of them, if each is a known text: what else is in a list, a text is not.
fn texts(values: impl Iterator<Item = Option<Value>>) -> Option<Vec<Value>> {
    let values: Vec<Value> = values.collect::<Option<_>>()?;
    (!values.is_empty() && values.iter().all(|value| matches!(value, Value::Text(_)))).then_some(values)
}
