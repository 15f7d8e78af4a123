//! `.sql` files that declare the schema: a folder of migrations in their order, or a file that is named after what it holds.
//!
//! Only where the evidence is clear: a folder called `migrations` with numbered or dated scripts that create a table, or a file
//! called `schema.sql` and the like. Files of tests, examples and documentation, seeds and queries are none. Two readings that
//! both are possible (a dump beside migrations) are not merged: migrations win, and the dump is read before them only where they
//! change tables that they never create.

use std::collections::BTreeMap;

use alignment_model::project::{DatabaseSource, SourceKind};
use alignment_model::{FileId, Problem, ProblemKind, Sources, Span};
use alignment_sql::{Dialect, DialectEvidence, Place, evidence, path_evidence, read_script};

use super::entities::database_schema;
use super::fold::Origin;
use super::schema::Schema;
use crate::alembic::{Replay, is_aside};

/// Folders whose scripts are migrations.
const MIGRATION_FOLDERS: &[&str] = &["migrations", "migration", "migrate"];
/// Files that hold the whole schema, by their name without extension.
const SCHEMA_FILES: &[&str] = &[
    "schema",
    "structure",
    "init",
    "init_db",
    "initdb",
    "create_tables",
    "tables",
    "database",
    "ddl",
    "db_schema",
];
/// Folders whose scripts read or fill tables, or take migrations back.
const OTHER_FOLDERS: &[&str] = &[
    "seed",
    "seeds",
    "queries",
    "query",
    "down",
    "rollback",
    "rollbacks",
    "manual",
    "backup",
    "backups",
    "vendor",
];
/// Where the way back starts in files that hold both ways (goose, dbmate, sql-migrate).
const DOWN_MARKERS: &[&str] = &["-- +goose Down", "-- migrate:down", "-- +migrate Down", "-- +micrate Down"];

/// The sources that `.sql` files make, folded.
pub(crate) fn replays(sources: &Sources) -> Vec<Replay> {
    let (mut folders, mut schemas): (BTreeMap<&str, Vec<FileId>>, Vec<FileId>) = Default::default();
    for (file, source) in sources.iter().filter(|(_, source)| is_candidate(&source.path)) {
        if let Some(folder) = migration_folder(&source.path) {
            folders.entry(folder).or_default().push(file);
        } else if is_schema_file(&source.path) && creates_table(&source.text) {
            schemas.push(file);
        }
    }
    folders.retain(|folder, files| {
        let creates = files.iter().any(|file| creates_table(sources.text(*file)));
        creates && files.iter().any(|file| is_numbered(&sources.path(*file)[folder.len()..]))
    });
    if folders.is_empty() {
        return schemas
            .iter()
            .filter_map(|file| replay(sources, SourceKind::SqlSchema, sources.path(*file), &[*file]))
            .collect();
    }
    let replayed = folders.into_iter().map(|(folder, mut files)| {
        files.sort_by_cached_key(|file| order_key(sources.path(*file)));
        let alone = replay(sources, SourceKind::SqlMigrations, folder, &files)?;
        let lacks_a_base = alone.schema.tables.values().any(|table| table.assumed);
        match &schemas[..] {
            // Migrations that are deltas to a schema declared elsewhere.
            [base] if lacks_a_base => {
                files.insert(0, *base);
                replay(sources, SourceKind::SqlMigrations, folder, &files)
            }
            _ => Some(alone),
        }
    });
    replayed.flatten().collect()
}

fn is_candidate(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or("");
    let way_back = name == "down.sql" || name.ends_with(".down.sql") || name.ends_with("_down.sql");
    name.ends_with(".sql")
        && !way_back
        && !is_aside(path)
        && !lower.split('/').any(|part| OTHER_FOLDERS.contains(&part))
}

/// The path up to the folder of migrations that a file lies in.
fn migration_folder(path: &str) -> Option<&str> {
    let mut end = 0;
    for part in path.split('/') {
        end += part.len();
        if MIGRATION_FOLDERS.contains(&&*part.to_ascii_lowercase()) && end < path.len() {
            return path.get(..end);
        }
        end += 1;
    }
    None
}

/// Whether the first part of a path below its folder starts with a number, date or version.
fn is_numbered(below: &str) -> bool {
    let first = below.trim_start_matches('/');
    let version = first.strip_prefix(['V', 'v']).unwrap_or(first);
    version.starts_with(|c: char| c.is_ascii_digit())
}

