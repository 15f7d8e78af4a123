//! Clients in the shape of the templates of OpenAPI Generator.

use super::{TYPES, calls, project};

const BASE: &str = "
    import globalAxios from 'axios'; import type { AxiosInstance, RawAxiosRequestConfig } from 'axios'
    export const BASE_PATH = \"http://localhost:8000/document\".replace(/\\/+$/, \"\");
    export interface RequestArgs { url: string; options: RawAxiosRequestConfig }
    export class BaseAPI {
      constructor(configuration?: Configuration, protected basePath: string = BASE_PATH, protected axios: AxiosInstance = globalAxios) {} };
    export const toPathString = function (url: URL) { return url.pathname + url.search + url.hash }
    export const createRequestFunction = function (axiosArgs: RequestArgs, globalAxios: AxiosInstance, BASE_PATH: string, configuration?: Configuration) {
      return <T = unknown, R = AxiosResponse<T>>(axios: AxiosInstance = globalAxios, basePath: string = BASE_PATH) => {
        const axiosRequestArgs = { ...axiosArgs.options, url: (axios.defaults.baseURL ? '' : configuration?.basePath ?? basePath) + axiosArgs.url };
        return axios.request<T, R>(axiosRequestArgs); } }";

/// The part of the axios template that says which request an operation is.
fn creator(name: &str, parameters: &str, path: &str, method: &str, data: &str) -> String {
    format!(
        "{name}: async ({parameters} options: RawAxiosRequestConfig = {{}}): Promise<RequestArgs> => {{
          const localVarPath = {path};
          const localVarUrlObj = new URL(localVarPath, DUMMY_BASE_URL);
          const localVarRequestOptions = {{ method: '{method}', ...baseOptions, ...options }};
          const localVarHeaderParameter = {{}} as any;
          {data}
          return {{ url: toPathString(localVarUrlObj), options: localVarRequestOptions }}; }},"
    )
}

fn by_axios(send: &str, more: &[(&str, &str)]) -> Vec<String> {
    let data =
        "localVarRequestOptions.data = serializeDataIfNeeded(draft, localVarRequestOptions, configuration)";
    let form = "localVarRequestOptions.data = localVarFormParams;";
    let one = "`/users/{user_id}/posts/{post_id}`.replace(`{${\"user_id\"}}`, encodeURIComponent(String(userId))).replace(`{${\"post_id\"}}`, encodeURIComponent(String(postId)))";
    let creators = [
        creator("addUser", "draft: Draft,", "`/users`", "POST", data),
        creator("getPost", "userId: string, postId: string,", one, "GET", ""),
        creator("upload", "file: File,", "`/files`", "PUT", form),
    ];
    let users = format!(
        "import globalAxios from 'axios'; import type {{ AxiosPromise, AxiosInstance }} from 'axios'; import {{ User, Draft }} from './types'
         import {{ toPathString, createRequestFunction, BASE_PATH, BaseAPI, type RequestArgs }} from './base'
         export const UsersApiAxiosParamCreator = function (configuration?: Configuration) {{ return {{ {} }} }};
         export const UsersApiFp = function(configuration?: Configuration) {{
           const localVarAxiosParamCreator = UsersApiAxiosParamCreator(configuration)
           return {{
             async addUser(draft: Draft, options?: RawAxiosRequestConfig): Promise<(axios?: AxiosInstance, basePath?: string) => AxiosPromise<User>> {{
               const localVarAxiosArgs = await localVarAxiosParamCreator.addUser(draft, options); {send} }},
             async getPost(userId: string, postId: string, options?: RawAxiosRequestConfig): Promise<(axios?: AxiosInstance, basePath?: string) => AxiosPromise<Array<Draft>>> {{
               const localVarAxiosArgs = await localVarAxiosParamCreator.getPost(userId, postId, options); {send} }},
             async upload(file: File, options?: RawAxiosRequestConfig): Promise<(axios?: AxiosInstance, basePath?: string) => AxiosPromise<void>> {{
               const localVarAxiosArgs = await localVarAxiosParamCreator.upload(file, options); {send} }} }} }};
         export class UsersApi extends BaseAPI {{
           public addUser(requestParameters: UsersApiAddUserRequest, options?: RawAxiosRequestConfig) {{
             return UsersApiFp(this.configuration).addUser(requestParameters.draft, options).then((request) => request(this.axios, this.basePath)); }} }}",
        creators.join("\n")
    );
    let files = [("src/api/base.ts", BASE), ("src/api/types.ts", TYPES), ("src/api/users.ts", &users)];
    calls(&[&files, more].concat())
}

#[test]
fn the_axios_template() {
    let send = "const index = configuration?.serverIndex ?? 0;
        return (axios, basePath) => createRequestFunction(localVarAxiosArgs, globalAxios, BASE_PATH, configuration)(axios, basePath);";
    let said = |base: &str| {
        [
            format!("POST {base}|/users -> ref<User> <- ref<Draft>"),
            format!("GET {base}|/users/{{}}/posts/{{}} -> array<ref<Draft>>"),
            format!("PUT {base}|/files -> undefined"),
        ]
    };
    assert_eq!(by_axios(send, &[]), said("/document"));
    // What an object is made with stands for what the document says.
    let made = (
        "src/api.ts",
        "import { UsersApi } from './api/users'\nexport const api = new UsersApi(undefined, '/api/v1', http)",
    );
    assert_eq!(by_axios(send, &[made]), said("/api/v1"));
    let configured = (
        "src/api.ts",
        "import { UsersApi } from './api/users'; import { Configuration } from './api/configuration'\nexport const api = new UsersApi(new Configuration({ basePath: 'http://localhost/api' }))",
    );
    let configuration = (
        "src/api/configuration.ts",
        "export class Configuration { constructor(param: Parameters = {}) { this.basePath = param.basePath } }",
    );
    assert_eq!(by_axios(send, &[configured, configuration]), said("/api"));
}

