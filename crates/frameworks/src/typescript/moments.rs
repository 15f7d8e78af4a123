//! What a client does to moments, wherever they stand: a reviver or an interceptor that makes `Date`s of texts, a helper that adds the
//! offset that is missing.
//!
//! Read from the text of every file, whether it was parsed or not: which fields such code changes cannot be told, and one that is
//! missed makes a finding wrong. So one file that may do it speaks for the whole client.

use crate::Input;

use super::names::is_typescript;

/// Where bodies are changed as a whole; converters of OpenAPI Generator are named after the last but one. The last is the start of the
/// pattern by which code knows moments among texts.
const WHOLE: &[&str] = &[
    "interceptors",
    "transformResponse",
    "reviver",
    "superjson",
    "parseJson",
    "FromJSONTyped",
    r"\d{4}-\d{2}-\d{2}T",
];

/// What makes a `Date` of a text.
const MAKES: &[&str] = &["new Date(", "parseISO", "toDate(", "superjson"];

/// Whether a file of the client may do it.
pub(super) fn revives(input: Input<'_>) -> bool {
    let says = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    input
        .sources
        .iter()
        .any(|(_, file)| is_typescript(&file.path) && says(&file.text, WHOLE) && says(&file.text, MAKES))
}

/// How code takes a moment without an offset for one in UTC: by a function of that name, or it adds the letter.
const READS_UTC: &[&str] =
    &["}Z`", "endsWith('Z')", "endsWith(\"Z\")", "+00:00", ".utc(", "zonedTimeToUtc", "fromZonedTime"];

/// The letter that is added to a name: `row.created_at + "Z"`. To a call it is added where a text is made for people.
const ADDS_LETTER: &[&str] = &[" + 'Z'", " + \"Z\""];

/// Whether a file of the client may add the offset that a moment lacks.
pub(super) fn adds_offset(input: Input<'_>) -> bool {
    let to_name =
        |text: &str, at: usize| text.get(..at).is_some_and(|before| before.ends_with(char::is_alphanumeric));
    let adds = |text: &str, word: &str| text.match_indices(word).any(|(at, _)| to_name(text, at));
    input.sources.iter().filter(|(_, file)| is_typescript(&file.path)).any(|(_, file)| {
        READS_UTC.iter().any(|word| file.text.contains(word))
            || ADDS_LETTER.iter().any(|word| adds(&file.text, word))
    })
}
