//! The key that arrives when a converter stands between API and client, and whether it comes back.
//!
//! Converters change keys and never values, and they disagree about digits: `next_4_weeks` arrives as `next4Weeks` or as
//! `next_4Weeks`. The converter's function is run on the key, names are never folded, because folding would hide exactly that
//! drift.

use std::borrow::Cow;

use alignment_model::project::KeyConversion;

/// The key under which the client sees what the API calls `key`. `None` where the converter's rule is not known.
pub fn arriving<'a>(key: &'a str, conversion: &KeyConversion) -> Option<Cow<'a, str>> {
    conversion.apply(key)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alignment_model::key_function::KeyFunction;
    use alignment_model::{FileId, Span, TextRange};

    use super::*;

    #[test]
    fn an_unknown_rule_gives_no_key() {
        let span = Span { file: FileId::new(0), range: TextRange { start: 0, end: 0 } };
        let by = KeyConversion::By { span, function: Arc::new(KeyFunction::camel(false)) };
        assert_eq!(arriving("user_id", &by).as_deref(), Some("userId"));
        assert_eq!(arriving("user_id", &KeyConversion::Unknown), None);
        assert_eq!(arriving("user_id", &KeyConversion::None).as_deref(), Some("user_id"));
    }
}
