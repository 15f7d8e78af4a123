//! DDL that TypeScript runs: constant statements in the functions that set a database up, in modules that are named after that, or
//! when a module is loaded.
//!
//! Statements run in the order in which they are written. What stands under a condition, in a handler or in a loop over
//! anything but a constant list is uncertain. Deliberately absent: functions inlined with arguments, and texts with holes in
//! the place of a name.

use std::collections::BTreeMap;

use alignment_model::code::{Call, Expr, ExprKind, FileFacts, Function, Language, Statement};
use alignment_model::schema_change::HOLE;
use alignment_model::shape::Value;
use alignment_model::{FileId, Span};
use alignment_sql::{Dialect, Place, read_script};

use super::carriers::{is_entry_name, may_say_ddl};
use crate::Input;
use crate::database::fold::Origin;
use crate::database::schema::Schema;
use crate::typescript::constants::{Constant, Piece, definition, fold};
use crate::typescript::names::Names;

/// Statements inside statements, calls inside calls.
const MAX_DEPTH: usize = 48;
/// Statements of SQL that one file may run.
const MAX_STATEMENTS: usize = 5_000;

/// Methods and tags that run a text of SQL.
const RUNS: &[&str] = &[
    "exec",
    "execute",
    "execAsync",
    "execSync",
    "executeSql",
    "executeMultiple",
    "prepare",
    "query",
    "run",
    "runAsync",
    "unsafe",
    "raw",
    "sql",
    "$executeRawUnsafe",
    "$executeRaw",
    "none",
];

/// What the TypeScript of one folder makes.
pub(super) struct FolderRun {
    pub(super) schema: Schema,
    /// Files in the order in which they change something.
    pub(super) files: Vec<FileId>,
    /// Something is altered or dropped.
    pub(super) alters: bool,
}

/// Follows the TypeScript files that run DDL, folder by folder.
pub(super) fn runs(input: Input<'_>, is_candidate: &dyn Fn(FileId) -> bool) -> Vec<FolderRun> {
    let says = |facts: &&FileFacts| {
        facts.language != Language::Python
            && is_candidate(facts.file)
            && may_say_ddl(input.sources.text(facts.file))
    };
    let files: Vec<&FileFacts> = input.facts.iter().filter(says).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let names = Names::new(input);
    let mut folders: BTreeMap<&str, Vec<&FileFacts>> = BTreeMap::new();
    for facts in files {
        let path = input.sources.path(facts.file);
        folders.entry(path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default().push(facts);
    }
    let followed = folders.into_values().filter_map(|mut files| {
        // What declares comes before what changes.
        files.sort_by_key(|facts| (stem(input, facts.file).contains("migrat"), facts.file));
        let dialect = super::dialect::of(input, &files.iter().map(|facts| facts.file).collect());
        let mut runner = Runner {
            names: &names,
            schema: Schema::new(dialect),
            dialect,
            files: Vec::new(),
            alters: false,
            uncertain: false,
            statements: 0,
            bound: Vec::new(),
        };
        for facts in files {
            let named = is_setup_module(stem(input, facts.file));
            runner.module(facts.file, &facts.body, named);
        }
        let Runner { schema, files, alters, .. } = runner;
        let made = schema.tables.values().any(|table| !table.assumed);
        made.then_some(FolderRun { schema, files, alters })
    });
    followed.collect()
}

fn stem<'s>(input: Input<'s>, file: FileId) -> &'s str {
    let path = input.sources.path(file);
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

fn is_setup_module(stem: &str) -> bool {
    is_entry_name(stem) || matches!(stem, "db" | "database" | "sqlite" | "ddl")
}

/// Follows one folder.
struct Runner<'n, 'a> {
    names: &'n Names<'a>,
    schema: Schema,
    dialect: Dialect,
    files: Vec<FileId>,
    alters: bool,
    uncertain: bool,
    statements: usize,
    /// Variables of loops over constant lists.
    bound: Vec<(&'a str, Text)>,
}

/// A text and where it stands as it is.
#[derive(Clone)]
struct Text {
    text: String,
    place: Option<(FileId, usize)>,
}

impl<'a> Runner<'_, 'a> {
    /// What a module runs when it is loaded, and what its functions do that set the database up.
    fn module(&mut self, file: FileId, body: &'a [Statement], named: bool) {
        for statement in body {
            self.statement(file, statement, 0);
            self.functions(file, statement, named, 0);
        }
    }

