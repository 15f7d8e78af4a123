//! Files that a framework, a bundler or another package loads without an import in the code.
//!
//! | what | entries | source |
//! |---|---|---|
//! | any bundler | files directly in the package or in `src`; paths that its configuration names | Vite, webpack, `package.json` |
//! | Next.js 13-15 | `app/**` files of reserved names, `pages/**` | nextjs.org, "File-system conventions" |
//! | SvelteKit 2 | `routes/**/+*` | svelte.dev, "Routing" |
//! | Remix, React Router 7, TanStack Router | `routes/**` | their "Route Module" and "File-Based Routing" |
//! | Expo Router, Gatsby, Astro | `app/**`, `pages/**` | their "Routing" |
//!
//! Frameworks that import components by their names alone (Nuxt, plugins of Vite) leave nothing to see; their packages say nothing.

use std::collections::{BTreeMap, HashMap};

use alignment_model::{FileId, Sources};

use crate::typescript::names::paths::{ancestors, split};

/// One `package.json` with the files whose nearest it is.
pub(super) struct Package<'a> {
    pub(super) folder: &'a str,
    pub(super) files: Vec<FileId>,
    pub(super) entries: Vec<FileId>,
    /// Its tools load files that nothing names.
    pub(super) loads_by_itself: bool,
}

/// Names in a manifest that say that files are loaded by their place alone, in ways that are not followed.
const LOADS_BY_ITSELF: [&str; 12] = [
    "\"nuxt\"",
    "\"nuxt3\"",
    "\"umi\"",
    "\"@umijs/max\"",
    "\"ember-source\"",
    "\"unplugin-auto-import\"",
    "\"unplugin-vue-components\"",
    "\"unplugin-vue-router\"",
    "\"vite-plugin-pages\"",
    "\"vite-plugin-ssr\"",
    "\"vike\"",
    "\"@angular/core\"",
];

/// Names that Next.js looks for below `app`.
const NEXT: [&str; 20] = [
    "page",
    "layout",
    "route",
    "loading",
    "error",
    "global-error",
    "not-found",
    "forbidden",
    "unauthorized",
    "template",
    "default",
    "icon",
    "apple-icon",
    "opengraph-image",
    "twitter-image",
    "sitemap",
    "robots",
    "manifest",
    "middleware",
    "instrumentation",
];

/// Frameworks whose files in these folders are all loaded.
const ROUTED: [(&str, &[&str]); 8] = [
    ("\"next\"", &["pages"]),
    ("\"gatsby\"", &["pages", "templates"]),
    ("\"astro\"", &["pages"]),
    ("\"expo-router\"", &["app"]),
    ("\"@remix-run/", &["routes"]),
    ("\"@react-router/dev\"", &["routes"]),
    ("\"@tanstack/react-router\"", &["routes"]),
    ("\"@tanstack/router-plugin\"", &["routes"]),
];

/// The packages that client files belong to. Files without a manifest around them belong to none.
pub(super) fn packages(sources: &Sources, files: impl Iterator<Item = FileId>) -> Vec<Package<'_>> {
    let manifests: HashMap<&str, &str> = sources
        .iter()
        .filter(|(_, file)| file.path.rsplit('/').next() == Some("package.json"))
        .map(|(_, file)| (split(&file.path).0, &*file.text))
        .collect();
    let mut packages: BTreeMap<&str, Package<'_>> = BTreeMap::new();
    for file in files {
        let mut around = ancestors(sources.path(file)).filter_map(|folder| manifests.get_key_value(folder));
        let Some((folder, manifest)) = around.next() else { continue };
        let package = packages.entry(folder).or_insert_with(|| Package {
            folder,
            files: Vec::new(),
            entries: Vec::new(),
            loads_by_itself: LOADS_BY_ITSELF.iter().any(|name| manifest.contains(name)),
        });
        package.files.push(file);
        if is_entry(inside(folder, sources.path(file)), manifest) {
            package.entries.push(file);
        }
    }
    for (_, file) in sources.iter() {
        let folder = split(&file.path).0;
        if let Some(package) = packages.get_mut(folder).filter(|_| configures(&file.path)) {
            package.entries.extend(named(sources, folder, &file.text));
        }
    }
    for package in packages.values_mut() {
        package.files.sort_unstable();
        package.entries.sort_unstable();
        package.entries.dedup();
    }
    packages.into_values().collect()
}

/// A path relative to the folder of its package.
fn inside<'p>(folder: &str, path: &'p str) -> &'p str {
    path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/')
}

/// Whether a file is an entry by its place.
fn is_entry(path: &str, manifest: &str) -> bool {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let (folders, name) = split(below);
    if folders.is_empty() || name.starts_with('+') {
        return true;
    }
    let stem = name.split('.').next().unwrap_or(name);
    let top = folders.split('/').next().unwrap_or(folders);
    let is_next = top == "app" && manifest.contains("\"next\"") && NEXT.contains(&stem);
    let is_routed = |(framework, tops): &(&str, &[&str])| {
        let within = folders.split('/').take(2).any(|folder| tops.contains(&folder));
        within && manifest.contains(framework)
    };
    is_next || ROUTED.iter().any(is_routed)
}

/// Whether a file configures the tools of a package.
fn configures(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "package.json"
        || name.contains(".config.")
        || name.starts_with("tsconfig")
        || name.starts_with("webpack")
}

/// Files whose paths a text names.
fn named<'s>(sources: &'s Sources, folder: &'s str, text: &'s str) -> impl Iterator<Item = FileId> + 's {
    let tokens = text.split(|c: char| !(c.is_alphanumeric() || "._-/@+[]$".contains(c)));
    tokens.filter(|token| token.contains('/')).filter_map(move |token| {
        let token = token.trim_start_matches("./").trim_start_matches('/');
        let path = if folder.is_empty() { token.to_owned() } else { format!("{folder}/{token}") };
        let found = sources.find(&path);
        found.or_else(|| [".ts", ".tsx"].iter().find_map(|ending| sources.find(&format!("{path}{ending}"))))
    })
}
