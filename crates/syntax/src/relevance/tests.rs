use super::*;

#[track_caller]
fn needs(files: &[(&str, &str, Need)]) {
    let scans: Vec<Scan> = files.iter().map(|(path, text, _)| scan(path, text)).collect();
    let found: Vec<(&str, Need)> = files.iter().map(|(path, ..)| *path).zip(relevant(&scans)).collect();
    let expected: Vec<(&str, Need)> = files.iter().map(|(path, _, need)| (*path, *need)).collect();
    assert_eq!(found, expected);
}

#[test]
fn schemas_are_found_through_bases_of_other_files() {
    needs(&[
        (
            "a.py",
            "from pydantic import (\n    BaseModel as Model_,  # the base\n    Field,\n)\nclass Api(Model_): ...\n",
            Need::Signatures,
        ),
        (
            "b.py",
            "from a import Api\nclass Page(\n    Generic[T],  # items\n    a.Api[T],\n): ...\n",
            Need::Signatures,
        ),
        ("c.py", "    class Inner(Page[int], extra='forbid'):\n        x = 1\n", Need::Signatures),
        (
            "d.py",
            "class Color(Enum):\n    RED = 1\n@dataclass\nclass Point:\n    x: int\nclass Tool(Base2): ...\n",
            Need::Nothing,
        ),
        ("e.py", "class classy: pass\nclasses(Page)\n", Need::Nothing),
    ]);
}

#[test]
fn models_are_found_by_columns_bases_and_calls() {
    needs(&[
        (
            "a.py",
            "from sqlalchemy import Column as C\nBase = make()\nclass A(Base):\n    x = C(Int)\n",
            Need::Signatures,
        ),
        ("b.py", "class B(db.Model):\n    x = 1\n", Need::Signatures),
        ("c.py", "class Mixin:\n    x: Mapped[int] = column()\n", Need::Signatures),
        ("d.py", "class D(Mixin): ...\n", Need::Signatures),
        ("e.py", "t = Table('t', metadata)\n", Need::Signatures),
        (
            "f.py",
            "class F(Base):\n    @declared_attr\n    def __tablename__(cls): return 'f'\n",
            Need::Bodies,
        ),
        ("g.py", "from sqlalchemy.orm import Session\ndef f(s: Session): ...\n", Need::Nothing),
        ("h.py", "def f(x):\n    return mapped_column(x)\n", Need::Bodies),
        ("i.py", "def f(m):\n    notes = Table('notes', m)\n    return notes\n", Need::Bodies),
    ]);
}

#[test]
fn routes_migrations_sql_and_conversions_need_bodies() {
    needs(&[
        ("a.py", "from .deps import router\n@router.get('/x')\ndef x(): ...\n", Need::Bodies),
        ("b.py", "def mount(app, router):\n    app.include_router(router)\n", Need::Bodies),
        ("c.py", "revision: str = 'x'\ndef upgrade(): helper()\n", Need::Bodies),
        ("d.py", "def helper():\n    from alembic import op\n    op.f()\n", Need::Bodies),
        ("e.py", "def f(c):\n    c.run('''\n    SELECT 1\n    ''')\n", Need::Bodies),
        ("f.py", "class Out(BaseModel): ...\n", Need::Signatures),
        ("g.py", "def f(u):\n    return m.Out(id=u.id)\n", Need::Bodies),
        ("h.py", "def f(u):\n    return Other(id=u.id)\n", Need::Nothing),
        ("i.py", "@pytest.fixture\n@cached()\ndef revise(): ...\n", Need::Nothing),
    ]);
}

#[test]
fn packages_typescript_and_other_files() {
    needs(&[
        ("p/__init__.py", "from .a import A\n", Need::Signatures),
        ("q/__init__.py", "'''Tools.'''\n", Need::Nothing),
        ("a.ts", "export interface A { x: string }\n", Need::Signatures),
        ("b.ts", "export * from './a'\n", Need::Signatures),
        ("c.tsx", "const x = await get<A>(`/users/${id}`)\n", Need::Bodies),
        ("f.ts", "export const users = () => api.get<A[]>(ENDPOINTS.users)\n", Need::Bodies),
        ("g.ts", "export async function show() { view.users = await users() }\n", Need::Bodies),
        ("d.ts", "export const x = 1\n", Need::Nothing),
        ("e.md", "class A(BaseModel)", Need::Nothing),
    ]);
}

#[test]
fn what_no_one_wrote_is_refused() {
    let bundle = format!("class A{{}};{}", "x=1;".repeat(8000));
    let line = format!("class A(BaseModel): ...\nx = '{}'\n", "x".repeat(MAX_LINE + 1));
    let large = "class A(BaseModel): ...\n".repeat(MAX_BYTES / 20);
    needs(&[
        ("a.ts", &bundle, Need::Refused(Refusal::Bundle)),
        ("b.py", &line, Need::Refused(Refusal::LongLine)),
        ("c.py", &large, Need::Refused(Refusal::TooLarge)),
    ]);
}

#[test]
fn odd_text_is_scanned_without_panic() {
    for text in [
        "class",
        "class ",
        "class A",
        "class A(",
        "class A(B",
        "class A(B[",
        "class É(Ü)",
        "from",
        "from pydantic",
        "from pydantic import",
        "from pydantic import (",
        "import",
        "@",
        "@a.",
        "R",
        "(",
        "é(",
        "return",
    ] {
        needs(&[("x.txt", text, Need::Nothing)]);
        let _ = relevant(&[scan("x.py", text), scan("x.ts", text)]);
    }
}
