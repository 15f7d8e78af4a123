//! A column and its attribute of different types.

use std::collections::BTreeSet;

use alignment_graph::{Link, Pair, type_of};
use alignment_model::entity::{EntityId, Field};
use alignment_model::{Severity, Span};

use super::Definition;
use crate::compare::sql::{Gap, GapKind, gap};
use crate::draft::Draft;
use crate::persistence::{Persistence, is_column};
use crate::places::{entities, fields, quoted};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-type-drift",
    summary: "a column has another type than the attribute that maps it",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let persistence = Persistence::new(context);
    let mut seen: BTreeSet<(EntityId, u32, Span)> = BTreeSet::new();
    for link in persistence.migrated() {
        for pair in &link.pairs {
            let Some((column, attribute)) = fields(context, link, pair) else { continue };
            if !is_column(attribute) || persistence.belongs_to_parent(link, attribute) {
                continue;
            }
            let Some(gap) = gap(column, attribute) else { continue };
            if seen.insert((link.lower, pair.lower, attribute.span)) {
                findings.add(draft(context, link, pair, (column, attribute), gap));
            }
        }
    }
}

/// Another kind of value is an error, a value that is cut or refused a warning, and a model that promises less than the column
/// holds is for reading only.
fn draft(
    context: &Context<'_>,
    link: &Link,
    pair: &Pair,
    (column, attribute): (&Field, &Field),
    gap: Gap,
) -> Draft {
    let (table, model) = entities(context, link);
    let severity = match gap.kind {
        GapKind::Family => Severity::Error,
        GapKind::Width => Severity::Warning,
        GapKind::Narrower => Severity::Info,
    };
    let (stored, declared) = (type_of(column), type_of(attribute));
    let message = format!(
        "column `{}.{}` is `{stored}`, {} is `{declared}`: {}",
        table.name,
        column.name,
        quoted(model, attribute),
        gap.proof
    );
    Draft::over_pair(context, link, pair, severity, message)
        .direction(alignment_model::Direction::Both)
        .help("alter the column with a migration, or declare the type that it has")
        .witness(gap.proof)
        .field(context, link.upper, pair.upper, format!("`{declared}` here"))
        .field(context, link.lower, pair.lower, format!("`{stored}` here"))
}
