//! One statement -> schema changes, by its head words.
//!
//! `CREATE TABLE`, `ALTER TABLE` and `DO` have modules of their own; the short statements are read here. What changes no
//! table, type or view (functions, triggers, privileges, comments) gives nothing, and of data only which table's rows are
//! changed or removed.

use alignment_model::entity::TableName;
use alignment_model::schema_change::{
    ChangeKind, Condition, GuardedSteps, LabelPlace, SchemaChange, SchemaStep, is_known_name,
};
use alignment_model::{Known, Why};

use crate::alter_table::read_alter_table;
use crate::context::Context;
use crate::create_table::{read_create_table, read_virtual_table};
use crate::cursor::{Cursor, names, split_commas};
use crate::index::create_index;
use crate::view::{output_columns, relations};

/// Reads a statement whose first word is `head`.
pub(crate) fn read_statement(context: &Context<'_>, head: &str, text: &str, steps: &mut Vec<SchemaStep>) {
    let read: fn(&Context<'_>, &mut Cursor<'_>) -> Read = match () {
        () if head.eq_ignore_ascii_case("create") => create,
        () if head.eq_ignore_ascii_case("alter") => alter,
        () if head.eq_ignore_ascii_case("drop") => drop,
        () if head.eq_ignore_ascii_case("rename") => rename,
        () if head.eq_ignore_ascii_case("update") => update,
        () if ["delete", "truncate"].iter().any(|word| head.eq_ignore_ascii_case(word)) => remove,
        () => return,
    };
    let mut cursor = Cursor::new(text, context.dialect);
    cursor.next();
    let span = context.place.span(0, text.len());
    let (changes, guard) = match read(context, &mut cursor) {
        Read::Changes(changes) => (changes, None),
        Read::IfTableExists(table, changes) => (changes, Some(Condition::TableExists(table))),
        Read::Irrelevant => return,
        Read::NotUnderstood => {
            let what: Vec<&str> = text.split_whitespace().take(4).collect();
            let what = format!("`{} ...`", what.join(" ")).into();
            (vec![ChangeKind::Unmodelled { tables: Vec::new(), what }], None)
        }
    };
    let changes = changes.into_iter().map(|kind| SchemaStep::Change(SchemaChange { kind, span }));
    match guard {
        None => steps.extend(changes),
        Some(condition) => steps.push(SchemaStep::Guarded(Box::new(GuardedSteps {
            condition,
            then: changes.collect(),
            otherwise: Vec::new(),
            span,
        }))),
    }
}

/// What became of a statement.
enum Read {
    Changes(Vec<ChangeKind>),
    /// `ALTER TABLE IF EXISTS`: it says nothing about whether the table does.
    IfTableExists(TableName, Vec<ChangeKind>),
    Irrelevant,
    NotUnderstood,
}

impl Read {
    fn one(change: Option<ChangeKind>) -> Read {
        change.map_or(Read::NotUnderstood, |change| Read::Changes(vec![change]))
    }
}

/// Words between `CREATE` and what is created.
const MODIFIERS: &[&str] = &[
    "or replace",
    "global",
    "local",
    "unlogged",
    "unique",
    "recursive",
    "foreign",
    "external",
    "concurrently",
    "force",
];

