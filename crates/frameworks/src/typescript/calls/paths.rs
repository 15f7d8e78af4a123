//! The path in the text of a URL.
//!
//! ```text
//! default "/api" · "/users/" · hole · "?" · hole   ->   base /api, path /users/{}
//! ```
//!
//! Deliberately absent: guesses. A hole that is glued to the end of a segment may be a query, a suffix or more path: unless
//! it can be evaluated, the path is unknown.

use std::collections::BTreeSet;

use alignment_model::Why;

use super::urls::{Part, joined};

/// What is known of the path of a URL.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Path {
    /// The path, and the prefix that the client's base URL adds, as far as known.
    Is(Known),
    /// One of several paths, each of which the code may call.
    OneOf(Vec<Known>),
    /// The path is what a parameter of a function says.
    Passed(usize, usize),
    Unknown(Why),
}

/// A known path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) path: String,
    pub(super) base: Option<String>,
    /// What stands before it: see [`alignment_model::project::ClientCall::origins`].
    pub(super) origins: BTreeSet<String>,
    /// A parameter before it that is taken for a base URL: function by address, and position.
    pub(super) head: Option<(usize, usize)>,
    /// A parameter that is its last segment.
    pub(super) tail: Option<(usize, usize)>,
}

/// Texts that a URL may be, at most.
const MAX_ALTERNATIVES: usize = 16;
/// Paths that one call may go to and that are told one by one.
const MAX_PATHS: usize = 4;

/// The path of a URL under the base URL of its client.
pub(super) fn path_of(whole: &[Part], base: Option<&[Part]>) -> Path {
    let (url, given);
    let mut base = base;
    let mut origins = None;
    // `${isServer ? INTERNAL : ""}/users`: whatever the base is, the path is what follows it.
    match whole {
        [Part::Either(bases), rest @ ..]
            if !rest.is_empty() && !bases.is_empty() && bases.iter().all(|base| is_base(base)) =>
        {
            let mut paths: Vec<Option<String>> = bases.iter().map(|base| base_path(base)).collect();
            paths.dedup();
            given = match &paths[..] {
                [Some(path)] => vec![Part::Text(path.clone())],
                _ => Vec::new(),
            };
            origins = Some(bases.iter().flat_map(|bare| origins_of(bare, base)).collect());
            base = Some(&given);
            url = [&[Part::Hole(None)], rest].concat();
        }
        _ => url = whole.to_vec(),
    }
    let texts = alternatives(&url);
    if texts.len() > MAX_ALTERNATIVES {
        return Path::Unknown(Why::Ambiguous);
    }
    // An empty text among others makes no request (`if (!id) return ""`), nor does one that is not there (a hook's key without a URL).
    let is_nothing = |parts: &[Part]| matches!(parts, [Part::Text(text)] if text == "undefined");
    let texts = texts.into_iter().map(joined).filter(|parts| !parts.is_empty() && !is_nothing(parts));
    let origins = |parts: &[Part]| origins.clone().unwrap_or_else(|| origins_of(parts, base));
    merged(
        texts
            .map(|parts| match without_host(&parts) {
                Some(rest) => path_of_flat(&rest, None, origins(&parts)),
                None => path_of_flat(&parts, base, origins(&parts)),
            })
            .collect(),
    )
}

/// One path from those of all texts that a URL may be.
fn merged(paths: Vec<Path>) -> Path {
    let passed = paths.iter().find_map(|path| match path {
        Path::Passed(function, at) => Some((*function, *at)),
        _ => None,
    });
    let mut known: Vec<Known> = Vec::new();
    for path in paths {
        match (path, passed) {
            (Path::Passed(function, at), Some(passed)) if (function, at) == passed => {}
            // `${base}${path}` or `${base}/${path}`, whichever has the slash.
            (Path::Is(found), Some(passed)) if found.path == "/{}" && found.tail == Some(passed) => {}
            (Path::Is(found), None) => {
                match known.iter_mut().find(|before| is_same(&before.path, &found.path)) {
                    Some(before) => {
                        before.base = before.base.take().or(found.base);
                        before.origins.extend(found.origins);
                    }
                    None => known.push(found),
                }
            }
            (Path::Unknown(why), None) => return Path::Unknown(why),
            _ => return Path::Unknown(Why::Ambiguous),
        }
    }
    match (passed, known.len()) {
        (Some((function, at)), _) => Path::Passed(function, at),
        (None, 0) => Path::Unknown(Why::DynamicExpression),
        (None, 1) => Path::Is(known.remove(0)),
        (None, 2..=MAX_PATHS) => Path::OneOf(known),
        _ => Path::Unknown(Why::Ambiguous),
    }
}

