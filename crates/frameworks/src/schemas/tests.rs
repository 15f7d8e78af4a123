//! Source -> schemas, in tables.

use alignment_model::Known;
use alignment_model::entity::{
    DefaultKind, Detail, Entity, EntityKind, ExtraKeys, Field, FieldKind, Presence,
};

use crate::testing::Repository;

/// Imports that most cases need.
const IMPORTS: &str = "\
from enum import Enum
from typing import Annotated, Any, ClassVar, Generic, Optional, TypeVar
from pydantic import (AfterValidator, AliasChoices, AliasGenerator, AliasPath, BaseModel, ConfigDict, Field, PlainSerializer,
                      PlainValidator, PrivateAttr, RootModel, StringConstraints, computed_field, constr, field_serializer,
                      field_validator, model_serializer, model_validator)
from pydantic.alias_generators import to_camel
";

fn entities(files: &[(&str, &str)]) -> Vec<Entity> {
    let entities = Repository::new(files).project().entities;
    entities.into_iter().filter(|entity| entity.layer() == alignment_model::Layer::Schema).collect()
}

fn named(code: &str, name: &str) -> Entity {
    let text = format!("{IMPORTS}{code}");
    let found = entities(&[("app.py", &text)]).into_iter().rfind(|entity| &*entity.name == name);
    found.unwrap_or_else(|| panic!("{name} in {code}"))
}

/// `name:wire type? =default`: `?` for nullable, `!` for required, `~` for what is not known.
fn show(field: &Field) -> String {
    let mut out = field.name.to_string();
    match &field.wire_name {
        Known::Is(wire) if *wire != field.name => out += &format!(":{wire}"),
        Known::Is(_) => {}
        Known::Unknown(_) => out += ":~",
    }
    out += &format!(" {}", field.ty.shape);
    out += match field.nullable {
        Known::Is(true) => "?",
        Known::Is(false) => "",
        Known::Unknown(_) => "~",
    };
    out += match field.presence {
        Known::Is(Presence::Required) => "!",
        Known::Is(Presence::Optional) => " optional",
        Known::Is(Presence::Defaulted) => "",
        Known::Unknown(_) => " presence~",
    };
    match &field.default {
        Known::Is(None) => {}
        Known::Is(Some(default)) if default.kind == DefaultKind::Computed => {
            out += &format!(" ={}()", default.text)
        }
        Known::Is(Some(default)) => out += &format!(" ={}", default.text),
        Known::Unknown(_) => out += " =~",
    }
    out
}

fn fields(entity: &Entity) -> Vec<String> {
    entity.fields.iter().map(show).collect()
}

/// The fields of the class `M` of each case.
#[track_caller]
fn check(cases: &[(&str, &[&str])]) {
    for (code, expected) in cases {
        assert_eq!(fields(&named(code, "M")), *expected, "\n{code}");
    }
}

#[test]
fn presence_null_and_default_of_version_2() {
    check(&[(
        "class M(BaseModel):\n    a: int\n    b: int | None\n    c: int | None = None\n    d: int = 5\n    e: Optional[str] = Field(...)\n    \
         f: str = Field('x', max_length=3)\n    g: list[int] = Field(default_factory=list)\n    h: float = Field(default=1e-5)\n    \
         i: int = ...\n    j: list[str] = []\n    k: Any\n    l: int = Field()\n    m: int = None\n    n: int = 60 * 60\n",
        &[
            "a int!",
            "b int?!",
            "c int? =null",
            "d int =5",
            "e string?!",
            "f string =x",
            "g array<int> =list()",
            "h float =1e-05",
            "i int!",
            "j array<string> =[]",
            "k any?!",
            "l int!",
            "m int =null",
            "n int =3600",
        ],
    )]);
}

