//! What the compiler makes of each construct, in the canonical words of the facts: `name?: type | null`.

use alignment_model::entity::{Detail, Entity, EntityKind, Field, FieldKind, Presence};
use alignment_model::{Known, Why};

use crate::testing::Repository;

/// `name?: type | null`; a doubt is a question mark behind the word it concerns.
pub(super) fn shown(field: &Field) -> String {
    let mark = match field.presence {
        Known::Is(Presence::Optional) => "?",
        Known::Is(_) => "",
        Known::Unknown(_) => "(?)",
    };
    let null = match field.nullable {
        Known::Is(true) => " | null",
        Known::Is(false) => "",
        Known::Unknown(_) => " | null(?)",
    };
    let values =
        field.ty.shape.values().map(|values| values.iter().map(|v| v.plain()).collect::<Vec<_>>().join(","));
    let values = values.map(|values| format!("({values})")).unwrap_or_default();
    let method = if field.kind == FieldKind::Method { "()" } else { "" };
    format!("{}{method}{mark}: {}{values}{null}", field.name, field.ty.shape)
}

fn find<'p>(project: &'p alignment_model::project::Project, name: &str) -> &'p Entity {
    let found = project.entities.iter().find(|entity| &*entity.name == name);
    found.unwrap_or_else(|| panic!("no entity {name}"))
}

/// The fields of the entity `X` of some files, one a line.
pub(super) fn fields_in(files: &[(&str, &str)]) -> Vec<String> {
    let project = Repository::new(files).project();
    find(&project, "X").fields.iter().map(shown).collect()
}

/// The fields of `X` of one file.
pub(super) fn fields(text: &str) -> Vec<String> {
    fields_in(&[("a.ts", text)])
}

/// The kind of the entity `X`.
fn kind(text: &str) -> EntityKind {
    find(&Repository::new(&[("a.ts", text)]).project(), "X").kind
}

/// The reasons why `X` may lack members.
pub(super) fn reasons(files: &[(&str, &str)]) -> Vec<Why> {
    let project = Repository::new(files).project();
    find(&project, "X").completeness.reasons.iter().map(|reason| reason.why).collect()
}

#[test]
fn optional_null_and_undefined_stay_apart() {
    assert_eq!(
        fields(
            "interface X { a: string; b?: string; c: string | null; d?: string | null; e: string | undefined;
               f?: never; g: unknown; h(): void; i: (() => void) | null; j?: true | false }"
        ),
        [
            "a: string",
            "b?: string",
            "c: string | null",
            "d?: string | null",
            "e(?): string",
            "f?: undefined",
            "g: any | null(?)",
            "h(): function",
            "i(): function | null",
            "j?: bool"
        ]
    );
}

#[test]
fn interfaces_inherit_and_merge() {
    assert_eq!(
        fields(
            "interface Base { id: number; name: string } interface X extends Base { name: 'a' } interface X { late: Date }"
        ),
        ["id: number", "name: literal(a)", "late: datetime"]
    );
}

#[test]
fn a_base_from_outside_leaves_the_entity_open() {
    let file = ("a.ts", "import { Far } from 'far'; export interface X extends Far { own: string }");
    assert_eq!(fields_in(&[file]), ["own: string"]);
    assert_eq!(reasons(&[file]), [Why::ExternalName]);
}

#[test]
fn utilities_change_members() {
    let given = "interface T { id: number; name?: string; note: string | null }";
    let cases: [(&str, &[&str]); 9] = [
        ("Partial<T>", &["id?: number", "name?: string", "note?: string | null"]),
        ("Required<T>", &["id: number", "name: string", "note: string | null"]),
        ("Pick<T, 'id' | 'name'>", &["id: number", "name?: string"]),
        ("Omit<T, 'id' | 'missing'>", &["name?: string", "note: string | null"]),
        ("Readonly<T> & { id: 5 }", &["id: literal(5)", "name?: string", "note: string | null"]),
        ("Record<'a' | 'b', T[]>", &["a: array<ref<T>>", "b: array<ref<T>>"]),
        ("{ x: NonNullable<T['note']>; y: T['name'] }", &["x: string", "y(?): string"]),
        (
            "{ k: keyof T; e: Exclude<keyof T, 'id'>; c: Capitalize<'ab'> }",
            &["k: literal(id,name,note)", "e: literal(name,note)", "c: literal(Ab)"],
        ),
        ("Partial<Record<string, number>> & Awaited<Promise<{ z: 1 }>>", &["z: literal(1)"]),
    ];
    for (written, expected) in cases {
        assert_eq!(fields(&format!("{given} type X = {written}")), expected, "{written}");
    }
}

