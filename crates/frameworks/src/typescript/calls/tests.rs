//! Clients as people write them -> their calls.

mod answers;
mod choices;
mod generated;
mod members;
mod openapi_generator;

use std::sync::Arc;

use alignment_model::code::Bodies;
use alignment_model::entity::{Entity, EntityKind};
use alignment_model::project::{KeyConversion, Project};
use alignment_model::{FileId, SourceFile, Sources};

use crate::Input;

fn project(files: &[(&str, &str)]) -> (Sources, Project) {
    let file = |(path, text): &(&str, &str)| SourceFile { path: Arc::from(*path), text: Arc::from(*text) };
    let sources = Sources::new(files.iter().map(file).collect());
    let mut lowerer = alignment_syntax::Lowerer::new();
    let lowered = sources.iter().map(|(id, file)| lowerer.lower(id, &file.path, &file.text, Bodies::Lowered));
    let facts: Vec<_> = lowered.collect();
    let problems: Vec<_> = facts.iter().flat_map(|facts| &facts.problems).collect();
    assert!(problems.is_empty(), "{problems:?}");
    let mut project = Project::default();
    crate::typescript::collect(Input::new(&sources, &facts), &mut project);
    (sources, project)
}

/// One line a call: `METHOD base|path -> type <- request (keys)`; `?` where a method or path is not known.
fn calls(files: &[(&str, &str)]) -> Vec<String> {
    let (_, project) = project(files);
    let shown = project.calls.iter().map(|call| {
        let base = call.base.as_ref().map(|base| format!("{base}|")).unwrap_or_default();
        let method = call.method.is().map_or("?", |method| &**method);
        let path = call.path.is().map_or("?", |path| &**path);
        let mut line = format!("{method} {base}{path}");
        if let Some(response) = &call.response {
            line += &format!(" -> {}", response.shape);
        }
        if let Some(request) = &call.request {
            line += &format!(" <- {}", request.shape);
        }
        let shown = |keys: &KeyConversion, key: &str, why: &str| match keys {
            KeyConversion::None => String::new(),
            KeyConversion::By { .. } => format!(" ({why}{key}: {})", keys.apply(key).unwrap_or_default()),
            KeyConversion::Unknown => format!(" ({why}keys unknown)"),
        };
        line += &shown(&call.keys, "a_b_1", "");
        if call.request.is_some() {
            line += &shown(&call.sent_keys, "aB1", "sent ");
        }
        line
    });
    shown.collect()
}

const TYPES: &str = "
    export interface User { id: string; name: string }
    export interface Draft { name: string }
    export interface Page<T> { items: T[] }
    export const API = '/api/v1'
    export const paths = { users: { list: () => `${API}/users`, one: (id: string) => `${API}/users/${id}` } }
    export enum Route { Users = '/users' }
";

/// The calls of one module beside the types above.
#[track_caller]
fn check(table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        let text = format!("import {{ User, Draft, Page, API, paths, Route }} from './types'\n{text}");
        let found = calls(&[("src/types.ts", TYPES), ("src/client.tsx", &text)]);
        assert_eq!(found, *expected, "\n{text}");
    }
}

