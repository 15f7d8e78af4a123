//! How classes see columns: helpers that hand arguments on, tables that are given, tables of one's own.

use super::tests::{HEAD, check, fields, table, with_base};
use crate::testing::Repository;

#[test]
fn helpers_hand_their_arguments_on() {
    let text = with_base(
        "def money(*parts, **more):\n    return Column(Numeric(9, 2), *parts, nullable=False, **more)\nOPTIONS = {}\n\
         class A(Base):\n    __tablename__ = 'a'\n    id = Column(Integer, primary_key=True)\n    price = money(server_default=text('1.5'), unique=True)\n\
         \x20   fee = money(default=2 ** 3)\n    b_id = money(ForeignKey('b.id'))\n    open = Column(Integer, **OPTIONS)\n",
    );
    check(
        &text,
        "A",
        &[
            "id int4 not-null pk generated",
            "price numeric(9,2) not-null unique sql=1.5",
            "fee numeric(9,2) not-null =8",
            "b_id numeric(9,2) not-null fk required",
            "open int4 null?",
        ],
    );
}

#[test]
fn a_wrapped_column_never_reads_the_annotation() {
    let text = with_base(
        "class A(Base):\n    __tablename__ = 'a'\n    id: Mapped[int] = mapped_column(primary_key=True)\n\
         \x20   long: Mapped[str] = deferred(mapped_column(Text))\n    sure: Mapped[str] = deferred(mapped_column(Text, nullable=False))\n\
         \x20   twice: Mapped[int] = column_property(text('id * 2'))\n",
    );
    check(
        &text,
        "A",
        &[
            "id int4 not-null pk generated",
            "long text null",
            "sure text not-null required",
            "twice <hybrid> int not-null",
        ],
    );
}

#[test]
fn a_concrete_class_has_nothing_of_its_parents_table() {
    let text = with_base(
        "class Noted:\n    note = Column(Text)\nclass Shape(Noted, Base):\n    __tablename__ = 'shapes'\n    id = Column(Integer, primary_key=True)\n    sides = Column(Integer)\n\
         \x20   @property\n    def shown(self) -> str: ...\n\
         class Circle(Shape):\n    __tablename__ = 'circles'\n    __mapper_args__ = {'concrete': True}\n    id = Column(Integer, primary_key=True)\n",
    );
    check(
        &text,
        "Circle",
        &["note text null", "shown <property> string not-null", "id int4 not-null pk generated"],
    );
}

#[test]
fn columns_of_a_given_table_may_be_renamed_or_hidden() {
    let text = format!(
        "{HEAD}import dataclasses\nreg = registry()\n\
         users = Table('users', reg.metadata, Column('id', Integer, primary_key=True), Column('user_name', Text), Column('secret', Text), Column('long', Text))\n\
         class User:\n    secret = 'hidden'\n    id: int\n\
         reg.map_imperatively(User, users, properties={{'name': users.c.user_name, 'text': deferred(users.c.long)}})\n\
         @reg.mapped\n@dataclasses.dataclass\nclass Nail:\n    __table__ = Table('nails', reg.metadata, Column('id', Integer, primary_key=True), Column('length', Integer), Column('Width', Integer))\n\
         \x20   id: int = dataclasses.field(init=False)\n    length: Optional[int] = 3\n    width = __table__.c.Width\n"
    );
    let project = Repository::of(&text).project();
    assert_eq!(
        fields(&project, "User"),
        ["id int4 not-null pk generated", "name (user_name) text null", "text (long) text null"]
    );
    assert_eq!(
        fields(&project, "Nail"),
        ["id int4 not-null pk generated", "length int4 null", "width (Width) int4 null"]
    );
}

#[test]
fn a_type_in_the_map_stands_for_that_class_alone() {
    let text = format!(
        "{HEAD}class Base(DeclarativeBase):\n    type_annotation_map = {{str: Text}}\nclass Tone(str, enum.Enum):\n    SOFT = 's'\n\
         class A(Base):\n    __tablename__ = 'a'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    tone: Mapped[Tone | None]\n    text: Mapped[str]\n"
    );
    check(
        &text,
        "A",
        &["id int4 not-null pk generated", "tone tone null [SOFT]", "text text not-null required"],
    );
}

