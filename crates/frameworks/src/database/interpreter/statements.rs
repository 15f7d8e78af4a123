//! Statements: which run, how often, and with what values.

use std::collections::HashMap;
use std::rc::Rc;

use alignment_model::code::{
    Assign, Expr, ExprKind, For, If, Jump, MapEntry, Operator, Statement, Try, With,
};

use super::containers::{united, with_item};
use super::failures::{Failure, FailureKind};
use super::value::{Frame, FunctionValue, List, Value};
use super::{Interpreter, Swallowed};

/// How a list of statements ends.
#[derive(Clone, Debug)]
pub(super) enum Flow<'a> {
    /// The next statement follows.
    Next,
    /// The function returns.
    Return(Value<'a>),
    /// The function may have returned under a condition that is not known: what follows is uncertain.
    MayReturn,
    /// A jump of the loop around.
    Jump(Jump),
    /// A jump under a condition that is not known.
    MayJump(Jump),
    /// Something is raised.
    Raised,
}

impl Flow<'_> {
    /// The same under a condition that is not known.
    fn perhaps(&self) -> Self {
        match self {
            Flow::Next | Flow::Raised => Flow::Next,
            Flow::Return(_) | Flow::MayReturn => Flow::MayReturn,
            Flow::Jump(jump) | Flow::MayJump(jump) => Flow::MayJump(*jump),
        }
    }

    /// What a loop makes of how its body may end.
    fn behind_loop(self) -> Self {
        match self {
            Flow::MayJump(_) | Flow::Jump(_) => Flow::Next,
            other => other,
        }
    }

    /// Of two ways that a block may end early, the one that leaves more behind.
    fn farther(self, other: Self) -> Self {
        let distance = |flow: &Self| match flow {
            Flow::MayReturn => 3,
            Flow::MayJump(Jump::Break) => 2,
            Flow::MayJump(Jump::Continue) => 1,
            _ => 0,
        };
        if distance(&other) > distance(&self) { other } else { self }
    }
}