#[test]
fn fetch() {
    check(&[
        ("fetch('/users')", &["GET /users"]),
        ("fetch(`/users/${id}?x=${y}`, { method: 'delete' })", &["DELETE /users/{}"]),
        ("window.fetch(API + '/users/' + id + '/posts#top')", &["GET /api/v1/users/{}/posts"]),
        ("fetch(paths.users.one(id), init)", &["? /api/v1/users/{}"]),
        ("fetch(Route.Users)", &["GET /users"]),
        ("fetch('http://localhost:8000/users//')", &["GET /users/"]),
        // Another service, and a path that is not known.
        ("fetch('https://api.github.com/repos'); fetch(url())", &["GET ?", "GET ?"]),
        ("fetch(new URL('/users', base)); fetch(['a', id].join('/'))", &["GET /users", "GET /a/{}"]),
        (
            "function join(...parts: string[]) { return parts.map((part) => part.trim().replace(/^\\/+|\\/+$/g, '')).filter((part) => part).join('/') }
             fetch(join(process.env.BASE, `/users/${id}/`)); fetch(join(...rest)); fetch(['/a', id].map(odd).join('/'))
             const list = (path: string, query: string) => { const whole = path.endsWith('/') ? path : `${path}/`; return fetch(join(BASE, query ? `${whole}?${query}` : whole)) }
             list(`/users/${id}/posts`, query)",
            &["GET /users/{}", "GET ?", "GET ?", "GET /users/{}/posts"],
        ),
        (
            "function host() { if (side() === 'client') { return '/backend' } let name = `api-${branch}`; if (name.length > 63) { name = name.substring(0, 49) }
               if (name.endsWith('-')) { name = name.slice(0, -1) } return process.env.HOST!.replace('api', name) }
             fetch(`${host()}/users`)",
            &["GET /backend/users", "GET /users"],
        ),
        (
            "const PATHS = { all: '/users' } as const; const get = <T>(path: keyof typeof PATHS | string) => fetch(PATHS[path as keyof typeof PATHS] || path).then((r) => r.json() as T);
             get<User[]>('all'); get<User>(`/users/${id}`)",
            &["GET /users -> array<ref<User>>", "GET /users/{} -> ref<User>"],
        ),
        (
            "function call(id: string) { let url = process.env.URL || ''; if (url.startsWith('/')) { url = `${host}${url}` } return fetch(`${url}/users/${id}`) }",
            &["GET /users/{}"],
        ),
        (
            "function prefix(raw: string) { const trimmed = raw.replace(/^\\/+|\\/+$/g, ''); return trimmed ? `/${trimmed}` : '' } const PREFIX = prefix(process.env.PREFIX ?? '/api')
             const probe = (base: string) => fetch(`${base}${PREFIX}/users`); fetch(`/users/${id ?? 'me'}`)",
            &["GET /api/users", "GET /users", "GET /users/{}"],
        ),
        // Behind a base, a doubled slash begins no host.
        ("fetch(`${process.env.BASE}//users/${id}`); fetch('//api/users')", &["GET /users/{}", "GET /users"]),
        ("fetch('/users/:id'.replace(':id', id)); fetch('/a/{b}')", &["GET /users/{}", "GET /a/{}"]),
        (
            "async function f(x: Draft) { const r = await fetch('/users', { method: 'POST', body: JSON.stringify(x) }); return (await r.json()) as User }",
            &["POST /users -> ref<User> <- ref<Draft>"],
        ),
        (
            "async function f(): Promise<User[]> { const r = await fetch('/users'); if (!r.ok) { const e: Draft = await r.json(); throw e } return r.json() }",
            &["GET /users -> array<ref<User>>"],
        ),
        ("fetch('/u').then(r => r.json()).then((u: User) => show(u))", &["GET /u"]),
        (
            "const f = () => fetch('/u').then(r => r.json()).then((u: User) => show(u))",
            &["GET /u -> ref<User>"],
        ),
        (
            "const f = async () => { const u: User = await (await fetch('/u')).json() }",
            &["GET /u -> ref<User>"],
        ),
        (
            "async function f() { const r = await fetch('/u'); const { items }: Page<User> = await r.json(); return items }",
            &["GET /u -> ref<Page>"],
        ),
        // What a mapping makes of it is not what travels; what it is given is.
        (
            "const toView = (u: any): Draft => ({ name: u.full_name }); const f = () => fetch('/u').then(r => r.json()).then(toView)",
            &["GET /u"],
        ),
        (
            "const f = (): Promise<Draft> => fetch('/u').then(r => r.json()).then((u: User): Draft => ({ name: u.name }))",
            &["GET /u -> ref<User>"],
        ),
        (
            "async function f(): Promise<Draft[]> { const r = await fetch('/u'); const rows = await r.json(); return rows.map((u: User): Draft => ({ name: u.name })) }",
            &["GET /u -> array<ref<User>>"],
        ),
        // What is claimed for a part is no claim for the whole.
        (
            "async function f() { const r = await fetch('/u'); return (await r.json()).items as User[] }",
            &["GET /u"],
        ),
        ("fetch('/u', { method: 'POST', body: form as FormData })", &["POST /u"]),
    ]);
}

