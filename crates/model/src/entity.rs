//! Entities: tables, models, schemas, operations and client types, with their fields and what each field promises.

use std::collections::BTreeSet;
use std::fmt;

use crate::database::Generated;
use crate::known::{Known, Why};
use crate::layer::Layer;
use crate::shape::{DeclarationKey, Shape, Value};
use crate::source::{FileId, Span};

/// An entity of one [`Project`](crate::project::Project), by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(u32);

impl EntityId {
    /// The entity at this position.
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer than 2^32 entities"))
    }

    /// Its position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A field of an entity, by the position of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId {
    /// The entity.
    pub entity: EntityId,
    /// Position among its fields.
    pub field: u32,
}

/// Something that declares fields, in one layer.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Its kind, which gives its layer.
    pub kind: EntityKind,
    /// Name as written: `User`, `users`, `GET /users/{id}` for an operation.
    pub name: Box<str>,
    /// Name that tells homonyms apart: `app.models.User`, `frontend/src/types.ts#User`, `public.users`.
    pub qualname: Box<str>,
    /// The declaration this entity is made from, where it is a class, interface, alias or function. Of two classes of
    /// one path in one file, Python keeps the last.
    pub declaration: Option<DeclarationKey>,
    /// Place of the name.
    pub span: Span,
    /// Fields in the order of declaration, inherited ones first.
    pub fields: Vec<Field>,
    /// Whether all fields are known.
    pub completeness: Completeness,
    /// What only this kind has.
    pub detail: Detail,
}

impl Entity {
    /// The layer it lives in.
    pub fn layer(&self) -> Layer {
        self.kind.layer()
    }

    /// The table it is (database) or maps to (ORM).
    pub fn table(&self) -> Option<&TableName> {
        match &self.detail {
            Detail::Table(table) => Some(&table.name),
            Detail::Model(model) => model.table.is(),
            _ => None,
        }
    }

    /// The operation, if it is one.
    pub fn operation(&self) -> Option<&Operation> {
        match &self.detail {
            Detail::Operation(operation) => Some(operation),
            _ => None,
        }
    }

    /// The field with this name, as written in its own layer.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| &*field.name == name)
    }

    /// What names the object type that a field of this client type writes in place, `{ owner: { id: number } }`. No declaration has a
    /// path like it.
    pub fn in_place(&self, field: &Field) -> Option<DeclarationKey> {
        let owner = field.declared_in.as_ref().or(self.declaration.as_ref())?;
        Some(DeclarationKey { file: owner.file, path: format!("{}@{}", owner.path, field.name).into() })
    }

    /// The field that travels under this name.
    pub fn wire_field(&self, wire_name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.wire_name.is().is_some_and(|name| &**name == wire_name))
    }
}

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// A table.
    Table,
    /// A view: read-only.
    View,
    /// A mapped class.
    Model,
    /// A `Table(...)` object that no class maps: an association table, a table of SQLAlchemy Core.
    ModelTable,
    /// A Pydantic (or SQLModel, without table) class.
    Schema,
    /// An SQLModel class with `table=True`, seen as a schema; the same class is also a [`EntityKind::Model`].
    TableSchema,
    /// A Pydantic settings class: never on the wire.
    Settings,
    /// A dataclass.
    Dataclass,
    /// A `TypedDict`.
    TypedDict,
    /// A Python enumeration. Its values are in [`Detail::Values`].
    PythonEnum,
    /// An operation of the API.
    Operation,
    /// A TypeScript interface.
    Interface,
    /// A type alias of an object type.
    Alias,
    /// A type alias of anything else.
    AliasOther,
    /// A type alias of a union that is no object.
    Union,
    /// A TypeScript class.
    ClientClass,
    /// A TypeScript enum.
    ClientEnum,
    /// A zod schema.
    Zod,
    /// A member of a generated `components["schemas"]`.
    SchemaMember,
    /// An object type that a call or a field of another type writes in place. No declaration of the client: it is left out where
    /// declarations are listed or counted.
    InPlace,
    /// A schema that a committed OpenAPI document declares.
    OpenApiSchema,
}

