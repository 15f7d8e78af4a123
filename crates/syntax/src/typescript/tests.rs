//! Source -> lowered form, in tables; then what the grammar misreads, and what broken and hostile input costs.

use alignment_model::code::{Bodies, ExprKind, FileFacts, Language, Statement};
use alignment_model::{FileId, ProblemKind};

use crate::Lowerer;
use crate::show::show;

fn facts_of(path: &str, source: &str) -> FileFacts {
    Lowerer::new().lower(FileId::new(0), path, source, Bodies::Lowered)
}

fn facts(source: &str) -> FileFacts {
    facts_of("a.ts", source)
}

#[track_caller]
fn check_as(path: &str, table: &[(&str, &str)]) {
    for (source, expected) in table {
        let facts = facts_of(path, source);
        assert_eq!(show(&facts), *expected, "\n{source}");
        assert!(facts.problems.is_empty(), "{:?}\n{source}", facts.problems);
    }
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    check_as("a.ts", table);
}

#[test]
fn imports_and_exports() {
    check(&[
        ("import './m'", "import ./m ()"),
        ("import D, { a, b as c, type T } from 'm'", "import m (default as D, a as a, b as c, T as T)"),
        ("import D, * as ns from 'm'", "import m (default as D, module m as ns)"),
        ("import type { A } from '@/x'", "import type @/x (A as A)"),
        ("import x = require('m')", "import m (module m as x)"),
        ("import A = ns.B.C", "type A = ns.B.C; const A = ns.B.C"),
        ("import d from './d.json' with { type: 'json' }", "import ./d.json (default as d)"),
        ("export { a, b as default, c as 'd-e' }", "export a=a, default=b, d-e=c"),
        ("export { a as b, type T } from './m'", "reimport ./m (a as b, T as T)"),
        (
            "export * from './m'; export * as ns from './n'",
            "reimport ./m (*); reimport ./n (module ./n as ns)",
        ),
        ("export type { A } from './m'", "reimport type ./m (A as A)"),
        ("export type { A }", "export A=A"),
        ("export default f(1)", "export default=f(1)"),
        ("export default function f() {}", "def f() {}; export default=f"),
        ("export default class extends B {}", "export default=class (B) {}"),
        ("export default async () => 1", "export default=<async def () { return 1 }>"),
        ("export default interface I { a: 1 }", "interface I {a: 1}; export default=I"),
        ("export = x", "export export==x"),
        ("export as namespace N", ""),
        ("export const a = 1, b = 2", "export const a = 1; export const b = 2"),
        ("export declare const a: T", "declare export const a: T"),
    ]);
}

#[test]
fn types() {
    let table = [
        ("string", "string"),
        ("unique symbol", "symbol"),
        ("null", "null"),
        ("undefined", "undefined"),
        ("this", "this"),
        ("'a\\n'", "\"a\\n\""),
        ("-1", "-1"),
        ("true", "true"),
        ("a.b.C<D, E[]>", "a.b.C<D, E[]>"),
        ("A | B & C | (D | E)", "(A | (B & C) | (D | E))"),
        ("| 'a' | 'b'", "(\"a\" | \"b\")"),
        ("readonly (string | null)[]", "(string | null)[]"),
        ("[A, b?: B, ...C[]]", "[A, B, C]"),
        ("[a: A, B?, ...rest: C[]]", "[A, B, C]"),
        ("(a: A) => B | C", "fn (B | C)"),
        ("new (a: A) => B", "fn B"),
        ("new () => A | B", "fn ?"),
        ("(x: any) => x is T", "fn ?"),
        ("typeof a.b", "typeof a.b"),
        ("typeof import('./m')", "typeof import(\"./m\")"),
        ("keyof A | B", "(keyof A | B)"),
        ("keyof typeof X", "keyof typeof X"),
        ("C['a']['b'][]", "C[\"a\"][\"b\"][]"),
        ("(typeof X)[number]", "typeof X[number]"),
        ("{ [K in keyof T]: T[K] }", "{K in keyof T: T[K]}"),
        ("{ readonly [K in A as `x${K}`]?: B }", "{K in A as `x{K}`?: B}"),
        ("{ -readonly [K in A]-?: B }", "{K in A-?: B}"),
        ("`a-${B}`", "`a-{B}`"),
        ("import('./m').A.B", "import(./m).A.B"),
        ("A extends B ? C : D | E", "(A extends B ? C : (D | E))"),
        ("A extends (infer U)[] ? U : never", "(A extends ?[] ? U : never)"),
    ];
    for (source, expected) in table {
        let source = format!("type X = {source}");
        check(&[(&source, &format!("type X = {expected}"))]);
    }
}