#[test]
fn urls() {
    check(&[
        ("const q = x ? `?a=${x}` : ''; fetch(`/users${q}`)", &["GET /users"]),
        ("let u = '/users'; if (x) u += `?a=${x}`; fetch(u)", &["GET /users"]),
        (
            "fetch(x ? '/a' : '/b'); fetch(x ? `/a?b=${c}` : '/a'); fetch(x ? '/a' : null)",
            &["GET /a", "GET /b", "GET /a", "GET /a"],
        ),
        (
            "fetch(`/users${tail}`); fetch(`/sort-by-${key}`); fetch(`/v${n}/a`)",
            &["GET ?", "GET /sort-by-{}", "GET /v{}/a"],
        ),
        (
            "const BASE = process.env.URL ?? 'http://localhost/api/'; fetch(`${BASE}/users`)",
            &["GET /api|/users"],
        ),
        ("const BASE = import.meta.env.URL; fetch(`${BASE}/users`); fetch(BASE)", &["GET /users", "GET ?"]),
        ("const BASE = server ? process.env.A : ''; fetch(`${BASE}/users`)", &["GET /users"]),
        (
            "const withQuery = (p: string, q: {}) => { const s = new URLSearchParams(q).toString(); return s ? `${p}?${s}` : p }\nfetch(withQuery('/users', {}))",
            &["GET /users"],
        ),
        (
            "function to(p: string) { if (p.startsWith('/')) { return `${HOST}${p}` } return `${HOST}/${p}` }\nfetch(to('/users')); fetch(to('users'))",
            &["GET /users", "GET /users"],
        ),
        ("fetch(`${API}/users/${encodeURIComponent(id)}/${String(n)}`)", &["GET /api/v1/users/{}/{}"]),
    ]);
}

#[test]
fn axios() {
    check(&[
        (
            "import axios from 'axios'; axios.get<User>('/u'); axios({ url: '/v', method: 'PUT', data: d as Draft })",
            &["GET /u -> ref<User>", "PUT /v <- ref<Draft>"],
        ),
        (
            "import axios from 'axios'; const api = axios.create({ baseURL: '/api' }); api.post<User>('/u', d as Draft); api.delete('/u', { data: d as Draft })",
            &["POST /api|/u -> ref<User> <- ref<Draft>", "DELETE /api|/u <- ref<Draft>"],
        ),
        (
            "import axios from 'axios'; const f = async () => { const { data } = await axios.get('/u'); return data as User }",
            &["GET /u -> ref<User>"],
        ),
        (
            "import axios, { AxiosResponse } from 'axios'; const f = (): Promise<AxiosResponse<User>> => axios.get('/u')",
            &["GET /u -> ref<User>"],
        ),
        (
            "import axios from 'axios'; const make = () => { const c = axios.create({ baseURL: x ?? '/api' }); return c }\nexport const api = make(); api.get<User[]>(`/u/${id}`)",
            &["GET /api|/u/{} -> array<ref<User>>"],
        ),
        (
            "import axios, { type AxiosInstance } from 'axios'; class C { constructor(private http: AxiosInstance) {} get() { return this.http.get<User>('/u') } }",
            &["GET /u -> ref<User>"],
        ),
        // What the second type argument says the call gives.
        (
            "import axios, { AxiosResponse } from 'axios'; axios.post<Draft, AxiosResponse<User>, Draft>('/u', d); axios.post<Draft, { data: User }>('/v', d); axios.get<Draft, User>('/w')",
            &["POST /u -> ref<User>", "POST /v -> ref<User>", "GET /w"],
        ),
        ("import axios from 'axios'; const u = axios.isAxiosError(e); axios.get<any>('/u')", &["GET /u"]),
    ]);
}

#[test]
fn other_libraries() {
    check(&[
        (
            "import ky from 'ky'; const f = () => ky.post('u', { json: d as Draft }).json<User>()",
            &["POST /u -> ref<User> <- ref<Draft>"],
        ),
        (
            "import ky from 'ky'; const api = ky.create({ prefixUrl: '/api' }); const f = () => api('u').json<User>()",
            &["GET /api|/u -> ref<User>"],
        ),
        (
            "import { $fetch } from 'ofetch'; $fetch<User>('/u', { method: 'PATCH', body: d as Draft })",
            &["PATCH /u -> ref<User> <- ref<Draft>"],
        ),
        (
            "const { data } = await useFetch<User>(() => `/u/${id}`); $fetch('/v', { baseURL: '/api' })",
            &["GET /u/{} -> ref<User>", "GET /api|/v"],
        ),
        (
            "import { HttpClient } from '@angular/common/http'; import { Observable } from 'rxjs'\nclass S { constructor(private readonly http: HttpClient) {} all(): Observable<User[]> { return this.http.get('/u').pipe(retry(2)) } add(d: Draft) { return this.http.post<User>('/u', d) } }",
            &["GET /u -> array<ref<User>>", "POST /u -> ref<User> <- ref<Draft>"],
        ),
        (
            "import { inject } from '@angular/core'; import { HttpClient } from '@angular/common/http'\nclass S { private http = inject(HttpClient); all() { return this.http.get<User[]>('/u') } }",
            &["GET /u -> array<ref<User>>"],
        ),
    ]);
}

