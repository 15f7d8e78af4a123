//! Conditions on the schema as SQL asks them: `EXISTS (SELECT ... FROM information_schema.columns ...)`, `to_regclass(...) IS
//! NULL`, counts compared with nothing, and what combines them.
//!
//! Only the questions that name what they ask for are read: every comparison in the `WHERE` must be understood, or the condition
//! is [`Condition::Unknown`].

use alignment_model::entity::TableName;
use alignment_model::schema_change::{Condition, is_known_name};
use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select,
    SelectItem, SetExpr, TableFactor, UnaryOperator, Value,
};

use crate::Dialect;
use crate::cursor::Cursor;
use crate::name::{name, qualified, table_name};
use crate::parse::parse_all;

/// What a name that is no column stands for: a variable of the block that asks.
pub(crate) type Variables<'v> = &'v dyn Fn(&str) -> Option<Condition>;

/// The condition that an SQL expression is.
pub(crate) fn read_condition(text: &str, dialect: Dialect, variables: Variables<'_>) -> Condition {
    let parsed = parse_all(text, dialect, |parser| parser.parse_expr());
    parsed.map_or(Condition::Unknown, |expr| condition(&expr, dialect, variables))
}

/// Whether a query returns a row.
pub fn returns_row(query: &str, dialect: Dialect) -> Condition {
    let parsed = parse_all(query, dialect, |parser| parser.parse_query());
    parsed.map_or(Condition::Unknown, |query| {
        match select_of(&query).map(|select| (first_item(select), select)) {
            // One row whatever is counted.
            Some((Some(Expr::Exists { .. } | Expr::UnaryOp { .. }), _)) => Condition::Is(true),
            Some((Some(Expr::Function(function)), _)) if is_call(function, "count") => Condition::Is(true),
            _ => rows(&query, dialect),
        }
    })
}

/// Whether the first value of the first row is there and true: a count that is not zero, `EXISTS (...)`, any value of a row.
pub fn first_value(query: &str, dialect: Dialect) -> Condition {
    let parsed = parse_all(query, dialect, |parser| parser.parse_query());
    parsed.map_or(Condition::Unknown, |query| scalar(&query, dialect, &|_| None))
}

fn condition(expr: &Expr, dialect: Dialect, variables: Variables<'_>) -> Condition {
    let inner = |expr: &Expr| condition(expr, dialect, variables);
    match expr {
        Expr::Nested(nested) => inner(nested),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => inner(expr).negated(),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            Condition::All(vec![inner(left), inner(right)])
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            Condition::Any(vec![inner(left), inner(right)])
        }
        Expr::BinaryOp { left, op, right } => compared(left, op, right, dialect, variables),
        Expr::Exists { subquery, negated } => {
            let found = rows(subquery, dialect);
            if *negated { found.negated() } else { found }
        }
        Expr::Subquery(query) => scalar(query, dialect, variables),
        Expr::IsNull(expr) => is_there(expr, dialect, variables).negated(),
        Expr::IsNotNull(expr) => is_there(expr, dialect, variables),
        Expr::IsTrue(expr) | Expr::IsNotFalse(expr) => inner(expr),
        Expr::IsFalse(expr) | Expr::IsNotTrue(expr) => inner(expr).negated(),
        Expr::Identifier(ident) => variables(&name(ident)).unwrap_or(Condition::Unknown),
        Expr::Value(value) => match value.value {
            Value::Boolean(value) => Condition::Is(value),
            _ => Condition::Unknown,
        },
        Expr::Function(function) if is_call(function, "coalesce") => {
            arguments(function).first().map_or(Condition::Unknown, |first| inner(first))
        }
        _ => Condition::Unknown,
    }
}

/// `(SELECT COUNT(*) ...) = 0` and its relatives; `x = true`.
fn compared(
    left: &Expr,
    op: &BinaryOperator,
    right: &Expr,
    dialect: Dialect,
    variables: Variables<'_>,
) -> Condition {
    let found = condition(left, dialect, variables);
    let Expr::Value(value) = right else { return Condition::Unknown };
    match (&value.value, op) {
        (Value::Number(zero, _), BinaryOperator::Eq | BinaryOperator::LtEq) if zero == "0" => found.negated(),
        (Value::Number(zero, _), BinaryOperator::Gt | BinaryOperator::NotEq) if zero == "0" => found,
        (Value::Number(one, _), BinaryOperator::GtEq | BinaryOperator::Eq) if one == "1" => found,
        (Value::Number(one, _), BinaryOperator::Lt) if one == "1" => found.negated(),
        (Value::Boolean(expected), BinaryOperator::Eq) if *expected => found,
        (Value::Boolean(_), BinaryOperator::Eq) => found.negated(),
        _ => Condition::Unknown,
    }
}

