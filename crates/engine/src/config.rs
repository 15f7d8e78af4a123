//! `alignment.yaml`: which files to read, how much each rule weighs, which entities are the same, what is ignored and why.
//!
//! Three steps: the file as written ([`written`]), checked piece by piece, then [`Config`]. A key that nobody reads is an error,
//! never ignored: a misspelt `exlude` would otherwise change nothing and say nothing. Positions are kept, so that an ignore or a
//! mapping that matches nothing can be shown in its place. No other file knows that the format is YAML.

use std::collections::BTreeMap;

use alignment_graph::{DeclaredLink, Mappings};
use alignment_model::name::did_you_mean;
use alignment_model::{FileId, Severity, Sources, TextRange};
use alignment_rules::{RULES, RuleSettings};

use crate::date::Date;
use crate::pattern::{NamePattern, PathPatterns, PatternError};

/// Name of the file that is looked for.
pub const FILE_NAME: &str = "alignment.yaml";

/// What a severity may be called in the configuration.
pub const LEVELS: [(&str, Option<Severity>); 4] = [
    ("off", None),
    ("info", Some(Severity::Info)),
    ("warning", Some(Severity::Warning)),
    ("error", Some(Severity::Error)),
];

/// What the project says about itself. The default is what a repository without a configuration gets.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The path under which the file is one of the sources, if there is a file.
    pub path: Option<Box<str>>,
    /// Weight of each rule.
    pub rules: RuleSettings,
    /// Declared links, each with its place.
    pub links: Vec<(DeclaredLink, TextRange)>,
    /// Findings that are accepted, each with a reason.
    pub ignores: Vec<Ignore>,
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
    /// Place of the entry.
    pub range: TextRange,
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
        config.rules.severities = severities(file.rules, &mut mistakes);
        for entry in file.mappings.unwrap_or_default() {
            let range = written::range(&entry);
            config.links.extend(link(entry, &mut mistakes).map(|link| (link, range)));
        }
        for entry in file.ignore.unwrap_or_default() {
            config.ignores.extend(ignore(entry, &mut mistakes));
        }
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

