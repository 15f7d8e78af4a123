//! Tables and views that the application makes for itself by SQL text, beside its migrations: `DDL("CREATE VIEW ...")` of a listener to
//! `after_create`, a statement that runs when the program starts.
//!
//! Read from the text of the files: whether the statement runs is not asked, for it only takes certainty away.

use std::collections::BTreeSet;

use alignment_model::project::Project;

use crate::Input;
use crate::alembic::is_revision;
use crate::python::Names;

/// The names of what SQL in Python code creates, outside of tests and revisions.
pub(super) fn made_by_code<'a>(input: Input<'a>, names: &Names<'a>, project: &Project) -> BTreeSet<Box<str>> {
    let mut made = BTreeSet::new();
    for (file, source) in input.sources.iter() {
        let revision = || input.facts_of(file).is_some_and(|facts| is_revision(names, facts));
        if source.path.ends_with(".py") && !project.is_test(file) && !revision() {
            let text = input.sources.text(file);
            let upper = text.match_indices("CREATE ").map(|(at, word)| at + word.len());
            let lower = text.match_indices("create ").map(|(at, word)| at + word.len());
            made.extend(upper.chain(lower).filter_map(|at| created(&text[at..])));
        }
    }
    made
}

/// What a statement makes, from what follows `CREATE` on. Only what is surely a statement counts: its columns or its query follow.
fn created(text: &str) -> Option<Box<str>> {
    let mut words = text.split_whitespace().take(MOST_WORDS);
    let sort = words.find(|word| !BEFORE_THE_SORT.iter().any(|one| one.eq_ignore_ascii_case(word)))?;
    if !sort.eq_ignore_ascii_case("view") && !sort.eq_ignore_ascii_case("table") {
        return None;
    }
    let is_guard = |word: &str| ["if", "not", "exists"].iter().any(|one| one.eq_ignore_ascii_case(word));
    let written = words.find(|word| !is_guard(word))?;
    let (written, opens) = match written.split_once('(') {
        Some((name, _)) => (name, true),
        None => (
            written,
            words.next().is_some_and(|next| next.starts_with('(') || next.eq_ignore_ascii_case("as")),
        ),
    };
    let name = written.rsplit('.').next()?.trim_matches(['"', '`', '\\']);
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (opens && is_name).then(|| name.into())
}

/// Words between `CREATE` and what is created.
const BEFORE_THE_SORT: &[&str] =
    &["or", "replace", "materialized", "recursive", "unlogged", "temp", "temporary"];
/// Words of a statement that are looked at.
const MOST_WORDS: usize = 12;

#[cfg(test)]
mod tests {
    use super::created;

    #[test]
    fn a_statement_names_what_it_makes() {
        assert_eq!(created("VIEW seat_usage AS SELECT 1").as_deref(), Some("seat_usage"));
        assert_eq!(created("OR REPLACE VIEW public.\"seat_usage\" AS").as_deref(), Some("seat_usage"));
        assert_eq!(created("MATERIALIZED VIEW IF NOT EXISTS seats\nAS SELECT").as_deref(), Some("seats"));
        assert_eq!(created("TABLE IF NOT EXISTS seats(id int)").as_deref(), Some("seats"));
        assert_eq!(created("table seats (id int)").as_deref(), Some("seats"));
        assert_eq!(created("INDEX seats ON x (y)"), None);
        assert_eq!(created("table seats when the program starts"), None);
        assert_eq!(created("VIEW {name} AS SELECT 1"), None);
    }
}
