//! What Pydantic says where a value is not of a field's type.

use alignment_model::entity::Field;
use alignment_model::shape::Shape;

/// The message for a value that is of quite another type, None among them, as Pydantic 2 words it ("Validation Errors").
pub(crate) fn words_of_refusal(field: &Field) -> String {
    let valid = |what: &str| format!("Input should be a valid {what}");
    match &field.ty.shape {
        Shape::Text => valid("string"),
        Shape::Int(_) => valid("integer"),
        Shape::Float | Shape::Number => valid("number"),
        Shape::Bool => valid("boolean"),
        Shape::Bytes => valid("bytes"),
        Shape::Date => valid("date"),
        Shape::Time => valid("time"),
        Shape::DateTime(_) => valid("datetime"),
        Shape::Duration => valid("timedelta"),
        Shape::Map(..) => valid("dictionary"),
        Shape::List(_) => valid(collection(&field.ty.written)),
        Shape::Uuid => "UUID input should be a string, bytes or UUID object".to_owned(),
        Shape::Decimal => "Decimal input should be an integer, float, string or Decimal object".to_owned(),
        _ if field.ty.written.is_empty() => valid(&field.ty.shape.to_string()),
        _ => valid(&field.ty.written),
    }
}

/// Lists, sets and tuples have one shape and messages of their own.
fn collection(written: &str) -> &'static str {
    let name = written.split('[').next().unwrap_or(written).rsplit('.').next().unwrap_or(written);
    match name {
        "set" | "Set" => "set",
        "frozenset" | "FrozenSet" => "frozenset",
        "tuple" | "Tuple" => "tuple",
        _ => "list",
    }
}
