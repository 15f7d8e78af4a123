//! One pass over the statements of a function: what each local is certain to be, branch by branch.
//!
//! Where branches meet, a name keeps what all of them agree on. In a loop, a name that the loop assigns is not certain until
//! it is assigned.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use alignment_model::code::{
    Assign, Expr, ExprKind, For, Function, If, Operator, ParameterKind, Statement, Try,
};
use alignment_model::project::{Conversion, ModelWrite, RowMade};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Span};

use super::Context;
use super::checks::{Checked, mentioned};
use super::filling::Filling;
use super::rows::Made;
use super::types::{Key, Type};
use super::unfollowed::Unread;
use crate::python::annotations::Place;
use crate::python::scope::each_statement;

/// Statements inside statements that are read; `elif` does not count.
const MAX_NESTING: u32 = 48;

/// Locals of one function: more are those of generated code.
const MAX_LOCALS: usize = 400;

/// Locals by name.
type Locals<'a> = HashMap<&'a str, Type>;

/// What is known at one point of a function.
type State<'a> = (Locals<'a>, Checked<'a>);

/// An object that a function returns.
#[derive(Clone, Debug)]
pub(super) struct Returned {
    pub(super) ty: Type,
    /// See [`Conversion::checked`].
    pub(super) checked: Vec<Box<str>>,
    pub(super) span: Span,
}

/// One function being read.
pub(super) struct Flow<'c, 'n, 'a> {
    pub(super) context: &'c Context<'c, 'n, 'a>,
    pub(super) file: FileId,
    /// Dotted path of the function, from which its names are seen.
    pub(super) scope: &'c str,
    pub(super) locals: Locals<'a>,
    /// Attributes of locals that are not None here, or that code asked about.
    pub(super) checked: Checked<'a>,
    /// Locals that hold what a function returned which may return None by its annotation.
    pub(super) optional: HashSet<&'a str>,
    /// Parameters that admit None by their annotation, or have none.
    pub(super) admitting: HashSet<&'a str>,
    /// What the function was given.
    given: HashSet<&'a str>,
    /// Conditions of the branches around.
    conditions: Vec<&'a Expr>,
    /// The classes of schemas whose objects a local was, at some point.
    was: HashMap<&'a str, Vec<Key>>,
    /// What is filled of them so far.
    filling: Filling<'a>,
    /// What was known where a loop was left or begun anew.
    jumps: Option<State<'a>>,
    /// Locals that hold an object that was made on the way, not read from the database.
    pub(super) fresh: HashSet<&'a str>,
    /// Whether the call that was read last makes what it gives.
    pub(super) made: bool,
    /// How deep the statement or expression is that is being read.
    pub(super) depth: u32,
    pub(super) found: Found,
}

/// What a function shows.
#[derive(Default)]
pub(super) struct Found {
    /// Conversions in the order they are written.
    pub(super) conversions: Vec<Conversion>,
    /// Constructions from an object that was just made, with its class: they count where no other code shows the pair.
    pub(super) from_fresh: Vec<(Key, Conversion)>,
    /// What it returns.
    pub(super) returns: Vec<Returned>,
    /// Fields of schemas that it gives, by construction; `None` where a spread gives any.
    pub(super) built: Vec<(Key, Option<Vec<Box<str>>>)>,
    /// Fields of schemas that it fills on every way on.
    pub(super) completed: Vec<(Key, Box<str>)>,
    /// Fields of schemas that are set by name.
    pub(super) given: Vec<(Key, Box<str>)>,
    /// Objects of models that are written from objects of schemas.
    pub(super) writes: Vec<ModelWrite>,
    /// Objects of models that calls make.
    pub(super) made: Vec<Made>,
    /// Those of them that are handed to a session.
    pub(super) rows: Vec<RowMade>,
    /// Schemas that are validated from objects of other classes.
    pub(super) elsewhere: Vec<Key>,
    /// Models of which rows are written from values that are not followed.
    pub(super) unfollowed: Vec<Unread>,
    /// Fields of schemas that are asked about or set by name.
    pub(super) handled: Vec<(DeclarationKey, Box<str>)>,
    /// Attributes of models that are set by name.
    pub(super) assigned: Vec<(Key, Box<str>)>,
    /// Attributes set on objects whose class does not declare them.
    pub(super) attached: Vec<(Key, Box<str>)>,
}

