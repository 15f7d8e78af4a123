//! Schema changes -> tables: the schema machine, and the sources it reads.
//!
//! | module | purpose |
//! |---|---|
//! | `schema` | the schema at one point, and what of it is certain |
//! | `fold` | one change folded into it |
//! | `interpreter` | Python code that changes the schema, followed statement by statement |
//! | `implied` | names PostgreSQL gives to what has none |
//! | `notice` | what is worth telling about single changes |
//! | `default` | a default in the spelling of its column's type |
//! | `entities` | a schema -> entities |
//! | `sql_files` | which `.sql` files declare the schema, and in what order |

pub(crate) mod default;
pub(crate) mod entities;
pub(crate) mod fold;
pub(crate) mod implied;
pub(crate) mod interpreter;
pub(crate) mod notice;
pub(crate) mod schema;
mod settings;
mod sql_files;
#[cfg(test)]
mod tests;

pub use settings::{ConfiguredComparison, ConfiguredSource, DatabaseSettings, SourceOrder};

use alignment_model::project::Project;

use crate::Input;
use crate::alembic::{Replay, replays};
use crate::python::Names;

/// Adds tables, views and their sources. Where Alembic migrates the database, a dump beside it is a second source of the same
/// tables and is left out.
pub fn collect<'a>(input: Input<'a>, names: &Names<'a>, project: &mut Project) {
    let mut replays = replays(input, names);
    if replays.is_empty() {
        replays = sql_files::replays(input.sources);
    }
    for Replay { source, schema, mut problems } in replays {
        let position = u32::try_from(project.database_sources.len()).unwrap_or(u32::MAX);
        project.entities.extend(entities::entities(&schema, position));
        project.database_sources.push(source);
        project.problems.append(&mut problems);
    }
}
