//! A foreign key that the database and the model declare differently.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::Link;
use alignment_model::entity::{Constraint, ConstraintKind, Entity, EntityId, ForeignKey, TableName};
use alignment_model::finding::End;
use alignment_model::schema_change::HOLE;
use alignment_model::{Layer, Severity, Span};

use super::Definition;
use crate::alike::{self, Alike};
use crate::draft::Draft;
use crate::persistence::{Persistence, is_column, model, table};
use crate::places::{end, entities};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "foreign-key-drift",
    summary: "a foreign key refers to something else, or acts differently, in the database than in the model",
    group: "migrations",
    severity: Severity::Warning,
    check,
};

const HELP: &str = "declare in the model what the database does, or change the constraint with a migration";

fn check(context: &Context<'_>, findings: &mut Findings) {
    // Classes of single-table inheritance share attributes.
    let mut seen: BTreeSet<(EntityId, Span)> = BTreeSet::new();
    let targets = Targets::of(context);
    let mut drifting = Vec::new();
    for link in Persistence::new(context).migrated() {
        let (lower, upper) = entities(context, link);
        let (Some(table), Some(model)) = (table(lower), model(upper)) else { continue };
        let (below, above) = (by_columns(&table.constraints), by_columns(&model.constraints));
        for (columns, above) in &above {
            // Two keys over the same columns cannot be told which is which.
            let [(constraint, key)] = above.as_slice() else { continue };
            let (says, draft, certain) = match below.get(columns).map(Vec::as_slice) {
                Some([(stored, stored_key)]) => {
                    let Some(difference) = difference(stored_key, key) else { continue };
                    // A table that only changes to it tell of may have been renamed, and the key with it.
                    let certain = !stored.doubtful
                        && (!matches!(difference, Difference::Target(..))
                            || targets.is_complete(table.source, &stored_key.target) == Some(true));
                    let draft = differing(context, link, &difference, (stored, constraint), columns);
                    (difference.said(), draft, certain)
                }
                Some(_) => continue,
                None if is_lacking(context, link, columns, &below)
                    && targets.is_complete(table.source, &key.target).is_some() =>
                {
                    (
                        "not in the database, so that rows may point nowhere".to_owned(),
                        not_enforced(context, link, (constraint, key), columns),
                        lower.completeness.is_complete() && !table.more_constraints,
                    )
                }
                None => continue,
            };
            if !certain {
                findings.withhold(link.lower);
            } else if seen.insert((link.lower, constraint.span)) {
                let of = (lower.qualname.to_string(), upper.qualname.to_string());
                let says = format!("of `{}` are {says}", upper.name);
                drifting.push(Alike::of_columns(of, &lower.name, &columns.join(", "), says, draft));
            }
        }
    }
    alike::add(findings, drifting, HELP, |says, number, columns| {
        format!("{number} foreign keys {says}: {columns}")
    });
}

/// Whether the table has these columns and none of its constraints could be the key.
fn is_lacking(context: &Context<'_>, link: &Link, columns: &[&str], below: &Keys<'_>) -> bool {
    let (table_entity, _) = entities(context, link);
    let there = |column: &&str| table_entity.field(column).is_some();
    let unread = |constraint: &Constraint| constraint.kind == ConstraintKind::Other;
    columns.iter().all(there)
        && !below.keys().any(|others| others.iter().any(|other| columns.contains(other)))
        && table(table_entity).is_some_and(|table| !table.constraints.iter().any(unread))
}

/// Tables of all sources by name.
struct Targets<'c>(BTreeMap<(u32, &'c TableName), bool>);

impl<'c> Targets<'c> {
    fn of(context: &'c Context<'_>) -> Self {
        let tables = context.graph.project().layer(Layer::Database);
        let complete = tables.filter_map(|(_, entity)| {
            let table = table(entity)?;
            Some(((table.source, &table.name), entity.completeness.is_complete()))
        });
        Self(complete.collect())
    }

    /// Whether all of a table is known; `None` where there is no such table.
    fn is_complete(&self, source: u32, name: &'c TableName) -> Option<bool> {
        self.0.get(&(source, name)).copied()
    }
}

/// Foreign keys by their columns.
type Keys<'c> = BTreeMap<Vec<&'c str>, Vec<(&'c Constraint, &'c ForeignKey)>>;

fn by_columns(constraints: &[Constraint]) -> Keys<'_> {
    let mut keys: Keys<'_> = BTreeMap::new();
    for constraint in constraints {
        if let ConstraintKind::ForeignKey(key) = &constraint.kind {
            let columns = key.columns.iter().map(|column| &**column).collect();
            keys.entry(columns).or_default().push((constraint, key));
        }
    }
    keys
}

