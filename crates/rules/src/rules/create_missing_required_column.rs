//! Code that makes a row and gives no value for a column that must have one.

use std::collections::BTreeSet;

use alignment_model::entity::{
    ConstraintKind, Detail, Entity, EntityId, ExtraKeys, Field, FieldId, FieldKind, Model,
};
use alignment_model::finding::End;
use alignment_model::project::RowMade;
use alignment_model::shape::Shape;
use alignment_model::{Direction, Known, Layer, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::{is_column, model};
use crate::places::listed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "create-missing-required-column",
    summary: "code adds a row without a value for a column that must have one",
    group: "schema",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    if project.listeners.any {
        return;
    }
    let revisions = crate::persistence::revision_files(project);
    for row in &project.rows {
        if revisions.contains(&row.span.file) {
            continue;
        }
        let Some((id, entity)) =
            context.graph.declared_by(&row.model).find(|(_, entity)| entity.layer() == Layer::Orm)
        else {
            continue;
        };
        let Some(given) = given(context, row, entity) else { continue };
        let missing: Vec<u32> = (0..)
            .zip(&entity.fields)
            .filter(|(at, field)| {
                is_missing(context, row, &given, field)
                    && demands(context, FieldId { entity: id, field: *at }, field)
            })
            .map(|(at, _)| at)
            .collect();
        if !missing.is_empty() {
            findings.add(draft(context, row, (id, entity), &missing));
        }
    }
}

/// What a row is given.
struct Given<'c> {
    names: BTreeSet<&'c str>,
    /// An object of another model is among it, whose key the ORM copies.
    keys: bool,
    model: &'c Model,
}

/// What a row is given; `None` where one of the names may set others.
fn given<'c>(context: &'c Context<'_>, row: &'c RowMade, entity: &'c Entity) -> Option<Given<'c>> {
    let mut names: BTreeSet<&str> = row.given.iter().map(|name| &**name).collect();
    if let Some(schema) = &row.schema {
        let (_, schema) =
            context.graph.declared_by(schema).find(|(_, entity)| entity.layer() == Layer::Schema)?;
        let Detail::Schema(detail) = &schema.detail else { return None };
        let open = detail.extra == ExtraKeys::Allowed || detail.code_decides || detail.configuration_unread;
        if open || !schema.completeness.is_complete() {
            return None;
        }
        names.extend(schema.fields.iter().filter(|field| !field.excluded).map(|field| &*field.name));
    }
    let mut keys = false;
    for name in &names {
        match entity.field(name).map(|field| field.kind) {
            Some(FieldKind::Column) => {}
            Some(FieldKind::Relationship) => keys = true,
            // A property of the class, or an attribute that a relationship of another class makes.
            _ => return None,
        }
    }
    Some(Given { names, keys, model: model(entity)? })
}

/// Whether nothing that is seen gives an attribute a value.
fn is_missing(context: &Context<'_>, row: &RowMade, given: &Given<'_>, field: &Field) -> bool {
    let set = given.names.contains(&*field.name)
        || row.class_sets.contains(&field.name)
        || context.graph.project().listeners.sets.contains(&field.name);
    let column = field.wire_name.is().map(|name| &**name);
    let by_class = column.is_none_or(|column| row.class_sets.iter().any(|name| **name == *column));
    is_column(field)
        && !set
        && !by_class
        && !(is_key(given.model, field) && (given.keys || field.column.primary_key))
}

/// Whether a column refers to a row of another table.
fn is_key(model: &Model, field: &Field) -> bool {
    field.column.foreign_key
        || field.wire_name.is().is_some_and(|column| {
            model.constraints.iter().any(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(key) => key.columns.contains(column),
                _ => false,
            })
        })
}

/// Whether a row must have a value of its own in a column: SQLAlchemy writes NULL where the model has no default, whatever the
/// database would have filled in; a whole number for a key is counted by the database.
fn demands(context: &Context<'_>, id: FieldId, field: &Field) -> bool {
    let flags = &field.column;
    let counted = flags.primary_key && matches!(field.ty.shape, Shape::Int(_) | Shape::Unknown(_));
    let filled = field.default != Known::Is(None)
        || field.server_default != Known::Is(None)
        || flags.generated.is_generated()
        || flags.may_be_gone;
    let columns = context.graph.fields_below(id);
    field.nullable.is_no()
        && !counted
        && !filled
        && columns.iter().all(|column| {
            context.graph.field(column.field).is_some_and(|column| {
                column.nullable.is_no()
                    && !column.column.generated.is_generated()
                    && !column.column.may_be_gone
            })
        })
}

fn draft(context: &Context<'_>, row: &RowMade, (id, entity): (EntityId, &Entity), missing: &[u32]) -> Draft {
    let fields: Vec<&Field> = missing.iter().filter_map(|at| entity.fields.get(*at as usize)).collect();
    let names = listed(fields.iter().map(|field| &*field.name));
    let one = fields.len() == 1;
    let message = format!(
        "`{}` adds a `{}` without {names}: {} NOT NULL without a default, and the insert fails",
        row.maker,
        entity.name,
        if one { "the column is" } else { "the columns are" },
    );
    let column = fields.first().map_or("", |field| field.wire_name.is().unwrap_or(&field.name));
    // Where the database has been seen to refuse, nothing but a trigger can save the row.
    let seen =
        missing.iter().all(|at| !context.graph.fields_below(FieldId { entity: id, field: *at }).is_empty());
    let draft = Draft::new(if seen { Severity::Error } else { Severity::Warning }, message)
        .direction(Direction::Write)
        .gathers_of(&format!("{}: {}", row.maker, entity.name), fields.iter().map(|field| &*field.name))
        .help("give a value where the row is made, or give the attribute a default")
        .witness(format!("flush: null value in column \"{column}\" violates not-null constraint"))
        .place(End {
            layer: entity.layer(),
            entity: entity.name.to_string(),
            qualname: entity.qualname.to_string(),
            table: entity.table().map(ToString::to_string),
            field: fields.first().map(|field| field.name.to_string()),
            label: "made here, and added".to_owned(),
            span: row.span,
            is_use: false,
        });
    missing.iter().fold(draft, |draft, at| draft.field(context, id, *at, "NOT NULL, no default"))
}
