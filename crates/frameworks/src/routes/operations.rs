//! Routers -> operations: every way from an application to a handler is one operation, under the joined prefixes.

use std::collections::{BTreeSet, HashSet};

use alignment_model::entity::{Completeness, Detail, Entity, EntityKind, Operation, Serving};
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::project::OpenMount;
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Span, Why};

use super::Reader;
use super::answers;
use super::packages::PackageRoute;
use super::parameters::{self, Signature};
use super::registry::{Endpoint, Item, Registry, Route, RouterId, RouterKind, Value};
use super::response;

/// Operations of one repository; routers that include each other in many ways are exponential without it.
const MAX_OPERATIONS: usize = 50_000;

/// Routers inside routers.
const MAX_NESTING: usize = 32;

/// What is served.
pub(super) struct Served {
    /// All operations, by place.
    pub(super) operations: Vec<Entity>,
    /// The prefixes under which more may be served.
    pub(super) open: Vec<OpenMount>,
    pub(super) problems: Vec<Problem>,
}

/// Everything that is served.
pub(super) fn read<'a>(reader: &Reader<'_, 'a>, registry: &Registry<'a>) -> Served {
    let mut walk = Walk {
        reader,
        registry,
        entities: Vec::new(),
        served: HashSet::new(),
        known: HashSet::new(),
        way: Vec::new(),
        open: Vec::new(),
        unknown: BTreeSet::new(),
    };
    for id in registry.ids().filter(|id| !registry.get(*id).is_included) {
        let mounted = match registry.get(id).kind {
            RouterKind::Application => Known::Is(true),
            RouterKind::Argument => Known::Unknown(Why::DynamicExpression),
            RouterKind::Router if registry.has_unknown_mounts => Known::Unknown(Why::DynamicExpression),
            RouterKind::Router => Known::Is(false),
        };
        walk.served.clear();
        walk.router(
            id,
            &Way {
                prefix: Known::Is(String::new()),
                end: String::new(),
                dependencies: Vec::new(),
                mounts: Vec::new(),
                mounted,
                application: registry.get(id).span,
                hidden: false,
                conditional: false,
            },
        );
    }
    let mut entities = walk.entities;
    entities.sort_by(|a, b| (a.span, &a.name).cmp(&(b.span, &b.name)));
    let problems = walk.unknown.into_iter().map(unknown_prefix).collect();
    Served { operations: entities, open: walk.open, problems }
}

/// A router is included under a prefix that is not known.
fn unknown_prefix(span: Span) -> Problem {
    let message = "the prefix under which this router is included is not known; calls are matched by the rest of its paths";
    Problem::at(span, ProblemKind::Unresolved, message)
}

/// How a router is reached.
#[derive(Clone)]
struct Way<'a> {
    prefix: Known<String>,
    /// What is known of it: all that follows the last part that is not known.
    end: String,
    dependencies: Vec<Value<'a>>,
    mounts: Vec<Span>,
    mounted: Known<bool>,
    /// Where it begins.
    application: Span,
    hidden: bool,
    conditional: bool,
}

impl Way<'_> {
    /// Goes on behind one more prefix.
    fn add(&mut self, prefix: &Known<Box<str>>) {
        self.prefix = joined(&self.prefix, prefix);
        match prefix {
            Known::Is(prefix) => self.end.push_str(prefix),
            Known::Unknown(_) => self.end.clear(),
        }
    }
}

struct Walk<'w, 'n, 'a> {
    reader: &'w Reader<'n, 'a>,
    registry: &'w Registry<'a>,
    entities: Vec<Entity>,
    /// Method and path pattern of what this application serves: of two routes that match the same, the first is taken.
    served: HashSet<(Box<str>, String)>,
    /// Operations of other applications that are the same handler under the same path.
    known: HashSet<(Box<str>, Box<str>, DeclarationKey)>,
    /// Routers on the way.
    way: Vec<RouterId>,
    open: Vec<OpenMount>,
    /// Where routers are included under a prefix that is not known.
    unknown: BTreeSet<Span>,
}

