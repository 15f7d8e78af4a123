//! `alignment.yaml`: which files to read, how much each rule weighs, which entities are the same, what is ignored and why.

use alignment_graph::Mappings;
use alignment_rules::RuleSettings;

/// What the project says about itself. The default is what a repository without a configuration gets.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Weight of each rule.
    pub rules: RuleSettings,
    /// Declared links.
    pub mappings: Mappings,
}
