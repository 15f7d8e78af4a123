//! The example shop: every planted drift is found where it is planted, by the rule that its README names, and nothing else is.

use std::collections::BTreeSet;

use alignment_engine::Config;
use alignment_model::finding::Finding;
use alignment_model::{Severity, Sources};

use crate::determinism::folder;
use crate::kit::run;

/// A comment that says a drift is planted on its line or right below; in the header of a file, anywhere in it.
const MARK: &str = "drift:";

#[test]
fn the_shop_has_exactly_the_planted_drift() {
    let (sources, outcome) = run::analysis(folder("fixtures/shop"), &Config::default(), 1);
    let planted = planted(&sources);
    let mut found = BTreeSet::new();
    let mut faults = Vec::new();
    for finding in outcome.analysis.findings.iter().flat_map(Finding::told) {
        let touched: Vec<&(String, usize)> =
            planted.iter().filter(|mark| touches(finding, mark, &sources)).collect();
        if touched.is_empty() && finding.severity > Severity::Info {
            faults.push(format!("not planted: [{}] {}", finding.rule, finding.message));
        }
        found.extend(touched);
    }
    faults.extend(
        planted
            .iter()
            .filter(|mark| !found.contains(mark))
            .map(|(path, line)| format!("not found: {path}:{line}")),
    );
    let told = outcome.analysis.findings.iter().flat_map(Finding::told);
    let rules: BTreeSet<&str> = told.map(|finding| finding.rule).collect();
    let readme =
        std::fs::read_to_string(crate::kit::root().join("fixtures/shop/README.md")).unwrap_or_default();
    let named = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    faults.extend(named.filter(|rule| !rules.contains(rule)).map(|rule| format!("no finding of `{rule}`")));
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Path and line of every mark.
fn planted(sources: &Sources) -> BTreeSet<(String, usize)> {
    let mut out = BTreeSet::new();
    for (_, file) in sources.iter() {
        let lines = file.text.lines().enumerate().filter(|(_, line)| line.contains(MARK));
        out.extend(lines.map(|(at, _)| (file.path.to_string(), at + 1)));
    }
    out
}

fn touches(finding: &Finding, (path, line): &(String, usize), sources: &Sources) -> bool {
    finding.ends.iter().any(|end| {
        let at = sources.position(end.span).line as usize;
        sources.path(end.span.file) == path && (*line == 1 || at == *line || at == *line + 1)
    })
}
