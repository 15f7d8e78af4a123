//! Two sources of the database layer that are to agree: what each lacks of the other, and which columns are the same.
//!
//! | module | purpose |
//! |---|---|
//! | `age` | whether a source is only older than another |
//! | `facets` | type, nullability and default of a column in two sources of one dialect |
//!
//! Which sources are compared, and in what, is decided before (`Project::comparisons`). A table that may lack columns or a
//! source that may lack tables lacks nothing here: it withholds. What the configuration accepts stays a finding of its own, so
//! that it can be silenced with its reason, but it never counts among what makes a source stale.

mod age;
pub(crate) mod facets;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alignment_model::comparison::{Relation, SourceComparison};
use alignment_model::entity::{Entity, EntityId, EntityKind, Field, FieldId, Table};
use alignment_model::finding::End;
use alignment_model::fix::{Change, Remedy};
use alignment_model::project::{DatabaseSource, SourceKind, Standing};
use alignment_model::{Dialect, Layer, Span};

use crate::draft::Draft;
use crate::persistence::table;
use crate::places::{count, listed};
use crate::{Context, Findings};

use age::{Age, Order};

/// Two sources that are to agree, with their tables paired.
pub(crate) struct Agreement<'c> {
    context: &'c Context<'c>,
    pub(crate) comparison: &'c SourceComparison,
    pub(crate) left: &'c DatabaseSource,
    pub(crate) right: &'c DatabaseSource,
    pairs: Vec<(EntityId, EntityId)>,
    only_left: Vec<EntityId>,
    only_right: Vec<EntityId>,
}

/// What one source has and the other lacks.
pub(crate) struct Lack<'c> {
    context: &'c Context<'c>,
    comparison: &'c SourceComparison,
    /// The source that has it.
    pub(crate) having: &'c DatabaseSource,
    /// The source that lacks it.
    pub(crate) lacking: &'c DatabaseSource,
    /// Tables, by the one that is there.
    pub(crate) tables: Vec<EntityId>,
    /// Columns of tables that both have.
    pub(crate) columns: Vec<LackedColumn>,
    /// Tables that both have.
    shared: usize,
    /// When what is lacking was made.
    age: Age,
    /// What may be there although it was not seen, by the table that is doubtful, once for each thing withheld.
    pub(crate) withheld: Vec<EntityId>,
}

/// A column that one side of a pair of tables lacks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LackedColumn {
    /// The table that has it.
    pub(crate) having: EntityId,
    /// Its position there.
    pub(crate) at: u32,
    /// The table that lacks it.
    pub(crate) lacking: EntityId,
}

/// From this many tables on that are absent or lack columns, and more than half of all, a source is behind as a whole.
const STALE: usize = 5;
/// So many are no slips either, however large the database is.
const FORGOTTEN: usize = 40;

/// From this many columns on, one finding tells what a table lacks.
const MANY: usize = 12;

/// All agreements, in their order.
pub(crate) fn agreements<'c>(context: &'c Context<'c>) -> Vec<Agreement<'c>> {
    let comparisons = &context.graph.project().comparisons;
    comparisons.iter().filter_map(|comparison| Agreement::new(context, comparison)).collect()
}

/// What sources of one dialect lack, by what the lacking source stands for.
pub(crate) fn lacks<'c>(context: &'c Context<'c>, standing: Standing) -> Vec<Lack<'c>> {
    let agreements = agreements(context).into_iter().filter(|one| one.left.dialect == one.right.dialect);
    let lacks = agreements.flat_map(|agreement| agreement.lacks());
    lacks.filter(|lack| lack.lacking.kind.standing() == standing).collect()
}

