//! Intersections that no value has: a property that must be there would have to be two different things
//! (`{ kind: "a" } & { kind: "b" }`).
//!
//! Sources: TypeScript 3.9 release notes, "Intersections reduced by discriminant properties"; the compiler takes a property for
//! a discriminant where one of its types is made of literals, `null` and `undefined`, and the property may not be absent.

use std::rc::Rc;

use alignment_model::code::{TypeDeclKind, TypeExpr, TypeKind};

use super::Types;
use super::access::is_primitive;
use super::evaluate::keyword;
use super::kinds::{Env, Kind, Members, Source, Ty};
use crate::typescript::names::{Declaration, Target};

/// Aliases of aliases beyond this are not followed.
const MAX_ALIASES: u8 = 8;

/// Utility types that make literals of literals.
const OF_LITERALS: [&str; 7] =
    ["Exclude", "Extract", "NonNullable", "Uppercase", "Lowercase", "Capitalize", "Uncapitalize"];

impl<'a> Types<'_, 'a> {
    /// Whether no value is all of these objects at once.
    pub(super) fn are_disjoint(&mut self, objects: &[Ty]) -> bool {
        if objects.len() < 2 {
            return false;
        }
        let all: Vec<Rc<Members<'a>>> = objects.iter().map(|object| self.members(*object)).collect();
        for (at, members) in all.iter().enumerate() {
            let (before, after) = all.split_at(at);
            for member in &members.list {
                if before.iter().any(|others| others.get(&member.name).is_some()) {
                    continue;
                }
                let twins: Vec<_> = after.iter().filter_map(|others| others.get(&member.name)).collect();
                if twins.len() < 2 || twins.iter().all(|twin| twin.optional) {
                    continue;
                }
                let plain: Option<Vec<Ty>> = (twins.iter())
                    .map(|twin| {
                        let ty = self.plain_type(&twin.source)?;
                        Some(if twin.optional { self.or_undefined(ty) } else { ty })
                    })
                    .collect();
                if plain.is_some_and(|types| self.exclude_each_other(&types)) {
                    return true;
                }
            }
        }
        false
    }

    /// Whether nothing is left of the types of a discriminant.
    fn exclude_each_other(&mut self, types: &[Ty]) -> bool {
        if types.iter().any(|ty| matches!(self.kind(*ty), Kind::Never))
            || !types.iter().any(|ty| self.is_unit(*ty))
        {
            return false;
        }
        let both = self.intersection(types, None);
        matches!(self.kind(both), Kind::Never)
    }

    /// Whether a type is made of single values.
    fn is_unit(&mut self, ty: Ty) -> bool {
        self.parts(ty).into_iter().all(|part| {
            use Kind as K;
            matches!(
                self.kind(part),
                K::Literal(_) | K::Bool | K::Null | K::Undefined | K::Enum(_) | K::EnumMember(..)
            )
        })
    }

    /// The type of a property that is made of primitives, as far as its text says so. Nothing else is evaluated, because the
    /// intersection that is being made may be a part of it.
    fn plain_type(&mut self, source: &Source<'a>) -> Option<Ty> {
        let ty = match source {
            Source::Written(expr, env) => {
                if !self.is_plain(expr, *env, 0) {
                    return None;
                }
                self.eval(expr, *env)
            }
            Source::Known(ty) => *ty,
            Source::Defined(inner) => {
                let ty = self.plain_type(inner)?;
                self.defined(ty)
            }
            Source::OrUndefined(inner) => {
                let ty = self.plain_type(inner)?;
                self.or_undefined(ty)
            }
            Source::Both(sources) => {
                let types: Vec<Ty> =
                    sources.iter().map(|source| self.plain_type(source)).collect::<Option<_>>()?;
                self.intersection(&types, None)
            }
            Source::Either(sources) => {
                let types: Vec<Ty> =
                    sources.iter().map(|source| self.plain_type(source)).collect::<Option<_>>()?;
                self.union(types)
            }
            Source::Value(..) | Source::Zod(..) | Source::Getter(..) => return None,
        };
        self.is_made_of_primitives(ty).then_some(ty)
    }

    fn is_made_of_primitives(&mut self, ty: Ty) -> bool {
        self.parts(ty).into_iter().all(|part| is_primitive(self.kind(part)))
    }

    /// Whether a type is written in words and literals, by the name of an enum or of an alias that is, or as a choice of these.
    fn is_plain(&mut self, expr: &'a TypeExpr, env: Env, aliases: u8) -> bool {
        let (path, arguments) = match &expr.kind {
            TypeKind::Literal(_) => return true,
            TypeKind::Union(parts) => return parts.iter().all(|part| self.is_plain(part, env, aliases)),
            TypeKind::Conditional(parts) => {
                let [_, _, yes, no] = &**parts;
                return [yes, no].into_iter().all(|branch| self.is_plain(branch, env, aliases));
            }
            TypeKind::Name { path, arguments } => (path, arguments),
            _ => return false,
        };
        if let [name] = &path[..] {
            if let Some(binding) = self.bound(env, name) {
                return self.is_made_of_primitives(binding.ty);
            }
            if let Some(keyword) = keyword(name) {
                return is_primitive(&keyword);
            }
        }
        match self.names.resolve_type(self.file_of(env), expr.range.start, path) {
            Target::Member(symbol, member) => match &member[..] {
                [member] => self.is_enum_member(symbol, member),
                _ => false,
            },
            Target::Global(path) => {
                let is_listed = matches!(&path[..], [name] if OF_LITERALS.contains(&&**name));
                is_listed && arguments.iter().all(|argument| self.is_plain(argument, env, aliases))
            }
            Target::Declared(symbol) if arguments.is_empty() => {
                let declared = self.names.declarations(symbol).find(|(_, declaration)| declaration.is_type());
                let Some((file, Declaration::Type(decl))) = declared else { return false };
                match &decl.kind {
                    TypeDeclKind::Enum { .. } => true,
                    TypeDeclKind::Alias(body) if decl.type_parameters.is_empty() && aliases < MAX_ALIASES => {
                        let env = self.env(file, &[]);
                        self.is_plain(body, env, aliases + 1)
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }
}
