//! Object types that fields of other types write in place, `items: { id: string; owner: { name: string } }[]`, as entities: what they
//! promise is compared like that of declared types.
//!
//! Deliberately absent: members of a union of several objects, what a type inherits, which the type that declares it has, and objects
//! that another declaration writes.

use std::rc::Rc;

use alignment_model::Span;
use alignment_model::entity::{ClientDetail, Completeness, Detail, Entity, EntityKind, Field, FieldKind};
use alignment_model::shape::Shape;

use super::entities::fields;
use super::names::Names;
use super::types::Types;
use super::types::kinds::{Kind, Member, Members, Source, Ty};

/// Objects inside objects are read this deep.
const MAX_NESTING: usize = 5;
/// Objects inside one type.
const MAX_INSIDE: usize = 100;

/// The object types that the fields of a type write in place, each with what it writes in place itself.
pub(super) fn written_inside<'a>(
    names: &Names<'a>,
    types: &mut Types<'_, 'a>,
    owner: &Entity,
    members: &Members<'a>,
) -> Vec<Entity> {
    let mut found: Vec<Entity> = Vec::new();
    let mut open: Vec<(usize, Entity, Rc<Members<'a>>)> = inside(names, types, owner, members, 1);
    while let Some((depth, entity, members)) = open.pop() {
        if found.len() >= MAX_INSIDE {
            break;
        }
        if depth < MAX_NESTING {
            open.extend(inside(names, types, &entity, &members, depth + 1));
        }
        found.push(entity);
    }
    found
}

/// The object types that stand in the fields of one type, with their members, at this depth.
fn inside<'a>(
    names: &Names<'a>,
    types: &mut Types<'_, 'a>,
    owner: &Entity,
    members: &Members<'a>,
    depth: usize,
) -> Vec<(usize, Entity, Rc<Members<'a>>)> {
    let mut found = Vec::new();
    for (field, member) in owner.fields.iter().zip(&members.list) {
        if field.kind != FieldKind::Field || field.declared_in.is_some() {
            continue;
        }
        if !holds_object(&field.ty.shape) {
            continue;
        }
        let Some(object) = object_in(types, &field.ty.shape, member) else { continue };
        let members = types.members(object);
        if !members.callable && is_written_at(types, member, &members) {
            found.extend(
                entity(names, types, (owner, field), &members).map(|entity| (depth, entity, members)),
            );
        }
    }
    found
}

/// Whether a shape is an object written out, alone or in lists and maps.
fn holds_object(shape: &Shape) -> bool {
    match shape {
        Shape::Object(properties) => !properties.is_empty(),
        Shape::List(inner) | Shape::Map(_, inner) => holds_object(inner),
        Shape::OneOf(members) => members.iter().any(holds_object),
        _ => false,
    }
}

/// Whether the members of an object stand in the text of a field, not where another type or schema is declared. Those of a variable that
/// a body holds stand where its type is written.
fn is_written_at<'a>(types: &Types<'_, 'a>, field: &Member<'a>, object: &Members<'a>) -> bool {
    let (file, range) = match &field.source {
        Source::Written(expr, env) => (types.file_of(*env), Some(expr.range)),
        Source::Zod(file, expr, _) => (*file, Some(expr.range)),
        Source::Value(file, expr, _) => (*file, expr.as_name().is_none().then_some(expr.range)),
        _ => return false,
    };
    let is_within =
        |span: Span| range.is_none_or(|range| range.start <= span.range.start && span.range.end <= range.end);
    let is_inside = |span: Span| span.file == file && is_within(span);
    // Keys of `Record<"open" | "paid", number>` have no place of their own.
    let is_record = matches!(field.source, Source::Written(..));
    !object.list.is_empty() && object.list.iter().all(|member| member.span.map_or(is_record, is_inside))
}

/// The object that a field writes out, alone or in lists and maps.
fn object_in<'a>(types: &mut Types<'_, 'a>, shape: &Shape, member: &Member<'a>) -> Option<Ty> {
    let mut ty = types.read_type(member);
    let mut shape = shape.clone();
    for _ in 0..MAX_NESTING {
        ty = types.split(ty).ty;
        shape = match (shape.split_null().0, types.kind(ty)) {
            (Shape::Object(_), Kind::Object(_)) => return Some(ty),
            (Shape::List(inner), Kind::List(element)) => {
                ty = *element;
                *inner
            }
            (Shape::Map(_, inner), Kind::Map(value)) => {
                ty = *value;
                *inner
            }
            _ => return None,
        };
    }
    None
}

fn entity<'a>(
    names: &Names<'a>,
    types: &mut Types<'_, 'a>,
    (owner, field): (&Entity, &Field),
    members: &Members<'a>,
) -> Option<Entity> {
    let key = owner.in_place(field)?;
    let span: Span = field.span;
    let Detail::Client(around) = &owner.detail else { return None };
    Some(Entity {
        kind: EntityKind::InPlace,
        name: format!("{}.{}", owner.name, field.name).into(),
        qualname: format!("{}.{}", owner.qualname, field.name).into(),
        declaration: Some(key),
        span,
        fields: fields(names, types, members, None, span),
        completeness: Completeness { reasons: members.lacks.clone() },
        detail: Detail::Client(ClientDetail {
            open: members.index.is_some(),
            type_parameters: around.type_parameters.clone(),
            ..ClientDetail::default()
        }),
    })
}
