//! A program that makes its own schema when it starts: what holds for it beside what holds for a revision.
//!
//! It is followed from its entry on an empty database, as on a fresh install. Where a change failed and the program went on, it is
//! started once more: what only the second start makes is part of the schema, too.

use std::collections::BTreeMap;
use std::rc::Rc;

use alignment_model::code::{Function, Parameter};
use alignment_model::entity::TableName;
use alignment_model::schema_change::{ChangeKind, SchemaChange, SchemaStep};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Problem, ProblemKind, Span};

use super::calls::{Argument, Arguments};
use super::connections::is_connection_name;
use super::failures::Failure;
use super::objects::unmade;
use super::rows::Rows;
use super::value::{FunctionValue, Value};
use super::{Failed, Interpreter, MAX_STEPS};
use crate::database::fold::{Missing, Origin};

/// Conditions of an entry that are tried both ways.
const MAX_CHOICES: u32 = 3;

/// What is kept of a program.
#[derive(Clone, Default)]
pub(super) struct Program<'a> {
    pub(super) rows: Rows<'a>,
    /// Numbers and texts that `PRAGMA name = value` keeps in the database.
    pub(super) pragmas: BTreeMap<Box<str>, Value<'a>>,
    /// What was changed, in order.
    pub(super) effects: Vec<Effect>,
    /// The error that is on its way to a handler.
    pub(super) failure: Option<Rc<Failure>>,
    /// Changes that failed and whose error was caught.
    pub(super) swallowed: Vec<Swallowed>,
    /// Statements on rows that may fail for all that is known.
    pub(super) unverified: u32,
    /// How undecided conditions of the entry are taken, one bit each; `None` to take them as undecided.
    choices: Option<u32>,
    /// How many of them there were.
    asked: u32,
}

/// One change that the program asked for.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    /// Where its SQL stands.
    pub(crate) file: FileId,
    /// Of what sort it is.
    pub(crate) kind: EffectKind,
    /// The table, where one is created.
    pub(crate) creates: Option<TableName>,
    /// It happens only under a condition that is not known.
    pub(crate) uncertain: bool,
}

/// Of what sort a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EffectKind {
    /// It makes something.
    Creates,
    /// It changes or removes a table.
    Alters,
}

/// A change that failed for something that was not there, and whose error the program caught.
#[derive(Clone, Debug)]
pub(crate) struct Swallowed {
    pub(crate) change: SchemaChange,
    pub(crate) missing: Missing,
}

/// A function to start from.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) key: DeclarationKey,
    pub(crate) function: &'a Function,
    /// The class that it is a method of.
    pub(crate) class: Option<DeclarationKey>,
}

