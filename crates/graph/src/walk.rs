//! The ways through the graph from one place: towards storage, what it rests on; towards the screen, what rests on it.

use std::collections::{BTreeMap, VecDeque};

use alignment_model::entity::EntityId;
use alignment_model::{Confidence, Direction, Layer};

use crate::ContractGraph;
use crate::link::{Evidence, LinkKind};
use crate::meaning::Place;

/// Which way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Towards storage.
    Down,
    /// Towards the screen.
    Up,
}

/// How much of what carries a schema is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carriers {
    /// The operations that name it; of a schema that is only ever part of another, one for each direction.
    Own,
    /// Every operation that it is part of an answer or body of.
    All,
}

/// A place that was reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    /// As sure as the weakest link on the surest way to it.
    pub(crate) confidence: Confidence,
    /// Links on the shortest way to it.
    pub(crate) distance: usize,
}

/// One link, or pair of fields, that was passed.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) lower: Place,
    pub(crate) upper: Place,
    pub(crate) evidence: Evidence,
}

/// What was reached from a place, itself included, and how.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) places: BTreeMap<Place, Reached>,
    pub(crate) steps: Vec<Step>,
}

impl Walk {
    /// Everything in one direction. Every step leads to another layer, so the way has an end whatever the declarations contain.
    pub(crate) fn new(graph: &ContractGraph, start: Place, way: Way, carriers: Carriers) -> Self {
        let mut walk = Self::default();
        walk.places.insert(start, Reached { confidence: Confidence::Declared, distance: 0 });
        let mut open = VecDeque::from([start]);
        while let Some(place) = open.pop_front() {
            let Some(own) = walk.places.get(&place).copied() else { continue };
            for (other, evidence) in next(graph, place, way, carriers, place == start) {
                let confidence = own.confidence.min(evidence.confidence);
                let (lower, upper) = if way == Way::Down { (other, place) } else { (place, other) };
                walk.pass(Step { lower, upper, evidence });
                let known = walk.places.get(&other);
                if known.is_none_or(|known| known.confidence < confidence) {
                    let distance = known.map_or(own.distance + 1, |known| known.distance);
                    walk.places.insert(other, Reached { confidence, distance });
                    open.push_back(other);
                }
            }
        }
        walk
    }

    /// The chain through a place, in both directions.
    pub(crate) fn both(graph: &ContractGraph, start: Place, carriers: Carriers) -> Self {
        let mut walk = Self::new(graph, start, Way::Down, carriers);
        let up = Self::new(graph, start, Way::Up, carriers);
        walk.places.extend(up.places);
        for step in up.steps {
            walk.pass(step);
        }
        walk
    }

    /// Where the value comes from on its way from storage to a place, and why.
    pub(crate) fn into(&self, place: Place) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(move |step| step.upper == place)
    }

    fn pass(&mut self, step: Step) {
        let is_known = |known: &Step| {
            known.lower == step.lower && known.upper == step.upper && known.evidence == step.evidence
        };
        if !self.steps.iter().any(is_known) {
            self.steps.push(step);
        }
    }
}

/// The places one link away, with the reason.
fn next(
    graph: &ContractGraph,
    place: Place,
    way: Way,
    carriers: Carriers,
    is_start: bool,
) -> Vec<(Place, Evidence)> {
    let layer = graph.project().entity(place.entity).layer();
    // What carries a value is no part of its contract: from an operation that was met on the way, other bodies would follow.
    if layer == Layer::Route && !is_start {
        return Vec::new();
    }
    let mut out = match place.field_id().filter(|_| layer != Layer::Route) {
        Some(id) => {
            let found = if way == Way::Down { graph.fields_below(id) } else { graph.fields_above(id) };
            let reason = |evidence: Option<&Evidence>, own: &Evidence| evidence.unwrap_or(own).clone();
            found.into_iter().map(|one| (one.field.into(), reason(one.evidence, one.link.reason()))).collect()
        }
        None => entities(graph, place.entity, way),
    };
    if layer == Layer::Schema && way == Way::Up {
        out.extend(operations(graph, place.entity, carriers));
    }
    if layer == Layer::Client && way == Way::Down {
        let calls = graph.below(place.entity).into_iter().filter(|link| link.kind == LinkKind::Calls);
        out.extend(calls.map(|link| (Place::whole(link.lower), link.reason().clone())));
    }
    out
}

/// The entities one link away, without the operations between a schema and a client type.
fn entities(graph: &ContractGraph, entity: EntityId, way: Way) -> Vec<(Place, Evidence)> {
    let is_route = graph.project().entity(entity).layer() == Layer::Route;
    let links = if way == Way::Down { graph.below(entity) } else { graph.above(entity) };
    let wanted = links
        .into_iter()
        .filter(|link| is_route || !matches!(link.kind, LinkKind::Carries | LinkKind::Calls));
    let other = |link: &crate::Link| if way == Way::Down { link.lower } else { link.upper };
    wanted.map(|link| (Place::whole(other(link)), link.reason().clone())).collect()
}

/// The operations that carry a schema, with the reason.
fn operations(graph: &ContractGraph, schema: EntityId, carriers: Carriers) -> Vec<(Place, Evidence)> {
    let mut out = Vec::new();
    for direction in [Direction::Read, Direction::Write] {
        let all = graph.operations_reaching(schema, direction);
        let own = |operation: &&EntityId| graph.carries(**operation, schema, direction);
        let chosen: Vec<EntityId> = match carriers {
            Carriers::All => all.to_vec(),
            Carriers::Own if all.iter().any(|operation| own(&operation)) => {
                all.iter().filter(own).copied().collect()
            }
            Carriers::Own => all.first().copied().into_iter().collect(),
        };
        for operation in chosen {
            let evidence = graph.carrying(operation, schema, direction);
            out.extend(evidence.map(|evidence| (Place::whole(operation), evidence)));
        }
    }
    out
}
