//! A response that promises a value where the model may hold None.

use alignment_graph::{Link, LinkKind, Pair};
use alignment_model::entity::{Field, FieldId};
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use crate::compare::null;
use crate::draft::Draft;
use crate::nulls::{NullSources, Nulls};
use crate::persistence::is_column;
use crate::places::{entities, fields, is_shown, listed, quoted};
use crate::proofs;
use crate::refusals::words_of_refusal;
use crate::remedies::schema_allows_none;
use crate::responses::{reads_by_code, weight_of_refusal};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "schema-nullability-drift",
    summary: "a response promises a value where the column may be NULL",
    group: "schema",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let sources = NullSources::new(context);
    let links = context.graph.links(LinkKind::Fills).filter(|link| link.flow.read && is_shown(link));
    for link in links.filter(|link| !is_one_class(context, link)) {
        if reads_by_code(entities(context, link).1) {
            continue;
        }
        let (mut defaulted, mut given) = (Vec::new(), Vec::new());
        for pair in &link.pairs {
            let Some((attribute, field)) = fields(context, link, pair) else { continue };
            let filled = link.filled_by_code.contains(&pair.upper);
            if filled || !is_column(attribute) || attribute.column.primary_key {
                continue;
            }
            let breaks = null::breaks(attribute.nullable, field.nullable, link.flow) == Some(Direction::Read);
            if !breaks || pair.checked || column_refuses(context, link, pair) {
                continue;
            }
            match sources.of(FieldId { entity: link.lower, field: pair.lower }) {
                Nulls::Stored(words) => {
                    findings.add(draft(context, link, pair, (attribute, field), Some(words)));
                }
                Nulls::Possible => findings.add(draft(context, link, pair, (attribute, field), None)),
                Nulls::Defaulted => defaulted.push((pair, field)),
                Nulls::AlwaysGiven => given.push((pair, field)),
            }
        }
        for (pairs, by_default) in [(defaulted, true), (given, false)] {
            if !pairs.is_empty() {
                findings.add(together(context, link, &pairs, by_default));
            }
        }
    }
}

/// Whether model and schema are one SQLModel class: a loaded object is an instance of the response already, and nothing looks at
/// its values again (Pydantic 2, `revalidate_instances`; SQLModel's `read_with_orm_mode` keeps FastAPI from dumping it).
fn is_one_class(context: &Context<'_>, link: &Link) -> bool {
    let (model, schema) = entities(context, link);
    model.declaration.is_some() && model.declaration == schema.declaration
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

fn draft(
    context: &Context<'_>,
    link: &Link,
    pair: &Pair,
    (attribute, field): (&Field, &Field),
    stored: Option<&str>,
) -> Draft {
    let (model, schema) = entities(context, link);
    let message = format!(
        "{} may be None, which {} does not allow: one such row, and the response fails",
        quoted(model, attribute),
        quoted(schema, field)
    );
    let column = attribute.wire_name.is().unwrap_or(&attribute.name);
    let row = stored.map_or_else(|| format!("a row with `{column}` NULL"), ToOwned::to_owned);
    let weight = weight_of_refusal(context, link);
    let weight = if stored.is_some() { weight } else { weight.min(Severity::Warning) };
    let reading = if link.by_name {
        format!("`{}.model_validate(row)`", schema.name)
    } else {
        format!("`{}({}=row.{}, ...)`", schema.name, field.name, attribute.name)
    };
    Draft::over_pair(context, link, pair, weight, message)
        .direction(Direction::Read)
        .help(help(field))
        .remedy(schema_allows_none(context, link.upper, field))
        .witness(format!("{row}; {reading} fails: {}: {}", field.name, words_of_refusal(field)))
        .proof(proofs::null_row((model, attribute), (schema, field)))
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

/// Fields of one schema that only the application keeps from None: one line, and no row is seen that breaks.
fn together(context: &Context<'_>, link: &Link, pairs: &[(&Pair, &Field)], by_default: bool) -> Draft {
    let (model, schema) = entities(context, link);
    let names = listed(pairs.iter().map(|(_, field)| &*field.name));
    let one = pairs.len() == 1;
    let keeps = if by_default {
        format!("only a default of `{}` keeps the {}", model.name, if one { "column" } else { "columns" })
    } else {
        format!(
            "only the code that writes `{}` keeps the {}",
            model.name,
            if one { "column" } else { "columns" }
        )
    };
    let message = format!(
        "{names} of `{}` {} never None, and {keeps} from NULL: rows that are older or come from elsewhere may hold it",
        schema.name,
        if one { "is" } else { "are" },
    );
    let help = if one {
        "make the column NOT NULL, or allow None in the schema"
    } else {
        "make the columns NOT NULL, or allow None in the schema"
    };
    let draft = Draft::over(context, link, Severity::Info, message).direction(Direction::Read).help(help);
    let label = if by_default { "nullable, with a default" } else { "nullable, and always given" };
    let draft = draft.gathers_of(&schema.name, pairs.iter().map(|(_, field)| &*field.name));
    pairs.iter().fold(draft, |draft, (pair, _)| {
        draft
            .field(context, link.upper, pair.upper, "never None here")
            .field(context, link.lower, pair.lower, label)
    })
}

fn written(field: &Field) -> String {
    if field.ty.written.is_empty() { field.ty.shape.to_string() } else { field.ty.written.to_string() }
}
