//! Whether rows are inserted without a column, so that the database's default fills it.

use alignment_graph::LinkKind;
use alignment_model::entity::FieldId;
use alignment_model::{Known, Layer, Severity};

use crate::Context;
use crate::writes::{default_of_class, has_none_for_default};

/// How much it weighs that a default of the database is wrong, of a column or of the attribute that declares it: an error, unless every
/// insert that is seen gives the column a value. An INSERT of the ORM does where the model has a default in Python, for it leaves a column
/// to the database only where it has none (SQLAlchemy 2.0, "Column INSERT/UPDATE Defaults"); SQL in the text of programs does where it
/// names the column.
pub(crate) fn weight_of_filled(context: &Context<'_>, id: FieldId) -> Severity {
    let project = context.graph.project();
    let owner = project.entity(id.entity);
    let attributes: Vec<FieldId> = if owner.layer() == Layer::Orm {
        vec![id]
    } else {
        let above = context.graph.fields_above(id).into_iter();
        let mapping = above.filter(|above| above.link.kind == LinkKind::Maps).map(|above| above.field);
        mapping.filter(|id| !project.is_test(project.entity(id.entity).span.file)).collect()
    };
    let column = context.graph.field(id).map(|field| field.wire_name.is().unwrap_or(&field.name));
    let is_named = owner.table().zip(column).and_then(|(table, column)| {
        let named = project.unfollowed.named.get(&*table.name.to_lowercase())?;
        Some(named.contains(&*column.to_lowercase()))
    });
    let is_given = attributes.iter().all(|id| gives_a_value(context, *id));
    let is_seen = is_named.is_some() || !attributes.is_empty();
    if is_seen && is_named != Some(false) && is_given { Severity::Warning } else { Severity::Error }
}

/// Whether the application gives an attribute of every new row a value of its own.
fn gives_a_value(context: &Context<'_>, id: FieldId) -> bool {
    context.graph.field(id).is_some_and(|attribute| {
        matches!(attribute.default, Known::Is(Some(_)))
            || default_of_class(context, id, attribute).is_some_and(|field| !has_none_for_default(field))
    })
}
