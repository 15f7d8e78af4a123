//! `Enum(Status)`, `Enum("a", "b", name="status")`, PostgreSQL's `ENUM`.
//!
//! Source: SQLAlchemy 2.0, "Enum" (class documentation): a Python enumeration stores member names unless `values_callable` is
//! given; the database type is named by `name=`, else by the lower-cased class name; `native_enum=False` stores text as
//! long as the longest label, or `length=`; aliases are left out (`omit_aliases`).

use std::collections::HashSet;

use alignment_model::code::{Argument, Call, Expr, ExprKind, Function};
use alignment_model::entity::SqlType;
use alignment_model::shape::{DeclarationKey, EnumShape, Shape, Value};
use alignment_model::{Known, Why};
use alignment_sql::qualified;

use super::types::{ColumnType, EnumLabels};
use super::{At, decorators};
use crate::python::{Constant, Locals, Target, enums, parent};

/// The type that a call of `Enum` makes; `path` is what is called.
pub(super) fn read(at: At<'_, '_, '_>, path: &str, call: Option<&Call>) -> ColumnType {
    let Some(call) = call else { return ColumnType::unknown("".into(), Why::NotStated) };
    let source = Source::of(at, call);
    let labels = source.labels(at, call);
    let native = match at.flag(call, "native_enum") {
        Ok(flag) => Known::Is(flag.unwrap_or(true)),
        Err(why) => Known::Unknown(why),
    };
    let name = match call.keyword("name").map(|name| at.fold(name)) {
        Some(Constant::Text(name)) => Some(name),
        Some(_) => None,
        None => source.class_name().map(|name| name.to_lowercase().into()),
    };
    let type_name = source.class_name().map(Box::from).or_else(|| name.clone()).unwrap_or_default();
    let values = match &source {
        Source::Class(key) => at
            .names
            .enum_members(key)
            .map_or(Known::Unknown(Why::Recursive), |members| enums::values(&members)),
        Source::Outside(_) => Known::Unknown(Why::ExternalName),
        Source::Listed => labels.clone().map(|labels| labels.into_iter().map(Value::Text).collect()),
    };
    let target = if let Source::Class(key) = &source { Some(key.clone()) } else { None };
    let shape = Shape::Enum(EnumShape { name: type_name, target: target.clone(), values });
    let schema = at.text(call, "schema");
    let in_schema = name.clone().map(|name| qualified(schema.clone(), name).to_string());
    let sql = sql_type(at, call, native, in_schema.as_deref(), &labels);
    let created =
        !path.starts_with("sqlalchemy.dialects.") || at.flag(call, "create_type") != Ok(Some(false));
    let created =
        created && at.flag(call, "create_type") != Ok(Some(false)) && call.keyword("metadata").is_none();
    let labels = EnumLabels {
        name,
        schema,
        labels,
        class: target,
        native,
        created_with_table: created,
        checked: at.flag(call, "create_constraint") == Ok(Some(true)),
    };
    ColumnType { written: "".into(), sql, shape, python: None, labels: Some(labels) }
}

/// The type that a Python enumeration gets where only an annotation names it (SQLAlchemy 2.0, "Using Python Enum or
/// pep-586 Literal types in the type map").
pub(crate) fn of_class(at: At<'_, '_, '_>, key: &DeclarationKey, native: bool) -> ColumnType {
    let source = Source::Class(key.clone());
    let labels = source.names(at);
    let name: Option<Box<str>> = source.class_name().map(|name| name.to_lowercase().into());
    let values =
        at.names.enum_members(key).map_or(Known::Unknown(Why::Recursive), |members| enums::values(&members));
    let shape = Shape::Enum(EnumShape {
        name: source.class_name().unwrap_or_default().into(),
        target: Some(key.clone()),
        values,
    });
    let sql = if native {
        name.clone().map_or(Known::Unknown(Why::NotStated), |name| Known::Is(SqlType::new(name)))
    } else {
        labels.clone().map(|labels| SqlType::with("varchar", [longest(&labels)]))
    };
    let labels = EnumLabels {
        name,
        schema: None,
        labels,
        class: Some(key.clone()),
        native: Known::Is(native),
        created_with_table: true,
        checked: false,
    };
    ColumnType { written: "".into(), sql, shape, python: None, labels: Some(labels) }
}

/// The type that an `Enum(...)` of the type map gives to another enumeration: its options, the labels of the other.
pub(crate) fn like(at: At<'_, '_, '_>, template: &Expr, key: &DeclarationKey) -> ColumnType {
    let Some(call) = template.as_call() else { return of_class(at, key, true) };
    let mut arguments =
        vec![Argument { keyword: None, value: Expr::new(ExprKind::Name("__enum__".into()), template.range) }];
    arguments.extend(
        call.arguments
            .iter()
            .filter(|argument| argument.keyword.as_deref().is_some_and(|k| k != "name"))
            .cloned(),
    );
    let call = Call { arguments, ..call.clone() };
    let locals = Locals::from([(Box::from("__enum__"), Constant::Declaration(key.clone()))]);
    read(At { locals: &locals, ..at }, "sqlalchemy.Enum", Some(&call))
}

