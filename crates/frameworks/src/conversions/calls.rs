//! What calls give: constructors, functions of the project, validation, and the builtins that hand on what they take.

use std::collections::HashSet;
use std::rc::Rc;

use alignment_model::code::{Call, Expr, ExprKind, Function, Literal, Statement};
use alignment_model::project::{Conversion, ConversionKind, LeavesOut};
use alignment_model::shape::Shape;
use alignment_model::{FileId, Known, Why};

use super::flow::Flow;
use super::types::{Key, Type, classes_of};
use crate::python::annotations::Place;
use crate::python::scope::each_statement;
use crate::python::{Binding, Target, parent};

/// Decorators that change nothing about what a function returns.
const PLAIN_DECORATORS: &[&str] = &[
    "abc.abstractmethod",
    "builtins.classmethod",
    "builtins.property",
    "builtins.staticmethod",
    "functools.cache",
    "functools.lru_cache",
];

impl<'a> Flow<'_, '_, 'a> {
    /// What a call gives. Conversions are noted on the way.
    pub(super) fn call(&mut self, expr: &'a Expr, call: &'a Call) -> Type {
        let (ty, made) = self.call_inside(expr, call);
        self.made = made;
        ty
    }

    /// What a call gives, and whether it makes it.
    fn call_inside(&mut self, expr: &'a Expr, call: &'a Call) -> (Type, bool) {
        let arguments: Vec<Type> = call.arguments.iter().map(|argument| self.eval(&argument.value)).collect();
        if self.is_static(&call.callee) {
            match self.context.names.resolve(self.file, self.scope, &call.callee) {
                Target::Class(key, _) => {
                    return (self.instance(Rc::new(key), expr, call, &arguments), true);
                }
                Target::Function(key, function) => {
                    let outer = parent(&key.path);
                    return self.called(key.file, outer, function);
                }
                Target::External(path) => {
                    self.unfollowed(expr, call, Some(&path), None, &arguments);
                    if let Some(ty) = self.external(&path, call, &arguments) {
                        return (ty, false);
                    }
                }
                _ => {}
            }
        }
        match &call.callee.kind {
            ExprKind::Member(object, method) => {
                let receiver = self.eval(object);
                self.unfollowed(expr, call, None, Some(&receiver), &arguments);
                self.method(expr, call, &receiver, method, &arguments)
            }
            ExprKind::Name(_) | ExprKind::Index(..) => match self.eval(&call.callee) {
                Type::Class(key) => (self.instance(key, expr, call, &arguments), true),
                _ => (Type::Unknown, false),
            },
            _ => {
                self.eval(&call.callee);
                (Type::Unknown, false)
            }
        }
    }

    /// `Class(...)`.
    fn instance(&mut self, key: Key, expr: &'a Expr, call: &'a Call, arguments: &[Type]) -> Type {
        self.construct(&key, call, expr.range, arguments);
        Type::Object(key)
    }

    fn method(
        &mut self,
        expr: &'a Expr,
        call: &'a Call,
        receiver: &Type,
        method: &str,
        arguments: &[Type],
    ) -> (Type, bool) {
        let found = match receiver {
            Type::Class(key) | Type::Object(key) => self.context.names.attribute(key, method),
            _ => None,
        };
        if let Some((owner, Binding::Function(function))) = found {
            return self.called(owner.file, &owner.path, function);
        }
        (self.method_of_package(expr, call, receiver, method, arguments), false)
    }

