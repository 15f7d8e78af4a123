//! A type as a migration looks at it: its text, its attributes, and which classes of SQLAlchemy it is an instance of.
//!
//! Source: SQLAlchemy 2.0, "Reflecting Database Objects", and the hierarchy of `sqlalchemy.types`.

use std::rc::Rc;

use alignment_model::Known;
use alignment_model::entity::SqlType;

use super::value::Value;
use crate::sqlalchemy::types::ColumnType;

/// `str(type)`: the name that SQLAlchemy's compiler gives.
pub(super) fn shown_type(ty: &ColumnType) -> Option<String> {
    let Known::Is(sql) = &ty.sql else { return None };
    let name = match &*sql.base {
        "int4" => "INTEGER",
        "int8" => "BIGINT",
        "int2" => "SMALLINT",
        "bool" => "BOOLEAN",
        "float8" => "DOUBLE PRECISION",
        "float4" => "REAL",
        "timestamptz" => "TIMESTAMP",
        "timetz" => "TIME",
        "varchar" | "char" | "text" | "numeric" | "timestamp" | "date" | "time" | "interval" | "uuid"
        | "json" | "jsonb" | "bytea" | "vector" => &sql.base.to_uppercase(),
        _ if ty.labels.is_some() => "VARCHAR",
        _ => return None,
    };
    let arguments: Vec<String> = sql.arguments.iter().map(u32::to_string).collect();
    let suffix = if sql.array { "[]" } else { "" };
    Some(if arguments.is_empty() {
        format!("{name}{suffix}")
    } else {
        format!("{name}({}){suffix}", arguments.join(", "))
    })
}

/// An attribute of a type; `None` where types of this kind have none.
pub(super) fn type_attribute<'a>(ty: &ColumnType, name: &str) -> Option<Value<'a>> {
    let Known::Is(sql) = &ty.sql else { return Some(Value::Unknown) };
    let argument =
        |at: usize| sql.arguments.get(at).map_or(Value::None, |value| Value::Int(i64::from(*value)));
    match (name, &*sql.base) {
        ("enums", _) => match &ty.labels.as_ref()?.labels {
            Known::Is(labels) => {
                Some(Value::list(labels.iter().map(|label| Value::text(&**label)).collect()))
            }
            Known::Unknown(_) => Some(Value::Unknown),
        },
        ("name", _) => ty.labels.as_ref()?.name.as_deref().map(Value::text),
        ("length", "varchar" | "char" | "text") => Some(argument(0)),
        ("precision", "numeric") => Some(argument(0)),
        ("scale", "numeric") => Some(argument(1)),
        ("timezone", base @ ("timestamp" | "timestamptz" | "time" | "timetz")) => {
            Some(Value::Bool(base.ends_with("tz")))
        }
        ("length" | "precision" | "scale" | "timezone", _) => None,
        _ => Some(Value::Unknown),
    }
}

/// `isinstance(type, class)`, where the class is one that is known.
pub(super) fn is_instance(ty: &ColumnType, class: &str) -> Option<bool> {
    let Known::Is(SqlType { base, array, .. }) = &ty.sql else { return None };
    let name = class.strip_prefix("sqlalchemy.")?.rsplit('.').next()?;
    if *array {
        return Some(name == "ARRAY");
    }
    let is_enum = ty.labels.is_some();
    Some(match name {
        "String" => is_enum || matches!(&**base, "varchar" | "char" | "text"),
        "VARCHAR" => &**base == "varchar",
        "Text" | "TEXT" => &**base == "text",
        "CHAR" => &**base == "char",
        "Integer" => matches!(&**base, "int2" | "int4" | "int8"),
        "INTEGER" => &**base == "int4",
        "BigInteger" | "BIGINT" => &**base == "int8",
        "SmallInteger" | "SMALLINT" => &**base == "int2",
        "Boolean" | "BOOLEAN" => &**base == "bool",
        "DateTime" | "TIMESTAMP" => matches!(&**base, "timestamp" | "timestamptz"),
        "Date" | "DATE" => &**base == "date",
        "Numeric" => matches!(&**base, "numeric" | "float4" | "float8"),
        "NUMERIC" => &**base == "numeric",
        "Float" => matches!(&**base, "float4" | "float8"),
        "Uuid" | "UUID" => &**base == "uuid",
        "JSON" => matches!(&**base, "json" | "jsonb"),
        "JSONB" => &**base == "jsonb",
        "LargeBinary" | "BYTEA" => &**base == "bytea",
        "Enum" | "ENUM" => is_enum,
        "ARRAY" => false,
        _ => return None,
    })
}

/// `isinstance(value, classes)` for a type and one class or several.
pub(super) fn is_instance_of_any(ty: &Rc<ColumnType>, classes: &Value<'_>) -> Option<bool> {
    match classes {
        Value::External(class) => is_instance(ty, class),
        Value::List(list) if !list.open => {
            let each: Vec<Option<bool>> =
                list.items.iter().map(|class| is_instance_of_any(ty, class)).collect();
            if each.contains(&Some(true)) {
                return Some(true);
            }
            each.iter().all(Option::is_some).then_some(false)
        }
        _ => None,
    }
}
