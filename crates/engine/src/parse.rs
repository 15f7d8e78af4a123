//! Which files to parse, and parsing them in parallel.
//!
//! Work is handed out one file at a time, big files first, to workers that each keep one [`Lowerer`]: a split of the list in
//! halves would leave one worker with a megabyte of generated code at the end, and a parser per file costs more than a
//! small file does. The order of the result is the order of files, whatever worker took which.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alignment_frameworks::{Frontier, Input};
use alignment_model::code::{Bodies, FileFacts};
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::{FileId, SourceFile, Sources, Span};
use alignment_syntax::relevance::{self, Need, Scan};
use alignment_syntax::{Lowerer, language_of};
use rayon::prelude::*;

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

/// File facts of one analysis for the next: they depend on the name and text of one file alone, so that a second revision parses
/// only what changed.
#[derive(Clone, Debug, Default)]
pub struct KeptFacts {
    by_path: HashMap<Arc<str>, (Arc<str>, FileFacts)>,
}

impl KeptFacts {
    /// Takes the facts of an analysis that has no more use for them.
    pub(crate) fn new(sources: &Sources, facts: Vec<FileFacts>) -> Self {
        let kept = facts.into_iter().map(|facts| {
            let source = sources.get(facts.file);
            (source.path.clone(), (source.text.clone(), facts))
        });
        Self { by_path: kept.collect() }
    }

    /// The facts of a file with the same name and text, of which as much was lowered; they are then those of `file`.
    fn take(&mut self, source: &SourceFile, file: FileId, bodies: Bodies) -> Option<FileFacts> {
        let (text, facts) = self.by_path.get(&source.path)?;
        if facts.bodies != bodies || !Arc::ptr_eq(text, &source.text) && text != &source.text {
            return None;
        }
        let (_, mut facts) = self.by_path.remove(&source.path)?;
        facts.file = file;
        facts
            .problems
            .iter_mut()
            .filter_map(|problem| problem.span.as_mut())
            .for_each(|span| span.file = file);
        Some(facts)
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
    /// Facts of another analysis that may be those of this one.
    kept: KeptFacts,
}

/// Files that are parsed for their own sake, before any import asks for more, with how much of each; and those that matter and
/// are not read, with the reason.
pub(crate) fn selected(workers: &Workers, sources: &Sources) -> (Vec<Wanted>, Vec<Problem>) {
    let scans: Vec<Scan> = workers.run(|| {
        let files: Vec<&SourceFile> = sources.iter().map(|(_, source)| source).collect();
        files.par_iter().map(|source| relevance::scan(&source.path, &source.text)).collect()
    });
    let (mut wanted, mut problems) = (Vec::new(), Vec::new());
    for ((file, source), need) in sources.iter().zip(relevance::relevant(&scans)) {
        match need {
            Need::Bodies => wanted.push((file, Bodies::Lowered)),
            Need::Signatures => wanted.push((file, Bodies::Omitted)),
            // A suppression in a file without contracts silences nothing, and that has to be said.
            Need::Nothing if language_of(&source.path).is_some() && says_ignore(&source.text) => {
                wanted.push((file, Bodies::Omitted));
            }
            Need::Nothing => {}
            Need::Refused(refusal) => {
                let place = Span::file_start(file);
                problems.push(Problem::at(place, ProblemKind::Limit, refusal.message()));
            }
        }
    }
    (wanted, problems)
}

/// A file to parse, and how much of it.
pub(crate) type Wanted = (FileId, Bodies);

fn says_ignore(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"alignment: ignore").is_some()
}

