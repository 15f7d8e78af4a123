//! What mends a finding: the change as a rule means it, and as text of files once it is placed.
//!
//! A rule knows both ends and so what has to change, and knows no text. `engine` knows the texts, places each change in the style of its
//! file, and takes a fix away whose changes have no sure place.

use crate::entity::{EntityId, FieldId, TableName};
use crate::shape::{DeclarationKey, Shape};
use crate::source::{FileId, Span, TextRange};

/// What mends a finding, where that is certain: it only adds, and there is one way to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an imperative without a final stop.
    pub title: String,
    /// The same as text, in order of place.
    pub edits: Vec<Edit>,
    /// Files that it makes.
    pub new_files: Vec<NewFile>,
}

/// One range of a file with what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The file.
    pub file: FileId,
    /// What is replaced; empty where something is put in.
    pub range: TextRange,
    /// What stands there then.
    pub replacement: String,
}

impl Edit {
    /// Puts a text in before what stands at an offset.
    pub fn put_in(file: FileId, at: u32, text: impl Into<String>) -> Self {
        Self { file, range: TextRange { start: at, end: at }, replacement: text.into() }
    }
}

/// A file that a fix makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewFile {
    /// Path relative to the root.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What a rule asks for: all of it, or the finding stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// As [`Fix::title`].
    pub title: String,
    /// What has to change.
    pub changes: Vec<Change>,
}

impl Remedy {
    /// A remedy of one change.
    pub fn new(title: impl Into<String>, change: Change) -> Self {
        Self { title: title.into(), changes: vec![change] }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The property or field that is declared here may be null too.
    AllowNull(Span),
    /// A client type or a schema gets members at its end.
    AddMembers {
        /// Place of its name.
        owner: Span,
        /// The members, in order.
        members: Vec<Member>,
        /// Types of the other side, and what they are called on this one.
        names: Vec<(DeclarationKey, DeclarationKey)>,
    },
    /// The type of a column that is an enumeration gets `values_callable`.
    StoreValues {
        /// Place of the attribute.
        attribute: Span,
        /// Name of the enumeration.
        enumeration: Box<str>,
    },
    /// The text of an attribute's `server_default` loses the quotes inside of it.
    UnquoteDefault {
        /// Place of the attribute.
        attribute: Span,
        /// The text with them.
        stored: Box<str>,
        /// The text without.
        plain: Box<str>,
    },
    /// A table of a file of SQL gets a column that another source gives it.
    DeclareColumn {
        /// The table as the file declares it.
        table: EntityId,
        /// The column of the other source.
        column: FieldId,
    },
    /// A migration of Alembic changes the database.
    Migrate {
        /// The tree of revisions, by position in `Project::database_sources`.
        source: u32,
        /// What it does.
        step: MigrationStep,
    },
}

/// A member that a type gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name, as the type spells it.
    pub name: Box<str>,
    /// Its type.
    pub shape: Shape,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it may be left out.
    pub optional: bool,
}

/// What a migration does.
#[derive(Clone, Debug, PartialEq)]
pub enum MigrationStep {
    /// It creates the table of a model.
    CreateTable {
        /// The table.
        table: TableName,
        /// The model.
        model: EntityId,
    },
    /// It adds the column of an attribute.
    AddColumn {
        /// The table.
        table: TableName,
        /// The attribute.
        attribute: FieldId,
    },
    /// It gives a column another default.
    SetDefault {
        /// The table.
        table: TableName,
        /// The column.
        column: Box<str>,
        /// The text that is stored then.
        plain: Box<str>,
        /// The text that was stored before.
        stored: Box<str>,
    },
}
