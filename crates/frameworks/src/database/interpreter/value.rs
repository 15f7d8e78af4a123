//! What an expression of a migration is, as far as the schema can depend on it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::Function;
use alignment_model::database::Index;
use alignment_model::entity::{Constraint, TableName};
use alignment_model::schema_change::CreateTable;
use alignment_model::shape::DeclarationKey;

use super::failures::Failure;
use crate::python::{Constant, Locals, Target};
use crate::sqlalchemy::columns::ColumnCall;
use crate::sqlalchemy::types::ColumnType;

/// A value. What is not known is [`Value::Unknown`]; what is known to be something the schema cannot depend on is
/// [`Value::Object`].
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// Text, with holes for parts that are not known.
    Text(Text),
    /// A list, tuple or set.
    List(List<'a>),
    /// A dictionary, in order.
    Map(Rc<Vec<(Value<'a>, Value<'a>)>>),
    /// A member of an enumeration: its class, its name, its value.
    EnumMember(DeclarationKey, Box<str>, Constant),
    /// A function of the repository, or a lambda.
    Function(FunctionValue<'a>),
    /// A class of the repository.
    Class(DeclarationKey),
    /// A named tuple without a class statement: the names of its fields.
    RecordClass(Rc<[Box<str>]>),
    /// A module or package of the repository.
    Module(Rc<Target<'a>>),
    /// Something outside the repository, by its dotted path.
    External(Rc<str>),
    /// SQL text: `text("...")`, `func.now()`.
    Sql(Text),
    /// A type of SQLAlchemy.
    Type(Rc<ColumnType>),
    /// `Column(...)`.
    Column(Rc<ColumnValue>),
    /// A constraint of a table, and whether its name is final: one of `op.f`.
    Constraint(Rc<Constraint>, bool),
    /// `Index(...)`, of a table whose name it does not know yet.
    Index(Rc<Index>),
    /// `Table(...)`, made but not created.
    Table(Rc<CreateTable>),
    /// `op` inside `batch_alter_table`: the table it changes.
    Batch(TableName),
    /// A connection, engine, session or migration context.
    Connection,
    /// Its dialect.
    Dialect,
    /// What looks at the schema.
    Inspector,
    /// `MetaData()`, `Base.metadata`.
    Metadata,
    /// What a query gives back.
    Rows(Rc<str>),
    /// One row of it, or nothing.
    Row(Rc<str>),
    /// Something that only the schema decides, and that it does not decide now.
    Undecided,
    /// A cursor of the DB-API, with what its last statement gave.
    Cursor(Rc<RefCell<Value<'a>>>),
    /// One row whose values are known, or known not to matter.
    Record(Rc<Record<'a>>),
    /// An object of a class of the repository.
    Instance(Rc<Instance<'a>>),
    /// What a database raised, in a handler.
    Failure(Rc<Failure>),
    /// A file of the repository, by its path from the root.
    Path(Rc<str>),
    /// Made by a package, by the dotted path of what made it: the schema does not depend on it.
    Object(Rc<str>),
    /// Not known.
    Unknown,
}

/// Text, and where it stands in a file as it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) text: Rc<str>,
    pub(super) origin: Option<(FileId, usize)>,
    /// A name that no convention changes any more (`op.f`).
    pub(super) is_final: bool,
}

/// Items in order.
#[derive(Clone, Debug)]
pub(super) struct List<'a> {
    pub(super) items: Rc<Vec<Value<'a>>>,
    /// There may be more that are not known.
    pub(super) open: bool,
}

/// One row: the names of its columns, and its values.
#[derive(Clone, Debug)]
pub(super) struct Record<'a> {
    pub(super) names: Vec<Box<str>>,
    pub(super) values: Vec<Value<'a>>,
}

/// An object: its class, and the attributes that were set so far.
#[derive(Debug)]
pub(super) struct Instance<'a> {
    pub(super) class: DeclarationKey,
    pub(super) attributes: RefCell<HashMap<Box<str>, Value<'a>>>,
}

/// A function with the names around it.
#[derive(Clone, Debug)]
pub(super) struct FunctionValue<'a> {
    pub(super) file: FileId,
    /// Dotted path, for the names that its body sees.
    pub(super) path: Rc<str>,
    pub(super) function: &'a Function,
    /// The frame in which it was defined, for a function inside a function.
    pub(super) closure: Option<Rc<Frame<'a>>>,
    /// The object or class that it is a method of: its first argument.
    pub(super) receiver: Option<Rc<Value<'a>>>,
}

