//! Routers that nothing includes, and the calls that only they would serve: one forgotten `include_router` is the cause of all.
//!
//! Under which prefix a router would be included is not written anywhere, so that a call is compared by the end of its path. The calls
//! must agree about the rest.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::finding::End;
use alignment_model::project::Project;
use alignment_model::{Layer, Span};

use crate::Context;
use crate::places::file_end;

/// All routers that nothing includes.
pub(crate) struct Unmounted<'c> {
    routers: BTreeMap<Span, Vec<Route<'c>>>,
}

struct Route<'c> {
    method: &'c str,
    path: Vec<&'c str>,
}

/// A router, and the prefix under which calls expect it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Forgotten<'c> {
    /// Where it is made.
    pub(crate) made: Span,
    /// The prefix by its segments.
    pub(crate) prefix: Vec<&'c str>,
}

impl<'c> Unmounted<'c> {
    pub(crate) fn new(project: &'c Project) -> Self {
        let mut routers: BTreeMap<Span, Vec<Route<'c>>> = BTreeMap::new();
        for (_, entity) in project.operations().filter(|(_, entity)| !project.is_test(entity.span.file)) {
            if let Some(operation) = entity.operation()
                && operation.mounted.is_no()
                && let (Some(path), Some(made)) = (operation.path.is(), operation.serving.application)
            {
                let route = Route { method: &operation.method, path: segments(path).collect() };
                routers.entry(made).or_default().push(route);
            }
        }
        Self { routers }
    }

    /// The one router that would serve all of these calls (method and path) under one prefix. `served` says how many leading segments
    /// they share with operations: behind such a prefix one word is enough; behind another, two routes must fit.
    pub(crate) fn serving(&self, calls: &[(&'c str, &'c str)], served: usize) -> Option<Forgotten<'c>> {
        let mut found = self.routers.iter().filter_map(|(made, routes)| {
            Some(Forgotten { made: *made, prefix: common_prefix(routes, calls, served)? })
        });
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }
}

impl Forgotten<'_> {
    /// Its place in a finding.
    pub(crate) fn end(&self, context: &Context<'_>) -> End {
        let path = context.graph.project().path(self.made.file);
        file_end(Layer::Route, path, "made here, not seen to be included", self.made)
    }
}

/// What stands before the routes of a router in the paths of all calls, where that is one thing.
fn common_prefix<'c>(
    routes: &[Route<'_>],
    calls: &[(&'c str, &'c str)],
    served: usize,
) -> Option<Vec<&'c str>> {
    let mut common: Option<BTreeSet<Vec<&str>>> = None;
    let mut telling: BTreeMap<Vec<&str>, BTreeSet<usize>> = BTreeMap::new();
    for (method, path) in calls {
        let words: Vec<&str> = segments(path).collect();
        let mut own = BTreeSet::new();
        for (at, route) in routes.iter().enumerate().filter(|(_, route)| route.method == *method) {
            let Some(cut) = words.len().checked_sub(route.path.len()) else { continue };
            let (before, rest) = words.split_at(cut);
            if let Some(literal) = fits(&route.path, rest) {
                own.insert(before.to_vec());
                if literal > 0 {
                    telling.entry(before.to_vec()).or_default().insert(at);
                }
            }
        }
        common = Some(match common {
            Some(known) => known.intersection(&own).cloned().collect(),
            None => own,
        });
    }
    let is_shown = |prefix: &Vec<&str>| {
        let routes = telling.get(prefix).map_or(0, BTreeSet::len);
        let plain = prefix.iter().all(|word| !word.contains("{}"));
        plain && (routes > 1 || routes == 1 && prefix.len() <= served)
    };
    let mut shown = common?.into_iter().filter(is_shown);
    let only = shown.next()?;
    shown.next().is_none().then_some(only)
}

/// How many words of a call are words of a route; `None` where one is another.
fn fits(route: &[&str], call: &[&str]) -> Option<usize> {
    let mut literal = 0;
    for (own, word) in route.iter().zip(call) {
        match own.contains('{') {
            true => {}
            false if own == word => literal += 1,
            false => return None,
        }
    }
    Some(literal)
}

/// The words between the slashes of a path.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(
        routes: &[(&'static str, &'static str)],
        calls: &[(&'static str, &'static str)],
    ) -> Option<String> {
        let route =
            |(method, path): &(&'static str, &'static str)| Route { method, path: segments(path).collect() };
        let routes: Vec<Route<'_>> = routes.iter().map(route).collect();
        common_prefix(&routes, calls, 1).map(|prefix| prefix.join("/"))
    }

    #[test]
    fn calls_agree_about_the_prefix_of_a_router() {
        let routes = [("GET", "/"), ("GET", "/{id}"), ("POST", "/{id}/winners"), ("GET", "/best")];
        let calls = [("GET", "/api/prizes"), ("GET", "/api/prizes/{}"), ("POST", "/api/prizes/{}/winners")];
        assert_eq!(
            prefix(&routes, &calls),
            None,
            "one word is not enough behind a prefix that nothing else has"
        );
        let more = [&calls[..], &[("GET", "/api/prizes/best")]].concat();
        assert_eq!(prefix(&routes, &more).as_deref(), Some("api/prizes"));
        let others = [&more[..], &[("GET", "/api/medals")]].concat();
        assert_eq!(prefix(&routes, &others), None);
    }

    #[test]
    fn behind_a_prefix_that_is_served_one_word_is_enough() {
        assert_eq!(prefix(&[("GET", "/prizes")], &[("GET", "/api/prizes")]).as_deref(), Some("api"));
        assert_eq!(prefix(&[("GET", "/{id}")], &[("GET", "/api/prizes")]), None);
        assert_eq!(prefix(&[("POST", "/prizes")], &[("GET", "/api/prizes")]), None);
    }
}
