//! Hand-written TypeScript types that stand beside a generated one of their name and have diverged from it.
//!
//! Deliberately absent: types that no call carries, types made from the generated one (`extends`, `Omit<...>`, aliases), types of
//! another package than the generated one, and what the other rules of this group tell of a type that is compared with the schema.

use std::collections::{BTreeMap, HashMap, HashSet};

use alignment_graph::{Link, LinkKind, is_generated, references, wraps_request};
use alignment_model::entity::{Detail, Entity, EntityId, EntityKind, Field, FieldKind, Presence};
use alignment_model::finding::Finding;
use alignment_model::shape::Shape;
use alignment_model::{Confidence, Direction, Known, Layer, Severity};

use super::Definition;
use super::frontend_field_unknown::{is_filled, is_open, is_required};
use crate::compare::wire::Wire;
use crate::documents::{beyond, values};
use crate::draft::Draft;
use crate::places::{be, count, is_shown, listed};
use crate::spelling::letters;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "handwritten-shadows-generated",
    summary: "a hand-written client type stands beside a generated one of its name and has diverged from it",
    group: "frontend",
    severity: Severity::Warning,
    check,
};

/// Share of the fields of either type, in per cent, that the other must have so that one is a copy: where both stand for one schema, by
/// a call and by name.
const COPY: usize = 50;
/// The same, where only the name and a call speak for it.
const COPY_BY_NAME: usize = 75;
/// Fields that two types must share at least, where only the name and a call speak for it.
const FEW: usize = 3;
/// Differences that are shown as ends of their own.
const SHOWN: usize = 20;

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    let generated = by_name(context);
    if generated.is_empty() {
        return;
    }
    // Of several classes of one name a generator gives the name to one, and the type may be a copy of another.
    let served: HashSet<&str> = project.layer(Layer::Schema).map(|(_, schema)| &*schema.name).collect();
    for (hand, way) in carried(context) {
        let entity = project.entity(hand);
        let Some(twin) = generated.get(stem(&entity.name)).copied().flatten() else { continue };
        if !is_beside(context, entity, project.entity(twin)) {
            continue;
        }
        let linked = compared(context, hand);
        let found = match linked.as_slice() {
            [] if served.contains(&*entity.name) => Vec::new(),
            [] if is_copy(entity, project.entity(twin), COPY_BY_NAME, FEW) => {
                differences(context, entity, project.entity(twin), way)
            }
            [] => Vec::new(),
            links if links.iter().any(|link| twin_of(context, link) == Some(twin)) => {
                lacks(entity, project.entity(twin))
            }
            _ => Vec::new(),
        };
        if !found.is_empty() {
            let schemas: HashSet<&str> =
                linked.iter().map(|link| &*project.entity(link.lower).qualname).collect();
            let draft = draft(context, hand, twin, &found);
            findings.add_under(draft, |told| tells_effect(told, &entity.qualname, &schemas));
        }
    }
}

/// Whether a finding tells what reading an answer with a hand-written type comes to: keys of its own that never arrive.
fn tells_effect(told: &Finding, hand: &str, schemas: &HashSet<&str>) -> bool {
    let is_at = |layer: Layer, is_one: &dyn Fn(&str) -> bool| {
        told.ends.iter().any(|end| end.layer == layer && is_one(&end.qualname))
    };
    told.rule == "frontend-field-unknown"
        && is_at(Layer::Client, &|name| name == hand)
        && is_at(Layer::Schema, &|name| schemas.contains(name))
}

/// Whether what a type lacks of an answer is told here: a generated type has it.
pub(super) fn is_told(context: &Context<'_>, findings: &Findings, link: &Link) -> bool {
    let project = context.graph.project();
    let lacks_some = |twin: EntityId| !lacks(project.entity(link.upper), project.entity(twin)).is_empty();
    findings.is_on(RULE.name) && twin_of(context, link).is_some_and(lacks_some)
}

/// The generated type of the same schema and name as the hand-written type that a call reads as that schema.
fn twin_of(context: &Context<'_>, link: &Link) -> Option<EntityId> {
    let project = context.graph.project();
    let hand = project.entity(link.upper);
    let reads = link.flow.read && !link.passages.is_empty() && link.confidence() >= Confidence::Resolved;
    if !reads || !is_written_out(hand) {
        return None;
    }
    let same = |client: &EntityId| {
        let twin = project.entity(*client);
        stem(&twin.name) == &*hand.name && is_beside(context, hand, twin) && is_copy(hand, twin, COPY, 1)
    };
    let mut twins = context.graph.generated().iter().filter(|(schema, _)| *schema == link.lower);
    twins.find(|(_, client)| same(client)).map(|(_, client)| *client)
}

