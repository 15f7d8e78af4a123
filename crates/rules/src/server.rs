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

use alignment_graph::handles;

use crate::Context;
use crate::unmounted::segments;

/// Whether something beside the API answers a path, of which operations serve so many leading segments.
pub(crate) fn answers(context: &Context<'_>, path: &str, served: usize) -> bool {
    let wanted: Vec<&str> = segments(path).collect();
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
