//! `sources` and `comparisons`: where the database layer comes from, and which of its sources are to agree.
//!
//! Patterns are resolved to files here; whether the files say anything, and whether a side of a comparison exists, is known
//! only after they were read.

use alignment_frameworks::database::{ConfiguredComparison, ConfiguredSource, DatabaseSettings, SourceOrder};
use alignment_model::comparison::{AllowedDifference, FacetLevels, Relation};
use alignment_model::name::{NameScope, did_you_mean};
use alignment_model::project::SourceKind;
use alignment_model::{Dialect, FileId, Severity, Sources, TextRange};

use super::weights::level_of;
use super::{Ignore, Mistake, Scope, bad_pattern, check_reason, last_day, list, written};
use crate::pattern::{NamePattern, PathPatterns};

/// Kinds of source that can be declared.
const KINDS: [SourceKind; 5] = [
    SourceKind::SqlSchema,
    SourceKind::SqlMigrations,
    SourceKind::Alembic,
    SourceKind::CodeSchema,
    SourceKind::CodeMigrations,
];

/// Names of the orders.
const ORDERS: [(&str, SourceOrder); 4] = [
    ("list", SourceOrder::List),
    ("name", SourceOrder::Name),
    ("number", SourceOrder::Number),
    ("date", SourceOrder::Date),
];

/// Names of the facets.
const FACETS: [&str; 4] = ["name", "type", "nullability", "default"];

/// Both sections, checked.
#[derive(Clone, Debug, Default)]
pub(super) struct Databases {
    sources: Vec<Source>,
    comparisons: Vec<Comparison>,
}

/// A declared source whose patterns are not resolved.
#[derive(Clone, Debug)]
struct Source {
    source: ConfiguredSource,
    patterns: Vec<PathPatterns>,
    range: TextRange,
}

/// A declared comparison.
#[derive(Clone, Debug)]
struct Comparison {
    comparison: ConfiguredComparison,
    range: TextRange,
    left: TextRange,
    right: TextRange,
}

impl Databases {
    /// With patterns resolved to files and places in the configuration's file.
    pub(super) fn settings(&self, sources: &Sources, prefix: &str, file: Option<FileId>) -> DatabaseSettings {
        let place = |range: TextRange| file.map(|file| range.in_file(file));
        let source = |declared: &Source| ConfiguredSource {
            files: declared.files(sources, prefix),
            span: place(declared.range),
            ..declared.source.clone()
        };
        let comparison = |declared: &Comparison| ConfiguredComparison {
            span: place(declared.range),
            left_span: place(declared.left),
            right_span: place(declared.right),
            ..declared.comparison.clone()
        };
        DatabaseSettings {
            sources: self.sources.iter().map(source).collect(),
            comparisons: self.comparisons.iter().map(comparison).collect(),
        }
    }
}

impl Source {
    /// The files of its patterns, in the order of the patterns and of paths within one, each once.
    fn files(&self, sources: &Sources, prefix: &str) -> Vec<FileId> {
        let mut files = Vec::new();
        let mut taken = vec![false; sources.len()];
        for pattern in &self.patterns {
            for (file, source) in sources.iter() {
                let Some(taken) = taken.get_mut(file.index()) else { continue };
                if !*taken && pattern.matches(&format!("{prefix}{}", source.path)) {
                    *taken = true;
                    files.push(file);
                }
            }
        }
        files
    }
}

/// Reads both sections. What a comparison allows is an ignore of its findings.
pub(super) fn read(
    sources: Vec<written::Spanned<written::Source>>,
    comparisons: Vec<written::Spanned<written::Comparison>>,
    ignores: &mut Vec<Ignore>,
    mistakes: &mut Vec<Mistake>,
) -> Databases {
    let mut databases = Databases::default();
    for entry in sources {
        if let Some(again) = databases.sources.iter().find(|one| *one.source.name == *entry.value.name.value)
        {
            let message = format!("there are two sources of the name `{}`", again.source.name);
            mistakes.push(mistake(message, None, &entry.value.name));
        }
        databases.sources.extend(source(entry, mistakes));
    }
    for entry in comparisons {
        databases.comparisons.extend(comparison(entry, ignores, mistakes));
    }
    databases
}

