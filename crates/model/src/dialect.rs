//! The SQL dialects that are read.

use std::fmt;

/// A dialect of SQL. Others are named as not read, never misread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// PostgreSQL, and the reading where nothing says otherwise.
    #[default]
    PostgreSql,
    /// SQLite.
    Sqlite,
    /// MySQL and MariaDB.
    MySql,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Dialect; 3] = [Dialect::PostgreSql, Dialect::Sqlite, Dialect::MySql];

    /// The name in configuration and machine formats.
    pub fn key(self) -> &'static str {
        match self {
            Dialect::PostgreSql => "postgresql",
            Dialect::Sqlite => "sqlite",
            Dialect::MySql => "mysql",
        }
    }

    /// The name in prose.
    pub fn label(self) -> &'static str {
        match self {
            Dialect::PostgreSql => "PostgreSQL",
            Dialect::Sqlite => "SQLite",
            Dialect::MySql => "MySQL",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
