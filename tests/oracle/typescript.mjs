// The client layer: the TypeScript compiler's own view of every declared type and zod schema of one or more projects.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";

const modules = join(process.env.ORACLE_MODULES ?? ".", "node_modules");
const ts = createRequire(join(modules, "index.js"))("typescript");
const F = ts.TypeFlags;
const fixture = resolve(process.argv[2]);
const manifest = JSON.parse(readFileSync(join(fixture, "oracle.json"), "utf8"));
/** Members that the library gives a type are listed up to this many; a type with more is only said to have more. */
const LIBRARY_MEMBERS = 8;

// --- programs -------------------------------------------------------------------------------------------------------

const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/** The workspace packages of the fixture: name -> folder. */
function workspaces() {
  const root = join(fixture, "package.json");
  const patterns = existsSync(root) ? (json(root).workspaces ?? []) : [];
  const folders = patterns.flatMap((pattern) =>
    pattern.endsWith("/*") ? readdirSync(join(fixture, pattern.slice(0, -2))).map((name) => join(fixture, pattern.slice(0, -1), name)) : [join(fixture, pattern)],
  );
  return new Map(folders.map((folder) => [json(join(folder, "package.json")).name, folder]));
}

const packages = workspaces();

/** Where a path inside a `node_modules` of the fixture really is: what an installation would have put there is not committed. */
function real(path) {
  const at = path.lastIndexOf("/node_modules/");
  if (at < 0 || !path.startsWith(fixture)) return path;
  const rest = path.slice(at + "/node_modules/".length);
  const name = rest.split("/").slice(0, rest.startsWith("@") ? 2 : 1).join("/");
  const wanted = join(path.slice(0, at), "package.json");
  const version = existsSync(wanted) ? json(wanted).dependencies?.[name] : undefined;
  if (version === undefined) return path;
  const folder = packages.get(name) ?? join(modules, name === "zod" && version.startsWith("^3") ? "zod3" : name);
  return folder + rest.slice(name.length);
}

function createProgram(config) {
  const options = { ...config.options, types: [] };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, directoryExists, getSourceFile } = host;
  host.fileExists = (path) => fileExists(real(path));
  host.readFile = (path) => readFile(real(path));
  host.directoryExists = (path) => path.endsWith("/node_modules") || directoryExists(real(path));
  host.getSourceFile = (path, ...rest) => getSourceFile(real(path), ...rest);
  host.realpath = (path) => real(path);
  return ts.createProgram(config.fileNames, options, host);
}

function programOf(project) {
  const path = join(fixture, project);
  return createProgram(ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, dirname(path)));
}

// --- types ----------------------------------------------------------------------------------------------------------

let checker;
/** Names of the members of `components["schemas"]`, by their type. */
let schemaNames;

const hasFlag = (type, flag) => (type.flags & flag) !== 0;
const members = (type) => (type.isUnion() ? type.types : [type]);
const isNull = (type) => hasFlag(type, F.Null);
const isUndefined = (type) => hasFlag(type, F.Undefined | F.Void);
const isLibrary = (node) => node.getSourceFile().hasNoDefaultLib;
/** Whether the language's library declares it, perhaps with additions of the project. */
const isOfLibrary = (symbol) => symbol?.declarations?.some(isLibrary) ?? false;
const nameOf = (symbol) => ts.unescapeLeadingUnderscores(symbol.escapedName);
/** What the compiler itself cannot say before something stands for a type parameter. */
const isDeferred = (type) => hasFlag(type, F.IndexedAccess | F.Conditional | F.Index | F.Substitution);

/** The spelling of a union of these types, as `alignment facts` has it; `inside` are the types it stands in. */
function spell(parts, inside = []) {
  if (parts.length === 0) return "never";
  if (parts.some(isDeferred)) return "unknown";
  const bools = new Set(parts.filter((type) => hasFlag(type, F.BooleanLiteral)).map((type) => type.intrinsicName));
  const names = parts.map((type) => (bools.size === 2 && hasFlag(type, F.BooleanLiteral) ? "bool" : spellOne(type, inside)));
  if (parts.some((type) => hasFlag(type, F.Any | F.Unknown))) return "any";
  const isText = names.includes("string");
  const different = [...new Set(names.filter((_, at) => !(isText && parts[at].isStringLiteral())))].sort();
  return different.length === 1 ? different[0] : `union<${different.join("|")}>`;
}

