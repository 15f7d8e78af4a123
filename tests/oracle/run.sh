#!/usr/bin/env bash
# Ask the real frameworks about every fixture that has an oracle.json, and compare with the record (`--write`: record anew); then
# load the schema that we print into PostgreSQL and compare it with what Alembic makes there.
# Installs what it needs: a Python environment and node_modules in .oracle/, PostgreSQL from Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$PWD/.oracle
mkdir -p "$tools"

if [ ! -x "$tools/venv/bin/python" ] || ! cmp -s tests/oracle/requirements.txt "$tools/requirements.txt"; then
  python3 -m venv --clear "$tools/venv" || { rm -rf "$tools/venv"; python3 -m pip install -q virtualenv; python3 -m virtualenv -q "$tools/venv"; }
  "$tools/venv/bin/python" -m pip install -q --disable-pip-version-check -r tests/oracle/requirements.txt
  cp tests/oracle/requirements.txt "$tools/requirements.txt"
fi
if ! cmp -s tests/oracle/package-lock.json "$tools/package-lock.json"; then
  cp tests/oracle/package.json tests/oracle/package-lock.json "$tools/"
  npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund --silent
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
port=$("$tools/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
stop() { as_user "$binaries/pg_ctl" -D "$data/pg" -m immediate -s stop >/dev/null 2>&1 || true; rm -rf "$data"; }
trap stop EXIT
(cd "$data" && as_user "$binaries/initdb" -D "$data/pg" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null)
(cd "$data" && as_user "$binaries/pg_ctl" -D "$data/pg" -w -s -l "$data/log" \
  -o "-p $port -c listen_addresses=127.0.0.1 -k $data -c fsync=off" start >/dev/null) || { cat "$data/log" >&2; exit 2; }

fixtures=()
while IFS= read -r manifest; do fixtures+=("$(dirname "$manifest")"); done < <(find fixtures -name oracle.json | sort)
server=postgresql://postgres@127.0.0.1:$port/postgres
ORACLE_MODULES=$tools PYTHONHASHSEED=0 "$tools/venv/bin/python" tests/oracle/record.py --server "$server" "$@" "${fixtures[@]}"

# The schema that we print makes the same catalog as Alembic does, and a running database is read as it is.
cargo build --quiet --locked -p alignment-cli --features live-postgres
"$tools/venv/bin/python" tests/oracle/schema.py --server "$server" --alignment "${CARGO_TARGET_DIR:-target}/debug/alignment" "${fixtures[@]}"
