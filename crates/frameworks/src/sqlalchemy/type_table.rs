//! Type classes -> what PostgreSQL makes of them.
//!
//! SQLAlchemy's own are known by their last name, since each dialect re-exports the common ones under it; the names are unique
//! over its dialects. Types that PostgreSQL's compiler refuses (`TINYINT`, `LONGTEXT`) become the nearest of its types.

use alignment_model::shape::Shape;

/// How a type class makes a database type from its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TypeRule {
    /// This type, whatever the arguments.
    Plain(&'static str),
    /// With the length, if given: the first argument or `length=`.
    Length(&'static str),
    /// With precision and scale, if given.
    Precision,
    /// A binary float: `float4` up to 24 bits of precision, else `float8`.
    Float,
    /// Without and with `timezone=` (the first argument too).
    Zoned(&'static str, &'static str),
    /// `uuid`; `char(32)` with `native_uuid=False`.
    Uuid,
    /// An array of the first argument.
    Array,
    /// An enumeration.
    Enum,
    /// With the dimension, if given.
    Dimension(&'static str),
    /// The type that `impl=` or the second argument names; `varchar(255)` without either.
    Wraps,
    /// The type with a length of its own where none is given.
    DefaultLength(&'static str, u32),
    /// Nothing (`NullType`).
    Null,
}

/// The rule of a type class by its dotted path; the shape that Python code sees, where it is not that of the database type.
pub(super) fn rule(path: &str) -> Option<(TypeRule, Option<Shape>)> {
    let name = path.rsplit('.').next().unwrap_or(path);
    if path.starts_with("sqlalchemy.") {
        let own = path.strip_prefix("sqlalchemy.").is_some_and(|rest| !rest.contains('.'));
        if !own && !path.starts_with("sqlalchemy.dialects.") {
            return None;
        }
        return sqlalchemy(name).map(|rule| (rule, (name == "PickleType").then_some(Shape::Any)));
    }
    third_party(path)
}

fn sqlalchemy(name: &str) -> Option<TypeRule> {
    use TypeRule as R;
    Some(match name {
        "Integer" | "INTEGER" | "INT" | "MEDIUMINT" => R::Plain("int4"),
        "SmallInteger" | "SMALLINT" | "TINYINT" | "YEAR" => R::Plain("int2"),
        "BigInteger" | "BIGINT" => R::Plain("int8"),
        "Boolean" | "BOOLEAN" => R::Plain("bool"),
        "String" | "VARCHAR" | "Unicode" | "NVARCHAR" | "VARCHAR2" | "NVARCHAR2" => R::Length("varchar"),
        "CHAR" | "NCHAR" => R::Length("char"),
        "Text" | "TEXT" | "UnicodeText" | "CLOB" | "NCLOB" | "NTEXT" | "LONGTEXT" | "MEDIUMTEXT"
        | "TINYTEXT" | "LONG" | "SET" => R::Plain("text"),
        "Float" | "FLOAT" => R::Float,
        "Double" | "DOUBLE" | "DOUBLE_PRECISION" | "BINARY_DOUBLE" => R::Plain("float8"),
        "REAL" | "BINARY_FLOAT" => R::Plain("float4"),
        "Numeric" | "NUMERIC" | "DECIMAL" | "NUMBER" => R::Precision,
        "DateTime" | "DATETIME" | "TIMESTAMP" | "SMALLDATETIME" | "DATETIME2" => {
            R::Zoned("timestamp", "timestamptz")
        }
        "DATETIMEOFFSET" => R::Plain("timestamptz"),
        "Date" | "DATE" => R::Plain("date"),
        "Time" | "TIME" => R::Zoned("time", "timetz"),
        "Interval" | "INTERVAL" => R::Plain("interval"),
        "LargeBinary" | "BLOB" | "BYTEA" | "BINARY" | "VARBINARY" | "LONGBLOB" | "MEDIUMBLOB"
        | "TINYBLOB" | "IMAGE" | "PickleType" => R::Plain("bytea"),
        "JSON" => R::Plain("json"),
        "JSONB" => R::Plain("jsonb"),
        "Uuid" | "UUID" | "UNIQUEIDENTIFIER" => R::Uuid,
        "ARRAY" => R::Array,
        "Enum" | "ENUM" => R::Enum,
        "NullType" | "NULLTYPE" => R::Null,
        "INET" | "INET4" | "INET6" => R::Plain("inet"),
        "CIDR" => R::Plain("cidr"),
        "MACADDR" => R::Plain("macaddr"),
        "MACADDR8" => R::Plain("macaddr8"),
        "MONEY" | "SMALLMONEY" => R::Plain("money"),
        "OID" => R::Plain("oid"),
        "REGCLASS" => R::Plain("regclass"),
        "BIT" => R::Length("bit"),
        "TSVECTOR" => R::Plain("tsvector"),
        "TSQUERY" => R::Plain("tsquery"),
        "HSTORE" => R::Plain("hstore"),
        "CITEXT" => R::Plain("citext"),
        "XML" => R::Plain("xml"),
        "INT4RANGE" => R::Plain("int4range"),
        "INT8RANGE" => R::Plain("int8range"),
        "NUMRANGE" => R::Plain("numrange"),
        "DATERANGE" => R::Plain("daterange"),
        "TSRANGE" => R::Plain("tsrange"),
        "TSTZRANGE" => R::Plain("tstzrange"),
        _ => return None,
    })
}

/// Types of other packages, each by the class that its documentation names.
fn third_party(path: &str) -> Option<(TypeRule, Option<Shape>)> {
    use TypeRule as R;
    let plain = |rule: R| Some((rule, None));
    // Where the package gives Python an object of its own, nothing is said about what travels.
    let own = |rule: R| Some((rule, Some(Shape::Unknown(alignment_model::Why::ExternalName))));
    match path {
        "sqlmodel.AutoString" => plain(R::Length("varchar")),
        // pgvector-python, "SQLAlchemy".
        "pgvector.sqlalchemy.Vector" | "pgvector.sqlalchemy.VECTOR" => plain(R::Dimension("vector")),
        "pgvector.sqlalchemy.HALFVEC" => plain(R::Dimension("halfvec")),
        "pgvector.sqlalchemy.SPARSEVEC" => plain(R::Dimension("sparsevec")),
        // fastapi-users-db-sqlalchemy, `generics.py`.
        "fastapi_users_db_sqlalchemy.generics.GUID" => plain(R::Plain("uuid")),
        "fastapi_users_db_sqlalchemy.generics.TIMESTAMPAware" => plain(R::Zoned("timestamp", "timestamptz")),
        _ => {
            let (package, name) = (path.split('.').next()?, path.rsplit('.').next()?);
            match (package, name) {
                // SQLAlchemy-Utils 0.42, "Data types".
                ("sqlalchemy_utils", "UUIDType") => plain(R::Plain("uuid")),
                ("sqlalchemy_utils", "JSONType") => plain(R::Plain("json")),
                ("sqlalchemy_utils", "TSVectorType") => plain(R::Plain("tsvector")),
                ("sqlalchemy_utils", "EmailType") => plain(R::DefaultLength("varchar", 255)),
                ("sqlalchemy_utils", "URLType") => own(R::Plain("text")),
                ("sqlalchemy_utils", "IPAddressType") => own(R::DefaultLength("varchar", 50)),
                ("sqlalchemy_utils", "TimezoneType") => own(R::Plain("varchar")),
                ("sqlalchemy_utils", "CountryType") => own(R::DefaultLength("varchar", 2)),
                ("sqlalchemy_utils", "CurrencyType") => own(R::DefaultLength("varchar", 3)),
                ("sqlalchemy_utils", "LocaleType") => own(R::DefaultLength("varchar", 10)),
                ("sqlalchemy_utils", "ColorType" | "PhoneNumberType") => own(R::DefaultLength("varchar", 20)),
                ("sqlalchemy_utils", "ArrowType") => own(R::Zoned("timestamp", "timestamptz")),
                ("sqlalchemy_utils", "PasswordType" | "EncryptedType") => own(R::Plain("bytea")),
                ("sqlalchemy_utils", "StringEncryptedType") => own(R::Plain("varchar")),
                ("sqlalchemy_utils", "ScalarListType") => own(R::Plain("text")),
                ("sqlalchemy_utils", "LtreeType") => own(R::Plain("ltree")),
                ("sqlalchemy_utils", "ChoiceType") => own(R::Wraps),
                // Advanced Alchemy 1.x, "Types".
                ("advanced_alchemy", "GUID") => plain(R::Plain("uuid")),
                ("advanced_alchemy", "DateTimeUTC") => plain(R::Plain("timestamptz")),
                ("advanced_alchemy", "JsonB") => plain(R::Plain("jsonb")),
                ("advanced_alchemy", "BigIntIdentity") => plain(R::Plain("int8")),
                ("advanced_alchemy", "EncryptedString") => own(R::Plain("varchar")),
                ("advanced_alchemy", "EncryptedText") => own(R::Plain("text")),
                // GeoAlchemy 2, "Types".
                ("geoalchemy2", "Geometry") => own(R::Plain("geometry")),
                ("geoalchemy2", "Geography") => own(R::Plain("geography")),
                // SQLAlchemy-UTC, sqlalchemy-citext.
                ("sqlalchemy_utc", "UtcDateTime") => plain(R::Plain("timestamptz")),
                ("citext", "CIText") => plain(R::Plain("citext")),
                _ => None,
            }
        }
    }
}
