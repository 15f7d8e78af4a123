//! What the text of a TypeScript file shows.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::Scan;

/// Whether a word shows a call of an API, which stands in a body.
const WORDS: &[(&str, bool)] = &[
    ("interface ", false),
    ("type ", false),
    ("enum ", false),
    ("class ", false),
    ("z.", false),
    ("} from ", false),
    ("export *", false),
    // Schemas and types that are made inside functions, or from what functions return.
    ("z.object(", true),
    ("z.lazy(", true),
    (".transform(", true),
    ("ReturnType<", true),
    // DDL that code runs.
    ("CREATE TABLE", true),
    ("create table", true),
    ("ALTER TABLE", true),
    ("fetch", true),
    ("axios", true),
    ("useSWR", true),
    // What converters of keys are made of.
    ("Object.keys", true),
    ("Object.entries", true),
    ("mapKeys", true),
    ("camelCase", true),
    ("replace(/", true),
    ("http:", true),
    ("https:", true),
    // A path in quotes or after a part of a template.
    ("\"/", true),
    ("'/", true),
    ("`/", true),
    ("}/", true),
];

static SEARCH: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasick::new(WORDS.iter().map(|(word, _)| word)).expect("few and short words"));

/// Scans one file.
pub(super) fn scan(text: &str) -> Scan {
    let mut scan = Scan::default();
    for found in SEARCH.find_iter(text) {
        scan.matters = true;
        if WORDS.get(found.pattern().as_usize()).is_some_and(|(_, calls)| *calls) {
            scan.bodies = true;
            break;
        }
    }
    scan
}
