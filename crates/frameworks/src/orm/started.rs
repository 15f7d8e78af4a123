//! Tables that the application makes itself when it starts: `metadata.create_all(engine)`, or `connection.run_sync(Base.metadata.create_all)`,
//! in code that runs then (SQLAlchemy 2.0, `MetaData.create_all`: it makes the tables that are not there, and changes none that is).
//!
//! Read from the text of what an application loads, like its imports (`loading`). A function runs at the start if the code of a module
//! names it (`FastAPI(lifespan=lifespan)`), if it makes the application, or if it is a handler of its `startup`; or if a function
//! that runs then names it. Conditions are not asked, and a name is taken for every function of that name: what is found only
//! takes weight away.
//!
//! Deliberately absent: tests, scripts, calls that make chosen tables only (`tables=`).

use std::collections::{BTreeSet, HashSet};

use alignment_model::FileId;
use alignment_model::entity::Detail;
use alignment_model::project::{MadeAtStart, Project};

use super::loading::APPLICATIONS;
use crate::Input;

/// How often callers of callers are looked for.
const MAX_ROUNDS: usize = 6;

/// What the modules that an application loads make when it starts.
pub(super) fn made_at_start(input: Input<'_>, project: &Project, loaded: &HashSet<FileId>) -> MadeAtStart {
    let texts: Vec<&str> = loaded
        .iter()
        .filter(|file| !project.is_test(**file))
        .map(|file| input.sources.text(*file))
        .filter(|text| !text.contains("from alembic import context"))
        .collect();
    let mut made = MadeAtStart::default();
    for text in &texts {
        for (at, receiver) in creations(text) {
            if runs_at_start(&texts, text, at) {
                made.bases.extend(bases(project, receiver));
            }
        }
    }
    let stamps = |text: &&str| {
        let calls = |at: usize| runs_at_start(&texts, text, at);
        text.contains("alembic") && text.match_indices(".stamp(").any(|(at, _)| calls(at))
    };
    made.stamps = !made.bases.is_empty() && texts.iter().any(stamps);
    made
}

/// The uses of `create_all` in a text, each with the last name before it that is not `metadata`.
fn creations(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices(".create_all").filter_map(|(at, word)| {
        let rest = &text[at + word.len()..];
        let is_whole = rest.starts_with(['(', ')', ',']);
        let chosen = rest.split(')').next().is_some_and(|arguments| arguments.contains("tables="));
        let before = &text[..at];
        let start = before.rfind(|c: char| !is_of_name(c) && c != '.').map_or(0, |at| at + 1);
        let receiver = before.get(start..)?.split('.').rfind(|name| *name != "metadata");
        (is_whole && !chosen && !is_comment(text, at)).then_some((at, receiver.unwrap_or_default()))
    })
}

/// The bases whose metadata a name is; all where it is none of theirs.
fn bases(project: &Project, receiver: &str) -> BTreeSet<Option<alignment_model::shape::DeclarationKey>> {
    let models = project.entities.iter().filter_map(|entity| match &entity.detail {
        Detail::Model(model) => Some(&model.base),
        _ => None,
    });
    let all: BTreeSet<_> = models.cloned().collect();
    let named: BTreeSet<_> = all
        .iter()
        .filter(|base| base.as_ref().map_or("SQLModel", |key| &*key.path) == receiver)
        .cloned()
        .collect();
    if named.is_empty() { all } else { named }
}

/// Whether a place in a text runs when the application starts.
fn runs_at_start(texts: &[&str], text: &str, at: usize) -> bool {
    let Some(function) = function_around(text, at) else { return true };
    let mut seen = HashSet::from([function.name]);
    let mut pending = vec![function];
    for _ in 0..MAX_ROUNDS {
        if pending.iter().any(|function| function.starts) {
            return true;
        }
        let names: Vec<&str> = pending.drain(..).map(|function| function.name).collect();
        for text in texts {
            for at in names.iter().flat_map(|name| mentions(text, name)) {
                match function_around(text, at) {
                    None => return true,
                    Some(function) if seen.insert(function.name) => pending.push(function),
                    Some(_) => {}
                }
            }
        }
    }
    false
}

/// A function by the text around a place.
#[derive(Clone, Copy)]
struct Around<'t> {
    /// Its name, or that of its class where it is a method that has its name from Python.
    name: &'t str,
    /// It makes an application, or is a handler of its start.
    starts: bool,
}

