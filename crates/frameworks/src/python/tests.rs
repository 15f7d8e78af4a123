use super::*;
use crate::testing::Repository;

/// What a dotted name stands for, as text: `class app.models.User`, `external typing.Any`, `unknown`.
fn resolved(repository: &Repository, path: &str, scope: &str, name: &str) -> String {
    let names = repository.names();
    let segments: Vec<&str> = name.split('.').collect();
    match names.resolve_path(repository.file(path), scope, &segments) {
        Target::Class(key, _) => format!("class {}", names.qualified(&key)),
        Target::Function(key, _) => format!("function {}", names.qualified(&key)),
        Target::Variable(key, _) => format!("variable {}", names.qualified(&key)),
        Target::Alias(key, _) => format!("alias {}", names.qualified(&key)),
        Target::Module(file) => format!("module {}", names.module_name(file)),
        Target::Namespace(path) => format!("namespace {path}"),
        Target::External(path) => format!("external {path}"),
        Target::Unknown => "unknown".to_owned(),
    }
}

fn check(files: &[(&str, &str)], path: &str, cases: &[(&str, &str)]) {
    let repository = Repository::new(files);
    for (name, expected) in cases {
        assert_eq!(resolved(&repository, path, "", name), *expected, "{name}");
    }
}

#[test]
fn imports_of_every_form() {
    check(
        &[
            ("app/__init__.py", ""),
            ("app/base.py", "class Base: ...\ndef make(): ...\ntype Alias = int\n"),
            ("app/models/__init__.py", "from .user import User as User\nfrom .user import *\n"),
            (
                "app/models/user.py",
                "from app.base import Base\nclass User(Base):\n    class Meta: ...\nLIMIT = 3\n_hidden = 4\n",
            ),
            (
                "app/main.py",
                "import sqlalchemy as sa\nimport app.models.user\nimport os.path\nfrom app.base import Base as B, make, Alias\n\
                 from . import models\nfrom .models import User, LIMIT\nfrom .models.user import User as U\nfrom typing_extensions import Annotated\n\
                 from sqlalchemy.sql.schema import Column as C\nfrom .nowhere import X\n",
            ),
        ],
        "app/main.py",
        &[
            ("sa.String", "external sqlalchemy.String"),
            ("app.models.user.User", "class app.models.user.User"),
            ("app.models.User.Meta", "class app.models.user.User.Meta"),
            ("os.path.join", "external os.path.join"),
            ("B", "class app.base.Base"),
            ("make", "function app.base.make"),
            ("Alias", "alias app.base.Alias"),
            ("models", "module app.models"),
            ("models.User", "class app.models.user.User"),
            ("models.user.User", "class app.models.user.User"),
            ("User", "class app.models.user.User"),
            ("LIMIT", "variable app.models.user.LIMIT"),
            ("models._hidden", "unknown"),
            ("U", "class app.models.user.User"),
            ("Annotated", "external typing.Annotated"),
            ("C", "external sqlalchemy.Column"),
            ("X", "unknown"),
            ("int", "external builtins.int"),
            ("nothing", "unknown"),
        ],
    );
}

#[test]
fn star_imports_follow_all() {
    check(
        &[
            ("a.py", "__all__ = ['shown']\n__all__ += ['_too']\nshown = 1\n_too = 2\nhidden = 3\n"),
            ("b.py", "from a import *\nfrom c import *\n"),
            ("c.py", "from b import *\nfrom sqlalchemy import *\nown = 1\n"),
        ],
        "b.py",
        &[
            ("shown", "variable a.shown"),
            ("_too", "variable a._too"),
            ("own", "variable c.own"),
            // `hidden` is not in `__all__`, so only SQLAlchemy's star can bind it, as far as anybody can tell.
            ("hidden", "external sqlalchemy.hidden"),
        ],
    );
}

