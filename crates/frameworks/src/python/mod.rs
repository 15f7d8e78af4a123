//! Python names resolved over the whole project, as Python does it: modules and packages, imports of every form, classes
//! and their bases, constants.
//!
//! | module | purpose |
//! |---|---|
//! | `annotations` | an annotation -> what it means |
//! | `enums` | an enumeration -> its members and their values |
//! | `modules` | paths -> modules, import roots, what each import statement names |
//! | `imports` | what is loaded from some files on |
//! | `scope` | the names one body of statements binds |
//! | `resolve` | a name or dotted expression -> what it stands for |
//! | `hierarchy` | a class -> its method resolution order |
//! | `made` | classes that functions make and return |
//! | `constants` | an expression -> its value, where it is known without running code |
//! | `external` | names of packages outside the repository: one spelling each |
//! | `unread` | files that declarations need and that were not parsed |
//!
//! Deliberately absent: names bound at run time (`setattr`, `globals()`, `exec`), and types of values beyond what an
//! assignment or annotation says.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, RwLock};

use alignment_model::FileId;
use alignment_model::code::{Assign, Class, Expr, Function, Language, Statement, TypeDecl};
use alignment_model::shape::{DeclarationKey, Value};

use crate::Input;

pub mod annotations;
pub mod constants;
pub mod enums;
mod external;
pub mod hierarchy;
mod imports;
mod made;
mod missing;
mod modules;
pub(crate) mod packages;
mod resolve;
pub mod scope;
pub(crate) mod texts;
mod unread;

pub(crate) use annotations::{last_segment, parent};
pub use constants::{Constant, Locals};
pub use hierarchy::{Ancestor, Hierarchy};
pub(crate) use imports::Loaded;
pub use missing::missing_modules;
pub use scope::{Binding, Scope};
pub use unread::unread;

use modules::{Modules, Place};
use resolve::{Search, View, join};
use scope::each_statement;

/// The names of all Python files.
pub struct Names<'a> {
    input: Input<'a>,
    modules: Modules<'a>,
    files: HashMap<FileId, FileNames<'a>>,
    /// By file and place.
    classes: Vec<ClassNames<'a>>,
    /// Names of functions that give a class they make.
    makers: HashSet<&'a str>,
    /// Scopes of functions, made when first asked for.
    functions: RwLock<FunctionScopes<'a>>,
}

/// Scopes by file and path; `None` where no function has that path.
type FunctionScopes<'a> = HashMap<(FileId, Box<str>), Option<Arc<Scope<'a>>>>;

/// What one parsed file binds.
struct FileNames<'a> {
    scope: Scope<'a>,
    /// Its classes by dotted path, as positions in [`Names::classes`].
    classes: HashMap<Box<str>, usize>,
}

/// One class.
struct ClassNames<'a> {
    key: DeclarationKey,
    class: &'a Class,
    /// In a function, which makes one each time it is called.
    is_local: bool,
    scope: OnceLock<Scope<'a>>,
    hierarchy: OnceLock<Hierarchy<'a>>,
    members: OnceLock<Arc<[enums::Member]>>,
}

/// Deepest nesting of classes that is indexed.
const DEEPEST_NESTING: usize = 16;

