//! Findings -> bytes, one file per format.
//!
//! A format gets everything through its arguments and depends on `model` alone, so that findings stay self-contained.
//! Whatever comes from the repository is escaped by the format that writes it ([`escape`]).

pub mod diagram;
mod digest;
pub mod escape;
pub mod facts;
mod frame;
mod json;
mod markdown;
mod paint;
mod places;
#[cfg(test)]
mod sample;
pub mod schema;
mod text;
mod words;

use std::io;

use alignment_model::analysis::Analysis;
use alignment_model::{Sources, TextRange};

pub use escape::terminal;
pub use paint::Paint;
pub use places::Places;

/// What a format writes.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// What was found in them.
    pub analysis: &'a Analysis,
    /// Name and one-line summary of every rule.
    pub rules: &'a [(&'static str, &'static str)],
}

/// How people want to see it. Machine formats show everything, without colour.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// With colour.
    pub color: bool,
    /// Findings shown in full at most; `None` for all.
    pub limit: Option<usize>,
}

/// A format of `audit` and `check`.
#[derive(Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line of help.
    pub summary: &'static str,
    /// Writes a report.
    pub write: fn(&Report<'_>, &View, &mut dyn io::Write) -> io::Result<()>,
}

/// All formats of `audit` and `check`; help, parser and tests read this table.
pub const FORMATS: &[Format] = &[
    Format { name: "text", summary: "for a terminal: the worst findings with both ends", write: text::write },
    Format { name: "markdown", summary: "the audit report, for reading and keeping", write: markdown::write },
    Format { name: "json", summary: "for programs: everything, version 1", write: json::write },
];

/// A mistake in a text outside the analysis (the configuration), with a code frame.
pub fn mistake(
    path: &str,
    text: &str,
    at: TextRange,
    message: &str,
    help: Option<&str>,
    color: bool,
) -> String {
    frame::Frames::new(color).mistake(path, text, at, message, help)
}
