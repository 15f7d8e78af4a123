//! Statements on rows, as far as their outcome follows from rows that are known: what they name, what an `INSERT` writes, what a
//! `SELECT` of one table gives.
//!
//! For code that makes its own schema: it asks its tracker which migrations are applied, and a database that was just made
//! holds only what that code wrote. Deliberately absent: joins, groups, expressions. Their outcome is not known.

use alignment_model::entity::TableName;
use sqlparser::ast::{
    BinaryOperator, Expr, FromTable, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Insert,
    OrderByKind, Query, Select, SelectItem, SetExpr, Statement, TableFactor, TableObject, TableWithJoins,
    UnaryOperator, Value,
};

use crate::Dialect;
use crate::name::{name, qualified, table_name};
use crate::parse::parse_all;

/// One value in a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `NULL`.
    Null,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(Box<str>),
    /// Anything else, and parameters.
    Unknown,
}

/// A statement on rows.
#[derive(Clone, Debug)]
pub struct DataStatement {
    /// The one table that it reads or writes; `None` where it is not one, by name.
    pub table: Option<TableName>,
    /// Columns of the table that it certainly names.
    pub columns: Vec<Box<str>>,
    /// Whether every name in it is the table or among the columns.
    pub understood: bool,
    /// What it does.
    pub action: Action,
}

/// What a statement on rows does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Adds rows: the columns, and each row where all are written out.
    Insert(Vec<Box<str>>, Option<Vec<Vec<Scalar>>>),
    /// Changes or deletes rows.
    Change,
    /// Gives rows.
    Select(Selection),
}

/// What a `SELECT` gives.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Each output column: its name and what it is.
    pub items: Vec<(Box<str>, Item)>,
    /// Equalities that rows must meet; `None` for a condition of another kind.
    pub filter: Option<Vec<(Box<str>, Scalar)>>,
    /// At most this many rows.
    pub limit: Option<usize>,
    /// Ordered by this column, descending if so.
    pub order: Option<(Box<str>, bool)>,
    /// It has a form that is not modelled: groups, set operations, distinct rows.
    pub opaque: bool,
}

/// One output column.
#[derive(Clone, Debug)]
pub enum Item {
    /// A column.
    Column(Box<str>),
    /// Every column.
    All,
    /// A value.
    Value(Scalar),
    /// `COUNT(*)`.
    Count,
    /// The greatest value of a column, or this where there is none.
    Max(Box<str>, Scalar),
    /// An expression, over all rows where it aggregates.
    Other {
        /// Whether it gives one row for all.
        aggregates: bool,
    },
}

impl Item {
    /// Whether one row comes out for all rows.
    pub fn aggregates(&self) -> bool {
        matches!(self, Item::Count | Item::Max(..) | Item::Other { aggregates: true })
    }
}

/// Reads a statement on rows; `None` for one of another kind, or one that is not understood at all.
pub fn read_data(text: &str, dialect: Dialect) -> Option<DataStatement> {
    match parse_all(text, dialect, |parser| parser.parse_statement())? {
        Statement::Query(query) => Some(read_query(&query)),
        Statement::Insert(insert) => Some(read_insert(&insert)),
        Statement::Update(update) => Some(change(single(std::slice::from_ref(&update.table)))),
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            Some(change(single(from)))
        }
        _ => None,
    }
}

fn change(table: Option<TableName>) -> DataStatement {
    DataStatement { table, columns: Vec::new(), understood: false, action: Action::Change }
}

/// The only relation of a `FROM`, if it is a table.
fn single(from: &[TableWithJoins]) -> Option<TableName> {
    match from {
        [TableWithJoins { relation: TableFactor::Table { name, args: None, .. }, joins }]
            if joins.is_empty() =>
        {
            let TableName { schema, name } = table_name(name)?;
            Some(qualified(schema, name))
        }
        _ => None,
    }
}

fn read_insert(insert: &Insert) -> DataStatement {
    let table = match &insert.table {
        TableObject::TableName(name) => table_name(name),
        _ => None,
    };
    let table = table.map(|table| qualified(table.schema, table.name));
    let columns: Vec<Box<str>> =
        insert.columns.iter().filter_map(table_name).map(|column| column.name).collect();
    let rows = match insert.source.as_deref().map(|query| &*query.body) {
        Some(SetExpr::Values(values)) => {
            Some(values.rows.iter().map(|row| row.content.iter().map(scalar).collect()).collect())
        }
        _ => None,
    };
    let understood = rows.is_some();
    DataStatement { table, columns: columns.clone(), understood, action: Action::Insert(columns, rows) }
}

