//! The contract graph as a map that stands by itself: what each field promises, what is linked, and how far it was compared.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::contract_map::{
    Comparison, ContractLink, ContractMap, EntityContract, FieldContract, FieldPair, MigrationHistory,
    NamingConvention,
};
use alignment_model::entity::{Detail, Entity, EntityId, Field};
use alignment_model::project::{DatabaseSource, Metadata, Project};
use alignment_model::shape::{Shape, Value};
use alignment_model::{Confidence, Known, Layer};

use crate::ContractGraph;
use crate::contract::{contract, type_of};
use crate::coverage::can_be_linked;
use crate::link::{Link, LinkKind};

/// Every entity that is listed or linked, and every link.
pub(crate) fn map(graph: &ContractGraph) -> ContractMap {
    let project = graph.project();
    let linked: BTreeSet<EntityId> = graph.links.iter().flat_map(|link| [link.lower, link.upper]).collect();
    let mut at: BTreeMap<EntityId, usize> = BTreeMap::new();
    let mut map = ContractMap::default();
    for (id, entity) in project.iter() {
        if linked.contains(&id) || project.is_listed(entity) {
            at.insert(id, map.entities.len());
            map.entities.push(entity_contract(project, entity));
        }
    }
    let mut links: BTreeMap<(usize, usize), ContractLink> = BTreeMap::new();
    for link in &graph.links {
        if let (Some(lower), Some(upper)) = (at.get(&link.lower), at.get(&link.upper)) {
            add_link(&mut links, (*lower, *upper), link, &map.entities);
        }
    }
    map.links = links.into_values().collect();
    for link in &map.links {
        for end in [link.lower, link.upper] {
            let own = &mut map.entities[end].comparison;
            *own = match *own {
                Comparison::NotComparable => link.comparison,
                other if link.comparison == Comparison::NotComparable => other,
                other => other.min(link.comparison),
            };
        }
    }
    map.histories = project.database_sources.iter().map(history).collect();
    map.naming = project.metadata.iter().map(naming).collect();
    map
}

fn entity_contract(project: &Project, entity: &Entity) -> EntityContract {
    let layer = entity.layer();
    let table = match &entity.detail {
        Detail::Table(table) => Some(table),
        _ => None,
    };
    let steps = table.map_or(&[][..], |table| &table.history);
    EntityContract {
        layer,
        kind: entity.kind.key(),
        name: entity.name.to_string(),
        qualname: entity.qualname.to_string(),
        table: entity.table().map(ToString::to_string),
        span: entity.span,
        listed: project.is_listed(entity),
        expects_partner: can_be_linked(entity) && !table.is_some_and(|table| table.owned_by_tool),
        incomplete: entity.completeness.reasons.iter().map(|reason| reason.message.to_string()).collect(),
        fields: entity.fields.iter().map(|field| field_contract(layer, field)).collect(),
        values: match &entity.detail {
            Detail::Values(values) => values.values.as_deref().map(plain),
            _ => None,
        },
        made_by: steps.iter().find_map(|step| step.revision.as_deref()).map(str::to_owned),
        changes: steps.len().saturating_sub(1),
        comparison: Comparison::NotComparable,
        findings: BTreeSet::new(),
    }
}

fn field_contract(layer: Layer, field: &Field) -> FieldContract {
    let wire = field.wire_name.is().filter(|wire| **wire != field.name);
    FieldContract {
        name: field.name.to_string(),
        wire_name: wire.map(ToString::to_string),
        kind: field.kind,
        contract: contract(layer, field),
        ty: type_of(field),
        nullable: field.nullable,
        presence: field.presence,
        default: field.default.is().and_then(Option::as_ref).map(|default| default.text.to_string()),
        server_default: field.server_default.is().and_then(Option::as_ref).map(ToString::to_string),
        values: values(field),
        is_known: !field.ty.shape.is_unknown() && field.nullable.why().is_none(),
        span: field.span,
        findings: BTreeSet::new(),
    }
}

