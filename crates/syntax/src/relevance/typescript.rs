//! What the text of a TypeScript file shows.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use memchr::memmem;

use super::python::hash;
use super::{Class, Scan};

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
    // A client that is given paths by another module: `api.get<User[]>(ENDPOINTS.users)`.
    (".get(", true),
    ("get<", true),
    (".post(", true),
    ("post<", true),
    (".put(", true),
    ("put<", true),
    (".patch(", true),
    ("patch<", true),
    (".delete(", true),
    ("delete<", true),
    (".request(", true),
    ("request<", true),
    // What says what a function of another module passes on.
    ("await ", true),
    (".then(", true),
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
    clients(text, &mut scan);
    scan
}

/// A class whose file makes requests is a client, and who makes an object of it may be a function that gives it to all
/// others: `const useApi = () => useMemo(() => new ApiClient(...), [])`. Its body is needed, although no path is in it.
/// The names begin with `new `, so that no class of another language is meant.
fn clients(text: &str, scan: &mut Scan) {
    if ["fetch", "axios"].iter().any(|word| memmem::find(text.as_bytes(), word.as_bytes()).is_some()) {
        let names =
            after(text, "class ").map(|name| Class { name: format!("new {name}").into(), bases: Vec::new() });
        scan.classes.extend(names);
        scan.declares = !scan.classes.is_empty();
    }
    if !scan.bodies {
        scan.calls.extend(after(text, "new ").map(|name| hash(&format!("new {name}"))));
    }
}

/// The identifiers that stand behind a word.
fn after<'t>(text: &'t str, word: &'static str) -> impl Iterator<Item = &'t str> {
    memmem::find_iter(text.as_bytes(), word).filter_map(move |at| {
        let rest = text.get(at + word.len()..)?;
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}
