"""The database layer: Alembic runs every revision on a real PostgreSQL, and the catalog is read.

The fixture's `env.py` is not run: the trees are applied through Alembic's own runtime, so that they need no settings.
"""

from __future__ import annotations

import sys
import warnings

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from common import FIXTURE, MANIFEST, emit, postgres_type, prepare_imports, shape_of_sql

COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'alembic_version'
order by c.relname, a.attnum
"""


def migrate(connection, script: ScriptDirectory, config: Config) -> None:
    def revisions(current, _context):
        return script._upgrade_revs("heads", current)

    with EnvironmentContext(config, script, fn=revisions, destination_rev="heads") as environment:
        environment.configure(connection=connection)
        with environment.begin_transaction():
            environment.run_migrations()


def tables(connection, tree: str) -> list[dict]:
    entities: dict[str, dict] = {}
    for table, column, sql_type, nullable, default in connection.execute(sa.text(COLUMNS)):
        entity = entities.setdefault(table, {"layer": "db", "kind": "table", "name": table, "tree": tree, "fields": []})
        short = postgres_type(sql_type)
        entity["fields"].append({
            "name": column, "kind": "column", "type": shape_of_sql(short), "type_sql": short, "nullable": nullable,
            "server_default": default,
        })
    return list(entities.values())


def main() -> None:
    prepare_imports()
    admin = sa.create_engine(sys.argv[2], isolation_level="AUTOCOMMIT")
    entities, trees = [], []
    for number, tree in enumerate(MANIFEST["migrations"]):
        config = Config()
        config.set_main_option("script_location", str(FIXTURE / tree))
        config.set_main_option("path_separator", "os")
        script = ScriptDirectory.from_config(config)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                heads = sorted(script.get_heads())
        except KeyError as error:
            trees.append({"path": tree, "heads": None, "error": f"missing revision {error}"})
            continue
        trees.append({"path": tree, "heads": heads, "error": None})
        database = f"oracle_{number}"
        with admin.connect() as connection:
            connection.execute(sa.text(f"drop database if exists {database}"))
            connection.execute(sa.text(f"create database {database}"))
        engine = sa.create_engine(sa.make_url(sys.argv[2]).set(database=database))
        with engine.begin() as connection:
            migrate(connection, script, config)
        with engine.connect() as connection:
            entities += tables(connection, tree)
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(sa.text(f"drop database {database}"))
    emit("db", entities, trees=trees)


main()
