//! Python code that changes the schema, followed statement by statement against the schema at that point: `upgrade()` of a revision,
//! or the entry of a program that runs its own DDL.
//!
//! | module | purpose |
//! |---|---|
//! | `value` | what an expression is, as far as the schema can depend on it |
//! | `statements` | branches, loops, `with`, `try` |
//! | `expressions` | names, members, operators, comprehensions, texts |
//! | `calls` | functions of the project inlined, what packages make |
//! | `builtins` | Python's own functions and the methods of texts |
//! | `containers` | lists, sets and dictionaries: what they hold after each change |
//! | `inspection` | questions about the schema: `inspect(...)`, queries of the catalog |
//! | `reflection` | a type as a migration looks at it |
//! | `operations` | `op.*` and `batch_op.*` |
//! | `declarations` | `Column(...)` and its relatives -> columns and constraints |
//! | `program` | what holds only for a program that runs its own DDL on an empty database |
//! | `connections` | the DB-API: statements run by connections and cursors, and what they give |
//! | `rows` | rows that the program wrote itself |
//! | `failures` | statements that the database refuses, and who catches that |
//! | `objects` | objects of the project's classes |
//!
//! Source: Alembic 1.17, "Operation Reference"; SQLAlchemy 2.0, "Describing Databases with MetaData"; PEP 249. The database of a
//! revision is PostgreSQL, online. What is not decided by constants and the schema is uncertain (`database::fold`). Deliberately
//! absent from revisions: data. `INSERT`s change no shape, and a loop over rows runs any number of times. A program starts on
//! an empty database, which holds the rows that it wrote itself.

mod builtins;
mod calls;
mod connections;
mod containers;
mod declarations;
mod expressions;
mod failures;
mod indexes;
mod inspection;
mod objects;
mod operations;
mod program;
mod reflection;
mod rows;
mod statements;
mod value;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use alignment_model::code::Function;
use alignment_model::entity::TableName;
use alignment_model::schema_change::{ChangeKind, Condition, SchemaChange, SchemaStep};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Problem, ProblemKind, Span};

use crate::database::fold::{Missing, Origin, is_conditional_drop};
use crate::database::schema::Schema;
use crate::python::Names;
use crate::sqlalchemy::naming::NamingConvention;
pub(crate) use connections::is_connection_name;
use program::Program;
pub(crate) use program::{Effect, EffectKind, Entry, Swallowed};
use value::{Frame, Value};

/// Statements and expressions evaluated for one revision: a loop over a huge range stops here.
const MAX_STEPS: u32 = 400_000;
/// Calls inside calls.
const MAX_CALLS: u32 = 24;
/// Expressions inside expressions, statements inside statements.
const MAX_NESTING: u32 = 96;

/// Follows the revisions of one tree, one after the other, or one program.
#[derive(Clone)]
pub(crate) struct Interpreter<'n, 'a> {
    names: &'n Names<'a>,
    /// The schema that the revisions so far have made.
    pub(crate) schema: Schema,
    /// Changes that need what is not there, with their revision.
    pub(crate) failed: Vec<Failed>,
    /// Tables that such changes need and that nothing before them makes.
    needed: BTreeSet<TableName>,
    /// What could not be followed.
    pub(crate) problems: Vec<Problem>,
    /// The convention by which Alembic names what has no name.
    pub(crate) naming: NamingConvention,
    /// Values of module-level variables.
    variables: HashMap<DeclarationKey, Value<'a>>,
    revision: Rc<str>,
    steps: u32,
    calls: u32,
    nesting: u32,
    /// How many undecided conditions are around.
    uncertain: u32,
    /// How often the schema has been asked what it has.
    asked: u32,
    /// How many conditions that asked are around.
    conditional: u32,
    /// What follows in the present block happens only where a condition that asked did not end it.
    ends_by_asking: bool,
    /// How many `try` bodies are around: what fails there is handled.
    guarded: u32,
    /// A change has failed inside a `try`.
    raised: bool,
    /// Present for a program that runs its own DDL.
    program: Option<Program<'a>>,
}

/// A change that needs what is not there.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) revision: Rc<str>,
    pub(crate) change: SchemaChange,
    pub(crate) missing: Missing,
}

