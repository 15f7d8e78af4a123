//! Whether the client's own server answers a call, rather than the API: a handler that a framework finds by the name of its
//! file, or a file that is served as it is.
//!
//! | framework | handlers | source |
//! |---|---|---|
//! | Next.js 13-15 | `app/**/route.ts`, `pages/api/**` | nextjs.org, "Route Handlers", "API Routes" |
//! | SvelteKit 2 | `routes/**/+server.ts` | svelte.dev, "Routing" |
//! | Nuxt 3 | `server/api/**`, `server/routes/**` | nuxt.com, "Server Directory" |
//! | Vite, Next.js, SvelteKit | files of `public/` and `static/` | "Static Asset Handling" |
//!
//! Deliberately absent: servers that register handlers in code.

use crate::Context;

/// Whether something beside the API answers a path, of which operations serve so many leading segments.
pub(crate) fn answers(context: &Context<'_>, path: &str, served: usize) -> bool {
    let wanted: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    // A file that the build makes or a folder holds, unless the path leads into the API.
    if served == 0 && wanted.last().is_some_and(|name| is_asset(name)) {
        return true;
    }
    context.graph.project().paths.iter().any(|file| handles(file, &wanted))
}

fn is_asset(name: &str) -> bool {
    const KINDS: [&str; 18] = [
        "json",
        "js",
        "mjs",
        "css",
        "html",
        "txt",
        "md",
        "xml",
        "csv",
        "svg",
        "png",
        "jpg",
        "ico",
        "wasm",
        "map",
        "webmanifest",
        "yaml",
        "pdf",
    ];
    name.rsplit_once('.').is_some_and(|(_, kind)| KINDS.contains(&kind))
}

/// Whether the file is a handler of the path.
fn handles(file: &str, wanted: &[&str]) -> bool {
    let Some(handler) = handler_path(file) else { return false };
    let served: Vec<&str> =
        handler.into_iter().filter(|segment| !segment.starts_with('(') && !segment.is_empty()).collect();
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
