//! A request that takes longer texts than the column holds.

use alignment_model::entity::{Field, SqlType};
use alignment_model::shape::Shape;
use alignment_model::{Dialect, Direction, Known, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::writes::{Carried, Written, written};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "schema-length-drift",
    summary: "a request takes longer texts than the column holds",
    group: "schema",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for found in written(context, |carried| room(context, carried).is_some()) {
        findings.add(draft(context, &found));
    }
}

/// The longest text that the request takes and the longest that the column holds, where the second is shorter.
fn room(context: &Context<'_>, carried: &Carried<'_>) -> Option<(u32, u32)> {
    let taken = match (&carried.field.length, &carried.field.values) {
        (Known::Is(Some(taken)), Known::Is(None)) if carried.field.ty.shape == Shape::Text => *taken,
        _ => return None,
    };
    let held = width(context, carried)?;
    (taken > held).then_some((taken, held))
}

/// The width of the column in the database that is managed, where that enforces one: SQLite does not (SQLite, "Datatypes", 3.1).
fn width(context: &Context<'_>, carried: &Carried<'_>) -> Option<u32> {
    let project = context.graph.project();
    let columns = context.graph.fields_below(carried.id);
    let mut widest = None;
    for column in &columns {
        let source = project.source_of(project.entity(column.field.entity))?;
        if source.dialect == Dialect::Sqlite {
            return None;
        }
        widest = widest.max(Some(width_of(context.graph.field(column.field)?)?));
    }
    widest
}

fn width_of(column: &Field) -> Option<u32> {
    let SqlType { base, arguments, array } = column.ty.sql.as_ref()?;
    match arguments.as_slice() {
        [width] if !array && matches!(&**base, "varchar" | "char") => Some(*width),
        _ => None,
    }
}

fn draft(context: &Context<'_>, found: &Written<'_>) -> Draft {
    let ((model, below), (schema, above)) = (found.model, found.schema);
    let rooms: Vec<_> =
        found.carried.iter().filter_map(|carried| Some((carried, room(context, carried)?))).collect();
    let told: Vec<String> = rooms
        .iter()
        .map(|(carried, (taken, held))| format!("`{}` ({taken} > {held})", carried.field.name))
        .collect();
    let message = format!(
        "{} of `{}` may be longer than the columns that `{}` writes them to: such a text passes validation and is refused at flush",
        told.join(", "),
        above.name,
        below.name
    );
    let mut draft = Draft::new(Severity::Warning, message)
        .direction(Direction::Write)
        .help("lower `max_length` to what the column holds, or widen the column with a migration");
    if let Some((carried, (_, held))) = rooms.first() {
        draft = draft.witness(format!(
            "`{}` with `{}` of {} characters passes validation; flush: value too long for type character varying({held})",
            found.operation.name,
            carried.field.name,
            held + 1
        ));
    }
    let draft = draft.gathers_of(&above.name, rooms.iter().map(|(carried, _)| &*carried.field.name));
    let draft = rooms.iter().fold(draft, |draft, (carried, (taken, held))| {
        draft.field(context, schema, carried.upper, format!("up to {taken} characters")).field(
            context,
            model,
            carried.lower,
            format!("the column holds {held}"),
        )
    });
    draft.place(found.place())
}
