//! Paths of the repository: relative to its root, `/`-separated, without `.` and `..`.

/// `folder/name` -> `(folder, name)`; the root's folder is empty.
pub(in crate::typescript) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Joins and normalizes; `None` for a path that leaves the repository.
pub(crate) fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The folders a file is in, from the nearest to the root.
pub(crate) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(split(path).0);
    std::iter::from_fn(move || {
        let folder = next?;
        next = if folder.is_empty() { None } else { Some(split(folder).0) };
        Some(folder)
    })
}

/// `@scope/name/rest` -> `(@scope/name, rest)`.
pub(super) fn split_package(specifier: &str) -> (&str, &str) {
    let skip =
        if specifier.starts_with('@') { specifier.find('/').map_or(specifier.len(), |at| at + 1) } else { 0 };
    match specifier.get(skip..).and_then(|rest| rest.find('/')) {
        Some(at) => (&specifier[..skip + at], &specifier[skip + at + 1..]),
        None => (specifier, ""),
    }
}

/// Whether a path lies in an installed package.
pub(super) fn is_dependency(path: &str) -> bool {
    path.starts_with("node_modules/") || path.contains("/node_modules/")
}

/// What `*` stands for if `specifier` matches a pattern with at most one `*`; empty for an exact match.
pub(super) fn matched<'s>(pattern: &str, specifier: &'s str) -> Option<&'s str> {
    match pattern.split_once('*') {
        None => (pattern == specifier).then_some(""),
        Some((before, after)) => specifier.strip_prefix(before)?.strip_suffix(after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_stay_inside_the_repository() {
        let cases = [
            (("a/b", "../c.ts"), Some("a/c.ts")),
            (("", "./x"), Some("x")),
            (("a", "."), Some("a")),
            (("a", "../../x"), None),
        ];
        for ((folder, relative), expected) in cases {
            assert_eq!(join(folder, relative).as_deref(), expected, "{folder} + {relative}");
        }
        assert_eq!(ancestors("a/b/c.ts").collect::<Vec<_>>(), ["a/b", "a", ""]);
    }

    #[test]
    fn packages_have_one_or_two_segments() {
        assert_eq!(split_package("@scope/name/sub/x"), ("@scope/name", "sub/x"));
        assert_eq!(split_package("name/sub"), ("name", "sub"));
        assert_eq!(split_package("@scope"), ("@scope", ""));
        assert_eq!(matched("@/*", "@/lib/x"), Some("lib/x"));
        assert_eq!(matched("a*b", "ab"), Some(""));
        assert_eq!(matched("ab*ba", "aba"), None);
    }
}
