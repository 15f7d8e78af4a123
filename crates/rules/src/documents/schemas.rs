//! Two schemas that stand at the same place: a class of the code and a schema of the document.

use std::collections::{HashMap, HashSet};

use alignment_graph::{is_fastapis_own, request_keys, substitute, type_parameters};
use alignment_model::api_document::ApiDocument;
use alignment_model::entity::{
    Detail, Entity, EntityId, EntityKind, Field, FieldKind, Presence, SchemaDetail,
};
use alignment_model::shape::{Shape, TypeRef};
use alignment_model::{Direction, Known, Layer};

use super::kinds::{beyond, differ, is_open_text, kinds, values, words};
use super::{Difference, What};
use crate::Context;
use crate::places::listed;

/// What is said of a field that has a default, and that a document calls required.
pub(super) const LEFT_OUT: &str = "may be left out in the code, is required in the document";

/// Types inside types that are followed.
const MAX_DEPTH: usize = 24;

/// Walks shapes of the code and of the document together.
pub(super) struct Walk<'c> {
    context: &'c Context<'c>,
    document: &'c ApiDocument,
    /// Schemas of the document by name.
    schemas: HashMap<&'c str, &'c Entity>,
    /// Schemas of the code by the name of their class.
    classes: HashMap<&'c str, Vec<EntityId>>,
    seen: HashSet<(EntityId, &'c str, Direction, String)>,
    pub(super) found: Vec<Difference>,
}

impl<'c> Walk<'c> {
    pub(super) fn new(context: &'c Context<'c>, document: &'c ApiDocument) -> Self {
        let schemas =
            document.entities.iter().skip(document.operations).map(|entity| (&*entity.name, entity));
        let mut classes: HashMap<&str, Vec<EntityId>> = HashMap::new();
        for (id, entity) in context.graph.project().layer(Layer::Schema) {
            classes.entry(&entity.name).or_default().push(id);
        }
        Self {
            context,
            document,
            schemas: schemas.collect(),
            classes,
            seen: HashSet::new(),
            found: Vec::new(),
        }
    }

    /// Two shapes at one place. `subject` names it where they are two types that have nothing to do with each other.
    pub(super) fn shapes(&mut self, code: &Shape, document: &Shape, direction: Direction, place: &Place<'_>) {
        if place.depth > MAX_DEPTH {
            return;
        }
        let inner = Place { depth: place.depth + 1, ..*place };
        match (&self.peeled(code), &without_null(document)) {
            (Shape::List(code), Shape::List(document)) | (Shape::Map(_, code), Shape::Map(_, document)) => {
                self.shapes(code, document, direction, &inner);
            }
            (Shape::Ref(code), Shape::Ref(document)) => self.entities(code, document, direction, &inner),
            (Shape::OneOf(code), Shape::OneOf(document)) => {
                for (code, document) in self.same_members(code, document) {
                    self.entities(&code, &document, direction, &inner);
                }
            }
            _ => {}
        }
    }

    /// Whether FastAPI wrote the document: then what it does not say, the code did not say.
    pub(super) fn is_by_fastapi(&self) -> bool {
        self.document.by_fastapi
    }

    /// Whether FastAPI wrote the document when it used Pydantic 1, which does not write null into its schemas.
    fn is_by_pydantic_1(&self) -> bool {
        self.document.by_fastapi && self.document.specification.starts_with("3.0")
    }

    /// A shape of the code without null and root models around it.
    fn peeled(&self, shape: &Shape) -> Shape {
        let mut shape = without_null(shape);
        for _ in 0..MAX_DEPTH {
            let Shape::Ref(reference) = &shape else { return shape };
            let Some((_, entity)) = self.class(reference) else { return shape };
            let Some(root) = detail(entity).and_then(|detail| detail.root.as_ref()) else { return shape };
            shape = without_null(&substitute(root, type_parameters(entity), &reference.arguments, 0));
        }
        shape
    }

    /// The class that a reference names: of two of one path, the last counts.
    fn class(&self, reference: &TypeRef) -> Option<(EntityId, &'c Entity)> {
        let declared = self.context.graph.declared_by(reference.target.as_ref()?);
        declared.filter(|(_, entity)| entity.layer() == Layer::Schema).last()
    }