/// Pydantic 2 has the API of 1 in `pydantic.v1`, and 1 in `pydantic`.
#[test]
fn stars_of_both_places_of_one_api_are_one() {
    for text in [
        "try:\n    from pydantic.v1 import *\nexcept ImportError:\n    from pydantic import *\n",
        "try:\n    from pydantic import *\nexcept ImportError:\n    from pydantic.v1 import *\n",
    ] {
        check(&[("compat.py", text)], "compat.py", &[("BaseModel", "external pydantic.v1.BaseModel")]);
    }
    let others = "from pydantic import *\nfrom attrs import *\n";
    check(&[("compat.py", others)], "compat.py", &[("BaseModel", "unknown")]);
}

#[test]
fn branches_prefer_what_runs_for_a_type_checker_or_without_an_error() {
    check(
        &[
            ("m.py", "class User: ...\n"),
            (
                "n.py",
                "from typing import TYPE_CHECKING, Any\nif TYPE_CHECKING:\n    from m import User\nelse:\n    User = Any\n\
                 try:\n    from fast import Thing\nexcept ImportError:\n    Thing = None\n\
                 if 1:\n    class Made: ...\nif __name__ == '__main__':\n    Any = None\n",
            ),
        ],
        "n.py",
        &[
            ("User", "class m.User"),
            ("Thing", "external fast.Thing"),
            ("Made", "class n.Made"),
            ("Any", "external typing.Any"),
        ],
    );
}

#[test]
fn aliases_and_instances_are_looked_through() {
    check(
        &[(
            "m.py",
            "from flask_sqlalchemy import SQLAlchemy\nimport sqlalchemy as sa\nfrom functools import lru_cache\n\
             db = SQLAlchemy()\nC = sa.Column\nModel = db.Model\nC2 = C\n\
             class Settings:\n    NAME: str = 'x'\nsettings = Settings()\n\
             @lru_cache\ndef get() -> Settings: ...\nlater = get()\nLoop = Pool\nPool = Loop\n",
        )],
        "m.py",
        &[
            ("C", "external sqlalchemy.Column"),
            ("C2", "external sqlalchemy.Column"),
            ("db.Column", "external sqlalchemy.Column"),
            ("db.relationship", "external sqlalchemy.orm.relationship"),
            ("Model", "external flask_sqlalchemy.SQLAlchemy.Model"),
            ("settings.NAME", "variable m.Settings.NAME"),
            ("later.NAME", "variable m.Settings.NAME"),
            // Names that stand for each other end as what they are: variables.
            ("Loop", "variable m.Pool"),
        ],
    );
}

#[test]
fn roots_are_where_imports_resolve_from() {
    let files = [
        ("backend/app/__init__.py", ""),
        (
            "backend/app/main.py",
            "from app.core.config import settings\nimport redis\nimport logging\nfrom alembic import op\n",
        ),
        ("backend/app/core/config.py", "settings = 1\n"),
        // A module named like a package of the index, inside a package: not what `import redis` means.
        ("backend/app/redis.py", "client = 1\n"),
        ("backend/logging.py", ""),
        ("backend/alembic/env.py", "from app.main import redis\n"),
        ("packages/one/src/one/__init__.py", "from one.inner import Thing\n"),
        ("packages/one/src/one/inner.py", "class Thing: ...\n"),
        ("packages/two/src/two/use.py", "from one import Thing\nfrom two.own import x\n"),
        ("packages/two/src/two/own.py", "x = 1\n"),
        ("script/helper.py", "def help(): ...\n"),
        ("script/run.py", "import helper\n"),
    ];
    check(
        &files,
        "backend/app/main.py",
        &[
            ("settings", "variable app.core.config.settings"),
            ("redis", "external redis"),
            ("logging", "external logging"),
            ("op", "external alembic.op"),
        ],
    );
    check(
        &files,
        "packages/two/src/two/use.py",
        &[("Thing", "class one.inner.Thing"), ("x", "variable two.own.x")],
    );
    check(&files, "script/run.py", &[("helper.help", "function helper.help")]);
}

