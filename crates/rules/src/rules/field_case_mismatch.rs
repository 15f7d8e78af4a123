//! A client type that spells keys otherwise than they arrive, or than the API takes them. Where one converter that a client lacks mends
//! many types, that is one finding with those of the types as its symptoms.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::{Link, LinkKind};
use alignment_model::entity::{Entity, EntityId, Presence};
use alignment_model::finding::Finding;
use alignment_model::project::KeyConversion;
use alignment_model::{Direction, Known, Layer, Severity, Span};

use super::frontend_field_unknown::{forbids, is_required, keeps_extra, takes_any_key};
use super::{Definition, case_roundtrip_unsafe};
use crate::draft::Draft;
use crate::elsewhere::travels_elsewhere;
use crate::places::{count, entities, field, file_end, is_shown};
use crate::spelling::{Misspelt, misspelt};
use crate::unconverted::{Unconverted, unconverted};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "field-case-mismatch",
    summary: "a client type spells a key otherwise than it travels: `leave_type` for `leaveType`",
    group: "frontend",
    severity: Severity::Error,
    check,
};

/// Properties that one finding names in its message, and as ends.
const NAMED: usize = 3;
const SHOWN: usize = 40;

fn check(context: &Context<'_>, findings: &mut Findings) {
    let misspelt: Vec<(&Link, Vec<Misspelt>)> = misspelt_links(context).collect();
    for (link, found) in &misspelt {
        let own: Vec<&Misspelt> =
            found.iter().filter(|one| !case_roundtrip_unsafe::is_cause(context, link, one)).collect();
        if !own.is_empty() {
            findings.add(draft(context, link, &own));
        }
    }
    for client in unconverted(context, &misspelt) {
        let told: BTreeSet<[Option<Span>; 2]> =
            client.links.iter().map(|(link, found)| ends_of(context, link, found)).collect();
        let explains = |finding: &Finding| {
            let ends = [finding.ends.first(), finding.ends.last()].map(|end| end.map(|end| end.span));
            finding.rule == RULE.name && told.contains(&ends)
        };
        let heaviest = findings.told().filter(|finding| explains(finding));
        if let Some(heaviest) = heaviest.max_by_key(|finding| (finding.severity, finding.confidence)) {
            let draft = of_client(context, &client, heaviest);
            findings.add_over(draft, explains);
        }
    }
}

/// The first and the last end of the finding about a link.
fn ends_of(context: &Context<'_>, link: &Link, found: &[Misspelt]) -> [Option<Span>; 2] {
    let at = |entity, at: Option<u32>| field(context, entity, at?).map(|field| field.span);
    let last = found.iter().take(NAMED).next_back();
    [at(link.upper, found.first().map(|one| one.property)), at(link.lower, last.map(|one| one.field))]
}

/// The converter that a client lacks, as the cause of what its types misspell.
fn of_client(context: &Context<'_>, client: &Unconverted<'_, '_>, heaviest: &Finding) -> Draft {
    let project = context.graph.project();
    let Unconverted { way, to_camel, links } = client;
    let path = project.path(way.at.file);
    let mut keys: BTreeMap<EntityId, BTreeSet<&str>> = BTreeMap::new();
    for (link, found) in links {
        keys.entry(link.upper).or_default().extend(found.iter().map(|one| &*one.has));
    }
    let told: Vec<String> = keys
        .iter()
        .map(|(id, keys)| format!("`{}` ({})", project.entity(*id).name, count(keys.len(), "key")))
        .collect();
    let shown = told.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    let more = told.len().checked_sub(LISTED).filter(|more| *more > 0);
    let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
    let whose = if way.is_made { "the client of" } else { "the calls of" };
    let (what, meets) = if way.write { ("requests", "is wanted") } else { ("answers", "arrives") };
    // What is sent is as the types have it, and a converter makes the other of it.
    let (written, other) =
        if *to_camel == way.write { ("snake_case", "camelCase") } else { ("camelCase", "snake_case") };
    let message = format!(
        "nothing converts the keys of {what} on {whose} `{path}`: {} are written in {written} where {other} {meets}: {shown}{more}",
        count(told.len(), "type")
    );
    let place = file_end(Layer::Client, path, "no key converter", way.at);
    let draft = Draft::new(heaviest.severity, message)
        .confidence(heaviest.confidence)
        .direction(heaviest.direction)
        .help(format!("convert the keys of {what} once for all calls, or spell the keys as the API does"))
        .place(place);
    let draft = heaviest.witness.iter().fold(draft, Draft::witness);
    links.iter().fold(draft, |draft, (link, found)| {
        let name = &project.entity(link.upper).name;
        let draft = draft.gathers_of(name, found.iter().map(|one| &*one.wants));
        let label = |one: &Misspelt| format!("`{}` on the wire", one.wants);
        let each = found.iter().take(SHOWN);
        each.fold(draft, |draft, one| draft.field(context, link.upper, one.property, label(one)))
    })
}

/// Types that the message about a client names.
const LISTED: usize = 6;

