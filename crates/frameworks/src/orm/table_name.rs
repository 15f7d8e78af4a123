//! The table of a mapped class.
//!
//! Rules: SQLAlchemy 2.0, "Declarative Table Configuration", "Using declared_attr to generate table-specific ...",
//! `orm/decl_base.py` (`_ClassScanMapperConfig._scan_attributes`): a name in the class itself, in a mixin or in an abstract base counts, one of
//! a mapped ancestor does not, unless it is a `declared_attr`, which is asked anew. Flask-SQLAlchemy 3.x, "Models and
//! Tables": the class name in snake case. SQLModel: the class name in lower case.

use alignment_model::code::{Expr, ExprKind};
use alignment_model::entity::TableName;
use alignment_model::name;
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Why};

use super::attributes::{class_locals, is_declared_attr, returned};
use super::mapped::{Mapped, Models, Style};
use super::third_party;
use crate::python::{Ancestor, Binding, Constant, Names, Target, parent};
use crate::sqlalchemy::At;

/// What a class says about its table.
pub(super) enum TableOf {
    /// It has a table of its own.
    Own(Known<Box<str>>),
    /// It has none: it shares the one of its mapped ancestor.
    Parents,
    /// `__table__ = Table(...)`.
    Given,
}

/// The table of a class, without its schema.
pub(super) fn of_class(names: &Names<'_>, models: &Models<'_>, mapped: &Mapped<'_>) -> TableOf {
    if let Some((_, Binding::Variable(assign))) = names.attribute(&mapped.key, "__table__")
        && assign.value.is_some()
    {
        return TableOf::Given;
    }
    for ancestor in &names.hierarchy(&mapped.key).mro {
        let (key, own) = match ancestor {
            Ancestor::Class { key, .. } => (key, *key == mapped.key),
            Ancestor::External { path, .. } => match third_party::mixin(path).and_then(|mixin| mixin.table) {
                Some(table) => return TableOf::Own(Known::Is(table.into())),
                None => continue,
            },
            _ => continue,
        };
        let Some(binding) = names.class_scope(key).and_then(|scope| scope.get("__tablename__")) else {
            continue;
        };
        let of_mapped_ancestor = !own && models.by_key.contains_key(key);
        match binding {
            Binding::Variable(_) if of_mapped_ancestor => {}
            Binding::Variable(assign) => {
                if let Some(value) = &assign.value {
                    return named_by(names, key, value);
                }
            }
            Binding::Function(function) => {
                let declared = function.decorators.iter().any(|decorator| {
                    names
                        .resolve(key.file, &key.path, decorator)
                        .external()
                        .is_some_and(|path| is_declared_attr(path) || path == "builtins.classmethod")
                });
                if !declared {
                    continue;
                }
                let locals = class_locals(function, &mapped.key);
                let scope = format!("{}.{}", key.path, function.name);
                let at = At { names, file: key.file, scope: &scope, locals: &locals };
                let made = returned(&function.body).map(|value| computed_name(at, value, mapped, 0));
                return match made {
                    Some(Some(name)) => TableOf::Own(Known::Is(name.into())),
                    _ => TableOf::Own(Known::Unknown(Why::DynamicExpression)),
                };
            }
            _ => {}
        }
    }
    let class = &mapped.class.name;
    match (mapped.style, mapped.parent) {
        (Style::SqlModel, _) => TableOf::Own(Known::Is(class.to_lowercase().into())),
        (Style::Flask, None) => TableOf::Own(Known::Is(flask_name(class).into())),
        (_, Some(_)) => TableOf::Parents,
        (_, None) => TableOf::Own(Known::Unknown(Why::NotStated)),
    }
}

/// `__tablename__ = value`; `None` means the table of the parent.
fn named_by(names: &Names<'_>, key: &DeclarationKey, value: &Expr) -> TableOf {
    match names.fold(key.file, &key.path, value) {
        Constant::Text(name) => TableOf::Own(Known::Is(name)),
        Constant::None => TableOf::Parents,
        Constant::Unknown(why) => TableOf::Own(Known::Unknown(why)),
        _ => TableOf::Own(Known::Unknown(Why::UnsupportedConstruct)),
    }
}

