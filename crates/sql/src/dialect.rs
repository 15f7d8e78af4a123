//! Which SQL a text is written in, by evidence in it and in its path.
//!
//! Never "the first dialect that parses": the PostgreSQL and SQLite readings of MySQL's `KEY k (a)` are a *column* named `key`.

pub use alignment_model::Dialect;

use crate::scan::{LexemeKind, Lexer};

/// What the evidence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialectEvidence {
    /// One of the dialects that are read.
    Is(Dialect),
    /// A dialect that is not read, by its name. Such a text is named, never misread.
    Unsupported(&'static str),
    /// Nothing tells dialects apart.
    None,
}

/// How many lexemes are looked at: a dialect shows itself early, dumps have gigabytes.
const LOOKED_AT: usize = 20_000;

/// Words that occur in one dialect only. A pair is two words in a row (`ENGINE =` is one word and a symbol, see [`evidence`]).
const WORDS: &[(&str, DialectEvidence)] = &[
    ("auto_increment", DialectEvidence::Is(Dialect::MySql)),
    ("mediumtext", DialectEvidence::Is(Dialect::MySql)),
    ("longtext", DialectEvidence::Is(Dialect::MySql)),
    ("unsigned", DialectEvidence::Is(Dialect::MySql)),
    ("autoincrement", DialectEvidence::Is(Dialect::Sqlite)),
    ("pragma", DialectEvidence::Is(Dialect::Sqlite)),
    ("rowid", DialectEvidence::Is(Dialect::Sqlite)),
    ("strftime", DialectEvidence::Is(Dialect::Sqlite)),
    ("jsonb", DialectEvidence::Is(Dialect::PostgreSql)),
    ("timestamptz", DialectEvidence::Is(Dialect::PostgreSql)),
    ("bigserial", DialectEvidence::Is(Dialect::PostgreSql)),
    ("serial", DialectEvidence::Is(Dialect::PostgreSql)),
    ("plpgsql", DialectEvidence::Is(Dialect::PostgreSql)),
    ("bytea", DialectEvidence::Is(Dialect::PostgreSql)),
    ("mergetree", DialectEvidence::Unsupported("ClickHouse")),
    ("replicatedmergetree", DialectEvidence::Unsupported("ClickHouse")),
    ("lowcardinality", DialectEvidence::Unsupported("ClickHouse")),
    ("nvarchar2", DialectEvidence::Unsupported("Oracle")),
    ("varchar2", DialectEvidence::Unsupported("Oracle")),
    ("uniqueidentifier", DialectEvidence::Unsupported("SQL Server")),
    ("read_parquet", DialectEvidence::Unsupported("DuckDB")),
    ("read_csv_auto", DialectEvidence::Unsupported("DuckDB")),
];

/// Folders and file name parts that name a dialect.
const PATH_WORDS: &[(&str, DialectEvidence)] = &[
    ("mysql", DialectEvidence::Is(Dialect::MySql)),
    ("mariadb", DialectEvidence::Is(Dialect::MySql)),
    ("sqlite", DialectEvidence::Is(Dialect::Sqlite)),
    ("sqlite3", DialectEvidence::Is(Dialect::Sqlite)),
    ("d1", DialectEvidence::Is(Dialect::Sqlite)),
    ("postgres", DialectEvidence::Is(Dialect::PostgreSql)),
    ("postgresql", DialectEvidence::Is(Dialect::PostgreSql)),
    ("supabase", DialectEvidence::Is(Dialect::PostgreSql)),
    ("clickhouse", DialectEvidence::Unsupported("ClickHouse")),
    ("duckdb", DialectEvidence::Unsupported("DuckDB")),
    ("mssql", DialectEvidence::Unsupported("SQL Server")),
    ("snowflake", DialectEvidence::Unsupported("Snowflake")),
    ("bigquery", DialectEvidence::Unsupported("BigQuery")),
];

