//! Calls of an API through functions of the project that pass their path on.
//!
//! A function is a wrapper if the path of a request in it is what one of its parameters says. A request in a wrapper is
//! nobody's call by itself: it is made where the wrapper is called, with what is passed there.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use alignment_model::code::{Call, Expr, ExprKind, ExprPart, Function, TypeKind};
use alignment_model::{FileId, Span};

use super::answers::{Carrier, Claim, awaited, wrapped};
use super::bodies::{each_expr, returns_of};
use super::clients::{Body, Client, Library, LibraryCall, Setting, Verb};
use super::flow::Flow;
use super::frame::{Activation, Callable, Frame, Place, TypePlace};
use super::keys::{BothWays, Keys};
use super::paths::{Known, Path, path_of};
use super::reads::Reads;
use super::urls::{Part, address};
use super::values::{Value, Values};
use crate::typescript::names::{Declaration, Target};

/// One request that a call makes.
#[derive(Clone, Debug)]
pub(super) struct Exchange<'a> {
    pub(super) verb: Verb<'a>,
    pub(super) path: Path,
    pub(super) body: Option<Body<'a>>,
    /// What says what comes back, the nearest to the wire first.
    pub(super) claims: Vec<Claim<'a>>,
    /// What the call gives to whoever made it.
    pub(super) carrier: Option<Carrier>,
    /// Whether that is nothing else on any way.
    pub(super) is_sure: bool,
    /// What is read of the answer.
    pub(super) reads: Reads,
    /// What happens to the keys of the answer.
    pub(super) keys: Keys,
    /// What the client does to the keys of the body.
    pub(super) sent_keys: Keys,
    /// Where the one client was made that it goes through.
    pub(super) made: Option<Span>,
    /// It is `fetch` itself, which changes nothing of a body.
    pub(super) is_fetch: bool,
}

/// Finds requests. Remembers which functions are wrappers.
pub(super) struct Requests<'v, 'n, 'a> {
    pub(super) values: &'v Values<'n, 'a>,
    wrappers: RefCell<HashMap<usize, Option<Rc<[Located<'a>]>>>>,
    /// Parameters that are passed a text with a slash somewhere, by function and position.
    slashed: HashSet<(usize, usize)>,
    /// What interceptors do to keys, by the client's id.
    pub(super) interceptors: HashMap<usize, BothWays>,
    /// What a function literal is expected to give where it stands, by address: `useQuery<T>({ queryFn: () => ... })`.
    pub(super) expected: HashMap<usize, TypePlace<'a>>,
    /// What a parameter of a function literal is given where it stands, by the function's address and position.
    pub(super) given: HashMap<(usize, usize), TypePlace<'a>>,
    /// Functions that settle a promise, by address: what is requested in them is answered by the function around.
    pub(super) executors: HashSet<usize>,
    /// The options of `createApi` around the endpoints of RTK Query, by the address of `endpoints`.
    pub(super) endpoints: HashMap<usize, Place<'a>>,
    /// The fetcher of `<SWRConfig>`, for hooks without one.
    pub(super) fetcher: Option<Place<'a>>,
    pub(super) several_fetchers: bool,
    /// Expressions that answers were followed through in the file at hand.
    traced: Cell<usize>,
}

/// Expressions of one file through which answers are followed: a function with ten thousand calls is not worth reading
/// ten thousand times.
const MAX_TRACED: usize = 2_000_000;

/// An expression of a file.
type Located<'a> = (FileId, &'a Expr);

impl<'v, 'n, 'a> Requests<'v, 'n, 'a> {
    pub(super) fn new(values: &'v Values<'n, 'a>) -> Self {
        Self {
            values,
            wrappers: RefCell::default(),
            slashed: HashSet::new(),
            interceptors: HashMap::new(),
            expected: HashMap::new(),
            given: HashMap::new(),
            executors: HashSet::new(),
            endpoints: HashMap::new(),
            fetcher: None,
            several_fetchers: false,
            traced: Cell::new(0),
        }
    }

    /// Starts a new file.
    pub(super) fn begin_file(&self) {
        self.traced.set(0);
    }

