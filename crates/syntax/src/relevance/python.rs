//! What the text of a Python file shows: a scan over its lines for headers and imports, and one over its bytes for words.

use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::{Class, Scan};

/// Packages whose names are possible bases, by the start of their name: `pydantic` is also `pydantic_settings`.
const FRAMEWORKS: &[&str] = &[
    "advanced_alchemy",
    "alembic",
    "asyncpg",
    "fastapi",
    "flask_sqlalchemy",
    "geoalchemy2",
    "msgspec",
    "pydantic",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
];

/// Names that packages (these, and FastAPI Users) give to the bases of models, schemas and routers, for classes whose base is written with its module
/// (`pydantic.BaseModel`, `db.Model`) or comes through a module of the repository.
pub(super) const KNOWN_BASES: &[&str] = &[
    "APIRouter",
    "APIRoute",
    "AsyncAttrs",
    "Base",
    "BaseModel",
    "BaseSettings",
    "BaseUser",
    "BaseUserCreate",
    "BaseUserUpdate",
    "DeclarativeBase",
    "DeclarativeBaseNoMeta",
    "DeclarativeMeta",
    "DualBaseModel",
    "FastAPI",
    "GenericModel",
    "MappedAsDataclass",
    "Model",
    "RootModel",
    "SQLAlchemyBaseUserTable",
    "SQLAlchemyBaseUserTableUUID",
    "SQLModel",
    "Struct",
    "generate_dual_base_model",
];

/// Names of those packages that are bases of other things.
const NO_BASES: &[&str] = &["Enum", "HTTPException", "Protocol", "TypeDecorator"];

/// What a word in the text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Columns: every class of the file may be mapped.
    Columns,
    /// A class or table made by a call.
    Made,
    /// A router.
    Router,
    /// An object made from another.
    Conversion,
    /// A statement of SQL.
    Sql,
    /// A method that a framework calls to learn a declaration.
    Computed,
    /// A constructor, which tells what the objects of a mapped class have; no reason to read a file.
    Constructor,
}

const WORDS: &[(&str, Mark)] = &[
    ("Column(", Mark::Columns),
    ("mapped_column", Mark::Columns),
    ("Mapped[", Mark::Columns),
    ("__tablename__", Mark::Columns),
    ("__table__", Mark::Columns),
    ("relationship(", Mark::Columns),
    ("Table(", Mark::Made),
    ("declarative_base", Mark::Made),
    ("automap_base", Mark::Made),
    ("map_imperatively", Mark::Made),
    ("mapped_as_dataclass", Mark::Columns),
    (".mapped\n", Mark::Columns),
    ("create_model(", Mark::Made),
    ("declared_attr", Mark::Computed),
    // What a type of the project's own is made of, and which labels an enumeration stores.
    ("load_dialect_impl", Mark::Computed),
    ("TypeDecorator", Mark::Computed),
    ("values_callable", Mark::Computed),
    // What validators do with `None`, what generators make of names, what values enumerations give themselves.
    ("validator(", Mark::Computed),
    ("Validator(", Mark::Computed),
    ("alias_generator", Mark::Computed),
    // What is said of schemas in documents.
    ("GenerateJsonSchema", Mark::Computed),
    (".openapi = ", Mark::Computed),
    ("_generate_next_value_", Mark::Computed),
    ("def __init__(", Mark::Constructor),
    ("._value_", Mark::Computed),
    // Names that a module makes when it is asked for them (PEP 562).
    ("def __getattr__(name", Mark::Computed),
    ("APIRouter", Mark::Router),
    ("FastAPI(", Mark::Router),
    ("include_router", Mark::Router),
    ("add_api_route", Mark::Router),
    ("api_route(", Mark::Router),
    // Functions that make dependencies define them inside.
    ("Depends(", Mark::Router),
    // A class method that makes an instance.
    ("cls(", Mark::Conversion),
    ("model_validate", Mark::Conversion),
    ("from_orm", Mark::Conversion),
    ("parse_obj", Mark::Conversion),
    ("TypeAdapter", Mark::Conversion),
    ("SELECT ", Mark::Sql),
    ("INSERT INTO", Mark::Sql),
    ("UPDATE ", Mark::Sql),
    ("DELETE FROM", Mark::Sql),
    ("CREATE TABLE", Mark::Sql),
    ("ALTER TABLE", Mark::Sql),
    ("DROP TABLE", Mark::Sql),
    ("CREATE TYPE", Mark::Sql),
    ("ALTER TYPE", Mark::Sql),
    ("CREATE VIEW", Mark::Sql),
    ("RENAME ", Mark::Sql),
    ("create table", Mark::Sql),
    ("alter table", Mark::Sql),
    ("insert into", Mark::Sql),
    ("delete from", Mark::Sql),
    ("\"select ", Mark::Sql),
    ("'select ", Mark::Sql),
    ("\"update ", Mark::Sql),
    ("'update ", Mark::Sql),
];

