//! What could not be read, as data: analyses return `(T, Vec<Problem>)`, and only the edge returns `Result`.

use crate::source::Span;

/// One thing that could not be read or understood, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where, if it has a place.
    pub span: Option<Span>,
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// A lower-case fragment that says what and what follows from it.
    pub message: String,
}

/// The kinds of trouble, by what the reader can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A file or folder could not be read (permissions, encoding, size, link loop).
    Unreadable,
    /// The syntax is broken; the broken declaration is lost, the rest of the file is not.
    Syntax,
    /// A limit of the analyzer was reached (depth, size, number of matches, unrolled steps).
    Limit,
    /// A name that could not be resolved, where that costs a declaration.
    Unresolved,
    /// A construct that is not modelled, where that costs a declaration.
    Unmodelled,
    /// A mistake in `alignment.yaml` that does not stop the analysis.
    Configuration,
}

impl ProblemKind {
    /// Lower-case word, as in machine formats.
    pub fn key(self) -> &'static str {
        match self {
            ProblemKind::Unreadable => "unreadable",
            ProblemKind::Syntax => "syntax",
            ProblemKind::Limit => "limit",
            ProblemKind::Unresolved => "unresolved",
            ProblemKind::Unmodelled => "unmodelled",
            ProblemKind::Configuration => "configuration",
        }
    }
}

impl Problem {
    /// A problem at a place.
    pub fn at(span: Span, kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { span: Some(span), kind, message: message.into() }
    }

    /// A problem without a place.
    pub fn general(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { span: None, kind, message: message.into() }
    }
}
