//! What `--database` names: the kind of database, and what may be shown of it.

use std::io::Read;

use alignment_model::Dialect;

use crate::failure::Failure;

/// The kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    PostgreSql,
    MySql,
    Sqlite,
}

impl Kind {
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Kind::PostgreSql => Dialect::PostgreSql,
            Kind::MySql => Dialect::MySql,
            Kind::Sqlite => Dialect::Sqlite,
        }
    }
}

/// Schemes of URLs, without the driver that SQLAlchemy appends (`postgresql+asyncpg`).
const SCHEMES: &[(&str, Kind)] = &[
    ("postgres", Kind::PostgreSql),
    ("postgresql", Kind::PostgreSql),
    ("mysql", Kind::MySql),
    ("mariadb", Kind::MySql),
    ("sqlite", Kind::Sqlite),
];

/// The first bytes of a SQLite file ("Database File Format", 1.3).
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// A database that can be read.
pub(crate) struct Target {
    pub(crate) kind: Kind,
    /// Scheme, host, port and name; or the file.
    pub(crate) shown: String,
    /// URL without SQLAlchemy's driver and without options, or path. Holds credentials: never shown.
    #[cfg_attr(
        not(any(feature = "live-postgres", feature = "live-mysql", feature = "live-sqlite")),
        allow(dead_code, reason = "only drivers read it")
    )]
    pub(crate) address: String,
    /// Options of the URL (`sslmode=require`), in order.
    #[cfg_attr(
        not(any(feature = "live-postgres", feature = "live-mysql")),
        allow(dead_code, reason = "only drivers read it")
    )]
    pub(crate) options: Vec<(String, String)>,
}

impl Target {
    /// Reads a URL, a path or `env:NAME`.
    pub(crate) fn parse(given: &str) -> Result<Self, Failure> {
        match given.strip_prefix("env:") {
            None => Self::of_value(given),
            Some(name) => {
                let value = std::env::var(name).map_err(|_| {
                    Failure::new(format!("the variable `{name}` is not set"))
                        .during("failed to find the database")
                })?;
                Self::of_value(&value)
            }
        }
    }

    fn of_value(value: &str) -> Result<Self, Failure> {
        let Some((scheme, rest)) = value.split_once("://") else { return Self::of_file(value) };
        let base = scheme.split('+').next().unwrap_or(scheme);
        let Some((name, kind)) = SCHEMES.iter().find(|(name, _)| base.eq_ignore_ascii_case(name)) else {
            // The rest may hold a password, so only the scheme is named.
            return Err(Failure::new(format!("databases of the kind `{scheme}` are not read")).hint(
                "write `postgresql://...`, `mysql://...`, `sqlite:///...`, or the path of a SQLite file",
            ));
        };
        let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
        if *kind == Kind::Sqlite {
            // SQLAlchemy: three slashes and a relative path, four and an absolute one.
            return Self::of_file(address.strip_prefix('/').unwrap_or(address));
        }
        let host_and_name = address.rsplit_once('@').map_or(address, |(_, after)| after);
        let options = options.split('&').filter_map(|pair| pair.split_once('='));
        Ok(Self {
            kind: *kind,
            shown: format!("{name}://{host_and_name}"),
            address: format!("{name}://{address}"),
            options: options.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        })
    }

    fn of_file(path: &str) -> Result<Self, Failure> {
        let during = || format!("failed to read the database `{path}`");
        let mut start = Vec::new();
        let read = std::fs::File::open(path)
            .and_then(|file| file.take(SQLITE_MAGIC.len() as u64).read_to_end(&mut start));
        read.map_err(|error| Failure::io(&error).during(during()))?;
        if start != SQLITE_MAGIC {
            return Err(Failure::new("not a SQLite database")
                .during(during())
                .hint("a dump is declared as a source in `alignment.yaml`"));
        }
        Ok(Self { kind: Kind::Sqlite, shown: path.to_owned(), address: path.to_owned(), options: Vec::new() })
    }

    /// A message of a driver without the password, should it quote the URL.
    #[cfg(any(feature = "live-postgres", feature = "live-mysql"))]
    pub(crate) fn without_password(&self, message: &str) -> String {
        let credentials = self.address.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
        match credentials.and_then(|(credentials, _)| credentials.split_once(':')) {
            Some((_, password)) if !password.is_empty() => message.replace(password, "***"),
            _ => message.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_options_are_never_shown() {
        let target = Target::parse("postgresql+asyncpg://me:se@cret@db.example:5433/app?sslmode=require")
            .expect("a URL of PostgreSQL");
        assert_eq!(target.shown, "postgresql://db.example:5433/app");
        assert_eq!(target.options, [("sslmode".to_owned(), "require".to_owned())]);
        assert_eq!(target.address, "postgresql://me:se@cret@db.example:5433/app");
    }

    #[test]
    fn what_is_no_database_is_refused_without_showing_a_password() {
        for given in
            ["oracle://me:secret@host/x", "env:ALIGNMENT_NO_SUCH_VARIABLE", "Cargo.toml", "no/such.db"]
        {
            let failure = Target::parse(given).err().map(|failure| format!("{failure:?}"));
            assert!(failure.is_some_and(|text| !text.contains("secret")), "{given}");
        }
    }
}
