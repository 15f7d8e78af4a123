//! A running database -> its schema as SQL.
//!
//! The catalog is printed as the statements that would make it, so that a running database is read by the same code as a dump
//! and a finding has a line to point at. Nothing else is read: no row of any table but the version table of the migrations.
//! Sessions are read only and every statement has a time limit. What names a user or a password is neither shown nor kept.
//!
//! Each kind of database stands behind a feature of this crate, because its driver weighs more than the whole analysis does
//! in build time: `live-postgres`, `live-mysql`, `live-sqlite`.

#[cfg(feature = "live-mysql")]
mod mysql;
#[cfg(feature = "live-postgres")]
mod postgres;
#[cfg(feature = "live-sqlite")]
mod sqlite;
mod target;

use alignment_model::Dialect;

use crate::failure::Failure;
use target::{Kind, Target};

/// A statement of the catalog may take this long, in milliseconds.
#[cfg(any(feature = "live-postgres", feature = "live-mysql", feature = "live-sqlite"))]
const STATEMENT_TIMEOUT_MS: u64 = 15_000;
/// How long a server may take to answer at all, in seconds.
#[cfg(any(feature = "live-postgres", feature = "live-mysql"))]
const CONNECT_TIMEOUT_S: u64 = 10;

/// The schema of a running database.
#[derive(Debug)]
pub(crate) struct Live {
    /// What it is called: the URL without credentials and options, or the file.
    pub(crate) name: String,
    pub(crate) dialect: Dialect,
    /// The statements that would make it.
    pub(crate) sql: String,
}

/// Reads the schema of what `--database` names: a URL, a SQLite file, or `env:NAME` for a variable that holds one of them.
pub(crate) fn read(given: &str) -> Result<Live, Failure> {
    let target = Target::parse(given)?;
    let during = format!("failed to read the database `{}`", target.shown);
    let sql = match target.kind {
        Kind::PostgreSql => postgresql(&target),
        Kind::MySql => my_sql(&target),
        Kind::Sqlite => sqlite_file(&target),
    };
    let sql = sql.map_err(|failure| failure.during(during))?;
    Ok(Live { name: target.shown, dialect: target.kind.dialect(), sql })
}

#[cfg(feature = "live-postgres")]
fn postgresql(target: &Target) -> Result<String, Failure> {
    postgres::schema(target)
}

#[cfg(not(feature = "live-postgres"))]
fn postgresql(_: &Target) -> Result<String, Failure> {
    Err(left_out("PostgreSQL", "live-postgres", "pg_dump --schema-only"))
}

#[cfg(feature = "live-mysql")]
fn my_sql(target: &Target) -> Result<String, Failure> {
    mysql::schema(target)
}

#[cfg(not(feature = "live-mysql"))]
fn my_sql(_: &Target) -> Result<String, Failure> {
    Err(left_out("MySQL", "live-mysql", "mysqldump --no-data"))
}

#[cfg(feature = "live-sqlite")]
fn sqlite_file(target: &Target) -> Result<String, Failure> {
    sqlite::schema(target)
}

#[cfg(not(feature = "live-sqlite"))]
fn sqlite_file(_: &Target) -> Result<String, Failure> {
    Err(left_out("SQLite", "live-sqlite", "sqlite3 FILE .schema"))
}

/// What a build without a driver says.
#[cfg(not(all(feature = "live-postgres", feature = "live-mysql", feature = "live-sqlite")))]
fn left_out(name: &str, feature: &str, dump: &str) -> Failure {
    Failure::new(format!("this build has no driver for {name}")).hint(format!(
        "build with `--features {feature}`, or declare the output of `{dump}` as a source in `alignment.yaml`"
    ))
}