/// Parses `files`, then what their declarations need, until nothing more is asked for. What an import leads to is parsed with
/// bodies: it may be a helper that a migration calls.
pub(crate) fn parse(workers: &Workers, sources: &Sources, files: Vec<Wanted>, kept: KeptFacts) -> Parsed {
    let mut parsed = Parsed { kept, ..Parsed::default() };
    let (mut wanted, mut frontier) = (files, Frontier::default());
    for _ in 0..MAX_ROUNDS {
        if wanted.is_empty() {
            return parsed;
        }
        parsed.add(workers, sources, wanted);
        let input = Input::new(sources, &parsed.facts);
        let asked = workers.run(|| alignment_frameworks::unread(input, &mut frontier));
        let lacking = asked.into_iter().filter(|file| parsed.lacks(sources, *file));
        wanted = lacking.map(|file| (file, Bodies::Lowered)).collect();
    }
    if let Some((file, _)) = wanted.first() {
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

    /// Gives back the memory of all statements, on all workers: nothing after the frameworks reads them, and freeing some
    /// hundred thousand small trees on one thread costs as much as linking them.
    pub(crate) fn release_bodies(&mut self, workers: &Workers) {
        workers.run(|| self.facts.par_iter_mut().for_each(|facts| facts.body = Vec::new()));
    }

    /// Parses these files and puts their facts in order with the others.
    fn add(&mut self, workers: &Workers, sources: &Sources, mut files: Vec<Wanted>) {
        files.sort_by_key(|(file, _)| (std::cmp::Reverse(sources.text(*file).len()), *file));
        self.bytes += files.iter().map(|(file, _)| sources.text(*file).len()).sum::<usize>();
        files.retain(|(file, bodies)| {
            let known = self.kept.take(sources.get(*file), *file, *bodies);
            let is_new = known.is_none();
            self.facts.extend(known);
            is_new
        });
        let next = AtomicUsize::new(0);
        let batches = workers.each(|| {
            let mut lowerer = Lowerer::new();
            let mut facts = Vec::new();
            while let Some((file, bodies)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let source = sources.get(*file);
                facts.push(lowerer.lower(*file, &source.path, &source.text, *bodies));
            }
            facts
        });
        self.facts.extend(batches.into_iter().flatten());
        self.facts.sort_unstable_by_key(|facts| facts.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_parsed_again_only_if_its_text_changed() {
        let sources = |texts: &[(&str, &str)]| {
            let file =
                |(path, text): &(&str, &str)| SourceFile { path: (*path).into(), text: (*text).into() };
            Sources::new(texts.iter().map(file).collect())
        };
        let all = |sources: &Sources| sources.iter().map(|(file, _)| (file, Bodies::Lowered)).collect();
        let workers = Workers::new(Some(1));
        let before = sources(&[("b.py", "class B: ...\n"), ("c.py", "class C(\n")]);
        let first = parse(&workers, &before, all(&before), KeptFacts::default());
        let after = sources(&[("a.py", "x = 1\n"), ("b.py", "class B: ...\n"), ("c.py", "class C(\n")]);
        let kept = KeptFacts::new(&before, first.facts);
        let second = parse(&workers, &after, all(&after), kept);
        let fresh = parse(&workers, &after, all(&after), KeptFacts::default());
        assert_eq!(format!("{:?}", second.facts), format!("{:?}", fresh.facts));
        assert!(second.kept.by_path.is_empty(), "both were taken over");
        let changed = sources(&[("b.py", "class B2: ...\n")]);
        let parsed = parse(&workers, &changed, all(&changed), KeptFacts::new(&after, second.facts));
        assert_eq!(parsed.kept.by_path.len(), 3, "nothing could be taken over");
    }

    #[test]
    fn files_that_cannot_matter_are_left_out_unless_they_speak_to_us() {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let sources = Sources::new(vec![
            file("a.py", "from pydantic import BaseModel\n\n\nclass A(BaseModel):\n    x: int\n"),
            file("b.py", "def add(a, b):\n    return a + b\n"),
            file("c.py", "x = 1  # alignment: ignore[some-rule] forgotten\n"),
            file("notes.txt", "# alignment: ignore[some-rule] not code\n"),
        ]);
        let (wanted, problems) = selected(&Workers::new(Some(1)), &sources);
        assert_eq!(wanted, [(FileId::new(0), Bodies::Omitted), (FileId::new(2), Bodies::Omitted)]);
        assert!(problems.is_empty());
    }

    #[test]
    fn facts_come_in_order_of_file_whatever_the_size_and_the_threads() {
        let file = |n: usize| SourceFile {
            path: format!("{n:03}.py").into(),
            text: format!("class A{n}: ...\n{}", "# filler\n".repeat((n * 37) % 101)).into(),
        };
        let sources = Sources::new((0..200).map(file).collect());
        let wanted: Vec<Wanted> = sources.iter().map(|(file, _)| (file, Bodies::Lowered)).collect();
        for threads in [1, 5] {
            let parsed = parse(&Workers::new(Some(threads)), &sources, wanted.clone(), KeptFacts::default());
            let order: Vec<usize> = parsed.facts.iter().map(|facts| facts.file.index()).collect();
            assert_eq!(order, (0..200).collect::<Vec<_>>());
        }
    }
}
