//! The words every other crate speaks.
//!
//! Text comes in as [`SourceFile`]s; `syntax` lowers each to [`code::FileFacts`]; `sql` gives
//! [`schema_change::SchemaChange`]s; `frameworks` turns both into [`entity::Entity`]s and the relations
//! between them ([`project::Project`]); `graph` links entities; `rules` makes [`finding::Finding`]s.
//!
//! Deliberately absent: parsing, file access, serialization (the `report` crate owns every format), and any
//! type of tree-sitter, sqlparser or petgraph.

pub mod analysis;
pub mod api_document;
pub mod code;
pub mod comparison;
pub mod contract_map;
pub mod database;
pub mod diagram;
pub mod dialect;
pub mod entity;
pub mod finding;
pub mod fix;
pub mod key_function;
pub mod known;
pub mod layer;
pub mod name;
pub mod pattern;
pub mod problem;
pub mod project;
pub mod proof;
pub mod schema_change;
pub mod schema_event;
pub mod shape;
pub mod source;

pub use dialect::Dialect;
pub use known::{Known, Why};
pub use layer::{Confidence, Direction, Layer, Severity};
pub use problem::{Problem, ProblemKind};
pub use source::{FileId, LineColumn, LineIndex, SourceFile, Sources, Span, TextRange};
