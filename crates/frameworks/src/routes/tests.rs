//! Small applications -> their operations, each on one line.

use alignment_model::entity::{Entity, FieldKind, Presence};
use alignment_model::{Known, project::Project};

use crate::testing::Repository;

/// Every operation as `METHOD path -> response; kind name: type`, `?` behind a name that may be left out, `!` before one that
/// nobody mounts.
fn operations(project: &Project) -> Vec<String> {
    project.operations().map(|(_, entity)| line(entity)).collect()
}

fn line(entity: &Entity) -> String {
    let detail = entity.operation().expect("an operation");
    let mark = match detail.mounted {
        Known::Is(true) => "",
        Known::Is(false) => "!",
        Known::Unknown(_) => "?",
    };
    let path = detail.path.is().map_or("?", |path| path);
    let mut out = format!("{mark}{} {path}", detail.method);
    for field in &entity.fields {
        let null = if field.nullable.is_yes() && field.ty.shape.to_string() != "any" { "|null" } else { "" };
        if field.kind == FieldKind::Response {
            out.push_str(&format!(" -> {}{null}", field.ty.shape));
            continue;
        }
        let optional = if field.presence == Known::Is(Presence::Defaulted) { "?" } else { "" };
        let wire = field.wire_name.is().map_or("?", |name| name);
        let renamed =
            if wire == &*field.name || wire.is_empty() { String::new() } else { format!(" as {wire}") };
        let embedded = if field.kind == FieldKind::Body && !wire.is_empty() { "embedded " } else { "" };
        out.push_str(&format!(
            "; {embedded}{} {}{optional}{renamed}: {}{null}",
            field.kind.key(),
            field.name,
            field.ty.shape
        ));
    }
    if !entity.completeness.is_complete() {
        out.push_str("; incomplete");
    }
    out
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(operations(&Repository::new(files).project()), expected);
}

const HEAD: &str = "from typing import Annotated, Any\nfrom fastapi import (\n    APIRouter, BackgroundTasks, Body, Cookie, Depends, FastAPI, \
                    File, Form, Header, Path, Query, Request, Response, UploadFile, status,\n)\nfrom fastapi.responses import JSONResponse\n\
                    from pydantic import BaseModel\nclass Item(BaseModel):\n    id: int\nclass Page[T](BaseModel):\n    items: list[T]\n";

#[track_caller]
fn check_one(source: &str, expected: &[&str]) {
    check(&[("app.py", &format!("{HEAD}app = FastAPI()\n{source}"))], expected);
}

#[test]
fn a_router_made_with_a_name_of_its_module_is_one_object_for_all() {
    check(
        &[
            (
                "app/main.py",
                "from fastapi import FastAPI\nfrom app import users\napp = FastAPI()\nfor router in [users.router]:\n    app.include_router(router, prefix='/api')\n",
            ),
            (
                "app/users.py",
                "from fastapi import APIRouter\nPREFIX = '/users'\nrouter = APIRouter(prefix=PREFIX)\n@router.get('/{id}')\ndef get(id: int): ...\n\
                 parts = APIRouter()\nfor name in ('a', 'b'):\n    part = APIRouter(prefix=f'/{name}')\n    part.add_api_route('/x', get)\n    router.include_router(part)\n",
            ),
        ],
        &[
            "GET /api/users/a/x; query id: int",
            "GET /api/users/b/x; query id: int",
            "GET /api/users/{id}; path id: int",
        ],
    );
}

#[test]
fn a_default_of_none_admits_null_for_version_1() {
    let main = "from fastapi import FastAPI, Query\napp = FastAPI()\n@app.get('/')\ndef get(a: str = None, b: str = Query(None), c: str = ''): ...\n";
    let expect = |version: &str, operation: &str| {
        check(&[("app.py", main), ("requirements.txt", version)], &[operation])
    };
    expect("pydantic==1.10.2", "GET /; query a?: string|null; query b?: string|null; query c?: string");
    expect("pydantic==2.5.0", "GET /; query a?: string; query b?: string; query c?: string");
}

