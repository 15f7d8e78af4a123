//! Python names resolved over the whole project, as Python does it: modules and packages, imports of every form, classes
//! and their bases, constants.
//!
//! | module | purpose |
//! |---|---|
//! | `annotations` | an annotation -> what it means |
//! | `enums` | an enumeration -> its members and their values |
//! | `modules` | paths -> modules, import roots, what each import statement names |
//! | `scope` | the names one body of statements binds |
//! | `resolve` | a name or dotted expression -> what it stands for |
//! | `hierarchy` | a class -> its method resolution order |
//! | `constants` | an expression -> its value, where it is known without running code |
//! | `external` | names of packages outside the repository: one spelling each |
//! | `unread` | files that declarations need and that were not parsed |
//!
//! Deliberately absent: names bound at run time (`setattr`, `globals()`, `exec`), and types of values beyond what an
//! assignment or annotation says.

use alignment_model::FileId;
use alignment_model::code::{Assign, Class, Expr, Function, TypeDecl};
use alignment_model::shape::DeclarationKey;

use crate::Input;

pub mod annotations;
pub mod constants;
pub mod enums;
pub mod hierarchy;
pub mod scope;

pub use constants::{Constant, Locals};
pub use hierarchy::{Ancestor, Hierarchy};
pub use scope::{Binding, Scope};

/// The names of all Python files.
pub struct Names<'a> {
    input: Input<'a>,
}

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
        Self { input }
    }

    /// The input these names are of.
    pub fn input(&self) -> Input<'a> {
        self.input
    }

    /// What a name or dotted expression stands for in `file`, seen from inside the class or function with dotted path
    /// `scope` (empty at module level; `Outer.Inner`, `handler`, `Service.run`). A subscript stands for what it
    /// subscripts: `Base[T]` for `Base`.
    pub fn resolve(&self, _file: FileId, _scope: &str, _expr: &Expr) -> Target<'a> {
        Target::Unknown
    }

    /// The same for a name written as text: the string annotation `"models.User"`, the relationship target `"User"`.
    pub fn resolve_path(&self, _file: FileId, _scope: &str, _path: &[&str]) -> Target<'a> {
        Target::Unknown
    }

    /// What `target.name` stands for.
    pub fn member(&self, _target: &Target<'a>, _name: &str) -> Target<'a> {
        Target::Unknown
    }

    /// What a name bound in a scope stands for: imports and simple aliases followed.
    pub fn target_of(&self, _file: FileId, _scope: &str, _name: &str, _binding: Binding<'a>) -> Target<'a> {
        Target::Unknown
    }

    /// The dotted name of a module: `app.models` for `backend/app/models.py` where `backend` is an import root.
    pub fn module_name(&self, _file: FileId) -> &str {
        ""
    }

    /// The dotted name of a declaration: `app.models.User`.
    pub fn qualified(&self, key: &DeclarationKey) -> String {
        let module = self.module_name(key.file);
        if module.is_empty() { key.path.to_string() } else { format!("{module}.{}", key.path) }
    }

    /// The module that `import dotted` in `file` names, if it is one of the repository.
    pub fn find_module(&self, _file: FileId, _dotted: &str) -> Option<FileId> {
        None
    }

    /// The names a module binds, if it was parsed.
    pub fn module(&self, _file: FileId) -> Option<&Scope<'a>> {
        None
    }

    /// A class by its key.
    pub fn class(&self, _key: &DeclarationKey) -> Option<&'a Class> {
        None
    }

    /// The names a class body binds, by last binding; a property's setters do not replace its getter.
    pub fn class_scope(&self, _key: &DeclarationKey) -> Option<&Scope<'a>> {
        None
    }

    /// Every class of the repository, nested ones too, by file and place; of two with one path the last.
    pub fn classes(&self) -> impl Iterator<Item = (&DeclarationKey, &'a Class)> + '_ {
        std::iter::empty()
    }

    /// A class with all its ancestors in method resolution order.
    pub fn hierarchy(&self, _key: &DeclarationKey) -> &Hierarchy<'a> {
        const { &Hierarchy::EMPTY }
    }

    /// The first class of the method resolution order, the class itself included, that binds `name` in its body.
    pub fn attribute(&self, _key: &DeclarationKey, _name: &str) -> Option<(&DeclarationKey, Binding<'a>)> {
        None
    }

    /// The value of an expression in `file`, seen from `scope`, where it is known without running code.
    pub fn fold(&self, file: FileId, scope: &str, expr: &Expr) -> Constant {
        self.fold_with(file, scope, expr, &Locals::default())
    }

    /// The same, with values for local names (loop variables, parameters).
    pub fn fold_with(&self, _file: FileId, _scope: &str, _expr: &Expr, _locals: &Locals) -> Constant {
        Constant::Unknown(alignment_model::Why::DynamicExpression)
    }
}

/// Unparsed files that declarations of the parsed ones need.
pub fn unread(_input: Input<'_>) -> Vec<FileId> {
    Vec::new()
}
