//! What handlers return through their response model (FastAPI 0.115, "Response Model": the model reads the attributes of what
//! is returned, `serialize_response`).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use alignment_model::Span;
use alignment_model::entity::{Answers, Built, Entity, FieldKind};
use alignment_model::project::{Conversion, ConversionKind, Project};
use alignment_model::shape::DeclarationKey;

use super::flow::Returned;
use super::types::{Key, Type, classes_of};
use super::{Context, Returns};
use crate::python::annotations::Place;
use crate::python::parent;

/// Notes in `elsewhere` schemas through which objects of other classes are returned. A conversion for each certain pair of a model that is returned and a schema that it goes through.
pub(super) fn read(
    context: &Context<'_, '_, '_>,
    project: &Project,
    returns: &Returns,
    elsewhere: &mut BTreeSet<DeclarationKey>,
) -> Vec<Conversion> {
    let mut conversions = Vec::new();
    let mut seen: HashSet<(Key, Key, Span)> = HashSet::new();
    for (_, operation) in project.operations().filter(|(_, operation)| !project.is_test(operation.span.file))
    {
        let Some(response) = operation.fields.iter().find(|field| field.kind == FieldKind::Response) else {
            continue;
        };
        let target = Type::of_shape(&response.ty.shape);
        for Returned { ty, checked, span } in returned(context, operation, returns) {
            let Some((target, source)) = classes_of(&target, &ty) else { continue };
            if context.schemas.contains_key(&*target) && context.is_plain(&source) {
                elsewhere.insert((*target).clone());
            }
            let certain = context.schemas.contains_key(&*target)
                && context.is_model(&source)
                && target != source
                && !context.names.hierarchy(&source).classes().any(|(key, _)| *key == *target);
            if certain && seen.insert((target.clone(), source.clone(), span)) {
                conversions.push(Conversion {
                    target: (*target).clone(),
                    source: Some((*source).clone()),
                    kind: ConversionKind::ResponseModel,
                    checked,
                    span,
                });
            }
        }
    }
    conversions
}

/// What a handler makes, by its constructions and what it sets: only schemas of which it is all known.
pub(super) fn built(constructed: Vec<(Key, Option<Vec<Box<str>>>)>, given: &[(Key, Box<str>)]) -> Built {
    let mut whole: BTreeMap<Key, Option<BTreeSet<Box<str>>>> = BTreeMap::new();
    for (key, fields) in constructed {
        let known = whole.entry(key).or_insert_with(|| Some(BTreeSet::new()));
        *known = known.take().zip(fields).map(|(mut known, fields)| {
            known.extend(fields);
            known
        });
    }
    let with_given = |(key, fields): (Key, Option<BTreeSet<Box<str>>>)| {
        let mut fields = fields?;
        fields.extend(given.iter().filter(|(own, _)| *own == key).map(|(_, field)| field.clone()));
        Some(((*key).clone(), fields))
    };
    whole.into_iter().filter_map(with_given).collect()
}

/// What the handler of an operation returns: by what its body shows, else by its annotation.
fn returned(context: &Context<'_, '_, '_>, operation: &Entity, returns: &Returns) -> Vec<Returned> {
    let found = returns.get(&operation.span).map_or(&[][..], Vec::as_slice);
    let certain = found.iter().filter(|one| !matches!(one.ty, Type::Unknown | Type::Null));
    let mut types: Vec<Returned> = certain.cloned().collect();
    if types.is_empty()
        && let Some(key) = &operation.declaration
        && let Some(function) = context.names.function(key.file, &key.path)
        && function.name_range.in_file(key.file) == operation.span
        && let Some(written) = function.returns.as_ref()
        && let Some(annotation) = written.expression()
    {
        let outer = parent(&key.path);
        let shape = context.annotations.shape(Place::new(key.file, outer), annotation);
        let span = written.range.in_file(key.file);
        types.push(Returned { ty: Type::of_shape(&shape), checked: Vec::new(), span });
    }
    types
}

/// Operations, by position, of which only the types of what their handlers return show that it is data.
pub(super) fn data(project: &Project, returns: &Returns) -> Vec<usize> {
    let is_data = |ty: &Type| {
        matches!(
            ty,
            Type::Fields(..)
                | Type::FieldsBut(..)
                | Type::List(_)
                | Type::Map(_)
                | Type::Query(_)
                | Type::Scalars(_)
                | Type::Value(_)
        )
    };
    let shows = |entity: &Entity| {
        let unknown =
            entity.operation().is_some_and(|operation| operation.serving.answers == Answers::Unknown);
        unknown && returns.get(&entity.span).is_some_and(|found| found.iter().any(|one| is_data(&one.ty)))
    };
    (0..).zip(&project.entities).filter(|(_, entity)| shows(entity)).map(|(at, _)| at).collect()
}
