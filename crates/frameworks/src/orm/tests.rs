//! Expected facts: SQLAlchemy 2.0.58 and SQLModel 0.0.44, run on the same classes.

use alignment_model::entity::{DefaultKind, Detail, Entity, EntityKind, FieldKind, Presence};
use alignment_model::project::Project;
use alignment_model::{Known, Layer};

use crate::testing::Repository;

/// Fields of a model, one a line: name, column if it differs, type, nullability, flags, defaults.
pub(super) fn fields(project: &Project, name: &str) -> Vec<String> {
    model(project, name).fields.iter().map(field).collect()
}

fn model<'p>(project: &'p Project, name: &str) -> &'p Entity {
    let found = project.entities.iter().find(|entity| entity.layer() == Layer::Orm && &*entity.name == name);
    found.unwrap_or_else(|| panic!("no model {name}"))
}

fn field(field: &alignment_model::entity::Field) -> String {
    let mut words = vec![field.name.to_string()];
    if let Known::Is(column) = &field.wire_name
        && *column != field.name
    {
        words.push(format!("({column})"));
    }
    if field.kind != FieldKind::Column {
        words.push(format!("<{}>", field.kind.key()));
    }
    let sql = field.ty.sql.as_ref().map(ToString::to_string);
    words.push(sql.unwrap_or_else(|| field.ty.shape.to_string()));
    words.push(match field.nullable {
        Known::Is(true) => "null".to_owned(),
        Known::Is(false) => "not-null".to_owned(),
        Known::Unknown(_) => "null?".to_owned(),
    });
    for (flag, word) in [
        (field.column.primary_key, "pk"),
        (field.column.unique, "unique"),
        (field.column.foreign_key, "fk"),
        (field.column.generated.is_generated(), "generated"),
        (field.column.annotation_disagrees, "disagrees"),
        (field.presence == Known::Is(Presence::Required), "required"),
    ] {
        words.extend(flag.then(|| word.to_owned()));
    }
    if let Known::Is(Some(default)) = &field.default {
        let mark = if default.kind == DefaultKind::Computed { "()" } else { "" };
        words.push(format!("={}{mark}", default.text));
    }
    if let Known::Is(Some(sql)) = &field.server_default {
        words.push(format!("sql={sql}"));
    }
    if let Known::Is(Some(values)) = &field.values {
        words.push(format!("[{}]", values.iter().map(|value| value.plain()).collect::<Vec<_>>().join(" ")));
    }
    words.join(" ")
}

pub(super) fn table(project: &Project, name: &str) -> String {
    model(project, name).table().map_or("?".to_owned(), ToString::to_string)
}

pub(super) fn check(source: &str, name: &str, expected: &[&str]) {
    let project = Repository::of(source).project();
    assert_eq!(fields(&project, name), expected, "{name}");
}

pub(super) const HEAD: &str = "import enum, uuid, datetime, decimal\nfrom typing import Annotated, Any, ClassVar, Dict, List, Literal, NewType, Optional, TypeVar\nimport sqlalchemy as sa\nfrom sqlalchemy import *\n\
from sqlalchemy.orm import *\nfrom sqlalchemy.dialects.postgresql import JSONB, UUID, ARRAY\n";

pub(super) fn with_base(text: &str) -> String {
    format!("{HEAD}class Base(DeclarativeBase): ...\n{text}")
}

#[test]
fn columns_of_the_old_style_are_nullable_unless_they_are_keys() {
    let text = format!(
        "{HEAD}from sqlalchemy.ext.declarative import declarative_base\nBase = declarative_base()\n\
         class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    name = Column(String(50))\n\
         \x20   mail: str = Column('email', String, nullable=False, unique=True)\n    made = Column(DateTime, default=datetime.datetime.utcnow)\n\
         \x20   flag = Column(Boolean, server_default=text('true'), nullable=False)\n    helper = 3\n    def go(self): ...\n\
         \x20   @property\n    def label(self) -> str | None: ...\n    @label.setter\n    def label(self, value): ...\n"
    );
    check(
        &text,
        "User",
        &[
            "id int4 not-null pk generated",
            "name varchar(50) null",
            "mail (email) varchar not-null unique required",
            "made timestamp null =datetime.datetime.utcnow()",
            "flag bool not-null sql=true",
            "label <property> string null",
        ],
    );
}

