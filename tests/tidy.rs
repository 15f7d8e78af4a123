//! What the source promises about itself: layering, headers, sizes, nothing orphaned, nothing written twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use alignment_rules::{RULES, Rule};

use crate::kit::{files, relative, root};

/// Which crate may depend on which, in the order a value flows. The reasons stand in `docs/architecture.md`.
const LAYERING: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("syntax", &["model"]),
    ("sql", &["model"]),
    ("frameworks", &["model", "sql"]),
    ("graph", &["model"]),
    ("rules", &["model", "graph"]),
    ("report", &["model"]),
    ("engine", &["model", "syntax", "sql", "frameworks", "graph", "rules"]),
    ("cli", &["model", "graph", "rules", "engine", "report"]),
];

/// Packages that one crate alone may see, so that they can be replaced there.
const PRIVATE: &[(&str, &str)] = &[
    ("tree-sitter", "syntax"),
    ("sqlparser", "sql"),
    ("petgraph", "graph"),
    ("serde_yaml", "engine"),
    ("granit-parser", "frameworks"),
    ("annotate-snippets", "report"),
    ("clap", "cli"),
];

const LONGEST_FUNCTION: usize = 100;
const USUAL_FUNCTION: usize = 35;
const USUAL_FILE: usize = 400;
/// The widest file declares a language: it is long by breadth, not by depth.
const LONGEST_FILE: usize = 1000;

