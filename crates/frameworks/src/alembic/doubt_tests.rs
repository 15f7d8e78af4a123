//! What is known of a schema after changes that may not happen, or whose parts are not known.

use alignment_model::entity::{ConstraintKind, Detail, EntityKind};

use super::tests::{one, project, revision};

const PARCELS: &str = "op.create_table('parcels', sa.Column('sent', sa.DateTime(), nullable=False))
op.create_table('crates', sa.Column('sent', sa.DateTime(), nullable=False))
";

fn after(changes: &str) -> Vec<String> {
    one(&format!("{PARCELS}{changes}"))
}

/// The foreign keys of the table `lines`, each with its action and whether it is certain.
fn keys(changes: &str) -> Vec<String> {
    let made = "op.create_table('orders', sa.Column('id', sa.Integer(), primary_key=True))
op.create_table('lines', sa.Column('order_id', sa.Integer()),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name='lines_order'))
";
    let project = project(&[revision("a", "None", &format!("{made}{changes}"))]);
    let lines =
        project.entities.iter().find(|entity| entity.kind == EntityKind::Table && &*entity.name == "lines");
    let Some(Detail::Table(table)) = lines.map(|entity| &entity.detail) else { return Vec::new() };
    let key = |constraint: &alignment_model::entity::Constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let name = constraint.name.as_deref().unwrap_or("-");
            let action = key.on_delete.as_deref().unwrap_or("NO ACTION");
            Some(format!("{name} {action}{}", if constraint.doubtful { " ?" } else { "" }))
        }
        _ => None,
    };
    table.constraints.iter().filter_map(key).collect()
}

#[test]
fn what_follows_an_undecided_continue_may_run() {
    let altered = "for name in ['parcels', 'crates']:
    if asked(name):
        continue
    op.alter_column(name, 'sent', type_=sa.DateTime(timezone=True))";
    assert_eq!(
        after(altered),
        ["crates: sent ?! ...", "parcels: sent ?! ..."].map(|line| line.replace(" ...", ""))
    );
    let dropped = "for name in ['parcels']:
    if asked(name):
        break
    op.drop_column(name, 'sent')
op.add_column('crates', sa.Column('weight', sa.Integer()))";
    assert_eq!(after(dropped), ["crates: sent timestamp!, weight int4", "parcels: sent timestamp! ..."]);
}

#[test]
fn a_decided_continue_ends_the_body() {
    let altered = "for name in ['parcels', 'crates']:
    if name == 'crates':
        continue
    op.alter_column(name, 'sent', type_=sa.DateTime(timezone=True))";
    assert_eq!(after(altered), ["crates: sent timestamp!", "parcels: sent timestamptz!"]);
}

#[test]
fn names_are_what_they_are_whether_the_rest_of_a_body_ran_or_not() {
    let gathered = "columns = [sa.Column('id', sa.Integer())]
for name in ['a', 'b']:
    if asked(name):
        continue
    columns.append(sa.Column(name, sa.Integer()))
op.create_table('boxes', *columns)";
    assert_eq!(one(gathered), ["boxes: id int4 ..."]);
}

#[test]
fn methods_and_items_of_a_list_change_what_it_holds() {
    let columns = "def column(name):
    return sa.Column(name, sa.Integer())
columns = [column('a'), column('b')]
";
    let made = |changes: &str| one(&format!("{columns}{changes}\nop.create_table('t', *columns)"));
    assert_eq!(made("columns.insert(-1, column('c'))"), ["t: a int4, c int4, b int4"]);
    assert_eq!(made("columns[0] = column('c')"), ["t: c int4, b int4"]);
    assert_eq!(made("columns += [column('c')]"), ["t: a int4, b int4, c int4"]);
    assert_eq!(made("columns = [column('c')] + columns[:-1]"), ["t: c int4, a int4"]);
    assert_eq!(made("columns.pop()"), ["t: a int4"]);
    assert_eq!(made("del columns[0]"), ["t: b int4"]);
    assert_eq!(made("columns = columns[1:]"), ["t: b int4"]);
    assert_eq!(made("columns.reverse()"), ["t: b int4, a int4"]);
    assert_eq!(made("columns.shuffle()"), ["t:  ..."]);
    assert_eq!(made("columns.extend(asked())"), ["t: a int4, b int4 ..."]);
    assert_eq!(made("columns[asked()] = column('c')"), ["t:  ..."]);
}

#[test]
fn methods_and_items_of_a_dictionary_change_what_it_holds() {
    let made = |changes: &str| {
        one(&format!(
            "sizes = {{'a': 10}}\n{changes}\nfor name, size in sizes.items():\n    op.create_table(name, sa.Column('x', sa.String(size)))"
        ))
    };
    assert_eq!(made("sizes.update(a=20, b=30)"), ["a: x varchar(20)", "b: x varchar(30)"]);
    assert_eq!(made("sizes.setdefault('a', 20)"), ["a: x varchar(10)"]);
    assert_eq!(made("sizes = sizes | {'a': 20}"), ["a: x varchar(20)"]);
    assert_eq!(made("sizes |= {'c': 5}"), ["a: x varchar(10)", "c: x varchar(5)"]);
    assert_eq!(made("sizes['d'] = sizes.pop('a')"), ["d: x varchar(10)"]);
    assert_eq!(made("del sizes['a']"), [""; 0]);
}

