//! The files of a tree, of the index or of the work tree, by path relative to the folder that is analysed, and which of them are read.

use std::collections::{BTreeSet, HashSet};

use alignment_model::problem::{Problem, ProblemKind};

use super::Repository;
use super::merge::Scratch;
use super::objects::Id;
use crate::admission::{ENVIRONMENT_MARK, can_matter, is_foreign_folder, is_output_folder, not_read};
use crate::failure::Failure;

/// One file as git lists it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Path relative to the folder.
    pub(crate) path: String,
    /// What it is.
    kind: Kind,
    /// Its contents, if they are what git has: a changed file of the work tree has none.
    pub(crate) id: Option<Id>,
}

/// What git keeps at a path (gitformat-index, "mode").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Submodule,
}

impl Kind {
    fn of_mode(mode: &str) -> Self {
        match mode {
            "120000" => Kind::Link,
            "160000" => Kind::Submodule,
            _ => Kind::File,
        }
    }
}

impl Repository {
    /// The files of a commit or tree.
    pub(crate) fn list_tree(&self, tree: &str, scratch: Option<&Scratch>) -> Result<Vec<Entry>, Failure> {
        let arguments = ["ls-tree", "-r", "-z", tree];
        let mut command = self.command(&arguments);
        if let Some(scratch) = scratch {
            scratch.apply(&mut command);
        }
        let output = command.output().map_err(|error| super::cannot_start(&error))?;
        if !output.status.success() {
            return Err(self.failed(&arguments, &super::said(&output)));
        }
        Ok(records(&output.stdout).filter_map(|record| entry(&record, 2)).collect())
    }

    /// The files of the index.
    pub(crate) fn list_index(&self) -> Result<Vec<Entry>, Failure> {
        let output = self.output(&["ls-files", "-s", "-z"])?;
        let mut conflicts = BTreeSet::new();
        let mut entries = Vec::new();
        for record in records(&output) {
            match record.split_once('\t').and_then(|(head, path)| Some((head.rsplit(' ').next()?, path))) {
                Some(("0", _)) => entries.extend(entry(&record, 1)),
                Some((_, path)) => drop(conflicts.insert(path.to_owned())),
                None => {}
            }
        }
        match conflicts.first() {
            None => Ok(entries),
            Some(first) => Err(Failure::new(format!(
                "{} not resolved yet, `{first}` first: nothing was checked",
                match conflicts.len() {
                    1 => "a merge conflict is".to_owned(),
                    n => format!("{n} merge conflicts are"),
                }
            ))
            .hint("resolve the conflicts and `git add` the files")),
        }
    }

    /// The files of the work tree: what git tracks, and what it neither tracks nor ignores.
    pub(crate) fn list_work_tree(&self) -> Result<Vec<Entry>, Failure> {
        let mut entries = self.list_index()?;
        let changed = self.output(&["ls-files", "-m", "-z"])?;
        let changed: HashSet<String> = records(&changed).collect();
        for entry in entries.iter_mut().filter(|entry| changed.contains(&entry.path)) {
            entry.id = None;
        }
        let others = self.output(&["ls-files", "-o", "--exclude-standard", "-z"])?;
        // A path with a slash at its end is another repository inside this one.
        let others = records(&others).filter(|path| !path.ends_with('/'));
        entries.extend(others.map(|path| Entry { path, kind: Kind::File, id: None }));
        Ok(entries)
    }
}

/// Texts that end with a zero byte: the only form in which git does not quote names.
fn records(output: &[u8]) -> impl Iterator<Item = String> {
    let records = output.split(|byte| *byte == 0).filter(|record| !record.is_empty());
    records.map(|record| String::from_utf8_lossy(record).into_owned())
}

/// `<mode> ... <TAB> <path>`, with the object as the field at this position.
fn entry(record: &str, object: usize) -> Option<Entry> {
    let (head, path) = record.split_once('\t')?;
    let mode = head.split(' ').next()?;
    let id = head.split(' ').nth(object)?;
    Some(Entry { path: path.to_owned(), kind: Kind::of_mode(mode), id: Some(id.into()) })
}