impl<'a> Interpreter<'_, 'a> {
    pub(super) fn block(&mut self, frame: &Rc<Frame<'a>>, body: &'a [Statement]) -> Flow<'a> {
        let mut uncertain = 0;
        let conditional = self.conditional;
        let mut end = Flow::Next;
        // The names as they stand where the rest of the body of a loop may be left out.
        let mut skipped = None;
        for statement in body {
            let mut flow = self.nested(|this| this.statement(frame, statement)).unwrap_or(Flow::Next);
            self.conditional += u32::from(std::mem::take(&mut self.ends_by_asking));
            if self.is_interrupted() {
                self.raised = false;
                flow = Flow::Raised;
            }
            match flow {
                Flow::Next => {}
                Flow::MayReturn | Flow::MayJump(_) => {
                    // From here on, nothing is sure to run.
                    uncertain += 1;
                    self.uncertain += 1;
                    if matches!(flow, Flow::MayJump(_)) && skipped.is_none() {
                        skipped = Some(frame.names.borrow().clone());
                    }
                    end = end.farther(flow);
                }
                stop if uncertain == 0 => {
                    self.conditional = conditional;
                    return stop;
                }
                // A jump or return that may not be reached.
                stop => {
                    end = end.farther(stop.perhaps());
                    break;
                }
            }
        }
        if let Some(skipped) = skipped {
            let ran = frame.names.take();
            *frame.names.borrow_mut() = agreed(skipped, [ran]);
        }
        self.uncertain -= uncertain;
        self.conditional = conditional;
        end
    }

    fn statement(&mut self, frame: &Rc<Frame<'a>>, statement: &'a Statement) -> Flow<'a> {
        match statement {
            Statement::Expr(expr) if self.program.is_some() => {
                self.eval(frame, expr);
            }
            Statement::Expr(expr) => {
                let before = self.failed_in_try(frame, expr);
                return if before { Flow::Raised } else { Flow::Next };
            }
            Statement::Assign(assign) => self.assign(frame, assign),
            Statement::If(branch) => return self.branch(frame, branch),
            Statement::For(each) => return self.each(frame, each),
            Statement::While(block) => return self.uncertainly(frame, &[&block.body]).behind_loop(),
            Statement::Jump(jump, _) => return Flow::Jump(*jump),
            Statement::With(with) => return self.with(frame, with),
            Statement::Try(attempt) => return self.attempt(frame, attempt),
            Statement::Return(value, _) => {
                let value = value.as_ref().map_or(Value::None, |value| self.eval(frame, value));
                return Flow::Return(value);
            }
            Statement::Raise(..) if self.uncertain > 0 => {}
            Statement::Raise(error, _) => {
                self.raise_own(error.is_some());
                return Flow::Raised;
            }
            Statement::Function(function) => {
                let path = join(&frame.scope, &function.name);
                let value = Value::Function(FunctionValue {
                    file: frame.file,
                    path: path.into(),
                    function,
                    closure: Some(frame.clone()),
                    receiver: None,
                });
                frame.set(&function.name, value);
            }
            Statement::Class(class) => frame.set(&class.name, Value::Unknown),
            // Imports are resolved by name where they are used.
            Statement::Import(_) | Statement::Export(_) | Statement::Type(_) => {}
            Statement::Delete(target) => self.delete(frame, target),
            Statement::Assert(_) | Statement::Unknown(_) => {}
        }
        Flow::Next
    }

    /// Whether a statement of a program was refused, and something around it handles that.
    fn is_interrupted(&self) -> bool {
        self.program.is_some() && self.raised
    }

    /// Evaluates an expression for its effects; whether a change in it failed inside a `try`.
    fn failed_in_try(&mut self, frame: &Rc<Frame<'a>>, expr: &'a Expr) -> bool {
        let before = std::mem::take(&mut self.raised);
        self.eval(frame, expr);
        let raised = std::mem::replace(&mut self.raised, before);
        raised && self.guarded > 0
    }

    fn assign(&mut self, frame: &Rc<Frame<'a>>, assign: &'a Assign) {
        let Some(value) = &assign.value else { return };
        let asked = self.asked;
        let mut new = self.eval(frame, value);
        if self.asked > asked
            && let Some(name) = assign.target.as_name()
        {
            frame.asked.borrow_mut().insert(name.into());
        }
        if let (Some(operator), Some(name)) = (assign.operator, assign.target.as_name()) {
            let old = frame.get(name).unwrap_or(Value::Unknown);
            new = match operator {
                Operator::Add => self.add(&old, &new),
                Operator::Or => united(&old, &new),
                _ => Value::Unknown,
            };
        } else if assign.operator.is_some() {
            // `names["k"] += more`.
            new = Value::Unknown;
        }
        self.bind(frame, &assign.target, new);
    }

    /// Binds a name, or the names of a pattern, to a value.
    pub(super) fn bind(&mut self, frame: &Rc<Frame<'a>>, target: &'a Expr, value: Value<'a>) {
        match &target.kind {
            ExprKind::Name(name) => frame.set(name, value),
            ExprKind::List(targets) | ExprKind::Tuple(targets) => {
                let items = match &value {
                    Value::List(list) if !list.open && list.items.len() == targets.len() => {
                        Some(list.items.clone())
                    }
                    Value::Record(record) => Some(Rc::new(record.values.clone())),
                    _ => None,
                };
                for (at, target) in targets.iter().enumerate() {
                    let item = items.as_ref().and_then(|items| items.get(at).cloned());
                    self.bind(frame, target, item.unwrap_or(Value::Unknown));
                }
            }
            ExprKind::Spread(inner) => self.bind(frame, inner, Value::Unknown),
            ExprKind::Index(object, key) => self.set_item(frame, object, key, Some(value)),
            ExprKind::Member(object, name) => self.set_attribute(frame, object, name, value),
            ExprKind::Map(entries) => {
                for entry in entries {
                    if let MapEntry::Pair(_, target) = entry {
                        self.bind(frame, target, Value::Unknown);
                    }
                }
            }
            _ => {}
        }
    }

    fn delete(&mut self, frame: &Rc<Frame<'a>>, target: &'a Expr) {
        match &target.kind {
            ExprKind::Index(object, key) => self.set_item(frame, object, key, None),
            ExprKind::List(targets) | ExprKind::Tuple(targets) => {
                targets.iter().for_each(|target| self.delete(frame, target));
            }
            _ => {}
        }
    }

    /// `d["k"] = v` and `items[0] = v` on a local dictionary or list; without a value `del d["k"]`.
    fn set_item(&mut self, frame: &Rc<Frame<'a>>, object: &'a Expr, key: &'a Expr, value: Option<Value<'a>>) {
        let Some(name) = object.as_name() else { return };
        let held = self.eval(frame, object);
        let key = self.eval(frame, key);
        frame.replace(name, with_item(&held, key, value));
    }

    fn branch(&mut self, frame: &Rc<Frame<'a>>, branch: &'a If) -> Flow<'a> {
        let asked = self.asked;
        let test = self.eval(frame, &branch.test).truth();
        if self.is_interrupted() {
            return Flow::Raised;
        }
        let asks = u32::from(self.asked > asked);
        self.conditional += asks;
        let test = test.or_else(|| self.choice());
        let flow = match test {
            Some(true) => self.block(frame, &branch.then),
            Some(false) => self.block(frame, &branch.otherwise),
            None => self.uncertainly(frame, &[&branch.then, &branch.otherwise]),
        };
        self.conditional -= asks;
        self.ends_by_asking = asks > 0 && (returns(&branch.then) || returns(&branch.otherwise));
        flow
    }

    /// Bodies of which any may run: what they change is uncertain, and so is every name they bind differently.
    fn uncertainly(&mut self, frame: &Rc<Frame<'a>>, bodies: &[&'a [Statement]]) -> Flow<'a> {
        let before = frame.names.borrow().clone();
        let mut end = Flow::Next;
        let mut outcomes = Vec::with_capacity(bodies.len());
        self.uncertain += 1;
        for body in bodies {
            *frame.names.borrow_mut() = before.clone();
            end = end.farther(self.block(frame, body).perhaps());
            outcomes.push(frame.names.borrow().clone());
        }
        self.uncertain -= 1;
        *frame.names.borrow_mut() = agreed(before, outcomes);
        end
    }

    fn each(&mut self, frame: &Rc<Frame<'a>>, each: &'a For) -> Flow<'a> {
        let iterable = self.eval(frame, &each.iterable);
        if self.is_interrupted() {
            return Flow::Raised;
        }
        let Some(List { items, open }) = self.items(&iterable) else {
            self.bind(frame, &each.target, Value::Unknown);
            return self.uncertainly(frame, &[&each.body]).behind_loop();
        };
        let before = self.uncertain;
        let flow = self.each_item(frame, each, &items, open);
        self.uncertain = before;
        flow
    }

    fn each_item(
        &mut self,
        frame: &Rc<Frame<'a>>,
        each: &'a For,
        items: &[Value<'a>],
        open: bool,
    ) -> Flow<'a> {
        let mut end = Flow::Next;
        for item in items {
            if !self.step() {
                return end;
            }
            self.bind(frame, &each.target, item.clone());
            match self.block(frame, &each.body) {
                Flow::Next | Flow::Jump(Jump::Continue) | Flow::MayJump(Jump::Continue) => {}
                may @ (Flow::MayReturn | Flow::MayJump(Jump::Break)) => {
                    // The rest of the loop may not run.
                    self.uncertain += 1;
                    end = end.farther(may.behind_loop());
                }
                Flow::Jump(Jump::Break) => return end,
                stop if matches!(end, Flow::Next) => return stop,
                stop => return end.farther(stop.perhaps()),
            }
        }
        if open {
            self.bind(frame, &each.target, Value::Unknown);
            end = end.farther(self.uncertainly(frame, &[&each.body]).behind_loop());
        }
        end
    }

    fn with(&mut self, frame: &Rc<Frame<'a>>, with: &'a With) -> Flow<'a> {
        for (item, target) in &with.items {
            let value = self.eval(frame, item);
            if let Some(target) = target {
                self.bind(frame, target, value);
            }
        }
        if self.is_interrupted() {
            return Flow::Raised;
        }
        self.block(frame, &with.body)
    }

    /// `raise`: again what is being handled, or an error of the program's own.
    fn raise_own(&mut self, own: bool) {
        let Some(program) = &mut self.program else { return };
        if own || program.failure.is_none() {
            program.failure = Some(Rc::new(Failure {
                kind: FailureKind::Other,
                message: alignment_model::schema_change::HOLE.to_string().into(),
                change: None,
            }));
        }
    }

    /// `try` of a program: a handler runs where a statement of the body is refused, and the first that names the error does.
    fn attempt_in_program(&mut self, frame: &Rc<Frame<'a>>, attempt: &'a Try) -> Flow<'a> {
        let unverified = self.program.as_ref().map_or(0, |program| program.unverified);
        self.guarded += 1;
        let flow = self.block(frame, &attempt.body);
        self.guarded -= 1;
        let flow = match flow {
            Flow::Raised => self.handle(frame, attempt),
            Flow::Next => {
                // Whether a statement on rows is refused is not always known.
                if self.program.as_ref().is_some_and(|program| program.unverified > unverified) {
                    for (_, handler) in &attempt.handlers {
                        self.uncertainly(frame, &[handler]);
                    }
                }
                self.block(frame, &attempt.otherwise)
            }
            other => other,
        };
        let raised = std::mem::take(&mut self.raised);
        let end = self.block(frame, &attempt.finally);
        self.raised |= raised;
        match end {
            Flow::Next => flow,
            stop => stop,
        }
    }

    /// Gives the error that was raised to the first handler that catches it.
    fn handle(&mut self, frame: &Rc<Frame<'a>>, attempt: &'a Try) -> Flow<'a> {
        let Some(failure) = self.program.as_mut().and_then(|program| program.failure.take()) else {
            return Flow::Raised;
        };
        let mut found = None;
        for (caught, body) in &attempt.handlers {
            let (name, class) = match caught.as_ref().map(|caught| (&caught.kind, caught)) {
                None => {
                    found = Some((None, body));
                    break;
                }
                Some((ExprKind::Walrus(name, class), _)) => (Some(name), &**class),
                Some((_, class)) => (None, class),
            };
            let class = self.eval(frame, class);
            if failure.is_caught_by(&class) {
                found = Some((name, body));
                break;
            }
        }
        let Some((name, body)) = found else {
            if let Some(program) = &mut self.program {
                program.failure = Some(failure);
            }
            return Flow::Raised;
        };
        if let Some(name) = name {
            frame.set(name, Value::Failure(failure.clone()));
        }
        if let Some(program) = &mut self.program {
            program.failure = Some(failure.clone());
        }
        let flow = self.block(frame, body);
        if let Some(program) = &mut self.program
            && !matches!(flow, Flow::Raised)
        {
            program.failure = None;
            if let (Some((change, missing)), true) = (&failure.change, failure.lacks()) {
                program.swallowed.push(Swallowed { change: change.clone(), missing: missing.clone() });
            }
        }
        flow
    }

    /// A handler runs where a change of the body fails; whether anything else fails is not known.
    fn attempt(&mut self, frame: &Rc<Frame<'a>>, attempt: &'a Try) -> Flow<'a> {
        if self.program.is_some() {
            return self.attempt_in_program(frame, attempt);
        }
        self.guarded += 1;
        let flow = self.block(frame, &attempt.body);
        self.guarded -= 1;
        let flow = match flow {
            Flow::Raised => match attempt.handlers.first() {
                Some((_, handler)) => self.block(frame, handler),
                None => Flow::Raised,
            },
            end @ (Flow::Next | Flow::MayReturn | Flow::MayJump(_)) => {
                for (_, handler) in &attempt.handlers {
                    self.uncertainly(frame, &[handler]);
                }
                match end {
                    Flow::Next => self.block(frame, &attempt.otherwise),
                    may => may.farther(self.uncertainly(frame, &[&attempt.otherwise])),
                }
            }
            other => other,
        };
        match self.block(frame, &attempt.finally) {
            Flow::Next => flow,
            stop => stop,
        }
    }
}

