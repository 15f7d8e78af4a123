//! Writing what a fix changes: everything is looked at before anything is written, and each file is replaced as a whole.
//!
//! Like `cargo fix`, it refuses to change what no commit keeps. Other than there, only files that would be changed count: nothing else is
//! at risk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use alignment_engine::fix::FileChange;

use crate::failure::Failure;
use crate::git::Repository;

/// What marks a text as UTF-8 on some systems; not part of the text that is analysed.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes every change, or none.
pub(super) fn write(root: &Path, changes: &[FileChange], allow_dirty: bool) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    if !allow_dirty {
        refuse_dirty(root, changes)?;
    }
    let ready = changes.iter().map(|change| prepared(root, change)).collect::<Result<Vec<_>, Failure>>()?;
    ready.iter().try_for_each(|(path, text)| {
        replace(path, text)
            .map_err(|error| Failure::io(&error).during(format!("failed to write `{}`", path.display())))
    })
}

/// Refuses files whose text no commit keeps.
fn refuse_dirty(root: &Path, changes: &[FileChange]) -> Result<(), Failure> {
    let hint = "`--allow-dirty` writes all the same; without `--write` the changes are only printed";
    let known = match Repository::find(root) {
        Ok(repository) if repository.top.is_some() => repository.dirty()?,
        _ => {
            return Err(Failure::new(
                "the folder is in no work tree of git, so that nothing keeps what is there now",
            )
            .hint(hint));
        }
    };
    let dirty: Vec<String> = changes
        .iter()
        .filter(|change| change.before.is_some() && known.contains(&change.path))
        .map(|change| format!("`{}`", change.path))
        .collect();
    match dirty.is_empty() {
        true => Ok(()),
        false => {
            Err(Failure::new(format!("no commit has the present text of {}", dirty.join(", "))).hint(hint))
        }
    }
}

/// Where a change goes, and the bytes that stand there then.
fn prepared(root: &Path, change: &FileChange) -> Result<(PathBuf, String), Failure> {
    let path = root.join(&change.path);
    let refused = |why: &str| Failure::new(why).during(format!("`{}` was not changed", change.path));
    let failed = |error: io::Error| Failure::io(&error).during(format!("failed to read `{}`", change.path));
    let folder = path.parent().unwrap_or(root).canonicalize().map_err(failed)?;
    if !folder.starts_with(root) {
        return Err(refused("it stands outside of the repository"));
    }
    let Some(before) = &change.before else {
        return match path.symlink_metadata() {
            Ok(_) => Err(refused("it exists")),
            Err(_) => Ok((path, change.after.clone())),
        };
    };
    let real = path.canonicalize().map_err(failed)?;
    if !real.starts_with(root) {
        return Err(refused("it is a link to a file outside of the repository"));
    }
    if fs::metadata(&real).map_err(failed)?.permissions().readonly() {
        return Err(refused("it is read-only"));
    }
    let bytes = fs::read(&real).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it changed while it was analysed"))?;
    let (mark, rest) = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (BYTE_ORDER_MARK, rest),
        None => ("", &*text),
    };
    if rest != before {
        return Err(refused("it changed while it was analysed"));
    }
    Ok((real, format!("{mark}{}", change.after)))
}

/// Replaces a file at once: whoever reads it sees the old text or the new one. Permissions stay.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.alignment-{}", std::process::id()));
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}