fn read_query(query: &Query) -> DataStatement {
    let opaque = Selection { items: Vec::new(), filter: None, limit: None, order: None, opaque: true };
    let SetExpr::Select(select) = &*query.body else {
        return DataStatement {
            table: None,
            columns: Vec::new(),
            understood: false,
            action: Action::Select(opaque),
        };
    };
    let table = if query.with.is_some() { None } else { single(&select.from) };
    let mut reader = Reader { columns: Vec::new(), understood: true };
    let items: Vec<(Box<str>, Item)> = select.projection.iter().map(|item| reader.item(item)).collect();
    let filter = reader.filter(select);
    let order = reader.order(query);
    let plain = is_plain(select) && order.is_some();
    let limit = query.limit_clause.as_ref().map(|clause| match clause {
        sqlparser::ast::LimitClause::LimitOffset { limit: Some(limit), offset: None, .. } => {
            match scalar(limit) {
                Scalar::Int(limit) => usize::try_from(limit).ok(),
                _ => None,
            }
        }
        _ => None,
    });
    let selection = Selection {
        items,
        filter,
        limit: limit.flatten(),
        order: order.flatten(),
        opaque: !plain || limit == Some(None),
    };
    let understood = reader.understood && plain && table.is_some();
    DataStatement { table, columns: reader.columns, understood, action: Action::Select(selection) }
}

/// Whether a select has nothing beyond items, relations and a condition.
fn is_plain(select: &Select) -> bool {
    let ungrouped = matches!(
        &select.group_by,
        sqlparser::ast::GroupByExpr::Expressions(expressions, _) if expressions.is_empty()
    );
    ungrouped && select.having.is_none() && select.distinct.is_none()
}

/// Collects the columns that a query of one table names.
struct Reader {
    columns: Vec<Box<str>>,
    understood: bool,
}

impl Reader {
    fn column(&mut self, expr: &Expr) -> Option<Box<str>> {
        let column = match expr {
            Expr::Identifier(ident) => name(ident),
            Expr::CompoundIdentifier(parts) if parts.len() == 2 => parts.last().map(name)?,
            Expr::Nested(inner) => return self.column(inner),
            _ => return None,
        };
        self.columns.push(column.clone());
        Some(column)
    }

    fn item(&mut self, item: &SelectItem) -> (Box<str>, Item) {
        let (expr, alias) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(name(alias))),
            SelectItem::Wildcard(_) => return ("*".into(), Item::All),
            _ => {
                self.understood = false;
                return ("?".into(), Item::Other { aggregates: false });
            }
        };
        let item = self.expression(expr);
        let own = match &item {
            Item::Column(column) => column.clone(),
            _ => expr.to_string().into(),
        };
        (alias.unwrap_or(own), item)
    }

    fn expression(&mut self, expr: &Expr) -> Item {
        if let Some(column) = self.column(expr) {
            return Item::Column(column);
        }
        match expr {
            Expr::Value(_) | Expr::UnaryOp { op: UnaryOperator::Minus, .. } => Item::Value(scalar(expr)),
            Expr::Function(function) => self.function(function),
            _ => {
                self.understood = false;
                Item::Other { aggregates: false }
            }
        }
    }

    fn function(&mut self, function: &Function) -> Item {
        let called = function.name.0.last().and_then(|part| part.as_ident()).map(name).unwrap_or_default();
        let FunctionArguments::List(list) = &function.args else { return self.other(&called) };
        let arguments: Vec<&FunctionArg> = list.args.iter().collect();
        match (&*called, &arguments[..]) {
            ("count", [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]) => Item::Count,
            ("count", [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(_)))]) => Item::Count,
            ("max", [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))]) => match self.column(expr) {
                Some(column) => Item::Max(column, Scalar::Null),
                None => self.other(&called),
            },
            (
                "coalesce" | "ifnull",
                [
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Function(inner))),
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(otherwise)),
                ],
            ) => match self.function(inner) {
                Item::Max(column, Scalar::Null) => Item::Max(column, scalar(otherwise)),
                other => other,
            },
            _ => self.other(&called),
        }
    }

    fn other(&mut self, called: &str) -> Item {
        self.understood = false;
        let aggregates = matches!(
            called,
            "count" | "max" | "min" | "sum" | "avg" | "total" | "group_concat" | "string_agg" | "array_agg"
        );
        Item::Other { aggregates }
    }

    /// A conjunction of equalities with values.
    fn filter(&mut self, select: &Select) -> Option<Vec<(Box<str>, Scalar)>> {
        let mut found = Vec::new();
        let mut pending: Vec<&Expr> = select.selection.iter().collect();
        while let Some(expr) = pending.pop() {
            match expr {
                Expr::Nested(inner) => pending.push(inner),
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                    pending.extend([&**left, &**right])
                }
                Expr::BinaryOp { left, op: BinaryOperator::Eq, right }
                    if matches!(&**right, Expr::Value(_)) =>
                {
                    let column = self.column(left);
                    self.understood &= column.is_some();
                    found.push((column?, scalar(right)));
                }
                _ => {
                    self.understood = false;
                    return None;
                }
            }
        }
        Some(found)
    }

    /// The only column that a query is ordered by; `None` where it is ordered in another way.
    fn order(&mut self, query: &Query) -> Option<Option<(Box<str>, bool)>> {
        let Some(order) = &query.order_by else { return Some(None) };
        let OrderByKind::Expressions(expressions) = &order.kind else { return None };
        let [only] = &expressions[..] else { return None };
        let column = self.column(&only.expr)?;
        Some(Some((column, only.options.sort == Some(sqlparser::ast::OrderBySort::Desc))))
    }
}

