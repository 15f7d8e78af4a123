//! Machine formats as other programs read them: several in one run, within the limits of those who show them, and with names and values
//! that try to break each of them. `tests/oracle/formats.py` holds the same output against the schemas of the formats.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::Stdio;

use alignment_report::FORMATS;
use serde_json::Value;

use crate::cli::{DRIFT, MIGRATION, MODELS, Ran, Repository, command, ended};

/// A repository with this many errors about as many columns.
fn repository_with_errors(errors: usize) -> Repository {
    let columns = |ty: &str| -> String {
        (0..errors).map(|at| format!("    c{at} = Column({ty}, nullable=True)\n")).collect()
    };
    let model = format!("{}{}", MODELS.replace("String\n", "String, Text\n"), columns("Text"));
    let migrated: String = (0..errors)
        .map(|at| format!("        sa.Column(\"c{at}\", sa.Integer(), nullable=True),\n"))
        .collect();
    let migration = format!(
        "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"a1\"\ndown_revision = None\n\n\ndef upgrade():\n    \
         op.create_table(\n        \"users\",\n        sa.Column(\"id\", sa.Integer(), primary_key=True),\n        \
         sa.Column(\"nickname\", sa.String(40), nullable=True),\n{migrated}    )\n"
    );
    Repository::new(&[("app/models.py", &model), ("alembic/versions/a1_users.py", &migration)])
}

/// File names and values that mean something to a terminal, Markdown, HTML, XML, a URI or a workflow command. A name of a file of a
/// Unix system may hold everything but `/` and NUL.
fn hostile_repository() -> Repository {
    let values = |text: &str| {
        let default = "nullable=True, server_default=\"\\0<script>x</script> ]]> %0A::error::|`\\x1b[31m\"";
        text.replace("nullable=True", default).replace("\"users\"", "\"::error file=x::|<b>`users\"")
    };
    let repository = Repository::new(&[("alembic/versions/a1_users.py", &values(MIGRATION))]);
    let models = values(MODELS);
    for name in ["a b\"'/m.py", "new\nline\r/m.py", "x|y`<script>%0A::error::/m.py", "::error::,line=1/m.py"]
    {
        repository.write(name, models.as_bytes());
    }
    repository
}

#[test]
fn the_audit_report_names_the_revision_that_is_checked_out() {
    let name = |digit: &str| digit.repeat(40);
    let told = |repository: &Repository| {
        let ran = repository.run(&["audit", "--output-format", "markdown"]);
        let line = ran.stdout.lines().find(|line| line.starts_with("The revision")).map(str::to_owned);
        line.unwrap_or_default()
    };
    let says = |digit: &str| format!("The revision that is checked out is `{}`.", name(digit));
    let repository = Repository::with_drift();
    assert_eq!(told(&repository), "", "outside of git");
    repository.write(".git/HEAD", b"ref: refs/heads/main\n");
    assert_eq!(told(&repository), "", "before the first commit");
    let packed = format!("# pack-refs\n{} refs/heads/not-main\n{} refs/heads/main\n", name("a"), name("b"));
    repository.write(".git/packed-refs", packed.as_bytes());
    assert_eq!(told(&repository), says("b"));
    repository.write(".git/refs/heads/main", format!("{}\n", name("c")).as_bytes());
    assert_eq!(told(&repository), says("c"));
    repository.write(".git/HEAD", format!("{}\n", name("d")).as_bytes());
    assert_eq!(told(&repository), says("d"));
    repository.write("linked/.git", b"gitdir: ../.git/worktrees/linked\n");
    repository.write("linked/m.py", b"x = 1\n");
    repository.write(".git/worktrees/linked/HEAD", b"ref: refs/heads/main\n");
    repository.write(".git/worktrees/linked/commondir", b"../..\n");
    let ran = repository.run(&["audit", "linked", "--output-format", "markdown"]);
    assert!(ran.stdout.contains(&says("c")), "{}", ran.stdout);
}

#[test]
fn the_summary_fits_a_comment() {
    let repository = repository_with_errors(600);
    let ran = repository.run(&["audit", "--output-format", "markdown", "--summary-only"]);
    assert!(ran.stdout.encode_utf16().count() <= 65_536);
    assert!(
        ran.stdout.contains("## What to do first") && ran.stdout.contains("more errors: the whole report")
    );
}

fn decoded(command: &str) -> (BTreeMap<String, String>, String) {
    let (head, message) = command.strip_prefix("::").unwrap().split_once("::").unwrap();
    let plain = |text: &str| text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
    let (level, properties) = head.split_once(' ').unwrap();
    let mut out: BTreeMap<String, String> = properties
        .split(',')
        .map(|property| property.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), plain(&value.replace("%3A", ":").replace("%2C", ","))))
        .collect();
    out.insert("level".to_owned(), level.to_owned());
    (out, plain(message))
}

