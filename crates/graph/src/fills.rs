//! Model and schema: by what the project declares, by the code that turns one into the other, by one class that is both,
//! and, where code shows nothing, by `from_attributes` with the name and enough common fields.
//!
//! Homonyms are told apart by use and by common fields, never merged. Where two readings of a name stay equal, both links
//! are kept as guesses.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::entity::{Detail, Entity, EntityId};
use alignment_model::project::{Conversion, ConversionKind, FieldMapping};
use alignment_model::{Confidence, Direction, Layer};

use crate::index::{Index, attributes_read, fields_by_name, has_fields};
use crate::link::{Evidence, Flow, Link, LinkKind, Pair};
use crate::mappings::Declared;
use crate::names::by_name;
use crate::reach::Reach;
use crate::roles;

/// Links every schema with the models that fill it or are filled from it.
pub(crate) fn links(index: &Index<'_>, declared: &Declared<'_>, reach: &[Reach]) -> Vec<Link> {
    let mut drafts = Drafts::default();
    for pair in &declared.fills {
        let span = index.project.entity(pair.upper).span;
        let draft = drafts.draft(pair.lower, pair.upper);
        draft.evidence.push(Evidence::new(Confidence::Declared, span, "`alignment.yaml` says so"));
        draft.by_name = true;
        draft.declared.extend(pair.fields);
    }
    same_class(index, &mut drafts);
    for conversion in &index.project.conversions {
        convert(index, conversion, &mut drafts);
    }
    let settled: BTreeSet<EntityId> = drafts.pairs.keys().map(|(_, schema)| *schema).collect();
    for (model, schema, evidence) in by_name(index, &settled) {
        let draft = drafts.draft(model, schema);
        draft.evidence.push(evidence);
        draft.by_name = true;
    }
    let Drafts { pairs, by_hand } = drafts;
    pairs
        .into_iter()
        .map(|((model, schema), draft)| draft.link(index, model, schema, reach, &by_hand))
        .collect()
}

/// Pairs of model and schema with what is known about each.
#[derive(Default)]
struct Drafts<'a> {
    pairs: BTreeMap<(EntityId, EntityId), Draft<'a>>,
    /// Fields of a schema that some construction sets from something that is no attribute, by schema and field name.
    by_hand: BTreeSet<(EntityId, &'a str)>,
}

#[derive(Default)]
struct Draft<'a> {
    evidence: Vec<Evidence>,
    flow: Flow,
    /// Values are read by attribute name somewhere.
    by_name: bool,
    /// Declared renames: attribute, schema field.
    declared: Vec<&'a (String, String)>,
    /// Code that is seen to fill the schema.
    fills: Vec<&'a Conversion>,
    /// Renames that constructions show: attribute, schema field, where.
    renames: Vec<(&'a str, &'a str, Evidence)>,
}

impl<'a> Drafts<'a> {
    fn draft(&mut self, model: EntityId, schema: EntityId) -> &mut Draft<'a> {
        self.pairs.entry((model, schema)).or_default()
    }
}

/// An SQLModel class with `table=True` is table and schema (SQLModel, "FastAPI and Pydantic").
fn same_class(index: &Index<'_>, drafts: &mut Drafts<'_>) {
    for (model, entity) in index.project.layer(Layer::Orm) {
        let both = matches!(&entity.detail, Detail::Model(detail) if detail.is_schema);
        let schema = entity.declaration.as_ref().and_then(|key| index.in_layer(key, Layer::Schema));
        if let (true, Some(schema)) = (both, schema) {
            let draft = drafts.draft(model, schema);
            let reason = format!("class `{}` is both table and schema", entity.name);
            draft.evidence.push(Evidence::new(Confidence::Resolved, entity.span, reason));
            draft.by_name = true;
        }
    }
}

