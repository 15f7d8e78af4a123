//! Files that declarations need and that were not parsed.

use std::collections::HashSet;

use alignment_model::FileId;
use alignment_model::code::Statement;

use super::names::{Module, ModuleIndex, is_typescript};
use crate::Input;

/// Unparsed files that parsed ones import names from. Few files are ever missing (what says neither a type nor a call nor a
/// re-export is small), so it is not asked what the names are needed for.
pub(super) fn unread(input: Input<'_>) -> Vec<FileId> {
    let parsed: HashSet<FileId> = input.facts.iter().map(|facts| facts.file).collect();
    let lacking = |file: &FileId| !parsed.contains(file) && is_typescript(input.sources.path(*file));
    if !input.sources.iter().any(|(file, _)| lacking(&file)) {
        return Vec::new();
    }
    let modules = ModuleIndex::new(input.sources);
    let mut files = Vec::new();
    for facts in input.facts.iter().filter(|facts| is_typescript(input.sources.path(facts.file))) {
        for statement in &facts.body {
            let Statement::Import(import) = statement else { continue };
            if let Module::File(file) = modules.resolve(facts.file, &import.module)
                && !import.names.is_empty()
                && lacking(&file)
            {
                files.push(file);
            }
        }
    }
    files
}
