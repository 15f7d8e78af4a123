//! What mends a finding without doubt, for the rules that ask: a change that only adds, where nothing else could be meant.
//!
//! Deliberately absent: text. How a file is written, and whether the change has a sure place in it, `engine` knows.

use alignment_graph::{Link, LinkKind, is_generated};
use alignment_model::entity::{
    ClientDetail, Detail, Entity, EntityId, EntityKind, Field, FieldKind, Presence, TableName,
};
use alignment_model::fix::{Change, Member, MigrationStep, Remedy};
use alignment_model::project::SourceKind;
use alignment_model::shape::{DeclarationKey, Shape};
use alignment_model::{Known, Layer};

use crate::Context;
use crate::places::{entities, quoted};
use crate::responses::pydantic;
use crate::writes::has_none_for_default;

/// A type of the client that only takes answers lets a property be null. Not where the schema has a value for what is left out: then
/// nobody may ever mean None, and the schema says too much.
pub(crate) fn client_allows_null(
    context: &Context<'_>,
    link: &Link,
    field: &Field,
    property: &Field,
) -> Option<Remedy> {
    let (_, client) = entities(context, link);
    let certain = only_read(link)
        && (is_plain_type(client) || is_written_in_place(client))
        && property.kind == FieldKind::Field
        && (!matches!(field.default, Known::Is(Some(_))) || has_none_for_default(field));
    certain.then(|| {
        Remedy::new(format!("let {} be null", quoted(client, property)), Change::AllowNull(property.span))
    })
}

/// The same for several properties; all or none.
pub(crate) fn client_allows_nulls<'f>(
    context: &Context<'_>,
    link: &Link,
    fields: impl IntoIterator<Item = (&'f Field, &'f Field)>,
) -> Option<Remedy> {
    let (_, client) = entities(context, link);
    let alone = |(field, property)| client_allows_null(context, link, field, property);
    let remedies = fields.into_iter().map(alone).collect::<Option<Vec<Remedy>>>()?;
    let changes = remedies.into_iter().flat_map(|remedy| remedy.changes).collect();
    Some(Remedy { title: format!("let these properties of `{}` be null", client.name), changes })
}

/// Tables that no migration creates get one that does: each of one class that the environment of the migrations loads, in the one tree of
/// Alembic that there is. What is written of each, and whether all of it is known, the draft decides.
pub(crate) fn migration_creates(
    context: &Context<'_>,
    tables: &[(&TableName, &[EntityId])],
) -> Option<Remedy> {
    let project = context.graph.project();
    let mut sources =
        (0..).zip(&project.database_sources).filter(|(_, source)| source.kind == SourceKind::Alembic);
    let (source, _) = sources.next().filter(|_| sources.next().is_none())?;
    let change = |(table, models): &(&TableName, &[EntityId])| {
        let [model] = models else { return None };
        let Detail::Model(detail) = &project.entity(*model).detail else { return None };
        let is_loaded = !detail.loaded.migrations.is_no() && !detail.loaded.application.is_no();
        let step = MigrationStep::CreateTable { table: (*table).clone(), model: *model };
        is_loaded.then_some(Change::Migrate { source, step })
    };
    let changes = tables.iter().map(change).collect::<Option<Vec<Change>>>()?;
    let what = match tables {
        [(only, _)] => format!("table `{only}`"),
        several => format!("{} tables", several.len()),
    };
    Some(Remedy { title: format!("create {what} with a migration"), changes })
}

/// A type of the client that only takes answers gets the properties that arrive: fields of the schema, and their keys.
pub(crate) fn client_gains(
    context: &Context<'_>,
    link: &Link,
    missing: &[(u32, &Field, String)],
) -> Option<Remedy> {
    let (schema, client) = entities(context, link);
    // Of a type and what it extends, either may be meant; and a type with parameters is many types.
    let is_one = |detail: &ClientDetail| detail.bases.is_empty() && detail.type_parameters.is_empty();
    let is_one = matches!(&client.detail, Detail::Client(detail) if is_one(detail));
    if !only_read(link) || !is_plain_type(client) || !is_one {
        return None;
    }
    let pydantic = pydantic(schema);
    let member = |(_, field, key): &(u32, &Field, String)| {
        Some(Member {
            name: key.as_str().into(),
            shape: on_the_wire(&field.sent_type().shape, pydantic)?,
            nullable: *field.sent_nullable().is()?,
            optional: match field.presence {
                Known::Is(presence) => presence == Presence::Optional,
                Known::Unknown(_) => return None,
            },
        })
    };
    let members = missing.iter().map(member).collect::<Option<Vec<Member>>>()?;
    let names = client_names(context, &members)?;
    Some(Remedy::new(
        format!("add what arrives to `{}`", client.name),
        Change::AddMembers { owner: client.span, members, names },
    ))
}

/// A schema that only answers lets a field be None.
pub(crate) fn schema_allows_none(context: &Context<'_>, schema: EntityId, field: &Field) -> Option<Remedy> {
    let entity = context.graph.project().entity(schema);
    let certain = only_answers(context, schema, entity)
        && field.kind == FieldKind::Field
        && field.declared_in.as_ref().is_none_or(|owner| Some(owner) == entity.declaration.as_ref())
        && !field.converted
        && field.sent.is_none()
        && !is_asked(context, field);
    certain
        .then(|| Remedy::new(format!("let {} be None", quoted(entity, field)), Change::AllowNull(field.span)))
}

