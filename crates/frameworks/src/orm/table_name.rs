//! The table of a mapped class.
//!
//! Rules: SQLAlchemy 2.0, "Declarative Table Configuration", "Using declared_attr to generate table-specific ...",
//! `orm/decl_base.py` (`_ClassScanMapperConfig._scan_attributes`): a name in the class itself, in a mixin or in an abstract base counts, one of
//! a mapped ancestor does not, unless it is a `declared_attr`, which is asked anew. Flask-SQLAlchemy 3.x, "Models and
//! Tables": the class name in snake case. SQLModel: the class name in lower case.

use alignment_model::code::{Expr, ExprKind, Function, Operator, Statement};
use alignment_model::entity::TableName;
use alignment_model::name;
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Why};

use super::attributes::{class_locals, is_declared_attr};
use super::mapped::{Mapped, Models, Style};
use super::third_party;
use crate::python::scope::each_statement;
use crate::python::{Ancestor, Binding, Constant, Names, Target};
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
    let missing = match SetOnSubclass::of(names, mapped) {
        Some(set) if !set.only_missing => return set.table,
        set => set.map(|set| set.table),
    };
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
                return computed(names, key, function, mapped);
            }
            _ => {}
        }
    }
    if let Some(table) = missing {
        return table;
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
    of_constant(names.fold(key.file, &key.path, value))
}

fn of_constant(value: Constant) -> TableOf {
    match value {
        Constant::Text(name) => TableOf::Own(Known::Is(name)),
        Constant::None => TableOf::Parents,
        Constant::Unknown(why) => TableOf::Own(Known::Unknown(why)),
        _ => TableOf::Own(Known::Unknown(Why::UnsupportedConstruct)),
    }
}

/// What a function that is called with the mapped class says.
fn computed(names: &Names<'_>, key: &DeclarationKey, function: &Function, mapped: &Mapped<'_>) -> TableOf {
    let scope = DeclarationKey { file: key.file, path: format!("{}.{}", key.path, function.name).into() };
    let run = |function: &Function| {
        of_constant(names.run(&scope, function, &[(None, Constant::Declaration(mapped.key.clone()))]))
    };
    // `if has_inherited_table(cls): return None` (SQLAlchemy 2.0, "Using declared_attr() for table-specific ... names").
    match function.body.iter().position(|statement| asks_for_parent(names, &scope, statement)) {
        Some(_) if mapped.parent.is_some() => TableOf::Parents,
        Some(at) => {
            let mut rest = function.clone();
            rest.body.remove(at);
            run(&rest)
        }
        None => run(function),
    }
}

fn asks_for_parent(names: &Names<'_>, scope: &DeclarationKey, statement: &Statement) -> bool {
    let Statement::If(branch) = statement else { return false };
    let ends = match branch.then.as_slice() {
        [Statement::Return(value, _)] => value.as_ref().is_none_or(Expr::is_null),
        _ => false,
    };
    let asked = branch.test.as_call().map(|call| names.resolve(scope.file, &scope.path, &call.callee));
    let path = asked.as_ref().and_then(Target::external);
    ends && branch.otherwise.is_empty() && path == Some("sqlalchemy.orm.has_inherited_table")
}

/// The name that `__init_subclass__` of a class above sets (Python 3.13, "Customizing class creation"), where it sets one.
struct SetOnSubclass {
    table: TableOf,
    /// Only a class without a name gets it.
    only_missing: bool,
}

impl SetOnSubclass {
    fn of(names: &Names<'_>, mapped: &Mapped<'_>) -> Option<Self> {
        let hierarchy = names.hierarchy(&mapped.key);
        // A class does not run its own.
        let (key, function) = hierarchy.classes().skip(1).find_map(|(key, _)| {
            match names.class_scope(key)?.get("__init_subclass__")? {
                Binding::Function(function) => Some((key, function)),
                _ => None,
            }
        })?;
        let class = &*function.parameters.first()?.name;
        let mut set = Vec::new();
        each_statement(&function.body, &mut |statement, _| set.extend(name_set(statement, class)));
        let locals = class_locals(function, &mapped.key);
        let scope = format!("{}.{}", key.path, function.name);
        let at = At { names, file: key.file, scope: &scope, locals: &locals };
        let plain = function.body.iter().find_map(|statement| name_set(statement, class));
        let missing = function.body.iter().find_map(|statement| name_where_missing(statement, class));
        Some(match (set.as_slice(), plain, missing) {
            ([], ..) => return None,
            ([_], Some(value), _) => Self { table: of_constant(at.fold(value)), only_missing: false },
            ([_], None, Some(value)) => Self { table: of_constant(at.fold(value)), only_missing: true },
            _ => Self { table: TableOf::Own(Known::Unknown(Why::DynamicExpression)), only_missing: false },
        })
    }
}

/// The value of `cls.__tablename__ = value`.
fn name_set<'e>(statement: &'e Statement, class: &str) -> Option<&'e Expr> {
    let Statement::Assign(assign) = statement else { return None };
    let ExprKind::Member(object, name) = &assign.target.kind else { return None };
    (&**name == "__tablename__" && object.as_name() == Some(class)).then_some(assign.value.as_ref())?
}

/// The same under `if not hasattr(cls, "__tablename__")` or `if "__tablename__" not in cls.__dict__`.
fn name_where_missing<'e>(statement: &'e Statement, class: &str) -> Option<&'e Expr> {
    let Statement::If(branch) = statement else { return None };
    let is_asked = match &branch.test.kind {
        ExprKind::Unary(Operator::Not, asked) => asked.as_call().is_some_and(|call| {
            call.callee.as_name() == Some("hasattr")
                && call.positional().next().and_then(Expr::as_name) == Some(class)
                && call.positional().nth(1).and_then(Expr::as_text) == Some("__tablename__")
        }),
        ExprKind::Binary(Operator::NotIn, name, names) => {
            name.as_text() == Some("__tablename__")
                && matches!(&names.kind, ExprKind::Member(object, name)
                if &**name == "__dict__" && object.as_name() == Some(class))
        }
        _ => false,
    };
    if !is_asked {
        return None;
    }
    branch.then.iter().find_map(|statement| name_set(statement, class))
}

/// Flask-SQLAlchemy's `camel_to_snake_case`.
fn flask_name(class: &str) -> String {
    name::words(class).join("_")
}

/// The schema that `__table_args__` or the base's metadata gives.
pub(super) fn with_schema(name: Known<Box<str>>, schema: Option<Box<str>>) -> Known<TableName> {
    name.map(|name| TableName { schema: schema.filter(|schema| &**schema != "public"), name })
}
