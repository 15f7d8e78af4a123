"""Random modules of models."""

from __future__ import annotations

import random

from case import ENUMS, Block, Case, some, words

PRELUDE = """import datetime
import decimal
import enum
import uuid
from typing import List, Optional

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Enum, ForeignKey, Integer, MetaData, Numeric, String, Text, UniqueConstraint, func, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import backref, column_property, declarative_base, declared_attr, deferred, relationship, synonym"""
MODERN = "\nfrom typing import Annotated, Any, Literal\n\nfrom sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column"

#: Types with defaults that fit them: in Python, and in the database.
TYPES = {
    "Integer": (["0", "-1", "Step.TWO.value", "lambda: 3", "2**20"], ['"7"', 'text("1 + 1")']),
    "sa.BigInteger()": (["5"], ['"5"']),
    "sa.SmallInteger": ([], []),
    "String": (['"x"', '"it\'s"', "Tone.SOFT.value", "Tone.SOFT", "str"], ['"x"', '"it\'s"', "func.now()"]),
    "String(30)": (['"abc"', "PREFIX", 'PREFIX + "z"', 'f"{PREFIX}z"'], ["PREFIX", "text(\"'q'\")"]),
    "sa.Unicode(12)": ([], []),
    "Text": (['""'], ['""']),
    "sa.CHAR(2)": ([], []),
    "sa.Boolean": (["True", "False"], ['"true"', "sa.true()", "sa.false()", 'text("false")']),
    "sa.Float": (["0.5", "1.50"], ['"0.5"']),
    "Numeric(10, 2)": (["0", 'decimal.Decimal("1.5")'], ['"0.00"']),
    "Numeric": ([], []),
    "sa.Date": (["datetime.date.today"], ["sa.func.current_date()"]),
    "sa.DateTime": (["datetime.datetime.utcnow", "now"], ["func.now()"]),
    "sa.DateTime(timezone=True)": (["lambda: datetime.datetime.now()"], ["func.now()", "sa.func.current_timestamp()"]),
    "sa.Time()": ([], []),
    "sa.Interval": ([], []),
    "sa.LargeBinary": ([], []),
    "sa.JSON": (["dict", "{}"], []),
    "JSONB": (["list", "lambda: {}"], ["text(\"'{}'::jsonb\")"]),
    "UUID(as_uuid=True)": (["uuid.uuid4"], ["func.gen_random_uuid()"]),
    "UUID": ([], []),
    "ARRAY(String)": (["list"], ['"{}"']),
    "ARRAY(Integer())": ([], []),
    "Enum(Tone)": (["Tone.VERY_LOUD"], ['"SOFT"']),
    'Enum(Level, name="levels")': (["Level.LOW"], []),
    "Enum(Tone, native_enum=False)": (["Tone.SOFT"], []),
    "Enum(Level, native_enum=False, length=20)": ([], []),
    'Enum(Tone, values_callable=lambda kind: [member.value for member in kind], name="tone_values")': (["Tone.SOFT"], []),
    'Enum(Level, values_callable=values, native_enum=False)': ([], []),
    'Enum("a", "bb", name="letters")': (['"a"'], ['"bb"']),
    "postgresql.DOUBLE_PRECISION": ([], []),
    "postgresql.INET()": ([], []),
    "Short": (['"s"'], []),
    "Short()": ([], []),
}
ANNOTATIONS = ["int", "str", "float", "bool", "decimal.Decimal", "datetime.datetime", "datetime.date", "uuid.UUID", "bytes", "Tone", "Level", "name30",
               "stamp", "Short15", 'Literal["a", "bbb"]', "datetime.timedelta", "mapping"]
