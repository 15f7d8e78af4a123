#!/usr/bin/env python3
"""Ask the real frameworks what a fixture declares, and record it or compare it with the record.

    record.py [--server URL] [--python ENVIRONMENT=PROGRAM]... [--write] FIXTURE...

--server  a PostgreSQL superuser URL; a database of its own is made for each migration tree and dropped again.
--python  the interpreter of an environment that a manifest names (`"environment": "classic"`; without one: `modern`).
--write   write `truth/*.json` instead of comparing.

Exit status 1 when an answer differs from the record. The TypeScript layer is recorded by `typescript.mjs`.
"""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def ask(fixture: Path, layer: str, python: str, server: str) -> dict:
    """Each layer is asked in a process of its own, so that imports of one fixture never meet those of another."""
    if layer == "ts":
        command = ["node", str(HERE / "typescript.mjs"), str(fixture)]
    else:
        command = [python, str(HERE / f"{layer}.py"), str(fixture), server]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{layer} oracle failed on {fixture.name}:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="")
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("fixtures", nargs="+", type=Path)
    arguments = parser.parse_args()
    pythons = dict(named.split("=", 1) for named in arguments.python)
    passed = failed = 0
    for fixture in arguments.fixtures:
        manifest = json.loads((fixture / "oracle.json").read_text())
        python = pythons.get(manifest.get("environment", "modern"), sys.executable)
        layers = [("db", "migrations"), ("orm", "models"), ("schemas", "schemas"), ("routes", "app"), ("ts", "typescript")]
        for layer, needs in layers:
            if needs not in manifest:
                continue
            text = json.dumps(ask(fixture, layer, python, arguments.server), indent=1, ensure_ascii=False) + "\n"
            record = fixture / "truth" / f"{layer}.json"
            if arguments.write:
                record.parent.mkdir(exist_ok=True)
                record.write_text(text)
            recorded = record.read_text() if record.exists() else ""
            if recorded == text:
                passed += 1
                continue
            failed += 1
            print(f"{record} differs from what the framework says:")
            sys.stdout.writelines(difflib.unified_diff(recorded.splitlines(True), text.splitlines(True), "recorded", "asked", n=2))
    print(f"oracle: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
