"""Random modules of schemas."""

from __future__ import annotations

import random

from case import ENUMS, Block, Case, some, words

PRELUDE = """import dataclasses
import datetime
import decimal
import enum
import uuid
from typing import Any, ClassVar, Dict, Generic, List, Literal, Optional, Set, Tuple, TypeVar, Union

from pydantic import BaseModel, Field, conint, constr, create_model
from typing_extensions import Annotated, TypedDict

T = TypeVar("T")"""
CLASSIC = "\n\nfrom pydantic import Extra, root_validator, validator\nfrom pydantic.generics import GenericModel"
MODERN = """

from pydantic import AliasChoices, AliasGenerator, AliasPath, ConfigDict, RootModel, StringConstraints, computed_field, field_serializer, field_validator
from pydantic.alias_generators import to_camel, to_pascal, to_snake"""

SCALARS = {
    "int": ["0", "-3", "LIMIT", "2**8"], "str": ['"x"', '"it\'s"', 'WORD + "y"', 'f"{WORD}-1"', "Tone.SOFT.value"], "float": ["0.5"], "bool": ["True", "False"],
    "decimal.Decimal": ['decimal.Decimal("1.5")'], "uuid.UUID": [], "datetime.datetime": [], "datetime.date": [], "datetime.timedelta": [], "bytes": [],
    "Tone": ["Tone.SOFT", "Tone.VERY_LOUD"], "Step": ["Step.ONE"], "Level": [], 'Literal["a", "b"]': ['"a"'], "Literal[1, 2]": ["1"], "Any": ["None", "3"],
    "dict": [], "list": [], "object": [], "constr(max_length=7)": [], "conint(gt=0)": [], "Sub": [], '"Sub"': [], "Name": ['"n"'], "Page[Sub]": [], "Page[int]": [],
    "Loose": [],
}
WRAPPERS = ["List[{}]", "list[{}]", "Dict[str, {}]", "dict[str, {}]", "Set[{}]", "Tuple[{}, ...]", "List[List[{}]]", "List[Optional[{}]]"]
FACTORIES = ["list", "dict", "lambda: []", "uuid.uuid4"]
HELPERS = [
    Block('LIMIT = 5\nWORD = "w"'),
    Block('Name = Annotated[str, Field(max_length=12)]'),
    Block("def shout(name):\n    return name.upper()"),
    Block('def camel(name: str) -> str:\n    first, *rest = name.split("_")\n    return first + "".join(word.capitalize() for word in rest)'),
    Block('def title_case(name: str) -> str:\n    parts = name.split("_")\n    return parts[0].lower() + "".join(part.title() for part in parts[1:])'),
    Block('def dashed(name):\n    return name.replace("_", "-")'),
    Block("class Sub(BaseModel):", (), ("inner: int",)),
]


def annotation(chance: random.Random) -> tuple[str, list[str]]:
    """A type, and defaults that fit it."""
    base = chance.choice(list(SCALARS))
    defaults = SCALARS[base]
    if chance.random() < 0.2 and base != "Any":
        base, defaults = chance.choice(WRAPPERS).format(base), []
    if chance.random() < 0.08 and '"' not in base:
        base, defaults = f"Union[{base}, {chance.choice(['int', 'str', 'None'])}]", []
    if chance.random() < 0.3:
        # `None` cannot be joined to a text or to a name that is resolved later.
        quoted = base.startswith('"')
        shapes = ["Optional[{}]"] if quoted else ["Optional[{}]", "{} | None", "None | {}", "Union[{}, None]"]
        base = chance.choice(shapes).format(base)
        defaults = ["None", "None", *defaults]
    return base, defaults


def field(chance: random.Random, name: str, modern: bool) -> str:
    written, defaults = annotation(chance)
    roll = chance.random()
    if roll < 0.35:
        return f"{name}: {written}"
    if roll < 0.6 and defaults:
        return f"{name}: {written} = {chance.choice(defaults)}"
    if roll < 0.63:
        return f"{name}: {written} = ..."
    arguments = []
    way = chance.choice(["none", "dots", "default", "named", "factory"])
    if way == "dots":
        arguments.append("...")
    elif way == "factory":
        arguments.append("default_factory=" + chance.choice(FACTORIES))
    elif way != "none" and defaults:
        arguments.append(("default=" if way == "named" else "") + chance.choice(defaults))
    options = {'title="t"': 0.1, 'description="d"': 0.2, f'alias="{name}Alias"': 0.2}
    if "str" in written and written in ("str", "Optional[str]", "str | None"):
        options["max_length=9"] = 0.3
    if modern:
        options |= {f'validation_alias="{name}_in"': 0.08, f'serialization_alias="{name}-out"': 0.12, "exclude=True": 0.04,
                    f'validation_alias=AliasChoices("{name}", "{name}_2")': 0.06, f'validation_alias=AliasPath("{name}", 0)': 0.03}
    chosen = some(chance, options)
    if sum(option.startswith("validation_alias") for option in chosen) > 1:
        chosen = [option for option in chosen if not option.startswith("validation_alias")]
    made = f"Field({', '.join(arguments + chosen)})"
    if chance.random() < 0.12 and '"Sub"' not in written and not arguments:
        return f"{name}: Annotated[{written}, {made}]" + (f" = {chance.choice(defaults)}" if defaults and chance.random() < 0.5 else "")
    return f"{name}: {written} = {made}"


