//! Whole scripts, with the changes they make written one a line.

use alignment_model::database::{Index, IndexExpression, IndexKey};
use alignment_model::entity::{Constraint, ConstraintKind};
use alignment_model::schema_change::{ChangeKind, ColumnChange, SchemaStep};
use alignment_model::{FileId, Known};

use crate::{Dialect, Place, read_script};

fn changes(text: &str, dialect: Dialect) -> Vec<String> {
    let script = read_script(text, Place::Verbatim { file: FileId::new(0), offset: 0 }, dialect);
    let mut lines = Vec::new();
    show_steps(&script.steps, "", &mut lines);
    lines
}

fn postgres(text: &str) -> Vec<String> {
    changes(text, Dialect::PostgreSql)
}

fn show_steps(steps: &[SchemaStep], indent: &str, lines: &mut Vec<String>) {
    for step in steps {
        match step {
            SchemaStep::Change(change) => lines.push(format!("{indent}{}", show(&change.kind))),
            SchemaStep::Guarded(guarded) => {
                lines.push(format!("{indent}if {:?}", guarded.condition));
                show_steps(&guarded.then, &format!("{indent}  "), lines);
                if !guarded.otherwise.is_empty() {
                    lines.push(format!("{indent}else"));
                    show_steps(&guarded.otherwise, &format!("{indent}  "), lines);
                }
            }
        }
    }
}

fn show(kind: &ChangeKind) -> String {
    use ChangeKind as K;
    match kind {
        K::CreateTable(create) => {
            let mut parts: Vec<String> = create.columns.iter().map(show_column).collect();
            parts.extend(create.constraints.iter().map(show_constraint));
            parts.extend(create.columns_from.iter().map(|other| format!("like {other}")));
            parts.extend(create.partition_of.iter().map(|parent| format!("partition of {parent}")));
            parts.extend(create.incomplete.iter().map(|why| format!("incomplete: {why}")));
            let flags = [(create.if_not_exists, "?"), (create.temporary, "~")];
            let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, flag)| *flag).collect();
            format!("create{flags} {}: {}", create.table, parts.join("; "))
        }
        K::AddColumn { table, column, .. } => format!("add {table}: {}", show_column(column)),
        K::DropColumn { table, column, .. } => format!("drop {table}.{column}"),
        K::RenameColumn { table, from, to } => format!("rename {table}.{from} {to}"),
        K::RenameTable { from, to } => format!("rename {from} {to}"),
        K::MoveTable { table, schema } => format!("move {table} {}", schema.as_deref().unwrap_or("-")),
        K::DropTable { table, cascade, .. } => {
            format!("drop {table}{}", if *cascade { " cascade" } else { "" })
        }
        K::AlterColumn { table, column, ty, nullable, server_default, generated, rename } => {
            let mut parts = vec![format!("alter {table}.{column}")];
            parts
                .extend(ty.as_ref().map(|ty| ty.is().map_or("type ?".to_owned(), |ty| format!("type {ty}"))));
            parts.extend(nullable.map(|nullable| format!("null {nullable:?}")));
            parts.extend(server_default.as_ref().map(|default| format!("default {}", show_default(default))));
            parts.extend(
                generated.as_ref().map(|generated| format!("generated {}", generated.is_generated())),
            );
            parts.extend(rename.as_ref().map(|to| format!("to {to}")));
            parts.join(" ")
        }
        K::AddConstraint { table, constraint } => {
            format!("constrain {table}: {}", show_constraint(constraint))
        }
        K::DropConstraint { table, name, .. } => format!("unconstrain {table} {name}"),
        K::CreateIndex { index, .. } => show_index(index),
        K::CreateEnum { name, labels, if_not_exists } => {
            format!("enum{} {name}({})", if *if_not_exists { "?" } else { "" }, labels.join(","))
        }
        K::AddEnumLabel { name, label, .. } => format!("label {name} {label}"),
        K::RenameEnumLabel { name, from, to } => format!("relabel {name} {from} {to}"),
        K::CreateView { name, columns, reads, .. } => {
            let reads: Vec<String> = reads.iter().map(ToString::to_string).collect();
            let columns = columns.is().map_or("?".to_owned(), |columns| columns.join(","));
            format!("view {name}({columns}) reads {}", reads.join(","))
        }
        K::Unmodelled { tables, what } => {
            let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
            format!("unmodelled [{}] {what}", tables.join(","))
        }
        K::Rows { table, removed } => {
            format!("rows {table} {}", if *removed { "removed" } else { "changed" })
        }
        K::ValidateConstraint { table, name } => format!("validate {table} {name}"),
        other => format!("{other:?}"),
    }
}

