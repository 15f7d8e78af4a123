//! Patterns, and the statements of function bodies: what binds a name, what is returned, what is assigned.

use alignment_model::TextRange;
use alignment_model::code::{Expr, ExprKind, ExprPart, MapEntry, Statement};

/// The path of keys under which a pattern binds a name.
pub(super) fn pattern_path(pattern: &Expr, name: &str) -> Option<Vec<Box<str>>> {
    match &pattern.kind {
        ExprKind::Name(bound) | ExprKind::Walrus(bound, _) => (&**bound == name).then(Vec::new),
        ExprKind::Map(entries) => entries.iter().find_map(|entry| match entry {
            MapEntry::Pair(key, target) => {
                let mut path = pattern_path(target, name)?;
                path.insert(0, key.as_text()?.into());
                Some(path)
            }
            _ => None,
        }),
        ExprKind::List(items) => items.iter().enumerate().find_map(|(at, target)| {
            let mut path = pattern_path(target, name)?;
            path.insert(0, at.to_string().into());
            Some(path)
        }),
        _ => None,
    }
}

/// The keys beside `...name` in a pattern; `None` if the name is not the rest of it.
pub(super) fn rest_of(pattern: &Expr, name: &str) -> Option<Vec<Box<str>>> {
    let ExprKind::Map(entries) = &pattern.kind else { return None };
    let is_rest =
        entries.iter().any(|entry| matches!(entry, MapEntry::Spread(rest) if rest.as_name() == Some(name)));
    let keys = entries.iter().filter_map(|entry| match entry {
        MapEntry::Pair(key, _) => Some(key.as_text()?.into()),
        _ => None,
    });
    is_rest.then(|| keys.collect())
}

/// The default of a name in a pattern: `{ method = "GET" }`.
pub(super) fn pattern_default<'e>(pattern: &'e Expr, name: &str) -> Option<&'e Expr> {
    match &pattern.kind {
        ExprKind::Walrus(bound, default) => (&**bound == name).then_some(default),
        ExprKind::Map(entries) => entries.iter().find_map(|entry| match entry {
            MapEntry::Pair(_, target) => pattern_default(target, name),
            _ => None,
        }),
        _ => None,
    }
}

/// The values that a body returns, nested statements included and nested functions not.
pub(in crate::typescript) fn returns_of(body: &[Statement]) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut work: Vec<&Statement> = body.iter().rev().collect();
    while let Some(statement) = work.pop() {
        match statement {
            Statement::Return(Some(value), _) => found.push(value),
            other => push_nested(other, &mut work),
        }
    }
    found
}

/// What a constructor assigns to `this.name`; `None` if nothing or more than one thing.
pub(super) fn assigned_field<'a>(body: &'a [Statement], name: &str) -> Option<&'a Expr> {
    let mut found = None;
    let mut work: Vec<&Statement> = body.iter().rev().collect();
    while let Some(statement) = work.pop() {
        match statement {
            Statement::Assign(assign) => {
                if assign.target.dotted().is_some_and(|path| path == ["this", name]) {
                    if found.is_some() {
                        return None;
                    }
                    found = assign.value.as_ref();
                }
            }
            other => push_nested(other, &mut work),
        }
    }
    found
}

/// Puts the statements inside a statement on a stack, so that they come in source order.
pub(super) fn push_nested<'s>(statement: &'s Statement, work: &mut Vec<&'s Statement>) {
    sides_of(statement).into_iter().rev().for_each(|side| work.extend(side.iter().rev()));
}

/// The bodies inside a statement, in source order.
pub(super) fn sides_of(statement: &Statement) -> Vec<&[Statement]> {
    match statement {
        Statement::If(branch) => vec![&branch.then, &branch.otherwise],
        Statement::For(each) => vec![&each.body],
        Statement::While(block) => vec![&block.body],
        Statement::With(with) => vec![&with.body],
        Statement::Try(guard) => {
            let handlers = guard.handlers.iter().map(|(_, body)| &body[..]);
            std::iter::once(&guard.body[..]).chain(handlers).chain([&guard.finally[..]]).collect()
        }
        _ => Vec::new(),
    }
}

/// The place of a statement; an empty one for those that hold no expression.
pub(super) fn range_of(statement: &Statement) -> TextRange {
    match statement {
        Statement::Expr(expr) | Statement::Assert(expr) | Statement::Delete(expr) => expr.range,
        Statement::Return(_, range) | Statement::Raise(_, range) | Statement::Unknown(range) => *range,
        Statement::Assign(assign) => assign.range,
        Statement::Function(function) => function.range,
        Statement::Class(class) => class.range,
        Statement::If(branch) => branch.range,
        Statement::For(each) => each.range,
        Statement::While(block) => block.range,
        Statement::With(with) => with.range,
        Statement::Try(guard) => guard.range,
        Statement::Import(_) | Statement::Export(_) | Statement::Type(_) | Statement::Jump(..) => {
            TextRange::default()
        }
    }
}

/// Every expression of a body in no particular order; functions and classes in it are visited, but not entered.
pub(in crate::typescript) fn each_expr<'s>(body: &'s [Statement], visit: &mut dyn FnMut(ExprPart<'s>)) {
    let mut statements: Vec<&'s Statement> = body.iter().rev().collect();
    let mut parts: Vec<ExprPart<'s>> = Vec::new();
    while let Some(statement) = statements.pop() {
        match statement {
            Statement::Expr(expr) | Statement::Delete(expr) => parts.push(ExprPart::Expr(expr)),
            Statement::Return(expr, _) | Statement::Raise(expr, _) => {
                parts.extend(expr.as_ref().map(ExprPart::Expr));
            }
            Statement::Assign(assign) => {
                parts.push(ExprPart::Expr(&assign.target));
                parts.extend(assign.value.as_ref().map(ExprPart::Expr));
            }
            Statement::Function(function) => parts.push(ExprPart::Function(function)),
            Statement::Class(class) => parts.push(ExprPart::Class(class)),
            Statement::If(branch) => parts.push(ExprPart::Expr(&branch.test)),
            Statement::For(each) => parts.push(ExprPart::Expr(&each.iterable)),
            Statement::While(block) => parts.extend(block.head.as_ref().map(ExprPart::Expr)),
            _ => {}
        }
        push_nested(statement, &mut statements);
        while let Some(part) = parts.pop() {
            visit(part);
            if let ExprPart::Expr(expr) = part {
                expr.for_each_part(&mut |inner| parts.push(inner));
            }
        }
    }
}