#[test]
fn what_only_type_checkers_see_makes_no_column() {
    let text = with_base(
        "from typing import TYPE_CHECKING\nclass A(Base):\n    __tablename__ = 'a'\n    id: Mapped[int] = mapped_column(primary_key=True)\n\
         \x20   if TYPE_CHECKING:\n        total: Mapped[int]\n\
         \x20   if TYPE_CHECKING:\n        key: Mapped[int]\n    else:\n        key = mapped_column(Integer)\n\
         A.total = column_property(select(1).scalar_subquery())\n",
    );
    check(
        &text,
        "A",
        &["id int4 not-null pk generated", "total <hybrid> int not-null", "key int4 not-null required"],
    );
}

#[test]
fn annotations_decide_null_and_type_unless_the_call_does() {
    let text = with_base(
        "class Kind(enum.Enum):\n    A = 'a'\n    BB = 'b'\nintpk = Annotated[int, mapped_column(primary_key=True)]\n\
         s50 = Annotated[str, mapped_column(String(50), nullable=True)]\n\
         class A(Base):\n    __tablename__ = 'a'\n    id: Mapped[intpk]\n    lit: Mapped[Literal['a', 'bbb']]\n    kind: Mapped[Kind]\n    maybe: Mapped[Optional[Kind]]\n\
         \x20   x: Mapped[s50]\n    y: Mapped[str] = mapped_column(nullable=True)\n    z: Mapped[str | None] = mapped_column(nullable=False)\n\
         \x20   b_id: Mapped[int] = mapped_column(ForeignKey('b.id'))\n    small: Mapped[Kind] = mapped_column(Enum(Kind, native_enum=False))\n\
         \x20   quoted: Mapped['uuid.UUID | None']\n    plain: int\n    bs: Mapped[list['B']] = relationship()\n\
         \x20   bare: Mapped[list] = relationship('B', viewonly=True)\n\
         class B(Base):\n    __tablename__ = 'b'\n    id: Mapped[Optional[int]] = mapped_column(BigInteger, primary_key=True)\n    key2 = mapped_column(Integer, primary_key=True)\n",
    );
    check(
        &text,
        "A",
        &[
            "id int4 not-null pk generated",
            "lit varchar(3) not-null required",
            "kind kind not-null required [A BB]",
            "maybe kind null [A BB]",
            "x varchar(50) null disagrees",
            "y varchar null disagrees",
            "z varchar not-null disagrees required",
            "b_id int8 not-null fk required",
            "small varchar(2) not-null required [A BB]",
            "quoted uuid null",
            "bs <relationship> array<ref<B>> not-null",
            "bare <relationship> ref<B> not-null",
        ],
    );
    check(&text, "B", &["id int8 null pk", "key2 int4 not-null pk"]);
}

#[test]
fn the_type_map_of_the_base_names_types_for_annotations() {
    let text = format!(
        "{HEAD}Id = NewType('Id', int)\nnarrow = Annotated[str, 30]\nclass Kind(enum.Enum):\n    A = 'a'\n\
         T = TypeVar('T')\nKey = Annotated[T, mapped_column(primary_key=True)]\ntype Name = str\n\
         class Base(DeclarativeBase):\n    type_annotation_map = {{dict[str, Any]: JSONB, datetime.datetime: DateTime(timezone=True), str: Text, \
         narrow: String(30), enum.Enum: Enum(enum.Enum, native_enum=False), Name: String(9)}}\n\
         class A(Base):\n    __tablename__ = 'a'\n    id: Mapped[Key[Id]]\n    data: Mapped[Dict[str, Any] | None]\n    at: Mapped[datetime.datetime]\n\
         \x20   text: Mapped[str]\n    short: Mapped[narrow]\n    kind: Mapped[Kind]\n    name: Mapped[Name]\n"
    );
    check(
        &text,
        "A",
        &[
            "id int4 not-null pk generated",
            "data jsonb null",
            "at timestamptz not-null required",
            "text text not-null required",
            "short varchar(30) not-null required",
            "kind varchar(1) not-null required [A]",
            "name varchar(9) not-null required",
        ],
    );
}