#[test]
fn presence_null_and_default_of_version_1() {
    let code = "from typing import Any, Optional\nfrom pydantic import BaseModel, Field\nclass M(BaseModel):\n    \
                a: Optional[int]\n    b: int = None\n    c: Any\n    d = 5\n    e: Optional[int] = Field(...)\n    f: int\n    \
                class Config:\n        orm_mode = True\n";
    let files = [("requirements.txt", "pydantic==1.10.13\n"), ("app.py", code)];
    let model = entities(&files).pop().expect("one model");
    let expected = ["a int? =None", "b int? =null", "c any? =None", "d int =5", "e int?!", "f int!"];
    assert_eq!(fields(&model), expected);
    let Detail::Schema(detail) = &model.detail else { panic!("a schema") };
    assert_eq!((detail.from_attributes, detail.pydantic), (true, Some(1)));
}

#[test]
fn what_only_version_1_says() {
    let code = "from pydantic import BaseModel, create_model\nclass M(BaseModel):\n    a: int\n    b: int\n    c: int\n    \
                class Config:\n        fields = {'a': 'A', 'b': {'alias': 'B'}}\n        alias_generator = lambda n: n.upper()\n\
                Made = create_model('Made', size=(int, ...), count=3)\n";
    let [model, made] = ["M", "Made"].map(|name| {
        let files = [("requirements.txt", "pydantic==1.10.13\n"), ("app.py", code)];
        let found = entities(&files).into_iter().find(|entity| &*entity.name == name);
        fields(&found.expect("a model"))
    });
    assert_eq!(model, ["a:A int!", "b:B int!", "c:C int!"]);
    assert_eq!(made, ["size int!", "count int =3"]);
}

#[test]
fn names_on_the_wire() {
    check(&[
        (
            "class M(BaseModel):\n    a: int = Field(alias='x')\n    b: int = Field(serialization_alias='y', alias='z')\n    \
             c: int = Field(validation_alias='v')\n    d: int = Field(validation_alias=AliasChoices('e', 'f'))\n",
            &["a:x int!", "b:y int!", "c int!", "d int!"],
        ),
        (
            "class Base(BaseModel):\n    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)\n\
             class M(Base):\n    user_id: int\n    own: int = Field(alias='Own')\n    read_only: int = Field(validation_alias='r')\n    page_1: int\n",
            &["user_id:userId int!", "own:Own int!", "read_only:readOnly int!", "page_1:page1 int!"],
        ),
        // What a parent's generator made of a field with an alias of its own stays; what it made of others is made anew.
        (
            "class Top(BaseModel):\n    a_b: int = Field(validation_alias='v')\n    c_d: int\n\
             class Base(Top):\n    model_config = ConfigDict(alias_generator=to_camel)\n\
             class M(Base):\n    model_config = ConfigDict(alias_generator=lambda name: name.upper())\n    e_f: int = Field(validation_alias='w')\n",
            &["a_b:aB int!", "c_d:C_D int!", "e_f:E_F int!"],
        ),
        (
            "def shout(name):\n    return name.upper()\nclass M(BaseModel):\n    model_config = {'alias_generator': shout}\n    a_b: int\n",
            &["a_b:A_B int!"],
        ),
        (
            "class M(BaseModel):\n    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))\n    a_b: int\n",
            &["a_b:aB int!"],
        ),
        (
            "class M(BaseModel):\n    model_config = ConfigDict(alias_generator=elsewhere)\n    a_b: int\n    c: int = Field(alias='d')\n",
            &["a_b:~ int!", "c:d int!"],
        ),
        (
            "class M(BaseModel):\n    class Config:\n        alias_generator = lambda s: '_' + s\n    a: int\n",
            &["a:_a int!"],
        ),
    ]);
}

