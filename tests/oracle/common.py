"""What the Python oracles share: the manifest, imports, source places, names of types, and the output."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
import types
from pathlib import Path

FIXTURE = Path(sys.argv[1]).resolve()
MANIFEST = json.loads((FIXTURE / "oracle.json").read_text())


def prepare_imports() -> None:
    sys.dont_write_bytecode = True
    for entry in reversed(MANIFEST.get("pythonpath", ["."])):
        sys.path.insert(0, str(FIXTURE / entry))
    for name, source in MANIFEST.get("stubs", {}).items():
        module = types.ModuleType(name)
        exec(source, module.__dict__)  # the fixture's own words
        sys.modules[name] = module


def modules(key: str) -> list:
    prepare_imports()
    return [importlib.import_module(name) for name in MANIFEST[key]]


def place(obj) -> dict:
    """File relative to the fixture, and line of the `class` or `def` keyword, or of the assignment where a call makes a class."""
    file = Path(inspect.getsourcefile(obj)).resolve().relative_to(FIXTURE)
    tree = ast.parse((FIXTURE / file).read_text())
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == obj.__name__:
            return {"file": str(file), "line": node.lineno}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == obj.__name__:
            return {"file": str(file), "line": node.lineno}
    raise LookupError(obj)


def is_local(cls) -> bool:
    try:
        return Path(inspect.getsourcefile(cls)).resolve().is_relative_to(FIXTURE)
    except (TypeError, OSError):
        return False


def postgres_type(text: str) -> str:
    """PostgreSQL's long spelling of a type, or SQLAlchemy's, in the short one."""
    text = text.strip().lower()
    array = text.endswith("[]")
    text = text.removesuffix("[]")
    match = re.fullmatch(r"([a-z_. ]+?)\s*(\([\d, ]+\))?\s*(with time zone|without time zone)?", text)
    base, arguments, zone = match.groups()
    long = {
        "character varying": "varchar", "character": "char", "integer": "int4", "bigint": "int8", "smallint": "int2",
        "boolean": "bool", "double precision": "float8", "float": "float8", "real": "float4", "decimal": "numeric",
    }
    if base == "float" and arguments:
        # PostgreSQL, "Numeric Types": a precision in binary digits chooses between two types.
        base, arguments = ("real" if int(arguments.strip("()")) < 25 else base), None
    base = long.get(base, base)
    if zone == "with time zone":
        base += "tz"
    return base + (arguments or "").replace(" ", "") + ("[]" if array else "")


def shape_of_sql(sql: str, enums: set[str] = frozenset()) -> str:
    if sql.endswith("[]"):
        return f"array<{shape_of_sql(sql[:-2], enums)}>"
    if sql in enums:
        return f"enum<{sql}>"
    names = {
        "varchar": "string", "text": "string", "char": "string", "int2": "int", "int4": "int", "int8": "int", "float4": "float",
        "float8": "float", "numeric": "decimal", "bool": "bool", "uuid": "uuid", "date": "date", "time": "time", "timetz": "time", "timestamp": "datetime",
        "timestamptz": "datetime", "interval": "timedelta", "json": "json", "jsonb": "json", "bytea": "bytes", "inet": "string",
    }
    return names.get(sql.split("(")[0], "unknown")


def emit(layer: str, entities: list[dict], **more) -> None:
    entities.sort(key=lambda entity: (entity.get("file", ""), entity["name"]))
    print(json.dumps({"layer": layer, **more, "entities": entities}, default=str))
