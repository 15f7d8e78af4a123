//! DDL in code that runs it: a module that declares the schema in strings, and functions that make and change tables when the
//! program starts.
//!
//! | module | purpose |
//! |---|---|
//! | `carriers` | which functions run DDL, and from which of them a program starts |
//! | `dialect` | which database a program talks to |
//! | `typescript` | the same for TypeScript, for constant statements |
//!
//! Each entry is followed on an empty database (`database::interpreter`), so its schema is what a fresh install has. Where an entry
//! runs a module that only declares tables and another that changes them, the first is a source of its own (`CodeSchema`), and
//! what both make is the other (`CodeMigrations`). Tables that a service makes for itself, outside of that, belong to no
//! declared schema: such an entry is a source of run-time tables of its own, named after its file.
//!
//! Deliberately absent: scripts that nothing imports, tests, examples, documentation, texts that nothing runs.

mod carriers;
mod dialect;
#[cfg(test)]
mod tests;
mod typescript;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use alignment_model::entity::TableName;
use alignment_model::project::{DatabaseSource, SourceKind};
use alignment_model::schema_change::ChangeKind;
use alignment_model::shape::DeclarationKey;
use alignment_model::{Dialect, FileId, Problem, ProblemKind, Span};

use super::entities::database_schema;
use super::fold::Origin;
use super::interpreter::{Effect, EffectKind, Entry, Interpreter};
use super::schema::Schema;
use super::settings::ConfiguredSource;
use crate::Input;
use crate::alembic::{Replay, is_aside, is_revision};
use crate::python::Names;
use carriers::{Carriers, is_entry_name, may_say_ddl};
use typescript::FolderRun;

/// Folders of scripts that people run by hand.
const SCRIPT_FOLDERS: &[&str] = &[
    "scripts",
    "script",
    "tools",
    "bin",
    "hack",
    "notebooks",
    "seeds",
    "seed",
    "sandbox",
    "playground",
    "vendor",
    "third_party",
    "node_modules",
];
/// Modules that declare a schema, by a part of their name.
const SCHEMA_STEMS: &[&str] = &["schema", "tables", "models", "ddl"];

/// The sources that code makes and no configured source claims.
pub(super) fn recognised<'a>(input: Input<'a>, names: &Names<'a>, claimed: &HashSet<FileId>) -> Vec<Replay> {
    let candidates = |file: FileId| !claimed.contains(&file) && is_candidate(input, names, file);
    let mut replays = Code::new(input, names, &candidates).sources();
    replays.extend(typescript::runs(input, &candidates).into_iter().map(|run| in_typescript(input, run)));
    replays
}

/// The source that the TypeScript of one folder makes.
fn in_typescript(input: Input<'_>, run: FolderRun) -> Replay {
    let kind = if run.alters { SourceKind::CodeMigrations } else { SourceKind::CodeSchema };
    let path = run.files.first().map_or("", |file| input.sources.path(*file));
    replay(kind, path, run.schema, Vec::new(), run.files)
}

fn replay(
    kind: SourceKind,
    path: &str,
    schema: Schema,
    problems: Vec<Problem>,
    files: Vec<FileId>,
) -> Replay {
    let source = DatabaseSource {
        files,
        unmodelled: schema.unmodelled.clone(),
        may_lack_tables: schema.lacks_tables(),
        events: schema.events.clone(),
        schema: database_schema(&schema),
        ..DatabaseSource::new(kind, schema.dialect, path)
    };
    Replay::new(source, schema, problems)
}

/// The configured sources that are code.
pub(super) fn configured<'a>(
    input: Input<'a>,
    names: &Names<'a>,
    declared: &[ConfiguredSource],
) -> Vec<Replay> {
    let in_code = |kind| matches!(kind, SourceKind::CodeSchema | SourceKind::CodeMigrations);
    let code = declared.iter().filter(|one| in_code(one.kind));
    code.filter_map(|one| {
        let mut replay = replay_code(input, names, &one.files, one.entry.as_deref(), one.dialect)?;
        replay.source.kind = one.kind;
        Some(replay)
    })
    .collect()
}

