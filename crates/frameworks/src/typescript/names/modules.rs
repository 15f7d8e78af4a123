//! From the name of a module in an `import` to the file it means, as TypeScript with `moduleResolution: bundler` and the
//! bundlers themselves do.
//!
//! Source of the rules: TypeScript handbook, "Modules Reference", sections "Relative file path resolution", "paths",
//! "package.json exports", "imports"; Node.js documentation, "Packages". Deliberately absent: installed packages
//! (`node_modules`), which are outside the repository.

use std::collections::HashMap;

use alignment_model::{FileId, Sources};

use super::config::{ProjectId, Projects};
use super::packages::{self, Packages};
use super::paths;

/// What the name of a module means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// A file of the repository. It may not have been parsed (JavaScript, JSON).
    File(FileId),
    /// A package outside the repository, or a file that a build step makes.
    External,
    /// A path inside the repository where there is no such file.
    Missing,
}

/// The module index of a repository.
pub(in crate::typescript) struct Modules<'a> {
    files: HashMap<&'a str, FileId>,
    projects: Projects,
    packages: Packages,
    folders: Vec<Option<ProjectId>>,
    sources: &'a Sources,
}

/// Endings that a path without one may have, in TypeScript's order.
const EXTENSIONS: [&str; 9] = [".ts", ".tsx", ".d.ts", ".mts", ".d.mts", ".vue", ".svelte", ".js", ".jsx"];

/// Endings that are written for the file they are compiled to, and those of the file that is meant.
const COMPILED: [(&str, &[&str]); 4] = [
    (".js", &[".ts", ".tsx", ".d.ts"]),
    (".jsx", &[".tsx", ".d.ts"]),
    (".mjs", &[".mts", ".d.mts"]),
    (".cjs", &[".cts", ".d.cts"]),
];

/// Folders that hold what a build makes; the source of what is in them is in `src`.
const BUILT: [&str; 5] = ["dist", "build", "lib", "out", "esm"];

impl<'a> Modules<'a> {
    /// Indexes files, configurations and packages.
    pub(in crate::typescript) fn new(sources: &'a Sources) -> Self {
        let files = sources.iter().map(|(id, file)| (&*file.path, id)).collect();
        let packages = Packages::read(sources);
        let folder = |name: &str| packages.named(name).map(|package| package.folder.clone());
        let projects = Projects::read(sources, &folder);
        let folders = sources.iter().map(|(_, file)| projects.of(&file.path)).collect();
        Self { files, projects, packages, folders, sources }
    }

    /// The project of a file.
    pub(super) fn project(&self, file: FileId) -> Option<ProjectId> {
        self.folders.get(file.index()).copied().flatten()
    }

    /// The major version of a package that a file's own package depends on, where its manifest says it.
    pub(super) fn major_version(&self, file: FileId, package: &str) -> Option<u32> {
        self.packages.around(self.sources.path(file)).find_map(|manifest| manifest.major_version(package))
    }

    /// What `specifier` means in `file`.
    pub(in crate::typescript) fn resolve(&self, file: FileId, specifier: &str) -> Module {
        // Bundlers allow a query after the path: `./icon.svg?component`, `./worker?worker`.
        let specifier = specifier.split('?').next().unwrap_or(specifier);
        let path = self.sources.path(file);
        if specifier.starts_with("./") || specifier.starts_with("../") || matches!(specifier, "." | "..") {
            let found = paths::join(paths::split(path).0, specifier).and_then(|path| self.probe(&path));
            return found.map_or(Module::Missing, Module::File);
        }
        let found = self
            .aliased(file, specifier)
            .or_else(|| self.internal(path, specifier))
            .or_else(|| self.packaged(specifier));
        found.map_or(Module::External, Module::File)
    }

    /// Through `paths` (the longest prefix wins) and `baseUrl`.
    fn aliased(&self, file: FileId, specifier: &str) -> Option<FileId> {
        let project = self.projects.get(self.project(file)?)?;
        let mut matches: Vec<_> = (project.aliases.iter())
            .filter_map(|(pattern, targets)| {
                let star = paths::matched(pattern, specifier)?;
                let prefix = pattern.split_once('*').map_or(usize::MAX, |(before, _)| before.len());
                Some((prefix, star, targets))
            })
            .collect();
        matches.sort_by_key(|(prefix, ..)| std::cmp::Reverse(*prefix));
        (matches.iter())
            .flat_map(|(_, star, targets)| targets.iter().map(|target| target.replacen('*', star, 1)))
            .filter_map(|target| paths::join("", &target))
            .chain(project.base.iter().filter_map(|base| paths::join(base, specifier)))
            .find_map(|target| self.probe(&target))
    }

    /// `#name`, through `imports` of the nearest `package.json`.
    fn internal(&self, path: &str, specifier: &str) -> Option<FileId> {
        if !specifier.starts_with('#') {
            return None;
        }
        let manifest = self.packages.around(path).find(|manifest| !manifest.imports.is_empty())?;
        packages::matches(&manifest.imports, specifier)
            .filter_map(|target| paths::join(&manifest.folder, &target))
            .find_map(|target| self.probe_built(&target))
    }

