//! A document of the API against the code that declares it: what differs, place by place.
//!
//! | module | compares |
//! |---|---|
//! | `operations` | which operations there are, and what each takes and answers |
//! | `schemas` | two schemas that stand at the same place of one operation, field by field |
//! | `kinds` | two types, as the JSON they carry |
//!
//! Schemas are met on the way from an operation, never by their names alone: FastAPI names a class by its module where two classes of one
//! name are used, by `-Input` and `-Output` where it reads and writes differently, and a generic class by its arguments.
//!
//! Deliberately absent: descriptions, titles, examples, security, and whatever a type says beside the kind of its values.

mod kinds;
mod operations;
mod schemas;

pub(crate) use kinds::{beyond, values};
pub(crate) use schemas::is_documented;

use alignment_model::Span;
use alignment_model::api_document::{ApiDocument, DocumentStanding};
use alignment_model::entity::EntityId;

use crate::Context;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum What {
    /// An operation that the document does not have.
    OperationLacks,
    /// An operation that the code does not have.
    OperationGone,
    /// What an operation takes or answers.
    Operation,
    /// A field that the document does not have.
    FieldLacks,
    /// A field that the code does not have.
    FieldGone,
    /// What a field says.
    Field,
}

impl What {
    /// All, in the order they are told.
    pub(crate) const ALL: [What; 6] = [
        What::OperationLacks,
        What::OperationGone,
        What::Operation,
        What::FieldLacks,
        What::FieldGone,
        What::Field,
    ];
}

/// One difference.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) what: What,
    /// `GET /orders`, `Order.total`.
    pub(crate) subject: String,
    /// What the two say, for people; empty where `what` says it.
    pub(crate) says: String,
    /// The entity of the code, and its field.
    pub(crate) code: Option<(EntityId, Option<u32>)>,
    /// The place in the document.
    pub(crate) document: Option<Span>,
}

impl Difference {
    /// Whether a setting of the generator makes it: one that calls fields with a default required.
    pub(crate) fn is_by_setting(&self) -> bool {
        self.what == What::Field && self.says == schemas::LEFT_OUT
    }
}

/// What a document and the code that it describes do not agree in.
#[derive(Default)]
pub(crate) struct Differences {
    /// What is to be told, in the order of the document.
    pub(crate) told: Vec<Difference>,
    /// Operations that it lacks beside so many others that it leaves them out on purpose.
    pub(crate) left_out: Vec<Difference>,
}

/// Compares a document with the code that it describes. Nothing for a document that describes no code.
pub(crate) fn differences(context: &Context<'_>, document: &ApiDocument) -> Differences {
    let DocumentStanding::Describes(described) = &document.standing else { return Differences::default() };
    let (lacking, is_whole) = operations::lacking(context, described);
    let (mut found, mut left_out) = if is_whole { (lacking, Vec::new()) } else { (Vec::new(), lacking) };
    found.extend(operations::gone(context, document, described));
    found.extend(operations::contents(context, document, described));
    for list in [&mut found, &mut left_out] {
        let mut told = std::collections::HashSet::new();
        list.retain(|one| told.insert((one.what, one.subject.clone(), one.says.clone())));
        list.sort_by(|a, b| (a.what, a.document, &a.subject).cmp(&(b.what, b.document, &b.subject)));
    }
    Differences { told: found, left_out }
}
