//! Which fields or keys a validator of a whole model writes.
//!
//! Functions of the project that are handed the input are looked into. Deliberately absent: what is written, and under
//! which condition.

use std::collections::HashSet;

use alignment_model::code::{Assign, Call, Expr, ExprKind, Function, MapEntry, Statement};
use alignment_model::shape::DeclarationKey;

use super::null_flow::{callee, parameters};
use crate::python::Names;
use crate::python::scope::each_statement;

/// Fields that a validator of the finished model assigns: `self.x = ...`.
pub(super) fn self_writes(function: &Function) -> HashSet<Box<str>> {
    let mut written = HashSet::new();
    each_statement(&function.body, &mut |statement, _| match statement {
        Statement::Assign(assign) => {
            if let ExprKind::Member(_, name) = &assign.target.kind {
                written.insert(name.clone());
            }
        }
        // `object.__setattr__(self, "x", value)` of a frozen model.
        Statement::Expr(expr) => {
            if let Some(call) = expr.as_call()
                && matches!(&call.callee.kind, ExprKind::Member(_, name) if &**name == "__setattr__")
                && let Some(name) = call.positional().filter_map(Expr::as_text).next()
            {
                written.insert(name.into());
            }
        }
        _ => {}
    });
    written
}

/// Keys that a function writes into its parameter `input`; `None` if it may write any.
pub(super) fn written_through(
    names: &Names<'_>,
    home: &DeclarationKey,
    function: &Function,
    input: &str,
    handler: Option<&str>,
    calls: u16,
) -> Option<HashSet<Box<str>>> {
    if function.body.is_empty() {
        return None;
    }
    let mut writes = Writes {
        names,
        home,
        calls,
        inputs: HashSet::from([input]),
        handler,
        results: HashSet::new(),
        written: Some(HashSet::new()),
    };
    each_statement(&function.body, &mut |statement, _| writes.statement(statement));
    writes.written
}

/// The names that hold the input (or a copy), and the keys written through them.
struct Writes<'f, 'n, 'a> {
    names: &'n Names<'a>,
    home: &'n DeclarationKey,
    /// How many calls deep this function is.
    calls: u16,
    inputs: HashSet<&'f str>,
    handler: Option<&'f str>,
    /// Names that hold what the handler of a wrap validator made.
    results: HashSet<&'f str>,
    written: Option<HashSet<Box<str>>>,
}

impl<'f> Writes<'f, '_, '_> {
    fn statement(&mut self, statement: &'f Statement) {
        match statement {
            Statement::Assign(assign) => self.assign(assign),
            Statement::Return(Some(value), _) => self.returned(value),
            Statement::Delete(expr) => self.target(expr),
            Statement::Expr(expr) => self.called(expr),
            _ => {}
        }
    }

    fn assign(&mut self, assign: &'f Assign) {
        self.target(&assign.target);
        let (Some(name), Some(value)) = (assign.target.as_name(), &assign.value) else { return };
        if self.is_handled(value) {
            self.results.insert(name);
        } else if self.is_input(value) {
            self.inputs.insert(name);
        } else if self.inputs.contains(name) {
            // `data = fixed(data)`: what comes back counts as the input.
            self.returned(value);
        } else {
            self.called(value);
        }
    }

