//! Findings: self-contained, so that a format can print one without the graph.

use crate::fix::{Fix, Remedy};
use crate::layer::{Confidence, Direction, Layer, Severity};
use crate::proof::Proof;
use crate::source::Span;

/// One drift, or one thing to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Name of the rule.
    pub rule: &'static str,
    /// Its weight here: the rule's default (or the configured one), lowered where the link is not sure.
    pub severity: Severity,
    /// As sure as the weakest link it rests on.
    pub confidence: Confidence,
    /// The way a value travels when it breaks.
    pub direction: Direction,
    /// What is wrong and why it matters, in one sentence without a final stop.
    pub message: String,
    /// What to do, if that is clear.
    pub help: Option<String>,
    /// What the rule asks for, where one change mends it without doubt.
    pub remedy: Option<Remedy>,
    /// The remedy as text, where every change of it has a sure place.
    pub fix: Option<Fix>,
    /// What a finding about several things gathers, by names that are the same wherever the declarations stand (`users.email`); empty
    /// where it is about its ends alone. Two analyses are compared by these: of a list that grew, what came to it is new.
    pub gathers: Vec<String>,
    /// Those of the gathered that weigh less than the finding, with what they weigh.
    pub lighter: Vec<(String, Severity)>,
    /// The declarations that disagree; the first is where the reader should look first (the one that is to be changed).
    pub ends: Vec<End>,
    /// The links between the ends, in order from storage to screen, with the reason for each.
    pub path: Vec<Step>,
    /// The smallest concrete proof: a row, JSON or line that breaks.
    pub witness: Option<String>,
    /// The same in a form that a test can try, where it can be tried exactly.
    pub proof: Option<Proof>,
    /// What the same broken chain shows elsewhere, each as the rule there tells it. Never heavier or surer than this finding, and
    /// without symptoms of their own.
    pub symptoms: Vec<Finding>,
}

/// One declaration a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Its layer.
    pub layer: Layer,
    /// Its entity, by name.
    pub entity: String,
    /// The entity's name that tells homonyms apart; part of the fingerprint.
    pub qualname: String,
    /// The table of the entity, if it has one.
    pub table: Option<String>,
    /// Its field, if the finding is about one.
    pub field: Option<String>,
    /// What the declaration says, for the code frame: "`NULL` is legal here".
    pub label: String,
    /// Where.
    pub span: Span,
    /// Whether it is code that uses what the finding is about rather than a declaration of it. Such a place is no part of what
    /// identifies the finding.
    pub is_use: bool,
}

impl End {
    /// What its entity may be called in a configuration: by name, by full name, or by its table.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [Some(&self.entity), Some(&self.qualname), self.table.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// One link of the path a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Layer arrived at.
    pub layer: Layer,
    /// Entity arrived at.
    pub entity: String,
    /// Field arrived at, if any.
    pub field: Option<String>,
    /// Why the two are linked, as a phrase: "`__tablename__` names the table".
    pub reason: String,
    /// How sure the link is.
    pub confidence: Confidence,
    /// Where the evidence stands.
    pub span: Span,
}

/// What stands between the ends in a [`Finding::subject`].
pub const SUBJECT_SEPARATOR: &str = ", ";

impl Finding {
    /// The finding and its symptoms.
    pub fn told(&self) -> impl Iterator<Item = &Finding> {
        std::iter::once(self).chain(&self.symptoms)
    }

    /// A stable identity: a hash of the rule and of what the finding is about (layer, entity and field at each end), never of
    /// lines, messages or severities. 16 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        self.fingerprint_with(str::to_owned)
    }

    /// The fingerprint that it would have if `rename` gave the names of what it is about.
    pub fn fingerprint_with(&self, rename: impl Fn(&str) -> String) -> String {
        let mut hash = Fnv::default();
        hash.write(self.rule);
        for end in self.ends.iter().filter(|end| !end.is_use) {
            hash.write(end.layer.key());
            hash.write(&rename(&end.qualname));
            hash.write(end.field.as_deref().unwrap_or(""));
        }
        format!("{:016x}", hash.finish())
    }

    /// What it is about, without modules and paths: `model User.email, database users.email`. Unlike the fingerprint it stays the
    /// same when a file is moved, and homonyms share it. Of a finding that gathers several things, the first end alone.
    pub fn subject(&self) -> String {
        let ends = if self.gathers.is_empty() { &self.ends[..] } else { self.ends.get(..1).unwrap_or(&[]) };
        let name = |end: &End| match &end.field {
            Some(field) if self.gathers.is_empty() => format!("{} {}.{field}", end.layer, end.entity),
            _ => format!("{} {}", end.layer, end.entity),
        };
        let ends = ends.iter().filter(|end| !end.is_use);
        ends.map(name).collect::<Vec<_>>().join(SUBJECT_SEPARATOR)
    }
}

/// FNV-1a, 64 bits: the same on every machine and in every release, which `std`'s hashers do not promise.
#[derive(Clone, Copy, Debug)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Adds a text and a separator that no text contains.
    pub fn write(&mut self, text: &str) {
        self.add(text.bytes().chain([0xff]));
    }

    /// Adds bytes as they are.
    pub fn add(&mut self, bytes: impl Iterator<Item = u8>) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// The hash of what was added.
    pub fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, TextRange};

    #[test]
    fn fingerprints_ignore_lines_and_words() {
        let end = End {
            layer: Layer::Database,
            entity: "users".into(),
            qualname: "users".into(),
            table: Some("users".into()),
            field: Some("email".into()),
            label: "nullable".into(),
            span: Span::file_start(FileId::new(0)),
            is_use: false,
        };
        let finding = Finding {
            rule: "column-nullability-drift",
            severity: Severity::Error,
            confidence: Confidence::Resolved,
            direction: Direction::Read,
            message: "a".into(),
            help: None,
            remedy: None,
            fix: None,
            gathers: vec![],
            lighter: vec![],
            ends: vec![end],
            path: vec![],
            witness: None,
            proof: None,
            symptoms: vec![],
        };
        let mut moved = finding.clone();
        moved.ends[0].span.range = TextRange::new(7, 9);
        moved.message = "b".into();
        assert_eq!(finding.fingerprint(), moved.fingerprint());
        moved.ends[0].field = Some("name".into());
        assert_ne!(finding.fingerprint(), moved.fingerprint());
        assert_eq!(finding.fingerprint().len(), 16);
    }
}