#[test]
fn named_types() {
    check(&[
        (
            "interface A<T extends B = C> extends D<T>, ns.E { a: 1; readonly b?: T; 'c-d': U; m?(x: A): B; get g(): G }",
            "interface A[T: B = C] extends D<T>, ns.E {a: 1; readonly b?: T; c-d: U; m?(): B; g: G}",
        ),
        (
            "interface A { [k: string]: B; (a: C): D; new (): E; ['f']: F; [Symbol.iterator](): G; set s(v: V); h }",
            "interface A {[string]: B; ?; ?; f: F; ?; ?; h}",
        ),
        ("interface A { a: 1 }\ninterface A { b: 2 }", "interface A {a: 1}; interface A {b: 2}"),
        (
            "const enum E { A = 1, 'b-c' = 'x', D = A << 1, F }",
            "enum E { A = 1, b-c = \"x\", D = (A op 1), F }",
        ),
        ("namespace A . B { export type C = 1; let d = 2 }", "namespace A.B { type C = 1; d = 2 }"),
        ("declare global { interface Window { a: 1 } }", "namespace global { interface Window {a: 1} }"),
        (
            "declare module 'm' { const a: T; export function f(): void }",
            "namespace \"m\" { declare export const a: T; signature def f() -> void {} }",
        ),
        ("declare function f<T>(a?: T): a is B", "signature def f[T](a?: T) -> boolean {}"),
        ("type M = { a: { b: { c: 1 } }, d(): void }", "type M = {a: {b: {c: 1}}; d(): void}"),
    ]);
}

#[test]
fn classes_and_functions() {
    check(&[
        (
            "@d(1) class A<T> extends ns.B<T, U> implements I, J<T> { a = 1; static readonly #b?: string; declare c: C }",
            "@d(1) class A[T](ns.B<T, U>) implements I, J<T> { a = 1; private static readonly #b?: string; declare c: C }",
        ),
        (
            "class A { constructor(private http: H, readonly b = 1, c?: C) { super() } }",
            "class A() { private http: H; readonly b; def constructor(http: H, b = 1, c?: C) { super() } }",
        ),
        (
            "class A { @In() x: X; @a @b get v(): V { return 1 } set v(w) {} static async s() {} *g() {} ['c']() {} }",
            "class A() { @In() x: X; @a @b get def v() -> V { return 1 }; set def v(w) {}; static async def s() {}; def g() {}; def c() {} }",
        ),
        (
            "abstract class A { abstract m(): B; protected p = () => 1; o(a: 1): 2; o(a: any) {} static { x } [k: string]: any }",
            "class A() { signature def m() -> B {}; private p = <def () { return 1 }>; signature def o(a: 1) -> 2 {}; def o(a: any) {} }",
        ),
        ("const A = class B extends C {}", "const A = class B(C) {}"),
        (
            "async function f(this: X, a: A, { b, c: d = 1, ...e }: P = {}, ...r: R[]): Promise<T> { return a }",
            "async def f(a: A, {\"b\": b, \"c\": (d := 1), **e}: P = {}, *r: R[]) -> Promise<T> { return a }",
        ),
        ("const f = x => ({ y: x })", "const f = <def (x) { return {\"y\": x} }>"),
        (
            "const f = async <T,>([a, , b]: T): R => { return }",
            "const f = <async def [T]([a, ?, b]: T) -> R { return  }>",
        ),
        (
            "function f(a: 1): 2; function f(a: any) { throw a }",
            "signature def f(a: 1) -> 2 {}; def f(a: any) { raise a }",
        ),
    ]);
    let exported = |source: &str| match &facts(source).body[0] {
        Statement::Class(class) => class.exported,
        Statement::Function(function) => function.exported,
        Statement::Type(ty) => ty.exported,
        other => panic!("{other:?}"),
    };
    for declaration in
        ["class A {}", "abstract class A {}", "function f() {}", "interface I {}", "type T = 1", "enum E {}"]
    {
        assert!(exported(&format!("export {declaration}")), "{declaration}");
        assert!(!exported(declaration), "{declaration}");
    }
    assert!(!exported("export default class A {}"));
}

