//! Declarative bases and `MetaData()` objects, and whether constraints get names by a convention.
//!
//! Rules: SQLAlchemy 2.0, "Configuring Constraint Naming Conventions"; Flask-SQLAlchemy 3.x, "Custom MetaData and naming
//! conventions".

use std::collections::BTreeMap;

use alignment_model::code::{Call, Expr, ExprKind, Statement};
use alignment_model::entity::EntityKind;
use alignment_model::project::{Metadata, Project};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Known, Span, Why};

use super::build::Built;
use super::mapped::{Mapped, assigned_call};
use crate::python::{Ancestor, Binding, Constant, Names, Target, parent};
use crate::sqlalchemy::At;

/// Adds one entry for each base that holds models, in the order of bases.
pub(super) fn collect(names: &Names<'_>, built: &[Built], project: &mut Project) {
    let mut held: BTreeMap<Option<&DeclarationKey>, Vec<&Built>> = BTreeMap::new();
    for model in built.iter().filter(|model| model.kind == EntityKind::Model) {
        held.entry(model.base.as_ref()).or_default().push(model);
    }
    let assigned = assigned_conventions(names);
    for (base, models) in held {
        let keys: Vec<&DeclarationKey> = models.iter().filter_map(|model| model.key.as_ref()).collect();
        let (Some(example), false) = (models.first(), keys.is_empty()) else { continue };
        let is_sqlmodel = example.is_schema;
        if base.is_none() && !is_sqlmodel {
            continue;
        }
        let name: Box<str> = base.map_or_else(|| "SQLModel".into(), |base| base.path.clone());
        let span = base.and_then(|base| span_of(names, base)).unwrap_or(example.span);
        let has_naming_convention = if assigned.iter().any(|owner| owner.as_ref() == base) {
            Known::Is(true)
        } else {
            // A model may hide the metadata of its base behind a column of that name, which SQLAlchemy refuses.
            let mut told = keys.iter().map(|key| convention(names, base, key));
            told.find(|known| known.why().is_none()).unwrap_or(Known::Unknown(Why::DynamicExpression))
        };
        project.metadata.push(Metadata {
            declaration: base.cloned(),
            name,
            has_naming_convention,
            models: models.len(),
            span,
        });
    }
}

/// The naming convention of a metadata object (`Base.metadata`, `metadata`), as its dictionary; `None` where there is none, or it
/// is not known.
pub(crate) fn naming_convention_of<'a>(
    names: &Names<'a>,
    file: FileId,
    metadata: &'a Expr,
) -> Option<Constant> {
    let found = match &metadata.kind {
        ExprKind::Member(owner, member) if &**member == "metadata" => {
            let target = names.resolve(file, "", owner);
            let key = match &target {
                Target::External(path) if path == "sqlmodel.SQLModel" => None,
                target => Some(target.declaration()?.clone()),
            };
            if let Some((file, value)) = assigned_dictionary(names, key.as_ref()) {
                return Some(At::new(names, file, "").fold(value));
            }
            let key = key?;
            find_metadata(names, Some(&key), &key)
        }
        _ => metadata_in(names, file, "", metadata, 0),
    };
    let Found::Call(file, call) = found else { return None };
    Some(At::new(names, file, "").fold(call.keyword("naming_convention")?))
}

/// The dictionary of `Base.metadata.naming_convention = {...}`, or of `SQLModel.metadata` (`None`).
fn assigned_dictionary<'a>(names: &Names<'a>, owner: Option<&DeclarationKey>) -> Option<(FileId, &'a Expr)> {
    for facts in names.input().facts {
        for statement in &facts.body {
            let Statement::Assign(assign) = statement else { continue };
            let ExprKind::Member(object, name) = &assign.target.kind else { continue };
            let ExprKind::Member(base, metadata) = &object.kind else { continue };
            if &**name != "naming_convention" || &**metadata != "metadata" {
                continue;
            }
            let target = names.resolve(facts.file, "", base);
            let is_owner = match owner {
                None => target.external() == Some("sqlmodel.SQLModel"),
                Some(owner) => target.declaration() == Some(owner),
            };
            if is_owner {
                return Some((facts.file, assign.value.as_ref()?));
            }
        }
    }
    None
}

fn span_of(names: &Names<'_>, base: &DeclarationKey) -> Option<Span> {
    if let Some(class) = names.class(base) {
        return Some(class.name_range.in_file(base.file));
    }
    match names.module(base.file)?.get(&base.path)? {
        Binding::Variable(assign) => Some(assign.target.range.in_file(base.file)),
        _ => None,
    }
}

/// Whether the metadata of a base has a naming convention.
fn convention(names: &Names<'_>, base: Option<&DeclarationKey>, model: &DeclarationKey) -> Known<bool> {
    match find_metadata(names, base, model) {
        Found::Call(file, call) => {
            if call.has_spread() {
                return Known::Unknown(Why::DynamicExpression);
            }
            let given = call.keyword("naming_convention");
            let at = At::new(names, file, "");
            Known::Is(given.is_some_and(|convention| {
                !convention.is_null() && at.fold(convention).truth() != Some(false)
            }))
        }
        Found::Default => Known::Is(false),
        Found::Unknown => Known::Unknown(Why::DynamicExpression),
    }
}

