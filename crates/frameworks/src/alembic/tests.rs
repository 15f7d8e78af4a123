//! Small repositories of revisions, with the schema at their heads written one table a line.

use alignment_model::Known;
use alignment_model::entity::{EntityKind, Presence};
use alignment_model::project::{Project, RevisionGraph};

use crate::testing::Repository;

/// A revision file: its identifier, what it builds on as Python, and the body of `upgrade`.
pub(super) fn revision(id: &str, parents: &str, upgrade: &str) -> (String, String) {
    let body: String = upgrade.lines().map(|line| format!("    {line}\n")).collect();
    let head =
        "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n";
    let text =
        format!("{head}revision = '{id}'\ndown_revision = {parents}\n\ndef upgrade():\n{body}    pass\n");
    (format!("migrations/versions/{id}.py"), text)
}

pub(super) fn project(files: &[(String, String)]) -> Project {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Repository::new(&files).project()
}

pub(super) fn tables(project: &Project) -> Vec<String> {
    let tables = project.entities.iter().filter(|entity| entity.kind == EntityKind::Table);
    let mut lines: Vec<String> = tables
        .map(|table| {
            let fields = table.fields.iter().map(|field| {
                let ty = field.ty.sql.as_ref().map_or("?".to_owned(), ToString::to_string);
                let null = if field.nullable.is_no() { "!" } else { "" };
                let default = match &field.server_default {
                    Known::Is(None) => String::new(),
                    Known::Is(Some(default)) => format!("={default}"),
                    Known::Unknown(_) => "=?".to_owned(),
                };
                let values: Vec<String> =
                    field.ty.shape.values().unwrap_or_default().iter().map(|v| v.plain()).collect();
                let values =
                    if values.is_empty() { String::new() } else { format!("[{}]", values.join("|")) };
                format!("{} {ty}{null}{default}{values}", field.name)
            });
            let fields: Vec<String> = fields.collect();
            let doubt = if table.completeness.is_complete() { "" } else { " ..." };
            format!("{}: {}{doubt}", table.qualname, fields.join(", "))
        })
        .collect();
    lines.sort();
    lines
}

/// The schema that one revision makes.
pub(super) fn one(upgrade: &str) -> Vec<String> {
    tables(&project(&[revision("a", "None", upgrade)]))
}

fn graph(project: &Project) -> &RevisionGraph {
    project.database_sources[0].revisions.as_ref().expect("a tree of revisions")
}

fn order(project: &Project) -> Vec<&str> {
    graph(project).order.iter().map(|revision| &*revision.id).collect()
}

fn faults(project: &Project) -> Vec<String> {
    graph(project)
        .faults
        .iter()
        .map(|fault| format!("{:?} {} {}", fault.kind, fault.revision, fault.other))
        .collect()
}

