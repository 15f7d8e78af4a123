//! What may be changed: fixes that go together, applied in memory, analysed again and kept only where nothing new is to be told.
//!
//! A fix may uncover the next hop of the same chain (a response that says `None` now, and a client that does not expect it). Where that has
//! a fix as well, both go together; where it has none, the first is withheld. What is withheld is taken out and everything is analysed
//! anew, so that the texts that are kept were analysed exactly as they are. What only informs is a choice, not a drift: that a migration
//! makes a column, and a response may have it now, is held against no fix.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::finding::{End, Finding};
use alignment_model::fix::{Change as Asked, Edit, Fix, NewFile, Remedy};
use alignment_model::{FileId, Severity, SourceFile, Sources};

use super::revision;
use crate::compare::{Identity, Spread, Standing, pair};
use crate::{KeptFacts, Outcome};

/// What is to be changed, and what is not.
#[derive(Debug, Default)]
pub struct Plan {
    /// Files with their text before and after, by path.
    pub files: Vec<Change>,
    /// Findings that are gone then, each with its fix.
    pub fixed: Vec<Finding>,
    /// Fixes that were asked for and are not made.
    pub withheld: Vec<Withheld>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Path relative to the root.
    pub path: String,
    /// Its text before; nothing for a new file.
    pub before: Option<String>,
    /// Its text then.
    pub after: String,
}

/// A fix that is not made.
#[derive(Clone, Debug)]
pub struct Withheld {
    /// The finding that stays.
    pub finding: Finding,
    /// Why, as a lower-case fragment.
    pub reason: String,
}

/// Analyses that one plan may cost.
const MAX_ANALYSES: usize = 16;

/// How many hops of a chain may be uncovered one after the other.
const MAX_HOPS: usize = 3;

/// Plans every fix of a finding that is wanted. `analyze` is asked for states of the sources with changed texts.
pub fn plan(
    sources: &Sources,
    outcome: Outcome,
    wanted: &dyn Fn(&Finding) -> bool,
    analyze: &mut dyn FnMut(&Sources, KeptFacts) -> Outcome,
) -> Plan {
    let before = outcome.analysis.findings.clone();
    let candidates: Vec<Finding> = Spread::new(before.clone())
        .findings
        .into_iter()
        .filter(|finding| finding.fix.is_some() && wanted(finding))
        .collect();
    let mut trial = Trial { sources, before, wanted, analyze, kept: outcome.kept, left: MAX_ANALYSES };
    let (mut chosen, mut withheld) = apart(candidates);
    loop {
        if chosen.is_empty() {
            return Plan { withheld, ..Plan::default() };
        }
        match trial.run(&chosen, &outcome.graph) {
            Verdict::Silent { files, fixed } => return Plan { files, fixed, withheld },
            Verdict::Loud(reasons) => {
                let mut kept = Vec::new();
                for (at, finding) in chosen.into_iter().enumerate() {
                    match reasons.get(&at) {
                        Some(reason) => withheld.push(Withheld { finding, reason: reason.clone() }),
                        None => kept.push(finding),
                    }
                }
                chosen = kept;
            }
        }
    }
}

/// Takes out fixes that touch what another one touches. The same edit for two findings is one.
fn apart(candidates: Vec<Finding>) -> (Vec<Finding>, Vec<Withheld>) {
    let (mut taken, mut chosen, mut withheld) = (BTreeSet::<Edit>::new(), Vec::new(), Vec::new());
    for finding in candidates {
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        let clash = edits.clone().any(|edit| taken.iter().any(|other| overlap(edit, other)));
        if clash {
            let reason = "another fix changes the same place; run again after it".to_owned();
            withheld.push(Withheld { finding, reason });
            continue;
        }
        taken.extend(edits.cloned());
        chosen.push(finding);
    }
    (chosen, withheld)
}