fn is_schema_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    let stem = name.strip_suffix(".sql").unwrap_or(&name);
    SCHEMA_FILES.contains(&stem) || stem.ends_with("_schema") || stem.starts_with("schema_")
}

fn creates_table(text: &str) -> bool {
    text.as_bytes().windows(12).any(|window| window.eq_ignore_ascii_case(b"create table"))
}

/// Numbers in a path compare as numbers: `2_b` comes before `10_a`.
fn order_key(path: &str) -> Vec<(u64, String)> {
    let mut key = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse().unwrap_or(if digits > 0 { u64::MAX } else { 0 });
        rest = &rest[digits..];
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        key.push((number, rest[..text].to_owned()));
        rest = &rest[text..];
    }
    key
}

/// Folds files in order; `None` where they are written in a dialect that is not read and nothing is left.
fn replay(sources: &Sources, kind: SourceKind, path: &str, files: &[FileId]) -> Option<Replay> {
    let mut problems = Vec::new();
    let dialect = match dialect_of(sources, files) {
        Ok(dialect) => dialect,
        Err(name) => {
            let message = format!("`{path}` is written for {name}, which is not read");
            problems.push(Problem::at(Span::file_start(*files.first()?), ProblemKind::Unmodelled, message));
            let source = source_of(kind, path, files, &Schema::default());
            return Some(Replay { source, schema: Schema::default(), problems });
        }
    };
    let mut schema = Schema::new(dialect);
    for file in files {
        schema.begin_step();
        let text = way_forward(sources.text(*file));
        let script = read_script(text, Place::Verbatim { file: *file, offset: 0 }, dialect);
        for (change, missing) in schema.apply_steps(&script.steps, Origin::default()) {
            schema.assume(&change, &missing, Origin::default());
        }
        problems.extend(script.unclosed.iter().map(|place| {
            let message = "a quote, dollar tag or comment is never closed; what follows it may be misread";
            Problem::at(*place, ProblemKind::Syntax, message)
        }));
    }
    let source = source_of(kind, path, files, &schema);
    Some(Replay { source, schema, problems })
}

fn source_of(kind: SourceKind, path: &str, files: &[FileId], schema: &Schema) -> DatabaseSource {
    DatabaseSource {
        files: files.to_vec(),
        unmodelled: schema.unmodelled.clone(),
        may_lack_tables: schema.may_lack_tables,
        events: schema.events.clone(),
        schema: database_schema(schema),
        ..DatabaseSource::new(kind, schema.dialect, path)
    }
}

/// The dialect that most says: the text of the files, then their paths, then PostgreSQL.
fn dialect_of(sources: &Sources, files: &[FileId]) -> Result<Dialect, &'static str> {
    let texts = files.iter().map(|file| evidence(sources.text(*file)));
    let paths = files.iter().map(|file| path_evidence(sources.path(*file)));
    for found in texts.chain(paths) {
        match found {
            DialectEvidence::Is(dialect) => return Ok(dialect),
            DialectEvidence::Unsupported(name) => return Err(name),
            DialectEvidence::None => {}
        }
    }
    Ok(Dialect::default())
}

/// The part of a file that goes forward.
fn way_forward(text: &str) -> &str {
    let end = DOWN_MARKERS.iter().filter_map(|marker| text.find(marker)).min();
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use alignment_model::SourceFile;

    use super::*;

    /// Each source with its path, and its tables with their columns.
    fn read(files: &[(&str, &str)]) -> Vec<String> {
        let files =
            files.iter().map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() });
        let replays = replays(&Sources::new(files.collect()));
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
    fn a_schema_file_counts_where_there_are_no_migrations_and_is_the_base_of_deltas() {
        let schema = ("schema.sql", "create table a (x int)");
        assert_eq!(
            read(&[schema, ("tests/schema.sql", "create table t (x int)")]),
            ["sql-schema schema.sql: a(x)"]
        );
        let deltas = ("migrations/1.sql", "alter table a add y int; create table b (z int)");
        assert_eq!(read(&[schema, deltas]), ["sql-migrations migrations: a(x,y) b(z)"]);
        let whole = ("migrations/1.sql", "create table b (z int)");
        assert_eq!(read(&[schema, whole]), ["sql-migrations migrations: b(z)"]);
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
        let replays = replays(&Sources::new(files.to_vec()));
        assert!(replays[0].schema.tables.is_empty() && replays[0].problems[0].message.contains("ClickHouse"));
    }
}
