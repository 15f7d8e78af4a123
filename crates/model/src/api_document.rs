//! OpenAPI documents that stand in the repository. What a document declares is kept apart from what code declares, unless nothing
//! else declares the API.

use std::collections::{BTreeMap, BTreeSet};

use crate::entity::{Entity, EntityId};
use crate::source::{FileId, Span};

/// One document.
#[derive(Clone, Debug)]
pub struct ApiDocument {
    /// Its file.
    pub file: FileId,
    /// `info.title`; empty where there is none.
    pub title: Box<str>,
    /// The version of the specification it is written in: `3.1.0`.
    pub specification: Box<str>,
    /// What it is to the repository.
    pub standing: DocumentStanding,
    /// Its operations, then its schemas, each in order of place. Empty where they are the API layer of the project and so stand among its
    /// entities, and for a document that is not read.
    pub entities: Vec<Entity>,
    /// Number of operations, wherever they stand.
    pub operations: usize,
    /// Number of schemas, wherever they stand.
    pub schemas: usize,
    /// FastAPI wrote it: it has the schema of FastAPI's answer to an invalid request.
    pub by_fastapi: bool,
    /// It says of at least one value that it may be null.
    pub says_null: bool,
    /// The document of its name that the scripts of the package around it read, where they do not read this one.
    pub read_instead: Option<FileId>,
}

impl ApiDocument {
    /// A file with the same text.
    pub fn copied(&self, file: FileId) -> Self {
        let standing = DocumentStanding::Copy(self.file);
        let (title, specification) = (self.title.clone(), self.specification.clone());
        Self { file, title, specification, standing, entities: Vec::new(), ..*self }
    }
}

/// What is known of how the schemas of code and the documents beside them are made from one another.
#[derive(Clone, Debug, Default)]
pub struct Descriptions {
    /// Where code changes what Pydantic or FastAPI writes of a schema: which fields are required and which may be null is then told by the
    /// schema and that code together.
    pub changed: BTreeSet<Span>,
    /// Files whose classes a tool has written from a document, with the name of that document's file.
    pub written_from: BTreeMap<FileId, Box<str>>,
}

/// What a document is to the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentStanding {
    /// No code that was read declares operations: the document stands for the API.
    Layer,
    /// It describes operations that code declares. The code is the truth, the document is compared with it.
    Describes(Described),
    /// Few of its operations are those of the code: it describes another API.
    Another,
    /// Another document says all that it says.
    Copy(FileId),
    /// It belongs to tests, examples or code of others.
    Example,
    /// It is not read, and why: a lower-case fragment.
    NotRead(Box<str>),
}

impl DocumentStanding {
    /// The name in machine formats.
    pub fn key(&self) -> &'static str {
        match self {
            DocumentStanding::Layer => "api",
            DocumentStanding::Describes(_) => "describes_code",
            DocumentStanding::Another => "another_api",
            DocumentStanding::Copy(_) => "copy",
            DocumentStanding::Example => "example",
            DocumentStanding::NotRead(_) => "not_read",
        }
    }
}

/// The operations of code that a document describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The application that serves them.
    pub application: Option<Span>,
    /// Positions of operations among the document's entities, with the operation of the code each describes.
    pub operations: Vec<(u32, EntityId)>,
    /// What the paths of the document begin with (`/api`) where those of the code do not: a proxy takes it away. Empty for nothing.
    pub strip: Box<str>,
    /// What the paths of the code begin with in its place. Empty for nothing.
    pub add: Box<str>,
}