#[test]
fn mapped_types_keep_the_modifiers_of_what_they_map() {
    let given = "interface T { id: number; name?: string }";
    let cases: [(&str, &[&str]); 5] = [
        ("type X = { [K in keyof T]: T[K] | null }", &["id: number | null", "name?: string | null"]),
        ("type X = { [K in keyof T]-?: T[K] }", &["id: number", "name: string"]),
        ("type X = { [K in 'a' | 'b']?: K }", &["a?: literal(a)", "b?: literal(b)"]),
        ("type P<U, K extends keyof U> = { [Q in K]: U[Q] }; type X = P<T, 'name'>", &["name?: string"]),
        ("type X = { [K in keyof T as `get_${K}`]: T[K] }", &["get_id: number", "get_name?: string"]),
    ];
    for (written, expected) in cases {
        assert_eq!(fields(&format!("{given} {written}")), expected, "{written}");
    }
}

#[test]
fn generics_are_filled_in() {
    assert_eq!(
        fields(
            "interface Page<T, C = string> { items: T[]; cursor?: C } interface User { id: number }
             type X = Page<User> & { total: number }"
        ),
        ["items: array<ref<User>>", "cursor?: string", "total: number"]
    );
    assert_eq!(fields("interface X<T> { data: T; all: T[] }"), ["data: any | null(?)", "all: array<any>"]);
    assert_eq!(
        fields("type Box<T> = { v: T }; interface X { a: Box<string | null>['v'] }"),
        ["a: string | null"]
    );
}

#[test]
fn enums_literals_and_constants_are_value_sets() {
    assert_eq!(
        fields(
            "enum N { A, B = 5, C } enum S { P = 'p', Q = `q` } const enum F { One = 1 << 1 }
             const LIST = ['x', 'y'] as const; const MAP = { one: 1, two: 'b' } as const;
             interface X { n: N; s: S; q: S.Q; f: F; l: (typeof LIST)[number]; k: keyof typeof MAP;
               v: (typeof MAP)[keyof typeof MAP]; t: `${S}-${'a' | 'b'}`; m: Record<S, N>; w: string | S }"
        ),
        [
            "n: enum<N>(0,5,6)",
            "s: enum<S>(p,q)",
            "q: enum<S>(q)",
            "f: enum<F>",
            "l: literal(x,y)",
            "k: literal(one,two)",
            "v: literal(1,b)",
            "t: literal(p-a,p-b,q-a,q-b)",
            "m: object",
            "w: string"
        ]
    );
}

#[test]
fn conditional_types_are_decided_where_no_inference_is_needed() {
    assert_eq!(
        fields(
            "type IsText<T> = T extends string ? 'yes' : 'no'; type Item<T> = T extends (infer U)[] ? U : T;
             type Kind = { type: 'a'; x: 1 } | { type: 'b' };
             interface X { a: IsText<'q'>; b: IsText<string | number>; c: Item<string[]>; d: Item<number>;
               e: Extract<Kind, { type: 'a' }>['x'] }"
        ),
        ["a: literal(yes)", "b: literal(yes,no)", "c: unknown | null(?)", "d: number", "e: literal(1)"]
    );
}

#[test]
fn aliases_are_told_apart_by_what_they_stand_for() {
    let cases = [
        ("type X = { a: string }", EntityKind::Alias),
        ("type X = { [key: string]: number }", EntityKind::Alias),
        ("interface A {} type X = A & { b: 1 }", EntityKind::Alias),
        ("type X = Promise<string>", EntityKind::Alias),
        ("type X = 'a' | 'b'", EntityKind::Union),
        ("type X = boolean", EntityKind::Union),
        ("type X = { a: 1 } | { b: 2 }", EntityKind::Union),
        ("type X = string[]", EntityKind::AliasOther),
        ("type X = () => void", EntityKind::AliasOther),
        ("interface F { (): void } type X = F", EntityKind::AliasOther),
        ("type X = string", EntityKind::AliasOther),
        ("type X = { t: 'a' } & { t: 'b' }", EntityKind::Alias),
    ];
    for (text, expected) in cases {
        assert_eq!(kind(text), expected, "{text}");
    }
}