/// What the names are, whichever of several ways was taken: before, or after any of the outcomes.
fn agreed<'a>(
    before: HashMap<Box<str>, Value<'a>>,
    outcomes: impl IntoIterator<Item = HashMap<Box<str>, Value<'a>>>,
) -> HashMap<Box<str>, Value<'a>> {
    let mut merged = before;
    for outcome in outcomes {
        #[expect(clippy::iter_over_hash_type, reason = "the result is a map again")]
        for (name, value) in outcome {
            let both = merged.get(&name).map_or(Value::Unknown, |old| either(old, value));
            merged.insert(name, both);
        }
    }
    merged
}

/// One of two values. Lists that begin alike keep that; what else either holds is not known.
fn either<'a>(old: &Value<'a>, new: Value<'a>) -> Value<'a> {
    if is_same(old, &new) {
        return new;
    }
    match (old, &new) {
        (Value::List(a), Value::List(b)) => {
            let pairs = a.items.iter().zip(b.items.iter());
            let shared = pairs.take_while(|(a, b)| is_same(a, b)).map(|(a, _)| a.clone());
            Value::List(List { items: Rc::new(shared.collect()), open: true })
        }
        _ => Value::Unknown,
    }
}

fn is_same<'a>(a: &Value<'a>, b: &Value<'a>) -> bool {
    same_object(a, b) || a.equals(b) == Some(true)
}

