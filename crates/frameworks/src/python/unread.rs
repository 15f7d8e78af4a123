//! Files that declarations need and that were not parsed.

use alignment_model::FileId;

use crate::Input;

/// Unparsed files that declarations of the parsed ones need.
pub fn unread(_input: Input<'_>) -> Vec<FileId> {
    Vec::new()
}