#[test]
fn mixins_and_declared_attributes_are_copied() {
    let text = with_base(
        "def stamp(**kw):\n    return mapped_column(DateTime(timezone=True), server_default=func.now(), **kw)\n\
         class Stamps:\n    made = stamp()\n    gone = Column(DateTime)\n\
         \x20   @declared_attr\n    def owner_id(cls) -> Mapped[int]:\n        return mapped_column(ForeignKey('users.id'), nullable=True)\n\
         \x20   @declared_attr.directive\n    def __tablename__(cls) -> str:\n        return cls.__name__.lower() + 's'\n\
         \x20   @declared_attr\n    def __table_args__(cls):\n        return (UniqueConstraint('code'), CheckConstraint(\"state IN ('on', 'off')\"), {'schema': 'shop'})\n\
         class Named(Base):\n    __abstract__ = True\n    code: Mapped[str]\n    state = Column(String(3))\n\
         class User(Stamps, Named):\n    id: Mapped[int] = mapped_column(primary_key=True)\n    gone = None\n",
    );
    let project = Repository::of(&text).project();
    assert_eq!(table(&project, "User"), "shop.users");
    assert_eq!(
        fields(&project, "User"),
        [
            "code varchar not-null unique required",
            "state varchar(3) null [on off]",
            "made timestamptz null sql=now()",
            "owner_id unknown null fk disagrees",
            "id int4 not-null pk generated",
        ]
    );
    assert_eq!(project.entities.iter().filter(|entity| entity.layer() == Layer::Orm).count(), 1);
}

#[test]
fn functions_name_tables_after_classes() {
    for (body, expected) in [
        (
            "return ''.join(['_' + c.lower() if c.isupper() else c for c in cls.__name__]).lstrip('_')",
            "order_line",
        ),
        (
            "return '_'.join(part.lower() for part in re.split('(?=[A-Z])', cls.__name__) if part)",
            "order_line",
        ),
        ("return re.sub(r'(?<!^)(?=[A-Z])', '_', cls.__name__).lower()", "order_line"),
        (
            "first = re.sub('(.)([A-Z][a-z]+)', r'\\1_\\2', cls.__name__)\n        return first.lower() + 's'",
            "order_lines",
        ),
        ("return plural(cls.__name__)", "orderlines"),
        (
            "if has_inherited_table(cls):\n            return None\n        return cls.__name__.lower()",
            "orderline",
        ),
        (
            "if cls.__name__ == 'OrderLine':\n            return 'lines'\n        return cls.__name__.lower()",
            "lines",
        ),
        ("return PREFIXES.pop() + cls.__name__", "?"),
        ("if unsure():\n            return 'a'\n        return 'b'", "?"),
    ] {
        let text = with_base(&format!(
            "import re\nfrom sqlalchemy.orm import has_inherited_table\nfrom elsewhere import unsure\n\
             def plural(name, end='s'):\n    return name.lower() + end\n\
             class Named(Base):\n    __abstract__ = True\n    @declared_attr.directive\n    def __tablename__(cls) -> str:\n        {body}\n\
             class OrderLine(Named):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
        ));
        assert_eq!(table(&Repository::of(&text).project(), "OrderLine"), expected, "{body}");
    }
}

#[test]
fn subclass_hooks_name_tables() {
    for (hook, class, expected) in [
        ("cls.__tablename__ = cls.__name__.lower()", "", "line"),
        ("cls.__tablename__ = cls.__name__.lower()", "    __tablename__ = 'own'\n", "line"),
        ("if not hasattr(cls, '__tablename__'):\n            cls.__tablename__ = 'made'", "", "made"),
        (
            "if '__tablename__' not in cls.__dict__:\n            cls.__tablename__ = 'made'",
            "    __tablename__ = 'own'\n",
            "own",
        ),
        ("if unsure():\n            cls.__tablename__ = 'made'", "    __tablename__ = 'own'\n", "?"),
        ("cls.note = 1", "    __tablename__ = 'own'\n", "own"),
    ] {
        let text = with_base(&format!(
            "class Named(Base):\n    __abstract__ = True\n    def __init_subclass__(cls, **kw):\n        {hook}\n        super().__init_subclass__(**kw)\n\
             class Line(Named):\n{class}    id: Mapped[int] = mapped_column(primary_key=True)\n"
        ));
        assert_eq!(table(&Repository::of(&text).project(), "Line"), expected, "{hook} {class}");
    }
}