impl<'n, 'a> Interpreter<'n, 'a> {
    pub(crate) fn new(names: &'n Names<'a>, schema: Schema) -> Self {
        Self {
            names,
            schema,
            failed: Vec::new(),
            needed: BTreeSet::new(),
            problems: Vec::new(),
            naming: NamingConvention::default(),
            variables: HashMap::new(),
            revision: "".into(),
            steps: 0,
            calls: 0,
            nesting: 0,
            uncertain: 0,
            asked: 0,
            conditional: 0,
            ends_by_asking: false,
            guarded: 0,
            raised: false,
            program: None,
        }
    }

    /// Follows one revision.
    pub(crate) fn run(&mut self, revision: &str, file: FileId, upgrade: &'a Function) {
        self.revision = revision.into();
        (self.steps, self.calls, self.nesting, self.uncertain, self.guarded) = (0, 0, 0, 0, 0);
        (self.asked, self.conditional, self.ends_by_asking) = (0, 0, false);
        self.schema.begin_step();
        let frame = Frame::new(file, upgrade.name.as_ref().into(), None);
        self.block(&frame, &upgrade.body);
        if self.steps > MAX_STEPS {
            let span = upgrade.name_range.in_file(file);
            let message = format!(
                "revision `{revision}` takes more than {MAX_STEPS} steps; the rest of it is not followed"
            );
            self.problems.push(Problem::at(span, ProblemKind::Limit, message));
            self.unmodelled(Vec::new(), "a revision that takes too many steps", span);
        }
    }

    /// Whether the limit of steps is reached; counts one.
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps <= MAX_STEPS
    }

    /// Runs `inner` one level deeper, unless that is too deep.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.nesting >= MAX_NESTING || !self.step() {
            return None;
        }
        self.nesting += 1;
        let value = inner(self);
        self.nesting -= 1;
        Some(value)
    }

    /// Folds a change into the schema; whether it succeeded.
    fn change(&mut self, kind: ChangeKind, span: Span) -> bool {
        self.apply(&[SchemaStep::Change(SchemaChange { kind, span })])
    }

    fn apply(&mut self, steps: &[SchemaStep]) -> bool {
        if self.program.is_some() {
            return self.apply_in_program(steps);
        }
        let revision = self.revision.clone();
        let origin = Origin {
            revision: Some(&revision),
            uncertain: self.uncertain > 0,
            conditional: self.conditional > 0,
        };
        let mut failed = Vec::new();
        for step in steps {
            failed.extend(self.schema.apply_steps(self.unguarded(step), origin));
            self.forget_dropped(step);
        }
        // Inside `try`, the program handles it.
        if self.guarded > 0 {
            failed.retain(|(change, _)| !is_conditional_drop(&change.kind));
        }
        let succeeded = failed.is_empty();
        if self.guarded > 0 {
            self.raised |= !succeeded;
        } else {
            let needing = failed.iter().filter(|(change, _)| !is_conditional_drop(&change.kind));
            self.needed.extend(needing.map(|(_, missing)| missing.table.clone()));
            let failed = failed.into_iter();
            self.failed.extend(failed.map(|(change, missing)| Failed {
                revision: revision.clone(),
                change,
                missing,
            }));
        }
        succeeded
    }

    /// A table that is dropped is not there at the end, whatever earlier changes needed of it.
    fn forget_dropped(&mut self, step: &SchemaStep) {
        if let SchemaStep::Change(SchemaChange { kind: ChangeKind::DropTable { table, .. }, .. }) = step
            && self.uncertain == 0
        {
            self.failed.retain(|failed| failed.missing.table != *table);
            self.needed.remove(table);
        }
    }

    /// A step, or what stands under its question for a table that an earlier change needed: it exists, whatever makes it.
    fn unguarded<'s>(&self, step: &'s SchemaStep) -> &'s [SchemaStep] {
        if let SchemaStep::Guarded(guarded) = step
            && let Condition::TableExists(table) = &guarded.condition
            && self.guarded == 0
            && guarded.otherwise.is_empty()
            && self.needed.contains(table)
            && !self.schema.tables.contains_key(table)
        {
            return &guarded.then;
        }
        std::slice::from_ref(step)
    }

    fn unmodelled(&mut self, tables: Vec<TableName>, what: &str, span: Span) {
        self.change(ChangeKind::Unmodelled { tables, what: what.into() }, span);
    }
}