#[test]
fn one_run_writes_several_formats() {
    let repository = Repository::with_drift();
    let ran = repository
        .run(&["check", "--output", "sarif=out.sarif", "--output", "text", "--output", "junit=a=b.xml"])
        .exits(1)
        .calm();
    assert_eq!(ran.stdout, repository.run(&["check"]).stdout);
    let read = |name: &str| fs::read_to_string(repository.0.join(name)).unwrap();
    assert_eq!(read("out.sarif"), repository.run(&["check", "--output-format", "sarif"]).stdout);
    assert!(read("a=b.xml").contains("<failure type=\"error\""));
    repository.run(&["check", "--output", "json", "--output-format", "text"]).exits(2);
    repository.run(&["check", "--output", "json=x", "--output", "text=x"]).exits(2);
}

#[test]
fn a_reader_who_leaves_takes_nothing_from_files_or_from_the_gate() {
    let repository = Repository::with_drift();
    let mut child = command(&repository.0, &["check", "--output", "text", "--output", "json=out.json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(1), ""));
    let report: Value =
        serde_json::from_str(&fs::read_to_string(repository.0.join("out.json")).unwrap()).unwrap();
    assert_eq!(report["summary"]["errors"], 1);
}

#[test]
fn one_file_that_cannot_be_written_does_not_stop_the_others() {
    let repository = Repository::with_drift();
    let ran =
        repository.run(&["check", "--output", "json=app", "--output", "sarif=out.sarif", "--output", "text"]);
    let ran = ran.exits(2).calm();
    assert_eq!(ran.stderr.trim_end(), "error: failed to write `app`: is a directory");
    assert!(ran.stdout.contains(DRIFT));
    assert!(repository.0.join("out.sarif").is_file());
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let repository = Repository::with_drift();
    repository.write("locked/inside", b"");
    let locked = repository.0.join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere.
    if fs::write(locked.join("probe"), "").is_err() {
        let ran = repository.run(&["audit", "--output", "json=locked/out"]).exits(2).calm();
        assert!(ran.stderr.contains("failed to write `locked/out`: permission denied"), "{}", ran.stderr);
    }
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
}

fn with_summary(repository: &Repository, before: &str) -> (Ran, String) {
    let file = repository.0.join("summary.md");
    fs::write(&file, before).unwrap();
    let mut command = command(&repository.0, &["check", "--output-format", "github"]);
    command.env("GITHUB_STEP_SUMMARY", &file);
    for (name, value) in
        [("GITHUB_SERVER_URL", "https://example.org"), ("GITHUB_REPOSITORY", "o/r"), ("GITHUB_SHA", "abc")]
    {
        command.env(name, value);
    }
    (ended(command), fs::read_to_string(file).unwrap())
}

#[test]
fn annotations_stay_within_the_limits_and_the_summary_has_the_rest() {
    let repository = repository_with_errors(500);
    let (ran, summary) = with_summary(&repository, "# Before\n");
    let ran = ran.exits(1).calm();
    let mut levels: BTreeMap<String, usize> = BTreeMap::new();
    for line in ran.stdout.lines().filter(|line| line.starts_with("::")) {
        let (properties, _) = decoded(line);
        assert!(repository.0.join(&properties["file"]).is_file(), "{line}");
        *levels.entry(properties["level"].clone()).or_default() += 1;
    }
    assert_eq!(levels["error"], 10);
    assert!(levels.values().all(|shown| *shown <= 10), "{levels:?}");
    let last = ran.stdout.lines().last().unwrap();
    assert!(last.starts_with("alignment: 500 errors") && last.contains(" of them not annotated"), "{last}");
    assert!(summary.starts_with("# Before\n## Alignment\n\n**500 errors"), "{}", &summary[..200]);
    assert_eq!(summary.lines().filter(|line| line.starts_with("- error ")).count(), 500);
    assert!(summary.contains("](https://example.org/o/r/blob/abc/app/models.py#L"), "{}", &summary[..900]);
}

#[test]
fn a_summary_fits_what_the_step_has_left() {
    let repository = repository_with_errors(500);
    let nearly_full = "x".repeat((1 << 20) - 3_000);
    let (_, summary) = with_summary(&repository, &nearly_full);
    assert!(summary.len() > nearly_full.len() && summary.len() <= 1 << 20, "{}", summary.len());
    assert!(summary.trim_end().ends_with("which did not fit"));
    let full = "x".repeat(1 << 20);
    assert_eq!(with_summary(&repository, &full).1, full);
}

#[test]
fn paths_start_at_the_root_of_the_repository() {
    let repository = Repository::with_drift();
    repository.write("service/.keep", b"");
    for part in ["app", "alembic"] {
        fs::rename(repository.0.join(part), repository.0.join("service").join(part)).unwrap();
    }
    fs::create_dir(repository.0.join(".git")).unwrap();
    let of = |format: &str| repository.run(&["audit", "service", "--output-format", format]).exits(0).stdout;
    let json: Value = serde_json::from_str(&of("json")).unwrap();
    assert_eq!(json["findings"][0]["ends"][0]["file"], "app/models.py", "JSON names files from the folder");
    let sarif: Value = serde_json::from_str(&of("sarif")).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "service/app/models.py");
    let gitlab: Value = serde_json::from_str(&of("gitlab")).unwrap();
    assert_eq!(gitlab[0]["location"]["path"], "service/app/models.py");
    let rdjson: Value = serde_json::from_str(&of("rdjson")).unwrap();
    assert_eq!(rdjson["diagnostics"][0]["location"]["path"], "service/app/models.py");
    assert!(of("github").starts_with("::error file=service/app/models.py,"), "{}", of("github"));
    assert!(of("junit").contains("service/app/models.py:"));
}

#[cfg(unix)]
#[test]
fn hostile_names_and_values_break_no_format() {
    let repository = hostile_repository();
    let of = |format: &str| {
        let ran = repository.run(&["audit", "--all", "--output-format", format]);
        assert_eq!(ran.code, Some(0), "{format}: {}", ran.stderr);
        ran.calm().stdout
    };
    let json: Value = serde_json::from_str(&of("json")).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let files = |finding: &Value| finding["ends"][0]["file"].as_str().unwrap().to_owned();
    let named: Vec<String> = findings.iter().map(files).collect();
    assert!(named.iter().any(|file| file == "new\nline\r/m.py"), "{named:?}");

    let sarif: Value = serde_json::from_str(&of("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    let github = of("github");
    let annotated: Vec<_> = github.lines().filter(|line| line.starts_with("::")).map(decoded).collect();
    assert!(!annotated.is_empty());
    for (properties, _) in &annotated {
        assert!(repository.0.join(&properties["file"]).is_file(), "{properties:?}");
    }
    // Whatever is not a command of ours must not be one of theirs.
    assert_eq!(github.lines().count(), annotated.len() + 1, "{github}");
    for format in ["gitlab", "rdjson"] {
        let _: Value = serde_json::from_str(&of(format)).unwrap();
    }
    for format in FORMATS {
        let out = of(format.name);
        assert!(!out.contains('\0') && !out.contains('\u{1b}'), "{}", format.name);
    }
    assert!(!of("junit").contains("<script>"));
    let page = of("markdown");
    assert!(page.contains("<script>"), "nothing to try");
    for cell in page.lines().flat_map(cells) {
        assert!(!without_code(&cell).contains("<script"), "lets markup through: {cell}");
    }
}

/// The cells of a line of a table, as GitHub splits them: before it looks at code. Any other line is one cell.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let last = cells.last_mut().unwrap();
        match character {
            '\\' => last.extend([Some('\\'), characters.next()].into_iter().flatten()),
            '|' if line.starts_with('|') => cells.push(String::new()),
            _ => last.push(character),
        }
    }
    cells
}

/// A text without its code spans (CommonMark 0.31, "Code spans"): from a run of backticks to the next run of the same length.
fn without_code(text: &str) -> String {
    let run = |text: &str| text.len() - text.trim_start_matches('`').len();
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('`') {
        // An escaped backtick opens nothing.
        let escaped = rest[..at].len() - rest[..at].trim_end_matches('\\').len();
        let length = if escaped % 2 == 1 { 0 } else { run(&rest[at..]) };
        out.push_str(&rest[..at]);
        rest = &rest[at + length.max(1)..];
        let closing = (0..rest.len())
            .filter(|at| rest.is_char_boundary(*at))
            .find(|at| length > 0 && !rest[..*at].ends_with('`') && run(&rest[*at..]) == length);
        rest = closing.map_or(rest, |at| &rest[at + length..]);
    }
    out + rest
}

#[cfg(unix)]
#[test]
fn names_that_are_not_unicode_are_read_and_written_all_the_same() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let repository = Repository::with_drift();
    let folder = repository.0.join(OsStr::from_bytes(b"caf\xe9"));
    // Some file systems refuse such names.
    if fs::create_dir(&folder).is_err() {
        return;
    }
    fs::write(folder.join("models.py"), MODELS.replace("users", "guests")).unwrap();
    for format in FORMATS {
        let ran = repository.run(&["audit", "--all", "--output-format", format.name]).exits(0).calm();
        assert!(ran.stdout.contains("users"), "{}", format.name);
    }
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let repository = Repository::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = repository.run(&["completions", shell]).exits(0).stdout;
        for word in ["audit", "completions", "output-format", "min-confidence"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
        // The others do not complete values.
        assert_eq!(script.contains("rdjson"), ["bash", "zsh", "fish"].contains(&shell), "{shell}");
    }
    let bash = repository.run(&["completions", "bash"]).stdout;
    let mut check = std::process::Command::new("bash");
    check.args(["-n", "-c", &bash]);
    if let Ok(output) = check.output() {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let page = repository.run(&["man"]).exits(0).stdout;
    assert!(page.contains(".TH alignment 1") && page.contains("alignment\\-audit(1)"), "{page}");
    let page = repository.run(&["man", "check"]).exits(0).stdout;
    assert!(page.contains(".TH alignment-check 1") || page.contains(".TH \"alignment-check\" 1"), "{page}");
    assert!(page.contains("\\-\\-fail\\-on"), "{page}");
}
