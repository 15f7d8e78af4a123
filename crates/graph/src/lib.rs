//! Entities -> one contract graph: links between the layers, each with its evidence; trace and coverage questions.
//!
//! | module | links |
//! |---|---|
//! | `maps` | table and model, column and attribute |
//! | `fills` | model and schema, by declaration, conversion, class and (`names`) name with common fields |
//! | `reach` | schema and operation; which schemas the API reaches, and in which direction |
//! | `calls` | call of the client and operation, by method and path (`paths`) |
//! | `delivers` | schema and client type, by walking both shapes of a call together (`pairing`, `keys`) |
//! | `named` | schema and client type, by generated name, or guessed |
//!
//! Questions start at a name (`meaning`) and follow links (`walk`): `trace`, `impact` and `diagram`.
//!
//! Deliberately absent: judgement. A link says that two ends are the same thing, never that they agree. Nothing is linked
//! by an overlap of values or by an equal field name alone. petgraph stays private to this crate.

mod calls;
mod contract;
mod coverage;
mod delivers;
mod diagram;
mod fills;
mod impact;
mod index;
mod keys;
mod link;
mod map;
mod mappings;
mod maps;
mod meaning;
mod named;
mod names;
mod pairing;
mod paths;
mod reach;
mod roles;
mod server;
mod trace;
mod walk;

use std::collections::HashMap;

use alignment_model::analysis::{CallCoverage, EdgeCoverage};
use alignment_model::contract_map::ContractMap;
use alignment_model::diagram::Diagram;
use alignment_model::entity::{Entity, EntityId, Field, FieldId};
use alignment_model::project::Project;
use alignment_model::shape::DeclarationKey;
use alignment_model::{Direction, Layer, Problem};
use petgraph::Direction::{Incoming, Outgoing};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

pub use calls::CallOutcome;
pub use contract::{contract, type_of};
pub use impact::{CallSite, Impact, Naming, StatementSite};
pub use index::{references, substitute, type_parameters};
pub use keys::arriving;
pub use link::{Evidence, Flow, Link, LinkId, LinkKind, Pair, Passage};
pub use mappings::{DeclaredLink, Mappings};
pub use meaning::{Answer, Candidate, Place};
pub use named::{is_fastapis_own, is_generated, wraps_request};
pub use pairing::request_keys;
pub use reach::Reach;
pub use roles::{direction as direction_of_name, is_wrapper};
pub use server::handles;
pub use trace::{Gap, Hop, Trace};

use index::Index;
use reach::Reaching;

/// The contract graph.
#[derive(Debug)]
pub struct ContractGraph {
    project: Project,
    links: Vec<Link>,
    reach: Vec<Reach>,
    reaching: Reaching,
    calls: Vec<CallOutcome>,
    generated: Vec<(EntityId, EntityId)>,
    by_declaration: HashMap<DeclarationKey, Vec<EntityId>>,
    nodes: Nodes,
}

/// Entities and fields as nodes: the entities by position, then the fields of each. An edge goes from storage to screen.
#[derive(Debug, Default)]
struct Nodes {
    inner: DiGraph<(), Edge, u32>,
    /// Node of the first field of each entity.
    first_field: Vec<u32>,
    /// The field of each field node, by the node's position after the entities.
    fields: Vec<FieldId>,
}

/// One edge: a link of two entities, or a pair of fields of it.
#[derive(Clone, Copy, Debug)]
struct Edge {
    link: LinkId,
    pair: Option<u32>,
}

/// A field at the other end of a link.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour<'a> {
    /// The field.
    pub field: FieldId,
    /// The link of the two entities.
    pub link: &'a Link,
    /// Why the two fields are the same, where it is not simply the name.
    pub evidence: Option<&'a Evidence>,
}

