//! From a folder on disk to sources and a configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use alignment_engine::config::{FILE_NAME, Mistake};
use alignment_engine::date::Date;
use alignment_engine::{Config, DatabaseReader, KeptFacts, Options, Outcome, RunningDatabase, analyze};
use alignment_model::problem::Problem;
use alignment_model::{SourceFile, Sources};

use crate::args::{Global, Target};
use crate::failure::Failure;
use crate::live::{self, Live};
use crate::progress::Progress;
use crate::revision;
use crate::walk::{self, Walked};

/// A repository, read.
pub(crate) struct Loaded {
    pub(crate) sources: Sources,
    /// The folder within its git repository, with a final `/`; empty at its root and outside of one.
    pub(crate) folder: String,
    pub(crate) config: Config,
    /// The revision that is checked out, in a git repository.
    pub(crate) revision: Option<String>,
    /// What could not be read.
    pub(crate) problems: Vec<Problem>,
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
    load_with(target, Vec::new(), global, color, progress)
}

/// The same with further sources.
pub(crate) fn load_with(
    target: &Target,
    extra: Vec<SourceFile>,
    global: &Global,
    color: bool,
    progress: &Progress,
) -> Result<Loaded, Failure> {
    let start = Instant::now();
    let place = Place::find(target, global)?;
    let mut setting = Setting::on_disk(&place, target, color, progress)?;
    setting.extra.extend(extra);
    Ok(setting.walk(&place.root, global, progress, start))
}

/// What an analysis rests on beside the files of the repository: the same for every revision that is compared.
pub(crate) struct Setting {
    config: Config,
    prefix: String,
    /// The configuration, the schemas of running databases and what else stands among the sources.
    pub(crate) extra: Vec<SourceFile>,
    databases: Vec<RunningDatabase>,
}

impl Setting {
    /// With the configuration of a place on disk.
    pub(crate) fn on_disk(
        place: &Place,
        target: &Target,
        color: bool,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let config = match &place.config {
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    Failure::io(&error).during(format!("failed to read `{}`", path.display()))
                })?;
                Some((place.shown(path), text.into()))
            }
            None => None,
        };
        Self::new(config, place.prefix.clone(), target, color, progress)
    }

    /// With a configuration: what it is called among the sources, and its text.
    pub(crate) fn new(
        config: Option<(String, Arc<str>)>,
        prefix: String,
        target: &Target,
        color: bool,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let mut setting =
            Self { config: Config::default(), prefix, extra: Vec::new(), databases: Vec::new() };
        if let Some((path, text)) = config {
            setting.config =
                Config::parse(&path, &text).map_err(|mistakes| mistaken(&path, &text, &mistakes, color))?;
            setting.extra.push(SourceFile { path: path.into(), text });
        }
        for given in &target.database {
            progress.show("reading the database");
            let Live { name, dialect, sql } = live::read(given)?;
            setting.databases.push(RunningDatabase { path: name.as_str().into(), dialect });
            setting.extra.push(SourceFile { path: name.into(), text: sql.into() });
        }
        Ok(setting)
    }

    /// Whether the configuration selects a file, by its path relative to the root.
    pub(crate) fn selects(&self, path: &str) -> bool {
        self.config.selects(&format!("{}{path}", self.prefix))
    }

    /// Reads a folder on disk.
    pub(crate) fn walk(self, root: &Path, global: &Global, progress: &Progress, start: Instant) -> Loaded {
        progress.show("reading files");
        let wanted = |path: &str| self.selects(path);
        let walked = walk::walk(root, usize::from(global.threads.unwrap_or(0)), &wanted);
        let folder = folder_in_repository(root);
        let revision = revision::checked_out(root);
        Loaded { revision, ..self.loaded(walked, folder, start.elapsed()) }
    }

    /// A state of the repository under this setting; `folder` as in [`Loaded::folder`].
    pub(crate) fn loaded(&self, walked: Walked, folder: String, time: Duration) -> Loaded {
        let Walked { mut files, problems } = walked;
        files.extend(self.extra.iter().cloned());
        Loaded {
            sources: Sources::new(files),
            folder,
            revision: None,
            config: self.config.clone(),
            problems,
            prefix: self.prefix.clone(),
            databases: self.databases.clone(),
            time,
        }
    }
}

impl Loaded {
    /// The database layer of what was read.
    pub(crate) fn database(&self, global: &Global, progress: &Progress) -> DatabaseReader<'_> {
        progress.show(&format!("reading the database layer of {} files", self.sources.len()));
        DatabaseReader::new(&self.sources, &self.config, &self.options(global))
    }

    /// Analyses what was read.
    pub(crate) fn analyze(&mut self, global: &Global, progress: &Progress) -> Outcome {
        self.analyze_with(KeptFacts::default(), false, global, progress)
    }

    /// The same, with facts that another analysis kept, and keeping facts for another one.
    pub(crate) fn analyze_with(
        &mut self,
        kept: KeptFacts,
        keep: bool,
        global: &Global,
        progress: &Progress,
    ) -> Outcome {
        progress.show(&format!("analysing {} files", self.sources.len()));
        let problems = std::mem::take(&mut self.problems);
        let options =
            Options { problems, timings: vec![("read", self.time)], kept, keep, ..self.options(global) };
        analyze(&self.sources, &self.config, options)
    }

    /// Analyses the same repository with other texts, and keeps facts for the next time.
    pub(crate) fn analyze_changed(
        &self,
        sources: &Sources,
        kept: KeptFacts,
        global: &Global,
        progress: &Progress,
    ) -> Outcome {
        progress.show(&format!("analysing {} files with the changes", sources.len()));
        analyze(sources, &self.config, Options { kept, keep: true, ..self.options(global) })
    }

    fn options(&self, global: &Global) -> Options {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        Options {
            threads: global.threads.map(usize::from),
            today: since.map(|since| Date::from_days(since.as_secs() / 86_400)),
            prefix: self.prefix.clone(),
            databases: self.databases.clone(),
            ..Options::default()
        }
    }
}

/// What is analysed, and by which configuration.
pub(crate) struct Place {
    /// The folder that is walked.
    pub(crate) root: PathBuf,
    /// The configuration file.
    config: Option<PathBuf>,
    /// Path of the root relative to the configuration's folder, with a final slash; patterns are relative to that folder.
    prefix: String,
}

impl Place {
    /// The folder that is meant, and the configuration that holds there.
    pub(crate) fn find(target: &Target, global: &Global) -> Result<Self, Failure> {
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

    /// What a configuration or baseline is called among the sources: its path relative to the root.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let inside = path.canonicalize().ok().and_then(|path| {
            Some(
                path.strip_prefix(&self.root).ok()?.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"),
            )
        });
        let is_found = || self.config.as_deref() == Some(path) && !self.prefix.is_empty();
        inside.unwrap_or_else(|| match is_found() {
            true => above(self.prefix.matches('/').count()),
            false => path.display().to_string(),
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

/// What the configuration is called among the sources if it is so many folders above the root.
pub(crate) fn above(depth: usize) -> String {
    format!("{}{FILE_NAME}", "../".repeat(depth))
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

/// All mistakes of a configuration or baseline, each with its frame.
pub(crate) fn mistaken(path: &str, text: &str, mistakes: &[Mistake], color: bool) -> Failure {
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
