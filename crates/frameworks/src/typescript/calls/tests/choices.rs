//! What is chosen by one condition goes together.

use super::check;

#[test]
fn a_method_and_a_path_are_chosen_together() {
    check(&[
        (
            "async function save(id?: string) { const url = id ? `/u/${id}` : '/u'; const method = id ? 'PUT' : 'POST'; await fetch(url, { method }) }",
            &["POST /u", "PUT /u/{}"],
        ),
        (
            "async function save(id?: string) { const [method, url] = id ? ['PUT', `/u/${id}`] : ['POST', '/u']; await fetch(url, { method }) }",
            &["POST /u", "PUT /u/{}"],
        ),
        (
            "function save(id?: string) { const isNew = !id; return fetch(isNew ? '/u' : `/u/${id}`, id === undefined ? { method: 'POST' } : { method: 'PUT' }) }",
            &["POST /u", "PUT /u/{}"],
        ),
        (
            "async function save(id?: string) { let url = '/u'; let method = 'POST'; if (id) { url = `/u/${id}`; method = 'PUT' } await fetch(url, { method }) }",
            &["POST /u", "PUT /u/{}"],
        ),
        (
            "async function save(kind: string) { let url: string; let method: string; if (kind === 'a') { url = '/a'; method = 'PUT' } else if (kind === 'b') { url = '/b'; method = 'POST' } else { url = '/c'; method = 'PATCH' } await fetch(url, { method }) }",
            &["PUT /a", "POST /b", "PATCH /c"],
        ),
        (
            "async function save(kind: string) { let url = '/u'; let method = 'GET'; switch (kind) { case 'a': url = '/a'; method = 'PUT'; break; case 'b': url += '/b'; method = 'POST'; break } await fetch(url, { method }) }",
            &["PUT /a", "GET /u", "POST /u/b"],
        ),
        // Two that may have nothing to do with each other.
        (
            "const f = (a: boolean, b: boolean) => fetch(a ? '/a' : '/b', { method: b ? 'PUT' : 'POST' })",
            &["PUT /a", "POST /a", "PUT /b", "POST /b"],
        ),
        // No request where there is no URL.
        (
            "import useSWR from 'swr'; const get = (url: string) => fetch(url).then(r => r.json()); function useIt(off: boolean, id?: number) { const url = off ? null : id !== undefined ? `/u/${id}` : '/u'; return useSWR<User>(url, get) }",
            &["GET /u -> ref<User>", "GET /u/{} -> ref<User>"],
        ),
        // A condition that is changed on the way is none.
        (
            "function f(x: boolean) { let a = x; const url = a ? '/a' : '/b'; a = !a; return fetch(url, { method: a ? 'PUT' : 'POST' }) }",
            &["? /a", "? /b"],
        ),
    ]);
}

#[test]
fn a_call_in_a_branch_has_what_the_branch_chooses() {
    check(&[
        (
            "import axios from 'axios'; async function save(id?: string) { const url = id ? `/u/${id}` : '/u'; if (id) { await axios.put(url) } else { await axios.post(url) } }",
            &["PUT /u/{}", "POST /u"],
        ),
        (
            "import axios from 'axios'; const save = (id?: string) => { const url = id ? `/u/${id}` : '/u'; if (!id) { return axios.post(url) } return axios.put(url) }",
            &["POST /u", "PUT /u/{}"],
        ),
        (
            "import axios from 'axios'; const save = (id?: string) => { const url = id ? `/u/${id}` : '/u'; return id ? axios.put(url) : axios.post(url) }",
            &["PUT /u/{}", "POST /u"],
        ),
        // What a wrapper is called with decides which of its calls is made.
        (
            "import axios from 'axios'; function send(method: string, path: string) { if (method === 'POST') { return axios.post(path) } return axios.get(path) }\nsend('POST', '/a'); send('GET', '/b')",
            &["POST /a", "GET /b"],
        ),
    ]);
}

#[test]
fn the_body_is_that_of_the_same_outcome() {
    check(&[(
        "async function save(draft: Draft, user: User | undefined) { const url = user ? `/u/${user.id}` : '/u'; await fetch(url, { method: user ? 'PUT' : 'POST', body: user ? JSON.stringify(user as User) : JSON.stringify(draft) }) }",
        &["POST /u <- ref<Draft>", "PUT /u/{} <- ref<User>"],
    )]);
}

#[test]
fn many_conditions_end() {
    let chain: String =
        (0..200).map(|n| format!("if (a.k{n}) {{ url = '/u/{n}'; method = 'PUT' }} ")).collect();
    let text = format!(
        "function f(a: any) {{ let url = '/u'; let method = 'POST'; {chain} return fetch(url, {{ method }}) }}"
    );
    check(&[(&text, &["? ?"])]);
}
