//! Runs the code that puts routers together, as far as it does: modules, the functions they call, and functions that make
//! an application or fill one they are given.
//!
//! Both branches of an `if` run unless its test depends on arguments alone: what a flag switches on is part of the API. A loop
//! over known items runs for each. Everything that makes no router is a [`Value::Written`] expression or unknown.
//!
//! Deliberately absent: handlers in `except`, modules that are found at run time, and changes to a router's list of routes.

mod calls;
mod decorators;
mod evaluate;
mod known;
mod registration;
mod uncalled;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use alignment_model::code::{Expr, ExprKind, FileFacts, Function, Import, Language, Operator, Statement};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Span, TextRange};

use super::HTTP_METHODS;
use super::registry::{Bound, ObjectId, Registry, Value};
use crate::python::{Binding, Constant, Locals, Names, Target, parent};
use crate::test_files;

/// Statements and calls one repository may cost.
const MAX_STEPS: u32 = 2_000_000;

/// Calls inside calls.
const MAX_DEPTH: u32 = 24;

/// Items of a loop or container that are looked at.
const MAX_ITEMS: usize = 1000;

/// Runs everything that makes or fills routers.
pub(super) fn run<'a>(names: &Names<'a>) -> Registry<'a> {
    let mut interpreter = Interpreter {
        names,
        registry: Registry::default(),
        objects: Vec::new(),
        variables: HashMap::new(),
        matters: HashMap::new(),
        executed: HashSet::new(),
        decorating: None,
        loops: 0,
        conditions: 0,
        steps: 0,
        depth: 0,
    };
    let files: Vec<&'a FileFacts> = names
        .input()
        .facts
        .iter()
        .filter(|facts| facts.language == Language::Python && interpreter.is_about_routers(facts))
        .collect();
    for facts in &files {
        let mut frame = Frame::new(facts.file, "");
        interpreter.block(&mut frame, &facts.body);
    }
    for facts in &files {
        interpreter.uncalled(facts);
    }
    interpreter.registry
}

/// Local names of a module or call.
pub(super) struct Frame<'a> {
    file: FileId,
    /// Dotted path of the function or class.
    scope: Rc<str>,
    locals: BTreeMap<Box<str>, Value<'a>>,
}

impl<'a> Frame<'a> {
    fn new(file: FileId, scope: &str) -> Self {
        Self { file, scope: scope.into(), locals: BTreeMap::new() }
    }

    /// The path of something declared here.
    fn path(&self, name: &str) -> Box<str> {
        if self.scope.is_empty() { name.into() } else { format!("{}.{name}", self.scope).into() }
    }
}

/// An instance of a class that may hold routers.
struct Object<'a> {
    class: DeclarationKey,
    attributes: BTreeMap<Box<str>, Value<'a>>,
}

/// How a block was left.
enum Flow<'a> {
    Next,
    Return(Value<'a>),
    /// `raise`.
    Stop,
}

struct Interpreter<'n, 'a> {
    names: &'n Names<'a>,
    registry: Registry<'a>,
    objects: Vec<Object<'a>>,
    /// Values of module-level expressions, so that a variable is one object wherever it is named.
    variables: HashMap<(FileId, TextRange), Value<'a>>,
    /// Whether a function can matter, by place.
    matters: HashMap<(FileId, TextRange), bool>,
    /// Functions that ran.
    executed: HashSet<(FileId, TextRange)>,
    /// The decorator that runs, for what it registers: the place is the handler's, not the helper's.
    decorating: Option<Span>,
    /// Loops around what runs: what is made there is made anew each time.
    loops: u32,
    /// Branches around what runs whose test is decided when the program runs.
    conditions: u32,
    steps: u32,
    depth: u32,
}

