//! Look-ups over a project that every kind of link needs: entities by declaration and by name, and the types a shape refers to.

use std::collections::HashMap;

use alignment_model::Layer;
use alignment_model::entity::{Detail, Entity, EntityId, EntityKind, Field, FieldKind};
use alignment_model::project::Project;
use alignment_model::shape::{DeclarationKey, Shape, TypeRef};

/// How deep a shape is followed. Types nest a few levels; what is deeper was written to break readers.
pub(crate) const MAX_DEPTH: usize = 32;

/// Look-ups over one project. Maps are only ever asked, never iterated.
pub(crate) struct Index<'a> {
    pub(crate) project: &'a Project,
    by_declaration: HashMap<&'a DeclarationKey, Vec<EntityId>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        let mut by_declaration: HashMap<&DeclarationKey, Vec<EntityId>> = HashMap::new();
        for (id, entity) in project.iter() {
            if let Some(key) = &entity.declaration
                && entity.kind != EntityKind::Operation
            {
                by_declaration.entry(key).or_default().push(id);
            }
        }
        Self { project, by_declaration }
    }

    /// Entities made from a declaration.
    pub(crate) fn declared_by(&self, key: &DeclarationKey) -> &[EntityId] {
        self.by_declaration.get(key).map_or(&[], Vec::as_slice)
    }

    /// The entity of one layer made from a declaration. Of two of one path, the last counts, as in Python.
    pub(crate) fn in_layer(&self, key: &DeclarationKey, layer: Layer) -> Option<EntityId> {
        self.declared_by(key).iter().copied().rev().find(|id| self.project.entity(*id).layer() == layer)
    }

    /// The schema with fields that a reference names.
    pub(crate) fn schema(&self, reference: &TypeRef) -> Option<EntityId> {
        let id = self.in_layer(reference.target.as_ref()?, Layer::Schema)?;
        has_fields(self.project.entity(id)).then_some(id)
    }

    /// The client type that a reference names.
    pub(crate) fn client(&self, reference: &TypeRef) -> Option<EntityId> {
        self.in_layer(reference.target.as_ref()?, Layer::Client)
    }
}

/// Whether an entity is an object with fields, as against an enumeration or an alias of something else.
pub(crate) fn has_fields(entity: &Entity) -> bool {
    !matches!(
        entity.kind,
        EntityKind::PythonEnum | EntityKind::ClientEnum | EntityKind::Union | EntityKind::AliasOther
    )
}

/// Type parameters of a schema or client type.
pub fn type_parameters(entity: &Entity) -> &[Box<str>] {
    match &entity.detail {
        Detail::Schema(schema) => &schema.type_parameters,
        Detail::Client(client) => &client.type_parameters,
        _ => &[],
    }
}

/// Positions of fields by their name in their own layer; of two of one name the last counts.
pub(crate) fn fields_by_name(entity: &Entity) -> HashMap<&str, u32> {
    (0..).zip(&entity.fields).map(|(at, field)| (&*field.name, at)).collect()
}

/// The attributes that a schema looks for to fill a field, in its order: the alias, then, with `populate_by_name`, the
/// field's own name (pydantic-core, `LookupKey`).
pub(crate) fn attributes_read<'f>(schema: &Entity, field: &'f Field) -> impl Iterator<Item = &'f str> {
    let by_name = matches!(&schema.detail, Detail::Schema(detail) if detail.populate_by_name);
    let alias = field.source_attribute.as_deref();
    let wire = field.wire_name.is().map(|name| &**name).filter(|_| by_name && alias.is_none());
    let own = (by_name || alias.is_none()).then_some(&*field.name);
    [alias, wire, own].into_iter().flatten()
}

/// Whether an attribute of a model is backed by a column.
pub(crate) fn is_column(kind: FieldKind) -> bool {
    kind == FieldKind::Column
}

/// Every reference in a shape, in the order they are written: through containers, unions, promises, objects written in
/// place and type arguments.
pub fn references<'s>(shape: &'s Shape, out: &mut Vec<&'s TypeRef>) {
    let mut stack = vec![(shape, 0)];
    while let Some((shape, depth)) = stack.pop() {
        if depth > MAX_DEPTH {
            continue;
        }
        match shape {
            Shape::List(inner) | Shape::Map(_, inner) | Shape::Promise(inner) => {
                stack.push((inner, depth + 1))
            }
            Shape::OneOf(members) => stack.extend(members.iter().rev().map(|member| (member, depth + 1))),
            Shape::Object(properties) => {
                stack.extend(properties.iter().rev().map(|property| (&property.shape, depth + 1)));
            }
            Shape::Ref(reference) => {
                out.push(reference);
                stack.extend(reference.arguments.iter().rev().map(|argument| (argument, depth + 1)));
            }
            _ => {}
        }
    }
}

/// A shape with type parameters replaced by what stands for them.
pub fn substitute(shape: &Shape, parameters: &[Box<str>], arguments: &[Shape], depth: usize) -> Shape {
    if depth > MAX_DEPTH || arguments.is_empty() {
        return shape.clone();
    }
    let inside = |inner: &Shape| substitute(inner, parameters, arguments, depth + 1);
    match shape {
        Shape::Parameter(name) => parameters
            .iter()
            .position(|parameter| parameter == name)
            .and_then(|at| arguments.get(at))
            .cloned()
            .unwrap_or_else(|| shape.clone()),
        Shape::List(inner) => Shape::List(Box::new(inside(inner))),
        Shape::Map(key, inner) => Shape::Map(key.clone(), Box::new(inside(inner))),
        Shape::Promise(inner) => Shape::Promise(Box::new(inside(inner))),
        Shape::OneOf(members) => Shape::OneOf(members.iter().map(inside).collect()),
        Shape::Ref(reference) => Shape::Ref(TypeRef {
            arguments: reference.arguments.iter().map(inside).collect(),
            ..reference.clone()
        }),
        Shape::Object(properties) => Shape::Object(
            properties
                .iter()
                .map(|property| alignment_model::shape::Property {
                    shape: inside(&property.shape),
                    ..property.clone()
                })
                .collect(),
        ),
        other => other.clone(),
    }
}
