//! Configuration, pipeline, suppressions. Touches no file and no terminal: the Markdown tests, the comparison of two revisions
//! and an editor use the same door, [`analyze`].
//!
//! Deliberately absent: `std::fs`, the environment, and any format; reading is the command line's work, writing is `report`'s.

pub mod baseline;
pub mod compare;
pub mod config;
mod coverage;
pub mod date;
mod declared;
pub mod fix;
pub mod lost;
mod parse;
pub mod pattern;
mod pipeline;
mod suppress;
mod uses;

pub use alignment_frameworks::openapi::is_candidate as may_be_api_document;
pub use config::Config;
pub use parse::KeptFacts;
pub use pipeline::{DatabaseReader, Options, Outcome, RunningDatabase, analyze};
