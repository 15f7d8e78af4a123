//! Moments that are stored in UTC without saying so: they reach the browser without an offset, which takes them for local time.

use alignment_graph::{Link, LinkKind, is_generated};
use alignment_model::entity::{Detail, Field, FieldId, FieldKind};
use alignment_model::shape::Shape;
use alignment_model::{Confidence, Direction, Known, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::{be, count, entities, fields, is_shown, listed};
use crate::stored::{Stored, stored};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "datetime-without-timezone",
    summary: "a moment is stored in UTC without a zone and reaches the browser without an offset, which reads it as local time",
    group: "frontend",
    severity: Severity::Warning,
    check,
};

/// Columns that one finding shows.
const SHOWN: usize = 8;

/// One way from a column to a client.
struct Way<'c> {
    link: &'c Link,
    property: u32,
    stored: FieldId,
    name: String,
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    if context.graph.project().moments.offset_added {
        return;
    }
    let mut ways: Vec<Way<'_>> = Vec::new();
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_sure(link)) {
        let (schema, client) = entities(context, link);
        let decided = matches!(&schema.detail, Detail::Schema(detail) if detail.code_decides);
        if decided || is_generated(client) && link.passages.is_empty() {
            continue;
        }
        for pair in &link.pairs {
            let Some((field, property)) = fields(context, link, pair) else { continue };
            let arrives = is_naive(&field.sent_type().shape) != Some(false)
                && property.kind != FieldKind::Method
                && matches!(property.ty.shape, Shape::Text | Shape::DateTime(_));
            let Some(stored) = stored(context.graph, link.lower_field(pair)).filter(|_| arrives) else {
                continue;
            };
            if is_utc(&stored) && !ways.iter().any(|way| way.stored == stored.id) {
                let model = context.graph.project().entity(stored.id.entity);
                let name = format!("{}.{}", model.name, stored.attribute.name);
                ways.push(Way { link, property: pair.upper, stored: stored.id, name });
            }
        }
    }
    if !ways.is_empty() {
        findings.add(draft(context, &ways));
    }
}

fn is_sure(link: &Link) -> bool {
    is_shown(link) && link.flow.read && link.flow.shown && link.confidence() >= Confidence::Resolved
}

/// Whether a type is a moment, and whether it is one without a zone.
fn is_naive(shape: &Shape) -> Option<bool> {
    match shape {
        Shape::DateTime(Known::Is(zoned)) => Some(!zoned),
        Shape::DateTime(_) => None,
        _ => Some(false),
    }
}

/// Whether what is stored is a moment of UTC whose column keeps no zone: code makes it by a function of that name.
fn is_utc(stored: &Stored<'_>) -> bool {
    let kept = |field: &Field| is_naive(&field.ty.shape) == Some(true);
    let by_name = matches!(&stored.attribute.default, Known::Is(Some(made)) if made.text.to_ascii_lowercase().contains("utc"));
    by_name && stored.column.map_or_else(|| kept(stored.attribute), kept)
}

/// One finding for all: the cause is one custom.
fn draft(context: &Context<'_>, ways: &[Way<'_>]) -> Draft {
    let message = format!(
        "{} of UTC {} stored without a zone and {} the client without an offset: {}",
        count(ways.len(), "moment"),
        be(ways.len()),
        if ways.len() == 1 { "reaches" } else { "reach" },
        listed(ways.iter().map(|way| &*way.name))
    );
    let draft = Draft::new(Severity::Warning, message)
        .direction(Direction::Read)
        .gathers(ways.iter().map(|way| &*way.name))
        .help("store them with a zone (`DateTime(timezone=True)`), or answer with `AwareDatetime`")
        .witness(
            "13:45 UTC travels as `\"2026-01-31T13:45:00\"`; `new Date(...)` in Berlin is 12:45 UTC, an hour too early",
        );
    ways.iter().take(SHOWN).fold(draft, |draft, way| {
        let draft = draft.field(context, way.stored.entity, way.stored.field, "UTC, and no zone");
        draft.field(context, way.link.upper, way.property, "read as local time")
    })
}
