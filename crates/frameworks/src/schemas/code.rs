//! Code of a model that changes what its declarations say: validators and serializers, and which fields each can touch.
//!
//! Rules: Pydantic 2, "Validators" and "Serialization"; Pydantic 1.10, "Validators". Deliberately absent: what the code
//! computes. Only whether `None` can become a value (or the reverse), whether all but listed values are refused, and which keys
//! a model-level validator writes.

use std::collections::{BTreeSet, HashMap, HashSet};

use alignment_model::TextRange;
use alignment_model::code::{Assign, Call, Expr, ExprKind, Function, MapEntry, Statement, TypeExpr};
use alignment_model::shape::{DeclarationKey, Value};

use super::Reader;
use super::admitted;
use super::kind::pydantic_name;
use super::null_flow::{self, Outcome, callee, parameters};
use crate::python::annotations::Metadata;
use crate::python::{Binding, Names, Target};

/// What the code of a model can change.
#[derive(Debug, Default)]
pub(super) struct Code<'a> {
    /// Validators of single fields, by field; `*` for all.
    validators: HashMap<Box<str>, Vec<Validator>>,
    /// Serializers of single fields, by field; `*` for all. The last one that names a field counts.
    serializers: HashMap<Box<str>, Serializer<'a>>,
    /// Keys that a validator of the whole input may write.
    written: HashSet<Box<str>>,
    /// Fields that a validator of the finished model may write.
    rewritten: HashSet<Box<str>>,
    /// Keys that a validator of a field writes beside the fields: the finished object has them (Pydantic 1, `values`).
    pub(super) added: BTreeSet<Box<str>>,
    /// A validator of the whole input may write any key.
    writes_all: bool,
    /// A validator sees the whole input before the fields do.
    pub(super) sees_input: bool,
    /// The serializer of the whole model, which decides what is sent.
    pub(super) model_serializer: Option<(Box<str>, DeclarationKey, TextRange)>,
}

/// A validator of one field.
#[derive(Clone, Debug)]
pub(super) struct Validator {
    /// When it runs.
    mode: Mode,
    /// What it does with `None`.
    outcome: Outcome,
    /// It says `return None` somewhere.
    returns_none: bool,
    /// The values it lets through, where it does nothing but refuse all others.
    admits: Option<Vec<Value>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// On what was given.
    Before,
    /// On what the type accepted.
    After,
    /// Around the type's own validation.
    Wrap,
    /// Instead of it.
    Plain,
}

/// A serializer of one field.
#[derive(Clone, Debug)]
pub(super) struct Serializer<'a> {
    /// The annotation of what it returns, and the class whose names it uses.
    pub(super) returns: Option<(&'a TypeExpr, DeclarationKey)>,
}

/// What code does to one field.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effect {
    /// Null may become a value, a value null, or null may be accepted where the type refuses it.
    pub(super) null: bool,
    /// The type's own validation does not happen.
    pub(super) ty: bool,
    /// Code may fill the field in, so that it need not be given.
    pub(super) presence: bool,
    /// Code sees what is given before the type does.
    pub(super) input: bool,
}

impl<'a> Code<'a> {
    /// Whether a validator or serializer of the whole model may change any of what travels. One that writes known keys
    /// leaves only those unknown.
    pub(super) fn decides(&self) -> bool {
        self.writes_all || self.model_serializer.is_some()
    }

    /// What code does to a field that may (`nullable`) or may not hold null by its type. `keys` are the names under which
    /// it is read.
    pub(super) fn effect(
        &self,
        field: &str,
        keys: &[&str],
        nullable: bool,
        annotated: &[Validator],
    ) -> Effect {
        let mut effect = Effect::default();
        let own = self.validators.get(field).into_iter().chain(self.validators.get("*")).flatten();
        for validator in own.chain(annotated) {
            let outcome = validator.outcome;
            effect.ty |= validator.mode == Mode::Plain;
            effect.input |= validator.mode != Mode::After;
            effect.null |= match (nullable, validator.mode) {
                (true, _) => !outcome.passes(),
                (false, Mode::After) => validator.returns_none,
                (false, _) => outcome.may_replace(),
            };
        }
        if self.writes_all || keys.iter().any(|key| self.written.contains(*key)) {
            effect.null = true;
            effect.presence = true;
            effect.input = true;
        }
        effect.null |= nullable && self.rewritten.contains(field);
        effect
    }

    /// The values that the only validator of a field lets through, if it is a list of them and nothing comes before it.
    pub(super) fn admits<'v>(&'v self, field: &str, annotated: &'v [Validator]) -> Option<&'v [Value]> {
        let own = self.validators.get(field).into_iter().flatten();
        let mut all = own.chain(annotated);
        let only = all.next().filter(|only| only.mode == Mode::After)?;
        let alone = all.next().is_none() && !self.validators.contains_key("*") && !self.sees_input;
        only.admits.as_deref().filter(|_| alone)
    }

