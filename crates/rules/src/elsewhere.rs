//! A client type that is the contract of several answers: what one of them lacks, another may bring.

use alignment_graph::{Link, LinkKind};
use alignment_model::entity::FieldId;

use crate::Context;
use crate::places::is_shown;

/// Whether a property of the client's type arrives with some other answer.
pub(crate) fn travels_elsewhere(context: &Context<'_>, link: &Link, at: u32) -> bool {
    let known = context.graph.fields_below(FieldId { entity: link.upper, field: at });
    known
        .iter()
        .any(|other| other.link.kind == LinkKind::Delivers && other.link.flow.read && is_shown(other.link))
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
        if travels_elsewhere(context, link, at) {
            return Some(Self::Comes);
        }
        let is_untold = |operation| {
            let mut carried = context.graph.below(operation).into_iter();
            !carried.any(|one| one.kind == LinkKind::Carries && one.flow.read)
        };
        let mut calls = context.graph.below(link.upper).into_iter();
        calls
            .any(|one| one.kind == LinkKind::Calls && one.flow.read && is_untold(one.lower))
            .then_some(Self::MayCome)
    }

    /// What the other answers do, before what they bring.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Comes => "other answers of this type bring",
            Self::MayCome => "other answers of this type may bring",
        }
    }
}