    /// The function around that does something with the answer of a call.
    pub(super) fn around<'p>(&self, place: &'p Place<'a>) -> Option<&'p Activation<'a>> {
        let mut functions = place.frame.activations();
        let found = functions.find(|one| !self.executors.contains(&address(one.function)));
        found.or_else(|| place.frame.innermost())
    }

    /// Whether one more expression may be followed.
    pub(super) fn may_trace(&self) -> bool {
        self.traced.set(self.traced.get() + 1);
        self.traced.get() <= MAX_TRACED
    }

    /// The requests that a call makes: its own, or those of a wrapper.
    pub(super) fn exchanges(&self, place: &Place<'a>) -> Vec<Exchange<'a>> {
        let ExprKind::Call(call) = &place.expr.kind else { return Vec::new() };
        let found = self.values.deeper(|| {
            if let Some(found) = self.values.library_call(place, call) {
                return self.exchange(found).into_iter().collect();
            }
            let arguments: Vec<Place<'a>> = call.positional().map(|argument| place.at(argument)).collect();
            let types: Vec<TypePlace<'a>> = call.type_arguments.iter().map(|ty| place.type_at(ty)).collect();
            let callables = self.values.callables(&place.at(&call.callee)).into_iter();
            let each =
                callables.map(|one| self.through(&one, arguments.clone(), types.clone(), &place.frame));
            self.agreed(each.collect())
        });
        let mut found = found.unwrap_or_default();
        if !found.is_empty()
            && let Some(said) = self.said_of_parameter(place, call)
        {
            for exchange in &mut found {
                let ty = match exchange.carrier {
                    Some(Carrier::Axios) => wrapped(said.ty, &["AxiosResponse"]),
                    Some(Carrier::Body(_)) => Some(said.ty),
                    _ => None,
                };
                exchange.claims.extend(ty.map(|ty| Claim::of_type(TypePlace { ty, ..said.clone() })));
            }
        }
        found
    }

    /// The requests that a call of a function makes if it is a wrapper.
    pub(super) fn through(
        &self,
        callable: &Callable<'a>,
        arguments: Vec<Place<'a>>,
        types: Vec<TypePlace<'a>>,
        from: &Frame<'a>,
    ) -> Vec<Exchange<'a>> {
        let Some(calls) = self.wrapper(callable) else { return Vec::new() };
        let Some(frame) = callable.call(arguments, types, from) else { return Vec::new() };
        let mut found: Vec<Exchange<'a>> = Vec::new();
        for (file, expr) in calls.iter() {
            let place = Place { file: *file, expr, frame: frame.clone() };
            if self.values.is_passed_over(&place, callable.function) {
                continue;
            }
            for mut exchange in self.exchanges(&place) {
                let flow = Flow::of(self, callable, &frame, &place, exchange.carrier.take());
                exchange.claims.extend(flow.claims);
                exchange.carrier = flow.returned;
                exchange.is_sure &= flow.is_sure;
                exchange.keys = exchange.keys.then(flow.keys);
                // A request that is tried again is one request.
                match found.iter_mut().find(|other| other.path == exchange.path) {
                    Some(other) => other.merge(exchange),
                    None => found.push(exchange),
                }
            }
        }
        found
    }

    /// Whether the path of a request is passed in by a parameter of a function that is read as it stands.
    pub(super) fn is_passed(&self, path: &Path, frame: &Frame<'a>) -> bool {
        let is_open =
            |function| frame.activations().any(|activation| address(activation.function) == function);
        match path {
            Path::Passed(function, _) => is_open(*function),
            // `/api/${path}`: a segment, or more of the path? `${url}/posts`: a base, or a path? What is passed tells.
            Path::Is(known) => self.is_passed_around(known, &is_open),
            Path::OneOf(paths) => paths.iter().any(|known| self.is_passed_around(known, &is_open)),
            Path::Unknown(_) => false,
        }
    }

    fn is_passed_around(&self, known: &Known, is_open: &dyn Fn(usize) -> bool) -> bool {
        let parameters = known.head.into_iter().chain(known.tail);
        let mut passed = parameters
            .filter(|(function, at)| is_open(*function) && self.slashed.contains(&(*function, *at)));
        passed.next().is_some()
    }

    /// Remembers which parameters are passed texts with a slash.
    pub(super) fn note_slashes(&mut self, place: &Place<'a>, call: &'a Call) {
        let slashed: Vec<usize> = call
            .positional()
            .enumerate()
            .filter(|(_, argument)| has_slash(argument))
            .map(|(at, _)| at)
            .collect();
        if slashed.is_empty() {
            return;
        }
        for callable in self.values.callables(&place.at(&call.callee)) {
            self.slashed.extend(slashed.iter().map(|at| (address(callable.function), *at)));
        }
    }

    /// The request of a call of a library. None where its URL is `null` or `undefined`: a hook waits then.
    fn exchange(&self, call: LibraryCall<'a>) -> Option<Exchange<'a>> {
        let values = self.values;
        let of_client = || match &call.client.others[..] {
            [] => self.base_of(&call.client),
            others => {
                let clients = std::iter::once(&*call.client).chain(others.iter().map(|other| &**other));
                let mut bases: Vec<Vec<Part>> =
                    clients.map(|client| self.base_of(client).unwrap_or_default()).collect();
                bases.dedup();
                Some(if bases.len() == 1 { bases.remove(0) } else { vec![Part::Either(bases)] })
            }
        };
        let base = call.base.as_ref().map(|base| values.parts(base)).or_else(of_client);
        let url = match values.value(&call.url) {
            Value::Nothing => return None,
            // `useFetch(() => url)`
            Value::Function(callable) => match &returns_of(&callable.function.body)[..] {
                [expr] => values.parts(&Place { file: callable.file, expr, frame: callable.open() }),
                _ => vec![Part::Hole(None)],
            },
            _ => values.parts(&call.url),
        };
        let path = path_of(&url, base.as_deref());
        let carrier = match call.client.library {
            Library::Fetch | Library::Ky => Some(Carrier::Response),
            Library::Axios | Library::OpenapiFetch => Some(Carrier::Axios),
            Library::Ofetch | Library::Angular => Some(Carrier::body()),
            Library::UseFetch | Library::OpenapiQuery | Library::HeyApi | Library::OpenapiGenerator => None,
        };
        let BothWays { answers: keys, bodies: sent_keys } = self.keys_of_clients(&call.client, &call.url);
        let claims = call.answers.map(Claim::of_type).into_iter().collect();
        let (is_sure, reads) = (true, Reads::default());
        Some(Exchange {
            verb: call.verb,
            path,
            body: call.body,
            claims,
            carrier,
            is_sure,
            reads,
            keys,
            sent_keys,
            made: call.client.made.filter(|_| call.client.others.is_empty()),
            is_fetch: call.client.library == Library::Fetch,
        })
    }

    /// The base URL that a client was made with.
    fn base_of(&self, client: &Client<'a>) -> Option<Vec<Part>> {
        let key = match client.library {
            Library::Ky => "prefixUrl",
            Library::OpenapiFetch | Library::OpenapiQuery => "baseUrl",
            _ => "baseURL",
        };
        match self.values.setting(client.options.as_ref(), key) {
            Setting::Is(base) => Some(self.values.parts(&base)),
            _ => None,
        }
    }

    /// Whether a function calls one of its parameters with a path that it is given: `send(call, url) { return call(url) }`.
    fn calls_parameter(&self, place: &Place<'a>, callable: &Callable<'a>) -> bool {
        let ExprKind::Call(call) = &place.expr.kind else { return false };
        let is_own = |value| match value {
            Value::Parameter(function, _, path) => {
                path.is_empty() && std::ptr::eq(function, callable.function)
            }
            _ => false,
        };
        call.callee.as_name().is_some()
            && is_own(self.values.value(&place.at(&call.callee)))
            && call.positional().any(|argument| is_own(self.values.value(&place.at(argument))))
    }

    /// What the annotation of a parameter that is called says it gives: `call: (url: string) => Promise<T>`.
    fn said_of_parameter(&self, place: &Place<'a>, call: &'a Call) -> Option<TypePlace<'a>> {
        let Target::Declared(symbol) = self.values.names.resolve_value(place.file, &call.callee) else {
            return None;
        };
        self.values.names.declarations(symbol).find_map(|(file, declaration)| {
            let Declaration::Parameter(function, at) = declaration else { return None };
            let annotation = function.parameters.get(at)?.annotation.as_ref()?;
            let TypeKind::Function(Some(returns)) = &annotation.kind else { return None };
            Some(TypePlace { file, ty: awaited(returns), frame: place.frame.clone() })
        })
    }

    /// The calls in a function whose paths its parameters say; none if it is no wrapper.
    fn wrapper(&self, callable: &Callable<'a>) -> Option<Rc<[Located<'a>]>> {
        let key = address(callable.function);
        if let Some(known) = self.wrappers.borrow().get(&key) {
            return known.clone();
        }
        // A function that calls itself is no wrapper by that call.
        self.wrappers.borrow_mut().insert(key, None);
        let frame = callable.open();
        let mut calls: Vec<Located<'a>> = Vec::new();
        for (frame, expr) in calls_in(callable.function, &frame, callable.file) {
            let place = Place { file: callable.file, expr, frame };
            // A wrapper is one for every caller, whatever is assumed at one of them.
            let (exchanges, _) = self.values.conditions.assuming(&[], || self.exchanges(&place));
            if exchanges.iter().any(|exchange| self.is_passed(&exchange.path, &callable.open()))
                || exchanges.is_empty() && self.calls_parameter(&place, callable)
            {
                calls.push((callable.file, expr));
            }
        }
        let found: Option<Rc<[Located<'a>]>> = (!calls.is_empty()).then(|| calls.into());
        self.wrappers.borrow_mut().insert(key, found.clone());
        found
    }
}

