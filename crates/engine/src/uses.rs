//! What client code does with a property, looked up when a rule asks: only files that say its name are parsed, each once.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use alignment_frameworks::typescript::uses::{FileUses, Importers, has_word, is_client_code, spoken};
use alignment_model::code::Bodies;
use alignment_model::entity::Entity;
use alignment_model::name::words;
use alignment_model::project::Project;
use alignment_model::{FileId, Layer, Sources, Span, TextRange};
use alignment_rules::{ClientCode, Use};
use alignment_syntax::Lowerer;
use rayon::prelude::*;

/// A file that imports one that names a type is near to the type; so is one that imports such a file.
const NEAR: usize = 2;

/// Longest file that is looked into.
const MAX_BYTES: usize = 1 << 20;

/// Names of what a call answers.
const ANSWERS: [&str; 8] = ["data", "response", "res", "result", "body", "payload", "json", "resp"];

/// Names of one of several, whatever it is.
const ELEMENTS: [&str; 14] = [
    "item", "items", "row", "rows", "entry", "record", "element", "original", "value", "current", "selected",
    "obj", "props", "list",
];

/// What code calls a type, and the file that declares it.
type TypeName = (Box<str>, FileId);

/// How many imports lie between a file and one that names a type.
type Steps = BTreeMap<FileId, usize>;

/// The client's code of one repository.
pub(crate) struct Uses<'s> {
    sources: &'s Sources,
    project: &'s Project,
    files: OnceCell<Vec<FileId>>,
    importers: OnceCell<Importers>,
    parsed: RefCell<HashMap<FileId, Rc<FileUses>>>,
    words: RefCell<HashMap<Box<str>, Rc<[FileId]>>>,
    near: RefCell<HashMap<TypeName, Rc<Steps>>>,
}

impl<'s> Uses<'s> {
    /// Nothing is read before something is asked.
    pub(crate) fn new(sources: &'s Sources, project: &'s Project) -> Self {
        Self {
            sources,
            project,
            files: OnceCell::new(),
            importers: OnceCell::new(),
            parsed: RefCell::default(),
            words: RefCell::default(),
            near: RefCell::default(),
        }
    }

    fn files(&self) -> &[FileId] {
        self.files.get_or_init(|| {
            let files = self.sources.iter().filter(|(id, file)| {
                is_client_code(&file.path) && !self.project.is_test(*id) && file.text.len() <= MAX_BYTES
            });
            files.map(|(id, _)| id).collect()
        })
    }

    /// The files that say a word.
    fn saying(&self, word: &str) -> Rc<[FileId]> {
        if let Some(known) = self.words.borrow().get(word) {
            return known.clone();
        }
        let says = |file: &&FileId| has_word(self.sources.text(**file), word);
        let found: Vec<FileId> = self.files().par_iter().filter(says).copied().collect();
        let found: Rc<[FileId]> = found.into();
        self.words.borrow_mut().insert(word.into(), found.clone());
        found
    }

    /// What these files do, in their order.
    fn uses(&self, files: &[FileId]) -> Vec<(FileId, Rc<FileUses>)> {
        let unread: Vec<FileId> = {
            let parsed = self.parsed.borrow();
            files.iter().filter(|file| !parsed.contains_key(file)).copied().collect()
        };
        let read = |lowerer: &mut Lowerer, file: &FileId| {
            let source = self.sources.get(*file);
            let facts = lowerer.lower(*file, &source.path, &source.text, Bodies::Lowered);
            (*file, FileUses::of(&facts, &source.path, &source.text))
        };
        let new: Vec<(FileId, FileUses)> = unread.par_iter().map_init(Lowerer::new, read).collect();
        self.parsed.borrow_mut().extend(new.into_iter().map(|(file, uses)| (file, Rc::new(uses))));
        let parsed = self.parsed.borrow();
        files.iter().filter_map(|file| Some((*file, parsed.get(file)?.clone()))).collect()
    }

    /// Files that name a type, and those near to one that does, with how many imports lie between.
    fn near(&self, client: &Entity) -> Rc<Steps> {
        let key = (Box::from(spoken(client)), client.span.file);
        if let Some(known) = self.near.borrow().get(&key) {
            return known.clone();
        }
        let importers = self.importers.get_or_init(|| Importers::of(self.sources, self.files()));
        let mut found: Steps = self.saying(&key.0).iter().map(|file| (*file, 0)).collect();
        found.insert(key.1, 0);
        let mut ring: BTreeSet<FileId> = found.keys().copied().collect();
        for steps in 1..=NEAR {
            let next: BTreeSet<FileId> =
                ring.iter().flat_map(|file| importers.of_file(*file)).copied().collect();
            ring = next.into_iter().filter(|file| !found.contains_key(file)).collect();
            found.extend(ring.iter().map(|file| (*file, steps)));
        }
        let found = Rc::new(found);
        self.near.borrow_mut().insert(key, found.clone());
        found
    }
}

