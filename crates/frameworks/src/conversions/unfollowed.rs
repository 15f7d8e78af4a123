//! Writes that are seen, and of which it is not known what they store: `Model(**anything)`, `insert(Model)`, `query.update(...)`,
//! `setattr(row, name, value)`, and SQL in the text of programs.
//!
//! Sources: SQLAlchemy 2.0, "ORM-Enabled INSERT, UPDATE, and DELETE statements"; "Bulk Operations" of `Session`.
//!
//! Deliberately absent: what tools outside of the repository write, and SQL of migrations, which fills older rows.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use alignment_model::code::{Call, Expr, ExprKind, MapEntry};
use alignment_model::project::{NamedWrite, Project, Stored, Unfollowed};
use alignment_model::{Span, TextRange};

use super::flow::Flow;
use super::types::{Key, Type};
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
        let read = project.statements.iter().filter(|read| read.span.file == id && read.whole);
        let read: Vec<TextRange> =
            read.filter(|read| read.write.is_some()).map(|read| read.span.range).collect();
        let is_read = |at: usize| read.iter().any(|range| range.to_usize().contains(&at));
        for mark in MARKS.find_iter(&**text) {
            let Some((name, rest)) = text.get(mark.end()..).and_then(table) else { continue };
            let name: Box<str> = name.to_ascii_lowercase().into();
            if mark.pattern().as_usize() == INSERTING {
                let columns = columns(rest);
                let named = found.named.entry(name.clone()).or_insert_with(|| columns.clone());
                named.retain(|column| columns.contains(column));
            }
            if !is_read(mark.start()) {
                found.tables.insert(name);
            }
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

/// A write that a function shows.
pub(super) struct Unread {
    pub(super) model: Key,
    /// The call of `insert` or `update`.
    at: TextRange,
    /// It adds rows.
    inserts: bool,
    /// What it writes, as far as it was read.
    pub(super) named: Option<NamedWrite>,
    /// Some of what it writes is not read.
    open: bool,
}

impl Unread {
    /// A write of anything.
    pub(super) fn of(model: Key, at: TextRange) -> Self {
        Self { model, at, inserts: false, named: None, open: true }
    }

    /// What it writes, where all columns are named.
    pub(super) fn columns(self) -> (Key, Option<NamedWrite>) {
        (self.model, self.named.filter(|_| !self.open))
    }
}

/// Methods that add columns to a statement.
const ADDING: &[&str] =
    &["from_select", "on_conflict_do_update", "on_duplicate_key_update", "ordered_values", "values"];

impl Flow<'_, '_, '_> {
    /// Notes what a call writes without saying what. `arguments` are the types of its arguments.
    pub(super) fn unfollowed(
        &mut self,
        expr: &Expr,
        call: &Call,
        path: Option<&str>,
        receiver: Option<&Type>,
        arguments: &[Type],
    ) {
        let method = match &call.callee.kind {
            ExprKind::Member(object, method) => {
                if ADDING.contains(&&**method) && !call.arguments.is_empty() {
                    self.adds_columns(object, method, call);
                }
                Some(&**method)
            }
            _ => None,
        };
        let function = path.and_then(|path| path.rsplit_once('.'));
        let statement = function.filter(|(package, name)| {
            matches!(*name, "insert" | "update")
                && (package.starts_with("sqlalchemy") || *package == "sqlmodel")
        });
        let mut unread = match (arguments, receiver) {
            // `insert(Model)` of SQLAlchemy and its dialects.
            ([Type::Class(model), ..], _) if statement.is_some() => {
                let inserts = statement.is_some_and(|(_, name)| name == "insert");
                Unread { inserts, open: false, ..Unread::of(model.clone(), expr.range) }
            }
            ([Type::Class(model), ..], _) if method.is_some_and(|method| method.starts_with("bulk_")) => {
                Unread::of(model.clone(), expr.range)
            }
            (_, Some(Type::Query(model))) if method == Some("update") => {
                Unread { open: false, ..Unread::of(model.clone(), expr.range) }
            }
            ([Type::Object(model), Type::Unknown | Type::Value(_), _], _)
                if path == Some("builtins.setattr")
                    && call.arguments.get(1).is_some_and(|name| name.value.as_text().is_none()) =>
            {
                Unread::of(model.clone(), expr.range)
            }
            _ => return,
        };
        if method == Some("update") && statement.is_none() {
            let columns = call.positional().next().and_then(columns_of_map);
            unread.open |= columns.is_none();
            unread.add(columns.unwrap_or_default(), true, expr.range.in_file(self.file));
        }
        if self.context.is_model(&unread.model) {
            self.found.unfollowed.push(unread);
        }
    }

    /// `insert(Model).values(a=1)`: the statement is the call at the start of the chain.
    fn adds_columns(&mut self, object: &Expr, method: &str, call: &Call) {
        let Some(start) = start_of_chain(object) else { return };
        let (columns, updates) = match method {
            "values" => (given_columns(call), false),
            "on_conflict_do_update" => (call.keyword("set_").and_then(columns_of_map), true),
            "on_duplicate_key_update" => (given_columns(call), true),
            "from_select" => (call.positional().next().and_then(listed_columns), false),
            _ => (None, false),
        };
        let span = call.callee.range.in_file(self.file);
        match self.found.unfollowed.iter_mut().find(|unread| unread.at == start.range) {
            Some(unread) => {
                let updates = updates || !unread.inserts;
                unread.open |= columns.is_none();
                unread.add(columns.unwrap_or_default(), updates, span);
            }
            // A statement that a local holds: it may be any of those before.
            None if start.as_name().is_some() => {
                self.found.unfollowed.iter_mut().for_each(|unread| unread.open = true);
            }
            None => {}
        }
    }
}