/// A schema that only answers gets the columns that its readers expect.
pub(crate) fn schema_gains(context: &Context<'_>, schema: EntityId, columns: &[&Field]) -> Option<Remedy> {
    let entity = context.graph.project().entity(schema);
    if !only_answers(context, schema, entity) {
        return None;
    }
    let member = |column: &&Field| {
        Some(Member {
            name: column.name.clone(),
            shape: column.sent_type().shape.clone(),
            nullable: *column.sent_nullable().is()?,
            optional: false,
        })
    };
    let members = columns.iter().map(member).collect::<Option<Vec<Member>>>()?;
    let own = |shape: &Shape| match shape {
        Shape::Enum(shape) => shape.target.clone(),
        _ => None,
    };
    let names = members.iter().filter_map(|member| own(&member.shape)).map(|key| (key.clone(), key));
    let names = names.collect();
    Some(Remedy::new(
        format!("add what is stored to `{}`", entity.name),
        Change::AddMembers { owner: entity.span, members, names },
    ))
}

/// Whether values take a link from the API to the client and never back, and a call shows it.
fn only_read(link: &Link) -> bool {
    link.flow.read && !link.flow.write && link.flow.shown && !link.passages.is_empty()
}

/// Whether somebody wrote a client type by hand, as an object type.
fn is_plain_type(client: &Entity) -> bool {
    matches!(client.kind, EntityKind::Interface | EntityKind::Alias) && !is_generated(client)
}

/// Whether it is an object type that a field of a hand-written type has for its own.
fn is_written_in_place(client: &Entity) -> bool {
    client.kind == EntityKind::InPlace && !is_generated(client)
}

/// Whether operations answer with a schema of the project's own, and none takes it.
fn only_answers(context: &Context<'_>, schema: EntityId, entity: &Entity) -> bool {
    let reach = context.graph.reach(schema);
    entity.kind == EntityKind::Schema && reach.read.is_some() && reach.write.is_none()
}

/// Whether another schema has the same declaration of a field and some operation takes that schema.
fn is_asked(context: &Context<'_>, field: &Field) -> bool {
    let mut heirs = context.graph.project().layer(Layer::Schema);
    heirs.any(|(id, entity)| {
        context.graph.reach(id).write.is_some()
            && entity.fields.iter().any(|other| other.span == field.span && other.name == field.name)
    })
}

/// A shape as JSON carries it; `None` where more than one type of the client would do.
fn on_the_wire(shape: &Shape, pydantic: Option<u8>) -> Option<Shape> {
    Some(match shape {
        Shape::Bool => Shape::Bool,
        Shape::Int(_) | Shape::Float | Shape::Number => Shape::Number,
        Shape::Text | Shape::Uuid | Shape::Date | Shape::Time | Shape::DateTime(_) => Shape::Text,
        Shape::Decimal => match pydantic? {
            1 => Shape::Number,
            _ => Shape::Text,
        },
        Shape::Literals(values) if !values.is_empty() => shape.clone(),
        Shape::Enum(_) | Shape::Null => shape.clone(),
        Shape::Ref(reference) if reference.arguments.is_empty() => shape.clone(),
        Shape::List(inner) => Shape::List(Box::new(on_the_wire(inner, pydantic)?)),
        Shape::Map(key, value) => Shape::Map(key.clone(), Box::new(on_the_wire(value, pydantic)?)),
        Shape::OneOf(members) => {
            Shape::OneOf(members.iter().map(|member| on_the_wire(member, pydantic)).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// What the client calls the schemas and enumerations that members have for types; `None` where one has no name there, or several.
fn client_names(context: &Context<'_>, members: &[Member]) -> Option<Vec<(DeclarationKey, DeclarationKey)>> {
    let mut targets = Vec::new();
    for member in members {
        named_in(&member.shape, &mut targets)?;
    }
    let mut names = Vec::new();
    for (target, is_enumeration) in targets {
        let mut clients: Vec<DeclarationKey> = context
            .graph
            .declared_by(&target)
            .flat_map(|(id, _)| context.graph.above(id))
            .filter(|link| link.kind == LinkKind::Delivers && only_read(link))
            .map(|link| context.graph.project().entity(link.upper))
            .filter(|client| is_plain_type(client))
            .filter_map(|client| client.declaration.clone())
            .collect();
        clients.sort();
        clients.dedup();
        match (&clients[..], is_enumeration) {
            ([one], _) => names.push((target, one.clone())),
            // The values of an enumeration can be written out.
            (_, true) => {}
            _ => return None,
        }
    }
    Some(names)
}

/// The declarations that a shape names, and whether each is an enumeration; `None` for one that is not of this repository.
fn named_in(shape: &Shape, targets: &mut Vec<(DeclarationKey, bool)>) -> Option<()> {
    match shape {
        Shape::List(inner) | Shape::Map(_, inner) => named_in(inner, targets),
        Shape::OneOf(members) => members.iter().try_for_each(|member| named_in(member, targets)),
        Shape::Ref(reference) => {
            targets.push((reference.target.clone()?, false));
            Some(())
        }
        Shape::Enum(shape) => {
            targets.extend(shape.target.clone().map(|target| (target, true)));
            Some(())
        }
        _ => Some(()),
    }
}
