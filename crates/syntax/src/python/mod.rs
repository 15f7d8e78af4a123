//! Python: syntax tree -> facts.

use alignment_model::code::FileFacts;

use crate::tree::Worker;
use crate::{Source, empty};

/// Lowers one Python file.
pub(crate) fn lower(source: Source<'_>, _worker: &mut Worker) -> FileFacts {
    empty(source.file, source.language, source.bodies)
}
