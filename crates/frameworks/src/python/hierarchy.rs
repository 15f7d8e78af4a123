//! A class -> its method resolution order, with what is outside the repository at the top.

use alignment_model::FileId;
use alignment_model::code::{Call, Class, Expr};
use alignment_model::shape::DeclarationKey;

/// A class with all its ancestors.
#[derive(Clone, Debug, Default)]
pub struct Hierarchy<'a> {
    /// The class itself first, then its ancestors in method resolution order (C3; where the bases contradict each other,
    /// depth first).
    pub mro: Vec<Ancestor<'a>>,
}

/// One class of a method resolution order.
#[derive(Clone, Debug)]
pub enum Ancestor<'a> {
    /// A class of the repository.
    Class {
        /// Its key.
        key: DeclarationKey,
        /// Its declaration.
        class: &'a Class,
        /// Type arguments where it stands as a base (`Base[T]`), as written in `written_in`.
        arguments: Vec<&'a Expr>,
        /// The class that names it as a base; itself for the first.
        written_in: DeclarationKey,
    },
    /// A class outside the repository, by its dotted path (`pydantic.BaseModel`).
    External {
        /// Dotted path, as in [`super::Target::External`].
        path: String,
        /// Type arguments where it stands as a base (`Generic[T]`).
        arguments: Vec<&'a Expr>,
        /// The class that names it as a base.
        written_in: DeclarationKey,
    },
    /// A class made by a call of something outside the repository: `Base = declarative_base()`.
    Made {
        /// Dotted path of what is called: `sqlalchemy.orm.declarative_base`.
        callee: String,
        /// The call.
        call: &'a Call,
        /// The file of the call.
        file: FileId,
        /// The variable it is assigned to, if it is.
        variable: Option<DeclarationKey>,
    },
    /// A base that could not be resolved.
    Unknown {
        /// As written, as far as it is a dotted name.
        name: Box<str>,
        /// The class that names it.
        written_in: DeclarationKey,
    },
}

impl<'a> Hierarchy<'a> {
    /// Nothing known.
    pub const EMPTY: Hierarchy<'static> = Hierarchy { mro: Vec::new() };

    /// The classes of the repository in order, the class itself first.
    pub fn classes(&self) -> impl Iterator<Item = (&DeclarationKey, &'a Class)> + '_ {
        self.mro.iter().filter_map(|ancestor| match ancestor {
            Ancestor::Class { key, class, .. } => Some((key, *class)),
            _ => None,
        })
    }

    /// Dotted paths of the ancestors outside the repository, in order; a made one by what makes it.
    pub fn externals(&self) -> impl Iterator<Item = &str> + '_ {
        self.mro.iter().filter_map(|ancestor| match ancestor {
            Ancestor::External { path, .. } => Some(path.as_str()),
            Ancestor::Made { callee, .. } => Some(callee.as_str()),
            _ => None,
        })
    }

    /// Whether one of these is an ancestor.
    pub fn descends_from(&self, paths: &[&str]) -> bool {
        self.externals().any(|path| paths.contains(&path))
    }

    /// Whether an ancestor is not known, so that anything may be inherited.
    pub fn has_unknown(&self) -> bool {
        self.mro.iter().any(|ancestor| matches!(ancestor, Ancestor::Unknown { .. }))
    }
}
