//! The revision that is checked out, read from git's own files (`gitrepository-layout`, Git 2.47): no process is started for it.

use std::fs;
use std::path::{Path, PathBuf};

/// The object name of `HEAD`, for a folder inside a work tree. `None` where there is no repository, or no commit in it.
pub(crate) fn checked_out(folder: &Path) -> Option<String> {
    let repository = folder.ancestors().map(|folder| folder.join(".git")).find(|git| git.exists())?;
    let git = git_folder(&repository)?;
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let head = head.trim();
    match head.strip_prefix("ref: ") {
        Some(name) => resolved(&git, name),
        None => object_name(head),
    }
}

/// `.git` is a folder, or a file that names one (a linked work tree, a submodule).
fn git_folder(git: &Path) -> Option<PathBuf> {
    if git.is_dir() {
        return Some(git.to_path_buf());
    }
    let text = fs::read_to_string(git).ok()?;
    Some(git.parent()?.join(text.trim().strip_prefix("gitdir: ")?))
}

/// The object that a branch names: in a file of its own, else among the packed ones. A linked work tree shares them.
fn resolved(git: &Path, name: &str) -> Option<String> {
    if name.split('/').any(|part| part == "..") {
        return None;
    }
    let shared = fs::read_to_string(git.join("commondir")).ok().map(|shared| git.join(shared.trim()));
    let places = [Some(git.to_path_buf()), shared];
    let loose = |place: &PathBuf| object_name(fs::read_to_string(place.join(name)).ok()?.trim());
    let packed = |place: &PathBuf| {
        let text = fs::read_to_string(place.join("packed-refs")).ok()?;
        text.lines().find_map(|line| object_name(line.strip_suffix(name)?.trim()))
    };
    places.iter().flatten().find_map(|place| loose(place).or_else(|| packed(place)))
}

/// A name of 40 (SHA-1) or 64 (SHA-256) hexadecimal digits.
fn object_name(text: &str) -> Option<String> {
    let is_name = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name.then(|| text.to_owned())
}
