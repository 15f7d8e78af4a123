//! What is noticed on the way, written one event a line: revision, what, table and column.

use alignment_model::project::Project;
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind as K};

use super::tests::{project, revision};

fn line(event: &SchemaEvent) -> String {
    let what = match &event.kind {
        K::RequiredColumnAdded => "required".to_owned(),
        K::NotNullSet { added_here } => format!("not-null new={added_here}"),
        K::TableDropped | K::ColumnDropped => "dropped".to_owned(),
        K::TableRenamed { to } => format!("renamed {to}"),
        K::ColumnRenamed { to } => format!("renamed {to}"),
        K::Shadowed { lacking } => format!("shadowed {}", lacking.join("+")),
        K::Undecided => "undecided".to_owned(),
        K::Guarded { happens } => format!("guarded {happens}"),
        K::SelfReferential => "self-referential".to_owned(),
        K::Unmodelled { .. } => "unmodelled".to_owned(),
    };
    let table = event.table.as_ref().map_or("-".to_owned(), ToString::to_string);
    let column = event.column.as_deref().map(|column| format!(".{column}")).unwrap_or_default();
    format!("{what} {table}{column}")
}

fn events(project: &Project) -> Vec<String> {
    project.database_sources[0].events.iter().map(line).collect()
}

/// What the second revision is noticed for, after one that makes `t(a, b)`.
fn second(upgrade: &str) -> Vec<String> {
    let first = "op.execute('CREATE TABLE t (a int NOT NULL, b text)')";
    events(&project(&[revision("a", "None", first), revision("b", "'a'", upgrade)]))
}

#[test]
fn what_fails_on_rows_is_noticed_and_what_was_seen_to_is_not() {
    let cases: [(&str, &[&str]); 11] = [
        ("op.add_column('t', sa.Column('c', sa.Text(), nullable=False))", &["required t.c"]),
        ("op.add_column('t', sa.Column('c', sa.Text(), nullable=False, server_default=''))", &[]),
        ("op.execute('DELETE FROM t')\nop.execute('ALTER TABLE t ADD c text NOT NULL')", &[]),
        ("op.execute('TRUNCATE TABLE t')\nop.execute('ALTER TABLE t ADD c text NOT NULL')", &[]),
        ("op.execute('ALTER TABLE t ADD c serial NOT NULL')", &[]),
        ("op.execute('CREATE TABLE n (x int)')\nop.execute('ALTER TABLE n ADD c int NOT NULL')", &[]),
        ("op.alter_column('t', 'b', nullable=False)", &["not-null new=false t.b"]),
        // Not null before: nothing changes.
        ("op.alter_column('t', 'a', nullable=False)", &[]),
        ("op.execute(\"UPDATE t SET b = ''\")\nop.alter_column('t', 'b', nullable=False)", &[]),
        // Somebody has looked at the rows.
        (
            "op.get_bind().execute(sa.text('SELECT count(*) FROM t WHERE b IS NULL'))\nop.alter_column('t', 'b', nullable=False)",
            &[],
        ),
        (
            "op.execute('ALTER TABLE t ADD c int')\nop.execute('ALTER TABLE t ALTER c SET NOT NULL')",
            &["not-null new=true t.c"],
        ),
    ];
    for (upgrade, expected) in cases {
        assert_eq!(second(upgrade), expected, "{upgrade}");
    }
}

#[test]
fn what_is_taken_away_is_noticed_under_the_present_name_of_its_table() {
    assert_eq!(
        second(
            "op.drop_column('t', 'a')\nop.alter_column('t', 'b', new_column_name='c')\nop.rename_table('t', 'u')\nop.drop_table('u')"
        ),
        ["dropped u.a", "renamed c u.b", "renamed u t", "dropped u"]
    );
}

#[test]
fn conditions_that_ask_are_told_from_those_that_nothing_decides() {
    let asks = "names = [c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')]\n";
    let add = "op.add_column('t', sa.Column('c', sa.Text()))";
    let cases: [(String, &[&str]); 8] = [
        (format!("{asks}if 'c' not in names:\n    {add}"), &["guarded true t.c"]),
        // The rest of a function that a question may have ended.
        (format!("{asks}if 'c' in names:\n    return\n{add}"), &["guarded true t.c"]),
        (format!("{asks}{add}"), &[]),
        ("op.execute('ALTER TABLE t ADD COLUMN IF NOT EXISTS b int')".into(), &["guarded false t.b"]),
        // A drop that asks leaves no trace: where it was, it is gone.
        (format!("{asks}if 'b' in names:\n    op.drop_column('t', 'b')"), &["dropped t.b"]),
        ("op.execute('DROP TABLE IF EXISTS nothing')".into(), &[]),
        (format!("if op.get_context().opts.get('x'):\n    {add}"), &["undecided t"]),
        ("if op.get_context().opts.get('x'):\n    op.drop_column('t', 'b')".into(), &["undecided t"]),
    ];
    for (upgrade, expected) in cases {
        assert_eq!(second(&upgrade), expected, "{upgrade}");
    }
}

#[test]
fn a_second_declaration_is_noticed_for_what_only_it_has() {
    assert_eq!(
        second("op.execute('CREATE TABLE IF NOT EXISTS t (a int, z int, y int)')"),
        ["shadowed z+y t", "guarded false t"]
    );
    assert_eq!(second("op.execute('CREATE TABLE IF NOT EXISTS t (a int)')"), ["guarded false t"]);
    // This one fails, which nobody overlooks.
    assert!(second("op.execute('CREATE TABLE t (a int, z int)')").is_empty());
}

#[test]
fn create_all_is_noticed_on_every_sort_of_metadata() {
    let base = "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    metadata = MetaData()\n";
    let upgrade = "from app.base import Base\nBase.metadata.create_all(op.get_bind())";
    let files = [("app/base.py".to_owned(), base.to_owned()), revision("a", "None", upgrade)];
    assert_eq!(events(&project(&files)), ["self-referential -"]);
}

#[test]
fn row_security_keeps_its_policies() {
    let project = project(&[revision(
        "a",
        "None",
        "op.execute('CREATE TABLE t (a int)')\nop.execute('ALTER TABLE t ENABLE ROW LEVEL SECURITY')\nop.execute('ALTER TABLE t FORCE ROW LEVEL SECURITY')\n\
         op.execute('CREATE POLICY p ON t USING (true)')\nop.execute('CREATE POLICY q ON t USING (true)')\nop.execute('DROP POLICY p ON t')",
    )]);
    let security = project.entities.iter().find_map(|entity| match &entity.detail {
        alignment_model::entity::Detail::Table(table) => Some(&table.row_security),
        _ => None,
    });
    let security = security.expect("one table");
    let policies: Vec<&str> = security.policies.iter().map(|policy| &*policy.name).collect();
    assert!(security.enabled.is_some() && security.forced && !security.uncertain);
    assert_eq!(policies, ["q"]);
}
