//! Which classes are mapped, to which base, and whose table they share.
//!
//! Rules: SQLAlchemy 2.0, "Declarative Mapping Styles", "Mapping Class Inheritance Hierarchies" and
//! `orm/decl_base.py` (`_ClassScanMapperConfig`); Flask-SQLAlchemy 3.x, "Models and Tables"; SQLModel 0.0.x, "Tables".
//!
//! Deliberately absent: classical mapping of classes by code that runs in a function.

use std::collections::HashMap;

use alignment_model::FileId;
use alignment_model::code::{Call, Class, Expr, ExprKind};
use alignment_model::shape::DeclarationKey;

use crate::python::packages::Locked;
use crate::python::{Ancestor, Binding, Constant, Names, Target, parent};
use crate::sqlalchemy::At;

/// A mapped class.
pub(super) struct Mapped<'a> {
    pub(super) key: DeclarationKey,
    pub(super) class: &'a Class,
    pub(super) style: Style,
    /// The class or variable that holds the registry and metadata, where it is in the repository.
    pub(super) base: Option<DeclarationKey>,
    /// The nearest mapped ancestor, by position.
    pub(super) parent: Option<usize>,
}

/// How a class declares its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// SQLAlchemy's declarative mapping.
    Declarative,
    /// Flask-SQLAlchemy: declarative with table names of its own making.
    Flask,
    /// SQLModel: Pydantic fields become columns.
    SqlModel,
    /// The base comes from a package that is not known; the class declares a table and columns.
    ByContent,
}

/// All mapped classes, by file and place.
pub(super) struct Models<'a> {
    pub(super) all: Vec<Mapped<'a>>,
    pub(super) by_key: HashMap<DeclarationKey, usize>,
    /// The versions of SQLModel in use.
    pub(super) sqlmodel: Locked,
}

/// Where a hierarchy says that its classes are mapped.
struct Root {
    style: Style,
    base: Option<DeclarationKey>,
}

/// Classes of packages that make their direct subclass a declarative base.
const BASE_MAKERS: &[&str] = &["sqlalchemy.orm.DeclarativeBase", "sqlalchemy.orm.DeclarativeBaseNoMeta"];

/// Calls that make a declarative base.
const MADE_BASES: &[&str] = &[
    "sqlalchemy.orm.declarative_base",
    "sqlalchemy.orm.registry.generate_base",
    "sqlalchemy.ext.automap.automap_base",
    "flask_appbuilder.Model",
];

/// Base class of Flask-SQLAlchemy models.
pub(super) const FLASK_MODEL: &str = "flask_sqlalchemy.SQLAlchemy.Model";

impl<'a> Models<'a> {
    /// Finds the mapped classes of a project.
    pub(super) fn find(names: &Names<'a>) -> Self {
        let mut all = Vec::new();
        for (key, class) in names.classes() {
            if let Some(root) = role(names, key, class) {
                all.push(Mapped {
                    key: key.clone(),
                    class,
                    style: root.style,
                    base: root.base,
                    parent: None,
                });
            }
        }
        let by_key: HashMap<DeclarationKey, usize> =
            all.iter().enumerate().map(|(at, mapped)| (mapped.key.clone(), at)).collect();
        for mapped in &mut all {
            let ancestors = names.hierarchy(&mapped.key).classes().skip(1);
            mapped.parent = ancestors.filter_map(|(key, _)| by_key.get(key)).next().copied();
        }
        Self { all, by_key, sqlmodel: Locked::new(names.input(), "sqlmodel") }
    }
}

/// The root of a class that is mapped; `None` for any other class, for bases and for abstract classes.
fn role(names: &Names<'_>, key: &DeclarationKey, class: &Class) -> Option<Root> {
    if let Some(root) = registered(names, key, class) {
        return Some(root);
    }
    if is_base(names, key, class) || is_abstract(names, key) {
        return None;
    }
    match root_of(names, key) {
        Some(Root { style: Style::SqlModel, base }) => {
            let table = class.keyword("table").map(|table| names.fold(key.file, parent(&key.path), table));
            (table == Some(Constant::Bool(true))).then_some(Root { style: Style::SqlModel, base })
        }
        Some(root) => Some(root),
        None => declares_table(names, key).then_some(Root { style: Style::ByContent, base: None }),
    }
}

/// `@mapper_registry.mapped`, `@reg.mapped_as_dataclass(...)`: the class is mapped as it stands.
fn registered(names: &Names<'_>, key: &DeclarationKey, class: &Class) -> Option<Root> {
    class.decorators.iter().find_map(|decorator| {
        let decorator = decorator.as_call().map_or(decorator, |call| &call.callee);
        let ExprKind::Member(object, _) = &decorator.kind else { return None };
        let path = names.resolve(key.file, parent(&key.path), decorator).external()?.to_owned();
        let mapped = matches!(
            path.as_str(),
            "sqlalchemy.orm.registry.mapped" | "sqlalchemy.orm.registry.mapped_as_dataclass"
        );
        let base = names.resolve(key.file, parent(&key.path), object).declaration().cloned();
        mapped.then_some(Root { style: Style::Declarative, base })
    })
}