#[test]
fn inheritance_keeps_order_and_substitutes() {
    check(&[
        (
            "class A(BaseModel):\n    a: int\n    b: str = 'x'\nclass M(A):\n    c: int\n    b: str | None\n",
            &["a int!", "b string?!", "c int!"],
        ),
        (
            "class Mixin:\n    m: int = 1\nclass A(BaseModel):\n    a: int\nclass M(A, Mixin):\n    a: ClassVar[int] = 2\n    z: int\n",
            &["m int =1", "z int!"],
        ),
        (
            "T = TypeVar('T')\nclass A(BaseModel, Generic[T]):\n    items: list[T]\n    one: T\nclass M(A[str]): ...\n",
            &["items array<string>!", "one string!"],
        ),
        ("class A[T](BaseModel):\n    items: list[T]\nclass M(A[int]): ...\n", &["items array<int>!"]),
        (
            "T = TypeVar('T')\nclass M(BaseModel, Generic[T]):\n    items: list[T]\n    one: T\n",
            &["items array<any>!", "one any~!"],
        ),
        ("class M(RootModel[list[int]]): ...\n", &["root array<int>!"]),
        ("class M(RootModel):\n    root: dict[str, int]\n", &["root map<string,int>!"]),
        (
            "class M(BaseModel):\n    _a: int = PrivateAttr()\n    b: ClassVar[int] = 1\n    c: int\n    model_config = ConfigDict(extra='forbid')\n",
            &["c int!"],
        ),
        ("class M(M): ...\nclass M(BaseModel):\n    last: int\n", &["last int!"]),
    ]);
}

#[test]
fn models_made_by_calls() {
    let code = "from pydantic import create_model\nclass Base(BaseModel):\n    a: int\n\
                M = create_model('Made', b=(str | None, None), c=(int, ...), d=(int, Field(alias='e')), __base__=Base)\n\
                N = create_model('Open', x=(int, 1), **more)\n";
    assert_eq!(fields(&named(code, "Made")), ["a int!", "b string? =null", "c int!", "d:e int!"]);
    let open = named(code, "Open");
    assert_eq!((fields(&open), open.completeness.is_complete()), (vec!["x int =1".to_owned()], false));
}

#[test]
fn inheritance_crosses_files() {
    let files = [
        (
            "app/base.py",
            "from pydantic import BaseModel, ConfigDict\nclass Schema(BaseModel):\n    model_config = ConfigDict(from_attributes=True)\n    id: int\n",
        ),
        ("app/__init__.py", "from .base import Schema as Root\n"),
        ("app/user.py", "from app import Root\nclass User(Root):\n    name: str\n"),
    ];
    let found = entities(&files);
    let user = found.iter().find(|entity| &*entity.name == "User").expect("User");
    assert_eq!(fields(user), ["id int!", "name string!"]);
    assert_eq!(&*user.qualname, "app.user.User");
    assert!(user.fields[0].declared_in.is_some() && user.fields[1].declared_in.is_none());
    assert!(matches!(&user.detail, Detail::Schema(detail) if detail.from_attributes));
}

#[test]
fn an_unknown_base_makes_the_model_incomplete() {
    let model = named("from elsewhere import Extra\nclass M(Extra, BaseModel):\n    a: int\n", "M");
    assert!(!model.completeness.is_complete());
    assert_eq!(fields(&model), ["a int!"]);
}

#[test]
fn constraints_close_texts() {
    let model = named(
        "Short = Annotated[str, StringConstraints(max_length=4)]\nclass M(BaseModel):\n    a: Short\n    b: Short | None = None\n    \
         c: str = Field(pattern='^(x|y)$')\n    d: constr(max_length=9)\n    e: list[str] = Field(max_length=2)\n    f: str\n",
        "M",
    );
    let lengths: Vec<_> = model.fields.iter().map(|field| field.length.is().copied().flatten()).collect();
    assert_eq!(lengths, [Some(4), Some(4), None, Some(9), None, None]);
    let values: Vec<_> =
        model.fields.iter().map(|f| f.values.is().and_then(|v| v.as_ref()).map(Vec::len)).collect();
    assert_eq!(values, [None, None, Some(2), None, None, None]);
}