#[test]
fn routers_are_mounted_over_modules_with_their_prefixes() {
    check(
        &[
            (
                "app/main.py",
                "from fastapi import FastAPI\nfrom app.api import api\nfrom app.config import settings\nfrom app import users\n\
                 app = FastAPI()\napp.include_router(api, prefix=settings.API)\napp.include_router(users.router, prefix=f'{settings.API}/v2')\n",
            ),
            (
                "app/config.py",
                "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    API: str = '/api'\nsettings = Settings()\n",
            ),
            (
                "app/api.py",
                "from fastapi import APIRouter\nfrom . import users\napi = APIRouter()\napi.include_router(users.router, prefix='/u')\n",
            ),
            (
                "app/users.py",
                "from fastapi import APIRouter\nrouter = APIRouter(prefix='/users')\n@router.get('/{id}')\ndef get(id: int): ...\n",
            ),
            (
                "app/old.py",
                "from fastapi import APIRouter\nrouter = APIRouter(prefix='/old')\n@router.get('')\ndef get(): ...\n",
            ),
        ],
        &["!GET /old", "GET /api/u/users/{id}; path id: int", "GET /api/v2/users/{id}; path id: int"],
    );
}

#[test]
fn routers_are_followed_through_functions_loops_and_objects() {
    check_one(
        "import os\nPREFIX = os.environ.get('PREFIX', '/p')\n\
         def include(app, router, **kwargs):\n    extra = kwargs.get('prefix')\n    if extra:\n        final = f\"{PREFIX.rstrip('/')}/{extra.strip('/')}\"\n\
         \x20   else:\n        final = PREFIX\n    app.include_router(router, **{**kwargs, 'prefix': final})\n\
         def make(name: str) -> APIRouter:\n    router = APIRouter(prefix='/' + name)\n    @router.get('/made')\n    def made(): ...\n    return router\n\
         class Views:\n    def __init__(self):\n        self.router = APIRouter()\n        self.router.add_api_route('/view', self.view, methods=['PUT', 'POST'])\n\
         \x20   def view(self, q: int): ...\n\
         a, b = APIRouter(), APIRouter()\n@a.get('/a')\ndef fa(): ...\n@b.get('/b')\ndef fb(): ...\n\
         include(app, make('one'))\ninclude(app, make('two'), prefix='x/')\ninclude(app, Views().router)\n\
         for router, prefix in [(a, '/1'), (b, '/2')]:\n    app.include_router(router, prefix=prefix)\n",
        &[
            "GET /p/one/made",
            "GET /p/x/two/made",
            "POST /p/view; query q: int",
            "PUT /p/view; query q: int",
            "GET /1/a",
            "GET /2/b",
        ],
    );
}

#[test]
fn applications_come_from_factories_subclasses_and_mounts() {
    check(
        &[(
            "app.py",
            "from fastapi import APIRouter, FastAPI\n\
             class Router(APIRouter):\n    def add_api_route(self, path, endpoint, **kwargs):\n        super().add_api_route(path, endpoint, **kwargs)\n\
             \x20       super().add_api_route(path + '/', endpoint, **kwargs)\n\
             router = Router(prefix='/r')\n@router.get('/x')\ndef x(): ...\n\
             def create_app(debug: bool = False) -> FastAPI:\n    app = FastAPI()\n    if debug:\n        app.include_router(router)\n    sub = FastAPI()\n\
             \x20   @sub.post('/y')\n    def y(): ...\n    app.mount('/sub/', sub)\n    register(app)\n    return app\n\
             def register(app: FastAPI):\n    @app.delete('/z')\n    def z(): ...\n",
        )],
        &["!GET /r/x", "!GET /r/x/", "POST /sub/y", "DELETE /z"],
    );
}

#[test]
fn what_is_included_is_not_always_known() {
    check_one(
        "lost = APIRouter()\n@lost.get('/lost')\ndef f(): ...\nimport plugins\nfor plugin in plugins.load():\n    app.include_router(plugin.router)\n\
         @app.get(path_of())\ndef g(): ...\n@app.websocket('/ws')\ndef ws(): ...\n",
        &["?GET /lost", "GET ?"],
    );
}

#[test]
fn the_first_of_two_equal_routes_is_served() {
    check_one(
        "@app.get('/{a}')\ndef first(a: int): ...\n@app.get('/{b}')\ndef second(b: str): ...\n@app.get('/files/{path:path}')\ndef files(path: str): ...\n",
        &["GET /{a}; path a: int", "GET /files/{path}; path path: string"],
    );
}

