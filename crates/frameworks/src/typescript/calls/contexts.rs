//! What React contexts and functions with a declared result give, where no value says it.
//!
//! Source: react.dev, "createContext", "useContext", "use".

use alignment_model::code::Call;

use super::answers::awaited;
use super::frame::Place;
use super::values::{Value, Values};

/// Whether a path into `react` is a function that gives what a context holds.
pub(super) fn is_context(path: &[Box<str>]) -> bool {
    path.last().is_some_and(|name| matches!(&**name, "useContext" | "use"))
}

impl<'a> Values<'_, 'a> {
    /// What `useContext(C)` gives where nothing provides another: the object that `createContext` is given. What is provided
    /// instead is of the same type, so that its members do what those of the default do.
    pub(super) fn default_of_context(&self, place: &Place<'a>, call: &'a Call) -> Option<Value<'a>> {
        let (made, creates) = self.created_context(place, call)?;
        let found = self.value(&made.at(creates.positional().next()?));
        matches!(found, Value::Object(..) | Value::Client(_)).then_some(found)
    }

    /// `createContext<T>(value)` of the context that a call asks.
    fn created_context(&self, place: &Place<'a>, call: &'a Call) -> Option<(Place<'a>, &'a Call)> {
        let Value::Expr(made) = self.value(&place.at(call.positional().next()?)) else { return None };
        let creates = made.expr.as_call()?;
        let Value::External("react", path) = self.value(&made.at(&creates.callee)) else { return None };
        path.last().is_some_and(|name| &**name == "createContext").then_some((made, creates))
    }

    /// A member of what a call gives, by the type that is declared for that: of a context, or of a function.
    pub(super) fn member_of_result(
        &self,
        place: &Place<'a>,
        call: &'a Call,
        name: &str,
    ) -> Option<Value<'a>> {
        match self.value(&place.at(&call.callee)) {
            Value::External("react", path) if is_context(&path) => {
                let (made, creates) = self.created_context(place, call)?;
                self.annotated_property(made.file, creates.type_arguments.first()?, name)
            }
            Value::Function(callable) => {
                if let Some(returns) = &callable.function.returns {
                    return self.annotated_property(callable.file, awaited(returns), name);
                }
                let arguments = call.positional().map(|argument| place.at(argument)).collect();
                let Value::Expr(inner) = self.returned(&callable, arguments, &place.frame) else {
                    return None;
                };
                let call = inner.expr.as_call().filter(|_| !std::ptr::eq(inner.expr, place.expr))?;
                self.deeper(|| self.member_of_result(&inner, call, name)).flatten()
            }
            _ => None,
        }
    }
}
