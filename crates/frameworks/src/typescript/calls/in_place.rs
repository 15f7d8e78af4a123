//! Object types that a call writes in place, `get<{ url: string }>(...)`, `post(url, { name })`, as entities: what they promise and
//! send is compared like that of declared types.

use std::collections::HashSet;

use alignment_model::entity::{ClientDetail, Completeness, DeclaredType, Detail, Entity, EntityKind, Field};
use alignment_model::shape::{DeclarationKey, Shape, TypeRef};
use alignment_model::{Known, Span, Why};

use super::declared::Said;
use crate::typescript::entities::fields;
use crate::typescript::names::Names;
use crate::typescript::nested;
use crate::typescript::types::Types;
use crate::typescript::types::kinds::{Kind, Ty};

/// The entities of what calls write in place.
#[derive(Default)]
pub(super) struct WrittenInPlace {
    pub(super) entities: Vec<Entity>,
    /// Where there is one already: a call that is read for several paths is written once.
    seen: HashSet<Span>,
    read: HashSet<DeclarationKey>,
}

impl WrittenInPlace {
    /// Adds entities of what one call reads, once.
    pub(super) fn add(&mut self, entities: Vec<Entity>) {
        let last = entities.last().and_then(|entity| entity.declaration.clone());
        if last.is_some_and(|key| self.read.insert(key)) {
            self.entities.extend(entities);
        }
    }

    /// Marks what a body written at a place repeats of the path: properties whose values are these expressions, as written.
    pub(super) fn mark_repeated(&mut self, body: &DeclaredType, in_path: &[String]) {
        let Shape::Ref(TypeRef { target: Some(key), .. }) = &body.shape else { return };
        let entity = self.entities.iter_mut().rev().find(|entity| entity.declaration.as_ref() == Some(key));
        let fields = entity.into_iter().flat_map(|entity| &mut entity.fields);
        fields
            .filter(|field| in_path.iter().any(|value| **value == *field.ty.written))
            .for_each(|field| field.repeats_path = true);
    }

    /// What a call says, with a reference in place of an object that it writes out, alone or in a list.
    pub(super) fn declared<'a>(
        &mut self,
        names: &Names<'a>,
        types: &mut Types<'_, 'a>,
        said: Said,
        name: &str,
    ) -> DeclaredType {
        let Said { mut declared, ty, span, schema } = said;
        let name = schema.as_deref().unwrap_or(name);
        let place = (span, declared.written.starts_with('{'));
        let reference = |entity: &DeclarationKey| {
            Shape::Ref(TypeRef { name: name.into(), target: Some(entity.clone()), arguments: Vec::new() })
        };
        match (&declared.shape, types.kind(ty)) {
            (Shape::Object(_), _) => {
                if let Some(key) = self.entity(names, types, ty, place, name) {
                    declared.shape = reference(&key);
                }
            }
            (Shape::List(inner), Kind::List(element)) if matches!(**inner, Shape::Object(_)) => {
                let element = *element;
                if let Some(key) = self.entity(names, types, element, place, name) {
                    declared.shape = Shape::List(Box::new(reference(&key)));
                }
            }
            _ => {}
        }
        declared
    }

    fn entity<'a>(
        &mut self,
        names: &Names<'a>,
        types: &mut Types<'_, 'a>,
        ty: Ty,
        (span, is_value): (Span, bool),
        name: &str,
    ) -> Option<DeclarationKey> {
        let members = types.members(ty);
        if members.list.is_empty() || members.callable {
            return None;
        }
        // No declaration has a name like this.
        let path = format!("{name}@{}", span.range.start);
        let key = DeclarationKey { file: span.file, path: path.into() };
        if self.seen.insert(span) {
            let mut fields = fields(names, types, &members, None, span);
            if is_value {
                narrowed(&mut fields);
            }
            let entity = Entity {
                kind: EntityKind::InPlace,
                name: name.into(),
                qualname: format!("{}#{}", names.input().sources.path(span.file), key.path).into(),
                declaration: Some(key.clone()),
                span,
                fields,
                completeness: Completeness { reasons: members.lacks.clone() },
                detail: Detail::Client(ClientDetail {
                    open: members.index.is_some(),
                    ..ClientDetail::default()
                }),
            };
            let mut inside = nested::written_inside(names, types, &entity, &members);
            if is_value {
                inside.iter_mut().for_each(|entity| narrowed(&mut entity.fields));
            }
            self.entities.push(entity);
            self.entities.extend(inside);
        }
        Some(key)
    }
}

/// A condition around the call may have ruled null out for a variable (TypeScript, "Narrowing").
fn narrowed(fields: &mut [Field]) {
    let may_be_null = fields.iter_mut().filter(|field| field.nullable.is_yes());
    may_be_null.for_each(|field| field.nullable = Known::Unknown(Why::CodeDecides));
}
