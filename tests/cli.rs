//! The command line as people and scripts meet it: exit codes, formats, messages, and input that no analyzer wants to see.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A folder of its own that disappears with the test.
pub(crate) struct Repository(pub(crate) PathBuf);

impl Repository {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("alignment-cli-{}-{number}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let repository = Self(root);
        for (path, text) in files {
            repository.write(path, text.as_bytes());
        }
        repository
    }

    /// A model whose nickname is text, and a migration that made it a number.
    pub(crate) fn with_drift() -> Self {
        Self::new(&[
            ("app/__init__.py", ""),
            ("app/models.py", MODELS),
            ("app/schemas.py", SCHEMAS),
            ("app/main.py", MAIN),
            ("alembic/versions/a1_users.py", MIGRATION),
        ])
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> &Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run_in(&self.0, arguments)
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) const MODELS: &str = "from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = \"users\"
    id = Column(Integer, primary_key=True)
    nickname = Column(String(40), nullable=True)
";

const SCHEMAS: &str = "from pydantic import BaseModel, ConfigDict


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    nickname: str | None
";

const MAIN: &str = "from fastapi import FastAPI

from app.models import User
from app.schemas import UserOut

app = FastAPI()


@app.get(\"/users/{user_id}\", response_model=UserOut)
def read_user(user_id: int) -> User:
    return User(id=user_id)
";

pub(crate) const MIGRATION: &str = "import sqlalchemy as sa
from alembic import op

revision = \"a1\"
down_revision = None


def upgrade():
    op.create_table(
        \"users\",
        sa.Column(\"id\", sa.Integer(), primary_key=True),
        sa.Column(\"nickname\", sa.Integer(), nullable=True),
    )
";

/// The migration that agrees with the model.
pub(crate) fn aligned() -> String {
    MIGRATION.replace("\"nickname\", sa.Integer()", "\"nickname\", sa.String(40)")
}

pub(crate) const DRIFT: &str = "column-type-drift";

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Every run ends without a panic message and without a bare control character.
    #[track_caller]
    pub(crate) fn calm(self) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(!all.contains("has a bug"), "{all}");
        assert!(all.chars().all(|c| c == '\n' || !c.is_control()), "{all:?}");
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("standard output is JSON")
    }
}

pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Ran {
    ended(command(folder, arguments))
}

/// Runs a command to its end.
pub(crate) fn ended(mut command: Command) -> Ran {
    let output = command.output().expect("the binary runs");
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alignment"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    // What the machine that runs the tests sets for its own run.
    for name in ["NO_COLOR", "GITHUB_STEP_SUMMARY", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"] {
        command.env_remove(name);
    }
    for name in ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] {
        command.env_remove(name);
    }
    command
}

fn shop() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop").display().to_string()
}

// ------------------------------------------------------------------------------------------------ exit codes

#[test]
fn audit_reads_and_check_gates() {
    let repository = Repository::with_drift();
    let audit = repository.run(&["audit"]).exits(0).calm();
    assert!(audit.stdout.contains(DRIFT), "{}", audit.stdout);
    repository.run(&["check"]).exits(1).calm();
    repository.run(&["check", "--fail-on", "never"]).exits(0);
    repository.run(&["audit", "--fail-on", "error"]).exits(1);
    repository.run(&["check", "--min-confidence", "declared"]).exits(0);
    repository.write("alembic/versions/a1_users.py", aligned().as_bytes());
    repository.run(&["check"]).exits(0).calm();
}

