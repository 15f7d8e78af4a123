//! Values that may be one of several: what a function gives that chooses between clients, what stands behind an interface.
//!
//! Where all of them do the same, that is what is done; where they differ in method or path, nothing is known.
//!
//! Deliberately absent: choices of anything but clients, functions and the objects that have them. Text has its own in `urls`.

use std::rc::Rc;

use alignment_model::code::{Expr, FunctionKind, Statement};

use super::answers::{Claim, Claimed};
use super::bodies::returns_of;
use super::clients::{Client, Verb};
use super::declared::argument_of;
use super::frame::{Callable, Frame, Instance, Place};
use super::paths::Path;
use super::reads::Reads;
use super::values::{Value, Values};
use super::wrappers::{Exchange, Requests};

/// Values to choose from, at most.
const MAX_VALUES: usize = 8;

impl<'a> Values<'_, 'a> {
    /// One of several values, where each is a client or has functions. Those that are nothing are never called.
    pub(super) fn one_of(&self, values: impl IntoIterator<Item = Value<'a>>) -> Value<'a> {
        let mut found: Vec<Value<'a>> = Vec::new();
        let mut may_be_nothing = false;
        for value in values {
            let several = match value {
                Value::Nothing => {
                    may_be_nothing = true;
                    continue;
                }
                Value::OneOf(values) => values.to_vec(),
                value if has_calls(&value) => vec![value],
                _ => return Value::Unknown,
            };
            for value in several {
                if !found.iter().any(|other| is_same(other, &value)) {
                    found.push(value);
                }
            }
        }
        match (found.len(), may_be_nothing) {
            (0, false) => Value::Unknown,
            (0, true) => Value::Nothing,
            (1, false) => found.remove(0),
            (..=MAX_VALUES, _) => Value::OneOf(found.into()),
            _ => Value::Unknown,
        }
    }

    /// A member of one of several values: only what can be called, or leads there. Data need not be the same in another one.
    pub(super) fn member_of_each(&self, values: &[Value<'a>], name: &str, place: &Place<'a>) -> Value<'a> {
        let members = values.iter().map(|value| self.member(value.clone(), name, place));
        match self.one_of(members) {
            Value::Nothing => Value::Unknown,
            found => found,
        }
    }

    /// What a function returns: the one value, or one of several that can be called.
    pub(super) fn returned(
        &self,
        callable: &Callable<'a>,
        arguments: Vec<Place<'a>>,
        from: &Frame<'a>,
    ) -> Value<'a> {
        let Some(frame) = callable.call(arguments, Vec::new(), from) else { return Value::Unknown };
        self.returned_in(callable, frame)
    }

    /// What a function returns under these bindings.
    pub(super) fn returned_in(&self, callable: &Callable<'a>, frame: Frame<'a>) -> Value<'a> {
        let here = |expr: &'a Expr| self.value(&Place { file: callable.file, expr, frame: frame.clone() });
        let found = match returns_of(&callable.function.body)[..] {
            [expr] => here(expr),
            [] => Value::Unknown,
            _ => {
                let mut returns = Vec::new();
                self.returns_when_called(callable.file, &callable.function.body, &frame, &mut returns);
                self.one_of(returns.into_iter().map(here))
            }
        };
        match found {
            Value::Unknown | Value::Expr(_) | Value::Parameter(..) => {
                let declared = || self.annotated(callable.file, callable.function.returns.as_ref());
                said_or(found, || declared().filter(does_more_than_hold))
            }
            found => found,
        }
    }

    /// The functions that a call may go to.
    pub(super) fn callables(&self, place: &Place<'a>) -> Vec<Callable<'a>> {
        let function = |value: &Value<'a>| match value {
            Value::Function(callable) => Some(callable.clone()),
            _ => None,
        };
        match self.value(place) {
            Value::OneOf(values) => {
                values.iter().map(function).collect::<Option<Vec<_>>>().unwrap_or_default()
            }
            value => function(&value).into_iter().collect(),
        }
    }
}

/// What is said of a value, or what its type says where that is more.
pub(super) fn said_or<'a>(found: Value<'a>, annotated: impl FnOnce() -> Option<Value<'a>>) -> Value<'a> {
    match found {
        Value::Unknown | Value::Nothing | Value::Expr(_) | Value::Parameter(..) => {
            annotated().unwrap_or(found)
        }
        known => known,
    }
}

/// Whether a value is more than an object that holds data: a class without methods says nothing of calls.
pub(super) fn does_more_than_hold(value: &Value<'_>) -> bool {
    match value {
        Value::Instance(instance) => instance.class.body.iter().any(|member| {
            matches!(member, Statement::Function(function) if function.kind != FunctionKind::Constructor)
        }),
        _ => true,
    }
}

/// Whether a value is a client, or has functions that can be called.
fn has_calls(value: &Value<'_>) -> bool {
    matches!(
        value,
        Value::Client(_)
            | Value::ClientMethod(..)
            | Value::Function(_)
            | Value::Instance(_)
            | Value::Object(..)
    )
}

