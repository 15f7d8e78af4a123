//! TypeScript that no compiler would accept, or that nobody would write by hand: it ends in time, and what is not known stays
//! unknown. Smaller circles of types stand in `tests`, those of calls in `calls::tests`.

use alignment_model::ProblemKind;
use alignment_model::entity::Entity;
use alignment_model::project::Project;
use alignment_syntax::relevance::{Need, Refusal, relevant, scan};

use super::tests::shown;
use crate::testing::{Repository, in_time};

#[track_caller]
fn project(files: &[(&str, &str)]) -> Project {
    in_time(owned(files), Repository::project)
}

#[track_caller]
fn of(text: &str) -> Project {
    project(&[("a.ts", text)])
}

fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn entity<'p>(project: &'p Project, name: &str) -> &'p Entity {
    let found = project.entities.iter().find(|entity| &*entity.name == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

/// The fields of an entity, one a line.
fn fields(project: &Project, name: &str) -> Vec<String> {
    entity(project, name).fields.iter().map(shown).collect()
}

/// The paths of all calls; `?` for one that is not known.
fn paths(project: &Project) -> Vec<&str> {
    project.calls.iter().map(|call| call.path.is().map_or("?", |path| &**path)).collect()
}

#[test]
fn types_that_are_their_own_arguments() {
    let project = of("type A<T> = { a: A<A<T>>; b: A<T[] | A<T>> }; export interface X { a: A<string>; own: 1 }
        interface P<T> { q: Q<P<T>>; t: T } interface Q<T> { p: P<Q<T>>; t: T } export interface Y extends P<Y>, Q<P<Y>> { own: 1 }
        type R<T> = { r: R<R<T>> } & R<T>; type S<T> = S<S<T>> | R<S<T>>; export interface Z { r: R<Z>; s: S<Z>; own: 1 }
        type M<T> = { [K in keyof T]: M<M<T[K]>> }; export type W = M<{ w: W; v: { u: string } }>;
        type C<T> = T extends string ? C<T[]> : C<C<T>>; export interface V { c: C<V>; d: C<string>; own: 1 }
        type D<T = D> = { d: D<D<T>>; e: T }; export interface U { d: D; own: 1 }");
    for name in ["X", "Y", "Z", "V", "U"] {
        assert!(fields(&project, name).contains(&"own: literal(1)".to_owned()), "{name}");
    }
    assert_eq!(fields(&project, "V")[..2], ["c: unknown | null(?)", "d: unknown | null(?)"]);
    assert_eq!(entity(&project, "W").fields.len(), 2);
}

#[test]
fn types_in_a_circle_of_many() {
    let mut text = String::new();
    for at in 0..500 {
        let (next, other) = ((at + 1) % 500, (at + 7) % 500);
        text += &format!(
            "export interface I{at} extends I{next}, Partial<I{other}> {{ f{at}: I{next} | I{other}[] }}\n\
             type T{at} = T{next} | {{ t{at}: T{other} }}; type K{at} = Omit<K{next} & K{other}, 'x'>; export interface U{at} {{ t: T{at}; k: K{at}; own: 1 }}\n"
        );
    }
    let project = of(&text);
    assert!(entity(&project, "I7").field("f7").is_some());
    let members = fields(&project, "U7");
    assert_eq!(members.last().map(String::as_str), Some("own: literal(1)"));
    // What a circle of bases adds is not known to be all.
    assert!(!entity(&project, "I7").completeness.is_complete());
}

#[test]
fn interfaces_and_classes_that_extend_themselves() {
    let project = project(&[
        (
            "a.ts",
            "import { B } from './b'; export interface A extends B, A { a: 1 } export class C extends C { c = 1 } export class D extends E { d = 1 }
             class E extends D { e = 1 } export interface F extends Pick<F, 'f'>, Omit<F, 'f'> { f: 1 } export interface G extends G.G { g: 1 }
             export namespace G { export interface G extends G.G { h: 1 } } interface H<T> extends H<H<T>> { h: T } export interface J extends H<J> { j: 1 }",
        ),
        ("b.ts", "import { A } from './a'; export interface B extends A { b: 1 }"),
    ]);
    for (name, field) in [("A", "a"), ("B", "b"), ("C", "c"), ("D", "d"), ("F", "f"), ("J", "j")] {
        assert!(entity(&project, name).field(field).is_some(), "{name}");
    }
}

#[test]
fn unions_of_five_thousand_members() {
    let joined = |one: fn(usize) -> String| (0..5_000).map(one).collect::<Vec<_>>().join(" | ");
    let text = format!(
        "type U = {}; export interface X {{ e: Exclude<U, 'v1'>; k: keyof {{ [K in U]: K }}; n: {}; product: `${{U}}-${{U}}`; own: 1 }}
         export type Y = {{ [K in U]?: K }}; export type O = {}",
        joined(|at| format!("'v{at}'")),
        joined(|at| format!("N{at}")),
        joined(|at| format!("{{ kind: 'k{at}'; v{at}: string }}")),
    );
    let project = of(&text);
    let x = entity(&project, "X");
    let values = |name: &str| x.field(name).and_then(|field| field.ty.shape.values()).map(<[_]>::len);
    assert_eq!([values("e"), values("k"), values("product")], [Some(4_999), Some(5_000), None]);
    assert_eq!(shown(x.field("own").expect("its field")), "own: literal(1)");
    assert_eq!(entity(&project, "Y").fields.len(), 5_000);
    let [kind] = &entity(&project, "O").fields[..] else { panic!("what all members have, and no more") };
    assert_eq!(kind.ty.shape.values().map(<[_]>::len), Some(5_000));
}

#[test]
fn ten_thousand_interfaces_in_one_file() {
    let interfaces = |at: usize| {
        let next = (at + 1) % 10_000;
        format!(
            "export interface I{at} extends Partial<I{next}> {{ f{at}: I{next}; g?: Pick<I{next}, 'f{next}'> | null }}\n"
        )
    };
    let project = of(&(0..10_000).map(interfaces).collect::<String>());
    assert_eq!(project.entities.len(), 10_000);
    assert!(entity(&project, "I77").field("f77").is_some());
}

#[test]
fn a_generated_file_of_ten_megabytes() {
    let mut text = String::from("/* eslint-disable */\n// This file is auto-generated. Do not edit.\n");
    let mut count = 0;
    while text.len() < 10 << 20 {
        text += &format!(
            "export interface Record{count} {{\n  identifier: string;\n  label?: string | null;\n  values: Array<'first' | 'second' | 'third'>;\n}}\n"
        );
        count += 1;
    }
    let used = "import { Record7 } from './client.gen'; export const load = () => fetch('/records') as Promise<Record7>";
    let scans = [scan("client.gen.ts", &text), scan("b.ts", used)];
    assert_eq!(relevant(&scans), [Need::Refused(Refusal::TooLarge), Need::Bodies]);
    let project = project(&[("client.gen.ts", &text), ("b.ts", used)]);
    assert_eq!(project.entities.len(), count);
    assert_eq!(fields(&project, "Record7").len(), 3);
    assert_eq!(paths(&project), ["/records"]);
}

#[test]
fn bundles_that_are_called_source() {
    let unit = "var a=function(t,e){return e&&t.n?fetch(\"/x/\"+t.n+e):void 0},b=class extends a{constructor(){super(...arguments),this.n=1}};interface I{a:I};";
    let bundle = unit.repeat(2_000);
    assert_eq!(relevant(&[scan("a.ts", &bundle)]), [Need::Refused(Refusal::Bundle)]);
    // Below the size at which a bundle is told from a script, it is read.
    let short = unit.repeat(100);
    assert_eq!(relevant(&[scan("a.ts", &short)]), [Need::Bodies]);
    for text in [&bundle, &short] {
        let project = of(text);
        assert!(paths(&project).iter().all(|path| *path == "?" || path.starts_with("/x/")));
        assert!(entity(&project, "I").field("a").is_some());
    }
}

#[test]
fn re_exports_in_circles() {
    let ring = |this: usize| {
        let next = (this + 1) % 40;
        let text = format!(
            "export * from './m{next}'; export * from './m{}'; export * from './m{}'; export * from './m{this}'; export * as ns{this} from './m{next}';
             export {{ Lost, default }} from './m{next}'; export interface T{this} {{ f: T{next}; l: Lost; n: ns{next}.T{next}; o: ns{next}.ns{next}.Lost }}
             import {{ T{next}, Lost, ns{next} }} from './m{}'",
            (this + 3) % 40,
            (this + 11) % 40,
            (this + 20) % 40
        );
        (format!("m{this}.ts"), text)
    };
    let project = in_time((0..40).map(ring).collect(), Repository::project);
    assert_eq!(project.entities.len(), 40);
    assert_eq!(fields(&project, "T7")[..2], ["f: ref<T8>", "l: unknown | null(?)"]);
    assert_eq!(fields(&project, "T7")[2], "n: ref<T8>");
}

#[test]
fn default_exports_that_are_each_other() {
    let project = project(&[
        (
            "a.ts",
            "import b from './b'; export default b; export interface X { b: b; c: typeof b; own: 1 } fetch(b)",
        ),
        ("b.ts", "import a from './a'; export default a"),
        (
            "c.ts",
            "import * as c from './c'; export default c.default; import d from './c'; export interface Y { d: typeof d; own: 1 } fetch(d)",
        ),
        (
            "d.ts",
            "import d from './d'; export default d; export = d; namespace d { export import d = d.d } export interface Z { d: d.d.d; own: 1 }",
        ),
        (
            "e.ts",
            "import { N } from './e'; export namespace N { export { N } from './e'; export { N as M } } export interface V { n: N.N.N; m: N.M.N; own: 1 }",
        ),
    ]);
    for name in ["X", "Y", "Z", "V"] {
        assert_eq!(fields(&project, name).last().map(String::as_str), Some("own: literal(1)"), "{name}");
    }
    assert_eq!(fields(&project, "X")[..2], ["b: unknown | null(?)", "c: unknown | null(?)"]);
    assert_eq!(paths(&project), ["?", "?"]);
}

/// What `x` of the module `@/b` is in `web/a.ts`, under a configuration.
#[track_caller]
fn under(configurations: &[(&str, &str)]) -> Vec<String> {
    let mut files = vec![
        ("web/a.ts", "import { B } from '@/b'; export interface X { b: B }"),
        ("web/src/b.ts", "export interface B { id: string }"),
        ("etc/b.ts", "export interface B { wrong: string }"),
    ];
    files.extend(configurations);
    fields(&project(&files), "X")
}

#[test]
fn configurations_of_typescript_that_are_broken() {
    let known = ["b: ref<B>"];
    let unknown = ["b: unknown | null(?)"];
    let web = |text: &str| under(&[("web/tsconfig.json", text)]);
    assert_eq!(
        web(
            "// a\n{ /* b */ \"compilerOptions\": { \"strict\": true, // c\n \"paths\": { \"@/*\": [ \"./src/*\", ], }, }, } // d"
        ),
        known
    );
    // Paths that lead out of the repository lead nowhere, and not to what has the same name inside.
    for target in ["../../etc/*", "/../etc/*", "../../../../../../etc/*", "src/../../../etc/*"] {
        assert_eq!(
            web(&format!("{{\"compilerOptions\": {{\"paths\": {{\"@/*\": [\"{target}\"]}}}}}}")),
            unknown,
            "{target}"
        );
    }
    let several = "{\"compilerOptions\": {\"baseUrl\": \"../..\", \"paths\": {\"@/*\": [\"../../../etc/*\", 3, null, \"web/src/*\"]}}}";
    assert_eq!(web(several), unknown);
    for broken in [
        "",
        "{",
        "null",
        "[]",
        "\u{0}\u{1}",
        "{\"compilerOptions\"",
        "{\"compilerOptions\": \"\"}",
        "{\"compilerOptions\": {\"paths\": 3}}",
        "{\"compilerOptions\": {\"paths\": {\"@/*\": 3}}}",
        "{\"compilerOptions\": {\"paths\": {\"*\": [\"*\"], \"**\": [\"*\"], \"\": [\"\"]}}}",
        "{\"extends\": 3, \"references\": 3}",
        "{\"extends\": [[[\"./tsconfig\"]]], \"references\": [3, {}, {\"path\": 3}, {\"path\": \".\"}, {\"path\": \"../..\"}]}",
        "<<<<<<< HEAD\n{\"compilerOptions\": {}}\n=======\n{}\n>>>>>>> theirs",
    ] {
        assert_eq!(web(broken), unknown, "{broken}");
    }
    // What stands before the break is kept.
    assert_eq!(web("{\"compilerOptions\": {\"paths\": {\"@/*\": [\"src/*\"]}, \"strict\" true"), known);
}

#[test]
fn configurations_that_extend_each_other() {
    let paths = "\"compilerOptions\": {\"paths\": {\"@/*\": [\"src/*\"]}}";
    let own = format!("{{\"extends\": \"./tsconfig.json\", {paths}}}");
    assert_eq!(under(&[("web/tsconfig.json", &own)]), ["b: ref<B>"]);
    // Each names all, so that the ways through them are many more than the files.
    let all = "[\"./tsconfig.json\", \"./one.json\", \"./two.json\", \"./three\", \"../web/one\"]";
    let every = format!(
        "{{\"extends\": {all}, \"references\": [{{\"path\": \".\"}}, {{\"path\": \"./one.json\"}}]}}"
    );
    let last = format!("{{\"extends\": {all}, {paths}}}");
    let files = [
        ("web/tsconfig.json", &*every),
        ("web/one.json", &every),
        ("web/two.json", &every),
        ("web/three.json", &last),
    ];
    assert_eq!(under(&files), ["b: ref<B>"]);
}

#[test]
fn markup_where_the_language_has_none() {
    let text = "export interface X { a: string }\nexport const View = () => <div a={<b>{x}</b>}>{list.map((one) => <Row key={one} />)}</div>\n\
                export interface Later { b: string }\n";
    let project = in_time(owned(&[("a.ts", text)]), Repository::project);
    assert_eq!(fields(&project, "X"), ["a: string"]);
    assert_eq!(fields(&project, "Later"), ["b: string"]);
    // Neither grammar reads this: what stands behind the fault may be lost, and then it is missing and not something else.
    let broken = text.replace("</div>", "</div");
    let (kinds, project) = in_time(owned(&[("a.ts", &broken)]), |repository| {
        let problems = repository.input().facts.iter().flat_map(|facts| &facts.problems);
        (problems.map(|problem| problem.kind).collect::<Vec<_>>(), repository.project())
    });
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == ProblemKind::Syntax), "{kinds:?}");
    assert_eq!(fields(&project, "X"), ["a: string"]);
    let mut later = project.entities.iter().filter(|entity| &*entity.name != "X");
    assert!(later.all(|entity| &*entity.name == "Later" && entity.field("b").is_some()));
}