/// One source from some files: followed from the function `entry`, else from what runs the DDL in them. `None` where there is
/// none.
fn replay_code<'a>(
    input: Input<'a>,
    names: &Names<'a>,
    files: &[FileId],
    entry: Option<&str>,
    dialect: Option<Dialect>,
) -> Option<Replay> {
    let within = |file: FileId| files.contains(&file);
    let code = Code::new(input, names, &within);
    let entries: Vec<Entry<'a>> = match entry {
        Some(name) => files.iter().find_map(|file| entry_named(names, *file, name)).into_iter().collect(),
        None => code.carriers.entries(),
    };
    let fresh = dialect.map(Schema::new);
    let run = match entries.is_empty() {
        true => code.run_constants(files, fresh.as_ref()),
        false => code.run(&entries, fresh.as_ref()),
    };
    let path = input.sources.path(*files.first()?);
    if run.effects.is_empty() {
        let found = typescript::runs(input, &within).into_iter().next();
        return found.map(|run| in_typescript(input, run));
    }
    Some(code.replay(SourceKind::CodeMigrations, path, run))
}

fn entry_named<'a>(names: &Names<'a>, file: FileId, name: &str) -> Option<Entry<'a>> {
    let function = names.function(file, name)?;
    let class = name.rsplit_once('.').map(|(class, _)| DeclarationKey { file, path: class.into() });
    let key = DeclarationKey { file, path: name.into() };
    Some(Entry { key, function, class })
}

/// Whether a file belongs to the program: no test, script, revision.
fn is_candidate<'a>(input: Input<'a>, names: &Names<'a>, file: FileId) -> bool {
    let path = input.sources.path(file);
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_test = name.starts_with("test_")
        || name == "conftest.py"
        || name.ends_with("_test.py")
        || name.contains(".test.")
        || name.contains(".spec.");
    let is_script =
        path.split('/').rev().skip(1).any(|part| SCRIPT_FOLDERS.contains(&&*part.to_ascii_lowercase()));
    // `env.py` of Alembic and the helpers of revisions work for a source of their own.
    let text = input.sources.text(file);
    let is_alembics = ["alembic import context", "alembic import op"].iter().any(|line| text.contains(line));
    let revision = || input.facts_of(file).is_some_and(|facts| is_revision(names, facts));
    !is_test && !is_script && !is_alembics && !is_aside(path) && !revision()
}

/// The code of a repository that runs DDL.
struct Code<'n, 'a> {
    input: Input<'a>,
    names: &'n Names<'a>,
    carriers: Carriers<'a>,
}

/// What came of following some entries one after the other.
struct Run {
    schema: Schema,
    effects: Vec<Effect>,
    problems: Vec<Problem>,
    /// Files in the order in which they change something.
    files: Vec<FileId>,
    /// Tables are known only from changes to them.
    lacks_a_base: bool,
    /// Functions and constants that it goes through.
    reached: BTreeSet<DeclarationKey>,
}

impl Run {
    fn created(&self) -> BTreeSet<&TableName> {
        self.effects.iter().filter_map(|effect| effect.creates.as_ref()).collect()
    }
}

impl<'n, 'a> Code<'n, 'a> {
    fn new(input: Input<'a>, names: &'n Names<'a>, candidates: &dyn Fn(FileId) -> bool) -> Self {
        let says = |file: FileId| may_say_ddl(input.sources.text(file));
        let carriers = Carriers::find(names, input.facts, candidates, &says);
        Self { input, names, carriers }
    }

