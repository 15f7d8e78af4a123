//! Which fields a model has: declarations of its whole lineage, inherited ones first, as Pydantic collects them.
//!
//! Rules: Pydantic 2, `collect_model_fields` and `get_model_type_hints` (annotations of every class of the method
//! resolution order, from its end; a field declared anew keeps its place); Pydantic 1.10, `ModelMetaclass.__new__` (only models
//! pass fields on; a value without annotation is a field).

use std::collections::HashMap;
use std::rc::Rc;

use alignment_model::code::{Expr, ExprKind};
use alignment_model::entity::Completeness;
use alignment_model::shape::{DeclarationKey, Shape};
use alignment_model::{FileId, Span, TextRange, Why};

use super::Reader;
use super::kind::{self, PackageDefault, adds_no_field, package_model, pydantic_name, without_v1};
use crate::python::annotations::{Annotation, Place, Qualifier};
use crate::python::{Ancestor, Binding, parent};

/// A field of a model before it is read.
pub(super) enum Member<'a> {
    /// Declared in a class of the repository.
    Declared(Declared<'a>),
    /// Inherited from a model of a package.
    Package {
        /// Its name.
        name: &'static str,
        /// Its shape.
        shape: Shape,
        /// Whether null is legal.
        nullable: bool,
        /// Its default.
        default: Option<PackageDefault>,
    },
    /// The value of `RootModel[T]`.
    Root(Annotation, Span),
}

/// A declaration of a field.
pub(super) struct Declared<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Place of the name.
    pub(super) range: TextRange,
    /// The annotation and what it says; `None` for a value without annotation.
    pub(super) annotation: Option<(&'a Expr, Annotation)>,
    /// The value, if there is one.
    pub(super) value: Option<&'a Expr>,
    /// The class it stands in.
    pub(super) owner: DeclarationKey,
}

/// Type parameters in force in a class, each with what it stands for.
pub(super) type Bindings = Rc<[(Box<str>, Shape)]>;

/// The fields of a model in order, and why there may be more.
#[derive(Default)]
pub(super) struct Members<'a> {
    slots: Vec<Option<Member<'a>>>,
    index: HashMap<&'a str, usize>,
    /// Why there may be more.
    pub(super) completeness: Completeness,
}

impl<'a> Members<'a> {
    /// Adds a field, in the place of an inherited one of its name if there is one.
    pub(super) fn put(&mut self, name: &'a str, member: Member<'a>) {
        match self.index.get(name).and_then(|at| self.slots.get_mut(*at)) {
            Some(slot) => *slot = Some(member),
            None => {
                self.index.insert(name, self.slots.len());
                self.slots.push(Some(member));
            }
        }
    }

    /// `ClassVar`: no longer a field; one of that name that is declared later comes last.
    fn remove(&mut self, name: &str) {
        if let Some(at) = self.index.remove(name) {
            self.slots[at] = None;
        }
    }

    /// The fields in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member<'a>> {
        self.slots.iter().flatten()
    }
}

