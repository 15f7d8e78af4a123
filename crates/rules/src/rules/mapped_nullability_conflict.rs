//! An annotation that says one thing about None, and a column that says the other, at one attribute.

use std::collections::BTreeSet;

use alignment_model::entity::{Entity, EntityId, Field};
use alignment_model::{Direction, Known, Severity, Span};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{Persistence, is_column};
use crate::places::quoted;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "mapped-nullability-conflict",
    summary: "the annotation of an attribute and its `nullable=` disagree about None",
    group: "orm",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    // An attribute of a mixin is one declaration for all its models.
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (model, entity) in Persistence::new(context).models() {
        for (at, attribute) in (0..).zip(&entity.fields).filter(|(_, field)| is_column(field)) {
            let conflict = attribute.column.annotation_disagrees && !attribute.column.primary_key;
            if conflict && seen.insert(attribute.span) {
                findings.add(draft(context, (model, at), entity, attribute));
            }
        }
    }
}

/// `nullable=` decides what the column is (SQLAlchemy 2.0, "Mapped Column Derives the Datatype and Nullability from the Mapped
/// Annotation"), the annotation what code believes.
fn draft(context: &Context<'_>, (model, at): (EntityId, u32), entity: &Entity, attribute: &Field) -> Draft {
    let name = quoted(entity, attribute);
    let draft =
        if attribute.nullable.is_yes() { promised(&name, attribute) } else { refused(&name, attribute) };
    draft.field(context, model, at, "the two disagree here")
}

fn promised(name: &str, attribute: &Field) -> Draft {
    let message =
        format!("{name} is annotated as never None, and its column is nullable: a legal row loads as None");
    Draft::new(Severity::Warning, message)
        .direction(Direction::Read)
        .help("annotate it with `| None`, or make the column NOT NULL")
        .witness(format!(
            "a row with `{}` NULL is legal; loaded, `{}` is None, which the type denies",
            attribute.name, attribute.name
        ))
}

/// An INSERT takes the default for None, an UPDATE does not (see `column-nullability-drift`).
fn refused(name: &str, attribute: &Field) -> Draft {
    let filled = attribute.default != Known::Is(None) || !matches!(attribute.server_default, Known::Is(None));
    let (severity, when) =
        if filled { (Severity::Info, "in an UPDATE") } else { (Severity::Warning, "at flush") };
    let message = format!(
        "{name} is annotated as possibly None, and its column is NOT NULL: the database refuses {when} what the type allows"
    );
    Draft::new(severity, message)
        .direction(Direction::Write)
        .help("take `None` out of the annotation, or make the column nullable")
}
