//! Alias generators: the functions of Pydantic and of well-known packages, and the project's own where they fold.
//!
//! Rules: Pydantic 2, `pydantic/alias_generators.py` and "Alias configuration"; Pydantic 1.10, `pydantic/utils.py`; pyhumps 3.8.

use std::rc::Rc;

use alignment_model::code::{Expr, ExprKind, Function};
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Why};

use super::Reader;
use super::string_code;
use crate::python::constants::text::title;
use crate::python::{Names, Target};

/// `alias_generator` of a configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Generator {
    /// `AliasGenerator(alias=...)`, or the function itself.
    pub(super) alias: Naming,
    /// `AliasGenerator(validation_alias=...)`.
    pub(super) validation: Naming,
    /// `AliasGenerator(serialization_alias=...)`.
    pub(super) serialization: Naming,
}

/// One function from a field's name to its alias.
#[derive(Clone, Debug, Default)]
pub(super) enum Naming {
    /// There is none.
    #[default]
    None,
    /// `user_id` -> `userId`.
    Camel,
    /// `user_id` -> `UserId`.
    Pascal,
    /// `userId` -> `user_id`.
    Snake,
    /// pyhumps' `camelize`.
    Humps,
    /// A function of the project, in its file and scope.
    Own(Rc<Function>, DeclarationKey),
    /// One that is not understood.
    Unknown(Why),
}

impl Generator {
    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        [&self.alias, &self.validation, &self.serialization]
            .iter()
            .all(|naming| matches!(naming, Naming::None))
    }

    /// The generator that an expression in `owner` stands for.
    pub(super) fn of(reader: &Reader<'_, '_>, owner: &DeclarationKey, expr: &Expr) -> Self {
        if expr.is_null() {
            return Self::default();
        }
        if let Some(call) = expr.as_call() {
            let callee = reader.names.resolve(owner.file, &owner.path, &call.callee);
            if callee.external().is_some_and(|path| path.ends_with(".AliasGenerator")) {
                let part = |name: &str| {
                    call.keyword(name).map_or(Naming::None, |expr| Naming::of(reader.names, owner, expr))
                };
                return Self {
                    alias: part("alias"),
                    validation: part("validation_alias"),
                    serialization: part("serialization_alias"),
                };
            }
        }
        Self { alias: Naming::of(reader.names, owner, expr), ..Self::default() }
    }

    /// `def alias_generator(cls, name)` inside `class Config`.
    pub(super) fn of_function(_: &Reader<'_, '_>, owner: &DeclarationKey, function: &Function) -> Self {
        Self { alias: Naming::Own(Rc::new(function.clone()), owner.clone()), ..Self::default() }
    }
}

impl Naming {
    fn of(names: &Names<'_>, owner: &DeclarationKey, expr: &Expr) -> Self {
        match &expr.kind {
            ExprKind::Function(function) => Naming::Own(Rc::new((**function).clone()), owner.clone()),
            ExprKind::Call(call) if call.callee.as_name() == Some("staticmethod") => {
                call.positional().next().map_or(Naming::Unknown(Why::NotStated), |inner| match inner.kind {
                    ExprKind::Call(_) => Naming::Unknown(Why::DynamicExpression),
                    _ => Naming::of(names, owner, inner),
                })
            }
            ExprKind::Name(_) | ExprKind::Member(..) => match names.resolve(owner.file, &owner.path, expr) {
                Target::Function(key, function) => Naming::Own(Rc::new(function.clone()), key),
                Target::External(path) => Naming::of_package(&path),
                Target::Variable(key, assign) => match assign.value.as_ref().map(|value| &value.kind) {
                    Some(ExprKind::Function(function)) => Naming::Own(Rc::new((**function).clone()), key),
                    _ => Naming::Unknown(Why::DynamicExpression),
                },
                _ => Naming::Unknown(Why::UndefinedName),
            },
            _ => Naming::Unknown(Why::DynamicExpression),
        }
    }

    /// A function of a package.
    pub(super) fn of_package(path: &str) -> Self {
        match path {
            "pydantic.alias_generators.to_camel" | "pydantic.utils.to_lower_camel" => Naming::Camel,
            "pydantic.alias_generators.to_pascal" | "pydantic.utils.to_camel" => Naming::Pascal,
            "pydantic.alias_generators.to_snake" => Naming::Snake,
            "humps.camelize" | "humps.main.camelize" => Naming::Humps,
            _ => Naming::Unknown(Why::ExternalName),
        }
    }