/// Whether a class is itself a declarative base.
fn is_base(names: &Names<'_>, key: &DeclarationKey, class: &Class) -> bool {
    let scope = parent(&key.path);
    let resolved = |expr: &Expr| names.resolve(key.file, scope, expr).external().map(str::to_owned);
    class
        .positional_bases()
        .any(|base| resolved(base).is_some_and(|path| BASE_MAKERS.contains(&path.as_str())))
        || class.decorators.iter().any(|decorator| {
            let decorator = decorator.as_call().map_or(decorator, |call| &call.callee);
            resolved(decorator).as_deref().is_some_and(decorates_bases)
        })
        || class
            .keyword("metaclass")
            .is_some_and(|metaclass| resolved(metaclass).as_deref() == Some("sqlalchemy.orm.DeclarativeMeta"))
}

/// Whether a dotted path is a decorator that makes a class a declarative base.
pub(super) fn decorates_bases(path: &str) -> bool {
    matches!(path, "sqlalchemy.orm.as_declarative" | "sqlalchemy.orm.registry.as_declarative_base")
}

/// `__abstract__ = True` in the class's own body.
fn is_abstract(names: &Names<'_>, key: &DeclarationKey) -> bool {
    match names.class_scope(key).and_then(|scope| scope.get("__abstract__")) {
        Some(Binding::Variable(assign)) => assign
            .value
            .as_ref()
            .is_some_and(|value| names.fold(key.file, &key.path, value).truth() == Some(true)),
        _ => false,
    }
}

/// The declarative base above a class.
fn root_of(names: &Names<'_>, key: &DeclarationKey) -> Option<Root> {
    names.hierarchy(key).mro.iter().skip(1).find_map(|ancestor| match ancestor {
        Ancestor::Class { key, class, .. } => {
            is_base(names, key, class).then(|| Root { style: Style::Declarative, base: Some(key.clone()) })
        }
        Ancestor::Made { callee, variable, .. } if callee == FLASK_MODEL => {
            Some(Root { style: Style::Flask, base: variable.clone() })
        }
        Ancestor::Made { callee, variable, .. } => MADE_BASES
            .contains(&callee.as_str())
            .then(|| Root { style: Style::Declarative, base: variable.clone() }),
        Ancestor::External { path, written_in, .. } => match path.as_str() {
            FLASK_MODEL => Some(Root { style: Style::Flask, base: extension(names, written_in) }),
            "sqlmodel.SQLModel" => Some(Root { style: Style::SqlModel, base: None }),
            _ => None,
        },
        Ancestor::Unknown { .. } => None,
    })
}

/// The variable `db` of a class that inherits from `db.Model`.
fn extension(names: &Names<'_>, class: &DeclarationKey) -> Option<DeclarationKey> {
    names.class(class)?.positional_bases().find_map(|base| match &base.kind {
        ExprKind::Member(object, name) if &**name == "Model" => {
            names.resolve(class.file, parent(&class.path), object).declaration().cloned()
        }
        _ => None,
    })
}

/// A class that names a table and has columns, under a base that is not known.
fn declares_table(names: &Names<'_>, key: &DeclarationKey) -> bool {
    let hierarchy = names.hierarchy(key);
    let outside =
        hierarchy.externals().any(|path| !path.starts_with("typing.") && !path.starts_with("builtins."));
    if !outside && !hierarchy.has_unknown() {
        return false;
    }
    let Some(scope) = names.class_scope(key) else { return false };
    let Some(Binding::Variable(table)) = scope.get("__tablename__") else { return false };
    let named =
        table.value.as_ref().is_some_and(|name| names.fold(key.file, &key.path, name).text().is_some());
    let at = At::new(names, key.file, &key.path);
    named
        && scope.iter().any(|(_, binding)| match binding {
            Binding::Variable(assign) => assign
                .value
                .as_ref()
                .and_then(Expr::as_call)
                .and_then(|call| at.callee(call))
                .is_some_and(|path| crate::sqlalchemy::columns::is_column(&path)),
            _ => false,
        })
}

/// The call that a variable of the project is assigned, with the file it stands in.
pub(super) fn assigned_call<'a>(target: &Target<'a>) -> Option<(FileId, &'a Call)> {
    match target {
        Target::Variable(key, assign) => Some((key.file, assign.value.as_ref()?.as_call()?)),
        _ => None,
    }
}
