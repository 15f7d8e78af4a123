//! What becomes of the answer of one call inside the function that makes it: how it is unwrapped, which types and schemas are
//! claimed for it, whether its keys are converted, and what the function returns of it.
//!
//! ```text
//! const res = await fetch(url)             // the response
//! if (!res.ok) throw await res.json()      // of a failure: no claim
//! const users: User[] = await res.json()   // claim: User[]
//! return users                             // the body
//! ```
//!
//! Deliberately absent: anything that computes a new value from the body. What is made of it is not what travels.

use std::collections::{HashMap, HashSet};

use alignment_model::TextRange;
use alignment_model::code::{
    Argument, Assign, Call, Expr, ExprKind, Function, If, Literal, MapEntry, Operator, Statement, TypeExpr,
};

use super::answers::{Carrier, Claim, Claimed, awaited, executor, outcome, wrapped};
use super::bodies::pattern_path;
use super::frame::{Callable, Frame, Place, TypePlace};
use super::keys::Keys;
use super::reads::{ELEMENT, Reads, gives_elements};
use super::urls::address;
use super::values::Value;
use super::wrappers::Requests;
use crate::typescript::names::{Declaration, Symbol, Target};

/// Functions that an answer is handed to inside others.
const MAX_HANDED: usize = 5;

/// What a function does with the answer of one call in it.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    /// In the order in which they are met.
    pub(super) claims: Vec<Claim<'a>>,
    /// What it returns of it.
    pub(super) returned: Option<Carrier>,
    /// Whether it returns nothing else.
    pub(super) is_sure: bool,
    pub(super) keys: Keys,
    pub(super) reads: Reads,
}

impl Default for Flow<'_> {
    fn default() -> Self {
        Self { claims: Vec::new(), returned: None, is_sure: true, keys: Keys::None, reads: Reads::default() }
    }
}

impl<'a> Flow<'a> {
    /// Follows the answer of the call at `target`, which gives `carrier`, through a function.
    pub(super) fn of(
        requests: &Requests<'_, '_, 'a>,
        callable: &Callable<'a>,
        frame: &Frame<'a>,
        target: &Place<'a>,
        carrier: Option<Carrier>,
    ) -> Self {
        let Some(carrier) = carrier else {
            return Self::default();
        };
        let mut tracer = Tracer::new(requests, callable, frame, 0);
        tracer.target = Some((target.expr, carrier));
        tracer.run(callable.function)
    }

    /// What a function does with an argument.
    pub(super) fn of_argument(
        requests: &Requests<'_, '_, 'a>,
        callable: &Callable<'a>,
        at: usize,
        carrier: Carrier,
    ) -> Self {
        let mut tracer = Tracer::new(requests, callable, &callable.open(), 0);
        tracer.parameters.insert((address(callable.function), at), carrier);
        tracer.run(callable.function)
    }
}

pub(super) struct Tracer<'r, 'v, 'n, 'a> {
    pub(super) requests: &'r Requests<'v, 'n, 'a>,
    pub(super) file: alignment_model::FileId,
    frame: Frame<'a>,
    /// The call whose answer is followed.
    pub(super) target: Option<(&'a Expr, Carrier)>,
    variables: HashMap<Symbol, Carrier>,
    /// By function and position.
    parameters: HashMap<(usize, usize), Carrier>,
    /// Functions that settle a promise, by address, with what they gave for its value so far.
    settled: HashMap<usize, Option<Carrier>>,
    /// What the function at hand says it returns.
    declared: Option<TypePlace<'a>>,
    /// Inside what only happens on failure.
    pub(super) failed: usize,
    /// Inside a question about the answer: what is read there may be missing.
    pub(super) asking: usize,
    /// Where such a question was answered: what is read there is there for some answers only.
    pub(super) quiet: usize,
    /// Variables that may be something else too.
    pub(super) unsure: HashSet<Symbol>,
    handed: usize,
    pub(super) flow: Flow<'a>,
}

impl<'r, 'v, 'n, 'a> Tracer<'r, 'v, 'n, 'a> {
    fn new(
        requests: &'r Requests<'v, 'n, 'a>,
        callable: &Callable<'a>,
        frame: &Frame<'a>,
        handed: usize,
    ) -> Self {
        let expected = requests.expected.get(&address(callable.function));
        let own = callable.function.returns.as_ref();
        let own = own.map(|ty| TypePlace { file: callable.file, ty, frame: frame.clone() });
        Self {
            requests,
            file: callable.file,
            frame: frame.clone(),
            target: None,
            variables: HashMap::new(),
            parameters: HashMap::new(),
            settled: HashMap::new(),
            declared: own.or_else(|| expected.cloned()),
            failed: 0,
            asking: 0,
            quiet: 0,
            unsure: HashSet::new(),
            handed,
            flow: Flow::default(),
        }
    }