impl<'a> Reader<'_, 'a> {
    /// The fields of a Pydantic model.
    pub(super) fn members(&self, key: &DeclarationKey, version: Option<u8>) -> Members<'a> {
        let mut members = Members::default();
        let bindings = self.bindings(key);
        let hierarchy = self.names.hierarchy(key);
        for (ancestor, bindings) in hierarchy.mro.iter().zip(&bindings).rev() {
            match ancestor {
                Ancestor::Class { key: owner, .. } => {
                    // Pydantic 1 takes fields from models only.
                    if version != Some(1) || owner == key || kind::is_model(self.names.hierarchy(owner)) {
                        self.own_members(&mut members, owner, bindings, version == Some(1));
                    }
                }
                Ancestor::External { path, arguments, written_in } => {
                    self.external_members(&mut members, path, arguments, written_in, bindings);
                }
                Ancestor::Made { callee, file, call, .. } => {
                    let span = call.callee.range.in_file(*file);
                    let message = format!("a base class is made by `{callee}`");
                    members.completeness.lacks(Why::DynamicExpression, message, Some(span));
                }
                Ancestor::Unknown { name, written_in } => {
                    let span = self.names.class(written_in).map(|c| c.name_range.in_file(written_in.file));
                    let message = format!("base class `{name}` could not be resolved");
                    members.completeness.lacks(Why::UndefinedName, message, span);
                }
            }
        }
        members
    }

    fn own_members(
        &self,
        members: &mut Members<'a>,
        owner: &DeclarationKey,
        bindings: &Bindings,
        is_v1: bool,
    ) {
        let Some(scope) = self.names.class_scope(owner) else { return };
        let place = Place { file: owner.file, scope: &owner.path, bindings };
        for (name, binding) in scope.iter() {
            let Binding::Variable(assign) = binding else { continue };
            let root = is_v1 && name == "__root__";
            if name.starts_with('_') && !root || name == "model_config" {
                continue;
            }
            let made = assign.value.as_ref().and_then(|value| self.pydantic_call(owner, value));
            if matches!(made.as_deref(), Some("PrivateAttr" | "Relationship")) {
                continue;
            }
            let annotation = match assign.annotation.as_ref().and_then(|annotation| annotation.expression()) {
                Some(annotation) => Some((annotation, self.annotations.read(place, annotation))),
                None if is_v1 && assign.value.as_ref().is_some_and(is_plain_value) => None,
                None => continue,
            };
            let says =
                |qualifier| annotation.as_ref().is_some_and(|(_, a)| a.qualifiers.contains(&qualifier));
            if says(Qualifier::ClassVar) || says(Qualifier::Final) && assign.value.is_some() {
                members.remove(name);
                continue;
            }
            let (range, value) = (assign.target.range, assign.value.as_ref());
            let declared = Declared { name, range, annotation, value, owner: owner.clone() };
            members.put(name, Member::Declared(declared));
        }
    }

    fn external_members(
        &self,
        members: &mut Members<'a>,
        path: &str,
        arguments: &[&'a Expr],
        written_in: &DeclarationKey,
        bindings: &Bindings,
    ) {
        let path = without_v1(path);
        let span = self.names.class(written_in).map(|class| class.name_range.in_file(written_in.file));
        if let Some(model) = package_model(&path) {
            let place = Place { file: written_in.file, scope: parent(&written_in.path), bindings };
            let argument = arguments.first().map(|argument| self.annotations.read(place, argument).shape);
            for (name, shape, nullable, default) in model.fields {
                let (shape, nullable, default) = match (shape, &argument) {
                    (Shape::Any, Some(argument)) => (argument.clone(), *nullable, *default),
                    _ => (shape.clone(), *nullable, *default),
                };
                members.put(name, Member::Package { name, shape, nullable, default });
            }
        } else if path == "pydantic.RootModel" {
            if let (Some(argument), Some(span)) = (arguments.first(), span) {
                let place = Place { file: written_in.file, scope: parent(&written_in.path), bindings };
                members.put("root", Member::Root(self.annotations.read(place, argument), span));
            }
        } else if !adds_no_field(&path) {
            let message = format!("base class `{path}` is defined outside the repository");
            members.completeness.lacks(Why::ExternalName, message, span);
        }
    }

    /// The name of the Pydantic function that an expression calls.
    pub(super) fn pydantic_call(&self, owner: &DeclarationKey, value: &Expr) -> Option<String> {
        let call = value.as_call()?;
        let target = self.names.resolve(owner.file, &owner.path, &call.callee);
        target.external().and_then(pydantic_name).map(str::to_owned)
    }

    /// For each class of the method resolution order what its type parameters stand for; for one outside the repository
    /// what those of the class that names it stand for.
    pub(super) fn bindings(&self, key: &DeclarationKey) -> Vec<Bindings> {
        let hierarchy = self.names.hierarchy(key);
        let mut known: HashMap<&DeclarationKey, Bindings> = HashMap::new();
        let mut all = Vec::with_capacity(hierarchy.mro.len());
        for ancestor in &hierarchy.mro {
            let bindings: Bindings = match ancestor {
                Ancestor::Class { key: own, arguments, written_in, .. } => {
                    let parameters = self.type_parameters(own);
                    let bound = parameters.into_iter().enumerate().map(|(at, name)| {
                        let shape = match (own == key, arguments.get(at)) {
                            (true, _) => Shape::Parameter(name.clone()),
                            (false, Some(argument)) => {
                                let bindings = known.get(written_in).map_or(&[][..], |bound| bound);
                                let (file, scope) = (written_in.file, parent(&written_in.path));
                                self.annotations.shape(Place { file, scope, bindings }, argument)
                            }
                            (false, None) => Shape::Any,
                        };
                        (name, shape)
                    });
                    let bindings: Bindings = bound.collect();
                    known.insert(own, Rc::clone(&bindings));
                    bindings
                }
                Ancestor::External { written_in, .. } => known.get(written_in).cloned().unwrap_or_default(),
                _ => Bindings::default(),
            };
            all.push(bindings);
        }
        all
    }

    /// The type parameters of a class: `class Page[T]`, `Generic[T]`, else the variables of its bases in order.
    pub(super) fn type_parameters(&self, key: &DeclarationKey) -> Vec<Box<str>> {
        let Some(class) = self.names.class(key) else { return Vec::new() };
        if !class.type_parameters.is_empty() {
            return class.type_parameters.iter().map(|parameter| parameter.name.clone()).collect();
        }
        let place = Place::new(key.file, parent(&key.path));
        let mut found: Vec<Box<str>> = Vec::new();
        for base in class.positional_bases() {
            let ExprKind::Index(name, arguments) = &base.kind else { continue };
            let variables = self.annotations.type_variables(place, arguments);
            let target = self.names.resolve(key.file, place.scope, name);
            if matches!(target.external(), Some("typing.Generic" | "typing.Protocol")) {
                return variables;
            }
            found.extend(variables.into_iter().filter(|name| !found.contains(name)).collect::<Vec<_>>());
        }
        found
    }

    /// The place of a class's name.
    pub(super) fn class_span(&self, key: &DeclarationKey) -> Span {
        let range = self.names.class(key).map(|class| class.name_range).unwrap_or_default();
        range.in_file(key.file)
    }

    /// Source text on one line.
    pub(super) fn written(&self, file: FileId, expr: &Expr) -> Box<str> {
        let text = self.names.input().sources.text(file);
        let written = text.get(expr.range.to_usize()).unwrap_or_default();
        written.split_whitespace().collect::<Vec<_>>().join(" ").into()
    }
}

/// Whether a value without annotation is one that Pydantic 1 makes a field of: no function, class or descriptor.
fn is_plain_value(value: &Expr) -> bool {
    matches!(
        value.kind,
        ExprKind::Literal(_)
            | ExprKind::List(_)
            | ExprKind::Tuple(_)
            | ExprKind::Map(_)
            | ExprKind::Template(_)
    )
}
