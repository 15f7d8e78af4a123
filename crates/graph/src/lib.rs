//! Entities -> one contract graph: links between the layers, each with its evidence; trace and impact questions.
//!
//! petgraph stays private to this crate.

use alignment_model::analysis::{CallCoverage, EdgeCoverage};
use alignment_model::problem::Problem;
use alignment_model::project::Project;

/// Links that the project declares in `alignment.yaml`.
#[derive(Clone, Debug, Default)]
pub struct Mappings {
    /// Declared links, in the order of the file.
    pub links: Vec<DeclaredLink>,
}

/// One declared link: the two ends are the same thing.
#[derive(Clone, Debug, Default)]
pub struct DeclaredLink {
    /// Table, by name.
    pub table: Option<String>,
    /// Model, by name or qualified name.
    pub model: Option<String>,
    /// Schema, by name or qualified name.
    pub schema: Option<String>,
    /// Client type, by name or qualified name.
    pub client: Option<String>,
    /// Fields that are the same under different names: name in the lower layer, name in the upper one.
    pub fields: Vec<(String, String)>,
}

/// The contract graph.
#[derive(Debug)]
pub struct ContractGraph {
    project: Project,
}

impl ContractGraph {
    /// Links the entities of a project. Declared links that match nothing are problems.
    pub fn build(project: Project, _mappings: &Mappings) -> (Self, Vec<Problem>) {
        (Self { project }, Vec::new())
    }

    /// What was linked.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// What was linked and compared per pair of neighbouring layers.
    pub fn edge_coverage(&self) -> Vec<EdgeCoverage> {
        Vec::new()
    }

    /// Calls found and matched.
    pub fn call_coverage(&self) -> CallCoverage {
        CallCoverage::default()
    }
}
