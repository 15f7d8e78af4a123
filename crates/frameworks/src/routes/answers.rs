//! What a handler gives where no type says it: by its `response_class` and its `return` statements.
//!
//! A handler that returns a response object of its own is none of FastAPI's business (FastAPI, "Return a Response Directly"),
//! one that returns anything else has it turned into JSON.
//!
//! Deliberately absent: what methods of objects return whose class has no annotation for it; that is not known.

use alignment_model::code::{Call, Expr, ExprKind, Function, Literal, MapEntry, Statement};
use alignment_model::entity::Answers;
use alignment_model::shape::{DeclarationKey, Shape};

use super::Reader;
use super::markers::alternatives;
use super::registry::{Endpoint, Route, Value};
use super::response::{is_response, is_response_path};
use crate::python::Target;
use crate::python::annotations::Place;
use crate::python::parent;
use crate::python::scope::each_statement;

/// Expressions looked at for one handler.
const MAX_STEPS: u16 = 300;

/// Names and functions followed from a `return`.
const MAX_DEPTH: u8 = 4;

/// Response classes that make JSON (FastAPI, "Custom Response").
const JSON_RESPONSES: &[&str] = &["JSONResponse", "ORJSONResponse", "UJSONResponse"];

/// What the handler of a route gives.
pub(super) fn of<'a>(reader: &Reader<'_, 'a>, route: &Route<'a>) -> Answers {
    let Endpoint::Function(key, function, _) = &route.endpoint else { return Answers::Unknown };
    match route.option("response_class") {
        Some(Value::Written(written)) => {
            let target = reader.names.resolve(written.file, &written.scope, written.expr);
            match is_json(reader, &target) {
                Some(true) => {}
                Some(false) => return Answers::Response,
                None => return Answers::Unknown,
            }
        }
        Some(value) if !value.is_none() => return Answers::Unknown,
        _ => {}
    }
    let scope = parent(&key.path);
    let returns = function.returns.as_ref().and_then(|returns| returns.expression());
    if let Some(returns) = returns
        && alternatives(returns).into_iter().any(|one| is_response(reader, key.file, scope, one, 0))
    {
        return Answers::Response;
    }
    let unchecked = route.option("response_model").is_some_and(Value::is_none);
    if unchecked
        && let Some(returns) = returns
        && names_class(reader, &reader.annotations.shape(Place::new(key.file, scope), returns), 0)
    {
        return Answers::Annotated;
    }
    Returns { reader, steps: 0 }.function(key, function, 0)
}

/// Whether a type names a class of the project, alone or in a list, a map or a union.
fn names_class(reader: &Reader<'_, '_>, shape: &Shape, depth: u8) -> bool {
    match shape {
        _ if depth > MAX_DEPTH => false,
        Shape::Ref(reference) => {
            reference.target.as_ref().is_some_and(|target| reader.classes.contains_key(target))
        }
        Shape::List(inner) | Shape::Map(_, inner) => names_class(reader, inner, depth + 1),
        Shape::OneOf(members) => members.iter().any(|member| names_class(reader, member, depth + 1)),
        _ => false,
    }
}

/// Whether a response class makes JSON.
fn is_json(reader: &Reader<'_, '_>, target: &Target<'_>) -> Option<bool> {
    let says = |path: &str| JSON_RESPONSES.iter().any(|name| path.ends_with(name));
    match target {
        Target::External(path) if is_response_path(path) => Some(says(path)),
        Target::Class(key, _) => {
            let hierarchy = reader.names.hierarchy(key);
            let known = hierarchy.externals().any(is_response_path);
            known.then(|| hierarchy.externals().any(says))
        }
        _ => None,
    }
}

/// One reading of a handler.
struct Returns<'r, 'n, 'a> {
    reader: &'r Reader<'n, 'a>,
    steps: u16,
}

/// A function and the place from which its names are seen.
#[derive(Clone, Copy)]
struct Body<'b, 'a> {
    key: &'b DeclarationKey,
    function: &'a Function,
}

impl<'a> Returns<'_, '_, 'a> {
    /// What a function returns. Data on one way out is data.
    fn function(&mut self, key: &DeclarationKey, function: &'a Function, depth: u8) -> Answers {
        let mut values: Vec<&'a Expr> = Vec::new();
        each_statement(&function.body, &mut |statement, _| {
            if let Statement::Return(Some(value), _) = statement {
                values.push(value);
            }
        });
        let body = Body { key, function };
        values
            .into_iter()
            .map(|value| self.value(body, value, depth))
            .reduce(both)
            .unwrap_or(Answers::Nothing)
    }

