//! Which calls stand in code that nothing uses: a hook without a caller, a component that no page shows. Such a call breaks nothing, so
//! what is wrong with it weighs less.
//!
//! It is asked the way a bundler's tree shaking does, with names in place of bindings: what an entry of a package mentions is used, and
//! what that mentions in turn. A name counts for every declaration that has it, so that doubt makes code used, never unused. Files are
//! cut into top-level declarations by their text (`pieces`), for most of them are never parsed. Which files frameworks load by
//! themselves is in `entries`. Deliberately absent: JavaScript and templates that are not read; a package with such files says nothing.

mod entries;
mod pieces;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use alignment_model::FileId;
use alignment_model::project::Project;

use self::pieces::{Piece, Pieces, Runs};
use super::names::{Module, Names};
use super::text::{Clause, is_word, words};
use super::uses::is_client_code;
use crate::Input;

/// Marks the calls of a project that nothing uses.
pub(super) fn collect<'a>(input: Input<'a>, names: &Names<'a>, project: &mut Project) {
    if project.calls.is_empty() {
        return;
    }
    let usage = Usage::new(input, names);
    for call in &mut project.calls {
        call.is_unused = usage.is_unused(call.span.file, call.span.range.start as usize, &call.caller);
    }
}

/// The client's files, and what of them is used.
struct Usage<'a> {
    files: BTreeMap<FileId, Pieces<'a>>,
    /// Names that a call may be used by, and which declarations have them.
    declared: HashMap<&'a str, Vec<(FileId, usize)>>,
    reached: BTreeSet<FileId>,
    used: HashSet<(FileId, usize)>,
    /// Words that used declarations say, each with the declaration if only one says it.
    said: HashMap<&'a str, Option<(FileId, usize)>>,
    /// Files of packages whose entries were found.
    understood: HashSet<FileId>,
}

impl<'a> Usage<'a> {
    fn new(input: Input<'a>, names: &Names<'a>) -> Self {
        let client = input.sources.iter().filter(|(_, file)| is_client_code(&file.path));
        let files: BTreeMap<FileId, Pieces<'a>> =
            client.map(|(id, file)| (id, Pieces::of(&file.path, &file.text))).collect();
        let mut declared: HashMap<&'a str, Vec<(FileId, usize)>> = HashMap::new();
        for (file, pieces) in &files {
            for (at, piece) in pieces.list.iter().enumerate() {
                piece.names.iter().for_each(|name| declared.entry(name).or_default().push((*file, at)));
            }
        }
        let mut usage = Self {
            files,
            declared,
            reached: BTreeSet::new(),
            used: HashSet::new(),
            said: HashMap::new(),
            understood: HashSet::new(),
        };
        usage.follow(input, names);
        usage
    }

    /// From the entries of every package along imports and names.
    fn follow(&mut self, input: Input<'a>, names: &Names<'a>) {
        let packages = entries::packages(input.sources, self.files.keys().copied());
        let mut open: HashSet<&str> =
            packages.iter().filter(|one| one.loads_by_itself).map(|one| one.folder).collect();
        let mut waiting: Vec<FileId> =
            packages.iter().flat_map(|package| &package.entries).copied().collect();
        let entries: HashSet<FileId> = waiting.iter().copied().collect();
        let package_of: HashMap<FileId, &str> =
            packages.iter().flat_map(|one| one.files.iter().map(|file| (*file, one.folder))).collect();
        let mut whole: HashSet<FileId> = entries.clone();
        while let Some(file) = waiting.pop() {
            if !self.reached.insert(file) {
                continue;
            }
            let Some(pieces) = self.files.get(&file) else { continue };
            for import in &pieces.imports {
                match names.module(file, import.specifier) {
                    Module::File(target) => {
                        if import.clause == Clause::Whole {
                            whole.insert(target);
                        }
                        waiting.push(target);
                    }
                    Module::Missing if !import.is_asset() => open.extend(package_of.get(&file)),
                    Module::Missing | Module::External => {}
                }
            }
            if pieces.globs {
                open.extend(package_of.get(&file));
            }
        }
        self.spread(&whole);
        self.understood = packages
            .iter()
            .filter(|package| !open.contains(package.folder))
            .flat_map(|package| {
                let reached = package.files.iter().filter(|file| self.reached.contains(file)).count();
                // Where most is out of reach, its entries are found in a way that is not known.
                if reached * 2 < package.files.len() { &[][..] } else { &package.files }
            })
            .copied()
            .collect();
    }

    /// What is used, from what runs when its module is loaded.
    fn spread(&mut self, whole: &HashSet<FileId>) {
        let mut waiting: Vec<(FileId, usize)> = Vec::new();
        for file in &self.reached {
            let pieces = self.files.get(file).map(|pieces| &pieces.list[..]).unwrap_or_default();
            let is_whole = whole.contains(file);
            let runs = |piece: &Piece<'_>| match piece.runs {
                Runs::Always => true,
                Runs::Exported | Runs::Listed => is_whole,
                Runs::Never => false,
            };
            waiting.extend(
                pieces.iter().enumerate().filter(|(_, piece)| runs(piece)).map(|(at, _)| (*file, at)),
            );
        }
        while let Some((file, at)) = waiting.pop() {
            if !self.used.insert((file, at)) {
                continue;
            }
            let Some(piece) = self.files.get(&file).and_then(|pieces| pieces.list.get(at)) else { continue };
            for word in words(piece.text).filter(|word| !piece.names.contains(word)) {
                match self.said.entry(word) {
                    Entry::Occupied(mut one) => {
                        if one.get().is_some_and(|known| known != (file, at)) {
                            one.insert(None);
                        }
                    }
                    Entry::Vacant(place) => {
                        place.insert(Some((file, at)));
                        let meant = self.declared.get(word).into_iter().flatten();
                        waiting.extend(meant.filter(|(file, _)| self.reached.contains(file)));
                    }
                }
            }
        }
    }

    /// Whether nothing uses what stands at a place, inside a function of that name.
    fn is_unused(&self, file: FileId, offset: usize, caller: &str) -> bool {
        if !self.understood.contains(&file) {
            return false;
        }
        if !self.reached.contains(&file) {
            return true;
        }
        let Some(pieces) = self.files.get(&file) else { return false };
        let Some((at, piece)) = pieces.at(offset) else { return false };
        if !self.used.contains(&(file, at)) {
            return true;
        }
        let only_here = |member: &str| {
            self.said.get(member) == Some(&Some((file, at)))
                && words(piece.text).filter(|word| *word == member).count() == 1
        };
        if let Some(endpoint) = piece.endpoint(offset) {
            return only_here(endpoint) && !hooks(endpoint).any(|hook| self.said.contains_key(&*hook));
        }
        // A method, or a function in an object: somebody says its name too.
        let member = caller.rsplit('.').next().unwrap_or(caller);
        piece.has_members() && caller.contains('.') && is_word(member) && only_here(member)
    }
}

/// The hooks that an endpoint gets (Redux Toolkit 2, "API Slices: React Hooks").
fn hooks(endpoint: &str) -> impl Iterator<Item = String> {
    const FORMS: [(&str, &str); 8] = [
        ("use", "Query"),
        ("use", "Mutation"),
        ("useLazy", "Query"),
        ("use", "QueryState"),
        ("use", "QuerySubscription"),
        ("use", "InfiniteQuery"),
        ("use", "InfiniteQueryState"),
        ("useLazy", "QuerySubscription"),
    ];
    let mut letters = endpoint.chars();
    let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    FORMS.iter().map(move |(before, after)| format!("{before}{name}{after}"))
}

#[cfg(test)]
mod tests;