enum Found<'a> {
    /// `MetaData(...)`.
    Call(FileId, &'a Call),
    /// Nothing is given, so SQLAlchemy makes one.
    Default,
    /// Something is given that is not understood.
    Unknown,
}

/// The `MetaData(...)` call of a model's base, if the project makes one.
pub(super) fn metadata_call<'a>(names: &Names<'a>, mapped: &Mapped<'_>) -> Option<(FileId, &'a Call)> {
    match find_metadata(names, mapped.base.as_ref(), &mapped.key) {
        Found::Call(file, call) => Some((file, call)),
        Found::Default | Found::Unknown => None,
    }
}

fn find_metadata<'a>(names: &Names<'a>, base: Option<&DeclarationKey>, model: &DeclarationKey) -> Found<'a> {
    // `metadata = MetaData(...)` on the base or a mixin.
    for attribute in ["metadata", "registry", "__metadata__"] {
        if let Some((owner, Binding::Variable(assign))) = names.attribute(model, attribute)
            && let Some(value) = &assign.value
        {
            return metadata_in(names, owner.file, &owner.path, value, 0);
        }
    }
    for ancestor in &names.hierarchy(model).mro {
        if let Ancestor::Made { call, file, .. } = ancestor {
            return of_maker(names, *file, call);
        }
    }
    // `@as_declarative(metadata=...)`, `@registry.as_declarative_base()`.
    for (key, class) in names.hierarchy(model).classes() {
        for call in class.decorators.iter().filter_map(Expr::as_call) {
            let target = names.resolve(key.file, parent(&key.path), &call.callee);
            if target.external().is_some_and(super::mapped::decorates_bases) {
                return of_maker(names, key.file, call);
            }
        }
    }
    // `db = SQLAlchemy(metadata=...)`, a registry of its own.
    if let Some(base) = base
        && let Some(Binding::Variable(assign)) =
            names.module(base.file).and_then(|scope| scope.get(&base.path))
        && let Some(call) = assign.value.as_ref().and_then(Expr::as_call)
    {
        return of_maker(names, base.file, call);
    }
    Found::Default
}

/// The metadata that is given to what makes a base: `declarative_base(metadata=...)`, `registry(metadata=...)`.
fn of_maker<'a>(names: &Names<'a>, file: FileId, call: &'a Call) -> Found<'a> {
    if let Some(value) = call.keyword("metadata") {
        return metadata_in(names, file, "", value, 0);
    }
    // `Base = mapper_registry.generate_base()`.
    if let ExprKind::Member(object, _) = &call.callee.kind
        && let Some((file, made)) = assigned_call(&names.resolve(file, "", object))
        && let Some(value) = made.keyword("metadata")
    {
        return metadata_in(names, file, "", value, 0);
    }
    if call.has_spread() { Found::Unknown } else { Found::Default }
}

fn metadata_in<'a>(names: &Names<'a>, file: FileId, scope: &str, value: &'a Expr, depth: u8) -> Found<'a> {
    if depth > 4 {
        return Found::Unknown;
    }
    match &value.kind {
        ExprKind::Call(call) => match names.resolve(file, scope, &call.callee).external() {
            Some("sqlalchemy.MetaData") => Found::Call(file, call),
            Some("sqlalchemy.orm.registry") => match call.keyword("metadata") {
                Some(value) => metadata_in(names, file, scope, value, depth + 1),
                None => Found::Default,
            },
            _ => Found::Unknown,
        },
        ExprKind::Name(_) | ExprKind::Member(..) => match names.resolve(file, scope, value) {
            Target::Variable(key, assign) => match &assign.value {
                Some(value) => metadata_in(names, key.file, parent(&key.path), value, depth + 1),
                None => Found::Unknown,
            },
            _ => Found::Unknown,
        },
        _ => Found::Unknown,
    }
}

/// Bases whose convention is assigned afterwards: `Base.metadata.naming_convention = {...}`,
/// `SQLModel.metadata.naming_convention = {...}` (`None`), `SQLModel.metadata = MetaData(naming_convention=...)`.
fn assigned_conventions(names: &Names<'_>) -> Vec<Option<DeclarationKey>> {
    let mut out = Vec::new();
    for facts in names.input().facts {
        for statement in &facts.body {
            let Statement::Assign(assign) = statement else { continue };
            let ExprKind::Member(object, name) = &assign.target.kind else { continue };
            let owner = match (&object.kind, &**name) {
                (ExprKind::Member(owner, metadata), "naming_convention") if &**metadata == "metadata" => {
                    owner
                }
                (_, "metadata") if given_convention(names, facts.file, assign.value.as_ref()) => object,
                _ => continue,
            };
            match names.resolve(facts.file, "", owner) {
                Target::External(path) if path == "sqlmodel.SQLModel" => out.push(None),
                target => out.extend(target.declaration().cloned().map(Some)),
            }
        }
    }
    out
}

fn given_convention(names: &Names<'_>, file: FileId, value: Option<&Expr>) -> bool {
    value.and_then(Expr::as_call).is_some_and(|call| {
        names.resolve(file, "", &call.callee).external() == Some("sqlalchemy.MetaData")
            && call.keyword("naming_convention").is_some()
    })
}