impl<'c, 'n, 'a> Flow<'c, 'n, 'a> {
    /// Reads a function. `owner` is the class around it.
    pub(super) fn read(
        context: &'c Context<'c, 'n, 'a>,
        file: FileId,
        scope: &'c str,
        owner: Option<&DeclarationKey>,
        outer: &str,
        function: &'a Function,
    ) -> Found {
        let mut flow = Self {
            context,
            file,
            scope,
            locals: Locals::new(),
            checked: Checked::new(),
            jumps: None,
            fresh: HashSet::new(),
            optional: HashSet::new(),
            admitting: HashSet::new(),
            given: HashSet::new(),
            conditions: Vec::new(),
            was: HashMap::new(),
            filling: Filling::default(),
            made: false,
            depth: 0,
            found: Found::default(),
        };
        for parameter in &function.parameters {
            let annotation = parameter.annotation.as_ref().and_then(|annotation| annotation.expression());
            let ty = annotation.map_or(Type::Unknown, |annotation| flow.annotated(outer, annotation));
            let ty = match parameter.kind {
                ParameterKind::Rest => Type::list(ty),
                ParameterKind::KeywordRest => Type::Map(Rc::new(ty)),
                _ => ty,
            };
            let admits = |written| {
                let place = Place::new(flow.file, outer);
                !flow.context.annotations.read(place, written).nullable.is_no()
            };
            if annotation.is_none_or(admits) {
                flow.admitting.insert(&parameter.name);
            }
            flow.given.insert(&parameter.name);
            flow.bind(&parameter.name, ty);
        }
        if let (Some(owner), Some(first)) = (owner, function.parameters.first())
            && first.annotation.is_none()
        {
            let is =
                |name: &str| function.decorators.iter().any(|decorator| decorator.as_name() == Some(name));
            let owner = Rc::new(owner.clone());
            if is("classmethod") {
                flow.bind(&first.name, Type::Class(owner));
            } else if !is("staticmethod") {
                flow.bind(&first.name, Type::Object(owner));
            }
        }
        if !flow.block(&function.body) {
            flow.filling.reach(&flow.checked);
        }
        flow.found.completed = flow.filling.completed(&flow.was);
        flow.found.settle_writes();
        flow.rows(function, function.name_range.in_file(file));
        flow.found
    }

    /// What an annotation says, seen from `scope`.
    pub(super) fn annotated(&self, scope: &str, annotation: &Expr) -> Type {
        Type::of_shape(&self.context.annotations.shape(Place::new(self.file, scope), annotation))
    }

    /// Sets what a local is.
    pub(super) fn bind(&mut self, name: &'a str, ty: Type) {
        self.fresh.remove(name);
        self.optional.remove(name);
        if let Type::Object(key) = &ty
            && self.context.schemas.contains_key(&**key)
        {
            self.was.entry(name).or_default().push(key.clone());
        }
        self.checked.retain(|(local, _)| *local != name);
        if let Some(local) = self.locals.get_mut(name) {
            *local = ty;
        } else if self.locals.len() < MAX_LOCALS {
            self.locals.insert(name, ty);
        }
    }

    /// Reads statements in order; whether they end with a `return` or `raise`.
    fn block(&mut self, body: &'a [Statement]) -> bool {
        if self.depth > MAX_NESTING {
            self.forget(body);
            return false;
        }
        self.depth += 1;
        let mut ended = false;
        for statement in body {
            if self.statement(statement) {
                ended = true;
                break;
            }
        }
        self.depth -= 1;
        ended
    }