#[test]
fn inheritance_joins_tables_or_shares_one() {
    let text = with_base(
        "class Animal(Base):\n    __tablename__ = 'animals'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    name: Mapped[str]\n\
         class Dog(Animal):\n    tail: Mapped[int | None]\n\
         class Cat(Animal):\n    __tablename__ = 'cats'\n    id: Mapped[int] = mapped_column(ForeignKey('animals.id'), primary_key=True)\n    lives: Mapped[int]\n",
    );
    let project = Repository::of(&text).project();
    let detail = |name: &str| match &model(&project, name).detail {
        Detail::Model(detail) => detail.clone(),
        other => panic!("{other:?}"),
    };
    let shares = detail("Dog").shares_table_of.map(|key| key.path);
    assert_eq!((table(&project, "Dog"), shares.as_deref()), ("animals".to_owned(), Some("Animal")));
    assert_eq!((table(&project, "Cat"), detail("Cat").shares_table_of), ("cats".to_owned(), None));
    let cat = model(&project, "Cat");
    let owner =
        |name: &str| cat.field(name).and_then(|field| field.declared_in.as_ref()).map(|key| &*key.path);
    assert_eq!((owner("name"), owner("lives")), (Some("Animal"), None));
    assert_eq!(fields(&project, "Cat").first().map(String::as_str), Some("name varchar not-null required"));
}

#[test]
fn relationships_point_where_the_foreign_key_says() {
    let text = with_base(
        "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    posts = relationship('Post', back_populates='author')\n\
         \x20   boss_id = Column(ForeignKey('users.id'))\n    boss = relationship('User', remote_side=[id])\n    team = relationship('User')\n\
         class Post(Base):\n    __tablename__ = 'posts'\n    id = Column(Integer, primary_key=True)\n    author_id = Column(Integer, ForeignKey(User.id), nullable=False)\n\
         \x20   author = relationship(User, back_populates='posts', foreign_keys='Post.author_id')\n    editor_id = Column(ForeignKey('users.id'))\n    editor = relationship('app.User', foreign_keys=[editor_id], backref='edited')\n\
         \x20   tags = relationship('Tag', secondary=lambda: post_tags, backref=backref('posts', lazy='dynamic'))\n\
         post_tags = Table('post_tags', Base.metadata, Column('post_id', ForeignKey('posts.id')), Column('tag_id', ForeignKey('tags.id')), PrimaryKeyConstraint('post_id', 'tag_id'))\n\
         class Tag(Base):\n    __tablename__ = 'tags'\n    id = Column(Uuid, primary_key=True)\n",
    );
    check(
        &text,
        "Post",
        &[
            "id int4 not-null pk generated",
            "author_id int4 not-null fk required",
            "author <relationship> ref<User> not-null",
            "editor_id int4 null fk",
            "editor <relationship> ref<User> null",
            "tags <relationship> array<ref<Tag>> not-null",
        ],
    );
    check(
        &text,
        "User",
        &[
            "id int4 not-null pk generated",
            "posts <relationship> array<ref<Post>> not-null",
            "boss_id int4 null fk",
            "boss <relationship> ref<User> null",
            "team <relationship> array<ref<User>> not-null",
            "edited <relationship> array<ref<Post>> not-null",
        ],
    );
    check(&text, "Tag", &["id uuid not-null pk", "posts <relationship> array<ref<Post>> not-null"]);
    let project = Repository::of(&text).project();
    let between = model(&project, "post_tags");
    assert_eq!(between.kind, EntityKind::ModelTable);
    assert_eq!(fields(&project, "post_tags"), ["post_id int4 not-null pk fk", "tag_id uuid not-null pk fk"]);
}

#[test]
fn a_default_of_none_leaves_the_null_of_sqlmodel_open() {
    let text = format!(
        "{HEAD}from sqlmodel import SQLModel, Field\nclass Note(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n\
         \x20   by: str = None\n    key: str = Field(default=None)\n    of: str = Field(None)\n    text: str = ''\n    sure: str = Field(default=None, nullable=False)\n"
    );
    let project = Repository::of(&text).project();
    let note = model(&project, "Note");
    let unknown = note.fields.iter().filter(|field| field.nullable.is().is_none()).map(|field| &*field.name);
    assert_eq!(unknown.collect::<Vec<_>>(), ["by", "key", "of"]);
}

