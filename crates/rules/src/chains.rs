//! One finding per broken chain: what several rules, or one rule at several places, say about one field is one story. The finding
//! nearest to storage tells it, the others are its symptoms. This is the only place that folds.
//!
//! Two findings belong together if they are about the same aspect (what rules of one group of [`ASPECTS`] compare) and
//! - the end of the symptom that is nearest to storage is an end of the root: the chain goes on from there; or
//! - both ask to look at the same field first: one change mends both.
//!
//! A symptom shares a field with its root itself, never through another symptom: `a` with `b` and `b` with `c` say nothing of `a`
//! and `c`. Nothing is folded under what weighs less or is less sure, so that folding hides nothing from a gate.
//!
//! A rule that knows the cause of what others tell, whatever they compare, takes it for its symptoms itself ([`explained`]).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use alignment_model::Layer;
use alignment_model::finding::{End, Finding};

/// Rules that compare the same aspect of one field at different hops. A rule that is not here tells its findings one by one.
pub(crate) const ASPECTS: &[&[&str]] = &[
    &[
        "mapped-nullability-conflict",
        "column-nullability-drift",
        "schema-nullability-drift",
        "frontend-nullability-drift",
    ],
    &[
        "column-type-drift",
        "schema-type-drift",
        "numeric-precision-loss",
        "decimal-as-number",
        "date-typed-as-date",
        "frontend-type-drift",
    ],
    &["schema-field-missing", "schema-field-unmapped", "frontend-field-unknown", "frontend-field-missing"],
    &["frontend-optionality-drift"],
    &["column-default-drift", "schema-default-drift"],
    &["check-values-drift", "enum-value-missing-in-schema", "enum-value-missing-in-frontend"],
];

/// A field of a finding, by what the fingerprint knows of it.
type FieldName<'f> = (Layer, &'f str, &'f str);

/// Folds symptoms under their roots. The roots keep their order.
pub(crate) fn fold(findings: Vec<Finding>) -> Vec<Finding> {
    let root_of = roots(&findings);
    let mut symptoms: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    let mut kept = Vec::new();
    for (at, finding) in findings.into_iter().enumerate() {
        match root_of.get(&at) {
            Some(root) => symptoms.entry(*root).or_default().push(finding),
            None => kept.push((at, finding)),
        }
    }
    let with_symptoms = |(at, mut root): (usize, Finding)| {
        root.symptoms.extend(symptoms.remove(&at).unwrap_or_default());
        root.symptoms.sort_by(|a, b| order(a).cmp(&order(b)));
        root
    };
    kept.into_iter().map(with_symptoms).collect()
}

/// Takes out of a list what one finding explains and may hide.
pub(crate) fn explained(
    list: &mut Vec<Finding>,
    root: &Finding,
    explains: impl Fn(&Finding) -> bool,
) -> Vec<Finding> {
    let is_symptom = |finding: &mut Finding| may_stand_under(finding, root) && explains(finding);
    let mut symptoms: Vec<Finding> = list.extract_if(.., is_symptom).collect();
    symptoms.sort_by(|a, b| order(a).cmp(&order(b)));
    symptoms
}

/// The root of each symptom, by their positions.
fn roots(findings: &[Finding]) -> BTreeMap<usize, usize> {
    let mut by_field: BTreeMap<(usize, FieldName<'_>), Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some(aspect) = aspect(finding.rule) else { continue };
        for field in finding.ends.iter().filter_map(field_name) {
            by_field.entry((aspect, field)).or_default().push(at);
        }
    }
    let mut ranked: Vec<usize> = (0..findings.len()).collect();
    ranked.sort_by(|a, b| order(&findings[*a]).cmp(&order(&findings[*b])));
    let mut rank = vec![0; findings.len()];
    ranked.iter().enumerate().for_each(|(at, finding)| rank[*finding] = at);
    let mut root_of = BTreeMap::new();
    for root in ranked {
        let Some(aspect) = aspect(findings[root].rule) else { continue };
        if root_of.contains_key(&root) {
            continue;
        }
        for field in findings[root].ends.iter().filter_map(field_name) {
            for other in by_field.get(&(aspect, field)).into_iter().flatten() {
                let is_free = rank[*other] > rank[root] && !root_of.contains_key(other);
                if is_free && belongs(&findings[*other], &findings[root]) {
                    root_of.insert(*other, root);
                }
            }
        }
    }
    root_of
}

/// Roots first: the break nearest to storage, then the heaviest and surest, then what is to be changed nearest to storage.
fn order(finding: &Finding) -> impl Ord {
    let hop = finding.ends.iter().map(|end| end.layer).max();
    let weight = Reverse((finding.severity, finding.confidence));
    let place = finding.ends.first().map(|end| (end.layer, end.span));
    (hop, weight, place, finding.rule, finding.message.clone())
}

fn belongs(symptom: &Finding, root: &Finding) -> bool {
    may_stand_under(symptom, root) && (continues(symptom, root) || looks_at_the_same(symptom, root))
}

/// Whether a gate that sees the root alone misses nothing.
pub(crate) fn may_stand_under(symptom: &Finding, root: &Finding) -> bool {
    symptom.severity <= root.severity && symptom.confidence <= root.confidence
}