#[test]
fn a_change_to_a_table_that_is_not_known_may_be_to_any() {
    let altered = "for name in asked():
    op.alter_column(name, 'sent', nullable=True)";
    let nullable = |changes: &str| {
        let project = project(&[revision("a", "None", &format!("{PARCELS}{changes}"))]);
        project.entities[0].fields[0].nullable.is().copied()
    };
    assert_eq!(nullable(""), Some(false));
    assert_eq!(nullable(altered), None);
    assert_eq!(nullable(&altered.replace("'sent'", "'arrived'")), Some(false));
    assert_eq!(
        after("op.alter_column(asked(), asked(), type_=sa.Text())"),
        ["crates: sent ?! ...", "parcels: sent ?! ..."]
    );
}

#[test]
fn a_statement_that_is_not_understood_may_have_changed_what_it_names() {
    assert_eq!(
        after("op.execute('ALTER TABLE parcels FROBNICATE sent')"),
        ["crates: sent timestamp!", "parcels: sent ?=? ..."]
    );
    assert_eq!(after("op.execute(asked())"), ["crates: sent ?=? ...", "parcels: sent ?=? ..."]);
}

#[test]
fn a_key_that_is_dropped_by_a_name_from_elsewhere_may_be_gone() {
    assert_eq!(keys(""), ["lines_order NO ACTION"]);
    assert_eq!(keys("op.drop_constraint(asked(), 'lines', type_='foreignkey')"), ["lines_order NO ACTION ?"]);
    assert_eq!(keys("op.drop_constraint(asked(), 'lines', type_='unique')"), ["lines_order NO ACTION"]);
    assert_eq!(
        keys("op.drop_constraint('another', 'lines', type_='foreignkey')"),
        ["lines_order NO ACTION ?"]
    );
    assert_eq!(keys("op.drop_constraint(asked(), asked(), type_='foreignkey')"), ["lines_order NO ACTION ?"]);
}

#[test]
fn a_key_with_a_name_that_is_taken_takes_its_place() {
    let again =
        "op.create_foreign_key('lines_order', 'lines', 'orders', ['order_id'], ['id'], ondelete='CASCADE')";
    assert_eq!(keys(again), ["lines_order CASCADE"]);
    let other = again.replace("'lines_order'", "'lines_order_2'");
    assert_eq!(keys(&other), ["lines_order NO ACTION", "lines_order_2 CASCADE"]);
}

#[test]
fn a_key_that_is_made_or_dropped_under_a_condition_is_not_certain() {
    let again =
        "op.create_foreign_key('lines_order', 'lines', 'orders', ['order_id'], ['id'], ondelete='CASCADE')";
    assert_eq!(keys(&format!("if asked():\n    {again}")), ["lines_order NO ACTION ?"]);
    assert_eq!(
        keys("if asked():\n    op.drop_constraint('lines_order', 'lines')"),
        ["lines_order NO ACTION ?"]
    );
    let same = again.replace(", ondelete='CASCADE'", "");
    assert_eq!(keys(&format!("if asked():\n    {same}")), ["lines_order NO ACTION"]);
}

#[test]
fn objects_of_simple_classes_hold_what_they_are_made_with() {
    let upgrade = "for change in CHANGES:
    op.create_table(change.table, sa.Column(change.column, sa.Text()))";
    let made = |head: &str| {
        let (path, text) = revision("a", "None", upgrade);
        let text = text.replace("def upgrade", &format!("{head}\ndef upgrade"));
        super::tests::tables(&project(&[(path, text)]))
    };
    let fields = "    table: str\n    column: str = 'name'\n    size: int = 8\n";
    let positional = format!("{fields}CHANGES = [Change('a'), Change('b', 'label', 9)]\n");
    let named = format!("{fields}CHANGES = [Change(table='a'), Change(table='b', column='label')]\n");
    let expected = ["a: name text", "b: label text"];
    let dataclass = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Change:\n";
    assert_eq!(made(&format!("{dataclass}{positional}")), expected);
    assert_eq!(
        made(&format!("from typing import NamedTuple\nclass Change(NamedTuple):\n{positional}")),
        expected
    );
    assert_eq!(made(&format!("from pydantic import BaseModel\nclass Change(BaseModel):\n{named}")), expected);
    assert_eq!(
        made("from types import SimpleNamespace as N\nCHANGES = [N(table='a', column='name', size=8)]\n"),
        ["a: name text"]
    );
    assert_eq!(
        made(
            "from collections import namedtuple\nChange = namedtuple('Change', 'table column size')\nCHANGES = [Change('a', 'name', size=8)]\n"
        ),
        ["a: name text"]
    );
    let own = "class Change:\n    size = 8\n    def __init__(self, table):\n        self.table = table\n        self.column = 'name'\nCHANGES = [Change('a')]\n";
    assert_eq!(made(own), ["a: name text"]);
    let checked = named.replace(
        "CHANGES",
        "    @field_validator('table')\n    def check(cls, v):\n        return v\nCHANGES",
    );
    let head = "from pydantic import BaseModel, field_validator\nclass Change(BaseModel):\n";
    assert_eq!(made(&format!("{head}{checked}")), [""; 0]);
}
