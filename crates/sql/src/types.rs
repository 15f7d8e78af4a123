//! A type as written in any of the dialects -> PostgreSQL's short spelling ([`SqlType`]).
//!
//! MySQL and SQLite types become the PostgreSQL type that holds the same values; where none does exactly, the nearest that
//! holds them all. A name that is no built-in type stays: it is an enumeration, a domain or an extension's type.

use alignment_model::database::Generated;
use alignment_model::entity::SqlType;
use alignment_model::schema_change::is_known_name;
use alignment_model::{Known, Why};

use crate::Dialect;
use crate::scan::{Lexeme, LexemeKind, Lexer, name_of, text_of};

/// A type and what it says beside.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadType {
    /// The type.
    pub ty: Known<SqlType>,
    /// Labels of MySQL's `ENUM('a', 'b')`.
    pub labels: Option<Vec<Box<str>>>,
    /// `serial` and its sisters: an integer that the database fills.
    pub generated: Generated,
}

/// Spellings of PostgreSQL (table 8.1 of its manual) and the standard, by the words in lower case.
const SYNONYMS: &[(&str, &str)] = &[
    ("character varying", "varchar"),
    ("char varying", "varchar"),
    ("nvarchar", "varchar"),
    ("national character varying", "varchar"),
    ("character", "char"),
    ("bpchar", "char"),
    ("nchar", "char"),
    ("int", "int4"),
    ("integer", "int4"),
    ("bigint", "int8"),
    ("smallint", "int2"),
    ("boolean", "bool"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("real", "float4"),
    ("double precision", "float8"),
    ("double", "float8"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
    ("bit varying", "varbit"),
    ("serial", "int4"),
    ("serial4", "int4"),
    ("bigserial", "int8"),
    ("serial8", "int8"),
    ("smallserial", "int2"),
    ("serial2", "int2"),
];

/// What MySQL's types (chapter 11 of its manual) are called in PostgreSQL. Read before [`SYNONYMS`].
const MYSQL: &[(&str, &str)] = &[
    ("tinyint", "int2"),
    ("tinyint unsigned", "int2"),
    ("smallint unsigned", "int4"),
    ("mediumint", "int4"),
    ("mediumint unsigned", "int4"),
    ("int unsigned", "int8"),
    ("integer unsigned", "int8"),
    ("bigint unsigned", "int8"),
    ("serial", "int8"),
    ("year", "int2"),
    ("float", "float4"),
    ("float unsigned", "float4"),
    ("double unsigned", "float8"),
    ("decimal unsigned", "numeric"),
    ("datetime", "timestamp"),
    ("tinytext", "text"),
    ("mediumtext", "text"),
    ("longtext", "text"),
    ("set", "text"),
    ("tinyblob", "bytea"),
    ("mediumblob", "bytea"),
    ("longblob", "bytea"),
    ("blob", "bytea"),
    ("binary", "bytea"),
    ("varbinary", "bytea"),
];

/// What names that people write in SQLite mean; it takes any name, and its own five classes hold 64-bit integers
/// (<https://www.sqlite.org/datatype3.html>). Read before [`SYNONYMS`].
const SQLITE: &[(&str, &str)] = &[
    ("integer", "int8"),
    ("int", "int8"),
    ("tinyint", "int2"),
    ("mediumint", "int4"),
    ("real", "float8"),
    ("float", "float8"),
    ("double", "float8"),
    ("blob", "bytea"),
    ("clob", "text"),
    ("datetime", "timestamp"),
    ("number", "numeric"),
    ("string", "text"),
];

/// Types whose arguments in MySQL are a display width, which changes no value.
const WIDTH_ONLY: &[&str] = &["int2", "int4", "int8", "float4", "float8"];

/// The type that `text` spells.
pub fn read_type(text: &str, dialect: Dialect) -> ReadType {
    let written = Spelling::read(text, dialect);
    if written.words.is_empty() {
        let why = if text.trim().is_empty() { Why::NotStated } else { Why::UnsupportedConstruct };
        return ReadType { ty: Known::Unknown(why), labels: None, generated: Generated::No };
    }
    if !is_known_name(&written.words) {
        return ReadType {
            ty: Known::Unknown(Why::DynamicExpression),
            labels: None,
            generated: Generated::No,
        };
    }
    // `ARRAY` alone is what a catalog prints that lost the element.
    if written.words == "array" {
        return ReadType { ty: Known::Unknown(Why::NotStated), labels: None, generated: Generated::No };
    }
    let serial = written.words.contains("serial") && SYNONYMS.iter().any(|(from, _)| *from == written.words);
    let generated = match dialect {
        _ if !serial => Generated::No,
        Dialect::PostgreSql => Generated::Serial,
        Dialect::Sqlite | Dialect::MySql => Generated::AutoIncrement,
    };
    let mut ty = canonical(&written, dialect);
    ty.array = written.array;
    ReadType { ty: Known::Is(ty), labels: written.labels, generated }
}

fn canonical(written: &Spelling, dialect: Dialect) -> SqlType {
    let words = written.words.as_str();
    let own: &[(&str, &str)] = match dialect {
        Dialect::PostgreSql => &[],
        Dialect::Sqlite => SQLITE,
        Dialect::MySql => MYSQL,
    };
    if dialect == Dialect::MySql && matches!(words, "tinyint" | "bit") && written.arguments == [1] {
        return SqlType::new("bool");
    }
    let found = own.iter().chain(SYNONYMS).find(|(from, _)| *from == words);
    let base = found.map_or(words, |(_, to)| to);
    let arguments = &written.arguments;
    match base {
        // `float(p)`: up to 24 bits are single precision (PostgreSQL 8.1.3).
        "float" => {
            SqlType::new(if arguments.first().is_some_and(|bits| *bits <= 24) { "float4" } else { "float8" })
        }
        "char" if arguments.is_empty() && !written.quoted => SqlType::with("char", [1]),
        "numeric" if arguments.len() == 1 => SqlType::with("numeric", [arguments[0], 0]),
        _ if dialect == Dialect::MySql && WIDTH_ONLY.contains(&base) => SqlType::new(base),
        "bytea" => SqlType::new("bytea"),
        _ => match &written.modifier {
            Some(modifier) => SqlType::new(format!("{base}({modifier})")),
            None => SqlType::with(base, arguments.clone()),
        },
    }
}

/// A type taken apart.
#[derive(Default)]
struct Spelling {
    /// Words in lower case, one space between; a quoted name as it is, with its schema if that is not the default.
    words: String,
    /// The last word was quoted.
    quoted: bool,
    /// Numbers in parentheses.
    arguments: Vec<u32>,
    /// What else stands in parentheses, white space taken out.
    modifier: Option<String>,
    labels: Option<Vec<Box<str>>>,
    array: bool,
}

impl Spelling {
    fn read(text: &str, dialect: Dialect) -> Self {
        let mut spelling = Self::default();
        let mut lexemes = Lexer::new(text, dialect).peekable();
        let mut after_dot = false;
        while let Some(lexeme) = lexemes.next() {
            match lexeme.kind {
                LexemeKind::Word | LexemeKind::Quoted => {
                    let Some(word) = name_of(text, lexeme) else { continue };
                    spelling.word(&word, lexeme.kind == LexemeKind::Quoted, after_dot, dialect);
                    after_dot = false;
                }
                LexemeKind::Symbol(b'.') => after_dot = true,
                LexemeKind::Symbol(b'[') => spelling.array = true,
                LexemeKind::Symbol(b'(') => {
                    let inside: Vec<Lexeme> = lexemes
                        .by_ref()
                        .take_while(|lexeme| lexeme.kind != LexemeKind::Symbol(b')'))
                        .collect();
                    spelling.parenthesis(text, &inside);
                }
                _ => {}
            }
        }
        spelling
    }

    fn word(&mut self, word: &str, quoted: bool, after_dot: bool, dialect: Dialect) {
        match word {
            "array" if !self.words.is_empty() => self.array = true,
            "zerofill" | "signed" => {}
            // SQLite's brackets lex as a quoted name.
            "" if quoted && dialect == Dialect::Sqlite => self.array = true,
            // The schema stands before the name.
            _ if after_dot => {
                let schema = std::mem::take(&mut self.words);
                let default = matches!(&*schema, "public" | "pg_catalog" | "main" | "information_schema");
                self.words = if default { word.to_owned() } else { format!("{schema}.{word}") };
            }
            _ if self.words.is_empty() => self.words = word.to_owned(),
            _ => {
                self.words.push(' ');
                self.words.push_str(word);
            }
        }
        self.quoted = quoted;
    }

    fn parenthesis(&mut self, text: &str, inside: &[Lexeme]) {
        let raw = |lexeme: &Lexeme| &text[lexeme.start..lexeme.end];
        if matches!(self.words.as_str(), "enum" | "set") {
            let labels = inside.iter().filter_map(|lexeme| text_of(text, *lexeme));
            self.labels = (self.words == "enum").then(|| labels.map(Into::into).collect());
            return;
        }
        let numbers: Option<Vec<u32>> = inside
            .iter()
            .filter(|lexeme| lexeme.kind != LexemeKind::Symbol(b','))
            .map(|lexeme| raw(lexeme).parse().ok())
            .collect();
        match numbers {
            Some(numbers) => self.arguments = numbers,
            None if inside.iter().any(|lexeme| raw(lexeme).eq_ignore_ascii_case("max")) => {}
            None => self.modifier = Some(inside.iter().map(raw).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str, dialect: Dialect) -> String {
        match read_type(text, dialect).ty {
            Known::Is(ty) => ty.to_string(),
            Known::Unknown(_) => "?".to_owned(),
        }
    }

    #[test]
    fn types_have_one_spelling() {
        let cases = [
            ("CHARACTER VARYING(20)", Dialect::PostgreSql, "varchar(20)"),
            ("Varchar", Dialect::PostgreSql, "varchar"),
            ("char", Dialect::PostgreSql, "char(1)"),
            ("\"char\"", Dialect::PostgreSql, "char"),
            ("TIMESTAMP(6) WITH TIME ZONE", Dialect::PostgreSql, "timestamptz(6)"),
            ("timestamp without time zone", Dialect::PostgreSql, "timestamp"),
            ("DECIMAL(10, 2)", Dialect::PostgreSql, "numeric(10,2)"),
            ("numeric(6)", Dialect::PostgreSql, "numeric(6,0)"),
            ("double precision", Dialect::PostgreSql, "float8"),
            ("float(10)", Dialect::PostgreSql, "float4"),
            ("text[][]", Dialect::PostgreSql, "text[]"),
            ("integer ARRAY[4]", Dialect::PostgreSql, "int4[]"),
            ("ARRAY", Dialect::PostgreSql, "?"),
            ("public.\"OrderStatus\"", Dialect::PostgreSql, "OrderStatus"),
            ("auth.level", Dialect::PostgreSql, "auth.level"),
            ("geometry(Point, 4326)", Dialect::PostgreSql, "geometry(Point,4326)"),
            ("vector(3)", Dialect::PostgreSql, "vector(3)"),
            ("tinyint(1)", Dialect::MySql, "bool"),
            ("int(11) unsigned", Dialect::MySql, "int8"),
            ("datetime(6)", Dialect::MySql, "timestamp(6)"),
            ("varbinary(16)", Dialect::MySql, "bytea"),
            ("INTEGER", Dialect::Sqlite, "int8"),
            ("DATETIME", Dialect::Sqlite, "timestamp"),
            ("", Dialect::Sqlite, "?"),
        ];
        for (text, dialect, expected) in cases {
            assert_eq!(short(text, dialect), expected, "{text}");
        }
    }

    #[test]
    fn serial_and_enum_say_more_than_a_type() {
        assert_eq!(read_type("BIGSERIAL", Dialect::PostgreSql).generated, Generated::Serial);
        let labels = read_type("ENUM('a','it''s')", Dialect::MySql).labels;
        assert_eq!(labels, Some(vec!["a".into(), "it's".into()]));
    }
}
