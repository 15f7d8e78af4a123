//! A call to a path that the API does not serve, or not with this method.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::CallOutcome;
use alignment_model::entity::EntityId;
use alignment_model::finding::End;
use alignment_model::name::did_you_mean;
use alignment_model::project::ClientCall;
use alignment_model::{Direction, FileId, Layer, Severity, Span};

use super::Definition;
use crate::draft::Draft;
use crate::places::listed;
use crate::server;
use crate::unmounted::{Forgotten, Unmounted, segments};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "frontend-call-unknown-route",
    summary: "the client calls a method and path that no operation serves",
    group: "frontend",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    // What a document does not list may be served all the same.
    if project.api_is_document() {
        return;
    }
    let unknown_path = project.operations().find(|(_, entity)| {
        entity
            .operation()
            .is_some_and(|operation| operation.path.is().is_none() && !operation.mounted.is_no())
    });
    let mut clients: BTreeMap<&str, Vec<Missed<'_>>> = BTreeMap::new();
    for (at, call) in project.calls.iter().enumerate() {
        if let Some((method, path)) = call.method.zip(&call.path)
            && !project.is_test(call.span.file)
            && let Some(outcome) = context.graph.call_outcome(at)
        {
            let one = Missed { call, method, path, outcome, is_outcome: false, also: Vec::new() };
            clients.entry(client_of(context, call)).or_default().push(one);
        }
    }
    let unmounted = Unmounted::new(project);
    for calls in clients.into_values() {
        let mut groups: BTreeMap<Vec<&str>, Vec<Missed<'_>>> = BTreeMap::new();
        // What weighs less is told apart.
        let mut routers: BTreeMap<(Forgotten<'_>, Severity), Vec<Missed<'_>>> = BTreeMap::new();
        let mut places: BTreeMap<Span, Missed<'_>> = BTreeMap::new();
        let (calls, is_meant_here) = missed(calls);
        for missed in calls {
            if !says_something(missed.path)
                || missed.outcome.is_open
                || server::answers(context, missed.path, missed.outcome.served)
            {
                continue;
            }
            // Something that is not read may include a router that the whole path names: otherwise it would be of no use.
            match missed.outcome.unmounted.or(unknown_path.map(|(operation, _)| operation)) {
                Some(operation) if is_meant_here => findings.withhold(operation),
                Some(_) => {}
                // Several URLs of one call are told once.
                None => match places.entry(missed.call.span) {
                    Entry::Occupied(mut first) => first.get_mut().also.push(missed.key()),
                    Entry::Vacant(place) => drop(place.insert(missed)),
                },
            }
        }
        for missed in places.into_values() {
            groups.entry(missed.subject()).or_default().push(missed);
        }
        for group in groups.into_values() {
            match forgotten(&unmounted, &group) {
                Some(router) => {
                    let severity = weight(Severity::Error, &group);
                    routers.entry((router, severity)).or_default().extend(group);
                }
                None => findings.add_or_keep_back(is_meant_here, draft(context, &group)),
            }
        }
        for ((router, severity), group) in &routers {
            findings.add_or_keep_back(is_meant_here, of_router(context, router, *severity, group));
        }
    }
}

/// The router that defines what the calls of a group want, and that nothing includes.
fn forgotten<'c>(unmounted: &Unmounted<'c>, group: &[Missed<'c>]) -> Option<Forgotten<'c>> {
    let first = group.first()?;
    let answered_otherwise = |one: &Missed<'_>| {
        let outcome = one.outcome;
        outcome.behind_prefix.is_some()
            || outcome.behind_proxy.is_some()
            || outcome.refused_by.is_some()
            || !outcome.other_methods.is_empty()
    };
    if first.is_beside() || group.iter().any(answered_otherwise) {
        return None;
    }
    let calls: Vec<(&str, &str)> = group.iter().flat_map(Missed::keys).collect();
    unmounted.serving(&calls, first.outcome.served)
}

/// A call that finds no operation.
struct Missed<'c> {
    call: &'c ClientCall,
    method: &'c str,
    path: &'c str,
    outcome: &'c CallOutcome,
    /// Whether its place calls another path too, which is served: a condition decides.
    is_outcome: bool,
    /// What its place calls under other outcomes, which is not served either.
    also: Vec<(&'c str, &'c str)>,
}

