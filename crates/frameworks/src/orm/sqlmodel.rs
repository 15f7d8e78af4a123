//! SQLModel: the fields of a table class are columns.
//!
//! Rules: SQLModel 0.0.x, `main.py`, `get_column_from_field` and `get_sqlalchemy_type`; `_compat.py`, `is_field_noneable`: nullable
//! is what the annotation says, unless the column is a primary key or `nullable=` is given; `sa_column` replaces everything;
//! `sa_column_kwargs` win over what the field says.
//!
//! The database type of a `datetime` was `timestamp` up to SQLModel 0.0.44 and is `timestamptz` since, but for `NaiveDatetime`: it is known where
//! a lock file names the version.

use alignment_model::code::{Argument, Assign, Call, Expr, ExprKind, Literal, MapEntry};
use alignment_model::entity::SqlType;
use alignment_model::shape::Shape;
use alignment_model::{Known, Why};

use super::annotated::{self, MappedAnnotation};
use super::attributes::Attribute;
use super::fields::{Attribution, Reader};
use super::relationships;
use crate::python::Constant;
use crate::python::annotations::Qualifier;
use crate::python::packages::Version;
use crate::sqlalchemy::At;
use crate::sqlalchemy::columns::{self, ColumnCall};
use crate::sqlalchemy::constraints::{self, ForeignKeyArgument, referred_by_text};
use crate::sqlalchemy::types::{self, ColumnType};

/// The field that an annotated assignment makes.
pub(super) fn read<'a>(
    reader: &Reader<'_, '_, 'a>,
    at: At<'_, 'a, '_>,
    attribute: &Attribute<'a>,
    assign: &'a Assign,
) -> Option<Attribution> {
    let range = assign.target.range;
    let written = assign.annotation.as_ref().and_then(|annotation| annotation.expression());
    let made = assign.value.as_ref().and_then(Expr::as_call);
    let path = made.and_then(|call| at.callee(call));
    let annotation = written.map(|expr| annotated::read(reader.annotations, at, &[], expr));
    if path.as_deref() == Some("sqlmodel.Relationship") {
        return Some(relationships::read(reader, at, attribute, range, made, annotation.as_ref()));
    }
    let Some(annotation) = annotation else {
        // Without an annotation only SQLAlchemy's own constructors make attributes.
        return reader.made_by(at, attribute, range, assign.value.as_ref()?, None);
    };
    let is_field = !annotation.meaning.qualifiers.contains(&Qualifier::ClassVar)
        && !attribute.name.starts_with('_')
        && attribute.name != "model_config";
    if !is_field {
        return None;
    }
    if path.as_deref().is_some_and(columns::is_column) {
        return reader.made_by(at, attribute, range, assign.value.as_ref()?, Some(&annotation));
    }
    Some(column(reader, at, attribute, assign, &annotation))
}

/// The arguments of a field: of `Field(...)` as the default, else inside `Annotated`.
struct FieldCall<'c, 'n, 'a, 's> {
    at: At<'n, 'a, 's>,
    call: &'c Call,
}

impl<'c> FieldCall<'c, '_, '_, '_> {
    fn keyword(&self, name: &str) -> Option<&'c Expr> {
        self.call.keyword(name).filter(|value| !is_undefined(value))
    }
}

fn is_undefined(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Literal(Literal::Ellipsis)) || value.as_name() == Some("Undefined")
}

