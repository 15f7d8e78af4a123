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
//! | `code` | which code declares the schema, and which changes it when the program starts |
//! | `sql_files` | which `.sql` files declare the schema, and in what order |
//! | `made_by_code` | tables and views that SQL in the code makes beside all sources |
//! | `settings` | what the configuration says about sources |
//! | `comparisons` | which sources describe one database, and which of them are to agree |

mod code;
mod comparisons;
pub(crate) mod default;
pub(crate) mod entities;
pub(crate) mod fold;
pub(crate) mod implied;
pub(crate) mod interpreter;
mod made_by_code;
pub(crate) mod notice;
pub(crate) mod schema;
mod settings;
mod sql_files;
#[cfg(test)]
mod tests;

pub use settings::{ConfiguredComparison, ConfiguredSource, DatabaseSettings, SourceOrder};

use std::collections::HashSet;

use alignment_model::project::{DatabaseSource, Project};
use alignment_model::{FileId, Problem, ProblemKind};

use crate::Input;
use crate::alembic::{Replay, replays};
use crate::python::Names;
use schema::Schema;

/// Adds tables, views and their sources, and which sources are to agree. What only describes a database that another source
/// manages has names of its own: `schema.sql#users`.
pub fn collect<'a>(input: Input<'a>, names: &Names<'a>, project: &mut Project) {
    let declared = &input.database.sources;
    let claimed: HashSet<FileId> = declared.iter().flat_map(|source| source.files.iter().copied()).collect();
    let mut replays = replays(input, names);
    replays.extend(sql_files::configured(input.sources, declared));
    replays.extend(sql_files::recognised(input.sources, &claimed));
    replays.extend(code::configured(input, names, declared));
    replays.extend(code::recognised(input, names, &claimed));
    name_declared(declared, &mut replays);
    project.made_by_code = made_by_code::made_by_code(input, names, project);
    comparisons::compare(&mut replays, input.database, project);
    for Replay { source, schema, mut problems, .. } in replays {
        let position = u32::try_from(project.database_sources.len()).unwrap_or(u32::MAX);
        let mut entities = entities::entities(&schema, position);
        if source.second_to.is_some() {
            for entity in &mut entities {
                entity.qualname = format!("{}#{}", source.name, entity.qualname).into();
            }
        }
        project.entities.extend(entities);
        project.database_sources.push(source);
        project.problems.append(&mut problems);
    }
}

/// Gives declared sources that are no `.sql` files their names: what was recognised in their files is what they declare.
fn name_declared(declared: &[ConfiguredSource], replays: &mut Vec<Replay>) {
    for one in declared.iter().filter(|one| !one.kind.is_sql()) {
        let files: HashSet<FileId> = one.files.iter().copied().collect();
        let holds = |source: &DatabaseSource| source.files.iter().any(|file| files.contains(file));
        let found = replays.iter_mut().map(|replay| &mut replay.source);
        if let Some(source) = found.into_iter().find(|source| source.kind == one.kind && holds(source)) {
            source.name = one.name.clone();
            source.configured = one.span;
            continue;
        }
        let mut source = DatabaseSource::new(one.kind, one.dialect.unwrap_or_default(), "");
        source.name = one.name.clone();
        source.configured = one.span;
        let what = match one.files.len() {
            0 => "no file matches its paths".to_owned(),
            n => format!("nothing of that kind is in its files ({n})"),
        };
        let message = format!("source `{}`: {what}", one.name);
        let problems = vec![Problem { span: one.span, kind: ProblemKind::Configuration, message }];
        replays.push(Replay::new(source, Schema::default(), problems));
    }
}
