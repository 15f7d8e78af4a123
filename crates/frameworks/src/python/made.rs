//! Objects that calls give an instance of, and classes that functions make: `def router_class(route): class Own(APIRouter): ...; return Own` gives `Own` wherever
//! `Router = router_class(Route)` is named.
//!
//! All calls of one function give the same class here, and a base that is an argument of the function is not known.
//!
//! Deliberately absent: functions that return one class or another, `type(name, bases, body)`.

use alignment_model::code::{Call, Class, Expr, ExprKind, Function, Statement, TypeExpr};
use alignment_model::shape::DeclarationKey;

use super::annotations::parent;
use super::annotations::text;
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
    ) -> Option<(DeclarationKey, &'a Expr)> {
        let callee = match &call.callee.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) => name,
            _ => return None,
        };
        if !self.makers.contains(&**callee) || !search.step() {
            return None;
        }
        let Target::Function(key, function) = self.find(view, &call.callee, search) else { return None };
        let inside = View { file: key.file, scope: parent(&key.path) };
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

    /// What a call gives an instance of: the class that is called, what the function says it returns, or, where it says nothing, what
    /// every `return` makes.
    pub(super) fn instance(&self, view: View<'_>, call: &Call, search: &mut Search) -> Target<'a> {
        let (key, function) = match self.find(view, &call.callee, search) {
            Target::Function(key, function) => (key, function),
            found @ (Target::Class(..) | Target::External(_)) => return found,
            _ => return Target::Unknown,
        };
        let scope = parent(&key.path);
        let outside = View { file: key.file, scope };
        let found = match &function.returns {
            Some(returns) => {
                let Some(returns) = returns.expression().filter(|_| search.step()) else {
                    return Target::Unknown;
                };
                let quoted = returns.as_text().and_then(|quoted| text::parse(quoted, returns.range));
                match self.find(outside, quoted.as_ref().unwrap_or(returns), search) {
                    Target::External(path) if path == "typing.Self" => self.receiver(view, call, search),
                    found => found,
                }
            }
            None => self.returned_instance(view, call, &key, function, search),
        };
        match found {
            Target::Class(..) => found,
            _ => Target::Unknown,
        }
    }

    /// The class whose instances all `return`s of a function make, by its name or as the `cls` of a class method.
    fn returned_instance(
        &self,
        view: View<'_>,
        call: &Call,
        key: &DeclarationKey,
        function: &'a Function,
        search: &mut Search,
    ) -> Target<'a> {
        let is_plain = |decorator: &Expr| matches!(decorator.as_name(), Some("classmethod" | "staticmethod"));
        if function.is_async || !function.decorators.iter().all(is_plain) {
            return Target::Unknown;
        }
        let of_class = function.decorators.iter().any(|decorator| decorator.as_name() == Some("classmethod"));
        let cls = function.parameters.first().filter(|_| of_class).map(|parameter| &*parameter.name);
        let mut only: Option<Target<'a>> = None;
        let mut same = true;
        each_statement(&function.body, &mut |statement, _| {
            let Statement::Return(value, _) = statement else { return };
            let made = value.as_ref().and_then(Expr::as_call).filter(|_| search.step()).map(|made| {
                if cls.is_some() && made.callee.as_name() == cls {
                    self.receiver(view, call, search)
                } else {
                    self.find(View { file: key.file, scope: &key.path }, &made.callee, search)
                }
            });
            same &= match (&made, &only) {
                (Some(Target::Class(made, _)), Some(Target::Class(only, _))) => made == only,
                (Some(Target::Class(..)), None) => true,
                _ => false,
            };
            only = made;
        });
        only.filter(|_| same).unwrap_or(Target::Unknown)
    }

    /// The class on which a call calls a method.
    fn receiver(&self, view: View<'_>, call: &Call, search: &mut Search) -> Target<'a> {
        match &call.callee.kind {
            ExprKind::Member(object, _) if search.step() => self.find(view, object, search),
            _ => Target::Unknown,
        }
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
    let made: Vec<&str> = function.body.iter().filter_map(made_in).collect();
    // Most functions make nothing of the kind, and need not be walked.
    !made.is_empty() && returned(function).and_then(Expr::as_name).is_some_and(|name| made.contains(&name))
}

/// The name of what may be a class: one that is declared here, or what a call gives.
fn made_in(statement: &Statement) -> Option<&str> {
    match statement {
        Statement::Class(class) => Some(&class.name),
        Statement::Assign(assign) => assign.target.as_name().filter(|_| {
            assign.value.as_ref().is_some_and(|value| value.as_call().is_some())
                && assign.annotation.as_ref().and_then(TypeExpr::expression).is_none()
        }),
        _ => None,
    }
}