/// The outermost function around a place: a local one runs when it does. `None` for the code of a module, and of a class.
fn function_around(text: &str, at: usize) -> Option<Around<'_>> {
    let line_start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let mut indent = indent_of(&text[line_start..]);
    let mut found: Option<(usize, &str)> = None;
    let mut class = None;
    let mut end = line_start;
    while indent > 0 && end > 0 {
        let start = text[..end - 1].rfind('\n').map_or(0, |at| at + 1);
        let line = &text[start..end - 1];
        end = start;
        let code = line.trim_start();
        let is_outside =
            line.len() - code.len() < indent && !code.is_empty() && !code.starts_with(['#', ')', ']', '}']);
        if !is_outside {
            continue;
        }
        indent = line.len() - code.len();
        if let Some(rest) = code.strip_prefix("async ").unwrap_or(code).strip_prefix("def ") {
            found = Some((start, name_at(rest)));
        } else if let Some(rest) = code.strip_prefix("class ") {
            class = Some(name_at(rest));
        }
    }
    let (start, name) = found?;
    let indent = indent_of(&text[start..]);
    let body_end = text[start..]
        .match_indices('\n')
        .skip(1)
        .map(|(at, _)| start + at + 1)
        .find(|at| {
            let line = text[*at..].lines().next().unwrap_or_default();
            let code = line.trim_start();
            !code.is_empty() && line.len() - code.len() <= indent && !code.starts_with(['#', ')'])
        })
        .unwrap_or(text.len());
    let body = &text[start..body_end];
    let decorators = text[..start].lines().rev().take_while(|line| line.trim_start().starts_with('@'));
    let starts = APPLICATIONS.iter().any(|call| body.contains(call))
        || decorators.into_iter().any(|line| line.contains("startup") || line.contains("before_serving"));
    let name = if name.starts_with("__") { class.unwrap_or(name) } else { name };
    Some(Around { name, starts })
}

/// Where code uses a name: not where it is declared, imported or only told about.
fn mentions<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let before = &text[..*at];
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        let is_whole = !before.ends_with(is_of_name) && !text[at + name.len()..].starts_with(is_of_name);
        let code = line.trim_start();
        let is_import = code.starts_with("from ") || code.starts_with("import ");
        let is_declared = code == "def " || code == "async def " || code == "class ";
        // A line of an import that goes on over several holds nothing but the name.
        let rest = text[at + name.len()..].lines().next().unwrap_or_default();
        let is_alone = code.is_empty() && (rest.is_empty() || rest.starts_with(','));
        is_whole
            && !is_import
            && !is_declared
            && !is_alone
            && !is_comment(text, *at)
            && !code.contains(['"', '\''])
    })
}

fn is_comment(text: &str, at: usize) -> bool {
    let before = &text[..at];
    before[before.rfind('\n').map_or(0, |at| at + 1)..].contains('#')
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn indent_of(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

fn name_at(text: &str) -> &str {
    &text[..text.find(|character| !is_of_name(character)).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::{creations, runs_at_start};

    /// Whether the first `create_all` of some modules runs at the start.
    fn runs(texts: &[&str]) -> bool {
        let found = texts.iter().find_map(|text| Some((*text, creations(text).next()?.0)));
        let (text, at) = found.expect("a module makes tables");
        runs_at_start(texts, text, at)
    }

    const INIT: &str = "async def init_db():\n    async with engine.begin() as c:\n        await c.run_sync(Base.metadata.create_all)\n";

    #[test]
    fn what_the_lifespan_calls_runs_at_the_start() {
        let main = "@asynccontextmanager\nasync def lifespan(app):\n    await init_db()\n    yield\n\napp = FastAPI(lifespan=lifespan)\n";
        assert!(runs(&[INIT, main]));
        assert!(runs(&["Base.metadata.create_all(engine)\n"]));
        let factory = "def create_app():\n    app = FastAPI()\n    if True:\n        Base.metadata.create_all(engine)\n    return app\n";
        assert!(runs(&[factory]));
        let event = "@app.on_event(\"startup\")\nasync def start():\n    await init_db()\n";
        assert!(runs(&[INIT, event]));
        let method = "class Database:\n    async def connect(self):\n        await init_db()\n";
        assert!(runs(&[
            INIT,
            method,
            "async def lifespan(app):\n    await db.connect()\n",
            "app = FastAPI(lifespan=lifespan)\n"
        ]));
    }

    #[test]
    fn what_nobody_calls_does_not() {
        assert!(!runs(&[INIT]));
        assert!(!runs(&[INIT, "from app.db import init_db\n", "from app.db import (\n    init_db,\n)\n"]));
        let route = "@router.post(\"/reset\")\nasync def reset():\n    await init_db()\n";
        assert!(!runs(&[INIT, route]));
        assert!(!runs(&[INIT, "# init_db() is for tests\n"]));
    }

    #[test]
    fn receivers_name_the_base() {
        let of = |text: &'static str| creations(text).map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(of("run_sync(Base.metadata.create_all)"), ["Base"]);
        assert_eq!(of("metadata.create_all(engine)"), [""]);
        assert_eq!(of("db.create_all()"), ["db"]);
        assert_eq!(of("Base.metadata.create_all(engine, tables=[A.__table__])"), Vec::<&str>::new());
    }
}
