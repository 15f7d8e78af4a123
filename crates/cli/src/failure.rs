//! Why a command could not run: a chain of lower-case fragments from the general to the particular, and what to do about it.

use std::fmt::Display;
use std::io::{self, Write};

use alignment_report::terminal;

/// Why a command could not run.
#[derive(Debug)]
pub(crate) struct Failure {
    chain: Vec<String>,
    hint: Option<String>,
    frames: Vec<String>,
    broken_pipe: bool,
}

impl Failure {
    /// A failure with one cause.
    pub(crate) fn new(cause: impl Display) -> Self {
        Self { chain: vec![cause.to_string()], hint: None, frames: Vec::new(), broken_pipe: false }
    }

    /// What the system said.
    pub(crate) fn io(error: &io::Error) -> Self {
        Self::new(reason(error))
    }

    /// The reader of standard output went away.
    pub(crate) fn broken_pipe() -> Self {
        Self { broken_pipe: true, ..Self::new("broken pipe") }
    }

    /// Whether only the reader went away: the end of a run, not a failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }

    /// Says what was being done.
    pub(crate) fn during(mut self, what: impl Display) -> Self {
        self.chain.insert(0, what.to_string());
        self
    }

    /// Says what to do.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Adds a code frame that shows the place.
    pub(crate) fn frame(mut self, frame: String) -> Self {
        self.frames.push(frame);
        self
    }

    /// Writes it to standard error.
    pub(crate) fn print(&self) {
        for frame in &self.frames {
            say(&format!("{frame}\n"));
        }
        say(&format!("error: {}", terminal(&self.chain.join(": "))));
        if let Some(hint) = &self.hint {
            say(&format!("help: {}", terminal(hint)));
        }
    }
}

/// Writes a line to standard error. If that is closed there is nobody to tell.
pub(crate) fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// What the system says, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
