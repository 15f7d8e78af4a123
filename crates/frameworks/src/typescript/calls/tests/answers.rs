//! Who says what comes back, where the call itself does not.

use super::{TYPES, calls, check};

#[test]
fn variables_that_receive_an_answer_say_its_type() {
    check(&[
        (
            "async function f() { let users: User[] = []; users = await (await fetch('/u')).json(); return users.length }",
            &["GET /u -> array<ref<User>>"],
        ),
        (
            "import axios from 'axios'; async function f() { let users: User[] = []; users = (await axios.get('/u')).data }",
            &["GET /u -> array<ref<User>>"],
        ),
        (
            "import { useState } from 'react'; function C() { const [users, setUsers] = useState<User[]>([]); const load = async () => { const r = await fetch('/u'); setUsers(await r.json()) }; load() }",
            &["GET /u -> array<ref<User>>"],
        ),
        (
            "import { useState } from 'react'; function C() { const [users, setUsers] = useState<User[]>([]); fetch('/u').then((r) => r.json()).then(setUsers) }",
            &["GET /u -> array<ref<User>>"],
        ),
        // A part of it is no whole, and what is made of it did not travel.
        (
            "import { useState } from 'react'; function C() { const [users, setUsers] = useState<User[]>([]); const load = async () => { const page = await (await fetch('/u')).json(); setUsers(page.items); setUsers(page.map(toUser)) } }",
            &["GET /u"],
        ),
        (
            "import { ref } from 'vue'; const users = ref<User[]>([]); async function load() { users.value = await (await fetch('/u')).json() }",
            &["GET /u -> array<ref<User>>"],
        ),
    ]);
}

#[test]
fn callers_say_what_a_function_passes_on() {
    check(&[
        (
            "const load = (id: string): Promise<Response> => fetch(`/u/${id}`)\nasync function show() { const r = await load('1'); if (!r.ok) return; const user = (await r.json()) as User; return user.name }",
            &["GET /u/{} -> ref<User>"],
        ),
        (
            "async function load() { const r = await fetch('/u'); return r.json() }\nasync function show() { const users: User[] = await load(); return users }",
            &["GET /u -> array<ref<User>>"],
        ),
        // What the function itself says counts.
        (
            "async function load(): Promise<User> { const r = await fetch('/u'); return r.json() }\nasync function show() { const users: Draft = await load(); return users }",
            &["GET /u -> ref<User>"],
        ),
    ]);
}

#[test]
fn what_a_data_hook_gives_has_the_whole_body_in_its_data() {
    let hook = "import useSWR, { SWRResponse } from 'swr'; const get = (u: string) => axios.get(u).then((r) => r.data)\nimport axios from 'axios'\n";
    let typed = format!("{hook}export function useAll(): SWRResponse<User[]> {{ return useSWR('/u', get) }}");
    let called = format!(
        "{hook}export function useAll() {{ return useSWR('/u', get) }}\nfunction Page() {{ const all = useAll(); const users: User[] = all.data; return users }}"
    );
    let part = format!(
        "{hook}export function useAll() {{ return useSWR('/u', get) }}\nfunction Page() {{ const {{ data }} = useAll(); const users: User[] = data.data; return users }}"
    );
    let pages = "import useSWRInfinite from 'swr/infinite'; const get = (u: string) => fetch(u).then((r) => r.json())\nfunction Page() { const { data } = useSWRInfinite('/u', get); const pages: User[] = data; return pages }";
    check(&[
        (&typed, &["GET /u -> array<ref<User>>"]),
        (&called, &["GET /u -> array<ref<User>>"]),
        // Under a key of the body.
        (&part, &["GET /u"]),
        // A list of bodies.
        (pages, &["GET /u"]),
    ]);
}

#[test]
fn callers_in_other_files_are_asked() {
    let files = [
        ("src/types.ts", TYPES),
        ("src/load.ts", "export const load = () => fetch('/u')"),
        (
            "src/show.ts",
            "import { User } from './types'; import { load as get } from './load'; import { load } from './load'\nexport const show = async () => { const users: User[] = await (await load()).json() }",
        ),
    ];
    assert_eq!(calls(&files), ["GET /u -> array<ref<User>>"]);
}