#[test]
fn expressions() {
    check(&[
        ("a?.b?.[0]?.(c)!.d", "a.b[0](c).d"),
        ("f<T, U[]>(a, ...b)", "f<T, U[]>(a, *b)"),
        ("new a.B<C>(d); new E", "new a.B<C>(d); new E()"),
        ("x = `a${b}c\\u0041${d}`; y = `plain\\``", "x = f\"a{b}cA{d}\"; y = \"plain`\""),
        ("gql`a${b}`", "gql(f\"a{b}\")"),
        ("x = 'a\\x41\\u{1F600}\\\n\\q'", "x = \"aA😀q\""),
        ("x = [1_000, 0xff, -2, 1.5, 10n, 1e3]", "x = [1000, 255, (- 2), #1.5, #10n, #1e3]"),
        ("x = /a\\/b/gi", "x = /a\\/b/gi"),
        (
            "x = { a, 'b-c': 1, [k]: 2, ['l']: 3, ...r, m() {}, get g() { return 1 }, 4: n }",
            "x = {\"a\": a, \"b-c\": 1, k: 2, \"l\": 3, **r, def m() {}, get def g() { return 1 }, \"4\": n}",
        ),
        ("x = a as const; y = <T>b; z = c satisfies U", "x = (a as const); y = (b as T); z = c"),
        ("x = a ? b : c", "x = (b if a else c)"),
        ("x = (a, b)", "x = (a op b)"),
        ("if ((m = f())) {}", "if (m := f()) {}"),
        ("a.b ??= c; d += 1; e++", "a.b ??= c; d += 1; (op e)"),
        ("a = b = 1, c()", "a = (b := 1); c()"),
        ("({ a, b: c } = d)", "{\"a\": a, \"b\": c} = d"),
        (
            "const { a = 1, b: { c }, ...d } = e, [f, g = 2] = h",
            "const {\"a\": (a := 1), \"b\": {\"c\": c}, **d} = e; const [f, (g := 2)] = h",
        ),
        (
            "const a = import.meta.env.X, b = await import('./m')",
            "const a = import.meta.env.X; const b = await import(\"./m\")",
        ),
        ("x = typeof a === 'b' && !c || void 0", "x = ((((op a) == \"b\") and (not c)) or (op 0))"),
        ("x = a ?? b", "x = (a ?? b)"),
        ("x = [undefined, null, true, this, super.y]", "x = [undefined, None, true, this, super.y]"),
        ("f(function* g() { yield h() })", "f(<def g() { (op h()) }>)"),
    ]);
}

#[test]
fn casts_bind_as_in_typescript() {
    check(&[
        ("x = await f() as T", "x = (await f() as T)"),
        ("x = await f() as A as B", "x = ((await f() as A) as B)"),
        ("x = await (f() as T)", "x = await (f() as T)"),
        ("x = await (a as A) as B", "x = (await (a as A) as B)"),
        ("x = await f() as A satisfies B", "x = (await f() as A)"),
        ("x = !a as boolean", "x = ((not a) as boolean)"),
        ("x = a ?? b as T", "x = (a ?? (b as T))"),
        ("x = a || b === c as T", "x = (a or (b == (c as T)))"),
        ("x = (a || b) as T", "x = ((a or b) as T)"),
        ("x = a + b as T", "x = ((a + b) as T)"),
    ]);
}

#[test]
fn markup() {
    check_as(
        "a.tsx",
        &[
            (
                "const a = <A.B<T> x={1} {...p} y='z' on:c={() => f()}>t &amp; {l.map(i => <li key={i}/>)}<b>{q}</b></A.B>",
                "const a = <markup 1, *p, <def () { return f() }>, l.map(<def (i) { return <markup i> }>), q>",
            ),
            ("const a = <></>, b = <p>{/* c */}</p>", "const a = <markup >; const b = <markup >"),
            ("const f = <T,>(a: T) => a", "const f = <def [T](a: T) { return a }>"),
        ],
    );
}

#[test]
fn control_flow() {
    check(&[
        ("if (a) b; else if (c) { d } else e", "if a { b } else { if c { d } else { e } }"),
        (
            "switch (a.b) { case 1: case 2: f(); break; case 3: break; default: g() }",
            "if ((a.b == 1) or (a.b == 2)) { f() } else { if (a.b == 3) {} else { g() } }",
        ),
        ("switch (f()) { case 1: return 2 }", "if ? { return 2 }"),
        ("for (const [a, b] of c) { d }", "for [a, b] in c { d }"),
        ("for (const k in o) f(k)", "while o { f(k) }"),
        ("for (let i = 0; i < 3; i++) { f() }", "while (i < 3) { i = 0; f() }"),
        ("do { a } while (b); while (c) d", "while b { a }; while c { d }"),
        ("try { a } catch ({ message }) { b } finally { c }", "try { a } except  { b } finally { c }"),
        ("l: { a; { b } }", "a; b"),
        ("; debugger; break", ""),
        ("'use client'; a", "\"use client\"; a"),
    ]);
}

