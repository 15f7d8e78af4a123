//! Tests for vitest's type check: what the API answers is given to the type that the client declares for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alignment_model::Sources;
use alignment_model::finding::Finding;
use alignment_model::proof::ClientType;

use super::{MARK, TestFolder, heading, inside, literal, up};

/// The folder of these tests in that of all.
const FOLDER: &str = "vitest";

/// Tests in the making.
#[derive(Default)]
pub(super) struct Cases {
    files: BTreeMap<String, String>,
    /// Folders with a configuration of TypeScript, with that configuration.
    projects: BTreeMap<String, Option<&'static str>>,
}

/// A client type with properties and what arrives for each, as JSON; `None` where the key never does.
type Answer<'f> = (&'f ClientType, &'f [(String, Option<String>)]);

impl Cases {
    /// Adds the test of a finding, or says why there is none.
    pub(super) fn add(
        &mut self,
        finding: &Finding,
        id: &str,
        (client, properties): Answer<'_>,
        sources: &Sources,
        folder: &TestFolder,
    ) -> Result<(), String> {
        let path = sources.path(client.file);
        let module = [".d.ts", ".ts", ".tsx"].into_iter().find_map(|end| path.strip_suffix(end));
        let Some(module) = module else {
            return Err(format!("`{path}` is no module that TypeScript imports"));
        };
        let (project, configuration) = project(path, sources);
        let from = inside(&up(&folder.to_root, 2), module);
        let name = &client.name;
        let keys: Vec<String> = properties.iter().map(|(property, _)| literal(property)).collect();
        let sent: Vec<String> = properties
            .iter()
            .filter_map(|(property, value)| Some(format!("{}: {}", literal(property), value.as_ref()?)))
            .collect();
        let sent = if sent.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", sent.join(", ")) };
        let mut text = heading(finding, id, "// ");
        let _ = write!(
            text,
            "import type {{ {name} }} from {};\n\n\
             test({}, () => {{\n  const answer: Pick<{name}, keyof {name} & ({})> = {sent};\n  void answer;\n}});\n",
            literal(&from),
            literal(&format!("{} {id}", finding.rule)),
            keys.join(" | ")
        );
        self.files.insert(format!("{FOLDER}/{}/{}.{id}.test-d.ts", slug(&project), finding.rule), text);
        self.projects.insert(project, configuration);
        Ok(())
    }

    /// How to run them, a command for each project.
    pub(super) fn commands(&self, folder: &TestFolder) -> Vec<String> {
        let command = |project: &String| {
            let back =
                if project.is_empty() { String::new() } else { "../".repeat(project.split('/').count()) };
            let place = inside(&folder.from_root, &format!("{FOLDER}/{}", slug(project)));
            let enter = if project.is_empty() { String::new() } else { format!("cd {project} && ") };
            format!(
                "({enter}npx vitest run --typecheck.only --typecheck.ignoreSourceErrors --root {back}{place})"
            )
        };
        self.projects.keys().map(command).collect()
    }

    /// All files, with a configuration for each project.
    pub(super) fn files(self, folder: &TestFolder) -> BTreeMap<String, String> {
        let mut files = self.files;
        for (project, configuration) in &self.projects {
            let home = inside(&up(&folder.to_root, 2), project);
            let home = home.trim_end_matches('/');
            let extends = configuration.map_or_else(String::new, |name| {
                format!("  \"extends\": {},\n", literal(&inside(home, name)))
            });
            let roots = ["node_modules", "node_modules/@types"].map(|name| literal(&inside(home, name)));
            let text = format!(
                "// {MARK}\n{{\n{extends}  \"compilerOptions\": {{\n    \"noEmit\": true,\n    \"composite\": false,\n    \
                 \"strictNullChecks\": true,\n    \"module\": \"ESNext\",\n    \"moduleResolution\": \"bundler\",\n    \
                 \"skipLibCheck\": true,\n    \"typeRoots\": [{}],\n    \"types\": [\"vitest/globals\"]\n  }},\n  \
                 \"include\": [\"./*.test-d.ts\"],\n  \"exclude\": []\n}}\n",
                roots.join(", ")
            );
            files.insert(format!("{FOLDER}/{}/tsconfig.json", slug(project)), text);
        }
        files
    }
}

/// The nearest folder with a configuration of TypeScript, and the name of that configuration; the folder of the packages where
/// there is none. Vite's projects keep what holds for the application in a file of its own.
fn project(path: &str, sources: &Sources) -> (String, Option<&'static str>) {
    let folders: Vec<&str> = path.match_indices('/').rev().map(|(at, _)| &path[..at]).chain([""]).collect();
    let has = |folder: &str, name: &str| sources.find(&inside(folder, name)).is_some();
    for folder in &folders {
        for name in ["tsconfig.app.json", "tsconfig.json"] {
            if has(folder, name) {
                return ((*folder).to_owned(), Some(name));
            }
        }
    }
    let package = folders.iter().find(|folder| has(folder, "package.json"));
    (package.map_or_else(String::new, |folder| (*folder).to_owned()), None)
}

/// What the folder of a project's tests is called.
fn slug(project: &str) -> String {
    if project.is_empty() { "client".to_owned() } else { project.replace('/', "-") }
}
