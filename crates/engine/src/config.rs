//! `alignment.yaml`: which files to read, how much each rule weighs, which entities are the same, what is ignored and why.
//!
//! Three steps: the file as written ([`written`]), checked piece by piece, then [`Config`]. A key that nobody reads is an error,
//! never ignored: a misspelt `exlude` would otherwise change nothing and say nothing. Positions are kept, so that an ignore or a
//! mapping that matches nothing can be shown in its place.

mod databases;
mod mappings;
mod weights;
pub(crate) mod written;

use std::sync::Arc;

use alignment_frameworks::database::DatabaseSettings;
use alignment_graph::{DeclaredLink, Mappings};
use alignment_model::name::did_you_mean;
use alignment_model::{FileId, Sources, TextRange};
use alignment_rules::{RULES, RuleSettings};

use crate::date::Date;
use crate::pattern::{NamePattern, PathPatterns, PatternError};

pub(crate) use mappings::Converter;
pub use mappings::{CONVERTERS, INTERNAL_RULES};
pub(crate) use weights::Overrides;
pub use weights::{LEVELS, PRESETS, Preset};

/// Name of the file that is looked for.
pub const FILE_NAME: &str = "alignment.yaml";

/// What the project says about itself. The default is what a repository without a configuration gets.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The path under which the file is one of the sources, if there is a file.
    pub path: Option<Box<str>>,
    /// What a gate shows and fails on.
    pub preset: Option<Preset>,
    /// Weight of each rule.
    pub rules: RuleSettings,
    /// Declared links, each with its place.
    pub links: Vec<(DeclaredLink, TextRange)>,
    /// Findings that are accepted, each with a reason.
    pub ignores: Vec<Ignore>,
    /// What happens to keys on the way, where the code does not show it.
    pub(crate) converters: Vec<Converter>,
    overrides: Vec<weights::Override>,
    databases: databases::Databases,
    include: Option<PathPatterns>,
    exclude: Option<PathPatterns>,
}

/// Findings that the project accepts. What is given must match; one end of the finding must match all of entity, field and path.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The rule, if only one.
    pub rule: Option<&'static str>,
    /// Name of the entity or its table; `*` stands for any characters.
    pub entity: Option<NamePattern>,
    /// Name of the field; `*` stands for any characters.
    pub field: Option<NamePattern>,
    /// Files.
    pub path: Option<PathPatterns>,
    /// Why.
    pub reason: Box<str>,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Which findings it is about.
    pub scope: Scope,
    /// Place of the entry.
    pub range: TextRange,
}

/// Which findings an [`Ignore`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that match.
    All,
    /// Those of a comparison of two database sources, by their names: it is one of its `allow`.
    Comparison([Box<str>; 2]),
    /// Those that miss an entity further up ([`INTERNAL_RULES`]): a mapping says that it is internal. The pattern as written.
    Internal(Box<str>),
}

/// One mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// A lower-case fragment.
    pub message: String,
    /// What to write instead, if that is clear.
    pub help: Option<String>,
    /// Where.
    pub range: TextRange,
}

impl Config {
    /// Reads a configuration. `path` is what the file is called among the sources.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let file: written::File = written::read(text).map_err(|mistake| vec![mistake])?;
        let mut mistakes = Vec::new();
        let mut config = Config { path: Some(path.into()), ..Config::default() };
        config.include = patterns(file.include, &mut mistakes);
        config.exclude = patterns(file.exclude, &mut mistakes);
        config.preset = weights::preset(file.preset, &mut mistakes);
        config.rules.severities = weights::severities(file.rules.unwrap_or_default(), &mut mistakes);
        for entry in file.overrides.unwrap_or_default() {
            config.overrides.extend(weights::read_override(entry, &mut mistakes));
        }
        for entry in file.mappings.unwrap_or_default() {
            mappings::read(entry, &mut config, &mut mistakes);
        }
        for entry in file.ignore.unwrap_or_default() {
            config.ignores.extend(ignore(entry, &mut mistakes));
        }
        let (sources, comparisons) = (file.sources.unwrap_or_default(), file.comparisons.unwrap_or_default());
        config.databases = databases::read(sources, comparisons, &mut config.ignores, &mut mistakes);
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }

    /// The file itself among the sources.
    pub fn file(&self, sources: &Sources) -> Option<FileId> {
        self.path.as_deref().and_then(|path| sources.find(path))
    }

    /// The declared links for the graph.
    pub(crate) fn mappings(&self, sources: &Sources) -> Mappings {
        let file = self.file(sources);
        let placed = |(link, range): &(DeclaredLink, TextRange)| DeclaredLink {
            span: file.map(|file| range.in_file(file)),
            ..link.clone()
        };
        Mappings { links: self.links.iter().map(placed).collect() }
    }

    /// The weights for parts of the code, their patterns resolved; `prefix` as in [`Config::database_settings`].
    pub(crate) fn overrides(&self, sources: &Sources, prefix: &str) -> Option<Arc<Overrides>> {
        Overrides::new(&self.overrides, sources, prefix)
    }

    /// What it says about sources of the database layer, its patterns resolved. `prefix` is the path of the sources' root
    /// relative to the folder of the configuration, with a final slash.
    pub(crate) fn database_settings(&self, sources: &Sources, prefix: &str) -> DatabaseSettings {
        self.databases.settings(sources, prefix, self.file(sources))
    }

    /// Whether a file, by its path relative to the configuration's folder, takes part.
    pub fn selects(&self, path: &str) -> bool {
        self.include.as_ref().is_none_or(|include| include.matches(path))
            && !self.exclude.as_ref().is_some_and(|exclude| exclude.matches(path))
    }
}

