//! Small programs that make their own schema, each source with its tables written on one line.

use std::collections::HashSet;

use alignment_sql::Dialect;

use super::recognised;
use crate::alembic::Replay;
use crate::testing::Repository;

fn replays(files: &[(&str, &str)]) -> Vec<Replay> {
    let repository = Repository::new(files);
    recognised(repository.input(), &repository.names(), &HashSet::new())
}

/// Each source: its kind, its path, its tables with their columns; `...` marks a table that may have others.
fn read(files: &[(&str, &str)]) -> Vec<String> {
    let show = |replay: Replay| {
        let tables = replay.schema.tables.iter().map(|(name, table)| {
            let columns: Vec<&str> = table.columns.iter().map(|column| &*column.name).collect();
            let doubt = if table.completeness.is_complete() { "" } else { " ..." };
            format!("{name}({}{doubt})", columns.join(","))
        });
        let tables: Vec<String> = tables.collect();
        format!("{} {}: {}", replay.source.kind.key(), replay.source.path, tables.join(" "))
    };
    replays(files).into_iter().map(show).collect()
}

fn problems(files: &[(&str, &str)]) -> Vec<String> {
    replays(files).into_iter().flat_map(|replay| replay.problems).map(|problem| problem.message).collect()
}

const SCHEMA: (&str, &str) = (
    "app/store/schema.py",
    "TABLES = {'users': 'CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT)',
    'notes': '''CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY)'''}
INDEXES = ['CREATE INDEX IF NOT EXISTS ix ON users (name)']

def make_tables(cursor):
    for name, ddl in TABLES.items():
        cursor.execute(ddl)

def init_schema(cursor):
    make_tables(cursor)
    for ddl in INDEXES:
        cursor.execute(ddl)
",
);

