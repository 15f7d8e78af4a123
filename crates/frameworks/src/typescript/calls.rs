//! Calls of the client to an HTTP API: method, path, what goes out, what the caller says comes back, and what happens to keys
//! on the way.
//!
//! | module | does |
//! |---|---|
//! | `walk` | every call with the functions around it |
//! | `frame`, `values`, `members`, `bodies` | what names and expressions stand for, also inside functions that are called |
//! | `clients` | which values are HTTP clients, and what their calls say |
//! | `urls`, `paths` | text with holes -> path |
//! | `wrappers` | functions of the project that pass their path on |
//! | `answers`, `flow` | what becomes of an answer: types and schemas claimed for it |
//! | `queries` | libraries that call a function for the caller: SWR, TanStack Query, RTK Query |
//! | `keys` | converters of keys |
//! | `declared` | claims and bodies -> types |
//! | `in_place` | types that a call writes in place -> entities |
//!
//! Deliberately absent: web sockets, event sources, forms, and calls in tests.

mod answers;
mod bodies;
mod clients;
mod declared;
mod flow;
mod frame;
mod in_place;
mod keys;
mod members;
mod paths;
mod queries;
#[cfg(test)]
mod tests;
mod urls;
mod values;
mod walk;
mod wrappers;

use alignment_model::code::{Assign, Call, ExprKind, FileFacts, TypeKind};
use alignment_model::project::{ClientCall, Project};
use alignment_model::{FileId, Known, Span, Why};

use self::answers::Carrier;
pub(super) use self::bodies::each_expr;
use self::clients::Verb;
use self::flow::Flow;
use self::frame::{Callable, Place, TypePlace};
use self::in_place::WrittenInPlace;
use self::keys::Keys;
use self::paths::Path;
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
        walk(facts, &mut Preparation { requests: &mut requests });
    }
    let (mut calls, mut written) = (Vec::new(), WrittenInPlace::default());
    for facts in &files {
        requests.begin_file();
        let collection =
            &mut Collection { requests: &requests, types, calls: &mut calls, written: &mut written };
        walk(facts, collection);
    }
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
    calls: &'r mut Vec<ClientCall>,
    written: &'r mut WrittenInPlace,
}

impl<'a> Visitor<'a> for Collection<'_, '_, '_, '_, '_, 'a> {
    fn call(&mut self, place: &Place<'a>, call: &'a Call, caller: &str) {
        self.requests.values.begin();
        let exchanges = match self.requests.library_query(place, call) {
            Some(exchanges) => exchanges,
            None => self.direct(place),
        };
        for exchange in exchanges {
            if !self.requests.is_passed(&exchange.path, &place.frame) {
                self.report(exchange, place, caller);
            }
        }
    }
}

impl<'a> Collection<'_, '_, '_, '_, '_, 'a> {
    /// The requests of a call with what the function around it makes of their answers.
    fn direct(&self, place: &Place<'a>) -> Vec<Exchange<'a>> {
        let mut exchanges = self.requests.exchanges(place);
        let Some(around) = place.frame.innermost() else { return exchanges };
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
            exchange.carrier = flow.returned.or(Some(Carrier::body()));
        }
        exchanges
    }

    fn report(&mut self, exchange: Exchange<'a>, place: &Place<'a>, caller: &str) {
        let values = self.requests.values;
        let method = match &exchange.verb {
            Verb::Is(method) => Known::Is((*method).into()),
            Verb::Says(place) => match values.text(place) {
                Some(text) if !text.is_empty() => Known::Is(text.to_uppercase().into()),
                _ => Known::Unknown(Why::DynamicExpression),
            },
            Verb::Unknown => Known::Unknown(Why::DynamicExpression),
        };
        type Paths = Vec<(Known<Box<str>>, Option<Box<str>>, Vec<Box<str>>)>;
        let known = |known: paths::Known| {
            let origins = known.origins.into_iter().map(Into::into).collect();
            (Known::Is(known.path.into()), known.base.map(Into::into), origins)
        };
        let paths: Paths = match exchange.path {
            Path::Is(path) => vec![known(path)],
            Path::OneOf(paths) => paths.into_iter().map(known).collect(),
            Path::Passed(..) => vec![(Known::Unknown(Why::DynamicExpression), None, Vec::new())],
            Path::Unknown(why) => vec![(Known::Unknown(why), None, Vec::new())],
        };
        let response = declared::response(values, self.types, &exchange.claims);
        let request = exchange.body.and_then(|body| declared::request(self.requests, self.types, &body));
        let (request, converted) = match request {
            Some((request, keys)) => (Some(request), keys),
            None => (None, Keys::None),
        };
        let sent_keys = converted.then(exchange.sent_keys).conversion();
        let (answer_name, body_name) = match caller {
            "" => ("answer".to_owned(), "body".to_owned()),
            caller => (format!("{caller}()"), format!("{caller}(body)")),
        };
        let response_span: Option<Span> = response.as_ref().map(|said| said.span);
        let response =
            response.map(|said| self.written.declared(values.names, self.types, said, &answer_name));
        let request = request.map(|said| self.written.declared(values.names, self.types, said, &body_name));
        self.calls.extend(paths.into_iter().map(|(path, base, origins)| ClientCall {
            method: method.clone(),
            path,
            base,
            origins,
            response: response.clone(),
            request: request.clone(),
            keys: exchange.keys.conversion(),
            sent_keys: sent_keys.clone(),
            caller: caller.into(),
            span: place.expr.range.in_file(place.file),
            response_span,
        }));
    }
}
