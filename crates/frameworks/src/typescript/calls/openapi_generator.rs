//! Clients that OpenAPI Generator writes (openapi-generator.tech, "Generators", `typescript-axios` and `typescript-fetch`), read by
//! the shape of their templates: what they do at run time goes through mutable objects, and the templates say it more plainly.
//!
//! ```text
//! const localVarPath = `/users/{user_id}`.replace(`{${"user_id"}}`, encodeURIComponent(String(userId)))
//! const localVarRequestOptions = { method: 'PUT', ...baseOptions, ...options }
//! localVarRequestOptions.data = serializeDataIfNeeded(userUpdate, localVarRequestOptions, configuration)
//! return { url: toPathString(localVarUrlObj), options: localVarRequestOptions }
//!
//! async updateUser(...): Promise<(axios?, basePath?) => AxiosPromise<User>> {
//!     const localVarAxiosArgs = await localVarAxiosParamCreator.updateUser(...)
//!     return createRequestFunction(localVarAxiosArgs, globalAxios, BASE_PATH, configuration) }
//!
//! async updateUserRaw(...): Promise<runtime.ApiResponse<User>> {
//!     const response = await this.request({ path: `/users/{user_id}`.replace(...), method: 'PUT', body: UserUpdateToJSON(...) }) }
//! ```
//!
//! Deliberately absent: what is made of the answer by whoever calls the methods. They have types that come from the document.

use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{
    Argument, Call, Class, Expr, ExprKind, Function, MapEntry, Statement, TypeExpr, TypeKind,
};

use super::answers::{awaited, wrapped};
use super::bodies::push_nested;
use super::clients::{Body, Client, Library, LibraryCall, Setting, Verb};
use super::frame::{Place, TypePlace};
use super::values::{Value, Values};

/// What makes a request of arguments in the axios template.
const REQUEST: &str = "createRequestFunction";
/// The arguments of a request there.
const ARGUMENTS: &str = "localVarAxiosArgs";

impl<'a> Values<'_, 'a> {
    /// The request of a call in a client of either template.
    pub(super) fn openapi_generator(&self, place: &Place<'a>, call: &'a Call) -> Option<LibraryCall<'a>> {
        match &call.callee.kind {
            ExprKind::Name(name) if &**name == REQUEST => {
                let base = call.positional().nth(2).map(|base| place.at(base));
                self.by_axios_template(place, call.positional().next()?, base)
            }
            ExprKind::Member(_, method) if &**method == "request" => self.by_fetch_template(place, call),
            _ => None,
        }
    }

    /// What older versions have for it: `axios.request({ ...localVarAxiosArgs.options, url: basePath + localVarAxiosArgs.url })`.
    pub(super) fn axios_request_of_template(
        &self,
        place: &Place<'a>,
        call: &'a Call,
    ) -> Option<LibraryCall<'a>> {
        let Value::Object(made, entries) = self.value(&place.at(call.positional().next()?)) else {
            return None;
        };
        let arguments = entries.iter().find_map(|entry| match entry {
            MapEntry::Spread(Expr { kind: ExprKind::Member(arguments, options), .. })
                if &**options == "options" =>
            {
                (arguments.as_name() == Some(ARGUMENTS)).then_some(&**arguments)
            }
            _ => None,
        })?;
        self.by_axios_template(&made, arguments, None)
    }

    /// What the function says that made `arguments`.
    fn by_axios_template(
        &self,
        place: &Place<'a>,
        arguments: &'a Expr,
        base: Option<Place<'a>>,
    ) -> Option<LibraryCall<'a>> {
        let Value::Object(made, _) = self.value(&place.at(arguments)) else { return None };
        let creator = made.frame.innermost()?.function;
        let said = Said::of(creator)?;
        let verb = Verb::Says(made.at(own_entry(said.options, "method")?));
        let body = said.data.map(|data| Body { value: made.at(serialized(data)), raw: false });
        let answers = answer_around(place, axios_answer);
        let base = self.base_given(place.file).or(base);
        let client = Rc::new(Client::new(Library::OpenapiGenerator));
        Some(LibraryCall { client, verb, url: made.at(said.path), base, body, answers })
    }

    /// `this.request({ path, method, headers, query, body: UserToJSON(user) })` in a class of the client.
    fn by_fetch_template(&self, place: &Place<'a>, call: &'a Call) -> Option<LibraryCall<'a>> {
        let ExprKind::Member(object, _) = &call.callee.kind else { return None };
        let Value::Instance(instance) = self.value(&place.at(object)) else { return None };
        if base_class(instance.class).as_deref() != Some(&["runtime", "BaseAPI"]) {
            return None;
        }
        let Value::Object(made, _) = self.value(&place.at(call.positional().next()?)) else { return None };
        let (Setting::Is(url), Setting::Is(method)) =
            (self.setting(Some(&made), "path"), self.setting(Some(&made), "method"))
        else {
            return None;
        };
        let body = match self.setting(Some(&made), "body") {
            Setting::Is(body) => Some(Body { value: body.at(unconverted(body.expr)), raw: false }),
            _ => None,
        };
        let answers = answer_around(place, |returns| wrapped(awaited(returns), &["ApiResponse"]));
        let base = self.base_given(place.file);
        let client = Rc::new(Client::new(Library::OpenapiGenerator));
        Some(LibraryCall { client, verb: Verb::Says(method), url, base, body, answers })
    }

    /// The base that objects of the classes of a file are made with: `new UsersApi(configuration, "/api", axios)`, `new
    /// UsersApi(new Configuration({ basePath: "/api" }))`. None where none is, or they differ.
    fn base_given(&self, file: FileId) -> Option<Place<'a>> {
        self.given_bases.borrow().get(&file).cloned().flatten()
    }

    /// Remembers what an object of such a class is made with.
    pub(super) fn note_base(&self, place: &Place<'a>, call: &'a Call) {
        if !call.is_new {
            return;
        }
        let Value::Class(file, class) = self.value(&place.at(&call.callee)) else { return };
        if base_class(class).and_then(|path| path.last().copied()) != Some("BaseAPI") {
            return;
        }
        let mut arguments = call.positional().map(|argument| place.at(argument));
        let configuration = arguments.next();
        let given = arguments.next().filter(|base| !matches!(self.value(base), Value::Nothing));
        let configured = || match self.value(&configuration?) {
            Value::Instance(of) => match self.setting(of.arguments?.first(), "basePath") {
                Setting::Is(base) => Some(base),
                _ => None,
            },
            _ => None,
        };
        let Some(base) = given.or_else(configured) else { return };
        let mut bases = self.given_bases.borrow_mut();
        let differs = |known: &Option<Place<'a>>| {
            known.as_ref().is_some_and(|known| self.parts(known) != self.parts(&base))
        };
        match bases.get_mut(&file) {
            Some(known) if differs(known) => *known = None,
            Some(_) => {}
            None => drop(bases.insert(file, Some(base.clone()))),
        }
    }
}

