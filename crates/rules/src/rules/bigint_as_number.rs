//! Whole numbers of 64 bits that a client keeps in a `number`, which has 53.

use alignment_graph::{Link, LinkKind, Pair, is_generated};
use alignment_model::database::Generated;
use alignment_model::entity::Field;
use alignment_model::shape::Shape;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::{be, count, entities, fields, is_shown, listed};
use crate::stored::{Stored, stored};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "bigint-as-number",
    summary: "a column of 64-bit integers reaches a client that keeps it in a `number`, which loses digits from 2^53 on",
    group: "frontend",
    severity: Severity::Info,
    check,
};

/// Columns that one finding shows.
const SHOWN: usize = 8;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link) && link.flow.read) {
        if is_generated(entities(context, link).1) && link.passages.is_empty() {
            continue;
        }
        let mut wide: Vec<(&Pair, &Field, Stored<'_>)> = Vec::new();
        for pair in &link.pairs {
            let Some((field, property)) = fields(context, link, pair) else { continue };
            let whole = matches!(field.sent_type().shape, Shape::Int(_))
                && matches!(property.ty.shape, Shape::Number);
            if let Some(stored) = stored(context.graph, link.lower_field(pair)).filter(|_| whole)
                && is_wide(&stored)
            {
                wide.push((pair, property, stored));
            }
        }
        if !wide.is_empty() {
            findings.add(draft(context, link, &wide));
        }
    }
}

/// Whether a column takes 64 bits and is not counted up by the database, or refers to one that is: those stay small.
fn is_wide(stored: &Stored<'_>) -> bool {
    let wide = |field: &Field| matches!(field.ty.shape, Shape::Int(Some(64)));
    let counted = |field: &Field| {
        let column = &field.column;
        column.primary_key || column.foreign_key || column.generated != Generated::No
    };
    let all = [Some(stored.attribute), stored.column];
    let known = all.into_iter().flatten();
    known.clone().any(wide) && !known.clone().any(counted)
}

fn draft(context: &Context<'_>, link: &Link, wide: &[(&Pair, &Field, Stored<'_>)]) -> Draft {
    let (_, client) = entities(context, link);
    let message = format!(
        "{} of 64 bits {} kept in a `number` of `{}`, which loses digits from 2^53 on: {}",
        count(wide.len(), "column"),
        be(wide.len()),
        client.name,
        listed(wide.iter().map(|(_, property, _)| &*property.name))
    );
    let draft = Draft::over(context, link, Severity::Info, message)
        .direction(Direction::Read)
        .gathers_of(&client.name, wide.iter().map(|(_, property, _)| &*property.name))
        .help("send such a number as text where it may exceed 9007199254740991 (2^53 - 1)")
        .witness("`9007199254740993` arrives; `JSON.parse` makes 9007199254740992 of it");
    wide.iter().take(SHOWN).fold(draft, |draft, (pair, _, stored)| {
        let draft = draft.field(context, link.upper, pair.upper, "53 bits");
        draft.field(context, stored.id.entity, stored.id.field, "64 bits")
    })
}