static SEARCH: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasick::new(WORDS.iter().map(|(word, _)| word)).expect("few and short words"));

/// Scans one file.
pub(super) fn scan(path: &str, text: &str) -> Scan {
    let mut scan = Scan::default();
    words(text, &mut scan);
    lines(text, &mut scan);
    calls(text, &mut scan);
    if path.ends_with("__init__.py") && text.contains("import") {
        scan.matters = true;
    }
    scan
}

fn words(text: &str, scan: &mut Scan) {
    let mut seen = 0_u32;
    let mut made_inside = false;
    for found in SEARCH.find_iter(text) {
        let Some((_, mark)) = WORDS.get(found.pattern().as_usize()) else { continue };
        seen |= 1 << (*mark as u32);
        made_inside |= *mark == Mark::Made && is_indented_result(text, found.start());
    }
    let has = |marks: &[Mark]| marks.iter().any(|mark| seen & (1 << *mark as u32) != 0);
    scan.matters = seen & !(1 << Mark::Constructor as u32) != 0;
    scan.declares = has(&[Mark::Columns]);
    scan.bodies = made_inside
        || has(&[Mark::Router, Mark::Conversion, Mark::Sql, Mark::Computed])
        || scan.declares && has(&[Mark::Constructor]);
}

/// Whether what starts at a place is returned or assigned inside a function or class: `    users = Table(...)`.
fn is_indented_result(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.get(before.rfind('\n').map_or(0, |end| end + 1)..).unwrap_or_default();
    line.starts_with([' ', '\t']) && ["= ", "return "].iter().any(|word| line.ends_with(word))
}

/// Imports, class headers, decorators and assignments of the module.
fn lines(text: &str, scan: &mut Scan) {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        if let Some(line) = text.get(start..end) {
            let code = line.trim_start_matches([' ', '\t']);
            match code.as_bytes().first() {
                Some(b'c') if code.starts_with("class") => class(text, end - code.len(), scan),
                Some(b'f') if code.starts_with("from") => import(text, end - code.len(), scan),
                Some(b'i') if code.starts_with("import") && is_framework(&code[6..]) => {
                    import_module(code, scan)
                }
                Some(b'@') => decorator(code, scan),
                Some(b'r' | b'd') if code.len() == line.len() => revision(code, scan),
                Some(b'r') if code.starts_with("return") => made_in_function(code, scan),
                Some(first) if first.is_ascii_uppercase() && code.len() == line.len() => {
                    assignment(code, scan)
                }
                _ => {}
            }
        }
        start = end + 1;
    }
}

/// `class Name[T](Base, m.Base[int], key=value)`, on one line or several.
fn class(text: &str, at: usize, scan: &mut Scan) {
    let header = &text[at + "class".len()..];
    let name = identifier(header.trim_start());
    let rest = header.trim_start().get(name.len()..).unwrap_or_default();
    if name.is_empty() || header.len() == header.trim_start().len() {
        return;
    }
    let mut bases = Vec::new();
    let (mut depth, mut base_start) = (0_usize, 0);
    for (position, byte) in rest.bytes().enumerate().take(MAX_HEADER) {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if byte == b'(' && depth == 1 {
                    base_start = position + 1;
                }
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && byte == b')' {
                    bases.extend(base(rest.get(base_start..position).unwrap_or_default()));
                    break;
                }
            }
            b',' if depth == 1 && base_start > 0 => {
                bases.extend(base(rest.get(base_start..position).unwrap_or_default()));
                base_start = position + 1;
            }
            b':' if depth == 0 => break,
            _ => {}
        }
    }
    scan.classes.push(Class { name: name.into(), bases });
}

