//! Questions that a migration asks about the schema, answered by the schema at that point; and SQL that it runs.

use std::rc::Rc;

use alignment_model::entity::{ConstraintKind, TableName};
use alignment_model::schema_change::{Condition, HOLE};
use alignment_model::schema_event::SchemaEventKind;
use alignment_model::{Known, Span, Why};
use alignment_sql::{Place, qualified, read_script};

use super::Interpreter;
use super::calls::{Arguments, Site};
use super::value::{List, Text, Value};
use crate::database::fold::type_name;
use crate::database::notice::Noticed;
use crate::database::schema::{ColumnState, EnumState};
use crate::sqlalchemy::types::{ColumnType, EnumLabels};

impl<'a> Interpreter<'_, 'a> {
    /// A method of SQLAlchemy's inspector.
    pub(super) fn inspect(&mut self, method: &str, arguments: &Arguments<'a>) -> Value<'a> {
        self.asked += 1;
        match method {
            "has_table" => self.has_table(table_argument(arguments, 0, "table_name")),
            "get_table_names" | "get_view_names" => self.table_names(method == "get_view_names"),
            "get_columns" => self.columns_of(&table_argument(arguments, 0, "table_name")),
            "get_indexes" => self.indexes_of(&table_argument(arguments, 0, "table_name")),
            "get_unique_constraints" | "get_foreign_keys" | "get_check_constraints" => {
                self.constraints_of(method, &table_argument(arguments, 0, "table_name"))
            }
            "get_pk_constraint" => self.primary_key_of(&table_argument(arguments, 0, "table_name")),
            "get_enums" => {
                let named = |(name, found): (&TableName, &EnumState)| {
                    let labels = found.labels.iter().map(|label| Value::text(&**label)).collect();
                    entry(vec![("name", Value::text(&*name.name)), ("labels", Value::list(labels))])
                };
                Value::list(self.schema.enums.iter().map(named).collect())
            }
            "get_schema_names" => {
                let others = self.schema.tables.keys().filter_map(|name| name.schema.as_deref());
                let mut names: Vec<&str> = others.chain(["public", "information_schema"]).collect();
                names.sort_unstable();
                names.dedup();
                Value::List(List { items: Rc::new(names.into_iter().map(Value::text).collect()), open: true })
            }
            _ => Value::Unknown,
        }
    }

    fn has_table(&self, table: TableName) -> Value<'a> {
        let known = alignment_model::schema_change::is_known_name(&table.name);
        Value::decided(self.schema.decide(&Condition::TableExists(table)).filter(|_| known))
    }

    fn table_names(&self, views: bool) -> Value<'a> {
        let tables = self.schema.tables.keys().filter(|_| !views);
        let names = tables.chain(self.schema.views.keys().filter(|_| views));
        let names = names.filter(|name| name.schema.is_none()).map(|name| Value::text(&*name.name));
        let mut items: Vec<Value<'a>> = names.collect();
        if !views {
            items.push(Value::text("alembic_version"));
        }
        Value::List(List { items: Rc::new(items), open: self.schema.may_lack_tables })
    }

    fn columns_of(&mut self, table: &TableName) -> Value<'a> {
        let Some(state) = self.schema.tables.get(table) else {
            // SQLAlchemy raises `NoSuchTableError`.
            self.raised |= self.guarded > 0 && !self.schema.may_lack_tables;
            return Value::List(List { items: Rc::default(), open: self.schema.may_lack_tables });
        };
        let columns = state.columns.iter().map(|column| {
            let nullable = column.nullable.is().map_or(Value::Unknown, |nullable| Value::Bool(*nullable));
            let default = match &column.server_default {
                Known::Is(None) => Value::None,
                Known::Is(Some(default)) => Value::text(&**default),
                Known::Unknown(_) => Value::Unknown,
            };
            entry(vec![
                ("name", Value::text(&*column.name)),
                ("type", self.reflected_type(column)),
                ("nullable", nullable),
                ("default", default),
                ("autoincrement", Value::Unknown),
                ("comment", Value::Unknown),
            ])
        });
        let items = Rc::new(columns.collect());
        Value::List(List { items, open: !state.completeness.is_complete() })
    }

    /// A column's type as reflection gives it: a built-in type, or an enumeration with its labels.
    fn reflected_type(&self, column: &ColumnState) -> Value<'a> {
        let Known::Is(sql) = &column.ty else { return Value::Unknown };
        let mut ty = ColumnType::of_sql(column.written.clone(), sql.clone());
        let name = type_name(&sql.base);
        if let Some(found) = self.schema.enums.get(&name) {
            let labels = if found.certain {
                Known::Is(found.labels.clone())
            } else {
                Known::Unknown(Why::DynamicExpression)
            };
            ty.labels = Some(EnumLabels {
                name: Some(name.name),
                schema: name.schema,
                labels,
                class: None,
                native: Known::Is(true),
                created_with_table: false,
                checked: false,
            });
        }
        Value::Type(Rc::new(ty))
    }

    fn indexes_of(&self, table: &TableName) -> Value<'a> {
        let own = self.schema.indexes.iter().filter(|(_, index)| index.table == *table);
        let mut items: Vec<Value<'a>> = own
            .map(|(name, index)| {
                entry(vec![
                    ("name", Value::text(&**name)),
                    ("column_names", texts(&index.columns().unwrap_or_default())),
                    ("unique", Value::Bool(index.unique_columns().is_some())),
                ])
            })
            .collect();
        // Unique constraints appear as indexes, too.
        let constraints =
            self.schema.tables.get(table).map(|state| &state.constraints[..]).unwrap_or_default();
        items.extend(constraints.iter().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::Unique(columns) => Some(entry(vec![
                ("name", Value::text(constraint.name.as_deref()?)),
                ("column_names", texts(columns)),
                ("unique", Value::Bool(true)),
            ])),
            _ => None,
        }));
        Value::list(items)
    }

    fn constraints_of(&self, method: &str, table: &TableName) -> Value<'a> {
        let constraints =
            self.schema.tables.get(table).map(|state| &state.constraints[..]).unwrap_or_default();
        let mut open = !self.schema.tables.contains_key(table) && self.schema.may_lack_tables;
        let mut items = Vec::new();
        for constraint in constraints {
            let name = constraint.name.as_deref().map_or(Value::Unknown, Value::text);
            match (&constraint.kind, method) {
                (ConstraintKind::Unique(columns), "get_unique_constraints") => {
                    items.push(entry(vec![("name", name), ("column_names", texts(columns))]));
                }
                (ConstraintKind::ForeignKey(key), "get_foreign_keys") => items.push(entry(vec![
                    ("name", name),
                    ("constrained_columns", texts(&key.columns)),
                    ("referred_table", Value::text(&*key.target.name)),
                    ("referred_columns", texts(&key.target_columns)),
                ])),
                (ConstraintKind::Check { text, .. }, "get_check_constraints") => {
                    let text = text.is().map_or(Value::Unknown, |text| Value::text(&**text));
                    items.push(entry(vec![("name", name), ("sqltext", text)]));
                }
                (ConstraintKind::Other | ConstraintKind::Exclusion(_), _) => open = true,
                _ => {}
            }
        }
        Value::List(List { items: Rc::new(items), open })
    }

    fn primary_key_of(&self, table: &TableName) -> Value<'a> {
        let constraints =
            self.schema.tables.get(table).map(|state| &state.constraints[..]).unwrap_or_default();
        let primary = constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(columns) => Some((constraint, columns)),
            _ => None,
        });
        let name =
            primary.and_then(|(constraint, _)| constraint.name.as_deref()).map_or(Value::None, Value::text);
        let columns = primary.map_or(Value::list(Vec::new()), |(_, columns)| texts(columns));
        entry(vec![("name", name), ("constrained_columns", columns)])
    }

    /// A method of a connection, session or migration context.
    pub(super) fn connection_method(
        &mut self,
        site: &Site<'_, 'a>,
        method: &str,
        arguments: &Arguments<'a>,
    ) -> Value<'a> {
        match method {
            "execute" | "exec_driver_sql" | "scalar" | "scalars" => {
                let result = self.execute(site, arguments);
                match (result, method) {
                    (Value::Rows(query), "scalar") => self.first_value(&query),
                    (result, _) => result,
                }
            }
            // Dialect.has_table(connection, name).
            "has_table" => {
                self.asked += 1;
                let at = usize::from(arguments.positional.len() > 1);
                self.has_table(table_argument(arguments, at, "table_name"))
            }
            "connect" | "begin" | "begin_nested" | "execution_options" | "get_bind" | "connection"
            | "bind" | "__enter__" => Value::Connection,
            "run_sync" | "run_callable" => {
                let function = arguments.value(0, "fn").cloned();
                match function {
                    Some(Value::Function(function)) => {
                        let mut passed = Arguments::default();
                        let connection = super::calls::Argument { value: Value::Connection, expr: None };
                        passed.positional.push(connection);
                        self.call_function(&function, passed)
                    }
                    _ => Value::Unknown,
                }
            }
            _ => {
                self.schema.step.changes_any_rows();
                Value::object("sqlalchemy.engine")
            }
        }
    }

    /// SQL that is run: a query gives rows, anything else changes the schema or data.
    pub(super) fn execute(&mut self, site: &Site<'_, 'a>, arguments: &Arguments<'a>) -> Value<'a> {
        let Some(argument) = arguments.get(0, "sqltext").or_else(|| arguments.keyword("statement")) else {
            return Value::Unknown;
        };
        let text = match &argument.value {
            Value::Text(text) | Value::Sql(text) => text.clone(),
            // `op.execute(open(path).read())` where only the path is known.
            Value::List(list) => {
                for item in list.items.iter() {
                    if let Value::Text(text) | Value::Sql(text) = item {
                        self.run_sql(text, site.span());
                    }
                }
                return Value::None;
            }
            Value::Object(path) if changes_rows(path) => {
                self.schema.step.changes_any_rows();
                return Value::object("sqlalchemy.engine.Result");
            }
            Value::None | Value::Table(_) => return Value::None,
            _ => {
                self.unmodelled(Vec::new(), "SQL that is made at run time", site.span());
                return Value::Unknown;
            }
        };
        let parameters = arguments.value(1, "parameters").or_else(|| arguments.value(1, "params"));
        let text = match parameters {
            Some(Value::Map(entries)) => with_parameters(&text, entries),
            _ => text,
        };
        if is_query(&text.text) {
            match asks_the_catalog(&text.text) {
                true => self.asked += 1,
                false => self.schema.step.looks_at_rows(),
            }
            return Value::Rows(text.text);
        }
        self.run_sql(&text, site.span());
        Value::object("sqlalchemy.engine.Result")
    }

    /// Folds what SQL text changes into the schema.
    pub(super) fn run_sql(&mut self, text: &Text, span: Span) {
        if text.text.trim_start().starts_with(HOLE) {
            return self.unmodelled(Vec::new(), "SQL whose first word is made at run time", span);
        }
        let place = match text.origin {
            Some((file, offset)) => Place::Verbatim { file, offset },
            None => Place::Whole(span),
        };
        let script = read_script(&text.text, place, self.schema.dialect);
        self.apply(&script.steps);
    }

    pub(super) fn rows_method(&mut self, query: &Rc<str>, method: &str) -> Value<'a> {
        match method {
            "fetchone" | "first" | "one_or_none" | "one" => Value::Row(query.clone()),
            "scalar" | "scalar_one_or_none" | "scalar_one" => self.first_value(query),
            "fetchall" | "all" | "mappings" | "scalars" | "unique" => Value::Rows(query.clone()),
            _ => Value::Unknown,
        }
    }

    /// Whether a query of the catalog returns a row now.
    pub(super) fn returns_row(&self, query: &str) -> Option<bool> {
        self.schema.decide(&alignment_sql::returns_row(query, self.schema.dialect))
    }

    /// The first value that a query of the catalog returns, as far as it is asked for truth.
    pub(super) fn first_value(&self, query: &str) -> Value<'a> {
        match self.schema.decide(&alignment_sql::first_value(query, self.schema.dialect)) {
            Some(true) => Value::Int(1),
            Some(false) if is_count(query) => Value::Int(0),
            Some(false) => Value::None,
            None => Value::Undecided,
        }
    }

    /// `metadata.create_all()`: tables as the models say now, not as this revision does.
    pub(super) fn metadata_method(&mut self, site: &Site<'_, 'a>, method: &str) -> Value<'a> {
        match method {
            "create_all" | "create" => {
                let revision = self.revision.clone();
                let at = Noticed {
                    revision: Some(&revision),
                    table: None,
                    column: None,
                    span: site.span(),
                    other: None,
                };
                self.schema.notice(SchemaEventKind::SelfReferential, at);
                self.schema.may_lack_tables = true;
            }
            "drop_all" | "drop" => self.unmodelled(Vec::new(), "`drop_all` of a metadata", site.span()),
            _ => {}
        }
        Value::object("sqlalchemy.MetaData")
    }
}

