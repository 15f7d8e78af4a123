//! The map of contracts as people read it: one group for each entity nearest to storage, with what is made of it up to the screen,
//! and one row for each field of the group, with what it is in every layer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alignment_model::contract_map::{ContractMap, FieldContract};
use alignment_model::finding::Finding;
use alignment_model::{Layer, Severity};

/// A field of the map, by the positions of its entity and of itself.
pub(crate) type FieldAt = (usize, usize);

/// One entity that rests on no other, and everything that is made of it.
pub(crate) struct Group {
    /// Entities, from storage to screen; the first is what the others rest on.
    pub(crate) entities: Vec<usize>,
    /// Fields that are the same field, each from storage to screen.
    pub(crate) rows: Vec<Vec<FieldAt>>,
    /// Findings about its entities, by position.
    pub(crate) findings: BTreeSet<usize>,
}

/// All groups, in the order of the entities that they begin with. An entity that rests on two others is in both groups; an operation
/// is in the groups of the schemas that it carries.
pub(crate) fn groups(map: &ContractMap) -> Vec<Group> {
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); map.entities.len()];
    let mut rests = vec![false; map.entities.len()];
    for (at, link) in map.links.iter().enumerate() {
        let is_operation = |entity: usize| map.entities[entity].layer == Layer::Route;
        above[link.lower].push(at);
        rests[link.upper] |= !is_operation(link.lower) || map.entities[link.upper].layer != Layer::Client;
    }
    let begins = |at: &usize| map.entities[*at].expects_partner && !rests[*at];
    (0..map.entities.len()).filter(begins).map(|at| group(map, &above, at)).collect()
}

fn group(map: &ContractMap, above: &[Vec<usize>], first: usize) -> Group {
    let mut found = BTreeSet::from([first]);
    let mut links = Vec::new();
    let mut open = VecDeque::from([first]);
    while let Some(at) = open.pop_front() {
        if map.entities[at].layer == Layer::Route && at != first {
            continue;
        }
        for link in &above[at] {
            links.push(*link);
            let upper = map.links[*link].upper;
            if found.insert(upper) {
                open.push_back(upper);
            }
        }
    }
    let entities: Vec<usize> = found.into_iter().collect();
    let rows = rows(map, &entities, &links);
    let findings = entities.iter().flat_map(|at| &map.entities[*at].findings).copied().collect();
    Group { entities, rows, findings }
}

/// Fields that pairs connect, in the order of the first of them.
fn rows(map: &ContractMap, entities: &[usize], links: &[usize]) -> Vec<Vec<FieldAt>> {
    let mut sets = Sets::default();
    for at in entities.iter().filter(|at| map.entities[**at].layer != Layer::Route) {
        for field in 0..map.entities[*at].fields.len() {
            sets.add((*at, field));
        }
    }
    for link in links.iter().map(|at| &map.links[*at]) {
        for pair in &link.pairs {
            sets.join((link.lower, pair.lower), (link.upper, pair.upper));
        }
    }
    sets.rows()
}

/// Disjoint sets of fields, each named by its first.
#[derive(Default)]
struct Sets {
    at: BTreeMap<FieldAt, usize>,
    fields: Vec<FieldAt>,
    parent: Vec<usize>,
}

impl Sets {
    fn add(&mut self, field: FieldAt) {
        if let std::collections::btree_map::Entry::Vacant(entry) = self.at.entry(field) {
            entry.insert(self.fields.len());
            self.parent.push(self.fields.len());
            self.fields.push(field);
        }
    }

    fn join(&mut self, one: FieldAt, other: FieldAt) {
        let (Some(one), Some(other)) = (self.at.get(&one).copied(), self.at.get(&other).copied()) else {
            return;
        };
        let (one, other) = (self.first(one), self.first(other));
        self.parent[one.max(other)] = one.min(other);
    }

    fn first(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    fn rows(mut self) -> Vec<Vec<FieldAt>> {
        let mut rows: BTreeMap<usize, Vec<FieldAt>> = BTreeMap::new();
        for at in 0..self.fields.len() {
            let first = self.first(at);
            rows.entry(first).or_default().push(self.fields[at]);
        }
        rows.into_values().collect()
    }
}

/// The field at a position.
pub(crate) fn field(map: &ContractMap, (entity, field): FieldAt) -> &FieldContract {
    &map.entities[entity].fields[field]
}

/// Findings that something above a note is told about, of these.
pub(crate) fn drift<'f>(findings: &'f [Finding], numbers: impl IntoIterator<Item = &'f usize>) -> Vec<usize> {
    let weighs =
        |number: &usize| findings.get(*number).is_some_and(|finding| finding.severity > Severity::Info);
    numbers.into_iter().copied().filter(weighs).collect()
}

#[cfg(test)]
mod tests {
    use crate::sample;

    #[test]
    fn a_group_begins_at_storage_and_its_rows_cross_the_layers() {
        let map = sample::map();
        let groups = super::groups(&map);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].entities, [0, 1]);
        assert_eq!(groups[0].rows, [vec![(0, 0)], vec![(0, 1), (1, 0)]]);
    }
}
