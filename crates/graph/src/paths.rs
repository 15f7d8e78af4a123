//! Paths of operations, to be found by the paths of calls: literal segments first, parameters by position.

use std::collections::HashMap;

use alignment_model::entity::EntityId;

/// Operations by method and path.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    nodes: Vec<Node>,
    roots: HashMap<Box<str>, usize>,
    paths: Vec<Vec<String>>,
}

#[derive(Debug, Default)]
struct Node {
    literal: HashMap<Box<str>, usize>,
    parameter: Option<usize>,
    /// Operations that end here.
    here: Vec<EntityId>,
    /// Operations whose last parameter takes the rest of the path (`{path:path}`).
    rest: Vec<EntityId>,
}

impl Routes {
    /// Number of operations.
    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    /// Segments of every path, in the order of insertion.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &[String]> {
        self.paths.iter().map(Vec::as_slice)
    }

    /// Adds an operation.
    pub(crate) fn insert(&mut self, method: &str, path: &str, operation: EntityId) {
        let segments = segments(path);
        let mut at = match self.roots.get(method) {
            Some(root) => *root,
            None => {
                let root = self.node();
                self.roots.insert(method.into(), root);
                root
            }
        };
        for (position, segment) in segments.iter().enumerate() {
            if segment == REST && position + 1 == segments.len() {
                self.nodes[at].rest.push(operation);
                self.paths.push(segments);
                return;
            }
            at = self.child(at, segment);
        }
        self.nodes[at].here.push(operation);
        self.paths.push(segments);
    }

    fn node(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    fn child(&mut self, at: usize, segment: &str) -> usize {
        let known = match segment {
            PARAMETER | REST => self.nodes[at].parameter,
            literal => self.nodes[at].literal.get(literal).copied(),
        };
        if let Some(known) = known {
            return known;
        }
        let child = self.node();
        match segment {
            PARAMETER | REST => self.nodes[at].parameter = Some(child),
            literal => {
                self.nodes[at].literal.insert(literal.into(), child);
            }
        }
        child
    }

    /// The operations that serve a path under any method, in the order of methods.
    pub(crate) fn find_any(&self, segments: &[String]) -> Vec<EntityId> {
        let mut methods: Vec<&str> = self.roots.keys().map(|method| &**method).collect();
        methods.sort_unstable();
        methods.into_iter().flat_map(|method| self.find(method, segments)).copied().collect()
    }

    /// The operations that serve a path: those that match most segments literally.
    pub(crate) fn find(&self, method: &str, segments: &[String]) -> &[EntityId] {
        let Some(root) = self.roots.get(method) else { return &[] };
        // Every node of a level with the literal segments on the way to it; a tree has one way to each.
        let mut level = vec![(*root, 0_usize)];
        let mut rest: Option<(usize, &[EntityId])> = None;
        for segment in segments {
            let mut next = Vec::new();
            for (at, literals) in level {
                let Some(node) = self.nodes.get(at) else { continue };
                if !node.rest.is_empty() && rest.is_none_or(|(best, _)| literals >= best) {
                    rest = Some((literals, &node.rest));
                }
                if let Some(child) = node.literal.get(segment.as_str()) {
                    next.push((*child, literals + 1));
                }
                next.extend(node.parameter.map(|child| (child, literals)));
            }
            level = next;
        }
        let ends = level.into_iter().filter_map(|(at, literals)| Some((literals, self.nodes.get(at)?)));
        let best = ends.filter(|(_, node)| !node.here.is_empty()).max_by_key(|(literals, _)| *literals);
        match (best, rest) {
            (Some((_, node)), _) => &node.here,
            (None, Some((_, operations))) => operations,
            (None, None) => &[],
        }
    }
}

/// A segment that is a parameter.
const PARAMETER: &str = "{}";
/// A last segment that takes the rest of the path.
const REST: &str = "{:path}";

/// The segments of a path, with `{}` for each parameter, whatever its name. A trailing slash counts for nothing: FastAPI
/// redirects between the two spellings (Starlette, `redirect_slashes`).
pub(crate) fn segments(path: &str) -> Vec<String> {
    let mut out: Vec<String> =
        path.split('/').filter(|segment| !segment.is_empty()).map(without_names).collect();
    // A query string that is put together beside the path: `/users${query}`.
    if let Some(last) = out.last_mut()
        && let Some(literal) = last.strip_suffix(PARAMETER)
        && !literal.is_empty()
        && !literal.contains(PARAMETER)
    {
        *last = literal.to_owned();
    }
    out
}

/// `{user_id}.json` as `{}.json`, `{path:path}` as [`REST`].
fn without_names(segment: &str) -> String {
    if segment.starts_with('{') && segment.ends_with(":path}") {
        return REST.to_owned();
    }
    let mut out = String::with_capacity(segment.len());
    let mut inside = false;
    for character in segment.chars() {
        match character {
            '{' => {
                inside = true;
                out.push_str(PARAMETER);
            }
            '}' => inside = false,
            _ if inside => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(routes: &Routes, path: &str) -> Vec<usize> {
        routes.find("GET", &segments(path)).iter().map(|id| id.index()).collect()
    }

    #[test]
    fn literal_segments_win_over_parameters() {
        let mut routes = Routes::default();
        for (at, path) in
            ["/users/{user_id}", "/users/me", "/files/{path:path}", "/users/{id}/items/"].iter().enumerate()
        {
            routes.insert("GET", path, EntityId::new(at));
        }
        assert_eq!(find(&routes, "/users/me"), [1]);
        assert_eq!(find(&routes, "/users/{}"), [0]);
        assert_eq!(find(&routes, "/users/7/"), [0]);
        assert_eq!(find(&routes, "/users/{}/items"), [3]);
        assert_eq!(find(&routes, "/files/a/b/c"), [2]);
        assert_eq!(find(&routes, "/users"), [] as [usize; 0]);
        assert!(routes.find("POST", &segments("/users/me")).is_empty());
    }

    #[test]
    fn a_query_string_beside_the_path_is_no_part_of_it() {
        assert_eq!(segments("/users{}"), ["users"]);
        assert_eq!(segments("/users/{}"), ["users", "{}"]);
        assert_eq!(segments("{}/users/"), ["{}", "users"]);
        assert_eq!(segments("/files/{name}.json"), ["files", "{}.json"]);
    }
}
