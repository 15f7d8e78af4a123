//! The tree that merging two commits would make, without a work tree. What git writes for it goes to a folder of its own that is
//! deleted afterwards, so that the repository stays as it is.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::revision::Commit;
use super::{Repository, cannot_start, said};
use crate::failure::Failure;

/// Files named in a message.
const SHOWN: usize = 5;

/// Objects that are not the repository's.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    /// The repository's own objects.
    objects: PathBuf,
}

impl Scratch {
    fn new(repository: &Repository) -> Result<Self, Failure> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let objects = repository.line(&["rev-parse", "--path-format=absolute", "--git-path", "objects"])?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("alignment-merge-{}-{number}", std::process::id()));
        fs::create_dir(&folder)
            .map_err(|error| Failure::io(&error).during(format!("failed to make `{}`", folder.display())))?;
        Ok(Self { folder, objects: objects.into() })
    }

    /// Makes git write here, and read here as well.
    pub(super) fn apply(&self, command: &mut Command) {
        let mut alternates = self.objects.clone().into_os_string();
        if let Some(more) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            alternates.push(if cfg!(windows) { ";" } else { ":" });
            alternates.push(more);
        }
        command.env("GIT_OBJECT_DIRECTORY", &self.folder);
        command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind in the system's place for such folders harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Repository {
    /// The tree of merging `head` into `base`, and where its new objects are.
    pub(crate) fn merge(&self, base: &Commit, head: &Commit) -> Result<(String, Scratch), Failure> {
        let scratch = Scratch::new(self)?;
        let flags = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages"];
        let mut command = self.command(&flags);
        command.args([&base.id, &head.id]);
        scratch.apply(&mut command);
        let output = command.output().map_err(|error| cannot_start(&error))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut parts = text.split('\0').filter(|part| !part.is_empty());
        let tree = parts.next().unwrap_or_default().trim().to_owned();
        match output.status.code() {
            Some(0) => Ok((tree, scratch)),
            Some(1) => Err(conflict(base, head, &parts.collect::<Vec<_>>())),
            Some(129) => Err(Failure::new("this git cannot merge without a work tree")
                .hint("`--merge` needs git 2.38 or newer")),
            _ => Err(self.failed(&flags, &said(&output))),
        }
    }
}

fn conflict(base: &Commit, head: &Commit, files: &[&str]) -> Failure {
    let listed: Vec<String> = files.iter().take(SHOWN).map(|file| format!("`{file}`")).collect();
    let more = files.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let (base, head) = (&base.name, &head.name);
    let message = format!(
        "merging `{head}` into `{base}` has conflicts in {}{more}: nothing was checked",
        listed.join(", ")
    );
    Failure::new(message).hint(format!("merge or rebase onto `{base}` and resolve them first"))
}
