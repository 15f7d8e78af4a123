//! What counts as new, what moved, and what is gone.

use alignment_model::finding::End;
use alignment_model::{Confidence, Direction, FileId, Layer, Severity, Span};

use super::*;

/// A finding about `User.email` in a file, as `rule` tells it.
pub(crate) fn finding(rule: &'static str, path: &str, gathers: &[&str]) -> Finding {
    let end = End {
        layer: Layer::Client,
        entity: "User".into(),
        qualname: format!("{path}#User"),
        table: None,
        field: Some("email".into()),
        label: String::new(),
        span: Span::file_start(FileId::new(0)),
        is_use: false,
    };
    Finding {
        rule,
        severity: Severity::Error,
        confidence: Confidence::Resolved,
        direction: Direction::Read,
        message: format!("{rule} in {path}"),
        help: None,
        remedy: None,
        fix: None,
        gathers: gathers.iter().map(|name| (*name).to_owned()).collect(),
        lighter: vec![],
        ends: vec![end],
        path: vec![],
        witness: None,
        proof: None,
        symptoms: vec![],
    }
}

fn messages(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| &*finding.message).collect()
}

/// New, known and gone, by their messages.
#[track_caller]
fn check(after: Vec<Finding>, before: Vec<Finding>, renames: Renames, expected: [&[&str]; 3]) {
    let before = Before { findings: before, ..Before::default() };
    let parted = part(after, before, || renames);
    let found = [&parted.new, &parted.known, &parted.gone].map(|findings| messages(findings));
    assert_eq!(found, expected.map(<[&str]>::to_vec));
}

#[test]
fn the_same_is_known_and_the_rest_is_new_or_gone() {
    let (a, b, c) = (finding("a", "x.ts", &[]), finding("b", "x.ts", &[]), finding("c", "x.ts", &[]));
    check(vec![a.clone(), b], vec![a, c], vec![], [&["b in x.ts"], &["a in x.ts"], &["c in x.ts"]]);
}

#[test]
fn what_moved_is_known_and_a_copy_is_new() {
    let at = |path| finding("a", path, &[]);
    check(vec![at("y.ts")], vec![at("x.ts")], vec![], [&[], &["a in y.ts"], &[]]);
    check(vec![at("x.ts"), at("y.ts")], vec![at("x.ts")], vec![], [&["a in y.ts"], &["a in x.ts"], &[]]);
    // Two of the name where one was: the rename says which of them it is.
    let renames = vec![("x.ts".to_owned(), "z.ts".to_owned())];
    check(vec![at("y.ts"), at("z.ts")], vec![at("x.ts")], renames, [&["a in y.ts"], &["a in z.ts"], &[]]);
}

#[test]
fn an_entity_that_is_called_by_its_file_follows_a_rename() {
    let at = |path: &str| {
        let mut finding = finding("a", path, &[]);
        finding.ends[0].entity = path.to_owned();
        finding
    };
    check(vec![at("y.json")], vec![at("x.json")], vec![], [&["a in y.json"], &[], &["a in x.json"]]);
    let renames = vec![("x.json".to_owned(), "y.json".to_owned())];
    check(vec![at("y.json")], vec![at("x.json")], renames, [&[], &["a in y.json"], &[]]);
}

#[test]
fn further_places_come_and_go_and_the_drift_stays() {
    let at = |places: &[&str]| {
        let mut finding = finding("a", "x.ts", &[]);
        for (field, place) in ["email", "mail", "here", "there"].iter().zip(places) {
            let end = finding.ends[0].clone();
            let (entity, field) = ((*place).to_owned(), Some((*field).to_owned()));
            finding.ends.push(End { qualname: entity.clone(), entity, field, ..end });
        }
        finding
    };
    let (one, more) = (at(&["UserOut"]), at(&["UserOut", "read_user"]));
    check(vec![more.clone()], vec![one.clone()], vec![], [&[], &["a in x.ts"], &[]]);
    check(vec![one], vec![more], vec![], [&[], &["a in x.ts"], &[]]);
    check(vec![at(&["UserIn"])], vec![at(&["UserOut"])], vec![], [&["a in x.ts"], &[], &["a in x.ts"]]);
}

#[test]
fn a_symptom_stays_the_same_when_its_cause_comes_or_goes() {
    let (cause, symptom) = (finding("a", "x.ts", &[]), finding("b", "x.ts", &[]));
    let both = Finding { symptoms: vec![symptom.clone()], ..cause.clone() };
    check(vec![symptom.clone()], vec![both.clone()], vec![], [&[], &["b in x.ts"], &["a in x.ts"]]);
    check(vec![both.clone()], vec![symptom.clone()], vec![], [&["a in x.ts"], &["b in x.ts"], &[]]);
    check(vec![both.clone()], vec![cause], vec![], [&["b in x.ts"], &["a in x.ts"], &[]]);
    assert_eq!(part(vec![both], Before::default(), Vec::new).new[0].symptoms.len(), 1);
}

#[test]
fn a_cause_that_lists_what_its_symptoms_tell_is_as_new_as_they_are() {
    let ones = vec![finding("a", "x.ts", &["p"]), finding("a", "y.ts", &["q"])];
    let root = |path: &str, names: &[&str], symptoms: &[Finding]| Finding {
        symptoms: symptoms.to_vec(),
        ..finding("a", path, names)
    };
    let both = root("z.ts", &["p", "q"], &ones);
    check(vec![both.clone()], ones.clone(), vec![], [&[], &["a in z.ts"], &[]]);
    check(vec![both.clone()], ones[..1].to_vec(), vec![], [&["(new: `q`) a in z.ts"], &["a in x.ts"], &[]]);
    check(vec![both.clone()], vec![], vec![], [&["a in z.ts"], &[], &[]]);
    // What a symptom of another rule tells is not what the cause is.
    let other = Finding { rule: "b", ..both };
    check(vec![other], ones, vec![], [&["a in z.ts"], &["a in x.ts", "a in y.ts"], &[]]);
}

#[test]
fn of_a_list_only_what_came_to_it_is_new() {
    let list = |names: &[&str]| finding("a", "x.ts", names);
    check(vec![list(&["p", "q"])], vec![list(&["q", "p"])], vec![], [&[], &["a in x.ts"], &[]]);
    check(vec![list(&["p"])], vec![list(&["p", "q"])], vec![], [&[], &["a in x.ts"], &[]]);
    check(vec![list(&["p", "q"])], vec![list(&["p"])], vec![], [&["(new: `q`) a in x.ts"], &[], &[]]);
    check(vec![list(&["q"])], vec![list(&["p"])], vec![], [&["a in x.ts"], &[], &["a in x.ts"]]);
    check(
        vec![list(&["p", "`q` is r"])],
        vec![list(&["p"])],
        vec![],
        [&["(new: `q` is r) a in x.ts"], &[], &[]],
    );
    // Three of their own become one list, in another file.
    let ones = vec![list(&["p"]), list(&["q"]), list(&["r"])];
    check(vec![finding("a", "y.ts", &["p", "q", "r"])], ones, vec![], [&[], &["a in y.ts"], &[]]);
    // Another rule of the same names is another drift.
    check(
        vec![finding("b", "x.ts", &["p"])],
        vec![list(&["p"])],
        vec![],
        [&["b in x.ts"], &[], &["a in x.ts"]],
    );
}
