//! Schema and client type by name: generated types carry the name of the schema they were generated from; for a hand-written
//! type that no call names, an equal name is a guess.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use alignment_model::entity::{Detail, Entity, EntityId, EntityKind};
use alignment_model::key_function::KeyFunction;
use alignment_model::name::NameKey;
use alignment_model::project::KeyConversion;
use alignment_model::{Confidence, Direction, Layer};

use crate::index::{Index, has_fields};
use crate::link::{Evidence, Link, LinkKind, Pair};
use crate::mappings::Declared;
use crate::pairing::{KeyRule, overlap, pair_keys};
use crate::reach::Reach;
use crate::roles::{is_wrapper, readings};

/// Declared links, and those by name for client types that calls link with nothing.
pub(crate) fn links(
    index: &Index<'_>,
    declared: &Declared<'_>,
    reach: &[Reach],
    by_call: &[Link],
) -> Vec<Link> {
    let mut settled: BTreeSet<EntityId> =
        by_call.iter().filter(|link| link.kind == LinkKind::Delivers).map(|link| link.upper).collect();
    let mut links = Vec::new();
    for pair in &declared.delivers {
        let span = index.project.entity(pair.upper).span;
        let evidence = Evidence::new(Confidence::Declared, span, "`alignment.yaml` says so");
        let mut link = by_best_keys(index, pair.lower, pair.upper, evidence, reach);
        rename(index, &mut link, pair.fields);
        settled.insert(pair.upper);
        links.push(link);
    }
    let names = SchemaNames::new(index, reach);
    for (client, entity) in index.project.layer(Layer::Client) {
        let in_place = entity.kind == EntityKind::InPlace;
        let is_no_object = !has_fields(entity) || entity.fields.is_empty() || wraps_request(entity);
        if in_place || settled.contains(&client) || is_no_object {
            continue;
        }
        let found = if is_generated(entity) {
            names.generated(index, entity)
        } else {
            names.guessed(index, entity, reach)
        };
        links.extend(found.map(|(schema, evidence)| by_best_keys(index, schema, client, evidence, reach)));
    }
    links
}

/// Every generated client type with the schema that it was generated from, by its name: schema and type.
pub(crate) fn generated(index: &Index<'_>, reach: &[Reach]) -> Vec<(EntityId, EntityId)> {
    let types = index.project.layer(Layer::Client);
    let mut types = types.filter(|(_, entity)| is_generated(entity) && has_fields(entity)).peekable();
    if types.peek().is_none() {
        return Vec::new();
    }
    let names = SchemaNames::new(index, reach);
    types.filter_map(|(client, entity)| Some((names.generated(index, entity)?.0, client))).collect()
}

/// Whether a type was generated from the API's document.
pub fn is_generated(entity: &Entity) -> bool {
    entity.kind == EntityKind::SchemaMember
        || matches!(&entity.detail, Detail::Client(client) if client.generated)
}

/// Whether a type is what a generated function takes and not what travels.
pub fn wraps_request(entity: &Entity) -> bool {
    matches!(&entity.detail, Detail::Client(client) if client.wraps_request)
}

/// Whether a component of a document has this name from FastAPI, which writes its own description of a refused request over that of a
/// class of the name (FastAPI 0.115, `get_openapi_path` and `definitions.update(path_definitions)` in `get_openapi`).
pub fn is_fastapis_own(component: &str) -> bool {
    matches!(component, "ValidationError" | "HTTPValidationError")
}

/// Schemas by the names a document or a client may give them.
struct SchemaNames {
    /// As FastAPI names them: the class, or its module and name where the class name is taken.
    generated: HashMap<String, Vec<EntityId>>,
    /// By what they are about.
    about: HashMap<NameKey, Vec<EntityId>>,
}

impl SchemaNames {
    fn new(index: &Index<'_>, reach: &[Reach]) -> Self {
        let mut names = Self { generated: HashMap::new(), about: HashMap::new() };
        for (id, entity) in index.project.layer(Layer::Schema) {
            let named = matches!(
                entity.kind,
                EntityKind::Schema | EntityKind::TableSchema | EntityKind::OpenApiSchema
            );
            if !named || !is_reached(reach, id) {
                continue;
            }
            // In a document that was read the component is what it says.
            if entity.kind == EntityKind::OpenApiSchema || !is_fastapis_own(&entity.name) {
                names.generated.entry(entity.name.to_string()).or_default().push(id);
            }
            names.generated.entry(entity.qualname.replace('.', "__")).or_default().push(id);
            for reading in readings(&entity.name) {
                names.about.entry(NameKey::new(&reading.stem)).or_default().push(id);
            }
        }
        names
    }

