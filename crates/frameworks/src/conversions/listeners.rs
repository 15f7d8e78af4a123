//! Listeners of SQLAlchemy's events that may fill rows before they are written: `@event.listens_for(Model, "before_insert")`.
//!
//! Read from the text of every file, whether it was parsed or not: a listener declares nothing, and one that is missed makes a
//! finding wrong. So every attribute that a file with a listener sets counts, for every model.

use alignment_model::project::Listeners;

use crate::Input;

/// What a file with a listener says.
const LISTENING: &[&str] = &["listens_for(", "event.listen("];

/// Everything that files with listeners set.
pub(super) fn read(input: Input<'_>) -> Listeners {
    let mut found = Listeners::default();
    for (_, file) in input.sources.iter().filter(|(_, file)| file.path.ends_with(".py")) {
        if LISTENING.iter().any(|word| file.text.contains(word)) {
            found.sets.extend(attributes_set(&file.text).map(Box::from));
            found.any |= file.text.contains("setattr(");
        }
    }
    found
}

/// Names of the attributes that a text of Python assigns: `name` of `row.name = value`.
pub(super) fn attributes_set(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('=').filter_map(|(at, _)| {
        let before = text.get(..at)?.trim_end_matches([' ', '\t']);
        let is_comparison = text.as_bytes().get(at + 1) == Some(&b'=');
        let start = before.rfind(|character: char| !character.is_alphanumeric() && character != '_')?;
        let name = before.get(start + 1..).filter(|name| !name.is_empty() && !is_comparison)?;
        before.get(..=start)?.ends_with('.').then_some(name)
    })
}
