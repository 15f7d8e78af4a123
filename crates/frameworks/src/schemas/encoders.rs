//! `json_encoders`: functions by type that make the JSON of values (Pydantic 2, "Configuration", deprecated and in force; Pydantic 1.10,
//! "Model Config").
//!
//! Deliberately absent: encoders of classes of the project, whose fields have shapes of their own.

use alignment_model::Why;
use alignment_model::code::{Expr, ExprKind, MapEntry, Statement};
use alignment_model::shape::{DeclarationKey, Shape};

use super::Reader;

/// How deep types are looked into.
const MAX_DEPTH: u8 = 8;

/// What the encoders of a model make, by the type they are for.
#[derive(Clone, Debug, Default)]
pub(super) struct Encoders {
    /// Path of the type, and what is made of its values.
    by_type: Vec<(Box<str>, Shape)>,
    /// Some of them could not be read.
    unread: bool,
}

impl Encoders {
    /// Those of a configuration.
    pub(super) fn of(reader: &Reader<'_, '_>, key: &DeclarationKey, value: &Expr) -> Self {
        let mut encoders = Self::default();
        let ExprKind::Map(entries) = &value.kind else { return Self { unread: true, ..encoders } };
        for entry in entries {
            let MapEntry::Pair(ty, function) = entry else {
                encoders.unread = true;
                continue;
            };
            let target = reader.names.resolve(key.file, &key.path, ty);
            if let Some(path) = target.external() {
                encoders.by_type.push((path.into(), made(function)));
            }
        }
        encoders
    }

    /// These, and those of `other`, which win.
    pub(super) fn overridden_by(mut self, other: &Self) -> Self {
        self.by_type.extend(other.by_type.iter().cloned());
        self.unread |= other.unread;
        self
    }

    /// What is sent for a value of this shape, where an encoder changes it.
    pub(super) fn sent(&self, shape: &Shape) -> Option<Shape> {
        let unknown = || Shape::Unknown(Why::CodeDecides);
        match path(shape) {
            Some(_) if self.unread => Some(unknown()),
            Some(path) => {
                let (_, made) = self.by_type.iter().rev().find(|(ty, _)| **ty == *path)?;
                // Text without an offset stays what it was: a moment or a day.
                let kept =
                    matches!((shape, made), (Shape::DateTime(_) | Shape::Date | Shape::Time, Shape::Text));
                (!kept).then(|| made.clone())
            }
            None => self.is_inside(shape, 0).then(unknown),
        }
    }

    fn is_inside(&self, shape: &Shape, depth: u8) -> bool {
        let inside = |shape: &Shape| self.sent(shape).is_some() || self.is_inside(shape, depth + 1);
        match shape {
            _ if depth > MAX_DEPTH => true,
            Shape::List(inner) | Shape::Map(_, inner) => inside(inner),
            Shape::OneOf(members) => members.iter().any(inside),
            _ => false,
        }
    }
}

/// The type of Python that a shape stands for, of those that JSON has no form for.
fn path(shape: &Shape) -> Option<&'static str> {
    Some(match shape {
        Shape::DateTime(_) => "datetime.datetime",
        Shape::Date => "datetime.date",
        Shape::Time => "datetime.time",
        Shape::Duration => "datetime.timedelta",
        Shape::Decimal => "decimal.Decimal",
        Shape::Uuid => "uuid.UUID",
        Shape::Bytes => "builtins.bytes",
        _ => return None,
    })
}

/// What an encoder makes: `str`, `float`, `lambda v: v.isoformat()`; text with an offset is not known.
fn made(function: &Expr) -> Shape {
    let by_name = |name: &str| match name {
        "str" => Some(Shape::Text),
        "float" => Some(Shape::Float),
        "int" => Some(Shape::Int(None)),
        _ => None,
    };
    let found = match &function.kind {
        ExprKind::Name(name) => by_name(name),
        ExprKind::Member(_, method) if &**method == "isoformat" => Some(Shape::Text),
        ExprKind::Function(lambda) => match &lambda.body[..] {
            [Statement::Return(Some(value), _)] => value.as_call().and_then(|call| match &call.callee.kind {
                ExprKind::Name(name) => by_name(name),
                ExprKind::Member(_, method) if &**method == "isoformat" && call.arguments.is_empty() => {
                    Some(Shape::Text)
                }
                _ => None,
            }),
            _ => None,
        },
        _ => None,
    };
    found.unwrap_or(Shape::Unknown(Why::CodeDecides))
}