#[test]
fn wrappers_are_followed_where_they_are_called() {
    check(&[
        (
            "async function request<T>(path: string, init: RequestInit = {}): Promise<T> { const r = await fetch(`${BASE}${path}`, { ...init, headers: {} }); if (!r.ok) throw await r.json(); return r.json() }\n\
             const get = <T,>(path: string) => request<T>(path)\n\
             const post = <T,>(path: string, body?: unknown) => request<T>(path, { method: 'POST', body: body ? JSON.stringify(body) : undefined })\n\
             get<User>('/u/1'); post<User>('/u', d as Draft); request<Page<User>>('/p', { method: 'DELETE' })",
            &["GET /u/1 -> ref<User>", "POST /u -> ref<User> <- ref<Draft>", "DELETE /p -> ref<Page>"],
        ),
        (
            "class Client { constructor(private base?: string) { this.base = base || env.URL || '/api' }\n\
             private async fetch<T>(p: string, o?: RequestInit, again = false): Promise<T> { const url = `${this.base}${p}`; const r = await fetch(url, { ...o }); if (r.status === 401 && !again) { return this.fetch<T>(p, o, true) } if (r.status === 204) { return {} as T } const out = await r.json(); return out }\n\
             users() { return this.fetch<User[]>('/users') }\n\
             add(d: Draft) { return this.fetch<User>(`/users/${d.name}`, { method: 'PUT', body: JSON.stringify(d) }) } }\n\
             export const client = new Client()",
            &["GET /api|/users -> array<ref<User>>", "PUT /api|/users/{} -> ref<User> <- ref<Draft>"],
        ),
        (
            "export const api = { async request<T>(p: string, options: Options = {}): Promise<T> { const { params, ...rest } = options; const r = await retried(`/api${p}`, { ...rest, headers: {} }); let data: unknown; if (json) { data = await r.json() } else { data = await r.text() } return data as T },\n\
             get<T>(p: string, options?: Options): Promise<T> { return this.request<T>(p, { ...options, method: 'GET' }) },\n\
             post<T>(p: string, body?: unknown, options?: Options): Promise<T> { return this.request<T>(p, { ...options, method: 'POST', body: body ? JSON.stringify(body) : undefined }) } }\n\
             async function retried(url: string, options: Options = {}, n = 0): Promise<Response> { const { timeout = 1, ...rest } = options; const r = await fetch(url, { ...rest }); if (r.status >= 500 && n < 3) { return retried(url, options, n + 1) } return r }\n\
             api.get<User>('/u', { params: {} }); api.post<User>('/u', d as Draft)",
            &["GET /api/u -> ref<User>", "POST /api/u -> ref<User> <- ref<Draft>"],
        ),
        (
            "import axios from 'axios'; const api = axios.create()\n\
             export async function del<T = void>(url: string, config?: object): Promise<T> { const r = await api.delete<T>(url, config); return r.data }\n\
             const custom = <T,>(config: object): Promise<T> => api({ ...config }).then(({ data }) => data)\n\
             del('/u'); del<User>('/v'); custom<User>({ url: '/w', method: 'POST', data: d as Draft })",
            &["DELETE /u -> undefined", "DELETE /v -> ref<User>", "POST /w -> ref<User> <- ref<Draft>"],
        ),
        // A segment is no path, unless somebody passes more than a segment.
        ("const one = (id: string) => fetch(`/u/${id}`); one('1')", &["GET /u/{}"]),
        ("const any = (p: string) => fetch(`/api/${p}`); any('u/1')", &["GET /api/u/1"]),
        // Envelopes that the wrapper takes off are no claim for what travels.
        (
            "const get = async <T,>(p: string): Promise<T> => { const r = await fetch(p); const b = await r.json(); return b.data as T }\nget<User>('/u')",
            &["GET /u"],
        ),
        (
            "const useApi = () => { const call = useCallback(async <T,>(p: string): Promise<T> => (await fetch(p)).json(), []); return { call } }\nimport { useCallback } from 'react'; function C() { const { call } = useApi(); call<User>('/u') }",
            &["GET /u -> ref<User>"],
        ),
        ("function dead(p: string) { return fetch(p) }", &[]),
    ]);
}

