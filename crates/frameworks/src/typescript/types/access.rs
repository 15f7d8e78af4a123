//! What is read out of types: `keyof T`, `T["k"]`, template literals, conditional types, and whether one type is part of
//! another as far as that can be decided without inference.

use std::rc::Rc;

use alignment_model::Why;
use alignment_model::code::{TemplateTypePart, TypeExpr, TypeKind};
use alignment_model::shape::Value;

use super::kinds::{Env, Kind, Ty};
use super::{Binding, MAX_UNION, Types};
use crate::typescript::names::Symbol;

impl<'a> Types<'_, 'a> {
    /// `keyof T`.
    pub(super) fn key_of(&mut self, ty: Ty) -> Ty {
        let ty = self.force(ty);
        match self.kind(ty).clone() {
            Kind::Unknown(why) => self.unknown(why),
            Kind::Any | Kind::Map(_) => self.intern(Kind::Text),
            Kind::Anything => self.intern(Kind::Never),
            Kind::Declared(..) | Kind::Object(_) | Kind::Union(_) => {
                let members = self.members(ty);
                if let Some(reason) = members.lacks.first() {
                    return self.unknown(reason.why);
                }
                let mut keys: Vec<Ty> = Vec::with_capacity(members.list.len());
                for member in &members.list {
                    keys.push(self.text_literal(&*member.name));
                }
                if members.index.is_some() {
                    keys.push(self.intern(Kind::Text));
                }
                self.union(keys)
            }
            _ => self.unknown(Why::UnsupportedConstruct),
        }
    }

    /// The closed list of keys that a type of keys means; `None` where it is open or not known.
    pub(super) fn literal_keys(&mut self, ty: Ty) -> Option<Rc<[Box<str>]>> {
        let mut keys = Vec::new();
        for part in self.parts(ty) {
            match self.kind(part).clone() {
                Kind::Literal(value) => keys.push(value.plain().into()),
                Kind::Enum(symbol) => {
                    for (_, value) in self.enum_members(symbol).iter() {
                        keys.push(value.as_ref()?.plain().into());
                    }
                }
                Kind::EnumMember(symbol, name) => {
                    keys.push(self.enum_member_value(symbol, &name)?.plain().into())
                }
                Kind::Never => {}
                _ => return None,
            }
        }
        Some(keys.into())
    }

    /// The same, each key with its own type: a literal, or a member of an enum.
    pub(super) fn named_keys(&mut self, ty: Ty) -> Option<Vec<(Box<str>, Ty)>> {
        let mut named = Vec::new();
        for key in self.distributed(ty) {
            named.extend(self.literal_keys(key)?.iter().map(|name| (name.clone(), key)));
        }
        Some(named)
    }

    /// What a type distributes over: the members of a union, and those of an enum.
    pub(super) fn distributed(&mut self, ty: Ty) -> Vec<Ty> {
        let mut found = Vec::new();
        for part in self.parts(ty) {
            let members = match *self.kind(part) {
                Kind::Enum(symbol) => self.members_of_enum(symbol),
                _ => Vec::new(),
            };
            if members.is_empty() { found.push(part) } else { found.extend(members) }
        }
        found
    }

    /// The type of each member of an enum.
    fn members_of_enum(&mut self, symbol: Symbol) -> Vec<Ty> {
        let members = self.enum_members(symbol);
        members.iter().map(|(name, _)| self.intern(Kind::EnumMember(symbol, name.clone()))).collect()
    }

    /// `T["k"]`, `T[number]`, `T[K]`.
    pub(super) fn indexed(&mut self, object: Ty, index: Ty) -> Ty {
        let (objects, indices) = (self.parts(object), self.parts(index));
        if objects.len().saturating_mul(indices.len()) > MAX_UNION {
            return self.unknown(Why::Recursive);
        }
        let mut found = Vec::new();
        for object in objects {
            for index in &indices {
                found.push(self.indexed_once(object, *index));
            }
        }
        self.union(found)
    }

    fn indexed_once(&mut self, object: Ty, index: Ty) -> Ty {
        match (self.kind(object).clone(), self.kind(index).clone()) {
            (Kind::Any | Kind::Never, _) => object,
            (Kind::Unknown(why), _) | (_, Kind::Unknown(why)) => self.unknown(why),
            (Kind::Parameter(_), _) | (_, Kind::Parameter(_)) => self.unknown(Why::NotStated),
            (Kind::List(element), Kind::Number | Kind::Literal(Value::Number(_))) => element,
            (Kind::List(_) | Kind::Text, Kind::Literal(Value::Text(name))) if &*name == "length" => {
                self.intern(Kind::Number)
            }
            (Kind::Tuple(elements), Kind::Number) => self.union(elements.iter().copied()),
            (Kind::Tuple(elements), Kind::Literal(Value::Number(at))) => {
                let element = at.parse::<usize>().ok().and_then(|at| elements.get(at).copied());
                element.unwrap_or_else(|| self.unknown(Why::UndefinedName))
            }
            (Kind::Map(value), _) => value,
            (Kind::Declared(..) | Kind::Object(_), index) => {
                let key = match index {
                    Kind::Literal(value) => Some(value.plain()),
                    Kind::EnumMember(symbol, name) => {
                        self.enum_member_value(symbol, &name).map(|value| value.plain())
                    }
                    Kind::Text | Kind::Number => None,
                    _ => return self.unknown(Why::UnsupportedConstruct),
                };
                self.property(object, key.as_deref())
            }
            _ => self.unknown(Why::UnsupportedConstruct),
        }
    }

    /// The type of a property as it is read, `undefined` included where it is optional; without a key, of any other key.
    pub(super) fn property(&mut self, object: Ty, key: Option<&str>) -> Ty {
        let members = self.members(object);
        if let Some(member) = key.and_then(|key| members.get(key)) {
            let ty = self.member_type(member);
            return if member.optional { self.or_undefined(ty) } else { ty };
        }
        match (members.index, members.lacks.first()) {
            (Some(index), _) => index,
            (None, Some(reason)) => self.unknown(reason.why),
            (None, None) => self.unknown(Why::UndefinedName),
        }
    }

    /// A template literal type: literals where every part is closed, text otherwise.
    pub(super) fn template(&mut self, parts: &'a [TemplateTypePart], env: Env) -> Ty {
        let mut texts = vec![String::new()];
        for part in parts {
            let choices: Rc<[Box<str>]> = match part {
                TemplateTypePart::Text(text) => Rc::from([text.clone()]),
                TemplateTypePart::Type(ty) => {
                    let ty = self.eval(ty, env);
                    if let Kind::Unknown(why) = *self.kind(ty) {
                        return self.unknown(why);
                    }
                    match self.spellings(ty) {
                        Some(choices) => choices,
                        None => return self.intern(Kind::Text),
                    }
                }
            };
            if texts.len().saturating_mul(choices.len()) > MAX_UNION {
                return self.intern(Kind::Text);
            }
            texts = (texts.iter())
                .flat_map(|before| choices.iter().map(move |choice| format!("{before}{choice}")))
                .collect();
        }
        let texts: Vec<Ty> = texts.into_iter().map(|text| self.text_literal(text)).collect();
        self.union(texts)
    }

    /// What a closed type is written as inside a template: its keys, and the two words of a boolean.
    fn spellings(&mut self, ty: Ty) -> Option<Rc<[Box<str>]>> {
        let mut all = Vec::new();
        for part in self.parts(ty) {
            match self.kind(part) {
                Kind::Bool => all.extend(["false".into(), "true".into()]),
                _ => all.extend(self.literal_keys(part)?.iter().cloned()),
            }
        }
        Some(all.into())
    }

    /// `A extends B ? C : D`, where it can be decided; over a union that a type parameter stands for, member by member.
    pub(super) fn conditional(&mut self, parts: &'a [TypeExpr; 4], env: Env) -> Ty {
        let [check, extends, yes, no] = parts;
        let checked = self.eval(check, env);
        let parameter = match &check.kind {
            TypeKind::Name { path, arguments } if arguments.is_empty() => match &path[..] {
                [name] => self.bound(env, name),
                _ => None,
            },
            _ => None,
        };
        let Some(parameter) = parameter else { return self.decided(checked, extends, [yes, no], env) };
        let mut results = Vec::new();
        for part in self.distributed(checked) {
            let inner = self.bind(env, Binding { ty: part, ..parameter });
            results.push(self.decided(part, extends, [yes, no], inner));
        }
        self.union(results)
    }

    fn decided(&mut self, checked: Ty, extends: &'a TypeExpr, [yes, no]: [&'a TypeExpr; 2], env: Env) -> Ty {
        if matches!(self.kind(checked), Kind::Never) {
            return checked;
        }
        let extends = self.eval(extends, env);
        // `any` is both: it matches, and it may be anything else.
        if matches!(self.kind(checked), Kind::Any)
            && !matches!(self.kind(extends), Kind::Any | Kind::Anything | Kind::Unknown(_))
        {
            let both = [yes, no].map(|branch| self.eval(branch, env));
            return self.union(both);
        }
        match self.assignable(checked, extends) {
            Some(true) => self.eval(yes, env),
            Some(false) => self.eval(no, env),
            None => self.unknown(Why::UnsupportedConstruct),
        }
    }

    /// Whether every value of `a` is one of `b`; `None` where that cannot be told.
    pub(super) fn assignable(&mut self, a: Ty, b: Ty) -> Option<bool> {
        if !self.enter() {
            return None;
        }
        let answer = self.assignable_form(a, b);
        self.leave();
        answer
    }

    fn assignable_form(&mut self, a: Ty, b: Ty) -> Option<bool> {
        let (a, b) = (self.force(a), self.force(b));
        use Kind as K;
        match (self.kind(a).clone(), self.kind(b).clone()) {
            (K::Unknown(_), _) | (_, K::Unknown(_)) | (K::Parameter(_), _) | (_, K::Parameter(_)) => None,
            (_, K::Any | K::Anything) | (K::Never, _) => Some(true),
            (K::Any, _) => None,
            _ if a == b => Some(true),
            (_, K::Never) => Some(false),
            (K::Anything, y) if is_primitive(&y) => Some(false),
            (K::Anything, _) => None,
            (K::Union(parts), _) => self.all(parts.iter().map(|part| (*part, b))),
            (K::Enum(symbol), K::Union(_) | K::EnumMember(..) | K::Literal(_)) => {
                let members = self.members_of_enum(symbol);
                if members.is_empty() { None } else { self.all(members.into_iter().map(|part| (part, b))) }
            }
            (_, K::Union(parts)) => self.any(parts.iter().map(|part| (a, *part))),
            // A number may be a member of an enum of numbers; a text is never one of an enum of texts, but the other way round.
            (K::Literal(value), K::Enum(_) | K::EnumMember(..)) => {
                matches!(value, Value::Text(_)).then_some(false)
            }
            (K::EnumMember(symbol, name), K::Literal(value)) => {
                Some(self.enum_member_value(symbol, &name)? == value)
            }
            (K::Literal(value), _) if is_primitive(self.kind(b)) => Some(match value {
                Value::Text(_) => *self.kind(b) == K::Text,
                Value::Number(_) => *self.kind(b) == K::Number,
                Value::Bool(_) => *self.kind(b) == K::Bool,
                Value::Null => *self.kind(b) == K::Null,
            }),
            (K::EnumMember(symbol, _), K::Enum(other)) => Some(symbol == other),
            (K::Enum(_) | K::EnumMember(..), K::Text | K::Number) => {
                let keys = self.enum_values_of(a)?;
                let text = keys.iter().all(|value| matches!(value, Value::Text(_)));
                let number = keys.iter().all(|value| matches!(value, Value::Number(_)));
                Some(if *self.kind(b) == K::Text { text } else { number })
            }
            (K::List(x), K::List(y)) => self.assignable(x, y),
            // Elements that may be left out, or repeated, are not told from others: only what is no part of it is certain.
            (K::Tuple(parts), K::Tuple(wanted)) if parts.len() == wanted.len() => {
                match self.all(parts.iter().copied().zip(wanted.iter().copied())) {
                    Some(true) => None,
                    other => other,
                }
            }
            (K::Tuple(parts), K::List(y)) => self.all(parts.iter().map(|part| (*part, y))),
            (K::Map(x), K::Map(y)) => self.assignable(x, y),
            (K::Declared(..) | K::Object(_), K::Declared(..) | K::Object(_)) => self.structural(a, b),
            (_, K::NonPrimitive) => Some(!is_primitive(self.kind(a))),
            (x, y) if is_primitive(&x) && is_primitive(&y) => Some(false),
            // `{}` and `{ length: number }` accept primitives; an array or a function does not.
            (x, K::List(_) | K::Tuple(_) | K::Function | K::Date | K::Promise(_)) if is_primitive(&x) => {
                Some(false)
            }
            (K::Null | K::Undefined, _) => Some(false),
            (_, y) if is_primitive(&y) && !matches!(self.kind(a), K::Library(_)) => Some(false),
            (K::Function, K::List(_) | K::Date) | (K::List(_) | K::Tuple(_) | K::Date, K::Function) => {
                Some(false)
            }
            _ => None,
        }
    }

    fn all(&mut self, mut pairs: impl Iterator<Item = (Ty, Ty)>) -> Option<bool> {
        pairs.try_fold(true, |all, (a, b)| Some(self.assignable(a, b)? && all))
    }

    fn any(&mut self, pairs: impl Iterator<Item = (Ty, Ty)>) -> Option<bool> {
        let mut unsure = false;
        for (a, b) in pairs {
            match self.assignable(a, b) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => unsure = true,
            }
        }
        (!unsure).then_some(false)
    }

    /// Whether `a` has every member that `b` demands.
    fn structural(&mut self, a: Ty, b: Ty) -> Option<bool> {
        let (have, want) = (self.members(a), self.members(b));
        if !want.lacks.is_empty() || want.callable || want.index.is_some() || have.callable {
            return None;
        }
        for member in &want.list {
            let wanted = self.member_type(member);
            let Some(found) = have.get(&member.name) else {
                if member.optional {
                    continue;
                }
                return if have.lacks.is_empty() { Some(false) } else { None };
            };
            let own = self.member_type(found);
            if found.optional && !member.optional {
                return Some(false);
            }
            let (own, wanted) = (self.defined(own), self.defined(wanted));
            match self.assignable(own, wanted) {
                Some(true) => {}
                other => return other,
            }
        }
        Some(true)
    }
}

pub(super) fn is_primitive(kind: &Kind<'_>) -> bool {
    use Kind as K;
    matches!(
        kind,
        K::Null
            | K::Undefined
            | K::Text
            | K::Number
            | K::Bool
            | K::BigInt
            | K::Symbol
            | K::Literal(_)
            | K::Enum(_)
            | K::EnumMember(..)
    )
}
