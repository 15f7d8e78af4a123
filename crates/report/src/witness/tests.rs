//! What is written for a finding, whatever its texts are.

use alignment_model::FileId;
use alignment_model::proof::{ClientType, PythonClass};

use super::*;
use crate::sample;

const FOLDER: &str = "tests/witness";

fn error(sources: &Sources, proof: Option<Proof>) -> Finding {
    Finding { proof, ..sample::finding(sources, "some-rule", Severity::Error, true) }
}

fn tests(proofs: &[Option<Proof>]) -> WitnessTests {
    let sources = Sources::new(vec![
        alignment_model::SourceFile { path: "backend/app/models.py".into(), text: "".into() },
        alignment_model::SourceFile { path: "web/src/types.ts".into(), text: "".into() },
        alignment_model::SourceFile { path: "web/tsconfig.json".into(), text: "{}".into() },
    ]);
    let findings: Vec<Finding> =
        proofs.iter().map(|proof| error(&sample::sources(), proof.clone())).collect();
    let place = TestFolder { to_root: "../..".into(), from_root: FOLDER.into() };
    witness_tests(&findings, &sources, &place)
}

fn class(module: &str) -> PythonClass {
    PythonClass { module: module.into(), name: "User".into(), file: FileId::new(0) }
}

#[test]
fn what_has_no_proof_to_try_is_listed_with_the_reason() {
    let missing = Proof::Tables { models: vec![class("other.models")] };
    let tests = tests(&[None, Some(missing)]);
    assert_eq!((tests.written, tests.unwritten.len(), tests.files.len()), (0, 2, 1));
    assert!(tests.unwritten[1].1.contains("`other.models` is not the module of `backend/app/models.py`"));
    assert!(tests.files["README.md"].contains("Not written:"));
}

#[test]
fn every_file_is_marked_and_two_findings_of_one_thing_have_two() {
    let table = Some(Proof::Tables { models: vec![class("app.models")] });
    let ty = ClientType { file: FileId::new(1), name: "User".into() };
    let answer = Proof::Answer { client: ty, properties: vec![("na\"me".into(), None)] };
    let tests = tests(&[table.clone(), table, Some(answer)]);
    assert_eq!(tests.written, 3);
    for (path, text) in &tests.files {
        assert!(COMMENTS.iter().any(|sign| text.starts_with(&format!("{sign}{MARK}"))), "{path}: {text}");
        assert!(text.chars().all(|letter| !letter.is_control() || letter == '\n'), "{path}: {text:?}");
    }
    let python = tests.files.keys().filter(|path| path.starts_with("pytest/test_")).count();
    assert_eq!(python, 2);
    let client = tests.files.iter().find(|(path, _)| path.ends_with(".test-d.ts")).unwrap().1;
    assert!(client.contains("from \"../../../../web/src/types\""), "{client}");
    assert!(client.contains(r#"Pick<User, keyof User & ("na\"me")> = {};"#), "{client}");
    let settings = &tests.files["vitest/web/tsconfig.json"];
    assert!(settings.contains("\"extends\": \"../../../../web/tsconfig.json\""), "{settings}");
    assert!(tests.files["pytest/alignment_witness.py"].contains("joinpath(\"../../..\")"));
}
