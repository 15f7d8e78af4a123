//! Which schemas the API's operations reach, and in which direction: an answer is read, a body is written.
//!
//! Reaching goes through lists, unions, generics and nested schemas. A schema that no operation reaches may be anything.

use std::collections::{HashMap, HashSet, VecDeque};

use alignment_model::entity::{Detail, Entity, EntityId, FieldKind};
use alignment_model::project::Project;
use alignment_model::shape::{Shape, TypeRef};
use alignment_model::{Confidence, Direction};

use crate::ContractGraph;
use crate::index::{Index, references};
use crate::link::{Evidence, Link, LinkKind};

/// The operations that reach a schema: one for each direction, the first in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// An operation whose answer contains it.
    pub read: Option<EntityId>,
    /// An operation whose body contains it.
    pub write: Option<EntityId>,
}

impl Reach {
    /// Whether any operation reaches it.
    pub fn is_reached(&self) -> bool {
        self.read.is_some() || self.write.is_some()
    }
}

/// Every operation that reaches a schema, by direction, in order: the whole of what [`Reach`] names the first of.
#[derive(Debug, Default)]
pub(crate) struct Reaching {
    answering: HashMap<EntityId, Vec<EntityId>>,
    taking: HashMap<EntityId, Vec<EntityId>>,
    /// What the answers of operations reach that no application mounts.
    unmounted: HashSet<EntityId>,
}

impl Reaching {
    /// Follows what each operation names, on its own.
    pub(crate) fn new(index: &Index<'_>) -> Self {
        let mut reaching = Self::default();
        for (operation, entity) in index.project.operations() {
            if index.project.is_test(entity.span.file) {
                continue;
            }
            if !is_served(index.project, entity) {
                let named = named_by(index, entity).into_iter();
                let answers = named.filter(|(_, direction, _)| *direction == Direction::Read);
                let mut answers = answers.map(|(schema, ..)| (schema, operation)).collect();
                spread(index, &mut answers, |schema, _| reaching.unmounted.insert(schema));
                continue;
            }
            let (mut answers, mut bodies) = (VecDeque::new(), VecDeque::new());
            for (schema, direction, _) in named_by(index, entity) {
                let queue = if direction == Direction::Write { &mut bodies } else { &mut answers };
                queue.push_back((schema, operation));
            }
            for (mut queue, found) in [(answers, &mut reaching.answering), (bodies, &mut reaching.taking)] {
                spread(index, &mut queue, |schema, operation| {
                    let known = found.entry(schema).or_default();
                    let first = known.last() != Some(&operation);
                    if first {
                        known.push(operation);
                    }
                    first
                });
            }
        }
        reaching
    }

    /// Whether only answers of operations that no application mounts reach a schema.
    pub(crate) fn is_unmounted(&self, schema: EntityId) -> bool {
        self.unmounted.contains(&schema) && !self.answering.contains_key(&schema)
    }

    /// The operations that reach a schema in one direction.
    pub(crate) fn operations(&self, schema: EntityId, direction: Direction) -> &[EntityId] {
        let found = if direction == Direction::Write { &self.taking } else { &self.answering };
        found.get(&schema).map_or(&[], Vec::as_slice)
    }
}

/// What the operations reach: for every entity, and the links from operations to the schemas they name.
pub(crate) fn reach(index: &Index<'_>) -> (Vec<Reach>, Vec<Link>) {
    let mut reach = vec![Reach::default(); index.project.entities.len()];
    let mut links = Vec::new();
    let (mut answers, mut bodies) = (VecDeque::new(), VecDeque::new());
    for (operation, entity) in index.project.operations() {
        if !is_served(index.project, entity) {
            continue;
        }
        for (schema, direction, evidence) in named_by(index, entity) {
            match direction {
                Direction::Write => bodies.push_back((schema, operation)),
                _ => answers.push_back((schema, operation)),
            }
            add(&mut links, schema, operation, direction, evidence);
        }
    }
    spread(index, &mut answers, |id, operation| visit(&mut reach[id.index()].read, operation));
    spread(index, &mut bodies, |id, operation| visit(&mut reach[id.index()].write, operation));
    (reach, links)
}

