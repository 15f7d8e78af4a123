//! Python names resolved over the whole project, as Python does it: modules and packages, imports of every form, classes
//! and their bases.

use alignment_model::FileId;
use alignment_model::code::{Assign, Class, Expr, Function, TypeDecl};
use alignment_model::shape::DeclarationKey;

use crate::Input;

/// The names of all Python files.
pub struct Names<'a> {
    input: Input<'a>,
}

/// What a name stands for.
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
    /// A module of the repository.
    Module(FileId),
    /// A name of a package outside the repository, or a builtin, by its full dotted path as imported: `sqlalchemy.orm.mapped_column`,
    /// `typing.Optional`, `builtins.int`.
    External(String),
    /// Not found.
    Unknown,
}

impl<'a> Names<'a> {
    /// Indexes modules, imports and module-level names.
    pub fn new(input: Input<'a>) -> Self {
        Self { input }
    }

    /// The input these names are of.
    pub fn input(&self) -> Input<'a> {
        self.input
    }

    /// What a name or dotted expression stands for in `file`, seen from inside the class with dotted path `scope` (empty at
    /// module level).
    pub fn resolve(&self, _file: FileId, _scope: &str, _expr: &Expr) -> Target<'a> {
        Target::Unknown
    }

    /// The same for a name written as text: the string annotation `"models.User"`.
    pub fn resolve_path(&self, _file: FileId, _scope: &str, _path: &[&str]) -> Target<'a> {
        Target::Unknown
    }

    /// The dotted name of a module: `app.models` for `backend/app/models.py` where `backend` is an import root.
    pub fn module_name(&self, _file: FileId) -> &str {
        ""
    }
}

/// Unparsed files that declarations of the parsed ones need.
pub fn unread(_input: Input<'_>) -> Vec<FileId> {
    Vec::new()
}