impl<'c> Agreement<'c> {
    fn new(context: &'c Context<'c>, comparison: &'c SourceComparison) -> Option<Self> {
        let project = context.graph.project();
        let source = |at: u32| project.database_sources.get(at as usize);
        let (left, right) = (source(comparison.left)?, source(comparison.right)?);
        let keeps_case = left.dialect == Dialect::PostgreSql && right.dialect == Dialect::PostgreSql;
        let tables = |at: u32| -> BTreeMap<(String, String), EntityId> {
            let own = project.layer(Layer::Database).filter_map(|(id, entity)| {
                let table = table(entity).filter(|table| table.source == at && !table.owned_by_tool)?;
                let name = &table.name;
                let schema = name.schema.as_deref().filter(|schema| *schema != "public").unwrap_or("");
                let folded = |name: &str| if keeps_case { name.to_owned() } else { name.to_lowercase() };
                comparison.tables.contains(&name.name).then(|| ((folded(schema), folded(&name.name)), id))
            });
            own.collect()
        };
        let (mut lefts, mut rights) = (tables(comparison.left), tables(comparison.right));
        let mut pairs = Vec::new();
        lefts.retain(|name, id| match rights.remove(name) {
            Some(other) => {
                pairs.push((*id, other));
                false
            }
            None => true,
        });
        pairs.extend(across_schemas(&mut lefts, &mut rights));
        pairs.sort_unstable();
        // In the order of the source, not of names: what one migration makes stays together.
        let mut only_left: Vec<EntityId> = lefts.into_values().collect();
        let mut only_right: Vec<EntityId> = rights.into_values().collect();
        only_left.sort_unstable();
        only_right.sort_unstable();
        Some(Self { context, comparison, left, right, pairs, only_left, only_right })
    }

    /// What each side lacks that the relation demands of it.
    pub(crate) fn lacks(&self) -> Vec<Lack<'c>> {
        let mut lacks = Vec::new();
        if self.comparison.facets.name.is_none() {
            return lacks;
        }
        if self.comparison.relation != Relation::RightSubset {
            lacks.push(self.lack(self.left, self.right, &self.only_left, self.pairs.clone()));
        }
        if self.comparison.relation != Relation::LeftSubset {
            let pairs = self.pairs.iter().map(|(left, right)| (*right, *left)).collect();
            lacks.push(self.lack(self.right, self.left, &self.only_right, pairs));
        }
        lacks
    }

    fn lack(
        &self,
        having: &'c DatabaseSource,
        lacking: &'c DatabaseSource,
        only: &[EntityId],
        pairs: Vec<(EntityId, EntityId)>,
    ) -> Lack<'c> {
        let project = self.context.graph.project();
        let mut lack = Lack {
            context: self.context,
            comparison: self.comparison,
            having,
            lacking,
            tables: Vec::new(),
            columns: Vec::new(),
            shared: pairs.len(),
            age: Age::default(),
            withheld: Vec::new(),
        };
        let order = Order::of(having);
        for id in only {
            let entity = project.entity(*id);
            // A table that is only changed is made by somebody else, and a view is made of tables.
            let made = table(entity).is_some_and(is_made) && entity.kind == EntityKind::Table;
            if made && lacking.may_lack_tables {
                lack.withheld.push(*id);
            } else if made {
                lack.tables.push(*id);
                table(entity).into_iter().for_each(|table| lack.age.lacks(&order, table, None));
            }
        }
        for (has, lacks) in pairs {
            self.lacked_columns(has, lacks, &order, &mut lack);
        }
        lack
    }

    fn lacked_columns(&self, has: EntityId, lacks: EntityId, order: &Order<'_>, lack: &mut Lack<'c>) {
        let project = self.context.graph.project();
        let (having, lacking) = (project.entity(has), project.entity(lacks));
        if having.kind != EntityKind::Table || lacking.kind != EntityKind::Table {
            return;
        }
        let Some(made) = table(having) else { return };
        let names: BTreeSet<String> = lacking.fields.iter().map(|field| self.folded(&field.name)).collect();
        for (at, column) in (0..).zip(&having.fields) {
            if names.contains(&self.folded(&column.name)) {
                lack.age.keeps(order, made, Some(&column.name));
                continue;
            }
            if lacking.completeness.is_complete() {
                lack.columns.push(LackedColumn { having: has, at, lacking: lacks });
                lack.age.lacks(order, made, Some(&column.name));
            } else {
                lack.withheld.push(lacks);
            }
        }
    }

    fn folded(&self, name: &str) -> String {
        if self.left.dialect == Dialect::PostgreSql && self.right.dialect == Dialect::PostgreSql {
            name.to_owned()
        } else {
            name.to_lowercase()
        }
    }

    /// Columns that both sides have, in order: table and position on the left, then on the right.
    pub(crate) fn columns(&self) -> Vec<SharedColumn<'c>> {
        let project = self.context.graph.project();
        let mut shared = Vec::new();
        for (left, right) in &self.pairs {
            let (left_entity, right_entity) = (project.entity(*left), project.entity(*right));
            if left_entity.kind != EntityKind::Table || right_entity.kind != EntityKind::Table {
                continue;
            }
            let by_name: HashMap<String, u32> =
                (0..).zip(&right_entity.fields).map(|(at, field)| (self.folded(&field.name), at)).collect();
            for (left_at, left_field) in (0..).zip(&left_entity.fields) {
                let Some(right_at) = by_name.get(&self.folded(&left_field.name)) else { continue };
                let Some(right_field) = right_entity.fields.get(*right_at as usize) else { continue };
                shared.push(SharedColumn {
                    left: (*left, left_at, left_entity, left_field),
                    right: (*right, *right_at, right_entity, right_field),
                });
            }
        }
        shared
    }

    /// Whether a difference is accepted.
    pub(crate) fn accepts(&self, table: &Entity, column: Option<&str>) -> bool {
        self.comparison.allowed.iter().any(|allowed| allowed.covers(&table.name, column))
    }

    /// A finding of this comparison.
    pub(crate) fn draft(&self, severity: alignment_model::Severity, message: String) -> Draft {
        Draft::new(severity, message).confidence(self.comparison.confidence)
    }
}

