//! What the types of Python's standard library and of Pydantic mean in an annotation: one table.
//!
//! The wire form is not decided here (a `Decimal` travels as text in Pydantic v2 and as a number in v1): the table says what
//! the value *is*. Deliberately absent: packages whose types never stand in a contract; their names are unknown.

use alignment_model::Known;
use alignment_model::shape::Shape;

use super::Qualifier;

/// What a name of a package means in an annotation.
#[derive(Debug)]
pub(crate) enum Meaning {
    /// Exactly this.
    Is(Shape),
    /// This, made by a call (`constr(max_length=3)`), whose arguments are constraints.
    Constrained(Shape),
    /// A collection of its arguments: `list[X]`, `tuple[X, Y]`.
    List,
    /// A collection of the first argument of a call: `conlist(X, min_length=1)`.
    ConstrainedList,
    /// A map from its first argument to its second.
    Map,
    /// A map from its first argument to a whole number.
    Counter,
    /// One of its arguments.
    Union,
    /// Its argument, or `None`.
    Optional,
    /// Literal values.
    Literal,
    /// Its first argument, with metadata.
    Annotated,
    /// Its first argument, with something said about the field.
    Qualifier(Qualifier),
    /// Its first argument, and nothing in particular without one.
    Transparent,
    /// Something that yields its last argument when awaited.
    Promise,
    /// An enumeration of the standard library.
    Enum,
    /// A call that makes a type variable.
    TypeVariable,
    /// A call that names its second argument anew: `NewType("UserId", int)`, `TypeAliasType("X", ...)`.
    Renamed,
    /// A call that makes a class with fields: `create_model`, `namedtuple`.
    MakesClass,
    /// A base class that makes its subclasses enumerations.
    EnumBase,
}

use Meaning as M;

const AWARE: Shape = Shape::DateTime(Known::Is(true));
const NAIVE: Shape = Shape::DateTime(Known::Is(false));
const DATETIME: Shape = Shape::DateTime(Known::Unknown(alignment_model::Why::NotStated));
const INT: Shape = Shape::Int(None);

