//! Names and strings as SQL.

use alignment_model::Dialect;
use alignment_model::entity::TableName;

/// Words that must be quoted where a name is meant: what PostgreSQL 17 does not call "unreserved" (its manual, appendix C), and
/// what SQLite reserves beside.
const RESERVED: &[&str] = &[
    "abort",
    "add",
    "all",
    "alter",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "autoincrement",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "commit",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "delete",
    "desc",
    "distinct",
    "do",
    "drop",
    "else",
    "end",
    "escape",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "index",
    "initially",
    "inner",
    "inout",
    "insert",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "nothing",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "set",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "transaction",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "update",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// A name, quoted where it must be.
pub(super) fn name(name: &str, dialect: Dialect) -> String {
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && RESERVED.binary_search(&name).is_err();
    match dialect {
        Dialect::MySql => format!("`{}`", name.replace('`', "``")),
        _ if plain => name.to_owned(),
        Dialect::PostgreSql | Dialect::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// A name with its schema, if that is not the default.
pub(super) fn qualified(table: &TableName, dialect: Dialect) -> String {
    match &table.schema {
        Some(schema) => format!("{}.{}", name(schema, dialect), name(&table.name, dialect)),
        None => name(&table.name, dialect),
    }
}

/// Names between commas.
pub(super) fn names(names: &[Box<str>], dialect: Dialect) -> String {
    names.iter().map(|one| name(one, dialect)).collect::<Vec<_>>().join(", ")
}

/// Text as a literal.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An expression in parentheses; a comment inside must not take the closing one with it.
pub(super) fn parenthesised(expression: &str) -> String {
    let end = if expression.contains("--") { "\n)" } else { ")" };
    format!("({expression}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert!(RESERVED.is_sorted());
        let cases = [
            ("users", "users"),
            ("user", "\"user\""),
            ("order", "\"order\""),
            ("_a1", "_a1"),
            ("1a", "\"1a\""),
            ("userId", "\"userId\""),
            ("a\"b", "\"a\"\"b\""),
            ("naïve", "\"naïve\""),
        ];
        for (given, expected) in cases {
            assert_eq!(name(given, Dialect::PostgreSql), expected);
        }
        assert_eq!(name("a`b", Dialect::MySql), "`a``b`");
        assert_eq!(parenthesised("a > 0 -- as agreed"), "(a > 0 -- as agreed\n)");
    }
}
