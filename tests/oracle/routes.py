"""The route layer: the operations of the real FastAPI application."""

from __future__ import annotations

import importlib

from fastapi.routing import APIRoute

from common import MANIFEST, emit, place, prepare_imports
from pythontypes import canonical, without_none


def parameters(dependant, embedded: bool) -> list[dict]:
    fields = []
    for kind, params in (
        ("path", dependant.path_params), ("query", dependant.query_params), ("header", dependant.header_params),
        ("cookie", dependant.cookie_params), ("body", dependant.body_params),
    ):
        for param in params:
            annotation, nullable = without_none(param.field_info.annotation)
            # A single body that is not embedded has no key: it is the whole of what is sent.
            key = param.alias if kind != "body" or embedded else None
            fields.append({
                "name": param.name, "wire_name": key, "kind": kind, "type": canonical(annotation), "nullable": nullable,
                "required": param.field_info.is_required(),
            })
    for dependency in dependant.dependencies:
        fields += parameters(dependency, embedded)
    return fields


def operations(route: APIRoute) -> list[dict]:
    fields = parameters(route.dependant, route._embed_body_fields)
    if route.response_model is not None:
        annotation, nullable = without_none(route.response_model)
        fields.append({"name": "response", "kind": "response", "type": canonical(annotation), "nullable": nullable})
    fields.sort(key=lambda field: (field["kind"], field["name"]))
    return [
        {"layer": "api_route", "kind": "operation", "name": f"{method} {route.path}", "method": method, "path": route.path,
         **place(route.endpoint), "fields": fields}
        for method in sorted(route.methods)
    ]


def main() -> None:
    prepare_imports()
    module, variable = MANIFEST["app"].split(":")
    app = getattr(importlib.import_module(module), variable)
    emit("api_route", [entity for route in app.routes if isinstance(route, APIRoute) for entity in operations(route)])


main()
