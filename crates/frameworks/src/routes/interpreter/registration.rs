//! What is registered at a router: handlers, other routers, mounted applications.

use alignment_model::code::{Call, Expr, Function};
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Span, Why};

use super::super::registry::{Arguments, Bound, Endpoint, Include, Item, Route, RouterId, RouterKind, Value};
use super::{Frame, Interpreter};
use crate::python::{Binding, Constant};

impl<'a> Interpreter<'_, 'a> {
    /// `APIRouter(prefix=..., dependencies=...)`.
    pub(super) fn initialise(&mut self, id: RouterId, arguments: &Arguments<'a>) {
        let router = self.registry.get_mut(id);
        if let (Some(prefix), RouterKind::Router) = (arguments.named("prefix"), router.kind) {
            router.prefix = prefix.text();
        }
        if let Some(dependencies) = arguments.named("dependencies") {
            router.dependencies = dependencies.clone().into_items();
        }
        router.hidden = arguments.named("include_in_schema").is_some_and(Value::is_false);
    }

    /// `super().add_api_route(...)` inside a router of the repository.
    pub(super) fn super_call(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        method: &str,
        call: &'a Call,
    ) -> Value<'a> {
        let Some(Value::Router(id)) = frame.locals.get("self").cloned() else { return Value::Unknown };
        let arguments = self.arguments(frame, &call.arguments, false);
        if method == "__init__" {
            self.initialise(id, &arguments);
            return Value::Unknown;
        }
        self.router_call(id, method, arguments, expr.range.in_file(frame.file), false)
    }

    /// A method of a router, the project's own before FastAPI's.
    pub(super) fn router_call(
        &mut self,
        id: RouterId,
        method: &str,
        mut arguments: Arguments<'a>,
        span: Span,
        overridden: bool,
    ) -> Value<'a> {
        if overridden && let Some((key, function)) = self.own_method(id, method) {
            return self.call_function(&key, function, Some(Value::Router(id)), arguments);
        }
        match method {
            "include_router" => self.include(id, &arguments, span),
            "mount" => self.mount(id, &arguments, span),
            "add_api_route" => {
                if let Some(Value::Function(key, function, object)) = arguments.get(1, "endpoint").cloned() {
                    let endpoint = Endpoint::Function(key, function, matches!(object, Bound::Method(_)));
                    self.push_route(id, &mut arguments, endpoint, span);
                }
            }
            _ => {}
        }
        Value::Unknown
    }

    /// The method of this name that the router's own class defines.
    pub(super) fn own_method(&self, id: RouterId, method: &str) -> Option<(DeclarationKey, &'a Function)> {
        let class = self.registry.get(id).class.as_ref()?;
        let (owner, binding) = self.names.attribute(class, method)?;
        let Binding::Function(function) = binding else { return None };
        Some((DeclarationKey { file: owner.file, path: format!("{}.{method}", owner.path).into() }, function))
    }

    fn include(&mut self, parent: RouterId, arguments: &Arguments<'a>, span: Span) {
        match arguments.get(0, "router") {
            Some(Value::Router(child)) if *child != parent => {
                let prefix = arguments.named("prefix").map_or(Known::Is("".into()), Value::text);
                let dependencies =
                    arguments.named("dependencies").cloned().map_or(Vec::new(), Value::into_items);
                let hidden = arguments.named("include_in_schema").is_some_and(Value::is_false);
                let conditional = self.is_conditional();
                let include = Include {
                    child: *child,
                    prefix,
                    dependencies,
                    hidden,
                    conditional,
                    is_mount: false,
                    span,
                };
                self.registry.include(parent, include);
            }
            Some(Value::Constant(Constant::None)) => {}
            _ => {
                self.registry.has_unknown_mounts = true;
                let prefix = arguments.named("prefix").map_or(Known::Is("".into()), Value::text);
                self.registry.get_mut(parent).items.push(Item::Open(prefix, span));
            }
        }
    }

    /// `app.mount("/prefix", other)`: another application under a prefix. Files and foreign applications serve no operations
    /// that are known; under no prefix they are files.
    fn mount(&mut self, parent: RouterId, arguments: &Arguments<'a>, span: Span) {
        if let Some(Value::Router(child)) = arguments.get(1, "app")
            && *child != parent
        {
            let prefix = arguments.get(0, "path").map_or(Known::Unknown(Why::DynamicExpression), Value::text);
            let prefix = prefix.map(|prefix| prefix.trim_end_matches('/').into());
            let (dependencies, conditional) = (Vec::new(), self.is_conditional());
            let include = Include {
                child: *child,
                prefix,
                dependencies,
                hidden: false,
                conditional,
                is_mount: true,
                span,
            };
            self.registry.include(parent, include);
        } else if let Some(Known::Is(prefix)) = arguments.get(0, "path").map(Value::text)
            && let prefix = prefix.trim_end_matches('/')
            && !prefix.is_empty()
        {
            self.registry.get_mut(parent).items.push(Item::Open(Known::Is(prefix.into()), span));
        }
    }

    /// Registers a handler through the router's own `add_api_route`, if its class has one.
    pub(super) fn register(
        &mut self,
        id: RouterId,
        arguments: &mut Arguments<'a>,
        endpoint: Endpoint<'a>,
        span: Span,
    ) {
        let own = self.own_method(id, "add_api_route");
        match (own, &endpoint) {
            (Some((key, function)), Endpoint::Function(handler, code, bound)) if !*bound => {
                let path = arguments.get(0, "path").cloned().unwrap_or(Value::Unknown);
                arguments.named.retain(|(name, _)| &**name != "path");
                let handler = Value::Function(handler.clone(), code, Bound::Free);
                let arguments = Arguments {
                    positional: vec![path, handler],
                    named: std::mem::take(&mut arguments.named),
                };
                self.call_function(&key, function, Some(Value::Router(id)), arguments);
            }
            _ => self.push_route(id, arguments, endpoint, span),
        }
    }

    pub(super) fn push_route(
        &mut self,
        id: RouterId,
        arguments: &mut Arguments<'a>,
        endpoint: Endpoint<'a>,
        span: Span,
    ) {
        let path = arguments.get(0, "path").map_or(Known::Unknown(Why::DynamicExpression), Value::text);
        let methods = match arguments.named("methods").map(Value::constant) {
            Some(constant) => {
                let texts = constant.items().unwrap_or_default().iter().filter_map(Constant::value);
                texts.map(|method| method.plain().to_uppercase().into()).collect()
            }
            None => vec!["GET".into()],
        };
        let options = std::mem::take(&mut arguments.named);
        let conditional = self.is_conditional();
        let span = self.decorating.unwrap_or(span);
        let route = Route { endpoint, path, methods, options, conditional, span };
        self.registry.get_mut(id).items.push(Item::Route(route.into()));
    }
}

/// Methods of routers that register something, where they are called as statements.
pub(super) fn is_router_method(name: &str) -> bool {
    matches!(name, "include_router" | "mount" | "add_api_route")
}
