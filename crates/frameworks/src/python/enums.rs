//! Python enumerations -> their members and the values that travel.
//!
//! Rules: Python 3.13, `enum`, "Supported `_sunder_` names", "`auto`", "Enum members (aka instances)" and the enum HOWTO,
//! "Restricted Enum subclassing", "Aliases". Deliberately absent: combinations of flags, and members that a metaclass or
//! decorator adds.

use std::collections::{HashMap, HashSet};

use alignment_model::code::{Assign, Call, Expr, ExprKind, Function, Statement};
use alignment_model::shape::{DeclarationKey, Value};
use alignment_model::{FileId, Known, TextRange, Why};

use super::{Binding, Constant, Hierarchy, Names};

/// One member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: Box<str>,
    /// Its value.
    pub value: Known<Value>,
    /// Place of the assignment.
    pub range: TextRange,
}

/// Whether a class is an enumeration.
pub fn is_enum(hierarchy: &Hierarchy<'_>) -> bool {
    hierarchy.externals().any(|path| {
        matches!(
            path,
            "enum.Enum"
                | "enum.IntEnum"
                | "enum.StrEnum"
                | "enum.ReprEnum"
                | "enum.Flag"
                | "enum.IntFlag"
                | "strenum.StrEnum"
                | "backports.strenum.StrEnum"
        )
    })
}

/// The values that travel, each once (a member with the value of an earlier one is its alias); not known if one is not.
pub fn values(members: &[Member]) -> Known<Vec<Value>> {
    let mut values: Vec<Value> = Vec::with_capacity(members.len());
    let mut seen = HashSet::new();
    for member in members {
        match &member.value {
            Known::Is(value) if seen.insert(value) => values.push(value.clone()),
            Known::Is(_) => {}
            Known::Unknown(why) => return Known::Unknown(*why),
        }
    }
    Known::Is(values)
}

/// The members of an enumeration in order, aliases included.
pub fn members(names: &Names<'_>, key: &DeclarationKey) -> Vec<Member> {
    let Some(scope) = names.class_scope(key) else { return Vec::new() };
    let rules = Rules::of(names, key);
    let (mut members, mut before) = (Vec::new(), Before::default());
    for (name, binding) in scope.iter() {
        let Binding::Variable(assign) = binding else { continue };
        let Some(value) = &assign.value else { continue };
        if !is_member_name(name, key) || is_no_member(names, key, value) {
            continue;
        }
        let value = rules.value(names, key, name, value, &before);
        before.add(name, &value);
        members.push(Member { name: name.into(), value, range: assign.range });
    }
    members
}

/// `Enum("Color", "RED GREEN")`, `StrEnum("Kind", ["a", "b"])`, `Enum("Code", {"A": 1})`, `Enum("Code", [("A", 1)])`: the
/// functional API. `base` is the dotted path of what is called.
pub fn functional_members(
    names: &Names<'_>,
    file: FileId,
    scope: &str,
    base: &str,
    call: &Call,
) -> Vec<Member> {
    let range = call.callee.range;
    let listed = call.keyword("names").or_else(|| call.positional().nth(1));
    let unknown = || vec![Member { name: "".into(), value: Known::Unknown(Why::DynamicExpression), range }];
    let Some(listed) = listed else { return Vec::new() };
    if call.keyword("type").is_some() || call.keyword("start").is_some() {
        return unknown();
    }
    let auto = |name: &str, at: usize| match base.ends_with("StrEnum") {
        true => Value::Text(name.to_lowercase().into()),
        false => Value::Number((at + 1).to_string().into()),
    };
    let named = |name: &str, at: usize| Member { name: name.into(), value: Known::Is(auto(name, at)), range };
    let pair = |name: &Constant, value: &Constant| {
        let value = value.value().map_or(Known::Unknown(Why::DynamicExpression), Known::Is);
        Some(Member { name: name.text()?.into(), value, range })
    };
    let members: Option<Vec<Member>> = match names.fold(file, scope, listed) {
        Constant::Text(text) => {
            let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
            Some(words.enumerate().map(|(at, name)| named(name, at)).collect())
        }
        Constant::Map(pairs) => pairs.iter().map(|(name, value)| pair(name, value)).collect(),
        Constant::List(items) | Constant::Tuple(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| match item {
                Constant::Text(name) => Some(named(name, at)),
                Constant::Tuple(parts) => match parts.as_slice() {
                    [name, value] => pair(name, value),
                    _ => None,
                },
                _ => None,
            })
            .collect(),
        _ => None,
    };
    members.unwrap_or_else(unknown)
}

