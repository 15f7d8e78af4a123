//! OpenAPI 3.0 and 3.1 documents that are committed beside the code, in JSON or YAML.
//!
//! | module | purpose |
//! |---|---|
//! | `tree` | JSON and YAML -> one tree with places |
//! | `references` | `$ref` inside the document |
//! | `shapes` | a schema -> the shape of its values |
//! | `schemas` | `components.schemas` -> entities |
//! | `operations` | `paths` -> entities |
//! | `readers` | which of several documents of one name scripts read |
//! | `standing` | what a document is to the repository |
//!
//! Sources: OpenAPI Specification 3.0.3 and 3.1.0, "Schema Object", "Operation Object", "Server Object"; JSON Schema 2020-12.
//!
//! Deliberately absent: Swagger 2.0, which is named and not read; other documents that a `$ref` names; callbacks, webhooks and links;
//! and anything that says which values of a type are legal beside lists of them and the length of text.

mod operations;
mod readers;
mod references;
mod schemas;
mod shapes;
mod standing;
#[cfg(test)]
mod tests;
mod tree;

use alignment_model::api_document::{ApiDocument, DocumentStanding};
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::project::Project;
use alignment_model::{FileId, Sources, Span};

use references::Document;

/// A document and what went wrong in it.
#[derive(Debug)]
pub struct ReadDocument {
    /// The document, as it stands for itself.
    pub document: ApiDocument,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Whether a file can be a document, by its name and a key that every document has at its top.
pub fn is_candidate(path: &str, text: &str) -> bool {
    let kind = path.rsplit_once('.').map_or("", |(_, kind)| kind);
    matches!(kind, "json" | "yaml" | "yml")
        && ["openapi", "swagger"]
            .iter()
            .any(|key| text.match_indices(key).any(|(at, _)| says_version(text, at + key.len())))
        && text.contains("paths")
}

/// Whether the number of a version of the specification follows a key that ends here: `": "3.`, `: '3.`.
fn says_version(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start();
    let Some(value) = rest.strip_prefix(':') else { return false };
    value.trim_start().trim_start_matches(['"', '\'']).starts_with(['2', '3'])
}

/// A file that looks like a document.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    file: FileId,
    /// An earlier file with the same text.
    copy_of: Option<FileId>,
}

/// The files that look like documents, in order. Each can be read by itself, at the same time as others.
pub fn candidates(sources: &Sources) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for (file, source) in sources.iter().filter(|(_, source)| is_candidate(&source.path, &source.text)) {
        let same = |other: &&Candidate| sources.text(other.file) == &*source.text;
        let copy_of = found.iter().filter(|other| other.copy_of.is_none()).find(same).map(|other| other.file);
        found.push(Candidate { file, copy_of });
    }
    found
}

impl Candidate {
    /// Reads the file, if it is a document: a map with `openapi` (or `swagger`) and `paths` at its top. One that is broken is a
    /// problem, and what it would have declared is lost.
    pub fn read(self, sources: &Sources) -> Option<ReadDocument> {
        let (path, text) = (sources.path(self.file), sources.text(self.file));
        match self.copy_of {
            // What it says is what the other says, which is read at the same time.
            Some(first) => {
                let standing = DocumentStanding::Copy(first);
                let document = ApiDocument { standing, ..unread(self.file, "", String::new()) };
                Some(ReadDocument { document, problems: Vec::new() })
            }
            None => {
                let mut found = read(self.file, path, text)?;
                found.document.read_instead = readers::read_instead(sources, self.file);
                Some(found)
            }
        }
    }
}

fn read(file: FileId, path: &str, text: &str) -> Option<ReadDocument> {
    let start = Span::file_start(file);
    let tree = match tree::parse(text) {
        Ok(tree) => tree,
        Err(why) => {
            let message = format!("it looks like an OpenAPI document and is not read: {why}");
            let problem = Problem::at(start, ProblemKind::Syntax, message);
            return Some(ReadDocument { document: unread(file, "", why), problems: vec![problem] });
        }
    };
    let specification = tree.text_at("openapi").or_else(|| tree.text_at("swagger"))?;
    tree.get("paths")?;
    if !specification.starts_with("3.") {
        let why = format!("version {specification} of the specification is not read");
        let problem = Problem::at(start, ProblemKind::Unmodelled, format!("an API document: {why}"));
        return Some(ReadDocument { document: unread(file, specification, why), problems: vec![problem] });
    }
    let document = Document::new(file, path, &tree);
    let (mut entities, mut schemas) = (operations::read(&document), schemas::read(&document));
    let (operations, declared) = (entities.len(), schemas.len());
    entities.append(&mut schemas);
    let (by_fastapi, says_null) = (document.component("HTTPValidationError").is_some(), document.says_null());
    let problems = document.problems();
    let document = ApiDocument {
        file,
        title: tree.get("info").and_then(|info| info.text_at("title")).unwrap_or_default().into(),
        specification: specification.into(),
        standing: DocumentStanding::Another,
        entities,
        operations,
        schemas: declared,
        by_fastapi,
        says_null,
        read_instead: None,
    };
    Some(ReadDocument { document, problems })
}

/// A document of which nothing but its name is known.
fn unread(file: FileId, specification: &str, why: String) -> ApiDocument {
    ApiDocument {
        file,
        title: "".into(),
        specification: specification.into(),
        standing: DocumentStanding::NotRead(why.into()),
        entities: Vec::new(),
        operations: 0,
        schemas: 0,
        by_fastapi: false,
        says_null: false,
        read_instead: None,
    }
}

/// Adds what was read to a project that has the operations of code.
pub(crate) fn place(read: Vec<ReadDocument>, project: &mut Project) {
    let mut documents: Vec<ApiDocument> = Vec::with_capacity(read.len());
    for one in read {
        project.problems.extend(one.problems);
        match one.document.standing {
            DocumentStanding::Copy(first) => {
                let first = documents.iter().find(|document| document.file == first);
                documents.extend(first.map(|first| first.copied(one.document.file)));
            }
            _ => documents.push(one.document),
        }
    }
    standing::place(documents, project);
}
