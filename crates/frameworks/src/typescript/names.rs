//! TypeScript names resolved over the whole project, as the compiler does it: scopes, modules, imports and re-exports,
//! namespaces, merged and global declarations.
//!
//! ```text
//! import { User } from "@/types";      resolve_type(file, at, ["User"])  ->  Declared(interface User of src/types.ts)
//! import { useQuery } from "swr";      resolve_value(file, `useQuery`)   ->  External("swr", ["useQuery"])
//! Promise                                                               ->  Global(["Promise"])
//! ```
//!
//! Deliberately absent: what installed packages declare, members of classes and objects (their types decide), and
//! JavaScript files.

mod config;
mod modules;
mod packages;
pub(crate) mod paths;
mod scopes;

use std::collections::{HashMap, HashSet};

use alignment_model::code::{Expr, ExprKind, Import, ImportTarget, ImportedName};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Why};

use self::config::ProjectId;
pub use self::modules::Module;
pub(in crate::typescript) use self::modules::Modules as ModuleIndex;
use self::modules::Modules;
pub use self::scopes::{Declaration, ScopeId};
use self::scopes::{Exported, ScopeKind, Scopes};
use crate::Input;

/// The names of all TypeScript files.
pub struct Names<'a> {
    input: Input<'a>,
    modules: Modules<'a>,
    imports: HashMap<(FileId, &'a str), Module>,
    scopes: Scopes<'a>,
    globals: HashMap<(Option<ProjectId>, &'a str), Symbol>,
    ambient: HashMap<&'a str, Vec<ScopeId>>,
}

/// A name declared in the repository: all its declarations in one scope, and those that merge with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

/// One declaration of a name with its place among the scopes.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// The file it stands in.
    pub file: FileId,
    /// The scope it stands in.
    pub scope: ScopeId,
    /// The name.
    pub name: &'a str,
    /// All declarations it merges with.
    pub symbol: Symbol,
    /// The declaration.
    pub declaration: Declaration<'a>,
}