    fn method_of_package(
        &mut self,
        expr: &'a Expr,
        call: &'a Call,
        receiver: &Type,
        method: &str,
        arguments: &[Type],
    ) -> Type {
        match (receiver, method) {
            (Type::Class(key), "model_validate" | "from_orm" | "parse_obj") => {
                self.validated(key.clone(), expr, call, arguments)
            }
            (Type::Class(key), "model_construct" | "construct") => Type::Object(key.clone()),
            (Type::Adapter(target), "validate_python") => {
                if let Some(source) = arguments.first()
                    && let Some((target, source)) = classes_of(target, source)
                {
                    self.convert(
                        &target,
                        Some(&source),
                        ConversionKind::Validate(from_attributes(call)),
                        (expr, self.checked_of_first(call)),
                    );
                }
                Type::clone(target)
            }
            (Type::Object(key), "model_dump" | "dict") if self.context.schemas.contains_key(&**key) => {
                let chooses = ["include", "by_alias"].iter().any(|name| call.keyword(name).is_some());
                match call.keyword("exclude").map(|given| self.texts(given)) {
                    _ if chooses => Type::Unknown,
                    None => Type::Fields(key.clone(), left_out(call)),
                    Some(Some(without)) => Type::FieldsBut(key.clone(), left_out(call), without),
                    Some(None) => Type::Unknown,
                }
            }
            (Type::Object(key), "sqlmodel_update") if self.context.is_model(key) => {
                if let Some(Type::Fields(schema, left_out)) = arguments.first() {
                    self.updated(expr, call, key, schema, *left_out);
                }
                receiver.clone()
            }
            (Type::Object(key), "model_copy" | "copy") if self.context.schemas.contains_key(&**key) => {
                receiver.clone()
            }
            (dump, "copy") if dump.dumped().is_some() => receiver.clone(),
            (Type::Map(value), "values") => Type::List(value.clone()),
            (Type::Map(value), "items") => Type::Pairs(value.clone()),
            (Type::Map(value), "get" | "pop" | "setdefault") => match arguments {
                [_] => Type::clone(value),
                [_, default] => Type::clone(value).join(default.clone()),
                _ => Type::Unknown,
            },
            (Type::List(element), "pop") => Type::clone(element),
            (Type::List(_), "copy") => receiver.clone(),
            _ => self.query_method(receiver, method, arguments).unwrap_or(Type::Unknown),
        }
    }

    /// `Schema.model_validate(value)`.
    fn validated(&mut self, key: Key, expr: &'a Expr, call: &'a Call, arguments: &[Type]) -> Type {
        // What `update` gives is not read from the object (SQLModel, "Update with Extra Data").
        let whole = call.keyword("update").is_none() || self.context.is_model(&key);
        match arguments.first() {
            Some(Type::Object(source)) if whole => {
                let place = (expr, self.checked_of_first(call));
                self.convert(&key, Some(source), ConversionKind::Validate(from_attributes(call)), place);
            }
            Some(Type::Fields(source, _)) if whole => {
                self.convert(&key, Some(source), ConversionKind::Spread, (expr, Vec::new()));
            }
            _ => {}
        }
        Type::Object(key)
    }

    /// Notes a conversion between entities.
    pub(super) fn convert(
        &mut self,
        target: &Key,
        source: Option<&Key>,
        kind: ConversionKind,
        (expr, checked): (&Expr, Vec<&str>),
    ) {
        if source.is_some_and(|source| self.context.is_plain(source)) {
            self.found.elsewhere.push(target.clone());
        }
        let known = source.is_none_or(|source| self.context.is_entity(source) && source != target);
        if known && self.context.is_entity(target) {
            self.found.conversions.push(Conversion {
                target: (**target).clone(),
                source: source.map(|source| (**source).clone()),
                kind,
                checked: checked.into_iter().map(Box::from).collect(),
                span: expr.range.in_file(self.file),
            });
        }
    }

    /// What a call of a function of the project gives, and whether that makes it.
    fn called(&self, file: FileId, outer: &str, function: &Function) -> (Type, bool) {
        let returned = self.returned(file, outer, function);
        let makes = matches!(returned, Type::Object(_)) && self.makes(file, outer, function);
        let ty = match returned {
            Type::Unknown => Type::Unknown,
            // An async generator is iterated, not awaited; both are looked through.
            known if function.is_async => Type::Promise(Rc::new(known)),
            known => known,
        };
        (ty, makes)
    }

    /// Whether a function may return an object that it made itself.
    fn makes(&self, file: FileId, outer: &str, function: &Function) -> bool {
        let place = (file, function.range.start);
        if let Some(known) = self.context.makers.borrow().get(&place) {
            return *known;
        }
        let scope =
            if outer.is_empty() { function.name.to_string() } else { format!("{outer}.{}", function.name) };
        let is_made = |value: &Expr| {
            let callee = value.as_call().map(|call| &call.callee);
            callee.is_some_and(|callee| {
                matches!(self.context.names.resolve(file, &scope, callee), Target::Class(key, _) if self.context.is_model(&key))
            })
        };
        let (mut made, mut makes) = (HashSet::new(), false);
        each_statement(&function.body, &mut |statement, _| match statement {
            Statement::Assign(assign) => {
                if let (Some(name), Some(value)) = (assign.target.as_name(), &assign.value)
                    && is_made(value)
                {
                    made.insert(name);
                }
            }
            Statement::Return(Some(value), _) => {
                makes |= value.as_name().is_some_and(|name| made.contains(name)) || is_made(value);
            }
            _ => {}
        });
        self.context.makers.borrow_mut().insert(place, makes);
        makes
    }