HELPERS = [
    Block('PREFIX = "p" + "q"'),
    Block("def now():\n    return datetime.datetime(2020, 1, 1)"),
    Block("def values(kind):\n    return [member.value for member in kind]"),
    Block("class Short(sa.types.TypeDecorator):", (), ("impl = String(15)", "cache_ok = True")),
    Block("def amount(**more):\n    return Column(Numeric(12, 4), **more)"),
    Block("def counted(default=0, nullable=False):\n    return Column(Integer, default=default, nullable=nullable)"),
]
MODERN_HELPERS = [
    Block("name30 = Annotated[str, mapped_column(String(30))]"),
    Block("stamp = Annotated[datetime.datetime, mapped_column(sa.DateTime(timezone=True), server_default=func.now())]"),
    Block('Short15 = Annotated[str, "short"]'),
    Block("mapping = dict[str, Any]"),
]


def keywords(chance: random.Random, kind: str | None) -> list[str]:
    defaults, server = TYPES.get(kind or "", ([], []))
    found = some(chance, {"nullable=False": 0.25, "nullable=True": 0.12, "unique=True": 0.08, "index=True": 0.08, 'comment="c"': 0.04})
    if "nullable=False" in found and "nullable=True" in found:
        found.remove("nullable=True")
    if defaults and chance.random() < 0.4:
        found.append("default=" + chance.choice(defaults))
    if server and chance.random() < 0.3:
        found.append("server_default=" + chance.choice(server))
    if chance.random() < 0.04:
        found.append("onupdate=func.now()")
    return found


def old_column(chance: random.Random, name: str) -> str:
    roll = chance.random()
    if roll < 0.05:
        return f"{name} = amount({', '.join(keywords(chance, None))})"
    if roll < 0.1:
        return f"{name} = counted({chance.choice(['', '3', 'nullable=True', 'default=None'])})"
    kind = chance.choice(list(TYPES))
    positional = ([f'"{name}_col"'] if chance.random() < 0.12 else []) + ([] if chance.random() < 0.03 else [kind])
    made = f"Column({', '.join(positional + keywords(chance, kind))})"
    if made == "Column()":
        made = "Column(Integer)"
    if chance.random() < 0.05:
        made = f"deferred({made})"
    return f"{name} = {made}"


def new_column(chance: random.Random, name: str) -> str:
    written = chance.choice(ANNOTATIONS)
    # A name for `dict[str, Any]` cannot be in quotes with `None`.
    shape = chance.choice(["{}", "{}", "{}", "Optional[{}]", "{} | None", '"{} | None"'])
    if '"' in written or "|" in shape and "'" in written:
        shape = shape.replace('"', "")
    annotation = shape.format(written)
    if chance.random() < 0.4:
        return f"{name}: Mapped[{annotation}]"
    arguments = ([f'"{name}_col"'] if chance.random() < 0.1 else [])
    kind = None
    if chance.random() < 0.3:
        kind = chance.choice([kind for kind in TYPES if "Enum" not in kind or "Tone" in annotation])
        arguments.append(kind)
    arguments += keywords(chance, kind)
    made = f"mapped_column({', '.join(arguments)})"
    return f"{name}: Mapped[{annotation}] = {f'deferred({made})' if kind and chance.random() < 0.06 else made}"


def other_member(chance: random.Random, name: str) -> str:
    return chance.choice([
        f"@property\ndef {name}(self) -> Optional[str]:\n    return None",
        f"@property\ndef {name}(self):\n    return 1",
        f"def {name}(self):\n    return 1",
        f"{name} = 3",
        f'{name} = column_property(sa.literal_column("1", Integer))',
        f'{name} = synonym("id")',
    ])


def generate(chance: random.Random, environment: str) -> Case:
    modern = environment == "modern"
    column = lambda name: new_column(chance, name) if modern and chance.random() < 0.6 else old_column(chance, name)  # noqa: E731
    blocks = [*ENUMS, *HELPERS, *(MODERN_HELPERS if modern else [])]
    schema = 'schema="deep"' if chance.random() < 0.15 else ""
    if modern and chance.random() < 0.7:
        members = [f"metadata = MetaData({schema})"] if schema else []
        if chance.random() < 0.5:
            members.append("type_annotation_map = {Short15: String(15), mapping: JSONB, decimal.Decimal: Numeric(8, 3)}")
        else:
            members.append("type_annotation_map = {Short15: sa.Text, mapping: sa.JSON, str: sa.Unicode, datetime.datetime: sa.DateTime(timezone=True)}")
        blocks.append(Block("class Base(DeclarativeBase):", (), tuple(members)))
    else:
        # Without a map of types some annotations have none.
        column = lambda name: old_column(chance, name)  # noqa: E731
        blocks.append(Block(f"Base = declarative_base({f'metadata=MetaData({schema})' if schema else ''})"))
    bases = mixins(chance, column)
    blocks += bases
    blocks += models(chance, column, "deep." if schema else "", [block.header.split()[1].split("(")[0].rstrip(":") for block in bases])
    return Case("orm", PRELUDE + (MODERN if modern else ""), tuple(blocks))


