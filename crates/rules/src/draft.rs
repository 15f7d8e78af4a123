//! Drafts of findings and how much weight is left of them: a rule says what a difference weighs where everything is sure,
//! the link it rests on and the proof it carries decide the rest. Written once, so that no rule can forget it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alignment_graph::{Link, Pair};
use alignment_model::entity::EntityId;
use alignment_model::finding::{End, Finding, Step};
use alignment_model::fix::Remedy;
use alignment_model::proof::Proof;
use alignment_model::{Confidence, Direction, Severity};

use crate::places::{end, field_end, is_unused, steps};
use crate::{Context, LocalWeights, RuleMeta, chains};

/// A finding in the making.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    severity: Severity,
    confidence: Confidence,
    /// Whether a route, call or conversion shows that values travel here.
    shown: bool,
    /// Whether only calls in code that nothing uses carry the values.
    unused: bool,
    direction: Direction,
    message: String,
    help: Option<String>,
    remedy: Option<Remedy>,
    gathers: Vec<String>,
    /// Of the gathered, those that may weigh less, with what each weighs where everything is sure.
    weights: Vec<(String, Severity)>,
    ends: Vec<End>,
    path: Vec<Step>,
    witness: Option<String>,
    proof: Option<Proof>,
}

impl Draft {
    /// A finding that rests on no link: the declarations themselves are at fault.
    pub(crate) fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            confidence: Confidence::Resolved,
            shown: true,
            unused: false,
            direction: Direction::Both,
            message: message.into(),
            help: None,
            remedy: None,
            gathers: Vec::new(),
            weights: Vec::new(),
            ends: Vec::new(),
            path: Vec::new(),
            witness: None,
            proof: None,
        }
    }

    /// A finding about two entities that a link ties together.
    pub(crate) fn over(
        context: &Context<'_>,
        link: &Link,
        severity: Severity,
        message: impl Into<String>,
    ) -> Self {
        let mut draft = Self::new(severity, message);
        draft.confidence = link.confidence();
        draft.shown = link.flow.shown || link.kind == alignment_graph::LinkKind::Maps;
        draft.unused = is_unused(context, link);
        draft.direction = link.flow.direction();
        draft.path = steps(context, link, None);
        draft
    }

    /// A finding about two fields that a link pairs.
    pub(crate) fn over_pair(
        context: &Context<'_>,
        link: &Link,
        pair: &Pair,
        severity: Severity,
        message: impl Into<String>,
    ) -> Self {
        let mut draft = Self::over(context, link, severity, message);
        if let Some(evidence) = &pair.evidence {
            draft.confidence = draft.confidence.min(evidence.confidence);
        }
        draft.path = steps(context, link, Some(pair));
        draft
    }

    /// It stands in code that nothing uses: it breaks nothing yet.
    pub(crate) fn unused(mut self, unused: bool) -> Self {
        self.unused = unused;
        self
    }

    /// As sure as what it rests on.
    pub(crate) fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// The way the value travels when it breaks.
    pub(crate) fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// What to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The one change that mends it, if there is one and only one; what is less sure than resolved is never mended.
    pub(crate) fn remedy(mut self, remedy: impl Into<Option<Remedy>>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// The smallest concrete proof.
    pub(crate) fn witness(mut self, witness: impl Into<String>) -> Self {
        self.witness = Some(witness.into());
        self
    }

    /// The same for a test to try, where every part of it can be imported.
    pub(crate) fn proof(mut self, proof: Option<Proof>) -> Self {
        self.proof = proof;
        self
    }

    /// What one finding for several things gathers; see [`Finding::gathers`]. A rule that gathers many and tells few one by one
    /// names them in both cases.
    pub(crate) fn gathers<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.gathers.extend(names.into_iter().map(Into::into));
        self
    }

    /// The same where each has a weight of its own, of which the finding has the heaviest.
    pub(crate) fn gathers_weighed(mut self, members: impl IntoIterator<Item = (String, Severity)>) -> Self {
        for (name, severity) in members {
            self.gathers.push(name.clone());
            self.weights.push((name, severity));
        }
        self
    }

    /// The same for fields of one entity.
    pub(crate) fn gathers_of<'n>(self, owner: &str, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.gathers(names.into_iter().map(|name| format!("{owner}.{name}")))
    }

    /// What it weighs where everything is sure.
    pub(crate) fn severity(&self) -> Severity {
        self.severity
    }

    /// One finding for several that say the same: the ends of all, as sure as the least sure, and the rest of this one.
    pub(crate) fn together(mut self, others: Vec<Draft>, message: String) -> Self {
        self.message = message;
        self.proof = None;
        for other in others {
            self.confidence = self.confidence.min(other.confidence);
            self.shown &= other.shown;
            self.unused &= other.unused;
            self.gathers.extend(other.gathers);
            self.weights.extend(other.weights);
            self.ends.extend(other.ends);
        }
        self
    }

    /// Adds a declaration that the finding is about: first the one to look at first.
    pub(crate) fn end(mut self, context: &Context<'_>, entity: EntityId, label: impl Into<String>) -> Self {
        self.ends.push(end(context, entity, label));
        self
    }

    /// Adds a field that the finding is about.
    pub(crate) fn field(
        mut self,
        context: &Context<'_>,
        entity: EntityId,
        at: u32,
        label: impl Into<String>,
    ) -> Self {
        self.ends.push(field_end(context, entity, at, label));
        self
    }

    /// Adds a declaration that is no entity.
    pub(crate) fn place(mut self, end: End) -> Self {
        self.ends.push(end);
        self
    }
}

