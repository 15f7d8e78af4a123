"""The ORM layer: SQLAlchemy's mappers of the imported models."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import configure_mappers
from sqlalchemy.orm.mapper import _all_registries

from common import emit, modules, place, postgres_type, shape_of_sql


def default_of(column) -> dict | None:
    if column.default is None:
        return None
    if column.default.is_scalar:
        return {"kind": "scalar", "value": str(column.default.arg)}
    return {"kind": "computed"}


def server_default_of(column) -> str | None:
    if column.server_default is None:
        return None
    argument = column.server_default.arg
    if isinstance(argument, str):
        return "'" + argument.replace("'", "''") + "'"
    return str(argument.compile(dialect=postgresql.dialect()))


def column_field(name: str, column) -> dict:
    short = postgres_type(column.type.compile(dialect=postgresql.dialect()))
    return {
        "name": name, "wire_name": column.name, "kind": "column", "type": shape_of_sql(short), "type_sql": short, "nullable": column.nullable,
        "default": default_of(column), "server_default": server_default_of(column),
    }


def relationship_type(relationship) -> str:
    target = f"ref<{relationship.mapper.class_.__name__}>"
    return f"array<{target}>" if relationship.uselist else target


def model(mapper) -> dict:
    cls = mapper.class_
    fields = [column_field(attribute.key, attribute.columns[0]) for attribute in mapper.column_attrs]
    fields += [{"name": r.key, "kind": "relationship", "type": relationship_type(r)} for r in mapper.relationships]
    fields += [{"name": key, "kind": "property"} for key, value in vars(cls).items() if isinstance(value, property)]
    fields.sort(key=lambda field: field["name"])
    return {"layer": "orm", "kind": "model", "name": cls.__name__, **place(cls), "table": mapper.local_table.name, "fields": fields}


def main() -> None:
    modules("models")
    configure_mappers()
    mappers = [mapper for registry in _all_registries() for mapper in registry.mappers]
    conventions = {}
    for mapper in mappers:
        base = mapper.class_.__mro__[1:]
        declarative = [cls for cls in base if "metadata" in vars(cls) and "registry" in vars(cls)]
        for cls in declarative:
            conventions[cls.__name__] = len(cls.metadata.naming_convention) > 1
    emit("orm", [model(mapper) for mapper in mappers], naming_conventions=dict(sorted(conventions.items())))


assert sa.__version__.startswith("2.")
main()
