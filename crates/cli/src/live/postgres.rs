//! PostgreSQL: its catalog as statements. The definitions come from the server's own functions (`pg_get_constraintdef` and its
//! kin, PostgreSQL 15 manual 9.26.7), so they are what the server understood, not what somebody wrote.

use std::fmt::Write;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config, NoTls, SimpleQueryMessage};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::target::Target;
use super::{CONNECT_TIMEOUT_S, STATEMENT_TIMEOUT_MS};
use crate::failure::Failure;

/// Relations of the project: tables and partitioned tables, not partitions, not of the system, not of an extension.
const OURS: &str = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND NOT c.relispartition \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

/// Reads the catalog.
pub(super) fn schema(target: &Target) -> Result<String, Failure> {
    let mut catalog = Catalog { client: connect(target)?, target };
    let mut sql = String::new();
    catalog.enums(&mut sql)?;
    catalog.tables(&mut sql)?;
    catalog.statements(&mut sql, PARTITIONS)?;
    catalog.statements(&mut sql, CONSTRAINTS)?;
    catalog.statements(&mut sql, INDEXES)?;
    catalog.statements(&mut sql, VIEWS)?;
    catalog.statements(&mut sql, ROW_SECURITY)?;
    catalog.statements(&mut sql, POLICIES)?;
    Ok(sql)
}

const ENUMS: &str = "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(t.typname), \
    string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) \
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid \
    GROUP BY n.nspname, t.typname ORDER BY 1";

const COLUMNS: &str = "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(c.relname), \
    quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, \
    pg_get_expr(d.adbin, d.adrelid), format_type(a.atttypid, NULL), \
    EXISTS (SELECT FROM pg_depend o JOIN pg_class s ON s.oid = o.objid AND s.relkind = 'S' \
    WHERE o.refobjid = c.oid AND o.refobjsubid = a.attnum AND o.deptype = 'a' \
    AND s.relname = left(c.relname || '_' || a.attname || '_seq', 63)), pg_get_partkeydef(c.oid) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
    WHERE c.relkind IN ('r', 'p') AND {ours} ORDER BY 1, a.attnum";

const CONSTRAINTS: &str = "SELECT format('ALTER TABLE %s%I ADD CONSTRAINT %I %s', \
    CASE n.nspname WHEN 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END, c.relname, k.conname, pg_get_constraintdef(k.oid, true)) \
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE k.contype IN ('p', 'u', 'c', 'x', 'f') AND c.relkind IN ('r', 'p') AND {ours} \
    ORDER BY k.contype = 'f', n.nspname, c.relname, k.contype <> 'p', k.conname";

const INDEXES: &str = "SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
    JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) \
    AND c.relkind IN ('r', 'p') AND {ours} ORDER BY 1";

const PARTITIONS: &str = "SELECT format('CREATE TABLE %s PARTITION OF %s %s', c.oid::regclass, i.inhparent::regclass, \
    pg_get_expr(c.relpartbound, c.oid)) || coalesce(' PARTITION BY ' || pg_get_partkeydef(c.oid), '') \
    FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid WHERE c.relispartition AND c.relkind IN ('r', 'p') ORDER BY c.oid";

/// In the order they were made: one may read another.
const VIEWS: &str = "SELECT format('CREATE %s %s%I AS %s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, \
    CASE n.nspname WHEN 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END, c.relname, rtrim(pg_get_viewdef(c.oid), '; ')) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {ours} ORDER BY c.oid";

const ROW_SECURITY: &str = "SELECT format('ALTER TABLE %s%I %s ROW LEVEL SECURITY', \
    CASE n.nspname WHEN 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END, c.relname, word) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(ARRAY['ENABLE', 'FORCE']) word \
    WHERE (c.relrowsecurity AND word = 'ENABLE' OR c.relforcerowsecurity AND word = 'FORCE') AND {ours} ORDER BY 1";

