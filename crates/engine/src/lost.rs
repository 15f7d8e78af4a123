//! Findings that are gone because something is no longer known, apart from those that are mended.
//!
//! A finding rests on what both ends declare and on what links them. Where the head knows less of any of these than the base did, the
//! finding cannot be made, and nothing says that the drift is gone:
//!
//! | of an end, or between two | no longer comparable where |
//! |---|---|
//! | its layer | nothing of it, or of a neighbour that the finding needs, is read any more, though its files are there |
//! | its file | could be read before and cannot now, or its syntax is broken now |
//! | the entity | is not found though its file is as it was, or is known only in part now |
//! | its table | is known only in part now: a change of it is read, and not what makes it |
//! | the field | its type or nullability is not known now |
//! | the link | both ends are there, and nothing leads from one to the other any more |
//!
//! What is deleted is mended: nobody reads or writes it any more.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use alignment_model::analysis::Lost;
use alignment_model::contract_map::{ContractMap, EntityContract, FieldContract};
use alignment_model::finding::{End, Finding};
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::{Layer, Sources};

use crate::compare::Renames;

/// One of the two analyses.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// What it knows.
    pub map: &'a ContractMap,
    /// Its files.
    pub sources: &'a Sources,
    /// What it could not read.
    pub problems: &'a [Problem],
}

/// Parts what is gone into what is mended and what can no longer be compared.
pub fn part(
    gone: Vec<Finding>,
    base: Side<'_>,
    head: Side<'_>,
    renames: &Renames,
) -> (Vec<Finding>, Vec<Lost>) {
    if gone.is_empty() {
        return (gone, Vec::new());
    }
    let judge = Judge::new(base, head, renames);
    let (mut mended, mut lost) = (Vec::new(), Vec::new());
    for finding in gone {
        match judge.reason(&finding) {
            Some(reason) => lost.push(Lost { finding, reason }),
            None => mended.push(finding),
        }
    }
    (mended, lost)
}

struct Judge<'a> {
    base: Known<'a>,
    head: Known<'a>,
    /// Paths of the base that are others in the head.
    renames: HashMap<&'a str, &'a str>,
}

/// One side, by name.
struct Known<'a> {
    side: Side<'a>,
    entities: HashMap<(Layer, &'a str), usize>,
    layers: BTreeSet<Layer>,
    /// Neighbours of each entity, by position.
    links: HashMap<usize, Vec<usize>>,
    /// Files that could not be read whole, and statements about the database that were not understood.
    broken: BTreeSet<String>,
    unmodelled: BTreeMap<&'a str, usize>,
}

impl<'a> Known<'a> {
    fn new(side: Side<'a>) -> Self {
        let mut entities = HashMap::new();
        for (at, entity) in side.map.entities.iter().enumerate() {
            entities.entry((entity.layer, &*entity.qualname)).or_insert(at);
        }
        let mut links: HashMap<usize, Vec<usize>> = HashMap::new();
        for link in &side.map.links {
            links.entry(link.lower).or_default().push(link.upper);
            links.entry(link.upper).or_default().push(link.lower);
        }
        let is_broken = |problem: &&Problem| {
            matches!(problem.kind, ProblemKind::Unreadable | ProblemKind::Syntax | ProblemKind::Limit)
        };
        Self {
            side,
            entities,
            layers: side.map.entities.iter().map(|entity| entity.layer).collect(),
            links,
            broken: side
                .problems
                .iter()
                .filter(is_broken)
                .filter_map(|problem| file_of(problem, side))
                .collect(),
            unmodelled: side.map.histories.iter().map(|one| (&*one.path, one.unmodelled)).collect(),
        }
    }

    fn entity(&self, layer: Layer, qualname: &str) -> Option<(usize, &'a EntityContract)> {
        let at = *self.entities.get(&(layer, qualname))?;
        Some((at, self.side.map.entities.get(at)?))
    }

    /// Whether links lead from one entity to the other.
    fn connects(&self, from: usize, to: usize) -> bool {
        let (mut open, mut seen) = (vec![from], HashSet::from([from]));
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            let next = self.links.get(&at).into_iter().flatten();
            open.extend(next.filter(|next| seen.insert(**next)));
        }
        false
    }
}

/// The file that a problem is about: the one that it stands in, or, of one that was not read, the first that its message names.
fn file_of(problem: &Problem, side: Side<'_>) -> Option<String> {
    match problem.span {
        Some(span) => Some(side.sources.path(span.file).to_owned()),
        None => problem.message.split('`').nth(1).map(str::to_owned),
    }
}

impl<'a> Judge<'a> {
    fn new(base: Side<'a>, head: Side<'a>, renames: &'a Renames) -> Self {
        let renames = renames.iter().map(|(from, to)| (&**from, &**to)).collect();
        Self { base: Known::new(base), head: Known::new(head), renames }
    }