/// Tables of one name that stand in different schemas, where only one on each side has it: a search path may say which.
fn across_schemas(
    lefts: &mut BTreeMap<(String, String), EntityId>,
    rights: &mut BTreeMap<(String, String), EntityId>,
) -> Vec<(EntityId, EntityId)> {
    let names = |tables: &BTreeMap<(String, String), EntityId>| {
        let mut by_name: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for key in tables.keys() {
            by_name.entry(key.1.clone()).or_default().push(key.clone());
        }
        by_name
    };
    let (left_names, right_names) = (names(lefts), names(rights));
    let mut pairs = Vec::new();
    for (name, left) in &left_names {
        if let ([left], Some([right])) = (&left[..], right_names.get(name).map(Vec::as_slice))
            && let (Some(one), Some(other)) = (lefts.remove(left), rights.remove(right))
        {
            pairs.push((one, other));
        }
    }
    pairs
}

/// Whether something that was read creates a table.
fn is_made(table: &Table) -> bool {
    table.history.iter().any(|step| matches!(&*step.what, "created" | "replaced"))
}

/// One column of two sources: table, position, and both declared.
pub(crate) struct SharedColumn<'c> {
    pub(crate) left: (EntityId, u32, &'c Entity, &'c Field),
    pub(crate) right: (EntityId, u32, &'c Entity, &'c Field),
}

impl<'c> Lack<'c> {
    /// Whether so much is lacking that the source is behind as a whole: one finding says it, not one for each table.
    fn is_stale(&self) -> bool {
        let project = self.context.graph.project();
        let tables = self.tables.iter().filter(|id| !self.accepts(**id, None)).count();
        let changed: BTreeSet<EntityId> = self
            .columns
            .iter()
            .filter(|column| {
                let field = project.entity(column.having).fields.get(column.at as usize);
                !self.accepts(column.having, field.map(|field| &*field.name))
            })
            .map(|column| column.having)
            .collect();
        let stale = tables + changed.len();
        stale >= FORGOTTEN
            || stale >= STALE && stale * 2 > self.tables.len() + self.shared
            || stale > 0 && self.age.is_only_older()
    }

    /// Whether a difference is accepted.
    pub(crate) fn accepts(&self, table: EntityId, column: Option<&str>) -> bool {
        let name = &self.context.graph.project().entity(table).name;
        self.comparison.allowed.iter().any(|allowed| allowed.covers(name, column))
    }

    /// The level of names.
    fn level(&self) -> alignment_model::Severity {
        self.comparison.facets.name.unwrap_or(alignment_model::Severity::Info)
    }

    /// The lacking source as the first end: its last file, which is where one would add something.
    fn at_source(&self, draft: Draft, label: impl Into<String>) -> Draft {
        let Some(file) = self.lacking.files.last() else { return draft };
        draft.place(End {
            layer: Layer::Database,
            entity: self.lacking.name.to_string(),
            qualname: self.lacking.name.to_string(),
            table: None,
            field: None,
            label: label.into(),
            span: Span::file_start(*file),
            is_use: false,
        })
    }

    /// One finding for a table.
    fn table(&self, id: EntityId) -> Draft {
        let entity = self.context.graph.project().entity(id);
        let (having, lacking) = (self.having, self.lacking);
        let message = format!(
            "table `{}` is in {}, and not in {}: {}",
            entity.name,
            object(having),
            object(lacking),
            consequence(lacking)
        );
        let columns = count(entity.fields.len(), "column");
        let draft = self.draft(message).witness(format!(
            "{}, `SELECT * FROM {}` fails: {}",
            afterwards(lacking),
            entity.name,
            missing_table(lacking.dialect, &entity.name)
        ));
        let draft = draft.gathers([&*entity.name]);
        self.at_source(draft, format!("no table `{}`", entity.name)).end(
            self.context,
            id,
            format!("{columns}, made here"),
        )
    }

