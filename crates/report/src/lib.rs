//! Findings -> bytes, one file per format.
//!
//! A format gets everything through its arguments and depends on `model` alone, so that findings stay self-contained.
//! Whatever comes from the repository is escaped by the format that writes it.

pub mod facts;
mod places;
