//! `Mapped[...]` -> nullability, the column that `Annotated` carries, and the database type of an annotation alone.
//!
//! Rules: SQLAlchemy 2.0, "ORM Mapped Class Configuration", "Customizing the Type Map", "Mapping Multiple Type Configurations to
//! Python Types", "Using Python Enum or pep-586 Literal types in the type map", "Nullability derives from the Annotation";
//! `orm/properties.py`, `MappedColumn._init_column_for_annotation`.

use std::collections::HashMap;

use alignment_model::FileId;
use alignment_model::code::{Expr, ExprKind, Literal, MapEntry, Operator};
use alignment_model::entity::SqlType;
use alignment_model::shape::{DeclarationKey, Shape};
use alignment_model::{Known, Why};

use super::alias::unfold;
use super::mapped::assigned_call;
use crate::python::annotations::{Annotation, Annotations, Place, Qualifier, text};
use crate::python::{Ancestor, Binding, Names, Target, parent};
use crate::sqlalchemy::columns::ColumnCall;
use crate::sqlalchemy::types::ColumnType;
use crate::sqlalchemy::{At, columns, types};

/// What the annotation of an attribute says.
pub(super) struct MappedAnnotation {
    /// What it means, without `Mapped` around it.
    pub(super) meaning: Annotation,
    /// What stands inside `Mapped[...]`; the whole annotation without one.
    pub(super) inner: Expr,
    /// Whether it is `Mapped[...]` or one of its kin.
    pub(super) is_mapped: bool,
    /// The class of `Mapped`: `Mapped`, `DynamicMapped`, `WriteOnlyMapped`.
    pub(super) wrapper: Option<String>,
}

/// Reads the annotation of an attribute that stands at `at`.
pub(super) fn read(
    annotations: &Annotations<'_, '_>,
    at: At<'_, '_, '_>,
    bindings: &[(Box<str>, Shape)],
    annotation: &Expr,
) -> MappedAnnotation {
    let whole = unquoted(annotation);
    let place = Place { file: at.file, scope: at.scope, bindings };
    let meaning = annotations.read(place, &whole);
    let is_mapped = meaning.qualifiers.contains(&Qualifier::Mapped);
    let (wrapper, inner) = match &whole.kind {
        ExprKind::Index(wrapper, inner) if is_mapped => {
            (at.resolve(wrapper).external().map(str::to_owned), unquoted(inner))
        }
        _ => (None, whole.clone()),
    };
    MappedAnnotation { meaning, inner, is_mapped, wrapper }
}

/// An annotation in quotes as the expression it spells.
fn unquoted(annotation: &Expr) -> Expr {
    match annotation.as_text() {
        Some(quoted) => text::parse(quoted, annotation.range).unwrap_or_else(|| annotation.clone()),
        None => annotation.clone(),
    }
}

/// The `mapped_column(...)` that `Annotated` carries. SQLAlchemy takes the first one; where the base has a metaclass of the
/// project's own, its reason is to take them all.
pub(super) fn carried_column(at: At<'_, '_, '_>, inner: &Expr, all: bool) -> Option<ColumnCall> {
    let unfolded = unfold(at, inner);
    let mut columns = unfolded.metadata.iter().filter_map(|metadata| {
        let call = metadata.expr.as_call()?;
        let at = At::new(at.names, metadata.file, &metadata.scope);
        let path = at.callee(call)?;
        columns::is_column(&path).then(|| columns::read(at, call, metadata.expr.range))
    });
    let first = columns.next()?;
    Some(if all { columns.fold(first, ColumnCall::over) } else { first })
}

/// Database types by the annotation they stand for: `type_annotation_map`.
#[derive(Default)]
pub(super) struct TypeMap<'a> {
    entries: HashMap<String, (FileId, String, &'a Expr)>,
}

