//! Colours of the terminal, or none.

use alignment_model::Severity;
use anstyle::{AnsiColor, Style};

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    color: bool,
}

impl Paint {
    /// With or without colour.
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// For names.
    pub fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    /// For what is less important.
    pub fn dim(self, text: &str) -> String {
        if text.is_empty() { String::new() } else { self.with(Style::new().dimmed(), text) }
    }

    /// In the colour of a weight.
    pub fn severity(self, severity: Severity, text: &str) -> String {
        let color = match severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Info => AnsiColor::Cyan,
        };
        self.with(color.on_default().bold(), text)
    }
}