impl EntityKind {
    /// The layer of this kind.
    pub fn layer(self) -> Layer {
        use EntityKind as K;
        match self {
            K::Table | K::View => Layer::Database,
            K::Model | K::ModelTable => Layer::Orm,
            K::Schema
            | K::TableSchema
            | K::Settings
            | K::Dataclass
            | K::TypedDict
            | K::PythonEnum
            | K::OpenApiSchema => Layer::Schema,
            K::Operation => Layer::Route,
            K::Interface
            | K::Alias
            | K::AliasOther
            | K::Union
            | K::ClientClass
            | K::ClientEnum
            | K::Zod
            | K::InPlace
            | K::SchemaMember => Layer::Client,
        }
    }

    /// The name in machine formats.
    pub fn key(self) -> &'static str {
        use EntityKind as K;
        match self {
            K::Table => "table",
            K::View => "view",
            K::Model => "model",
            K::ModelTable => "table_object",
            K::Schema => "schema",
            K::TableSchema => "sqlmodel_table",
            K::Settings => "settings",
            K::Dataclass => "dataclass",
            K::TypedDict => "typeddict",
            K::InPlace => "in_place",
            K::PythonEnum | K::ClientEnum => "enum",
            K::Operation => "operation",
            K::Interface => "interface",
            K::Alias => "alias",
            K::AliasOther => "alias_other",
            K::Union => "union",
            K::ClientClass => "class",
            K::Zod => "zod",
            K::SchemaMember => "schema_member",
            K::OpenApiSchema => "openapi_schema",
        }
    }
}

/// Whether all fields of an entity are known. A finding that rests on the *absence* of a field is withheld for an
/// incomplete entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Why not, each once; empty for a complete entity.
    pub reasons: Vec<Incomplete>,
}

/// One reason why an entity may have fields that are not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incomplete {
    /// What sort of reason.
    pub why: Why,
    /// A lower-case fragment that names the cause: "base class `Foo` is defined outside the repository".
    pub message: Box<str>,
    /// Where.
    pub span: Option<Span>,
}

impl Completeness {
    /// Whether all fields are known.
    pub fn is_complete(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Adds a reason, once.
    pub fn lacks(&mut self, why: Why, message: impl Into<Box<str>>, span: Option<Span>) {
        let reason = Incomplete { why, message: message.into(), span };
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// What only one kind of entity has.
#[derive(Clone, Debug)]
pub enum Detail {
    /// A table or view.
    Table(Table),
    /// A mapped class.
    Model(Model),
    /// A schema of any kind.
    Schema(SchemaDetail),
    /// An operation.
    Operation(Box<Operation>),
    /// A client type.
    Client(ClientDetail),
    /// Nothing but values: an enumeration or literal union.
    Values(EnumDetail),
}

/// A table's name, with its schema where it is not the default one. Compared without regard to case only where neither was quoted:
/// extraction folds unquoted names to lower case, as PostgreSQL does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// Schema, if not the default.
    pub schema: Option<Box<str>>,
    /// Name.
    pub name: Box<str>,
}

impl TableName {
    /// A table of the default schema.
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self { schema: None, name: name.into() }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A table or view as the migrations or SQL files leave it.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Constraints, in the order they were made.
    pub constraints: Vec<Constraint>,
    /// It may have constraints that are not among them.
    pub more_constraints: bool,
    /// Which source of the database layer made it, by position in `Project::database_sources`.
    pub source: u32,
    /// What made and changed it, oldest first.
    pub history: Vec<HistoryStep>,
    /// Owned by a tool (a version table, a partition): no model is expected.
    pub owned_by_tool: bool,
    /// `PARTITION BY ...`: what follows these words, as SQL.
    pub partition_by: Option<Box<str>>,
    /// Its row level security.
    pub row_security: RowSecurity,
    /// It was dropped or renamed under a condition that is not known, or nothing that was read creates it.
    pub may_be_gone: bool,
}

/// Row level security of a table (PostgreSQL 17, 5.9): while it is enabled and no policy applies, every query of a role that is
/// neither the owner nor allowed to bypass it sees no row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSecurity {
    /// Where it is enabled, if it is.
    pub enabled: Option<Span>,
    /// The owner is subject to it, too.
    pub forced: bool,
    /// Its policies, in the order they were made.
    pub policies: Vec<Policy>,
    /// It may be enabled, or have a policy, under a condition that is not known, or by a statement that was not understood.
    pub uncertain: bool,
}

/// A policy of row level security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: Box<str>,
    /// Where it is created.
    pub span: Span,
}

