//! What is given for a field beside its type: a plain default, `Field(...)`, and metadata of `Annotated`.
//!
//! Rules: Pydantic 2, "Fields" (`FieldInfo.from_annotated_attribute`: metadata in order, then the assigned value; what is given
//! explicitly later wins) and "Types" (`StringConstraints`); Pydantic 1.10, "Field customization".

use alignment_model::FileId;
use alignment_model::code::{Call, Expr, ExprKind, Literal};
use alignment_model::shape::Value;
use alignment_model::{Known, Why};

use super::Reader;
use super::kind::pydantic_name;
use super::pattern::alternatives;
use crate::python::{Constant, Target};

/// What is given for a field.
#[derive(Debug, Default)]
pub(super) struct Spec<'s> {
    /// Its default.
    pub(super) default: Option<Given<'s>>,
    /// `alias`.
    pub(super) alias: Option<Known<Box<str>>>,
    /// `validation_alias`: paths to try in order, each dotted.
    pub(super) validation: Option<Known<Vec<Box<str>>>>,
    /// `serialization_alias`.
    pub(super) serialization: Option<Known<Box<str>>>,
    /// `exclude=True`.
    pub(super) exclude: bool,
    /// `max_length`.
    pub(super) max_length: Option<Known<u32>>,
    /// The texts that `pattern` admits, where it is a list of them.
    pub(super) values: Option<Vec<Value>>,
    /// Arguments are spread into `Field(...)`, so that anything may be given.
    pub(super) unread: bool,
}

/// A default as given, with the file and scope of its names.
#[derive(Clone, Debug)]
pub(super) enum Given<'s> {
    /// `...`: there is none.
    Ellipsis,
    /// A value.
    Value(&'s Expr, FileId, &'s str),
    /// A factory.
    Factory(&'s Expr, FileId),
    /// One that a function of the project decides.
    Unknown(Why),
}

/// Where an expression stands, and how much of it counts.
#[derive(Clone, Copy)]
pub(super) struct At<'s> {
    /// The file.
    pub(super) file: FileId,
    /// The class.
    pub(super) scope: &'s str,
    /// Only constraints count: it stands on a member of a union.
    pub(super) constraints_only: bool,
}

impl<'s> Spec<'s> {
    /// Takes in an assigned value.
    pub(super) fn value(&mut self, reader: &Reader<'_, '_>, at: At<'s>, value: &'s Expr) {
        if matches!(value.kind, ExprKind::Literal(Literal::Ellipsis)) {
            self.default = Some(Given::Ellipsis);
            return;
        }
        if let Some(call) = value.as_call() {
            let target = reader.names.resolve(at.file, at.scope, &call.callee);
            // Pydantic reads `dataclasses.field(...)` like its own `Field(...)` (`FieldInfo.from_annotated_attribute`).
            if is_field(&target) || target.external() == Some("dataclasses.field") {
                self.call(reader, at, call);
                return;
            }
            // A function of the project may return `Field(...)`.
            if let Target::Function(..) = target {
                self.default = Some(Given::Unknown(Why::CodeDecides));
                return;
            }
        }
        self.default = Some(Given::Value(value, at.file, at.scope));
    }

    /// Takes in a piece of metadata.
    pub(super) fn metadata(&mut self, reader: &Reader<'_, '_>, at: At<'s>, expr: &'s Expr) {
        let Some(call) = expr.as_call() else { return };
        let target = reader.names.resolve(at.file, at.scope, &call.callee);
        if is_field(&target) {
            return self.call(reader, at, call);
        }
        let Some(path) = target.external() else { return };
        match (pydantic_name(path), path) {
            (Some("StringConstraints" | "constr" | "conbytes"), _) => self.constraints(reader, at, call),
            (_, "annotated_types.MaxLen") => self.max_length(reader, at, call.positional().next()),
            (_, "annotated_types.Len") => {
                self.max_length(reader, at, call.keyword("max_length").or_else(|| call.positional().nth(1)));
            }
            _ => {}
        }
    }

    fn call(&mut self, reader: &Reader<'_, '_>, at: At<'s>, call: &'s Call) {
        self.constraints(reader, at, call);
        if at.constraints_only {
            return;
        }
        self.unread |= call.has_spread();
        let text = |expr: &Expr| match reader.names.fold(at.file, at.scope, expr) {
            Constant::Text(text) => Known::Is(text),
            Constant::Unknown(why) => Known::Unknown(why),
            _ => Known::Unknown(Why::DynamicExpression),
        };
        if let Some(default) = call.keyword("default").or_else(|| call.positional().next()) {
            self.default = Some(match default.kind {
                ExprKind::Literal(Literal::Ellipsis) => Given::Ellipsis,
                ExprKind::Spread(_) => Given::Unknown(Why::DynamicExpression),
                _ if is_undefined(default) => Given::Ellipsis,
                _ => Given::Value(default, at.file, at.scope),
            });
        }
        if let Some(factory) = given(call, "default_factory") {
            self.default = Some(Given::Factory(factory, at.file));
        }
        if let Some(alias) = given(call, "alias") {
            let target = reader.names.resolve(at.file, at.scope, &call.callee);
            self.alias = if target.external().is_some_and(|path| path.starts_with("sqlmodel.")) {
                alias_of_sqlmodel(reader, at.file, text(alias))
            } else {
                Some(text(alias))
            };
        }
        if let Some(alias) = given(call, "serialization_alias") {
            self.serialization = Some(text(alias));
        }
        if let Some(alias) = given(call, "validation_alias") {
            self.validation = Some(validation(reader, at, alias));
        }
        if let Some(exclude) = call.keyword("exclude") {
            self.exclude = matches!(reader.names.fold(at.file, at.scope, exclude), Constant::Bool(true));
        }
    }