#[test]
fn schemas_say_what_comes_back() {
    check(&[
        (
            "import { z, type ZodType } from 'zod'; const U = z.object({ id: z.string() })\n\
             function send(m: string, url: string, s: null): Promise<void>\n\
             async function send<T>(m: string, url: string, s: ZodType<T> | null, o?: { body?: unknown }): Promise<T | void> {\n\
               let r: Response; try { r = await fetch(url, { method: m }) } catch (e) { throw e }\n\
               const payload = await read(r); if (!r.ok) { const e = E.safeParse(payload); throw e } if (s === null) return undefined\n\
               const parsed = s.safeParse(payload); if (!parsed.success) { throw 1 } return parsed.data }\n\
             async function read(r: Response): Promise<unknown> { const text = await r.text(); if (!text) { return undefined } try { return JSON.parse(text) as unknown } catch { return text } }\n\
             const get = <T,>(url: string, s: ZodType<T>) => send('GET', url, s)\n\
             get('/u', U); get('/v', z.array(U))",
            &["GET /u -> ref<U>", "GET /v -> array<ref<answer>>"],
        ),
        (
            "import { z } from 'zod'; const U = z.object({}); const f = async () => U.parse(await (await fetch('/u')).json())",
            &["GET /u -> object"],
        ),
        // Made in a function, by one, or remembered by a component.
        (
            "import { z } from 'zod'; import { useMemo } from 'react'; \n\
             async function f() { const S = z.object({ f: z.string() }); return S.parse(await (await fetch('/f')).json()) }\n\
             function useG() { const S = useMemo(() => z.object({ g: z.string() }), []); return async () => S.parse(await (await fetch('/g')).json()) }\n\
             function made(strict: boolean) { const base = z.object({ h: z.string() }); return base }\n\
             const h = async () => made(true).parse(await (await fetch('/h')).json())\n\
             const page = <T extends z.ZodTypeAny>(item: T) => z.object({ items: z.array(item) })\n\
             const p = async () => page(z.string()).parse(await (await fetch('/p')).json())\n\
             function either(a: boolean) { if (a) { return z.object({ a: z.string() }) } return z.object({ b: z.string() }) }\n\
             const e = async () => either(true).parse(await (await fetch('/e')).json())",
            &["GET /f -> ref<S>", "GET /g -> ref<S>", "GET /h -> ref<h()>", "GET /p -> ref<p()>", "GET /e"],
        ),
    ]);
}

#[test]
fn query_libraries() {
    check(&[
        (
            "import useSWR from 'swr'; import { useQuery } from '@tanstack/react-query'; async function loadAll() { const res = await fetch('/u'); return res.json() }\n\
             const loadOwn = async (): Promise<User> => (await fetch('/me')).json(); useSWR<User[]>('users', loadAll); useQuery<User[]>({ queryKey: ['me'], queryFn: loadOwn })",
            &["GET /u -> array<ref<User>>", "GET /me -> ref<User>"],
        ),
        (
            "import useSWR from 'swr'; const fetcher = (url: string) => fetch(url).then(r => r.json())\n\
             useSWR<User>('/u', fetcher); useSWR<User[]>(id ? `/u/${id}/f` : null, fetcher); useSWR<User>(['/w', 1], ([url]) => fetcher(url)); useSWR('/x')",
            &["GET /u -> ref<User>", "GET /u/{}/f -> array<ref<User>>", "GET /w -> ref<User>"],
        ),
        (
            "import { useQuery, useMutation } from '@tanstack/react-query'\n\
             useQuery<User[]>({ queryKey: ['u'], queryFn: async () => (await fetch('/u')).json() })\n\
             useMutation<User, Error, Draft>({ mutationFn: (d) => fetch('/u', { method: 'POST', body: JSON.stringify(d) }).then(r => r.json()) })",
            &["GET /u -> array<ref<User>>", "POST /u -> ref<User> <- ref<Draft>"],
        ),
        (
            "import { createAsyncThunk } from '@reduxjs/toolkit'; import axios from 'axios'\n\
             createAsyncThunk<User, Draft>('u', async (d) => { const r = await axios.post('/u', d); return r.data })",
            &["POST /u -> ref<User> <- ref<Draft>"],
        ),
        (
            "import { createApi, fetchBaseQuery } from '@reduxjs/toolkit/query/react'\n\
             createApi({ baseQuery: fetchBaseQuery({ baseUrl: '/api' }), endpoints: (b) => ({\n\
               one: b.query<User, string>({ query: (id) => `/u/${id}` }),\n\
               add: b.mutation<User, { d: Draft }>({ query: ({ d }) => ({ url: paths.users.list(), method: 'POST', body: d }) }) }) })",
            &["GET /api|/u/{} -> ref<User>", "POST /api|/api/v1/users -> ref<User> <- ref<Draft>"],
        ),
        (
            "import { createApi, fetchBaseQuery } from '@reduxjs/toolkit/query/react'\n\
             const trim = (user: any): User => ({ ...user })\n\
             createApi({ baseQuery: fetchBaseQuery(), endpoints: (b) => ({\n\
               one: b.query<User, string>({ query: (id) => `/u/${id}`, transformResponse: trim }),\n\
               all: b.query<User[], void>({ query: () => '/u', transformResponse: (page: Page<User>) => page.items }),\n\
               add: b.query<User, void>({ query: () => '/v', transformResponse: helpers.trim }) }) })",
            &["GET /u/{}", "GET /u -> ref<Page>", "GET /v"],
        ),
    ]);
}

