//! The attributes of a mapped class over its whole hierarchy, each with the expression that makes it.
//!
//! Rules: SQLAlchemy 2.0, "Composing Mapped Hierarchies with Mixins", "Mixing in Columns": columns of mixins and abstract bases are
//! copied, those of mapped ancestors are inherited; `None` or anything else that a nearer class binds hides them.

use std::collections::{HashMap, HashSet};

use alignment_model::code::{Assign, Class, Expr, ExprKind, Function, Statement};
use alignment_model::shape::{DeclarationKey, Shape};

use crate::python::{Ancestor, Binding, Constant, Locals, Names};

/// One attribute: where it is declared and what it is bound to.
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    /// The class of the method resolution order that binds it.
    pub(super) owner: DeclarationKey,
    pub(super) binding: Binding<'a>,
    /// It is declared for type checkers alone (`if TYPE_CHECKING:` without `else`): something else makes it, such as
    /// `Model.name = column_property(...)` after the class.
    pub(super) type_only: bool,
}

impl<'a> Attribute<'a> {
    /// An attribute that a class binds.
    pub(super) fn new(name: &'a str, owner: DeclarationKey, binding: Binding<'a>) -> Self {
        Self { name, owner, binding, type_only: false }
    }
}

/// The attributes of a class, inherited ones first; each name once, by its nearest declaration.
pub(super) fn of_class<'a>(names: &Names<'a>, key: &DeclarationKey) -> Vec<Attribute<'a>> {
    let hierarchy = names.hierarchy(key);
    let classes: Vec<(&DeclarationKey, &Class)> = hierarchy.classes().collect();
    let mut nearest: HashMap<&'a str, &DeclarationKey> = HashMap::new();
    for (class, _) in &classes {
        let Some(scope) = names.class_scope(class) else { continue };
        for (name, _) in scope.iter() {
            nearest.entry(name).or_insert(class);
        }
    }
    let mut out = Vec::new();
    for (class, declaration) in classes.iter().rev() {
        let Some(scope) = names.class_scope(class) else { continue };
        let for_checkers = for_type_checkers(declaration);
        for (name, binding) in scope.iter() {
            if nearest.get(name) == Some(class) {
                let type_only = for_checkers.contains(name);
                out.push(Attribute { type_only, ..Attribute::new(name, (*class).clone(), binding) });
            }
        }
    }
    out
}

/// Names that the body of a class binds under `if TYPE_CHECKING:` without `else`, where nothing is run.
fn for_type_checkers(class: &Class) -> HashSet<&str> {
    let mut names = HashSet::new();
    for statement in &class.body {
        let Statement::If(branch) = statement else { continue };
        let test = match &branch.test.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) => &**name,
            _ => continue,
        };
        if test == "TYPE_CHECKING" && branch.otherwise.is_empty() {
            names.extend(branch.then.iter().filter_map(|statement| match statement {
                Statement::Assign(assign) => assign.target.as_name(),
                _ => None,
            }));
        }
    }
    names
}

/// What the type parameters of the classes above `key` stand for: `Mixin[int]` binds the parameter of `class Mixin(Generic[T])`.
pub(super) fn bindings_of(
    names: &Names<'_>,
    key: &DeclarationKey,
    owner: &DeclarationKey,
    shape: &dyn Fn(&DeclarationKey, &Expr) -> Shape,
) -> Vec<(Box<str>, Shape)> {
    let hierarchy = names.hierarchy(key);
    let found = hierarchy.mro.iter().find_map(|ancestor| match ancestor {
        Ancestor::Class { key, class, arguments, written_in } if key == owner && !arguments.is_empty() => {
            Some((class, arguments, written_in))
        }
        _ => None,
    });
    let Some((class, arguments, written_in)) = found else { return Vec::new() };
    let declared = class.type_parameters.iter().map(|parameter| parameter.name.clone());
    let generic = class.positional_bases().filter_map(|base| match &base.kind {
        ExprKind::Index(_, index) => Some(match &index.kind {
            ExprKind::Tuple(items) => items.iter().filter_map(Expr::as_name).map(Box::from).collect(),
            _ => index.as_name().map(Box::from).into_iter().collect::<Vec<Box<str>>>(),
        }),
        _ => None,
    });
    let mut parameters: Vec<Box<str>> = declared.collect();
    parameters.extend(generic.flatten());
    parameters
        .into_iter()
        .zip(arguments)
        .map(|(name, argument)| (name, shape(written_in, argument)))
        .collect()
}

/// How an attribute is made.
pub(super) enum Made<'a> {
    /// By what is assigned, with its annotation.
    Assigned(&'a Assign),
    /// By a method under `@declared_attr`, which is called with the mapped class.
    Declared(&'a Function, &'a Expr),
    /// It is a property.
    Property(&'a Function),
    /// It is a hybrid property.
    Hybrid(&'a Function),
}

impl<'a> Attribute<'a> {
    /// How the attribute is made; `None` for plain methods, nested classes and imports.
    pub(super) fn made(&self, names: &Names<'a>) -> Option<Made<'a>> {
        match self.binding {
            Binding::Variable(assign) => Some(Made::Assigned(assign)),
            Binding::Function(function) => self.made_by_function(names, function),
            _ => None,
        }
    }

    fn made_by_function(&self, names: &Names<'a>, function: &'a Function) -> Option<Made<'a>> {
        for decorator in &function.decorators {
            let callee = decorator.as_call().map_or(decorator, |call| &call.callee);
            let target = names.resolve(self.owner.file, &self.owner.path, callee);
            let path = target.external().unwrap_or_default();
            match path {
                "builtins.property"
                | "functools.cached_property"
                | "abc.abstractproperty"
                | "sqlalchemy.util.memoized_property"
                | "werkzeug.utils.cached_property" => {
                    return Some(Made::Property(function));
                }
                "sqlalchemy.ext.hybrid.hybrid_property" => return Some(Made::Hybrid(function)),
                _ if is_declared_attr(path) => {
                    return returned(&function.body).map(|value| Made::Declared(function, value));
                }
                _ => {}
            }
        }
        None
    }

    /// The scope from which the expression that makes the attribute sees names.
    pub(super) fn scope(&self, made: &Made<'_>) -> String {
        match made {
            Made::Declared(function, _) => format!("{}.{}", self.owner.path, function.name),
            _ => self.owner.path.to_string(),
        }
    }
}

/// `declared_attr` and what refines it (`declared_attr.directive`, `declared_attr.cascading`).
pub(super) fn is_declared_attr(path: &str) -> bool {
    path.strip_prefix("sqlalchemy.orm.declared_attr")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The value of the last `return` at the top of a body.
pub(super) fn returned(body: &[Statement]) -> Option<&Expr> {
    body.iter().rev().find_map(|statement| match statement {
        Statement::Return(Some(value), _) => Some(value),
        _ => None,
    })
}

/// The first parameter of a declared attribute stands for the mapped class.
pub(super) fn class_locals(function: &Function, class: &DeclarationKey) -> Locals {
    let parameter = function.parameters.first().map(|parameter| parameter.name.clone());
    parameter.map(|name| Locals::from([(name, Constant::Declaration(class.clone()))])).unwrap_or_default()
}
