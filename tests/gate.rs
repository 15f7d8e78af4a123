//! The gate on real repositories of git, made in folders of their own: what a change brings, what merely moved, and what git cannot
//! give.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cli::{DRIFT, MODELS, Ran, Repository, aligned, command, ended};

/// Runs git, apart from the settings of the user and the machine.
#[track_caller]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

impl Repository {
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.0, arguments)
    }

    /// The aligned application in one commit on `main`.
    pub(crate) fn committed() -> Self {
        let repository = Self::with_drift();
        repository.write("alembic/versions/a1_users.py", aligned().as_bytes());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit("start");
        repository
    }

    pub(crate) fn commit(&self, message: &str) -> &Self {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self
    }

    /// A migration that makes the nickname a number, which no model says.
    pub(crate) fn drifting(&self) -> &Self {
        self.write("alembic/versions/a2_number.py", revision("a2", "a1", "users", "nickname").as_bytes())
    }
}

/// A revision that changes a column's type to a number.
fn revision(id: &str, down: &str, table: &str, column: &str) -> String {
    format!(
        "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"{id}\"\ndown_revision = \"{down}\"\n\n\n\
         def upgrade():\n    op.alter_column(\"{table}\", \"{column}\", type_=sa.Integer())\n"
    )
}

/// A revision that changes nothing.
fn empty_revision(id: &str, down: &str) -> String {
    format!("revision = \"{id}\"\ndown_revision = \"{down}\"\n\n\ndef upgrade():\n    pass\n")
}

#[track_caller]
fn says(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.stderr.contains(part), "lacks {part:?}: {}", ran.stderr);
    }
}

// ------------------------------------------------------------------------------------------------ what is new

#[test]
fn a_drift_in_a_file_that_the_change_does_not_touch_is_new() {
    let repository = Repository::committed();
    repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    let ran = repository.drifting().run(&["check", "--base", "HEAD"]).exits(1).calm();
    assert!(ran.stdout.contains(DRIFT) && ran.stdout.contains("app/models.py"), "{}", ran.stdout);
    assert!(ran.stdout.contains("in the work tree against HEAD ("), "{}", ran.stdout);
    repository.run(&["check", "--base", "HEAD", "--fail-on", "never"]).exits(0);
    let report = repository
        .commit("drift")
        .run(&["check", "--base", "HEAD^", "--output-format", "json"])
        .exits(1)
        .json();
    assert_eq!(report["findings"][0]["rule"], DRIFT);
    let comparison = &report["comparison"];
    assert_eq!(comparison["new"], 1);
    assert_eq!(comparison["base"]["name"], "HEAD^");
    assert_eq!(comparison["base"]["commit"], repository.git(&["rev-parse", "HEAD^"]).trim());
    assert_eq!(comparison["head"]["commit"], serde_json::Value::Null);
}

#[test]
fn what_was_there_is_counted_and_what_is_mended_is_told() {
    let repository = Repository::committed();
    repository.drifting().commit("drift");
    repository.write("app/notes.py", b"x = 1\n");
    let ran = repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    assert!(
        ran.stdout.contains("no new drift in the work tree") && !ran.stdout.contains(DRIFT),
        "{}",
        ran.stdout
    );
    repository.write("app/models.py", MODELS.replace("String(40)", "Integer").as_bytes());
    repository.write("app/schemas.py", b"from pydantic import BaseModel\n\n\nclass UserOut(BaseModel):\n    id: int\n    nickname: int | None\n");
    let ran = repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    assert!(ran.stdout.contains(&format!("fixed[{DRIFT}]: app/models.py: ")), "{}", ran.stdout);
    let report = repository.run(&["check", "--base", "HEAD", "--output-format", "json"]).exits(0).json();
    let fixed: Vec<_> =
        report["comparison"]["fixed"].as_array().unwrap().iter().map(|one| &one["rule"]).collect();
    assert!(fixed.contains(&&DRIFT.into()), "{fixed:?}");
    let markdown =
        repository.run(&["check", "--base", "HEAD", "--output-format", "markdown"]).exits(0).calm();
    assert!(markdown.stdout.starts_with("# Alignment check\n\nNo new drift."), "{}", markdown.stdout);
    assert!(markdown.stdout.contains("\n## Fixed ("), "{}", markdown.stdout);
}