#[test]
fn keys_are_converted_by_interceptors_and_wrappers() {
    let own = |pattern: &str| {
        format!(
            "import axios from 'axios'; const camel = (s: string) => s.replace({pattern}, (_, c) => c.toUpperCase())\n\
             function keys(o: unknown): unknown {{ if (Array.isArray(o)) return o.map(keys); return Object.fromEntries(Object.entries(o).map(([k, v]) => [camel(k), keys(v)])) }}\n\
             const api = axios.create(); api.interceptors.response.use((response) => {{ response.data = keys(response.data); return response }})\n\
             api.get('/u'); axios.get('/v')"
        )
    };
    check(&[
        (&own("/_([a-z])/g"), &["GET /u (a_b_1: aB_1)", "GET /v"]),
        (&own("/_(\\w)/g"), &["GET /u (a_b_1: aB1)", "GET /v"]),
        (&own("pattern"), &["GET /u (keys unknown)", "GET /v"]),
        (
            "import axios from 'axios'; import humps from 'humps'; axios.interceptors.response.use(r => ({ ...r, data: humps.camelizeKeys(r.data) })); axios.get('/u')",
            &["GET /u (a_b_1: aB1)"],
        ),
        (
            "import applyCaseMiddleware from 'axios-case-converter'; import axios from 'axios'; const api = applyCaseMiddleware(axios.create()); api.get('/u')",
            &["GET /u (a_b_1: aB_1)"],
        ),
        (
            "import camelcaseKeys from 'camelcase-keys'; const get = async <T,>(p: string): Promise<T> => camelcaseKeys(await (await fetch(p)).json(), { deep: true }); get<User>('/u'); fetch('/v')",
            &["GET /u -> ref<User> (a_b_1: aB1)", "GET /v"],
        ),
        // Without `deep` it does not go into objects.
        (
            "import camelcaseKeys from 'camelcase-keys'; const get = async <T,>(p: string): Promise<T> => camelcaseKeys(await (await fetch(p)).json()); get<User>('/u')",
            &["GET /u -> ref<User> (keys unknown)"],
        ),
    ]);
}

/// A converter of the project around one expression that makes a key of a key.
fn converter(key: &str) -> String {
    format!(
        "import axios from 'axios'; import {{ camelCase, capitalize, mapKeys, upperFirst }} from 'lodash'; import {{ RULE }} from './rules'\n\
         const one = (s: string) => s.replace(/_([a-z])/g, (_, c) => c.toUpperCase())\n\
         function keys(o: any): any {{ if (Array.isArray(o)) return o.map(keys); const out: any = {{}}; for (const [k, v] of Object.entries(o)) {{ out[{key}] = keys(v) }} return out }}\n\
         const api = axios.create(); api.interceptors.response.use((r) => {{ r.data = keys(r.data); return r }}); api.get('/u')"
    )
}

#[test]
fn converters_of_the_project_are_folded_or_unknown() {
    let table = [
        ("one(k)", "(a_b_1: aB_1)"),
        (
            "k.replace(/([-_][a-z0-9])/gi, (g) => g.toUpperCase().replace('-', '').replace('_', ''))",
            "(a_b_1: aB1)",
        ),
        ("k.replace(/_(.)/g, (m) => m[1].toUpperCase())", "(a_b_1: aB1)"),
        (
            "k.split('_').map((w, i) => (i === 0 ? w : w.charAt(0).toUpperCase() + w.slice(1))).join('')",
            "(a_b_1: aB1)",
        ),
        ("k.split('_').map((w, i) => i ? upperFirst(w) : w).join('')", "(a_b_1: aB1)"),
        ("camelCase(k)", "(a_b_1: aB1)"),
        ("`x${camelCase(k)}`", "(a_b_1: xaB1)"),
        ("k.replace(/_([a-z])/, (_, c) => c.toUpperCase())", "(a_b_1: aB_1)"),
        // What is not folded, or may leave some keys, is not known.
        ("k === 'id' ? k : one(k)", "(keys unknown)"),
        ("KEEP.has(k) ? k : one(k)", "(keys unknown)"),
        ("`x${one(k)}`", "(keys unknown)"),
        ("one(k).replace(RULE, shift)", "(keys unknown)"),
        ("k.replace(/(?<first>_)/g, '')", "(keys unknown)"),
    ];
    for (key, expected) in table {
        assert_eq!(calls(&[("src/client.ts", &converter(key))]), [format!("GET /u {expected}")], "{key}");
    }
}