#[test]
fn classes_have_instance_members() {
    assert_eq!(
        fields(
            "class Base<T> { value!: T } class X extends Base<number> { static kind = 'x'; name = 'a'; readonly mode = 'b';
               #secret = 1; private key?: string; constructor(public size: number, plain: string) { super() }
               get full(): string { return '' } run() {} }"
        ),
        [
            "value: number",
            "name: string",
            "mode: literal(b)",
            "key?: string",
            "size: number",
            "full: string",
            "run(): function"
        ]
    );
    assert_eq!(
        fields("class X extends Error { code: number = 1 }"),
        ["name: string", "message: string", "stack?: string", "cause?: any | null(?)", "code: number"]
    );
}

#[test]
fn names_come_from_other_files() {
    let files = [
        ("web/tsconfig.json", "{ \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"] } } }"),
        ("web/src/a.ts", "export interface A { a: B.Inner } export namespace B { export interface Inner { x: 1 } }"),
        ("web/src/index.ts", "export * from './a'; export { default as D, type A as Renamed } from './d'; export * as all from './a'"),
        ("web/src/d.ts", "export * from './index'; export default interface Deep { deep: true } export type A = 'other'"),
        ("web/src/globals.d.ts", "interface Everywhere { e: string } declare namespace App { interface User { u: number } }"),
        ("web/src/C.vue", "<template><p/></template>\n<script setup lang=\"ts\">\nexport interface Props { p: string }\n</script>\n"),
        ("web/src/x.ts", "import { A, D, Renamed, all } from '@/index'; import type { Props } from './C.vue';
            export interface X { a: A; d: D; r: Renamed; n: all.A; i: import('./a').B.Inner; e: Everywhere; u: App.User;
              p: Props; none: Missing; star: all.Nothing }"),
    ];
    assert_eq!(
        fields_in(&files),
        [
            "a: ref<A>",
            "d: ref<Deep>",
            "r: literal(other)",
            "n: ref<A>",
            "i: ref<Inner>",
            "e: ref<Everywhere>",
            "u: ref<User>",
            "p: ref<Props>",
            "none: unknown | null(?)",
            "star: unknown | null(?)"
        ]
    );
}

#[test]
fn local_types_shadow_and_are_entities() {
    let project = Repository::new(&[(
        "a.tsx",
        "interface Row { outer: 1 } export function Table() { interface Row { inner: 2 } interface X { row: Row; } return null }",
    )])
    .project();
    let local = find(&project, "X");
    assert_eq!(&*local.qualname, "a.tsx#Table.X");
    assert_eq!(local.fields.iter().map(shown).collect::<Vec<_>>(), ["row: ref<Row>"]);
    let alignment_model::shape::Shape::Ref(row) = &local.fields[0].ty.shape else { panic!("no reference") };
    assert_eq!(row.target.as_ref().map(|key| &*key.path), Some("Table.Row"));
}

#[test]
fn schemas_of_generated_documents_are_entities() {
    let text = "/** This file was auto-generated by openapi-typescript. */\nexport interface components { schemas: {
        X: { id: string; other?: components['schemas']['Other'] | null; all: components['schemas']['Other'][] };
        Other: { n: number }; State: 'on' | 'off' }; }\nexport type Alias = components['schemas']['X'];";
    let project = Repository::new(&[("schema.d.ts", text)]).project();
    let x = find(&project, "X");
    assert_eq!((x.kind, &*x.qualname), (EntityKind::SchemaMember, "schema.d.ts#components.schemas.X"));
    let shown: Vec<_> = x.fields.iter().map(shown).collect();
    assert_eq!(shown, ["id: string", "other?: object | null", "all: array<ref<Other>>"]);
    let Detail::Values(state) = &find(&project, "State").detail else { panic!("no values") };
    assert!(state.client.generated);
    assert_eq!(find(&project, "Alias").fields.len(), 3);
}