/// Whether every field of the symptom that is nearest to storage is one of the root's.
fn continues(symptom: &Finding, root: &Finding) -> bool {
    let fields: Vec<FieldName<'_>> = symptom.ends.iter().filter_map(field_name).collect();
    let Some(lowest) = fields.iter().map(|(layer, ..)| *layer).min() else { return false };
    // A finding of one layer alone has no hop that could continue another.
    let crosses = symptom.ends.iter().any(|end| end.layer > lowest);
    let is_roots = |field: &FieldName<'_>| root.ends.iter().any(|end| field_name(end) == Some(*field));
    crosses && fields.iter().filter(|(layer, ..)| *layer == lowest).all(is_roots)
}

fn looks_at_the_same(symptom: &Finding, root: &Finding) -> bool {
    let first = |finding: &Finding| finding.ends.first().cloned();
    let (Some(own), Some(other)) = (first(symptom), first(root)) else { return false };
    field_name(&own).is_some() && field_name(&own) == field_name(&other)
}

fn field_name(end: &End) -> Option<FieldName<'_>> {
    Some((end.layer, &end.qualname, end.field.as_deref()?))
}

fn aspect(rule: &str) -> Option<usize> {
    ASPECTS.iter().position(|rules| rules.contains(&rule))
}

#[cfg(test)]
mod tests {
    use alignment_model::{Confidence, Direction, FileId, Severity, Span};

    use super::*;
    use crate::RULES;

    const COLUMN: (Layer, &str, &str) = (Layer::Orm, "app.User", "email");
    const FIELD: (Layer, &str, &str) = (Layer::Schema, "app.UserOut", "email");
    const ME: (Layer, &str, &str) = (Layer::Client, "web/me.ts#Me", "email");
    const ROW: (Layer, &str, &str) = (Layer::Client, "web/row.ts#Row", "email");

    fn finding(rule: &'static str, severity: Severity, ends: &[(Layer, &str, &str)]) -> Finding {
        let end = |(layer, entity, field): &(Layer, &str, &str)| End {
            layer: *layer,
            entity: (*entity).to_owned(),
            qualname: (*entity).to_owned(),
            table: None,
            field: Some((*field).to_owned()),
            label: String::new(),
            span: Span::file_start(FileId::new(0)),
            is_use: false,
        };
        Finding {
            rule,
            severity,
            confidence: Confidence::Resolved,
            direction: Direction::Read,
            message: rule.to_owned(),
            help: None,
            remedy: None,
            fix: None,
            gathers: vec![],
            lighter: vec![],
            ends: ends.iter().map(end).collect(),
            path: Vec::new(),
            witness: None,
            proof: None,
            symptoms: Vec::new(),
        }
    }

    fn told(findings: Vec<Finding>) -> Vec<(&'static str, usize)> {
        fold(findings).iter().map(|root| (root.rule, root.symptoms.len())).collect()
    }

    #[test]
    fn every_folded_rule_exists_and_has_one_aspect() {
        let named: Vec<&str> = ASPECTS.iter().flat_map(|rules| rules.iter().copied()).collect();
        for rule in &named {
            assert!(RULES.iter().any(|known| known.meta.name == *rule), "{rule}");
            assert_eq!(named.iter().filter(|other| *other == rule).count(), 1, "{rule}");
        }
    }

    #[test]
    fn the_hop_nearest_to_storage_is_the_root_of_its_chain() {
        let chain = vec![
            finding("frontend-nullability-drift", Severity::Warning, &[ME, FIELD]),
            finding("frontend-nullability-drift", Severity::Error, &[ROW, FIELD]),
            finding("schema-nullability-drift", Severity::Error, &[FIELD, COLUMN]),
        ];
        assert_eq!(told(chain), [("schema-nullability-drift", 2)]);
    }

    #[test]
    fn nothing_hides_behind_what_weighs_less_or_compares_something_else() {
        let heavier = vec![
            finding("schema-nullability-drift", Severity::Info, &[FIELD, COLUMN]),
            finding("frontend-nullability-drift", Severity::Error, &[ME, FIELD]),
            finding("frontend-type-drift", Severity::Info, &[ME, FIELD]),
        ];
        assert_eq!(
            told(heavier),
            [("schema-nullability-drift", 0), ("frontend-nullability-drift", 0), ("frontend-type-drift", 0)]
        );
    }

    #[test]
    fn symptoms_share_a_field_with_their_root_itself() {
        let other = (Layer::Schema, "app.TeamOut", "email");
        let findings = vec![
            finding("frontend-type-drift", Severity::Error, &[ME, FIELD]),
            finding("frontend-type-drift", Severity::Error, &[ME, other]),
            finding("frontend-type-drift", Severity::Error, &[ROW, other]),
        ];
        assert_eq!(told(findings), [("frontend-type-drift", 1), ("frontend-type-drift", 0)]);
    }

    #[test]
    fn a_cause_takes_what_it_explains_unless_that_weighs_more() {
        let mut list = vec![
            finding("frontend-type-drift", Severity::Error, &[ME, FIELD]),
            finding("frontend-nullability-drift", Severity::Info, &[ME, FIELD]),
            finding("frontend-field-unknown", Severity::Info, &[ROW, FIELD]),
        ];
        let root = finding("generated-types-stale", Severity::Warning, &[FIELD]);
        let symptoms = explained(&mut list, &root, |finding| finding.ends[0].qualname == ME.1);
        let rules = |list: &[Finding]| list.iter().map(|one| one.rule).collect::<Vec<_>>();
        assert_eq!(rules(&symptoms), ["frontend-nullability-drift"]);
        assert_eq!(rules(&list), ["frontend-type-drift", "frontend-field-unknown"]);
    }
}
