//! Everything the frameworks say about one repository: entities of every layer, and the code that ties them together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::api_document::{ApiDocument, Descriptions, DocumentStanding};
use crate::comparison::SourceComparison;
use crate::database::DatabaseSchema;
use crate::dialect::Dialect;
use crate::entity::{DeclaredType, Detail, Entity, EntityId, EntityKind, TableName};
use crate::key_function::KeyFunction;
use crate::known::Known;
use crate::layer::Layer;
use crate::problem::Problem;
use crate::schema_event::SchemaEvent;
use crate::shape::{DeclarationKey, Shape};
use crate::source::{FileId, Span};

/// The output of `frameworks`, the input of `graph`.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// Entities, ordered by layer, then by place.
    pub entities: Vec<Entity>,
    /// Calls of the client to an HTTP API.
    pub calls: Vec<ClientCall>,
    /// Prefixes under which an application serves more than is known.
    pub open_mounts: Vec<OpenMount>,
    /// Code that turns an object of one entity into another.
    pub conversions: Vec<Conversion>,
    /// Fields of schemas that some function fills after the object was made: of one that it made or loaded, or, where they are None, of one
    /// that it was given.
    pub completed: BTreeSet<(DeclarationKey, Box<str>)>,
    /// Schemas whose objects code makes by their constructors.
    pub constructed: BTreeSet<DeclarationKey>,
    /// Code that writes what a schema carries into a model as it is.
    pub writes: Vec<ModelWrite>,
    /// Objects of models that code makes and hands to a session.
    pub rows: Vec<RowMade>,
    /// Schemas that are validated from objects of classes that are neither model nor schema.
    pub from_elsewhere: BTreeSet<DeclarationKey>,
    /// Models of whose name there is another class with attributes of theirs, neither model nor schema: a domain class beside its table.
    pub doubles: BTreeSet<DeclarationKey>,
    /// Writes that are seen, and whose values are not.
    pub unfollowed: Unfollowed,
    /// Statements of SQL on rows in the text of programs, in order of place.
    pub statements: Vec<RowStatement>,
    /// Tables whose rows the database itself may fill.
    pub triggers: Triggers,
    /// What code that listens to events of the ORM sets on rows before they are written.
    pub listeners: Listeners,
    /// What the client does to moments.
    pub moments: Moments,
    /// Fields of schemas that code asks about, or sets, by name, with their class: what is written may not be what was sent.
    pub handled: BTreeSet<(DeclarationKey, Box<str>)>,
    /// Properties of client types that client code fills itself, with their type: they need not come with an answer.
    pub filled: BTreeSet<(DeclarationKey, Box<str>)>,
    /// Files of the client that a tool wrote and that other files import.
    pub imported: BTreeSet<FileId>,
    /// Where the database layer comes from. A table's `source` points here.
    pub database_sources: Vec<DatabaseSource>,
    /// Which of them are to agree, and in what.
    pub comparisons: Vec<SourceComparison>,
    /// Tables and views that SQL in the application's code creates, by name without schema, whatever else makes or describes them.
    pub made_by_code: BTreeSet<Box<str>>,
    /// What the application makes of its models' tables itself when it starts.
    pub made_at_start: MadeAtStart,
    /// Comparisons that were asked for and cannot be made, each as a lower-case fragment.
    pub impossible_comparisons: Vec<Box<str>>,
    /// Declarative bases and metadata objects of the ORM.
    pub metadata: Vec<Metadata>,
    /// Uses of a name of a client type outside its declaration, where `frameworks` counted them: entity and place.
    pub reads: Vec<ClientRead>,
    /// OpenAPI documents that stand in the repository, in order of path.
    pub documents: Vec<ApiDocument>,
    /// How schemas of code and documents are made from one another.
    pub descriptions: Descriptions,
    /// Path of every file, by its id: what lies near what tells the services of one repository apart.
    pub paths: Vec<Arc<str>>,
    /// Files that belong to the tests of the project.
    pub tests: BTreeSet<FileId>,
    /// What could not be read or resolved.
    pub problems: Vec<Problem>,
}

