//! Small clients, and which of their calls nothing uses.

use crate::testing::Repository;

/// The functions whose calls nothing uses.
fn unused(manifest: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut all = vec![("web/package.json", manifest)];
    all.extend_from_slice(files);
    let project = Repository::new(&all).project();
    let unused = project.calls.iter().filter(|call| call.is_unused);
    unused.map(|call| call.caller.to_string()).collect()
}

const HOOKS: &str = "/** Like useSeen, and useLost. */
export const useSeen = () => fetch('/seen');

export function useLost() {
  return fetch('/lost');
}

// useChain calls it.
async function load() {
  return fetch('/chain');
}

export const useChain = () => load();
";

#[test]
fn a_function_that_nothing_names_is_unused() {
    let files = [
        ("web/src/main.tsx", "import { useSeen, useChain } from './hooks';\nuseSeen();\nuseChain();\n"),
        ("web/src/hooks/index.ts", "export * from './hooks';\nexport { useLost } from './hooks';\n"),
        ("web/src/hooks/hooks.ts", HOOKS),
    ];
    assert_eq!(unused("{}", &files), ["useLost"]);
}

#[test]
fn a_chain_that_nothing_begins_is_unused() {
    let files = [
        ("web/src/main.tsx", "import { useSeen } from './hooks/hooks';\nuseSeen();\n"),
        ("web/src/hooks/hooks.ts", HOOKS),
    ];
    assert_eq!(unused("{}", &files), ["useLost", "load"]);
}

#[test]
fn a_file_that_nothing_imports_is_unused() {
    let pages = [
        ("web/src/app/users/page.tsx", "import { Users } from '@/Users';\nexport default Users;\n"),
        ("web/tsconfig.json", r#"{"compilerOptions": {"paths": {"@/*": ["./src/components/*"]}}}"#),
        ("web/src/components/Users.tsx", "export function Users() {\n  fetch('/users');\n}\n"),
        ("web/src/components/Old.tsx", "export default function Old() {\n  fetch('/old');\n}\n"),
    ];
    assert_eq!(unused(r#"{"dependencies": {"next": "15"}}"#, &pages), ["Old"]);
    // Without the framework no file is an entry, and nothing is said.
    assert_eq!(unused("{}", &pages), Vec::<String>::new());
}

#[test]
fn members_are_used_where_their_names_are_said() {
    let files = [
        (
            "web/src/main.ts",
            "import { api } from './lib/api';\nimport Default from './lib/default';\napi.list();\nDefault();\n",
        ),
        (
            "web/src/lib/api.ts",
            "export const api = {\n  list: () => fetch('/list'),\n  remove: () => fetch('/drop'),\n};\n",
        ),
        ("web/src/lib/default.ts", "const run = () => fetch('/run');\nexport default run;\n"),
    ];
    assert_eq!(unused("{}", &files), ["api.remove"]);
}

#[test]
fn what_is_not_understood_is_used() {
    let orphan = ("web/src/lib/orphan.ts", "export const orphan = () => fetch('/orphan');\n");
    let main = |text| [("web/src/main.ts", text), orphan];
    assert_eq!(unused("{}", &main("import './app/App';\n")), Vec::<String>::new());
    assert_eq!(unused("{}", &main("const all = import.meta.glob('./lib/*.ts');\n")), Vec::<String>::new());
    assert_eq!(unused(r#"{"devDependencies": {"nuxt": "3"}}"#, &main("run();\n")), Vec::<String>::new());
    let template = "const text = `\nexport const fake = 1;\n`;\nexport const f = () => orphan();\nf();\n";
    assert_eq!(unused("{}", &[("web/src/main.ts", template), orphan]), ["orphan"]);
}

#[test]
fn endpoints_are_used_by_their_hooks() {
    let api = "import { createApi, fetchBaseQuery } from '@reduxjs/toolkit/query/react';
export const userApi = createApi({
  baseQuery: fetchBaseQuery({ baseUrl: '/api' }),
  endpoints: (builder) => ({
    getUsers: builder.query<User[], void>({ query: () => '/users' }),
    getTeams: builder.query<Team[], void>({ query: () => '/teams' }),
    dropUser: builder.mutation<void, string>({
      query: (id) => ({ url: `/users/${id}`, method: 'DELETE' }),
    }),
  }),
});
export const {
  useGetUsersQuery,
  useGetTeamsQuery,
  useDropUserMutation,
} = userApi;
";
    let main = "import { userApi, useGetUsersQuery, useDropUserMutation } from './lib/users';\nstart(userApi, useGetUsersQuery, useDropUserMutation);\n";
    let files = [("web/src/main.ts", main), ("web/src/lib/users.ts", api)];
    let mut all = vec![("web/package.json", "{}")];
    all.extend_from_slice(&files);
    let project = Repository::new(&all).project();
    let unused = project.calls.iter().filter(|call| call.is_unused);
    let paths: Vec<&str> = unused.filter_map(|call| call.path.is().map(|path| &**path)).collect();
    assert_eq!(paths, ["/teams"]);
}