/// Longest class header that is read.
const MAX_HEADER: usize = 4096;

/// The last segment of a base; none for a keyword.
fn base(written: &str) -> Option<Box<str>> {
    let mut written = written.trim();
    while let Some(rest) = written.strip_prefix('#') {
        written = rest.split_once('\n').map_or("", |(_, after)| after.trim());
    }
    let path = written.split(['[', '(', '#', '\n']).next()?.trim();
    let name = path.rsplit('.').next()?.trim();
    (!name.is_empty() && !path.contains('=') && identifier(name).len() == name.len()).then(|| name.into())
}

/// `from pydantic import (BaseModel as B, Field)`: names a framework gives.
fn import(text: &str, at: usize, scan: &mut Scan) {
    let statement = &text[at + "from".len()..];
    if !is_framework(statement) {
        return;
    }
    scan.matters |= statement.trim_start().starts_with("alembic");
    scan.bodies |= statement.trim_start().starts_with("alembic");
    let Some((_, names)) = statement.split_once("import") else { return };
    let names = match names.trim_start().strip_prefix('(') {
        Some(inside) => inside.split(')').next().unwrap_or_default(),
        None => names.split('\n').next().unwrap_or_default(),
    };
    for line in names.lines() {
        for name in line.split('#').next().unwrap_or_default().split(',') {
            let bound = name.split_whitespace().last().unwrap_or_default();
            if bound.starts_with(|first: char| first.is_ascii_uppercase()) && !NO_BASES.contains(&bound) {
                scan.seeds.push(bound.into());
            }
        }
    }
}

fn import_module(code: &str, scan: &mut Scan) {
    if code["import".len()..].trim_start().starts_with("alembic") {
        scan.matters = true;
        scan.bodies = true;
    }
}

/// Whether what follows `from` or `import` is a framework.
fn is_framework(after: &str) -> bool {
    let module = after.trim_start();
    module.len() < after.len() && FRAMEWORKS.iter().any(|framework| module.starts_with(framework))
}

/// `@router.get("/x")`.
fn decorator(code: &str, scan: &mut Scan) {
    const METHODS: &[&str] = &[
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "trace",
        "route",
        "api_route",
        "websocket",
    ];
    let path = code.split('(').next().unwrap_or_default();
    if let Some((_, method)) = path.rsplit_once('.')
        && METHODS.contains(&method.trim())
    {
        scan.matters = true;
        scan.bodies = true;
    }
}

/// `revision = "..."`, `down_revision: str = ...`.
fn revision(code: &str, scan: &mut Scan) {
    let name = identifier(code);
    if matches!(name, "revision" | "down_revision") {
        scan.matters = true;
        scan.bodies = true;
    }
}

/// A function that makes a column or field for its caller.
fn made_in_function(code: &str, scan: &mut Scan) {
    scan.bodies |= ["olumn(", "Field(", "relationship("].iter().any(|maker| code.contains(maker));
}

/// `Base = make_base()`, `Model = db.Model`: a name that may be a base.
fn assignment(code: &str, scan: &mut Scan) {
    let name = identifier(code);
    let rest = code.get(name.len()..).unwrap_or_default().trim_start();
    if rest.starts_with([':', '=']) && !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
        scan.seeds.push(name.into());
    }
}

/// Hashes of the capitalised names before an opening parenthesis.
fn calls(text: &str, scan: &mut Scan) {
    let bytes = text.as_bytes();
    for at in memchr::memchr_iter(b'(', bytes) {
        let length = bytes[..at]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let start = at - length;
        if bytes.get(start).is_some_and(u8::is_ascii_uppercase)
            && !bytes[..start].ends_with(b"class ")
            && let Some(name) = text.get(start..at)
        {
            scan.calls.push(hash(name));
        }
    }
    scan.calls.sort_unstable();
    scan.calls.dedup();
}

/// The hash of a name, for [`Scan::calls`](super::Scan).
pub(super) fn hash(name: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// The identifier a text starts with.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}
