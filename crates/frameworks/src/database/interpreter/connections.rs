//! The DB-API as programs use it: statements run by connections and cursors, and what they give.
//!
//! Source: PEP 249; Python 3.13, `sqlite3`; aiosqlite, psycopg 3, asyncpg (`fetch`, `fetchrow`, `fetchval`); SQLite 3.45, "PRAGMA Statements". Objects are
//! known by what is done with them: whatever runs a text of SQL is a connection.

use std::cell::RefCell;
use std::rc::Rc;

use alignment_model::entity::TableName;
use alignment_model::schema_change::{Condition, HOLE};
use alignment_model::{Known, Span};
use alignment_sql::{Action, DataStatement, Place, read_data, read_script, statements};

use super::Interpreter;
use super::calls::{Arguments, Site};
use super::failures::FailureKind;
use super::rows::{list, of_scalar, record};
use super::value::{Text, Value};
use crate::database::fold::Missing;

/// Statements on rows that are longer are not read: they are data.
const MAX_DATA: usize = 64 << 10;

/// Methods that run SQL.
const RUNS: &[&str] = &[
    "execute",
    "executescript",
    "executemany",
    "execute_many",
    "exec_driver_sql",
    "fetch",
    "fetchrow",
    "fetchval",
    "fetch_all",
    "fetch_one",
    "fetch_val",
    "scalar",
    "scalars",
];

/// Whether a name is what people call a connection, cursor, session or engine.
pub(crate) fn is_connection_name(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    const NAMES: &[&str] = &[
        "c",
        "cur",
        "curs",
        "cursor",
        "con",
        "conn",
        "connection",
        "cxn",
        "db",
        "database",
        "engine",
        "session",
        "pool",
        "client",
        "tx",
        "txn",
        "transaction",
        "bind",
    ];
    NAMES.contains(&name)
        || ["_conn", "_connection", "_cursor", "_db", "_session", "_engine"]
            .iter()
            .any(|end| name.ends_with(end))
}