/// A table named by an argument, with its `schema` keyword.
pub(super) fn table_argument(arguments: &Arguments<'_>, position: usize, keyword: &str) -> TableName {
    let name = arguments.text(position, keyword).unwrap_or_else(|| HOLE.to_string().into());
    let schema = match arguments.keyword("schema").map(|argument| &argument.value) {
        None | Some(Value::None) => None,
        Some(value) => Some(value.as_text().map_or_else(|| HOLE.to_string().into(), Into::into)),
    };
    qualified(schema, name)
}

/// A dictionary with text keys.
fn entry<'a>(pairs: Vec<(&str, Value<'a>)>) -> Value<'a> {
    Value::Map(Rc::new(pairs.into_iter().map(|(key, value)| (Value::text(key), value)).collect()))
}

fn texts<'a>(names: &[Box<str>]) -> Value<'a> {
    Value::list(names.iter().map(|name| Value::text(&**name)).collect())
}

fn is_query(text: &str) -> bool {
    let head = text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    ["select", "with", "show"].iter().any(|word| head.eq_ignore_ascii_case(word))
}

/// Whether a query asks what the database has, as against what is in it.
fn asks_the_catalog(query: &str) -> bool {
    let query = query.to_ascii_lowercase();
    ["information_schema", "pg_", "to_regclass", "sqlite_master", "pragma"]
        .iter()
        .any(|word| query.contains(word))
}

