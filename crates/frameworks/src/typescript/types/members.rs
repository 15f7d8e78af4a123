//! What an object type has: its own members, inherited ones, and those that operations on types leave.

use std::collections::HashMap;
use std::rc::Rc;

use alignment_model::code::{
    Class, Expr, Function, FunctionKind, MapEntry, MappedType, Statement, TypeDecl, TypeDeclKind, TypeExpr,
    TypeMember, TypeMemberKind,
};
use alignment_model::shape::Value;
use alignment_model::{FileId, Why};

use super::Types;
use super::kinds::{Derivation, Env, Form, Kind, Member, Members, ObjectName, Source, Ty};
use crate::typescript::constants::{self, Constant};
use crate::typescript::names::{Declaration, Symbol, Target};

impl<'a> Types<'_, 'a> {
    /// The members of a type. A type that has none we can name lacks them, with the reason.
    pub(in crate::typescript) fn members(&mut self, ty: Ty) -> Rc<Members<'a>> {
        let ty = self.force(ty);
        if let Some(members) = self.members.get(&ty) {
            return members.clone();
        }
        // Met again while its members are read, the type contains itself where it cannot: `interface A extends A`.
        let mut circular = Members::default();
        circular.lack(Why::Recursive, "the type is defined by itself", None);
        self.members.insert(ty, Rc::new(circular));
        let members = if self.enter() {
            let members = self.members_of(ty);
            self.leave();
            members
        } else {
            let mut members = Members::default();
            members.lack(Why::Recursive, "the type is too deep", None);
            Rc::new(members)
        };
        self.members.insert(ty, members.clone());
        members
    }

    /// The type of a member.
    pub(in crate::typescript) fn member_type(&mut self, member: &Member<'a>) -> Ty {
        self.source_type(&member.source)
    }

    /// The type of a member as it is read: with `undefined` where it may be absent.
    pub(in crate::typescript) fn read_type(&mut self, member: &Member<'a>) -> Ty {
        let ty = self.member_type(member);
        if member.optional { self.or_undefined(ty) } else { ty }
    }

    fn source_type(&mut self, source: &Source<'a>) -> Ty {
        match source {
            Source::Written(expr, env) => self.eval(expr, *env),
            Source::Value(file, expr, frozen) => self.value(*file, expr, *frozen),
            Source::Zod(file, expr, input) => self.zod_schema(*file, expr, *input),
            Source::Getter(file, function) => self.returned(*file, function),
            Source::Known(ty) => *ty,
            Source::Defined(inner) => {
                let ty = self.source_type(inner);
                self.defined(ty)
            }
            Source::OrUndefined(inner) => {
                let ty = self.source_type(inner);
                self.or_undefined(ty)
            }
            Source::Both(sources) => {
                let parts: Vec<Ty> = sources.iter().map(|source| self.source_type(source)).collect();
                self.intersection(&parts, None)
            }
            Source::Either(sources) => {
                let parts: Vec<Ty> = sources.iter().map(|source| self.source_type(source)).collect();
                self.union(parts)
            }
        }
    }

    fn members_of(&mut self, ty: Ty) -> Rc<Members<'a>> {
        match self.kind(ty).clone() {
            Kind::Declared(symbol, arguments) => Rc::new(self.declared_members(symbol, &arguments)),
            Kind::Object(id) => {
                let Some(object) = self.object_of(id).cloned() else { return Rc::default() };
                let owner = match object.name {
                    Some(ObjectName::Alias(symbol)) => Some(symbol),
                    _ => None,
                };
                self.object_members(&object.form, owner)
            }
            Kind::Union(parts) => Rc::new(self.common_members(&parts)),
            Kind::Map(value) => Rc::new(Members { index: Some(value), ..Members::default() }),
            Kind::NonPrimitive => Rc::default(),
            Kind::Function => Rc::new(Members { callable: true, ..Members::default() }),
            Kind::Library(name) => self.library_members(name).unwrap_or_else(|| {
                lacking(Why::ExternalName, format!("`{name}` is declared by the language's library"))
            }),
            Kind::Unknown(why) => lacking(why, format!("a part of the type is not known: {why}")),
            Kind::Parameter(name) => lacking(
                Why::NotStated,
                format!("the members of the type parameter `{name}` are the caller's"),
            ),
            Kind::Any => lacking(Why::NotStated, "a part of the type is `any`".to_owned()),
            Kind::Anything => lacking(Why::NotStated, "a part of the type is `unknown`".to_owned()),
            _ => lacking(Why::UnsupportedConstruct, "the type is no object".to_owned()),
        }
    }

    fn object_members(&mut self, form: &Form<'a>, owner: Option<Symbol>) -> Rc<Members<'a>> {
        match form {
            Form::Made(members) => members.clone(),
            Form::Written(written, env) => {
                let mut members = Members::default();
                self.written_members(&mut members, written, *env, owner);
                Rc::new(members)
            }
            Form::Mapped(mapped, env) => Rc::new(self.mapped_members(mapped, *env)),
            Form::Intersection(parts) => Rc::new(self.joint_members(parts)),
            Form::Derived(base, how) => Rc::new(self.derived_members(*base, how)),
            Form::Record(keys, value) => {
                let mut members = Members::default();
                for key in keys.iter() {
                    members.put(made(key, Source::Known(*value), false));
                }
                Rc::new(members)
            }
            Form::Literal(file, entries, frozen) => Rc::new(self.literal_members(*file, entries, *frozen)),
        }
    }

    fn declared_members(&mut self, symbol: Symbol, arguments: &[Ty]) -> Members<'a> {
        let mut members = Members::default();
        let declarations: Vec<_> = self.names.declarations(symbol).collect();
        // Inherited members come first, and own ones replace them.
        for (file, declaration) in &declarations {
            match declaration {
                Declaration::Type(TypeDecl {
                    kind: TypeDeclKind::Interface { extends, .. },
                    type_parameters,
                    ..
                }) => {
                    let env = self.env_of(*file, type_parameters, arguments);
                    for base in extends {
                        let ty = self.eval(base, env);
                        self.inherit(&mut members, ty, *file, base);
                    }
                }
                Declaration::Class(class) => self.inherit_class(&mut members, *file, class, arguments),
                _ => {}
            }
        }
        let mut own = Members::default();
        for (file, declaration) in &declarations {
            match declaration {
                Declaration::Type(decl) => {
                    if let TypeDeclKind::Interface { members: written, .. } = &decl.kind {
                        let env = self.env_of(*file, &decl.type_parameters, arguments);
                        self.written_members(&mut own, written, env, Some(symbol));
                    }
                }
                Declaration::Class(class) => self.class_members(&mut own, *file, class, arguments, symbol),
                _ => {}
            }
        }
        own.list.iter().for_each(|member| members.put(member.clone()));
        members.index = own.index.or(members.index);
        members.callable |= own.callable;
        members.lacks.extend(own.lacks);
        if self.has_library_members(symbol) {
            let name = self.names.name(symbol);
            members.lack(
                Why::ExternalName,
                format!("the library declares `{name}` too, with members of its own"),
                None,
            );
        }
        members
    }

    /// Takes over the members of a base.
    fn inherit(&mut self, members: &mut Members<'a>, base: Ty, file: FileId, written: &TypeExpr) {
        let inherited = self.members(base);
        inherited.list.iter().for_each(|member| members.put(member.clone()));
        members.index = members.index.or(inherited.index);
        members.callable |= inherited.callable;
        if let Some(reason) = inherited.lacks.first() {
            let text = self.written(file, written.range);
            let message = format!("what it inherits from `{text}` is not known: {}", reason.why);
            members.lack(reason.why, message, Some(written.range.in_file(file)));
        }
    }

    fn inherit_class(&mut self, members: &mut Members<'a>, file: FileId, class: &'a Class, arguments: &[Ty]) {
        let Some(base) = class.positional_bases().next() else { return };
        let env = self.env_of(file, &class.type_parameters, arguments);
        let ty = self.base_class(file, base, &class.base_type_arguments, env);
        let inherited = self.members(ty);
        inherited.list.iter().for_each(|member| members.put(member.clone()));
        if let Some(reason) = inherited.lacks.first() {
            let text = self.written(file, base.range);
            let message = format!("what it inherits from `{text}` is not known: {}", reason.why);
            members.lack(reason.why, message, Some(base.range.in_file(file)));
        }
    }

    /// The instance type of what stands after `extends` of a class.
    fn base_class(&mut self, file: FileId, base: &'a Expr, arguments: &'a [TypeExpr], env: Env) -> Ty {
        let target = self.names.resolve_value(file, base);
        match &target {
            Target::Declared(symbol) => {
                let is_class = |(_, declaration)| matches!(declaration, Declaration::Class(_));
                if !self.names.declarations(*symbol).any(is_class) {
                    return self.unknown(Why::DynamicExpression);
                }
                self.target(target, arguments, env)
            }
            Target::Expression(..) | Target::Member(..) | Target::Module(_) => {
                self.unknown(Why::DynamicExpression)
            }
            _ => self.target(target, arguments, env),
        }
    }

    fn written_members(
        &mut self,
        members: &mut Members<'a>,
        written: &'a [TypeMember],
        env: Env,
        owner: Option<Symbol>,
    ) {
        let file = self.file_of(env);
        for member in written {
            let span = Some(member.range.in_file(file));
            match &member.kind {
                TypeMemberKind::Property { name, ty, optional, .. } => {
                    let source = match ty {
                        Some(ty) => Source::Written(ty, env),
                        None => Source::Known(self.intern(Kind::Any)),
                    };
                    let (name, optional) = (Rc::from(&**name), *optional);
                    members.put(Member { name, source, optional, is_method: false, span, owner });
                }
                TypeMemberKind::Method { name, optional, .. } => {
                    let source = Source::Known(self.intern(Kind::Function));
                    let (name, optional) = (Rc::from(&**name), *optional);
                    members.put(Member { name, source, optional, is_method: true, span, owner });
                }
                TypeMemberKind::Computed { key, ty, optional } => {
                    match constants::fold(self.names, file, key) {
                        Constant::Value(name) => {
                            let source = match ty {
                                Some(ty) => Source::Written(ty, env),
                                None => Source::Known(self.intern(Kind::Any)),
                            };
                            members.put(Member { span, owner, ..made(&name.plain(), source, *optional) });
                        }
                        _ => members.lack(Why::DynamicExpression, "the name of a member is computed", span),
                    }
                }
                TypeMemberKind::Index { value, .. } => {
                    let value = self.eval(value, env);
                    members.index = Some(match members.index {
                        Some(before) => self.union([before, value]),
                        None => value,
                    });
                }
                TypeMemberKind::Other => self.other_member(members, member, file),
            }
        }
    }

    /// A call or construct signature makes the type callable; a computed key is a member whose name is not known.
    fn other_member(&mut self, members: &mut Members<'a>, member: &TypeMember, file: FileId) {
        let text = self.text(file, member.range);
        if text.starts_with(['(', '<']) || text.starts_with("new") {
            members.callable = true;
        } else {
            let span = Some(member.range.in_file(file));
            members.lack(Why::DynamicExpression, "the name of a member is computed", span);
        }
    }

    fn class_members(
        &mut self,
        members: &mut Members<'a>,
        file: FileId,
        class: &'a Class,
        arguments: &[Ty],
        owner: Symbol,
    ) {
        let env = self.env_of(file, &class.type_parameters, arguments);
        for statement in &class.body {
            match statement {
                Statement::Assign(assign) if !assign.modifiers.is_static => {
                    let Some(name) = assign.target.as_name().filter(|name| !name.starts_with('#')) else {
                        continue;
                    };
                    let source = match (&assign.annotation, &assign.value) {
                        (Some(ty), _) => Source::Written(ty, env),
                        (None, Some(value)) => Source::Value(file, value, assign.modifiers.readonly),
                        (None, None) => Source::Known(self.intern(Kind::Any)),
                    };
                    members.put(Member {
                        name: name.into(),
                        source,
                        optional: assign.modifiers.optional,
                        is_method: false,
                        span: Some(assign.target.range.in_file(file)),
                        owner: Some(owner),
                    });
                }
                Statement::Function(function) => self.class_function(members, file, function, env, owner),
                _ => {}
            }
        }
    }

    fn class_function(
        &mut self,
        members: &mut Members<'a>,
        file: FileId,
        function: &'a Function,
        env: Env,
        owner: Symbol,
    ) {
        let mut member = Member {
            name: (&*function.name).into(),
            source: Source::Known(self.intern(Kind::Function)),
            optional: false,
            is_method: true,
            span: Some(function.name_range.in_file(file)),
            owner: Some(owner),
        };
        match function.kind {
            FunctionKind::Static | FunctionKind::Constructor => {}
            _ if function.name.is_empty() || function.name.starts_with('#') => {}
            FunctionKind::Plain | FunctionKind::Signature => members.put(member),
            FunctionKind::Getter => {
                member.is_method = false;
                member.source = match &function.returns {
                    Some(ty) => Source::Written(ty, env),
                    None => Source::Getter(file, function),
                };
                members.put(member);
            }
            FunctionKind::Setter => {
                member.is_method = false;
                let annotation =
                    function.parameters.first().and_then(|parameter| parameter.annotation.as_ref());
                member.source = match annotation {
                    Some(ty) => Source::Written(ty, env),
                    None => Source::Known(self.unknown(Why::NotStated)),
                };
                members.put_new(member);
            }
        }
    }

    fn mapped_members(&mut self, mapped: &'a MappedType, env: Env) -> Members<'a> {
        let mut members = Members::default();
        let modifiers = self.homomorphic_source(mapped, env).map(|(source, _)| self.members(source));
        let keys = self.eval(&mapped.keys, env);
        if let (Some(source), true) =
            (&modifiers, matches!(mapped.keys.kind, alignment_model::code::TypeKind::KeyOf(_)))
        {
            members.lacks.extend(source.lacks.iter().cloned());
            members.index = source.index;
            for member in &source.list {
                let key = self.text_literal(&*member.name);
                self.mapped_member(&mut members, mapped, key, Some(member), env);
            }
            return members;
        }
        let Some(keys) = self.named_keys(keys) else {
            let why = match *self.kind(keys) {
                Kind::Unknown(why) => why,
                Kind::Parameter(_) => Why::NotStated,
                _ => Why::UnsupportedConstruct,
            };
            members.lack(
                why,
                "the keys of a mapped type are not known",
                Some(mapped.keys.range.in_file(self.file_of(env))),
            );
            return members;
        };
        for (name, key) in keys {
            let source = modifiers.as_ref().and_then(|source| source.get(&name)).cloned();
            self.mapped_member(&mut members, mapped, key, source.as_ref(), env);
        }
        members
    }

    fn mapped_member(
        &mut self,
        members: &mut Members<'a>,
        mapped: &'a MappedType,
        key: Ty,
        source: Option<&Member<'a>>,
        env: Env,
    ) {
        let binding = super::Binding { name: &mapped.parameter, ty: key, bound: None };
        let inner = self.bind(env, binding);
        let named = match &mapped.rename {
            Some(rename) => self.eval(rename, inner),
            None => key,
        };
        let Some(names) = self.literal_keys(named) else {
            let range = mapped.rename.as_ref().map_or(mapped.keys.range, |rename| rename.range);
            let span = Some(range.in_file(self.file_of(env)));
            return members.lack(Why::UnsupportedConstruct, "the keys of a mapped type are renamed", span);
        };
        let value = match &mapped.value {
            Some(value) => Source::Written(value, inner),
            None => Source::Known(self.intern(Kind::Any)),
        };
        let was_optional = source.is_some_and(|source| source.optional);
        for name in names.iter() {
            members.put(Member {
                name: (&**name).into(),
                // `-?` takes `undefined` only from what may be absent.
                source: if mapped.optional == Some(false) && was_optional {
                    Source::Defined(value.clone().into())
                } else {
                    value.clone()
                },
                optional: mapped.optional.unwrap_or(was_optional),
                is_method: false,
                span: source.and_then(|source| source.span),
                owner: source.and_then(|source| source.owner),
            });
        }
    }

    /// The members of an intersection: those of every part, each key with the intersection of its types.
    fn joint_members(&mut self, parts: &[Ty]) -> Members<'a> {
        let mut joint = Members::default();
        for part in parts {
            let members = self.members(*part);
            for member in &members.list {
                let joined = joint.get(&member.name).map(|before| joined(before, member));
                joint.put(joined.unwrap_or_else(|| member.clone()));
            }
            joint.index = joint.index.or(members.index);
            joint.callable |= members.callable;
            for reason in &members.lacks {
                joint.lack(reason.why, reason.message.clone(), reason.span);
            }
        }
        joint
    }

    /// The members that every part of a union has; `null` and `undefined` have none and are no objects.
    fn common_members(&mut self, parts: &[Ty]) -> Members<'a> {
        let mut common: Option<Members<'a>> = None;
        // Kept flat, because a union may have thousands of members.
        let mut sources: HashMap<Rc<str>, Vec<Source<'a>>> = HashMap::new();
        for part in parts {
            let part = self.force(*part);
            if matches!(self.kind(part), Kind::Null | Kind::Undefined) {
                continue;
            }
            let members = self.members(part);
            let Some(before) = common.take() else {
                common = Some((*members).clone());
                continue;
            };
            let mut next = Members { lacks: before.lacks.clone(), ..Members::default() };
            for member in &before.list {
                if let Some(other) = members.get(&member.name) {
                    let all =
                        sources.entry(member.name.clone()).or_insert_with(|| vec![member.source.clone()]);
                    all.push(other.source.clone());
                    next.put(Member {
                        optional: member.optional || other.optional,
                        is_method: member.is_method && other.is_method,
                        ..member.clone()
                    });
                }
            }
            for reason in &members.lacks {
                next.lack(reason.why, reason.message.clone(), reason.span);
            }
            common = Some(next);
        }
        let mut common = common.unwrap_or_default();
        for member in &mut common.list {
            if let Some(all) = sources.remove(&member.name) {
                member.source = Source::Either(all.into());
            }
        }
        common
    }

    fn derived_members(&mut self, base: Ty, how: &Derivation) -> Members<'a> {
        let source = self.members(base);
        let mut members = Members { lacks: source.lacks.clone(), index: source.index, ..Members::default() };
        match how {
            Derivation::Readonly => return (*source).clone(),
            Derivation::Partial | Derivation::Required => {
                let optional = *how == Derivation::Partial;
                for member in &source.list {
                    let inner = member.source.clone();
                    let stays = optional || !member.optional;
                    let source = if stays { inner } else { Source::Defined(inner.into()) };
                    members.put(Member { source, optional, ..member.clone() });
                }
            }
            Derivation::Pick(keys) => {
                // It has the keys that are named, and no others, whatever else the source may have.
                let unseen = members.lacks.first().map(|reason| self.unknown(reason.why));
                for key in keys.iter() {
                    match (source.get(key), members.index, unseen) {
                        (Some(member), ..) => members.put(member.clone()),
                        (None, Some(index), _) => members.put(made(key, Source::Known(index), false)),
                        // Whether it may be absent is not known either.
                        (None, None, Some(unknown)) => {
                            let source = Source::OrUndefined(Source::Known(unknown).into());
                            members.put(made(key, source, false));
                        }
                        (None, None, None) => {}
                    }
                }
                members.lacks.clear();
                members.index = None;
            }
            Derivation::Omit(keys) => {
                let kept = source.list.iter().filter(|member| !keys.iter().any(|key| **key == *member.name));
                kept.for_each(|member| members.put(member.clone()));
            }
            Derivation::Unclear(why) => {
                members.index = None;
                members.lack(*why, "the keys that are picked or left out are not known", None);
            }
        }
        members
    }

    fn literal_members(&mut self, file: FileId, entries: &'a [MapEntry], frozen: bool) -> Members<'a> {
        let mut members = Members::default();
        for entry in entries {
            match entry {
                MapEntry::Pair(key, value) => match constants::fold(self.names, file, key) {
                    Constant::Value(name) => members.put(Member {
                        span: Some(key.range.in_file(file)),
                        ..made(&name.plain(), Source::Value(file, value, frozen), false)
                    }),
                    _ => {
                        let span = Some(key.range.in_file(file));
                        members.lack(Why::DynamicExpression, "the name of a property is computed", span);
                    }
                },
                MapEntry::Spread(inner) => {
                    let ty = self.value(file, inner, frozen);
                    let spread = self.members(ty);
                    if matches!(
                        self.kind(ty),
                        Kind::NonPrimitive
                            | Kind::Any
                            | Kind::Anything
                            | Kind::Unknown(_)
                            | Kind::Parameter(_)
                    ) {
                        let span = Some(inner.range.in_file(file));
                        members.lack(
                            Why::DynamicExpression,
                            "the keys of what is spread are not known",
                            span,
                        );
                    }
                    for member in &spread.list {
                        // A property that may be absent leaves the one before it.
                        let merged = match members.get(&member.name).filter(|_| member.optional) {
                            Some(before) => Member {
                                source: Source::Either(Rc::from([
                                    before.source.clone(),
                                    member.source.clone(),
                                ])),
                                ..before.clone()
                            },
                            None => member.clone(),
                        };
                        members.put(merged);
                    }
                    members.index = members.index.or(spread.index);
                    members.lacks.extend(spread.lacks.iter().cloned());
                }
                MapEntry::Method(function) => {
                    let span = Some(function.name_range.in_file(file));
                    let own = made(&function.name, Source::Known(self.intern(Kind::Function)), false);
                    match function.kind {
                        FunctionKind::Getter => {
                            members.put(Member { source: Source::Getter(file, function), span, ..own });
                        }
                        FunctionKind::Setter => members.put_new(Member {
                            source: Source::Known(self.unknown(Why::NotStated)),
                            span,
                            ..own
                        }),
                        _ => members.put(Member { is_method: true, span, ..own }),
                    }
                }
            }
        }
        members
    }

    pub(super) fn is_enum_member(&mut self, symbol: Symbol, name: &str) -> bool {
        self.enum_members(symbol).iter().any(|(member, _)| **member == *name)
    }

    pub(super) fn enum_member_value(&mut self, symbol: Symbol, name: &str) -> Option<Value> {
        self.enum_members(symbol).iter().find(|(member, _)| **member == *name)?.1.clone()
    }

    /// The values of an enum or of one member, if all are known.
    pub(super) fn enum_values_of(&mut self, ty: Ty) -> Option<Vec<Value>> {
        match self.kind(ty).clone() {
            Kind::Enum(symbol) => self.enum_members(symbol).iter().map(|(_, value)| value.clone()).collect(),
            Kind::EnumMember(symbol, name) => Some(vec![self.enum_member_value(symbol, &name)?]),
            _ => None,
        }
    }

    /// The members of an enum, merged declarations included, each with its value where it is known.
    pub(in crate::typescript) fn enum_members(&mut self, symbol: Symbol) -> super::EnumMembers {
        if let Some(members) = self.enums.get(&symbol) {
            return members.clone();
        }
        let mut members = Vec::new();
        for (file, declaration) in self.names.declarations(symbol) {
            if let Declaration::Type(decl) = declaration {
                members.extend(constants::enum_values(self.names, file, decl).into_iter().map(
                    |(member, value)| {
                        let value = match value {
                            Constant::Value(value) => Some(value),
                            _ => None,
                        };
                        (member.name.clone(), value)
                    },
                ));
            }
        }
        let members: Rc<[_]> = members.into();
        self.enums.insert(symbol, members.clone());
        members
    }
}

/// The same key in two parts of an intersection. What may be absent in one of them alone must be there, `undefined` included.
fn joined<'a>(before: &Member<'a>, member: &Member<'a>) -> Member<'a> {
    let optional = before.optional && member.optional;
    let source = |part: &Member<'a>| match part.optional && !optional {
        true => Source::OrUndefined(part.source.clone().into()),
        false => part.source.clone(),
    };
    Member {
        source: Source::Both(Rc::from([source(before), source(member)])),
        optional,
        is_method: before.is_method && member.is_method,
        ..before.clone()
    }
}

/// A member that is written nowhere.
pub(super) fn made<'a>(name: &str, source: Source<'a>, optional: bool) -> Member<'a> {
    Member { name: name.into(), source, optional, is_method: false, span: None, owner: None }
}

fn lacking<'a>(why: Why, message: String) -> Rc<Members<'a>> {
    let mut members = Members::default();
    members.lack(why, message, None);
    Rc::new(members)
}
