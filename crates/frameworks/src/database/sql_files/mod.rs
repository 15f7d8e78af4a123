//! `.sql` files that declare the schema: a folder of migrations in their order, or a file that is named after what it holds.
//!
//! Only where the evidence is clear: a folder called `migrations` with numbered or dated scripts that create a table, or a file
//! called `schema.sql` and the like. Files of tests, examples and documentation, seeds, queries and backups are none, and
//! neither are files that the configuration gives to a source of its own. A schema file beside migrations is a second source;
//! it is also read before them where they change tables that they never create.

mod order;
mod read;

use std::collections::{BTreeMap, HashSet};

use alignment_model::project::{DatabaseSource, SourceKind};
use alignment_model::{FileId, Problem, ProblemKind, Sources};
use alignment_sql::{DialectEvidence, path_evidence};

use super::schema::{Additions, Schema};
use super::settings::{ConfiguredSource, SourceOrder};
use crate::alembic::{Replay, is_aside};
use order::put_in_order;
use read::replay;

/// Folders whose scripts are migrations.
const MIGRATION_FOLDERS: &[&str] = &["migrations", "migration", "migrate", "drizzle"];
/// Files that hold the whole schema, by their name without extension (`structure.sql` is what Rails dumps, `schema.sql` dbmate
/// and many others).
const WHOLE_SCHEMA_FILES: &[&str] = &["schema", "structure", "db_schema", "database_schema"];
/// Files that make tables, and may leave others to somebody else.
const SCHEMA_FILES: &[&str] = &["init", "init_db", "initdb", "create_tables", "tables", "database", "ddl"];
/// Folders whose scripts read or fill tables, or take migrations back.
const OTHER_FOLDERS: &[&str] =
    &["seed", "seeds", "queries", "query", "down", "rollback", "rollbacks", "manual", "vendor"];
/// Words in a path that say that a file shows a past state.
const PAST_WORDS: &[&str] = &[
    "backup",
    "backups",
    "bak",
    "old",
    "archive",
    "archived",
    "archives",
    "legacy",
    "deprecated",
    "copy",
    "obsolete",
];
/// Words in a path that say that a file shows the state of one day.
const DAY_WORDS: &[&str] = &["dump", "dumps", "snapshot", "snapshots", "production", "prod", "staging"];

/// How much a source claims to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// What was there one day.
    Nothing,
    /// Some tables, or one dialect of them: no word on the rest.
    Part,
    /// All of them.
    Whole,
}

