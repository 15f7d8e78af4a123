#!/usr/bin/env python3
"""Random modules, as the real frameworks and as our facts see them.

    python tests/oracle/generate --python modern=PROGRAM --python classic=PROGRAM --typescript MODULES [--cases N] [--seed SEED] [--only LAYER]

Writes N modules of each layer for each environment, records what the framework says about them, and lets the test of the recorded
fixtures compare (`tests/oracle.rs`, with ORACLE_FIXTURES). A module that differs is made as small as it still differs, and printed.
The same seed gives the same modules. Exit status 1 when anything differs. What we say is unknown about a client type is no difference.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LAYERS = ["orm", "schemas", "routes", "typescript"]
BUILD = ["cargo", "test", "--quiet", "--workspace", "--locked", "--test", "tests", "--no-run", "--message-format=json"]


def generated(environment: str, layer: str, seed: str, count: int) -> dict:
    module = importlib.import_module(layer)
    chance = lambda at: random.Random(f"{seed}/{environment}/{layer}/{at}")  # noqa: E731
    return {f"{layer}_{at:03}": module.generate(chance(at), environment) for at in range(count)}


def write_typescript(folder: Path, modules: str, cases: dict) -> dict:
    """Writes a project of all modules that the compiler has nothing against; the rest is returned with the reason."""
    for name, text in importlib.import_module("typescript").SHARED.items():
        (folder / name).write_text(text)
    (folder / "oracle.json").write_text('{ "typescript": "tsconfig.json" }')
    for name, case in cases.items():
        (folder / f"{name}.ts").write_text(case.text())
    command = ["node", str(HERE.parent / "typescript.mjs"), str(folder), "--errors"]
    run = subprocess.run(command, env={**os.environ, "ORACLE_MODULES": modules}, capture_output=True, text=True, check=True)
    broken = dict(line.split(".ts:", 1) for line in reversed(run.stderr.splitlines()) if re.match(r"\w+\.ts:", line))
    for name in broken:
        (folder / f"{name}.ts").unlink()
    return broken


def write(folder: Path, environment: str, python: str, cases: dict) -> dict:
    """Writes a fixture of all modules that import; the rest is returned with the reason."""
    folder.mkdir()
    if environment == "typescript":
        return write_typescript(folder, python, cases)
    for name, case in cases.items():
        (folder / f"{name}.py").write_text(case.text())
    run = subprocess.run([python, str(HERE / "importable.py"), *cases], cwd=folder, capture_output=True, text=True, check=True)
    broken = dict(line.split(" ", 1) for line in run.stdout.splitlines())
    for name in broken:
        (folder / f"{name}.py").unlink()
    of = lambda *layers: [name for name, case in cases.items() if case.layer in layers and name not in broken]  # noqa: E731
    manifest = {"environment": environment, "models": of("orm"), "schemas": of("schemas", "routes"), "app": [f"{name}:app" for name in of("routes")]}
    (folder / "oracle.json").write_text(json.dumps({key: value for key, value in manifest.items() if value}))
    (folder / "requirements.txt").write_text((HERE.parent / f"requirements-{environment}.txt").read_text())
    return broken


def built_tests() -> str:
    """The program that holds `tests/oracle.rs`, built as `cargo test --workspace` builds it."""
    run = subprocess.run(BUILD, cwd=ROOT, capture_output=True, text=True, check=True)
    built = (json.loads(line) for line in run.stdout.splitlines() if line.startswith("{"))
    return [message["executable"] for message in built if message.get("executable") and message["target"]["name"] == "tests"][-1]


def differences(environment: str, python: str, cases: dict, tests: str) -> tuple[dict, dict]:
    """What differs, by module, and which modules do not import."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / environment
        broken = write(folder, environment, python, cases)
        if len(broken) == len(cases):
            return {}, broken
        is_client = environment == "typescript"
        named = [] if is_client else ["--python", f"{environment}={python}"]
        record = [sys.executable if is_client else python, str(HERE.parent / "record.py"), *named, "--write", str(folder)]
        modules = {"ORACLE_MODULES": python} if is_client else {}
        subprocess.run(record, env={**os.environ, **modules, "PYTHONHASHSEED": "0"}, check=True, stdout=subprocess.DEVNULL)
        compare = [tests, "facts_are_what_the_frameworks_say"]
        run = subprocess.run(compare, env={**os.environ, "ORACLE_FIXTURES": parent}, capture_output=True, text=True)
    found: dict[str, list[str]] = {}
    for line in run.stdout.splitlines():
        match = re.match(rf"{environment} \w+: (\w+)\.(?:py|ts)#(.*)", line)
        if match:
            found.setdefault(match[1], []).append(match[2])
    if run.returncode and not found:
        sys.exit(run.stdout[-2000:] + run.stderr[-2000:])
    if is_client:
        found = {name: wrong for name, lines in found.items() if (wrong := without_unknown(lines))}
    return found, broken


