//! Handlers of the client's own server, which a framework finds by the names of their files.
//!
//! | framework | handlers | source |
//! |---|---|---|
//! | Next.js 13-15 | `app/**/route.ts`, `pages/api/**` | nextjs.org, "Route Handlers", "API Routes" |
//! | SvelteKit 2 | `routes/**/+server.ts` | svelte.dev, "Routing" |
//! | Nuxt 3 | `server/api/**`, `server/routes/**` | nuxt.com, "Server Directory" |
//!
//! A handler that makes one request passes its answer on, as a rule, and one that takes the rest of any path passes that on. One that
//! makes several requests answers with something of its own, and so does one that makes none itself: it asks a database, or the API
//! through functions elsewhere. What the client calls is then no operation of the API, though the path may be the same.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::project::{ClientCall, Project};

/// The handlers of the client's own server that answer with something of their own.
pub(crate) struct Composing<'a> {
    /// The paths of all handlers with the requests that they make, by file.
    handlers: BTreeMap<&'a str, (Vec<&'a str>, Vec<&'a ClientCall>)>,
}

impl<'a> Composing<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        let files = project.paths.iter().map(|file| &**file);
        let mut handlers: BTreeMap<&'a str, (Vec<&'a str>, Vec<&'a ClientCall>)> =
            files.filter_map(|file| Some((file, (handler_path(file)?, Vec::new())))).collect();
        for call in &project.calls {
            if let Some((_, requests)) = handlers.get_mut(project.path(call.span.file)) {
                requests.push(call);
            }
        }
        Self { handlers }
    }

    /// Whether one of them answers a call to the client's own host.
    pub(crate) fn answers(&self, call: &ClientCall, method: &str, path: &[String]) -> bool {
        if !call.origins.iter().any(|origin| origin.is_empty()) {
            return false;
        }
        let path: Vec<&str> = path.iter().map(|segment| &**segment).collect();
        let mut handlers = self.handlers.values().filter(|(handler, _)| serves(handler, &path));
        handlers.any(|(handler, requests)| {
            // What a handler calls itself is not itself.
            if requests.iter().any(|one| std::ptr::eq(*one, call)) {
                return false;
            }
            // Functions of other names are called by those that are named after methods.
            let is_made = |one: &&&ClientCall| &*one.caller == method || !is_method(&one.caller);
            let made: BTreeSet<_> =
                requests.iter().filter(is_made).map(|one| (one.method.is(), one.path.is())).collect();
            made.len() > 1 || made.is_empty() && !takes_any_rest(handler)
        })
    }
}

/// Whether a handler answers every path that begins with its own: a proxy, as a rule.
fn takes_any_rest(handler: &[&str]) -> bool {
    handler.last().is_some_and(|last| last.starts_with("[...") || last.starts_with("[[..."))
}

fn is_method(name: &str) -> bool {
    matches!(name, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS")
}

/// Whether a file is a handler of a path, given by its segments.
pub fn handles(file: &str, wanted: &[&str]) -> bool {
    handler_path(file).is_some_and(|handler| serves(&handler, wanted))
}

/// Whether a handler of one path answers another.
fn serves(handler: &[&str], wanted: &[&str]) -> bool {
    let is_served = |segment: &&str| !segment.starts_with('(') && !segment.is_empty();
    let served: Vec<&str> = handler.iter().copied().filter(is_served).collect();
    let last = served.last().copied().unwrap_or_default();
    let length = match (last.starts_with("[..."), last.starts_with("[[...")) {
        (true, _) => served.len() <= wanted.len(),
        (_, true) => served.len() <= wanted.len() + 1,
        _ => served.len() == wanted.len(),
    };
    length && served.iter().zip(wanted).all(|(served, wanted)| served.starts_with('[') || served == wanted)
}

/// The path that a file of a server-side framework handles.
fn handler_path(file: &str) -> Option<Vec<&str>> {
    let (stem, kind) = file.rsplit_once('.')?;
    if !matches!(kind, "ts" | "tsx" | "js" | "jsx" | "mjs" | "mts") {
        return None;
    }
    let mut segments: Vec<&str> = stem.split('/').collect();
    let after = |segments: &[&str], folder: &str| segments.iter().position(|segment| *segment == folder);
    match segments.last().copied()? {
        "route" => {
            segments.pop();
            let at = after(&segments, "app")?;
            Some(segments.split_off(at + 1))
        }
        "+server" => {
            segments.pop();
            let at = after(&segments, "routes")?;
            Some(segments.split_off(at + 1))
        }
        last => {
            let at = segments
                .windows(2)
                .position(|pair| matches!(pair, ["pages" | "server", "api"] | ["server", "routes"]))?;
            let in_nuxt = segments[at] == "server";
            let from = if segments[at + 1] == "routes" { at + 2 } else { at + 1 };
            let name = if in_nuxt { last.split('.').next().unwrap_or(last) } else { last };
            segments.pop();
            if name != "index" {
                segments.push(name);
            }
            (from <= segments.len()).then(|| segments.split_off(from))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::handles;

    #[test]
    fn handlers_are_found_by_the_names_of_their_files() {
        for (file, path) in [
            ("web/src/app/api/health/route.ts", "api/health"),
            ("web/app/(site)/api/users/[id]/route.js", "api/users/{}"),
            ("web/app/api/auth/[...all]/route.ts", "api/auth/callback/google"),
            ("pages/api/health.ts", "api/health"),
            ("web/pages/api/users/index.js", "api/users"),
            ("src/routes/api/posts/[id]/+server.ts", "api/posts/7"),
            ("server/api/posts/index.get.ts", "api/posts"),
            ("server/routes/hello.ts", "hello"),
        ] {
            assert!(handles(file, &path.split('/').collect::<Vec<_>>()), "{file} {path}");
        }
        for (file, path) in [
            ("myapp/src/route.ts", "src"),
            ("web/app/api/health/page.tsx", "api/health"),
            ("web/app/api/health/route.ts", "api/healthy"),
            ("pages/api/health.ts", "api/health/deep"),
            ("src/routes/api/+page.server.ts", "api"),
        ] {
            assert!(!handles(file, &path.split('/').collect::<Vec<_>>()), "{file} {path}");
        }
    }
}
