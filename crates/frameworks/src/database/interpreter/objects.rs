//! Objects of the project's classes: what their methods see as `self`.
//!
//! Deliberately absent: what descriptors, `__getattr__` and metaclasses make.

use std::cell::RefCell;
use std::rc::Rc;

use alignment_model::code::{Assign, Class, Expr, ExprKind, Function, Statement, TypeExpr};
use alignment_model::shape::DeclarationKey;

use super::Interpreter;
use super::calls::Arguments;
use super::value::{Frame, FunctionValue, Instance, Record, Value};
use crate::python::{Ancestor, Binding};

impl<'a> Interpreter<'_, 'a> {
    /// An object of a class that was made with these arguments.
    pub(super) fn instance(&mut self, key: &DeclarationKey, arguments: Arguments<'a>) -> Value<'a> {
        let object = unmade(key);
        match self.attribute(&object, key, "__init__") {
            Value::Function(method) => {
                self.call_function(&method, arguments);
            }
            _ => {
                let fields = self.annotated(key, arguments);
                if self.names.hierarchy(key).descends_from(&["typing.NamedTuple"]) {
                    let (names, values) = fields.into_iter().unzip();
                    return Value::Record(Rc::new(Record { names, values }));
                }
                if let Value::Instance(instance) = &object {
                    instance.attributes.borrow_mut().extend(fields);
                }
                if let Value::Function(method) = self.attribute(&object, key, "__post_init__") {
                    self.call_function(&method, Arguments::default());
                }
            }
        }
        object
    }

    /// Whether objects of a class hold what they are made with, and nothing outside the repository adds to that: dataclasses, named
    /// tuples, models of Pydantic, and classes with no base of note.
    pub(super) fn is_plain(&self, key: &DeclarationKey) -> bool {
        let hierarchy = self.names.hierarchy(key);
        let plain = |ancestor: &Ancestor<'_>| match ancestor {
            Ancestor::Class { .. } => true,
            Ancestor::External { path, .. } => PLAIN_BASES.contains(&&**path),
            Ancestor::Made { .. } | Ancestor::Unknown { .. } => false,
        };
        hierarchy.mro.iter().all(plain)
    }

    /// What the constructor that Python makes of a class's annotations gives to each of them (3.13, `dataclasses`,
    /// `typing.NamedTuple`; Pydantic takes keywords alone).
    fn annotated(&mut self, key: &DeclarationKey, arguments: Arguments<'a>) -> Vec<(Box<str>, Value<'a>)> {
        let mut fields: Vec<(&'a str, DeclarationKey, &'a Assign)> = Vec::new();
        let names = self.names;
        let hierarchy = names.hierarchy(key);
        let checked = hierarchy.classes().any(|(_, class)| has_validator(class));
        let mut classes: Vec<&DeclarationKey> = hierarchy.classes().map(|(owner, _)| owner).collect();
        classes.reverse();
        for owner in classes {
            let Some(scope) = names.class_scope(owner) else { continue };
            for (name, binding) in scope.iter() {
                let Binding::Variable(assign) = binding else { continue };
                let Some(annotation) = assign.annotation.as_ref().and_then(TypeExpr::expression) else {
                    continue;
                };
                if names.resolve(owner.file, &owner.path, annotation).external() == Some("typing.ClassVar") {
                    continue;
                }
                match fields.iter_mut().find(|(other, ..)| *other == name) {
                    Some(earlier) => *earlier = (name, owner.clone(), assign),
                    None => fields.push((name, owner.clone(), assign)),
                }
            }
        }
        let mut positional = arguments.positional.into_iter();
        let mut keywords = arguments.keywords;
        let given = fields.into_iter().map(|(name, owner, assign)| {
            let named = keywords.iter().position(|(keyword, _)| &**keyword == name);
            let value = match (positional.next(), named) {
                (Some(argument), _) => argument.value,
                (None, Some(at)) => keywords.swap_remove(at).1.value,
                (None, None) if arguments.open => Value::Unknown,
                (None, None) => self.default_of_field(&owner, assign),
            };
            (name.into(), if checked { Value::Unknown } else { value })
        });
        given.collect()
    }

    /// `= value`, `= field(default=value)`, `= Field(default_factory=list)`.
    fn default_of_field(&mut self, owner: &DeclarationKey, assign: &'a Assign) -> Value<'a> {
        let Some(value) = &assign.value else { return Value::Unknown };
        let frame = Frame::new(owner.file, owner.path.as_ref().into(), None);
        let ExprKind::Call(call) = &value.kind else { return self.eval(&frame, value) };
        let Value::External(callee) = self.eval(&frame, &call.callee) else {
            return self.eval(&frame, value);
        };
        if !matches!(&*callee, "dataclasses.field" | "pydantic.Field" | "attrs.field" | "attr.ib") {
            return self.eval(&frame, value);
        }
        if let Some(default) = call.keyword("default").or_else(|| call.positional().next()) {
            return self.eval(&frame, default);
        }
        match call.keyword("default_factory").or_else(|| call.keyword("factory")) {
            Some(factory) => match self.eval(&frame, factory) {
                Value::Function(function) => self.call_function(&function, Arguments::default()),
                Value::External(path) => match path.strip_prefix("builtins.") {
                    Some(function) => self.builtin(function, &Arguments::default()),
                    None => Value::Unknown,
                },
                _ => Value::Unknown,
            },
            None => Value::Unknown,
        }
    }

    /// An attribute of an object: set before, else of its class.
    pub(super) fn instance_member(
        &mut self,
        frame: &Rc<Frame<'a>>,
        object: &Value<'a>,
        name: &str,
    ) -> Value<'a> {
        let Value::Instance(instance) = object else { return Value::Unknown };
        if let Some(value) = instance.attributes.borrow().get(name) {
            return value.clone();
        }
        match self.attribute(object, &instance.class, name) {
            Value::Function(method) if has_decorator(method.function, &["property", "cached_property"]) => {
                self.call_function(&method, Arguments::default())
            }
            Value::Function(method) => Value::Function(method),
            Value::Unknown => self.member(frame, &Value::Class(instance.class.clone()), name),
            value => value,
        }
    }

    /// A method found in a class or its bases, bound as its decorators say.
    fn attribute(&self, object: &Value<'a>, key: &DeclarationKey, name: &str) -> Value<'a> {
        let Some((owner, binding)) = self.names.attribute(key, name) else { return Value::Unknown };
        let owner = owner.clone();
        let target = self.names.target_of(owner.file, &owner.path, name, binding);
        let crate::python::Target::Function(place, function) = target else { return Value::Unknown };
        let receiver = match object {
            _ if has_decorator(function, &["staticmethod"]) => None,
            Value::Class(_) if !has_decorator(function, &["classmethod"]) => None,
            Value::Instance(instance) if has_decorator(function, &["classmethod"]) => {
                Some(Rc::new(Value::Class(instance.class.clone())))
            }
            object => Some(Rc::new(object.clone())),
        };
        let path = place.path.as_ref().into();
        Value::Function(FunctionValue { file: place.file, path, function, closure: None, receiver })
    }

    /// A method of a class, called on the class.
    pub(super) fn method_of_class(&self, key: &DeclarationKey, name: &str) -> Value<'a> {
        self.attribute(&Value::Class(key.clone()), key, name)
    }

    /// `self.name = value`.
    pub(super) fn set_attribute(
        &mut self,
        frame: &Rc<Frame<'a>>,
        object: &'a Expr,
        name: &str,
        value: Value<'a>,
    ) {
        let Some(holder) = object.as_name() else { return };
        match self.eval(frame, object) {
            Value::Instance(instance) => {
                let value = if self.uncertain > 0 { Value::Unknown } else { value };
                instance.attributes.borrow_mut().insert(name.into(), value);
            }
            Value::Record(_) => frame.replace(holder, Value::Unknown),
            _ => {}
        }
    }
}

/// Bases outside the repository that add nothing to what an object is made with.
const PLAIN_BASES: &[&str] = &[
    "builtins.object",
    "typing.NamedTuple",
    "typing.Generic",
    "typing.Protocol",
    "abc.ABC",
    "pydantic.BaseModel",
];

/// Whether Pydantic calls methods of a class that may change what an object is made with.
fn has_validator(class: &Class) -> bool {
    class.body.iter().any(|statement| match statement {
        Statement::Function(function) => {
            has_decorator(function, &["validator", "root_validator", "field_validator", "model_validator"])
        }
        _ => false,
    })
}

/// An object whose constructor has not run.
pub(super) fn unmade<'a>(key: &DeclarationKey) -> Value<'a> {
    Value::Instance(Rc::new(Instance { class: key.clone(), attributes: RefCell::default() }))
}

/// Whether a function is decorated with one of these, by the last part of the name.
pub(super) fn has_decorator(function: &Function, names: &[&str]) -> bool {
    function.decorators.iter().any(|decorator| {
        let written = match &decorator.kind {
            ExprKind::Call(call) => call.callee.dotted(),
            _ => decorator.dotted(),
        };
        written.is_some_and(|path| path.last().is_some_and(|last| names.contains(last)))
    })
}
