//! `op.*` and `batch_op.*` -> schema changes.
//!
//! Source: Alembic 1.17, "Operation Reference" (`alembic.operations.Operations`, `BatchOperations`), whose parameter names are the
//! keywords here.

use std::rc::Rc;

use alignment_model::database::Index;
use alignment_model::entity::{Constraint, ConstraintKind, ConstraintTerms, ForeignKey, TableName};
use alignment_model::schema_change::{ChangeKind, HOLE, is_known_table};
use alignment_model::{Known, Why};
use alignment_sql::qualified;

use super::Interpreter;
use super::calls::{Arguments, Site};
use super::indexes::operator_classes;
use super::inspection::table_argument;
use super::value::{Text, Value};
use crate::sqlalchemy::constraints;
use crate::sqlalchemy::naming::{sort_of_type, truncated};

/// Operations that change no table: data, comments, and objects of their own.
const WITHOUT_EFFECT: &[&str] = &[
    "bulk_insert",
    "create_table_comment",
    "drop_table_comment",
    "inline_literal",
    "create_entity",
    "drop_entity",
    "replace_entity",
    "run_async",
];

impl<'a> Interpreter<'_, 'a> {
    /// `op.function(...)`.
    pub(super) fn operation(
        &mut self,
        site: &Site<'_, 'a>,
        function: &str,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        match function {
            "f" => return final_name(&arguments),
            "get_bind" | "get_context" => return Value::Connection,
            "execute" => return self.execute(site, &arguments),
            "batch_alter_table" => return Value::Batch(table_argument(&arguments, 0, "table_name")),
            "create_table" => return self.create_table(site, &arguments),
            "rename_table" => {
                let from = table_argument(&arguments, 0, "old_table_name");
                let to = arguments.text(1, "new_table_name").unwrap_or_else(hole);
                self.change(ChangeKind::RenameTable { from, to }, site.span());
            }
            "drop_table" => {
                let table = table_argument(&arguments, 0, "table_name");
                let if_exists = flag(&arguments, "if_exists");
                self.change(ChangeKind::DropTable { table, if_exists, cascade: false }, site.span());
            }
            _ if WITHOUT_EFFECT.contains(&function) => {}
            // Named after what they make: the table is the first or the second argument.
            "create_index" => {
                let table = table_argument(&arguments, 1, "table_name");
                self.create_index(site, table, &arguments, 2);
            }
            "drop_index" => self.drop_index(site, &arguments),
            "create_foreign_key" => {
                let schema = arguments.text(usize::MAX, "source_schema");
                let table = arguments.text(1, "source_table").unwrap_or_else(hole);
                self.create_foreign_key(site, qualified(schema, table), &arguments, 2);
            }
            "create_unique_constraint"
            | "create_primary_key"
            | "create_check_constraint"
            | "create_exclude_constraint" => {
                let table = table_argument(&arguments, 1, "table_name");
                self.create_constraint(site, function, table, &arguments, 2);
            }
            "drop_constraint" => {
                let table = table_argument(&arguments, 1, "table_name");
                self.drop_constraint(site, table, &arguments);
            }
            "add_column" => {
                let table = table_argument(&arguments, 0, "table_name");
                self.add_column(site, &table, &arguments, 1);
            }
            "drop_column" => {
                let table = table_argument(&arguments, 0, "table_name");
                self.drop_column(site, table, &arguments, 1);
            }
            "alter_column" => {
                let table = table_argument(&arguments, 0, "table_name");
                self.alter_column(site, table, &arguments, 1);
            }
            "sync_enum_values" => self.sync_enum_values(site, &arguments),
            other => self.unknown_operation(site, other, &arguments),
        }
        Value::None
    }

    /// `op.sync_enum_values(schema, name, labels, columns)` of alembic-postgresql-enum 1.x ("Usage"): the type is made anew.
    fn sync_enum_values(&mut self, site: &Site<'_, 'a>, arguments: &Arguments<'a>) {
        let name = arguments.text(1, "enum_name").unwrap_or_else(hole);
        let name = qualified(arguments.text(0, "enum_schema"), name);
        let Some(labels) = arguments.value(2, "new_values").and_then(plain_texts) else {
            return self.unknown_operation(site, "sync_enum_values", arguments);
        };
        self.change(ChangeKind::DropType { name: name.clone(), if_exists: true }, site.span());
        self.change(ChangeKind::CreateEnum { name, labels, if_not_exists: false }, site.span());
    }

    /// `batch_op.function(...)`: the table is that of the batch.
    pub(super) fn batch_operation(
        &mut self,
        site: &Site<'_, 'a>,
        table: &TableName,
        function: &str,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        let table = table.clone();
        match function {
            "f" => return final_name(&arguments),
            "get_bind" | "get_context" => return Value::Connection,
            "execute" => return self.execute(site, &arguments),
            "create_index" => self.create_index(site, table, &arguments, 1),
            "drop_index" => self.drop_index(site, &arguments),
            "create_foreign_key" => self.create_foreign_key(site, table, &arguments, 1),
            "create_unique_constraint"
            | "create_primary_key"
            | "create_check_constraint"
            | "create_exclude_constraint" => {
                self.create_constraint(site, function, table, &arguments, 1);
            }
            "drop_constraint" => self.drop_constraint(site, table, &arguments),
            "add_column" => self.add_column(site, &table, &arguments, 0),
            "drop_column" => self.drop_column(site, table, &arguments, 0),
            "alter_column" => self.alter_column(site, table, &arguments, 0),
            _ if WITHOUT_EFFECT.contains(&function) => {}
            other => self.unknown_operation(site, other, &arguments),
        }
        Value::None
    }

    /// An operation of a plugin: the tables it names may have changed.
    fn unknown_operation(&mut self, site: &Site<'_, 'a>, function: &str, arguments: &Arguments<'a>) {
        let given =
            arguments.positional.iter().chain(arguments.keywords.iter().map(|(_, argument)| argument));
        let texts = given.filter_map(|argument| argument.value.as_text());
        let tables: Vec<TableName> =
            texts.map(TableName::new).filter(|table| self.schema.tables.contains_key(table)).collect();
        self.unmodelled(tables, &format!("`op.{function}`"), site.span());
    }

    fn create_table(&mut self, site: &Site<'_, 'a>, arguments: &Arguments<'a>) -> Value<'a> {
        let table = table_argument(arguments, 0, "table_name");
        let if_not_exists = flag(arguments, "if_not_exists");
        let (create, indexes) = self.table_of(table, arguments, 1, site.span());
        let create = Rc::new(create);
        let mut owned = (*create).clone();
        owned.if_not_exists = if_not_exists;
        self.change(ChangeKind::CreateTable(Box::new(owned)), site.span());
        for index in indexes {
            self.change(index, site.span());
        }
        Value::Table(create)
    }

    pub(super) fn table_method(
        &mut self,
        site: &Site<'_, 'a>,
        table: &Rc<alignment_model::schema_change::CreateTable>,
        method: &str,
        arguments: &Arguments<'a>,
    ) -> Value<'a> {
        // Not given, it is false (SQLAlchemy 2.0, `Table.create`).
        let checkfirst = arguments.value(1, "checkfirst").is_some_and(|value| value.as_bool() == Some(true));
        match method {
            "create" => {
                let mut create = (**table).clone();
                create.if_not_exists = checkfirst;
                self.change(ChangeKind::CreateTable(Box::new(create)), site.span());
                Value::None
            }
            "drop" => {
                let table = table.table.clone();
                self.change(ChangeKind::DropTable { table, if_exists: true, cascade: false }, site.span());
                Value::None
            }
            _ => Value::object("sqlalchemy.sql"),
        }
    }

    fn add_column(&mut self, site: &Site<'_, 'a>, table: &TableName, arguments: &Arguments<'a>, at: usize) {
        let Some(Value::Column(column)) = arguments.value(at, "column").cloned() else {
            let tables = if is_known_table(table) { vec![table.clone()] } else { Vec::new() };
            return self.unmodelled(tables, "a column that is made at run time", site.span());
        };
        let if_not_exists = flag(arguments, "if_not_exists");
        for change in self.added_column(table, &column, if_not_exists) {
            self.change(change, site.span());
        }
    }

    fn drop_column(&mut self, site: &Site<'_, 'a>, table: TableName, arguments: &Arguments<'a>, at: usize) {
        let column = arguments.text(at, "column_name").unwrap_or_else(hole);
        let if_exists = flag(arguments, "if_exists");
        self.change(ChangeKind::DropColumn { table, column, if_exists, cascade: false }, site.span());
    }

    fn alter_column(&mut self, site: &Site<'_, 'a>, table: TableName, arguments: &Arguments<'a>, at: usize) {
        let column = arguments.text(at, "column_name").unwrap_or_else(hole);
        let given = |keyword: &str| arguments.keyword(keyword);
        let nullable = given("nullable").and_then(|argument| match &argument.value {
            Value::None => None,
            value => Some(value.as_bool().map_or(Known::Unknown(Why::DynamicExpression), Known::Is)),
        });
        let server_default = match given("server_default") {
            // `False` stands for "not given".
            Some(argument) if matches!(argument.value, Value::Bool(false)) => None,
            Some(argument) => Some(self.server_default(site.frame, argument)),
            None => None,
        };
        let generated = given("server_default").and_then(|argument| self.generated(site.frame, argument));
        let ty = given("type_").cloned().map(|argument| self.argument_type(site.frame, &argument));
        let labels = ty.as_ref().and_then(|ty| ty.labels.clone());
        let change = ChangeKind::AlterColumn {
            table,
            column,
            ty: ty.map(|ty| ty.sql),
            nullable,
            server_default: if generated.is_some() { None } else { server_default },
            generated,
            rename: arguments
                .text(usize::MAX, "new_column_name")
                .or_else(|| arguments.text(usize::MAX, "name")),
        };
        // A native enumeration must exist; where it was not said to be made, its labels are known from here.
        if let Some(labels) = labels {
            self.declare_labels(&labels, site.span());
        }
        self.change(change, site.span());
    }

    fn create_index(&mut self, site: &Site<'_, 'a>, table: TableName, arguments: &Arguments<'a>, at: usize) {
        let name = arguments.text(0, "index_name");
        let keys = arguments.value(at, "columns").cloned();
        let keys = keys.map_or(Known::Unknown(Why::NotStated), |keys| self.index_keys(&keys));
        let keys = operator_classes(keys, arguments);
        let is_final = arguments.is_final(0, "index_name");
        let index = Index { keys, ..self.index_options(arguments, name, table, site.span()) };
        let index = match index.name.as_deref().filter(|_| is_final).map(truncated) {
            Some(name) => Index { name: Some(name), ..index },
            None => self.named_index(index),
        };
        let if_not_exists = flag(arguments, "if_not_exists");
        self.change(ChangeKind::CreateIndex { index: Box::new(index), if_not_exists }, site.span());
    }

    fn drop_index(&mut self, site: &Site<'_, 'a>, arguments: &Arguments<'a>) {
        let is_final = arguments.is_final(0, "index_name");
        let name = arguments.text(0, "index_name");
        if let Some(name) = name.map(|name| if is_final { truncated(&name) } else { name }) {
            self.change(ChangeKind::DropIndex { name }, site.span());
        }
    }

    fn create_foreign_key(
        &mut self,
        site: &Site<'_, 'a>,
        table: TableName,
        arguments: &Arguments<'a>,
        at: usize,
    ) {
        let target = arguments.text(at, "referent_table").unwrap_or_else(hole);
        let schema = arguments.text(usize::MAX, "referent_schema");
        let action = |keyword: &str| {
            let action = arguments.text(usize::MAX, keyword)?.to_uppercase();
            (action != "NO ACTION").then(|| action.into())
        };
        let columns = arguments.value(at + 1, "local_cols").and_then(plain_texts);
        let target_columns = arguments.value(at + 2, "remote_cols").and_then(plain_texts);
        let kind = match (columns, target_columns) {
            (Some(columns), Some(target_columns)) if !target.contains(HOLE) => {
                ConstraintKind::ForeignKey(ForeignKey {
                    columns,
                    target: qualified(schema, target),
                    target_columns,
                    on_delete: action("ondelete"),
                    on_update: action("onupdate"),
                })
            }
            _ => ConstraintKind::Other,
        };
        self.add_constraint(site, table, arguments, kind);
    }

    fn create_constraint(
        &mut self,
        site: &Site<'_, 'a>,
        function: &str,
        table: TableName,
        arguments: &Arguments<'a>,
        at: usize,
    ) {
        let columns = || arguments.value(at, "columns").and_then(plain_texts);
        let kind = match function {
            "create_unique_constraint" => columns().map(ConstraintKind::Unique),
            "create_primary_key" => columns().map(ConstraintKind::PrimaryKey),
            "create_check_constraint" => arguments.get(at, "condition").map(|condition| {
                let locals = site.frame.locals();
                match (condition.expr, condition.value.as_text()) {
                    (_, Some(text)) => check_of_text(text),
                    (Some(expr), None) => constraints::check(self.at(site.frame, &locals), expr, &|_| None),
                    _ => ConstraintKind::Other,
                }
            }),
            _ => None,
        };
        self.add_constraint(site, table, arguments, kind.unwrap_or(ConstraintKind::Other));
    }

    fn add_constraint(
        &mut self,
        site: &Site<'_, 'a>,
        table: TableName,
        arguments: &Arguments<'a>,
        kind: ConstraintKind,
    ) {
        let terms = terms(arguments);
        let constraint = Constraint::new(arguments.text(0, "constraint_name"), kind, site.span());
        let is_final = arguments.is_final(0, "constraint_name");
        let constraint = self.named(&table, Constraint { terms, ..constraint }, is_final);
        self.change(ChangeKind::AddConstraint { table, constraint }, site.span());
    }

    fn drop_constraint(&mut self, site: &Site<'_, 'a>, table: TableName, arguments: &Arguments<'a>) {
        let name = arguments.text(0, "constraint_name").unwrap_or_else(hole);
        let if_exists = flag(arguments, "if_exists");
        let type_ = arguments.text(2, "type_").or_else(|| arguments.text(usize::MAX, "type"));
        let sort = type_.as_deref().and_then(sort_of_type);
        let name = match (arguments.is_final(0, "constraint_name"), type_) {
            (true, _) => truncated(&name),
            (false, Some(type_)) => self.naming.dropped(&table, &type_, &name).unwrap_or(name),
            (false, None) => name,
        };
        self.change(ChangeKind::DropConstraint { table, name, sort, if_exists }, site.span());
    }
}

