//! Which tables are whose: the sources of the database layer that hold tables of the project's models, and the declarative
//! bases whose models have tables there.
//!
//! A repository may hold the migrations of another service, and models that no migration tree manages. Neither says anything
//! about the other, so nothing is missing between them.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::{Link, LinkKind, Pair};
use alignment_model::entity::{
    Detail, Entity, EntityId, EntityKind, Field, FieldId, FieldKind, Model, Table, TableName,
};
use alignment_model::finding::End;
use alignment_model::project::{DatabaseSource, Project, SourceKind, Standing};
use alignment_model::schema_event::SchemaEvent;
use alignment_model::shape::DeclarationKey;
use alignment_model::{Dialect, FileId, Layer, Severity, Span};

use crate::draft::Draft;
use crate::places::{field_end, fields, listed, quoted};
use crate::{Context, history};

/// Tables and models, and who manages them.
pub(crate) struct Persistence<'c> {
    context: &'c Context<'c>,
    /// Files of migrations: what they declare is a model as it was on that day.
    revisions: BTreeSet<FileId>,
    /// Sources in which the models of a base have tables.
    sources: BTreeMap<Option<&'c DeclarationKey>, BTreeSet<u32>>,
}

/// A source manages the models of a base if it has the tables of one in this many of them. A single table of the same name
/// in another service's migrations is a coincidence.
const SHARE: usize = 3;