/// See [`ContractGraph::carrying`].
pub(crate) fn carrying(
    graph: &ContractGraph,
    operation: EntityId,
    schema: EntityId,
    direction: Direction,
) -> Option<Evidence> {
    let carried: Vec<&Link> =
        graph.below(operation).into_iter().filter(|link| link.carries(direction)).collect();
    let phrase = format!(" {} ", verb(direction));
    let reason = |link: &Link| {
        let told = link.evidence.iter().find(|evidence| evidence.reason.contains(&phrase));
        told.unwrap_or_else(|| link.reason()).clone()
    };
    if let Some(own) = carried.iter().find(|link| link.lower == schema) {
        return Some(reason(own));
    }
    let around = reason(carried.first()?);
    let name = &graph.project().entity(schema).name;
    Some(Evidence { reason: format!("{}, which contains `{name}`", around.reason), ..around })
}

/// What an operation does with a body that travels this way.
fn verb(direction: Direction) -> &'static str {
    if direction == Direction::Write { "takes" } else { "answers with" }
}

/// Whether an application can serve an operation: a router that nobody mounts serves nothing, nor does one of the tests.
pub(crate) fn is_served(project: &Project, operation: &Entity) -> bool {
    !project.is_test(operation.span.file)
        && operation.operation().is_some_and(|detail| !detail.mounted.is_no())
}

/// The direction in which a field of an operation travels, if it carries a body.
pub(crate) fn body_direction(kind: FieldKind) -> Option<Direction> {
    match kind {
        FieldKind::Response => Some(Direction::Read),
        FieldKind::Body | FieldKind::Form => Some(Direction::Write),
        _ => None,
    }
}

/// The schemas that an operation's answer and bodies name.
fn named_by(index: &Index<'_>, operation: &Entity) -> Vec<(EntityId, Direction, Evidence)> {
    let mut out = Vec::new();
    for field in &operation.fields {
        let Some(direction) = body_direction(field.kind) else { continue };
        let mut found = Vec::new();
        references(&field.ty.shape, &mut found);
        for schema in found.into_iter().filter_map(|reference| index.schema(reference)) {
            let name = &index.project.entity(schema).name;
            let reason = format!("`{}` {} `{name}`", operation.name, verb(direction));
            out.push((schema, direction, Evidence::new(Confidence::Resolved, field.span, reason)));
        }
    }
    out
}

/// Adds a link, or a way to the one that an operation already has with this schema; an operation's links are the last ones.
fn add(
    links: &mut Vec<Link>,
    schema: EntityId,
    operation: EntityId,
    direction: Direction,
    evidence: Evidence,
) {
    let known =
        links.iter_mut().rev().take_while(|link| link.upper == operation).find(|link| link.lower == schema);
    let link = match known {
        Some(link) => {
            link.support(evidence);
            link
        }
        None => {
            links.push(Link::new(LinkKind::Carries, schema, operation, evidence));
            links.last_mut().expect("a link was just added")
        }
    };
    link.flow.show(direction);
}

/// Follows references breadth first; every schema is visited once, and belongs to the operation that reached it first.
fn spread(
    index: &Index<'_>,
    queue: &mut VecDeque<(EntityId, EntityId)>,
    mut visit: impl FnMut(EntityId, EntityId) -> bool,
) {
    while let Some((schema, operation)) = queue.pop_front() {
        if !visit(schema, operation) {
            continue;
        }
        let entity = index.project.entity(schema);
        let mut found: Vec<&TypeRef> = Vec::new();
        for field in &entity.fields {
            references(&field.ty.shape, &mut found);
        }
        if let Some(root) = root(entity) {
            references(root, &mut found);
        }
        queue.extend(
            found.into_iter().filter_map(|reference| index.schema(reference)).map(|next| (next, operation)),
        );
    }
}

/// The single type of a root model.
pub(crate) fn root(entity: &Entity) -> Option<&Shape> {
    match &entity.detail {
        Detail::Schema(schema) => schema.root.as_ref(),
        _ => None,
    }
}

fn visit(slot: &mut Option<EntityId>, operation: EntityId) -> bool {
    let first = slot.is_none();
    slot.get_or_insert(operation);
    first
}
