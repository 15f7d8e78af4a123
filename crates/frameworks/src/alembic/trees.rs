//! Revision files -> trees that are applied on their own.
//!
//! Source: Alembic 1.17, "Editing the .ini File" (`script_location`, `version_locations`, `recursive_version_locations`, sections,
//! `pyproject.toml`) and "Working with Branches". Where no configuration names a folder, the nearest `env.py` above a revision
//! marks its tree.

use std::collections::BTreeMap;

use alignment_model::Sources;

use super::revision::RevisionFile;

/// The revisions of one tree, in the order in which Alembic loads their files.
pub(crate) struct Tree<'a> {
    /// Its folder (`script_location`).
    pub(crate) path: Box<str>,
    /// Its revisions.
    pub(crate) revisions: Vec<RevisionFile<'a>>,
}

/// Where configuration says that revisions are.
struct Location {
    script: String,
    versions: Vec<String>,
    recursive: bool,
}

/// Sorts revisions into trees, by path.
pub(crate) fn trees<'a>(sources: &Sources, revisions: Vec<RevisionFile<'a>>) -> Vec<Tree<'a>> {
    let folders: Vec<&str> = revisions.iter().map(|revision| folder(sources.path(revision.file))).collect();
    let locations = locations(sources, &folders);
    let mut trees: BTreeMap<String, Vec<RevisionFile<'a>>> = BTreeMap::new();
    for revision in revisions {
        let own = folder(sources.path(revision.file));
        let configured = locations.iter().find(|location| location.holds(own));
        let script = match configured {
            Some(location) => location.script.clone(),
            None => {
                // A folder that the configuration of its tree leaves out is not read by Alembic either.
                if locations.iter().any(|location| is_inside(own, &location.script)) {
                    continue;
                }
                let script = marked_by_env(sources, own);
                if is_beside_versions(sources, script, own, &folders) {
                    continue;
                }
                script.to_owned()
            }
        };
        trees.entry(script).or_default().push(revision);
    }
    let mut trees: Vec<Tree<'a>> =
        trees.into_iter().map(|(path, revisions)| Tree { path: path.into(), revisions }).collect();
    for tree in &mut trees {
        tree.revisions.sort_by_key(|revision| {
            let path = sources.path(revision.file);
            (folder(path).to_owned(), path.to_owned())
        });
    }
    without_trees_of_tests(trees)
}

/// Trees under tests and examples count only where there are no others.
fn without_trees_of_tests(trees: Vec<Tree<'_>>) -> Vec<Tree<'_>> {
    let (aside, own): (Vec<_>, Vec<_>) = trees.into_iter().partition(|tree| is_aside(&tree.path));
    if own.is_empty() { aside } else { own }
}

/// Whether a path lies in a folder of tests, examples or documentation.
pub(crate) fn is_aside(path: &str) -> bool {
    const ASIDE: &[&str] = &[
        "test",
        "tests",
        "__tests__",
        "testing",
        "testdata",
        "fixtures",
        "fixture",
        "examples",
        "example",
        "samples",
        "docs",
        "doc",
        "documentation",
        "benchmarks",
        "e2e",
        "mocks",
    ];
    path.split('/').any(|part| ASIDE.contains(&&*part.to_ascii_lowercase()))
}

impl Location {
    fn holds(&self, own: &str) -> bool {
        self.versions.iter().any(|folder| own == folder || (self.recursive && is_inside(own, folder)))
    }
}

fn is_inside(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The nearest folder at or above `own` with an `env.py`; `own` itself where there is none.
fn marked_by_env<'p>(sources: &Sources, own: &'p str) -> &'p str {
    let mut around = with_parents(own).chain([""]);
    around.find(|at| sources.find(&join_path(at, "env.py")).is_some()).unwrap_or(own)
}

/// Whether a folder below an environment is none that Alembic reads: revisions lie in `versions` beside it, where they are by default,
/// and `env.py` names no others.
fn is_beside_versions(sources: &Sources, script: &str, own: &str, folders: &[&str]) -> bool {
    let versions = join_path(script, "versions");
    let is_default = |folder: &str| folder == versions || is_inside(folder, &versions);
    let env = sources.find(&join_path(script, "env.py")).map(|file| sources.text(file));
    !is_default(own)
        && folders.iter().any(|folder| is_default(folder))
        && env.is_some_and(|text| !text.contains("version_locations"))
}

/// Every location that a configuration file names and that holds revisions.
fn locations(sources: &Sources, folders: &[&str]) -> Vec<Location> {
    let mut found: Vec<Location> = Vec::new();
    for (_, file) in sources.iter() {
        let name = file.path.rsplit('/').next().unwrap_or("");
        let toml = name == "pyproject.toml";
        if !(toml || name.ends_with(".ini") || name == "setup.cfg") || !file.text.contains("script_location")
        {
            continue;
        }
        for settings in sections(&file.text) {
            let location = location(&settings, folder(&file.path), folders);
            // Two sections may share a folder (one database per section); it is one tree.
            found.extend(
                location
                    .filter(|new| found.iter().all(|old| old.versions != new.versions))
                    .into_iter()
                    .collect::<Vec<_>>(),
            );
        }
    }
    found
}

