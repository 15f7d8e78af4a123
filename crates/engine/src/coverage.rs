//! What was read, linked and compared, counted; and what was not, by reason.

use std::collections::BTreeMap;

use alignment_graph::ContractGraph;
use alignment_model::analysis::{Coverage, DatabaseCoverage, LayerCoverage};
use alignment_model::project::Project;
use alignment_model::{Layer, Sources};

use crate::parse::Parsed;

/// Counts everything the reports say about coverage.
pub(crate) fn measure(sources: &Sources, parsed: &Parsed, graph: &ContractGraph) -> Coverage {
    let project = graph.project();
    Coverage {
        files_seen: sources.len(),
        files_parsed: parsed.facts.len(),
        bytes_parsed: parsed.bytes,
        layers: Layer::ALL.map(|layer| layer_coverage(project, layer)).into(),
        edges: graph.edge_coverage(),
        database: database(project),
        calls: graph.call_coverage(),
    }
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
    for (_, entity) in project.layer(layer) {
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