/// Where rules put what they find.
#[derive(Default)]
pub struct Findings {
    list: Vec<Finding>,
    rule: &'static str,
    default: Option<Severity>,
    configured: Option<Severity>,
    /// Rules that are switched off.
    off: BTreeSet<&'static str>,
    local: Option<Arc<dyn LocalWeights>>,
    /// Findings that are kept back: see [`Findings::add_or_keep_back`].
    kept_back: Vec<Finding>,
    /// Findings that were not made because an entity is incomplete, by entity.
    withheld: BTreeMap<EntityId, usize>,
}

impl Findings {
    /// No findings yet; these rules are switched off everywhere, and these weigh otherwise in parts of the code.
    pub(crate) fn new(off: BTreeSet<&'static str>, local: Option<Arc<dyn LocalWeights>>) -> Self {
        Self { off, local, ..Self::default() }
    }

    /// Whether a rule tells what it finds, so that another can leave a case to it.
    pub(crate) fn is_on(&self, rule: &str) -> bool {
        !self.off.contains(rule)
    }

    /// The next findings are this rule's.
    pub(crate) fn start(&mut self, rule: &RuleMeta, configured: Option<Severity>) {
        self.rule = rule.name;
        self.default = Some(rule.severity);
        self.configured = configured;
    }

    /// What rules have told so far.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }

    /// Adds a finding that tells the cause of others, which become its symptoms.
    pub(crate) fn add_over(&mut self, draft: Draft, explains: impl Fn(&Finding) -> bool) {
        if let Some(mut root) = self.weighed(draft) {
            root.symptoms = chains::explained(&mut self.list, &root, explains);
            self.list.push(root);
        }
    }

    /// Adds a finding that tells of a cause what another told of its effect: a symptom of that one, where there is one.
    pub(crate) fn add_under(&mut self, draft: Draft, is_root: impl Fn(&Finding) -> bool) {
        let Some(finding) = self.weighed(draft) else { return };
        match self.list.iter_mut().find(|root| is_root(root) && chains::may_stand_under(&finding, root)) {
            Some(root) => root.symptoms.push(finding),
            None => self.list.push(finding),
        }
    }

    /// Adds a finding with the weight that is left of it, unless the rule is off where it stands.
    pub(crate) fn add(&mut self, draft: Draft) {
        self.list.extend(self.weighed(draft));
    }

    /// Adds a finding that is told, or only kept for comparisons: where so much of a kind differs that it is hardly an oversight, what
    /// differs is there all the same, and a change that makes it little is not to be blamed for it.
    pub(crate) fn add_or_keep_back(&mut self, is_told: bool, draft: Draft) {
        let finding = self.weighed(draft);
        if is_told {
            self.list.extend(finding);
        } else {
            self.kept_back.extend(finding);
        }
    }

