//! Paths -> modules, and what the module of each import statement is.
//!
//! Which directories are import roots is not configured but inferred: a directory is a root when imports of the repository
//! resolve from it. An import of two or more segments that resolves completely is strong evidence (`app.models` from
//! `backend/`); one of a single segment needs a root with strong evidence, or a directory above the importing file that is no
//! package. So `import redis` beside a `services/redis.py` stays the package of that name, and several roots live in
//! one monorepo.
//!
//! Deliberately absent: what edits of `sys.path` add (only that a file makes some is seen), `.pth` files, import hooks.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};

use alignment_model::code::{FileFacts, Import, Language, Statement};
use alignment_model::{FileId, Sources};

use super::external::is_standard_library;
use super::scope::each_statement;

/// A directory that has Python files below it, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DirId(u32);

/// What a dotted module name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A module, or a package by its `__init__.py`.
    File(FileId),
    /// A package without `__init__.py`.
    Namespace(DirId),
    /// Outside the repository.
    Outside,
    /// A relative import of a module that does not exist.
    Missing,
}

impl Place {
    /// The module, if it is a file of the repository.
    pub(super) fn file(self) -> Option<FileId> {
        match self {
            Place::File(file) => Some(file),
            Place::Namespace(_) | Place::Outside | Place::Missing => None,
        }
    }
}

