//! A property of a client type that the API does not know.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::{Link, LinkKind, arriving, is_generated};
use alignment_model::entity::{Detail, Entity, EntityId, EntityKind, ExtraKeys, Field, FieldKind, Presence};
use alignment_model::name::{NameKey, did_you_mean};
use alignment_model::project::KeyConversion;
use alignment_model::{Direction, Known, Severity};

use super::Definition;
use super::field_case_mismatch::is_told;
use crate::draft::Draft;
use crate::elsewhere::{Elsewhere, comes_first, travels_elsewhere};
use crate::places::{entities, field, is_shown, listed, quoted};
use crate::proofs;
use crate::responses::code_decides;
use crate::spelling::misspelt;
use crate::uses::Use;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "frontend-field-unknown",
    summary: "a client type has a property that the API never sends, or does not take",
    group: "frontend",
    severity: Severity::Error,
    check,
};

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
            unknown.retain(|(_, property)| is_required(property) || is_written_there(client, property));
            // What came with an answer and goes back with the whole object is dropped, and nobody misses it.
            let comes = |at: u32| comes_first(context, link, at) == Some(Elsewhere::Comes);
            unknown.retain(|(at, _)| forbids(schema) || !comes(*at));
            unknown.retain(|(at, _)| !is_told_for_reading(context, link, *at));
        } else if !link.pairs.is_empty() {
            // What comes with some answers of a type and not with others is what makes a property optional.
            unknown.retain(|(at, property)| {
                is_required(property) || Elsewhere::of(context, link, *at).is_none()
            });
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
        if link.pairs.is_empty() {
            findings.add(strangers(context, link, &unknown));
            continue;
        }
        // One finding for what weighs the same. What is stored and left out of the response breaks at another place.
        let mut lists: BTreeMap<_, Vec<Unknown<'_>>> = BTreeMap::new();
        for (at, property) in unknown {
            let one = Unknown::new(context, link, at, property);
            let kind = (Reverse(one.severity), one.stored.is_some(), one.unread, one.elsewhere);
            lists.entry(kind).or_default().push(one);
        }
        for ((Reverse(severity), ..), list) in lists {
            findings.add(match &list[..] {
                [only] if only.stands_alone(link) => only.draft(context, link),
                _ => together(context, link, severity, &list),
            });
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

/// Whether a property stands where the type does: what an object only takes from a type that is spread in need not be there.
fn is_written_there(client: &Entity, property: &Field) -> bool {
    let (around, own) = (client.span, property.span);
    client.kind != EntityKind::InPlace
        || around.file == own.file
            && around.range.start <= own.range.start
            && own.range.end <= around.range.end
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
        .gathers(unknown.iter().map(|(_, property)| gathered(context, link, property)))
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

/// A property that the other side does not know.
struct Unknown<'c> {
    at: u32,
    property: &'c Field,
    severity: Severity,
    /// Client code seems to fill it after the answer has come.
    filled: bool,
    /// It would weigh, and no client code reads a property of its name.
    unread: bool,
    /// Whether another answer of the same type brings it.
    elsewhere: Option<Elsewhere>,
    /// The attribute of a model that would arrive under this name.
    stored: Option<(EntityId, u32)>,
}

impl<'c> Unknown<'c> {
    fn new(context: &Context<'_>, link: &Link, at: u32, property: &'c Field) -> Self {
        let (schema, client) = entities(context, link);
        let required = is_required(property);
        let stored = if link.flow.write { None } else { stored(context, link, property) };
        let filled = !link.flow.write && is_filled(context, client, property);
        let elsewhere = if link.flow.write { None } else { Elsewhere::of(context, link, at) };
        // What the path says too, or what an answer may have brought, nobody misses where it is dropped.
        let is_spare = link.flow.write
            && !forbids(schema)
            && (property.repeats_path || comes_first(context, link, at).is_some());
        // Optional ones may be the client's own, filled after the response has come; not so those that are stored and left out of it.
        let may_weigh = !filled && !is_spare && (required || stored.is_some());
        let unread = may_weigh && !link.flow.write && is_unread(context, client, property);
        let weighs = may_weigh && !unread;
        let breaks = if link.flow.write {
            forbids(schema)
        } else {
            // Where another answer of the same type carries it, the type is merely wider than this one.
            required && elsewhere.is_none()
        };
        let severity = match (weighs, breaks) {
            (false, _) => Severity::Info,
            (true, false) => Severity::Warning,
            (true, true) => Severity::Error,
        };
        Self { at, property, severity, filled, unread, elsewhere, stored }
    }

    /// Whether it is told as a property rather than as a list of one.
    fn stands_alone(&self, link: &Link) -> bool {
        is_required(self.property) || link.flow.read && self.stored.is_some()
    }

    fn draft(&self, context: &Context<'_>, link: &Link) -> Draft {
        let draft = if link.flow.write { sent(context, link, self) } else { read(context, link, self) };
        draft.gathers([gathered(context, link, self.property)])
    }

    /// What becomes of it, for its place.
    fn fate(&self, schema: &Entity, link: &Link) -> &'static str {
        match link.flow.write {
            true if forbids(schema) => "refused",
            true if self.property.repeats_path => "dropped silently: the path says the same",
            true => "dropped silently",
            false if self.filled => "undefined until client code fills it",
            false if self.unread => "undefined, and nothing reads it",
            false if self.elsewhere.is_some() => "undefined in this answer",
            false => "always undefined",
        }
    }
}

/// Whether no client code reads a property of this name. What code reads makes a type of its own.
fn is_unread(context: &Context<'_>, client: &Entity, property: &Field) -> bool {
    !is_read_by_code(client) && context.client.used(client, &property.name) == Use::Unread
}

/// What a finding about several properties gathers: the two types are part of it, for a type may meet several schemas.
fn gathered(context: &Context<'_>, link: &Link, property: &Field) -> String {
    let (schema, client) = entities(context, link);
    let way = if link.flow.write { "to" } else { "from" };
    format!("{}.{} {way} {}", client.name, property.name, schema.name)
}

/// The client reads what never arrives.
fn read(context: &Context<'_>, link: &Link, one: &Unknown<'_>) -> Draft {
    let (schema, client) = entities(context, link);
    let property = one.property;
    let until = one.fate(schema, link);
    let message = match one.elsewhere {
        Some(elsewhere) => format!(
            "{} without {}, which {}: it is {until}",
            answers(context, link),
            quoted(client, property),
            elsewhere.phrase()
        ),
        None => format!("`{}` never sends {}: it is {until}", schema.name, quoted(client, property)),
    };
    let draft = Draft::over(context, link, one.severity, message)
        .direction(Direction::Read)
        .witness(format!(
            "`{}` has no key `{}`: the property is undefined, whatever the row",
            schema.name, property.name
        ))
        .proof(proofs::answer(client, [(property, None)]))
        .field(context, link.upper, one.at, until)
        .end(context, link.lower, format!("no key `{}`", property.name));
    if let Some((model, at)) = one.stored {
        let name = &context.graph.project().entity(model).name;
        return draft
            .field(context, model, at, LEFT_OUT)
            .help(format!("add it to `{}`: `{name}` has it", schema.name));
    }
    match hint(link, schema, property) {
        Some(hint) => draft.help(hint),
        None if schema.field(&property.name).is_some_and(|field| field.excluded) => {
            draft.help(format!("take it off the type: `{}` keeps it out of what it sends", schema.name))
        }
        None if is_read_by_code(client) => draft.help("read another key, or add this one to the response"),
        None if one.filled || one.elsewhere.is_some() => {
            draft.help("make it optional, or give what arrives a type of its own")
        }
        None => draft.help("take it off the type, or add it to the response"),
    }
}

/// The operations that carry a link, with what they answer.
fn answers(context: &Context<'_>, link: &Link) -> String {
    let project = context.graph.project();
    let operations: BTreeSet<&str> =
        link.passages.iter().map(|passage| &*project.entity(passage.operation).name).collect();
    let schema = &entities(context, link).0.name;
    match operations.len() {
        0 => format!("`{schema}` comes"),
        1 => format!("{} answers with `{schema}`,", listed(operations.into_iter())),
        _ => format!("{} answer with `{schema}`,", listed(operations.into_iter())),
    }
}

const LEFT_OUT: &str = "stored here, and left out of the response";

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
fn sent(context: &Context<'_>, link: &Link, one: &Unknown<'_>) -> Draft {
    let (schema, client) = entities(context, link);
    let property = one.property;
    let message = format!(
        "{} is sent to `{}`, which does not know it and {}",
        quoted(client, property),
        schema.name,
        taken(schema, "it")
    );
    let draft = Draft::over(context, link, one.severity, message)
        .direction(Direction::Write)
        .witness(format!(
            "the body `{{\"{}\": ...}}` is sent; `{}` has no such field",
            property.name, schema.name
        ))
        .field(context, link.upper, one.at, one.fate(schema, link))
        .end(context, link.lower, format!("no field `{}`", property.name));
    match hint(link, schema, property) {
        Some(hint) => draft.help(hint),
        None => draft.help("take it off the type, or add it to the request schema"),
    }
}

/// What a schema does with keys that it does not know.
fn taken(schema: &Entity, them: &str) -> String {
    if forbids(schema) { "refuses the request with 422".to_owned() } else { format!("drops {them} silently") }
}

/// A key of the schema that is meant: the same words in another case, or a slip.
fn hint(link: &Link, schema: &Entity, property: &Field) -> Option<String> {
    let travels = |field: &&Field| link.flow.write || !field.excluded;
    let arriving: Vec<String> = schema
        .fields
        .iter()
        .filter(travels)
        .filter_map(|field| arriving(field.wire_name.is()?, &link.keys).map(|key| key.into_owned()))
        .collect();
    let words = NameKey::new(&property.name);
    if let Some(key) = arriving.iter().find(|key| NameKey::new(key) == words) {
        return Some(format!("the key arrives as `{key}`"));
    }
    let near = did_you_mean(&property.name, arriving.iter().map(String::as_str))?;
    Some(format!("is it `{near}`, which does arrive?"))
}

/// Nothing of a type is known to the other side: one story, whatever each of its properties weighs.
fn strangers<'c>(context: &Context<'_>, link: &Link, unknown: &[(u32, &'c Field)]) -> Draft {
    let (schema, client) = entities(context, link);
    let names = listed(unknown.iter().map(|(_, field)| &*field.name));
    let each =
        |(at, field): &(u32, &'c Field)| Unknown { stored: None, ..Unknown::new(context, link, *at, field) };
    let list: Vec<Unknown<'c>> = unknown.iter().map(each).collect();
    let needed = || list.iter().filter(|one| is_required(one.property));
    let required = absent(context, link);
    let severity = if !required.is_empty() {
        Severity::Error
    } else if needed().all(|one| one.unread) {
        Severity::Info
    } else if link.flow.write || needed().all(|one| travels_elsewhere(context, link, one.at)) {
        Severity::Warning
    } else {
        Severity::Error
    };
    let mut message = format!("`{}` shares no key with `{}`: {names}", client.name, schema.name);
    if !required.is_empty() {
        let lacks = listed(required.iter().copied());
        message.push_str(&format!("; the request has no {lacks} and is refused with 422"));
    }
    let help = hint_for_case(link, schema, &list)
        .unwrap_or_else(|| "compare the two types; one of them is another version".to_owned());
    listing(context, link, Draft::over(context, link, severity, message).help(help), &list)
}

/// What a schema requires of a request of which it knows no key, where what is sent is known to be the whole body.
fn absent<'c>(context: &'c Context<'_>, link: &Link) -> Vec<&'c str> {
    let (schema, client) = entities(context, link);
    let is_whole = link.passages.iter().any(|passage| !passage.nested);
    if !link.flow.write || !is_whole || !client.completeness.is_complete() {
        return Vec::new();
    }
    let required =
        |field: &&Field| field.kind == FieldKind::Field && field.presence == Known::Is(Presence::Required);
    let fields = schema.fields.iter().filter(required);
    fields.map(|field| &**field.wire_name.is().unwrap_or(&field.name)).collect()
}

/// Properties of one type that weigh the same.
fn together(context: &Context<'_>, link: &Link, severity: Severity, list: &[Unknown<'_>]) -> Draft {
    let (schema, client) = entities(context, link);
    let names = listed(list.iter().map(|one| &*one.property.name));
    let several = list.len() > 1;
    let (what, which) = match (several, link.flow.write) {
        (false, true) => ("property", "is sent to"),
        (false, false) => ("property", "never comes from"),
        (true, true) => ("properties", "are sent to"),
        (true, false) => ("properties", "never come from"),
    };
    let mut message = match list.iter().find_map(|one| one.elsewhere) {
        Some(elsewhere) => format!(
            "{} without {} {what} of `{}` that {}: {names}",
            answers(context, link),
            list.len(),
            client.name,
            elsewhere.phrase()
        ),
        None => format!("{} {what} of `{}` {which} `{}`: {names}", list.len(), client.name, schema.name),
    };
    if list.iter().all(|one| one.unread) {
        message.push_str("; nothing reads ");
        message.push_str(if several { "them" } else { "it" });
    }
    if link.flow.write && severity > Severity::Info {
        let them = if several { "them" } else { "it" };
        message.push_str(&format!("; it does not know {them} and {}", taken(schema, them)));
    }
    let model = list.iter().find_map(|one| one.stored).map(|(model, _)| model);
    let help = match model.map(|model| context.graph.project().entity(model)) {
        Some(model) => format!("add them to `{}`: `{}` has them", schema.name, model.name),
        None => hint_for_case(link, schema, list).unwrap_or_else(|| {
            let help = if list.len() > link.pairs.len() {
                "compare the two types; one of them is another version"
            } else if link.flow.write {
                "take off the type what the request schema is not to have, or add it there"
            } else if is_read_by_code(client) {
                "read other keys, or add these to the response"
            } else if list.iter().all(|one| one.filled || one.elsewhere.is_some()) {
                "make them optional, or give what arrives a type of its own"
            } else {
                "take off the type what is not to come, or add it to the response"
            };
            help.to_owned()
        }),
    };
    listing(context, link, Draft::over(context, link, severity, message).help(help), list)
}

/// Adds witness, proof and ends of several properties to a finding.
fn listing(context: &Context<'_>, link: &Link, draft: Draft, list: &[Unknown<'_>]) -> Draft {
    let (schema, client) = entities(context, link);
    let needed = list.iter().filter(|one| is_required(one.property)).map(|one| (one.property, None));
    let absent = (!link.flow.write).then(|| proofs::answer(client, needed)).flatten();
    let draft = draft
        .direction(if link.flow.write { Direction::Write } else { Direction::Read })
        .gathers(list.iter().map(|one| gathered(context, link, one.property)))
        .witness(format!("`{}` has none of these keys", schema.name))
        .proof(absent)
        .end(context, link.upper, format!("{} of its properties are unknown", list.len()))
        .end(context, link.lower, "what travels");
    list.iter().take(SHOWN).fold(draft, |draft, one| {
        let fate = one.fate(schema, link);
        let label = match hint(link, schema, one.property) {
            Some(hint) => format!("{fate}: {hint}"),
            None => fate.to_owned(),
        };
        let draft = draft.field(context, link.upper, one.at, label);
        one.stored.into_iter().fold(draft, |draft, (model, at)| draft.field(context, model, at, LEFT_OUT))
    })
}

/// The words are the same, the case is not: no converter stands on this way.
fn hint_for_case(link: &Link, schema: &Entity, unknown: &[Unknown<'_>]) -> Option<String> {
    let hints = unknown.iter().filter_map(|one| hint(link, schema, one.property));
    let in_another_case = hints.filter(|hint| hint.starts_with("the key arrives as")).count();
    (in_another_case * 2 > unknown.len()).then(|| match link.keys {
        KeyConversion::None => {
            "the same words arrive in another case: no key converter stands on this way".to_owned()
        }
        _ => "the same words arrive in another case: the converter spells them differently".to_owned(),
    })
}