    fn constraints(&mut self, reader: &Reader<'_, '_>, at: At<'s>, call: &'s Call) {
        if let Some(length) = given(call, "max_length") {
            self.max_length(reader, at, Some(length));
        }
        if let Some(pattern) = given(call, "pattern").or_else(|| given(call, "regex")) {
            let pattern = reader.names.fold(at.file, at.scope, pattern);
            self.values = pattern.text().and_then(alternatives);
        }
    }

    fn max_length(&mut self, reader: &Reader<'_, '_>, at: At<'s>, length: Option<&Expr>) {
        let Some(length) = length else { return };
        self.max_length = match reader.names.fold(at.file, at.scope, length) {
            Constant::Int(length) => u32::try_from(length).ok().map(Known::Is),
            Constant::None => None,
            Constant::Unknown(why) => Some(Known::Unknown(why)),
            _ => Some(Known::Unknown(Why::DynamicExpression)),
        };
    }
}

/// A keyword argument other than `None`.
fn given<'s>(call: &'s Call, name: &str) -> Option<&'s Expr> {
    call.keyword(name).filter(|value| !value.is_null())
}

/// Whether it is Pydantic's or SQLModel's `Field`.
fn is_field(target: &Target<'_>) -> bool {
    target.external().and_then(pydantic_name) == Some("Field")
}

/// The alias that SQLModel's `Field` gives. With Pydantic 2 it had no effect until SQLModel 0.0.28, and has one from 0.0.30 on (both tried).
fn alias_of_sqlmodel(
    reader: &Reader<'_, '_>,
    file: FileId,
    written: Known<Box<str>>,
) -> Option<Known<Box<str>>> {
    let input = reader.names.input();
    match (reader.versions.of(input, file), reader.sqlmodel.of(input, file)) {
        (Some(1), _) => Some(written),
        (_, Some(version)) if version >= [0, 0, 30] => Some(written),
        (_, Some(version)) if version <= [0, 0, 28] => None,
        _ => Some(Known::Unknown(Why::Ambiguous)),
    }
}

/// `PydanticUndefined`, `Undefined`: as if nothing were given.
fn is_undefined(expr: &Expr) -> bool {
    let path = expr.dotted();
    matches!(path.and_then(|path| path.last().copied()), Some("PydanticUndefined" | "Undefined"))
}

/// `"name"`, `AliasChoices("a", AliasPath("b", "c"))`, `AliasPath("b", 0)`.
fn validation(reader: &Reader<'_, '_>, at: At<'_>, expr: &Expr) -> Known<Vec<Box<str>>> {
    let one = |expr: &Expr| match reader.names.fold(at.file, at.scope, expr) {
        Constant::Text(text) => Known::Is(text),
        Constant::Int(number) => Known::Is(number.to_string().into()),
        Constant::Unknown(why) => Known::Unknown(why),
        _ => Known::Unknown(Why::DynamicExpression),
    };
    let Some(call) = expr.as_call() else { return one(expr).map(|name| vec![name]) };
    let target = reader.names.resolve(at.file, at.scope, &call.callee);
    let mut parts = Vec::new();
    match target.external().and_then(pydantic_name) {
        Some("AliasChoices") => {
            for choice in call.positional() {
                match choice.as_call() {
                    // One step: choices hold names and paths only.
                    Some(path) => match segments(path, &one) {
                        Known::Is(path) => parts.push(path.join(".").into()),
                        Known::Unknown(why) => return Known::Unknown(why),
                    },
                    None => match one(choice) {
                        Known::Is(name) => parts.push(name),
                        Known::Unknown(why) => return Known::Unknown(why),
                    },
                }
            }
            Known::Is(parts)
        }
        Some("AliasPath") => segments(call, &one).map(|path| vec![path.join(".").into()]),
        _ => Known::Unknown(Why::DynamicExpression),
    }
}

fn segments(path: &Call, one: &dyn Fn(&Expr) -> Known<Box<str>>) -> Known<Vec<Box<str>>> {
    let mut segments = Vec::new();
    for segment in path.positional() {
        match one(segment) {
            Known::Is(segment) => segments.push(segment),
            Known::Unknown(why) => return Known::Unknown(why),
        }
    }
    Known::Is(segments)
}