#[test]
fn a_package_inside_another_does_not_hide_an_installed_one() {
    let types = "from sqlalchemy.types import TypeDecorator\nclass Text(TypeDecorator): ...\n";
    let files = [
        ("server/app/__init__.py", ""),
        ("server/app/kit/__init__.py", ""),
        ("server/app/kit/sqlalchemy/__init__.py", ""),
        ("server/app/kit/sqlalchemy/types.py", types),
        (
            "server/app/models.py",
            "from sqlalchemy import ForeignKey\nfrom sqlalchemy.types import String\nfrom app.kit.sqlalchemy.types import Text\n",
        ),
        ("server/app/main.py", "from app.models import Text\nfrom app.kit.sqlalchemy import types\n"),
    ];
    check(
        &files,
        "server/app/models.py",
        &[
            ("ForeignKey", "external sqlalchemy.ForeignKey"),
            ("String", "external sqlalchemy.String"),
            ("Text", "class app.kit.sqlalchemy.types.Text"),
        ],
    );
    check(
        &files,
        "server/app/kit/sqlalchemy/types.py",
        &[("TypeDecorator", "external sqlalchemy.TypeDecorator")],
    );
}

#[test]
fn a_file_that_edits_the_path_may_import_from_inside_a_package() {
    let edited =
        "import os\nimport sys\nsys.path.append(os.path.dirname(__file__))\nfrom kit.loader import load\n";
    let files = [
        ("server/app/__init__.py", ""),
        ("server/app/steps/__init__.py", ""),
        ("server/app/steps/kit/__init__.py", ""),
        ("server/app/steps/kit/loader.py", "def load(): ...\n"),
        ("server/app/steps/first.py", "from app.steps.kit.loader import load\n"),
        ("server/app/steps/second.py", "from app.steps.kit.loader import load\n"),
        ("server/app/steps/third.py", edited),
    ];
    check(&files, "server/app/steps/third.py", &[("load", "function app.steps.kit.loader.load")]);
}

#[test]
fn a_field_does_not_hide_the_type_of_its_name() {
    let repository = Repository::of(
        "from datetime import date\nclass A:\n    date: date = None\n    class In: ...\n    kind = In\n",
    );
    assert_eq!(resolved(&repository, "app.py", "A", "date"), "external datetime.date");
    assert_eq!(resolved(&repository, "app.py", "A", "In"), "class app.A.In");
    assert_eq!(resolved(&repository, "app.py", "", "A.kind"), "class app.A.In");
}

#[test]
fn a_function_sees_its_own_names_and_not_those_of_its_class() {
    let repository = Repository::of(
        "class User: ...\nclass S:\n    class User: ...\n    def run(self, User2):\n        from typing import Any\n        x = 1\n",
    );
    assert_eq!(resolved(&repository, "app.py", "S.run", "User"), "class app.User");
    assert_eq!(resolved(&repository, "app.py", "S.run", "Any"), "external typing.Any");
    assert_eq!(resolved(&repository, "app.py", "S.run", "x"), "variable app.S.run.x");
}

fn order(repository: &Repository, class: &str) -> Vec<String> {
    let names = repository.names();
    let key = DeclarationKey { file: repository.file("app.py"), path: class.into() };
    let order = &names.hierarchy(&key).mro;
    let text = order.iter().map(|ancestor| match ancestor {
        Ancestor::Class { key, arguments, .. } => format!("{}{}", key.path, "*".repeat(arguments.len())),
        Ancestor::External { path, .. } => path.clone(),
        Ancestor::Made { callee, .. } => format!("{callee}()"),
        Ancestor::Unknown { name, .. } => format!("?{name}"),
    });
    text.collect()
}

#[test]
fn method_resolution_order_is_c3() {
    let repository = Repository::of(
        "from typing import Generic, TypeVar\nfrom pydantic import BaseModel\nfrom sqlalchemy.orm import declarative_base\n\
         class Common: ...\nBase = declarative_base(cls=Common)\nT = TypeVar('T')\n\
         class A(BaseModel): ...\nclass B(A): ...\nclass C(A): ...\nclass D(B, C): ...\n\
         class Page(BaseModel, Generic[T]): ...\nclass UserPage(Page[int]): ...\nclass M(Base, object): ...\n\
         class Bad(A, B): ...\nclass Odd(nowhere.Base): ...\nclass Self(Self): ...\nclass X(Y): ...\nclass Y(X): ...\n",
    );
    for (class, expected) in [
        ("D", "D B C A pydantic.BaseModel"),
        ("UserPage", "UserPage Page* pydantic.BaseModel typing.Generic"),
        ("M", "M sqlalchemy.orm.declarative_base() Common"),
        // Python refuses `class Bad(A, B)`; the order is then that of the bases as written.
        ("Bad", "Bad A B pydantic.BaseModel"),
        ("Odd", "Odd ?nowhere.Base"),
        ("Self", "Self ?Self"),
        ("X", "X Y ?X"),
    ] {
        assert_eq!(order(&repository, class).join(" "), expected, "{class}");
    }
}

