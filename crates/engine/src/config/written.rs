//! The file as written, and the errors of its reader in our words. The only file that knows the format is YAML.

use std::fmt;

use alignment_model::TextRange;
use alignment_model::name::did_you_mean;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
pub(crate) use serde_yaml::Spanned;
use serde_yaml::{Error, Location};

use super::{Mistake, list};

/// `alignment.yaml`. Every section may be empty, so that all its entries can be commented out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) include: Option<Vec<Spanned<String>>>,
    pub(super) exclude: Option<Vec<Spanned<String>>>,
    pub(super) preset: Option<Spanned<String>>,
    pub(super) rules: Option<Pairs>,
    pub(super) overrides: Option<Vec<Spanned<Override>>>,
    pub(super) mappings: Option<Vec<Spanned<Mapping>>>,
    pub(super) sources: Option<Vec<Spanned<Source>>>,
    pub(super) comparisons: Option<Vec<Spanned<Comparison>>>,
    pub(super) ignore: Option<Vec<Spanned<Ignore>>>,
}

/// One entry of `overrides`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    pub(super) paths: Option<Vec<Spanned<String>>>,
    pub(super) entity: Option<Spanned<String>>,
    pub(super) rules: Pairs,
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
    pub(super) fields: Option<Pairs>,
    pub(super) converter: Option<Spanned<String>>,
    pub(super) paths: Option<Vec<Spanned<String>>>,
    pub(super) internal: Option<Spanned<String>>,
    pub(super) reason: Option<Spanned<String>>,
}

/// One entry of `sources`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) name: Spanned<String>,
    pub(super) layer: Option<Spanned<String>>,
    pub(super) kind: Spanned<String>,
    pub(super) dialect: Option<Spanned<String>>,
    pub(super) paths: Vec<Spanned<String>>,
    pub(super) order: Option<Spanned<String>>,
    pub(super) entry: Option<Spanned<String>>,
}

/// One entry of `comparisons`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Comparison {
    pub(super) left: Spanned<String>,
    pub(super) right: Spanned<String>,
    pub(super) relation: Option<Spanned<String>>,
    pub(super) tables: Option<Vec<Spanned<String>>>,
    pub(super) facets: Option<Pairs>,
    pub(super) allow: Option<Vec<Spanned<Allow>>>,
}

/// One entry of `allow`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allow {
    pub(super) table: Spanned<String>,
    pub(super) column: Option<Spanned<String>>,
    pub(super) reason: Spanned<String>,
    pub(super) expires: Option<Spanned<String>>,
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

/// Reads a file.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Mistake> {
    serde_yaml::from_str(text).map_err(|error| mistake(&error))
}

/// Bytes of a value.
pub(crate) fn range<T>(value: &Spanned<T>) -> TextRange {
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
