#!/usr/bin/env node
// Runs the binary of the package for this platform, with its arguments, streams, signals and exit code.
"use strict";

const { spawnSync } = require("node:child_process");

const platform = `${process.platform}-${process.arch}`;
const packaged = `alignment-cli-${platform}`;
const program = process.platform === "win32" ? "alignment.exe" : "alignment";

let binary;
try {
  binary = require.resolve(`${packaged}/${program}`);
} catch {
  console.error(`error: the package \`${packaged}\` is not installed`);
  console.error(
    "help: it is an optional dependency: install without `--omit=optional`, or build from source with `cargo install` if there is none for this platform",
  );
  process.exit(2);
}

// The terminal sends its signals to both; the binary decides what to do with them, and this program reports it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
const ended = spawnSync(binary, process.argv.slice(2), { stdio: "inherit" });
if (ended.error) {
  console.error(`error: cannot run ${binary}: ${ended.error.message}`);
  process.exit(2);
}
if (ended.signal) {
  process.removeAllListeners(ended.signal);
  process.kill(process.pid, ended.signal);
} else {
  process.exit(ended.status);
}