    /// Members of two unions that have the same name.
    fn same_members(&self, code: &[Shape], document: &[Shape]) -> Vec<(TypeRef, TypeRef)> {
        let refs = |shapes: &[Shape]| -> Vec<TypeRef> {
            let found = shapes
                .iter()
                .filter_map(|shape| if let Shape::Ref(found) = shape { Some(found.clone()) } else { None });
            found.collect()
        };
        let documented = refs(document);
        let same = |class: TypeRef| {
            let schema = documented.iter().find(|schema| is_named_after(&schema.name, &class))?.clone();
            Some((class, schema))
        };
        refs(code).into_iter().filter_map(same).collect()
    }

    fn entities(&mut self, code: &TypeRef, document: &TypeRef, direction: Direction, place: &Place<'_>) {
        if self.document.by_fastapi && is_fastapis_own(&document.name) {
            return;
        }
        let Some((id, class)) = self.class(code) else { return };
        let Some(schema) = self.schemas.get(&*document.name).copied() else { return };
        let arguments =
            if code.arguments.is_empty() { String::new() } else { format!("{:?}", code.arguments) };
        if !is_comparable(class, schema) || !self.seen.insert((id, &schema.name, direction, arguments)) {
            return;
        }
        let pair = Pair { walk: self, id, class, schema, arguments: &code.arguments, direction };
        let mut found = pair.differences();
        if !is_named_after(&document.name, code) {
            // Two types that are equal but for their names are one type under another name.
            let other = self.classes.contains_key(class_name(&document.name));
            if other && !found.is_empty() {
                let says = format!("is `{}` in the code, `{}` in the document", class.name, document.name);
                self.found.push(Difference {
                    what: place.what,
                    subject: place.subject.to_owned(),
                    says,
                    code: Some((id, None)),
                    document: place.span,
                });
                return;
            }
        } else if !found.is_empty() && self.has_fitting_homonym(id, &pair) {
            found.clear();
        }
        self.found.extend(found);
        self.nested(class, schema, code, direction, place.depth);
    }

    /// Whether another class of the same name is what the document describes: which of them it names is not known.
    fn has_fitting_homonym(&self, id: EntityId, pair: &Pair<'_, 'c>) -> bool {
        let others = self.classes.get(&*pair.class.name).map_or(&[][..], Vec::as_slice);
        others.iter().filter(|other| **other != id).any(|other| {
            let class = self.context.graph.project().entity(*other);
            is_comparable(class, pair.schema)
                && Pair { walk: self, id: *other, class, ..*pair }.differences().is_empty()
        })
    }

    /// Goes on with the types of the fields that both have.
    fn nested(
        &mut self,
        class: &'c Entity,
        schema: &'c Entity,
        reference: &TypeRef,
        direction: Direction,
        depth: usize,
    ) {
        for field in &class.fields {
            let Some(other) = partner(class, field, schema, direction) else { continue };
            let shape = substitute(&field.ty.shape, type_parameters(class), &reference.arguments, 0);
            let subject = format!("{}.{}", class.name, field.name);
            let place = Place { what: What::Field, subject: &subject, span: Some(other.span), depth };
            self.shapes(&shape, &other.ty.shape, direction, &place);
        }
    }
}

/// Where two shapes stand.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) what: What,
    pub(super) subject: &'p str,
    pub(super) span: Option<alignment_model::Span>,
    pub(super) depth: usize,
}

/// A class and the schema that describes it.
#[derive(Clone, Copy)]
struct Pair<'w, 'c> {
    walk: &'w Walk<'c>,
    id: EntityId,
    class: &'c Entity,
    schema: &'c Entity,
    arguments: &'w [Shape],
    direction: Direction,
}

impl Pair<'_, '_> {
    fn differences(&self) -> Vec<Difference> {
        let mut found = Vec::new();
        let complete = self.class.completeness.is_complete()
            && self.class.fields.iter().all(|field| field.wire_name.is().is_some());
        for (at, field) in (0..).zip(&self.class.fields) {
            match partner(self.class, field, self.schema, self.direction) {
                Some(other) => found.extend(self.field(at, field, other)),
                None if is_documented(field) && field.wire_name.is().is_some() => {
                    found.push(self.difference(What::FieldLacks, field, Some(at), None, String::new()));
                }
                None => {}
            }
        }
        for other in self.schema.fields.iter().filter(|_| complete) {
            let known = |field: &Field| {
                names(self.class, field, self.direction).contains(&&*other.name) || *field.name == *other.name
            };
            if !self.class.fields.iter().any(known) {
                found.push(self.difference(What::FieldGone, other, None, Some(other), String::new()));
            }
        }
        found
    }