/// What a name stands for. Simple aliases (`C = Column`, `Model = db.Model`) are looked through.
#[derive(Clone, Debug)]
pub enum Target<'a> {
    /// A class of the repository.
    Class(DeclarationKey, &'a Class),
    /// A function of the repository.
    Function(DeclarationKey, &'a Function),
    /// A variable assigned at module or class level (the last assignment that binds it): a type alias, a constant, an instance.
    Variable(DeclarationKey, &'a Assign),
    /// A `type X = ...` statement.
    Alias(DeclarationKey, &'a TypeDecl),
    /// A module of the repository; a package is its `__init__.py`.
    Module(FileId),
    /// A package without `__init__.py`, by its directory.
    Namespace(Box<str>),
    /// A name of a package outside the repository, or a builtin, by its full dotted path in its public spelling:
    /// `sqlalchemy.orm.mapped_column`, `sqlalchemy.Column` (also where `sqlalchemy.sql.schema.Column` is written),
    /// `typing.Optional` (also from `typing_extensions`), `builtins.int`. Attributes of an instance count as attributes of
    /// its class: `db.Column` with `db = SQLAlchemy()` is what Flask-SQLAlchemy's `SQLAlchemy.Column` is, `sqlalchemy.Column`.
    External(String),
    /// Not found.
    Unknown,
}

impl<'a> Target<'a> {
    /// The dotted path, if it is outside the repository.
    pub fn external(&self) -> Option<&str> {
        match self {
            Target::External(path) => Some(path),
            _ => None,
        }
    }

    /// The declaration in the repository, if there is one.
    pub fn declaration(&self) -> Option<&DeclarationKey> {
        match self {
            Target::Class(key, _)
            | Target::Function(key, _)
            | Target::Variable(key, _)
            | Target::Alias(key, _) => Some(key),
            _ => None,
        }
    }

    /// The class of the repository, if it is one.
    pub fn class(&self) -> Option<(&DeclarationKey, &'a Class)> {
        match self {
            Target::Class(key, class) => Some((key, class)),
            _ => None,
        }
    }
}

impl<'a> Names<'a> {
    /// Indexes modules, imports and names.
    pub fn new(input: Input<'a>) -> Self {
        let modules = Modules::new(input.sources, input.facts);
        let mut names = Self {
            input,
            modules,
            files: HashMap::new(),
            classes: Vec::new(),
            makers: HashSet::new(),
            functions: RwLock::default(),
        };
        for facts in input.facts.iter().filter(|facts| facts.language == Language::Python) {
            let mut found = Found::default();
            found.read(&facts.body, "", 0, false);
            let Found { mut classes, makers } = found;
            classes.sort_by_key(|(_, class, _)| class.range.start);
            let first = names.classes.len();
            let index =
                classes.iter().enumerate().map(|(at, (path, ..))| (path.clone(), first + at)).collect();
            names.makers.extend(makers);
            names.classes.extend(classes.into_iter().map(|(path, class, is_local)| ClassNames {
                key: DeclarationKey { file: facts.file, path },
                class,
                is_local,
                scope: OnceLock::new(),
                hierarchy: OnceLock::new(),
                members: OnceLock::new(),
            }));
            names.files.insert(facts.file, FileNames { scope: Scope::of(&facts.body), classes: index });
        }
        names
    }

    /// The input these names are of.
    pub fn input(&self) -> Input<'a> {
        self.input
    }

    /// What a name or dotted expression stands for in `file`, seen from inside the class or function with dotted path
    /// `scope` (empty at module level; `Outer.Inner`, `handler`, `Service.run`). A subscript stands for what it
    /// subscripts: `Base[T]` for `Base`. The annotations and decorators of a function are seen from the scope around it.
    pub fn resolve(&self, file: FileId, scope: &str, expr: &Expr) -> Target<'a> {
        self.find(View { file, scope }, expr, &mut Search::new())
    }

    /// The same for a name written as text: the string annotation `"models.User"`, the relationship target `"User"`.
    pub fn resolve_path(&self, file: FileId, scope: &str, path: &[&str]) -> Target<'a> {
        let mut search = Search::new();
        let Some((first, members)) = path.split_first() else { return Target::Unknown };
        let target = self.find_name(View { file, scope }, first, None, &mut search);
        members.iter().fold(target, |target, name| self.find_member(&target, name, &mut search))
    }

    /// What `target.name` stands for.
    pub fn member(&self, target: &Target<'a>, name: &str) -> Target<'a> {
        self.find_member(target, name, &mut Search::new())
    }

    /// What a name bound in a scope stands for: imports and simple aliases followed.
    pub fn target_of(&self, file: FileId, scope: &str, name: &str, binding: Binding<'a>) -> Target<'a> {
        self.follow(View { file, scope }, name, binding, &mut Search::new())
    }

    /// The dotted name of a module: `app.models` for `backend/app/models.py` where `backend` is an import root.
    pub fn module_name(&self, file: FileId) -> &str {
        self.modules.name(file)
    }

    /// The dotted name of a declaration: `app.models.User`.
    pub fn qualified(&self, key: &DeclarationKey) -> String {
        join(self.module_name(key.file), &key.path)
    }

    /// The module that `import dotted` in `file` names, if it is one of the repository.
    pub fn find_module(&self, file: FileId, dotted: &str) -> Option<FileId> {
        match self.modules.absolute(file, dotted, &[]) {
            Place::File(module) => Some(module),
            _ => None,
        }
    }

    /// The names a module binds, if it was parsed.
    pub fn module(&self, file: FileId) -> Option<&Scope<'a>> {
        Some(&self.files.get(&file)?.scope)
    }

    /// A class by its key.
    pub fn class(&self, key: &DeclarationKey) -> Option<&'a Class> {
        Some(self.classes[self.class_at(key.file, &key.path)?].class)
    }

    /// The names a class body binds, by last binding; a property's setters do not replace its getter.
    pub fn class_scope(&self, key: &DeclarationKey) -> Option<&Scope<'a>> {
        Some(self.class_scope_at(self.class_at(key.file, &key.path)?))
    }

    /// Every class of the repository, nested ones too, by file and place; of two with one path the last. Classes inside
    /// functions are not among them.
    pub fn classes(&self) -> impl Iterator<Item = (&DeclarationKey, &'a Class)> + '_ {
        self.classes.iter().filter(|entry| !entry.is_local).map(|entry| (&entry.key, entry.class))
    }

    /// A class with all its ancestors in method resolution order.
    pub fn hierarchy(&self, key: &DeclarationKey) -> &Hierarchy<'a> {
        let Some(at) = self.class_at(key.file, &key.path) else { return const { &Hierarchy::EMPTY } };
        let entry = &self.classes[at];
        self.hierarchy_of(key, &mut Search::new());
        entry.hierarchy.get().unwrap_or(const { &Hierarchy::EMPTY })
    }

    /// The first class of the method resolution order, the class itself included, that binds `name` in its body.
    pub fn attribute(&self, key: &DeclarationKey, name: &str) -> Option<(&DeclarationKey, Binding<'a>)> {
        self.hierarchy(key)
            .classes()
            .find_map(|(owner, _)| Some((owner, self.class_scope(owner)?.get(name)?)))
    }

    /// The value of an expression in `file`, seen from `scope`, where it is known without running code.
    pub fn fold(&self, file: FileId, scope: &str, expr: &Expr) -> Constant {
        self.fold_with(file, scope, expr, &Locals::default())
    }

    /// The members of an enumeration of the repository; `None` for any other class, and for a member whose value depends on
    /// the enumeration itself.
    pub fn enum_members(&self, key: &DeclarationKey) -> Option<Arc<[enums::Member]>> {
        thread_local! {
            /// Enumerations being read on this thread: the value of a member may name another enumeration.
            static OPEN: RefCell<Vec<DeclarationKey>> = const { RefCell::new(Vec::new()) };
        }
        let at = self.class_at(key.file, &key.path)?;
        let entry = &self.classes[at];
        if let Some(members) = entry.members.get() {
            return Some(members.clone());
        }
        if !enums::is_enum(self.hierarchy(key)) || OPEN.with_borrow(|open| open.contains(key)) {
            return None;
        }
        OPEN.with_borrow_mut(|open| open.push(key.clone()));
        let members: Arc<[enums::Member]> = enums::members(self, key).into();
        let outermost = OPEN.with_borrow_mut(|open| {
            open.pop();
            open.is_empty()
        });
        // What is read inside another may lack that one's values.
        Some(if outermost { entry.members.get_or_init(|| members).clone() } else { members })
    }

    /// The members of an enumeration as constants, aliases left out.
    pub(crate) fn enum_constants(&self, key: &DeclarationKey) -> Option<Vec<Constant>> {
        let mut seen: HashSet<&Value> = HashSet::new();
        let mut out = Vec::new();
        let members = self.enum_members(key)?;
        for member in members.iter() {
            let value = member.value.is()?;
            if seen.insert(value) {
                out.push(Constant::EnumMember {
                    class: key.clone(),
                    name: member.name.clone(),
                    value: Box::new(Constant::from_value(value)),
                });
            }
        }
        Some(out)
    }

    /// Whether the value of a variable is not the one its last assignment gives it.
    fn is_rebound(&self, file: FileId, scope: &str, name: &str) -> bool {
        if scope.is_empty() {
            return self.module(file).is_some_and(|names| names.is_unsteady(name));
        }
        if let Some(class) = self.class_at(file, scope) {
            return self.class_scope_at(class).is_unsteady(name);
        }
        self.function_scope(file, scope).is_some_and(|names| {
            names.is_unsteady(name) || names.is_rebound(name) || names.augmentations(name).next().is_some()
        })
    }

    /// The augmenting assignments of a variable.
    fn augmentations(&self, file: FileId, scope: &str, name: &str) -> Vec<&'a Assign> {
        match (scope, self.class_at(file, scope)) {
            ("", _) => self.module(file).map_or(Vec::new(), |names| names.augmentations(name).collect()),
            (_, Some(class)) => self.class_scope_at(class).augmentations(name).collect(),
            (_, None) => Vec::new(),
        }
    }

    fn class_at(&self, file: FileId, path: &str) -> Option<usize> {
        self.files.get(&file)?.classes.get(path).copied()
    }

    fn class_scope_at(&self, at: usize) -> &Scope<'a> {
        let entry = &self.classes[at];
        entry.scope.get_or_init(|| Scope::of(&entry.class.body))
    }

    /// The names of the function with this path, if it is one.
    fn function_scope(&self, file: FileId, path: &str) -> Option<Arc<Scope<'a>>> {
        let key = (file, path.into());
        if let Ok(known) = self.functions.read()
            && let Some(scope) = known.get(&key)
        {
            return scope.clone();
        }
        let scope = self.function(file, path).map(|function| Arc::new(Scope::of_function(function)));
        if let Ok(mut known) = self.functions.write() {
            known.insert(key, scope.clone());
        }
        scope
    }

    /// A function by its key: at module level, in a class, or in another function.
    pub fn function(&self, file: FileId, path: &str) -> Option<&'a Function> {
        let (outer, name) = path.rsplit_once('.').unwrap_or(("", path));
        let binding = if outer.is_empty() {
            self.module(file)?.get(name)
        } else if let Some(class) = self.class_at(file, outer) {
            self.class_scope_at(class).get(name)
        } else {
            self.function_scope(file, outer)?.get(name)
        };
        match binding {
            Some(Binding::Function(function)) => Some(function),
            _ => None,
        }
    }
}

