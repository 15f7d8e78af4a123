//! Scripts folded into schemas, written one table a line.

use alignment_model::entity::{ConstraintKind, Detail, Entity};
use alignment_model::schema_event::{SchemaEvent, SchemaEventKind};
use alignment_model::{FileId, Known};
use alignment_sql::{Dialect, Place, read_script};

use super::entities::entities;
use super::fold::Origin;
use super::schema::Schema;

fn fold(text: &str, dialect: Dialect) -> (Schema, Vec<String>) {
    let mut schema = Schema::new(dialect);
    let script = read_script(text, Place::Verbatim { file: FileId::new(0), offset: 0 }, dialect);
    let failed = schema.apply_steps(&script.steps, Origin::default());
    let missing = failed.iter().map(|(_, missing)| match &missing.column {
        Some(column) => format!("missing {}.{column}", missing.table),
        None => format!("missing {}", missing.table),
    });
    (schema, missing.collect())
}

fn tables(text: &str) -> Vec<String> {
    let (schema, missing) = fold(text, Dialect::PostgreSql);
    let mut entities = entities(&schema, 0);
    entities.sort_by(|a, b| a.qualname.cmp(&b.qualname));
    entities.iter().map(show).chain(missing).collect()
}

fn show(entity: &Entity) -> String {
    let fields = entity.fields.iter().map(|field| {
        let ty = field.ty.sql.as_ref().map_or("?".to_owned(), ToString::to_string);
        let null = match field.nullable {
            Known::Is(true) => "",
            Known::Is(false) => "!",
            Known::Unknown(_) => "?",
        };
        let default = match &field.server_default {
            Known::Is(None) => String::new(),
            Known::Is(Some(default)) => format!("={default}"),
            Known::Unknown(_) => "=?".to_owned(),
        };
        let values: Vec<String> = field
            .values
            .is()
            .cloned()
            .flatten()
            .or_else(|| field.ty.shape.values().map(<[_]>::to_vec))
            .unwrap_or_default()
            .iter()
            .map(|value| value.plain())
            .collect();
        let values = if values.is_empty() { String::new() } else { format!("[{}]", values.join("|")) };
        format!("{} {ty}{null}{default}{values}", field.name)
    });
    let fields: Vec<String> = fields.collect();
    let doubt = if entity.completeness.is_complete() { "" } else { " ..." };
    format!("{}: {}{doubt}", entity.qualname, fields.join(", "))
}

fn constraints(text: &str) -> Vec<String> {
    let (schema, _) = fold(text, Dialect::PostgreSql);
    let mut lines = Vec::new();
    for entity in entities(&schema, 0) {
        let Detail::Table(table) = &entity.detail else { continue };
        for constraint in &table.constraints {
            let kind = match &constraint.kind {
                ConstraintKind::PrimaryKey(columns) => format!("pk({})", columns.join(",")),
                ConstraintKind::Unique(columns) => format!("unique({})", columns.join(",")),
                ConstraintKind::ForeignKey(key) => {
                    format!("fk({}) {}({})", key.columns.join(","), key.target, key.target_columns.join(","))
                }
                ConstraintKind::Check { text, .. } => format!("check {}", text.is().map_or("?", |text| text)),
                ConstraintKind::Exclusion(_) | ConstraintKind::Other => "other".to_owned(),
            };
            lines.push(format!("{} {} {kind}", table.name, constraint.name.as_deref().unwrap_or("-")));
        }
    }
    lines
}

#[test]
fn columns_are_added_altered_renamed_and_dropped() {
    assert_eq!(
        tables(
            "create table a (id serial primary key, b text, c int default 0 not null, d bool default '0');
             alter table a add e varchar(9) not null default 'x', drop column b, rename c to f;
             alter table a alter f type bigint, alter f drop default, alter d set not null;
             alter table a rename to z; alter table z add id int"
        ),
        ["z: id int4!=nextval('a_id_seq'::regclass), f int8!, d bool!=false, e varchar(9)!='x'"]
    );
}

