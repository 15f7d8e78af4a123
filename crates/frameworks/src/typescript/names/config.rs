//! `tsconfig.json` and `jsconfig.json`: which names of modules a project of TypeScript maps to which folders, with
//! `extends` followed and `references` kept.
//!
//! Source of the rules: TypeScript handbook, "tsconfig reference" (`extends`, `paths`, `baseUrl`, `references`) and
//! "Module Resolution"; SvelteKit documentation, "$lib"; Nuxt documentation, "Alias". Deliberately absent: `rootDirs`,
//! `include` and `files` (the nearest configuration of a folder applies to every file in it), and options that no
//! declaration depends on.

use std::collections::HashMap;

use alignment_model::{FileId, Sources};

use super::paths;
use crate::typescript::jsonc::Json;

/// `extends` chains longer than this are cut: real ones have three links.
const MAX_EXTENDS: usize = 16;

/// Configurations that are read for one project, each as often as it is reached: several that extend several others are
/// reached in more ways than there are files.
const MAX_READ: usize = 200;

/// One project: the configuration that applies to the files of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ProjectId(u32);

/// What one configuration says about names of modules.
#[derive(Clone, Debug, Default)]
pub(super) struct Project {
    /// Patterns with at most one `*`, and what stands for each: paths from the repository's root.
    pub(super) aliases: Vec<(String, Vec<String>)>,
    /// Folder that bare names are looked up in first.
    pub(super) base: Option<String>,
    /// Folders of the projects it refers to.
    references: Vec<String>,
}

/// All projects of a repository.
#[derive(Debug, Default)]
pub(super) struct Projects {
    projects: Vec<Project>,
    by_folder: HashMap<String, ProjectId>,
}

impl Projects {
    /// Reads every configuration. `package_folder` gives the folder of a workspace package, for `extends`.
    pub(super) fn read(sources: &Sources, package_folder: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut this = Self::default();
        for (_, file) in sources.iter() {
            let (folder, name) = paths::split(&file.path);
            if paths::is_dependency(&file.path) {
                continue;
            }
            if is_aliasing_tool(name) {
                this.project_of_folder(folder);
            }
            if name == "tsconfig.json" || name == "jsconfig.json" && !has(sources, folder, "tsconfig.json") {
                let reader = Reader { sources, package_folder };
                let project = reader.project(&file.path, folder);
                let id = this.project_of_folder(folder);
                let mut aliases = project.aliases;
                for reference in &project.references {
                    aliases.extend(reader.referenced(reference).aliases);
                }
                if let Some(slot) = this.projects.get_mut(id.0 as usize) {
                    *slot = Project { aliases, ..project };
                }
            }
        }
        this.add_tool_aliases(sources);
        this
    }

    /// The project a file belongs to: the one of the nearest folder.
    pub(super) fn of(&self, path: &str) -> Option<ProjectId> {
        paths::ancestors(path).find_map(|folder| self.by_folder.get(folder).copied())
    }

    /// The project.
    pub(super) fn get(&self, id: ProjectId) -> Option<&Project> {
        self.projects.get(id.0 as usize)
    }

    fn project_of_folder(&mut self, folder: &str) -> ProjectId {
        if let Some(id) = self.by_folder.get(folder) {
            return *id;
        }
        let id = ProjectId(u32::try_from(self.projects.len()).unwrap_or(u32::MAX));
        self.projects.push(Project::default());
        self.by_folder.insert(folder.to_owned(), id);
        id
    }

    /// Aliases that a framework brings without writing them down where they can be read: SvelteKit and Nuxt write
    /// them to a generated, ignored configuration; Vue CLI builds `@` in; Vite keeps them in its own configuration.
    fn add_tool_aliases(&mut self, sources: &Sources) {
        for (_, file) in sources.iter() {
            let (folder, name) = paths::split(&file.path);
            if paths::is_dependency(&file.path) {
                continue;
            }
            let Some(id) = self.by_folder.get(folder).copied() else { continue };
            let Some(project) = self.projects.get_mut(id.0 as usize) else { continue };
            let mut add = |key: &str, target: &str| {
                let target = paths::join(folder, target).unwrap_or_default();
                for (pattern, value) in
                    [(key.to_owned(), target.clone()), (format!("{key}/*"), format!("{target}/*"))]
                {
                    let known = project.aliases.iter_mut().find(|(known, _)| *known == pattern);
                    match known {
                        Some((_, values)) => values.push(value),
                        None => project.aliases.push((pattern, vec![value])),
                    }
                }
            };
            match name.split('.').next().unwrap_or_default() {
                "svelte" => add("$lib", "src/lib"),
                "nuxt" => {
                    for key in ["~", "@"] {
                        add(key, "app");
                        add(key, ".");
                    }
                    add("~~", ".");
                    add("@@", ".");
                }
                "vue" => add("@", "src"),
                "vite" if maps_at_to_src(&file.text) => add("@", "src"),
                _ => {}
            }
        }
    }
}