    /// A package of the workspace by its name.
    fn packaged(&self, specifier: &str) -> Option<FileId> {
        let (name, rest) = paths::split_package(specifier);
        let package = self.packages.named(name)?;
        let key = if rest.is_empty() { ".".to_owned() } else { format!("./{rest}") };
        let direct = [rest.to_owned(), format!("src/{rest}")];
        packages::matches(&package.exports, &key)
            .chain(direct)
            .filter_map(|target| paths::join(&package.folder, &target))
            .find_map(|target| self.probe_built(&target))
    }

    /// A path that may name what a build makes: the file itself, else its source under `src`.
    fn probe_built(&self, path: &str) -> Option<FileId> {
        self.probe(path).or_else(|| {
            let parts: Vec<&str> = path.split('/').collect();
            let at = parts.iter().rposition(|part| BUILT.contains(part))?;
            let mut source = parts.clone();
            *source.get_mut(at)? = "src";
            let source = source.join("/");
            let stem =
                source.strip_suffix(".d.ts").or_else(|| source.strip_suffix(".d.mts")).unwrap_or(&source);
            self.probe(stem)
        })
    }

    /// The file a path without or with an ending means.
    fn probe(&self, path: &str) -> Option<FileId> {
        for (written, meant) in COMPILED {
            if let Some(stem) = path.strip_suffix(written)
                && let Some(file) = self.first(stem, meant)
            {
                return Some(file);
            }
        }
        let exact = self.files.get(path).copied();
        exact
            .or_else(|| self.first(path, &EXTENSIONS))
            .or_else(|| if path.is_empty() { self.first("index", &EXTENSIONS) } else { None })
            .or_else(|| self.first(&format!("{path}/index"), &EXTENSIONS))
    }

    fn first(&self, stem: &str, endings: &[&str]) -> Option<FileId> {
        let mut path = String::with_capacity(stem.len() + 8);
        endings.iter().find_map(|ending| {
            path.clear();
            path.push_str(stem);
            path.push_str(ending);
            self.files.get(path.as_str()).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alignment_model::SourceFile;

    use super::*;

    fn resolve(files: &[(&str, &str)], from: &str, specifier: &str) -> String {
        let file =
            |(path, text): &(&str, &str)| SourceFile { path: Arc::from(*path), text: Arc::from(*text) };
        let sources = Sources::new(files.iter().map(file).collect());
        let modules = Modules::new(&sources);
        let from = sources.find(from).expect("the importing file is listed");
        match modules.resolve(from, specifier) {
            Module::File(file) => sources.path(file).to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn relative_paths_are_probed() {
        let files: Vec<(&str, &str)> = [
            "a/main.ts",
            "a/x.ts",
            "a/x.js",
            "a/y/index.tsx",
            "a/z.d.ts",
            "a/C.vue",
            "a/s.svelte",
            "a/m.mts",
            "b.ts",
            "a/data.json",
            "index.ts",
            "a/store.svelte.ts",
        ]
        .map(|path| (path, ""))
        .into();
        let cases = [
            ("./x", "a/x.ts"),
            ("./x.js", "a/x.ts"),
            ("./x.ts", "a/x.ts"),
            ("./y", "a/y/index.tsx"),
            ("./z", "a/z.d.ts"),
            ("./C.vue", "a/C.vue"),
            ("./s.svelte", "a/s.svelte"),
            ("./store.svelte", "a/store.svelte.ts"),
            ("./m.mjs", "a/m.mts"),
            ("../b", "b.ts"),
            ("..", "index.ts"),
            ("./data.json", "a/data.json"),
            ("./C.vue?raw", "a/C.vue"),
            ("./none", "Missing"),
            ("../../out", "Missing"),
            ("react", "External"),
        ];
        for (specifier, expected) in cases {
            assert_eq!(resolve(&files, "a/main.ts", specifier), expected, "{specifier}");
        }
    }

    #[test]
    fn the_longest_alias_wins_and_a_workspace_package_is_its_source() {
        let files = [
            (
                "web/tsconfig.json",
                "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"src/*\"], \"@/ui/*\": [\"ui/*\"]}}}",
            ),
            ("web/src/ui/a.ts", ""),
            ("web/ui/a.ts", ""),
            ("web/src/b.ts", ""),
            (
                "web/package.json",
                "{\"name\": \"web\", \"imports\": {\"#db\": {\"default\": \"./src/b.js\"}}}",
            ),
            (
                "packages/kit/package.json",
                "{\"name\": \"@acme/kit\", \"types\": \"dist/index.d.ts\", \"exports\": {\
                \".\": {\"types\": \"./dist/index.d.ts\"}, \"./forms/*\": \"./dist/forms/*.js\"}}",
            ),
            ("packages/kit/src/index.ts", ""),
            ("packages/kit/src/forms/text.ts", ""),
        ];
        let cases = [
            ("@/ui/a", "web/ui/a.ts"),
            ("@/b", "web/src/b.ts"),
            ("#db", "web/src/b.ts"),
            ("@acme/kit", "packages/kit/src/index.ts"),
            ("@acme/kit/forms/text", "packages/kit/src/forms/text.ts"),
            ("@acme/other", "External"),
        ];
        for (specifier, expected) in cases {
            assert_eq!(resolve(&files, "web/src/b.ts", specifier), expected, "{specifier}");
        }
    }
}