#[test]
fn code_leaves_unknown_only_what_it_can_change() {
    check(&[
        (
            "class M(BaseModel):\n    a: list[str]\n    b: str\n    c: str | None\n    d: int\n    \
             @field_validator('a', mode='before')\n    def _a(cls, v):\n        return v or []\n    \
             @field_validator('b')\n    def _b(cls, v):\n        if not v: raise ValueError()\n        return v\n    \
             @field_validator('c')\n    def _c(cls, v):\n        if v is None: return v\n        return v.strip()\n    \
             @field_validator('d', mode='before')\n    def _d(cls, v):\n        if isinstance(v, str): return int(v)\n        return v\n",
            &["a array<string>~!", "b string!", "c string?!", "d int!"],
        ),
        (
            "class M(BaseModel):\n    a: int\n    b: int\n    @model_validator(mode='before')\n    def fill(cls, data):\n        \
             if isinstance(data, dict) and 'a' not in data:\n            data['a'] = 1\n        return data\n",
            &["a int~ presence~", "b int!"],
        ),
        (
            "class M(BaseModel):\n    a: int\n    b: int | None\n    @model_validator(mode='after')\n    def check(self):\n        \
             if self.a < 0: raise ValueError()\n        return self\n",
            &["a int!", "b int?!"],
        ),
        (
            "class M(BaseModel):\n    a: int\n    @model_validator(mode='before')\n    def make(cls, data):\n        return convert(data)\n",
            &["a int~ presence~"],
        ),
        (
            "def keep(v): return v\nclass M(BaseModel):\n    a: Annotated[int, PlainValidator(keep)]\n    b: Annotated[int, AfterValidator(keep)]\n",
            &["a unknown!", "b int!"],
        ),
    ]);
}

#[test]
fn serializers_decide_what_is_sent() {
    let model = named(
        "class M(BaseModel):\n    a: int\n    b: int\n    c: Annotated[int, PlainSerializer(lambda v: str(v), return_type=str)]\n    d: int = Field(exclude=True)\n    \
         @field_serializer('a')\n    def _a(self, v) -> str | None: ...\n    @field_serializer('b')\n    def _b(self, v): ...\n    \
         @computed_field(alias='total')\n    @property\n    def sum(self) -> int | None: ...\n    @property\n    def plain(self) -> int: ...\n",
        "M",
    );
    let sent: Vec<_> = model
        .fields
        .iter()
        .map(|f| (f.sent_type().shape.to_string(), f.sent_nullable().is().copied()))
        .collect();
    assert_eq!(sent[0], ("string".to_owned(), Some(true)));
    assert_eq!(sent[1], ("unknown".to_owned(), None));
    assert_eq!(sent[2], ("string".to_owned(), Some(false)));
    assert!(model.fields[3].excluded);
    assert_eq!(show(&model.fields[4]), "sum:total int?!");
    assert_eq!((model.fields.len(), model.fields[4].kind), (5, FieldKind::Computed));
    let whole =
        named("class M(BaseModel):\n    a: int\n    @model_serializer\n    def dump(self): ...\n", "M");
    assert!(!whole.completeness.is_complete());
}

