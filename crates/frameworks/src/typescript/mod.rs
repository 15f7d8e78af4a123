//! TypeScript: interfaces, aliases, classes, enums, zod -> client types; HTTP calls and what happens to their keys.

pub mod constants;
mod jsonc;
pub mod names;
pub mod types;

use alignment_model::FileId;
use alignment_model::project::Project;

use crate::Input;

/// Adds client types and calls.
pub fn collect(_input: Input<'_>, _project: &mut Project) {}

/// Unparsed files that declarations of the parsed ones need.
pub fn unread(_input: Input<'_>) -> Vec<FileId> {
    Vec::new()
}
