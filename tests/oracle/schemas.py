"""The schema layer: Pydantic's own view of the imported classes (1.10 and 2.x), and dataclasses and typed dictionaries beside them."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import sys
import typing

import pydantic
import typing_extensions
from pydantic import BaseModel

from common import emit, is_local, modules, place
from pythontypes import canonical, values_of, without_none

IS_CLASSIC = pydantic.VERSION.startswith("1.")
CONTAINERS = (list, dict, set, frozenset, tuple)


def value_of(value) -> dict:
    if isinstance(value, CONTAINERS):
        return {"kind": "literal"}
    return {"kind": "scalar", "value": str(value.value if isinstance(value, enum.Enum) else value)}


def described(name: str, wire_name: str, kind: str, annotation, **more) -> dict:
    rest, nullable = without_none(annotation)
    field = {"name": name, "wire_name": wire_name, "kind": kind, "type": canonical(rest), "nullable": nullable, **more}
    if values_of(rest) is not None:
        field["enum_values"] = values_of(rest)
    if field["type"] != "string":
        field.pop("length", None)
    return field


def modern_fields(cls) -> list[dict]:
    from pydantic_core import PydanticUndefined

    def default_of(info) -> dict | None:
        if info.default_factory is not None:
            return {"kind": "computed"}
        return None if info.default is PydanticUndefined else value_of(info.default)

    sent = sent_names(cls)
    fields = [
        described(name, sent.get(name, name), "field", info.annotation, required=info.is_required(),
                  default=default_of(info), **length_of(getattr(part, "max_length", None) for part in info.metadata))
        for name, info in cls.model_fields.items()
    ]
    for name, info in cls.model_computed_fields.items():
        fields.append(described(name, sent.get(name, name), "computed", info.return_type))
    return fields


def sent_names(cls) -> dict[str, str]:
    """Names in a response, from what serializes: what a class says of itself changes when others inherit from it."""
    pending, found = [cls.__pydantic_core_schema__], {}
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending += part
        elif isinstance(part, dict) and part.get("type") == "model" and part["cls"] is not cls:
            continue
        elif isinstance(part, dict):
            found |= {name: field["serialization_alias"] for name, field in fields_in(part).items() if field.get("serialization_alias")}
            found |= {field["property_name"]: field["alias"] for field in part.get("computed_fields", []) if field.get("alias")}
            pending += [value for value in part.values() if isinstance(value, (dict, list))]
    return found


def fields_in(part: dict) -> dict:
    return part["fields"] if part.get("type") == "model-fields" else {}


def classic_fields(cls) -> list[dict]:
    def default_of(field) -> dict | None:
        if field.default_factory is not None:
            return {"kind": "computed"}
        return None if field.required else value_of(field.default)

    found = []
    for name, field in cls.__fields__.items():
        # Of what is resolved late, and of generic classes with arguments, only the type as understood is known.
        waits = any(word in repr(field.annotation) for word in ("ForwardRef", "DeferredType")) or isinstance(field.annotation, str)
        annotation = field.outer_type_ if waits else field.annotation
        # The limits of Pydantic's own types are no part of what a model says.
        constrained = field.outer_type_ if getattr(field.outer_type_, "__module__", "") == "pydantic.types" else None
        lengths = [field.field_info.max_length, getattr(constrained, "max_length", None)]
        described_field = described(
            name, field.alias, "field", annotation, required=bool(field.required), default=default_of(field), **length_of(lengths)
        )
        # What a type parameter stands for decides; of the class itself Pydantic 1 says what holds for `Any`.
        decided = {"nullable": None, "required": True, "default": None} if isinstance(annotation, typing.TypeVar) else {"nullable": field.allow_none}
        found.append({**described_field, **decided})
    return found


def length_of(lengths) -> dict:
    """The longest text that is allowed, where something says so."""
    said = [length for length in lengths if length is not None]
    return {"length": said[-1]} if said else {}


def schema(cls) -> dict:
    fields = classic_fields(cls) if IS_CLASSIC else modern_fields(cls)
    config = getattr(cls.__config__, "orm_mode", False) if IS_CLASSIC else cls.model_config.get("from_attributes")
    return entity(cls, "schema", fields, from_attributes=bool(config))


def entity(cls, kind: str, fields: list[dict], **more) -> dict:
    fields.sort(key=lambda field: field["name"])
    return {"layer": "api_schema", "kind": kind, "name": cls.__name__, **place(cls), **more, "fields": fields}


def plain_class(cls) -> dict:
    hints = typing_extensions.get_type_hints(cls)
    if not dataclasses.is_dataclass(cls):
        fields = [described(name, name, "field", hint, required=name in cls.__required_keys__) for name, hint in hints.items()]
        return entity(cls, "typeddict", fields)
    fields = []
    for field in dataclasses.fields(cls):
        has_factory, has_value = field.default_factory is not dataclasses.MISSING, field.default is not dataclasses.MISSING
        default = {"kind": "computed"} if has_factory else value_of(field.default) if has_value else None
        fields.append(described(field.name, field.name, "field", hints[field.name], required=default is None, default=default))
    return entity(cls, "dataclass", fields)


def subclasses(cls) -> set:
    return {cls} | {found for sub in cls.__subclasses__() for found in subclasses(sub)}


def is_plain(value) -> bool:
    return inspect.isclass(value) and not issubclass(value, BaseModel) and (dataclasses.is_dataclass(value) or typing_extensions.is_typeddict(value))


def is_table(cls) -> bool:
    return "__table__" in vars(cls)


def main() -> None:
    asked = modules("schemas")
    for module in asked:
        for name, value in vars(module).items():
            # Pydantic 1 says that its own module made what `create_model` makes.
            if inspect.isclass(value) and value.__module__ == "pydantic.main" and name == value.__name__ and value is not BaseModel:
                value.__module__ = module.__name__
    classes = [cls for cls in subclasses(BaseModel) if is_local(cls) and inspect.isclass(cls) and "[" not in cls.__name__ and not is_table(cls)]
    for cls in classes:
        namespace = vars(sys.modules[cls.__module__])
        cls.update_forward_refs(**namespace) if IS_CLASSIC else cls.model_rebuild(_types_namespace=namespace)
    plain = {value for module in asked for value in vars(module).values() if is_plain(value) and is_local(value) and value.__module__ == module.__name__}
    emit("api_schema", [schema(cls) for cls in classes] + [plain_class(cls) for cls in plain])


main()