/// What a name is used as: TypeScript keeps types and values apart, and one name may be both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// In an annotation.
    Type,
    /// In an expression, or after `typeof`.
    Value,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Target<'a> {
    /// A name declared in the repository.
    Declared(Symbol),
    /// A module of the repository as a whole: `import * as ns`.
    Module(FileId),
    /// The expression of a default export without a name, and the file it stands in.
    Expression(FileId, &'a Expr),
    /// A name of a package outside the repository; the module itself where the path is empty. A default import is the
    /// path `default`.
    External(&'a str, Vec<Box<str>>),
    /// A name that nothing in the repository declares: of the language, the browser, or of an ambient package.
    Global(Vec<Box<str>>),
    /// A member of something declared whose own declaration does not have it as a name: `Colour.Red`, `api.users`.
    /// The symbol, and the rest of the path.
    Member(Symbol, Vec<Box<str>>),
    /// Not found, or beyond a limit.
    Unknown(Why),
}

/// A chain of re-exports longer than this is given up.
const MAX_HOPS: usize = 100;

impl<'a> Names<'a> {
    /// Indexes modules, scopes and imports of all parsed files.
    pub fn new(input: Input<'a>) -> Self {
        let mut scopes = Scopes::default();
        for facts in input.facts.iter().filter(|facts| is_typescript(input.sources.path(facts.file))) {
            let path = input.sources.path(facts.file);
            scopes.add_file(facts, path.ends_with(".vue") || path.ends_with(".svelte"));
        }
        let mut this = Self {
            input,
            modules: Modules::new(input.sources),
            imports: HashMap::new(),
            scopes,
            globals: HashMap::new(),
            ambient: HashMap::new(),
        };
        this.resolve_imports();
        this.collect_globals();
        this
    }

    /// The input these names are of.
    pub fn input(&self) -> Input<'a> {
        self.input
    }

    /// What a dotted type name at this offset of a file stands for.
    pub fn resolve_type(&self, file: FileId, at: u32, path: &[Box<str>]) -> Target<'a> {
        self.resolve(file, at, path, Meaning::Type)
    }

    /// What a name or a chain of members of a name stands for. Parameters and local variables are found too.
    pub fn resolve_value(&self, file: FileId, expr: &Expr) -> Target<'a> {
        let mut path = Vec::new();
        let mut inner = expr;
        loop {
            match &inner.kind {
                ExprKind::Name(name) => {
                    path.push(name.clone());
                    break;
                }
                ExprKind::Member(object, name) => {
                    path.push(name.clone());
                    inner = object;
                }
                _ => return Target::Unknown(Why::DynamicExpression),
            }
        }
        path.reverse();
        self.resolve(file, inner.range.start, &path, Meaning::Value)
    }

    /// What a dotted name stands for, seen from an offset of a file.
    pub fn resolve(&self, file: FileId, at: u32, path: &[Box<str>], meaning: Meaning) -> Target<'a> {
        match self.scopes.at(file, at) {
            Some(scope) => self.resolve_in(scope, path, meaning),
            None => Target::Unknown(Why::UndefinedName),
        }
    }

    /// What a dotted name stands for, seen from a scope.
    pub fn resolve_in(&self, scope: ScopeId, path: &[Box<str>], meaning: Meaning) -> Target<'a> {
        self.resolve_along(scope, path, meaning, &mut Trail::default())
    }

    /// What an exported name of a file stands for.
    pub fn exported(&self, file: FileId, name: &str, meaning: Meaning) -> Target<'a> {
        let found = self.export(file, name, meaning.into(), &mut Trail::default());
        found.unwrap_or(Target::Unknown(Why::UndefinedName))
    }

    /// What a path inside a module stands for: `import("./x").Y`. `at` is the file that names the module.
    pub fn imported(&self, at: FileId, module: &'a str, path: &[Box<str>], meaning: Meaning) -> Target<'a> {
        let start = match self.module(at, module) {
            Module::File(file) => Target::Module(file),
            Module::External => Target::External(module, Vec::new()),
            Module::Missing => Target::Unknown(Why::UndefinedName),
        };
        self.members(start, path, meaning, &mut Trail::default())
    }

    /// What the name of a module means in a file.
    pub fn module(&self, file: FileId, specifier: &str) -> Module {
        match self.imports.get(&(file, specifier)) {
            Some(module) => *module,
            None => self.modules.resolve(file, specifier),
        }
    }

    /// The declarations of a symbol, each with the file it stands in, merged ones included.
    pub fn declarations(&self, symbol: Symbol) -> impl Iterator<Item = (FileId, Declaration<'a>)> {
        self.scopes.chain(symbol.0).map(|(_, node)| (self.scopes.scope(node.scope).file, node.declaration))
    }

    /// Every declaration of a name in every scope, imports left out, by file.
    pub fn declared(&self) -> Vec<Declared<'a>> {
        let of_node = |(head, node): (u32, &scopes::Node<'a>)| {
            let file = self.scopes.scope(node.scope).file;
            let (scope, name, declaration) = (node.scope, node.name, node.declaration);
            Declared { file, scope, name, symbol: Symbol(head), declaration }
        };
        let declared = self.scopes.declarations().map(of_node);
        declared.filter(|declared| !matches!(declared.declaration, Declaration::Import(..))).collect()
    }

    /// The name of a symbol.
    pub fn name(&self, symbol: Symbol) -> &'a str {
        self.scopes.node(symbol.0).map(|node| node.name).unwrap_or_default()
    }

    /// The scope a symbol is declared in.
    pub fn scope_of(&self, symbol: Symbol) -> Option<ScopeId> {
        self.scopes.node(symbol.0).map(|node| node.scope)
    }

    /// The innermost scope around an offset of a file.
    pub fn scope_at(&self, file: FileId, at: u32) -> Option<ScopeId> {
        self.scopes.at(file, at)
    }

    /// The symbol that a scope itself declares under a name.
    pub fn declared_in(&self, scope: ScopeId, name: &str) -> Option<Symbol> {
        self.scopes.head(scope, name).map(Symbol)
    }

    /// Where a symbol is declared, without doubt: its file, and the functions and namespaces around it.
    pub fn key(&self, symbol: Symbol) -> Option<DeclarationKey> {
        let node = self.scopes.node(symbol.0)?;
        let path = self.path_of(node.scope, node.name);
        Some(DeclarationKey { file: self.scopes.scope(node.scope).file, path: path.into() })
    }

    /// The names of functions and namespaces around a scope, and a name in it, with dots between.
    pub fn path_of(&self, scope: ScopeId, name: &str) -> String {
        let mut path = vec![name];
        let mut next = Some(scope);
        while let Some(scope) = next {
            let scope = self.scopes.scope(scope);
            match scope.kind {
                ScopeKind::Namespace(name) => path.push(name),
                ScopeKind::Function("") => path.push("<fn>"),
                ScopeKind::Function(name) => path.push(name),
                ScopeKind::Module | ScopeKind::Block => {}
            }
            next = scope.parent;
        }
        path.reverse();
        path.join(".")
    }

    /// Whether two files belong to one project of TypeScript, or to none.
    pub fn same_project(&self, a: FileId, b: FileId) -> bool {
        self.modules.project(a) == self.modules.project(b)
    }

    /// The major version of a package that a file's own package depends on, where its manifest says it.
    pub fn major_version(&self, file: FileId, package: &str) -> Option<u32> {
        self.modules.major_version(file, package)
    }

    /// Whether a file imports from a module under this name.
    pub fn imports_from(&self, file: FileId, specifier: &str) -> bool {
        self.imports.contains_key(&(file, specifier))
    }

    /// Whether a symbol is global in its project, and so merges with what the language's library declares under its name.
    pub fn is_global(&self, symbol: Symbol) -> bool {
        let Some(node) = self.scopes.node(symbol.0) else { return false };
        let project = self.modules.project(self.scopes.scope(node.scope).file);
        self.globals.get(&(project, node.name)) == Some(&symbol)
    }

    fn resolve_imports(&mut self) {
        for (file, import) in self.scopes.imports() {
            let resolve = || self.modules.resolve(*file, &import.module);
            self.imports.entry((*file, &*import.module)).or_insert_with(resolve);
        }
    }

    /// Global declarations (scripts, `declare global`), which merge inside a project, and `declare module "m"`, which
    /// adds to a module of the repository or stands for one outside.
    fn collect_globals(&mut self) {
        let (mut global, mut quoted) = (HashSet::new(), HashMap::new());
        for (id, scope) in self.scopes.iter() {
            match scope.kind {
                ScopeKind::Module if !self.scopes.is_module(scope.file) => drop(global.insert(id)),
                ScopeKind::Namespace("global") => drop(global.insert(id)),
                ScopeKind::Namespace(name) => {
                    let Some(name) = quoted_module(name) else { continue };
                    match self.module(scope.file, name) {
                        Module::File(target) => drop(quoted.insert(id, self.scopes.module(target))),
                        _ => self.ambient.entry(name).or_default().push(id),
                    }
                }
                _ => {}
            }
        }
        for (scope, name, symbol) in self.scopes.heads_in(&global) {
            let project = self.modules.project(self.scopes.scope(scope).file);
            match self.globals.get(&(project, name)) {
                Some(first) => self.scopes.join(first.0, symbol),
                None => drop(self.globals.insert((project, name), Symbol(symbol))),
            }
        }
        for (scope, name, symbol) in self.scopes.heads_in(&quoted.keys().copied().collect()) {
            let module = quoted.get(&scope).copied().flatten();
            if let Some(first) = module.and_then(|module| self.scopes.head(module, name)) {
                self.scopes.join(first, symbol);
            }
        }
    }

    /// What a dotted name stands for, on the way from what the trail has seen.
    fn resolve_along(
        &self,
        scope: ScopeId,
        path: &[Box<str>],
        meaning: Meaning,
        trail: &mut Trail,
    ) -> Target<'a> {
        let Some((first, rest)) = path.split_first() else { return Target::Unknown(Why::UndefinedName) };
        let wanted = if rest.is_empty() { meaning.into() } else { Wanted::Container };
        let start = self.lookup(scope, first, wanted, trail);
        let start = start.unwrap_or_else(|| Target::Global(vec![first.clone()]));
        self.members(start, rest, meaning, trail)
    }

    /// A name from the scope outwards to the globals of the project.
    fn lookup(&self, scope: ScopeId, name: &str, wanted: Wanted, trail: &mut Trail) -> Option<Target<'a>> {
        let mut next = Some(scope);
        let mut file = None;
        while let Some(id) = next {
            let scope = self.scopes.scope(id);
            if let Some(target) = self.local(id, name, wanted, trail) {
                return Some(target);
            }
            file = Some(scope.file);
            next = scope.parent;
        }
        let project = self.modules.project(file?);
        let global = self.globals.get(&(project, name))?;
        self.has(*global, wanted).then_some(Target::Declared(*global))
    }

    /// A name that the scope itself declares or imports.
    fn local(&self, scope: ScopeId, name: &str, wanted: Wanted, trail: &mut Trail) -> Option<Target<'a>> {
        let symbol = Symbol(self.scopes.head(scope, name)?);
        if self.has(symbol, wanted) {
            return Some(Target::Declared(symbol));
        }
        let file = self.scopes.scope(scope).file;
        self.scopes.chain(symbol.0).find_map(|(_, node)| match node.declaration {
            Declaration::Import(import, bound) => Some(self.follow(file, import, bound, wanted, trail)),
            _ => None,
        })
    }

    fn has(&self, symbol: Symbol, wanted: Wanted) -> bool {
        self.scopes.chain(symbol.0).any(|(_, node)| match (wanted, node.declaration) {
            (_, Declaration::Import(..)) => false,
            (Wanted::Type, declaration) => declaration.is_type(),
            (Wanted::Value, declaration) => declaration.is_value(),
            (Wanted::Container, declaration) => {
                declaration.is_value() || matches!(declaration, Declaration::Type(_))
            }
        })
    }

    /// What an imported name stands for. Known to be bound, so the answer is never "somewhere else".
    fn follow(
        &self,
        file: FileId,
        import: &'a Import,
        bound: &'a ImportedName,
        wanted: Wanted,
        trail: &mut Trail,
    ) -> Target<'a> {
        let module = self.module(file, &import.module);
        match (&bound.target, module) {
            (ImportTarget::Module(_) | ImportTarget::All, Module::File(target)) => Target::Module(target),
            (ImportTarget::Member(name), Module::File(target)) => {
                let found = self.export(target, name, wanted, trail);
                found.unwrap_or(Target::Unknown(Why::UndefinedName))
            }
            (ImportTarget::Member(name), _) => {
                let declared = self
                    .ambient
                    .get(&*import.module)
                    .into_iter()
                    .flatten()
                    .find_map(|scope| self.local(*scope, name, wanted, trail));
                declared.unwrap_or_else(|| self.outside(import, vec![name.clone()], module))
            }
            (_, _) => self.outside(import, Vec::new(), module),
        }
    }

    fn outside(&self, import: &'a Import, path: Vec<Box<str>>, module: Module) -> Target<'a> {
        match module {
            Module::Missing => Target::Unknown(Why::UndefinedName),
            _ => Target::External(&import.module, path),
        }
    }

    /// What a file exports under a name; `None` if it does not.
    fn export(&self, file: FileId, name: &str, wanted: Wanted, trail: &mut Trail) -> Option<Target<'a>> {
        if trail.depth >= MAX_HOPS || !trail.visited.insert((file, name.into())) {
            return None;
        }
        trail.depth += 1;
        let found = self.export_of(file, name, wanted, trail);
        trail.depth -= 1;
        if trail.depth == 0 {
            // The next segment of a path may lead the same way once more: `z.z.z`.
            trail.visited.clear();
        }
        found
    }

    fn export_of(&self, file: FileId, name: &str, wanted: Wanted, trail: &mut Trail) -> Option<Target<'a>> {
        let scope = self.scopes.module(file)?;
        match self.scopes.export(scope, name) {
            Some(Exported::Local(local)) => return self.local(scope, local, wanted, trail),
            Some(Exported::Elsewhere(import, bound)) => {
                return Some(self.follow(file, import, bound, wanted, trail));
            }
            Some(Exported::Expression(expr)) => {
                return Some(self.default_export(file, scope, expr, wanted, trail));
            }
            None => {}
        }
        if name == "default" {
            return None;
        }
        let mut outside = None;
        for import in self.scopes.stars(scope) {
            match self.module(file, &import.module) {
                Module::File(target) => {
                    if let Some(found) = self.export(target, name, wanted, trail)
                        && !matches!(found, Target::Unknown(_))
                    {
                        return Some(found);
                    }
                }
                Module::External => outside = Some(Target::External(&import.module, vec![name.into()])),
                Module::Missing => {}
            }
        }
        outside
    }

    fn default_export(
        &self,
        file: FileId,
        scope: ScopeId,
        expr: &'a Expr,
        wanted: Wanted,
        trail: &mut Trail,
    ) -> Target<'a> {
        let path: Option<Vec<Box<str>>> = expr.dotted().map(|path| path.into_iter().map(Box::from).collect());
        let meaning = if wanted == Wanted::Type { Meaning::Type } else { Meaning::Value };
        match path {
            Some(path) => match self.resolve_along(scope, &path, meaning, trail) {
                Target::Member(..) | Target::Unknown(_) => Target::Expression(file, expr),
                found => found,
            },
            None => Target::Expression(file, expr),
        }
    }

    /// Goes from a target along the rest of a path.
    fn members(
        &self,
        start: Target<'a>,
        path: &[Box<str>],
        meaning: Meaning,
        trail: &mut Trail,
    ) -> Target<'a> {
        let mut target = start;
        for (at, segment) in path.iter().enumerate() {
            let is_last = at + 1 == path.len();
            let wanted = if is_last { meaning.into() } else { Wanted::Container };
            target = match target {
                Target::Module(file) => {
                    let found = self.export(file, segment, wanted, trail);
                    found.unwrap_or(Target::Unknown(Why::UndefinedName))
                }
                Target::Declared(symbol) => match self.namespace_member(symbol, segment, wanted, trail) {
                    Some(found) => found,
                    None => return Target::Member(symbol, path.get(at..).unwrap_or_default().to_vec()),
                },
                Target::External(module, mut inner) => {
                    inner.push(segment.clone());
                    Target::External(module, inner)
                }
                Target::Global(mut inner) => {
                    inner.push(segment.clone());
                    Target::Global(inner)
                }
                Target::Expression(..) | Target::Member(..) => {
                    return Target::Unknown(Why::DynamicExpression);
                }
                Target::Unknown(why) => return Target::Unknown(why),
            };
        }
        target
    }

    fn namespace_member(
        &self,
        symbol: Symbol,
        name: &str,
        wanted: Wanted,
        trail: &mut Trail,
    ) -> Option<Target<'a>> {
        self.scopes.chain(symbol.0).find_map(|(_, node)| match node.declaration {
            Declaration::Namespace(_, scope) => {
                self.local(scope, name, wanted, trail).or_else(|| match self.scopes.export(scope, name)? {
                    Exported::Local(local) => self.lookup(scope, local, wanted, trail),
                    Exported::Elsewhere(..) | Exported::Expression(_) => None,
                })
            }
            _ => None,
        })
    }
}

/// What a segment of a path is looked up as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Type,
    Value,
    /// Left of a dot: a namespace, an enum, a module, a value.
    Container,
}

impl From<Meaning> for Wanted {
    fn from(meaning: Meaning) -> Self {
        match meaning {
            Meaning::Type => Wanted::Type,
            Meaning::Value => Wanted::Value,
        }
    }
}

/// Exports already visited while one name is followed: re-exports may form circles.
#[derive(Default)]
struct Trail {
    visited: HashSet<(FileId, Box<str>)>,
    depth: usize,
}

/// The module of `declare module "m"`, whose name keeps its quotes; `None` for a namespace.
fn quoted_module(name: &str) -> Option<&str> {
    name.strip_prefix('"')?.strip_suffix('"')
}

/// Whether a path is that of a file whose declarations are read as TypeScript.
pub(super) fn is_typescript(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    matches!(ending, "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte")
}
