//! What a document is to the repository: the API itself, a description of what code declares, or neither.
//!
//! Where code that was read declares operations, the code is the truth, and a document of which at least half is found there describes
//! it. Paths may differ by what stands before all of them: a proxy or `root_path` adds it. Where no code declares operations, the
//! service is written in another language or framework, and its document stands for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use alignment_model::api_document::{ApiDocument, Described, DocumentStanding};
use alignment_model::entity::{Entity, EntityId, Operation};
use alignment_model::project::Project;
use alignment_model::{FileId, Span};

/// Share of a document's operations that code must declare so that it is the document of that code, in per cent.
const ENOUGH: usize = 50;
/// Fewer common operations are a coincidence: every service has a `/health`.
const FEW: usize = 2;
/// Share of an application's operations that begin with a prefix, in per cent, so that it may be one that a document lacks.
const USUAL: usize = 50;
/// Segments of a prefix.
const LONGEST_PREFIX: usize = 3;

/// Folders of documents that describe nothing that is deployed from here, by their names.
const FOREIGN: [&str; 16] = [
    "__fixtures__",
    "example",
    "examples",
    "external",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "sample",
    "samples",
    "testdata",
    "test_data",
    "third-party",
    "third_party",
    "vendor",
    "vendors",
];

/// Decides what each document is, and puts those that stand for the API among the entities of the project.
pub(crate) fn place(mut documents: Vec<ApiDocument>, project: &mut Project) {
    let code = Code::new(project);
    for document in documents.iter_mut().filter(|document| is_open(document)) {
        if is_foreign(project, document.file) {
            document.standing = DocumentStanding::Example;
        } else if let Some(described) = code.described_by(document) {
            document.standing = DocumentStanding::Describes(described);
        }
    }
    if code.operations == 0 {
        for at in apis(&documents) {
            let document = &mut documents[at];
            document.standing = DocumentStanding::Layer;
            let (mut operations, mut schemas) = (std::mem::take(&mut document.entities), Vec::new());
            schemas.extend(operations.drain(document.operations.min(operations.len())..));
            project.entities.extend(schemas);
            project.entities.extend(operations);
        }
    }
    project.documents = documents;
}

/// Whether nothing is decided yet.
fn is_open(document: &ApiDocument) -> bool {
    document.standing == DocumentStanding::Another
}

fn is_foreign(project: &Project, file: FileId) -> bool {
    let folders = project.path(file).rsplit_once('/').map_or("", |(folders, _)| folders);
    project.is_test(file) || folders.split('/').any(|folder| FOREIGN.contains(&folder))
}

/// Documents that stand for an API each, the largest first: of two that share most operations, the smaller is a part or an older state.
fn apis(documents: &[ApiDocument]) -> Vec<usize> {
    let mut open: Vec<usize> =
        (0..documents.len()).filter(|at| is_open(&documents[*at]) && documents[*at].operations > 0).collect();
    open.sort_by_key(|at| (std::cmp::Reverse(documents[*at].operations), *at));
    let mut served: HashSet<Route> = HashSet::new();
    let mut apis = Vec::new();
    for at in open {
        let routes: Vec<Route> = operations(&documents[at]).filter_map(|(_, entity)| route(entity)).collect();
        let known = routes.iter().filter(|route| served.contains(*route)).count();
        if known * 100 < routes.len() * ENOUGH {
            served.extend(routes);
            apis.push(at);
        }
    }
    apis.sort_unstable();
    apis
}

/// Operations of a document with their positions.
fn operations(document: &ApiDocument) -> impl Iterator<Item = (u32, &Entity)> {
    (0..).zip(document.entities.iter().take(document.operations))
}

/// The application that serves an operation, where that is known: routers that code mounts in ways nobody can follow are one.
fn served_by(operation: &Operation) -> Option<Span> {
    operation.serving.application.filter(|_| operation.mounted.is_yes())
}

/// Method and segments of a path, parameters without their names.
type Route = (Box<str>, Vec<String>);

fn route(entity: &Entity) -> Option<Route> {
    let operation = entity.operation()?;
    Some((operation.method.clone(), segments(operation.path.is()?)))
}