/// The rule of this name, or a mistake that names the nearest one.
pub fn rule_named(name: &str) -> Result<&'static str, (String, Option<String>)> {
    let names = || RULES.iter().map(|rule| rule.meta.name);
    names().find(|known| *known == name).ok_or_else(|| {
        let help = match did_you_mean(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`alignment rule --all` lists the rules".to_owned(),
        };
        (format!("unknown rule `{name}`"), Some(help))
    })
}

fn patterns(
    written: Option<Vec<written::Spanned<String>>>,
    mistakes: &mut Vec<Mistake>,
) -> Option<PathPatterns> {
    let written = written?;
    let mut patterns = PathPatterns::default();
    for pattern in &written {
        if let Err(error) = patterns.add(&pattern.value) {
            mistakes.push(bad_pattern(error, pattern));
        }
    }
    patterns.build();
    Some(patterns)
}

fn bad_pattern(PatternError(why): PatternError, at: &written::Spanned<String>) -> Mistake {
    Mistake {
        message: format!("not a pattern of paths: {why}"),
        help: Some("patterns are written as in `.gitignore`, without `!`".to_owned()),
        range: written::range(at),
    }
}

fn ignore(entry: written::Spanned<written::Ignore>, mistakes: &mut Vec<Mistake>) -> Option<Ignore> {
    let range = written::range(&entry);
    let before = mistakes.len();
    let written::Ignore { rule, entity, field, path, reason, expires } = entry.value;
    if rule.is_none() && entity.is_none() && field.is_none() && path.is_none() {
        mistakes.push(Mistake {
            message: "an ignore names at least one of `rule`, `entity`, `field` and `path`".to_owned(),
            help: None,
            range,
        });
    }
    check_reason("an ignore", &reason, mistakes);
    let rule = rule.and_then(|rule| {
        let fail = |(message, help)| mistakes.push(Mistake { message, help, range: written::range(&rule) });
        rule_named(&rule.value).map_err(fail).ok()
    });
    let mut name = |pattern: Option<written::Spanned<String>>| {
        let pattern = pattern?;
        let fail = |error| mistakes.push(bad_pattern(error, &pattern));
        NamePattern::new(&pattern.value).map_err(fail).ok()
    };
    let (entity, field) = (name(entity), name(field));
    let path = patterns(path.map(|path| vec![path]), mistakes);
    let expires = last_day(expires, mistakes);
    (mistakes.len() == before).then(|| Ignore {
        rule,
        entity,
        field,
        path,
        reason: reason.value.trim().into(),
        expires,
        scope: Scope::All,
        range,
    })
}

fn check_reason(what: &str, reason: &written::Spanned<String>, mistakes: &mut Vec<Mistake>) {
    if reason.value.trim().is_empty() {
        let message = format!("{what} needs a reason that a reader can check");
        mistakes.push(Mistake { message, help: None, range: written::range(reason) });
    }
}

fn last_day(day: Option<written::Spanned<String>>, mistakes: &mut Vec<Mistake>) -> Option<Date> {
    let day = day?;
    let date = Date::parse(&day.value);
    if date.is_none() {
        let message = format!("not a date: `{}`", day.value);
        let help = Some("write it as 2027-03-31".to_owned());
        mistakes.push(Mistake { message, help, range: written::range(&day) });
    }
    date
}

/// "`a`, `b` and `c`".
fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests;
