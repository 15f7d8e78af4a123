//! `alignment schema`: the database schema that migrations or SQL files make, at its newest state or at a revision.

use alignment_model::name::did_you_mean;
use alignment_model::project::{DatabaseSource, Project};
use alignment_report::schema::SchemaReport;

use crate::args::{Global, SchemaArgs};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::run::Status;
use crate::{load, output};

/// Names that are listed where one is asked for.
const NAMES_SHOWN: usize = 12;

/// Runs the command.
pub(crate) fn run(args: &SchemaArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, Some(&args.output));
    let progress = Progress::start();
    let loaded = load::load(&args.target, global, color, &progress)?;
    let reader = loaded.database(global, &progress);
    let mut project = reader.read(None);
    let candidates = sources(&project, args.source.as_deref())?;
    let source = match &args.at {
        None => only(&project, &candidates)?,
        Some(at) => {
            let (source, revision) = revision(&project, &candidates, at)?;
            project = reader.read(Some(&revision));
            source
        }
    };
    drop(progress);
    let report = SchemaReport { sources: &loaded.sources, project: &project, source };
    output::write(&args.output, |out| (args.output_format.write)(&report, out))?;
    Ok(Status::Clean)
}

/// Sources of the database layer that are meant, by position.
pub(crate) fn sources(project: &Project, name: Option<&str>) -> Result<Vec<usize>, Failure> {
    let all = &project.database_sources;
    if all.is_empty() {
        return Err(Failure::new("nothing here declares a database")
            .hint("looked for Alembic revisions and for SQL files that declare a schema"));
    }
    let Some(name) = name else { return Ok((0..all.len()).collect()) };
    let given = name.trim_end_matches('/');
    let is_meant =
        |source: &DatabaseSource| &*source.name == name || source.path.trim_end_matches('/') == given;
    let meant: Vec<usize> =
        all.iter().enumerate().filter(|(_, source)| is_meant(source)).map(|(at, _)| at).collect();
    if meant.is_empty() {
        let failure = Failure::new(format!("no source of the database layer is called `{name}`"));
        return Err(match did_you_mean(name, all.iter().map(|source| &*source.name)) {
            Some(nearest) => failure.hint(format!("did you mean `{nearest}`?")),
            None => failure.hint(format!("there is {}", listed(all.iter().map(|source| &*source.name)))),
        });
    }
    Ok(meant)
}

/// The only one of the sources that are meant.
fn only(project: &Project, meant: &[usize]) -> Result<usize, Failure> {
    match meant {
        [source] => Ok(*source),
        several => Err(Failure::new(format!("there are {} sources of the database layer", several.len()))
            .hint(format!("name one with `--source`: {}", listed(names(project, several))))),
    }
}

fn names<'p>(project: &'p Project, sources: &'p [usize]) -> impl Iterator<Item = &'p str> {
    sources.iter().filter_map(|at| project.database_sources.get(*at)).map(|source| &*source.name)
}

/// Names in backticks, the first few.
pub(crate) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let mut shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > NAMES_SHOWN {
        shown.push(format!("and {} more", names.len() - NAMES_SHOWN));
    }
    shown.join(", ")
}

/// The source and identifier of a revision that is given as a whole or by its first characters.
fn revision(project: &Project, sources: &[usize], at: &str) -> Result<(usize, Box<str>), Failure> {
    let ids = sources.iter().flat_map(|source| {
        let graph = project.database_sources.get(*source).and_then(|source| source.revisions.as_ref());
        graph.into_iter().flat_map(|graph| &graph.order).map(|revision| (*source, &*revision.id))
    });
    let ids: Vec<(usize, &str)> = ids.collect();
    if ids.is_empty() {
        return Err(Failure::new("`--at` names a revision of Alembic, and there is none here"));
    }
    let exact = ids.iter().filter(|(_, id)| *id == at);
    let mut found: Vec<(usize, &str)> = exact.copied().collect();
    if found.is_empty() && !at.is_empty() {
        found = ids.iter().filter(|(_, id)| id.starts_with(at)).copied().collect();
    }
    found.dedup();
    match &found[..] {
        [(source, id)] => Ok((*source, (*id).into())),
        [] => {
            let failure = Failure::new(format!("there is no revision `{at}`"));
            Err(match did_you_mean(at, ids.iter().map(|(_, id)| *id)) {
                Some(nearest) => failure.hint(format!("did you mean `{nearest}`?")),
                None => match heads(project, sources) {
                    heads if heads.is_empty() => failure,
                    heads => failure.hint(format!("the newest is {}", listed(heads.into_iter()))),
                },
            })
        }
        [(_, first), rest @ ..] if rest.iter().all(|(_, id)| id == first) => {
            let several: Vec<usize> = found.iter().map(|(source, _)| *source).collect();
            Err(Failure::new(format!("{} sources have the revision `{first}`", several.len()))
                .hint(format!("name one with `--source`: {}", listed(names(project, &several)))))
        }
        several => Err(Failure::new(format!("{} revisions start with `{at}`", several.len()))
            .hint(format!("name one of {}", listed(several.iter().map(|(_, id)| *id))))),
    }
}

fn heads<'p>(project: &'p Project, sources: &[usize]) -> Vec<&'p str> {
    let graphs =
        sources.iter().filter_map(|source| project.database_sources.get(*source)?.revisions.as_ref());
    graphs.flat_map(|graph| &graph.heads).map(|head| &**head).collect()
}
