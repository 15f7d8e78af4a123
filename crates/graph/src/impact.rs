//! What depends on a field or entity, what it rests on, and the calls of the client that pass it.

use std::collections::BTreeSet;

use alignment_model::entity::EntityId;
use alignment_model::{Confidence, Layer};

use crate::ContractGraph;
use crate::link::{Evidence, LinkKind};
use crate::meaning::{Answer, Place};
use crate::trace::{Hop, hops, resolve};
use crate::walk::{Carriers, Walk, Way};

/// What a change of one field or entity touches.
#[derive(Clone, Debug)]
pub struct Impact {
    /// What was asked for.
    pub subject: Hop,
    /// What depends on it, from storage to screen.
    pub dependents: Vec<Hop>,
    /// What it rests on, from storage to screen.
    pub foundations: Vec<Hop>,
    /// Calls of the client that pass it, in order of place.
    pub calls: Vec<CallSite>,
}

/// A call of the client.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// The call, by its position in [`Project::calls`](alignment_model::project::Project::calls).
    pub call: usize,
    /// The operation that it reaches.
    pub operation: EntityId,
    /// Why it reaches it, with the place of the call.
    pub evidence: Evidence,
    /// As sure as the weakest link between the call and what was asked for.
    pub confidence: Confidence,
}

pub(crate) fn impact(graph: &ContractGraph, name: &str) -> Answer<Impact> {
    resolve(graph, name).map(|place| of(graph, place))
}

fn of(graph: &ContractGraph, subject: Place) -> Impact {
    let up = Walk::new(graph, subject, Way::Up, Carriers::All);
    let down = Walk::new(graph, subject, Way::Down, Carriers::All);
    let is_other = |hop: &Hop| hop.place != subject;
    let mut dependents = hops(graph, &up);
    dependents.retain(is_other);
    let (foundations, own): (Vec<Hop>, Vec<Hop>) = hops(graph, &down).into_iter().partition(is_other);
    let calls = calls(graph, subject, &dependents);
    let subject = own.into_iter().next().expect("a walk holds its start");
    Impact { subject, dependents, foundations, calls }
}

/// The calls of the operations that carry it; for a client type, those that name it or what contains it.
fn calls(graph: &ContractGraph, subject: Place, dependents: &[Hop]) -> Vec<CallSite> {
    let layer = graph.project().entity(subject.entity).layer();
    let mut carrying: Vec<(EntityId, Confidence)> = dependents
        .iter()
        .filter(|hop| hop.layer == Layer::Route)
        .map(|hop| (hop.place.entity, hop.confidence))
        .collect();
    if layer == Layer::Route {
        carrying.push((subject.entity, Confidence::Declared));
    }
    let named = (layer == Layer::Client).then(|| naming(graph, subject.entity));
    let mut sites = Vec::new();
    for call in 0..graph.project().calls.len() {
        for (operation, evidence) in graph.operations_of_call(call) {
            let carried = carrying.iter().find(|(other, _)| *other == operation).map(|(_, sure)| *sure);
            let is_named = named.as_ref().is_some_and(|named| named.contains(&(operation, call)));
            if let Some(sure) = carried.or(is_named.then_some(Confidence::Declared)) {
                let confidence = sure.min(evidence.confidence);
                sites.push(CallSite { call, operation, evidence: evidence.clone(), confidence });
            }
        }
    }
    sites.sort_by_key(|site| (site.evidence.span, site.operation));
    sites
}

/// The calls that name a client type, with the operation that each reaches.
fn naming(graph: &ContractGraph, client: EntityId) -> BTreeSet<(EntityId, usize)> {
    let mut named = BTreeSet::new();
    for link in graph.below(client) {
        let passages = link.passages.iter();
        named.extend(passages.map(|passage| (passage.operation, passage.call as usize)));
        if link.kind == LinkKind::Calls {
            let calls = graph.project().calls.iter().enumerate();
            let at = |span| link.evidence.iter().any(|evidence| evidence.span == span);
            let own = calls.filter(|(_, call)| at(call.span) || call.response_span.is_some_and(at));
            named.extend(own.map(|(position, _)| (link.lower, position)));
        }
    }
    named
}
