//! Calls whose result is known: methods of text and containers, builtins, members of enumerations by value.

use alignment_model::code::{Call, Expr, ExprKind};

use super::fold::{Env, Fold};
use super::operators::{DYNAMIC, sorted};
use super::{Constant, cases, patterns, text};
use crate::python::Target;
use crate::python::enums::is_enum;

impl Fold<'_, '_> {
    pub(super) fn call(&mut self, env: Env<'_>, call: &Call, depth: u32) -> Constant {
        if call.has_spread() {
            return DYNAMIC;
        }
        if let ExprKind::Member(object, method) = &call.callee.kind
            && let Some(value) = self.method(env, object, method, call, depth)
        {
            return value;
        }
        let target = self.names.resolve(env.view.file, env.view.scope, &call.callee);
        if let Target::Function(key, function) = &target {
            return self.called(env, (key, function), call, depth);
        }
        let mut arguments: Vec<Constant> = Vec::new();
        for argument in call.positional() {
            arguments.push(self.value(env, argument, depth));
        }
        match target {
            Target::External(path) => self.builtin(env, &path, arguments, call, depth),
            Target::Class(key, _) if is_enum(self.names.hierarchy(&key)) => match arguments.as_slice() {
                [wanted] if !wanted.is_unknown() => {
                    self.enum_member(&key, |_, value| value == wanted).unwrap_or(DYNAMIC)
                }
                _ => DYNAMIC,
            },
            _ => DYNAMIC,
        }
    }

    fn builtin(
        &mut self,
        env: Env<'_>,
        path: &str,
        arguments: Vec<Constant>,
        call: &Call,
        depth: u32,
    ) -> Constant {
        let name = path.strip_prefix("builtins.").unwrap_or(path);
        if self.unset_environment && matches!(name, "os.environ.get" | "os.getenv") {
            let default = call.keyword("default").map(|default| self.value(env, default, depth));
            return default.or_else(|| arguments.into_iter().nth(1)).unwrap_or(Constant::None);
        }
        if name == "dict" && arguments.is_empty() {
            let mut out = Vec::new();
            for argument in &call.arguments {
                let Some(keyword) = &argument.keyword else { return DYNAMIC };
                out.push((Constant::Text(keyword.clone()), self.value(env, &argument.value, depth)));
            }
            return Constant::Map(out);
        }
        if name == "enumerate" {
            let start = call.keyword("start").map(|start| self.value(env, start, depth));
            return self.enumerate(arguments, start).map_or(DYNAMIC, Constant::List);
        }
        if let Some(value) =
            patterns::call(path, &arguments).filter(|_| arguments.len() == call.arguments.len())
        {
            return value;
        }
        if name == "map" {
            return mapped(call, arguments).map_or(DYNAMIC, Constant::List);
        }
        let Ok([one]) = <[Constant; 1]>::try_from(arguments) else { return DYNAMIC };
        if let (Some(convert), Some(text)) = (cases::of_package(path), one.text()) {
            return Constant::of_text(convert(text));
        }
        match name {
            "str" => self.text_of(&one).map_or(DYNAMIC, Constant::of_text),
            "list" | "set" | "frozenset" => self.iterate(one).map_or(DYNAMIC, Constant::List),
            "tuple" => self.iterate(one).map_or(DYNAMIC, Constant::Tuple),
            "sorted" => self.iterate(one).and_then(sorted).map_or(DYNAMIC, Constant::List),
            "dict" => match one {
                map @ Constant::Map(_) => map,
                _ => DYNAMIC,
            },
            "len" => {
                let len = match &one {
                    Constant::Map(entries) => Some(entries.len()),
                    Constant::Text(text) => Some(text.chars().count()),
                    other => other.items().map(<[_]>::len),
                };
                len.and_then(|len| i64::try_from(len).ok()).map_or(DYNAMIC, Constant::Int)
            }
            "int" => match one {
                Constant::Int(value) => Constant::Int(value),
                Constant::Text(text) => text.trim().parse().map_or(DYNAMIC, Constant::Int),
                _ => DYNAMIC,
            },
            "decimal.Decimal" => match one {
                Constant::Text(text) => Constant::Number(text),
                Constant::Int(value) => Constant::Int(value),
                _ => DYNAMIC,
            },
            _ => DYNAMIC,
        }
    }

    fn enumerate(&self, arguments: Vec<Constant>, start: Option<Constant>) -> Option<Vec<Constant>> {
        let mut arguments = arguments.into_iter();
        let items = self.iterate(arguments.next()?)?;
        let start = match arguments.next().or(start) {
            None => 0,
            Some(Constant::Int(start)) => start,
            Some(_) => return None,
        };
        let pairs = (start..).zip(items);
        Some(pairs.map(|(at, item)| Constant::Tuple(vec![Constant::Int(at), item])).collect())
    }

    /// A method of a known value.
    fn method(
        &mut self,
        env: Env<'_>,
        object: &Expr,
        name: &str,
        call: &Call,
        depth: u32,
    ) -> Option<Constant> {
        const KNOWN: &[&str] = &[
            "capitalize",
            "casefold",
            "endswith",
            "format",
            "get",
            "isalnum",
            "isalpha",
            "isdigit",
            "islower",
            "isspace",
            "isupper",
            "items",
            "join",
            "keys",
            "lower",
            "lstrip",
            "removeprefix",
            "removesuffix",
            "replace",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "title",
            "upper",
            "values",
            "copy",
        ];
        if !KNOWN.contains(&name) {
            return None;
        }
        let object = self.value(env, object, depth);
        let mut positional = Vec::new();
        let mut named = Vec::new();
        for argument in &call.arguments {
            let value = self.value(env, &argument.value, depth);
            match argument.keyword.as_deref() {
                Some(keyword) => named.push((keyword, value)),
                None => positional.push(value),
            }
        }
        match (object, name) {
            (Constant::Text(template), "format") => {
                text::format(&template, &positional, &named).map(Constant::of_text)
            }
            (Constant::Text(own), _) if named.is_empty() => text::method(&own, name, &positional),
            (Constant::Map(entries), "items") => Some(Constant::List(
                entries.into_iter().map(|(key, value)| Constant::Tuple(vec![key, value])).collect(),
            )),
            (Constant::Map(entries), "keys") => {
                Some(Constant::List(entries.into_iter().map(|(key, _)| key).collect()))
            }
            (Constant::Map(entries), "values") => {
                Some(Constant::List(entries.into_iter().map(|(_, value)| value).collect()))
            }
            (Constant::Map(entries), "get") => {
                let key = positional.first().filter(|key| !key.is_unknown())?;
                let found = entries.into_iter().find(|(own, _)| own == key).map(|(_, value)| value);
                Some(found.unwrap_or_else(|| positional.get(1).cloned().unwrap_or(Constant::None)))
            }
            (value @ (Constant::Map(_) | Constant::List(_)), "copy") => Some(value),
            _ => None,
        }
    }
}

/// `map(str.title, items)`: a method of `str`, named through its class, on each item.
fn mapped(call: &Call, arguments: Vec<Constant>) -> Option<Vec<Constant>> {
    let ExprKind::Member(class, method) = &call.positional().next()?.kind else { return None };
    let items = arguments.get(1)?.items()?;
    let is_text = class.as_name() == Some("str");
    is_text.then(|| items.iter().map(|item| text::method(item.text()?, method, &[])).collect())?
}