/// A section's settings with those of `[DEFAULT]` under them.
type Settings = BTreeMap<String, String>;

/// The sections that name a `script_location`. Read line by line: both formats write `key = value`, a value may go on in
/// indented lines, and nothing else of them matters here.
fn sections(text: &str) -> Vec<Settings> {
    let mut defaults = Settings::new();
    let mut sections: Vec<(String, Settings)> = vec![(String::new(), Settings::new())];
    let mut last_key = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            sections.push((name.to_owned(), Settings::new()));
            continue;
        }
        let Some((name, settings)) = sections.last_mut() else { continue };
        let settings = if name == "DEFAULT" { &mut defaults } else { settings };
        match line.split_once('=') {
            Some((key, value)) if !line.starts_with(char::is_whitespace) => {
                last_key = key.trim().to_owned();
                settings.insert(last_key.clone(), unquoted(value));
            }
            _ => {
                let value = settings.entry(last_key.clone()).or_default();
                value.push(' ');
                value.push_str(&unquoted(trimmed));
            }
        }
    }
    let defaults_name_one = defaults.contains_key("script_location");
    let own: Vec<Settings> = sections
        .into_iter()
        .map(|(_, own)| own)
        .filter(|own| own.contains_key("script_location"))
        .map(|own| defaults.clone().into_iter().chain(own).collect())
        .collect();
    if own.is_empty() && defaults_name_one { vec![defaults] } else { own }
}

/// A value without the quotes and brackets of TOML.
fn unquoted(value: &str) -> String {
    value
        .chars()
        .map(|c| if matches!(c, '"' | '\'' | '[' | ']' | ',') { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn location(settings: &Settings, here: &str, folders: &[&str]) -> Option<Location> {
    let value = |key: &str| settings.get(key).map(String::as_str).unwrap_or("");
    let raw = value("script_location").replace("%%", "%");
    let recursive = value("recursive_version_locations").eq_ignore_ascii_case("true");
    let holds = |folder: &str| folders.iter().any(|own| *own == folder || is_inside(own, folder));
    let relative = || [here, ""].iter().map(|base| resolved(&raw, here, base)).find(|script| holds(script));
    let script = relative().or_else(|| of_another_machine(&raw, folders))?;
    let listed = value("version_locations").replace("%(script_location)s", &raw);
    let separators = |c: char| c.is_whitespace() || matches!(c, ':' | ';' | ',');
    let mut versions: Vec<String> = listed
        .split(separators)
        .filter(|part| !part.is_empty())
        .filter_map(|part| {
            [here, ""].iter().map(|base| resolved(part, here, base)).find(|folder| holds(folder))
        })
        .collect();
    if listed.trim().is_empty() {
        versions.push(join_path(&script, "versions"));
    }
    Some(Location { script, versions, recursive })
}

/// The folder that an absolute path means: a path of the machine or container where the repository, or a part of it, lies elsewhere. It is
/// the one whose end agrees with the longest end of the path, if there is only one.
fn of_another_machine(raw: &str, folders: &[&str]) -> Option<String> {
    let raw = raw.trim();
    if !raw.starts_with('/') {
        return None;
    }
    let parts: Vec<&str> = raw.split('/').filter(|part| !part.is_empty()).collect();
    for first in 0..parts.len() {
        let end = parts.get(first..)?.join("/");
        let ends = |folder: &str| {
            folder == end || folder.strip_suffix(&*end).is_some_and(|rest| rest.ends_with('/'))
        };
        let mut found: Vec<&str> =
            folders.iter().flat_map(|own| with_parents(own)).filter(|own| ends(own)).collect();
        found.sort_unstable();
        found.dedup();
        match found[..] {
            [] => {}
            [only] => return Some(only.to_owned()),
            _ => return None,
        }
    }
    None
}

/// A folder and those it lies in, from the inside.
fn with_parents(own: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(own), |at| at.rsplit_once('/').map(|(parent, _)| parent))
}

/// A folder as configuration writes it, relative to the root: `%(here)s`, `package.module:folder`, `./folder`.
fn resolved(raw: &str, here: &str, base: &str) -> String {
    if let Some(rest) = raw.trim().strip_prefix("%(here)s") {
        return join_path(here, rest.trim_start_matches('/'));
    }
    match raw.trim().split_once(':') {
        Some((package, rest)) => join_path(base, &join_path(&package.replace('.', "/"), rest)),
        None => join_path(base, raw.trim()),
    }
}

/// A path below another, without `.` and `..`; what would leave the repository stays at its root.
pub(crate) fn join_path(base: &str, rest: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
