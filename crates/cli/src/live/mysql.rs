//! MySQL and MariaDB print the statement that makes a table (`SHOW CREATE TABLE`), so that is what is read.

use std::fmt::Write;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, Opts, OptsBuilder, SslOpts};

use super::target::Target;
use super::{CONNECT_TIMEOUT_S, STATEMENT_TIMEOUT_MS};
use crate::failure::Failure;

/// Reads the catalog.
pub(super) fn schema(target: &Target) -> Result<String, Failure> {
    let failed = |error: mysql::Error| Failure::new(target.without_password(&error.to_string()));
    let address = target.address.replacen("mariadb://", "mysql://", 1);
    let options = Opts::from_url(&address).map_err(|error| {
        Failure::new(target.without_password(&error.to_string())).hint("write mysql://user@host:3306/name")
    })?;
    let mut builder = OptsBuilder::from_opts(options)
        .tcp_connect_timeout(Some(Duration::from_secs(CONNECT_TIMEOUT_S)))
        .read_timeout(Some(Duration::from_millis(STATEMENT_TIMEOUT_MS)))
        .write_timeout(Some(Duration::from_millis(STATEMENT_TIMEOUT_MS)));
    for (key, value) in &target.options {
        match (&**key, &**value) {
            ("ssl" | "ssl_mode" | "ssl-mode" | "require_ssl", "false" | "0" | "DISABLED" | "disabled") => {}
            ("ssl" | "ssl_mode" | "ssl-mode" | "require_ssl", _) => {
                builder = builder.ssl_opts(SslOpts::default())
            }
            ("unix_socket" | "socket", path) => builder = builder.socket(Some(path.to_owned())),
            // What tunes an application's own driver says nothing about the schema.
            _ => {}
        }
    }
    let mut database = Conn::new(builder).map_err(failed)?;
    read(&mut database).map_err(failed)
}

fn read(database: &mut Conn) -> mysql::Result<String> {
    database.query_drop("SET SESSION TRANSACTION READ ONLY")?;
    let tables: Vec<(String, String)> = database.query(
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = database() ORDER BY table_name",
    )?;
    let mut sql = String::new();
    for (table, kind) in tables {
        let quoted = format!("`{}`", table.replace('`', "``"));
        if kind == "BASE TABLE" {
            let row: Option<(String, String)> =
                database.query_first(format!("SHOW CREATE TABLE {quoted}"))?;
            if let Some((_, statement)) = row {
                let _ = writeln!(sql, "{statement};");
            }
        } else {
            let columns: Vec<String> = database.exec(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = database() AND table_name = ? ORDER BY ordinal_position",
                (&table,),
            )?;
            let columns: Vec<String> =
                columns.iter().map(|column| format!("NULL AS `{}`", column.replace('`', "``"))).collect();
            let _ = writeln!(sql, "CREATE VIEW {quoted} AS SELECT {};", columns.join(", "));
        }
    }
    Ok(sql)
}
