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
fn the_schema_around_others_says_whether_a_key_may_be_absent() {
    let cases = [
        ("z.optional(z.any()).or(z.string()).optional().unwrap()", "a?"),
        ("z.any().optional().nullable().unwrap().unwrap()", "a"),
        ("z.any().nullish().unwrap()", "a"),
        ("z.lazy(() => z.any().nullish()).describe('')", "a?"),
        ("z.any().optional().catch(1)", "a?"),
        ("z.any().optional().array()", "a"),
        ("z.union([z.string(), z.any().optional()])", "a?"),
        ("z.any().optional().and(z.any())", "a"),
        ("z.any().optional().nonoptional()", "a"),
        ("Other", "a?"),
        ("Other.pipe(z.any())", "a"),
    ];
    for (written, expected) in cases {
        let text = format!(
            "import {{ z }} from 'zod'; const Other = z.any().optional(); export const X = z.object({{ a: {written} }});"
        );
        let found = fields(&text);
        let name = found[0].split(':').next();
        assert_eq!(name, Some(expected), "{written}");
    }
}

#[test]
fn nothing_is_both_of_two_things() {
    let given = "type Kind = 'a' | 'b'; enum E { A = 'a' } interface Row { id: number; note?: string }";
    let gone = [
        "{ kind: 'a' } & { kind: number }",
        "{ kind: 'a' } & { kind?: 'b' }",
        "{ kind: Kind } & { kind: 'c' }",
        "{ kind: E } & { kind: number }",
        "{ kind: null } & { kind: string }",
        "{ kind: Exclude<Kind, 'a'> } & { kind: 'a' }",
        "Row & { own: 1 } & { [K in keyof Row]: K }",
        "{ [K in keyof Row]?: K } & Row & {}",
        "{ [K in keyof Row]: Row[K] extends string ? 1 : 2 } & { id: string }",
    ];
    for written in gone {
        assert_eq!(fields(&format!("{given} export type X = {written};")), [""; 0], "{written}");
        let inside =
            format!("{given} export interface X {{ all: Omit<{written}, 'kind'>; id: ({written})['id'] }}");
        assert_eq!(fields(&inside)[0], "all: map<string,never>", "{written}");
    }
    let left = [
        ("{ kind: 'a' } & { kind: string }", "kind: literal(a)"),
        ("{ kind?: 'a' } & { kind?: 'b' }", "kind?: undefined"),
        ("{ kind: string } & { kind: number }", "kind: never"),
        ("{ kind: 'a' } & { kind: any }", "kind: any | null(?)"),
        ("{ kind: 'a' } & { kind: { brand: 1 } }", "kind: literal(a)"),
    ];
    for (written, expected) in left {
        assert_eq!(fields(&format!("{given} export type X = {written};")), [expected], "{written}");
    }
}

#[test]
fn a_part_of_an_intersection_that_may_be_absent_gives_undefined() {
    assert_eq!(
        fields(
            "export type X = { a: string | null | undefined; b: string; c: unknown } & { a?: { x: 1 }; b?: string; c?: number }"
        ),
        ["a(?): string", "b: string", "c(?): number"]
    );
}

#[test]
fn what_is_more_than_an_object_is_no_plain_object() {
    assert_eq!(
        fields(
            "interface Row { id: number } type Call = ((id: string) => void) & { cancel: 1 };
               export interface X { a: Row[] & { total: number }; b: Row[] & string[]; c: Date & Row; d: Call }"
        ),
        ["a: unknown | null(?)", "b: unknown | null(?)", "c: unknown | null(?)", "d(): function"]
    );
}

#[test]
fn unknown_is_not_any() {
    assert_eq!(
        fields(
            "type Text<T> = T extends string ? 'yes' : 1; export interface X { a: Text<any>; b: Text<unknown>; c: NonNullable<unknown>;
               d: NonNullable<any>; e: unknown & string; f: keyof unknown; g: unknown | string; h: any & unknown }"
        ),
        [
            "a: literal(yes,1)",
            "b: literal(1)",
            "c: object",
            "d: any | null(?)",
            "e: string",
            "f: never",
            "g: any | null(?)",
            "h: any | null(?)"
        ]
    );
    assert_eq!(
        fields(
            "type Never<T> = [T] extends [never] ? { n: 1 } : { some: T }; export interface X { a: keyof Never<string>; b: keyof Never<never> }"
        ),
        ["a: literal(some)", "b: literal(n)"]
    );
}

#[test]
fn what_is_picked_has_the_picked_keys_whatever_the_rest() {
    let text = "import type { Props } from 'elsewhere'; export type X = Pick<Props, 'size' | 'tone'> & { own: string }";
    assert_eq!(fields(text), ["size(?): unknown | null(?)", "tone(?): unknown | null(?)", "own: string"]);
    assert!(reasons(&[("x.ts", text)]).is_empty());
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
        ("z.array(z.string()).unwrap()", "a: string"),
        ("z.nullable(z.optional(z.string())).unwrap()", "a?: string"),
        ("z.string().optional().nullable().unwrap().unwrap()", "a: string"),
        ("make().unwrap()", "a: unknown | null(?)"),
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
