//! Calls of the client to an HTTP API: method, path, what goes out, what the caller says comes back, and what happens to keys
//! on the way.
//!
//! | module | does |
//! |---|---|
//! | `walk` | every call with the functions around it |
//! | `frame`, `values`, `members`, `bodies` | what names and expressions stand for, also inside functions that are called |
//! | `annotations` | what types say that values are |
//! | `contexts` | what React contexts give |
//! | `heirs` | classes above and below a class: what their members and type parameters are |
//! | `implementers` | what stands behind an interface |
//! | `choices` | values that may be one of several |
//! | `clients`, `typed_clients` | which values are HTTP clients, and what their calls say |
//! | `openapi_generator` | clients that OpenAPI Generator writes, by the shape of its templates |
//! | `urls`, `paths` | text with holes -> path |
//! | `conditions` | what is chosen by one condition goes together |
//! | `wrappers` | functions of the project that pass their path on |
//! | `answers`, `flow` | what becomes of an answer: types and schemas claimed for it |
//! | `reads` | keys that are read of an answer without a type |
//! | `callers` | what callers of a function say of an answer that it passes on |
//! | `queries` | libraries that call a function for the caller: SWR, TanStack Query, RTK Query |
//! | `keys` | converters of keys |
//! | `declared` | claims and bodies -> types |
//! | `in_place` | types that a call writes in place -> entities |
//!
//! Deliberately absent: web sockets, event sources, forms, and calls in tests.

mod annotations;
mod answers;
mod bodies;
mod callers;
mod choices;
mod clients;
mod conditions;
mod contexts;
mod declared;
mod flow;
mod frame;
mod heirs;
mod implementers;
mod in_place;
mod keys;
mod lists;
mod members;
mod openapi_generator;
mod paths;
mod queries;
mod reads;
#[cfg(test)]
mod tests;
mod typed_clients;
mod urls;
mod values;
mod walk;
mod wrappers;

use std::collections::{BTreeMap, HashMap, HashSet};

use alignment_model::code::{Assign, Call, Class, ExprKind, ExprPart, FileFacts, TemplatePart, TypeKind};
use alignment_model::entity::DeclaredType;
use alignment_model::project::{ClientCall, Project};
use alignment_model::shape::Shape;
use alignment_model::{FileId, Known, Span, Why};

pub(super) use self::bodies::{each_expr, returns_of};
use self::callers::{Callers, PassedOn};
use self::clients::Verb;
use self::conditions::Condition;
use self::declared::Said;
use self::flow::Flow;
use self::frame::{Callable, Instance, Place, This, TypePlace};
use self::in_place::WrittenInPlace;
use self::keys::Keys;
use self::paths::Path;
use self::reads::Reads;
use self::urls::address;
use self::values::Values;
use self::walk::{Visitor, walk};
use self::wrappers::{Exchange, Requests};
use super::names::{Names, is_typescript};
use super::types::Types;

/// Adds the calls of all parsed files.
pub(super) fn collect<'a>(names: &Names<'a>, types: &mut Types<'_, 'a>, project: &mut Project) {
    let input = names.input();
    let files: Vec<&'a FileFacts> = input
        .facts
        .iter()
        .filter(|facts| is_typescript(input.sources.path(facts.file)))
        .filter(|facts| !is_test(input.sources.path(facts.file)))
        .collect();
    let values = Values::new(names);
    let mut requests = Requests::new(&values);
    for facts in &files {
        requests.note_fetcher(facts);
        walk(facts, &mut Preparation { requests: &mut requests });
    }
    let mut collection = Collection {
        requests: &requests,
        types,
        calls: Vec::new(),
        written: WrittenInPlace::default(),
        passed: PassedOn::default(),
        reads: BTreeMap::new(),
        inherited: HashMap::new(),
    };
    for facts in &files {
        requests.begin_file();
        walk(facts, &mut collection);
    }
    collection.ask_callers(&files);
    collection.settle_reads();
    let Collection { mut calls, written, .. } = collection;
    project.entities.extend(written.entities);
    calls.sort_by_key(|call| (call.span, call.path.is().map(|path| path.to_string())));
    project.calls.extend(calls);
}

