//! Paths of operations, to be found by the paths of calls: literal segments first, parameters by position.

use std::collections::HashMap;

use alignment_model::entity::EntityId;

/// Operations by method and path.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    nodes: Vec<Node>,
    roots: HashMap<Box<str>, usize>,
    paths: Vec<Vec<String>>,
    /// The path of each operation, by position in `paths`.
    by_operation: HashMap<EntityId, usize>,
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
        self.by_operation.insert(operation, self.paths.len());
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

    /// The operations that serve a path, if they are meant by it: the first word that the path says from `start` on is a word
    /// of theirs, no value of a parameter.
    pub(crate) fn find_meant(&self, method: &str, path: &[String], start: usize) -> &[EntityId] {
        let found = self.find_own(method, path);
        let says = |segment: &String| !segment.contains(PARAMETER) && segment != REST;
        let word = path.iter().skip(start).position(says).map(|at| at + start);
        let declared = found.first().and_then(|first| self.paths.get(*self.by_operation.get(first)?));
        match word.and_then(|at| declared?.get(at)) {
            Some(segment) if says(segment) => found,
            _ => &[],
        }
    }

    /// How many leading segments of a path some operation's path begins with, whatever its method. A word that begins it is
    /// no parameter.
    pub(crate) fn served_depth(&self, segments: &[String]) -> usize {
        let mut level: Vec<usize> = self.roots.values().copied().collect();
        for (depth, segment) in segments.iter().enumerate() {
            let is_last = depth + 1 == segments.len();
            let nodes = || level.iter().filter_map(|at| self.nodes.get(*at));
            if nodes().any(|node| !node.rest.is_empty()) {
                return segments.len();
            }
            let children = |node: &Node| {
                let parameter = node.parameter.filter(|_| depth > 0 || segment == PARAMETER);
                let parameter = parameter.filter(|child| is_last || self.leads_on(*child));
                node.literal.get(segment.as_str()).copied().into_iter().chain(parameter)
            };
            let next: Vec<usize> = nodes().flat_map(children).collect();
            if next.is_empty() {
                return depth;
            }
            level = next;
        }
        segments.len()
    }

    /// Whether the operations that share the segments of a path that are served go on with a version, but for one in twenty, and the
    /// path does not.
    pub(crate) fn versions_only(&self, segments: &[String]) -> bool {
        let depth = self.served_depth(segments);
        let (Some(shared), Some(next)) = (segments.get(..depth), segments.get(depth)) else { return false };
        let is_version = |path: &[String]| path.get(depth).is_some_and(|segment| names_version(segment));
        let (mut all, mut versions) = (0_usize, 0_usize);
        for path in self.paths().filter(|path| path.starts_with(shared)) {
            all += 1;
            versions += usize::from(is_version(path));
        }
        !names_version(next) && all > 0 && (all - versions) * 20 <= all
    }

    fn leads_on(&self, at: usize) -> bool {
        self.nodes
            .get(at)
            .is_some_and(|node| !node.literal.is_empty() || node.parameter.is_some() || !node.rest.is_empty())
    }

    /// Whether a value of what a path leaves open makes it one that an operation serves: `/channels/{}/welcome` where
    /// `/channels/sms/welcome` is served.
    pub(crate) fn may_serve(&self, method: &str, segments: &[String]) -> bool {
        let mut level: Vec<usize> = self.roots.get(method).copied().into_iter().collect();
        for segment in segments {
            let nodes = || level.iter().filter_map(|at| self.nodes.get(*at));
            if nodes().any(|node| !node.rest.is_empty()) {
                return true;
            }
            let children = |node: &Node| -> Vec<usize> {
                let parameter = node.parameter.into_iter();
                match segment.contains(PARAMETER) {
                    true => node.literal.values().copied().chain(parameter).collect(),
                    false => {
                        node.literal.get(segment.as_str()).copied().into_iter().chain(parameter).collect()
                    }
                }
            };
            level = nodes().flat_map(children).collect();
        }
        level.iter().filter_map(|at| self.nodes.get(*at)).any(|node| !node.here.is_empty())
    }

    /// The operations that serve a path: those that match most segments literally. One that takes the rest of a path serves what
    /// no other does.
    pub(crate) fn find(&self, method: &str, segments: &[String]) -> &[EntityId] {
        match self.find_both(method, segments) {
            ([], rest) => rest,
            (own, _) => own,
        }
    }

    /// The same without operations for which more than one segment would be the rest: what serves every path says about none that
    /// it is meant.
    pub(crate) fn find_own(&self, method: &str, segments: &[String]) -> &[EntityId] {
        self.find_both(method, segments).0
    }

    /// The operations that take the rest of a path, more than one segment of it.
    pub(crate) fn find_rest(&self, method: &str, segments: &[String]) -> &[EntityId] {
        self.find_both(method, segments).1
    }

    /// The operations that serve a path segment by segment, and those that take the rest of it. One segment for a rest is a
    /// parameter like any other, if a literal segment stands before it.
    fn find_both(&self, method: &str, segments: &[String]) -> (&[EntityId], &[EntityId]) {
        let Some(root) = self.roots.get(method) else { return (&[], &[]) };
        // Every node of a level with the literal segments on the way to it; a tree has one way to each.
        let mut level = vec![(*root, 0_usize)];
        let mut rest: Option<(usize, &[EntityId])> = None;
        let mut last: Option<(usize, &[EntityId])> = None;
        for (position, segment) in segments.iter().enumerate() {
            let mut next = Vec::new();
            for (at, literals) in level {
                let Some(node) = self.nodes.get(at) else { continue };
                if !node.rest.is_empty() {
                    let is_parameter = position + 1 == segments.len() && literals > 0;
                    let taken = if is_parameter { &mut last } else { &mut rest };
                    if taken.is_none_or(|(best, _)| literals >= best) {
                        *taken = Some((literals, &node.rest));
                    }
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
        let own = best.map(|(_, node)| &*node.here).or(last.map(|(_, operations)| operations));
        (own.unwrap_or_default(), rest.map(|(_, operations)| operations).unwrap_or_default())
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

/// `v1`, `v2`.
fn names_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
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
        let own = |path: &str| routes.find_own("GET", &segments(path)).len();
        assert_eq!([own("/files/a/b"), own("/files/a"), own("/files")], [0, 1, 0]);
        assert_eq!(find(&routes, "/users"), [] as [usize; 0]);
        assert!(routes.find("POST", &segments("/users/me")).is_empty());
    }

    #[test]
    fn a_word_that_stands_for_a_parameter_is_not_meant() {
        let mut routes = Routes::default();
        routes.insert("GET", "/incidents/{incident_id}", EntityId::new(0));
        routes.insert("GET", "/api/users/{id}/posts", EntityId::new(1));
        let meant = |path: &str, start| routes.find_meant("GET", &segments(path), start).len();
        assert_eq!(meant("/incidents/rules", 1), 0);
        assert_eq!(meant("/incidents/{}", 0), 1);
        assert_eq!(meant("/api/users/me/posts", 1), 1);
        assert_eq!(meant("/api/users/me/likes", 1), 0);
    }

    #[test]
    fn what_a_path_leaves_open_may_be_a_word() {
        let mut routes = Routes::default();
        routes.insert("POST", "/channels/sms/welcome", EntityId::new(0));
        let may = |method: &str, path: &str| routes.may_serve(method, &segments(path));
        assert!(may("POST", "/channels/{}/welcome"));
        assert!(!may("GET", "/channels/{}/welcome"));
        assert!(!may("POST", "/channels/{}/goodbye"));
        assert!(!may("POST", "/channels/mail/welcome"));
    }

    #[test]
    fn a_path_is_served_as_far_as_any_operation_goes() {
        let mut routes = Routes::default();
        routes.insert("GET", "/api/users/{id}/posts", EntityId::new(0));
        routes.insert("POST", "/files/{path:path}", EntityId::new(1));
        let depth = |path: &str| routes.served_depth(&segments(path));
        assert_eq!(depth("/api/teams/{}"), 1);
        assert_eq!(depth("/api/users/{}/likes/{}"), 3);
        assert_eq!(depth("/files/a/b"), 3);
        assert_eq!(depth("/"), 0);
    }

    #[test]
    fn a_path_without_a_version_stands_beside_an_api_that_has_only_versions() {
        let mut routes = Routes::default();
        for (at, path) in ["/api/v1/users/{id}", "/api/v2/users", "/health"].iter().enumerate() {
            routes.insert("GET", path, EntityId::new(at));
        }
        let beside = |routes: &Routes, path: &str| routes.versions_only(&segments(path));
        assert!(beside(&routes, "/api/billing/plans"));
        assert!(!beside(&routes, "/api/v1/billing") && !beside(&routes, "/api/v3/users"));
        assert!(!beside(&routes, "/billing") && !beside(&routes, "/api"));
        routes.insert("GET", "/api/status", EntityId::new(3));
        assert!(!beside(&routes, "/api/billing/plans"));
    }

    #[test]
    fn a_query_string_beside_the_path_is_no_part_of_it() {
        assert_eq!(segments("/users{}"), ["users"]);
        assert_eq!(segments("/users/{}"), ["users", "{}"]);
        assert_eq!(segments("{}/users/"), ["{}", "users"]);
        assert_eq!(segments("/files/{name}.json"), ["files", "{}.json"]);
    }
}
