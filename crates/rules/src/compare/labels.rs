//! What an enumeration of the models stores, against what its column takes.
//!
//! SQLAlchemy stores the member names of a Python enumeration, and their values where `values_callable` gives those; it refuses to
//! load any other text with a `LookupError` (SQLAlchemy 2.0, "Enum").

use alignment_model::entity::Field;
use alignment_model::shape::{Shape, Value};
use alignment_model::{Known, Severity};

use super::values::{beyond, closed};

/// An enumeration of the models and its column.
pub(crate) struct Labels<'c> {
    /// The labels that the model stores.
    pub(crate) stored: &'c [Value],
    /// The values of the members, in the same order, where both are known.
    members: Option<&'c [Value]>,
    /// What the column takes; `None` for any text.
    pub(crate) taken: Option<Vec<Value>>,
    /// The column is of an enumeration of the database, which can never lose a label.
    pub(crate) native: bool,
}

impl<'c> Labels<'c> {
    /// The labels of an attribute, where it is an enumeration and its labels are known.
    pub(crate) fn of(column: &'c Field, attribute: &'c Field) -> Option<Self> {
        let (above, below) = (element(&attribute.ty.shape), element(&column.ty.shape));
        let Known::Is(Some(stored)) = &attribute.values else { return None };
        if stored.is_empty() || !matches!(above, Shape::Enum(_) | Shape::Literals(_)) {
            return None;
        }
        let members = above.values().filter(|values| values.len() == stored.len());
        let taken = closed(column, below).filter(|taken| !taken.is_empty());
        Some(Self { stored, members, taken, native: matches!(below, Shape::Enum(_)) })
    }

    /// Labels that the model stores and the column refuses.
    pub(crate) fn refused(&self) -> Vec<&Value> {
        self.taken.as_ref().map(|taken| beyond(self.stored, taken)).unwrap_or_default()
    }

    /// Values that the column may hold and the model cannot load.
    pub(crate) fn unknown(&self) -> Vec<&Value> {
        self.taken.as_ref().map(|taken| beyond(taken, self.stored)).unwrap_or_default()
    }

    /// The label of each member that the column has under the member's other word: its value instead of its name, or its name
    /// instead of its value.
    pub(crate) fn swapped(&self) -> Vec<(&Value, &Value)> {
        let (Some(taken), Some(members)) = (&self.taken, self.members) else { return Vec::new() };
        let pairs = self.stored.iter().zip(members);
        pairs.filter(|(label, value)| !taken.contains(label) && taken.contains(value)).collect()
    }

    /// The label that is stored for the member with this value, where that is another word.
    pub(crate) fn label_of(&self, value: &Value) -> Option<&Value> {
        if self.stored.contains(value) {
            return None;
        }
        let mut pairs = self.stored.iter().zip(self.members?);
        pairs.find(|(_, member)| *member == value).map(|(label, _)| label)
    }
}

/// How much a default of the database weighs that is not what the model says or can load: SQLAlchemy itself leaves the column to it only where the
/// model says `server_default` and no `default`; else only other statements, and rows from before the column, meet it.
pub(crate) fn weight_of_default(attribute: &Field) -> Severity {
    let left_to_database = matches!(attribute.server_default, Known::Is(Some(_)));
    if left_to_database && attribute.default == Known::Is(None) { Severity::Error } else { Severity::Warning }
}

/// The shape of the elements of an array, else the shape itself.
fn element(shape: &Shape) -> &Shape {
    match shape {
        Shape::List(element) => element,
        other => other,
    }
}