/// The closed set of values of a field: those that its declaration lists, else those of its type.
fn values(field: &Field) -> Option<Vec<String>> {
    if let Known::Is(Some(values)) = &field.values {
        return Some(plain(values));
    }
    let shape = match &field.ty.shape {
        Shape::List(element) => element,
        shape => shape,
    };
    shape.values().map(plain)
}

fn plain(values: &[Value]) -> Vec<String> {
    values.iter().map(Value::plain).collect()
}

/// Several links of the same two entities are one, with the surest reason.
fn add_link(
    links: &mut BTreeMap<(usize, usize), ContractLink>,
    ends: (usize, usize),
    link: &Link,
    entities: &[EntityContract],
) {
    let reason = link.reason();
    let own = links.entry(ends).or_insert_with(|| ContractLink {
        lower: ends.0,
        upper: ends.1,
        reason: reason.reason.clone(),
        span: reason.span,
        confidence: reason.confidence,
        pairs: Vec::new(),
        comparison: Comparison::NotComparable,
        findings: BTreeSet::new(),
    });
    if reason.confidence > own.confidence {
        own.reason.clone_from(&reason.reason);
        (own.span, own.confidence) = (reason.span, reason.confidence);
    }
    let known: BTreeSet<(usize, usize)> = own.pairs.iter().map(|pair| (pair.lower, pair.upper)).collect();
    own.pairs.extend(
        link.pairs
            .iter()
            .map(|pair| FieldPair {
                lower: pair.lower as usize,
                upper: pair.upper as usize,
                reason: pair.evidence.as_ref().map(|evidence| evidence.reason.clone()),
                findings: BTreeSet::new(),
            })
            .filter(|pair| !known.contains(&(pair.lower, pair.upper))),
    );
    own.comparison = comparison(own, link.kind, entities);
}

/// An operation carries its schema as it is, so there is nothing to compare but the link itself.
fn comparison(link: &ContractLink, kind: LinkKind, entities: &[EntityContract]) -> Comparison {
    let is_carried = matches!(kind, LinkKind::Carries | LinkKind::Calls);
    if link.pairs.is_empty() && !is_carried {
        return Comparison::NotComparable;
    }
    let (lower, upper) = (&entities[link.lower], &entities[link.upper]);
    let is_known =
        |entity: &EntityContract, at: usize| entity.fields.get(at).is_some_and(|field| field.is_known);
    let is_sure = link.confidence >= Confidence::Resolved
        && lower.incomplete.is_empty()
        && upper.incomplete.is_empty()
        && link.pairs.iter().all(|pair| is_known(lower, pair.lower) && is_known(upper, pair.upper));
    if is_sure { Comparison::Verified } else { Comparison::Partly }
}

fn history(source: &DatabaseSource) -> MigrationHistory {
    let text = |ids: &[Box<str>]| ids.iter().map(ToString::to_string).collect();
    let revisions = source.revisions.as_ref();
    let merges =
        revisions.into_iter().flat_map(|revisions| &revisions.order).filter(|one| one.parents.len() > 1);
    MigrationHistory {
        path: source.path.to_string(),
        kind: source.kind.key(),
        steps: revisions.map_or(source.files.len(), |revisions| revisions.order.len()),
        heads: revisions.map(|revisions| text(&revisions.heads)).unwrap_or_default(),
        bases: revisions.map(|revisions| text(&revisions.bases)).unwrap_or_default(),
        merges: merges.map(|revision| revision.id.to_string()).collect(),
        faults: revisions.map_or(0, |revisions| revisions.faults.len()),
        unmodelled: source.unmodelled.len(),
    }
}

fn naming(metadata: &Metadata) -> NamingConvention {
    NamingConvention {
        name: metadata.name.to_string(),
        models: metadata.models,
        has_convention: metadata.has_naming_convention,
        span: metadata.span,
    }
}
