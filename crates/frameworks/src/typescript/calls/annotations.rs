//! What annotations say of values.

use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{TypeDeclKind, TypeExpr, TypeKind, TypeMember, TypeMemberKind};

use super::answers::awaited;
use super::clients::{Client, is_client};
use super::frame::{Frame, Instance, Place, TypePlace};
use super::values::{Value, Values};
use crate::typescript::names::{Declaration, Target};

impl<'a> Values<'_, 'a> {
    /// What an annotation says a value is: an HTTP client, an object of a class of the project, or what is made for an interface.
    pub(super) fn annotated(&self, file: FileId, annotation: Option<&'a TypeExpr>) -> Option<Value<'a>> {
        self.deeper(|| self.of_type(file, something(awaited(annotation?)))).flatten()
    }

    /// What the type of a property says of it, where it is a client or an object that makes requests: `({ api }: { api: Client })`.
    pub(super) fn annotated_property(&self, file: FileId, ty: &'a TypeExpr, name: &str) -> Option<Value<'a>> {
        let (file, ty) = self.deeper(|| self.property(file, ty, name)).flatten()?;
        let found = self.annotated(file, Some(ty))?;
        matches!(found, Value::Client(_) | Value::Object(..)).then_some(found)
    }

    /// The type of a property of an object type, with the file where it stands.
    fn property(&self, file: FileId, ty: &'a TypeExpr, name: &str) -> Option<(FileId, &'a TypeExpr)> {
        let among = |file: FileId, members: &'a [TypeMember]| {
            members.iter().find_map(|member| match &member.kind {
                TypeMemberKind::Property { name: own, ty, .. } if **own == *name => {
                    Some((file, ty.as_ref()?))
                }
                _ => None,
            })
        };
        let ty = something(ty);
        match &ty.kind {
            TypeKind::Object(members) => among(file, members),
            TypeKind::Intersection(sides) => sides.iter().find_map(|side| self.property(file, side, name)),
            TypeKind::Name { path, .. } => {
                let Target::Declared(symbol) = self.names.resolve_type(file, ty.range.start, path) else {
                    return None;
                };
                self.names.declarations(symbol).find_map(|(file, found)| match found {
                    Declaration::Type(decl) => match &decl.kind {
                        TypeDeclKind::Interface { members, .. } => among(file, members),
                        TypeDeclKind::Alias(ty) => self.deeper(|| self.property(file, ty, name)).flatten(),
                        _ => None,
                    },
                    _ => None,
                })
            }
            _ => None,
        }
    }

    fn of_type(&self, file: FileId, ty: &'a TypeExpr) -> Option<Value<'a>> {
        let (path, arguments) = match &ty.kind {
            TypeKind::Name { path, arguments } => (path, arguments),
            TypeKind::TypeOf(expr) => {
                let found = self.value(&Place { file, expr, frame: Frame::default() });
                let is_known = is_client(&found) || matches!(found, Value::Instance(_));
                return is_known.then_some(found);
            }
            _ => return None,
        };
        match self.names.resolve_type(file, ty.range.start, path) {
            Target::External(module, path) => {
                Client::of_type(module, &path).map(|client| Value::Client(Rc::new(client)))
            }
            // `ReturnType<typeof makeClient>`
            Target::Global(path) if matches!(&path[..], [name] if &**name == "ReturnType") => {
                let TypeKind::TypeOf(expr) = &arguments.first()?.kind else { return None };
                let callable = self.callable(&Place { file, expr, frame: Frame::default() })?;
                let found = self.returned_in(&callable, callable.open());
                let is_known = matches!(
                    found,
                    Value::Client(_) | Value::Instance(_) | Value::Object(..) | Value::OneOf(_)
                );
                is_known.then_some(found)
            }
            Target::Declared(symbol) => {
                let found = self.names.declarations(symbol).find_map(|(declared, found)| match found {
                    Declaration::Class(class) => {
                        let place = |ty| TypePlace { file, ty, frame: Frame::default() };
                        let types = arguments.iter().map(place).collect();
                        Some(Value::Instance(Instance { types, ..Instance::new(declared, class) }))
                    }
                    Declaration::Type(decl) => match &decl.kind {
                        TypeDeclKind::Alias(ty) => self.annotated(declared, Some(ty)),
                        _ => None,
                    },
                    _ => None,
                });
                found.or_else(|| self.behind(symbol))
            }
            _ => None,
        }
    }
}

/// A type without `null` and `undefined` beside it.
pub(super) fn something(ty: &TypeExpr) -> &TypeExpr {
    let TypeKind::Union(sides) = &ty.kind else { return ty };
    let is_nothing = |side: &&TypeExpr| {
        matches!(&side.kind, TypeKind::Name { path, .. }
            if matches!(&path[..], [name] if matches!(&**name, "null" | "undefined")))
    };
    let mut left = sides.iter().filter(|side| !is_nothing(side));
    match (left.next(), left.next()) {
        (Some(only), None) => only,
        _ => ty,
    }
}
