//! A small repository in memory, for tests with real source.

use std::sync::mpsc;
use std::time::Duration;

use alignment_model::Sources;
use alignment_model::code::{Bodies, FileFacts};
use alignment_model::project::Project;
use alignment_model::source::{FileId, SourceFile};
use alignment_syntax::{Lowerer, language_of};

use crate::Input;
use crate::python::Names;

/// Far above what any bad input here needs; a walk without a bound needs more.
const LIMIT: Duration = Duration::from_secs(300);

/// The stack of the engine's workers.
const STACK: usize = 16 << 20;

/// What `read` finds in these files, within the limit.
#[track_caller]
pub(crate) fn in_time<T: Send + 'static>(
    files: Vec<(String, String)>,
    read: impl FnOnce(&Repository) -> T + Send + 'static,
) -> T {
    let (done, result) = mpsc::channel();
    let read = move || {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
        _ = done.send(read(&Repository::new(&files)));
    };
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(read).expect("a thread starts");
    let found = result.recv_timeout(LIMIT).expect("it ends in time, without a panic");
    worker.join().expect("no panic");
    found
}

/// Parsed files of a repository.
pub(crate) struct Repository {
    pub(crate) sources: Sources,
    facts: Vec<FileFacts>,
}

impl Repository {
    /// A repository of these files, each a path and its text, all parsed.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::partly_parsed(files, |_| true)
    }

    /// The same, with only those files parsed that `parse` accepts.
    pub(crate) fn partly_parsed(files: &[(&str, &str)], parse: impl Fn(&str) -> bool) -> Self {
        let files =
            files.iter().map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() });
        let sources = Sources::new(files.collect());
        let mut lowerer = Lowerer::new();
        let parsed =
            sources.iter().filter(|(_, file)| language_of(&file.path).is_some() && parse(&file.path));
        let facts = parsed.map(|(id, file)| lowerer.lower(id, &file.path, &file.text, Bodies::Lowered));
        let facts = facts.collect();
        Self { sources, facts }
    }

    /// A repository of one file, `app.py`.
    pub(crate) fn of(text: &str) -> Self {
        Self::new(&[("app.py", text)])
    }

    /// What the frameworks read.
    pub(crate) fn input(&self) -> Input<'_> {
        Input::new(&self.sources, &self.facts)
    }

    /// The names of its Python files.
    pub(crate) fn names(&self) -> Names<'_> {
        Names::new(self.input())
    }

    /// Everything the frameworks say about it.
    pub(crate) fn project(&self) -> Project {
        let documents = crate::openapi::candidates(&self.sources).into_iter();
        let documents = documents.filter_map(|one| one.read(&self.sources)).collect();
        crate::join(crate::read_server(self.input()), crate::read_client(self.input()), documents)
    }

    /// The file with this path.
    pub(crate) fn file(&self, path: &str) -> FileId {
        self.sources.find(path).expect("a file of the test")
    }
}