    /// Follows entries one after the other on one database, an empty one unless another is given.
    fn run(&self, entries: &[Entry<'a>], base: Option<&Schema>) -> Run {
        let reached: BTreeSet<DeclarationKey> =
            entries.iter().flat_map(|entry| self.carriers.reached(&entry.key)).collect();
        let schema = self.fresh(&reached.iter().map(|key| key.file).collect(), base);
        let mut interpreter = Interpreter::new(self.names, schema);
        for entry in entries {
            interpreter.start(entry);
        }
        Run { reached, ..finish(interpreter) }
    }

    /// Runs the constants of files that no function was seen to run.
    fn run_constants(&self, files: &[FileId], base: Option<&Schema>) -> Run {
        let schema = self.fresh(&files.iter().copied().collect(), base);
        let mut interpreter = Interpreter::new(self.names, schema);
        for (key, assign) in self.carriers.constants().filter(|(key, _)| files.contains(&key.file)) {
            if let Some(value) = &assign.value {
                interpreter.run_constant(key.file, value);
            }
        }
        finish(interpreter)
    }

    fn fresh(&self, files: &BTreeSet<FileId>, base: Option<&Schema>) -> Schema {
        base.cloned().unwrap_or_else(|| Schema::new(dialect::of(self.input, files)))
    }

    /// Every source, the run-time schemas first.
    fn sources(&self) -> Vec<Replay> {
        let runs = self.runs();
        let mut replays = Vec::new();
        let mut seen: BTreeSet<FileId> = BTreeSet::new();
        let alone = runs.len() == 1;
        for run in runs {
            seen.extend(&run.files);
            replays.extend(self.split(run, alone));
        }
        replays.extend(self.unrun(&seen));
        replays
    }

    /// What each entry makes, without entries that make a part of what another does.
    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<(Entry<'a>, Run)> = self
            .carriers
            .entries()
            .into_iter()
            .map(|entry| {
                let run = self.run(std::slice::from_ref(&entry), None);
                (entry, run)
            })
            .filter(|(_, run)| !run.effects.is_empty() && run.schema.tables.keys().next().is_some())
            .collect();
        runs.sort_by_key(|(_, run)| std::cmp::Reverse(run.effects.len()));
        let mut kept: Vec<(Entry<'a>, Run)> = Vec::new();
        let mut deltas: Vec<Entry<'a>> = Vec::new();
        for (entry, run) in runs {
            let files: BTreeSet<FileId> = run.files.iter().copied().collect();
            let part = kept.iter().any(|(_, other)| {
                files.iter().all(|file| other.files.contains(file))
                    && run.created().is_subset(&other.created())
            });
            if part {
                continue;
            }
            if run.lacks_a_base {
                let alters = run.effects.iter().any(|effect| effect.kind == EffectKind::Alters);
                deltas.extend((alters && run.schema.unmodelled.is_empty()).then_some(entry));
            } else {
                kept.push((entry, run));
            }
        }
        // Changes to tables that another entry makes come after it.
        for delta in deltas {
            let alone = self.run(std::slice::from_ref(&delta), None);
            let wanted: BTreeSet<TableName> = alone
                .schema
                .tables
                .iter()
                .filter(|(_, table)| table.assumed)
                .map(|(name, _)| name.clone())
                .collect();
            let base = kept
                .iter_mut()
                .find(|(_, run)| wanted.iter().any(|name| run.schema.tables.contains_key(name)));
            if let Some((entry, run)) = base {
                let both = [entry.clone(), delta.clone()];
                *run = self.run(&both, None);
            }
        }
        kept.into_iter().map(|(_, run)| run).collect()
    }

    /// The sources of one run: what it declares apart from what it changes, where two sorts of modules do that.
    fn split(&self, run: Run, alone: bool) -> Vec<Replay> {
        let versioned = self.carriers.versioned_files();
        let alters: BTreeSet<FileId> = run
            .effects
            .iter()
            .filter(|effect| effect.kind == EffectKind::Alters)
            .map(|effect| effect.file)
            .chain(run.files.iter().copied().filter(|file| versioned.contains(file)))
            .collect();
        let mut created: BTreeMap<FileId, usize> = BTreeMap::new();
        for effect in run.effects.iter().filter(|effect| effect.creates.is_some()) {
            *created.entry(effect.file).or_default() += 1;
        }
        let declared: Vec<FileId> = run
            .files
            .iter()
            .copied()
            .filter(|file| !alters.contains(file) && created.contains_key(file))
            .collect();
        let path = |file: Option<&FileId>| file.map_or("", |file| self.input.sources.path(*file)).to_owned();
        if alters.is_empty() {
            let kind = if self.declares(&declared, &run.reached, alone) {
                SourceKind::CodeSchema
            } else {
                SourceKind::CodeMigrations
            };
            let path = path(run.files.first());
            return vec![self.replay(kind, &path, run)];
        }
        let changes = path(run.files.iter().find(|file| alters.contains(file)));
        let mut replays = Vec::new();
        if !declared.is_empty() && self.declares(&declared, &run.reached, true) {
            let entries: Vec<Entry<'a>> =
                declared.iter().flat_map(|file| self.carriers.entries_within(*file, &run.reached)).collect();
            // The module alone may not show which database it is for.
            let fresh = Schema::new(run.schema.dialect);
            let mut own = self.run(&entries, Some(&fresh));
            if own.effects.is_empty() {
                own = self.run_constants(&declared, Some(&fresh));
            }
            if own.schema.tables.keys().next().is_some() {
                let place = path(declared.first());
                let mut replay = self.replay(SourceKind::CodeSchema, &place, own);
                // The run that follows tells them.
                replay.problems.clear();
                replays.push(replay);
            }
        }
        replays.push(self.replay(SourceKind::CodeMigrations, &changes, run));
        replays
    }

    /// Whether files are meant to declare a schema: their DDL stands in constants, or they are named after it; where nothing else
    /// makes tables, also by the name of the function that does.
    fn declares(&self, files: &[FileId], reached: &BTreeSet<DeclarationKey>, alone: bool) -> bool {
        files.iter().any(|file| {
            let path = self.input.sources.path(*file);
            let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".py").to_ascii_lowercase();
            let constants = self.carriers.constants().any(|(key, _)| key.file == *file);
            let entry = || {
                let entries = self.carriers.entries_within(*file, reached);
                entries.iter().any(|entry| {
                    is_entry_name(&entry.function.name) && !entry.function.name.contains("ensure")
                })
            };
            constants || SCHEMA_STEMS.iter().any(|part| stem.contains(part)) || (alone && entry())
        })
    }

    /// Modules that are named after a schema and hold it in constants, which no function was seen to run.
    fn unrun(&self, seen: &BTreeSet<FileId>) -> Vec<Replay> {
        let files: BTreeSet<FileId> =
            self.carriers.constants().map(|(key, _)| key.file).filter(|file| !seen.contains(file)).collect();
        let named = files.into_iter().filter(|file| {
            let path = self.input.sources.path(*file);
            let stem = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
            SCHEMA_STEMS.iter().any(|part| stem.contains(part))
        });
        let replays = named.map(|file| {
            let run = self.run_constants(&[file], None);
            let whole = !run.lacks_a_base && run.created().len() > 1;
            whole.then(|| self.replay(SourceKind::CodeSchema, self.input.sources.path(file), run))
        });
        replays.flatten().collect()
    }

    fn replay(&self, kind: SourceKind, path: &str, run: Run) -> Replay {
        replay(kind, path, run.schema, run.problems, run.files)
    }
}

/// The schema at the end, once what failed is tried again.
fn finish(mut interpreter: Interpreter<'_, '_>) -> Run {
    let effects = interpreter.effects().to_vec();
    let failed = std::mem::take(&mut interpreter.failed);
    for failed in failed {
        if let Err(missing) = interpreter.schema.apply(&failed.change, Origin::default()) {
            interpreter.schema.assume(&failed.change, &missing, Origin::default());
        }
    }
    let mut problems = std::mem::take(&mut interpreter.problems);
    problems.extend(never_made(&interpreter));
    let mut files: Vec<FileId> = Vec::new();
    for effect in &effects {
        if !files.contains(&effect.file) {
            files.push(effect.file);
        }
    }
    let schema = interpreter.schema;
    let lacks_a_base = schema.tables.values().any(|table| table.assumed);
    Run { schema, effects, problems, files, lacks_a_base, reached: BTreeSet::new() }
}

/// Columns that are added before their table is there, by code that goes on all the same.
fn never_made(interpreter: &Interpreter<'_, '_>) -> Vec<Problem> {
    let mut told: BTreeSet<(Span, Box<str>)> = BTreeSet::new();
    let mut problems = Vec::new();
    for swallowed in interpreter.swallowed() {
        let ChangeKind::AddColumn { table, column, .. } = &swallowed.change.kind else { continue };
        let Some(state) = interpreter.schema.tables.get(table) else { continue };
        let lacks = state.completeness.is_complete() && state.column(&column.name).is_none();
        if lacks
            && swallowed.missing.column.is_none()
            && told.insert((swallowed.change.span, column.name.clone()))
        {
            let message = format!(
                "`{table}.{}` is added before the table exists, and the error is swallowed: on a fresh install the column never appears",
                column.name
            );
            problems.push(Problem::at(swallowed.change.span, ProblemKind::Unmodelled, message));
        }
    }
    problems
}
