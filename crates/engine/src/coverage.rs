//! What was read, linked and compared, counted; and what was not, by reason.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::ContractGraph;
use alignment_model::analysis::{
    Coverage, DatabaseCoverage, DocumentCoverage, EdgeCoverage, LayerCoverage, ModelScope,
};
use alignment_model::api_document::{ApiDocument, DocumentStanding};
use alignment_model::entity::{Detail, Entity, LoadedBy};
use alignment_model::finding::Finding;
use alignment_model::project::Project;
use alignment_model::{Known, Layer, Sources};

use crate::parse::Parsed;

/// Counts everything the reports say about coverage.
pub(crate) fn measure(
    sources: &Sources,
    parsed: &Parsed,
    graph: &ContractGraph,
    findings: &[Finding],
) -> Coverage {
    let project = graph.project();
    Coverage {
        files_seen: sources.len(),
        files_parsed: parsed.facts.len(),
        bytes_parsed: parsed.bytes,
        layers: Layer::ALL.map(|layer| layer_coverage(project, layer)).into(),
        edges: edges(graph, findings),
        database: database(project),
        documents: documents(sources, project),
        models: models(project),
        calls: graph.call_coverage(),
    }
}

/// Edges as the graph counts them, with the linked pairs that findings are about.
fn edges(graph: &ContractGraph, findings: &[Finding]) -> Vec<EdgeCoverage> {
    let mut drifted: BTreeSet<[(Layer, &str); 2]> = BTreeSet::new();
    for finding in findings.iter().flat_map(Finding::told) {
        for lower in &finding.ends {
            for upper in finding.ends.iter().filter(|upper| upper.layer > lower.layer) {
                drifted.insert([(lower.layer, &lower.qualname), (upper.layer, &upper.qualname)]);
            }
        }
    }
    let mut edges = graph.edge_coverage();
    for edge in &mut edges {
        let pairs = drifted.iter().filter(|[lower, upper]| (lower.0, upper.0) == (edge.lower, edge.upper));
        edge.drifted = pairs.count().min(edge.linked);
    }
    edges
}

fn layer_coverage(project: &Project, layer: Layer) -> LayerCoverage {
    let mut coverage = LayerCoverage {
        layer,
        entities: 0,
        complete: 0,
        fields: 0,
        unknown: BTreeMap::new(),
        incomplete: Vec::new(),
    };
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, entity) in project.layer(layer).filter(|(_, entity)| project.is_listed(entity)) {
        coverage.entities += 1;
        coverage.complete += usize::from(entity.completeness.is_complete());
        coverage.fields += entity.fields.len();
        for reason in &entity.completeness.reasons {
            *reasons.entry(&reason.message).or_default() += 1;
        }
        for field in &entity.fields {
            let shape = match &field.ty.shape {
                alignment_model::shape::Shape::Unknown(why) => Some(*why),
                _ => None,
            };
            for why in [shape, field.nullable.why(), field.presence.why()].into_iter().flatten() {
                *coverage.unknown.entry(why).or_default() += 1;
            }
        }
    }
    coverage.incomplete = reasons.into_iter().map(|(message, count)| (message.to_owned(), count)).collect();
    coverage.incomplete.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    coverage
}

/// A count is stated only where it is known of at least one model; those of whom it is not known are not counted as loaded.
fn models(project: &Project) -> ModelScope {
    let of = |entity: &Entity| match &entity.detail {
        Detail::Model(model) => Some(model.loaded),
        _ => None,
    };
    let loaded: Vec<LoadedBy> = project.layer(Layer::Orm).filter_map(|(_, entity)| of(entity)).collect();
    let count = |by: fn(&LoadedBy) -> &Known<bool>| {
        let known = loaded.iter().map(by).any(|known| known.why().is_none());
        known.then(|| loaded.iter().map(by).filter(|known| known.is_yes()).count())
    };
    ModelScope {
        declared: loaded.len(),
        application: count(|loaded| &loaded.application),
        migrations: count(|loaded| &loaded.migrations),
    }
}

fn database(project: &Project) -> Vec<DatabaseCoverage> {
    let source = |source: &alignment_model::project::DatabaseSource| DatabaseCoverage {
        kind: source.kind.key().to_owned(),
        path: source.path.to_string(),
        steps: source.revisions.as_ref().map_or(source.files.len(), |revisions| revisions.order.len()),
        heads: source.revisions.iter().flat_map(|r| &r.heads).map(ToString::to_string).collect(),
        unmodelled: source.unmodelled.len(),
    };
    project.database_sources.iter().map(source).collect()
}

fn documents(sources: &Sources, project: &Project) -> Vec<DocumentCoverage> {
    let document = |document: &ApiDocument| DocumentCoverage {
        path: sources.path(document.file).to_owned(),
        specification: document.specification.to_string(),
        standing: document.standing.key(),
        operations: document.operations,
        schemas: document.schemas,
        described: match &document.standing {
            DocumentStanding::Describes(described) => described.operations.len(),
            _ => 0,
        },
        unread: match &document.standing {
            DocumentStanding::NotRead(why) => Some(why.to_string()),
            _ => None,
        },
    };
    project.documents.iter().map(document).collect()
}
