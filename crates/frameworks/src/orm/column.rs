//! One mapped column: name, type, nullability of both styles, defaults, flags.
//!
//! Rules: SQLAlchemy 2.0, "Column" (`nullable` is true unless the column is a primary key), "Nullability derives from the
//! Annotation", "Column INSERT/UPDATE Defaults".

use alignment_model::entity::{ColumnFlags, DeclaredType, Field, FieldKind, Presence, Sent};
use alignment_model::shape::{Shape, Value};
use alignment_model::{Known, TextRange};

use super::annotated::{self, MappedAnnotation};
use super::attributes::Attribute;
use super::fields::{Attribution, Reader};
use crate::sqlalchemy::columns::ColumnCall;
use crate::sqlalchemy::types::ColumnType;
use crate::sqlalchemy::{At, NO_LOCALS};

impl<'a> Reader<'_, '_, 'a> {
    /// A column.
    pub(super) fn column(
        &self,
        at: At<'_, 'a, '_>,
        attribute: &Attribute<'_>,
        range: TextRange,
        call: &ColumnCall,
        annotation: Option<&MappedAnnotation>,
    ) -> Attribution {
        let mapped = annotation.filter(|annotation| annotation.is_mapped);
        let inside = At { scope: &attribute.owner.path, locals: &NO_LOCALS, ..at };
        let carried = mapped.and_then(|annotation| {
            annotated::carried_column(inside, &annotation.inner, self.has_own_metaclass())
        });
        let call = &carried.map_or_else(|| call.clone(), |carried| call.clone().over(carried));
        let ty = match (&call.ty, mapped) {
            (Some(ty), _) => Some(ty.clone()),
            (None, Some(annotation)) if call.foreign_keys.is_empty() => {
                Some(self.types.resolve(inside, annotation))
            }
            _ => None,
        };
        let annotated_null = mapped.map(|annotation| annotated::nullable(inside, annotation));
        let nullable = call.nullable.unwrap_or_else(|| {
            annotated_null.unwrap_or(match call.primary_key {
                Known::Is(primary_key) => Known::Is(!primary_key),
                Known::Unknown(why) => Known::Unknown(why),
            })
        });
        let mut made = self.column_field(attribute, range, call, ty, nullable);
        made.field.column.annotation_disagrees = call
            .nullable
            .is_some_and(|given| annotated_null.is_some_and(|annotated| given.differs(&annotated)));
        if made.type_of_target {
            made.field.annotated = mapped.map(|annotation| Box::new(annotation.meaning.shape.clone()));
        }
        if let Some(annotation) = mapped {
            seen_by_python(&mut made.field, annotation);
        }
        made
    }

    /// The field of a column whose type and nullability are settled.
    pub(super) fn column_field(
        &self,
        attribute: &Attribute<'_>,
        range: TextRange,
        call: &ColumnCall,
        ty: Option<ColumnType>,
        nullable: Known<bool>,
    ) -> Attribution {
        let mut made = column_of(attribute, range, call, ty, nullable);
        made.field = self.declared_in(made.field, attribute);
        made
    }
}

fn column_of(
    attribute: &Attribute<'_>,
    range: TextRange,
    call: &ColumnCall,
    ty: Option<ColumnType>,
    nullable: Known<bool>,
) -> Attribution {
    let mut field = Field::new(attribute.name, FieldKind::Column, range.in_file(attribute.owner.file));
    if let Some(name) = &call.name {
        field.wire_name = name.clone();
    }
    field.nullable = nullable;
    field.default = call.default.clone();
    field.server_default = call.server_default.clone();
    field.column = ColumnFlags {
        primary_key: call.primary_key.is_yes(),
        unique: call.unique.is_yes(),
        generated: call.generated.clone(),
        foreign_key: !call.foreign_keys.is_empty(),
        annotation_disagrees: false,
        constructed: false,
        may_be_gone: false,
    };
    field.presence = presence(&field, call);
    let type_of_target = ty.is_none() && !call.foreign_keys.is_empty();
    if let Some(ty) = ty {
        apply_type(&mut field, ty);
    }
    let (foreign_keys, checks) = (call.foreign_keys.clone(), call.checks.clone());
    Attribution {
        field,
        foreign_keys,
        type_of_target,
        nullable_given: call.nullable.is_some(),
        checks,
        relation: None,
    }
}

/// A column without annotation, of the class or table that is its attribute's owner.
pub(super) fn free_column(attribute: &Attribute<'_>, range: TextRange, call: &ColumnCall) -> Attribution {
    let nullable = call.nullable.unwrap_or(match call.primary_key {
        Known::Is(primary_key) => Known::Is(!primary_key),
        Known::Unknown(why) => Known::Unknown(why),
    });
    column_of(attribute, range, call, call.ty.clone(), nullable)
}

/// Whether an INSERT must name the column. SQLAlchemy fills in primary keys unless `autoincrement` is off.
fn presence(field: &Field, call: &ColumnCall) -> Known<Presence> {
    let filled = field.column.generated.is_generated()
        || !matches!(field.default, Known::Is(None))
        || !matches!(field.server_default, Known::Is(None))
        || (field.column.primary_key && !call.no_autoincrement);
    match field.nullable {
        _ if filled => Known::Is(Presence::Defaulted),
        Known::Is(true) => Known::Is(Presence::Defaulted),
        Known::Is(false) => Known::Is(Presence::Required),
        Known::Unknown(why) => Known::Unknown(why),
    }
}

/// Puts a type into a field: shape, database type, length, labels, and what Python sees.
pub(super) fn apply_type(field: &mut Field, ty: ColumnType) {
    field.length = ty.length();
    if let Some(labels) = &ty.labels {
        field.values =
            labels.labels.clone().map(|labels| Some(labels.into_iter().map(Value::Text).collect()));
        field.length = Known::Is(None);
    }
    field.ty = DeclaredType { written: ty.written.clone(), shape: ty.shape, sql: ty.sql.into_option() };
    if let Some(python) = ty.python {
        let seen = DeclaredType::new(ty.written, python);
        field.sent = Some(Box::new(Sent { ty: seen, nullable: field.nullable }));
    }
}

/// `Mapped[T]` says what Python code sees, where the database type says something else (a JSON column of a known shape, a
/// type that converts).
fn seen_by_python(field: &mut Field, annotation: &MappedAnnotation) {
    let shape = &annotation.meaning.shape;
    let converts = field.sent.is_some() || matches!(field.ty.shape, Shape::Json);
    if converts && !shape.is_unknown() {
        let seen = DeclaredType::new(field.ty.written.clone(), shape.clone());
        field.sent = Some(Box::new(Sent { ty: seen, nullable: field.nullable }));
    }
}
