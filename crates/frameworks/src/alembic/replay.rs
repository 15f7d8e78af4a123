//! One tree of revisions, from its first to its heads.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use alignment_model::entity::TableName;
use alignment_model::project::{ChainFault, ChainFaultKind, DatabaseSource, RevisionGraph, SourceKind};
use alignment_model::{FileId, Problem, ProblemKind};
use alignment_sql::Dialect;

use super::continuations::go_on;
use super::env::naming_convention;
use super::graph::{graph, up_to};
use super::revision::{RevisionFile, read};
use super::trees::{Tree, trees};
use crate::Input;
use crate::database::entities::database_schema;
use crate::database::fold::{Missing, Origin, is_conditional_drop};
use crate::database::interpreter::{Failed, Interpreter};
use crate::database::schema::Schema;
use crate::python::Names;

/// A tree replayed.
pub(crate) struct Replay {
    /// What it is.
    pub(crate) source: DatabaseSource,
    /// The schema at its heads.
    pub(crate) schema: Schema,
    /// What could not be followed.
    pub(crate) problems: Vec<Problem>,
    /// The position of the tree whose database this one goes on to change.
    pub(crate) continues: Option<usize>,
}

impl Replay {
    /// A source with the schema that it makes.
    pub(crate) fn new(source: DatabaseSource, schema: Schema, problems: Vec<Problem>) -> Self {
        Self { source, schema, problems, continues: None }
    }

    /// Takes another schema for what the source makes.
    pub(super) fn makes(&mut self, schema: Schema) {
        self.source.unmodelled.clone_from(&schema.unmodelled);
        self.source.may_lack_tables = schema.lacks_tables();
        self.source.schema = database_schema(&schema);
        self.schema = schema;
    }
}

/// Every Alembic tree of the repository, replayed.
pub(crate) fn replays<'a>(input: Input<'a>, names: &Names<'a>) -> Vec<Replay> {
    let revisions = input.facts.iter().filter_map(|facts| read(names, facts.file, &facts.body)).collect();
    let trees = trees(input.sources, revisions).into_iter().map(|tree| cut(tree, input.revision));
    let trees: Vec<Tree<'a>> = trees.collect();
    let mut replays: Vec<Replay> = trees.iter().map(|tree| replay(names, tree)).collect();
    go_on(names, &trees, &mut replays);
    replays
}

/// A tree without what comes after a revision, if it has that revision.
fn cut<'a>(mut tree: Tree<'a>, revision: Option<&str>) -> Tree<'a> {
    if let Some(kept) = revision.and_then(|id| up_to(&tree.revisions, id)) {
        let revisions = tree.revisions.into_iter().enumerate();
        tree.revisions = revisions.filter(|(at, _)| kept.contains(at)).map(|(_, file)| file).collect();
    }
    tree
}

/// The revisions of a tree followed in an order, on an empty database.
pub(super) fn follow<'n, 'a>(names: &'n Names<'a>, tree: &Tree<'a>, order: &[usize]) -> Interpreter<'n, 'a> {
    let mut schema = Schema::new(Dialect::PostgreSql);
    // Alembic makes it before the first revision.
    schema.set_aside.insert(TableName::new("alembic_version"));
    follow_on(names, tree, order, schema)
}

/// The same, on a database that has a schema.
pub(super) fn follow_on<'n, 'a>(
    names: &'n Names<'a>,
    tree: &Tree<'a>,
    order: &[usize],
    schema: Schema,
) -> Interpreter<'n, 'a> {
    let mut interpreter = Interpreter::new(names, schema);
    interpreter.naming = naming_convention(names, &tree.path);
    for file in order.iter().map(|at| &tree.revisions[*at]) {
        if let Some(upgrade) = file.upgrade {
            interpreter.run(&file.id, file.file, upgrade);
        }
    }
    interpreter
}

fn replay<'a>(names: &Names<'a>, tree: &Tree<'a>) -> Replay {
    let (mut graph, order) = graph(&tree.revisions);
    let mut interpreter = follow(names, tree, &order);
    let failed = std::mem::take(&mut interpreter.failed);
    let mut problems = std::mem::take(&mut interpreter.problems);
    let schema = &mut interpreter.schema;
    let creators = Creators::of(&failed, schema);
    for fault in other_branches(&tree.revisions, &failed, &creators) {
        if !graph.faults.iter().any(|other| other.kind == fault.kind && other.revision == fault.revision) {
            graph.faults.push(fault);
        }
    }
    let noticed = schema.events.len();
    retry(schema, failed);
    // Out of its place, a change says nothing about its surroundings.
    schema.events.truncate(noticed);
    unevaluated(&tree.revisions, &mut problems);
    let mut schema = interpreter.schema;
    for problem in &problems {
        // A revision that was not followed to its end may have done anything.
        if problem.kind == ProblemKind::Limit {
            schema.may_lack_tables = true;
        }
    }
    let source = source_of(tree, graph, &order, &schema);
    Replay::new(source, schema, problems)
}

