//! A server default with quotes inside the quotes.

use std::collections::BTreeSet;

use alignment_model::entity::{Entity, EntityId, Field, FieldId};
use alignment_model::fix::{Change, MigrationStep, Remedy};
use alignment_model::project::SourceKind;
use alignment_model::{Direction, Layer, Severity};

use super::Definition;
use crate::compare::literals::quoted_twice;
use crate::draft::Draft;
use crate::inserts::weight_of_filled;
use crate::persistence::{Persistence, is_column, table};
use crate::places::field;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "server-default-quoted-twice",
    summary: "a server default is quoted by hand, and quoted again by SQLAlchemy",
    group: "migrations",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let mut told: BTreeSet<(EntityId, u32)> = BTreeSet::new();
    let persistence = Persistence::new(context);
    let both: Vec<_> = persistence
        .mapped_columns()
        .filter(|mapped| quoted_twice(mapped.column).is_some() && quoted_twice(mapped.attribute).is_some())
        .map(|mapped| (mapped.link.lower, mapped.pair.lower, mapped.link.upper, mapped.pair.upper))
        .collect();
    for (table_id, entity) in project.layer(Layer::Database) {
        let source = project.source_of(entity);
        // In a file of SQL the quotes are the author's own.
        if source.is_none_or(|source| source.kind != SourceKind::Alembic) {
            continue;
        }
        for (at, column) in (0..).zip(&entity.fields) {
            let Some(stored) = quoted_twice(column) else { continue };
            let mappers: Vec<_> =
                both.iter().filter(|(table, field, ..)| (*table, *field) == (table_id, at)).collect();
            let attributes = mappers.iter().filter_map(|(_, _, model, at)| field(context, *model, *at));
            let draft = draft(context, (table_id, at), column, &stored).remedy(remedy(
                entity,
                Some(column),
                attributes,
                &stored,
            ));
            findings.add(mappers.iter().fold(draft, |draft, (_, _, model, attribute)| {
                told.insert((*model, *attribute));
                draft.field(context, *model, *attribute, "and here")
            }));
        }
    }
    for (model, entity) in persistence.models() {
        for (at, attribute) in (0..).zip(&entity.fields).filter(|(_, field)| is_column(field)) {
            if let Some(stored) = quoted_twice(attribute)
                && attribute.declared_in.is_none()
                && !told.contains(&(model, at))
            {
                let remedy = remedy(entity, None, [attribute], &stored);
                findings.add(draft(context, (model, at), attribute, &stored).remedy(remedy));
            }
        }
    }
}

/// The attributes say the text itself; and a migration gives the column of the database that default. What is stored stays as it is,
/// and so do migrations that have run.
fn remedy<'f>(
    owner: &Entity,
    column: Option<&Field>,
    attributes: impl IntoIterator<Item = &'f Field>,
    stored: &str,
) -> Option<Remedy> {
    let plain = stored.strip_prefix('\'')?.strip_suffix('\'')?;
    if plain.contains('\'') {
        return None;
    }
    let unquote = |attribute: &Field| Change::UnquoteDefault {
        attribute: attribute.span,
        stored: stored.into(),
        plain: plain.into(),
    };
    let mut changes: Vec<Change> = attributes.into_iter().map(unquote).collect();
    if let (Some(column), Some(table)) = (column, table(owner)) {
        let step = MigrationStep::SetDefault {
            table: table.name.clone(),
            column: column.name.clone(),
            plain: plain.into(),
            stored: stored.into(),
        };
        changes.push(Change::Migrate { source: table.source, step });
    }
    Some(Remedy { title: format!("make a default of `{}` the text itself", owner.name), changes })
}

fn draft(context: &Context<'_>, (entity, at): (EntityId, u32), field: &Field, stored: &str) -> Draft {
    let owner = &context.graph.project().entity(entity).name;
    let plain = stored.trim_start_matches('\'').split('\'').next().unwrap_or_default();
    let message = format!(
        "the default of `{owner}.{}` is the text `{stored}`, quotes included, and not `{plain}`",
        field.name
    );
    Draft::new(weight_of_filled(context, FieldId { entity, field: at }), message)
        .direction(Direction::Both)
        .help(format!(
            "write `server_default=\"{plain}\"`, which SQLAlchemy quotes, or `sa.text(\"'{plain}'\")`, which it does not"
        ))
        .witness(format!(
            "`INSERT` without `{}` stores {} characters, the first and the last of them an apostrophe",
            field.name,
            stored.chars().count()
        ))
        .field(context, entity, at, "quoted twice")
}
