//! None on its way from a request into a column that refuses NULL: what the two rules about it share.
//!
//! Only code that is seen to write counts, and no field that code asks about or sets by name on the way.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::Layer;
use alignment_model::entity::{DefaultKind, Entity, EntityId, EntityKind, Field, FieldId, FieldKind};
use alignment_model::finding::End;
use alignment_model::project::{ModelWrite, WriteKind};
use alignment_model::shape::{DeclarationKey, Shape, Value};

use crate::Context;
use crate::persistence::is_column;
use crate::responses::code_decides;

/// The fields of one schema that carry None into columns of one model.
pub(crate) struct NullWrite<'c> {
    /// The first code that does it.
    pub(crate) write: &'c ModelWrite,
    /// The model.
    pub(crate) model: (EntityId, &'c Entity),
    /// The schema.
    pub(crate) schema: (EntityId, &'c Entity),
    /// An operation that takes the schema.
    pub(crate) operation: &'c Entity,
    /// The fields, in order.
    pub(crate) carried: Vec<Carried<'c>>,
}

/// One field that may be None, and the attribute it is written to.
#[derive(Clone, Copy)]
pub(crate) struct Carried<'c> {
    /// Position among the fields of the schema.
    pub(crate) upper: u32,
    /// Position among those of the model.
    pub(crate) lower: u32,
    /// The field.
    pub(crate) field: &'c Field,
    /// The attribute.
    pub(crate) attribute: &'c Field,
    /// Leaving the key out is enough: the field's default None is written too.
    pub(crate) by_default: bool,
}

impl NullWrite<'_> {
    /// Where it is written, as an end of a finding.
    pub(crate) fn place(&self) -> End {
        let (_, model) = self.model;
        End {
            layer: model.layer(),
            entity: model.name.to_string(),
            qualname: model.qualname.to_string(),
            table: model.table().map(ToString::to_string),
            field: None,
            label: "written here".to_owned(),
            span: self.write.span,
        }
    }

    /// A body of a request that is legal and breaks.
    pub(crate) fn body(&self) -> String {
        let field = self.carried.first().map(|carried| carried.field);
        let key = field.map_or("", |field| field.wire_name.is().unwrap_or(&field.name));
        format!("`{}` with `{{\"{key}\": null}}`", self.operation.name)
    }

    /// The database's answer.
    pub(crate) fn answer(&self) -> String {
        let attribute = self.carried.first().map(|carried| carried.attribute);
        let column = attribute.map_or("", |attribute| attribute.wire_name.is().unwrap_or(&attribute.name));
        format!("null value in column \"{column}\" violates not-null constraint")
    }
}

/// Every pair of schema and model over which None reaches a column that refuses it, by writes of one kind.
pub(crate) fn null_writes<'c>(context: &'c Context<'_>, kind: WriteKind) -> Vec<NullWrite<'c>> {
    let project = context.graph.project();
    let mut found: BTreeMap<(EntityId, EntityId), NullWrite<'c>> = BTreeMap::new();
    let mut seen: BTreeSet<(EntityId, EntityId, u32)> = BTreeSet::new();
    for write in project.writes.iter().filter(|write| write.kind == kind && !write.leaves_out.unknown) {
        let Some(model) = entity_of(context, &write.model, Layer::Orm) else { continue };
        let Some(schema) = entity_of(context, &write.schema, Layer::Schema) else { continue };
        // What no request carries comes from code, which may never say None.
        let Some(operation) = context.graph.reach(schema.0).write else { continue };
        if schema.1.kind != EntityKind::Schema || code_decides(schema.1) || write.leaves_out.none {
            continue;
        }
        let attributes: BTreeMap<&str, u32> =
            model.1.fields.iter().zip(0..).map(|(field, at)| (&*field.name, at)).collect();
        for (upper, field) in (0..).zip(&schema.1.fields) {
            let carried = attributes_of(write, field)
                .into_iter()
                .filter_map(|name| attributes.get(name))
                .find_map(|lower| carry(context, write, (model, *lower), (schema, upper)));
            let Some(carried) = carried else { continue };
            if seen.insert((model.0, schema.0, upper)) {
                let fresh = || NullWrite {
                    write,
                    model,
                    schema,
                    operation: project.entity(operation),
                    carried: Vec::new(),
                };
                found.entry((schema.0, model.0)).or_insert_with(fresh).carried.push(carried);
            }
        }
    }
    found.into_values().collect()
}

fn entity_of<'c>(
    context: &'c Context<'_>,
    key: &DeclarationKey,
    layer: Layer,
) -> Option<(EntityId, &'c Entity)> {
    context.graph.declared_by(key).find(|(_, entity)| entity.layer() == layer)
}

/// The attributes that a write sets from a field.
fn attributes_of<'w>(write: &'w ModelWrite, field: &'w Field) -> Vec<&'w str> {
    match &write.fields {
        None => vec![&*field.name],
        Some(pairs) => {
            pairs.iter().filter(|(_, from)| **from == *field.name).map(|(name, _)| &**name).collect()
        }
    }
}

fn carry<'c>(
    context: &Context<'_>,
    write: &ModelWrite,
    ((model, entity), lower): ((EntityId, &'c Entity), u32),
    ((_, schema), upper): ((EntityId, &'c Entity), u32),
) -> Option<Carried<'c>> {
    let attribute = entity.fields.get(lower as usize)?;
    let field = schema.fields.get(upper as usize)?;
    let none_by_default = field
        .default
        .is()
        .and_then(Option::as_ref)
        .is_some_and(|default| default.kind == DefaultKind::Scalar(Value::Null));
    let is_sent = field.kind == FieldKind::Field
        && field.nullable.is_yes()
        && !(write.leaves_out.defaults && none_by_default);
    let is_handled = handled(context, &write.schema, field) || write.set.contains(&attribute.name);
    // None in a JSON column is the JSON null, and a type that converts values may convert this one.
    let is_plain = is_column(attribute)
        && !attribute.column.primary_key
        && !attribute.column.generated.is_generated()
        && attribute.ty.shape != Shape::Json
        && attribute.sent.is_none();
    let by_default = none_by_default && !write.leaves_out.unset;
    let breaks = is_sent
        && !is_handled
        && is_plain
        && refuses(context, FieldId { entity: model, field: lower }, attribute);
    breaks.then_some(Carried { upper, lower, field, attribute, by_default })
}

fn handled(context: &Context<'_>, schema: &DeclarationKey, field: &Field) -> bool {
    let classes = [Some(schema), field.declared_in.as_ref()];
    let handled = &context.graph.project().handled;
    classes.into_iter().flatten().any(|class| handled.contains(&(class.clone(), field.name.clone())))
}

/// Whether the column never holds NULL: as the database says where it is known, else as the model does.
fn refuses(context: &Context<'_>, id: FieldId, attribute: &Field) -> bool {
    let columns = context.graph.fields_below(id);
    if columns.is_empty() {
        return attribute.nullable.is_no();
    }
    columns.iter().all(|column| {
        context
            .graph
            .field(column.field)
            .is_some_and(|column| column.nullable.is_no() && !column.column.generated.is_generated())
    })
}