impl Unread {
    fn add(&mut self, columns: Vec<(Box<str>, Stored)>, updates: bool, span: Span) {
        let fresh = || NamedWrite { inserts: self.inserts, columns: Vec::new(), updated: Vec::new(), span };
        let named = self.named.get_or_insert_with(fresh);
        if updates { named.updated.extend(columns) } else { named.columns.extend(columns) }
    }
}

/// The call, or the name, at the start of `insert(Model).values(...).returning(...)`.
fn start_of_chain(mut expr: &Expr) -> Option<&Expr> {
    loop {
        match &expr.kind {
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Member(object, _) if !is_module_of_calls(object) => expr = object,
                _ => return Some(expr),
            },
            ExprKind::Name(_) => return Some(expr),
            _ => return None,
        }
    }
}

/// Whether `insert` is called through its module: `sa.insert(Model)`.
fn is_module_of_calls(object: &Expr) -> bool {
    matches!(&object.kind, ExprKind::Name(_) | ExprKind::Member(..))
}

/// The columns of `values(a=1)` or `values({"a": 1})`.
fn given_columns(call: &Call) -> Option<Vec<(Box<str>, Stored)>> {
    match call.arguments.as_slice() {
        [only] if only.keyword.is_none() => columns_of_map(&only.value),
        arguments => arguments
            .iter()
            .map(|argument| {
                let name = argument.keyword.as_deref().filter(|name| *name != "**")?;
                Some((name.into(), stored(&argument.value)))
            })
            .collect(),
    }
}

/// The columns of `{"a": 1, Model.b: None}`.
fn columns_of_map(expr: &Expr) -> Option<Vec<(Box<str>, Stored)>> {
    let ExprKind::Map(entries) = &expr.kind else { return None };
    let column = |entry: &MapEntry| match entry {
        MapEntry::Pair(key, value) => Some((column_name(key)?, stored(value))),
        _ => None,
    };
    entries.iter().map(column).collect()
}

/// The columns of `["a", Model.b]`.
fn listed_columns(expr: &Expr) -> Option<Vec<(Box<str>, Stored)>> {
    let (ExprKind::List(items) | ExprKind::Tuple(items)) = &expr.kind else { return None };
    items.iter().map(|item| Some((column_name(item)?, Stored::Unknown))).collect()
}

fn column_name(key: &Expr) -> Option<Box<str>> {
    match &key.kind {
        ExprKind::Member(_, name) => Some(name.clone()),
        _ => key.as_text().map(Box::from),
    }
}

fn stored(value: &Expr) -> Stored {
    match &value.kind {
        _ if value.is_null() => Stored::Null,
        ExprKind::Literal(_) | ExprKind::Template(_) => Stored::Value,
        _ => Stored::Unknown,
    }
}
