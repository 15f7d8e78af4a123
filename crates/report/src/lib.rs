//! Findings -> bytes, one file per format.
//!
//! A format gets everything through its arguments and depends on `model` alone, so that findings stay self-contained.
//! Whatever comes from the repository is escaped by the format that writes it ([`escape`]).

mod chains;
pub mod diagram;
mod digest;
pub mod escape;
pub mod facts;
mod frame;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod paint;
mod places;
mod plain;
mod pr_comment;
mod rdjson;
#[cfg(test)]
mod sample;
mod sarif;
pub mod schema;
mod step_summary;
mod text;
pub mod witness;
mod words;

use std::io;

use alignment_model::analysis::{Analysis, RevisionComparison};
use alignment_model::contract_map::ContractMap;
use alignment_model::{FileId, Severity, Sources, TextRange};

pub use escape::terminal;
pub use paint::Paint;
pub use places::Places;
pub use step_summary::{STEP_SUMMARY_LIMIT, step_summary};
pub use text::coverage_lines;

/// What a format writes.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// What was found in them.
    pub analysis: &'a Analysis,
    /// Every entity and link, marked with the findings.
    pub map: &'a ContractMap,
    /// The revision that is checked out, where the folder is in a git repository.
    pub revision: Option<&'a str>,
    /// Every rule.
    pub rules: &'a [RuleInfo],
    /// The analysed folder within its repository, with a final `/`; empty where it is the repository's root. Formats that other
    /// programs lay over the repository (annotations, code scanning) name files from that root, everything else from the folder.
    pub folder: &'a str,
    /// What it was compared with, if it tells only what is new.
    pub comparison: Option<&'a RevisionComparison>,
}

/// What formats say about a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// Its name.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Its group.
    pub group: &'static str,
    /// Weight at full confidence.
    pub severity: Severity,
    /// Its page, in Markdown.
    pub page: &'static str,
}

impl<'a> Report<'a> {
    /// The one-line summary of a rule.
    fn summary_of(&self, rule: &str) -> &'static str {
        self.rules.iter().find(|known| known.name == rule).map_or("", |known| known.summary)
    }

    /// The same, with places in the base: for findings that only the base has.
    fn of_base(self) -> Option<Report<'a>> {
        self.comparison.map(|comparison| Report { sources: &comparison.base_sources, ..self })
    }

    /// The path of a file from the root of its repository.
    fn repository_path(&self, file: FileId) -> String {
        let mut folder = self.folder;
        let mut path = self.sources.path(file);
        while let Some(above) = path.strip_prefix("../") {
            path = above;
            folder = folder
                .trim_end_matches('/')
                .rsplit_once('/')
                .map_or("", |(parent, _)| &folder[..=parent.len()]);
        }
        format!("{folder}{path}")
    }
}

/// How people want to see it. Machine formats show everything, without colour.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// With colour.
    pub color: bool,
    /// Findings shown in full at most; `None` for all.
    pub limit: Option<usize>,
    /// Totals, tables and a line for each error, short enough for a comment; for the audit report.
    pub summary_only: bool,
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
    Format {
        name: "html",
        summary: "one page that works offline: every field through every layer, with search",
        write: html::write,
    },
    Format { name: "json", summary: "for programs: everything, version 1", write: json::write },
    Format { name: "sarif", summary: "SARIF 2.1.0: code scanning, editors", write: sarif::write },
    Format {
        name: "github",
        summary: "annotations of GitHub Actions, and a step summary",
        write: github::write,
    },
    Format {
        name: "pr-comment",
        summary: "the comment under a pull request, as Markdown with a marker to find it again",
        write: pr_comment::write,
    },
    Format { name: "gitlab", summary: "GitLab code quality report", write: gitlab::write },
    Format { name: "junit", summary: "JUnit XML: a suite for each rule", write: junit::write },
    Format { name: "rdjson", summary: "reviewdog diagnostics", write: rdjson::write },
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
