#!/usr/bin/env python3
"""The witness tests that we write, run by pytest and vitest: each fails while its drift is there, and passes once it is mended.

    witness.py --server URL --alignment PROGRAM --tools FOLDER

Two repositories are tried in a copy: the shop, and a small one with drifts in requests and enumerations (`witness/`). In each, every
error has a test or a reason, every test fails, then the drifts are mended and the same tests pass, and writing them again leaves none.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import sqlalchemy as sa

HERE = Path(__file__).resolve().parent

# By file: what is replaced. A file that does not exist is written.
SHOP = {
    "backend/app/models/catalogue.py": [
        ("    @property\n    def display_name", "    @property\n    def discount_percent(self) -> int:\n        return 0\n\n    @property\n    def display_name"),
    ],
    "backend/app/schemas/customers.py": [("    nickname: str  #", "    nickname: str | None  #")],
    "backend/alembic/versions/f0a1_mended.py": """
import sqlalchemy as sa
from alembic import op

revision = "f0a1"
down_revision = "25ffac3071d0"


def upgrade() -> None:
    op.create_table("coupons", sa.Column("code", sa.String(20), primary_key=True), sa.Column("percent", sa.Integer(), nullable=False))
    op.add_column("products", sa.Column("weight_grams", sa.Integer()))
    op.alter_column("products", "stock", server_default=None)
    op.alter_column("products", "stock", type_=sa.Integer(), postgresql_using="stock::integer")


def downgrade() -> None:
    pass
""",
    "archive/migrations/versions/a2_seals.py": [('down_revision = "a1"', "down_revision = None")],
    "warehouse/migrations/versions/w3_aisle_index.py": [('down_revision = "w1"', 'down_revision = "w2"')],
    "frontend/src/types/customer.ts": [("id: number;", "id: string;"), ("nickname: string;", "nickname: string | null;")],
    "frontend/src/types/order.ts": [("shippedAt: Moment;", "shippedAt: Moment | null;")],
    "frontend/src/types/product.ts": [("  averageRating: number;", "  ")],
}
MARKET = {
    "app/models.py": [
        ("nullable=True)  # drift: `seats`", "nullable=False)  # drift: `seats`"),
        ('name="stage"', 'name="stage", values_callable=lambda stages: [stage.value for stage in stages]'),
    ],
    "app/schemas.py": [
        ("title: str | None = None", "title: str"),
        ("price: float  # drift", "price: float | None  # drift"),
        ("channel: str  # drift", 'channel: str = "web"  # drift'),
        ("    days: list[str]", "    days: list[str] | int"),
        ('Literal["blue", "green"]', 'Literal["blue", "green", "Blue"]'),
    ],
    "web/api.ts": [("fee: number;", "fee: string;"), ("title?: string | null;", "title: string;")],
}


def run(command: list[str], **settings) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, **settings)


def checked(command: list[str], **settings) -> subprocess.CompletedProcess[str]:
    done = run(command, **settings)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return done


def write(alignment: str, root: Path) -> tuple[int, int]:
    """How many tests were written, of how many errors."""
    said = checked([alignment, "audit", ".", "--witness-tests", "witness", "--output-format", "json"], cwd=root).stderr
    found = re.search(r"wrote tests for (\d+) of (\d+) errors? ", said)
    assert found, said
    return int(found[1]), int(found[2])


def migrated(server: str, name: str, folder: Path) -> str:
    """A database on which all migrations of the folder's `alembic.ini` ran."""
    database = f"witness_{name}"
    with sa.create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"drop database if exists {database}")
        connection.exec_driver_sql(f"create database {database}")
    url = sa.make_url(server).set(database=database).render_as_string(hide_password=False)
    checked([sys.executable, "-m", "alembic", "upgrade", "heads"], cwd=folder, env={**os.environ, "DATABASE_URL": url})
    return url


def pytest(root: Path, url: str) -> dict[str, str]:
    """What came of each test: `passed`, or how it ended otherwise."""
    report = root / "junit.xml"
    environment = {**os.environ, "ALIGNMENT_WITNESS_DATABASE": url, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "witness/pytest"]
    done = run(command, cwd=root, env=environment)
    assert report.exists(), done.stdout + done.stderr
    cases = ElementTree.parse(report).iter("testcase")
    return {case.get("name"): next((f"{child.tag}: {child.get('message')}" for child in case), "passed") for case in cases}


def vitest(root: Path, project: str) -> dict[str, str]:
    folder = root / project
    tests = root / "witness/vitest" / (project or "client")
    tools = folder / "node_modules/.bin"
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    command = [str(tools / "vitest"), "run", "--typecheck.only", "--typecheck.ignoreSourceErrors", "--reporter=json", "--root", str(tests)]
    done = run(command, cwd=folder, env=environment)
    report = json.loads(done.stdout[done.stdout.index("{") :])
    cases = [case for file in report["testResults"] for case in file["assertionResults"]]
    return {case["title"]: "passed" if case["status"] == "passed" else f"failure: {case['failureMessages']}" for case in cases}


def mend(root: Path, mends: dict) -> None:
    for path, edits in mends.items():
        file = root / path
        if isinstance(edits, str):
            file.write_text(edits.lstrip())
            continue
        text = file.read_text()
        for before, after in edits:
            assert before in text, f"{path} has no {before!r}"
            text = text.replace(before, after)
        file.write_text(text)


def ask(fixture: Path, mends: dict, backend: str, project: str, arguments) -> int:
    name = fixture.name
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / name
        shutil.copytree(fixture, root, ignore=shutil.ignore_patterns("__pycache__", "truth"))
        (root / project / "node_modules").symlink_to(Path(arguments.tools).resolve() / "node_modules")
        written, errors = write(arguments.alignment, root)
        first = {path: path.read_bytes() for path in (root / "witness").rglob("*") if path.is_file()}
        write(arguments.alignment, root)
        again = {path: path.read_bytes() for path in first}
        before = pytest(root, migrated(arguments.server, name, root / backend)) | vitest(root, project)
        mend(root, mends)
        after = pytest(root, migrated(arguments.server, name, root / backend)) | vitest(root, project)
        left = write(arguments.alignment, root)
        # vitest keeps its own notes beside the tests.
        rest = [path for path in (root / "witness").rglob("*") if path.is_file() and "node_modules" not in path.parts]
    faults = [f"{test} does not fail: {end}" for test, end in before.items() if not end.startswith("failure")]
    faults += [f"{test} does not pass once mended: {end}" for test, end in after.items() if end != "passed"]
    if not written or len(before) != written:
        faults.append(f"{written} tests were written, {len(before)} ran")
    if first != again:
        faults.append("the same findings give other bytes")
    if left != (0, 0) or len(rest) != 1:
        faults.append(f"after the mending {left} tests and errors are left, and the files {rest}")
    print(f"witness: {name}: {written} tests for {errors} errors, {len(faults)} faults")
    print("".join(f"  {fault}\n" for fault in faults), end="")
    return bool(faults)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--alignment", required=True)
    parser.add_argument("--tools", required=True)
    arguments = parser.parse_args()
    arguments.alignment = str(Path(arguments.alignment).resolve())
    shop = ask(HERE.parent.parent / "fixtures/shop", SHOP, "backend", "frontend", arguments)
    market = ask(HERE / "witness/market", MARKET, "", "web", arguments)
    return 1 if shop or market else 0


if __name__ == "__main__":
    sys.exit(main())
