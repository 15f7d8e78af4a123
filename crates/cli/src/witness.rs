//! `alignment audit --witness-tests DIR`: writes the tests, and takes away those that were written before for what is mended.
//!
//! Only files that begin with the mark of this command are replaced or taken away; before the first byte is written, every place is
//! looked at.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use alignment_model::Sources;
use alignment_model::finding::Finding;
use alignment_report::witness::{COMMENTS, MARK, TestFolder, WitnessTests, witness_tests};

use crate::args::{Global, Target};
use crate::failure::{Failure, say};
use crate::load::Place;

/// How deep tests lie in their folder.
const DEPTH: usize = 3;

/// Writes the tests of these findings, and says how many there are.
pub(crate) fn write(
    folder: &Path,
    target: &Target,
    global: &Global,
    findings: &[Finding],
    sources: &Sources,
) -> Result<(), Failure> {
    let during = |path: &Path| format!("failed to write `{}`", path.display());
    let root = Place::find(target, global)?.root;
    fs::create_dir_all(folder).map_err(|error| Failure::io(&error).during(during(folder)))?;
    let home = folder.canonicalize().map_err(|error| Failure::io(&error).during(during(folder)))?;
    let place = TestFolder { to_root: relative(&home, &root), from_root: relative(&root, &home) };
    let tests = witness_tests(findings, sources, &place);
    let wanted: BTreeSet<PathBuf> = tests.files.keys().map(|path| home.join(path)).collect();
    if let Some(foreign) = wanted.iter().find(|path| path.exists() && !is_ours(path)) {
        return Err(Failure::new("it is no file that `--witness-tests` wrote")
            .during(during(foreign))
            .hint("name a folder of its own"));
    }
    for gone in ours(&home, DEPTH).iter().filter(|path| !wanted.contains(*path)) {
        fs::remove_file(gone)
            .map_err(|error| Failure::io(&error).during(format!("failed to remove `{}`", gone.display())))?;
    }
    for (path, text) in &tests.files {
        let path = home.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.map_err(|error| Failure::io(&error).during(during(&path)))?;
    }
    summary(&tests, folder);
    Ok(())
}

fn summary(tests: &WitnessTests, folder: &Path) {
    let all = tests.written + tests.unwritten.len();
    say(&format!(
        "wrote tests for {} of {all} {} to `{}`; its README.md says how to run them",
        tests.written,
        if all == 1 { "error" } else { "errors" },
        folder.display()
    ));
    for (title, why) in &tests.unwritten {
        say(&format!("not written: {title} ({why})"));
    }
}

/// Files of this command in a folder.
fn ours(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let Some(below) = depth.checked_sub(1) else { return Vec::new() };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for entry in entries {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(ours(&entry.path(), below)),
            Ok(kind) if kind.is_file() && is_ours(&entry.path()) => found.push(entry.path()),
            _ => {}
        }
    }
    found
}

/// Whether a file begins with the mark. A link is none of ours: it would be written through.
fn is_ours(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
        && fs::read_to_string(path).is_ok_and(|text| {
            COMMENTS.iter().any(|sign| text.strip_prefix(sign).is_some_and(|rest| rest.starts_with(MARK)))
        })
}

/// The way from one folder to another, both absolute.
fn relative(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = to.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::relative;

    #[test]
    fn the_way_between_folders_goes_up_and_down() {
        for (from, to, way) in
            [("/a/b", "/a/b", "."), ("/a/b/c", "/a", "../.."), ("/a", "/a/b/c", "b/c"), ("/x", "/y", "../y")]
        {
            assert_eq!(relative(Path::new(from), Path::new(to)), way);
        }
    }
}
