#!/usr/bin/env bash
# Every channel through which people install the tool, built here and installed from what was built: the wheel, the npm packages and
# `cargo install --path`. Each must answer as the binary of this tree does, in words and exit codes.
# Installs what it needs in .oracle/; needs Python and Node.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$PWD/.oracle/packages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! cmp -s tests/packages/requirements.txt "$tools/requirements.txt"; then
  python3 -m venv --clear "$tools" || { rm -rf "$tools"; python3 -m pip install -q virtualenv; python3 -m virtualenv -q "$tools"; }
  "$tools/bin/python" -m pip install -q --disable-pip-version-check -r tests/packages/requirements.txt
  cp tests/packages/requirements.txt "$tools/requirements.txt"
fi

cargo build --release --locked --quiet -p alignment-cli
built=${CARGO_TARGET_DIR:-target}/release/alignment

# What the binary of this tree says about the shop (drift: exit 1) and about a folder that is not there (exit 2).
mkdir "$work/repository"
cp -R fixtures/shop "$work/repository/shop"
answers() { # COMMAND: its words and exit codes
  (
    cd "$work/repository"
    for arguments in "check shop" "check nowhere" "--version"; do
      local code=0
      # shellcheck disable=SC2086 # the words are meant to be split
      "$1" $arguments 2>&1 || code=$?
      echo "exit $code"
    done
  )
}
answers "$(realpath "$built")" >"$work/expected"
grep -q '^exit 1$' "$work/expected"
grep -q '^exit 2$' "$work/expected"

same() { # CHANNEL COMMAND ARTIFACTS...
  answers "$2" >"$work/said"
  diff -u "$work/expected" "$work/said" || { echo "$1 answers otherwise than the binary of this tree" >&2; exit 1; }
  printf '%s:' "$1"
  for artifact in "${@:3}"; do printf ' %s, %s bytes;' "$(basename "$artifact")" "$(stat -c %s "$artifact")"; done
  echo ' installed, runs'
}

"$tools/bin/maturin" build --release --locked --quiet --out "$work/wheels" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
python3 -m venv --without-pip "$work/python" 2>/dev/null || "$tools/bin/python" -m venv --without-pip "$work/python"
"$tools/bin/python" -m pip --python "$work/python/bin/python" install -q --disable-pip-version-check --no-index "$work"/wheels/*.whl
same wheel "$work/python/bin/alignment" "$work"/wheels/*.whl

platform=$(node -p '`${process.platform}-${process.arch}`')
node packaging/npm/build.mjs --out "$work/npm" "$platform=$built"
(cd "$work/npm" && npm pack --silent ./alignment-cli ./"alignment-cli-$platform" >/dev/null)
mkdir "$work/node"
npm install --prefix "$work/node" --offline --no-audit --no-fund --silent "$work"/npm/*.tgz
same npm "$work/node/node_modules/.bin/alignment" "$work"/npm/*.tgz

# Without the package of its platform the launcher says what to do.
rm -rf "$work/node/node_modules/alignment-cli-$platform"
code=0
"$work/node/node_modules/.bin/alignment" --version >"$work/said" 2>&1 || code=$?
[ "$code" -eq 2 ] && grep -q 'help: .*omit=optional' "$work/said"

cargo install --locked --quiet --path crates/cli --root "$work/cargo" --no-track 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
same "cargo install" "$work/cargo/bin/alignment"