def mixins(chance: random.Random, column) -> list[Block]:
    found = []
    for at in range(chance.choice([0, 1, 1, 2])):
        members = [column(f"m{at}_{name}") for name in words(chance, chance.choice([1, 2]))]
        if chance.random() < 0.4:
            members.append(f"@declared_attr\ndef made_{at}(cls):\n    return {old_column(chance, 'x').split(' = ', 1)[1]}")
        found.append(Block(f"class Mixin{at}:", tuple(members)))
    if chance.random() < 0.4:
        members = [column(f"a_{name}") for name in words(chance, 2)]
        found.append(Block("class Abstract(Base):", tuple(members), ("__abstract__ = True",)))
    return found


def models(chance: random.Random, column, schema: str, bases: list[str]) -> list[Block]:
    found: list[Block] = []
    roots: list[str] = []
    for at in range(chance.choice([1, 2, 3])):
        name = f"Model{at}"
        ways = ["base"] * 3 + ["named"] + (["joined", "single"] if roots else [])
        way = chance.choice(ways)
        extra = [base for base in bases if base != "Abstract" and chance.random() < 0.5]
        kept, members = [], []
        if way in ("joined", "single"):
            header = f"class {name}({chance.choice(roots)}):"
            parent = header.split("(")[1][:-2]
            if way == "joined":
                kept += [f'__tablename__ = "table{at}"', f'id = Column(ForeignKey("{schema}{table_of(parent, found)}.id"), primary_key=True)']
            members += [column(f"j{at}_{word}") for word in words(chance, chance.choice([1, 2]))]
        else:
            roots.append(name)
            header = f"class {name}({', '.join([*extra, chance.choice(['Base', 'Abstract' if 'Abstract' in bases else 'Base'])])}):"
            kept.append(f'__tablename__ = "table{at}"' if way == "base" else "@declared_attr\ndef __tablename__(cls):\n    return cls.__name__.lower()")
            kept.append(chance.choice(["id = Column(Integer, primary_key=True)", "id = Column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)"]))
            names = words(chance, chance.choice([3, 5, 8]))
            members += [column(word) for word in names]
            if chance.random() < 0.4 and members:
                members.append(other_member(chance, "other_" + names[0]))
            others = [root for root in roots if root != name]
            if others and chance.random() < 0.7:
                members.append(reference(chance, found, chance.choice(others), schema, name))
        found.append(Block(header, tuple(members), tuple(kept)))
    return found


def table_of(model: str, found: list[Block]) -> str:
    block = next(block for block in found if block.header.startswith(f"class {model}("))
    written = next(line for line in block.kept if "__tablename__" in line)
    return written.split('"')[1] if '"' in written else model.lower()


def reference(chance: random.Random, found: list[Block], target: str, schema: str, owner: str) -> str:
    """A foreign key with a relationship beside it, as one member: neither means anything alone."""
    table = schema + table_of(target, found)
    key = chance.choice(["ref_id = Column(ForeignKey({!r}){})", "ref_id = Column(\"ref\", ForeignKey({!r}, ondelete=\"CASCADE\"){})"])
    key = key.format(f"{table}.id", chance.choice(["", ", nullable=False", ", index=True"]))
    to = chance.choice([target, repr(target)])
    more = chance.choice(["", f', backref="back_{owner.lower()}"', f', backref=backref("back_{owner.lower()}", uselist=False)', ", viewonly=True", ", uselist=True"])
    return f"{key}\nref = relationship({to}{more})"
