use alignment_model::project::Stored;
use alignment_model::{FileId, TextRange};

use super::*;

fn read(text: &str) -> Option<RowStatement> {
    let span = TextRange { start: 0, end: 0 }.in_file(FileId::new(0));
    read_rows(text, Dialect::PostgreSql, span, true)
}

/// Tables, then the columns, then the tables whose every column is read.
fn named(text: &str) -> String {
    let Some(statement) = read(text) else { return "none".to_owned() };
    let columns = statement.columns.iter().map(|(table, column)| match table {
        Some(table) => format!("{table}.{column}"),
        None => format!("?.{column}"),
    });
    let every = statement.every.iter().map(|table| format!("{table}.*"));
    let tables = statement.tables.iter().map(ToString::to_string);
    tables.chain(columns).chain(every).collect::<Vec<_>>().join(" ")
}

fn stored(columns: &[(Box<str>, Stored)]) -> String {
    columns.iter().map(|(name, stored)| format!("{name}={stored:?}")).collect::<Vec<_>>().join(" ")
}

fn written(text: &str) -> String {
    match read(text).and_then(|statement| statement.write) {
        Some((table, write)) => format!("{table}: {} / {}", stored(&write.columns), stored(&write.updated)),
        None => "?".to_owned(),
    }
}

#[test]
fn a_statement_names_tables_and_columns() {
    for (text, expected) in [
        ("SELECT id, email AS mail FROM users WHERE name = %s", "users users.email users.id users.name"),
        (
            "select u.email, o.total from users u join shop.orders as o on o.user_id = u.id",
            "users shop.orders users.email users.id shop.orders.total shop.orders.user_id",
        ),
        ("SELECT email FROM users, orders WHERE total > :total", "orders users ?.email ?.total"),
        ("SELECT * FROM users", "users users.*"),
        ("SELECT u.*, count(*) FROM users u", "users users.*"),
        (
            "UPDATE users SET email = %(mail)s, seen = now() WHERE id = $1",
            "users users.email users.id users.seen",
        ),
        ("DELETE FROM ONLY users WHERE extract(year FROM born) < 1900", "users users.born"),
        (
            "INSERT INTO users (email) VALUES (%s) ON CONFLICT (email) DO UPDATE SET seen = excluded.seen",
            "users users.email users.seen",
        ),
        ("WITH recent AS (SELECT id FROM users) SELECT id FROM recent", "users ?.id"),
        ("SELECT data::jsonb, created_at::date day FROM users", "users users.created_at users.data"),
        ("SELECT 'email' FROM \"Users\" FOR UPDATE", "Users"),
        ("select the best of them", ""),
        ("update the docs", "the"),
        ("hello", "none"),
        ("CREATE TABLE users (email text)", "none"),
    ] {
        assert_eq!(named(text), expected, "{text}");
    }
}

#[test]
fn a_statement_says_what_it_stores() {
    for (text, expected) in [
        (
            "INSERT INTO users (a, b, c, d) VALUES (%s, NULL, 'x', now())",
            "users: a=Unknown b=Null c=Value d=Value / ",
        ),
        ("INSERT INTO users (a, b) VALUES (1, 2), (1, NULL)", "users: a=Value b=Null / "),
        ("INSERT INTO users (a) SELECT a FROM old", "users: a=Unknown / "),
        (
            "INSERT INTO users (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = NULL, c = excluded.c",
            "users: a=Unknown / b=Null c=Unknown",
        ),
        ("INSERT INTO users (a) VALUES (?) ON DUPLICATE KEY UPDATE b = 1", "users: a=Unknown / b=Value"),
        ("INSERT INTO users VALUES (1, 2)", "?"),
        ("INSERT INTO users (\u{fffc}) VALUES (1)", "?"),
        ("INSERT INTO users (a) VALUES (1) \u{fffc}", "?"),
        ("INSERT INTO users (a, b) VALUES (\u{fffc})", "users: a=Unknown b=Unknown / "),
        (
            "UPDATE users SET a = NULL, b = coalesce(b, 1), c = 'x' WHERE d = 1",
            "users:  / a=Null b=Unknown c=Value",
        ),
        ("UPDATE users AS u SET a = \u{fffc} WHERE d = 1", "users:  / a=Unknown"),
        ("UPDATE users SET \u{fffc} WHERE d = 1", "?"),
        ("UPDATE users SET a = 1 \u{fffc}", "?"),
        ("UPDATE users SET (a, b) = (1, 2)", "?"),
        ("UPDATE \u{fffc} SET a = 1", "?"),
    ] {
        assert_eq!(written(text), expected, "{text}");
    }
}

#[test]
fn long_statements_end() {
    assert!(read(&format!("SELECT {} FROM users", "(".repeat(100_000))).is_some());
    assert!(read(&format!("INSERT INTO t (a) VALUES {}", "(1),".repeat(100_000))).is_some());
}
