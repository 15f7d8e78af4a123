//! The server default of a column as the database keeps it: a literal is read as the column's type.

use alignment_model::Known;
use alignment_model::entity::SqlType;

/// Spellings of a boolean that PostgreSQL reads in quotes (8.6 of its manual), and the numbers that other databases write.
const TRUE: &[&str] = &["true", "t", "yes", "y", "on", "1"];
const FALSE: &[&str] = &["false", "f", "no", "n", "off", "0"];

/// The default in the spelling of the column's type: `'0'` on a boolean is `false`, `'5'` on an integer `5`.
pub(crate) fn canonical(default: &str, ty: &Known<SqlType>) -> Box<str> {
    let Known::Is(ty) = ty else { return default.into() };
    if ty.array {
        return default.into();
    }
    let literal = quoted_literal(default).unwrap_or(default).trim();
    match &*ty.base {
        "bool" if TRUE.iter().any(|word| literal.eq_ignore_ascii_case(word)) => "true".into(),
        "bool" if FALSE.iter().any(|word| literal.eq_ignore_ascii_case(word)) => "false".into(),
        // A quoted literal of the other integer types stays one: `'0'::bigint`.
        "int4" if literal.parse::<i64>().is_ok() => literal.into(),
        // Only a quoted literal is read as the type; a number keeps its spelling.
        "float4" | "float8" if default.starts_with('\'') => match literal.parse::<f64>() {
            Ok(number) => format!("'{number}'").into(),
            Err(_) => default.into(),
        },
        _ => default.into(),
    }
}

/// What stands in quotes, if the default is one quoted literal without quotes inside.
fn quoted_literal(default: &str) -> Option<&str> {
    let inner = default.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.contains('\'')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_read_as_the_columns_type() {
        let cases = [
            ("'0'", "bool", "false"),
            ("1", "bool", "true"),
            ("'t'", "bool", "true"),
            ("'5'", "int4", "5"),
            ("'x'", "int4", "'x'"),
            ("'2.50'", "float8", "'2.5'"),
            ("2.0", "float8", "2.0"),
            ("'0'", "varchar", "'0'"),
            ("now()", "timestamp", "now()"),
            ("f()", "bool", "f()"),
        ];
        for (default, ty, expected) in cases {
            assert_eq!(&*canonical(default, &Known::Is(SqlType::new(ty))), expected, "{default} {ty}");
        }
    }
}