#[test]
fn what_cannot_run_exits_with_two_and_says_why() {
    let repository = Repository::with_drift();
    repository.write("file.txt", b"");
    let cases: [(&[&str], &str); 26] = [
        (&["audit", "no-such-folder"], "error: failed to read `no-such-folder`: no such file or directory"),
        (&["audit", "file.txt"], "error: failed to read `file.txt`: not a folder"),
        (&["audit", "--config", "none.yaml"], "error: failed to read `none.yaml`: no such file or directory"),
        (&["audit", "--output-file", "app"], "error: failed to write `app`: is a directory"),
        (&["audit", "--output-format", "jsn"], "a similar value exists: 'json'"),
        (&["audit", "--output-file", "no/out"], "error: failed to write `no/out`: no such file or directory"),
        (&["audit", "--output", "json=app"], "error: failed to write `app`: is a directory"),
        (&["audit", "--output", "jsn=out"], "unknown format `jsn`; did you mean `json`?"),
        (&["audit", "--output", "json="], "a file is missing after `json=`"),
        (
            &["audit", "--output", "json", "--output", "text"],
            "error: `json` and `text` both go to standard output",
        ),
        (&["man", "adit"], "help: did you mean `audit`?"),
        (&["audit", "--threads", "0"], "0 is not in 1..=1024"),
        (&["adit"], "a similar subcommand exists: 'audit'"),
        (&["rule", "schema-nulability-drift"], "help: did you mean `schema-nullability-drift`?"),
        (&["trace", "Usr"], "help: did you mean `User`?"),
        (&["impact", "users.nicknam"], "help: did you mean `users.nickname`?"),
        (&["graph", "--focus", "Usr"], "help: did you mean `User`?"),
        (&["graph", "--depth", "1"], "--focus <NAME>"),
        (&["graph", "--output-format", "mermad"], "a similar value exists: 'mermaid'"),
        (&["schema", "--at", "a2"], "help: did you mean `a1`?"),
        (&["schema", "--at", "zzzzzz"], "help: the newest is `a1`"),
        (&["schema", "--source", "nowhere"], "error: no source of the database layer is called `nowhere`"),
        (&["schema", "--output-format", "sq"], "a similar value exists: 'sql'"),
        (&["blame", "user"], "help: did you mean `users`?"),
        (&["blame", "users.nicknam"], "help: did you mean `users.nickname`?"),
        (&["schema", "app"], "error: nothing here declares a database"),
    ];
    for (arguments, message) in cases {
        let ran = repository.run(arguments).exits(2).calm();
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let repository = Repository::with_drift();
    for arguments in
        [&["audit", "--output-format", "json"][..], &["facts", "--output-format", "json"], &["rule", "--all"]]
    {
        let mut child =
            command(&repository.0, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

// ------------------------------------------------------------------------------------------------ formats

#[test]
fn every_format_of_the_table_is_written_to_standard_output_or_a_file() {
    let repository = Repository::with_drift();
    for format in alignment_report::FORMATS {
        let shown = repository.run(&["audit", "--output-format", format.name]).exits(0).calm();
        assert!(shown.stdout.contains(DRIFT), "{}", format.name);
        let filed =
            repository.run(&["audit", "--output-format", format.name, "--output-file", "out"]).exits(0);
        assert_eq!(filed.stdout, "");
        assert_eq!(fs::read_to_string(repository.0.join("out")).unwrap(), shown.stdout, "{}", format.name);
    }
}

#[test]
fn json_names_both_ends_and_the_way_between_them() {
    let report = Repository::with_drift().run(&["check", "--output-format", "json"]).exits(1).json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["summary"]["errors"], 1);
    let finding =
        report["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == DRIFT).unwrap();
    let files: Vec<&str> =
        finding["ends"].as_array().unwrap().iter().map(|end| end["file"].as_str().unwrap()).collect();
    assert!(files.contains(&"alembic/versions/a1_users.py") && files.contains(&"app/models.py"), "{files:?}");
    assert_eq!(finding["fingerprint"].as_str().unwrap().len(), 16);
    assert!(!finding["path"].as_array().unwrap().is_empty());
    assert!(finding["witness"].is_string());
}

#[test]
fn facts_trace_and_rule_answer_in_text_and_json() {
    let repository = Repository::with_drift();
    let facts = repository.run(&["facts", "--output-format", "json"]).exits(0).json();
    let names: Vec<&str> =
        facts["entities"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"User") && names.contains(&"UserOut"), "{names:?}");
    let facts = repository.run(&["facts"]).exits(0).calm();
    assert!(facts.stdout.contains("model User app/models.py:7\n"), "{}", facts.stdout);
    let trace = repository.run(&["trace", "User.nickname"]).exits(0).calm();
    assert!(trace.stdout.contains("UserOut.nickname"), "{}", trace.stdout);
    let trace = repository.run(&["trace", "User.nickname", "--output-format", "json"]).exits(0).json();
    assert_eq!(trace["hops"][0]["layer"], "db");
    let page = repository.run(&["rule", DRIFT]).exits(0).stdout;
    assert!(page.starts_with(&format!("# {DRIFT}\n")), "{page}");
    let all = repository.run(&["rule", "--all", "--output-format", "json"]).exits(0).json();
    assert!(all["rules"].as_array().unwrap().iter().any(|rule| rule["name"] == DRIFT));
}

#[test]
fn impact_answers_in_every_format_and_refuses_a_name_of_two_things() {
    let repository = Repository::with_drift();
    let text = repository.run(&["impact", "users.nickname"]).exits(0).calm().stdout;
    assert!(
        text.starts_with("database users.nickname  int4, nullable  alembic/versions/a1_users.py:12\n"),
        "{text}"
    );
    assert!(text.contains("\nDepends on it (3)\n  model\n    User.nickname"), "{text}");
    assert!(text.contains("    GET /users/{user_id}  app/main.py:10\n"), "{text}");
    assert!(!text.contains("Statements of SQL"), "{text}");
    let sql = "import db\n\ndef f():\n    db.execute('SELECT nickname FROM users')\n    db.execute('SELECT * FROM users')\n    db.execute('SELECT id FROM users')\n";
    repository.write("app/report.py", sql.as_bytes());
    for name in ["users.nickname", "User.nickname"] {
        let text = repository.run(&["impact", name]).exits(0).calm().stdout;
        let statements = "\nStatements of SQL (2)\n  app/report.py:4  SELECT names users.nickname\n  app/report.py:5  SELECT reads every column of the table, users.nickname too\n";
        assert!(text.ends_with(statements), "{text}");
    }
    let json = repository.run(&["impact", "users.nickname", "--output-format", "json"]).exits(0).json();
    assert_eq!(json["statements"][0]["verb"], "SELECT");
    assert_eq!(json["statements"][1]["naming"], "every_column");
    let page = repository.run(&["impact", "users.id", "--output-format", "markdown"]).exits(0).calm().stdout;
    assert!(page.ends_with("- [app/report.py:6](app/report.py#L6) SELECT names users.id\n"), "{page}");
    let markdown =
        repository.run(&["impact", "UserOut", "--output-format", "markdown"]).exits(0).calm().stdout;
    assert!(markdown.starts_with("# Impact of `UserOut`\n\nschema [app/schemas.py:4]"), "{markdown}");
    assert!(markdown.contains("\n## Rests on (2)\n\n### database (1)\n\n- `users` "), "{markdown}");
    let json = repository.run(&["impact", "GET /users/{user_id}", "--output-format", "json"]).exits(0).json();
    assert_eq!((&json["version"], &json["subject"]["layer"]), (&1.into(), &"api_route".into()));
    assert_eq!(json["foundations"][0]["name"], "users");
    assert_eq!(json["foundations"][0]["confidence"], "resolved");
    repository.write("app/other.py", MODELS.replace("users", "members").as_bytes());
    let refused = repository.run(&["impact", "User"]).exits(2).calm();
    assert!(refused.stderr.contains("`User` means 2 things that are not linked"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("name one of `app.models.User` (model), `app.other.User` (model)"),
        "{}",
        refused.stderr
    );
}

#[test]
fn every_format_of_the_graph_marks_the_drift_and_gives_the_same_bytes_twice() {
    let repository = Repository::with_drift();
    for format in alignment_report::diagram::DIAGRAM_FORMATS {
        let arguments = ["graph", "--output-format", format.name];
        let drawn = repository.run(&arguments).exits(0).calm().stdout;
        assert!(drawn.contains(DRIFT), "{}: {drawn}", format.name);
        assert_eq!(repository.run(&arguments).exits(0).stdout, drawn, "{}", format.name);
    }
    let near = repository.run(&["graph", "--focus", "users.nickname", "--depth", "1"]).exits(0).calm().stdout;
    assert!(near.contains("n0f0 -->|\"column-type-drift\"| n1f0\n"), "{near}");
    assert!(near.contains("left out: 2 entities farther away"), "{near}");
    assert!(!near.contains("UserOut"), "{near}");
}

/// Two trees of revisions that share an identifier, one of them with a rename and a drop.
fn repository_with_a_past() -> Repository {
    let revision = |id: &str, parent: &str, body: &str| {
        format!(
            "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"{id}\"\ndown_revision = {parent}\n\n\ndef upgrade():\n{body}"
        )
    };
    let make = "    op.create_table(\"parcel\", sa.Column(\"id\", sa.Integer, primary_key=True), sa.Column(\"mass\", sa.Text))\n";
    let rename = "    op.alter_column(\"parcel\", \"mass\", new_column_name=\"weight\")\n    op.create_table(\"scratch\", sa.Column(\"id\", sa.Integer))\n";
    let tidy = "    op.drop_table(\"scratch\")\n    op.drop_column(\"parcel\", \"weight\")\n";
    Repository::new(&[
        ("one/env.py", ""),
        ("one/versions/a.py", &revision("aa11", "None", make)),
        ("one/versions/b.py", &revision("ab22", "\"aa11\"", rename)),
        ("one/versions/c.py", &revision("cc33", "\"ab22\"", tidy)),
        ("two/env.py", ""),
        ("two/versions/a.py", &revision("aa11", "None", make)),
    ])
}

#[test]
fn the_schema_is_printed_at_any_revision() {
    let repository = repository_with_a_past();
    let at = |arguments: &[&str]| repository.run(&[&["schema"], arguments].concat()).exits(0).calm().stdout;
    let sql = at(&["--at", "ab"]);
    assert!(sql.contains("    weight text,\n") && sql.contains("CREATE TABLE scratch (\n"), "{sql}");
    let sql = at(&["--source", "one"]);
    assert!(sql.starts_with("-- one at revision cc33: 1 table,"), "{sql}");
    assert!(!sql.contains("weight") && !sql.contains("scratch"), "{sql}");
    let json: Value =
        serde_json::from_str(&at(&["--source", "one", "--at", "aa11", "--output-format", "json"])).unwrap();
    assert_eq!((&json["version"], &json["tables"][0]["columns"][1]["name"]), (&1.into(), &"mass".into()));
    assert!(at(&["--at", "cc33", "--output-format", "markdown"]).contains("## `parcel`\n"));
    for (arguments, message) in [
        (&["schema"][..], "error: there are 2 sources of the database layer"),
        (&["schema", "--at", "aa11"], "error: 2 sources have the revision `aa11`"),
        (&["schema", "--source", "one", "--at", "a"], "error: 2 revisions start with `a`"),
        (&["blame", "parcel"], "error: `parcel` means 2 things"),
    ] {
        let ran = repository.run(arguments).exits(2).calm();
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn blame_follows_names_and_remembers_what_is_no_more() {
    let repository = repository_with_a_past();
    let lines = |name: &str| {
        let ran = repository.run(&["blame", name, "--source", "one"]).exits(0).calm();
        ran.stdout.lines().skip(1).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let expected = [
        "aa11 (1/3)  table created  one/versions/a.py:9",
        "ab22 (2/3)  renamed from `mass`  one/versions/b.py:9",
        "cc33 (3/3)  dropped  one/versions/c.py:10",
    ];
    assert_eq!(lines("parcel.weight"), expected);
    assert_eq!(lines("parcel.mass"), expected);
    assert_eq!(lines("scratch").last().unwrap(), "cc33 (3/3)  dropped  one/versions/c.py:9");
    let json = repository
        .run(&["blame", "parcel.mass", "--source", "one", "--output-format", "json"])
        .exits(0)
        .json();
    assert_eq!(json["histories"][0]["present"], false);
    assert_eq!(json["histories"][0]["steps"].as_array().unwrap().len(), 3);
}

#[test]
fn colour_is_a_choice_and_never_in_files() {
    let repository = Repository::with_drift();
    let colored = |ran: &Ran| ran.stdout.contains('\u{1b}');
    assert!(!colored(&repository.run(&["audit"])), "standard output is no terminal here");
    assert!(colored(&repository.run(&["audit", "--color", "always"])));
    assert!(!colored(&repository.run(&["audit", "--color", "never"])));
    repository.run(&["audit", "--output-file", "out"]).exits(0);
    assert!(!fs::read_to_string(repository.0.join("out")).unwrap().contains('\u{1b}'));
}

// ------------------------------------------------------------------------------------------------ configuration

#[test]
fn the_configuration_is_found_upward_and_its_patterns_start_at_it() {
    let repository = Repository::with_drift();
    repository.write("alignment.yaml", b"exclude: [app/models.py]\n");
    repository.run(&["check"]).exits(0);
    run_in(&repository.0.join("app"), &["check"]).exits(0);
    let below = repository.run(&["facts", "app"]).exits(0).stdout;
    assert!(below.contains("UserOut") && !below.contains("model User"), "{below}");
    repository.write("alignment.yaml", b"exclude: [models]\n");
    repository.run(&["check"]).exits(1);
}

#[test]
fn rules_change_weight_and_ignores_need_to_match() {
    let repository = Repository::with_drift();
    repository.write("alignment.yaml", b"rules: {column-type-drift: warning}\n");
    repository.run(&["check"]).exits(0);
    repository.run(&["check", "--fail-on", "warning"]).exits(1);
    repository.write("alignment.yaml", b"rules: {column-type-drift: off}\n");
    assert!(!repository.run(&["audit"]).exits(0).stdout.contains(DRIFT));

    let ignore =
        "ignore:\n  - rule: column-type-drift\n    entity: User\n    reason: every nickname is set\n";
    repository.write("alignment.yaml", ignore.as_bytes());
    let report = repository.run(&["check", "--output-format", "json"]).exits(0).json();
    assert_eq!(report["suppressed"][0]["reason"], "every nickname is set");
    assert_eq!(report["suppressed"][0]["by"]["file"], "alignment.yaml");
    repository.write("alignment.yaml", ignore.replace("User", "Nobody").as_bytes());
    let unused = repository.run(&["check"]).exits(1);
    assert!(
        unused.stdout.contains("alignment.yaml:2:5: this ignore matches no finding"),
        "{}",
        unused.stdout
    );
    let ended = ignore.replace("reason:", "expires: 2020-01-31\n    reason:");
    repository.write("alignment.yaml", ended.as_bytes());
    let ended = repository.run(&["check"]).exits(1);
    assert!(
        ended.stdout.contains("this ignore ended on 2020-01-31; the 1 findings it covered are back"),
        "{}",
        ended.stdout
    );
}

#[test]
fn presets_say_what_is_shown_and_what_fails() {
    let repository = Repository::with_drift();
    repository.write("alignment.yaml", b"rules: {column-type-drift: info}\n");
    let quiet = repository.run(&["check"]).exits(0);
    assert!(!quiet.stdout.contains(DRIFT) && quiet.stdout.contains("left out"), "{}", quiet.stdout);
    assert!(repository.run(&["audit"]).exits(0).stdout.contains(DRIFT));
    assert!(repository.run(&["check", "--fail-on", "info"]).exits(1).stdout.contains(DRIFT));
    assert!(repository.run(&["check", "--preset", "audit"]).exits(0).stdout.contains(DRIFT));
    let json = repository.run(&["audit", "--preset", "ci", "--output-format", "json"]).exits(0).json();
    assert!(json["summary"]["left_out"].as_u64().is_some_and(|n| n > 0), "{}", json["summary"]);
    repository.write("alignment.yaml", b"preset: strict\nrules: {orm: info, column-type-drift: warning}\n");
    repository.run(&["check"]).exits(1);
    repository.run(&["check", "--preset", "default"]).exits(0);
}

#[test]
fn overrides_weigh_parts_of_the_code_otherwise() {
    let repository = Repository::with_drift();
    let with = |place: &str, weight: &str| {
        let text = format!("overrides:\n  - {place}\n    rules: {{column-type-drift: {weight}}}\n");
        repository.write("alignment.yaml", text.as_bytes());
    };
    with("paths: [app/models.py]", "off");
    assert!(!repository.run(&["check"]).exits(0).stdout.contains(DRIFT));
    with("entity: users", "warning");
    repository.run(&["check"]).exits(0);
    assert!(repository.run(&["audit"]).exits(0).stdout.contains(DRIFT));
    with("entity: Nobody", "off");
    let unused = repository.run(&["check"]).exits(1);
    assert!(
        unused.stdout.contains("alignment.yaml:2:5: this override matches no finding"),
        "{}",
        unused.stdout
    );
}

#[test]
fn init_writes_a_configuration_that_changes_nothing() {
    let repository = Repository::with_drift();
    let before = repository.run(&["audit", "--output-format", "json"]).exits(0).json();
    let shown = repository.run(&["init", "--print"]).exits(0).calm().stdout;
    repository.run(&["init"]).exits(0);
    let written = fs::read_to_string(repository.0.join("alignment.yaml")).unwrap();
    assert_eq!(written, shown);
    assert!(written.contains("alembic") && written.contains("preset: default"), "{written}");
    let after = repository.run(&["audit", "--output-format", "json"]).exits(0).json();
    assert_eq!((&before["findings"], &before["problems"]), (&after["findings"], &after["problems"]));
    let again = repository.run(&["init"]).exits(2);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    repository.run(&["init", "--force"]).exits(0);
}

#[test]
fn comments_silence_a_finding_with_a_reason_only() {
    let repository = Repository::with_drift();
    let column = "    nickname = Column(String(40), nullable=True)";
    let comment = |text: &str| MODELS.replace(column, &format!("{column}  # {text}"));
    repository.write("app/models.py", comment("alignment: ignore[column-type-drift] always set").as_bytes());
    repository.run(&["check"]).exits(0);
    repository.write("app/models.py", comment("alignment: ignore[column-type-drift]").as_bytes());
    let bare = repository.run(&["check"]).exits(1);
    assert!(bare.stdout.contains("a suppression needs a reason"), "{}", bare.stdout);
    repository
        .write("app/models.py", comment("alignment: ignore[schema-nullability-drift] never").as_bytes());
    let unused = repository.run(&["check"]).exits(1);
    assert!(
        unused.stdout.contains("this suppression of `schema-nullability-drift` silences no finding"),
        "{}",
        unused.stdout
    );
}

#[test]
fn mistakes_in_the_configuration_are_shown_in_place() {
    let repository = Repository::with_drift();
    repository.write("alignment.yaml", b"# ours\nexlude: [a]\n");
    let ran = repository.run(&["audit"]).exits(2).calm();
    for part in [
        "unknown key `exlude`",
        "alignment.yaml:2:1",
        "2 | exlude: [a]",
        "^^^^^^",
        "help: did you mean `exclude`?",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    repository
        .write("alignment.yaml", b"rules:\n  schema-nulability-drift: off\n  column-type-drift: maybe\n");
    let ran = repository.run(&["audit"]).exits(2).calm();
    for part in [
        "unknown rule `schema-nulability-drift`",
        "did you mean `schema-nullability-drift`?",
        "unknown severity `maybe`",
        "error: 2 mistakes in",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

// ------------------------------------------------------------------------------------------------ input

#[test]
fn an_empty_repository_says_what_was_looked_for() {
    let repository = Repository::new(&[]);
    let audit = repository.run(&["audit"]).exits(0).calm();
    assert!(audit.stdout.contains("looked for Alembic revisions"), "{}", audit.stdout);
    let check = repository.run(&["check"]).exits(2).calm();
    assert!(check.stderr.contains("nothing was checked: no layer was recognised"), "{}", check.stderr);
}

#[test]
fn a_declared_source_that_holds_nothing_is_no_passed_gate() {
    let config = "sources: [{name: main, kind: sql-schema, paths: [db/shema.sql]}]\n\
                  comparisons: [{left: main, right: other}]\n";
    let table = "create table a (x int);";
    let repository = Repository::new(&[("alignment.yaml", config), ("db/schema.sql", table)]);
    let ran = repository.run(&["check"]).exits(2).calm();
    assert!(ran.stderr.contains("the declared source `main` holds no table"), "{}", ran.stderr);
    assert!(ran.stdout.contains("source `main`: no file matches its paths"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("a comparison names the source `other`, which does not exist"),
        "{}",
        ran.stdout
    );
    repository.run(&["audit"]).exits(0).calm();
    repository.write("db/shema.sql", table.as_bytes());
    let ran = repository.run(&["check"]).exits(2).calm();
    assert!(ran.stderr.contains("the compared source `other` does not exist"), "{}", ran.stderr);
    repository.write("alignment.yaml", b"sources: [{name: main, kind: sql-schema, paths: [db/shema.sql]}]\n");
    repository.run(&["check"]).exits(0).calm();
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_is_analysed() {
    let repository = Repository::with_drift();
    repository.write("latin.py", b"# caf\xe9\n");
    repository.write("binary.py", b"\x7fELF\0\0\x01");
    repository.write("long.ts", &vec![b'x'; 50 << 20]);
    repository.write("bundle.ts", "export interface A { a: string }".repeat(10_000).as_bytes());
    let start = Instant::now();
    let ran = repository.run(&["check", "--all"]).exits(1).calm();
    assert!(start.elapsed() < Duration::from_secs(20));
    for part in [
        "`latin.py` was not read: it is not UTF-8 (line 1)",
        "`binary.py` was not read: it is a binary file",
        "`long.ts` was not read: it has 50 MB",
        "bundle.ts:1:1: the file looks like the output of a bundler; it is not read",
        DRIFT,
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[cfg(unix)]
#[test]
fn links_are_no_trap() {
    use std::os::unix::fs::symlink;
    let repository = Repository::with_drift();
    symlink(".", repository.0.join("app/itself")).unwrap();
    symlink("b.py", repository.0.join("a.py")).unwrap();
    symlink("a.py", repository.0.join("b.py")).unwrap();
    symlink("nowhere.py", repository.0.join("dangling.py")).unwrap();
    let ran = repository.run(&["check", "--all"]).exits(1).calm();
    assert!(
        ran.stdout.contains("`a.py` was not read: it is a link, and too many levels of symbolic links"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("`dangling.py` was not read: it is a link, and no such file"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains(DRIFT), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let repository = Repository::with_drift();
    repository.write("secret.py", b"x = 1\n").write("locked/inside.py", b"x = 1\n");
    for path in ["secret.py", "locked"] {
        fs::set_permissions(repository.0.join(path), fs::Permissions::from_mode(0o000)).unwrap();
    }
    // Root may read everything: then there is nothing to report, and nothing may break.
    let unreadable = fs::read(repository.0.join("secret.py")).is_err();
    let ran = repository.run(&["check", "--all"]).exits(1).calm();
    for path in ["`secret.py` was not read: permission denied", "`locked` was not read: permission denied"] {
        assert_eq!(ran.stdout.contains(path), unreadable, "{path}: {}", ran.stdout);
    }
    fs::set_permissions(repository.0.join("locked"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn code_of_others_is_not_read() {
    let repository = Repository::with_drift();
    for folder in ["node_modules/x", ".venv/lib", "env", "web/dist/lib", "build/lib", ".git/hooks", "ignored"]
    {
        repository.write(&format!("{folder}/models.py"), MODELS.replace("User", "Foreign").as_bytes());
    }
    repository.write("env/pyvenv.cfg", b"home = /usr\n");
    repository.write(".gitignore", b"ignored/\n");
    repository
        .write("app/build/__init__.py", b"")
        .write("app/build/models.py", MODELS.replace("User", "Own").as_bytes());
    let facts = repository.run(&["facts"]).exits(0).stdout;
    assert!(!facts.contains("Foreign"), "{facts}");
    assert!(facts.contains("model Own app/build/models.py:7"), "a package may be called build: {facts}");
}

#[test]
fn outside_a_git_repository_gitignore_counts_too() {
    let repository = Repository::with_drift();
    repository.write(".gitignore", b"app/models.py\n");
    repository.run(&["check"]).exits(0);
}

#[test]
fn strange_but_legal_projects_end_calmly() {
    let deep = format!("x = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000));
    let wide: String = (0..3_000).map(|n| format!("class C{n}(C{}):\n    a: int\n", n + 1)).collect();
    let cases: [(&str, Vec<(&str, String)>); 6] = [
        ("two classes of one name", vec![("a.py", format!("{MODELS}\n\n{}", MODELS.replace("40", "50")))]),
        (
            "imports in a circle",
            vec![
                ("a.py", "from b import *\nfrom b import Y\n\n\nclass X(Y): ...\n".into()),
                ("b.py", "from a import *\nfrom a import X\n\n\nclass Y(X): ...\n".into()),
                ("a.ts", "export * from './b'\nexport interface A extends B { x: A }\n".into()),
                ("b.ts", "export * from './a'\nexport interface B extends A { y: B }\n".into()),
            ],
        ),
        (
            "revisions in a circle",
            vec![
                ("alembic/versions/a.py", revision("a", "'b'")),
                ("alembic/versions/b.py", revision("b", "'a'")),
                ("alembic/versions/c.py", revision("c", "'missing'")),
                ("alembic/versions/c2.py", revision("c", "None")),
            ],
        ),
        ("nested without end", vec![("a.py", deep.clone()), ("a.ts", deep)]),
        ("a chain of bases", vec![("a.py", wide)]),
        (
            "names that break formats",
            vec![("a|b`<script>\u{1b}[31m.py", MODELS.into()), ("ü ü/ß.py", SCHEMAS.into())],
        ),
    ];
    for (what, files) in cases {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let repository = Repository::new(&files);
        let start = Instant::now();
        for format in alignment_report::FORMATS {
            let ran = repository.run(&["audit", "--all", "--output-format", format.name]);
            assert_eq!(ran.code, Some(0), "{what} as {}: {}", format.name, ran.stderr);
            ran.calm();
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{what} took {:?}", start.elapsed());
    }
}

fn revision(id: &str, parent: &str) -> String {
    format!(
        "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = '{id}'\ndown_revision = {parent}\n\n\ndef upgrade():\n    \
         op.create_table('t_{id}', sa.Column('id', sa.Integer(), primary_key=True))\n"
    )
}

// ------------------------------------------------------------------------------------------------ determinism

#[test]
fn threads_and_the_order_on_disk_change_nothing() {
    let shop = shop();
    for format in alignment_report::FORMATS {
        let with = |threads| {
            run_in(
                Path::new("."),
                &["audit", &shop, "--all", "--output-format", format.name, "--threads", threads],
            )
            .stdout
        };
        let one = with("1");
        assert!(one.len() > 200);
        assert_eq!(one, with("7"), "{}", format.name);
    }
}

#[test]
fn witness_tests_are_written_anew_and_never_over_what_is_not_ours() {
    let repository = Repository::with_drift();
    let first = repository.run(&["audit", "--witness-tests", "witness"]).exits(0);
    assert!(first.stderr.contains("wrote tests for "), "{}", first.stderr);
    let listed = || -> Vec<(PathBuf, String)> {
        let mut found: Vec<PathBuf> = ["witness", "witness/pytest"]
            .iter()
            .flat_map(|folder| fs::read_dir(repository.0.join(folder)).unwrap())
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .collect();
        found.sort();
        found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
    };
    let written = listed();
    let tests =
        || listed().into_iter().filter(|(path, _)| path.to_string_lossy().contains("test_column")).count();
    assert!(tests() > 0, "{written:?}");
    repository.run(&["audit", "--witness-tests", "witness"]).exits(0);
    assert_eq!(listed(), written);

    // What is mended has no test any more; a file of somebody else stays.
    repository.write("witness/pytest/mine.py", b"# mine\n");
    repository.write("alembic/versions/a1_users.py", b"");
    repository.write("app/models.py", b"");
    repository.run(&["audit", "--witness-tests", "witness"]).exits(0);
    assert_eq!(tests(), 0);
    assert!(repository.0.join("witness/pytest/mine.py").exists());

    let foreign = Repository::with_drift();
    foreign.write("witness/pytest/conftest.py", b"# mine\n");
    let refused = foreign.run(&["audit", "--witness-tests", "witness"]).exits(2);
    assert!(refused.stderr.contains("it is no file that `--witness-tests` wrote"), "{}", refused.stderr);
    assert!(!foreign.0.join("witness/README.md").exists());
    foreign.run(&["check", "--witness-tests", "witness"]).exits(2);
}

const TWO_TABLES: &str = "import sqlalchemy as sa
from alembic import op

revision = 'b1'
down_revision = None


def upgrade():
    op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('full_name', sa.String(40), nullable=False))
    op.create_table('outbox', sa.Column('id', sa.Integer(), primary_key=True))
";

/// An API in snake case, a client in camel case without a converter in sight, and a table that no model maps.
fn without_converter() -> Repository {
    Repository::new(&[
        ("app/__init__.py", ""),
        ("alembic/versions/b1_two.py", TWO_TABLES),
        (
            "app/models.py",
            "from sqlalchemy import String\nfrom sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\nclass User(Base):\n    __tablename__ = 'users'\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n    full_name: Mapped[str] = mapped_column(String(40))\n",
        ),
        (
            "app/main.py",
            "from fastapi import FastAPI\nfrom pydantic import BaseModel, ConfigDict\n\nfrom app.models import User\n\napp = FastAPI()\n\n\nclass UserOut(BaseModel):\n    model_config = ConfigDict(from_attributes=True)\n\n    id: int\n    full_name: str\n    user_id: int = 1\n    page_size: int = 1\n    last_page: int = 1\n\n\n@app.get('/me', response_model=UserOut)\ndef me(user: User) -> User:\n    return user\n",
        ),
        (
            "web/api/me.ts",
            "export interface Me {\n  id: number;\n  fullName: string;\n  userId: number;\n  pageSize: number;\n  lastPage: number;\n}\n\nexport const me = async (): Promise<Me> => (await fetch('/me')).json() as Promise<Me>;\n",
        ),
    ])
}

#[test]
fn mappings_declare_converters_and_what_is_internal() {
    let repository = without_converter();
    let rules = |ran: Ran| -> Vec<String> {
        let json = ran.exits(0).json();
        json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["rule"].as_str().unwrap().to_owned())
            .collect()
    };
    let audit = || repository.run(&["audit", "--output-format", "json"]);
    let before = rules(audit());
    for rule in ["field-case-mismatch", "table-not-in-models"] {
        assert!(before.iter().any(|one| one == rule), "{before:?}");
    }
    let proposed = repository.run(&["init", "--print"]).exits(0).calm().stdout;
    for line in ["#  - converter: camelCase", "#    paths: ['web/api/**']", "#  - internal: outbox"] {
        assert!(proposed.contains(line), "{proposed}");
    }
    repository.write(
        "alignment.yaml",
        b"mappings:\n  - converter: camelCase\n    paths: [web/api/**]\n    reason: the gateway converts\n  - internal: outbox\n    reason: read by a worker\n",
    );
    let after = rules(audit());
    for rule in ["field-case-mismatch", "table-not-in-models"] {
        assert!(!after.iter().any(|one| one == rule), "{after:?}");
    }
    assert_eq!(
        repository.run(&["audit", "--output-format", "json"]).exits(0).json()["problems"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn mappings_that_the_code_denies_are_told_with_their_place() {
    let repository = without_converter();
    repository.write(
        "alignment.yaml",
        b"mappings:
  - {converter: humps, paths: [web/api/**], reason: one}
  - {converter: camelcase-keys, paths: [web], reason: another}
  - {converter: humps, paths: [nowhere], reason: no call}
  - {internal: users, reason: is sent}
  - {internal: outbux, reason: a slip}
  - {internal: User, reason: is sent too}
  - {model: User, schema: UserOut, fields: {full_nam: user_id}}
",
    );
    let json = repository.run(&["audit", "--output-format", "json"]).exits(0).json();
    let told: Vec<(u64, &str)> = json["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["line"].as_u64().unwrap(), one["message"].as_str().unwrap()))
        .collect();
    for (line, part) in [
        (3, "this converter and another one (`humps`) name the same calls, among them that of `me`"),
        (4, "this converter names no file with a call"),
        (5, "this mapping of what is internal matches no finding"),
        (6, "no table, model or schema is called `outbux`; did you mean `outbox`?"),
        (7, "`User` is declared internal, and `GET /me` answers with `UserOut`, which is filled from it"),
        (8, "a mapping says that `full_nam` is `user_id` further up"),
    ] {
        assert!(told.iter().any(|(at, message)| *at == line && message.contains(part)), "{part}: {told:#?}");
    }
}
