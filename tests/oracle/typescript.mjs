// The client layer: the TypeScript compiler's own view of every declared type of a project.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";

const ts = createRequire(join(process.env.ORACLE_MODULES ?? ".", "index.js"))("typescript");
const fixture = resolve(process.argv[2]);
const manifest = JSON.parse(readFileSync(join(fixture, "oracle.json"), "utf8"));
const configPath = join(fixture, manifest.typescript);
const config = ts.parseJsonConfigFileContent(ts.readConfigFile(configPath, ts.sys.readFile).config, ts.sys, dirname(configPath));
const program = ts.createProgram(config.fileNames, { ...config.options, types: [] });
const checker = program.getTypeChecker();

function members(type) {
  return type.isUnion() ? type.types : [type];
}

function hasFlag(type, flag) {
  return (type.flags & flag) !== 0;
}

/** The type without null and undefined, and which of the two were in it. */
function split(type) {
  const all = members(type);
  return {
    rest: all.filter((member) => !hasFlag(member, ts.TypeFlags.Null | ts.TypeFlags.Undefined)),
    nullable: all.some((member) => hasFlag(member, ts.TypeFlags.Null)),
    absent: all.some((member) => hasFlag(member, ts.TypeFlags.Undefined)),
  };
}

function canonicalOne(type) {
  const F = ts.TypeFlags;
  if (hasFlag(type, F.Any | F.Unknown | F.TypeParameter)) return "any";
  if (hasFlag(type, F.BooleanLike)) return "bool";
  if (hasFlag(type, F.Literal)) return "literal";
  if (hasFlag(type, F.String)) return "string";
  if (hasFlag(type, F.Number)) return "number";
  if (checker.isArrayType(type)) return `array<${canonical(split(checker.getTypeArguments(type)[0]).rest)}>`;
  if (type.getCallSignatures().length > 0) return "function";
  const symbol = type.aliasSymbol ?? type.getSymbol();
  if (symbol?.name === "Date") return "datetime";
  const index = type.getStringIndexType();
  if (index && type.getProperties().length === 0) return `map<string,${canonical(split(index).rest)}>`;
  return symbol && symbol.name !== "__type" ? `ref<${symbol.name}>` : "object";
}

function canonical(types) {
  const names = [...new Set(types.map(canonicalOne))];
  return names.length === 1 ? names[0] : `union<${names.join("|")}>`;
}

function field(symbol, node) {
  const { rest, nullable, absent } = split(checker.getTypeOfSymbolAtLocation(symbol, node));
  const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
  // What stands for a type parameter decides whether null is in it.
  const open = rest.some((type) => hasFlag(type, ts.TypeFlags.TypeParameter));
  const values = rest.filter((type) => type.isStringLiteral()).map((type) => type.value).sort();
  return {
    name: symbol.name, wire_name: symbol.name, kind: "field", type: canonical(rest), nullable: open ? null : nullable, required: !optional && !absent,
    enum_values: values.length > 0 && values.length === rest.length ? values : null,
  };
}

function entity(node, file) {
  const type = checker.getTypeAtLocation(node.name);
  const { line } = file.getLineAndCharacterOfPosition(node.name.getStart());
  const isObject = ts.isInterfaceDeclaration(node) || (hasFlag(type, ts.TypeFlags.Object | ts.TypeFlags.Intersection) && !checker.isArrayType(type));
  const kind = ts.isInterfaceDeclaration(node) ? "interface" : isObject ? "alias" : type.isUnion() ? "union" : "alias_other";
  const fields = isObject ? checker.getPropertiesOfType(type).map((symbol) => field(symbol, node)) : [];
  return {
    layer: "ts", kind, name: node.name.text, file: relative(fixture, file.fileName), line: line + 1,
    fields: fields.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const entities = [];
for (const file of program.getSourceFiles()) {
  if (file.fileName.includes("node_modules") || !file.fileName.startsWith(fixture)) continue;
  for (const node of file.statements) {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) entities.push(entity(node, file));
  }
}
entities.sort((a, b) => (a.file + a.name < b.file + b.name ? -1 : 1));
console.log(JSON.stringify({ layer: "ts", entities }));
