//! A response field whose type refuses what the column gives to Python.

use alignment_model::shape::Shape;
use alignment_model::{Confidence, Direction, Severity};

use super::Definition;
use crate::compare::lax::{Refusal, refusal};
use crate::draft::Draft;
use crate::places::quoted;
use crate::refusals::words_of_refusal;
use crate::responses::{Read, reads, weight_of_refusal};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "schema-type-drift",
    summary: "a response field's type refuses what the column gives to Python",
    group: "schema",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for read in reads(context) {
        let given = &read.attribute.sent_type().shape;
        if is_only_said(&read, given) || !is_seen(&read) {
            continue;
        }
        let found = refusal(given, &read.field.ty.shape, read.schema);
        if let Some(refusal) = found.filter(|refusal| !never_happens(&read, *refusal)) {
            findings.add(draft(context, &read, given, refusal));
        }
    }
}

/// Whether code shows that the schema is filled from the model. Where only names say so, code that converts is likelier than a
/// response that always fails.
fn is_seen(read: &Read<'_>) -> bool {
    let written = format!("`{}` is ", read.model.name);
    let mut reasons = read.link.evidence.iter();
    reasons
        .any(|evidence| evidence.confidence >= Confidence::Resolved && !evidence.reason.starts_with(&written))
}

/// What a JSON column holds is what was written, whatever the annotation says: nothing converts it.
fn is_only_said(read: &Read<'_>, given: &Shape) -> bool {
    let stored = &read.attribute.ty.shape;
    let container = matches!(given, Shape::List(_) | Shape::Map(..));
    *stored == Shape::Json || container && !matches!(stored, Shape::List(_))
}

/// A decimal without digits after the point is whole.
fn never_happens(read: &Read<'_>, refusal: Refusal) -> bool {
    let scale = read.attribute.ty.sql.as_ref().map(|sql| (sql.arguments.first(), sql.arguments.get(1)));
    refusal == Refusal::UnlessWhole && matches!(scale, Some((Some(_), None | Some(0))))
}

fn draft(context: &Context<'_>, read: &Read<'_>, given: &Shape, refusal: Refusal) -> Draft {
    let Read { link, pair, model, attribute, schema, field } = *read;
    let (attribute_name, field_name) = (quoted(model, attribute), quoted(schema, field));
    let (given, python) = python(given);
    let wanted =
        if field.ty.written.is_empty() { field.ty.shape.to_string() } else { field.ty.written.to_string() };
    let weight = weight_of_refusal(context, link);
    let (severity, message) = match refusal {
        Refusal::Always => (
            weight,
            format!(
                "{attribute_name} is {given}, which {field_name}, a `{wanted}`, never takes: every response fails"
            ),
        ),
        Refusal::UnlessMidnight => (
            weight.min(Severity::Warning),
            format!("{attribute_name} is {given}, and {field_name}, a `{wanted}`, takes only midnight"),
        ),
        Refusal::UnlessWhole => (
            weight.min(Severity::Warning),
            format!("{attribute_name} is {given}, and {field_name}, a `{wanted}`, takes only whole numbers"),
        ),
    };
    let words = match refusal {
        Refusal::Always => words_of_refusal(field),
        Refusal::UnlessMidnight => "Datetimes provided to dates should have zero time".to_owned(),
        Refusal::UnlessWhole => {
            "Input should be a valid integer, got a number with a fractional part".to_owned()
        }
    };
    Draft::over_pair(context, link, pair, severity, message)
        .direction(Direction::Read)
        .help(format!(
            "declare `{}` with the type of the column, or convert it in a validator with `mode=\"before\"`",
            field.name
        ))
        .witness(format!(
            "`{}.model_validate(row)` with `{}` = `{python}` fails: {}: {}",
            schema.name, attribute.name, field.name, words
        ))
        .field(context, link.upper, pair.upper, format!("`{wanted}` here"))
        .field(context, link.lower, pair.lower, format!("{given} when it is loaded"))
}

/// What Python code sees, in words, and an object of it.
fn python(shape: &Shape) -> (&'static str, &'static str) {
    match shape {
        Shape::Bool => ("a bool", "True"),
        Shape::Int(_) => ("an int", "7"),
        Shape::Float => ("a float", "7.5"),
        Shape::Decimal => ("a Decimal", "Decimal('12.50')"),
        Shape::Date => ("a date", "date(2026, 1, 31)"),
        Shape::Time => ("a time", "time(13, 45)"),
        Shape::DateTime(_) => ("a datetime", "datetime(2026, 1, 31, 13, 45)"),
        Shape::Duration => ("a timedelta", "timedelta(hours=1)"),
        Shape::Uuid => ("a UUID", "UUID('7d444840-9dc0-11d1-b245-5ffdce74fad2')"),
        Shape::List(_) => ("a list", "['a']"),
        Shape::Map(..) => ("a dict", "{'a': 1}"),
        _ => ("a str", "'text'"),
    }
}