    /// One finding for a column of a table that both have.
    pub(crate) fn column(&self, column: &LackedColumn) -> Option<Draft> {
        let project = self.context.graph.project();
        let (having, lacking) = (project.entity(column.having), project.entity(column.lacking));
        let field = having.fields.get(column.at as usize)?;
        let message = format!(
            "table `{}` has the column `{}` in {}, and not in {}: {}",
            lacking.name,
            field.name,
            object(self.having),
            object(self.lacking),
            consequence(self.lacking)
        );
        Some(
            self.draft(message)
                .witness(self.column_witness(&field.name, &lacking.name))
                .remedy(self.declare(column, having, lacking))
                .gathers_of(&having.name, [&*field.name])
                .end(self.context, column.lacking, format!("no column `{}`", field.name))
                .field(self.context, column.having, column.at, "added here"),
        )
    }

    /// The column in a schema file, unless the file has one that the other source lacks: that may be this one under another name.
    fn declare(&self, column: &LackedColumn, having: &Entity, lacking: &Entity) -> Option<Remedy> {
        let field = having.fields.get(column.at as usize)?;
        let plain = self.lacking.kind == SourceKind::SqlSchema && self.lacking.dialect == Dialect::PostgreSql;
        let known = lacking.fields.iter().all(|other| having.field(&other.name).is_some());
        (plain && known).then(|| {
            let attribute = FieldId { entity: column.having, field: column.at };
            Remedy::new(
                format!("declare `{}` in {}", field.name, object(self.lacking)),
                Change::DeclareColumn { table: column.lacking, column: attribute },
            )
        })
    }

    /// One finding for a source that is behind as a whole.
    fn stale(&self) -> Draft {
        let project = self.context.graph.project();
        let tables: BTreeSet<EntityId> = self.columns.iter().map(|column| column.having).collect();
        let mut parts = Vec::new();
        if !self.tables.is_empty() {
            let names = listed(self.tables.iter().map(|id| &*project.entity(*id).name));
            parts.push(format!("{} ({names})", count(self.tables.len(), "table")));
        }
        if !self.columns.is_empty() {
            let columns = count(self.columns.len(), "column");
            parts.push(format!("{columns} of {}", count(tables.len(), "table")));
        }
        let message = format!(
            "{} {} behind {}: {}",
            object(self.lacking),
            if is_plural(self.lacking) { "are" } else { "is" },
            object(self.having),
            format_args!("lacking are {}", parts.join(" and "))
        );
        let draft = Draft::new(alignment_model::Severity::Warning.min(self.level()), message)
            .confidence(self.comparison.confidence)
            .help("renew it as a whole, delete it, or say in `alignment.yaml` under `sources` and `comparisons` what it is");
        let tables = self.tables.iter().map(|id| project.entity(*id).name.to_string());
        let columns = self.columns.iter().filter_map(|column| {
            let having = project.entity(column.having);
            Some(format!("{}.{}", having.name, having.fields.get(column.at as usize)?.name))
        });
        let draft = draft.gathers(tables.chain(columns));
        let draft = self.at_source(draft, "behind as a whole");
        let first = self.tables.first().copied().or_else(|| Some(self.columns.first()?.having));
        first.into_iter().fold(draft, |draft, id| draft.end(self.context, id, "the first of what it lacks"))
    }

    fn draft(&self, message: String) -> Draft {
        let help = match self.lacking.kind.standing() {
            Standing::Declared => {
                "add it there, or say in `alignment.yaml` under `comparisons` why it is not to be there"
            }
            Standing::Migrated => "add a migration, or take it out of the other source",
            Standing::Running => "apply what is missing there",
        };
        Draft::new(self.level(), message).confidence(self.comparison.confidence).help(help)
    }

    /// Adds a finding for each table, unless the source is behind as a whole: then one. What is accepted stays.
    pub(crate) fn tables_into(&self, findings: &mut Findings) {
        self.tables_where(findings, |_| true);
    }