/// Whether two different edits touch: also two texts that are put in at one place, whose order nobody gives.
fn overlap(one: &Edit, other: &Edit) -> bool {
    one.file == other.file
        && one != other
        && one.range.start <= other.range.end
        && other.range.start <= one.range.end
}

/// What came of one trial.
enum Verdict {
    /// Every finding is gone and nothing is new.
    Silent { files: Vec<Change>, fixed: Vec<Finding> },
    /// What has to be withheld, by position, with the reason.
    Loud(BTreeMap<usize, String>),
}

struct Trial<'t> {
    sources: &'t Sources,
    before: Vec<Finding>,
    wanted: &'t dyn Fn(&Finding) -> bool,
    analyze: &'t mut dyn FnMut(&Sources, KeptFacts) -> Outcome,
    kept: KeptFacts,
    left: usize,
}

impl Trial<'_> {
    fn run(&mut self, chosen: &[Finding], graph: &alignment_graph::ContractGraph) -> Verdict {
        let mut fixed = chosen.to_vec();
        let Some(mut now) = changed(self.sources, graph.project(), chosen) else {
            return all(chosen, "its migration cannot be written together with the others");
        };
        for hop in 0..=MAX_HOPS {
            if self.left == 0 {
                return all(chosen, "the limit of analyses was reached before it was found to be silent");
            }
            self.left -= 1;
            let mut outcome = (self.analyze)(&now, std::mem::take(&mut self.kept));
            self.kept = std::mem::take(&mut outcome.kept);
            let found = Spread::new(outcome.analysis.findings);
            let (new, still) = self.compare(&found.findings, &fixed);
            if new.is_empty() && still.is_empty() {
                return Verdict::Silent { files: files(self.sources, &now), fixed };
            }
            if !still.is_empty() {
                return Verdict::Loud(self.blame_still(chosen, &still));
            }
            let follow: Vec<Finding> = new
                .iter()
                .filter(|finding| {
                    finding.fix.as_ref().is_some_and(|fix| fix.new_files.is_empty()) && (self.wanted)(finding)
                })
                .cloned()
                .collect();
            let (follow, clashing) = apart(follow);
            let next = (hop < MAX_HOPS && follow.len() == new.len() && clashing.is_empty())
                .then(|| changed(&now, outcome.graph.project(), &follow))
                .flatten();
            match next {
                Some(next) => {
                    now = next;
                    fixed.extend(follow);
                }
                None => {
                    let open: Vec<Finding> = new.into_iter().filter(|one| !follow.contains(one)).collect();
                    return Verdict::Loud(blame(chosen, &open));
                }
            }
        }
        all(chosen, "each change makes another one necessary")
    }

    /// What is new among the findings, and which of the fixed ones are still there.
    fn compare(&self, after: &[Finding], fixed: &[Finding]) -> (Vec<Finding>, Vec<Finding>) {
        let before = Spread::new(self.before.clone());
        let (old, now) = (before.identities(), after.iter().map(Identity::of).collect::<Vec<_>>());
        let pairing = pair(&now, &old, || None);
        let new = after
            .iter()
            .zip(&pairing.after)
            .filter(|(finding, standing)| **standing != Standing::Known && finding.severity > Severity::Info);
        let new: Vec<Finding> = new.map(|(finding, _)| finding.clone()).collect();
        let is_there = |finding: &&Finding| {
            let own = Identity::of(finding);
            now.iter().any(|other| other.rule == own.rule && other.fingerprint == own.fingerprint)
        };
        (new, fixed.iter().filter(is_there).cloned().collect())
    }

    fn blame_still(&self, chosen: &[Finding], still: &[Finding]) -> BTreeMap<usize, String> {
        let stays = "the finding would stay".to_owned();
        let own = chosen.iter().enumerate().filter(|(_, finding)| still.contains(finding));
        let found: BTreeMap<usize, String> = own.map(|(at, _)| (at, stays.clone())).collect();
        if found.is_empty() { blame(chosen, still) } else { found }
    }
}

