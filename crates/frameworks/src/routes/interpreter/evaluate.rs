//! Expressions: what makes or holds a router, and constants.

use alignment_model::FileId;
use alignment_model::code::{Call, Expr, ExprKind, MapEntry, Operator};
use alignment_model::shape::DeclarationKey;

use super::super::registry::{Arguments, Bound, ObjectId, Value, Written};
use super::decorators::makes_decorators;
use super::{Frame, Interpreter, MAX_DEPTH, MAX_ITEMS, known};
use crate::python::{Binding, Constant, Target, parent};

impl<'a> Interpreter<'_, 'a> {
    /// What an expression gives.
    pub(super) fn eval(&mut self, frame: &mut Frame<'a>, expr: &'a Expr) -> Value<'a> {
        if self.depth > MAX_DEPTH || !self.step() {
            return Value::Unknown;
        }
        self.depth += 1;
        let value = self.evaluate(frame, expr);
        self.depth -= 1;
        value
    }

    fn evaluate(&mut self, frame: &mut Frame<'a>, expr: &'a Expr) -> Value<'a> {
        match &expr.kind {
            ExprKind::Name(name) => match frame.locals.get(name) {
                Some(value) => value.clone(),
                None => {
                    let target = self.names.resolve(frame.file, &frame.scope, expr);
                    self.target(frame, expr, target)
                }
            },
            ExprKind::Member(object, name) => self.member(frame, expr, object, name),
            ExprKind::Call(call) => self.call(frame, expr, call),
            ExprKind::List(items) | ExprKind::Tuple(items) if items.len() <= MAX_ITEMS => {
                self.items(frame, items)
            }
            ExprKind::Map(entries) if entries.len() <= MAX_ITEMS => self.map(frame, entries),
            ExprKind::Index(object, index) => self.index(frame, expr, object, index),
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                match self.constant_of(frame, test).truth() {
                    Some(true) => self.eval(frame, then),
                    Some(false) => self.eval(frame, otherwise),
                    None => {
                        let then = self.eval(frame, then);
                        known::either(then, self.eval(frame, otherwise))
                    }
                }
            }
            ExprKind::Binary(Operator::BooleanOr, left, right) => match self.eval(frame, left) {
                found @ (Value::Router(_) | Value::Object(_)) => found,
                other => match other.constant().truth() {
                    Some(true) => other,
                    Some(false) => self.eval(frame, right),
                    None => self.folded(frame, expr),
                },
            },
            ExprKind::Binary(Operator::Add, left, right) => self.sum(frame, expr, (left, right)),
            ExprKind::Comprehension(inner) => self.comprehension(frame, expr, inner),
            ExprKind::Await(inner) => self.eval(frame, inner),
            ExprKind::Walrus(name, inner) => {
                let value = self.eval(frame, inner);
                frame.locals.insert(name.clone(), value.clone());
                value
            }
            _ => self.folded(frame, expr),
        }
    }

    /// A constant, else the expression itself.
    pub(super) fn folded(&mut self, frame: &Frame<'a>, expr: &'a Expr) -> Value<'a> {
        match self.constant_of(frame, expr) {
            Constant::Unknown(_) | Constant::Declaration(_) => self.written(frame, expr),
            constant => Value::Constant(constant),
        }
    }

    pub(super) fn constant_of(&self, frame: &Frame<'a>, expr: &Expr) -> Constant {
        self.names.fold_unset(frame.file, &frame.scope, expr, &self.constants(frame, expr))
    }

    pub(super) fn written(&self, frame: &Frame<'a>, expr: &'a Expr) -> Value<'a> {
        Value::Written(Written { expr, file: frame.file, scope: frame.scope.clone() })
    }

    fn target(&mut self, frame: &Frame<'a>, expr: &'a Expr, target: Target<'a>) -> Value<'a> {
        match target {
            Target::Variable(key, assign) => match &assign.value {
                Some(value) => self.variable(&key, value, expr, frame),
                None => self.folded(frame, expr),
            },
            Target::Function(key, function) => Value::Function(key, function, Bound::Free),
            _ => self.folded(frame, expr),
        }
    }

    /// A variable of a module or class. Only what can hold a router is evaluated; the rest is folded.
    fn variable(
        &mut self,
        key: &DeclarationKey,
        value: &'a Expr,
        expr: &'a Expr,
        frame: &Frame<'a>,
    ) -> Value<'a> {
        let can_hold = matches!(
            value.kind,
            ExprKind::Call(_)
                | ExprKind::Member(..)
                | ExprKind::List(_)
                | ExprKind::Tuple(_)
                | ExprKind::Map(_)
                | ExprKind::Await(_)
                | ExprKind::Conditional(_)
                | ExprKind::Index(..)
        );
        // A variable of a function is known to its own frame only.
        let scope = parent(&key.path);
        if !can_hold || self.names.function(key.file, scope).is_some() {
            return self.folded(frame, expr);
        }
        match self.shared(key.file, scope, value) {
            Value::Written(_) | Value::Unknown => self.folded(frame, expr),
            found => found,
        }
    }

    /// `object.name`: a module's variable, an attribute of an object or class.
    fn member(&mut self, frame: &mut Frame<'a>, expr: &'a Expr, object: &'a Expr, name: &str) -> Value<'a> {
        if self.root_is_local(frame, object) {
            let object = self.eval(frame, object);
            return match self.attribute(&object, name) {
                Value::Unknown => self.folded(frame, expr),
                found => found,
            };
        }
        match self.names.resolve(frame.file, &frame.scope, expr) {
            Target::Unknown => {
                let object = self.eval(frame, object);
                match self.attribute(&object, name) {
                    Value::Unknown => self.folded(frame, expr),
                    found => found,
                }
            }
            Target::Function(key, function) if self.is_method(&key) => {
                let bound = match self.eval(frame, object) {
                    own @ (Value::Object(_) | Value::Router(_)) => Bound::Method(own.into()),
                    _ => Bound::Free,
                };
                Value::Function(key, function, bound)
            }
            // FastAPI's `app.router` is the application's own router.
            Target::External(path) if path == "fastapi.FastAPI.router" => self.eval(frame, object),
            Target::External(path) if path.starts_with("fastapi.") => {
                let object = self.eval(frame, object);
                match self.attribute(&object, name) {
                    Value::Unknown => self.folded(frame, expr),
                    found => found,
                }
            }
            // `self.router` is bound in a method, where an attribute of the class is only its default.
            found @ Target::Variable(..) => {
                let value = match self.eval(frame, object) {
                    Value::Object(id) => self.attribute(&Value::Object(id), name),
                    _ => Value::Unknown,
                };
                match value {
                    Value::Unknown => self.target(frame, expr, found),
                    value => value,
                }
            }
            target => self.target(frame, expr, target),
        }
    }

    fn is_method(&self, key: &DeclarationKey) -> bool {
        let class = DeclarationKey { file: key.file, path: parent(&key.path).into() };
        self.names.class(&class).is_some()
    }

    /// Whether a dotted expression starts at a local name whose value is known. What is only written down, the names of the
    /// project follow better.
    pub(super) fn root_is_local(&self, frame: &Frame<'a>, expr: &Expr) -> bool {
        let mut root = expr;
        while let ExprKind::Member(inner, _) = &root.kind {
            root = inner;
        }
        let value = root.as_name().and_then(|name| frame.locals.get(name));
        value.is_some_and(|value| !matches!(value, Value::Written(_)))
    }

    /// An attribute of a value.
    pub(super) fn attribute(&mut self, value: &Value<'a>, name: &str) -> Value<'a> {
        match value {
            Value::Router(id) if name == "router" => Value::Router(*id),
            Value::Router(id) if name == "prefix" => match self.registry.get(*id).prefix.is() {
                Some(prefix) => Value::Constant(Constant::Text(prefix.clone())),
                None => Value::Unknown,
            },
            Value::Router(id) if makes_decorators(name) => Value::Method(*id, name.into()),
            Value::Object(ObjectId(at)) => {
                let Some(object) = self.objects.get(*at) else { return Value::Unknown };
                match object.attributes.get(name) {
                    Some(found) => found.clone(),
                    None => self.class_attribute(value, &object.class.clone(), name),
                }
            }
            Value::Router(id) => {
                let router = self.registry.get(*id);
                match (router.attributes.get(name), router.class.clone()) {
                    (Some(found), _) => found.clone(),
                    (None, Some(class)) => self.class_attribute(value, &class, name),
                    (None, None) => Value::Unknown,
                }
            }
            Value::Module(file) => self.module_attribute(*file, name),
            Value::Written(written) => {
                let target = self.names.resolve(written.file, &written.scope, written.expr);
                match &target {
                    Target::Module(file) => self.module_attribute(*file, name),
                    _ => match self.names.member(&target, name) {
                        found @ Target::Variable(..) if matches!(target, Target::Variable(..)) => {
                            // An attribute of an instance is not the class's default for it.
                            drop(found);
                            Value::Unknown
                        }
                        found => self.value_of(found).unwrap_or(Value::Unknown),
                    },
                }
            }
            _ => Value::Unknown,
        }
    }

    /// A name of a module, or what its `__getattr__` gives (PEP 562).
    fn module_attribute(&mut self, file: FileId, name: &str) -> Value<'a> {
        let found = self.names.member(&Target::Module(file), name);
        if !matches!(found, Target::Unknown) {
            return self.value_of(found).unwrap_or(Value::Unknown);
        }
        let hook = self.names.module(file).and_then(|scope| scope.get("__getattr__"));
        let Some(Binding::Function(hook)) = hook else { return Value::Unknown };
        let key = DeclarationKey { file, path: hook.name.clone() };
        let arguments =
            Arguments { positional: vec![Value::Constant(Constant::of_text(name))], named: Vec::new() };
        self.call_function(&key, hook, None, arguments)
    }

    /// What a class gives its instance under a name.
    fn class_attribute(&mut self, own: &Value<'a>, class: &DeclarationKey, name: &str) -> Value<'a> {
        match self.names.attribute(class, name) {
            Some((owner, Binding::Function(function))) => {
                let path = format!("{}.{}", owner.path, function.name).into();
                let bound = Bound::Method(own.clone().into());
                Value::Function(DeclarationKey { file: owner.file, path }, function, bound)
            }
            Some((owner, Binding::Variable(assign))) => match &assign.value {
                Some(value) => {
                    let (file, scope) = (owner.file, owner.path.to_string());
                    self.shared(file, &scope, value)
                }
                None => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn items(&mut self, frame: &mut Frame<'a>, items: &'a [Expr]) -> Value<'a> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Spread(inner) => match self.eval(frame, inner) {
                    Value::List(inner) => out.extend(inner),
                    _ => out.push(Value::Unknown),
                },
                _ => out.push(self.eval(frame, item)),
            }
        }
        Value::List(out)
    }

    fn map(&mut self, frame: &mut Frame<'a>, entries: &'a [MapEntry]) -> Value<'a> {
        let mut out: Vec<(Constant, Value<'a>)> = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                MapEntry::Pair(key, value) => {
                    let key = self.constant_of(frame, key);
                    let value = self.eval(frame, value);
                    known::put(&mut out, key, value);
                }
                MapEntry::Spread(inner) => {
                    if let Value::Map(inner) = self.eval(frame, inner) {
                        inner.into_iter().for_each(|(key, value)| known::put(&mut out, key, value));
                    }
                }
                MapEntry::Method(_) => {}
            }
        }
        Value::Map(out)
    }

    fn index(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        object: &'a Expr,
        index: &'a Expr,
    ) -> Value<'a> {
        // `Base[T]` in a call of a generic class, `list[X]` as a model: no container.
        if !matches!(
            object.kind,
            ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) | ExprKind::Call(_)
        ) {
            return self.folded(frame, expr);
        }
        let container = self.eval(frame, object);
        let at = self.constant_of(frame, index);
        let found = match (container, at) {
            (Value::Map(entries), key) if !key.is_unknown() => {
                entries.into_iter().find(|(own, _)| *own == key).map(|(_, value)| value)
            }
            (Value::List(items), Constant::Int(at)) => {
                let at = if at < 0 {
                    at.saturating_add(i64::try_from(items.len()).unwrap_or(i64::MAX))
                } else {
                    at
                };
                usize::try_from(at).ok().and_then(|at| items.into_iter().nth(at))
            }
            _ => None,
        };
        found.unwrap_or_else(|| self.folded(frame, expr))
    }

    /// `map.items()`, `.values()`, `.keys()`, `.get(key)` of a known map; `list.append(x)`.
    pub(super) fn container_method(
        &mut self,
        frame: &mut Frame<'a>,
        object: &'a Expr,
        method: &str,
        call: &'a Call,
    ) -> Option<Value<'a>> {
        if !matches!(
            method,
            "items" | "values" | "keys" | "get" | "pop" | "append" | "extend" | "setdefault" | "update"
        ) {
            return None;
        }
        let container = self.eval(frame, object);
        let first = call.positional().next();
        match (container, method) {
            (Value::Map(entries), "items") => {
                let pair = |(key, value)| Value::List(vec![Value::Constant(key), value]);
                Some(Value::List(entries.into_iter().map(pair).collect()))
            }
            (Value::Map(entries), "values") => {
                Some(Value::List(entries.into_iter().map(|(_, value)| value).collect()))
            }
            (Value::Map(entries), "keys") => {
                Some(Value::List(entries.into_iter().map(|(key, _)| Value::Constant(key)).collect()))
            }
            (Value::Map(mut entries), "get" | "pop" | "setdefault") => {
                let key = self.constant_of(frame, first?);
                let position = entries.iter().position(|(own, _)| *own == key);
                let found = match position {
                    Some(at) => entries.remove(at).1,
                    None => match call.positional().nth(1) {
                        Some(default) => self.eval(frame, default),
                        None => Value::Constant(Constant::None),
                    },
                };
                if let (Some(name), true) = (object.as_name(), method != "get") {
                    if method == "setdefault" {
                        known::put(&mut entries, key, found.clone());
                    }
                    frame.locals.insert(name.into(), Value::Map(entries));
                }
                Some(found)
            }
            (Value::List(mut items), "append" | "extend") => {
                let value = self.eval(frame, first?);
                match (method, value) {
                    ("extend", Value::List(more)) => items.extend(more),
                    (_, value) => items.push(value),
                }
                items.truncate(MAX_ITEMS);
                frame.locals.insert(object.as_name()?.into(), Value::List(items));
                Some(Value::Constant(Constant::None))
            }
            _ => None,
        }
    }
}
