//! A repository as git tells it. Git itself is asked, so that work trees, alternates, partial clones and the user's settings
//! are followed; nothing is checked out, no object is written, and no network is used.

pub(crate) mod listing;
pub(crate) mod merge;
pub(crate) mod objects;
pub(crate) mod renames;
pub(crate) mod revision;

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::failure::Failure;

/// Variables of git that hold paths. Hooks set them relative to the folder in which the hook runs.
const PATH_VARIABLES: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"];

/// How a clone that lacks history is completed.
const DEEPEN: &str = "this is a shallow clone: run `git fetch --deepen=50` or `git fetch --unshallow` (`fetch-depth: 0` in GitHub \
                      Actions, `GIT_DEPTH: 0` in GitLab CI)";

/// A repository of git.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    /// A folder of it, in which git is run.
    folder: PathBuf,
    /// The work tree that belongs to `GIT_DIR`, where that is given.
    work_tree: Option<PathBuf>,
    /// The top of the work tree, if the folder is in one.
    pub(crate) top: Option<PathBuf>,
    /// Path of the folder relative to the top, with a final slash; empty at the top and in a bare repository.
    pub(crate) prefix: String,
}

impl Repository {
    /// The repository that `folder` belongs to.
    pub(crate) fn find(folder: &Path) -> Result<Self, Failure> {
        let mut repository =
            Self { folder: folder.to_path_buf(), work_tree: None, top: None, prefix: String::new() };
        repository.work_tree = repository.work_tree_of_hook()?;
        let inside = repository.run(&["rev-parse", "--is-inside-work-tree"])?;
        if !inside.status.success() {
            return Err(no_repository(folder, &said(&inside)));
        }
        if inside.stdout.starts_with(b"true") {
            let top = repository.line(&["rev-parse", "--show-toplevel"])?;
            repository.top = Some(PathBuf::from(top));
            repository.prefix = repository.line(&["rev-parse", "--show-prefix"])?;
        }
        Ok(repository)
    }

    /// The folder in which git is run, and to which paths are relative.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A hook is told `GIT_DIR` and runs at the top of the work tree: from another folder git would take that one for the top.
    fn work_tree_of_hook(&self) -> Result<Option<PathBuf>, Failure> {
        if env::var_os("GIT_DIR").is_none() || env::var_os("GIT_WORK_TREE").is_some() {
            return Ok(None);
        }
        let here = Self { folder: env::current_dir().unwrap_or_default(), ..self.clone() };
        Ok(here.try_line(&["rev-parse", "--show-toplevel"])?.map(PathBuf::from))
    }

    /// Git with these arguments, in the folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        // Messages in English and no question to a terminal; a partial clone must not start to download.
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_NO_LAZY_FETCH", "1");
        command.env("GIT_OPTIONAL_LOCKS", "0");
        let here = env::current_dir().unwrap_or_default();
        for name in PATH_VARIABLES {
            if let Some(path) = env::var_os(name).filter(|path| Path::new(path).is_relative()) {
                command.env(name, here.join(path));
            }
        }
        if let Some(work_tree) = &self.work_tree {
            command.env("GIT_WORK_TREE", work_tree);
        }
        command
    }

    /// Runs git to its end, whatever that is.
    fn run(&self, arguments: &[&str]) -> Result<Output, Failure> {
        self.command(arguments).output().map_err(|error| cannot_start(&error))
    }

    /// What git writes, if it succeeds.
    fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let output = self.run(arguments)?;
        if output.status.success() { Ok(output.stdout) } else { Err(self.failed(arguments, &said(&output))) }
    }

    /// The only line that git writes, if it succeeds.
    fn line(&self, arguments: &[&str]) -> Result<String, Failure> {
        let text = self.output(arguments)?;
        Ok(String::from_utf8_lossy(&text).trim_end_matches(['\n', '\r']).to_owned())
    }

    /// The same, where a failure is an answer.
    fn try_line(&self, arguments: &[&str]) -> Result<Option<String>, Failure> {
        let output = self.run(arguments)?;
        let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        Ok((output.status.success() && !text.is_empty()).then_some(text))
    }

    /// Paths below the folder, relative to it, whose text on disk is that of no commit.
    pub(crate) fn dirty(&self) -> Result<Vec<String>, Failure> {
        let listed =
            self.output(&["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "."])?;
        let listed = String::from_utf8_lossy(&listed);
        let paths = listed.split('\0').filter_map(|entry| entry.get(3..));
        Ok(paths.filter_map(|path| path.strip_prefix(&*self.prefix)).map(str::to_owned).collect())
    }

    /// A command of git that failed although it should not: most often because objects are missing.
    fn failed(&self, arguments: &[&str], said: &str) -> Failure {
        let command = arguments.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
        let failure = Failure::new(said).during(format!("`git {command}` failed"));
        match self.repair() {
            Ok(repair) if said.contains("missing") || said.contains("promisor") => failure.hint(repair),
            _ => failure,
        }
    }

    /// The command that brings objects that this clone lacks.
    fn repair(&self) -> Result<&'static str, Failure> {
        let partial =
            self.try_line(&["config", "--get-regexp", r"^remote\..*\.(promisor|partialclonefilter)$"])?;
        Ok(match partial {
            Some(_) => {
                "this is a partial clone: run `git fetch --refetch --no-filter` for all of its objects"
            }
            None if self.is_shallow()? => DEEPEN,
            None => "run `git fetch --refetch` to get lost objects again; `git fsck` lists them",
        })
    }

    fn is_shallow(&self) -> Result<bool, Failure> {
        Ok(self.line(&["rev-parse", "--is-shallow-repository"])? == "true")
    }
}

/// What git says when it fails: its last error, without the word before it.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let line = lines.find(|line| line.starts_with("fatal: ") || line.starts_with("error: "));
    let line = line.or_else(|| text.lines().next()).unwrap_or("no reason given");
    line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned()
}

fn no_repository(folder: &Path, said: &str) -> Failure {
    let shown = folder.display();
    if said.contains("dubious ownership") {
        return Failure::new(said.to_owned())
            .hint("another user owns the repository: `git config --global --add safe.directory FOLDER`");
    }
    if !said.contains("not a git repository") {
        return Failure::new(said.to_owned()).during(format!("failed to read `{shown}`"));
    }
    Failure::new(format!("`{shown}` is not in a git repository, so there is nothing to compare it with"))
        .hint("run `alignment check` without revisions, or keep known findings with `alignment baseline`")
}

fn cannot_start(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new("git was not found")
            .hint("comparing revisions needs git on the PATH; everything else works without it"),
        _ => Failure::io(error).during("failed to run git"),
    }
}