impl<'a> Exchange<'a> {
    /// Whether what is said of the answer is said of the body as it came, and of nothing that is taken out of it.
    pub(super) fn is_whole(&self) -> bool {
        self.is_fetch && self.keys == Keys::None && self.claims.iter().all(|claim| claim.under.is_empty())
    }

    /// Takes over what another request for the same path says beyond this one.
    fn merge(&mut self, other: Exchange<'a>) {
        self.claims.extend(other.claims);
        self.is_sure &= other.is_sure && self.carrier == other.carrier;
        self.is_fetch &= other.is_fetch;
        self.carrier = self.carrier.take().or(other.carrier);
        self.body = self.body.take().or(other.body);
        self.keys = std::mem::take(&mut self.keys).then(other.keys);
        self.sent_keys = std::mem::take(&mut self.sent_keys).then(other.sent_keys);
        self.made = self.made.filter(|made| other.made == Some(*made));
        if let (Verb::Is(a), Verb::Is(b)) = (&self.verb, &other.verb)
            && a != b
        {
            self.verb = Verb::Unknown;
        }
    }
}

/// Every call in a function with the frame it stands in, functions inside included: their parameters are open.
fn calls_in<'a>(function: &'a Function, frame: &Frame<'a>, file: FileId) -> Vec<(Frame<'a>, &'a Expr)> {
    let mut found = Vec::new();
    let mut bodies: Vec<(&'a Function, Frame<'a>)> = vec![(function, frame.clone())];
    while let Some((function, frame)) = bodies.pop() {
        each_expr(&function.body, &mut |part| match part {
            ExprPart::Expr(expr) if matches!(expr.kind, ExprKind::Call(_)) => {
                found.push((frame.clone(), expr))
            }
            ExprPart::Function(inner) => {
                let callable = Callable { file, function: inner, this: None, outer: frame.clone() };
                bodies.push((inner, callable.open()));
            }
            _ => {}
        });
    }
    found
}

fn has_slash(argument: &Expr) -> bool {
    match &argument.kind {
        ExprKind::Literal(alignment_model::code::Literal::Text(text)) => text.contains('/'),
        ExprKind::Template(parts) => parts.iter().any(|part| match part {
            alignment_model::code::TemplatePart::Text(text) => text.contains('/'),
            alignment_model::code::TemplatePart::Expr { .. } => false,
        }),
        _ => false,
    }
}
