//! Columns that were renamed on one side only, as far as type, place and name show it together.
//!
//! A pair is told only where nothing else could be meant: one missing column, one free column, and neither fits another. Two
//! rules about missing and extra columns leave such a pair to `rename-suspected`.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::Link;
use alignment_model::entity::{EntityId, Field};
use alignment_model::name::{did_you_mean, words};

use crate::persistence::{LostColumn, Persistence, is_column};
use crate::places::entities;
use crate::{Context, Findings};

/// A missing column and the free one that it was, or will be.
pub(crate) struct Rename<'c> {
    /// The table and the model.
    pub(crate) link: &'c Link,
    /// The attribute whose column is missing.
    pub(crate) attribute: u32,
    /// The column that no attribute maps.
    pub(crate) column: u32,
}

/// The columns of suspected renames, for the rules that leave them to `rename-suspected`; none where that rule is off.
#[derive(Default)]
pub(crate) struct Renamed {
    attributes: BTreeSet<(EntityId, u32)>,
    columns: BTreeSet<(EntityId, u32)>,
}

impl Renamed {
    pub(crate) fn left_to_its_rule(context: &Context<'_>, findings: &Findings) -> Self {
        if !findings.is_on("rename-suspected") {
            return Self::default();
        }
        let renames = renames(context);
        Self {
            attributes: renames.iter().map(|rename| (rename.link.upper, rename.attribute)).collect(),
            columns: renames.iter().map(|rename| (rename.link.lower, rename.column)).collect(),
        }
    }

    /// Whether the column of this attribute was renamed.
    pub(crate) fn attribute(&self, model: EntityId, at: u32) -> bool {
        self.attributes.contains(&(model, at))
    }

    /// Whether this column was renamed.
    pub(crate) fn column(&self, table: EntityId, at: u32) -> bool {
        self.columns.contains(&(table, at))
    }
}

/// All suspected renames, by table. What a migration took away is known, not suspected.
pub(crate) fn renames<'c>(context: &'c Context<'c>) -> Vec<Rename<'c>> {
    let persistence = Persistence::new(context);
    let mut missing: BTreeMap<EntityId, Vec<LostColumn<'c>>> = BTreeMap::new();
    for lost in persistence.unmigrated_columns() {
        if !lost.doubtful && lost.removal.is_none() {
            missing.entry(lost.link.lower).or_default().push(lost);
        }
    }
    let mut mappers: BTreeMap<EntityId, usize> = BTreeMap::new();
    for link in persistence.migrated() {
        *mappers.entry(link.lower).or_default() += 1;
    }
    let mut out = Vec::new();
    for (table, lost) in missing {
        // Where several models map a table, a column that one of them lacks may be another's.
        let (Some(1), Some(link)) = (mappers.get(&table), lost.first().map(|lost| lost.link)) else {
            continue;
        };
        let (table, model) = entities(context, link);
        if model.completeness.is_complete() {
            let free = link.unpaired_lower(context.graph.project());
            let missing = lost.iter().map(|lost| lost.at).collect();
            out.extend(unique_pairs(link, (&model.fields, missing), (&table.fields, free)));
        }
    }
    out
}

/// From this many columns on that one side lacks, the two are different tables, not one with new names.
const MOST: usize = 64;

/// Pairs in which each side fits the other alone.
fn unique_pairs<'c>(
    link: &'c Link,
    (attributes, missing): (&[Field], Vec<u32>),
    (columns, free): (&[Field], Vec<u32>),
) -> Vec<Rename<'c>> {
    if missing.is_empty() || free.is_empty() || missing.len() > MOST || free.len() > MOST {
        return Vec::new();
    }
    let above = neighbours(attributes, &link.pairs.iter().map(|pair| (pair.upper, pair.lower)).collect());
    let below = neighbours(columns, &link.pairs.iter().map(|pair| (pair.lower, pair.lower)).collect());
    let fits = |attribute: &u32, column: &u32| {
        let fields = (attributes.get(*attribute as usize), columns.get(*column as usize));
        let (Some(field), Some(other)) = fields else { return false };
        same_type(field, other)
            && similar(field, other)
            && above
                .get(attribute)
                .zip(below.get(column))
                .is_some_and(|(above, below)| above.0 == below.0 || above.1 == below.1)
    };
    let mut pairs = Vec::new();
    for attribute in &missing {
        let mut fitting = free.iter().filter(|column| fits(attribute, column));
        if let (Some(column), None) = (fitting.next(), fitting.next())
            && missing.iter().filter(|other| fits(other, column)).count() == 1
        {
            pairs.push(Rename { link, attribute: *attribute, column: *column });
        }
    }
    pairs
}

/// The nearest paired columns before and after each field, as positions in the table.
fn neighbours(fields: &[Field], paired: &BTreeMap<u32, u32>) -> BTreeMap<u32, (Option<u32>, Option<u32>)> {
    let positions = || (0..).zip(fields).filter(|(_, field)| is_column(field)).map(|(at, _)| at);
    let mut out: BTreeMap<u32, (Option<u32>, Option<u32>)> = BTreeMap::new();
    let mut last = None;
    for at in positions() {
        out.insert(at, (last, None));
        last = paired.get(&at).copied().or(last);
    }
    let mut next = None;
    for at in positions().collect::<Vec<u32>>().into_iter().rev() {
        if let Some(around) = out.get_mut(&at) {
            around.1 = next;
        }
        next = paired.get(&at).copied().or(next);
    }
    out
}

fn same_type(attribute: &Field, column: &Field) -> bool {
    let types = attribute.ty.sql.as_ref().zip(column.ty.sql.as_ref());
    types.is_some_and(|(a, b)| a.base == b.base && a.array == b.array)
        && !attribute.nullable.differs(&column.nullable)
}

/// Names that share a word that says something, or are a slip apart.
fn similar(attribute: &Field, column: &Field) -> bool {
    const SHORTEST_WORD: usize = 4;
    let Some(name) = attribute.wire_name.is() else { return false };
    let own = words(name);
    let shared = words(&column.name).iter().any(|word| word.len() >= SHORTEST_WORD && own.contains(word));
    shared || did_you_mean(name, [&*column.name]).is_some()
}