#[test]
fn zod_schemas_that_contain_themselves() {
    let mut text = String::from(
        "import { z } from 'zod';
         const Tree = z.object({ name: z.string(), children: z.array(z.lazy(() => Tree)), get next() { return Tree.optional() } });
         const A = z.lazy(() => B); const B = z.lazy(() => A); const C = C; const D = D.extend({ d: z.string() }); const E = z.lazy(() => E.merge(E));
         const F = z.object({ f: z.lazy(() => z.lazy(() => F.partial().extend({ f: F }))) }); const G = z.union([z.lazy(() => G), z.array(G)]);
         const H = z.object({ ...H.shape, h: z.string() }); const I = z.object(I.shape).merge(J); const J = I.and(J).pipe(J);
         export type X = z.infer<typeof Tree>; export interface Y { a: z.infer<typeof A>; c: z.infer<typeof C>; e: z.input<typeof E>; g: z.infer<typeof G>; own: 1 }
         export type Z = z.infer<typeof H>; export type W = z.infer<typeof J>; export type V = z.infer<typeof D>; export type U = z.infer<typeof F>;\n",
    );
    for at in 0..300 {
        text += &format!(
            "export const S{at} = z.object({{ a: z.lazy(() => S{}), b: S{}.partial().optional(), own: z.string() }});\nexport type T{at} = z.infer<typeof S{at}>;\n",
            (at + 1) % 300,
            (at + 7) % 300
        );
    }
    let project = of(&text);
    assert_eq!(fields(&project, "X")[0], "name: string");
    assert_eq!(fields(&project, "Y")[..2], ["a: unknown | null(?)", "c: unknown | null(?)"]);
    assert_eq!(fields(&project, "Y").last().map(String::as_str), Some("own: literal(1)"));
    assert_eq!(shown(entity(&project, "T7").field("own").expect("its field")), "own: string");
}

#[test]
fn wrappers_that_call_each_other_in_a_circle() {
    let mut text = String::from("export const root = (path: string) => fetch(path)\n");
    for at in 0..60 {
        let (next, other) = ((at + 1) % 60, (at + 13) % 60);
        text += &format!(
            "export async function w{at}(path: string, body?: object) {{ if (body) return w{next}(path + '/n', body); const one = await w{other}(`/o${{path}}`); root(path); return w{at}(one) }}\n"
        );
    }
    let client = "export class Client { get(p: string) { return this.send(p) } send(p: string) { return this.retry(() => this.get(p)) }
        retry(run: () => any) { return run() ?? this.retry(run) ?? this.send('/again') } } export const client = new Client()";
    let project = project(&[
        ("w.ts", &text),
        ("c.ts", client),
        (
            "a.ts",
            "import { w0, w7 } from './w'; import { client } from './c'; w0('/a'); w7('/b', {}); client.get('/c'); client.retry(() => client.retry(() => w0('/d')))",
        ),
    ]);
    let asked = paths(&project);
    assert!(asked.len() < 20_000, "{}", asked.len());
    assert!(asked.iter().all(|path| *path == "?" || path.starts_with('/')));
}
