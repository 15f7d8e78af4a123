//! `Table("name", metadata, Column(...), ...)`: tables that no class maps, tables of `__table__`, and imperative mapping.
//!
//! Rules: SQLAlchemy 2.0, "Describing Databases with MetaData", "Imperative Mapping".

use std::collections::HashSet;

use alignment_model::code::{Call, Expr, ExprKind, Statement};
use alignment_model::entity::{Constraint, TableName};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Known, Span, TextRange};

use crate::python::scope::each_statement;
use crate::python::{Binding, Constant, Names, Target};
use crate::sqlalchemy::At;
use crate::sqlalchemy::columns::{self, ColumnCall};
use crate::sqlalchemy::constraints::table_constraint;

/// A `Table(...)` call.
pub(super) struct TableCall {
    pub(super) name: Known<TableName>,
    /// Its columns: each with its name, place and call.
    pub(super) columns: Vec<(Box<str>, TextRange, ColumnCall)>,
    pub(super) constraints: Vec<Constraint>,
    /// Columns are spread into the call or not understood.
    pub(super) open: bool,
    /// Columns come from the database (`autoload_with=`).
    pub(super) reflected: bool,
    /// The variable that holds it.
    pub(super) variable: Option<DeclarationKey>,
    pub(super) span: Span,
}

/// All tables assigned to module-level or class-level variables, by file and place, then those that functions make.
pub(super) fn collect(names: &Names<'_>) -> Vec<TableCall> {
    let mut out = Vec::new();
    for facts in names.input().facts {
        let Some(scope) = names.module(facts.file) else { continue };
        let mut here = Vec::new();
        for (name, binding) in scope.iter() {
            if let Binding::Variable(assign) = binding
                && let Some(call) = assign.value.as_ref().and_then(Expr::as_call)
            {
                let variable = DeclarationKey { file: facts.file, path: name.into() };
                here.extend(read(At::new(names, facts.file, ""), call, Some(variable)));
            }
        }
        // `Table(...)` on its own still registers with its metadata.
        for statement in &facts.body {
            if let Statement::Expr(Expr { kind: ExprKind::Call(call), .. }) = statement {
                here.extend(read(At::new(names, facts.file, ""), call, None));
            }
        }
        here.sort_by_key(|table| table.span);
        out.extend(here);
    }
    out.extend(in_functions(names));
    out
}

/// Tables that functions make which modules call as they are imported: `users = create_users_table(Base.metadata)`.
fn in_functions(names: &Names<'_>) -> Vec<TableCall> {
    let mut made: Vec<(DeclarationKey, &Call)> = Vec::new();
    for facts in names.input().facts {
        for statement in &facts.body {
            let Statement::Function(function) = statement else { continue };
            each_statement(&function.body, &mut |statement, _| {
                if let Some(call) = own_call(statement)
                    && matches!(&call.callee.kind, ExprKind::Name(name) | ExprKind::Member(_, name) if &**name == "Table")
                {
                    let key = DeclarationKey { file: facts.file, path: function.name.clone() };
                    made.push((key, call));
                }
            });
        }
    }
    if made.is_empty() {
        return Vec::new();
    }
    let makers: HashSet<DeclarationKey> = made.iter().map(|(key, _)| key.clone()).collect();
    let mut called: HashSet<DeclarationKey> = HashSet::new();
    for facts in names.input().facts {
        let at = At::new(names, facts.file, "");
        for call in facts.body.iter().filter_map(own_call) {
            let name = match &call.callee.kind {
                ExprKind::Name(name) | ExprKind::Member(_, name) => name,
                _ => continue,
            };
            // Functions are rarely renamed where they are imported, and most calls are of others.
            if makers.iter().any(|key| key.path == *name)
                && let Target::Function(key, _) = at.resolve(&call.callee)
                && makers.contains(&key)
            {
                called.insert(key);
            }
        }
    }
    let made = made.into_iter().filter(|(key, _)| called.contains(key));
    made.filter_map(|(key, call)| read(At::new(names, key.file, &key.path), call, None)).collect()
}

