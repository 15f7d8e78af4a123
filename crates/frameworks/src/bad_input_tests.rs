//! Python that no framework would accept, or that nobody would write by hand: it ends in time, and what is not known stays unknown.

use alignment_model::Layer;
use alignment_model::entity::Entity;
use alignment_model::project::Project;

use crate::testing::{Repository, in_time};

/// What the frameworks read from these files, within the limit.
#[track_caller]
fn project(files: Vec<(String, String)>) -> Project {
    in_time(files, Repository::project)
}

#[track_caller]
fn of(text: impl Into<String>) -> Project {
    project(vec![("app.py".to_owned(), text.into())])
}

fn entity<'p>(project: &'p Project, layer: Layer, name: &str) -> &'p Entity {
    let found = project.entities.iter().find(|entity| entity.layer() == layer && &*entity.name == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

const SCHEMA: &str = "from typing import Generic, List, Optional, TypeVar\nfrom pydantic import BaseModel, ConfigDict, Field\nT = TypeVar('T')\n";
const MODEL: &str =
    "from sqlalchemy import *\nfrom sqlalchemy.orm import *\nclass Base(DeclarativeBase): ...\n";

#[test]
fn classes_that_inherit_from_themselves() {
    let project = of(format!(
        "{SCHEMA}{MODEL}class A(A):\n    x: int\nclass B(C, BaseModel):\n    x: int\nclass C(B):\n    y: int\n\
         class M(M, Base):\n    __tablename__ = 'm'\n    id: Mapped[int] = mapped_column(primary_key=True)\n\
         class P(Base):\n    __tablename__ = 'p'\n    id = Column(Integer, primary_key=True)\nclass Q(R, P):\n    a = Column(Integer)\nclass R(Q):\n    b = Column(Integer)\n"
    ));
    assert!(entity(&project, Layer::Schema, "B").field("x").is_some());
    assert!(entity(&project, Layer::Orm, "P").field("id").is_some());
}

#[test]
fn circles_of_inheritance_over_modules() {
    let module = |this: usize, next: usize| {
        let text = format!(
            "from m{next} import C{next}\nfrom pydantic import BaseModel\nclass C{this}(C{next}, BaseModel):\n    f{this}: 'C{next} | None' = C{next}.f{next}\n"
        );
        (format!("m{this}.py"), text)
    };
    let project = project((0..24).map(|this| module(this, (this + 1) % 24)).collect());
    assert!(entity(&project, Layer::Schema, "C7").field("f7").is_some());
}

#[test]
fn generic_classes_that_are_their_own_arguments() {
    let project = of(format!(
        "{SCHEMA}class B(BaseModel, Generic[T]):\n    item: T\n    next: 'B[B[T]]'\nclass A(B['A[T]'], Generic[T]):\n    x: int\n\
         class Deep(B['B[Deep]']):\n    more: List['Deep']\nclass Twice(B['Twice'], B['Twice']):\n    ...\nclass N[U](B['N[list[U]]']):\n    u: U\n\
         type Json = dict[str, Json] | list[Json] | None\nclass J(BaseModel):\n    json: Json\n"
    ));
    assert!(entity(&project, Layer::Schema, "A").field("x").is_some());
    assert!(entity(&project, Layer::Schema, "N").field("u").is_some());
    assert!(entity(&project, Layer::Schema, "J").field("json").is_some());
}

#[test]
fn alias_generators_that_do_not_fold() {
    let project = of(format!(
        "{SCHEMA}import random\ndef a(name):\n    return b(name)\ndef b(name):\n    return a(name)\ndef grow(name):\n    while True:\n        name = name + name\n    return name\n\
         def chance(name):\n    return name + str(random.random())\nlate = lambda name: late(late(name))\nclass G:\n    def __call__(self, name):\n        return name\n\
         class A(BaseModel):\n    model_config = ConfigDict(alias_generator=a)\n    x_y: int\nclass Grow(BaseModel):\n    model_config = ConfigDict(alias_generator=grow)\n    x_y: int\n\
         class Chance(BaseModel):\n    model_config = ConfigDict(alias_generator=chance)\n    x_y: int\nclass Late(BaseModel):\n    model_config = ConfigDict(alias_generator=late)\n    x_y: int\n\
         class Called(BaseModel):\n    model_config = ConfigDict(alias_generator=G())\n    x_y: int\nclass Missing(BaseModel):\n    model_config = ConfigDict(alias_generator=nowhere.to)\n    x_y: int\n"
    ));
    for name in ["A", "Grow", "Chance", "Late", "Called", "Missing"] {
        let field = entity(&project, Layer::Schema, name).field("x_y").expect("its field");
        assert_eq!(field.wire_name.is(), None, "{name}");
    }
}

#[test]
fn imports_in_a_circle_and_names_that_are_each_other() {
    let project = project(vec![
        ("a.py".into(), "from b import *\nfrom b import X as X\nY = X\nfrom pydantic import BaseModel\nclass A(X):\n    a: Y\nZ = Z\nfor Z in Z: ...\n".into()),
        ("b.py".into(), "from a import *\nfrom a import X as X\nX = Y = X\nfrom a import A\nclass B(A):\n    b: 'A'\n".into()),
        ("c/__init__.py".into(), "from .c import c\nfrom . import c\n".into()),
        ("c/c.py".into(), "from . import c\nfrom c import c as d\nclass D(c.c.c.c):\n    x: d.d.d\n".into()),
        ("app.py".into(), "from app import app\nfrom fastapi import APIRouter\nr = APIRouter(prefix=r.prefix)\nr.include_router(r)\ns = APIRouter()\nt = APIRouter()\ns.include_router(t)\nt.include_router(s)\n@s.get('/x')\ndef x(a: 'a' = x): ...\n".into()),
    ]);
    assert!(project.entities.iter().filter(|entity| entity.layer() == Layer::Route).count() < 100);
}

#[test]
fn ten_thousand_classes_in_one_file() {
    let mut text = format!("{SCHEMA}{MODEL}");
    for at in 0..5_000 {
        text += &format!("class S{at}(BaseModel):\n    x: 'S{}'\n", (at + 1) % 5_000);
        text += &format!(
            "class M{at}(Base):\n    __tablename__ = 'm{at}'\n    id = Column(Integer, primary_key=True)\n"
        );
    }
    let project = of(text);
    assert_eq!(project.entities.len(), 10_000);
}

#[test]
fn a_chain_of_a_thousand_bases() {
    let mut text = format!("{SCHEMA}class C0(BaseModel):\n    f0: int\n");
    for at in 1..1_000 {
        text += &format!("class C{at}(C{}):\n    f{at}: int\n", at - 1);
    }
    let project = of(text);
    assert_eq!(entity(&project, Layer::Schema, "C60").fields.len(), 61);
    // Beyond the deepest inheritance that is followed nothing is known, and so nothing is complete.
    let mut beyond = project.entities.iter().filter(|entity| entity.fields.len() > 300);
    assert!(beyond.all(|entity| !entity.completeness.is_complete()));
}

#[test]
fn a_model_with_two_thousand_columns() {
    let columns: String = (0..2_000)
        .map(|at| {
            format!(
                "    c{at}: Mapped[int | None] = mapped_column(ForeignKey('wide.c{}'))\n",
                (at + 1) % 2_000
            )
        })
        .collect();
    let project = of(format!(
        "{MODEL}class Wide(Base):\n    __tablename__ = 'wide'\n    id: Mapped[int] = mapped_column(primary_key=True)\n{columns}"
    ));
    assert_eq!(entity(&project, Layer::Orm, "Wide").fields.len(), 2_001);
}

#[test]
fn decorators_that_replace_the_class() {
    let project = of(format!(
        "{SCHEMA}{MODEL}def replace(cls):\n    return type('Other', (), {{}})\ndef loop(cls):\n    return loop(cls)\n\
         @replace\nclass A(BaseModel):\n    x: int\n@loop\n@replace\n@A\n@B\nclass B(A):\n    y: int\n\
         @replace\nclass M(Base):\n    __tablename__ = 'm'\n    id = Column(Integer, primary_key=True)\n@registry().mapped\n@loop\nclass R:\n    __tablename__ = 'r'\n    id = Column(Integer, primary_key=True)\n"
    ));
    assert!(project.entities.len() <= 4);
}

#[test]
fn types_that_are_nested_deeply() {
    let nested = |depth: usize| format!("{}int{}", "list[".repeat(depth), "]".repeat(depth));
    let unions = vec!["int"; 3_000].join(" | ");
    let texts = format!("{}'x'{}", "'a' + (".repeat(2_000), ")".repeat(2_000));
    let project = of(format!(
        "{SCHEMA}class A(BaseModel):\n    deep: {}\n    deeper: {}\n    wide: {unions}\n    quoted: 'Optional[{}]'\n    text: str = {texts}\n    later: int\n",
        nested(300),
        nested(5_000),
        nested(400),
    ));
    assert!(entity(&project, Layer::Schema, "A").field("later").is_some());
}

#[test]
fn words_of_frameworks_without_sense() {
    let project = of(format!(
        "{SCHEMA}{MODEL}class A(Base):\n    __tablename__ = 3\n    __table_args__ = __table_args__\n    __mapper_args__ = {{'concrete': concrete, **more}}\n    id = Column(Column(Column))\n\
         \x20   x = Column(*[], **{{}}, **x)\n    y: Mapped[Mapped[Mapped]] = mapped_column(mapped_column(y))\n    z = relationship(lambda: A.z, backref=A)\n    w = deferred(deferred(deferred(deferred(deferred(Column)))))\n\
         class B(BaseModel, A, table=True, alias_generator=...):\n    model_config = model_config\n    x: Field(x) = Field(Field(...), alias=alias)\n    class Config(Config):\n        fields = fields\n\
         class E(Enum):\n    A = A\nTable()\nTable(Table, Table, Table)\nregistry().map_imperatively()\nregistry().map_imperatively(A, A, properties={{A: A.c.x, **A}})\n"
    ));
    assert!(project.entities.len() < 10);
}
