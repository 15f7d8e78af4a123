//! Why a command could not run, as a chain of lower-case fragments from the general to the particular.

use std::fmt::Display;

/// Why a command could not run.
#[derive(Debug)]
pub(crate) struct Failure {
    chain: Vec<String>,
}

impl Failure {
    /// A failure with one cause.
    pub(crate) fn new(cause: impl Display) -> Self {
        Self { chain: vec![cause.to_string()] }
    }

    /// Says what was being done.
    pub(crate) fn during(mut self, what: impl Display) -> Self {
        self.chain.insert(0, what.to_string());
        self
    }

    /// Writes it to standard error.
    pub(crate) fn print(&self) {
        anstream::eprintln!("error: {}", self.chain.join(": "));
    }
}
