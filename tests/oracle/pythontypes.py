"""Names of Python types that all layers share: the ones `alignment facts` prints."""

from __future__ import annotations

import collections.abc
import datetime
import decimal
import enum
import inspect
import types
import typing
import uuid

import typing_extensions

SCALARS = {
    str: "string", int: "int", float: "float", bool: "bool", bytes: "bytes", decimal.Decimal: "decimal", uuid.UUID: "uuid", datetime.date: "date",
    datetime.time: "time", datetime.datetime: "datetime", datetime.timedelta: "timedelta", typing.Any: "any", object: "any", dict: "map<any,any>",
    list: "array<any>", type(None): "null",
}
LISTS = {list, set, frozenset, tuple, collections.abc.Sequence, collections.abc.Iterable}
MAPS = {dict, collections.abc.Mapping}


def without_none(annotation):
    """The annotation without `None`, and whether `None` was in it; nobody knows for a type parameter."""
    if annotation in (typing.Any, object) or isinstance(annotation, typing.TypeVar):
        return annotation, None if isinstance(annotation, typing.TypeVar) else True
    if typing.get_origin(annotation) is typing.Annotated:
        return without_none(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, annotation is type(None)
    members = typing.get_args(annotation)
    rest = [member for member in members if member is not type(None)]
    union = rest[0] if len(rest) == 1 else typing.Union[tuple(rest)]
    return union, len(rest) < len(members) or any(member in (typing.Any, object) for member in members)


def values_of(annotation) -> list | None:
    """The values that the enumerations and literals in a type name."""
    if typing.get_origin(annotation) is typing.Literal:
        return [str(value.value if isinstance(value, enum.Enum) else value) for value in typing.get_args(annotation) if value is not None]
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        return [str(member.value) for member in annotation]
    if typing.get_origin(annotation) in MAPS:
        return values_of(typing.get_args(annotation)[1])
    inner = [values_of(argument) for argument in typing.get_args(annotation) if not isinstance(argument, str)]
    listed = [value for values in inner if values for value in values]
    return listed or None


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
        return f"array<{canonical(arguments[0] if arguments else typing.Any)}>"
    if origin in MAPS:
        key, value = arguments or (typing.Any, typing.Any)
        return f"map<{canonical(key)},{canonical(value)}>"
    if isinstance(annotation, typing.TypeVar):
        return "any"
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        return f"enum<{annotation.__name__}>"
    if inspect.isclass(annotation):
        return class_name(annotation)
    raise TypeError(annotation)


def class_name(cls) -> str:
    """Pydantic's constrained types are classes of its own that derive from the plain ones; what they hold stands in `item_type`."""
    if hasattr(cls, "item_type") and issubclass(cls, (list, set, frozenset)):
        return f"array<{canonical(cls.item_type)}>"
    if typing_extensions.is_typeddict(cls):
        return f"ref<{cls.__name__}>"
    # What else is text or bytes on the wire.
    plain = {"UploadFile": "bytes", "SecretStr": "string"}
    if cls.__name__ in plain:
        return plain[cls.__name__]
    scalar = next((SCALARS[base] for base in cls.__mro__[1:] if base in SCALARS and base is not object), None)
    # A generic class is named with its arguments as they were written; old and new spellings are one type.
    return scalar or f"ref<{cls.__name__.replace('List[', 'list[').replace('Dict[', 'dict[')}>"
