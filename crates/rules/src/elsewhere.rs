//! A client type that is the contract of several answers: what one of them lacks, another may bring.

use alignment_graph::{Link, LinkKind, references};
use alignment_model::Layer;
use alignment_model::entity::{Answers, Entity, EntityId, FieldId, FieldKind};

use crate::Context;
use crate::places::{field, is_shown};

/// Whether a property of the client's type arrives with some other answer.
pub(crate) fn travels_elsewhere(context: &Context<'_>, link: &Link, at: u32) -> bool {
    comes(context, FieldId { entity: link.upper, field: at })
}

fn comes(context: &Context<'_>, property: FieldId) -> bool {
    let known = context.graph.fields_below(property);
    known
        .iter()
        .any(|other| other.link.kind == LinkKind::Delivers && other.link.flow.read && is_shown(other.link))
}

/// Whether an answer brings, or may bring, a property that a request carries back: one of its type, or of the type that this one takes the
/// property from (`Omit<T, "id"> & ...`).
pub(crate) fn comes_first(context: &Context<'_>, link: &Link, at: u32) -> Option<Elsewhere> {
    let own = FieldId { entity: link.upper, field: at };
    let span = field(context, link.upper, at)?.span;
    let project = context.graph.project();
    let same = |(id, entity): (EntityId, &Entity)| {
        let place = (0..).zip(&entity.fields).find(|(_, field)| field.span == span)?;
        (id != link.upper).then_some(FieldId { entity: id, field: place.0 })
    };
    let origins = project.layer(Layer::Client).filter_map(same);
    // The answer of a call that meets no operation is some answer too.
    let brings = |one: FieldId| {
        let unmet = || answers(context, one.entity, |operations| operations.is_empty());
        Elsewhere::of_property(context, one).or_else(|| unmet().then_some(Elsewhere::MayCome))
    };
    std::iter::once(own).chain(origins).filter_map(brings).min()
}

/// Which other answers of a client's type bring a property that one does not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Elsewhere {
    /// At least one does.
    Comes,
    /// What one of them holds is not known.
    MayCome,
}

impl Elsewhere {
    /// None where no other answer can bring a property.
    pub(crate) fn of(context: &Context<'_>, link: &Link, at: u32) -> Option<Self> {
        Self::of_property(context, FieldId { entity: link.upper, field: at })
    }

    fn of_property(context: &Context<'_>, property: FieldId) -> Option<Self> {
        if comes(context, property) {
            return Some(Self::Comes);
        }
        let is_untold = |operation| {
            let mut carried = context.graph.below(operation).into_iter();
            !carried.any(|one| one.kind == LinkKind::Carries && one.flow.read)
        };
        let mut calls = context.graph.below(property.entity).into_iter();
        let may_come = calls.any(|one| one.kind == LinkKind::Calls && one.flow.read && is_untold(one.lower))
            || answers_untold(context, property.entity);
        may_come.then_some(Self::MayCome)
    }

    /// What the other answers do, before what they bring.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Comes => "other answers of this type bring",
            Self::MayCome => "other answers of this type may bring",
        }
    }
}

/// Whether a call takes a client's type for the answer of an operation that declares none.
fn answers_untold(context: &Context<'_>, client: EntityId) -> bool {
    let project = context.graph.project();
    let is_untold = |operation: &EntityId| {
        let entity = project.entity(*operation);
        let gives = entity.operation().map(|operation| operation.serving.answers);
        !matches!(gives, Some(Answers::Nothing | Answers::Message))
            && !entity.fields.iter().any(|field| field.kind == FieldKind::Response)
    };
    answers(context, client, |operations| operations.iter().any(is_untold))
}

/// Whether a client's type is the answer of a call that meets such operations.
fn answers(context: &Context<'_>, client: EntityId, are_such: impl Fn(&[EntityId]) -> bool) -> bool {
    let project = context.graph.project();
    let key = project.entity(client).declaration.as_ref();
    project.calls.iter().enumerate().any(|(at, call)| {
        let mut named = Vec::new();
        call.response.iter().for_each(|declared| references(&declared.shape, &mut named));
        named.iter().any(|reference| reference.target.is_some() && reference.target.as_ref() == key)
            && are_such(&context.graph.operations_of_call(at).map(|(id, _)| id).collect::<Vec<_>>())
    })
}
