//! Which values may be None, and which never are: what is written, what functions of the project say they return, what classes say of
//! their attributes.
//!
//! Conditions on the way are looked at as in `checks`: what code asked about counts as not None.

use alignment_model::FileId;
use alignment_model::code::{Call, Expr, ExprKind, Function, Statement};
use alignment_model::entity::Field;
use alignment_model::{Known, shape::Shape};

use super::flow::Flow;
use super::types::{Key, Type};
use crate::python::annotations::Place;
use crate::python::scope::each_statement;
use crate::python::{Binding, Target, parent};

/// Packages whose functions give values: moments, identifiers, secrets, numbers.
const OF_VALUES: &[&str] = &["datetime.", "uuid.", "secrets.", "time.", "decimal."];

impl<'a> Flow<'_, '_, 'a> {
    /// Whether a value is None in a case that is seen: it is written so, be it in one of two cases; it is what a function of the project may
    /// return by its annotation; or an attribute that may be None by its class, and that nothing fills.
    pub(super) fn may_be_none(&self, value: &'a Expr) -> bool {
        match &value.kind {
            ExprKind::Conditional(parts) => parts[1..].iter().any(Expr::is_null),
            ExprKind::Name(name) => self.optional.contains(&**name) && !self.is_checked(name, ""),
            ExprKind::Await(inner) => self.may_be_none(inner),
            ExprKind::Call(call) => self.returns_none(call) == Known::Is(true),
            ExprKind::Member(object, attribute) => {
                let local = object.as_name().filter(|local| !self.is_checked(local, attribute));
                local.and_then(|local| self.field_on(local, attribute)).is_some_and(|field| {
                    let filled = field.default != Known::Is(None) || field.server_default != Known::Is(None);
                    field.nullable.is_yes() && !field.column.primary_key && !filled
                })
            }
            _ => value.is_null(),
        }
    }

    /// Whether a value of some type is surely not None.
    pub(super) fn is_value(&self, value: &'a Expr, ty: &Type) -> bool {
        match &value.kind {
            ExprKind::Await(inner) => self.is_value(inner, ty),
            ExprKind::Template(_) | ExprKind::List(_) | ExprKind::Comprehension(_) => true,
            ExprKind::Name(name) => {
                let is_open = self.optional.contains(&**name) || self.admitting.contains(&**name);
                is_typed(ty) && (!is_open || self.is_checked(name, ""))
            }
            ExprKind::Call(call) => match self.returns_none(call) {
                Known::Is(none) => !none,
                Known::Unknown(_) => self.is_made(call),
            },
            ExprKind::Member(object, attribute) => object.as_name().is_some_and(|local| {
                let of_class = || {
                    self.field_on(local, attribute)
                        .is_some_and(|field| field.nullable.is_no() || field.column.primary_key)
                };
                self.is_checked(local, attribute) || of_class() || self.is_member(value)
            }),
            ExprKind::Literal(_) => !value.is_null(),
            _ => false,
        }
    }

    /// Whether a condition or an assignment on the way here keeps None out of an attribute of a local; of the local itself where the
    /// attribute is empty.
    fn is_checked(&self, local: &str, attribute: &str) -> bool {
        self.checked.iter().any(|(name, own)| *name == local && *own == attribute)
    }

    /// The attribute of a local's class.
    fn field_on(&self, local: &str, attribute: &str) -> Option<&Field> {
        let Some(Type::Object(key)) = self.locals.get(local) else { return None };
        let entities = [self.context.models.get(&**key), self.context.schemas.get(&**key)];
        entities.into_iter().flatten().find_map(|entity| entity.field(attribute))
    }

    /// Whether an expression is a member of an enumeration, which is never None.
    fn is_member(&self, expr: &'a Expr) -> bool {
        let ExprKind::Member(class, _) = &expr.kind else { return false };
        self.is_static(class)
            && matches!(self.context.names.resolve(self.file, self.scope, class), Target::Class(key, _) if self.context.names.enum_members(&key).is_some())
    }

