//! Where a field that a client reads is stored.

use alignment_graph::{ContractGraph, LinkKind};
use alignment_model::entity::{Field, FieldId, FieldKind};

use crate::places::is_shown;

/// A column of a model that fills a field of a response, and the field of its table where migrations made one.
pub(crate) struct Stored<'g> {
    /// Which attribute.
    pub(crate) id: FieldId,
    /// The attribute.
    pub(crate) attribute: &'g Field,
    /// The column.
    pub(crate) column: Option<&'g Field>,
}

/// The column that fills a field of a schema; none where several do, so that what one says may not be true of all.
pub(crate) fn stored(graph: &ContractGraph, field: FieldId) -> Option<Stored<'_>> {
    let fills =
        |link: &alignment_graph::Link| link.kind == LinkKind::Fills && link.flow.read && link.flow.shown;
    let below = graph.fields_below(field).into_iter();
    let mut below = below.filter(|below| fills(below.link) && is_shown(below.link));
    let (found, other) = (below.next()?, below.next());
    let attribute = graph.field(found.field).filter(|attribute| attribute.kind == FieldKind::Column)?;
    let column = graph.fields_below(found.field).into_iter().find(|below| below.link.kind == LinkKind::Maps);
    let column = column.and_then(|column| graph.field(column.field));
    other.is_none().then_some(Stored { id: found.field, attribute, column })
}
