//! SQLite keeps the statements that made its schema ("The Schema Table"), so they are what is read.

use std::fmt::Write;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::STATEMENT_TIMEOUT_MS;
use super::target::Target;
use crate::failure::Failure;

/// Reads the schema table.
pub(super) fn schema(target: &Target) -> Result<String, Failure> {
    read(&target.address).map_err(|error| Failure::new(error.to_string().to_lowercase()))
}

fn read(path: &str) -> rusqlite::Result<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database = Connection::open_with_flags(path, flags)?;
    let limit = Duration::from_millis(STATEMENT_TIMEOUT_MS);
    database.busy_timeout(limit)?;
    let start = Instant::now();
    database.progress_handler(10_000, Some(move || start.elapsed() > limit))?;
    let mut query = database.prepare(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY rowid",
    )?;
    let mut rows = query.query([])?;
    let mut sql = String::new();
    while let Some(row) = rows.next()? {
        let _ = writeln!(sql, "{};", row.get_ref(0)?.as_str()?);
    }
    Ok(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_of_a_file_come_in_the_order_they_were_made() {
        let folder = std::env::temp_dir().join(format!("alignment-live-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let file = folder.join("app.db");
        let database = Connection::open(&file).expect("a new database");
        database
            .execute_batch("create table b (id integer primary key autoincrement, x text); create index i on b (x); create table a (y int)")
            .expect("legal statements");
        drop(database);
        let sql = read(&file.display().to_string()).expect("a readable database");
        std::fs::remove_dir_all(&folder).expect("the folder is ours");
        let lines: Vec<&str> = sql.lines().collect();
        assert_eq!(
            lines,
            [
                "CREATE TABLE b (id integer primary key autoincrement, x text);",
                "CREATE INDEX i on b (x);",
                "CREATE TABLE a (y int);"
            ]
        );
    }
}