#[test]
fn applications_of_tests_serve_nobody() {
    let main = format!(
        "{HEAD}router = APIRouter()\n@router.get('/x')\ndef x(): ...\napp = FastAPI()\napp.include_router(router, prefix='/api')\n"
    );
    let test = "from fastapi import FastAPI\nfrom app import router\napp = FastAPI()\napp.include_router(router)\ndef test_x(): ...\n";
    check(&[("app.py", &main), ("tests/test_x.py", test), ("y_test.py", test)], &["GET /api/x"]);
}

#[test]
fn a_router_about_tests_is_no_test() {
    let main = format!("{HEAD}from test_run import router\napp = FastAPI()\napp.include_router(router)\n");
    let router = "from fastapi import APIRouter\nrouter = APIRouter(prefix='/test_runs')\n@router.post('/try')\ndef test_run(): ...\n";
    check(&[("app.py", &main), ("test_run.py", router)], &["POST /test_runs/try"]);
}

#[test]
fn parameters_are_what_fastapi_takes_them_for() {
    check_one(
        "@app.post('/{a}')\ndef f(a: int, b: str, c: list[int], d: int = 1, e: float | None = None, request: Request = None, \
         tasks: BackgroundTasks = None, g: Annotated[list[int], Query()] = [], h: str = Header(alias='X-H'), i_j: str = Header(...), \
         k: str = Cookie(None), l=3): ...\n\
         @app.post('/b')\ndef g(x: Item): ...\n@app.post('/c')\ndef h(x: Item, y: Annotated[Item, Body()]): ...\n\
         @app.post('/d')\ndef i(x: Item = Body(embed=True)): ...\n@app.post('/e')\ndef j(n: str = Form(), f: UploadFile = File(), g: list[UploadFile] | None = None): ...\n\
         @app.get('/g')\ndef k(x: foreign.Thing): ...\n@app.get('/h')\ndef l(x: Item = ..., **more): ...\n",
        &[
            "POST /{a}; path a: int; query b: string; body c: array<int>; query d?: int; query e?: float|null; query g?: array<int>; \
             header h as X-H: string; header i_j as i-j: string; cookie k?: string; query l?: any",
            "POST /b; body x: ref<Item>",
            "POST /c; embedded body x: ref<Item>; embedded body y: ref<Item>",
            "POST /d; embedded body x: ref<Item>",
            "POST /e; form n: string; form f: bytes; form g?: array<bytes>|null",
            "GET /g; incomplete",
            "GET /h; body x: ref<Item>; query more: any",
        ],
    );
}

#[test]
fn dependencies_of_objects_that_class_methods_make() {
    check_one(
        "from typing import Self\nclass Gate:\n    @classmethod\n    def new(cls):\n        return cls()\n\
         \x20   @classmethod\n    def plain(cls):\n        return Gate()\n    @classmethod\n    def own(cls) -> Self: ...\n\
         \x20   @classmethod\n    def named(cls) -> 'Gate': ...\n    @classmethod\n    def either(cls, a):\n        if a:\n            return a\n        return cls()\n\
         \x20   def user(self, a: int): ...\n\
         class Inner(Gate):\n    def user(self, b: int): ...\n\
         one = Gate.new()\ntwo = Gate.plain()\nthree = Inner.own()\nfour = Gate.named()\nfive = Inner.new()\nsix = Gate.either(1)\n\
         @app.get('/1')\ndef f1(u=Depends(one.user)): ...\n@app.get('/2')\ndef f2(u=Depends(two.user)): ...\n\
         @app.get('/3')\ndef f3(u=Depends(three.user)): ...\n@app.get('/4')\ndef f4(u=Depends(four.user)): ...\n\
         @app.get('/5')\ndef f5(u=Depends(five.user)): ...\n@app.get('/6')\ndef f6(u=Depends(six.user)): ...\n",
        &[
            "GET /1; query a: int",
            "GET /2; query a: int",
            "GET /3; query b: int",
            "GET /4; query a: int",
            "GET /5; query b: int",
            "GET /6; incomplete",
        ],
    );
}

