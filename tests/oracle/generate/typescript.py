"""Random modules of client types and zod schemas."""

from __future__ import annotations

import dataclasses
import random

from case import Block, Case, words

#: Files that every module may import from: what they import stands in their preludes.
SHARED = {
    "shared.ts": """export interface SharedRow { shared_id: number; label?: string | null }
export enum SharedMode { On = "on", Off = "off", Auto = "auto" }
export type SharedState = "open" | "closed" | "lost";
export interface SharedBox<T = SharedRow> { value: T; rows?: T[] }
export const SHARED_LIST = ["p", "q"] as const;
""",
    "barrel.ts": 'export * from "./shared";\nexport { type SharedRow as Row } from "./shared";\nexport * from "./circle";\n',
    "circle.ts": 'export * from "./barrel";\nexport type { SharedState as State } from "./shared";\n',
    "package.json": '{ "name": "random", "dependencies": { "zod": "^4.1.0" } }\n',
    "tsconfig.json": """{
  "compilerOptions": {
    "strict": true, "target": "ES2022", "module": "ESNext", "moduleResolution": "Bundler", "lib": ["ES2022", "DOM"],
    "baseUrl": ".", "paths": { "@/*": ["./*"] }, // as bundlers have it
  },
}
""",
}
IMPORTS = [
    'import { SHARED_LIST, SharedMode, type SharedBox, type SharedRow, type SharedState } from "./shared";',
    'import { SHARED_LIST, SharedMode, SharedBox, Row as SharedRow, State as SharedState } from "@/barrel";',
    'import * as all from "./barrel";\nimport { SharedMode, SHARED_LIST } from "./circle";\ntype SharedRow = all.Row;\ntype SharedState = all.SharedState;\ntype SharedBox<T = all.SharedRow> = all.SharedBox<T>;',
    'import { SHARED_LIST, SharedMode } from "@/shared";\ntype SharedRow = import("./barrel").Row;\ntype SharedState = import("./shared").SharedState;\ntype SharedBox<T = SharedRow> = import("./shared").SharedBox<T>;',
]


@dataclasses.dataclass(frozen=True)
class Braced(Block):
    """A declaration with members between braces."""

    tail: str = "}"

    def text(self) -> str:
        return "\n".join([self.header, *("  " + line for line in (*self.kept, *(self.members or ()))), self.tail])


