//! Whether a source is only older than the migrations it is held against: a dump of one day, that has everything made up to then
//! and nothing made since. One fact, however many tables came later.

use std::collections::{BTreeSet, HashMap};

use alignment_model::entity::Table;
use alignment_model::project::DatabaseSource;

/// Positions of revisions in the order they apply.
pub(super) struct Order<'c>(HashMap<&'c str, usize>);

/// When what a source has, and what it lacks, was made.
#[derive(Default)]
pub(super) struct Age {
    /// The last revision of which it has something.
    latest: Option<usize>,
    /// The revisions of which it lacks something.
    lacked: BTreeSet<usize>,
    /// Something that it lacks was made by no revision that is known.
    unknown: bool,
}

/// A schema that is kept by hand may lag behind the last revision or two; from this many on it is a dump of another day.
const REVISIONS: usize = 3;

impl<'c> Order<'c> {
    pub(super) fn of(source: &'c DatabaseSource) -> Self {
        let revisions = source.revisions.iter().flat_map(|graph| &graph.order);
        Self(revisions.enumerate().map(|(at, revision)| (&*revision.id, at)).collect())
    }

    /// When a table, or a column of it, was made.
    fn moment(&self, table: &Table, column: Option<&str>) -> Option<usize> {
        let steps = || table.history.iter().rev();
        let added = column.and_then(|column| {
            steps().find(|step| step.column.as_deref() == Some(column) && &*step.what == "added")
        });
        let step =
            added.or_else(|| steps().find(|step| step.column.is_none() && &*step.what == "created"))?;
        self.0.get(step.revision.as_deref()?).copied()
    }
}

impl Age {
    /// It has this.
    pub(super) fn keeps(&mut self, order: &Order<'_>, table: &Table, column: Option<&str>) {
        self.latest = self.latest.max(order.moment(table, column));
    }

    /// It lacks this.
    pub(super) fn lacks(&mut self, order: &Order<'_>, table: &Table, column: Option<&str>) {
        match order.moment(table, column) {
            Some(moment) => {
                self.lacked.insert(moment);
            }
            None => self.unknown = true,
        }
    }

    /// Whether all that it lacks is younger than all that it has.
    pub(super) fn is_only_older(&self) -> bool {
        let since = self.lacked.first().copied();
        !self.unknown && self.lacked.len() >= REVISIONS && since > self.latest
    }
}
