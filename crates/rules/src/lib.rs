//! The graph -> findings. One rule is one file and one page: `rules/<rule>.rs` and `rules/<rule>.md`, which is the
//! documentation, the text of `alignment rule <name>`, and the test.

use std::collections::BTreeMap;

use alignment_graph::ContractGraph;
use alignment_model::Severity;
use alignment_model::finding::Finding;

/// A rule.
pub struct Rule {
    /// What is said about it.
    pub meta: RuleMeta,
    /// Looks for drift.
    pub check: fn(&Context<'_>, &mut Vec<Finding>),
}

/// What is said about a rule.
pub struct RuleMeta {
    /// Kebab-case name, the only public one; reads well after "allow".
    pub name: &'static str,
    /// One line, for tables.
    pub summary: &'static str,
    /// Its group: `migrations`, `chain`, `orm`, `schema`, `frontend`, `meta`.
    pub group: &'static str,
    /// Weight at full confidence.
    pub severity: Severity,
    /// Its page.
    pub page: &'static str,
}

/// What a rule sees.
pub struct Context<'a> {
    /// The graph.
    pub graph: &'a ContractGraph,
}

/// Severities that the configuration changes; `None` switches a rule off.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// By name of the rule.
    pub severities: BTreeMap<String, Option<Severity>>,
}

/// All rules, by group and name.
pub const RULES: &[Rule] = &[];

/// Runs every rule that is on.
pub fn run(_context: &Context<'_>, _settings: &RuleSettings) -> Vec<Finding> {
    Vec::new()
}
