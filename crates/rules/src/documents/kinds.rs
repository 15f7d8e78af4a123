//! Types as the JSON they carry. A document says `string` with a format where the code names a class.

use std::collections::BTreeSet;

use alignment_graph::ContractGraph;
use alignment_model::shape::{Shape, Value};

/// A kind of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Boolean,
    Integer,
    Number,
    /// Text without a form that is told, or with one that documents do not tell.
    Text,
    Moment,
    Day,
    Id,
    Array,
    Object,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Text => "string",
            Kind::Moment => "date-time",
            Kind::Day => "date",
            Kind::Id => "uuid",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }

    fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::Moment | Kind::Day | Kind::Id)
    }
}

/// The kinds that a shape admits, null aside. `None` where any of them is not known, or depends on the version of a library.
pub(super) fn kinds(graph: &ContractGraph, shape: &Shape, depth: usize) -> Option<BTreeSet<Kind>> {
    let one = |kind| Some(BTreeSet::from([kind]));
    match shape {
        _ if depth > MAX_DEPTH => None,
        Shape::Bool => one(Kind::Boolean),
        Shape::Int(_) => one(Kind::Integer),
        Shape::Float | Shape::Number => one(Kind::Number),
        Shape::Text => one(Kind::Text),
        Shape::DateTime(_) => one(Kind::Moment),
        Shape::Date => one(Kind::Day),
        Shape::Uuid => one(Kind::Id),
        Shape::List(_) => one(Kind::Array),
        Shape::Map(..) | Shape::Object(_) => one(Kind::Object),
        Shape::Null => Some(BTreeSet::new()),
        Shape::Literals(values) => values.iter().map(kind_of).collect(),
        Shape::Enum(declared) => declared.values.is()?.iter().map(kind_of).collect(),
        Shape::Ref(reference) => {
            let mut declared = graph.declared_by(reference.target.as_ref()?).map(|(_, entity)| entity);
            declared.any(super::schemas::is_object).then(|| BTreeSet::from([Kind::Object]))
        }
        Shape::OneOf(members) => {
            let all: Option<Vec<_>> = members.iter().map(|member| kinds(graph, member, depth + 1)).collect();
            Some(all?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

const MAX_DEPTH: usize = 16;

fn kind_of(value: &Value) -> Option<Kind> {
    match value {
        Value::Text(_) => Some(Kind::Text),
        Value::Number(number) if number.contains(['.', 'e', 'E']) => Some(Kind::Number),
        Value::Number(_) => Some(Kind::Integer),
        Value::Bool(_) => Some(Kind::Boolean),
        Value::Null => None,
    }
}

/// Whether two sets of kinds are of different values. Text with a form and text without one are the same: a document need not tell it.
pub(super) fn differ(code: &BTreeSet<Kind>, document: &BTreeSet<Kind>) -> bool {
    if code.is_empty() || document.is_empty() || code == document {
        return false;
    }
    let plain = |kinds: &BTreeSet<Kind>| -> BTreeSet<Kind> {
        kinds.iter().map(|kind| if kind.is_text() { Kind::Text } else { *kind }).collect()
    };
    if plain(code) != plain(document) {
        return true;
    }
    let formats = |kinds: &BTreeSet<Kind>| -> BTreeSet<Kind> {
        kinds.iter().copied().filter(|kind| kind.is_text()).collect()
    };
    let (code, document) = (formats(code), formats(document));
    !code.contains(&Kind::Text) && !document.contains(&Kind::Text) && code != document
}

/// `string or null`.
pub(super) fn words(kinds: &BTreeSet<Kind>) -> String {
    kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" or ")
}

/// The values of a closed list, also of the elements of a list.
pub(crate) fn values(shape: &Shape) -> Option<&[Value]> {
    match shape {
        Shape::List(inner) => values(inner),
        Shape::OneOf(members) => {
            let mut rest = members.iter().filter(|member| **member != Shape::Null);
            let only = rest.next().filter(|_| rest.next().is_none())?;
            values(only)
        }
        other => other.values(),
    }
}

/// Whether a shape says that a value is text or a list of texts, without saying which.
pub(super) fn is_open_text(shape: &Shape) -> bool {
    match shape {
        Shape::Text => true,
        Shape::List(inner) => is_open_text(inner),
        _ => false,
    }
}

/// The values of one set that another does not have.
pub(crate) fn beyond(these: &[Value], those: &[Value]) -> Vec<String> {
    these.iter().filter(|value| !those.contains(value)).map(Value::plain).collect()
}