/// Meaning by module and name.
const TABLE: &[(&str, &[(&str, Meaning)])] = &[
    // Python 3.13, "Built-in Types".
    (
        "builtins",
        &[
            ("bool", M::Is(Shape::Bool)),
            ("bytearray", M::Is(Shape::Bytes)),
            ("bytes", M::Is(Shape::Bytes)),
            ("dict", M::Map),
            ("float", M::Is(Shape::Float)),
            ("frozenset", M::List),
            ("int", M::Is(INT)),
            ("list", M::List),
            ("memoryview", M::Is(Shape::Bytes)),
            ("object", M::Is(Shape::Any)),
            ("set", M::List),
            ("str", M::Is(Shape::Text)),
            ("tuple", M::List),
            ("type", M::Is(Shape::Any)),
        ],
    ),
    // Python 3.13, `typing`; `typing_extensions` has the same names.
    (
        "typing",
        &[
            ("AbstractSet", M::List),
            ("Annotated", M::Annotated),
            ("Any", M::Is(Shape::Any)),
            ("AnyStr", M::Is(Shape::Text)),
            ("AsyncGenerator", M::List),
            ("AsyncIterable", M::List),
            ("AsyncIterator", M::List),
            ("Awaitable", M::Promise),
            ("ByteString", M::Is(Shape::Bytes)),
            ("Callable", M::Is(Shape::Function)),
            ("ClassVar", M::Qualifier(Qualifier::ClassVar)),
            ("Collection", M::List),
            ("Coroutine", M::Promise),
            ("Counter", M::Counter),
            ("DefaultDict", M::Map),
            ("Deque", M::List),
            ("Dict", M::Map),
            ("Final", M::Qualifier(Qualifier::Final)),
            ("FrozenSet", M::List),
            ("Generator", M::List),
            ("Hashable", M::Is(Shape::Any)),
            ("Iterable", M::List),
            ("Iterator", M::List),
            ("List", M::List),
            ("Literal", M::Literal),
            ("LiteralString", M::Is(Shape::Text)),
            ("Mapping", M::Map),
            ("MutableMapping", M::Map),
            ("MutableSequence", M::List),
            ("MutableSet", M::List),
            ("NamedTuple", M::MakesClass),
            ("Never", M::Is(Shape::Never)),
            ("NewType", M::Renamed),
            ("NoReturn", M::Is(Shape::Never)),
            ("NotRequired", M::Qualifier(Qualifier::NotRequired)),
            ("Optional", M::Optional),
            ("OrderedDict", M::Map),
            ("ParamSpec", M::TypeVariable),
            ("ReadOnly", M::Qualifier(Qualifier::ReadOnly)),
            ("Required", M::Qualifier(Qualifier::Required)),
            ("Sequence", M::List),
            ("Set", M::List),
            ("Text", M::Is(Shape::Text)),
            ("Tuple", M::List),
            ("Type", M::Is(Shape::Any)),
            ("TypeAliasType", M::Renamed),
            ("TypeVar", M::TypeVariable),
            ("TypeVarTuple", M::TypeVariable),
            ("TypedDict", M::MakesClass),
            ("Union", M::Union),
        ],
    ),
    // Python 3.13, `collections` and `collections.abc`.
    (
        "collections",
        &[
            ("Counter", M::Counter),
            ("OrderedDict", M::Map),
            ("defaultdict", M::Map),
            ("deque", M::List),
            ("namedtuple", M::MakesClass),
        ],
    ),
    (
        "collections.abc",
        &[
            ("AsyncGenerator", M::List),
            ("AsyncIterable", M::List),
            ("AsyncIterator", M::List),
            ("Awaitable", M::Promise),
            ("Callable", M::Is(Shape::Function)),
            ("Collection", M::List),
            ("Coroutine", M::Promise),
            ("Generator", M::List),
            ("Hashable", M::Is(Shape::Any)),
            ("Iterable", M::List),
            ("Iterator", M::List),
            ("Mapping", M::Map),
            ("MutableMapping", M::Map),
            ("MutableSequence", M::List),
            ("MutableSet", M::List),
            ("Sequence", M::List),
            ("Set", M::List),
        ],
    ),
    ("types", &[("NoneType", M::Is(Shape::Null))]),
    ("dataclasses", &[("InitVar", M::Qualifier(Qualifier::InitVar))]),
    // Python 3.13, "Data Types" and "Numeric and Mathematical Modules".
    (
        "datetime",
        &[
            ("date", M::Is(Shape::Date)),
            ("datetime", M::Is(DATETIME)),
            ("time", M::Is(Shape::Time)),
            ("timedelta", M::Is(Shape::Duration)),
        ],
    ),
    ("decimal", &[("Decimal", M::Is(Shape::Decimal))]),
    ("fractions", &[("Fraction", M::Is(Shape::Text))]),
    ("uuid", &[("UUID", M::Is(Shape::Uuid))]),
    (
        "enum",
        &[
            ("Enum", M::EnumBase),
            ("Flag", M::EnumBase),
            ("IntEnum", M::EnumBase),
            ("IntFlag", M::EnumBase),
            ("ReprEnum", M::EnumBase),
            ("StrEnum", M::EnumBase),
        ],
    ),
    ("http", &[("HTTPMethod", M::Enum), ("HTTPStatus", M::Enum)]),
    (
        "pathlib",
        &[
            ("Path", M::Is(Shape::Text)),
            ("PosixPath", M::Is(Shape::Text)),
            ("PurePath", M::Is(Shape::Text)),
            ("PurePosixPath", M::Is(Shape::Text)),
        ],
    ),
    (
        "ipaddress",
        &[
            ("IPv4Address", M::Is(Shape::Text)),
            ("IPv4Interface", M::Is(Shape::Text)),
            ("IPv4Network", M::Is(Shape::Text)),
            ("IPv6Address", M::Is(Shape::Text)),
            ("IPv6Interface", M::Is(Shape::Text)),
            ("IPv6Network", M::Is(Shape::Text)),
        ],
    ),
    ("re", &[("Pattern", M::Is(Shape::Text))]),
    ("zoneinfo", &[("ZoneInfo", M::Is(Shape::Text))]),
    // Pydantic 2.12, "API: Pydantic Types" and "Network Types"; 1.10, "Field Types". Submodules are folded into `pydantic`.
    (
        "pydantic",
        &[
            ("AllowInfNan", M::Transparent),
            ("AmqpDsn", M::Is(Shape::Text)),
            ("AnyHttpUrl", M::Is(Shape::Text)),
            ("AnyUrl", M::Is(Shape::Text)),
            ("AnyWebsocketUrl", M::Is(Shape::Text)),
            ("AwareDatetime", M::Is(AWARE)),
            ("Base64Bytes", M::Is(Shape::Bytes)),
            ("Base64Str", M::Is(Shape::Text)),
            ("Base64UrlBytes", M::Is(Shape::Bytes)),
            ("Base64UrlStr", M::Is(Shape::Text)),
            ("ByteSize", M::Is(INT)),
            ("ClickHouseDsn", M::Is(Shape::Text)),
            ("CockroachDsn", M::Is(Shape::Text)),
            ("ConstrainedBytes", M::Is(Shape::Bytes)),
            ("ConstrainedDecimal", M::Is(Shape::Decimal)),
            ("ConstrainedFloat", M::Is(Shape::Float)),
            ("ConstrainedInt", M::Is(INT)),
            ("ConstrainedStr", M::Is(Shape::Text)),
            ("DirectoryPath", M::Is(Shape::Text)),
            ("EmailStr", M::Is(Shape::Text)),
            ("FileUrl", M::Is(Shape::Text)),
            ("FilePath", M::Is(Shape::Text)),
            ("FiniteFloat", M::Is(Shape::Float)),
            ("FtpUrl", M::Is(Shape::Text)),
            ("FutureDate", M::Is(Shape::Date)),
            ("FutureDatetime", M::Is(DATETIME)),
            ("HttpUrl", M::Is(Shape::Text)),
            ("IPvAnyAddress", M::Is(Shape::Text)),
            ("IPvAnyInterface", M::Is(Shape::Text)),
            ("IPvAnyNetwork", M::Is(Shape::Text)),
            ("ImportString", M::Is(Shape::Any)),
            ("InstanceOf", M::Transparent),
            ("Json", M::Transparent),
            ("JsonValue", M::Is(Shape::Any)),
            ("KafkaDsn", M::Is(Shape::Text)),
            ("MariaDBDsn", M::Is(Shape::Text)),
            ("MongoDsn", M::Is(Shape::Text)),
            ("MySQLDsn", M::Is(Shape::Text)),
            ("NaiveDatetime", M::Is(NAIVE)),
            ("NameEmail", M::Is(Shape::Text)),
            ("NatsDsn", M::Is(Shape::Text)),
            ("NegativeFloat", M::Is(Shape::Float)),
            ("NegativeInt", M::Is(INT)),
            ("NewPath", M::Is(Shape::Text)),
            ("NonNegativeFloat", M::Is(Shape::Float)),
            ("NonNegativeInt", M::Is(INT)),
            ("NonPositiveFloat", M::Is(Shape::Float)),
            ("NonPositiveInt", M::Is(INT)),
            ("OnErrorOmit", M::Transparent),
            ("PastDate", M::Is(Shape::Date)),
            ("PastDatetime", M::Is(DATETIME)),
            ("PaymentCardNumber", M::Is(Shape::Text)),
            ("PositiveFloat", M::Is(Shape::Float)),
            ("PositiveInt", M::Is(INT)),
            ("PostgresDsn", M::Is(Shape::Text)),
            ("RedisDsn", M::Is(Shape::Text)),
            ("Secret", M::Transparent),
            ("SecretBytes", M::Is(Shape::Text)),
            ("SecretStr", M::Is(Shape::Text)),
            ("SerializeAsAny", M::Transparent),
            ("SkipJsonSchema", M::Qualifier(Qualifier::Undescribed)),
            ("SkipValidation", M::Transparent),
            ("SnowflakeDsn", M::Is(Shape::Text)),
            ("SocketPath", M::Is(Shape::Text)),
            ("StrictBool", M::Is(Shape::Bool)),
            ("StrictBytes", M::Is(Shape::Bytes)),
            ("StrictFloat", M::Is(Shape::Float)),
            ("StrictInt", M::Is(INT)),
            ("StrictStr", M::Is(Shape::Text)),
            ("UUID1", M::Is(Shape::Uuid)),
            ("UUID3", M::Is(Shape::Uuid)),
            ("UUID4", M::Is(Shape::Uuid)),
            ("UUID5", M::Is(Shape::Uuid)),
            ("UUID6", M::Is(Shape::Uuid)),
            ("UUID7", M::Is(Shape::Uuid)),
            ("UUID8", M::Is(Shape::Uuid)),
            ("WebsocketUrl", M::Is(Shape::Text)),
            ("conbytes", M::Constrained(Shape::Bytes)),
            ("condate", M::Constrained(Shape::Date)),
            ("condecimal", M::Constrained(Shape::Decimal)),
            ("confloat", M::Constrained(Shape::Float)),
            ("confrozenset", M::ConstrainedList),
            ("conint", M::Constrained(INT)),
            ("conlist", M::ConstrainedList),
            ("conset", M::ConstrainedList),
            ("constr", M::Constrained(Shape::Text)),
            ("create_model", M::MakesClass),
        ],
    ),
    // pydantic-extra-types 2.10: subclasses of `str` and `float`.
    (
        "pydantic_extra_types",
        &[
            ("Color", M::Is(Shape::Text)),
            ("CountryAlpha2", M::Is(Shape::Text)),
            ("CountryAlpha3", M::Is(Shape::Text)),
            ("Currency", M::Is(Shape::Text)),
            ("ISO4217", M::Is(Shape::Text)),
            ("ISBN", M::Is(Shape::Text)),
            ("LanguageAlpha2", M::Is(Shape::Text)),
            ("Latitude", M::Is(Shape::Float)),
            ("Longitude", M::Is(Shape::Float)),
            ("MacAddress", M::Is(Shape::Text)),
            ("PaymentCardNumber", M::Is(Shape::Text)),
            ("PhoneNumber", M::Is(Shape::Text)),
            ("TimeZoneName", M::Is(Shape::Text)),
            ("ULID", M::Is(Shape::Text)),
        ],
    ),
    // SQLAlchemy 2.0, "ORM Mapped Class Configuration": the annotation's argument is the attribute's type.
    (
        "sqlalchemy.orm",
        &[
            ("DynamicMapped", M::Qualifier(Qualifier::Mapped)),
            ("Mapped", M::Qualifier(Qualifier::Mapped)),
            ("WriteOnlyMapped", M::Qualifier(Qualifier::Mapped)),
        ],
    ),
    ("msgspec", &[("UnsetType", M::Is(Shape::Undefined))]),
];

