//! Findings of two analyses, parted into what is new, what is in both and what is gone.
//!
//! Four steps, from sure to likely, each on what the one before left: the same fingerprint; the same fingerprint after the
//! renames that git saw; the same rule and names, wherever they stand now; the same of the two declarations that disagree, where
//! further places come and go. Each finding answers to one of the other side at most, so
//! that a second copy of a drift is new. A finding that gathers several things is compared by these, one by one.
//!
//! | change | drift that was there before is |
//! |---|---|
//! | lines move, a file or module is renamed, a class moves to another file | the same |
//! | further places of the same two declarations come or go | the same |
//! | the words, the weight or the sureness of a finding change | the same |
//! | a list gains a member | new, and says which member |
//! | a list loses a member, or one finding becomes a list | the same |
//! | what it is about gets another name | another one: new, and the old one fixed |
//! | so much of a kind differed that it was kept back, and now it is told | the same |

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alignment_model::finding::{Finding, SUBJECT_SEPARATOR};

/// Files that have another path in the second analysis: from, to.
pub type Renames = Vec<(String, String)>;

/// What tells a finding of one analysis from others, and finds it again in another analysis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The rule.
    pub(crate) rule: String,
    /// [`Finding::fingerprint`].
    pub(crate) fingerprint: String,
    /// [`Finding::subject`].
    pub(crate) subject: String,
    /// [`Finding::gathers`], sorted.
    pub(crate) gathers: Vec<String>,
}

/// Names in a subject that say what disagrees; the others are further places.
const SIDES: usize = 2;

impl Identity {
    /// Of a finding.
    pub(crate) fn of(finding: &Finding) -> Self {
        let mut gathers = finding.gathers.clone();
        gathers.sort();
        let (fingerprint, subject) = (finding.fingerprint(), finding.subject());
        Self { rule: finding.rule.to_owned(), fingerprint, subject, gathers }
    }

    /// As it would be after the renames.
    fn renamed(finding: &Finding, renames: &Renames) -> Self {
        let map: HashMap<&str, &str> = renames.iter().map(|(from, to)| (&**from, &**to)).collect();
        let rename = |name: &str| {
            let (path, rest) = name.find('#').map_or((name, ""), |at| name.split_at(at));
            map.get(path).map_or_else(|| name.to_owned(), |to| format!("{to}{rest}"))
        };
        let mut moved = finding.clone();
        moved.ends.iter_mut().for_each(|end| end.entity = rename(&end.entity));
        Self { fingerprint: finding.fingerprint_with(rename), ..Self::of(&moved) }
    }
}

/// How a finding of the second analysis stands to the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In both.
    Known,
    /// In the second alone; of one that gathers, what is new in it where that is not all.
    New(Vec<String>),
}

/// Both sides, each in its own order.
pub(crate) struct Pairing {
    /// Of the second analysis.
    pub(crate) after: Vec<Standing>,
    /// Whether one of the first is in the second.
    pub(crate) still_there: Vec<bool>,
    /// For one of the first, the one of the second that it is now, if it is one and whole.
    pub(crate) successor: Vec<Option<usize>>,
}

/// Pairs what two analyses found. `moved` gives the first side as it would be after renames, and is asked only if needed.
pub(crate) fn pair(
    after: &[Identity],
    before: &[Identity],
    moved: impl FnOnce() -> Option<Vec<Identity>>,
) -> Pairing {
    let mut matching = Matching { successor: vec![None; before.len()], taken: vec![false; after.len()] };
    matching.step(after, before, |one| Some((&*one.rule, &*one.fingerprint, &one.gathers[..])));
    if matching.is_open() {
        if let Some(moved) = moved() {
            matching.step(after, &moved, |one| Some((&*one.rule, &*one.fingerprint, &one.gathers[..])));
            matching.step(after, &moved, |one| by_name(one));
            matching.step(after, &moved, |one| by_sides(one));
        }
        matching.step(after, before, |one| by_name(one));
        matching.step(after, before, |one| by_sides(one));
    }
    matching.members(after, before)
}

fn by_name(one: &Identity) -> Option<(&str, &str)> {
    one.gathers.is_empty().then_some((&*one.rule, &*one.subject))
}

fn by_sides(one: &Identity) -> Option<(&str, &str)> {
    let (rule, subject) = by_name(one)?;
    let end = subject.match_indices(SUBJECT_SEPARATOR).nth(SIDES - 1).map_or(subject.len(), |(at, _)| at);
    Some((rule, &subject[..end]))
}

