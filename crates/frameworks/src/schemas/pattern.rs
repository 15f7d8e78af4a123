//! Regular expressions that are a list of values: `^(draft|paid)$`.
//!
//! Pydantic searches (`re.search`, Rust's `is_match`), so that only a pattern anchored at both ends closes the set.

use alignment_model::shape::Value;

/// The texts that a pattern admits, if it is a list of them.
pub(super) fn alternatives(pattern: &str) -> Option<Vec<Value>> {
    let inner = pattern.strip_prefix('^').or_else(|| pattern.strip_prefix("\\A"))?;
    let inner = inner
        .strip_suffix('$')
        .or_else(|| inner.strip_suffix("\\Z"))
        .or_else(|| inner.strip_suffix("\\z"))?;
    let group =
        inner.strip_prefix("(?:").or_else(|| inner.strip_prefix('(')).and_then(|rest| rest.strip_suffix(')'));
    let listed = match group {
        Some(group) => group,
        // Without a group, `|` would divide the anchors.
        None if inner.contains('|') => return None,
        None => inner,
    };
    let mut values: Vec<Value> = Vec::new();
    let mut text = String::new();
    let mut characters = listed.chars();
    while let Some(character) = characters.next() {
        match character {
            '|' => values.push(Value::Text(std::mem::take(&mut text).into())),
            '\\' => match characters.next()? {
                escaped if escaped.is_alphanumeric() => return None,
                escaped => text.push(escaped),
            },
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            other => text.push(other),
        }
    }
    values.push(Value::Text(text.into()));
    values.dedup();
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_closed_lists_are_values() {
        let cases = [
            ("^(draft|paid)$", Some("draft,paid")),
            ("^(?:a\\.b|c-d)\\Z", Some("a.b,c-d")),
            ("^only$", Some("only")),
            ("^(a|b)", None),
            ("(a|b)$", None),
            ("^a|b$", None),
            ("^(a+|b)$", None),
            ("^(a|(b))$", None),
            ("^(\\d|x)$", None),
            ("^[ab]$", None),
            ("^(a)|(b)$", None),
        ];
        for (pattern, expected) in cases {
            let values = alternatives(pattern);
            let joined = values.map(|values| values.iter().map(Value::plain).collect::<Vec<_>>().join(","));
            assert_eq!(joined.as_deref(), expected, "{pattern}");
        }
    }
}
