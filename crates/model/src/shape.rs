//! The shape of a value: what a type means once names are resolved, in words shared by all layers.
//!
//! Nullability and absence are not part of a field's shape; they stand beside it (`entity::Field`). Inside a
//! container they are: `list[str | None]` is a list of `OneOf([Text, Null])`.

use std::collections::HashSet;
use std::fmt;

use crate::known::{Known, Why};
use crate::source::FileId;

/// What a type means.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A boolean.
    Bool,
    /// A whole number, with its width in bits where the layer says one (16, 32, 64).
    Int(Option<u8>),
    /// A binary floating-point number.
    Float,
    /// A number that is both: TypeScript's `number`.
    Number,
    /// An exact decimal.
    Decimal,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A point in time; whether it carries a zone.
    DateTime(Known<bool>),
    /// A length of time.
    Duration,
    /// A UUID.
    Uuid,
    /// Any JSON value (a JSON column).
    Json,
    /// Anything: `Any`, `unknown`, `any`, `object`.
    Any,
    /// Only `None` / `null`.
    Null,
    /// Only `undefined`.
    Undefined,
    /// Nothing: `never`.
    Never,
    /// One of these literal values (`Literal["a", "b"]`, `"a" | "b"`).
    Literals(Vec<Value>),
    /// A member of a named enumeration.
    Enum(EnumShape),
    /// A list, array, set or tuple of one element type.
    List(Box<Shape>),
    /// A map to one value type.
    Map(MapKey, Box<Shape>),
    /// An object of a declared type.
    Ref(TypeRef),
    /// A type parameter of the entity that declares the field (`T` in `items: list[T]`). What stands for it is the argument
    /// at the same position of the [`TypeRef`] that names the entity; the entity's detail lists its parameters in order.
    Parameter(Box<str>),
    /// An object written in place.
    Object(Vec<Property>),
    /// One of several.
    OneOf(Vec<Shape>),
    /// A function.
    Function,
    /// A vector of floats (pgvector).
    Vector,
    /// A promise or awaitable of something.
    Promise(Box<Shape>),
    /// Not known.
    Unknown(Why),
}

/// What the keys of a map are declared to be. JSON has only text for keys, so maps are equal whose values are: the key is told to
/// people and never compared.
#[derive(Clone, Debug)]
pub struct MapKey(pub Box<Shape>);

impl MapKey {
    /// Text, as in every object of JSON.
    pub fn text() -> Self {
        Self(Box::new(Shape::Text))
    }
}

impl PartialEq for MapKey {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A literal value as JSON would carry it; numbers keep their text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Text.
    Text(Box<str>),
    /// A number, as written.
    Number(Box<str>),
    /// A boolean.
    Bool(bool),
    /// `null`.
    Null,
}

impl Value {
    /// Without quotes, for lists of values in messages and machine formats.
    pub fn plain(&self) -> String {
        match self {
            Value::Text(text) => text.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Null => "null".to_owned(),
        }
    }
}

/// A named enumeration: the values that travel (and, for Python, the member names that SQLAlchemy stores).
#[derive(Clone, Debug, PartialEq)]
pub struct EnumShape {
    /// Its name.
    pub name: Box<str>,
    /// The declaration, where it is in the repository.
    pub target: Option<DeclarationKey>,
    /// The values that travel.
    pub values: Known<Vec<Value>>,
}

/// A reference to a declared type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeRef {
    /// Its name as people say it (the last segment).
    pub name: Box<str>,
    /// The declaration, where it is in the repository.
    pub target: Option<DeclarationKey>,
    /// Type arguments.
    pub arguments: Vec<Shape>,
}

/// Names one declaration of the repository without doubt: its file and its dotted path inside it (`User`, `Outer.Inner`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeclarationKey {
    /// The file.
    pub file: FileId,
    /// Dotted path inside the file.
    pub path: Box<str>,
}

/// A property of an object written in place.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its key.
    pub name: Box<str>,
    /// Its shape without null and undefined.
    pub shape: Shape,
    /// Whether null is allowed.
    pub nullable: Known<bool>,
    /// Whether it may be absent.
    pub optional: bool,
}