/// Pairs that were found so far.
struct Matching {
    successor: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Matching {
    /// Pairs what is left by one key, in order.
    fn step<'i, K: std::hash::Hash + Eq>(
        &mut self,
        after: &'i [Identity],
        before: &'i [Identity],
        key: impl Fn(&'i Identity) -> Option<K>,
    ) {
        let mut free: HashMap<K, Vec<usize>> = HashMap::new();
        for (at, one) in before.iter().enumerate().rev().filter(|(at, _)| self.successor[*at].is_none()) {
            if let Some(key) = key(one) {
                free.entry(key).or_default().push(at);
            }
        }
        for (at, one) in after.iter().enumerate() {
            if !self.taken[at]
                && let Some(found) = key(one).and_then(|key| free.get_mut(&key)?.pop())
            {
                self.successor[found] = Some(at);
                self.taken[at] = true;
            }
        }
    }

    /// Whether something is left on both sides.
    fn is_open(&self) -> bool {
        self.successor.contains(&None) && self.taken.contains(&false)
    }

    /// Compares what is left by what it gathers.
    fn members(self, after: &[Identity], before: &[Identity]) -> Pairing {
        // What gathers nothing in one analysis may be part of a list in the other only if the rule names it in both.
        let mut free: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (at, one) in before.iter().enumerate().rev().filter(|(at, _)| self.successor[*at].is_none()) {
            for member in &one.gathers {
                free.entry((&*one.rule, &**member)).or_default().push(at);
            }
        }
        let mut still_there: Vec<bool> = self.successor.iter().map(Option::is_some).collect();
        let mut standings = Vec::with_capacity(after.len());
        for (one, taken) in after.iter().zip(&self.taken) {
            let mut added = Vec::new();
            for member in one.gathers.iter().filter(|_| !taken) {
                match free.get_mut(&(&*one.rule, &**member)).and_then(Vec::pop) {
                    Some(at) => still_there[at] = true,
                    None => added.push(member.clone()),
                }
            }
            let all_new = added.len() == one.gathers.len();
            standings.push(match (*taken, added.is_empty()) {
                (true, _) => Standing::Known,
                (false, true) if !one.gathers.is_empty() => Standing::Known,
                (false, _) => Standing::New(if all_new { Vec::new() } else { added }),
            });
        }
        Pairing { after: standings, still_there, successor: self.successor }
    }
}

/// What became of the findings of two analyses.
#[derive(Debug, Default)]
pub struct Parted {
    /// In the second alone.
    pub new: Vec<Finding>,
    /// In both, as the second says it.
    pub known: Vec<Finding>,
    /// In the first alone, as the first says it.
    pub gone: Vec<Finding>,
}

/// What an analysis found before.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// Its findings.
    pub findings: Vec<Finding>,
    /// What it kept back: known where it is told now, and never gone.
    pub withheld: Vec<Finding>,
}

/// Parts the findings of two analyses. `renames` is asked only where something is left on both sides. Symptoms count for
/// themselves: a drift stays the same when its root cause is mended or becomes visible.
pub fn part(after: Vec<Finding>, before: Before, renames: impl FnOnce() -> Renames) -> Parted {
    let (after, mut before, withheld) =
        (Spread::new(after), Spread::new(before.findings), Spread::new(before.withheld));
    let told = before.findings.len();
    before.findings.extend(withheld.findings);
    before.cause.extend(withheld.cause);
    let moved = || {
        let renames = renames();
        let moved = || before.findings.iter().map(|one| Identity::renamed(one, &renames)).collect();
        (!renames.is_empty()).then(moved)
    };
    let mut pairing = pair(&after.identities(), &before.identities(), moved);
    after.settle(&mut pairing.after);
    let (mut new, mut known, mut gone) = (Gathered::default(), Gathered::default(), Gathered::default());
    for ((at, cause, mut finding), standing) in after.into_iter().zip(pairing.after) {
        match standing {
            Standing::Known => known.add(at, cause, finding),
            Standing::New(added) => {
                tell(&mut finding, &added);
                new.add(at, cause, finding);
            }
        }
    }
    for ((at, cause, finding), still_there) in before.into_iter().zip(pairing.still_there).take(told) {
        if !still_there {
            gone.add(at, cause, finding);
        }
    }
    new.findings.iter_mut().for_each(outweigh_symptoms);
    Parted { new: new.findings, known: known.findings, gone: gone.findings }
}