/// `Column(...)`, with what only the table it stands in makes of it.
#[derive(Clone, Debug)]
pub(super) struct ColumnValue {
    pub(super) column: ColumnCall,
    /// `autoincrement=True`.
    pub(super) autoincrement: bool,
    /// `Identity(...)`.
    pub(super) identity: bool,
    pub(super) file: FileId,
}

/// The local names of one call.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) file: FileId,
    /// Dotted path of the function; empty at module level.
    pub(super) scope: Rc<str>,
    pub(super) names: RefCell<HashMap<Box<str>, Value<'a>>>,
    /// Names whose value depends on what the schema was asked.
    pub(super) asked: RefCell<HashSet<Box<str>>>,
    /// The frame of the function around it.
    pub(super) parent: Option<Rc<Frame<'a>>>,
}

impl Text {
    pub(super) fn new(text: impl Into<Rc<str>>) -> Self {
        Self { text: text.into(), origin: None, is_final: false }
    }
}

impl<'a> Value<'a> {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Value::Text(Text::new(text))
    }

    pub(super) fn list(items: Vec<Value<'a>>) -> Self {
        Value::List(List { items: Rc::new(items), open: false })
    }

    pub(super) fn object(path: &str) -> Self {
        Value::Object(path.into())
    }

    /// The text, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(&text.text),
            // A member of an enumeration that is also a `str`.
            Value::EnumMember(_, _, Constant::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A truth value that the schema may have left open.
    pub(super) fn decided(value: Option<bool>) -> Self {
        value.map_or(Value::Undecided, Value::Bool)
    }

    /// Whether Python takes it for true, where that is known.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Value::None => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Int(value) => Some(*value != 0),
            Value::Text(text) => Some(!text.text.is_empty()),
            Value::List(list) if !list.items.is_empty() => Some(true),
            Value::List(list) => (!list.open).then_some(false),
            Value::Map(entries) => Some(!entries.is_empty()),
            Value::Instance(_) => None,
            Value::Unknown | Value::Undecided | Value::Rows(_) | Value::Row(_) | Value::Object(_) => None,
            _ => Some(true),
        }
    }

    /// Whether two values are equal, where that is known.
    pub(super) fn equals(&self, other: &Value<'a>) -> Option<bool> {
        match (self, other) {
            (Value::None, Value::None) => Some(true),
            (Value::Bool(a), Value::Bool(b)) => Some(a == b),
            (Value::Int(a), Value::Int(b)) => Some(a == b),
            (Value::Text(a), Value::Text(b)) => {
                let hole = |text: &str| text.contains(alignment_model::schema_change::HOLE);
                (!hole(&a.text) && !hole(&b.text)).then(|| a.text == b.text)
            }
            (Value::List(a), Value::List(b)) if !a.open && !b.open => {
                if a.items.len() != b.items.len() {
                    return Some(false);
                }
                let pairs = a.items.iter().zip(b.items.iter()).map(|(a, b)| a.equals(b));
                let pairs: Vec<Option<bool>> = pairs.collect();
                match pairs.contains(&Some(false)) {
                    true => Some(false),
                    false => pairs.iter().all(Option::is_some).then_some(true),
                }
            }
            (Value::EnumMember(a, x, _), Value::EnumMember(b, y, _)) => Some(a == b && x == y),
            (a, b) if a.is_settled() && b.is_settled() => Some(false),
            _ => None,
        }
    }

    /// Whether it is a plain value of a kind that never equals another kind.
    fn is_settled(&self) -> bool {
        matches!(
            self,
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::List(_) | Value::Map(_)
        )
    }

    /// As a constant, for what reads constants.
    pub(super) fn constant(&self) -> Option<Constant> {
        Some(match self {
            Value::None => Constant::None,
            Value::Bool(value) => Constant::Bool(*value),
            Value::Int(value) => Constant::Int(*value),
            Value::Text(text) if !text.text.contains(alignment_model::schema_change::HOLE) => {
                Constant::Text((&*text.text).into())
            }
            Value::List(list) if !list.open => {
                Constant::List(list.items.iter().map(Value::constant).collect::<Option<_>>()?)
            }
            Value::Map(entries) => {
                let pair = |(key, value): &(Value<'a>, Value<'a>)| Some((key.constant()?, value.constant()?));
                Constant::Map(entries.iter().map(pair).collect::<Option<_>>()?)
            }
            Value::EnumMember(class, name, value) => Constant::EnumMember {
                class: class.clone(),
                name: name.clone(),
                value: Box::new(value.clone()),
            },
            Value::Class(key) => Constant::Declaration(key.clone()),
            _ => return None,
        })
    }

    pub(super) fn from_constant(constant: &Constant) -> Value<'a> {
        match constant {
            Constant::None => Value::None,
            Constant::Bool(value) => Value::Bool(*value),
            Constant::Int(value) => Value::Int(*value),
            Constant::Text(text) => Value::text(&**text),
            Constant::List(items) | Constant::Tuple(items) => {
                Value::list(items.iter().map(Value::from_constant).collect())
            }
            Constant::Map(entries) => Value::Map(Rc::new(
                entries
                    .iter()
                    .map(|(key, value)| (Value::from_constant(key), Value::from_constant(value)))
                    .collect(),
            )),
            Constant::EnumMember { class, name, value } => {
                Value::EnumMember(class.clone(), name.clone(), (**value).clone())
            }
            _ => Value::Unknown,
        }
    }
}