/// The call that a statement assigns, returns or makes.
fn own_call(statement: &Statement) -> Option<&Call> {
    match statement {
        Statement::Assign(assign) => assign.value.as_ref()?.as_call(),
        Statement::Return(value, _) => value.as_ref()?.as_call(),
        Statement::Expr(expr) => expr.as_call(),
        _ => None,
    }
}

/// Reads a call, if it makes a table.
pub(super) fn read(at: At<'_, '_, '_>, call: &Call, variable: Option<DeclarationKey>) -> Option<TableCall> {
    let path = at.callee(call)?;
    if path != "sqlalchemy.Table" {
        return None;
    }
    let mut positional = call.positional();
    let name = call.keyword("name").or_else(|| positional.next())?;
    let schema = at.text(call, "schema");
    let name = match at.fold(name) {
        Constant::Text(name) => Known::Is(TableName { schema: schema.filter(|s| &**s != "public"), name }),
        Constant::Unknown(why) => Known::Unknown(why),
        _ => Known::Unknown(alignment_model::Why::UnsupportedConstruct),
    };
    let mut table = TableCall {
        name,
        columns: Vec::new(),
        constraints: Vec::new(),
        open: false,
        reflected: ["autoload", "autoload_with"].iter().any(|keyword| call.keyword(keyword).is_some()),
        variable,
        span: call.callee.range.in_file(at.file),
    };
    let mut rest = positional.peekable();
    if call.keyword("metadata").is_none() {
        rest.next_if(|second| !is_schema_item(at, second));
    }
    for argument in rest {
        table.argument(at, argument);
    }
    Some(table)
}

/// Whether an argument is a column or a constraint where the metadata may stand, which `db.Table("t", db.Column(...))` puts in by
/// itself (Flask-SQLAlchemy 3.1, `_make_table_class`: unless the second argument is a `MetaData`).
fn is_schema_item(at: At<'_, '_, '_>, argument: &Expr) -> bool {
    let path = argument.as_call().and_then(|call| at.callee(call));
    path.is_some_and(|path| {
        let is_constraint = path.strip_prefix("sqlalchemy.").is_some_and(|name| name.ends_with("Constraint"));
        columns::is_column(&path) || is_constraint || path == "sqlalchemy.Index"
    })
}

impl TableCall {
    fn argument(&mut self, at: At<'_, '_, '_>, argument: &Expr) {
        let Some(call) = argument.as_call() else {
            self.open = true;
            return;
        };
        let Some(path) = at.callee(call) else {
            self.open = true;
            return;
        };
        if columns::is_column(&path) {
            let column = columns::read(at, call, argument.range);
            match &column.name {
                Some(Known::Is(name)) => self.columns.push((name.clone(), argument.range, column)),
                _ => self.open = true,
            }
            return;
        }
        self.constraints.extend(table_constraint(at, &path, call, &|_| None));
    }
}

/// Classes that code maps onto tables: `mapper_registry.map_imperatively(User, users)`, `mapper(User, users)`. Class and table variable
/// or call, with the place.
pub(super) fn imperative<'a>(names: &Names<'a>) -> Vec<(DeclarationKey, FileId, &'a Call)> {
    let mut out = Vec::new();
    for facts in names.input().facts {
        for call in calls(&facts.body) {
            let at = At::new(names, facts.file, "");
            let mapping = matches!(
                at.callee(call).as_deref(),
                Some("sqlalchemy.orm.registry.map_imperatively" | "sqlalchemy.orm.mapper")
            );
            if !mapping {
                continue;
            }
            if let Some(class) = call.positional().next()
                && let Target::Class(key, _) = at.resolve(class)
            {
                out.push((key, facts.file, call));
            }
        }
    }
    out
}

/// Calls that stand on their own at module level or directly in a function.
fn calls(body: &[Statement]) -> Vec<&Call> {
    fn own(statement: &Statement) -> Option<&Call> {
        match statement {
            Statement::Expr(expr) => expr.as_call(),
            _ => None,
        }
    }
    let mut out: Vec<&Call> = body.iter().filter_map(own).collect();
    for statement in body {
        if let Statement::Function(function) = statement {
            out.extend(function.body.iter().filter_map(own));
        }
    }
    out
}
