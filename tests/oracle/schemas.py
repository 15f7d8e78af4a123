"""The schema layer: Pydantic's own view of the imported classes."""

from __future__ import annotations

import enum
import inspect

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from common import emit, is_local, modules, place
from pythontypes import canonical, without_none


def default_of(info) -> dict | None:
    if info.default_factory is not None:
        return {"kind": "computed"}
    if info.default is PydanticUndefined:
        return None
    value = info.default.value if isinstance(info.default, enum.Enum) else info.default
    return {"kind": "scalar", "value": str(value)}


def schema(cls) -> dict:
    fields = []
    for name, info in cls.model_fields.items():
        annotation, nullable = without_none(info.annotation)
        fields.append({
            "name": name, "wire_name": info.serialization_alias or info.alias or name, "kind": "field", "type": canonical(annotation),
            "nullable": nullable, "required": info.is_required(), "default": default_of(info),
        })
    for name, info in cls.model_computed_fields.items():
        annotation, nullable = without_none(info.return_type)
        fields.append({"name": name, "wire_name": info.alias or name, "kind": "computed", "type": canonical(annotation), "nullable": nullable})
    fields.sort(key=lambda field: field["name"])
    return {
        "layer": "api_schema", "kind": "schema", "name": cls.__name__, **place(cls),
        "from_attributes": bool(cls.model_config.get("from_attributes")), "fields": fields,
    }


def subclasses(cls) -> set:
    return {cls} | {found for sub in cls.__subclasses__() for found in subclasses(sub)}


def main() -> None:
    modules("schemas")
    classes = [cls for cls in subclasses(BaseModel) if is_local(cls) and inspect.isclass(cls) and "[" not in cls.__name__]
    emit("api_schema", [schema(cls) for cls in classes])


main()
