//! Markdown tests. A file is a suite, each leaf heading one test: one fresh in-memory repository of named fences.
//!
//! - `` `path`: `` on a line of its own names the next fence; fences of one path are joined. Prose is free.
//! - `# error: [rule] "part of the message"` (`//` in TypeScript, `--` in SQL; `warning` and `info` too) expects a finding
//!   on its line, or, where it stands alone, on the next line that is no such comment. Rule and text may be left out: on a
//!   rule's page the rule is its own. Every finding must be expected, and every expected finding must come.
//! - A `yaml` fence without a path is `alignment.yaml`.
//! - A heading with headings inside is a group: its files and its configuration belong to every test inside.
//! - `facts`, `graph`, `report` and `trace NAME` fences hold canonical text that `UPDATE=1` rewrites.
//! - `<!-- known gap: reason -->` marks a heading that asserts today's wrong result.
//!
//! `MDTEST=<part of path or heading>` runs only some headings. Deliberately absent: any look inside the engine; a test sees
//! what the command line sees.

pub(crate) mod document;
pub(crate) mod expect;
pub(crate) mod render;
pub(crate) mod run;

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    // The target's manifest lies in `crates/cli`.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository exists")
}

/// Files below a folder with this extension, sorted; folders that hold no sources of ours are left out.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() {
                let skipped = ["target", "node_modules", ".git"].iter().any(|skipped| name == **skipped);
                if !skipped {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// A path relative to the root, with `/` between components.
pub(crate) fn relative(path: &Path) -> String {
    let root = root();
    let path = path.strip_prefix(&root).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Every Markdown test: rule pages and suites in `fixtures`. Explanations called `README.md` are no suites.
pub(crate) fn suites() -> Vec<PathBuf> {
    let root = root();
    let mut out = files(&root.join("crates/rules/src/rules"), "md");
    out.extend(files(&root.join("fixtures"), "md"));
    out.retain(|path| path.file_name().is_some_and(|name| name != "README.md"));
    out
}
