//! Type classes of the repository: `TypeDecorator` with `impl` and `load_dialect_impl`, subclasses of built-in types,
//! `UserDefinedType`.
//!
//! Source: SQLAlchemy 2.0, "Custom Types". What a decorator gives to Python code is its own: where it has
//! `process_result_value`, nothing is said about values that travel.

use alignment_model::code::{
    Argument, Call, Expr, ExprKind, Function, Literal, Operator, Parameter, ParameterKind, Statement,
};
use alignment_model::shape::{DeclarationKey, Shape};
use alignment_model::{FileId, Known, Why};
use alignment_sql::Dialect;

use super::types::{ColumnType, bind_arguments, of_class, read_nested};
use super::{At, type_table};
use crate::python::scope::each_statement;
use crate::python::{Binding, Constant, Locals, Target};

/// The type that a class of the repository makes, called as `call` says.
pub(super) fn read(at: At<'_, '_, '_>, key: &DeclarationKey, call: Option<&Call>, depth: u8) -> ColumnType {
    let mut made = implementation(at, key, call, depth);
    if let Some((owner, Binding::Function(function))) = at.names.attribute(key, "process_result_value") {
        let uuids = made.shape == Shape::Uuid && gives_uuids(at, owner, function);
        made.python = Some(if uuids { Shape::Uuid } else { Shape::Unknown(Why::CodeDecides) });
    } else if at.names.attribute(key, "process_result_value").is_some()
        || at.names.attribute(key, "result_processor").is_some()
    {
        made.python = Some(Shape::Unknown(Why::CodeDecides));
    }
    made
}

/// Whether `process_result_value` gives what the database type does, or makes a UUID of it (SQLAlchemy 2.0, "Custom Types",
/// "Backend-agnostic GUID Type").
fn gives_uuids(at: At<'_, '_, '_>, owner: &DeclarationKey, function: &Function) -> bool {
    let mut parameters = function.parameters.iter().map(|parameter| &*parameter.name);
    let Some(value) = parameters.find(|name| *name != "self") else { return false };
    let scope = format!("{}.{}", owner.path, function.name);
    let (mut made, mut only) = (false, true);
    each_statement(&function.body, &mut |statement, _| {
        let given = match statement {
            Statement::Return(Some(given), _) => given,
            Statement::Assign(assign) if assign.target.as_name() == Some(value) => match &assign.value {
                Some(given) => given,
                None => return,
            },
            _ => return,
        };
        let uuid = given.as_call().is_some_and(|call| {
            at.names.resolve(owner.file, &scope, &call.callee).external() == Some("uuid.UUID")
        });
        made |= uuid;
        only &= uuid || given.is_null() || given.as_name() == Some(value);
    });
    made && only
}

fn implementation(at: At<'_, '_, '_>, key: &DeclarationKey, call: Option<&Call>, depth: u8) -> ColumnType {
    if let Some((owner, Binding::Function(function))) = at.names.attribute(key, "load_dialect_impl") {
        let scope = format!("{}.load_dialect_impl", owner.path);
        let inside = At::new(at.names, owner.file, &scope);
        match for_postgresql(&function.body) {
            Chosen::Type(chosen) => match described(chosen) {
                Some(chosen) => return read_nested(inside, chosen, depth),
                None => return of_impl(at, key, call, depth),
            },
            Chosen::Nothing => {}
            Chosen::Unknown => return ColumnType::unknown("".into(), Why::DynamicExpression),
        }
    }
    of_impl(at, key, call, depth)
}