/// What a dotted name of a package means in an annotation; `None` for one that the table does not have.
pub(crate) fn meaning(path: &str) -> Option<&'static Meaning> {
    let (module, name) = path.rsplit_once('.')?;
    let module = home(module);
    let (_, names) = TABLE.iter().find(|(known, _)| *known == module)?;
    names.iter().find(|(known, _)| *known == name).map(|(_, meaning)| meaning)
}

/// The module under which the table lists the names of `module`: packages re-export what their submodules define.
fn home(module: &str) -> &str {
    match module {
        "typing_extensions" => "typing",
        "pathlib._local" => "pathlib",
        _ if is_in(module, "pydantic") => "pydantic",
        _ if is_in(module, "pydantic_extra_types") => "pydantic_extra_types",
        _ if is_in(module, "sqlalchemy.orm") => "sqlalchemy.orm",
        _ => module,
    }
}

fn is_in(module: &str, package: &str) -> bool {
    module.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_packages_re_export_them() {
        for path in ["pydantic.EmailStr", "pydantic.networks.EmailStr", "pydantic.v1.EmailStr"] {
            assert!(matches!(meaning(path), Some(M::Is(Shape::Text))), "{path}");
        }
        assert!(matches!(meaning("typing_extensions.Annotated"), Some(M::Annotated)));
        assert!(meaning("pydantic_core.EmailStr").is_none());
        assert!(meaning("EmailStr").is_none());
    }

    #[test]
    fn a_name_stands_once_in_its_module() {
        for (module, names) in TABLE {
            for (at, (name, _)) in names.iter().enumerate() {
                assert!(names[..at].iter().all(|(other, _)| other != name), "{module}.{name} stands twice");
            }
        }
    }
}