/// Dunder, sunder and private names are no members.
fn is_member_name(name: &str, key: &DeclarationKey) -> bool {
    let sunder = name.len() > 2 && name.starts_with('_') && name.ends_with('_');
    let class = super::annotations::last_segment(&key.path);
    let private = name.strip_prefix("__").is_some_and(|rest| !rest.ends_with("__"))
        || name
            .strip_prefix('_')
            .and_then(|rest| rest.strip_prefix(class))
            .is_some_and(|r| r.starts_with("__"));
    !sunder && !private
}

/// Functions, descriptors and what `nonmember` wraps are no members.
fn is_no_member(names: &Names<'_>, key: &DeclarationKey, value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Function(_) => true,
        ExprKind::Call(call) => {
            let callee = names.resolve(key.file, &key.path, &call.callee);
            matches!(
                callee.external(),
                Some(
                    "enum.nonmember" | "builtins.property" | "builtins.classmethod" | "builtins.staticmethod"
                )
            )
        }
        _ => false,
    }
}

/// The members before one, as far as its value may depend on them.
#[derive(Default)]
struct Before<'m> {
    values: HashMap<&'m str, Known<Value>>,
    /// The highest whole number.
    highest: Option<i64>,
    /// There is one that is no whole number.
    others: bool,
}

impl<'m> Before<'m> {
    fn add(&mut self, name: &'m str, value: &Known<Value>) {
        match value.is() {
            Some(Value::Number(number)) => match number.parse::<i64>() {
                Ok(number) => self.highest = self.highest.max(Some(number)),
                Err(_) => self.others = true,
            },
            _ => self.others = true,
        }
        self.values.insert(name, value.clone());
    }
}

/// How an enumeration makes values.
struct Rules<'a> {
    /// The type that values are converted to: the data type among its bases.
    mixin: Option<Mixin>,
    /// What `auto()` gives.
    auto: Auto<'a>,
    /// The class's own `__new__`, which may choose the value.
    constructor: Option<&'a Function>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mixin {
    Text,
    Other,
}

enum Auto<'a> {
    /// One more than the highest before it.
    Count,
    /// The next power of two.
    Flag,
    /// The name in lower case.
    LowerName,
    /// `_generate_next_value_`.
    Own(&'a Function),
}

impl<'a> Rules<'a> {
    fn of(names: &Names<'a>, key: &DeclarationKey) -> Self {
        let hierarchy = names.hierarchy(key);
        let own = |name: &str| match names.attribute(key, name) {
            Some((_, Binding::Function(function))) => Some(function),
            _ => None,
        };
        let has = |wanted: &str| hierarchy.externals().any(|path| path.rsplit('.').next() == Some(wanted));
        let auto = match own("_generate_next_value_") {
            Some(function) => Auto::Own(function),
            None if has("StrEnum") => Auto::LowerName,
            None if has("Flag") || has("IntFlag") => Auto::Flag,
            None => Auto::Count,
        };
        let text = has("StrEnum") || hierarchy.externals().any(|path| path == "builtins.str");
        let number = has("IntEnum") || has("IntFlag");
        let number =
            number || hierarchy.externals().any(|path| matches!(path, "builtins.int" | "builtins.float"));
        let mixin = if text { Some(Mixin::Text) } else { number.then_some(Mixin::Other) };
        Self { mixin, auto, constructor: own("__new__") }
    }

    fn value(
        &self,
        names: &Names<'a>,
        key: &DeclarationKey,
        name: &str,
        value: &Expr,
        before: &Before<'_>,
    ) -> Known<Value> {
        if let Some(call) = value.as_call() {
            match names.resolve(key.file, &key.path, &call.callee).external() {
                Some("enum.auto") => return self.convert(self.auto(name, before)),
                Some("enum.member") => {
                    let Some(inner) = call.positional().next() else { return Known::Unknown(Why::NotStated) };
                    return self.fold(names, key, inner, before);
                }
                _ => {}
            }
        }
        self.fold(names, key, value, before)
    }

