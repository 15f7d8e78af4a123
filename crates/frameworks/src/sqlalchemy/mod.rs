//! What SQLAlchemy's constructors say, wherever they stand: in models, in `Table(...)`, in Alembic operations.
//!
//! | module | reads | gives |
//! |---|---|---|
//! | `types` | `String(50)`, `Enum(Status)`, own `TypeDecorator`s | the database type, the shape of values, labels |
//! | `columns` | `Column(...)`, `mapped_column(...)` | what the call says, before defaults of the two styles apply |
//! | `generated` | `Identity(...)`, `Computed(...)` | how the database fills a column |
//! | `naming` | a `naming_convention` | names of constraints and indexes |
//! | `server_defaults` | `server_default=` | SQL text |
//! | `constraints` | `ForeignKey(...)`, `UniqueConstraint(...)`, `CheckConstraint(...)`, ... | constraints |
//!
//! Sources: SQLAlchemy 2.0 documentation, "Column and Data Types", "Defining Constraints and Indexes", "Column INSERT/UPDATE
//! Defaults"; the PostgreSQL type compiler of SQLAlchemy 2.0.
//!
//! Deliberately absent: nullability, which the two declarative styles decide differently (`crate::orm`), and the order of
//! columns.

use alignment_model::code::{Call, Expr};
use alignment_model::{FileId, TextRange, Why};

use crate::python::{Constant, Locals, Names, Target};

pub mod columns;
pub mod constraints;
pub(crate) mod decorators;
pub(crate) mod enums;
pub mod generated;
mod md5;
pub(crate) mod naming;
pub mod server_defaults;
mod type_table;
pub mod types;

/// Where an expression stands, and the values of local names there.
#[derive(Clone, Copy)]
pub struct At<'n, 'a, 's> {
    /// The project's names.
    pub names: &'n Names<'a>,
    /// The file.
    pub file: FileId,
    /// Dotted path of the class or function around it; empty at module level.
    pub scope: &'s str,
    /// Values of local names.
    pub locals: &'s Locals,
}

/// No local names.
pub static NO_LOCALS: Locals = Locals::new();

impl<'n, 'a, 's> At<'n, 'a, 's> {
    /// A place without local names.
    pub fn new(names: &'n Names<'a>, file: FileId, scope: &'s str) -> Self {
        Self { names, file, scope, locals: &NO_LOCALS }
    }

    /// What an expression stands for here.
    pub fn resolve(&self, expr: &Expr) -> Target<'a> {
        self.names.resolve(self.file, self.scope, expr)
    }

    /// The dotted path of what is called, if it is outside the repository.
    pub fn callee(&self, call: &Call) -> Option<String> {
        match self.resolve(&call.callee) {
            Target::External(path) => Some(path),
            _ => None,
        }
    }

    /// The value of an expression here.
    pub fn fold(&self, expr: &Expr) -> Constant {
        self.names.fold_with(self.file, self.scope, expr, self.locals)
    }

    /// The truth value of a keyword, if given and known; the reason if given and not known.
    pub fn flag(&self, call: &Call, keyword: &str) -> Result<Option<bool>, Why> {
        match call.keyword(keyword).map(|value| self.fold(value)) {
            None | Some(Constant::None) => Ok(None),
            Some(Constant::Bool(value)) => Ok(Some(value)),
            Some(Constant::Unknown(why)) => Err(why),
            Some(other) => other.truth().map(Some).ok_or(Why::DynamicExpression),
        }
    }

    /// The text of a keyword, if given and known.
    pub fn text(&self, call: &Call, keyword: &str) -> Option<Box<str>> {
        match self.fold(call.keyword(keyword)?) {
            Constant::Text(text) => Some(text),
            _ => None,
        }
    }

    /// An expression as written, white space folded.
    pub fn written(&self, expr: &Expr) -> Box<str> {
        self.written_range(expr.range)
    }

    /// The text of a range, white space folded.
    pub fn written_range(&self, range: TextRange) -> Box<str> {
        let text = self.names.input().sources.text(self.file);
        let text = text.get(range.to_usize()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ").into()
    }
}
