//! What the type or marker of a parameter makes of it: `Query()`, `Depends()`, a body, a file, the request itself.

use alignment_model::Known;
use alignment_model::code::{Call, Expr, ExprKind, Operator};
use alignment_model::entity::{EntityKind, FieldKind};
use alignment_model::shape::Shape;

use super::parameters::{Collector, Site};
use crate::python::Target;
use crate::python::annotations::Annotation;
use crate::python::parent;

/// What a parameter's marker says.
pub(super) enum Marker<'e> {
    /// `Depends(target)`, `Security(target)`.
    Depends(Option<&'e Expr>),
    /// `Query(...)` and its kin.
    Parameter(FieldKind, &'e Call),
}

impl Collector<'_, '_, '_> {
    /// Whether a type without marker is a body: a model, a container, a union with one of them. `None` where it is not known
    /// what the type is.
    pub(super) fn is_complex(&self, shape: &Shape) -> Option<bool> {
        match shape {
            Shape::List(_) | Shape::Map(..) | Shape::Object(_) => Some(true),
            Shape::Ref(reference) => match self.reader.classes.get(reference.target.as_ref()?) {
                Some(EntityKind::PythonEnum) => Some(false),
                Some(_) => Some(true),
                None => None,
            },
            Shape::OneOf(members) => {
                let mut unknown = false;
                for member in members {
                    match self.is_complex(member) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => unknown = true,
                    }
                }
                if unknown { None } else { Some(false) }
            }
            Shape::Unknown(_) => None,
            _ => Some(false),
        }
    }

    /// The marker an expression is: `Query(...)`, `Depends(get_db)`.
    pub(super) fn marker<'e>(&self, site: Site<'_>, expr: &'e Expr) -> Option<Marker<'e>> {
        let call = expr.as_call()?;
        let target = self.reader.names.resolve(site.file, site.scope, &call.callee);
        let name = target.external()?.strip_prefix("fastapi.")?;
        let kind = match name {
            "Depends" | "Security" => {
                return Some(Marker::Depends(
                    call.positional().next().or_else(|| call.keyword("dependency")),
                ));
            }
            "Query" => FieldKind::Query,
            "Path" => FieldKind::Path,
            "Body" => FieldKind::Body,
            "Form" | "File" => FieldKind::Form,
            "Header" => FieldKind::Header,
            "Cookie" => FieldKind::Cookie,
            _ => return None,
        };
        Some(Marker::Parameter(kind, call))
    }

    /// What kind of special parameter a type makes.
    pub(super) fn special(&self, site: Site<'_>, expr: &Expr, depth: u8) -> Special {
        if depth > 8 {
            return Special::None;
        }
        let parts: Vec<&Expr> = match &expr.kind {
            ExprKind::Index(object, index) => {
                let target = self.reader.names.resolve(site.file, site.scope, object);
                match (target.external(), &index.kind) {
                    (Some("typing.Annotated"), ExprKind::Tuple(items)) => items.first().into_iter().collect(),
                    (Some("typing.Union"), ExprKind::Tuple(items)) => items.iter().collect(),
                    (Some("typing.Optional" | "typing.List" | "builtins.list" | "typing.Sequence"), _) => {
                        vec![index]
                    }
                    _ => Vec::new(),
                }
            }
            ExprKind::Binary(Operator::Or, left, right) => vec![left, right],
            _ => return self.special_name(site, expr, depth),
        };
        let kinds = parts.into_iter().map(|part| self.special(site, part, depth + 1));
        kinds.max().unwrap_or(Special::None)
    }

    fn special_name(&self, site: Site<'_>, expr: &Expr, depth: u8) -> Special {
        match self.reader.names.resolve(site.file, site.scope, expr) {
            Target::External(path) => special_path(&path),
            Target::Class(key, _) => {
                self.reader.names.hierarchy(&key).externals().map(special_path).max().unwrap_or(Special::None)
            }
            Target::Variable(key, assign) => match &assign.value {
                Some(value) => {
                    self.special(Site { file: key.file, scope: parent(&key.path) }, value, depth + 1)
                }
                None => Special::None,
            },
            _ => Special::None,
        }
    }
}

/// The members of `A | B | C`.
pub(super) fn alternatives(expr: &Expr) -> Vec<&Expr> {
    let (mut found, mut open) = (Vec::new(), vec![expr]);
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Binary(Operator::Or, left, right) => open.extend([&**right, &**left]),
            _ => found.push(expr),
        }
    }
    found
}

/// Types that FastAPI fills by itself, or reads as files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Special {
    None,
    /// An uploaded file.
    Upload,
    /// The request, the response, background tasks: no parameter of the API.
    Ignored,
}

/// A file travels as bytes; several are a list.
pub(super) fn as_file(mut annotation: Annotation, special: Special) -> Annotation {
    if special == Special::Upload {
        let is_list = matches!(annotation.shape, Shape::List(_));
        annotation.shape = if is_list { Shape::List(Box::new(Shape::Bytes)) } else { Shape::Bytes };
        if annotation.nullable.is().is_none() {
            // `None` was seen apart from the file, or it is not there.
            annotation.nullable = Known::Is(false);
        }
    }
    annotation
}

fn special_path(path: &str) -> Special {
    match path {
        "fastapi.UploadFile" | "starlette.datastructures.UploadFile" => Special::Upload,
        "fastapi.Request"
        | "fastapi.Response"
        | "fastapi.WebSocket"
        | "fastapi.BackgroundTasks"
        | "fastapi.security.SecurityScopes"
        | "fastapi.requests.HTTPConnection"
        | "starlette.requests.HTTPConnection"
        | "starlette.websockets.WebSocket"
        | "starlette.background.BackgroundTasks" => Special::Ignored,
        _ if path.starts_with("fastapi.responses.") => Special::Ignored,
        _ => Special::None,
    }
}
