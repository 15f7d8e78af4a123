//! What people see.

use alignment_model::Severity;

use crate::sample::{finding, written};

#[test]
fn one_finding_is_shown_with_both_ends() {
    let out = written("text", |s| vec![finding(s, "some-rule", Severity::Error, true)], Some(10));
    let expected = r#"User (client)
error[some-rule]: `User.nickname` never expects `null`,\nbut a row may hold NULL \u{1b}[2J | <b>
 --> web/a|b`c<script>\n::error::%0A "'\u{1b}[31m.ts:2:3
  |
2 |   nickname: string
  |   ^^^^^^^^ NULL is legal here
  |
 ::: app/models.py:2:5
  |
2 |     nickname = Column(String, nullable=True)
  |     -------- NULL is legal here
  |
  = path: client `User.nickname` (the call at `/users` says so) [resolved]
  = witness: row {nickname: NULL}
  = witness: -> {"nickname": null}
  = help: write `string | null`

unreadable: `x\n.py` was not read: it is a binary file

read 2 of 2 files (1.5 MB): 1 model, 1 client type
compared 1 pair schema-client with 3 fields
2 entities are known only partly: nothing is said about what they lack
1 error in 1 entity (1 suppressed)
"#;
    assert_eq!(out, expected);
}

#[test]
fn of_many_findings_one_of_each_rule_comes_first() {
    let out = written(
        "text",
        |s| {
            let mut findings: Vec<_> =
                (0..300).map(|_| finding(s, "some-rule", Severity::Error, true)).collect();
            findings.push(finding(s, "rare-rule", Severity::Warning, true));
            findings.push(finding(s, "root-rule", Severity::Error, false));
            findings
        },
        Some(3),
    );
    let first: Vec<&str> = out.lines().take(4).collect();
    assert_eq!(first[0], "   300 errors   some-rule  what it reports");
    assert_eq!(first[1], "     1 error    root-rule  ");
    assert_eq!(first[2], "     1 warning  rare-rule  ");
    let shown: Vec<&str> = out.lines().filter(|line| line.contains("never expects")).collect();
    let rules: Vec<&str> = shown.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(rules, ["error[root-rule]", "error[some-rule]", "warning[rare-rule]"]);
    assert!(out.contains("299 more about User: 299 some-rule\n"), "{out}");
    assert!(
        out.contains("301 errors, 1 warning in 1 entity (1 suppressed); 299 not shown: `--all` shows them")
    );
}

#[test]
fn a_line_of_a_megabyte_is_cut_around_what_is_marked() {
    use crate::frame::Frames;
    use alignment_model::TextRange;
    let text = format!("{}ä{{marked}}{}", "x".repeat(500_000), "y".repeat(500_000));
    let start = text.find("{marked}").unwrap();
    let at = TextRange::new(start, start + "{marked}".len());
    let frame = Frames::new(false).mistake("a.yaml", &text, at, "message", None);
    assert!(frame.len() < 1_000 && frame.contains("xxä{marked}yy"), "{frame}");
}
