//! Operators, literals and loop targets over constants.

use alignment_model::Why;
use alignment_model::code::{Expr, ExprKind, Literal, Operator};

use super::{Constant, Locals, text};

/// What only running code knows.
pub(super) const DYNAMIC: Constant = Constant::Unknown(Why::DynamicExpression);

/// Binds a loop target; `None` for one whose parts do not fit.
pub(crate) fn bind(target: &Expr, value: Constant, locals: &mut Locals) -> Option<()> {
    match &target.kind {
        ExprKind::Name(name) => {
            locals.insert(name.clone(), value);
            Some(())
        }
        ExprKind::Tuple(targets) | ExprKind::List(targets) => {
            let items = value.items()?;
            let starred = targets.iter().any(|target| matches!(target.kind, ExprKind::Spread(_)));
            let extra = items.len().checked_sub(targets.len() - usize::from(starred))?;
            if extra > 0 && !starred {
                return None;
            }
            let mut items = items.iter().cloned();
            targets.iter().try_for_each(|target| match &target.kind {
                ExprKind::Spread(inner) => {
                    bind(inner, Constant::List(items.by_ref().take(extra).collect()), locals)
                }
                _ => bind(target, items.next()?, locals),
            })
        }
        _ => None,
    }
}

pub(super) fn literal_value(literal: &Literal) -> Constant {
    match literal {
        Literal::Text(text) => Constant::Text(text.clone()),
        Literal::Bytes(text) => Constant::Bytes(text.clone()),
        Literal::Int(value) => Constant::Int(*value),
        Literal::Number(text) => Constant::Number(text.clone()),
        Literal::Bool(value) => Constant::Bool(*value),
        Literal::Null => Constant::None,
        Literal::Undefined | Literal::Ellipsis | Literal::Regex(_) => {
            Constant::Unknown(Why::UnsupportedConstruct)
        }
    }
}

pub(super) fn unary(operator: Operator, operand: Constant) -> Constant {
    match (operator, operand) {
        (Operator::Negate, Constant::Int(value)) => value.checked_neg().map_or(DYNAMIC, Constant::Int),
        (Operator::Negate, Constant::Number(text)) => Constant::Number(match text.strip_prefix('-') {
            Some(positive) => positive.into(),
            None => format!("-{text}").into(),
        }),
        (Operator::Not, value) => value.truth().map_or(DYNAMIC, |truth| Constant::Bool(!truth)),
        _ => DYNAMIC,
    }
}

pub(super) fn combine(operator: Operator, left: Constant, right: Constant) -> Constant {
    use Constant as C;
    match (operator, left, right) {
        (_, C::Unknown(why), _) | (_, _, C::Unknown(why)) => C::Unknown(why),
        (Operator::Add, C::Text(left), C::Text(right)) => C::Text(format!("{left}{right}").into()),
        (Operator::Add, C::Int(left), C::Int(right)) => left.checked_add(right).map_or(DYNAMIC, C::Int),
        (Operator::Subtract, C::Int(left), C::Int(right)) => left.checked_sub(right).map_or(DYNAMIC, C::Int),
        (Operator::Multiply, C::Int(left), C::Int(right)) => left.checked_mul(right).map_or(DYNAMIC, C::Int),
        (Operator::Power, C::Int(left), C::Int(right)) => {
            u32::try_from(right).ok().and_then(|right| left.checked_pow(right)).map_or(DYNAMIC, C::Int)
        }
        (Operator::Add, C::List(mut left), C::List(right)) => {
            left.extend(right);
            C::List(left)
        }
        (Operator::Add, C::Tuple(mut left), C::Tuple(right)) => {
            left.extend(right);
            C::Tuple(left)
        }
        (Operator::Or, C::Map(mut left), C::Map(right)) => {
            left.extend(right);
            unique_keys(left)
        }
        (Operator::Modulo, C::Text(template), values) => {
            text::percent(&template, &values).map_or(DYNAMIC, C::of_text)
        }
        (Operator::Less, C::Int(left), C::Int(right)) => C::Bool(left < right),
        (Operator::LessEqual, C::Int(left), C::Int(right)) => C::Bool(left <= right),
        (Operator::Greater, C::Int(left), C::Int(right)) => C::Bool(left > right),
        (Operator::GreaterEqual, C::Int(left), C::Int(right)) => C::Bool(left >= right),
        (Operator::Equal, left, right) => known_equality(&left, &right).map_or(DYNAMIC, C::Bool),
        (Operator::NotEqual, left, right) => {
            known_equality(&left, &right).map_or(DYNAMIC, |equal| C::Bool(!equal))
        }
        (Operator::In, left, right) => contains(&right, &left).map_or(DYNAMIC, C::Bool),
        (Operator::NotIn, left, right) => contains(&right, &left).map_or(DYNAMIC, |found| C::Bool(!found)),
        (Operator::Is, left, C::None) => C::Bool(left == C::None),
        (Operator::IsNot, left, C::None) => C::Bool(left != C::None),
        _ => DYNAMIC,
    }
}

/// Equality of scalars of one kind; anything else may define its own.
fn known_equality(left: &Constant, right: &Constant) -> Option<bool> {
    use Constant as C;
    match (left, right) {
        (C::Text(_), C::Text(_)) | (C::Int(_), C::Int(_)) | (C::Bool(_), C::Bool(_)) | (C::None, C::None) => {
            Some(left == right)
        }
        (C::None, C::Text(_) | C::Int(_) | C::Bool(_)) | (C::Text(_) | C::Int(_) | C::Bool(_), C::None) => {
            Some(false)
        }
        (C::EnumMember { class: a, .. }, C::EnumMember { class: b, .. }) if a == b => Some(left == right),
        _ => None,
    }
}

fn contains(container: &Constant, item: &Constant) -> Option<bool> {
    match container {
        Constant::Text(text) => Some(text.contains(item.text()?)),
        Constant::Map(entries) => any_equal(entries.iter().map(|(key, _)| key), item),
        other => any_equal(other.items()?.iter(), item),
    }
}

fn any_equal<'c>(items: impl Iterator<Item = &'c Constant>, item: &Constant) -> Option<bool> {
    let mut found = false;
    for own in items {
        found |= known_equality(own, item)?;
    }
    Some(found)
}

/// A dictionary keeps the place of the first and the value of the last of equal keys.
pub(super) fn unique_keys(entries: Vec<(Constant, Constant)>) -> Constant {
    let mut places = std::collections::HashMap::new();
    let mut out: Vec<(Constant, Constant)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let text = format!("{key:?}");
        match places.get(&text).and_then(|at: &usize| out.get_mut(*at)) {
            Some(entry) => entry.1 = value,
            None => {
                places.insert(text, out.len());
                out.push((key, value));
            }
        }
    }
    Constant::Map(out)
}

/// Texts or whole numbers in order.
pub(super) fn sorted(mut items: Vec<Constant>) -> Option<Vec<Constant>> {
    if items.iter().all(|item| matches!(item, Constant::Text(_))) {
        items.sort_by(|a, b| a.text().cmp(&b.text()));
        return Some(items);
    }
    let whole = |item: &Constant| match item {
        Constant::Int(value) => Some(*value),
        _ => None,
    };
    if items.iter().all(|item| whole(item).is_some()) {
        items.sort_by_key(whole);
        return Some(items);
    }
    None
}
