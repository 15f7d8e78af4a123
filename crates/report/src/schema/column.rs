//! A column as SQL.

use alignment_model::database::Generated;
use alignment_model::entity::{Field, SqlType, TableName};
use alignment_model::{Dialect, Known};

use super::needs::{is_built_in, is_own_sequence};
use super::{Enums, quote};

/// What PostgreSQL calls types of the model's short spelling in full.
const LONG: &[(&str, &str)] = &[
    ("bool", "boolean"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
];

/// A column, and what about it is not certain.
pub(super) struct ColumnSql {
    /// `None` where it cannot be made.
    pub(super) sql: Option<String>,
    pub(super) doubts: Vec<String>,
}

/// A column of a table.
pub(super) fn column(table: &TableName, field: &Field, enums: &Enums<'_>, dialect: Dialect) -> ColumnSql {
    let mut doubts = Vec::new();
    let name = quote::name(&field.name, dialect);
    let ty = match ty(field, enums, dialect) {
        Ok(ty) => ty,
        Err(why) => return ColumnSql { sql: None, doubts: vec![why] },
    };
    let mut parts = vec![name];
    if is_own_sequence(table, field) {
        parts.push(serial(&ty).to_owned());
    } else {
        parts.push(ty);
    }
    match &field.nullable {
        Known::Is(true) => {}
        Known::Is(false) => parts.push("NOT NULL".to_owned()),
        Known::Unknown(why) => doubts.push(format!("NOT NULL or not is unknown: {why}")),
    }
    match &field.server_default {
        Known::Is(Some(default)) if !is_own_sequence(table, field) => {
            parts.push(format!("DEFAULT {}", default_sql(default, dialect)));
        }
        Known::Is(_) => {}
        Known::Unknown(why) => doubts.push(format!("its default is unknown: {why}")),
    }
    parts.extend(generated(&field.column.generated, dialect, &mut doubts));
    ColumnSql { sql: Some(parts.join(" ")), doubts }
}

/// SQLite wants an expression in parentheses.
fn default_sql(default: &str, dialect: Dialect) -> String {
    let literal = default.starts_with('\'') || !default.contains([' ', '(', '|', '+']);
    if dialect == Dialect::Sqlite && !literal && !default.starts_with('(') {
        return quote::parenthesised(default);
    }
    default.to_owned()
}

fn serial(ty: &str) -> &'static str {
    match ty {
        "bigint" => "bigserial",
        "smallint" => "smallserial",
        _ => "serial",
    }
}

fn generated(generated: &Generated, dialect: Dialect, doubts: &mut Vec<String>) -> Option<String> {
    match generated {
        Generated::No | Generated::Serial => None,
        Generated::Identity { always, options } => {
            let when = if *always { "ALWAYS" } else { "BY DEFAULT" };
            let options = if options.is_empty() { String::new() } else { format!(" ({options})") };
            Some(format!("GENERATED {when} AS IDENTITY{options}"))
        }
        Generated::Computed { expression: Known::Is(expression), stored } => {
            let kind = if *stored { "STORED" } else { "VIRTUAL" };
            Some(format!("GENERATED ALWAYS AS {} {kind}", quote::parenthesised(expression)))
        }
        Generated::Computed { expression: Known::Unknown(why), .. } => {
            doubts.push(format!("it is computed by an expression that is unknown: {why}"));
            None
        }
        Generated::AutoIncrement => (dialect == Dialect::MySql).then(|| "AUTO_INCREMENT".to_owned()),
        Generated::Elsewhere => {
            doubts.push("the database fills it by something that is not told".to_owned());
            None
        }
    }
}

/// The type of a column, or why it cannot be written.
fn ty(field: &Field, enums: &Enums<'_>, dialect: Dialect) -> Result<String, String> {
    let Some(ty) = &field.ty.sql else {
        // SQLite takes any type, and none.
        return match &*field.ty.written {
            written if dialect == Dialect::Sqlite => Ok(written.to_owned()),
            "" => Err("its type is unknown".to_owned()),
            written => Err(format!("its type `{written}` is unknown")),
        };
    };
    if dialect != Dialect::PostgreSql {
        return Ok(if field.ty.written.is_empty() { ty.to_string() } else { field.ty.written.to_string() });
    }
    postgres_type(ty, enums).ok_or_else(|| format!("nothing that was read makes its type `{ty}`"))
}

/// A type as PostgreSQL spells it; `None` for one that neither it nor the schema has.
pub(super) fn postgres_type(ty: &SqlType, enums: &Enums<'_>) -> Option<String> {
    let array = if ty.array { "[]" } else { "" };
    if let Some(found) = enums.get(&*ty.base) {
        return Some(format!("{}{array}", quote::qualified(&found.name, Dialect::PostgreSql)));
    }
    if !is_built_in(ty) {
        return None;
    }
    // The type "char" of one byte is not `char`.
    if &*ty.base == "char" && ty.arguments.is_empty() {
        return Some(format!("\"char\"{array}"));
    }
    let long = LONG.iter().find(|(short, _)| **short == *ty.base).map(|(_, long)| *long);
    Some(match long {
        Some(long) => format!("{long}{array}"),
        None => ty.to_string(),
    })
}