    /// The same without tables of which something else tells.
    pub(crate) fn tables_where(&self, findings: &mut Findings, is_untold: impl Fn(EntityId) -> bool) {
        let stale = self.is_stale();
        if stale {
            findings.add(self.stale());
        }
        let untold = self.tables.iter().filter(|id| is_untold(**id));
        for id in untold.filter(|id| !stale || self.accepts(**id, None)) {
            findings.add(self.table(*id));
        }
        self.withhold(findings);
    }

    /// Adds a finding for each column, or one for all columns of a table that lacks many, unless the source is behind as a
    /// whole. What is accepted stays.
    pub(crate) fn columns_into(&self, findings: &mut Findings) {
        let (project, stale) = (self.context.graph.project(), self.is_stale());
        let mut by_table: BTreeMap<EntityId, Vec<&LackedColumn>> = BTreeMap::new();
        for column in &self.columns {
            let field = project.entity(column.having).fields.get(column.at as usize);
            if self.accepts(column.having, field.map(|field| &*field.name)) {
                self.column(column).into_iter().for_each(|draft| findings.add(draft));
            } else if !stale {
                by_table.entry(column.lacking).or_default().push(column);
            }
        }
        for columns in by_table.into_values() {
            match &columns[..] {
                [first, ..] if columns.len() >= MANY => findings.add(self.many(first, &columns)),
                few => {
                    few.iter().filter_map(|column| self.column(column)).for_each(|draft| findings.add(draft))
                }
            }
        }
    }

    /// One finding for many columns of a table: one cause, most likely.
    fn many(&self, first: &LackedColumn, columns: &[&LackedColumn]) -> Draft {
        let project = self.context.graph.project();
        let (having, lacking) = (project.entity(first.having), project.entity(first.lacking));
        let fields = columns.iter().filter_map(|column| having.fields.get(column.at as usize));
        let names: Vec<&str> = fields.map(|field| &*field.name).collect();
        let message = format!(
            "table `{}` has {} in {}, and not in {}: {}",
            lacking.name,
            count(columns.len(), "column"),
            object(self.having),
            object(self.lacking),
            listed(names.iter().copied())
        );
        let name = names.first().copied().unwrap_or_default();
        self.draft(message)
            .witness(self.column_witness(name, &lacking.name))
            .gathers_of(&having.name, names.iter().copied())
            .end(self.context, first.lacking, format!("{} fewer", count(columns.len(), "column")))
            .field(self.context, first.having, first.at, "the first of them")
    }

    fn column_witness(&self, column: &str, table: &str) -> String {
        format!(
            "{}, `SELECT {column} FROM {table}` fails: {}",
            afterwards(self.lacking),
            missing_column(self.lacking.dialect, column)
        )
    }

    /// Adds what is withheld.
    fn withhold(&self, findings: &mut Findings) {
        self.withheld.iter().for_each(|id| findings.withhold(*id));
    }
}

fn is_plural(source: &DatabaseSource) -> bool {
    source.kind.standing() == Standing::Migrated
}

/// "the migrations of `backend/alembic`", "`schema.sql`".
pub(crate) fn object(source: &DatabaseSource) -> String {
    if is_plural(source) {
        format!("the migrations of `{}`", source.name)
    } else {
        format!("`{}`", source.name)
    }
}

fn consequence(lacking: &DatabaseSource) -> &'static str {
    match lacking.kind.standing() {
        Standing::Declared => "a database made from it lacks what the others have",
        Standing::Migrated => "a database that they make lacks what the other declares",
        Standing::Running => "what uses it fails there",
    }
}

fn afterwards(lacking: &DatabaseSource) -> String {
    match lacking.kind.standing() {
        Standing::Declared => format!("in a database made from `{}`", lacking.name),
        Standing::Migrated => format!("after all migrations of `{}`", lacking.name),
        Standing::Running => format!("in `{}`", lacking.name),
    }
}

/// What the server says (PostgreSQL `undefined_table`, SQLite, MySQL error 1146).
fn missing_table(dialect: Dialect, table: &str) -> String {
    match dialect {
        Dialect::PostgreSql => format!("relation \"{table}\" does not exist"),
        Dialect::Sqlite => format!("no such table: {table}"),
        Dialect::MySql => format!("Table '{table}' doesn't exist"),
    }
}

/// What the server says (PostgreSQL `undefined_column`, SQLite, MySQL error 1054).
fn missing_column(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::PostgreSql => format!("column \"{column}\" does not exist"),
        Dialect::Sqlite => format!("no such column: {column}"),
        Dialect::MySql => format!("Unknown column '{column}' in 'field list'"),
    }
}
