//! Attributes that an object hands on from one that it is made with (Python, "`object.__getattr__`"):
//!
//! ```python
//! class Watched:
//!     def __init__(self, base): self._base = base
//!     def __getattr__(self, name): return getattr(self._base, name)
//! settings = Watched(Settings())        # settings.PREFIX is that of Settings
//! ```

use alignment_model::code::{Expr, ExprKind, ExprPart, Function, Statement};

use super::Constant;
use super::fold::{Env, Fold};
use crate::python::scope::each_statement;
use crate::python::{Binding, Target, parent};

impl Fold<'_, '_> {
    /// The value of `object.name` where the class of the object does not have the name; none unless exactly one of the objects that
    /// it is made with does.
    pub(super) fn handed_on(
        &mut self,
        env: Env<'_>,
        object: &Expr,
        name: &str,
        depth: u32,
    ) -> Option<Constant> {
        let names = self.names;
        let Target::Variable(key, assign) = names.resolve(env.view.file, env.view.scope, object) else {
            return None;
        };
        let made = assign.value.as_ref()?.as_call()?;
        let scope = parent(&key.path);
        let Target::Class(class, _) = names.resolve(key.file, scope, &made.callee) else { return None };
        let Some((_, Binding::Function(hook))) = names.attribute(&class, "__getattr__") else { return None };
        if !hands_on(hook) {
            return None;
        }
        let of = |given: &Expr| match given.as_call() {
            Some(made) => names.resolve(key.file, scope, &made.callee),
            None => names.resolve(key.file, scope, given),
        };
        let found = made.arguments.iter().map(|argument| names.member(&of(&argument.value), name));
        let mut found = found.filter(|target| matches!(target, Target::Variable(..)));
        let only = found.next()?;
        found.next().is_none().then(|| self.target(only, depth))
    }
}

/// Whether `__getattr__` gives what another object has under the name: `getattr(self._base, name)`. A body that was not read is empty.
fn hands_on(hook: &Function) -> bool {
    let Some(name) = hook.parameters.get(1).map(|parameter| &*parameter.name) else { return false };
    let mut found = hook.body.is_empty();
    each_statement(&hook.body, &mut |statement, _| {
        if let Statement::Return(Some(value), _) = statement {
            found |= asks_for(value, name);
        }
    });
    found
}

/// Whether an expression has `getattr(x, name)` in it.
fn asks_for(value: &Expr, name: &str) -> bool {
    let mut work = vec![value];
    while let Some(expr) = work.pop() {
        if let ExprKind::Call(call) = &expr.kind
            && call.callee.as_name() == Some("getattr")
            && call.positional().nth(1).and_then(Expr::as_name) == Some(name)
        {
            return true;
        }
        expr.for_each_part(&mut |part| {
            if let ExprPart::Expr(inner) = part {
                work.push(inner);
            }
        });
    }
    false
}
