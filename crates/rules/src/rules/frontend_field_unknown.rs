//! A property of a client type that the API does not know.

use alignment_graph::{Link, LinkKind, arriving, is_generated};
use alignment_model::entity::{
    Detail, Entity, EntityId, EntityKind, ExtraKeys, Field, FieldId, FieldKind, Presence,
};
use alignment_model::name::{NameKey, did_you_mean};
use alignment_model::project::KeyConversion;
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use super::field_case_mismatch::is_told;
use crate::draft::Draft;
use crate::places::{entities, field, is_shown, listed, quoted};
use crate::proofs;
use crate::responses::code_decides;
use crate::spelling::misspelt;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "frontend-field-unknown",
    summary: "a client type has a property that the API never sends, or does not take",
    group: "frontend",
    severity: Severity::Error,
    check,
};

/// From this many unknown properties on, a type is one finding.
const MANY: usize = 5;

/// Properties that one finding names as ends.
const SHOWN: usize = 40;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link)) {
        let (schema, client) = entities(context, link);
        let mut unknown = unknown(context, link);
        // What only its spelling keeps from a key is told as that.
        let misspelt = misspelt(context, link);
        let told_as =
            |at: u32| misspelt.iter().any(|one| one.property == at && is_told(context, findings, link, one));
        unknown.retain(|(at, _)| !told_as(*at));
        if link.flow.write {
            // What came with an answer and goes back with the whole object is dropped, and nobody misses it.
            unknown.retain(|(at, _)| forbids(schema) || !travels_elsewhere(context, link, *at));
            unknown.retain(|(at, _)| !is_told_for_reading(context, link, *at));
        }
        if unknown.is_empty() || takes_any_key(context, link) {
            continue;
        }
        if keeps_extra(schema) {
            unknown.retain(|(_, property)| is_required(property));
            if link.flow.read && !link.passages.is_empty() && !link.pairs.is_empty() && !unknown.is_empty() {
                findings.add(undeclared(context, link, &unknown));
            }
            continue;
        }
        // A generated type that no call uses is as old as its file, which is another rule's finding.
        if is_generated(client) && link.passages.is_empty() {
            continue;
        }
        if !schema.completeness.is_complete() || link.keys == KeyConversion::Unknown || hides_a_key(schema) {
            unknown.iter().for_each(|_| findings.withhold(link.lower));
            continue;
        }
        let required = unknown.iter().filter(|(_, field)| is_required(field)).count();
        let in_place = client.kind == EntityKind::InPlace && unknown.len() > 1;
        if link.pairs.is_empty() || required >= MANY || in_place {
            findings.add(together(context, link, &unknown));
        } else {
            let (alone, own): (Vec<_>, Vec<_>) =
                unknown.into_iter().partition(|(_, property)| weighs(context, link, property));
            alone.into_iter().for_each(|(at, property)| findings.add(one(context, link, at, property)));
            if !own.is_empty() {
                findings.add(together(context, link, &own));
            }
        }
    }
}

/// Properties of the client without a partner; methods and constructors are the client's own, and what code adds to an answer
/// arrives.
fn unknown<'c>(context: &'c Context<'_>, link: &Link) -> Vec<(u32, &'c Field)> {
    let added: &[Box<str>] = match &entities(context, link).0.detail {
        Detail::Schema(detail) if link.flow.read => &detail.added_keys,
        _ => &[],
    };
    let is_sent = |field: &Field| {
        let name = field.wire_name.is().map(|name| &**name);
        added.iter().any(|key| arriving(key, &link.keys).as_deref() == name)
    };
    let free = link.unpaired_upper(context.graph.project()).into_iter();
    free.filter_map(|at| Some((at, field(context, link.upper, at)?)))
        .filter(|(_, field)| field.kind == FieldKind::Field && field.wire_name.is().is_some())
        .filter(|(_, field)| !is_sent(field))
        .collect()
}

/// Whether client code seems to fill the property after the answer has come: it is then for reading only.
pub(super) fn is_filled(context: &Context<'_>, client: &Entity, property: &Field) -> bool {
    let filled = &context.graph.project().filled;
    client.declaration.as_ref().is_some_and(|key| filled.contains(&(key.clone(), property.name.clone())))
}

/// Whether a field travels under a key that is not known: it may be any of those that seem to be missing.
pub(super) fn hides_a_key(schema: &Entity) -> bool {
    schema.fields.iter().any(|field| field.wire_name.is().is_none() || field.request_names.is().is_none())
}

/// Whether a property of the client's type arrives with some other answer.
pub(super) fn travels_elsewhere(context: &Context<'_>, link: &Link, at: u32) -> bool {
    let known = context.graph.fields_below(FieldId { entity: link.upper, field: at });
    known
        .iter()
        .any(|other| other.link.kind == LinkKind::Delivers && other.link.flow.read && is_shown(other.link))
}

