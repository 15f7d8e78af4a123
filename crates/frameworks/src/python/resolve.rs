//! A name or dotted expression -> what it stands for: scopes, then imports, then attributes, aliases looked through.
//!
//! Every step spends from a budget, so that import cycles and aliases of each other terminate.
//!
//! Deliberately absent: flow. A name stands for its last binding, whatever ran in between.

use alignment_model::FileId;
use alignment_model::code::{Assign, Expr, ExprKind, Import, ImportTarget, ImportedName, TypeExpr};
use alignment_model::shape::DeclarationKey;

use super::annotations::parent;
use super::external::{is_builtin, public_path, star_gives};
use super::modules::Place;
use super::scope::{Binding, Scope};
use super::{Names, Target};

/// Steps one question may take: imports followed, aliases looked through, classes searched.
const MOST_STEPS: u32 = 200;

/// One question in progress.
pub(super) struct Search {
    steps: u32,
    /// Hierarchies computed anew.
    pub(super) classes: u32,
    /// Classes whose hierarchy is being computed, by position: a class cannot inherit from itself.
    pub(super) visiting: Vec<usize>,
    /// Files that were not parsed and whose names the answer needs.
    pub(super) blocked: Vec<FileId>,
    /// Whether a hierarchy met during the search was cut off by `visiting` or by the budget.
    pub(super) cut: bool,
}

impl Search {
    pub(super) fn new() -> Self {
        Self { steps: 0, classes: 0, visiting: Vec::new(), blocked: Vec::new(), cut: false }
    }

    /// Gives a new budget for a part of the question that has a bound of its own; the old one comes back with [`Search::resume`].
    pub(super) fn restart(&mut self) -> u32 {
        std::mem::take(&mut self.steps)
    }

    /// Takes back the budget that was set aside.
    pub(super) fn resume(&mut self, steps: u32) {
        self.steps = steps;
    }

    /// Takes one step, if any are left.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        let left = self.steps <= MOST_STEPS;
        self.cut |= !left;
        left
    }
}

/// A place from which names are seen: a file, and a class or function in it.
#[derive(Clone, Copy)]
pub(super) struct View<'s> {
    pub(super) file: FileId,
    pub(super) scope: &'s str,
}

impl<'a> Names<'a> {
    pub(super) fn find(&self, view: View<'_>, expr: &Expr, search: &mut Search) -> Target<'a> {
        match &expr.kind {
            ExprKind::Name(name) => self.find_name(view, name, Some(expr.range.start), search),
            // A chain of members is as deep as it is long, so it is walked from its root.
            ExprKind::Member(..) => {
                let mut members = Vec::new();
                let mut root = expr;
                while let ExprKind::Member(object, name) = &root.kind {
                    members.push(&**name);
                    root = object;
                }
                if !search.step() {
                    return Target::Unknown;
                }
                let mut target = match &root.kind {
                    ExprKind::Call(call) if search.step() => self.instance(view, call, search),
                    ExprKind::Member(..) => Target::Unknown,
                    _ => self.find(view, root, search),
                };
                for name in members.into_iter().rev() {
                    target = self.find_member(&target, name, search);
                }
                target
            }
            ExprKind::Index(object, _) if search.step() => self.find(view, object, search),
            _ => Target::Unknown,
        }
    }

    /// A bare name: the scope it is seen from, the module, builtins. `at` is where it is written, if it is code.
    pub(super) fn find_name(
        &self,
        view: View<'_>,
        name: &str,
        at: Option<u32>,
        search: &mut Search,
    ) -> Target<'a> {
        if !view.scope.is_empty()
            && let Some(found) = self.find_in_scope(view, name, at, search)
        {
            return found;
        }
        match self.find_in_module(view.file, name, search) {
            Target::Unknown if is_builtin(name) => Target::External(format!("builtins.{name}")),
            found => found,
        }
    }

    /// A name seen from inside a class or function, where that binds it.
    fn find_in_scope(
        &self,
        view: View<'_>,
        name: &str,
        at: Option<u32>,
        search: &mut Search,
    ) -> Option<Target<'a>> {
        if let Some(class) = self.class_at(view.file, view.scope) {
            let binding = self.class_scope_at(class).get(name)?;
            let visible = match binding {
                Binding::Class(inner) => at.is_none_or(|at| inner.range.end <= at),
                Binding::Alias(_) | Binding::Import(..) => true,
                Binding::Function(function) => at.is_some_and(|at| function.range.end <= at),
                // In `date: date = None` the annotation means the module's `date`: a field hides nothing.
                Binding::Variable(assign) => {
                    assign.annotation.is_none() && at.is_some_and(|at| assign.range.end <= at)
                }
                Binding::Opaque => false,
            };
            return visible.then(|| self.follow(view, name, binding, search));
        }
        // A function sees its own names, then those of the functions around it, never those of a class around it.
        let mut scope = view.scope;
        while !scope.is_empty() {
            if let Some(names) = self.function_scope(view.file, scope)
                && let Some(binding) = names.get(name)
            {
                return Some(self.follow(View { file: view.file, scope }, name, binding, search));
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
        None
    }

    /// A name at the top of a module, star imports included.
    pub(super) fn find_in_module(&self, file: FileId, name: &str, search: &mut Search) -> Target<'a> {
        if !search.step() {
            return Target::Unknown;
        }
        let Some(scope) = self.module(file) else {
            search.blocked.push(file);
            return Target::Unknown;
        };
        if let Some(binding) = scope.get(name) {
            return self.follow(View { file, scope: "" }, name, binding, search);
        }
        self.find_in_stars(file, name, search)
    }

