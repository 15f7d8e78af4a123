//! What client code does with properties of what arrives: which it reads at all, and where it needs a value, so that null breaks the
//! line. Asked after the rules know which properties matter, and of any file of the client, also of those that declare nothing.
//!
//! A property is known by its name: which type a value has is not inferred. Deliberately absent: attributes of markup, whose names
//! the file's facts do not keep, and values that go through more than [`MAX_HANDS`] functions.

mod asked;
mod embedded;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use alignment_model::code::FileFacts;
use alignment_model::entity::{Entity, EntityKind};
use alignment_model::{FileId, Sources, TextRange};

use super::names::{Module, ModuleIndex};
pub use super::text::has_word;
use super::text::{imports, is_part};

/// Functions that a value is followed through.
const MAX_HANDS: usize = 3;

/// What one file does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileUses {
    /// Properties that it reads.
    read: BTreeSet<Box<str>>,
    /// Places that break on null, by what is null there: for each owner the first.
    broken: BTreeMap<Key, Vec<Place>>,
    /// Values that it hands on to functions, in order of place.
    handed: Vec<Handed>,
}

/// What may be null.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// A property of that name.
    Property(Box<str>),
    /// A parameter of a function, by the function's name and its position.
    Parameter(Box<str>, usize),
    /// A property of that name that must be a number: a text there makes another of the sum, or lacks the method.
    Number(Box<str>),
}

/// What may be null at one place, and what it is taken from: by the name of its type or of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Value {
    key: Key,
    owner: Option<Box<str>>,
}

/// A place that breaks on null.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    owner: Option<Box<str>>,
    range: TextRange,
}

/// `format(user.bio)`
#[derive(Clone, Debug, PartialEq, Eq)]
struct Handed {
    what: Value,
    to: Key,
    range: TextRange,
}

/// Whether what is called so may be what is asked for; `None` where a value has no name that tells.
type Meant<'m> = &'m dyn Fn(Option<&str>) -> bool;

/// The uses of the files that may declare a function of a name.
type Beyond<'b> = &'b dyn Fn(&str) -> Vec<Rc<FileUses>>;

impl FileUses {
    /// What a file does, by its facts and its text. What stands outside the scripts of a `.vue` or `.svelte` file is asked by words.
    pub fn of(facts: &FileFacts, path: &str, text: &str) -> Self {
        let mut uses = walk::uses(facts, text);
        if path.ends_with(".vue") || path.ends_with(".svelte") {
            embedded::add(text, &mut uses);
        }
        uses
    }

    /// Whether a property of this name is read.
    pub fn reads(&self, property: &str) -> bool {
        self.read.contains(property)
    }

    /// The first place where null for a property of this name breaks, taken from an owner that is meant. `beyond` gives the uses of
    /// files that may declare a function.
    pub fn breaks(&self, property: &str, meant: Meant<'_>, beyond: Beyond<'_>) -> Option<TextRange> {
        self.breaks_on(&Key::Property(property.into()), meant, beyond, MAX_HANDS)
    }

    /// The first place where a property of this name is added to something that is no text, or asked for a method of numbers.
    pub fn needs_number(&self, property: &str, meant: Meant<'_>) -> Option<TextRange> {
        let places = self.broken.get(&Key::Number(property.into())).into_iter().flatten();
        places.filter(|place| meant(place.owner.as_deref())).map(|place| place.range).next()
    }

    fn breaks_on(&self, what: &Key, meant: Meant<'_>, beyond: Beyond<'_>, hands: usize) -> Option<TextRange> {
        let is_meant =
            |owner: &Option<Box<str>>| matches!(what, Key::Parameter(..)) || meant(owner.as_deref());
        let mut own = self.broken.get(what).into_iter().flatten();
        if let Some(place) = own.find(|place| is_meant(&place.owner)) {
            return Some(place.range);
        }
        let needs = |handed: &&Handed| {
            let Key::Parameter(function, _) = &handed.to else { return false };
            let needed = |uses: &FileUses| uses.breaks_on(&handed.to, meant, beyond, hands - 1).is_some();
            handed.what.key == *what
                && is_meant(&handed.what.owner)
                && (needed(self) || beyond(function).iter().any(|uses| needed(uses)))
        };
        (hands > 0).then(|| self.handed.iter().find(needs).map(|handed| handed.range)).flatten()
    }

    fn add(&mut self, value: Value, range: TextRange) {
        let places = self.broken.entry(value.key).or_default();
        if places.iter().all(|place| place.owner != value.owner) {
            places.push(Place { owner: value.owner, range });
        }
    }
}

/// Which files import which, as far as their text says.
pub struct Importers {
    by_file: BTreeMap<FileId, Vec<FileId>>,
}

impl Importers {
    /// Of these files.
    pub fn of(sources: &Sources, files: &[FileId]) -> Self {
        let modules = ModuleIndex::new(sources);
        let mut by_file: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
        for file in files {
            let named: BTreeSet<&str> =
                imports(sources.text(*file)).iter().map(|import| import.specifier).collect();
            for specifier in named {
                if let Module::File(imported) = modules.resolve(*file, specifier) {
                    by_file.entry(imported).or_default().push(*file);
                }
            }
        }
        Self { by_file }
    }

    /// The files that import a file.
    pub fn of_file(&self, file: FileId) -> &[FileId] {
        self.by_file.get(&file).map_or(&[], |files| files)
    }
}

/// Whether a file is code of the client that users run.
pub fn is_client_code(path: &str) -> bool {
    super::names::is_typescript(path) && !super::calls::is_test(path)
}

/// The name that code gives a client type: of one that stands in place, that of what is around it.
pub fn spoken(entity: &Entity) -> &str {
    match entity.kind {
        EntityKind::InPlace => entity.name.split(|c| !is_part(c)).next().unwrap_or(&entity.name),
        _ => &entity.name,
    }
}