fn column<'a>(
    reader: &Reader<'_, '_, 'a>,
    at: At<'_, 'a, '_>,
    attribute: &Attribute<'_>,
    assign: &Assign,
    annotation: &MappedAnnotation,
) -> Attribution {
    let range = assign.target.range;
    let is_field = |at: At<'_, '_, '_>, call: &Call| {
        matches!(at.callee(call).as_deref(), Some("sqlmodel.Field" | "pydantic.Field"))
    };
    let assigned = assign.value.as_ref().and_then(Expr::as_call).filter(|call| is_field(at, call));
    let carried = annotation.meaning.metadata.iter().find_map(|metadata| {
        let call = metadata.expr.as_call()?;
        let inside = At::new(at.names, metadata.file, &metadata.scope);
        is_field(inside, call).then_some((inside, call))
    });
    let field = match (assigned, carried) {
        (Some(call), _) => Some(FieldCall { at, call }),
        (None, Some((inside, call))) => Some(FieldCall { at: inside, call }),
        (None, None) => None,
    };
    if let Some(field) = &field
        && let Some(value) = field.keyword("sa_column")
        && !value.is_null()
    {
        return given_column(reader, field, attribute, range, value, annotation);
    }
    let call = column_call(at, field.as_ref(), assign, range, annotation);
    let version = reader.models.sqlmodel.of(reader.names.input(), reader.mapped.key.file);
    let ty = column_type(at, field.as_ref(), annotation, version);
    let nullable = call.nullable.unwrap_or_else(|| match (call.primary_key, annotation.meaning.nullable) {
        (Known::Is(true), _) => Known::Is(false),
        // `Any` admits None, but only a union that names it makes the column nullable.
        (_, _) if matches!(annotation.meaning.shape, Shape::Any | Shape::Json) => {
            Known::Is(names_none(at, &annotation.inner))
        }
        // A default of None makes the field accept None under Pydantic 1 and not under Pydantic 2 (SQLModel 0.0.22,
        // `is_field_noneable`), and which one is installed is not known here.
        (_, Known::Is(false)) if defaults_to_none(field.as_ref(), assign) => Known::Unknown(Why::Ambiguous),
        (_, annotated) => annotated,
    });
    reader.column_field(attribute, range, &call, Some(ty), nullable)
}

/// Whether a field's default is the literal `None`.
fn defaults_to_none(field: Option<&FieldCall<'_, '_, '_, '_>>, assign: &Assign) -> bool {
    match field {
        Some(field) => {
            field.keyword("default").or_else(|| field.call.positional().next()).is_some_and(Expr::is_null)
        }
        None => assign.value.as_ref().is_some_and(Expr::is_null),
    }
}

/// Whether a union names `None`.
fn names_none(at: At<'_, '_, '_>, annotation: &Expr) -> bool {
    match &annotation.kind {
        ExprKind::Binary(_, left, right) => left.is_null() || right.is_null() || names_none(at, left),
        ExprKind::Index(base, argument) => match at.resolve(base).external() {
            Some("typing.Optional") => true,
            Some("typing.Union") => {
                matches!(&argument.kind, ExprKind::Tuple(items) if items.iter().any(Expr::is_null))
            }
            _ => false,
        },
        _ => false,
    }
}

/// `Field(sa_column=Column(...))`: that column and nothing else.
fn given_column<'a>(
    reader: &Reader<'_, '_, 'a>,
    field: &FieldCall<'_, '_, 'a, '_>,
    attribute: &Attribute<'_>,
    range: alignment_model::TextRange,
    value: &Expr,
    annotation: &MappedAnnotation,
) -> Attribution {
    if let Some(made) = reader.made_by(field.at, attribute, range, value, None) {
        return made;
    }
    let unknown = Why::DynamicExpression;
    let mut call = columns::none(range);
    call.open = true;
    call.name = Some(Known::Unknown(unknown));
    call.default = Known::Unknown(unknown);
    call.server_default = Known::Unknown(unknown);
    let ty = ColumnType::unknown(field.at.written(&annotation.inner), unknown);
    reader.column_field(attribute, range, &call, Some(ty), Known::Unknown(unknown))
}