/// A name made from the class name: what folds, and the usual conversions to snake case.
fn computed_name(at: At<'_, '_, '_>, value: &Expr, mapped: &Mapped<'_>, depth: u8) -> Option<String> {
    if depth > 6 {
        return None;
    }
    if let Constant::Text(name) = at.fold(value) {
        return Some(name.into());
    }
    let call = value.as_call()?;
    if let ExprKind::Member(object, method) = &call.callee.kind {
        let inner = || computed_name(at, object, mapped, depth + 1);
        match (&**method, call.arguments.len()) {
            ("lower", 0) => return inner().map(|name| name.to_lowercase()),
            ("upper", 0) => return inner().map(|name| name.to_uppercase()),
            ("lstrip", 1) => {
                let set = at.fold(&call.arguments.first()?.value);
                return Some(
                    inner()?.trim_start_matches(|c| set.text().is_some_and(|set| set.contains(c))).to_owned(),
                );
            }
            ("strip", 1) => {
                let set = at.fold(&call.arguments.first()?.value);
                return Some(
                    inner()?.trim_matches(|c| set.text().is_some_and(|set| set.contains(c))).to_owned(),
                );
            }
            _ => {}
        }
    }
    match at.resolve(&call.callee) {
        Target::External(path) if path == "re.sub" => {
            let [pattern, replacement, subject] = [0, 1, 2].map(|at| call.positional().nth(at));
            let (pattern, replacement) = (at.fold(pattern?), at.fold(replacement?));
            let subject = computed_name(at, subject?, mapped, depth + 1)?;
            substitute(pattern.text()?, replacement.text()?, &subject)
        }
        // A helper of the project's own: followed where it is one expression over its parameter.
        Target::Function(key, function) => {
            let argument = computed_name(at, call.positional().next()?, mapped, depth + 1)?;
            run_helper(at, &key, function, argument, mapped, depth)
        }
        _ => None,
    }
}

/// Runs `def snake(name): name = re.sub(...); return re.sub(...).lower()`: assignments to names, then a return.
fn run_helper(
    at: At<'_, '_, '_>,
    key: &alignment_model::shape::DeclarationKey,
    function: &alignment_model::code::Function,
    argument: String,
    mapped: &Mapped<'_>,
    depth: u8,
) -> Option<String> {
    use alignment_model::code::Statement;
    let parameter = function.parameters.first()?.name.clone();
    let mut locals = crate::python::Locals::from([(parameter, Constant::of_text(argument))]);
    let scope = parent(&key.path).to_owned();
    for statement in &function.body {
        let inside = At { names: at.names, file: key.file, scope: &scope, locals: &locals };
        match statement {
            Statement::Assign(assign) => {
                let name = assign.target.as_name()?.into();
                let value = computed_name(inside, assign.value.as_ref()?, mapped, depth + 1)?;
                locals.insert(name, Constant::of_text(value));
            }
            Statement::Return(Some(value), _) => return computed_name(inside, value, mapped, depth + 1),
            Statement::Expr(_) => {}
            _ => return None,
        }
    }
    None
}

/// `re.sub` with the patterns that turn camel case into snake case; any other pattern is not known.
fn substitute(pattern: &str, replacement: &str, subject: &str) -> Option<String> {
    let characters: Vec<char> = subject.chars().collect();
    let before = |at: usize| at.checked_sub(1).and_then(|at| characters.get(at)).copied();
    let after = |at: usize| characters.get(at + 1).copied();
    let lower_or_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let splits: Box<dyn Fn(usize) -> bool> = match (pattern, replacement) {
        ("(?<!^)(?=[A-Z])", "_") | ("(?<!^)([A-Z])" | "\\B([A-Z])", "_\\1") => {
            Box::new(|at| at > 0 && characters.get(at).is_some_and(char::is_ascii_uppercase))
        }
        ("([a-z0-9])([A-Z])", "\\1_\\2")
        | ("(?<=[a-z0-9])(?=[A-Z])" | "(?<=[a-z0-9])([A-Z])", "_" | "_\\1") => Box::new(|at| {
            lower_or_digit(before(at)) && characters.get(at).is_some_and(char::is_ascii_uppercase)
        }),
        ("(.)([A-Z][a-z]+)", "\\1_\\2") => Box::new(|at| {
            at > 0
                && characters.get(at).is_some_and(char::is_ascii_uppercase)
                && after(at).is_some_and(|c| c.is_ascii_lowercase())
        }),
        ("([A-Z]+)([A-Z][a-z])", "\\1_\\2") => Box::new(|at| {
            before(at).is_some_and(|c| c.is_ascii_uppercase())
                && characters.get(at).is_some_and(char::is_ascii_uppercase)
                && after(at).is_some_and(|c| c.is_ascii_lowercase())
        }),
        _ => return None,
    };
    let mut out = String::new();
    for (at, character) in characters.iter().enumerate() {
        if splits(at) {
            out.push('_');
        }
        out.push(*character);
    }
    Some(out)
}

/// Flask-SQLAlchemy's `camel_to_snake_case`.
fn flask_name(class: &str) -> String {
    name::words(class).join("_")
}

/// The schema that `__table_args__` or the base's metadata gives.
pub(super) fn with_schema(name: Known<Box<str>>, schema: Option<Box<str>>) -> Known<TableName> {
    name.map(|name| TableName { schema: schema.filter(|schema| &**schema != "public"), name })
}
