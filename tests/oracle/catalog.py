#!/usr/bin/env python3
"""The catalog of a PostgreSQL database as lines, and the difference of two.

    catalog.py URL URL               the difference of two databases
    catalog.py URL --recorded FILE   the difference from a record of the db layer (JSON, may be gzipped)

Exit status 1 where they differ.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from pathlib import Path

import sqlalchemy as sa

#: What tools keep for themselves.
TOOL_TABLES = ("alembic_version",)

VISIBLE = """
n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
and not exists (select 1 from pg_depend x where x.objid = c.oid and x.deptype = 'e')
"""
RELATIONS = f"""
select n.nspname, c.relname, c.relkind, c.oid, pg_get_partkeydef(c.oid), c.relrowsecurity, c.relforcerowsecurity,
       pg_get_expr(c.relpartbound, c.oid), case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm') and {VISIBLE}
"""
COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity,
       a.attgenerated
from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = :oid and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
CONSTRAINTS = "select conname, pg_get_constraintdef(oid, true) from pg_constraint where conrelid = :oid and contype <> 'n'"
INDEXES = "select i.relname, pg_get_indexdef(i.oid) from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = :oid"
ENUMS = f"""
select n.nspname, c.typname, array_agg(e.enumlabel::text order by e.enumsortorder)
from pg_enum e join pg_type c on c.oid = e.enumtypid join pg_namespace n on n.oid = c.typnamespace where {VISIBLE} group by 1, 2
"""


def catalog(connection: sa.Connection) -> dict[str, str]:
    """What there is -> how it is defined."""
    found: dict[str, str] = {}
    for schema, name, labels in connection.execute(sa.text(ENUMS)):
        found[f"type {schema}.{name}"] = ", ".join(labels)
    for schema, name, kind, oid, key, secured, forced, bound, view in connection.execute(sa.text(RELATIONS)).fetchall():
        if name in TOOL_TABLES:
            continue
        table = f"{schema}.{name}"
        details = [kind, key, "row security" if secured else None, "forced" if forced else None, bound, view and " ".join(view.split())]
        found[f"relation {table}"] = " ".join(detail for detail in details if detail)
        position = 0
        for column, kind_of_column, required, default, identity, generated in connection.execute(sa.text(COLUMNS), {"oid": oid}):
            position += 1
            found[f"column {table}.{column}"] = column_line(kind_of_column, not required, default, identity, generated, position)
        for constraint, definition in connection.execute(sa.text(CONSTRAINTS), {"oid": oid}):
            found[f"constraint {table}.{constraint}"] = definition
        for index, definition in connection.execute(sa.text(INDEXES), {"oid": oid}):
            found[f"index {table}.{index}"] = definition
    return found


def column_line(kind: str, nullable: bool, default: str | None, identity: str, generated: str, position: int | None) -> str:
    line = kind + ("" if nullable else " not null")
    if generated:
        line += f" generated always as ({default})"
    elif identity:
        line += " identity " + {"a": "always", "d": "by default"}[identity]
    elif default is not None:
        line += f" default {default}"
    return line if position is None else f"{line} [{position}]"


def recorded(path: Path) -> dict[str, str]:
    """The same of a record. It holds no order of columns and no queries of views."""
    raw = path.read_bytes()
    document = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    found: dict[str, str] = {}
    for entity in document["entities"]:
        if entity["kind"] != "table" or entity["name"] in TOOL_TABLES:
            continue
        table = f"{entity['schema']}.{entity['name']}"
        found[f"relation {table}"] = ""
        for field in entity["fields"]:
            default = field["server_default"]
            identity = "x" if default == "<identity>" else ""
            generated = "s" if (default or "").startswith("<computed> ") else ""
            default = (default or "").removeprefix("<computed> ") or None
            line = field["type_raw"] + ("" if field["nullable"] else " not null")
            line += f" generated always as ({default})" if generated else " identity" if identity else f" default {default}" if default else ""
            found[f"column {table}.{field['name']}"] = line
        for constraint in entity["constraints"]:
            found[f"constraint {table}.{constraint['name']}"] = constraint["sql"]
        for index in entity.get("indexes", []):
            found[f"index {table}.{index['name']}"] = index["sql"]
    return found


def as_recorded(found: dict[str, str]) -> dict[str, str]:
    """What of a catalog a record holds."""
    views = {key.removeprefix("relation ") for key, value in found.items() if key.startswith("relation ") and value[0] in "vm"}
    kept = {}
    for key, value in found.items():
        kind, name = key.split(" ", 1)
        if kind == "type" or name in views or kind == "column" and name.rsplit(".", 1)[0] in views:
            continue
        if kind == "relation":
            value = ""
        if kind == "column":
            value = re.sub(r" \[\d+\]$", "", value)
            value = re.sub(r" identity (always|by default)$", " identity", value)
        kept[key] = value
    return kept


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    lines = []
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            lines.append(f"missing    {key}: {expected[key]}")
        elif key not in expected:
            lines.append(f"invented   {key}: {found[key]}")
        elif expected[key] != found[key]:
            lines.append(f"different  {key}\n    expected {expected[key]}\n    found    {found[key]}")
    return lines


def read(url: str) -> dict[str, str]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return catalog(connection)
    finally:
        engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("other", nargs="?")
    parser.add_argument("--recorded", type=Path)
    arguments = parser.parse_args()
    found = read(arguments.url)
    if arguments.recorded:
        expected, found = recorded(arguments.recorded), as_recorded(found)
        if not any(key.startswith("index ") for key in expected):
            found = {key: value for key, value in found.items() if not key.startswith("index ")}
    else:
        expected = read(arguments.other)
    lines = differences(expected, found)
    print("\n".join(lines + [f"catalog: {len(expected)} entries, {len(lines)} differences"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
