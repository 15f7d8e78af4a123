//! Relationships: what they point at, whether they hold one object or many, and the attribute that `backref` makes in the other class.
//!
//! Rules: SQLAlchemy 2.0, "Basic Relationship Patterns", "Using the legacy 'backref' relationship parameter", "Late-Evaluation of
//! Relationship Arguments".

use alignment_model::code::{Call, Expr, ExprKind, Statement};
use alignment_model::entity::{DeclaredType, Field, FieldKind, Presence};
use alignment_model::shape::{DeclarationKey, Shape, TypeRef};
use alignment_model::{Known, TextRange};

use super::annotated::MappedAnnotation;
use super::attributes::Attribute;
use super::fields::{Attribution, Reader};
use crate::python::annotations::text;
use crate::python::{Constant, Target};
use crate::sqlalchemy::At;

/// What a relationship says, before its target is looked up.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// The class it points at.
    pub(super) target: RelationTarget,
    /// One object or many, where the declaration says it.
    pub(super) many: Option<bool>,
    /// It goes through a table between (`secondary=`): many.
    pub(super) secondary: bool,
    /// `remote_side=`: it points from the many to the one within one table.
    pub(super) remote_side: bool,
    /// Attributes of the foreign key, where they are named.
    pub(super) foreign_keys: Vec<Box<str>>,
    /// The attribute that appears in the other class: its name, and whether it holds many, where said.
    pub(super) backref: Option<(Box<str>, Option<bool>)>,
    /// Whether the annotation admits `None`; not known without one.
    pub(super) nullable: Option<Known<bool>>,
}

/// The class a relationship points at.
#[derive(Clone, Debug)]
pub(super) enum RelationTarget {
    /// A class of the repository.
    Class(DeclarationKey),
    /// A class by its name in the registry, as written: `User`, `app.models.User`.
    Named(Box<str>),
    /// Nothing says it.
    Unknown,
}

/// Reads a relationship.
pub(super) fn read<'a>(
    reader: &Reader<'_, '_, 'a>,
    at: At<'_, 'a, '_>,
    attribute: &Attribute<'_>,
    range: TextRange,
    call: Option<&Call>,
    annotation: Option<&MappedAnnotation>,
) -> Attribution {
    let argument = call.and_then(|call| call.keyword("argument").or_else(|| call.positional().next()));
    let annotated = annotation.map(|annotation| of_shape(&annotation.meaning.shape));
    let mut relation = Relation {
        target: argument.map_or(RelationTarget::Unknown, |argument| target(at, argument, 0)),
        many: annotated.as_ref().and_then(|annotated| annotated.many),
        secondary: call
            .is_some_and(|call| call.keyword("secondary").is_some() || call.keyword("link_model").is_some()),
        remote_side: call.is_some_and(|call| call.keyword("remote_side").is_some()),
        foreign_keys: call
            .and_then(|call| call.keyword("foreign_keys"))
            .map_or_else(Vec::new, |keys| columns(at, keys)),
        backref: call.and_then(|call| call.keyword("backref")).and_then(|backref| read_backref(at, backref)),
        nullable: annotation
            .filter(|_| annotated.as_ref().is_some_and(|a| a.many == Some(false)))
            .map(|a| a.meaning.nullable),
    };
    // An annotation without `Mapped` says nothing to SQLAlchemy itself, but its reader means it.
    if matches!(relation.target, RelationTarget::Unknown)
        && let (Some(annotated), Some(annotation)) = (annotated, annotation)
    {
        relation.target = match annotated.target {
            Some(key) => RelationTarget::Class(key),
            None => named_in(&annotation.inner, 0).map_or(RelationTarget::Unknown, RelationTarget::Named),
        };
        relation.many = relation.many.or_else(|| is_many(at, &annotation.inner));
    }
    if annotation
        .and_then(|annotation| annotation.wrapper.as_deref())
        .is_some_and(|w| w != "sqlalchemy.orm.Mapped")
    {
        relation.many = Some(true);
    }
    // `Mapped[list]` names no collection to SQLAlchemy: without a subscript the attribute holds one object.
    if annotation.is_some_and(|annotation| {
        annotation.wrapper.as_deref() == Some("sqlalchemy.orm.Mapped") && is_bare(&annotation.inner)
    }) {
        relation.many = relation.many.map(|_| false);
    }
    if let Some(uselist) = call.and_then(|call| uselist(at, call)) {
        relation.many = Some(uselist);
    }
    let field = Field::new(attribute.name, FieldKind::Relationship, range.in_file(attribute.owner.file));
    let written = match (annotation, argument) {
        (Some(annotation), _) => at.written(&annotation.inner),
        (None, Some(argument)) => at.written(argument),
        (None, None) => "".into(),
    };
    let mut field = reader.declared_in(field, attribute);
    field.ty.written = written;
    field.presence = Known::Is(Presence::Defaulted);
    Attribution { relation: Some(relation), ..Attribution::plain(field) }
}

/// A plain name, as against `list["User"]` and `User | None`.
fn is_bare(inner: &Expr) -> bool {
    matches!(inner.kind, ExprKind::Name(_) | ExprKind::Member(..))
}

fn uselist(at: At<'_, '_, '_>, call: &Call) -> Option<bool> {
    let direct = call.keyword("uselist").and_then(|value| at.fold(value).truth());
    let passed = call.keyword("sa_relationship_kwargs").and_then(|kwargs| match at.fold(kwargs) {
        Constant::Map(entries) => {
            entries.iter().find(|(key, _)| key.text() == Some("uselist")).and_then(|(_, value)| value.truth())
        }
        _ => None,
    });
    // `lazy="dynamic"` gives a query over many.
    let dynamic = call.keyword("lazy").and_then(|lazy| at.fold(lazy).text().map(|lazy| lazy == "dynamic"));
    direct.or(passed).or(dynamic.filter(|dynamic| *dynamic))
}