/// Those of some findings that other findings are the same as, and the rest.
pub fn met_by(findings: Vec<Finding>, others: &[Finding]) -> (Vec<Finding>, Vec<Finding>) {
    let (findings, others) = (Spread::new(findings), Spread::new(others.to_vec()));
    let pairing = pair(&others.identities(), &findings.identities(), || None);
    let (mut met, mut rest) = (Gathered::default(), Gathered::default());
    for ((at, cause, finding), is_met) in findings.into_iter().zip(pairing.still_there) {
        let side = if is_met { &mut met } else { &mut rest };
        side.add(at, cause, finding);
    }
    (met.findings, rest.findings)
}

/// A cause is as heavy as what it stands for, so that folding hides nothing from a gate.
pub(crate) fn outweigh_symptoms(finding: &mut Finding) {
    let heaviest = finding.symptoms.iter().map(|symptom| symptom.severity).max();
    finding.severity = heaviest.map_or(finding.severity, |heaviest| heaviest.max(finding.severity));
}

/// Findings with their symptoms behind them, each on its own.
pub(crate) struct Spread {
    pub(crate) findings: Vec<Finding>,
    /// Of a symptom, the finding whose symptom it is.
    cause: Vec<Option<usize>>,
}

impl Spread {
    pub(crate) fn new(findings: Vec<Finding>) -> Self {
        let mut spread = Self { findings: Vec::with_capacity(findings.len()), cause: Vec::new() };
        for mut finding in findings {
            let at = spread.findings.len();
            let symptoms = std::mem::take(&mut finding.symptoms);
            spread.cause.push(None);
            spread.findings.push(finding);
            spread.cause.extend(symptoms.iter().map(|_| Some(at)));
            spread.findings.extend(symptoms);
        }
        spread
    }

    pub(crate) fn identities(&self) -> Vec<Identity> {
        self.findings.iter().map(Identity::of).collect()
    }

    /// A cause that gathers what its symptoms of the same rule tell has nothing new where they are known: it became visible.
    fn settle(&self, standings: &mut [Standing]) {
        let mut told: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for ((finding, cause), standing) in self.findings.iter().zip(&self.cause).zip(&*standings) {
            if let (Some(cause), Standing::Known) = (cause, standing)
                && self.findings[*cause].rule == finding.rule
            {
                told.entry(*cause).or_default().extend(finding.gathers.iter().map(String::as_str));
            }
        }
        for (at, told) in told {
            let Standing::New(added) = &standings[at] else { continue };
            let all = &self.findings[at].gathers;
            let added = if added.is_empty() { all } else { added };
            let left: Vec<String> =
                added.iter().filter(|member| !told.contains(member.as_str())).cloned().collect();
            standings[at] = match left.len() {
                0 if !all.is_empty() => Standing::Known,
                some if some == all.len() => Standing::New(Vec::new()),
                _ => Standing::New(left),
            };
        }
    }

    /// Each with its position and that of its cause.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = (usize, Option<usize>, Finding)> {
        let places = self.cause.into_iter().enumerate();
        places.zip(self.findings).map(|((at, cause), finding)| (at, cause, finding))
    }
}

/// Findings under which their symptoms stand again, where both are on one side.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) findings: Vec<Finding>,
    /// Where a finding of a [`Spread`] is now.
    places: HashMap<usize, usize>,
}

impl Gathered {
    pub(crate) fn add(&mut self, at: usize, cause: Option<usize>, finding: Finding) {
        let place = cause.and_then(|cause| self.places.get(&cause));
        if let Some(cause) = place.and_then(|place| self.findings.get_mut(*place)) {
            cause.symptoms.push(finding);
            return;
        }
        self.places.insert(at, self.findings.len());
        self.findings.push(finding);
    }
}

/// Says which members of a list are new, before everything else: a few of them, and how many more there are. It weighs what the
/// heaviest of them does: what was there is not the change's. Prose among them has its own quotes.
pub(crate) fn tell(finding: &mut Finding, added: &[String]) {
    const SHOWN: usize = 6;
    if added.is_empty() {
        return;
    }
    let weight = |name: &String| {
        let lighter = finding.lighter.iter().find(|(member, _)| member == name);
        lighter.map_or(finding.severity, |(_, severity)| *severity)
    };
    finding.severity = added.iter().map(weight).max().unwrap_or(finding.severity);
    let quoted = |name: &String| if name.contains('`') { name.clone() } else { format!("`{name}`") };
    let mut names = added.iter().take(SHOWN).map(quoted).collect::<Vec<_>>().join(", ");
    if let Some(more) = added.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        names.push_str(&format!(" and {more} more"));
    }
    finding.message.insert_str(0, &format!("(new: {names}) "));
}

#[cfg(test)]
pub(crate) mod tests;