#[test]
fn tables_of_one_name_belong_to_their_bases() {
    let base = |name: &str, ty: &str| {
        format!(
            "class {name}(DeclarativeBase): ...\nclass {name}User({name}):\n    __tablename__ = 'users'\n    id = Column({ty}, primary_key=True)\n\
             class {name}Post({name}):\n    __tablename__ = 'posts'\n    id = Column(ForeignKey('users.id'), primary_key=True)\n"
        )
    };
    let lone = "class Lone(DeclarativeBase): ...\nclass Note(Lone):\n    __tablename__ = 'notes'\n    id = Column(ForeignKey('users.id'), primary_key=True)\n";
    let text = format!("{HEAD}{}{}{lone}", base("Left", "Integer"), base("Right", "Uuid"));
    check(&text, "LeftPost", &["id int4 not-null pk fk"]);
    check(&text, "RightPost", &["id uuid not-null pk fk"]);
    check(&text, "Note", &["id unknown not-null pk fk"]);
}

#[test]
fn what_backref_makes_is_inherited() {
    let text = with_base(
        "class Animal(Base):\n    __tablename__ = 'animals'\n    id = Column(Integer, primary_key=True)\n\
         class Dog(Animal):\n    __tablename__ = 'dogs'\n    id = Column(ForeignKey('animals.id'), primary_key=True)\n\
         class Walk(Base):\n    __tablename__ = 'walks'\n    id = Column(Integer, primary_key=True)\n    animal_id = Column(ForeignKey('animals.id'))\n\
         \x20   animal = relationship(Animal, backref='walks')\n",
    );
    let walks = "walks <relationship> array<ref<Walk>> not-null";
    check(&text, "Animal", &["id int4 not-null pk generated", walks]);
    check(&text, "Dog", &["id int4 not-null pk fk", walks]);
}

#[test]
fn the_schema_of_a_decorated_base_is_that_of_its_classes() {
    let text = format!(
        "{HEAD}@as_declarative(metadata=MetaData(schema='shed'))\nclass Root:\n    id = Column(Integer, primary_key=True)\n\
         class Bench(Root):\n    __tablename__ = 'benches'\nclass Vice(Root):\n    __tablename__ = 'vices'\n    bench_id = Column(ForeignKey('shed.benches.id'))\n    bench = relationship('Bench')\n"
    );
    let project = Repository::of(&text).project();
    assert_eq!(table(&project, "Vice"), "shed.vices");
    assert_eq!(
        fields(&project, "Vice"),
        ["id int4 not-null pk generated", "bench_id int4 null fk", "bench <relationship> ref<Bench> null"]
    );
}

/// SQLAlchemy 2.0 refuses `Mapped[Many["Part"]]` without `relationship()`: a metaclass of the project makes one of it.
#[test]
fn a_metaclass_makes_relationships_of_quoted_classes() {
    let text = format!(
        "{HEAD}from sqlalchemy.orm.decl_api import DeclarativeAttributeIntercept\ntype Many[T] = list[T]\n\
         class Links(DeclarativeAttributeIntercept): ...\nclass Root(DeclarativeBase, metaclass=Links): ...\n\
         class Box(Root):\n    __tablename__ = 'boxes'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    parts: Mapped[Many['Part']]\n\
         \x20   label: Mapped['Label']\n"
    );
    let part = "from a import Root\nfrom sqlalchemy.orm import Mapped, mapped_column\nclass Part(Root):\n    __tablename__ = 'parts'\n    id: Mapped[int] = mapped_column(primary_key=True)\n";
    let project = Repository::new(&[("a.py", &text), ("part.py", part)]).project();
    let kinds: Vec<_> = fields(&project, "Box");
    assert_eq!(kinds[0], "id int4 not-null pk generated");
    assert!(kinds[1].starts_with("parts <relationship>"), "{kinds:?}");
    assert!(kinds[2].starts_with("label ") && !kinds[2].contains("relationship"), "{kinds:?}");
}