    /// A name that only a star import can bind. One that a module of the repository binds wins over the guess that a package
    /// has it; of several packages nobody knows which.
    fn find_in_stars(&self, file: FileId, name: &str, search: &mut Search) -> Target<'a> {
        let mut seen = vec![file];
        let mut pending = vec![file];
        let mut outside: Option<&str> = None;
        let mut ambiguous = false;
        while let Some(module) = pending.pop() {
            let Some(scope) = self.module(module) else {
                search.blocked.push(module);
                continue;
            };
            if module != file
                && let Some(binding) = scope.get(name)
            {
                return self.follow(View { file: module, scope: "" }, name, binding, search);
            }
            for import in scope.stars() {
                match self.modules.of_import(module, import) {
                    Place::File(next) if !seen.contains(&next) && self.exports(next, name) => {
                        seen.push(next);
                        pending.push(next);
                    }
                    Place::Outside if star_gives(&import.module, name) == Some(false) => {}
                    Place::Outside if star_gives(&import.module, name) == Some(true) => {
                        return Target::External(public_path(&format!("{}.{name}", import.module)));
                    }
                    Place::Outside => match (outside, &*import.module) {
                        // `try: from pydantic.v1 import *`, `except ImportError: from pydantic import *`: one API, at its two places.
                        (Some("pydantic.v1"), "pydantic") => {}
                        (Some("pydantic"), "pydantic.v1") => outside = Some(&import.module),
                        (other, module) => {
                            ambiguous |= other.is_some_and(|other| other != module);
                            outside = Some(module);
                        }
                    },
                    _ => {}
                }
            }
        }
        match outside {
            Some(module) if !ambiguous && !is_builtin(name) && search.blocked.is_empty() => {
                Target::External(public_path(&format!("{module}.{name}")))
            }
            _ => Target::Unknown,
        }
    }

    /// Whether `from module import *` gives this name: by `__all__`, else every name without a leading underscore.
    /// Of a module that was not parsed anything may come.
    fn exports(&self, module: FileId, name: &str) -> bool {
        let Some(scope) = self.module(module) else { return true };
        match scope.get("__all__") {
            Some(Binding::Variable(assign)) => {
                let lists = assign
                    .value
                    .iter()
                    .chain(scope.augmentations("__all__").filter_map(|a| a.value.as_ref()));
                let mut literal = true;
                for list in lists {
                    match &list.kind {
                        ExprKind::List(items) | ExprKind::Tuple(items) => {
                            if items.iter().any(|item| item.as_text() == Some(name)) {
                                return true;
                            }
                        }
                        _ => literal = false,
                    }
                }
                !literal
            }
            _ => !name.starts_with('_'),
        }
    }

    /// What a binding stands for: imports followed, simple aliases looked through.
    pub(super) fn follow(
        &self,
        view: View<'_>,
        name: &str,
        binding: Binding<'a>,
        search: &mut Search,
    ) -> Target<'a> {
        let key = || DeclarationKey { file: view.file, path: join(view.scope, name).into() };
        match binding {
            Binding::Class(class) => Target::Class(key(), class),
            Binding::Function(function) => Target::Function(key(), function),
            Binding::Alias(alias) => Target::Alias(key(), alias),
            Binding::Import(import, imported) => self.follow_import(view.file, import, imported, search),
            Binding::Variable(assign) => match self.look_through(view, name, assign, search) {
                Some(found) => found,
                None => Target::Variable(key(), assign),
            },
            Binding::Opaque => Target::Unknown,
        }
    }

    /// What `name = other.name` stands for, where that is found, and `name = make_class()`.
    fn look_through(
        &self,
        view: View<'_>,
        name: &str,
        assign: &'a Assign,
        search: &mut Search,
    ) -> Option<Target<'a>> {
        let value = assign.value.as_ref()?;
        if let ExprKind::Call(call) = &value.kind {
            return self.made_class(view, call, search);
        }
        if !matches!(value.kind, ExprKind::Name(_) | ExprKind::Member(..)) || !search.step() {
            return None;
        }
        // `x = x` in a class means the module's `x`; at module level it means what was imported before, which is gone.
        let view = if value.as_name() == Some(name) { View { scope: "", ..view } } else { view };
        if value.as_name() == Some(name)
            && matches!(self.module(view.file)?.get(name), Some(Binding::Variable(own)) if std::ptr::eq(own, assign))
        {
            return None;
        }
        match self.find(view, value, search) {
            Target::Unknown => None,
            found => Some(found),
        }
    }

    fn follow_import(
        &self,
        file: FileId,
        import: &'a Import,
        imported: &'a ImportedName,
        search: &mut Search,
    ) -> Target<'a> {
        if !search.step() {
            return Target::Unknown;
        }
        match &imported.target {
            ImportTarget::Member(member) => {
                let place = self.modules.of_import(file, import);
                match place {
                    Place::Outside => Target::External(public_path(&format!("{}.{member}", import.module))),
                    Place::Missing => Target::Unknown,
                    Place::File(_) | Place::Namespace(_) => {
                        let found = self.find_member_of(place, member, search);
                        let hollow = matches!(found, Target::Unknown)
                            && import.level == 0
                            && !import.module.contains('.')
                            && self.is_hollow(place);
                        // A folder that is named like a package (`alembic/`) offers nothing of what that package offers.
                        if hollow {
                            Target::External(public_path(&format!("{}.{member}", import.module)))
                        } else {
                            found
                        }
                    }
                }
            }
            ImportTarget::Module(path) => {
                let whole = &*import.module;
                let extends =
                    whole.strip_prefix(&**path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
                let whole = if extends { whole } else { path };
                match self.modules.prefix(file, whole, path) {
                    Place::File(module) => Target::Module(module),
                    Place::Namespace(dir) => Target::Namespace(self.modules.path(dir).into()),
                    Place::Outside => Target::External(path.to_string()),
                    Place::Missing => Target::Unknown,
                }
            }
            ImportTarget::All => Target::Unknown,
        }
    }

    /// A package that binds nothing of its own.
    fn is_hollow(&self, place: Place) -> bool {
        match place {
            Place::File(file) => self.module(file).is_some_and(Scope::is_empty),
            Place::Namespace(_) => true,
            Place::Outside | Place::Missing => false,
        }
    }

    /// A name of a module, else its submodule.
    fn find_member_of(&self, place: Place, name: &str, search: &mut Search) -> Target<'a> {
        if let Place::File(file) = place {
            let found = self.find_in_module(file, name, search);
            if !matches!(found, Target::Unknown) {
                return found;
            }
        }
        match self.modules.submodule(place, name) {
            Some(Place::File(file)) => Target::Module(file),
            Some(Place::Namespace(dir)) => Target::Namespace(self.modules.path(dir).into()),
            _ => Target::Unknown,
        }
    }

    /// `target.name`.
    pub(super) fn find_member(&self, target: &Target<'a>, name: &str, search: &mut Search) -> Target<'a> {
        if !search.step() {
            return Target::Unknown;
        }
        match target {
            Target::Module(file) => self.find_member_of(Place::File(*file), name, search),
            Target::Namespace(path) => match self.modules.find_dir(path) {
                Some(dir) => self.find_member_of(Place::Namespace(dir), name, search),
                None => Target::Unknown,
            },
            Target::External(path) => Target::External(public_path(&format!("{path}.{name}"))),
            Target::Class(key, _) => self.find_attribute(key, name, search),
            Target::Variable(key, assign) => {
                let instance = self.class_of_value(key, assign, search);
                match instance {
                    Target::Class(..) | Target::External(_) => self.find_member(&instance, name, search),
                    _ => Target::Unknown,
                }
            }
            Target::Function(..) | Target::Alias(..) | Target::Unknown => Target::Unknown,
        }
    }

    /// An attribute of a class or its ancestors.
    fn find_attribute(&self, key: &DeclarationKey, name: &str, search: &mut Search) -> Target<'a> {
        if let Some(class) = self.class_at(key.file, &key.path)
            && let Some(binding) = self.class_scope_at(class).get(name)
        {
            return self.follow(View { file: key.file, scope: &key.path }, name, binding, search);
        }
        let hierarchy = self.hierarchy_of(key, search);
        for (owner, _) in hierarchy.classes().skip(1) {
            if let Some(class) = self.class_at(owner.file, &owner.path)
                && let Some(binding) = self.class_scope_at(class).get(name)
            {
                return self.follow(View { file: owner.file, scope: &owner.path }, name, binding, search);
            }
        }
        let mut externals = hierarchy.externals();
        match (externals.next(), externals.next(), hierarchy.has_unknown()) {
            (Some(path), None, false) => Target::External(public_path(&format!("{path}.{name}"))),
            _ => Target::Unknown,
        }
    }

    /// The class whose instance a variable holds: by its value, else by its annotation.
    fn class_of_value(&self, key: &DeclarationKey, assign: &'a Assign, search: &mut Search) -> Target<'a> {
        let scope = parent(&key.path);
        let view = View { file: key.file, scope };
        if let Some(call) = assign.value.as_ref().and_then(Expr::as_call)
            && search.step()
        {
            match self.instance(view, call, search) {
                Target::Unknown => {}
                found => return found,
            }
        }
        match assign.annotation.as_ref().and_then(TypeExpr::expression) {
            Some(annotation) => self.find(view, annotation, search),
            None => Target::Unknown,
        }
    }
}

/// `scope.name`, or `name` at module level.
pub(super) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}
