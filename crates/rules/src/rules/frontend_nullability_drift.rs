//! Null that travels to a client which does not expect it, or from a client to an API which refuses it.

use alignment_graph::{Link, LinkKind, Pair, is_generated};
use alignment_model::entity::{Entity, Field, FieldId, Presence};
use alignment_model::project::{Conversion, ConversionKind};
use alignment_model::shape::Shape;
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use super::schema_nullability_drift::column_refuses;
use crate::compare::null;
use crate::draft::Draft;
use crate::places::{entities, field, fields, is_shown, listed, quoted};
use crate::proofs;
use crate::remedies::{client_allows_null, client_allows_nulls};
use crate::uses::{Use, use_end};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "frontend-nullability-drift",
    summary: "the API may send null where the client type promises a value, or the reverse in a request",
    group: "frontend",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link)) {
        if is_generated(entities(context, link).1) && link.passages.is_empty() {
            continue;
        }
        let mut optional = Vec::new();
        for pair in &link.pairs {
            let Some((field, property)) = fields(context, link, pair) else { continue };
            let nullable = if link.flow.read { field.sent_nullable() } else { field.nullable };
            if link.flow.read && is_only_null(property) && has_values(field) {
                findings.add(only_null(context, link, pair, field, property));
            }
            match null::breaks(nullable, property.nullable, link.flow) {
                Some(Direction::Write) => findings.add(refused(context, link, pair, field, property)),
                Some(_) if null_is_left_out(context, link) => {}
                Some(_) if property.presence == Known::Is(Presence::Optional) => {
                    optional.push((pair, property))
                }
                Some(_) => findings.add(arrives(context, link, pair, field, property)),
                None => {}
            }
        }
        if !optional.is_empty() {
            findings.add(left_out_or_null(context, link, &optional));
        }
    }
}

/// Whether a property is declared as null and nothing else, which is what an example of an answer shows.
fn is_only_null(property: &Field) -> bool {
    property.ty.shape == Shape::Null && property.nullable.is_yes()
}

/// Whether something else than null is known to be sent.
fn has_values(field: &Field) -> bool {
    !matches!(field.sent_type().shape, Shape::Null | Shape::Undefined | Shape::Any | Shape::Unknown(_))
}

fn only_null(context: &Context<'_>, link: &Link, pair: &Pair, field: &Field, property: &Field) -> Draft {
    let (schema, client) = entities(context, link);
    let message = format!(
        "{} may have a value, {} is never anything but null",
        quoted(schema, field),
        quoted(client, property)
    );
    Draft::over_pair(context, link, pair, Severity::Warning, message)
        .direction(Direction::Read)
        .help(format!("declare the value that arrives: `{}` on the other side", field.sent_type().written))
        .field(context, link.upper, pair.upper, "always null here")
        .field(context, link.lower, pair.lower, "a value is legal here")
}

/// Whether every operation on the way leaves null out of its answer (`response_model_exclude_none`).
fn null_is_left_out(context: &Context<'_>, link: &Link) -> bool {
    let excludes = |operation| {
        let entity = context.graph.project().entity(operation);
        entity.operation().is_some_and(|detail| detail.response_excludes.none)
    };
    !link.passages.is_empty() && link.passages.iter().all(|passage| excludes(passage.operation))
}

/// Properties that may be missing, where null is sent instead: one line for a type, for reading. Code that reads `x?: T`
/// checks for a missing value, and most such checks hold for null too.
fn left_out_or_null(context: &Context<'_>, link: &Link, optional: &[(&Pair, &Field)]) -> Draft {
    let (schema, client) = entities(context, link);
    let names = listed(optional.iter().map(|(_, property)| &*property.name));
    let message = format!(
        "`{}` sends null for {names} of `{}`, which {} as missing instead",
        schema.name,
        client.name,
        if optional.len() == 1 { "is declared" } else { "are declared" }
    );
    let draft = Draft::over(context, link, Severity::Info, message).direction(Direction::Read).help(
        "write `| null` beside the `?`, or leave null out of the answer (`response_model_exclude_none`)",
    );
    let fields = optional
        .iter()
        .filter_map(|(pair, property)| Some((field(context, link.lower, pair.lower)?, *property)));
    let draft = draft
        .gathers_of(&client.name, optional.iter().map(|(_, property)| &*property.name))
        .remedy(client_allows_nulls(context, link, fields));
    optional.iter().fold(draft, |draft, (pair, _)| {
        draft.field(context, link.upper, pair.upper, "undefined, not null").field(
            context,
            link.lower,
            pair.lower,
            "null is legal here",
        )
    })
}

