//! One field through every layer: what each layer promises, and why each hop is believed.

use alignment_model::{Confidence, Layer};

use crate::ContractGraph;
use crate::contract::contract;
use crate::link::Evidence;
use crate::meaning::{self, Answer, Place};
use crate::walk::{Carriers, Walk};

/// One field or entity: its hops, from storage to screen.
pub type Trace = Answer<Vec<Hop>>;

/// One place that a value passes.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Its layer.
    pub layer: Layer,
    /// The field or entity; always the entity for an operation that carries a value.
    pub place: Place,
    /// What it promises there, for people; empty for an entity.
    pub contract: String,
    /// Where the value comes from on its way from storage, and why: hops of the same answer.
    pub from: Vec<(Place, Evidence)>,
    /// As sure as the weakest link on the surest way between it and what was asked for.
    pub confidence: Confidence,
    /// Links between it and what was asked for.
    pub distance: usize,
}

pub(crate) fn trace(graph: &ContractGraph, name: &str) -> Trace {
    resolve(graph, name).map(|place| hops(graph, &Walk::both(graph, place, Carriers::Own)))
}

/// The place that a name means: names that meet on one chain mean the chain.
pub(crate) fn resolve(graph: &ContractGraph, name: &str) -> Answer<Place> {
    meaning::resolve(graph, name, |one, all| {
        let walk = Walk::both(graph, one, Carriers::Own);
        all.iter().all(|place| walk.places.contains_key(place))
    })
}

/// The places of a walk, from storage to screen.
pub(crate) fn hops(graph: &ContractGraph, walk: &Walk) -> Vec<Hop> {
    let mut out: Vec<Hop> = walk
        .places
        .iter()
        .map(|(place, reached)| {
            let layer = graph.project().entity(place.entity).layer();
            let declared = place.field_id().and_then(|id| graph.field(id));
            Hop {
                layer,
                place: *place,
                contract: declared.map(|field| contract(layer, field)).unwrap_or_default(),
                from: walk.into(*place).map(|step| (step.lower, step.evidence.clone())).collect(),
                confidence: reached.confidence,
                distance: reached.distance,
            }
        })
        .collect();
    out.sort_by_key(|hop| (hop.layer, hop.place));
    out
}
