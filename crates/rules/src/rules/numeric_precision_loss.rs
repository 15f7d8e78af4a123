//! An exact decimal that a response turns into a binary float with fewer digits.

use alignment_model::entity::{Field, FieldId, SqlType};
use alignment_model::shape::Shape;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::quoted;
use crate::responses::{Read, reads};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "numeric-precision-loss",
    summary: "a response turns a decimal into a float that cannot hold its digits",
    group: "schema",
    severity: Severity::Warning,
    check,
};

/// Decimal digits that survive the way into a double and back (IEEE 754 binary64, `DBL_DIG`).
const DIGITS_OF_A_DOUBLE: u32 = 15;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for read in reads(context) {
        let exact = matches!(read.attribute.sent_type().shape, Shape::Decimal);
        let converted = matches!(read.field.ty.shape, Shape::Float)
            && read.field.sent.as_ref().is_none_or(|sent| sent.ty.shape == Shape::Float);
        if exact
            && converted
            && let Some(draft) = draft(context, &read)
        {
            findings.add(draft);
        }
    }
}

fn draft(context: &Context<'_>, read: &Read<'_>) -> Option<Draft> {
    let Read { link, pair, model, attribute, schema, field } = *read;
    let numeric = narrowest(context, read)?;
    let names = (quoted(model, attribute), quoted(schema, field));
    let draft = match numeric.arguments.first() {
        Some(digits) if *digits <= DIGITS_OF_A_DOUBLE => return None,
        Some(digits) => {
            let value = nines(*digits, numeric.arguments.get(1).copied().unwrap_or(0));
            let carried: f64 = value.parse().ok()?;
            let message = format!(
                "{} holds {digits} digits exactly, {} is a float of {DIGITS_OF_A_DOUBLE}: the last ones change",
                names.0, names.1
            );
            Draft::over_pair(context, link, pair, Severity::Warning, message)
                .witness(format!("{value} is stored, `{{\"{}\": {carried}}}` is sent", field.name))
        }
        None => {
            let message = format!(
                "{} holds any number of digits exactly, {} is a float of {DIGITS_OF_A_DOUBLE}",
                names.0, names.1
            );
            Draft::over_pair(context, link, pair, Severity::Info, message)
        }
    };
    let draft = draft
        .direction(Direction::Read)
        .help(format!("declare `{}: Decimal`, which travels as a string, or store a float", field.name))
        .field(context, link.upper, pair.upper, "a binary float here")
        .field(context, link.lower, pair.lower, format!("`{numeric}`"));
    Some(draft)
}

/// The type that limits the digits: the narrowest of the model and its columns.
fn narrowest<'c>(context: &'c Context<'_>, read: &Read<'c>) -> Option<&'c SqlType> {
    fn numeric(field: &Field) -> Option<&SqlType> {
        field.ty.sql.as_ref().filter(|sql| &*sql.base == "numeric" && !sql.array)
    }
    let attribute = FieldId { entity: read.link.lower, field: read.pair.lower };
    let columns = context.graph.fields_below(attribute).into_iter();
    let columns = columns.filter_map(|column| numeric(context.graph.field(column.field)?));
    let digits = |sql: &&SqlType| sql.arguments.first().copied().unwrap_or(u32::MAX);
    numeric(read.attribute).into_iter().chain(columns).min_by_key(digits)
}

/// The largest number of a `numeric(digits, scale)`.
fn nines(digits: u32, scale: u32) -> String {
    let scale = scale.min(digits);
    let run = |count: u32| "9".repeat(count.min(400) as usize);
    match (digits - scale, scale) {
        (whole, 0) => run(whole),
        (0, scale) => format!("0.{}", run(scale)),
        (whole, scale) => format!("{}.{}", run(whole), run(scale)),
    }
}
