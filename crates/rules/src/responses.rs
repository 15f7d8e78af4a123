//! What responses read from models as it is stored: the pairs of column and response field between which no code of the
//! project stands.

use alignment_graph::{Link, LinkKind, Pair};
use alignment_model::Severity;
use alignment_model::entity::{Detail, Entity, Field};

use crate::Context;
use crate::persistence::is_column;
use crate::places::{entities, fields, is_shown};

/// A column and the response field that takes its value.
#[derive(Clone, Copy)]
pub(crate) struct Read<'c> {
    pub(crate) link: &'c Link,
    pub(crate) pair: &'c Pair,
    pub(crate) model: &'c Entity,
    pub(crate) attribute: &'c Field,
    pub(crate) schema: &'c Entity,
    pub(crate) field: &'c Field,
}

/// Every pair whose value is stored, loaded and validated by the field's own type.
pub(crate) fn reads<'c>(context: &'c Context<'_>) -> Vec<Read<'c>> {
    let mut out = Vec::new();
    for link in context.graph.links(LinkKind::Fills).filter(|link| link.flow.read && is_shown(link)) {
        let (model, schema) = entities(context, link);
        if reads_by_code(schema) || converts_input(schema) {
            continue;
        }
        for pair in link.pairs.iter().filter(|pair| !link.filled_by_code.contains(&pair.upper)) {
            let Some((attribute, field)) = fields(context, link, pair) else { continue };
            if is_column(attribute) && !field.converted {
                out.push(Read { link, pair, model, attribute, schema, field });
            }
        }
    }
    out
}

/// The version of Pydantic that a schema is of, where that is known.
pub(crate) fn pydantic(schema: &Entity) -> Option<u8> {
    match &schema.detail {
        Detail::Schema(detail) => detail.pydantic,
        _ => None,
    }
}

/// Whether a validator or serializer of the whole schema may change what it takes and gives.
pub(crate) fn code_decides(schema: &Entity) -> bool {
    matches!(&schema.detail, Detail::Schema(detail) if detail.code_decides)
}

/// Whether code stands between a model's attributes and the fields that are read from them, so that names tell nothing.
pub(crate) fn reads_by_code(schema: &Entity) -> bool {
    matches!(&schema.detail, Detail::Schema(detail) if detail.code_decides || detail.getter)
}

/// Whether code sees the whole of what is given before the fields do.
pub(crate) fn converts_input(schema: &Entity) -> bool {
    matches!(&schema.detail, Detail::Schema(detail) if detail.input_converted)
}

/// How much it weighs that a schema refuses what a model may hold. Code that writes every field by hand may have looked at the
/// value before; where no route answers with the result, what fails is not a response, and nobody gets to a route that nothing mounts.
pub(crate) fn weight_of_refusal(context: &Context<'_>, link: &Link) -> Severity {
    match (link.by_name, context.graph.reach(link.upper).read) {
        _ if context.graph.is_unmounted(link.upper) => Severity::Info,
        (true, _) => Severity::Error,
        (false, Some(_)) => Severity::Warning,
        (false, None) => Severity::Info,
    }
}
