//! A request schema and the model that is made from it, with different defaults for one field.

use alignment_model::Direction;
use alignment_model::Severity;
use alignment_model::entity::{DefaultKind, DefaultValue, EntityId, Field};
use alignment_model::project::WriteKind;

use super::Definition;
use crate::compare::literals::{Literal, default_as, of_server_default, stored_defaults};
use crate::draft::Draft;
use crate::places::{field_end, quoted};
use crate::writes::{Carried, Written, default_of_class, written};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "schema-default-drift",
    summary: "a request and the column it is written to have different defaults",
    group: "schema",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let inserts =
        written(context, |carried| carried.write.kind == WriteKind::Insert && differs(context, carried));
    for found in inserts {
        for carried in &found.carried {
            findings.add(draft(context, &found, carried));
        }
    }
}

/// The default that fills the column where the insert leaves it out.
struct Below<'c> {
    /// What it may store: an enumeration stores a value or the label of its member.
    values: Vec<Literal>,
    /// As written.
    text: &'c str,
    /// The column of the database, where the default is its own and not the model's.
    column: Option<(EntityId, u32)>,
}

/// Whether both defaults are known values and not the same. None is no default of an insert: SQLAlchemy leaves an attribute that
/// is None out where its column has a default (see `create-allows-null`).
fn differs(context: &Context<'_>, carried: &Carried<'_>) -> bool {
    let Some(above) = default_as(carried.field, carried.attribute) else { return false };
    let Some(below) = below(context, carried) else { return false };
    !below.values.is_empty() && below.values.iter().all(|value| value.differs(&above))
}

/// The default of the attribute; where it has none, that of the column as the migrations leave it; where these do not know the
/// column, the `server_default` of the attribute.
fn below<'c>(context: &'c Context<'_>, carried: &Carried<'c>) -> Option<Below<'c>> {
    let attribute = carried.attribute;
    if let Some(default) = attribute.default.is()? {
        return Some(Below {
            values: stored_defaults(attribute),
            text: written_value(default),
            column: None,
        });
    }
    if let Some(default) = default_of_class(context, carried.id, attribute) {
        let values = default_as(default, attribute).into_iter().collect();
        return Some(Below { values, text: text(default), column: None });
    }
    let columns = context.graph.fields_below(carried.id);
    let of = |owner: &'c Field, column| {
        let values = of_server_default(owner, attribute).into_iter().collect();
        Some(Below { values, text: owner.server_default.is()?.as_deref()?, column })
    };
    match columns.first() {
        Some(column) => {
            of(context.graph.field(column.field)?, Some((column.field.entity, column.field.field)))
        }
        None => of(attribute, None),
    }
}

fn draft(context: &Context<'_>, found: &Written<'_>, carried: &Carried<'_>) -> Draft {
    let ((model, below_entity), (schema, above)) = (found.model, found.schema);
    let Carried { field, attribute, write, .. } = *carried;
    let said = text(field);
    let below = below(context, carried);
    let stored = below.as_ref().map_or("", |below| below.text);
    let key = field.wire_name.is().unwrap_or(&field.name);
    let left_out = write.leaves_out.unset || write.leaves_out.defaults;
    let (wins, row) = if left_out {
        (
            format!(
                "the request leaves its default out, so that `{said}` is documented and `{stored}` is stored"
            ),
            stored,
        )
    } else {
        (
            format!(
                "the request always passes its own default on, so that `{stored}` never takes effect for it"
            ),
            said,
        )
    };
    let message = format!(
        "{} defaults to `{said}`, and {} to `{stored}`: {wins}",
        quoted(above, field),
        quoted(below_entity, attribute),
    );
    let help = if left_out {
        "say the same on both sides; OpenAPI promises the default of the schema"
    } else {
        "say the same on both sides: rows from the API and rows that other code makes start differently"
    };
    let at_column = below.and_then(|below| below.column);
    let label = at_column.map_or_else(|| format!("default `{stored}`"), |_| "written here".to_owned());
    let draft = Draft::new(Severity::Warning, message)
        .direction(Direction::Write)
        .help(help)
        .witness(format!("`{}` without `{key}` stores `{row}`", found.operation.name))
        .field(context, schema, carried.upper, format!("default `{said}`"))
        .field(context, model, carried.lower, label);
    let draft = match at_column {
        Some((table, at)) => draft.place(field_end(context, table, at, format!("default `{stored}`"))),
        None => draft,
    };
    draft.place(found.place())
}

fn text(field: &Field) -> &str {
    field.default.is().and_then(Option::as_ref).map_or("", written_value)
}

/// A default as a reader sees it: what a factory of empty containers makes, not its name.
fn written_value(default: &DefaultValue) -> &str {
    match (&default.kind, &*default.text) {
        (DefaultKind::Computed, "list") => "[]",
        (DefaultKind::Computed, "dict") => "{}",
        (_, text) => text,
    }
}
