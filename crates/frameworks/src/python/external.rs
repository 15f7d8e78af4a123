//! Names of packages outside the repository: one spelling each, so that every reader compares with the public one.
//!
//! Deliberately absent: what these names mean. That belongs to the readers of each framework.

/// Module prefixes that re-export what another module defines: written prefix, public prefix. The longest match wins; a
/// prefix ends at a dot.
const PREFIXES: &[(&str, &str)] = &[
    // SQLAlchemy 2.0, `sqlalchemy/__init__.py`, `sqlalchemy/orm/__init__.py`, `sqlalchemy/types.py`; 1.4 had
    // `ext.declarative` for what is in `orm` today.
    ("sqlalchemy.sql.schema", "sqlalchemy"),
    ("sqlalchemy.sql.sqltypes", "sqlalchemy"),
    ("sqlalchemy.sql.type_api", "sqlalchemy"),
    ("sqlalchemy.sql.functions", "sqlalchemy"),
    ("sqlalchemy.sql.elements", "sqlalchemy"),
    ("sqlalchemy.sql.expression", "sqlalchemy"),
    ("sqlalchemy.sql.selectable", "sqlalchemy"),
    ("sqlalchemy.sql", "sqlalchemy"),
    ("sqlalchemy.schema", "sqlalchemy"),
    ("sqlalchemy.types", "sqlalchemy"),
    ("sqlalchemy.types.TypeDecorator", "sqlalchemy.TypeDecorator"),
    ("sqlalchemy.ext.declarative", "sqlalchemy.orm"),
    ("sqlalchemy.ext.declarative.api", "sqlalchemy.orm"),
    ("sqlalchemy.orm.decl_api", "sqlalchemy.orm"),
    ("sqlalchemy.orm.decl_base", "sqlalchemy.orm"),
    ("sqlalchemy.orm.base", "sqlalchemy.orm"),
    ("sqlalchemy.orm._orm_constructors", "sqlalchemy.orm"),
    ("sqlalchemy.orm.relationships", "sqlalchemy.orm"),
    ("sqlalchemy.orm.properties", "sqlalchemy.orm"),
    ("sqlalchemy.orm.session", "sqlalchemy.orm"),
    ("sqlalchemy.dialects.postgresql.base", "sqlalchemy.dialects.postgresql"),
    ("sqlalchemy.dialects.postgresql.json", "sqlalchemy.dialects.postgresql"),
    ("sqlalchemy.dialects.postgresql.array", "sqlalchemy.dialects.postgresql"),
    ("sqlalchemy.dialects.postgresql.ranges", "sqlalchemy.dialects.postgresql"),
    ("sqlalchemy.dialects.postgresql.types", "sqlalchemy.dialects.postgresql"),
    ("sqlalchemy.dialects.postgresql.named_types", "sqlalchemy.dialects.postgresql"),
    ("sqlalchemy.dialects.mysql.types", "sqlalchemy.dialects.mysql"),
    ("sqlalchemy.dialects.mysql.base", "sqlalchemy.dialects.mysql"),
    ("sqlalchemy.dialects.sqlite.base", "sqlalchemy.dialects.sqlite"),
    // SQLModel 0.0.x, `sqlmodel/__init__.py`.
    ("sqlmodel.main", "sqlmodel"),
    ("sqlmodel.sql.sqltypes", "sqlmodel"),
    // fastapi-users, `fastapi_users/db/__init__.py`.
    ("fastapi_users.db", "fastapi_users_db_sqlalchemy"),
    // pgvector-python, `pgvector/sqlalchemy/__init__.py`.
    ("pgvector.sqlalchemy.vector", "pgvector.sqlalchemy"),
    ("pgvector.sqlalchemy.halfvec", "pgvector.sqlalchemy"),
    ("pgvector.sqlalchemy.sparsevec", "pgvector.sqlalchemy"),
    // Pydantic 1.10 and 2.x, `pydantic/__init__.py`.
    ("pydantic.main", "pydantic"),
    ("pydantic.fields", "pydantic"),
    ("pydantic.types", "pydantic"),
    ("pydantic.networks", "pydantic"),
    ("pydantic.config", "pydantic"),
    ("pydantic.root_model", "pydantic"),
    ("pydantic.type_adapter", "pydantic"),
    ("pydantic.aliases", "pydantic"),
    ("pydantic.functional_validators", "pydantic"),
    ("pydantic.functional_serializers", "pydantic"),
    ("pydantic.class_validators", "pydantic"),
    ("pydantic_settings.main", "pydantic_settings"),
    // FastAPI, `fastapi/__init__.py`.
    ("fastapi.applications", "fastapi"),
    ("fastapi.routing", "fastapi"),
    ("fastapi.param_functions", "fastapi"),
    ("fastapi.params", "fastapi"),
    ("fastapi.datastructures", "fastapi"),
    ("fastapi.background", "fastapi"),
    ("starlette.responses", "fastapi.responses"),
    ("starlette.requests.Request", "fastapi.Request"),
    ("fastapi.requests.Request", "fastapi.Request"),
    ("starlette.responses.Response", "fastapi.Response"),
    ("fastapi.responses.Response", "fastapi.Response"),
    ("fastapi.applications.FastAPI", "fastapi.FastAPI"),
    // Flask-SQLAlchemy 3.x, "Models and Tables": the extension object offers `Model`, and every public name of
    // `sqlalchemy` and `sqlalchemy.orm`.
    ("flask_sqlalchemy.extension", "flask_sqlalchemy"),
    // The typing backport re-exports `typing`.
    ("typing_extensions", "typing"),
    ("enum.EnumMeta", "enum.EnumType"),
    ("strenum.StrEnum", "enum.StrEnum"),
];