const POLICIES: &str = "SELECT format('CREATE POLICY %I ON %s%I', p.polname, \
    CASE n.nspname WHEN 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END, c.relname) \
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours} ORDER BY 1";

struct Catalog<'t> {
    client: Client,
    target: &'t Target,
}

impl Catalog<'_> {
    /// Rows of a query, every value as text.
    fn rows(&mut self, query: &str) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let messages = self.client.simple_query(&query.replace("{ours}", OURS));
        let messages = messages.map_err(|error| failed(self.target, &error))?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    /// A query whose rows are statements.
    fn statements(&mut self, sql: &mut String, query: &str) -> Result<(), Failure> {
        for statement in self.rows(query)?.into_iter().flatten().flatten() {
            let _ = writeln!(sql, "{statement};");
        }
        Ok(())
    }

    fn enums(&mut self, sql: &mut String) -> Result<(), Failure> {
        for row in self.rows(ENUMS)? {
            let [Some(name), Some(labels)] = &row[..] else { continue };
            let _ = writeln!(sql, "CREATE TYPE {name} AS ENUM ({labels});");
        }
        Ok(())
    }

    fn tables(&mut self, sql: &mut String) -> Result<(), Failure> {
        let rows = self.rows(COLUMNS)?;
        for table in rows.chunk_by(|one, next| one.first() == next.first()) {
            let Some(Some(name)) = table.first().and_then(|row| row.first()) else { continue };
            let columns: Vec<String> = table.iter().filter_map(|row| column(row)).collect();
            let key = table.first().and_then(|row| row.last()).and_then(Option::as_deref);
            let key = key.map(|key| format!(" PARTITION BY {key}")).unwrap_or_default();
            let _ = writeln!(sql, "CREATE TABLE {name} (\n  {}\n){key};", columns.join(",\n  "));
        }
        Ok(())
    }
}

/// One line of a `CREATE TABLE`; `None` for a table without columns.
fn column(row: &[Option<String>]) -> Option<String> {
    let [
        _,
        Some(name),
        Some(ty),
        Some(not_null),
        identity,
        generated,
        default,
        Some(base),
        owns_sequence,
        ..,
    ] = row
    else {
        return None;
    };
    if let Some(serial) = serial(ty, owns_sequence.as_deref() == Some("t"), default.as_deref()) {
        return Some(format!("{name} {serial} NOT NULL"));
    }
    let mut line = format!("{name} {ty}");
    match (identity.as_deref(), generated.as_deref(), default) {
        (Some("a"), ..) => line.push_str(" GENERATED ALWAYS AS IDENTITY"),
        (Some("d"), ..) => line.push_str(" GENERATED BY DEFAULT AS IDENTITY"),
        (_, Some("s"), Some(expression)) => {
            let _ = write!(line, " GENERATED ALWAYS AS ({expression}) STORED");
        }
        (_, _, Some(default)) => {
            let _ = write!(line, " DEFAULT {}", without_own_cast(default, base));
        }
        _ => {}
    }
    if not_null == "t" {
        line.push_str(" NOT NULL");
    }
    Some(line)
}

/// `serial` for an integer that a sequence of its own fills ("Serial Types", 8.1.4 of the manual).
fn serial(ty: &str, owns_sequence: bool, default: Option<&str>) -> Option<&'static str> {
    if !owns_sequence || !default.is_some_and(|default| default.starts_with("nextval(")) {
        return None;
    }
    match ty {
        "smallint" => Some("smallserial"),
        "integer" => Some("serial"),
        "bigint" => Some("bigserial"),
        _ => None,
    }
}

/// A literal without the cast to the column's own type, which the server adds to what was written.
fn without_own_cast<'d>(default: &'d str, base: &str) -> &'d str {
    let literal = default.strip_suffix(base).and_then(|rest| rest.strip_suffix("::"));
    literal.filter(|literal| literal.starts_with('\'')).unwrap_or(default)
}

