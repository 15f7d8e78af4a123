//! Source -> lowered form, in tables; then what broken and hostile input costs.

use alignment_model::code::{Bodies, FileFacts};
use alignment_model::{FileId, ProblemKind};

use crate::Lowerer;
use crate::show::show;

fn facts(source: &str) -> FileFacts {
    Lowerer::new().lower(FileId::new(0), "a.py", source, Bodies::Lowered)
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (source, expected) in table {
        let facts = facts(source);
        assert_eq!(show(&facts), *expected, "\n{source}");
        assert!(facts.problems.is_empty(), "{:?}\n{source}", facts.problems);
    }
}

#[test]
fn imports() {
    check(&[
        (
            "import a.b, c as d, e.f as g",
            "import a.b (module a as a); import c (module c as d); import e.f (module e.f as g)",
        ),
        ("from ..m import (x as y, z,)", "import ..m (x as y, z as z)"),
        ("from . import x", "import . (x as x)"),
        ("from .. m . n import *", "import ..m.n (*)"),
        ("from __future__ import annotations", "import __future__ (annotations as annotations)"),
        (
            "if TYPE_CHECKING:\n    from a import B\nelse:\n    from c import D\nfrom e import F",
            "if TYPE_CHECKING { import type a (B as B) } else { import c (D as D) }; import e (F as F)",
        ),
        (
            "if not typing.TYPE_CHECKING:\n    import a\nelse:\n    import b",
            "if (not typing.TYPE_CHECKING) { import a (module a as a) } else { import type b (module b as b) }",
        ),
        (
            "try:\n    import a\nexcept ImportError:\n    a = None",
            "try { import a (module a as a) } except ImportError { a = None }",
        ),
    ]);
}

#[test]
fn classes() {
    check(&[
        ("class A: pass", "class A() {}"),
        (
            "@d\n@e.f(1)\nclass A(B, m.C[int], table=True, *bases, **kw):\n    '''doc'''\n    x: int\n    class N(A): y = 1",
            "@d @e.f(1) class A(B, m.C[int], table=true, *bases, **=*kw) { x: int; class N(A) { y = 1 } }",
        ),
        ("class A[T, U: (int, str), *Ts, **P](B[T]): ...", "class A[T, U: (int, str,), Ts, P](B[T]) { ... }"),
        ("type X = int | None", "type X = (int | None)"),
        ("type X[T: int] = list[T]", "type X[T: int] = list[T]"),
        ("type = 1\nmatch = type", "type = 1; match = type"),
        ("class A:\n  if x:\n    y = 1", "class A() { if x { y = 1 } }"),
    ]);
}

#[test]
fn functions() {
    check(&[
        (
            "async def f(a, b: int, /, c=1, *args: str, d: bool = True, e, **kw) -> list[int]: return a",
            "async def f(a, b: int, c = 1, *args: str, kw d: bool = true, kw e, **kw) -> list[int] { return a }",
        ),
        ("def f(a, *, b): pass", "def f(a, kw b) {}"),
        ("@router.get('/x')\ndef f[T](a: T): ...", "@router.get(\"/x\") def f[T](a: T) { ... }"),
        ("f = lambda x, *a, y=1: x", "f = <def (x, *a, kw y = 1) { return x }>"),
        ("def f():\n    def g(): return 1\n    return g", "def f() { def g() { return 1 }; return g }"),
        ("async_thing = 1\ndef asynchronous(): pass", "async_thing = 1; def asynchronous() {}"),
    ]);
}

