//! What `alignment fix` writes, byte for byte, in the style of each file; that it is silent afterwards; and what it refuses to touch.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::path::Path;

use crate::cli::{Ran, Repository};
use crate::gate::git;

const MODELS: &str = r#"import enum

from sqlalchemy import Column, Enum, Integer, MetaData, String
from sqlalchemy.orm import declarative_base

Base = declarative_base(metadata=MetaData(naming_convention={"pk": "pk_%(table_name)s"}))


class Tone(enum.Enum):
    PLAIN = "plain"
    LOUD = "loud"


class Ship(Base):
    __tablename__ = "ships"
    id = Column(Integer, primary_key=True)
    name = Column(String(80), nullable=False)
    harbour = Column(String(80), nullable=True)
    captain = Column(String(80), nullable=False)
    state = Column(String(20), nullable=False, server_default="moored")
    tone = Column(Enum(Tone, name="tone", values_callable=lambda members: [m.value for m in members]), nullable=False)
"#;

const SCHEMAS: &str = r#"from pydantic import BaseModel, ConfigDict


class ShipOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    harbour: str | None
    captain: str
    state: str
    tone: str
"#;

const MAIN: &str = r#"from fastapi import FastAPI

from app.models import Ship
from app.schemas import ShipOut

app = FastAPI()


@app.get("/ships/{ship_id}", response_model=ShipOut)
def read_ship(ship_id: int) -> Ship:
    return Ship(id=ship_id)
"#;

const MIGRATION: &str = r#"import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TYPE tone AS ENUM ('plain', 'loud')")
    op.create_table(
        "ships",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("harbour", sa.String(80), nullable=True),
        sa.Column("captain", sa.String(80), nullable=False),
        sa.Column("state", sa.String(20), nullable=False, server_default="moored"),
        sa.Column("tone", sa.Enum("plain", "loud", name="tone", create_type=False), nullable=False),
    )
"#;

const CLIENT: &str = r#"import axios from "axios";

export interface Ship {
  id: number;
  name: string;
  harbour: string | null;
  captain: string;
  state: string;
  tone: string;
}

export const loadShip = (id: number) => axios.get<Ship>(`/ships/${id}`);
export const berth = (ship: Ship) => `lies in ${ship.harbour}`;
"#;

const MODELS_PATH: &str = "app/models.py";
const SCHEMAS_PATH: &str = "app/schemas.py";
const MIGRATION_PATH: &str = "alembic/versions/a1_ships.py";
const CLIENT_PATH: &str = "web/ships.ts";

/// The aligned application with one text replaced in one file.
fn with(path: &str, old: &str, new: &str) -> Repository {
    let files = [
        ("app/__init__.py", ""),
        (MODELS_PATH, MODELS),
        (SCHEMAS_PATH, SCHEMAS),
        ("app/main.py", MAIN),
        (MIGRATION_PATH, MIGRATION),
        (CLIENT_PATH, CLIENT),
    ];
    let repository = Repository::new(&files);
    if !path.is_empty() {
        let (_, text) = files.iter().find(|(name, _)| *name == path).unwrap();
        assert!(text.contains(old), "{old}");
        repository.write(path, text.replace(old, new).as_bytes());
    }
    repository
}

impl Repository {
    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    fn commit_all(&self) -> &Self {
        git(&self.0, &["init", "--quiet", "--initial-branch=main"]);
        git(&self.0, &["add", "--all"]);
        git(&self.0, &["commit", "--quiet", "--message", "start"]);
        self
    }

    fn fix(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["fix"], arguments].concat())
    }

    /// Writes every fix and checks that the drift is gone, and that a second run has nothing to do.
    #[track_caller]
    fn mended(&self, arguments: &[&str]) -> &Self {
        self.commit_all();
        let before = self.drift();
        assert!(before > 0, "there is nothing to mend");
        self.fix(&[&["--write"], arguments].concat()).exits(0);
        assert_eq!(self.drift(), 0, "{}", self.run(&["audit"]).stdout);
        let again = self.fix(arguments).exits(0);
        assert_eq!(again.stdout, "");
        self
    }

    fn drift(&self) -> usize {
        let ran = self.run(&["audit", "--output-format", "json"]).exits(0);
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        document["findings"].as_array().unwrap().len()
    }
}

#[test]
fn the_aligned_application_has_nothing_to_mend() {
    let repository = with("", "", "");
    let ran = repository.fix(&[]).exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "nothing can be mended without doubt\n"));
}

