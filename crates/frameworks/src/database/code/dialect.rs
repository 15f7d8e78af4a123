//! Which database a program talks to, by the drivers that its files import, then by its SQL.

use std::collections::BTreeSet;

use alignment_model::FileId;
use alignment_model::code::{ImportTarget, Statement};
use alignment_sql::{Dialect, DialectEvidence, evidence};

use crate::Input;
use crate::python::scope::each_statement;

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
    let says = |file: &FileId| match evidence(input.sources.text(*file)) {
        DialectEvidence::Is(dialect) => Some(dialect),
        _ => None,
    };
    files.iter().find_map(says).or(drivers.first().copied()).unwrap_or_default()
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
