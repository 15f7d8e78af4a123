//! Clients that are reached through members, interfaces, classes above and functions that choose.

use super::{calls, check};

const AXIOS: &str = "import axios, { type AxiosInstance, type AxiosResponse } from 'axios'\n";

#[track_caller]
fn check_axios(table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        check(&[(&format!("{AXIOS}{text}"), expected)]);
    }
}

/// An interface of requests, and what makes it of a client.
const REQUESTS: &str = "
    export interface Answer<T> { response: AxiosResponse<T> | null; data: T | null }
    export interface Requests { get<T>(url: string): Promise<Answer<T>>; post<T>(url: string, body: unknown): Promise<Answer<T>> }
    const safely = { async call<T, B>(send: (url: string, body: B) => Promise<AxiosResponse<T>>, url: string, body: B): Promise<Answer<T>> {
      const response = await send(url, body).catch(() => null); return { response, data: response?.data ?? null } } }
    function requestsOf(http: AxiosInstance): Requests { return {
      async get<T>(url: string): Promise<Answer<T>> { const response = await http.get<T>(url); return { response, data: response.data } },
      async post<T, B>(url: string, body: B) { return await safely.call<T, B>(http.post, url, body) } } }
";

#[test]
fn what_is_made_for_an_interface_stands_behind_it() {
    let classes = "class Users { requests: Requests; constructor(requests: Requests) { this.requests = requests }
          one(id: string) { return this.requests.get<User>(`/u/${id}`) } add(d: Draft) { return this.requests.post<User>('/u', d) } }";
    let property = "class Users { constructor(private readonly requests: Requests) {} one(id: string) { return this.requests.get<User>(`/u/${id}`) } }";
    let parameter = "const load = async (requests: Requests) => { const { data } = await requests.get<User[]>('/u'); return data }";
    let one: &[&str] = &["GET /u/{} -> ref<User>"];
    for (text, expected) in [
        (classes, &["GET /u/{} -> ref<User>", "POST /u -> ref<User> <- ref<Draft>"][..]),
        (property, one),
        (parameter, &["GET /u -> array<ref<User>>"]),
        ("const api: Requests = requestsOf(axios.create()); api.get<User>(`/u/${id}`)", one),
        ("const f = (api: Requests | null) => api?.get<User>(`/u/${id}`)", one),
    ] {
        check_axios(&[(&format!("{REQUESTS}{text}"), expected)]);
    }
}

#[test]
fn several_objects_behind_an_interface_have_to_agree() {
    let declared = "interface Api { load<T>(path: string): Promise<T> }\n";
    let used =
        "class Users { constructor(private api: Api) {} all() { return this.api.load<User[]>('/u') } }";
    let fetching = "class Fetching implements Api { async load<T>(path: string): Promise<T> { return (await fetch('/api' + path)).json() } }\n";
    for (other, expected) in [
        // The same method and path.
        (
            "class Other implements Api { async load<T>(path: string): Promise<T> { return (await axios.get<T>('/api' + path)).data } }",
            &["GET /api/u -> array<ref<User>>"][..],
        ),
        (
            "class Other implements Api { load<T>(path: string): Promise<T> { return axios.post('/api' + path) } }",
            &[],
        ),
        (
            "class Other implements Api { load<T>(path: string): Promise<T> { return axios.get('/v2' + path) } }",
            &[],
        ),
        ("const other = (): Api => ({ load: async (path) => saved[path] })", &[]),
    ] {
        check_axios(&[(&format!("{declared}{fetching}{other}\n{used}"), expected)]);
    }
}

#[test]
fn data_behind_an_interface_is_not_what_another_holds() {
    check_axios(&[(
        "interface Row { id: string; open(): void }\nconst first: Row = { id: 'one', open() {} }\n\
         const load = (row: Row) => axios.get<User>(`/u/${row.id}`)",
        &["GET /u/{} -> ref<User>"],
    )]);
}