    fn difference(
        &self,
        what: What,
        field: &Field,
        at: Option<u32>,
        other: Option<&Field>,
        says: String,
    ) -> Difference {
        let subject = format!("{}.{}", self.class.name, field.name);
        let document = Some(other.map_or(self.schema.span, |other| other.span));
        Difference { what, subject, says, code: Some((self.id, at)), document }
    }

    /// What two fields of one key do not agree in: the first thing.
    fn field(&self, at: u32, field: &Field, other: &Field) -> Option<Difference> {
        if self.direction != Direction::Write && field.sent.is_some() {
            return None;
        }
        let shape = substitute(&field.ty.shape, type_parameters(self.class), self.arguments, 0);
        let says = self
            .kinds(&shape, &other.ty.shape)
            .or_else(|| self.values(&shape, &other.ty.shape))
            .or_else(|| self.null(field, other))
            .or_else(|| self.required(field, other))?;
        Some(self.difference(What::Field, field, Some(at), Some(other), says))
    }

    fn kinds(&self, code: &Shape, document: &Shape) -> Option<String> {
        let (mut code, mut document) = (without_null(&self.walk.peeled(code)), without_null(document));
        for depth in 0..MAX_DEPTH {
            let (own, other) =
                (kinds(self.walk.context.graph, &code, 0)?, self.walk.documented_kinds(&document)?);
            if differ(&own, &other) {
                let what = if depth == 0 { "is" } else { "has elements that are" };
                return Some(format!(
                    "{what} {} in the code, {} in the document",
                    words(&own),
                    words(&other)
                ));
            }
            (code, document) = match (code, document) {
                (Shape::List(code), Shape::List(document)) => {
                    (self.walk.peeled(&code), without_null(&document))
                }
                _ => return None,
            };
        }
        None
    }

    fn values(&self, code: &Shape, document: &Shape) -> Option<String> {
        let own = values(code)?;
        let Some(other) = values(document) else {
            let lacks = self.walk.document.by_fastapi && is_open_text(&without_null(document));
            return lacks.then(|| "is one of listed values in the code, any text in the document".to_owned());
        };
        let (lacks, gone) = (beyond(own, other), beyond(other, own));
        let told = |values: &[String]| listed(values.iter().map(String::as_str));
        match (lacks.is_empty(), gone.is_empty()) {
            (true, true) => None,
            (false, true) => Some(format!("may also be {} in the code", told(&lacks))),
            (true, false) => Some(format!("is never {} in the code", told(&gone))),
            (false, false) => {
                Some(format!("may also be {} in the code, and is never {}", told(&lacks), told(&gone)))
            }
        }
    }

    /// Null. Pydantic 1 does not write it into its schemas, and only FastAPI's documents of version 3.1 are made with Pydantic 2 (FastAPI 0.99).
    fn null(&self, field: &Field, other: &Field) -> Option<String> {
        if self.follows_no_rule()
            || !self.is_of_pydantic_2()
            || matches!(field.ty.shape, Shape::Any | Shape::Json | Shape::Null)
        {
            return None;
        }
        match field.nullable.zip(&other.nullable)? {
            (true, false) if self.walk.is_by_pydantic_1() => None,
            (true, false) => Some("may be null in the code, never in the document".to_owned()),
            (false, true) => Some("is never null in the code, may be in the document".to_owned()),
            _ => None,
        }
    }

    /// Whether it must be there. A field with a default is always in an answer, and documents may say so.
    fn required(&self, field: &Field, other: &Field) -> Option<String> {
        let says_both = field.nullable == Known::Is(false) || self.is_of_pydantic_2();
        if self.follows_no_rule() || !says_both || field.kind == FieldKind::Computed {
            return None;
        }
        let (own, said) = field.presence.zip(&other.presence)?;
        match (*own == Presence::Required, *said == Presence::Required) {
            (true, false) if self.leaves_open() => None,
            (true, false) => Some("is required in the code, not in the document".to_owned()),
            (false, true) if self.direction == Direction::Write => Some(LEFT_OUT.to_owned()),
            _ => None,
        }
    }

