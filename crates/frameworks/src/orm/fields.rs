//! The fields of a mapped class.
//!
//! Rules: SQLAlchemy 2.0, "Declarative Table Configuration" (names, nullability of both styles), "Column Elements"
//! (`nullable` is true unless the column is a primary key), "Hybrid Attributes", "SQL Expressions as Mapped Attributes".

use std::collections::BTreeMap;

use alignment_model::code::{Assign, Call, Expr, ExprKind, Function};
use alignment_model::entity::{
    Constraint, DeclaredType, DefaultKind, DefaultValue, Field, FieldKind, ForeignKey, Presence,
};
use alignment_model::shape::{DeclarationKey, Shape, Value};
use alignment_model::{Known, Span, TextRange};

use super::annotated::{self, MappedAnnotation, TypeMap};
use super::attributes::{Attribute, Made, bindings_of, class_locals, returned};
use super::column::apply_type;
use super::mapped::{Mapped, Models, Style};
use super::relationships::{self, Relation};
use super::{sqlmodel, third_party};
use crate::python::annotations::{Annotations, Place, last_segment};
use crate::python::{Locals, Names, Target, parent};
use crate::sqlalchemy::At;
use crate::sqlalchemy::columns;
use crate::sqlalchemy::constraints::{ForeignKeyArgument, Referred};
use crate::sqlalchemy::decorators::handed_on;
use crate::sqlalchemy::types::ColumnType;

/// A field with what is settled only when every model is known.
pub(super) struct Attribution {
    pub(super) field: Field,
    /// What its foreign keys say.
    pub(super) foreign_keys: Vec<ForeignKeyArgument>,
    /// Its type is that of the column it refers to.
    pub(super) type_of_target: bool,
    /// `nullable=` is given, so that a primary key constraint does not decide it.
    pub(super) nullable_given: bool,
    /// Checks at the column.
    pub(super) checks: Vec<Constraint>,
    /// What a relationship says.
    pub(super) relation: Option<Relation>,
}

impl Attribution {
    pub(super) fn plain(field: Field) -> Self {
        Self {
            field,
            foreign_keys: Vec::new(),
            type_of_target: false,
            nullable_given: false,
            checks: Vec::new(),
            relation: None,
        }
    }
}

/// Reads the fields of one class.
pub(super) struct Reader<'r, 'n, 'a> {
    pub(super) names: &'n Names<'a>,
    pub(super) annotations: &'r Annotations<'n, 'a>,
    pub(super) types: &'r TypeMap<'a>,
    pub(super) models: &'r Models<'a>,
    pub(super) mapped: &'r Mapped<'a>,
}

impl<'a> Reader<'_, '_, 'a> {
    /// The field that an attribute makes, if it makes one.
    pub(super) fn read(&self, attribute: &Attribute<'a>) -> Option<Attribution> {
        if attribute.name.starts_with("__") {
            return None;
        }
        let made = attribute.made(self.names)?;
        let scope = attribute.scope(&made);
        match &made {
            Made::Assigned(assign) => {
                let at = At::new(self.names, attribute.owner.file, &scope);
                self.assigned(at, attribute, assign)
            }
            Made::Declared(function, value) => {
                let locals = class_locals(function, &self.mapped.key);
                let at = At { names: self.names, file: attribute.owner.file, scope: &scope, locals: &locals };
                let outside = At { scope: &attribute.owner.path, ..at };
                let annotation = function.returns.as_ref().and_then(|returns| returns.expression());
                let annotation = annotation.map(|expr| self.annotation(outside, attribute, expr));
                self.made_by(at, attribute, function.name_range, value, annotation.as_ref())
            }
            Made::Property(function) => Some(self.property(attribute, function, FieldKind::Property)),
            Made::Hybrid(function) => Some(self.property(attribute, function, FieldKind::Hybrid)),
        }
    }

    /// Whether a metaclass of the project's own makes the class.
    pub(super) fn has_own_metaclass(&self) -> bool {
        self.names.hierarchy(&self.mapped.key).classes().any(|(key, class)| {
            class.keyword("metaclass").is_some_and(|metaclass| {
                self.names.resolve(key.file, parent(&key.path), metaclass).class().is_some()
            })
        })
    }