#[test]
fn columns_have_sqlalchemys_defaults() {
    assert_eq!(
        one("op.create_table('t',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('name', sa.String(20), server_default='x', unique=True),
    sa.Column('on', sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), server_default=sa.func.now()),
    sa.Column('tags', postgresql.ARRAY(sa.Text()), server_default=sa.text(\"'{}'\")),
    sa.Column('kind', sa.Enum('a', 'b', name='kind')),
    sa.Column('quoted', sa.Text(), server_default=\"'y'\"))"),
        [
            "t: id int4!=nextval('t_id_seq'::regclass), name varchar(20)='x', on bool!=false, at timestamptz=now(), \
          tags text[]='{}', kind kind[a|b], quoted text='''y'''"
        ]
    );
}

#[test]
fn a_primary_key_counts_by_itself_only_alone_and_without_a_reference() {
    assert_eq!(
        one("op.create_table('a', sa.Column('x', sa.Integer), sa.Column('y', sa.Integer), sa.PrimaryKeyConstraint('x', 'y'))
op.create_table('b', sa.Column('x', sa.BigInteger()), sa.PrimaryKeyConstraint('x'))
op.create_table('c', sa.Column('x', sa.Integer, sa.ForeignKey('b.x'), primary_key=True))
op.create_table('d', sa.Column('x', sa.Integer, primary_key=True, autoincrement=False))
op.create_table('e', sa.Column('x', sa.String, primary_key=True))"),
        ["a: x int4!, y int4!", "b: x int8!=nextval('b_x_seq'::regclass)", "c: x int4!", "d: x int4!", "e: x varchar!"]
    );
}

#[test]
fn every_operation_changes_what_it_says() {
    assert_eq!(
        one("op.create_table('a', sa.Column('x', sa.Integer), sa.Column('y', sa.Text), sa.Column('z', sa.Text))
op.add_column('a', sa.Column('n', sa.Numeric(10, 2), nullable=False))
op.drop_column('a', 'z')
op.alter_column('a', 'y', new_column_name='w', nullable=False, existing_type=sa.Text())
op.alter_column('a', 'x', type_=sa.BigInteger(), server_default='0')
op.rename_table('a', 'b')
with op.batch_alter_table('b') as batch:
    batch.add_column(sa.Column('m', sa.Date()))
    batch.alter_column('n', server_default=sa.text('1'))
op.execute('ALTER TABLE b ADD COLUMN r jsonb; ALTER TABLE b ALTER r SET NOT NULL')
op.get_bind().execute(sa.text('ALTER TABLE b ADD s int'))
op.bulk_insert(sa.table('b'), [{'x': 1}])
op.create_table('gone', sa.Column('x', sa.Integer))
op.drop_table('gone')"),
        ["b: x int8='0', w text!, n numeric(10,2)!=1, m date, r jsonb!, s int4"]
    );
}

#[test]
fn code_around_operations_is_followed() {
    assert_eq!(
        one("op.create_table('a', sa.Column('x', sa.Integer))
op.create_table('b', sa.Column('x', sa.Integer))
def add(table, name, kind=sa.Text()):
    op.add_column(table, sa.Column(name, kind))
for table in ('a', 'b'):
    add(table, f'{table}_one')
for name, kind in [('two', sa.Date()), ('three', sa.Float())]:
    add('a', name, kind)
columns = ['four']
columns.append('five')
for column in columns:
    op.execute('ALTER TABLE b ADD COLUMN %s int' % column)
for step in [lambda: add('b', 'six')]:
    step()"),
        [
            "a: x int4, a_one text, two date, three float8",
            "b: x int4, b_one text, four int4, five int4, six text",
        ]
    );
}

#[test]
fn guards_are_answered_by_the_schema() {
    assert_eq!(
        one("op.create_table('a', sa.Column('x', sa.Integer))
bind = op.get_bind()
inspector = sa.inspect(bind)
columns = {column['name'] for column in inspector.get_columns('a')}
if 'x' not in columns:
    op.add_column('a', sa.Column('x', sa.Text))
if 'y' not in columns:
    op.add_column('a', sa.Column('y', sa.Text))
if inspector.has_table('b') or 'c' in inspector.get_table_names():
    op.drop_table('a')
found = bind.execute(sa.text(\"SELECT 1 FROM information_schema.columns WHERE table_name = :t AND column_name = 'z'\"), {'t': 'a'})
if found.fetchone() is None:
    op.add_column('a', sa.Column('z', sa.Text))
if bind.dialect.name == 'sqlite':
    op.drop_table('a')
if isinstance(inspector.get_columns('a')[0]['type'], sa.Integer):
    op.alter_column('a', 'x', type_=sa.BigInteger())"),
        ["a: x int8, y text, z text"]
    );
}

#[test]
fn what_nothing_decides_leaves_doubt() {
    assert_eq!(
        one("import os
op.create_table('a', sa.Column('x', sa.Integer))
op.create_table('b', sa.Column('x', sa.Integer))
op.create_table('c', sa.Column('x', sa.Integer))
if os.environ.get('EXTRA'):
    op.add_column('a', sa.Column('y', sa.Text))
    op.drop_table('b')"),
        ["a: x int4, y text ...", "b: x int4 ...", "c: x int4"]
    );
}

#[test]
fn what_fails_inside_a_try_is_handled() {
    assert_eq!(
        one("op.create_table('a', sa.Column('x', sa.Integer))
try:
    op.drop_column('a', 'missing')
    op.add_column('a', sa.Column('never', sa.Text))
except Exception:
    op.add_column('a', sa.Column('instead', sa.Text))"),
        ["a: x int4, instead text"]
    );
}

#[test]
fn helpers_and_constants_of_other_modules_are_followed() {
    let mut files = vec![revision(
        "a",
        "None",
        "from app.helpers import add_stamps, NAME\nop.create_table(NAME, sa.Column('x', sa.Integer))\nadd_stamps(op, NAME)",
    )];
    let helper = "import sqlalchemy as sa\nNAME = 'things'\ndef add_stamps(op, table):\n    for n in ('made', 'changed'):\n        op.add_column(table, sa.Column(n, sa.DateTime()))\n";
    files.push(("app/helpers.py".into(), helper.into()));
    assert_eq!(tables(&project(&files)), ["things: x int4, made timestamp, changed timestamp"]);
}

#[test]
fn a_table_made_from_models_makes_absence_unprovable() {
    let project = project(&[revision(
        "a",
        "None",
        "from app.models import Base\nBase.metadata.create_all(op.get_bind())",
    )]);
    let made = "import sqlalchemy as sa\nsa.MetaData().create_all(op.get_bind())";
    let direct = self::project(&[revision("a", "None", made)]);
    assert!(direct.database_sources[0].may_lack_tables);
    assert!(project.entities.iter().all(|entity| entity.kind != EntityKind::Table));
}

#[test]
fn only_variables_say_what_a_revision_is() {
    let lying = (
        "db/later.py".to_owned(),
        "\"\"\"Revision ID: zzz\nRevises: nothing\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\nrevision: str = 'b'\ndown_revision: str | None = 'a'\n\
         def upgrade() -> None:\n    op.add_column('t', sa.Column('y', sa.Text))\ndef downgrade():\n    op.drop_table('t')\n"
            .to_owned(),
    );
    let first = revision("a", "None", "op.create_table('t', sa.Column('x', sa.Integer))");
    let project = project(&[lying, ("db/earlier.py".into(), first.1)]);
    assert_eq!(order(&project), ["a", "b"]);
    assert_eq!(tables(&project), ["t: x int4, y text"]);
}

#[test]
fn merges_apply_after_both_branches_and_faults_are_told_apart() {
    let nothing = "";
    let merged = project(&[
        revision("a", "None", nothing),
        revision("b", "'a'", nothing),
        revision("c", "'a'", nothing),
        revision("d", "('b', 'c')", nothing),
    ]);
    assert_eq!((order(&merged).first(), order(&merged).last()), (Some(&"a"), Some(&"d")));
    assert_eq!((graph(&merged).heads.len(), faults(&merged)), (1, vec![]));

    let broken = project(&[
        revision("a", "None", nothing),
        revision("b", "'zz'", nothing),
        revision("c", "'d'", nothing),
        revision("d", "'c'", nothing),
        ("migrations/versions/twin.py".into(), revision("a", "None", nothing).1),
    ]);
    assert_eq!(faults(&broken), ["DuplicateId a a", "MissingParent b zz", "Cycle c d"]);
    assert_eq!(graph(&broken).order.len(), 4);
}

#[test]
fn a_revision_that_needs_another_branch_is_a_fault() {
    let project = project(&[
        revision("a", "None", "op.create_table('t', sa.Column('x', sa.Integer))"),
        revision("b", "'a'", "op.add_column('t', sa.Column('y', sa.Text))"),
        revision("c", "'a'", "op.alter_column('t', 'y', nullable=False)"),
        revision("d", "('c', 'b')", ""),
    ]);
    let found = faults(&project);
    // Which branch is applied first is Alembic's choice; only the one order fails.
    assert!(found.is_empty() || found == ["NeedsOtherBranch c b"], "{found:?}");
    assert_eq!(tables(&project), ["t: x int4, y text!"]);
}

#[test]
fn trees_are_kept_apart() {
    let revision_at = |folder: &str, id: &str, table: &str| {
        let (_, text) =
            revision(id, "None", &format!("op.create_table('{table}', sa.Column('x', sa.Integer))"));
        (format!("{folder}/{id}.py"), text)
    };
    let ini = "[alembic]\nscript_location = %(here)s/one\n[other]\nscript_location = two\nversion_locations = %(script_location)s/revs\n";
    let project = project(&[
        ("svc/alembic.ini".into(), ini.into()),
        revision_at("svc/one/versions", "a", "t"),
        revision_at("svc/one/versions/old", "x", "unread"),
        revision_at("svc/two/revs", "a", "u"),
        ("app/env.py".into(), String::new()),
        revision_at("app/deep/er", "a", "v"),
        revision_at("tests/versions", "a", "w"),
    ]);
    let paths: Vec<&str> = project.database_sources.iter().map(|source| &*source.path).collect();
    assert_eq!(paths, ["app", "svc/one", "svc/two"]);
    assert_eq!(tables(&project), ["t: x int4", "u: x int4", "v: x int4"]);
}

#[test]
fn hostile_revisions_end() {
    let bodies = [
        "def f():\n    f()\nf()".to_owned(),
        "for i in range(10**9):\n    op.drop_table('x')".to_owned(),
        "x = ['a']\nfor i in range(9000):\n    x = x + x\nfor y in x:\n    op.execute('select 1')".to_owned(),
        format!("x = {}1{}", "(".repeat(3_000), ")".repeat(3_000)),
        "t = 'a'\nfor i in range(9000):\n    t = t + t".to_owned(),
        "for i in range(9000):\n    for j in range(9000):\n        for k in range(9000):\n            op.f('x')".to_owned(),
    ];
    for body in bodies {
        project(&[revision("a", "None", &body)]);
    }
}

#[test]
fn a_required_column_is_one_that_the_database_does_not_fill() {
    let project = project(&[revision(
        "a",
        "None",
        "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Text, nullable=False), sa.Column('b', sa.Text))",
    )]);
    let table = project.entities.iter().find(|entity| entity.kind == EntityKind::Table).expect("a table");
    let required: Vec<&str> = table
        .fields
        .iter()
        .filter(|f| f.presence == Known::Is(Presence::Required))
        .map(|f| &*f.name)
        .collect();
    assert_eq!(required, ["a"]);
}

#[test]
fn conditional_changes_to_a_table_that_no_revision_makes_are_kept_with_the_others() {
    let changes = [
        "ALTER TABLE threads ADD COLUMN pending BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE threads ADD COLUMN kept INTEGER",
        "ALTER TABLE threads DROP COLUMN IF EXISTS pending",
        "ALTER TABLE IF EXISTS threads RENAME COLUMN kept TO held",
        "ALTER TABLE IF EXISTS threads RENAME TO talks",
        "ALTER TABLE talks ADD COLUMN added INTEGER",
        // Nothing says that this one exists.
        "ALTER TABLE IF EXISTS nothing RENAME TO something",
    ];
    let upgrade: String = changes.iter().map(|sql| format!("op.execute('{sql}')\n")).collect();
    assert_eq!(one(&upgrade), ["talks: held int4, added int4 ..."]);
}

#[test]
fn a_table_that_create_all_may_have_made_is_neither_there_nor_absent() {
    let upgrade = "sa.MetaData().create_all(op.get_bind())
if not sa.inspect(op.get_bind()).has_table('t'):
    op.create_table('t', sa.Column('old', sa.Integer()))
op.execute('ALTER TABLE t ADD COLUMN b INTEGER')";
    let project = project(&[revision("a", "None", upgrade)]);
    assert_eq!(tables(&project), ["t: old int4, b int4 ..."]);
    let table = project.entities.iter().find(|entity| entity.kind == EntityKind::Table).expect("one table");
    let doubtful = table.fields.iter().filter(|field| field.column.may_be_gone);
    assert_eq!(doubtful.map(|field| &*field.name).collect::<Vec<_>>(), ["old"]);
}

/// A revision without a parent, in a folder.
fn first_in(folder: &str, id: &str, upgrade: &str) -> (String, String) {
    let (_, text) = revision(id, "None", upgrade);
    (format!("{folder}/{id}.py"), text)
}

#[test]
fn a_path_of_another_machine_is_found_by_its_end() {
    let ini = |edition: &str| format!("[alembic]\nscript_location = /srv/{edition}/migrations\n");
    let project = project(&[
        ("api/one/migrations/alembic.ini".into(), ini("one")),
        first_in("api/one/migrations/versions", "a", "op.create_table('t', sa.Column('x', sa.Integer))"),
        first_in("api/one/migrations/parked", "b", "op.create_table('unread', sa.Column('x', sa.Integer))"),
        first_in("api/two/migrations/versions", "a", "op.create_table('u', sa.Column('x', sa.Integer))"),
    ]);
    assert_eq!(tables(&project), ["t: x int4", "u: x int4"]);
}

#[test]
fn folders_beside_versions_are_not_read() {
    let files = |env: &str| {
        [
            ("migrations/env.py".into(), env.to_owned()),
            first_in("migrations/versions", "a", "op.create_table('t', sa.Column('x', sa.Integer))"),
            first_in("migrations/archive", "b", "op.create_table('old', sa.Column('x', sa.Integer))"),
        ]
    };
    assert_eq!(tables(&project(&files("from alembic import context\n"))), ["t: x int4"]);
    let named = "config.set_main_option('version_locations', 'migrations/versions migrations/archive')\n";
    assert_eq!(tables(&project(&files(named))), ["old: x int4", "t: x int4"]);
}

#[test]
fn a_tree_goes_on_where_another_ends() {
    let base =
        "op.create_table('t', sa.Column('x', sa.Integer))\nop.create_table('u', sa.Column('y', sa.Integer))";
    let on = "op.add_column('t', sa.Column('z', sa.Text))\nop.rename_table('u', 'v')\nop.create_index('i', 'v', ['y'])";
    let env = || String::from("from alembic import context\n");
    let two = project(&[
        ("base/env.py".into(), env()),
        first_in("base/versions", "a", base),
        ("next/env.py".into(), env()),
        first_in("next/versions", "n", on),
    ]);
    assert_eq!(tables(&two)[2..], ["t: x int4, z text", "v: y int4"]);
    assert_eq!(two.database_sources[1].second_to, Some(0));

    // What needs something that nobody makes explains no order: what both change is not known.
    let lost = format!("{on}\nop.drop_column('elsewhere', 'c')");
    let apart = project(&[
        ("base/env.py".into(), env()),
        first_in("base/versions", "a", base),
        ("next/env.py".into(), env()),
        first_in("next/versions", "n", &lost),
    ]);
    assert_eq!(apart.database_sources[1].second_to, None);
    assert!(tables(&apart).contains(&"t: x ?=? ...".to_owned()), "{:?}", tables(&apart));
}