/// Generated object types by the name of their schema; nothing for a name that several have.
fn by_name<'c>(context: &'c Context<'_>) -> HashMap<&'c str, Option<EntityId>> {
    let mut names: HashMap<&str, Option<EntityId>> = HashMap::new();
    for (id, entity) in context.graph.project().layer(Layer::Client) {
        let is_object = matches!(
            entity.kind,
            EntityKind::Interface | EntityKind::Alias | EntityKind::ClientClass | EntityKind::SchemaMember
        );
        if is_object && is_generated(entity) && !wraps_request(entity) && is_read_in_full(entity) {
            names.entry(stem(&entity.name)).and_modify(|one| *one = None).or_insert(Some(id));
        }
    }
    names
}

/// FastAPI gives a schema that reads and writes differently two names (`separate_input_output_schemas`).
fn stem(name: &str) -> &str {
    name.strip_suffix("-Input").or_else(|| name.strip_suffix("-Output")).unwrap_or(name)
}

/// Hand-written types that calls carry, as a whole or as a part, with the direction.
fn carried(context: &Context<'_>) -> BTreeMap<EntityId, Direction> {
    let project = context.graph.project();
    let mut open: Vec<(&Shape, Direction)> = Vec::new();
    for call in &project.calls {
        open.extend(call.response.iter().map(|declared| (&declared.shape, Direction::Read)));
        open.extend(call.request.iter().map(|declared| (&declared.shape, Direction::Write)));
    }
    let mut seen: HashSet<(EntityId, bool)> = HashSet::new();
    let mut found: BTreeMap<EntityId, Direction> = BTreeMap::new();
    while let Some((shape, direction)) = open.pop() {
        let mut named = Vec::new();
        references(shape, &mut named);
        let keys = named.into_iter().filter_map(|reference| reference.target.as_ref());
        for (id, entity) in keys.flat_map(|key| context.graph.declared_by(key)) {
            if entity.layer() != Layer::Client || !seen.insert((id, direction == Direction::Write)) {
                continue;
            }
            open.extend(entity.fields.iter().map(|field| (&field.ty.shape, direction)));
            if let Detail::Client(client) = &entity.detail {
                open.extend(client.shape.iter().map(|shape| (shape, direction)));
            }
            if !is_generated(entity) && is_written_out(entity) {
                let both = |known: &mut Direction| {
                    if *known != direction {
                        *known = Direction::Both;
                    }
                };
                found.entry(id).and_modify(both).or_insert(direction);
            }
        }
    }
    found
}

/// An interface or alias whose members stand in its own file, all of them known. What is made from a generated type has members of
/// another file.
fn is_written_out(entity: &Entity) -> bool {
    matches!(entity.kind, EntityKind::Interface | EntityKind::Alias)
        && is_read_in_full(entity)
        && entity.fields.iter().all(|field| field.span.file == entity.span.file)
}

fn is_read_in_full(entity: &Entity) -> bool {
    let takes_types = matches!(&entity.detail, Detail::Client(client) if !client.type_parameters.is_empty());
    entity.completeness.is_complete() && !entity.fields.is_empty() && !is_open(entity) && !takes_types
}

/// Whether both are types of one package: what stands before `src`, else the outermost folder.
fn is_beside(context: &Context<'_>, hand: &Entity, twin: &Entity) -> bool {
    let project = context.graph.project();
    let package = |entity: &Entity| {
        let path = project.path(entity.span.file);
        path.find("src/").map_or_else(|| path.split('/').next().unwrap_or(path), |at| &path[..at])
    };
    hand.span.file != twin.span.file && package(hand) == package(twin)
}

fn is_same(one: &Field, other: &Field) -> bool {
    letters(&one.name) == letters(&other.name)
}

fn is_copy(hand: &Entity, twin: &Entity, share: usize, few: usize) -> bool {
    let common = hand.fields.iter().filter(|field| twin.fields.iter().any(|one| is_same(field, one))).count();
    common >= few && common * 100 >= hand.fields.len().max(twin.fields.len()) * share
}

/// What differs.
enum What {
    /// A property that only the generated type has.
    Lacks,
    /// A property that only the hand-written type has.
    Gone,
    /// What the generated type says of a property, and the other does not.
    Says(String),
}

struct Difference {
    what: What,
    name: String,
    /// Position in the type that has it; in the generated one, if both do.
    at: u32,
}

fn lacks(hand: &Entity, twin: &Entity) -> Vec<Difference> {
    only(twin, hand, || What::Lacks)
}

/// Properties that `one` has and `other` does not.
fn only(one: &Entity, other: &Entity, what: fn() -> What) -> Vec<Difference> {
    (0..)
        .zip(&one.fields)
        .filter(|(_, field)| field.kind == FieldKind::Field)
        .filter(|(_, field)| !other.fields.iter().any(|known| is_same(known, field)))
        .map(|(at, field)| Difference { what: what(), name: field.name.to_string(), at })
        .collect()
}