def without_unknown(lines: list[str]) -> list[str]:
    """The differences of fields whose type we do not call unknown, in whole or in part, and not only by another name: the compiler
    gives one object type the name under which it met it first."""
    field = lambda line: re.split(r": (?:type|nullable|required|enum_values) is ", line)[0]  # noqa: E731
    unknown = {field(line) for line in lines if re.search(r': type is .*, not ".*\bunknown\b.*"$', line)}
    by_name = re.compile(r': type is "(.*)", not "(.*)"$')
    same = lambda line: (found := by_name.search(line)) is not None and nameless(found[1]) == nameless(found[2])  # noqa: E731
    return [line for line in lines if field(line) not in unknown and not same(line)]


def nameless(ty: str) -> str:
    """A type with `object` for every object, and without twins in its unions."""
    ty = re.sub(r"ref<\w+>", "object", ty)
    inner = re.compile(r"union<([^<>]*)>|(array|map|promise)<([^<>]*)>")
    while found := inner.search(ty):
        members = sorted(set(found[1].split("|"))) if found[1] is not None else []
        plain = f"{found[2]}({found[3]})" if found[1] is None else members[0] if len(members) == 1 else f"union({';'.join(members)})"
        ty = ty[: found.start()] + plain + ty[found.end() :]
    return ty


def smallest(environment: str, python: str, case, found: list[str], tests: str):
    """The module without every part that the difference does not need."""
    for _ in range(40):
        candidates = {f"{case.layer}_{at:03}": candidate for at, candidate in enumerate(case.smaller())}
        failing, _ = differences(environment, python, candidates, tests)
        if not failing:
            break
        best = min(failing, key=lambda name: (len(candidates[name].text()), name))
        case, found = candidates[best], failing[best]
    return case, found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--typescript", help="the folder with the node_modules that hold the compiler and zod")
    parser.add_argument("--tests", help="the program that compares; without it cargo builds it")
    parser.add_argument("--cases", type=int, default=25)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", choices=LAYERS)
    parser.add_argument("--show", type=int, default=1, help="how many failing modules are made small and printed")
    arguments = parser.parse_args()
    tests = arguments.tests or built_tests()
    failed = passed = 0
    environments = [named.split("=", 1) for named in arguments.python]
    environments += [("typescript", arguments.typescript)] if arguments.typescript else []
    for environment, python in environments:
        python = str(Path(python).absolute())
        cases = {}
        for layer in [layer for layer in LAYERS if (layer == "typescript") == (environment == "typescript") and arguments.only in (None, layer)]:
            cases |= generated(environment, layer, arguments.seed, arguments.cases)
        found, broken = differences(environment, python, cases, tests)
        print(f"{environment}: seed {arguments.seed}, {len(cases)} modules, {len(broken)} are not valid, {len(found)} differ", flush=True)
        if len(broken) * 4 > len(cases):
            sys.exit("too many random modules are not valid:\n" + "\n".join(f"{name} {why}" for name, why in broken.items()))
        for name, why in found.items():
            print("\n".join(f"{name}: {line}" for line in why), flush=True)
        for name in list(found)[: arguments.show]:
            case, why = smallest(environment, python, cases[name], found[name], tests)
            print(f"--- {environment} {name}, as small as it still differs:\n{case.text()}\n" + "\n".join(why), flush=True)
        passed += len(cases) - len(broken) - len(found)
        failed += len(found)
    print(f"generated modules: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