fn is_count(query: &str) -> bool {
    query.to_ascii_lowercase().contains("count(")
}

/// Whether something that SQLAlchemy makes reads or changes data, rather than defining something. What other packages make may be
/// any text.
fn changes_rows(path: &str) -> bool {
    let package = path.split('.').next().unwrap_or(path);
    let last = path.rsplit('.').next().unwrap_or(path);
    let defines = ["Create", "Drop", "DDL", "Alter", "Add"].iter().any(|prefix| last.starts_with(prefix))
        && !matches!(last, "CreateSequence" | "DropSequence" | "CreateSchema");
    matches!(package, "sqlalchemy" | "sqlmodel" | "flask_sqlalchemy") && !defines
}

/// A query with its named parameters put in as literals.
pub(super) fn with_parameters<'a>(text: &Text, entries: &[(Value<'a>, Value<'a>)]) -> Text {
    let mut out = String::with_capacity(text.text.len());
    let mut rest = &*text.text;
    while let Some(at) = rest.find(':') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(':') {
            out.push_str("::");
            rest = after;
            continue;
        }
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let value = entries.iter().find(|(key, _)| length > 0 && key.as_text() == Some(&rest[..length]));
        match value.map(|(_, value)| value) {
            Some(Value::Int(number)) => out.push_str(&number.to_string()),
            Some(value) if value.as_text().is_some() => {
                out.push_str(&format!("'{}'", value.as_text().unwrap_or_default().replace('\'', "''")));
            }
            _ => {
                out.push(':');
                continue;
            }
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    Text::new(out)
}