#[test]
fn bodies_can_be_omitted() {
    let source = "export const f = async (a: A): Promise<R> => { g() }\nfunction h(): T { return 1 }\nclass C { m = () => 1; n(): N { x } }";
    let facts = Lowerer::new().lower(FileId::new(0), "a.ts", source, Bodies::Omitted);
    assert_eq!(
        show(&facts),
        "export const f = <async def (a: A) -> Promise<R> {}>; def h() -> T {}; class C() { m = <def () {}>; def n() -> N {} }"
    );
}

#[test]
fn header_and_directives() {
    let source = "#!/usr/bin/env node\n/**\n * Generated.\n */\n// Do not edit.\nlet a = 1 // alignment: ignore[a]\nlet b = '// alignment: no'\n";
    let facts = facts(source);
    assert_eq!(&*facts.header, "usr/bin/env node\nGenerated.\nDo not edit.");
    let texts: Vec<&str> = facts.directives.iter().map(|comment| &*comment.text).collect();
    assert_eq!(texts, ["alignment: ignore[a]"]);
}

#[test]
fn script_blocks_are_one_module_with_the_places_of_the_file() {
    let source = "<script module>\nexport const a = 1\n</script>\n<p>{a < b}</p>\n<script lang=\"ts\">\ninterface P { b: string }\n</script>\n<style>p {}</style>\n";
    for path in ["A.svelte", "A.vue"] {
        let facts = facts_of(path, source);
        assert_eq!(show(&facts), "export const a = 1; interface P {b: string}", "{path}");
        assert!(facts.problems.is_empty());
        let Statement::Type(ty) = &facts.body[1] else { panic!() };
        assert_eq!(&source[ty.name_range.to_usize()], "P");
    }
    assert_eq!(show(&facts_of("A.vue", "<template><p/></template>\n")), "");
    let jsx = facts_of("A.vue", "<script lang=\"tsx\">\nconst a = <p>{b}</p>\n</script>");
    assert_eq!((show(&jsx).as_str(), jsx.language), ("const a = <markup b>", Language::Tsx));
}

#[test]
fn what_the_grammar_misreads_is_repaired() {
    check(&[
        ("interface A { m: import('./c').M[]; n: string }", "interface A {m: import(./c).M[]; n: string}"),
        ("interface A { m: import('./c').M<X>; n: string }", "interface A {m: import(./c).M<X>; n: string}"),
        (
            "interface A { m: import('./c').M['k'] | B; n: C }",
            "interface A {m: (import(./c).M[\"k\"] | B); n: C}",
        ),
        ("const a = x as import('./c').M[];", "const a = (x as import(./c).M[])"),
        ("const a = await this.f<import('./m').A>('x')", "const a = await this.f<import(./m).A>(\"x\")"),
        ("const a = j.r<typeof import('m')>('m',);", "const a = j.r<typeof import(\"m\")>(\"m\")"),
        ("const a = f<typeof import('m')>(); type A = 1", "const a = f<typeof import>(); type A = 1"),
        (
            "const S = styled.div<{ wide: boolean }>`a ${(p) => p.b}`; type A = 1",
            "const S = styled.div(f\"a {<def (p) { return p.b }>}\"); type A = 1",
        ),
        (
            "function f() {\n  a = null\n  in_flight = { ...in_flight, b: 1 }\n}\ntype A = 1",
            "def f() { a = None; in_flight = {**in_flight, \"b\": 1} }; type A = 1",
        ),
        ("class A { static accessor x = 1; b = 2 }", "class A() { static x = 1; b = 2 }"),
        ("export type * from './x'; type A = 1", "reimport ./x (*); type A = 1"),
        ("import defer * as ns from './x'; type A = 1", "import ./x (module ./x as ns); type A = 1"),
        ("interface A<in out T, out U extends V, in W> { a: T }", "interface A[T, U: V, W] {a: T}"),
        (
            "interface A { f: () => void | null\n in: string\n g: 1 }",
            "interface A {f: fn (void | null); in: string; g: 1}",
        ),
        (
            "type A = {\n  w?: number // of all\n  in_use?: boolean\n  instanceof_?: B[]\n  in2: C\n}\ntype D = 1",
            "type A = {w?: number; in_use?: boolean; instanceof_?: B[]; in2: C}; type D = 1",
        ),
        ("const of = 1, as = of, async = as", "const of = 1; const as = of; const async = as"),
    ]);
    check_as(
        "a.tsx",
        &[
            ("const a = <p t='x & y'>c & d {e}</p>; type A = 1", "const a = <markup e>; type A = 1"),
            (
                "import('./m').then(m => m.a & 1); const b = <p>Q&A</p>",
                "import(\"./m\").then(<def (m) { return (m.a & 1) }>); const b = <markup >",
            ),
        ],
    );
}