    /// `data["x"] = ...`, `del data["x"]`, and `result.x = ...` for what a handler made.
    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Index(object, key) if self.is_input(object) => match key.as_text() {
                Some(key) => self.write(key),
                None => self.anything(),
            },
            ExprKind::Member(object, name) if object.as_name().is_some_and(|n| self.results.contains(n)) => {
                self.write(name);
            }
            ExprKind::Member(object, _) if self.is_input(object) => self.anything(),
            _ => {}
        }
    }

    fn returned(&mut self, value: &'f Expr) {
        match &value.kind {
            _ if self.is_input(value) || self.is_handled(value) => {}
            ExprKind::Name(name) if self.results.contains(&**name) => {}
            ExprKind::Conditional(parts) => {
                let [_, then, otherwise] = &**parts;
                self.returned(then);
                self.returned(otherwise);
            }
            // `{**data, "x": ...}`
            ExprKind::Map(entries) if matches!(entries.first(), Some(MapEntry::Spread(inner)) if self.is_input(inner)) => {
                for entry in &entries[1..] {
                    match entry {
                        MapEntry::Pair(key, _) if let Some(key) = key.as_text() => self.write(key),
                        _ => self.anything(),
                    }
                }
            }
            ExprKind::Call(call) => self.handed(call),
            _ => self.anything(),
        }
    }

    /// The input is handed to a function: what that writes, if it is one of the project.
    fn handed(&mut self, call: &Call) {
        const MAX_CALLS: u16 = 3;
        let at = call.positional().position(|argument| self.is_input(argument));
        let written = at.filter(|_| self.calls < MAX_CALLS && !call.has_spread()).and_then(|at| {
            let (home, function) = callee(self.names, self.home, call)?;
            let input = parameters(function).nth(at)?;
            written_through(self.names, &home, function, input, None, self.calls + 1)
        });
        match written {
            Some(keys) => keys.iter().for_each(|key| self.write(key)),
            None => self.anything(),
        }
    }

    /// Calls that write through the input: its own methods, or a function it is handed to.
    fn called(&mut self, expr: &Expr) {
        let Some(call) = expr.as_call() else { return };
        if let ExprKind::Member(object, method) = &call.callee.kind
            && self.is_input(object)
        {
            match &**method {
                "setdefault" | "pop" => match call.positional().next().and_then(Expr::as_text) {
                    Some(key) => self.write(key),
                    None => self.anything(),
                },
                "update" => self.updated(call),
                "get" | "keys" | "items" | "values" | "copy" => {}
                _ => self.anything(),
            }
            return;
        }
        let pure = matches!(
            call.callee.as_name(),
            Some(
                "isinstance"
                    | "len"
                    | "dict"
                    | "list"
                    | "set"
                    | "bool"
                    | "any"
                    | "all"
                    | "sorted"
                    | "type"
                    | "print"
            )
        );
        if !pure
            && call.arguments.iter().any(|argument| self.is_input(&argument.value))
            && !self.is_handled(expr)
        {
            self.anything();
        }
    }

    fn updated(&mut self, call: &Call) {
        for argument in &call.arguments {
            match (&argument.keyword, &argument.value.kind) {
                (_, ExprKind::Spread(_)) => self.anything(),
                (Some(name), _) => self.write(name),
                (None, ExprKind::Map(entries)) => {
                    for entry in entries {
                        match entry {
                            MapEntry::Pair(key, _) if let Some(key) = key.as_text() => self.write(key),
                            _ => self.anything(),
                        }
                    }
                }
                _ => self.anything(),
            }
        }
    }

    /// The input itself or a shallow copy of it.
    fn is_input(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => self.inputs.contains(&**name),
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Name(name) if &**name == "dict" => {
                    call.arguments.len() == 1
                        && call.positional().next().is_some_and(|inner| self.is_input(inner))
                }
                ExprKind::Member(object, method) if &**method == "copy" => {
                    self.is_input(object)
                        || object.as_name() == Some("copy")
                            && call.positional().next().is_some_and(|inner| self.is_input(inner))
                }
                _ => false,
            },
            ExprKind::Map(entries) => {
                matches!(entries.as_slice(), [MapEntry::Spread(inner)] if self.is_input(inner))
            }
            _ => false,
        }
    }

    /// `handler(data)` of a wrap validator.
    fn is_handled(&self, expr: &Expr) -> bool {
        expr.as_call().is_some_and(|call| {
            self.handler.is_some()
                && call.callee.as_name() == self.handler
                && call.positional().next().is_some_and(|inner| self.is_input(inner))
        })
    }

    fn write(&mut self, key: &str) {
        if let Some(written) = &mut self.written {
            written.insert(key.into());
        }
    }

    fn anything(&mut self) {
        self.written = None;
    }
}
