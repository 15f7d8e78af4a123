//! Calls: making routers, registering at them, and running functions of the repository that do.

use std::collections::BTreeMap;
use std::rc::Rc;

use alignment_model::code::{Argument, Call, Class, Expr, ExprKind, Function, ParameterKind, Statement};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Known, Span};

use super::super::packages;
use super::super::registry::{
    Arguments, Bound, Endpoint, Item, ObjectId, Route, Router, RouterId, RouterKind, Value,
};
use super::registration::is_router_method;
use super::{Flow, Frame, Interpreter, MAX_DEPTH, Object, says_routers};
use crate::python::{Binding, Constant, Target, parent};

/// Keyword arguments of routes and routers that say something about operations; others are not evaluated.
const OPTIONS: &[&str] = &[
    "path",
    "prefix",
    "methods",
    "endpoint",
    "router",
    "dependencies",
    "response_model",
    "status_code",
    "response_class",
    "response_model_by_alias",
    "response_model_exclude_none",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_include",
    "response_model_exclude",
    "include_in_schema",
    "operation_id",
    "app",
];

impl<'a> Interpreter<'_, 'a> {
    pub(super) fn call(&mut self, frame: &mut Frame<'a>, expr: &'a Expr, call: &'a Call) -> Value<'a> {
        if let Some((id, arguments)) = self.named_decoration(frame, call) {
            return Value::Registration(id, Rc::new(arguments));
        }
        match &call.callee.kind {
            ExprKind::Member(object, method) => {
                if is_super(object) {
                    return self.super_call(frame, expr, method, call);
                }
                if is_router_method(method)
                    && let Value::Router(id) = self.eval(frame, object)
                {
                    let span = expr.range.in_file(frame.file);
                    let arguments = self.arguments(frame, &call.arguments, true);
                    return self.router_call(id, method, arguments, span, true);
                }
                if matches!(object.kind, ExprKind::Name(_) | ExprKind::Member(..))
                    && let Value::Router(id) = self.eval(frame, object)
                    && let Some((key, function)) = self.own_method(id, method)
                {
                    let arguments = self.arguments(frame, &call.arguments, false);
                    return self.call_function(&key, function, Some(Value::Router(id)), arguments);
                }
                if method.as_ref() == "expose"
                    && self.is_instrumentator(frame.file, &frame.scope.clone(), object, 0)
                    && let Some(Value::Router(id)) =
                        call.positional().next().map(|application| self.eval(frame, application))
                {
                    self.expose(frame, id, expr, call);
                    return Value::Unknown;
                }
                if let Some(found) = self.container_method(frame, object, method, call) {
                    return found;
                }
            }
            // `router.get("/x")(handler)`.
            ExprKind::Call(inner) => {
                if let Some((id, arguments)) = self.decoration(frame, inner) {
                    return self.apply_registration(frame, expr, call, id, arguments);
                }
            }
            _ => {}
        }
        let target = if self.root_is_local(frame, &call.callee) {
            Target::Unknown
        } else {
            self.names.resolve(frame.file, &frame.scope, &call.callee)
        };
        self.call_target(frame, expr, call, target)
    }

    fn call_target(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        call: &'a Call,
        target: Target<'a>,
    ) -> Value<'a> {
        match target {
            Target::External(path) => self.call_external(frame, expr, call, &path),
            Target::Class(key, class) => {
                let arguments = self.arguments(frame, &call.arguments, false);
                self.instantiate(frame, expr, arguments, &key, class)
            }
            Target::Function(key, function) => {
                let bound = match self
                    .names
                    .class(&DeclarationKey { file: key.file, path: parent(&key.path).into() })
                {
                    Some(_) => self.eval(frame, &call.callee),
                    None => Value::Unknown,
                };
                let object = match bound {
                    Value::Function(_, _, Bound::Method(own)) => Some(*own),
                    _ => None,
                };
                self.call_known(frame, expr, call, (&key, function), object)
            }
            _ => match self.eval(frame, &call.callee) {
                Value::Function(key, function, Bound::Method(own)) => {
                    self.call_known(frame, expr, call, (&key, function), Some(*own))
                }
                Value::Partial(made, given) => {
                    let arguments = given.and(self.arguments(frame, &call.arguments, false));
                    self.call_partial(frame, expr, *made, arguments)
                }
                Value::Function(key, function, Bound::Free) => {
                    self.call_known(frame, expr, call, (&key, function), None)
                }
                Value::Function(key, function, Bound::Closure(names)) => {
                    let arguments = self.arguments(frame, &call.arguments, false);
                    self.call_closure(&key, function, &names, arguments)
                }
                Value::Registration(id, arguments) => {
                    self.apply_registration(frame, expr, call, id, (*arguments).clone())
                }
                Value::Written(written) if !std::ptr::eq(written.expr, &call.callee) => {
                    match self.names.resolve(written.file, &written.scope, written.expr) {
                        found @ (Target::Class(..) | Target::External(_)) => {
                            self.call_target(frame, expr, call, found)
                        }
                        _ => self.folded(frame, expr),
                    }
                }
                _ => self.folded(frame, expr),
            },
        }
    }

    /// A function of the repository: run if it can matter, or if it only computes a value.
    fn call_known(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        call: &'a Call,
        (key, function): (&DeclarationKey, &'a Function),
        object: Option<Value<'a>>,
    ) -> Value<'a> {
        let arguments = self.arguments(frame, &call.arguments, false);
        let computes = matches!(function.body.as_slice(), [Statement::Return(Some(_), _)]);
        if computes || arguments.has_router() || object.is_some() || self.registers(key.file, function) {
            return self.call_function(key, function, object, arguments);
        }
        self.folded(frame, expr)
    }

    fn call_external(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        call: &'a Call,
        path: &str,
    ) -> Value<'a> {
        match path {
            "fastapi.FastAPI" | "fastapi.APIRouter" => {
                let arguments = self.arguments(frame, &call.arguments, true);
                self.own_router(path, &arguments, expr.range.in_file(frame.file))
            }
            "functools.partial" => self.partial(frame, expr, call),
            "builtins.sorted" | "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.reversed" => {
                self.items_of(frame, expr, call.positional().next())
            }
            "typing.cast" => call.positional().nth(1).map_or(Value::Unknown, |value| self.eval(frame, value)),
            "importlib.import_module" => {
                let name = call.positional().next().map(|name| self.constant_of(frame, name));
                let module = name.as_ref().and_then(Constant::text);
                let module = module.and_then(|module| self.names.find_module(frame.file, module));
                module.map_or(Value::Unknown, Value::Module)
            }
            "builtins.getattr" => {
                let mut positional = call.positional();
                let (Some(object), Some(name)) = (positional.next(), positional.next()) else {
                    return Value::Unknown;
                };
                let object = self.eval(frame, object);
                let name = self.constant_of(frame, name);
                name.text().map_or(Value::Unknown, |name| self.attribute(&object, name))
            }
            _ => match packages::routes(path) {
                Some(routes) => self.package_router(frame, expr, call, routes),
                None => self.folded(frame, expr),
            },
        }
    }

    /// `FastAPI(...)`, `APIRouter(...)`.
    fn own_router(&mut self, path: &str, arguments: &Arguments<'a>, span: Span) -> Value<'a> {
        let kind = if path == "fastapi.FastAPI" { RouterKind::Application } else { RouterKind::Router };
        let id = self.new_router(kind, None, span);
        self.initialise(id, arguments);
        Value::Router(id)
    }

    /// `functools.partial(APIRouter, prefix="/x")`.
    fn partial(&mut self, frame: &mut Frame<'a>, expr: &'a Expr, call: &'a Call) -> Value<'a> {
        let mut given = self.arguments(frame, &call.arguments, false);
        if given.positional.is_empty() {
            return self.folded(frame, expr);
        }
        match given.positional.remove(0) {
            made @ (Value::Function(..) | Value::Written(_) | Value::Partial(..)) => {
                Value::Partial(made.into(), Rc::new(given))
            }
            _ => self.folded(frame, expr),
        }
    }

    /// Calls what [`Interpreter::partial`] made.
    fn call_partial(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        made: Value<'a>,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        match made {
            Value::Function(key, function, Bound::Closure(names)) => {
                self.call_closure(&key, function, &names, arguments)
            }
            Value::Function(key, function, bound) => {
                let object = match bound {
                    Bound::Method(own) => Some(*own),
                    _ => None,
                };
                self.call_function(&key, function, object, arguments)
            }
            Value::Partial(inner, given) => self.call_partial(frame, expr, *inner, given.and(arguments)),
            Value::Written(written) => match self.names.resolve(written.file, &written.scope, written.expr) {
                Target::Class(key, class) => self.instantiate(frame, expr, arguments, &key, class),
                Target::External(path) if matches!(&*path, "fastapi.FastAPI" | "fastapi.APIRouter") => {
                    self.own_router(&path, &arguments, expr.range.in_file(frame.file))
                }
                _ => self.folded(frame, expr),
            },
            _ => self.folded(frame, expr),
        }
    }

    /// A router that a package makes.
    fn package_router(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        call: &'a Call,
        routes: &'static [packages::PackageRoute],
    ) -> Value<'a> {
        let arguments: Vec<Value<'a>> = call.positional().map(|value| self.written(frame, value)).collect();
        let span = expr.range.in_file(frame.file);
        let id = self.new_router(RouterKind::Router, None, span);
        for route in routes {
            let item = Route {
                endpoint: Endpoint::Package(route, arguments.clone()),
                path: Known::Is(route.path.into()),
                methods: vec![route.method.into()],
                options: Vec::new(),
                conditional: false,
                span,
            };
            self.registry.get_mut(id).items.push(Item::Route(item.into()));
        }
        Value::Router(id)
    }

    /// Whether a chain of calls begins with an instrumentator: `make().instrument(app)`.
    fn is_instrumentator(&self, file: FileId, scope: &str, expr: &Expr, depth: u8) -> bool {
        let mut root = expr;
        for _ in 0..MAX_DEPTH {
            let is_one = match self.names.resolve(file, scope, root) {
                Target::External(path) => path.starts_with(packages::INSTRUMENTATOR),
                Target::Function(key, function) => {
                    let returns = function.returns.as_ref().and_then(|returns| returns.expression());
                    returns.is_some_and(|returns| {
                        let target = self.names.resolve(key.file, parent(&key.path), returns);
                        target.external().is_some_and(|path| path.starts_with(packages::INSTRUMENTATOR))
                    })
                }
                Target::Variable(key, assign) if depth < 4 => assign.value.as_ref().is_some_and(|value| {
                    self.is_instrumentator(key.file, parent(&key.path), value, depth + 1)
                }),
                _ => false,
            };
            if is_one {
                return true;
            }
            root = match &root.kind {
                ExprKind::Call(call) => &call.callee,
                ExprKind::Member(object, _) => object,
                _ => return false,
            };
        }
        false
    }

    /// `instrumentator.expose(app, endpoint="/metrics", include_in_schema=False)`.
    fn expose(&mut self, frame: &mut Frame<'a>, id: RouterId, expr: &'a Expr, call: &'a Call) {
        let path = match call.keyword("endpoint") {
            Some(endpoint) => self.eval(frame, endpoint).text(),
            None => Known::Is(packages::EXPOSED.path.into()),
        };
        let hidden = call.keyword("include_in_schema");
        let options = hidden.map(|hidden| ("include_in_schema".into(), self.eval(frame, hidden)));
        let route = Route {
            endpoint: Endpoint::Package(packages::EXPOSED, Vec::new()),
            path,
            methods: vec![packages::EXPOSED.method.into()],
            options: options.into_iter().collect(),
            conditional: self.is_conditional(),
            span: expr.range.in_file(frame.file),
        };
        self.registry.get_mut(id).items.push(Item::Route(route.into()));
    }

    /// An instance of a class of the repository: a router, or an object that may hold one.
    fn instantiate(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        arguments: Arguments<'a>,
        key: &DeclarationKey,
        class: &'a Class,
    ) -> Value<'a> {
        let hierarchy = self.names.hierarchy(key);
        let is_application = hierarchy.descends_from(&["fastapi.FastAPI"]);
        let is_router = is_application || hierarchy.descends_from(&["fastapi.APIRouter"]);
        let init = match self.names.attribute(key, "__init__") {
            Some((owner, Binding::Function(init))) => Some((
                DeclarationKey { file: owner.file, path: format!("{}.__init__", owner.path).into() },
                init,
            )),
            _ => None,
        };
        if !is_router && !arguments.has_router() && !says_routers(self.slice(key.file, class.range)) {
            return self.folded(frame, expr);
        }
        let instance = if is_router {
            let kind = if is_application { RouterKind::Application } else { RouterKind::Router };
            let id = self.new_router(kind, Some(key.clone()), expr.range.in_file(frame.file));
            if init.is_none() {
                self.initialise(id, &arguments);
            }
            Value::Router(id)
        } else {
            self.objects.push(Object { class: key.clone(), attributes: std::collections::BTreeMap::new() });
            Value::Object(ObjectId(self.objects.len() - 1))
        };
        if let Some((key, init)) = init {
            self.call_function(&key, init, Some(instance.clone()), arguments);
        }
        instance
    }

    fn new_router(&mut self, kind: RouterKind, class: Option<DeclarationKey>, span: Span) -> RouterId {
        let prefix = Known::Is("".into());
        self.registry.add(Router::new(kind, class, prefix, span))
    }

    /// Evaluates arguments; of FastAPI's own calls only those that matter.
    pub(super) fn arguments(
        &mut self,
        frame: &mut Frame<'a>,
        written: &'a [Argument],
        own: bool,
    ) -> Arguments<'a> {
        let mut out = Arguments::default();
        for argument in written {
            match (argument.keyword.as_deref(), &argument.value.kind) {
                (Some("**"), ExprKind::Spread(inner)) => {
                    if let Value::Map(entries) = self.eval(frame, inner) {
                        let named = |(key, value): (Constant, Value<'a>)| Some((key.text()?.into(), value));
                        out.named.extend(entries.into_iter().filter_map(named));
                    }
                }
                (Some(name), _) if own && !OPTIONS.contains(&name) => {}
                (Some(name), _) => {
                    let value = self.eval(frame, &argument.value);
                    out.named.push((name.into(), value));
                }
                (None, ExprKind::Spread(inner)) => match self.eval(frame, inner) {
                    Value::List(items) => out.positional.extend(items),
                    _ => out.positional.push(Value::Unknown),
                },
                (None, _) => {
                    let value = self.eval(frame, &argument.value);
                    out.positional.push(value);
                }
            }
        }
        out
    }

    /// Runs a function of the repository with these arguments.
    pub(super) fn call_function(
        &mut self,
        key: &DeclarationKey,
        function: &'a Function,
        object: Option<Value<'a>>,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        self.run(Frame::new(key.file, &key.path), function, object, arguments)
    }

    /// Runs a function that another one defined.
    pub(super) fn call_closure(
        &mut self,
        key: &DeclarationKey,
        function: &'a Function,
        names: &BTreeMap<Box<str>, Value<'a>>,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        let mut frame = Frame::new(key.file, &key.path);
        frame.locals = names.clone();
        self.run(frame, function, None, arguments)
    }

    fn run(
        &mut self,
        mut frame: Frame<'a>,
        function: &'a Function,
        object: Option<Value<'a>>,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        if self.depth > MAX_DEPTH || !self.step() {
            return Value::Unknown;
        }
        self.executed.insert((frame.file, function.range));
        self.depth += 1;
        self.bind_parameters(&mut frame, function, object, arguments);
        let flow = self.block(&mut frame, &function.body);
        self.depth -= 1;
        match flow {
            Flow::Return(value) => value,
            Flow::Next => Value::Constant(Constant::None),
            Flow::Stop => Value::Unknown,
        }
    }

    fn bind_parameters(
        &mut self,
        frame: &mut Frame<'a>,
        function: &'a Function,
        object: Option<Value<'a>>,
        arguments: Arguments<'a>,
    ) {
        let mut positional = object.into_iter().chain(arguments.positional);
        let mut named = arguments.named;
        for parameter in &function.parameters {
            let by_name = named.iter().position(|(name, _)| *name == parameter.name);
            let by_name = |named: &mut Vec<(Box<str>, Value<'a>)>| by_name.map(|at| named.remove(at).1);
            let given = match parameter.kind {
                ParameterKind::Rest => Some(Value::List(positional.by_ref().collect())),
                ParameterKind::KeywordRest => {
                    let entries = std::mem::take(&mut named).into_iter();
                    Some(Value::Map(entries.map(|(name, value)| (Constant::Text(name), value)).collect()))
                }
                ParameterKind::Plain => positional.next().or_else(|| by_name(&mut named)),
                ParameterKind::KeywordOnly => by_name(&mut named),
            };
            let value = match (given, &parameter.default) {
                (Some(value), _) => value,
                (None, Some(default)) => {
                    let mut outer = Frame::new(frame.file, parent(&frame.scope));
                    self.eval(&mut outer, default)
                }
                (None, None) => Value::Unknown,
            };
            frame.locals.insert(parameter.name.clone(), value);
        }
    }
}

/// `super()`, `super(Own, self)`.
fn is_super(expr: &Expr) -> bool {
    expr.as_call().is_some_and(|call| call.callee.as_name() == Some("super"))
}
