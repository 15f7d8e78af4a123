//! Fields of schemas that a function fills after the object was made: `event.key = str(row.id)` of one that it made, or loaded;
//! `if spec.repo is None: spec.repo = "none"` also of one that it was given.
//!
//! A field counts where it is set somewhere, and is not None at an end: of the function, of a loop, at a `return`; a `return` of the object
//! before it is set takes it away again.

use std::collections::{BTreeSet, HashMap};

use super::checks::Checked;
use super::types::Key;

/// What is filled so far.
#[derive(Default)]
pub(super) struct Filling<'a> {
    /// Attributes of locals that are set to something.
    set: Checked<'a>,
    /// Those of them that are not None at some end.
    reached: Checked<'a>,
    /// Locals that are returned, with the attributes that are set until then.
    returned: Vec<(&'a str, Vec<&'a str>)>,
}

impl<'a> Filling<'a> {
    /// An attribute of a local is set to something.
    pub(super) fn set(&mut self, local: &'a str, attribute: &'a str) {
        self.set.insert((local, attribute));
    }

    /// An end, where these are not None.
    pub(super) fn reach(&mut self, checked: &Checked<'a>) {
        self.reached.extend(self.set.intersection(checked));
    }

    /// A local is returned.
    pub(super) fn returned(&mut self, local: &'a str) {
        let set = self.set.iter().filter(|(own, _)| *own == local).map(|(_, attribute)| *attribute);
        self.returned.push((local, set.collect()));
    }

    /// The fields that are filled, by what the locals were.
    pub(super) fn completed(&self, was: &HashMap<&'a str, Vec<Key>>) -> Vec<(Key, Box<str>)> {
        let lacks = |local: &str, attribute: &str| {
            self.returned.iter().any(|(own, with)| *own == local && !with.contains(&attribute))
        };
        let mut found: BTreeSet<(Key, Box<str>)> = BTreeSet::new();
        for (local, attribute) in self.reached.iter().filter(|(local, attribute)| !lacks(local, attribute)) {
            let classes = was.get(local).into_iter().flatten();
            found.extend(classes.map(|key| (key.clone(), Box::from(*attribute))));
        }
        found.into_iter().collect()
    }
}
