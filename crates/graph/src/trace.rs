//! One field through every layer: what each layer promises, and why each hop is believed.

use std::collections::BTreeMap;

use alignment_model::Layer;
use alignment_model::entity::{EntityId, FieldId};
use alignment_model::name::did_you_mean;

use crate::ContractGraph;
use crate::contract::contract;
use crate::link::{Evidence, LinkKind};

/// The answer to a question for one field or entity.
#[derive(Clone, Debug)]
pub enum Trace {
    /// The hops, from storage to screen.
    Found(Vec<Hop>),
    /// The name means several things that are not linked with each other.
    Ambiguous(Vec<Candidate>),
    /// Nothing has this name; the nearest name that exists.
    Unknown(Option<String>),
}

/// One place that a value passes.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Its layer.
    pub layer: Layer,
    /// The entity.
    pub entity: EntityId,
    /// The field; `None` for an operation, and for the trace of an entity.
    pub field: Option<u32>,
    /// What it promises there, for people; empty for an entity.
    pub contract: String,
    /// Where the value comes from on its way from storage, and why: hops of this trace.
    pub from: Vec<(EntityId, Option<u32>, Evidence)>,
}

/// One meaning of an ambiguous name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its layer.
    pub layer: Layer,
    /// The name that means only this: `app.models.User.email`.
    pub name: String,
    /// The entity.
    pub entity: EntityId,
}

/// A field of an entity, or the entity as a whole.
type Place = (EntityId, Option<u32>);

pub(crate) fn trace(graph: &ContractGraph, name: &str) -> Trace {
    let places = places(graph, name);
    let Some(first) = places.first() else { return Trace::Unknown(nearest(graph, name)) };
    let hops = hops(graph, *first);
    if places.iter().all(|place| hops.contains_key(place)) {
        return Trace::Found(in_order(graph, hops));
    }
    // The meaning nearest to the screen may pass all others on its way.
    if let Some(last) = places.last() {
        let hops = self::hops(graph, *last);
        if places.iter().all(|place| hops.contains_key(place)) {
            return Trace::Found(in_order(graph, hops));
        }
    }
    let mut candidates: Vec<Candidate> = places.into_iter().map(|place| candidate(graph, place)).collect();
    candidates.sort();
    candidates.dedup();
    Trace::Ambiguous(candidates)
}

/// Everything a name can mean, from storage to screen.
fn places(graph: &ContractGraph, name: &str) -> Vec<Place> {
    let mut out = Vec::new();
    for (id, entity) in graph.project().iter() {
        let table = entity.table().filter(|_| entity.layer() == Layer::Database);
        let second = graph.project().is_second(entity);
        let means = |wanted: &str| {
            &*entity.qualname == wanted
                || !second && (&*entity.name == wanted || table.is_some_and(|table| &*table.name == wanted))
        };
        if means(name) {
            out.push((id, None));
            continue;
        }
        let Some((owner, wanted)) = split(name, &entity.qualname) else { continue };
        if means(owner) {
            let has_name = |field: &alignment_model::entity::Field| {
                &*field.name == wanted || field.wire_name.is().is_some_and(|wire| &**wire == wanted)
            };
            let found = (0..).zip(&entity.fields).find(|(_, field)| has_name(field));
            out.extend(found.map(|(at, _)| (id, Some(at))));
        }
    }
    out
}

/// Entity and field of a dotted name; the entity's own qualified name may hold dots.
fn split<'n>(name: &'n str, qualname: &str) -> Option<(&'n str, &'n str)> {
    if let Some(rest) = name.strip_prefix(qualname)
        && let Some(field) = rest.strip_prefix('.')
    {
        return Some((name.get(..qualname.len())?, field));
    }
    name.rsplit_once('.')
}

/// Every hop of the chains through a place, with where each comes from.
fn hops(graph: &ContractGraph, start: Place) -> BTreeMap<Place, Vec<(EntityId, Option<u32>, Evidence)>> {
    let mut hops: BTreeMap<Place, Vec<(EntityId, Option<u32>, Evidence)>> = BTreeMap::new();
    hops.entry(start).or_default();
    for down in [true, false] {
        let mut open = vec![start];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(place) = open.pop() {
            if !seen.insert(place) {
                continue;
            }
            for (other, evidence) in steps(graph, place, down) {
                let (lower, upper) = if down { (other, place) } else { (place, other) };
                hops.entry(lower).or_default();
                let from = hops.entry(upper).or_default();
                let arrival = (lower.0, lower.1, evidence);
                if !from.contains(&arrival) {
                    from.push(arrival);
                }
                open.push(other);
            }
        }
    }
    hops
}

/// The places one layer away, with the reason.
fn steps(graph: &ContractGraph, (entity, field): Place, down: bool) -> Vec<(Place, Evidence)> {
    let mut out = Vec::new();
    if let Some(field) = field {
        let id = FieldId { entity, field };
        let found = if down { graph.fields_below(id) } else { graph.fields_above(id) };
        for neighbour in found {
            let evidence = neighbour.evidence.unwrap_or_else(|| neighbour.link.reason()).clone();
            out.push(((neighbour.field.entity, Some(neighbour.field.field)), evidence));
        }
    }
    for link in if down { graph.below(entity) } else { graph.above(entity) } {
        let other = if down { link.lower } else { link.upper };
        // An operation carries whole bodies: it has a place in the trace of a field, but fields do not pass through it.
        let carried = !down && link.kind == LinkKind::Carries;
        if field.is_none() && link.kind != LinkKind::Calls || carried {
            out.push(((other, None), link.reason().clone()));
        }
    }
    out
}

fn in_order(
    graph: &ContractGraph,
    hops: BTreeMap<Place, Vec<(EntityId, Option<u32>, Evidence)>>,
) -> Vec<Hop> {
    let mut out: Vec<Hop> = hops
        .into_iter()
        .map(|((entity, field), from)| {
            let layer = graph.project().entity(entity).layer();
            let declared = field.and_then(|field| graph.field(FieldId { entity, field }));
            let contract = declared.map(|field| contract(layer, field)).unwrap_or_default();
            Hop { layer, entity, field, contract, from }
        })
        .collect();
    out.sort_by_key(|hop| (hop.layer, hop.entity, hop.field));
    out
}

fn candidate(graph: &ContractGraph, (entity, field): Place) -> Candidate {
    let declared = graph.project().entity(entity);
    let field = field.and_then(|field| graph.field(FieldId { entity, field }));
    let name = match field {
        Some(field) => format!("{}.{}", declared.qualname, field.name),
        None => declared.qualname.to_string(),
    };
    Candidate { layer: declared.layer(), name, entity }
}

/// The existing name that is nearest to one that means nothing: of the entity, or of its fields where the entity exists.
fn nearest(graph: &ContractGraph, name: &str) -> Option<String> {
    let entities = || graph.project().iter().map(|(_, entity)| entity);
    if let Some((owner, wanted)) = name.rsplit_once('.') {
        let owned = entities().filter(|entity| &*entity.name == owner || &*entity.qualname == owner);
        let fields = owned.flat_map(|entity| entity.fields.iter().map(|field| &*field.name));
        if let Some(near) = did_you_mean(wanted, fields) {
            return Some(format!("{owner}.{near}"));
        }
        let near = did_you_mean(owner, entities().map(|entity| &*entity.name))?;
        return Some(format!("{near}.{wanted}"));
    }
    did_you_mean(name, entities().map(|entity| &*entity.name)).map(str::to_owned)
}