impl Project {
    /// Path of a file relative to the root; empty for one that is not known.
    pub fn path(&self, file: FileId) -> &str {
        self.paths.get(file.index()).map_or("", |path| path)
    }

    /// Whether a file belongs to the tests of the project: what it declares is not deployed, and what it calls is not what users call.
    pub fn is_test(&self, file: FileId) -> bool {
        self.tests.contains(&file)
    }

    /// Whether documents stand for the API, because no code that was read declares it.
    pub fn api_is_document(&self) -> bool {
        self.documents.iter().any(|document| document.standing == DocumentStanding::Layer)
    }

    /// The entity with this id.
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.index()]
    }

    /// All entities with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (EntityId, &Entity)> {
        self.entities.iter().enumerate().map(|(index, entity)| (EntityId::new(index), entity))
    }

    /// All entities of one layer with their ids.
    pub fn layer(&self, layer: Layer) -> impl Iterator<Item = (EntityId, &Entity)> {
        self.iter().filter(move |(_, entity)| entity.layer() == layer)
    }

    /// The entities made from one declaration: an SQLModel table class is a model and a schema.
    pub fn declared_by<'a>(
        &'a self,
        key: &'a DeclarationKey,
    ) -> impl Iterator<Item = (EntityId, &'a Entity)> {
        self.iter().filter(move |(_, entity)| entity.declaration.as_ref() == Some(key))
    }

    /// The source of a table or view.
    pub fn source_of(&self, entity: &Entity) -> Option<&DatabaseSource> {
        match &entity.detail {
            Detail::Table(table) => self.database_sources.get(table.source as usize),
            _ => None,
        }
    }

    /// Whether an entity is a table or view of a source that only describes a database which another one manages.
    pub fn is_second(&self, entity: &Entity) -> bool {
        self.source_of(entity).is_some_and(|source| source.second_to.is_some())
    }

    /// Whether an entity is one that is listed and counted: not a second description of a table, and no type that a call writes
    /// in place.
    pub fn is_listed(&self, entity: &Entity) -> bool {
        !self.is_second(entity) && entity.kind != EntityKind::InPlace
    }

    /// All operations with their ids.
    pub fn operations(&self) -> impl Iterator<Item = (EntityId, &Entity)> {
        self.iter().filter(|(_, entity)| entity.kind == EntityKind::Operation)
    }
}

/// One source of the database layer.
#[derive(Clone, Debug)]
pub struct DatabaseSource {
    /// What it is called in the configuration and for people: its given name, else its path.
    pub name: Box<str>,
    /// What sort of source.
    pub kind: SourceKind,
    /// The SQL it is written in or made for.
    pub dialect: Dialect,
    /// Its folder or file, relative to the root.
    pub path: Box<str>,
    /// The files it consists of, in the order they apply.
    pub files: Vec<FileId>,
    /// Revisions along the graph, for Alembic.
    pub revisions: Option<RevisionGraph>,
    /// Tables changed by statements that could not be understood, with the place of each.
    pub unmodelled: Vec<Problem>,
    /// A statement that may have changed any table was not understood, or tables are changed that something made which was not read:
    /// the absence of a table proves nothing.
    pub may_lack_tables: bool,
    /// What was noticed while its changes were folded, in their order.
    pub events: Vec<SchemaEvent>,
    /// What it makes beside tables and views.
    pub schema: DatabaseSchema,
    /// The source that manages the same database, by position, where this one only describes it too: models map to the tables
    /// of that one. `None` for a source that stands for its database.
    pub second_to: Option<u32>,
    /// The entry of the configuration that declares it.
    pub configured: Option<Span>,
}

