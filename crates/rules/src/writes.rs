//! What a request carries into columns as it was sent, and None on its way into one that refuses NULL: what the rules about it share.
//!
//! Only code that is seen to write counts, and no field that code asks about or sets by name on the way.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::{Link, LinkKind, request_keys};
use alignment_model::entity::{DefaultKind, Entity, EntityId, EntityKind, Field, FieldId, FieldKind};
use alignment_model::finding::End;
use alignment_model::project::{ModelWrite, WriteKind};
use alignment_model::shape::{DeclarationKey, Shape, Value};
use alignment_model::{Known, Layer};

use crate::Context;
use crate::persistence::is_column;
use crate::responses::code_decides;

/// The fields of one schema that are written into columns of one model as they were sent.
pub(crate) struct Written<'c> {
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

/// One field, and the attribute it is written to.
#[derive(Clone, Copy)]
pub(crate) struct Carried<'c> {
    /// The code that writes it.
    pub(crate) write: &'c ModelWrite,
    /// Position among the fields of the schema.
    pub(crate) upper: u32,
    /// Position among those of the model.
    pub(crate) lower: u32,
    /// The attribute, for the graph.
    pub(crate) id: FieldId,
    /// The field.
    pub(crate) field: &'c Field,
    /// The attribute.
    pub(crate) attribute: &'c Field,
}

impl Carried<'_> {
    /// Whether leaving the key out is enough: the field's default None is written too.
    pub(crate) fn by_default(&self) -> bool {
        has_none_for_default(self.field) && !self.write.leaves_out.unset
    }
}

impl Written<'_> {
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
            is_use: false,
        }
    }

    /// A body of a request that is legal and breaks.
    pub(crate) fn body(&self) -> String {
        self.carried
            .first()
            .map_or_else(String::new, |carried| body(self.operation, self.schema.1, carried.field))
    }

    /// The database's answer.
    pub(crate) fn answer(&self) -> String {
        let attribute = self.carried.first().map(|carried| carried.attribute);
        let column = attribute.map_or("", |attribute| attribute.wire_name.is().unwrap_or(&attribute.name));
        format!("null value in column \"{column}\" violates not-null constraint")
    }
}

/// A request with null for a field, under a key that requests have.
pub(crate) fn body(operation: &Entity, schema: &Entity, field: &Field) -> String {
    let key = request_keys(schema, field).first().copied().unwrap_or(&field.name);
    format!("`{}` with `\"{key}\": null` in its body", operation.name)
}

/// The field of an SQLModel class whose column is written apart (`Field(default=..., sa_column=...)`): the column has no default, but
/// an object is made with that of the field.
pub(crate) fn default_of_class<'c>(
    context: &'c Context<'_>,
    id: FieldId,
    attribute: &Field,
) -> Option<&'c Field> {
    let key = context.graph.project().entity(id.entity).declaration.as_ref()?;
    let mut both = context.graph.declared_by(key);
    let (_, class) = both.find(|(_, entity)| entity.kind == EntityKind::TableSchema)?;
    class.field(&attribute.name).filter(|field| field.default != Known::Is(None))
}

/// Every pair of schema and model over which None reaches a column that refuses it, by writes of one kind.
pub(crate) fn null_writes<'c>(context: &'c Context<'_>, kind: WriteKind) -> Vec<Written<'c>> {
    written(context, |carried| {
        let Carried { write, field, attribute, .. } = *carried;
        let left_out =
            write.leaves_out.none || write.leaves_out.defaults && has_none_for_default(carried.field);
        // None in a JSON column is the JSON null (SQLAlchemy 2.0, `JSON.none_as_null`).
        let is_plain = !attribute.column.primary_key && attribute.ty.shape != Shape::Json;
        write.kind == kind && field.nullable.is_yes() && !left_out && is_plain && refuses(context, carried)
    })
}

