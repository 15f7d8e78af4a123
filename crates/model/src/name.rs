//! Names as words: `user_id`, `userId` and `UserID` are the same two words.
//!
//! Digits stay with the letters before them, so `pgy_1` and `pgy1` are different keys: key converters disagree
//! about exactly that, and folding it here would hide the drift.

/// The words of a name, lower-case, joined by `_`: the key under which names of different conventions are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey(Box<str>);

impl NameKey {
    /// Splits at `_`, `-`, spaces and changes from lower to upper case; an acronym is one word (`HTTPServer` is `http_server`).
    pub fn new(name: &str) -> Self {
        Self(words(name).join("_").into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The words of a name, lower-case. `createdAt` is `created`, `at`; `HTTPServer` is `http`, `server`.
pub fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, character) in characters.iter().copied().enumerate() {
        if !character.is_alphanumeric() {
            flush(&mut word, &mut out);
            continue;
        }
        let previous = at.checked_sub(1).map(|before| characters[before]);
        let next = characters.get(at + 1).copied();
        let after_lower = previous.is_some_and(|p| p.is_lowercase() || p.is_numeric());
        let ends_acronym = previous.is_some_and(char::is_uppercase) && next.is_some_and(char::is_lowercase);
        if character.is_uppercase() && (after_lower || ends_acronym) {
            flush(&mut word, &mut out);
        }
        word.extend(character.to_lowercase());
    }
    flush(&mut word, &mut out);
    out
}

fn flush(word: &mut String, out: &mut Vec<String>) {
    if !word.is_empty() {
        out.push(std::mem::take(word));
    }
}

/// The candidate nearest to `name` by edit distance, if near enough to be a likely slip: at most a third of the
/// name's length. Ties go to the first candidate.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

/// Names by patterns in which `*` stands for any characters. Case does not count: SQL folds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameScope {
    only: Vec<Box<str>>,
    but: Vec<Box<str>>,
}

impl NameScope {
    /// Every name that one of the patterns matches; a pattern after `!` leaves names out. No pattern, or none without `!`,
    /// stands for every name.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let mut scope = Self::default();
        for pattern in patterns {
            let lower = pattern.to_lowercase();
            match lower.strip_prefix('!') {
                Some(but) => scope.but.push(but.into()),
                None => scope.only.push(lower.into()),
            }
        }
        scope
    }

    /// Whether a name is among them.
    pub fn contains(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        (self.only.is_empty() || self.only.iter().any(|pattern| matches(pattern, &name)))
            && !self.but.iter().any(|pattern| matches(pattern, &name))
    }
}

/// Whether a name is matched by a pattern in which `*` stands for any characters: each part between stars where it first
/// fits, which is enough, since a later place leaves less for the next part.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_share_a_key() {
        for name in ["user_id", "userId", "UserID", "user-id", "UserId"] {
            assert_eq!(NameKey::new(name).as_str(), "user_id", "{name}");
        }
        assert_eq!(NameKey::new("HTTPServer").as_str(), "http_server");
        assert_ne!(NameKey::new("pgy_1_ratio"), NameKey::new("pgy1Ratio"));
    }

    #[test]
    fn suggestions_are_near() {
        assert_eq!(did_you_mean("exlude", ["include", "exclude"]), Some("exclude"));
        assert_eq!(did_you_mean("zzz", ["include", "exclude"]), None);
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        let cases = [
            ("users", "Users", true),
            ("users", "users_old", false),
            ("audit_*", "audit_log", true),
            ("*_old", "users_old", true),
            ("*_old", "old", false),
            ("a*b*c", "a_b_b_c", true),
            ("a*b*c", "a_c", false),
            ("*aa", "aa", true),
            ("aa*aa", "aaa", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(NameScope::new([pattern]).contains(name), expected, "{pattern} on {name}");
        }
        let scope = NameScope::new(["!tmp_*"]);
        assert!(scope.contains("users") && !scope.contains("tmp_users"));
    }
}