fn is_same<'a>(one: &Value<'a>, other: &Value<'a>) -> bool {
    match (one, other) {
        (Value::Client(one), Value::Client(other)) => one.is_same(other),
        (Value::ClientMethod(one, name), Value::ClientMethod(other, called)) => {
            one.is_same(other) && name == called
        }
        (Value::Function(one), Value::Function(other)) => {
            std::ptr::eq(one.function, other.function)
                && one.outer.is_same(&other.outer)
                && one.this.is_none()
                && other.this.is_none()
        }
        (Value::Instance(one), Value::Instance(other)) => is_same_instance(one, other),
        (Value::Object(one, _), Value::Object(other, _)) => {
            std::ptr::eq(one.expr, other.expr) && one.frame.is_same(&other.frame)
        }
        _ => false,
    }
}

fn is_same_instance(one: &Instance<'_>, other: &Instance<'_>) -> bool {
    let arguments = match (&one.arguments, &other.arguments) {
        (Some(one), Some(other)) => Rc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    std::ptr::eq(one.class, other.class) && arguments && one.types.is_empty() && other.types.is_empty()
}

impl<'a> Client<'a> {
    fn is_same(&self, other: &Self) -> bool {
        (self.library, self.id, self.converts) == (other.library, other.id, other.converts)
            && self.others.is_empty()
            && other.others.is_empty()
    }
}

/// The client and method of a call that goes to one of several clients; `None` if they are of different libraries or methods.
pub(super) fn client_of_each<'a>(values: &[Value<'a>]) -> Option<(Rc<Client<'a>>, Option<Box<str>>)> {
    let mut each = values.iter().map(|value| match value {
        Value::Client(client) => Some((client.clone(), None)),
        Value::ClientMethod(client, method) => Some((client.clone(), Some(method.clone()))),
        _ => None,
    });
    let (first, method) = each.next()??;
    let mut others = Vec::new();
    for one in each {
        let (other, called) = one?;
        if (other.library, &called) != (first.library, &method) {
            return None;
        }
        others.push(other);
    }
    Some((Rc::new(Client { others, ..(*first).clone() }), method))
}

impl<'a> Requests<'_, '_, 'a> {
    /// The requests of a call that goes to one of several functions: those that all of them make.
    pub(super) fn agreed(&self, each: Vec<Vec<Exchange<'a>>>) -> Vec<Exchange<'a>> {
        let mut each = each.into_iter();
        let Some(mut agreed) = each.next() else { return Vec::new() };
        for other in each {
            if other.len() != agreed.len()
                || agreed.iter_mut().zip(other).any(|(one, other)| !self.agrees(one, other))
            {
                return Vec::new();
            }
        }
        agreed
    }

    /// Whether two requests are of the same method and path. What they say differently of the rest is forgotten.
    fn agrees(&self, one: &mut Exchange<'a>, other: Exchange<'a>) -> bool {
        let same_verb = match (&one.verb, &other.verb) {
            (Verb::Is(one), Verb::Is(other)) => one == other,
            (Verb::Says(one), Verb::Says(other)) => {
                std::ptr::eq(one.expr, other.expr) || {
                    let text = self.values.text(one);
                    text.is_some() && text == self.values.text(other)
                }
            }
            _ => false,
        };
        if !same_verb || !one.path.take_in(other.path) {
            return false;
        }
        let within = |claims: &[Claim<'a>], others: &[Claim<'a>]| {
            claims.iter().all(|claim| others.iter().any(|other| says_the_same(claim, other)))
        };
        let same_claims = within(&one.claims, &other.claims) && within(&other.claims, &one.claims);
        if !same_claims {
            one.claims.clear();
        }
        if one.carrier != other.carrier || !same_claims {
            one.carrier = None;
        }
        one.is_sure &= other.is_sure;
        one.reads = Reads::default();
        if one.keys != other.keys {
            one.keys = super::keys::Keys::Unknown;
        }
        if one.sent_keys != other.sent_keys {
            one.sent_keys = super::keys::Keys::Unknown;
        }
        one.made = one.made.filter(|made| other.made == Some(*made));
        true
    }
}

fn says_the_same(one: &Claim<'_>, other: &Claim<'_>) -> bool {
    let by = match (&one.by, &other.by) {
        (Claimed::Type(one), Claimed::Type(other)) => {
            let (one, other) = (argument_of(one), argument_of(other));
            one.file == other.file && one.ty.range == other.ty.range
        }
        (Claimed::Schema(one), Claimed::Schema(other)) => std::ptr::eq(one.expr, other.expr),
        _ => false,
    };
    by && one.under == other.under
}

impl Path {
    /// Takes in another reading of the same path; `false` if it is another path. A base that differs is not known.
    fn take_in(&mut self, other: Self) -> bool {
        let take = |one: &mut super::paths::Known, other: super::paths::Known| {
            let is_same = one.path == other.path && one.head == other.head && one.tail == other.tail;
            one.base = one.base.take().filter(|base| other.base.as_ref() == Some(base));
            one.origins.extend(other.origins);
            is_same
        };
        match (self, other) {
            (Path::Is(one), Path::Is(other)) => take(one, other),
            (Path::OneOf(ones), Path::OneOf(others)) => {
                ones.len() == others.len() && ones.iter_mut().zip(others).all(|(one, other)| take(one, other))
            }
            (one, other) => *one == other,
        }
    }
}
