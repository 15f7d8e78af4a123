//! One field through every layer: what each layer promises, and why each hop is believed.

use std::collections::BTreeSet;

use alignment_model::entity::EntityId;
use alignment_model::{Confidence, Layer};

use crate::ContractGraph;
use crate::contract::contract;
use crate::link::{Evidence, Link, LinkKind};
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

/// An entity that is linked to one of a chain and has no part in it: where the value goes no further, or comes from nowhere.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Its layer.
    pub layer: Layer,
    /// The entity without the field.
    pub entity: EntityId,
    /// The hop that it is linked to.
    pub beside: Place,
    /// Why the two are linked.
    pub evidence: Evidence,
}

/// What a chain of fields lacks: entities that values reach from its entities, or reach them, without this field. Links that are only a
/// guess count for nothing.
pub(crate) fn gaps(graph: &ContractGraph, hops: &[Hop]) -> Vec<Gap> {
    let present: BTreeSet<EntityId> = hops.iter().map(|hop| hop.place.entity).collect();
    let mut out: Vec<Gap> = Vec::new();
    for hop in hops.iter().filter(|hop| hop.place.field.is_some()) {
        let own = hop.place.entity;
        let above = graph.above(own).into_iter().filter(|link| link.flow.read || link.kind == LinkKind::Maps);
        let neighbours = above.map(|link| (link, link.upper));
        for (link, entity) in neighbours.chain(graph.below(own).into_iter().map(|link| (link, link.lower))) {
            if has_fields(link) && link.confidence() > Confidence::Guessed && !present.contains(&entity) {
                let layer = graph.project().entity(entity).layer();
                out.push(Gap { layer, entity, beside: hop.place, evidence: link.reason().clone() });
            }
        }
    }
    out.sort_by_key(|gap| (gap.layer, gap.entity, gap.beside));
    out.dedup_by_key(|gap| gap.entity);
    out
}

/// Whether a link pairs fields, so that one without a partner says something.
fn has_fields(link: &Link) -> bool {
    matches!(link.kind, LinkKind::Maps | LinkKind::Fills | LinkKind::Delivers) && !link.pairs.is_empty()
}