impl<'c> Persistence<'c> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        let project = context.graph.project();
        let revisions = revision_files(project);
        let mut found: BTreeMap<(Option<&DeclarationKey>, u32), BTreeSet<EntityId>> = BTreeMap::new();
        for link in context.graph.links(LinkKind::Maps) {
            // A model of the tests may copy one of the application.
            let file = project.entity(link.upper).span.file;
            if project.is_test(file) || revisions.contains(&file) {
                continue;
            }
            if let (Some(table), Some(model)) =
                (table(project.entity(link.lower)), model(project.entity(link.upper)))
            {
                found.entry((model.base.as_ref(), table.source)).or_default().insert(link.upper);
            }
        }
        let mut models: BTreeMap<Option<&DeclarationKey>, usize> = BTreeMap::new();
        for model in project.layer(Layer::Orm).filter_map(|(_, entity)| model(entity)) {
            *models.entry(model.base.as_ref()).or_default() += 1;
        }
        let mut sources: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
        for ((base, source), linked) in found {
            if linked.len() * SHARE >= models.get(&base).copied().unwrap_or(0) {
                sources.entry(base).or_default().insert(source);
            }
        }
        Self { context, revisions, sources }
    }

    /// The migrations that manage the tables of a model's base. Empty where none does.
    pub(crate) fn migrations_of(&self, model: &Model) -> Vec<&'c DatabaseSource> {
        let sources = self.sources.get(&model.base.as_ref()).into_iter().flatten();
        sources.filter_map(|at| self.source(*at)).filter(|source| migrates(source)).collect()
    }

    /// Whether a source is a chain of migrations in which the project's models have tables.
    pub(crate) fn is_managed(&self, table: &Table) -> bool {
        self.source(table.source).is_some_and(migrates)
            && self.sources.values().any(|sources| sources.contains(&table.source))
    }

    /// Tables that models map and that no migration makes, or that one took away again.
    pub(crate) fn unmigrated_tables(&self) -> Vec<LostTable<'c>> {
        let project = self.context.graph.project();
        let mut lost: BTreeMap<&TableName, LostTable<'c>> = BTreeMap::new();
        for (id, entity) in project.layer(Layer::Orm) {
            let (Some(name), Some(model)) = (entity.table(), model(entity)) else { continue };
            let below = self.context.graph.below(id).into_iter();
            let mut maps = below.filter(|link| link.kind == LinkKind::Maps);
            let mapped = maps.any(|link| self.is_migrated(link.lower));
            let sources = self.migrations_of(model);
            if mapped || sources.is_empty() || project.is_test(entity.span.file) {
                continue;
            }
            let found = lost.entry(name).or_insert_with(|| LostTable {
                table: name,
                models: Vec::new(),
                doubtful: sources.iter().any(|source| source.may_lack_tables)
                    || project.made_by_code.contains(&name.name),
                removal: sources
                    .iter()
                    .find_map(|source| Some((*source, history::removal_of_table(source, name)?))),
            });
            found.models.push(id);
        }
        lost.into_values().collect()
    }

    /// Attributes of models whose column is not in the table after all migrations.
    pub(crate) fn unmigrated_columns(&self) -> Vec<LostColumn<'c>> {
        let project = self.context.graph.project();
        // Classes of single-table inheritance share attributes: one place, one finding.
        let mut seen = BTreeSet::new();
        let mut lost = Vec::new();
        for link in self.migrated().filter(|link| !link.pairs.is_empty()) {
            let (lower, upper) = (project.entity(link.lower), project.entity(link.upper));
            let Some(table) = table(lower) else { continue };
            for at in link.unpaired_upper(project) {
                let Some(attribute) = upper.fields.get(at as usize) else { continue };
                let Some(column) = attribute.wire_name.is() else { continue };
                let own = is_column(attribute) && !self.belongs_to_parent(link, attribute);
                if !own || !seen.insert((link.lower, attribute.span)) {
                    continue;
                }
                let source = self.source(table.source);
                let removal = source.and_then(|source| {
                    Some((source, history::removal_of_column(source, &table.name, column)?))
                });
                let doubtful = !lower.completeness.is_complete();
                lost.push(LostColumn { link, at, attribute, column, doubtful, removal });
            }
        }
        lost
    }

    /// Whether migrations make a table, as against a file that only declares it.
    pub(crate) fn is_migrated(&self, entity: EntityId) -> bool {
        let project = self.context.graph.project();
        project.source_of(project.entity(entity)).is_some_and(migrates)
    }

    fn source(&self, at: u32) -> Option<&'c DatabaseSource> {
        self.context.graph.project().database_sources.get(at as usize)
    }

    /// The bases whose models have tables in some source.
    pub(crate) fn manages(&self, base: Option<&DeclarationKey>) -> bool {
        self.sources.keys().any(|known| *known == base)
    }

    /// Links of models with real tables of migrations, in order: what the column rules compare.
    pub(crate) fn migrated(&self) -> impl Iterator<Item = &'c Link> {
        let project = self.context.graph.project();
        self.context.graph.links(LinkKind::Maps).filter(move |link| {
            let (lower, upper) = (project.entity(link.lower), project.entity(link.upper));
            let (Some(table), Some(model)) = (table(lower), model(upper)) else { return false };
            let managed =
                self.sources.get(&model.base.as_ref()).is_some_and(|known| known.contains(&table.source));
            let snapshot = self.revisions.contains(&upper.span.file);
            lower.kind == EntityKind::Table
                && managed
                && !snapshot
                && self.source(table.source).is_some_and(migrates)
        })
    }

    /// Models of the application: neither of its tests nor of its migrations.
    pub(crate) fn models(&self) -> impl Iterator<Item = (EntityId, &'c Entity)> {
        let project = self.context.graph.project();
        project.layer(Layer::Orm).filter(move |(_, entity)| {
            let file = entity.span.file;
            !project.is_test(file) && !self.revisions.contains(&file)
        })
    }

    /// Columns of migrations with the attributes that map them. Classes of single-table inheritance share attributes: one place,
    /// once.
    pub(crate) fn mapped_columns(&self) -> impl Iterator<Item = MappedColumn<'c>> {
        let mut seen: BTreeSet<(EntityId, u32, Span)> = BTreeSet::new();
        let of_link = |link: &'c Link| link.pairs.iter().map(move |pair| (link, pair));
        self.migrated().flat_map(of_link).filter_map(move |(link, pair)| {
            let (column, attribute) = fields(self.context, link, pair)?;
            let own = is_column(attribute) && !self.belongs_to_parent(link, attribute);
            let mapped = MappedColumn { context: self.context, link, pair, column, attribute };
            (own && seen.insert((link.lower, pair.lower, attribute.span))).then_some(mapped)
        })
    }

    /// Whether an attribute belongs to the table of a parent class (joined-table inheritance) rather than to this link's.
    pub(crate) fn belongs_to_parent(&self, link: &Link, attribute: &Field) -> bool {
        let Some(owner) = &attribute.declared_in else { return false };
        let own = self.context.graph.project().entity(link.upper);
        let mut parents = self.context.graph.declared_by(owner).filter(|(id, _)| *id != link.upper);
        parents.any(|(_, parent)| {
            parent.layer() == Layer::Orm && parent.table().is_some() && parent.table() != own.table()
        })
    }
}

/// A table that models map and that is not there after all migrations.
pub(crate) struct LostTable<'c> {
    /// Its name.
    pub(crate) table: &'c TableName,
    /// The models that map it.
    pub(crate) models: Vec<EntityId>,
    /// It may be made by a statement that was not understood, or by the application itself.
    pub(crate) doubtful: bool,
    /// What took it away, if it was there.
    pub(crate) removal: Option<(&'c DatabaseSource, &'c SchemaEvent)>,
}

