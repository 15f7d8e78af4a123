//! The text of one file -> what that file says ([`alignment_model::code::FileFacts`]). Cannot fail: broken syntax costs the
//! broken declaration, never the file, and becomes a problem.
//!
//! `queries/<language>/*.scm` say where things are, the Rust here says what they mean. Nothing outside this crate sees a
//! type of tree-sitter, and no syntax tree outlives [`Lowerer::lower`].

use alignment_model::FileId;
use alignment_model::code::{Bodies, FileFacts, Language};

/// One worker's parsers and cursors.
pub struct Lowerer {}

impl Lowerer {
    /// Parsers are made when a file of their language comes first.
    pub fn new() -> Self {
        Self {}
    }

    /// Lowers one file. `path` decides the language (see [`language_of`]).
    pub fn lower(&mut self, file: FileId, path: &str, _text: &str, bodies: Bodies) -> FileFacts {
        FileFacts {
            file,
            language: language_of(path).unwrap_or(Language::Python),
            body: Vec::new(),
            directives: Vec::new(),
            header: "".into(),
            bodies,
            problems: Vec::new(),
        }
    }
}

impl Default for Lowerer {
    fn default() -> Self {
        Self::new()
    }
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
