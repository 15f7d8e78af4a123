"""A random module as removable parts, so that a failing one can be made small."""

from __future__ import annotations

import dataclasses
import random


@dataclasses.dataclass(frozen=True)
class Block:
    """A class or function with members that can each be left out, or a statement without any."""

    header: str
    members: tuple[str, ...] | None = None
    #: Members that stay: without them the module means nothing.
    kept: tuple[str, ...] = ()

    def text(self) -> str:
        if self.members is None:
            return self.header
        lines = [*self.kept, *self.members]
        return "\n".join([self.header, *(indented(line) for line in lines)] if lines else [self.header, "    pass"])


@dataclasses.dataclass(frozen=True)
class Case:
    layer: str
    prelude: str
    blocks: tuple[Block, ...]

    def text(self) -> str:
        return "\n\n\n".join([self.prelude, *(block.text() for block in self.blocks)]) + "\n"

    def smaller(self) -> list[Case]:
        """Every module that lacks one part of this one; halves of the blocks first."""
        half = len(self.blocks) // 2
        cuts = [self.blocks[:half], self.blocks[half:]] if half > 1 else []
        cuts += [self.blocks[:at] + self.blocks[at + 1 :] for at in range(len(self.blocks))]
        for at, block in enumerate(self.blocks):
            members = block.members or ()
            groups = [members[: len(members) // 2], members[len(members) // 2 :]] if len(members) > 3 else []
            groups += [members[:member] + members[member + 1 :] for member in range(len(members))]
            cuts += [self.blocks[:at] + (dataclasses.replace(block, members=group),) + self.blocks[at + 1 :] for group in groups]
        return [dataclasses.replace(self, blocks=tuple(blocks)) for blocks in cuts if blocks]


def indented(text: str) -> str:
    return "\n".join("    " + line if line else line for line in text.split("\n"))


def words(chance: random.Random, count: int) -> list[str]:
    """Different names of attributes."""
    parts = ["user", "order", "total", "is", "last", "http", "x", "page", "city", "note", "unit", "level"]
    ends = ["id", "name", "at", "2", "count", "url", "kind", "s", "state", "code", "v1", "date"]
    found: list[str] = []
    while len(found) < count:
        length = chance.choice([1, 2, 2, 2, 3])
        name = "_".join([*chance.sample(parts, length - 1), chance.choice(ends)] if length > 1 else [chance.choice(parts)])
        if name not in found and not name[0].isdigit() and name != "is":
            found.append(name)
    return found


def some(chance: random.Random, options: dict[str, float]) -> list[str]:
    """Each option with its own probability, in random order."""
    found = [option for option, probability in options.items() if chance.random() < probability]
    chance.shuffle(found)
    return found


ENUMS = [
    Block("class Tone(str, enum.Enum):", (), ('SOFT = "soft"', 'VERY_LOUD = "very-loud"')),
    Block("class Level(enum.Enum):", (), ('LOW = "l"', 'HIGHEST = "h"')),
    Block("class Step(enum.IntEnum):", (), ("ONE = 1", "TWO = 2")),
]
