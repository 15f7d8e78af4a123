//! Which database a program talks to: by the drivers that its files import, then by the SQL in its strings, then by the addresses
//! of databases in them. Comments, documentation and names of the program are no SQL.

use std::collections::BTreeSet;

use alignment_model::FileId;
use alignment_model::code::{ImportTarget, Statement};
use alignment_model::schema_change::HOLE;
use alignment_sql::{Dialect, DialectEvidence, evidence};

use crate::Input;
use crate::python::scope::each_statement;
use crate::python::texts::{Text, each_text};

/// Packages that talk to one database.
const DRIVERS: &[(&str, Dialect)] = &[
    ("sqlite3", Dialect::Sqlite),
    ("aiosqlite", Dialect::Sqlite),
    ("apsw", Dialect::Sqlite),
    ("sqlcipher3", Dialect::Sqlite),
    ("psycopg", Dialect::PostgreSql),
    ("psycopg2", Dialect::PostgreSql),
    ("psycopg_pool", Dialect::PostgreSql),
    ("asyncpg", Dialect::PostgreSql),
    ("pg8000", Dialect::PostgreSql),
    ("pymysql", Dialect::MySql),
    ("MySQLdb", Dialect::MySql),
    ("mysql", Dialect::MySql),
    ("aiomysql", Dialect::MySql),
    ("asyncmy", Dialect::MySql),
    ("better-sqlite3", Dialect::Sqlite),
    ("node:sqlite", Dialect::Sqlite),
    ("bun:sqlite", Dialect::Sqlite),
    ("@libsql/client", Dialect::Sqlite),
    ("expo-sqlite", Dialect::Sqlite),
    ("sql.js", Dialect::Sqlite),
    ("pg", Dialect::PostgreSql),
    ("postgres", Dialect::PostgreSql),
    ("@vercel/postgres", Dialect::PostgreSql),
    ("@neondatabase/serverless", Dialect::PostgreSql),
    ("pg-promise", Dialect::PostgreSql),
    ("mysql2", Dialect::MySql),
];

/// The dialect of a program that consists of these files.
pub(super) fn of(input: Input<'_>, files: &BTreeSet<FileId>) -> Dialect {
    let drivers: BTreeSet<Dialect> = files.iter().flat_map(|file| drivers(input, *file)).collect();
    if let Some(only) = drivers.first().filter(|_| drivers.len() == 1) {
        return *only;
    }
    let mut sql = String::new();
    let mut addresses = BTreeSet::new();
    for facts in files.iter().filter_map(|file| input.facts_of(*file)) {
        each_text(&facts.body, &mut |Text { text, .. }| {
            if is_sql(&text) {
                sql.extend(text.chars().map(|character| if character == HOLE { 'x' } else { character }));
                sql.push_str("\n;\n");
            }
            addresses.extend(address(&text));
        });
    }
    match evidence(&sql) {
        DialectEvidence::Is(dialect) => dialect,
        _ if addresses.len() == 1 => addresses.first().copied().unwrap_or_default(),
        _ => drivers.first().copied().unwrap_or_default(),
    }
}

/// Words that a statement begins with, each with those of which one comes later.
const STATEMENTS: &[(&str, &[&str])] = &[
    ("select", &["from"]),
    ("insert", &["into"]),
    ("update", &["set"]),
    ("delete", &["from"]),
    ("with", &["as"]),
    ("create", MADE),
    ("alter", MADE),
    ("drop", MADE),
    ("pragma", &["table_info", "foreign_keys", "journal_mode"]),
    ("do", &["begin"]),
];

const MADE: &[&str] = &["table", "index", "view", "type", "function", "trigger", "extension", "sequence"];

/// Types that a column is declared with.
const TYPES: &[&str] = &[
    "int",
    "integer",
    "bigint",
    "smallint",
    "tinyint",
    "serial",
    "bigserial",
    "smallserial",
    "text",
    "mediumtext",
    "longtext",
    "varchar",
    "char",
    "boolean",
    "bool",
    "json",
    "jsonb",
    "timestamp",
    "timestamptz",
    "datetime",
    "date",
    "time",
    "numeric",
    "decimal",
    "real",
    "float",
    "double",
    "uuid",
    "blob",
    "bytea",
];

/// Whether a text is a statement, or the declaration of a column that statements are put together from (`id SERIAL PRIMARY KEY`).
fn is_sql(text: &str) -> bool {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let mut words = lines
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .filter(|word| !word.is_empty());
    let is_one = |word: &str, of: &[&str]| of.iter().any(|known| word.eq_ignore_ascii_case(known));
    let Some(first) = words.next() else { return false };
    match STATEMENTS.iter().find(|(begins, _)| first.eq_ignore_ascii_case(begins)) {
        Some((_, later)) => words.any(|word| is_one(word, later)),
        None => words.next().is_some_and(|word| is_one(word, TYPES)),
    }
}

/// The dialect of a database's address, or of its beginning alone (`url.startswith("postgresql")`).
fn address(text: &str) -> Option<Dialect> {
    let scheme = text.split([':', '+']).next()?;
    match scheme {
        "postgresql" | "postgres" => Some(Dialect::PostgreSql),
        "mysql" | "mariadb" => Some(Dialect::MySql),
        "sqlite" => Some(Dialect::Sqlite),
        _ => None,
    }
}

/// Dialects of the drivers that a file imports.
fn drivers(input: Input<'_>, file: FileId) -> Vec<Dialect> {
    let Some(facts) = input.facts_of(file) else { return Vec::new() };
    let mut found = Vec::new();
    let mut bodies = vec![&facts.body[..]];
    while let Some(body) = bodies.pop() {
        each_statement(body, &mut |statement, _| match statement {
            Statement::Import(import) => {
                let modules = import.names.iter().filter_map(|name| match &name.target {
                    ImportTarget::Module(module) => Some(&**module),
                    _ => None,
                });
                for module in modules.chain(std::iter::once(&*import.module)) {
                    let package = module.split('.').next().unwrap_or(module);
                    let known = DRIVERS.iter().find(|(name, _)| *name == module || *name == package);
                    found.extend(known.map(|(_, dialect)| *dialect));
                }
            }
            Statement::Function(function) => bodies.push(&function.body),
            _ => {}
        });
    }
    found
}