/// Migrations with a tracker: what fails for want of a table is tried again once the schema is there, unless it was recorded.
fn migrations(first: &str) -> String {
    format!(
        "import sqlite3

def add_column(cursor, table, column, ddl):
    cursor.execute(f'PRAGMA table_info({{table}})')
    if column in {{row[1] for row in cursor.fetchall()}}:
        return False
    try:
        cursor.execute(ddl)
        return True
    except sqlite3.OperationalError as e:
        if 'duplicate column name' in str(e).lower():
            return False
        raise

def _first(cursor):
{first}

def _second(cursor):
    for column, kind in [('age', 'INTEGER'), ('mail', \"TEXT DEFAULT ''\")]:
        add_column(cursor, 'users', column, f'ALTER TABLE users ADD COLUMN {{column}} {{kind}}')
    cursor.execute('CREATE TABLE IF NOT EXISTS extra (user_id INTEGER)')

STEPS = [('first', _first), ('second', _second)]

def run_all(cursor):
    cursor.execute('CREATE TABLE IF NOT EXISTS applied (name TEXT PRIMARY KEY, at TEXT)')
    cursor.execute('SELECT name FROM applied')
    done = {{row[0] for row in cursor.fetchall()}}
    for name, step in STEPS:
        if name in done:
            continue
        try:
            step(cursor)
            cursor.execute('INSERT INTO applied (name, at) VALUES (?, ?)', (name, now()))
        except sqlite3.OperationalError as e:
            if 'no such table' not in str(e):
                raise
"
    )
}

const START: (&str, &str) = (
    "app/database.py",
    "import sqlite3
from store.schema import init_schema
from store.migrations import run_all

def start():
    with sqlite3.connect('x.db') as conn:
        cursor = conn.cursor()
        run_all(cursor)
        init_schema(cursor)
        run_all(cursor)
",
);

#[test]
fn what_is_declared_and_what_a_fresh_install_has_are_two_sources() {
    let steps =
        migrations("    add_column(cursor, 'notes', 'text', 'ALTER TABLE notes ADD COLUMN text TEXT')");
    let files = [SCHEMA, ("app/store/migrations.py", &*steps), START];
    assert_eq!(
        read(&files),
        [
            "code-schema app/store/schema.py: notes(id) users(id,name)",
            "code-migrations app/store/migrations.py: applied(name,at) extra(user_id) notes(id,text) users(id,name,age,mail)",
        ]
    );
    assert_eq!(problems(&files), [""; 0]);
    assert!(replays(&files).iter().all(|replay| replay.source.dialect == Dialect::Sqlite));
}

#[test]
fn an_error_that_is_swallowed_before_the_table_exists_is_told() {
    let first = "    try:
        cursor.execute('ALTER TABLE notes ADD COLUMN text TEXT')
    except Exception:
        pass";
    let steps = migrations(first);
    let files = [SCHEMA, ("app/store/migrations.py", &*steps), START];
    assert!(read(&files)[1].contains(" notes(id) "), "it is recorded as applied");
    let told = problems(&files);
    assert!(
        told.len() == 1 && told[0].contains("`notes.text`") && told[0].contains("never appears"),
        "{told:?}"
    );
}

#[test]
fn without_a_way_from_the_entry_changes_come_after_the_schema() {
    let changes = "import sqlite3
def migrate(conn):
    columns = [row['name'] for row in conn.execute('PRAGMA table_info(users)')]
    if 'age' not in columns:
        conn.execute('ALTER TABLE users ADD COLUMN age INTEGER')
";
    assert_eq!(
        read(&[SCHEMA, ("app/upgrade.py", changes)]),
        [
            "code-schema app/store/schema.py: notes(id) users(id,name)",
            "code-migrations app/upgrade.py: notes(id) users(id,name,age)",
        ]
    );
}

/// One module, `app/db.py`, that imports `sqlite3`.
fn module(text: &str) -> Vec<String> {
    let text = format!("import sqlite3\n{text}");
    read(&[("app/db.py", &text)])
}

#[test]
fn versions_guards_and_rebuilds_decide_as_on_a_fresh_install() {
    let cases = [
        (
            "def init_db(conn):
    version = conn.execute('PRAGMA user_version').fetchone()[0]
    if version < 1:
        conn.executescript('CREATE TABLE a (x int); CREATE TABLE b (y int);')
    if version < 2:
        conn.execute('ALTER TABLE a ADD COLUMN z int')
    conn.execute('PRAGMA user_version = 2')",
            "a(x,z) b(y)",
        ),
        (
            "def init_db(conn):
    conn.execute('CREATE TABLE IF NOT EXISTS meta (version int)')
    row = conn.execute('SELECT MAX(version) FROM meta').fetchone()
    current = row[0] or 0
    if current < 1:
        conn.execute('CREATE TABLE a (x int)')
        conn.execute('INSERT INTO meta (version) VALUES (1)')
    row = conn.execute('SELECT version FROM meta WHERE version = ?', (1,)).fetchone()
    if row is None:
        conn.execute('CREATE TABLE never (x int)')",
            "a(x) meta(version)",
        ),
        (
            "def rebuild(conn, table, create):
    new = f'{table}_new'
    conn.execute(create)
    conn.execute(f'INSERT INTO {new} SELECT * FROM {table}')
    conn.execute(f'DROP TABLE {table}')
    conn.execute(f'ALTER TABLE {new} RENAME TO {table}')

def init_db(conn):
    conn.execute('CREATE TABLE a (x int)')
    rebuild(conn, 'a', 'CREATE TABLE a_new (x int, y int)')",
            "a(x,y)",
        ),
        (
            "def init_db(conn):
    conn.execute('CREATE TABLE a (x int, y int)')
    for column in ('y', 'z'):
        try:
            conn.execute(f'ALTER TABLE a ADD COLUMN {column} int')
        except sqlite3.OperationalError:
            pass
    try:
        conn.execute('SELECT w FROM a LIMIT 1')
    except sqlite3.OperationalError:
        conn.execute('ALTER TABLE a ADD COLUMN w int')",
            "a(x,y,z,w)",
        ),
        (
            "class Store:
    def __init__(self, path):
        self.conn = sqlite3.connect(path)
        self._setup()
    def _setup(self):
        if not self._has('a'):
            self.conn.execute('CREATE TABLE a (x int)')
    def _has(self, table):
        found = self.conn.execute(\"SELECT 1 FROM sqlite_master WHERE type='table' AND name=?\", (table,))
        return found.fetchone() is not None",
            "a(x)",
        ),
        (
            "async def init_db(db):
    cursor = await db.execute('PRAGMA table_info(a)')
    if not await cursor.fetchall():
        await db.execute('CREATE TABLE a (x int)')
    if settings.extra:
        await db.execute('ALTER TABLE a ADD COLUMN maybe int')",
            "a(x,maybe ...)",
        ),
    ];
    for (text, tables) in cases {
        let read = module(text);
        assert!(read.len() == 1 && read[0].ends_with(&format!("app/db.py: {tables}")), "{read:?}\n{text}");
    }
}

#[test]
fn what_nothing_runs_is_no_source() {
    let create = "CREATE TABLE a (x int)";
    let runs = format!("import sqlite3\ndef init_db(conn):\n    conn.execute('{create}')\n");
    for path in ["tests/db.py", "app/test_db.py", "docs/db.py", "examples/db.py", "scripts/init_db.py"] {
        assert_eq!(read(&[(path, &runs)]), [""; 0], "{path}");
    }
    for text in [
        format!("def init_db(conn):\n    '''{create}'''\n    conn.execute('SELECT 1')"),
        format!("EXAMPLE = '{create}'\ndef show(conn):\n    print(EXAMPLE)"),
        format!("def init_db(conn):\n    raise ValueError('{create}')"),
        format!("def prompt():\n    return 'Write {create} and run it'"),
    ] {
        assert_eq!(module(&text), [""; 0], "{text}");
    }
}

#[test]
fn tables_that_a_service_makes_for_itself_are_a_source_of_their_own() {
    let service = "import sqlite3
class Cache:
    def __init__(self):
        self.conn = sqlite3.connect('c.db')
        self._ensure_table()
    def _ensure_table(self):
        self.conn.execute('CREATE TABLE IF NOT EXISTS cache (k TEXT)')
";
    let read = read(&[
        SCHEMA,
        START,
        ("app/store/migrations.py", &migrations("    pass")),
        ("app/cache.py", service),
    ]);
    assert_eq!(read.last().map(String::as_str), Some("code-migrations app/cache.py: cache(k)"));
    assert_eq!(read.len(), 3);
}

#[test]
fn a_program_without_end_is_bounded_and_told() {
    let text = "import sqlite3
def one(conn):
    two(conn)
def two(conn):
    one(conn)
def init_db(conn):
    conn.execute('CREATE TABLE a (x int)')
    for i in range(10000):
        for j in range(10000):
            conn.execute(f'CREATE INDEX IF NOT EXISTS ix{i} ON a (x)')
    one(conn)
";
    let told = problems(&[("app/db.py", text)]);
    assert!(told.len() == 1 && told[0].contains("more than 400000 steps"), "{told:?}");
}

#[test]
fn typescript_runs_constants_in_the_functions_that_set_up() {
    let schema = (
        "src/db/schema.ts",
        "export const USERS = `CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY)`;
export const ALL = [USERS, 'CREATE TABLE notes (id int)'] as const;",
    );
    let start = (
        "src/db/index.ts",
        "import Database from 'better-sqlite3';
import { ALL } from './schema';
/** CREATE TABLE documented (x int) */
const db = new Database('x.db');
export function initDb() {
  for (const ddl of ALL) db.exec(ddl);
  ['CREATE TABLE a (x int)', 'CREATE TABLE b (y int)'].forEach((sql) => db.prepare(sql).run());
  if (flag) db.exec('ALTER TABLE a ADD COLUMN z int');
}
const prompt = 'CREATE TABLE shown (x int)';",
    );
    assert_eq!(
        read(&[schema, start]),
        ["code-migrations src/db/schema.ts: a(x,z ...) b(y) notes(id) users(id)"]
    );
    assert_eq!(replays(&[schema, start])[0].source.dialect, Dialect::Sqlite);
    let elsewhere = ("src/page.ts", "export function show() { run('CREATE TABLE a (x int)'); }");
    assert_eq!(read(&[elsewhere]), [""; 0]);
}

#[test]
fn the_dialect_is_that_of_the_sql_and_of_nothing_around_it() {
    let dialect = |text: &str| replays(&[("app/setup.py", text)])[0].source.dialect;
    let around = "from datetime import datetime
def init_db(engine):
    \"\"\"Run `flask db upgrade` for an `unsigned` key with auto_increment.\"\"\"
    # `tables`, `columns`
    print(datetime.now().strftime('%H'), 'see `docs`')
";
    let serial = format!("{around}    engine.execute('CREATE TABLE plots (id SERIAL PRIMARY KEY)')\n");
    assert_eq!(dialect(&serial), Dialect::PostgreSql);
    let plain = format!("{around}    engine.execute('CREATE TABLE plots (id INTEGER PRIMARY KEY)')\n");
    assert_eq!(dialect(&plain), Dialect::PostgreSql);
    assert_eq!(dialect(&format!("URL = 'sqlite:///plots.db'\n{plain}")), Dialect::Sqlite);
    let quoted = format!("{around}    engine.execute('CREATE TABLE `plots` (`id` INTEGER PRIMARY KEY)')\n");
    assert_eq!(dialect(&quoted), Dialect::MySql);
    let parts = "COLUMNS = ['id SERIAL PRIMARY KEY', 'name TEXT']
def init_db(engine):
    engine.execute(f'CREATE TABLE plots ({\", \".join(COLUMNS)})')
    engine.execute('SELECT `id` FROM plots')
";
    assert_eq!(dialect(parts), Dialect::PostgreSql);
}
