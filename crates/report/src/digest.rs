//! What to show first: findings grouped by the entity they are about, root causes before symptoms, and a choice of those that are
//! shown in full, so that a report of hundreds still has a useful first screen.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::finding::{End, Finding};
use alignment_model::{Layer, Severity};

use crate::words::count;

/// Findings in the order of a report.
pub(crate) struct Digest<'a> {
    /// Entities with findings, heaviest first.
    pub(crate) groups: Vec<Group<'a>>,
    /// Rules with findings, heaviest and most frequent first.
    pub(crate) rules: Vec<RuleCount>,
}

/// The findings about one entity.
pub(crate) struct Group<'a> {
    /// The first end of its findings; `None` for findings about no entity.
    pub(crate) subject: Option<&'a End>,
    /// Its findings: those about the entity as a whole first, then by weight and place.
    pub(crate) findings: Vec<Numbered<'a>>,
}

/// A finding and its position among all findings.
pub(crate) type Numbered<'a> = (usize, &'a Finding);

/// How often one rule reports at one weight.
pub(crate) struct RuleCount {
    /// The rule.
    pub(crate) rule: &'static str,
    /// The weight.
    pub(crate) severity: Severity,
    /// Findings.
    pub(crate) count: usize,
}

impl<'a> Digest<'a> {
    /// Orders findings.
    pub(crate) fn new(findings: &'a [Finding]) -> Self {
        let mut by_entity: BTreeMap<Option<(Layer, &str)>, Vec<Numbered<'a>>> = BTreeMap::new();
        let mut by_rule: BTreeMap<(&'static str, Severity), usize> = BTreeMap::new();
        for (number, finding) in findings.iter().enumerate() {
            let subject = finding.ends.first().map(|end| (end.layer, &*end.qualname));
            by_entity.entry(subject).or_default().push((number, finding));
            *by_rule.entry((finding.rule, finding.severity)).or_default() += 1;
        }
        let mut groups: Vec<Group<'a>> = by_entity.into_values().map(Group::new).collect();
        groups.sort_by_cached_key(Group::rank);
        let mut rules: Vec<RuleCount> = by_rule
            .into_iter()
            .map(|((rule, severity), count)| RuleCount { rule, severity, count })
            .collect();
        rules.sort_by_key(|rule| (std::cmp::Reverse((rule.severity, rule.count)), rule.rule));
        Self { groups, rules }
    }

    /// The findings to show in full, at most `limit`: one of every rule, heaviest rules first, then a second of every rule, and so on.
    pub(crate) fn choose(&self, limit: usize) -> BTreeSet<usize> {
        let mut all: Vec<Numbered<'_>> =
            self.groups.iter().flat_map(|group| group.findings.clone()).collect();
        all.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ranked: Vec<(usize, usize)> = Vec::with_capacity(all.len());
        for (number, finding) in all {
            let nth = seen.entry(finding.rule).or_default();
            ranked.push((*nth, number));
            *nth += 1;
        }
        ranked.sort_by_key(|(nth, _)| *nth);
        ranked.into_iter().take(limit).map(|(_, number)| number).collect()
    }

    /// Every finding as one text, foremost first, as far as `room` bytes reach, and how many did not fit.
    pub(crate) fn within(&self, room: usize, entry: impl Fn(&Finding) -> String) -> String {
        let mut out = String::new();
        let mut left_out = 0;
        for finding in Severity::ALL.into_iter().flat_map(|severity| self.foremost(severity, usize::MAX)) {
            let entry = entry(finding);
            if left_out > 0 || out.len() + entry.len() > room {
                left_out += 1;
            } else {
                out.push_str(&entry);
            }
        }
        if left_out > 0 {
            out.push_str(&format!("\nand {}, which did not fit\n", count(left_out, "more finding")));
        }
        out
    }

    /// The findings of one weight to show where only `limit` fit: root causes (about an entity as a whole) first, then one of every
    /// rule, then a second of every rule, and so on, each in the order of the report.
    pub(crate) fn foremost(&self, severity: Severity, limit: usize) -> Vec<&'a Finding> {
        let mut seen: BTreeMap<(bool, &str), usize> = BTreeMap::new();
        let mut ranked: Vec<(bool, usize, &'a Finding)> = Vec::new();
        for (_, finding) in self.groups.iter().flat_map(|group| &group.findings) {
            if finding.severity == severity {
                let part = !is_about_entity(finding);
                let nth = seen.entry((part, finding.rule)).or_default();
                ranked.push((part, *nth, finding));
                *nth += 1;
            }
        }
        ranked.sort_by_key(|(part, nth, _)| (*part, *nth));
        ranked.into_iter().take(limit).map(|(_, _, finding)| finding).collect()
    }
}

/// Where a group stands: weight, whether it is about an entity as a whole, errors, findings; then by layer and name.
type Rank<'a> = (std::cmp::Reverse<(Option<Severity>, bool, usize, usize)>, Option<(Layer, &'a str)>);

impl<'a> Group<'a> {
    fn new(mut findings: Vec<Numbered<'a>>) -> Self {
        findings.sort_by_key(|(_, finding)| (std::cmp::Reverse(finding.severity), !is_about_entity(finding)));
        Self { subject: findings.first().and_then(|(_, finding)| finding.ends.first()), findings }
    }

    /// Its findings of one weight.
    pub(crate) fn of(&self, severity: Severity) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().map(|(_, finding)| *finding).filter(move |finding| finding.severity == severity)
    }

    fn rank(&self) -> Rank<'a> {
        let heaviest = self.findings.iter().map(|(_, finding)| finding.severity).max();
        let whole = self.of(heaviest.unwrap_or(Severity::Info)).any(is_about_entity);
        let key = (heaviest, whole, self.of(Severity::Error).count(), self.findings.len());
        (std::cmp::Reverse(key), self.subject.map(|end| (end.layer, &*end.qualname)))
    }
}

/// Whether a finding is about an entity as a whole: what is wrong with its fields may follow from it.
pub(crate) fn is_about_entity(finding: &Finding) -> bool {
    finding.ends.first().is_none_or(|end| end.field.is_none())
}
