//! `CREATE TABLE` in all its forms.

use alignment_model::entity::TableName;
use alignment_model::schema_change::{ColumnChange, CreateTable};
use alignment_model::{Known, Why};

use crate::column::{Element, read_element};
use crate::context::Context;
use crate::cursor::{Cursor, Part, split_commas};
use crate::view::output_columns;

/// Reads what follows `CREATE [TEMPORARY] TABLE`.
pub(crate) fn read_create_table(
    context: &Context<'_>,
    cursor: &mut Cursor<'_>,
    temporary: bool,
) -> Option<CreateTable> {
    let if_not_exists = cursor.words("if not exists");
    let table = context.resolve(cursor.table()?);
    let mut create = CreateTable { if_not_exists, temporary, ..CreateTable::new(table) };
    if cursor.words("partition of") {
        create.partition_of = cursor.table().map(|parent| context.resolve(parent));
        create.partition_bounds = partition_bounds(cursor);
        return Some(create);
    }
    if cursor.words("of") {
        create.incomplete = Some("its columns come from a composite type".into());
        return Some(create);
    }
    if cursor.words("like") {
        create.columns_from.extend(cursor.table().map(|other| context.resolve(other)));
        return Some(create);
    }
    if let Some(elements) = cursor.parenthesis() {
        let closed = cursor.closed();
        read_elements(context, elements, &mut create);
        if !closed {
            create.incomplete = Some("its list of columns is never closed".into());
            create.columns.last_mut().into_iter().for_each(cut_off);
        }
    }
    read_tail(context, cursor, &mut create);
    Some(create)
}

/// A column at which the text ends: `varchar(2` may have been `varchar(255) NOT NULL`.
fn cut_off(column: &mut ColumnChange) {
    column.ty = Known::Unknown(Why::BrokenSyntax);
    column.nullable = Known::Unknown(Why::BrokenSyntax);
    column.server_default = Known::Unknown(Why::BrokenSyntax);
}

/// What a partition holds: from `FOR VALUES` or `DEFAULT` on.
pub(crate) fn partition_bounds(cursor: &mut Cursor<'_>) -> Option<Box<str>> {
    while !cursor.is_done() {
        if cursor.is_word("for") || cursor.is_word("default") {
            return Some(cursor.rest().text.trim().into());
        }
        if cursor.parenthesis().is_none() {
            cursor.next();
        }
    }
    None
}

fn read_elements(context: &Context<'_>, elements: Part<'_>, create: &mut CreateTable) {
    for part in split_commas(elements, context.dialect) {
        match read_element(context, part) {
            Element::Column(column, constraints) => {
                create.columns.push(*column);
                create.constraints.extend(constraints);
            }
            Element::Constraint(constraint) => create.constraints.push(constraint),
            Element::Like(other) => create.columns_from.push(other),
            Element::Ignored => {}
            Element::Unreadable => {
                create.incomplete = Some("one of its columns could not be read".into());
            }
        }
    }
}

/// What follows the list of columns.
fn read_tail(context: &Context<'_>, cursor: &mut Cursor<'_>, create: &mut CreateTable) {
    while let Some(lexeme) = cursor.peek() {
        if cursor.words("partition by") {
            let start = cursor.position();
            cursor.next();
            cursor.parenthesis();
            create.partition_by = Some(cursor.text_since(start).into());
        } else if cursor.words("inherits") {
            let parents =
                cursor.parenthesis().map(|inside| split_commas(inside, context.dialect)).unwrap_or_default();
            let parents =
                parents.iter().filter_map(|parent| Cursor::new(parent.text, context.dialect).table());
            create.columns_from.extend(parents.map(|parent| context.resolve(parent)));
        } else if cursor.words("as") || cursor.is_word("select") {
            return from_query(context, cursor.rest(), create);
        } else if cursor.parenthesis().is_none() {
            debug_assert!(lexeme.end > lexeme.start);
            cursor.next();
        }
    }
}

/// `CREATE TABLE ... AS SELECT`: names are known where the query says them, types are not.
fn from_query(context: &Context<'_>, query: Part<'_>, create: &mut CreateTable) {
    if !create.columns.is_empty() {
        return;
    }
    match output_columns(query.text, context.dialect) {
        Known::Is(columns) => {
            let unknown = || Known::Unknown(Why::UnsupportedConstruct);
            create.columns.extend(columns.into_iter().map(|name| ColumnChange {
                nullable: Known::Unknown(Why::UnsupportedConstruct),
                ..ColumnChange::new(name, unknown(), context.span(query))
            }));
        }
        Known::Unknown(_) => create.incomplete = Some("its columns come from a query".into()),
    }
}

/// SQLite's `CREATE VIRTUAL TABLE name USING module (arguments)`: columns are the arguments that set no option.
pub(crate) fn read_virtual_table(context: &Context<'_>, cursor: &mut Cursor<'_>) -> Option<CreateTable> {
    let if_not_exists = cursor.words("if not exists");
    let table: TableName = context.resolve(cursor.table()?);
    let mut create = CreateTable { if_not_exists, ..CreateTable::new(table) };
    create.incomplete = Some("its columns are made by a module of SQLite".into());
    if cursor.words("using") && cursor.name().is_some() {
        let arguments =
            cursor.parenthesis().map(|inside| split_commas(inside, context.dialect)).unwrap_or_default();
        let columns =
            arguments.iter().filter(|argument| !argument.text.contains('=')).filter_map(|argument| {
                let name = Cursor::new(argument.text, context.dialect).name()?;
                Some(ColumnChange::new(name, Known::Unknown(Why::NotStated), context.span(*argument)))
            });
        create.columns.extend(columns);
    }
    Some(create)
}
