//! What a comparison with a base says beside what is new: what is fixed, what can no longer be compared, what was kept back before, and
//! what each format carries of that.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;

use serde_json::Value;

use crate::cli::{DRIFT, MODELS, Repository};

/// `check --base HEAD` in a format; nothing fails.
#[track_caller]
fn against_head(repository: &Repository, format: &str) -> String {
    let arguments = ["check", "--base", "HEAD", "--fail-on", "never", "--output-format", format];
    repository.run(&arguments).exits(0).calm().stdout
}

fn compared(repository: &Repository) -> Value {
    let report: Value = serde_json::from_str(&against_head(repository, "json")).unwrap();
    report["comparison"].clone()
}

/// The aligned application with a drift, committed.
fn drifted() -> Repository {
    let repository = Repository::committed();
    repository.drifting().commit("drift");
    repository
}

/// The reasons why the drift of the base can no longer be seen; and the rules of what is fixed.
#[track_caller]
fn lost_and_fixed(repository: &Repository) -> (Vec<String>, Vec<String>) {
    let comparison = compared(repository);
    let lost = comparison["lost"].as_array().unwrap().iter().filter(|one| one["finding"]["rule"] == DRIFT);
    let fixed = comparison["fixed"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (lost.map(|one| text(&one["reason"])).collect(), fixed.map(|one| text(&one["rule"])).collect())
}

#[test]
fn what_is_no_longer_known_is_not_called_fixed() {
    let repository = drifted();
    let is_lost = |reason: &str| {
        let (lost, fixed) = lost_and_fixed(&repository);
        assert_eq!((lost, fixed.contains(&DRIFT.to_owned())), (vec![reason.to_owned()], false));
        repository.git(&["checkout", "--quiet", "."]);
    };
    // The file has a mistake.
    repository.write("app/models.py", MODELS.replace("class User(Base):", "class User(Base:").as_bytes());
    is_lost("`app/models.py` is no longer read whole");
    // The type is another library's.
    let typed = MODELS.replace("String(40)", "Name");
    repository.write("app/models.py", format!("from elsewhere import Name\n{typed}").as_bytes());
    is_lost("the type of `User.nickname` is not known");
    // The table is named by something that is not known.
    let named = MODELS.replace("= \"users\"", "= TABLE");
    repository.write("app/models.py", format!("from elsewhere import TABLE\n{named}").as_bytes());
    is_lost("nothing links `User` with `users`");
    // What a class has that is known only in part is not known to be missing.
    let column = "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"a3\"\ndown_revision = \"a2\"\n\n\n\
                  def upgrade():\n    op.add_column(\"users\", sa.Column(\"age\", sa.Integer()))\n";
    repository.write("alembic/versions/a3_age.py", column.as_bytes()).commit("a column");
    let mixed = MODELS.replace("class User(Base)", "class User(Mixin, Base)");
    repository.write("app/models.py", format!("from elsewhere import Mixin\n{mixed}").as_bytes());
    let lost = &compared(&repository)["lost"][0];
    assert_eq!(lost["finding"]["rule"], "column-not-in-models");
    assert_eq!(lost["reason"], "`User` is known only in part");
    // A migration changes a table that none makes: it is there, and nobody knows with what.
    repository.git(&["checkout", "--quiet", "."]);
    let tag =
        "\n\nclass Tag(Base):\n    __tablename__ = \"tags\"\n    id = Column(Integer, primary_key=True)\n";
    repository.write("app/models.py", format!("{MODELS}{tag}").as_bytes()).commit("no table for tags");
    let change = "from alembic import op\n\nrevision = \"a4\"\ndown_revision = \"a3\"\n\n\ndef upgrade():\n    \
                  op.alter_column(\"tags\", \"id\", nullable=False)\n";
    repository.write("alembic/versions/a4_change.py", change.as_bytes());
    let lost = &compared(&repository)["lost"][0];
    assert_eq!(lost["finding"]["rule"], "table-not-in-migrations");
    assert_eq!(lost["reason"], "table `tags` is known only in part");
    repository.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    repository.git(&["clean", "--quiet", "-d", "--force"]);
    let text = {
        repository.write("app/models.py", MODELS.replace("class User(Base):", "class User(Base:").as_bytes());
        against_head(&repository, "text")
    };
    let told = format!("no longer comparable[{DRIFT}]: app/models.py: ");
    assert!(
        text.contains(&told) && text.contains(" no longer comparable\n") && !text.contains("fixed["),
        "{text}"
    );
}

#[test]
fn what_is_mended_or_deleted_is_fixed() {
    let repository = drifted();
    let is_fixed = |how: &str| {
        let (lost, fixed) = lost_and_fixed(&repository);
        assert_eq!((lost, fixed.contains(&DRIFT.to_owned())), (Vec::new(), true), "{how}");
        repository.git(&["checkout", "--quiet", "."]);
    };
    repository.write("app/models.py", MODELS.replace("String(40)", "Integer").as_bytes());
    is_fixed("the type");
    repository.write(
        "app/models.py",
        MODELS.replace("    nickname = Column(String(40), nullable=True)\n", "").as_bytes(),
    );
    is_fixed("the field");
    fs::remove_file(repository.0.join("app/models.py")).unwrap();
    is_fixed("the file");
    repository.write(
        "alembic/versions/a3_drop.py",
        b"from alembic import op\n\nrevision = \"a3\"\ndown_revision = \"a2\"\n\n\ndef upgrade():\n    op.drop_table(\"users\")\n",
    );
    is_fixed("the table");
}

/// An application with five operations, and a document with some of them.
fn documented(names: &[&str]) -> String {
    let paths: Vec<String> = names
        .iter()
        .map(|name| {
            format!("\"/{name}\": {{\"get\": {{\"responses\": {{\"200\": {{\"description\": \"ok\"}}}}}}}}")
        })
        .collect();
    let info = "\"openapi\": \"3.1.0\", \"info\": {\"title\": \"t\", \"version\": \"1\"}";
    format!("{{{info}, \"paths\": {{{}}}}}", paths.join(", "))
}

#[test]
fn a_change_that_crosses_a_share_is_not_blamed_for_what_was_there() {
    let repository = Repository::committed();
    let names = ["a", "b", "c", "d", "e"];
    let operations: String = names
        .iter()
        .map(|name| format!("\n\n@app.get(\"/{name}\")\ndef read_{name}() -> int:\n    return 1\n"))
        .collect();
    repository.write(
        "app/main.py",
        format!("from fastapi import FastAPI\n\napp = FastAPI()\n{operations}").as_bytes(),
    );
    repository.write("openapi.json", documented(&names[..3]).as_bytes()).commit("three of five");
    repository.write("openapi.json", documented(&names[..4]).as_bytes());
    let audit = repository.run(&["audit", "--output-format", "json"]).exits(0).json();
    let stale = |report: &Value| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().any(|finding| finding["rule"] == "openapi-document-stale")
    };
    assert!(stale(&audit), "the fifth is an oversight now: {audit}");
    assert_eq!(compared(&repository)["new"], 0);
    // The other way it is no mending.
    repository.commit("four of five");
    repository.write("openapi.json", documented(&names[..3]).as_bytes());
    let comparison = compared(&repository);
    assert_eq!(comparison["fixed"], Value::Array(Vec::new()));
    assert_eq!(comparison["lost"][0]["finding"]["rule"], "openapi-document-stale");
    // What comes beside it is new, and only that.
    repository.commit("three of five again");
    repository.write("openapi.json", documented(&["a", "b", "c", "d", "x"]).as_bytes());
    let text = against_head(&repository, "text");
    assert!(text.contains("(new: `GET /x`) `openapi.json`"), "{text}");
}

