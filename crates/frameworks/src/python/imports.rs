//! Which modules a program loads: the import statements of a file's text, followed from where programs start.
//!
//! Read from the text, not from facts: most files that are on the way declare nothing and are never parsed, and a function's
//! imports count as well. Texts in quotes that name a module count as *named*: a task queue, a server or a registry may load it.
//! Imports for type checkers alone do not run.
//!
//! Deliberately absent: names of modules that come from outside the code (a database, a command line).

use std::collections::HashSet;

use alignment_model::FileId;

use super::modules::{Modules, Place};
use super::{Input, Names};

/// What one file loads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Loads {
    /// By statements.
    imported: Vec<FileId>,
    /// By a text in quotes, or as one of all modules of a package.
    named: Vec<FileId>,
    /// It may load modules whose names are not in it.
    dynamic: bool,
}

/// What is loaded from some files on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded {
    /// By import statements.
    pub(crate) surely: HashSet<FileId>,
    /// Also by names in quotes, as far as they are known.
    pub(crate) perhaps: HashSet<FileId>,
    /// Something among what is perhaps loaded loads modules by names that are not in it.
    pub(crate) dynamic: bool,
}

impl Names<'_> {
    /// What is loaded by `start`, or perhaps by `perhaps`. Files that `leave_out` names load nothing.
    pub(crate) fn loaded(
        &self,
        start: &[FileId],
        perhaps: &[FileId],
        leave_out: &dyn Fn(FileId) -> bool,
    ) -> Loaded {
        let mut loaded = Loaded::default();
        let mut pending: Vec<(FileId, bool)> = start.iter().map(|file| (*file, true)).collect();
        pending.extend(perhaps.iter().map(|file| (*file, false)));
        while let Some((file, sure)) = pending.pop() {
            let new = if sure { loaded.surely.insert(file) } else { !loaded.surely.contains(&file) };
            if leave_out(file) || !(new && (loaded.perhaps.insert(file) || sure)) {
                continue;
            }
            let loads = loads(self.input, &self.modules, file);
            loaded.dynamic |= loads.dynamic;
            pending.extend(loads.imported.into_iter().map(|next| (next, sure)));
            pending.extend(loads.named.into_iter().map(|next| (next, false)));
        }
        loaded
    }
}

/// Modules that a file loads; the packages around it are loaded with it.
fn loads(input: Input<'_>, modules: &Modules<'_>, file: FileId) -> Loads {
    let text = input.sources.text(file);
    let mut loads = Loads { imported: modules.packages_of(file), ..Loads::default() };
    for statement in statements(text) {
        let members: Vec<&str> = statement.members.iter().map(|name| &**name).collect();
        let place = modules.named(file, statement.level, &statement.module, &members);
        let submodules = members.iter().filter_map(|member| modules.submodule(place, member));
        loads.imported.extend(submodules.chain([place]).filter_map(Place::file));
    }
    for name in quoted_modules(text) {
        loads.named.extend(modules.absolute(file, name, &[]).file());
    }
    let dynamic = dynamic_imports(text);
    loads.dynamic = dynamic.anything;
    if dynamic.siblings {
        loads.named.extend(modules.below_home_of(file));
    }
    for package in dynamic.packages {
        loads.named.extend(modules.below(modules.absolute(file, package, &[])));
    }
    loads
}

/// One import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ImportStatement {
    level: u8,
    module: String,
    members: Vec<String>,
}

/// The import statements of a text that run, wherever they stand.
fn statements(text: &str) -> Vec<ImportStatement> {
    let mut out = Vec::new();
    let mut lines = text.lines();
    let mut in_text = false;
    let mut types_only: Option<usize> = None;
    while let Some(line) = lines.next() {
        let quotes = line.matches("\"\"\"").count() + line.matches("'''").count();
        let inside = in_text;
        in_text ^= quotes % 2 == 1;
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if inside || code.is_empty() {
            continue;
        }
        types_only = types_only.filter(|outer| indent > *outer);
        if code.starts_with("if ") && code.contains("TYPE_CHECKING:") {
            types_only = Some(indent);
        }
        if types_only.is_none() && (code.starts_with("from ") || code.starts_with("import ")) {
            out.extend(statement(&whole(code, &mut lines)));
        }
    }
    out
}

/// Most lines that one statement is followed over.
const MAX_LINES: usize = 2_000;

/// A statement with the lines it goes on over, without comments.
fn whole<'t>(first: &'t str, lines: &mut impl Iterator<Item = &'t str>) -> String {
    let uncommented = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
    let mut text = uncommented(first);
    for _ in 0..MAX_LINES {
        let open = text.contains('(') && !text.contains(')');
        if text.ends_with('\\') {
            text.pop();
        } else if !open {
            break;
        }
        let Some(next) = lines.next() else { break };
        text.push(' ');
        text.push_str(&uncommented(next));
    }
    text
}

