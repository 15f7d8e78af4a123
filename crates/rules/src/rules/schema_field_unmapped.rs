//! A required field of a response that nothing fills.

use alignment_graph::{Link, LinkKind};
use alignment_model::entity::{Entity, Field, FieldKind, Presence};
use alignment_model::name::did_you_mean;
use alignment_model::shape::Shape;
use alignment_model::{Confidence, Direction, Known, Severity};

use super::Definition;
use super::reserved_attribute_name::RESERVED;
use crate::draft::Draft;
use crate::persistence::is_column;
use crate::places::{entities, field, is_shown, listed, quoted};
use crate::proofs;
use crate::responses::reads_by_code;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "schema-field-unmapped",
    summary: "a response requires a field that its model does not have",
    group: "schema",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for link in context.graph.links(LinkKind::Fills) {
        let (model, schema) = entities(context, link);
        let reads_by_name = link.flow.read && link.by_name && !link.pairs.is_empty() && is_shown(link);
        if !reads_by_name || reads_by_code(schema) || is_only_made(context, link) {
            continue;
        }
        let missing = missing(context, link);
        if missing.is_empty() {
            continue;
        }
        if !model.completeness.is_complete() {
            missing.iter().for_each(|_| findings.withhold(link.upper));
            continue;
        }
        // Where most is missing, the object that is validated is another one than the link says.
        if missing.len() > 2 && missing.len() * 2 > schema.fields.len() {
            findings.add(together(context, link, &missing));
        } else {
            missing.into_iter().for_each(|(at, field)| findings.add(draft(context, link, at, field)));
        }
    }
}

/// Whether nothing but its name says that a schema is filled from the model, and code is seen that makes it otherwise.
fn is_only_made(context: &Context<'_>, link: &Link) -> bool {
    let (_, schema) = entities(context, link);
    let made = |key| context.graph.project().constructed.contains(key);
    link.confidence() < Confidence::Resolved && schema.declaration.as_ref().is_some_and(made)
}

/// Required fields without a partner, but for those that code fills.
fn missing<'c>(context: &'c Context<'_>, link: &Link) -> Vec<(u32, &'c Field)> {
    let (model, _) = entities(context, link);
    let free = link.unpaired_upper(context.graph.project()).into_iter();
    free.filter(|at| !link.filled_by_code.contains(at))
        .filter_map(|at| Some((at, field(context, link.upper, at)?)))
        .filter(|(_, field)| {
            let required = field.presence == Known::Is(Presence::Required);
            field.kind == FieldKind::Field
                && !reads_another(model, field)
                && (required || reads_metadata(field) && never_metadata(field))
        })
        .collect()
}

/// Whether one of several aliases names an attribute of the model, alone or at the head of a path, or is not known: Pydantic tries
/// each in turn (Pydantic 2, "Alias", `AliasChoices`).
fn reads_another(model: &Entity, field: &Field) -> bool {
    match &field.request_names {
        Known::Is(names) => names.iter().any(|name| model.field(name).is_some()),
        Known::Unknown(_) => true,
    }
}

/// Whether a field reads the attribute that every declarative class has: the `MetaData` of its base (SQLAlchemy 2.0, "Declarative
/// Mapping Styles"). It is always there, so that a default of the field never applies.
fn reads_metadata(field: &Field) -> bool {
    field.source_attribute.as_deref().unwrap_or(&field.name) == RESERVED
}

/// Whether a type refuses a `MetaData` for certain: a validator that makes nullability unknown may also make a value of it.
fn never_metadata(field: &Field) -> bool {
    field.nullable.is().is_some()
        && !matches!(field.ty.shape, Shape::Unknown(_) | Shape::Any | Shape::Parameter(_))
}

/// Only code that is seen to read the one from the other shows that responses do.
fn what_fails(context: &Context<'_>, link: &Link) -> &'static str {
    if context.graph.is_unmounted(link.upper) {
        "every response would fail validation, but no application mounts the router that answers with it"
    } else if link.confidence() >= Confidence::Resolved {
        "every response fails validation"
    } else {
        "if it is validated from the model, as its name says, every response fails"
    }
}

/// Nobody gets to an operation that nothing mounts.
fn weight(context: &Context<'_>, link: &Link) -> Severity {
    if context.graph.is_unmounted(link.upper) { Severity::Info } else { Severity::Error }
}

fn draft(context: &Context<'_>, link: &Link, at: u32, field: &Field) -> Draft {
    let (model, schema) = entities(context, link);
    let attribute = field.source_attribute.as_deref().unwrap_or(&field.name);
    if reads_metadata(field) {
        return metadata(context, link, at, field);
    }
    let message = format!(
        "`{}` has no attribute `{attribute}`, which {} requires: {}",
        model.name,
        quoted(schema, field),
        what_fails(context, link)
    );
    let near = did_you_mean(attribute, model.fields.iter().map(|field| &*field.name));
    let help = match near {
        Some(near) => format!("read `{near}`, or add the attribute to the model"),
        None => {
            "add it to the model, compute it there with a property, or give the field a default".to_owned()
        }
    };
    Draft::over(context, link, weight(context, link), message)
        .direction(Direction::Read)
        .help(help)
        .witness(format!(
            "`{}.model_validate({}(...))` fails: {attribute}: Field required",
            schema.name, model.name
        ))
        .proof(proofs::absent_attribute(model, schema, field))
        .field(context, link.upper, at, "required here")
        .end(context, link.lower, format!("no attribute `{attribute}`"))
}

fn metadata(context: &Context<'_>, link: &Link, at: u32, field: &Field) -> Draft {
    let (model, schema) = entities(context, link);
    let message = format!(
        "{} reads `{}.{RESERVED}`, which is the `MetaData` of all tables and no value of the row: {}",
        quoted(schema, field),
        model.name,
        what_fails(context, link)
    );
    // The usual way out of the reserved name: `webhook_metadata = Column("metadata", JSON)`.
    let meant = model.fields.iter().find(|field| is_column(field) && field.name.ends_with("metadata"));
    let help = match meant {
        Some(meant) => format!("read the column with `Field(validation_alias=\"{}\")`", meant.name),
        None => "give the field a `validation_alias` that names the attribute it is meant to read".to_owned(),
    };
    Draft::over(context, link, weight(context, link), message)
        .direction(Direction::Read)
        .help(help)
        .witness(format!(
            "`{}.model_validate({}(...))` fails: {}: input_value=MetaData()",
            schema.name, model.name, field.name
        ))
        .field(context, link.upper, at, "reads the `MetaData`")
        .end(context, link.lower, format!("no column is mapped as `{RESERVED}`"))
}

fn together(context: &Context<'_>, link: &Link, missing: &[(u32, &Field)]) -> Draft {
    let (model, schema) = entities(context, link);
    let message = format!(
        "`{}` has {} of the {} fields of `{}`; it lacks {}",
        model.name,
        link.pairs.len(),
        schema.fields.len(),
        schema.name,
        listed(missing.iter().map(|(_, field)| &*field.name))
    );
    Draft::over(context, link, Severity::Warning, message)
        .direction(Direction::Read)
        .help("build the response field by field, or say in `alignment.yaml` under `mappings` what fills it")
        .end(context, link.upper, "most of its fields have no source")
        .end(context, link.lower, "what it is filled from")
}