/// One step in the life of a table or column.
#[derive(Clone, Debug)]
pub struct HistoryStep {
    /// The revision, for a migration.
    pub revision: Option<Box<str>>,
    /// The column it is about, by its present name; `None` for the table as a whole.
    pub column: Option<Box<str>>,
    /// What happened: "created", "column `x` added", "renamed from `y`".
    pub what: Box<str>,
    /// The name before, for a rename.
    pub before: Option<Box<str>>,
    /// Where.
    pub span: Span,
}

impl HistoryStep {
    /// Whether it happened to the table as a whole and so to each of its columns: made, renamed, dropped.
    pub fn is_of_whole_table(&self) -> bool {
        self.column.is_none() && (self.before.is_some() || matches!(&*self.what, "created" | "dropped"))
    }
}

/// A table constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// Name, given or implied.
    pub name: Option<Box<str>>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// When and of which rows it demands it.
    pub terms: ConstraintTerms,
    /// A change that is not known, or not sure to happen, may have made, dropped or replaced it.
    pub doubtful: bool,
    /// Where it is declared.
    pub span: Span,
}

impl Constraint {
    /// A constraint on the usual terms.
    pub fn new(name: Option<Box<str>>, kind: ConstraintKind, span: Span) -> Self {
        Self { name, kind, terms: ConstraintTerms::default(), doubtful: false, span }
    }
}

/// When and of which rows a constraint demands what it demands (PostgreSQL 17, "CREATE TABLE").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConstraintTerms {
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
    /// `NULLS NOT DISTINCT`, for uniqueness.
    pub nulls_not_distinct: bool,
    /// `NOT VALID`: rows that were there may break it.
    pub not_valid: bool,
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstraintKind {
    /// Primary key over these columns.
    PrimaryKey(Vec<Box<str>>),
    /// Uniqueness over these columns.
    Unique(Vec<Box<str>>),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// A check: its text, and the column and values where it is a list of values.
    Check {
        /// The condition as SQL, where known.
        text: Known<Box<str>>,
        /// `column IN (values)` and its spellings.
        values: Option<(Box<str>, Vec<Value>)>,
    },
    /// An exclusion: what follows the word `EXCLUDE`, as SQL.
    Exclusion(Known<Box<str>>),
    /// Any other constraint.
    Other,
}

/// The sort of a constraint, where only that is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstraintSort {
    /// A primary key.
    PrimaryKey,
    /// Uniqueness.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A check.
    Check,
}

impl ConstraintKind {
    /// Whether it is of this sort, or may be.
    pub fn may_be(&self, sort: ConstraintSort) -> bool {
        match self {
            ConstraintKind::PrimaryKey(_) => sort == ConstraintSort::PrimaryKey,
            ConstraintKind::Unique(_) => sort == ConstraintSort::Unique,
            ConstraintKind::ForeignKey(_) => sort == ConstraintSort::ForeignKey,
            ConstraintKind::Check { .. } => sort == ConstraintSort::Check,
            ConstraintKind::Exclusion(_) | ConstraintKind::Other => true,
        }
    }
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignKey {
    /// Columns of this table.
    pub columns: Vec<Box<str>>,
    /// The table referred to.
    pub target: TableName,
    /// Columns referred to; empty for the primary key.
    pub target_columns: Vec<Box<str>>,
    /// `ON DELETE`, upper-case, where it is not the default; a [hole](crate::schema_change::HOLE) where it is not known.
    pub on_delete: Option<Box<str>>,
    /// `ON UPDATE`, as `on_delete`.
    pub on_update: Option<Box<str>>,
}

/// A mapped class.
#[derive(Clone, Debug)]
pub struct Model {
    /// The table it maps to.
    pub table: Known<TableName>,
    /// Constraints of `__table_args__` and of columns.
    pub constraints: Vec<Constraint>,
    /// The class that holds the registry and metadata (`Base`).
    pub base: Option<DeclarationKey>,
    /// Another class of the repository whose table it shares (single-table inheritance), by declaration.
    pub shares_table_of: Option<DeclarationKey>,
    /// The same class is also a schema (SQLModel with `table=True`).
    pub is_schema: bool,
    /// Its columns are those of a `Table(...)` that it is given (`__table__`, `map_imperatively`).
    pub given_table: bool,
    /// What loads its module.
    pub loaded: LoadedBy,
}

/// What loads a module. A model whose module nothing loads is never mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadedBy {
    /// An application, or a script, does.
    pub application: Known<bool>,
    /// The environment of the migrations (`env.py`) does, so that autogenerate knows of its tables. Unknown where that leaves tables
    /// alone which it does not know.
    pub migrations: Known<bool>,
}