    /// The alias of a field; `None` if the generator makes none.
    pub(super) fn apply(&self, names: &Names<'_>, name: &str) -> Option<Known<Box<str>>> {
        Some(match self {
            Naming::None => return None,
            Naming::Camel => Known::Is(to_camel(name).into()),
            Naming::Pascal => Known::Is(to_pascal(name).into()),
            Naming::Snake => Known::Is(to_snake(name).into()),
            Naming::Humps => Known::Is(humps_camelize(name).into()),
            Naming::Own(function, home) => match string_code::call(names, home, function, name) {
                Some(alias) => Known::Is(alias.into()),
                None => Known::Unknown(Why::CodeDecides),
            },
            Naming::Unknown(why) => Known::Unknown(*why),
        })
    }
}

/// `pydantic.alias_generators.to_camel`.
fn to_camel(name: &str) -> String {
    let starts_lower = name.starts_with(|c: char| c.is_ascii_lowercase());
    let plain = starts_lower && name.chars().all(|c| c.is_ascii_alphanumeric());
    let bytes = name.as_bytes();
    let lower_after_digit =
        bytes.windows(2).any(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_lowercase());
    if plain && !lower_after_digit {
        return name.to_owned();
    }
    let pascal = to_pascal(name);
    let underscores = pascal.len() - pascal.trim_start_matches('_').len();
    let mut out = String::with_capacity(pascal.len());
    for (at, character) in pascal.char_indices() {
        if at == underscores { out.extend(character.to_lowercase()) } else { out.push(character) }
    }
    out
}

/// `pydantic.alias_generators.to_pascal`.
fn to_pascal(name: &str) -> String {
    let titled: Vec<char> = title(name).chars().collect();
    let mut out = String::with_capacity(name.len());
    for (at, character) in titled.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| titled.get(before));
        let after = titled.get(at + 1);
        let joins = *character == '_'
            && before.is_some_and(char::is_ascii_alphanumeric)
            && after.is_some_and(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        if !joins {
            out.push(*character);
        }
    }
    out
}

/// `pydantic.alias_generators.to_snake`.
fn to_snake(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (at, character) in characters.iter().enumerate() {
        if let Some(before) = at.checked_sub(1).and_then(|before| characters.get(before)) {
            let after_is_lower = characters.get(at + 1).is_some_and(char::is_ascii_lowercase);
            let upper = character.is_ascii_uppercase();
            let word = upper && (before.is_ascii_lowercase() || before.is_ascii_digit());
            let acronym_ends = upper && before.is_ascii_uppercase() && after_is_lower;
            let number = character.is_ascii_digit() && before.is_ascii_lowercase();
            if word || acronym_ends || number {
                out.push('_');
            }
        }
        out.push(if *character == '-' { '_' } else { *character });
    }
    out.to_lowercase()
}

/// pyhumps' `camelize`.
fn humps_camelize(name: &str) -> String {
    let letters: Vec<char> = name.chars().filter(|c| c.is_alphabetic()).collect();
    let is_upper = !letters.is_empty() && letters.iter().all(|c| c.is_uppercase());
    if is_upper || (!name.is_empty() && name.chars().all(char::is_numeric)) {
        return name.to_owned();
    }
    let acronym = name.chars().take(2).all(char::is_uppercase);
    let mut out = String::with_capacity(name.len());
    let mut pending = String::new();
    for (at, character) in name.chars().enumerate() {
        if matches!(character, '-' | '_') && out.ends_with(|c| !matches!(c, '-' | '_')) {
            pending.push(character);
        } else if !pending.is_empty() {
            pending.clear();
            out.extend(character.to_uppercase());
        } else if at == 0 && !acronym {
            out.extend(character.to_lowercase());
        } else {
            out.push(character);
        }
    }
    out + &pending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_name_as_their_packages_do() {
        let cases = [
            ("user_id", "userId", "UserId"),
            ("page_1", "page1", "Page1"),
            ("alreadyCamel", "alreadyCamel", "Alreadycamel"),
            ("a2b", "a2B", "A2B"),
            ("_private_x", "_privateX", "_PrivateX"),
            ("x__y", "x__Y", "X__Y"),
            ("id", "id", "Id"),
        ];
        for (name, camel, pascal) in cases {
            assert_eq!((to_camel(name).as_str(), to_pascal(name).as_str()), (camel, pascal), "{name}");
        }
        for (name, snake) in
            [("userId", "user_id"), ("HTTPServer", "http_server"), ("page1", "page_1"), ("a-b", "a_b")]
        {
            assert_eq!(to_snake(name), snake);
        }
        for (name, camel) in [("user_id", "userId"), ("page_1", "page1"), ("ID", "ID"), ("_x_y", "_xY")] {
            assert_eq!(humps_camelize(name), camel);
        }
    }
}
