//! Model and schema by name, where no code shows what fills a schema: the name without its role, and enough common fields.
//!
//! An exact name competes with the reading without role (`SurveyResponse` is the response of `Survey`, even where a model is
//! called `SurveyResponse` too); common fields decide. Where a domain class has the name as well, it is a guess. Wrappers around a thing are not the thing.

use std::collections::{BTreeSet, HashMap};

use alignment_model::entity::{Detail, Entity, EntityId, EntityKind, FieldKind};
use alignment_model::name::NameKey;
use alignment_model::{Confidence, Layer};

use crate::index::{Index, attributes_read, fields_by_name};
use crate::link::Evidence;
use crate::roles::{Reading, is_wrapper, readings};

/// Pairs of model and schema that names suggest, without the schemas that something surer has settled.
pub(crate) fn by_name(
    index: &Index<'_>,
    settled: &BTreeSet<EntityId>,
) -> Vec<(EntityId, EntityId, Evidence)> {
    let mut models: HashMap<NameKey, Vec<EntityId>> = HashMap::new();
    for (id, model) in index.project.layer(Layer::Orm) {
        models.entry(NameKey::new(&model.name)).or_default().push(id);
    }
    let mut out = Vec::new();
    if models.is_empty() {
        return out;
    }
    for (schema, entity) in index.project.layer(Layer::Schema) {
        // Code that validates it from another class is surer than a name.
        let from_elsewhere =
            entity.declaration.as_ref().is_some_and(|key| index.project.from_elsewhere.contains(key));
        let is_settled = settled.contains(&schema) || from_elsewhere;
        if entity.kind != EntityKind::Schema || is_settled || is_wrapper(&entity.name) {
            continue;
        }
        out.extend(
            candidates(index, &models, entity).into_iter().map(|(model, evidence)| (model, schema, evidence)),
        );
    }
    out
}

/// A model that a name suggests.
struct Candidate<'n> {
    model: EntityId,
    reading: &'n Reading,
    /// Common fields, in per cent of the schema's.
    overlap: usize,
}

/// The models with most fields in common: one, or several that nothing tells apart.
fn candidates(
    index: &Index<'_>,
    models: &HashMap<NameKey, Vec<EntityId>>,
    schema: &Entity,
) -> Vec<(EntityId, Evidence)> {
    let readings = readings(&schema.name);
    let mut found: Vec<Candidate<'_>> = Vec::new();
    for reading in &readings {
        let named = models.get(&NameKey::new(&reading.stem)).map_or(&[][..], Vec::as_slice);
        for model in named.iter().take(MAX_HOMONYMS) {
            let overlap = common(index.project.entity(*model), schema);
            found.push(Candidate { model: *model, reading, overlap });
        }
    }
    let Some(most) = found.iter().map(|candidate| candidate.overlap).max().filter(|most| *most >= ENOUGH)
    else {
        return Vec::new();
    };
    found.retain(|candidate| candidate.overlap == most);
    let from_attributes = matches!(&schema.detail, Detail::Schema(detail) if detail.from_attributes);
    let alone = found.len() == 1;
    let one = |candidate: Candidate<'_>| {
        let model = index.project.entity(candidate.model);
        let is_double = model.declaration.as_ref().is_some_and(|key| index.project.doubles.contains(key));
        let (confidence, how) = match (from_attributes, alone && !is_double) {
            (true, true) => (Confidence::Inferred, "reads attributes and"),
            (_, true) => (Confidence::Guessed, ""),
            (_, false) => (Confidence::Guessed, "is one of several of its name that"),
        };
        let name = if candidate.reading.exact { "has the name" } else { "has, without its role, the name" };
        let reason = format!("`{}` {how} {name} of `{}` and {most} % of its fields", schema.name, model.name);
        (candidate.model, Evidence::new(confidence, schema.span, reason.replace("  ", " ")))
    };
    found.into_iter().map(one).collect()
}

/// Share of its fields that a schema must have in common with a model of its name, in per cent. A schema that reads
/// attributes needs each of them there, so what falls far below belongs elsewhere.
const ENOUGH: usize = 60;
/// Models of one name that are considered.
const MAX_HOMONYMS: usize = 8;

/// Fields of a schema that a model has too, in per cent of the schema's own. Keys that nearly every table has say nothing:
/// where nothing else is common, nothing is.
fn common(model: &Entity, schema: &Entity) -> usize {
    let attributes = fields_by_name(model);
    let (mut all, mut shared, mut telling) = (0_usize, 0_usize, false);
    for field in schema.fields.iter().filter(|field| field.kind == FieldKind::Field) {
        all += 1;
        if let Some(name) = attributes_read(schema, field).find(|name| attributes.contains_key(name)) {
            shared += 1;
            telling |= !EVERYWHERE.contains(&name);
        }
    }
    if telling { (shared * 100).checked_div(all).unwrap_or(0) } else { 0 }
}

