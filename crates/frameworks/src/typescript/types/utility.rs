//! The utility types of the library (TypeScript handbook, "Utility Types").

use alignment_model::Why;
use alignment_model::code::{ExprKind, TypeExpr, TypeKind};
use alignment_model::shape::Value;
use std::rc::Rc;

use super::Types;
use super::kinds::{Derivation, Env, Form, Kind, ObjectName, Ty};
use crate::typescript::constants;
use crate::typescript::names::{Declaration, Target};

impl<'a> Types<'_, 'a> {
    /// A utility type by its name; `None` if there is none of this name.
    pub(super) fn utility(&mut self, name: &str, arguments: &'a [TypeExpr], env: Env) -> Option<Ty> {
        if matches!(name, "ReturnType" | "InstanceType" | "Parameters" | "ConstructorParameters") {
            return Some(self.of_function(name, arguments.first()?, env));
        }
        if !UTILITIES.contains(&name) {
            return None;
        }
        let given: Vec<Ty> = arguments.iter().map(|argument| self.eval(argument, env)).collect();
        let first = match given.first() {
            Some(first) => *first,
            None => return Some(self.unknown(Why::NotStated)),
        };
        let second = given.get(1).copied();
        Some(match name {
            "Partial" => self.each(first, Derivation::Partial, "Partial", &given),
            "Required" => self.each(first, Derivation::Required, "Required", &given),
            "Readonly" => self.each(first, Derivation::Readonly, "Readonly", &given),
            "Pick" => self.picked(first, second, "Pick", &given),
            "Omit" => self.picked(first, second, "Omit", &given),
            "Record" => self.record(first, second),
            "Exclude" => self.filtered(first, second, false),
            "Extract" => self.filtered(first, second, true),
            // `T & {}`: of `unknown` it leaves every value but those two.
            "NonNullable" if matches!(self.kind(first), Kind::Anything) => {
                self.object(Form::Made(Rc::default()))
            }
            "NonNullable" => self.non_null(first),
            "Awaited" => self.awaited(first),
            "Uppercase" => self.cased(first, |text| text.to_uppercase()),
            "Lowercase" => self.cased(first, |text| text.to_lowercase()),
            "Capitalize" => {
                self.cased(first, |text| with_first(text, |first| first.to_uppercase().collect()))
            }
            "Uncapitalize" => {
                self.cased(first, |text| with_first(text, |first| first.to_lowercase().collect()))
            }
            _ => first,
        })
    }

    /// A utility that maps over members: a union member by member, lists and primitives as they are.
    fn each(&mut self, ty: Ty, how: Derivation, name: &'static str, arguments: &[Ty]) -> Ty {
        let mut mapped = Vec::new();
        for part in self.parts(ty) {
            mapped.push(match self.kind(part).clone() {
                Kind::Declared(..) | Kind::Object(_) | Kind::Parameter(_) | Kind::Alias(..) => {
                    self.derived(part, how.clone(), name, arguments)
                }
                Kind::Map(value) if how == Derivation::Partial => {
                    let value = self.or_undefined(value);
                    self.intern(Kind::Map(value))
                }
                Kind::List(element) if how == Derivation::Partial => {
                    let element = self.or_undefined(element);
                    self.intern(Kind::List(element))
                }
                Kind::List(element) if how == Derivation::Required => {
                    let element = self.defined(element);
                    self.intern(Kind::List(element))
                }
                _ => part,
            });
        }
        self.union(mapped)
    }

    fn picked(&mut self, ty: Ty, keys: Option<Ty>, name: &'static str, arguments: &[Ty]) -> Ty {
        let Some(keys) = keys else { return self.unknown(Why::NotStated) };
        let ty = self.force(ty);
        // Of what cannot be, every key is one.
        if name == "Omit" && matches!(self.kind(ty), Kind::Never) {
            return self.intern(Kind::Map(ty));
        }
        let how = match self.literal_keys(keys) {
            Some(keys) if name == "Pick" => Derivation::Pick(keys),
            Some(keys) => Derivation::Omit(keys),
            None => {
                let keys = self.force(keys);
                Derivation::Unclear(match self.kind(keys) {
                    Kind::Unknown(why) => *why,
                    _ => Why::UnsupportedConstruct,
                })
            }
        };
        self.derived(ty, how, name, arguments)
    }

    fn record(&mut self, keys: Ty, value: Option<Ty>) -> Ty {
        let value = value.unwrap_or_else(|| self.unknown(Why::NotStated));
        match self.literal_keys(keys) {
            Some(keys) => {
                let ty = self.object(Form::Record(keys, value));
                self.name_object(ty, ObjectName::Utility("Record"), Rc::from([]));
                ty
            }
            None => match *self.kind(keys) {
                Kind::Parameter(_) => self.derived(value, Derivation::Unclear(Why::NotStated), "Record", &[]),
                Kind::Unknown(why) => self.derived(value, Derivation::Unclear(why), "Record", &[]),
                _ => self.intern(Kind::Map(value)),
            },
        }
    }

    /// `Exclude<T, U>` and `Extract<T, U>`.
    fn filtered(&mut self, ty: Ty, of: Option<Ty>, wanted: bool) -> Ty {
        let Some(of) = of else { return self.unknown(Why::NotStated) };
        let mut kept = Vec::new();
        for part in self.distributed(ty) {
            match self.assignable(part, of) {
                Some(is) if is == wanted => kept.push(part),
                Some(_) => {}
                None => return self.unknown(Why::UnsupportedConstruct),
            }
        }
        self.union(kept)
    }

    pub(super) fn awaited(&mut self, ty: Ty) -> Ty {
        let mut parts = Vec::new();
        for part in self.parts(ty) {
            let Kind::Promise(inner) = *self.kind(part) else {
                parts.push(part);
                continue;
            };
            if !self.enter() {
                return self.unknown(Why::Recursive);
            }
            parts.push(self.awaited(inner));
            self.leave();
        }
        self.union(parts)
    }

    fn cased(&mut self, ty: Ty, change: impl Fn(&str) -> String) -> Ty {
        let mut parts = Vec::new();
        for part in self.parts(ty) {
            parts.push(match self.kind(part).clone() {
                Kind::Literal(Value::Text(text)) => self.text_literal(change(&text)),
                _ => part,
            });
        }
        self.union(parts)
    }

    /// `ReturnType<typeof f>` where `f` says what it returns, `InstanceType<typeof C>`.
    fn of_function(&mut self, name: &str, argument: &'a TypeExpr, env: Env) -> Ty {
        let TypeKind::TypeOf(value) = &argument.kind else { return self.unknown(Why::UnsupportedConstruct) };
        let file = self.file_of(env);
        if let Target::Declared(symbol) = self.names.resolve_value(file, value) {
            for (file, declaration) in self.names.declarations(symbol) {
                match (name, declaration) {
                    ("InstanceType", Declaration::Class(_)) => return self.reference(symbol, Vec::new()),
                    ("ReturnType", Declaration::Function(function)) => {
                        return self.returned(file, function);
                    }
                    _ => {}
                }
            }
        }
        if name == "ReturnType"
            && let Some((file, value)) = constants::definition(self.names, file, value)
            && let ExprKind::Function(function) = &value.kind
        {
            return self.returned(file, function);
        }
        self.unknown(Why::UnsupportedConstruct)
    }
}

/// The utility types that are evaluated from the types of their arguments.
const UTILITIES: [&str; 16] = [
    "Partial",
    "Required",
    "Readonly",
    "Pick",
    "Omit",
    "Record",
    "Exclude",
    "Extract",
    "NonNullable",
    "Awaited",
    "Uppercase",
    "Lowercase",
    "Capitalize",
    "Uncapitalize",
    "NoInfer",
    "ThisType",
];

fn with_first(text: &str, change: impl Fn(char) -> String) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| change(first) + rest.as_str()).unwrap_or_default()
}
