//! Which files can matter at all, decided on their text before anything is parsed: parsing is nearly all of the time of a
//! run, so the files that cannot matter are the time that is saved.
//!
//! Call [`scan`] once for each file, in parallel if you like, and [`relevant`] once with the scans of all files, in order of
//! file:
//!
//! ```
//! use alignment_syntax::relevance::{Need, relevant, scan};
//!
//! let models = scan("app/models.py", "from pydantic import BaseModel\nclass Api(BaseModel): ...\n");
//! let users = scan("app/users.py", "from app.models import Api\nclass User(Api):\n    name: str\n");
//! let tools = scan("app/tools.py", "def add(a, b):\n    return a + b\n");
//! assert_eq!(relevant(&[models, users, tools]), [Need::Signatures, Need::Signatures, Need::Nothing]);
//! ```
//!
//! The condition is a *necessary* one: a file is left out only if it can declare no table, model, schema, operation, migration,
//! client type or call, whatever its names stand for. What a declaration needs beside that (an enumeration, a dataclass, a
//! constant, a type alias, a package's `__init__.py`) is found by following imports from the files that were taken
//! (`alignment_frameworks::unread`), so such files are not taken for their own sake.
//!
//! | Python file | because it |
//! |---|---|
//! | declares a class | with a base that is, or is derived by name from, a name of a framework |
//! | has columns | says `Column`, `mapped_column`, `Mapped[`, `Table(` ... |
//! | serves | makes, includes or decorates with a router, or says what a function depends on |
//! | migrates | imports Alembic or assigns `revision` |
//! | says SQL | has a statement of SQL in a string |
//! | converts | validates, or calls a class that is taken |
//!
//! A base from a package that is not one of these frameworks is no reason to read a class: what it declares is not known.
//!
//! A name is derived from another by class headers alone (`class A(m.B[int]): ` derives `A` from `B`), whatever modules they
//! are in: two classes of one name are both taken.

mod python;
#[cfg(test)]
mod tests;
mod typescript;

use std::collections::{HashMap, HashSet};

use crate::language_of;
use alignment_model::code::Language;

/// Longest file that is parsed. Generated clients of the largest APIs have 2 MB.
const MAX_BYTES: usize = 4 << 20;

/// Longest line of a file that is parsed: a longer one is data.
const MAX_LINE: usize = 1 << 20;

/// A script whose lines are this long on average, and which is at least [`MIN_BUNDLE`] long, was written by a bundler.
const BUNDLE_LINE: usize = 500;

/// Shorter scripts are read whatever they look like.
const MIN_BUNDLE: usize = 16 << 10;

/// What the text of one file shows.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    refused: Option<Refusal>,
    /// The file can matter by itself.
    matters: bool,
    /// If the file is parsed, its function bodies are needed.
    bodies: bool,
    /// All its classes are bases of interest: it says columns.
    declares: bool,
    /// Classes with the last segments of their bases.
    classes: Vec<Class>,
    /// Names that a framework or a call makes: possible bases.
    seeds: Vec<Box<str>>,
    /// Hashes of the capitalised names that are called.
    calls: Vec<u64>,
}

/// One class header.
#[derive(Clone, Debug)]
struct Class {
    name: Box<str>,
    bases: Vec<Box<str>>,
}

/// How much of a file must be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing, unless an import of a parsed file asks for it.
    Nothing,
    /// Declarations; function bodies are not needed.
    Signatures,
    /// Everything.
    Bodies,
    /// Nothing, and that is worth reporting.
    Refused(Refusal),
}

/// Why a file is not read although it could matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is larger than any source we know.
    TooLarge,
    /// It has a line that only data has.
    LongLine,
    /// A bundler wrote it.
    Bundle,
}

impl Refusal {
    /// A lower-case fragment for a problem.
    pub fn message(self) -> &'static str {
        match self {
            Refusal::TooLarge => "the file is larger than 4 MiB; it is not read",
            Refusal::LongLine => "the file has a line of more than 1 MiB; it is not read",
            Refusal::Bundle => "the file looks like the output of a bundler; it is not read",
        }
    }
}

/// Reads one file's text, in time linear in its length. A file without a language needs nothing.
pub fn scan(path: &str, text: &str) -> Scan {
    let Some(language) = language_of(path) else { return Scan::default() };
    let mut scan = match language {
        Language::Python => python::scan(path, text),
        Language::TypeScript | Language::Tsx => typescript::scan(text),
    };
    scan.refused = refusal(language, text);
    scan
}

/// What each file needs, in the order of the scans. Linear in the number of classes and calls.
pub fn relevant(scans: &[Scan]) -> Vec<Need> {
    let derived = derived(scans);
    let hashes: HashSet<u64> = derived.iter().map(|name| python::hash(name)).collect();
    scans.iter().map(|scan| need(scan, &derived, &hashes)).collect()
}

fn need(scan: &Scan, derived: &HashSet<&str>, hashes: &HashSet<u64>) -> Need {
    let converts = scan.calls.iter().any(|call| hashes.contains(call));
    let declares = || scan.classes.iter().any(|class| derived.contains(&*class.name));
    if !(scan.matters || converts || declares()) {
        return Need::Nothing;
    }
    match scan.refused {
        Some(refusal) => Need::Refused(refusal),
        None if scan.bodies || converts => Need::Bodies,
        None => Need::Signatures,
    }
}

/// Names of the classes that derive from a seed, by class headers of all files.
fn derived(scans: &[Scan]) -> HashSet<&str> {
    let mut by_base: HashMap<&str, Vec<&str>> = HashMap::new();
    for class in scans.iter().flat_map(|scan| &scan.classes) {
        for base in &class.bases {
            by_base.entry(base).or_default().push(&class.name);
        }
    }
    let mut derived: HashSet<&str> = HashSet::new();
    let seeds = scans
        .iter()
        .flat_map(|scan| &scan.seeds)
        .map(|seed| &**seed)
        .chain(python::KNOWN_BASES.iter().copied());
    let mut pending: Vec<&str> = Vec::new();
    for scan in scans.iter().filter(|scan| scan.declares) {
        pending.extend(scan.classes.iter().map(|class| &*class.name));
    }
    derived.extend(pending.iter().copied());
    // A seed is no class of the repository, so it is looked through and not kept.
    let mut seen: HashSet<&str> = HashSet::new();
    pending.extend(seeds);
    while let Some(base) = pending.pop() {
        if seen.insert(base) {
            let classes = by_base.remove(base).unwrap_or_default();
            derived.extend(classes.iter().copied());
            pending.extend(classes);
        }
    }
    derived
}

/// Whether a text is too large, or not written by people.
fn refusal(language: Language, text: &str) -> Option<Refusal> {
    if text.len() > MAX_BYTES {
        return Some(Refusal::TooLarge);
    }
    let bytes = text.as_bytes();
    let (mut start, mut lines) = (0, 1);
    for end in memchr::memchr_iter(b'\n', bytes) {
        if end - start > MAX_LINE {
            return Some(Refusal::LongLine);
        }
        start = end + 1;
        lines += 1;
    }
    if bytes.len() - start > MAX_LINE {
        return Some(Refusal::LongLine);
    }
    let is_bundle =
        language != Language::Python && bytes.len() >= MIN_BUNDLE && bytes.len() / lines > BUNDLE_LINE;
    is_bundle.then_some(Refusal::Bundle)
}