#[test]
fn crates_depend_only_downwards() {
    let mut faults = Vec::new();
    for (name, allowed) in LAYERING {
        for dependency in dependencies(name) {
            if let Some(dependency) = dependency.strip_prefix("alignment-")
                && !allowed.contains(&dependency)
            {
                faults.push(format!("{name} depends on {dependency}, which is outside the table"));
            }
            if let Some((package, owner)) =
                PRIVATE.iter().find(|(package, _)| dependency.starts_with(package))
                && owner != name
            {
                faults.push(format!("{name} depends on {package}, which belongs to {owner} alone"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Names under `[dependencies]`; what only tests need may point anywhere.
fn dependencies(name: &str) -> BTreeSet<String> {
    let manifest = read(&root().join(format!("crates/{name}/Cargo.toml")));
    let section = manifest.split("\n[dependencies]").nth(1).unwrap_or("");
    let lines = section.lines().skip(1).take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = |(path, text): &(String, String)| !is_test_module(path) && !text.starts_with("//!");
    let silent: Vec<String> = sources().into_iter().filter(silent).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "without a header: {silent:?}");
}

#[test]
fn functions_and_files_stay_small() {
    let (mut faults, mut functions, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    for (path, text) in sources().into_iter().filter(|(path, _)| !is_test_module(path)) {
        let lines = without_tests(&text);
        lengths.push(lines.len());
        if lines.len() > LONGEST_FILE {
            faults.push(format!("{path} has {} lines", lines.len()));
        }
        for (line, name, length) in functions_of(&lines) {
            functions.push(length);
            if length > LONGEST_FUNCTION {
                faults.push(format!("{path}:{line}: `{name}` has {length} lines"));
            }
        }
    }
    let (usual_function, usual_file) = (nine_of_ten(functions), nine_of_ten(lengths));
    if usual_function > USUAL_FUNCTION {
        faults.push(format!("one function in ten is longer than {usual_function} lines"));
    }
    if usual_file > USUAL_FILE {
        faults.push(format!("one file in ten is longer than {usual_file} lines"));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The length that nine in ten do not exceed.
fn nine_of_ten(mut lengths: Vec<usize>) -> usize {
    lengths.sort_unstable();
    lengths.get(lengths.len() * 9 / 10).copied().unwrap_or(0)
}

/// Lines before the module of tests.
fn without_tests(text: &str) -> Vec<&str> {
    text.lines().take_while(|line| *line != "#[cfg(test)]").collect()
}

/// Line, name and length of every function; rustfmt puts its closing brace under its first line.
fn functions_of(lines: &[&str]) -> Vec<(usize, String, usize)> {
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let signature = code
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub(super) ")
            .trim_start_matches("pub ");
        let Some(rest) = signature.trim_start_matches("const ").strip_prefix("fn ") else { continue };
        let name: String =
            rest.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
        let close = format!("{}}}", &line[..line.len() - code.len()]);
        if let Some(length) = lines[at..].iter().position(|line| *line == close) {
            out.push((at + 1, name, length + 1));
        }
    }
    out
}

#[test]
fn every_query_is_used() {
    let loaded: String = sources()
        .into_iter()
        .filter(|(path, _)| path.contains("crates/syntax/"))
        .map(|(_, text)| text)
        .collect();
    let queries = files(&root().join("queries"), "scm");
    let orphans: Vec<String> = queries
        .iter()
        .map(|path| relative(path))
        .filter(|path| !loaded.contains(path.trim_start_matches("queries/")))
        .collect();
    assert!(orphans.is_empty(), "queries that nothing loads: {orphans:?}");
}

#[test]
fn every_rule_has_a_file_and_a_page_of_its_name() {
    let folder = root().join("crates/rules/src/rules");
    let stems = |extension: &str| -> BTreeSet<String> {
        let paths = files(&folder, extension).into_iter();
        let stems = paths.filter_map(|path| Some(path.file_stem()?.to_string_lossy().replace('_', "-")));
        stems.filter(|stem| stem != "mod").collect()
    };
    let names: BTreeSet<String> = RULES.iter().map(|rule| rule.meta.name.to_owned()).collect();
    assert_eq!(names.len(), RULES.len(), "two rules of one name");
    assert_eq!(stems("rs"), names, "a rule's file is not registered under its own name");
    assert_eq!(stems("md"), names, "a rule's page has no rule");
}

#[test]
fn rules_of_one_group_stand_together() {
    let mut groups: Vec<&str> = RULES.iter().map(|rule| rule.meta.group).collect();
    groups.dedup();
    let once: BTreeSet<&str> = groups.iter().copied().collect();
    assert_eq!(groups.len(), once.len(), "a group is told twice: {groups:?}");
}

#[test]
fn every_page_has_its_sections() {
    const SECTIONS: [&str; 5] = [
        "## What it does",
        "## Why it matters",
        "## Its mirror",
        "## How it can be wrong",
        "## How to fix it",
    ];
    let mut faults = Vec::new();
    for Rule { meta, .. } in RULES {
        if meta.page.lines().next() != Some(&format!("# {}", meta.name)) {
            faults.push(format!("{}: the page does not begin with its name", meta.name));
        }
        for section in SECTIONS.iter().filter(|section| !meta.page.lines().any(|line| line == **section)) {
            faults.push(format!("{}: the page has no `{section}`", meta.name));
        }
        let example = format!("# {}", meta.severity.key());
        let fails = ["# ", "// ", "-- "]
            .iter()
            .any(|marker| meta.page.contains(&format!("{marker}{}", meta.severity.key())));
        if !fails {
            faults.push(format!("{}: the page shows no example of its own weight (`{example}`)", meta.name));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The table between these lines of the README is the list of rules.
const TABLE: (&str, &str) = ("<!-- rules -->", "<!-- /rules -->");

#[test]
fn the_readme_lists_the_rules() {
    let path = root().join("README.md");
    let readme = read(&path);
    let Some((before, rest)) = readme.split_once(TABLE.0) else { panic!("README.md has no `{}`", TABLE.0) };
    let Some((table, after)) = rest.split_once(TABLE.1) else { panic!("README.md has no `{}`", TABLE.1) };
    let expected = rule_table();
    if table.trim() != expected.trim() && std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        let text = format!("{before}{}\n{expected}{}{after}", TABLE.0, TABLE.1);
        std::fs::write(&path, text).expect("the README can be written");
        return;
    }
    assert_eq!(table.trim(), expected.trim(), "UPDATE=1 rewrites the table");
}

/// One line for each rule, by group.
fn rule_table() -> String {
    let mut groups: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    RULES.iter().for_each(|rule| groups.entry(rule.meta.group).or_default().push(rule));
    let mut order: Vec<&str> = RULES.iter().map(|rule| rule.meta.group).collect();
    order.dedup();
    let mut out = "| rule | weight | what it reports |\n|---|---|---|\n".to_owned();
    for rule in order.iter().filter_map(|group| groups.remove(group)).flatten() {
        let page = format!("crates/rules/src/rules/{}.md", rule.meta.name.replace('-', "_"));
        out.push_str(&format!(
            "| [`{}`]({page}) | {} | {} |\n",
            rule.meta.name, rule.meta.severity, rule.meta.summary
        ));
    }
    out
}

#[test]
fn one_file_knows_the_yaml_library() {
    let named: Vec<String> = sources()
        .into_iter()
        .filter(|(path, text)| path.starts_with("crates/") && text.contains("serde_yaml"))
        .map(|(path, _)| path)
        .collect();
    assert!(named.len() <= 1, "`serde_yaml` is named in {named:?}");
}

/// A module that only tests its parent, whose header speaks for both.
fn is_test_module(path: &str) -> bool {
    path.ends_with("/tests.rs")
}

/// Every Rust file of ours with its text.
fn sources() -> Vec<(String, String)> {
    let root = root();
    let folders = ["crates", "tests"];
    let paths = folders.iter().flat_map(|folder| files(&root.join(folder), "rs"));
    paths.map(|path| (relative(&path), read(&path))).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