/// What the text says. The most frequent evidence wins; a tie goes to the first of the table.
pub fn evidence(text: &str) -> DialectEvidence {
    let mut counts = [0usize; WORDS.len() + 2];
    let (backtick, dollar) = (WORDS.len(), WORDS.len() + 1);
    let mut previous_colon = false;
    // PostgreSQL's rules of quoting hide the most.
    for lexeme in Lexer::new(text, Dialect::PostgreSql).take(LOOKED_AT) {
        let raw = &text[lexeme.start..lexeme.end];
        let colon = lexeme.kind == LexemeKind::Symbol(b':');
        match lexeme.kind {
            LexemeKind::Word => {
                if let Some(at) = WORDS.iter().position(|(word, _)| raw.eq_ignore_ascii_case(word)) {
                    counts[at] += 1;
                }
            }
            LexemeKind::Quoted if raw.starts_with('`') => counts[backtick] += 1,
            LexemeKind::Text if raw.starts_with('$') => counts[dollar] += 1,
            LexemeKind::Symbol(b':') if previous_colon => counts[dollar] += 1,
            _ => {}
        }
        previous_colon = colon;
    }
    let of = |wanted: DialectEvidence| -> usize {
        WORDS.iter().zip(counts).filter(|((_, says), _)| *says == wanted).map(|(_, count)| count).sum()
    };
    let mysql = of(DialectEvidence::Is(Dialect::MySql)) + counts[backtick];
    let sqlite = of(DialectEvidence::Is(Dialect::Sqlite));
    let postgres = of(DialectEvidence::Is(Dialect::PostgreSql)) + counts[dollar];
    // One word of a dialect that is not read is enough: reading it wrongly is worse than not at all.
    let foreign = WORDS.iter().zip(counts).find(|((_, says), count)| {
        matches!(says, DialectEvidence::Unsupported(_)) && *count > 0 && *count * 2 > postgres
    });
    match (foreign, mysql.max(sqlite).max(postgres)) {
        (Some(((_, says), _)), _) => *says,
        (None, 0) => DialectEvidence::None,
        (None, most) if most == postgres => DialectEvidence::Is(Dialect::PostgreSql),
        // SQLite accepts backticks, so its own words outweigh them.
        (None, _) if sqlite > 0 && mysql == counts[backtick] => DialectEvidence::Is(Dialect::Sqlite),
        (None, most) if most == mysql => DialectEvidence::Is(Dialect::MySql),
        (None, _) => DialectEvidence::Is(Dialect::Sqlite),
    }
}

/// What the path says: its last part that names a dialect.
pub fn path_evidence(path: &str) -> DialectEvidence {
    let words = path.rsplit(|c: char| !c.is_ascii_alphanumeric());
    let known = |word: &str| PATH_WORDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name));
    words.filter_map(known).map(|(_, says)| *says).next().unwrap_or(DialectEvidence::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_tells_its_dialect() {
        use DialectEvidence::{Is, None, Unsupported};
        let cases = [
            ("CREATE TABLE `t` (`a` int, KEY `k` (`a`)) ENGINE=InnoDB", Is(Dialect::MySql)),
            ("create table t (id integer primary key autoincrement)", Is(Dialect::Sqlite)),
            ("create table `t` (id integer primary key autoincrement)", Is(Dialect::Sqlite)),
            ("create table t (a jsonb default '{}'::jsonb)", Is(Dialect::PostgreSql)),
            ("do $$ begin end $$", Is(Dialect::PostgreSql)),
            ("create table t (a UInt64) ENGINE = MergeTree ORDER BY a", Unsupported("ClickHouse")),
            ("create table t (a text)", None),
            ("-- auto_increment\nselect 'autoincrement'", None),
        ];
        for (text, expected) in cases {
            assert_eq!(evidence(text), expected, "{text}");
        }
    }

    #[test]
    fn the_path_tells_it_too() {
        assert_eq!(path_evidence("db/mysql/001.sql"), DialectEvidence::Is(Dialect::MySql));
        assert_eq!(path_evidence("db/schema_sqlite.sql"), DialectEvidence::Is(Dialect::Sqlite));
        assert_eq!(path_evidence("db/schema.sql"), DialectEvidence::None);
    }
}
