//! Patterns of paths, written as in `.gitignore`, and patterns of names.

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

/// Why a pattern cannot be used.
#[derive(Clone, Debug)]
pub struct PatternError(pub String);

/// Several patterns of paths; a path matches if one of them does.
///
/// As in `.gitignore`: a pattern without a slash matches at any depth, one with a slash from the root, and a pattern that names a
/// folder covers everything below it.
#[derive(Clone, Debug)]
pub struct PathPatterns {
    globs: Vec<Glob>,
    set: GlobSet,
}

impl Default for PathPatterns {
    fn default() -> Self {
        Self { globs: Vec::new(), set: GlobSet::empty() }
    }
}

impl PathPatterns {
    /// Adds a pattern; it takes effect with [`PathPatterns::build`].
    pub(crate) fn add(&mut self, pattern: &str) -> Result<(), PatternError> {
        let trimmed = pattern.trim_end_matches('/');
        if trimmed.is_empty() || trimmed.starts_with('!') {
            return Err(PatternError(format!("`{pattern}` selects nothing")));
        }
        let anchored = trimmed.trim_start_matches("./").trim_start_matches('/');
        let rooted = if trimmed.contains('/') { anchored.to_owned() } else { format!("**/{anchored}") };
        for glob in [rooted.clone(), format!("{rooted}/**")] {
            let glob = GlobBuilder::new(&glob).literal_separator(true).build();
            self.globs.push(glob.map_err(|error| PatternError(error.kind().to_string()))?);
        }
        Ok(())
    }

    /// Compiles what was added.
    pub(crate) fn build(&mut self) {
        let mut builder = GlobSetBuilder::new();
        for glob in &self.globs {
            builder.add(glob.clone());
        }
        // Each glob was accepted alone; the set can only fail by size, and then selects nothing.
        self.set = builder.build().unwrap_or_else(|_| GlobSet::empty());
    }

    /// Whether a path is matched.
    pub fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

/// A name in which `*` stands for any characters.
#[derive(Clone, Debug)]
pub struct NamePattern(GlobMatcher);

impl NamePattern {
    /// Reads a pattern.
    pub(crate) fn new(pattern: &str) -> Result<Self, PatternError> {
        let glob = Glob::new(pattern).map_err(|error| PatternError(error.kind().to_string()))?;
        Ok(Self(glob.compile_matcher()))
    }

    /// Whether a name is matched.
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_paths_read_as_in_gitignore() {
        let cases = [
            ("tests", "a/tests/x.py", true),
            ("tests", "tests", true),
            ("tests", "contests/x.py", false),
            ("*.gen.ts", "web/src/api.gen.ts", true),
            ("/tests", "a/tests/x.py", false),
            ("backend/app", "backend/app/models/user.py", true),
            ("backend/app/", "backend/app.py", false),
            ("backend/*.py", "backend/app/x.py", false),
            ("backend/**/old", "backend/a/b/old/x.py", true),
        ];
        for (pattern, path, expected) in cases {
            let mut patterns = PathPatterns::default();
            patterns.add(pattern).unwrap();
            patterns.build();
            assert_eq!(patterns.matches(path), expected, "{pattern} on {path}");
        }
        assert!(PathPatterns::default().add("a[").is_err());
        assert!(PathPatterns::default().add("!a").is_err());
    }
}