fn statement(text: &str) -> Vec<ImportStatement> {
    let text = text.split(';').next().unwrap_or_default();
    let first_word = |part: &str| part.split_whitespace().next().unwrap_or_default().to_owned();
    let names = |list: &str| -> Vec<String> {
        list.split(',').map(first_word).filter(|name| !name.is_empty()).collect()
    };
    if let Some(rest) = text.strip_prefix("import ") {
        let whole = |module| ImportStatement { level: 0, module, members: Vec::new() };
        return names(rest).into_iter().map(whole).collect();
    }
    let Some((from, list)) = text.strip_prefix("from ").and_then(|rest| rest.split_once(" import")) else {
        return Vec::new();
    };
    let from = from.trim();
    let module = from.trim_start_matches('.');
    let level = u8::try_from(from.len() - module.len()).unwrap_or(u8::MAX);
    let members = names(list.trim_matches(|c: char| c.is_whitespace() || c == '(' || c == ')'));
    vec![ImportStatement { level, module: module.to_owned(), members }]
}

/// Texts in quotes that may name a module, or something in one: `"app.tasks"`, `"app.main:app"`.
fn quoted_modules(text: &str) -> impl Iterator<Item = &str> {
    let is_path = |part: &&str| {
        let path = part.split(':').next().unwrap_or_default();
        path.contains('.')
            && path.len() < 200
            && path.split('.').all(|name| {
                !name.starts_with(|c: char| c.is_ascii_digit())
                    && !name.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
    };
    text.split(['"', '\'']).filter(is_path).flat_map(|part| {
        let path = part.split(':').next().unwrap_or_default();
        // The path of a function names its module, too.
        [Some(path), path.rsplit_once('.').map(|(module, _)| module)].into_iter().flatten()
    })
}

/// What is loaded by code rather than by a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct DynamicImports<'t> {
    /// All modules of these packages, perhaps.
    packages: Vec<&'t str>,
    /// All modules below the folder of the file, perhaps.
    siblings: bool,
    /// Anything.
    anything: bool,
}

/// Functions that load the module they are given.
const LOADERS: &[&str] = &["import_module(", "__import__(", "import_string("];
/// Functions that find modules by looking at folders.
const FINDERS: &[&str] = &["walk_packages(", "iter_modules(", "autodiscover_tasks("];

fn dynamic_imports(text: &str) -> DynamicImports<'_> {
    let mut found = DynamicImports::default();
    found.siblings = FINDERS.iter().any(|finder| text.contains(finder));
    found.anything = found.siblings || text.contains("spec_from_file_location(");
    for loader in LOADERS {
        for (at, _) in text.match_indices(loader) {
            let argument = text.get(at + loader.len()..).unwrap_or_default().trim_start();
            let formatted = argument.strip_prefix('f').filter(|rest| rest.starts_with(['"', '\'']));
            match (formatted, argument.starts_with(['"', '\''])) {
                (Some(rest), _) => {
                    let known = rest.get(1..).unwrap_or_default().split(['{', '"', '\'']).next();
                    let package = known.unwrap_or_default().rsplit_once('.').map(|(package, _)| package);
                    match package.filter(|package| !package.is_empty()) {
                        Some(package) => found.packages.push(package),
                        None => found.siblings = true,
                    }
                }
                // Texts in quotes are read as such.
                (None, true) => {}
                (None, false) => found.anything = true,
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_wherever_they_run() {
        let text = "import a.b as c, d  # e\nfrom .x import (\n    y as z,  # note\n    w,\n)\n\"\"\"\nfrom no import no\n\"\"\"\n\
                    if TYPE_CHECKING:\n    from no import no\n    import no\ndef f():\n    from .. import g\nfrom h import \\\n    i\nfrom j import *\n";
        let found: Vec<String> = statements(text)
            .into_iter()
            .map(|one| format!("{} {} [{}]", one.level, one.module, one.members.join(" ")))
            .collect();
        assert_eq!(found, ["0 a.b []", "0 d []", "1 x [y w]", "2  [g]", "0 h [i]", "0 j [*]"]);
    }

    #[test]
    fn names_of_modules_stand_in_quotes() {
        let found: Vec<&str> =
            quoted_modules("run(\"app.main:app\"); x = 'a b.c'; y = '1.5'; z = \"e\"").collect();
        assert_eq!(found, ["app.main", "app"]);
    }

    #[test]
    fn code_that_loads_modules_says_what_it_can() {
        let packages = |text| dynamic_imports(text).packages;
        assert_eq!(packages("import_module(f\"app.plugins.{name}\")"), ["app.plugins"]);
        assert!(dynamic_imports("import_module(name)").anything);
        assert!(dynamic_imports("for m in pkgutil.iter_modules(__path__): ...").siblings);
        assert_eq!(dynamic_imports("import_module(\"app.x\")"), DynamicImports::default());
    }
}