fn source_of(tree: &Tree<'_>, graph: RevisionGraph, order: &[usize], schema: &Schema) -> DatabaseSource {
    let files: Vec<FileId> = order.iter().map(|at| tree.revisions[*at].file).collect();
    DatabaseSource {
        files,
        revisions: Some(graph),
        unmodelled: schema.unmodelled.clone(),
        may_lack_tables: schema.lacks_tables(),
        events: schema.events.clone(),
        schema: database_schema(schema),
        ..DatabaseSource::new(SourceKind::Alembic, schema.dialect, tree.path.clone())
    }
}

/// Changes that failed are tried once more at the end, in their order: what another branch makes is there now.
fn retry(schema: &mut Schema, failed: Vec<Failed>) {
    for Failed { revision, change, .. } in failed {
        let origin = Origin { revision: Some(&revision), ..Origin::default() };
        if let Err(missing) = schema.apply(&change, origin) {
            schema.assume(&change, &missing, origin);
        }
    }
}

/// Which revisions make a table or column, by what the final schema remembers.
struct Creators {
    by_missing: BTreeMap<Missing, BTreeSet<Box<str>>>,
}

impl Creators {
    fn of(failed: &[Failed], schema: &Schema) -> Self {
        let mut by_missing: BTreeMap<Missing, BTreeSet<Box<str>>> = BTreeMap::new();
        for missing in failed.iter().map(|failed| &failed.missing) {
            let Some(table) = schema.tables.get(&missing.table) else { continue };
            let makes = table.history.iter().filter(|step| match (&missing.column, &step.column) {
                (None, _) => &*step.what == "created",
                (Some(wanted), Some(column)) => wanted == column && &*step.what == "added",
                (Some(_), None) => false,
            });
            let revisions = makes.filter_map(|step| step.revision.clone());
            by_missing.entry(missing.clone()).or_default().extend(revisions);
        }
        Self { by_missing }
    }
}

/// Revisions that need what only a revision of another branch makes.
fn other_branches(files: &[RevisionFile<'_>], failed: &[Failed], creators: &Creators) -> Vec<ChainFault> {
    let by_id: HashMap<&str, &RevisionFile<'_>> = files.iter().map(|file| (&*file.id, file)).collect();
    let mut faults = Vec::new();
    // What drops a column that need not be there needs nothing.
    let needing = failed.iter().filter(|failed| !is_conditional_drop(&failed.change.kind));
    for Failed { revision, change, missing } in needing {
        let Some(makers) = creators.by_missing.get(missing) else { continue };
        let before = ancestors(&by_id, revision);
        let Some(maker) = makers.iter().find(|maker| !before.contains(&***maker)) else { continue };
        faults.push(ChainFault {
            kind: ChainFaultKind::NeedsOtherBranch,
            revision: revision.as_ref().into(),
            other: maker.clone(),
            span: change.span,
            other_span: by_id.get(&**maker).map(|file| file.span),
        });
    }
    faults
}

/// A revision and everything it comes after.
fn ancestors<'f>(by_id: &HashMap<&'f str, &'f RevisionFile<'_>>, of: &str) -> HashSet<&'f str> {
    let mut found = HashSet::new();
    let mut stack: Vec<&str> = by_id.get_key_value(of).map(|(id, _)| *id).into_iter().collect();
    while let Some(id) = stack.pop() {
        if !found.insert(id) {
            continue;
        }
        let Some(file) = by_id.get(id) else { continue };
        let before = file.parents.iter().flatten().chain(&file.depends_on);
        stack.extend(before.filter_map(|id| by_id.get_key_value(&**id)).map(|(id, _)| *id));
    }
    found
}

/// Revisions whose place in the chain is not known.
fn unevaluated(files: &[RevisionFile<'_>], problems: &mut Vec<Problem>) {
    for file in files.iter().filter(|file| file.parents.is_none()) {
        let message = format!(
            "`down_revision` of revision `{}` could not be evaluated; it is taken to have no parent",
            file.id
        );
        problems.push(Problem::at(file.parents_span, ProblemKind::Unresolved, message));
    }
}