#[test]
fn assignments() {
    check(&[
        ("a = b = 1", "a = 1; b = 1"),
        ("a: int", "a: int"),
        ("a: 'X | None' = None", "a: \"X | None\" = None"),
        ("a.b[0] += 1", "a.b[0] += 1"),
        ("a, (b, *c) = x", "(a, (b, *c,),) = x"),
        ("[a, b] = x, y", "[a, b] = (x, y,)"),
        ("a = yield x", "a = ?"),
        ("a: Annotated[list[int], Field(gt=0)] = []", "a: Annotated[(list[int], Field(gt=0),)] = []"),
        ("a: m.Mapped[Optional['X']]", "a: m.Mapped[Optional[\"X\"]]"),
        ("a: Literal['x', -1]", "a: Literal[(\"x\", -1,)]"),
        ("a: Callable[[int], str]", "a: Callable[([int], str,)]"),
        ("a: X[Y[Z,],  # c\n]", "a: X[(Y[(Z,)],)]"),
        ("a: X[Y[Z]]", "a: X[Y[Z]]"),
        ("a: X[*T]", "a: X[(*T,)]"),
        ("for (a) in b: x", "for a in b { x }"),
        ("a: tuple[()]", "a: tuple[(,)]"),
        ("a: list['X'] | dict[str, int] | None", "a: ((list[\"X\"] | dict[(str, int,)]) | None)"),
        ("a: list[X] | Y | (Z | W)", "a: ((list[X] | Y) | (Z | W))"),
    ]);
}

