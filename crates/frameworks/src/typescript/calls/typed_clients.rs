//! Clients that are typed or written from an OpenAPI document: which values are such clients, and what their calls say.
//!
//! | library | call | source |
//! |---|---|---|
//! | `openapi-fetch` 0.x | `client.GET("/users/{id}", { params, body })` | openapi-ts.dev/openapi-fetch, "API" |
//! | `openapi-react-query` 0.x | `$api.useQuery("get", "/users/{id}", options)` | openapi-ts.dev/openapi-react-query |
//! | `@hey-api/openapi-ts` | `client.get<T>({ url: "/users/{id}", ...options })` | heyapi.dev, "SDK", "Clients" |
//!
//! What others generate (orval, openapi-typescript-codegen) goes through functions that are part of the project, and is read like those;
//! `openapi_generator` has its own reader.
//!
//! Deliberately absent: the types in their type arguments. They come from the document, and are compared with its schemas by name.

use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{Call, ExprKind, MapEntry};

use super::clients::{Body, Client, Library, LibraryCall, Parts, Setting, Verb};
use super::frame::Place;
use super::values::{Value, Values};

/// The library whose `createClient` is a default export of this package.
pub(super) fn created_by(module: &str) -> Option<Library> {
    match module {
        "openapi-fetch" => Some(Library::OpenapiFetch),
        "openapi-react-query" => Some(Library::OpenapiQuery),
        _ => None,
    }
}

/// The HTTP method that a method of a client is named after.
fn verb(method: &str) -> Option<&'static str> {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|verb| verb.eq_ignore_ascii_case(method))
}

impl<'a> Values<'_, 'a> {
    /// `client.GET("/users/{id}", { params, body })`
    pub(super) fn openapi_fetch(&self, parts: Parts<'a>, method: &str) -> Option<LibraryCall<'a>> {
        let verb = verb(method).filter(|verb| *verb == method)?;
        let body = match self.setting(parts.arguments.get(1), "body") {
            Setting::Is(value) => Some(Body { value, raw: false }),
            _ => None,
        };
        let url = parts.arguments.first()?.clone();
        let client = parts.client;
        Some(LibraryCall { client, verb: Verb::Is(verb), url, base: None, body, answers: None })
    }

    /// `$api.useQuery("get", "/users/{id}", options)`
    pub(super) fn openapi_query(&self, parts: Parts<'a>, method: &str) -> Option<LibraryCall<'a>> {
        const HOOKS: [&str; 5] =
            ["useQuery", "useSuspenseQuery", "useInfiniteQuery", "useMutation", "queryOptions"];
        if !HOOKS.contains(&method) {
            return None;
        }
        let verb = Verb::Says(parts.arguments.first()?.clone());
        let url = parts.arguments.get(1)?.clone();
        Some(LibraryCall { client: parts.client, verb, url, base: None, body: None, answers: None })
    }

    /// `(options?.client ?? client).get<T>({ url: "/users/{id}", ...options })` in a file that `@hey-api/openapi-ts` has written.
    pub(super) fn hey_api(&self, place: &Place<'a>, call: &'a Call) -> Option<LibraryCall<'a>> {
        let ExprKind::Member(_, method) = &call.callee.kind else { return None };
        let verb = verb(method).filter(|_| self.is_by_hey_api(place.file))?;
        let options = place.at(call.positional().next()?);
        let Value::Object(..) = self.value(&options) else { return None };
        let url = own_url(&options)?;
        let client = Rc::new(Client::new(Library::HeyApi));
        Some(LibraryCall { client, verb: Verb::Is(verb), url, base: None, body: None, answers: None })
    }

    fn is_by_hey_api(&self, file: FileId) -> bool {
        let facts = self.names.input().facts_of(file);
        facts.is_some_and(|facts| facts.header.contains("@hey-api/openapi-ts"))
    }
}

/// The `url` that is written out in an object: what is spread into it behind that adds parameters.
fn own_url<'a>(options: &Place<'a>) -> Option<Place<'a>> {
    let ExprKind::Map(entries) = &options.expr.kind else { return None };
    entries.iter().find_map(|entry| match entry {
        MapEntry::Pair(key, url) if key.as_text() == Some("url") => url.as_text().map(|_| options.at(url)),
        _ => None,
    })
}