function spellInner(type, inside) {
  if (!type.isUnion()) return spellOne(type, inside);
  return inside.includes(type) ? spellAgain(type) : spell(type.types, [...inside, type]);
}

function spellOne(type, inside) {
  if (hasFlag(type, F.Any | F.Unknown | F.TypeParameter)) return "any";
  if (hasFlag(type, F.Never)) return "never";
  if (isNull(type)) return "null";
  if (isUndefined(type)) return "undefined";
  if (hasFlag(type, F.EnumLike)) return `enum<${(type.symbol.flags & ts.SymbolFlags.EnumMember ? type.symbol.parent : type.symbol).name}>`;
  if (hasFlag(type, F.Literal)) return "literal";
  if (hasFlag(type, F.Boolean)) return "bool";
  if (hasFlag(type, F.StringLike)) return "string";
  if (hasFlag(type, F.NumberLike)) return "number";
  if (hasFlag(type, F.BigIntLike)) return "int";
  if (hasFlag(type, F.ESSymbolLike)) return "unknown";
  if (hasFlag(type, F.NonPrimitive)) return "object";
  // A primitive with an object beside it is a brand: what travels is the primitive.
  const primitive = type.isIntersection() && type.types.find((part) => !hasFlag(part, F.Object | F.TypeParameter));
  if (primitive) return spellOne(primitive, inside);
  return spellObject(type, inside);
}

/** A type inside itself: its name, if it has one. */
const spellAgain = (type) => (type.aliasSymbol ? `ref<${type.aliasSymbol.name}>` : "unknown");

function spellObject(type, inside) {
  if (isList(type)) return `array<${spellParts(elementsOf(type), inside, type)}>`;
  const symbol = type.aliasSymbol ?? type.getSymbol();
  const library = isOfLibrary(type.getSymbol()) ? type.getSymbol().name : undefined;
  const inner = checker.getTypeArguments(type);
  if (library === "Date") return "datetime";
  if (/^(Readonly)?Set$/.test(library)) return `array<${spellParts(inner.slice(0, 1), inside, type)}>`;
  if (/^(Readonly)?Map$/.test(library)) return `map<string,${spellParts(inner.slice(1, 2), inside, type)}>`;
  if (library === "Promise") return `promise<${spellParts(inner, inside, type)}>`;
  if (isFunction(type)) return "function";
  const [index] = checker.getIndexInfosOfType(type);
  if (index && type.getProperties().length === 0) return `map<string,${spellInner(index.type, [...inside, type])}>`;
  // A schema of a generated document has a name only inside something else; in its own place it is the object that it is.
  if (!type.aliasSymbol && schemaNames.has(type) && inside.length > 0) return `ref<${schemaNames.get(type)}>`;
  const name = symbol ? (symbol.declarations?.find((node) => node.name)?.name.text ?? symbol.name) : "__type";
  const isInstalled = !isOfLibrary(symbol) && symbol?.declarations?.every((node) => node.getSourceFile().fileName.startsWith(modules));
  return name.startsWith("__") || name === "Record" || isInstalled ? "object" : `ref<${name}>`;
}

function spellParts(types, inside, around) {
  if (types.length === 1) return spellInner(types[0], [...inside, around]);
  return spell([...new Set(types.flatMap(members))], [...inside, around]);
}

/** The types of the elements; one that may be left out is never `undefined` in JSON. */
function elementsOf(type) {
  const flags = checker.isTupleType(type) ? type.target.elementFlags : [];
  return checker.getTypeArguments(type).map((element, at) => (flags[at] & ts.ElementFlags.Optional ? checker.getNonNullableType(element) : element));
}

const isList = (type) => checker.isArrayType(type) || checker.isTupleType(type);
const isFunction = (type) => type.getCallSignatures().length + type.getConstructSignatures().length > 0 || (type.symbol?.name === "Function" && isOfLibrary(type.symbol));

/** The literal values in a type, also inside lists and maps. */
function valuesOf(type, inside = []) {
  return inside.includes(type) ? [] : valuesIn(members(type), type.isUnion() ? [...inside, type] : inside);
}

