//! Which models a program ever loads: their modules followed from applications, scripts and the environment of the migrations.
//!
//! An application is a module that makes one (`FastAPI()`, `Flask()`, `Celery()` ...). Scripts, command lines and tasks are started by
//! something that is not in the code, so what only they load is perhaps loaded. Nothing is said of a repository without an
//! application.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use alignment_model::entity::{Detail, LoadedBy};
use alignment_model::project::{Project, SourceKind};
use alignment_model::{FileId, Known, Why};

use super::started::made_at_start;
use crate::Input;
use crate::python::{Loaded, Names};

/// Calls that make an application, or the queue that a worker serves.
pub(super) const APPLICATIONS: &[&str] =
    &["FastAPI(", "Flask(", "Starlette(", "Litestar(", "Quart(", "Sanic(", "Celery("];
/// What marks a module that something outside the code starts.
const STARTED: &[&str] = &[
    "__main__",
    "Typer(",
    "@click.",
    "shared_task",
    ".task(",
    ".task\n",
    "lambda_handler",
    "WorkerSettings",
    "dramatiq",
];

/// How a module starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Application,
    Perhaps,
    Migrations,
}

/// Says of each model what loads it.
pub(crate) fn collect(input: Input<'_>, names: &Names<'_>, project: &mut Project) {
    if !project.entities.iter().any(|entity| matches!(entity.detail, Detail::Model(_))) {
        return;
    }
    let starts = starts(input, project);
    let of = |kind: Start| -> Vec<FileId> {
        starts.iter().filter(|(_, start)| *start == kind).map(|(file, _)| *file).collect()
    };
    let (applications, environments) = (of(Start::Application), of(Start::Migrations));
    let leave_out = |file: FileId| project.is_test(file);
    let application =
        (!applications.is_empty()).then(|| names.loaded(&applications, &of(Start::Perhaps), &leave_out));
    let tells = environments.iter().all(|file| drops_the_unknown(input.sources.text(*file)));
    let migrations = (!environments.is_empty()).then(|| names.loaded(&environments, &[], &leave_out));
    if let Some(application) = &application {
        project.made_at_start = made_at_start(input, project, &application.surely);
        doubt_what_is_stamped(project);
    }
    for entity in &mut project.entities {
        let file = entity.span.file;
        if let Detail::Model(model) = &mut entity.detail {
            model.loaded = LoadedBy {
                application: loads(application.as_ref(), file, true),
                migrations: loads(
                    migrations.as_ref(),
                    file,
                    tells && migrations.as_ref().is_some_and(|all| !all.dynamic),
                ),
            };
        }
    }
}

/// Where an application makes the tables of an empty database from its models and marks the migrations as run, and these change tables that
/// none of them makes, no database can come of the migrations alone: what they leave a table with is not what it has.
fn doubt_what_is_stamped(project: &mut Project) {
    const WHY: &str = "the application makes the tables of an empty database from its models and marks all migrations as run, and they change tables that none of them makes";
    if !project.made_at_start.stamps {
        return;
    }
    for entity in &mut project.entities {
        let Detail::Table(table) = &entity.detail else { continue };
        let source = project.database_sources.get(table.source as usize);
        if source.is_some_and(|source| source.kind == SourceKind::Alembic && source.may_lack_tables) {
            entity.completeness.lacks(Why::UndefinedName, WHY, None);
        }
    }
}

/// Whether a file is loaded; that it is not is said only where everything is known.
fn loads(loaded: Option<&Loaded>, file: FileId, all: bool) -> Known<bool> {
    match loaded {
        None => Known::Unknown(Why::NotStated),
        Some(loaded) if loaded.surely.contains(&file) => Known::Is(true),
        Some(loaded) if loaded.perhaps.contains(&file) || !all => Known::Unknown(Why::DynamicExpression),
        Some(_) => Known::Is(false),
    }
}

/// The modules where programs start.
fn starts(input: Input<'_>, project: &Project) -> Vec<(FileId, Start)> {
    static MARKS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        AhoCorasick::new(APPLICATIONS.iter().chain(STARTED)).expect("the marks are few and short")
    });
    let python =
        input.sources.iter().filter(|(file, source)| source.path.ends_with(".py") && !project.is_test(*file));
    let start = |text: &str, path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name == "env.py" && text.contains("alembic") {
            return Some(Start::Migrations);
        }
        let mut perhaps = name == "__main__.py";
        for found in MARKS.find_iter(text) {
            let after_name = text.as_bytes().get(found.start().wrapping_sub(1));
            let whole = after_name.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            if found.pattern().as_usize() < APPLICATIONS.len() && whole {
                return Some(Start::Application);
            }
            perhaps = true;
        }
        perhaps.then_some(Start::Perhaps)
    };
    python.filter_map(|(file, source)| Some((file, start(&source.text, &source.path)?))).collect()
}

/// Whether autogenerate proposes to drop tables that the metadata does not have: it is given one, and no filter that may keep them
/// (Alembic 1.17, "Controlling What to be Autogenerated"). The environment of Flask-Migrate (4.1, its templates) runs inside the application
/// that started it, with the metadata of that one.
fn drops_the_unknown(environment: &str) -> bool {
    if environment.contains("current_app") {
        return false;
    }
    let uses = |word: &str| environment.matches(word).count();
    let has_metadata =
        environment.contains("target_metadata") && !environment.contains("target_metadata = None");
    // Beside its parameters, a filter that looks at where an object comes from, or at a part of its name, may keep any table.
    let filters = environment.contains("include_name")
        || (environment.contains("include_object")
            && (uses("reflected") > 1
                || uses("compare_to") > 1
                || ["startswith", "endswith", "re.", ".schema", ".info"]
                    .iter()
                    .any(|word| environment.contains(word))));
    has_metadata && !filters
}
