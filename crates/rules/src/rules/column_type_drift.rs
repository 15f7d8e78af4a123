//! A column and its attribute of different types.

use alignment_graph::type_of;
use alignment_model::project::ConversionKind;
use alignment_model::proof::Facet;
use alignment_model::shape::Shape;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::agreement;
use crate::alike::{self, Alike};
use crate::compare::sql::{Gap, GapKind, gap};
use crate::persistence::{MappedColumn, Persistence};
use crate::proofs;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-type-drift",
    summary: "a column has another type than the attribute that maps it",
    group: "migrations",
    severity: Severity::Error,
    check,
};

const HELP: &str = "alter the column with a migration, or declare the type that it has";

fn check(context: &Context<'_>, findings: &mut Findings) {
    agreement::facets::types(context, findings);
    let mut drifting = Vec::new();
    for mapped in Persistence::new(context).mapped_columns() {
        if let Some(gap) = gap(mapped.column, mapped.attribute) {
            let gap = cast(context, &mapped).or_else(|| days(context, &mapped)).unwrap_or(gap);
            drifting.push(draft(&mapped, gap));
        }
    }
    alike::add(findings, drifting, HELP, |says, number, columns| {
        format!("{number} columns {says}: {columns}")
    });
}

/// A text column under an attribute whose enumeration the database knows all the same: an INSERT that casts to it is stored, because
/// PostgreSQL converts to text on assignment; a comparison is not converted (17, "CREATE CAST", "automatic I/O conversion casts").
fn cast(context: &Context<'_>, mapped: &MappedColumn<'_>) -> Option<Gap> {
    let (stored, declared) = (mapped.column.ty.sql.as_ref()?, mapped.attribute.ty.sql.as_ref()?);
    let source = context.graph.project().source_of(mapped.table())?;
    let known = source.schema.enums.iter().any(|known| known.name.name == declared.base);
    let is_text = matches!(&*stored.base, "varchar" | "text") && !stored.array && !declared.array;
    (known && is_text).then(|| Gap {
        kind: GapKind::Narrower,
        proof: format!(
            "values are stored, but a driver that casts them compares `{}` with `{declared}`, for which there is no operator",
            stored.base
        ),
    })
}

/// A column of days under an attribute of moments, where all code that is seen to make rows gives midnight: nothing is lost.
fn days(context: &Context<'_>, mapped: &MappedColumn<'_>) -> Option<Gap> {
    let is_day =
        mapped.column.ty.shape == Shape::Date && matches!(mapped.attribute.ty.shape, Shape::DateTime(_));
    let project = context.graph.project();
    let key = mapped
        .model()
        .declaration
        .as_ref()
        .filter(|key| is_day && !project.unfollowed.models.contains(key))?;
    let made =
        project.conversions.iter().filter(|made| made.target == *key && !project.is_test(made.span.file));
    let mut gives = made.filter_map(|made| match &made.kind {
        ConversionKind::Construct(mappings) => {
            mappings.iter().find(|given| given.field == mapped.attribute.name)
        }
        _ => None,
    });
    let first = gives.next()?;
    (first.is_midnight && gives.all(|given| given.is_midnight)).then(|| Gap {
        kind: GapKind::Width,
        proof:
            "2026-01-31 13:45 would be stored as 2026-01-31; the code that is seen to write it gives midnight"
                .to_owned(),
    })
}

/// Another kind of value is an error, a value that is cut or refused a warning, and a model that promises less than the column
/// holds is for reading only.
fn draft(mapped: &MappedColumn<'_>, gap: Gap) -> Alike {
    let severity = match gap.kind {
        GapKind::Family => Severity::Error,
        GapKind::Width => Severity::Warning,
        GapKind::Narrower => Severity::Info,
    };
    let (stored, declared) = (type_of(mapped.column), type_of(mapped.attribute));
    let message = format!(
        "column {} is `{stored}`, {} is `{declared}`: {}",
        mapped.column_name(),
        mapped.attribute_name(),
        gap.proof
    );
    let draft = mapped
        .draft(severity, message)
        .direction(Direction::Both)
        .help(HELP)
        .witness(gap.proof)
        .proof(proofs::mapped(mapped, Facet::Type));
    let draft = mapped.ends(draft, format!("`{declared}` here"), format!("`{stored}` here"));
    // Lengths and precisions are told with each column.
    let base = |ty: &str| ty.split('(').next().unwrap_or(ty).to_owned();
    let (table, model) = (&mapped.table().name, &mapped.model().name);
    let says = match (base(&stored), base(&declared)) {
        (a, b) if a == b => {
            format!("of `{table}` and their attributes of `{model}` are `{a}` of different sizes")
        }
        (a, b) => format!("of `{table}` are `{a}` and their attributes of `{model}` are `{b}`"),
    };
    Alike::new(mapped, says, draft).noted(&format!("`{stored}` in the database, `{declared}` in the model"))
}