impl<'a> Walk<'_, '_, 'a> {
    fn router(&mut self, id: RouterId, way: &Way<'a>) {
        if self.way.contains(&id) || self.way.len() > MAX_NESTING {
            return;
        }
        self.way.push(id);
        let router = self.registry.get(id);
        let mut here = way.clone();
        here.add(&router.prefix);
        here.dependencies.extend(router.dependencies.iter().cloned());
        here.hidden |= router.hidden;
        if router.prefix.is().is_none_or(|prefix| !prefix.is_empty()) {
            here.mounts.push(router.span);
        }
        for item in &router.items {
            if self.entities.len() >= MAX_OPERATIONS {
                break;
            }
            match item {
                Item::Route(route) => self.route(route, &here),
                Item::Open(prefix, span) if !here.mounted.is_no() => {
                    let prefix = joined(&here.prefix, prefix).map(Into::into);
                    self.open.push(OpenMount { prefix, span: *span });
                }
                Item::Open(..) => {}
                Item::Include(include) => {
                    let mut inner = here.clone();
                    inner.add(&include.prefix);
                    if include.prefix.is().is_none() && !here.mounted.is_no() {
                        self.unknown.insert(include.span);
                    }
                    inner.dependencies.extend(include.dependencies.iter().cloned());
                    inner.mounts.push(include.span);
                    inner.hidden |= include.hidden;
                    inner.conditional |= include.conditional;
                    // A mounted application has a document of its own (FastAPI, "Sub Applications - Mounts").
                    if include.is_mount && self.registry.get(include.child).kind == RouterKind::Application {
                        inner.application = self.registry.get(include.child).span;
                    }
                    self.router(include.child, &inner);
                }
            }
        }
        self.way.pop();
    }

    fn route(&mut self, route: &Route<'a>, way: &Way<'a>) {
        let path = joined(&way.prefix, &route.path).map(|path| without_converters(&path));
        let handler = handler_of(route);
        for method in &route.methods {
            if let Known::Is(path) = &path {
                let first = self.served.insert((method.clone(), pattern(path)));
                if !first || !self.known.insert((method.clone(), path.as_str().into(), handler.clone())) {
                    continue;
                }
            }
            let entity = self.operation(route, way, method, &path, &handler);
            self.entities.push(entity);
        }
    }

    fn operation(
        &self,
        route: &Route<'a>,
        way: &Way<'a>,
        method: &str,
        path: &Known<String>,
        handler: &DeclarationKey,
    ) -> Entity {
        let own_path: Box<str> = match (path, &route.path) {
            (Known::Is(_), Known::Is(written)) => written.clone(),
            (Known::Unknown(_), Known::Is(written)) => format!("{}{written}", way.end).into(),
            (_, Known::Unknown(_)) => Box::default(),
        };
        let behind = without_converters(&own_path);
        let shown = path.is().map_or(&*behind, String::as_str);
        let mut completeness = Completeness::default();
        let Signature { mut fields, lacks } = parameters::read(self.reader, route, shown, &way.dependencies);
        lacks
            .reasons
            .into_iter()
            .for_each(|reason| completeness.lacks(reason.why, reason.message, reason.span));
        fields.extend(response::field(self.reader, route));
        let (declaration, span) = match &route.endpoint {
            Endpoint::Function(key, function, _) => {
                (Some(key.clone()), function.name_range.in_file(key.file))
            }
            Endpoint::Package(..) => (None, route.span),
        };
        Entity {
            kind: EntityKind::Operation,
            name: format!("{method} {shown}").into(),
            qualname: self.reader.names.qualified(handler).into(),
            declaration,
            span,
            fields,
            completeness,
            detail: Detail::Operation(Box::new(Operation {
                method: method.into(),
                path: path.clone().map(Into::into),
                own_path,
                handler: handler.clone(),
                response_excludes: response::excludes(self.reader, route),
                by_alias: response::by_alias(route),
                status_code: response::status_code(self.reader, route),
                mounted: way.mounted,
                serving: Serving {
                    application: Some(way.application),
                    conditional: way.conditional || route.conditional,
                    hidden: way.hidden || route.option("include_in_schema").is_some_and(Value::is_false),
                    operation_id: route.option("operation_id").and_then(|id| id.text().is().cloned()),
                    answers: answers::of(self.reader, route),
                    ..Serving::default()
                },
                mounts: way.mounts.clone(),
            })),
        }
    }
}

fn handler_of(route: &Route<'_>) -> DeclarationKey {
    match &route.endpoint {
        Endpoint::Function(key, ..) => key.clone(),
        Endpoint::Package(PackageRoute { handler, .. }, _) => {
            DeclarationKey { file: route.span.file, path: (*handler).into() }
        }
    }
}

/// Prefixes are joined as written (FastAPI, `APIRouter.add_api_route`).
fn joined(before: &Known<String>, more: &Known<Box<str>>) -> Known<String> {
    match (before, more) {
        (Known::Is(before), Known::Is(more)) => Known::Is(format!("{before}{more}")),
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(*why),
    }
}

/// `/files/{path:path}` -> `/files/{path}` (Starlette, "Path Parameters").
fn without_converters(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push('{');
        out.push_str(name.split(':').next().unwrap_or(name));
        out.push('}');
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A path with its parameters without names: what it matches.
fn pattern(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for character in path.chars() {
        match character {
            '{' => inside = true,
            '}' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        out.push(character);
    }
    out
}