/// `/users/{id}/` -> `users`, `{}`: a slash at the end redirects.
fn segments(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| if part.contains('{') { "{}".to_owned() } else { part.to_owned() }).collect()
}

/// What code declares.
struct Code {
    operations: usize,
    routes: HashMap<Route, Vec<(Option<Span>, EntityId)>>,
    /// The empty prefix, and those that many operations of one application share.
    usual: Vec<Vec<String>>,
}

impl Code {
    fn new(project: &Project) -> Self {
        let mut routes: HashMap<Route, Vec<_>> = HashMap::new();
        let mut shared: BTreeMap<(Option<Span>, Vec<String>), usize> = BTreeMap::new();
        let mut served: HashMap<Option<Span>, usize> = HashMap::new();
        for (id, entity) in project.operations().filter(|(_, entity)| !project.is_test(entity.span.file)) {
            let application = entity.operation().and_then(served_by);
            *served.entry(application).or_default() += 1;
            let Some(route) = route(entity) else { continue };
            let literal = route.1.iter().take_while(|segment| *segment != "{}").count();
            for length in 1..=literal.min(LONGEST_PREFIX).min(route.1.len().saturating_sub(1)) {
                *shared.entry((application, route.1[..length].to_vec())).or_default() += 1;
            }
            routes.entry(route).or_default().push((application, id));
        }
        shared.retain(|(application, _), shared| *shared * 100 >= served[application] * USUAL);
        let usual: BTreeSet<Vec<String>> = shared.into_keys().map(|(_, prefix)| prefix).collect();
        let usual = std::iter::once(Vec::new()).chain(usual).collect();
        Self { operations: served.values().sum(), routes, usual }
    }

    /// The operations that a document describes, under the prefix and of the application where these are most.
    fn described_by(&self, document: &ApiDocument) -> Option<Described> {
        let mut best: Option<Described> = None;
        for strip in leading(document) {
            for add in &self.usual {
                let found = self.under(document, &strip, add);
                if best.as_ref().is_none_or(|best| best.operations.len() < found.operations.len()) {
                    best = Some(found);
                }
            }
        }
        let enough = |described: &Described| {
            let found = described.operations.len();
            found >= FEW && found * 100 >= document.operations * ENOUGH
        };
        best.filter(enough)
    }

    /// The operations that a document describes where its paths begin with `add` instead of `strip`.
    fn under(&self, document: &ApiDocument, strip: &[String], add: &[String]) -> Described {
        let mut applications: BTreeMap<Option<Span>, Vec<(u32, EntityId)>> = BTreeMap::new();
        for (at, entity) in operations(document) {
            let Some((method, path)) = route(entity) else { continue };
            let Some(rest) = path.strip_prefix(strip) else { continue };
            let route = (method, add.iter().chain(rest).cloned().collect());
            let mut met = HashSet::new();
            for (application, id) in self.routes.get(&route).map_or(&[][..], Vec::as_slice) {
                if met.insert(*application) {
                    applications.entry(*application).or_default().push((at, *id));
                }
            }
        }
        let most = applications.into_iter().rev().max_by_key(|(_, found)| found.len());
        let (application, operations) = most.unwrap_or_default();
        let joined =
            |prefix: &[String]| prefix.iter().map(|segment| format!("/{segment}")).collect::<String>().into();
        Described { application, operations, strip: joined(strip), add: joined(add) }
    }
}

/// Nothing, and what all paths of a document begin with, from the shortest.
fn leading(document: &ApiDocument) -> Vec<Vec<String>> {
    let mut paths = operations(document).filter_map(|(_, entity)| route(entity)).map(|(_, path)| path);
    let mut common = paths.next().unwrap_or_default();
    // What is a path of its own is no prefix.
    common.pop();
    for path in paths {
        let same = common.iter().zip(&path).take_while(|(a, b)| a == b && *a != "{}").count();
        common.truncate(same.min(path.len().saturating_sub(1)));
    }
    common.truncate(LONGEST_PREFIX);
    (0..=common.len()).map(|length| common[..length].to_vec()).collect()
}