#[test]
fn a_converter_that_stays_at_the_top_is_unknown() {
    let text = converter("one(k)").replace("= keys(v)", "= v").replace("o.map(keys)", "o");
    assert_eq!(calls(&[("src/client.ts", &text)]), ["GET /u (keys unknown)"]);
}

#[test]
fn keys_of_requests_are_converted_by_functions_of_their_own() {
    const SNAKE: &str = "const snake = (s: string) => s.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)\n\
        function keys(o: any): any { return Array.isArray(o) ? o.map(keys) : Object.fromEntries(Object.entries(o).map(([k, v]) => [snake(k), keys(v)])) }\n";
    let table = [
        (
            "const api = axios.create(); api.interceptors.request.use((config) => { config.data = keys(config.data); return config })\n\
             declare const draft: Draft; api.post('/u', draft); axios.post('/v', draft)",
            vec!["POST /u <- ref<Draft> (sent aB1: a_b1)", "POST /v <- ref<Draft>"],
        ),
        (
            "declare const draft: Draft; fetch('/u', { method: 'POST', body: JSON.stringify(keys(draft)) })",
            vec!["POST /u <- ref<Draft> (sent aB1: a_b1)"],
        ),
        (
            "const send = (p: string, body: Draft) => fetch(p, { method: 'POST', body: JSON.stringify(keys(body)) }); declare const draft: Draft; send('/u', draft)",
            vec!["POST /u <- ref<Draft> (sent aB1: a_b1)"],
        ),
        (
            "const api = axios.create({ transformRequest: [(data) => keys(data)] }); declare const draft: Draft; api.post('/u', draft)",
            vec!["POST /u <- ref<Draft> (sent aB1: a_b1)"],
        ),
        (
            "declare const draft: Draft; fetch('/u', { method: 'POST', body: JSON.stringify(decamelizeKeys(draft)) })",
            vec!["POST /u <- ref<Draft> (sent aB1: a_b1)"],
        ),
    ];
    for (text, expected) in table {
        let text = format!(
            "import axios from 'axios'; import {{ decamelizeKeys }} from 'humps'; import {{ Draft }} from './types'\n{SNAKE}{text}"
        );
        assert_eq!(calls(&[("src/types.ts", TYPES), ("src/client.ts", &text)]), expected, "{text}");
    }
}

#[test]
fn callers_and_places() {
    let text = "import { get } from './http'\nclass Users { static list = () => get('/u') }\nexport const api = { one: (id) => get(`/u/${id}`) }\nfunction C() { useEffect(() => { get('/v') }) }";
    let http = "export const get = (p: string) => fetch(p)";
    let (sources, project) =
        project(&[("a/http.ts", http), ("a/users.ts", text), ("a/users.test.ts", "fetch('/no')")]);
    let found: Vec<_> =
        project.calls.iter().map(|call| (&*call.caller, sources.position(call.span).line)).collect();
    assert_eq!(found, [("Users.list", 2), ("api.one", 3), ("C", 4)]);
    assert_eq!(project.calls[0].span.file, FileId::new(2));
}

#[test]
fn circles_end() {
    check(&[
        ("const a = (p: string) => b(p); const b = (p: string) => a(p); a('/u')", &[]),
        ("const f = (p: string): any => { fetch(p); return f(p + '/x') }; f('/u')", &["GET /u"]),
        ("const a = b; const b = a; fetch(a)", &["GET ?"]),
        ("const u = () => u() + '/x'; fetch(u())", &["GET ?"]),
    ]);
}

/// `METHOD path @ origins` of each call of one module.
fn origins(text: &str) -> Vec<String> {
    let (_, project) = project(&[("src/client.ts", text)]);
    let shown = project.calls.iter().map(|call| {
        let path = call.path.is().map_or("?", |path| &**path);
        format!("{path} @ {}", call.origins.join(" | "))
    });
    shown.collect()
}