#[test]
fn a_factory_hands_its_arguments_to_the_dependency_it_makes() {
    check_one(
        "def page(skip: int): ...\ndef order(by: str): ...\n\
         def service(check, flag: bool = False, *, also=order):\n    def made(c=Depends(check), o=Depends(also)): ...\n    return made\n\
         def outer(check):\n    return service(check, also=page)\n\
         @app.get('/1')\ndef f1(s=Depends(service(page))): ...\n\
         @app.get('/2')\ndef f2(s=Depends(service(check=order, also=page))): ...\n\
         @app.get('/3')\ndef f3(s=Depends(outer(order))): ...\n\
         @app.get('/4')\ndef f4(s=Depends(service(unknown))): ...\n",
        &[
            "GET /1; query skip: int; query by: string",
            "GET /2; query by: string; query skip: int",
            "GET /3; query by: string; query skip: int",
            "GET /4; query by: string; incomplete",
        ],
    );
}

#[test]
fn dependencies_add_their_parameters() {
    check_one(
        "from fastapi.security import OAuth2PasswordRequestForm\n\
         def page(skip: int = 0, user: str = Header()): ...\nPaged = Annotated[dict, Depends(page)]\ncommon = Depends(page)\n\
         class Filter:\n    def __init__(self, q: str): ...\n    def __call__(self, z: int): ...\n    def method(self, m: int): ...\n\
         class Sort(BaseModel):\n    by: str = 'id'\n    down: bool = Query(False)\n\
         def checker(role: str):\n    def check(team_id: int): ...\n    return check\nfilters = Filter('x')\n\
         @app.get('/1')\ndef f1(p: Paged, f: Annotated[Filter, Depends()], s: Sort = Depends()): ...\n\
         @app.get('/2/{team_id}', dependencies=[Depends(checker('a')), common])\ndef f2(f=Depends(filters), g=Depends(filters.method)): ...\n\
         @app.post('/3')\ndef f3(form: OAuth2PasswordRequestForm = Depends()): ...\n\
         @app.get('/4')\ndef f4(a=Depends(unknown), b=Depends(lambda: 1)): ...\n",
        &[
            "GET /1; query skip?: int; header user: string; query q: string; query by?: string; query down?: bool",
            "GET /2/{team_id}; path team_id: int; query skip?: int; header user: string; query z: int; query m: int",
            "POST /3; form grant_type?: string|null; form username: string; form password: string; form scope?: string; \
             form client_id?: string|null; form client_secret?: string|null",
            "GET /4; incomplete",
        ],
    );
}

#[test]
fn responses_are_the_model_or_what_is_returned() {
    check_one(
        "class Own(JSONResponse): ...\nM = list[Item]\n\
         @app.get('/1', response_model=Page[Item] | None)\ndef f1() -> Any: ...\n@app.get('/2')\ndef f2() -> list[Item]: ...\n\
         @app.get('/3', response_model=None)\ndef f3() -> Item: ...\n@app.get('/4')\ndef f4() -> Own: ...\n@app.get('/5')\ndef f5() -> 'Item': ...\n\
         @app.get('/6', response_model=M)\ndef f6(): ...\n@app.get('/7', status_code=204)\ndef f7() -> None: ...\n@app.get('/8')\ndef f8(): ...\n",
        &[
            "GET /1 -> ref<Page>|null",
            "GET /2 -> array<ref<Item>>",
            "GET /3",
            "GET /4",
            "GET /5 -> ref<Item>",
            "GET /6 -> array<ref<Item>>",
            "GET /7",
            "GET /8",
        ],
    );
}

#[test]
fn options_of_the_response() {
    let source = format!(
        "{HEAD}app = FastAPI()\n@app.get('/', status_code=status.HTTP_201_CREATED, response_model_exclude_none=True, response_model_exclude={{'a'}}, \
         response_model_by_alias=False)\ndef f(): ...\n\
         NAMES = ('a', 'b')\n@app.get('/some', response_model_include=NAMES, response_model_exclude={{'c': True}})\ndef g(): ...\n"
    );
    let project = Repository::of(&source).project();
    let operations: Vec<&Entity> = project.operations().map(|(_, entity)| entity).collect();
    let [entity, some] = operations.as_slice() else { panic!("two operations") };
    let detail = entity.operation().expect("an operation");
    let excludes = &detail.response_excludes;
    assert!(excludes.omits("a") && !excludes.omits("b"));
    let some = &some.operation().expect("an operation").response_excludes;
    assert!(some.fields && some.omits("c") && !some.omits("a") && some.without.is_empty());
    assert_eq!((detail.status_code, detail.by_alias), (Some(201), false));
    assert_eq!((excludes.none, excludes.unset, excludes.fields), (true, false, true));
    assert_eq!((&*entity.name, &*entity.qualname), ("GET /", "app.f"));
}