/// Every pair of schema and model with the fields that are written as they were sent, of those to keep: each field once.
pub(crate) fn written<'c>(context: &'c Context<'_>, keep: impl Fn(&Carried<'c>) -> bool) -> Vec<Written<'c>> {
    let project = context.graph.project();
    let mut found: BTreeMap<(EntityId, EntityId), Written<'c>> = BTreeMap::new();
    let mut seen: BTreeSet<(EntityId, EntityId, u32)> = BTreeSet::new();
    for write in project.writes.iter().filter(|write| !write.leaves_out.unknown) {
        let Some(model) = entity_of(context, &write.model, Layer::Orm) else { continue };
        let Some(schema) = entity_of(context, &write.schema, Layer::Schema) else { continue };
        // What no request carries comes from code, which may never say what its types allow.
        let Some(operation) = operation(context, schema.0, write.kind) else { continue };
        if schema.1.kind != EntityKind::Schema || code_decides(schema.1) {
            continue;
        }
        let attributes: BTreeMap<&str, u32> =
            model.1.fields.iter().zip(0..).map(|(field, at)| (&*field.name, at)).collect();
        for (upper, field) in (0..).zip(&schema.1.fields) {
            let carried = attributes_of(write, field)
                .into_iter()
                .filter_map(|name| attributes.get(name))
                .filter_map(|lower| carry(context, write, model, *lower, (upper, field)))
                .find(|carried| keep(carried));
            let Some(carried) = carried else { continue };
            if seen.insert((model.0, schema.0, upper)) {
                let operation = project.entity(operation);
                let fresh = || Written { write, model, schema, operation, carried: Vec::new() };
                found.entry((schema.0, model.0)).or_insert_with(fresh).carried.push(carried);
            }
        }
    }
    found.into_values().collect()
}

/// An operation that takes a schema: one whose method fits what is done, where there is one.
fn operation(context: &Context<'_>, schema: EntityId, kind: WriteKind) -> Option<EntityId> {
    let project = context.graph.project();
    let any = context.graph.reach(schema).write?;
    let above = context.graph.above(schema).into_iter();
    let mut taking = above.filter(|link| link.kind == LinkKind::Carries && link.flow.write);
    let fits = |link: &&Link| {
        let method = project.entity(link.upper).operation().map(|detail| &*detail.method);
        match kind {
            WriteKind::Insert => method == Some("POST"),
            WriteKind::Update => matches!(method, Some("PATCH" | "PUT")),
        }
    };
    Some(taking.find(fits).map_or(any, |link| link.upper))
}

fn entity_of<'c>(
    context: &'c Context<'_>,
    key: &DeclarationKey,
    layer: Layer,
) -> Option<(EntityId, &'c Entity)> {
    context.graph.declared_by(key).find(|(_, entity)| entity.layer() == layer)
}

/// The attributes that a write sets from a field.
pub(crate) fn attributes_of<'w>(write: &'w ModelWrite, field: &'w Field) -> Vec<&'w str> {
    match &write.fields {
        None => vec![&*field.name],
        Some(pairs) => {
            pairs.iter().filter(|(_, from)| **from == *field.name).map(|(name, _)| &**name).collect()
        }
    }
}

fn carry<'c>(
    context: &Context<'_>,
    write: &'c ModelWrite,
    (model, entity): (EntityId, &'c Entity),
    lower: u32,
    (upper, field): (u32, &'c Field),
) -> Option<Carried<'c>> {
    let attribute = entity.fields.get(lower as usize)?;
    let is_handled = handled(context, &write.schema, field) || write.set.contains(&attribute.name);
    // A type that converts values may convert this one.
    let is_plain =
        is_column(attribute) && !attribute.column.generated.is_generated() && attribute.sent.is_none();
    let id = FieldId { entity: model, field: lower };
    (field.kind == FieldKind::Field && !is_handled && is_plain).then_some(Carried {
        write,
        upper,
        lower,
        id,
        field,
        attribute,
    })
}

pub(crate) fn has_none_for_default(field: &Field) -> bool {
    let default = field.default.is().and_then(Option::as_ref);
    default.is_some_and(|default| default.kind == DefaultKind::Scalar(Value::Null))
}

fn handled(context: &Context<'_>, schema: &DeclarationKey, field: &Field) -> bool {
    let classes = [Some(schema), field.declared_in.as_ref()];
    let handled = &context.graph.project().handled;
    classes.into_iter().flatten().any(|class| handled.contains(&(class.clone(), field.name.clone())))
}

/// Whether the column never holds NULL: as the database says where it is known, else as the model does.
fn refuses(context: &Context<'_>, carried: &Carried<'_>) -> bool {
    let columns = context.graph.fields_below(carried.id);
    if columns.is_empty() {
        return carried.attribute.nullable.is_no();
    }
    columns.iter().all(|column| {
        context
            .graph
            .field(column.field)
            .is_some_and(|column| column.nullable.is_no() && !column.column.generated.is_generated())
    })
}