#[test]
fn classes_below_fill_what_a_class_above_leaves_open() {
    let above = "
        abstract class Base { constructor(protected http: AxiosInstance) {} }
        abstract class Crud<C, R, W = C> extends Base { abstract path: string; abstract item(id: string): string
          async all() { return this.http.get<Page<R>>(this.path) } one(id: string) { return this.http.get<R>(this.item(id)) }
          add(c: C) { return this.http.post<R>(this.path, c) } set(id: string, w: W) { return this.http.put<R>(this.item(id), w) } }
        const routes = { users: '/users', user: (id: string) => `/users/${id}` }\n";
    check_axios(&[
        (
            &format!("{above}class Users extends Crud<Draft, User> {{ path = routes.users; item = routes.user }}"),
            &[
                "GET /users -> ref<Page>",
                "GET /users/{} -> ref<User>",
                "POST /users -> ref<User> <- ref<Draft>",
                "PUT /users/{} -> ref<User> <- ref<Draft>",
            ],
        ),
        // One for each class below; what a class does itself is not what the class above does.
        (
            "abstract class Base { protected http = axios.create() }
                 const routes = { users: '/users' }
                 abstract class Read<T> extends Base { abstract get path(): string; list() { return this.http.get<T[]>(this.path) } }
                 class Users extends Read<User> { get path() { return routes.users } }
                 class Drafts extends Read<Draft> { get path() { return '/drafts' } }
                 class Own extends Read<Draft> { get path() { return '/own' } list() { return [] } }",
            &["GET /drafts -> array<ref<Draft>>", "GET /users -> array<ref<User>>"],
        ),
        // What the class above says alone is said once.
        (
            "class Base { protected http = axios.create({ baseURL: '/api' }); me() { return this.http.get<User>('/me') } }
             class One extends Base {} class Two extends Base {}",
            &["GET /api|/me -> ref<User>"],
        ),
        // `super(...)` says what the class above is made with.
        (
            "class Base { constructor(private root: string) {} protected send<T>(path: string) { return axios.get<T>(`${this.root}${path}`) } }
             class Users extends Base { constructor(other: number) { super('/api/users') } one(id: string) { return this.send<User>(`/${id}`) } all() { return super.send<User[]>('/all') } }
             export const users = new Users(1); users.one('1')",
            &["GET /api/users/{} -> ref<User>", "GET /api/users/all -> array<ref<User>>"],
        ),
        (
            "class Crud<T> { constructor(private path: string) {} one(id: string) { return axios.get<T>(`${this.path}/${id}`) } }
             class Users extends Crud<User> { constructor() { super('/users') } }",
            &["GET /users/{} -> ref<User>"],
        ),
    ]);
}

#[test]
fn functions_may_choose_between_clients() {
    let clients = "const one = axios.create({ baseURL: '/api/v1' }); const two = axios.create({ baseURL: '/api/v2' }); const same = axios.create({ baseURL: '/api/v1' })\n";
    for (text, expected) in [
        (
            "const pick = (other: boolean) => { if (other) { return two } return one }; pick(flag).get<User>('/u')",
            "GET /u -> ref<User>",
        ),
        ("const pick = () => (flag ? same : one); pick().get<User>('/u')", "GET /api/v1|/u -> ref<User>"),
        (
            "async function pick(key: string | null, version = 'a') { const get = () => { switch (version) { case 'a': return one; case 'b': return two; default: throw new Error() } }; if (key) { await log(key) } return get() }\n\
             const f = async () => { const client = await pick(null); return client.get<User>('/u').then((r) => r.data) }",
            "GET /api/v1|/u -> ref<User>",
        ),
        (
            "let made: AxiosInstance | null = null; function pick(): AxiosInstance { if (!made) { made = axios.create({ baseURL: '/api' }) } return made }\npick().get<User>('/u')",
            "GET /api|/u -> ref<User>",
        ),
        (
            "const pick = (): Promise<AxiosInstance> => registry.get('x'); const f = async () => (await pick()).get<User>('/u')",
            "GET /u -> ref<User>",
        ),
        (
            "const make = () => axios.create({ baseURL: '/api' }); class C { constructor(private http: ReturnType<typeof make>) {} me() { return this.http.get<User>('/u') } }",
            "GET /api|/u -> ref<User>",
        ),
    ] {
        check_axios(&[(&format!("{clients}{text}"), &[expected])]);
    }
    check_axios(&[(
        "const pick = () => { if (flag) return axios.create(); return storage }; pick().get('/u')",
        &[],
    )]);
}

