//! A column and its attribute of different types.

use alignment_graph::type_of;
use alignment_model::proof::Facet;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::agreement;
use crate::compare::sql::{Gap, GapKind, gap};
use crate::draft::Draft;
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

fn check(context: &Context<'_>, findings: &mut Findings) {
    agreement::facets::types(context, findings);
    for mapped in Persistence::new(context).mapped_columns() {
        if let Some(gap) = gap(mapped.column, mapped.attribute) {
            findings.add(draft(&mapped, gap));
        }
    }
}

/// Another kind of value is an error, a value that is cut or refused a warning, and a model that promises less than the column
/// holds is for reading only.
fn draft(mapped: &MappedColumn<'_>, gap: Gap) -> Draft {
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
        .help("alter the column with a migration, or declare the type that it has")
        .witness(gap.proof)
        .proof(proofs::mapped(mapped, Facet::Type));
    mapped.ends(draft, format!("`{declared}` here"), format!("`{stored}` here"))
}
