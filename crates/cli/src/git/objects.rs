//! Contents of files by their object ids, through one process of `git cat-file`.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStdout, Stdio};
use std::sync::Arc;
use std::thread;

use super::merge::Scratch;
use super::renames::Side;
use super::{Repository, cannot_start};
use crate::admission::{decode, too_large};
use crate::failure::Failure;

/// The name of an object, in hexadecimal.
pub(crate) type Id = Arc<str>;

/// A file's contents.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Its text, or why it has none.
    pub(crate) text: Result<Arc<str>, String>,
}

impl Blob {
    /// The text, unless a file of this name and size is not read.
    pub(crate) fn text_at(&self, path: &str) -> Result<Arc<str>, String> {
        too_large(path, self.size).map_or_else(|| self.text.clone(), Err)
    }
}

impl Repository {
    /// Reads these objects. One that is missing is an error: what is not there cannot be judged.
    pub(crate) fn blobs(
        &self,
        ids: &BTreeSet<Id>,
        scratch: Option<&Scratch>,
    ) -> Result<HashMap<Id, Blob>, Failure> {
        let flags = ["cat-file", "--batch", "--buffer"];
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut command = self.command(&flags);
        if let Some(scratch) = scratch {
            scratch.apply(&mut command);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| cannot_start(&error))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(mut input), Some(output)) = (input, output) else {
            return Err(Failure::new("its pipes are closed").during("failed to run git"));
        };
        let asked: String = ids.iter().flat_map(|id| [id, "\n"]).collect();
        let read = thread::scope(|scope| {
            // Git stops listening only when it ends, and then the answers say what is missing.
            scope.spawn(move || input.write_all(asked.as_bytes()));
            answers(ids, BufReader::new(output))
        });
        // Its answers are complete or have been refused; how it ends adds nothing.
        let _ = child.wait();
        let (blobs, missing) =
            read.map_err(|error| Failure::io(&error).during("failed to read what `git cat-file` writes"))?;
        if missing.is_empty() { Ok(blobs) } else { Err(self.lacks(&missing)) }
    }

    /// The text of one file by its path from the top; `None` if there is no such file.
    pub(crate) fn text_of(
        &self,
        side: &Side<'_>,
        path: &str,
        scratch: Option<&Scratch>,
    ) -> Result<Option<Arc<str>>, Failure> {
        let object = match side {
            Side::Tree(tree) => format!("{tree}:{path}"),
            Side::Index | Side::WorkTree => format!(":{path}"),
        };
        let mut command = self.command(&["rev-parse", "--verify", "--quiet", "--end-of-options", &object]);
        if let Some(scratch) = scratch {
            scratch.apply(&mut command);
        }
        let output = command.output().map_err(|error| cannot_start(&error))?;
        if !output.status.success() {
            return Ok(None);
        }
        let id: Id = String::from_utf8_lossy(&output.stdout).trim().into();
        let blobs = self.blobs(&BTreeSet::from([id.clone()]), scratch)?;
        let text = blobs.get(&id).map(|blob| blob.text_at(path)).transpose();
        text.map_err(|why| Failure::new(why).during(format!("failed to read `{path}`")))
    }

    fn lacks(&self, missing: &[Id]) -> Failure {
        let first = missing.first().map_or("", |id| id);
        let failure = match missing.len() {
            1 => Failure::new(format!("object `{first}` is missing in this clone")),
            n => Failure::new(format!("{n} objects are missing in this clone, `{first}` first")),
        };
        match self.repair() {
            Ok(repair) => failure.hint(repair),
            Err(_) => failure,
        }
    }
}

/// Reads one answer for each id, in order: `<id> <kind> <size>`, the bytes and a newline, or `<id> missing`.
fn answers(ids: &BTreeSet<Id>, mut from: BufReader<ChildStdout>) -> io::Result<(HashMap<Id, Blob>, Vec<Id>)> {
    let (mut blobs, mut missing) = (HashMap::with_capacity(ids.len()), Vec::new());
    let mut line = String::new();
    for id in ids {
        line.clear();
        if from.read_line(&mut line)? == 0 {
            // Git gave up on this object: it is damaged.
            missing.push(id.clone());
            break;
        }
        let size = line.strip_prefix(&**id).and_then(|rest| rest.trim_end().rsplit_once(' ')?.1.parse().ok());
        let Some(size) = size else {
            missing.push(id.clone());
            continue;
        };
        let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        from.read_exact(&mut bytes)?;
        from.read_exact(&mut [0])?;
        blobs.insert(id.clone(), Blob { size, text: decode(bytes) });
    }
    Ok((blobs, missing))
}
