//! A call to a path that the API does not serve, or not with this method.

use std::collections::BTreeMap;

use alignment_graph::CallOutcome;
use alignment_model::entity::EntityId;
use alignment_model::finding::End;
use alignment_model::name::did_you_mean;
use alignment_model::project::ClientCall;
use alignment_model::{Direction, Layer, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::listed;
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
    let mut clients: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, call) in project.calls.iter().enumerate() {
        if call.method.zip(&call.path).is_some() && !project.is_test(call.span.file) {
            clients.entry(client_of(context, call)).or_default().push(at);
        }
    }
    for calls in clients.into_values() {
        let (reached, missed): (Vec<usize>, Vec<usize>) =
            calls.into_iter().partition(|at| context.graph.operations_of_call(*at).next().is_some());
        // Where most calls of a client find no operation, it speaks to another API, or a prefix could not be inferred.
        if reached.len() < missed.len() {
            continue;
        }
        for at in missed {
            let Some(call) = project.calls.get(at) else { continue };
            let Some((method, path)) = call.method.zip(&call.path) else { continue };
            if !says_something(path) || is_served_by_client(context, path) {
                continue;
            }
            let Some(outcome) = context.graph.call_outcome(at) else { continue };
            match outcome.unmounted.or(unknown_path.map(|(operation, _)| operation)) {
                Some(operation) => findings.withhold(operation),
                None => findings.add(draft(context, outcome, call, method, path)),
            }
        }
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

/// Whether the client's own server answers: a route handler of Next.js (`app/**/route.ts`, `pages/api/**`) or SvelteKit
/// (`routes/**/+server.ts`) stands at the path.
fn is_served_by_client(context: &Context<'_>, path: &str) -> bool {
    let wanted: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    context.graph.project().paths.iter().any(|file| {
        let Some(handler) = handler_path(file) else { return false };
        let served: Vec<&str> =
            handler.split('/').filter(|segment| !segment.is_empty() && !segment.starts_with('(')).collect();
        let rest = served.last().is_some_and(|last| last.starts_with("[..."));
        let length = if rest { served.len() <= wanted.len() } else { served.len() == wanted.len() };
        length
            && served.iter().zip(&wanted).all(|(served, wanted)| served.starts_with('[') || served == wanted)
    })
}

/// The path that a file of a server-side framework handles.
fn handler_path(file: &str) -> Option<&str> {
    for (folder, names) in [
        ("app/", &["/route.ts", "/route.tsx", "/route.js"][..]),
        ("routes/", &["/+server.ts", "/+server.js"][..]),
    ] {
        for name in names {
            if let Some(path) = file.strip_suffix(name)
                && let Some(at) = path.find(folder)
            {
                return path.get(at + folder.len()..);
            }
        }
    }
    let at = file.find("pages/api/")?;
    file.get(at + "pages/".len()..)?.strip_suffix(".ts")
}

/// Weight, message, witness and help.
type Words = (Severity, String, String, String);

fn draft(context: &Context<'_>, outcome: &CallOutcome, call: &ClientCall, method: &str, path: &str) -> Draft {
    let project = context.graph.project();
    let (severity, message, witness, help) = words(context, outcome, method, path);
    let caller = if call.caller.is_empty() { format!("{method} {path}") } else { call.caller.to_string() };
    let place = End {
        layer: Layer::Client,
        entity: caller.clone(),
        qualname: format!("{}#{caller}", project.path(call.span.file)),
        table: None,
        field: Some(format!("{method} {path}")),
        label: "called here".to_owned(),
        span: call.span,
    };
    let draft =
        Draft::new(severity, message).direction(Direction::Both).help(help).witness(witness).place(place);
    let near = outcome.refused_by.or(outcome.other_methods.first().copied());
    near.into_iter().fold(draft, |draft, id| draft.end(context, id, "serves a path like it"))
}

fn words(context: &Context<'_>, outcome: &CallOutcome, method: &str, path: &str) -> Words {
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
            format!("`{path}` is not served with {method}: the call is answered with 405"),
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
        format!("no operation serves `{method} {path}`: the call is answered with 404"),
        format!("`{method} {path}` -> 404 Not Found"),
        help,
    )
}
