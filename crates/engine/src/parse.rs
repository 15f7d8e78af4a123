//! Which files to parse, and parsing them in parallel.
//!
//! Work is handed out one file at a time, big files first, to workers that each keep one [`Lowerer`]: a split of the list in
//! halves would leave one worker with a megabyte of generated code at the end, and a parser per file costs more than a
//! small file does. The order of the result is the order of files, whatever worker took which.

use std::sync::atomic::{AtomicUsize, Ordering};

use alignment_model::code::{Bodies, FileFacts};
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::{FileId, Sources, Span};
use alignment_syntax::{Lowerer, language_of};

/// Rounds in which imports ask for further files. Each round goes one import further from the files that were parsed for
/// their own sake; real repositories need three or four.
const MAX_ROUNDS: usize = 16;

/// The worker threads. Syntax trees of legal code are deep, so every worker has a large stack.
pub(crate) struct Workers {
    pool: Option<rayon::ThreadPool>,
}

impl Workers {
    /// `threads` workers, or one per core. Where the system refuses threads, everything runs on the caller's.
    pub(crate) fn new(threads: Option<usize>) -> Self {
        let builder = rayon::ThreadPoolBuilder::new().stack_size(16 << 20).num_threads(threads.unwrap_or(0));
        Self { pool: builder.build().ok() }
    }

    /// Runs `work` on one worker, so that it has the large stack too.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Runs `work` once on each worker and collects what they return.
    fn each<T: Send>(&self, work: impl Fn() -> T + Sync) -> Vec<T> {
        match &self.pool {
            Some(pool) => pool.broadcast(|_| work()),
            None => vec![work()],
        }
    }
}

/// The parsed files of one analysis.
#[derive(Default)]
pub(crate) struct Parsed {
    /// Facts in order of file.
    pub(crate) facts: Vec<FileFacts>,
    /// Bytes parsed.
    pub(crate) bytes: usize,
    /// What went wrong outside the files themselves.
    pub(crate) problems: Vec<Problem>,
}

/// Files that are parsed for their own sake, before any import asks for more.
pub(crate) fn selected(sources: &Sources) -> Vec<FileId> {
    sources.iter().filter(|(_, source)| language_of(&source.path).is_some()).map(|(file, _)| file).collect()
}

/// Parses `files`, then what their declarations need, until nothing more is asked for.
pub(crate) fn parse(workers: &Workers, sources: &Sources, files: Vec<FileId>) -> Parsed {
    let mut parsed = Parsed::default();
    let mut wanted = files;
    for _ in 0..MAX_ROUNDS {
        if wanted.is_empty() {
            return parsed;
        }
        parsed.add(workers, sources, wanted);
        let facts = &parsed.facts;
        let asked =
            workers.run(|| alignment_frameworks::unread(alignment_frameworks::Input { sources, facts }));
        wanted = asked.into_iter().filter(|file| parsed.lacks(sources, *file)).collect();
    }
    if let Some(file) = wanted.first() {
        let message = format!(
            "imports are followed {MAX_ROUNDS} steps; {} files beyond that were not read, this one first",
            wanted.len()
        );
        parsed.problems.push(Problem::at(Span::file_start(*file), ProblemKind::Limit, message));
    }
    parsed
}

impl Parsed {
    /// Whether the file can be parsed and was not.
    fn lacks(&self, sources: &Sources, file: FileId) -> bool {
        language_of(sources.path(file)).is_some()
            && self.facts.binary_search_by_key(&file, |facts| facts.file).is_err()
    }

    /// Parses these files and puts their facts in order with the others.
    fn add(&mut self, workers: &Workers, sources: &Sources, mut files: Vec<FileId>) {
        files.sort_by_key(|file| (std::cmp::Reverse(sources.text(*file).len()), *file));
        self.bytes += files.iter().map(|file| sources.text(*file).len()).sum::<usize>();
        let next = AtomicUsize::new(0);
        let batches = workers.each(|| {
            let mut lowerer = Lowerer::new();
            let mut facts = Vec::new();
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let source = sources.get(*file);
                facts.push(lowerer.lower(*file, &source.path, &source.text, Bodies::Lowered));
            }
            facts
        });
        self.facts.extend(batches.into_iter().flatten());
        self.facts.sort_unstable_by_key(|facts| facts.file);
    }
}