    fn annotation(&self, at: At<'_, '_, '_>, attribute: &Attribute<'_>, expr: &Expr) -> MappedAnnotation {
        let shape_of = |class: &DeclarationKey, argument: &Expr| {
            self.annotations.shape(Place::new(class.file, parent(&class.path)), argument)
        };
        let bindings = bindings_of(self.names, &self.mapped.key, &attribute.owner, &shape_of);
        annotated::read(self.annotations, at, &bindings, expr)
    }

    fn assigned(
        &self,
        at: At<'_, 'a, '_>,
        attribute: &Attribute<'a>,
        assign: &'a Assign,
    ) -> Option<Attribution> {
        let annotation = assign.annotation.as_ref().and_then(|annotation| annotation.expression());
        if attribute.type_only {
            let annotation = self.annotation(at, attribute, annotation?);
            let span = assign.target.range.in_file(attribute.owner.file);
            let mut field = Field::new(attribute.name, FieldKind::Hybrid, span);
            field.ty = DeclaredType::new(at.written(&annotation.inner), annotation.meaning.shape);
            field.nullable = annotation.meaning.nullable;
            field.presence = Known::Is(Presence::Defaulted);
            return Some(Attribution::plain(self.declared_in(field, attribute)));
        }
        if self.mapped.style == Style::SqlModel {
            return sqlmodel::read(self, at, attribute, assign);
        }
        let annotation = annotation.map(|expr| self.annotation(at, attribute, expr));
        let range = assign.target.range;
        match &assign.value {
            Some(value) => self.made_by(at, attribute, range, value, annotation.as_ref()),
            None => {
                let annotation = annotation.filter(|annotation| annotation.is_mapped)?;
                Some(self.annotated_only(at, attribute, range, &annotation))
            }
        }
    }

    /// `x: Mapped[int]` alone: a column; a dynamic relationship by its wrapper.
    fn annotated_only(
        &self,
        at: At<'_, 'a, '_>,
        attribute: &Attribute<'_>,
        range: TextRange,
        annotation: &MappedAnnotation,
    ) -> Attribution {
        let dynamic = annotation.wrapper.as_deref().is_some_and(|wrapper| wrapper != "sqlalchemy.orm.Mapped");
        // A column cannot hold an object of a mapped class; something of the project's own makes the relationship.
        let related = match &annotation.meaning.shape {
            Shape::Ref(reference) => Some(reference),
            Shape::List(element) => match &**element {
                Shape::Ref(reference) => Some(reference),
                _ => None,
            },
            _ => None,
        };
        let related = related.and_then(|reference| reference.target.as_ref());
        if dynamic
            || related.is_some_and(|key| self.models.by_key.contains_key(key))
            || self.names_a_model(annotation)
        {
            return relationships::read(self, at, attribute, range, None, Some(annotation));
        }
        self.column(at, attribute, range, &columns::none(annotation.inner.range), Some(annotation))
    }

    /// Whether the annotation names a mapped class in quotes without importing it (`Mapped[Many["User"]]`). SQLAlchemy itself refuses that
    /// without `relationship()`, so only a metaclass of the project's own can mean it.
    fn names_a_model(&self, annotation: &MappedAnnotation) -> bool {
        self.has_own_metaclass()
            && relationships::named_in(&annotation.inner, 0).is_some_and(|name| {
                self.models.all.iter().any(|model| last_segment(&model.key.path) == last_segment(&name))
            })
    }

    /// The field that an expression makes.
    pub(super) fn made_by(
        &self,
        at: At<'_, 'a, '_>,
        attribute: &Attribute<'_>,
        range: TextRange,
        value: &Expr,
        annotation: Option<&MappedAnnotation>,
    ) -> Option<Attribution> {
        self.made_by_nested(at, attribute, range, value, annotation, 0)
    }

