//! The key that arrives when a converter stands between API and client.
//!
//! Converters change keys and never values, and they disagree about digits: `next_4_weeks` arrives as `next4Weeks` or as
//! `next_4Weeks`. The converted key is computed, names are never folded, because folding would hide exactly that drift.

use std::borrow::Cow;

use alignment_model::project::{DigitRule, KeyConversion};

/// The key under which the client sees what the API calls `key`. `None` where the converter's rule is not known.
pub fn arriving<'a>(key: &'a str, conversion: &KeyConversion) -> Option<Cow<'a, str>> {
    match conversion {
        KeyConversion::None => Some(Cow::Borrowed(key)),
        KeyConversion::Camel { digits, .. } => Some(camel(key, *digits)),
        KeyConversion::Unknown => None,
    }
}

/// `created_at` as `createdAt`. Only an underscore before a lower-case letter (and a digit, for [`DigitRule::Joined`]) goes.
pub fn camel(key: &str, digits: DigitRule) -> Cow<'_, str> {
    if !key.contains('_') {
        return Cow::Borrowed(key);
    }
    let mut out = String::with_capacity(key.len());
    let mut characters = key.chars().peekable();
    while let Some(character) = characters.next() {
        let joins =
            |next: char| next.is_ascii_lowercase() || digits == DigitRule::Joined && next.is_ascii_digit();
        match characters.peek().copied() {
            // A leading underscore marks a private key; converters in use leave it.
            Some(next) if character == '_' && !out.is_empty() && joins(next) => {
                characters.next();
                out.push(next.to_ascii_uppercase());
            }
            _ => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// `createdAt` as `created_at`, the way converters of requests do it: a lower-case letter and an underscore before it for each
/// upper-case one; underscores that are there stay.
pub(crate) fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for character in key.chars() {
        if character.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_converted_back_whatever_underscores_they_have() {
        assert_eq!(snake("createdAt"), "created_at");
        assert_eq!(snake("pgy1_supervisionRatio"), "pgy1_supervision_ratio");
        assert_eq!(snake("note"), "note");
    }

    #[test]
    fn digits_decide_which_key_arrives() {
        assert_eq!(camel("workload_next_4_weeks", DigitRule::Kept), "workloadNext_4Weeks");
        assert_eq!(camel("workload_next_4_weeks", DigitRule::Joined), "workloadNext4Weeks");
        assert_eq!(camel("pageSize", DigitRule::Joined), "pageSize");
        assert_eq!(camel("_private_key", DigitRule::Kept), "_privateKey");
    }

    #[test]
    fn an_unknown_rule_gives_no_key() {
        assert_eq!(arriving("user_id", &KeyConversion::Unknown), None);
        assert_eq!(arriving("user_id", &KeyConversion::None).as_deref(), Some("user_id"));
    }
}
