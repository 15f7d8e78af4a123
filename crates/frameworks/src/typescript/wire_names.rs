//! Names on the wire that converters write out one by one, as OpenAPI Generator does (template `typescript-fetch`): the type has the
//! client's own names, and a function beside it makes one of what arrives.
//!
//! ```text
//! export function UserFromJSONTyped(json: any, ignoreDiscriminator: boolean): User {
//!     return { 'id': json['id'], 'createdAt': json['created_at'] == null ? undefined : new Date(json['created_at']) } }
//! ```

use std::collections::HashMap;

use alignment_model::Known;
use alignment_model::code::{Bodies, Expr, ExprKind, ExprPart, Function, MapEntry, Statement, TypeKind};
use alignment_model::project::Project;
use alignment_model::shape::DeclarationKey;

use super::calls::returns_of;
use super::names::is_typescript;
use crate::Input;

/// Gives the fields of client types the names that their converters read.
pub(super) fn collect(input: Input<'_>, project: &mut Project) {
    let mut read: HashMap<DeclarationKey, HashMap<&str, &str>> = HashMap::new();
    for facts in input.facts.iter().filter(|facts| facts.bodies == Bodies::Lowered) {
        if !is_typescript(input.sources.path(facts.file)) {
            continue;
        }
        for statement in &facts.body {
            if let Statement::Function(function) = statement
                && let Some(made) = made_by(function)
            {
                let key = DeclarationKey { file: facts.file, path: made.into() };
                read.entry(key).or_default().extend(names_read(function));
            }
        }
    }
    if read.is_empty() {
        return;
    }
    for entity in &mut project.entities {
        let Some(read) = entity.declaration.as_ref().and_then(|key| read.get(key)) else { continue };
        for field in &mut entity.fields {
            if let Some(name) = read.get(&*field.name) {
                field.wire_name = Known::Is((*name).into());
            }
        }
    }
}

/// The type that a converter makes of what arrives: it is named after it.
fn made_by(function: &Function) -> Option<&str> {
    let made = function.name.strip_suffix("Typed").unwrap_or(&function.name).strip_suffix("FromJSON")?;
    match &function.returns.as_ref()?.kind {
        TypeKind::Name { path, arguments } if arguments.is_empty() => match &path[..] {
            [name] if &**name == made => Some(made),
            _ => None,
        },
        _ => None,
    }
}

/// The keys that a converter sets, each with the one key of its argument that it reads for it.
fn names_read(function: &Function) -> Vec<(&str, &str)> {
    let Some(argument) = function.parameters.first() else { return Vec::new() };
    let objects = returns_of(&function.body).into_iter().filter_map(|returned| match &returned.kind {
        ExprKind::Map(entries) => Some(entries),
        _ => None,
    });
    let pairs = objects.flatten().filter_map(|entry| match entry {
        MapEntry::Pair(key, value) => Some((key.as_text()?, key_read(value, &argument.name)?)),
        _ => None,
    });
    pairs.collect()
}

/// The only key of an object that an expression reads.
fn key_read<'e>(value: &'e Expr, object: &str) -> Option<&'e str> {
    let mut found: Option<&'e str> = None;
    let mut work = vec![value];
    while let Some(expr) = work.pop() {
        let key = match &expr.kind {
            ExprKind::Index(of, key) if of.as_name() == Some(object) => key.as_text(),
            ExprKind::Member(of, key) if of.as_name() == Some(object) => Some(&**key),
            _ => None,
        };
        match (key, found) {
            (Some(key), Some(before)) if key != before => return None,
            (Some(key), _) => found = Some(key),
            (None, _) => expr.for_each_part(&mut |part| {
                if let ExprPart::Expr(inner) = part {
                    work.push(inner);
                }
            }),
        }
    }
    found
}