/// Names that `sqlmodel` itself defines; the rest of what it exports is SQLAlchemy's.
const SQLMODEL_OWN: &[&str] =
    &["SQLModel", "Field", "Relationship", "Session", "AutoString", "Select", "SelectOfScalar"];

/// Names that Flask-SQLAlchemy's extension object defines itself.
const FLASK_OWN: &[&str] =
    &["Model", "session", "init_app", "Query", "app", "engines", "engine", "metadatas"];

/// Public names of `sqlalchemy.orm`, those that stand beside models; any other attribute of Flask-SQLAlchemy's extension object
/// is one of `sqlalchemy`.
const ORM_NAMES: &[&str] = &[
    "ColumnProperty",
    "Composite",
    "DeclarativeBase",
    "DeclarativeBaseNoMeta",
    "DeclarativeMeta",
    "DynamicMapped",
    "Mapped",
    "MappedAsDataclass",
    "MappedColumn",
    "Mapper",
    "Query",
    "Relationship",
    "Session",
    "Synonym",
    "WriteOnlyMapped",
    "aliased",
    "as_declarative",
    "attribute_keyed_dict",
    "attribute_mapped_collection",
    "backref",
    "class_mapper",
    "clear_mappers",
    "column_keyed_dict",
    "column_property",
    "composite",
    "configure_mappers",
    "contains_eager",
    "declarative_base",
    "declarative_mixin",
    "declared_attr",
    "defer",
    "deferred",
    "dynamic_loader",
    "foreign",
    "has_inherited_table",
    "joinedload",
    "lazyload",
    "load_only",
    "mapped_as_dataclass",
    "mapped_column",
    "mapper",
    "object_mapper",
    "object_session",
    "polymorphic_union",
    "query_expression",
    "reconstructor",
    "registry",
    "relation",
    "relationship",
    "remote",
    "scoped_session",
    "selectinload",
    "sessionmaker",
    "subqueryload",
    "synonym",
    "synonym_for",
    "undefer",
    "validates",
    "with_parent",
    "with_polymorphic",
];

/// Whether a package's star import gives a name, where that is known: of the packages that are imported with a star side by side
/// in practice, `sqlalchemy` and `sqlalchemy.orm`.
pub(super) fn star_gives(module: &str, name: &str) -> Option<bool> {
    (module == "sqlalchemy.orm").then(|| ORM_NAMES.contains(&name))
}