    /// The schema that a generated type comes from, if its name says it without doubt.
    fn generated(&self, index: &Index<'_>, client: &Entity) -> Option<(EntityId, Evidence)> {
        // FastAPI gives a schema that reads and writes differently two names (`separate_input_output_schemas`).
        let name = client.name.strip_suffix("-Input").or_else(|| client.name.strip_suffix("-Output"));
        let found = self.generated.get(name.unwrap_or(&client.name))?;
        let [schema] = found.as_slice() else { return None };
        let reason = format!("`{}` was generated from `{}`", client.name, index.project.entity(*schema).name);
        Some((*schema, Evidence::new(Confidence::Resolved, client.span, reason)))
    }

    /// The one schema of a client type's name with which it shares most of its keys.
    fn guessed(&self, index: &Index<'_>, client: &Entity, reach: &[Reach]) -> Option<(EntityId, Evidence)> {
        let mut found: Vec<(usize, EntityId)> = Vec::new();
        for reading in readings(&client.name) {
            let named = self.about.get(&NameKey::new(&reading.stem)).map_or(&[][..], Vec::as_slice);
            for schema in named.iter().take(MAX_HOMONYMS) {
                let entity = index.project.entity(*schema);
                if found.iter().any(|(_, other)| other == schema)
                    || is_wrapper(&entity.name) != is_wrapper(&client.name)
                {
                    continue;
                }
                let (_, pairs) = best_keys(entity, client, direction(entity, reach, *schema));
                found.push((overlap(pairs.len(), client), *schema));
            }
        }
        let most = found.iter().map(|(overlap, _)| *overlap).max().filter(|most| *most >= ENOUGH)?;
        found.retain(|(overlap, _)| *overlap == most);
        let [(_, schema)] = found.as_slice() else { return None };
        let reason = format!("`{}` has the name of `{}`", client.name, index.project.entity(*schema).name);
        Some((*schema, Evidence::new(Confidence::Guessed, client.span, reason)))
    }
}

/// Share of its keys that a client type must have in common with a schema of its name, in per cent.
const ENOUGH: usize = 60;
/// Schemas of one name that are considered.
const MAX_HOMONYMS: usize = 8;

fn is_reached(reach: &[Reach], id: EntityId) -> bool {
    reach.get(id.index()).is_some_and(|reach| reach.is_reached())
}

/// The direction in which a schema travels, for a client type that no call names.
fn direction(schema: &Entity, reach: &[Reach], id: EntityId) -> Direction {
    match reach.get(id.index()) {
        Some(Reach { read: None, write: Some(_) }) => Direction::Write,
        Some(Reach { read: Some(_), .. }) => Direction::Read,
        _ => crate::roles::direction(&schema.name).unwrap_or(Direction::Read),
    }
}

fn by_best_keys(
    index: &Index<'_>,
    schema: EntityId,
    client: EntityId,
    evidence: Evidence,
    reach: &[Reach],
) -> Link {
    let (below, above) = (index.project.entity(schema), index.project.entity(client));
    let direction = direction(below, reach, schema);
    let (keys, pairs) = best_keys(below, above, direction);
    let mut link = Link::new(LinkKind::Delivers, schema, client, evidence);
    link.pairs = pairs;
    link.keys = keys;
    link.flow.show(direction);
    link.flow.shown = is_reached(reach, schema);
    link
}

/// The converter under which most keys meet. No call says which one stands between the two.
fn best_keys(schema: &Entity, client: &Entity, direction: Direction) -> (KeyConversion, Vec<Pair>) {
    let by = |function| KeyConversion::By { span: client.span, function: Arc::new(function) };
    let converters = match direction {
        Direction::Write => vec![KeyConversion::None, by(KeyFunction::snake())],
        _ => {
            vec![KeyConversion::None, by(KeyFunction::camel(true)), by(KeyFunction::camel(false))]
        }
    };
    let mut best = (KeyConversion::None, Vec::new());
    for keys in converters {
        let pairs = pair_keys(schema, client, KeyRule { keys: &keys, direction, by_alias: true });
        if pairs.len() > best.1.len() {
            best = (keys, pairs);
        }
    }
    best
}

/// Adds the fields that the project declares to be the same.
fn rename(index: &Index<'_>, link: &mut Link, fields: &[(String, String)]) {
    let (below, above) = (index.project.entity(link.lower), index.project.entity(link.upper));
    for (lower, upper) in fields {
        let find = |entity: &Entity, name: &str| {
            (0..).zip(&entity.fields).find(|(_, field)| *field.name == *name).map(|(at, _)| at)
        };
        if let (Some(lower), Some(upper)) = (find(below, lower), find(above, upper)) {
            link.pairs.retain(|pair| pair.upper != upper);
            let evidence = Evidence::new(Confidence::Declared, above.span, "`alignment.yaml` says so");
            link.pairs.push(Pair { lower, upper, evidence: Some(evidence), checked: false });
        }
    }
    link.pairs.sort_by_key(|pair| pair.upper);
}