fn show_index(index: &Index) -> String {
    let key = |key: &IndexKey| {
        let expression = match &key.expression {
            IndexExpression::Column(name) => name.to_string(),
            IndexExpression::Sql(text) => format!("({text})"),
        };
        [&*expression, &*key.suffix].join(" ").trim_end().to_owned()
    };
    let keys = index.keys.is().map(|keys| keys.iter().map(key).collect::<Vec<_>>().join(","));
    let mut parts = vec![
        format!("{}index", if index.unique { "unique " } else { "" }),
        index.name.as_deref().unwrap_or("-").to_owned(),
        format!("{}({})", index.table, keys.unwrap_or("?".to_owned())),
    ];
    parts.extend(index.method.as_ref().map(|method| format!("using {method}")));
    parts.extend((!index.include.is_empty()).then(|| format!("include {}", index.include.join(","))));
    parts.extend(index.nulls_not_distinct.then(|| "nulls not distinct".to_owned()));
    parts.extend((!index.options.is_empty()).then(|| format!("with {}", index.options)));
    parts.extend(
        index
            .condition
            .as_ref()
            .map(|condition| format!("where {}", condition.is().map_or("?", |text| text))),
    );
    parts.join(" ")
}

fn show_column(column: &ColumnChange) -> String {
    let ty = column.ty.is().map_or("?".to_owned(), ToString::to_string);
    let null = match column.nullable {
        Known::Is(true) => "",
        Known::Is(false) => "!",
        Known::Unknown(_) => "?",
    };
    let default = match &column.server_default {
        Known::Is(None) => String::new(),
        default => format!("={}", show_default(default)),
    };
    format!("{} {ty}{null}{default}{}", column.name, if column.generated.is_generated() { "*" } else { "" })
}

fn show_default(default: &Known<Option<Box<str>>>) -> &str {
    match default {
        Known::Is(Some(default)) => default,
        Known::Is(None) => "none",
        Known::Unknown(_) => "?",
    }
}

fn show_constraint(constraint: &Constraint) -> String {
    let name = constraint.name.as_deref().map(|name| format!("{name} ")).unwrap_or_default();
    let kind = match &constraint.kind {
        ConstraintKind::PrimaryKey(columns) => format!("pk({})", columns.join(",")),
        ConstraintKind::Unique(columns) => format!("unique({})", columns.join(",")),
        ConstraintKind::ForeignKey(key) => {
            let action = key.on_delete.as_deref().map(|action| format!(" {action}")).unwrap_or_default();
            format!("fk({}) {}({}){action}", key.columns.join(","), key.target, key.target_columns.join(","))
        }
        ConstraintKind::Check { values: Some((column, values)), .. } => {
            format!("{column} in {}", values.iter().map(|value| value.plain()).collect::<Vec<_>>().join("|"))
        }
        ConstraintKind::Check { text, .. } => format!("check {}", text.is().map_or("?", |text| text)),
        ConstraintKind::Exclusion(_) | ConstraintKind::Other => "other".to_owned(),
    };
    format!("{name}{kind}")
}

