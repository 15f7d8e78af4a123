"""The ORM layer: SQLAlchemy's mappers of the imported models (1.4 and 2.x), and the tables that no class maps."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import configure_mappers
from sqlalchemy.orm.mapper import _all_registries

from common import emit, is_local, modules, place, postgres_type, shape_of_sql

DIALECT = postgresql.dialect()


def default_of(column) -> dict | None:
    if column.default is None:
        return None
    if column.default.is_scalar:
        value = column.default.arg
        if isinstance(value, (dict, list)):
            return {"kind": "literal"}
        # What the column is given: a member of an enumeration stands for its value.
        return {"kind": "scalar", "value": str(value.value if isinstance(value, enum.Enum) else value)}
    return {"kind": "computed"}


def server_default_of(column) -> str | None:
    if column.identity is not None:
        return "<identity>"
    if column.computed is not None:
        return f"<computed> {column.computed.sqltext.compile(dialect=DIALECT)}"
    if column.server_default is None:
        return None
    argument = column.server_default.arg
    if isinstance(argument, str):
        return "'" + argument.replace("'", "''") + "'"
    return str(argument.compile(dialect=DIALECT))


def labels(kind) -> list[str] | None:
    """What the database stores for an enumeration."""
    kind = kind.load_dialect_impl(DIALECT) if isinstance(kind, sa.types.TypeDecorator) else kind
    kind = kind.item_type if isinstance(kind, sa.ARRAY) else kind
    return list(kind.enums) if isinstance(kind, sa.Enum) else None


def column_field(name: str, column) -> dict:
    field = {
        "name": name, "wire_name": column.name, "kind": "column", "nullable": bool(column.nullable), "default": default_of(column),
        "server_default": server_default_of(column),
    }
    if not isinstance(column.type, sa.types.NullType):
        field |= type_of(column)
    return field


def type_of(column) -> dict:
    short = postgres_type(column.type.compile(dialect=DIALECT))
    if labels(column.type) is None:
        return {"type": shape_of_sql(short), "type_sql": short}
    # Python sees the enumeration, whatever the column stores.
    return {"type_sql": short, "enum_values": labels(column.type)}


def relationship_type(relationship) -> str:
    target = f"ref<{relationship.mapper.class_.__name__}>"
    return f"array<{target}>" if relationship.uselist else target


def properties(cls) -> list[dict]:
    """`@property` of the class and of those it inherits from; what hides one hides it here."""
    seen, found = set(), []
    for owner in cls.__mro__:
        for name, value in vars(owner).items() if is_local(owner) else ():
            if name not in seen and type(value) is property:
                found.append({"name": name, "kind": "property"})
            seen.add(name)
    return found


def model(mapper) -> dict:
    cls = mapper.class_
    columns = [a for a in mapper.column_attrs if isinstance(a.columns[0], sa.Column)]
    fields = [column_field(a.key, a.columns[0]) for a in columns]
    fields += [{"name": r.key, "kind": "relationship", "type": relationship_type(r)} for r in mapper.relationships]
    others = {a.key for a in mapper.column_attrs} - {a.key for a in columns} | set(mapper.synonyms.keys()) | set(mapper.composites.keys())
    others |= {
        key for key, value in mapper.all_orm_descriptors.items()
        if not key.startswith("_") and isinstance(value, hybrid_property) or type(value).__name__ == "AssociationProxy"
    }
    fields += [{"name": key, "kind": "hybrid"} for key in others]
    fields += properties(cls)
    fields.sort(key=lambda field: field["name"])
    return {"layer": "orm", "kind": "model", "name": cls.__name__, **place(cls), "table": mapper.local_table.fullname, "fields": fields}


def main() -> None:
    modules("models")
    configure_mappers()
    mappers = [mapper for registry in _all_registries() for mapper in registry.mappers if is_local(mapper.class_)]
    conventions = {}
    for mapper in mappers:
        base = mapper.class_.__mro__[1:]
        declarative = [cls for cls in base if "metadata" in vars(cls) and "registry" in vars(cls)]
        for cls in declarative:
            # Registries come in no order, and bases of several modules share a name: whether one of that name has a convention.
            named = len(cls.metadata.naming_convention) > 1
            conventions[cls.__name__] = conventions.get(cls.__name__, False) or named
    emit("orm", [model(mapper) for mapper in mappers], naming_conventions=dict(sorted(conventions.items())))


main()
