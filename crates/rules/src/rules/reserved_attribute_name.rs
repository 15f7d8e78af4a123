//! A mapped attribute with the name that the declarative base keeps for itself.

use std::collections::BTreeSet;

use alignment_model::entity::{Entity, EntityId, EntityKind, Field, FieldKind};
use alignment_model::{Direction, Severity, Span};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{Persistence, model, weight_of_unloaded};
use crate::places::quoted;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "reserved-attribute-name",
    summary: "an attribute called `metadata` cannot be mapped: its module fails to import",
    group: "orm",
    severity: Severity::Error,
    check,
};

/// The name that a declarative class cannot map (SQLAlchemy 1.4 and 2.0, `orm/decl_base.py`, `_extract_mappable_attributes`:
/// "Attribute name 'metadata' is reserved"). `registry` can be mapped.
pub(super) const RESERVED: &str = "metadata";

fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (id, entity) in Persistence::new(context).models() {
        let Some(detail) = model(entity).filter(|detail| !detail.given_table) else { continue };
        if entity.kind != EntityKind::Model {
            continue;
        }
        let is_reserved = |field: &Field| {
            let mapped = matches!(field.kind, FieldKind::Column | FieldKind::Relationship);
            // What a mixin brings is refused in some orders of bases and hidden in others.
            &*field.name == RESERVED && mapped && (field.declared_in.is_none() || detail.is_schema)
        };
        for (at, field) in (0..).zip(&entity.fields).filter(|(_, field)| is_reserved(field)) {
            if seen.insert(field.span) {
                findings.add(draft(context, (id, at), entity, field));
            }
        }
    }
}

fn draft(context: &Context<'_>, (id, at): (EntityId, u32), entity: &Entity, field: &Field) -> Draft {
    let (severity, unloaded) = weight_of_unloaded(context, Severity::Error, &[id]);
    let message = format!(
        "{} cannot be mapped: the name is reserved, and the module that declares `{}` fails to import{unloaded}",
        quoted(entity, field),
        entity.name
    );
    let column = field.wire_name.is().unwrap_or(&field.name);
    let help = match field.kind {
        FieldKind::Column => {
            format!(
                "name the attribute otherwise and keep the column, as in `extra_metadata = Column(\"{column}\", ...)`"
            )
        }
        _ => "name the attribute otherwise".to_owned(),
    };
    Draft::new(severity, message)
        .direction(Direction::Both)
        .help(help)
        .witness(
            "`class` statement: sqlalchemy.exc.InvalidRequestError: Attribute name 'metadata' is reserved when using the Declarative API.",
        )
        .field(context, id, at, "reserved by the declarative base")
}