    /// Whether whoever wrote the schema does not tell what is required: people seldom do so of answers.
    fn leaves_open(&self) -> bool {
        let says = |field: &Field| field.presence == Known::Is(Presence::Required);
        !self.walk.document.by_fastapi
            && (self.direction != Direction::Write || !self.schema.fields.iter().any(says))
    }

    /// Whether what Pydantic says of a class does not tell what stands in the document of null and of what is required: code changes that,
    /// or the class was written from the document, where `T | None` with a default is all that Python has for "not required".
    fn follows_no_rule(&self) -> bool {
        let descriptions = &self.walk.context.graph.project().descriptions;
        !descriptions.changed.is_empty() || descriptions.written_from.contains_key(&self.class.span.file)
    }

    fn is_of_pydantic_2(&self) -> bool {
        detail(self.class).is_some_and(|detail| detail.pydantic == Some(2))
    }
}

impl Walk<'_> {
    /// The kinds of a shape of the document: what it refers to are its own objects.
    fn documented_kinds(&self, shape: &Shape) -> Option<std::collections::BTreeSet<super::kinds::Kind>> {
        match shape {
            Shape::Ref(_) => Some(std::collections::BTreeSet::from([super::kinds::Kind::Object])),
            Shape::OneOf(members) => {
                let all: Option<Vec<_>> =
                    members.iter().map(|member| self.documented_kinds(member)).collect();
                Some(all?.into_iter().flatten().collect())
            }
            other => kinds(self.context.graph, other, 0),
        }
    }
}

fn without_null(shape: &Shape) -> Shape {
    shape.clone().split_null().0
}

fn detail(entity: &Entity) -> Option<&SchemaDetail> {
    match &entity.detail {
        Detail::Schema(detail) => Some(detail),
        _ => None,
    }
}

/// Whether an entity is an object with fields of its own.
pub(super) fn is_object(entity: &Entity) -> bool {
    let kind = matches!(
        entity.kind,
        EntityKind::Schema | EntityKind::TableSchema | EntityKind::Dataclass | EntityKind::TypedDict
    );
    kind && detail(entity).is_some_and(|detail| detail.root.is_none())
}

/// Whether what a class declares decides what its JSON schema says.
fn is_comparable(class: &Entity, schema: &Entity) -> bool {
    let plain = |detail: &SchemaDetail| !detail.code_decides && !detail.configuration_unread;
    is_object(class)
        && detail(class).is_some_and(plain)
        && schema.completeness.is_complete()
        && detail(schema).is_some_and(|detail| detail.root.is_none())
}

/// Whether a field has to be in a document: computed fields are in schemas of answers alone, and what is never sent may be in none, and
/// some are left out on purpose.
pub(crate) fn is_documented(field: &Field) -> bool {
    field.kind == FieldKind::Field && !field.excluded && !field.undescribed
}

/// The keys of a field in one direction.
fn names<'f>(class: &Entity, field: &'f Field, direction: Direction) -> Vec<&'f str> {
    let wire = field.wire_name.is().map(|name| &**name);
    match direction {
        Direction::Write => request_keys(class, field).into_iter().chain(wire).collect(),
        _ => wire.into_iter().collect(),
    }
}

/// The field of a schema that describes a field of a class.
fn partner<'s>(class: &Entity, field: &Field, schema: &'s Entity, direction: Direction) -> Option<&'s Field> {
    names(class, field, direction).into_iter().find_map(|name| schema.field(name))
}

/// The class that a schema is named after (FastAPI, "Separate OpenAPI Schemas for Input and Output"; Pydantic 2, `DefsRef`).
fn class_name(schema: &str) -> &str {
    let name = schema.strip_suffix("-Input").or_else(|| schema.strip_suffix("-Output")).unwrap_or(schema);
    name.rsplit("__").next().unwrap_or(name)
}

/// Whether a schema has the name that is made of a class: its own, behind its module, or before its arguments.
fn is_named_after(schema: &str, class: &TypeRef) -> bool {
    let name = class_name(schema);
    name == &*class.name || schema.contains(&*class.name) && !class.arguments.is_empty()
}