    /// Functions of the module and methods of its classes that set the database up.
    fn functions(&mut self, file: FileId, statement: &'a Statement, named: bool, depth: usize) {
        match statement {
            Statement::Function(function) => self.function(file, &function.name, function, named),
            Statement::Assign(assign) => {
                if let Some(Expr { kind: ExprKind::Function(function), .. }) = &assign.value {
                    let name = assign.target.as_name().unwrap_or_default();
                    self.function(file, name, function, named);
                }
            }
            Statement::Class(class) if depth < MAX_DEPTH => {
                for member in &class.body {
                    self.functions(file, member, named, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn function(&mut self, file: FileId, name: &str, function: &'a Function, named: bool) {
        if named || is_entry_name(name) {
            self.block(file, &function.body, 0);
        }
    }

    fn block(&mut self, file: FileId, body: &'a [Statement], depth: usize) {
        if depth < MAX_DEPTH {
            body.iter().for_each(|statement| self.statement(file, statement, depth + 1));
        }
    }

    fn statement(&mut self, file: FileId, statement: &'a Statement, depth: usize) {
        match statement {
            Statement::Expr(expr) | Statement::Return(Some(expr), _) => self.expr(file, expr, depth),
            Statement::Assign(assign) => match &assign.value {
                Some(Expr { kind: ExprKind::Function(_), .. }) | None => {}
                Some(value) => self.expr(file, value, depth),
            },
            Statement::If(branch) => {
                self.expr(file, &branch.test, depth);
                self.uncertainly(file, &branch.then, depth);
                self.uncertainly(file, &branch.otherwise, depth);
            }
            Statement::For(each) => match fold(self.names, file, &each.iterable) {
                Constant::List(_) => {
                    let items = self.items(file, &each.iterable);
                    self.each(file, each.target.as_name(), items, &each.body, depth);
                }
                _ => self.uncertainly(file, &each.body, depth),
            },
            Statement::While(block) => self.uncertainly(file, &block.body, depth),
            Statement::Try(attempt) => {
                self.block(file, &attempt.body, depth);
                for (_, handler) in &attempt.handlers {
                    self.uncertainly(file, handler, depth);
                }
                self.block(file, &attempt.finally, depth);
            }
            _ => {}
        }
    }

    fn uncertainly(&mut self, file: FileId, body: &'a [Statement], depth: usize) {
        let before = std::mem::replace(&mut self.uncertain, true);
        self.block(file, body, depth);
        self.uncertain = before;
    }

    fn each(
        &mut self,
        file: FileId,
        name: Option<&'a str>,
        items: Vec<Text>,
        body: &'a [Statement],
        depth: usize,
    ) {
        let Some(name) = name else { return self.uncertainly(file, body, depth) };
        for item in items {
            if self.statements >= MAX_STATEMENTS {
                return;
            }
            self.bound.push((name, item));
            self.block(file, body, depth);
            self.bound.pop();
        }
    }

    /// Runs what stands in an expression, what is inside first.
    fn expr(&mut self, file: FileId, expr: &'a Expr, depth: usize) {
        if depth >= MAX_DEPTH {
            return;
        }
        match &expr.kind {
            ExprKind::Await(inner) | ExprKind::Member(inner, _) | ExprKind::Unary(_, inner) => {
                self.expr(file, inner, depth + 1);
            }
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(file, item, depth + 1)),
            ExprKind::Call(call) => self.call(file, call, expr, depth),
            _ => {}
        }
    }

    fn call(&mut self, file: FileId, call: &'a Call, expr: &'a Expr, depth: usize) {
        self.expr(file, &call.callee, depth + 1);
        let (object, method) = match &call.callee.kind {
            ExprKind::Member(object, name) => (Some(&**object), &**name),
            ExprKind::Name(name) => (None, &**name),
            _ => (None, ""),
        };
        let first = call.positional().next();
        if let (Some(object), "forEach" | "map", Some(ExprKind::Function(callback))) =
            (object, method, first.map(|first| &first.kind))
        {
            let items = self.items(file, object);
            let name = callback.parameters.first().map(|parameter| &*parameter.name);
            return self.each(file, name, items, &callback.body, depth + 1);
        }
        if RUNS.contains(&method)
            && let Some(text) = first.and_then(|first| self.text(file, first))
        {
            self.run(&text, expr.range.in_file(file));
        }
        for argument in call.positional() {
            match &argument.kind {
                ExprKind::Function(callback) => self.block(file, &callback.body, depth + 1),
                _ => self.expr(file, argument, depth + 1),
            }
        }
    }

    /// The items of a constant list, where they are texts.
    fn items(&self, file: FileId, list: &'a Expr) -> Vec<Text> {
        let (file, list) = definition(self.names, file, list).unwrap_or((file, list));
        let list = match &list.kind {
            ExprKind::As(inner, _) => inner,
            _ => list,
        };
        match &list.kind {
            ExprKind::List(items) => items.iter().filter_map(|item| self.text(file, item)).collect(),
            _ => Vec::new(),
        }
    }

    /// A constant text.
    fn text(&self, file: FileId, expr: &'a Expr) -> Option<Text> {
        if let Some(name) = expr.as_name()
            && let Some((_, text)) = self.bound.iter().rev().find(|(own, _)| *own == name)
        {
            return Some(text.clone());
        }
        let (text, whole) = match fold(self.names, file, expr) {
            Constant::Value(Value::Text(text)) => (text.to_string(), true),
            Constant::Template(pieces) => {
                let piece = |piece: &Piece<'_>| match piece {
                    Piece::Text(text) => text.to_string(),
                    Piece::Hole(..) => HOLE.to_string(),
                };
                (pieces.iter().map(piece).collect(), false)
            }
            _ => return None,
        };
        let (at, literal) = definition(self.names, file, expr).unwrap_or((file, expr));
        let source = self.names.input().sources.text(at);
        let range = literal.range.to_usize();
        let within = source.get(range.clone()).and_then(|source| source.find(&text));
        Some(Text { text, place: within.filter(|_| whole).map(|within| (at, range.start + within)) })
    }

    fn run(&mut self, text: &Text, span: Span) {
        self.statements += 1;
        if self.statements > MAX_STATEMENTS {
            return;
        }
        let place = match text.place {
            Some((file, offset)) => Place::Verbatim { file, offset },
            None => Place::Whole(span),
        };
        let script = read_script(&text.text, place, self.dialect);
        if script.steps.is_empty() {
            return;
        }
        let lower = text.text.to_ascii_lowercase();
        self.alters |= lower.contains("alter table") || lower.contains("drop table");
        let file = text.place.map_or(span.file, |(file, _)| file);
        if !self.files.contains(&file) {
            self.files.push(file);
        }
        let origin = Origin { uncertain: self.uncertain, ..Origin::default() };
        for (change, missing) in self.schema.apply_steps(&script.steps, origin) {
            self.schema.assume(&change, &missing, origin);
        }
    }
}
