//! From a folder on disk to sources and a configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use alignment_engine::config::{FILE_NAME, Mistake};
use alignment_engine::date::Date;
use alignment_engine::{Config, DatabaseReader, Options, Outcome, RunningDatabase, analyze};
use alignment_model::problem::Problem;
use alignment_model::{SourceFile, Sources};

use crate::args::{Global, Target};
use crate::failure::Failure;
use crate::live::{self, Live};
use crate::progress::Progress;
use crate::{revision, walk};

/// A repository, read.
pub(crate) struct Loaded {
    pub(crate) sources: Sources,
    /// The folder that was walked.
    pub(crate) root: PathBuf,
    /// The folder within its git repository, with a final `/`; empty at its root and outside of one.
    pub(crate) folder: String,
    pub(crate) config: Config,
    /// The revision that is checked out, in a git repository.
    pub(crate) revision: Option<String>,
    problems: Vec<Problem>,
    prefix: String,
    databases: Vec<RunningDatabase>,
    time: Duration,
}

/// Finds the configuration and reads the files it selects.
pub(crate) fn load(
    target: &Target,
    global: &Global,
    color: bool,
    progress: &Progress,
) -> Result<Loaded, Failure> {
    let start = Instant::now();
    let place = Place::find(target, global)?;
    let mut extra = Vec::new();
    let config = match &place.config {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| {
                Failure::io(&error).during(format!("failed to read `{}`", path.display()))
            })?;
            let shown = place.shown_config(path);
            let config = Config::parse(&shown, &text)
                .map_err(|mistakes| mistaken(&path.display().to_string(), &text, &mistakes, color))?;
            extra.push(SourceFile { path: shown.into(), text: text.into() });
            config
        }
        None => Config::default(),
    };
    let mut databases = Vec::new();
    for given in &target.database {
        progress.show("reading the database");
        let Live { name, dialect, sql } = live::read(given)?;
        databases.push(RunningDatabase { path: name.as_str().into(), dialect });
        extra.push(SourceFile { path: name.into(), text: sql.into() });
    }
    progress.show("reading files");
    let wanted = |path: &str| config.selects(&format!("{}{path}", place.prefix));
    let mut walked = walk::walk(&place.root, usize::from(global.threads.unwrap_or(0)), &wanted);
    walked.files.append(&mut extra);
    let sources = Sources::new(walked.files);
    let folder = folder_in_repository(&place.root);
    let revision = revision::checked_out(&place.root);
    let (problems, prefix) = (walked.problems, place.prefix);
    let root = place.root;
    let time = start.elapsed();
    Ok(Loaded { root, sources, folder, revision, config, problems, prefix, databases, time })
}

impl Loaded {
    /// The database layer of what was read.
    pub(crate) fn database(&self, global: &Global, progress: &Progress) -> DatabaseReader<'_> {
        progress.show(&format!("reading the database layer of {} files", self.sources.len()));
        let options = Options {
            threads: global.threads.map(usize::from),
            prefix: self.prefix.clone(),
            databases: self.databases.clone(),
            ..Options::default()
        };
        DatabaseReader::new(&self.sources, &self.config, &options)
    }

    /// Analyses what was read.
    pub(crate) fn analyze(&mut self, global: &Global, progress: &Progress) -> Outcome {
        progress.show(&format!("analysing {} files", self.sources.len()));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        let options = Options {
            threads: global.threads.map(usize::from),
            problems: std::mem::take(&mut self.problems),
            today: since.map(|since| Date::from_days(since.as_secs() / 86_400)),
            prefix: self.prefix.clone(),
            databases: self.databases.clone(),
            timings: vec![("read", self.time)],
        };
        analyze(&self.sources, &self.config, options)
    }
}

/// What is analysed, and by which configuration.
struct Place {
    /// The folder that is walked.
    root: PathBuf,
    /// The configuration file.
    config: Option<PathBuf>,
    /// Path of the root relative to the configuration's folder, with a final slash; patterns are relative to that folder.
    prefix: String,
}

impl Place {
    fn find(target: &Target, global: &Global) -> Result<Self, Failure> {
        let given = target.path.clone().unwrap_or_else(|| PathBuf::from("."));
        let during = || format!("failed to read `{}`", given.display());
        let metadata = given.metadata().map_err(|error| Failure::io(&error).during(during()))?;
        if !metadata.is_dir() {
            return Err(Failure::new("not a folder")
                .during(during())
                .hint("name the folder of the repository"));
        }
        let root = given.canonicalize().map_err(|error| Failure::io(&error).during(during()))?;
        if let Some(config) = &global.config {
            return Ok(Self { root, config: Some(config.clone()), prefix: String::new() });
        }
        let Some(folder) = configured_folder(&root) else {
            return Ok(Self { root, config: None, prefix: String::new() });
        };
        let config = Some(folder.join(FILE_NAME));
        if target.path.is_none() {
            return Ok(Self { root: folder.to_path_buf(), config, prefix: String::new() });
        }
        let prefix = slashed(root.strip_prefix(folder).unwrap_or(Path::new("")));
        Ok(Self { root, config, prefix })
    }

    /// What the configuration is called among the sources: its path relative to the root.
    fn shown_config(&self, path: &Path) -> String {
        let inside = path.canonicalize().ok().and_then(|path| {
            Some(
                path.strip_prefix(&self.root).ok()?.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"),
            )
        });
        inside.unwrap_or_else(|| match self.prefix.matches('/').count() {
            0 => path.display().to_string(),
            depth => format!("{}{FILE_NAME}", "../".repeat(depth)),
        })
    }
}

/// The path of a folder from the root of its git repository, with a final `/`; empty at that root and outside of one.
fn folder_in_repository(root: &Path) -> String {
    let repository = root.ancestors().find(|folder| folder.join(".git").exists());
    let below = repository.and_then(|repository| root.strip_prefix(repository).ok());
    slashed(below.unwrap_or(Path::new("")))
}

/// `a/b/` for the path `a/b`, and nothing for none.
fn slashed(path: &Path) -> String {
    path.components().map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect()
}

/// The nearest folder upward that holds a configuration; a repository ends the search.
fn configured_folder(root: &Path) -> Option<&Path> {
    for folder in root.ancestors() {
        if folder.join(FILE_NAME).is_file() {
            return Some(folder);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// All mistakes of a configuration, each with its frame.
fn mistaken(path: &str, text: &str, mistakes: &[Mistake], color: bool) -> Failure {
    let count = mistakes.len();
    let what = if count == 1 { "a mistake".to_owned() } else { format!("{count} mistakes") };
    let mut failure = Failure::new(format!("{what} in `{path}`"));
    for mistake in mistakes {
        let help = mistake.help.as_deref();
        let frame = alignment_report::mistake(path, text, mistake.range, &mistake.message, help, color);
        failure = failure.frame(frame);
    }
    failure
}