#[test]
fn methods_of_classes_and_routers_of_packages() {
    check_one(
        "from fastapi_users import FastAPIUsers\nusers = FastAPIUsers[Item, int](get_manager, [backend])\n\
         app.include_router(users.get_register_router(Item, Item), prefix='/auth')\n\
         class View:\n    @app.get('/v')\n    def list(self, q: int): ...\n\
         @app.api_route('/many', methods=['GET', 'POST'])\ndef many(): ...\ndef plain(): ...\napp.get('/plain')(plain)\n",
        &[
            "POST /auth/register; body user_create: ref<Item> -> ref<Item>; incomplete",
            "GET /v; query q: int",
            "GET /many",
            "POST /many",
            "GET /plain",
        ],
    );
}

/// What is served under which terms: `METHOD path`, the marks that are set, and what the handler gives.
fn terms(project: &Project) -> Vec<String> {
    let one = |entity: &Entity| {
        let detail = entity.operation().expect("an operation");
        let serving = &detail.serving;
        let marks = [(serving.conditional, " conditional"), (serving.hidden, " hidden")];
        let marks: String = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark).collect();
        let id = serving.operation_id.as_ref().map_or(String::new(), |id| format!(" #{id}"));
        format!("{}{marks}{id}: {:?}", entity.name, serving.answers)
    };
    project.operations().map(|(_, entity)| one(entity)).collect()
}

#[track_caller]
fn check_terms(source: &str, expected: &[&str]) {
    assert_eq!(terms(&Repository::of(&format!("{HEAD}app = FastAPI()\n{source}")).project()), expected);
}

#[test]
fn settings_and_the_description_are_noted() {
    check_terms(
        "from settings import DEBUG\ninner = APIRouter()\nhidden = APIRouter(include_in_schema=False)\n\
         if DEBUG:\n    app.include_router(inner)\n    @app.get('/debug')\n    def debug(): ...\n\
         app.include_router(hidden)\n@inner.get('/i')\ndef i(): ...\n@hidden.get('/h')\ndef h(): ...\n\
         @app.get('/o', operation_id='getO', include_in_schema=False)\ndef o(): ...\n\
         def add(flag: bool):\n    if flag:\n        @app.get('/f')\n        def f(): ...\nadd(True)\n",
        &[
            "GET /debug conditional: Nothing",
            "GET /i conditional: Nothing",
            "GET /h hidden: Nothing",
            "GET /o hidden #getO: Nothing",
            "GET /f: Nothing",
        ],
    );
}

#[test]
fn handlers_give_data_messages_or_responses() {
    check_terms(
        "from fastapi.responses import FileResponse, HTMLResponse\nfrom starlette.templating import Jinja2Templates\ntemplates = Jinja2Templates('t')\n\
         def load(): return [1]\ndef page() -> HTMLResponse: ...\nclass Own(JSONResponse): ...\n\
         @app.get('/1')\ndef f1():\n    return {'status': 'ok', 'parts': {'a': f'{1}'}}\n\
         @app.get('/2')\ndef f2():\n    rows = {}\n    rows['a'] = 1\n    return rows\n\
         @app.get('/3')\nasync def f3(x: bool):\n    if x:\n        return FileResponse('a')\n    return await load()\n\
         @app.get('/4')\ndef f4():\n    answer = FileResponse('a')\n    return answer\n\
         @app.get('/5', response_class=HTMLResponse)\ndef f5():\n    return {'a': load()}\n\
         @app.get('/6', response_class=Own)\ndef f6():\n    return {'a': load()}\n\
         @app.get('/7')\ndef f7():\n    return templates.TemplateResponse('x')\n\
         @app.get('/8')\ndef f8(service=Depends()):\n    return service.run()\n\
         @app.get('/9')\ndef f9() -> HTMLResponse | dict:\n    return {'a': load()}\n\
         @app.get('/10')\ndef f10():\n    return page()\n\
         @app.get('/11')\ndef f11():\n    return f11()\n\
         @app.get('/12', response_model=None)\ndef f12() -> list[Item] | None:\n    return [load()]\n\
         @app.get('/13', response_model=None)\ndef f13() -> dict[str, int]:\n    return {'a': load()}\n",
        &[
            "GET /1: Message",
            "GET /2: Data",
            "GET /3: Data",
            "GET /4: Response",
            "GET /5: Response",
            "GET /6: Data",
            "GET /7: Response",
            "GET /8: Unknown",
            "GET /9: Response",
            "GET /10: Response",
            "GET /11: Unknown",
            "GET /12: Annotated",
            "GET /13: Data",
        ],
    );
}

