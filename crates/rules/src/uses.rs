//! What the code of the client does with the properties of its types: what the rules ask, and how they say it.

use alignment_model::Span;
use alignment_model::entity::{Entity, EntityId};
use alignment_model::finding::End;

use crate::Context;
use crate::places::end;

/// What client code does with a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It needs a value at this place, and asks about none before.
    Breaks(Span),
    /// It reads it.
    Read,
    /// No code reads a property of that name.
    Unread,
}

/// The code of the client, of which only what is asked about is read.
pub trait ClientCode {
    /// What is done with a property of a type. A property is known by its name alone; where it is used in many places, those in files
    /// that name the type or are near to one that does are meant.
    fn used(&self, client: &Entity, property: &str) -> Use;

    /// The first place where such a property is added to something that is no text, or asked for a method of numbers.
    fn needs_number(&self, client: &Entity, property: &str) -> Option<Span>;
}

/// A line of client code as an end of a finding about a type.
pub(crate) fn use_end(context: &Context<'_>, client: EntityId, label: &str, span: Span) -> End {
    End { span, is_use: true, ..end(context, client, label) }
}
