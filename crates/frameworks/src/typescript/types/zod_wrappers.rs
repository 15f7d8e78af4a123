//! Schemas around schemas: what `unwrap` takes off, and whether the outermost one that says so lets a key be absent.
//!
//! Sources: zod 4, `core/schemas.ts`, where a schema says of its key that it may be absent (`optin`, `optout`), whatever its type.

use alignment_model::code::{Expr, ExprKind};
use alignment_model::{FileId, Why};

use super::Types;
use super::kinds::{Kind, Ty};
use super::zod::returned_by;
use crate::typescript::constants;

/// Schemas inside schemas beyond this say nothing.
const MAX_DEPTH: u8 = 60;

/// Methods that give the schema inside the outermost wrapper.
const UNWRAPPING: [&str; 4] = ["unwrap", "innerType", "removeDefault", "removeCatch"];

impl<'a> Types<'_, 'a> {
    /// The type of the schema that the outermost wrapper of another holds.
    pub(super) fn unwrapped(&mut self, file: FileId, outer: &'a Expr, own: Ty, input: bool) -> Ty {
        if let Some((wrapper, inner)) = without_unwrapping(outer, 0).and_then(wrapped)
            && let Some(ty) = self.schema(file, inner, input)
        {
            let null = self.intern(Kind::Null);
            return if wrapper == "nullish" { self.union([ty, null]) } else { ty };
        }
        let parts = self.parts(own);
        let has = |kind: &Kind<'a>| parts.iter().any(|part| self.kind(*part) == kind);
        match (has(&Kind::Null), has(&Kind::Undefined)) {
            // Which of the two is outermost cannot be told from the type.
            (true, true) | (false, false) => self.unknown(Why::DynamicExpression),
            _ => self.non_null(own),
        }
    }

    /// Whether a schema lets the key that it stands under be absent.
    pub(super) fn may_be_left_out(&self, file: FileId, schema: &'a Expr, input: bool, depth: u8) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let asked = |schema: &'a Expr| self.may_be_left_out(file, schema, input, depth + 1);
        let call = match &schema.kind {
            ExprKind::Call(call) => call,
            ExprKind::As(inner, _) => return asked(inner),
            _ => {
                let Some((file, found)) = constants::definition(self.names, file, schema) else {
                    return false;
                };
                return !std::ptr::eq(found, schema) && self.may_be_left_out(file, found, input, depth + 1);
            }
        };
        let ExprKind::Member(receiver, method) = &call.callee.kind else { return false };
        let first = call.positional().next();
        match &**method {
            "optional" | "exactOptional" | "nullish" => true,
            "default" | "prefault" => input,
            "nonoptional" | "array" | "promise" => false,
            "or" => asked(receiver) || first.is_some_and(asked),
            "and" => asked(receiver) && first.is_some_and(asked),
            "union" => match first.map(|list| &list.kind) {
                Some(ExprKind::List(items)) => items.iter().any(asked),
                _ => false,
            },
            "transform" => input && asked(receiver),
            "pipe" => if input { Some(&**receiver) } else { first }.is_some_and(asked),
            "lazy" => first.and_then(returned_by).is_some_and(asked),
            "nullable" | "readonly" => asked(first.unwrap_or(receiver)),
            name if UNWRAPPING.contains(&name) => {
                let inner = without_unwrapping(receiver, 0).and_then(wrapped);
                inner.is_some_and(|(_, inner)| asked(inner))
            }
            // Whatever else there is refines, or makes a schema of its own.
            _ => asked(receiver),
        }
    }
}

/// The schema inside the outermost wrapper of another, with the wrapper: `z.optional(schema)` and `schema.optional()`.
fn wrapped(schema: &Expr) -> Option<(&str, &Expr)> {
    let ExprKind::Call(call) = &schema.kind else { return None };
    let ExprKind::Member(receiver, wrapper) = &call.callee.kind else { return None };
    let first = call.positional().next();
    let inner = match &**wrapper {
        "default" | "prefault" | "catch" => receiver,
        "lazy" => returned_by(first?)?,
        "optional" | "exactOptional" | "nonoptional" | "nullable" | "nullish" | "readonly" | "array"
        | "promise" => first.unwrap_or(receiver),
        _ => return None,
    };
    Some((wrapper, inner))
}

/// What a chain of `unwrap()` leaves of the schema that it begins with; a schema that is not unwrapped is itself.
fn without_unwrapping(schema: &Expr, depth: u8) -> Option<&Expr> {
    let ExprKind::Call(call) = &schema.kind else { return Some(schema) };
    match &call.callee.kind {
        ExprKind::Member(_, _) if depth > MAX_DEPTH => None,
        ExprKind::Member(receiver, method) if UNWRAPPING.contains(&&**method) => {
            let (wrapper, inner) = wrapped(without_unwrapping(receiver, depth + 1)?)?;
            // What is left of `nullish()` is no expression.
            (wrapper != "nullish").then_some(inner)
        }
        _ => Some(schema),
    }
}
