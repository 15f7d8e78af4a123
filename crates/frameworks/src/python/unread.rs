//! Files that declarations need and that were not parsed: every name in a base, an annotation, a decorator, a value or a
//! signature is looked up, and what stops the search is asked for.
//!
//! Deliberately absent: names in function bodies, which no declaration depends on, except in migrations, whose bodies are
//! what they declare, and except for calls that are returned (a declared attribute, a helper that makes columns) or tie
//! files together (`include_router`).

use std::collections::{BTreeSet, HashSet};

use alignment_model::FileId;
use alignment_model::code::{
    Expr, ExprKind, ExprPart, FileFacts, Function, ImportTarget, Language, Literal, Statement, TypeDeclKind,
    TypeExpr,
};

use super::Names;
use super::annotations::text;
use super::resolve::{Search, View};
use super::scope::each_statement;
use crate::Input;

/// Unparsed files that declarations of the parsed ones need. Files that need none are added to `settled` and not looked at again.
pub fn unread(input: Input<'_>, settled: &mut HashSet<FileId>) -> Vec<FileId> {
    let names = Names::new(input);
    let mut blocked = BTreeSet::new();
    let python = input.facts.iter().filter(|facts| facts.language == Language::Python);
    for facts in python {
        if settled.contains(&facts.file) {
            continue;
        }
        let mut own = BTreeSet::new();
        let mut needs = Needs {
            names: &names,
            file: facts.file,
            bodies: is_migration(facts),
            asked: HashSet::new(),
            blocked: &mut own,
        };
        needs.file(facts);
        if own.is_empty() {
            settled.insert(facts.file);
        }
        blocked.append(&mut own);
    }
    blocked.into_iter().collect()
}

/// Whether the file works with Alembic.
fn is_migration(facts: &FileFacts) -> bool {
    facts.body.iter().any(|statement| match statement {
        Statement::Import(import) if import.level == 0 => {
            &*import.module == "alembic"
                || import.names.iter().any(|n| n.target == ImportTarget::Module("alembic".into()))
        }
        _ => false,
    })
}

/// What one file needs.
struct Needs<'n, 'a> {
    names: &'n Names<'a>,
    file: FileId,
    /// Function bodies count.
    bodies: bool,
    /// Dotted names that were looked up.
    asked: HashSet<String>,
    blocked: &'n mut BTreeSet<FileId>,
}

impl<'a> Needs<'_, 'a> {
    fn file(&mut self, facts: &'a FileFacts) {
        // With a stack of its own: classes and functions may be nested deeply.
        let mut pending: Vec<(&'a [Statement], String)> = vec![(&facts.body, String::new())];
        while let Some((body, scope)) = pending.pop() {
            let mut statements: Vec<&'a Statement> = Vec::new();
            each_statement(body, &mut |statement, _| statements.push(statement));
            for statement in statements {
                match statement {
                    Statement::Class(class) => {
                        class.decorators.iter().for_each(|decorator| self.expr(&scope, decorator));
                        class.bases.iter().for_each(|base| self.expr(&scope, &base.value));
                        pending.push((&class.body, join(&scope, &class.name)));
                    }
                    Statement::Function(function) => {
                        self.signature(&scope, function);
                        let inside = join(&scope, &function.name);
                        if self.bodies {
                            pending.push((&function.body, inside));
                        } else {
                            self.results(&inside, function);
                        }
                    }
                    other => self.statement(&scope, other),
                }
            }
        }
    }

    /// What a declared attribute, a type decorator or a helper of declarations returns, the signature of a function that a factory
    /// returns, and calls that tie files together.
    fn results(&mut self, scope: &str, function: &'a Function) {
        let (mut inner, mut returned) = (Vec::new(), Vec::new());
        each_statement(&function.body, &mut |statement, _| match statement {
            Statement::Return(Some(value @ Expr { kind: ExprKind::Call(_), .. }), _) => {
                self.expr(scope, value)
            }
            Statement::Return(Some(value), _) => returned.extend(value.as_name()),
            Statement::Expr(expr) if is_tie(expr) => self.expr(scope, expr),
            Statement::Function(function) => inner.push(function),
            _ => {}
        });
        for function in inner.into_iter().filter(|function| returned.contains(&&*function.name)) {
            self.signature(scope, function);
        }
    }

    fn statement(&mut self, scope: &str, statement: &'a Statement) {
        match statement {
            Statement::Assign(assign) => {
                assign.annotation.iter().for_each(|annotation| self.annotation(scope, annotation));
                assign.value.iter().for_each(|value| self.expr(scope, value));
            }
            Statement::Expr(expr) | Statement::Return(Some(expr), _) => self.expr(scope, expr),
            Statement::For(each) => self.expr(scope, &each.iterable),
            Statement::If(branch) if self.bodies => self.expr(scope, &branch.test),
            Statement::With(with) => with.items.iter().for_each(|(item, _)| self.expr(scope, item)),
            Statement::Type(declaration) => {
                if let TypeDeclKind::Alias(value) = &declaration.kind {
                    self.annotation(scope, value);
                }
            }
            _ => {}
        }
    }

    fn signature(&mut self, scope: &str, function: &'a Function) {
        function.decorators.iter().for_each(|decorator| self.expr(scope, decorator));
        for parameter in &function.parameters {
            parameter.annotation.iter().for_each(|annotation| self.annotation(scope, annotation));
            parameter.default.iter().for_each(|default| self.expr(scope, default));
        }
        function.returns.iter().for_each(|returns| self.annotation(scope, returns));
    }

    /// An annotation, in which text is an annotation too.
    fn annotation(&mut self, scope: &str, annotation: &TypeExpr) {
        let Some(annotation) = annotation.expression() else { return };
        let mut quoted = Vec::new();
        self.walk(scope, annotation, &mut quoted);
        // Quotes inside quotes mean the same; a few levels are more than anybody writes.
        for _ in 0..4 {
            for expr in std::mem::take(&mut quoted) {
                self.walk(scope, &expr, &mut quoted);
            }
        }
    }

    fn expr(&mut self, scope: &str, expr: &Expr) {
        self.walk(scope, expr, &mut Vec::new());
    }

    /// Looks up every name of an expression; texts that read as annotations go to `quoted`.
    fn walk(&mut self, scope: &str, expr: &Expr, quoted: &mut Vec<Expr>) {
        let mut pending = vec![expr];
        while let Some(expr) = pending.pop() {
            match &expr.kind {
                ExprKind::Name(_) => self.ask(scope, expr),
                ExprKind::Member(object, _) => match root(expr) {
                    Some(()) => self.ask(scope, expr),
                    None => pending.push(object),
                },
                ExprKind::Literal(Literal::Text(written)) => quoted.extend(text::parse(written, expr.range)),
                _ => expr.for_each_part(&mut |part| {
                    if let ExprPart::Expr(part) = part {
                        pending.push(part);
                    }
                }),
            }
        }
    }

    fn ask(&mut self, scope: &str, expr: &Expr) {
        let Some(path) = expr.dotted() else { return };
        if !self.asked.insert(path.join(".")) {
            return;
        }
        let mut search = Search::new();
        let target = self.names.find(View { file: self.file, scope }, expr, &mut search);
        // A module that is named as a whole may be what its attributes are read from.
        if let super::Target::Module(file) = target
            && self.names.module(file).is_none()
        {
            self.blocked.insert(file);
        }
        self.blocked.extend(search.blocked);
    }
}

