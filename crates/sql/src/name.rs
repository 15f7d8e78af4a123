//! Names as the database keeps them: unquoted ones folded to lower case. A schema stays as written until
//! [`Context::resolve`](crate::context::Context::resolve) leaves the default one out.

use alignment_model::entity::TableName;
use sqlparser::ast::{Ident, ObjectName};

/// Schemas that an unqualified name stands for.
const DEFAULT_SCHEMAS: &[&str] = &["public", "main"];

/// The name an identifier stands for.
pub(crate) fn name(ident: &Ident) -> Box<str> {
    match ident.quote_style {
        Some(_) => ident.value.as_str().into(),
        None => ident.value.to_lowercase().into(),
    }
}

/// A table's or type's name from the last two parts of an object's.
pub(crate) fn table_name(object: &ObjectName) -> Option<TableName> {
    let mut parts = object.0.iter().rev();
    let table = name(parts.next()?.as_ident()?);
    let schema = match parts.next() {
        Some(part) => Some(name(part.as_ident()?)),
        None => None,
    };
    Some(TableName { schema, name: table })
}

/// A table of a schema; the default schema is none.
pub fn qualified(schema: Option<Box<str>>, name: Box<str>) -> TableName {
    TableName { schema: schema.filter(|schema| !DEFAULT_SCHEMAS.contains(&&**schema)), name }
}
