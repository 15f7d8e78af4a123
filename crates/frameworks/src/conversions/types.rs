//! What is certain about the value of an expression, as far as conversions need it.
//!
//! `None` is left out of every type: an object that may be missing is converted only where it is there.

use std::rc::Rc;

use alignment_model::project::LeavesOut;
use alignment_model::shape::{DeclarationKey, Shape};

/// A class, shared between the many places that name it.
pub(super) type Key = Rc<DeclarationKey>;

/// What a value is certain to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    /// Not certain.
    Unknown,
    /// `None`, or an element of a list that is still empty.
    Null,
    /// The class itself.
    Class(Key),
    /// An instance.
    Object(Key),
    /// A dictionary of the fields of an instance: `obj.__dict__`, `obj.model_dump()`.
    Fields(Key, LeavesOut),
    /// The same without the fields of these names: `obj.model_dump(exclude={"owner"})`.
    FieldsBut(Key, LeavesOut, Rc<[Box<str>]>),
    /// A list or anything else that gives one element after the other.
    List(Rc<Type>),
    /// A dictionary, by its values.
    Map(Rc<Type>),
    /// Pairs of anything and this: `mapping.items()`, `enumerate(items)`.
    Pairs(Rc<Type>),
    /// Something to await.
    Promise(Rc<Type>),
    /// `session.query(Model)`.
    Query(Key),
    /// `select(Model)`.
    Select(Key),
    /// `session.execute(select(Model))`: rows of one column.
    Rows(Key),
    /// `session.scalars(select(Model))`, `session.exec(select(Model))` of SQLModel.
    Scalars(Key),
    /// `TypeAdapter(T)`.
    Adapter(Rc<Type>),
    /// A value that is no object of the repository.
    Value(Rc<Shape>),
}

impl Type {
    /// The class of the instance whose fields this is a dictionary of.
    pub(super) fn dumped(&self) -> Option<&Key> {
        match self {
            Type::Fields(key, _) | Type::FieldsBut(key, ..) => Some(key),
            _ => None,
        }
    }

    /// A list of these.
    pub(super) fn list(element: Type) -> Type {
        Type::List(Rc::new(element))
    }

    /// A value of this shape.
    pub(super) fn value(shape: Shape) -> Type {
        Type::Value(Rc::new(shape))
    }

    /// What an annotation says. Its depth is bounded by the reader of annotations.
    pub(super) fn of_shape(shape: &Shape) -> Type {
        match shape {
            Shape::Ref(reference) => match &reference.target {
                Some(key) => Type::Object(Rc::new(key.clone())),
                None => Type::Unknown,
            },
            Shape::List(inner) => Type::list(Type::of_shape(inner)),
            Shape::Map(_, inner) => Type::Map(Rc::new(Type::of_shape(inner))),
            Shape::Promise(inner) => Type::Promise(Rc::new(Type::of_shape(inner))),
            Shape::Null => Type::Null,
            Shape::OneOf(members) => {
                members.iter().map(Type::of_shape).reduce(Type::join).unwrap_or(Type::Unknown)
            }
            Shape::Unknown(_)
            | Shape::Any
            | Shape::Json
            | Shape::Parameter(_)
            | Shape::Object(_)
            | Shape::Never
            | Shape::Function => Type::Unknown,
            other => Type::value(other.clone()),
        }
    }

    /// What is certain where it is either of the two.
    pub(super) fn join(self, other: Type) -> Type {
        match (self, other) {
            (Type::Null, one) | (one, Type::Null) => one,
            (Type::List(left), Type::List(right)) => Type::list(Type::clone(&left).join(Type::clone(&right))),
            (left, right) if left == right => left,
            _ => Type::Unknown,
        }
    }

    /// What a loop over it gives.
    pub(super) fn element(&self) -> Type {
        match self {
            Type::List(element) => Type::clone(element),
            Type::Query(key) | Type::Scalars(key) => Type::Object(key.clone()),
            Type::Promise(inner) => match &**inner {
                Type::List(element) => Type::clone(element),
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }
}

/// The classes of two values of one form: an object and an object, a list and a list.
pub(super) fn classes_of(target: &Type, source: &Type) -> Option<(Key, Key)> {
    match (target, source) {
        (Type::Object(target), Type::Object(source)) => Some((target.clone(), source.clone())),
        (Type::List(target), source) => match (&**target, source.element()) {
            (Type::Object(target), Type::Object(source)) => Some((target.clone(), source)),
            _ => None,
        },
        (Type::Map(target), Type::Map(source)) => match (&**target, &**source) {
            (Type::Object(target), Type::Object(source)) => Some((target.clone(), source.clone())),
            _ => None,
        },
        _ => None,
    }
}