impl<'a> Interpreter<'_, 'a> {
    fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_add(1);
        self.steps <= MAX_STEPS
    }

    /// Whether a file can make, fill or decorate with a router.
    fn is_about_routers(&self, facts: &FileFacts) -> bool {
        let source = self.names.input().sources.get(facts.file);
        !test_files::is_test(source) && says_routers(&source.text)
    }

    fn block(&mut self, frame: &mut Frame<'a>, body: &'a [Statement]) -> Flow<'a> {
        for statement in body {
            if !self.step() {
                return Flow::Stop;
            }
            match self.statement(frame, statement) {
                Flow::Next => {}
                left => return left,
            }
        }
        Flow::Next
    }

    fn statement(&mut self, frame: &mut Frame<'a>, statement: &'a Statement) -> Flow<'a> {
        match statement {
            Statement::Assign(assign) => match (&assign.value, assign.operator) {
                (Some(value), None) => {
                    let value = self.assigned(frame, value);
                    self.bind(frame, &assign.target, value);
                }
                (Some(value), Some(Operator::Add)) => self.extend(frame, &assign.target, value),
                _ => {}
            },
            Statement::Expr(expr) => {
                self.eval(frame, expr);
            }
            Statement::Return(Some(value), _) => return Flow::Return(self.eval(frame, value)),
            Statement::Return(None, _) => return Flow::Return(Value::Constant(Constant::None)),
            Statement::Raise(..) => return Flow::Stop,
            Statement::Import(import) => self.import(frame, import),
            Statement::Function(function) => self.define(frame, function),
            Statement::Class(class) => {
                let mut inner = Frame::new(frame.file, &frame.path(&class.name));
                self.block(&mut inner, &class.body);
            }
            Statement::If(branch) => {
                return self.branch(frame, &branch.test, &branch.then, &branch.otherwise);
            }
            Statement::For(each) => {
                let items = self.eval(frame, &each.iterable);
                return self.each(frame, &each.target, items, &each.body);
            }
            Statement::While(inner) => return self.block(frame, &inner.body),
            Statement::With(with) => {
                for (context, target) in &with.items {
                    let value = self.eval(frame, context);
                    if let Some(target) = target {
                        self.bind(frame, target, value);
                    }
                }
                return self.block(frame, &with.body);
            }
            Statement::Try(attempt) => {
                for body in [&attempt.body, &attempt.otherwise, &attempt.finally] {
                    match self.block(frame, body) {
                        Flow::Next => {}
                        left => return left,
                    }
                }
            }
            _ => {}
        }
        Flow::Next
    }

    /// The value of an assignment. At module level and in classes it is the same object for everyone who names it.
    fn assigned(&mut self, frame: &mut Frame<'a>, value: &'a Expr) -> Value<'a> {
        let is_call = self.names.function(frame.file, &frame.scope).is_some();
        if is_call {
            return self.eval(frame, value);
        }
        if !frame.locals.is_empty() && self.uses_locals(frame, value) {
            return self.shared_here(frame, value);
        }
        self.shared(frame.file, &frame.scope.clone(), value)
    }

    /// The value of a module-level expression that names what the module made before: the same object for everyone, unless a
    /// loop makes one each time.
    fn shared_here(&mut self, frame: &mut Frame<'a>, value: &'a Expr) -> Value<'a> {
        let place = (frame.file, value.range);
        if self.loops > 0 {
            return self.eval(frame, value);
        }
        if let Some(known) = self.variables.get(&place) {
            return known.clone();
        }
        let found = self.eval(frame, value);
        self.variables.insert(place, found.clone());
        found
    }

    /// The value of a module-level expression, evaluated once.
    fn shared(&mut self, file: FileId, scope: &str, value: &'a Expr) -> Value<'a> {
        let place = (file, value.range);
        if let Some(known) = self.variables.get(&place) {
            return known.clone();
        }
        // A variable that is named while it is made is not known yet.
        self.variables.insert(place, Value::Unknown);
        let outside = std::mem::take(&mut self.conditions);
        let found = self.eval(&mut Frame::new(file, scope), value);
        self.conditions = outside;
        self.variables.insert(place, found.clone());
        found
    }

    /// An import inside a function binds what holds routers, in the order in which it runs. Other names are resolved where
    /// they are used.
    fn import(&mut self, frame: &mut Frame<'a>, import: &'a Import) {
        if frame.scope.is_empty() {
            return;
        }
        for name in &import.names {
            let binding = Binding::Import(import, name);
            let target = self.names.target_of(frame.file, &frame.scope, &name.local, binding);
            if let Some(value) = self.value_of(target)
                && !matches!(value, Value::Written(_) | Value::Unknown)
            {
                frame.locals.insert(name.local.clone(), value);
            }
        }
    }

    /// What a target holds, if it is a variable, function or module.
    fn value_of(&mut self, target: Target<'a>) -> Option<Value<'a>> {
        Some(match target {
            Target::Variable(key, assign) => self.shared(key.file, parent(&key.path), assign.value.as_ref()?),
            Target::Function(key, function) => Value::Function(key, function, Bound::Free),
            Target::Module(file) => Value::Module(file),
            _ => return None,
        })
    }

    fn bind(&mut self, frame: &mut Frame<'a>, target: &'a Expr, value: Value<'a>) {
        match &target.kind {
            ExprKind::Name(name) => {
                frame.locals.insert(name.clone(), value);
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let mut items = match value {
                    Value::List(items) if items.len() == targets.len() => items.into_iter(),
                    _ => Vec::new().into_iter(),
                };
                for target in targets {
                    self.bind(frame, target, items.next().unwrap_or(Value::Unknown));
                }
            }
            ExprKind::Member(object, name) => match self.eval(frame, object) {
                Value::Object(ObjectId(at)) => {
                    if let Some(object) = self.objects.get_mut(at) {
                        object.attributes.insert(name.clone(), value);
                    }
                }
                Value::Router(id) => {
                    self.registry.get_mut(id).attributes.insert(name.clone(), value);
                }
                _ => {}
            },
            ExprKind::Index(map, key) => {
                let Some(name) = map.as_name() else { return };
                let key = self.constant_of(frame, key);
                if let Some(Value::Map(entries)) = frame.locals.get_mut(name) {
                    known::put(entries, key, value);
                }
            }
            _ => {}
        }
    }

    /// A function statement: its decorators may register it.
    fn define(&mut self, frame: &mut Frame<'a>, function: &'a Function) {
        let key = DeclarationKey { file: frame.file, path: frame.path(&function.name) };
        let is_method = self
            .names
            .class(&DeclarationKey { file: frame.file, path: frame.scope.to_string().into() })
            .is_some();
        for decorator in function.decorators.iter().rev() {
            self.decorate(frame, decorator, &key, function, is_method);
        }
        if !frame.scope.is_empty() && !is_method {
            let handler = self.local_function(frame, &key, function);
            frame.locals.insert(function.name.clone(), handler);
        }
    }

    fn branch(
        &mut self,
        frame: &mut Frame<'a>,
        test: &'a Expr,
        then: &'a [Statement],
        otherwise: &'a [Statement],
    ) -> Flow<'a> {
        if self.depends_on_arguments(frame, test)
            && let Some(truth) = self.truth(frame, test)
        {
            return self.block(frame, if truth { then } else { otherwise });
        }
        // What a module imports for type checkers, and what a script starts, is no setting.
        let setting = !matches!(names_in(test).as_slice(), ["TYPE_CHECKING" | "__name__"]);
        self.conditions += u32::from(setting);
        let flow = self.either_branch(frame, then, otherwise);
        self.conditions -= u32::from(setting);
        flow
    }

    /// Whether a setting decides what runs now.
    fn is_conditional(&self) -> bool {
        self.conditions > 0
    }

    /// Both branches, one after the other, and what is known after them.
    fn either_branch(
        &mut self,
        frame: &mut Frame<'a>,
        then: &'a [Statement],
        otherwise: &'a [Statement],
    ) -> Flow<'a> {
        let before = frame.locals.clone();
        self.steps = self.steps.saturating_add(u32::try_from(before.len()).unwrap_or(u32::MAX));
        let first = self.block(frame, then);
        let after_then = std::mem::replace(&mut frame.locals, before);
        let second = self.block(frame, otherwise);
        match (first, second) {
            (Flow::Next, Flow::Next) => {
                for (name, value) in after_then {
                    let merged = match frame.locals.remove(&name) {
                        Some(other) => known::either(value, other),
                        None => value,
                    };
                    frame.locals.insert(name, merged);
                }
                Flow::Next
            }
            // The branch that goes on decides what is known after it.
            (Flow::Next, _) => {
                frame.locals = after_then;
                Flow::Next
            }
            (_, Flow::Next) => Flow::Next,
            (Flow::Return(a), Flow::Return(b)) => Flow::Return(known::either(a, b)),
            (Flow::Stop, left) | (left, Flow::Stop) => left,
        }
    }

    /// A loop: once for each known item, once with an unknown one otherwise.
    fn each(
        &mut self,
        frame: &mut Frame<'a>,
        target: &'a Expr,
        items: Value<'a>,
        body: &'a [Statement],
    ) -> Flow<'a> {
        let items = match items {
            Value::List(items) => items,
            Value::Map(entries) => entries.into_iter().map(|(key, _)| Value::Constant(key)).collect(),
            Value::Constant(constant) => constant.items().map_or_else(
                || vec![Value::Unknown],
                |items| items.iter().cloned().map(Value::Constant).collect(),
            ),
            _ => vec![Value::Unknown],
        };
        self.loops += 1;
        let mut flow = Flow::Next;
        for item in items.into_iter().take(MAX_ITEMS) {
            self.bind(frame, target, item);
            flow = self.block(frame, body);
            if !matches!(flow, Flow::Next) {
                break;
            }
        }
        self.loops -= 1;
        flow
    }

    /// Whether a function's text has a word that registers something.
    fn registers(&mut self, file: FileId, function: &'a Function) -> bool {
        let place = (file, function.range);
        if let Some(known) = self.matters.get(&place) {
            return *known;
        }
        let found = says_routers(self.slice(file, function.range));
        self.matters.insert(place, found);
        found
    }

    fn slice(&self, file: FileId, range: TextRange) -> &'a str {
        self.names.input().sources.text(file).get(range.to_usize()).unwrap_or_default()
    }

    fn truth(&mut self, frame: &mut Frame<'a>, test: &'a Expr) -> Option<bool> {
        match self.eval(frame, test) {
            Value::Router(_) | Value::Object(_) | Value::Function(..) => Some(true),
            Value::Map(entries) => Some(!entries.is_empty()),
            Value::List(items) => Some(!items.is_empty()),
            other => other.constant().truth(),
        }
    }

    /// Whether every name in an expression is a local one with a known value.
    fn depends_on_arguments(&self, frame: &Frame<'a>, expr: &Expr) -> bool {
        if frame.scope.is_empty() {
            return false;
        }
        let names = names_in(expr);
        !names.is_empty()
            && names.iter().all(|name| {
                frame
                    .locals
                    .get(*name)
                    .is_some_and(|value| !matches!(value, Value::Unknown | Value::Written(_)))
            })
    }

    fn uses_locals(&self, frame: &Frame<'a>, expr: &Expr) -> bool {
        names_in(expr).iter().any(|name| frame.locals.contains_key(*name))
    }

    /// The local constants an expression names.
    fn constants(&self, frame: &Frame<'a>, expr: &Expr) -> Locals {
        let mut locals = Locals::new();
        if frame.locals.is_empty() {
            return locals;
        }
        for name in names_in(expr) {
            // What is only written down is followed by the names themselves.
            if let Some(value) = frame.locals.get(name)
                && !matches!(value, Value::Written(_))
            {
                locals.insert(name.into(), value.constant());
            }
        }
        locals
    }
}

/// Whether a text can make, fill or decorate with a router.
fn says_routers(text: &str) -> bool {
    const WORDS: &[&str] =
        &["APIRouter", "FastAPI", "include_router", "add_api_route", "api_route", "router"];
    WORDS.iter().any(|word| text.contains(word)) || decorates(text)
}

/// Whether a line of a text looks like `@name.get(`.
fn decorates(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let line = text[at + 1..].lines().next().unwrap_or_default();
        let callee = line.split('(').next().unwrap_or_default();
        callee.rsplit_once('.').is_some_and(|(_, method)| HTTP_METHODS.contains(&method))
    })
}

/// The names in an expression.
fn names_in(expr: &Expr) -> Vec<&str> {
    let mut found = Vec::new();
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        if let ExprKind::Name(name) = &expr.kind {
            found.push(&**name);
        }
        expr.for_each_part(&mut |part| {
            if let alignment_model::code::ExprPart::Expr(inner) = part {
                pending.push(inner);
            }
        });
    }
    found
}