#[test]
fn the_locked_version_of_sqlmodel_tells_the_type_of_a_moment() {
    let text = format!(
        "{HEAD}from pydantic import NaiveDatetime\nfrom sqlmodel import SQLModel, Field\nclass Note(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n\
         \x20   made: datetime.datetime\n    naive: NaiveDatetime\n"
    );
    for (version, made, naive) in [
        ("0.0.44", "timestamp", "datetime"),
        ("0.0.45", "timestamptz", "timestamp"),
        ("0.1.0", "timestamptz", "timestamp"),
    ] {
        let lock = format!("[[package]]\nname = \"sqlmodel\"\nversion = \"{version}\"\n");
        let project = Repository::new(&[("shop/app.py", &text), ("shop/uv.lock", &lock)]).project();
        let expected = [format!("made {made} not-null required"), format!("naive {naive} not-null required")];
        assert_eq!(fields(&project, "Note")[1..], expected, "{version}");
    }
}

#[test]
fn a_table_class_of_sqlmodel_has_a_column_for_each_field() {
    let text = format!(
        "{HEAD}from sqlmodel import SQLModel, Field, Relationship\nclass Kind(str, enum.Enum):\n    A = 'a'\n\
         class ItemBase(SQLModel):\n    title: str = Field(min_length=1, max_length=255)\n    note: str | None = Field(default=None, max_length=9)\n\
         class Item(ItemBase, table=True):\n    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)\n    owner_id: int = Field(foreign_key='user.id', nullable=False, ondelete='CASCADE')\n\
         \x20   owner: Optional['User'] = Relationship(back_populates='items')\n    kind: Kind = Kind.A\n    tags: list[str] = Field(sa_column=Column(JSONB, nullable=True))\n\
         \x20   price: decimal.Decimal = Field(max_digits=8, decimal_places=2)\n    seen: datetime.datetime = Field(sa_type=DateTime(timezone=True), sa_column_kwargs={{'server_default': func.now()}})\n\
         \x20   limit: ClassVar[int] = 3\n    name: Annotated[str, Field(unique=True, max_length=7)]\n\
         class ItemPublic(ItemBase): ...\n\
         class User(SQLModel, table=True):\n    __tablename__ = 'user'\n    id: int | None = Field(default=None, primary_key=True)\n    items: list['Item'] = Relationship(back_populates='owner')\n"
    );
    let project = Repository::of(&text).project();
    assert_eq!(table(&project, "Item"), "item");
    assert_eq!(
        fields(&project, "Item"),
        [
            "title varchar(255) not-null required",
            "note varchar(9) null",
            "id uuid not-null pk =uuid.uuid4()",
            "owner_id int4 not-null fk required",
            "owner <relationship> ref<User> null",
            "kind kind not-null =a [A]",
            "tags jsonb null",
            "price numeric(8,2) not-null required",
            "seen timestamptz not-null sql=now()",
            "name varchar(7) not-null unique required",
        ]
    );
    assert_eq!(
        fields(&project, "User"),
        ["id int4 not-null pk generated", "items <relationship> array<ref<Item>> not-null"]
    );
    let models = project.entities.iter().filter(|entity| entity.layer() == Layer::Orm);
    assert_eq!(models.map(|entity| &*entity.name).collect::<Vec<_>>(), ["Item", "User"]);
}

#[test]
fn flask_sqlalchemy_names_tables_itself() {
    let text = "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\nclass UserAccount(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n    name = db.Column(db.String(9))\n    posts = db.relationship('Post', backref='author')\n\
                class Post(db.Model):\n    __tablename__ = 'posts'\n    id = db.Column(db.Integer, primary_key=True)\n    author_id = db.Column(db.ForeignKey('user_account.id'))\n";
    let project = Repository::of(text).project();
    assert_eq!(table(&project, "UserAccount"), "user_account");
    assert_eq!(
        fields(&project, "Post"),
        [
            "id int4 not-null pk generated",
            "author_id int4 null fk",
            "author <relationship> ref<UserAccount> null?"
        ]
    );
}