impl Default for LoadedBy {
    fn default() -> Self {
        Self { application: Known::Unknown(Why::NotStated), migrations: Known::Unknown(Why::NotStated) }
    }
}

/// A schema.
#[derive(Clone, Debug, Default)]
pub struct SchemaDetail {
    /// Whether it can be filled from attributes of an object (`from_attributes`, `orm_mode`).
    pub from_attributes: bool,
    /// Bases as written, for people.
    pub bases: Vec<Box<str>>,
    /// Type parameters in order (`T` of `class Page(BaseModel, Generic[T])`).
    pub type_parameters: Vec<Box<str>>,
    /// What it does with keys it does not declare.
    pub extra: ExtraKeys,
    /// Keys may also be given by field name where there is an alias.
    pub populate_by_name: bool,
    /// Pydantic's major version, where known.
    pub pydantic: Option<u8>,
    /// A model-level validator or serializer may change what travels.
    pub code_decides: bool,
    /// Keys that its code adds to the finished object beside its fields; an answer has them.
    pub added_keys: Vec<Box<str>>,
    /// Code of the project's own sees the whole of what is given before the fields do, and may turn it into something else.
    pub input_converted: bool,
    /// What is read of an object's attributes is for code of the project's own to say (`getter_dict` of Pydantic 1).
    pub getter: bool,
    /// Numbers are accepted for text (`coerce_numbers_to_str`).
    pub numbers_as_text: bool,
    /// A part of the configuration could not be read.
    pub configuration_unread: bool,
    /// The single type of a root model.
    pub root: Option<Shape>,
}

/// What a schema does with keys it does not declare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExtraKeys {
    /// Dropped silently (Pydantic's default).
    #[default]
    Ignored,
    /// Kept.
    Allowed,
    /// Refused.
    Forbidden,
}

/// An operation of the API. Its parameters, bodies and response are fields of the entity.
#[derive(Clone, Debug)]
pub struct Operation {
    /// HTTP method, upper-case.
    pub method: Box<str>,
    /// Full path with `{name}` for parameters, where every prefix is known.
    pub path: Known<Box<str>>,
    /// The path as written at the decorator; where a prefix is not known, with the prefixes behind the last such.
    pub own_path: Box<str>,
    /// The function that serves it.
    pub handler: DeclarationKey,
    /// Which keys the response leaves out.
    pub response_excludes: ResponseExcludes,
    /// Whether aliases name the keys of the response.
    pub by_alias: bool,
    /// Status of success.
    pub status_code: Option<u16>,
    /// Whether an application mounts it.
    pub mounted: Known<bool>,
    /// How it is served.
    pub serving: Serving,
    /// Where the prefix parts come from: each `include_router` or `APIRouter(prefix=)`, outermost first.
    pub mounts: Vec<Span>,
}

/// How an operation is served.
#[derive(Clone, Debug, Default)]
pub struct Serving {
    /// Where the application or router is made that serves it, and that no other includes; `None` for a document.
    pub application: Option<Span>,
    /// It is registered or mounted only under a condition that is decided when the program runs: a setting.
    pub conditional: bool,
    /// The API's own description does not list it (`include_in_schema=False`).
    pub hidden: bool,
    /// `operation_id`, where the code gives one.
    pub operation_id: Option<Box<str>>,
    /// What its handler gives where no type says it.
    pub answers: Answers,
    /// What its handler makes itself.
    pub built: Built,
}

