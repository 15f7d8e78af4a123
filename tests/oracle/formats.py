"""Machine formats against their schemas: our JSON against `docs/schemas`, SARIF against the schema of the standard, JUnit XML against the
schema of Jenkins, diagnostics against reviewdog's. Asked of every fixture, of a repository whose names and values try to break formats,
and of one with hundreds of findings.

    python tests/oracle/formats.py --alignment target/debug/alignment --tools .oracle FOLDER...
"""

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import xmlschema

ROOT = Path(__file__).resolve().parents[2]
MODEL = """from sqlalchemy import Column, Integer, String, Text
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = {table!r}
    id = Column(Integer, primary_key=True)
{columns}"""
MIGRATION = """import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table(
        {table!r},
        sa.Column("id", sa.Integer(), primary_key=True),
{columns}    )
"""
# GitHub's limits for one file of code scanning.
MAX_RESULTS, MAX_GZIP = 25_000, 10 * 1024 * 1024


def write(folder, files):
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")


def many_findings(folder, count):
    columns = "".join(f"    c{at} = Column(Text)\n" for at in range(count))
    migrated = "".join(f'        sa.Column("c{at}", sa.Integer()),\n' for at in range(count))
    write(folder, {
        "app/models.py": MODEL.format(table="users", columns=columns),
        "alembic/versions/a1.py": MIGRATION.format(table="users", columns=migrated),
    })


def hostile(folder):
    default = "'\\0<script>x</script> ]]> %0A::error::|`\\x1b[31m {0} [a](1) \u202e\uffff \U0001f600'"
    table = '::error file=x::|<b>`"users'
    columns = f"    nickname = Column(Text, server_default={default})\n"
    migrated = f'        sa.Column("nickname", sa.Integer(), server_default={default}),\n'
    files = {"alembic/versions/a1.py": MIGRATION.format(table=table, columns=migrated)}
    for name in ["a b\"'", "new\nline\r", "x|y`<script>%0A::error::", "::error::,line=1", "\u00e9\U0001f600"]:
        files[f"{name}/m.py"] = MODEL.format(table=table, columns="    # \U0001f600\n" + columns)
    write(folder, files)