/// The calls of one client that find no operation, and whether they are known to be meant for this API.
fn missed<'c>(calls: Vec<Missed<'c>>) -> (Vec<Missed<'c>>, bool) {
    let reaches = |one: &Missed<'_>| one.outcome.reaches();
    let (reached, mut missed): (Vec<Missed<'_>>, Vec<Missed<'_>>) = calls.into_iter().partition(reaches);
    // A class need not use all that it has from classes above it.
    missed.retain(|one| !one.call.is_inherited);
    // Where most calls of a client find no operation, it speaks to another API, or a prefix could not be inferred.
    let is_meant_here = reached.len() >= missed.len();
    // What other calls that reach the API have before their paths is its address; what no such call has may be another's.
    let addresses: BTreeSet<&str> =
        reached.iter().flat_map(|one| &one.call.origins).map(|origin| &**origin).collect();
    let is_meant = |one: &Missed<'_>| one.call.origins.iter().any(|origin| addresses.contains(&**origin));
    let mut places: BTreeMap<Span, Place<'_>> = BTreeMap::new();
    reached.iter().chain(&missed).for_each(|one| places.entry(one.call.span).or_default().add(one));
    let by_function: BTreeSet<_> = reached
        .iter()
        .flat_map(|one| one.outcome.operations().map(|operation| (one.function(), operation)))
        .collect();
    // `isNew ? post(url) : put(url)` beside `url = isNew ? "/users" : "/users/" + id`: the function chooses the method too.
    let is_paired = |one: &Missed<'c>| {
        one.outcome.other_methods.iter().any(|other| by_function.contains(&(one.function(), *other)))
    };
    let at_place = |one: Missed<'c>| match places.get(&one.call.span) {
        Some(place) if place.is_served => {
            (place.is_choice() && !is_paired(&one)).then_some(Missed { is_outcome: true, ..one })
        }
        _ => Some(one),
    };
    (missed.into_iter().filter(is_meant).filter_map(at_place).collect(), is_meant_here)
}

/// What is called at one place.
#[derive(Default)]
struct Place<'c> {
    methods: BTreeSet<&'c str>,
    paths: usize,
    is_served: bool,
}

impl<'c> Place<'c> {
    fn add(&mut self, one: &Missed<'c>) {
        self.methods.insert(one.method);
        self.paths += 1;
        self.is_served |= one.outcome.reaches();
    }

    /// Whether one condition decides, so that each call is made under some outcome. More calls may be combinations of two conditions
    /// that never come true together.
    fn is_choice(&self) -> bool {
        self.paths == 2 || self.paths == 3 && self.methods.len() == 1
    }
}

impl<'c> Missed<'c> {
    /// What is to be said once: that nothing is served under a prefix, or what is wrong with one method and path.
    fn subject(&self) -> Vec<&'c str> {
        if self.is_beside() {
            return Vec::new();
        }
        let prefix = self.unserved();
        match prefix.len() {
            0 => vec![self.method, self.path],
            _ => prefix,
        }
    }

    /// Whether another service may be meant: the API has versions only, and the path is of none. All such calls of a client are
    /// one finding.
    fn is_beside(&self) -> bool {
        self.outcome.beside_versions && self.outcome.behind_prefix.or(self.outcome.behind_proxy).is_none()
    }

    /// What else its place calls, as words behind the first.
    fn others(&self) -> String {
        self.also.iter().map(|(method, path)| format!(" or `{method} {path}`")).collect()
    }

    /// Whether it is answered with 404, and the code around it has a case for that.
    fn is_expected(&self) -> bool {
        let outcome = self.outcome;
        self.call.may_be_missing && outcome.refused_by.is_none() && outcome.other_methods.is_empty()
    }

    /// The function around it.
    fn function(&self) -> (FileId, &'c str) {
        (self.call.span.file, &self.call.caller)
    }

    fn key(&self) -> (&'c str, &'c str) {
        (self.method, self.path)
    }

    /// All that its place calls and that is not served.
    fn keys(&self) -> impl Iterator<Item = (&'c str, &'c str)> {
        std::iter::once(self.key()).chain(self.also.iter().copied())
    }

    /// The prefix of its path under which no operation is served; empty where it is the path itself, or something is served.
    fn unserved(&self) -> Vec<&'c str> {
        let outcome = self.outcome;
        let near = outcome.behind_prefix.or(outcome.behind_proxy).or(outcome.refused_by).is_some();
        let prefix: Vec<&str> = segments(self.path).take(outcome.served + 1).collect();
        let is_prefix = prefix.last().is_some_and(|last| !last.contains("{}"));
        if near || !outcome.other_methods.is_empty() || !is_prefix { Vec::new() } else { prefix }
    }
}