/// The public spelling of a dotted path.
pub(super) fn public_path(path: &str) -> String {
    let path = rewrite_prefix(path);
    if let Some(name) = path.strip_prefix("sqlmodel.")
        && !name.contains('.')
        && name.starts_with(char::is_uppercase)
        && !SQLMODEL_OWN.contains(&name)
    {
        return format!("sqlalchemy.{name}");
    }
    if let Some(name) = path.strip_prefix("flask_sqlalchemy.SQLAlchemy.") {
        let first = name.split('.').next().unwrap_or(name);
        if ORM_NAMES.contains(&first) {
            return format!("sqlalchemy.orm.{name}");
        }
        if !FLASK_OWN.contains(&first) {
            return public_path(&format!("sqlalchemy.{name}"));
        }
    }
    if let Some(name) = path.strip_prefix("sqlalchemy.")
        && ORM_NAMES.contains(&name)
    {
        return format!("sqlalchemy.orm.{name}");
    }
    path
}

/// A module itself keeps its path, so that what stands behind the next dot is still known to be its own.
fn rewrite_prefix(path: &str) -> String {
    let is_class =
        |path: &str| path.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
    let applies = |written: &str| {
        path.strip_prefix(written).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let longest =
        PREFIXES.iter().filter(|(written, _)| applies(written)).max_by_key(|(written, _)| written.len());
    match longest {
        Some((written, public)) if *written != path || is_class(path) => {
            format!("{public}{}", &path[written.len()..])
        }
        _ => path.to_owned(),
    }
}

/// Whether a name is a builtin of Python 3 that a declaration can use.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.binary_search(&name).is_ok()
}

/// Whether a module is in the standard library of Python 3 (3.8 to 3.14).
pub(super) fn is_standard_library(top: &str) -> bool {
    STANDARD_LIBRARY.binary_search(&top).is_ok()
}