/// Directories and modules of the repository, and the import roots.
pub(super) struct Modules<'a> {
    dirs: Vec<Dir<'a>>,
    ids: HashMap<&'a str, DirId>,
    children: HashMap<(DirId, &'a str), Child>,
    /// Directories that have a child of this name.
    parents: HashMap<&'a str, Vec<DirId>>,
    /// Directory of each Python file.
    homes: HashMap<FileId, DirId>,
    /// How often imports resolved from a root through its child of this name.
    votes: HashMap<(DirId, &'a str), u32>,
    /// Roots of absolute imports of two and more segments, by importing directory.
    roots: HashMap<(DirId, &'a str), Option<DirId>>,
    /// Whether a directory has any vote.
    rooted: Vec<bool>,
    names: HashMap<FileId, String>,
}

struct Dir<'a> {
    path: &'a str,
    parent: Option<DirId>,
    init: Option<FileId>,
}

/// What a directory holds under one name.
#[derive(Clone, Copy, Default)]
struct Child {
    dir: Option<DirId>,
    file: Option<FileId>,
}

/// More directories than this that offer one module, none of them above the importing file, make it ambiguous.
const MOST_CANDIDATES: usize = 256;

impl<'a> Modules<'a> {
    /// Indexes the paths, then infers the roots from the imports of the parsed files.
    pub(super) fn new(sources: &'a Sources, facts: &'a [FileFacts]) -> Self {
        let mut modules = Self {
            dirs: vec![Dir { path: "", parent: None, init: None }],
            ids: HashMap::from([("", DirId(0))]),
            children: HashMap::new(),
            parents: HashMap::new(),
            homes: HashMap::new(),
            votes: HashMap::new(),
            roots: HashMap::new(),
            rooted: Vec::new(),
            names: HashMap::new(),
        };
        modules.index_paths(sources);
        modules.vote(sources, facts);
        modules.names = modules.name_files(sources);
        modules
    }

    fn index_paths(&mut self, sources: &'a Sources) {
        for (file, source) in sources.iter() {
            let path: &'a str = &source.path;
            let Some(stem) = path.strip_suffix(".py").or_else(|| path.strip_suffix(".pyi")) else { continue };
            let (folder, stem) = stem.rsplit_once('/').unwrap_or(("", stem));
            let home = self.intern(folder);
            self.homes.insert(file, home);
            if stem == "__init__" {
                // `.py` sorts before `.pyi`, and is what runs.
                self.dirs[home.0 as usize].init.get_or_insert(file);
            } else {
                self.child(home, stem).file.get_or_insert(file);
            }
        }
        self.rooted = vec![false; self.dirs.len()];
    }

    fn intern(&mut self, path: &'a str) -> DirId {
        if let Some(id) = self.ids.get(path) {
            return *id;
        }
        // Missing directories of the path, deepest first.
        let mut missing = vec![path];
        let mut known = path;
        let mut parent = loop {
            known = known.rsplit_once('/').map_or("", |(above, _)| above);
            match self.ids.get(known) {
                Some(id) => break *id,
                None => missing.push(known),
            }
        };
        for path in missing.into_iter().rev() {
            let id = DirId(u32::try_from(self.dirs.len()).expect("fewer directories than files"));
            self.dirs.push(Dir { path, parent: Some(parent), init: None });
            let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
            self.child(parent, name).dir = Some(id);
            self.ids.insert(path, id);
            parent = id;
        }
        parent
    }

    fn child(&mut self, dir: DirId, name: &'a str) -> &mut Child {
        self.children.entry((dir, name)).or_insert_with(|| {
            self.parents.entry(name).or_default().push(dir);
            Child::default()
        })
    }

    /// Counts from which directories imports resolve: first those of several segments, then, knowing these roots, the others.
    fn vote(&mut self, sources: &'a Sources, facts: &'a [FileFacts]) {
        let mut single = Vec::new();
        let mut made = BTreeSet::new();
        for file in facts.iter().filter(|file| file.language == Language::Python) {
            let Some(home) = self.homes.get(&file.file).copied() else { continue };
            let edits = LazyCell::new(|| edits_path(sources.text(file.file)));
            for import in top_level_imports(&file.body) {
                let Some((first, _)) = import.module.split_once('.') else {
                    single.push((file.file, import));
                    continue;
                };
                let root = match self.roots.get(&(home, &*import.module)) {
                    Some(root) => *root,
                    None => {
                        let root = self.strong_root(home, &import.module);
                        self.roots.insert((home, &import.module), root);
                        root
                    }
                };
                if let Some(root) = root {
                    *self.votes.entry((root, first)).or_default() += 1;
                    self.rooted[root.0 as usize] = true;
                    if self.is_inside_package(root) && *edits {
                        made.insert((root, first));
                    }
                }
            }
        }
        self.drop_shadows(&made);
        let found: Vec<(DirId, &'a str)> = single
            .into_iter()
            .filter_map(|(file, import)| {
                let members: Vec<&str> = import.names.iter().map(|name| &*name.local).collect();
                Some((self.root_of(file, &import.module, &members)?, &*import.module))
            })
            .collect();
        for (root, name) in found {
            *self.votes.entry((root, name)).or_default() += 1;
            self.rooted[root.0 as usize] = true;
        }
    }

    /// Takes back what named a package inside another package as if its folder were a root: `sqlalchemy.types`, where the repository has
    /// `app/extensions/sqlalchemy/types.py`, is the installed package, for nobody starts Python inside `app` when the rest is
    /// imported from above it ("The initialization of the sys.path module search path", Python 3.13). A file that edits `sys.path`
    /// before it imports may have made it a root all the same (`made`).
    fn drop_shadows(&mut self, made: &BTreeSet<(DirId, &'a str)>) {
        let is_shadow = |(root, first): &(DirId, &'a str)| {
            let own = self.votes.get(&(*root, *first)).copied().unwrap_or(0);
            !made.contains(&(*root, *first))
                && self.is_inside_package(*root)
                && self.votes_from_above(*root) > own
        };
        let shadows: BTreeSet<(DirId, &'a str)> = self.votes.keys().copied().filter(is_shadow).collect();
        self.votes.retain(|key, _| !shadows.contains(key));
        self.roots.retain(|(_, module), root| {
            let first = module.split('.').next().unwrap_or(module);
            if root.is_some_and(|root| shadows.contains(&(root, first))) {
                *root = None;
            }
            true
        });
        for (root, _) in shadows {
            self.rooted[root.0 as usize] = self.votes.keys().any(|(other, _)| *other == root);
        }
    }

    /// Whether a directory is a package inside another.
    fn is_inside_package(&self, dir: DirId) -> bool {
        let is_package = |dir: DirId| self.dir(dir).init.is_some();
        is_package(dir) && self.dir(dir).parent.is_some_and(is_package)
    }

    /// Most imports that reach a directory as part of a package above it.
    fn votes_from_above(&self, dir: DirId) -> u32 {
        let packages = self.above(dir).filter_map(|below| {
            let name = self.path(below).rsplit('/').next().unwrap_or_default();
            self.votes.get(&(self.dir(below).parent?, name)).copied()
        });
        packages.max().unwrap_or(0)
    }

    fn name_files(&self, sources: &Sources) -> HashMap<FileId, String> {
        self.homes.iter().map(|(file, home)| (*file, self.name_of(sources.path(*file), *home))).collect()
    }

    /// The name under which imports reach a file: from the root with most votes, else from above the outermost package.
    fn name_of(&self, path: &str, home: DirId) -> String {
        let relative = |root: DirId| {
            let root = self.path(root);
            if root.is_empty() { path } else { path.get(root.len() + 1..).unwrap_or(path) }
        };
        let votes = |root: DirId| {
            let first = relative(root).split('/').next().unwrap_or_default();
            let first = first.strip_suffix(".pyi").or(first.strip_suffix(".py")).unwrap_or(first);
            self.votes.get(&(root, first)).copied().unwrap_or(0)
        };
        let voted = self.above(home).filter(|dir| votes(*dir) > 0).fold(None, |best, dir| match best {
            Some(other) if votes(other) >= votes(dir) => Some(other),
            _ => Some(dir),
        });
        let root =
            voted.or_else(|| self.above(home).find(|dir| self.dir(*dir).init.is_none())).unwrap_or(DirId(0));
        let relative = relative(root);
        let stem = relative.strip_suffix(".pyi").or(relative.strip_suffix(".py")).unwrap_or(relative);
        let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
        stem.replace('/', ".")
    }

    /// Dotted name of a file's module.
    pub(super) fn name(&self, file: FileId) -> &str {
        self.names.get(&file).map_or("", String::as_str)
    }

    /// The directory of this path.
    pub(super) fn find_dir(&self, path: &str) -> Option<DirId> {
        self.ids.get(path).copied()
    }

    /// Path of a directory.
    pub(super) fn path(&self, dir: DirId) -> &'a str {
        self.dirs[dir.0 as usize].path
    }

    /// What the module of an import statement is.
    pub(super) fn of_import(&self, file: FileId, import: &Import) -> Place {
        let members: Vec<&str> = import.names.iter().map(|name| &*name.local).collect();
        self.named(file, import.level, &import.module, &members)
    }

    /// What `from module import members` names, with its leading dots.
    pub(super) fn named(&self, file: FileId, level: u8, module: &str, members: &[&str]) -> Place {
        match level {
            0 => self.absolute(file, module, members),
            level => self.relative(file, level, module),
        }
    }

    /// The `__init__.py` of each package around a file: loaded before it is.
    pub(super) fn packages_of(&self, file: FileId) -> Vec<FileId> {
        let Some(home) = self.homes.get(&file) else { return Vec::new() };
        let inits = self.above(*home).map_while(|dir| self.dir(dir).init);
        inits.filter(|init| *init != file).collect()
    }

    /// All modules below a package, and below the folder of a file.
    pub(super) fn below(&self, package: Place) -> Vec<FileId> {
        match package {
            Place::File(file) => self.below_home_of(file),
            Place::Namespace(dir) => self.below_dir(dir),
            Place::Outside | Place::Missing => Vec::new(),
        }
    }

    /// All modules below the folder of a file.
    pub(super) fn below_home_of(&self, file: FileId) -> Vec<FileId> {
        self.homes.get(&file).map(|home| self.below_dir(*home)).unwrap_or_default()
    }

    fn below_dir(&self, dir: DirId) -> Vec<FileId> {
        let inside = |home: DirId| self.above(home).any(|above| above == dir);
        let files = self.homes.iter().filter(|(_, home)| inside(**home));
        let mut files: Vec<FileId> = files.map(|(file, _)| *file).collect();
        files.sort_unstable();
        files
    }

    /// What `import module` in `file` names.
    pub(super) fn absolute(&self, file: FileId, module: &str, members: &[&str]) -> Place {
        match self.root_of(file, module, members) {
            Some(root) => self.walk(root, module).map_or(Place::Outside, |child| self.place(child)),
            None => Place::Outside,
        }
    }

    /// What the first `segments` segments of an absolute module name, as written in `file`, name: `a` of `import a.b`.
    pub(super) fn prefix(&self, file: FileId, module: &str, prefix: &str) -> Place {
        match self.root_of(file, module, &[]) {
            Some(root) => self.walk(root, prefix).map_or(Place::Outside, |child| self.place(child)),
            None => Place::Outside,
        }
    }

    /// The module `name` inside the package `file` or `dir`.
    pub(super) fn submodule(&self, package: Place, name: &str) -> Option<Place> {
        let dir = match package {
            Place::File(file) => {
                let dir = *self.homes.get(&file)?;
                (self.dir(dir).init == Some(file)).then_some(dir)?
            }
            Place::Namespace(dir) => dir,
            Place::Outside | Place::Missing => return None,
        };
        Some(self.place(*self.children.get(&(dir, name))?))
    }

    fn dir(&self, dir: DirId) -> &Dir<'a> {
        &self.dirs[dir.0 as usize]
    }

    fn place(&self, child: Child) -> Place {
        let init = child.dir.and_then(|dir| self.dir(dir).init);
        match (init, child.file, child.dir) {
            (Some(file), _, _) | (None, Some(file), _) => Place::File(file),
            (None, None, Some(dir)) => Place::Namespace(dir),
            (None, None, None) => Place::Missing,
        }
    }

    fn relative(&self, file: FileId, level: u8, module: &str) -> Place {
        let Some(mut dir) = self.homes.get(&file).copied() else { return Place::Missing };
        for _ in 1..level {
            let Some(parent) = self.dir(dir).parent else { return Place::Missing };
            dir = parent;
        }
        if module.is_empty() {
            return self.place(Child { dir: Some(dir), file: None });
        }
        self.walk(dir, module).map_or(Place::Missing, |child| self.place(child))
    }

    /// The module `dotted` below a directory.
    fn walk(&self, root: DirId, dotted: &str) -> Option<Child> {
        let mut child = Child { dir: Some(root), file: None };
        for segment in dotted.split('.') {
            child = *self.children.get(&(child.dir?, segment))?;
        }
        Some(child)
    }

    /// The root from which an absolute import resolves completely.
    fn root_of(&self, file: FileId, module: &str, members: &[&str]) -> Option<DirId> {
        let home = *self.homes.get(&file)?;
        if module.contains('.') {
            return match self.roots.get(&(home, module)) {
                Some(root) => *root,
                None => self.strong_root(home, module),
            };
        }
        self.weak_root(home, module, members)
    }

    /// The root of an import of several segments: the nearest directory above the importing file from which it resolves, else the
    /// one nearest to it elsewhere.
    fn strong_root(&self, home: DirId, module: &str) -> Option<DirId> {
        let above = self.above(home).find(|dir| self.walk(*dir, module).is_some());
        if above.is_some() {
            return above;
        }
        let first = module.split('.').next()?;
        let candidates = self.parents.get(first)?;
        if candidates.len() > MOST_CANDIDATES {
            return None;
        }
        let resolving = candidates.iter().copied().filter(|dir| self.walk(*dir, module).is_some());
        self.nearest(home, resolving)
    }

    /// The root of an import of one segment.
    fn weak_root(&self, home: DirId, module: &str, members: &[&str]) -> Option<DirId> {
        if is_standard_library(module) {
            return None;
        }
        let offers = |dir: DirId| -> bool {
            let Some(child) = self.children.get(&(dir, module)) else { return false };
            match self.place(*child) {
                Place::File(_) => true,
                Place::Namespace(inner) => {
                    members.iter().any(|member| self.children.contains_key(&(inner, member)))
                }
                Place::Outside | Place::Missing => false,
            }
        };
        let strong = |dir: DirId| {
            self.votes.contains_key(&(dir, module)) || (!self.is_interior(dir) && self.is_root(dir))
        };
        let above = self.above(home).find(|dir| {
            offers(*dir) && (strong(*dir) || (self.dir(*dir).init.is_none() && !self.is_interior(*dir)))
        });
        if above.is_some() {
            return above;
        }
        let candidates = self.parents.get(module)?;
        if candidates.len() > MOST_CANDIDATES {
            return None;
        }
        self.nearest(home, candidates.iter().copied().filter(|dir| offers(*dir) && strong(*dir)))
    }

    /// Whether imports of several segments resolve from it.
    fn is_root(&self, dir: DirId) -> bool {
        self.rooted.get(dir.0 as usize).copied().unwrap_or(false)
    }

    /// Whether a directory is inside a package that is imported from a root above it.
    fn is_interior(&self, dir: DirId) -> bool {
        self.votes_from_above(dir) > 0
    }

    /// A directory and those above it, nearest first.
    fn above(&self, dir: DirId) -> impl Iterator<Item = DirId> + '_ {
        std::iter::successors(Some(dir), |dir| self.dir(*dir).parent)
    }

    /// Of several directories the one that shares most of its path with `home`; of equals the shallowest, then the first.
    fn nearest(&self, home: DirId, dirs: impl Iterator<Item = DirId>) -> Option<DirId> {
        let home = self.path(home);
        dirs.min_by_key(|dir| {
            let path = self.path(*dir);
            let shared = path.split('/').zip(home.split('/')).take_while(|(a, b)| a == b).count();
            (std::cmp::Reverse(shared), path.split('/').count(), path)
        })
    }
}

/// The absolute imports that run when a module is imported.
fn top_level_imports(body: &[Statement]) -> Vec<&Import> {
    let mut out = Vec::new();
    each_statement(body, &mut |statement, _| match statement {
        Statement::Import(import) if import.level == 0 && !import.module.is_empty() => out.push(&**import),
        _ => {}
    });
    out
}

/// Whether a program adds to the directories that it imports from.
fn edits_path(text: &str) -> bool {
    text.contains("sys.path.append(") || text.contains("sys.path.insert(")
}