#[test]
fn what_a_half_done_merge_hid_was_there_before() {
    let repository = Repository::committed();
    let broken = MODELS.replace(
        "    nickname = Column(String(40), nullable=True)\n",
        "<<<<<<< ours\n    nickname = Column(String(40), nullable=True)\n=======\n    nickname = (\n>>>>>>> theirs\n",
    );
    repository.drifting().write("app/models.py", broken.as_bytes());
    repository.commit("half a merge");
    let hidden = repository.run(&["audit", "--output-format", "json"]).exits(0).json();
    assert!(!hidden["findings"].to_string().contains(DRIFT), "the markers hide the drift");
    repository.write("app/models.py", MODELS.as_bytes());
    let ran = repository.run(&["check", "--base", "HEAD"]).exits(0);
    assert!(ran.stdout.contains("no new drift") && !ran.stdout.contains(DRIFT), "{}", ran.stdout);
    // A fault that is no merge is mended, and what it hid is seen for the first time.
    repository.write(
        "app/models.py",
        broken.replace("<<<<<<< ours", "(((").replace(">>>>>>> theirs", ")").as_bytes(),
    );
    repository.commit("a fault").write("app/models.py", MODELS.as_bytes());
    repository.run(&["check", "--base", "HEAD"]).exits(1);
}

#[test]
fn what_moved_is_not_new() {
    let repository = Repository::committed();
    repository.drifting().commit("drift");
    // Lines move, the models go to another module, all of it to another folder, and a revision file gets another name.
    repository.git(&["mv", "app/models.py", "app/tables.py"]);
    repository.write("app/tables.py", format!("# A comment.\n\n\n{MODELS}").as_bytes());
    let main = fs::read_to_string(repository.0.join("app/main.py")).unwrap();
    repository.write("app/main.py", main.replace("app.models", "app.tables").as_bytes());
    repository.git(&["mv", "alembic/versions/a2_number.py", "alembic/versions/2024_number.py"]);
    let moved = repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    assert!(moved.stdout.contains("no new drift"), "{}", moved.stdout);
    assert!(moved.stdout.contains("0 are fixed"), "{}", moved.stdout);
    repository.commit("move");
    fs::create_dir_all(repository.0.join("backend")).unwrap();
    repository.git(&["mv", "app", "backend/app"]);
    repository.git(&["mv", "alembic", "backend/alembic"]);
    repository.commit("move again");
    for base in ["HEAD^", "HEAD^^"] {
        let moved = repository.run(&["check", "--base", base, "--head", "HEAD"]).exits(0).calm();
        assert!(moved.stdout.contains("0 are fixed"), "{base}: {}", moved.stdout);
    }
}

#[test]
fn of_a_list_that_grows_the_new_member_is_told() {
    let repository = Repository::committed();
    let columns = |names: &[&str]| -> String {
        names.iter().map(|name| format!("        sa.Column(\"{name}\", sa.Integer()),\n")).collect()
    };
    let table = |names: &[&str]| {
        let first = "sa.Column(\"nickname\", sa.String(40), nullable=True),\n";
        aligned().replace(first, &format!("{first}{}", columns(names)))
    };
    let names = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];
    repository.write("alembic/versions/a1_users.py", table(&names).as_bytes()).commit("unmapped columns");
    repository.write("alembic/versions/a1_users.py", table(&names[..7]).as_bytes());
    let fewer = repository.run(&["check", "--base", "HEAD", "--fail-on", "info"]).exits(0).calm();
    assert!(fewer.stdout.contains("no new drift"), "{}", fewer.stdout);
    let more = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"];
    repository.write("alembic/versions/a1_users.py", table(&more).as_bytes());
    let grown = repository.run(&["check", "--base", "HEAD", "--fail-on", "warning"]).exits(1).calm();
    assert!(grown.stdout.contains("(new: `users.c9`)"), "{}", grown.stdout);
}

// ------------------------------------------------------------------------------------------------ which states