impl DatabaseSource {
    /// A source of which nothing is known yet but what and where it is.
    pub fn new(kind: SourceKind, dialect: Dialect, path: impl Into<Box<str>>) -> Self {
        let path = path.into();
        Self {
            name: path.clone(),
            kind,
            dialect,
            path,
            files: Vec::new(),
            revisions: None,
            unmodelled: Vec::new(),
            may_lack_tables: false,
            events: Vec::new(),
            schema: DatabaseSchema::default(),
            second_to: None,
            configured: None,
        }
    }
}

/// What sort of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// A tree of Alembic revisions.
    Alembic,
    /// One `.sql` file that declares a schema.
    SqlSchema,
    /// A folder of `.sql` migrations.
    SqlMigrations,
    /// A module of code that declares a schema in strings of DDL: the tables as they are meant to be, no changes to them.
    CodeSchema,
    /// Code that makes and changes tables at run time, on top of what a schema module declares: what the database holds.
    CodeMigrations,
    /// A database that was asked.
    Live,
}

/// What an application makes of its models' tables itself when it starts, beside all migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MadeAtStart {
    /// The bases of whose models it makes the tables that are not there (`metadata.create_all`); `None` is `SQLModel`.
    pub bases: BTreeSet<Option<DeclarationKey>>,
    /// It marks all migrations as run, too (`alembic.command.stamp`): none of them runs on a database that it made.
    pub stamps: bool,
}

/// What a source stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// A file or module that claims to be the whole schema.
    Declared,
    /// A history of changes.
    Migrated,
    /// What a database has.
    Running,
}

impl SourceKind {
    /// Whether its files are SQL as a whole; a running database is kept as the statements that would make it.
    pub fn is_sql(self) -> bool {
        matches!(self, SourceKind::SqlSchema | SourceKind::SqlMigrations | SourceKind::Live)
    }

    /// The name in machine formats.
    pub fn key(self) -> &'static str {
        match self {
            SourceKind::Alembic => "alembic",
            SourceKind::SqlSchema => "sql-schema",
            SourceKind::SqlMigrations => "sql-migrations",
            SourceKind::CodeSchema => "code-schema",
            SourceKind::CodeMigrations => "code-migrations",
            SourceKind::Live => "live",
        }
    }

    /// What sources of this kind stand for.
    pub fn standing(self) -> Standing {
        match self {
            SourceKind::SqlSchema | SourceKind::CodeSchema => Standing::Declared,
            SourceKind::Alembic | SourceKind::SqlMigrations | SourceKind::CodeMigrations => {
                Standing::Migrated
            }
            SourceKind::Live => Standing::Running,
        }
    }
}

/// The revisions of one Alembic tree.
#[derive(Clone, Debug, Default)]
pub struct RevisionGraph {
    /// Revisions in the order they apply.
    pub order: Vec<Revision>,
    /// Revisions nobody builds on, sorted. One in a healthy tree (one per branch label otherwise).
    pub heads: Vec<Box<str>>,
    /// Revisions that build on nothing.
    pub bases: Vec<Box<str>>,
    /// What is broken.
    pub faults: Vec<ChainFault>,
}

/// One revision.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its identifier.
    pub id: Box<str>,
    /// Identifiers it builds on (`down_revision`).
    pub parents: Vec<Box<str>>,
    /// Identifiers it needs beside them (`depends_on`).
    pub depends_on: Vec<Box<str>>,
    /// `branch_labels`.
    pub labels: Vec<Box<str>>,
    /// Place of the `revision` variable.
    pub span: Span,
    /// Place of the `down_revision` variable, if there is one.
    pub parents_span: Option<Span>,
}