#[test]
fn constraints_follow_their_columns_and_tables() {
    assert_eq!(
        constraints(
            "create table a (id int primary key, b int unique, c int check (c > 0 and c < 9));
             create table r (a_id int references a, x int, y int, foreign key (x, y) references q (x, y), unique (x, y));
             create unique index u on r (y);
             alter table a rename to aa; alter table aa rename b to bb; alter table aa rename column c to cc;
             alter table aa drop constraint a_pkey; alter table r drop column x; alter index u rename to uu"
        ),
        [
            "aa a_b_key unique(bb)",
            "aa a_c_check check cc > 0 AND cc < 9",
            "r r_a_id_fkey fk(a_id) aa()",
            "r uu unique(y)",
        ]
    );
}

#[test]
fn dropping_a_table_drops_what_points_at_it() {
    assert_eq!(
        tables(
            "create table a (id int); create table b (a int references a); create view v as select id from a; drop table a cascade"
        ),
        ["b: a int4"]
    );
    assert_eq!(
        constraints("create table a (id int); create table b (a int references a); drop table a"),
        [] as [&str; 0]
    );
}

#[test]
fn a_table_rebuilt_under_its_old_name_is_the_new_one() {
    assert_eq!(
        tables(
            "create table t (a int, b int); alter table t rename to t_old; create table t (a int, c text);
             insert into t select a, b from t_old; drop table t_old cascade"
        ),
        ["t: a int4, c text"]
    );
}

#[test]
fn what_exists_already_is_not_made_again() {
    assert_eq!(
        tables(
            "create table a (b int); create table if not exists a (b int, c int); alter table a add column if not exists b text"
        ),
        ["a: b int4"]
    );
    let (schema, _) =
        fold("create table a (b int); create table if not exists a (c int)", Dialect::PostgreSql);
    let history: Vec<String> =
        schema.tables.values().flat_map(|table| &table.history).map(|step| step.what.to_string()).collect();
    assert_eq!(history, ["created", "declared again, without effect"]);
}

#[test]
fn enumerations_have_their_labels() {
    assert_eq!(
        tables(
            "create type mood as enum ('sad', 'ok'); create table a (m mood not null, n mood[], k text check (k in ('x','y')));
             alter type mood add value 'glad'; alter type mood rename value 'ok' to 'fine'; alter type mood rename to feeling;
             alter table a add constraint second check (k in ('y','z'))"
        ),
        ["a: m feeling![sad|fine|glad], n feeling[], k text[y]"]
    );
}

#[test]
fn guards_are_decided_by_the_schema() {
    assert_eq!(
        tables(
            "create table a (b int);
             do $$ begin
               if not exists (select 1 from information_schema.columns where table_name='a' and column_name='b') then
                 alter table a add b text; else alter table a add c text; end if;
               if exists (select 1 from information_schema.tables where table_name = 'zz') then drop table a; end if;
             end $$; alter table if exists nope add x int"
        ),
        ["a: b int4, c text"]
    );
}

#[test]
fn an_undecidable_condition_leaves_doubt_and_invents_nothing() {
    assert_eq!(
        tables(
            "create table a (b int not null); create table c (d int); create table e (f int);
             do $$ begin if current_user = 'x' then alter table a add g int; alter table a alter b drop not null; drop table c;
             create table h (i int); end if; end $$"
        ),
        ["a: b int4?, g int4 ...", "c: d int4 ...", "e: f int4", "h: i int4 ..."]
    );
}

#[test]
fn what_is_not_modelled_leaves_doubt_where_it_says() {
    assert_eq!(
        tables("create table a (b int); create table c (d int); alter table a frobnicate"),
        ["a: b ??=? ...", "c: d int4"]
    );
    assert_eq!(
        tables("create table a (b int); do $$ begin execute x; end $$; create table c (d int)"),
        ["a: b ??=? ...", "c: d int4"]
    );
    let (schema, _) =
        fold("do $$ begin execute format('create table %I (a int)', x); end $$", Dialect::PostgreSql);
    assert!(schema.may_lack_tables && schema.tables.is_empty());
}

#[test]
fn partitions_are_no_tables() {
    assert_eq!(
        tables(
            "create table p (a int) partition by range (a); create table p1 partition of p for values from (1) to (2);
             create table p2 (a int); alter table only p attach partition p2 default; alter table p2 add constraint c primary key (a);
             create temp table t (x int)"
        ),
        ["p: a int4"]
    );
}

