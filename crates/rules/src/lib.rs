//! The graph -> findings. One rule is one file and one page: `rules/<rule>.rs` and `rules/<rule>.md`, which is the
//! documentation, the text of `alignment rule <name>`, and the test.
//!
//! What two contracts have to do with each other is written once, in `compare`; a rule decides which pairs to compare, how
//! much a difference weighs and what to say. How sure a link is decides in `draft` how much of that weight is left. What is one
//! story is told once by `chains`.
//!
//! Deliberately absent: file access, configuration syntax, suppression, formats.

mod agreement;
mod alike;
mod chains;
mod closed_sets;
mod compare;
mod documents;
mod draft;
mod elsewhere;
mod history;
mod inserts;
mod internal;
mod nulls;
mod persistence;
mod places;
mod proofs;
mod refusals;
mod remedies;
mod renames;
mod responses;
mod rules;
mod server;
mod spelling;
mod stored;
mod unconverted;
mod unmounted;
mod uses;
mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;

use alignment_graph::ContractGraph;
use alignment_model::Severity;
use alignment_model::finding::{End, Finding};

pub use draft::Findings;
pub use rules::RULES;
pub use uses::{ClientCode, Use};

/// A rule.
pub struct Rule {
    /// What is said about it.
    pub meta: RuleMeta,
    /// Looks for drift.
    pub check: fn(&Context<'_>, &mut Findings),
}

/// What is said about a rule.
pub struct RuleMeta {
    /// Kebab-case name, the only public one; reads well after "allow".
    pub name: &'static str,
    /// One line, for tables.
    pub summary: &'static str,
    /// Its group: `migrations`, `chain`, `orm`, `schema`, `route`, `frontend`, `enum`, `meta`.
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
    /// The code of the client, for what the graph does not hold.
    pub client: &'a dyn ClientCode,
}

/// Severities that the configuration changes; `None` switches a rule off.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// By name of the rule.
    pub severities: BTreeMap<String, Option<Severity>>,
    /// For parts of the code; stronger than what is said for the whole.
    pub local: Option<Arc<dyn LocalWeights>>,
}

/// What the project says about the weight of rules in parts of its code.
pub trait LocalWeights: std::fmt::Debug + Send + Sync {
    /// The weight of a rule for a finding about these declarations, if something is said about it; `Some(None)` is off.
    fn weight(&self, rule: &'static str, ends: &[End]) -> Option<Option<Severity>>;
}

/// What the rules say.
#[derive(Debug, Default)]
pub struct Told {
    /// Findings, each broken chain once.
    pub findings: Vec<Finding>,
    /// [`Analysis::withheld`](alignment_model::analysis::Analysis::withheld).
    pub withheld: Vec<Finding>,
}

/// Runs every rule that is on, and tells each broken chain once.
pub fn run(context: &Context<'_>, settings: &RuleSettings) -> Told {
    let is_off = |rule: &&Rule| settings.severities.get(rule.meta.name) == Some(&None);
    let off = RULES.iter().filter(is_off).map(|rule| rule.meta.name).collect();
    let mut findings = Findings::new(off, settings.local.clone());
    for rule in RULES {
        let configured = settings.severities.get(rule.meta.name).copied();
        if configured == Some(None) {
            continue;
        }
        findings.start(&rule.meta, configured.flatten());
        (rule.check)(context, &mut findings);
    }
    let (findings, withheld) = findings.into_parts();
    Told { findings: chains::fold(findings), withheld }
}