    fn run(mut self, function: &'a Function) -> Flow<'a> {
        self.statements(&function.body);
        self.flow
    }

    pub(super) fn place(&self, expr: &'a Expr) -> Place<'a> {
        Place { file: self.file, expr, frame: self.frame.clone() }
    }

    fn statements(&mut self, body: &'a [Statement]) {
        body.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Assign(assign) => self.assign(assign),
            Statement::Return(Some(value), _) => self.returned(value),
            Statement::Expr(value) | Statement::Delete(value) => drop(self.expr(value)),
            Statement::Raise(value, _) => {
                self.failed += 1;
                value.iter().for_each(|value| drop(self.expr(value)));
                self.failed -= 1;
            }
            Statement::If(branch) => self.asked_branch(branch),
            Statement::For(each) => {
                self.expr(&each.iterable);
                self.statements(&each.body);
            }
            Statement::While(block) => {
                block.head.iter().for_each(|head| drop(self.expr(head)));
                self.statements(&block.body);
            }
            Statement::Try(guard) => {
                self.statements(&guard.body);
                guard.handlers.iter().for_each(|(_, body)| self.statements(body));
                self.statements(&guard.finally);
            }
            _ => {}
        }
    }

    fn assign(&mut self, assign: &'a Assign) {
        let Some(value) = &assign.value else { return };
        if matches!(assign.target.kind, ExprKind::Member(..)) {
            // What code sets itself need not arrive.
            self.asks(&assign.target);
        }
        let Some(carrier) = self.expr(value) else { return };
        self.note_sureness(&assign.target, value);
        self.note_pattern(&assign.target, value, &carrier);
        let annotation = assign.annotation.as_ref().or_else(|| self.declared_type(&assign.target));
        if let Some(annotation) = annotation.or_else(|| self.reactive_type(&assign.target)) {
            self.claim(annotation, &carrier);
        }
        self.bind(&assign.target, carrier);
    }

    /// The type with which a variable was declared that is assigned later: `let users: User[]; users = await res.json()`.
    fn declared_type(&self, target: &'a Expr) -> Option<&'a TypeExpr> {
        target.as_name()?;
        let names = self.requests.values.names;
        let Target::Declared(symbol) = names.resolve_value(self.file, target) else { return None };
        names.declarations(symbol).find_map(|(file, declaration)| match declaration {
            Declaration::Variable(assign) if file == self.file => assign.annotation.as_ref(),
            _ => None,
        })
    }

    /// The type of the state that a function sets: `const [users, setUsers] = useState<User[]>([]); setUsers(await res.json())`
    /// (react.dev, "useState").
    fn state_type(&self, callee: &'a Expr) -> Option<&'a TypeExpr> {
        let name = callee.as_name()?;
        let names = self.requests.values.names;
        let Target::Declared(symbol) = names.resolve_value(self.file, callee) else { return None };
        names.declarations(symbol).find_map(|(file, declaration)| match declaration {
            Declaration::Destructured(assign) if pattern_path(&assign.target, name)? == ["1".into()] => {
                self.made_by(file, assign, &["react"], &["useState"])
            }
            _ => None,
        })
    }

    /// The type of a reactive value that is assigned: `const users = ref<User[]>([]); users.value = await res.json()` (vuejs.org,
    /// "Reactivity API").
    fn reactive_type(&self, target: &'a Expr) -> Option<&'a TypeExpr> {
        let ExprKind::Member(object, key) = &target.kind else { return None };
        let names = self.requests.values.names;
        let Target::Declared(symbol) = names.resolve_value(self.file, object) else { return None };
        names.declarations(symbol).find_map(|(file, declaration)| match declaration {
            Declaration::Variable(assign) if &**key == "value" => {
                self.made_by(file, assign, &["vue", "@vue/reactivity", "#imports"], &["ref", "shallowRef"])
            }
            _ => None,
        })
    }

    /// The type argument of the call that gives a variable its value, if that is a function of a package with one of these names.
    fn made_by(
        &self,
        file: alignment_model::FileId,
        assign: &'a Assign,
        modules: &[&str],
        functions: &[&str],
    ) -> Option<&'a TypeExpr> {
        let made = assign.value.as_ref()?.as_call()?;
        let callee = Place { file, expr: &made.callee, frame: self.frame.clone() };
        let Value::External(module, path) = self.requests.values.value(&callee) else { return None };
        let is_one = modules.contains(&module) && functions.contains(&&**path.last()?);
        made.type_arguments.first().filter(|_| is_one && file == self.file)
    }

    /// Binds a name, or the names of a pattern, to a value.
    fn bind(&mut self, target: &'a Expr, carrier: Carrier) {
        match &target.kind {
            ExprKind::Name(_) => {
                if let Target::Declared(symbol) = self.requests.values.names.resolve_value(self.file, target)
                {
                    // `data = isJson ? await res.json() : await res.text()` in two branches: the body is what is claimed.
                    let is_body = matches!(self.variables.get(&symbol), Some(Carrier::Body(_)));
                    if !(is_body && carrier == Carrier::Text) {
                        self.variables.insert(symbol, carrier);
                    }
                }
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    if let MapEntry::Pair(key, inner) = entry
                        && let Some(member) = key.as_text().and_then(|name| carrier.member(name))
                    {
                        self.bind(inner, member);
                    }
                }
            }
            ExprKind::List(items) => {
                for (at, inner) in items.iter().enumerate() {
                    if let Some(member) = carrier.member(&at.to_string()) {
                        self.bind(inner, member);
                    }
                }
            }
            _ => {}
        }
    }

    fn returned(&mut self, value: &'a Expr) {
        let carrier = self.expr(value);
        if self.failed > 0 {
            return;
        }
        self.note_returned(value, carrier.as_ref());
        let Some(carrier) = carrier else { return };
        if let Some(declared) = self.declared.clone() {
            self.claim_place(declared, &carrier);
        }
        self.flow.returned.get_or_insert(carrier);
    }

    /// Both sides of a branch.
    pub(super) fn sides(&mut self, branch: &'a If) {
        let outcome = outcome(&branch.test);
        self.side(&branch.then, outcome == Some(false));
        self.side(&branch.otherwise, outcome == Some(true));
    }

    fn side(&mut self, body: &'a [Statement], failed: bool) {
        self.failed += usize::from(failed);
        self.statements(body);
        self.failed -= usize::from(failed);
    }

    /// What an expression is with regard to the answer; visits all of it.
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Option<Carrier> {
        if !self.requests.may_trace() {
            return None;
        }
        if let Some((target, carrier)) = &self.target
            && std::ptr::eq(*target, expr)
        {
            return Some(carrier.clone());
        }
        match &expr.kind {
            ExprKind::Name(_) => self.named(expr),
            ExprKind::Await(inner) => self.expr(inner),
            ExprKind::As(inner, ty) => {
                let carrier = self.expr(inner)?;
                self.claim(ty, &carrier);
                Some(carrier)
            }
            ExprKind::Member(object, name) => {
                let carrier = self.expr(object)?;
                let member = carrier.member(name)?;
                self.note_key(expr, object, &carrier, &member);
                Some(member)
            }
            ExprKind::Index(object, index) => self.item(expr, object, index),
            ExprKind::List(items) => {
                let carriers = items.iter().enumerate().map(|(at, item)| (at, self.expr(item)));
                let found: Vec<(usize, Option<Carrier>)> = carriers.collect();
                found.into_iter().find_map(|(at, carrier)| Some(Carrier::Item(at, Box::new(carrier?))))
            }
            ExprKind::Map(entries) => {
                let pairs = entries.iter().filter_map(|entry| match entry {
                    MapEntry::Pair(key, value) => {
                        let carrier = self.expr(value);
                        Some((key.as_text()?, carrier))
                    }
                    MapEntry::Spread(value) => {
                        self.expr(value);
                        None
                    }
                    MapEntry::Method(_) => None,
                });
                let found: Vec<(&str, Option<Carrier>)> = pairs.collect();
                found
                    .into_iter()
                    .find_map(|(key, carrier)| Some(Carrier::Entry(key.into(), Box::new(carrier?))))
            }
            ExprKind::Walrus(_, value) => self.expr(value),
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                let asked = self.asks(test);
                self.quiet += usize::from(asked);
                let outcome = outcome(test);
                let first = self.one_side(then, outcome == Some(false));
                let second = self.one_side(otherwise, outcome == Some(true));
                self.quiet -= usize::from(asked);
                first.or(second)
            }
            ExprKind::Binary(Operator::Coalesce | Operator::BooleanOr, left, right) => {
                self.asking += 1;
                let left = self.expr(left);
                let right = self.expr(right);
                self.asking -= 1;
                left.or(right)
            }
            ExprKind::Binary(Operator::BooleanAnd, left, right) => {
                let asked = self.asks(left);
                self.quiet += usize::from(asked);
                let carrier = self.expr(right);
                self.quiet -= usize::from(asked);
                carrier
            }
            ExprKind::Binary(Operator::In, _, inner) | ExprKind::Unary(_, inner) => {
                self.asks(inner);
                self.asks_what(inner);
                None
            }
            ExprKind::Call(call) => self.call(call),
            // What happens in a function that is not called here does not happen to this answer.
            ExprKind::Function(_) | ExprKind::Class(_) => None,
            _ => {
                let mut parts = Vec::new();
                expr.for_each_part(&mut |part| parts.push(part));
                for part in parts {
                    if let alignment_model::code::ExprPart::Expr(inner) = part {
                        self.expr(inner);
                    }
                }
                None
            }
        }
    }

    /// `object[index]`
    fn item(&mut self, expr: &'a Expr, object: &'a Expr, index: &'a Expr) -> Option<Carrier> {
        self.expr(index);
        let carrier = self.expr(object)?;
        match &index.kind {
            // The position in a list of answers, or of an element.
            ExprKind::Literal(Literal::Int(at)) => match &carrier {
                Carrier::Body(_) => carrier.member(ELEMENT),
                _ => carrier.member(&at.to_string()),
            },
            _ => {
                let member = carrier.member(index.as_text()?)?;
                self.note_key(expr, object, &carrier, &member);
                Some(member)
            }
        }
    }

    fn one_side(&mut self, side: &'a Expr, failed: bool) -> Option<Carrier> {
        self.failed += usize::from(failed);
        let carrier = self.expr(side);
        self.failed -= usize::from(failed);
        carrier.filter(|_| !failed)
    }

    fn named(&self, name: &'a Expr) -> Option<Carrier> {
        if self.variables.is_empty() && self.parameters.is_empty() {
            return None;
        }
        let names = self.requests.values.names;
        let Target::Declared(symbol) = names.resolve_value(self.file, name) else { return None };
        if let Some(carrier) = self.variables.get(&symbol) {
            return Some(carrier.clone());
        }
        names.declarations(symbol).find_map(|(_, declaration)| {
            let Declaration::Parameter(function, at) = declaration else { return None };
            let carrier = self.parameters.get(&(address(function), at))?;
            let path = match function.parameters.get(at)?.pattern.as_ref() {
                Some(pattern) => pattern_path(pattern, names.name(symbol))?,
                None => Vec::new(),
            };
            path.iter().try_fold(carrier.clone(), |carrier, name| carrier.member(name))
        })
    }

    fn call(&mut self, call: &'a Call) -> Option<Carrier> {
        if let ExprKind::Member(object, method) = &call.callee.kind {
            if let Some(carrier) = self.expr(object) {
                return self.method(carrier, method, call);
            }
            if let Some(found) = self.parsed(object, method, call) {
                return found;
            }
        }
        if call.callee.dotted().is_some_and(|path| path == ["Array", "isArray"])
            && let Some(value) = call.positional().next()
        {
            self.asks_what(value);
            return None;
        }
        if let Some(executor) = executor(call) {
            return self.promised(executor, call);
        }
        if let Some(carrier) = self.called_inside(call) {
            return Some(carrier);
        }
        let carriers: Vec<Option<Carrier>> =
            call.arguments.iter().map(|argument| self.argument(argument)).collect();
        let (at, carrier) =
            carriers.into_iter().enumerate().find_map(|(at, carrier)| Some((at, carrier?)))?;
        if let Some(promise) = self.settler(&call.callee) {
            self.settle(promise, carrier);
            return None;
        }
        // `isEnvelope(body) ? body.meta : undefined`: a function is asked what the value is.
        if let Carrier::Body(path) = &carrier
            && self.asking > 0
        {
            self.flow.reads.asked.push(path.clone());
        }
        self.handed_to(call, at, carrier)
    }

    /// What a promise comes to: what the function that settles it gives to `resolve`.
    fn promised(&mut self, executor: &'a Function, call: &'a Call) -> Option<Carrier> {
        self.settled.insert(address(executor), None);
        self.read_in_place(executor);
        let carrier = self.settled.remove(&address(executor)).flatten()?;
        if let Some(ty) = call.type_arguments.first() {
            self.claim(ty, &carrier);
        }
        Some(carrier)
    }

    /// The function around that settles a promise, where an expression is its `resolve`.
    fn settler(&self, callee: &'a Expr) -> Option<usize> {
        callee.as_name().filter(|_| !self.settled.is_empty())?;
        let names = self.requests.values.names;
        let Target::Declared(symbol) = names.resolve_value(self.file, callee) else { return None };
        names.declarations(symbol).find_map(|(_, declaration)| match declaration {
            Declaration::Parameter(function, 0) => {
                Some(address(function)).filter(|function| self.settled.contains_key(function))
            }
            _ => None,
        })
    }

    /// Notes what a promise is resolved with, unless that only happens on failure.
    fn settle(&mut self, promise: usize, carrier: Carrier) {
        if self.failed == 0
            && let Some(settled) = self.settled.get_mut(&promise)
        {
            settled.get_or_insert(carrier);
        }
    }

    /// What a function gives that is called here and makes the request: `const send = () => fetch(url); const res = await send()`.
    fn called_inside(&mut self, call: &'a Call) -> Option<Carrier> {
        let (target, _) = self.target.as_ref()?;
        let target = target.range;
        call.callee.as_name()?;
        let names = self.requests.values.names;
        let Target::Declared(symbol) = names.resolve_value(self.file, &call.callee) else { return None };
        let function = names.declarations(symbol).find_map(|(file, declaration)| {
            let function = match declaration {
                Declaration::Function(function) => function,
                Declaration::Variable(Assign { value: Some(value), .. }) => match &value.kind {
                    ExprKind::Function(function) => function,
                    _ => return None,
                },
                _ => return None,
            };
            let holds =
                |inner: TextRange| function.range.start <= inner.start && inner.end <= function.range.end;
            // One that calls itself does so again.
            (file == self.file && holds(target) && !holds(call.callee.range)).then_some(function)
        })?;
        if self.handed >= MAX_HANDED {
            return None;
        }
        self.handed += 1;
        let found = self.read_in_place(function);
        self.handed -= 1;
        found
    }

    fn argument(&mut self, argument: &'a Argument) -> Option<Carrier> {
        self.expr(&argument.value)
    }

    /// A method of the answer.
    fn method(&mut self, carrier: Carrier, method: &str, call: &'a Call) -> Option<Carrier> {
        let first = call.positional().next();
        match (&carrier, method) {
            (_, "then" | "subscribe") => self.callback(first?, carrier, &call.callee),
            (Carrier::Body(_), _) if gives_elements(method) => self.each(carrier, method, call),
            (Carrier::Body(_), "slice") => Some(carrier),
            (_, "catch" | "finally" | "toPromise" | "clone") => Some(carrier),
            (Carrier::Response, "json") => {
                let body = Carrier::body();
                // `ky.get(url).json<T>()`
                if let Some(ty) = call.type_arguments.first() {
                    self.claim(ty, &body);
                }
                Some(body)
            }
            (Carrier::Response, "text") => Some(Carrier::Text),
            (Carrier::Body(_), "pipe") => self.piped(carrier, call),
            _ => {
                call.arguments.iter().for_each(|argument| drop(self.argument(argument)));
                None
            }
        }
    }

    /// `observable.pipe(...)`: operators that do not change what comes keep it; `map` is a callback.
    fn piped(&mut self, carrier: Carrier, call: &'a Call) -> Option<Carrier> {
        const KEEPING: [&str; 9] =
            ["catchError", "retry", "tap", "timeout", "shareReplay", "share", "finalize", "take", "delay"];
        let mut carrier = carrier;
        for operator in call.positional() {
            let called = operator.as_call()?;
            let name = called.callee.as_name()?;
            match (name, called.positional().next()) {
                ("map", Some(callback)) => carrier = self.callback(callback, carrier, &call.callee)?,
                _ if KEEPING.contains(&name) => {}
                _ => return None,
            }
        }
        Some(carrier)
    }

    /// A method that gives each element of a list to a function.
    fn each(&mut self, list: Carrier, method: &str, call: &'a Call) -> Option<Carrier> {
        let element = list.member(ELEMENT)?;
        let callback = call.positional().next()?;
        self.callback(callback, element.clone(), &call.callee);
        match method {
            "filter" => Some(list),
            "find" | "findLast" => Some(element),
            _ => None,
        }
    }

    /// A function that is given the answer by a method: what it gives for it.
    fn callback(&mut self, callback: &'a Expr, carrier: Carrier, method: &'a Expr) -> Option<Carrier> {
        let ExprKind::Member(object, _) = &method.kind else { return None };
        let is_sure = self.is_sure(object);
        self.quiet += usize::from(!is_sure);
        let found = self.called_back(callback, carrier, object);
        self.quiet -= usize::from(!is_sure);
        found
    }

    fn called_back(&mut self, callback: &'a Expr, carrier: Carrier, object: &'a Expr) -> Option<Carrier> {
        if let ExprKind::Function(function) = &callback.kind {
            if let Some(pattern) = function.parameters.first().and_then(|first| first.pattern.as_ref()) {
                self.note_pattern(pattern, object, &carrier);
            }
            return self.inline(function, carrier);
        }
        if let Some(state) = self.state_type(callback) {
            self.claim(state, &carrier);
            return None;
        }
        if let Some(promise) = self.settler(callback) {
            self.settle(promise, carrier);
            return None;
        }
        let callable = self.requests.values.callable(&self.place(callback))?;
        self.enter(&callable, vec![None], Vec::new(), 0, carrier)
    }

    /// A function literal, read in place: it sees the variables around it.
    fn inline(&mut self, function: &'a Function, carrier: Carrier) -> Option<Carrier> {
        if let Some(annotation) = function.parameters.first().and_then(|first| first.annotation.as_ref()) {
            self.claim(annotation, &carrier);
        }
        self.parameters.insert((address(function), 0), carrier);
        self.read_in_place(function)
    }

    /// What a function that stands inside gives of the answer, read as if its body stood where it is called.
    fn read_in_place(&mut self, function: &'a Function) -> Option<Carrier> {
        let own = function.returns.as_ref();
        let own = own.map(|ty| TypePlace { file: self.file, ty, frame: self.frame.clone() });
        let declared = std::mem::replace(&mut self.declared, own);
        let returned = self.flow.returned.take();
        let (is_sure, quiet) = (self.flow.is_sure, self.quiet);
        self.statements(&function.body);
        self.declared = declared;
        (self.flow.is_sure, self.quiet) = (is_sure, quiet);
        std::mem::replace(&mut self.flow.returned, returned)
    }

    /// A function that is called with the answer for an argument.
    fn handed_to(&mut self, call: &'a Call, at: usize, carrier: Carrier) -> Option<Carrier> {
        if let Some(state) = self.state_type(&call.callee) {
            self.claim(state, &carrier);
            return None;
        }
        let callee = self.requests.values.value(&self.place(&call.callee));
        if let (Carrier::Body(_), Some(keys)) =
            (&carrier, self.requests.converter(&callee, &self.place(&call.callee), Some(call)))
        {
            let before = std::mem::replace(&mut self.flow.keys, Keys::None);
            self.flow.keys = before.then(keys);
            // What is read before has the keys of before.
            self.flow.reads = Reads::default();
            return Some(carrier);
        }
        match callee {
            Value::External("rxjs", path)
                if path.last().is_some_and(|name| matches!(&**name, "firstValueFrom" | "lastValueFrom")) =>
            {
                Some(carrier)
            }
            Value::Global(path) => match path.iter().map(|name| &**name).collect::<Vec<_>>()[..] {
                ["JSON", "parse"] if carrier == Carrier::Text => Some(Carrier::body()),
                ["Promise", "resolve" | "all"] => Some(carrier),
                _ => None,
            },
            Value::Function(callable) => {
                let arguments = call.positional().map(|argument| Some(self.place(argument))).collect();
                let types = call
                    .type_arguments
                    .iter()
                    .map(|ty| TypePlace { file: self.file, ty, frame: self.frame.clone() })
                    .collect();
                let is_sure = call.arguments.get(at).is_some_and(|argument| self.is_sure(&argument.value));
                self.quiet += usize::from(!is_sure);
                let returned = self.enter(&callable, arguments, types, at, carrier);
                self.quiet -= usize::from(!is_sure);
                returned
            }
            _ => None,
        }
    }

    /// Follows the answer into a function of the project.
    fn enter(
        &mut self,
        callable: &Callable<'a>,
        arguments: Vec<Option<Place<'a>>>,
        types: Vec<TypePlace<'a>>,
        at: usize,
        carrier: Carrier,
    ) -> Option<Carrier> {
        if self.handed >= MAX_HANDED {
            return None;
        }
        let arguments: Option<Vec<Place<'a>>> = arguments.into_iter().collect();
        let frame = match arguments {
            Some(arguments) => callable.call(arguments, types, &self.frame)?,
            None => callable.open(),
        };
        let mut inner = Tracer::new(self.requests, callable, &frame, self.handed + 1);
        inner.quiet = self.quiet;
        let parameter = callable.function.parameters.get(at);
        if let Some(annotation) = parameter.and_then(|parameter| parameter.annotation.as_ref()) {
            inner.claim(annotation, &carrier);
        }
        inner.parameters.insert((address(callable.function), at), carrier);
        let flow = inner.run(callable.function);
        if self.failed == 0 {
            self.flow.reads.extend(flow.reads);
            self.flow.claims.extend(flow.claims);
            let before = std::mem::replace(&mut self.flow.keys, Keys::None);
            self.flow.keys = before.then(flow.keys);
        }
        flow.returned
    }

    /// `Schema.parse(body)`: the outer `None` means that this is no such call.
    fn parsed(&mut self, object: &'a Expr, method: &str, call: &'a Call) -> Option<Option<Carrier>> {
        let parses = matches!(method, "parse" | "safeParse" | "parseAsync" | "safeParseAsync");
        if !parses || object.as_name() == Some("JSON") || call.arguments.len() != 1 {
            return None;
        }
        let carrier = self.expr(call.positional().next()?)?;
        if let Carrier::Body(under) = &carrier
            && self.failed == 0
        {
            let by = Claimed::Schema(self.place(object));
            self.flow.claims.push(Claim { by, under: under.clone() });
        }
        Some((!method.starts_with("safe")).then_some(carrier))
    }

    fn claim(&mut self, ty: &'a TypeExpr, carrier: &Carrier) {
        let place = TypePlace { file: self.file, ty, frame: self.frame.clone() };
        self.claim_place(place, carrier);
    }

    /// Notes that a value was given a type.
    fn claim_place(&mut self, place: TypePlace<'a>, carrier: &Carrier) {
        if self.failed > 0 {
            return;
        }
        let ty = awaited(place.ty);
        let (ty, under) = match carrier {
            Carrier::Body(under) => (ty, under.clone()),
            Carrier::Axios => match wrapped(ty, &["AxiosResponse", "AxiosPromise"]) {
                Some(inner) => (inner, Vec::new()),
                None => return,
            },
            Carrier::Entry(_, inner) => {
                match (&**inner, wrapped(ty, &["SWRResponse", "SWRMutationResponse"])) {
                    (Carrier::Body(under), Some(data)) => (data, under.clone()),
                    _ => return,
                }
            }
            Carrier::Response | Carrier::Text | Carrier::Item(..) => return,
        };
        let by = Claimed::Type(TypePlace { ty, ..place });
        self.flow.claims.push(Claim { by, under });
    }
}