    /// A draft with the weight that is left of it; nothing where the rule is off.
    fn weighed(&self, draft: Draft) -> Option<Finding> {
        let local = self.local.as_ref().and_then(|local| local.weight(self.rule, &draft.ends));
        let configured = match local {
            Some(None) => return None,
            Some(weight) => weight,
            None => self.configured,
        };
        let severity = self.weight(&draft, draft.severity, configured);
        let lighter = draft.weights.iter().filter_map(|(name, alone)| {
            let alone = self.weight(&draft, *alone, configured);
            (alone < severity).then(|| (name.clone(), alone))
        });
        let lighter = lighter.collect();
        let Draft {
            confidence, direction, message, help, remedy, gathers, ends, path, witness, proof, ..
        } = draft;
        Some(Finding {
            rule: self.rule,
            severity,
            confidence,
            direction,
            message,
            help,
            remedy: remedy.filter(|_| confidence >= Confidence::Resolved),
            fix: None,
            gathers,
            lighter,
            ends,
            path,
            witness,
            proof,
            symptoms: Vec::new(),
        })
    }

    /// Notes that a finding rests on the absence of something in an entity that is not fully known.
    pub(crate) fn withhold(&mut self, entity: EntityId) {
        *self.withheld.entry(entity).or_default() += 1;
    }

    /// How many findings an entity's gaps have cost.
    pub(crate) fn withheld(&self, entity: EntityId) -> usize {
        self.withheld.get(&entity).copied().unwrap_or(0)
    }

    /// What is told, and what is kept back.
    pub(crate) fn into_parts(self) -> (Vec<Finding>, Vec<Finding>) {
        (self.list, self.kept_back)
    }

    /// What is left of a weight: the rule's for this case, or the project's; one step less where the link is not sure; for reading only
    /// where it is a guess or nothing shows that values travel; never an error without proof, or in code that nothing uses.
    fn weight(&self, draft: &Draft, severity: Severity, configured: Option<Severity>) -> Severity {
        let mut severity = match configured {
            Some(configured) if self.default == Some(severity) => configured,
            Some(configured) => severity.min(configured),
            None => severity,
        };
        if severity == Severity::Error && (draft.witness.is_none() || draft.unused) {
            severity = Severity::Warning;
        }
        match draft.confidence {
            _ if !draft.shown => Severity::Info,
            Confidence::Guessed => Severity::Info,
            Confidence::Inferred => severity.lowered(),
            Confidence::Resolved | Confidence::Declared => severity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(draft: Draft, configured: Option<Severity>) -> Severity {
        let mut findings = Findings { default: Some(Severity::Error), configured, ..Findings::default() };
        findings.add(draft);
        findings.into_parts().0[0].severity
    }

    #[test]
    fn doubt_and_lack_of_proof_take_weight_away() {
        let sure = Draft::new(Severity::Error, "").witness("row");
        assert_eq!(weight(sure.clone(), None), Severity::Error);
        assert_eq!(
            weight(Draft { confidence: Confidence::Inferred, ..sure.clone() }, None),
            Severity::Warning
        );
        assert_eq!(weight(Draft { confidence: Confidence::Guessed, ..sure.clone() }, None), Severity::Info);
        assert_eq!(weight(Draft { shown: false, ..sure }, None), Severity::Info);
        assert_eq!(weight(Draft::new(Severity::Error, ""), None), Severity::Warning);
    }

    #[test]
    fn a_configured_weight_replaces_the_rules_own_and_caps_lighter_cases() {
        let sure = Draft::new(Severity::Error, "").witness("row");
        assert_eq!(weight(sure, Some(Severity::Info)), Severity::Info);
        assert_eq!(weight(Draft::new(Severity::Info, ""), Some(Severity::Warning)), Severity::Info);
        assert_eq!(weight(Draft::new(Severity::Warning, ""), Some(Severity::Info)), Severity::Info);
    }
}