/// How two declarations of one key differ.
enum Difference {
    /// They refer to different tables or columns: the database's, the model's.
    Target(String, String),
    /// They act differently when the row referred to is deleted or its key changes: in the database, in the model.
    Actions(Vec<(&'static str, String, String)>),
}

impl Difference {
    /// What it is, without the names of the key and the model.
    fn said(&self) -> String {
        match self {
            Difference::Target(stored, said) => {
                format!("to `{stored}` in the database and to `{said}` in the model")
            }
            Difference::Actions(actions) => {
                let said = actions.iter().map(|(when, below, above)| {
                    format!("{when} {below} in the database and {above} in the model")
                });
                said.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

fn difference(below: &ForeignKey, above: &ForeignKey) -> Option<Difference> {
    let columns_differ = below.target_columns != above.target_columns
        && !below.target_columns.is_empty()
        && !above.target_columns.is_empty();
    if !same_table(&below.target, &above.target) || columns_differ {
        let name = |key: &ForeignKey| format!("{}({})", key.target, key.target_columns.join(", "));
        return Some(Difference::Target(name(below), name(above)));
    }
    let pairs = [
        ("ON DELETE", &below.on_delete, &above.on_delete),
        ("ON UPDATE", &below.on_update, &above.on_update),
    ];
    let actions: Vec<_> = pairs
        .into_iter()
        .filter_map(|(when, below, above)| {
            let (below, above) = (action(below.as_deref())?, action(above.as_deref())?);
            (below != above).then(|| (when, below.to_owned(), above.to_owned()))
        })
        .collect();
    (!actions.is_empty()).then_some(Difference::Actions(actions))
}

/// An action by its effect; `None` where it is not known. `RESTRICT` refuses as `NO ACTION` does, only sooner.
fn action(action: Option<&str>) -> Option<&str> {
    match action {
        None | Some("RESTRICT" | "NO ACTION") => Some("NO ACTION"),
        Some(known) => (!known.contains(HOLE)).then_some(known),
    }
}

/// A search path can put a table into a schema that only one side names.
fn same_table(below: &TableName, above: &TableName) -> bool {
    let schemas = below.schema.as_deref().zip(above.schema.as_deref());
    below.name == above.name && schemas.is_none_or(|(below, above)| below == above)
}

fn differing(
    context: &Context<'_>,
    link: &Link,
    difference: &Difference,
    (below, above): (&Constraint, &Constraint),
    columns: &[&str],
) -> Draft {
    let (table, model) = entities(context, link);
    let key = format!("`{}({})`", table.name, columns.join(", "));
    let (severity, message, witness) = match difference {
        Difference::Target(stored, said) => (
            Severity::Error,
            format!(
                "foreign key {key} refers to `{stored}` in the database and to `{said}` in `{}`",
                model.name
            ),
            format!("a key that `{said}` has and `{stored}` lacks is refused"),
        ),
        Difference::Actions(actions) => {
            let said: Vec<String> = actions
                .iter()
                .map(|(when, below, above)| {
                    format!("{when} {below} in the database and {above} in `{}`", model.name)
                })
                .collect();
            (Severity::Warning, format!("foreign key {key} is {}", said.join(", ")), effects(table, actions))
        }
    };
    let draft = Draft::over(context, link, severity, message).help(HELP).witness(witness);
    at_attribute(context, link, draft, above, columns).place(place(
        context,
        link.lower,
        below.span,
        "the database's foreign key",
    ))
}

/// A key that only the model has.
fn not_enforced(
    context: &Context<'_>,
    link: &Link,
    (constraint, key): (&Constraint, &ForeignKey),
    columns: &[&str],
) -> Draft {
    let (table, model) = entities(context, link);
    let message = format!(
        "`{}` refers to `{}` by `{}`, and the database has no such foreign key: rows may point nowhere",
        model.name,
        key.target,
        columns.join(", ")
    );
    let never = key.on_delete.as_deref().filter(|action| !action.contains(HOLE));
    let never = never.map(|action| format!(", and ON DELETE {action} never happens")).unwrap_or_default();
    let draft = Draft::over(context, link, Severity::Warning, message)
        .help("add the constraint with a migration, or take it off the model")
        .witness(format!(
            "a row of `{}` whose `{}` no row of `{}` has is accepted{never}",
            table.name,
            columns.join(", "),
            key.target
        ));
    at_attribute(context, link, draft, constraint, columns).end(
        context,
        link.lower,
        "the table after all migrations",
    )
}

/// Adds the attribute of a key, or the constraint where no attribute maps its column.
fn at_attribute(
    context: &Context<'_>,
    link: &Link,
    draft: Draft,
    constraint: &Constraint,
    columns: &[&str],
) -> Draft {
    let fields = &entities(context, link).1.fields;
    let attribute = (0..).zip(fields).find(|(_, field)| {
        is_column(field) && field.wire_name.is().is_some_and(|name| columns.first() == Some(&&**name))
    });
    match attribute {
        Some((at, _)) => draft.field(context, link.upper, at, "the model's foreign key"),
        None => draft.place(place(context, link.upper, constraint.span, "the model's foreign key")),
    }
}

fn place(context: &Context<'_>, entity: EntityId, span: Span, label: &str) -> End {
    End { span, ..end(context, entity, label) }
}

/// What each side does with the rows of the table.
fn effects(table: &Entity, actions: &[(&'static str, String, String)]) -> String {
    let told = actions.iter().map(|(when, below, above)| {
        let event = if *when == "ON DELETE" {
            "deleting the row referred to"
        } else {
            "changing the key referred to"
        };
        let effect = |action: &str| match (action, *when) {
            ("CASCADE", "ON DELETE") => format!("deletes the rows of `{}`", table.name),
            ("CASCADE", _) => format!("changes the rows of `{}`", table.name),
            ("SET NULL", _) => "sets the column to NULL".to_owned(),
            ("SET DEFAULT", _) => "sets the column to its default".to_owned(),
            _ => "is refused".to_owned(),
        };
        format!(
            "{event} {} in a migrated database, and {} in one made from the models",
            effect(below),
            effect(above)
        )
    });
    told.collect::<Vec<_>>().join("; ")
}
