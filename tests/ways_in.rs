//! The ways into a project: the shell part of the GitHub Action and the hook of pre-commit, run as those programs run them.
//! `tests/oracle/run.sh` holds their YAML against the schemas of GitHub, GitLab and pre-commit.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::{DRIFT, MODELS, Ran, Repository, ended};
use crate::kit::root;

/// Runs a shell line with `alignment` on the PATH.
fn shell(repository: &Repository, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let programs = Path::new(env!("CARGO_BIN_EXE_alignment")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(arguments).current_dir(&repository.0).env("PATH", path);
    command.env_remove("GITHUB_STEP_SUMMARY").envs(variables.iter().copied());
    ended(command)
}

fn action(repository: &Repository, fail_on: &str, path: &str) -> (Ran, String) {
    let script = root().join("action/check.sh").display().to_string();
    let output = repository.0.join("output");
    fs::write(&output, "").unwrap();
    let ran = shell(
        repository,
        &[&script],
        &[
            ("ALIGNMENT_PATH", path),
            ("ALIGNMENT_FAIL_ON", fail_on),
            ("ALIGNMENT_MIN_CONFIDENCE", "guessed"),
            ("ALIGNMENT_SARIF_FILE", "alignment.sarif"),
            ("GITHUB_OUTPUT", &output.display().to_string()),
        ],
    );
    (ran, fs::read_to_string(output).unwrap())
}

fn results(repository: &Repository) -> Vec<Value> {
    let text = fs::read_to_string(repository.0.join("alignment.sarif")).unwrap();
    let log: Value = serde_json::from_str(&text).unwrap();
    log["runs"][0]["results"].as_array().unwrap().clone()
}

#[cfg(unix)]
#[test]
fn the_action_annotates_gates_and_uploads_what_counts() {
    let has_jq = Command::new("jq").arg("--version").output().is_ok();
    if !has_jq {
        return;
    }
    let repository = Repository::with_drift();
    let (ran, output) = action(&repository, "error", ".");
    let ran = ran.exits(1);
    assert!(ran.stdout.starts_with("::error file=") && ran.stdout.contains(DRIFT), "{}", ran.stdout);
    assert_eq!(output, "sarif-file=alignment.sarif\n");
    assert!(results(&repository).iter().any(|result| result["ruleId"] == DRIFT));
    action(&repository, "never", ".").0.exits(0);

    let accepted =
        MODELS.replace("nullable=True)", "nullable=True)  # alignment: ignore[column-type-drift] kept");
    repository.write("app/models.py", accepted.as_bytes());
    action(&repository, "error", ".").0.exits(0);
    assert!(
        results(&repository).iter().all(|result| result["ruleId"] != DRIFT),
        "a suppressed finding is no alert"
    );

    let (ran, output) = action(&repository, "error", "nowhere");
    ran.exits(2);
    assert_eq!(output, "", "a check that could not run uploads nothing");
}

#[cfg(unix)]
#[test]
fn the_hook_of_pre_commit_is_a_command_that_gates() {
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let entry = hooks.lines().find_map(|line| line.trim().strip_prefix("entry: ")).unwrap();
    let repository = Repository::with_drift();
    let ran = shell(&repository, &["-c", entry], &[]).exits(1);
    assert!(ran.stdout.contains(DRIFT), "{}", ran.stdout);
}
