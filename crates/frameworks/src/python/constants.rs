//! The value of an expression, where it is known without running code: literals, names, class attributes, f-strings,
//! `+`, `%`, `.format`, `.join`, containers, indexing, enumeration members.
//!
//! Deliberately absent: anything that depends on input, time or environment. `os.environ.get("X", "default")` is not
//! known, and neither is a parameter.

use std::collections::BTreeMap;

use alignment_model::Why;
use alignment_model::shape::{DeclarationKey, Value};

mod calls;
pub(crate) mod cases;
mod fold;
mod functions;
mod handed_on;
pub(crate) mod operators;
mod patterns;
pub(crate) mod text;

#[cfg(test)]
mod tests;

/// Values of local names, for an interpreter that knows them (loops over literals, calls of helpers).
pub type Locals = BTreeMap<Box<str>, Constant>;

/// A value known without running code. Parts of a container may be unknown while the rest is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `None`.
    None,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, as written.
    Number(Box<str>),
    /// Text.
    Text(Box<str>),
    /// Bytes, as written between the quotes.
    Bytes(Box<str>),
    /// A list or set.
    List(Vec<Constant>),
    /// A tuple.
    Tuple(Vec<Constant>),
    /// A dictionary, in order, each key once.
    Map(Vec<(Constant, Constant)>),
    /// A member of an enumeration of the repository, with its value.
    EnumMember {
        /// The enumeration.
        class: DeclarationKey,
        /// The member's name.
        name: Box<str>,
        /// Its value.
        value: Box<Constant>,
    },
    /// A class or function of the repository.
    Declaration(DeclarationKey),
    /// Not known.
    Unknown(Why),
}

impl Constant {
    /// Text.
    pub fn of_text(text: impl Into<Box<str>>) -> Self {
        Constant::Text(text.into())
    }

    /// A value that JSON carries.
    pub fn from_value(value: &Value) -> Self {
        match value {
            Value::Text(text) => Constant::Text(text.clone()),
            Value::Number(text) => {
                text.parse().map_or_else(|_| Constant::Number(text.clone()), Constant::Int)
            }
            Value::Bool(value) => Constant::Bool(*value),
            Value::Null => Constant::None,
        }
    }

    /// Whether Python takes it for true, where that is known.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Constant::None => Some(false),
            Constant::Bool(value) => Some(*value),
            Constant::Int(value) => Some(*value != 0),
            Constant::Number(text) => text.parse::<f64>().ok().map(|value| value != 0.0),
            Constant::Text(text) | Constant::Bytes(text) => Some(!text.is_empty()),
            Constant::List(items) | Constant::Tuple(items) => Some(!items.is_empty()),
            Constant::Map(entries) => Some(!entries.is_empty()),
            Constant::EnumMember { .. } | Constant::Declaration(_) => None,
            Constant::Unknown(_) => None,
        }
    }

    /// The text, if it is one; a member of an enumeration that is also a `str` is not text here.
    pub fn text(&self) -> Option<&str> {
        match self {
            Constant::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if it is a list or tuple.
    pub fn items(&self) -> Option<&[Constant]> {
        match self {
            Constant::List(items) | Constant::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Whether nothing is known about it.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Constant::Unknown(_))
    }

    /// As a value that JSON carries; a member of an enumeration by its value.
    pub fn value(&self) -> Option<Value> {
        match self {
            Constant::None => Some(Value::Null),
            Constant::Bool(value) => Some(Value::Bool(*value)),
            Constant::Int(value) => Some(Value::Number(value.to_string().into())),
            Constant::Number(text) => Some(Value::Number(text.clone())),
            Constant::Text(text) => Some(Value::Text(text.clone())),
            Constant::EnumMember { value, .. } => value.value(),
            _ => None,
        }
    }
}