impl<'a> Interpreter<'_, 'a> {
    /// A method of something that may be a connection or cursor; `None` where it is not one.
    pub(super) fn database_method(
        &mut self,
        site: &Site<'_, 'a>,
        object: &Value<'a>,
        method: &str,
        arguments: &Arguments<'a>,
    ) -> Option<Value<'a>> {
        self.program.as_ref()?;
        let may_be = matches!(
            object,
            Value::Connection
                | Value::Cursor(_)
                | Value::Unknown
                | Value::Object(_)
                | Value::None
                | Value::Instance(_)
        );
        if !may_be {
            return None;
        }
        let certain = matches!(object, Value::Connection | Value::Cursor(_));
        if RUNS.contains(&method) {
            let statement = arguments.value(0, "sql").or_else(|| arguments.value(0, "query"));
            let statement = statement.or_else(|| arguments.value(0, "statement")).cloned();
            let says_sql = match &statement {
                Some(Value::Text(text) | Value::Sql(text)) => certain || looks_like_sql(&text.text),
                Some(_) => certain,
                None => false,
            };
            return says_sql.then(|| self.run_method(site, object, method, arguments, statement));
        }
        match (method, object) {
            (
                "cursor" | "begin" | "connect" | "acquire" | "connection" | "transaction" | "raw_connection",
                _,
            ) if certain || method == "cursor" => {
                Some(if method == "cursor" { new_cursor(Value::Unknown) } else { Value::Connection })
            }
            (
                "fetchone" | "fetchall" | "fetchmany" | "first" | "all" | "one" | "one_or_none" | "scalar"
                | "scalar_one" | "scalar_one_or_none" | "mappings",
                Value::Cursor(state),
            ) => {
                let given = state.borrow().clone();
                Some(self.fetched(&given, method))
            }
            ("close" | "commit" | "rollback", _) if certain => Some(Value::None),
            ("run_sync", _) if certain => None,
            (_, Value::Cursor(_)) => Some(Value::Unknown),
            _ => None,
        }
    }

    fn run_method(
        &mut self,
        site: &Site<'_, 'a>,
        object: &Value<'a>,
        method: &str,
        arguments: &Arguments<'a>,
        statement: Option<Value<'a>>,
    ) -> Value<'a> {
        let span = site.span();
        let text = match statement {
            Some(Value::Text(text) | Value::Sql(text)) => text,
            // What SQLAlchemy makes of models and tables changes rows.
            Some(Value::Object(_)) => return Value::Unknown,
            _ => {
                self.unmodelled(Vec::new(), "SQL that is made at run time", span);
                return Value::Unknown;
            }
        };
        let given = if matches!(method, "executemany" | "execute_many") {
            self.run_many(&text, arguments, span)
        } else {
            let text = self.with_arguments(&text, method, arguments);
            self.run_script(&text, span)
        };
        match method {
            "fetch" | "fetch_all" => self.fetched(&given, "fetchall"),
            "fetchrow" | "fetch_one" => self.fetched(&given, "fetchone"),
            "fetchval" | "fetch_val" | "scalar" => self.fetched(&given, "scalar"),
            "scalars" => Value::Unknown,
            _ => match object {
                Value::Cursor(state) => {
                    *state.borrow_mut() = given;
                    Value::Cursor(state.clone())
                }
                _ => new_cursor(given),
            },
        }
    }

    /// `executemany(sql, rows)`.
    fn run_many(&mut self, text: &Text, arguments: &Arguments<'a>, span: Span) -> Value<'a> {
        let rows = arguments.value(1, "parameters").cloned().and_then(|rows| self.items(&rows));
        match rows {
            Some(rows) if !rows.open && rows.items.len() <= 200 => {
                for row in rows.items.iter() {
                    let text = with_values(text, row);
                    self.run_script(&text, span);
                }
            }
            _ => {
                self.run_script(text, span);
            }
        }
        Value::Unknown
    }

    /// The text with what is known of its parameters put in.
    fn with_arguments(&mut self, text: &Text, method: &str, arguments: &Arguments<'a>) -> Text {
        if arguments.positional.len() < 2 || method == "executescript" {
            return text.clone();
        }
        let rest: Vec<Value<'a>> =
            arguments.positional.iter().skip(1).map(|argument| argument.value.clone()).collect();
        match &rest[..] {
            [only @ (Value::List(_) | Value::Map(_))] => with_values(text, only),
            // asyncpg takes them one by one.
            _ => with_values(text, &Value::list(rest)),
        }
    }

    /// What was given, as a method of the DB-API or of SQLAlchemy's results hands it out.
    pub(super) fn fetched(&mut self, given: &Value<'a>, method: &str) -> Value<'a> {
        let Value::List(rows) = given else { return Value::Unknown };
        let first = match (rows.items.first(), rows.open) {
            (Some(row), _) => row.clone(),
            (None, false) => Value::None,
            (None, true) => Value::Undecided,
        };
        match method {
            "fetchone" | "first" | "one" | "one_or_none" => first,
            "scalar" | "scalar_one" | "scalar_one_or_none" => match first {
                Value::Record(record) => record.values.first().cloned().unwrap_or(Value::Unknown),
                other => other,
            },
            _ => given.clone(),
        }
    }

    /// Runs the statements of a text; what the last of them gives.
    pub(super) fn run_script(&mut self, text: &Text, span: Span) -> Value<'a> {
        if text.text.trim_start().starts_with(HOLE) {
            self.unmodelled(Vec::new(), "SQL whose first word is made at run time", span);
            return Value::Unknown;
        }
        let dialect = self.schema.dialect;
        let pieces: Vec<(usize, &str)> =
            statements(&text.text, dialect).map(|statement| (statement.start, statement.text)).collect();
        let mut given = Value::Unknown;
        for (start, statement) in pieces {
            if !self.step() {
                return Value::Unknown;
            }
            let place = match text.origin {
                Some((file, offset)) => Place::Verbatim { file, offset: offset + start },
                None => Place::Whole(span),
            };
            given = self.run_statement(statement, place);
            if self.raised {
                return Value::Unknown;
            }
        }
        given
    }

    fn run_statement(&mut self, statement: &str, place: Place) -> Value<'a> {
        let head = head_word(statement);
        match &*head {
            "pragma" => self.pragma(statement),
            "select" | "with" | "insert" | "replace" | "update" | "delete" | "show" | "describe"
            | "explain" | "values" => self.run_data(statement, &head),
            _ => {
                let script = read_script(statement, place, self.schema.dialect);
                self.apply(&script.steps);
                Value::list(Vec::new())
            }
        }
    }

    /// A statement on rows.
    fn run_data(&mut self, statement: &str, head: &str) -> Value<'a> {
        let dialect = self.schema.dialect;
        let read = (statement.len() <= MAX_DATA).then(|| read_data(statement, dialect)).flatten();
        let Some(data) = read else {
            self.unverified();
            if head == "show" || head == "describe" {
                return self.shown(statement);
            }
            return Value::Unknown;
        };
        let Some(table) = data.table.clone() else {
            self.unverified();
            return self.catalog(statement);
        };
        if is_catalog(&table) {
            return self.of_catalog(statement, &table, &data);
        }
        if self.refused(&table, &data) {
            return Value::Unknown;
        }
        if !data.understood {
            self.unverified();
        }
        let columns: Vec<Box<str>> = self
            .schema
            .tables
            .get(&table)
            .map(|state| state.columns.iter().map(|column| column.name.clone()).collect())
            .unwrap_or_default();
        let uncertain = self.uncertain > 0;
        let Some(program) = &mut self.program else { return Value::Unknown };
        match data.action {
            Action::Insert(named, Some(rows)) if !uncertain => {
                let named = if named.is_empty() { &columns } else { &named };
                for row in rows {
                    program.rows.insert(&table, named, row.iter().map(of_scalar).collect());
                }
            }
            Action::Insert(..) => program.rows.forget(&table),
            Action::Change => program.rows.disturb(&table),
            Action::Select(selection) => {
                return program.rows.select(&table, &selection, &columns).unwrap_or(Value::Unknown);
            }
        }
        Value::list(Vec::new())
    }

    /// Whether the database refuses a statement on rows, for a table or column that is not there.
    fn refused(&mut self, table: &TableName, data: &DataStatement) -> bool {
        if self.uncertain > 0 {
            return false;
        }
        if self.is_absent(table) {
            self.fail(FailureKind::NoTable, &Missing { table: table.clone(), column: None }, None);
            return true;
        }
        let Some(state) = self.schema.tables.get(table) else { return false };
        if !state.completeness.is_complete() {
            return false;
        }
        const IMPLIED: &[&str] = &[
            "rowid", "oid", "_rowid_", "ctid", "xmin", "xmax", "tableoid", "true", "false", "null",
            "excluded",
        ];
        let renamed: Vec<&str> = match &data.action {
            Action::Select(selection) => selection.items.iter().map(|(name, _)| &**name).collect(),
            _ => Vec::new(),
        };
        let absent = data
            .columns
            .iter()
            .find(|column| state.column(column).is_none() && !IMPLIED.contains(&&***column));
        let Some(column) = absent.filter(|column| {
            // Ordered by an output column; SQLite takes a quoted name that is no column for text.
            let named = data.columns.iter().filter(|other| other == column).count();
            !(named == 1 && renamed.contains(&&***column)) || is_item(data, column)
        }) else {
            return false;
        };
        let missing = Missing { table: table.clone(), column: Some(column.clone()) };
        self.fail(FailureKind::NoColumn, &missing, None);
        true
    }

    fn unverified(&mut self) {
        if let Some(program) = &mut self.program {
            program.unverified += 1;
        }
    }

    /// `PRAGMA name(argument)`, `PRAGMA name = value`.
    fn pragma(&mut self, statement: &str) -> Value<'a> {
        let rest = statement.trim_start().get("pragma".len()..).unwrap_or("").trim();
        let rest = rest.strip_prefix("main.").unwrap_or(rest).trim_end_matches(';');
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (name, argument) = rest.split_at(end);
        let argument = argument.trim().trim_start_matches(['(', '=']).trim_end_matches(')').trim();
        let argument = argument.trim_matches(['"', '\'', '`', '[', ']']);
        match (name.to_ascii_lowercase().as_str(), argument) {
            ("table_info" | "table_xinfo", table) => self.table_info(table),
            (name @ ("user_version" | "application_id"), "") => {
                let kept = self.program.as_ref().and_then(|program| program.pragmas.get(name)).cloned();
                list(vec![record(vec![name.into()], vec![kept.unwrap_or(Value::Int(0))])], false)
            }
            (name @ ("user_version" | "application_id"), value) => {
                let value = match (value.parse(), self.uncertain) {
                    (Ok(number), 0) => Value::Int(number),
                    _ => Value::Unknown,
                };
                if let Some(program) = &mut self.program {
                    program.pragmas.insert(name.into(), value);
                }
                Value::list(Vec::new())
            }
            _ => Value::Unknown,
        }
    }

    /// The columns of a table, as `PRAGMA table_info` lists them.
    fn table_info(&self, table: &str) -> Value<'a> {
        if table.contains(HOLE) {
            return Value::Unknown;
        }
        let table = TableName::new(table);
        let Some(state) = self.schema.tables.get(&table) else {
            return list(Vec::new(), !self.is_absent(&table));
        };
        let names = ["cid", "name", "type", "notnull", "dflt_value", "pk"];
        let records = state.columns.iter().enumerate().map(|(at, column)| {
            let not_null = match column.nullable {
                Known::Is(nullable) => Value::Int(i64::from(!nullable)),
                Known::Unknown(_) => Value::Unknown,
            };
            let default = match &column.server_default {
                Known::Is(None) => Value::None,
                Known::Is(Some(default)) => Value::text(&**default),
                Known::Unknown(_) => Value::Unknown,
            };
            let at = Value::Int(i64::try_from(at).unwrap_or(0));
            let written = Value::text(&*column.written);
            record(
                names.map(Into::into).to_vec(),
                vec![at, Value::text(&*column.name), written, not_null, default, Value::Unknown],
            )
        });
        list(records.collect(), !state.completeness.is_complete())
    }

    /// A query of the catalog of one relation.
    fn of_catalog(&mut self, statement: &str, table: &TableName, data: &DataStatement) -> Value<'a> {
        let Action::Select(selection) = &data.action else { return Value::Unknown };
        if let Some("pragma_table_info") = table.schema.as_deref() {
            let columns = self.table_info(&table.name);
            return self.narrowed(columns, selection);
        }
        let asked = |column: &str| {
            let filter = selection.filter.as_ref()?;
            filter.iter().find(|(name, _)| &**name == column).map(|(_, value)| value.clone())
        };
        let lists = |column: &str| matches!(&selection.items[..], [(_, alignment_sql::Item::Column(first)), ..] if &**first == column);
        match (&*table.name, asked("table_name"), asked("column_name")) {
            // The columns of a table, by name.
            ("columns", Some(alignment_sql::Scalar::Text(name)), None) if lists("column_name") => {
                let info = self.table_info(&name);
                let Value::List(columns) = info else { return Value::Unknown };
                let names: Vec<Box<str>> = selection.items.iter().map(|(name, _)| name.clone()).collect();
                let records = columns.items.iter().map(|column| {
                    let mut values = vec![Value::Unknown; names.len()];
                    if let (Value::Record(column), Some(first)) = (column, values.first_mut()) {
                        *first = column.values.get(1).cloned().unwrap_or(Value::Unknown);
                    }
                    record(names.clone(), values)
                });
                list(records.collect(), columns.open)
            }
            // All tables, by name.
            ("sqlite_master" | "sqlite_schema" | "tables", None, None)
                if lists("name") && asked("name").is_none()
                    || lists("table_name") && asked("table_name").is_none() =>
            {
                let names = self
                    .schema
                    .tables
                    .keys()
                    .map(|table| record(vec!["name".into()], vec![Value::text(&*table.name)]));
                list(names.collect(), true)
            }
            _ => self.catalog(statement),
        }
    }

    /// A query of the catalog that asks whether something is there.
    fn catalog(&mut self, statement: &str) -> Value<'a> {
        let dialect = self.schema.dialect;
        match self.schema.decide(&alignment_sql::returns_row(statement, dialect)) {
            Some(false) => Value::list(Vec::new()),
            Some(true) => {
                let first = self.first_value(statement);
                list(vec![record(vec!["".into()], vec![first])], true)
            }
            None => list(Vec::new(), true),
        }
    }

    /// The columns of a table that meet a condition on their name.
    fn narrowed(&self, columns: Value<'a>, selection: &alignment_sql::Selection) -> Value<'a> {
        let Value::List(columns) = columns else { return Value::Unknown };
        let Some(filter) = &selection.filter else { return Value::Unknown };
        let kept = columns.items.iter().filter(|column| {
            filter.iter().all(|(name, value)| match column {
                Value::Record(column) => {
                    let at = column.names.iter().position(|own| own == name);
                    at.and_then(|at| column.values.get(at))
                        .is_some_and(|own| own.equals(&of_scalar(value)) == Some(true))
                }
                _ => false,
            })
        });
        let kept: Vec<Value<'a>> = kept.cloned().collect();
        if selection.items.iter().any(|(_, item)| item.aggregates()) {
            let count = i64::try_from(kept.len()).unwrap_or(i64::MAX);
            let count = if columns.open && count == 0 { Value::Undecided } else { Value::Int(count) };
            return list(vec![record(vec!["count".into()], vec![count])], false);
        }
        let names: Vec<Box<str>> = selection.items.iter().map(|(name, _)| name.clone()).collect();
        let records = kept.iter().map(|column| {
            let values = selection.items.iter().map(|(_, item)| match (item, column) {
                (alignment_sql::Item::Column(wanted), Value::Record(column)) => {
                    let at = column.names.iter().position(|own| own == wanted);
                    at.and_then(|at| column.values.get(at)).cloned().unwrap_or(Value::Unknown)
                }
                (alignment_sql::Item::Value(value), _) => of_scalar(value),
                _ => Value::Unknown,
            });
            record(names.clone(), values.collect())
        });
        list(records.collect(), columns.open)
    }

    /// MySQL: `SHOW COLUMNS FROM t LIKE 'c'`, `SHOW TABLES LIKE 't'`, `DESCRIBE t`.
    fn shown(&self, statement: &str) -> Value<'a> {
        let words: Vec<&str> = statement
            .split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | ';'))
            .filter(|word| !word.is_empty())
            .collect();
        let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let word = |at: usize| words.get(at).copied().unwrap_or("");
        match &lower[..] {
            ["show", "tables", "like", _] => {
                let there = self.schema.decide(&Condition::TableExists(TableName::new(word(3))));
                existing(there, word(3))
            }
            ["show", "columns" | "fields", "from" | "in", _, "like", _] => {
                let (table, column) = (TableName::new(word(3)), word(5));
                existing(self.schema.decide(&Condition::ColumnExists(table, column.into())), column)
            }
            ["show", "columns" | "fields", "from" | "in", _] => self.fields(word(3)),
            ["describe" | "desc", _] => self.fields(word(1)),
            _ => Value::Unknown,
        }
    }

    fn fields(&self, table: &str) -> Value<'a> {
        let Value::List(columns) = self.table_info(table) else { return Value::Unknown };
        let records = columns.items.iter().filter_map(|column| match column {
            Value::Record(column) => Some(record(vec!["Field".into()], vec![column.values.get(1).cloned()?])),
            _ => None,
        });
        list(records.collect(), columns.open)
    }
}

