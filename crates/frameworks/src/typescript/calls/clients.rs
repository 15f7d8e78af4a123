//! The HTTP clients of libraries: which values are clients, and what their calls say.
//!
//! | library | source |
//! |---|---|
//! | `fetch` | WHATWG Fetch, "Fetch methods" |
//! | `axios` 1 | axios-http.com, "Axios API", "Request Config" |
//! | `ky` 1 | github.com/sindresorhus/ky, "API" |
//! | `ofetch` 1, Nuxt `$fetch`, `useFetch` | github.com/unjs/ofetch; nuxt.com, "Data Fetching" |
//! | Angular `HttpClient` | angular.dev, "Making HTTP requests" |
//!
//! `typed_clients` and `openapi_generator` have those that come from an OpenAPI document.

use std::rc::Rc;

use alignment_model::Span;
use alignment_model::code::{
    Call, Expr, ExprKind, Literal, MapEntry, Operator, TypeExpr, TypeKind, TypeMemberKind,
};

use super::answers::wrapped;
use super::choices::client_of_each;
use super::frame::{Place, TypePlace};
use super::typed_clients::created_by;
use super::values::{Value, Values};

/// A library that makes HTTP requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    Fetch,
    Axios,
    Ky,
    Ofetch,
    Angular,
    /// Nuxt's `useFetch`: like `ofetch`, but what it gives is reactive.
    UseFetch,
    OpenapiFetch,
    OpenapiQuery,
    HeyApi,
    /// Either template of OpenAPI Generator.
    OpenapiGenerator,
}

/// A client of a library.
#[derive(Clone, Debug)]
pub(super) struct Client<'a> {
    pub(super) library: Library,
    /// What it was made with.
    pub(super) options: Option<Place<'a>>,
    /// The expression that made it, by address: 0 for the library's own default.
    pub(super) id: usize,
    /// Where it was made; `None` for the library's own default, and where that is not known.
    pub(super) made: Option<Span>,
    /// It is wrapped by a package that converts keys.
    pub(super) converts: bool,
    /// Clients of the same library that it may be as well.
    pub(super) others: Vec<Rc<Client<'a>>>,
}

/// What a call of a client says.
#[derive(Clone, Debug)]
pub(super) struct LibraryCall<'a> {
    pub(super) client: Rc<Client<'a>>,
    pub(super) verb: Verb<'a>,
    pub(super) url: Place<'a>,
    /// `baseURL` of this call.
    pub(super) base: Option<Place<'a>>,
    pub(super) body: Option<Body<'a>>,
    /// The type argument that says what comes back.
    pub(super) answers: Option<TypePlace<'a>>,
}

/// The HTTP method of a call.
#[derive(Clone, Debug)]
pub(super) enum Verb<'a> {
    Is(&'static str),
    /// An expression of text.
    Says(Place<'a>),
    /// Options may say it, but are not known.
    Unknown,
}

/// A request body.
#[derive(Clone, Debug)]
pub(super) struct Body<'a> {
    pub(super) value: Place<'a>,
    /// It is sent as it stands, so that only `JSON.stringify(x)` makes JSON of `x`.
    pub(super) raw: bool,
}