fn arrives(context: &Context<'_>, link: &Link, pair: &Pair, field: &Field, property: &Field) -> Draft {
    let (schema, client) = entities(context, link);
    let by_storage = storage_refuses(context, link, pair);
    let by_code = !by_storage && is_given(context, schema, field);
    let used = context.client.used(client, &property.name);
    let (severity, why) = if by_storage {
        (Severity::Info, "is right as long as the column is NOT NULL")
    } else if used == Use::Unread {
        (Severity::Info, "does not expect it, and nothing reads it")
    } else if property.ty.shape == Shape::Bool {
        // What reads a boolean takes null for false, which may or may not be meant.
        (Severity::Warning, "knows true and false only, and null counts as false")
    } else if by_code {
        (Severity::Warning, "does not expect it, and only the code that makes the answer keeps it out")
    } else if let Use::Breaks(_) = used {
        (Severity::Error, "does not expect it: code that needs the value throws")
    } else {
        (Severity::Warning, "does not expect it; what reads the value is not seen to throw")
    };
    let message = format!("{} may be null, {} {why}", quoted(schema, field), quoted(client, property));
    // Where something keeps null out, the schema may be what says too much.
    let remedy =
        if by_storage || by_code { None } else { client_allows_null(context, link, field, property) };
    let draft = Draft::over_pair(context, link, pair, severity, message)
        .direction(Direction::Read)
        .help(format!("write `{}: {} | null` and handle it", property.name, property.ty.written))
        .remedy(remedy)
        .witness(format!("`{{\"{}\": null}}` is a legal answer", property.name))
        .proof(proofs::answer(client, [(property, Some("null".to_owned()))]))
        .field(context, link.upper, pair.upper, "never null here")
        .field(context, link.lower, pair.lower, "null is legal here");
    match used {
        Use::Breaks(span) if severity == Severity::Error => {
            draft.place(use_end(context, link.upper, "breaks on null", span))
        }
        _ => draft,
    }
}

/// Whether the values come from columns that are never NULL, so that null cannot arrive however the schema is written.
fn storage_refuses(context: &Context<'_>, link: &Link, pair: &Pair) -> bool {
    let field = FieldId { entity: link.lower, field: pair.lower };
    let sources: Vec<_> = context
        .graph
        .fields_below(field)
        .into_iter()
        .filter(|source| source.link.flow.read && is_shown(source.link))
        .collect();
    !sources.is_empty()
        && sources.iter().all(|source| {
            let Some(attribute) = context.graph.field(source.field) else { return false };
            let pair = source.link.pairs.iter().find(|pair| source.link.upper_field(pair) == field);
            attribute.nullable.is_no() || pair.is_some_and(|pair| column_refuses(context, source.link, pair))
        })
}

/// Whether all code that is seen to make the schema gives the field something of its own, or what is never None: then null is what
/// the schema allows, and nothing is seen to send it.
fn is_given(context: &Context<'_>, schema: &Entity, field: &Field) -> bool {
    let project = context.graph.project();
    let Some(key) = &schema.declaration else { return false };
    let classes = [Some(key), field.declared_in.as_ref()].into_iter().flatten();
    if classes.into_iter().any(|class| project.completed.contains(&(class.clone(), field.name.clone()))) {
        return true;
    }
    let made = project.conversions.iter().filter(|made| made.target == *key);
    let mut made = made.filter(|made| !project.is_test(made.span.file)).peekable();
    made.peek().is_some() && made.all(|made| gives(context, made, field))
}

fn gives(context: &Context<'_>, made: &Conversion, field: &Field) -> bool {
    let ConversionKind::Construct(mappings) = &made.kind else { return false };
    let source = |name: &str| {
        let declared = made.source.as_ref().map(|source| context.graph.declared_by(source));
        declared.into_iter().flatten().find_map(|(_, entity)| entity.field(name))
    };
    mappings.iter().filter(|mapping| mapping.field == field.name).any(|mapping| match &mapping.attribute {
        Some(name) => source(name).is_some_and(|attribute| attribute.nullable.is_no()),
        None => !mapping.may_be_none,
    })
}

fn refused(context: &Context<'_>, link: &Link, pair: &Pair, field: &Field, property: &Field) -> Draft {
    let (schema, client) = entities(context, link);
    let message = format!(
        "{} may be null, {} refuses it: such a request fails with 422",
        quoted(client, property),
        quoted(schema, field)
    );
    Draft::over_pair(context, link, pair, Severity::Error, message)
        .direction(Direction::Write)
        .help("leave null out of the type, or allow None in the request schema")
        .witness(format!(
            "the body `{{\"{}\": null}}` is refused: Input should be a valid {}",
            property.name, field.ty.written
        ))
        .proof(proofs::body(schema, field, Some("null".to_owned())))
        .field(context, link.upper, pair.upper, "null is legal here")
        .field(context, link.lower, pair.lower, "never None here")
}