/// What a schema file claims by its name.
pub(crate) fn claim(path: &str) -> Claim {
    let lower = path.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let is_day = |word: &str| {
        DAY_WORDS.contains(&word) || word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    match WHOLE_SCHEMA_FILES.contains(&&*stem(path)) {
        // What lies among the steps is one of them, or left over from one.
        _ if words.any(is_day) || migration_folder(path).is_some() => Claim::Nothing,
        true => Claim::Whole,
        false => Claim::Part,
    }
}

/// The sources that the configuration declares as `.sql` files. One without a file stays, empty: what was declared and is
/// not there must be seen.
pub(crate) fn configured(sources: &Sources, declared: &[ConfiguredSource]) -> Vec<Replay> {
    declared
        .iter()
        .filter(|source| source.kind.is_sql())
        .map(|source| configured_one(sources, source))
        .collect()
}

fn configured_one(sources: &Sources, declared: &ConfiguredSource) -> Replay {
    let mut files = declared.files.clone();
    put_in_order(sources, &mut files, declared.order);
    let path = common_folder(sources, &files);
    let replayed = replay(sources, declared.kind, &path, &files, declared.dialect);
    let mut replayed = replayed.unwrap_or_else(|| {
        let dialect = declared.dialect.unwrap_or_default();
        let source = DatabaseSource::new(declared.kind, dialect, path);
        Replay::new(source, Schema::new(dialect), Vec::new())
    });
    replayed.source.name = declared.name.clone();
    replayed.source.configured = declared.span;
    replayed.schema.deltas = deltas(&replayed.schema);
    if replayed.schema.tables.is_empty() && replayed.problems.is_empty() {
        let message = match files.len() {
            0 => format!("source `{}`: no file matches its paths", declared.name),
            n => format!("source `{}`: its files ({n}) make no table", declared.name),
        };
        let kind = ProblemKind::Configuration;
        replayed.problems.push(Problem { span: declared.span, kind, message });
    }
    replayed
}

/// The only file, or the folder that holds all of them.
fn common_folder(sources: &Sources, files: &[FileId]) -> String {
    let [first, rest @ ..] = files else { return String::new() };
    let mut common: Vec<&str> = sources.path(*first).split('/').collect();
    if !rest.is_empty() {
        common.pop();
    }
    for file in rest {
        let same = common.iter().zip(sources.path(*file).split('/')).take_while(|(a, b)| **a == *b).count();
        common.truncate(same);
    }
    common.join("/")
}

/// The sources that `.sql` files make without being declared.
pub(crate) fn recognised(sources: &Sources, claimed: &HashSet<FileId>) -> Vec<Replay> {
    let (mut folders, mut schemas): (BTreeMap<&str, Vec<FileId>>, Vec<FileId>) = Default::default();
    for (file, source) in sources.iter().filter(|(_, source)| is_candidate(&source.path)) {
        if claimed.contains(&file) {
            continue;
        }
        match migration_folder(&source.path) {
            Some(folder) if !is_schema_file(&source.path) || is_numbered(below(&source.path, folder)) => {
                folders.entry(folder).or_default().push(file);
            }
            _ if is_schema_file(&source.path) && creates_table(&source.text) => schemas.push(file),
            _ => {}
        }
    }
    folders.retain(|folder, files| {
        let creates = files.iter().any(|file| creates_table(sources.text(*file)));
        creates && files.iter().any(|file| is_numbered(below(sources.path(*file), folder)))
    });
    let schemas: Vec<Replay> = schemas
        .iter()
        .filter_map(|file| replay(sources, SourceKind::SqlSchema, sources.path(*file), &[*file], None))
        .collect();
    let mut all: Vec<Replay> = folders
        .into_iter()
        .filter_map(|(folder, files)| migrations(sources, folder, files, &schemas))
        .collect();
    all.extend(schemas);
    all
}

/// A folder of migrations, on top of the schema file that makes what they only change.
fn migrations(sources: &Sources, folder: &str, mut files: Vec<FileId>, schemas: &[Replay]) -> Option<Replay> {
    put_in_order(sources, &mut files, SourceOrder::Number);
    let mut alone = replay(sources, SourceKind::SqlMigrations, folder, &files, None)?;
    alone.schema.deltas = deltas(&alone.schema);
    let lacking = || alone.schema.tables.iter().filter(|(_, table)| table.assumed).map(|(name, _)| name);
    let makes = |schema: &&Replay| {
        schema.source.dialect == alone.source.dialect
            && lacking().next().is_some()
            && lacking().all(|name| schema.schema.tables.contains_key(name))
    };
    let near = |schema: &Replay| {
        let own = folder.split('/').chain([""]);
        own.zip(schema.source.path.split('/')).take_while(|(a, b)| a == b).count()
    };
    let fitting: Vec<&Replay> = schemas.iter().filter(makes).collect();
    let most = fitting.iter().map(|schema| near(schema)).max();
    let mut nearest = fitting.iter().filter(|schema| Some(near(schema)) == most);
    // Of two that are as near, nobody says which is run first.
    let (Some(base), None) = (nearest.next(), nearest.next()) else { return Some(alone) };
    files.splice(0..0, base.source.files.iter().copied());
    let mut whole = replay(sources, SourceKind::SqlMigrations, folder, &files, Some(alone.source.dialect))?;
    whole.schema.deltas = alone.schema.deltas;
    Some(whole)
}

/// What changes add, where they rest on tables that something else makes; `None` where they make all they change.
pub(crate) fn deltas(schema: &Schema) -> Option<Additions> {
    schema.tables.values().any(|table| table.assumed).then(|| {
        let added = schema.tables.iter().flat_map(|(name, table)| {
            let columns = table.columns.iter().filter(|_| table.assumed);
            let columns = columns.map(|column| (name.clone(), Some(column.name.clone())));
            columns.chain((!table.assumed).then(|| (name.clone(), None)))
        });
        added.collect()
    })
}

fn is_candidate(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or("");
    // Flyway's undo migrations start with `U` and a version.
    let undo = path
        .rsplit('/')
        .next()
        .and_then(|name| name.strip_prefix('U'))
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains("__"));
    let way_back = undo
        || name == "down.sql"
        || [".down.sql", "_down.sql", ".rollback.sql", "_rollback.sql"].iter().any(|end| name.ends_with(end))
        || name.starts_with("rollback_");
    name.ends_with(".sql")
        && !way_back
        && !is_aside(path)
        && !shows_the_past(&lower)
        && !lower.split('/').any(|part| OTHER_FOLDERS.contains(&part))
}

/// A folder or a word of the file's name says that the file is kept for reading. Numbered migrations may well be called
/// `0007_archive_orders.sql`.
fn shows_the_past(lower: &str) -> bool {
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", lower));
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    folders.split('/').any(|part| PAST_WORDS.contains(&part))
        || migration_folder(lower).is_none() && words.into_iter().any(|word| PAST_WORDS.contains(&word))
}