function valuesIn(parts, inside) {
  const bools = parts.filter((part) => hasFlag(part, F.BooleanLiteral));
  const isText = parts.some((part) => spellOne(part, inside) === "string" && !part.isStringLiteral());
  return parts.flatMap((part) => {
    if (hasFlag(part, F.BooleanLiteral)) return bools.length === 1 ? [part.intrinsicName === "true"] : [];
    if (isText && part.isStringLiteral()) return [];
    if (hasFlag(part, F.StringLiteral | F.NumberLiteral)) return [String(part.value)];
    if (!hasFlag(part, F.Object) || inside.includes(part)) return [];
    const isMap = /^(Readonly)?Map$/.test(part.symbol?.name);
    if (isList(part) || isMap || /^(Readonly)?Set$/.test(part.symbol?.name)) return valuesIn(checker.getTypeArguments(part).slice(isMap ? 1 : 0).flatMap(members), [...inside, part]);
    const [index] = checker.getIndexInfosOfType(part);
    return index && part.getProperties().length === 0 && !isFunction(part) ? valuesOf(index.type, [...inside, part]) : [];
  });
}

// --- entities -------------------------------------------------------------------------------------------------------

function field(symbol, node) {
  const type = checker.getTypeOfSymbolAtLocation(symbol, node);
  const all = members(type);
  const rest = all.filter((part) => !isNull(part) && !isUndefined(part));
  const nullable = all.some(isNull);
  const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
  const isOpen = rest.some((part) => hasFlag(part, F.Any | F.Unknown | F.TypeParameter) || isDeferred(part));
  const isMethod = (symbol.flags & ts.SymbolFlags.Method) !== 0 || (rest.length > 0 && rest.every((part) => hasFlag(part, F.Object | F.Intersection) && isFunction(part)));
  const isEmpty = rest.length === 0 || (optional && hasFlag(type, F.Never));
  return {
    name: nameOf(symbol), wire_name: nameOf(symbol), kind: isMethod ? "method" : "field",
    // JSON has no `undefined`: what can only be absent is `null` there.
    type: isEmpty ? "null" : spell(rest),
    // What is anything may be null or not.
    nullable: nullable || (isOpen ? null : false),
    // `x: T | undefined` must be written, and may be absent all the same where it is read from JSON.
    required: optional ? false : all.some(isUndefined) ? null : true,
    enum_values: distinct(valuesOf(type)),
  };
}

function distinct(values) {
  const sorted = [...new Set(values)].sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return sorted.length > 0 ? sorted : null;
}

