//! What is written, read back, taken out and added.

use alignment_model::SourceFile;

use super::*;
use crate::compare::tests::finding;

fn sources() -> Sources {
    Sources::new(vec![SourceFile { path: "web/a \"b\"\n.ts".into(), text: "".into() }])
}

fn written(findings: &[Finding]) -> String {
    Baseline::default().updated(findings, &sources(), true).0.to_text()
}

fn analysis(findings: Vec<Finding>) -> Analysis {
    Analysis { findings, ..Analysis::default() }
}

#[test]
fn a_finding_is_a_line_and_is_read_back() {
    let (plain, list) = (finding("b-rule", "x.ts", &[]), finding("a-rule", "x.ts", &["q", "p"]));
    let text = written(&[plain.clone(), list.clone()]);
    let fingerprints = [list.fingerprint(), plain.fingerprint()];
    let place = r#""web/a \"b\"\n.ts""#;
    let expected = format!(
        "{HEADER}  - {{ rule: a-rule, place: {place}, subject: \"client User\", gathers: [\"p\", \"q\"], fingerprint: \"{}\", reason: \"\" }}
  - {{ rule: b-rule, place: {place}, subject: \"client User.email\", fingerprint: \"{}\", reason: \"\" }}\n",
        fingerprints[0], fingerprints[1]
    );
    assert_eq!(text, expected);
    let baseline = Baseline::parse("b.yaml", &text).unwrap();
    assert_eq!(baseline.to_text(), text);
    let mut analysis = analysis(vec![plain, list]);
    baseline.apply(&mut analysis, &sources(), &Config::default());
    assert_eq!((analysis.findings.len(), analysis.suppressed.len(), analysis.problems.len()), (0, 2, 0));
    assert_eq!(analysis.suppressed[0].reason, NO_REASON);
}

#[test]
fn what_is_new_stays_and_stale_entries_are_told_once() {
    let text = written(&[
        finding("a-rule", "x.ts", &["p"]),
        finding("b-rule", "x.ts", &[]),
        finding("c-rule", "x.ts", &[]),
    ]);
    let text = text.replacen("reason: \"\"", "reason: \"known since the start\"", 1);
    let baseline = Baseline::parse("b.yaml", &text).unwrap();
    let mut analysis = analysis(vec![finding("a-rule", "y.ts", &["p", "q"]), finding("d-rule", "x.ts", &[])]);
    baseline.apply(&mut analysis, &sources(), &Config::default());
    let messages: Vec<&str> = analysis.findings.iter().map(|finding| &*finding.message).collect();
    assert_eq!(messages, ["(new: `q`) a-rule in y.ts", "d-rule in x.ts"]);
    assert_eq!(analysis.problems.len(), 1);
    assert!(analysis.problems[0].message.starts_with("2 entries of the baseline match no finding"));
}

#[test]
fn an_update_shrinks_keeps_reasons_and_adds_only_if_told() {
    let text = written(&[
        finding("a-rule", "x.ts", &["p", "q"]),
        finding("b-rule", "x.ts", &[]),
        finding("c-rule", "x.ts", &[]),
    ]);
    let text = text.replace("reason: \"\"", "reason: \"why\"");
    let baseline = Baseline::parse("b.yaml", &text).unwrap();
    let now = [
        finding("a-rule", "y.ts", &["q", "r"]),
        finding("b-rule", "y.ts", &[]),
        finding("d-rule", "x.ts", &[]),
    ];
    let (shrunk, update) = baseline.updated(&now, &sources(), false);
    assert_eq!(update, Update { entries: 2, removed: 1, added: 0, left: 2 });
    let text = shrunk.to_text();
    assert!(text.contains("gathers: [\"q\"]") && text.matches("reason: \"why\"").count() == 2, "{text}");
    assert!(text.contains(&now[1].fingerprint()), "what moved has its new fingerprint: {text}");
    let (grown, update) = baseline.updated(&now, &sources(), true);
    assert_eq!(update, Update { entries: 4, removed: 1, added: 2, left: 0 });
    let mut analysis = analysis(now.to_vec());
    grown.apply(&mut analysis, &sources(), &Config::default());
    assert_eq!((analysis.findings.len(), analysis.problems.len()), (0, 0), "{:?}", analysis.findings);
}

#[test]
fn an_empty_baseline_is_one_and_mistakes_have_a_place() {
    assert!(Baseline::parse("b.yaml", &Baseline::default().to_text()).unwrap().entries.is_empty());
    let mistake = |text: &str| Baseline::parse("b.yaml", text).unwrap_err().remove(0);
    assert_eq!(mistake("version: 2\nfindings: []\n").message, "version 2 of the format is not known");
    let unknown = mistake("version: 1\nfindings:\n  - { rul: x }\n");
    assert_eq!(
        (&*unknown.message, unknown.help.as_deref()),
        ("unknown key `rul`", Some("did you mean `rule`?"))
    );
    assert_eq!(unknown.range.start, 27);
}
