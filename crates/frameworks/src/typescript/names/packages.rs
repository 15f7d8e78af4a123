//! `package.json`: names of workspace packages, their entry points, and what they depend on.
//!
//! Source of the rules: Node.js documentation, "Packages" (`exports`, `imports`, `main`); TypeScript handbook, "Modules
//! Reference" (`types`). Conditions of `exports` are all tried, types first by their usual order in the file.

use std::collections::HashMap;

use alignment_model::Sources;

use super::paths;
use crate::typescript::jsonc::Json;

/// All manifests of a repository.
pub(super) struct Packages {
    manifests: HashMap<String, Manifest>,
    /// Folder by name; none where two packages have one name.
    by_name: HashMap<String, Option<String>>,
}

/// One `package.json`.
pub(super) struct Manifest {
    /// Its folder.
    pub(super) folder: String,
    /// Entry points, with at most one `*`, and the files that may stand for each.
    pub(super) exports: Vec<(String, Vec<String>)>,
    /// The same for `#names`.
    pub(super) imports: Vec<(String, Vec<String>)>,
    dependencies: Vec<(String, String)>,
}

impl Packages {
    /// Reads every manifest.
    pub(super) fn read(sources: &Sources) -> Self {
        let mut this = Self { manifests: HashMap::new(), by_name: HashMap::new() };
        for (_, file) in sources.iter() {
            let (folder, name) = paths::split(&file.path);
            if name != "package.json" || paths::is_dependency(&file.path) {
                continue;
            }
            let json = Json::parse(&file.text);
            if let Some(name) = json.get("name").and_then(Json::text) {
                let twin = |known: &mut Option<String>| *known = None;
                this.by_name.entry(name.to_owned()).and_modify(twin).or_insert(Some(folder.to_owned()));
            }
            this.manifests.insert(folder.to_owned(), Manifest::new(folder, &json));
        }
        this
    }

    /// The package of this name.
    pub(super) fn named(&self, name: &str) -> Option<&Manifest> {
        self.manifests.get(self.by_name.get(name)?.as_ref()?)
    }

    /// The manifests of the folders around a file, the nearest first.
    pub(super) fn around<'p>(&'p self, path: &'p str) -> impl Iterator<Item = &'p Manifest> {
        paths::ancestors(path).filter_map(|folder| self.manifests.get(folder))
    }
}

impl Manifest {
    fn new(folder: &str, json: &Json) -> Self {
        let listed = |key: &str| json.get(key).map(Json::entries).unwrap_or_default();
        let targets = |(pattern, value): &(String, Json)| (pattern.clone(), targets_of(value));
        let dependencies =
            ["dependencies", "devDependencies", "peerDependencies"].iter().flat_map(|key| listed(key));
        let dependencies =
            dependencies.filter_map(|(name, version)| Some((name.clone(), version.text()?.to_owned())));
        Self {
            folder: folder.to_owned(),
            exports: exports_of(json),
            imports: listed("imports").iter().map(targets).collect(),
            dependencies: dependencies.collect(),
        }
    }

    /// The first number of the version range of a dependency.
    pub(super) fn major_version(&self, package: &str) -> Option<u32> {
        let (_, range) = self.dependencies.iter().find(|(name, _)| name == package)?;
        let digits = range.trim_start_matches(|c: char| !c.is_ascii_digit());
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}

/// The files that a list of patterns gives for a name.
pub(super) fn matches<'l>(
    patterns: &'l [(String, Vec<String>)],
    name: &'l str,
) -> impl Iterator<Item = String> + 'l {
    patterns
        .iter()
        .filter_map(move |(pattern, targets)| Some((paths::matched(pattern, name)?, targets)))
        .flat_map(|(star, targets)| targets.iter().map(move |target| target.replacen('*', star, 1)))
}

/// Each entry point of a package with the files that may stand for it, types first.
fn exports_of(json: &Json) -> Vec<(String, Vec<String>)> {
    let mut exports = Vec::new();
    match json.get("exports") {
        Some(map @ Json::Object(entries)) if entries.iter().all(|(key, _)| key.starts_with('.')) => {
            exports.extend(map.entries().iter().map(|(key, value)| (key.clone(), targets_of(value))));
        }
        Some(value) => exports.push((".".to_owned(), targets_of(value))),
        None => {}
    }
    let main = ["types", "typings", "source", "svelte", "module", "main"];
    let main = main.iter().filter_map(|key| json.get(key)?.text().map(str::to_owned));
    exports.push((".".to_owned(), main.chain(["index".to_owned(), "src/index".to_owned()]).collect()));
    exports
}

/// The files that a value of `exports` or `imports` names under any condition.
fn targets_of(value: &Json) -> Vec<String> {
    let mut targets = Vec::new();
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value {
            Json::Text(text) => targets.push(text.clone()),
            Json::Object(entries) => stack.extend(entries.iter().rev().map(|(_, value)| value)),
            Json::Array(items) => stack.extend(items.iter().rev()),
            _ => {}
        }
    }
    targets
}
