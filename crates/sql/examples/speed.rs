//! How fast SQL is read, beside sqlparser's own speed on the same statements.
//!
//! `cargo run --release -p alignment-sql --example speed -- FILE...`

// An example speaks to its user.
#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use alignment_model::FileId;
use alignment_sql::{Dialect, DialectEvidence, Place, evidence, path_evidence, read_script, statements};
use sqlparser::dialect as parsers;
use sqlparser::parser::Parser;

fn main() -> Result<(), Box<dyn Error>> {
    let mut total = Totals::default();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let text = String::from_utf8_lossy(&bytes);
        let dialect = match (evidence(&text), path_evidence(&path)) {
            (DialectEvidence::Is(dialect), _) | (_, DialectEvidence::Is(dialect)) => dialect,
            _ => Dialect::default(),
        };
        total.bytes += text.len();
        let start = Instant::now();
        let raw: Vec<_> = statements(&text, dialect).collect();
        total.split += start.elapsed();
        let start = Instant::now();
        let script = read_script(&text, Place::Verbatim { file: FileId::new(0), offset: 0 }, dialect);
        total.read += start.elapsed();
        total.statements += black_box(script).statements;
        let start = Instant::now();
        for statement in &raw {
            total.parsed += usize::from(black_box(parse(statement.text, dialect)));
        }
        total.sqlparser += start.elapsed();
    }
    let megabytes = total.bytes as f64 / 1e6;
    println!("{megabytes:.1} MB, {} statements", total.statements);
    for (what, time) in [
        ("split into statements", total.split),
        ("read (split, shape, fallbacks)", total.read),
        ("sqlparser, statement by statement", total.sqlparser),
    ] {
        let seconds = time.as_secs_f64();
        println!("{what:34} {:9.1} ms {:8.1} MB/s", seconds * 1e3, megabytes / seconds.max(1e-9));
    }
    println!("sqlparser accepts {} of {} statements", total.parsed, total.statements);
    Ok(())
}

#[derive(Default)]
struct Totals {
    bytes: usize,
    statements: usize,
    parsed: usize,
    split: Duration,
    read: Duration,
    sqlparser: Duration,
}

fn parse(text: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::PostgreSql => Parser::parse_sql(&parsers::PostgreSqlDialect {}, text).is_ok(),
        Dialect::Sqlite => Parser::parse_sql(&parsers::SQLiteDialect {}, text).is_ok(),
        Dialect::MySql => Parser::parse_sql(&parsers::MySqlDialect {}, text).is_ok(),
    }
}