impl Shape {
    /// Whether nothing can be said about it.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Shape::Unknown(_))
    }

    /// The literal values it admits, if it is closed: literals, or an enumeration whose values are known.
    pub fn values(&self) -> Option<&[Value]> {
        match self {
            Shape::Literals(values) => Some(values),
            Shape::Enum(EnumShape { values: Known::Is(values), .. }) => Some(values),
            _ => None,
        }
    }

    /// Takes `None`/`null` and `undefined` out of a union: the rest, whether null was in it, whether undefined was.
    /// A union of nothing else is [`Shape::Null`] or [`Shape::Undefined`] itself.
    pub fn split_null(self) -> (Shape, bool, bool) {
        let Shape::OneOf(members) = self else {
            return match self {
                Shape::Null => (Shape::Null, true, false),
                Shape::Undefined => (Shape::Undefined, false, true),
                other => (other, false, false),
            };
        };
        let (mut null, mut undefined) = (false, false);
        let mut rest = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Shape::Null => null = true,
                Shape::Undefined => undefined = true,
                other => rest.push(other),
            }
        }
        let shape = match rest.len() {
            0 if null => Shape::Null,
            0 => Shape::Undefined,
            1 => rest.remove(0),
            _ => Shape::OneOf(rest),
        };
        (shape, null, undefined)
    }

    /// A union of these shapes: nested unions are flattened, equal members and literals merged.
    pub fn one_of(members: Vec<Shape>) -> Shape {
        let mut flat: Vec<Shape> = Vec::new();
        let mut literals: Vec<Value> = Vec::new();
        let mut seen: HashSet<Value> = HashSet::new();
        let mut literal_at = None;
        let mut stack: Vec<Shape> = members.into_iter().rev().collect();
        while let Some(member) = stack.pop() {
            match member {
                Shape::OneOf(inner) => stack.extend(inner.into_iter().rev()),
                Shape::Never => {}
                Shape::Literals(values) => {
                    literal_at.get_or_insert(flat.len());
                    for value in values {
                        if seen.insert(value.clone()) {
                            literals.push(value);
                        }
                    }
                }
                other if !flat.contains(&other) => flat.push(other),
                _ => {}
            }
        }
        if let Some(at) = literal_at {
            flat.insert(at, Shape::Literals(literals));
        }
        match flat.len() {
            0 => Shape::Never,
            1 => flat.remove(0),
            _ => Shape::OneOf(flat),
        }
    }
}

/// The canonical name in machine formats: `uuid string int float number decimal bool date time datetime timedelta bytes json any
/// array<T> map<K,V> enum<Name> literal ref<Name> union<A|B> vector object function null undefined never unknown`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Bool => f.write_str("bool"),
            Shape::Int(_) => f.write_str("int"),
            Shape::Float => f.write_str("float"),
            Shape::Number => f.write_str("number"),
            Shape::Decimal => f.write_str("decimal"),
            Shape::Text => f.write_str("string"),
            Shape::Bytes => f.write_str("bytes"),
            Shape::Date => f.write_str("date"),
            Shape::Time => f.write_str("time"),
            Shape::DateTime(_) => f.write_str("datetime"),
            Shape::Duration => f.write_str("timedelta"),
            Shape::Uuid => f.write_str("uuid"),
            Shape::Json => f.write_str("json"),
            Shape::Any | Shape::Parameter(_) => f.write_str("any"),
            Shape::Null => f.write_str("null"),
            Shape::Undefined => f.write_str("undefined"),
            Shape::Never => f.write_str("never"),
            Shape::Literals(_) => f.write_str("literal"),
            Shape::Enum(shape) => write!(f, "enum<{}>", shape.name),
            Shape::List(element) => write!(f, "array<{element}>"),
            Shape::Map(MapKey(key), value) => write!(f, "map<{key},{value}>"),
            Shape::Ref(reference) => write!(f, "ref<{}>", reference.name),
            Shape::Object(_) => f.write_str("object"),
            Shape::OneOf(members) => {
                // Members that read the same are named once: two objects written in place are `object`.
                let mut names: Vec<String> = Vec::new();
                for name in members.iter().map(Shape::to_string) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                match &names[..] {
                    [one] => f.write_str(one),
                    _ => write!(f, "union<{}>", names.join("|")),
                }
            }
            Shape::Function => f.write_str("function"),
            Shape::Vector => f.write_str("vector"),
            Shape::Promise(inner) => write!(f, "promise<{inner}>"),
            Shape::Unknown(_) => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unions_are_flat_and_without_twins() {
        let literal = |text: &str| Shape::Literals(vec![Value::Text(text.into())]);
        let union = Shape::one_of(vec![
            literal("a"),
            Shape::OneOf(vec![Shape::Null, literal("b")]),
            Shape::Null,
            literal("a"),
        ]);
        assert_eq!(union.to_string(), "union<literal|null>");
        let (shape, null, undefined) = union.split_null();
        assert_eq!((shape.values().map(<[_]>::len), null, undefined), (Some(2), true, false));
        assert_eq!(Shape::one_of(vec![]), Shape::Never);
    }
}