impl<'a> Interpreter<'_, 'a> {
    /// Follows a program from its entry. Where the settings decide whether it makes its schema at all, or for which database, what
    /// counts is what it makes where it makes most.
    pub(crate) fn start(&mut self, entry: &Entry<'a>) {
        self.program.get_or_insert_with(Program::default);
        let before = self.clone();
        self.start_with(entry, None);
        let Some(program) = &self.program else { return };
        let (own, asked) = (program.effects.len(), program.asked.min(MAX_CHOICES));
        let undecided = own > 0 && program.effects.iter().all(|effect| effect.uncertain);
        if !undecided || asked == 0 {
            return;
        }
        let certain = |run: &Self| {
            let effects = run.effects().iter();
            effects.filter(|effect| !effect.uncertain).count()
        };
        for choices in 0..1 << asked {
            let mut run = before.clone();
            run.start_with(entry, Some(choices));
            if certain(&run) > certain(self) {
                *self = run;
            }
        }
    }

    /// How an undecided condition is taken, in the body of the entry or of what it calls.
    pub(super) fn choice(&mut self) -> Option<bool> {
        if self.calls > 2 || self.uncertain > 0 {
            return None;
        }
        let program = self.program.as_mut()?;
        let at = program.asked;
        program.asked += 1;
        let choices = program.choices?;
        (at < MAX_CHOICES).then(|| choices >> at & 1 == 0)
    }

    fn start_with(&mut self, entry: &Entry<'a>, choices: Option<u32>) {
        if let Some(program) = &mut self.program {
            (program.choices, program.asked) = (choices, 0);
        }
        self.run_entry(entry);
        let swallowed = self.program.as_ref().is_some_and(|program| !program.swallowed.is_empty());
        if swallowed && self.steps <= MAX_STEPS {
            if let Some(program) = &mut self.program {
                program.asked = 0;
            }
            self.run_entry(entry);
        }
    }

    fn run_entry(&mut self, entry: &Entry<'a>) {
        (self.steps, self.calls, self.nesting, self.uncertain, self.guarded) = (0, 0, 0, 0, 0);
        self.raised = false;
        let receiver = entry.class.as_ref().map(|class| Rc::new(unmade(class)));
        let function = FunctionValue {
            file: entry.key.file,
            path: entry.key.path.as_ref().into(),
            function: entry.function,
            closure: None,
            receiver,
        };
        let skipped = usize::from(entry.class.is_some());
        let given = entry.function.parameters.iter().skip(skipped);
        let positional = given
            .take_while(|parameter| parameter.default.is_none() || is_handle(parameter))
            .map(|parameter| Argument { value: handle(parameter), expr: None });
        let arguments = Arguments { positional: positional.collect(), ..Arguments::default() };
        self.call_function(&function, arguments);
        if self.steps > MAX_STEPS {
            let span = entry.function.name_range.in_file(entry.key.file);
            let name = &entry.function.name;
            let message =
                format!("`{name}` takes more than {MAX_STEPS} steps; the rest of it is not followed");
            let told = self.problems.iter().any(|problem| problem.message == message);
            if !told {
                self.problems.push(Problem::at(span, ProblemKind::Limit, message));
                self.unmodelled(Vec::new(), "a program that takes too many steps", span);
            }
        }
    }

    /// Runs SQL that no function was seen to run.
    pub(crate) fn run_constant(&mut self, file: FileId, value: &'a alignment_model::code::Expr) {
        self.program.get_or_insert_with(Program::default);
        (self.steps, self.nesting) = (0, 0);
        let frame = super::value::Frame::new(file, "".into(), None);
        let value = self.eval(&frame, value);
        self.run_texts(&value, value_span(file, &frame), 0);
    }

    fn run_texts(&mut self, value: &Value<'a>, span: Span, depth: usize) {
        match value {
            Value::Text(text) | Value::Sql(text) => {
                self.run_script(text, span);
            }
            Value::List(list) if depth < 3 => {
                list.items.iter().for_each(|item| self.run_texts(item, span, depth + 1));
            }
            Value::Map(entries) if depth < 3 => {
                entries.iter().for_each(|(_, item)| self.run_texts(item, span, depth + 1));
            }
            _ => {}
        }
    }

    /// What was changed so far.
    pub(crate) fn effects(&self) -> &[Effect] {
        self.program.as_ref().map_or(&[], |program| &program.effects)
    }

    /// Changes whose failure was caught.
    pub(crate) fn swallowed(&self) -> &[Swallowed] {
        self.program.as_ref().map_or(&[], |program| &program.swallowed)
    }

    /// Folds what a program changes, one change after the other: the first that is refused ends the statement.
    pub(super) fn apply_in_program(&mut self, steps: &[SchemaStep]) -> bool {
        for step in steps {
            let SchemaStep::Change(change) = step else {
                let origin = Origin { uncertain: self.uncertain > 0, ..Origin::default() };
                self.note(step);
                let failed = self.schema.apply_steps(std::slice::from_ref(step), origin);
                self.keep_failed(failed);
                continue;
            };
            self.note(step);
            let refusal = if self.uncertain > 0 { None } else { self.refusal(change) };
            if let Some((kind, missing)) = refusal {
                let lacks = matches!(
                    kind,
                    super::failures::FailureKind::NoTable | super::failures::FailureKind::NoColumn
                );
                if self.guarded > 0 {
                    self.fail(kind, &missing, Some(change.clone()));
                    return false;
                }
                if lacks {
                    self.keep_failed(vec![(change.clone(), missing)]);
                }
                continue;
            }
            // What is there already stays as it is, whether this happens or not.
            if self.uncertain > 0 && self.is_idle(change) {
                continue;
            }
            let origin = Origin { uncertain: self.uncertain > 0, ..Origin::default() };
            if let Err(missing) = self.schema.apply(change, origin) {
                self.keep_failed(vec![(change.clone(), missing)]);
            }
        }
        true
    }

    /// Whether a change does nothing to the schema as it is.
    fn is_idle(&self, change: &SchemaChange) -> bool {
        match &change.kind {
            ChangeKind::CreateTable(create) => self.schema.tables.contains_key(&create.table),
            ChangeKind::AddColumn { table, column, .. } => {
                self.schema.tables.get(table).is_some_and(|table| table.column(&column.name).is_some())
            }
            ChangeKind::DropTable { table, .. } => self.is_absent(table),
            _ => false,
        }
    }

    fn keep_failed(&mut self, failed: Vec<(SchemaChange, Missing)>) {
        let revision = self.revision.clone();
        let kept = failed.into_iter();
        self.failed.extend(kept.map(|(change, missing)| Failed {
            revision: revision.clone(),
            change,
            missing,
        }));
    }

    /// Remembers what a change is about.
    fn note(&mut self, step: &SchemaStep) {
        let (file, kind, creates) = match step {
            SchemaStep::Change(change) => {
                let Some((kind, creates)) = sort_of(&change.kind) else { return };
                (change.span.file, kind, creates)
            }
            SchemaStep::Guarded(guarded) => (guarded.span.file, EffectKind::Alters, None),
        };
        let uncertain = self.uncertain > 0;
        if let Some(program) = &mut self.program {
            program.effects.push(Effect { file, kind, creates, uncertain });
        }
    }
}

fn sort_of(kind: &ChangeKind) -> Option<(EffectKind, Option<TableName>)> {
    use ChangeKind as K;
    Some(match kind {
        K::CreateTable(create) if create.temporary => return None,
        K::CreateTable(create) => (EffectKind::Creates, Some(create.table.clone())),
        K::CreateView { .. } | K::CreateEnum { .. } | K::CreateIndex { .. } => (EffectKind::Creates, None),
        // What makes room for a new declaration, and what is no column.
        K::DropIndex { .. }
        | K::DropView { .. }
        | K::Policy { .. }
        | K::RowSecurity { .. }
        | K::AddConstraint { .. }
        | K::AttachPartition { .. } => return None,
        _ => (EffectKind::Alters, None),
    })
}

fn is_handle(parameter: &Parameter) -> bool {
    is_connection_name(&parameter.name)
}

/// What an entry is given: a connection where the name says so.
fn handle<'a>(parameter: &Parameter) -> Value<'a> {
    if is_handle(parameter) { Value::Connection } else { Value::Unknown }
}

fn value_span(file: FileId, _: &super::value::Frame<'_>) -> Span {
    Span::file_start(file)
}