    fn made_by_nested(
        &self,
        at: At<'_, 'a, '_>,
        attribute: &Attribute<'_>,
        range: TextRange,
        value: &Expr,
        annotation: Option<&MappedAnnotation>,
        depth: u8,
    ) -> Option<Attribution> {
        let ExprKind::Call(call) = &value.kind else {
            return self.without_call(at, attribute, range, value, annotation);
        };
        match at.resolve(&call.callee) {
            Target::External(path) => self.constructed(at, attribute, range, call, &path, annotation, depth),
            // A helper that makes columns: `def timestamp(): return mapped_column(...)`.
            Target::Function(key, function) if depth < 4 => {
                let returned = returned(&function.body)?;
                let mut locals = bound(at, function, call);
                // `def money(**more): return Column(Numeric, **more)` hands its arguments on.
                let handed_on = returned.as_call().filter(|made| made.has_spread()).map(|made| {
                    let passed = handed_on(at, &function.parameters, Some(call), made, key.file, &mut locals);
                    Expr::new(ExprKind::Call(Box::new(passed)), returned.range)
                });
                let returned = handed_on.as_ref().unwrap_or(returned);
                let inside = At { names: self.names, file: key.file, scope: &key.path, locals: &locals };
                self.made_by_nested(inside, attribute, range, returned, annotation, depth + 1)
            }
            _ => None,
        }
    }

    /// A value that is no call: `None` hides a column, a property object is a property.
    fn without_call(
        &self,
        at: At<'_, 'a, '_>,
        attribute: &Attribute<'_>,
        range: TextRange,
        value: &Expr,
        annotation: Option<&MappedAnnotation>,
    ) -> Option<Attribution> {
        let annotation = annotation.filter(|annotation| annotation.is_mapped)?;
        // With dataclass mapping a plain value is the default of the field.
        let mut column = columns::none(annotation.inner.range);
        column.default = columns::default_value(at, value);
        Some(self.column(at, attribute, range, &column, Some(annotation)))
    }

    #[allow(clippy::too_many_arguments, reason = "one attribute seen from where it stands")]
    fn constructed(
        &self,
        at: At<'_, 'a, '_>,
        attribute: &Attribute<'_>,
        range: TextRange,
        call: &Call,
        path: &str,
        annotation: Option<&MappedAnnotation>,
        depth: u8,
    ) -> Option<Attribution> {
        match path {
            _ if columns::is_column(path) => {
                let column = columns::read(at, call, range);
                Some(self.column(at, attribute, range, &column, annotation))
            }
            "sqlalchemy.orm.relationship"
            | "sqlalchemy.orm.relation"
            | "sqlalchemy.orm.dynamic_loader"
            | "sqlmodel.Relationship" => {
                Some(relationships::read(self, at, attribute, range, Some(call), annotation))
            }
            // `deferred(Column(...))`, `column_property(Column(...))` map the column, and never read the annotation (SQLAlchemy 2.0,
            // `MappedSQLExpression` scans none); over an expression the latter reads only.
            "sqlalchemy.orm.deferred" | "sqlalchemy.orm.column_property" => {
                let inner = call.positional().next()?;
                let column = (depth < 4)
                    .then(|| self.made_by_nested(at, attribute, range, inner, None, depth + 1))
                    .flatten();
                Some(column.unwrap_or_else(|| self.hybrid(at, attribute, range, call, annotation)))
            }
            "sqlalchemy.orm.synonym"
            | "sqlalchemy.orm.composite"
            | "sqlalchemy.orm.query_expression"
            | "sqlalchemy.ext.associationproxy.association_proxy"
            | "sqlalchemy.ext.hybrid.hybrid_property" => {
                Some(self.hybrid(at, attribute, range, call, annotation))
            }
            "builtins.property" => {
                let mut field =
                    Field::new(attribute.name, FieldKind::Property, range.in_file(attribute.owner.file));
                field.presence = Known::Is(Presence::Defaulted);
                Some(Attribution::plain(self.declared_in(field, attribute)))
            }
            _ => None,
        }
    }

    fn hybrid(
        &self,
        at: At<'_, '_, '_>,
        attribute: &Attribute<'_>,
        range: TextRange,
        call: &Call,
        annotation: Option<&MappedAnnotation>,
    ) -> Attribution {
        let mut field = Field::new(attribute.name, FieldKind::Hybrid, range.in_file(attribute.owner.file));
        if let Some(annotation) = annotation {
            field.ty = DeclaredType::new(at.written(&annotation.inner), annotation.meaning.shape.clone());
            field.nullable = annotation.meaning.nullable;
        }
        field.presence = Known::Is(Presence::Defaulted);
        let name = call.positional().next().map(|name| at.fold(name));
        let is_synonym = at.callee(call).as_deref() == Some("sqlalchemy.orm.synonym");
        if is_synonym && let Some(crate::python::Constant::Text(name)) = name {
            field.source_attribute = Some(name);
        }
        Attribution::plain(self.declared_in(field, attribute))
    }

