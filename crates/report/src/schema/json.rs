//! A schema for programs, as one line of JSON (version 1). Fields are added within a version, never changed or removed. `null` is
//! unknown for `type`, `nullable`, `keys`, `query`, `text`; a default that is unknown is `{"kind": "unknown"}`.

use std::io;

use alignment_model::database::{Generated, Index, IndexExpression, IndexKey};
use alignment_model::entity::{Constraint, ConstraintKind, Entity, Field, TableName};
use alignment_model::{Known, Span};
use serde::Serialize;
use serde_json::Value as Json;

use super::{Catalog, SchemaReport, TableView};

/// Writes the document.
pub(super) fn write(report: &SchemaReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(catalog) = Catalog::of(report) else { return Ok(()) };
    serde_json::to_writer(&mut *out, &document(&catalog))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    source: SourceJson<'a>,
    enums: Vec<EnumJson<'a>>,
    tables: Vec<TableJson<'a>>,
    views: Vec<ViewJson<'a>>,
    partitions: Vec<PartitionJson<'a>>,
    unmodelled: Vec<NoteJson<'a>>,
}

#[derive(Serialize)]
struct SourceJson<'a> {
    name: &'a str,
    kind: &'static str,
    dialect: &'static str,
    path: &'a str,
    heads: &'a [Box<str>],
    complete: bool,
}

#[derive(Serialize)]
struct EnumJson<'a> {
    #[serde(flatten)]
    name: NameJson<'a>,
    labels: &'a [Box<str>],
    complete: bool,
}

#[derive(Serialize)]
struct NameJson<'a> {
    schema: Option<&'a str>,
    name: &'a str,
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    file: &'a str,
    line: u32,
}

#[derive(Serialize)]
struct NoteJson<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Option<PlaceJson<'a>>,
}

#[derive(Serialize)]
struct TableJson<'a> {
    #[serde(flatten)]
    name: NameJson<'a>,
    #[serde(flatten)]
    place: PlaceJson<'a>,
    complete: bool,
    unresolved: Vec<NoteJson<'a>>,
    partition_by: Option<&'a str>,
    row_security: bool,
    columns: Vec<ColumnJson<'a>>,
    constraints: Vec<ConstraintJson<'a>>,
    indexes: Vec<IndexJson<'a>>,
}

#[derive(Serialize)]
struct ColumnJson<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: Option<String>,
    written: &'a str,
    nullable: Option<bool>,
    default: Option<DefaultJson<'a>>,
    generated: Option<GeneratedJson<'a>>,
    #[serde(flatten)]
    place: PlaceJson<'a>,
}

#[derive(Serialize)]
struct DefaultJson<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct GeneratedJson<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    always: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<bool>,
}

#[derive(Serialize)]
struct ConstraintJson<'a> {
    name: Option<&'a str>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<&'a [Box<str>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<NameJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_columns: Option<&'a [Box<str>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_delete: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_update: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Json>>,
    deferrable: bool,
    initially_deferred: bool,
    nulls_not_distinct: bool,
    not_valid: bool,
    #[serde(flatten)]
    place: PlaceJson<'a>,
}

#[derive(Serialize)]
struct IndexJson<'a> {
    name: Option<&'a str>,
    unique: bool,
    method: Option<&'a str>,
    keys: Option<Vec<KeyJson<'a>>>,
    include: &'a [Box<str>],
    nulls_not_distinct: bool,
    options: &'a str,
    #[serde(rename = "where")]
    condition: Option<DefaultJson<'a>>,
    #[serde(flatten)]
    place: PlaceJson<'a>,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    suffix: &'a str,
}

#[derive(Serialize)]
struct ViewJson<'a> {
    #[serde(flatten)]
    name: NameJson<'a>,
    #[serde(flatten)]
    place: PlaceJson<'a>,
    materialized: bool,
    columns: Option<Vec<&'a str>>,
    query: Option<&'a str>,
}

#[derive(Serialize)]
struct PartitionJson<'a> {
    #[serde(flatten)]
    name: NameJson<'a>,
    of: NameJson<'a>,
    bounds: Option<&'a str>,
    #[serde(flatten)]
    place: PlaceJson<'a>,
}

fn document<'a>(catalog: &'a Catalog<'a>) -> Document<'a> {
    let (source, schema) = (catalog.source, catalog.schema());
    let enums = schema.enums.iter().map(|one| EnumJson {
        name: name_json(&one.name),
        labels: &one.labels,
        complete: one.certain,
    });
    let partitions = schema.partitions.iter().map(|one| PartitionJson {
        name: name_json(&one.name),
        of: name_json(&one.of),
        bounds: text(&one.bounds),
        place: place_json(catalog, one.span),
    });
    let unmodelled = source.unmodelled.iter().map(|problem| NoteJson {
        message: &problem.message,
        place: problem.span.map(|span| place_json(catalog, span)),
    });
    Document {
        version: 1,
        source: SourceJson {
            name: &source.name,
            kind: source.kind.key(),
            dialect: source.dialect.key(),
            path: &source.path,
            heads: catalog.heads(),
            complete: !source.may_lack_tables,
        },
        enums: enums.collect(),
        tables: catalog.tables.iter().map(|view| table_json(catalog, view)).collect(),
        views: catalog.views.iter().filter_map(|view| view_json(catalog, view)).collect(),
        partitions: partitions.collect(),
        unmodelled: unmodelled.collect(),
    }
}

fn name_json(name: &TableName) -> NameJson<'_> {
    NameJson { schema: name.schema.as_deref(), name: &name.name }
}

fn place_json<'a>(catalog: &'a Catalog<'a>, span: Span) -> PlaceJson<'a> {
    PlaceJson { file: catalog.places.path(span.file), line: catalog.places.line(span) }
}

