//! What the configuration says about sources of the database layer, its patterns resolved to files by the engine.

use alignment_model::comparison::{AllowedDifference, FacetLevels, Relation};
use alignment_model::name::NameScope;
use alignment_model::project::SourceKind;
use alignment_model::{Dialect, FileId, Span};

/// Sources and comparisons of the configuration, in its order.
#[derive(Clone, Debug, Default)]
pub struct DatabaseSettings {
    /// Declared sources. What they do not cover is still recognised.
    pub sources: Vec<ConfiguredSource>,
    /// Declared comparisons. Two sources that none of them names may still be compared.
    pub comparisons: Vec<ConfiguredComparison>,
}

impl DatabaseSettings {
    /// Nothing is configured.
    pub const NONE: &'static DatabaseSettings =
        &DatabaseSettings { sources: Vec::new(), comparisons: Vec::new() };

    /// Whether a configured source consists of this file, so that nothing else may take it for its own.
    pub fn claims(&self, file: FileId) -> bool {
        self.sources.iter().any(|source| source.files.contains(&file))
    }
}

/// A declared source.
#[derive(Clone, Debug)]
pub struct ConfiguredSource {
    /// Its name.
    pub name: Box<str>,
    /// What sort of source.
    pub kind: SourceKind,
    /// Its dialect; `None` to tell it by evidence.
    pub dialect: Option<Dialect>,
    /// Its files, in the order of the patterns that name them, and of paths within a pattern.
    pub files: Vec<FileId>,
    /// The order in which they apply.
    pub order: SourceOrder,
    /// The function that makes the schema, for code.
    pub entry: Option<Box<str>>,
    /// Its entry in the configuration.
    pub span: Option<Span>,
}

/// The order in which the files of a source apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceOrder {
    /// As listed.
    List,
    /// By path, letter by letter.
    Name,
    /// By path, numbers in it as numbers: `2_b` before `10_a`.
    Number,
    /// By the date at the start of the file's (or its folder's) name, however its parts are separated.
    Date,
}

/// A declared comparison.
#[derive(Clone, Debug)]
pub struct ConfiguredComparison {
    /// One side: the name of a declared source, or the path of a recognised one.
    pub left: Box<str>,
    /// The other side.
    pub right: Box<str>,
    /// What must hold.
    pub relation: Relation,
    /// The tables it is about.
    pub tables: NameScope,
    /// Levels.
    pub facets: FacetLevels,
    /// Accepted differences.
    pub allowed: Vec<AllowedDifference>,
    /// Its entry in the configuration.
    pub span: Option<Span>,
    /// The place that names the left side.
    pub left_span: Option<Span>,
    /// The place that names the right side.
    pub right_span: Option<Span>,
}
