//! One test through the engine.

use alignment_engine::{Config, Options, Outcome, RunningDatabase, analyze};
use alignment_model::finding::Finding;
use alignment_model::{Dialect, SourceFile, Sources};

use super::document::{Suite, Test, parse};
use super::{expect, relative, render};

/// The result of one suite.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What is wrong, ready to print.
    pub(crate) failures: Vec<String>,
    /// Headings that ran.
    pub(crate) ran: usize,
    /// Headings that ran and expect no finding.
    pub(crate) silent: usize,
    /// The document with canonical texts rewritten, if one differs.
    pub(crate) rewritten: Option<String>,
}

/// Runs every heading of a suite that `filter` selects.
pub(crate) fn suite(path: &std::path::Path, filter: Option<&str>) -> Report {
    let name = relative(path);
    let text = std::fs::read_to_string(path).expect("a suite that was listed can be read");
    let Suite { tests, faults } = parse(&text);
    let mut report = Report::default();
    report.failures.extend(faults.into_iter().map(|(line, message)| format!("{name}:{line}: {message}")));
    let own_rule = rule_of_page(&name);
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for test in &tests {
        let selected = filter.is_none_or(|filter| name.contains(filter) || test.title.contains(filter));
        if !selected {
            continue;
        }
        report.ran += 1;
        report.silent += usize::from(expect::expected(test).0.is_empty());
        let mut faults = heading(test, own_rule.as_deref(), &mut edits);
        faults.sort();
        if !faults.is_empty() {
            let gap = test.known_gap.as_deref().map(|gap| format!(" (known gap: {gap})")).unwrap_or_default();
            report.failures.push(format!("{name}:{}: {}{gap}", test.line, test.title));
            report
                .failures
                .extend(faults.into_iter().map(|(line, message)| format!("  {name}:{line}: {message}")));
            report.failures.push(format!(
                "  rerun: MDTEST='{}' cargo test -p alignment-cli --test tests markdown",
                test.title
            ));
        }
    }
    report.rewritten = (!edits.is_empty()).then(|| rewrite(&text, &edits));
    report
}

/// The rule that a page documents.
fn rule_of_page(name: &str) -> Option<String> {
    let stem = name.strip_prefix("crates/rules/src/rules/")?.strip_suffix(".md")?;
    Some(stem.replace('_', "-"))
}

/// The repository of a test.
pub(crate) fn sources(test: &Test) -> Vec<SourceFile> {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    let config = (!test.config.is_empty()).then(|| file("alignment.yaml", &test.config));
    test.files.iter().map(|given| file(&given.path, &given.text)).chain(config).collect()
}

/// The configuration of a test.
pub(crate) fn config(test: &Test) -> Result<Config, String> {
    if test.config.is_empty() {
        return Ok(Config::default());
    }
    Config::parse("alignment.yaml", &test.config).map_err(|mistakes| format!("{mistakes:?}"))
}

/// Analyses the repository of a test.
pub(crate) fn analysis(files: Vec<SourceFile>, config: &Config, threads: usize) -> (Sources, Outcome) {
    let sources = Sources::new(files);
    // What is called as a database is one: its text is what the catalog says.
    let running = sources.iter().filter(|(_, file)| file.path.contains("://"));
    let databases = running
        .map(|(_, file)| RunningDatabase { path: file.path.as_ref().into(), dialect: Dialect::PostgreSql })
        .collect();
    let options = Options { threads: Some(threads), databases, ..Options::default() };
    let outcome = analyze(&sources, config, options);
    (sources, outcome)
}

fn heading(
    test: &Test,
    own_rule: Option<&str>,
    edits: &mut Vec<(usize, usize, String)>,
) -> Vec<(usize, String)> {
    let config = match config(test) {
        Ok(config) => config,
        Err(message) => return vec![(test.line, message)],
    };
    let (sources, outcome) = analysis(sources(test), &config, 1);
    let told = outcome.analysis.findings.iter().flat_map(Finding::told);
    let mut faults = expect::compare(test, own_rule, told, &sources);
    for fence in &test.fences {
        let canonical = render::fence(&fence.what, &sources, &outcome);
        if canonical != fence.text {
            let difference = first_difference(&fence.text, &canonical);
            faults.push((
                fence.line + difference.0,
                format!("`{}` differs: {}; UPDATE=1 rewrites it", fence.what, difference.1),
            ));
            edits.push((fence.line, fence.length, canonical));
        }
    }
    faults
}

/// Offset of the first line that differs, and what is there instead.
fn first_difference(old: &str, new: &str) -> (usize, String) {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let at = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    (at, format!("found `{}`", new.get(at).unwrap_or(&"the end")))
}

/// The document with fences replaced, the last first so that lines before stay where they are.
fn rewrite(text: &str, edits: &[(usize, usize, String)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut edits = edits.to_vec();
    edits.sort_by_key(|(line, ..)| std::cmp::Reverse(*line));
    for (line, length, new) in edits {
        lines.splice(line - 1..line - 1 + length, new.lines().map(str::to_owned));
    }
    lines.join("\n") + "\n"
}
