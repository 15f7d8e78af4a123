#!/usr/bin/env bash
# Ask the real frameworks about every fixture that has an oracle.json, and compare with the record (`--write`: record anew); then
# load the schema that we print into PostgreSQL and compare it with what Alembic makes there.
# Installs what it needs: Python environments and node_modules in .oracle/, PostgreSQL and Chromium from Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$PWD/.oracle
mkdir -p "$tools"

# Frameworks of two times: `modern` answers for every fixture that names no other.
for environment in modern classic; do
  wanted=tests/oracle/requirements-$environment.txt
  if [ ! -x "$tools/$environment/bin/python" ] || ! cmp -s "$wanted" "$tools/$environment.txt"; then
    python3 -m venv --clear "$tools/$environment" ||
      { rm -rf "$tools/$environment"; python3 -m pip install -q virtualenv; python3 -m virtualenv -q "$tools/$environment"; }
    "$tools/$environment/bin/python" -m pip install -q --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$tools/$environment.txt"
  fi
done
if ! cmp -s tests/oracle/package-lock.json "$tools/package-lock.json"; then
  cp tests/oracle/package.json tests/oracle/package-lock.json "$tools/"
  npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund --silent
fi

# The schema of JUnit XML that Jenkins publishes travels with pytest's tests, in its source package.
if [ ! -f "$tools/junit-10.xsd" ]; then
  sources=$(mktemp -d)
  "$tools/modern/bin/python" -m pip download -q --disable-pip-version-check --no-deps --no-binary pytest -d "$sources" pytest==8.4.2
  tar -xzOf "$sources/pytest-8.4.2.tar.gz" pytest-8.4.2/testing/example_scripts/junit-10.xsd >"$sources/junit-10.xsd"
  mv "$sources/junit-10.xsd" "$tools/junit-10.xsd"
  rm -rf "$sources"
fi

find_postgres() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
binaries=$(find_postgres)
if [ -z "$binaries" ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
  binaries=$(find_postgres)
fi

# PostgreSQL refuses to run as root; the package makes a user for it.
data=$(mktemp -d)
as_user() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" -ne 0 ] || chown postgres "$data"
port=$("$tools/modern/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
stop() { as_user "$binaries/pg_ctl" -D "$data/pg" -m immediate -s stop >/dev/null 2>&1 || true; rm -rf "$data"; }
trap stop EXIT
(cd "$data" && as_user "$binaries/initdb" -D "$data/pg" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null)
(cd "$data" && as_user "$binaries/pg_ctl" -D "$data/pg" -w -s -l "$data/log" \
  -o "-p $port -c listen_addresses=127.0.0.1 -k $data -c fsync=off" start >/dev/null) || { cat "$data/log" >&2; exit 2; }

fixtures=()
while IFS= read -r manifest; do fixtures+=("$(dirname "$manifest")"); done < <(find fixtures -name oracle.json | sort)
server=postgresql://postgres@127.0.0.1:$port/postgres
ORACLE_MODULES=$tools PYTHONHASHSEED=0 "$tools/modern/bin/python" tests/oracle/record.py --server "$server" \
  --python "classic=$tools/classic/bin/python" "$@" "${fixtures[@]}"

# Random modules that combine the same constructs, held against the same frameworks. More by hand: `--cases 200 --seed 7`.
PYTHONDONTWRITEBYTECODE=1 "$tools/modern/bin/python" tests/oracle/generate --cases 20 \
  --python "modern=$tools/modern/bin/python" --python "classic=$tools/classic/bin/python" --typescript "$tools"

# The schema that we print makes the same catalog as Alembic does, and a running database is read as it is.
cargo build --quiet --locked -p alignment-cli --features live-postgres
"$tools/modern/bin/python" tests/oracle/schema.py --server "$server" --alignment "${CARGO_TARGET_DIR:-target}/debug/alignment" "${fixtures[@]}"

# The calls that the compiler resolves are those that we find.
"$tools/modern/bin/python" tests/oracle/calls.py --alignment "${CARGO_TARGET_DIR:-target}/debug/alignment" --tools "$tools" "${fixtures[@]}"

# What machine formats write is valid where others read it.
"$tools/modern/bin/python" tests/oracle/formats.py --alignment "${CARGO_TARGET_DIR:-target}/debug/alignment" --tools "$tools" fixtures/*/

# The witness tests that we write fail where the drift is, and pass where it is mended.
"$tools/modern/bin/python" tests/oracle/witness.py --server "$server" --alignment "${CARGO_TARGET_DIR:-target}/debug/alignment" --tools "$tools"

# The HTML report in a browser: Debian's Chromium, driven by playwright-core, which brings none of its own.
if ! command -v chromium >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
fi
node tests/oracle/browser.mjs --alignment "${CARGO_TARGET_DIR:-target}/debug/alignment" --tools "$tools" --chromium "$(command -v chromium)"

# The ways in are what GitHub, GitLab and pre-commit read.
check=$tools/modern/bin/check-jsonschema
"$check" --builtin-schema vendor.github-actions action.yml
snippet=$(mktemp -d)
awk '/^```yaml$/ { inside = 1; text = ""; next } /^```$/ { if (inside && text ~ /^alignment:/) printf "%s", text; inside = 0 } inside { text = text $0 "\n" }' \
  docs/formats.md >"$snippet/.gitlab-ci.yml"
[ -s "$snippet/.gitlab-ci.yml" ]
"$check" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$snippet/.gitlab-ci.yml"
rm -rf "$snippet"
"$tools/modern/bin/pre-commit" validate-manifest .pre-commit-hooks.yaml
