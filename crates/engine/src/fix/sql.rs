//! Columns that a file of SQL lacks, in the style of their `CREATE TABLE`: on a line of their own where the others are.

use alignment_model::entity::{Entity, Field, SqlType};
use alignment_model::fix::Edit;
use alignment_model::{Sources, TextRange};

use super::page::line_end;

/// A column after the last one of a table; `None` where the column says more than is known, or the statement is not plain.
pub(super) fn add_column(sources: &Sources, table: &Entity, column: &Field) -> Option<Vec<Edit>> {
    let file = table.span.file;
    let text = sources.text(file);
    let start = table.span.range.start as usize;
    let last = table
        .fields
        .iter()
        .filter(|field| field.span.file == file)
        .map(|field| field.span.range.start)
        .max()?;
    let last = last as usize;
    // A column that a later statement adds stands elsewhere.
    let before = text.get(start..last).filter(|between| !between.contains(';'))?;
    let upper = text.contains("CREATE TABLE");
    let column = definition(column, upper)?;
    let (end, ending) = end_of(text, last)?;
    let line = text.get(..last).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    let own_line = before.contains('\n') && line.trim().is_empty();
    let gap = if own_line { format!("{}{line}", line_end(text, end)) } else { " ".to_owned() };
    let offset = |at: usize| TextRange::new(at, at).start;
    Some(vec![match ending {
        // Constraints of the table follow.
        ',' => Edit::put_in(file, offset(end + 1), format!("{gap}{column},")),
        _ => Edit::put_in(file, offset(end), format!(",{gap}{column}")),
    }])
}

/// Where the definition that starts at `at` ends, and what ends it: the next comma or closing parenthesis of its own level. `None` where a
/// comment stands before it, which may speak of either column.
fn end_of(text: &str, at: usize) -> Option<(usize, char)> {
    let mut depth = 0_i32;
    let mut quote = None;
    for (offset, character) in text.get(at..)?.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') if depth > 0 => depth -= 1,
            (None, ',' | ')') if depth == 0 => {
                let own = text.get(at..at + offset)?;
                let comment = own.contains("--") || own.contains("/*");
                return (!comment)
                    .then(|| (at + own.trim_end().len(), character))
                    .filter(|(end, ending)| *ending == ')' || *end == at + offset);
            }
            (None, ';') => return None,
            _ => {}
        }
    }
    None
}

fn definition(column: &Field, upper: bool) -> Option<String> {
    let flags = &column.column;
    if flags.primary_key || flags.unique || flags.foreign_key || flags.generated.is_generated() {
        return None;
    }
    let name = column.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let words = |words: &str| if upper { words.to_owned() } else { words.to_lowercase() };
    let mut text = format!("{} {}", column.name, words(&type_of(column.ty.sql.as_ref()?)?));
    if column.nullable.is_no() {
        text.push_str(&words(" NOT NULL"));
    }
    if let Some(default) = column.server_default.is()? {
        text.push_str(&format!("{}{default}", words(" DEFAULT ")));
    }
    (name && column.nullable.is().is_some()).then_some(text)
}

/// A type as PostgreSQL's manual writes it.
fn type_of(sql: &SqlType) -> Option<String> {
    let name = match &*sql.base {
        "int2" => "SMALLINT",
        "int4" => "INTEGER",
        "int8" => "BIGINT",
        "float4" => "REAL",
        "float8" => "DOUBLE PRECISION",
        "bool" => "BOOLEAN",
        "varchar" => "VARCHAR",
        "char" => "CHAR",
        "text" => "TEXT",
        "numeric" => "NUMERIC",
        "uuid" => "UUID",
        "date" => "DATE",
        "time" => "TIME",
        "timestamp" => "TIMESTAMP",
        "timestamptz" => "TIMESTAMPTZ",
        "json" => "JSON",
        "jsonb" => "JSONB",
        "bytea" => "BYTEA",
        _ => return None,
    };
    let arguments: Vec<String> = sql.arguments.iter().map(u32::to_string).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    Some(format!("{name}{arguments}{}", if sql.array { "[]" } else { "" }))
}