#[test]
fn a_table_has_columns_and_constraints() {
    assert_eq!(
        postgres(
            "CREATE TABLE IF NOT EXISTS public.Orders (
                id bigserial PRIMARY KEY,
                user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
                state text DEFAULT 'new' CHECK (state IN ('new', 'done')),
                total numeric(10,2) NOT NULL DEFAULT 0.00,
                at timestamptz DEFAULT now(),
                search tsvector GENERATED ALWAYS AS (to_tsvector('simple', state)) STORED,
                n int GENERATED BY DEFAULT AS IDENTITY,
                CONSTRAINT one UNIQUE (user_id, state),
                EXCLUDE USING gist (at WITH =)
            )"
        ),
        [
            "create? orders: id int8!*; user_id uuid!; state text='new'; total numeric(10,2)!=0.00; at timestamptz=now(); \
          search tsvector*; n int4!*; pk(id); fk(user_id) auth.users(id) CASCADE; state in new|done; \
          one unique(user_id,state); other"
        ]
    );
}

#[test]
fn one_odd_element_costs_only_its_own_details() {
    assert_eq!(
        postgres(
            "create table a (
                tags ARRAY NOT NULL DEFAULT '{}'[],
                name text DEFAULT trim(both from 'x') NOT NULL,
                at time without time zone without zone,
                primary key (name) garbage here,
                like b including all,
                1 nonsense
            ) with (fillfactor = 70)"
        ),
        [
            "create a: tags ?!='{}'[]; name text!=trim(both from 'x'); at time without time zone without zone; \
          pk(name); like b; incomplete: one of its columns could not be read"
        ]
    );
}

#[test]
fn tables_come_from_elsewhere() {
    assert_eq!(
        postgres(
            "create table a partition of b for values in (1); create table c (like d including all, e int);
             create table f () inherits (g, h); create temp table i (j int); create table k as select l, m as n from o;
             create table p as select * from q; create table r of s"
        ),
        [
            "create a: partition of b",
            "create c: e int4; like d",
            "create f: like g; like h",
            "create~ i: j int4",
            "create k: l ??; n ??",
            "create p: incomplete: its columns come from a query",
            "create r: incomplete: its columns come from a composite type",
        ]
    );
}

#[test]
fn every_action_of_an_alteration_is_read_alone() {
    assert_eq!(
        postgres(
            "ALTER TABLE ONLY a ADD COLUMN IF NOT EXISTS b int DEFAULT 1 REFERENCES c, ALTER d TYPE varchar(5) USING d::text,
                ALTER COLUMN e SET DEFAULT 'x,y', ALTER e DROP NOT NULL, ALTER f ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s),
                DROP COLUMN g CASCADE, DROP CONSTRAINT h, ADD CONSTRAINT i CHECK (j > 0) NOT VALID, OWNER TO me, FROBNICATE k;
             alter table a rename to z; alter table z rename y to x; alter table z rename column column to w;
             alter table z set schema archive; alter table z attach partition z1 default; alter index i rename to i2;
             alter table z validate constraint i; alter table z enable row level security"
        ),
        [
            "add a: b int4=1",
            "constrain a: fk(b) c()",
            "alter a.d type varchar(5)",
            "alter a.e default 'x,y'",
            "alter a.e null Is(true)",
            "alter a.f null Is(false) generated true",
            "drop a.g",
            "unconstrain a h",
            "constrain a: i check j > 0",
            "unmodelled [a] `ALTER TABLE ... FROBNICATE k`",
            "rename a z",
            "rename z.y x",
            "rename z.column w",
            "move z archive",
            "AttachPartition { table: TableName { schema: None, name: \"z\" }, partition: TableName { schema: None, name: \"z1\" }, bounds: Is(\"default\") }",
            "RenameIndex { from: \"i\", to: \"i2\" }",
            "validate z i",
            "RowSecurity { table: TableName { schema: None, name: \"z\" }, enabled: Some(true), forced: None }",
        ]
    );
}

#[test]
fn a_table_that_may_not_exist_guards_its_alteration() {
    assert_eq!(
        postgres("alter table if exists only a add b int"),
        ["if TableExists(TableName { schema: None, name: \"a\" })", "  add a: b int4"]
    );
}

