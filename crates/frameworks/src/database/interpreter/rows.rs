//! Rows that the program wrote itself: a database that was just made holds no others.
//!
//! A query of a table that nothing was written to gives nothing; a tracker of migrations gives what was recorded. Deliberately
//! absent: what `UPDATE` and `DELETE` do to rows. After them, the rows of the table are not known.

use std::collections::BTreeMap;

use alignment_model::entity::TableName;
use alignment_sql::{Item, Scalar, Selection};
use std::rc::Rc;

use super::value::{List, Record, Value};

/// Rows of one table that are kept; more are not known.
const MAX_ROWS: usize = 2_000;

/// One row: column and value.
type Row<'a> = BTreeMap<Box<str>, Value<'a>>;

/// Rows by table. A table that is not among them has none.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows<'a> {
    tables: BTreeMap<TableName, Known<'a>>,
}

/// The rows of one table.
#[derive(Clone, Debug, Default)]
struct Known<'a> {
    rows: Vec<Row<'a>>,
    /// There may be others.
    open: bool,
}

impl<'a> Rows<'a> {
    /// Adds a row; without columns, all of the table's in their order.
    pub(super) fn insert(&mut self, table: &TableName, columns: &[Box<str>], values: Vec<Value<'a>>) {
        let known = self.tables.entry(table.clone()).or_default();
        if columns.len() != values.len() || known.rows.len() >= MAX_ROWS {
            known.open = true;
            return;
        }
        known.rows.push(columns.iter().cloned().zip(values).collect());
    }

    /// Says that the rows of a table are not known.
    pub(super) fn forget(&mut self, table: &TableName) {
        self.tables.entry(table.clone()).or_default().open = true;
    }

    /// The same, where the table has any: a statement that only changes rows makes none.
    pub(super) fn disturb(&mut self, table: &TableName) {
        if let Some(known) = self.tables.get_mut(table) {
            known.open |= !known.rows.is_empty();
        }
    }

    /// What a query gives; `columns` are those of the table. `None` where it is not known at all.
    pub(super) fn select(
        &self,
        table: &TableName,
        selection: &Selection,
        columns: &[Box<str>],
    ) -> Option<Value<'a>> {
        let none = Known::default();
        let known = self.tables.get(table).unwrap_or(&none);
        let empty = known.rows.is_empty() && !known.open;
        if selection.opaque && !empty {
            return None;
        }
        let (mut rows, mut open) = (known.rows.iter().collect::<Vec<_>>(), known.open);
        match &selection.filter {
            None if !empty => return None,
            None => {}
            Some(filter) => rows.retain(|row| match meets(row, filter) {
                Some(meets) => meets,
                None => {
                    open = true;
                    false
                }
            }),
        }
        if selection.items.iter().any(|(_, item)| item.aggregates()) {
            let values = selection.items.iter().map(|(_, item)| aggregate(item, &rows, open));
            let values = values.collect();
            return Some(list(vec![record(names(selection, columns), values)], false));
        }
        if let Some((column, descending)) = &selection.order {
            let keys: Option<Vec<i64>> = rows.iter().map(|row| integer(row.get(column))).collect();
            match keys {
                Some(_) => rows.sort_by_key(|row| integer(row.get(column))),
                None if rows.len() > 1 => return None,
                None => {}
            }
            if *descending {
                rows.reverse();
            }
        }
        if let Some(limit) = selection.limit {
            // Which rows come first is not known where others may stand among them.
            if open && rows.len() >= limit {
                return None;
            }
            rows.truncate(limit);
        }
        let records = rows.iter().map(|row| {
            let values = selection.items.iter().flat_map(|(_, item)| match item {
                Item::Column(column) => vec![value_of(row, column)],
                Item::All => columns.iter().map(|column| value_of(row, column)).collect(),
                Item::Value(value) => vec![of_scalar(value)],
                _ => vec![Value::Unknown],
            });
            record(names(selection, columns), values.collect())
        });
        Some(list(records.collect(), open))
    }
}

/// A list of rows.
pub(super) fn list<'a>(items: Vec<Value<'a>>, open: bool) -> Value<'a> {
    Value::List(List { items: Rc::new(items), open })
}

pub(super) fn record<'a>(names: Vec<Box<str>>, values: Vec<Value<'a>>) -> Value<'a> {
    Value::Record(Rc::new(Record { names, values }))
}

fn names(selection: &Selection, columns: &[Box<str>]) -> Vec<Box<str>> {
    let each = selection.items.iter().flat_map(|(name, item)| match item {
        Item::All => columns.to_vec(),
        _ => vec![name.clone()],
    });
    each.collect()
}

fn value_of<'a>(row: &Row<'a>, column: &str) -> Value<'a> {
    row.get(column).cloned().unwrap_or(Value::Unknown)
}

/// Whether a row meets every equality.
fn meets(row: &Row<'_>, filter: &[(Box<str>, Scalar)]) -> Option<bool> {
    let each = filter.iter().map(|(column, wanted)| match (row.get(column), wanted) {
        (Some(value), Scalar::Int(_) | Scalar::Text(_)) => value.equals(&of_scalar(wanted)),
        _ => None,
    });
    let each: Vec<Option<bool>> = each.collect();
    if each.contains(&Some(false)) {
        return Some(false);
    }
    each.iter().all(Option::is_some).then_some(true)
}

fn integer(value: Option<&Value<'_>>) -> Option<i64> {
    match value {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

fn aggregate<'a>(item: &Item, rows: &[&Row<'a>], open: bool) -> Value<'a> {
    if open {
        return Value::Undecided;
    }
    match item {
        Item::Count => Value::Int(i64::try_from(rows.len()).unwrap_or(i64::MAX)),
        Item::Max(_, otherwise) if rows.is_empty() => of_scalar(otherwise),
        Item::Max(column, _) => {
            let numbers: Option<Vec<i64>> = rows.iter().map(|row| integer(row.get(column))).collect();
            numbers.and_then(|numbers| numbers.into_iter().max()).map_or(Value::Undecided, Value::Int)
        }
        Item::Value(value) => of_scalar(value),
        _ if rows.is_empty() => Value::None,
        _ => Value::Undecided,
    }
}

pub(super) fn of_scalar<'a>(scalar: &Scalar) -> Value<'a> {
    match scalar {
        Scalar::Null => Value::None,
        Scalar::Int(number) => Value::Int(*number),
        Scalar::Text(text) => Value::text(&**text),
        Scalar::Unknown => Value::Unknown,
    }
}