/// Whether a file is a test or serves tests: what it calls is no contract of the client.
pub(super) fn is_test(path: &str) -> bool {
    const FOLDERS: [&str; 9] =
        ["__tests__", "__mocks__", "test", "tests", "e2e", "mocks", "test-utils", "cypress", "playwright"];
    let mut folders = path.split('/').rev();
    let name = folders.next().unwrap_or(path);
    folders.any(|folder| FOLDERS.contains(&folder))
        || [".test.", ".spec.", ".stories.", ".cy."].iter().any(|part| name.contains(part))
}

/// Learns what later answers need: interceptors, what functions are expected to give, which paths are passed.
struct Preparation<'r, 'v, 'n, 'a> {
    requests: &'r mut Requests<'v, 'n, 'a>,
}

impl<'a> Visitor<'a> for Preparation<'_, '_, '_, 'a> {
    fn call(&mut self, place: &Place<'a>, call: &'a Call, _caller: &str) {
        self.requests.values.begin();
        self.requests.note_slashes(place, call);
        self.requests.note_expected(place, call);
        self.requests.note_query_argument(place, call);
        self.requests.note_interceptor(place, call);
        self.requests.values.note_base(place, call);
        self.requests.executors.extend(answers::executor(call).map(address));
    }

    /// `const load: () => Promise<User> = async () => ...`
    fn assign(&mut self, file: FileId, assign: &'a Assign) {
        if let (Some(annotation), Some(value)) = (&assign.annotation, &assign.value)
            && let (TypeKind::Function(Some(returns)), ExprKind::Function(function)) =
                (&annotation.kind, &value.kind)
        {
            let expected = TypePlace { file, ty: returns, frame: frame::Frame::default() };
            self.requests.expected.insert(address(function), expected);
        }
    }
}

/// Collects calls.
struct Collection<'r, 'v, 'n, 't, 'm, 'a> {
    requests: &'r Requests<'v, 'n, 'a>,
    types: &'t mut Types<'m, 'a>,
    calls: Vec<ClientCall>,
    written: WrittenInPlace,
    /// Answers of which nothing is said where the call is made.
    passed: PassedOn,
    /// What is read of answers, by the position of their call.
    reads: BTreeMap<usize, Reads>,
    /// What calls in methods that classes below have too were already found to do, by the address of the call.
    inherited: HashMap<usize, Seen>,
}

impl<'a> Visitor<'a> for Collection<'_, '_, '_, '_, '_, 'a> {
    fn call(&mut self, place: &Place<'a>, call: &'a Call, caller: &str) {
        let name = openapi_generator::method_around(place, call).unwrap_or(caller);
        let caller = &Caller { place, call, name };
        let mut reading = self.read(&[], caller);
        let given = match reading.next() {
            Some(_) => self.requests.values.given_at(place),
            None => Vec::new(),
        };
        if !given.is_empty() {
            reading = self.read(&given, caller);
        }
        let method = address(call);
        let mut seen = self.inherited.remove(&method).unwrap_or_default();
        let mut outcomes = Vec::new();
        self.outcomes(reading, given, MAX_TRIED, caller, &mut outcomes);
        self.settle(outcomes, caller, &mut seen);
        if matches!(place.frame.this(), Some(This::Instance(_))) {
            self.inherited.insert(method, seen);
        }
    }

    fn heirs(&self, class: &'a Class, method: &str) -> Vec<Instance<'a>> {
        self.requests.values.heirs_of(class, method)
    }

    fn is_pattern(&self, class: &'a Class) -> bool {
        self.requests.values.is_pattern(class)
    }
}

/// Conditions under both outcomes of which one call is read.
const MAX_TRIED: usize = 5;

/// A call that is read, and the name of the function around it.
struct Caller<'p, 'a> {
    place: &'p Place<'a>,
    call: &'a Call,
    name: &'p str,
}

/// A path with the base before it and what stands before that.
type Located = (Known<Box<str>>, Option<Box<str>>, Vec<Box<str>>);

/// Where a request goes.
struct Address {
    method: Known<Box<str>>,
    paths: Vec<Located>,
}

/// What a call is under some outcomes of conditions.
type Outcome<'a> = (Vec<(Condition, bool)>, Reading<'a>);

