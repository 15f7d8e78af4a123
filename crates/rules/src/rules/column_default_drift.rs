//! A column whose default says another value than the attribute that maps it.

use std::collections::BTreeMap;

use alignment_model::entity::{EntityId, Field};
use alignment_model::{Known, Severity};

use super::Definition;
use crate::agreement;
use crate::compare::labels::weight_of_default;
use crate::compare::literals::{Literal, is_null, of_server_default, quoted_twice, stored_defaults};
use crate::draft::Draft;
use crate::persistence::{MappedColumn, Persistence};
use crate::places::listed;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "column-default-drift",
    summary: "a column and the attribute that maps it have different defaults",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    agreement::facets::defaults(context, findings);
    let persistence = Persistence::new(context);
    let mut alone: BTreeMap<(EntityId, EntityId), Alone<'_>> = BTreeMap::new();
    for mapped in persistence.mapped_columns() {
        let MappedColumn { link, column, attribute, .. } = mapped;
        if column.column.generated.is_generated() || attribute.column.generated.is_generated() {
            continue;
        }
        // What is wrong with such a default is another rule's to say.
        if findings.is_on("server-default-quoted-twice") && quoted_twice(column).is_some() {
            continue;
        }
        if let Some(draft) = contradiction(&mapped) {
            findings.add(draft);
            continue;
        }
        let (Some(below), Some(above)) = (has_server_default(column), has_server_default(attribute)) else {
            continue;
        };
        let key = column.column.primary_key || attribute.column.primary_key;
        if above && !below {
            // Statements that were not understood may have set it.
            if !mapped.table().completeness.is_complete() {
                findings.withhold(link.lower);
            } else if column.nullable.is_no() && attribute.default == Known::Is(None) {
                findings.add(left_to_nobody(&mapped));
            } else {
                alone.entry((link.lower, link.upper)).or_default().model.push(&attribute.name);
            }
        } else if below && !above && attribute.default == Known::Is(None) && !key {
            alone.entry((link.lower, link.upper)).or_default().database.push(&column.name);
        }
    }
    for ((table, model), alone) in alone {
        findings.add(one_sided(context, table, model, &alone));
    }
}

/// Columns of one table that have a default on one side only.
#[derive(Default)]
struct Alone<'c> {
    database: Vec<&'c str>,
    model: Vec<&'c str>,
}

/// Whether there is a default other than NULL.
fn has_server_default(field: &Field) -> Option<bool> {
    Some(field.server_default.is()?.as_deref().is_some_and(|sql| !is_null(sql)))
}

/// Two literals that are not the same value.
fn contradiction(mapped: &MappedColumn<'_>) -> Option<Draft> {
    let below = of_server_default(mapped.column, mapped.column)?;
    let stored = written(mapped.column);
    match of_server_default(mapped.attribute, mapped.column) {
        Some(above) if above.differs(&below) => Some(two_server_defaults(mapped, &stored)),
        _ => two_writers(mapped, &below, &stored),
    }
}

fn written(field: &Field) -> Box<str> {
    field.server_default.is().cloned().flatten().unwrap_or_default()
}

/// The model's `server_default` is not the column's.
fn two_server_defaults(mapped: &MappedColumn<'_>, stored: &str) -> Draft {
    let said = written(mapped.attribute);
    let message = format!(
        "the database fills {} with `{stored}`, {} says `{said}`",
        mapped.column_name(),
        mapped.attribute_name()
    );
    let draft = mapped
        .draft(weight_of_default(mapped.attribute), message)
        .help("set the default that is meant with a migration, or declare the one that the column has")
        .witness(format!(
            "`INSERT` without `{}` stores `{stored}` in a migrated database and `{said}` in one that `create_all` made",
            mapped.column.name
        ));
    mapped.ends(draft, format!("`server_default` `{said}`"), format!("default `{stored}`"))
}

/// The application writes another value than the column's default.
fn two_writers(mapped: &MappedColumn<'_>, below: &Literal, stored: &str) -> Option<Draft> {
    let attribute = mapped.attribute;
    // A type that converts its values stores something else than the code says.
    if attribute.sent.as_ref().is_some_and(|sent| sent.ty.shape != attribute.ty.shape) {
        return None;
    }
    let above = stored_defaults(attribute);
    if above.is_empty() || !above.iter().all(|value| value.differs(below)) {
        return None;
    }
    let said = &attribute.default.is()?.as_ref()?.text;
    let message = format!(
        "{} is `{said}` where the application leaves it out, and `{stored}` where any other statement does",
        mapped.attribute_name()
    );
    let draft = mapped
        .draft(Severity::Warning, message)
        .help("say the same on both sides, or drop the server default once it has filled the old rows")
        .witness(format!(
            "`session.add({}())` stores `{said}`; `INSERT INTO {}` without `{}` stores `{stored}`",
            mapped.model().name,
            mapped.table().name,
            mapped.column.name
        ));
    Some(mapped.ends(draft, format!("default `{said}`"), format!("default `{stored}`")))
}

/// SQLAlchemy leaves a column with a `server_default` out of an INSERT (2.0, "Fetching Server-Generated Defaults").
fn left_to_nobody(mapped: &MappedColumn<'_>) -> Draft {
    let message = format!(
        "{} leaves its value to the database, where {} is NOT NULL without a default: leaving it unset fails",
        mapped.attribute_name(),
        mapped.column_name()
    );
    let draft = mapped
        .draft(Severity::Error, message)
        .help("add the server default with a migration, or give the attribute a `default`")
        .witness(format!(
            "`session.add({}())` with the other fields set; flush: null value in column \"{}\" violates not-null constraint",
            mapped.model().name,
            mapped.column.name
        ));
    mapped.ends(draft, "a server default here", "NOT NULL, no default here")
}

/// Defaults that only one side has, once per table: nothing is lost by them, but the two sides fill a row differently.
fn one_sided(context: &Context<'_>, table: EntityId, model: EntityId, alone: &Alone<'_>) -> Draft {
    let project = context.graph.project();
    let (name, class) = (&project.entity(table).name, &project.entity(model).name);
    let mut parts = Vec::new();
    if !alone.database.is_empty() {
        parts.push(format!("only the database has a default for {}", listed(alone.database.iter().copied())));
    }
    if !alone.model.is_empty() {
        parts
            .push(format!("only the model has a server default for {}", listed(alone.model.iter().copied())));
    }
    let message = format!("`{class}` and table `{name}` do not have the same defaults: {}", parts.join("; "));
    Draft::new(Severity::Info, message)
        .help("a default of the database fills what SQL leaves out; SQLAlchemy writes NULL for an unset attribute that has none")
        .gathers_of(name, alone.database.iter().chain(&alone.model).copied())
        .end(context, model, "the model")
        .end(context, table, "the table after all migrations")
}