    fn statement(&mut self, statement: &'a Statement) -> bool {
        match statement {
            Statement::Assign(assign) => self.assign(assign),
            Statement::Expr(expr) => self.run(expr),
            Statement::Return(value, range) => {
                let (ty, checked, range) = match value {
                    Some(value) => (self.eval(value), self.checked_of(value), value.range),
                    None => (Type::Null, Vec::new(), *range),
                };
                self.filling.reach(&self.checked);
                if let Some(local) = value.as_ref().and_then(Expr::as_name) {
                    self.filling.returned(local);
                }
                let checked = checked.into_iter().map(Box::from).collect();
                self.found.returns.push(Returned { ty, checked, span: range.in_file(self.file) });
                return true;
            }
            Statement::Raise(value, _) => {
                value.iter().for_each(|value| {
                    self.eval(value);
                });
                return true;
            }
            Statement::Assert(test) => {
                self.asked(test);
                self.eval(test);
                self.assume(test, true);
            }
            Statement::Jump(..) => {
                let here = self.state();
                meet(&mut self.jumps, here);
                return true;
            }
            Statement::If(branch) => return self.branch(branch),
            Statement::For(each) => self.each(each),
            Statement::While(block) => {
                let before = self.enter_loop(&block.body);
                block.head.iter().for_each(|head| {
                    self.asked(head);
                    self.eval(head);
                    self.assume(head, true);
                });
                self.leave_loop(before, &block.body);
            }
            Statement::With(with) => {
                for (item, target) in &with.items {
                    self.eval(item);
                    target.iter().for_each(|target| self.bind_pattern(target, &Type::Unknown));
                }
                return self.block(&with.body);
            }
            Statement::Try(attempt) => return self.attempt(attempt),
            Statement::Delete(target) => self.change(target),
            Statement::Function(function) => self.bind(&function.name, Type::Unknown),
            _ => {}
        }
        false
    }

    fn assign(&mut self, assign: &'a Assign) {
        self.made = false;
        let value = assign.value.as_ref().map(|value| self.eval(value));
        let checked = assign.value.as_ref().map_or_else(Vec::new, |value| self.checked_of(value));
        let made = self.made && assign.value.as_ref().is_some_and(is_call);
        let may_be_none = assign.value.as_ref().is_some_and(|value| self.may_be_none(value));
        let set = assign.value.as_ref().map_or_else(Vec::new, |value| self.set_by_call(value));
        if assign.operator.is_some() {
            let own = self.eval(&assign.target);
            let kept = matches!((&own, &value), (Type::List(_), Some(Type::List(_))));
            let joined = value.filter(|_| kept).map_or(Type::Unknown, |value| own.join(value));
            self.bind_pattern(&assign.target, &joined);
            return;
        }
        let annotation = assign.annotation.as_ref().and_then(|annotation| annotation.expression());
        let declared = annotation.map(|annotation| self.annotated(self.scope, annotation));
        match (declared, value) {
            (Some(Type::Unknown), Some(value)) | (None, Some(value)) => {
                self.bind_pattern(&assign.target, &value);
            }
            (Some(declared), _) => self.bind_pattern(&assign.target, &declared),
            (None, None) => {}
        }
        if let (true, ExprKind::Name(name)) = (made, &assign.target.kind) {
            self.fresh.insert(name);
        }
        self.keep(&assign.target, checked);
        self.keep(&assign.target, set);
        if let Some(value) = &assign.value {
            self.replaced(&assign.target, value);
        }
        match &assign.target.kind {
            ExprKind::Name(name) if may_be_none => {
                self.optional.insert(name);
            }
            ExprKind::Member(object, attribute) if !may_be_none => {
                if let Some(local) = object.as_name() {
                    self.fill(local, attribute);
                }
            }
            _ => {}
        }
    }