    /// The serializer of a field.
    pub(super) fn serializer(&self, field: &str) -> Option<&Serializer<'a>> {
        self.serializers.get(field).or_else(|| self.serializers.get("*"))
    }
}

impl<'a> Reader<'_, 'a> {
    /// The code of a model, own and inherited; a method that a subclass defines anew replaces the inherited one.
    pub(super) fn code(&self, key: &DeclarationKey) -> Code<'a> {
        let mut code = Code::default();
        let mut seen: HashSet<&str> = HashSet::new();
        let mut found: Vec<(&DeclarationKey, &'a str, Binding<'a>)> = Vec::new();
        for (owner, _) in self.names.hierarchy(key).classes() {
            let Some(scope) = self.names.class_scope(owner) else { continue };
            found
                .extend(scope.iter().filter(|(name, _)| seen.insert(name)).map(|(name, b)| (owner, name, b)));
        }
        // Base classes first: of two serializers of one field the one of the subclass counts.
        for (owner, name, binding) in found.into_iter().rev() {
            match binding {
                Binding::Function(function) => {
                    for decorator in &function.decorators {
                        self.decorated(&mut code, owner, name, decorator, function);
                    }
                }
                Binding::Variable(assign) => self.assigned(&mut code, owner, name, assign),
                _ => {}
            }
        }
        code
    }

    /// `_clean = field_validator("x", mode="before")(clean)`, `_clean = validator("x", allow_reuse=True)(clean)`.
    fn assigned(&self, code: &mut Code<'a>, owner: &DeclarationKey, name: &str, assign: &'a Assign) {
        let Some(call) = assign.value.as_ref().and_then(Expr::as_call) else { return };
        let Some(function) = call.positional().next() else { return };
        if call.callee.as_call().is_none() {
            return;
        }
        if let Target::Function(_, function) = self.names.resolve(owner.file, &owner.path, function) {
            self.decorated(code, owner, name, &call.callee, function);
        }
    }

    fn decorated(
        &self,
        code: &mut Code<'a>,
        owner: &DeclarationKey,
        name: &str,
        decorator: &'a Expr,
        function: &'a Function,
    ) {
        let call = decorator.as_call();
        let callee = call.map_or(decorator, |call| &call.callee);
        let target = self.names.resolve(owner.file, &owner.path, callee);
        let Some(kind) = target.external().and_then(pydantic_name) else { return };
        let mode = call.and_then(|call| call.keyword("mode")).and_then(Expr::as_text);
        let pre = call.and_then(|call| call.keyword("pre")).and_then(Expr::as_bool) == Some(true);
        let parsed = match mode {
            Some("before") => Mode::Before,
            Some("wrap") => Mode::Wrap,
            Some("plain") => Mode::Plain,
            _ if pre => Mode::Before,
            _ => Mode::After,
        };
        match kind {
            "field_validator" | "validator" => {
                if kind == "validator" {
                    let written = value_writes(function);
                    code.rewritten.extend(written.iter().cloned());
                    code.added.extend(written);
                }
                let validator = self.validator(owner, function, parsed);
                for field in call.into_iter().flat_map(|call| self.named_fields(owner, call)) {
                    code.validators.entry(field).or_default().push(validator.clone());
                }
            }
            "model_validator" | "root_validator" => match parsed {
                Mode::After if kind == "model_validator" => code.rewritten.extend(self_writes(function)),
                _ => {
                    code.sees_input |= matches!(parsed, Mode::Before | Mode::Wrap);
                    let writes = self.input_writes(owner, function, parsed == Mode::Wrap);
                    code.writes_all |= writes.is_none();
                    code.written.extend(writes.into_iter().flatten());
                }
            },
            "field_serializer" => {
                let returns = function.returns.as_ref().map(|returns| (returns, owner.clone()));
                for field in call.into_iter().flat_map(|call| self.named_fields(owner, call)) {
                    code.serializers.insert(field, Serializer { returns: returns.clone() });
                }
            }
            "model_serializer" => {
                code.model_serializer = Some((name.into(), owner.clone(), function.name_range));
            }
            _ => {}
        }
    }

    /// The fields a decorator names; a name that is not known may be any.
    fn named_fields(&self, owner: &DeclarationKey, call: &Call) -> Vec<Box<str>> {
        let name = |expr: &Expr| {
            let expr = match &expr.kind {
                ExprKind::Spread(_) => None,
                _ => self.names.fold(owner.file, &owner.path, expr).text().map(Box::from),
            };
            expr.unwrap_or_else(|| "*".into())
        };
        call.positional().map(name).collect()
    }

    /// The validator that a piece of metadata is: `BeforeValidator(f)`, `AfterValidator(f)`, `WrapValidator(f)`, `PlainValidator(f)`.
    pub(super) fn annotated_validator(&self, metadata: &Metadata) -> Option<Validator> {
        let call = metadata.expr.as_call()?;
        let target = self.names.resolve(metadata.file, &metadata.scope, &call.callee);
        let mode = match pydantic_name(target.external()?)? {
            "BeforeValidator" => Mode::Before,
            "AfterValidator" => Mode::After,
            "WrapValidator" => Mode::Wrap,
            "PlainValidator" => Mode::Plain,
            _ => return None,
        };
        let given = call.positional().next().or_else(|| call.keyword("func"))?;
        if let ExprKind::Function(function) = &given.kind {
            let home = DeclarationKey { file: metadata.file, path: metadata.scope.clone() };
            return Some(self.validator(&home, function, mode));
        }
        let unknown = Outcome { unknown: true, ..Outcome::default() };
        Some(match self.names.resolve(metadata.file, &metadata.scope, given) {
            Target::Function(key, function) => self.validator(&key, function, mode),
            _ => Validator { mode, outcome: unknown, returns_none: false, admits: None },
        })
    }

    fn validator(&self, home: &DeclarationKey, function: &Function, mode: Mode) -> Validator {
        let mut given = parameters(function);
        let value = given.next();
        let handler = if mode == Mode::Wrap { given.next() } else { None };
        let outcome = match value {
            Some(value) => null_flow::outcome(self.names, home, function, value, handler),
            None => Outcome { unknown: true, ..Outcome::default() },
        };
        let admits = value.and_then(|value| admitted::values(self.names, home, function, value));
        Validator { mode, outcome, returns_none: returns_none(function), admits }
    }

    /// Keys that a validator of the whole input writes; `None` if it may write any.
    fn input_writes(
        &self,
        home: &DeclarationKey,
        function: &Function,
        wraps: bool,
    ) -> Option<HashSet<Box<str>>> {
        let mut given = parameters(function);
        let input = given.next()?;
        let handler = if wraps { given.next() } else { None };
        written_through(self.names, home, function, input, handler, 0)
    }
}

