//! What a name means: an entity or field, as any layer calls it. Every question to the graph starts here, so that all of them
//! take the same names and refuse the same ones.

use alignment_model::Layer;
use alignment_model::entity::{Entity, EntityId, Field, FieldId};
use alignment_model::name::did_you_mean;

use crate::ContractGraph;

/// The answer to a question about a name.
#[derive(Clone, Debug)]
pub enum Answer<T> {
    /// What was asked for.
    Found(T),
    /// The name means several things that are not linked with each other.
    Ambiguous(Vec<Candidate>),
    /// Nothing has this name; the nearest name that exists.
    Unknown(Option<String>),
}

impl<T> Answer<T> {
    /// Asks further about what was found.
    pub(crate) fn map<U>(self, ask: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Answer::Found(found) => Answer::Found(ask(found)),
            Answer::Ambiguous(candidates) => Answer::Ambiguous(candidates),
            Answer::Unknown(nearest) => Answer::Unknown(nearest),
        }
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The entity.
    pub entity: EntityId,
    /// Position of the field among its fields; `None` for the entity as a whole.
    pub field: Option<u32>,
}

impl Place {
    /// An entity as a whole.
    pub(crate) fn whole(entity: EntityId) -> Self {
        Self { entity, field: None }
    }

    /// The field, if it is one.
    pub(crate) fn field_id(self) -> Option<FieldId> {
        Some(FieldId { entity: self.entity, field: self.field? })
    }
}

impl From<FieldId> for Place {
    fn from(id: FieldId) -> Self {
        Self { entity: id.entity, field: Some(id.field) }
    }
}

/// The one place that a name means, of several on one chain the one through which `reaches` finds all others.
pub(crate) fn resolve(
    graph: &ContractGraph,
    name: &str,
    reaches: impl Fn(Place, &[Place]) -> bool,
) -> Answer<Place> {
    let places = places(graph, name);
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Answer::Unknown(nearest(graph, name));
    };
    // The meaning nearest to the screen may pass all others on its way.
    if let Some(one) = [first, last].into_iter().find(|one| reaches(**one, &places)) {
        return Answer::Found(*one);
    }
    let mut candidates: Vec<Candidate> = places.iter().map(|place| candidate(graph, *place)).collect();
    candidates.sort();
    candidates.dedup();
    Answer::Ambiguous(candidates)
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
            out.push(Place::whole(id));
            continue;
        }
        let Some((owner, wanted)) = split(name, &entity.qualname) else { continue };
        if means(owner) {
            let has_name = |field: &Field| {
                &*field.name == wanted || field.wire_name.is().is_some_and(|wire| &**wire == wanted)
            };
            let found = (0..).zip(&entity.fields).find(|(_, field)| has_name(field));
            out.extend(found.map(|(at, _)| Place { entity: id, field: Some(at) }));
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

fn candidate(graph: &ContractGraph, place: Place) -> Candidate {
    let declared = graph.project().entity(place.entity);
    let name = match place.field_id().and_then(|id| graph.field(id)) {
        Some(field) => format!("{}.{}", declared.qualname, field.name),
        None => declared.qualname.to_string(),
    };
    Candidate { layer: declared.layer(), name, entity: place.entity }
}

/// The existing name that is nearest to one that means nothing: of the entity, or of its fields where the entity exists.
fn nearest(graph: &ContractGraph, name: &str) -> Option<String> {
    let entities = || graph.project().iter().map(|(_, entity)| entity);
    if let Some((owner, wanted)) = name.rsplit_once('.') {
        let is_owner = |entity: &&Entity| &*entity.name == owner || &*entity.qualname == owner;
        let fields = entities().filter(is_owner).flat_map(|entity| entity.fields.iter());
        if let Some(near) = did_you_mean(wanted, fields.map(|field| &*field.name)) {
            return Some(format!("{owner}.{near}"));
        }
        let near = did_you_mean(owner, entities().map(|entity| &*entity.name))?;
        return Some(format!("{near}.{wanted}"));
    }
    did_you_mean(name, entities().map(|entity| &*entity.name)).map(str::to_owned)
}