/// Which fixes are to blame for what is new: those that change one of its fields or declarations, else those that are about one, else
/// all.
fn blame(chosen: &[Finding], new: &[Finding]) -> BTreeMap<usize, String> {
    let mut blamed = BTreeMap::new();
    for finding in new {
        let reason = format!("it would make another finding: {}: {}", finding.rule, finding.message);
        let fields: BTreeSet<(&str, &str)> = finding.ends.iter().filter_map(field_of).collect();
        let names: BTreeSet<&str> = finding.ends.iter().map(|end| &*end.qualname).collect();
        let is_field = |end: &End| field_of(end).is_some_and(|field| fields.contains(&field));
        let is_name = |end: &End| names.contains(&*end.qualname);
        let changes = |one: &Finding, is_it: &dyn Fn(&End) -> bool| one.ends.first().is_some_and(is_it);
        let is_about = |one: &Finding, is_it: &dyn Fn(&End) -> bool| one.ends.iter().any(is_it);
        let steps = [
            positions(chosen, &|one| changes(one, &is_field)),
            positions(chosen, &|one| changes(one, &is_name)),
            positions(chosen, &|one| is_about(one, &is_name)),
            (0..chosen.len()).collect(),
        ];
        for at in steps.into_iter().find(|guilty| !guilty.is_empty()).unwrap_or_default() {
            blamed.entry(at).or_insert_with(|| reason.clone());
        }
    }
    blamed
}

fn field_of(end: &End) -> Option<(&str, &str)> {
    Some((&end.qualname, end.field.as_deref()?))
}

fn positions(chosen: &[Finding], is_it: &dyn Fn(&Finding) -> bool) -> Vec<usize> {
    (0..chosen.len()).filter(|at| is_it(&chosen[*at])).collect()
}

fn all(chosen: &[Finding], reason: &str) -> Verdict {
    Verdict::Loud((0..chosen.len()).map(|at| (at, reason.to_owned())).collect())
}

/// The sources with these fixes applied. What they ask of one tree of migrations is one new revision.
fn changed(
    sources: &Sources,
    project: &alignment_model::project::Project,
    fixes: &[Finding],
) -> Option<Sources> {
    let mut edits: BTreeMap<FileId, BTreeSet<&Edit>> = BTreeMap::new();
    for edit in fixes.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix: &Fix| &fix.edits) {
        edits.entry(edit.file).or_default().insert(edit);
    }
    let asked =
        fixes.iter().filter_map(|finding| finding.remedy.as_ref()).flat_map(|one: &Remedy| &one.changes);
    let steps: Vec<_> = asked
        .filter_map(|change| match change {
            Asked::Migrate { source, step } => Some((*source, step)),
            _ => None,
        })
        .collect();
    let mut files: Vec<SourceFile> = sources
        .iter()
        .map(|(id, file)| match edits.get(&id) {
            Some(edits) => SourceFile { path: file.path.clone(), text: apply(&file.text, edits).into() },
            None => file.clone(),
        })
        .collect();
    let new = revision::drafts(sources, project, &steps)?;
    files.extend(
        new.into_iter().map(|NewFile { path, text }| SourceFile { path: path.into(), text: text.into() }),
    );
    Some(Sources::new(files))
}

/// A text with edits that do not overlap, in order of place.
fn apply(text: &str, edits: &BTreeSet<&Edit>) -> String {
    let mut out = String::with_capacity(text.len() + 64 * edits.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.range.to_usize();
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&edit.replacement);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The files that differ.
fn files(before: &Sources, after: &Sources) -> Vec<Change> {
    let old = |path: &str| before.find(path).map(|file| before.text(file));
    let changed = after.iter().filter(|(_, file)| old(&file.path) != Some(&*file.text));
    changed
        .map(|(_, file)| Change {
            path: file.path.to_string(),
            before: old(&file.path).map(str::to_owned),
            after: file.text.to_string(),
        })
        .collect()
}