    /// What the head does not know any more of what a finding rests on.
    fn reason(&self, finding: &Finding) -> Option<String> {
        finding.ends.iter().find_map(|end| self.of_end(end)).or_else(|| self.of_links(finding))
    }

    fn renamed<'n>(&self, path: &'n str) -> &'n str
    where
        'a: 'n,
    {
        self.renames.get(path).copied().unwrap_or(path)
    }

    /// The name of an entity in the head: names of entities of the client begin with their file.
    fn qualname(&self, end: &End) -> String {
        let (path, rest) =
            end.qualname.find('#').map_or((&*end.qualname, ""), |at| end.qualname.split_at(at));
        format!("{}{rest}", self.renamed(path))
    }

    fn of_end(&self, end: &End) -> Option<String> {
        let path = self.base.side.sources.path(end.span.file);
        let path_now = self.renamed(path);
        if self.head.broken.contains(path_now) && !self.base.broken.contains(path) {
            return Some(format!("`{path_now}` is no longer read whole"));
        }
        let file = self.head.side.sources.find(path_now);
        if file.is_some()
            && let Some(layer) =
                self.lost_layers().find(|layer| (*layer as usize).abs_diff(end.layer as usize) <= 1)
        {
            return Some(format!("nothing of the layer {layer} is read any more"));
        }
        if let Some(table) = end.table.as_deref().filter(|table| self.is_blurred(table)) {
            return Some(format!("table `{table}` is known only in part"));
        }
        let (_, before) = self.base.entity(end.layer, &end.qualname)?;
        let now = self.head.entity(end.layer, &self.qualname(end));
        let now = now.or_else(|| self.head.entity(end.layer, &end.qualname));
        let Some((_, now)) = now else {
            let file = file?;
            let is_as_it_was =
                self.head.side.sources.text(file) == self.base.side.sources.text(end.span.file);
            let is_lost = match end.layer {
                // Another file may drop a table; of a history that is not understood nobody knows.
                Layer::Database => self.understands_less(),
                _ => is_as_it_was,
            };
            return is_lost.then(|| format!("`{}` is no longer found", end.entity));
        };
        if now.incomplete.iter().any(|reason| !before.incomplete.contains(reason)) {
            return Some(format!("`{}` is known only in part", end.entity));
        }
        let field = |entity: &'a EntityContract| -> Option<&'a FieldContract> {
            entity.fields.iter().find(|field| Some(&*field.name) == end.field.as_deref())
        };
        let (before, now) = (field(before)?, field(now)?);
        (before.is_known && !now.is_known)
            .then(|| format!("the type of `{}.{}` is not known", end.entity, now.name))
    }

    /// Whether a table is known in part now, for reasons that the base does not have: what changes a table that nothing makes says that it
    /// is there, and not what it has.
    fn is_blurred(&self, name: &str) -> bool {
        let reasons = |side: &Known<'a>| -> BTreeSet<&'a str> {
            let tables = side.side.map.entities.iter();
            let tables =
                tables.filter(|one| one.layer == Layer::Database && one.table.as_deref() == Some(name));
            tables.flat_map(|table| &table.incomplete).map(String::as_str).collect()
        };
        !reasons(&self.head).is_subset(&reasons(&self.base))
    }

    /// Layers that the base read and the head does not, though a file of them is there.
    fn lost_layers(&self) -> impl Iterator<Item = Layer> {
        self.base.layers.difference(&self.head.layers).copied().filter(|layer| {
            // A history that drops its last table is read all the same.
            let is_empty = *layer == Layer::Database
                && self.head.unmodelled.len() >= self.base.unmodelled.len()
                && !self.understands_less();
            let mut own = self.base.side.map.entities.iter().filter(|entity| entity.layer == *layer);
            !is_empty
                && own.any(|entity| {
                    let path = self.renamed(self.base.side.sources.path(entity.span.file));
                    self.head.side.sources.find(path).is_some()
                })
        })
    }

    /// Whether statements about a database are not understood that were before, or did not stand there.
    fn understands_less(&self) -> bool {
        self.head
            .unmodelled
            .iter()
            .any(|(path, now)| self.base.unmodelled.get(path).is_none_or(|before| now > before))
    }

    /// Of two ends in neighbouring or further layers, which nothing leads between any more.
    fn of_links(&self, finding: &Finding) -> Option<String> {
        let (first, rest) = finding.ends.split_first()?;
        let now = |end: &End| self.head.entity(end.layer, &self.qualname(end)).map(|(at, _)| at);
        let before = |end: &End| self.base.entity(end.layer, &end.qualname).map(|(at, _)| at);
        let other = rest.iter().find(|end| end.layer != first.layer)?;
        let was_linked = self.base.connects(before(first)?, before(other)?);
        let is_linked = self.head.connects(now(first)?, now(other)?);
        (was_linked && !is_linked)
            .then(|| format!("nothing links `{}` with `{}`", first.entity, other.entity))
    }
}