impl<'a> Frame<'a> {
    pub(super) fn new(file: FileId, scope: Rc<str>, parent: Option<Rc<Frame<'a>>>) -> Rc<Self> {
        Rc::new(Self { file, scope, names: RefCell::default(), asked: RefCell::default(), parent })
    }

    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        let mut frame = self;
        loop {
            if let Some(value) = frame.names.borrow().get(name) {
                return Some(value.clone());
            }
            frame = frame.parent.as_deref()?;
        }
    }

    /// Whether the value of a name depends on what the schema was asked.
    pub(super) fn has_asked(&self, name: &str) -> bool {
        let frames = std::iter::successors(Some(self), |frame| frame.parent.as_deref());
        frames.into_iter().any(|frame| frame.asked.borrow().contains(name))
    }

    pub(super) fn set(&self, name: &str, value: Value<'a>) {
        self.names.borrow_mut().insert(name.into(), value);
    }

    /// Gives a new value to a name where it is bound, here or in a frame around; to one of the module, for this frame.
    pub(super) fn replace(&self, name: &str, value: Value<'a>) {
        let mut frame = self;
        loop {
            if let Some(slot) = frame.names.borrow_mut().get_mut(name) {
                *slot = value;
                return;
            }
            match frame.parent.as_deref() {
                Some(parent) => frame = parent,
                None => break,
            }
        }
        self.set(name, value);
    }

    /// The names that are constants, for what reads constants.
    pub(super) fn locals(&self) -> Locals {
        let mut locals = Locals::new();
        let mut frame = Some(self);
        while let Some(current) = frame {
            // The order of a map does not matter to a map.
            #[expect(clippy::iter_over_hash_type, reason = "the result is a map again")]
            for (name, value) in current.names.borrow().iter() {
                if !locals.contains_key(name)
                    && let Some(constant) = value.constant()
                {
                    locals.insert(name.clone(), constant);
                }
            }
            frame = current.parent.as_deref();
        }
        locals
    }
}
