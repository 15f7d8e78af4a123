//! Which version of a package a file runs with, where a lock file near it says so.
//!
//! Deliberately absent: installed packages, and bounds such as `>=1.0`, which leave the choice to the day of the installation.

use std::collections::HashMap;

use alignment_model::FileId;

use crate::Input;

/// Files that name the exact version of every package.
const LOCK_FILES: &[&str] = &["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"];

/// Whether a file of this name locks versions.
pub(crate) fn is_lock_file(name: &str) -> bool {
    LOCK_FILES.contains(&name)
}

/// A version: major, minor, patch.
pub(crate) type Version = [u32; 3];

/// The versions of one package, by directory.
#[derive(Debug, Default)]
pub(crate) struct Locked {
    by_directory: HashMap<Box<str>, Version>,
}

impl Locked {
    pub(crate) fn new(input: Input<'_>, package: &str) -> Self {
        let mut by_directory = HashMap::new();
        for (_, file) in input.sources.iter() {
            let (directory, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            if is_lock_file(name)
                && let Some(version) = locked(&file.text, package).and_then(version)
            {
                by_directory.insert(directory.into(), version);
            }
        }
        Self { by_directory }
    }

    /// The version that the nearest lock file above a file names.
    pub(crate) fn of(&self, input: Input<'_>, file: FileId) -> Option<Version> {
        directories(input.sources.path(file)).find_map(|directory| self.by_directory.get(directory).copied())
    }
}

/// The version of a package in the text of a lock file: `name = "pydantic"` followed by `version = "2.7.1"`; `"pydantic": {...
/// "version": "==2.7.1"` in a Pipfile.lock.
pub(crate) fn locked<'t>(text: &'t str, package: &str) -> Option<&'t str> {
    let (entry, key) = (format!("name = \"{package}\""), format!("\"{package}\": {{"));
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == entry || *line == key)?;
    let version =
        lines.take(40).find(|line| line.starts_with("version = ") || line.starts_with("\"version\""))?;
    version.split(['=', ':']).next_back()
}

fn version(text: &str) -> Option<Version> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut parts = digits.split('.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end)?.parse().ok()
    });
    let major = parts.next()??;
    let mut more = || parts.next().flatten().unwrap_or(0);
    Some([major, more(), more()])
}

/// The directories of a path, nearest first, the root last as empty text.
pub(crate) fn directories(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(path);
    std::iter::from_fn(move || {
        let directory = rest?.rsplit_once('/').map_or("", |(directory, _)| directory);
        rest = (!directory.is_empty()).then_some(directory);
        Some(directory)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_name_one_version() {
        let toml = "[[package]]\nname = \"sqlmodel-x\"\nversion = \"9.9\"\n[[package]]\nname = \"sqlmodel\"\nversion = \"0.0.22\"\n";
        assert_eq!(locked(toml, "sqlmodel").and_then(version), Some([0, 0, 22]));
        let json = "\"sqlmodel\": {\n\"hashes\": [],\n\"version\": \"==0.1.0rc1\"\n}";
        assert_eq!(locked(json, "sqlmodel").and_then(version), Some([0, 1, 0]));
        assert_eq!(locked(toml, "pydantic"), None);
    }

    #[test]
    fn directories_go_up_to_the_root() {
        assert_eq!(directories("a/b/c.py").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(directories("c.py").collect::<Vec<_>>(), [""]);
    }
}