fn existing<'a>(there: Option<bool>, name: &str) -> Value<'a> {
    match there {
        Some(true) => list(vec![record(vec!["Field".into()], vec![Value::text(name)])], false),
        Some(false) => Value::list(Vec::new()),
        None => list(Vec::new(), true),
    }
}

fn new_cursor<'a>(given: Value<'a>) -> Value<'a> {
    Value::Cursor(Rc::new(RefCell::new(given)))
}

/// Whether an output column is the column of the table itself.
fn is_item(data: &DataStatement, column: &str) -> bool {
    match &data.action {
        Action::Select(selection) => selection
            .items
            .iter()
            .any(|(_, item)| matches!(item, alignment_sql::Item::Column(own) if &**own == column)),
        _ => true,
    }
}

/// Relations of the system catalogs.
fn is_catalog(table: &TableName) -> bool {
    matches!(table.schema.as_deref(), Some("information_schema" | "pg_catalog" | "pragma_table_info"))
        || matches!(&*table.name, "sqlite_master" | "sqlite_schema" | "sqlite_sequence")
        || (table.schema.is_none() && table.name.starts_with("pg_"))
}

fn head_word(statement: &str) -> String {
    let mut rest = statement.trim_start();
    // Comments before the first word.
    loop {
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after).trim_start();
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after).trim_start();
        } else {
            break;
        }
    }
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    rest[..end].to_ascii_lowercase()
}

