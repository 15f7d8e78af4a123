//! The order in which a value travels, how sure a link is, and how much a finding weighs.

use std::fmt;

/// One of the five places that declare a field, from storage to screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Tables and columns, as migrations or SQL files leave them.
    Database,
    /// Object-relational models (SQLAlchemy, SQLModel).
    Orm,
    /// Request and response schemas (Pydantic, dataclasses, typed dictionaries).
    Schema,
    /// Operations of the HTTP API.
    Route,
    /// Types of the client (TypeScript).
    Client,
}

impl Layer {
    /// All layers, from storage to screen.
    pub const ALL: [Layer; 5] = [Layer::Database, Layer::Orm, Layer::Schema, Layer::Route, Layer::Client];

    /// The name in machine formats.
    pub fn key(self) -> &'static str {
        match self {
            Layer::Database => "db",
            Layer::Orm => "orm",
            Layer::Schema => "api_schema",
            Layer::Route => "api_route",
            Layer::Client => "ts",
        }
    }

    /// The name in prose.
    pub fn label(self) -> &'static str {
        match self {
            Layer::Database => "database",
            Layer::Orm => "model",
            Layer::Schema => "schema",
            Layer::Route => "route",
            Layer::Client => "client",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// How sure a link is, weakest first. A path is as sure as its weakest link; a guessed link never fails a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The same name alone.
    Guessed,
    /// Several signs that agree, none of which is proof.
    Inferred,
    /// The code says so: a table name, a call, an import, a conversion.
    Resolved,
    /// The project's `alignment.yaml` says so.
    Declared,
}

impl Confidence {
    /// All, weakest first.
    pub const ALL: [Confidence; 4] =
        [Confidence::Guessed, Confidence::Inferred, Confidence::Resolved, Confidence::Declared];

    /// Lower-case word, as in machine formats.
    pub fn key(self) -> &'static str {
        match self {
            Confidence::Guessed => "guessed",
            Confidence::Inferred => "inferred",
            Confidence::Resolved => "resolved",
            Confidence::Declared => "declared",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// How much a finding weighs. The order is by weight: `Info < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For reading; never fails a gate by default.
    Info,
    /// Likely harm, or harm under some inputs.
    Warning,
    /// A legal row, JSON or line that breaks can be shown.
    Error,
}

impl Severity {
    /// All, heaviest first.
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

    /// Lower-case word, as in configuration and machine formats.
    pub fn key(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// One step lighter; `Info` stays.
    pub fn lowered(self) -> Severity {
        match self {
            Severity::Error => Severity::Warning,
            Severity::Warning | Severity::Info => Severity::Info,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// The way a value travels when it meets a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Database -> response -> client.
    Read,
    /// Client -> request -> database.
    Write,
    /// Both, or neither: the declarations themselves disagree.
    Both,
}

impl Direction {
    /// Lower-case word, as in machine formats.
    pub fn key(self) -> &'static str {
        match self {
            Direction::Read => "read",
            Direction::Write => "write",
            Direction::Both => "both",
        }
    }
}