fn create(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Read {
    let (mut temporary, mut unique, mut replace) = (false, false, false);
    loop {
        unique |= cursor.is_word("unique");
        replace |= cursor.is_word("or");
        if cursor.one_of(&["temporary", "temp"]) {
            temporary = true;
        } else if cursor.one_of(&["algorithm", "definer"]) {
            // MySQL: `ALGORITHM = x`, `DEFINER = a@b`.
            cursor.symbol(b'=');
            cursor.next();
            while cursor.symbol(b'@') {
                cursor.next();
            }
        } else if !cursor.one_of(MODIFIERS)
            && !cursor.words("sql security definer")
            && !cursor.words("sql security invoker")
        {
            break;
        }
    }
    if cursor.words("table") {
        return Read::one(
            read_create_table(context, cursor, temporary).map(Box::new).map(ChangeKind::CreateTable),
        );
    }
    if cursor.words("virtual table") {
        return Read::one(read_virtual_table(context, cursor).map(Box::new).map(ChangeKind::CreateTable));
    }
    if cursor.is_word("view") || cursor.is_word("materialized") {
        return Read::one(create_view(context, cursor, replace));
    }
    if cursor.words("index") {
        return Read::one(create_index(context, cursor, unique));
    }
    if cursor.words("type") {
        return create_type(context, cursor);
    }
    if cursor.words("policy") {
        return Read::one(policy(context, cursor, true));
    }
    Read::Irrelevant
}

fn create_view(context: &Context<'_>, cursor: &mut Cursor<'_>, replace: bool) -> Option<ChangeKind> {
    let materialized = cursor.words("materialized");
    if !cursor.words("view") {
        return None;
    }
    cursor.words("if not exists");
    let name = context.resolve(cursor.table()?);
    let given = cursor.parenthesis().map(|inside| names(inside, context.dialect));
    while !cursor.is_done() && !cursor.is_word("as") {
        cursor.next();
    }
    cursor.words("as");
    let query = cursor.rest();
    let text = query.text.trim();
    let text = match is_known_name(text) {
        true => Known::Is(text.into()),
        false => Known::Unknown(Why::DynamicExpression),
    };
    let named = given.is_some();
    let columns = match given {
        Some(columns) => Known::Is(columns),
        None => output_columns(query.text, context.dialect),
    };
    let reads = relations(context, query);
    Some(ChangeKind::CreateView { name, columns, reads, replace, query: text, materialized, named })
}

fn create_type(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Read {
    let Some(name) = cursor.table().map(|name| context.resolve(name)) else { return Read::NotUnderstood };
    if !cursor.words("as enum") {
        return Read::Irrelevant;
    }
    let labels = cursor.parenthesis().map(|inside| split_commas(inside, context.dialect)).unwrap_or_default();
    let labels =
        labels.iter().filter_map(|label| Cursor::new(label.text, context.dialect).string()).collect();
    Read::one(Some(ChangeKind::CreateEnum { name, labels, if_not_exists: false }))
}

/// `CREATE POLICY name ON table`, `DROP POLICY [IF EXISTS] name ON table`.
fn policy(context: &Context<'_>, cursor: &mut Cursor<'_>, created: bool) -> Option<ChangeKind> {
    cursor.words("if exists");
    let name = cursor.name()?;
    let table = cursor.words("on").then(|| cursor.table())??;
    Some(ChangeKind::Policy { table: context.resolve(table), name, created })
}

fn alter(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Read {
    cursor.words("foreign");
    if cursor.words("table") {
        return match read_alter_table(context, cursor) {
            None => Read::NotUnderstood,
            Some((changes, None)) => Read::Changes(changes),
            Some((changes, Some(table))) => Read::IfTableExists(table, changes),
        };
    }
    if cursor.words("type") {
        return alter_type(context, cursor);
    }
    let index = cursor.words("index");
    if index || cursor.one_of(&["view", "materialized view"]) {
        cursor.words("if exists");
        let Some(from) = cursor.table().map(|name| context.resolve(name)) else { return Read::NotUnderstood };
        if !cursor.words("rename to") {
            return Read::Irrelevant;
        }
        return Read::one(cursor.name().map(|to| match index {
            true => ChangeKind::RenameIndex { from: from.name, to },
            false => ChangeKind::RenameView { from, to },
        }));
    }
    if cursor.words("schema") {
        cursor.next();
        return if cursor.words("rename to") { Read::NotUnderstood } else { Read::Irrelevant };
    }
    Read::Irrelevant
}

fn alter_type(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Read {
    let Some(name) = cursor.table().map(|name| context.resolve(name)) else { return Read::NotUnderstood };
    let change = if cursor.words("add value") {
        cursor.words("if not exists");
        cursor.string().map(|label| ChangeKind::AddEnumLabel { name, label, place: label_place(cursor) })
    } else if cursor.words("rename value") {
        let from = cursor.string();
        let to = cursor.words("to").then(|| cursor.string()).flatten();
        from.zip(to).map(|(from, to)| ChangeKind::RenameEnumLabel { name, from, to })
    } else if cursor.words("rename to") {
        cursor.name().map(|to| ChangeKind::RenameType { from: name, to })
    } else {
        return Read::Irrelevant;
    };
    Read::one(change)
}

fn label_place(cursor: &mut Cursor<'_>) -> LabelPlace {
    let before = cursor.words("before");
    if !before && !cursor.words("after") {
        return LabelPlace::Last;
    }
    cursor.string().map_or(
        LabelPlace::Last,
        match before {
            true => LabelPlace::Before,
            false => LabelPlace::After,
        },
    )
}

fn drop(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Read {
    cursor.one_of(&["temporary", "foreign"]);
    if cursor.words("policy") {
        return Read::one(policy(context, cursor, false));
    }
    type Drop = fn(TableName, bool, bool) -> ChangeKind;
    let kinds: [(&str, Drop); 5] = [
        ("table", |table, if_exists, cascade| ChangeKind::DropTable { table, if_exists, cascade }),
        ("view", |name, if_exists, _| ChangeKind::DropView { name, if_exists }),
        ("materialized view", |name, if_exists, _| ChangeKind::DropView { name, if_exists }),
        ("index", |index, _, _| ChangeKind::DropIndex { name: index.name }),
        ("type", |name, if_exists, _| ChangeKind::DropType { name, if_exists }),
    ];
    if let Some((_, make)) = kinds.iter().find(|(kind, _)| cursor.words(kind)) {
        cursor.words("concurrently");
        let if_exists = cursor.words("if exists");
        let Some(names) = name_list(context, cursor) else { return Read::NotUnderstood };
        let cascade = cursor.words("cascade");
        return Read::Changes(names.into_iter().map(|name| make(name, if_exists, cascade)).collect());
    }
    if cursor.words("schema") {
        cursor.words("if exists");
        let Some(schema) = cursor.name() else { return Read::NotUnderstood };
        let schema = context.resolve(TableName { schema: Some(schema), name: "".into() }).schema;
        return Read::one(Some(ChangeKind::DropSchema { schema }));
    }
    Read::Irrelevant
}

fn name_list(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Option<Vec<TableName>> {
    let mut names = vec![context.resolve(cursor.table()?)];
    while cursor.symbol(b',') {
        names.push(context.resolve(cursor.table()?));
    }
    Some(names)
}

/// MySQL's `RENAME TABLE a TO b, c TO d`.
fn rename(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Read {
    if !cursor.words("table") {
        return Read::Irrelevant;
    }
    let mut changes = Vec::new();
    loop {
        let from = cursor.table().map(|name| context.resolve(name));
        let to = cursor.words("to").then(|| cursor.table()).flatten();
        let Some((from, to)) = from.zip(to) else { return Read::NotUnderstood };
        changes.push(ChangeKind::RenameTable { from, to: to.name });
        if !cursor.symbol(b',') {
            return Read::Changes(changes);
        }
    }
}

/// `UPDATE [ONLY] t SET ...`.
fn update(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Read {
    cursor.words("only");
    rows(context, cursor, false)
}

/// `DELETE FROM [ONLY] t`, `TRUNCATE [TABLE] [ONLY] a, b`.
fn remove(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Read {
    cursor.one_of(&["from only", "from", "table only", "table", "only"]);
    rows(context, cursor, true)
}

/// The tables named next. Data that is not understood changes no shape.
fn rows(context: &Context<'_>, cursor: &mut Cursor<'_>, removed: bool) -> Read {
    let tables = name_list(context, cursor).unwrap_or_default();
    Read::Changes(tables.into_iter().map(|table| ChangeKind::Rows { table, removed }).collect())
}
