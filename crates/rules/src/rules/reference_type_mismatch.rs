//! A foreign key between columns that do not hold the same values.

use std::collections::{BTreeMap, BTreeSet};

use alignment_model::entity::{ConstraintKind, Entity, EntityId, Field, ForeignKey, TableName};
use alignment_model::shape::Shape;
use alignment_model::{Dialect, Direction, Layer, Severity, Span};

use super::Definition;
use crate::compare::sql::{Gap, GapKind, reference_gap};
use crate::draft::Draft;
use crate::persistence::{Persistence, Strictness, is_column, model, table};
use crate::places::quoted;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "reference-type-mismatch",
    summary: "a foreign key refers to a column of another type or a greater length",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    // A model whose tables the migrations make says the same thing again.
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    let tables: Vec<_> = context.graph.project().layer(Layer::Database).collect();
    let persistence = Persistence::new(context);
    let strictness = Strictness::of(context.graph.project());
    for entities in [tables, persistence.models().collect()] {
        let owners = Owners::of(&entities);
        for owner in entities {
            // What a database makes of a model depends on the database.
            let refusal = match table(owner.1) {
                Some(_) => strictness.weight(owner.1, Severity::Error),
                None => Some(Severity::Warning),
            };
            for (key, span) in foreign_keys(owner.1) {
                let Some(target) = owners.find(owner.1, &key.target) else { continue };
                for (from, to) in key.columns.iter().zip(&key.target_columns) {
                    let name = owner.1.table().map(ToString::to_string).unwrap_or_default();
                    if let Some(draft) = reference(context, (owner, from), (target, to), refusal)
                        && !is_made_before(context, owner.1, span, target.1)
                        && told.insert((name, from.to_string()))
                    {
                        findings.add(draft);
                    }
                }
            }
        }
    }
}

/// What is wrong with one column of a key.
fn reference(
    context: &Context<'_>,
    ((id, entity), from): ((EntityId, &Entity), &str),
    ((target_id, target), to): ((EntityId, &Entity), &str),
    refusal: Option<Severity>,
) -> Option<Draft> {
    let ((from_at, from), (to_at, to)) = (column(entity, from)?, column(target, to)?);
    let draft = match reference_gap(from, to) {
        Some(gap) => mismatch((entity, from), (target, to), &gap, refusal),
        None => believed((entity, from), (target, to))?,
    };
    Some(draft.field(context, id, from_at, format!("`{}` here", type_of(from))).field(
        context,
        target_id,
        to_at,
        format!("`{}` here", type_of(to)),
    ))
}

/// Whether a key of a table is written before its target is made. PostgreSQL refuses such a key, so the files do not run in this
/// order, or this is not the target that it was made against.
fn is_made_before(context: &Context<'_>, owner: &Entity, key: Span, target: &Entity) -> bool {
    let sources = &context.graph.project().database_sources;
    let Some(source) = table(owner).and_then(|table| sources.get(table.source as usize)) else {
        return false;
    };
    let place = |span: Span| {
        let file = source.files.iter().position(|file| *file == span.file)?;
        Some((file, span.range.start))
    };
    source.dialect == Dialect::PostgreSql
        && matches!((place(key), place(target.span)), (Some(key), Some(made)) if key < made)
}

/// Foreign keys of a table or model, of a table those that are certain.
fn foreign_keys(entity: &Entity) -> impl Iterator<Item = (&ForeignKey, Span)> {
    let constraints = match (table(entity), model(entity)) {
        (Some(table), _) => table.constraints.as_slice(),
        (_, Some(model)) => model.constraints.as_slice(),
        _ => &[],
    };
    constraints.iter().filter(|constraint| !constraint.doubtful).filter_map(|constraint| {
        match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some((key, constraint.span)),
            _ => None,
        }
    })
}

/// Tables of one source, models of one base, by the name of the table; `None` where two have one name.
struct Owners<'c>(BTreeMap<(String, &'c TableName), Option<(EntityId, &'c Entity)>>);

impl<'c> Owners<'c> {
    fn of(entities: &[(EntityId, &'c Entity)]) -> Self {
        let mut owners: BTreeMap<_, Option<(EntityId, &Entity)>> = BTreeMap::new();
        for &(id, entity) in entities {
            let Some(name) = entity.table() else { continue };
            owners
                .entry((scope(entity), name))
                .and_modify(|known| *known = None)
                .or_insert(Some((id, entity)));
        }
        Self(owners)
    }

    fn find(&self, from: &Entity, target: &'c TableName) -> Option<(EntityId, &'c Entity)> {
        *self.0.get(&(scope(from), target))?
    }
}

/// What an annotation promises of a key whose type is that of the column it refers to, where that gives other values.
fn believed((entity, from): (&Entity, &Field), (target, to): (&Entity, &Field)) -> Option<Draft> {
    let believed = from.annotated.as_deref()?;
    let loaded = &to.sent_type().shape;
    let known = |shape: &Shape| matches!(shape, Shape::Int(_) | Shape::Text | Shape::Uuid);
    let differ = std::mem::discriminant(believed) != std::mem::discriminant(loaded);
    if !differ || !known(believed) || !known(loaded) {
        return None;
    }
    let message = format!(
        "{} is annotated as `{believed}`, and has the type of {} that it refers to: it loads as `{loaded}`",
        quoted(entity, from),
        quoted(target, to)
    );
    let draft = Draft::new(Severity::Warning, message)
        .direction(Direction::Read)
        .help("annotate the key with what it holds");
    Some(draft.witness(format!("a loaded `{}` is a `{loaded}`, never a `{believed}`", from.name)))
}

/// What a name of a table is unique in.
fn scope(entity: &Entity) -> String {
    match (table(entity), model(entity)) {
        (Some(table), _) => table.source.to_string(),
        (_, Some(model)) => {
            model.base.as_ref().map(|base| format!("{} {}", base.file.index(), base.path)).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn column<'e>(entity: &'e Entity, name: &str) -> Option<(u32, &'e Field)> {
    (0..)
        .zip(&entity.fields)
        .find(|(_, field)| is_column(field) && field.wire_name.is().is_some_and(|wire| &**wire == name))
}

fn type_of(field: &Field) -> String {
    field.ty.sql.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn mismatch(
    (entity, from): (&Entity, &Field),
    (target, to): (&Entity, &Field),
    gap: &Gap,
    refusal: Option<Severity>,
) -> Draft {
    let message = format!(
        "foreign key `{}.{}` is `{}`, `{}.{}` that it refers to is `{}`: {}",
        entity.name,
        from.name,
        type_of(from),
        target.name,
        to.name,
        type_of(to),
        gap.proof
    );
    // SQLite compares across types after all.
    let (severity, witness) = match refusal.filter(|_| gap.kind == GapKind::Family) {
        Some(weight) => {
            (weight, "PostgreSQL and MySQL refuse the constraint: columns of incompatible types".to_owned())
        }
        None => (Severity::Warning, gap.proof.clone()),
    };
    Draft::new(severity, message)
        .direction(Direction::Write)
        .help("give both columns one type")
        .witness(witness)
}
