//! What Pydantic does with a Python object of one type that a field of another is given, in its lax mode.
//!
//! Rules: Pydantic 2, "Conversion Table", and the validators of Pydantic 1.10; each answer was asked of both (2.14 and 1.10).
//! Deliberately absent: texts for numbers, dates and UUIDs, and numbers for moments and booleans. Whether they pass depends on
//! what they say, and a column of texts that are UUIDs is a custom, not a mistake.

use alignment_model::entity::{Detail, Entity};
use alignment_model::shape::Shape;

/// What becomes of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No value passes.
    Always,
    /// A moment passes only at midnight.
    UnlessMidnight,
    /// A number passes only without a fraction.
    UnlessWhole,
}

/// Types of Python objects between which Pydantic's conversions are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Float,
    Decimal,
    Text,
    Date,
    Time,
    Moment,
    Duration,
    Uuid,
    List,
    Map,
}

impl Kind {
    fn of(shape: &Shape) -> Option<Self> {
        Some(match shape {
            Shape::Bool => Kind::Bool,
            Shape::Int(_) => Kind::Int,
            Shape::Float => Kind::Float,
            Shape::Decimal => Kind::Decimal,
            Shape::Text => Kind::Text,
            Shape::Date => Kind::Date,
            Shape::Time => Kind::Time,
            Shape::DateTime(_) => Kind::Moment,
            Shape::Duration => Kind::Duration,
            Shape::Uuid => Kind::Uuid,
            Shape::List(_) => Kind::List,
            Shape::Map(..) => Kind::Map,
            _ => return None,
        })
    }

    fn is_number(self) -> bool {
        matches!(self, Kind::Bool | Kind::Int | Kind::Float | Kind::Decimal)
    }

    fn is_temporal(self) -> bool {
        matches!(self, Kind::Date | Kind::Time | Kind::Moment | Kind::Duration)
    }
}

/// What a field of `schema` does with objects of the shape `given`; `None` where they pass or it is not known.
pub(crate) fn refusal(given: &Shape, field: &Shape, schema: &Entity) -> Option<Refusal> {
    let Detail::Schema(detail) = &schema.detail else { return None };
    let version = detail.pydantic?;
    let given = Kind::of(given)?;
    let members = match field {
        Shape::OneOf(members) => members.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut found = None;
    for member in members.iter().filter(|member| !matches!(member, Shape::Null)) {
        let refusal = between(given, Kind::of(member)?, version, detail.numbers_as_text)?;
        // The mildest of a union: what one member takes, passes.
        found = if found.is_none() || refusal != Refusal::Always { Some(refusal) } else { found };
    }
    found
}

fn between(given: Kind, field: Kind, version: u8, numbers_as_text: bool) -> Option<Refusal> {
    use Kind as K;
    match (given, field) {
        _ if given == field => None,
        (K::Moment, K::Date) => (version >= 2).then_some(Refusal::UnlessMidnight),
        (K::Float | K::Decimal, K::Int) => (version >= 2).then_some(Refusal::UnlessWhole),
        // Pydantic 1 made text of numbers.
        (number, K::Text) if number.is_number() => {
            (version >= 2 && !numbers_as_text).then_some(Refusal::Always)
        }
        // Pydantic 1 asks a UUID for its integer.
        (K::Uuid, K::Int) => (version >= 2).then_some(Refusal::Always),
        // Pydantic 2 takes a date for its midnight.
        (K::Date, K::Moment) => None,
        (K::Text, K::List | K::Map) => Some(Refusal::Always),
        (K::Text, _) => None,
        (_, K::List | K::Map) | (K::List | K::Map, _) => Some(Refusal::Always),
        (K::Uuid, _) => Some(Refusal::Always),
        (number, K::Uuid) if number.is_number() => Some(Refusal::Always),
        (time, other) if time.is_temporal() => {
            (other == K::Text || other == K::Uuid || other.is_number() || other.is_temporal())
                .then_some(Refusal::Always)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::entity::{Completeness, EntityKind, SchemaDetail};
    use alignment_model::{FileId, Known, Span};

    fn schema(pydantic: u8, numbers_as_text: bool) -> Entity {
        let detail = SchemaDetail { pydantic: Some(pydantic), numbers_as_text, ..SchemaDetail::default() };
        Entity {
            kind: EntityKind::Schema,
            name: "S".into(),
            qualname: "S".into(),
            declaration: None,
            span: Span::file_start(FileId::new(0)),
            fields: Vec::new(),
            completeness: Completeness::default(),
            detail: Detail::Schema(detail),
        }
    }

    /// Expected: what `create_model("M", x=(field, ...))(x=value)` did in Pydantic 2.14 and 1.10.
    #[test]
    fn objects_are_refused_as_pydantic_refuses_them() {
        use Refusal::{Always, UnlessMidnight, UnlessWhole};
        let moment = || Shape::DateTime(Known::Is(true));
        let list = || Shape::List(Box::new(Shape::Text));
        let cases = [
            (Shape::Uuid, Shape::Text, Some(Always), Some(Always)),
            (Shape::Uuid, Shape::Int(None), Some(Always), None),
            (Shape::Int(None), Shape::Text, Some(Always), None),
            (Shape::Int(None), Shape::Uuid, Some(Always), Some(Always)),
            (Shape::Int(None), Shape::Bool, None, None),
            (Shape::Decimal, Shape::Float, None, None),
            (Shape::Decimal, Shape::Int(None), Some(UnlessWhole), None),
            (Shape::Text, Shape::Uuid, None, None),
            (Shape::Text, list(), Some(Always), Some(Always)),
            (list(), Shape::Text, Some(Always), Some(Always)),
            (moment(), Shape::Text, Some(Always), Some(Always)),
            (moment(), Shape::Date, Some(UnlessMidnight), None),
            (Shape::Date, moment(), None, None),
            (Shape::Duration, Shape::Float, Some(Always), Some(Always)),
            (Shape::Json, list(), None, None),
            (Shape::Uuid, Shape::Any, None, None),
            (Shape::Uuid, Shape::OneOf(vec![Shape::Text, Shape::Uuid]), None, None),
            (Shape::Uuid, Shape::OneOf(vec![Shape::Text, Shape::Null]), Some(Always), Some(Always)),
        ];
        for (given, field, two, one) in cases {
            assert_eq!(refusal(&given, &field, &schema(2, false)), two, "2: {given} into {field}");
            assert_eq!(refusal(&given, &field, &schema(1, false)), one, "1: {given} into {field}");
        }
        assert_eq!(refusal(&Shape::Int(None), &Shape::Text, &schema(2, true)), None);
    }
}