/// Keys that a function writes into its parameter `input`; `None` if it may write any.
fn written_through(
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
    each_statement(&function.body, &mut |statement| writes.statement(statement));
    writes.written
}

/// Whether a statement of the function returns the literal `None`.
fn returns_none(function: &Function) -> bool {
    let mut found = false;
    each_statement(&function.body, &mut |statement| {
        found |= matches!(statement, Statement::Return(Some(value), _) if value.is_null());
    });
    found
}

/// Fields that a validator of the finished model assigns: `self.x = ...`.
fn self_writes(function: &Function) -> HashSet<Box<str>> {
    let mut written = HashSet::new();
    each_statement(&function.body, &mut |statement| match statement {
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

/// Keys that a validator of a field writes into what was validated before it: `values["x"] = ...`. Pydantic 1 makes the object of
/// that dictionary (`pydantic/main.py`, `validate_model`), so that it has them whether or not they are fields.
fn value_writes(function: &Function) -> HashSet<Box<str>> {
    let mut written = HashSet::new();
    if !function.parameters.iter().any(|parameter| &*parameter.name == "values") {
        return written;
    }
    each_statement(&function.body, &mut |statement| match statement {
        Statement::Assign(assign) => {
            if let ExprKind::Index(object, key) = &assign.target.kind
                && object.as_name() == Some("values")
            {
                written.extend(key.as_text().map(Box::from));
            }
        }
        Statement::Expr(expr) => {
            if let Some(call) = expr.as_call()
                && let ExprKind::Member(object, method) = &call.callee.kind
                && object.as_name() == Some("values")
                && &**method == "setdefault"
            {
                written.extend(call.positional().next().and_then(Expr::as_text).map(Box::from));
            }
        }
        _ => {}
    });
    written
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

/// Visits every statement of a body, nested ones too, in source order.
fn each_statement<'f>(body: &'f [Statement], visit: &mut dyn FnMut(&'f Statement)) {
    let mut stack: Vec<&'f Statement> = body.iter().rev().collect();
    while let Some(statement) = stack.pop() {
        visit(statement);
        let mut push = |body: &'f [Statement]| stack.extend(body.iter().rev());
        match statement {
            Statement::If(branch) => {
                push(&branch.otherwise);
                push(&branch.then);
            }
            Statement::For(each) => push(&each.body),
            Statement::While(block) => push(&block.body),
            Statement::With(with) => push(&with.body),
            Statement::Try(attempt) => {
                push(&attempt.finally);
                push(&attempt.otherwise);
                attempt.handlers.iter().rev().for_each(|(_, body)| push(body));
                push(&attempt.body);
            }
            _ => {}
        }
    }
}