/// A fault of the chain, each with its own message.
#[derive(Clone, Debug)]
pub struct ChainFault {
    /// What is wrong.
    pub kind: ChainFaultKind,
    /// The revision that is wrong.
    pub revision: Box<str>,
    /// The other one: the missing parent, the twin, the next in a cycle, what is needed.
    pub other: Box<str>,
    /// Where.
    pub span: Span,
    /// The other place, if there is one.
    pub other_span: Option<Span>,
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainFaultKind {
    /// `down_revision` names a revision that does not exist.
    MissingParent,
    /// `depends_on` names a revision or label that does not exist.
    MissingDependency,
    /// Two files have one identifier.
    DuplicateId,
    /// Revisions build on each other in a circle.
    Cycle,
    /// A revision needs a table or column that only another branch makes.
    NeedsOtherBranch,
}

/// A metadata object of the ORM: a declarative base, `MetaData()`, `SQLModel.metadata`.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The class or variable.
    pub declaration: Option<DeclarationKey>,
    /// Its name for people.
    pub name: Box<str>,
    /// Whether it has a naming convention of the project's own.
    pub has_naming_convention: Known<bool>,
    /// How many models it holds.
    pub models: usize,
    /// Where.
    pub span: Span,
}

/// A call of the client to an HTTP API.
#[derive(Clone, Debug)]
pub struct ClientCall {
    /// HTTP method, upper-case.
    pub method: Known<Box<str>>,
    /// Path with `{}` for each interpolated part, without host, query and fragment.
    pub path: Known<Box<str>>,
    /// The prefix of the path that comes from the client's base URL, as far as known.
    pub base: Option<Box<str>>,
    /// What stands before the path, of which there may be several: nothing for the host of the page itself, scheme and host of
    /// an absolute URL, the name of a value that is not known (`process.env.API_URL`). Names are the same wherever the value
    /// is. Empty where there is no name to tell it by.
    pub origins: Vec<Box<str>>,
    /// What the caller says comes back, after the client has unwrapped its own envelope (`response.data`).
    pub response: Option<DeclaredType>,
    /// Whether that is said of the body as it came: a `Response` of `fetch`, read as JSON, of which nothing is taken out on any way.
    pub is_whole: bool,
    /// Where no type says what comes back: what code reads of it, as an object in place.
    pub read: Option<DeclaredType>,
    /// What the caller sends as JSON.
    pub request: Option<DeclaredType>,
    /// What happens to the keys of the answer.
    pub keys: KeyConversion,
    /// What happens to the keys of the body.
    pub sent_keys: KeyConversion,
    /// Where the client was made that it goes through (`axios.create()`); `None` for a library's own, and where that is not known.
    pub client: Option<Span>,
    /// Whether the function around it tells an answer of 404 from others: it expects that what it asks for may not be there.
    pub may_be_missing: bool,
    /// Whether it stands in a method that the client's class has from one above it. Nobody may ever call it for this class.
    pub is_inherited: bool,
    /// Whether nothing that the client loads uses the function it stands in: what is wrong with it breaks nothing yet.
    pub is_unused: bool,
    /// The function it stands in, for people.
    pub caller: Box<str>,
    /// Place of the call.
    pub span: Span,
    /// Place of the type that says what comes back.
    pub response_span: Option<Span>,
}

/// A router or application that could not be found out is included in another: what is served there is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMount {
    /// The prefix, with those of the routers around it.
    pub prefix: Known<Box<str>>,
    /// Where it is included.
    pub span: Span,
}

/// What a client does with the keys of a body, nested ones included; values are never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyConversion {
    /// Nothing.
    None,
    /// Each key becomes what a function makes of it.
    By {
        /// Where the converter is applied.
        span: Span,
        /// The function.
        function: Arc<KeyFunction>,
    },
    /// A converter whose rule could not be read.
    Unknown,
}

