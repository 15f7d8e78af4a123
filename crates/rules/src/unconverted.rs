//! Clients that lack the key converter which the types of their calls are written for: one missing conversion misspells many keys.
//!
//! It is the cause only if it mends at least [`FEW`] types whole and breaks no key that arrives as it is today.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::{Link, LinkKind};
use alignment_model::entity::EntityId;
use alignment_model::key_function::KeyFunction;
use alignment_model::project::{ClientCall, KeyConversion};
use alignment_model::{Confidence, Span};

use crate::Context;
use crate::places::{fields, is_shown};
use crate::spelling::Misspelt;

/// Types that one conversion has to mend, so that it and not each of them is what is wrong.
const FEW: usize = 3;

/// Where a client is made, or the file of calls that go through none of its own, and whether it is about bodies of requests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Way {
    /// The place.
    pub(crate) at: Span,
    /// A client is made there.
    pub(crate) is_made: bool,
    /// Bodies of requests; else answers.
    pub(crate) write: bool,
}

/// A client without a converter.
pub(crate) struct Unconverted<'f, 'c> {
    /// Which, and which way.
    pub(crate) way: Way,
    /// The converter makes `userId` of `user_id`; else the reverse.
    pub(crate) to_camel: bool,
    /// What it would mend.
    pub(crate) links: Vec<&'f (&'c Link, Vec<Misspelt>)>,
}

/// The clients whose lack of a converter explains what is misspelt.
pub(crate) fn unconverted<'f, 'c>(
    context: &Context<'_>,
    found: &'f [(&'c Link, Vec<Misspelt>)],
) -> Vec<Unconverted<'f, 'c>> {
    let mut by_way: BTreeMap<Way, Vec<&(&Link, Vec<Misspelt>)>> = BTreeMap::new();
    for one in found.iter().filter(|(link, _)| is_plain(link) && link.confidence() >= Confidence::Resolved) {
        let ways = ways(context, one.0);
        if let (Some(way), 1) = (ways.first(), ways.len()) {
            by_way.entry(*way).or_default().push(one);
        }
    }
    by_way.retain(|_, links| types(links) >= FEW);
    if by_way.is_empty() {
        return Vec::new();
    }
    let kept = kept_keys(context, &by_way.keys().copied().collect());
    let converters = [
        (true, KeyFunction::camel(false)),
        (true, KeyFunction::camel(true)),
        (true, KeyFunction::humps_camel()),
        (true, KeyFunction::camelcase()),
        (false, KeyFunction::snake()),
        (false, KeyFunction::humps_snake()),
    ];
    let explained = |(way, links): (Way, Vec<&'f (&'c Link, Vec<Misspelt>)>)| {
        converters.iter().find_map(|(to_camel, function)| {
            let makes = |from: &str, to: &str| function.apply(from).is_some_and(|made| made == to);
            let mends = |one: &Misspelt| match way.write {
                true => makes(&one.has, &one.wants),
                false => makes(&one.wants, &one.has),
            };
            let keeps = || kept.get(&way).into_iter().flatten().all(|key| makes(key, key));
            let links: Vec<_> = links.iter().copied().filter(|(_, found)| found.iter().all(mends)).collect();
            (types(&links) >= FEW && keeps()).then_some(Unconverted { way, to_camel: *to_camel, links })
        })
    };
    by_way.into_iter().filter_map(explained).collect()
}

/// Number of client types.
fn types(links: &[&(&Link, Vec<Misspelt>)]) -> usize {
    links.iter().map(|(link, _)| link.upper).collect::<BTreeSet<EntityId>>().len()
}

fn is_plain(link: &Link) -> bool {
    link.keys == KeyConversion::None
}

/// The clients through which a link travels.
fn ways(context: &Context<'_>, link: &Link) -> BTreeSet<Way> {
    let calls = &context.graph.project().calls;
    let way = |call: &ClientCall| {
        let at = call.client.unwrap_or_else(|| Span::file_start(call.span.file));
        Way { at, is_made: call.client.is_some(), write: link.flow.write }
    };
    link.passages.iter().filter_map(|passage| calls.get(passage.call as usize)).map(way).collect()
}

/// The keys that travel unchanged today and have a partner, by client: a converter must leave them alone.
fn kept_keys<'c>(context: &'c Context<'c>, wanted: &BTreeSet<Way>) -> BTreeMap<Way, BTreeSet<&'c str>> {
    let mut kept: BTreeMap<Way, BTreeSet<&str>> = BTreeMap::new();
    let links = context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link) && is_plain(link));
    for link in links {
        for way in ways(context, link).intersection(wanted) {
            let keys = link.pairs.iter().filter_map(|pair| fields(context, link, pair)?.1.wire_name.is());
            kept.entry(*way).or_default().extend(keys.map(|key| &**key));
        }
    }
    kept
}
