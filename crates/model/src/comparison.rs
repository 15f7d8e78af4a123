//! Two sources of the database layer that describe the same tables, and what their agreement consists of.
//!
//! Deliberately absent: judgement (`rules`) and dates (`engine` ends the entries of an allow-list).

use crate::layer::{Confidence, Severity};
use crate::name::NameScope;
use crate::source::Span;

/// Two sources that are to agree.
#[derive(Clone, Debug)]
pub struct SourceComparison {
    /// The first, by position in [`Project::database_sources`](crate::project::Project::database_sources). Of an inferred
    /// comparison, the one that changes the database (migrations), so that the other can lack what it makes.
    pub left: u32,
    /// The second.
    pub right: u32,
    /// What must hold.
    pub relation: Relation,
    /// The tables it is about.
    pub tables: NameScope,
    /// How much each kind of difference weighs.
    pub facets: FacetLevels,
    /// Differences that are accepted.
    pub allowed: Vec<AllowedDifference>,
    /// `Declared` in the configuration, or as sure as the evidence.
    pub confidence: Confidence,
    /// Why the two are compared, as a phrase: "both hold 40 of 42 tables".
    pub reason: Box<str>,
    /// The entry of the configuration.
    pub span: Option<Span>,
}

/// How the tables and columns of two sources are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// Each has what the other has.
    Equal,
    /// The right one has everything that the left one has.
    LeftSubset,
    /// The left one has everything that the right one has.
    RightSubset,
}

impl Relation {
    /// All relations.
    pub const ALL: [Relation; 3] = [Relation::Equal, Relation::LeftSubset, Relation::RightSubset];

    /// The name in configuration.
    pub fn key(self) -> &'static str {
        match self {
            Relation::Equal => "equal",
            Relation::LeftSubset => "left-subset",
            Relation::RightSubset => "right-subset",
        }
    }
}

/// How much a difference weighs, by what differs; `None` is not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FacetLevels {
    /// Tables and columns by name.
    pub name: Option<Severity>,
    /// The class of a column's type (integer, text, uuid, ...).
    pub type_class: Option<Severity>,
    /// Whether a column may be NULL.
    pub nullability: Option<Severity>,
    /// The default of a column.
    pub default: Option<Severity>,
}

impl Default for FacetLevels {
    /// Names and type classes. Nullability and defaults are written with such different care that comparing them unasked is
    /// noise.
    fn default() -> Self {
        Self {
            name: Some(Severity::Error),
            type_class: Some(Severity::Warning),
            nullability: None,
            default: None,
        }
    }
}

/// A difference that is accepted.
#[derive(Clone, Debug)]
pub struct AllowedDifference {
    /// The tables.
    pub table: NameScope,
    /// The columns; `None` for the table as a whole, its columns included.
    pub column: Option<NameScope>,
}

impl AllowedDifference {
    /// Whether it covers a table (`column` is `None`) or a column.
    pub fn covers(&self, table: &str, column: Option<&str>) -> bool {
        self.table.contains(table)
            && match (&self.column, column) {
                (None, _) => true,
                (Some(scope), Some(column)) => scope.contains(column),
                (Some(_), None) => false,
            }
    }
}
