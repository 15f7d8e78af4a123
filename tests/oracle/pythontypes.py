"""Names of Python types that all layers share: the ones `alignment facts` prints."""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import types
import typing
import uuid

SCALARS = {
    str: "string", int: "int", float: "float", bool: "bool", bytes: "bytes", decimal.Decimal: "decimal", uuid.UUID: "uuid", datetime.date: "date",
    datetime.time: "time", datetime.datetime: "datetime", datetime.timedelta: "timedelta", typing.Any: "any", object: "any", dict: "map<any,any>",
    list: "array<any>", type(None): "null",
}
LISTS = {list, set, frozenset, tuple}


def without_none(annotation):
    """The annotation without `None`, and whether `None` was in it."""
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, annotation is type(None)
    members = typing.get_args(annotation)
    rest = [member for member in members if member is not type(None)]
    union = rest[0] if len(rest) == 1 else typing.Union[tuple(rest)]
    return union, len(rest) < len(members)


def canonical(annotation) -> str:
    if annotation in SCALARS:
        return SCALARS[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return canonical(arguments[0])
    if origin is typing.Literal:
        return "literal"
    if origin in (typing.Union, types.UnionType):
        members = sorted({canonical(member) for member in arguments if member is not type(None)})
        union = members[0] if len(members) == 1 else f"union<{'|'.join(members)}>"
        return f"nullable<{union}>" if type(None) in arguments else union
    if origin in LISTS:
        return f"array<{canonical(arguments[0])}>"
    if origin is dict:
        return f"map<{canonical(arguments[0])},{canonical(arguments[1])}>"
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        return f"enum<{annotation.__name__}>"
    if inspect.isclass(annotation):
        return f"ref<{annotation.__name__}>"
    raise TypeError(annotation)