/// What a handler gives, as far as its `return` statements and `response_class` show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// Not known.
    #[default]
    Unknown,
    /// Nothing but None.
    Nothing,
    /// An object written in place whose values are all written down: `{"status": "ok"}`.
    Message,
    /// Data that FastAPI turns into JSON.
    Data,
    /// An object of a class that the handler's return type names, though FastAPI checks nothing: `response_model=None`
    /// (FastAPI, "Disable Response Model").
    Annotated,
    /// No JSON, or a response object of its own: a file, a page, a stream, a redirect.
    Response,
}

/// Schemas whose objects a handler makes itself, with the fields that any of its constructions and assignments gives; where one gives them by
/// a spread, the schema is not here.
pub type Built = Vec<(DeclarationKey, BTreeSet<Box<str>>)>;

/// Which keys a response leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResponseExcludes {
    /// `response_model_exclude_none`.
    pub none: bool,
    /// `response_model_exclude_unset`.
    pub unset: bool,
    /// `response_model_exclude_defaults`.
    pub defaults: bool,
    /// Named fields are included or excluded.
    pub fields: bool,
    /// Those that `response_model_exclude` names by literals.
    pub without: BTreeSet<Box<str>>,
    /// Those that `response_model_include` names by literals.
    pub only: Option<BTreeSet<Box<str>>>,
}

impl ResponseExcludes {
    /// Whether the names that are written leave a field of the answer out.
    pub fn omits(&self, field: &str) -> bool {
        self.without.contains(field) || self.only.as_ref().is_some_and(|only| !only.contains(field))
    }
}

/// A client type.
#[derive(Clone, Debug, Default)]
pub struct ClientDetail {
    /// Exported from its module.
    pub exported: bool,
    /// In a generated file.
    pub generated: bool,
    /// No schema: what a generated function takes for a request, parts of the path, query and headers beside the body.
    pub wraps_request: bool,
    /// What it extends, as written.
    pub bases: Vec<Box<str>>,
    /// Type parameters in order (`T` of `interface Page<T>`).
    pub type_parameters: Vec<Box<str>>,
    /// What an alias stands for, as written.
    pub alias_of: Option<Box<str>>,
    /// What an alias stands for.
    pub shape: Option<Shape>,
    /// It has an index signature, so any key may be present.
    pub open: bool,
    /// No type: the keys that code reads of an answer of which no type says anything.
    pub is_what_code_reads: bool,
}

/// An enumeration or literal union.
#[derive(Clone, Debug, Default)]
pub struct EnumDetail {
    /// Member names, where members have names.
    pub names: Vec<Box<str>>,
    /// Values that travel.
    pub values: Option<Vec<Value>>,
    /// Other values may be taken for members (`_missing_`).
    pub completes: bool,
    /// Exported, in a generated file, as written (client types).
    pub client: ClientDetail,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name in this layer's source: attribute, property, column, parameter; the response of an operation is `response`.
    pub name: Box<str>,
    /// Name the neighbouring layer sees: the column's name for a model, the JSON key for a schema, the property key for a client type.
    pub wire_name: Known<Box<str>>,
    /// Keys under which a request may carry it, where these are others than `wire_name` (a validation alias of its own); empty
    /// where they are not. With `populate_by_name` its own name is one more.
    pub request_names: Known<Vec<Box<str>>>,
    /// What sort of field.
    pub kind: FieldKind,
    /// Its type without null and undefined.
    pub ty: DeclaredType,
    /// Whether null is a legal value.
    pub nullable: Known<bool>,
    /// When it is there.
    pub presence: Known<Presence>,
    /// Its default in code, `Is(None)` for none.
    pub default: Known<Option<DefaultValue>>,
    /// The database's own default as SQL, `Is(None)` for none (database and ORM).
    pub server_default: Known<Option<Box<str>>>,
    /// Longest text allowed, `Is(None)` for no limit.
    pub length: Known<Option<u32>>,
    /// The values allowed, beside those of the type: a check, a pattern of alternatives. `Is(None)` for no such list. For a
    /// column of an enumeration, the labels that the database stores (its type has the values that travel).
    pub values: Known<Option<Vec<Value>>>,
    /// Flags of columns.
    pub column: ColumnFlags,
    /// Where a schema reads it from, when `from_attributes` is used and it differs from the name; how code fills it.
    pub source_attribute: Option<Box<str>>,
    /// What a response carries instead of `ty` and `nullable`, where a serializer of the project's own decides it. For a column,
    /// what Python code sees, where its type converts values or its annotation says more than the database type.
    pub sent: Option<Box<Sent>>,
    /// What the annotation of an attribute says, where its type is that of the column it refers to.
    pub annotated: Option<Box<Shape>>,
    /// Code of the project's own sees what is given before the type does, and may turn it into what the type accepts (a validator
    /// with `mode="before"`, `"wrap"` or `"plain"`, an enumeration's `_missing_`).
    pub converted: bool,
    /// Never sent (`exclude=True`): it is there in requests only.
    pub excluded: bool,
    /// Left out of descriptions of the API on purpose (`SkipJsonSchema[T]`, `Query(include_in_schema=False)`), and of what is
    /// generated from them; sent and taken like any other.
    pub undescribed: bool,
    /// Of a body that a call writes in place: the path of the call says the same value.
    pub repeats_path: bool,
    /// The class that declares it, where inherited.
    pub declared_in: Option<DeclarationKey>,
    /// Place of its name.
    pub span: Span,
}