impl ContractGraph {
    /// Links the entities of a project. Declared links that match nothing are problems.
    pub fn build(project: Project, mappings: &Mappings) -> (Self, Vec<Problem>) {
        let index = Index::new(&project);
        let (declared, problems) = mappings::resolve(&project, mappings);
        let (reach, carries) = reach::reach(&index);
        let reaching = Reaching::new(&index);
        let calls = calls::outcomes(&project);
        let by_call = delivers::links(&index, &reaching, &calls);
        let named = named::links(&index, &declared, &reach, &by_call);
        let generated = named::generated(&index, &reach);
        let mut links = maps::links(&index, &declared);
        links.extend(fills::links(&index, &declared, &reach));
        links.extend(carries);
        links.extend(by_call);
        links.extend(named);
        links.sort_by_key(|link| (link.kind, link.lower, link.upper, link.flow.direction() as u8));
        let mut by_declaration: HashMap<DeclarationKey, Vec<EntityId>> = HashMap::new();
        for (id, entity) in project.iter() {
            if let Some(key) = &entity.declaration {
                by_declaration.entry(key.clone()).or_default().push(id);
            }
        }
        let nodes = Nodes::new(&project, &links);
        (Self { project, links, reach, reaching, calls, generated, by_declaration, nodes }, problems)
    }

    /// What was linked.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The links over one border, in order of their ends.
    pub fn links(&self, kind: LinkKind) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.kind == kind)
    }

    /// The links of an entity towards storage.
    pub fn below(&self, entity: EntityId) -> Vec<&Link> {
        self.nodes.links(entity, Incoming).into_iter().filter_map(|id| self.links.get(id.index())).collect()
    }

    /// The links of an entity towards the screen.
    pub fn above(&self, entity: EntityId) -> Vec<&Link> {
        self.nodes.links(entity, Outgoing).into_iter().filter_map(|id| self.links.get(id.index())).collect()
    }

    /// What a field is in the layers next to its own, nearest to storage first.
    pub fn neighbours(&self, field: FieldId) -> Vec<Neighbour<'_>> {
        let mut found = self.fields_below(field);
        found.extend(self.fields_above(field));
        found
    }

    /// Whether operations answer with a schema, and no application mounts any of them: no request gets to what makes it.
    pub fn is_unmounted(&self, schema: EntityId) -> bool {
        self.reaching.is_unmounted(schema)
    }

    /// The same field one layer nearer to storage.
    pub fn fields_below(&self, field: FieldId) -> Vec<Neighbour<'_>> {
        self.partners(field, Incoming)
    }

    /// The same field one layer nearer to the screen.
    pub fn fields_above(&self, field: FieldId) -> Vec<Neighbour<'_>> {
        self.partners(field, Outgoing)
    }

    fn partners(&self, field: FieldId, direction: petgraph::Direction) -> Vec<Neighbour<'_>> {
        let found = self.nodes.pairs(field, direction).into_iter();
        found
            .filter_map(|(other, edge)| {
                let link = self.links.get(edge.link.index())?;
                let pair = link.pairs.get(edge.pair? as usize)?;
                Some(Neighbour { field: other, link, evidence: pair.evidence.as_ref() })
            })
            .collect()
    }

    /// The field with this id.
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.project.entities.get(id.entity.index())?.fields.get(id.field as usize)
    }

    /// The entities made from a declaration.
    pub fn declared_by(&self, key: &DeclarationKey) -> impl Iterator<Item = (EntityId, &Entity)> {
        let found = self.by_declaration.get(key).map_or(&[][..], Vec::as_slice);
        found.iter().map(|id| (*id, self.project.entity(*id)))
    }

    /// Which operations reach a schema.
    pub fn reach(&self, schema: EntityId) -> Reach {
        self.reach.get(schema.index()).copied().unwrap_or_default()
    }

    /// Every operation whose answer ([`Direction::Read`]) or body ([`Direction::Write`]) contains a schema, in order.
    pub fn operations_reaching(&self, schema: EntityId, direction: Direction) -> &[EntityId] {
        self.reaching.operations(schema, direction)
    }

    /// The operation that a call (by its position) reaches, with the reason; several only where one path is served twice.
    pub fn operations_of_call(&self, call: usize) -> impl Iterator<Item = (EntityId, &Evidence)> {
        let found = self.calls.get(call).map_or(&[][..], |outcome| &outcome.matches);
        found.iter().map(|one| (one.operation, &one.evidence))
    }

    /// What became of a call, by its position.
    pub fn call_outcome(&self, call: usize) -> Option<&CallOutcome> {
        self.calls.get(call)
    }

    /// One field (or entity) through every layer: `User.email`, `users.email`, `User`.
    pub fn trace(&self, name: &str) -> Trace {
        trace::trace(self, name)
    }

    /// Entities beside a chain that lack its field: where the value goes no further, or comes from nowhere.
    pub fn gaps(&self, hops: &[Hop]) -> Vec<Gap> {
        trace::gaps(self, hops)
    }

    /// What depends on a field or entity, and what it rests on; by the same names as [`ContractGraph::trace`].
    pub fn impact(&self, name: &str) -> Answer<Impact> {
        impact::impact(self, name)
    }

    /// Every entity and link as a map that stands by itself; unmarked.
    pub fn map(&self) -> ContractMap {
        map::map(self)
    }

    /// The whole graph as a drawing.
    pub fn diagram(&self) -> Diagram {
        diagram::whole(self)
    }

    /// What a name rests on and what depends on it as a drawing, up to `depth` links away.
    pub fn neighbourhood(&self, name: &str, depth: Option<usize>) -> Answer<Diagram> {
        diagram::neighbourhood(self, name, depth)
    }

    /// Whether an operation names a schema as its answer or in a body, alone or in a list or union.
    pub(crate) fn carries(&self, operation: EntityId, schema: EntityId, direction: Direction) -> bool {
        let links = self.above(schema).into_iter();
        links.filter(|link| link.upper == operation).any(|link| link.carries(direction))
    }

    /// Why an operation carries a schema in a direction: it names the schema, or something that contains it.
    pub fn carrying(&self, operation: EntityId, schema: EntityId, direction: Direction) -> Option<Evidence> {
        reach::carrying(self, operation, schema, direction)
    }

    /// What was linked and compared per border.
    pub fn edge_coverage(&self) -> Vec<EdgeCoverage> {
        coverage::edges(&self.project, &self.links)
    }

    /// Generated client types with the schema that each was generated from, by its name: schema and type. Nothing says that they agree.
    pub fn generated(&self) -> &[(EntityId, EntityId)] {
        &self.generated
    }

    /// Calls found and matched.
    pub fn call_coverage(&self) -> CallCoverage {
        let matched: Vec<bool> = self.calls.iter().map(|outcome| !outcome.matches.is_empty()).collect();
        coverage::calls(&self.project, &matched)
    }

    /// The layers that have entities.
    pub fn has_layer(&self, layer: Layer) -> bool {
        self.project.layer(layer).next().is_some()
    }
}

