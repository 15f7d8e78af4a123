//! An object of a model that is handed to a schema which only takes mappings.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::entity::{Detail, Entity, EntityId, EntityKind, FieldKind, SchemaDetail};
use alignment_model::finding::End;
use alignment_model::project::{Conversion, ConversionKind};
use alignment_model::shape::{DeclarationKey, Shape};
use alignment_model::{Direction, Known, Layer, Severity, Span};

use super::Definition;
use crate::draft::Draft;
use crate::places::{end, quoted};
use crate::responses::pydantic;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "missing-from-attributes",
    summary: "an object of a model is validated by a schema that does not read attributes",
    group: "schema",
    severity: Severity::Error,
    check,
};

/// Pydantic 2, "Models", "Arbitrary class instances"; Pydantic 1.10, "ORM Mode". FastAPI reads attributes of what a route returns
/// itself (`serialize_response`, since Pydantic 2), so that only validation by hand needs the configuration there.
fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut found: BTreeMap<Failure, Vec<Span>> = BTreeMap::new();
    for conversion in &context.graph.project().conversions {
        if !context.graph.project().is_test(conversion.span.file)
            && let Some(failure) = failure(context, conversion)
        {
            found.entry(failure).or_default().push(conversion.span);
        }
    }
    for (failure, places) in found {
        findings.add(draft(context, &failure, &places));
    }
}

/// A schema that refuses the objects it is given.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Failure {
    /// What is validated.
    schema: EntityId,
    /// What it is given.
    model: EntityId,
    /// The schema inside it that refuses, with the position of the field of its owner.
    inside: Option<(EntityId, EntityId, u32)>,
}

fn failure(context: &Context<'_>, conversion: &Conversion) -> Option<Failure> {
    let model = in_layer(context, conversion.source.as_ref()?, Layer::Orm)?;
    let schema = in_layer(context, &conversion.target, Layer::Schema)?;
    let detail = settled(context, schema)?;
    let configured = match &conversion.kind {
        ConversionKind::Validate(Known::Is(None)) => true,
        ConversionKind::Validate(Known::Is(Some(given))) => *given,
        ConversionKind::ResponseModel => detail.pydantic == Some(1),
        _ => return None,
    };
    let argued = matches!(&conversion.kind, ConversionKind::Validate(Known::Is(Some(_))));
    match (argued, configured) {
        // The argument holds for all that is inside.
        (true, true) | (false, false) => None,
        (true, false) => Some(Failure { schema, model, inside: None }),
        (false, true) if is_a(context, model, schema) => None,
        (false, true) if !detail.from_attributes => Some(Failure { schema, model, inside: None }),
        (false, true) => {
            let inside = refusing_inside(context, schema, model)?;
            Some(Failure { schema, model, inside: Some(inside) })
        }
    }
}

/// The detail of a Pydantic model about which all is known that decides what it takes.
fn settled<'c>(context: &'c Context<'_>, schema: EntityId) -> Option<&'c SchemaDetail> {
    let entity = context.graph.project().entity(schema);
    let Detail::Schema(detail) = &entity.detail else { return None };
    let code = detail.code_decides || detail.input_converted || detail.configuration_unread;
    let plain =
        entity.kind == EntityKind::Schema && detail.root.is_none() && entity.completeness.is_complete();
    (plain && !code).then_some(detail)
}

/// Schemas inside one are looked at this far.
const MAX_INSIDE: usize = 64;