impl Field {
    /// A field of this name and kind about which nothing else is known yet.
    pub fn new(name: impl Into<Box<str>>, kind: FieldKind, span: Span) -> Self {
        let name = name.into();
        Self {
            wire_name: Known::Is(name.clone()),
            name,
            request_names: Known::Is(Vec::new()),
            kind,
            ty: DeclaredType::unknown(Why::NotStated),
            nullable: Known::Unknown(Why::NotStated),
            presence: Known::Unknown(Why::NotStated),
            default: Known::Is(None),
            server_default: Known::Is(None),
            length: Known::Is(None),
            values: Known::Is(None),
            column: ColumnFlags::default(),
            source_attribute: None,
            sent: None,
            annotated: None,
            converted: false,
            excluded: false,
            undescribed: false,
            repeats_path: false,
            declared_in: None,
            span,
        }
    }

    /// The type of what a response carries.
    pub fn sent_type(&self) -> &DeclaredType {
        self.sent.as_ref().map_or(&self.ty, |sent| &sent.ty)
    }

    /// Whether a response may carry null here.
    pub fn sent_nullable(&self) -> Known<bool> {
        self.sent.as_ref().map_or(self.nullable, |sent| sent.nullable)
    }

    /// The file it is declared in.
    pub fn file(&self) -> FileId {
        self.span.file
    }
}

/// What a serializer makes of a field.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The type that is sent: what the serializer says it returns, else unknown.
    pub ty: DeclaredType,
    /// Whether null may be sent.
    pub nullable: Known<bool>,
}

/// What sort of field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldKind {
    /// A column, or an attribute mapped to one.
    Column,
    /// A relationship to another model.
    Relationship,
    /// A read-only Python property of a model.
    Property,
    /// A hybrid property, column property, synonym, association proxy or composite of a model.
    Hybrid,
    /// A declared field of a schema or client type.
    Field,
    /// A computed field of a schema: in responses only.
    Computed,
    /// A method of a client type.
    Method,
    /// A member of an enumeration.
    Member,
    /// What an operation answers with.
    Response,
    /// A JSON body of an operation: the whole of it where the field has an empty name on the wire, else the property of
    /// that name.
    Body,
    /// A query parameter.
    Query,
    /// A path parameter.
    Path,
    /// A form field or uploaded file.
    Form,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
}

impl FieldKind {
    /// The name in machine formats.
    pub fn key(self) -> &'static str {
        match self {
            FieldKind::Column => "column",
            FieldKind::Relationship => "relationship",
            FieldKind::Property => "property",
            FieldKind::Hybrid => "hybrid",
            FieldKind::Field => "field",
            FieldKind::Computed => "computed",
            FieldKind::Method => "method",
            FieldKind::Member => "member",
            FieldKind::Response => "response",
            FieldKind::Body => "body",
            FieldKind::Query => "query",
            FieldKind::Path => "path",
            FieldKind::Form => "form",
            FieldKind::Header => "header",
            FieldKind::Cookie => "cookie",
        }
    }
}

/// A type as written and as understood: rules compare shapes, people read what they wrote.
#[derive(Clone, Debug)]
pub struct DeclaredType {
    /// As written, white space folded; empty where nothing is written.
    pub written: Box<str>,
    /// As understood.
    pub shape: Shape,
    /// As a database type (database and ORM).
    pub sql: Option<SqlType>,
}

