//! Modules that the project imports from its own packages and that are not in the repository: a folder that a `.gitignore` swallows
//! (`models/`), a file that was never added. What they declare is unknown, and the report has to say so.
//!
//! Only imports that are made whenever a module is, by several files, and from a package that holds the importing file, count: an
//! optional module stands in `try`, and what a build writes (`_version`) is imported once.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::code::{FileFacts, Language, Statement};
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::{FileId, Span};

use super::Names;
use super::modules::Place;
use super::scope::each_statement;
use crate::test_files;

/// Files that import a module before it counts as one of the project.
const SEVERAL: usize = 2;

/// The imports of one module.
struct Imports {
    first: Span,
    files: BTreeSet<FileId>,
}

/// A problem for each package or module that is imported and not there.
pub fn missing_modules(names: &Names<'_>) -> Vec<Problem> {
    let input = names.input();
    let mut found: BTreeMap<String, Imports> = BTreeMap::new();
    let is_own = |facts: &&FileFacts| {
        facts.language == Language::Python && !test_files::is_test(input.sources.get(facts.file))
    };
    for facts in input.facts.iter().filter(is_own) {
        each_statement(&facts.body, &mut |statement, flow| {
            let Statement::Import(import) = statement else { return };
            if import.level > 0 || flow.branched {
                return;
            }
            if let Some(module) = names.lacking(facts.file, &import.module) {
                let first = import.range.in_file(facts.file);
                let imports =
                    found.entry(module).or_insert_with(|| Imports { first, files: BTreeSet::new() });
                imports.files.insert(facts.file);
            }
        });
    }
    let several = found.into_iter().filter(|(_, imports)| imports.files.len() >= SEVERAL);
    several
        .map(|(module, imports)| {
            let message = format!(
                "`{module}` is imported by {} files and is not in the repository: what it declares is not known (does a `.gitignore` leave it out?)",
                imports.files.len()
            );
            Problem::at(imports.first, ProblemKind::Unresolved, message)
        })
        .collect()
}

impl Names<'_> {
    /// The first part of a dotted module that does not exist, where it stands below a package that is known and holds `file`.
    fn lacking(&self, file: FileId, module: &str) -> Option<String> {
        let (first, _) = module.split_once('.')?;
        if self.modules.named(file, 0, module, &[]) != Place::Outside {
            return None;
        }
        let mut package = self.modules.absolute(file, first, &[]);
        if !self.modules.below(package).contains(&file) {
            return None;
        }
        let mut end = first.len();
        for segment in module.split('.').skip(1) {
            end += 1 + segment.len();
            match self.modules.submodule(package, segment) {
                Some(inner @ (Place::File(_) | Place::Namespace(_))) => package = inner,
                // A name that a module has is no module.
                _ if matches!(package, Place::File(of) if !self.is_package(of)) => return None,
                _ => return module.get(..end).map(str::to_owned),
            }
        }
        None
    }

    /// Whether a file is the `__init__.py` of a package.
    fn is_package(&self, file: FileId) -> bool {
        let path = self.input().sources.path(file);
        path.ends_with("/__init__.py") || path.ends_with("/__init__.pyi")
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        Repository::new(files).project().problems.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn packages_that_are_imported_and_not_there() {
        let import = "from app.models.user import User\nfrom app.services import send\n";
        let known = [("app/services.py", "def send(): ...\n"), ("app/__init__.py", "")];
        let files = |main, other| [&known[..], &[("app/main.py", main), ("app/other.py", other)]].concat();
        assert_eq!(
            told(&files(import, import)),
            [
                "`app.models` is imported by 2 files and is not in the repository: what it declares is not known (does a `.gitignore` leave it out?)"
            ]
        );
        // One file, an optional module, another package of that name, what is there.
        let optional = "from app.services import send\ntry:\n    from app.models import User\nexcept ImportError:\n    User = None\n";
        let other = "from app.services import send\nfrom other.models import User\nimport os.path\nimport sqlalchemy.orm\n";
        for (main, second) in [
            (import, ""),
            (optional, optional),
            (other, other),
            ("from app.services import send\n", "from app.services import send\n"),
        ] {
            assert_eq!(told(&files(main, second)), Vec::<String>::new(), "{main}");
        }
    }
}