/// Whether an expression that is asked for NULL has a value.
fn is_there(expr: &Expr, dialect: Dialect, variables: Variables<'_>) -> Condition {
    match expr {
        Expr::Nested(nested) => is_there(nested, dialect, variables),
        Expr::Subquery(query) => rows(query, dialect),
        Expr::Cast { expr, .. } => is_there(expr, dialect, variables),
        Expr::Identifier(ident) => variables(&name(ident)).unwrap_or(Condition::Unknown),
        Expr::Function(function) if is_call(function, "to_regclass") => {
            let table = arguments(function).first().and_then(|argument| object_named(argument, dialect));
            table.map_or(Condition::Unknown, Condition::TableExists)
        }
        Expr::Function(function) if is_call(function, "to_regtype") => {
            let ty = arguments(function).first().and_then(|argument| object_named(argument, dialect));
            ty.map_or(Condition::Unknown, Condition::TypeExists)
        }
        _ => Condition::Unknown,
    }
}

fn scalar(query: &Query, dialect: Dialect, variables: Variables<'_>) -> Condition {
    let Some(select) = select_of(query) else { return Condition::Unknown };
    match first_item(select) {
        Some(expr @ (Expr::Exists { .. } | Expr::UnaryOp { .. } | Expr::IsNull(_) | Expr::IsNotNull(_)))
            if select.from.is_empty() =>
        {
            condition(expr, dialect, variables)
        }
        Some(Expr::Function(function)) if is_call(function, "to_regclass") => {
            is_there(&Expr::Function(function.clone()), dialect, variables)
        }
        // `SELECT COUNT(*) > 0 FROM ...`.
        Some(Expr::BinaryOp { left, op, right }) => match (&**left, &**right) {
            (Expr::Function(function), Expr::Value(value)) if is_call(function, "count") => {
                let zero = matches!(&value.value, Value::Number(number, _) if number == "0");
                match op {
                    BinaryOperator::Gt | BinaryOperator::NotEq if zero => rows(query, dialect),
                    BinaryOperator::Eq if zero => rows(query, dialect).negated(),
                    _ => Condition::Unknown,
                }
            }
            _ => Condition::Unknown,
        },
        _ => rows(query, dialect),
    }
}

fn select_of(query: &Query) -> Option<&Select> {
    match &*query.body {
        SetExpr::Select(select) => Some(select),
        _ => None,
    }
}

fn first_item(select: &Select) -> Option<&Expr> {
    match select.projection.first()? {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn is_call(function: &Function, wanted: &str) -> bool {
    function
        .name
        .0
        .last()
        .and_then(|part| part.as_ident())
        .is_some_and(|ident| ident.value.eq_ignore_ascii_case(wanted))
}

fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let plain = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(plain).collect()
}

/// The table or type that a string names: `'public.users'`, `'users'::regclass`.
fn object_named(expr: &Expr, dialect: Dialect) -> Option<TableName> {
    let text = literal(expr)?;
    let TableName { schema, name } = Cursor::new(&text, dialect).table()?;
    is_known_name(&text).then(|| qualified(schema, name))
}

fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        Expr::Nested(expr) | Expr::Cast { expr, .. } => literal(expr),
        _ => None,
    }
}

/// Whether a query of the catalog returns a row.
fn rows(query: &Query, dialect: Dialect) -> Condition {
    let Some(select) = select_of(query) else { return Condition::Unknown };
    let mut asked = Asked::default();
    let mut relations = select
        .from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
    let all_catalog = !select.from.is_empty() && relations.all(is_catalog);
    let understood =
        all_catalog && select.selection.as_ref().is_some_and(|wanted| asked.read(wanted, dialect));
    if understood { asked.condition().unwrap_or(Condition::Unknown) } else { Condition::Unknown }
}

/// Relations of the system catalogs of all dialects.
fn is_catalog(relation: &TableFactor) -> bool {
    let TableFactor::Table { name, .. } = relation else { return false };
    let Some(TableName { schema, name }) = table_name(name) else { return false };
    match schema.as_deref() {
        Some("information_schema" | "pg_catalog") => true,
        Some(_) => false,
        None => name.starts_with("pg_") || matches!(&*name, "sqlite_master" | "sqlite_schema"),
    }
}