#[test]
fn two_revisions_are_compared_without_the_work_tree() {
    let repository = Repository::committed();
    repository.drifting().commit("drift");
    repository.write("app/models.py", b"class Broken(\n");
    let arguments = ["check", "--base", "HEAD^", "--head", "main"];
    let ran = repository.run(&arguments).exits(1).calm();
    assert!(ran.stdout.contains(DRIFT) && ran.stdout.contains("in main ("), "{}", ran.stdout);
    repository.run(&["check", "--base", "main", "--head", "HEAD^"]).exits(0);
    repository.run(&["check", "--head", "HEAD^"]).exits(0);
    repository.run(&["check", "--head", "HEAD"]).exits(1);
    // A bare repository has no more than that.
    let bare = Repository::new(&[]);
    git(&bare.0, &["clone", "--quiet", "--bare", repository.0.to_str().unwrap(), "x.git"]);
    let ran = bare.run(&["check", "x.git", "--base", "main^", "--head", "main"]).exits(1).calm();
    assert!(ran.stdout.contains(DRIFT), "{}", ran.stdout);
    says(
        &bare.run(&["check", "x.git"]).exits(2).calm(),
        &["error: nothing was checked", "help: this is a bare repository, without files"],
    );
    says(
        &bare.run(&["check", "x.git", "--base", "main^"]).exits(2).calm(),
        &["error: this is a bare repository", "help: name what is to be judged: `--head REV`"],
    );
}

#[test]
fn what_is_staged_is_judged_and_nothing_else() {
    let repository = Repository::committed();
    repository.drifting();
    repository.run(&["check", "--staged"]).exits(0).calm();
    repository.git(&["add", "--all"]);
    repository.write("alembic/versions/a2_number.py", b"broken (\n");
    let ran = repository.run(&["check", "--staged"]).exits(1).calm();
    assert!(ran.stdout.contains("in the index against HEAD ("), "{}", ran.stdout);
    // As a hook runs it: with an index of its own, named relative to the folder in which the hook runs.
    repository.git(&["reset", "--quiet"]);
    repository.git(&["add", "alembic"]);
    let mut hook = command(&repository.0, &["check", "app", "--staged"]);
    hook.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", ".git/index");
    let ran = ended(hook).exits(0).calm();
    assert!(
        ran.stdout.contains("1 model") && !ran.stdout.contains("table"),
        "only the folder: {}",
        ran.stdout
    );
}

#[test]
fn the_first_commit_is_compared_with_nothing() {
    let repository = Repository::with_drift();
    repository.git(&["init", "--quiet"]);
    says(
        &repository.run(&["check", "--base", "HEAD"]).exits(2).calm(),
        &["error: the repository has no commit yet", "help: run `alignment check` without `--base`"],
    );
    says(&repository.run(&["check", "--base", "auto"]).exits(2).calm(), &["has no commit yet"]);
    repository.git(&["add", "--all"]);
    let ran = repository.run(&["check", "--staged"]).exits(1).calm();
    assert!(ran.stdout.contains("against nothing"), "{}", ran.stdout);
}

#[test]
fn a_merge_is_judged_before_it_is_made() {
    let repository = Repository::committed();
    let versions = "alembic/versions";
    repository.git(&["switch", "--quiet", "--create", "feature"]);
    repository.write(&format!("{versions}/b1.py"), empty_revision("b1", "a1").as_bytes()).commit("b1");
    repository.run(&["check", "--base", "main"]).exits(0);
    repository.git(&["switch", "--quiet", "main"]);
    repository.write(&format!("{versions}/c1.py"), empty_revision("c1", "a1").as_bytes()).commit("c1");
    repository.run(&["check", "--base", "HEAD^"]).exits(0);
    let objects = || repository.git(&["count-objects"]);
    let before = objects();
    let merge = ["check", "--base", "main", "--merge", "--head", "feature"];
    let ran = repository.run(&merge).exits(1).calm();
    assert!(ran.stdout.contains("migration-multiple-heads"), "{}", ran.stdout);
    assert!(ran.stdout.contains("in the merge of feature into main against main ("), "{}", ran.stdout);
    assert_eq!(objects(), before, "nothing was written to the repository");
    // A column that one side drops and the other begins to use.
    repository.git(&["switch", "--quiet", "feature"]);
    repository.run(&["check", "--base", "auto", "--merge"]).exits(1);
    repository.write("app/models.py", format!("{MODELS}# feature\n").as_bytes()).commit("models");
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("app/models.py", format!("{MODELS}# main\n").as_bytes()).commit("models");
    let conflict = repository.run(&merge).exits(2).calm();
    says(
        &conflict,
        &["error: merging `feature` into `main` has conflicts in `app/models.py`", "help: merge or rebase"],
    );
}