impl<'s> Uses<'s> {
    /// Other types of the client with a property of the name.
    fn owners(&self, client: &Entity, property: &str) -> BTreeSet<&'s str> {
        let types = self.project.layer(Layer::Client).map(|(_, entity)| entity);
        types
            .filter(|other| spoken(other) != spoken(client) && other.field(property).is_some())
            .map(spoken)
            .collect()
    }
}

/// Whether what is called `owner`, in a file so many imports away from one that names a type, may be of that type rather than of
/// one of the others: by its name, and in the file itself also where its name says nothing.
fn is_meant(owner: Option<&str>, client: &Entity, others: &BTreeSet<&str>, steps: usize) -> bool {
    let Some(owner) = owner else { return steps == 0 };
    let ty = spoken(client);
    if owner == ty || others.contains(owner) {
        return owner == ty;
    }
    // What stands in place is called after its field, too.
    let is_other = || others.iter().any(|other| fits(owner, other));
    fits(owner, &client.name)
        || !is_other()
            && match steps {
                0 => ANSWERS.contains(&owner) || ELEMENTS.contains(&owner) || owner.chars().count() <= 2,
                1 => ANSWERS.contains(&owner),
                _ => false,
            }
}

/// Whether a value of this name may be of a type of that one: `session` of a `ChatSession`, `users` of a `User`. A name of a type may
/// share any word with it: `UserRow`.
fn fits(owner: &str, ty: &str) -> bool {
    let (own, of_type) = (words(owner), words(ty));
    let is_type = owner.starts_with(|first: char| first.is_uppercase());
    let telling = own.iter().skip(if is_type { 0 } else { own.len().saturating_sub(1) });
    telling
        .into_iter()
        .any(|word| of_type.iter().any(|other| is_one_of(word, other) || is_one_of(other, word)))
}

/// Whether a word is another, or the singular of it.
fn is_one_of(word: &str, many: &str) -> bool {
    let rest = many.strip_prefix(word);
    matches!(rest, Some("" | "s" | "es"))
        || word.strip_suffix('y').is_some_and(|stem| many.strip_prefix(stem) == Some("ies"))
}

impl Uses<'_> {
    /// The first place of a property of a type, in files that name the type or are near to one that does: what `find` finds there.
    fn place(
        &self,
        client: &Entity,
        property: &str,
        find: impl Fn(&FileUses, &dyn Fn(Option<&str>) -> bool) -> Option<TextRange>,
    ) -> Option<Span> {
        let near = self.near(client);
        let uses = self.uses(&self.saying(property)).into_iter();
        let mut candidates: Vec<(usize, FileId, Rc<FileUses>)> =
            uses.filter_map(|(file, uses)| Some((*near.get(&file)?, file, uses))).collect();
        candidates.sort_by_key(|(steps, file, _)| (*steps, *file));
        let others = self.owners(client, property);
        candidates.iter().find_map(|(steps, file, uses)| {
            let meant = |owner: Option<&str>| is_meant(owner, client, &others, *steps);
            Some(find(uses, &meant)?.in_file(*file))
        })
    }
}

impl ClientCode for Uses<'_> {
    fn used(&self, client: &Entity, property: &str) -> Use {
        let uses = self.uses(&self.saying(property));
        if !uses.iter().any(|(_, uses)| uses.reads(property)) {
            return Use::Unread;
        }
        let beyond = |function: &str| -> Vec<Rc<FileUses>> {
            self.uses(&self.saying(function)).into_iter().map(|(_, uses)| uses).collect()
        };
        let broken = self.place(client, property, |uses, meant| uses.breaks(property, meant, &beyond));
        broken.map_or(Use::Read, Use::Breaks)
    }

    fn needs_number(&self, client: &Entity, property: &str) -> Option<Span> {
        self.place(client, property, |uses, meant| uses.needs_number(property, meant))
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_value_is_called_after_its_type() {
        assert!(
            fits("session", "ChatSession") && fits("chatSessions", "ChatSession") && fits("UserRow", "User")
        );
        assert!(fits("address", "Shop.addresses") && fits("companies", "Company"));
        assert!(!fits("project", "ChatSession") && !fits("sessionName", "ChatSession"));
    }
}
