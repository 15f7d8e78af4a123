//! Members of object literals and of classes.

use alignment_model::FileId;
use alignment_model::code::{Assign, Class, Function, FunctionKind, MapEntry, Statement};

use super::bodies::assigned_field;
use super::frame::{Bound, Callable, Frame, Instance, Place, This};
use super::values::{Value, Values};

/// Classes above a class.
const MAX_BASES: usize = 20;

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

    /// A method or field of a class, of those above it too.
    pub(super) fn class_member(
        &self,
        file: FileId,
        class: &'a Class,
        name: &str,
        instance: Option<&Instance<'a>>,
    ) -> Value<'a> {
        let (mut file, mut class) = (file, class);
        for _ in 0..MAX_BASES {
            if let Some(found) = self.own_member(file, class, name, instance) {
                return found;
            }
            let base = class.positional_bases().next();
            let base = base.map(|expr| self.value(&Place { file, expr, frame: Frame::default() }));
            match base {
                Some(Value::Class(above, base)) => (file, class) = (above, base),
                Some(_) => return Value::Unknown,
                None => return Value::Nothing,
            }
        }
        Value::Unknown
    }

    fn own_member(
        &self,
        file: FileId,
        class: &'a Class,
        name: &str,
        instance: Option<&Instance<'a>>,
    ) -> Option<Value<'a>> {
        let this = instance.cloned().map(This::Instance);
        let callable = |function| Callable { file, function, this: this.clone(), outer: Frame::default() };
        let fields = class.body.iter().filter_map(|statement| match statement {
            Statement::Function(function) if &*function.name == name => Some(match function.kind {
                FunctionKind::Signature | FunctionKind::Setter => return None,
                FunctionKind::Getter => self.returned(&callable(function), Vec::new(), &Frame::default()),
                _ => Value::Function(callable(function)),
            }),
            Statement::Assign(assign) if assign.target.as_name() == Some(name) => {
                Some(self.field(file, class, assign, name, instance))
            }
            _ => None,
        });
        let mut fields = fields;
        fields.next()
    }

    /// A field: its initialiser, else what the constructor assigns, else what its annotation says.
    fn field(
        &self,
        file: FileId,
        class: &'a Class,
        assign: &'a Assign,
        name: &str,
        instance: Option<&Instance<'a>>,
    ) -> Value<'a> {
        let this =
            Instance { file, class, arguments: instance.and_then(|instance| instance.arguments.clone()) };
        let constructor = class.body.iter().find_map(|statement| match statement {
            Statement::Function(function) if function.kind == FunctionKind::Constructor => Some(&**function),
            _ => None,
        });
        let activation = |function: &'a Function| {
            let callable = Callable {
                file,
                function,
                this: Some(This::Instance(this.clone())),
                outer: Frame::default(),
            };
            match &this.arguments {
                Some(arguments) => callable.call(arguments.to_vec(), Vec::new(), &Frame::default()),
                None => Some(callable.open()),
            }
        };
        if let Some(annotated) = self.annotated(file, assign.annotation.as_ref())
            && !matches!(annotated, Value::Client(_))
            && assign.value.is_none()
        {
            return annotated;
        }
        if let Some(expr) = &assign.value {
            let frame = constructor.and_then(activation).unwrap_or_default();
            return with_this(self.value(&Place { file, expr, frame }), &This::Instance(this));
        }
        let assigned = constructor.and_then(|function| {
            let value = assigned_field(&function.body, name)?;
            Some(self.value(&Place { file, expr: value, frame: activation(function)? }))
        });
        let parameter = constructor.and_then(|function| {
            let at = function.parameters.iter().position(|parameter| &*parameter.name == name)?;
            match activation(function)?.parameter(function, at) {
                Bound::To(argument) => Some(self.value(argument)),
                _ => None,
            }
        });
        let found = assigned.or(parameter).filter(|found| !matches!(found, Value::Unknown));
        found.or_else(|| self.annotated(file, assign.annotation.as_ref())).unwrap_or(Value::Unknown)
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