#[test]
fn modules_make_routers_when_they_are_asked_for_them() {
    check(
        &[
            (
                "app/main.py",
                "from fastapi import FastAPI\nfrom app import teams\napp = FastAPI()\napp.include_router(teams.router, prefix='/api')\n",
            ),
            (
                "app/teams/__init__.py",
                "def __getattr__(name):\n    if name == 'router':\n        from app.teams.routes import router\n        return router\n\
                 \x20   raise AttributeError(name)\n",
            ),
            (
                "app/teams/routes.py",
                "from fastapi import APIRouter\nrouter = APIRouter(prefix='/teams')\n@router.get('')\ndef teams(): ...\n",
            ),
        ],
        &["GET /api/teams"],
    );
}

#[test]
fn factories_fill_what_other_factories_make() {
    check(
        &[
            (
                "a.py",
                "from fastapi import FastAPI\ndef make() -> FastAPI:\n    app = FastAPI(root_path='/behind')\n    return app\n",
            ),
            (
                "b.py",
                "from fastapi import APIRouter, FastAPI\nfrom a import make\nmore = APIRouter()\n@more.get('/more')\ndef f(): ...\n\
                 def make_more() -> FastAPI:\n    app = make()\n    app.include_router(more)\n    return app\n",
            ),
        ],
        &["GET /more"],
    );
}

#[test]
fn the_instrumentator_serves_its_metrics() {
    check_one(
        "from prometheus_fastapi_instrumentator import Instrumentator as Meter\ndef meter() -> Meter: ...\n\
         meter().instrument(app).expose(app)\nown = Meter()\nown.instrument(app)\nown.expose(app, endpoint='/own')\nshop.expose(app)\n",
        &["GET /metrics; incomplete", "GET /own; incomplete"],
    );
}

#[test]
fn models_of_parameters_are_their_fields() {
    check_one(
        "from pydantic import Field\nclass Filter(BaseModel):\n    model_config = {'extra': 'forbid'}\n    limit: int = Field(100, gt=0)\n    order_by: str\n\
         \x20   q: str | None = Field(default=None, alias='query')\n\
         @app.get('/1')\ndef f1(f: Annotated[Filter, Query()]): ...\n@app.get('/2')\ndef f2(f: Annotated[Filter, Header()]): ...\n\
         @app.post('/3')\ndef f3(f: Annotated[Filter, Form()]): ...\n",
        &[
            "GET /1; query limit?: int; query order_by: string; query q? as query: string|null",
            "GET /2; header limit?: int; header order_by as order-by: string; header q? as query: string|null",
            "POST /3; form f: ref<Filter>",
        ],
    );
}

#[test]
fn circles_and_hostile_code_end() {
    check_one(
        "a, b = APIRouter(), APIRouter()\na.include_router(b)\nb.include_router(a)\napp.include_router(a)\n@a.get('/x')\ndef x(): ...\n\
         def r(app): return r(app)\nr(app)\nx1 = y1\ny1 = x1\napp.include_router(x1)\ndef d(q=Depends(d)): ...\n@app.get('/d')\ndef e(q=Depends(d)): ...\n",
        &["GET /x", "GET /d"],
    );
}

