"""Random applications."""

from __future__ import annotations

import random

from case import ENUMS, Block, Case, words

PRELUDE = """import datetime
import enum
import uuid
from typing import Any, Dict, List, Optional, Union

from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, File, Form, Header, Path, Query, Request, Response, UploadFile, status
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel
from typing_extensions import Annotated"""
HELPERS = [
    Block("class Item(BaseModel):", (), ("id: int", "name: Optional[str] = None")),
    Block("class ItemIn(BaseModel):", (), ("name: str",)),
    Block('PREFIX = "/p"'),
    Block("def paging(offset: int = 1, limit: int = Query(20, le=100)):\n    return offset"),
    Block("def session():\n    yield None"),
    Block("def current(token: str = Header(), db=Depends(session)):\n    return token"),
    Block("class Search:\n    def __init__(self, q: Optional[str] = None, tone: Tone = Tone.SOFT):\n        self.q = q"),
    Block("app = FastAPI()"),
]
SCALARS = {"int": ["1"], "str": ['"x"'], "float": ["0.5"], "bool": ["False"], "Optional[int]": ["None"], "Optional[str]": ["None"], "Tone": ["Tone.SOFT"],
           "uuid.UUID": [], "datetime.date": [], "List[int]": [], "str | None": ["None"]}
ANSWERS = ["Item", "List[Item]", "Optional[Item]", "Dict[str, int]", "dict", "int", "Union[Item, ItemIn]", "list[ItemIn]", "str"]


def plain(chance: random.Random, name: str, modern: bool) -> str:
    """A query, header or cookie parameter."""
    written = chance.choice(list(SCALARS))
    defaults = SCALARS[written]
    marker = chance.choice(["", "", "Query", "Query", "Header", "Cookie"])
    if written == "List[int]":
        marker = "Query"
    given = chance.choice(defaults) if defaults and chance.random() < 0.7 else None
    if not marker:
        return f"{name}: {written}" + (f" = {given}" if given else "")
    alias = chance.choice(["", "", "", f'alias="{name}X"'])
    if modern and chance.random() < 0.4:
        return f"{name}: Annotated[{written}, {marker}({alias})]" + (f" = {given}" if given else "")
    arguments = ", ".join(part for part in (given or "...", alias) if part)
    return f"{name}: {written} = {marker}({arguments})"


def body(chance: random.Random, name: str) -> str:
    return chance.choice([
        f"{name}: ItemIn", f"{name}: ItemIn", f"{name}: Item = Body(...)", f"{name}: ItemIn = Body(embed=True)", f"{name}: Optional[ItemIn] = None",
        f"{name}: List[ItemIn]", f"{name}: Dict[str, int]", f"{name}: int = Body(3)", f'{name}: str = Body(..., alias="{name}B")', f"{name}: dict = Body(...)",
    ])


def form(chance: random.Random, name: str) -> str:
    return chance.choice([f"{name}: str = Form(...)", f"{name}: int = Form(3)", f"{name}: UploadFile", f"{name}: UploadFile = File(...)",
                          f"{name}: Optional[str] = Form(None)", f"{name}: List[UploadFile] = File(...)"])


DEPENDENCIES = ["paging=Depends(paging)", "search: Search = Depends()", "db=Depends(session)", "user: str = Depends(current)", "request: Request", "response: Response"]


def operation(chance: random.Random, at: int, router: str, modern: bool) -> Block:
    method = chance.choice(["get", "get", "post", "put", "patch", "delete"])
    names = words(chance, 6)
    path, parameters = f"/op{at}", []
    for name in names[: chance.choice([0, 0, 1, 2])]:
        path += "/{" + name + "}"
        parameters.append(chance.choice([f"{name}: int", f"{name}: str", f"{name}: uuid.UUID", f"{name}: int = Path(..., ge=1)", f"{name}: Tone"]))
    parameters += [plain(chance, name, modern) for name in names[2 : 2 + chance.choice([0, 1, 2])]]
    if method in ("post", "put", "patch"):
        kind = form if chance.random() < 0.2 else body
        parameters += [kind(chance, name) for name in names[4 : 4 + chance.choice([0, 1, 1, 2])]]
    parameters += chance.sample(DEPENDENCIES, chance.choice([0, 0, 1, 2]))
    # Python wants parameters without default first.
    parameters.sort(key=lambda parameter: "=" in parameter.replace("Annotated[", "").split("]")[-1])
    options, returns = [], ""
    roll = chance.random()
    if roll < 0.4:
        options.append(f"response_model={chance.choice([*ANSWERS, 'None'])}")
    elif roll < 0.7 and modern:
        returns = " -> " + chance.choice([*ANSWERS, "Item | None", "None", "Any"])
    if method == "delete" and not options and not returns and chance.random() < 0.5:
        options.append(chance.choice(["status_code=204", "status_code=status.HTTP_204_NO_CONTENT"]))
    elif chance.random() < 0.2:
        options.append(chance.choice(["status_code=201", "status_code=status.HTTP_202_ACCEPTED"]))
    if chance.random() < 0.1:
        options.append(chance.choice(["response_class=JSONResponse", "include_in_schema=False", 'tags=["t"]', "response_model_exclude_none=True"]))
    if chance.random() < 0.1:
        options.append("dependencies=[Depends(paging)]")
    head = f"def handle_{at}({', '.join(parameters)}){returns}:\n    return None"
    if chance.random() < 0.1:
        return Block(f'{head}\n\n\n{router}.add_api_route({", ".join([repr(path), f"handle_{at}", *options, f"methods=[{method.upper()!r}]"])})')
    return Block(f"@{router}.{method}({', '.join([repr(path), *options])})\n{'async ' if chance.random() < 0.3 else ''}{head}")


def generate(chance: random.Random, environment: str) -> Case:
    modern = environment == "modern"
    blocks = [*ENUMS, *HELPERS]
    routers = ["app"]
    for at in range(chance.choice([0, 1, 2, 3])):
        prefix = chance.choice(["", f'prefix="/r{at}"', f'prefix=PREFIX + "{at}"', f'prefix=f"{{PREFIX}}/{at}"', 'tags=["x"]', "dependencies=[Depends(current)]"])
        blocks.append(Block(f"router{at} = APIRouter({prefix})"))
        routers.append(f"router{at}")
    blocks += [operation(chance, at, chance.choice(routers), modern) for at in range(chance.choice([1, 3, 5]))]
    for at, router in reversed(list(enumerate(routers[1:]))):
        parent = chance.choice(routers[: at + 1])
        prefix = chance.choice(["", ', prefix="/in"', ", prefix=PREFIX", ", dependencies=[Depends(paging)]"])
        include = f"{parent}.include_router({router}{prefix})"
        blocks.append(Block(chance.choice([include, include, f"for included in [{router}]:\n    {parent}.include_router(included{prefix})"])))
    return Case("routes", PRELUDE, tuple(blocks))