/// Whether the same two types also meet in an answer: that the schema does not know the property is then told there.
fn is_told_for_reading(context: &Context<'_>, link: &Link, at: u32) -> bool {
    let mut others = context.graph.below(link.upper).into_iter();
    others.any(|other| {
        let same = other.kind == LinkKind::Delivers && other.lower == link.lower && other.flow.read;
        same && is_shown(other) && !other.pairs.iter().any(|pair| pair.upper == at)
    })
}

/// Whether a schema refuses keys that it does not declare.
pub(super) fn forbids(schema: &Entity) -> bool {
    matches!(&schema.detail, Detail::Schema(detail) if detail.extra == ExtraKeys::Forbidden)
}

/// Whether keys that the other side does not declare may travel all the same.
pub(super) fn takes_any_key(context: &Context<'_>, link: &Link) -> bool {
    let (schema, client) = entities(context, link);
    is_open(client) || accepts_anything(schema, link)
}

/// Whether the client says no type, so that the keys that its code reads stand for one.
pub(super) fn is_read_by_code(client: &Entity) -> bool {
    matches!(&client.detail, Detail::Client(detail) if detail.is_what_code_reads)
}

/// Whether any key may be in an object of the client's type.
pub(super) fn is_open(client: &Entity) -> bool {
    matches!(&client.detail, Detail::Client(detail) if detail.open)
}

/// Whether a key that the schema does not declare may travel all the same.
fn accepts_anything(schema: &Entity, link: &Link) -> bool {
    match &schema.detail {
        Detail::Schema(detail) => detail.root.is_some() || link.flow.read && code_decides(schema),
        _ => false,
    }
}

/// Whether a schema keeps keys that it does not declare (`extra="allow"`).
pub(super) fn keeps_extra(schema: &Entity) -> bool {
    matches!(&schema.detail, Detail::Schema(detail) if detail.extra == ExtraKeys::Allowed)
}

/// Whatever code puts into such a schema travels, so that a key may arrive although nothing declares it.
fn undeclared(context: &Context<'_>, link: &Link, unknown: &[(u32, &Field)]) -> Draft {
    let (schema, client) = entities(context, link);
    let names = listed(unknown.iter().map(|(_, field)| &*field.name));
    let message = format!(
        "`{}` keeps any key and does not declare {names}, which `{}` requires: such a key arrives only if code adds it",
        schema.name, client.name
    );
    let draft = Draft::over(context, link, Severity::Info, message)
        .direction(Direction::Read)
        .help("declare the keys in the schema, or make the properties optional")
        .gathers_of(&client.name, unknown.iter().map(|(_, field)| &*field.name))
        .end(context, link.upper, "promises keys that are not declared")
        .end(context, link.lower, "keeps any key");
    unknown
        .iter()
        .take(SHOWN)
        .fold(draft, |draft, (at, _)| draft.field(context, link.upper, *at, "not declared"))
}

pub(super) fn is_required(field: &Field) -> bool {
    field.presence != Known::Is(Presence::Optional)
}

/// Whether an unknown property is a finding of its own. Optional ones may be the client's own, filled after the response has
/// come, and share a line for reading; not so those that are stored and left out of the response.
fn weighs(context: &Context<'_>, link: &Link, property: &Field) -> bool {
    is_required(property) || link.flow.read && stored(context, link, property).is_some()
}

fn one(context: &Context<'_>, link: &Link, at: u32, property: &Field) -> Draft {
    if link.flow.write { sent(context, link, at, property) } else { read(context, link, at, property) }
}

/// The client reads what never arrives.
fn read(context: &Context<'_>, link: &Link, at: u32, property: &Field) -> Draft {
    let (schema, client) = entities(context, link);
    let stored = stored(context, link, property);
    // Where another answer of the same type carries it, the type is merely wider than this one.
    let filled = is_filled(context, client, property);
    let severity = if filled {
        Severity::Info
    } else if is_required(property) && !travels_elsewhere(context, link, at) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let until = if filled { "undefined until client code fills it" } else { "always undefined" };
    let message = format!("`{}` never sends {}: it is {until}", schema.name, quoted(client, property));
    let mut draft = Draft::over(context, link, severity, message)
        .direction(Direction::Read)
        .witness(format!(
            "`{}` has no key `{}`: the property is undefined, whatever the row",
            schema.name, property.name
        ))
        .proof(proofs::answer(client, [(property, None)]))
        .field(context, link.upper, at, until)
        .end(context, link.lower, format!("no key `{}`", property.name));
    if let Some((model, at)) = stored {
        let name = &context.graph.project().entity(model).name;
        draft = draft.field(context, model, at, "stored here, and left out of the response");
        return draft.help(format!("add it to `{}`: `{name}` has it", schema.name));
    }
    match hint(link, schema, property) {
        Some(hint) => draft.help(hint),
        None if is_read_by_code(client) => draft.help("read another key, or add this one to the response"),
        None if filled => draft.help("make it optional, or give what arrives a type of its own"),
        None => draft.help("take it off the type, or add it to the response"),
    }
}