impl<'a> TypeMap<'a> {
    /// The map that is in force for a class: on its base, on its registry, or given to the call that makes the base.
    pub(super) fn of_class(names: &Names<'a>, key: &DeclarationKey) -> Self {
        let mut map = TypeMap::default();
        if let Some((owner, Binding::Variable(assign))) = names.attribute(key, "type_annotation_map")
            && let Some(value) = &assign.value
        {
            map.read(names, owner.file, &owner.path, value, 0);
        }
        if let Some((owner, Binding::Variable(assign))) = names.attribute(key, "registry")
            && let Some(call) = assign.value.as_ref().and_then(Expr::as_call)
            && let Some(value) = call.keyword("type_annotation_map")
        {
            map.read(names, owner.file, &owner.path, value, 0);
        }
        for ancestor in &names.hierarchy(key).mro {
            match ancestor {
                Ancestor::Made { call, file, .. } => {
                    if let Some(value) = call.keyword("type_annotation_map") {
                        map.read(names, *file, "", value, 0);
                    }
                    // `Base = mapper_registry.generate_base()`.
                    if let ExprKind::Member(object, _) = &call.callee.kind
                        && let Some((file, made)) = assigned_call(&names.resolve(*file, "", object))
                        && let Some(value) = made.keyword("type_annotation_map")
                    {
                        map.read(names, file, "", value, 0);
                    }
                }
                Ancestor::Class { class, key, .. } => {
                    for decorator in &class.decorators {
                        let decorator = decorator.as_call().map_or(decorator, |call| &call.callee);
                        if let ExprKind::Member(object, _) = &decorator.kind
                            && let Some((file, made)) =
                                assigned_call(&names.resolve(key.file, parent(&key.path), object))
                            && let Some(value) = made.keyword("type_annotation_map")
                        {
                            map.read(names, file, "", value, 0);
                        }
                    }
                }
                _ => {}
            }
        }
        map
    }