function fieldsOf(type, node) {
  const symbols = checker.getPropertiesOfType(checker.getNonNullableType(type)).filter((symbol) => !/^__[@#]/.test(symbol.escapedName) && !(symbol.flags & ts.SymbolFlags.Prototype));
  const own = symbols.filter((symbol) => !symbol.declarations?.every(isLibrary));
  const isOpen = symbols.length - own.length > LIBRARY_MEMBERS;
  const fields = (isOpen ? own : symbols).map((symbol) => field(symbol, node));
  return { ...(isOpen ? { complete: false } : {}), fields: fields.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** What an alias of this type is. */
function aliasKind(type, node) {
  if (hasFlag(type, F.Never) && ts.isIntersectionTypeNode(node.type)) return "alias";
  if (hasFlag(type, F.Object | F.Intersection)) {
    const isValue = type.isIntersection() && type.types.some((part) => !hasFlag(part, F.Object | F.TypeParameter));
    const isSet = spell([type]).startsWith("array<");
    return isSet || isFunction(type) || isValue ? "alias_other" : "alias";
  }
  const isSimple = /^(string|number|any|unknown|never)$/.test(spell(members(type)));
  return !isSimple && (type.isUnion() || hasFlag(type, F.Literal | F.Null | F.Undefined)) ? "union" : "alias_other";
}

/** What a zod schema gives; undefined if the type is no schema. */
function outputOf(type) {
  if (!type.getProperty("safeParse")) return undefined;
  const inner = type.getProperty("_zod");
  const output = inner ? checker.getTypeOfSymbol(inner).getProperty("output") : type.getProperty("_output");
  return output && checker.getTypeOfSymbol(output);
}

/** The kind of a declaration, and its fields; undefined if it declares no type. */
function described(node) {
  if (ts.isEnumDeclaration(node)) {
    const members = node.symbol.declarations.flatMap((declared) => [...declared.members]);
    const fields = members.map((member) => ({ name: ts.isComputedPropertyName(member.name) ? member.name.expression.text : member.name.text, value: checker.getConstantValue(member) }));
    return { kind: "enum", fields: fields.map(({ name, value }) => ({ name, kind: "member", enum_values: value === undefined ? null : [String(value)] })) };
  }
  if (ts.isVariableDeclaration(node)) {
    const output = outputOf(checker.getTypeAtLocation(node.name));
    return output && { kind: "zod", ...(hasFlag(output, F.Object | F.Intersection) && !isList(output) ? fieldsOf(output, node) : { fields: [] }) };
  }
  const type = checker.getTypeAtLocation(node.name ?? node);
  if (ts.isInterfaceDeclaration(node)) return { kind: "interface", ...fieldsOf(type, node) };
  if (ts.isClassDeclaration(node)) return { kind: "class", ...fieldsOf(type, node) };
  if (!ts.isTypeAliasDeclaration(node)) return undefined;
  const kind = aliasKind(type, node);
  const objects = members(checker.getNonNullableType(type)).every((part) => hasFlag(part, F.Object | F.Intersection) && !isList(part) && !isFunction(part));
  // What a map, a date or a promise has beside what it carries does not travel.
  if (/^(map|promise|datetime)/.test(spell(members(type)))) return { kind, fields: [] };
  return { kind, ...(kind === "alias" || (kind === "union" && objects) ? fieldsOf(type, node) : { fields: [] }) };
}

/** Every declaration, also inside functions, namespaces and ambient modules. */
function declarations(node, found = []) {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isEnumDeclaration(node) || (ts.isClassDeclaration(node) && node.name)) found.push(node);
  if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && ts.isVariableStatement(node.parent.parent)) found.push(node);
  ts.forEachChild(node, (child) => void declarations(child, found));
  return found;
}

/** The members of `components["schemas"]` of a generated document: name, type and place. */
function schemasOf(node) {
  if (!ts.isInterfaceDeclaration(node) || node.name.text !== "components") return [];
  const schemas = checker.getTypeAtLocation(node.name).getProperty("schemas");
  return schemas ? checker.getPropertiesOfType(checker.getTypeOfSymbol(schemas)).map((symbol) => ({ symbol, type: checker.getTypeOfSymbol(symbol) })) : [];
}

const entities = new Map();

function record(file, place, name, found) {
  const { line } = file.getLineAndCharacterOfPosition(place);
  const path = relative(fixture, file.fileName);
  const key = `${path}#${name}#${found.kind}`;
  if (!entities.has(key)) entities.set(key, { layer: "ts", kind: found.kind, name, file: path, line: line + 1, ...found });
}

for (const project of [manifest.typescript].flat()) {
  const program = programOf(project);
  checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter((file) => file.fileName.startsWith(fixture + "/"));
  const all = files.flatMap((file) => declarations(file).map((node) => ({ file, node })));
  const schemas = all.flatMap(({ file, node }) => schemasOf(node).map((schema) => ({ file, node, ...schema })));
  schemaNames = new Map(schemas.filter(({ type }) => hasFlag(type, F.Object)).map(({ symbol, type }) => [type, nameOf(symbol)]));
  for (const { file, node, symbol, type } of schemas) {
    const isObject = hasFlag(type, F.Object | F.Intersection) && !isList(type);
    record(file, symbol.declarations[0].getStart(), nameOf(symbol), { kind: "schema_member", ...(isObject ? fieldsOf(type, node) : { fields: [] }) });
  }
  for (const { file, node } of all) {
    const found = described(node);
    if (found) record(file, node.name.getStart(), node.name.text, found);
  }
  if (process.argv.includes("--errors")) {
    const errors = ts.getPreEmitDiagnostics(program).filter((error) => error.file?.fileName.startsWith(fixture));
    errors.forEach((error) => console.error(`${relative(fixture, error.file.fileName)}:${error.file.getLineAndCharacterOfPosition(error.start).line + 1}: ${ts.flattenDiagnosticMessageText(error.messageText, "\n")}`));
  }
}
const key = (entity) => entity.file + entity.name + entity.kind;
console.log(JSON.stringify({ layer: "ts", entities: [...entities.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1)) }));
