//! What a type is, once evaluated: interned, so that equal types have one id and recursion costs nothing.

use std::rc::Rc;

use alignment_model::code::{Expr, Function, MapEntry, MappedType, TypeExpr, TypeMember};
use alignment_model::entity::Incomplete;
use alignment_model::shape::Value;
use alignment_model::{FileId, Span, Why};

use crate::typescript::names::Symbol;

/// An evaluated type, by position in [`super::Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ty(pub(super) u32);

/// The type parameters bound where a type is evaluated, by position in [`super::Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::typescript) struct Env(pub(super) u32);

/// The forms of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::typescript) enum Kind<'a> {
    /// `any`.
    Any,
    /// `unknown`: every value, of which nothing is known until it is looked at.
    Anything,
    /// Not known.
    Unknown(Why),
    Never,
    Null,
    /// `undefined` and `void`.
    Undefined,
    Text,
    Number,
    Bool,
    BigInt,
    Symbol,
    /// `object`.
    NonPrimitive,
    Date,
    Function,
    Literal(Value),
    /// A whole enum.
    Enum(Symbol),
    /// One member of an enum, by its name.
    EnumMember(Symbol, Box<str>),
    /// A type parameter that nothing stands for yet.
    Parameter(&'a str),
    List(Ty),
    Tuple(Rc<[Ty]>),
    Promise(Ty),
    /// An object with any key.
    Map(Ty),
    /// At least two members, flat, none `any`, `never` or a twin of another.
    Union(Rc<[Ty]>),
    /// An interface or the instances of a class, with type arguments.
    Declared(Symbol, Rc<[Ty]>),
    /// An alias that is still being evaluated: what contains itself.
    Alias(Symbol, Rc<[Ty]>),
    /// A type of the language's library or the browser that has a name and is an object: `File`, `URL`.
    Library(&'static str),
    /// An object type without a declaration of its own, by position in [`super::Types`].
    Object(u32),
}

/// An object type without a declaration of its own.
#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    /// How the compiler calls it.
    pub(super) name: Option<ObjectName>,
    /// What stands for the type parameters of its name.
    pub(super) arguments: Rc<[Ty]>,
    /// What it is made of.
    pub(super) form: Form<'a>,
}

/// How the compiler calls an object type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectName {
    /// By the alias that made it.
    Alias(Symbol),
    /// By a utility type of the library: `Partial`.
    Utility(&'static str),
}

/// What an object type is made of.
#[derive(Clone, Debug)]
pub(super) enum Form<'a> {
    /// `{ a: T }`.
    Written(&'a [TypeMember], Env),
    /// `{ [K in Keys]: T }`.
    Mapped(&'a MappedType, Env),
    /// `A & B`.
    Intersection(Rc<[Ty]>),
    /// A utility type over another.
    Derived(Ty, Derivation),
    /// `Record<Keys, T>` over known keys.
    Record(Rc<[Box<str>]>, Ty),
    /// An object literal; `true` under `as const`.
    Literal(FileId, &'a [MapEntry], bool),
    /// An object whose members are known at once.
    Made(Rc<Members<'a>>),
}

/// What a utility type does to the members of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Derivation {
    Partial,
    Required,
    Readonly,
    Pick(Rc<[Box<str>]>),
    Omit(Rc<[Box<str>]>),
    /// Members whose names cannot be told.
    Unclear(Why),
}

/// The members of a type.
#[derive(Clone, Debug, Default)]
pub(in crate::typescript) struct Members<'a> {
    /// In order, inherited ones first; no name twice.
    pub(in crate::typescript) list: Vec<Member<'a>>,
    /// Positions by name, for lists that are long.
    pub(super) by_name: std::collections::HashMap<Rc<str>, usize>,
    /// The type of every other key, if any key may be present.
    pub(in crate::typescript) index: Option<Ty>,
    /// Why members may be missing.
    pub(in crate::typescript) lacks: Vec<Incomplete>,
    /// It can be called: it is a function with properties.
    pub(in crate::typescript) callable: bool,
}

/// One member.
#[derive(Clone, Debug)]
pub(in crate::typescript) struct Member<'a> {
    pub(in crate::typescript) name: Rc<str>,
    /// Where its type comes from.
    pub(in crate::typescript) source: Source<'a>,
    /// `?`.
    pub(in crate::typescript) optional: bool,
    /// Written as a method.
    pub(in crate::typescript) is_method: bool,
    /// Its place, if it has one in the repository.
    pub(in crate::typescript) span: Option<Span>,
    /// The interface, class or alias it is written in.
    pub(in crate::typescript) owner: Option<Symbol>,
}

/// Where the type of a member comes from; evaluated when asked for, because types contain themselves.
#[derive(Clone, Debug)]
pub(in crate::typescript) enum Source<'a> {
    /// A type as written.
    Written(&'a TypeExpr, Env),
    /// A value; `true` under `as const`.
    Value(FileId, &'a Expr, bool),
    /// What a zod schema gives, with whether it is what goes in.
    Zod(FileId, &'a Expr, bool),
    /// What a getter gives.
    Getter(FileId, &'a Function),
    /// Known at once.
    Known(Ty),
    /// Without `undefined`: `Required<T>`, `-?`.
    Defined(Rc<Source<'a>>),
    /// With `undefined`: what may be absent in one part of an intersection, and not in another.
    OrUndefined(Rc<Source<'a>>),
    /// The same key on both sides of an intersection.
    Both(Rc<[Source<'a>]>),
    /// The same key in every member of a union.
    Either(Rc<[Source<'a>]>),
}

impl<'a> Members<'a> {
    /// The member of this name.
    pub(in crate::typescript) fn get(&self, name: &str) -> Option<&Member<'a>> {
        if self.by_name.is_empty() {
            return self.list.iter().find(|member| &*member.name == name);
        }
        self.list.get(*self.by_name.get(name)?)
    }

    /// Adds a member; one of the same name is replaced in its place.
    pub(super) fn put(&mut self, member: Member<'a>) {
        match self.position(&member.name) {
            Some(at) => {
                if let Some(slot) = self.list.get_mut(at) {
                    *slot = member;
                }
            }
            None => self.push(member),
        }
    }

    /// Adds a member unless there is one of the same name.
    pub(super) fn put_new(&mut self, member: Member<'a>) {
        if self.position(&member.name).is_none() {
            self.push(member);
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.by_name.is_empty() {
            self.list.iter().position(|member| &*member.name == name)
        } else {
            self.by_name.get(name).copied()
        }
    }

    fn push(&mut self, member: Member<'a>) {
        /// Below this a list is searched faster than a map.
        const LONG: usize = 12;
        self.list.push(member);
        if self.list.len() == LONG {
            self.by_name =
                self.list.iter().enumerate().map(|(at, member)| (member.name.clone(), at)).collect();
        } else if self.list.len() > LONG
            && let Some(last) = self.list.last()
        {
            self.by_name.insert(last.name.clone(), self.list.len() - 1);
        }
    }

    /// Adds a reason why members may be missing, once.
    pub(super) fn lack(&mut self, why: Why, message: impl Into<Box<str>>, span: Option<Span>) {
        let reason = Incomplete { why, message: message.into(), span };
        if !self.lacks.contains(&reason) {
            self.lacks.push(reason);
        }
    }
}
