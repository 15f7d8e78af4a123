//! The text of one file -> what that file says ([`alignment_model::code::FileFacts`]). Cannot fail: broken syntax costs the
//! broken declaration, never the file, and becomes a problem.
//!
//! `queries/<language>/*.scm` say where things are, the Rust here says what they mean. Nothing outside this crate sees a
//! type of tree-sitter, and no syntax tree outlives [`Lowerer::lower`].

mod embedded;
mod python;
mod query;
pub mod relevance;
#[cfg(test)]
mod show;
mod tree;
mod typescript;

use std::panic::{AssertUnwindSafe, catch_unwind};

use alignment_model::code::{Bodies, FileFacts, Language};
use alignment_model::{FileId, Problem, ProblemKind, Span};

use crate::tree::Worker;

/// One worker's parsers and cursors.
#[derive(Default)]
pub struct Lowerer {
    /// One per language, in the order of [`Language`]; made when a file of the language comes first.
    workers: [Option<Worker>; 3],
}

/// One file as the lowering of a language sees it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    pub(crate) language: Language,
    pub(crate) bodies: Bodies,
}

impl Lowerer {
    /// Parsers are made when a file of their language comes first.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lowers one file. `path` decides the language (see [`language_of`]).
    pub fn lower(&mut self, file: FileId, path: &str, text: &str, bodies: Bodies) -> FileFacts {
        let Some(language) = language_of(path) else {
            let mut facts = empty(file, Language::TypeScript, bodies);
            facts.problems.push(whole_file(
                file,
                ProblemKind::Unreadable,
                "no language is known for this file name",
            ));
            return facts;
        };
        let scripts = embedded::is_embedded(path).then(|| embedded::scripts(text));
        let language = scripts.as_ref().map_or(language, |scripts| scripts.language);
        let blocks = scripts.map(|scripts| scripts.blocks).unwrap_or_default();
        let source = Source { file, text, language, bodies };
        let facts = self.lower_as(source, &blocks);
        // A `.ts` file may hold markup, of which its own grammar makes errors that take declarations with them. A second reading is paid
        // for by files with errors alone.
        let errors = syntax_errors(&facts);
        if language != Language::TypeScript || errors == 0 {
            return facts;
        }
        let with_markup = self.lower_as(Source { language: Language::Tsx, ..source }, &blocks);
        if syntax_errors(&with_markup) < errors { with_markup } else { facts }
    }

    /// Lowers one file as one of its language.
    fn lower_as(&mut self, source: Source<'_>, blocks: &[tree_sitter::Range]) -> FileFacts {
        let Source { file, language, bodies, .. } = source;
        let slot = &mut self.workers[language as usize];
        // A panic costs this file only. The worker may be in any state then, so it is made anew.
        let lowered = catch_unwind(AssertUnwindSafe(|| {
            let worker = slot.get_or_insert_with(|| Worker::new(language));
            match language {
                Language::Python => python::lower(source, worker),
                Language::TypeScript | Language::Tsx => typescript::lower(source, worker, blocks),
            }
        }));
        lowered.unwrap_or_else(|_| {
            *slot = None;
            let mut facts = empty(file, language, bodies);
            facts.problems.push(whole_file(
                file,
                ProblemKind::Unmodelled,
                "reading this file failed because of a mistake in alignment; nothing in it is known",
            ));
            facts
        })
    }
}

/// How often the grammar could make nothing of the text; a reading that failed as a whole is worse than any other.
fn syntax_errors(facts: &FileFacts) -> usize {
    let is_failure = |problem: &Problem| problem.kind == ProblemKind::Unmodelled;
    if facts.body.is_empty() && facts.problems.iter().any(is_failure) {
        return usize::MAX;
    }
    facts.problems.iter().filter(|problem| problem.kind == ProblemKind::Syntax).count()
}

/// The language of a file by its name; `.vue` and `.svelte` files are TypeScript, of which only the script blocks are read.
pub fn language_of(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.')?.1;
    match extension {
        "py" | "pyi" => Some(Language::Python),
        "ts" | "mts" | "cts" | "vue" | "svelte" => Some(Language::TypeScript),
        "tsx" => Some(Language::Tsx),
        _ => None,
    }
}

/// Facts of a file of which nothing is known.
pub(crate) fn empty(file: FileId, language: Language, bodies: Bodies) -> FileFacts {
    FileFacts {
        file,
        language,
        body: Vec::new(),
        directives: Vec::new(),
        header: "".into(),
        bodies,
        problems: Vec::new(),
    }
}

fn whole_file(file: FileId, kind: ProblemKind, message: &str) -> Problem {
    Problem::at(Span::file_start(file), kind, message)
}