/// Whether a path begins with literal text: what begins with a parameter may have any base before it.
fn says_something(path: &str) -> bool {
    path.split('/').find(|segment| !segment.is_empty()).is_some_and(|segment| !segment.contains("{}"))
}

/// The package that a call belongs to: the nearest folder with a `package.json`, else the first folder of its path.
fn client_of<'c>(context: &'c Context<'_>, call: &ClientCall) -> &'c str {
    let project = context.graph.project();
    let path = project.path(call.span.file);
    let mut folder = path;
    while let Some((parent, _)) = folder.rsplit_once('/') {
        let manifest = format!("{parent}/package.json");
        if project.paths.binary_search_by(|known| (**known).cmp(manifest.as_str())).is_ok() {
            return parent;
        }
        folder = parent;
    }
    path.split('/').next().unwrap_or("")
}

/// Weight, message, witness and help.
type Words = (Severity, String, String, String);

fn draft(context: &Context<'_>, group: &[Missed<'_>]) -> Draft {
    let first = &group[0];
    let (severity, message, witness, help) = match group.iter().any(|one| one.key() != first.key()) {
        _ if first.is_beside() => beside(group),
        true => gathered(first, group.len()),
        false => words(context, first, group.len()),
    };
    let draft = Draft::new(weight(severity, group), message).help(help).witness(witness);
    let draft = calls(context, draft, group);
    let near = first.outcome.refused_by.or(first.outcome.other_methods.first().copied());
    near.into_iter().fold(draft, |draft, id| draft.end(context, id, "serves a path like it"))
}

/// What is left of the weight of a finding about calls.
fn weight(severity: Severity, group: &[Missed<'_>]) -> Severity {
    match () {
        // Code that tells 404 from other answers expects that the operation may not be there, or that it has nothing to give.
        () if group.iter().all(Missed::is_expected) => Severity::Info,
        // Whether the outcome ever happens under which the call is made is not told.
        () if group.iter().all(|one| one.is_outcome) => severity.min(Severity::Warning),
        () => severity,
    }
}

/// Adds the places of calls to a finding.
fn calls(context: &Context<'_>, draft: Draft, group: &[Missed<'_>]) -> Draft {
    let draft = draft.direction(Direction::Both).unused(group.iter().all(|one| one.call.is_unused));
    let severity = draft.severity();
    let draft = draft.gathers_weighed(group.iter().map(|one| {
        let name = format!("{} {} in {}", one.method, one.path, one.call.caller);
        let most = if one.call.is_unused { Severity::Warning } else { Severity::Error };
        (name, weight(severity, std::slice::from_ref(one)).min(most))
    }));
    group.iter().fold(draft, |draft, one| draft.place(place(context, one)))
}