    /// `@property def x(self) -> T`.
    fn property(&self, attribute: &Attribute<'_>, function: &Function, kind: FieldKind) -> Attribution {
        let mut field = Field::new(attribute.name, kind, function.name_range.in_file(attribute.owner.file));
        if let Some(returns) = function.returns.as_ref().and_then(|returns| returns.expression()) {
            let at = At::new(self.names, attribute.owner.file, &attribute.owner.path);
            let annotation = self.annotation(at, attribute, returns);
            field.ty = DeclaredType::new(at.written(returns), annotation.meaning.shape);
            field.nullable = annotation.meaning.nullable;
        }
        field.presence = Known::Is(Presence::Defaulted);
        Attribution::plain(self.declared_in(field, attribute))
    }

    pub(super) fn declared_in(&self, mut field: Field, attribute: &Attribute<'_>) -> Field {
        if attribute.owner != self.mapped.key {
            field.declared_in = Some(attribute.owner.clone());
        }
        field
    }

    /// The columns that mixins of packages bring, except those that `taken` says are declared anew.
    pub(super) fn third_party(
        &self,
        path: &str,
        span: Span,
        taken: &dyn Fn(&str) -> bool,
    ) -> Vec<Attribution> {
        let Some(mixin) = third_party::mixin(path) else { return Vec::new() };
        mixin
            .columns
            .iter()
            .filter(|column| !taken(column.name))
            .map(|column| known_column(column, span))
            .collect()
    }
}

fn known_column(column: &third_party::KnownColumn, span: Span) -> Attribution {
    let mut field = Field::new(column.name, FieldKind::Column, span);
    apply_type(&mut field, ColumnType::of_sql("".into(), (column.sql)()));
    field.nullable = Known::Is(column.nullable);
    field.default = Known::Is(column.default.map(|text| match text {
        "true" | "false" => {
            DefaultValue { kind: DefaultKind::Scalar(Value::Bool(text == "true")), text: text.into() }
        }
        code => DefaultValue { kind: DefaultKind::Computed, text: code.into() },
    }));
    field.column.primary_key = column.primary_key;
    field.column.unique = column.unique;
    field.column.foreign_key = column.refers_to.is_some();
    let filled = column.nullable || column.primary_key || column.default.is_some();
    field.presence = Known::Is(if filled { Presence::Defaulted } else { Presence::Required });
    let foreign_keys = column.refers_to.map(|(table, target)| ForeignKeyArgument {
        target: Known::Is(Referred::Column(
            alignment_model::entity::TableName::new(table),
            Some(target.into()),
        )),
        on_delete: Some("CASCADE".into()),
        on_update: None,
        name: None,
    });
    Attribution { foreign_keys: foreign_keys.into_iter().collect(), ..Attribution::plain(field) }
}

/// The values of a helper's parameters in a call.
fn bound(at: At<'_, '_, '_>, function: &Function, call: &Call) -> Locals {
    crate::sqlalchemy::types::bind_arguments(at, &function.parameters, call)
}

/// Fields by name, for constraints that name attributes.
pub(super) fn columns_by_attribute(fields: &[Attribution]) -> BTreeMap<&str, Box<str>> {
    let columns = fields.iter().filter(|made| made.field.kind == FieldKind::Column);
    columns.filter_map(|made| Some((&*made.field.name, made.field.wire_name.is()?.clone()))).collect()
}

/// A foreign key of a column, where what it refers to is known by name.
pub(super) fn foreign_key_of(column: &str, key: &ForeignKeyArgument) -> Option<ForeignKey> {
    let Known::Is(Referred::Column(table, target)) = &key.target else { return None };
    Some(ForeignKey {
        columns: vec![column.into()],
        target: table.clone(),
        target_columns: target.iter().cloned().collect(),
        on_delete: key.on_delete.clone(),
        on_update: key.on_update.clone(),
    })
}