/// An attribute whose column is not there after all migrations.
pub(crate) struct LostColumn<'c> {
    /// The link of table and model.
    pub(crate) link: &'c Link,
    /// The attribute, by position.
    pub(crate) at: u32,
    /// The attribute.
    pub(crate) attribute: &'c Field,
    /// The column it maps.
    pub(crate) column: &'c str,
    /// The table may have more columns than are known.
    pub(crate) doubtful: bool,
    /// What took it away, if it was there.
    pub(crate) removal: Option<(&'c DatabaseSource, &'c SchemaEvent)>,
}

/// A column of the migrations and an attribute that maps it.
#[derive(Clone, Copy)]
pub(crate) struct MappedColumn<'c> {
    context: &'c Context<'c>,
    /// The table and the model.
    pub(crate) link: &'c Link,
    /// The two fields by position.
    pub(crate) pair: &'c Pair,
    /// The column.
    pub(crate) column: &'c Field,
    /// The attribute.
    pub(crate) attribute: &'c Field,
}

impl<'c> MappedColumn<'c> {
    /// A finding about the two.
    pub(crate) fn draft(&self, severity: Severity, message: impl Into<String>) -> Draft {
        Draft::over_pair(self.context, self.link, self.pair, severity, message)
    }

    /// The table.
    pub(crate) fn table(&self) -> &'c Entity {
        self.context.graph.project().entity(self.link.lower)
    }

    /// The model.
    pub(crate) fn model(&self) -> &'c Entity {
        self.context.graph.project().entity(self.link.upper)
    }

    /// `authors.name`, in back quotes.
    pub(crate) fn column_name(&self) -> String {
        quoted(self.table(), self.column)
    }

    /// The attribute, for the graph.
    pub(crate) fn attribute_id(&self) -> FieldId {
        self.link.upper_field(self.pair)
    }

    /// `Author.name`, in back quotes.
    pub(crate) fn attribute_name(&self) -> String {
        quoted(self.model(), self.attribute)
    }

    /// What a finding about values of the column gathers.
    pub(crate) fn values<'v>(&self, values: &'v [String]) -> impl Iterator<Item = String> + use<'v> {
        let column = format!("{}.{}", self.table().name, self.column.name);
        values.iter().map(move |value| format!("{column} = {value}"))
    }

    /// Adds both ends to a finding: the attribute first.
    pub(crate) fn ends(
        &self,
        draft: Draft,
        attribute: impl Into<String>,
        column: impl Into<String>,
    ) -> Draft {
        self.attribute_end(draft, attribute).place(self.column_end(column))
    }

    /// Adds the attribute to a finding.
    pub(crate) fn attribute_end(&self, draft: Draft, label: impl Into<String>) -> Draft {
        draft.field(self.context, self.link.upper, self.pair.upper, label)
    }

    /// The column as an end of a finding.
    pub(crate) fn column_end(&self, label: impl Into<String>) -> End {
        field_end(self.context, self.link.lower, self.pair.lower, label)
    }
}

/// Whether a source is a history of changes, as against a file that declares a schema.
fn migrates(source: &DatabaseSource) -> bool {
    source.kind.standing() == Standing::Migrated
}

/// How far a source's database refuses values and keys that do not fit its types. SQLite does not; which database a chain of
/// Alembic revisions is for shows only where it uses types that PostgreSQL alone has.
pub(crate) struct Strictness {
    certain: BTreeSet<u32>,
    lax: BTreeSet<u32>,
}

impl Strictness {
    pub(crate) fn of(project: &Project) -> Self {
        let sources = || (0..).zip(&project.database_sources);
        let lax =
            sources().filter(|(_, source)| source.dialect == Dialect::Sqlite).map(|(at, _)| at).collect();
        let stated = sources().filter(|(_, source)| {
            source.dialect == Dialect::MySql
                || source.dialect == Dialect::PostgreSql
                    && matches!(
                        source.kind,
                        SourceKind::SqlSchema | SourceKind::SqlMigrations | SourceKind::Live
                    )
        });
        let mut certain: BTreeSet<u32> = stated.map(|(at, _)| at).collect();
        for (_, entity) in project.layer(Layer::Database) {
            if let Some(table) = table(entity)
                && !certain.contains(&table.source)
                && entity.fields.iter().any(is_of_postgresql)
            {
                certain.insert(table.source);
            }
        }
        Self { certain, lax }
    }

    /// `weight` where the table's database certainly refuses, a warning where it is not known, `None` where it does not.
    pub(crate) fn weight(&self, entity: &Entity, weight: Severity) -> Option<Severity> {
        let source = table(entity)?.source;
        match (self.lax.contains(&source), self.certain.contains(&source)) {
            (true, _) => None,
            (false, true) => Some(weight),
            (false, false) => Some(weight.min(Severity::Warning)),
        }
    }
}