/// The type that `impl` names, made with the arguments that reach it; for a class without `impl` its base type.
fn of_impl(at: At<'_, '_, '_>, key: &DeclarationKey, call: Option<&Call>, depth: u8) -> ColumnType {
    let unknown = |why| ColumnType::unknown("".into(), why);
    if let Some((owner, Binding::Variable(assign))) = at.names.attribute(key, "impl")
        && let Some(value) = &assign.value
    {
        let inside = At::new(at.names, owner.file, &owner.path);
        if value.as_call().is_some() {
            return read_nested(inside, value, depth);
        }
        return match inside.resolve(value) {
            Target::External(path) => with_arguments(at, key, &path, call, depth),
            Target::Class(inner, _) => read(at, &inner, call, depth),
            _ => read_nested(inside, value, depth),
        };
    }
    if let Some((_, Binding::Function(function))) = at.names.attribute(key, "get_col_spec") {
        return column_spec(at, key, function);
    }
    let hierarchy = at.names.hierarchy(key);
    match hierarchy.externals().find(|path| type_table::rule(path).is_some()) {
        Some(path) => with_arguments(at, key, path, call, depth),
        None => unknown(Why::ExternalName),
    }
}

/// A type class of a package made with the arguments of the call, or with those that the class's own `__init__` passes on.
fn with_arguments(
    at: At<'_, '_, '_>,
    key: &DeclarationKey,
    path: &str,
    call: Option<&Call>,
    depth: u8,
) -> ColumnType {
    let Some((owner, Binding::Function(constructor))) = at.names.attribute(key, "__init__") else {
        return of_class(at, path, call, depth);
    };
    let Some(passed) = super_call(constructor) else { return of_class(at, path, None, depth) };
    let scope = format!("{}.__init__", owner.path);
    let own = constructor.parameters.get(1..).unwrap_or_default();
    let mut locals = call.map_or_else(Locals::new, |call| bind_arguments(at, own, call));
    let handed_on = handed_on(at, own, call, passed, owner.file, &mut locals);
    let inside = At { names: at.names, file: owner.file, scope: &scope, locals: &locals };
    of_class(inside, path, Some(&handed_on), depth)
}

/// A call inside a function (of the base's constructor, of `Column`) with `*args` and `**kwargs` replaced by what the named parameters
/// of `call` leave over, each as a local name with its value, or as it is written where it does not fold and the function stands
/// in the same file (`home`). What is spread otherwise stays.
pub(crate) fn handed_on(
    at: At<'_, '_, '_>,
    parameters: &[Parameter],
    call: Option<&Call>,
    passed: &Call,
    home: FileId,
    locals: &mut Locals,
) -> Call {
    let plain = parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Plain).count();
    let mut arguments = Vec::new();
    for argument in &passed.arguments {
        let ExprKind::Spread(spread) = &argument.value.kind else {
            arguments.push(argument.clone());
            continue;
        };
        let parameter = parameters.iter().find(|parameter| spread.as_name() == Some(&parameter.name));
        if parameter.is_none() {
            arguments.push(argument.clone());
        }
        let left_over = call.iter().flat_map(|call| {
            let positional = call.arguments.iter().filter(|given| given.keyword.is_none()).skip(plain);
            let named = call.arguments.iter().filter(|given| {
                given.keyword.as_deref().is_some_and(|name| parameters.iter().all(|own| &*own.name != name))
            });
            match parameter.map(|parameter| parameter.kind) {
                Some(ParameterKind::Rest) => positional.collect::<Vec<_>>(),
                Some(ParameterKind::KeywordRest) => named.collect(),
                _ => Vec::new(),
            }
        });
        for given in left_over {
            let folded = at.fold(&given.value);
            let value = if folded.is_unknown() && at.file == home {
                given.value.clone()
            } else {
                let name: Box<str> = format!("handed on {}", locals.len()).into();
                locals.insert(name.clone(), folded);
                Expr::new(ExprKind::Name(name), given.value.range)
            };
            arguments.push(Argument { keyword: given.keyword.clone(), value });
        }
    }
    Call { arguments, ..passed.clone() }
}

/// `super().__init__(...)`, `TypeDecorator.__init__(self, ...)` in a constructor.
fn super_call(constructor: &Function) -> Option<&Call> {
    constructor.body.iter().find_map(|statement| match statement {
        Statement::Expr(expr) => {
            let call = expr.as_call()?;
            match &call.callee.kind {
                ExprKind::Member(object, name) if &**name == "__init__" => {
                    let is_super =
                        object.as_call().is_some_and(|call| call.callee.as_name() == Some("super"));
                    is_super.then_some(call)
                }
                _ => None,
            }
        }
        _ => None,
    })
}