#[test]
fn a_table_without_metadata_has_its_first_column() {
    let text = "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n\
                pairs = db.Table('pairs', db.Column('a_id', db.Integer, primary_key=True), db.Column('b_id', db.Integer))\n\
                other = db.Table('other', db.metadata, db.Column('c_id', db.Integer))\n";
    let project = Repository::of(text).project();
    assert_eq!(fields(&project, "pairs"), ["a_id int4 not-null pk generated", "b_id int4 null"]);
    assert_eq!(fields(&project, "other"), ["c_id int4 null"]);
}

#[test]
fn any_makes_no_column_nullable() {
    let text = with_base(
        "Payload = Any\nclass A(Base):\n    __tablename__ = 'a'\n    id: Mapped[int] = mapped_column(primary_key=True)\n\
         \x20   raw: Mapped[Any] = mapped_column(JSON)\n    named: Mapped[Payload] = mapped_column(JSON)\n\
         \x20   maybe: Mapped[Optional[Any]] = mapped_column(JSON)\n    either: Mapped[Any | None] = mapped_column(JSON)\n",
    );
    check(
        &text,
        "A",
        &[
            "id int4 not-null pk generated",
            "raw json not-null required",
            "named json not-null required",
            "maybe json null",
            "either json null",
        ],
    );
}

#[test]
fn a_constructor_of_the_class_fills_what_it_is_not_given() {
    let text = with_base(
        "class A(Base):\n    __tablename__ = 'a'\n    id = Column(Integer, primary_key=True)\n\
         \x20   kept = Column(Text)\n    asked = Column(Text)\n    price = Column(Numeric)\n    loose = Column(Text)\n\
         \x20   late = Column(Text)\n    note = Column(Text)\n\
         \x20   def __init__(self, asked, note=None, **kwargs):\n        self.kept = kwargs.get('kept', 'x')\n        self.asked = asked\n\
         \x20       self.price = decimal.Decimal(str(kwargs.get('price', 0)))\n        self.loose = kwargs.get('loose')\n\
         \x20       if note:\n            self.late = 'x'\n        self.note = note\n",
    );
    let project = Repository::of(&text).project();
    let model = project.entities.iter().find(|entity| &*entity.name == "A").expect("the model");
    let filled = model.fields.iter().filter(|field| field.column.constructed);
    assert_eq!(filled.map(|field| &*field.name).collect::<Vec<_>>(), ["kept", "asked", "price"]);
}

#[test]
fn other_ways_to_map() {
    let text = format!(
        "{HEAD}from sqlalchemy.ext.hybrid import hybrid_property\nfrom sqlalchemy.ext.associationproxy import association_proxy\n\
         reg = registry()\n@reg.mapped\nclass A:\n    __tablename__ = 'a'\n    id = Column(Integer, primary_key=True)\n\
         users = Table('users', reg.metadata, Column('id', Integer, primary_key=True), Column('name', Text))\n\
         class User: ...\nreg.map_imperatively(User, users, properties={{'first': synonym('name')}})\n\
         class Base(MappedAsDataclass, DeclarativeBase): ...\n\
         class D(Base):\n    __table__ = Table('d', Base.metadata, Column('id', Integer, primary_key=True))\n    twice: Mapped[int] = column_property(text('id * 2'))\n\
         \x20   other = deferred(Column(Text))\n    alias = synonym('id')\n    names = association_proxy('a', 'b')\n    @hybrid_property\n    def half(self) -> float: ...\n"
    );
    let project = Repository::of(&text).project();
    assert_eq!(fields(&project, "A"), ["id int4 not-null pk generated"]);
    assert_eq!(table(&project, "User"), "users");
    assert_eq!(
        fields(&project, "User"),
        ["id int4 not-null pk generated", "name text null", "first <hybrid> unknown null?"]
    );
    assert_eq!(
        fields(&project, "D"),
        [
            "id int4 not-null pk generated",
            "twice <hybrid> int not-null",
            "other text null",
            "alias <hybrid> unknown null?",
            "names <hybrid> unknown null?",
            "half <hybrid> float not-null",
        ]
    );
}