#[test]
fn what_is_missing_is_said() {
    assert_eq!(
        tables(
            "alter table a add b int; create table c (d int); alter table c drop e; alter table c drop if exists f"
        ),
        ["c: d int4", "missing a", "missing c.e"]
    );
}

/// Changes that fail are assumed at the end, as where files are read one after the other.
fn files(texts: &[&str]) -> (Schema, Vec<String>) {
    let mut schema = Schema::new(Dialect::PostgreSql);
    for text in texts {
        let script = read_script(text, Place::Verbatim { file: FileId::new(0), offset: 0 }, schema.dialect);
        for (change, missing) in schema.apply_steps(&script.steps, Origin::default()) {
            schema.assume(&change, &missing, Origin::default());
        }
    }
    let lines = entities(&schema, 0).iter().map(show).collect();
    (schema, lines)
}

#[test]
fn what_a_table_gets_before_it_is_created_stays() {
    let (schema, lines) = files(&[
        "alter table jobs add column if not exists done_at date",
        "create table jobs (id int, state text)",
        "create table if not exists jobs (id int, state text, done_at date)",
    ]);
    assert_eq!(lines, ["jobs: id int4, state text, done_at date"]);
    let shadowed = |event: &SchemaEvent| matches!(event.kind, SchemaEventKind::Shadowed { .. });
    assert!(!schema.events.iter().any(shadowed));
}

#[test]
fn a_column_that_is_dropped_if_it_exists_leaves_a_table_that_nothing_creates() {
    let (schema, lines) = files(&[
        "alter table jobs add a int; alter table jobs add b int; alter table jobs drop column if exists a",
        "alter table others drop column if exists c",
    ]);
    assert_eq!(lines, ["jobs: b int4 ..."]);
    assert!(schema.tables.keys().all(|name| &*name.name == "jobs"), "a drop alone makes no table");
}

#[test]
fn what_may_be_gone_is_marked() {
    let (schema, _) = files(&["create table a (x int, y int, z int); create table b (x int); create table c (x int);
        do $$ begin if current_user = 'x' then alter table a drop x; alter table a rename y to w; drop table b; end if; end $$"]);
    let tables = schema.tables.iter().filter(|(_, table)| table.may_be_gone);
    assert_eq!(tables.map(|(name, _)| &*name.name).collect::<Vec<_>>(), ["b"]);
    let columns = schema.tables.values().flat_map(|table| &table.columns).filter(|column| column.may_be_gone);
    assert_eq!(columns.map(|column| &*column.name).collect::<Vec<_>>(), ["x", "y"]);
}

#[test]
fn an_enumeration_that_is_perhaps_replaced_has_no_known_labels() {
    let (schema, _) = files(&["create type mood as enum ('sad', 'ok'); create type kind as enum ('x');
        do $$ begin if current_user = 'x' then alter type mood rename to mood_old;
        create type mood as enum ('sad', 'glad'); end if; end $$"]);
    let certain = schema.enums.iter().map(|(name, found)| (&*name.name, found.certain));
    assert_eq!(certain.collect::<Vec<_>>(), [("kind", true), ("mood", false)]);
}

#[test]
fn views_have_names_of_columns() {
    assert_eq!(
        tables(
            "create view v as select a, b as c from t; create view w as select * from t; create or replace view v as select d from t"
        ),
        ["v: d ??", "w:  ..."]
    );
}

#[test]
fn schemas_keep_tables_apart() {
    assert_eq!(
        tables(
            "create table s.a (x int); create table public.a (y int); alter table s.a set schema t; drop schema public cascade"
        ),
        ["t.a: x int4"]
    );
}

#[test]
fn sqlite_fills_its_integer_primary_key() {
    let (schema, _) = fold("create table a (id integer primary key, b text primary key)", Dialect::Sqlite);
    let table = schema.tables.values().next().expect("one table");
    let [key, title] = &table.columns[..] else { panic!("two columns: {table:?}") };
    assert!(key.generated.is_generated() && key.nullable.is_no() && !title.generated.is_generated());
}
