//! Closed sets of values: what one side can say and the other does not know.
//!
//! Sets are only compared where both sides are closed and travel over a link that something else has made; two sets that
//! look alike are no link. A text without a list of values is open and knows everything.

use alignment_model::entity::Field;
use alignment_model::shape::{Shape, Value};

/// Values that a field can have, null left out; `None` where the set is open or not known.
pub(crate) fn closed(field: &Field, shape: &Shape) -> Option<Vec<Value>> {
    let of_type = of_shape(shape, 0);
    let of_check = match &field.values {
        alignment_model::Known::Is(Some(values)) => Some(values.clone()),
        _ => None,
    };
    match (of_type, of_check) {
        // Both hold: what only one of them allows cannot occur.
        (Some(a), Some(b)) => Some(a.into_iter().filter(|value| b.contains(value)).collect()),
        (a, b) => a.or(b),
    }
}

fn of_shape(shape: &Shape, depth: usize) -> Option<Vec<Value>> {
    const MAX_DEPTH: usize = 8;
    match shape {
        Shape::Bool | Shape::Ref(_) => None,
        Shape::Null | Shape::Undefined => Some(Vec::new()),
        Shape::OneOf(members) if depth < MAX_DEPTH => {
            let mut all = Vec::new();
            for member in members {
                all.extend(of_shape(member, depth + 1)?);
            }
            Some(all)
        }
        other => {
            let values = other.values()?;
            Some(values.iter().filter(|value| **value != Value::Null).cloned().collect())
        }
    }
}

/// Values of the first set that the second lacks, in order.
pub(crate) fn beyond<'v>(said: &'v [Value], known: &[Value]) -> Vec<&'v Value> {
    said.iter().filter(|value| !known.contains(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::entity::FieldKind;
    use alignment_model::{FileId, Known, Span};

    fn texts(texts: &[&str]) -> Vec<Value> {
        texts.iter().map(|text| Value::Text((*text).into())).collect()
    }

    #[test]
    fn open_sets_know_everything_and_checks_close_them() {
        let mut field = Field::new("x", FieldKind::Field, Span::file_start(FileId::new(0)));
        assert_eq!(closed(&field, &Shape::Text), None);
        field.values = Known::Is(Some(texts(&["a", "b"])));
        assert_eq!(closed(&field, &Shape::Text), Some(texts(&["a", "b"])));
        assert_eq!(closed(&field, &Shape::Literals(texts(&["b", "c"]))), Some(texts(&["b"])));
        let union = Shape::OneOf(vec![Shape::Literals(texts(&["a"])), Shape::Text]);
        assert_eq!(closed(&Field { values: Known::Is(None), ..field }, &union), None);
        assert_eq!(beyond(&texts(&["a", "z"]), &texts(&["a"])), [&Value::Text("z".into())]);
    }
}