#[test]
fn members_hold_clients_in_many_ways() {
    check_axios(&[
        (
            "class C { private readonly client = axios.create({ baseURL: '/api' }); me() { return this.client.get<User>('/u') } }",
            &["GET /api|/u -> ref<User>"],
        ),
        (
            "class C { protected api: AxiosInstance; constructor(api: AxiosInstance) { this.api = api } me() { return this.api.get<User>('/u') } }",
            &["GET /u -> ref<User>"],
        ),
        (
            "class ApiClient { constructor(private baseUrl: string) {} async request<T>(method: string, path: string, body?: unknown): Promise<T> { const r = await fetch(`${this.baseUrl}${path}`, { method, body: JSON.stringify(body) }); return r.json() } }\n\
             export const client = new ApiClient('/api'); client.request<User>('POST', '/u', d as Draft)",
            &["POST /api/u -> ref<User> <- ref<Draft>"],
        ),
        (
            "class ApiClient { private static instance: ApiClient; private http = axios.create(); static get(): ApiClient { if (!ApiClient.instance) { ApiClient.instance = new ApiClient() } return ApiClient.instance } load<T>(path: string) { return this.http.get<T>(path) } }\n\
             ApiClient.get().load<User>('/u')",
            &["GET /u -> ref<User>"],
        ),
        (
            "const api = axios.create(); export const users = { list: () => api.get<User[]>('/u'), one: (id: string) => api.get<User>(`/u/${id}`) }",
            &["GET /u -> array<ref<User>>", "GET /u/{} -> ref<User>"],
        ),
        (
            "const useApi = () => { const request = <T,>(path: string) => axios.get<T>(path); return { request } }; function C() { const { request } = useApi(); request<User>('/u') }",
            &["GET /u -> ref<User>"],
        ),
        (
            "const services = { http: axios.create({ baseURL: '/api' }) }; class C { private s = services; me() { return this.s.http.get<User>('/u') } }",
            &["GET /api|/u -> ref<User>"],
        ),
        (
            "class Inner { constructor(private http: AxiosInstance) {} load<T>(path: string) { return this.http.get<T>(path) } } class C { constructor(private inner: Inner) {} me() { return this.inner.load<User>('/u') } }",
            &["GET /u -> ref<User>"],
        ),
    ]);
}

#[test]
fn functions_inside_make_the_request() {
    check(&[(
        "class Api { private async send(path: string, o: { params?: object; method?: string } = {}): Promise<Response> { const { params, ...rest } = o; let url = `/api${path}`; if (params) { url += `?${query(params)}` }\n\
           const attempt = () => fetch(url, { ...rest }); let response = await attempt(); if (response.status === 401) { response = await attempt() } return response }\n\
         private async request<T>(path: string, o: object = {}): Promise<T> { const response = await this.send(path, o); const text = await response.text(); if (!text) { return null as T } return JSON.parse(text) }\n\
         get<T>(path: string, o?: object) { return this.request<T>(path, { ...o, method: 'GET' }) } }\n\
         const api = new Api(); api.get<User>('/u')",
        &["GET /api/u -> ref<User>"],
    )]);
}

#[test]
fn the_client_of_nuxt_is_one_of_axios() {
    let text = "import type { NuxtAxiosInstance } from '@nuxtjs/axios'\nclass C { constructor(private http: NuxtAxiosInstance) {} me() { return this.http.get('/u') } }";
    assert_eq!(calls(&[("src/client.ts", text)]), ["GET /u"]);
    let text = "import { useContext } from '@nuxtjs/composition-api'\nexport const useInfo = () => { const { $axios } = useContext(); return $axios.get('/v') }";
    assert_eq!(calls(&[("src/client.ts", text)]), ["GET /v"]);
}

#[test]
fn a_fetch_that_a_class_is_given_or_takes_from_the_browser() {
    check(&[(
        "class Api { private readonly send: typeof globalThis.fetch; private readonly base: string
           constructor(key: string, options: Options) { this.base = (options.base ?? DEFAULT).replace(/\\/$/, ''); const f = options.fetch ?? globalThis.fetch; if (!f) throw new Error('none'); this.send = f }
           one(id: string) { return this.request('GET', `/users/${id}`) } add(draft: Draft) { return this.request('POST', '/users', draft) }
           private async request(method: string, path: string, body?: unknown) { return this.send(this.base + path, { method, body: JSON.stringify(body) }) } }",
        &["GET /users/{}", "POST /users <- ref<Draft>"],
    )]);
}
