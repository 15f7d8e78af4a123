//! Classes that functions make: `def router_class(route): class Own(APIRouter): ...; return Own` gives `Own` wherever
//! `Router = router_class(Route)` is named.
//!
//! All calls of one function give the same class here, and a base that is an argument of the function is not known.
//!
//! Deliberately absent: functions that return one class or another, `type(name, bases, body)`.

use alignment_model::code::{Call, Class, Expr, ExprKind, Function, Statement, TypeExpr};

use super::resolve::{Search, View};
use super::scope::each_statement;
use super::{Names, Target};

/// The classes in a function's body, if it returns one of them.
pub(super) fn classes_of(function: &Function) -> Vec<&Class> {
    let classes = function.body.iter().filter_map(|statement| match statement {
        Statement::Class(class) => Some(&**class),
        _ => None,
    });
    let classes: Vec<&Class> = classes.collect();
    let is_made = |name: &str| classes.iter().any(|class| &*class.name == name);
    if !classes.is_empty() && returned(function).and_then(Expr::as_name).is_some_and(is_made) {
        classes
    } else {
        Vec::new()
    }
}

/// The name a function returns, if a call gives that: every `return` has it.
fn returned(function: &Function) -> Option<&Expr> {
    if function.is_async {
        return None;
    }
    let mut only: Option<&Expr> = None;
    let mut same = true;
    each_statement(&function.body, &mut |statement, _| {
        if let Statement::Return(value, _) = statement {
            let name = value.as_ref().and_then(Expr::as_name);
            same &= name.is_some() && only.is_none_or(|only| only.as_name() == name);
            only = value.as_ref();
        }
    });
    only.filter(|_| same)
}

impl<'a> Names<'a> {
    /// The function that a call runs and the local name whose value it gives, where that is a class or made by a call.
    pub(super) fn maker(
        &self,
        view: View<'_>,
        call: &Call,
        search: &mut Search,
    ) -> Option<(alignment_model::shape::DeclarationKey, &'a Expr)> {
        let callee = match &call.callee.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) => name,
            _ => return None,
        };
        if !self.makers.contains(&**callee) || !search.step() {
            return None;
        }
        let Target::Function(key, function) = self.find(view, &call.callee, search) else { return None };
        let inside = View { file: key.file, scope: key.path.rsplit_once('.').map_or("", |(outer, _)| outer) };
        // What only remembers what it gave before gives the same.
        let remembers = |decorator: &Expr| {
            let decorator = decorator.as_call().map_or(decorator, |call| &call.callee);
            let path = self.resolve(inside.file, inside.scope, decorator);
            matches!(path.external(), Some("functools.cache" | "functools.lru_cache"))
        };
        if !function.decorators.iter().all(remembers) {
            return None;
        }
        let name = returned(function)?;
        let names = self.function_scope(key.file, &key.path)?;
        (!names.is_rebound(name.as_name()?)).then_some((key, name))
    }

    /// The class that a call gives.
    pub(super) fn made_class(&self, view: View<'_>, call: &Call, search: &mut Search) -> Option<Target<'a>> {
        let (key, name) = self.maker(view, call, search)?;
        match self.find(View { file: key.file, scope: &key.path }, name, search) {
            found @ Target::Class(..) => Some(found),
            _ => None,
        }
    }
}

/// Whether a function gives a class it makes itself, or has made by a call.
pub(super) fn makes_class(function: &Function) -> bool {
    let Some(name) = returned(function).and_then(Expr::as_name) else { return false };
    function.body.iter().any(|statement| match statement {
        Statement::Class(class) => &*class.name == name,
        Statement::Assign(assign) => {
            assign.target.as_name() == Some(name)
                && assign.value.as_ref().is_some_and(|value| value.as_call().is_some())
                && assign.annotation.as_ref().and_then(TypeExpr::expression).is_none()
        }
        _ => false,
    })
}