#[test]
fn auto_is_the_merge_base_with_the_default_branch_or_what_ci_says() {
    let origin = Repository::committed();
    let clone = Repository::new(&[]);
    let url = format!("file://{}", origin.0.display());
    git(&clone.0, &["clone", "--quiet", &url, "x"]);
    let folder = clone.0.join("x");
    git(&folder, &["switch", "--quiet", "--create", "feature"]);
    // What happens to the default branch meanwhile is not this change's.
    origin.drifting().commit("drift on main");
    git(&folder, &["fetch", "--quiet"]);
    let run = |arguments: &[&str]| ended(command(&folder, arguments));
    let report = run(&["check", "--base", "auto"]).exits(0).calm();
    assert!(report.stdout.contains("against the merge base with origin/main ("), "{}", report.stdout);
    run(&["check", "--base", "auto", "--merge"]).exits(0);
    fs::write(folder.join("alembic/versions/z9.py"), revision("z9", "a1", "users", "nickname")).unwrap();
    run(&["check", "--base", "auto"]).exits(1);
    git(&folder, &["add", "--all"]);
    git(&folder, &["commit", "--quiet", "--message", "drift"]);
    let with = |name: &str, value: &str| {
        let mut command = command(&folder, &["check", "--base", "auto"]);
        command.env(name, value);
        ended(command).calm()
    };
    let head = git(&folder, &["rev-parse", "HEAD"]);
    with("CI_MERGE_REQUEST_DIFF_BASE_SHA", head.trim()).exits(0);
    with("GITHUB_BASE_REF", "main").exits(1);
    let missing = with("GITHUB_BASE_REF", "release").exits(2);
    says(
        &missing,
        &[
            "error: `GITHUB_BASE_REF`: unknown revision `origin/release`",
            "`git fetch origin release:refs/remotes/origin/release`",
        ],
    );
    let none = Repository::committed();
    none.git(&["branch", "--move", "trunk"]);
    says(
        &none.run(&["check", "--base", "auto"]).exits(2).calm(),
        &["no default branch was found", "`--base REV`"],
    );
}

#[test]
fn the_configuration_is_the_heads() {
    let repository = Repository::committed();
    repository
        .drifting()
        .write("alignment.yaml", format!("rules:\n  {DRIFT}: \"off\"\n").as_bytes())
        .commit("drift");
    repository.run(&["check", "--base", "HEAD^", "--head", "HEAD"]).exits(0).calm();
    fs::remove_file(repository.0.join("alignment.yaml")).unwrap();
    repository.run(&["check", "--base", "HEAD^", "--head", "HEAD"]).exits(0).calm();
    repository.run(&["check", "--base", "HEAD^"]).exits(1).calm();
    repository.git(&["checkout", "--quiet", "alignment.yaml"]);
    let below = ended(command(&repository.0.join("app"), &["check", "--base", "HEAD^", "--head", "HEAD"]));
    assert!(below.exits(0).stdout.contains("1 model"), "the folder of the configuration is analysed");
    repository.write("alignment.yaml", b"exclude: [alembic/versions/a2*]\n");
    repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    repository.run(&["check", "--base", "HEAD", "--head", "HEAD"]).exits(0).calm();
}

#[test]
fn an_exception_that_goes_brings_its_finding_back_and_one_that_comes_is_no_fix() {
    let repository = Repository::committed();
    repository.drifting().commit("drift");
    let accepted = MODELS.replace(
        "    nickname = Column",
        &format!("    # alignment: ignore[{DRIFT}] known\n    nickname = Column"),
    );
    repository.write("app/models.py", accepted.as_bytes());
    let ran = repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    assert!(
        ran.stdout.contains("(1 suppressed)") && !ran.stdout.contains(&format!("fixed[{DRIFT}]")),
        "{}",
        ran.stdout
    );
    repository.commit("accept").write("app/models.py", MODELS.as_bytes());
    repository.run(&["check", "--base", "HEAD"]).exits(1).calm();
}