/// The files that are read, by the rules of a walk over a folder, and what is told of others.
pub(crate) fn select(entries: Vec<Entry>, wanted: &dyn Fn(&str) -> bool) -> (Vec<Entry>, Vec<Problem>) {
    let folders = Folders::of(&entries);
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for entry in entries {
        let path = &entry.path;
        if folders.hide(path) || !wanted(path) {
            continue;
        }
        match entry.kind {
            Kind::Submodule => problems.push(Problem::general(
                ProblemKind::Unreadable,
                format!(
                    "`{path}` is a submodule: its files are not part of this repository and are not read"
                ),
            )),
            _ if !can_matter(path) => {}
            Kind::Link => {
                problems.push(not_read(path, "it is a link; what it leads to is read in its own place"))
            }
            Kind::File => files.push(entry),
        }
    }
    (files, problems)
}

/// What makes folders foreign or not, as a walk would find it in them.
struct Folders {
    /// Folders with a Python module directly in them.
    python: HashSet<String>,
    /// Virtual environments.
    environments: HashSet<String>,
}

impl Folders {
    fn of(entries: &[Entry]) -> Self {
        let (mut python, mut environments) = (HashSet::new(), HashSet::new());
        for entry in entries {
            let Some((folder, name)) = entry.path.rsplit_once('/') else { continue };
            if name == ENVIRONMENT_MARK {
                environments.insert(folder.to_owned());
            } else if name.rsplit_once('.').is_some_and(|(_, kind)| kind == "py") {
                python.insert(folder.to_owned());
            }
        }
        Self { python, environments }
    }

    /// Whether a file is hidden, or in a folder that is.
    fn hide(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let mut start = 0;
        for end in ends {
            let (whole, name) = (&path[..end], &path[start..end]);
            let is_folder = end < path.len();
            let foreign = is_foreign_folder(name)
                || is_output_folder(name) && !self.python.contains(whole)
                || self.environments.contains(whole);
            if name.starts_with('.') || is_folder && foreign {
                return true;
            }
            start = end + 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(paths: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let entries = paths.iter().filter_map(|(mode, path)| entry(&format!("{mode} blob abc\t{path}"), 2));
        let (files, problems) = select(entries.collect(), &|path| !path.starts_with("legacy/"));
        (
            files.into_iter().map(|entry| entry.path).collect(),
            problems.into_iter().map(|problem| problem.message).collect(),
        )
    }

    #[test]
    fn a_tree_is_read_as_a_folder_is_walked() {
        let file = "100644";
        let (files, problems) = listed(&[
            (file, "app/a.py"),
            (file, "app/a \"b\"\n.py"),
            (file, "app/README.md"),
            (file, "app/.hidden/a.py"),
            (file, "app/.a.py"),
            (file, "build/models/a.py"),
            (file, "build/lib.ts"),
            (file, "dist/setup.py"),
            (file, "dist/a.ts"),
            (file, "env/pyvenv.cfg"),
            (file, "env/lib/a.py"),
            (file, "legacy/a.py"),
            (file, "web/node_modules/x/a.ts"),
            ("100755", "run.py"),
        ]);
        assert_eq!(files, ["app/a.py", "app/a \"b\"\n.py", "dist/setup.py", "dist/a.ts", "run.py"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn links_and_submodules_are_told_and_not_read() {
        let (files, problems) = listed(&[
            ("120000", "app/a.py"),
            ("120000", "docs"),
            ("160000", "lib"),
            ("160000", "node_modules/x"),
        ]);
        assert!(files.is_empty());
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("`app/a.py` was not read: it is a link"), "{problems:?}");
        assert!(problems[1].contains("`lib` is a submodule"), "{problems:?}");
    }
}