/// Whether two paths are one but for a slash at the end, which servers redirect.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn path_of_flat(parts: &[Part], base: Option<&[Part]>, origins: BTreeSet<String>) -> Path {
    let base = base.and_then(base_path);
    let mut known = Known { path: String::new(), base, origins, head: None, tail: None };
    let run = parts.iter().take_while(|part| !matches!(part, Part::Text(_))).count();
    let (before, rest) = parts.split_at(run);
    match (before.last(), rest.first()) {
        // Another service, unless the client is configured with its address.
        (None, Some(Part::Text(text))) if is_foreign(text) => return Path::Unknown(Why::ExternalName),
        (None, Some(Part::Text(text))) if host_of(text).is_some() => known.base = None,
        (None, Some(_)) => {}
        // `${path}`, `${BASE}${path}`, `${path}s`
        (Some(Part::Parameter(function, at)), following) => {
            let slash = matches!(following, Some(Part::Text(text)) if text.starts_with('/'));
            if run > 1 || !slash {
                return Path::Passed(*function, *at);
            }
            known.head = Some((*function, *at));
        }
        // What stands before a slash is a base URL.
        (Some(_), Some(Part::Text(text))) if text.starts_with('/') => {}
        (Some(Part::Default(..)), Some(_)) => {}
        _ => return Path::Unknown(Why::DynamicExpression),
    }
    let said = before.iter().rev().find_map(|part| match part {
        Part::Default(_, inner) => base_path(inner),
        _ => None,
    });
    known.base = said.or(known.base);
    match segments(rest, before.is_empty(), &mut known) {
        Ok(()) => Path::Is(known),
        Err(path) => path,
    }
}

/// Writes the path up to its query. Where the parts are the start of the URL, they may begin with a host.
fn segments(parts: &[Part], is_start: bool, known: &mut Known) -> Result<(), Path> {
    let out = &mut known.path;
    for (at, part) in parts.iter().enumerate() {
        let is_last = match parts.get(at + 1) {
            None => true,
            // What follows is no part of the path.
            Some(Part::Text(next)) => next.starts_with(['?', '#', '&']),
            Some(_) => false,
        };
        match part {
            Part::Text(text) => {
                // Behind a base URL, two slashes are one that is doubled.
                let text = if at == 0 && is_start { host_of(text).unwrap_or(text) } else { text };
                // `url += (url.includes("?") ? "&" : "?") + query`
                let end = text.find(['?', '#', '&']).unwrap_or(text.len());
                out.push_str(&text[..end]);
                if end < text.len() {
                    break;
                }
            }
            Part::Parameter(function, position)
                if is_last && out.ends_with(|c: char| c.is_alphanumeric()) =>
            {
                return Err(Path::Passed(*function, *position));
            }
            // `/${process.env.PREFIX ?? "api"}/users`: what a deployment may set is no value of a parameter.
            Part::Default(Some(source), inner) if is_environment(source) && only_text(inner).is_some() => {
                out.push_str(only_text(inner).unwrap_or_default());
            }
            _ if out.ends_with('/') => {
                if let Part::Parameter(function, position) = part
                    && is_last
                {
                    known.tail = Some((*function, *position));
                }
                out.push_str("{}");
            }
            // `/report-${id}.pdf`, `/sort-by-${key}`: part of a segment, unless nothing goes before or after it.
            _ if out.ends_with(['-', '_', '.', '~', ',', '=', '@']) => out.push_str("{}"),
            _ if !is_last && matches!(parts.get(at + 1), Some(Part::Text(_))) => out.push_str("{}"),
            _ => return Err(Path::Unknown(Why::DynamicExpression)),
        }
    }
    *out = normal(out);
    Ok(())
}

/// Whether a value comes from the environment of a build or a process.
fn is_environment(source: &str) -> bool {
    source.starts_with("process.env.") || source.starts_with("import.meta.env.")
}

fn only_text(parts: &[Part]) -> Option<&str> {
    match parts {
        [Part::Text(text)] => Some(text),
        _ => None,
    }
}

