// Makes the npm packages around binaries that are already built:
//
//     node packaging/npm/build.mjs --out DIR linux-x64=target/release/alignment [darwin-arm64=...]
//
// Each binary goes into a package of its own, `alignment-cli-PLATFORM`, which npm installs only where `os` and `cpu` fit;
// `alignment-cli` names them all as optional dependencies and starts the one that is there. Nothing is downloaded or run
// at installation. The folders below DIR are ready for `npm pack` and `npm publish`.

import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");

const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
if (!values.out || positionals.length === 0) {
  console.error("usage: build.mjs --out DIR PLATFORM=BINARY...");
  process.exit(2);
}

const version = /^\[workspace\.package\]\nversion = "([^"]+)"/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))?.[1];
if (!version) throw new Error("Cargo.toml: no version under [workspace.package]");

const common = {
  version,
  license: "MIT OR Apache-2.0",
  engines: { node: ">=18" },
};

/** Writes the package of one folder: its manifest, and what every package carries. */
function write(folder, manifest) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(join(root, file), join(folder, file));
}

const optionalDependencies = {};
for (const positional of positionals) {
  const [platform, binary] = positional.split("=", 2);
  const [os, cpu] = platform.split("-");
  if (!os || !cpu || !binary) throw new Error(`${positional}: expected OS-CPU=BINARY, as in linux-x64=target/release/alignment`);
  const name = `alignment-cli-${platform}`;
  const program = os === "win32" ? "alignment.exe" : "alignment";
  const folder = join(values.out, name);
  write(folder, {
    name,
    description: `The binary of alignment-cli for ${platform}`,
    ...common,
    os: [os],
    cpu: [cpu],
    // A binary built against glibc does not start where the C library is musl.
    ...(os === "linux" ? { libc: ["glibc"] } : {}),
    files: [program],
  });
  copyFileSync(binary, join(folder, program));
  chmodSync(join(folder, program), 0o755);
  optionalDependencies[name] = version;
}

const main = join(values.out, "alignment-cli");
write(main, {
  name: "alignment-cli",
  description: "Finds where migrations, SQLAlchemy models, Pydantic schemas, FastAPI routes and TypeScript types disagree",
  ...common,
  keywords: ["fastapi", "sqlalchemy", "alembic", "pydantic", "typescript", "static-analysis"],
  bin: { alignment: "bin/alignment.js" },
  files: ["bin"],
  optionalDependencies,
});
cpSync(join(here, "bin"), join(main, "bin"), { recursive: true });
copyFileSync(join(root, "README.md"), join(main, "README.md"));