#[test]
fn what_stands_before_a_path_has_the_same_name_wherever_it_is_used() {
    for (text, expected) in [
        ("fetch('/users')", &["/users @ "][..]),
        ("fetch('http://localhost:9000/users')", &["/users @ http://localhost:9000"]),
        (
            "const API = process.env.API_URL; fetch(`${API}/a`); fetch((process.env.API_URL ?? '/x') + '/b')",
            &["/a @ process.env.API_URL", "/b @ process.env.API_URL"],
        ),
        (
            "import axios from 'axios'; const c = axios.create({ baseURL: process.env.API_URL }); c.get('/a'); axios.get('/b')",
            &["/a @ process.env.API_URL", "/b @ "],
        ),
        ("fetch(`${isServer ? process.env.API_URL : ''}/a`)", &["/a @  | process.env.API_URL"]),
        ("import { base } from 'settings'; fetch(`${base('api')}/a`)", &["/a @ settings:base(api)"]),
        ("fetch(new URL('/a', process.env.API_URL))", &["/a @ process.env.API_URL"]),
        ("function f(base: string) { fetch(`${base}/a`) }", &["/a @ "]),
    ] {
        assert_eq!(origins(text), *expected, "{text}");
    }
}

#[test]
fn types_written_in_place_are_entities_of_their_own() {
    let source = "import axios from 'axios'\n\
                  export const load = (id: string) => axios.get<{ url: string; size?: number }>(`/u/${id}`)\n\
                  export function save(name: string | null, rest: object) {\n  \
                  return axios.post<{ id: string }[]>('/u', { name, kind: 'a', ...rest })\n}\n";
    let (_, project) = project(&[("web/in_place.ts", source)]);
    let of = |entity: &Entity| {
        let fields = entity
            .fields
            .iter()
            .map(|field| format!("{}{}", field.name, if field.nullable.is_yes() { "?" } else { "" }));
        let fields = fields.collect::<Vec<_>>().join(" ");
        let more = if entity.completeness.is_complete() { "" } else { " ..." };
        format!("{}: {fields}{more}", entity.name)
    };
    let found: Vec<String> =
        project.entities.iter().filter(|entity| entity.kind == EntityKind::InPlace).map(of).collect();
    assert_eq!(found, ["load(): url size", "save(): id", "save(body): name kind ..."]);
    let calls: Vec<String> =
        project.calls.iter().filter_map(|call| Some(call.response.as_ref()?.shape.to_string())).collect();
    assert_eq!(calls, ["ref<load()>", "array<ref<save()>>"]);
}

#[test]
fn keys_that_code_reads_of_an_answer_stand_for_its_type() {
    let of = |text: &str| {
        let (_, project) = project(&[("web/a.ts", text)]);
        let read = project.calls.iter().filter_map(|call| Some(call.read.as_ref()?.shape.to_string()));
        let fields = |entity: &Entity| {
            let names = entity.fields.iter().map(|field| &*field.name).collect::<Vec<_>>().join(" ");
            format!("{}: {names}", entity.name)
        };
        let entities =
            project.entities.iter().filter(|entity| entity.kind == EntityKind::InPlace).map(fields);
        read.chain(entities).collect::<Vec<_>>()
    };
    let body = "const f = async () => { const b = await (await fetch('/u')).json();";
    for (text, expected) in [
        ("use(b.id, b['name'], b.id)", &["ref<f()>", "f(): id name"][..]),
        ("use(b.map(({ id, name: n, x = 1 }) => n + id))", &["array<ref<f()>>", "f(): id name"]),
        (
            "use(b.rows.filter((r) => r.name)[0].owner.id)",
            &["ref<f()>", "f().rows.owner: id", "f().rows: owner name", "f(): rows"],
        ),
        // Other names and values, and members that every list has.
        ("use(b.length, b.map(String), other.id, b)", &[]),
        ("use(b.id ?? b.key, b.name || '', b.a ? b.a.b : b.c, !b.d, b.e && b.f)", &[]),
        ("if ('id' in b) use(b.id); else use(b.key)", &[]),
        ("if (typeof b === 'string') return; use(b.id)", &[]),
        ("switch (b.kind) { case 'a': use(b.id); break; default: use(b.key) }", &[]),
        ("use((b as User).id)", &[]),
        ("b.id = 1; use(b.id)", &[]),
        ("const c = g(b) ?? b; use(c.id); let d = b; d = e; use(d.id)", &[]),
        // A list and an object at once.
        ("use(b.map((r) => r.id), b.rows)", &[]),
    ] {
        assert_eq!(of(&format!("{body} {text} }}")), *expected, "{text}");
    }
}