/// The first schema inside one that would be given an object of a related model and does not read attributes: a configuration holds
/// for its own class only.
fn refusing_inside(
    context: &Context<'_>,
    schema: EntityId,
    model: EntityId,
) -> Option<(EntityId, EntityId, u32)> {
    let project = context.graph.project();
    let (mut queue, mut seen) = (vec![(schema, model)], BTreeSet::new());
    let mut next = 0;
    while let Some((schema, model)) = queue.get(next).copied().filter(|_| next < MAX_INSIDE) {
        next += 1;
        if !seen.insert((schema, model)) {
            continue;
        }
        let source = project.entity(model);
        for (at, field) in (0..).zip(&project.entity(schema).fields).filter(|(_, field)| !field.converted) {
            let attribute = source.field(field.source_attribute.as_deref().unwrap_or(&field.name));
            let related = attribute
                .filter(|attribute| attribute.kind == FieldKind::Relationship)
                .and_then(|attribute| declaration(&attribute.ty.shape))
                .and_then(|key| in_layer(context, key, Layer::Orm));
            let within = declaration(&field.ty.shape).and_then(|key| in_layer(context, key, Layer::Schema));
            let (Some(related), Some(within)) = (related, within) else { continue };
            let Some(detail) = settled(context, within) else { continue };
            if !detail.from_attributes && !is_a(context, related, within) {
                return Some((within, schema, at));
            }
            queue.push((within, related));
        }
    }
    None
}

/// The class that a shape is, or is a list of.
fn declaration(shape: &Shape) -> Option<&DeclarationKey> {
    match shape {
        Shape::Ref(reference) => reference.target.as_ref(),
        Shape::List(element) => match &**element {
            Shape::Ref(reference) => reference.target.as_ref(),
            _ => None,
        },
        _ => None,
    }
}

fn in_layer(context: &Context<'_>, key: &DeclarationKey, layer: Layer) -> Option<EntityId> {
    context.graph.declared_by(key).filter(|(_, entity)| entity.layer() == layer).map(|(id, _)| id).last()
}

/// Whether a model has fields of a schema's class: then it is an instance of it.
fn is_a(context: &Context<'_>, model: EntityId, schema: EntityId) -> bool {
    let project = context.graph.project();
    let key = &project.entity(schema).declaration;
    let inherited = |field: &alignment_model::entity::Field| key.is_some() && field.declared_in == *key;
    project.entity(model).declaration == *key || project.entity(model).fields.iter().any(inherited)
}

fn draft(context: &Context<'_>, failure: &Failure, places: &[Span]) -> Draft {
    let project = context.graph.project();
    let (schema, model) = (project.entity(failure.schema), project.entity(failure.model));
    let (refusing, message) = match failure.inside {
        None => (
            schema,
            format!(
                "`{}` is validated from a `{}` and does not read attributes: it takes a dictionary or nothing",
                schema.name, model.name
            ),
        ),
        Some((within, owner, at)) => {
            let within = project.entity(within);
            let owner = project.entity(owner);
            let field = owner.fields.get(at as usize);
            let field = field.map_or_else(|| format!("`{}`", owner.name), |field| quoted(owner, field));
            let message = format!(
                "`{}` is validated from a `{}`, and the `{}` in {field} does not read attributes: a configuration holds for its own \
                 class only",
                schema.name, model.name, within.name
            );
            (within, message)
        }
    };
    let draft = Draft::new(Severity::Error, message).direction(Direction::Read).help(help(refusing)).witness(
        format!(
            "`{}.model_validate({}(...))` fails: Input should be a valid dictionary or instance of {}",
            schema.name, model.name, refusing.name
        ),
    );
    let draft = places.iter().fold(draft, |draft, place| draft.place(call(context, failure.schema, *place)));
    match failure.inside {
        Some((within, owner, at)) => draft
            .field(
                context,
                owner,
                at,
                format!("an object of `{}` is not taken here", project.entity(within).name),
            )
            .end(context, within, "no `from_attributes`"),
        None => draft.end(context, failure.schema, "no `from_attributes`"),
    }
}

fn help(refusing: &Entity) -> String {
    match pydantic(refusing) {
        Some(1) => format!("add `class Config: orm_mode = True` to `{}`", refusing.name),
        _ => format!(
            "add `model_config = ConfigDict(from_attributes=True)` to `{}`, or pass `from_attributes=True`",
            refusing.name
        ),
    }
}

fn call(context: &Context<'_>, schema: EntityId, span: Span) -> End {
    End { span, ..end(context, schema, "an object of the model is given here") }
}
