"""The database layer: Alembic runs every revision on a real PostgreSQL, and the catalog is read.

The fixture's `env.py` is not run: the trees are applied through Alembic's own runtime, so that they need no settings.
"""

from __future__ import annotations

import contextlib
import importlib
import operator
import sys
import warnings

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from common import FIXTURE, MANIFEST, emit, postgres_type, prepare_imports, shape_of_sql

COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull, case
  when a.attidentity <> '' then '<identity>' when a.attgenerated <> '' then '<computed> ' || pg_get_expr(d.adbin, d.adrelid)
  else pg_get_expr(d.adbin, d.adrelid) end
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%' and c.relkind in ('r', 'p')
  and not c.relispartition and c.relname <> 'alembic_version'
order by c.relname, a.attnum
"""


def migrate(connection, script: ScriptDirectory, context: dict, revision: str = "heads") -> None:
    def revisions(current, _context):
        return script._upgrade_revs(revision, current)

    with EnvironmentContext(Config(), script, fn=revisions, destination_rev=revision) as environment:
        environment.configure(connection=connection, **context)
        with environment.begin_transaction():
            environment.run_migrations()


def configured(tree: str) -> dict:
    """What the `env.py` of a tree gives to Alembic, by the manifest: `"target_metadata": {"tree": "module:attribute.path"}`."""
    target = MANIFEST.get("target_metadata", {}).get(tree)
    if target is None:
        return {}
    module, path = target.split(":")
    return {"target_metadata": operator.attrgetter(path)(importlib.import_module(module))}


def script_of(tree: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FIXTURE / tree))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def heads_of(script: ScriptDirectory) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sorted(script.get_heads())


def scripts():
    """The trees whose chain is whole: path, script, what its `env.py` gives."""
    prepare_imports()
    for tree in MANIFEST["migrations"]:
        script = script_of(tree)
        try:
            heads_of(script)
        except KeyError:
            continue
        yield tree, script, configured(tree)


@contextlib.contextmanager
def database(server: str, name: str):
    """An engine for a database that is there for as long as it is used."""
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"drop database if exists {name}"))
        connection.execute(sa.text(f"create database {name}"))
    engine = sa.create_engine(sa.make_url(server).set(database=name))
    try:
        yield engine
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(sa.text(f"drop database {name}"))
        admin.dispose()


def catalog_at(server: str, script: ScriptDirectory, context: dict, revision: str, read) -> dict:
    """What `read` finds after Alembic has come to a revision."""
    with database(server, "oracle_made") as engine:
        with engine.begin() as connection:
            migrate(connection, script, context, revision)
        with engine.connect() as connection:
            return read(connection)


def catalog_of(server: str, statements: str, read) -> dict:
    """What `read` finds after these statements."""
    with database(server, "oracle_printed") as engine:
        with engine.begin() as connection:
            connection.connection.cursor().execute(statements)
        with engine.connect() as connection:
            return read(connection)


def tables(connection, tree: str) -> list[dict]:
    entities: dict[str, dict] = {}
    enums = {name for name, in connection.execute(sa.text("select oid::regtype::text from pg_type where typtype = 'e'"))}
    for table, column, sql_type, nullable, default in connection.execute(sa.text(COLUMNS)):
        entity = entities.setdefault(table, {"layer": "db", "kind": "table", "name": table, "tree": tree, "fields": []})
        short = postgres_type(sql_type)
        entity["fields"].append({
            "name": column, "kind": "column", "type": shape_of_sql(short, enums), "type_sql": short, "nullable": nullable,
            "server_default": default,
        })
    return list(entities.values())


def main() -> None:
    prepare_imports()
    entities, trees = [], []
    for number, tree in enumerate(MANIFEST["migrations"]):
        script = script_of(tree)
        try:
            heads = heads_of(script)
        except KeyError as error:
            trees.append({"path": tree, "heads": None, "error": f"missing revision {error}"})
            continue
        trees.append({"path": tree, "heads": heads, "error": None})
        with database(sys.argv[2], f"oracle_{number}") as engine:
            with engine.begin() as connection:
                migrate(connection, script, configured(tree))
            with engine.connect() as connection:
                entities += tables(connection, tree)
    emit("db", entities, trees=trees)


if __name__ == "__main__":
    main()