#[test]
fn what_is_included_and_not_found_out_leaves_its_prefix_open() {
    let source = "
app = FastAPI()
router = APIRouter(prefix='/shop')
router.include_router(load().router, prefix='/plugins')
app.include_router(router, prefix='/api')
app.mount('/assets', files())
app.mount('/', files())
";
    let project = Repository::new(&[("app.py", &format!("{HEAD}{source}"))]).project();
    let prefixes: Vec<_> =
        project.open_mounts.iter().map(|mount| mount.prefix.is().map(|it| &**it)).collect();
    assert_eq!(prefixes, [Some("/api/shop/plugins"), Some("/assets")]);
}

const GUARDS: &str = "from functools import wraps\n\
def requires(scopes):\n    def decorator(func):\n        @wraps(func)\n        async def wrapper(*args, **kwargs):\n            return await func(*args, **kwargs)\n        return wrapper\n    return decorator\n\
def protected(method, path, scopes=None, **kwargs):\n    def decorator(func):\n        fn = requires(scopes or [])(func)\n        return method(path, dependencies=[], **kwargs)(fn)\n    return decorator\n\
def public(router, path):\n    def decorator(func):\n        @wraps(func)\n        async def wrapper(*args, **kwargs):\n            return await func(*args, **kwargs)\n        register = router.post(path, response_model=None)\n        return register(wrapper)\n    return decorator\n\
def logged(name):\n    def decorator(func):\n        return func\n    return decorator\n";

#[test]
fn a_decorator_of_the_project_registers_through_the_method_it_is_given() {
    check(
        &[
            ("guards.py", GUARDS),
            (
                "app.py",
                "from fastapi import APIRouter, FastAPI\nfrom guards import logged, protected, public\nrouter = APIRouter(prefix='/users')\n\
                 @protected(router.get, '/{user_id}', ['read'])\ndef read(user_id: int) -> str: ...\n\
                 @protected(router.delete, '/{user_id}', status_code=204)\ndef remove(user_id: int): ...\n\
                 @public(router, '/sign-up')\nasync def sign_up(name: str) -> int: ...\n\
                 @logged('nothing')\ndef plain(): ...\n\
                 app = FastAPI()\napp.include_router(router, prefix='/api')\n",
            ),
        ],
        &[
            "GET /api/users/{user_id}; path user_id: int -> string",
            "DELETE /api/users/{user_id}; path user_id: int",
            "POST /api/users/sign-up; query name: string",
        ],
    );
}

#[test]
fn decorators_that_close_over_different_routers_are_kept_apart() {
    check(
        &[(
            "app.py",
            "from fastapi import APIRouter, FastAPI\nusers, teams = APIRouter(prefix='/users'), APIRouter(prefix='/teams')\n\
             class Secured(APIRouter):\n    def secured(self, path):\n        def decorator(func):\n            self.add_api_route(path, func, methods=['PUT'])\n            return func\n        return decorator\n\
             def reader(router):\n    def at(path):\n        return router.get(path)\n    return at\n\
             of_users, of_teams = reader(users), reader(teams)\n\
             of_users('/all')(lambda: None)\n\
             def all_users() -> int: ...\ndef all_teams() -> int: ...\nof_users('/a')(all_users)\nof_teams('/b')(all_teams)\n\
             secured = Secured(prefix='/secured')\n@secured.secured('/x')\ndef put() -> int: ...\n\
             app = FastAPI()\nfor each in [users, teams, secured]:\n    app.include_router(each)\n",
        )],
        &["GET /users/a -> int", "GET /teams/b -> int", "PUT /secured/x -> int"],
    );
}

#[test]
fn classes_of_routers_that_functions_make() {
    check(
        &[
            (
                "app/kit.py",
                "from functools import partial, wraps\nfrom fastapi import APIRouter as _APIRouter\nfrom fastapi.routing import APIRoute\n\
                 def router_class(route: type[APIRoute]) -> type[_APIRouter]:\n    class Own(_APIRouter):\n        def __init__(self, *args, **kwargs):\n            kwargs['route_class'] = route\n            super().__init__(*args, **kwargs)\n    return Own\n\
                 APIRouter = router_class(APIRoute)\nOldRouter = partial(APIRouter, prefix='/old')\n",
            ),
            (
                "app/main.py",
                &format!(
                    "{HEAD}from app.kit import APIRouter as R, OldRouter\nrouter = R(prefix='/items')\nold = OldRouter(tags=['old'])\n\
                     @router.get('/{{id}}', response_model=Item)\ndef get(id: int): ...\n\
                     @old.post('', response_model=Item)\ndef post(item: Item): ...\n\
                     app = FastAPI()\nfor each in sorted([router, old], key=lambda each: each.tags):\n    app.include_router(each)\n"
                ),
            ),
        ],
        &["GET /items/{id}; path id: int -> ref<Item>", "POST /old; body item: ref<Item> -> ref<Item>"],
    );
}

