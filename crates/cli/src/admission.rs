//! Which files can matter by their names, and what of their contents is read: the same for a folder on disk and for a tree of git.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use alignment_engine::may_be_api_document;
use alignment_model::SourceFile;
use alignment_model::problem::{Problem, ProblemKind};

use crate::failure::reason;

/// Largest program file that is read. Larger ones are generated, and cost a second per 12 MB.
const MAX_CODE_BYTES: u64 = 16 << 20;
/// Largest SQL file that is read: dumps with data are large, and their data is skipped without parsing.
const MAX_SQL_BYTES: u64 = 128 << 20;

/// Folders that hold no code of the project's own, wherever they stand.
const FOREIGN_FOLDERS: [&str; 9] = [
    "node_modules",
    "site-packages",
    "dist-packages",
    "bower_components",
    "__pycache__",
    "third_party",
    "_vendor",
    "vendored",
    "__pypackages__",
];

/// Folders that hold build output, unless there is Python in them.
const OUTPUT_FOLDERS: [&str; 6] = ["dist", "build", "out", "target", "coverage", "htmlcov"];

/// The file that makes a folder a virtual environment of Python (PEP 405).
pub(crate) const ENVIRONMENT_MARK: &str = "pyvenv.cfg";

/// Configuration that says how names resolve and which versions of frameworks are used; read as text beside the code.
const CONFIGURATION: [&str; 20] = [
    "Pipfile",
    "Pipfile.lock",
    "pdm.lock",
    "poetry.lock",
    "uv.lock",
    "alembic.ini",
    "pyproject.toml",
    "setup.cfg",
    "requirements.txt",
    "package.json",
    "jsconfig.json",
    "pytest.ini",
    "vite.config.js",
    "vite.config.mjs",
    "svelte.config.js",
    "svelte.config.mjs",
    "nuxt.config.js",
    "nuxt.config.mjs",
    "vue.config.js",
    "vue.config.cjs",
];

/// Data that package managers write: large, and never an API document.
const LOCK_FILES: [&str; 3] = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml"];

/// The first line of what git keeps in place of a file of Git LFS (its specification, "The Pointer").
const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/";

/// Whether a folder of this name holds no code of the project's own.
pub(crate) fn is_foreign_folder(name: &str) -> bool {
    FOREIGN_FOLDERS.contains(&name)
}

/// Whether a folder of this name holds build output, unless a Python module stands directly in it.
pub(crate) fn is_output_folder(name: &str) -> bool {
    OUTPUT_FOLDERS.contains(&name)
}

/// Whether a file of this name can say anything about a contract.
pub(crate) fn can_matter(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "py" | "pyi" | "sql" | "vue" | "svelte" => true,
        "ts" | "mts" | "cts" | "tsx" => !name.contains(".min."),
        "json" | "yaml" | "yml" => !LOCK_FILES.contains(&name),
        _ => CONFIGURATION.contains(&name),
    }
}

/// Whether a file is data by its name, and of interest only if it is an API document by its text.
fn is_data(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let kind = name.rsplit_once('.').map_or("", |(_, kind)| kind);
    matches!(kind, "json" | "yaml" | "yml") && !name.starts_with("tsconfig") && !CONFIGURATION.contains(&name)
}

/// What becomes of a file that can matter: a source, a problem, or nothing. Data that is too large, or no text, is no contract.
pub(crate) fn admitted(path: &str, text: Result<Arc<str>, String>) -> Option<Result<SourceFile, Problem>> {
    match text {
        Ok(text) if is_data(path) && !may_be_api_document(path, &text) => None,
        Ok(text) => Some(Ok(SourceFile { path: path.into(), text })),
        Err(_) if is_data(path) => None,
        Err(why) => Some(Err(not_read(path, &why))),
    }
}

/// Says that a file was not read.
pub(crate) fn not_read(path: &str, why: &str) -> Problem {
    Problem::general(ProblemKind::Unreadable, format!("`{path}` was not read: {why}"))
}

/// Reads one file, or says why not.
pub(crate) fn read(path: &Path, shown: &str) -> Result<Arc<str>, String> {
    let size = fs::metadata(path).map_err(|error| reason(&error))?.len();
    if let Some(why) = too_large(shown, size) {
        return Err(why);
    }
    decode(fs::read(path).map_err(|error| reason(&error))?)
}

/// Why a file of this size is not read, if it is too large.
pub(crate) fn too_large(path: &str, size: u64) -> Option<String> {
    let limit = if path.ends_with(".sql") { MAX_SQL_BYTES } else { MAX_CODE_BYTES };
    let (has, most) = (size >> 20, limit >> 20);
    (size > limit).then(|| format!("it has {has} MB and files over {most} MB are not read"))
}

/// Bytes of a text for each NUL that may stand in it: a template literal of TypeScript may hold one as it is (`${a}<NUL>${b}`), which
/// separates two parts of a key.
const BYTES_FOR_NUL: usize = 500;

/// Whether a file is no text, by its NUL bytes.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().filter(|byte| **byte == 0).count() * BYTES_FOR_NUL > bytes.len()
}

/// The text of a file, or why it has none.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Arc<str>, String> {
    if is_binary(&bytes) {
        return Err("it is a binary file".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        format!("it is not UTF-8 (line {})", line + 1)
    })?;
    if text.starts_with(LFS_POINTER) {
        return Err("it is a pointer of Git LFS and its contents are elsewhere: `git lfs pull`".to_owned());
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).into())
}
