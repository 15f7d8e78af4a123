#!/usr/bin/env python3
"""The schema that we print, against the one that Alembic makes: both in PostgreSQL, their catalogs compared.

    schema.py --server URL --alignment PROGRAM FIXTURE...

For each tree of a fixture at its heads, and at two revisions on the way (the ends of the first and second third). At its heads the
database that Alembic made is also read while it runs: what is printed of it makes the same catalog, and nothing in it differs from the
migrations. Exit status 1 where something differs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import catalog

HERE = Path(__file__).parent


def ask(fixture: Path, server: str, alignment: str) -> int:
    """Each fixture in a process of its own, as its imports are."""
    command = [sys.executable, str(HERE / "schema.py"), str(fixture), "--server", server, "--alignment", alignment, "--one"]
    return subprocess.run(command).returncode


def settled(connection) -> dict[str, str]:
    """The catalog, with every check read once more from what PostgreSQL prints: how it prints one depends on what it went through."""
    import sqlalchemy as sa

    checks = """
        select conrelid::regclass, quote_ident(conname), pg_get_constraintdef(oid) from pg_constraint
        where contype = 'c' and conislocal and conrelid <> 0 and coninhcount = 0 order by oid
    """
    for _ in range(2):
        for table, name, definition in connection.execute(sa.text(checks)).fetchall():
            connection.exec_driver_sql(f"alter table {table} drop constraint {name}")
            connection.exec_driver_sql(f"alter table {table} add constraint {name} {definition}".replace("%", "%%"))
    return catalog.catalog(connection)


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr}")
    return done.stdout


def running(connection, fixture: Path, alignment: str) -> tuple[str, list[str]]:
    """What is printed of the database of a connection, and the findings about it."""
    url = connection.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    address = connection.engine.url
    shown = f"postgresql://{address.host}:{address.port}/{address.database}"
    printed = run([alignment, "schema", str(fixture), "--database", url, "--source", shown])
    report = json.loads(run([alignment, "audit", str(fixture), "--database", url, "--output-format", "json"]))
    about = [finding for finding in report["findings"] if any("://" in (end["file"] or "") for end in finding["ends"])]
    return printed, [f"{finding['rule']}: {finding['message']}" for finding in about]


def compare(fixture: Path, server: str, alignment: str) -> int:
    sys.argv = [sys.argv[0], str(fixture)]  # what the oracles read
    import db

    failed = 0
    for tree, script, context in db.scripts():
        revisions = [revision.revision for revision in reversed(list(script.walk_revisions()))]
        on_the_way = [revisions[len(revisions) * part // 3] for part in (1, 2)] if len(revisions) > 3 else []
        for revision in ["heads", *on_the_way]:
            live = []

            def read(connection, revision=revision, live=live):
                if revision == "heads":
                    live.append(running(connection, fixture, alignment))
                return settled(connection)

            expected = db.catalog_at(server, script, context, revision, read)
            at = [] if revision == "heads" else ["--at", revision]
            # Without an `env.py` a tree is called by the folder of its revisions.
            source = tree if (fixture / tree / "env.py").exists() else f"{tree}/versions"
            printed = run([alignment, "schema", str(fixture), "--source", source, *at])
            found = db.catalog_of(server, printed, settled)
            lines = catalog.differences(expected, found)
            print(f"schema: {fixture.name} {tree} at {revision}: {len(expected)} entries, {len(lines)} differences")
            print("".join(f"  {line}\n" for line in lines), end="")
            failed += bool(lines)
            for statements, findings in live:
                lines = findings + catalog.differences(expected, db.catalog_of(server, statements, settled))
                print(f"running: {fixture.name} {tree}: {len(lines)} differences and findings")
                print("".join(f"  {line}\n" for line in lines), end="")
                failed += bool(lines)
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--alignment", required=True)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("fixtures", nargs="+", type=Path)
    arguments = parser.parse_args()
    if arguments.one:
        return compare(arguments.fixtures[0], arguments.server, arguments.alignment)
    with_trees = [fixture for fixture in arguments.fixtures if "migrations" in json.loads((fixture / "oracle.json").read_text())]
    return max([ask(fixture, arguments.server, arguments.alignment) for fixture in with_trees], default=0)


if __name__ == "__main__":
    sys.exit(main())
