//! SQL text -> schema changes. PostgreSQL, SQLite and MySQL.
//!
//! A script is split into statements by a lexer that knows what hides a semicolon ([`statements`]); each statement is read alone, so
//! that a broken one costs itself. Heads (`CREATE TABLE t (`, `ALTER TABLE t ADD`) are few fixed words and are read here;
//! definitions, expressions and queries are read by sqlparser in the dialect that the evidence names ([`evidence`]). A
//! definition that sqlparser refuses is read word by word. A statement that may change the shape of a table and was not
//! understood is [`ChangeKind::Unmodelled`](alignment_model::schema_change::ChangeKind::Unmodelled); data (`INSERT`, `COPY`) is skipped without being parsed.
//!
//! Deliberately absent: what a change does to a schema (`frameworks::database` folds changes), types of sqlparser outside this
//! crate, and dialects beyond the three, which are named and not read.

mod alter_table;
mod block;
mod check;
mod column;
mod condition;
mod context;
mod create_table;
mod cursor;
mod data;
mod dialect;
mod index;
mod name;
mod parse;
mod rows;
mod scan;
mod script;
mod split;
mod statement;
#[cfg(test)]
mod tests;
mod types;
mod view;

pub use check::{ValueSet, value_set_of_text};
pub use condition::{first_value, returns_row};
pub use context::Place;
pub use data::{Action, DataStatement, Item, Scalar, Selection, read_data};
pub use dialect::{Dialect, DialectEvidence, evidence, path_evidence};
pub use index::index_key;
pub use name::qualified;
pub use rows::read_rows;
pub use script::{Script, mentions, read_script, renamed_in_expression};
pub use split::{RawStatement, Statements, statements};
pub use types::{ReadType, read_type};