#[test]
fn machine_formats_carry_what_they_can() {
    let repository = Repository::committed();
    // Known, fixed, lost and accepted: four columns that drift, and one more that comes.
    let names = ["kept", "mended", "hidden", "accepted", "fresh"];
    let columns = |types: [&str; 5]| -> String {
        names.iter().zip(types).map(|(name, ty)| format!("    {name} = Column({ty})\n")).collect()
    };
    let models = |types| format!("from elsewhere import Name\n{MODELS}{}", columns(types));
    let migrated: String = names
        .iter()
        .map(|name| format!("    op.add_column(\"users\", sa.Column(\"{name}\", sa.Integer()))\n"))
        .collect();
    repository.write("app/models.py", models(["String", "String", "String", "String", "Integer"]).as_bytes());
    repository.write(
        "alembic/versions/a2_more.py",
        format!("import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"a2\"\ndown_revision = \"a1\"\n\n\ndef upgrade():\n{migrated}").as_bytes(),
    );
    repository.commit("base");
    let after = models(["String", "Integer", "Name", "String", "String"]);
    let accepted = after.replace(
        "    accepted =",
        "    # alignment: ignore[column-type-drift] on its way out\n    accepted =",
    );
    repository.write("app/models.py", accepted.as_bytes());

    let sarif: Value = serde_json::from_str(&against_head(&repository, "sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["baselineState"].is_string()), "all have a state or none");
    let state = |name: &str| {
        let is_it = |result: &&Value| {
            result["ruleId"] == DRIFT && result["message"]["text"].to_string().contains(name)
        };
        let result = results.iter().find(is_it).unwrap_or_else(|| panic!("no result for {name}"));
        (
            result["baselineState"].as_str().unwrap(),
            result["kind"].as_str(),
            result["suppressions"].is_array(),
        )
    };
    assert_eq!(state("fresh"), ("new", None, false));
    assert_eq!(state("kept"), ("unchanged", None, false));
    assert_eq!(state("mended"), ("absent", None, false));
    assert_eq!(state("hidden"), ("absent", Some("open"), false));
    assert_eq!(state("accepted"), ("unchanged", None, true));
    let audit: Value =
        serde_json::from_str(&repository.run(&["audit", "--output-format", "sarif"]).exits(0).stdout)
            .unwrap();
    assert_eq!(audit["runs"][0]["results"][0]["baselineState"], Value::Null);

    let junit = against_head(&repository, "junit");
    let case = |name: &str| {
        let start = format!("<testcase name=\"User.{name} ");
        junit
            .lines()
            .find(|line| line.contains(&start))
            .unwrap_or_else(|| panic!("no case for {name}: {junit}"))
    };
    assert!(case("fresh").contains("<failure "), "{junit}");
    assert!(case("kept").contains("<skipped type=\"known\" "), "{junit}");
    assert!(case("mended").contains("><system-out>fixed: "), "{junit}");
    assert!(
        case("hidden").contains("<skipped type=\"lost\" message=\"no longer comparable: the type of"),
        "{junit}"
    );
    assert!(case("accepted").contains("<skipped type=\"suppressed\" "), "{junit}");

    // GitLab compares the reports itself; what else takes a report only adds what it is told.
    let gitlab = against_head(&repository, "gitlab");
    assert!(gitlab.contains("User.kept") && !gitlab.contains("User.mended"), "{gitlab}");
    let rdjson = against_head(&repository, "rdjson");
    assert!(rdjson.contains("User.fresh") && !rdjson.contains("User.kept"), "{rdjson}");
    let github = against_head(&repository, "github");
    assert!(github.lines().last().unwrap().ends_with("1 is fixed, 1 is no longer comparable"), "{github}");
    let comment = against_head(&repository, "pr-comment");
    assert!(comment.contains("<summary>Fixed (1)</summary>"), "{comment}");
    assert!(comment.contains("<summary>No longer comparable (1)</summary>"), "{comment}");
    let page = against_head(&repository, "html");
    for title in ["[\"fixed\",[", "[\"no longer comparable\",[", "[\"suppressed\",["] {
        assert!(page.contains(title), "{title}");
    }
    assert!(page.contains("on its way out"), "why it is accepted");
}
