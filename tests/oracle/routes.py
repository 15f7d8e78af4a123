"""The route layer: the operations of the real FastAPI application, and of those mounted in it."""

from __future__ import annotations

import importlib
import inspect
import typing

from fastapi import params as kinds
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import Mount

from common import MANIFEST, emit, place, prepare_imports
from pythontypes import canonical, without_none

try:
    from fastapi._compat import get_cached_model_fields
except ImportError:
    # Before 0.115 no parameter was a model.
    get_cached_model_fields = None


def annotation_of(param):
    """What a parameter is annotated with; before Pydantic 2, as its field understood it."""
    info = param.field_info
    annotation = getattr(info, "annotation", None)
    return annotation if annotation is not None else param.outer_type_


def expanded(params: list) -> list:
    """A model as the only parameter of its kind stands for its fields (FastAPI 0.115, `get_cached_model_fields`)."""
    if len(params) == 1 and inspect.isclass(params[0].type_) and issubclass(params[0].type_, BaseModel):
        return get_cached_model_fields(params[0].type_)
    return params


def parameters(dependant, embedded: bool) -> list[dict]:
    fields = []
    for kind, params in (
        ("path", dependant.path_params), ("query", dependant.query_params), ("header", dependant.header_params),
        ("cookie", dependant.cookie_params), ("body", dependant.body_params),
    ):
        for param in expanded(params) if kind != "body" else params:
            annotation, nullable = without_none(annotation_of(param))
            is_form = isinstance(param.field_info, (kinds.Form, kinds.File))
            # A single body that is not embedded has no key: it is the whole of what is sent.
            key = param.alias if kind != "body" or embedded or is_form else None
            required = param.field_info.is_required() if hasattr(param.field_info, "is_required") else bool(param.required)
            fields.append({
                "name": param.name, "wire_name": key, "kind": "form" if is_form else kind, "type": canonical(annotation),
                "nullable": param.allow_none if hasattr(param, "allow_none") else nullable, "required": required,
            })
    for dependency in dependant.dependencies:
        fields += parameters(dependency, embedded)
    return fields


def embeds(route: APIRoute) -> bool:
    """Whether bodies have keys: FastAPI's own answer, or before it kept one (0.113), its rule."""
    if hasattr(route, "_embed_body_fields"):
        return route._embed_body_fields
    from fastapi.dependencies.utils import get_flat_dependant
    bodies = {param.name: param for param in get_flat_dependant(route.dependant).body_params}
    return len(bodies) > 1 or any(getattr(param.field_info, "embed", None) for param in bodies.values())


def operations(route: APIRoute, prefix: str) -> list[dict]:
    fields = parameters(route.dependant, embeds(route))
    if route.response_model is not None:
        annotation, nullable = without_none(route.response_model)
        fields.append({"name": "response", "kind": "response", "type": canonical(annotation), "nullable": nullable})
    # One parameter may be asked for by several dependencies.
    fields = list({(field["kind"], field["name"]): field for field in fields}.values())
    fields.sort(key=lambda field: (field["kind"], field["name"]))
    path = prefix + route.path_format
    status = {} if route.status_code is None else {"status": route.status_code}
    return [
        {"layer": "api_route", "kind": "operation", "name": f"{method} {path}", "method": method, "path": path, **status,
         **place(route.endpoint), "fields": fields}
        for method in sorted(route.methods)
    ]


def routes_of(app, prefix: str = "") -> typing.Iterator[tuple[APIRoute, str]]:
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield route, prefix
        elif isinstance(route, Mount):
            yield from routes_of(route.app, prefix + route.path)


def main() -> None:
    prepare_imports()
    apps = MANIFEST["app"] if isinstance(MANIFEST["app"], list) else [MANIFEST["app"]]
    found = []
    for module, variable in (app.split(":") for app in apps):
        app = getattr(importlib.import_module(module), variable)
        found += [entity for route, prefix in routes_of(app) for entity in operations(route, prefix)]
    emit("api_route", found)


main()
