//! The scopes of every file and what is declared in each: modules, namespaces, functions and blocks.
//!
//! Deliberately absent: class members (they are reached through their class) and the scope of type parameters of types,
//! which whoever evaluates a type keeps beside it.

use std::collections::{HashMap, HashSet};

use alignment_model::code::{
    Assign, Class, Export, Expr, ExprKind, ExprPart, FileFacts, Function, Import, ImportTarget, ImportedName,
    MapEntry, Statement, TypeDecl, TypeDeclKind, TypeParameter,
};
use alignment_model::{FileId, TextRange};

/// A scope, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(u32);

/// A place where names are declared.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) file: FileId,
    pub(super) parent: Option<ScopeId>,
    pub(super) range: TextRange,
    pub(super) kind: ScopeKind<'a>,
}

/// What sort of scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind<'a> {
    /// A file.
    Module,
    /// `namespace X { ... }`, or one segment of `namespace A.B { ... }`.
    Namespace(&'a str),
    /// A function, with its name; empty where anonymous.
    Function(&'a str),
    /// Anything else in braces.
    Block,
}

/// One declaration of a name.
#[derive(Clone, Copy, Debug)]
pub enum Declaration<'a> {
    /// An interface, type alias or enum.
    Type(&'a TypeDecl),
    /// A namespace with the scope of its members.
    Namespace(&'a TypeDecl, ScopeId),
    /// A class.
    Class(&'a Class),
    /// A function.
    Function(&'a Function),
    /// A variable, or an assignment to one: the target is the name itself.
    Variable(&'a Assign),
    /// A name bound by a destructuring pattern.
    Destructured(&'a Assign),
    /// A parameter, by its position; a destructured one declares each of its names.
    Parameter(&'a Function, usize),
    /// A type parameter of a function or class.
    TypeParameter(&'a TypeParameter),
    /// An import; what it stands for is followed by [`super::Names::resolve`].
    Import(&'a Import, &'a ImportedName),
    /// A name that is bound, but to no value that can be known: a loop variable.
    Bound,
}

impl Declaration<'_> {
    /// Whether the name can be used as a type.
    pub fn is_type(&self) -> bool {
        use Declaration as D;
        matches!(self, D::Type(_) | D::Class(_) | D::TypeParameter(_))
    }

    /// Whether the name can be used as a value.
    pub fn is_value(&self) -> bool {
        match self {
            Declaration::Type(decl) => matches!(decl.kind, TypeDeclKind::Enum { .. }),
            Declaration::TypeParameter(_) => false,
            _ => true,
        }
    }
}

/// A declaration in its chain: the declarations of one name in one scope, in source order.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) scope: ScopeId,
    pub(super) name: &'a str,
    pub(super) declaration: Declaration<'a>,
    pub(super) next: Option<u32>,
}

/// What an exported name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exported<'a> {
    /// A name of the same scope.
    Local(&'a str),
    /// An expression, in a default export.
    Expression(&'a Expr),
    /// A name of another module.
    Elsewhere(&'a Import, &'a ImportedName),
}

/// All scopes of a project.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    scopes: Vec<Scope<'a>>,
    nodes: Vec<Node<'a>>,
    heads: HashMap<(ScopeId, &'a str), (u32, u32)>,
    exports: HashMap<(ScopeId, &'a str), Exported<'a>>,
    stars: HashMap<ScopeId, Vec<&'a Import>>,
    imports: Vec<(FileId, &'a Import)>,
    modules: HashMap<FileId, FileScopes>,
}

#[derive(Debug)]
struct FileScopes {
    module: ScopeId,
    /// Sorted by start; of two with one start, the outer first.
    by_start: Vec<ScopeId>,
    is_module: bool,
}

impl<'a> Scopes<'a> {
    /// Adds a file. `is_component` files (`.vue`, `.svelte`) are modules whatever they contain.
    pub(super) fn add_file(&mut self, facts: &'a FileFacts, is_component: bool) {
        let first = self.scopes.len();
        let everything = TextRange { start: 0, end: u32::MAX };
        let module = self.open(facts.file, None, everything, ScopeKind::Module);
        let mut builder = Builder { scopes: self, file: facts.file, work: Vec::new(), assigned: Vec::new() };
        builder.push_body(&facts.body, module);
        builder.run();
        builder.place_assignments();
        let is_module = is_component || facts.body.iter().any(makes_module);
        let mut by_start: Vec<ScopeId> = (first..self.scopes.len()).map(id).collect();
        by_start.sort_by_key(|scope| {
            let range = self.scope(*scope).range;
            (range.start, std::cmp::Reverse(range.end))
        });
        self.modules.insert(facts.file, FileScopes { module, by_start, is_module });
    }

    pub(super) fn scope(&self, scope: ScopeId) -> &Scope<'a> {
        &self.scopes[scope.0 as usize]
    }

    /// Every scope, in the order of files and, inside a file, of discovery.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ScopeId, &Scope<'a>)> {
        self.scopes.iter().enumerate().map(|(at, scope)| (id(at), scope))
    }

    /// The scope of a parsed file.
    pub(super) fn module(&self, file: FileId) -> Option<ScopeId> {
        Some(self.modules.get(&file)?.module)
    }

    /// Whether a parsed file is a module; the top-level declarations of one that is not are global.
    pub(super) fn is_module(&self, file: FileId) -> bool {
        self.modules.get(&file).is_some_and(|file| file.is_module)
    }

    /// The innermost scope around an offset.
    pub(super) fn at(&self, file: FileId, offset: u32) -> Option<ScopeId> {
        let scopes = self.modules.get(&file)?;
        let after = scopes.by_start.partition_point(|scope| self.scope(*scope).range.start <= offset);
        // Ranges nest, so the last one that starts before the offset is the innermost around it or lies inside that one.
        let mut scope = *scopes.by_start.get(after.checked_sub(1)?)?;
        while self.scope(scope).range.end <= offset {
            scope = self.scope(scope).parent?;
        }
        Some(scope)
    }

    /// First declaration of a name in a scope.
    pub(super) fn head(&self, scope: ScopeId, name: &str) -> Option<u32> {
        self.heads.get(&(scope, name)).map(|(head, _)| *head)
    }

    pub(super) fn node(&self, at: u32) -> Option<&Node<'a>> {
        self.nodes.get(at as usize)
    }

    /// The declarations that follow one another from `head` on.
    pub(super) fn chain(&self, head: u32) -> impl Iterator<Item = (u32, &Node<'a>)> {
        let mut next = Some(head);
        std::iter::from_fn(move || {
            let at = next?;
            let node = self.nodes.get(at as usize)?;
            next = node.next;
            Some((at, node))
        })
    }

    pub(super) fn export(&self, scope: ScopeId, name: &str) -> Option<Exported<'a>> {
        self.exports.get(&(scope, name)).copied()
    }

    pub(super) fn stars(&self, scope: ScopeId) -> &[&'a Import] {
        self.stars.get(&scope).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every declaration with the first one of its name in its scope, in the order of files.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (u32, &Node<'a>)> {
        self.nodes.iter().filter_map(|node| Some((self.head(node.scope, node.name)?, node)))
    }

    /// Every import and re-export with its file.
    pub(super) fn imports(&self) -> &[(FileId, &'a Import)] {
        &self.imports
    }

    /// The names that these scopes declare with their first declaration, in source order.
    pub(super) fn heads_in(&self, scopes: &HashSet<ScopeId>) -> Vec<(ScopeId, &'a str, u32)> {
        let declared = self.nodes.iter().enumerate().filter(|(_, node)| scopes.contains(&node.scope));
        let heads = declared
            .filter(|(at, node)| self.head(node.scope, node.name).is_some_and(|head| head as usize == *at));
        heads.map(|(at, node)| (node.scope, node.name, u32::try_from(at).unwrap_or(u32::MAX))).collect()
    }

    /// Lets the chain that starts at `head` continue with the one that starts at `other`.
    pub(super) fn join(&mut self, head: u32, other: u32) {
        let ends_of = |this: &Self, at: u32| this.chain(at).last().map(|(last, _)| last);
        if self.chain(head).any(|(at, _)| at == other) {
            return;
        }
        if let Some(last) = ends_of(self, head)
            && let Some(node) = self.nodes.get_mut(last as usize)
        {
            node.next = Some(other);
        }
        // One symbol, from wherever it is looked up.
        let joined = self.nodes.get(other as usize).map(|node| (node.scope, node.name));
        if let Some((head_of, _)) = joined.and_then(|at| self.heads.get_mut(&at)) {
            *head_of = head;
        }
    }

    fn open(
        &mut self,
        file: FileId,
        parent: Option<ScopeId>,
        range: TextRange,
        kind: ScopeKind<'a>,
    ) -> ScopeId {
        self.scopes.push(Scope { file, parent, range, kind });
        id(self.scopes.len() - 1)
    }

    fn declare(&mut self, scope: ScopeId, name: &'a str, declaration: Declaration<'a>) {
        let at = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { scope, name, declaration, next: None });
        match self.heads.entry((scope, name)) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert((at, at));
            }
            std::collections::hash_map::Entry::Occupied(mut slot) => {
                let (_, tail) = slot.get_mut();
                if let Some(node) = self.nodes.get_mut(*tail as usize) {
                    node.next = Some(at);
                }
                *tail = at;
            }
        }
    }
}

fn id(at: usize) -> ScopeId {
    ScopeId(u32::try_from(at).unwrap_or(u32::MAX))
}

/// Whether a top-level statement makes its file a module (TypeScript handbook, "Modules", "How JavaScript Modules are
/// Defined").
fn makes_module(statement: &Statement) -> bool {
    match statement {
        Statement::Import(_) | Statement::Export(_) => true,
        Statement::Class(class) => class.exported,
        Statement::Function(function) => function.exported,
        Statement::Type(decl) => decl.exported,
        Statement::Assign(assign) => assign.modifiers.exported,
        _ => false,
    }
}

/// Work that is still to do. A list of its own instead of recursion: code may be nested deeper than the call stack allows.
enum Work<'a> {
    Statement(&'a Statement, ScopeId),
    Expr(&'a Expr, ScopeId),
}

struct Builder<'s, 'a> {
    scopes: &'s mut Scopes<'a>,
    file: FileId,
    work: Vec<Work<'a>>,
    /// Assignments to names, with the scope they stand in: what they assign to may be declared further down.
    assigned: Vec<(ScopeId, &'a str, &'a Assign)>,
}

impl<'a> Builder<'_, 'a> {
    fn run(&mut self) {
        while let Some(work) = self.work.pop() {
            match work {
                Work::Statement(statement, scope) => self.statement(statement, scope),
                Work::Expr(expr, scope) => self.expr(expr, scope),
            }
        }
    }

    /// Queues statements so that they are worked off in source order.
    fn push_body(&mut self, body: &'a [Statement], scope: ScopeId) {
        self.work.extend(body.iter().rev().map(|statement| Work::Statement(statement, scope)));
    }

    fn push_expr(&mut self, expr: Option<&'a Expr>, scope: ScopeId) {
        self.work.extend(expr.map(|expr| Work::Expr(expr, scope)));
    }

    fn block(&mut self, body: &'a [Statement], range: TextRange, scope: ScopeId) {
        let declares = body.iter().any(|statement| {
            use Statement as S;
            matches!(statement, S::Assign(_) | S::Class(_) | S::Function(_) | S::Type(_))
        });
        let inner =
            if declares { self.scopes.open(self.file, Some(scope), range, ScopeKind::Block) } else { scope };
        self.push_body(body, inner);
    }

    fn statement(&mut self, statement: &'a Statement, scope: ScopeId) {
        match statement {
            Statement::Import(import) => self.import(import, scope),
            Statement::Export(export) => self.export(export, scope),
            Statement::Class(class) => self.named_class(class, scope),
            Statement::Function(function) => {
                self.declare_exported(
                    scope,
                    &function.name,
                    function.exported,
                    Declaration::Function(function),
                );
                self.function(function, scope);
            }
            Statement::Type(decl) => self.type_decl(decl, scope),
            Statement::Assign(assign) => self.assign(assign, scope),
            Statement::Expr(expr) | Statement::Assert(expr) | Statement::Delete(expr) => {
                self.push_expr(Some(expr), scope)
            }
            Statement::Return(expr, _) | Statement::Raise(expr, _) => self.push_expr(expr.as_ref(), scope),
            Statement::If(branch) => {
                self.block(&branch.otherwise, range_of(&branch.otherwise), scope);
                self.block(&branch.then, range_of(&branch.then), scope);
                self.push_expr(Some(&branch.test), scope);
            }
            Statement::For(each) => {
                let inner = self.scopes.open(self.file, Some(scope), each.range, ScopeKind::Block);
                self.bind(&each.target, inner, Declaration::Bound);
                self.push_body(&each.body, inner);
                self.push_expr(Some(&each.iterable), scope);
            }
            Statement::While(block) => {
                self.block(&block.body, block.range, scope);
                self.push_expr(block.head.as_ref(), scope);
            }
            Statement::With(with) => {
                self.block(&with.body, with.range, scope);
                self.work.extend(with.items.iter().rev().map(|(item, _)| Work::Expr(item, scope)));
            }
            Statement::Try(guard) => {
                self.block(&guard.finally, range_of(&guard.finally), scope);
                self.block(&guard.otherwise, range_of(&guard.otherwise), scope);
                for (_, body) in guard.handlers.iter().rev() {
                    self.block(body, range_of(body), scope);
                }
                self.block(&guard.body, range_of(&guard.body), scope);
            }
            Statement::Unknown(_) | Statement::Jump(..) => {}
        }
    }

    fn import(&mut self, import: &'a Import, scope: ScopeId) {
        self.scopes.imports.push((self.file, import));
        for name in &import.names {
            if !import.reexport {
                self.scopes.declare(scope, &name.local, Declaration::Import(import, name));
            } else if name.target == ImportTarget::All && &*name.local == "*" {
                self.scopes.stars.entry(scope).or_default().push(import);
            } else {
                self.scopes.exports.insert((scope, &name.local), Exported::Elsewhere(import, name));
            }
        }
    }

    fn export(&mut self, export: &'a Export, scope: ScopeId) {
        for (name, expr) in &export.names {
            let exported = match &expr.kind {
                ExprKind::Name(local) => Exported::Local(local),
                ExprKind::Class(class) if !class.name.is_empty() => {
                    self.scopes.declare(scope, &class.name, Declaration::Class(class));
                    Exported::Local(&class.name)
                }
                ExprKind::Function(function) if !function.name.is_empty() => {
                    self.scopes.declare(scope, &function.name, Declaration::Function(function));
                    Exported::Local(&function.name)
                }
                _ => Exported::Expression(expr),
            };
            self.scopes.exports.insert((scope, name), exported);
            self.push_expr(Some(expr), scope);
        }
    }

    fn declare_exported(
        &mut self,
        scope: ScopeId,
        name: &'a str,
        exported: bool,
        declaration: Declaration<'a>,
    ) {
        if name.is_empty() {
            return;
        }
        self.scopes.declare(scope, name, declaration);
        if exported {
            self.scopes.exports.insert((scope, name), Exported::Local(name));
        }
    }

    fn named_class(&mut self, class: &'a Class, scope: ScopeId) {
        self.declare_exported(scope, &class.name, class.exported, Declaration::Class(class));
        self.class(class, scope);
    }

    fn class(&mut self, class: &'a Class, scope: ScopeId) {
        let inner = if class.type_parameters.is_empty() {
            scope
        } else {
            let inner = self.scopes.open(self.file, Some(scope), class.range, ScopeKind::Block);
            for parameter in &class.type_parameters {
                self.scopes.declare(inner, &parameter.name, Declaration::TypeParameter(parameter));
            }
            inner
        };
        for statement in class.body.iter().rev() {
            match statement {
                Statement::Assign(assign) => self.push_expr(assign.value.as_ref(), inner),
                Statement::Function(function) => self.function(function, inner),
                other => self.work.push(Work::Statement(other, inner)),
            }
        }
        self.work.extend(class.bases.iter().rev().map(|base| Work::Expr(&base.value, scope)));
    }

    fn type_decl(&mut self, decl: &'a TypeDecl, scope: ScopeId) {
        let TypeDeclKind::Namespace(body) = &decl.kind else {
            return self.declare_exported(scope, &decl.name, decl.exported, Declaration::Type(decl));
        };
        let (mut outer, mut exported) = (scope, decl.exported);
        // `namespace A.B` nests; the quoted name of a module may contain dots of its own.
        let is_path = decl.name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'));
        let segments = decl.name.split(if is_path { '.' } else { '\0' });
        for segment in segments {
            let kind = ScopeKind::Namespace(segment);
            let inner = self.scopes.open(self.file, Some(outer), decl.range, kind);
            self.declare_exported(outer, segment, exported, Declaration::Namespace(decl, inner));
            (outer, exported) = (inner, true);
        }
        self.push_body(body, outer);
    }

    fn assign(&mut self, assign: &'a Assign, scope: ScopeId) {
        match &assign.target.kind {
            ExprKind::Name(name) if !assign.modifiers.declares => self.assigned.push((scope, name, assign)),
            ExprKind::Name(name) => {
                self.declare_exported(scope, name, assign.modifiers.exported, Declaration::Variable(assign));
            }
            ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Map(_) => {
                let names = self.bind(&assign.target, scope, Declaration::Destructured(assign));
                if assign.modifiers.exported {
                    self.scopes
                        .exports
                        .extend(names.iter().map(|name| ((scope, *name), Exported::Local(name))));
                }
            }
            _ => self.push_expr(Some(&assign.target), scope),
        }
        self.push_expr(assign.value.as_ref(), scope);
    }

    fn function(&mut self, function: &'a Function, scope: ScopeId) {
        let kind = ScopeKind::Function(&function.name);
        let inner = self.scopes.open(self.file, Some(scope), function.range, kind);
        for parameter in &function.type_parameters {
            self.scopes.declare(inner, &parameter.name, Declaration::TypeParameter(parameter));
        }
        for (at, parameter) in function.parameters.iter().enumerate() {
            if !parameter.name.is_empty() {
                self.scopes.declare(inner, &parameter.name, Declaration::Parameter(function, at));
            }
            if let Some(pattern) = &parameter.pattern {
                self.bind(pattern, inner, Declaration::Parameter(function, at));
            }
        }
        self.push_body(&function.body, inner);
        let defaults = function.parameters.iter().rev().filter_map(|parameter| parameter.default.as_ref());
        self.work.extend(defaults.map(|default| Work::Expr(default, inner)));
    }

    /// Adds assignments to the variables they assign to. One to a name that nothing declares makes a name of its own.
    fn place_assignments(&mut self) {
        for (scope, name, assign) in std::mem::take(&mut self.assigned) {
            let around = std::iter::successors(Some(scope), |scope| self.scopes.scope(*scope).parent);
            let declaring = around.into_iter().find(|around| self.scopes.head(*around, name).is_some());
            self.scopes.declare(declaring.unwrap_or(scope), name, Declaration::Variable(assign));
        }
    }

    /// Declares every name that a pattern binds.
    fn bind(&mut self, pattern: &'a Expr, scope: ScopeId, declaration: Declaration<'a>) -> Vec<&'a str> {
        let mut names = Vec::new();
        let mut stack = vec![pattern];
        while let Some(pattern) = stack.pop() {
            match &pattern.kind {
                ExprKind::Name(name) => names.push(&**name),
                ExprKind::Walrus(name, default) => {
                    names.push(name);
                    self.push_expr(Some(default), scope);
                }
                ExprKind::List(items) | ExprKind::Tuple(items) => stack.extend(items.iter().rev()),
                ExprKind::Spread(inner) | ExprKind::As(inner, _) => stack.push(inner),
                // A default of a destructured name: `{ a = 1 }`.
                ExprKind::Binary(_, left, right) => {
                    stack.push(left);
                    self.push_expr(Some(right), scope);
                }
                ExprKind::Map(entries) => {
                    for entry in entries.iter().rev() {
                        match entry {
                            MapEntry::Pair(_, target) | MapEntry::Spread(target) => stack.push(target),
                            MapEntry::Method(_) => {}
                        }
                    }
                }
                _ => {}
            }
        }
        for name in &names {
            self.scopes.declare(scope, name, declaration);
        }
        names
    }

    fn expr(&mut self, expr: &'a Expr, scope: ScopeId) {
        match &expr.kind {
            ExprKind::Function(function) => return self.function(function, scope),
            ExprKind::Class(class) => return self.class(class, scope),
            _ => {}
        }
        let from = self.work.len();
        let mut functions: Vec<&'a Function> = Vec::new();
        expr.for_each_part(&mut |part| match part {
            ExprPart::Expr(inner) => self.work.push(Work::Expr(inner, scope)),
            ExprPart::Function(function) => functions.push(function),
            ExprPart::Class(_) | ExprPart::Type(_) => {}
        });
        if let Some(added) = self.work.get_mut(from..) {
            added.reverse();
        }
        for function in functions {
            self.function(function, scope);
        }
    }
}

/// From the first to the last statement of a body.
fn range_of(body: &[Statement]) -> TextRange {
    let edge = |statement: Option<&Statement>| statement.map(range_of_statement).unwrap_or_default();
    TextRange { start: edge(body.first()).start, end: edge(body.last()).end }
}

fn range_of_statement(statement: &Statement) -> TextRange {
    match statement {
        Statement::Import(import) => import.range,
        Statement::Export(export) => export.range,
        Statement::Class(class) => class.range,
        Statement::Function(function) => function.range,
        Statement::Type(decl) => decl.range,
        Statement::Assign(assign) => assign.range,
        Statement::Expr(expr) | Statement::Assert(expr) | Statement::Delete(expr) => expr.range,
        Statement::Return(_, range)
        | Statement::Raise(_, range)
        | Statement::Jump(_, range)
        | Statement::Unknown(range) => *range,
        Statement::If(branch) => branch.range,
        Statement::For(each) => each.range,
        Statement::While(block) => block.range,
        Statement::With(with) => with.range,
        Statement::Try(guard) => guard.range,
    }
}