    /// What a function's annotation says it returns.
    pub(super) fn returned(&self, file: FileId, outer: &str, function: &Function) -> Type {
        let names = self.context.names;
        let plain = function.decorators.iter().all(|decorator| {
            let callee = decorator.as_call().map_or(decorator, |call| &call.callee);
            let target = names.resolve(file, outer, callee);
            target.external().is_some_and(|path| PLAIN_DECORATORS.contains(&path))
        });
        let annotation = function.returns.as_ref().and_then(|returns| returns.expression());
        annotation.filter(|_| plain).map_or(Type::Unknown, |annotation| {
            Type::of_shape(&self.context.annotations.shape(Place::new(file, outer), annotation))
        })
    }

    /// `TypeAdapter(T)`.
    pub(super) fn adapter(&self, file: FileId, scope: &str, call: &Call) -> Type {
        let argument = call.positional().next().or_else(|| call.keyword("type"));
        argument.map_or(Type::Unknown, |argument| {
            let shape = self.context.annotations.shape(Place::new(file, scope), argument);
            Type::Adapter(Rc::new(Type::of_shape(&shape)))
        })
    }

    /// What a function of a package gives, where it is one of the few that matter.
    fn external(&self, path: &str, call: &'a Call, arguments: &[Type]) -> Option<Type> {
        Some(match (path, arguments) {
            ("sqlalchemy.select" | "sqlalchemy.future.select" | "sqlmodel.select", [Type::Class(key)])
                if self.context.is_model(key) =>
            {
                Type::Select(key.clone())
            }
            ("pydantic.TypeAdapter", _) => self.adapter(self.file, self.scope, call),
            ("pydantic.parse_obj_as", _) => Type::Unknown,
            (
                "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.sorted" | "builtins.reversed",
                [of, ..],
            ) => Type::list(of.element()),
            ("builtins.enumerate", [of, ..]) => Type::Pairs(Rc::new(of.element())),
            ("builtins.next", [of]) => of.element(),
            ("builtins.next", [of, default]) => of.element().join(default.clone()),
            ("builtins.max" | "builtins.min", [of]) => of.element(),
            ("builtins.max" | "builtins.min", [of, _]) if call.keyword("key").is_some() => of.element(),
            ("builtins.vars", [Type::Object(key)]) => Type::Fields(key.clone(), LeavesOut::default()),
            ("builtins.dict", [fields]) if fields.dumped().is_some() => fields.clone(),
            ("builtins.str", _) => Type::value(Shape::Text),
            ("builtins.int" | "builtins.len", _) => Type::value(Shape::Int(None)),
            ("builtins.float", _) => Type::value(Shape::Float),
            ("builtins.bool", _) => Type::value(Shape::Bool),
            ("typing.cast", [ty, _]) => match ty {
                Type::Class(key) => Type::Object(key.clone()),
                _ => Type::Unknown,
            },
            _ => return None,
        })
    }

    /// The names in a set, list or tuple that is written in place or a constant (Pydantic 2, "Serialization", `exclude`); `None` where
    /// one is computed, or where parts of a field are meant.
    fn texts(&self, given: &Expr) -> Option<Rc<[Box<str>]>> {
        let names = self.context.names.fold(self.file, self.scope, given);
        names.items()?.iter().map(|name| name.text().map(Box::from)).collect()
    }
}

/// What a dump leaves out.
fn left_out(call: &Call) -> LeavesOut {
    let mut left_out = LeavesOut::default();
    let flag = |name: &str| match call.keyword(name).map(|value| &value.kind) {
        None => Some(false),
        Some(ExprKind::Literal(Literal::Bool(flag))) => Some(*flag),
        Some(_) => None,
    };
    let flags = [flag("exclude_unset"), flag("exclude_none"), flag("exclude_defaults")];
    left_out.unknown = flags.iter().any(Option::is_none) || call.keyword("**").is_some();
    [left_out.unset, left_out.none, left_out.defaults] = flags.map(|flag| flag.unwrap_or(false));
    left_out
}

/// What the argument `from_attributes` of a validation says (Pydantic 2, `BaseModel.model_validate`); a spread may give it, too.
fn from_attributes(call: &Call) -> Known<Option<bool>> {
    let unread = || Known::Unknown(Why::DynamicExpression);
    match call.keyword("from_attributes") {
        Some(given) if given.is_null() => Known::Is(None),
        Some(given) => given.as_bool().map_or_else(unread, |given| Known::Is(Some(given))),
        None if call.has_spread() || call.keyword("**").is_some() => unread(),
        None => Known::Is(None),
    }
}
