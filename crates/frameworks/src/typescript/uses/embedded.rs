//! Templates of `.vue` and `.svelte` files, of which only the scripts are parsed: their words.

use alignment_model::TextRange;

use super::{FileUses, Key, Value};
use crate::typescript::text::is_part;

/// Adds what the text of such a file shows: `.name` reads, `.name.other` and `.name[` need a value, unless the file asks about the name.
pub(super) fn add(text: &str, uses: &mut FileUses) {
    let mut asked = Vec::new();
    let mut needed = Vec::new();
    for (at, _) in text.match_indices('.') {
        let rest = text.get(at + 1..).unwrap_or_default();
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let Some((name, after)) = rest.split_at_checked(length).filter(|(name, _)| !name.is_empty()) else {
            continue;
        };
        uses.read.insert(name.into());
        let line = text.get(..at).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
        let is_test =
            ["v-if", "v-else-if", "v-show", "{#if", "{:else if", "!"].iter().any(|test| line.contains(test));
        let end = after.trim_start_matches(' ');
        if is_test || end.starts_with('?') || end.starts_with("&&") || end.starts_with("||") {
            asked.push(name);
        } else if after.starts_with('[') || after.starts_with('.') {
            needed.push((name, TextRange::new(at, at + 1 + length)));
        }
    }
    for (name, range) in needed.into_iter().filter(|(name, _)| !asked.contains(name)) {
        uses.add(Value { key: Key::Property(name.into()), owner: None }, range);
    }
}
