//! The type of a column in one dialect against its type in another: whether the same values survive in both.
//!
//! SQLite has no type for a UUID, a moment or JSON, and MySQL none for a UUID or an array: text (or bytes) holds them, and
//! code that converts is expected. Text for a number is another matter: it sorts and compares as text.

use alignment_model::entity::Field;

use super::sql::Family;

/// How far two types of two dialects are apart, lightest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Distance {
    /// One stores the values of the other in a form of its own.
    Notice,
    /// Values change or are refused.
    Drift,
    /// Numbers on one side, text on the other: they sort, compare and add up differently.
    Broken,
}

/// Compares two columns; `None` where the types are the same kind, or one of them is not known.
pub(crate) fn distance(one: &Field, other: &Field) -> Option<Distance> {
    use Family as F;
    let (one_sql, other_sql) = (one.ty.sql.as_ref()?, other.ty.sql.as_ref()?);
    let (mut a, mut b) = (Family::of(one, one_sql)?, Family::of(other, other_sql)?);
    if one_sql.array != other_sql.array {
        // An array is kept as text or JSON where there is none; what it holds does not matter.
        let single = if one_sql.array { b } else { a };
        return Some(if matches!(single, F::Text | F::Json | F::Bytes) {
            Distance::Notice
        } else {
            Distance::Drift
        });
    }
    if b < a {
        (a, b) = (b, a);
    }
    match (a, b) {
        _ if a == b => None,
        // SQLite has no boolean, MySQL calls it tinyint.
        (F::Integer, F::Bool) => None,
        (F::Text, F::Integer | F::Float | F::Bool) => Some(Distance::Broken),
        (F::Text, F::Bytes) => Some(Distance::Drift),
        (F::Text, _) => Some(Distance::Notice),
        (F::Integer, F::Exact | F::Interval) | (F::Float, F::Exact | F::Interval) => Some(Distance::Notice),
        (F::Uuid | F::Json, F::Bytes) | (F::Bytes | F::Json, F::Vector) => Some(Distance::Notice),
        _ => Some(Distance::Drift),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::entity::{DeclaredType, FieldKind, SqlType};
    use alignment_model::shape::Shape;
    use alignment_model::{FileId, Span};

    fn field(base: &str) -> Field {
        let sql = match base.strip_suffix("[]") {
            Some(base) => SqlType { array: true, ..SqlType::new(base) },
            None => SqlType::new(base),
        };
        let ty =
            DeclaredType { written: "".into(), shape: sql.shape().unwrap_or(Shape::Text), sql: Some(sql) };
        Field { ty, ..Field::new("x", FieldKind::Column, Span::file_start(FileId::new(0))) }
    }

    #[test]
    fn text_holds_what_a_dialect_has_no_type_for_and_no_numbers() {
        let cases = [
            ("text", "varchar", None),
            ("int8", "int4", None),
            ("int8", "bool", None),
            ("float8", "float4", None),
            ("timestamp", "timestamptz", None),
            ("text", "uuid", Some(Distance::Notice)),
            ("text", "timestamptz", Some(Distance::Notice)),
            ("text", "jsonb", Some(Distance::Notice)),
            ("text", "numeric", Some(Distance::Notice)),
            ("text", "text[]", Some(Distance::Notice)),
            ("bytea", "uuid", Some(Distance::Notice)),
            ("float8", "numeric", Some(Distance::Notice)),
            ("int8", "timestamptz", Some(Distance::Drift)),
            ("int8", "int4[]", Some(Distance::Drift)),
            ("text", "bytea", Some(Distance::Drift)),
            ("text", "int4", Some(Distance::Broken)),
            ("text", "bool", Some(Distance::Broken)),
            ("text", "some_domain", None),
        ];
        for (one, other, expected) in cases {
            assert_eq!(distance(&field(one), &field(other)), expected, "{one} {other}");
            assert_eq!(distance(&field(other), &field(one)), expected, "{other} {one}");
        }
    }
}