// ------------------------------------------------------------------------------------------------ what git cannot give

#[test]
fn every_refusal_says_why_and_what_helps() {
    let plain = Repository::with_drift();
    let no_repository = plain.run(&["check", "--base", "main"]).exits(2).calm();
    says(&no_repository, &["is not in a git repository", "help: run `alignment check` without revisions"]);
    let repository = Repository::committed();
    let cases: [(&[&str], &[&str]); 13] = [
        (&["check", "--base", ""], &["error: the name of the revision is empty", "or `auto`"]),
        (
            &["check", "--base", "HEAD^"],
            &["error: `HEAD` is the first commit: there is no `HEAD^`", "without `--base`"],
        ),
        (&["check", "--base", "main~7"], &["error: `main` is the first commit: there is no `main~7`"]),
        (&["check", "--base", "main..HEAD"], &["is a range of commits", "`--base main --head HEAD`"]),
        (&["check", "--base", "main...HEAD"], &["`--base $(git merge-base main HEAD)`"]),
        (&["check", "--base", "HEAD^{tree}"], &["error: `HEAD^{tree}` is a tree and no commit"]),
        (&["check", "--base", "@{u}"], &["error: unknown revision `@{u}`", "--set-upstream-to"]),
        (&["check", "--base", "maim"], &["error: unknown revision `maim`", "help: did you mean `main`?"]),
        (&["check", "--base", "v9"], &["error: unknown revision `v9`", "`git fetch` brings new ones"]),
        (&["check", "--base", "origin/x"], &["`git fetch origin x:refs/remotes/origin/x`"]),
        (&["check", "--base=--output=x"], &["error: `--output=x` is no revision"]),
        (&["check", "--merge"], &["--base <REV|auto>"]),
        (&["check", "--staged", "--head", "x"], &["cannot be used with"]),
    ];
    for (arguments, parts) in cases {
        says(&repository.run(arguments).exits(2).calm(), parts);
    }
    let mut without_git = command(&repository.0, &["check", "--base", "main"]);
    without_git.env("PATH", "/nowhere");
    says(&ended(without_git).exits(2).calm(), &["error: git was not found"]);
}

#[test]
fn an_unresolved_merge_is_not_judged() {
    let repository = Repository::committed();
    repository.git(&["switch", "--quiet", "--create", "feature"]);
    repository.write("app/models.py", MODELS.replace("40", "50").as_bytes()).commit("50");
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("app/models.py", MODELS.replace("40", "60").as_bytes()).commit("60");
    let merged = Command::new("git")
        .args(["merge", "--quiet", "feature"])
        .current_dir(&repository.0)
        .output()
        .unwrap();
    assert!(!merged.status.success());
    for arguments in [&["check", "--base", "main"][..], &["check", "--staged"]] {
        let ran = repository.run(arguments).exits(2).calm();
        says(&ran, &["error: a merge conflict is not resolved yet, `app/models.py` first", "help: resolve"]);
    }
}

