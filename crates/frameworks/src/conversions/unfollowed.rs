//! Writes that are seen, and of which it is not known what they store: `Model(**anything)`, `insert(Model)`, `query.update(...)`,
//! `setattr(row, name, value)`, and SQL in the text of programs.
//!
//! Sources: SQLAlchemy 2.0, "ORM-Enabled INSERT, UPDATE, and DELETE statements"; "Bulk Operations" of `Session`.
//!
//! Deliberately absent: what tools outside of the repository write, and SQL of migrations, which fills older rows.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use alignment_model::code::{Call, ExprKind};
use alignment_model::project::{Project, Unfollowed};

use super::flow::Flow;
use super::types::Type;
use crate::Input;

/// What comes before the name of a table that SQL writes to, in lower case.
const WRITING: &[&str] = &["insert into ", "update ", "merge into "];

/// Position of the one that inserts.
const INSERTING: usize = 0;

/// What the SQL of programs writes to.
pub(super) fn by_sql(input: Input<'_>, project: &Project) -> Unfollowed {
    static MARKS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let marks = AhoCorasick::builder().ascii_case_insensitive(true).build(WRITING);
        marks.expect("the marks are few and short")
    });
    let mut found = Unfollowed::default();
    for (id, file) in input.sources.iter().filter(|(_, file)| file.path.ends_with(".py")) {
        let text = &file.text;
        if project.is_test(id) || text.contains("down_revision") {
            continue;
        }
        for mark in MARKS.find_iter(&**text) {
            let Some((name, rest)) = text.get(mark.end()..).and_then(table) else { continue };
            let name: Box<str> = name.to_ascii_lowercase().into();
            if mark.pattern().as_usize() == INSERTING {
                let columns = columns(rest);
                let named = found.named.entry(name.clone()).or_insert_with(|| columns.clone());
                named.retain(|column| columns.contains(column));
            }
            found.tables.insert(name);
        }
    }
    found
}

/// The table at the start of a text, without its schema, and what follows it.
fn table(text: &str) -> Option<(&str, &str)> {
    let is_of_name =
        |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | '"' | '`');
    let end = text.find(|character| !is_of_name(character)).unwrap_or(text.len());
    let name = text.get(..end)?.rsplit('.').next()?.trim_matches(['"', '`']);
    (!name.is_empty()).then_some((name, text.get(end..)?))
}

/// The columns that an INSERT lists behind its table, be the text written in several literals; none where any of them is computed.
fn columns(text: &str) -> BTreeSet<Box<str>> {
    let is_between = |character: char| character.is_whitespace() || "\"'`\\".contains(character);
    let listed = text.trim_start_matches(is_between).strip_prefix('(').and_then(|text| text.split_once(')'));
    let names = listed.into_iter().flat_map(|(list, _)| list.split(','));
    let names: Option<BTreeSet<Box<str>>> = names
        .map(|name| name.trim_matches(is_between))
        .filter(|name| !name.is_empty())
        .map(|name| {
            let is_name = name.chars().all(|character| character.is_alphanumeric() || character == '_');
            is_name.then(|| name.to_ascii_lowercase().into())
        })
        .collect();
    names.unwrap_or_default()
}

impl Flow<'_, '_, '_> {
    /// Notes what a call writes without saying what. `arguments` are the types of its arguments.
    pub(super) fn unfollowed(
        &mut self,
        call: &Call,
        path: Option<&str>,
        receiver: Option<&Type>,
        arguments: &[Type],
    ) {
        let method = match &call.callee.kind {
            ExprKind::Member(_, method) => Some(&**method),
            _ => None,
        };
        let function = path.and_then(|path| path.rsplit_once('.'));
        let model = match (arguments, receiver) {
            // `insert(Model)` of SQLAlchemy and its dialects.
            ([Type::Class(model), ..], _)
                if function.is_some_and(|(package, name)| {
                    matches!(name, "insert" | "update")
                        && (package.starts_with("sqlalchemy") || package == "sqlmodel")
                }) || method.is_some_and(|method| method.starts_with("bulk_")) =>
            {
                model
            }
            (_, Some(Type::Query(model))) if method == Some("update") => model,
            ([Type::Object(model), Type::Unknown | Type::Value(_), _], _)
                if path == Some("builtins.setattr")
                    && call.arguments.get(1).is_some_and(|name| name.value.as_text().is_none()) =>
            {
                model
            }
            _ => return,
        };
        if self.context.is_model(model) {
            self.found.unfollowed.push(model.clone());
        }
    }
}
