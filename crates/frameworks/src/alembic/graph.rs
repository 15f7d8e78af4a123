//! Revisions -> the graph they make, its faults, and the order in which Alembic applies them.
//!
//! Source: Alembic 1.17, `alembic/script/revision.py` (`RevisionMap._topological_sort`, `_resolved_dependencies`), which walks from
//! the heads down and is reversed: of several branches the one whose file is loaded first is applied last.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use alignment_model::project::{ChainFault, ChainFaultKind, Revision, RevisionGraph};

use super::revision::RevisionFile;

/// Work that the exact order may cost; beyond it any order with parents first will do.
const MAX_ORDER_WORK: usize = 20_000_000;

/// The graph of one tree, and for each revision in the order of application the position of its file in `files`.
pub(crate) fn graph(files: &[RevisionFile<'_>]) -> (RevisionGraph, Vec<usize>) {
    let nodes = Nodes::new(files);
    let mut faults = nodes.duplicates.clone();
    faults.extend(nodes.missing_parents());
    faults.extend(nodes.cycles());
    let order = nodes.order();
    let revision = |at: usize| {
        let file = &files[at];
        Revision {
            id: file.id.clone(),
            parents: file.parents.clone().unwrap_or_default(),
            depends_on: file.depends_on.clone(),
            labels: file.labels.clone(),
            span: file.span,
            parents_span: Some(file.parents_span),
        }
    };
    let mut heads = nodes.without_children(|node| &node.parents);
    heads.sort_unstable();
    let mut bases: Vec<Box<str>> = order
        .iter()
        .filter(|at| files[**at].parents.as_ref().is_some_and(Vec::is_empty))
        .map(|at| files[*at].id.clone())
        .collect();
    bases.sort_unstable();
    let graph = RevisionGraph { order: order.iter().map(|at| revision(*at)).collect(), heads, bases, faults };
    (graph, order)
}

/// Positions of a revision and of everything it comes after, in the order of files; `None` where there is no such revision.
pub(crate) fn up_to(files: &[RevisionFile<'_>], id: &str) -> Option<BTreeSet<usize>> {
    let nodes = Nodes::new(files);
    let mut found = BTreeSet::new();
    let mut stack = vec![*nodes.by_id.get(id)?];
    while let Some(at) = stack.pop() {
        if found.insert(at) {
            stack.extend(&nodes.nodes[at].before);
        }
    }
    Some(found)
}

/// All revisions with everything they come after.
struct Nodes<'f, 'a> {
    files: &'f [RevisionFile<'a>],
    /// Position of the file of each identifier; the last of two, as in Alembic.
    by_id: HashMap<&'f str, usize>,
    /// Positions that count: not overwritten by a twin.
    nodes: Vec<Node>,
    duplicates: Vec<ChainFault>,
}

#[derive(Default)]
struct Node {
    /// Whether a twin has taken its place.
    replaced: bool,
    /// Positions of the parents that exist.
    parents: Vec<usize>,
    /// Parents and dependencies, each once.
    before: Vec<usize>,
}

impl<'f, 'a> Nodes<'f, 'a> {
    fn new(files: &'f [RevisionFile<'a>]) -> Self {
        let mut by_id: HashMap<&str, usize> = HashMap::new();
        let mut nodes: Vec<Node> = files.iter().map(|_| Node::default()).collect();
        let mut duplicates = Vec::new();
        for (at, file) in files.iter().enumerate() {
            if let Some(other) = by_id.insert(&file.id, at) {
                nodes[other].replaced = true;
                duplicates.push(ChainFault {
                    kind: ChainFaultKind::DuplicateId,
                    revision: file.id.clone(),
                    other: file.id.clone(),
                    span: file.span,
                    other_span: Some(files[other].span),
                });
            }
        }
        let mut all = Self { files, by_id, nodes, duplicates };
        for (at, file) in files.iter().enumerate() {
            let parents: Vec<usize> =
                file.parents.iter().flatten().filter_map(|id| all.by_id.get(&**id).copied()).collect();
            let mut before = parents.clone();
            before.extend(file.depends_on.iter().filter_map(|id| all.find(id)));
            dedupe(&mut before);
            all.nodes[at].parents = parents;
            all.nodes[at].before = before;
        }
        all
    }

    /// A revision by identifier, label, or the start of an identifier that only one has.
    fn find(&self, name: &str) -> Option<usize> {
        let exact = self.by_id.get(name).copied();
        let labelled = || self.files.iter().position(|file| file.labels.iter().any(|label| &**label == name));
        let partial = || {
            let mut starting = self.files.iter().enumerate().filter(|(_, file)| file.id.starts_with(name));
            let first = starting.next().map(|(at, _)| at);
            first.filter(|_| starting.next().is_none())
        };
        exact.or_else(labelled).or_else(partial)
    }

    fn live(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(|at| !self.nodes[*at].replaced)
    }

    fn missing_parents(&self) -> Vec<ChainFault> {
        let mut faults = Vec::new();
        for at in self.live() {
            let file = &self.files[at];
            for parent in file.parents.iter().flatten().filter(|id| !self.by_id.contains_key(&***id)) {
                faults.push(ChainFault {
                    kind: ChainFaultKind::MissingParent,
                    revision: file.id.clone(),
                    other: parent.clone(),
                    span: file.parents_span,
                    other_span: None,
                });
            }
            for needed in file.depends_on.iter().filter(|name| self.find(name).is_none()) {
                faults.push(ChainFault {
                    kind: ChainFaultKind::MissingDependency,
                    revision: file.id.clone(),
                    other: needed.clone(),
                    span: file.span,
                    other_span: None,
                });
            }
        }
        faults
    }

    /// Revisions that build on each other in a circle: what is left when everything that can be applied is.
    fn cycles(&self) -> Vec<ChainFault> {
        let applied: HashSet<usize> = self.sorted_simply().into_iter().collect();
        let left: BTreeSet<usize> = self.live().filter(|at| !applied.contains(at)).collect();
        let mut faults = Vec::new();
        let mut seen: HashSet<usize> = HashSet::new();
        for start in &left {
            // Walk up until a revision comes again: that one is on a circle.
            let mut path: Vec<usize> = Vec::new();
            let mut on_path: HashSet<usize> = HashSet::new();
            let mut at = *start;
            while !seen.contains(&at) && on_path.insert(at) {
                path.push(at);
                let Some(next) = self.nodes[at].before.iter().find(|parent| left.contains(parent)) else {
                    break;
                };
                at = *next;
            }
            if on_path.contains(&at)
                && !seen.contains(&at)
                && self.nodes[at].before.iter().any(|p| left.contains(p))
            {
                let next =
                    self.nodes[at].before.iter().find(|parent| left.contains(parent)).copied().unwrap_or(at);
                faults.push(ChainFault {
                    kind: ChainFaultKind::Cycle,
                    revision: self.files[at].id.clone(),
                    other: self.files[next].id.clone(),
                    span: self.files[at].parents_span,
                    other_span: Some(self.files[next].span),
                });
            }
            seen.extend(path);
        }
        faults
    }

    /// Identifiers that no other revision names among `links`.
    fn without_children(&self, links: impl Fn(&Node) -> &Vec<usize>) -> Vec<Box<str>> {
        let named: HashSet<usize> =
            self.live().flat_map(|at| links(&self.nodes[at]).iter().copied()).collect();
        self.live().filter(|at| !named.contains(at)).map(|at| self.files[at].id.clone()).collect()
    }

    /// The order of application: Alembic's where it can be had, and what stands in a circle at the end.
    fn order(&self) -> Vec<usize> {
        let simple = self.sorted_simply();
        let merges = simple.iter().filter(|at| self.nodes[**at].before.len() > 1).count();
        let mut order = if simple.len().saturating_mul(merges + 1) > MAX_ORDER_WORK {
            simple
        } else {
            self.sorted_as_alembic(&simple)
        };
        let placed: HashSet<usize> = order.iter().copied().collect();
        order.extend(self.live().filter(|at| !placed.contains(at)));
        order
    }

    /// Every revision that is on no circle, parents first, else in the order of files.
    fn sorted_simply(&self) -> Vec<usize> {
        let mut waiting: BTreeMap<usize, usize> =
            self.live().map(|at| (at, self.nodes[at].before.len())).collect();
        let mut children: Vec<Vec<usize>> = self.nodes.iter().map(|_| Vec::new()).collect();
        for at in self.live() {
            for parent in &self.nodes[at].before {
                children[*parent].push(at);
            }
        }
        let mut ready: BTreeSet<usize> =
            waiting.iter().filter(|(_, count)| **count == 0).map(|(at, _)| *at).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(at) = ready.pop_first() {
            order.push(at);
            for child in &children[at] {
                if let Some(count) = waiting.get_mut(child) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(*child);
                    }
                }
            }
        }
        order
    }

    /// `RevisionMap._topological_sort` over the revisions of `among`, reversed.
    fn sorted_as_alembic(&self, among: &[usize]) -> Vec<usize> {
        let mut todo: BTreeSet<usize> = among.iter().copied().collect();
        let named: HashSet<usize> =
            among.iter().flat_map(|at| self.nodes[*at].before.iter().copied()).collect();
        let mut heads: Vec<usize> = todo.iter().copied().filter(|at| !named.contains(at)).collect();
        let mut ancestors: Vec<HashSet<usize>> =
            heads.iter().map(|head| self.ancestors(*head, &todo)).collect();
        let mut output = Vec::with_capacity(among.len());
        let (mut current, mut jumps) = (0, 0);
        while let Some(candidate) = heads.get(current).copied() {
            // Another head that builds on this one comes first.
            let above =
                ancestors.iter().enumerate().find(|(at, set)| *at != current && set.contains(&candidate));
            if let Some((at, _)) = above.filter(|_| jumps <= heads.len()) {
                current = at;
                jumps += 1;
                continue;
            }
            jumps = 0;
            if todo.remove(&candidate) {
                output.push(candidate);
            }
            let next: Vec<usize> = self.nodes[candidate]
                .before
                .iter()
                .copied()
                .filter(|at| todo.contains(at) && !heads.contains(at))
                .collect();
            match next.split_first() {
                None => {
                    heads.remove(current);
                    ancestors.remove(current);
                    current = current.saturating_sub(1);
                }
                // Plain movement down one line leaves what is before it as it was.
                Some((first, [])) if self.nodes[candidate].before.len() == 1 => {
                    heads[current] = *first;
                    ancestors[current].remove(&candidate);
                }
                Some((first, rest)) => {
                    heads[current] = *first;
                    ancestors[current] = self.ancestors(*first, &todo);
                    for head in rest {
                        heads.push(*head);
                        ancestors.push(self.ancestors(*head, &todo));
                    }
                }
            }
        }
        output.reverse();
        output
    }

    /// A revision and everything it comes after, within `among`.
    fn ancestors(&self, of: usize, among: &BTreeSet<usize>) -> HashSet<usize> {
        let mut found = HashSet::from([of]);
        let mut stack = vec![of];
        while let Some(at) = stack.pop() {
            for parent in &self.nodes[at].before {
                if among.contains(parent) && found.insert(*parent) {
                    stack.push(*parent);
                }
            }
        }
        found
    }
}

fn dedupe(items: &mut Vec<usize>) {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(*item));
}
