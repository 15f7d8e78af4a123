//! Alias generators: the functions of Pydantic and of well-known packages, and the project's own where they fold.
//!
//! Rules: Pydantic 2, "Alias configuration".

use std::rc::Rc;

use alignment_model::code::{Expr, ExprKind, Function};
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Why};

use super::Reader;
use crate::python::constants::cases::{self, Convert};
use crate::python::{Constant, Names, Target};

/// `alias_generator` of a configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Generator {
    /// `AliasGenerator(alias=...)`, or the function itself.
    pub(super) alias: Naming,
    /// `AliasGenerator(validation_alias=...)`.
    pub(super) validation: Naming,
    /// `AliasGenerator(serialization_alias=...)`.
    pub(super) serialization: Naming,
}

/// One function from a field's name to its alias.
#[derive(Clone, Debug, Default)]
pub(super) enum Naming {
    /// There is none.
    #[default]
    None,
    /// One of a package.
    Package(Convert),
    /// A function of the project, in its file and scope.
    Own(Rc<Function>, DeclarationKey),
    /// One that is not understood.
    Unknown(Why),
}

impl Generator {
    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        [&self.alias, &self.validation, &self.serialization]
            .iter()
            .all(|naming| matches!(naming, Naming::None))
    }

    /// The generator that an expression in `owner` stands for.
    pub(super) fn of(reader: &Reader<'_, '_>, owner: &DeclarationKey, expr: &Expr) -> Self {
        if expr.is_null() {
            return Self::default();
        }
        if let Some(call) = expr.as_call() {
            let callee = reader.names.resolve(owner.file, &owner.path, &call.callee);
            if callee.external().is_some_and(|path| path.ends_with(".AliasGenerator")) {
                let part = |name: &str| {
                    call.keyword(name).map_or(Naming::None, |expr| Naming::of(reader.names, owner, expr))
                };
                return Self {
                    alias: part("alias"),
                    validation: part("validation_alias"),
                    serialization: part("serialization_alias"),
                };
            }
        }
        Self { alias: Naming::of(reader.names, owner, expr), ..Self::default() }
    }

    /// `def alias_generator(cls, name)` inside `class Config`.
    pub(super) fn of_function(_: &Reader<'_, '_>, owner: &DeclarationKey, function: &Function) -> Self {
        Self { alias: Naming::Own(Rc::new(function.clone()), owner.clone()), ..Self::default() }
    }
}

impl Naming {
    fn of(names: &Names<'_>, owner: &DeclarationKey, expr: &Expr) -> Self {
        match &expr.kind {
            ExprKind::Function(function) => Naming::Own(Rc::new((**function).clone()), owner.clone()),
            ExprKind::Call(call) if call.callee.as_name() == Some("staticmethod") => {
                call.positional().next().map_or(Naming::Unknown(Why::NotStated), |inner| match inner.kind {
                    ExprKind::Call(_) => Naming::Unknown(Why::DynamicExpression),
                    _ => Naming::of(names, owner, inner),
                })
            }
            ExprKind::Name(_) | ExprKind::Member(..) => match names.resolve(owner.file, &owner.path, expr) {
                Target::Function(key, function) => Naming::Own(Rc::new(function.clone()), key),
                Target::External(path) => Naming::of_package(&path),
                Target::Variable(key, assign) => match assign.value.as_ref().map(|value| &value.kind) {
                    Some(ExprKind::Function(function)) => Naming::Own(Rc::new((**function).clone()), key),
                    _ => Naming::Unknown(Why::DynamicExpression),
                },
                _ => Naming::Unknown(Why::UndefinedName),
            },
            _ => Naming::Unknown(Why::DynamicExpression),
        }
    }

    /// A function of a package.
    pub(super) fn of_package(path: &str) -> Self {
        cases::of_package(path).map_or(Naming::Unknown(Why::ExternalName), Naming::Package)
    }

    /// The alias of a field; `None` if the generator makes none.
    pub(super) fn apply(&self, names: &Names<'_>, name: &str) -> Option<Known<Box<str>>> {
        Some(match self {
            Naming::None => return None,
            Naming::Package(convert) => Known::Is(convert(name).into()),
            Naming::Own(function, home) => {
                match arguments(function, name).map(|arguments| names.run(home, function, &arguments)) {
                    Some(Constant::Text(alias)) => Known::Is(alias),
                    _ => Known::Unknown(Why::CodeDecides),
                }
            }
            Naming::Unknown(why) => Known::Unknown(*why),
        })
    }
}

/// The name of a field for the last parameter without a default; `cls` may come before it.
fn arguments<'f>(function: &'f Function, name: &str) -> Option<Vec<(Option<&'f str>, Constant)>> {
    let required = function.parameters.iter().filter(|parameter| parameter.default.is_none());
    let unknown = || Constant::Unknown(Why::DynamicExpression);
    let mut arguments: Vec<_> = required.map(|parameter| (Some(&*parameter.name), unknown())).collect();
    arguments.last_mut()?.1 = Constant::of_text(name);
    Some(arguments)
}
