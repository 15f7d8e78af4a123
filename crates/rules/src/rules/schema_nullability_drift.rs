//! A response that promises a value where the model may hold None.

use alignment_graph::{Link, LinkKind, Pair};
use alignment_model::entity::{Field, FieldId};
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use crate::compare::null;
use crate::draft::Draft;
use crate::persistence::is_column;
use crate::places::{entities, fields, is_shown, listed, quoted};
use crate::responses::{code_decides, weight_of_refusal};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "schema-nullability-drift",
    summary: "a response promises a value where the column may be NULL",
    group: "schema",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for link in context.graph.links(LinkKind::Fills).filter(|link| link.flow.read && is_shown(link)) {
        if code_decides(entities(context, link).1) {
            continue;
        }
        let mut defaulted = Vec::new();
        for pair in &link.pairs {
            let Some((attribute, field)) = fields(context, link, pair) else { continue };
            let filled = link.filled_by_code.contains(&pair.upper);
            if filled || !is_column(attribute) || attribute.column.primary_key {
                continue;
            }
            let breaks = null::breaks(attribute.nullable, field.nullable, link.flow) == Some(Direction::Read);
            if !breaks || column_refuses(context, link, pair) {
                continue;
            }
            if has_default(attribute) {
                defaulted.push((pair, field));
            } else {
                findings.add(draft(context, link, pair, attribute, field));
            }
        }
        if !defaulted.is_empty() {
            findings.add(together(context, link, &defaulted));
        }
    }
}

/// A default of the model fills what the application inserts; rows from elsewhere, and older ones, may still be NULL.
fn has_default(attribute: &Field) -> bool {
    !matches!(attribute.default, Known::Is(None)) || !matches!(attribute.server_default, Known::Is(None))
}

/// Whether the column beneath never holds NULL: then the model is too cautious, which is another rule's finding, and no row
/// breaks the response.
pub(super) fn column_refuses(context: &Context<'_>, link: &Link, pair: &Pair) -> bool {
    let attribute = FieldId { entity: link.lower, field: pair.lower };
    let columns = context.graph.fields_below(attribute);
    !columns.is_empty()
        && columns.iter().all(|column| {
            context
                .graph
                .field(column.field)
                .is_some_and(|column| column.nullable.is_no() || column.column.primary_key)
        })
}

fn draft(context: &Context<'_>, link: &Link, pair: &Pair, attribute: &Field, field: &Field) -> Draft {
    let (model, schema) = entities(context, link);
    let message = format!(
        "{} may be None, {} does not allow it: one such row and the response fails",
        quoted(model, attribute),
        quoted(schema, field)
    );
    Draft::over_pair(context, link, pair, weight_of_refusal(context, link), message)
        .direction(Direction::Read)
        .help(help(field))
        .witness(format!(
            "a row with `{}` NULL; `{}.model_validate(row)` fails: {}: Input should be a valid {}",
            attribute.wire_name.is().unwrap_or(&attribute.name),
            schema.name,
            field.name,
            written(field)
        ))
        .field(context, link.upper, pair.upper, "never None here")
        .field(context, link.lower, pair.lower, "None is legal here")
}

/// A default of the schema stands in for an attribute that is not there, and the attribute of a loaded object always is: None is
/// validated, and refused (Pydantic 2, "Fields", "Default values").
fn help(field: &Field) -> String {
    let fix = format!("write `{}: {} | None`, or make the column NOT NULL", field.name, written(field));
    match &field.default {
        Known::Is(Some(_)) => format!(
            "{fix}; the default of `{}` does not help: it stands in for an attribute that is missing, not for None",
            field.name
        ),
        _ => fix,
    }
}

/// Fields that only a default keeps from None: one line for a schema.
fn together(context: &Context<'_>, link: &Link, defaulted: &[(&Pair, &Field)]) -> Draft {
    let (model, schema) = entities(context, link);
    let names = listed(defaulted.iter().map(|(_, field)| &*field.name));
    let message = format!(
        "{names} of `{}` never {} None, and only a default of `{}` keeps {} from it: rows that are older or come from elsewhere may be NULL",
        schema.name,
        if defaulted.len() == 1 { "is" } else { "are" },
        model.name,
        if defaulted.len() == 1 { "it" } else { "them" },
    );
    let draft = Draft::over(context, link, weight_of_refusal(context, link).lowered(), message)
        .direction(Direction::Read)
        .help("make the columns NOT NULL, or allow None in the schema");
    defaulted.iter().fold(draft, |draft, (pair, _)| {
        draft.field(context, link.upper, pair.upper, "never None here").field(
            context,
            link.lower,
            pair.lower,
            "nullable, with a default",
        )
    })
}

fn written(field: &Field) -> String {
    if field.ty.written.is_empty() { field.ty.shape.to_string() } else { field.ty.written.to_string() }
}