/// Whether a file's name is that of a tool that defines aliases: `svelte.config.js`, `vite.config.ts`, ...
fn is_aliasing_tool(name: &str) -> bool {
    let mut parts = name.split('.');
    let tool = parts.next().unwrap_or_default();
    matches!(tool, "svelte" | "nuxt" | "vue" | "vite") && parts.next() == Some("config")
}

/// Whether a Vite configuration has a key `"@"` whose value, up to the end of its line, names the folder `src`.
fn maps_at_to_src(text: &str) -> bool {
    ["'@'", "\"@\""].iter().any(|key| {
        text.split(key).skip(1).any(|rest| {
            let value =
                rest.trim_start().strip_prefix(':').map(|rest| rest.lines().take(2).collect::<String>());
            value.is_some_and(|value| value.split(['\'', '"', '/', '`']).any(|part| part == "src"))
        })
    })
}

fn has(sources: &Sources, folder: &str, name: &str) -> bool {
    paths::join(folder, name).is_some_and(|path| sources.find(&path).is_some())
}

/// A path as written from a folder; an absolute one is one of the machine, and not of the repository.
fn within(folder: &str, written: &str) -> Option<String> {
    if written.starts_with('/') { None } else { paths::join(folder, written) }
}

/// The configurations that are being read, each extending the next.
#[derive(Default)]
struct Chain {
    open: Vec<FileId>,
    read: usize,
}

impl Chain {
    /// Goes on to a configuration, unless it extends itself or a limit is reached.
    fn enter(&mut self, file: FileId) -> bool {
        if self.open.contains(&file) || self.open.len() > MAX_EXTENDS || self.read >= MAX_READ {
            return false;
        }
        self.open.push(file);
        self.read += 1;
        true
    }
}

