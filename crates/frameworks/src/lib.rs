//! The facts of all files -> entities of every layer: names resolved over the whole project, constants evaluated,
//! migrations replayed.
//!
//! | module | reads | gives |
//! |---|---|---|
//! | `python` | Python facts | names resolved as Python does: modules, imports, classes and their bases |
//! | `orm` | `python` | models |
//! | `schemas` | `python` | schemas and enumerations |
//! | `routes` | `python`, `schemas` | operations |
//! | `conversions` | `python`, all entities | code that turns one entity into another |
//! | `database` | schema changes | tables, by folding changes in order |
//! | `alembic` | `python` | revisions and their schema changes |
//! | `openapi` | documents in JSON and YAML | operations and schemas of an API, beside or instead of those of code |
//! | `typescript` | TypeScript facts | client types, calls, key conversion |

pub mod alembic;
pub mod conversions;
pub mod database;
pub mod openapi;
pub mod orm;
pub mod python;
pub mod routes;
pub mod schemas;
pub mod sqlalchemy;
mod statements;
mod test_files;
pub mod typescript;

#[cfg(test)]
mod bad_input_tests;
#[cfg(test)]
mod testing;

use std::collections::HashSet;

use alignment_model::code::FileFacts;
use alignment_model::project::Project;
use alignment_model::{FileId, Sources};

/// What the frameworks read.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Every file of the repository, also those that were not parsed (their paths make the module index; `.sql` and
    /// configuration files are read as text).
    pub sources: &'a Sources,
    /// Facts of the parsed files, in order of file.
    pub facts: &'a [FileFacts],
    /// What the configuration says about sources of the database layer.
    pub database: &'a database::DatabaseSettings,
    /// The revision up to which the tree that has it is replayed, instead of its heads.
    pub revision: Option<&'a str>,
}

impl<'a> Input<'a> {
    /// Files and their facts, nothing configured.
    pub fn new(sources: &'a Sources, facts: &'a [FileFacts]) -> Self {
        Self { sources, facts, database: database::DatabaseSettings::NONE, revision: None }
    }

    /// Facts of one file, if it was parsed.
    pub fn facts_of(&self, file: FileId) -> Option<&'a FileFacts> {
        let at = self.facts.binary_search_by_key(&file, |facts| facts.file).ok()?;
        Some(&self.facts[at])
    }
}

/// Reads the layers that Python and SQL declare: tables, models, schemas, operations.
pub fn read_server(input: Input<'_>) -> Project {
    let names = python::Names::new(input);
    let paths = input.sources.iter().map(|(_, file)| file.path.clone()).collect();
    let tests = test_files::of(input.sources).collect();
    let mut project = Project { paths, tests, ..Project::default() };
    database::collect(input, &names, &mut project);
    orm::collect(input, &names, &mut project);
    orm::loading::collect(input, &names, &mut project);
    schemas::collect(input, &names, &mut project);
    routes::collect(input, &names, &mut project);
    statements::collect(input, &mut project);
    conversions::collect(&names, &mut project);
    project.problems.extend(python::missing_modules(&names));
    project
}

/// Reads the database layer alone.
pub fn read_database(input: Input<'_>) -> Project {
    let names = python::Names::new(input);
    let paths = input.sources.iter().map(|(_, file)| file.path.clone()).collect();
    let tests = test_files::of(input.sources).collect();
    let mut project = Project { paths, tests, ..Project::default() };
    database::collect(input, &names, &mut project);
    project
}

/// Reads the layer that TypeScript declares: types and calls. Needs nothing of the server, so both may run at once.
pub fn read_client(input: Input<'_>) -> Project {
    let mut project = Project::default();
    typescript::collect(input, &mut project);
    project
}

/// Both halves and the committed documents as one project. A document that stands for the API comes after the server; the client stands
/// last, as in the order of the layers.
pub fn join(mut server: Project, client: Project, documents: Vec<openapi::ReadDocument>) -> Project {
    openapi::place(documents, &mut server);
    server.entities.extend(client.entities);
    server.calls.extend(client.calls);
    server.reads.extend(client.reads);
    server.moments = client.moments;
    server.filled = client.filled;
    server.imported = client.imported;
    server.problems.extend(client.problems);
    server
}

/// What is known after the rounds of [`unread`] so far.
#[derive(Debug, Default)]
pub struct Frontier {
    /// Files whose names were all found without meeting a file that was not parsed: a later round finds the same.
    settled: HashSet<FileId>,
}

/// Files that were not parsed and that declarations of the parsed ones need: the target of an import whose name stands
/// in a base, an annotation, a decorator, a field's value or a URL. The engine parses them and asks again, with the same
/// frontier.
pub fn unread(input: Input<'_>, frontier: &mut Frontier) -> Vec<FileId> {
    let mut files = python::unread(input, &mut frontier.settled);
    files.extend(typescript::unread(input));
    files.sort_unstable();
    files.dedup();
    files
}