    fn read(&mut self, names: &Names<'a>, file: FileId, scope: &str, value: &'a Expr, depth: u8) {
        if depth > 4 {
            return;
        }
        let at = At::new(names, file, scope);
        match &value.kind {
            ExprKind::Map(entries) => {
                for entry in entries {
                    match entry {
                        MapEntry::Pair(key, ty) => {
                            if let Some(key) = identity(at, key, 0) {
                                self.entries.entry(key).or_insert((file, scope.to_owned(), ty));
                            }
                        }
                        MapEntry::Spread(inner) => self.read(names, file, scope, inner, depth + 1),
                        MapEntry::Method(_) => {}
                    }
                }
            }
            ExprKind::Name(_) | ExprKind::Member(..) => {
                if let Target::Variable(key, assign) = at.resolve(value)
                    && let Some(value) = &assign.value
                {
                    self.read(names, key.file, parent(&key.path), value, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// The database type of an annotation: the map first, then what SQLAlchemy knows of Python's own types.
    pub(super) fn resolve(&self, at: At<'_, 'a, '_>, annotation: &MappedAnnotation) -> ColumnType {
        let written = at.written(&annotation.inner);
        for candidate in unfold(at, &annotation.inner).candidates {
            if let Some(ty) = self.mapped(at.names, &candidate) {
                return ColumnType { written, ..ty };
            }
        }
        if let Some(ty) = self.by_ancestor(at, annotation) {
            return ColumnType { written, ..ty };
        }
        ColumnType { written, ..of_shape(at, &annotation.meaning.shape) }
    }

    fn mapped(&self, names: &Names<'a>, key: &str) -> Option<ColumnType> {
        let (file, scope, ty) = self.entries.get(key)?;
        Some(types::read(At::new(names, *file, scope), ty))
    }

    /// A class whose ancestor is in the map. For `enum.Enum` the type is made anew for each enumeration.
    fn by_ancestor(&self, at: At<'_, 'a, '_>, annotation: &MappedAnnotation) -> Option<ColumnType> {
        if self.entries.is_empty() {
            return None;
        }
        let Shape::Enum(shape) = &annotation.meaning.shape else {
            let names = unfold(at, &annotation.inner).candidates;
            let class = names.iter().find_map(|name| name.strip_prefix('#'))?;
            let (file, path) = class.split_once(':')?;
            let key = DeclarationKey { file: FileId::new(file.parse().ok()?), path: path.into() };
            let hierarchy = at.names.hierarchy(&key);
            return hierarchy.externals().find_map(|path| self.mapped(at.names, path));
        };
        let key = shape.target.as_ref()?;
        let parents = at.names.hierarchy(key);
        // Any other type stands for exactly the class it is given for (`TypeEngine._resolve_for_python_type`): `{str: Text}` says
        // nothing about a `class Tone(str, Enum)`.
        let mut of_enums = parents.externals().filter(|path| path.starts_with("enum."));
        let (file, scope, ty) = of_enums.find_map(|path| self.entries.get(path))?;
        Some(crate::sqlalchemy::enums::like(At::new(at.names, *file, scope), ty, key))
    }
}

/// Whether the annotation makes the column nullable. `Any` admits None and does not: SQLAlchemy asks whether the annotation names it
/// (2.0.20 to 2.1, `util/typing.py`, `includes_none`).
pub(super) fn nullable(at: At<'_, '_, '_>, annotation: &MappedAnnotation) -> Known<bool> {
    match annotation.meaning.shape {
        Shape::Any if is_only_any(at, &annotation.inner, 0) => Known::Is(false),
        _ => annotation.meaning.nullable,
    }
}

/// Whether an annotation is `Any` and names no `None` beside it.
fn is_only_any(at: At<'_, '_, '_>, expr: &Expr, depth: u8) -> bool {
    if depth > 8 {
        return false;
    }
    match &expr.kind {
        ExprKind::Index(base, arguments) if at.resolve(base).external() == Some("typing.Annotated") => {
            match &arguments.kind {
                ExprKind::Tuple(items) => items.first().is_some_and(|it| is_only_any(at, it, depth + 1)),
                _ => false,
            }
        }
        ExprKind::Name(_) | ExprKind::Member(..) => match at.resolve(expr) {
            Target::External(path) => path == "typing.Any",
            Target::Variable(key, assign) => assign.value.as_ref().is_some_and(|value| {
                is_only_any(At::new(at.names, key.file, parent(&key.path)), value, depth + 1)
            }),
            _ => false,
        },
        _ => false,
    }
}

/// `X` of `Optional[X]`, `X | None`, `Union[X, None]`.
pub(super) fn without_none<'e>(at: At<'_, '_, '_>, expr: &'e Expr) -> Option<&'e Expr> {
    match &expr.kind {
        ExprKind::Binary(Operator::Or, left, right) if right.is_null() => Some(left),
        ExprKind::Binary(Operator::Or, left, right) if left.is_null() => Some(right),
        ExprKind::Index(base, argument) => match at.resolve(base).external()? {
            "typing.Optional" => Some(argument),
            "typing.Union" => match &argument.kind {
                ExprKind::Tuple(items) => match items.as_slice() {
                    [one, none] if none.is_null() => Some(one),
                    [none, one] if none.is_null() => Some(one),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// One text per type, equal for types that Python finds equal: dotted paths of packages, `#file:path` for what the repository
/// declares.
pub(super) fn identity(at: At<'_, '_, '_>, expr: &Expr, depth: u8) -> Option<String> {
    if depth > 16 {
        return None;
    }
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Member(..) => match at.resolve(expr) {
            Target::External(path) => Some(builtin_generic(&path)),
            Target::Class(key, _) | Target::Alias(key, _) => Some(declared(&key)),
            Target::Variable(key, assign) => match &assign.value {
                // An alias of a type is that type; a `NewType` and anything else made by a call is its own.
                Some(value) if matches!(value.kind, ExprKind::Index(..) | ExprKind::Binary(..)) => {
                    identity(At::new(at.names, key.file, parent(&key.path)), value, depth + 1)
                }
                _ => Some(declared(&key)),
            },
            _ => None,
        },
        ExprKind::Index(base, arguments) => {
            let base_name = identity(at, base, depth + 1)?;
            let items = match &arguments.kind {
                ExprKind::Tuple(items) => items.as_slice(),
                _ => std::slice::from_ref(&**arguments),
            };
            let mut parts = Vec::new();
            for (position, item) in items.iter().enumerate() {
                let is_type =
                    base_name != "typing.Literal" && !(base_name == "typing.Annotated" && position > 0);
                let part = if is_type { identity(at, item, depth + 1)? } else { at.written(item).into() };
                parts.push(part);
            }
            Some(format!("{base_name}[{}]", parts.join(",")))
        }
        ExprKind::Binary(Operator::Or, left, right) => {
            let mut parts = [identity(at, left, depth + 1)?, identity(at, right, depth + 1)?];
            parts.sort();
            Some(parts.join("|"))
        }
        ExprKind::Literal(Literal::Null) => Some("None".to_owned()),
        ExprKind::Literal(Literal::Text(quoted)) => {
            identity(at, &text::parse(quoted, expr.range)?, depth + 1)
        }
        ExprKind::List(items) => {
            let parts = items.iter().map(|item| identity(at, item, depth + 1)).collect::<Option<Vec<_>>>()?;
            Some(format!("[{}]", parts.join(",")))
        }
        _ => Some(at.written(expr).into()),
    }
}

fn declared(key: &DeclarationKey) -> String {
    format!("#{}:{}", key.file.index(), key.path)
}

/// `typing.Dict` and `dict` are written for each other.
fn builtin_generic(path: &str) -> String {
    match path {
        "typing.Dict" => "builtins.dict".to_owned(),
        "typing.List" => "builtins.list".to_owned(),
        "typing.Set" => "builtins.set".to_owned(),
        "typing.Tuple" => "builtins.tuple".to_owned(),
        other => other.to_owned(),
    }
}

/// What SQLAlchemy makes of a Python type without a map of the project's own (`sql/sqltypes.py`, `_type_map`).
pub(super) fn of_shape(at: At<'_, '_, '_>, shape: &Shape) -> ColumnType {
    let plain = |sql| ColumnType::of_sql("".into(), sql);
    match shape {
        Shape::Int(_) => plain(SqlType::new("int4")),
        Shape::Float => plain(SqlType::new("float8")),
        Shape::Bool => plain(SqlType::new("bool")),
        Shape::Uuid => plain(SqlType::new("uuid")),
        Shape::Decimal => plain(SqlType::new("numeric")),
        Shape::Date => plain(SqlType::new("date")),
        Shape::DateTime(_) => plain(SqlType::new("timestamp")),
        Shape::Time => plain(SqlType::new("time")),
        Shape::Duration => plain(SqlType::new("interval")),
        Shape::Bytes => plain(SqlType::new("bytea")),
        Shape::Text => plain(SqlType::new("varchar")),
        Shape::Enum(shape) => match &shape.target {
            Some(key) => crate::sqlalchemy::enums::of_class(at, key, true),
            None => ColumnType::unknown("".into(), Why::ExternalName),
        },
        Shape::Literals(values) => {
            let longest = values.iter().map(|value| value.plain().chars().count()).max().unwrap_or(0);
            let sql = SqlType::with("varchar", [u32::try_from(longest).unwrap_or(u32::MAX)]);
            ColumnType { shape: shape.clone(), ..plain(sql) }
        }
        Shape::Unknown(why) => ColumnType::unknown("".into(), *why),
        _ => ColumnType {
            written: "".into(),
            sql: Known::Unknown(Why::UnsupportedConstruct),
            shape: Shape::Unknown(Why::UnsupportedConstruct),
            python: Some(shape.clone()),
            labels: None,
        },
    }
}