#[test]
fn strings() {
    check(&[
        (r#"a = 'x' "y" r'\n'"#, r#"a = "xy\\n""#),
        (
            r#"a = ('x'  # c
 'y')"#,
            r#"a = "xy""#,
        ),
        (
            r#"a = "\x41\u00e9\101\q\
b""#,
            r#"a = "AéA\\qb""#,
        ),
        (r#"a = b'\x00' b'z'"#, r#"a = b"\\x00z""#),
        ("a = '''x\r\ny'''", r#"a = "x\ny""#),
        ("a = ''", r#"a = """#),
        ("a = ''''q' '''", r#"a = "'q' ""#),
        (r#"a = f"{x}{{y}} {z!r} {w:>{n}} {v=}""#, r#"a = f"{x}{y} {z!} {w!} v={v!}""#),
        (r#"a = 'p' f"{d["k"]}" 's\n'"#, "a = f\"p{d[\"k\"]}s\n\""),
        (r#"a = f"{f"{x}"}""#, r#"a = f"{f"{x}"}""#),
        (r#"a = rf"\d{x}""#, r#"a = f"\d{x}""#),
        (r#"a = f"x{{" 'y'"#, r#"a = "x{y""#),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("a = 1_000, 0xFF, 0o17, 0b11", "a = (1000, 255, 15, 3,)"),
        ("a = 99999999999999999999, 1.5, 1e3, 2j", "a = (#99999999999999999999, #1.5, #1e3, #2j,)"),
        ("a = -1, -1.5, +x, ~x, -x", "a = (-1, #-1.5, (op x), (op x), (- x),)"),
    ]);
}

#[test]
fn expressions() {
    check(&[
        ("a = x + y * 2 - z", "a = ((x + (y * 2)) - z)"),
        ("a = (x + y) + z", "a = ((x + y) + z)"),
        ("a = x ** y // z @ w", "a = (((x ** y) op z) op w)"),
        ("a = x and y or not z", "a = ((x and y) or (not z))"),
        ("a = x < y <= 3", "a = ((x < y) and (y <= 3))"),
        ("a = x < f(1) < z", "a = ((x < f(1)) and (? < z))"),
        ("a = x not  in y, x is  not None", "a = ((x not in y), (x is not None),)"),
        ("a = x if t else y", "a = (x if t else y)"),
        ("a = x[1:2], x[1], x[1,], x[a, b]", "a = (x[1:2:], x[1], x[(1,)], x[(a, b,)],)"),
        ("a = x[1:], x[:-1], x[::2], x[:]", "a = (x[1::], x[:-1:], x[::2], x[::],)"),
        ("a = {1, 2}, {}, {'k': v, **r}, (1,), [*x]", "a = ([1, 2], {}, {\"k\": v, **r}, (1,), [*x],)"),
        ("a = [x for x in y if x if z for w in x, v]", "a = [x for x in y if x if z for w in (x, v,)]"),
        ("a = {k: v for k, v in m.items()}", "a = [map (k, v,) for (k, v,) in m.items()]"),
        ("f(x for x in y)", "f([x for x in y])"),
        ("f(*a, k=1, **b)", "f(*a, k=1, **=*b)"),
        ("if (n := f()): pass", "if (n := f()) {}"),
        ("a = await f(...)", "a = await f(...)"),
        ("x", "x"),
        ("print('x')", "print(\"x\")"),
    ]);
}

#[test]
fn control_flow() {
    check(&[
        ("if a: x\nelif b: y\nelse: z", "if a { x } else { if b { y } else { z } }"),
        ("for a, b in c, d: x\nelse: y", "for (a, b,) in (c, d,) { x }; y"),
        ("while a: x\nelse: y", "while a { x }; y"),
        ("async def f():\n  async for a in b: x", "async def f() { for a in b { x } }"),
        ("with a as b, c(): x", "with a as b, c() { x }"),
        ("with (a as b): x", "with a as b { x }"),
        ("with (a, b as c,): x", "with a, b as c { x }"),
        ("with (a as b, c as (d, e)): x", "with a as b, c as (d, e,) { x }"),
        (
            "try: a\nexcept (A, B) as e: b\nexcept* C: c\nexcept: d\nelse: e\nfinally: f",
            "try { a } except (e := (A, B,)) { b } except C { c } except  { d } else { e } finally { f }",
        ),
        ("try: a\nexcept A, B: b", "try { a } except (A, B,) { b }"),
        ("raise E(1) from e\nraise\ndel a, b.c", "raise E(1); raise ; del a; del b.c"),
        ("def f():\n  return 1, 2\n  return", "def f() { return (1, 2,); return  }"),
        ("for a in b:\n  if a: continue\n  break", "for a in b { if a { continue }; break }"),
        ("assert x, y; pass; global y; import a", "assert x; import a (module a as a)"),
    ]);
}

#[test]
fn matches() {
    check(&[
        (
            "match x.y:\n  case 'a': p\n  case E.B | 'c': q\n  case None if z: r\n  case P(v): s\n  case _: t",
            "if (x.y == \"a\") { p } else { if (x.y in (E.B, \"c\",)) { q } else { if ? { r } else { if ? { s } else { t } } } }",
        ),
        ("match f():\n  case 1: a\n  case other: b", "if ? { a } else { b }"),
        ("match x:\n  case -1: a", "if ? { a }"),
        ("match x:\n  case _: a", "if ? { a }"),
    ]);
}

#[test]
fn bodies_can_be_omitted() {
    let source = "class A:\n    x = Field(default_factory=lambda: [])\n    def f(self, a=1): return 1\n";
    let facts = Lowerer::new().lower(FileId::new(0), "a.py", source, Bodies::Omitted);
    assert_eq!(
        show(&facts),
        "class A() { x = Field(default_factory=<def () { return [] }>); def f(self, a = 1) {} }"
    );
}

#[test]
fn header_and_directives() {
    let facts = facts(
        "#!/usr/bin/env python\n# Generated by X.\n\n\"\"\"Do not edit.\"\"\"\nx = 1  # alignment: ignore[a]\ny = '# alignment: no'\n",
    );
    assert_eq!(&*facts.header, "!/usr/bin/env python\nGenerated by X.\nDo not edit.");
    let texts: Vec<&str> = facts.directives.iter().map(|comment| &*comment.text).collect();
    assert_eq!(texts, ["alignment: ignore[a]"]);
    assert_eq!(facts.directives[0].range.start, 67);
}

/// Runs on the stack a worker has, and not on the small one of a test.
fn on_worker_stack(test: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(8 << 20).spawn_scoped(scope, test);
        worker.expect("a thread can be made").join().expect("no panic");
    });
}

#[test]
fn deep_and_long_input_is_bounded() {
    let n = 100_000;
    let cases: Vec<(&str, String, bool)> = vec![
        ("parentheses", format!("a = {}1{}", "(".repeat(n), ")".repeat(n)), false),
        ("lists", format!("a = {}{}", "[".repeat(n), "]".repeat(n)), true),
        ("calls", format!("a = {}{}", "f(".repeat(n), ")".repeat(n)), true),
        ("elif", format!("if a: b\n{}else: c\n", "elif a: b\n".repeat(n / 2)), true),
        ("list", format!("a = [{}]", "1,".repeat(3 * n)), false),
        ("sum", format!("a = 1{}", " + 1".repeat(n)), false),
        ("mixed sum", format!("a = 1{}", " + 1 - 1".repeat(n / 2)), true),
        ("power", format!("a = 1{}", " ** 1".repeat(n)), true),
        ("and", format!("a = x{}", " and x".repeat(n)), false),
        ("comparison", format!("a = x{}", " < x".repeat(n)), false),
        ("nested comparison", format!("a = {}x{}", "(x < ".repeat(100), ") < x".repeat(100)), false),
        ("members", format!("a = x{}", ".y".repeat(n)), true),
        ("not", format!("a = {}x", "not ".repeat(n)), true),
        ("minus", format!("a = {}x", "-".repeat(n)), true),
        ("lambda", format!("a = {}x", "lambda: ".repeat(n)), true),
        ("conditional", format!("a = x{}", " if x else x".repeat(n)), true),
        ("chained", format!("{}1", "a = ".repeat(n)), false),
        ("blocks", (0..n / 50).map(|depth| format!("{}if a:\n", " ".repeat(depth))).collect(), true),
        ("statements", "a = 1\n".repeat(n), false),
        ("classes", "class A(B):\n    x = 1\n".repeat(n / 10), false),
        ("cases", format!("match a:\n{}", "  case 1: b\n".repeat(n / 10)), true),
        ("decorators", format!("{}def f(): pass", "@a\n".repeat(n / 10)), false),
        ("strings", format!("a = ({})", "'x' ".repeat(n)), false),
        ("union", format!("a: int{}", " | int".repeat(n)), false),
        ("f-strings", format!("a = {}x{}", "f'{".repeat(500), "}'".repeat(500)), true),
    ];
    on_worker_stack(|| {
        for (name, source, limited) in cases {
            let start = std::time::Instant::now();
            let facts = facts(&source);
            let reported = !facts.problems.is_empty();
            assert_eq!(reported, limited, "{name}: {:?}", facts.problems.first());
            assert!(!facts.body.is_empty(), "{name}");
            drop(facts);
            // No measure, but a guard against what never ends.
            assert!(start.elapsed().as_secs() < 300, "{name}: {:?}", start.elapsed());
        }
    });
}

#[test]
fn broken_syntax_costs_the_broken_statement() {
    let table = [
        ("x = (1\nclass A(B):\n    y = 1\n", "??; class A(B) { y = 1 }"),
        (
            "class A(B):\n    x: int = f(\n    y: int = 1\nclass C: z = 1\n",
            "class A(B) { ??; y: int = 1 }; class C() { z = 1 }",
        ),
        ("class A(B:\n    x = 1\nclass C: z = 1\n", "??; class C() { z = 1 }"),
        ("def f(a:\n    return 1\ny = 1\n", "??; y = 1"),
        ("def f(a):\n    return (1\n    x = 2\ny = 1\n", "def f(a) { ??; x = 2 }; y = 1"),
        ("@d(\ndef f(): pass\ny = 1\n", "??; y = 1"),
        (
            "class A:\n    '''doc\n    x = 1\nclass C:\n    '''d'''\n    z = 1\n",
            "class A() { ??; x = 1 }; class C() { z = 1 }",
        ),
        ("x = 'a\ny = 1\n", "??; y = 1"),
        ("if a:\n    x = )\nelse:\n    y = 1\nz = 1\n", "if a { ?? } else { y = 1 }; z = 1"),
        ("from a import\nx = 1\n", "??; x = 1"),
        ("  x = 1\n y = (\nz = 1\n", "x = 1; ??; z = 1"),
        ("x = 1 +\n", "??"),
        ("<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b\n", "??; x = 1; ??; x = 2; ??"),
    ];
    for (source, expected) in table {
        let facts = facts(source);
        assert_eq!(show(&facts), expected, "\n{source}");
        let kinds: Vec<_> = facts.problems.iter().map(|problem| problem.kind).collect();
        assert!(
            !kinds.is_empty() && kinds.iter().all(|kind| *kind == ProblemKind::Syntax),
            "{kinds:?}\n{source}"
        );
    }
}

/// Source with every kind of statement, for mutation.
const VARIED: &str = r#""""Doc."""
from __future__ import annotations
from a.b import (c as d, e)
X: Final = {"k": [1, -2.5], **d}
@dataclass(frozen=True)
class A[T: int](B, metaclass=M):
    """Doc."""
    x: Mapped[str | None] = column(String(50), default=lambda: f"{X!r}-{{}}")
    class Config: y = 'a' "b"
    @property
    async def f(self, a, /, *b: int, c=1, **kw) -> list[int]:
        async with open(a) as g, h:
            return [i async for i in g if i > 0 < c]
type Y = A[int]
if TYPE_CHECKING: import z
else:
    try: q = r = 1
    except (E, F) as e: raise G from e
    finally: del q, r
for i, (j, *k) in m:
    while not i: i -= 1
match x:
    case "a" | "b": pass
    case _: y[1:2, ...] = await z
"#;

#[test]
fn mutations_neither_panic_nor_lose_what_stands_apart() {
    let whole = show(&facts(VARIED));
    assert!(!whole.contains('?'), "{whole}");
    let boundaries = VARIED.char_indices().map(|(at, _)| at);
    let mut cuts: Vec<String> = boundaries.clone().map(|at| VARIED[..at].to_owned()).collect();
    let tokens: Vec<usize> = boundaries
        .filter(|at| {
            !VARIED.as_bytes()[*at].is_ascii_alphanumeric()
                || !VARIED.as_bytes()[at.saturating_sub(1)].is_ascii_alphanumeric()
        })
        .collect();
    for pair in tokens.windows(2) {
        cuts.push(format!("{}{}", &VARIED[..pair[0]], &VARIED[pair[1]..]));
    }
    for source in cuts {
        let with_tail = format!("{source}\n\nimport tail\nclass Tail(B):\n    t = 1\n");
        for bodies in [Bodies::Lowered, Bodies::Omitted] {
            let facts = Lowerer::new().lower(FileId::new(0), "a.py", &with_tail, bodies);
            let internal = facts.problems.iter().find(|problem| problem.kind == ProblemKind::Unmodelled);
            assert!(internal.is_none(), "{internal:?}\n{source}");
            assert!(show(&facts).ends_with("class Tail(B) { t = 1 }"), "{}\n{with_tail}", show(&facts));
        }
    }
}

#[test]
fn unusual_text_is_read_without_panic() {
    for source in [
        "",
        "\u{feff}x = 1",
        "\0",
        "x = '\u{1F600}\\",
        "\\",
        "f'{",
        "f'{x:",
        "f'{x!",
        "\"\"\"",
        "#",
        "\r\r\n",
        "\x0c",
        "@",
        "é = 1\nx = (",
    ] {
        let facts = facts(source);
        assert!(facts.problems.iter().all(|problem| problem.kind != ProblemKind::Unmodelled), "{source:?}");
    }
    assert_eq!(show(&facts("\u{feff}x = 1\r\ny = 2\r\n")), "x = 1; y = 2");
}