/// Whether a text starts as a statement of SQL does.
fn looks_like_sql(text: &str) -> bool {
    const HEADS: &[&str] = &[
        "create", "alter", "drop", "insert", "update", "delete", "select", "with", "pragma", "replace",
        "rename", "begin", "commit", "set", "show", "do", "comment", "grant", "truncate", "describe",
    ];
    HEADS.contains(&&*head_word(text))
}

/// SQL with its parameters put in as literals, as far as they are known: `?`, `%s`, `$1`, `:name`, `%(name)s`.
fn with_values(text: &Text, values: &Value<'_>) -> Text {
    let unknown = || format!("'{HOLE}'");
    let literal = |value: Option<&Value<'_>>| match value {
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::None) => "NULL".to_owned(),
        Some(value) => match value.as_text() {
            Some(text) => format!("'{}'", text.replace('\'', "''")),
            None => unknown(),
        },
        None => unknown(),
    };
    let items: &[Value<'_>] = match values {
        Value::List(list) => &list.items,
        _ => &[],
    };
    let named = |name: &str| match values {
        Value::Map(entries) => {
            entries.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
        }
        _ => None,
    };
    let mut out = String::with_capacity(text.text.len());
    let mut rest = &*text.text;
    let mut next = 0;
    let mut quoted = false;
    while let Some(at) = rest.find(['?', '%', '$', ':', '\'']) {
        out.push_str(&rest[..at]);
        let mark = &rest[at..=at];
        let after = &rest[at + 1..];
        let word = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
        rest = after;
        match mark {
            "'" => {
                quoted = !quoted;
                out.push('\'');
            }
            _ if quoted => out.push_str(mark),
            "?" => {
                out.push_str(&literal(items.get(next)));
                next += 1;
            }
            "%" if after.starts_with('s') => {
                out.push_str(&literal(items.get(next)));
                next += 1;
                rest = &after[1..];
            }
            "%" if after.starts_with('(') => {
                let (name, behind) = after[1..].split_once(')').unwrap_or((&after[1..], ""));
                out.push_str(&literal(named(name)));
                rest = behind.get(1..).unwrap_or("");
            }
            "$" if after[..word].parse::<usize>().is_ok() => {
                let at = after[..word].parse::<usize>().unwrap_or(0);
                out.push_str(&literal(at.checked_sub(1).and_then(|at| items.get(at))));
                rest = &after[word..];
            }
            ":" if after.starts_with(':') => {
                out.push_str("::");
                rest = &after[1..];
            }
            ":" if word > 0 && matches!(values, Value::Map(_)) => {
                out.push_str(&literal(named(&after[..word])));
                rest = &after[word..];
            }
            mark => out.push_str(mark),
        }
    }
    out.push_str(rest);
    // What is as it was written stands where it was written.
    if *out == *text.text { text.clone() } else { Text::new(out) }
}