/// What an option of an object is.
pub(super) enum Setting<'a> {
    Is(Place<'a>),
    Absent,
    /// In a parameter that nothing is bound to.
    Open(Place<'a>),
    Unknown,
}

impl<'a> Client<'a> {
    pub(super) fn new(library: Library) -> Self {
        Self { library, options: None, id: 0, made: None, converts: false, others: Vec::new() }
    }

    /// A client that a package exports ready to use.
    pub(super) fn of_package(module: &str, path: &[Box<str>]) -> Option<Self> {
        let path: Vec<&str> = path.iter().map(|name| &**name).collect();
        let library = match (module, &path[..]) {
            ("axios", [] | ["default"]) => Library::Axios,
            ("ky" | "ky-universal", ["default"]) => Library::Ky,
            ("ofetch" | "ohmyfetch", ["$fetch" | "ofetch"]) => Library::Ofetch,
            ("cross-fetch" | "node-fetch" | "isomorphic-fetch" | "undici", ["default" | "fetch"]) => {
                Library::Fetch
            }
            _ => return None,
        };
        Some(Self::new(library))
    }

    /// A client by its type.
    pub(super) fn of_type(module: &str, path: &[Box<str>]) -> Option<Self> {
        let name = path.last().map(|name| &**name);
        let library = match (module, name) {
            ("axios", Some("AxiosInstance" | "AxiosStatic" | "Axios")) => Library::Axios,
            ("@nuxtjs/axios", Some("NuxtAxiosInstance")) => Library::Axios,
            ("@angular/common/http", Some("HttpClient")) => Library::Angular,
            ("ky", Some("KyInstance")) => Library::Ky,
            ("ofetch", Some("$Fetch")) => Library::Ofetch,
            _ => return None,
        };
        Some(Self { id: usize::MAX, ..Self::new(library) })
    }
}

impl<'a> Values<'_, 'a> {
    /// The client that a call makes, if it makes one.
    pub(super) fn client_made_by(
        &self,
        callee: &Value<'a>,
        arguments: &[Place<'a>],
        place: &Place<'a>,
    ) -> Option<Value<'a>> {
        let made = |library, options: Option<&Place<'a>>, converts| {
            let id = std::ptr::from_ref(place.expr) as usize;
            let options = options.cloned();
            let made = Some(place.expr.range.in_file(place.file));
            Some(Value::Client(Rc::new(Client { options, id, made, converts, ..Client::new(library) })))
        };
        match callee {
            Value::ClientMethod(client, method) => match (client.library, &**method) {
                (Library::Axios, "create") => made(Library::Axios, arguments.first(), client.converts),
                (Library::Ky | Library::Ofetch, "create" | "extend") => {
                    made(client.library, arguments.first(), false)
                }
                _ => None,
            },
            // `applyCaseMiddleware(axios.create(...))`
            Value::External("axios-case-converter", _) => match self.value(arguments.first()?) {
                Value::Client(client) => {
                    Some(Value::Client(Rc::new(Client { converts: true, ..(*client).clone() })))
                }
                _ => None,
            },
            Value::External("@angular/core", path) if path.last().is_some_and(|name| &**name == "inject") => {
                let is_http = matches!(
                    self.value(arguments.first()?),
                    Value::External("@angular/common/http", path) if path.last().is_some_and(|name| &**name == "HttpClient")
                );
                is_http.then(|| Value::Client(Rc::new(Client::new(Library::Angular))))
            }
            Value::External(module, path) if matches!(&path[..], [name] if &**name == "default") => {
                match created_by(module)? {
                    // A client around a client.
                    Library::OpenapiQuery => match self.value(arguments.first()?) {
                        Value::Client(inner) => made(Library::OpenapiQuery, inner.options.as_ref(), false),
                        _ => made(Library::OpenapiQuery, None, false),
                    },
                    library => made(library, arguments.first(), false),
                }
            }
            _ => None,
        }
    }

    /// What a call says, if it is a call of an HTTP client.
    pub(super) fn library_call(&self, place: &Place<'a>, call: &'a Call) -> Option<LibraryCall<'a>> {
        if call.is_new {
            return None;
        }
        let (client, method) = match self.value(&place.at(&call.callee)) {
            Value::Client(client) => (client, None),
            Value::ClientMethod(client, method) => (client, Some(method)),
            Value::OneOf(values) => client_of_each(&values)?,
            Value::Global(path) => (Rc::new(Client::new(global_client(&path)?)), None),
            // A `fetch` that is passed in has the signature of the global one (SvelteKit's `load`, tests).
            Value::Parameter(_, _, path) if is_fetch(&call.callee, &path) => {
                (Rc::new(Client::new(Library::Fetch)), None)
            }
            _ => return self.hey_api(place, call).or_else(|| self.openapi_generator(place, call)),
        };
        let arguments: Vec<Place<'a>> = call.positional().map(|argument| place.at(argument)).collect();
        let answers = match client.library {
            Library::Axios => answer_of_axios(&call.type_arguments),
            _ => call.type_arguments.first(),
        };
        let answers = answers.map(|ty: &'a TypeExpr| place.type_at(ty));
        let parts = Parts { arguments, answers, client };
        match (parts.client.library, method.as_deref()) {
            (Library::Axios, None | Some("request")) => {
                self.axios_request_of_template(place, call).or_else(|| self.axios_config(parts))
            }
            (Library::Axios, Some(method)) => self.axios_verb(parts, method),
            (Library::Angular, Some(method)) => self.angular(parts, method),
            (Library::Angular, None) => None,
            (Library::Ky, method) => self.fetch_like(parts, method, &["json"], "prefixUrl"),
            (Library::Ofetch, None | Some("raw")) => self.fetch_like(parts, None, &["body"], "baseURL"),
            (Library::UseFetch, None) => self.fetch_like(parts, None, &["body"], "baseURL"),
            (Library::Fetch, None) => self.fetch_like(parts, None, &["body"], ""),
            (Library::OpenapiFetch, Some(method)) => self.openapi_fetch(parts, method),
            (Library::OpenapiQuery, Some(method)) => self.openapi_query(parts, method),
            _ => None,
        }
    }

    /// `axios({ url, method, data })`, `axios(url, { method, data })`, `axios.request({ ... })`.
    fn axios_config(&self, parts: Parts<'a>) -> Option<LibraryCall<'a>> {
        let first = parts.arguments.first()?.clone();
        let (url, options) = match self.value(&first) {
            Value::Object(..) => match self.setting(Some(&first), "url") {
                Setting::Is(url) => (url, Some(first)),
                // `axios({ ...config })`: the URL is in what the caller passes.
                Setting::Open(config) => (config, Some(first)),
                _ => return None,
            },
            _ => (first, parts.arguments.get(1).cloned()),
        };
        let verb = self.verb(options.as_ref());
        let base = self.base(options.as_ref(), "baseURL");
        let body = match self.setting(options.as_ref(), "data") {
            Setting::Is(value) => Some(Body { value, raw: false }),
            _ => None,
        };
        Some(LibraryCall { verb, url, base, body, answers: parts.answers, client: parts.client })
    }

    /// `axios.get(url, config)`, `axios.post(url, data, config)`.
    fn axios_verb(&self, parts: Parts<'a>, method: &str) -> Option<LibraryCall<'a>> {
        let (verb, sends) = match method {
            "get" => ("GET", false),
            "delete" => ("DELETE", false),
            "head" => ("HEAD", false),
            "options" => ("OPTIONS", false),
            "post" | "postForm" => ("POST", true),
            "put" | "putForm" => ("PUT", true),
            "patch" | "patchForm" => ("PATCH", true),
            _ => return None,
        };
        let url = parts.arguments.first()?.clone();
        let config = parts.arguments.get(if sends { 2 } else { 1 });
        let body = match sends {
            true => parts.arguments.get(1).cloned(),
            false => match self.setting(config, "data") {
                Setting::Is(value) => Some(value),
                _ => None,
            },
        };
        let body = body.filter(|_| !method.ends_with("Form")).map(|value| Body { value, raw: false });
        let base = self.base(config, "baseURL");
        Some(LibraryCall {
            verb: Verb::Is(verb),
            url,
            base,
            body,
            answers: parts.answers,
            client: parts.client,
        })
    }

    /// `http.get<T>(url, options)`, `http.post<T>(url, body, options)`, `http.request<T>(method, url, { body })`.
    fn angular(&self, parts: Parts<'a>, method: &str) -> Option<LibraryCall<'a>> {
        let (verb, sends) = match method {
            "get" => (Verb::Is("GET"), false),
            "delete" => (Verb::Is("DELETE"), false),
            "head" => (Verb::Is("HEAD"), false),
            "options" => (Verb::Is("OPTIONS"), false),
            "post" => (Verb::Is("POST"), true),
            "put" => (Verb::Is("PUT"), true),
            "patch" => (Verb::Is("PATCH"), true),
            "request" => (Verb::Says(parts.arguments.first()?.clone()), false),
            _ => return None,
        };
        let shift = usize::from(method == "request");
        let url = parts.arguments.get(shift)?.clone();
        let body = match sends {
            true => parts.arguments.get(1).cloned(),
            false => match self.setting(parts.arguments.get(shift + 1), "body") {
                Setting::Is(value) => Some(value),
                _ => None,
            },
        };
        let body = body.map(|value| Body { value, raw: false });
        Some(LibraryCall { verb, url, base: None, body, answers: parts.answers, client: parts.client })
    }

    /// `fetch(url, { method, body })` and those made after it; `ky.post(url, { json })`.
    fn fetch_like(
        &self,
        parts: Parts<'a>,
        method: Option<&str>,
        body_keys: &[&str],
        base_key: &str,
    ) -> Option<LibraryCall<'a>> {
        let url = parts.arguments.first()?.clone();
        let options = parts.arguments.get(1);
        let verb = match method {
            None => self.verb(options),
            Some("get") => Verb::Is("GET"),
            Some("post") => Verb::Is("POST"),
            Some("put") => Verb::Is("PUT"),
            Some("patch") => Verb::Is("PATCH"),
            Some("delete") => Verb::Is("DELETE"),
            Some("head") => Verb::Is("HEAD"),
            Some(_) => return None,
        };
        let raw = parts.client.library == Library::Fetch;
        let body = body_keys.iter().find_map(|key| match self.setting(options, key) {
            Setting::Is(value) => Some(Body { value, raw }),
            _ => None,
        });
        let base = self.base(options, base_key);
        // `fetch` and `ky` have no type argument that says what comes back.
        let typed = !matches!(parts.client.library, Library::Fetch | Library::Ky);
        let answers = parts.answers.filter(|_| typed);
        Some(LibraryCall { verb, url, base, body, answers, client: parts.client })
    }

    /// The `method` of options; `GET` where there is none.
    fn verb(&self, options: Option<&Place<'a>>) -> Verb<'a> {
        match self.setting(options, "method") {
            Setting::Is(method) => Verb::Says(method),
            Setting::Absent => Verb::Is("GET"),
            Setting::Open(_) | Setting::Unknown => Verb::Unknown,
        }
    }

    fn base(&self, options: Option<&Place<'a>>, key: &str) -> Option<Place<'a>> {
        match self.setting(options, key) {
            Setting::Is(base) => Some(base),
            _ => None,
        }
    }

    /// An option of an object. Later entries and spreads override earlier ones.
    pub(super) fn setting(&self, options: Option<&Place<'a>>, key: &str) -> Setting<'a> {
        let Some(options) = options else { return Setting::Absent };
        self.setting_in(self.value(options), options, key)
    }

    fn setting_in(&self, value: Value<'a>, options: &Place<'a>, key: &str) -> Setting<'a> {
        self.deeper(|| match value {
            Value::Object(place, entries) => self.setting_of(&place, entries, key),
            Value::Without(_, keys) if keys.iter().any(|without| &**without == key) => Setting::Absent,
            Value::Without(inner, _) => self.setting_in(*inner, options, key),
            Value::Nothing => Setting::Absent,
            Value::Parameter(..) => Setting::Open(options.clone()),
            Value::Expr(place) => match conditional(place.expr) {
                // `condition ? { ... } : undefined`, `condition && { ... }`
                Some(inner) => match self.setting(Some(&place.at(inner)), key) {
                    Setting::Absent => Setting::Absent,
                    _ => Setting::Unknown,
                },
                None => Setting::Unknown,
            },
            _ => Setting::Unknown,
        })
        .unwrap_or(Setting::Unknown)
    }

    fn setting_of(&self, object: &Place<'a>, entries: &'a [MapEntry], key: &str) -> Setting<'a> {
        let here = |expr: &'a Expr| object.at(expr);
        let mut optional = None;
        for entry in entries.iter().rev() {
            match entry {
                MapEntry::Pair(name, value) => match name.as_text() {
                    Some(text) if text == key => {
                        return match self.value(&here(value)) {
                            Value::Nothing => Setting::Absent,
                            _ => Setting::Is(here(value)),
                        };
                    }
                    Some(_) => {}
                    None => return Setting::Unknown,
                },
                MapEntry::Method(method) if &*method.name == key => return Setting::Unknown,
                MapEntry::Method(_) => {}
                MapEntry::Spread(inner) => match self.setting(Some(&here(inner)), key) {
                    Setting::Absent => {}
                    // What most callers leave out says nothing where the object itself does: `{ ...config, ...options }`.
                    Setting::Open(given) if self.is_optional(&given) => {
                        optional.get_or_insert(given);
                    }
                    found => return found,
                },
            }
        }
        optional.map_or(Setting::Absent, Setting::Open)
    }

    /// Whether an expression is a parameter that need not be passed.
    fn is_optional(&self, place: &Place<'a>) -> bool {
        match self.value(place) {
            Value::Parameter(function, at, path) if path.is_empty() => {
                function.parameters.get(at).is_some_and(|one| one.optional || one.default.is_some())
            }
            _ => false,
        }
    }
}

/// What a call passes.
pub(super) struct Parts<'a> {
    pub(super) arguments: Vec<Place<'a>>,
    answers: Option<TypePlace<'a>>,
    pub(super) client: Rc<Client<'a>>,
}

/// Whether a value is a client of a library, or one that the language or the browser has.
pub(super) fn is_client(value: &Value<'_>) -> bool {
    match value {
        Value::Client(_) => true,
        Value::Global(path) => global_client(path).is_some(),
        _ => false,
    }
}

/// The client that a name of the language, the browser or Nuxt stands for.
fn global_client(path: &[Box<str>]) -> Option<Library> {
    let path: Vec<&str> = path.iter().map(|name| &**name).collect();
    match path[..] {
        ["fetch"] | ["window" | "globalThis" | "self", "fetch"] => Some(Library::Fetch),
        ["$fetch"] => Some(Library::Ofetch),
        ["useFetch" | "useLazyFetch"] => Some(Library::UseFetch),
        _ => None,
    }
}

/// The type of the body in the type arguments of axios, `get<T, R = AxiosResponse<T>, D>`: where `R` is given, it says what the call
/// gives, and `T` says nothing (github.com/axios/axios, `index.d.ts`).
fn answer_of_axios(arguments: &[TypeExpr]) -> Option<&TypeExpr> {
    let Some(given) = arguments.get(1) else { return arguments.first() };
    match &given.kind {
        TypeKind::Object(members) => members.iter().find_map(|member| match &member.kind {
            TypeMemberKind::Property { name, ty, .. } if &**name == "data" => ty.as_ref(),
            _ => None,
        }),
        _ => wrapped(given, &["AxiosResponse"]),
    }
}

fn is_fetch(callee: &Expr, path: &[Box<str>]) -> bool {
    callee.as_name() == Some("fetch") || path.last().is_some_and(|name| &**name == "fetch")
}

/// The side of a condition that is not nothing.
fn conditional(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Conditional(parts) => {
            let [_, then, otherwise] = &**parts;
            let nothing = |side: &Expr| {
                matches!(side.kind, ExprKind::Literal(Literal::Undefined | Literal::Null))
                    || matches!(&side.kind, ExprKind::Map(entries) if entries.is_empty())
            };
            match (nothing(then), nothing(otherwise)) {
                (true, false) => Some(otherwise),
                (false, true) => Some(then),
                _ => None,
            }
        }
        ExprKind::Binary(Operator::BooleanAnd, _, right) => Some(right),
        _ => None,
    }
}