    /// Whether a call makes an object of a class, or is one of a package whose functions give values.
    fn is_made(&self, call: &'a Call) -> bool {
        self.is_static(&call.callee)
            && match self.context.names.resolve(self.file, self.scope, &call.callee) {
                Target::Class(..) => true,
                Target::External(path) => {
                    OF_VALUES.iter().any(|package| path.starts_with(package))
                        || matches!(
                            &*path,
                            "builtins.str"
                                | "builtins.int"
                                | "builtins.len"
                                | "builtins.bool"
                                | "builtins.float"
                        )
                }
                _ => false,
            }
    }

    /// Whether the function that a call runs may return None by its annotation.
    fn returns_none(&self, call: &'a Call) -> Known<bool> {
        const UNKNOWN: Known<bool> = Known::Unknown(alignment_model::Why::NotStated);
        let Some((file, outer, function)) = self.function_of(call) else { return UNKNOWN };
        let Some(written) = function.returns.as_ref().and_then(|returns| returns.expression()) else {
            return UNKNOWN;
        };
        let annotation = self.context.annotations.read(Place::new(file, &outer), written);
        match annotation.shape {
            Shape::Any | Shape::Json | Shape::Unknown(_) | Shape::Parameter(_) | Shape::Null => UNKNOWN,
            _ => annotation.nullable,
        }
    }

    /// The function of the project that a call runs, with its file and what it stands in.
    fn function_of(&self, call: &'a Call) -> Option<(FileId, String, &'a Function)> {
        let names = self.context.names;
        if self.is_static(&call.callee)
            && let Target::Function(key, function) = names.resolve(self.file, self.scope, &call.callee)
        {
            return Some((key.file, parent(&key.path).to_owned(), function));
        }
        let ExprKind::Member(object, method) = &call.callee.kind else { return None };
        let class = self.class_of(object)?;
        match names.attribute(&class, method)? {
            (owner, Binding::Function(function)) => Some((owner.file, owner.path.to_string(), function)),
            _ => None,
        }
    }

    /// The class of the object that a method is called on: a local, or one that is made on the spot.
    fn class_of(&self, object: &'a Expr) -> Option<Key> {
        let class = |key: &Key| key.clone();
        match &object.kind {
            ExprKind::Name(name) => match self.locals.get(&**name) {
                Some(Type::Object(key) | Type::Class(key)) => Some(class(key)),
                Some(_) => None,
                None => match self.global(object) {
                    Type::Object(key) | Type::Class(key) => Some(key),
                    _ => None,
                },
            },
            ExprKind::Call(call) if self.is_static(&call.callee) => match self.global(&call.callee) {
                Type::Class(key) => Some(key),
                _ => None,
            },
            _ => None,
        }
    }

    /// Attributes that a called function sets, to something that is not None, on the object that it returns.
    pub(super) fn set_by_call(&self, value: &'a Expr) -> Vec<&'a str> {
        match &value.kind {
            ExprKind::Await(inner) => self.set_by_call(inner),
            ExprKind::Call(call) => {
                self.function_of(call).map_or_else(Vec::new, |(.., function)| set_on_returned(function))
            }
            _ => Vec::new(),
        }
    }
}

/// Whether anything is known of a type.
fn is_typed(ty: &Type) -> bool {
    !matches!(ty, Type::Unknown | Type::Null)
}

/// Attributes that the body of a function sets, under no condition, on the one local that it returns.
fn set_on_returned(function: &Function) -> Vec<&str> {
    let mut returned: Vec<(&str, u32)> = Vec::new();
    let mut is_one = true;
    each_statement(&function.body, &mut |statement, _| {
        if let Statement::Return(Some(value), range) = statement {
            match value.as_name() {
                Some(name) => returned.push((name, range.start)),
                None => is_one &= value.is_null(),
            }
        }
    });
    let Some((local, first)) = returned.first().copied() else { return Vec::new() };
    if !is_one || returned.iter().any(|(name, _)| *name != local) {
        return Vec::new();
    }
    let set = function.body.iter().filter_map(|statement| {
        let Statement::Assign(assign) = statement else { return None };
        let ExprKind::Member(object, attribute) = &assign.target.kind else { return None };
        let value = assign.value.as_ref()?;
        let is_value = !value.is_null() && !matches!(value.kind, ExprKind::Name(_));
        (object.as_name() == Some(local) && is_value && assign.range.start < first).then_some(&**attribute)
    });
    set.collect()
}
