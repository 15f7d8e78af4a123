//! What an operation answers: its response model, else what its handler says it returns.

use std::collections::BTreeSet;

use alignment_model::code::{Expr, ExprKind};
use alignment_model::entity::{DeclaredType, Field, FieldKind, Presence, ResponseExcludes};
use alignment_model::{FileId, Known, Why};

use super::Reader;
use super::registry::{Endpoint, Route, Value};
use crate::python::annotations::Place;
use crate::python::{Constant, Target, parent};

/// The field for the response; none where FastAPI checks nothing (FastAPI, "Response Model - Return Type").
pub(super) fn field(reader: &Reader<'_, '_>, route: &Route<'_>) -> Option<Field> {
    let mut field = Field::new("response", FieldKind::Response, route.span);
    field.presence = Known::Is(Presence::Required);
    match (route.option("response_model"), &route.endpoint) {
        (Some(value), _) if value.is_none() => return None,
        (Some(Value::Written(written)), _) => {
            describe(reader, &mut field, written.file, &written.scope, written.expr);
        }
        (Some(_), _) => field.ty = DeclaredType::unknown(Why::DynamicExpression),
        (None, Endpoint::Function(key, function, _)) => {
            let returns = function.returns.as_ref()?.expression()?;
            let scope = parent(&key.path);
            if returns.is_null() || is_response(reader, key.file, scope, returns, 0) {
                return None;
            }
            describe(reader, &mut field, key.file, scope, returns);
        }
        (None, Endpoint::Package(package, arguments)) => {
            let Some(Value::Written(written)) = arguments.get(package.response?) else { return None };
            describe(reader, &mut field, written.file, &written.scope, written.expr);
        }
    }
    Some(field)
}

fn describe(reader: &Reader<'_, '_>, field: &mut Field, file: FileId, scope: &str, expr: &Expr) {
    let annotation = reader.annotations.read(Place::new(file, scope), expr);
    field.ty = DeclaredType::new(reader.written(file, expr), annotation.shape);
    field.nullable = annotation.nullable;
    field.span = expr.range.in_file(file);
}

/// Whether a type is a response of Starlette, which FastAPI hands on as it is.
pub(super) fn is_response(
    reader: &Reader<'_, '_>,
    file: FileId,
    scope: &str,
    expr: &Expr,
    depth: u8,
) -> bool {
    if depth > 8 {
        return false;
    }
    let inner = match &expr.kind {
        ExprKind::Index(object, index) => {
            let annotated = reader.names.resolve(file, scope, object).external() == Some("typing.Annotated");
            match &index.kind {
                ExprKind::Tuple(items) if annotated => items.first(),
                _ => None,
            }
        }
        _ => Some(expr),
    };
    let Some(inner) = inner else { return false };
    match reader.names.resolve(file, scope, inner) {
        Target::External(path) => is_response_path(&path),
        Target::Class(key, _) => reader.names.hierarchy(&key).externals().any(is_response_path),
        Target::Variable(key, assign) => assign
            .value
            .as_ref()
            .is_some_and(|value| is_response(reader, key.file, parent(&key.path), value, depth + 1)),
        _ => false,
    }
}

/// Starlette's classes, and those of packages, which are all named after it.
pub(super) fn is_response_path(path: &str) -> bool {
    path.ends_with("Response") && !path.starts_with("builtins.")
}

/// `response_model_exclude_*`.
pub(super) fn excludes(reader: &Reader<'_, '_>, route: &Route<'_>) -> ResponseExcludes {
    let is_set = |name: &str| matches!(route.option(name), Some(Value::Constant(Constant::Bool(true))));
    let names = |name: &str| route.option(name).is_some_and(|value| !value.is_none());
    ResponseExcludes {
        none: is_set("response_model_exclude_none"),
        unset: is_set("response_model_exclude_unset"),
        defaults: is_set("response_model_exclude_defaults"),
        fields: names("response_model_include") || names("response_model_exclude"),
        without: literal_names(reader, route, "response_model_exclude").unwrap_or_default(),
        only: literal_names(reader, route, "response_model_include"),
    }
}

/// The names of an option that is written as a set, list or tuple of them; those of a dictionary may mean parts of a field.
fn literal_names(reader: &Reader<'_, '_>, route: &Route<'_>, option: &str) -> Option<BTreeSet<Box<str>>> {
    match route.option(option)? {
        Value::List(items) => items.iter().map(|item| item.text().is().cloned()).collect(),
        Value::Written(written) => {
            let names = reader.names.fold(written.file, &written.scope, written.expr);
            names.items()?.iter().map(|name| name.text().map(Box::from)).collect()
        }
        _ => None,
    }
}

/// `response_model_by_alias`, on by default.
pub(super) fn by_alias(route: &Route<'_>) -> bool {
    !matches!(route.option("response_model_by_alias"), Some(Value::Constant(Constant::Bool(false))))
}

/// The status of success: `201`, `status.HTTP_201_CREATED`; 200 by default.
pub(super) fn status_code(reader: &Reader<'_, '_>, route: &Route<'_>) -> Option<u16> {
    match (route.option("status_code"), &route.endpoint) {
        (None, Endpoint::Package(package, _)) => package.status_code.or(Some(200)),
        (None, _) => Some(200),
        (Some(Value::Constant(Constant::Int(code))), _) => u16::try_from(*code).ok(),
        (Some(Value::Constant(Constant::None)), _) => Some(200),
        (Some(Value::Written(written)), _) => {
            let target = reader.names.resolve(written.file, &written.scope, written.expr);
            let name = target.external()?.rsplit('.').next()?;
            name.strip_prefix("HTTP_")?.get(..3)?.parse().ok()
        }
        _ => None,
    }
}