#[test]
fn encoders_of_the_configuration_decide_what_is_sent() {
    let sent = |encoders: &str| {
        let model = named(
            &format!(
                "from datetime import date, datetime\nfrom decimal import Decimal\nclass Base(BaseModel):\n    model_config = ConfigDict(json_encoders={encoders})\n\
                 class M(Base):\n    a: Decimal\n    b: datetime | None\n    c: list[Decimal]\n    d: int\n"
            ),
            "M",
        );
        model.fields.iter().map(|field| field.sent_type().shape.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(sent("{}"), "decimal datetime array<decimal> int");
    assert_eq!(sent("{Decimal: float, datetime: lambda v: v.isoformat()}"), "float datetime unknown int");
    assert_eq!(sent("{Decimal: lambda v: str(v)}"), "string datetime unknown int");
    assert_eq!(sent("{datetime: lambda v: v.isoformat() + 'Z'}"), "decimal unknown array<decimal> int");
    assert_eq!(sent("ENCODERS"), "unknown unknown unknown int");
}

#[test]
fn attributes_are_read_by_alias() {
    let model = named(
        "class M(BaseModel):\n    model_config = ConfigDict(from_attributes=True)\n    a: int = Field(validation_alias='a_')\n    \
         b: int = Field(alias='B')\n    c: int = Field(validation_alias=AliasPath('user', 'name'))\n    d: int = Field(validation_alias=AliasChoices('d', 'e'))\n    f: int\n",
        "M",
    );
    let sources: Vec<_> = model.fields.iter().map(|field| field.source_attribute.as_deref()).collect();
    assert_eq!(sources, [Some("a_"), Some("B"), Some("user.name"), None, None]);
}

#[test]
fn requests_carry_validation_aliases() {
    let model = named(
        "class M(BaseModel):\n    a: int = Field(validation_alias='x')\n    b: int = Field(alias='B')\n    c: int = Field(serialization_alias='C')\n    \
         d: int = Field(validation_alias=AliasChoices('d', AliasPath('e', 0)))\n    f: int\n",
        "M",
    );
    let keys: Vec<_> = model
        .fields
        .iter()
        .map(|f| f.request_names.is().map(|keys| keys.join(",")).unwrap_or_default())
        .collect();
    assert_eq!(keys, ["x", "", "c", "d,e", ""]);
}

#[test]
fn configuration_is_inherited() {
    let code = "class A(BaseModel):\n    model_config = ConfigDict(extra='forbid', populate_by_name=True)\n\
                class B(A):\n    model_config = {**A.model_config, 'from_attributes': True}\nclass M(B, extra='allow'):\n    a: int\n";
    let Detail::Schema(detail) = named(code, "M").detail else { panic!("a schema") };
    assert_eq!(detail.extra, ExtraKeys::Allowed);
    assert!(detail.from_attributes && detail.populate_by_name);
}

#[test]
fn the_alias_of_sqlmodel_has_an_effect_as_of_its_version() {
    let keys = |lock: Option<&str>| {
        let text = "from sqlmodel import Field, SQLModel\nclass Note(SQLModel):\n    text: str = Field(alias='body')\n";
        let lock = lock.map(|version| {
            format!("[[package]]\nname = \"pydantic\"\nversion = \"2.11.0\"\n[[package]]\nname = \"sqlmodel\"\nversion = \"{version}\"\n")
        });
        let mut files = vec![("app.py", text)];
        files.extend(lock.as_deref().map(|lock| ("uv.lock", lock)));
        entities(&files).iter().flat_map(fields).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(keys(Some("0.0.24")), "text string!");
    assert_eq!(keys(Some("0.0.30")), "text:body string!");
    assert_eq!(keys(None), "text:~ string!");
}

#[test]
fn other_kinds_of_schema() {
    let text = "\
from dataclasses import dataclass, field, KW_ONLY
from enum import Enum, StrEnum, auto
from typing import ClassVar, NotRequired, TypedDict
from pydantic_settings import BaseSettings
from sqlmodel import Field, Relationship, SQLModel
import msgspec
@dataclass
class D:
    a: int
    _: KW_ONLY
    b: list[int] = field(default_factory=list)
    c: ClassVar[int] = 1
class T(TypedDict, total=False):
    a: int
class U(T):
    b: NotRequired[str]
    c: str
class S(BaseSettings):
    url: str = 'x'
class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    note: str = Field(alias='remark')
    team: 'Hero' = Relationship()
class W(msgspec.Struct, rename='camel'):
    user_id: int
    name: str = msgspec.field(name='n')
class E(StrEnum):
    A = auto()
    B = 'b'
    C = 'a'
    _ignore_ = []
    def f(self): ...
def local():
    class Hidden(SQLModel): ...
";
    let found = entities(&[("app.py", text)]);
    let all: Vec<_> =
        found.iter().map(|entity| (&*entity.name, entity.kind, fields(entity).join(", "))).collect();
    let expected: &[(&str, EntityKind, &str)] = &[
        ("D", EntityKind::Dataclass, "a int!, b array<int> =list()"),
        ("T", EntityKind::TypedDict, "a int optional"),
        ("U", EntityKind::TypedDict, "a int optional, b string optional, c string!"),
        ("S", EntityKind::Settings, "url string =x"),
        ("Hero", EntityKind::TableSchema, "id int? =null, note:~ string!"),
        ("W", EntityKind::Dataclass, "user_id:userId int!, name:n string!"),
        ("E", EntityKind::PythonEnum, "A:a literal!, B:b literal!, C:a literal!"),
    ];
    let all: Vec<_> = all.iter().map(|(name, kind, fields)| (*name, *kind, fields.as_str())).collect();
    assert_eq!(all, expected);
    let Some(Detail::Values(values)) = found.last().map(|entity| &entity.detail) else { panic!("values") };
    assert_eq!(
        (values.names.len(), values.values.as_ref().map(Vec::len)),
        (3, Some(2)),
        "an alias is no value"
    );
}

#[test]
fn many_classes_and_long_chains_are_fine() {
    let mut text = String::from("from pydantic import BaseModel\nclass C0(BaseModel):\n    f0: int\n");
    for at in 1..50 {
        text += &format!("class C{at}(C{}):\n    f{at}: int\n", at - 1);
    }
    let found = entities(&[("app.py", &text)]);
    assert_eq!(found.last().map(|entity| entity.fields.len()), Some(50));
}

#[test]
fn validators_that_refuse_all_but_a_list_close_the_set() {
    let code = "class Kind(Enum):\n    A = 'a'\n    B = 'b'\nKINDS = tuple(k.value for k in Kind)\nSIZES = {'s': 1, 'm': 2}\n\
class Refuses(BaseModel):\n    kind: str = 'a'\n    state: str | None = None\n    size: str\n    low: str\n    free: str\n    full: str\n    both: str\n    \
    @field_validator('kind')\n    @classmethod\n    def check_kind(cls, v: str) -> str:\n        \"\"\"One of the kinds.\"\"\"\n        if v not in KINDS:\n            raise ValueError(f'one of {KINDS}')\n        return v\n    \
    @field_validator('state')\n    @classmethod\n    def check_state(cls, v):\n        known = ['on', 'off']\n        if v is not None and v not in known:\n            raise ValueError('state')\n        return v\n    \
    @field_validator('size', 'both')\n    @classmethod\n    def check_size(cls, v):\n        if not v:\n            raise ValueError('empty')\n        if v not in SIZES:\n            raise ValueError('size')\n        return v\n    \
    @field_validator('low')\n    @classmethod\n    def check_low(cls, v):\n        v = v.lower()\n        if v not in KINDS:\n            raise ValueError('low')\n        return v\n    \
    @field_validator('free')\n    @classmethod\n    def check_free(cls, v):\n        if v and v not in KINDS:\n            raise ValueError('free')\n        return v\n    \
    @field_validator('full')\n    @classmethod\n    def check_full(cls, v):\n        if v not in KINDS:\n            return 'a'\n        return v\n    \
    @field_validator('both', mode='before')\n    @classmethod\n    def lower(cls, v):\n        return v.lower()\n";
    let shown: Vec<String> = named(code, "Refuses")
        .fields
        .iter()
        .map(|field| {
            let values = field.values.is().and_then(|values| values.clone());
            let values =
                values.map(|values| values.iter().map(|value| value.plain()).collect::<Vec<_>>().join("|"));
            format!("{} {}", field.name, values.unwrap_or_else(|| "open".to_owned()))
        })
        .collect();
    assert_eq!(
        shown,
        ["kind a|b", "state on|off", "size s|m", "low open", "free open", "full open", "both open"]
    );
}
