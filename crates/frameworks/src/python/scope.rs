//! The names one body of statements binds: a module, a class, a function.

use std::collections::HashMap;

use alignment_model::code::{Assign, Class, Function, Import, ImportedName, TypeDecl};

/// What a name is bound to by its last binding.
#[derive(Clone, Copy, Debug)]
pub enum Binding<'a> {
    /// A class statement.
    Class(&'a Class),
    /// A function.
    Function(&'a Function),
    /// An assignment to the plain name; one without a value only annotates it.
    Variable(&'a Assign),
    /// A `type X = ...` statement.
    Alias(&'a TypeDecl),
    /// An import, and which of its names.
    Import(&'a Import, &'a ImportedName),
    /// Something whose value is not modelled: a loop variable, an unpacked tuple.
    Opaque,
}

/// The names of one body, in the order of their first binding.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    names: Vec<(&'a str, Binding<'a>)>,
    index: HashMap<&'a str, usize>,
}

impl<'a> Scope<'a> {
    /// What `name` is bound to.
    pub fn get(&self, name: &str) -> Option<Binding<'a>> {
        Some(self.names[*self.index.get(name)?].1)
    }

    /// All names with their last binding, in the order of their first.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Binding<'a>)> + '_ {
        self.names.iter().copied()
    }
}