#[test]
fn routers_of_the_project_pass_on_what_they_are_given() {
    check_one(
        "class Marked(APIRouter):\n    def __init__(self, *args, mark=None, **kwargs):\n        super().__init__(*args, **kwargs)\n        self._mark = mark\n\
         \x20   def add_api_route(self, path, endpoint, **kwargs):\n        if self._mark and kwargs.get('plain', True):\n            extra = dict(kwargs.pop('openapi_extra', None) or {})\n            kwargs['openapi_extra'] = extra\n        super().add_api_route(path, endpoint, **kwargs)\n\
         one = Marked(prefix='/one', mark='x')\n@one.get('/', response_model=Item)\ndef first(): ...\n\
         two = Marked(prefix='/two')\n@two.get('/', response_model=Item)\ndef second(): ...\n\
         ALL = [one]\nALL += [two]\nfor each in [each for each in ALL]:\n    app.include_router(each)\n",
        &["GET /one/ -> ref<Item>", "GET /two/ -> ref<Item>"],
    );
}

#[test]
fn routers_that_serve_their_own_methods() {
    check_one(
        "class Shelf(APIRouter):\n    def __init__(self, model, path):\n        super().__init__(prefix=path)\n        self.model = model\n\
         \x20       self.add_api_route('/{id}', self.one, methods=['GET'], response_model=self.model)\n\
         \x20       self.add_api_route('', self._all(), methods=['GET'], response_model=list[Item])\n\
         \x20   def one(self, id: int): ...\n    def _all(self):\n        def route(limit: int = 10): ...\n        return route\n\
         app.include_router(Shelf(Item, '/items'))\n",
        &["GET /items/{id}; path id: int -> ref<Item>", "GET /items; query limit?: int -> array<ref<Item>>"],
    );
}

#[test]
fn what_one_branch_changes_is_not_known_after_it() {
    check_one(
        "import os\nclass Own(APIRouter):\n    def add_api_route(self, path, endpoint, **kwargs):\n        if os.environ.get('STRICT'):\n            kwargs['response_model'] = None\n            path = path + '/strict'\n        super().add_api_route(path, endpoint, **kwargs)\n\
         own = Own()\n@own.get('/a', response_model=Item)\ndef a(): ...\napp.include_router(own)\n",
        &["GET ? -> unknown"],
    );
}

#[test]
fn what_follows_a_prefix_that_is_not_known_is_kept() {
    let main = "import settings\nfrom fastapi import APIRouter, FastAPI\n\
        users = APIRouter(prefix='/users')\n@users.get('/{id}/files/{name:path}')\ndef get(id: int): ...\n\
        teams = APIRouter()\nteams.include_router(users, prefix='/teams/{team}')\n\
        app = FastAPI()\napp.include_router(teams, prefix=settings.PREFIX)\napp.include_router(teams, prefix='/v2')\n";
    let project = Repository::new(&[("app.py", main)]).project();
    let found: Vec<(String, String, Vec<&str>)> = project
        .operations()
        .filter_map(|(_, entity)| {
            let path = &entity.operation()?.own_path;
            let in_path = entity.fields.iter().filter(|field| field.kind == FieldKind::Path);
            Some((entity.name.to_string(), path.to_string(), in_path.map(|field| &*field.name).collect()))
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "GET /teams/{team}/users/{id}/files/{name}".into(),
                "/teams/{team}/users/{id}/files/{name:path}".into(),
                vec!["id"]
            ),
            (
                "GET /v2/teams/{team}/users/{id}/files/{name}".into(),
                "/{id}/files/{name:path}".into(),
                vec!["id"]
            ),
        ]
    );
    let told: Vec<&str> = project.problems.iter().map(|problem| &*problem.message).collect();
    assert_eq!(
        told,
        [
            "the prefix under which this router is included is not known; calls are matched by the rest of its paths"
        ]
    );
}