struct Reader<'s> {
    sources: &'s Sources,
    package_folder: &'s dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    /// The configuration at `path`; `leaf` is the folder that `${configDir}` stands for.
    fn project(&self, path: &str, leaf: &str) -> Project {
        self.chain(path, leaf, &mut Chain::default())
    }

    fn chain(&self, path: &str, leaf: &str, chain: &mut Chain) -> Project {
        let Some(file) = self.sources.find(path) else { return Project::default() };
        if !chain.enter(file) {
            return Project::default();
        }
        let json = Json::parse(self.sources.text(file));
        let (folder, _) = paths::split(path);
        let mut project = Project::default();
        let extends = match json.get("extends") {
            Some(Json::Array(several)) => several.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        for base in extends.iter().filter_map(Json::text).filter_map(|base| self.extended(folder, base)) {
            let inherited = self.chain(&base, leaf, chain);
            // A later configuration replaces what an earlier one says, setting by setting.
            if !inherited.aliases.is_empty() {
                project.aliases = inherited.aliases;
            }
            project.base = inherited.base.or(project.base);
        }
        chain.open.pop();
        let options = json.get("compilerOptions");
        let place = |written: &str| match written.strip_prefix("${configDir}") {
            Some(rest) => paths::join(leaf, rest),
            None => within(folder, written),
        };
        if let Some(base) = options.and_then(|options| options.get("baseUrl")).and_then(Json::text) {
            project.base = place(base);
        }
        if let Some(mapping) = options.and_then(|options| options.get("paths")) {
            // `paths` are relative to `baseUrl` where there is one, otherwise to the configuration that has them.
            let base = project.base.clone();
            project.aliases = (mapping.entries().iter())
                .map(|(pattern, targets)| {
                    let targets = targets.items().iter().filter_map(Json::text);
                    let targets = targets.filter_map(|target| match &base {
                        Some(base) if !target.starts_with("${") => within(base, target),
                        _ => place(target),
                    });
                    (pattern.clone(), targets.collect())
                })
                .collect();
        }
        let references = json.get("references").map(Json::items).unwrap_or_default();
        project.references = (references.iter())
            .filter_map(|reference| paths::join(folder, reference.get("path")?.text()?))
            .collect();
        project
    }

    /// What a `references` entry says about names: a file, or a folder with a `tsconfig.json`.
    fn referenced(&self, path: &str) -> Project {
        let file =
            if path.ends_with(".json") { Some(path.to_owned()) } else { paths::join(path, "tsconfig.json") };
        file.map(|file| self.project(&file, paths::split(&file).0)).unwrap_or_default()
    }

    /// The file that `extends` names, if it is in the repository.
    fn extended(&self, folder: &str, written: &str) -> Option<String> {
        let path = if written.starts_with('.') || written.starts_with('/') {
            paths::join(folder, written.trim_start_matches('/'))?
        } else {
            let (package, rest) = paths::split_package(written);
            let folder = (self.package_folder)(package)?;
            if rest.is_empty() { paths::join(&folder, "tsconfig.json")? } else { paths::join(&folder, rest)? }
        };
        let candidates = [path.clone(), format!("{path}.json"), format!("{path}/tsconfig.json")];
        candidates.into_iter().find(|candidate| self.sources.find(candidate).is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alignment_model::SourceFile;

    use super::*;

    fn projects(files: &[(&str, &str)]) -> Projects {
        let file =
            |(path, text): &(&str, &str)| SourceFile { path: Arc::from(*path), text: Arc::from(*text) };
        Projects::read(&Sources::new(files.iter().map(file).collect()), &|name| {
            (name == "@acme/config").then(|| "packages/config".to_owned())
        })
    }

    fn aliases(projects: &Projects, path: &str) -> Vec<String> {
        let project = projects.of(path).and_then(|id| projects.get(id)).cloned().unwrap_or_default();
        project
            .aliases
            .iter()
            .map(|(pattern, targets)| format!("{pattern} = {}", targets.join(", ")))
            .collect()
    }

    #[test]
    fn paths_are_relative_to_the_file_that_has_them() {
        let found = projects(&[
            ("web/tsconfig.json", "{\"extends\": \"../base\", \"compilerOptions\": {\"strict\": true,},}"),
            ("base.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./shared/*\"]}}}"),
            ("api/tsconfig.json", "{\"extends\": \"@acme/config/base.json\"}"),
            (
                "packages/config/base.json",
                "{\"compilerOptions\": {\"paths\": {\"~/*\": [\"${configDir}/src/*\"]}}}",
            ),
            (
                "old/jsconfig.json",
                "{\"compilerOptions\": {\"baseUrl\": \"src\", \"paths\": {\"#/*\": [\"x/*\"]}}}",
            ),
        ]);
        assert_eq!(aliases(&found, "web/src/deep/a.ts"), ["@/* = shared/*"]);
        assert_eq!(aliases(&found, "api/a.ts"), ["~/* = api/src/*"]);
        assert_eq!(aliases(&found, "old/a.ts"), ["#/* = old/src/x/*"]);
        assert!(aliases(&found, "elsewhere/a.ts").is_empty());
    }

    #[test]
    fn a_solution_file_has_the_aliases_of_its_projects() {
        let found = projects(&[
            ("tsconfig.json", "{\"files\": [], \"references\": [{\"path\": \"./tsconfig.app.json\"}]}"),
            ("tsconfig.app.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"src/*\"]}}}"),
        ]);
        assert_eq!(aliases(&found, "src/a.ts"), ["@/* = src/*"]);
    }

    #[test]
    fn frameworks_bring_their_own() {
        let found = projects(&[
            ("app/svelte.config.js", ""),
            ("app/tsconfig.json", "{\"extends\": \"./.svelte-kit/tsconfig.json\"}"),
            ("shop/vite.config.ts", "alias: { '@': path.resolve(__dirname, './src') }"),
            ("plain/vite.config.ts", "alias: { '@': somewhere }"),
        ]);
        assert_eq!(aliases(&found, "app/src/a.svelte"), ["$lib = app/src/lib", "$lib/* = app/src/lib/*"]);
        assert_eq!(aliases(&found, "shop/src/a.ts"), ["@ = shop/src", "@/* = shop/src/*"]);
        assert!(aliases(&found, "plain/a.ts").is_empty());
    }

    #[test]
    fn circles_and_broken_files_end() {
        let found = projects(&[
            ("a/tsconfig.json", "{\"extends\": \"../b/tsconfig.json\"}"),
            (
                "b/tsconfig.json",
                "{\"extends\": [\"../a/tsconfig.json\", 3], \"compilerOptions\": {\"paths\": [}",
            ),
            ("c/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"../../../etc/*\"]}}}"),
        ]);
        assert!(aliases(&found, "a/x.ts").is_empty());
        assert_eq!(aliases(&found, "c/x.ts"), ["@/* = "]);
    }
}
