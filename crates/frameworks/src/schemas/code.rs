//! Code of a model that changes what its declarations say: validators and serializers, and which fields each can touch.
//!
//! Rules: Pydantic 2, "Validators" and "Serialization"; Pydantic 1.10, "Validators". Deliberately absent: what the code
//! computes. Only whether `None` can become a value (or the reverse), and which keys a model-level validator writes.

use std::collections::{HashMap, HashSet};

use alignment_model::TextRange;
use alignment_model::code::{Assign, Call, Expr, ExprKind, Function, Statement, TypeExpr};
use alignment_model::shape::DeclarationKey;

use super::Reader;
use super::kind::pydantic_name;
use super::null_flow::{self, Outcome, parameters};
use super::writes::{self_writes, written_through};
use crate::python::annotations::Metadata;
use crate::python::scope::each_statement;
use crate::python::{Binding, Target};

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
    /// A validator of the whole input may write any key.
    writes_all: bool,
    /// The serializer of the whole model, which decides what is sent.
    pub(super) model_serializer: Option<(Box<str>, DeclarationKey, TextRange)>,
}

/// A validator of one field, as far as `None` is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validator {
    /// When it runs.
    mode: Mode,
    /// What it does with `None`.
    outcome: Outcome,
    /// It says `return None` somewhere.
    returns_none: bool,
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
            effect.null |= match (nullable, validator.mode) {
                (true, _) => !outcome.passes(),
                (false, Mode::After) => validator.returns_none,
                (false, _) => outcome.may_replace(),
            };
        }
        if self.writes_all || keys.iter().any(|key| self.written.contains(*key)) {
            effect.null = true;
            effect.presence = true;
        }
        effect.null |= nullable && self.rewritten.contains(field);
        effect
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
                let validator = self.validator(owner, function, parsed);
                for field in call.into_iter().flat_map(|call| self.named_fields(owner, call)) {
                    code.validators.entry(field).or_default().push(validator);
                }
            }
            "model_validator" | "root_validator" => match parsed {
                Mode::After if kind == "model_validator" => code.rewritten.extend(self_writes(function)),
                _ => {
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
            _ => Validator { mode, outcome: unknown, returns_none: false },
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
        Validator { mode, outcome, returns_none: returns_none(function) }
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

/// Whether a statement of the function returns the literal `None`.
fn returns_none(function: &Function) -> bool {
    let mut found = false;
    each_statement(&function.body, &mut |statement, _| {
        found |= matches!(statement, Statement::Return(Some(value), _) if value.is_null());
    });
    found
}