    fn fold(
        &self,
        names: &Names<'a>,
        key: &DeclarationKey,
        value: &Expr,
        before: &Before<'_>,
    ) -> Known<Value> {
        // `B = A` names an earlier member: an alias with its value.
        if let Some(earlier) = value.as_name().and_then(|name| before.values.get(name)) {
            return earlier.clone();
        }
        let constant = names.fold(key.file, &key.path, value);
        if let Some(constructor) = self.constructor {
            return chosen_value(constructor, &constant);
        }
        match (constant.value(), constant) {
            (Some(value), _) => self.convert(Known::Is(value)),
            (None, Constant::Unknown(why)) => Known::Unknown(why),
            (None, _) => Known::Unknown(Why::UnsupportedConstruct),
        }
    }

    fn auto(&self, name: &str, before: &Before<'_>) -> Known<Value> {
        match self.auto {
            Auto::LowerName => Known::Is(Value::Text(name.to_lowercase().into())),
            Auto::Count | Auto::Flag if before.others => Known::Unknown(Why::DynamicExpression),
            Auto::Count => {
                let next = before.highest.map_or(1, |highest| highest.saturating_add(1));
                Known::Is(Value::Number(next.to_string().into()))
            }
            Auto::Flag => {
                let highest = before.highest.unwrap_or(0).max(0);
                let next = if highest == 0 { 1 } else { 1_i64 << (64 - highest.leading_zeros()).min(62) };
                Known::Is(Value::Number(next.to_string().into()))
            }
            Auto::Own(function) => match named_by(function) {
                Some(case) => Known::Is(Value::Text(case(name).into())),
                None => Known::Unknown(Why::CodeDecides),
            },
        }
    }

    /// A `str` mixin makes text of every value (`str(value)`).
    fn convert(&self, value: Known<Value>) -> Known<Value> {
        match value {
            Known::Is(Value::Number(number)) if self.mixin == Some(Mixin::Text) => {
                Known::Is(Value::Text(number))
            }
            Known::Is(Value::Text(_)) if self.mixin == Some(Mixin::Other) => {
                Known::Unknown(Why::UnsupportedConstruct)
            }
            other => other,
        }
    }
}

/// `def _generate_next_value_(name, ...): return name` and `name.lower()`, `name.upper()`.
fn named_by(function: &Function) -> Option<fn(&str) -> String> {
    let returned = function.body.iter().find_map(|statement| match statement {
        Statement::Return(Some(value), _) => Some(value),
        _ => None,
    })?;
    let is_name = |expr: &Expr| {
        let parameters = function.parameters.iter().map(|parameter| &*parameter.name);
        expr.as_name().is_some_and(|name| parameters.take(2).find(|p| *p != "self") == Some(name))
    };
    if is_name(returned) {
        return Some(str::to_owned);
    }
    match &returned.as_call()?.callee.kind {
        ExprKind::Member(object, method) if is_name(object) => match &**method {
            "lower" | "casefold" => Some(str::to_lowercase),
            "upper" => Some(str::to_uppercase),
            _ => None,
        },
        _ => None,
    }
}

/// The value that an own `__new__` chooses, where it says `obj._value_ = parameter`: that element of the tuple.
fn chosen_value(constructor: &Function, constant: &Constant) -> Known<Value> {
    let chosen =
        constructor.body.iter().find_map(|statement| match statement {
            Statement::Assign(assign) => match &**assign {
                Assign {
                    target: Expr { kind: ExprKind::Member(_, name), .. }, value: Some(value), ..
                } if &**name == "_value_" => value.as_name(),
                _ => None,
            },
            _ => None,
        });
    let at = chosen
        .and_then(|name| constructor.parameters.iter().position(|parameter| &*parameter.name == name))
        .and_then(|at| at.checked_sub(1));
    let items = match constant {
        Constant::Tuple(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let value = at.and_then(|at| items.get(at)).and_then(Constant::value);
    value.map_or(Known::Unknown(Why::CodeDecides), Known::Is)
}
