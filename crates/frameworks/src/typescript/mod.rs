//! TypeScript: interfaces, aliases, classes, enums, zod -> client types; HTTP calls and what happens to their keys and moments.

#[cfg(test)]
mod bad_input_tests;
mod calls;
pub mod constants;
#[cfg(test)]
mod construct_tests;
mod entities;
mod filled;
mod generated;
mod jsonc;
mod moments;
pub mod names;
mod nested;
mod schema_libraries;
#[cfg(test)]
mod tests;
mod text;
pub mod types;
mod unread;
mod usage;
pub mod uses;
mod wire_names;

pub use generated::is_written_by_tool;

use alignment_model::FileId;
use alignment_model::project::{Moments, Project};

use crate::Input;

/// Adds client types and calls.
pub fn collect(input: Input<'_>, project: &mut Project) {
    let names = names::Names::new(input);
    let mut types = types::Types::new(&names);
    entities::collect(&names, &mut types, project);
    calls::collect(&names, &mut types, project);
    usage::collect(input, &names, project);
    wire_names::collect(input, project);
    filled::collect(input, project);
    project.imported = generated::imported(&names);
    project.problems.extend(schema_libraries::unread(input));
    project.moments = Moments { revived: moments::revives(input), offset_added: moments::adds_offset(input) };
}

/// Unparsed files that declarations of the parsed ones need.
pub fn unread(input: Input<'_>) -> Vec<FileId> {
    unread::unread(input)
}