/// `dir(builtins)` without the exceptions nobody subclasses into a contract; sorted.
const BUILTINS: &[&str] = &[
    "BaseException",
    "Ellipsis",
    "Exception",
    "KeyError",
    "LookupError",
    "NotImplemented",
    "NotImplementedError",
    "RuntimeError",
    "TypeError",
    "ValueError",
    "abs",
    "all",
    "any",
    "bool",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "complex",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

/// `sys.stdlib_module_names`, public ones; sorted.
const STANDARD_LIBRARY: &[&str] = &[
    "abc",
    "aifc",
    "annotationlib",
    "antigravity",
    "argparse",
    "array",
    "ast",
    "asynchat",
    "asyncio",
    "asyncore",
    "atexit",
    "audioop",
    "base64",
    "bdb",
    "binascii",
    "bisect",
    "builtins",
    "bz2",
    "cProfile",
    "calendar",
    "cgi",
    "cgitb",
    "chunk",
    "cmath",
    "cmd",
    "code",
    "codecs",
    "codeop",
    "collections",
    "colorsys",
    "compileall",
    "compression",
    "concurrent",
    "configparser",
    "contextlib",
    "contextvars",
    "copy",
    "copyreg",
    "crypt",
    "csv",
    "ctypes",
    "curses",
    "dataclasses",
    "datetime",
    "dbm",
    "decimal",
    "difflib",
    "dis",
    "distutils",
    "doctest",
    "email",
    "encodings",
    "ensurepip",
    "enum",
    "errno",
    "faulthandler",
    "fcntl",
    "filecmp",
    "fileinput",
    "fnmatch",
    "fractions",
    "ftplib",
    "functools",
    "gc",
    "genericpath",
    "getopt",
    "getpass",
    "gettext",
    "glob",
    "graphlib",
    "grp",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "http",
    "idlelib",
    "imaplib",
    "imghdr",
    "imp",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "keyword",
    "lib2to3",
    "linecache",
    "locale",
    "logging",
    "lzma",
    "mailbox",
    "mailcap",
    "marshal",
    "math",
    "mimetypes",
    "mmap",
    "modulefinder",
    "msilib",
    "msvcrt",
    "multiprocessing",
    "netrc",
    "nis",
    "nntplib",
    "nt",
    "ntpath",
    "nturl2path",
    "numbers",
    "opcode",
    "operator",
    "optparse",
    "os",
    "ossaudiodev",
    "pathlib",
    "pdb",
    "pickle",
    "pickletools",
    "pipes",
    "pkgutil",
    "platform",
    "plistlib",
    "poplib",
    "posix",
    "posixpath",
    "pprint",
    "profile",
    "pstats",
    "pty",
    "pwd",
    "py_compile",
    "pyclbr",
    "pydoc",
    "pydoc_data",
    "pyexpat",
    "queue",
    "quopri",
    "random",
    "re",
    "readline",
    "reprlib",
    "resource",
    "rlcompleter",
    "runpy",
    "sched",
    "secrets",
    "select",
    "selectors",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "site",
    "smtpd",
    "smtplib",
    "sndhdr",
    "socket",
    "socketserver",
    "spwd",
    "sqlite3",
    "sre_compile",
    "sre_constants",
    "sre_parse",
    "ssl",
    "stat",
    "statistics",
    "string",
    "stringprep",
    "struct",
    "subprocess",
    "sunau",
    "symtable",
    "sys",
    "sysconfig",
    "syslog",
    "tabnanny",
    "tarfile",
    "telnetlib",
    "tempfile",
    "termios",
    "textwrap",
    "this",
    "threading",
    "time",
    "timeit",
    "tkinter",
    "token",
    "tokenize",
    "tomllib",
    "trace",
    "traceback",
    "tracemalloc",
    "tty",
    "turtle",
    "turtledemo",
    "types",
    "typing",
    "unicodedata",
    "unittest",
    "urllib",
    "uu",
    "uuid",
    "venv",
    "warnings",
    "wave",
    "weakref",
    "webbrowser",
    "winreg",
    "winsound",
    "wsgiref",
    "xdrlib",
    "xml",
    "xmlrpc",
    "zipapp",
    "zipfile",
    "zipimport",
    "zlib",
    "zoneinfo",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_binary_search() {
        assert!(BUILTINS.is_sorted());
        assert!(STANDARD_LIBRARY.is_sorted());
    }

    #[test]
    fn every_way_to_write_a_name_has_one_spelling() {
        for (written, public) in [
            ("sqlalchemy.sql.schema.Column", "sqlalchemy.Column"),
            ("sqlalchemy.types.String", "sqlalchemy.String"),
            ("sqlalchemy.sql.func", "sqlalchemy.func"),
            ("sqlalchemy.sql.expression.func.now", "sqlalchemy.func.now"),
            ("sqlalchemy.ext.declarative.declarative_base", "sqlalchemy.orm.declarative_base"),
            ("sqlalchemy.ext.hybrid.hybrid_property", "sqlalchemy.ext.hybrid.hybrid_property"),
            ("sqlalchemy.dialects.postgresql.base.UUID", "sqlalchemy.dialects.postgresql.UUID"),
            ("flask_sqlalchemy.SQLAlchemy.Column", "sqlalchemy.Column"),
            ("flask_sqlalchemy.SQLAlchemy.relationship", "sqlalchemy.orm.relationship"),
            ("flask_sqlalchemy.SQLAlchemy.Model", "flask_sqlalchemy.SQLAlchemy.Model"),
            ("sqlmodel.Column", "sqlalchemy.Column"),
            ("sqlmodel.main.Field", "sqlmodel.Field"),
            ("typing_extensions.Annotated", "typing.Annotated"),
            ("pydantic.main.BaseModel", "pydantic.BaseModel"),
            ("pydantic.v1.BaseModel", "pydantic.v1.BaseModel"),
            ("starlette.responses.JSONResponse", "fastapi.responses.JSONResponse"),
            ("starlette.responses.Response", "fastapi.Response"),
        ] {
            assert_eq!(public_path(written), public, "{written}");
        }
    }
}
