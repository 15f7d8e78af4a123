//! Finer points of the compiler's and zod's own rules, each found by asking them (`fixtures/constructs-typescript`).

use alignment_model::Why;

use super::tests::{fields, fields_in, reasons};

#[test]
fn only_what_may_be_absent_loses_undefined() {
    let given = "interface T { a?: string; b: string | undefined }";
    for written in ["Required<T>", "{ [K in keyof T]-?: T[K] }"] {
        assert_eq!(
            fields(&format!("{given} type X = {written}")),
            ["a: string", "b(?): string"],
            "{written}"
        );
    }
}

#[test]
fn enums_distribute_over_their_members() {
    let given = "enum E { A = 'a', B = 'b', C = 'c' } type Not<T> = T extends E.A ? never : T;";
    let cases = [
        ("interface X { e: Exclude<E, E.A> }", "e: enum<E>(b,c)"),
        ("interface X { e: Extract<E, E.A | 'b'> }", "e: enum<E>(a,b)"),
        ("interface X { e: Exclude<E, 'a'> }", "e: enum<E>(b,c)"),
        ("interface X { e: Not<E> }", "e: enum<E>(b,c)"),
        ("interface X { e: Extract<'a' | 1, E> }", "e: unknown | null(?)"),
        ("type X = { [K in E.A | E.B]: K }['a'] extends E ? { yes: 1 } : { no: 1 }", "yes: literal(1)"),
    ];
    for (written, expected) in cases {
        assert_eq!(fields(&format!("{given} {written}")), [expected], "{written}");
    }
    assert_eq!(
        fields(&format!("{given} type X = {{ [K in E]?: K }}")),
        ["a?: enum<E>(a)", "b?: enum<E>(b)", "c?: enum<E>(c)"]
    );
}

#[test]
fn lists_stay_lists_under_what_maps_members() {
    let given = "type Nullish<T> = { [K in keyof T]: T[K] | null };";
    assert_eq!(
        fields(&format!(
            "{given} interface X {{ a: Nullish<string[]>; b: Partial<string[]>; c: string[]['length']; d: Readonly<number[]>;
               e: Required<(string | undefined)[]> }}"
        )),
        [
            "a: array<union<string|null>>",
            "b: array<union<string|undefined>>",
            "c: number",
            "d: array<number>",
            "e: array<string>"
        ]
    );
}

#[test]
fn words_are_spelled_as_the_language_prints_them() {
    assert_eq!(
        fields(
            "const C = <const>['l', 'r']; interface X { a: 1.50 | .5; b: `is_${boolean}`; c: (typeof C)[number];
               d: Awaited<Promise<Promise<string> | number>> }"
        ),
        ["a: literal(1.5,0.5)", "b: literal(is_false,is_true)", "c: literal(l,r)", "d: union<string|number>"]
    );
    assert_eq!(
        fields("interface X { a: string & object; b: 1 | (null & object) }"),
        ["a: never", "b: literal(1)"]
    );
    assert_eq!(fields("type X = { a: string } & unknown & { b: number }"), ["a: string", "b: number"]);
}

#[test]
fn additions_to_library_types_are_not_all_they_have() {
    let declares =
        |name: &str| format!("declare global {{ interface {name} {{ added: string }} }} export {{}}");
    for name in ["Window", "Navigator", "ImportMeta", "HTMLAudioElement", "WindowEventMap", "RequestInit"] {
        let files =
            [("g.ts", &*declares(name)), ("x.ts", &*format!("export interface X extends {name} {{}}"))];

        assert_eq!(reasons(&files), [Why::ExternalName], "{name}");
    }
    assert_eq!(
        fields_in(&[
            ("g.ts", &declares("Map<K, V>")),
            ("x.ts", "export interface X { m: Map<string, number> }")
        ]),
        ["m: map<string,number>"]
    );
    // A type of the project with such a name, and a global of its own, are all that they say.
    let own = [("a.ts", "interface Window { own: 1 } export interface X extends Window {}")];
    assert!(reasons(&own).is_empty());
    let config = [("g.ts", &*declares("AppConfig")), ("x.ts", "export interface X extends AppConfig {}")];
    assert!(reasons(&config).is_empty());
}

#[test]
fn the_imported_version_of_zod_decides() {
    let text = |module: &str| {
        format!(
            "import {{ z }} from '{module}'; const S = z.object({{ a: z.coerce.number(), b: z.string().catch(''), c: z.any() }});
             export type X = z.input<typeof S>;"
        )
    };
    let manifest = "{ \"dependencies\": { \"zod\": \"^3.25.0\" } }";
    let asked = |module: &str| fields_in(&[("package.json", manifest), ("a.ts", &text(module))]);
    let third = ["a: number", "b?: any | null(?)", "c?: any | null(?)"];
    assert_eq!(asked("zod"), third);
    assert_eq!(asked("zod/v3"), third);
    assert_eq!(asked("zod/v4"), ["a: any | null(?)", "b: string", "c: any | null(?)"]);
}

#[test]
fn a_property_of_anything_may_be_absent_where_its_schema_says_so() {
    let text = "import { z } from 'zod'; const S = z.object({ a: z.any().default(1), b: z.any().optional(), c: z.unknown().nullish(),
        d: z.any().optional().nullable(), e: z.any(), f: z.any().optional().transform((v): string => '') });
        export type X = ";
    let optional = ["b?: any | null(?)", "c?: any | null(?)", "d?: any | null(?)", "e: any | null(?)"];
    let given: Vec<_> = ["a: any | null(?)"].into_iter().chain(optional).chain(["f: string"]).collect();
    let taken: Vec<_> =
        ["a?: any | null(?)"].into_iter().chain(optional).chain(["f?: any | null(?)"]).collect();
    assert_eq!(fields(&format!("{text} z.output<typeof S>")), given);
    assert_eq!(fields(&format!("{text} z.input<typeof S>"))[..5], taken[..5]);
}

#[test]
fn schemas_are_unwrapped_from_outside() {
    let head = "import { z } from 'zod'; class Own { id = 1 } type Node = { next?: Node };
        const Typed: z.ZodType<Node> = z.lazy(() => z.object({ next: Typed.optional() }));";
    let cases = [
        ("z.string().nullish().unwrap()", "a: string | null"),
        ("z.string().nullable().optional().unwrap()", "a: string | null"),
        ("z.string().optional().nullable().unwrap()", "a?: string"),
        ("z.string().optional().unwrap()", "a: string"),
        ("z.optional(z.string()).unwrap()", "a: string"),
        ("z.array(z.string()).unwrap()", "a: unknown | null(?)"),
        ("z.string().optional().catch('')", "a?: string"),
        ("z.string().transform(Number)", "a: number"),
        ("z.instanceof(Own)", "a: ref<Own>"),
        ("z.instanceof(Date)", "a: datetime"),
        ("Typed", "a: ref<Node>"),
    ];
    for (written, expected) in cases {
        assert_eq!(
            fields(&format!("{head} export const X = z.object({{ a: {written} }});")),
            [expected],
            "{written}"
        );
    }
    assert_eq!(
        fields("import { z } from 'zod'; type N = { id: string }; export const X: z.ZodType<N> = make();"),
        ["id: string"]
    );
}