#[test]
fn types_indexes_and_views() {
    assert_eq!(
        postgres(
            "create type mood as enum ('sad', 'it''s'); alter type mood add value if not exists 'ok' before 'sad';
             alter type mood rename value 'ok' to 'fine'; create unique index concurrently if not exists i on only a using btree (b desc, c);
             create unique index on a (b) where c; create unique index j on a (lower(b)); create index k on a (b, (c + 1));
             create or replace view v as select a.b, count(*) c from a join d on true; drop table a, e cascade;
             create materialized view w (x) as select 1 with no data; create domain e as text; drop index concurrently if exists i"
        ),
        [
            "enum mood(sad,it's)",
            "label mood ok",
            "relabel mood ok fine",
            "unique index i a(b desc,c) using btree",
            "unique index - a(b) where c",
            "unique index j a((lower(b)))",
            "index k a(b,(c + 1))",
            "view v(b,c) reads a,d",
            "drop a cascade",
            "drop e cascade",
            "view w(x) reads ",
            "DropIndex { name: \"i\" }",
        ]
    );
}

#[test]
fn other_dialects_keep_their_words() {
    assert_eq!(
        changes(
            "CREATE TABLE `t` (`Id` int(11) unsigned NOT NULL AUTO_INCREMENT, `kind` enum('a','b') DEFAULT 'a' COMMENT 'x',
                `on` tinyint(1) NOT NULL DEFAULT '0', PRIMARY KEY (`Id`), KEY `k` (`kind`), UNIQUE KEY `u` (`kind`,`on`)) ENGINE=InnoDB;
             ALTER TABLE t ADD (x int, y int), MODIFY COLUMN kind varchar(9) NOT NULL, CHANGE `on` off tinyint(1), ADD z int AFTER x, DROP INDEX k;
             RENAME TABLE t TO t2",
            Dialect::MySql
        ),
        [
            "create t: Id int8!*; kind enum='a'; on bool!='0'; pk(Id); u unique(kind,on)",
            "add t: x int4",
            "add t: y int4",
            "alter t.kind type varchar(9) null Is(false) default none generated false",
            "alter t.on type bool null Is(true) default none generated false to off",
            "add t: z int4",
            "DropIndex { name: \"k\" }",
            "rename t t2",
        ]
    );
    assert_eq!(
        changes(
            "PRAGMA foreign_keys=OFF; CREATE TABLE \"t\" (id INTEGER PRIMARY KEY AUTOINCREMENT, 'name' TEXT, x) STRICT, WITHOUT ROWID;
             CREATE VIRTUAL TABLE f USING fts5(title, body, tokenize='porter')",
            Dialect::Sqlite
        ),
        [
            "create t: id int8*; name text; x ?; pk(id)",
            "create f: title ?; body ?; incomplete: its columns are made by a module of SQLite",
        ]
    );
}

#[test]
fn blocks_are_followed() {
    assert_eq!(
        postgres(
            "DO $$ DECLARE had boolean; names text[] := ARRAY['p', 'q']; n text;
             BEGIN
               SELECT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'a' AND column_name = 'b') INTO had;
               IF NOT EXISTS (
 SELECT 1 FROM pg_indexes WHERE indexname = 'i'
 ) THEN CREATE INDEX i ON a (b); END IF;
               IF NOT had THEN ALTER TABLE a ADD b int; ELSIF to_regclass('c') IS NULL THEN CREATE TABLE c (d int);
               ELSE UPDATE a SET b = CASE WHEN b = 1 THEN 2 ELSE 3 END; END IF;
               FOREACH n IN ARRAY names LOOP EXECUTE format('ALTER TABLE %I ADD COLUMN %I text DEFAULT %L', n, 'x', 'it''s'); END LOOP;
               FOR n IN SELECT tablename FROM pg_tables LOOP EXECUTE 'ALTER TABLE ' || quote_ident(n) || ' ADD y int'; END LOOP;
               BEGIN CREATE TYPE e AS ENUM ('f'); EXCEPTION WHEN duplicate_object THEN NULL; END;
               IF current_user = 'root' THEN DROP TABLE a; END IF;
               EXECUTE n;
             END $$ LANGUAGE plpgsql"
        ),
        [
            "if Not(IndexExists(\"i\"))",
            "  index i a(b)",
            "if Not(ColumnExists(TableName { schema: None, name: \"a\" }, \"b\"))",
            "  add a: b int4",
            "else",
            "  if Not(TableExists(TableName { schema: None, name: \"c\" }))",
            "    create c: d int4",
            "  else",
            "    rows a changed",
            "add p: x text='it''s'",
            "add q: x text='it''s'",
            "if Unknown",
            "  add \u{fffc}: y int4",
            "enum? e(f)",
            "if Unknown",
            "  drop a",
            "unmodelled [] `EXECUTE` of a text that is made at run time",
        ]
    );
}