/// The path up to the folder of migrations that a file lies in, with the folder below it that names a dialect, if one does.
fn migration_folder(path: &str) -> Option<&str> {
    let mut end = 0;
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        end += part.len();
        if MIGRATION_FOLDERS.contains(&&*part.to_ascii_lowercase()) && end < path.len() {
            let dialect = parts.peek().filter(|next| {
                end + 1 + next.len() < path.len()
                    && !next.contains(|c: char| !c.is_ascii_alphanumeric())
                    && path_evidence(next) != DialectEvidence::None
            });
            return path.get(..end + dialect.map_or(0, |next| next.len() + 1));
        }
        end += 1;
    }
    None
}

/// What follows the folder in a path.
fn below<'p>(path: &'p str, folder: &str) -> &'p str {
    path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/')
}

/// Whether a part of a path below its folder starts with a number, date or version.
fn is_numbered(below: &str) -> bool {
    below.split('/').any(|part| {
        let version = part.strip_prefix(['V', 'v']).unwrap_or(part);
        version.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    name.strip_suffix(".sql").unwrap_or(&name).to_owned()
}

fn is_schema_file(path: &str) -> bool {
    let stem = stem(path);
    WHOLE_SCHEMA_FILES.contains(&&*stem)
        || SCHEMA_FILES.contains(&&*stem)
        || stem.ends_with("_schema")
        || stem.starts_with("schema_")
        || stem.starts_with("schema.")
}

/// Whether the words `CREATE TABLE` stand somewhere.
fn creates_table(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut from = 0;
    let is_t = |byte: &u8| byte.eq_ignore_ascii_case(&b't');
    while let Some(at) = bytes.get(from..).and_then(|rest| rest.iter().position(is_t)) {
        let table = from + at;
        from = table + 1;
        let starts = |at: usize, word: &[u8]| {
            bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
        };
        if starts(table, b"table") {
            let before = text.get(..table).unwrap_or("").trim_end();
            let cut = before.len().saturating_sub(6);
            if before.len() < table && starts(cut, b"create") {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use alignment_model::SourceFile;

    use super::*;

    /// Each source with its path, and its tables with their columns.
    fn read(files: &[(&str, &str)]) -> Vec<String> {
        let files =
            files.iter().map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() });
        let replays = recognised(&Sources::new(files.collect()), &HashSet::new());
        let show = |replay: Replay| {
            let tables = replay.schema.tables.iter().map(|(name, table)| {
                let columns: Vec<&str> = table.columns.iter().map(|column| &*column.name).collect();
                format!("{name}({})", columns.join(","))
            });
            format!(
                "{} {}: {}",
                replay.source.kind.key(),
                replay.source.path,
                tables.collect::<Vec<_>>().join(" ")
            )
        };
        replays.into_iter().map(show).collect()
    }

    #[test]
    fn a_folder_of_migrations_applies_in_the_order_of_its_numbers() {
        assert_eq!(
            read(&[
                ("db/migrations/10_c.sql", "alter table a drop column y"),
                ("db/migrations/2_b.sql", "alter table a add y int;\n-- +goose Down\ndrop table a;"),
                ("db/migrations/1_a.up.sql", "create table a (x int)"),
                ("db/migrations/1_a.down.sql", "drop table a"),
                ("db/migrations/seeds/3_s.sql", "create table s (x int)"),
            ]),
            ["sql-migrations db/migrations: a(x)"]
        );
    }

    #[test]
    fn a_schema_file_is_a_source_of_its_own_and_the_base_of_deltas() {
        let schema = ("schema.sql", "create table a (x int)");
        assert_eq!(
            read(&[schema, ("tests/schema.sql", "create table t (x int)")]),
            ["sql-schema schema.sql: a(x)"]
        );
        let deltas = ("migrations/1.sql", "alter table a add y int; create table b (z int)");
        let own = "sql-schema schema.sql: a(x)";
        assert_eq!(read(&[schema, deltas]), ["sql-migrations migrations: a(x,y) b(z)", own]);
        let whole = ("migrations/1.sql", "create table b (z int)");
        assert_eq!(read(&[schema, whole]), ["sql-migrations migrations: b(z)", own]);
    }

    #[test]
    fn folders_of_a_dialect_are_sources_of_their_own() {
        assert_eq!(
            read(&[
                ("db/migrations/postgres/1.sql", "create table a (x int)"),
                ("db/migrations/sqlite/1.sql", "create table a (x int)"),
                ("drizzle/0000_x.sql", "create table d (x int);\n--> statement-breakpoint\n"),
                ("prisma/migrations/20240101_init/migration.sql", "create table p (x int)"),
                ("hasura/migrations/default/1700_a/up.sql", "create table h (x int)"),
                ("hasura/migrations/default/1700_a/down.sql", "drop table h"),
                ("flyway/migration/V1__a.sql", "create table f (x int)"),
                ("flyway/migration/U1__a.sql", "drop table f"),
            ]),
            [
                "sql-migrations db/migrations/postgres: a(x)",
                "sql-migrations db/migrations/sqlite: a(x)",
                "sql-migrations drizzle: d(x)",
                "sql-migrations flyway/migration: f(x)",
                "sql-migrations hasura/migrations: h(x)",
                "sql-migrations prisma/migrations: p(x)",
            ]
        );
    }

    #[test]
    fn what_shows_the_past_claims_nothing() {
        assert_eq!(claim("db/schema.sql"), Claim::Whole);
        assert_eq!(claim("db/init.sql"), Claim::Part);
        assert_eq!(claim("dumps/schema.sql"), Claim::Nothing);
        assert_eq!(claim("db/migrations/schema.sql"), Claim::Nothing);
        assert_eq!(claim("schema_20240131.sql"), Claim::Nothing);
        let table = "create table a (x int)";
        assert_eq!(read(&[("backup/schema.sql", table), ("schema_old.sql", table)]), [] as [&str; 0]);
    }

    /// The comparisons of `.sql` files: sides, relation, confidence.
    fn compared(files: &[(&str, &str)]) -> Vec<String> {
        let files =
            files.iter().map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() });
        let mut replays = recognised(&Sources::new(files.collect()), &HashSet::new());
        let settings = crate::database::DatabaseSettings::NONE;
        let mut project = alignment_model::project::Project::default();
        crate::database::comparisons::compare(&mut replays, settings, &mut project);
        assert!(project.problems.is_empty());
        let name = |at: u32| &*replays[at as usize].source.name;
        let show = |one: &alignment_model::comparison::SourceComparison| {
            format!("{} {} {} {:?}", name(one.left), one.relation.key(), name(one.right), one.confidence)
        };
        project.comparisons.iter().map(show).collect()
    }

    #[test]
    fn only_clear_evidence_makes_a_comparison() {
        let two = "create table a (x int); create table b (x int);";
        let four =
            "create table a (x int); create table b (x int); create table c (x int); create table d (x int);";
        let deltas = "alter table a add y int; alter table b add y int; create table g (x int);";
        let kept = "create table a (x int, y int); create table b (x int);";
        let sqlite = "pragma foreign_keys = on; create table a (x int); create table b (x int);";
        let other = "create table e (x int); create table f (x int);";
        type Case<'c> = (&'c [(&'c str, &'c str)], &'c [&'c str]);
        let cases: &[Case<'_>] = &[
            (
                &[("db/migrations/1.sql", two), ("db/schema.sql", two)],
                &["db/migrations equal db/schema.sql Resolved"],
            ),
            // A schema that holds half of what migrations make, beside them, is behind; far from them, it is another's.
            (
                &[("db/migrations/1.sql", four), ("db/schema.sql", two)],
                &["db/migrations equal db/schema.sql Inferred"],
            ),
            (
                &[("db/migrations/1.sql", two), ("db/schema.sql", four)],
                &["db/migrations left-subset db/schema.sql Inferred"],
            ),
            (
                &[("migrations/1.sql", deltas), ("schema.sql", kept)],
                &["migrations left-subset schema.sql Resolved"],
            ),
            (&[("migrations/1.sql", deltas), ("schema.sql", two)], &[]),
            (&[("db/migrations/1.sql", two), ("db/init.sql", two)], &[]),
            (&[("db/migrations/1.sql", two), ("db/schema_20240101.sql", two)], &[]),
            (&[("db/migrations/1.sql", two), ("db/schema.sql", other)], &[]),
            (
                &[("db/schema.sql", two), ("db/schema_sqlite.sql", sqlite)],
                &["db/schema.sql equal db/schema_sqlite.sql Resolved"],
            ),
            (&[("a/schema.sql", two), ("b/schema.sql", two)], &[]),
        ];
        for (files, expected) in cases {
            assert_eq!(compared(files), *expected, "{files:?}");
        }
    }

    #[test]
    fn what_is_no_clear_evidence_is_no_source() {
        assert_eq!(
            read(&[
                ("report.sql", "create table a (x int)"),
                ("schema.sql", "select 1"),
                ("docs/schema.sql", "create table a (x int)")
            ]),
            [] as [&str; 0]
        );
    }

    #[test]
    fn a_dialect_that_is_not_read_is_named() {
        let files = [SourceFile {
            path: "schema.sql".into(),
            text: "create table a (x UInt8) engine = MergeTree".into(),
        }];
        let replays = recognised(&Sources::new(files.to_vec()), &HashSet::new());
        assert!(replays[0].schema.tables.is_empty() && replays[0].problems[0].message.contains("ClickHouse"));
    }
}