    /// Binds what a target names; notes what is attached to an object.
    pub(super) fn bind_pattern(&mut self, target: &'a Expr, ty: &Type) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(name, ty.clone()),
            ExprKind::Member(object, attribute) => {
                if let Type::Object(key) = self.eval(object) {
                    self.set(&key, attribute);
                    if !self.context.declares(&key, attribute) {
                        self.found.attached.push((key, attribute.clone()));
                    }
                }
            }
            ExprKind::Index(..) => self.change(target),
            _ => {
                let (mut stack, mut first) = (vec![target], true);
                while let Some(part) = stack.pop() {
                    match &part.kind {
                        ExprKind::Name(name) => self.bind(name, Type::Unknown),
                        ExprKind::Tuple(items) | ExprKind::List(items) => {
                            stack.extend(items);
                            if let (true, [_, second], Type::Pairs(inner)) = (first, items.as_slice(), ty)
                                && let ExprKind::Name(name) = &second.kind
                            {
                                stack.pop();
                                self.bind(name, Type::clone(inner));
                            }
                        }
                        ExprKind::Spread(inner) => stack.push(inner),
                        _ => {}
                    }
                    first = false;
                }
            }
        }
    }

    /// A dictionary of fields that is changed holds no longer just them.
    fn change(&mut self, target: &'a Expr) {
        let changed = match &target.kind {
            ExprKind::Index(object, index) => {
                self.eval(index);
                object
                    .as_name()
                    .filter(|name| self.locals.get(*name).is_some_and(|own| own.dumped().is_some()))
            }
            ExprKind::Name(_) => target.as_name(),
            _ => None,
        };
        if let Some(name) = changed {
            self.bind(name, Type::Unknown);
        }
    }

    /// An expression on its own: `items.append(item)` says what a list holds.
    fn run(&mut self, expr: &'a Expr) {
        if let ExprKind::Call(call) = &expr.kind
            && let ExprKind::Member(object, method) = &call.callee.kind
            && let Some(name) = object.as_name()
            && let Some(own) = self.locals.get(name).cloned()
        {
            let added = match (&own, &**method, call.arguments.as_slice()) {
                (Type::List(_), "append" | "add", [one]) => Some(Type::list(self.eval(&one.value))),
                (Type::List(_), "extend", [more]) => Some(Type::list(self.eval(&more.value).element())),
                (own, "pop" | "update" | "setdefault" | "clear", _) if own.dumped().is_some() => {
                    Some(Type::Unknown)
                }
                _ => None,
            };
            if let Some(added) = added {
                self.bind(name, own.join(added));
                return;
            }
        }
        self.eval(expr);
        self.handed_on(expr);
    }

    /// `if`, with its `elif` in a loop: a chain is nested as deeply as it is long.
    fn branch(&mut self, first: &'a If) -> bool {
        let mut met: Option<State<'a>> = None;
        let around = self.conditions.len();
        let mut branch = first;
        loop {
            self.asked(&branch.test);
            self.eval(&branch.test);
            let before = self.state();
            self.assume(&branch.test, true);
            self.conditions.push(&branch.test);
            if !self.block(&branch.then) {
                meet(&mut met, self.take_state());
            }
            self.resume(before);
            self.assume(&branch.test, false);
            match branch.otherwise.as_slice() {
                [Statement::If(next)] => branch = next,
                otherwise => {
                    if !self.block(otherwise) {
                        meet(&mut met, self.take_state());
                    }
                    break;
                }
            }
        }
        self.conditions.truncate(around);
        let ended = met.is_none();
        self.resume(met.unwrap_or_default());
        ended
    }

    /// Notes that an attribute of a local is set. On what the function was given only a default counts, which is set where the attribute is
    /// asked for: another function may hand the object on without asking this one.
    fn fill(&mut self, local: &'a str, attribute: &'a str) {
        let asks = || self.conditions.iter().any(|test| mentioned(test).contains(&(local, attribute)));
        if !self.given.contains(local) || asks() {
            self.filling.set(local, attribute);
        }
    }

    fn each(&mut self, each: &'a For) {
        let element = self.iterated(&each.iterable);
        let before = self.enter_loop(&each.body);
        let checked = self.checked_of(&each.iterable);
        self.bind_pattern(&each.target, &element);
        self.keep(&each.target, checked);
        // What a loop writes that does nothing else is noted already.
        let body = if self.set_each(each) { &[] } else { each.body.as_slice() };
        self.leave_loop(before, body);
    }

    /// What a loop over an expression gives.
    pub(super) fn iterated(&mut self, iterable: &'a Expr) -> Type {
        match self.eval(iterable) {
            pairs @ Type::Pairs(_) => pairs,
            other => other.element(),
        }
    }

    /// What is known before a loop, and what was known at the jumps of the loop around it.
    fn enter_loop(&mut self, body: &'a [Statement]) -> (State<'a>, Option<State<'a>>) {
        let before = self.state();
        self.forget(body);
        (before, self.jumps.take())
    }

    fn leave_loop(&mut self, (before, around): (State<'a>, Option<State<'a>>), body: &'a [Statement]) {
        let ended = self.block(body);
        if !ended {
            self.filling.reach(&self.checked);
        }
        let mut met = Some(before);
        if !ended {
            meet(&mut met, self.take_state());
        }
        if let Some(jumped) = std::mem::replace(&mut self.jumps, around) {
            meet(&mut met, jumped);
        }
        self.resume(met.unwrap_or_default());
    }

    fn state(&self) -> State<'a> {
        (self.locals.clone(), self.checked.clone())
    }

    fn take_state(&mut self) -> State<'a> {
        (std::mem::take(&mut self.locals), std::mem::take(&mut self.checked))
    }

    pub(super) fn resume(&mut self, (locals, checked): State<'a>) {
        (self.locals, self.checked) = (locals, checked);
    }

    /// Makes names uncertain that statements assign. Lists that grow stay what they are.
    fn forget(&mut self, body: &'a [Statement]) {
        let mut targets: Vec<&'a Expr> = Vec::new();
        each_statement(body, &mut |statement, _| match statement {
            Statement::Assign(assign) => targets.push(&assign.target),
            Statement::For(each) => targets.push(&each.target),
            Statement::With(with) => targets.extend(with.items.iter().filter_map(|(_, at)| at.as_ref())),
            Statement::Delete(target) => targets.push(target),
            _ => {}
        });
        while let Some(target) = targets.pop() {
            match &target.kind {
                ExprKind::Name(name) => {
                    if let Some(local) = self.locals.get_mut(&**name) {
                        *local = Type::Unknown;
                    }
                    self.checked.retain(|(local, _)| **local != **name);
                }
                ExprKind::Member(object, attribute) => {
                    if let Some(local) = object.as_name() {
                        self.checked.remove(&(local, attribute));
                    }
                }
                ExprKind::Tuple(items) | ExprKind::List(items) => targets.extend(items),
                ExprKind::Spread(inner) => targets.push(inner),
                _ => {}
            }
        }
    }

    fn attempt(&mut self, attempt: &'a Try) -> bool {
        let before = self.state();
        let mut ended = self.block(&attempt.body);
        if !ended {
            ended = self.block(&attempt.otherwise);
        }
        // A handler runs after any part of the body.
        let mut start = Some(before);
        meet(&mut start, self.state());
        let start = start.unwrap_or_default();
        let mut met = (!ended).then(|| self.take_state());
        for (_, handler) in &attempt.handlers {
            self.resume(start.clone());
            self.forget(&attempt.body);
            if !self.block(handler) {
                meet(&mut met, self.take_state());
            }
        }
        let ended = met.is_none();
        self.resume(met.unwrap_or(start));
        self.block(&attempt.finally) || ended
    }

    /// Whether an operator gives one of its operands.
    pub(super) fn gives_operand(operator: Operator) -> bool {
        matches!(operator, Operator::BooleanOr | Operator::Coalesce)
    }
}

/// Whether a value is what a call gives.
fn is_call(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Await(inner) => inner.as_call().is_some(),
        kind => matches!(kind, ExprKind::Call(_)),
    }
}

/// Joins what two branches say; a name that only one of them binds is bound there or not at all.
#[expect(clippy::iter_over_hash_type, reason = "each name is joined by itself: order does not show")]
fn meet<'a>(met: &mut Option<State<'a>>, other: State<'a>) {
    let Some((met, checked)) = met else {
        *met = Some(other);
        return;
    };
    checked.retain(|known| other.1.contains(known));
    for (name, ty) in other.0 {
        match met.remove(name) {
            Some(own) => met.insert(name, own.join(ty)),
            None => met.insert(name, ty),
        };
    }
}
