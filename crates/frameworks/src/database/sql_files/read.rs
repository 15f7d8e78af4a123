//! `.sql` files in their order -> the schema they make.

use alignment_model::project::{DatabaseSource, SourceKind};
use alignment_model::{FileId, Problem, ProblemKind, Sources, Span};
use alignment_sql::{Dialect, DialectEvidence, Place, evidence, path_evidence, read_script};

use crate::alembic::Replay;
use crate::database::entities::database_schema;
use crate::database::fold::Origin;
use crate::database::schema::Schema;

/// Where the way back starts in files that hold both ways (goose, dbmate, sql-migrate).
const DOWN_MARKERS: &[&str] = &["-- +goose Down", "-- migrate:down", "-- +migrate Down", "-- +micrate Down"];

/// Folds files in order, in the dialect that is given or that the evidence names; `None` without a file.
pub(super) fn replay(
    sources: &Sources,
    kind: SourceKind,
    path: &str,
    files: &[FileId],
    dialect: Option<Dialect>,
) -> Option<Replay> {
    let mut problems = Vec::new();
    let dialect = match dialect.map_or_else(|| dialect_of(sources, files), Ok) {
        Ok(dialect) => dialect,
        Err(name) => {
            let message = format!("`{path}` is written for {name}, which is not read");
            problems.push(Problem::at(Span::file_start(*files.first()?), ProblemKind::Unmodelled, message));
            let source = source_of(kind, path, files, &Schema::default());
            return Some(Replay::new(source, Schema::default(), problems));
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
            let message =
                "a quote, dollar tag, comment or COPY is never closed; what follows it may be misread";
            Problem::at(*place, ProblemKind::Syntax, message)
        }));
        problems.extend(script.prose.iter().map(|place| {
            let message = "this is no SQL; reading goes on at the next line that starts a definition";
            Problem::at(*place, ProblemKind::Syntax, message)
        }));
    }
    let source = source_of(kind, path, files, &schema);
    Some(Replay::new(source, schema, problems))
}

fn source_of(kind: SourceKind, path: &str, files: &[FileId], schema: &Schema) -> DatabaseSource {
    DatabaseSource {
        files: files.to_vec(),
        unmodelled: schema.unmodelled.clone(),
        may_lack_tables: schema.lacks_tables(),
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