/// The classes of one file.
#[derive(Default)]
struct Found<'a> {
    /// Dotted path, class, and whether it is in a function; of two with one path the one that Python keeps.
    classes: Vec<(Box<str>, &'a Class, bool)>,
    /// Names of functions that give a class they make.
    makers: Vec<&'a str>,
}

impl<'a> Found<'a> {
    fn read(&mut self, body: &'a [Statement], scope: &str, depth: usize, is_local: bool) {
        if depth > DEEPEST_NESTING {
            return;
        }
        let mut here: HashMap<&'a str, usize> = HashMap::new();
        let mut found: Vec<&'a Class> = Vec::new();
        each_statement(body, &mut |statement, flow| match statement {
            Statement::Class(class) => match here.get(&*class.name) {
                Some(at) if !flow.weak => found[*at] = class,
                Some(_) => {}
                None => {
                    here.insert(&class.name, found.len());
                    found.push(class);
                }
            },
            Statement::Function(function) if made::makes_class(function) => {
                self.makers.push(&function.name);
                let inside = join(scope, &function.name);
                for class in made::classes_of(function) {
                    self.class(class, &inside, depth + 1, true);
                }
            }
            _ => {}
        });
        for class in found {
            self.class(class, scope, depth, is_local);
        }
    }

    fn class(&mut self, class: &'a Class, scope: &str, depth: usize, is_local: bool) {
        let path = join(scope, &class.name);
        self.read(&class.body, &path, depth + 1, is_local);
        self.classes.push((path.into(), class, is_local));
    }
}

#[cfg(test)]
mod tests;