/// `get_col_spec` of a user-defined type: the type as SQL.
fn column_spec(at: At<'_, '_, '_>, key: &DeclarationKey, function: &Function) -> ColumnType {
    let unknown = || ColumnType::unknown("".into(), Why::DynamicExpression);
    let Some(returned) = only_return(&function.body) else { return unknown() };
    let Constant::Text(text) = at.names.fold(key.file, &key.path, returned) else { return unknown() };
    match alignment_sql::read_type(&text, Dialect::PostgreSql).ty {
        Known::Is(sql) => ColumnType::of_sql("".into(), sql),
        Known::Unknown(why) => ColumnType::unknown("".into(), why),
    }
}

/// What a body returns when the dialect is PostgreSQL.
enum Chosen<'e> {
    Type(&'e Expr),
    Nothing,
    Unknown,
}

fn for_postgresql(body: &[Statement]) -> Chosen<'_> {
    for statement in body {
        match statement {
            Statement::Return(Some(value), _) => return Chosen::Type(value),
            Statement::Return(None, _) | Statement::Raise(..) => return Chosen::Unknown,
            Statement::If(branch) => {
                let taken = match is_postgresql(&branch.test) {
                    Some(true) => for_postgresql(&branch.then),
                    Some(false) => for_postgresql(&branch.otherwise),
                    None => Chosen::Unknown,
                };
                match taken {
                    Chosen::Nothing => {}
                    found => return found,
                }
            }
            Statement::For(_) | Statement::While(_) | Statement::Try(_) | Statement::With(_) => {
                return Chosen::Unknown;
            }
            _ => {}
        }
    }
    Chosen::Nothing
}

/// Whether a test on the dialect's name holds for PostgreSQL.
fn is_postgresql(test: &Expr) -> Option<bool> {
    let ExprKind::Binary(operator, left, right) = &test.kind else {
        return match &test.kind {
            ExprKind::Unary(Operator::Not, inner) => is_postgresql(inner).map(|holds| !holds),
            _ => None,
        };
    };
    let is_name = |expr: &Expr| matches!(&expr.kind, ExprKind::Member(_, name) if &**name == "name");
    let listed = |expr: &Expr| match &expr.kind {
        ExprKind::List(items) | ExprKind::Tuple(items) => {
            let names: Option<Vec<&str>> = items.iter().map(Expr::as_text).collect();
            names.map(|names| names.contains(&"postgresql"))
        }
        _ => None,
    };
    match operator {
        Operator::Equal if is_name(left) => right.as_text().map(|name| name == "postgresql"),
        Operator::NotEqual if is_name(left) => right.as_text().map(|name| name != "postgresql"),
        Operator::In if is_name(left) => listed(right),
        Operator::NotIn if is_name(left) => listed(right).map(|found| !found),
        Operator::BooleanOr => Some(is_postgresql(left)? || is_postgresql(right)?),
        Operator::BooleanAnd => Some(is_postgresql(left)? && is_postgresql(right)?),
        _ => None,
    }
}

/// The type in `dialect.type_descriptor(T)`; `None` for `self.impl` and for what a base class returns.
fn described(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Call(call) => match &call.callee.kind {
            ExprKind::Member(_, name) if &**name == "type_descriptor" => {
                call.positional().next().and_then(described)
            }
            ExprKind::Member(_, name) if &**name == "load_dialect_impl" => None,
            _ => Some(expr),
        },
        ExprKind::Member(object, _) if object.as_name() == Some("self") => None,
        _ => Some(expr),
    }
}

/// The value of a body that does nothing but return one, after a docstring.
pub(super) fn only_return(body: &[Statement]) -> Option<&Expr> {
    let mut rest = body.iter().filter(|statement| {
        !matches!(statement, Statement::Expr(Expr { kind: ExprKind::Literal(Literal::Text(_)), .. }))
    });
    match (rest.next(), rest.next()) {
        (Some(Statement::Return(Some(value), _)), None) => Some(value),
        _ => None,
    }
}
