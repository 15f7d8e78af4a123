//! What the text of a client file shows without parsing it: its words, and the modules that it loads.

/// A module that a file loads.
pub(in crate::typescript) struct Import<'a> {
    pub(in crate::typescript) specifier: &'a str,
    pub(in crate::typescript) clause: Clause,
}

/// What of the module the file can name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::typescript) enum Clause {
    /// Single exports, by their names.
    Names,
    /// All of it, or its default under another name.
    Whole,
}

impl Import<'_> {
    /// Whether it means something that is no code.
    pub(in crate::typescript) fn is_asset(&self) -> bool {
        const CODE: [&str; 8] = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "vue", "svelte"];
        let name = self.specifier.rsplit('/').next().unwrap_or(self.specifier);
        name.split('?')
            .next()
            .and_then(|name| name.rsplit_once('.'))
            .is_some_and(|(stem, kind)| !stem.is_empty() && !stem.ends_with('.') && !CODE.contains(&kind))
    }
}

/// The modules that a text loads: `from "x"`, `import "x"`, `import("x")`, `require("x")`.
pub(in crate::typescript) fn imports(text: &str) -> Vec<Import<'_>> {
    let mut found = Vec::new();
    for (at, quote) in text.match_indices(['"', '\'']) {
        let before = text.get(..at).unwrap_or_default().trim_end();
        let (is_from, is_bare) = (ends_with_word(before, "from"), ends_with_word(before, "import"));
        let called = before.strip_suffix('(').map(str::trim_end);
        let is_called = called
            .is_some_and(|before| ends_with_word(before, "import") || ends_with_word(before, "require"));
        if !(is_from || is_bare || is_called) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let Some(specifier) = rest.split_once(quote).map(|(specifier, _)| specifier) else { continue };
        if specifier.is_empty() || specifier.contains(['\n', ' ', '$']) {
            continue;
        }
        let clause =
            if is_from { clause(before.strip_suffix("from").unwrap_or(before)) } else { Clause::Whole };
        found.push(Import { specifier, clause });
    }
    found
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|before| !before.ends_with(is_part))
}

/// What the words before `from` name: only names in braces are single exports by their own names.
fn clause(before: &str) -> Clause {
    let start = before.rfind("import").max(before.rfind("export"));
    let words = start.and_then(|start| before.get(start..)).unwrap_or(before);
    let named = words.trim_start_matches("import").trim_start_matches("export").trim_start();
    let named = named.strip_prefix("type ").unwrap_or(named).trim();
    let is_all = named == "*" && words.starts_with("export");
    let renames = named.split_whitespace().any(|word| word == "as");
    if is_all || (named.starts_with('{') && !renames) { Clause::Names } else { Clause::Whole }
}

/// Whether a character may stand in a name.
pub(in crate::typescript) fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Whether a text is one name.
pub(in crate::typescript) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_part)
}

/// The names in a text, those in comments and strings too.
pub(in crate::typescript) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty())
}

/// Whether a text has a word.
pub fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text.get(..at), text.get(at + word.len()..));
        !word.is_empty()
            && before.is_some_and(|before| !before.ends_with(is_part))
            && after.is_some_and(|after| !after.starts_with(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn a_name_is_a_whole_word() {
        assert!(has_word("import { User } from './user'", "User"));
        assert!(!has_word("import { UserRow } from './user'", "User"));
    }
}