impl KeyConversion {
    /// What becomes of a key. `None` where that is not known.
    pub fn apply<'k>(&self, key: &'k str) -> Option<Cow<'k, str>> {
        match self {
            KeyConversion::None => Some(Cow::Borrowed(key)),
            KeyConversion::By { function, .. } => function.apply(key).map(Cow::Owned),
            KeyConversion::Unknown => None,
        }
    }

    /// The function, where there is one.
    pub fn function(&self) -> Option<&KeyFunction> {
        match self {
            KeyConversion::By { function, .. } => Some(function),
            _ => None,
        }
    }

    /// Whether two conversions do the same, wherever they are applied.
    pub fn is_like(&self, other: &KeyConversion) -> bool {
        match (self, other) {
            (KeyConversion::By { function: a, .. }, KeyConversion::By { function: b, .. }) => a == b,
            _ => self == other,
        }
    }
}

/// Code that turns an object of one entity into another.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// What is made.
    pub target: DeclarationKey,
    /// What it is made from, where that is known to be an object of a declared class.
    pub source: Option<DeclarationKey>,
    /// How.
    pub kind: ConversionKind,
    /// Attributes of the source that code or the query which loads it keeps from None on the way there, or asks about in a manner that is not followed.
    pub checked: Vec<Box<str>>,
    /// Where.
    pub span: Span,
}

/// How an object is made.
#[derive(Clone, Debug)]
pub enum ConversionKind {
    /// `Schema.model_validate(obj)`, `Schema.from_orm(obj)`, `TypeAdapter`: what its argument `from_attributes` says, where it is given.
    Validate(Known<Option<bool>>),
    /// A route returns the object through its `response_model`.
    ResponseModel,
    /// `Schema(field=obj.x, ...)`: target field, source attribute path where it is one, shape where it is not.
    Construct(Vec<FieldMapping>),
    /// `Schema(**obj.__dict__)`, `Model(**payload.model_dump())`.
    Spread,
}

/// One argument of a construction.
#[derive(Clone, Debug)]
pub struct FieldMapping {
    /// Field that is set.
    pub field: Box<str>,
    /// Attribute of the source it is set from, unchanged.
    pub attribute: Option<Box<str>>,
    /// Shape of the value, where it is an expression of known shape (`str(obj.id)`).
    pub shape: Option<Shape>,
    /// It is None in a case that is seen: written so, be it in one of two cases (`None if slim else token`), or by what the type of the
    /// attribute or of the function says that gives it.
    pub may_be_none: bool,
    /// It is a day made a moment, at midnight (`datetime.combine(day, time.min)`).
    pub is_midnight: bool,
    /// Where.
    pub span: Span,
}

/// Code that writes values of a schema's object into an object of a model, unchanged.
#[derive(Clone, Debug)]
pub struct ModelWrite {
    /// The model.
    pub model: DeclarationKey,
    /// The schema.
    pub schema: DeclarationKey,
    /// Whether it makes a row or changes a stored one.
    pub kind: WriteKind,
    /// Attributes of the model with the fields they are set from; `None` where all fields go to the attributes of their name.
    pub fields: Option<Vec<(Box<str>, Box<str>)>>,
    /// Which fields it leaves out.
    pub leaves_out: LeavesOut,
    /// Attributes that the code sets beside, by itself, and those whose fields it leaves out by name.
    pub set: Vec<Box<str>>,
    /// Where.
    pub span: Span,
}

/// Code that makes an object of a model and hands it to a session, and nobody else sees it until it is written.
#[derive(Clone, Debug)]
pub struct RowMade {
    /// The model.
    pub model: DeclarationKey,
    /// A schema whose fields are all given by their names.
    pub schema: Option<DeclarationKey>,
    /// Attributes that the code gives beside.
    pub given: Vec<Box<str>>,
    /// Those of them that are surely given something other than None.
    pub sure: Vec<Box<str>>,
    /// Those of them that it gives None, always or in a case that is written out (`x if y else None`), and does not set again.
    pub nulls: Vec<Box<str>>,
    /// Attributes that methods of the model, or its mapper, may set.
    pub class_sets: Vec<Box<str>>,
    /// The function that does it.
    pub maker: Box<str>,
    /// Where it is made.
    pub span: Span,
}