def config(chance: random.Random, modern: bool) -> str | None:
    if chance.random() < 0.5:
        return None
    generators = ["camel", "shout", "dashed", "title_case", "lambda name: name + '_x'"] + (["to_camel", "to_pascal", "to_snake"] * 2 if modern else [])
    if not modern:
        lines = some(chance, {f"alias_generator = {chance.choice(generators)}": 0.5, "orm_mode = True": 0.3, "extra = Extra.forbid": 0.2,
                              "allow_population_by_field_name = True": 0.3, "use_enum_values = True": 0.2})
        return "class Config:\n    " + "\n    ".join(lines) if lines else None
    generator = chance.choice([*generators, "AliasGenerator(alias=to_camel)", "AliasGenerator(serialization_alias=to_pascal, validation_alias=camel)"])
    parts = some(chance, {f"alias_generator={generator}": 0.6, "from_attributes=True": 0.3, 'extra="forbid"': 0.2, "populate_by_name=True": 0.3,
                          "use_enum_values=True": 0.2})
    if parts and chance.random() < 0.3:
        return "model_config = {" + ", ".join('"{}": {}'.format(*part.split("=", 1)) for part in parts) + "}"
    return f"model_config = ConfigDict({', '.join(parts)})"


def computed(chance: random.Random, name: str) -> str:
    head = chance.choice(["@computed_field", f'@computed_field(alias="{name}C")', '@computed_field(description="d")'])
    shape = chance.choice(["int", "Optional[str]", "list[Sub]"])
    return f"{head}\n@property\ndef {name}(self) -> {shape}:\n    return None"


def model(chance: random.Random, at: int, roots: list[str], modern: bool) -> Block:
    base = chance.choice(roots) if roots and chance.random() < 0.4 else "BaseModel"
    if base == "BaseModel" and len(roots) > 1 and chance.random() < 0.1:
        base = ", ".join(chance.sample(roots, 2))
    if chance.random() < 0.1:
        base = chance.choice(["Page[Sub]", "Page[str]", "Page[Optional[int]]"])
    names = words(chance, chance.choice([2, 4, 7]))
    if "Page" in base:
        names = [f"own_{name}" for name in names]
    members = [field(chance, name, modern) for name in names]
    if chance.random() < 0.2:
        members.append(chance.choice(["shared: ClassVar[int] = 3", "_private: int = 3", "def method(self):\n    return 1", "@property\ndef plain(self) -> int:\n    return 1"]))
    if modern and chance.random() < 0.2:
        members.append(computed(chance, f"made_{at}"))
    own = config(chance, modern)
    return Block(f"class Model{at}({base}):", tuple(([own] if own else []) + members))


def generate(chance: random.Random, environment: str) -> Case:
    modern = environment == "modern"
    page = "class Page(BaseModel, Generic[T]):" if modern else "class Page(GenericModel, Generic[T]):"
    blocks = [*ENUMS, *HELPERS, Block(page, (), ("items: List[T]", "first: Optional[T] = None", "total: int = 0"))]
    blocks.append(Block("class Loose(TypedDict, total=False):", (), ("a: int", "b: Optional[str]")))
    if chance.random() < 0.3:
        made = ", ".join(f"{name}=({written}, {chance.choice(['...', *defaults])})" for name, (written, defaults) in
                         zip(words(chance, 3), [annotation(chance) for _ in range(3)]) if "Sub" not in written)
        blocks.append(Block(f'Made = create_model("Made", {made})'))
    if chance.random() < 0.3:
        members = [f"f{at}: {chance.choice(['int', 'str', 'Optional[int]', 'list[Sub]'])}" for at in range(2)]
        members += ["g: int = 3", "h: List[int] = dataclasses.field(default_factory=list)", "i: Optional[str] = None"]
        blocks.append(Block("@dataclasses.dataclass\nclass Plain:", tuple(members)))
    if modern and chance.random() < 0.2:
        blocks.append(Block(f"class Whole(RootModel[{chance.choice(['list[Sub]', 'dict[str, int]', 'int'])}]):", ()))
    roots: list[str] = []
    for at in range(chance.choice([1, 2, 3, 4])):
        blocks.append(model(chance, at, roots, modern))
        roots.append(f"Model{at}")
    return Case("schemas", PRELUDE + (MODERN if modern else CLASSIC), tuple(blocks))
