//! What a schema on PostgreSQL stands on and no migration of tables makes by itself: extensions, schemas, sequences.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::database::{Generated, IndexExpression};
use alignment_model::entity::{ConstraintKind, Field, SqlType, TableName};
use alignment_model::{Dialect, Known};

use super::{Catalog, TableView, quote};

/// Types of PostgreSQL itself, in the short spelling of the model.
const BUILT_IN: &[&str] = &[
    "bit",
    "bool",
    "box",
    "bytea",
    "char",
    "cidr",
    "circle",
    "date",
    "datemultirange",
    "daterange",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "path",
    "pg_lsn",
    "point",
    "polygon",
    "regclass",
    "regconfig",
    "regproc",
    "regtype",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "uuid",
    "varbit",
    "varchar",
    "xml",
];

/// Types of extensions.
const EXTENSION_TYPES: &[(&str, &str)] = &[
    ("citext", "citext"),
    ("cube", "cube"),
    ("geography", "postgis"),
    ("geometry", "postgis"),
    ("halfvec", "vector"),
    ("hstore", "hstore"),
    ("lquery", "ltree"),
    ("ltree", "ltree"),
    ("sparsevec", "vector"),
    ("vector", "vector"),
];

/// Words in expressions and operator classes that come with an extension.
const EXTENSION_WORDS: &[(&str, &str)] = &[
    ("crypt(", "pgcrypto"),
    ("digest(", "pgcrypto"),
    ("gen_salt(", "pgcrypto"),
    ("gin_trgm_ops", "pg_trgm"),
    ("gist_trgm_ops", "pg_trgm"),
    ("similarity(", "pg_trgm"),
    ("unaccent(", "unaccent"),
    ("uuid_generate_", "uuid-ossp"),
];

/// The name of a type without what stands in parentheses.
fn bare(base: &str) -> &str {
    base.split('(').next().unwrap_or(base).trim()
}

/// Whether a type is there without the schema making it.
pub(super) fn is_built_in(ty: &SqlType) -> bool {
    let base = bare(&ty.base);
    BUILT_IN.binary_search(&base).is_ok()
        || EXTENSION_TYPES.iter().any(|(name, _)| *name == base)
        || base.starts_with("interval ")
}

/// What must be there first.
#[derive(Default)]
pub(super) struct Needs {
    pub(super) extensions: BTreeSet<&'static str>,
    pub(super) schemas: BTreeSet<String>,
    /// Sequences that a default reads and no column makes, with the column that owns each.
    pub(super) sequences: BTreeMap<String, Option<String>>,
}

impl Needs {
    pub(super) fn of(catalog: &Catalog<'_>) -> Self {
        let mut needs = Self::default();
        let schema = catalog.schema();
        let enums = schema.enums.iter().map(|one| &one.name);
        let tables = catalog.tables.iter().map(|view| &view.table.name);
        let views = schema.views.iter().map(|view| &view.name);
        let partitions = schema.partitions.iter().map(|one| &one.name);
        for name in enums.chain(tables).chain(views).chain(partitions) {
            needs.schemas.extend(name.schema.as_ref().map(ToString::to_string));
        }
        for view in &catalog.tables {
            needs.table(view);
        }
        for query in schema.views.iter().filter_map(|view| view.query.is()) {
            needs.words(query);
        }
        needs
    }

    fn table(&mut self, view: &TableView<'_>) {
        for field in &view.entity.fields {
            if let Some(ty) = &field.ty.sql {
                let extension = EXTENSION_TYPES.iter().find(|(name, _)| *name == bare(&ty.base));
                self.extensions.extend(extension.map(|(_, extension)| *extension));
            }
            if let Known::Is(Some(default)) = &field.server_default {
                self.words(default);
                self.sequence(&view.table.name, field, default);
            }
            if let Generated::Computed { expression: Known::Is(expression), .. } = &field.column.generated {
                self.words(expression);
            }
        }
        for constraint in view.constraints() {
            match &constraint.kind {
                ConstraintKind::Check { text: Known::Is(text), .. } => self.words(text),
                ConstraintKind::Exclusion(Known::Is(text)) => {
                    self.words(text);
                    // A scalar compared for equality by a GiST index.
                    if text.to_lowercase().contains("gist") && text.to_lowercase().contains("with =") {
                        self.extensions.insert("btree_gist");
                    }
                }
                _ => {}
            }
        }
        for index in &view.indexes {
            for key in index.keys.is().into_iter().flatten() {
                self.words(&key.suffix);
                if let IndexExpression::Sql(text) = &key.expression {
                    self.words(text);
                }
            }
        }
    }

    fn words(&mut self, text: &str) {
        let found = EXTENSION_WORDS.iter().filter(|(word, _)| text.contains(word));
        self.extensions.extend(found.map(|(_, extension)| *extension));
    }

    fn sequence(&mut self, table: &TableName, field: &Field, default: &str) {
        if is_own_sequence(table, field) {
            return;
        }
        let Some(sequence) = sequence_of(default) else { return };
        let owner = (field.column.generated == Generated::Serial).then(|| {
            let dialect = Dialect::PostgreSql;
            format!("{}.{}", quote::qualified(table, dialect), quote::name(&field.name, dialect))
        });
        self.sequences.insert(sequence.to_owned(), owner);
        if let Some((schema, _)) = sequence.split_once('.') {
            self.schemas.insert(schema.trim_matches('"').to_owned());
        }
    }
}

/// Whether `serial` says all that the default says: the sequence that it makes.
pub(super) fn is_own_sequence(table: &TableName, field: &Field) -> bool {
    let Known::Is(Some(default)) = &field.server_default else { return false };
    let own = format!("{}_{}_seq", table.name, field.name);
    field.column.generated == Generated::Serial && sequence_of(default).is_some_and(|name| name == own)
}

/// The sequence that a default reads, as it is written in it.
fn sequence_of(default: &str) -> Option<&str> {
    let (head, rest) = default.split_once("('")?;
    let (name, _) = rest.split_once('\'')?;
    head.trim().eq_ignore_ascii_case("nextval").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_postgresql_and_of_extensions_are_there() {
        assert!(BUILT_IN.is_sorted());
        let cases = [("int4", true), ("geometry(Point,4326)", true), ("mood", false), ("vector", true)];
        for (base, expected) in cases {
            assert_eq!(is_built_in(&SqlType::new(base)), expected, "{base}");
        }
        assert_eq!(sequence_of("nextval('a_id_seq'::regclass)"), Some("a_id_seq"));
        assert_eq!(sequence_of("now()"), None);
    }
}