/// Whether a block ends by leaving the function.
fn returns(body: &[Statement]) -> bool {
    matches!(body.last(), Some(Statement::Return(..)))
}

/// Whether a value is still the same thing, of a kind that has no equality.
fn same_object<'a>(a: &Value<'a>, b: &Value<'a>) -> bool {
    match (a, b) {
        (Value::Cursor(a), Value::Cursor(b)) => Rc::ptr_eq(a, b),
        (Value::Record(a), Value::Record(b)) => Rc::ptr_eq(a, b),
        (Value::Instance(a), Value::Instance(b)) => Rc::ptr_eq(a, b),
        (Value::Connection, Value::Connection)
        | (Value::Inspector, Value::Inspector)
        | (Value::Dialect, Value::Dialect)
        | (Value::Metadata, Value::Metadata)
        | (Value::Undecided, Value::Undecided) => true,
        (Value::Text(a) | Value::Sql(a), Value::Text(b) | Value::Sql(b)) => Rc::ptr_eq(&a.text, &b.text),
        (Value::List(a), Value::List(b)) => Rc::ptr_eq(&a.items, &b.items),
        (Value::Map(a), Value::Map(b)) => Rc::ptr_eq(a, b),
        (Value::Function(a), Value::Function(b)) => a.path == b.path && a.file == b.file,
        (Value::External(a), Value::External(b)) | (Value::Object(a), Value::Object(b)) => a == b,
        (Value::Path(a), Value::Path(b))
        | (Value::Rows(a), Value::Rows(b))
        | (Value::Row(a), Value::Row(b)) => a == b,
        (Value::Class(a), Value::Class(b)) => a == b,
        (Value::Batch(a), Value::Batch(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => Rc::ptr_eq(a, b),
        (Value::Column(a), Value::Column(b)) => Rc::ptr_eq(a, b),
        (Value::Constraint(a, _), Value::Constraint(b, _)) => Rc::ptr_eq(a, b),
        (Value::Table(a), Value::Table(b)) => Rc::ptr_eq(a, b),
        (Value::Module(a), Value::Module(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}