/// Methods and paths of one call that are reported.
type Seen = HashSet<(Option<Box<str>>, Option<Box<str>>)>;

/// The requests of a call, and the conditions whose outcomes were not known.
struct Reading<'a> {
    requests: Vec<(Exchange<'a>, Address)>,
    open: Vec<Condition>,
}

impl Reading<'_> {
    /// The condition to settle first, where one may decide between several readings.
    fn next(&self) -> Option<&Condition> {
        self.open.first().filter(|_| self.requests.iter().any(|(_, address)| address.is_open()))
    }
}

impl Address {
    /// Whether it may be one of several.
    fn is_open(&self) -> bool {
        let unclear = |(path, ..): &Located| matches!(path, Known::Unknown(Why::Ambiguous));
        self.method.is().is_none() || self.paths.len() > 1 || self.paths.iter().any(unclear)
    }
}

impl<'a> Collection<'_, '_, '_, '_, '_, 'a> {
    /// A call under these outcomes of conditions; where they leave several readings, under both outcomes of one more.
    fn outcomes(
        &self,
        reading: Reading<'a>,
        given: Vec<(Condition, bool)>,
        tries: usize,
        caller: &Caller<'_, 'a>,
        out: &mut Vec<Outcome<'a>>,
    ) {
        let Some(next) = reading.next().filter(|_| tries > 0) else { return out.push((given, reading)) };
        for outcome in [true, false] {
            let given = [given.as_slice(), &[(next.clone(), outcome)]].concat();
            let reading = self.read(&given, caller);
            self.outcomes(reading, given, tries - 1, caller, out);
        }
    }

    /// Reports a call under all outcomes.
    fn settle(&mut self, outcomes: Vec<Outcome<'a>>, caller: &Caller<'_, 'a>, seen: &mut Seen) {
        let values = self.requests.values;
        let is_known = |(_, address): &(Exchange<'a>, Address)| {
            address.paths.iter().any(|(path, ..)| path.is().is_some())
        };
        let some_known = outcomes.iter().any(|(_, reading)| reading.requests.iter().any(is_known));
        for (given, reading) in outcomes {
            values.begin();
            values.conditions.assuming(&given, || {
                for (exchange, mut address) in reading.requests {
                    let method = address.method.is().cloned();
                    // Of what is inherited, paths that are not known for a class say no more than those that are for another.
                    let is_inherited = values.is_inherited(caller.place) && !seen.is_empty();
                    address.paths.retain(|(path, ..)| !is_inherited || path.is().is_some());
                    // The same request to another host is none of this API beside those that are.
                    address
                        .paths
                        .retain(|(path, ..)| !some_known || *path != Known::Unknown(Why::ExternalName));
                    address.paths.retain(|(path, ..)| seen.insert((method.clone(), path.is().cloned())));
                    if !address.paths.is_empty() {
                        self.report(exchange, address, caller);
                    }
                }
            });
        }
    }

    /// Reads a call under these outcomes of conditions.
    fn read(&self, given: &[(Condition, bool)], caller: &Caller<'_, 'a>) -> Reading<'a> {
        let values = self.requests.values;
        values.begin();
        let (requests, open) = values.conditions.assuming(given, || self.requested(caller));
        Reading { requests, open }
    }

    /// The requests of a call, with where they go.
    fn requested(&self, caller: &Caller<'_, 'a>) -> Vec<(Exchange<'a>, Address)> {
        let exchanges = match self.requests.library_query(caller.place, caller.call) {
            // What a hook hands out is no body as it came.
            Some(exchanges) => {
                exchanges.into_iter().map(|exchange| Exchange { is_fetch: false, ..exchange }).collect()
            }
            None => self.requests.exchanges(caller.place),
        };
        let exchanges = self.followed(exchanges, caller.place);
        let own = |exchange: &Exchange<'a>| !self.requests.is_passed(&exchange.path, &caller.place.frame);
        let own = exchanges.into_iter().filter(own);
        own.map(|exchange| {
            let address = self.address(&exchange);
            (exchange, address)
        })
        .collect()
    }

    fn address(&self, exchange: &Exchange<'a>) -> Address {
        let method = match &exchange.verb {
            Verb::Is(method) => Known::Is((*method).into()),
            Verb::Says(place) => match self.requests.values.text(place) {
                Some(text) if !text.is_empty() => Known::Is(text.to_uppercase().into()),
                _ => Known::Unknown(Why::DynamicExpression),
            },
            Verb::Unknown => Known::Unknown(Why::DynamicExpression),
        };
        let known = |known: &paths::Known| {
            let origins = known.origins.iter().map(|origin| (**origin).into()).collect();
            (Known::Is((*known.path).into()), known.base.as_deref().map(Into::into), origins)
        };
        let paths = match &exchange.path {
            Path::Is(path) => vec![known(path)],
            Path::OneOf(paths) => paths.iter().map(known).collect(),
            Path::Passed(..) => vec![(Known::Unknown(Why::DynamicExpression), None, Vec::new())],
            Path::Unknown(why) => vec![(Known::Unknown(*why), None, Vec::new())],
        };
        Address { method, paths }
    }

    /// The requests of a call with what the function around it makes of their answers.
    fn followed(&self, mut exchanges: Vec<Exchange<'a>>, place: &Place<'a>) -> Vec<Exchange<'a>> {
        let Some(around) = self.requests.around(place) else { return exchanges };
        let callable = Callable {
            file: around.file,
            function: around.function,
            this: None,
            outer: frame::Frame::default(),
        };
        for exchange in &mut exchanges {
            let flow = Flow::of(self.requests, &callable, &place.frame, place, exchange.carrier.take());
            exchange.claims.extend(flow.claims);
            let keys = std::mem::replace(&mut exchange.keys, Keys::None);
            exchange.keys = keys.then(flow.keys);
            exchange.carrier = flow.returned;
            if exchange.is_sure {
                exchange.reads = flow.reads;
                exchange.reads.settle(&exchange.claims);
            }
            exchange.is_sure &= flow.is_sure;
        }
        exchanges
    }

    fn report(&mut self, exchange: Exchange<'a>, address: Address, caller: &Caller<'_, 'a>) {
        let Caller { place, name: caller, call: caller_call } = *caller;
        let values = self.requests.values;
        let response = declared::response(values, self.types, &exchange.claims);
        let is_whole = exchange.is_whole();
        let request = exchange.body.and_then(|body| declared::request(self.requests, self.types, &body));
        let (request, converted) = match request {
            Some((request, keys)) => (Some(request), keys),
            None => (None, Keys::None),
        };
        let sent_keys = converted.then(exchange.sent_keys).conversion();
        let response_span: Option<Span> = response.as_ref().map(|said| said.span);
        let response = response.map(|said| self.answer(said, caller));
        let body_name = if caller.is_empty() { "body".to_owned() } else { format!("{caller}(body)") };
        let request = request.map(|said| {
            let body = self.written.declared(values.names, self.types, said, &body_name);
            self.written.mark_repeated(&body, &self.in_path(caller_call, place.file));
            body
        });
        let from = self.calls.len();
        let keys = exchange.keys.conversion();
        self.calls.extend(address.paths.into_iter().map(|(path, base, origins)| ClientCall {
            method: address.method.clone(),
            path,
            base,
            origins,
            response: response.clone(),
            is_whole: is_whole && response.is_some(),
            read: None,
            request: request.clone(),
            keys: keys.clone(),
            sent_keys: sent_keys.clone(),
            client: exchange.made,
            may_be_missing: tells_missing(place),
            is_inherited: values.is_inherited(place),
            is_unused: false,
            caller: caller.into(),
            span: place.expr.range.in_file(place.file),
            response_span,
        }));
        if response.is_some() {
            return;
        }
        for at in from..self.calls.len() {
            self.reads.insert(at, exchange.reads.clone());
        }
        // Who calls an inherited method does not say for which of the classes that have it.
        if let Some(carrier) = exchange.carrier.filter(|_| !values.is_inherited(place)) {
            let calls = (from..self.calls.len()).collect();
            self.passed.note(
                self.requests.around(place),
                caller,
                (carrier, exchange.is_sure),
                exchange.keys,
                calls,
            );
        }
    }

    /// The expressions that the texts among the arguments of a call hold, as written: `/users/${user.id}` has `user.id`.
    fn in_path(&self, call: &'a Call, file: FileId) -> Vec<String> {
        let templates = call.positional().filter_map(|argument| match &argument.kind {
            ExprKind::Template(parts) => Some(parts),
            _ => None,
        });
        let values = templates.flatten().filter_map(|part| match part {
            TemplatePart::Expr { value, .. } => Some(self.types.written(file, value.range)),
            TemplatePart::Text(_) => None,
        });
        values.collect()
    }

    /// The type of an answer; one that is written in place is named after the function that says it.
    fn answer(&mut self, said: Said, caller: &str) -> DeclaredType {
        let name = if caller.is_empty() { "answer".to_owned() } else { format!("{caller}()") };
        self.written.declared(self.requests.values.names, self.types, said, &name)
    }

    /// Lets the callers of functions say what comes back where the functions do not.
    fn ask_callers(&mut self, files: &[&'a FileFacts]) {
        let passed = std::mem::take(&mut self.passed);
        if passed.is_empty() {
            return;
        }
        let mut callers = Callers { requests: self.requests, passed, said: Vec::new() };
        for facts in files {
            self.requests.begin_file();
            walk(facts, &mut callers);
        }
        for one in callers.said {
            let unsaid = |call: &usize| self.calls.get(*call).is_some_and(|call| call.response.is_none());
            if !one.calls.iter().any(unsaid) {
                continue;
            }
            for at in &one.calls {
                self.reads.entry(*at).or_default().extend(one.reads.clone());
            }
            let said = declared::response(self.requests.values, self.types, &one.claims);
            let Some(said) = said.filter(|said| !matches!(said.declared.shape, Shape::Unknown(_))) else {
                continue;
            };
            let (span, keys) = (said.span, one.keys.conversion());
            let response = self.answer(said, &one.caller);
            for at in one.calls {
                if let Some(call) = self.calls.get_mut(at) {
                    call.response = Some(response.clone());
                    call.response_span = Some(span);
                    call.keys = keys.clone();
                }
            }
        }
    }
}

impl Collection<'_, '_, '_, '_, '_, '_> {
    /// Lets what code reads of an answer stand for its type, where nothing says one.
    fn settle_reads(&mut self) {
        for (at, reads) in std::mem::take(&mut self.reads) {
            let Some(call) = self.calls.get_mut(at).filter(|call| call.response.is_none()) else { continue };
            let name = match &*call.caller {
                "" => "answer".to_owned(),
                caller => format!("{caller}()"),
            };
            if let Some((declared, entities)) = reads.declared(&name, call.span) {
                call.read = Some(declared);
                self.written.add(entities);
            }
        }
    }
}

/// Whether the function around a call tells an answer of 404 from others: it expects that there may be nothing.
fn tells_missing(place: &Place<'_>) -> bool {
    let Some(around) = place.frame.innermost() else { return false };
    let mut functions = vec![around.function];
    let mut found = false;
    while let Some(function) = functions.pop() {
        each_expr(&function.body, &mut |part| match part {
            ExprPart::Expr(expr) => found |= answers::is_missing(expr),
            ExprPart::Function(inner) => functions.push(inner),
            _ => {}
        });
    }
    found
}