/// What the shape of an annotation says.
struct Annotated {
    target: Option<DeclarationKey>,
    many: Option<bool>,
}

fn of_shape(shape: &Shape) -> Annotated {
    match shape {
        Shape::Ref(TypeRef { target, .. }) => Annotated { target: target.clone(), many: Some(false) },
        Shape::List(element) => match &**element {
            Shape::Ref(TypeRef { target, .. }) => Annotated { target: target.clone(), many: Some(true) },
            _ => Annotated { target: None, many: Some(true) },
        },
        Shape::Map(_, value) => match &**value {
            Shape::Ref(TypeRef { target, .. }) => Annotated { target: target.clone(), many: Some(true) },
            _ => Annotated { target: None, many: Some(true) },
        },
        _ => Annotated { target: None, many: None },
    }
}

/// The name inside an annotation whose class is not in scope (`"User" | None`, `list["User"]`): the registry knows it.
pub(super) fn named_in(annotation: &Expr, depth: u8) -> Option<Box<str>> {
    if depth > 8 {
        return None;
    }
    match &annotation.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Member(..) => annotation.dotted().map(|path| path.join(".").into()),
        ExprKind::Literal(_) => named_in(&text::parse(annotation.as_text()?, annotation.range)?, depth + 1),
        ExprKind::Index(_, argument) => {
            let last = match &argument.kind {
                ExprKind::Tuple(items) => items.iter().rfind(|item| !item.is_null())?,
                _ => argument,
            };
            named_in(last, depth + 1)
        }
        ExprKind::Binary(_, left, right) => named_in(if left.is_null() { right } else { left }, depth + 1),
        _ => None,
    }
}

/// Whether the annotation is a collection, by what its outermost name is.
fn is_many(at: At<'_, '_, '_>, annotation: &Expr) -> Option<bool> {
    match &annotation.kind {
        ExprKind::Index(base, _) => match at.resolve(base).external()? {
            "typing.Optional" | "typing.Union" => Some(false),
            path => Some(
                path.starts_with("builtins.")
                    || path.starts_with("typing.")
                    || path.starts_with("collections."),
            ),
        },
        ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Binary(..) => Some(false),
        _ => None,
    }
}

/// The argument of `relationship`: a class, its name, a function that returns it.
fn target(at: At<'_, '_, '_>, argument: &Expr, depth: u8) -> RelationTarget {
    if depth > 4 {
        return RelationTarget::Unknown;
    }
    match &argument.kind {
        ExprKind::Function(lambda) => match lambda.body.as_slice() {
            [Statement::Return(Some(value), _)] => target(at, value, depth + 1),
            _ => RelationTarget::Unknown,
        },
        ExprKind::Name(_) | ExprKind::Member(..) => match at.resolve(argument) {
            Target::Class(key, _) => RelationTarget::Class(key),
            _ => match at.fold(argument) {
                Constant::Text(name) => RelationTarget::Named(name),
                Constant::Declaration(key) => RelationTarget::Class(key),
                _ => RelationTarget::Unknown,
            },
        },
        _ => match at.fold(argument) {
            Constant::Text(name) => RelationTarget::Named(name),
            _ => RelationTarget::Unknown,
        },
    }
}

/// `backref="x"`, `backref=backref("x", uselist=False)`.
fn read_backref(at: At<'_, '_, '_>, backref: &Expr) -> Option<(Box<str>, Option<bool>)> {
    if let Some(call) = backref.as_call() {
        let name = at.fold(call.positional().next()?);
        return Some((name.text()?.into(), uselist(at, call)));
    }
    Some((at.fold(backref).text()?.into(), None))
}

/// The attributes that `foreign_keys=` names: `[user_id]`, `"Post.user_id"`, `user_id`.
fn columns(at: At<'_, '_, '_>, keys: &Expr) -> Vec<Box<str>> {
    let last = |path: &str| -> Box<str> {
        path.trim_matches(['[', ']', ' ']).rsplit('.').next().unwrap_or_default().into()
    };
    match &keys.kind {
        ExprKind::List(items) | ExprKind::Tuple(items) => {
            items.iter().flat_map(|item| columns(at, item)).collect()
        }
        ExprKind::Name(name) => vec![name.clone()],
        ExprKind::Member(_, name) => vec![name.clone()],
        ExprKind::Function(lambda) => match lambda.body.as_slice() {
            [Statement::Return(Some(value), _)] if !matches!(value.kind, ExprKind::Function(_)) => {
                columns(at, value)
            }
            _ => Vec::new(),
        },
        _ => match at.fold(keys) {
            Constant::Text(text) => text.split(',').map(last).collect(),
            _ => Vec::new(),
        },
    }
}

/// Settles the type of a relationship field.
pub(super) fn settle(
    field: &mut Field,
    target: Option<(&str, DeclarationKey)>,
    many: Option<bool>,
    nullable: Known<bool>,
) {
    let written = std::mem::take(&mut field.ty.written);
    let shape = match target {
        Some((name, key)) => {
            Shape::Ref(TypeRef { name: name.into(), target: Some(key), arguments: Vec::new() })
        }
        None => Shape::Unknown(alignment_model::Why::UndefinedName),
    };
    let shape = match many {
        Some(true) => Shape::List(Box::new(shape)),
        Some(false) => shape,
        None => Shape::Unknown(alignment_model::Why::NotStated),
    };
    field.ty = DeclaredType::new(written, shape);
    field.nullable = if many == Some(true) { Known::Is(false) } else { nullable };
}
