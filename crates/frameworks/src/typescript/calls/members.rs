//! Members of object literals and of classes.

use alignment_model::code::{Assign, Function, FunctionKind, MapEntry, Statement};

use super::bodies::assigned_field;
use super::choices::said_or;
use super::frame::{Bound, Callable, Frame, Instance, Place, This};
use super::heirs::{Level, constructor_of};
use super::values::{Value, Values};

impl<'a> Values<'_, 'a> {
    /// The value of a key of an object literal; the last one counts.
    pub(super) fn entry(&self, object: &Place<'a>, entries: &'a [MapEntry], name: &str) -> Value<'a> {
        let here = |expr| object.at(expr);
        let this = This::Object(object.clone(), entries);
        for entry in entries.iter().rev() {
            match entry {
                MapEntry::Pair(key, value) => match key.as_text() {
                    Some(text) if text == name => {
                        let found = self.value(&here(value));
                        // An arrow function inside a method has the `this` of the method.
                        return match object.frame.this() {
                            Some(_) => found,
                            None => with_this(found, &this),
                        };
                    }
                    Some(_) => {}
                    None => return Value::Unknown,
                },
                MapEntry::Method(function) if &*function.name == name => {
                    let (file, outer) = (object.file, object.frame.clone());
                    return Value::Function(Callable { file, function, this: Some(this), outer });
                }
                MapEntry::Method(_) => {}
                MapEntry::Spread(inner) => match self.value(&here(inner)) {
                    object @ (Value::Object(..)
                    | Value::Without(..)
                    | Value::Instance(_)
                    // The methods of a client that is made from functions, as `openapi-fetch` does, are its own.
                    | Value::Client(_)
                    | Value::Nothing) => match self.member(object, name, &here(inner)) {
                        Value::Nothing => {}
                        found => return found,
                    },
                    _ => return Value::Unknown,
                },
            }
        }
        Value::Nothing
    }

    /// A method or field that one class has itself.
    pub(super) fn own_member(
        &self,
        level: &Level<'a>,
        name: &str,
        instance: Option<&Instance<'a>>,
    ) -> Option<Value<'a>> {
        let (file, class) = (level.file, level.class);
        let this = instance.map(|instance| This::Instance(level.sees(instance)));
        let callable = |function| Callable { file, function, this: this.clone(), outer: Frame::default() };
        let fields = class.body.iter().filter_map(|statement| match statement {
            Statement::Function(function) if &*function.name == name => Some(match function.kind {
                FunctionKind::Signature | FunctionKind::Setter => return None,
                FunctionKind::Getter => self.returned(&callable(function), Vec::new(), &Frame::default()),
                _ => Value::Function(callable(function)),
            }),
            Statement::Assign(assign) if assign.target.as_name() == Some(name) => {
                Some(self.field(level, assign, name, instance))
            }
            _ => None,
        });
        let mut fields = fields;
        fields.next()
    }

    /// A field: its initialiser, else what the constructor assigns, else what its annotation says.
    fn field(
        &self,
        level: &Level<'a>,
        assign: &'a Assign,
        name: &str,
        instance: Option<&Instance<'a>>,
    ) -> Value<'a> {
        let file = level.file;
        let constructor = constructor_of(level.class);
        let construction = |function: &'a Function| level.construction(function, instance);
        let annotated = || self.annotated(file, assign.annotation.as_ref());
        if let Some(expr) = &assign.value {
            let frame = constructor.and_then(construction).unwrap_or_default();
            let this = instance.map_or_else(|| Instance::new(file, level.class), |found| level.sees(found));
            let found = with_this(self.value(&Place { file, expr, frame }), &This::Instance(this));
            return said_or(found, annotated);
        }
        let assigned = constructor.and_then(|function| {
            let value = assigned_field(&function.body, name)?;
            Some(self.value(&Place { file, expr: value, frame: construction(function)? }))
        });
        let parameter = constructor.and_then(|function| {
            let at = function.parameters.iter().position(|parameter| &*parameter.name == name)?;
            match construction(function)?.parameter(function, at) {
                Bound::To(argument) => Some(self.value(argument)),
                _ => None,
            }
        });
        said_or(assigned.or(parameter).unwrap_or(Value::Unknown), annotated)
    }
}

/// A function that a method was read from keeps what it was read from for `this`; an arrow function has its own.
fn with_this<'a>(value: Value<'a>, this: &This<'a>) -> Value<'a> {
    match value {
        Value::Function(callable) if callable.this.is_none() => {
            Value::Function(Callable { this: Some(this.clone()), ..callable })
        }
        other => other,
    }
}