class Module:
    """What has been declared so far, by what can be done with it."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.blocks: list[Block] = []
        self.objects: dict[str, list[str]] = {"SharedRow": ["shared_id", "label"]}
        self.literals: dict[str, list[str]] = {"SharedState": ["open", "closed", "lost"]}
        self.enums: dict[str, list[str]] = {"SharedMode": ["On", "Off", "Auto"]}
        self.lists: list[str] = ["SHARED_LIST"]
        self.maps: list[str] = []
        self.generics: list[str] = ["SharedBox"]
        self.unions: dict[str, list[str]] = {}
        self.schemas: dict[str, list[str]] = {}
        self.classes: dict[str, list[str]] = {}
        self.names = iter(f"N{at}" for at in range(1000))

    def pick(self, options):
        return self.chance.choice(list(options))

    def some(self, options) -> list:
        options = list(options)
        return self.chance.sample(options, self.chance.randint(1, len(options)))

    def keys(self, options) -> str:
        return " | ".join(f'"{key}"' for key in self.some(options))

    # --- types

    def ty(self, depth: int = 0) -> str:
        """A type that stands in a field."""
        base = self.pick([self.scalar, self.scalar, self.literal, self.named, self.derived, self.container, self.access])(depth)
        roll = self.chance.random()
        if roll < 0.15:
            return f"{grouped(base)} | null"
        if roll < 0.22:
            return f"{grouped(base)} | {grouped(self.scalar(depth))}"
        return base if roll > 0.25 else f"{grouped(base)} | undefined"

    def scalar(self, depth: int) -> str:
        return self.pick(["string", "number", "boolean", "Date", "unknown", "any", "bigint", "object", "string", "number", "URL", "(value: string) => void"])

    def literal(self, depth: int) -> str:
        name, values = self.pick(self.literals.items())
        enum, members = self.pick(self.enums.items())
        return self.pick([
            name, f"{name} | null", f'Exclude<{name}, "{self.pick(values)}">', f'Extract<{name}, "{self.pick(values)}" | "none">', f"`{{}}-${{{name}}}`".replace("{}", "x"),
            f"Uppercase<{name}>", f"Capitalize<{name}>", enum, f"{enum}.{self.pick(members)}", f"Exclude<{enum}, {enum}.{members[0]}>", f"`${{{enum}}}`", f"keyof typeof {enum}",
            f"(typeof {self.pick(self.lists)})[number]", '"a" | "b"', "1 | 2.50 | -3", "true", f"`n${{1 | 2}}_${{{name}}}`", f"NonNullable<{name} | null>",
            *(f"keyof typeof {name}" for name in self.maps), *(f"(typeof {name})[keyof typeof {name}]" for name in self.maps),
        ])

    def named(self, depth: int) -> str:
        argument = self.ty(depth + 1) if depth < 2 else "string"
        generic = self.pick(self.generics)
        return self.pick([*self.objects, *self.unions, *self.classes, f"{generic}<{argument}>", *(f"z.infer<typeof {name}>" for name in self.schemas)])

    def derived(self, depth: int) -> str:
        name, keys = self.pick(self.objects.items())
        return self.pick([
            f"Partial<{name}>", f"Required<{name}>", f"Readonly<{name}>", f"Pick<{name}, {self.keys(keys)}>", f"Omit<{name}, {self.keys(keys)}>", f"keyof {name}",
            *(f"Extract<{union}, {{ kind: \"{self.pick(kinds)}\" }}>" for union, kinds in self.unions.items()),
            *(f"Exclude<{union}, {{ kind: \"{self.pick(kinds)}\" }}>" for union, kinds in self.unions.items()),
        ])

    def container(self, depth: int) -> str:
        inner = self.ty(depth + 1) if depth < 2 else "string"
        return self.pick([
            f"{grouped(inner)}[]", f"Array<{inner}>", f"readonly {grouped(inner)}[]", f"Record<string, {inner}>", f"Map<string, {inner}>", f"Set<{inner}>", f"Promise<{inner}>",
            f"[{inner}, number]", f"{{ inner: {inner} }}", f"{{ [key: string]: {inner} }}", f"Awaited<Promise<{inner}>>", f"NonNullable<{inner}>",
            f"Record<{self.pick(self.literals)}, {inner}>", f"Partial<Record<{self.pick(self.enums)}, {inner}>>", f"{{ inner: {inner} }}[\"inner\"]", f"({inner})[][number]",
        ])

    def access(self, depth: int) -> str:
        name, keys = self.pick(self.objects.items())
        other, others = self.pick(self.objects.items())
        return self.pick([
            f'{name}["{self.pick(keys)}"]', f"{name}[{self.keys(keys)}]", f"{name}[keyof {name}]", f'NonNullable<{name}["{self.pick(keys)}"]>', f'Partial<{name}>["{self.pick(keys)}"]',
            f'({name} & {other})["{self.pick(others)}"]', f'{name}["{self.pick(keys)}"] extends string ? "text" : number', f'{self.pick(self.generics)}<string>["value"]',
            *(f'{union}["kind"]' for union in self.unions), *(f'z.input<typeof {schema}>["{self.pick(keys)}"]' for schema, keys in self.schemas.items()),
        ])

    def fields(self, keys: list[str]) -> tuple[str, ...]:
        return tuple(f"{self.pick(['', '', 'readonly '])}{key}{self.pick(['', '', '?'])}: {self.ty()};" for key in keys)

    # --- declarations

    def declare(self) -> None:
        kinds = [self.interface, self.interface, self.alias, self.merged, self.intersection, self.mapped, self.utility, self.generic, self.enum, self.literal_union]
        kinds += [self.union, self.constant, self.klass, self.schema, self.schema, self.plain]
        self.pick(kinds)()

    def words(self) -> list[str]:
        # Names that no two objects share, so that they can be joined; and one that many have.
        tail = next(self.names).lower()
        return [f"{word}_{tail}" for word in words(self.chance, self.chance.randint(1, 4))]

    def interface(self) -> None:
        name, keys = next(self.names), self.words()
        bases = []
        for base, inherited in self.chance.sample(list(self.objects.items()), min(self.chance.randint(0, 2), len(self.objects))):
            bases.append(self.pick([base, base, f"Partial<{base}>", f"Omit<{base}, {self.keys(inherited)}>"]))
        extends = f" extends {', '.join(bases)}" if bases else ""
        self.add(Braced(f"export interface {name}{extends} {{", self.fields(keys)))
        self.objects[name] = keys

    def merged(self) -> None:
        self.interface()
        name = list(self.objects)[-1]
        keys = self.words()
        self.add(Braced(f"export interface {name} {{", self.fields(keys)))
        self.objects[name] = self.objects[name] + keys

    def alias(self) -> None:
        name, keys = next(self.names), self.words()
        self.add(Braced(f"export type {name} = {{", self.fields(keys), tail="};"))
        self.objects[name] = keys

    def intersection(self) -> None:
        name = next(self.names)
        (a, keys), (b, others) = self.pick(self.objects.items()), self.pick(self.objects.items())
        own = self.words()
        self.add(Braced(f"export type {name} = {a} & {self.pick([b, f'Partial<{b}>'])} & {{", self.fields(own), tail="};"))
        self.objects[name] = [*dict.fromkeys([*keys, *others, *own])]

    def mapped(self) -> None:
        name = next(self.names)
        base, keys = self.pick(self.objects.items())
        enum = self.pick(self.enums)
        literal, values = self.pick(self.literals.items())
        value = self.pick([f"{base}[K]", f"{base}[K] | null", "string", "K", f"Array<{base}[K]>", f"{base}[K] extends string ? 1 : 2"])
        form, found = self.pick([
            (f"{{ [K in keyof {base}]: {value} }}", keys), (f"{{ [K in keyof {base}]?: {value} }}", keys), (f"{{ readonly [K in keyof {base}]-?: {value} }}", keys),
            (f"{{ [K in {literal}]: {self.ty(1)} }}", values), (f"{{ [K in {literal}]?: K | null }}", values), (f"{{ [K in {enum}]: K }}", []),
            (f"{{ [K in keyof {base} as `get_${{K}}`]: {base}[K] }}", [f"get_{key}" for key in keys]), (f"{{ [K in Exclude<keyof {base}, \"{keys[0]}\">]: {value} }}", keys[1:]),
        ])
        self.add(Block(f"export type {name} = {form};"))
        if found:
            self.objects[name] = found

    def utility(self) -> None:
        name = next(self.names)
        base, keys = self.pick(self.objects.items())
        some = self.some(keys)
        listed = " | ".join(f'"{key}"' for key in some)
        rest = [key for key in keys if key not in some]
        form, found = self.pick([
            (f"Partial<{base}>", keys), (f"Required<{base}>", keys), (f"Pick<{base}, {listed}>", some), (f"Omit<{base}, {listed}>", rest), (f"Readonly<Partial<{base}>>", keys),
            (f"Omit<{base}, {listed}> & Partial<Pick<{base}, {listed}>>", keys), (f"Required<Pick<{base}, {listed}>>", some), (f"Record<{listed}, {self.ty(1)}>", some),
        ])
        self.add(Block(f"export type {name} = {form};"))
        if found:
            self.objects[name] = found

    def generic(self) -> None:
        name = next(self.names)
        bound = self.pick(["", "", " = string", f" = {self.pick(self.objects)}"])
        lines = ["value: T;", *self.chance.sample(["list: T[];", "maybe?: T | null;", "keyed: Record<string, T>;", "pair: [T, string];", "inner: { deep: T };", "part: Partial<T>;"], 3)]
        header, tail = self.pick([(f"export interface {name}<T{bound}> {{", "}"), (f"export type {name}<T{bound}> = {{", "};")])
        self.add(Braced(header, tuple(lines), tail=tail))
        self.generics.append(name)

    def enum(self) -> None:
        name = next(self.names)
        members = self.pick([["A = 1", "B", "C = 7"], ['A = "a"', 'B = "b b"', "C = `c`"], ["A", "B"], ['A = "x"', "B = 2"]])
        self.add(Block(f"export {self.pick(['enum', 'const enum'])} {name} {{ {', '.join(members)} }}"))
        self.enums[name] = [member.split(" ")[0] for member in members]

    def literal_union(self) -> None:
        name, values = next(self.names), words(self.chance, self.chance.randint(2, 4))
        self.add(Block(f"export type {name} = " + " | ".join(f'"{value}"' for value in values) + ";"))
        self.literals[name] = values

    def union(self) -> None:
        name, kinds = next(self.names), words(self.chance, self.chance.randint(2, 3))
        members = [f'{{ kind: "{kind}"; {" ".join(self.fields(self.words()[:2]))} }}' for kind in kinds]
        self.add(Block(f"export type {name} = " + " | ".join(members) + ";"))
        self.unions[name] = kinds

    def constant(self) -> None:
        name, values = next(self.names), words(self.chance, self.chance.randint(2, 4))
        if self.chance.random() < 0.5:
            self.add(Block(f"export const {name} = [" + ", ".join(f'"{value}"' for value in values) + "] as const;"))
            self.lists.append(name)
        else:
            pairs = [f'{value}: {self.pick(["1", "true", "0.50", chr(34) + value + chr(34)])}' for value in values]
            self.add(Block(f"export const {name} = {{ " + ", ".join(pairs) + " } as const;"))
            self.maps.append(name)
        self.add(Block(f"export type {next(self.names)} = typeof {name};"))

    def klass(self) -> None:
        name, keys = next(self.names), self.words()
        lines = [self.pick([f"{key}!: {self.ty()};", f"{key}?: {self.ty()};", f'{key} = "x";', f"{key} = 0;", f"{key}: string | null = null;", f"readonly {key} = 1;", f"{key} = [1, 2];"]) for key in keys]
        extends = f" extends {self.pick(self.classes)}" if self.classes and self.chance.random() < 0.5 else ""
        self.add(Braced(f"export class {name}{extends} {{", tuple(lines)))
        self.classes[name] = keys

    def plain(self) -> None:
        self.add(Block(f"export type {next(self.names)} = {self.pick([self.container, self.derived, self.access, self.literal])(0)};"))

    def schema(self) -> None:
        name, keys = next(self.names), self.words()
        if self.schemas and self.chance.random() < 0.6:
            base, known = self.pick(self.schemas.items())
            some = self.some(known)
            mask = "{ " + ", ".join(f"{key}: true" for key in some) + " }"
            form, found = self.pick([
                (f"{base}.partial()", known), (f"{base}.partial({mask})", known), (f"{base}.pick({mask})", some), (f"{base}.omit({mask})", [key for key in known if key not in some]),
                (f"{base}.required()", known), (f"{base}.required({mask})", known), (f"{base}.extend({{ {keys[0]}: {self.zod()} }})", [*known, keys[0]]),
                (f"{base}.merge(z.object({{ {known[0]}: {self.zod()} }}))", known), (f"z.object({{ ...{base}.shape, {keys[0]}: {base}.nullable() }})", [*known, keys[0]]),
                (f"{base}.strict()", known), (f"{base}.and(z.object({{ {keys[0]}: {self.zod()} }}))", []),
            ])
            self.add(Block(f"export const {name} = {form};"))
        else:
            self.add(Braced(f"export const {name} = z.object({{", tuple(f"{key}: {self.zod()}," for key in keys), tail="});"))
            found = keys
        self.add(Block(f"export type {next(self.names)} = z.{self.pick(['infer', 'input', 'output'])}<typeof {name}>;"))
        if found and ".and(" not in self.blocks[-2].text():
            self.schemas[name] = found

    def zod(self, depth: int = 0) -> str:
        inner = self.zod(depth + 1) if depth < 2 else "z.string()"
        enum = self.pick(self.enums)
        base = self.pick([
            "z.string()", "z.number().int()", "z.boolean()", "z.date()", "z.string().min(1)", 'z.enum(["a", "b"])', 'z.literal("x")', "z.any()", "z.null()", "z.email()", "z.coerce.number()",
            f"z.array({inner})", f"z.record(z.string(), {inner})", f'z.record(z.enum(["a", "b"]), {inner})', f"z.union([{inner}, z.number()])", f"z.object({{ inner: {inner} }})",
            f"z.tuple([{inner}, z.string()])", f"{inner}.or(z.string())", f"z.optional({inner})", f"z.nullable({inner})", f"z.lazy(() => {inner})", f"{inner}.array()",
            f"z.enum({enum})", "z.string().transform(Number)", "z.string().refine((value) => value.length > 1)", "z.string().brand<\"B\">()", *self.schemas,
            f"{inner}.catch(null as never)",
        ])
        roll = self.chance.random()
        wrapper = ".optional()" if roll < 0.12 else ".nullable()" if roll < 0.24 else ".nullish()" if roll < 0.32 else ".nullable().optional()" if roll < 0.36 else ""
        return base + wrapper + self.pick(["", "", "", ".default(null as never)", ".describe(\"d\")", ".optional().unwrap()"])

    def add(self, block: Block) -> None:
        self.blocks.append(block)


def grouped(ty: str) -> str:
    return f"({ty})" if any(word in ty for word in (" | ", " & ", "=>", " extends ", "keyof ", "readonly ")) else ty


def generate(chance: random.Random, environment: str) -> Case:
    module = Module(chance)
    for _ in range(chance.randint(6, 16)):
        module.declare()
    return Case("typescript", 'import { z } from "zod";\n' + chance.choice(IMPORTS), tuple(module.blocks))
