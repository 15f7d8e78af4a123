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
            ("ALIGNMENT_COMMENT_FILE", "comment.md"),
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
    assert_eq!(output, "sarif-file=alignment.sarif\ncomment-file=comment.md\n");
    let comment = fs::read_to_string(repository.0.join("comment.md")).unwrap();
    assert!(comment.starts_with("<!-- alignment -->\n") && comment.contains(DRIFT), "{comment}");
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
fn the_action_keeps_one_comment() {
    use std::os::unix::fs::PermissionsExt as _;

    let repository = Repository::with_drift();
    repository.write("comment.md", b"<!-- alignment -->\n### Alignment: no drift\n");
    let script = root().join("action/comment.sh").display().to_string();
    // Answers as GitHub's own `gh` does, and notes what it is asked.
    let answers = |comment: &str| {
        let gh = format!(
            "#!/bin/sh\necho \"$*\" >>asked\ncase \"$*\" in *--paginate*) echo '{comment}' ;; esac\n"
        );
        repository.write("bin/gh", gh.as_bytes());
        fs::set_permissions(repository.0.join("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
        let _ = fs::remove_file(repository.0.join("asked"));
        let line = format!("PATH=\"$PWD/bin:$PATH\" bash {script}");
        let variables = [
            ("ALIGNMENT_COMMENT_FILE", "comment.md"),
            ("ALIGNMENT_PULL_REQUEST", "7"),
            ("GITHUB_REPOSITORY", "o/r"),
        ];
        shell(&repository, &["-c", &line], &variables).exits(0);
        fs::read_to_string(repository.0.join("asked")).unwrap()
    };
    let first = answers("");
    assert!(first.contains("--method POST repos/o/r/issues/7/comments --field body=@comment.md"), "{first}");
    let again = answers("42");
    assert!(
        again.contains("--method PATCH repos/o/r/issues/comments/42 --field body=@comment.md"),
        "{again}"
    );
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