/// All differences that can break in this direction.
fn differences(context: &Context<'_>, hand: &Entity, twin: &Entity, way: Direction) -> Vec<Difference> {
    let mut found = if way == Direction::Write { Vec::new() } else { lacks(hand, twin) };
    // In an answer, what may be absent may be the client's own.
    let own = |one: &Difference| {
        let field = hand.fields.get(one.at as usize);
        way == Direction::Read
            && field.is_some_and(|field| is_filled(context, hand, field) || !is_required(field))
    };
    found.extend(only(hand, twin, || What::Gone).into_iter().filter(|one| !own(one)));
    let wire = Wire::new(context.graph, twin);
    for (at, field) in (0..).zip(&twin.fields) {
        let Some(property) = hand.fields.iter().find(|property| is_same(field, property)) else { continue };
        let says = values_differ(field, property, way)
            .or_else(|| null_differs(field, property, way))
            .or_else(|| {
                let (generated, written) = wire.apart(&field.ty.shape, &property.ty.shape)?;
                Some(format!("is {}, not {}", generated.phrase(), written.phrase()))
            });
        found.extend(says.map(|says| Difference {
            what: What::Says(says),
            name: field.name.to_string(),
            at,
        }));
    }
    found
}

/// A value that arrives and is not known, or one that is sent and not taken.
fn values_differ(generated: &Field, written: &Field, way: Direction) -> Option<String> {
    let (own, other) = (values(&generated.ty.shape)?, values(&written.ty.shape)?);
    let (lacks, gone) = (beyond(own, other), beyond(other, own));
    let told = |values: &[String]| listed(values.iter().map(String::as_str));
    match way {
        Direction::Write if gone.is_empty() => None,
        _ if !gone.is_empty() => Some(format!("is never {}", told(&gone))),
        _ if !lacks.is_empty() => Some(format!("may also be {}", told(&lacks))),
        _ => None,
    }
}

/// Null that arrives where it is not expected, or is sent where it is not taken. What may be absent is left out: a default that is always
/// sent is written so by generators.
fn null_differs(generated: &Field, written: &Field, way: Direction) -> Option<String> {
    let absent = written.presence == Known::Is(Presence::Optional);
    match (generated.nullable, written.nullable) {
        (Known::Is(true), Known::Is(false)) if way != Direction::Write && !absent => {
            Some("may be null".to_owned())
        }
        (Known::Is(false), Known::Is(true)) if way != Direction::Read => Some("is never null".to_owned()),
        _ => None,
    }
}

/// The links by which a hand-written type is compared with a schema.
fn compared<'c>(context: &'c Context<'_>, hand: EntityId) -> Vec<&'c Link> {
    let below = context.graph.below(hand).into_iter();
    below.filter(|link| link.kind == LinkKind::Delivers && is_shown(link)).collect()
}

fn draft(context: &Context<'_>, hand: EntityId, twin: EntityId, found: &[Difference]) -> Draft {
    let project = context.graph.project();
    let (written, generated) = (project.entity(hand), project.entity(twin));
    let names = |wanted: fn(&What) -> bool| -> Vec<&str> {
        found.iter().filter(|one| wanted(&one.what)).map(|one| &*one.name).collect()
    };
    let mut parts = Vec::new();
    let (lacks, gone) = (names(|what| matches!(what, What::Lacks)), names(|what| matches!(what, What::Gone)));
    if !lacks.is_empty() {
        let number = lacks.len();
        parts.push(format!("{} {} missing: {}", count(number, "field"), be(number), listed(lacks)));
    }
    if !gone.is_empty() {
        let number = gone.len();
        parts.push(format!("{} {} only here: {}", count(number, "field"), be(number), listed(gone)));
    }
    let says = found.iter().filter_map(|one| match &one.what {
        What::Says(says) => Some(format!("`{}` {says} in the generated type", one.name)),
        _ => None,
    });
    parts.extend(says);
    let message = format!(
        "`{}` is written by hand beside the generated type of `{}` and has diverged from it: {}",
        written.name,
        project.path(generated.span.file),
        parts.join("; ")
    );
    let draft = Draft::new(Severity::Warning, message)
        .direction(Direction::Both)
        .help("use the generated type, or make this one from it (`extends`, `Pick`, `Omit`)")
        .end(context, hand, "written by hand")
        .end(context, twin, "generated");
    found.iter().take(SHOWN).fold(draft, |draft, one| match &one.what {
        What::Lacks => draft.field(context, twin, one.at, "missing in the hand-written type"),
        What::Gone => draft.field(context, hand, one.at, "not in the generated type"),
        What::Says(says) => draft.field(context, twin, one.at, says.clone()),
    })
}
