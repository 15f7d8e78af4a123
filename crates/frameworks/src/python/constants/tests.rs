use alignment_model::code::Statement;

use super::*;
use crate::testing::Repository;

/// The value of the last module-level variable of `app.py`, as text.
fn folded(files: &[(&str, &str)]) -> String {
    let repository = Repository::new(files);
    let names = repository.names();
    let file = repository.file("app.py");
    let facts = repository.input().facts_of(file).expect("parsed");
    let value = facts.body.iter().rev().find_map(|statement| match statement {
        Statement::Assign(assign) => assign.value.as_ref(),
        _ => None,
    });
    show(&names.fold(file, "", value.expect("a variable")))
}

fn show(value: &Constant) -> String {
    let list = |items: &[Constant]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match value {
        Constant::None => "None".to_owned(),
        Constant::Bool(value) => value.to_string(),
        Constant::Int(value) => value.to_string(),
        Constant::Number(text) => text.to_string(),
        Constant::Text(text) => format!("'{text}'"),
        Constant::Bytes(text) => format!("b'{text}'"),
        Constant::List(items) => format!("[{}]", list(items)),
        Constant::Tuple(items) => format!("({})", list(items)),
        Constant::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", show(key), show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Constant::EnumMember { name, value, .. } => format!("<{name}: {}>", show(value)),
        Constant::Declaration(key) => key.path.to_string(),
        Constant::Unknown(why) => format!("? {why:?}"),
    }
}

#[test]
fn what_is_known_without_running_code() {
    const PRELUDE: &str = "import os\nfrom enum import Enum, StrEnum\nfrom conf import settings, PREFIX, Settings\n\
        class Color(str, Enum):\n    RED = 'red'\n    BLUE = 'blue'\nclass Kind(StrEnum):\n    A = 'a'\n\
        WORDS = ['x', 'y']\nWORDS += ['z']\nGROWN = []\nGROWN.append(1)\nif os.environ:\n    MODE = 1\nelse:\n    MODE = 2\n";
    const CONF: &str = "from pydantic import Field\nPREFIX = '/api'\nclass Settings:\n    V1: str = PREFIX + '/v1'\n    PAGE: int = Field(20, gt=0)\n    NAME: str\n\
        settings = Settings(NAME='shop')\n";
    for (expression, expected) in [
        ("f'{PREFIX}/x'", "'/api/x'"),
        ("f'{settings.V1}/users'", "'/api/v1/users'"),
        ("settings.NAME", "'shop'"),
        ("Settings.NAME", "? NotStated"),
        ("settings.PAGE + 1", "21"),
        ("'%s-%d' % ('a', 2)", "'a-2'"),
        ("'%(n)s' % {'n': 1}", "'1'"),
        ("'{}/{x}'.format(1, x='b')", "'1/b'"),
        ("', '.join(w.upper() for w in WORDS)", "'X, Y, Z'"),
        ("WORDS[-1]", "'z'"),
        ("{'a': [1, -2]}['a'][1]", "-2"),
        ("[*WORDS, 'q'][3]", "'q'"),
        ("Color.RED", "<RED: 'red'>"),
        ("Color.RED.value", "'red'"),
        ("Color['BLUE'].name", "'BLUE'"),
        ("Color('blue')", "<BLUE: 'blue'>"),
        ("[c.value for c in Color if c.value != 'red']", "['blue']"),
        ("{k: v for k, v in [('a', 1)]}", "{'a': 1}"),
        ("f'{Kind.A}'", "'a'"),
        // Before Python 3.12 this was "red", since then it is "Color.RED".
        ("f'{Color.RED}'", "? DynamicExpression"),
        ("None or 'x'", "'x'"),
        ("1 if PREFIX == '/api' else 2", "1"),
        ("os.environ.get('A', 'b')", "? DynamicExpression"),
        ("MODE", "? Ambiguous"),
        ("GROWN", "? Ambiguous"),
        ("missing", "? UndefinedName"),
        ("f'{missing}'", "? UndefinedName"),
    ] {
        let text = format!("{PRELUDE}RESULT = {expression}\n");
        assert_eq!(folded(&[("app.py", &text), ("conf.py", CONF)]), expected, "{expression}");
    }
}

#[test]
fn endless_definitions_end() {
    for text in ["A = B + 1\nB = A + 1\n", "from app import A as B\nA = B\n", "X = [X for X in X]\n"] {
        assert!(folded(&[("app.py", text)]).starts_with('?'), "{text}");
    }
    let long = format!("X = {}1\n", "1 + ".repeat(5_000));
    assert_eq!(folded(&[("app.py", &long)]), "5001");
    let wide = "R = range\nL = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nX = [0 for a in L for b in L for c in L for d in L for e in L]\n";
    assert_eq!(folded(&[("app.py", wide)]), "? DynamicExpression");
}