#[test]
fn tags_with_type_arguments_over_several_lines_are_read() {
    let tagged = facts(
        "const S = styled(X).withConfig({ p: (q) => ![r].includes(q) })<{\n  wide: Wide;\n  f: () => void;\n}>`\n  ${({ wide }) => {\n    return css`a { b: ${wide} }`\n  }}\n`\n\
         export const G = createGlobalStyle<{\n  token: Token;\n}>`\n  ${({ token }) => {\n    return `\n      b { c: ${token.d}; }`;\n  }}\n`;\nconst keys = `Map<K>`\ntype A = 1",
    );
    assert_eq!(
        (tagged.problems.len(), show(&tagged).ends_with("type A = 1")),
        (0, true),
        "{}",
        show(&tagged)
    );
    assert!(show(&tagged).contains("const G = createGlobalStyle(") && show(&tagged).contains("Map<K>"));
}

#[test]
fn a_script_with_markup_in_it_is_read_as_such() {
    let source = "export const row = (o: Order) => <li className=\"x\">{o.id} <b/></li>\nexport interface Order { id: number }";
    let (script, markup) = (facts_of("a.ts", source), facts_of("a.tsx", source));
    assert_eq!((show(&script), script.language), (show(&markup), Language::Tsx));
    assert!(script.problems.is_empty() && show(&script).ends_with("interface Order {id: number}"));
    // What is no markup there stays a script, whatever else is broken.
    let broken = facts("const a = <Order>row; const f = <T>(x: T) => x\nconst b = ;\nlet c = 1");
    assert_eq!((broken.language, show(&broken).ends_with("c = 1")), (Language::TypeScript, true));
}

#[test]
fn broken_syntax_costs_the_broken_declaration() {
    let table = [
        ("interface A { a: ; b: 1 }\ninterface B { c: 2 }", "??; interface B {c: 2}"),
        (
            "type A = { a: 1\ninterface B { c: 2 }\nfunction f(): B { return 1 }",
            "??; def f() -> B { return 1 }",
        ),
        ("function f() { const a = ; return 1 }\nlet b = 1", "def f() { ??; return 1 }; b = 1"),
        ("const f = () => { x(]; y() }\nlet b = 1", "const f = <def () { ??; y() }>; b = 1"),
        ("class A { a = 1; b = = 2; c = 3 }", "class A() { a = 1; ??; c = 3 }"),
    ];
    for (source, expected) in table {
        let facts = facts(source);
        assert_eq!(show(&facts), expected, "\n{source}");
        assert!(facts.problems.iter().any(|problem| problem.kind == ProblemKind::Syntax), "{source}");
    }
}

/// Runs on the stack a worker has, and not on the small one of a test.
fn on_worker_stack(test: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(8 << 20).spawn_scoped(scope, test);
        worker.expect("a thread can be made").join().expect("no panic");
    });
}