/// The class that a class extends.
fn base_class(class: &Class) -> Option<Vec<&str>> {
    class.bases.first().and_then(|base: &Argument| base.value.dotted())
}

/// The name of the method that makes a request, where the name around it is that of a function which makes all of them.
pub(super) fn method_around<'p>(place: &'p Place<'_>, call: &Call) -> Option<&'p str> {
    let is_one = call.callee.as_name() == Some(REQUEST);
    let mut named = place.frame.activations().map(|one| &*one.function.name).filter(|name| !name.is_empty());
    named.next().filter(|_| is_one)
}

/// What a function says that puts the arguments of a request together.
struct Said<'a> {
    path: &'a Expr,
    options: &'a Expr,
    data: Option<&'a Expr>,
}

impl<'a> Said<'a> {
    fn of(creator: &'a Function) -> Option<Self> {
        let (mut path, mut options, mut data) = (None, None, None);
        let mut work: Vec<&'a Statement> = creator.body.iter().collect();
        while let Some(statement) = work.pop() {
            push_nested(statement, &mut work);
            let Statement::Assign(assign) = statement else { continue };
            let value = assign.value.as_ref();
            match assign.target.dotted().as_deref() {
                Some(["localVarPath"]) => path = value,
                Some(["localVarRequestOptions"]) => options = value,
                Some(["localVarRequestOptions", "data"]) => data = value,
                _ => {}
            }
        }
        Some(Self { path: path?, options: options?, data })
    }
}

/// The value under a key that is written out in an object: what is spread into it behind that comes from the caller.
fn own_entry<'e>(object: &'e Expr, key: &str) -> Option<&'e Expr> {
    let ExprKind::Map(entries) = &object.kind else { return None };
    entries.iter().find_map(|entry| match entry {
        MapEntry::Pair(name, value) => (name.as_text() == Some(key)).then_some(value),
        _ => None,
    })
}

/// What is given to the function that makes JSON of a body; any other expression is itself.
fn serialized(data: &Expr) -> &Expr {
    let named = |call: &&Call| call.callee.as_name() == Some("serializeDataIfNeeded");
    data.as_call().filter(named).and_then(|call| call.positional().next()).unwrap_or(data)
}

/// What is given to a converter of the client, whose mapping the fields of the type say (`super::super::wire_names`).
fn unconverted(body: &Expr) -> &Expr {
    let named = |call: &&Call| call.callee.as_name().is_some_and(|name| name.ends_with("ToJSON"));
    body.as_call().filter(named).and_then(|call| call.positional().next()).unwrap_or(body)
}

/// What a function around a call says in the type that it returns.
fn answer_around<'a>(
    place: &Place<'a>,
    find: impl Fn(&'a TypeExpr) -> Option<&'a TypeExpr>,
) -> Option<TypePlace<'a>> {
    place.frame.activations().find_map(|around| {
        let returns: &'a Function = around.function;
        let ty = find(returns.returns.as_ref()?)?;
        Some(TypePlace { file: around.file, ty, frame: place.frame.clone() })
    })
}

/// `T` of `Promise<(axios?: AxiosInstance, basePath?: string) => AxiosPromise<T>>`.
fn axios_answer(returns: &TypeExpr) -> Option<&TypeExpr> {
    match &awaited(returns).kind {
        TypeKind::Function(Some(gives)) => wrapped(gives, &["AxiosPromise"])
            .or_else(|| wrapped(wrapped(gives, &["Promise"])?, &["AxiosResponse"])),
        _ => None,
    }
}