/// Whether a column has a type that only PostgreSQL has.
fn is_of_postgresql(column: &Field) -> bool {
    column.ty.sql.as_ref().is_some_and(|sql| {
        sql.array
            || matches!(&*sql.base, "jsonb" | "tsvector" | "vector" | "inet" | "cidr" | "citext" | "ltree")
    })
}

/// Files of Alembic revisions, and modules beside them that map a table which the application maps elsewhere. Models in them are there for
/// one change of data, and say what the table was on that day.
pub(crate) fn revision_files(project: &Project) -> BTreeSet<FileId> {
    let alembic = || project.database_sources.iter().filter(|source| source.kind == SourceKind::Alembic);
    let mut files: BTreeSet<FileId> = alembic().flat_map(|source| source.files.iter().copied()).collect();
    let folders: Vec<&str> = alembic().map(|source| &*source.path).filter(|path| !path.is_empty()).collect();
    let is_beside = |file: FileId| {
        let below = |folder: &&str| project.path(file).strip_prefix(*folder);
        folders.iter().filter_map(below).any(|rest| rest.starts_with('/'))
    };
    let mapping = |beside: bool| {
        let models = project.layer(Layer::Orm).map(|(_, entity)| (entity.table(), entity.span.file));
        models
            .filter_map(|(table, file)| Some((table?, file)))
            .filter(move |(_, file)| is_beside(*file) == beside)
    };
    let current: BTreeSet<&TableName> = mapping(false).map(|(table, _)| table).collect();
    files.extend(mapping(true).filter(|(table, _)| current.contains(table)).map(|(_, file)| file));
    files
}

/// The table of a database entity.
pub(crate) fn table(entity: &Entity) -> Option<&Table> {
    match &entity.detail {
        Detail::Table(table) => Some(table),
        _ => None,
    }
}

/// The mapping of a model.
pub(crate) fn model(entity: &Entity) -> Option<&Model> {
    match &entity.detail {
        Detail::Model(model) => Some(model),
        _ => None,
    }
}

/// What is left of the weight of a finding about models that nothing loads, and how to say why: what is never mapped breaks nothing.
pub(crate) fn weight_of_unloaded(
    context: &Context<'_>,
    severity: Severity,
    models: &[EntityId],
) -> (Severity, String) {
    let project = context.graph.project();
    let found: Vec<&Entity> = models.iter().map(|id| project.entity(*id)).collect();
    let loaded = || found.iter().filter_map(|entity| model(entity)).map(|model| model.loaded);
    if !loaded().all(|loaded| loaded.application.is_no()) {
        return (severity, String::new());
    }
    let names = listed(found.iter().map(|entity| &*entity.name));
    if loaded().any(|loaded| loaded.migrations.is_yes()) {
        let why = format!("; only the environment of the migrations imports {names}");
        (severity.min(Severity::Warning), why)
    } else {
        (Severity::Info, format!("; no module that runs imports {names}"))
    }
}

/// Whether an attribute is mapped to a column.
pub(crate) fn is_column(field: &Field) -> bool {
    field.kind == FieldKind::Column
}

/// Whether an insert may leave a column out: it has a default, may be NULL, or the database fills it.
pub(crate) fn may_be_left_out(column: &Field) -> bool {
    !column.nullable.is_no()
        || column.column.generated.is_generated()
        || !matches!(column.server_default, alignment_model::Known::Is(None))
}

/// What the column rules report about the columns of one table that no attribute maps, once per table.
pub(crate) fn unmapped_columns(context: &Context<'_>) -> Vec<(EntityId, Vec<u32>, Vec<EntityId>)> {
    let persistence = Persistence::new(context);
    let mut by_table: BTreeMap<EntityId, Vec<&Link>> = BTreeMap::new();
    for link in persistence.migrated() {
        by_table.entry(link.lower).or_default().push(link);
    }
    let mut out = Vec::new();
    for (table, links) in by_table {
        let project = context.graph.project();
        let mut free: BTreeSet<u32> = (0..).take(project.entity(table).fields.len()).collect();
        for pair in links.iter().flat_map(|link| &link.pairs) {
            free.remove(&pair.lower);
        }
        // A link without any common column is no mapping that anyone uses.
        if links.iter().any(|link| !link.pairs.is_empty()) && !free.is_empty() {
            out.push((table, free.into_iter().collect(), links.iter().map(|link| link.upper).collect()));
        }
    }
    out
}