#[test]
fn what_comes_from_outside_is_known_or_makes_the_model_incomplete() {
    let text = format!(
        "{HEAD}from fastapi_users.db import SQLAlchemyBaseUserTableUUID\nfrom vendor.db import Audited, VendorBase\n\
         class Base(DeclarativeBase): ...\nclass User(SQLAlchemyBaseUserTableUUID, Base):\n    email: Mapped[str] = mapped_column(String(99))\n\
         class Log(Audited, Base):\n    __tablename__ = 'logs'\n    id: Mapped[int] = mapped_column(primary_key=True)\n\
         class Own(VendorBase):\n    __tablename__ = 'own'\n    id = Column(Integer, primary_key=True)\nclass Not(VendorBase):\n    x = 1\n"
    );
    let project = Repository::of(&text).project();
    assert_eq!(table(&project, "User"), "user");
    let names = |name: &str| {
        model(&project, name).fields.iter().map(|field| field.name.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("User"), "id hashed_password is_active is_superuser is_verified email");
    let reasons = |name: &str| {
        let reasons = &model(&project, name).completeness.reasons;
        reasons.iter().map(|reason| reason.message.to_string()).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(reasons("User"), "");
    assert_eq!(reasons("Log"), "base class `vendor.db.Audited` is defined outside the repository");
    assert_eq!(reasons("Own"), "base class `vendor.db.VendorBase` is defined outside the repository");
}

#[test]
fn metadata_says_whether_constraints_are_named() {
    let text = format!(
        "{HEAD}convention = {{'ix': 'ix_%(column_0_label)s'}}\nclass Named(DeclarativeBase):\n    metadata = MetaData(naming_convention=convention)\n\
         Plain = declarative_base()\nGiven = declarative_base(metadata=MetaData(naming_convention=convention))\n\
         class Late(DeclarativeBase): ...\nLate.metadata.naming_convention = convention\n\
         class A(Named):\n    __tablename__ = 'a'\nclass B(Plain):\n    __tablename__ = 'b'\nclass C(Given):\n    __tablename__ = 'c'\nclass D(Late):\n    __tablename__ = 'd'\n\
         class Hidden(DeclarativeBase): ...\nclass E(Hidden):\n    __tablename__ = 'e'\n    metadata = Column(String)\n\
         class F(Hidden):\n    __tablename__ = 'f'\n"
    );
    let project = Repository::of(&text).project();
    let found: Vec<(&str, Known<bool>)> =
        project.metadata.iter().map(|metadata| (&*metadata.name, metadata.has_naming_convention)).collect();
    assert_eq!(
        found,
        [
            ("Given", Known::Is(true)),
            ("Hidden", Known::Is(false)),
            ("Late", Known::Is(true)),
            ("Named", Known::Is(true)),
            ("Plain", Known::Is(false)),
        ]
    );
}

#[test]
fn many_columns_and_many_classes_are_read() {
    let mut text = with_base(
        "class Wide(Base):\n    __tablename__ = 'wide'\n    id: Mapped[int] = mapped_column(primary_key=True)\n",
    );
    for at in 0..2_000 {
        text += &format!("    c{at} = Column(String({at}), unique=True)\n");
    }
    for at in 0..3_000 {
        text += &format!(
            "class M{at}(Base):\n    __tablename__ = 'm{at}'\n    id = Column(Integer, primary_key=True)\n    next_id = Column(ForeignKey('m{}.id'))\n    next = relationship('M{}')\n",
            (at + 1) % 3_000,
            (at + 1) % 3_000
        );
    }
    let project = Repository::of(&text).project();
    assert_eq!(model(&project, "Wide").fields.len(), 2_001);
    assert_eq!(
        fields(&project, "M7"),
        ["id int4 not-null pk generated", "next_id int4 null fk", "next <relationship> ref<M8> null"]
    );
}

#[test]
fn circles_of_references_end() {
    let text = with_base(
        "class A(Base):\n    __tablename__ = 'a'\n    id = Column(ForeignKey('b.id'), primary_key=True)\n\
         class B(Base):\n    __tablename__ = 'b'\n    id = Column(ForeignKey('a.id'), primary_key=True)\n\
         class Odd(Odd, Base):\n    __tablename__ = __tablename__\n    x: Mapped['x'] = x\n    y = y\n",
    );
    let project = Repository::of(&text).project();
    assert_eq!(fields(&project, "A"), ["id unknown not-null pk fk"]);
    assert_eq!(table(&project, "Odd"), "?");
}
