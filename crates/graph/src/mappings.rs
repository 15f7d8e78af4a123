//! Links that the project declares in `alignment.yaml`, and their resolution to entities. A name that matches nothing, or
//! more than one thing, is a problem with the names that would do.

use alignment_model::entity::{Entity, EntityId, EntityKind, Field};
use alignment_model::name::did_you_mean;
use alignment_model::project::Project;
use alignment_model::{Layer, Problem, ProblemKind, Span};

/// Links that the project declares in `alignment.yaml`.
#[derive(Clone, Debug, Default)]
pub struct Mappings {
    /// Declared links, in the order of the file.
    pub links: Vec<DeclaredLink>,
}

/// One declared link: the ends that are given are the same thing.
#[derive(Clone, Debug, Default)]
pub struct DeclaredLink {
    /// Table, by name.
    pub table: Option<String>,
    /// Model, by name or qualified name.
    pub model: Option<String>,
    /// Schema, by name or qualified name.
    pub schema: Option<String>,
    /// Client type, by name or qualified name.
    pub client: Option<String>,
    /// Fields that are the same under different names: name in the lower layer, name in the upper one.
    pub fields: Vec<(String, String)>,
    /// Where it is declared, for problems.
    pub span: Option<Span>,
}

/// Two neighbouring ends of a declared link.
pub(crate) struct DeclaredPair<'m> {
    pub(crate) lower: EntityId,
    pub(crate) upper: EntityId,
    pub(crate) fields: &'m [(String, String)],
}

/// Declared links, by the border they cross.
#[derive(Default)]
pub(crate) struct Declared<'m> {
    pub(crate) maps: Vec<DeclaredPair<'m>>,
    pub(crate) fills: Vec<DeclaredPair<'m>>,
    pub(crate) delivers: Vec<DeclaredPair<'m>>,
}

/// Finds the entities that declared links name.
pub(crate) fn resolve<'m>(project: &Project, mappings: &'m Mappings) -> (Declared<'m>, Vec<Problem>) {
    let (mut declared, mut problems) = (Declared::default(), Vec::new());
    for link in &mappings.links {
        let configuration = |message| Problem { span: link.span, kind: ProblemKind::Configuration, message };
        let mut find = |layer: Layer, name: &Option<String>| {
            let name = name.as_deref()?;
            find(project, layer, name).map_err(|message| problems.push(configuration(message))).ok()
        };
        let table = find(Layer::Database, &link.table);
        let model = find(Layer::Orm, &link.model);
        let schema = find(Layer::Schema, &link.schema);
        let client = find(Layer::Client, &link.client);
        if link.schema.is_none() && link.client.is_some() && (link.model.is_some() || link.table.is_some()) {
            problems.push(configuration(
                "a mapping ties a client type to a model without the schema between them: name the schema too"
                    .to_owned(),
            ));
        }
        let pair = |lower: Option<EntityId>, upper: Option<EntityId>| {
            Some(DeclaredPair { lower: lower?, upper: upper?, fields: &link.fields })
        };
        let pairs = [pair(table, model), pair(model, schema), pair(schema, client)];
        let known: Vec<&DeclaredPair<'_>> = pairs.iter().flatten().collect();
        let earlier: Vec<&DeclaredPair<'_>> =
            [&declared.maps, &declared.fills, &declared.delivers].into_iter().flatten().collect();
        problems.extend(unknown_fields(project, link, &known).into_iter().map(configuration));
        problems.extend(contradictions(project, &known, &earlier).into_iter().map(configuration));
        let [maps, fills, delivers] = pairs;
        declared.maps.extend(maps);
        declared.fills.extend(fills);
        declared.delivers.extend(delivers);
    }
    (declared, problems)
}

/// Renamed fields that no two neighbouring ends of the mapping have.
fn unknown_fields(project: &Project, link: &DeclaredLink, pairs: &[&DeclaredPair<'_>]) -> Vec<String> {
    let complete = |id: EntityId| project.entity(id).completeness.is_complete();
    if pairs.is_empty() || pairs.iter().any(|pair| !complete(pair.lower) || !complete(pair.upper)) {
        return Vec::new();
    }
    let has = |id: EntityId, name: &str| {
        let is =
            |field: &Field| *field.name == *name || field.wire_name.is().is_some_and(|wire| **wire == *name);
        project.entity(id).fields.iter().any(is)
    };
    let met =
        |lower: &str, upper: &str| pairs.iter().any(|pair| has(pair.lower, lower) && has(pair.upper, upper));
    let told = |(lower, upper): &(String, String)| {
        let near = pairs.iter().find_map(|pair| {
            let (id, name) = if has(pair.lower, lower) { (pair.upper, upper) } else { (pair.lower, lower) };
            did_you_mean(name, project.entity(id).fields.iter().map(|field| &*field.name))
        });
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!(
            "a mapping says that `{lower}` is `{upper}` further up, and its ends have no two such fields{hint}"
        )
    };
    let unmet = link.fields.iter().filter(|(lower, upper)| !met(lower, upper));
    unmet.map(told).collect()
}

/// What an earlier mapping of the same two entities says otherwise.
fn contradictions(
    project: &Project,
    pairs: &[&DeclaredPair<'_>],
    earlier: &[&DeclaredPair<'_>],
) -> Vec<String> {
    let mut found = Vec::new();
    for pair in pairs {
        let twins = earlier.iter().filter(|other| other.lower == pair.lower && other.upper == pair.upper);
        for (other, (lower, upper)) in
            twins.flat_map(|twin| pair.fields.iter().map(move |field| (twin, field)))
        {
            let said = other.fields.iter().find(|(below, above)| (below == lower) != (above == upper));
            if let Some((below, above)) = said {
                let (low, high) = (project.entity(pair.lower), project.entity(pair.upper));
                found.push(format!(
                    "this mapping of `{}` and `{}` says that `{lower}` is `{upper}`, and an earlier one that `{below}` is `{above}`",
                    low.name, high.name
                ));
            }
        }
    }
    found
}

/// The one entity of a layer with this name or qualified name.
fn find(project: &Project, layer: Layer, name: &str) -> Result<EntityId, String> {
    // A plain name means the table of the source that stands for its database.
    let in_layer = || {
        let has_name = |entity: &Entity| entity.kind != EntityKind::Operation && project.is_listed(entity);
        project.layer(layer).filter(move |(_, entity)| has_name(entity))
    };
    if let Some((id, _)) = project.layer(layer).find(|(_, entity)| &*entity.qualname == name) {
        return Ok(id);
    }
    let named: Vec<_> = in_layer().filter(|(_, entity)| &*entity.name == name).collect();
    match named.as_slice() {
        [(id, _)] => Ok(*id),
        [] => {
            let known = in_layer().map(|(_, entity)| &*entity.name);
            let hint = did_you_mean(name, known).map(|near| format!("; did you mean `{near}`?"));
            Err(format!(
                "a mapping names the {layer} `{name}`, which does not exist{}",
                hint.unwrap_or_default()
            ))
        }
        several => {
            let names: Vec<String> =
                several.iter().take(5).map(|(_, entity)| format!("`{}`", entity.qualname)).collect();
            Err(format!(
                "a mapping names the {layer} `{name}`, of which there are {}: write one of {}",
                several.len(),
                names.join(", ")
            ))
        }
    }
}
