//! Libraries that call a function for the caller and know what it gives: SWR, TanStack Query, Redux Toolkit.
//!
//! Sources: swr.vercel.app ("API"), tanstack.com/query ("TypeScript"), redux-toolkit.js.org ("createAsyncThunk", "RTK Query").

use alignment_model::code::{
    Call, Expr, ExprKind, ExprPart, FileFacts, Function, Import, ImportTarget, Literal, MapEntry, Statement,
    TypeExpr,
};

use super::answers::{Carrier, Claim};
use super::bodies::{each_expr, returns_of};
use super::clients::{Body, Setting, Verb};
use super::frame::{Callable, Frame, Place, TypePlace};
use super::keys::Keys;
use super::paths::path_of;
use super::reads::Reads;
use super::urls::address;
use super::values::Value;
use super::wrappers::{Exchange, Requests};

impl<'a> Requests<'_, '_, 'a> {
    /// The requests of a call of such a library that are made with what it is given: `useSWR<T>(url, fetcher)`,
    /// `builder.query<T, A>({ query })`. `None` if it is no such call.
    pub(super) fn library_query(&self, place: &Place<'a>, call: &'a Call) -> Option<Vec<Exchange<'a>>> {
        if let ExprKind::Member(_, method) = &call.callee.kind
            && matches!(&**method, "query" | "mutation")
            && let Some(exchanges) = self.endpoint(place, call)
        {
            return Some(exchanges);
        }
        match self.values.value(&place.at(&call.callee)) {
            Value::External(module @ ("swr" | "swr/immutable" | "swr/mutation" | "swr/infinite"), path) => {
                let name = path.last().map_or("", |name| &**name);
                let mut exchanges = self.swr(place, call)?;
                for exchange in &mut exchanges {
                    let body = exchange.carrier.take();
                    exchange.carrier = body.and_then(|body| given_by_hook(module, name, body));
                }
                Some(exchanges)
            }
            _ => None,
        }
    }

    /// `useSWR<T>(url, fetcher)`, where the fetcher is a function that passes the URL on.
    fn swr(&self, place: &Place<'a>, call: &'a Call) -> Option<Vec<Exchange<'a>>> {
        let mut arguments = call.positional();
        let key = arguments.next()?;
        let own = arguments.next().map(|fetcher| place.at(fetcher));
        let fetcher = match own.filter(|own| !self.is_options(own)) {
            Some(fetcher) => self.values.callable(&fetcher)?,
            None => self.values.callable(self.fetcher.as_ref().filter(|_| !self.several_fetchers)?)?,
        };
        let key = self.key(&place.at(key))?;
        // An array is a key as a whole for SWR 2; its first element is what a fetcher with one parameter takes from it.
        let passed = match (&key.expr.kind, fetcher.function.parameters.first()) {
            (ExprKind::List(items), Some(first)) if first.pattern.is_none() => {
                items.iter().map(|item| key.at(item)).collect()
            }
            _ => vec![key],
        };
        let mut exchanges = self.through(&fetcher, passed, Vec::new(), &place.frame);
        if exchanges.is_empty() {
            return None;
        }
        if let Some(ty) = call.type_arguments.first() {
            let claim = Claim::of_type(place.type_at(ty));
            exchanges.iter_mut().for_each(|exchange| exchange.claims.push(claim.clone()));
        }
        Some(exchanges)
    }

    /// Options in place of a fetcher: `useSWR(url, { suspense: true })`.
    fn is_options(&self, argument: &Place<'a>) -> bool {
        match self.values.value(argument) {
            Value::Object(..) => matches!(self.values.setting(Some(argument), "fetcher"), Setting::Absent),
            Value::Nothing => true,
            _ => false,
        }
    }

    /// Remembers the fetcher of `<SWRConfig value={{ fetcher }}>` for all hooks without one (swr.vercel.app, "Global Configuration"); none
    /// where there are several.
    pub(super) fn note_fetcher(&mut self, facts: &'a FileFacts) {
        let configures = |import: &Import| {
            &*import.module == "swr" && import.names.iter().any(|name| is_swr_config(&name.target))
        };
        let mut imports = facts.body.iter();
        if !imports.any(|statement| matches!(statement, Statement::Import(import) if configures(import))) {
            return;
        }
        let mut functions: Vec<&'a [Statement]> = vec![&facts.body];
        let mut found = Vec::new();
        while let Some(body) = functions.pop() {
            each_expr(body, &mut |part| match part {
                ExprPart::Function(function) => functions.push(&function.body),
                ExprPart::Expr(Expr { kind: ExprKind::Markup(parts), .. }) => {
                    found.extend(parts.iter().filter_map(fetcher_of));
                }
                _ => {}
            });
        }
        for expr in found {
            let fetcher = Place { file: facts.file, expr, frame: Frame::default() };
            self.several_fetchers |= self.fetcher.replace(fetcher).is_some();
        }
    }

    /// A key, which may be given by a function.
    fn key(&self, key: &Place<'a>) -> Option<Place<'a>> {
        let Value::Function(callable) = self.values.value(key) else { return Some(key.clone()) };
        // A key of nothing asks for nothing.
        let mut returns = returns_of(&callable.function.body);
        returns.retain(|expr| !matches!(expr.kind, ExprKind::Literal(Literal::Null | Literal::Undefined)));
        match returns[..] {
            [expr] => Some(Place { file: callable.file, expr, frame: callable.open() }),
            _ => None,
        }
    }

    /// `builder.query<T, A>({ query: (a) => ({ url, method, body }) })`: `None` if it is no endpoint of RTK Query.
    fn endpoint(&self, place: &Place<'a>, call: &'a Call) -> Option<Vec<Exchange<'a>>> {
        let ExprKind::Member(builder, _) = &call.callee.kind else { return None };
        // The builder is what `endpoints: (builder) => ...` is given.
        let Value::Parameter(_, 0, path) = self.values.value(&place.at(builder)) else { return None };
        let options = call.positional().next().filter(|_| path.is_empty())?;
        let query = match self.values.setting(Some(&place.at(options)), "query") {
            Setting::Is(query) => self.values.callable(&query)?,
            _ => self.method_of(&place.at(options), "query")?,
        };
        let frame = query.open();
        let returned = returns_of(&query.function.body);
        let [expr] = &returned[..] else { return None };
        let said = Place { file: query.file, expr, frame };
        let is_object = matches!(self.values.value(&said), Value::Object(..));
        let option = |key| match self.values.setting(Some(&said), key) {
            Setting::Is(found) => Some(found),
            _ => None,
        };
        let (url, verb, body) = match is_object {
            true => (
                option("url")?,
                match self.values.setting(Some(&said), "method") {
                    Setting::Is(method) => Verb::Says(method),
                    Setting::Absent => Verb::Is("GET"),
                    Setting::Open(_) | Setting::Unknown => Verb::Unknown,
                },
                option("body").map(|value| Body { value, raw: false }),
            ),
            false => (said.clone(), Verb::Is("GET"), None),
        };
        let base = self.base_query(place);
        let path = path_of(&self.values.parts(&url), base.as_deref());
        Some(vec![Exchange {
            verb,
            path,
            body,
            claims: self.answer(place, call, &place.at(options)).into_iter().collect(),
            carrier: None,
            is_sure: false,
            reads: Reads::default(),
            keys: Keys::None,
            sent_keys: Keys::None,
            made: None,
            is_fetch: false,
        }])
    }

    /// What an endpoint says arrives: its first type argument, unless `transformResponse` makes that of what arrives, which is
    /// then what the function takes (Redux Toolkit 2, "RTK Query", `transformResponse`).
    fn answer(&self, place: &Place<'a>, call: &'a Call, options: &Place<'a>) -> Option<Claim<'a>> {
        if let Some(transform) = self.method_of(options, "transformResponse") {
            let taken = transform.function.parameters.first()?.annotation.as_ref()?;
            let ty = TypePlace { file: transform.file, ty: taken, frame: transform.open() };
            return Some(Claim::of_type(ty));
        }
        match self.values.setting(Some(options), "transformResponse") {
            Setting::Absent => call.type_arguments.first().map(|ty| Claim::of_type(place.type_at(ty))),
            _ => None,
        }
    }

    fn method_of(&self, object: &Place<'a>, name: &str) -> Option<Callable<'a>> {
        match self.values.member(self.values.value(object), name, object) {
            Value::Function(callable) => Some(callable),
            _ => None,
        }
    }

    /// `createApi({ baseQuery: fetchBaseQuery({ baseUrl }) })` around an endpoint.
    fn base_query(&self, place: &Place<'a>) -> Option<Vec<super::urls::Part>> {
        let endpoints = place.frame.innermost()?.function;
        let options = self.endpoints.get(&address(endpoints))?;
        let Setting::Is(base) = self.values.setting(Some(options), "baseQuery") else { return None };
        let Value::Expr(base) = self.values.value(&base) else { return None };
        let made = base.expr.as_call()?;
        let given = base.at(made.positional().next()?);
        match self.values.setting(Some(&given), "baseUrl") {
            Setting::Is(url) => Some(self.values.parts(&url)),
            _ => None,
        }
    }

    /// Remembers what function literals are expected to give where they stand.
    pub(super) fn note_expected(&mut self, place: &Place<'a>, call: &'a Call) {
        let Value::External(module, path) = self.values.value(&place.at(&call.callee)) else { return };
        let name = path.last().map_or("", |name| &**name);
        if module.starts_with("@reduxjs/toolkit") && matches!(name, "createApi") {
            self.note_endpoints(place, call);
        }
        let Some(ty) = call.type_arguments.first() else { return };
        let tanstack =
            module.ends_with("-query") && module.starts_with("@tanstack/") || module == "react-query";
        let thunk = module == "@reduxjs/toolkit" && name == "createAsyncThunk";
        let swr = matches!(module, "swr" | "swr/immutable" | "swr/mutation" | "swr/infinite");
        if !(tanstack || thunk || swr) {
            return;
        }
        // `useMutation<Data, Error, Variables>`, `createAsyncThunk<Data, Argument>`
        let given = match thunk {
            true => call.type_arguments.get(1),
            false => call.type_arguments.get(2).filter(|_| name == "useMutation"),
        };
        for argument in call.positional() {
            self.expect(place, argument, ty, given);
        }
    }

    /// A function itself, or the one under `queryFn` or `mutationFn`.
    fn expect(
        &mut self,
        place: &Place<'a>,
        argument: &'a Expr,
        ty: &'a TypeExpr,
        given: Option<&'a TypeExpr>,
    ) {
        match &argument.kind {
            ExprKind::Function(function) => self.expect_of(place, function, ty, given),
            ExprKind::Name(_) => self.expect_of_named(place, argument, ty),
            ExprKind::Map(entries) => {
                for entry in entries {
                    match entry {
                        MapEntry::Pair(key, value) => match (key.as_text(), &value.kind) {
                            (Some("queryFn" | "mutationFn"), ExprKind::Function(function)) => {
                                self.expect_of(place, function, ty, given);
                            }
                            (Some("queryFn"), ExprKind::Name(_)) => self.expect_of_named(place, value, ty),
                            _ => {}
                        },
                        MapEntry::Method(function) if matches!(&*function.name, "queryFn" | "mutationFn") => {
                            self.expect_of(place, function, ty, given);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// `useSWR<User[]>("users", loadUsers)`: a function that takes nothing gives every caller the same. What it says itself counts more.
    fn expect_of_named(&mut self, place: &Place<'a>, argument: &'a Expr, ty: &'a TypeExpr) {
        let Some(callable) = self.values.callable(&place.at(argument)) else { return };
        let function = callable.function;
        if function.parameters.is_empty() && function.returns.is_none() {
            self.expected.entry(address(function)).or_insert_with(|| place.type_at(ty));
        }
    }

    fn expect_of(
        &mut self,
        place: &Place<'a>,
        function: &'a Function,
        ty: &'a TypeExpr,
        given: Option<&'a TypeExpr>,
    ) {
        self.expected.insert(address(function), place.type_at(ty));
        if let Some(given) = given {
            self.given.insert((address(function), 0), place.type_at(given));
        }
    }

    /// `builder.query<T, A>({ query: (argument) => ... })` gives `query` an `A`.
    pub(super) fn note_query_argument(&mut self, place: &Place<'a>, call: &'a Call) {
        let ExprKind::Member(builder, method) = &call.callee.kind else { return };
        let Some(given) = call.type_arguments.get(1) else { return };
        if matches!(&**method, "query" | "mutation")
            && let Value::Parameter(_, 0, path) = self.values.value(&place.at(builder))
            && path.is_empty()
            && let Some(options) = call.positional().next()
            && let Some(query) = self.method_of(&place.at(options), "query")
        {
            self.given.insert((address(query.function), 0), place.type_at(given));
        }
    }

    fn note_endpoints(&mut self, place: &Place<'a>, call: &'a Call) {
        let Some(options) = call.positional().next().map(|options| place.at(options)) else { return };
        if let Some(endpoints) = self.method_of(&options, "endpoints") {
            self.endpoints.insert(address(endpoints.function), options);
        }
    }
}

/// What a function of SWR gives to its caller: hooks give an object with what the fetcher gives under `data` (swr.vercel.app, "API").
fn given_by_hook(module: &str, name: &str, body: Carrier) -> Option<Carrier> {
    match (module, name) {
        // A list with what each request gave.
        ("swr/infinite", _) | (_, "useSWRInfinite") => None,
        (_, "preload") => Some(body),
        _ => Some(Carrier::Entry("data".into(), Box::new(body))),
    }
}

fn is_swr_config(target: &ImportTarget) -> bool {
    matches!(target, ImportTarget::Member(name) if &**name == "SWRConfig")
}

/// The `fetcher` of an attribute of markup that is an object.
fn fetcher_of(attribute: &Expr) -> Option<&Expr> {
    let ExprKind::Map(entries) = &attribute.kind else { return None };
    entries.iter().find_map(|entry| match entry {
        MapEntry::Pair(key, fetcher) if key.as_text() == Some("fetcher") => Some(fetcher),
        _ => None,
    })
}