/// A call that ties declarations of several files together.
fn is_tie(expr: &Expr) -> bool {
    const TIES: &[&str] = &["add_api_route", "include_router", "map_imperatively", "mount"];
    let callee = expr.as_call().map(|call| &call.callee.kind);
    matches!(callee, Some(ExprKind::Member(_, name)) if TIES.contains(&&**name))
}

/// Whether a chain of members begins with a name; walked without recursion.
fn root(expr: &Expr) -> Option<()> {
    let mut expr = expr;
    while let ExprKind::Member(object, _) = &expr.kind {
        expr = object;
    }
    expr.as_name().map(|_| ())
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Repository;

    fn asked(files: &[(&str, &str)]) -> Vec<String> {
        let repository =
            Repository::partly_parsed(files, |path| path == "app/main.py" || path.starts_with("app/read"));
        let input = repository.input();
        unread(input, &mut HashSet::new())
            .into_iter()
            .map(|file| input.sources.path(file).to_owned())
            .collect()
    }

    #[test]
    fn declarations_ask_for_what_their_names_come_from() {
        let files = [
            ("app/__init__.py", ""),
            (
                "app/main.py",
                "from app.base import Base\nfrom app.kinds import Kind, Other\nfrom app import late, unused\nfrom app.read import Shared\n\
                 from app.notes import Note\nfrom app.body import helper\nfrom .deco import wrap\n\
                 class A(Base):\n    kind: 'list[Kind]'\n    note: dict[str, late.Note] = Note()\n    shared: Shared\n\
                 @wrap\ndef f(x=1):\n    helper()\n\
                 def factory():\n    from app.given import given\n    from app.unused import unused\n\
                 \x20   def made(a=given): ...\n    def kept(a=unused): ...\n    return made\n",
            ),
            ("app/base.py", ""),
            ("app/kinds.py", ""),
            ("app/late.py", ""),
            ("app/unused.py", ""),
            ("app/notes.py", ""),
            ("app/body.py", ""),
            ("app/deco.py", ""),
            ("app/given.py", ""),
            ("app/read.py", "from .far import Shared\n"),
            ("app/far.py", ""),
        ];
        let expected = [
            "app/__init__.py",
            "app/base.py",
            "app/deco.py",
            "app/far.py",
            "app/given.py",
            "app/kinds.py",
            "app/late.py",
            "app/notes.py",
        ];
        assert_eq!(asked(&files), expected);
    }

    #[test]
    fn files_that_met_nothing_unread_are_settled() {
        let files = [
            ("app/main.py", "from app.base import Base\nclass A(Base): ...\n"),
            ("app/read.py", "class B: ...\n"),
            ("app/base.py", "class Base: ...\n"),
        ];
        let repository =
            Repository::partly_parsed(&files, |path| path == "app/main.py" || path.starts_with("app/read"));
        let mut settled = HashSet::new();
        assert_eq!(unread(repository.input(), &mut settled).len(), 1);
        let path = |file: &FileId| repository.input().sources.path(*file).to_owned();
        assert_eq!(settled.iter().map(path).collect::<Vec<_>>(), ["app/read.py"]);
    }

    #[test]
    fn results_of_declared_attributes_and_mounted_routers_are_needed() {
        let files = [
            (
                "app/main.py",
                "from app.helpers import column\nfrom app.api import router\nfrom app.work import work\n\
                 def x(cls):\n    work()\n    return column()\ndef make(app):\n    app.include_router(router)\n",
            ),
            ("app/helpers.py", ""),
            ("app/api.py", ""),
            ("app/work.py", ""),
        ];
        assert_eq!(asked(&files), ["app/api.py", "app/helpers.py"]);
    }

    #[test]
    fn migrations_ask_for_what_their_bodies_call() {
        let files = [
            (
                "app/main.py",
                "from alembic import op\nfrom app.helpers import add\ndef upgrade():\n    add(op)\n",
            ),
            ("app/helpers.py", ""),
        ];
        assert_eq!(asked(&files), ["app/helpers.py"]);
    }
}