fn source(entry: written::Spanned<written::Source>, mistakes: &mut Vec<Mistake>) -> Option<Source> {
    let range = written::range(&entry);
    let before = mistakes.len();
    let written::Source { name, layer, kind, dialect, paths, order, entry } = entry.value;
    if name.value.trim().is_empty() {
        mistakes.push(mistake("a source needs a name".to_owned(), None, &name));
    }
    if let Some(layer) = layer.filter(|layer| layer.value != "database") {
        let message = format!("unknown layer of a source: `{}`", layer.value);
        mistakes.push(mistake(
            message,
            Some("only `database` has sources that are declared".to_owned()),
            &layer,
        ));
    }
    let kinds = KINDS.map(|kind| (kind.key(), kind));
    let kind = one_of("kind of source", &kinds, &kind, mistakes);
    let dialects = Dialect::ALL.map(|dialect| (dialect.key(), dialect));
    let dialect = dialect.and_then(|dialect| one_of("dialect", &dialects, &dialect, mistakes));
    let order = order.and_then(|order| one_of("order", &ORDERS, &order, mistakes));
    let mut patterns = Vec::new();
    for path in &paths {
        let mut pattern = PathPatterns::default();
        match pattern.add(&path.value) {
            Ok(()) => pattern.build(),
            Err(error) => mistakes.push(bad_pattern(error, path)),
        }
        patterns.push(pattern);
    }
    if paths.is_empty() {
        let message = "a source needs at least one path".to_owned();
        mistakes.push(Mistake { message, help: None, range: written::range(&name) });
    }
    if let (Some(entry), Some(kind)) = (&entry, kind)
        && !matches!(kind, SourceKind::CodeSchema | SourceKind::CodeMigrations)
    {
        let message = "`entry` names a function, which only a source in code has".to_owned();
        mistakes.push(mistake(message, None, entry));
    }
    let kind = kind.filter(|_| mistakes.len() == before)?;
    let source = ConfiguredSource {
        name: name.value.trim().into(),
        kind,
        dialect,
        files: Vec::new(),
        order: order.unwrap_or(match kind {
            SourceKind::SqlMigrations => SourceOrder::Number,
            _ => SourceOrder::List,
        }),
        entry: entry.map(|entry| entry.value.into()),
        span: None,
    };
    Some(Source { source, patterns, range })
}

fn comparison(
    entry: written::Spanned<written::Comparison>,
    ignores: &mut Vec<Ignore>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Comparison> {
    let range = written::range(&entry);
    let before = mistakes.len();
    let written::Comparison { left, right, relation, tables, facets, allow } = entry.value;
    if left.value == right.value {
        let message = format!("a comparison has two sides, and `{}` is both", left.value);
        mistakes.push(mistake(message, None, &right));
    }
    let relations = Relation::ALL.map(|relation| (relation.key(), relation));
    let relation = relation.and_then(|relation| one_of("relation", &relations, &relation, mistakes));
    let facets = levels(facets, mistakes);
    let mut allowed = Vec::new();
    for entry in allow.unwrap_or_default() {
        if let Some((difference, ignore)) = allow_entry(entry, [&left.value, &right.value], mistakes) {
            allowed.push(difference);
            ignores.push(ignore);
        }
    }
    let tables = tables.unwrap_or_default();
    (mistakes.len() == before).then(|| Comparison {
        range,
        left: written::range(&left),
        right: written::range(&right),
        comparison: ConfiguredComparison {
            left: left.value.into(),
            right: right.value.into(),
            relation: relation.unwrap_or(Relation::Equal),
            tables: NameScope::new(tables.iter().map(|pattern| pattern.value.as_str())),
            facets,
            allowed,
            span: None,
            left_span: None,
            right_span: None,
        },
    })
}

fn levels(written: Option<written::Pairs>, mistakes: &mut Vec<Mistake>) -> FacetLevels {
    let mut levels = FacetLevels::default();
    for (facet, level) in written.map_or_else(Vec::new, |pairs| pairs.0) {
        let facets = FACETS.map(|facet| (facet, facet));
        let Some(facet) = one_of("facet", &facets, &facet, mistakes) else { continue };
        let Some(severity): Option<Option<Severity>> = level_of(&level, mistakes) else { continue };
        match facet {
            "name" => levels.name = severity,
            "type" => levels.type_class = severity,
            "nullability" => levels.nullability = severity,
            _ => levels.default = severity,
        }
    }
    levels
}

/// An accepted difference, for the rules to leave out of summaries, and the same as an ignore.
fn allow_entry(
    entry: written::Spanned<written::Allow>,
    sides: [&String; 2],
    mistakes: &mut Vec<Mistake>,
) -> Option<(AllowedDifference, Ignore)> {
    let range = written::range(&entry);
    let before = mistakes.len();
    let written::Allow { table, column, reason, expires } = entry.value;
    check_reason("an accepted difference", &reason, mistakes);
    let expires = last_day(expires, mistakes);
    let mut name = |pattern: &written::Spanned<String>| {
        let fail = |error| mistakes.push(bad_pattern(error, pattern));
        NamePattern::new(&pattern.value).map_err(fail).ok()
    };
    let (entity, field) = (name(&table), column.as_ref().and_then(&mut name));
    if mistakes.len() > before {
        return None;
    }
    let difference = AllowedDifference {
        table: NameScope::new([table.value.as_str()]),
        column: column.map(|column| NameScope::new([column.value.as_str()])),
    };
    let reason = reason.value.trim().into();
    let scope = Scope::Comparison(sides.map(|side| side.as_str().into()));
    let ignore = Ignore { rule: None, entity, field, path: None, reason, expires, scope, range };
    Some((difference, ignore))
}

/// The one of a few words that is written.
fn one_of<T: Copy>(
    what: &str,
    known: &[(&'static str, T)],
    word: &written::Spanned<String>,
    mistakes: &mut Vec<Mistake>,
) -> Option<T> {
    if let Some((_, value)) = known.iter().find(|(key, _)| *key == word.value) {
        return Some(*value);
    }
    let keys: Vec<&str> = known.iter().map(|(key, _)| *key).collect();
    let help = match did_you_mean(&word.value, keys.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", list(&keys)),
    };
    mistakes.push(mistake(format!("unknown {what} `{}`", word.value), Some(help), word));
    None
}

fn mistake(message: String, help: Option<String>, at: &written::Spanned<String>) -> Mistake {
    Mistake { message, help, range: written::range(at) }
}