#[test]
fn deep_and_long_input_is_bounded() {
    let n = 100_000;
    let cases: Vec<(&str, String)> = vec![
        ("braces", "{".repeat(n)),
        ("blocks", format!("{}{}", "{".repeat(n), "}".repeat(n))),
        ("parentheses", format!("a = {}1{}", "(".repeat(n), ")".repeat(n))),
        ("arrays", format!("a = {}{}", "[".repeat(n), "]".repeat(n))),
        ("objects", format!("a = {}1{}", "{a:".repeat(n), "}".repeat(n))),
        ("calls", format!("a = {}{}", "f(".repeat(n), ")".repeat(n))),
        ("links", format!("a = b{}", ".c()".repeat(n))),
        ("generics", "a<".repeat(20_000)),
        ("markup", format!("a = {}{}", "<a>".repeat(20_000), "</a>".repeat(20_000))),
        ("markup in braces", format!("a = {}{}", "<a>{".repeat(20_000), "}</a>".repeat(20_000))),
        ("open markup", "<a>".repeat(20_000)),
        ("templates", format!("a = {}b{}", "`${".repeat(5_000), "}`".repeat(5_000))),
        ("union", format!("type A = B{}", " | 'c'".repeat(n))),
        ("nested union", format!("type A = {}B{}", "(C | ".repeat(n / 10), ")".repeat(n / 10))),
        ("array type", format!("type A = B{}", "[]".repeat(n))),
        ("object type", format!("type A = {}1{}", "{a:".repeat(n), "}".repeat(n))),
        ("conditional type", format!("type A = {} E", "B extends C ? D : ".repeat(n / 10))),
        ("members", format!("interface A {{{}}}", "a: string; ".repeat(n))),
        ("sum", format!("a = 1{}", " + 1".repeat(n))),
        ("sequence", format!("a = (1{})", ", 1".repeat(n))),
        ("else if", format!("{}b", "if (a) b; else ".repeat(n / 2))),
        ("switch", format!("switch (a) {{{}}}", "case 1: b(); ".repeat(n / 10))),
        ("cases", format!("switch (a) {{{} b() }}", "case 1: ".repeat(n / 10))),
        ("nested switch", format!("{}{}", "switch (a) { case 1: case 2: ".repeat(2_000), "}".repeat(2_000))),
        ("arrows", format!("a = {}1", "x => ".repeat(n / 10))),
        ("casts", format!("a = b{}", " as T".repeat(n / 10))),
        ("not", format!("a = {}b", "!".repeat(n))),
        ("assignments", format!("{}1", "a = ".repeat(n / 10))),
        ("classes", "class A extends B { x = 1 }\n".repeat(n / 10)),
        ("decorators", format!("{}class A {{}}", "@a ".repeat(n / 10))),
        ("quotes", "'\"`".repeat(n)),
        ("import types", "type A = import('./m').B[;\n".repeat(2_000)),
        ("ampersands", format!("a = <p>{}</p>", "& ".repeat(n / 10))),
    ];
    on_worker_stack(|| {
        for (name, source) in cases {
            let start = std::time::Instant::now();
            let facts = facts_of("a.tsx", &source);
            assert!(!facts.body.is_empty() || !facts.problems.is_empty(), "{name}");
            drop(facts);
            // No measure, but a guard against what never ends.
            assert!(start.elapsed().as_secs() < 300, "{name}: {:?}", start.elapsed());
        }
    });
}

#[test]
fn no_cut_and_no_lost_token_is_fatal() {
    let source = "import { A } from './a'\nexport interface B<T> extends A { c?: T[]; 'd': { [k: string]: `x${T}` } }\n\
        enum E { F = 1 }\nexport class G extends H<I> { constructor(private j: K) { super() } static async l({ m, n = 1 }: O) { \
        return await this.j.get<P>(`/q/${m}?r=${n}`, { body: { s: m as T, ...u } }) } }\n\
        export const V = ({ w }: X) => <div a={w}>{w ? <b>{w}</b> : 'c & d'}</div>\nswitch (a) { case 1: break; default: f<B>(2) }\n";
    let boundaries = |byte: usize| source.is_char_boundary(byte);
    let mut lowerer = Lowerer::new();
    let mut lower = |text: &str| lowerer.lower(FileId::new(0), "a.tsx", text, Bodies::Lowered);
    assert!(lower(source).problems.is_empty());
    for cut in (0..source.len()).filter(|byte| boundaries(*byte)) {
        lower(&source[..cut]);
    }
    let tokens: Vec<&str> = source.split_inclusive(|c: char| !c.is_alphanumeric()).collect();
    for skipped in 0..tokens.len() {
        let kept = tokens.iter().enumerate().filter(|(at, _)| *at != skipped).map(|(_, token)| *token);
        let facts = lower(&kept.collect::<String>());
        let panicked = facts.problems.iter().any(|problem| problem.kind == ProblemKind::Unmodelled);
        assert!(!panicked, "without token {skipped} ({:?})", tokens[skipped]);
    }
}

#[test]
fn ranges_are_those_of_the_source() {
    let source = "const a = (await f(x)) as T[];";
    let facts = facts(source);
    let Statement::Assign(assign) = &facts.body[0] else { panic!() };
    let value = assign.value.as_ref().expect("a value");
    let ExprKind::As(inner, ty) = &value.kind else { panic!() };
    assert_eq!(&source[inner.range.to_usize()], "await f(x)");
    assert_eq!(&source[ty.range.to_usize()], "T[]");
    assert_eq!(&source[assign.range.to_usize()], source);
}
