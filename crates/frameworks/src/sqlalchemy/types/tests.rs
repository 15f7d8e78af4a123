use alignment_model::code::Statement;

use super::*;
use crate::testing::Repository;

const PRELUDE: &str = "import enum\nimport uuid\nimport sqlalchemy as sa\nfrom sqlalchemy import *\nfrom sqlalchemy.dialects import postgresql as pg, mysql\nfrom sqlalchemy.types import TypeDecorator, UserDefinedType\n\
from sqlalchemy.ext.mutable import MutableDict\nfrom pgvector.sqlalchemy import Vector\n\
class Size(enum.Enum):\n    SMALL = 's'\n    LARGE = 'large'\n    TINY = 's'\n\
def values(cls):\n    return [m.value for m in cls]\n\
class Guid(TypeDecorator):\n    impl = CHAR\n    def load_dialect_impl(self, dialect):\n        if dialect.name == 'postgresql':\n            return dialect.type_descriptor(pg.UUID())\n        else:\n            return dialect.type_descriptor(CHAR(36))\n\
class Key(TypeDecorator):\n    impl = pg.UUID\n    def process_result_value(self, value, dialect):\n        if value is None:\n            return value\n        if not isinstance(value, uuid.UUID):\n            value = uuid.UUID(value)\n        return value\n\
class Hex(TypeDecorator):\n    impl = pg.UUID\n    def process_result_value(self, value, dialect):\n        return value and value.hex\n\
class Name(TypeDecorator):\n    impl = String\n    def process_result_value(self, value, dialect): ...\n\
class Model(TypeDecorator):\n    impl = pg.JSONB\n    def __init__(self, model, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n\
class Sized(TypeDecorator):\n    impl = String\n    def __init__(self, model, size=9):\n        super().__init__(size)\n\
class Sub(Name): ...\nclass Plain(pg.JSONB): ...\n\
class Spec(UserDefinedType):\n    def get_col_spec(self, **kw):\n        return 'double precision'\n\
def sizes(cls):\n    return Enum(cls, values_callable=values)\nJson = JSON().with_variant(pg.JSONB(), 'postgresql')\nLENGTH = 40\n";

/// `sql | shape | labels` of the type that `app.py` assigns last; `?` for what is not known.
fn type_of(expression: &str) -> String {
    let repository = Repository::of(&format!("{PRELUDE}RESULT = {expression}\n"));
    let names = repository.names();
    let file = repository.file("app.py");
    let facts = repository.input().facts_of(file).expect("parsed");
    let value = facts.body.iter().rev().find_map(|statement| match statement {
        Statement::Assign(assign) => assign.value.as_ref(),
        _ => None,
    });
    let read = read(At::new(&names, file, ""), value.expect("a value"));
    let sql = read.sql.is().map_or("?".to_owned(), ToString::to_string);
    let labels =
        read.labels.map(|labels| labels.labels.is().map_or("?".to_owned(), |labels| labels.join(" ")));
    let python = read.python.map(|shape| format!(" as {shape}")).unwrap_or_default();
    format!("{sql} {}{python}{}", read.shape, labels.map(|labels| format!(" [{labels}]")).unwrap_or_default())
}

/// Expected: SQLAlchemy 2.0.58, `type.compile(dialect=postgresql.dialect())`.
#[test]
fn built_in_types_compile_as_postgresql_does() {
    for (expression, expected) in [
        ("String", "varchar string"),
        ("String(50)", "varchar(50) string"),
        ("String(length=LENGTH)", "varchar(40) string"),
        ("String(some_length())", "? string"),
        ("sa.CHAR(3)", "char(3) string"),
        ("Text()", "text string"),
        ("Numeric(10, 2)", "numeric(10,2) decimal"),
        ("Numeric(precision=10, scale=2, asdecimal=False)", "numeric(10,2) decimal as float"),
        ("Float", "float8 float"),
        ("DateTime", "timestamp datetime"),
        ("DateTime(timezone=True)", "timestamptz datetime"),
        ("TIMESTAMP(True)", "timestamptz datetime"),
        ("Time(timezone=True)", "timetz time"),
        ("pg.UUID(as_uuid=True)", "uuid uuid"),
        // Text in SQLAlchemy 1.4, an object since 2.0.
        ("pg.UUID()", "uuid uuid as unknown"),
        ("Uuid()", "uuid uuid"),
        ("Key()", "uuid uuid as uuid"),
        ("Hex()", "uuid uuid as unknown"),
        ("Uuid(native_uuid=False)", "char(32) string"),
        ("pg.ARRAY(String(3))", "varchar(3)[] array<string>"),
        ("ARRAY(item_type=Integer)", "int4[] array<int>"),
        ("LargeBinary", "bytea bytes"),
        ("mysql.LONGTEXT", "text string"),
        ("Vector(3)", "vector(3) vector"),
        ("MutableDict.as_mutable(pg.JSONB)", "jsonb json"),
        ("Json", "jsonb json"),
        ("JSON().with_variant(mysql.JSON(), 'mysql')", "json json"),
        ("nowhere.Type()", "? unknown"),
    ] {
        assert_eq!(type_of(expression), expected, "{expression}");
    }
}

#[test]
fn enumerations_store_names_unless_told_otherwise() {
    for (expression, expected) in [
        ("Enum(Size)", "size enum<Size> [SMALL LARGE]"),
        ("Enum(Size, name='size_type')", "size_type enum<Size> [SMALL LARGE]"),
        ("Enum(Size, values_callable=lambda e: [m.value for m in e])", "size enum<Size> [s large]"),
        ("Enum(Size, values_callable=values)", "size enum<Size> [s large]"),
        ("Enum(Size, values_callable=elsewhere)", "size enum<Size> [?]"),
        ("Enum(Size, native_enum=False)", "varchar(5) enum<Size> [SMALL LARGE]"),
        ("Enum(Size, native_enum=False, length=20)", "varchar(20) enum<Size> [SMALL LARGE]"),
        ("Enum('a', 'bb', name='kind')", "kind enum<kind> [a bb]"),
        ("Enum(*[m.value for m in Size], name='kind')", "kind enum<kind> [s large]"),
        ("pg.ENUM('a', name='kind', create_type=False)", "kind enum<kind> [a]"),
        ("sizes(Size)", "size enum<Size> [s large]"),
        ("ARRAY(Enum(Size))", "size[] array<enum<Size>> [SMALL LARGE]"),
    ] {
        assert_eq!(type_of(expression), expected, "{expression}");
    }
}

#[test]
fn own_types_are_what_they_are_made_of() {
    for (expression, expected) in [
        ("Guid", "uuid uuid as unknown"),
        ("Guid()", "uuid uuid as unknown"),
        ("Name(20)", "varchar(20) string as unknown"),
        ("Sub(20)", "varchar(20) string as unknown"),
        ("Model(object)", "jsonb json"),
        ("Sized(object)", "varchar(9) string"),
        ("Sized(object, 7)", "varchar(7) string"),
        ("Plain", "jsonb json"),
        ("Spec()", "float8 float"),
    ] {
        assert_eq!(type_of(expression), expected, "{expression}");
    }
}