/// What the field says as a column.
fn column_call(
    at: At<'_, '_, '_>,
    field: Option<&FieldCall<'_, '_, '_, '_>>,
    assign: &Assign,
    range: alignment_model::TextRange,
    annotation: &MappedAnnotation,
) -> ColumnCall {
    let Some(field) = field else {
        let mut call = columns::none(range);
        if let Some(value) = assign.value.as_ref().filter(|value| !is_undefined(value)) {
            call.default = columns::default_value(at, value);
        }
        return call;
    };
    // The column's own keywords have the same names, and `sa_column_kwargs` win over them.
    let mut arguments: Vec<Argument> = Vec::new();
    for name in ["primary_key", "nullable", "index", "unique"] {
        arguments.extend(
            field.keyword(name).map(|value| Argument { keyword: Some(name.into()), value: value.clone() }),
        );
    }
    let default = field.keyword("default_factory").filter(|value| !value.is_null());
    let default = default.or_else(|| field.keyword("default")).or_else(|| field.call.positional().next());
    let default = default.filter(|value| !is_undefined(value));
    arguments.extend(default.map(|value| Argument { keyword: Some("default".into()), value: value.clone() }));
    if let Some(Expr { kind: ExprKind::List(items) | ExprKind::Tuple(items), .. }) =
        field.keyword("sa_column_args")
    {
        arguments.extend(items.iter().map(|value| Argument { keyword: None, value: value.clone() }));
    }
    let mut open = false;
    match field.keyword("sa_column_kwargs").map(|value| &value.kind) {
        Some(ExprKind::Map(entries)) => {
            for entry in entries {
                match entry {
                    MapEntry::Pair(key, value) if key.as_text().is_some() => {
                        let keyword = key.as_text().unwrap_or_default();
                        arguments.retain(|argument| argument.keyword.as_deref() != Some(keyword));
                        arguments.push(Argument { keyword: Some(keyword.into()), value: value.clone() });
                    }
                    _ => open = true,
                }
            }
        }
        Some(_) => open = true,
        None => {}
    }
    let made = Call { arguments, ..field.call.clone() };
    let mut call = columns::read(field.at, &made, range);
    call.open |= open;
    if let Some(target) = field.keyword("foreign_key") {
        let target = match field.at.fold(target) {
            Constant::Text(text) => Known::Is(referred_by_text(&text)),
            Constant::Unknown(why) => Known::Unknown(why),
            _ => Known::Unknown(Why::UnsupportedConstruct),
        };
        let on_delete = constraints::action(field.at, field.call, "ondelete");
        call.foreign_keys.push(ForeignKeyArgument { target, on_delete, on_update: None, name: None });
    }
    if open {
        let unknown = Why::DynamicExpression;
        call.server_default = Known::Unknown(unknown);
    }
    let _ = annotation;
    call
}

/// The database type: `sa_type`, else by the Python type of the annotation.
fn column_type(
    at: At<'_, '_, '_>,
    field: Option<&FieldCall<'_, '_, '_, '_>>,
    annotation: &MappedAnnotation,
    version: Option<Version>,
) -> ColumnType {
    if let Some(field) = field
        && let Some(ty) = field.keyword("sa_type")
    {
        return types::read(field.at, ty);
    }
    let number = |name: &str| -> Option<u32> {
        let own = field.and_then(|field| Some(field.at.fold(field.keyword(name)?)));
        let carried = annotation.meaning.metadata.iter().find_map(|metadata| {
            let call = metadata.expr.as_call()?;
            let inside = At::new(at.names, metadata.file, &metadata.scope);
            Some(inside.fold(call.keyword(name)?))
        });
        match own.or(carried)? {
            Constant::Int(value) => u32::try_from(value).ok(),
            _ => None,
        }
    };
    let written = at.written(&annotation.inner);
    let plain = |sql: SqlType| ColumnType::of_sql(written.clone(), sql);
    match &annotation.meaning.shape {
        Shape::Text => match number("max_length") {
            Some(length) if length > 0 => plain(SqlType::with("varchar", [length])),
            _ => plain(SqlType::new("varchar")),
        },
        Shape::Decimal => match (number("max_digits"), number("decimal_places")) {
            (Some(precision), Some(scale)) => plain(SqlType::with("numeric", [precision, scale])),
            (Some(precision), None) => plain(SqlType::with("numeric", [precision])),
            _ => plain(SqlType::new("numeric")),
        },
        shape @ Shape::DateTime(_) => ColumnType {
            written: written.clone(),
            sql: moment(shape, version),
            shape: match shape {
                Shape::DateTime(Known::Is(zone)) => Shape::DateTime(Known::Is(*zone)),
                _ => Shape::DateTime(Known::Unknown(Why::Ambiguous)),
            },
            python: None,
            labels: None,
        },
        // `Literal["a", "b"]` is stored as text since SQLModel 0.0.15; before it was refused.
        Shape::Literals(_) => plain(SqlType::new("varchar")),
        shape => ColumnType { written: written.clone(), ..annotated::of_shape(at, shape) },
    }
}

/// The database type of a `datetime`. Earlier versions refuse `AwareDatetime` and `NaiveDatetime`.
fn moment(shape: &Shape, version: Option<Version>) -> Known<SqlType> {
    const WITH_ZONES: Version = [0, 0, 45];
    let (Some(version), Shape::DateTime(zone)) = (version, shape) else {
        return Known::Unknown(Why::Ambiguous);
    };
    match (version >= WITH_ZONES, zone) {
        (true, Known::Is(false)) | (false, Known::Unknown(_)) => Known::Is(SqlType::new("timestamp")),
        (true, _) => Known::Is(SqlType::new("timestamptz")),
        (false, Known::Is(_)) => Known::Unknown(Why::Ambiguous),
    }
}