fn scalar(expr: &Expr) -> Scalar {
    match expr {
        Expr::Nested(inner) => scalar(inner),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match scalar(expr) {
            Scalar::Int(number) => Scalar::Int(number.saturating_neg()),
            _ => Scalar::Unknown,
        },
        Expr::Value(value) => match &value.value {
            Value::Null => Scalar::Null,
            Value::Number(number, _) => number.parse().map_or(Scalar::Unknown, Scalar::Int),
            Value::SingleQuotedString(text) if !text.contains(alignment_model::schema_change::HOLE) => {
                Scalar::Text(text.as_str().into())
            }
            Value::Boolean(value) => Scalar::Int(i64::from(*value)),
            _ => Scalar::Unknown,
        },
        _ => Scalar::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> DataStatement {
        read_data(text, Dialect::Sqlite).expect("a statement on rows")
    }

    #[test]
    fn an_insert_says_what_it_writes() {
        let statement = read("INSERT OR IGNORE INTO done (name, at) VALUES ('a', ?), ('b', 2)");
        assert_eq!(statement.table, Some(TableName::new("done")));
        let Action::Insert(columns, Some(rows)) = statement.action else { panic!("rows") };
        assert_eq!(columns.join(" "), "name at");
        assert_eq!(rows[0], [Scalar::Text("a".into()), Scalar::Unknown]);
        assert_eq!(rows[1], [Scalar::Text("b".into()), Scalar::Int(2)]);
    }

    #[test]
    fn a_select_of_one_table_is_understood_and_a_join_is_not() {
        let statement =
            read("SELECT COALESCE(MAX(v), 0), n FROM main.done WHERE n = 'x' ORDER BY v DESC LIMIT 1");
        assert!(statement.understood && statement.table == Some(TableName::new("done")));
        assert_eq!(statement.columns.join(" "), "v n n v");
        let Action::Select(selection) = statement.action else { panic!("a select") };
        assert!(matches!(&selection.items[0].1, Item::Max(column, Scalar::Int(0)) if &**column == "v"));
        assert_eq!((selection.limit, selection.opaque), (Some(1), false));
        assert_eq!(selection.filter.as_deref(), Some(&[("n".into(), Scalar::Text("x".into()))][..]));
        let join = read("SELECT a.x FROM a JOIN b ON a.x = b.x WHERE a.y > 1");
        assert!(!join.understood && join.table.is_none());
        assert!(!read("SELECT x FROM a WHERE y > 1").understood);
    }

    #[test]
    fn only_statements_on_rows_are_read() {
        assert!(read_data("CREATE TABLE a (x int)", Dialect::Sqlite).is_none());
        assert!(matches!(read("DELETE FROM a WHERE x = 1").action, Action::Change));
        assert!(matches!(read("UPDATE a SET x = 1").action, Action::Change));
    }
}