/// Every link over which a property has the letters of a key and not its spelling.
pub(super) fn misspelt_links<'c>(
    context: &'c Context<'_>,
) -> impl Iterator<Item = (&'c Link, Vec<Misspelt>)> {
    let links =
        context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link) && is_closed(context, link));
    links.map(|link| (link, misspelt(context, link))).filter(|(_, found)| !found.is_empty())
}

/// Whether this rule or that of converters tells a property, so that others can leave it to them.
pub(super) fn is_told(context: &Context<'_>, findings: &Findings, link: &Link, one: &Misspelt) -> bool {
    let by_converter = case_roundtrip_unsafe::is_cause(context, link, one);
    let rule = if by_converter { case_roundtrip_unsafe::RULE.name } else { RULE.name };
    is_closed(context, link) && findings.is_on(rule)
}

/// Whether a key that the other side does not declare is lost for certain.
fn is_closed(context: &Context<'_>, link: &Link) -> bool {
    let (schema, _) = entities(context, link);
    !keeps_extra(schema) && !takes_any_key(context, link)
}

fn draft(context: &Context<'_>, link: &Link, found: &[&Misspelt]) -> Draft {
    let (schema, client) = entities(context, link);
    let weights = || found.iter().map(|one| severity(context, link, schema, one));
    let severity = weights().max().unwrap_or(Severity::Info);
    let many = if found.len() == 1 { "a key".to_owned() } else { count(found.len(), "key") };
    let (message, witness, direction, label) = if link.flow.write {
        let message = format!(
            "`{}` spells {many} otherwise than `{}` takes {}: {}",
            client.name,
            schema.name,
            if found.len() == 1 { "it" } else { "them" },
            told(found, "is sent", "wanted")
        );
        (message, sent(found), Direction::Write, "is dropped")
    } else {
        let message = format!(
            "`{}` spells {many} otherwise than {} from `{}`: {}",
            client.name,
            if found.len() == 1 { "it arrives" } else { "they arrive" },
            schema.name,
            told(found, "is read", "arrives")
        );
        (message, arrived(found), Direction::Read, "always undefined")
    };
    let mut draft =
        Draft::over(context, link, severity, message).direction(direction).help(cure(link)).witness(witness);
    let names = found.iter().map(|one| format!("{}.{}", client.name, one.wants));
    draft = draft.gathers_weighed(names.zip(weights()));
    for one in found.iter().take(SHOWN) {
        let elsewhere = !link.flow.write && travels_elsewhere(context, link, one.property);
        let label = if elsewhere { "undefined in this answer" } else { label };
        draft = draft.field(context, link.upper, one.property, label);
    }
    for one in found.iter().take(NAMED) {
        draft = draft.field(context, link.lower, one.field, format!("`{}` on the wire", one.wants));
    }
    draft
}

/// An error where code must meet the missing value; where an answer elsewhere has the spelling, the type is that one's.
fn severity(context: &Context<'_>, link: &Link, schema: &Entity, one: &Misspelt) -> Severity {
    let needed = |at: u32, upper: bool| {
        let entity = if upper { link.upper } else { link.lower };
        field(context, entity, at).is_some_and(|field| match upper {
            true => is_required(field),
            false => field.presence == Known::Is(Presence::Required),
        })
    };
    let breaks = if link.flow.write {
        forbids(schema) || needed(one.field, false)
    } else {
        needed(one.property, true) && !travels_elsewhere(context, link, one.property)
    };
    // A request need not have it.
    let may_lack = link.flow.write && !needed(one.property, true);
    match () {
        () if breaks => Severity::Error,
        () if may_lack => Severity::Info,
        () => Severity::Warning,
    }
}

/// `leave_type` is read, `leaveType` arrives; ...
fn told(found: &[&Misspelt], here: &str, there: &str) -> String {
    let one = |one: &&Misspelt| format!("`{}` {here}, `{}` {there}", one.has, one.wants);
    let mut text = found.iter().take(NAMED).map(one).collect::<Vec<_>>().join("; ");
    if let Some(more) = found.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

fn arrived(found: &[&Misspelt]) -> String {
    let Some(first) = found.first() else { return String::new() };
    format!("`{{\"{}\": ...}}` arrives; `x.{}` is undefined", first.wants, first.has)
}

fn sent(found: &[&Misspelt]) -> String {
    let Some(first) = found.first() else { return String::new() };
    format!("the body `{{\"{}\": ...}}` is sent; the schema looks for `{}`", first.has, first.wants)
}

fn cure(link: &Link) -> &'static str {
    match (&link.keys, link.flow.write) {
        (KeyConversion::None, false) => {
            "no key converter stands on this way: spell the keys as the API does, or convert them"
        }
        (KeyConversion::None, true) => {
            "no key converter stands on this way: spell the keys as the schema does, or convert them"
        }
        (_, false) => "a key converter stands on this way: spell the keys as it makes them",
        (_, true) => {
            "a key converter stands on this way: spell the keys so that it makes those of the schema"
        }
    }
}
