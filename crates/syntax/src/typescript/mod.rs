//! TypeScript and TSX: syntax tree -> facts.

use alignment_model::code::FileFacts;

use crate::tree::Worker;
use crate::{Source, empty};

/// Lowers one TypeScript, TSX, Vue or Svelte file.
pub(crate) fn lower(source: Source<'_>, _worker: &mut Worker) -> FileFacts {
    empty(source.file, source.language, source.bodies)
}