#[test]
fn data_functions_and_privileges_change_no_shape() {
    assert_eq!(
        postgres(
            "insert into a values (1); update a set b = 'create table c (d int)'; grant all on a to b; comment on table a is 'x';
             create function f() returns void as $$ create table g (h int); $$ language sql; create trigger t before insert on a
             execute function f(); create extension x; create sequence s; select 1; with x as (select 1) delete from a; vacuum"
        ),
        ["rows a changed"]
    );
}

#[test]
fn what_is_not_understood_is_said() {
    assert_eq!(
        postgres("alter table; drop table 5; alter table a drop; create index x; alter schema a rename to b"),
        [
            "unmodelled [] `alter table ...`",
            "unmodelled [] `drop table 5 ...`",
            "unmodelled [a] `ALTER TABLE ... drop`",
            "unmodelled [] `create index x ...`",
            "unmodelled [] `alter schema a rename ...`",
        ]
    );
}

#[test]
fn unqualified_names_follow_the_search_path() {
    assert_eq!(
        postgres(
            "set search_path to auth, public; create table a (b int references c); create table public.d (e int); set search_path = public; create table f (g int)"
        ),
        ["create auth.a: b int4; fk(b) auth.c()", "create d: e int4", "create f: g int4"]
    );
}

#[test]
fn places_point_into_the_file() {
    let text = "select 1;\n\nDO $$ BEGIN\n  ALTER TABLE t ADD c int;\nEND $$;";
    let script = read_script(text, Place::Verbatim { file: FileId::new(0), offset: 0 }, Dialect::PostgreSql);
    let Some(SchemaStep::Change(change)) = script.steps.first() else { panic!("one change") };
    let ChangeKind::AddColumn { column, .. } = &change.kind else { panic!("a column") };
    assert_eq!(&text[change.span.range.to_usize()], "ALTER TABLE t ADD c int");
    assert_eq!(&text[column.span.range.to_usize()], "c int");
    assert_eq!(script.statements, 2);
}

#[test]
fn hostile_scripts_end() {
    let deep = format!("create table t (a int check ({}1{}))", "(".repeat(100_000), ")".repeat(100_000));
    let chain = format!("create table t (a int default {})", vec!["1"; 200_000].join("+"));
    let blocks = format!("do $$ {} $$", "begin ".repeat(100_000));
    let ifs = format!("do $$ begin {} $$", "if a then ".repeat(100_000));
    let elsifs = format!("do $$ begin if a then {} $$", "elsif b then ".repeat(100_000));
    let quotes = "create table a (b text default '".repeat(2_000);
    let triggers = "create trigger t begin select 1;\n".repeat(5_000);
    let dollars = "$a$ $b$ ".repeat(50_000);
    let insert =
        format!("insert into t values {}; create table last (x int)", vec!["(1, 'x')"; 200_000].join(","));
    let wide = format!(
        "create table w ({})",
        (0..20_000).map(|at| format!("c{at} int")).collect::<Vec<_>>().join(",")
    );
    for text in [&deep, &chain, &blocks, &ifs, &elsifs, &quotes, &triggers, &dollars, &insert, &wide] {
        for dialect in [Dialect::PostgreSql, Dialect::Sqlite, Dialect::MySql] {
            read_script(text, Place::Verbatim { file: FileId::new(0), offset: 0 }, dialect);
        }
    }
    assert_eq!(postgres(&insert), ["create last: x int4"]);
    assert_eq!(postgres(&deep).len(), 1);
}
