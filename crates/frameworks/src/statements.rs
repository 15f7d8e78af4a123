//! Statements of SQL on rows in the text of Python programs, and the tables that have triggers.
//!
//! Deliberately absent: statements of tests and revisions, and those that are put together from several texts, as far as what they
//! write is concerned.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use alignment_model::code::Language;
use alignment_model::project::{Project, RowStatement, Triggers};
use alignment_sql::{Dialect, read_rows};

use crate::Input;
use crate::python::texts::{Text, each_text};

/// Adds the statements and triggers of a project. The database layer must be there already.
pub(crate) fn collect(input: Input<'_>, project: &mut Project) {
    let dialect = project.database_sources.first().map_or(Dialect::PostgreSql, |source| source.dialect);
    let mut found: Vec<RowStatement> = Vec::new();
    for facts in input.facts.iter().filter(|facts| facts.language == Language::Python) {
        let source = input.sources.text(facts.file);
        if project.is_test(facts.file) || source.contains("down_revision") {
            continue;
        }
        each_text(&facts.body, &mut |Text { expr, text, whole, name }| {
            if !begins_with_verb(&text) {
                return;
            }
            let grows = name.is_some_and(|name| source.contains(&format!("{name} += ")));
            found.extend(read_rows(&text, dialect, expr.range.in_file(facts.file), whole && !grows));
        });
    }
    found.retain(|statement| !statement.tables.is_empty());
    found.sort_by_key(|statement| statement.span);
    project.statements = found;
    project.triggers = triggers(input);
}

fn begins_with_verb(text: &str) -> bool {
    const VERBS: &[&str] = &["select", "insert", "update", "delete", "with", "replace"];
    let start = text.trim_start();
    let end = start.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(start.len());
    start.get(..end).is_some_and(|word| VERBS.iter().any(|verb| word.eq_ignore_ascii_case(verb)))
}

/// Tables that any text makes a trigger on.
fn triggers(input: Input<'_>) -> Triggers {
    static MARKS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let marks = ["create trigger ", "create or replace trigger ", "create constraint trigger "];
        AhoCorasick::builder().ascii_case_insensitive(true).build(marks).expect("the marks are few and short")
    });
    let mut found = Triggers::default();
    for (_, file) in input.sources.iter() {
        if ![".py", ".sql"].iter().any(|end| file.path.ends_with(end)) {
            continue;
        }
        for mark in MARKS.find_iter(&*file.text) {
            match file.text.get(mark.end()..).and_then(trigger_on) {
                Some(table) => _ = found.tables.insert(table),
                None => found.any = true,
            }
        }
    }
    found
}

/// The table of `name BEFORE INSERT ON table`; `None` where it is not written out.
fn trigger_on(text: &str) -> Option<Box<str>> {
    const MOST_WORDS: usize = 40;
    let mut words = text.split_whitespace().take(MOST_WORDS);
    words.find(|word| word.eq_ignore_ascii_case("on"))?;
    let name = words.next()?.rsplit('.').next()?.trim_matches(['"', '`', ';']);
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name.then(|| name.to_ascii_lowercase().into())
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    use super::trigger_on;

    #[test]
    fn statements_of_programs_are_read_and_documentation_is_not() {
        let text = "import db\ndef f(x, table):\n    \"SELECT id FROM docs\"\n    db.execute('SELECT id FROM users')\n    db.execute(f'UPDATE {table} SET a = 1')\n\
            \x20   db.execute(f'UPDATE users SET a = {x}')\n    sql = 'INSERT INTO users (a) VALUES (1)'\n    sql += ' ON CONFLICT DO NOTHING'\n\
            \x20   more = 'DELETE FROM users' + x\n    raise ValueError('SELECT id FROM errors')\n";
        let project = Repository::of(text).project();
        let shown = project.statements.iter().map(|found| format!("{} {}", found.verb.word(), found.whole));
        assert_eq!(shown.collect::<Vec<_>>(), ["SELECT true", "UPDATE true", "INSERT false", "DELETE false"]);
    }

    #[test]
    fn a_trigger_names_its_table() {
        assert_eq!(
            trigger_on("t BEFORE INSERT OR UPDATE ON public.\"Users\"\nFOR EACH ROW").as_deref(),
            Some("users")
        );
        assert_eq!(trigger_on("t AFTER INSERT ON {table} FOR"), None);
        assert_eq!(trigger_on("t"), None);
    }
}