    fn value(&mut self, body: Body<'_, 'a>, expr: &'a Expr, depth: u8) -> Answers {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            self.steps = MAX_STEPS;
            return Answers::Unknown;
        }
        match &expr.kind {
            ExprKind::Literal(Literal::Null) => Answers::Nothing,
            ExprKind::Literal(_) | ExprKind::Template(_) => Answers::Message,
            ExprKind::Map(_) if is_written(expr, 0) => Answers::Message,
            ExprKind::Map(_) | ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Comprehension(_) => {
                Answers::Data
            }
            ExprKind::Await(inner) => self.value(body, inner, depth),
            ExprKind::Conditional(parts) => {
                let [_, then, otherwise] = &**parts;
                both(self.value(body, then, depth + 1), self.value(body, otherwise, depth + 1))
            }
            ExprKind::Call(call) => self.call(body, call, depth),
            ExprKind::Name(name) => self.local(body, name, depth),
            _ => Answers::Unknown,
        }
    }

    fn call(&mut self, body: Body<'_, 'a>, call: &'a Call, depth: u8) -> Answers {
        match self.reader.names.resolve(body.key.file, &body.key.path, &call.callee) {
            Target::Class(key, _) if self.reader.classes.contains_key(&key) => Answers::Data,
            Target::Class(key, _) => {
                let hierarchy = self.reader.names.hierarchy(&key);
                if hierarchy.externals().any(is_response_path) { Answers::Response } else { Answers::Unknown }
            }
            Target::Function(key, function) => self.called(&key, function, depth),
            Target::External(path) if is_response_path(&path) => Answers::Response,
            Target::External(path)
                if matches!(&*path, "builtins.dict" | "builtins.list" | "builtins.sorted") =>
            {
                Answers::Data
            }
            _ => match &call.callee.kind {
                ExprKind::Member(_, method) if is_response_path(method) => Answers::Response,
                ExprKind::Member(_, method) if matches!(&**method, "model_dump" | "to_dict") => Answers::Data,
                _ => Answers::Unknown,
            },
        }
    }

    /// What a function of the project gives: by its annotation, else by what it returns.
    fn called(&mut self, key: &DeclarationKey, function: &'a Function, depth: u8) -> Answers {
        let Some(returns) = function.returns.as_ref().and_then(|returns| returns.expression()) else {
            return self.function(key, function, depth + 1);
        };
        self.annotated(key, returns)
    }

    fn annotated(&self, key: &DeclarationKey, annotation: &Expr) -> Answers {
        let scope = parent(&key.path);
        if alternatives(annotation).into_iter().any(|one| is_response(self.reader, key.file, scope, one, 0)) {
            return Answers::Response;
        }
        match self.reader.annotations.read(Place::new(key.file, scope), annotation).shape {
            Shape::Null => Answers::Nothing,
            Shape::List(_) | Shape::Map(..) | Shape::Object(_) => Answers::Data,
            Shape::Ref(reference) => match reference.target {
                Some(target) if self.reader.classes.contains_key(&target) => Answers::Data,
                _ => Answers::Unknown,
            },
            _ => Answers::Unknown,
        }
    }

    /// What a local name holds: everything that is assigned to it, or what its parameter says.
    fn local(&mut self, body: Body<'_, 'a>, name: &str, depth: u8) -> Answers {
        let (mut values, mut known): (Vec<&'a Expr>, bool) = (Vec::new(), true);
        each_statement(&body.function.body, &mut |statement, _| match statement {
            Statement::Assign(assign) if assign.target.as_name() == Some(name) => {
                values.extend(assign.value.as_ref());
            }
            Statement::For(each) if each.target.as_name() == Some(name) => known = false,
            Statement::With(with) => {
                known &= !with
                    .items
                    .iter()
                    .any(|(_, target)| target.as_ref().and_then(Expr::as_name) == Some(name));
            }
            _ => {}
        });
        if !known {
            return Answers::Unknown;
        }
        let assigned = values.into_iter().map(|value| self.value(body, value, depth + 1)).reduce(both);
        if let Some(assigned) = assigned {
            // What is filled after it was written down, `result = {}`, is data.
            return if assigned == Answers::Message { Answers::Data } else { assigned };
        }
        let parameter = body.function.parameters.iter().find(|parameter| *parameter.name == *name);
        let annotation = parameter
            .and_then(|parameter| parameter.annotation.as_ref())
            .and_then(|annotation| annotation.expression());
        annotation.map_or(Answers::Unknown, |annotation| self.annotated(body.key, annotation))
    }
}

/// What a handler gives that may do either.
fn both(one: Answers, other: Answers) -> Answers {
    use Answers as A;
    match (one, other) {
        (A::Data, _) | (_, A::Data) => A::Data,
        (A::Annotated, _) | (_, A::Annotated) => A::Annotated,
        (A::Unknown, _) | (_, A::Unknown) => A::Unknown,
        (A::Response, _) | (_, A::Response) => A::Response,
        (A::Message, _) | (_, A::Message) => A::Message,
        _ => A::Nothing,
    }
}

/// Whether a value is written down: literals, texts with holes, and objects of these.
fn is_written(expr: &Expr, depth: u8) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Template(_) => true,
        ExprKind::Map(entries) if depth < 4 => entries.iter().all(|entry| {
            matches!(entry, MapEntry::Pair(key, value) if key.as_text().is_some() && is_written(value, depth + 1))
        }),
        ExprKind::List(items) => items.is_empty(),
        _ => false,
    }
}
