//! Which of several documents of one name the scripts of a package read.
//!
//! ```text
//! web/package.json: "types": "openapi-typescript ../openapi.json -o src/api.d.ts"   # nothing reads web/openapi.json
//! ```

use alignment_model::{FileId, Sources};

use super::tree;
use crate::typescript::names::paths::{ancestors, join};

/// The document that scripts of the nearest package read, which has the name of this one, unless they read this one too.
pub(super) fn read_instead(sources: &Sources, document: FileId) -> Option<FileId> {
    let path = sources.path(document);
    let name = path.rsplit('/').next()?;
    let (folder, manifest) = ancestors(path).find_map(|folder| {
        let manifest = join(folder, "package.json")?;
        Some((folder, sources.find(&manifest)?))
    })?;
    let manifest = tree::parse(sources.text(manifest)).ok()?;
    let scripts = manifest.get("scripts")?.entries().iter().filter_map(|script| script.value.text());
    let words = scripts.flat_map(|script| script.split([' ', '=', '"', '\'']));
    let read: Vec<FileId> = words
        .filter(|word| word.rsplit('/').next() == Some(name))
        .filter_map(|word| sources.find(&join(folder, word)?))
        .collect();
    read.first().copied().filter(|_| !read.contains(&document))
}