fn sql_type(
    at: At<'_, '_, '_>,
    call: &Call,
    native: Known<bool>,
    name: Option<&str>,
    labels: &Known<Vec<Box<str>>>,
) -> Known<SqlType> {
    match native {
        Known::Is(true) => name.map_or(Known::Unknown(Why::NotStated), |name| Known::Is(SqlType::new(name))),
        Known::Is(false) => match call.keyword("length").map(|length| at.fold(length)) {
            Some(Constant::Int(length)) => {
                Known::Is(SqlType::with("varchar", [u32::try_from(length).unwrap_or(u32::MAX)]))
            }
            Some(Constant::None) | None => {
                labels.clone().map(|labels| SqlType::with("varchar", [longest(&labels)]))
            }
            Some(_) => Known::Unknown(Why::DynamicExpression),
        },
        Known::Unknown(why) => Known::Unknown(why),
    }
}

fn longest(labels: &[Box<str>]) -> u32 {
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    u32::try_from(longest).unwrap_or(u32::MAX)
}

/// What the labels come from.
enum Source {
    /// A Python enumeration of the repository.
    Class(DeclarationKey),
    /// A class of a package, by its name.
    Outside(Box<str>),
    /// Labels written in the call.
    Listed,
}

impl Source {
    fn of(at: At<'_, '_, '_>, call: &Call) -> Self {
        let Some(first) = call.positional().next() else { return Source::Listed };
        if let Constant::Declaration(key) = at.fold(first) {
            return Source::Class(key);
        }
        match at.resolve(first) {
            Target::External(path) => Source::Outside(path.rsplit('.').next().unwrap_or_default().into()),
            _ => Source::Listed,
        }
    }

    fn class_name(&self) -> Option<&str> {
        match self {
            Source::Class(key) => key.path.rsplit('.').next(),
            Source::Outside(name) => Some(name),
            Source::Listed => None,
        }
    }

    fn labels(&self, at: At<'_, '_, '_>, call: &Call) -> Known<Vec<Box<str>>> {
        match (self, call.keyword("values_callable")) {
            (Source::Class(key), Some(callable)) if !callable.is_null() => {
                labels_of(&called(at, callable, key))
            }
            (Source::Class(_), _) => self.names(at),
            (Source::Outside(_), _) => Known::Unknown(Why::ExternalName),
            (Source::Listed, _) => listed(at, call),
        }
    }

    /// Member names, those of aliases left out.
    fn names(&self, at: At<'_, '_, '_>) -> Known<Vec<Box<str>>> {
        let Source::Class(key) = self else { return Known::Unknown(Why::NotStated) };
        let Some(members) = at.names.enum_members(key) else {
            return Known::Unknown(Why::UnsupportedConstruct);
        };
        let mut seen = HashSet::new();
        let own = |member: &&enums::Member| member.value.is().is_none_or(|value| seen.insert(value.clone()));
        Known::Is(members.iter().filter(own).map(|member| member.name.clone()).collect())
    }
}

/// The labels written in a call, spread lists spliced in.
fn listed(at: At<'_, '_, '_>, call: &Call) -> Known<Vec<Box<str>>> {
    let mut labels = Vec::new();
    for argument in &call.arguments {
        if argument.keyword.is_some() {
            continue;
        }
        let (value, spread) = match &argument.value.kind {
            ExprKind::Spread(inner) => (&**inner, true),
            _ => (&argument.value, false),
        };
        match (at.fold(value), spread) {
            (Constant::Text(label), false) => labels.push(label),
            (list @ (Constant::List(_) | Constant::Tuple(_)), true) => match labels_of(&list) {
                Known::Is(more) => labels.extend(more),
                Known::Unknown(why) => return Known::Unknown(why),
            },
            (Constant::Unknown(why), _) => return Known::Unknown(why),
            _ => return Known::Unknown(Why::UnsupportedConstruct),
        }
    }
    Known::Is(labels)
}

/// What `values_callable` gives for a class: a lambda or a function with one `return`.
fn called(at: At<'_, '_, '_>, callable: &Expr, class: &DeclarationKey) -> Constant {
    let own = |function: &Function| -> Option<Locals> {
        let parameter = function.parameters.first()?;
        Some(Locals::from([(parameter.name.clone(), Constant::Declaration(class.clone()))]))
    };
    let unknown = Constant::Unknown(Why::DynamicExpression);
    if let ExprKind::Function(lambda) = &callable.kind {
        let (Some(locals), Some(returned)) = (own(lambda), decorators::only_return(&lambda.body)) else {
            return unknown;
        };
        return At { locals: &locals, ..at }.fold(returned);
    }
    match at.resolve(callable) {
        Target::Function(key, function) => {
            let (Some(locals), Some(returned)) = (own(function), decorators::only_return(&function.body))
            else {
                return unknown;
            };
            let scope = parent(&key.path);
            At { names: at.names, file: key.file, scope, locals: &locals }.fold(returned)
        }
        _ => unknown,
    }
}

fn labels_of(list: &Constant) -> Known<Vec<Box<str>>> {
    let Some(items) = list.items() else {
        return Known::Unknown(if let Constant::Unknown(why) = list {
            *why
        } else {
            Why::UnsupportedConstruct
        });
    };
    let label = |item: &Constant| match item {
        Constant::Text(text) => Some(text.clone()),
        // A member that is also a `str` is stored as its value.
        Constant::EnumMember { value, .. } => value.text().map(Box::from),
        _ => None,
    };
    items
        .iter()
        .map(label)
        .collect::<Option<Vec<_>>>()
        .map_or(Known::Unknown(Why::DynamicExpression), Known::Is)
}