class Checker:
    def __init__(self, alignment, tools):
        self.alignment, self.tools = Path(alignment).resolve(), Path(tools)
        self.faults, self.checked, self.found = [], 0, 0
        package = self.tools / "node_modules/@microsoft/jest-sarif/lib/schemas"
        self.sarif = validator(json.loads(next(package.glob("sarif-2.1.0*.json")).read_text()))
        self.junit = xmlschema.XMLSchema(str(self.tools / "junit-10.xsd"))
        self.ours = {
            path.name.split(".")[0]: validator(closed(json.loads(path.read_text())))
            for path in sorted((ROOT / "docs/schemas").glob("*.schema.json"))
        }

    def run(self, folder, *arguments):
        ran = subprocess.run([self.alignment, *arguments], cwd=folder, capture_output=True)
        if ran.returncode != 0:
            self.faults.append(f"{folder} {arguments}: exit {ran.returncode}: {ran.stderr.decode()}")
        return ran.stdout.decode()

    def expect(self, holds, message):
        self.checked += 1
        if not holds:
            self.faults.append(message)

    def valid(self, checker, document, what):
        errors = sorted(checker.iter_errors(document), key=str)
        self.expect(not errors, f"{what}: " + "; ".join(f"{e.json_path}: {e.message[:200]}" for e in errors[:3]))

    def repository(self, folder):
        audit = json.loads(self.run(folder, "audit", "--output-format", "json"))
        self.valid(self.ours["audit"], audit, f"{folder}: audit")
        self.found = len(audit["findings"])
        facts = json.loads(self.run(folder, "facts", "--output-format", "json"))
        self.valid(self.ours["facts"], facts, f"{folder}: facts")
        self.questions(folder, facts)
        self.schemas(folder)
        self.sarif_log(folder, audit)
        self.junit_report(folder, audit)
        self.diagnostics(folder, audit)
        self.code_quality(folder, audit)
        self.annotations(folder, audit)

    def comparison(self, folder):
        """`check --base` where one finding is new, one is fixed and the rest is known."""
        many_findings(folder, 20)
        git = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e"]
        for arguments in [["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "base"]]:
            subprocess.run(git + arguments, check=True)
        for path in ["app/models.py", "alembic/versions/a1.py"]:
            text = (folder / path).read_text(encoding="utf-8")
            (folder / path).write_text(text.replace("c7", "n7"), encoding="utf-8")
        report = json.loads(self.run(folder, "check", "--base", "HEAD", "--fail-on", "never", "--output-format", "json"))
        self.valid(self.ours["audit"], report, "comparison")
        counts = report["comparison"]
        seen = counts["new"], len(counts["fixed"]), counts["existing"]
        # Known are 19 columns and the naming convention.
        self.expect(seen == (1, 1, 20), f"comparison: new, fixed and existing are {seen}")
        check = ["check", "--base", "HEAD", "--fail-on", "never", "--output-format"]
        log = json.loads(self.run(folder, *check, "sarif"))
        self.valid(self.sarif, log, "comparison: sarif")
        states = Counter(result.get("baselineState") for result in log["runs"][0]["results"])
        self.expect(states == {"new": 1, "absent": 1, "unchanged": 20}, f"comparison: sarif: {states}")
        junit = self.run(folder, *check, "junit")
        errors = list(self.junit.iter_errors(junit))
        self.expect(not errors, f"comparison: junit: {errors[:1]}")

    def schemas(self, folder):
        """The schema of every source of the database layer; without one or with several the command says so."""
        command = [self.alignment, "schema", "--output-format", "json"]
        names = re.findall(r"`([^`]+)`", subprocess.run(command, cwd=folder, capture_output=True, text=True).stderr.partition("`--source`")[2])
        for source in [["--source", name] for name in names] or [[]]:
            ran = subprocess.run([*command, *source], cwd=folder, capture_output=True)
            if ran.returncode == 0:
                self.valid(self.ours["schema"], json.loads(ran.stdout), f"{folder}: schema {source}")

    def questions(self, folder, facts):
        """The first table and the first entity of each other layer that has a name of its own."""
        self.valid(self.ours["graph"], json.loads(self.run(folder, "graph", "--output-format", "json")), f"{folder}: graph")
        names = {}
        for entity in facts["entities"]:
            names.setdefault(entity["name"], set()).add(entity["layer"])
        first = {}
        for name, layers in names.items():
            if len(layers) == 1 and "." not in name:
                first.setdefault(next(iter(layers)), name)
        for layer, name in sorted(first.items()):
            asked = [["trace", name], ["impact", name], ["graph", "--focus", name]] + ([["blame", name]] if layer == "db" else [])
            for command, *about in asked:
                ran = subprocess.run(
                    [self.alignment, command, *about, "--output-format", "json"], cwd=folder, capture_output=True)
                if ran.returncode == 0:
                    self.valid(self.ours[command], json.loads(ran.stdout), f"{folder}: {command} {name}")

    def sarif_log(self, folder, audit):
        text = self.run(folder, "audit", "--output-format", "sarif")
        log = json.loads(text)
        self.valid(self.sarif, log, f"{folder}: sarif")
        self.expect(len(gzip.compress(text.encode())) < MAX_GZIP, f"{folder}: sarif is too large for code scanning")
        run = log["runs"][0]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        results = run["results"]
        self.expect(len(results) == len(audit["findings"]) + len(audit["suppressed"]), f"{folder}: sarif results")
        self.expect(len(results) <= MAX_RESULTS, f"{folder}: too many results")
        suppressed = [result for result in results if "suppressions" in result]
        self.expect(len(suppressed) == len(audit["suppressed"]), f"{folder}: sarif suppressions")
        for result in results:
            what = f"{folder}: {result['ruleId']}: {result['message']['text'][:80]}"
            self.expect(rules[result["ruleIndex"]] == result["ruleId"], f"{what}: wrong rule")
            ids = {location["id"] for location in result.get("relatedLocations", [])}
            links = {int(link) for link in re.findall(r"(?<!\\)\]\((\d+)\)", result["message"]["text"])}
            self.expect(links == ids, f"{what}: links {links} to {ids}")
            flows = [step["location"] for flow in result.get("codeFlows", []) for step in flow["threadFlows"][0]["locations"]]
            for location in result["locations"] + result.get("relatedLocations", []) + flows:
                self.place(folder, location["physicalLocation"], what)

    def place(self, folder, physical, what):
        """The file is there, and the region lies in it, counted in UTF-16."""
        path = folder / unquote(physical["artifactLocation"]["uri"])
        if not path.is_file():
            self.expect(False, f"{what}: no file {path}")
            return
        lines = path.read_bytes().decode().split("\n")
        region = physical["region"]
        for line, column in [("startLine", "startColumn"), ("endLine", "endColumn")]:
            if column in region:
                width = len(lines[region[line] - 1].encode("utf-16-le")) // 2
                self.expect(1 <= region[column] <= width + 1, f"{what}: {column} {region[column]} of {width}")
            elif line in region:
                self.expect(1 <= region[line] <= len(lines), f"{what}: {line}")

    def junit_report(self, folder, audit):
        text = self.run(folder, "audit", "--output-format", "junit")
        errors = list(self.junit.iter_errors(text))
        self.expect(not errors, f"{folder}: junit: {errors[:1]}")
        tree = ElementTree.fromstring(text.encode())
        failures = len(tree.findall("./testsuite/testcase/failure"))
        summary = audit["summary"]
        self.expect(failures == summary["errors"] + summary["warnings"], f"{folder}: junit: {failures} failures")
        self.expect(int(tree.get("failures")) == failures, f"{folder}: junit: its own count of failures")
        skipped = len(tree.findall("./testsuite/testcase/skipped"))
        self.expect(skipped == summary["infos"] + summary["suppressed"], f"{folder}: junit: {skipped} skipped")

    def diagnostics(self, folder, audit):
        text = self.run(folder, "audit", "--output-format", "rdjson")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(text)
            file.flush()
            command = self.tools / "node_modules/.bin/rdformat-validator"
            ran = subprocess.run([command, file.name], capture_output=True, text=True)
        self.expect(ran.returncode == 0, f"{folder}: rdjson: {ran.stdout[-500:]}{ran.stderr[-500:]}")
        diagnostics = json.loads(text)["diagnostics"]
        self.expect(len(diagnostics) == len(audit["findings"]), f"{folder}: rdjson diagnostics")
        for diagnostic in diagnostics:
            location = diagnostic["location"]
            lines = (folder / location["path"]).read_bytes().split(b"\n")
            start = location["range"]["start"]
            width = len(lines[start["line"] - 1])
            self.expect(start.get("column", 1) <= width + 1, f"{folder}: rdjson: column beyond the line: {diagnostic}")

    def code_quality(self, folder, audit):
        """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""
        text = self.run(folder, "audit", "--output-format", "gitlab")
        issues = json.loads(text)
        self.expect(not text.startswith("\ufeff") and len(issues) == len(audit["findings"]), f"{folder}: gitlab issues")
        prints = [issue["fingerprint"] for issue in issues]
        self.expect(len(set(prints)) == len(prints), f"{folder}: gitlab: a fingerprint twice")
        for issue in issues:
            right = (
                isinstance(issue["description"], str) and isinstance(issue["check_name"], str)
                and issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
                and (folder / issue["location"]["path"]).is_file() and not issue["location"]["path"].startswith("./")
                and 1 <= issue["location"]["lines"]["begin"] <= issue["location"]["lines"]["end"]
            )
            self.expect(right, f"{folder}: gitlab: {issue}")

    def annotations(self, folder, audit):
        """As the runner of GitHub Actions reads a command: `::name key=value,...::data`."""
        text = self.run(folder, "audit", "--output-format", "github")
        levels = {}
        for line in text.split("\n"):
            command = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line.strip())
            if not line.strip().startswith("::"):
                continue
            if not command:
                self.expect(False, f"{folder}: github: {line}")
                continue
            levels[command[1]] = levels.get(command[1], 0) + 1
            properties = dict(part.split("=", 1) for part in command[2].split(","))
            path = properties["file"]
            for code, character in [("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")]:
                path = path.replace(code, character)
            self.expect((folder / path).is_file(), f"{folder}: github: no file {path!r}")
        self.expect(set(levels) <= {"error", "warning", "notice"}, f"{folder}: github: {levels}")
        self.expect(all(count <= 10 for count in levels.values()), f"{folder}: github: {levels}")
        counted = {"error": "errors", "warning": "warnings", "notice": "infos"}
        least = {level: min(10, audit["summary"][name]) for level, name in counted.items()}
        self.expect(levels == {level: n for level, n in least.items() if n}, f"{folder}: github: {levels}")
        left_out = len(audit["findings"]) - sum(levels.values())
        last = text.strip().split("\n")[-1]
        says = f"; {left_out:,} of them not annotated" in last if left_out else "annotated" not in last
        self.expect(says, f"{folder}: github: {left_out} are left out: {last}")


def validator(schema):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def closed(schema):
    """The schema without room for more: published ones are open, because fields are added within a version; here each must be in it."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if out.get("type") == "object":
        out.setdefault("additionalProperties", False)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alignment", required=True)
    parser.add_argument("--tools", required=True)
    parser.add_argument("folders", nargs="+", type=Path)
    arguments = parser.parse_args()
    checker = Checker(arguments.alignment, arguments.tools)
    rules = json.loads(checker.run(ROOT, "rule", "--all", "--output-format", "json"))
    checker.valid(checker.ours["rule"], rules, "rule")
    with tempfile.TemporaryDirectory() as made:
        made = Path(made).resolve()
        many_findings(made / "many", 500)
        hostile(made / "hostile")
        checker.comparison(made / "compared")
        for folder in [*(folder.resolve() for folder in arguments.folders), made / "many", made / "hostile"]:
            # A configuration above, or a repository around it, would move the paths.
            with tempfile.TemporaryDirectory() as copy:
                target = Path(copy).resolve() / "repository"
                subprocess.run(["cp", "-r", folder, target], check=True)
                checker.repository(target)
                if folder.parent == made:
                    checker.expect(checker.found > 5, f"{folder.name}: {checker.found} findings")
    for fault in checker.faults:
        print(f"formats: {fault}", file=sys.stderr)
    print(f"formats: {checker.checked} checks, {len(checker.faults)} failed")
    return 1 if checker.faults or checker.checked < 1_000 else 0


if __name__ == "__main__":
    sys.exit(main())