/// With one slash at the start and none doubled, and `{}` for `{id}` and `:id`.
fn normal(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 1);
    for (at, segment) in path.trim_start_matches('/').split('/').enumerate() {
        if segment.is_empty() && at > 0 && out.ends_with('/') {
            continue;
        }
        out.push('/');
        let named = segment.strip_prefix(':').is_some_and(|name| !name.is_empty())
            || segment.starts_with('{') && segment.ends_with('}');
        out.push_str(if named { "{}" } else { segment });
    }
    out
}

/// The path of a base URL; none if it says none.
fn base_path(parts: &[Part]) -> Option<String> {
    match parts {
        [Part::Default(_, inner)] => base_path(inner),
        [Part::Text(text)] => {
            let path = host_of(text).unwrap_or(text);
            let path = normal(path.split(['?', '#']).next().unwrap_or_default());
            let path = path.trim_end_matches('/');
            (!path.is_empty()).then(|| path.to_owned())
        }
        // `${HOST}/api`
        [Part::Hole(_) | Part::Default(..), Part::Text(text)] if text.starts_with('/') => {
            base_path(&[Part::Text(text.clone())])
        }
        _ => None,
    }
}

/// What stands before the path of a URL under the base URL of its client.
fn origins_of(parts: &[Part], base: Option<&[Part]>) -> BTreeSet<String> {
    let one = |origin: &str| BTreeSet::from([origin.to_owned()]);
    match parts.first() {
        Some(Part::Text(text)) if host_of(text).is_some() => origin_of(text).map(one).unwrap_or_default(),
        Some(Part::Hole(source) | Part::Default(source, _)) => source.as_deref().map(one).unwrap_or_default(),
        Some(Part::Either(sides)) => sides.iter().flat_map(|side| origins_of(side, base)).collect(),
        Some(Part::Parameter(..)) => BTreeSet::new(),
        Some(Part::Text(_)) | None => base.map_or_else(|| one(""), |base| origins_of(base, None)),
    }
}

/// Scheme and host of an absolute URL.
pub(super) fn origin_of(text: &str) -> Option<&str> {
    let path = host_of(text)?;
    text.strip_suffix(path)
}

/// What follows the host of an absolute URL.
fn host_of(text: &str) -> Option<&str> {
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => rest,
        _ => text.strip_prefix("//")?,
    };
    Some(rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]))
}

/// Whether an absolute URL leads elsewhere than to the machine the program runs on.
fn is_foreign(text: &str) -> bool {
    let Some(rest) = text.split_once("://").map(|(_, rest)| rest).or(text.strip_prefix("//")) else {
        return false;
    };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let local = matches!(host, "localhost" | "0.0.0.0" | "host.docker.internal" | "")
        || host.starts_with("127.")
        || host.ends_with(".localhost")
        || host.ends_with(".local")
        // A service of the same network has no dot in its name (`http://backend:8000`).
        || !host.contains('.');
    !local
}

/// With a base URL that is not known for a host without a path: `http://localhost:8000`, `http://localhost:${PORT}`.
/// `None` for any other start, and for the host of another service.
fn without_host(parts: &[Part]) -> Option<Vec<Part>> {
    let [Part::Text(text), rest @ ..] = parts else { return None };
    if host_of(text) != Some("") || is_foreign(text) || rest.is_empty() {
        return None;
    }
    // `http://` and `http://localhost:` go on with the host, or the port.
    let rest = match rest {
        [Part::Text(_), ..] => rest,
        [_, after @ ..] if text.ends_with([':', '/', '.']) => after,
        _ => rest,
    };
    Some([&[Part::Hole(None)], rest].concat())
}

/// Every text that parts with alternatives may be.
fn alternatives(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut texts: Vec<Vec<Part>> = vec![Vec::new()];
    for part in parts {
        let Part::Either(sides) = part else {
            texts.iter_mut().for_each(|text| text.push(part.clone()));
            continue;
        };
        let sides: Vec<Vec<Part>> = sides.iter().flat_map(|side| alternatives(side)).collect();
        texts = texts
            .iter()
            .flat_map(|text| sides.iter().map(move |side| [text.as_slice(), side.as_slice()].concat()))
            .take(MAX_ALTERNATIVES + 1)
            .collect();
    }
    texts
}

/// Whether a text is a base URL: an unknown one, one with a host, or none.
fn is_base(parts: &[Part]) -> bool {
    match parts.first() {
        None | Some(Part::Hole(_) | Part::Default(..)) => true,
        Some(Part::Text(text)) => host_of(text).is_some(),
        Some(Part::Either(sides)) => parts.len() == 1 && sides.iter().all(|side| is_base(side)),
        Some(Part::Parameter(..)) => false,
    }
}