/// The attribute of the schema's model that would arrive under this name: the hole is in the middle of the chain.
fn stored(context: &Context<'_>, link: &Link, property: &Field) -> Option<(EntityId, u32)> {
    let below = context.graph.below(link.lower).into_iter();
    for fills in below.filter(|below| below.kind == LinkKind::Fills && is_shown(below)) {
        let model = context.graph.project().entity(fills.lower);
        let meant = |field: &Field| {
            field.kind == FieldKind::Column
                && arriving(&field.name, &link.keys).is_some_and(|key| *key == *property.name)
        };
        if let Some((at, _)) = (0..).zip(&model.fields).find(|(_, field)| meant(field)) {
            return Some((fills.lower, at));
        }
    }
    None
}

/// The client sends what nobody takes.
fn sent(context: &Context<'_>, link: &Link, at: u32, property: &Field) -> Draft {
    let (schema, client) = entities(context, link);
    let (severity, what, label) = if forbids(schema) {
        (Severity::Error, "refuses the request with 422", "refused")
    } else {
        (Severity::Warning, "drops it silently", "dropped silently")
    };
    let message = format!(
        "{} is sent to `{}`, which does not know it and {what}",
        quoted(client, property),
        schema.name
    );
    let draft = Draft::over(context, link, severity, message)
        .direction(Direction::Write)
        .witness(format!(
            "the body `{{\"{}\": ...}}` is sent; `{}` has no such field",
            property.name, schema.name
        ))
        .field(context, link.upper, at, label)
        .end(context, link.lower, format!("no field `{}`", property.name));
    match hint(link, schema, property) {
        Some(hint) => draft.help(hint),
        None => draft.help("take it off the type, or add it to the request schema"),
    }
}

/// A key of the schema that is meant: the same words in another case, or a slip.
fn hint(link: &Link, schema: &Entity, property: &Field) -> Option<String> {
    let arriving: Vec<String> = schema
        .fields
        .iter()
        .filter_map(|field| arriving(field.wire_name.is()?, &link.keys).map(|key| key.into_owned()))
        .collect();
    let words = NameKey::new(&property.name);
    if let Some(key) = arriving.iter().find(|key| NameKey::new(key) == words) {
        return Some(format!("the key arrives as `{key}`"));
    }
    let near = did_you_mean(&property.name, arriving.iter().map(String::as_str))?;
    Some(format!("is it `{near}`, which does arrive?"))
}

/// Most or all of a type is unknown: one story.
fn together(context: &Context<'_>, link: &Link, unknown: &[(u32, &Field)]) -> Draft {
    let (schema, client) = entities(context, link);
    let names = listed(unknown.iter().map(|(_, field)| &*field.name));
    let required: Vec<u32> =
        unknown.iter().filter(|(_, field)| is_required(field)).map(|(at, _)| *at).collect();
    let severity = if required.is_empty() {
        Severity::Info
    } else if link.flow.write || required.iter().all(|at| travels_elsewhere(context, link, *at)) {
        Severity::Warning
    } else {
        Severity::Error
    };
    let message = if link.pairs.is_empty() {
        format!("`{}` shares no key with `{}`: {names}", client.name, schema.name)
    } else {
        let (what, which) = match (unknown, link.flow.write) {
            ([_], true) => ("property", "is sent to"),
            ([_], false) => ("property", "never comes from"),
            (_, true) => ("properties", "are sent to"),
            (_, false) => ("properties", "never come from"),
        };
        format!("{} {what} of `{}` {which} `{}`: {names}", unknown.len(), client.name, schema.name)
    };
    let needed =
        unknown.iter().filter(|(at, _)| required.contains(at)).map(|(_, property)| (*property, None));
    let absent = (!link.flow.write).then(|| proofs::answer(client, needed)).flatten();
    let mut draft = Draft::over(context, link, severity, message)
        .help(
            hint_for_case(link, schema, unknown)
                .unwrap_or_else(|| "compare the two types; one of them is another version".to_owned()),
        )
        .witness(format!("`{}` has none of these keys", schema.name))
        .proof(absent)
        .end(context, link.upper, format!("{} of its properties are unknown", unknown.len()))
        .end(context, link.lower, "what travels");
    for (at, _) in unknown.iter().take(SHOWN) {
        draft = draft.field(context, link.upper, *at, "unknown");
    }
    draft
}

/// The words are the same, the case is not: no converter stands on this way.
fn hint_for_case(link: &Link, schema: &Entity, unknown: &[(u32, &Field)]) -> Option<String> {
    let hints = unknown.iter().filter_map(|(_, property)| hint(link, schema, property));
    let in_another_case = hints.filter(|hint| hint.starts_with("the key arrives as")).count();
    (in_another_case * 2 > unknown.len()).then(|| match link.keys {
        KeyConversion::None => {
            "the same words arrive in another case: no key converter stands on this way".to_owned()
        }
        _ => "the same words arrive in another case: the converter spells them differently".to_owned(),
    })
}