/// What a query of the catalog asks for.
#[derive(Default)]
struct Asked {
    schema: Option<Box<str>>,
    table: Option<TableName>,
    column: Option<Box<str>>,
    constraint: Option<Box<str>>,
    index: Option<Box<str>>,
    relation: Option<Box<str>>,
    relation_is_index: bool,
    ty: Option<TableName>,
    label: Option<Box<str>>,
}

impl Asked {
    /// Reads a conjunction of comparisons; whether all were understood.
    fn read(&mut self, expr: &Expr, dialect: Dialect) -> bool {
        match expr {
            Expr::Nested(inner) => self.read(inner, dialect),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.read(left, dialect) && self.read(right, dialect)
            }
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                self.equal(left, right, dialect) || self.equal(right, left, dialect)
            }
            Expr::InList { expr, list, negated: false } => {
                let ignored = column_of(expr).is_some_and(|column| IGNORED.contains(&&*column));
                ignored || (list.len() == 1 && self.equal(expr, &list[0], dialect))
            }
            // `attnum > 0`, `NOT attisdropped` and the like narrow nothing that a migration made.
            Expr::BinaryOp { left, .. } | Expr::UnaryOp { op: UnaryOperator::Not, expr: left } => {
                column_of(left).is_some_and(|column| IGNORED.contains(&&*column))
            }
            _ => false,
        }
    }

    /// `column = value`.
    fn equal(&mut self, column: &Expr, value: &Expr, dialect: Dialect) -> bool {
        let Some(column) = column_of(column) else { return false };
        if IGNORED.contains(&&*column) {
            return true;
        }
        if matches!(&*column, "attrelid" | "conrelid" | "indrelid") {
            self.table = object_named(value, dialect).or_else(|| subquery_name(value, "relname", dialect));
            return self.table.is_some();
        }
        if column == "enumtypid".into() {
            self.ty = object_named(value, dialect).or_else(|| subquery_name(value, "typname", dialect));
            return self.ty.is_some();
        }
        if matches!(&*column, "table_schema" | "schemaname" | "nspname" | "constraint_schema" | "schema") {
            self.schema = literal(value).map(Into::into);
            // `current_schema()` is the default one.
            return self.schema.is_some() || matches!(value, Expr::Function(_) | Expr::Identifier(_));
        }
        if column == "relkind".into() {
            self.relation_is_index = literal(value).is_some_and(|kind| kind.eq_ignore_ascii_case("i"));
            return true;
        }
        let Some(text) = literal(value).filter(|text| is_known_name(text)) else { return is_join_key(value) };
        let text: Box<str> = text.into();
        match &*column {
            "table_name" | "tablename" | "viewname" | "matviewname" | "tbl_name" => {
                self.table = Some(TableName::new(text));
            }
            "column_name" | "attname" => self.column = Some(text),
            "constraint_name" | "conname" => self.constraint = Some(text),
            "indexname" | "index_name" => self.index = Some(text),
            "relname" | "name" => self.relation = Some(text),
            "typname" | "udt_name" => self.ty = Some(TableName::new(text)),
            "enumlabel" => self.label = Some(text),
            _ => return false,
        }
        true
    }

    fn condition(self) -> Option<Condition> {
        let schema = self.schema;
        let in_schema = |name: Box<str>| qualified(schema.clone(), name);
        let table =
            self.table.map(|table| if table.schema.is_some() { table } else { in_schema(table.name) });
        let relation_table = self.relation.clone().map(in_schema);
        Some(match (self.label, self.ty, self.column, self.constraint, self.index) {
            (Some(label), Some(ty), ..) => Condition::LabelExists(ty, label),
            (None, Some(ty), None, None, None) => Condition::TypeExists(ty),
            (None, None, Some(column), None, None) => {
                Condition::ColumnExists(table.or(relation_table)?, column)
            }
            (None, None, None, Some(constraint), None) => {
                Condition::ConstraintExists(table.or(relation_table), constraint)
            }
            (None, None, None, None, Some(index)) => Condition::IndexExists(index),
            (None, None, None, None, None) => match (table, self.relation) {
                (Some(table), None) => Condition::TableExists(table),
                (None, Some(relation)) if self.relation_is_index => Condition::IndexExists(relation),
                (None, Some(relation)) => Condition::Any(vec![
                    Condition::TableExists(qualified(schema, relation.clone())),
                    Condition::IndexExists(relation),
                ]),
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// Columns of catalogs that say nothing about which object is asked for, once its name is given.
const IGNORED: &[&str] = &[
    "table_catalog",
    "catalog_name",
    "table_type",
    "constraint_type",
    "contype",
    "attnum",
    "attisdropped",
    "typtype",
    "type",
    "typnamespace",
    "relnamespace",
    "connamespace",
];

fn column_of(expr: &Expr) -> Option<Box<str>> {
    match expr {
        Expr::Identifier(ident) => Some(name(ident)),
        Expr::CompoundIdentifier(parts) => parts.last().map(name),
        Expr::Nested(expr) | Expr::Cast { expr, .. } => column_of(expr),
        Expr::Function(function) if is_call(function, "lower") => column_of(arguments(function).first()?),
        _ => None,
    }
}

/// `a.oid = b.enumtypid` joins two catalogs.
fn is_join_key(value: &Expr) -> bool {
    matches!(value, Expr::CompoundIdentifier(_))
}

/// `(SELECT oid FROM pg_type WHERE typname = 'x')`: what it looks up.
fn subquery_name(expr: &Expr, key: &str, dialect: Dialect) -> Option<TableName> {
    let Expr::Subquery(query) = expr else { return None };
    let mut asked = Asked::default();
    let understood = asked.read(select_of(query)?.selection.as_ref()?, dialect);
    let found = if key == "typname" { asked.ty } else { asked.relation.map(TableName::new) };
    found.filter(|_| understood)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        fn show(condition: &Condition) -> String {
            let all = |parts: &[Condition]| parts.iter().map(show).collect::<Vec<_>>().join(",");
            match condition {
                Condition::TableExists(table) => format!("table {table}"),
                Condition::ColumnExists(table, column) => format!("column {table}.{column}"),
                Condition::ConstraintExists(Some(table), name) => format!("constraint {name} of {table}"),
                Condition::ConstraintExists(None, name) => format!("constraint {name}"),
                Condition::IndexExists(name) => format!("index {name}"),
                Condition::TypeExists(name) => format!("type {name}"),
                Condition::LabelExists(name, label) => format!("label {name}.{label}"),
                Condition::Is(value) => value.to_string(),
                Condition::Not(inner) => format!("not {}", show(inner)),
                Condition::All(parts) => format!("all({})", all(parts)),
                Condition::Any(parts) => format!("any({})", all(parts)),
                Condition::Unknown => "?".to_owned(),
            }
        }
        show(&read_condition(text, Dialect::PostgreSql, &|name| {
            (name == "had").then(|| Condition::IndexExists("i".into()))
        }))
    }

    #[test]
    fn questions_about_the_schema_are_understood() {
        let cases = [
            (
                "NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'a' AND column_name = 'b')",
                "not column a.b",
            ),
            (
                "EXISTS (SELECT FROM information_schema.tables WHERE table_schema='x' AND table_name='a')",
                "table x.a",
            ),
            ("NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 't')", "not type t"),
            (
                "(SELECT count(*) FROM pg_constraint WHERE conname = 'c' AND conrelid = 'a'::regclass) = 0",
                "not constraint c of a",
            ),
            ("to_regclass('public.a') IS NULL AND had", "all(not table a,index i)"),
            (
                "EXISTS (SELECT 1 FROM pg_enum e JOIN pg_type t ON e.enumtypid = t.oid WHERE t.typname = 't' AND e.enumlabel = 'l')",
                "label t.l",
            ),
            (
                "EXISTS (SELECT 1 FROM pg_enum WHERE enumlabel = 'l' AND enumtypid = (SELECT oid FROM pg_type WHERE typname = 't'))",
                "label t.l",
            ),
            (
                "EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'b' AND NOT attisdropped)",
                "column a.b",
            ),
            (
                "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'a' AND column_name = 'b' AND data_type = 'text')",
                "?",
            ),
            ("EXISTS (SELECT 1 FROM users WHERE name = 'a')", "?"),
            ("current_setting('x') = 'y'", "?"),
            ("EXISTS (SELECT 1 FROM pg_class WHERE relname = 'i' AND relkind = 'i')", "index i"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn rows_and_values_are_two_questions() {
        let count = "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'a'";
        let exists = "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'a')";
        let table = Condition::TableExists(TableName::new("a"));
        for query in [count, exists] {
            assert_eq!(returns_row(query, Dialect::PostgreSql), Condition::Is(true));
            assert_eq!(first_value(query, Dialect::PostgreSql), table);
        }
        let row = "SELECT 1 FROM information_schema.tables WHERE table_name = 'a'";
        assert_eq!(returns_row(row, Dialect::PostgreSql), table);
        assert_eq!(first_value(row, Dialect::PostgreSql), table);
    }
}
