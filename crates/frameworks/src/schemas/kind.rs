//! What sort of schema a class is, by what it descends from and what decorates it.
//!
//! Deliberately absent: plain classes and protocols, which declare no wire form, and named tuples, which travel as arrays.

use alignment_model::code::{Class, Expr};
use alignment_model::shape::{DeclarationKey, Shape};

use crate::python::{Hierarchy, Names, enums, parent};

/// What sort of schema a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A Pydantic model, or an SQLModel class without a table.
    Model,
    /// An SQLModel class with a table.
    TableModel,
    /// A settings class.
    Settings,
    /// A standard or Pydantic dataclass.
    Dataclass,
    /// A typed dictionary.
    TypedDict,
    /// A msgspec struct.
    Struct,
    /// An attrs class.
    Attrs,
    /// An enumeration.
    Enum,
}

impl Kind {
    /// Whether Pydantic's rules for models hold.
    pub(super) fn is_pydantic(self) -> bool {
        matches!(self, Kind::Model | Kind::TableModel | Kind::Settings)
    }
}

/// Base classes outside the repository that make a Pydantic model.
const MODEL_BASES: &[&str] = &[
    "pydantic.BaseModel",
    "pydantic.RootModel",
    "pydantic.generics.GenericModel",
    "sqlmodel.SQLModel",
    // pydantic-duality 2, "Usage": a `BaseModel` with one twin for requests and one for responses, fields alike.
    "pydantic_duality.DualBaseModel",
    "pydantic_duality.generate_dual_base_model",
];

/// Base classes outside the repository that make a settings class (Pydantic 2 moved it to a package of its own).
const SETTINGS_BASES: &[&str] =
    &["pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.env_settings.BaseSettings"];

/// A model that a package defines for projects to inherit.
pub(super) struct PackageModel {
    /// Dotted path.
    pub(super) path: &'static str,
    /// Its fields in order: name, shape, whether null is legal, default. [`Shape::Any`] is what the model's only type
    /// parameter stands for.
    pub(super) fields: &'static [(&'static str, Shape, bool, Option<PackageDefault>)],
}

/// A default of a package's field.
#[derive(Clone, Copy)]
pub(super) enum PackageDefault {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
}

/// Models of packages that projects inherit fields from.
const PACKAGE_MODELS: &[PackageModel] = &[
    // fastapi-users 14, `fastapi_users/schemas.py`.
    PackageModel {
        path: "fastapi_users.schemas.BaseUser",
        fields: &[
            ("id", Shape::Any, false, None),
            ("email", Shape::Text, false, None),
            ("is_active", Shape::Bool, false, Some(PackageDefault::Bool(true))),
            ("is_superuser", Shape::Bool, false, Some(PackageDefault::Bool(false))),
            ("is_verified", Shape::Bool, false, Some(PackageDefault::Bool(false))),
        ],
    },
    PackageModel {
        path: "fastapi_users.schemas.BaseUserCreate",
        fields: &[
            ("email", Shape::Text, false, None),
            ("password", Shape::Text, false, None),
            ("is_active", Shape::Bool, true, Some(PackageDefault::Bool(true))),
            ("is_superuser", Shape::Bool, true, Some(PackageDefault::Bool(false))),
            ("is_verified", Shape::Bool, true, Some(PackageDefault::Bool(false))),
        ],
    },
    PackageModel {
        path: "fastapi_users.schemas.BaseUserUpdate",
        fields: &[
            ("password", Shape::Text, true, Some(PackageDefault::None)),
            ("email", Shape::Text, true, Some(PackageDefault::None)),
            ("is_active", Shape::Bool, true, Some(PackageDefault::None)),
            ("is_superuser", Shape::Bool, true, Some(PackageDefault::None)),
            ("is_verified", Shape::Bool, true, Some(PackageDefault::None)),
        ],
    },
];

/// The model of a package with this dotted path.
pub(super) fn package_model(path: &str) -> Option<&'static PackageModel> {
    PACKAGE_MODELS.iter().find(|model| model.path == path)
}

/// A dotted path without the compatibility layer of Pydantic 2: `pydantic.v1.BaseModel` is Pydantic 1's `BaseModel`.
pub(super) fn without_v1(path: &str) -> std::borrow::Cow<'_, str> {
    match path.strip_prefix("pydantic.v1.") {
        Some(rest) => {
            let name = rest.rsplit('.').next().unwrap_or(rest);
            format!("pydantic.{name}").into()
        }
        None => path.into(),
    }
}

/// Whether the name is one of Pydantic's (or of a package that builds on it), and which.
pub(super) fn pydantic_name(path: &str) -> Option<&str> {
    let (module, name) = path.rsplit_once('.')?;
    let package = module.split('.').next()?;
    matches!(package, "pydantic" | "sqlmodel" | "pydantic_settings").then_some(name)
}

/// What sort of schema a class is; `None` if it is none.
pub(super) fn kind(names: &Names<'_>, key: &DeclarationKey, class: &Class) -> Option<Kind> {
    let hierarchy = names.hierarchy(key);
    if enums::is_enum(hierarchy) {
        return Some(Kind::Enum);
    }
    if descends(hierarchy, SETTINGS_BASES) {
        return Some(Kind::Settings);
    }
    if is_model(hierarchy) {
        let table = hierarchy.classes().find_map(|(_, class)| class.keyword("table")?.as_bool());
        return Some(if table == Some(true) { Kind::TableModel } else { Kind::Model });
    }
    if hierarchy.externals().any(|path| path == "typing.TypedDict") {
        return Some(Kind::TypedDict);
    }
    if hierarchy.externals().any(|path| path == "msgspec.Struct") {
        return Some(Kind::Struct);
    }
    class.decorators.iter().find_map(|decorator| decorated(names, key, decorator))
}

/// Whether Pydantic's metaclass makes the class.
pub(super) fn is_model(hierarchy: &Hierarchy<'_>) -> bool {
    descends(hierarchy, MODEL_BASES)
        || descends(hierarchy, SETTINGS_BASES)
        || hierarchy.externals().any(|path| package_model(path).is_some())
}

fn descends(hierarchy: &Hierarchy<'_>, bases: &[&str]) -> bool {
    hierarchy.externals().any(|path| bases.contains(&&*without_v1(path)))
}

/// What a decorator makes of a class.
fn decorated(names: &Names<'_>, key: &DeclarationKey, decorator: &Expr) -> Option<Kind> {
    let callee = decorator.as_call().map_or(decorator, |call| &call.callee);
    let scope = parent(&key.path);
    match names.resolve(key.file, scope, callee).external()? {
        "dataclasses.dataclass" | "pydantic.dataclasses.dataclass" => Some(Kind::Dataclass),
        "attr.s" | "attr.attrs" | "attr.dataclass" | "attr.define" | "attr.mutable" | "attr.frozen"
        | "attrs.define" | "attrs.mutable" | "attrs.frozen" => Some(Kind::Attrs),
        _ => None,
    }
}

/// Whether a base class outside the repository is known to add no field.
pub(super) fn adds_no_field(path: &str) -> bool {
    let path = without_v1(path);
    let module = path.split('.').next().unwrap_or(&path);
    matches!(
        module,
        "builtins" | "typing" | "abc" | "enum" | "collections" | "pydantic" | "pydantic_settings"
    ) || MODEL_BASES.contains(&&*path)
        || path == "msgspec.Struct"
        || package_model(&path).is_some()
}