#[test]
fn a_clone_without_the_base_says_how_to_get_it() {
    let origin = Repository::committed();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let first = origin.git(&["rev-parse", "HEAD"]);
    origin.drifting().commit("drift");
    let url = format!("file://{}", origin.0.display());
    let clones = Repository::new(&[]);
    git(&clones.0, &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    let shallow = |arguments: &[&str]| ended(command(&clones.0.join("shallow"), arguments)).calm();
    for base in ["HEAD^", first.trim()] {
        let ran = shallow(&["check", "--base", base]).exits(2);
        says(
            &ran,
            &[
                "error: unknown revision",
                "help: this is a shallow clone: run `git fetch --deepen=50`",
                "`fetch-depth: 0`",
            ],
        );
    }
    git(&clones.0, &["clone", "--quiet", "--filter=blob:none", &url, "partial"]);
    let partial = clones.0.join("partial");
    let check = || ended(command(&partial, &["check", "--base", "HEAD^", "--head", "HEAD"])).calm();
    // What was checked out is there; the rest is not fetched behind anybody's back.
    git(&clones.0, &["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, "empty"]);
    let empty =
        ended(command(&clones.0.join("empty"), &["check", "--base", "HEAD^", "--head", "HEAD"])).calm();
    let empty = empty.exits(2);
    says(
        &empty,
        &[
            "objects are missing in this clone",
            "help: this is a partial clone: run `git fetch --refetch --no-filter`",
        ],
    );
    git(&partial, &["fetch", "--quiet", "--refetch", "--no-filter"]);
    check().exits(1);
    // A lost object.
    let blob = origin.git(&["rev-parse", "HEAD:app/models.py"]);
    let (folder, file) = blob.trim().split_at(2);
    fs::remove_file(origin.0.join(".git/objects").join(folder).join(file)).unwrap();
    let lost = origin.run(&["check", "--base", "HEAD^", "--head", "HEAD"]).exits(2).calm();
    says(
        &lost,
        &[
            &format!("error: object `{}` is missing in this clone", blob.trim()),
            "help: run `git fetch --refetch`",
        ],
    );
}

#[test]
fn what_is_no_file_of_the_repository_is_told_once() {
    let repository = Repository::committed();
    let library = Repository::committed();
    repository.git(&["submodule", "--quiet", "add", &format!("file://{}", library.0.display()), "lib"]);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 12\n";
    repository.write("db/schema.sql", pointer.as_bytes());
    #[cfg(unix)]
    std::os::unix::fs::symlink("models.py", repository.0.join("app/link.py")).unwrap();
    let told = |ran: Ran| {
        assert!(ran.stdout.contains("`lib` is a submodule"), "{}", ran.stdout);
        assert!(
            ran.stdout.contains("`db/schema.sql` was not read: it is a pointer of Git LFS"),
            "{}",
            ran.stdout
        );
        assert!(
            !cfg!(unix) || ran.stdout.contains("`app/link.py` was not read: it is a link"),
            "{}",
            ran.stdout
        );
    };
    repository.git(&["add", "--all"]);
    told(repository.run(&["check", "--base", "HEAD"]).exits(0).calm());
    repository.commit("others");
    told(repository.run(&["check", "--base", "HEAD^", "--head", "HEAD"]).exits(0).calm());
    let silent = repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    assert!(!silent.stdout.contains("was not read"), "{}", silent.stdout);
}

#[cfg(unix)]
#[test]
fn names_may_hold_anything() {
    let repository = Repository::committed();
    let path = "alembic/versions/a2 \"quoted\"\n'ü' | <b>.py";
    let odd = empty_revision("a2", "a1").replace("pass", "op.execute(\"CREATE TABLE odd (id integer)\")");
    repository.write(path, format!("from alembic import op\n\n{odd}").as_bytes());
    for states in [&["--base", "HEAD"][..], &["--base", "HEAD^", "--head", "HEAD"]] {
        let ran = repository.run(&[&["check", "--fail-on", "warning"], states].concat()).exits(1).calm();
        assert!(ran.stdout.contains("a2 \"quoted\"\\n'ü' | <b>.py"), "{}", ran.stdout);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--allow-empty", "--message", "odd"]);
    }
}

#[test]
fn tracked_files_count_whatever_is_ignored_and_ignored_ones_do_not() {
    let repository = Repository::committed();
    repository.write(".gitignore", b"a2_number.py\n").commit("ignore");
    repository.drifting();
    repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    repository.git(&["add", "--force", "alembic/versions/a2_number.py"]);
    repository.run(&["check", "--base", "HEAD"]).exits(1).calm();
    repository.commit("drift");
    repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    fs::remove_file(repository.0.join("alembic/versions/a2_number.py")).unwrap();
    let ran = repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    assert!(ran.stdout.contains(&format!("fixed[{DRIFT}]")), "a deleted file is gone: {}", ran.stdout);
}

// ------------------------------------------------------------------------------------------------ baselines

#[test]
fn a_baseline_lets_old_findings_pass_and_only_shrinks() {
    let repository = Repository::with_drift();
    let missing = repository.run(&["check", "--baseline", "alignment-baseline.yaml"]).exits(2).calm();
    says(
        &missing,
        &[
            "failed to read the baseline `alignment-baseline.yaml`: no such file",
            "help: `alignment baseline` writes one",
        ],
    );
    let written = repository.run(&["baseline"]).exits(0).calm();
    assert!(written.stdout.starts_with("alignment-baseline.yaml: "), "{}", written.stdout);
    let text = || fs::read_to_string(repository.0.join("alignment-baseline.yaml")).unwrap();
    let lines = |text: &str| text.lines().filter(|line| line.starts_with("  - ")).count();
    let before = text();
    assert!(before.contains(&format!("  - {{ rule: {DRIFT}, place: \"app/models.py\"")), "{before}");
    says(
        &repository.run(&["baseline"]).exits(2).calm(),
        &["error: `alignment-baseline.yaml` exists", "`--update`"],
    );
    let check = ["check", "--baseline", "alignment-baseline.yaml", "--fail-on", "info"];
    let ran = repository.run(&check).exits(0).calm();
    assert!(
        ran.stdout.contains(&format!("no drift found ({} suppressed)", lines(&before))),
        "{}",
        ran.stdout
    );
    // The drift moves, another one comes, and then the first is mended.
    fs::remove_file(repository.0.join("app/models.py")).unwrap();
    let main = fs::read_to_string(repository.0.join("app/main.py")).unwrap();
    repository.write("app/main.py", main.replace("app.models", "app.tables").as_bytes());
    repository.write("app/tables.py", MODELS.as_bytes());
    repository.run(&["check", "--baseline", "alignment-baseline.yaml"]).exits(0).calm();
    repository.write("app/tables.py", MODELS.replace("id = Column", "identity = Column").as_bytes());
    repository.run(&["check", "--baseline", "alignment-baseline.yaml"]).exits(1).calm();
    let kept = before.replace("reason: \"\"", "reason: \"known: since 2024\"");
    repository.write("alignment-baseline.yaml", kept.as_bytes());
    let updated = repository.run(&["baseline", "--update"]).exits(0).calm();
    assert!(updated.stdout.contains("new ones are not in it: `--add` adds them"), "{}", updated.stdout);
    assert!(
        text().contains("place: \"app/tables.py\"") && text().contains("known: since 2024"),
        "{}",
        text()
    );
    repository.run(&["baseline", "--update", "--add"]).exits(0).calm();
    repository.run(&check).exits(0).calm();
    repository
        .write("app/tables.py", MODELS.as_bytes())
        .write("alembic/versions/a1_users.py", aligned().as_bytes());
    let stale = repository.run(&check).exits(0).calm();
    assert!(
        stale.stdout.contains("of the baseline match") && stale.stdout.contains("alignment-baseline.yaml:"),
        "{}",
        stale.stdout
    );
    repository.run(&["baseline", "--update"]).exits(0).calm();
    assert!(!text().contains(DRIFT), "{}", text());
    repository.write("alignment-baseline.yaml", b"version: 1\nfindings:\n  - { rule: x }\n");
    says(&repository.run(&check).exits(2).calm(), &["a mistake in `alignment-baseline.yaml`"]);
}

#[test]
fn one_head_more_is_new_and_another_head_is_not() {
    let repository = Repository::committed();
    repository.write("alembic/versions/b1.py", empty_revision("b1", "a1").as_bytes());
    repository.write("alembic/versions/c1.py", empty_revision("c1", "a1").as_bytes()).commit("two heads");
    // Another revision on one of the heads: the heads are others, that there are two is known.
    repository.write("alembic/versions/c2.py", empty_revision("c2", "c1").as_bytes());
    repository.run(&["check", "--base", "HEAD"]).exits(0).calm();
    repository.write("alembic/versions/d1.py", empty_revision("d1", "a1").as_bytes());
    let ran = repository.run(&["check", "--base", "HEAD"]).exits(1).calm();
    assert!(
        ran.stdout.contains("migration-multiple-heads") && ran.stdout.contains("(new: `head 3 of"),
        "{}",
        ran.stdout
    );
}
