//! Objects of the project's classes: what their methods see as `self`.
//!
//! Deliberately absent: what descriptors, `__getattr__` and metaclasses make.

use std::cell::RefCell;
use std::rc::Rc;

use alignment_model::code::{Expr, ExprKind, Function};
use alignment_model::shape::DeclarationKey;

use super::Interpreter;
use super::calls::Arguments;
use super::value::{Frame, FunctionValue, Instance, Value};

impl<'a> Interpreter<'_, 'a> {
    /// An object of a class that was made with these arguments.
    pub(super) fn instance(&mut self, key: &DeclarationKey, arguments: Arguments<'a>) -> Value<'a> {
        let object = unmade(key);
        if let Value::Function(method) = self.attribute(&object, key, "__init__") {
            self.call_function(&method, arguments);
        }
        object
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
        if self.program.is_none() || !matches!(object.kind, ExprKind::Name(_)) {
            return;
        }
        if let Value::Instance(instance) = self.eval(frame, object) {
            let value = if self.uncertain > 0 { Value::Unknown } else { value };
            instance.attributes.borrow_mut().insert(name.into(), value);
        }
    }
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