impl Nodes {
    fn new(project: &Project, links: &[Link]) -> Self {
        let mut nodes = Self::default();
        for _ in &project.entities {
            nodes.inner.add_node(());
        }
        for (id, entity) in project.iter() {
            nodes.first_field.push(u32::try_from(nodes.inner.node_count()).unwrap_or(u32::MAX));
            for field in (0..).take(entity.fields.len()) {
                nodes.inner.add_node(());
                nodes.fields.push(FieldId { entity: id, field });
            }
        }
        for (position, link) in links.iter().enumerate() {
            let id = LinkId::new(position);
            nodes.inner.add_edge(node(link.lower), node(link.upper), Edge { link: id, pair: None });
            for (at, pair) in (0..).zip(&link.pairs) {
                let ends = (nodes.field(link.lower_field(pair)), nodes.field(link.upper_field(pair)));
                if let (Some(lower), Some(upper)) = ends {
                    nodes.inner.add_edge(lower, upper, Edge { link: id, pair: Some(at) });
                }
            }
        }
        nodes
    }

    fn field(&self, id: FieldId) -> Option<NodeIndex<u32>> {
        Some(NodeIndex::from(self.first_field.get(id.entity.index())? + id.field))
    }

    /// Links of an entity in order; petgraph gives the newest edge first.
    fn links(&self, entity: EntityId, direction: petgraph::Direction) -> Vec<LinkId> {
        let mut found: Vec<LinkId> =
            self.inner.edges_directed(node(entity), direction).map(|edge| edge.weight().link).collect();
        found.sort_unstable();
        found
    }

    fn pairs(&self, field: FieldId, direction: petgraph::Direction) -> Vec<(FieldId, Edge)> {
        let Some(at) = self.field(field) else { return Vec::new() };
        let mut found: Vec<(FieldId, Edge)> = self
            .inner
            .edges_directed(at, direction)
            .filter_map(|edge| {
                let other = if direction == Incoming { edge.source() } else { edge.target() };
                let position = other.index().checked_sub(self.first_field.len())?;
                Some((*self.fields.get(position)?, *edge.weight()))
            })
            .collect();
        found.sort_by_key(|(other, edge)| (*other, edge.link));
        found
    }
}

fn node(entity: EntityId) -> NodeIndex<u32> {
    NodeIndex::new(entity.index())
}
