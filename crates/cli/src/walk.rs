//! Finds and reads the files that can matter, in parallel, as git sees the tree.
//!
//! What is not read: what `.gitignore` excludes, hidden folders, installed packages, virtual environments, build output,
//! vendored and minified code. Links are not followed: what they lead to is read in its own place. A file that should
//! have been read and could not be is a problem, never silence.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use alignment_model::SourceFile;
use alignment_model::problem::Problem;
use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::admission::{
    ENVIRONMENT_MARK, admitted, can_matter, is_foreign_folder, is_output_folder, not_read, read,
};
use crate::failure::reason;

/// What the walk found.
#[derive(Default)]
pub(crate) struct Walked {
    /// Files read, in no particular order.
    pub(crate) files: Vec<SourceFile>,
    /// What could not be read, in no particular order.
    pub(crate) problems: Vec<Problem>,
}

impl Walked {
    /// Takes in what became of one file.
    pub(crate) fn add(&mut self, file: Option<Result<SourceFile, Problem>>) {
        match file {
            Some(Ok(file)) => self.files.push(file),
            Some(Err(problem)) => self.problems.push(problem),
            None => {}
        }
    }
}

/// Walks `root` and reads every file that `wanted` (by path relative to the root) admits and that can matter.
pub(crate) fn walk(root: &Path, threads: usize, wanted: &(dyn Fn(&str) -> bool + Sync)) -> Walked {
    let in_repository = root.ancestors().any(|folder| folder.join(".git").exists());
    let walker = WalkBuilder::new(root)
        .parents(in_repository)
        .require_git(in_repository)
        .threads(threads)
        .filter_entry(|entry| !is_foreign(entry))
        .build_parallel();
    let all = Mutex::new(Walked::default());
    walker.run(|| {
        let mut mine = Batch { walked: Walked::default(), all: &all };
        Box::new(move |entry| {
            visit(root, entry, wanted, &mut mine.walked);
            WalkState::Continue
        })
    });
    let mut walked = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    add_tracked_configuration(root, wanted, &mut walked);
    walked
}

/// Reads the configuration of TypeScript in folders that hold code even where `.gitignore` excludes it: a pattern like `*.json` is
/// common, and files that git tracks count all the same.
fn add_tracked_configuration(root: &Path, wanted: &(dyn Fn(&str) -> bool + Sync), walked: &mut Walked) {
    let is_script = |path: &str| path.ends_with(".ts") || path.ends_with(".tsx") || path.ends_with(".vue");
    let mut folders = BTreeSet::new();
    for file in walked.files.iter().filter(|file| is_script(&file.path)) {
        let mut folder = &*file.path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if !folders.insert(parent.to_owned()) {
                break;
            }
            folder = parent;
        }
    }
    let known: HashSet<Arc<str>> = walked.files.iter().map(|file| file.path.clone()).collect();
    for folder in folders {
        for name in ["tsconfig.json", "package.json"] {
            let path = format!("{folder}/{name}");
            if known.contains(&*path) || !wanted(&path) || !root.join(&path).is_file() {
                continue;
            }
            match read(&root.join(&path), &path) {
                Ok(text) => walked.files.push(SourceFile { path: path.into(), text }),
                Err(why) => walked.problems.push(not_read(&path, &why)),
            }
        }
    }
}

/// What one worker found; handed over when the worker ends.
struct Batch<'a> {
    walked: Walked,
    all: &'a Mutex<Walked>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.files.append(&mut self.walked.files);
        all.problems.append(&mut self.walked.problems);
    }
}

/// Whether a folder holds no code of the project's own.
fn is_foreign(entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    let name = entry.file_name().to_string_lossy();
    is_foreign_folder(&name)
        || entry.path().join(ENVIRONMENT_MARK).exists()
        || is_output_folder(&name) && !holds_python(entry.path())
}

/// Whether a Python module stands directly in the folder: a package need not have an `__init__.py`.
fn holds_python(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| Path::new(&entry.file_name()).extension().is_some_and(|kind| kind == "py"))
}

fn visit(
    root: &Path,
    entry: Result<DirEntry, ignore::Error>,
    wanted: &(dyn Fn(&str) -> bool + Sync),
    walked: &mut Walked,
) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return walked.problems.push(unreadable(root, &error)),
    };
    let Some(path) = relative(root, entry.path()) else { return };
    let kind = entry.file_type();
    if kind.is_some_and(|kind| kind.is_dir()) || !can_matter(&path) || !wanted(&path) {
        return;
    }
    if kind.is_some_and(|kind| kind.is_symlink()) {
        return walked.problems.extend(broken_link(entry.path(), &path));
    }
    walked.add(admitted(&path, read(entry.path(), &path)));
}

/// Path below the root with `/` between components; `None` for the root itself.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let below = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A link that leads nowhere or in a circle; any other is read in its own place.
fn broken_link(path: &Path, shown: &str) -> Option<Problem> {
    fs::metadata(path).err().map(|error| not_read(shown, &format!("it is a link, and {}", reason(&error))))
}

fn unreadable(root: &Path, error: &ignore::Error) -> Problem {
    let mut error = error;
    let mut path = PathBuf::new();
    loop {
        error = match error {
            ignore::Error::WithPath { path: at, err } => {
                path.clone_from(at);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    let why = error.io_error().map_or_else(|| error.to_string(), reason);
    not_read(&relative(root, &path).unwrap_or_else(|| path.display().to_string()), &why)
}
