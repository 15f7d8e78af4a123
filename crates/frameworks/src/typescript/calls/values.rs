//! What an expression is at run time, as far as calls of an API need it: functions, objects, instances of classes, HTTP
//! clients, and the expressions behind names.
//!
//! Deliberately absent: arithmetic, control flow (a value that depends on a branch is unknown, unless the outcome of its condition is
//! assumed), and mutation beyond the one assignment that gives a variable or field its value. A variable that is assigned what a
//! function makes of it that is not known (`for (const change of interceptors) request = await change(request)`) stays what it was.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{
    Assign, Call, Class, Expr, ExprKind, Function, FunctionKind, Literal, MapEntry, Operator,
};

use super::bodies::{pattern_default, pattern_path, rest_of};
use super::choices::{does_more_than_hold, said_or};
use super::clients::{Client, Library, is_client};
use super::conditions::Conditions;
use super::contexts::is_context;
use super::frame::{Bound, Callable, Frame, Instance, Place, This};
use super::heirs::Heirs;
use super::implementers::Implementers;
use super::is_test;
use crate::typescript::names::{Declaration, Meaning, Names, Symbol, Target};

/// Steps that one question may take. A bound for circles; no client needs a tenth of it.
const MAX_STEPS: usize = 20_000;
/// Nesting of one question.
const MAX_DEPTH: usize = 60;

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    /// A function of the project.
    Function(Callable<'a>),
    /// An object literal, and where it stands.
    Object(Place<'a>, &'a [MapEntry]),
    /// An object without some of its keys: `...rest` of a pattern.
    Without(Box<Value<'a>>, Vec<Box<str>>),
    /// A class of the project.
    Class(FileId, &'a Class),
    /// An object of a class.
    Instance(Instance<'a>),
    /// An HTTP client of a library.
    Client(Rc<Client<'a>>),
    /// A method of an HTTP client.
    ClientMethod(Rc<Client<'a>>, Box<str>),
    /// A module of the project.
    Module(FileId),
    /// Something of a package.
    External(&'a str, Vec<Box<str>>),
    /// Something of the language or the browser.
    Global(Vec<Box<str>>),
    /// A parameter that nothing is bound to, by function and position, and a path into it.
    Parameter(&'a Function, usize, Vec<Box<str>>),
    /// `undefined`, `null`, an argument that is not passed, a key that is not there.
    Nothing,
    /// One of several clients, functions, or objects that have functions; it may be nothing too.
    OneOf(Rc<[Value<'a>]>),
    /// Any other expression.
    Expr(Place<'a>),
    Unknown,
}

/// Evaluates expressions.
pub(super) struct Values<'n, 'a> {
    pub(super) names: &'n Names<'a>,
    pub(super) conditions: Conditions,
    pub(super) heirs: Heirs<'a>,
    pub(super) implementers: Implementers<'a>,
    /// The base that objects of the classes of a file are made with, where OpenAPI Generator wrote it; `None` where they differ.
    pub(super) given_bases: RefCell<HashMap<FileId, Option<Place<'a>>>>,
    steps: Cell<usize>,
    depth: Cell<usize>,
    /// Assignments whose text is being read, each with its activation.
    pub(super) reading: RefCell<Vec<(&'a Assign, Frame<'a>)>>,
}

impl<'n, 'a> Values<'n, 'a> {
    pub(super) fn new(names: &'n Names<'a>) -> Self {
        let input = names.input();
        let files = input.facts.iter().map(|facts| facts.file);
        let tests: HashSet<FileId> = files.filter(|file| is_test(input.sources.path(*file))).collect();
        let mut declared = names.declared();
        declared.retain(|declared| !tests.contains(&declared.file));
        Self {
            names,
            conditions: Conditions::default(),
            heirs: Heirs::new(names, &declared),
            implementers: Implementers::new(names, &declared),
            given_bases: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            reading: RefCell::default(),
        }
    }

    /// Starts a new question.
    pub(super) fn begin(&self) {
        self.steps.set(0);
    }

    /// One step deeper, if the limits allow.
    pub(super) fn deeper<T>(&self, inner: impl FnOnce() -> T) -> Option<T> {
        self.steps.set(self.steps.get() + 1);
        if self.depth.get() >= MAX_DEPTH || self.steps.get() >= MAX_STEPS {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let result = inner();
        self.depth.set(self.depth.get() - 1);
        Some(result)
    }

    /// What an expression is.
    pub(super) fn value(&self, place: &Place<'a>) -> Value<'a> {
        self.deeper(|| self.form(place)).unwrap_or(Value::Unknown)
    }

    fn form(&self, place: &Place<'a>) -> Value<'a> {
        match &place.expr.kind {
            ExprKind::Name(name) if &**name == "this" => self.this(place),
            ExprKind::Name(_) => self.target(self.names.resolve_value(place.file, place.expr), place),
            ExprKind::Member(object, name) => self.member_expr(place, object, name),
            ExprKind::Index(object, index) => match index.as_text() {
                Some(name) => self.member(self.value(&place.at(object)), name, place),
                None => Value::Unknown,
            },
            ExprKind::Literal(Literal::Null | Literal::Undefined) => Value::Nothing,
            ExprKind::As(inner, _) | ExprKind::Await(inner) => self.value(&place.at(inner)),
            ExprKind::Map(entries) => Value::Object(place.clone(), entries),
            ExprKind::Function(function) => Value::Function(Callable {
                file: place.file,
                function,
                this: None,
                outer: place.frame.clone(),
            }),
            ExprKind::Class(class) => Value::Class(place.file, class),
            ExprKind::Binary(Operator::Coalesce | Operator::BooleanOr, left, right) => {
                self.either(place, left, right)
            }
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                match self.truth(&place.at(test)) {
                    Some(true) => self.value(&place.at(then)),
                    Some(false) => self.value(&place.at(otherwise)),
                    None => self.either_side(place, then, otherwise),
                }
            }
            ExprKind::Binary(Operator::BooleanAnd, left, right) => match self.truth(&place.at(left)) {
                Some(true) => self.value(&place.at(right)),
                Some(false) => Value::Nothing,
                None => Value::Expr(place.clone()),
            },
            ExprKind::Call(call) => self.result(place, call),
            _ => Value::Expr(place.clone()),
        }
    }

    fn this(&self, place: &Place<'a>) -> Value<'a> {
        match place.frame.this() {
            Some(This::Instance(instance)) => Value::Instance(instance.clone()),
            Some(This::Object(place, entries)) => Value::Object(place.clone(), entries),
            None => Value::Unknown,
        }
    }

    /// `flag ? a : b`: one of two clients or functions; of objects the expression itself says more.
    fn either_side(&self, place: &Place<'a>, then: &'a Expr, otherwise: &'a Expr) -> Value<'a> {
        let sides = [then, otherwise].map(|side| self.value(&place.at(side)));
        match sides.iter().any(|side| matches!(side, Value::Object(..))) {
            true => Value::Expr(place.clone()),
            false => match self.one_of(sides) {
                Value::Unknown | Value::Nothing => Value::Expr(place.clone()),
                found => found,
            },
        }
    }

    /// `a ?? b`, `a || b`: what the left is, unless that says nothing.
    fn either(&self, place: &Place<'a>, left: &'a Expr, right: &'a Expr) -> Value<'a> {
        match self.value(&place.at(left)) {
            Value::Nothing => self.value(&place.at(right)),
            Value::Parameter(..) | Value::Global(_) | Value::External(..) | Value::Unknown => {
                match self.value(&place.at(right)) {
                    found @ (Value::Instance(_) | Value::Function(_) | Value::OneOf(_)) => found,
                    // `options.fetch ?? globalThis.fetch`
                    found if is_client(&found) => found,
                    _ => Value::Expr(place.clone()),
                }
            }
            Value::Expr(_) => Value::Expr(place.clone()),
            known => known,
        }
    }

    fn member_expr(&self, place: &Place<'a>, object: &'a Expr, name: &'a str) -> Value<'a> {
        if object.as_name() == Some("super") {
            return self.member_above(place, name);
        }
        if place.expr.dotted().is_some_and(|path| path.first() != Some(&"this")) {
            match self.names.resolve_value(place.file, place.expr) {
                Target::Unknown(_) => {}
                // The members of a declared value are its own to tell.
                Target::Member(..) => {}
                target => return self.target(target, place),
            }
        }
        self.member(self.value(&place.at(object)), name, place)
    }

    /// A member of a value.
    pub(super) fn member(&self, object: Value<'a>, name: &str, place: &Place<'a>) -> Value<'a> {
        self.deeper(|| match object {
            Value::Object(place, entries) => self.entry(&place, entries, name),
            Value::Without(_, keys) if keys.iter().any(|key| &**key == name) => Value::Nothing,
            Value::Without(inner, _) => self.member(*inner, name, place),
            Value::Class(file, class) => self.class_member(file, class, name, None),
            Value::Instance(instance) => {
                self.class_member(instance.file, instance.class, name, Some(&instance))
            }
            Value::Client(client) => Value::ClientMethod(client, name.into()),
            Value::Module(file) => self.target(self.names.exported(file, name, Meaning::Value), place),
            Value::External(module, mut path) => {
                path.push(name.into());
                Value::External(module, path)
            }
            Value::Global(mut path) => {
                path.push(name.into());
                Value::Global(path)
            }
            Value::Parameter(function, at, mut path) => {
                let interface = self.implementers.of_parameter(function, at).filter(|_| path.is_empty());
                if let Some(found) = interface.and_then(|symbol| self.behind(symbol))
                    && let found @ (Value::Function(_) | Value::ClientMethod(..) | Value::OneOf(_)) =
                        self.member(found, name, place)
                {
                    return found;
                }
                let said = self.implementers.type_of_parameter(function, at).filter(|_| path.is_empty());
                if let Some(found) = said.and_then(|(file, ty)| self.annotated_property(file, ty, name)) {
                    return found;
                }
                path.push(name.into());
                Value::Parameter(function, at, path)
            }
            Value::OneOf(values) => self.member_of_each(&values, name, place),
            Value::Nothing => Value::Nothing,
            // The client that `@nuxtjs/axios` puts in the context (axios.nuxtjs.org, "Usage").
            Value::Expr(place) if name == "$axios" && self.is_nuxt_context(&place) => {
                Value::Client(Rc::new(Client { id: usize::MAX, ..Client::new(Library::Axios) }))
            }
            Value::Expr(place) => match (&place.expr.kind, name.parse::<usize>()) {
                (ExprKind::List(items), Ok(at)) => match items.get(at) {
                    Some(item) => self.value(&place.at(item)),
                    None => Value::Nothing,
                },
                (ExprKind::Call(call), _) => {
                    self.member_of_result(&place, call, name).unwrap_or(Value::Unknown)
                }
                _ => Value::Unknown,
            },
            Value::Function(_) | Value::ClientMethod(..) | Value::Unknown => Value::Unknown,
        })
        .unwrap_or(Value::Unknown)
    }

    /// `useContext()` of Nuxt 2 (composition-api.nuxtjs.org, "useContext").
    fn is_nuxt_context(&self, place: &Place<'a>) -> bool {
        let callee = place.expr.as_call().map(|call| self.value(&place.at(&call.callee)));
        matches!(callee, Some(Value::External("@nuxtjs/composition-api", path)) if path.last().is_some_and(|name| &**name == "useContext"))
    }

    /// What a resolved name is.
    fn target(&self, target: Target<'a>, place: &Place<'a>) -> Value<'a> {
        match target {
            Target::Declared(symbol) => self.symbol(symbol, place),
            Target::Member(symbol, path) => {
                path.iter().fold(self.symbol(symbol, place), |object, name| self.member(object, name, place))
            }
            Target::Module(file) => Value::Module(file),
            Target::Expression(file, expr) => self.value(&Place { file, expr, frame: Frame::default() }),
            Target::External(module, path) => self.external(module, path, place),
            Target::Global(path) => Value::Global(path),
            Target::Unknown(_) => Value::Unknown,
        }
    }

    /// A client that a package exports, or a member of one, or anything else of a package.
    fn external(&self, module: &'a str, path: Vec<Box<str>>, place: &Place<'a>) -> Value<'a> {
        for length in (0..=path.len()).rev() {
            let (exported, members) = path.split_at(length);
            if let Some(client) = Client::of_package(module, exported) {
                let client = Value::Client(Rc::new(client));
                return members.iter().fold(client, |object, name| self.member(object, name, place));
            }
        }
        Value::External(module, path)
    }

    /// What a declared name is.
    fn symbol(&self, symbol: Symbol, place: &Place<'a>) -> Value<'a> {
        let values = self.names.declarations(symbol).filter(|(_, declaration)| declaration.is_value());
        let mut values = values.filter(|(_, declaration)| !is_signature(declaration));
        let Some((file, declaration)) = values.next() else { return Value::Unknown };
        match declaration {
            Declaration::Function(function) => {
                Value::Function(Callable { file, function, this: None, outer: place.frame.clone() })
            }
            Declaration::Class(class) => Value::Class(file, class),
            Declaration::Variable(assign) => {
                let others = values.filter_map(|(_, other)| match other {
                    Declaration::Variable(assign) => Some(assign),
                    _ => None,
                });
                self.variable(file, assign, &others.collect::<Vec<_>>(), place)
            }
            Declaration::Destructured(assign) => self.destructured(file, assign, symbol, place),
            Declaration::Parameter(function, at) => self.parameter(file, function, at, symbol, place),
            _ => Value::Unknown,
        }
    }

    /// A variable with one value. A second assignment makes it unknown, unless the declaration had none or only `null`, or it is
    /// of what an unknown function makes of the variable itself.
    fn variable(
        &self,
        file: FileId,
        assign: &'a Assign,
        others: &[&'a Assign],
        place: &Place<'a>,
    ) -> Value<'a> {
        let here = |expr| Place { file, expr, frame: place.frame.clone() };
        let first = assign.value.as_ref().map(here);
        let first = first.filter(|first| !matches!(self.value(first), Value::Nothing));
        let mut others = others.to_vec();
        others.retain(|other| !self.is_made_of_itself(&here, other));
        match (first, &others[..]) {
            (Some(first), []) => {
                let annotated = || self.annotated(file, assign.annotation.as_ref());
                match self.value(&first) {
                    Value::Unknown => annotated().unwrap_or(Value::Unknown),
                    found @ Value::Expr(_) => said_or(found, || annotated().filter(does_more_than_hold)),
                    found => found,
                }
            }
            (None, [only]) if only.operator.is_none() => {
                only.value.as_ref().map_or(Value::Unknown, |value| self.value(&here(value)))
            }
            (None, []) => self.annotated(file, assign.annotation.as_ref()).unwrap_or(Value::Nothing),
            (Some(_), _) | (None, _) => {
                self.annotated(file, assign.annotation.as_ref()).unwrap_or_else(|| Value::Expr(place.clone()))
            }
        }
    }

    /// `request = await change(request)`, where the function is not known.
    fn is_made_of_itself(&self, here: &dyn Fn(&'a Expr) -> Place<'a>, assign: &'a Assign) -> bool {
        let value = assign.value.as_ref().filter(|_| assign.operator.is_none());
        let call = value.and_then(|value| match &value.kind {
            ExprKind::Await(inner) => inner.as_call(),
            _ => value.as_call(),
        });
        let (Some(call), Some(own)) = (call, assign.target.as_name()) else { return false };
        call.positional().any(|argument| argument.as_name() == Some(own))
            && matches!(
                self.value(&here(&call.callee)),
                Value::Unknown | Value::Expr(_) | Value::Parameter(..)
            )
    }

    fn parameter(
        &self,
        file: FileId,
        function: &'a Function,
        at: usize,
        symbol: Symbol,
        place: &Place<'a>,
    ) -> Value<'a> {
        let Some(parameter) = function.parameters.get(at) else { return Value::Unknown };
        let name = self.names.name(symbol);
        let into = |value| match &parameter.pattern {
            Some(pattern) => self.bound_in(file, pattern, name, value, place),
            None => value,
        };
        match place.frame.parameter(function, at) {
            Bound::To(argument) => {
                let given = self.value(argument);
                let is_known = !matches!(given, Value::Unknown | Value::Expr(_));
                // What is passed is of the declared type, whatever else is known of it.
                match self.annotated(file, parameter.annotation.as_ref().filter(|_| !is_known)) {
                    Some(found @ Value::Client(_)) => into(found),
                    _ => into(given),
                }
            }
            Bound::Missing => match &parameter.default {
                Some(expr) => into(self.value(&Place { file, expr, frame: place.frame.clone() })),
                None => Value::Nothing,
            },
            Bound::Open => match self.annotated(file, parameter.annotation.as_ref()) {
                Some(found) if !matches!(found, Value::OneOf(_)) => into(found),
                _ => into(Value::Parameter(function, at, Vec::new())),
            },
        }
    }

    /// A name bound by `const { a, b: [c] } = value`.
    fn destructured(&self, file: FileId, assign: &'a Assign, symbol: Symbol, place: &Place<'a>) -> Value<'a> {
        let Some(expr) = assign.value.as_ref() else { return Value::Unknown };
        let start = self.value(&Place { file, expr, frame: place.frame.clone() });
        self.bound_in(file, &assign.target, self.names.name(symbol), start, place)
    }

    /// What a pattern binds a name to when it is given a value.
    fn bound_in(
        &self,
        file: FileId,
        pattern: &'a Expr,
        name: &str,
        value: Value<'a>,
        place: &Place<'a>,
    ) -> Value<'a> {
        if let Some(others) = rest_of(pattern, name) {
            return Value::Without(Box::new(value), others);
        }
        let Some(path) = pattern_path(pattern, name) else { return Value::Unknown };
        let found = path.iter().fold(value, |object, name| self.member(object, name, place));
        match (found, pattern_default(pattern, name)) {
            (Value::Nothing, Some(expr)) => self.value(&Place { file, expr, frame: place.frame.clone() }),
            (found, _) => found,
        }
    }

    /// What a call gives: a new object, a client of a library, or what a function of the project returns.
    fn result(&self, place: &Place<'a>, call: &'a Call) -> Value<'a> {
        let callee = self.value(&place.at(&call.callee));
        let arguments: Vec<Place<'a>> = call.positional().map(|argument| place.at(argument)).collect();
        if let Some(made) = self.client_made_by(&callee, &arguments, place) {
            return made;
        }
        match callee {
            Value::Class(file, class) if call.is_new => {
                let types = call.type_arguments.iter().map(|ty| place.type_at(ty)).collect();
                let arguments = Some(arguments.into());
                Value::Instance(Instance { arguments, types, ..Instance::new(file, class) })
            }
            Value::Function(callable) => match self.returned(&callable, arguments, &place.frame) {
                Value::Unknown | Value::Expr(_) => Value::Expr(place.clone()),
                found => found,
            },
            // A method of nothing, reached through `?.`.
            Value::Nothing => Value::Nothing,
            Value::External("react", path) if is_memo(&path) => self.memoized(&path, &arguments, place),
            Value::External("react", path) if is_context(&path) => {
                self.default_of_context(place, call).unwrap_or_else(|| Value::Expr(place.clone()))
            }
            _ => Value::Expr(place.clone()),
        }
    }

    /// `useCallback(f, deps)` and `cache(f)` are `f`; `useMemo(() => x, deps)` is `x`.
    fn memoized(&self, path: &[Box<str>], arguments: &[Place<'a>], place: &Place<'a>) -> Value<'a> {
        let Some(first) = arguments.first() else { return Value::Unknown };
        match (self.value(first), path.last().map(|name| &**name)) {
            (Value::Function(callable), Some("useMemo")) => {
                self.returned(&callable, Vec::new(), &place.frame)
            }
            (found, _) => found,
        }
    }

    /// The function a call of a project function or method goes to.
    pub(super) fn callable(&self, place: &Place<'a>) -> Option<Callable<'a>> {
        match self.value(place) {
            Value::Function(callable) => Some(callable),
            _ => None,
        }
    }
}

fn is_signature(declaration: &Declaration<'_>) -> bool {
    matches!(declaration, Declaration::Function(function) if function.kind == FunctionKind::Signature)
}

fn is_memo(path: &[Box<str>]) -> bool {
    path.last().is_some_and(|name| matches!(&**name, "useCallback" | "useMemo" | "cache"))
}
