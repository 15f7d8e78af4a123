//! What was linked and compared between the layers, and how many calls found their operation.

use std::collections::BTreeSet;

use alignment_model::Layer;
use alignment_model::analysis::{CallCoverage, EdgeCoverage};
use alignment_model::entity::{Entity, EntityId, EntityKind};
use alignment_model::project::Project;

use crate::index::has_fields;
use crate::link::{Link, LinkKind};

/// One line for each border. `drifted` is left at 0: whether a pair drifts is for the rules to say.
pub(crate) fn edges(project: &Project, links: &[Link]) -> Vec<EdgeCoverage> {
    LinkKind::ALL.into_iter().map(|kind| edge(project, links, kind)).collect()
}

fn edge(project: &Project, links: &[Link], kind: LinkKind) -> EdgeCoverage {
    let (lower, upper) = layers(kind);
    let (mut below, mut above) = (BTreeSet::new(), BTreeSet::new());
    let (mut pairs, mut fields_compared) = (BTreeSet::new(), 0);
    for link in links.iter().filter(|link| link.kind == kind) {
        below.insert(link.lower);
        above.insert(link.upper);
        pairs.insert((link.lower, link.upper));
        fields_compared += link.pairs.len();
    }
    let free = |layer: Layer, linked: &BTreeSet<EntityId>| {
        let waits = |entity: &Entity| can_be_linked(entity) && project.is_listed(entity);
        project.layer(layer).filter(|(id, entity)| waits(entity) && !linked.contains(id)).count()
    };
    EdgeCoverage {
        lower,
        upper,
        linked: pairs.len(),
        drifted: 0,
        lower_unlinked: free(lower, &below),
        upper_unlinked: free(upper, &above),
        fields_compared,
    }
}

/// The layers a border lies between.
pub(crate) fn layers(kind: LinkKind) -> (Layer, Layer) {
    match kind {
        LinkKind::Maps => (Layer::Database, Layer::Orm),
        LinkKind::Fills => (Layer::Orm, Layer::Schema),
        LinkKind::Carries => (Layer::Schema, Layer::Route),
        LinkKind::Calls => (Layer::Route, Layer::Client),
        LinkKind::Delivers => (Layer::Schema, Layer::Client),
    }
}

/// Enumerations, settings and plain aliases have no partner in another layer.
pub(crate) fn can_be_linked(entity: &Entity) -> bool {
    has_fields(entity) && entity.kind != EntityKind::Settings
}

/// How many calls found their operation; `matched` says it for each call, in order.
pub(crate) fn calls(project: &Project, matched: &[bool]) -> CallCoverage {
    let known = project.calls.iter().filter(|call| call.method.zip(&call.path).is_some()).count();
    let typed = project.calls.iter().filter(|call| call.response.is_some()).count();
    let matched = matched.iter().filter(|matched| **matched).count();
    CallCoverage { found: project.calls.len(), known, matched, typed }
}