#[test]
fn zod_schemas_give_their_output() {
    let head = "import { z } from 'zod'; enum E { A = 'a' } const Base = z.object({ id: z.number(), tag: z.string().optional() });";
    let cases: [(&str, &[&str]); 12] = [
        (
            "z.object({ a: z.string().email().nullable(), b: z.string().nullish(), c: z.number().default(1) })",
            &["a: string | null", "b?: string | null", "c: number"],
        ),
        ("Base.extend({ tag: z.boolean() })", &["id: number", "tag: bool"]),
        ("Base.merge(z.object({ x: z.date() })).omit({ id: true })", &["tag?: string", "x: datetime"]),
        ("Base.pick({ tag: true }).required()", &["tag: string"]),
        ("Base.partial({ id: true })", &["id?: number", "tag?: string"]),
        ("z.object({ ...Base.shape, id: Base.shape.tag })", &["id?: string", "tag?: string"]),
        (
            "z.object({ e: z.nativeEnum(E), f: z.enum(['p', 'q']), g: z.literal('r'), h: z.union([z.literal(1), z.null()]) })",
            &["e: enum<E>(a)", "f: literal(p,q)", "g: literal(r)", "h: literal(1) | null"],
        ),
        (
            "z.object({ l: z.array(Base), m: z.record(z.string(), z.number()), n: z.coerce.number(), o: z.iso.datetime() })",
            &["l: array<object>", "m: map<string,number>", "n: number", "o: string"],
        ),
        (
            "z.object({ t: z.string().transform((s) => s.length), u: z.string().transform((s): number => 1) })",
            &["t: unknown | null(?)", "u: number"],
        ),
        (
            "Base.transform((base) => ({ ...base, extra: String(base.id) }))",
            &["id: number", "tag?: string", "extra: string"],
        ),
        (
            "z.object({ z: z.lazy(() => Base), any: z.unknown() }).strict()",
            &["z: object", "any: any | null(?)"],
        ),
        (
            "z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })])",
            &[],
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(fields(&format!("{head} export const X = {written};")), expected, "{written}");
    }
    assert_eq!(fields(&format!("{head} type X = z.infer<typeof Base>")), ["id: number", "tag?: string"]);
    assert_eq!(
        fields(
            "import { z } from 'zod'; const S = z.object({ a: z.string().default('') }); type X = z.input<typeof S>"
        ),
        ["a?: string"]
    );
}

#[test]
fn a_zod_3_property_of_any_type_may_be_absent() {
    let text = "import { z } from 'zod'; export const X = z.object({ a: z.any() });";
    let manifest = |version: &str| format!("{{ \"dependencies\": {{ \"zod\": \"{version}\" }} }}");
    for (version, expected) in [("^3.22.0", "a?: any | null(?)"), ("^4.1.0", "a: any | null(?)")] {
        assert_eq!(fields_in(&[("package.json", &manifest(version)), ("a.ts", text)]), [expected]);
    }
}

#[test]
fn what_contains_itself_ends() {
    let cases: [(&str, &[&str]); 8] = [
        (
            "interface X { children: X[]; parent?: X | null }",
            &["children: array<ref<X>>", "parent?: ref<X> | null"],
        ),
        (
            "type Json = string | Json[] | { [k: string]: Json }; interface X { j: Json }",
            &["j: union<string|array<ref<Json>>|map<string,ref<Json>>>"],
        ),
        ("interface X extends X { a: 1 }", &["a: literal(1)"]),
        ("type A = B; type B = A; interface X { a: A }", &["a: unknown | null(?)"]),
        ("type Grow<T> = { v: Grow<T[]> }; interface X { g: Grow<string> }", &["g: ref<Grow>"]),
        ("type Deep<T> = Deep<T[]>; interface X { d: Deep<string> }", &["d: unknown | null(?)"]),
        ("const a = b; const b = a; interface X { c: typeof a }", &["c: unknown | null(?)"]),
        ("type X = { [K in keyof X]: 1 }", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(fields(text), expected, "{text}");
    }
    let ring = [
        ("a.ts", "export * from './b'; export interface X { y: Y } import { Y } from './b'"),
        ("b.ts", "export * from './a'; export { Y } from './a'"),
    ];
    assert_eq!(fields_in(&ring), ["y: unknown | null(?)"]);
}

#[test]
fn size_is_no_trouble() {
    let union: Vec<String> = (0..5_000).map(|n| format!("'v{n}'")).collect();
    let members: String = (0..3_000).map(|n| format!("m{n}?: components['schemas']['S{n}'];")).collect();
    let schemas: String = (0..3_000)
        .map(|n| format!("S{n}: {{ a: string; next: components['schemas']['S{}'] }};", n + 1))
        .collect();
    let text = format!(
        "export interface components {{ schemas: {{ {schemas} }} }} type U = {}; export interface X {{ u: U; both: U & string; {members} }}",
        union.join(" | ")
    );
    let project = Repository::new(&[("a.ts", &text)]).project();
    let x = find(&project, "X");
    assert_eq!(x.fields.len(), 3_002);
    let values = x.fields.iter().take(2).map(|field| field.ty.shape.values().map(<[_]>::len));
    assert_eq!(values.collect::<Vec<_>>(), [Some(5_000), Some(5_000)]);
    let wide = format!(
        "type T = {}; export interface X {{ t: T }}",
        "{ a: ".repeat(2_000) + "1" + &" }".repeat(2_000)
    );
    assert_eq!(fields(&wide).len(), 1);
}