/// `op.f(name)`: no naming convention changes it any more.
fn final_name<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    match arguments.value(0, "name") {
        Some(Value::Text(text)) => Value::Text(Text { is_final: true, ..text.clone() }),
        other => other.cloned().unwrap_or(Value::Unknown),
    }
}

/// On what terms a constraint holds (Alembic passes `deferrable`, `initially` and the dialect's keywords on to SQLAlchemy).
pub(super) fn terms(arguments: &Arguments<'_>) -> ConstraintTerms {
    let initially = arguments.text(usize::MAX, "initially");
    let initially_deferred = initially.is_some_and(|word| word.eq_ignore_ascii_case("deferred"));
    ConstraintTerms {
        deferrable: initially_deferred || flag(arguments, "deferrable"),
        initially_deferred,
        nulls_not_distinct: flag(arguments, "postgresql_nulls_not_distinct"),
        not_valid: flag(arguments, "postgresql_not_valid"),
    }
}

/// A keyword that is known to be true.
fn flag(arguments: &Arguments<'_>, keyword: &str) -> bool {
    arguments.keyword(keyword).is_some_and(|argument| argument.value.as_bool() == Some(true))
}

fn hole() -> Box<str> {
    HOLE.to_string().into()
}

/// A list of texts, where all are known.
fn plain_texts(value: &Value<'_>) -> Option<Vec<Box<str>>> {
    match value {
        Value::List(list) if !list.open => list
            .items
            .iter()
            .map(|item| item.as_text().filter(|text| !text.contains(HOLE)).map(Into::into))
            .collect(),
        _ => None,
    }
}

fn check_of_text(text: &str) -> ConstraintKind {
    if text.contains(HOLE) {
        return ConstraintKind::Check { text: Known::Unknown(Why::DynamicExpression), values: None };
    }
    let values = alignment_sql::value_set_of_text(text, alignment_sql::Dialect::PostgreSql);
    ConstraintKind::Check { text: Known::Is(text.into()), values }
}
