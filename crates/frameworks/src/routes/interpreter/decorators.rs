//! Decorators that register: FastAPI's own (`@router.get("/x")`), and functions of the repository that make one from a router or
//! one of its methods (`@protected(router.get, "/x", scopes)`).

use std::rc::Rc;

use alignment_model::Span;
use alignment_model::code::{Call, Expr, ExprKind, Function};
use alignment_model::shape::DeclarationKey;

use super::super::HTTP_METHODS;
use super::super::registry::{Arguments, Bound, Endpoint, RouterId, Value};
use super::{Frame, Interpreter, MAX_DEPTH};
use crate::python::Constant;

impl<'a> Interpreter<'_, 'a> {
    /// A decorator on a function.
    pub(super) fn decorate(
        &mut self,
        frame: &mut Frame<'a>,
        decorator: &'a Expr,
        key: &DeclarationKey,
        function: &'a Function,
        is_method: bool,
    ) {
        let Some(call) = decorator.as_call() else { return };
        let is_static = function.decorators.iter().any(|own| own.as_name() == Some("staticmethod"));
        let takes_self = is_method && !is_static;
        let span = decorator.range.in_file(frame.file);
        if let Some((id, mut arguments)) = self.decoration(frame, call) {
            let endpoint = Endpoint::Function(key.clone(), function, takes_self);
            self.register(id, &mut arguments, endpoint, span);
        } else if !takes_self && self.may_register(frame, call) {
            let outer = self.decorating.replace(span);
            let made = self.eval(frame, decorator);
            self.apply(made, Value::Function(key.clone(), function, Bound::Free), span);
            self.decorating = outer;
        }
    }

    /// Whether a decorator is made from a router: one of its arguments is, or names, a router or a method of one, or it is a
    /// method of a router of the repository's own class.
    fn may_register(&mut self, frame: &mut Frame<'a>, call: &'a Call) -> bool {
        if let ExprKind::Member(object, method) = &call.callee.kind
            && let Value::Router(id) = self.eval(frame, object)
        {
            return self.own_method(id, method).is_some();
        }
        let is_name = |value: &Expr| matches!(value.kind, ExprKind::Name(_) | ExprKind::Member(..));
        let holds = |value: Value<'a>| matches!(value, Value::Router(_) | Value::Method(..));
        call.arguments
            .iter()
            .any(|argument| is_name(&argument.value) && holds(self.eval(frame, &argument.value)))
    }

    /// Calls what a decorator evaluates to with the handler.
    fn apply(&mut self, made: Value<'a>, handler: Value<'a>, span: Span) {
        let given = Arguments { positional: vec![handler.clone()], named: Vec::new() };
        match made {
            Value::Registration(id, arguments) => {
                self.register_value(id, (*arguments).clone(), &handler, span);
            }
            Value::Function(key, function, Bound::Closure(names)) => {
                self.call_closure(&key, function, &names, given);
            }
            Value::Function(key, function, Bound::Free) => {
                self.call_function(&key, function, None, given);
            }
            _ => {}
        }
    }

    /// The router and arguments of `router.get("/x", ...)`, with `methods` among them.
    pub(super) fn decoration(
        &mut self,
        frame: &mut Frame<'a>,
        call: &'a Call,
    ) -> Option<(RouterId, Arguments<'a>)> {
        let (id, method) = match &call.callee.kind {
            ExprKind::Member(object, method) if makes_decorators(method) => match self.eval(frame, object) {
                Value::Router(id) => (id, method.clone()),
                _ => return None,
            },
            ExprKind::Name(name) => match frame.locals.get(name) {
                Some(Value::Method(id, method)) => (*id, method.clone()),
                _ => return None,
            },
            _ => return None,
        };
        let mut arguments = self.arguments(frame, &call.arguments, true);
        if HTTP_METHODS.contains(&&*method) {
            let methods = Value::Constant(Constant::List(vec![Constant::of_text(method.to_uppercase())]));
            arguments.named.retain(|(name, _)| &**name != "methods");
            arguments.named.push(("methods".into(), methods));
        }
        Some((id, arguments))
    }

    /// [`Interpreter::decoration`] where the router has a name: to ask what it is makes nothing.
    pub(super) fn named_decoration(
        &mut self,
        frame: &mut Frame<'a>,
        call: &'a Call,
    ) -> Option<(RouterId, Arguments<'a>)> {
        let has_name = match &call.callee.kind {
            ExprKind::Member(object, _) => matches!(object.kind, ExprKind::Name(_) | ExprKind::Member(..)),
            callee => matches!(callee, ExprKind::Name(_)),
        };
        if has_name { self.decoration(frame, call) } else { None }
    }

    /// `router.get("/x")(handler)`, in one expression or two. It gives the handler.
    pub(super) fn apply_registration(
        &mut self,
        frame: &mut Frame<'a>,
        expr: &'a Expr,
        call: &'a Call,
        id: RouterId,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        let Some(written) = call.positional().next() else { return Value::Unknown };
        let handler = self.handler(frame, written);
        self.register_value(id, arguments, &handler, expr.range.in_file(frame.file));
        handler
    }

    fn register_value(
        &mut self,
        id: RouterId,
        mut arguments: Arguments<'a>,
        handler: &Value<'a>,
        span: Span,
    ) {
        if let Value::Function(key, function, bound) = handler {
            let endpoint = Endpoint::Function(key.clone(), function, matches!(bound, Bound::Method(_)));
            self.register(id, &mut arguments, endpoint, span);
        }
    }

    /// The handler that an expression gives. `guard(scopes)(handler)` has the signature of what it wraps: FastAPI reads it
    /// through `__wrapped__` (`inspect.signature`).
    fn handler(&mut self, frame: &mut Frame<'a>, written: &'a Expr) -> Value<'a> {
        let mut value = self.eval(frame, written);
        for _ in 0..MAX_DEPTH {
            let Value::Written(inner) = &value else { break };
            let only = match &inner.expr.kind {
                ExprKind::Call(call) if inner.file == frame.file && inner.scope == frame.scope => {
                    let [only] = call.arguments.as_slice() else { break };
                    only
                }
                _ => break,
            };
            value = self.eval(frame, &only.value);
        }
        value
    }

    /// A function that another one defines: with the names around it, or what it wraps (`functools.wraps`), whose signature it
    /// has.
    pub(super) fn local_function(
        &mut self,
        frame: &mut Frame<'a>,
        key: &DeclarationKey,
        function: &'a Function,
    ) -> Value<'a> {
        for call in function.decorators.iter().filter_map(Expr::as_call) {
            let target = self.names.resolve(frame.file, &frame.scope, &call.callee);
            if target.external() == Some("functools.wraps")
                && let Some(wrapped) = call.positional().next()
                && let found @ Value::Function(..) = self.eval(frame, wrapped)
            {
                return found;
            }
        }
        Value::Function(key.clone(), function, Bound::Closure(Rc::new(frame.locals.clone())))
    }
}

/// Whether a method of a router makes decorators that register.
pub(super) fn makes_decorators(name: &str) -> bool {
    HTTP_METHODS.contains(&name) || name == "api_route"
}