/// Opens a session that can only read.
fn connect(target: &Target) -> Result<Client, Failure> {
    let mut config: Config = target.address.parse().map_err(|error: postgres::Error| {
        failed(target, &error).hint("write postgresql://user@host:5432/name")
    })?;
    let mut authority = None;
    let mut mode = SslMode::Prefer;
    for (key, value) in &target.options {
        match (&**key, &**value) {
            ("sslmode", "disable") => mode = SslMode::Disable,
            ("sslmode" | "ssl", "allow" | "prefer") => mode = SslMode::Prefer,
            // Encrypted means verified here, whatever of libpq's three words is written.
            ("sslmode" | "ssl", _) => mode = SslMode::Require,
            ("sslrootcert", path) => authority = Some(path.to_owned()),
            ("host", folder) => {
                config.host(folder);
            }
            ("port", port) => {
                if let Ok(port) = port.parse() {
                    config.port(port);
                }
            }
            // What tunes an application's own driver says nothing about the schema.
            _ => {}
        }
    }
    config
        .ssl_mode(mode)
        .connect_timeout(Duration::from_secs(CONNECT_TIMEOUT_S))
        .application_name(env!("CARGO_PKG_NAME"))
        .options(&format!(
            "-c default_transaction_read_only=on -c statement_timeout={STATEMENT_TIMEOUT_MS} -c search_path=public"
        ));
    let client = match mode {
        SslMode::Disable => config.connect(NoTls),
        _ => config.connect(MakeRustlsConnect::new(tls(authority.as_deref())?)),
    };
    client.map_err(|error| {
        let failure = failed(target, &error);
        let text = format!("{failure:?}").to_ascii_lowercase();
        if text.contains("certificate") {
            failure.hint("name the server's authority with `sslrootcert=FILE` in the URL; certificates are always verified")
        } else {
            failure
        }
    })
}

/// Certificates of the web's authorities, or of the one that is named.
fn tls(authority: Option<&str>) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    match authority {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let unreadable = |error: &dyn std::fmt::Display| {
                Failure::new(error).during(format!("failed to read the certificates in `{path}`"))
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
                let added = certificate.map_err(|error| unreadable(&error)).map(|one| roots.add(one));
                added?.map_err(|error| unreadable(&error))?;
            }
        }
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// What the driver or the server said, with the causes.
fn failed(target: &Target, error: &postgres::Error) -> Failure {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let _ = write!(message, ": {inner}");
        cause = inner.source();
    }
    Failure::new(target.without_password(&message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_read_as_somebody_would_write_them() {
        let cases: &[(&[&str], &str)] = &[
            (
                &["id", "integer", "t", "", "", "nextval('t_id_seq'::regclass)", "integer", "t"],
                "id serial NOT NULL",
            ),
            (
                &["n", "integer", "f", "", "", "nextval('s'::regclass)", "integer", "f"],
                "n integer DEFAULT nextval('s'::regclass)",
            ),
            (
                &["i", "bigint", "t", "a", "", "", "bigint", "t"],
                "i bigint GENERATED ALWAYS AS IDENTITY NOT NULL",
            ),
            (
                &[
                    "s",
                    "character varying(9)",
                    "t",
                    "",
                    "",
                    "'open'::character varying",
                    "character varying",
                    "f",
                ],
                "s character varying(9) DEFAULT 'open' NOT NULL",
            ),
            (
                &["c", "integer", "f", "", "s", "(a + 1)", "integer", "f"],
                "c integer GENERATED ALWAYS AS ((a + 1)) STORED",
            ),
        ];
        for (row, line) in cases {
            let filled = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
            let row = std::iter::once(Some("t".to_owned())).chain(row.iter().map(filled));
            let row: Vec<Option<String>> = row.chain([None]).collect();
            assert_eq!(column(&row).as_deref(), Some(*line));
        }
    }
}