impl DeclaredType {
    /// A type that is not known.
    pub fn unknown(why: Why) -> Self {
        Self { written: "".into(), shape: Shape::Unknown(why), sql: None }
    }

    /// A type as written and understood.
    pub fn new(written: impl Into<Box<str>>, shape: Shape) -> Self {
        Self { written: written.into(), shape, sql: None }
    }
}

/// A database type in PostgreSQL's short spelling: `varchar(255)`, `timestamptz`, `int4`, `numeric(10,2)`, `uuid[]`, or the name of
/// an enum type. Types of other dialects are translated to the nearest of these where one exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlType {
    /// Base name: `varchar`, `int4`, `timestamptz`, `status` (an enum).
    pub base: Box<str>,
    /// Arguments in parentheses: length, or precision and scale.
    pub arguments: Vec<u32>,
    /// Number of array dimensions (PostgreSQL keeps only whether there is one).
    pub array: bool,
}

impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        if !self.arguments.is_empty() {
            let arguments: Vec<String> = self.arguments.iter().map(u32::to_string).collect();
            write!(f, "({})", arguments.join(","))?;
        }
        f.write_str(if self.array { "[]" } else { "" })
    }
}

impl SqlType {
    /// A type without arguments.
    pub fn new(base: impl Into<Box<str>>) -> Self {
        Self { base: base.into(), arguments: Vec::new(), array: false }
    }

    /// A type with arguments.
    pub fn with(base: impl Into<Box<str>>, arguments: impl Into<Vec<u32>>) -> Self {
        Self { base: base.into(), arguments: arguments.into(), array: false }
    }

    /// The shape of its values; `None` for a name that is no built-in type (an enum or domain of the database).
    pub fn shape(&self) -> Option<Shape> {
        let element = match &*self.base {
            "varchar" | "char" | "text" | "citext" | "name" | "inet" | "cidr" | "macaddr" | "tsvector"
            | "xml" | "ltree" => Shape::Text,
            "int2" => Shape::Int(Some(16)),
            "int4" | "oid" => Shape::Int(Some(32)),
            "int8" => Shape::Int(Some(64)),
            "float4" | "float8" => Shape::Float,
            "numeric" | "money" => Shape::Decimal,
            "bool" => Shape::Bool,
            "uuid" => Shape::Uuid,
            "date" => Shape::Date,
            "time" | "timetz" => Shape::Time,
            "timestamp" => Shape::DateTime(Known::Is(false)),
            "timestamptz" => Shape::DateTime(Known::Is(true)),
            "interval" => Shape::Duration,
            "json" | "jsonb" => Shape::Json,
            "bytea" => Shape::Bytes,
            "vector" | "halfvec" | "sparsevec" => Shape::Vector,
            _ => return None,
        };
        Some(if self.array { Shape::List(Box::new(element)) } else { element })
    }
}

/// When a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// Must be given, and is always there: no default, no `?`.
    Required,
    /// May be left out when given; what is read then has the default.
    Defaulted,
    /// May be absent: TypeScript's `?`, `TypedDict(total=False)`.
    Optional,
}

/// A default in code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultValue {
    /// What sort of default.
    pub kind: DefaultKind,
    /// The value, or the code as written.
    pub text: Box<str>,
}

/// What sort of default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefaultKind {
    /// A literal value.
    Scalar(Value),
    /// A list, tuple, set or map of literal values; the text is as the language prints it.
    Container,
    /// Made by code at run time: a callable, a factory, a SQL function.
    Computed,
}

/// What only columns have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnFlags {
    /// Part of the primary key.
    pub primary_key: bool,
    /// Unique by itself.
    pub unique: bool,
    /// How the database fills it, if it does.
    pub generated: Generated,
    /// A foreign key by itself.
    pub foreign_key: bool,
    /// The annotation says one thing about null and `nullable=` the other (`Mapped[int]` with `nullable=True`); the keyword counts.
    pub annotation_disagrees: bool,
    /// The constructor of the model's class gives it a value that is not None.
    pub constructed: bool,
    /// It was dropped or renamed under a condition that is not known, or its table may have been made without it.
    pub may_be_gone: bool,
}