/// Adds what one conversion shows: a schema filled from a model, or a model filled from a schema.
fn convert<'a>(index: &Index<'a>, conversion: &'a Conversion, drafts: &mut Drafts<'a>) {
    let target_schema = index.in_layer(&conversion.target, Layer::Schema);
    let mappings: &[FieldMapping] = match &conversion.kind {
        ConversionKind::Construct(mappings) => mappings,
        _ => &[],
    };
    if let Some(schema) = target_schema {
        let computed = mappings.iter().filter(|mapping| mapping.attribute.is_none());
        drafts.by_hand.extend(computed.map(|mapping| (schema, &*mapping.field)));
    }
    let Some(source) = &conversion.source else { return };
    let (source_model, source_schema) =
        (index.in_layer(source, Layer::Orm), index.in_layer(source, Layer::Schema));
    let target_model = index.in_layer(&conversion.target, Layer::Orm);
    // A class that is both counts as the model it stores: `Item.model_validate(item_in)` fills the table.
    let (model, schema, direction) = match (target_model, source_model) {
        (None, Some(model)) => (model, target_schema, Direction::Read),
        (Some(model), None) => (model, source_schema, Direction::Write),
        _ => return,
    };
    let Some(schema) = schema.filter(|schema| has_fields(index.project.entity(*schema))) else { return };
    let names = (&index.project.entity(model).name, &index.project.entity(schema).name);
    let (from, to) = if direction == Direction::Read { names } else { (names.1, names.0) };
    let evidence = |what: &str| Evidence::new(Confidence::Resolved, conversion.span, what);
    let draft = drafts.draft(model, schema);
    draft.flow.show(direction);
    if direction == Direction::Read {
        draft.fills.push(conversion);
    }
    match &conversion.kind {
        ConversionKind::Validate(_) => {
            draft.by_name = true;
            draft.evidence.push(evidence(&format!("`{to}` is validated from a `{from}`")));
        }
        ConversionKind::ResponseModel => {
            draft.by_name = true;
            draft.evidence.push(evidence(&format!("a route returns a `{from}` through `{to}`")));
        }
        ConversionKind::Spread => {
            draft.by_name = true;
            draft.evidence.push(evidence(&format!("`{to}` is made from all fields of a `{from}`")));
        }
        ConversionKind::Construct(mappings) => {
            draft.evidence.push(evidence(&format!("`{to}` is made from a `{from}`, field by field")));
            for mapping in mappings {
                let Some(attribute) = mapping.attribute.as_deref() else { continue };
                let (lower, upper) = match direction {
                    Direction::Read => (attribute, &*mapping.field),
                    _ => (&*mapping.field, attribute),
                };
                let evidence = Evidence::new(
                    Confidence::Resolved,
                    mapping.span,
                    "the construction sets one from the other",
                );
                draft.renames.push((lower, upper, evidence));
            }
        }
    }
}

impl Draft<'_> {
    fn link(
        mut self,
        index: &Index<'_>,
        model: EntityId,
        schema: EntityId,
        reach: &[Reach],
        by_hand: &BTreeSet<(EntityId, &str)>,
    ) -> Link {
        let (below, above) = (index.project.entity(model), index.project.entity(schema));
        let mut evidence = std::mem::take(&mut self.evidence).into_iter();
        let first = evidence.next().expect("every draft is made with a reason");
        let mut link = Link::new(LinkKind::Fills, model, schema, first);
        evidence.for_each(|evidence| link.support(evidence));
        link.by_name = self.by_name;
        link.flow = flow(self.flow, above, reach.get(schema.index()).copied().unwrap_or_default());
        self.pair(below, above, &mut link);
        let validated = link.evidence.iter().any(|evidence| evidence.confidence == Confidence::Resolved);
        if !(self.by_name && validated) {
            // A construction of the model shows nothing about the code that fills the schema.
            let unseen = !self.by_name && !self.flow.read;
            let is_by_hand = |at: &u32| {
                unseen
                    || above
                        .fields
                        .get(*at as usize)
                        .is_some_and(|field| by_hand.contains(&(schema, &*field.name)))
            };
            link.filled_by_code = (0..).take(above.fields.len()).filter(is_by_hand).collect();
        }
        link
    }

    /// Whether all code that fills a field from an attribute has kept None out.
    fn is_checked(&self, attribute: &str, field: &str) -> bool {
        let carries = |conversion: &&&Conversion| match &conversion.kind {
            ConversionKind::Construct(mappings) => mappings
                .iter()
                .any(|mapping| *mapping.field == *field && mapping.attribute.as_deref() == Some(attribute)),
            _ => true,
        };
        let mut carrying = self.fills.iter().filter(carries).peekable();
        carrying.peek().is_some()
            && carrying.all(|conversion| conversion.checked.iter().any(|name| **name == *attribute))
    }

    fn pair(&self, model: &Entity, schema: &Entity, link: &mut Link) {
        let attributes = fields_by_name(model);
        let renames: BTreeMap<&str, &(&str, &str, Evidence)> =
            self.renames.iter().map(|rename| (rename.1, rename)).collect();
        for (upper, field) in (0..).zip(&schema.fields) {
            let declared = self.declared.iter().find(|(_, name)| **name == *field.name);
            let (lower, evidence) = if let Some((attribute, _)) = declared {
                let evidence = Evidence::new(Confidence::Declared, field.span, "`alignment.yaml` says so");
                (attributes.get(attribute.as_str()), Some(evidence))
            } else if let Some((attribute, _, evidence)) = renames.get(&*field.name) {
                (attributes.get(*attribute), Some(evidence.clone()))
            } else if self.by_name {
                (attributes_read(schema, field).find_map(|name| attributes.get(name)), None)
            } else {
                continue;
            };
            if let Some(lower) = lower {
                let attribute = model.fields.get(*lower as usize).map_or("", |attribute| &*attribute.name);
                let checked = self.is_checked(attribute, &field.name);
                link.pairs.push(Pair { lower: *lower, upper, evidence, checked });
            }
        }
    }
}

/// Which ways values take: as conversions and routes show, else as the schema's name says.
fn flow(shown: Flow, schema: &Entity, reach: Reach) -> Flow {
    let mut flow = shown;
    if reach.read.is_some() {
        flow.show(Direction::Read);
    }
    if reach.write.is_some() {
        flow.show(Direction::Write);
    }
    if !flow.shown
        && let Some(direction) = roles::direction(&schema.name)
    {
        flow.show(direction);
        flow.shown = false;
    }
    flow
}