/// What a client may do to moments, wherever they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// It makes `Date`s of texts.
    pub revived: bool,
    /// It adds the offset that a moment lacks.
    pub offset_added: bool,
}

/// Writes of which it is not known, or not known in whole, what they store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfollowed {
    /// Models of which rows are made or changed from values that are not followed.
    pub models: BTreeSet<DeclarationKey>,
    /// Tables that SQL in the text of programs inserts into or updates, in lower case, where the columns are not known.
    pub tables: BTreeSet<Box<str>>,
    /// Of the tables that it inserts into, the columns which each INSERT names, in lower case. One whose columns are not read names none.
    pub named: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
    /// Writes by `insert(Model).values(...)` and `update(Model).values(...)` that name their columns, with the model.
    pub statements: Vec<(DeclarationKey, NamedWrite)>,
}

/// A write by a statement that names its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedWrite {
    /// It adds a row: a column that is not named gets its default, or NULL.
    pub inserts: bool,
    /// Columns or attributes of the row that is added, each with what is stored.
    pub columns: Vec<(Box<str>, Stored)>,
    /// Columns of a row that is changed.
    pub updated: Vec<(Box<str>, Stored)>,
    /// Where.
    pub span: Span,
}

/// What a statement stores in a column, the likeliest NULL first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stored {
    /// NULL.
    Null,
    /// What only running code knows.
    Unknown,
    /// A value that is not NULL.
    Value,
}

/// A statement of SQL on rows, in the text of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowStatement {
    /// What it does.
    pub verb: RowVerb,
    /// The tables that it names, sorted.
    pub tables: Vec<TableName>,
    /// The columns that it names, with their table where the statement says it.
    pub columns: Vec<(Option<TableName>, Box<str>)>,
    /// Tables of which it reads every column (`*`).
    pub every: Vec<TableName>,
    /// What it writes, where all of it is known by name.
    pub write: Option<(TableName, NamedWrite)>,
    /// Nothing is put in front of it or behind it.
    pub whole: bool,
    /// The text.
    pub span: Span,
}

/// Tables that have triggers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triggers {
    /// Their names, in lower case.
    pub tables: BTreeSet<Box<str>>,
    /// There are triggers on tables that are named at run time.
    pub any: bool,
}

/// What a statement on rows does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowVerb {
    /// It reads.
    Select,
    /// It adds rows.
    Insert,
    /// It changes rows.
    Update,
    /// It deletes rows.
    Delete,
}

impl RowVerb {
    /// The word of the statement.
    pub fn word(self) -> &'static str {
        match self {
            RowVerb::Select => "SELECT",
            RowVerb::Insert => "INSERT",
            RowVerb::Update => "UPDATE",
            RowVerb::Delete => "DELETE",
        }
    }
}

/// What listeners of the ORM's events may set on any row (SQLAlchemy 2.0, "ORM Events": `before_insert`, `before_flush`, `init`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listeners {
    /// Attributes that they set by name.
    pub sets: BTreeSet<Box<str>>,
    /// They set attributes whose names are computed.
    pub any: bool,
}

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// It makes an object: an INSERT.
    Insert,
    /// It changes an object: an UPDATE.
    Update,
}

/// Which fields a dump of an object leaves out (Pydantic 2, "Serialization", `exclude_unset`, `exclude_none`, `exclude_defaults`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeavesOut {
    /// Fields that were not given.
    pub unset: bool,
    /// Fields that are None.
    pub none: bool,
    /// Fields that equal their default.
    pub defaults: bool,
    /// Whether one of these depends on something that is not known.
    pub unknown: bool,
}

/// A place where client code reads a property of a value whose type is known.
#[derive(Clone, Debug)]
pub struct ClientRead {
    /// The type.
    pub target: DeclarationKey,
    /// The property.
    pub property: Box<str>,
    /// Where.
    pub span: Span,
}