#[test]
fn a_long_line_of_ancestors_ends_in_an_unknown_one() {
    let mut text = String::from("class C0: ...\n");
    for at in 1..2000 {
        text += &format!("class C{at}(C{}): ...\n", at - 1);
    }
    let repository = Repository::of(&text);
    let names = repository.names();
    let key = DeclarationKey { file: repository.file("app.py"), path: "C1999".into() };
    assert!(names.hierarchy(&key).has_unknown());
}

#[test]
fn functions_make_classes() {
    let repository = Repository::of(
        "from functools import cache\nfrom sqlalchemy.orm import DeclarativeBase, declarative_base\nfrom other import wrap\n\
         def base():\n    class Common: ...\n    class Base(Common, DeclarativeBase):\n        class Inner: ...\n    return Base\n\
         @cache\ndef old():\n    Made = declarative_base()\n    return Made\n\
         def either(x):\n    class A: ...\n    class B: ...\n    if x:\n        return A\n    return B\n\
         @wrap\ndef wrapped():\n    class C: ...\n    return C\n\
         async def later():\n    class C: ...\n    return C\n\
         def around():\n    class Own(around()): ...\n    return Own\n\
         Base = base()\nOld = old()\nEither = either(1)\nWrapped = wrapped()\nLater = later()\n\
         class M(Base): ...\nclass N(base()): ...\nclass O(Old): ...\nclass P(Either): ...\nclass Q(Wrapped): ...\nclass R(Later): ...\nclass S(around()): ...\n",
    );
    assert_eq!(resolved(&repository, "app.py", "", "Base"), "class app.base.Base");
    assert_eq!(resolved(&repository, "app.py", "", "Base.Inner"), "class app.base.Base.Inner");
    assert_eq!(resolved(&repository, "app.py", "", "Either"), "variable app.Either");
    for (class, expected) in [
        ("M", "M base.Base base.Common sqlalchemy.orm.DeclarativeBase"),
        ("N", "N base.Base base.Common sqlalchemy.orm.DeclarativeBase"),
        ("O", "O sqlalchemy.orm.declarative_base()"),
        ("P", "P ?Either"),
        ("Q", "Q ?Wrapped"),
        ("R", "R ?Later"),
        ("S", "S around.Own ?Own"),
    ] {
        assert_eq!(order(&repository, class).join(" "), expected, "{class}");
    }
    let names = repository.names();
    assert!(
        names.classes().all(|(key, _)| !key.path.contains('.')),
        "what a function makes is no declaration"
    );
}

#[test]
fn a_class_for_type_checkers_gives_way_to_what_runs() {
    let repository = Repository::of(
        "from typing import TYPE_CHECKING\nfrom pydantic import BaseModel, create_model\n\
         if TYPE_CHECKING:\n    from far import Import\n    class Made(BaseModel): ...\n    class Other: ...\n    class Partial: ...\nelse:\n    Import = None\n    @partial\n    class Partial: ...\n    Made = create_model('Made', x=(int, ...))\n",
    );
    assert_eq!(resolved(&repository, "app.py", "", "Made"), "variable app.Made");
    assert_eq!(resolved(&repository, "app.py", "", "Other"), "class app.Other");
    assert_eq!(resolved(&repository, "app.py", "", "Import"), "external far.Import");
    let names = repository.names();
    let kept = names.classes().map(|(key, class)| (&*key.path, class.decorators.len()));
    assert_eq!(kept.collect::<Vec<_>>(), [("Other", 0), ("Partial", 0)]);
}
