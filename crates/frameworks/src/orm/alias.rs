//! Type aliases of an annotation unfolded: the names under which the type may stand in a type map, and the metadata of every
//! `Annotated` on the way.
//!
//! `PrimaryKey[str_64]` with `PrimaryKey = Annotated[T, mapped_column(primary_key=True)]` and
//! `str_64 = Annotated[str, mapped_column(String(64))]` is one `Annotated` with the metadata of both, inner first (Python 3.13,
//! `typing.Annotated`, "Nested Annotated types are flattened").

use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{Expr, ExprKind, TypeDeclKind};

use super::annotated::{identity, without_none};
use crate::python::Target;
use crate::python::annotations::text;
use crate::python::parent;
use crate::sqlalchemy::At;

/// Aliases of aliases followed.
const DEEPEST: u8 = 12;

/// What an annotation consists of.
#[derive(Default)]
pub(super) struct Unfolded {
    /// Names of the type as in [`identity`], most specific first.
    pub(super) candidates: Vec<String>,
    /// Metadata, inner first.
    pub(super) metadata: Vec<Piece>,
}

/// A piece of metadata with the place it is written in.
pub(super) struct Piece {
    pub(super) expr: Expr,
    pub(super) file: FileId,
    pub(super) scope: Box<str>,
}

/// Unfolds what stands inside `Mapped[...]`.
pub(super) fn unfold(at: At<'_, '_, '_>, inner: &Expr) -> Unfolded {
    let mut unfolded = Unfolded::default();
    unfolded.walk(at, inner, &Rc::default(), 0);
    unfolded
}

/// What type parameters stand for.
type Bindings = Vec<Bound>;

struct Bound {
    name: Box<str>,
    expr: Expr,
    file: FileId,
    scope: Box<str>,
    bindings: Rc<Bindings>,
}

impl Unfolded {
    fn walk(&mut self, at: At<'_, '_, '_>, expr: &Expr, bindings: &Rc<Bindings>, depth: u8) {
        if depth > DEEPEST {
            return;
        }
        if let Some(quoted) = expr.as_text() {
            if let Some(parsed) = text::parse(quoted, expr.range) {
                self.walk(at, &parsed, bindings, depth + 1);
            }
            return;
        }
        if let Some(bound) =
            expr.as_name().and_then(|name| bindings.iter().find(|bound| &*bound.name == name))
        {
            let inside = At::new(at.names, bound.file, &bound.scope);
            return self.walk(inside, &bound.expr, &bound.bindings, depth + 1);
        }
        if let Some(rest) = without_none(at, expr) {
            return self.walk(at, rest, bindings, depth + 1);
        }
        self.candidates.extend(identity(at, expr, 0));
        match &expr.kind {
            ExprKind::Index(base, arguments) => {
                let arguments = match &arguments.kind {
                    ExprKind::Tuple(items) => items.as_slice(),
                    _ => std::slice::from_ref(&**arguments),
                };
                match at.resolve(base) {
                    Target::External(path) if path == "typing.Annotated" => {
                        let Some((first, metadata)) = arguments.split_first() else { return };
                        self.walk(at, first, bindings, depth + 1);
                        self.metadata.extend(metadata.iter().map(|expr| Piece {
                            expr: expr.clone(),
                            file: at.file,
                            scope: at.scope.into(),
                        }));
                    }
                    target => self.alias(at, target, arguments, bindings, depth),
                }
            }
            ExprKind::Name(_) | ExprKind::Member(..) => {
                self.alias(at, at.resolve(expr), &[], bindings, depth)
            }
            _ => {}
        }
    }

    /// What an alias stands for, its parameters bound to the arguments.
    fn alias(
        &mut self,
        at: At<'_, '_, '_>,
        target: Target<'_>,
        arguments: &[Expr],
        bindings: &Rc<Bindings>,
        depth: u8,
    ) {
        let (key, value, parameters) = match &target {
            Target::Variable(key, assign) => {
                let Some(value) = &assign.value else { return };
                let inside = At::new(at.names, key.file, parent(&key.path));
                // `NewType("Id", int)` is looked up as its supertype where it is not in the map itself.
                if let Some(call) = value.as_call() {
                    if let Some(supertype) = call.positional().nth(1) {
                        self.walk(inside, supertype, &Rc::default(), depth + 1);
                    }
                    return;
                }
                let mut parameters = Vec::new();
                if !arguments.is_empty() {
                    type_variables(inside, value, &mut parameters, 0);
                }
                (key, value, parameters)
            }
            Target::Alias(key, alias) => {
                let TypeDeclKind::Alias(value) = &alias.kind else { return };
                let Some(value) = value.expression() else { return };
                (key, value, alias.type_parameters.iter().map(|parameter| parameter.name.clone()).collect())
            }
            _ => return,
        };
        let bound = parameters.into_iter().zip(arguments).map(|(name, argument)| Bound {
            name,
            expr: argument.clone(),
            file: at.file,
            scope: at.scope.into(),
            bindings: bindings.clone(),
        });
        let inside = At::new(at.names, key.file, parent(&key.path));
        self.walk(inside, value, &Rc::new(bound.collect()), depth + 1);
    }
}

/// The type variables of an alias in the order in which they first occur (Python 3.13, `typing`, "User-defined generic types").
fn type_variables(at: At<'_, '_, '_>, expr: &Expr, out: &mut Vec<Box<str>>, depth: u8) {
    if depth > DEEPEST {
        return;
    }
    match &expr.kind {
        ExprKind::Name(name) => {
            let Target::Variable(_, assign) = at.resolve(expr) else { return };
            let made = assign.value.as_ref().and_then(Expr::as_call).and_then(|call| at.callee(call));
            let is_variable = made.as_deref().is_some_and(|path| path == "typing.TypeVar");
            if is_variable && !out.contains(name) {
                out.push(name.clone());
            }
        }
        ExprKind::Index(base, arguments) => {
            type_variables(at, base, out, depth + 1);
            type_variables(at, arguments, out, depth + 1);
        }
        ExprKind::Binary(_, left, right) => {
            type_variables(at, left, out, depth + 1);
            type_variables(at, right, out, depth + 1);
        }
        ExprKind::Tuple(items) | ExprKind::List(items) => {
            for item in items {
                type_variables(at, item, out, depth + 1);
            }
        }
        _ => {}
    }
}