#[test]
fn the_axios_template_of_older_versions() {
    let send = "return (axios: AxiosInstance = globalAxios, basePath: string = BASE_PATH) => {
          const axiosRequestArgs = {...localVarAxiosArgs.options, url: (configuration?.basePath || basePath) + localVarAxiosArgs.url};
          return axios.request(axiosRequestArgs); };";
    let expected = [
        "POST /users -> ref<User> <- ref<Draft>",
        "GET /users/{}/posts/{} -> array<ref<Draft>>",
        "PUT /files -> undefined",
    ];
    assert_eq!(by_axios(send, &[]), expected);
}

const RUNTIME: &str = "
    export class BaseAPI {
      constructor(protected configuration = new Configuration()) {}
      protected async request(context: RequestOpts, initOverrides?: RequestInit): Promise<Response> {
        const { url, init } = await this.createFetchParams(context, initOverrides);
        return await this.fetchApi(url, init); } }
    export class JSONApiResponse<T> { constructor(public raw: Response, private transformer = (jsonValue: any) => jsonValue) {} }";

const MODELS: &str = "
    export interface User { id: string; createdAt?: Date }
    export interface Draft { fullName: string; other: string }
    export function UserFromJSON(json: any): User { return UserFromJSONTyped(json, false); }
    export function UserFromJSONTyped(json: any, ignoreDiscriminator: boolean): User {
      if (json == null) { return json; }
      return { 'id': json['id'], 'createdAt': json['created_at'] == null ? undefined : (new Date(json['created_at'])) }; }
    export function DraftFromJSONTyped(json: any, ignoreDiscriminator: boolean): Draft {
      return { 'fullName': json['full_name'], 'other': json['one'] + json['two'] }; }
    export function DraftToJSON(value?: Draft | null): any { return { 'full_name': value['fullName'] }; }";

#[test]
fn the_fetch_template() {
    let users = "import * as runtime from '../runtime'; import { User, Draft, UserFromJSON, DraftToJSON } from './models'
        export interface UpdateUserRequest { userId: string; draft: Draft }
        export class UsersApi extends runtime.BaseAPI {
          async updateUserRaw(requestParameters: UpdateUserRequest, initOverrides?: RequestInit): Promise<runtime.ApiResponse<User>> {
            const queryParameters: any = {};
            const response = await this.request({
              path: `/users/{user_id}`.replace(`{${\"user_id\"}}`, encodeURIComponent(String(requestParameters['userId']))),
              method: 'PUT', headers: headerParameters, query: queryParameters, body: DraftToJSON(requestParameters['draft']) }, initOverrides);
            return new runtime.JSONApiResponse(response, (jsonValue) => UserFromJSON(jsonValue)); }
          async updateUser(requestParameters: UpdateUserRequest): Promise<User> {
            const response = await this.updateUserRaw(requestParameters); return await response.value(); }
          async listUsersRequestOpts(requestParameters: ListRequest): Promise<runtime.RequestOpts> {
            let urlPath = `/teams/{team_id}/users`;
            urlPath = urlPath.replace('{team_id}', encodeURIComponent(String(requestParameters['teamId'])));
            return { path: urlPath, method: 'GET', headers: headerParameters, query: queryParameters }; }
          async listUsersRaw(requestParameters: ListRequest): Promise<runtime.ApiResponse<Array<User>>> {
            const requestOptions = await this.listUsersRequestOpts(requestParameters);
            const response = await this.request(requestOptions);
            return new runtime.JSONApiResponse(response, (jsonValue) => jsonValue.map(UserFromJSON)); } }";
    let files = [("src/runtime.ts", RUNTIME), ("src/apis/models.ts", MODELS), ("src/apis/users.ts", users)];
    assert_eq!(
        calls(&files),
        ["PUT /users/{} -> ref<User> <- ref<Draft>", "GET /teams/{}/users -> array<ref<User>>"]
    );
    // A class of that name which is no part of the client's runtime is read like any other.
    let own = users.replace("runtime.BaseAPI", "BaseAPI").replace("* as runtime", "{ BaseAPI }");
    assert_eq!(calls(&[files[0], files[1], ("src/apis/users.ts", &own)]), Vec::<String>::new());
}

#[test]
fn converters_say_the_names_on_the_wire() {
    let (_, project) = project(&[("src/models.ts", MODELS)]);
    let names = |entity: &str| -> Vec<String> {
        let of = project.entities.iter().filter(|one| &*one.name == entity);
        of.flat_map(|one| &one.fields)
            .filter_map(|field| field.wire_name.is().map(ToString::to_string))
            .collect()
    };
    assert_eq!(names("User"), ["id", "created_at"]);
    // What is made of two keys keeps its own name.
    assert_eq!(names("Draft"), ["full_name", "other"]);
    assert!(project.moments.revived);
}
