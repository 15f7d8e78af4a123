#!/usr/bin/env python3
"""Hold the HTTP calls that `alignment facts` finds against those that the TypeScript compiler resolves.

    calls.py --alignment PROGRAM --tools FOLDER [--calls REGEX] [--project TSCONFIG]... [--ignore REGEX] [--show N] ROOT...

--tools    the folder whose `node_modules` has `typescript`.
--calls    what calls of a client look like, by the text of what is called; without it, what `oracle.json` says under `calls`.
--project  a `tsconfig.json`, relative to ROOT, as often as there are projects; without it, those that ROOT's `oracle.json` names.
--ignore   paths of files that are left out: what tests call is no contract of a client.
--show     how many calls of each cause are printed.

Prints for each ROOT how many calls the compiler finds; how many of those whose path it knows we find at their line; how many of these an
operation serves; and by cause those that we miss or read otherwise. Exit status 1 when there are any: of a fixture there must be none.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).parent
CALLS = r"^(fetch|useSWR|([\w.$]+\??\.)?(get|post|put|patch|delete))$"
TESTS = r"(^|/)(__tests__|__mocks__|tests?|e2e|mocks|cypress|playwright)/|\.(test|spec|stories|cy)\."


def resolved(root: Path, projects: list[str], callees: str, tools: Path) -> list[dict]:
    """What the compiler says of every call whose path it knows, and of which it says nothing: `path` is None."""
    command = ["node", str(HERE / "calls.mjs"), str(root), callees, *projects]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "ORACLE_MODULES": str(tools)})
    if run.returncode:
        sys.exit(f"the compiler failed on {root}:\n{run.stderr[-2000:]}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def plain(path: str) -> str:
    """A path as both sides write it: a trailing slash counts for nothing, and parameters have no names."""
    return re.sub(r"\{[^}]*\}|(?<=/):\w+", "{}", path).rstrip("/") or "/"


def cause(call: dict, ours: list[dict]) -> str | None:
    """Why a call of the compiler's list is not one of ours at its line; None where it is."""
    if not ours:
        return "no call is found here"
    known = [one for one in ours if one.get("path")]
    if not known:
        return "the path is not known"
    # What a function of the project puts before the path that it is given is no part of the call's text.
    paths = [one for one in known if plain((one.get("base") or "") + one["path"]).endswith(plain(call["path"]))]
    if not paths:
        return "another path is read"
    if call["method"] and all(one.get("method") != call["method"] for one in paths):
        return "another method is read" if any(one.get("method") for one in paths) else "the method is not known"
    return None


def compare(root: Path, manifest: dict, arguments: argparse.Namespace) -> int:
    named = manifest.get("typescript", [])
    projects = arguments.project or ([named] if isinstance(named, str) else named)
    callees = arguments.calls or manifest.get("calls", CALLS)
    calls = [call for call in resolved(root, projects, callees, arguments.tools) if not re.search(arguments.ignore, call["file"])]
    facts = subprocess.run([arguments.alignment, "facts", "--output-format", "json", str(root)], capture_output=True, text=True, check=True)
    ours: dict[tuple[str, int], list[dict]] = defaultdict(list)
    for call in json.loads(facts.stdout)["calls"]:
        ours[call["file"], call["line"]].append(call)
    known = [call for call in calls if call["path"]]
    causes: dict[str, list[dict]] = defaultdict(list)
    linked = 0
    for call in known:
        here = ours[call["file"], call["line"]]
        why = cause(call, here)
        if why:
            causes[why].append(call)
        else:
            linked += any(one["operations"] for one in here)
    wrong = sum(map(len, causes.values()))
    print(f"{root.name}: the compiler knows the path of {len(known)} of {len(calls)} calls; found {len(known) - wrong}, linked {linked}, wrong {wrong}")
    for why, found in sorted(causes.items(), key=lambda item: -len(item[1])):
        print(f"  {len(found)} {why}")
        for call in found[: arguments.show]:
            read = sorted({f"{one.get('method') or '?'} {one.get('path') or '?'}" for one in ours[call["file"], call["line"]]})
            print(f"    {call['file']}:{call['line']}: {call['method'] or '?'} {call['path']}; ours: {', '.join(read) or 'none'}")
    return wrong if known else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alignment", required=True)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--calls")
    parser.add_argument("--project", action="append", default=[])
    parser.add_argument("--ignore", default=TESTS)
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("roots", nargs="+", type=Path)
    arguments = parser.parse_args()
    outcomes: Counter[bool] = Counter()
    for root in arguments.roots:
        manifest = root / "oracle.json"
        said = json.loads(manifest.read_text()) if manifest.exists() else {}
        if arguments.project or "typescript" in said:
            outcomes[compare(root.resolve(), said, arguments) == 0] += 1
    print(f"calls: {outcomes[True]} passed, {outcomes[False]} failed")
    return 1 if outcomes[False] or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