/// Calls of what a router defines that nothing includes.
fn of_router(
    context: &Context<'_>,
    router: &Forgotten<'_>,
    severity: Severity,
    group: &[Missed<'_>],
) -> Draft {
    let file = context.graph.project().path(router.made.file);
    let names: BTreeSet<String> =
        group.iter().flat_map(Missed::keys).map(|(method, path)| format!("{method} {path}")).collect();
    let (answered, them) = match group.len() {
        1 => ("1 call is".to_owned(), "it"),
        several => (format!("{several} calls are"), "them"),
    };
    let message = format!(
        "{answered} answered with 404, for the router of `{file}` defines {them} and nothing is seen to include it: {}",
        listed(names.iter().map(String::as_str))
    );
    let help = match router.prefix.join("/") {
        none if none.is_empty() => "include it in the application, or take the calls away".to_owned(),
        prefix => format!("include it: the calls expect it under `/{prefix}`"),
    };
    let witness = names.first().map_or(String::new(), |name| format!("`{name}` -> 404 Not Found"));
    let draft = Draft::new(severity, message).help(help).witness(witness);
    calls(context, draft.place(router.end(context)), group)
}

fn place(context: &Context<'_>, missed: &Missed<'_>) -> End {
    let Missed { call, method, path, .. } = missed;
    let caller = if call.caller.is_empty() { format!("{method} {path}") } else { call.caller.to_string() };
    End {
        layer: Layer::Client,
        entity: caller.clone(),
        qualname: format!("{}#{caller}", context.graph.project().path(call.span.file)),
        table: None,
        field: Some(format!("{method} {path}")),
        label: if call.is_unused { "called here, in code that nothing uses" } else { "called here" }
            .to_owned(),
        span: call.span,
        is_use: false,
    }
}

/// Calls of a part of the API that does not exist.
fn gathered(first: &Missed<'_>, calls: usize) -> Words {
    let (method, path) = first.key();
    let prefix = first.unserved().join("/");
    (
        Severity::Error,
        format!("no operation serves anything under `/{prefix}`: {calls} calls are answered with 404"),
        format!("`{method} {path}` -> 404 Not Found"),
        "mount the router that serves it, or take the calls away".to_owned(),
    )
}

/// Calls beside an API whose operations all have a version.
fn beside(group: &[Missed<'_>]) -> Words {
    let (method, path) = group[0].key();
    let prefix = |one: &Missed<'_>| match one.unserved().join("/") {
        none if none.is_empty() => one.path.to_owned(),
        prefix => format!("/{prefix}"),
    };
    let prefixes: BTreeSet<String> = group.iter().map(prefix).collect();
    let calls = if group.len() == 1 { "1 call is".to_owned() } else { format!("{} calls are", group.len()) };
    (
        Severity::Info,
        format!(
            "{calls} of no version of the API: nothing here serves {}",
            listed(prefixes.iter().map(|prefix| &**prefix))
        ),
        format!("unless another service stands behind this host, `{method} {path}` -> 404 Not Found"),
        "write the version into the path, or take calls away that no service answers".to_owned(),
    )
}

/// What is wrong with one method and path that is called at so many places.
fn words(context: &Context<'_>, missed: &Missed<'_>, places: usize) -> Words {
    let Missed { method, path, outcome, .. } = missed;
    let answered = match places {
        1 => "the call is answered".to_owned(),
        _ => format!("{places} calls are answered"),
    };
    let project = context.graph.project();
    let name = |id: EntityId| &*project.entity(id).name;
    if let Some(behind) = outcome.behind_prefix {
        return (
            Severity::Info,
            format!(
                "`{method} {path}` is served as `{}`: the base URL has to bring the prefix",
                name(behind)
            ),
            format!("with a base URL that ends at the host, `{method} {path}` -> 404 Not Found"),
            "write the prefix into the path, as the other calls do".to_owned(),
        );
    }
    if let Some(behind) = outcome.behind_proxy {
        return (
            Severity::Info,
            format!(
                "`{method} {path}` is served as `{}`: a proxy has to take off what stands before it",
                name(behind)
            ),
            format!("without such a proxy, `{method} {path}` -> 404 Not Found"),
            "make sure that the proxy does, or take the prefix away".to_owned(),
        );
    }
    if let Some(refusing) = outcome.refused_by {
        return (
            Severity::Error,
            format!(
                "no operation serves `{method} {path}`: `{}` takes it for its own and answers with 422",
                name(refusing)
            ),
            format!("`{method} {path}` -> 422 Unprocessable Entity"),
            "add the operation before the one with the parameter, or take the call away".to_owned(),
        );
    }
    if !outcome.other_methods.is_empty() {
        return (
            Severity::Error,
            format!("`{path}` is not served with {method}: {answered} with 405"),
            format!("`{method} {path}` -> 405 Method Not Allowed"),
            format!("it is served as {}", listed(outcome.other_methods.iter().map(|id| name(*id)))),
        );
    }
    let served =
        project.operations().filter_map(|(_, entity)| entity.operation()?.path.is().map(|path| &**path));
    let help = match did_you_mean(path, served) {
        Some(near) => format!("is it `{near}`?"),
        None => "add the operation, or take the call away".to_owned(),
    };
    (
        Severity::Error,
        format!("no operation serves `{method} {path}`{}: {answered} with 404", missed.others()),
        format!("`{method} {path}` -> 404 Not Found"),
        help,
    )
}