fn text(known: &Known<Box<str>>) -> Option<&str> {
    known.is().map(|text| &**text)
}

fn table_json<'a>(catalog: &'a Catalog<'a>, view: &'a TableView<'a>) -> TableJson<'a> {
    let reasons = view.entity.completeness.reasons.iter().map(|reason| NoteJson {
        message: &reason.message,
        place: reason.span.map(|span| place_json(catalog, span)),
    });
    TableJson {
        name: name_json(&view.table.name),
        place: place_json(catalog, view.entity.span),
        complete: view.entity.completeness.is_complete(),
        unresolved: reasons.collect(),
        partition_by: view.table.partition_by.as_deref(),
        row_security: view.table.row_security.enabled.is_some(),
        columns: view.entity.fields.iter().map(|field| column_json(catalog, field)).collect(),
        constraints: view.constraints().map(|one| constraint_json(catalog, one)).collect(),
        indexes: view.indexes.iter().map(|one| index_json(catalog, one)).collect(),
    }
}

fn column_json<'a>(catalog: &'a Catalog<'a>, field: &'a Field) -> ColumnJson<'a> {
    let default = match &field.server_default {
        Known::Is(None) => None,
        Known::Is(Some(sql)) => Some(DefaultJson { kind: "server", value: Some(sql) }),
        Known::Unknown(_) => Some(DefaultJson { kind: "unknown", value: None }),
    };
    ColumnJson {
        name: &field.name,
        ty: field.ty.sql.as_ref().map(ToString::to_string),
        written: &field.ty.written,
        nullable: field.nullable.is().copied(),
        default,
        generated: generated_json(&field.column.generated),
        place: place_json(catalog, field.span),
    }
}

fn generated_json(generated: &Generated) -> Option<GeneratedJson<'_>> {
    let of = |kind| GeneratedJson { kind, always: None, options: None, expression: None, stored: None };
    Some(match generated {
        Generated::No => return None,
        Generated::Serial => of("serial"),
        Generated::AutoIncrement => of("auto_increment"),
        Generated::Elsewhere => of("elsewhere"),
        Generated::Identity { always, options } => {
            GeneratedJson { always: Some(*always), options: Some(options), ..of("identity") }
        }
        Generated::Computed { expression, stored } => {
            GeneratedJson { expression: Some(text(expression)), stored: Some(*stored), ..of("computed") }
        }
    })
}

fn constraint_json<'a>(catalog: &'a Catalog<'a>, one: &'a Constraint) -> ConstraintJson<'a> {
    let mut json = ConstraintJson {
        name: one.name.as_deref(),
        kind: "other",
        columns: None,
        target: None,
        target_columns: None,
        on_delete: None,
        on_update: None,
        text: None,
        values: None,
        deferrable: one.terms.deferrable,
        initially_deferred: one.terms.initially_deferred,
        nulls_not_distinct: one.terms.nulls_not_distinct,
        not_valid: one.terms.not_valid,
        place: place_json(catalog, one.span),
    };
    match &one.kind {
        ConstraintKind::PrimaryKey(columns) => {
            (json.kind, json.columns) = ("primary_key", Some(&columns[..]))
        }
        ConstraintKind::Unique(columns) => (json.kind, json.columns) = ("unique", Some(&columns[..])),
        ConstraintKind::ForeignKey(key) => {
            (json.kind, json.columns) = ("foreign_key", Some(&key.columns[..]));
            (json.target, json.target_columns) =
                (Some(name_json(&key.target)), Some(&key.target_columns[..]));
            (json.on_delete, json.on_update) = (key.on_delete.as_deref(), key.on_update.as_deref());
        }
        ConstraintKind::Check { text: condition, values } => {
            (json.kind, json.text) = ("check", Some(text(condition)));
            json.values = values
                .as_ref()
                .map(|(_, values)| values.iter().map(|value| Json::String(value.plain())).collect());
        }
        ConstraintKind::Exclusion(what) => (json.kind, json.text) = ("exclusion", Some(text(what))),
        ConstraintKind::Other => {}
    }
    json
}

fn index_json<'a>(catalog: &'a Catalog<'a>, index: &'a Index) -> IndexJson<'a> {
    let key = |key: &'a IndexKey| {
        let (column, expression) = match &key.expression {
            IndexExpression::Column(name) => (Some(&**name), None),
            IndexExpression::Sql(text) => (None, Some(&**text)),
        };
        KeyJson { column, expression, suffix: &key.suffix }
    };
    let condition = index.condition.as_ref().map(|condition| match condition {
        Known::Is(text) => DefaultJson { kind: "sql", value: Some(text) },
        Known::Unknown(_) => DefaultJson { kind: "unknown", value: None },
    });
    IndexJson {
        name: index.name.as_deref(),
        unique: index.unique,
        method: index.method.as_deref(),
        keys: index.keys.is().map(|keys| keys.iter().map(key).collect()),
        include: &index.include,
        nulls_not_distinct: index.nulls_not_distinct,
        options: &index.options,
        condition,
        place: place_json(catalog, index.span),
    }
}

fn view_json<'a>(catalog: &'a Catalog<'a>, view: &'a Entity) -> Option<ViewJson<'a>> {
    let query = catalog.query(view);
    let columns = view.fields.iter().map(|field| &*field.name).collect();
    Some(ViewJson {
        name: name_json(view.table()?),
        place: place_json(catalog, view.span),
        materialized: query.is_some_and(|query| query.materialized),
        columns: view.completeness.is_complete().then_some(columns),
        query: query.and_then(|query| text(&query.query)),
    })
}