/// Columns that nearly every table has.
const EVERYWHERE: &[&str] = &["id", "uuid", "created_at", "updated_at", "deleted_at"];

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::entity::{Completeness, Field, LoadedBy, Model, SchemaDetail};
    use alignment_model::shape::DeclarationKey;
    use alignment_model::{FileId, Known, Span, Why};

    fn entity(kind: EntityKind, name: &str, fields: &[&str]) -> Entity {
        let span = Span::file_start(FileId::new(0));
        let detail = if kind == EntityKind::Model {
            Detail::Model(Model {
                table: Known::Unknown(Why::NotStated),
                constraints: vec![],
                base: None,
                shares_table_of: None,
                is_schema: false,
                given_table: false,
                loaded: LoadedBy::default(),
            })
        } else {
            Detail::Schema(SchemaDetail { from_attributes: true, ..SchemaDetail::default() })
        };
        let field_kind = if kind == EntityKind::Model { FieldKind::Column } else { FieldKind::Field };
        Entity {
            kind,
            name: name.into(),
            qualname: name.into(),
            declaration: None,
            span,
            fields: fields.iter().map(|name| Field::new(*name, field_kind, span)).collect(),
            completeness: Completeness::default(),
            detail,
        }
    }

    fn links(entities: Vec<Entity>) -> Vec<(String, String, Confidence)> {
        let project = alignment_model::project::Project { entities, ..Default::default() };
        let index = Index::new(&project);
        let name = |id: EntityId| project.entity(id).name.to_string();
        let found = by_name(&index, &BTreeSet::new());
        found
            .into_iter()
            .map(|(model, schema, evidence)| (name(model), name(schema), evidence.confidence))
            .collect()
    }

    #[test]
    fn common_fields_choose_between_the_exact_name_and_the_one_without_role() {
        let found = links(vec![
            entity(EntityKind::Model, "Survey", &["id", "title", "questions"]),
            entity(EntityKind::Model, "SurveyResponse", &["id", "survey_id", "answers"]),
            entity(EntityKind::Schema, "SurveyResponse", &["id", "title", "questions"]),
        ]);
        assert_eq!(found, [("Survey".to_owned(), "SurveyResponse".to_owned(), Confidence::Inferred)]);
    }

    #[test]
    fn homonyms_that_nothing_tells_apart_are_guesses() {
        let found = links(vec![
            entity(EntityKind::Model, "Token", &["id", "value"]),
            entity(EntityKind::Model, "Token", &["id", "value"]),
            entity(EntityKind::Schema, "TokenRead", &["id", "value"]),
        ]);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|(_, _, confidence)| *confidence == Confidence::Guessed));
    }

    #[test]
    fn what_another_class_fills_or_may_fill_is_not_inferred() {
        let entities = || {
            let named = |kind, name: &str| Entity {
                declaration: Some(DeclarationKey { file: FileId::new(0), path: name.into() }),
                ..entity(kind, name, &["id", "title", "metadata"])
            };
            vec![named(EntityKind::Model, "Parcel"), named(EntityKind::Schema, "ParcelRead")]
        };
        let confidences = |doubles: &[&str], from_elsewhere: &[&str]| {
            let keys = |names: &[&str]| {
                let key = |name: &&str| DeclarationKey { file: FileId::new(0), path: (*name).into() };
                names.iter().map(key).collect()
            };
            let (doubles, from_elsewhere) = (keys(doubles), keys(from_elsewhere));
            let project = alignment_model::project::Project {
                entities: entities(),
                doubles,
                from_elsewhere,
                ..Default::default()
            };
            let found = by_name(&Index::new(&project), &BTreeSet::new());
            found.into_iter().map(|(_, _, evidence)| evidence.confidence).collect::<Vec<_>>()
        };
        assert_eq!(confidences(&[], &[]), [Confidence::Inferred]);
        assert_eq!(confidences(&["Parcel"], &[]), [Confidence::Guessed]);
        assert_eq!(confidences(&[], &["ParcelRead"]), []);
    }

    #[test]
    fn wrappers_and_names_alone_link_nothing() {
        let found = links(vec![
            entity(EntityKind::Model, "User", &["id", "email", "name"]),
            entity(EntityKind::Schema, "UserListResponse", &["id", "email", "name"]),
            entity(EntityKind::Schema, "UserResponse", &["id", "status", "score"]),
        ]);
        assert_eq!(found, []);
    }
}
