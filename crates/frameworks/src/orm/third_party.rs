//! Columns that mixins of packages bring.
//!
//! Sources: fastapi-users-db-sqlalchemy 5.x to 7.x, `__init__.py` and `access_token.py`.
//!
//! Deliberately absent: mixins of other packages; a model that inherits from one is incomplete.

use alignment_model::Why;
use alignment_model::entity::SqlType;

/// A column of a mixin.
pub(super) struct KnownColumn {
    pub(super) name: &'static str,
    pub(super) sql: fn() -> SqlType,
    pub(super) nullable: bool,
    pub(super) primary_key: bool,
    pub(super) unique: bool,
    /// The Python default as text; calls end in `()`.
    pub(super) default: Option<&'static str>,
    /// The table and column referred to.
    pub(super) refers_to: Option<(&'static str, &'static str)>,
}

/// What is known of a mixin.
pub(super) struct KnownMixin {
    pub(super) path: &'static str,
    /// The table name it gives.
    pub(super) table: Option<&'static str>,
    pub(super) columns: &'static [KnownColumn],
}

/// A mixin whose columns are known, by dotted path; a class is found under its package and under the module that defines it.
pub(super) fn mixin(path: &str) -> Option<&'static KnownMixin> {
    let package = path.split('.').next()?;
    let name = path.rsplit('.').next()?;
    MIXINS.iter().find(|known| {
        known.path.split('.').next() == Some(package) && known.path.rsplit('.').next() == Some(name)
    })
}

/// Bases of packages that are known to bring no column.
pub(super) fn brings_no_column(path: &str) -> bool {
    const NONE: &[&str] = &[
        "abc.ABC",
        "typing.Generic",
        "typing.Protocol",
        "sqlalchemy.orm.DeclarativeBase",
        "sqlalchemy.orm.DeclarativeBaseNoMeta",
        "sqlalchemy.orm.MappedAsDataclass",
        "sqlalchemy.orm.declarative_base",
        "sqlalchemy.orm.registry.generate_base",
        "sqlalchemy.ext.asyncio.AsyncAttrs",
        "sqlalchemy.ext.declarative.AbstractConcreteBase",
        "sqlalchemy.ext.declarative.ConcreteBase",
        "sqlalchemy.orm.AbstractConcreteBase",
        "sqlalchemy.orm.ConcreteBase",
        "sqlmodel.SQLModel",
        "flask_sqlalchemy.SQLAlchemy.Model",
        "flask_login.UserMixin",
        "flask_security.UserMixin",
        "pydantic.BaseModel",
    ];
    NONE.contains(&path)
        || path.starts_with("builtins.")
        || path.starts_with("enum.")
        // Helpers of methods only (sqlalchemy-mixins, "README", all but `TimestampsMixin`).
        || (path.starts_with("sqlalchemy_mixins.") && !path.ends_with(".TimestampsMixin"))
}

/// Why a model with a base of this path may have more columns.
pub(super) const WHY: Why = Why::ExternalName;

const fn column(name: &'static str, sql: fn() -> SqlType) -> KnownColumn {
    KnownColumn {
        name,
        sql,
        nullable: false,
        primary_key: false,
        unique: false,
        default: None,
        refers_to: None,
    }
}

const fn id() -> KnownColumn {
    KnownColumn { primary_key: true, default: Some("uuid.uuid4()"), ..column("id", uuid) }
}

const fn user_id() -> KnownColumn {
    KnownColumn { refers_to: Some(("user", "id")), ..column("user_id", uuid) }
}

fn uuid() -> SqlType {
    SqlType::new("uuid")
}
fn boolean() -> SqlType {
    SqlType::new("bool")
}
fn int4() -> SqlType {
    SqlType::new("int4")
}
fn timestamptz() -> SqlType {
    SqlType::new("timestamptz")
}
fn text43() -> SqlType {
    SqlType::with("varchar", [43])
}
fn text100() -> SqlType {
    SqlType::with("varchar", [100])
}
fn text320() -> SqlType {
    SqlType::with("varchar", [320])
}
fn text1024() -> SqlType {
    SqlType::with("varchar", [1024])
}

const EMAIL: KnownColumn = KnownColumn { unique: true, ..column("email", text320) };
const HASHED_PASSWORD: KnownColumn = column("hashed_password", text1024);
const IS_ACTIVE: KnownColumn = KnownColumn { default: Some("true"), ..column("is_active", boolean) };
const IS_SUPERUSER: KnownColumn = KnownColumn { default: Some("false"), ..column("is_superuser", boolean) };
const IS_VERIFIED: KnownColumn = KnownColumn { default: Some("false"), ..column("is_verified", boolean) };
const OAUTH_NAME: KnownColumn = column("oauth_name", text100);
const ACCESS_TOKEN: KnownColumn = column("access_token", text1024);
const EXPIRES_AT: KnownColumn = KnownColumn { nullable: true, ..column("expires_at", int4) };
const REFRESH_TOKEN: KnownColumn = KnownColumn { nullable: true, ..column("refresh_token", text1024) };
const ACCOUNT_ID: KnownColumn = column("account_id", text320);
const ACCOUNT_EMAIL: KnownColumn = column("account_email", text320);
const TOKEN: KnownColumn = KnownColumn { primary_key: true, ..column("token", text43) };
const CREATED_AT: KnownColumn =
    KnownColumn { default: Some("now_utc()"), ..column("created_at", timestamptz) };

const MIXINS: &[KnownMixin] = &[
    KnownMixin {
        path: "fastapi_users_db_sqlalchemy.SQLAlchemyBaseUserTable",
        table: Some("user"),
        columns: &[EMAIL, HASHED_PASSWORD, IS_ACTIVE, IS_SUPERUSER, IS_VERIFIED],
    },
    KnownMixin {
        path: "fastapi_users_db_sqlalchemy.SQLAlchemyBaseUserTableUUID",
        table: Some("user"),
        columns: &[id(), EMAIL, HASHED_PASSWORD, IS_ACTIVE, IS_SUPERUSER, IS_VERIFIED],
    },
    KnownMixin {
        path: "fastapi_users_db_sqlalchemy.SQLAlchemyBaseOAuthAccountTable",
        table: Some("oauth_account"),
        columns: &[OAUTH_NAME, ACCESS_TOKEN, EXPIRES_AT, REFRESH_TOKEN, ACCOUNT_ID, ACCOUNT_EMAIL],
    },
    KnownMixin {
        path: "fastapi_users_db_sqlalchemy.SQLAlchemyBaseOAuthAccountTableUUID",
        table: Some("oauth_account"),
        columns: &[
            id(),
            OAUTH_NAME,
            ACCESS_TOKEN,
            EXPIRES_AT,
            REFRESH_TOKEN,
            ACCOUNT_ID,
            ACCOUNT_EMAIL,
            user_id(),
        ],
    },
    KnownMixin {
        path: "fastapi_users_db_sqlalchemy.access_token.SQLAlchemyBaseAccessTokenTable",
        table: Some("accesstoken"),
        columns: &[TOKEN, CREATED_AT],
    },
    KnownMixin {
        path: "fastapi_users_db_sqlalchemy.access_token.SQLAlchemyBaseAccessTokenTableUUID",
        table: Some("accesstoken"),
        columns: &[TOKEN, CREATED_AT, user_id()],
    },
];
