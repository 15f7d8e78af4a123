//! Schema changes -> tables: the schema machine, and the sources it reads.
//!
//! | module | purpose |
//! |---|---|
//! | `schema` | the schema at one point, and what of it is certain |
//! | `fold` | one change folded into it |
//! | `implied` | names PostgreSQL gives to what has none |
//! | `default` | a default in the spelling of its column's type |
//! | `entities` | a schema -> entities |

pub(crate) mod default;
pub(crate) mod entities;
pub(crate) mod fold;
pub(crate) mod implied;
pub(crate) mod schema;
#[cfg(test)]
mod tests;

use alignment_model::project::Project;

use crate::Input;
use crate::alembic::{Replay, replays};
use crate::python::Names;

/// Adds tables, views and their sources.
pub fn collect<'a>(input: Input<'a>, names: &Names<'a>, project: &mut Project) {
    for Replay { source, schema, mut problems } in replays(input, names) {
        let position = u32::try_from(project.database_sources.len()).unwrap_or(u32::MAX);
        project.entities.extend(entities::entities(&schema, position));
        project.database_sources.push(source);
        project.problems.append(&mut problems);
    }
}
