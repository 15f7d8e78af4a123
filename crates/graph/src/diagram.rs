//! The contract graph, or the neighbourhood of a name, as a drawing.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::diagram::{Diagram, Edge, FieldNode, Node, PairEdge};
use alignment_model::entity::EntityId;

use crate::ContractGraph;
use crate::contract::contract;
use crate::link::{Evidence, Link};
use crate::map;
use crate::meaning::{Answer, Place};
use crate::trace::resolve;
use crate::walk::{Carriers, Walk};

/// Every entity that is listed, and every link.
pub(crate) fn whole(graph: &ContractGraph) -> Diagram {
    let map = map::map(graph);
    map.diagram(&(0..map.entities.len()).collect(), |_| true)
}

/// What a name rests on and what depends on it, up to a number of links away.
pub(crate) fn neighbourhood(graph: &ContractGraph, name: &str, depth: Option<usize>) -> Answer<Diagram> {
    resolve(graph, name).map(|place| {
        let walk = Walk::both(graph, place, Carriers::All);
        let is_near = |place: &Place| {
            walk.places.get(place).is_some_and(|reached| depth.is_none_or(|depth| reached.distance <= depth))
        };
        let mut near: BTreeMap<EntityId, (BTreeSet<u32>, usize)> = BTreeMap::new();
        for (place, reached) in walk.places.iter().filter(|(place, _)| is_near(place)) {
            let (fields, distance) = near.entry(place.entity).or_insert((BTreeSet::new(), reached.distance));
            fields.extend(place.field);
            *distance = (*distance).min(reached.distance);
        }
        let mut drawing = Drawing::new(graph);
        for (id, (fields, distance)) in &near {
            let all = (0..).take(graph.project().entity(*id).fields.len());
            match place.field {
                Some(_) => drawing.add(*id, fields.iter().copied(), *distance),
                None => drawing.add(*id, all, *distance),
            }
        }
        if place.field.is_none() {
            graph.links.iter().for_each(|link| drawing.link(link));
        }
        for step in walk.steps.iter().filter(|step| is_near(&step.lower) && is_near(&step.upper)) {
            drawing.step(step.lower, step.upper, &step.evidence);
        }
        let far: BTreeSet<EntityId> = walk.places.keys().map(|place| place.entity).collect();
        drawing.finish(Some(name.to_owned()), far.len() - near.len())
    })
}

/// A diagram in the making.
struct Drawing<'g> {
    graph: &'g ContractGraph,
    nodes: Vec<Node>,
    /// Position of each entity among the nodes, and of its fields among the drawn ones.
    at: BTreeMap<EntityId, (usize, BTreeMap<u32, usize>)>,
    edges: BTreeMap<(usize, usize), Edge>,
}

impl<'g> Drawing<'g> {
    fn new(graph: &'g ContractGraph) -> Self {
        Self { graph, nodes: Vec::new(), at: BTreeMap::new(), edges: BTreeMap::new() }
    }

    fn add(&mut self, id: EntityId, fields: impl Iterator<Item = u32>, distance: usize) {
        let entity = self.graph.project().entity(id);
        let shown: Vec<u32> = fields.filter(|at| (*at as usize) < entity.fields.len()).collect();
        let field = |at: &u32| {
            let field = &entity.fields[*at as usize];
            let contract = contract(entity.layer(), field);
            FieldNode { name: field.name.to_string(), contract, rules: BTreeSet::new() }
        };
        let positions = shown.iter().enumerate().map(|(position, at)| (*at, position)).collect();
        self.at.insert(id, (self.nodes.len(), positions));
        self.nodes.push(Node {
            layer: entity.layer(),
            name: entity.name.to_string(),
            qualname: entity.qualname.to_string(),
            span: entity.span,
            fields: shown.iter().map(field).collect(),
            distance,
            rules: BTreeSet::new(),
        });
    }

    /// A link with all its pairs.
    fn link(&mut self, link: &Link) {
        self.step(Place::whole(link.lower), Place::whole(link.upper), link.reason());
        for pair in &link.pairs {
            let (lower, upper) = (link.lower_field(pair), link.upper_field(pair));
            self.step(lower.into(), upper.into(), pair.evidence.as_ref().unwrap_or_else(|| link.reason()));
        }
    }

    /// One link or pair; several of the same two entities are one edge, with the surest reason.
    fn step(&mut self, lower: Place, upper: Place, evidence: &Evidence) {
        let (Some((below, lower_fields)), Some((above, upper_fields))) =
            (self.at.get(&lower.entity), self.at.get(&upper.entity))
        else {
            return;
        };
        let edge = self.edges.entry((*below, *above)).or_insert_with(|| Edge {
            lower: *below,
            upper: *above,
            reason: evidence.reason.clone(),
            span: evidence.span,
            confidence: evidence.confidence,
            pairs: Vec::new(),
            rules: BTreeSet::new(),
        });
        if evidence.confidence > edge.confidence {
            edge.reason.clone_from(&evidence.reason);
            (edge.span, edge.confidence) = (evidence.span, evidence.confidence);
        }
        let position = |fields: &BTreeMap<u32, usize>, place: Place| fields.get(&place.field?).copied();
        if let (Some(lower), Some(upper)) = (position(lower_fields, lower), position(upper_fields, upper)) {
            let pair = PairEdge { lower, upper, rules: BTreeSet::new() };
            if !edge.pairs.contains(&pair) {
                edge.pairs.push(pair);
            }
        }
    }

    fn finish(self, focus: Option<String>, beyond: usize) -> Diagram {
        Diagram { focus, nodes: self.nodes, edges: self.edges.into_values().collect(), beyond }
    }
}