#[test]
fn small_functions_are_run() {
    const PRELUDE: &str = "import re\nimport functools\nfrom other import wrap\n\
        def camel(s):\n    head, *tail = s.split('_')\n    return head + ''.join(w.capitalize() for w in tail)\n\
        def mapped(s: str) -> str:\n    'doc'\n    parts = s.split('_')\n    return parts[0] + ''.join(map(str.title, parts[1:]))\n\
        def looped(s):\n    out = ''\n    for i, w in enumerate(s.split('_')):\n        out += w if not i else w.capitalize()\n    return out\n\
        @functools.lru_cache(maxsize=None)\ndef kept(s, *, end='!'):\n    if s.isupper():\n        return s\n    return s + end\n\
        @wrap\ndef wrapped(s):\n    return s\n\
        def endless(s):\n    return endless(s)\n\
        def silent(s):\n    t = s\n\
        def changes(s):\n    seen = []\n    seen.append(s)\n    return s\n\
        class Tool:\n    def own(self, s='a'):\n        return s\n    @staticmethod\n    def free(s):\n        return s\n\
        def many(s):\n    n = 0\n    for a in LONG:\n        for b in LONG:\n            for c in LONG:\n                n += 1\n    return n\n\
        LONG = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'\n";
    for (expression, expected) in [
        ("camel('order_line_id')", "'orderLineId'"),
        ("mapped('order_line_id')", "'orderLineId'"),
        ("looped('order_line_id').upper()", "'ORDERLINEID'"),
        ("kept('a')", "'a!'"),
        ("kept('A', end='?') + kept('a', end='?')", "'Aa?'"),
        ("silent('a')", "None"),
        ("Tool.free('a')", "'a'"),
        ("Tool.own('b')", "? DynamicExpression"),
        ("wrapped('a')", "? DynamicExpression"),
        ("camel()", "? DynamicExpression"),
        ("camel('a', 'b')", "? DynamicExpression"),
        ("camel('a', t='b')", "? DynamicExpression"),
        ("changes('a')", "? DynamicExpression"),
        ("many('a')", "? DynamicExpression"),
        ("re.sub('_', '', 'a_b_c')", "'abc'"),
        ("re.sub('x*', '-', 'abxd')", "'-a-b--d-'"),
        (r"re.sub('([a-z0-9])([A-Z])', r'\1_\2', 'aB1C')", "'a_B1_C'"),
        ("re.split('(?=[A-Z])', 'AbC')", "['', 'Ab', 'C']"),
        ("re.sub('_', '', 'a_b', 1)", "? DynamicExpression"),
        ("re.sub('_', lambda m: '', 'a_b')", "? DynamicExpression"),
        ("re.sub('|a', '-', 'a')", "? DynamicExpression"),
        ("re.sub('[]a]', '-', 'a')", "? DynamicExpression"),
        ("re.sub('(?P<n>a)', '-', 'a')", "? DynamicExpression"),
    ] {
        let text = format!("{PRELUDE}RESULT = {expression}\n");
        assert_eq!(folded(&[("app.py", &text)]), expected, "{expression}");
    }
    assert!(folded(&[("app.py", &format!("{PRELUDE}RESULT = endless('a')\n"))]).starts_with('?'));
}

#[test]
fn attributes_that_an_object_hands_on() {
    const PRELUDE: &str = "from pydantic_settings import BaseSettings\n\
        class Settings(BaseSettings):\n    PREFIX: str = '/api/v1'\n    NAME: str = 'a'\n\
        class Other:\n    NAME = 'b'\n\
        class Watched:\n    OWN = 'own'\n    def __init__(self, base, other=None):\n        self._base = base\n    def __getattr__(self, name):\n        if name in self._seen:\n            return self._seen[name]\n        return getattr(self._base, name)\n\
        class Silent:\n    def __init__(self, base):\n        self._base = base\n    def __getattr__(self, name):\n        return 'x'\n\
        base = Settings()\n";
    for (made, expression, expected) in [
        ("Watched(base)", "settings.PREFIX", "'/api/v1'"),
        ("Watched(Settings())", "f'{settings.PREFIX}/users'", "'/api/v1/users'"),
        ("Watched(base=base)", "settings.PREFIX", "'/api/v1'"),
        ("Watched(base)", "settings.OWN", "'own'"),
        // Which of two is not known, nor what another hook gives.
        ("Watched(base, Other())", "settings.NAME", "?"),
        ("Watched(base, Other())", "settings.PREFIX", "'/api/v1'"),
        ("Silent(base)", "settings.PREFIX", "?"),
        ("Watched(base)", "settings.MISSING", "?"),
    ] {
        let text = format!("{PRELUDE}settings = {made}\nRESULT = {expression}\n");
        let found = folded(&[("app.py", &text)]);
        assert!(
            if expected == "?" { found.starts_with('?') } else { found == expected },
            "{made}: {expression}: {found}"
        );
    }
}
