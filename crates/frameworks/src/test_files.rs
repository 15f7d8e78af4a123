//! Which files belong to the tests of a project.

use alignment_model::{FileId, SourceFile, Sources};

/// Folders of tests, by the customs of pytest, vitest and jest.
const FOLDERS: [&str; 5] = ["tests", "test", "__tests__", "__mocks__", "e2e"];

/// What a test of pytest or unittest says. A name alone is not enough: `routers/test_run.py` may serve the runs of tests.
const SAYS_TEST: [&str; 4] = ["pytest", "unittest", "assert ", "TestClient"];

/// The files that belong to tests: what they declare is not deployed, and what they call is not what users call.
pub(crate) fn of(sources: &Sources) -> impl Iterator<Item = FileId> {
    sources.iter().filter(|(_, file)| is_test(file)).map(|(id, _)| id)
}

/// Whether a file is a test or serves tests (pytest, "Conventions for Python test discovery").
pub(crate) fn is_test(file: &SourceFile) -> bool {
    let (folders, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    if name == "conftest.py" || folders.split('/').any(|folder| FOLDERS.contains(&folder)) {
        return true;
    }
    match name.strip_suffix(".py") {
        Some(stem) => {
            let says = |word: &str| file.text.contains(word);
            (stem.starts_with("test_") || stem.ends_with("_test"))
                && (SAYS_TEST.iter().any(|word| says(word)) || says("def test_") && !says("Router("))
        }
        None => {
            name.starts_with("test_")
                || [".test.ts", ".test.tsx", ".spec.ts", ".spec.tsx"].iter().any(|end| name.ends_with(end))
        }
    }
}