fn severities(
    written: Option<written::Pairs>,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Option<Severity>> {
    let mut severities = BTreeMap::new();
    for (name, level) in written.map_or_else(Vec::new, |pairs| pairs.0) {
        if let Err((message, help)) = rule_named(&name.value) {
            mistakes.push(Mistake { message, help, range: written::range(&name) });
        }
        match LEVELS.iter().find(|(key, _)| *key == level.value) {
            Some((_, severity)) => {
                severities.insert(name.value, *severity);
            }
            None => mistakes.push(unknown_level(&level)),
        }
    }
    severities
}

fn unknown_level(level: &written::Spanned<String>) -> Mistake {
    let keys = LEVELS.map(|(key, _)| key);
    let near = keys.into_iter().find(|key| key.starts_with(&level.value) && !level.value.is_empty());
    let help = match near.or_else(|| did_you_mean(&level.value, keys)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a severity is one of {}", list(&keys)),
    };
    let message = format!("unknown severity `{}`", level.value);
    Mistake { message, help: Some(help), range: written::range(level) }
}

fn link(entry: written::Spanned<written::Mapping>, mistakes: &mut Vec<Mistake>) -> Option<DeclaredLink> {
    let range = written::range(&entry);
    let written::Mapping { table, model, schema, client, fields } = entry.value;
    let ends = [&table, &model, &schema, &client].into_iter().flatten().count();
    if ends < 2 {
        let message = format!("a mapping ties at least two ends together, this one has {ends}");
        let help = Some("ends are `table`, `model`, `schema` and `type`".to_owned());
        mistakes.push(Mistake { message, help, range });
        return None;
    }
    let fields = fields.unwrap_or_default().into_iter().collect();
    Some(DeclaredLink { table, model, schema, client, fields, span: None })
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
    if reason.value.trim().is_empty() {
        let message = "an ignore needs a reason that a reader can check".to_owned();
        mistakes.push(Mistake { message, help: None, range: written::range(&reason) });
    }
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
    let expires = expires.and_then(|day| {
        let date = Date::parse(&day.value);
        if date.is_none() {
            let message = format!("not a date: `{}`", day.value);
            let help = Some("write it as 2027-03-31".to_owned());
            mistakes.push(Mistake { message, help, range: written::range(&day) });
        }
        date
    });
    (mistakes.len() == before).then(|| Ignore {
        rule,
        entity,
        field,
        path,
        reason: reason.value.trim().into(),
        expires,
        range,
    })
}

/// "`a`, `b` and `c`".
fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The file as written, and the errors of its reader in our words.
mod written {
    use std::collections::BTreeMap;
    use std::fmt;

    use alignment_model::TextRange;
    use alignment_model::name::did_you_mean;
    use serde::Deserialize;
    use serde::de::{Deserializer, MapAccess, Visitor};
    pub(super) use serde_yaml::Spanned;
    use serde_yaml::{Error, Location};

    use super::{Mistake, list};

    /// `alignment.yaml`. Every section may be empty, so that all its entries can be commented out.
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub(super) struct File {
        pub(super) include: Option<Vec<Spanned<String>>>,
        pub(super) exclude: Option<Vec<Spanned<String>>>,
        pub(super) rules: Option<Pairs>,
        pub(super) mappings: Option<Vec<Spanned<Mapping>>>,
        pub(super) ignore: Option<Vec<Spanned<Ignore>>>,
    }

    /// One entry of `mappings`.
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub(super) struct Mapping {
        pub(super) table: Option<String>,
        pub(super) model: Option<String>,
        pub(super) schema: Option<String>,
        #[serde(rename = "type")]
        pub(super) client: Option<String>,
        pub(super) fields: Option<BTreeMap<String, String>>,
    }

    /// One entry of `ignore`.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Ignore {
        pub(super) rule: Option<Spanned<String>>,
        pub(super) entity: Option<Spanned<String>>,
        pub(super) field: Option<Spanned<String>>,
        pub(super) path: Option<Spanned<String>>,
        pub(super) reason: Spanned<String>,
        pub(super) expires: Option<Spanned<String>>,
    }

    /// A map whose keys keep their places, in the order of the file.
    #[derive(Default)]
    pub(super) struct Pairs(pub(super) Vec<(Spanned<String>, Spanned<String>)>);

    impl<'de> Deserialize<'de> for Pairs {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Entries;
            impl<'de> Visitor<'de> for Entries {
                type Value = Pairs;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a map")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                    let mut pairs = Vec::new();
                    while let Some(pair) = map.next_entry()? {
                        pairs.push(pair);
                    }
                    Ok(Pairs(pairs))
                }
            }
            deserializer.deserialize_map(Entries)
        }
    }

    /// Reads the file.
    pub(super) fn read(text: &str) -> Result<File, Mistake> {
        serde_yaml::from_str(text).map_err(|error| mistake(&error))
    }

    /// Bytes of a value.
    pub(super) fn range<T>(value: &Spanned<T>) -> TextRange {
        bytes(value.referenced)
    }

    fn bytes(location: Location) -> TextRange {
        let at = |offset: Option<u64>| offset.and_then(|o| usize::try_from(o).ok()).unwrap_or(0);
        let start = at(location.span().byte_offset());
        TextRange::new(start, start + at(location.span().byte_len()))
    }

    fn mistake(error: &Error) -> Mistake {
        let range = error.location().map_or_else(TextRange::default, bytes);
        let (message, help) = match error.without_snippet() {
            Error::SerdeUnknownField { field, expected, .. } => {
                let help = match did_you_mean(field, expected.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known here are {}", list(expected)),
                };
                (format!("unknown key `{field}`"), Some(help))
            }
            Error::SerdeMissingField { field, .. } => (format!("the key `{field}` is missing"), None),
            Error::Unexpected { expected, .. } => (format!("expected {}", in_our_words(expected)), None),
            Error::MultipleDocuments { .. } => ("only one document is read".to_owned(), None),
            other => (without_place(&other.to_string()), None),
        };
        Mistake { message, help, range }
    }

    fn in_our_words(expected: &str) -> &str {
        match expected {
            "sequence start" => "a list (`[a, b]`, or one `- entry` per line)",
            "mapping start" => "a map (`key: value`)",
            "string scalar" => "text",
            other => other,
        }
    }

    /// Without the reader's own "at line 1, column 2" and its advice to programmers.
    fn without_place(message: &str) -> String {
        let end = message.find(" at line ").unwrap_or(message.len());
        let message = message.get(..end).unwrap_or(message);
        message.split(", set ").next().unwrap_or(message).to_owned()
    }
}

#[cfg(test)]
mod tests;
