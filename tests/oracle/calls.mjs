// Calls of HTTP clients in TypeScript projects, as the compiler resolves their URLs: JSON lines on standard output.
//
//   node calls.mjs ROOT CALLEES TSCONFIG...      (CALLEES: a regular expression for the text of what is called)
//
// A URL is folded through constants of any module, enumerations and functions that only return a text; `{}` stands for what the program
// decides. Method and path are null where the text of the call does not say them.
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";

const ts = createRequire(join(process.env.ORACLE_MODULES ?? ".", "node_modules", "index.js"))("typescript");
const [rootPath, pattern, ...projects] = process.argv.slice(2);
const root = resolve(rootPath);
const callees = new RegExp(pattern);
const METHODS = { get: "GET", post: "POST", put: "PUT", patch: "PATCH", del: "DELETE", delete: "DELETE" };
const DEPTH = 8;

let checker;

/** What a name stands for, through imports and re-exports. */
function declarationOf(node) {
  const symbol = checker.getSymbolAtLocation(ts.isPropertyAccessExpression(node) ? node.name : node);
  const meant = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return meant?.valueDeclaration;
}

/** The expression that never changes behind a name: a constant, a property of one, a member of an enumeration. */
function constantOf(node) {
  const found = declarationOf(node);
  if (!found) return undefined;
  if (ts.isVariableDeclaration(found)) return found.parent.flags & ts.NodeFlags.Const ? found.initializer : undefined;
  return ts.isPropertyAssignment(found) || ts.isEnumMember(found) || ts.isPropertyDeclaration(found) ? found.initializer : undefined;
}

/** What a function that is called gives, if that is one expression. */
function resultOf(call) {
  let found = declarationOf(call.expression);
  if (found && (ts.isVariableDeclaration(found) || ts.isPropertyAssignment(found))) found = found.initializer;
  if (!found || !ts.isFunctionLike(found) || !found.body) return undefined;
  if (!ts.isBlock(found.body)) return found.body;
  const [only, ...more] = found.body.statements;
  return more.length === 0 && only && ts.isReturnStatement(only) ? only.expression : undefined;
}

/** The text of an expression with `{}` for what is not known; undefined where nothing is. */
function textOf(node, depth = 0) {
  if (!node || depth > DEPTH) return undefined;
  const inner = (part) => textOf(part, depth + 1);
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return node.text;
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node) || ts.isSatisfiesExpression(node)) return inner(node.expression);
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map((span) => (inner(span.expression) ?? "{}") + span.literal.text).join("");
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return (inner(node.left) ?? "{}") + (inner(node.right) ?? "{}");
  if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) return inner(constantOf(node));
  if (ts.isCallExpression(node)) return inner(resultOf(node));
  return undefined;
}

/** The path of a URL, without host, base, query and fragment. */
function pathOf(url) {
  const path = url?.replace(/^(\w+:)?\/\/[^/]*/, "").replace(/^\{\}(?=\/)/, "").split(/[?#]/)[0];
  // What is glued to the end of a segment may be a query or more of the path.
  return path?.startsWith("/") && !/[^/]\{\}$/.test(path) ? path : null;
}

function methodOf(call) {
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : call.expression.getText();
  if (Object.hasOwn(METHODS, name)) return METHODS[name];
  for (const argument of call.arguments.slice(1)) {
    if (!ts.isObjectLiteralExpression(argument)) {
      if (ts.isFunctionLike(argument) || ts.isIdentifier(argument) && checker.getTypeAtLocation(argument).getCallSignatures().length > 0) continue;
      return null;
    }
    if (argument.properties.some(ts.isSpreadAssignment)) return null;
    const property = argument.properties.find((part) => part.name?.getText() === "method");
    if (property) return textOf(ts.isPropertyAssignment(property) ? property.initializer : property.name)?.toUpperCase() ?? null;
  }
  return "GET";
}

// `useSWR(key, () => load(id))`: what takes no key asks for what it says itself, and its own calls are told where they stand.
function ignoresKey(call) {
  const signatures = call.arguments.length > 1 ? checker.getTypeAtLocation(call.arguments[1]).getCallSignatures() : [];
  return signatures.length > 0 && signatures.every((signature) => signature.parameters.length === 0);
}

function visit(node, file) {
  if (ts.isCallExpression(node) && node.arguments.length > 0 && callees.test(node.expression.getText()) && !ignoresKey(node)) {
    const path = pathOf(textOf(node.arguments[0]));
    const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    process.stdout.write(`${JSON.stringify({ file: relative(root, file.fileName), line, method: methodOf(node), path })}\n`);
  }
  ts.forEachChild(node, (child) => visit(child, file));
}

const seen = new Set();
for (const project of projects) {
  const path = join(root, project);
  const config = ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, dirname(path));
  const program = ts.createProgram(config.fileNames, { ...config.options, types: [], noEmit: true });
  checker = program.getTypeChecker();
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || !file.fileName.startsWith(root) || file.fileName.includes("/node_modules/") || seen.has(file.fileName)) continue;
    seen.add(file.fileName);
    visit(file, file);
  }
}