#[test]
fn a_diff_is_exact_and_changes_nothing() {
    let repository = with(CLIENT_PATH, "harbour: string | null;", "harbour: string; // where it lies");
    let before = repository.read(CLIENT_PATH);
    let ran = repository.fix(&["--diff"]).exits(1);
    let expected = "--- a/web/ships.ts
+++ b/web/ships.ts
@@ -3,7 +3,7 @@
 export interface Ship {
   id: number;
   name: string;
-  harbour: string; // where it lies
+  harbour: string | null; // where it lies
   captain: string;
   state: string;
   tone: string;
";
    assert_eq!(ran.stdout, expected);
    assert_eq!(ran.stderr, "1 finding can be mended in 1 file\n");
    assert_eq!(repository.read(CLIENT_PATH), before);
}

#[test]
fn a_property_may_be_null_in_the_style_of_its_file() {
    for (old, new) in [
        ("  harbour: string;\r\n  captain", "  harbour: string | null;\r\n  captain"),
        ("\tharbour: 'a' | 'b',\n\tcaptain", "\tharbour: 'a' | 'b' | null,\n\tcaptain"),
        (
            "  harbour:\n    | \"a\"\n    | \"b\";\n  captain",
            "  harbour:\n    | \"a\"\n    | \"b\"\n    | null;\n  captain",
        ),
        ("  readonly harbour: string\n  captain", "  readonly harbour: string | null\n  captain"),
    ] {
        let repository = with(CLIENT_PATH, "  harbour: string | null;\n  captain", old);
        repository.mended(&[]);
        let expected = CLIENT.replace("  harbour: string | null;\n  captain", new);
        assert_eq!(repository.read(CLIENT_PATH), expected);
    }
}

#[test]
fn a_missing_property_is_added_where_its_rule_is_named() {
    let rule = ["--rule", "frontend-field-missing"];
    for (old, new) in [
        ("  tone: string;\n}", "  tone: string;\n  captain: string;\n}"),
        ("  tone: string; // its voice\n}", "  tone: string; // its voice\n  captain: string;\n}"),
        ("\ttone: string,\r\n}", "\ttone: string,\r\n\tcaptain: string,\r\n}"),
        ("  tone: string\n}", "  tone: string;\n  captain: string\n}"),
        ("tone: string }", "tone: string; captain: string }"),
    ] {
        let repository = with(
            CLIENT_PATH,
            "  captain: string;\n  state: string;\n  tone: string;\n}",
            &format!("  state: string;\n{old}"),
        );
        assert_eq!(repository.fix(&[]).exits(0).stdout, "");
        repository.mended(&rule);
        let text = repository.read(CLIENT_PATH);
        assert!(text.contains(&format!("  state: string;\n{new}")), "{text}");
    }
}

#[test]
fn a_response_may_be_none_in_the_style_of_its_file() {
    let repository = with(SCHEMAS_PATH, "harbour: str | None", "harbour: str  # where it lies");
    repository.mended(&[]);
    assert_eq!(repository.read(SCHEMAS_PATH), SCHEMAS.replace("str | None", "str | None  # where it lies"));

    let optional = SCHEMAS
        .replace("from pydantic", "from typing import Optional\n\nfrom pydantic")
        .replace("harbour: str | None", "harbour: str")
        .replace("    tone: str\n", "    tone: str\n    flag: Optional[str] = None\n");
    let repository = with(SCHEMAS_PATH, SCHEMAS, &optional);
    repository.commit_all().fix(&["--write"]).exits(0);
    assert_eq!(repository.read(SCHEMAS_PATH), optional.replace("harbour: str\n", "harbour: Optional[str]\n"));
}

#[test]
fn an_old_python_gets_no_union_that_it_cannot_read() {
    let repository = with(SCHEMAS_PATH, "harbour: str | None", "harbour: str");
    repository.write("pyproject.toml", b"[project]\nrequires-python = \">=3.9\"\n");
    assert_eq!(repository.fix(&[]).exits(0).stdout, "");
}

#[test]
fn the_next_hop_of_a_chain_goes_along() {
    let repository = with(SCHEMAS_PATH, "harbour: str | None", "harbour: str");
    repository.write(CLIENT_PATH, CLIENT.replace("harbour: string | null", "harbour: string").as_bytes());
    repository.mended(&[]);
    assert_eq!(
        (repository.read(SCHEMAS_PATH), repository.read(CLIENT_PATH)),
        (SCHEMAS.into(), CLIENT.into())
    );
}

#[test]
fn what_would_make_another_finding_is_withheld_and_said() {
    let repository = with(SCHEMAS_PATH, "harbour: str | None", "harbour: str");
    // A class has more to it than a type: nothing is mended there.
    let client = CLIENT
        .replace("harbour: string | null", "harbour: string")
        .replace("export interface Ship", "export class Ship");
    repository.write(CLIENT_PATH, client.as_bytes());
    let ran = repository.fix(&[]).exits(0);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr.contains("it would make another finding: frontend-nullability-drift"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_response_gets_what_its_reader_expects() {
    let repository = with(SCHEMAS_PATH, "    captain: str\n", "");
    repository.mended(&[]);
    let expected = SCHEMAS.replace("    captain: str\n", "") + "    captain: str\n";
    assert_eq!(repository.read(SCHEMAS_PATH), expected);
}

#[test]
fn an_enumeration_is_stored_by_value() {
    let callable = "values_callable=lambda members: [m.value for m in members]";
    let written = "values_callable=lambda members: [member.value for member in members]";
    for (old, new) in [
        ("Enum(Tone, name=\"tone\")".to_owned(), format!("Enum(Tone, name=\"tone\", {written})")),
        (
            "Enum(\n        Tone,\n        name=\"tone\",\n    )".to_owned(),
            format!("Enum(\n        Tone,\n        name=\"tone\",\n        {written},\n    )"),
        ),
    ] {
        let repository = with(MODELS_PATH, &format!("Enum(Tone, name=\"tone\", {callable})"), &old);
        repository.mended(&[]);
        let expected = MODELS.replace(&format!("Enum(Tone, name=\"tone\", {callable})"), &new);
        assert_eq!(repository.read(MODELS_PATH), expected);
    }
}

#[test]
fn a_default_that_is_quoted_twice_is_mended_in_the_model_and_by_a_draft() {
    let repository = with(MODELS_PATH, "server_default=\"moored\"", "server_default=\"'moored'\"");
    let migration = MIGRATION.replace("server_default=\"moored\"", "server_default=\"'moored'\"");
    repository.write(MIGRATION_PATH, migration.as_bytes());
    repository.mended(&[]);
    assert_eq!(repository.read(MODELS_PATH), MODELS);
    assert_eq!(repository.read(MIGRATION_PATH), migration, "what has run stays");
    let draft = new_file(&repository.0.join("alembic/versions"), "a1_ships.py");
    assert!(draft.contains("down_revision = \"a1\""), "{draft}");
    assert!(draft.contains("op.alter_column(\"ships\", \"state\", server_default=\"moored\")"), "{draft}");
    assert!(draft.contains("op.alter_column(\"ships\", \"state\", server_default=\"'moored'\")"), "{draft}");
}

#[test]
fn a_missing_column_is_drafted_on_the_only_head() {
    let column = "    draught = Column(Integer, nullable=True)\n";
    let repository = with(MODELS_PATH, "    tone = Column", &format!("{column}    tone = Column"));
    repository.commit_all().fix(&["--write", "--rule", "column-not-in-migrations"]).exits(0);
    let draft = new_file(&repository.0.join("alembic/versions"), "a1_ships.py");
    assert!(
        draft.contains("op.add_column(\"ships\", sa.Column(\"draught\", sa.Integer(), nullable=True))"),
        "{draft}"
    );
    assert!(draft.contains("op.drop_column(\"ships\", \"draught\")"), "{draft}");
    let ran = repository.run(&["audit", "--output-format", "json"]);
    assert!(!ran.stdout.contains("\"column-not-in-migrations\""), "{}", ran.stdout);
}

#[test]
fn a_column_that_rows_must_have_is_not_drafted_nor_one_on_several_heads() {
    let column = "    draught = Column(Integer, nullable=False)\n";
    let repository = with(MODELS_PATH, "    tone = Column", &format!("{column}    tone = Column"));
    assert_eq!(repository.fix(&["--rule", "column-not-in-migrations"]).exits(0).stdout, "");

    let column = column.replace("False", "True");
    let repository = with(MODELS_PATH, "    tone = Column", &format!("{column}    tone = Column"));
    for id in ["b1", "b2"] {
        let text = format!("revision = \"{id}\"\ndown_revision = \"a1\"\n\n\ndef upgrade():\n    pass\n");
        repository.write(&format!("alembic/versions/{id}.py"), text.as_bytes());
    }
    assert_eq!(repository.fix(&["--rule", "column-not-in-migrations"]).exits(0).stdout, "");
}

#[test]
fn a_schema_file_gets_the_column_that_migrations_add() {
    let files = |schema: &str| {
        let repository = Repository::new(&[
            ("schema.sql", schema),
            ("migrations/001_archive.sql", "ALTER TABLE books ADD COLUMN archived_at timestamptz;\n"),
            (
                "migrations/002_stars.sql",
                "ALTER TABLE authors ADD COLUMN stars integer NOT NULL DEFAULT 0;\n",
            ),
        ]);
        repository.write("migrations/003_reviews.sql", b"CREATE TABLE reviews (id integer PRIMARY KEY);\n");
        repository
    };
    let rest = "CREATE TABLE books (id integer PRIMARY KEY, archived_at timestamptz);\n\
                CREATE TABLE reviews (id integer PRIMARY KEY);\n";
    for (old, new) in [
        (
            "CREATE TABLE authors (id integer PRIMARY KEY);\n",
            "CREATE TABLE authors (id integer PRIMARY KEY, stars INTEGER NOT NULL DEFAULT 0);\n",
        ),
        (
            "CREATE TABLE authors (\r\n\tid integer PRIMARY KEY\r\n);\r\n",
            "CREATE TABLE authors (\r\n\tid integer PRIMARY KEY,\r\n\tstars INTEGER NOT NULL DEFAULT 0\r\n);\r\n",
        ),
        (
            "CREATE TABLE authors (\n  id integer,\n  CHECK (id > 0)\n);\n",
            "CREATE TABLE authors (\n  id integer,\n  stars INTEGER NOT NULL DEFAULT 0,\n  CHECK (id > 0)\n);\n",
        ),
    ] {
        let repository = files(&format!("{old}{rest}"));
        repository.mended(&["--rule", "column-not-in-declared-schema"]);
        assert_eq!(repository.read("schema.sql"), format!("{new}{rest}"));
    }
}

/// The text of the file that is new in a folder.
fn new_file(folder: &Path, known: &str) -> String {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let new: Vec<String> = names.filter(|name| name != known).collect();
    assert_eq!(new.len(), 1, "{new:?}");
    fs::read_to_string(folder.join(&new[0])).unwrap()
}

#[test]
fn generated_and_broken_files_stay() {
    let drift = CLIENT.replace("harbour: string | null", "harbour: string");
    for text in [
        format!("// This file was auto-generated. Do not edit.\n{drift}"),
        format!("{drift}\nexport const = ;\n"),
    ] {
        let repository = with(CLIENT_PATH, CLIENT, &text);
        assert_eq!(repository.fix(&[]).exits(0).stdout, "");
    }
}

#[test]
fn what_no_commit_keeps_is_written_only_where_that_is_allowed() {
    let repository = with(CLIENT_PATH, "harbour: string | null", "harbour: string");
    let ran = repository.fix(&["--write"]).exits(2);
    assert!(ran.stderr.contains("in no work tree of git"), "{}", ran.stderr);
    repository
        .commit_all()
        .write(CLIENT_PATH, format!("{}\n// later\n", repository.read(CLIENT_PATH)).as_bytes());
    let ran = repository.fix(&["--write"]).exits(2);
    assert!(ran.stderr.contains("no commit has the present text of `web/ships.ts`"), "{}", ran.stderr);
    assert!(!repository.read(CLIENT_PATH).contains("| null"));
    // Another file that is dirty is not at risk.
    repository.fix(&["--write", "--allow-dirty"]).exits(0);
    assert!(repository.read(CLIENT_PATH).contains("harbour: string | null;"));
    assert!(repository.read(CLIENT_PATH).ends_with("// later\n"));
}

#[test]
fn a_mark_at_the_start_of_a_file_stays() {
    let text = format!("\u{feff}{}", CLIENT.replace("harbour: string | null", "harbour: string"));
    let repository = with(CLIENT_PATH, CLIENT, &text);
    repository.mended(&[]);
    assert_eq!(repository.read(CLIENT_PATH), format!("\u{feff}{CLIENT}"));
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_files_that_may_not_be_written_are_refused() {
    use std::os::unix::fs::PermissionsExt;

    let repository = with(CLIENT_PATH, "harbour: string | null", "harbour: string");
    let path = repository.0.join(CLIENT_PATH);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let ran = repository.commit_all().fix(&["--write"]).exits(2);
    assert!(ran.stderr.contains("it is read-only"), "{}", ran.stderr);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    repository.fix(&["--write"]).exits(0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let left = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "no file is left beside it");
}

#[test]
fn an_unknown_rule_is_a_mistake_of_usage() {
    let ran = with("", "", "").fix(&["--rule", "frontend-nullabilty-drift"]).exits(2);
    assert!(ran.stderr.contains("frontend-nullability-drift"), "{}", ran.stderr);
}

#[test]
fn formats_name_the_fix() {
    let repository = with(CLIENT_PATH, "harbour: string | null", "harbour: string");
    let report = |format: &str| -> serde_json::Value {
        serde_json::from_str(&repository.run(&["audit", "--output-format", format]).exits(0).stdout).unwrap()
    };
    let at = serde_json::json!({ "line": 6, "column": 18 });
    let fix = &report("json")["findings"][0]["fix"];
    let edit = serde_json::json!({ "file": CLIENT_PATH, "start": at, "end": at, "replacement": " | null" });
    let expected =
        serde_json::json!({ "title": "let `Ship.harbour` be null", "edits": [edit], "new_files": [] });
    assert_eq!(*fix, expected);

    let fix = &report("sarif")["runs"][0]["results"][0]["fixes"][0];
    let region = serde_json::json!({ "startLine": 6, "startColumn": 18, "endLine": 6, "endColumn": 18 });
    let replacement =
        serde_json::json!({ "deletedRegion": region, "insertedContent": { "text": " | null" } });
    assert_eq!(fix["artifactChanges"][0]["replacements"], serde_json::json!([replacement]));
    assert_eq!(fix["artifactChanges"][0]["artifactLocation"]["uri"], CLIENT_PATH);

    let suggestions = &report("rdjson")["diagnostics"][0]["suggestions"];
    let range = serde_json::json!({ "start": at, "end": at });
    assert_eq!(*suggestions, serde_json::json!([{ "range": range, "text": " | null" }]));

    let text = repository.run(&["audit"]).exits(0).stdout;
    assert!(text.contains("= fix: let `Ship.harbour` be null (`alignment fix`)"), "{text}");
}

#[test]
fn fixes_at_two_places_of_one_file_go_together() {
    let schema = SCHEMAS.replace("harbour: str | None", "harbour: str");
    let repository = with(SCHEMAS_PATH, SCHEMAS, &schema.replace("    captain: str\n", ""));
    let ran = repository.commit_all().fix(&["--write"]).exits(0);
    assert!(!ran.stderr.contains("left:"), "two places of one file go together: {}", ran.stderr);
    let text = repository.read(SCHEMAS_PATH);
    assert!(text.contains("harbour: str | None") && text.ends_with("    captain: str\n"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_not_followed() {
    let outside =
        Repository::new(&[("ships.ts", &CLIENT.replace("harbour: string | null", "harbour: string"))]);
    let repository = with("", "", "");
    fs::remove_file(repository.0.join(CLIENT_PATH)).unwrap();
    std::os::unix::fs::symlink(outside.0.join("ships.ts"), repository.0.join(CLIENT_PATH)).unwrap();
    repository.commit_all();
    let before = outside.read("ships.ts");
    repository.fix(&["--write"]);
    assert_eq!(outside.read("ships.ts"), before);
}

/// Two tables that no migration makes, the second referring to the first and to one that is there.
const CREW: &str = r#"

class Berth(Base):
    __tablename__ = "berths"
    __table_args__ = (UniqueConstraint("deck", "number"), CheckConstraint("number > 0", name="positive"))
    sailor_id = Column(Integer, ForeignKey("sailors.id", ondelete="CASCADE"), primary_key=True)
    ship_id = Column(Integer, ForeignKey("ships.id"), nullable=False, index=True)
    deck = Column(String(8), nullable=False, server_default="main")
    number = Column(Integer, nullable=False)


class Sailor(Base):
    __tablename__ = "sailors"
    id = Column(Integer, primary_key=True)
    name = Column(String(80), nullable=False, unique=True)
"#;

/// The application with these tables too, one text of them replaced.
fn with_crew(old: &str, new: &str) -> Repository {
    let repository = with("", "", "");
    let imports = "Column, Enum, Integer, MetaData, String";
    let more = "CheckConstraint, Column, Enum, ForeignKey, Integer, MetaData, String, UniqueConstraint";
    assert!(CREW.contains(old), "{old}");
    let models = MODELS.replace(imports, more) + &CREW.replace(old, new);
    repository.write(MODELS_PATH, models.as_bytes());
    repository
}

#[test]
fn missing_tables_are_drafted_after_those_that_they_refer_to() {
    let repository = with_crew("", "");
    repository.mended(&[]);
    let draft = new_file(&repository.0.join("alembic/versions"), "a1_ships.py");
    let upgrade = r#"def upgrade() -> None:
    op.create_table(
        "sailors",
        sa.Column("id", sa.Integer(), nullable=False, primary_key=True),
        sa.Column("name", sa.String(length=80), nullable=False, unique=True),
    )
    op.create_table(
        "berths",
        sa.Column("sailor_id", sa.Integer(), sa.ForeignKey("sailors.id", ondelete="CASCADE"), nullable=False, primary_key=True),
        sa.Column("ship_id", sa.Integer(), sa.ForeignKey("ships.id"), nullable=False, index=True),
        sa.Column("deck", sa.String(length=8), server_default=sa.text("'main'"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.UniqueConstraint("deck", "number"),
        sa.CheckConstraint("number > 0", name="positive"),
    )


def downgrade() -> None:
    op.drop_table("berths")
    op.drop_table("sailors")
"#;
    assert!(draft.ends_with(upgrade), "{draft}");
    assert!(draft.starts_with("\"\"\"create missing tables\n"), "{draft}");
}

#[test]
fn a_table_of_which_more_is_said_than_is_read_is_not_drafted() {
    for (old, new) in [
        ("unique=True)\n", "unique=True)\n\n\nIndex(\"ix_name\", Sailor.name)\n"),
        ("nullable=False, unique=True", "nullable=False, unique=True, comment=\"as written\""),
        ("nullable=False, index=True", "nullable=False, index=IS_INDEXED"),
        ("ForeignKey(\"ships.id\")", "ForeignKey(\"harbours.id\")"),
        ("number = Column(Integer, ", "number = Column(Enum(Tone, name=\"other\"), "),
        ("class Sailor(Base):", "class Sailor(Elsewhere, Base):"),
        (
            "__tablename__ = \"sailors\"",
            "__tablename__ = \"sailors\"\n    __mapper_args__ = {\"polymorphic_on\": \"name\"}",
        ),
    ] {
        let repository = with_crew(old, new);
        let ran = repository.run(&["fix", "--rule", "table-not-in-migrations"]).exits(0);
        assert_eq!(ran.stdout, "", "{new}");
    }
}

#[test]
fn what_may_be_left_out_may_be_null_too_where_its_rule_is_named() {
    let rule = ["--rule", "frontend-nullability-drift"];
    let repository = with(CLIENT_PATH, "harbour: string | null;", "harbour?: string;");
    assert_eq!(repository.fix(&[]).exits(0).stdout, "");
    repository.mended(&rule);
    assert_eq!(
        repository.read(CLIENT_PATH),
        CLIENT.replace("harbour: string | null;", "harbour?: string | null;")
    );
}

#[test]
fn a_type_that_is_written_in_place_is_mended_where_it_stands() {
    let repository = with("", "", "");
    let schemas = format!("{SCHEMAS}\n\nclass Answer(BaseModel):\n    ship: ShipOut\n");
    repository.write(SCHEMAS_PATH, schemas.as_bytes());
    let main = MAIN
        .replace("import ShipOut", "import Answer")
        .replace("response_model=ShipOut", "response_model=Answer")
        .replace(
            "-> Ship:\n    return Ship(id=ship_id)",
            "-> Answer:\n    return Answer(ship=Ship(id=ship_id))",
        );
    repository.write("app/main.py", main.as_bytes());
    let client = CLIENT
        .replace("export interface Ship {", "export interface Answer {\n  ship: {")
        .replace("  tone: string;\n}", "  tone: string;\n  };\n}")
        .replace("get<Ship>", "get<Answer>");
    repository.write(CLIENT_PATH, client.replace("harbour: string | null", "harbour: string").as_bytes());
    repository.commit_all().fix(&["--write"]).exits(0);
    assert_eq!(repository.read(CLIENT_PATH), client);
}
